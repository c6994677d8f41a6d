// SPDX-License-Identifier: BSD-2-Clause
#include "service/smdpp_service.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/time.h"
#include "http/client.h"
#include "http/server.h"

struct smdpp_service {
	struct smdpp *dp;
	struct smdpp_service_options o;
	struct crypto *crypto;
	struct http_server *es9p, *es2p;
	char callback[200];
	pthread_t outbox;
	bool outbox_running, stop;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	const struct pki_cert *ca[2];
	size_t n_ca;
};

/* ---- routes ---- */

static void
answer(struct rsp_ctx *c, struct smdpp *dp, const struct http_request *req, struct http_reply *reply)
{
	struct bytes type = http_header(req, "Content-Type");
	enum rsp_status st;

	reply->extra = "X-Admin-Protocol: gsma/rsp/v2.5.0\r\n";
	reply->content_type = "application/json";
	if (strcmp(req->method, "POST") != 0) {
		reply->status = 405;
		return;
	}
	if (!bytes_equal_nocase(bytes_slice(type, 0, 16), bytes_of_str("application/json"))) {
		reply->status = 415;
		return;
	}
	st = smdpp_service_call(c, dp, req->path, req->body, req->client_cert, false, &reply->status, &reply->body);
	if (st != RSP_OK)
		reply->status = 500;
	if (reply->status >= 500)
		log_line(LOG_ERROR, "%s: HTTP %u: %s", req->path, reply->status, c->error.text);
	else
		log_line(LOG_INFO, "%s: HTTP %u %s%s%s %s", req->path, reply->status, c->error.subject, c->error.reason[0] ? "/" : "", c->error.reason,
			c->error.text);
}

static void
handler(void *arg, struct rsp_ctx *c, const struct http_request *req, struct http_reply *reply)
{
	struct smdpp_service *s = arg;

	answer(c, s->dp, req, reply);
}

/* ---- the outbox: progress for the operator, until it has been taken ---- */

#define RETRY_FIRST 5
#define RETRY_MOST 3600
#define CLAIM 60

static int64_t
service_now(const struct smdpp_service *s)
{
	return s->o.fixed_now ? s->o.fixed_now : time_wall();
}

static bool
deliver_one(struct smdpp_service *s, struct rsp_ctx *c, struct http_client *client)
{
	static const char *const headers[] = {"Content-Type: application/json", "X-Admin-Protocol: gsma/rsp/v2.5.0", NULL};
	struct smdpp_store *store = s->dp->store;
	struct outbox_message m;
	struct bytes ignored;
	unsigned status = 0;
	bool found = false, sent;
	int64_t wait;
	uint32_t i;

	c->now = service_now(s);
	if (store->outbox_next(store->self, c, &m, &found) != RSP_OK || !found)
		return false;
	if (store->outbox_claim(store->self, c, &m, c->now + CLAIM) != RSP_OK)
		return true;
	sent = http_client_post(client, c, m.url[0] ? m.url : s->callback, headers, m.body, &status, &ignored) == RSP_OK && status >= 200 && status < 300;
	if (!sent)
		log_line(LOG_WARN, "progress for the operator was not taken: %s", c->error.text[0] ? c->error.text : "refused");
	for (wait = RETRY_FIRST, i = 0; i < m.tries && wait < RETRY_MOST; i++)
		wait *= 2;
	return store->outbox_settle(store->self, c, &m, sent, c->now + (wait < RETRY_MOST ? wait : RETRY_MOST)) == RSP_OK;
}

static void *
outbox_main(void *arg)
{
	struct smdpp_service *s = arg;
	const struct http_client_options o = {.ca = s->ca, .n_ca = s->n_ca, .fixed_now = s->o.fixed_now, .user_agent = "esimlab-smdpp", .timeout_ms = 5000,
		.identity = s->dp->pki->branch[s->o.curve].dptls.key ? &s->dp->pki->branch[s->o.curve].dptls : NULL,
		.plain = strncmp(s->callback, "http:", 5) == 0};
	struct http_client *client = NULL;
	struct timespec until;
	struct rsp_ctx c;

	if (rsp_ctx_init(&c, s->crypto, 0) != RSP_OK)
		return NULL;
	if (http_client_new(&c, &o, &client) == RSP_OK) {
		pthread_mutex_lock(&s->lock);
		while (!s->stop) {
			pthread_mutex_unlock(&s->lock);
			while (deliver_one(s, &c, client))
				rsp_ctx_reset(&c);
			rsp_ctx_reset(&c);
			pthread_mutex_lock(&s->lock);
			clock_gettime(CLOCK_REALTIME, &until);
			until.tv_sec += 1;
			if (!s->stop)
				pthread_cond_timedwait(&s->wake, &s->lock, &until);
		}
		pthread_mutex_unlock(&s->lock);
	}
	http_client_free(client);
	rsp_ctx_free(&c);
	return NULL;
}

/* ---- starting and stopping ---- */

static enum rsp_status
start_listeners(struct rsp_ctx *c, struct smdpp_service *s)
{
	const struct pki_branch *b = &s->dp->pki->branch[s->o.curve];
	struct http_server_options o = {.listen = s->o.listen, .identity = &b->dptls, .handler = handler, .arg = s, .crypto = s->crypto,
		.fixed_now = s->o.fixed_now, .workers = s->o.workers, .client_auth = HTTP_CLIENT_OPTIONAL, .client_ca = s->ca, .n_client_ca = s->n_ca};
	enum rsp_status st;

	if (!b->dptls.cert || !b->dptls.key)
		return rsp_fail(c, RSP_IO, "the PKI has no certificate and key for TLS on %s", ec_curve_name(s->o.curve));
	st = http_server_start(c, &o, &s->es9p);
	if (st != RSP_OK || !s->o.es2plus_listen)
		return st;
	o.listen = s->o.es2plus_listen;
	o.client_auth = HTTP_CLIENT_REQUIRED;
	return http_server_start(c, &o, &s->es2p);
}

enum rsp_status
smdpp_service_start(struct rsp_ctx *c, struct smdpp *dp, const struct smdpp_service_options *o, struct smdpp_service **out)
{
	struct smdpp_service *s = calloc(1, sizeof(*s));
	enum rsp_status st;
	int i;

	if (!s)
		return rsp_fail(c, RSP_NOMEM, "no memory for a service");
	s->dp = dp;
	s->o = *o;
	s->crypto = c->crypto;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	for (i = 0; i < 2; i++)
		if (dp->pki->branch[i].ci.cert)
			s->ca[s->n_ca++] = dp->pki->branch[i].ci.cert;
	st = start_listeners(c, s);
	if (st == RSP_OK && o->callback) {
		snprintf(s->callback, sizeof(s->callback), "%s", o->callback);
		s->outbox_running = pthread_create(&s->outbox, NULL, outbox_main, s) == 0;
	}
	if (st != RSP_OK) {
		smdpp_service_stop(s);
		return st;
	}
	*out = s;
	return RSP_OK;
}

unsigned
smdpp_service_port(const struct smdpp_service *s)
{
	return http_server_port(s->es9p);
}

unsigned
smdpp_service_es2plus_port(const struct smdpp_service *s)
{
	return s->es2p ? http_server_port(s->es2p) : 0;
}

void
smdpp_service_stop(struct smdpp_service *s)
{
	if (!s)
		return;
	if (s->outbox_running) {
		pthread_mutex_lock(&s->lock);
		s->stop = true;
		pthread_cond_signal(&s->wake);
		pthread_mutex_unlock(&s->lock);
		pthread_join(s->outbox, NULL);
	}
	http_server_stop(s->es2p, 3000);
	http_server_stop(s->es9p, 3000);
	free(s);
}
