// SPDX-License-Identifier: BSD-2-Clause
/* Keys and segments of SCP03t (SGP.22 2.6.4, Annex G). */
#include "bsp/bsp.h"

#include "crypto/crypto.h"
#include "tlv/tlv.h"

#define MAC_SIZE 8
#define TAG_MAC_ONLY 0x88
#define SEGMENT_EXTRA (4 + 16 + MAC_SIZE)   /* header, padding, MAC */
#define ROOM (BSP_SEGMENT_LENIENT + 32)   /* for the counter and the longest text with its padding */

enum rsp_status
bsp_derive(struct rsp_ctx *c, const uint8_t shared[32], struct bytes host_id, struct bytes eid, struct bsp_keys *out)
{
	struct buf info = BUF_INIT;
	uint8_t key[48];
	enum rsp_status st;

	buf_u8(&info, 0x88);
	buf_u8(&info, 0x10);
	buf_u8(&info, (unsigned)host_id.n);
	buf_add(&info, host_id);
	buf_u8(&info, (unsigned)eid.n);
	buf_add(&info, eid);
	st = info.bad ? RSP_NOMEM : x963_kdf(c, bytes_of(shared, 32), buf_bytes(&info), key, sizeof(key));
	buf_free(&info);
	if (st == RSP_OK) {
		bsp_replace(out, key, key + 16, key + 32);
		out->limit = BSP_SEGMENT_MAX;
	}
	explicit_bzero(key, sizeof(key));
	return st;
}

void
bsp_replace(struct bsp_keys *k, const uint8_t mcv[16], const uint8_t enc[16], const uint8_t mac[16])
{
	memcpy(k->mcv, mcv, 16);
	memcpy(k->s_enc, enc, 16);
	memcpy(k->s_mac, mac, 16);
	k->counter = 1;
}

static void
counter_block(const struct bsp_keys *k, uint8_t out[16])
{
	memset(out, 0, 12);
	out[12] = (uint8_t)(k->counter >> 24);
	out[13] = (uint8_t)(k->counter >> 16);
	out[14] = (uint8_t)(k->counter >> 8);
	out[15] = (uint8_t)k->counter;
}

/* Tag and length of a segment with so much data; the length counts the MAC. */
static struct bytes
header(unsigned tag, size_t data_n, uint8_t out[4])
{
	size_t n = data_n + MAC_SIZE, i = 0;

	out[i++] = (uint8_t)tag;
	if (n > 0xFF)
		out[i++] = 0x82;
	else if (n > 0x7F)
		out[i++] = 0x81;
	if (n > 0xFF)
		out[i++] = (uint8_t)(n >> 8);
	out[i++] = (uint8_t)n;
	return bytes_of(out, i);
}

/* MAC over chaining value, header and data; all 16 octets chain. */
static enum rsp_status
chain(struct rsp_ctx *c, const struct bsp_keys *k, struct cmac *m, struct bytes head, struct bytes data, uint8_t mac[16])
{
	struct bytes parts[3] = {BYTES_OF(k->mcv), head, data};

	return cmac_next(c, m, parts, 3, mac);
}

/* The ICV is the counter, encrypted: so one CBC over counter and text from an IV of zeros makes both, the ICV as its first block. */
static enum rsp_status
encrypt(struct rsp_ctx *c, const struct bsp_keys *k, struct bytes plain, uint8_t room[ROOM], struct bytes *out)
{
	static const uint8_t zeros[16];
	size_t n = plain.n / 16 * 16 + 32;
	enum rsp_status st;

	counter_block(k, room);
	if (plain.n)
		memcpy(room + 16, plain.p, plain.n);
	memset(room + 16 + plain.n, 0, n - 16 - plain.n);
	room[16 + plain.n] = 0x80;
	st = aes_cbc_encrypt(c, BYTES_OF(k->s_enc), zeros, bytes_of(room, n), room);
	*out = bytes_of(room + 16, n - 16);
	return st;
}

static enum rsp_status
protect_one(struct rsp_ctx *c, struct bsp_keys *k, struct cmac *m, unsigned tag, struct bytes plain, struct buf *out)
{
	uint8_t mac[16], first[4], room[ROOM];
	struct bytes data = plain, head;
	enum rsp_status st = tag == TAG_MAC_ONLY ? RSP_OK : encrypt(c, k, plain, room, &data);

	head = header(tag, data.n, first);
	if (st != RSP_OK || (st = chain(c, k, m, head, data, mac)) != RSP_OK)
		return st;
	buf_add(out, head);
	buf_add(out, data);
	buf_add(out, bytes_of(mac, MAC_SIZE));
	memcpy(k->mcv, mac, 16);
	k->counter++;
	return out->bad ? rsp_fail(c, RSP_NOMEM, "no memory for a segment") : RSP_OK;
}

enum rsp_status
bsp_protect(struct rsp_ctx *c, struct bsp_keys *k, unsigned tag, struct bytes plain, struct buf *out)
{
	size_t longer = k->limit > BSP_SEGMENT_MAX ? 16 : 0, most = (tag == TAG_MAC_ONLY ? BSP_MAC_PAYLOAD : BSP_ENC_PAYLOAD) + longer;
	struct cmac *m;
	enum rsp_status st = cmac_open(c, BYTES_OF(k->s_mac), &m);

	if (st != RSP_OK)
		return st;
	buf_reserve(out, plain.n + (plain.n / most + 1) * SEGMENT_EXTRA);
	do {
		st = protect_one(c, k, m, tag, bytes_slice(plain, 0, most), out);
		plain = bytes_from(plain, most);
	} while (st == RSP_OK && plain.n);
	cmac_close(m);
	return st;
}

static enum rsp_status
decrypt(struct rsp_ctx *c, const struct bsp_keys *k, struct bytes data, struct bytes *plain)
{
	uint8_t *p, counter[16], iv[16];
	size_t n = data.n;
	enum rsp_status st;

	if (n == 0 || n % 16)
		return rsp_fail(c, RSP_MALFORMED, "segment: %zu encrypted octets are no whole blocks", n);
	if (!(p = rsp_alloc(c, n)))
		return RSP_NOMEM;
	counter_block(k, counter);
	if ((st = aes_ecb_block(c, BYTES_OF(k->s_enc), counter, iv)) != RSP_OK || (st = aes_cbc_decrypt(c, BYTES_OF(k->s_enc), iv, data, p)) != RSP_OK)
		return st;
	while (n && p[n - 1] == 0 && data.n - n < 15)
		n--;
	if (!n || p[n - 1] != 0x80)
		return rsp_fail(c, RSP_MALFORMED, "segment: the padding is wrong");
	*plain = bytes_of(p, n - 1);
	return RSP_OK;
}

static enum rsp_status
check_mac(struct rsp_ctx *c, const struct bsp_keys *k, unsigned tag, struct bytes data, struct bytes have, uint8_t mac[16])
{
	uint8_t first[4];
	struct cmac *m;
	enum rsp_status st = cmac_open(c, BYTES_OF(k->s_mac), &m);

	if (st != RSP_OK)
		return st;
	st = chain(c, k, m, header(tag, data.n, first), data, mac);
	cmac_close(m);
	if (st == RSP_OK && !bytes_equal_secret(bytes_of(mac, MAC_SIZE), have))
		return rsp_fail(c, RSP_UNTRUSTED, "segment %u: the MAC is wrong", k->counter);
	return st;
}

enum rsp_status
bsp_open(struct rsp_ctx *c, struct bsp_keys *k, unsigned tag, struct bytes segment, struct bytes *plain)
{
	size_t limit = k->limit ? k->limit : BSP_SEGMENT_MAX;
	struct bytes data, text;
	struct tlv t;
	uint8_t mac[16];
	enum rsp_status st;

	if (tlv_only(segment, tag, &t) != RSP_OK || t.value.n < MAC_SIZE)
		return rsp_fail(c, RSP_MALFORMED, "segment: want one TLV %02X with a MAC", tag);
	if (segment.n > limit)
		return rsp_fail(c, RSP_MALFORMED, "segment: want at most %zu octets, have %zu", limit, segment.n);
	data = bytes_slice(t.value, 0, t.value.n - MAC_SIZE);
	if ((st = check_mac(c, k, tag, data, bytes_from(t.value, data.n), mac)) != RSP_OK)
		return st;
	if (tag == TAG_MAC_ONLY)
		st = (text = rsp_copy(c, data)).p ? RSP_OK : RSP_NOMEM;
	else
		st = decrypt(c, k, data, &text);
	if (st != RSP_OK)
		return st;
	*plain = text;
	memcpy(k->mcv, mac, 16);
	k->counter++;
	return RSP_OK;
}
