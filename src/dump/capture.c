// SPDX-License-Identifier: BSD-2-Clause
/* Captures: pcapng with GSMTAP SIM packets, as we and others write them (raw IP or Ethernet). */
#include "dump/trace.h"

#define SECTION_HEADER 0x0A0D0D0Au
#define BYTE_ORDER_MAGIC 0x1A2B3C4Du
#define INTERFACE_DESCRIPTION 1u
#define ENHANCED_PACKET 6u
#define OPTION_COMMENT 1u
#define LINKTYPE_ETHERNET 1u
#define ETHERNET_HEADER 14u
#define GSMTAP_PORT 4729u
#define GSMTAP_SIM 4u

struct capture { struct tracing x; bool big; size_t link, packets, others; struct talk *last; };

static uint32_t
number(const struct capture *k, struct bytes b, size_t at, size_t n)
{
	uint32_t v = 0;
	size_t i;

	for (i = 0; i < n && at + n <= b.n; i++)
		v = v << 8 | b.p[k->big ? at + i : at + n - 1 - i];
	return v;
}

static unsigned
be16(struct bytes b, size_t at)
{
	return at + 2 <= b.n ? (unsigned)b.p[at] << 8 | b.p[at + 1] : 0;
}

/* IP, UDP, GSMTAP away; false: something else. */
static bool
payload(const struct capture *k, struct bytes packet, struct bytes *out)
{
	struct bytes ip = bytes_from(packet, k->link), udp, tap;
	size_t header;

	if (ip.n < 20 || ip.p[0] >> 4 != 4 || ip.p[9] != 17)
		return false;
	udp = bytes_from(ip, (ip.p[0] & 15) * 4u);
	if (be16(udp, 2) != GSMTAP_PORT)
		return false;
	tap = bytes_from(udp, 8);
	if (tap.n < 16 || tap.p[0] != 2 || tap.p[2] != GSMTAP_SIM || tap.p[12] != 0)
		return false;
	header = tap.p[1] * 4u;
	*out = bytes_from(tap, header);
	return out->n >= 4;
}

/* Command and answer stand one after the other: where the command ends hangs on the instruction. */
static size_t
command_size(struct bytes b)
{
	static const uint8_t le_only[] = {0xB0, 0xB2, 0xC0, 0x12, 0x84, 0xCA, 0xCB};
	size_t lc = b.n > 4 ? b.p[4] : 0;

	if (b.n == 6)
		return 4;
	if (memchr(le_only, b.p[1], sizeof(le_only)) || (b.p[1] == 0x70 && b.n > 7) || lc == 0)
		return b.n >= 7 ? 5 : b.n > 2 ? b.n - 2 : b.n;
	if (b.n < 5 + lc + 2)
		return 5;
	return 5 + lc;
}

static struct bytes
who_of(struct bytes comment)
{
	const uint8_t *colon = comment.n ? memchr(comment.p, ':', comment.n) : NULL, *comma = comment.n ? memchr(comment.p, ',', comment.n) : NULL;

	return colon && (!comma || colon < comma) ? bytes_slice(comment, 0, (size_t)(colon - comment.p)) : BYTES_NONE;
}

static struct bytes
comment_of(const struct capture *k, struct bytes options)
{
	while (options.n >= 4) {
		size_t n = number(k, options, 2, 2);

		if (number(k, options, 0, 2) == OPTION_COMMENT)
			return bytes_slice(options, 4, n);
		if (number(k, options, 0, 2) == 0)
			break;
		options = bytes_from(options, 4 + (n + 3) / 4 * 4);
	}
	return BYTES_NONE;
}

/* Our own comments say what the next line says again: of these only whose card it is, when that changes. */
static void
say_comment(struct capture *k, struct talk *t, struct bytes comment, struct bytes command)
{
	const char *words = dump_apdu_words(k->x.d->c, command);

	if (comment.n && !memmem(comment.p, comment.n, words, strlen(words)))
		dump_line(k->x.d, k->x.list, "note", "%s", dump_quoted(k->x.d, comment));
	else if (t->who.n && t != k->last)
		dump_line(k->x.d, k->x.list, "card", "%s", dump_quoted(k->x.d, t->who));
	k->last = t;
}

static void
packet(struct capture *k, struct bytes body)
{
	size_t n = number(k, body, 12, 4), size;
	struct bytes octets = bytes_slice(body, 20, n), apdu, comment = BYTES_NONE;
	struct talk *t;

	if (!payload(k, octets, &apdu)) {
		k->others++;
		return;
	}
	k->packets++;
	if (body.n >= 20 && n < body.n - 20)
		comment = comment_of(k, bytes_from(body, 20 + (n + 3) / 4 * 4));
	size = command_size(apdu);
	t = talk_of(&k->x, who_of(comment));
	say_comment(k, t, comment, bytes_slice(apdu, 0, size));
	talk_command(&k->x, t, bytes_slice(apdu, 0, size));
	talk_response(&k->x, t, bytes_from(apdu, size));
}

bool
dump_capture(struct dump *d, struct bytes in)
{
	struct capture k = {.x = {.d = d}};
	struct bytes rest = in;

	if (in.n < 28 || number(&k, in, 0, 4) != SECTION_HEADER)
		return false;
	k.big = number(&k, in, 8, 4) != BYTE_ORDER_MAGIC;
	k.x.list = dump_line(d, d->root, "capture", "%zu octets of pcapng", in.n);
	while (rest.n && !d->full) {
		uint32_t type = number(&k, rest, 0, 4), n = number(&k, rest, 4, 4);
		struct bytes body = bytes_slice(rest, 8, n >= 12 ? n - 12 : 0);

		if (rest.n < 12 || n < 12 || n > rest.n) {
			dump_complain(d, k.x.list, 'E', "at octet %zu: want a block of at least 12 octets, have %zu of %u", (size_t)(rest.p - in.p), rest.n, n);
			break;
		}
		if (type == INTERFACE_DESCRIPTION)
			k.link = number(&k, body, 0, 2) == LINKTYPE_ETHERNET ? ETHERNET_HEADER : 0;
		if (type == ENHANCED_PACKET)
			packet(&k, body);
		rest = bytes_from(rest, (n + 3) / 4 * 4);
	}
	if (k.others)
		dump_line(d, k.x.list, "other packets", "%zu", k.others);
	tracing_end(&k.x);
	return true;
}
