// SPDX-License-Identifier: BSD-2-Clause
/* The unit of work: a role's answer leaves only after its changes are durable; a conflict runs the call again. */
#include "base/hex.h"
#include "codec/es9p_der.h"
#include "service/route.h"
#include "service/smdpp_service.h"

#define TRIES 8

enum rsp_status
smdpp_unit(struct rsp_ctx *c, struct smdpp *dp, smdpp_work *work, void *arg)
{
	struct smdpp_changes *changes = rsp_alloc(c, sizeof(*changes));
	enum rsp_status st = changes ? RSP_CONFLICT : RSP_NOMEM;
	unsigned i;

	for (i = 0; st == RSP_CONFLICT && i < TRIES; i++) {
		*changes = (struct smdpp_changes){0};
		c->error = (struct rsp_error){0};
		st = work(c, dp, arg, changes);
		if (st == RSP_OK)
			st = dp->store->commit(dp->store->self, c, changes);
	}
	return st;
}

static void
committed(void *later, enum rsp_status st)
{
	http_later_done(later, st == RSP_OK);
}

/* The first try does not wait for its commit when the answer can wait instead; should it fail, the whole call is made again. */
static enum rsp_status
unit_then(struct rsp_ctx *c, struct smdpp *dp, smdpp_work *work, void *arg, struct http_later *later, bool *waits)
{
	struct smdpp_changes *changes = rsp_alloc(c, sizeof(*changes));
	enum rsp_status st = changes ? RSP_OK : RSP_NOMEM;

	*waits = false;
	if (!later)
		return smdpp_unit(c, dp, work, arg);
	if (st == RSP_OK)
		st = work(c, dp, arg, changes);
	if (st != RSP_OK)
		return st;
	st = dp->store->commit_then(dp->store->self, c, changes, committed, later);
	*waits = st == RSP_OK;
	if (st == RSP_STATE)
		st = dp->store->commit(dp->store->self, c, changes);
	return st == RSP_CONFLICT ? smdpp_unit(c, dp, work, arg) : st;
}

struct es9p_work { enum es9p_function f; struct es9p_request req; struct es9p_response reply; };

static enum rsp_status
run_es9p(struct rsp_ctx *c, struct smdpp *dp, void *arg, struct smdpp_changes *changes)
{
	struct es9p_work *w = arg;

	return es9p_handle(c, dp, w->f, &w->req, changes, &w->reply);
}

struct es2p_work { enum es2p_function f; struct bytes body; const char *requester_key; struct bytes answer; };

static enum rsp_status
run_es2p(struct rsp_ctx *c, struct smdpp *dp, void *arg, struct smdpp_changes *changes)
{
	struct es2p_work *w = arg;

	return es2p_handle(c, dp, w->f, w->body, w->requester_key, changes, &w->answer);
}

/* Both bindings of ES9+; the request is read already, or why it could not be. */
static enum rsp_status
call_es9p(struct rsp_ctx *c, struct smdpp *dp, const struct service_request *req, enum rsp_status st, struct es9p_work *w, bool der,
	struct service_answer *a)
{
	struct buf b = BUF_INIT;

	if (st == RSP_OK && req->full && w->f == ES9P_INITIATE_AUTHENTICATION)
		st = rsp_fail(c, RSP_CONFLICT, "all RSP sessions are in use");
	else if (st == RSP_OK)
		st = unit_then(c, dp, run_es9p, w, req->later, &a->later);
	a->status = route_status(st);
	a->function = route_name(es9p_path(w->f));
	a->transaction_id = w->req.transaction_id.p ? w->req.transaction_id : w->reply.transaction_id;
	if (w->f == ES9P_HANDLE_NOTIFICATION && (st == RSP_OK || st == RSP_MALFORMED || st == RSP_LIMIT)) {
		a->status = 204;
		return RSP_OK;
	}
	if (st != RSP_OK)
		return RSP_OK;
	a->failed = w->reply.failed;
	a->content_type = der ? ES9P_DER_TYPE : "application/json";
	if (der)
		es9p_der_write_response(&b, w->f, &w->reply);
	else
		es9p_write_response(&b, w->f, &w->reply);
	return buf_finish(&b, c, &a->body);
}

/* What a client is known by: the hash of its public key, which stays when its certificate is renewed. */
static enum rsp_status
key_of_client(struct rsp_ctx *c, struct bytes client_cert, const char **out)
{
	const struct pki_cert *cert;
	struct bytes point;
	uint8_t digest[32];
	enum rsp_status st = pki_cert_read_scoped(c, client_cert, &cert);

	if (st != RSP_OK)
		return st;
	point = ec_key_point(cert->key);
	st = sha256(c, &point, 1, digest);
	*out = st == RSP_OK ? hex_of(c, BYTES_OF(digest)) : NULL;
	return st == RSP_OK && !*out ? RSP_NOMEM : st;
}

static enum rsp_status
call_es2p(struct rsp_ctx *c, struct smdpp *dp, enum es2p_function f, const struct service_request *req, struct service_answer *a)
{
	struct es2p_work w = {.f = f, .body = req->body};
	enum rsp_status st = RSP_OK;

	a->function = route_name(es2p_path(f));
	if (!req->in_process && !req->client_cert.p) {
		a->status = 403;
		return RSP_OK;
	}
	if (req->client_cert.p)
		st = key_of_client(c, req->client_cert, &w.requester_key);
	if (st == RSP_OK)
		st = smdpp_unit(c, dp, run_es2p, &w);
	a->status = route_status(st);
	a->failed = c->error.status != RSP_OK;
	a->body = st == RSP_OK ? w.answer : bytes_of("", 0);
	return RSP_OK;
}

static enum rsp_status
route(struct rsp_ctx *c, struct smdpp *dp, const struct service_request *req, struct service_answer *a)
{
	struct es9p_work *w = rsp_alloc(c, sizeof(*w));
	bool der = route_is_type(req->content_type, ES9P_DER_TYPE);
	int f;

	if (!w)
		return RSP_NOMEM;
	a->status = 415;
	if (!der && !route_is_type(req->content_type, "application/json"))
		return RSP_OK;
	a->status = 404;
	if (der && strcmp(req->path, ES9P_DER_PATH) == 0)
		return call_es9p(c, dp, req, es9p_der_read_request(c, req->body, &w->f, &w->req), w, true, a);
	for (f = 0; !der && f < ES9P_FUNCTIONS; f++)
		if (strcmp(req->path, es9p_path((enum es9p_function)f)) == 0) {
			w->f = (enum es9p_function)f;
			return call_es9p(c, dp, req, es9p_read_request(c, w->f, req->body, &w->req), w, false, a);
		}
	for (f = 0; !der && f < ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO; f++)
		if (strcmp(req->path, es2p_path((enum es2p_function)f)) == 0)
			return call_es2p(c, dp, (enum es2p_function)f, req, a);
	return RSP_OK;
}

void
smdpp_service_call(struct rsp_ctx *c, struct smdpp *dp, const struct service_request *req, struct service_answer *a)
{
	*a = (struct service_answer){.content_type = "application/json", .body = bytes_of("", 0)};
	if (route(c, dp, req, a) != RSP_OK)
		a->status = 500;
}
