// SPDX-License-Identifier: BSD-2-Clause
/* A Bound Profile Package as an SM-DP+ binds it to a eUICC, changed before or after it is protected, and as an LPA cuts it (SGP.22 2.5, 5.5, 5.7.6). */
#include <stdio.h>

#include "bsp/bsp.h"
#include "codec/ids.h"
#include "conformance/es10_sim.h"
#include "crypto/crypto.h"
#include "tlv/tlv.h"

#define HOST_ID "esimlab check"
#define SEGMENTS_MAX 4000

/* ---- the profile ---- */

/* A profile of its own for every package, unless profile=same. */
static enum rsp_status
choose_profile(struct play *p, const struct step *s)
{
	struct order_request r = {.profile = "default", .release = true};
	struct bytes type;
	enum rsp_status st = play_field(p, s, "type", &type);

	if (st != RSP_OK || (p->d.has_order && play_says(s, "profile", "same")))
		return st;
	if (type.p)
		r.profile = rsp_sprintf(&p->c, "%.*s", (int)type.n, (const char *)type.p);
	st = lab_order(p->w->lab, &p->c, &r, &p->d.order);
	p->d.has_order = st == RSP_OK;
	if (st != RSP_OK || p->n_kept == KEPT_MAX)
		return st == RSP_OK ? rsp_fail(&p->c, RSP_LIMIT, "too many profiles in a case") : st;
	p->kept[p->n_kept++] = (struct member){"ICCID", rsp_copy(&p->c, BYTES_OF(p->d.order.iccid))};
	return RSP_OK;
}

static enum rsp_status
one(struct play *p, const struct step *s, struct bytes *der)
{
	return play_mutate(p, s, false, der);
}

/* Elements in a 30 of their own, so that a path can name them: "PE/A0/83". */
static enum rsp_status
elements(struct play *p, const struct step *s, struct bytes *out)
{
	struct bytes package;
	struct buf b = BUF_INIT;
	struct tlv t;
	enum rsp_status st = order_package(&p->c, lab_smdpp(p->w->lab), &p->d.order, &package);

	if (st != RSP_OK)
		return st;
	tlv_add(&b, 0x30, package);
	if ((st = buf_finish(&b, &p->c, out)) == RSP_OK)
		st = play_mutate_as(p, s, false, "PE", out);
	if (st == RSP_OK && tlv_only(*out, 0x30, &t) == RSP_OK)
		*out = t.value;
	return st;
}

/* ---- binding ---- */

/* Changed before it is signed: so what is signed is what the eUICC sees. */
static enum rsp_status
secure_channel(struct play *p, const struct step *s, struct bytes *out)
{
	const struct pki_identity *signer = sim_signer(p, s, &p->d.branch->dppb);
	uint8_t sig[64] = {0};
	struct secure_channel sc = {.operation = 1, .transaction_id = p->d.transaction_id, .key_type = 0x88, .key_length = 16,
		.host_id = bytes_of_str(HOST_ID), .otpk = ec_key_point(p->d.otsk), .signature = BYTES_OF(sig)};
	struct buf b = BUF_INIT;
	struct bytes tbs;
	enum rsp_status st;

	es8p_write_crt(&b, &sc);
	if ((st = buf_finish(&b, &p->c, &sc.crt)) != RSP_OK)
		return st;
	es8p_write_secure_channel(&b, &sc);
	if ((st = buf_finish(&b, &p->c, out)) != RSP_OK || (st = play_mutate(p, s, false, out)) != RSP_OK)
		return st;
	if (es8p_read_secure_channel(&p->c, *out, &sc) != RSP_OK)
		return RSP_OK;                                  /* nothing that could be signed is left of it */
	es8p_write_secure_channel_tbs(&b, &sc, p->d.otpk);
	if ((st = buf_finish(&b, &p->c, &tbs)) != RSP_OK || (st = ec_sign(&p->c, signer->key, &tbs, 1, sig)) != RSP_OK)
		return st;
	sc.signature = BYTES_OF(sig);
	es8p_write_secure_channel(&b, &sc);
	return buf_finish(&b, &p->c, out);
}

static enum rsp_status
session_keys(struct play *p, const struct step *s, struct bsp_keys *k)
{
	uint8_t shared[32], eid[16];
	struct bytes answer, v;
	struct tlv t;
	static const uint8_t get_eid[] = {0xBF, 0x3E, 0x03, 0x5C, 0x01, 0x5A};
	enum rsp_status st = sim_es10(p, BYTES_OF(get_eid), &answer);

	if (st != RSP_OK)
		return st;
	if (tlv_only(answer, 0xBF3E, &t) != RSP_OK || tlv_only(t.value, 0x5A, &t) != RSP_OK || t.value.n != 16)
		return rsp_fail(&p->c, RSP_REFUSED, "the eUICC does not say its EID");
	v = t.value;
	memcpy(eid, v.p, 16);
	if (play_says(s, "keys", "wrong"))
		eid[15] ^= 1;
	if ((st = ec_agree(&p->c, p->d.otsk, p->d.otpk, shared)) != RSP_OK)
		return st;
	return bsp_derive(&p->c, shared, bytes_of_str(HOST_ID), BYTES_OF(eid), k);
}

static enum rsp_status
list(struct play *p, struct bsp_keys *k, uint32_t tag, unsigned segment, struct bytes plain, struct buf *out)
{
	size_t mark = tlv_open(out, tag);
	enum rsp_status st = bsp_protect(&p->c, k, segment, plain, out);

	tlv_close(out, mark);
	return st;
}

static enum rsp_status
replace_keys(struct play *p, const struct step *s, struct bsp_keys *k, struct buf *out)
{
	uint8_t raw[48];
	const struct replace_keys v = {bytes_of(raw, 16), bytes_of(raw + 16, 16), bytes_of(raw + 32, 16)};
	struct buf b = BUF_INIT;
	struct bytes plain;
	enum rsp_status st = crypto_random(&p->c, raw, sizeof(raw));

	es8p_write_replace_keys(&b, &v);
	if (st == RSP_OK)
		st = buf_finish(&b, &p->c, &plain);
	if (st == RSP_OK && (st = one(p, s, &plain)) == RSP_OK)
		st = list(p, k, 0xA2, 0x87, plain, out);
	bsp_replace(k, raw, raw + 16, raw + 32);
	return st;
}

static enum rsp_status
bind(struct play *p, const struct step *s, struct bytes *bpp)
{
	struct buf out = BUF_INIT, b = BUF_INIT;
	struct bsp_keys k = {0};
	struct bytes channel, configure, metadata, pes;
	size_t mark;
	enum rsp_status st = secure_channel(p, s, &channel);

	if (st == RSP_OK && (st = session_keys(p, s, &k)) == RSP_OK) {
		es8p_write_configure_isdp(&b, BYTES_NONE);
		st = buf_finish(&b, &p->c, &configure);
	}
	metadata = bytes_of(p->d.order.metadata, p->d.order.metadata_n);
	if (st != RSP_OK || (st = one(p, s, &configure)) != RSP_OK || (st = one(p, s, &metadata)) != RSP_OK || (st = elements(p, s, &pes)) != RSP_OK)
		return st;
	mark = tlv_open(&out, 0xBF36);
	buf_add(&out, channel);
	st = list(p, &k, 0xA0, 0x87, configure, &out);
	if (st == RSP_OK)
		st = list(p, &k, 0xA1, 0x88, metadata, &out);
	if (st == RSP_OK && play_says(s, "ppk", "true"))
		st = replace_keys(p, s, &k, &out);
	if (st == RSP_OK)
		st = list(p, &k, 0xA3, 0x86, pes, &out);
	tlv_close(&out, mark);
	if (st == RSP_OK)
		return buf_finish(&out, &p->c, bpp);
	buf_free(&out);
	return st;
}

/* ---- cutting ---- */

/* Every child whole, but A1 and A3: their header, then each of their segments. The first goes with the header of BF36. */
static enum rsp_status
cut(struct play *p, struct bytes bpp, struct bpp_segments *out)
{
	struct bytes rest, inner;
	struct tlv all, t, seg;

	*out = (struct bpp_segments){rsp_alloc(&p->c, SEGMENTS_MAX * sizeof(*out->p)), 0};
	if (!out->p)
		return RSP_NOMEM;
	if (tlv_only(bpp, 0xBF36, &all) != RSP_OK || tlv_next(&all.value, &t) != RSP_OK)
		return rsp_fail(&p->c, RSP_REFUSED, "nothing is left of the package");
	out->p[out->n++] = bytes_of(bpp.p, (size_t)(t.whole.p + t.whole.n - bpp.p));
	for (rest = all.value; rest.n && out->n + 1 < SEGMENTS_MAX && tlv_next(&rest, &t) == RSP_OK;) {
		if (t.tag != 0xA1 && t.tag != 0xA3) {
			out->p[out->n++] = t.whole;
			continue;
		}
		out->p[out->n++] = bytes_of(t.whole.p, t.whole.n - t.value.n);
		for (inner = t.value; inner.n && out->n + 1 < SEGMENTS_MAX && tlv_next(&inner, &seg) == RSP_OK;)
			out->p[out->n++] = seg.whole;
	}
	return RSP_OK;
}

/* As an SM-DP+ looks at a result: it is signed by the eUICC of the session, about this transaction. */
static void
check_result(struct play *p, struct bytes answer)
{
	struct ec_key *key = NULL;
	struct pir pir;

	if (es10_read_pir(&p->c, answer, &pir) != RSP_OK || ec_key_from_point(&p->c, p->d.branch->ci.cert->curve, p->d.euicc_point, &key) != RSP_OK)
		play_verdict(p, "untrusted ProfileInstallationResult");
	else if (ec_verify(&p->c, key, &pir.data, 1, pir.signature) != RSP_OK)
		play_verdict(p, "untrusted euiccSignPIR");
	else if (!bytes_equal(pir.transaction_id, p->d.transaction_id))
		play_verdict(p, "untrusted transactionId of the result");
	else if (!bytes_equal(pir.smdp_oid, p->d.branch->dpauth.cert->oid))
		play_verdict(p, "untrusted smdpOid of the result");
	ec_key_free(key);
	p->c.error = (struct rsp_error){0};
}

static enum rsp_status
load(struct play *p, const struct bpp_segments *segments, uint64_t only)
{
	struct bytes answer = BYTES_NONE;
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < segments->n && i < only; i++) {
		st = sim_es10(p, segments->p[i], &answer);
		if (st != RSP_OK || answer.n || strcmp(p->verdict, "success") != 0)
			break;
	}
	play_note(p, "lpa", "-", "segment %zu of %zu", i < segments->n ? i + 1 : i, segments->n);
	if (st == RSP_OK && answer.n)
		check_result(p, answer);
	else if (st == RSP_OK && only > segments->n && strcmp(p->verdict, "success") == 0)
		play_verdict(p, "no result");
	return st;
}

enum rsp_status
send_bpp(struct play *p, const struct step *s)
{
	struct bpp_segments segments;
	uint64_t only;
	enum rsp_status st = play_number(p, s, "only", UINT64_MAX, &only);

	if (!p->d.otpk.p)
		return rsp_fail(&p->c, RSP_REFUSED, "no one-time key of the eUICC to bind to");
	if (st == RSP_OK && (st = choose_profile(p, s)) == RSP_OK) {
		ec_key_free(p->d.otsk);
		p->d.otsk = NULL;
		st = ec_key_generate(&p->c, p->d.branch->ci.cert->curve, &p->d.otsk);
	}
	if (st == RSP_OK)
		st = bind(p, s, &p->d.bpp);
	if (st == RSP_OK)
		st = play_mutate(p, s, true, &p->d.bpp);
	if (st == RSP_OK && (st = cut(p, p->d.bpp, &segments)) == RSP_OK)
		st = load(p, &segments, only);
	return st;
}
