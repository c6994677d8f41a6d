// SPDX-License-Identifier: BSD-2-Clause
/* ES9+.AuthenticateClient (SGP.22 5.6.3): who is it, what may it have. */
#include "smdpp/call.h"

#include <stdio.h>

#include "tlv/tlv.h"

static enum rsp_status
decode(struct rsp_ctx *c, struct es9p_call *call)
{
	enum rsp_status st = es10_read_authenticate_server_rsp(c, call->req.payload, &call->auth);

	if (st != RSP_OK || !call->auth.ok)
		return st;
	return read_certificates(c, call, call->auth.euicc_cert, call->auth.eum_cert);
}

static enum rsp_status
check_inner_transaction(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;

	if (bytes_equal(call->auth.signed1.transaction_id, call->req.transaction_id))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the transactionId inside the eUICC's answer is not the one beside it");
}

/* An error is not signed: all that ties it to the session is its transactionId. */
static enum rsp_status
check_error_transaction(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;

	if (call->auth.ok || bytes_equal(call->auth.transaction_id, call->req.transaction_id))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the eUICC's error belongs to another transaction");
}

/* The eUICC said no to us: the session is over, no profile follows. */
static enum rsp_status
check_euicc_agreed(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;

	if (call->auth.ok)
		return RSP_OK;
	call->changes->session = call->session;
	call->changes->end_session = true;
	call->counted = true;
	return rsp_fail(c, RSP_REFUSED, "the eUICC answered AuthenticateServer with error %d", call->auth.error);
}

/* SGP.22 5.6.3: the CI that ends the eUICC's chain is one of ours, and the one this session was begun with. */
static enum rsp_status
check_ci_known(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;

	if (!call->eum || bytes_equal(call->eum->aki, call->branch->ci.cert->ski))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the EUM certificate was issued by a CI that is not the session's");
}

static enum rsp_status
check_signature1(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	enum rsp_status st = ec_verify(c, call->euicc->key, &call->auth.signed1.der, 1, call->auth.signature);

	return st == RSP_UNTRUSTED ? rsp_fail(c, st, "euiccSignature1 does not verify") : st;
}

static enum rsp_status
check_challenge(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;

	if (bytes_equal_secret(call->auth.signed1.server_challenge, BYTES_OF(call->session.server_challenge)))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "serverChallenge inside euiccSigned1 is not the one issued");
}

/* The EID is in the certificate, whose path has been verified by now. */
static enum rsp_status
read_eid(struct rsp_ctx *c, struct es9p_call *call)
{
	enum rsp_status st = eid_read(c, call->euicc->serial_number, call->session.eid);

	return st == RSP_OK ? st : rsp_fail(c, RSP_REFUSED, "the eUICC certificate's serialNumber is no EID");
}

/* SGP.22 5.6.3: absent and empty MatchingID are the same, the default SM-DP+ use case: an order linked to this EID. */
static enum rsp_status
check_matching_id(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	struct smdpp_store *store = call->dp->store;
	struct bytes id = call->auth.signed1.params.matching_id;
	enum rsp_status st;

	if ((st = read_eid(c, call)) != RSP_OK)
		return st;
	if (id.n)
		st = store->order_by_matching_id(store->self, c, id, &call->order, &call->has_order);
	else
		st = store->order_by_eid(store->self, c, call->session.eid, &call->order, &call->has_order);
	if (st != RSP_OK || call->has_order)
		return st;
	if (id.n)
		return rsp_fail(c, RSP_REFUSED, "the MatchingID is refused: no order has it");
	return rsp_fail(c, RSP_REFUSED, "no order waits for this EID without a MatchingID");
}

static enum rsp_status
check_eid(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;

	if (!call->order.has_eid || memcmp(call->order.eid, call->session.eid, 16) == 0)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the order is bound to another EID");
}

/* Released; or Downloaded by this very eUICC, which may try again. */
static enum rsp_status
check_state(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	const struct smdpp_order *o = &call->order;

	if (o->state == ORDER_RELEASED)
		return RSP_OK;
	if (o->state == ORDER_DOWNLOADED && o->bound && memcmp(o->bound_eid, call->session.eid, 16) == 0)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the profile is in state %s, not Released", order_state_name(o->state));
}

static enum rsp_status
check_expiry(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;

	if (call->order.expires == 0 || c->now < call->order.expires)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the download order has expired");
}

/* A refusal at notification point 1: kept in the order's history, and the operator hears of it (SGP.22 5.6.3, 5.3.5). */
static enum rsp_status
note_refusal(struct rsp_ctx *c, struct es9p_call *call, enum order_what what, uint32_t detail, const char *subject, const char *reason)
{
	struct smdpp_order *o = &call->order;

	order_note(c, o, what, detail);
	change_order(call->changes, o);
	call->counted = true;
	return progress(c, call->dp, call->changes, o, POINT_ELIGIBILITY, subject, reason, BYTES_NONE);
}

/* The attempt that is one too many puts the order into Error and tells the operator (SGP.22 3.1.3). */
static enum rsp_status
check_downloads(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	struct smdpp_order *o = &call->order;
	enum rsp_status st;

	if (o->download_limit == 0 || o->download_tries < o->download_limit)
		return RSP_OK;
	o->state = ORDER_ERROR;
	snprintf(o->fault, sizeof(o->fault), "download attempts used up (%u)", o->download_limit);
	if ((st = note_refusal(c, call, WHAT_ATTEMPTS_USED, o->download_tries, "8.8.5", "6.4")) != RSP_OK)
		return st;
	return rsp_fail(c, RSP_REFUSED, "all %u download attempts are used up", o->download_limit);
}

/* This eUICC cannot take the profile: the order waits for another one. */
static enum rsp_status
check_policy_rules(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	enum rsp_status st;

	if (!(call->order.ppr & call->auth.signed1.info2.forbidden_ppr))
		return RSP_OK;
	if ((st = note_refusal(c, call, WHAT_NOT_ELIGIBLE, 0, "8.2.5", "4.3")) != RSP_OK)
		return st;
	return rsp_fail(c, RSP_REFUSED, "the profile has a policy rule that this eUICC forbids");
}

static enum rsp_status
check_memory(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	uint32_t room = call->auth.signed1.info2.free_nvm;
	enum rsp_status st;

	if (call->order.package_n <= room)
		return RSP_OK;
	if ((st = note_refusal(c, call, WHAT_NOT_ELIGIBLE, 0, "8.1", "4.8")) != RSP_OK)
		return st;
	return rsp_fail(c, RSP_REFUSED, "the profile has %u octets, the eUICC has room for %u", call->order.package_n, room);
}

static const struct rsp_check rows[] = {
	{"transactionId", "SGP.22 5.6.3", check_session_known, CODE_TRANSACTION},
	{"transactionId of an error", "SGP.22 5.6.3", check_error_transaction, CODE_TRANSACTION},
	{"authenticateResponseError", "SGP.22 5.6.3", check_euicc_agreed, CODE_EUICC_ERROR},
	{"CI known", "SGP.22 5.6.3", check_ci_known, CODE_CI_UNKNOWN},
	{"EUM certificate", "SGP.22 5.6.3", check_eum, CODE_EUM},
	{"EUM certificate dates", "SGP.22 5.6.3", check_eum_dates, CODE_EUM_EXPIRED},
	{"eUICC certificate", "SGP.22 5.6.3", check_euicc, CODE_EUICC},
	{"eUICC certificate dates", "SGP.22 5.6.3", check_euicc_dates, CODE_EUICC_EXPIRED},
	{"euiccSignature1", "SGP.22 5.6.3", check_signature1, CODE_SIGNATURE},
	{"transactionId inside", "SGP.22 5.6.3", check_inner_transaction, CODE_TRANSACTION},
	{"serverChallenge", "SGP.22 5.6.3", check_challenge, CODE_SIGNATURE},
	{"matchingId", "SGP.22 5.6.3", check_matching_id, CODE_MATCHING_ID},
	{"EID", "SGP.22 5.6.3", check_eid, CODE_EID},
	{"profile state", "SGP.22 5.6.3", check_state, CODE_PROFILE_STATE},
	{"order expiry", "SGP.22 5.6.3", check_expiry, CODE_ORDER_EXPIRED},
	{"download attempts", "SGP.22 5.6.3", check_downloads, CODE_DOWNLOADS},
	{"policy rules", "SGP.22 5.6.3", check_policy_rules, CODE_ELIGIBILITY},
	{"memory", "SGP.22 5.6.3", check_memory, CODE_MEMORY},
};
const struct rsp_checks authenticate_client_checks = RSP_CHECKS(rows);

/* A retry of the same eUICC may use the one-time key of the last binding again, if the eUICC still has its half (SGP.22 5.6.3). */
static struct bytes
known_otpk(const struct es9p_call *call)
{
	const struct smdpp_order *o = &call->order;

	if (!o->has_otsk || !o->bound || memcmp(o->bound_eid, call->session.eid, 16) != 0 || o->bound_curve != (uint32_t)call->session.curve)
		return BYTES_NONE;
	return BYTES_OF(o->bound_otpk);
}

/* smdpSignature2 covers smdpSigned2 and the eUICC's own signature, as a TLV (SGP.22 5.6.3). */
static enum rsp_status
sign2(struct rsp_ctx *c, struct es9p_call *call)
{
	struct es9p_response *r = call->reply;
	struct smdp_signed2 s = {.transaction_id = call->req.transaction_id, .cc_required = call->order.cc_required,
		.bpp_euicc_otpk = known_otpk(call)};
	struct buf b = BUF_INIT, tlv = BUF_INIT;
	struct bytes parts[2];
	enum rsp_status st;

	es10_write_smdp_signed2(&b, &s);
	if ((st = buf_finish(&b, c, &r->smdp_signed2)) != RSP_OK)
		return st;
	tlv_add(&tlv, 0x5F37, call->auth.signature);
	if ((st = buf_finish(&tlv, c, &parts[1])) != RSP_OK)
		return st;
	parts[0] = r->smdp_signed2;
	st = ec_sign(c, call->branch->dppb.key, parts, 2, call->session.smdp_signature2);
	if (st != RSP_OK)
		return st;
	tlv_add(&tlv, 0x5F37, BYTES_OF(call->session.smdp_signature2));
	return buf_finish(&tlv, c, &r->smdp_signature2);
}

static enum rsp_status
effect(struct rsp_ctx *c, struct es9p_call *call)
{
	struct smdpp_session *s = &call->session;
	struct smdpp_order *o = &call->order;
	enum rsp_status st;

	if ((st = order_metadata(c, call->dp, o, &call->reply->profile_metadata)) != RSP_OK || (st = sign2(c, call)) != RSP_OK)
		return st;
	call->reply->transaction_id = call->req.transaction_id;
	call->reply->smdp_certificate = call->branch->dppb.cert->der;
	s->state = SESSION_AUTHENTICATED;
	s->cc_required = o->cc_required;
	memcpy(s->iccid, o->iccid, sizeof(s->iccid));
	memcpy(s->euicc_point, ec_key_point(call->euicc->key).p, sizeof(s->euicc_point));
	o->download_tries++;
	order_note(c, o, WHAT_AUTHENTICATED, o->download_tries);
	change_order(call->changes, o);
	call->changes->session = *s;
	call->changes->has_session = true;
	return RSP_OK;
}

const struct es9p_steps es9p_authenticate_client = {decode, effect};
