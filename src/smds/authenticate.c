// SPDX-License-Identifier: BSD-2-Clause
/* ES11.AuthenticateClient (SGP.22 5.8.2): which eUICC is it, which events wait for it. */
#include "smds/call.h"

#include "codec/ids.h"

/* A certificate that does not parse is an untrusted one, which its row says. */
static enum rsp_status
decode(struct rsp_ctx *c, struct es11_call *call)
{
	enum rsp_status st = es10_read_authenticate_server_rsp(c, call->req->payload, &call->auth);

	if (st != RSP_OK || !call->auth.ok)
		return st;
	if (pki_cert_read_scoped(c, call->auth.eum_cert, &call->eum) == RSP_NOMEM)
		return RSP_NOMEM;
	return pki_cert_read_scoped(c, call->auth.euicc_cert, &call->euicc) == RSP_NOMEM ? RSP_NOMEM : RSP_OK;
}

static enum rsp_status
check_session(struct rsp_ctx *c, void *arg)
{
	struct es11_call *call = arg;
	struct smds_store *store = call->ds->store;
	bool found = false;
	enum rsp_status st = store->session(store->self, c, call->req->transaction_id, &call->session, &found);

	if (st != RSP_OK)
		return st;
	if (!found || c->now - call->session.started > call->ds->session_seconds)
		return rsp_fail(c, RSP_REFUSED, "the transactionId is unknown");
	call->branch = &call->ds->pki->branch[call->session.curve];
	return RSP_OK;
}

static enum rsp_status
check_euicc_agreed(struct rsp_ctx *c, void *arg)
{
	const struct es11_call *call = arg;

	if (call->auth.ok)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the eUICC answered AuthenticateServer with error %d", call->auth.error);
}

/* The CI that ends the eUICC's chain is the one this session was begun with. */
static enum rsp_status
check_ci(struct rsp_ctx *c, void *arg)
{
	const struct es11_call *call = arg;

	if (!call->eum || bytes_equal(call->eum->aki, call->branch->ci.cert->ski))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the EUM certificate was issued by a CI that is not the session's");
}

/* A path is judged once for both of its rows: this one speaks of trust, the one after it of dates. */
static enum rsp_status
check_path(struct rsp_ctx *c, const struct es11_call *call, const struct pki_cert *cert, enum pki_role role, const struct pki_cert *issuer,
	enum rsp_status *result)
{
	const struct pki_crl *crl = call->branch->crl;

	if (!cert)
		return rsp_fail(c, RSP_UNTRUSTED, "the %s certificate is not a certificate on a known curve", pki_role_name(role));
	*result = pki_verify(c, cert, role, issuer);
	if (*result == RSP_OK && crl && pki_crl_lists(crl, cert))
		return rsp_fail(c, RSP_UNTRUSTED, "the %s certificate is revoked", pki_role_name(role));
	return *result == RSP_REFUSED ? RSP_OK : *result;
}

static enum rsp_status
check_eum(struct rsp_ctx *c, void *arg)
{
	struct es11_call *call = arg;

	return check_path(c, call, call->eum, PKI_EUM, call->branch->ci.cert, &call->eum_status);
}

static enum rsp_status
check_eum_dates(struct rsp_ctx *c, void *arg)
{
	const struct es11_call *call = arg;

	return call->eum_status == RSP_REFUSED ? rsp_fail(c, RSP_REFUSED, "the EUM certificate is not valid today") : RSP_OK;
}

static enum rsp_status
check_euicc(struct rsp_ctx *c, void *arg)
{
	struct es11_call *call = arg;

	return check_path(c, call, call->euicc, PKI_EUICC, call->eum, &call->euicc_status);
}

static enum rsp_status
check_euicc_dates(struct rsp_ctx *c, void *arg)
{
	const struct es11_call *call = arg;

	return call->euicc_status == RSP_REFUSED ? rsp_fail(c, RSP_REFUSED, "the eUICC certificate is not valid today") : RSP_OK;
}

static enum rsp_status
check_signature(struct rsp_ctx *c, void *arg)
{
	const struct es11_call *call = arg;
	enum rsp_status st = ec_verify(c, call->euicc->key, &call->auth.signed1.der, 1, call->auth.signature);

	return st == RSP_UNTRUSTED ? rsp_fail(c, st, "euiccSignature1 does not verify") : st;
}

static enum rsp_status
check_inner_transaction(struct rsp_ctx *c, void *arg)
{
	const struct es11_call *call = arg;

	if (bytes_equal(call->auth.signed1.transaction_id, call->req->transaction_id))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the transactionId inside euiccSigned1 is not the one beside it");
}

static enum rsp_status
check_challenge(struct rsp_ctx *c, void *arg)
{
	const struct es11_call *call = arg;

	if (bytes_equal_secret(call->auth.signed1.server_challenge, BYTES_OF(call->session.server_challenge)))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "serverChallenge inside euiccSigned1 is not the one issued");
}

/* The EID is in the certificate, whose path has been verified by now. */
static enum rsp_status
check_eid(struct rsp_ctx *c, void *arg)
{
	struct es11_call *call = arg;
	enum rsp_status st = eid_read(c, call->euicc->serial_number, call->eid);

	return st == RSP_OK ? st : rsp_fail(c, RSP_REFUSED, "the eUICC certificate's serialNumber is no EID");
}

struct search { struct rsp_ctx *c; struct es11_call *call; };

/* An LPA that comes from the root asks for the EventID that the root gave it. */
static bool
wanted(struct bytes id, const struct smds_event *e)
{
	return !id.n || bytes_equal_str(id, e->event_id) || (e->root_event_id[0] && bytes_equal_str(id, e->root_event_id));
}

static bool
collect(void *arg, const struct smds_event *e)
{
	const struct search *s = arg;
	struct es11_call *call = s->call;
	struct es11_event entry;

	if (!wanted(call->auth.signed1.params.matching_id, e))
		return true;
	entry.event_id = rsp_copy(s->c, bytes_of_str(e->event_id));
	entry.rsp_server_address = rsp_copy(s->c, bytes_of_str(e->rsp_server_address));
	buf_add(&call->found, bytes_of(&entry, sizeof(entry)));
	call->no_room = !entry.event_id.p || !entry.rsp_server_address.p || call->found.bad;
	return !call->no_room && call->found.n < ES11_EVENTS_MAX * sizeof(entry);
}

/* SGP.22 5.8.2: a MatchingID is an EventID; absent and empty are the same: all events of this EID, perhaps none. */
static enum rsp_status
check_event(struct rsp_ctx *c, void *arg)
{
	struct es11_call *call = arg;
	struct smds_store *store = call->ds->store;
	struct search s = {c, call};
	struct bytes id = call->auth.signed1.params.matching_id;
	enum rsp_status st = store->events_of_eid(store->self, c, call->eid, collect, &s);

	if (st != RSP_OK)
		return st;
	if (call->no_room)
		return RSP_NOMEM;
	if (!id.n || call->found.n)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "no event %.*s waits for this EID", (int)(id.n > 80 ? 80 : id.n), (const char *)id.p);
}

static const struct rsp_check rows[] = {
	{"transactionId", "SGP.22 5.8.2", check_session, SMDS_TRANSACTION},
	{"authenticateResponseError", "SGP.22 5.8.2", check_euicc_agreed, SMDS_EUICC_ERROR},
	{"CI known", "SGP.22 5.8.2", check_ci, SMDS_CI_UNKNOWN},
	{"EUM certificate", "SGP.22 5.8.2", check_eum, SMDS_EUM},
	{"EUM certificate dates", "SGP.22 5.8.2", check_eum_dates, SMDS_EUM_EXPIRED},
	{"eUICC certificate", "SGP.22 5.8.2", check_euicc, SMDS_EUICC},
	{"eUICC certificate dates", "SGP.22 5.8.2", check_euicc_dates, SMDS_EUICC_EXPIRED},
	{"euiccSignature1", "SGP.22 5.8.2", check_signature, SMDS_SIGNATURE},
	{"transactionId inside", "SGP.22 5.8.2", check_inner_transaction, SMDS_TRANSACTION},
	{"serverChallenge", "SGP.22 5.8.2", check_challenge, SMDS_SIGNATURE},
	{"EID", "SGP.22 5.8.2", check_eid, SMDS_EUICC},
	{"EventID", "SGP.22 5.8.2", check_event, SMDS_EVENT_UNKNOWN},
};
const struct rsp_checks es11_authenticate_client_checks = RSP_CHECKS(rows);

/* The session has served its purpose. */
static enum rsp_status
effect(struct rsp_ctx *c, struct es11_call *call)
{
	struct es11_response *r = call->reply;
	size_t n = call->found.n / sizeof(*r->events);
	struct bytes list;
	enum rsp_status st = buf_finish(&call->found, c, &list);

	if (st != RSP_OK)
		return st;
	r->common.transaction_id = call->req->transaction_id;
	r->events = (const struct es11_event *)(const void *)list.p;
	r->n_events = n;
	call->changes->session = call->session;
	call->changes->end_session = true;
	return RSP_OK;
}

const struct es11_steps es11_authenticate_client = {decode, effect};
