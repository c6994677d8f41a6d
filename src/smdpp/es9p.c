// SPDX-License-Identifier: BSD-2-Clause
/* ES9+ from request to reply: decode, check, do. The same walk for all five functions. */
#include "smdpp/call.h"

#include <stdio.h>

static const struct es9p_steps *const steps[ES9P_FUNCTIONS] = {
	[ES9P_INITIATE_AUTHENTICATION] = &es9p_initiate_authentication,
	[ES9P_AUTHENTICATE_CLIENT] = &es9p_authenticate_client,
	[ES9P_GET_BOUND_PROFILE_PACKAGE] = &es9p_get_bound_profile_package,
	[ES9P_HANDLE_NOTIFICATION] = &es9p_handle_notification,
	[ES9P_CANCEL_SESSION] = &es9p_cancel_session,
};

static struct rsp_checks
table_of(const struct es9p_call *call)
{
	const struct smdpp_checks *t = &call->dp->checks;

	switch (call->function) {
	case ES9P_INITIATE_AUTHENTICATION:
		return t->initiate_authentication;
	case ES9P_AUTHENTICATE_CLIENT:
		return t->authenticate_client;
	case ES9P_GET_BOUND_PROFILE_PACKAGE:
		return t->get_bound_profile_package;
	case ES9P_CANCEL_SESSION:
		return t->cancel_session;
	case ES9P_HANDLE_NOTIFICATION:
	case ES9P_FUNCTIONS:
		break;
	}
	return call->notification.is_pir ? t->notification_pir : t->notification_other;
}

static bool
is_no(enum rsp_status st)
{
	return st == RSP_REFUSED || st == RSP_UNTRUSTED || st == RSP_MALFORMED || st == RSP_STATE;
}

/* A notification that cannot be read is as good as none, be it wrong or more than we read (SGP.22 6.3). */
static bool
is_ignored(const struct es9p_call *call, enum rsp_status st)
{
	return call->function == ES9P_HANDLE_NOTIFICATION && (is_no(st) || st == RSP_LIMIT);
}

/* What the reply says of a refusal; a refusal changes nothing unless it was counted. */
static void
refuse(struct rsp_ctx *c, struct es9p_call *call)
{
	struct es9p_response *r = call->reply;

	if (!call->counted)
		*call->changes = (struct smdpp_changes){0};
	*r = (struct es9p_response){.failed = true};
	snprintf(r->subject, sizeof(r->subject), "%s", c->error.subject);
	snprintf(r->reason, sizeof(r->reason), "%s", c->error.reason);
	snprintf(r->message, sizeof(r->message), "%.*s", (int)sizeof(r->message) - 1, c->error.text);
}

/* Checks and effect; may be walked again from the start. */
static enum rsp_status
walk(struct rsp_ctx *c, struct es9p_call *call)
{
	const struct rsp_check *failed = NULL;
	enum rsp_status st;

	*call->changes = (struct smdpp_changes){0};
	*call->reply = (struct es9p_response){0};
	call->has_order = call->counted = call->unsure = false;
	st = rsp_check_all(c, table_of(call), call, &failed);
	if (st == RSP_OK)
		return steps[call->function]->effect(c, call);
	if (failed)
		smdpp_set_code(c, failed->code);
	return st;
}

enum rsp_status
load_order(struct rsp_ctx *c, struct es9p_call *call, const uint8_t iccid[10])
{
	struct smdpp_store *s = call->dp->store;
	bool sure = true;
	enum rsp_status st;

	if (call->fresh)
		return s->order_by_iccid(s->self, c, iccid, &call->order, &call->has_order);
	st = s->order_recent(s->self, c, iccid, &call->order, &call->has_order, &sure);
	call->unsure = call->unsure || !sure;
	return st;
}

enum rsp_status
es9p_handle(struct rsp_ctx *c, struct smdpp *dp, enum es9p_function f, const struct es9p_request *req, struct smdpp_changes *changes,
	struct es9p_response *reply)
{
	struct es9p_call *call = rsp_alloc(c, sizeof(*call));
	enum rsp_status st;

	if (!call)
		return RSP_NOMEM;
	*call = (struct es9p_call){.dp = dp, .function = f, .changes = changes, .reply = reply, .req = *req};
	st = steps[f]->decode(c, call);
	if (st != RSP_OK) {
		*changes = (struct smdpp_changes){0};
		*reply = (struct es9p_response){0};
		return is_ignored(call, st) ? RSP_OK : st;
	}
	st = walk(c, call);
	/* What is not guarded by a commit of the order is decided on the order as it is. */
	if (call->unsure && !changes->n_orders) {
		call->fresh = true;
		c->error = (struct rsp_error){0};
		st = walk(c, call);
	}
	if (!is_no(st))
		return st;
	refuse(c, call);
	return RSP_OK;
}

enum rsp_status
check_session_known(struct rsp_ctx *c, void *arg)
{
	static const enum session_state wanted[ES9P_FUNCTIONS] = {
		[ES9P_AUTHENTICATE_CLIENT] = SESSION_INITIATED,
		[ES9P_GET_BOUND_PROFILE_PACKAGE] = SESSION_AUTHENTICATED,
	};
	struct es9p_call *call = arg;
	struct smdpp_store *store = call->dp->store;
	bool found = false, sure = true, again;
	enum rsp_status st;

	if (call->fresh)
		st = store->session(store->self, c, call->req.transaction_id, &call->session, &found);
	else
		st = store->session_recent(store->self, c, call->req.transaction_id, &call->session, &found, &sure);
	call->unsure = call->unsure || !sure;
	if (st != RSP_OK)
		return st;
	if (!found || c->now > call->session.expires)
		return rsp_fail(c, RSP_REFUSED, "the transactionId is unknown");
	again = call->function == ES9P_GET_BOUND_PROFILE_PACKAGE && call->session.state == SESSION_BOUND;
	if (call->function != ES9P_CANCEL_SESSION && !again && call->session.state != wanted[call->function])
		return rsp_fail(c, RSP_REFUSED, "the transactionId belongs to a session that is at another step");
	call->branch = &call->dp->pki->branch[call->session.curve];
	return RSP_OK;
}

enum rsp_status
read_certificates(struct rsp_ctx *c, struct es9p_call *call, struct bytes euicc, struct bytes eum)
{
	enum rsp_status st;

	st = pki_cert_read_scoped(c, eum, &call->eum);
	if (st == RSP_NOMEM)
		return st;
	st = pki_cert_read_scoped(c, euicc, &call->euicc);
	return st == RSP_NOMEM ? st : RSP_OK;
}

static bool
revoked(const struct pki_branch *branch, const struct pki_cert *cert)
{
	return branch->crl && pki_crl_lists(branch->crl, cert);
}

/* The path is checked once for both of its rows: the first speaks of trust, the second of dates. */
static enum rsp_status
verify(struct rsp_ctx *c, const struct pki_branch *branch, const struct pki_cert *cert, enum pki_role role, const struct pki_cert *issuer,
	enum rsp_status *result)
{
	if (!cert)
		return rsp_fail(c, RSP_UNTRUSTED, "the %s certificate is not a certificate on a known curve", pki_role_name(role));
	*result = pki_verify(c, cert, role, issuer);
	if (*result == RSP_REFUSED)
		return RSP_OK;
	if (*result == RSP_OK && revoked(branch, cert))
		return rsp_fail(c, RSP_UNTRUSTED, "the %s certificate is revoked", pki_role_name(role));
	return *result;
}

enum rsp_status
check_eum(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;

	return verify(c, call->branch, call->eum, PKI_EUM, call->branch->ci.cert, &call->eum_status);
}

enum rsp_status
check_eum_dates(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;

	return call->eum_status == RSP_REFUSED ? rsp_fail(c, RSP_REFUSED, "the EUM certificate is not valid today") : RSP_OK;
}

enum rsp_status
check_euicc(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;

	return verify(c, call->branch, call->euicc, PKI_EUICC, call->eum, &call->euicc_status);
}

enum rsp_status
check_euicc_dates(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;

	return call->euicc_status == RSP_REFUSED ? rsp_fail(c, RSP_REFUSED, "the eUICC certificate is not valid today") : RSP_OK;
}
