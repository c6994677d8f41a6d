// SPDX-License-Identifier: BSD-2-Clause
/* Blocks of pcapng are written in the order of octets that their first number names: ours is little-endian everywhere. */
#include "trace/pcapng.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"

#define LINKTYPE_RAW 101   /* packets begin with an IP header */
#define SECTION_HEADER 0x0A0D0D0Au
#define INTERFACE_DESCRIPTION 1u
#define ENHANCED_PACKET 6u
#define OPTION_COMMENT 1u
#define GSMTAP_PORT 4729u
#define GSMTAP_VERSION 2u
#define GSMTAP_SIM 4u
#define IP_HEADER 20u
#define UDP_HEADER 8u
#define GSMTAP_HEADER 16u
#define COMMENT_MAX 1000

struct pcapng { FILE *f; bool failed; };

static void
le16(struct buf *b, unsigned v)
{
	buf_u8(b, v & 0xFF);
	buf_u8(b, v >> 8 & 0xFF);
}

static void
le32(struct buf *b, uint32_t v)
{
	le16(b, v & 0xFFFF);
	le16(b, v >> 16);
}

static void
pad(struct buf *b)
{
	while (b->n % 4)
		buf_u8(b, 0);
}

/* Type and length, the body, the length again. */
static void
put_block(struct pcapng *p, uint32_t type, struct buf *body)
{
	struct buf b = BUF_INIT;
	uint32_t n;

	pad(body);
	n = (uint32_t)body->n + 12;
	le32(&b, type);
	le32(&b, n);
	buf_add(&b, buf_bytes(body));
	le32(&b, n);
	if (body->bad || b.bad || fwrite(b.p, 1, b.n, p->f) != b.n)
		p->failed = true;
	buf_free(&b);
	buf_free(body);
}

static void
put_headers(struct pcapng *p)
{
	struct buf b = BUF_INIT;

	le32(&b, 0x1A2B3C4D);
	le16(&b, 1);
	le16(&b, 0);
	le32(&b, 0xFFFFFFFF);   /* length of the section: not known */
	le32(&b, 0xFFFFFFFF);
	put_block(p, SECTION_HEADER, &b);
	b = BUF_INIT;
	le16(&b, LINKTYPE_RAW);
	le16(&b, 0);
	le32(&b, 0);            /* packets are not cut */
	put_block(p, INTERFACE_DESCRIPTION, &b);
}

enum rsp_status
pcapng_open(struct rsp_ctx *c, const char *path, struct pcapng **out)
{
	struct pcapng *p = calloc(1, sizeof(*p));

	if (p)
		p->f = fopen(path, "wb");
	if (!p || !p->f) {
		free(p);
		return rsp_fail(c, RSP_IO, "%s: cannot write: %s", path, strerror(errno));
	}
	put_headers(p);
	*out = p;
	return RSP_OK;
}

static unsigned
ip_checksum(const uint8_t *p)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < IP_HEADER; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	sum = (sum & 0xFFFF) + (sum >> 16);
	return ~(sum + (sum >> 16)) & 0xFFFF;
}

/* IPv4 from and to 127.0.0.1, UDP without a checksum, GSMTAP. */
static void
put_network(struct buf *b, size_t payload)
{
	size_t from = b->n;
	unsigned udp = UDP_HEADER + GSMTAP_HEADER + (unsigned)payload, sum;

	buf_u16(b, 0x4500);
	buf_u16(b, IP_HEADER + udp);
	buf_u32(b, 0);
	buf_u16(b, 0x4011);
	buf_u16(b, 0);
	buf_u32(b, 0x7F000001);
	buf_u32(b, 0x7F000001);
	if (!b->bad) {
		sum = ip_checksum(b->p + from);
		b->p[from + 10] = (uint8_t)(sum >> 8);
		b->p[from + 11] = (uint8_t)sum;
	}
	buf_u16(b, GSMTAP_PORT);
	buf_u16(b, GSMTAP_PORT);
	buf_u16(b, udp);
	buf_u16(b, 0);
	buf_u8(b, GSMTAP_VERSION);
	buf_u8(b, GSMTAP_HEADER / 4);
	buf_u8(b, GSMTAP_SIM);
	buf_u8(b, 0);
	buf_u32(b, 0);          /* channel and signal: none */
	buf_u32(b, 0);          /* frame number */
	buf_u32(b, 0);          /* sub-type 0: APDU */
}

static void
put_comment(struct buf *b, const char *comment)
{
	size_t n = comment ? strlen(comment) : 0;

	if (!n)
		return;
	if (n > COMMENT_MAX)
		n = COMMENT_MAX;
	le16(b, OPTION_COMMENT);
	le16(b, (unsigned)n);
	buf_add(b, bytes_of(comment, n));
	pad(b);
	le32(b, 0);             /* end of options */
}

void
pcapng_apdu(struct pcapng *p, uint64_t us, struct bytes command, struct bytes response, const char *comment)
{
	size_t payload = command.n + response.n, n = IP_HEADER + UDP_HEADER + GSMTAP_HEADER + payload;
	struct buf b = BUF_INIT;

	if (n > 0xFFFF) {
		p->failed = true;
		return;
	}
	le32(&b, 0);            /* interface */
	le32(&b, (uint32_t)(us >> 32));
	le32(&b, (uint32_t)us);
	le32(&b, (uint32_t)n);
	le32(&b, (uint32_t)n);
	put_network(&b, payload);
	buf_add(&b, command);
	buf_add(&b, response);
	pad(&b);
	put_comment(&b, comment);
	put_block(p, ENHANCED_PACKET, &b);
}

enum rsp_status
pcapng_close(struct rsp_ctx *c, struct pcapng *p)
{
	bool failed;

	if (!p)
		return RSP_OK;
	failed = fclose(p->f) != 0 || p->failed;
	free(p);
	return failed ? rsp_fail(c, RSP_IO, "the capture could not be written") : RSP_OK;
}
