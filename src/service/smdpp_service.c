// SPDX-License-Identifier: BSD-2-Clause
#include "service/smdpp_service.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/log.h"
#include "base/time.h"
#include "codec/es9p_der.h"
#include "codec/ids.h"
#include "service/es12_client.h"
#include "service/held.h"
#include "service/outbox.h"

#define SESSIONS_MOST 100000

/* Certificates that several generations may use. */
struct shared_pki { struct pki *pki; _Atomic unsigned users; };

/* What a call works with: it keeps its generation until it ends, whatever is reloaded meanwhile. */
struct generation {
	struct held held;                 /* first */
	struct smdpp own, *dp;            /* dp: the caller's, in the first generation */
	struct shared_pki *pki;           /* NULL: the caller's */
	struct service_requester *requesters; size_t n_requesters;
	struct clients *clients;
	struct smds_port smds;
};

struct smdpp_service {
	struct service_part part;
	struct smdpp_service_options o;
	struct server *server;
	struct outbox *outbox;
	struct holder generations;
	const struct pki_cert *ca[2];
	size_t n_ca;
	_Atomic uint64_t sessions, expired;
	uint64_t most_sessions;
	unsigned ticks;
	char *callback;
};

/* ---- generations ---- */

static struct generation *
take(struct smdpp_service *s)
{
	return (struct generation *)(void *)held_take(&s->generations);
}

static void
drop(struct smdpp_service *s, struct generation *g)
{
	held_drop(&s->generations, &g->held);
}

static void
generation_free(struct held *h)
{
	struct generation *g = (struct generation *)(void *)h;
	size_t i;

	if (g->dp && g->dp->smds == &g->smds)
		g->dp->smds = NULL;
	clients_free(g->clients);
	if (g->pki && atomic_fetch_sub(&g->pki->users, 1) == 1) {
		pki_free(g->pki->pki);
		free(g->pki);
	}
	for (i = 0; i < g->n_requesters; i++)
		free((char *)(uintptr_t)g->requesters[i].id);
	free(g->requesters);
	free(g);
}

static bool
may_request(void *self, struct bytes requester, const char *key)
{
	const struct generation *g = self;
	size_t i;

	for (i = 0; i < g->n_requesters; i++)
		if (bytes_equal_str(requester, g->requesters[i].id))
			return strcmp(key, g->requesters[i].key) == 0;
	return g->n_requesters == 0;
}

static bool
copy_requesters(struct generation *g, const struct service_requester *r, size_t n)
{
	size_t i;

	g->requesters = calloc(n + 1, sizeof(*g->requesters));
	for (i = 0; g->requesters && i < n; i++, g->n_requesters++) {
		g->requesters[i] = r[i];
		g->requesters[i].id = strdup(r[i].id);
		if (!g->requesters[i].id)
			return false;
	}
	return g->requesters != NULL;
}

/* The clients of a generation: its TLS identity, its trust. */
static bool
make_clients(const struct smdpp_service *s, struct generation *g)
{
	const struct pki_branch *b = &g->dp->pki->branch[s->o.curve];
	const struct pki_cert *ca[2];
	struct http_client_options o = {.ca = ca, .fixed_now = s->o.fixed_now, .identity = b->dptls.key ? &b->dptls : NULL, .user_agent = "esimlab-smdpp",
		.connect_to = s->o.connect_to, .n_connect_to = s->o.n_connect_to, .timeout_ms = 5000};
	int i;

	for (i = 0; i < 2; i++)
		if (g->dp->pki->branch[i].ci.cert)
			ca[o.n_ca++] = g->dp->pki->branch[i].ci.cert;
	g->clients = clients_new(&o);
	return g->clients != NULL;
}

/* A call holds its generation while it asks. */
static enum rsp_status
register_event(void *self, struct rsp_ctx *c, const char *smds, const char *eid, const char *event_id)
{
	struct generation *g = self;

	return es12_client_register(g->clients, c, smds, g->dp->host, g->dp->host, eid, event_id);
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

/* ---- the part ---- */

static void
call(void *self, struct rsp_ctx *c, const struct service_request *req, struct service_answer *a)
{
	struct smdpp_service *s = self;
	struct generation *g = take(s);
	struct service_request r = *req;

	r.full = atomic_load(&s->sessions) >= s->most_sessions;
	smdpp_service_call(c, g->dp, &r, a);
	if (a->function && a->status == 200 && !a->failed && strcmp(a->function, "initiateAuthentication") == 0)
		atomic_fetch_add(&s->sessions, 1);
	drop(s, g);
}

/* ES9+ waits for nobody with a store in this process; ES2+ may wait for an SM-DS. */
static bool
quick(void *self, const char *path)
{
	(void)self;
	return strncmp(path, "/gsma/rsp2/es9plus/", 19) == 0 || strcmp(path, ES9P_DER_PATH) == 0;
}

#define EXPIRE_EVERY 5

static void
tick(void *self, struct rsp_ctx *c)
{
	struct smdpp_service *s = self;
	struct generation *g = take(s);
	struct smdpp_store *store = g->dp->store;
	uint64_t gone = 0, n = 0;

	do {
		if (s->ticks++ % EXPIRE_EVERY != 0 || store->expire(store->self, c, &gone) != RSP_OK)
			gone = 0;
		atomic_fetch_add(&s->expired, gone);
	} while (gone >= 4096);
	if (store->sessions(store->self, c, &n) == RSP_OK)
		atomic_store(&s->sessions, n);
	else
		log_line(LOG_ERROR, "%s", c->error.text);
	drop(s, g);
}

static enum rsp_status
ping(void *self, struct rsp_ctx *c)
{
	struct smdpp_service *s = self;
	struct generation *g = take(s);
	enum rsp_status st = g->dp->store->ping(g->dp->store->self, c);

	drop(s, g);
	return st;
}

static void
metrics(void *self, struct buf *b)
{
	struct smdpp_service *s = self;

	buf_printf(b, "# HELP esimlab_sessions RSP sessions that are kept, from their beginning to their end or expiry.\n# TYPE esimlab_sessions gauge\n"
		"esimlab_sessions %llu\n# TYPE esimlab_sessions_expired_total counter\nesimlab_sessions_expired_total %llu\n",
		(unsigned long long)atomic_load(&s->sessions), (unsigned long long)atomic_load(&s->expired));
	outbox_metrics(s->outbox, b);
}

static void
session_json(struct json_out *j, const struct smdpp_session *s)
{
	char at[TIME_TEXT_SIZE], text[ICCID_TEXT], eid[EID_TEXT];

	json_object(j, NULL);
	json_hex(j, "transactionId", BYTES_OF(s->transaction_id));
	json_string(j, "state", session_state_name(s->state));
	time_text(s->started, at);
	json_string(j, "started", at);
	json_string(j, "curve", ec_curve_name(s->curve));
	if (s->state != SESSION_INITIATED) {
		iccid_text(s->iccid, text);
		eid_text(s->eid, eid);
		json_string(j, "iccid", text);
		json_string(j, "eid", eid);
	}
	json_object_end(j);
}

struct listing { struct json_out *j; unsigned most; };

static bool
list_session(void *arg, const struct smdpp_session *s)
{
	struct listing *l = arg;

	session_json(l->j, s);
	return --l->most > 0;
}

static bool
session_page(struct smdpp_store *store, struct rsp_ctx *c, const char *id, struct json_out *j)
{
	struct smdpp_session session;
	struct bytes transaction;
	bool found = false;

	if (hex_read(c, bytes_of_str(id), &transaction) != RSP_OK || store->session(store->self, c, transaction, &session, &found) != RSP_OK)
		return false;
	json_array(j, "sessions");
	if (found)
		session_json(j, &session);
	json_array_end(j);
	return true;
}

static bool
page(void *self, struct rsp_ctx *c, const char *path, struct json_out *j)
{
	struct smdpp_service *s = self;
	struct generation *g = take(s);
	struct smdpp_store *store = g->dp->store;
	struct listing l = {j, 1000};
	bool known = true;

	if (strcmp(path, "/settings") == 0) {
		smdpp_settings_json(g->dp, j);
	} else if (strcmp(path, "/sessions") == 0) {
		json_array(j, "sessions");
		known = store->each_session(store->self, c, list_session, &l) == RSP_OK;
		json_array_end(j);
	} else {
		known = strncmp(path, "/sessions/", 10) == 0 && session_page(store, c, path + 10, j);
	}
	drop(s, g);
	return known;
}

/* ---- reloading ---- */

static struct generation *
next_generation(struct smdpp_service *s, const struct generation *old, const struct smdpp *dp, struct pki *pki, const struct service_requester *requesters,
	size_t n)
{
	struct generation *g = calloc(1, sizeof(*g));
	bool good = g != NULL;

	if (!good) {
		pki_free(pki);
		return NULL;
	}
	g->held.free = generation_free;
	g->own = *dp;
	g->dp = &g->own;
	g->pki = pki ? calloc(1, sizeof(*g->pki)) : old->pki;
	if (pki && g->pki)
		g->pki->pki = pki;
	if (g->pki)
		atomic_fetch_add(&g->pki->users, 1);
	g->own.pki = pki ? pki : old->dp->pki;
	g->own.may_request = may_request;
	g->own.requesters = g;
	g->smds = (struct smds_port){g, register_event};
	g->own.smds = &g->smds;
	if ((!pki || g->pki) && copy_requesters(g, requesters, n) && make_clients(s, g))
		return g;
	generation_free(&g->held);
	return NULL;
}

static enum rsp_status
reload_listeners(struct smdpp_service *s, struct rsp_ctx *c, struct pki *pki)
{
	const struct pki_branch *b = &pki->branch[s->o.curve];
	const struct pki_cert *ca[2];
	struct server_options o = s->o.limits;
	int i;

	if (!b->dptls.cert || !b->dptls.key)
		return rsp_fail(c, RSP_IO, "the PKI has no certificate and key for TLS on %s", ec_curve_name(s->o.curve));
	o.identity = &b->dptls;
	o.client_ca = ca;
	for (i = 0; i < 2; i++)
		if (pki->branch[i].ci.cert)
			ca[o.n_client_ca++] = pki->branch[i].ci.cert;
	return server_reload(s->server, c, &o);
}

enum rsp_status
smdpp_service_reload(struct smdpp_service *s, struct rsp_ctx *c, const struct smdpp *dp, struct pki *pki, const struct service_requester *requesters,
	size_t n_requesters)
{
	struct generation *g, *old;
	enum rsp_status st = pki ? reload_listeners(s, c, pki) : RSP_OK;

	if (st != RSP_OK) {
		pki_free(pki);
		return st;
	}
	old = take(s);
	g = next_generation(s, old, dp, pki, requesters, n_requesters);
	drop(s, old);
	if (!g)
		return rsp_fail(c, RSP_NOMEM, "no memory for other settings");
	held_swap(&s->generations, &g->held);
	return RSP_OK;
}

static enum rsp_status
set(void *self, struct rsp_ctx *c, const char *name, const char *value)
{
	struct smdpp_service *s = self;
	struct generation *g = take(s);
	struct smdpp changed = *g->dp;
	enum rsp_status st = smdpp_set(c, &changed, name, value);

	if (st == RSP_OK)
		st = smdpp_service_reload(s, c, &changed, NULL, g->requesters, g->n_requesters);
	drop(s, g);
	return st;
}

/* ---- starting and stopping ---- */

/* PostgreSQL is waited for, and each caller has a connection; other stores keep nobody waiting. */
static unsigned
default_workers(const struct store *store)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	return (store->shared ? 16u : 4u) * (cores > 0 ? (unsigned)cores : 1u);
}

static enum rsp_status
start(struct rsp_ctx *c, struct smdpp_service *s, const struct smdpp *dp)
{
	const struct pki_branch *b = &dp->pki->branch[s->o.curve];
	struct server_options o = s->o.limits;
	struct outbox_options box = {.store = s->o.store, .box = TABLE_OUTBOX, .crypto = c->crypto, .callback = s->callback, .fixed_now = s->o.fixed_now, .self = s,
		.take = take_clients, .drop = drop_clients};
	enum rsp_status st;

	if (!b->dptls.cert || !b->dptls.key)
		return rsp_fail(c, RSP_IO, "the PKI has no certificate and key for TLS on %s", ec_curve_name(s->o.curve));
	if (!o.workers)
		o.workers = default_workers(s->o.store);
	o.listen = s->o.listen;
	o.mutual_listen = s->o.es2plus_listen;
	o.admin_listen = s->o.admin_listen;
	o.identity = &b->dptls;
	o.client_ca = s->ca;
	o.n_client_ca = s->n_ca;
	o.fixed_now = s->o.fixed_now;
	if ((st = outbox_start(c, &box, &s->outbox)) != RSP_OK)
		return st;
	s->part = (struct service_part){s, "SM-DP+", call, s->o.store->shared ? NULL : quick, tick, ping, metrics, page, set};
	return server_start(c, &s->part, &o, &s->server);
}

static struct generation *
first_generation(struct smdpp_service *s, struct smdpp *dp)
{
	struct generation *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->held.free = generation_free;
	g->dp = dp;
	g->smds = (struct smds_port){g, register_event};
	if (!dp->smds)
		dp->smds = &g->smds;
	if (make_clients(s, g))
		return g;
	generation_free(&g->held);
	return NULL;
}

enum rsp_status
smdpp_service_start(struct rsp_ctx *c, struct smdpp *dp, const struct smdpp_service_options *o, struct smdpp_service **out)
{
	struct smdpp_service *s = calloc(1, sizeof(*s));
	struct generation *g;
	enum rsp_status st;
	int i;

	if (!s)
		return rsp_fail(c, RSP_NOMEM, "no memory for a service");
	s->o = *o;
	s->most_sessions = o->sessions ? o->sessions : SESSIONS_MOST;
	s->callback = o->callback ? strdup(o->callback) : NULL;
	for (i = 0; i < 2; i++)
		if (dp->pki->branch[i].ci.cert)
			s->ca[s->n_ca++] = dp->pki->branch[i].ci.cert;
	g = first_generation(s, dp);
	holder_init(&s->generations, g ? &g->held : NULL);
	st = g ? start(c, s, dp) : rsp_fail(c, RSP_NOMEM, "no memory for a service");
	if (st != RSP_OK) {
		smdpp_service_stop(s, 0);
		return st;
	}
	*out = s;
	return RSP_OK;
}

unsigned
smdpp_service_port(const struct smdpp_service *s)
{
	return server_port(s->server);
}

unsigned
smdpp_service_es2plus_port(const struct smdpp_service *s)
{
	return server_mutual_port(s->server);
}

unsigned
smdpp_service_admin_port(const struct smdpp_service *s)
{
	return server_admin_port(s->server);
}

void
smdpp_service_stop(struct smdpp_service *s, unsigned ms)
{
	if (!s)
		return;
	/* Its metrics look into the outbox, and nobody new comes in while that ends. */
	server_stop(s->server, ms);
	outbox_stop(s->outbox);
	holder_end(&s->generations);
	free(s->callback);
	free(s);
}
