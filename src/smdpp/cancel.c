// SPDX-License-Identifier: BSD-2-Clause
/* ES9+.CancelSession (SGP.22 5.6.5). A session whose id is known ends here whatever else is wrong. */
#include "smdpp/call.h"

#include <stdio.h>

static enum rsp_status
decode(struct rsp_ctx *c, struct es9p_call *call)
{
	return es10_read_cancel_session_rsp(c, call->req.payload, &call->cancel);
}

static void
end_session(struct es9p_call *call)
{
	call->changes->session = call->session;
	call->changes->end_session = true;
}

static enum rsp_status
check_known(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	enum rsp_status st = check_session_known(c, call);

	if (st != RSP_OK)
		return st;
	end_session(call);
	call->counted = true;
	return RSP_OK;
}

static enum rsp_status
check_inner_transaction(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;

	if (!call->cancel.ok || bytes_equal(call->cancel.transaction_id, call->req.transaction_id))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the transactionId inside euiccCancelSessionSigned is not the one beside it");
}

static enum rsp_status
check_oid(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;

	if (!call->cancel.ok || bytes_equal(call->cancel.smdp_oid, call->branch->dpauth.cert->oid))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "smdpOid is not this SM-DP+'s");
}

/* Before AuthenticateClient nobody has shown a certificate: such a signature cannot be trusted. */
static enum rsp_status
check_signature(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	struct ec_key *key = NULL;
	enum rsp_status st;

	if (!call->cancel.ok)
		return RSP_OK;
	if (call->session.state == SESSION_INITIATED)
		return rsp_fail(c, RSP_UNTRUSTED, "the eUICC of this session has not been authenticated");
	st = ec_key_from_point(c, call->session.curve, BYTES_OF(call->session.euicc_point), &key);
	if (st == RSP_OK)
		st = ec_verify(c, key, &call->cancel.signed_der, 1, call->cancel.signature);
	ec_key_free(key);
	return st == RSP_UNTRUSTED ? rsp_fail(c, st, "euiccCancelSessionSignature does not verify") : st;
}

static const struct rsp_check rows[] = {
	{"transactionId", "SGP.22 5.6.5", check_known, CODE_TRANSACTION},
	{"transactionId inside", "SGP.22 5.6.5", check_inner_transaction, CODE_TRANSACTION},
	{"smdpOid", "SGP.22 5.6.5", check_oid, CODE_SMDP_OID},
	{"euiccCancelSessionSignature", "SGP.22 5.6.5", check_signature, CODE_SIGNATURE},
};
const struct rsp_checks cancel_session_checks = RSP_CHECKS(rows);

static const struct { int reason; const char *subject, *code, *text; } endings[] = {
	{CANCEL_USER_REJECTION, "8.8.5", "3.8", "the End User rejected the download"},
	{CANCEL_PPR_NOT_ALLOWED, "8.2.8", "1.2", "the profile's policy rules are not allowed"},
	{CANCEL_METADATA_MISMATCH, "8.2.9", "3.11", "the metadata differ from those announced"},
	{CANCEL_LOAD_BPP_ERROR, "8.2.10", "4.2", "loading the Bound Profile Package failed"},
};

/* Postponed and timed out leave the order for another try; anything else ends it and the operator is told. */
static enum rsp_status
end_order(struct rsp_ctx *c, struct es9p_call *call)
{
	struct smdpp_order *o = &call->order;
	const char *subject = "8", *code = "4.2", *text = "the session was cancelled";
	enum rsp_status st;
	size_t i;

	order_note(c, o, WHAT_CANCELLED, (uint32_t)call->cancel.reason);
	if (call->cancel.reason == CANCEL_POSTPONED || call->cancel.reason == CANCEL_TIMEOUT) {
		o->state = ORDER_RELEASED;
		change_order(call->changes, o);
		return RSP_OK;
	}
	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (endings[i].reason == call->cancel.reason) {
			subject = endings[i].subject;
			code = endings[i].code;
			text = endings[i].text;
		}
	o->state = ORDER_ERROR;
	snprintf(o->fault, sizeof(o->fault), "%s (CancelSession reason %d)", text, call->cancel.reason);
	if ((st = drop_event(c, call->dp, call->changes, o)) != RSP_OK)
		return st;
	change_order(call->changes, o);
	return progress(c, call->dp, call->changes, o, POINT_DOWNLOAD, subject, code, BYTES_NONE);
}

/* A profile that is on its way belongs to the session that has its package, not to others that once asked for it. */
static bool
may_end_order(const struct es9p_call *call)
{
	const struct smdpp_order *o = &call->order;

	if (!call->has_order || o->state != ORDER_DOWNLOADED)
		return call->has_order && o->state == ORDER_RELEASED;
	return o->bound && bytes_equal(bytes_of(o->bound_transaction, o->bound_transaction_n), call->req.transaction_id);
}

static enum rsp_status
effect(struct rsp_ctx *c, struct es9p_call *call)
{
	enum rsp_status st;

	end_session(call);
	if (!call->cancel.ok || call->session.state == SESSION_INITIATED)
		return RSP_OK;
	st = load_order(c, call, call->session.iccid);
	return st == RSP_OK && may_end_order(call) ? end_order(c, call) : st;
}

const struct es9p_steps es9p_cancel_session = {decode, effect};
