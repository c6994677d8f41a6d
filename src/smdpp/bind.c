// SPDX-License-Identifier: BSD-2-Clause
/* ES9+.GetBoundProfilePackage (SGP.22 5.6.2): the confirmation code, then the profile bound to one eUICC. */
#include "smdpp/call.h"

#include <stdio.h>

#include "bsp/bsp.h"
#include "tlv/tlv.h"

#define HOST_ID "esimlab"

static enum rsp_status
decode(struct rsp_ctx *c, struct es9p_call *call)
{
	return es10_read_prepare_download_rsp(c, call->req.payload, &call->prepare);
}

static enum rsp_status
check_inner_transaction(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	struct bytes inner = call->prepare.ok ? call->prepare.signed2.transaction_id : call->prepare.transaction_id;

	if (bytes_equal(inner, call->req.transaction_id))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the transactionId inside the eUICC's answer is not the one beside it");
}

static enum rsp_status
check_euicc_agreed(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;

	if (call->prepare.ok)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the eUICC answered PrepareDownload with error %d", call->prepare.error);
}

static enum rsp_status
check_signature2(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	struct bytes parts[2] = {call->prepare.signed2.der};
	struct buf tlv = BUF_INIT;
	struct ec_key *key = NULL;
	enum rsp_status st;

	tlv_add(&tlv, 0x5F37, BYTES_OF(call->session.smdp_signature2));
	if ((st = buf_finish(&tlv, c, &parts[1])) != RSP_OK)
		return st;
	st = ec_key_from_point(c, call->session.curve, BYTES_OF(call->session.euicc_point), &key);
	if (st == RSP_OK)
		st = ec_verify(c, key, parts, 2, call->prepare.signature);
	ec_key_free(key);
	return st == RSP_UNTRUSTED ? rsp_fail(c, st, "euiccSignature2 does not verify") : st;
}

static enum rsp_status
check_order(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	struct smdpp_order *o = &call->order;
	enum rsp_status st = load_order(c, call, call->session.iccid);

	if (st != RSP_OK)
		return st;
	if (call->has_order && (o->state == ORDER_RELEASED ||
		(o->state == ORDER_DOWNLOADED && o->bound && memcmp(o->bound_eid, call->session.eid, 16) == 0)))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the profile is not there to be downloaded any more");
}

static enum rsp_status
check_expiry(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;

	if (call->order.expires == 0 || c->now < call->order.expires)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the download order has expired");
}

/* This session's own attempt was counted when its eUICC authenticated: the limit itself is still allowed. */
static enum rsp_status
check_downloads(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	const struct smdpp_order *o = &call->order;

	if (o->download_limit == 0 || o->download_tries <= o->download_limit)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "all %u download attempts are used up", o->download_limit);
}

static enum rsp_status
check_code_tries(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	const struct smdpp_order *o = &call->order;

	if (!o->cc_required || o->cc_limit == 0 || o->cc_tries < o->cc_limit)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "all %u tries of the confirmation code are used up", o->cc_limit);
}

static enum rsp_status
check_code_given(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;

	if (!call->order.cc_required || call->prepare.signed2.hash_cc.p)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the order wants a confirmation code and none came");
}

/* hashCc = SHA-256(SHA-256(code) || transactionId), SGP.22 5.7.5. */
static enum rsp_status
code_right(struct rsp_ctx *c, struct es9p_call *call, bool *right)
{
	struct bytes parts[2] = {BYTES_OF(call->order.cc_hash), call->req.transaction_id};
	uint8_t want[32];
	enum rsp_status st;

	*right = true;
	if (!call->order.cc_required)
		return RSP_OK;
	st = sha256(c, parts, 2, want);
	*right = bytes_equal_secret(call->prepare.signed2.hash_cc, BYTES_OF(want));
	explicit_bzero(want, sizeof(want));
	return st;
}

static enum rsp_status
count_failure(struct rsp_ctx *c, struct es9p_call *call, bool last)
{
	struct smdpp_order *o = &call->order;

	o->cc_tries++;
	order_note(c, o, WHAT_CODE_WRONG, o->cc_tries);
	call->counted = true;
	if (last) {
		o->state = ORDER_ERROR;
		snprintf(o->fault, sizeof(o->fault), "confirmation code tries used up (%u)", o->cc_limit);
	}
	change_order(call->changes, o);
	return progress(c, call->dp, call->changes, o, POINT_CONFIRMATION, "8.2.7", last ? "6.4" : "3.8", BYTES_NONE);
}

/* The failure that uses up the last try answers so, and puts the order into Error. */
static enum rsp_status
check_code_last_try(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	const struct smdpp_order *o = &call->order;
	bool right;
	enum rsp_status st = code_right(c, call, &right);

	if (st != RSP_OK || right || o->cc_limit == 0 || o->cc_tries + 1 < o->cc_limit)
		return st;
	if ((st = count_failure(c, call, true)) != RSP_OK)
		return st;
	return rsp_fail(c, RSP_REFUSED, "the confirmation code is wrong, and that was the last try");
}

static enum rsp_status
check_code(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	bool right;
	enum rsp_status st = code_right(c, call, &right);

	if (st != RSP_OK || right)
		return st;
	if ((st = count_failure(c, call, false)) != RSP_OK)
		return st;
	return rsp_fail(c, RSP_REFUSED, "the confirmation code is wrong (try %u)", call->order.cc_tries);
}

static enum rsp_status
check_otpk(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	struct ec_key *key = NULL;
	enum rsp_status st = ec_key_from_point(c, call->session.curve, call->prepare.signed2.otpk, &key);

	ec_key_free(key);
	return st == RSP_MALFORMED ? rsp_fail(c, RSP_REFUSED, "euiccOtpk is not a point of the session's curve") : st;
}

/* Bound before to this very key of this eUICC: then nothing has to be bound again. */
static bool
same_binding(const struct es9p_call *call)
{
	const struct smdpp_order *o = &call->order;

	return o->bound && o->has_otsk && memcmp(o->bound_eid, call->session.eid, 16) == 0 && o->bound_curve == (uint32_t)call->session.curve &&
		bytes_equal(BYTES_OF(o->bound_otpk), call->prepare.signed2.otpk);
}

/* The answer may have been lost on its way: the same package again, and nothing changes. */
static bool
same_request(const struct es9p_call *call)
{
	return call->session.state == SESSION_BOUND && call->order.state == ORDER_DOWNLOADED && same_binding(call) &&
		bytes_equal(BYTES_OF(call->session.bound_otpk), call->prepare.signed2.otpk);
}

static enum rsp_status
check_rebinding(struct rsp_ctx *c, void *arg)
{
	const struct es9p_call *call = arg;

	if (call->dp->rebinding || !call->order.bound || same_binding(call))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the profile is bound to another one-time key and is not bound again here");
}

static const struct rsp_check rows[] = {
	{"transactionId", "SGP.22 5.6.2", check_session_known, CODE_TRANSACTION},
	{"transactionId inside", "SGP.22 5.6.2", check_inner_transaction, CODE_TRANSACTION},
	{"downloadResponseError", "SGP.22 5.6.2", check_euicc_agreed, CODE_DOWNLOAD_ERROR},
	{"euiccSignature2", "SGP.22 5.6.2", check_signature2, CODE_SIGNATURE},
	{"profile state", "SGP.22 5.6.2", check_order, CODE_PROFILE_STATE},
	{"order expiry", "SGP.22 5.6.2", check_expiry, CODE_ORDER_EXPIRED},
	{"download attempts", "SGP.22 5.6.2", check_downloads, CODE_DOWNLOADS},
	{"confirmation code tries", "SGP.22 5.6.2", check_code_tries, CODE_CC_EXHAUSTED},
	{"hashCc given", "SGP.22 5.6.2", check_code_given, CODE_CC_MISSING},
	{"hashCc right at the last try", "SGP.22 5.6.2", check_code_last_try, CODE_CC_EXHAUSTED},
	{"hashCc right", "SGP.22 5.6.2", check_code, CODE_CC_REFUSED},
	{"euiccOtpk", "SGP.22 5.6.2", check_otpk, CODE_SIGNATURE},
	{"rebinding", "SGP.22 5.6.2", check_rebinding, CODE_REBINDING},
};
const struct rsp_checks get_bpp_checks = RSP_CHECKS(rows);

/* BF23 with the server's one-time key, signed by DPpb; session keys from the agreement. */
static enum rsp_status
open_channel(struct rsp_ctx *c, struct es9p_call *call, struct ec_key *own, bool again, struct bsp_keys *keys, struct bytes *bf23)
{
	struct secure_channel sc = {.operation = 1, .transaction_id = call->req.transaction_id, .key_type = 0x88, .key_length = 16,
		.host_id = bytes_of_str(HOST_ID), .otpk = ec_key_point(own)};
	struct buf b = BUF_INIT;
	uint8_t shared[32], sig[64];
	struct bytes tbs;
	enum rsp_status st;

	es8p_write_crt(&b, &sc);
	if ((st = buf_finish(&b, c, &sc.crt)) != RSP_OK)
		return st;
	es8p_write_secure_channel_tbs(&b, &sc, call->prepare.signed2.otpk);
	if ((st = buf_finish(&b, c, &tbs)) != RSP_OK)
		return st;
	if (again)
		memcpy(sig, call->session.smdp_sign, sizeof(sig));
	else if ((st = ec_sign(c, call->branch->dppb.key, &tbs, 1, sig)) != RSP_OK)
		return st;
	memcpy(call->session.smdp_sign, sig, sizeof(sig));
	sc.signature = BYTES_OF(sig);
	es8p_write_secure_channel(&b, &sc);
	if ((st = buf_finish(&b, c, bf23)) != RSP_OK)
		return st;
	st = ec_agree(c, own, call->prepare.signed2.otpk, shared);
	if (st == RSP_OK)
		st = bsp_derive(c, shared, sc.host_id, BYTES_OF(call->session.eid), keys);
	explicit_bzero(shared, sizeof(shared));
	return st;
}

static enum rsp_status
fill_package(struct rsp_ctx *c, struct es9p_call *call, struct bpp_input *in)
{
	struct smdpp_store *store = call->dp->store;
	struct buf b = BUF_INIT;
	enum rsp_status st;

	es8p_write_configure_isdp(&b, BYTES_NONE);
	if ((st = buf_finish(&b, c, &in->configure)) != RSP_OK)
		return st;
	if ((st = order_metadata(c, call->dp, &call->order, &in->metadata)) != RSP_OK)
		return st;
	in->use_ppk = call->order.has_ppk;
	memcpy(in->ppk_mcv, call->order.ppk_mcv, 16);
	memcpy(in->ppk_enc, call->order.ppk_enc, 16);
	memcpy(in->ppk_mac, call->order.ppk_mac, 16);
	return store->package(store->self, c, &call->order, in->use_ppk ? &in->protected_elements : &in->profile);
}

/* The one-time key pair: that of the same binding, so that all but the signature comes out the same, or a new one. */
static enum rsp_status
one_time_key(struct rsp_ctx *c, struct es9p_call *call, struct ec_key **own)
{
	struct smdpp_order *o = &call->order;
	enum rsp_status st;

	if (same_binding(call))
		return ec_key_from_scalar(c, call->session.curve, BYTES_OF(o->otsk), own);
	st = ec_key_generate(c, call->session.curve, own);
	if (st == RSP_OK)
		st = ec_key_scalar(c, *own, o->otsk);
	if (st != RSP_OK)
		return st;
	order_note(c, o, o->bound ? WHAT_REBOUND : WHAT_BOUND, 0);
	memcpy(o->bound_otpk, call->prepare.signed2.otpk.p, sizeof(o->bound_otpk));
	o->has_otsk = true;
	return RSP_OK;
}

static enum rsp_status
build(struct rsp_ctx *c, struct es9p_call *call, bool again)
{
	struct bpp_input *in = rsp_alloc(c, sizeof(*in));
	struct ec_key *own = NULL;
	struct bsp_keys keys = {0};
	struct buf b = BUF_INIT;
	enum rsp_status st;

	if (!in)
		return RSP_NOMEM;
	if ((st = one_time_key(c, call, &own)) == RSP_OK)
		st = open_channel(c, call, own, again, &keys, &in->secure_channel);
	if (call->dp->long_segments)
		keys.limit = BSP_SEGMENT_LENIENT;
	if (st == RSP_OK)
		st = fill_package(c, call, in);
	if (st == RSP_OK)
		st = bpp_build(c, &keys, in, &b);
	explicit_bzero(&keys, sizeof(keys));
	ec_key_free(own);
	if (st == RSP_OK)
		return buf_finish(&b, c, &call->reply->bound_profile_package);
	buf_free(&b);
	return st;
}

/* Who may send the result of this binding. */
static void
remember_binding(struct smdpp_order *o, struct smdpp_session *s)
{
	o->bound = true;
	o->bound_transaction_n = sizeof(s->transaction_id);
	memcpy(o->bound_transaction, s->transaction_id, sizeof(s->transaction_id));
	memcpy(o->bound_eid, s->eid, sizeof(s->eid));
	memcpy(o->bound_point, s->euicc_point, sizeof(s->euicc_point));
	o->bound_curve = (uint32_t)s->curve;
	memcpy(s->bound_otpk, o->bound_otpk, sizeof(s->bound_otpk));
}

static enum rsp_status
effect(struct rsp_ctx *c, struct es9p_call *call)
{
	struct smdpp_order *o = &call->order;
	bool again = same_request(call);
	enum rsp_status st = build(c, call, again);

	call->reply->transaction_id = call->req.transaction_id;
	if (st != RSP_OK || again)
		return st;
	o->state = ORDER_DOWNLOADED;
	remember_binding(o, &call->session);
	change_order(call->changes, o);
	call->session.state = SESSION_BOUND;
	call->changes->session = call->session;
	call->changes->has_session = true;
	return progress(c, call->dp, call->changes, o, POINT_DOWNLOAD, NULL, NULL, BYTES_NONE);
}

const struct es9p_steps es9p_get_bound_profile_package = {decode, effect};
