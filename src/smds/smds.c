// SPDX-License-Identifier: BSD-2-Clause
/* The SM-DS as a whole, and ES11 from request to reply: decode, check, do. */
#include "smds/call.h"

#include <stdio.h>

static const struct { const char *subject, *reason; } codes[SMDS_CODE_COUNT] = {
#define X(name, subject, reason) [name] = {subject, reason},
	SMDS_CODES(X)
#undef X
};

void
smds_init(struct smds *ds, const char *host, const char *root, const struct pki *pki, struct smds_store *store)
{
	*ds = (struct smds){
		.pki = pki, .store = store, .session_seconds = 3600,
		.checks = {
			.initiate_authentication = es11_initiate_authentication_checks,
			.authenticate_client = es11_authenticate_client_checks,
			.register_event = es12_register_event_checks,
			.delete_event = es12_delete_event_checks,
		},
	};
	snprintf(ds->host, sizeof(ds->host), "%s", host);
	snprintf(ds->root, sizeof(ds->root), "%s", root ? root : "");
}

bool
smds_is_no(enum rsp_status st)
{
	return st == RSP_REFUSED || st == RSP_UNTRUSTED || st == RSP_MALFORMED || st == RSP_STATE;
}

enum rsp_status
smds_check(struct rsp_ctx *c, struct rsp_checks table, void *call)
{
	const struct rsp_check *failed = NULL;
	enum rsp_status st = rsp_check_all(c, table, call, &failed);

	if (failed) {
		snprintf(c->error.subject, sizeof(c->error.subject), "%s", codes[failed->code].subject);
		snprintf(c->error.reason, sizeof(c->error.reason), "%s", codes[failed->code].reason);
	}
	return st;
}

void
smds_tell(const struct rsp_ctx *c, char subject[12], char reason[8], char message[200])
{
	snprintf(subject, 12, "%s", c->error.subject);
	snprintf(reason, 8, "%s", c->error.reason);
	snprintf(message, 200, "%.199s", c->error.text);
}

static enum rsp_status
run(struct rsp_ctx *c, struct es11_call *call, enum es9p_function f)
{
	const struct smds_checks *t = &call->ds->checks;
	bool initiate = f == ES9P_INITIATE_AUTHENTICATION;
	const struct es11_steps *steps = initiate ? &es11_initiate_authentication : &es11_authenticate_client;
	enum rsp_status st = steps->decode(c, call);

	if (st != RSP_OK)
		return st;
	st = smds_check(c, initiate ? t->initiate_authentication : t->authenticate_client, call);
	if (st == RSP_OK)
		st = steps->effect(c, call);
	buf_free(&call->found);
	if (!smds_is_no(st))
		return st;
	*call->changes = (struct smds_changes){0};
	*call->reply = (struct es11_response){.common = {.failed = true}};
	smds_tell(c, call->reply->common.subject, call->reply->common.reason, call->reply->common.message);
	return RSP_OK;
}

enum rsp_status
es11_handle(struct rsp_ctx *c, struct smds *ds, enum es9p_function f, const struct es9p_request *req, struct smds_changes *changes,
	struct es11_response *reply)
{
	struct es11_call *call = rsp_alloc(c, sizeof(*call));

	if (!call)
		return RSP_NOMEM;
	*changes = (struct smds_changes){0};
	*reply = (struct es11_response){0};
	if (!es11_has(f))
		return rsp_fail(c, RSP_MALFORMED, "an SM-DS has no such function");
	call->ds = ds;
	call->req = req;
	call->changes = changes;
	call->reply = reply;
	return run(c, call, f);
}

enum rsp_status
es11_handle_json(struct rsp_ctx *c, struct smds *ds, enum es9p_function f, struct bytes body, struct smds_changes *changes, struct es11_response *reply)
{
	struct es9p_request req;
	enum rsp_status st;

	*changes = (struct smds_changes){0};
	*reply = (struct es11_response){0};
	if (!es11_has(f))
		return rsp_fail(c, RSP_MALFORMED, "an SM-DS has no such function");
	st = es9p_read_request(c, f, body, &req);
	return st == RSP_OK ? es11_handle(c, ds, f, &req, changes, reply) : st;
}
