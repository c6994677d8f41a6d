// SPDX-License-Identifier: BSD-2-Clause
/*
 * ES12 (SGP.22 5.9): servers register and delete events. An alternative SM-DS passes those that ask for it on to its root over ES15 (5.10), with its
 * own address in the place of the server's, so that the root knows of no SM-DP+.
 */
#include "smds/call.h"

#include <stdio.h>

#include "base/hex.h"
#include "codec/ids.h"

struct es12_call {
	struct smds *ds;
	const char *caller;
	struct es12_request req;
	struct smds_changes *changes;
	uint8_t eid[16];
	struct smds_event event;       /* DeleteEvent: as stored */
};

/* ---- rows ---- */

static enum rsp_status
need(struct rsp_ctx *c, struct bytes member, const char *name)
{
	return member.n ? RSP_OK : rsp_fail(c, RSP_REFUSED, "%s is missing", name);
}

static enum rsp_status
check_requester(struct rsp_ctx *c, void *arg)
{
	return need(c, ((const struct es12_call *)arg)->req.requester, "functionRequesterIdentifier");
}

static enum rsp_status
check_call_id(struct rsp_ctx *c, void *arg)
{
	return need(c, ((const struct es12_call *)arg)->req.call_id, "functionCallIdentifier");
}

/* Who the caller is, its certificate says; the header says who it would like to be. */
static enum rsp_status
check_caller(struct rsp_ctx *c, void *arg)
{
	const struct es12_call *call = arg;

	if (call->caller && call->caller[0] && strlen(call->caller) < sizeof(call->event.owner))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the caller's TLS certificate names no RSP server");
}

static enum rsp_status
check_eid_given(struct rsp_ctx *c, void *arg)
{
	return need(c, ((const struct es12_call *)arg)->req.eid, "eid");
}

static enum rsp_status
check_event_given(struct rsp_ctx *c, void *arg)
{
	return need(c, ((const struct es12_call *)arg)->req.event_id, "eventId");
}

static enum rsp_status
check_address_given(struct rsp_ctx *c, void *arg)
{
	return need(c, ((const struct es12_call *)arg)->req.rsp_server_address, "rspServerAddress");
}

static enum rsp_status
check_forwarding_given(struct rsp_ctx *c, void *arg)
{
	const struct es12_call *call = arg;

	return call->req.has_forwarding ? RSP_OK : rsp_fail(c, RSP_REFUSED, "forwardingIndicator is missing");
}

static enum rsp_status
check_texts(struct rsp_ctx *c, void *arg)
{
	struct es12_call *call = arg;
	const struct es12_request *r = &call->req;
	const char *eid = rsp_sprintf(c, "%.*s", (int)r->eid.n, (const char *)r->eid.p);

	if (!eid)
		return RSP_NOMEM;
	if (r->event_id.n >= sizeof(call->event.event_id))
		return rsp_fail(c, RSP_REFUSED, "eventId: %zu characters are too many", r->event_id.n);
	if (r->rsp_server_address.n >= sizeof(call->event.rsp_server_address))
		return rsp_fail(c, RSP_REFUSED, "rspServerAddress: %zu characters are too many", r->rsp_server_address.n);
	return eid_read(c, eid, call->eid);
}

static enum rsp_status
find(struct rsp_ctx *c, struct es12_call *call, bool *found)
{
	struct smds_store *store = call->ds->store;

	*found = false;
	return store->event(store->self, c, call->caller, call->req.event_id, &call->event, found);
}

static enum rsp_status
check_new(struct rsp_ctx *c, void *arg)
{
	struct es12_call *call = arg;
	bool found;
	enum rsp_status st = find(c, call, &found);

	return st == RSP_OK && found ? rsp_fail(c, RSP_REFUSED, "the caller has registered this EventID already") : st;
}

/* Another server's event of the same EventID is none of the caller's (SGP.22 5.9.2). */
static enum rsp_status
check_known(struct rsp_ctx *c, void *arg)
{
	struct es12_call *call = arg;
	bool found;
	enum rsp_status st = find(c, call, &found);

	if (st != RSP_OK)
		return st;
	if (!found)
		return rsp_fail(c, RSP_REFUSED, "the caller has registered no such event");
	return memcmp(call->event.eid, call->eid, sizeof(call->eid)) == 0 ? RSP_OK : rsp_fail(c, RSP_REFUSED, "the event is for another EID");
}

#define COMMON_ROWS(clause) \
	{"functionRequesterIdentifier", clause, check_requester, SMDS_REQUESTER_MISSING}, \
	{"functionCallIdentifier", clause, check_call_id, SMDS_CALL_MISSING}, \
	{"caller", clause, check_caller, SMDS_REQUESTER}, \
	{"eid given", clause, check_eid_given, SMDS_EID_MISSING}, \
	{"eventId given", clause, check_event_given, SMDS_EVENT_MISSING}

static const struct rsp_check register_rows[] = {
	COMMON_ROWS("SGP.22 5.9.1"),
	{"rspServerAddress given", "SGP.22 5.9.1", check_address_given, SMDS_EVENT_MISSING},
	{"forwardingIndicator given", "SGP.22 5.9.1", check_forwarding_given, SMDS_EVENT_MISSING},
	{"format", "SGP.22 5.9.1", check_texts, SMDS_FORMAT},
	{"EventID free", "SGP.22 5.9.1", check_new, SMDS_EVENT_IN_USE},
};
const struct rsp_checks es12_register_event_checks = RSP_CHECKS(register_rows);

static const struct rsp_check delete_rows[] = {
	COMMON_ROWS("SGP.22 5.9.2"),
	{"format", "SGP.22 5.9.2", check_texts, SMDS_FORMAT},
	{"EventID known", "SGP.22 5.9.2", check_known, SMDS_EVENT_UNKNOWN},
};
const struct rsp_checks es12_delete_event_checks = RSP_CHECKS(delete_rows);

/* ---- effects ---- */

/* One's own name towards the root: the OID in the SM-DS's certificates, the same in all of them. */
static const char *
own_oid(struct rsp_ctx *c, const struct smds *ds)
{
	size_t i;

	for (i = 0; i < 2; i++)
		if (ds->pki->branch[i].dsauth.cert && ds->pki->branch[i].dsauth.cert->oid.p)
			return oid_text(c, ds->pki->branch[i].dsauth.cert->oid);
	return ds->host;
}

/* ES15: what the root is told of the event. */
static enum rsp_status
tell_root(struct rsp_ctx *c, struct es12_call *call, enum es12_function f)
{
	const struct smds_event *e = &call->changes->event;
	const char *requester = own_oid(c, call->ds), *call_id = rsp_sprintf(c, "%s-%s", f == ES12_REGISTER_EVENT ? "register" : "delete", e->root_event_id);
	struct es12_request r = {.event_id = bytes_of_str(e->root_event_id), .rsp_server_address = bytes_of_str(call->ds->host), .has_forwarding = true};
	struct smds_message *m = &call->changes->outbox;
	char eid[EID_TEXT];
	struct buf b = BUF_INIT;

	if (!requester || !call_id)
		return RSP_NOMEM;
	eid_text(e->eid, eid);
	r.eid = bytes_of_str(eid);
	r.requester = bytes_of_str(requester);
	r.call_id = bytes_of_str(call_id);
	es12_write_request(&b, f, &r);
	m->path = es12_path(f);
	call->changes->has_message = true;
	return buf_finish(&b, c, &m->body);
}

static void
text(char *to, size_t size, struct bytes from)
{
	snprintf(to, size, "%.*s", (int)from.n, (const char *)from.p);
}

static enum rsp_status
register_event(struct rsp_ctx *c, struct es12_call *call)
{
	struct smds_event *e = &call->changes->event;
	uint8_t fresh[16];
	const char *hex;
	enum rsp_status st;

	*e = (struct smds_event){.created = c->now, .forwarding = call->req.forwarding};
	text(e->owner, sizeof(e->owner), bytes_of_str(call->caller));
	text(e->event_id, sizeof(e->event_id), call->req.event_id);
	text(e->rsp_server_address, sizeof(e->rsp_server_address), call->req.rsp_server_address);
	memcpy(e->eid, call->eid, sizeof(e->eid));
	call->changes->put_event = true;
	if (!e->forwarding || !call->ds->root[0])
		return RSP_OK;
	if ((st = crypto_random(c, fresh, sizeof(fresh))) != RSP_OK)
		return st;
	if (!(hex = hex_of(c, BYTES_OF(fresh))))
		return RSP_NOMEM;
	text(e->root_event_id, sizeof(e->root_event_id), bytes_of_str(hex));
	return tell_root(c, call, ES12_REGISTER_EVENT);
}

static enum rsp_status
delete_event(struct rsp_ctx *c, struct es12_call *call)
{
	call->changes->event = call->event;
	call->changes->delete_event = true;
	if (!call->event.root_event_id[0] || !call->ds->root[0])
		return RSP_OK;
	return tell_root(c, call, ES12_DELETE_EVENT);
}

enum rsp_status
es12_handle(struct rsp_ctx *c, struct smds *ds, enum es12_function f, struct bytes body, const char *caller, struct smds_changes *changes,
	struct es12_response *reply)
{
	struct es12_call *call = rsp_alloc(c, sizeof(*call));
	bool registering = f == ES12_REGISTER_EVENT;
	enum rsp_status st;

	if (!call)
		return RSP_NOMEM;
	*changes = (struct smds_changes){0};
	*reply = (struct es12_response){0};
	*call = (struct es12_call){.ds = ds, .caller = caller, .changes = changes};
	if ((st = es12_read_request(c, f, body, &call->req)) != RSP_OK)
		return st;
	st = smds_check(c, registering ? ds->checks.register_event : ds->checks.delete_event, call);
	if (st == RSP_OK)
		st = registering ? register_event(c, call) : delete_event(c, call);
	if (!smds_is_no(st))
		return st;
	*changes = (struct smds_changes){0};
	reply->failed = true;
	smds_tell(c, reply->subject, reply->reason, reply->message);
	return RSP_OK;
}
