// SPDX-License-Identifier: BSD-2-Clause
#include "store/smdpp_rows.h"

#include <stdio.h>

#include "crypto/crypto.h"
#include "tlv/tlv.h"

#define ORDER(tag, kind, member) FIELD(tag, kind, struct smdpp_order, member)
static const struct field order_fields[] = {
	ORDER(1, OCTETS, iccid), ORDER(2, NUMBER, state), ORDER(3, TEXT, profile), ORDER(4, TEXT, matching_id), ORDER(5, FLAG, confirmed),
	ORDER(6, FLAG, has_eid), ORDER(7, OCTETS, eid), ORDER(8, FLAG, cc_required), ORDER(9, OCTETS, cc_hash), ORDER(10, NUMBER, cc_tries),
	ORDER(11, NUMBER, cc_limit), ORDER(12, NUMBER, download_tries), ORDER(13, NUMBER, download_limit), ORDER(14, NUMBER, created),
	ORDER(15, NUMBER, expires), ORDER(16, TEXT, name), ORDER(17, TEXT, provider), ORDER(18, NUMBER, profile_class), ORDER(19, NUMBER, ppr),
	ORDER(20, TEXT, owner_mccmnc), ORDER(21, NUMBER, card), ORDER(22, NUMBER, card_seq), ORDER(23, FLAG, has_card_seq), ORDER(24, FLAG, bound),
	ORDER(25, OCTETS, bound_transaction), ORDER(26, NUMBER, bound_transaction_n), ORDER(27, OCTETS, bound_eid), ORDER(28, OCTETS, bound_point),
	ORDER(29, NUMBER, bound_curve), ORDER(30, TEXT, requester), ORDER(31, TEXT, fault), ORDER(32, TEXT, requester_key), ORDER(33, NUMBER, package_n),
	ORDER(34, FLAG, has_ppk), ORDER(35, OCTETS, ppk_mcv), ORDER(36, OCTETS, ppk_enc), ORDER(37, OCTETS, ppk_mac),
	FIELD_FIRST(38, struct smdpp_order, metadata, metadata_n), ORDER(39, FLAG, has_otsk), ORDER(40, OCTETS, otsk), ORDER(41, OCTETS, bound_otpk),
	ORDER(42, TEXT, smds), ORDER(43, FLAG, from_stock),
};
#define HISTORY_TAG 0x9F7Fu

#define STOCK(tag, kind, member) FIELD(tag, kind, struct stock_item, member)
static const struct field stock_fields[] = {
	STOCK(1, OCTETS, iccid), STOCK(2, TEXT, profile), STOCK(3, NUMBER, state), STOCK(4, TEXT, imsi), STOCK(5, TEXT, msisdn), STOCK(6, OCTETS, k),
	STOCK(7, OCTETS, opc), STOCK(8, FLAG, has_ota), STOCK(9, OCTETS, kic), STOCK(10, OCTETS, kid), STOCK(11, OCTETS, kik), STOCK(12, TEXT, pin1),
	STOCK(13, TEXT, puk1), STOCK(14, TEXT, adm1),
};

#define SESSION(tag, kind, member) FIELD(tag, kind, struct smdpp_session, member)
static const struct field session_fields[] = {
	SESSION(1, OCTETS, transaction_id), SESSION(2, NUMBER, state), SESSION(3, NUMBER, started), SESSION(4, NUMBER, expires), SESSION(5, NUMBER, curve),
	SESSION(6, OCTETS, euicc_challenge), SESSION(7, OCTETS, server_challenge), SESSION(8, OCTETS, svn), SESSION(9, OCTETS, iccid),
	SESSION(10, OCTETS, eid), SESSION(11, OCTETS, euicc_point), SESSION(12, OCTETS, smdp_signature2), SESSION(13, FLAG, cc_required),
	SESSION(14, OCTETS, bound_otpk), SESSION(15, OCTETS, smdp_sign),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static enum rsp_status
seal(struct rsp_ctx *c, const struct store_key *k, const char *kind, struct buf *b, struct bytes *out)
{
	enum rsp_status st;

	if (b->bad)
		st = rsp_fail(c, RSP_NOMEM, "no memory for a row");
	else if (k)
		st = aes_seal(c, k->seal, bytes_of_str(kind), buf_bytes(b), out);
	else
		return buf_finish(b, c, out);
	buf_free(b);
	return st;
}

static enum rsp_status
unseal(struct rsp_ctx *c, const struct store_key *k, const char *kind, struct bytes sealed, struct bytes *plain)
{
	*plain = sealed;
	if (!k || aes_unseal(c, k->seal, bytes_of_str(kind), sealed, plain) == RSP_OK)
		return RSP_OK;
	return rsp_fail(c, RSP_IO, "the store's rows cannot be opened with its key");
}

static enum rsp_status
unreadable(struct rsp_ctx *c)
{
	return rsp_fail(c, RSP_IO, "a row of the store cannot be read");
}

static void
write_history(struct buf *b, const struct smdpp_order *o)
{
	size_t mark = tlv_open(b, HISTORY_TAG);
	uint32_t i;

	for (i = 0; i < o->n_history && i < HISTORY_MAX; i++) {
		buf_u64(b, (uint64_t)o->history[i].at);
		buf_u16(b, o->history[i].what);
		buf_u32(b, o->history[i].detail);
	}
	tlv_close(b, mark);
}

static uint64_t
big_endian(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

static void
read_history(struct bytes in, struct smdpp_order *o)
{
	const size_t size = 14;
	struct order_event *e;

	for (; in.n >= size && o->n_history < HISTORY_MAX; in = bytes_from(in, size)) {
		e = &o->history[o->n_history++];
		*e = (struct order_event){(int64_t)big_endian(in.p, 8), (uint32_t)big_endian(in.p + 8, 2), (uint32_t)big_endian(in.p + 10, 4)};
	}
}

enum rsp_status
order_seal(struct rsp_ctx *c, const struct store_key *k, const struct smdpp_order *o, struct bytes *out)
{
	struct buf b = BUF_INIT;

	fields_write(&b, order_fields, COUNT(order_fields), o);
	write_history(&b, o);
	return seal(c, k, "order", &b, out);
}

enum rsp_status
order_unseal(struct rsp_ctx *c, const struct store_key *k, struct bytes sealed, struct smdpp_order *out)
{
	struct bytes plain;
	struct tlv history;
	enum rsp_status st = unseal(c, k, "order", sealed, &plain);

	*out = (struct smdpp_order){0};
	if (st != RSP_OK)
		return st;
	if (!fields_read(plain, order_fields, COUNT(order_fields), out) || out->state >= ORDER_STATES)
		return unreadable(c);
	if (tlv_find(plain, HISTORY_TAG, &history))
		read_history(history.value, out);
	return RSP_OK;
}

enum rsp_status
stock_seal(struct rsp_ctx *c, const struct store_key *k, const struct stock_item *i, struct bytes *out)
{
	struct buf b = BUF_INIT;

	fields_write(&b, stock_fields, COUNT(stock_fields), i);
	return seal(c, k, "stock", &b, out);
}

enum rsp_status
stock_unseal(struct rsp_ctx *c, const struct store_key *k, struct bytes sealed, struct stock_item *out)
{
	struct bytes plain;
	enum rsp_status st = unseal(c, k, "stock", sealed, &plain);

	*out = (struct stock_item){0};
	if (st == RSP_OK && (!fields_read(plain, stock_fields, COUNT(stock_fields), out) || out->state >= STOCK_STATES))
		st = unreadable(c);
	return st;
}

enum rsp_status
session_seal(struct rsp_ctx *c, const struct store_key *k, const struct smdpp_session *s, struct bytes *out)
{
	struct buf b = BUF_INIT;

	fields_write(&b, session_fields, COUNT(session_fields), s);
	return seal(c, k, "session", &b, out);
}

enum rsp_status
session_unseal(struct rsp_ctx *c, const struct store_key *k, struct bytes sealed, struct smdpp_session *out)
{
	struct bytes plain;
	enum rsp_status st = unseal(c, k, "session", sealed, &plain);

	*out = (struct smdpp_session){0};
	if (st == RSP_OK && (!fields_read(plain, session_fields, COUNT(session_fields), out) || out->state >= SESSION_STATES || out->curve > EC_BP256))
		st = unreadable(c);
	return st;
}

enum rsp_status
done_seal(struct rsp_ctx *c, const struct store_key *k, const struct es2p_done *d, struct bytes *out)
{
	struct buf b = BUF_INIT;

	buf_add(&b, BYTES_OF(d->request));
	buf_add(&b, d->answer);
	return seal(c, k, "call", &b, out);
}

enum rsp_status
done_unseal(struct rsp_ctx *c, const struct store_key *k, struct bytes sealed, struct es2p_done *out)
{
	struct bytes plain;
	enum rsp_status st = unseal(c, k, "call", sealed, &plain);

	if (st != RSP_OK)
		return st;
	if (plain.n < sizeof(out->request))
		return unreadable(c);
	memcpy(out->request, plain.p, sizeof(out->request));
	out->answer = bytes_from(plain, sizeof(out->request));
	return RSP_OK;
}
