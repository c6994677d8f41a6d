// SPDX-License-Identifier: BSD-2-Clause
/* Keys and segments of SCP03t (SGP.22 2.6.4, Annex G). */
#include "bsp/bsp.h"

#include "crypto/crypto.h"
#include "tlv/tlv.h"

#define MAC_SIZE 8
#define TAG_MAC_ONLY 0x88

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

/* The ICV of a segment: its counter, encrypted. */
static enum rsp_status
icv(struct rsp_ctx *c, const struct bsp_keys *k, uint8_t out[16])
{
	uint8_t block[16] = {0};

	block[12] = (uint8_t)(k->counter >> 24);
	block[13] = (uint8_t)(k->counter >> 16);
	block[14] = (uint8_t)(k->counter >> 8);
	block[15] = (uint8_t)k->counter;
	return aes_ecb_block(c, BYTES_OF(k->s_enc), block, out);
}

/* MAC over chaining value, tag, length (which counts the MAC) and data; all 16 octets chain. */
static enum rsp_status
chain(struct rsp_ctx *c, const struct bsp_keys *k, unsigned tag, struct bytes data, uint8_t mac[16])
{
	struct buf head = BUF_INIT;
	struct bytes parts[3] = {BYTES_OF(k->mcv), {0}, data};
	enum rsp_status st;

	tlv_header(&head, tag, data.n + MAC_SIZE);
	parts[1] = buf_bytes(&head);
	st = aes_cmac(c, BYTES_OF(k->s_mac), parts, 3, mac);
	buf_free(&head);
	return st;
}

static enum rsp_status
encrypt(struct rsp_ctx *c, const struct bsp_keys *k, struct bytes plain, struct bytes *out)
{
	size_t n = plain.n / 16 * 16 + 16;
	uint8_t *p = rsp_alloc(c, n), iv[16];
	enum rsp_status st;

	if (!p)
		return RSP_NOMEM;
	if (plain.n)
		memcpy(p, plain.p, plain.n);
	p[plain.n] = 0x80;
	if ((st = icv(c, k, iv)) != RSP_OK || (st = aes_cbc_encrypt(c, BYTES_OF(k->s_enc), iv, bytes_of(p, n), p)) != RSP_OK)
		return st;
	*out = bytes_of(p, n);
	return RSP_OK;
}

static enum rsp_status
protect_one(struct rsp_ctx *c, struct bsp_keys *k, unsigned tag, struct bytes plain, struct buf *out)
{
	struct bytes data = plain;
	uint8_t mac[16];
	enum rsp_status st = tag == TAG_MAC_ONLY ? RSP_OK : encrypt(c, k, plain, &data);

	if (st != RSP_OK || (st = chain(c, k, tag, data, mac)) != RSP_OK)
		return st;
	tlv_header(out, tag, data.n + MAC_SIZE);
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
	enum rsp_status st;

	do {
		st = protect_one(c, k, tag, bytes_slice(plain, 0, most), out);
		plain = bytes_from(plain, most);
	} while (st == RSP_OK && plain.n);
	return st;
}

static enum rsp_status
decrypt(struct rsp_ctx *c, const struct bsp_keys *k, struct bytes data, struct bytes *plain)
{
	uint8_t *p, iv[16];
	size_t n = data.n;
	enum rsp_status st;

	if (n == 0 || n % 16)
		return rsp_fail(c, RSP_MALFORMED, "segment: %zu encrypted octets are no whole blocks", n);
	if (!(p = rsp_alloc(c, n)))
		return RSP_NOMEM;
	if ((st = icv(c, k, iv)) != RSP_OK || (st = aes_cbc_decrypt(c, BYTES_OF(k->s_enc), iv, data, p)) != RSP_OK)
		return st;
	while (n && p[n - 1] == 0 && data.n - n < 15)
		n--;
	if (!n || p[n - 1] != 0x80)
		return rsp_fail(c, RSP_MALFORMED, "segment: the padding is wrong");
	*plain = bytes_of(p, n - 1);
	return RSP_OK;
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
	if ((st = chain(c, k, tag, data, mac)) != RSP_OK)
		return st;
	if (!bytes_equal_secret(bytes_of(mac, MAC_SIZE), bytes_from(t.value, data.n)))
		return rsp_fail(c, RSP_UNTRUSTED, "segment %u: the MAC is wrong", k->counter);
	if (tag == TAG_MAC_ONLY)
		text = data;
	else if ((st = decrypt(c, k, data, &text)) != RSP_OK)
		return st;
	*plain = rsp_copy(c, text);
	if (!plain->p)
		return RSP_NOMEM;
	memcpy(k->mcv, mac, 16);
	k->counter++;
	return RSP_OK;
}
