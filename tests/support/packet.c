// SPDX-License-Identifier: BSD-2-Clause
#include "support/packet.h"

#include "base/hex.h"
#include "crypto/crypto.h"
#include "crypto/tdes.h"
#include "tlv/tlv.h"

static const uint8_t zeros[32];

static struct bytes
finish(struct rsp_ctx *c, struct buf *b)
{
	struct bytes out;

	assert_status(buf_finish(b, c, &out), RSP_OK);
	return out;
}

static void
sum(struct rsp_ctx *c, bool aes, struct bytes key, struct bytes in, uint8_t out[16])
{
	if (aes)
		assert_status(aes_cmac(c, key, &in, 1, out), RSP_OK);
	else
		assert_status(tdes_mac(c, key, &in, 1, out), RSP_OK);
}

/* What stands where the checksum belongs. */
static void
add_check(struct rsp_ctx *c, const struct packet *p, unsigned kind, struct bytes covered, struct buf *b)
{
	uint8_t mac[16];

	if (kind == RC && (p->kid & 15) == 1)
		buf_u16(b, crc16(&covered, 1));
	if (kind == RC && (p->kid & 15) == 5)
		buf_u32(b, crc32_of(&covered, 1));
	if (kind != CC)
		return;
	sum(c, p->aes, p->kid_key, covered, mac);
	buf_add(b, bytes_of(mac, p->mac_n));
}

static size_t
check_n(const struct packet *p, unsigned kind)
{
	return kind == CC ? p->mac_n : kind == RC ? (p->kid & 15) == 1 ? 2 : (p->kid & 15) == 5 ? 4 : 0 : 0;
}

struct bytes
packet_make(struct rsp_ctx *c, const struct packet *p)
{
	size_t n = check_n(p, p->spi1 & 3), block = p->spi1 & CIPHERED ? p->aes ? 16 : 8 : 1, fill, at;
	struct buf head = BUF_INIT, counter = BUF_INIT, covered = BUF_INIT, tail = BUF_INIT;
	uint8_t *out;

	fill = (block - (6 + n + p->data.n) % block) % block;
	buf_u16(&head, (unsigned)(1 + 13 + n + p->data.n + fill));
	buf_u8(&head, (unsigned)(13 + n));
	buf_u8(&head, p->spi1);
	buf_u8(&head, p->spi2);
	buf_u8(&head, p->kic);
	buf_u8(&head, p->kid);
	buf_add(&head, unhex(c, p->tar));
	buf_u8(&counter, (unsigned)(p->counter >> 32) & 0xFF);
	buf_u32(&counter, (uint32_t)p->counter);
	buf_u8(&counter, (unsigned)fill);
	buf_add(&covered, buf_bytes(&head));
	buf_add(&covered, buf_bytes(&counter));
	buf_add(&covered, p->data);
	buf_add(&covered, bytes_of(zeros, fill));
	buf_add(&tail, buf_bytes(&counter));
	add_check(c, p, p->spi1 & 3, buf_bytes(&covered), &tail);
	buf_add(&tail, p->data);
	buf_add(&tail, bytes_of(zeros, fill));
	at = head.n;
	buf_add(&head, buf_bytes(&tail));
	out = head.p + at;
	if (p->spi1 & CIPHERED && p->aes)
		assert_status(aes_cbc_encrypt(c, p->kic_key, zeros, buf_bytes(&tail), out), RSP_OK);
	else if (p->spi1 & CIPHERED)
		assert_status(tdes_cbc(c, p->kic_key, true, buf_bytes(&tail), out), RSP_OK);
	buf_free(&counter);
	buf_free(&covered);
	buf_free(&tail);
	return finish(c, &head);
}

struct bytes
packet_sms(struct rsp_ctx *c, const char *udh, struct bytes text)
{
	struct bytes header = unhex(c, udh);
	struct buf tpdu = BUF_INIT, body = BUF_INIT, envelope = BUF_INIT, command = BUF_INIT;

	buf_add(&tpdu, unhex(c, "40089121436587" "7FF6" "22705200000000"));
	buf_u8(&tpdu, (unsigned)(header.n + text.n));
	buf_add(&tpdu, header);
	buf_add(&tpdu, text);
	buf_add(&body, unhex(c, "82028381" "8604" "91214365"));
	tlv_add(&body, 0x8B, buf_bytes(&tpdu));
	tlv_add(&envelope, 0xD1, buf_bytes(&body));
	buf_add(&command, unhex(c, "80C20000"));
	buf_u8(&command, (unsigned)envelope.n);
	buf_add(&command, buf_bytes(&envelope));
	assert_true(envelope.n < 256);
	buf_free(&tpdu);
	buf_free(&body);
	buf_free(&envelope);
	return finish(c, &command);
}

struct bytes
packet_envelope(struct rsp_ctx *c, struct bytes packet)
{
	return packet_sms(c, "027000", packet);
}

struct packet_answer
packet_read(struct rsp_ctx *c, const struct packet *p, struct bytes in, bool secured)
{
	unsigned kind = secured ? p->spi2 >> 2 & 3 : 0;
	size_t n = check_n(p, kind), i;
	struct buf covered = BUF_INIT, want = BUF_INIT;
	struct packet_answer out = {0};
	uint8_t *body;
	struct bytes clear;

	assert_true(in.n >= 16 && memcmp(in.p, "\x02\x71\x00", 3) == 0);
	in = bytes_from(in, 3);
	assert_int_equal(in.p[0] << 8 | in.p[1], in.n - 2);
	assert_int_equal(in.p[2], 10 + n);
	assert_bytes_equal(bytes_slice(in, 3, 3), unhex(c, p->tar));
	clear = rsp_copy(c, bytes_from(in, 6));
	body = (uint8_t *)(uintptr_t)clear.p;
	if (secured && p->spi2 & POR_CIPHERED && p->aes)
		assert_status(aes_cbc_decrypt(c, p->kic_key, zeros, clear, body), RSP_OK);
	else if (secured && p->spi2 & POR_CIPHERED)
		assert_status(tdes_cbc(c, p->kic_key, false, clear, body), RSP_OK);
	for (i = 0; i < 5; i++)
		out.counter = out.counter << 8 | body[i];
	out.status = body[6];
	buf_add(&covered, unhex(c, "027100"));
	buf_add(&covered, bytes_slice(in, 0, 6));
	buf_add(&covered, bytes_slice(clear, 0, 7));
	buf_add(&covered, bytes_from(clear, 7 + n));
	add_check(c, p, kind, buf_bytes(&covered), &want);
	assert_bytes_equal(bytes_slice(clear, 7, n), buf_bytes(&want));
	assert_true(body[5] <= clear.n - 7 - n);
	out.data = bytes_slice(clear, 7 + n, clear.n - 7 - n - body[5]);
	buf_free(&covered);
	buf_free(&want);
	return out;
}

struct bytes
packet_key(struct rsp_ctx *c, unsigned version, unsigned id, bool aes, struct bytes value, unsigned mac_n)
{
	struct buf b = BUF_INIT;
	size_t key = tlv_open(&b, 0x30), list, one;

	tlv_add(&b, 0x95, unhex(c, "18"));
	tlv_add_uint(&b, 0x82, id);
	tlv_add_uint(&b, 0x83, version);
	list = tlv_open(&b, 0x30);
	one = tlv_open(&b, 0x30);
	tlv_add(&b, 0x80, unhex(c, aes ? "88" : "80"));
	tlv_add(&b, 0x86, value);
	if (mac_n)
		tlv_add_uint(&b, 0x87, mac_n);
	tlv_close(&b, one);
	tlv_close(&b, list);
	tlv_close(&b, key);
	return finish(c, &b);
}

static struct bytes
security_domain(struct rsp_ctx *c, const char *aid, unsigned state, struct bytes keys, const char *toolkit)
{
	struct buf b = BUF_INIT;
	size_t sd = tlv_open(&b, 0xA6), instance, parameters;

	tlv_add(&b, 0xA0, BYTES_NONE);
	instance = tlv_open(&b, 0xA1);
	buf_add(&b, unhex(c, "4F07A0000001515350" "4F08A000000251535041"));
	tlv_add(&b, 0x4F, unhex(c, aid));
	buf_add(&b, unhex(c, "820382DC00"));
	tlv_add_uint(&b, 0x83, state);
	buf_add(&b, unhex(c, "C90481028000"));
	if (toolkit) {
		parameters = tlv_open(&b, 0xEA);
		tlv_add(&b, 0x80, unhex(c, toolkit));
		tlv_close(&b, parameters);
	}
	tlv_close(&b, instance);
	tlv_add(&b, 0xA2, keys);
	tlv_close(&b, sd);
	return finish(c, &b);
}

struct bytes
packet_sd(struct rsp_ctx *c, unsigned state, struct bytes keys, const char *toolkit)
{
	return security_domain(c, "A000000151000000", state, keys, toolkit);
}

struct bytes
packet_ssd(struct rsp_ctx *c, const char *aid, struct bytes keys, const char *toolkit)
{
	return security_domain(c, aid, 0x0F, keys, toolkit);
}

static struct bytes
remote_manager(struct rsp_ctx *c, const char *sd_aid, const char *tars, unsigned level, const char *access, const char *admin, const char *adf_access)
{
	struct bytes list = unhex(c, tars);
	struct buf b = BUF_INIT;
	size_t rfm = tlv_open(&b, 0xA7), inner, i;
	uint8_t msl[1] = {(uint8_t)level};

	tlv_add(&b, 0xA0, BYTES_NONE);
	if (!list.n) {
		tlv_add(&b, 0x4F, unhex(c, "A00000055910100000000000" "B00020" "00"));
	} else {
		tlv_add(&b, 0x4F, unhex(c, "A00000055910100001"));
		if (sd_aid)
			tlv_add(&b, 0x4F, unhex(c, sd_aid));
		inner = tlv_open(&b, 0xA0);
		for (i = 0; i < list.n; i += 3)
			tlv_add(&b, 0x04, bytes_slice(list, i, 3));
		tlv_close(&b, inner);
	}
	tlv_add(&b, 0x81, BYTES_OF(msl));
	tlv_add(&b, 0x04, unhex(c, access));
	tlv_add(&b, 0x04, unhex(c, admin));
	if (adf_access)
		tlv_add(&b, 0x30, unhex(c, adf_access));
	tlv_close(&b, rfm);
	return finish(c, &b);
}

struct bytes
packet_rfm_of(struct rsp_ctx *c, const char *sd_aid, const char *tars, unsigned level, const char *access)
{
	return remote_manager(c, sd_aid, tars, level, access, access, NULL);
}

struct bytes
packet_rfm(struct rsp_ctx *c, const char *tars, unsigned level, const char *access, const char *admin, const char *adf_access)
{
	return remote_manager(c, NULL, tars, level, access, admin, adf_access);
}
