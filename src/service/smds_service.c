// SPDX-License-Identifier: BSD-2-Clause
#include "service/smds_service.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/time.h"
#include "codec/es9p_der.h"
#include "codec/ids.h"
#include "service/held.h"
#include "service/outbox.h"
#include "service/route.h"
#include "store/smds_rows.h"

#define TRIES 8

/* Certificates and what hangs on them; calls keep theirs to the end. */
struct generation {
	struct held held;             /* first */
	struct smds own, *ds;         /* ds: the caller's, in the first generation */
	struct pki *pki;              /* NULL: the caller's */
	struct clients *clients;
};

struct smds_service {
	struct service_part part;
	struct smds_service_options o;
	struct server *server;
	struct outbox *outbox;
	struct holder generations;
	_Atomic uint64_t sessions, expired;
	char base[300];               /* https://ROOT */
};

/* ---- units of work ---- */

typedef enum rsp_status smds_work(struct rsp_ctx *c, struct smds *ds, void *arg, struct smds_changes *changes);

static enum rsp_status
unit(struct rsp_ctx *c, struct smds *ds, smds_work *work, void *arg)
{
	struct smds_changes *changes = rsp_alloc(c, sizeof(*changes));
	enum rsp_status st = changes ? RSP_CONFLICT : RSP_NOMEM;
	unsigned i;

	for (i = 0; st == RSP_CONFLICT && i < TRIES; i++) {
		*changes = (struct smds_changes){0};
		c->error = (struct rsp_error){0};
		st = work(c, ds, arg, changes);
		if (st == RSP_OK)
			st = ds->store->commit(ds->store->self, c, changes);
	}
	return st;
}

struct es11_work { enum es9p_function f; struct es9p_request req; struct es11_response reply; };

static enum rsp_status
run_es11(struct rsp_ctx *c, struct smds *ds, void *arg, struct smds_changes *changes)
{
	struct es11_work *w = arg;

	return es11_handle(c, ds, w->f, &w->req, changes, &w->reply);
}

struct es12_work { enum es12_function f; struct bytes body; const char *caller; struct es12_response reply; };

static enum rsp_status
run_es12(struct rsp_ctx *c, struct smds *ds, void *arg, struct smds_changes *changes)
{
	struct es12_work *w = arg;

	return es12_handle(c, ds, w->f, w->body, w->caller, changes, &w->reply);
}

/* ---- routes ---- */

static enum rsp_status
call_es11(struct rsp_ctx *c, struct smds *ds, enum rsp_status st, struct es11_work *w, bool der, struct service_answer *a)
{
	struct buf b = BUF_INIT;

	if (st == RSP_OK && !es11_has(w->f)) {
		a->status = 404;
		return RSP_OK;
	}
	if (st == RSP_OK)
		st = unit(c, ds, run_es11, w);
	a->status = route_status(st);
	a->function = route_name(es9p_path(w->f));
	a->transaction_id = w->req.transaction_id.p ? w->req.transaction_id : w->reply.common.transaction_id;
	if (st != RSP_OK)
		return RSP_OK;
	a->failed = w->reply.common.failed;
	a->content_type = der ? ES9P_DER_TYPE : "application/json";
	if (der)
		es11_der_write_response(&b, w->f, &w->reply);
	else
		es11_write_response(&b, w->f, &w->reply);
	return buf_finish(&b, c, &a->body);
}

/* The caller is who its certificate says: its OID. */
static enum rsp_status
oid_of_client(struct rsp_ctx *c, struct bytes client_cert, const char **out)
{
	const struct pki_cert *cert;
	enum rsp_status st = pki_cert_read_scoped(c, client_cert, &cert);

	if (st == RSP_OK && cert->oid.p)
		*out = oid_text(c, cert->oid);
	return st;
}

static enum rsp_status
call_es12(struct rsp_ctx *c, struct smds *ds, enum es12_function f, const struct service_request *req, const char *caller, struct service_answer *a)
{
	struct es12_work w = {.f = f, .body = req->body, .caller = caller};
	struct buf b = BUF_INIT;
	enum rsp_status st = RSP_OK;

	a->function = route_name(es12_path(f));
	a->status = 403;
	if (!req->in_process && !req->client_cert.p)
		return RSP_OK;
	if (!caller && req->client_cert.p)
		st = oid_of_client(c, req->client_cert, &w.caller);
	if (st == RSP_OK)
		st = unit(c, ds, run_es12, &w);
	a->status = route_status(st);
	if (st != RSP_OK)
		return RSP_OK;
	a->failed = w.reply.failed;
	es12_write_response(&b, &w.reply);
	return buf_finish(&b, c, &a->body);
}

static enum rsp_status
route(struct rsp_ctx *c, struct smds *ds, const struct service_request *req, const char *caller, struct service_answer *a)
{
	struct es11_work *w = rsp_alloc(c, sizeof(*w));
	bool der = route_is_type(req->content_type, ES9P_DER_TYPE);
	enum es12_function es12;
	int f;

	if (!w)
		return RSP_NOMEM;
	a->status = 415;
	if (!der && !route_is_type(req->content_type, "application/json"))
		return RSP_OK;
	a->status = 404;
	if (der && strcmp(req->path, ES9P_DER_PATH) == 0)
		return call_es11(c, ds, es9p_der_read_request(c, req->body, &w->f, &w->req), w, true, a);
	for (f = 0; !der && f < ES9P_FUNCTIONS; f++)
		if (es11_has((enum es9p_function)f) && strcmp(req->path, es9p_path((enum es9p_function)f)) == 0) {
			w->f = (enum es9p_function)f;
			return call_es11(c, ds, es9p_read_request(c, w->f, req->body, &w->req), w, false, a);
		}
	if (!der && es12_function_of(req->path, &es12))
		return call_es12(c, ds, es12, req, caller, a);
	return RSP_OK;
}

void
smds_service_call(struct rsp_ctx *c, struct smds *ds, const struct service_request *req, const char *caller, struct service_answer *a)
{
	*a = (struct service_answer){.content_type = "application/json", .body = bytes_of("", 0)};
	if (route(c, ds, req, caller, a) != RSP_OK)
		a->status = 500;
}

/* ---- the part ---- */

static struct generation *
take(struct smds_service *s)
{
	return (struct generation *)(void *)held_take(&s->generations);
}

static void
drop(struct smds_service *s, struct generation *g)
{
	held_drop(&s->generations, &g->held);
}

static void
generation_free(struct held *h)
{
	struct generation *g = (struct generation *)(void *)h;

	clients_free(g->clients);
	pki_free(g->pki);
	free(g);
}

static struct clients *
take_clients(void *self, void **held)
{
	struct generation *g = take(self);

	*held = g;
	return g->clients;
}

static void
drop_clients(void *self, void *held)
{
	drop(self, held);
}

static void
call(void *self, struct rsp_ctx *c, const struct service_request *req, struct service_answer *a)
{
	struct smds_service *s = self;
	struct generation *g = take(s);

	smds_service_call(c, g->ds, req, NULL, a);
	drop(s, g);
}

static void
tick(void *self, struct rsp_ctx *c)
{
	struct smds_service *s = self;
	struct generation *g = take(s);
	uint64_t gone = 0, n = 0;

	if (smds_expire(s->o.store, c, g->ds->session_seconds, &gone) == RSP_OK)
		atomic_fetch_add(&s->expired, gone);
	if (smds_sessions(s->o.store, c, &n) == RSP_OK)
		atomic_store(&s->sessions, n);
	drop(s, g);
}

static enum rsp_status
ping(void *self, struct rsp_ctx *c)
{
	struct smds_service *s = self;
	uint64_t n;

	return smds_sessions(s->o.store, c, &n);
}

static void
metrics(void *self, struct buf *b)
{
	struct smds_service *s = self;

	buf_printf(b, "# TYPE esimlab_sessions gauge\nesimlab_sessions %llu\n# TYPE esimlab_sessions_expired_total counter\nesimlab_sessions_expired_total %llu\n",
		(unsigned long long)atomic_load(&s->sessions), (unsigned long long)atomic_load(&s->expired));
	outbox_metrics(s->outbox, b);
}

struct listing { struct json_out *j; unsigned most; };

static bool
list_event(void *arg, const struct smds_event *e)
{
	struct listing *l = arg;
	char at[TIME_TEXT_SIZE], eid[EID_TEXT];

	time_text(e->created, at);
	eid_text(e->eid, eid);
	json_object(l->j, NULL);
	json_string(l->j, "eventId", e->event_id);
	json_string(l->j, "eid", eid);
	json_string(l->j, "rspServerAddress", e->rsp_server_address);
	json_string(l->j, "owner", e->owner);
	json_bool(l->j, "forwardingIndicator", e->forwarding);
	if (e->root_event_id[0])
		json_string(l->j, "rootEventId", e->root_event_id);
	json_string(l->j, "created", at);
	json_object_end(l->j);
	return --l->most > 0;
}

static bool
page(void *self, struct rsp_ctx *c, const char *path, struct json_out *j)
{
	struct smds_service *s = self;
	struct generation *g = take(s);
	struct listing l = {j, 1000};
	bool known = true;

	if (strcmp(path, "/settings") == 0) {
		json_string(j, "root", g->ds->root);
		json_int(j, "session-seconds", g->ds->session_seconds);
	} else if (strcmp(path, "/events") == 0) {
		json_array(j, "events");
		known = smds_each_event(s->o.store, c, list_event, &l) == RSP_OK;
		json_array_end(j);
	} else {
		known = strncmp(path, "/sessions/", 10) == 0;
	}
	drop(s, g);
	return known;
}

/* ---- starting and stopping ---- */

static bool
make_clients(const struct smds_service *s, struct generation *g)
{
	const struct pki_branch *b = &g->ds->pki->branch[s->o.curve];
	const struct pki_cert *ca[2];
	struct http_client_options o = {.ca = ca, .fixed_now = s->o.fixed_now, .identity = b->dstls.key ? &b->dstls : NULL, .user_agent = "esimlab-smds",
		.connect_to = s->o.connect_to, .n_connect_to = s->o.n_connect_to, .timeout_ms = 5000};
	int i;

	for (i = 0; i < 2; i++)
		if (g->ds->pki->branch[i].ci.cert)
			ca[o.n_ca++] = g->ds->pki->branch[i].ci.cert;
	g->clients = clients_new(&o);
	return g->clients != NULL;
}

/* What a listener needs of a PKI; ca has room for two. */
static enum rsp_status
listener_options(struct rsp_ctx *c, const struct smds_service *s, const struct pki *pki, const struct pki_cert **ca, struct server_options *o)
{
	const struct pki_branch *b = &pki->branch[s->o.curve];
	int i;

	*o = s->o.limits;
	if (!b->dstls.cert || !b->dstls.key)
		return rsp_fail(c, RSP_IO, "the PKI has no DStls certificate and key on %s", ec_curve_name(s->o.curve));
	o->listen = s->o.listen;
	o->mutual_listen = s->o.es12_listen;
	o->admin_listen = s->o.admin_listen;
	o->identity = &b->dstls;
	o->client_ca = ca;
	o->fixed_now = s->o.fixed_now;
	for (i = 0; i < 2; i++)
		if (pki->branch[i].ci.cert)
			ca[o->n_client_ca++] = pki->branch[i].ci.cert;
	return RSP_OK;
}

static enum rsp_status
start(struct rsp_ctx *c, struct smds_service *s, const struct smds *ds)
{
	const struct outbox_options box = {.store = s->o.store, .box = TABLE_DS_OUTBOX, .crypto = c->crypto, .base = s->base, .fixed_now = s->o.fixed_now,
		.self = s, .take = take_clients, .drop = drop_clients};
	const struct pki_cert *ca[2];
	struct server_options o;
	enum rsp_status st = listener_options(c, s, ds->pki, ca, &o);

	if (st != RSP_OK || (st = outbox_start(c, &box, &s->outbox)) != RSP_OK)
		return st;
	s->part = (struct service_part){s, "SM-DS", call, NULL, tick, ping, metrics, page, NULL};
	return server_start(c, &s->part, &o, &s->server);
}

static struct generation *
generation_new(const struct smds_service *s, struct smds *ds, struct pki *pki)
{
	struct generation *g = calloc(1, sizeof(*g));

	if (!g) {
		pki_free(pki);
		return NULL;
	}
	g->held.free = generation_free;
	g->ds = ds;
	g->pki = pki;
	if (pki) {
		g->own = *ds;
		g->own.pki = pki;
		g->ds = &g->own;
	}
	if (make_clients(s, g))
		return g;
	generation_free(&g->held);
	return NULL;
}

enum rsp_status
smds_service_start(struct rsp_ctx *c, struct smds *ds, const struct smds_service_options *o, struct smds_service **out)
{
	struct smds_service *s = calloc(1, sizeof(*s));
	struct generation *g;
	enum rsp_status st;

	if (!s)
		return rsp_fail(c, RSP_NOMEM, "no memory for a service");
	s->o = *o;
	snprintf(s->base, sizeof(s->base), "https://%s", ds->root);
	g = generation_new(s, ds, NULL);
	holder_init(&s->generations, g ? &g->held : NULL);
	st = g ? start(c, s, ds) : rsp_fail(c, RSP_NOMEM, "no memory for a service");
	if (st != RSP_OK) {
		smds_service_stop(s, 0);
		return st;
	}
	*out = s;
	return RSP_OK;
}

enum rsp_status
smds_service_reload(struct smds_service *s, struct rsp_ctx *c, struct pki *pki)
{
	const struct pki_cert *ca[2];
	struct server_options o;
	struct generation *g, *old;
	enum rsp_status st = listener_options(c, s, pki, ca, &o);

	if (st == RSP_OK)
		st = server_reload(s->server, c, &o);
	if (st != RSP_OK) {
		pki_free(pki);
		return st;
	}
	old = take(s);
	g = generation_new(s, old->ds, pki);
	drop(s, old);
	if (!g)
		return rsp_fail(c, RSP_NOMEM, "no memory for other certificates");
	held_swap(&s->generations, &g->held);
	return RSP_OK;
}

unsigned
smds_service_port(const struct smds_service *s)
{
	return server_port(s->server);
}

unsigned
smds_service_es12_port(const struct smds_service *s)
{
	return server_mutual_port(s->server);
}

unsigned
smds_service_admin_port(const struct smds_service *s)
{
	return server_admin_port(s->server);
}

void
smds_service_stop(struct smds_service *s, unsigned ms)
{
	if (!s)
		return;
	/* Its metrics look into the outbox, and nobody new comes in while that ends. */
	server_stop(s->server, ms);
	outbox_stop(s->outbox);
	holder_end(&s->generations);
	free(s);
}
