// SPDX-License-Identifier: BSD-2-Clause
#include "service/server.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/time.h"
#include "service/admin.h"

/* ---- requests ---- */

#define ADMIN_PROTOCOL "X-Admin-Protocol: gsma/rsp/v2.6.0\r\n"

static void
say(const struct rsp_ctx *c, const struct service_request *req, const struct service_answer *a)
{
	const struct rsp_error *e = &c->error;

	if (a->status >= 500)
		log_line(LOG_ERROR, "%s: HTTP %u: %s", req->path, a->status, e->text);
	else
		log_line(LOG_INFO, "%s: HTTP %u %s%s%s %s", req->path, a->status, e->subject, e->reason[0] ? "/" : "", e->reason, e->text);
}

static void
handler(void *arg, struct rsp_ctx *c, const struct http_request *http, struct http_reply *reply)
{
	struct server *s = arg;
	const struct service_request req = {.path = http->path, .content_type = http_header(http, "Content-Type"), .body = http->body,
		.client_cert = http->client_cert, .later = http->later};
	struct service_answer a = {.status = 500};
	uint64_t began = time_monotonic_us();

	reply->extra = ADMIN_PROTOCOL;
	if (strcmp(http->method, "POST") != 0)
		a.status = 405;
	else
		s->part->call(s->part->self, c, &req, &a);
	reply->status = a.status;
	reply->content_type = a.body.n ? a.content_type : NULL;
	reply->body = a.body;
	reply->later = a.later;
	if (a.status == 405)
		reply->extra = ADMIN_PROTOCOL "Allow: POST\r\n";
	else if (a.status == 503)
		reply->extra = ADMIN_PROTOCOL "Retry-After: 1\r\n";
	journal_note(s->journal, c, &a, time_monotonic_us() - began);
	say(c, &req, &a);
}

static bool
quick(void *arg, const char *path)
{
	struct server *s = arg;

	return s->part->quick(s->part->self, path);
}

/* ---- the clock ---- */

static void *
tick_main(void *arg)
{
	struct server *s = arg;
	struct timespec until;
	struct rsp_ctx c;

	if (rsp_ctx_init(&c, s->crypto, 0) != RSP_OK)
		return NULL;
	pthread_mutex_lock(&s->lock);
	while (!s->stop) {
		pthread_mutex_unlock(&s->lock);
		c.now = s->o.fixed_now ? s->o.fixed_now : time_wall();
		s->part->tick(s->part->self, &c);
		rsp_ctx_reset(&c);
		pthread_mutex_lock(&s->lock);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += 1;
		if (!s->stop)
			pthread_cond_timedwait(&s->wake, &s->lock, &until);
	}
	pthread_mutex_unlock(&s->lock);
	rsp_ctx_free(&c);
	return NULL;
}

/* ---- starting and stopping ---- */

static struct http_server_options
http_options(const struct server *s, const struct server_options *o)
{
	return (struct http_server_options){.listen = o->listen, .identity = o->identity, .client_auth = HTTP_CLIENT_OPTIONAL, .client_ca = o->client_ca,
		.n_client_ca = o->n_client_ca, .handler = handler, .arg = (void *)(uintptr_t)s, .quick = s->part->quick ? quick : NULL, .crypto = s->crypto, .fixed_now = o->fixed_now,
		.workers = o->workers, .body_limit = o->body_limit, .connections = o->connections, .queue = o->queue, .handshake_ms = o->handshake_ms,
		.header_ms = o->header_ms, .body_ms = o->body_ms, .reply_ms = o->reply_ms, .idle_ms = o->idle_ms};
}

static bool
is_loopback(const char *listen)
{
	return strncmp(listen, "127.", 4) == 0 || strncmp(listen, "[::1]:", 6) == 0 || strncmp(listen, "localhost:", 10) == 0;
}

static enum rsp_status
start_admin(struct rsp_ctx *c, struct server *s)
{
	const struct http_server_options o = {.listen = s->o.admin_listen, .handler = admin_handler, .arg = s, .crypto = s->crypto, .fixed_now = s->o.fixed_now,
		.workers = 2, .loops = 1, .connections = 64, .body_limit = 65536};

	if (!s->o.admin_listen)
		return RSP_OK;
	if (!is_loopback(s->o.admin_listen))
		return rsp_fail(c, RSP_MALFORMED, "the administrator's listener: want a loopback address, have '%s'", s->o.admin_listen);
	return http_server_start(c, &o, &s->admin);
}

static enum rsp_status
start_listeners(struct rsp_ctx *c, struct server *s)
{
	struct http_server_options o = http_options(s, &s->o);
	enum rsp_status st = http_server_start(c, &o, &s->open);

	if (st == RSP_OK && s->o.mutual_listen) {
		o.listen = s->o.mutual_listen;
		o.client_auth = HTTP_CLIENT_REQUIRED;
		st = http_server_start(c, &o, &s->mutual);
	}
	return st == RSP_OK ? start_admin(c, s) : st;
}

enum rsp_status
server_start(struct rsp_ctx *c, const struct service_part *part, const struct server_options *o, struct server **out)
{
	struct server *s = calloc(1, sizeof(*s));
	enum rsp_status st = RSP_OK;

	if (!s || !(s->journal = journal_new())) {
		free(s);
		return rsp_fail(c, RSP_NOMEM, "no memory for a server");
	}
	s->part = part;
	s->o = *o;
	s->crypto = c->crypto;
	s->began = time_monotonic_us();
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	st = start_listeners(c, s);
	if (st == RSP_OK && part->tick) {
		s->ticking = pthread_create(&s->clock, NULL, tick_main, s) == 0;
		if (!s->ticking)
			st = rsp_fail(c, RSP_NOMEM, "no thread for the clock");
	}
	if (st != RSP_OK) {
		server_stop(s, 0);
		return st;
	}
	*out = s;
	return RSP_OK;
}

unsigned
server_port(const struct server *s)
{
	return http_server_port(s->open);
}

unsigned
server_mutual_port(const struct server *s)
{
	return s->mutual ? http_server_port(s->mutual) : 0;
}

unsigned
server_admin_port(const struct server *s)
{
	return s->admin ? http_server_port(s->admin) : 0;
}

enum rsp_status
server_reload(struct server *s, struct rsp_ctx *c, const struct server_options *o)
{
	struct http_server_options h = http_options(s, o);
	enum rsp_status st = http_server_reload(s->open, c, &h);

	h.client_auth = HTTP_CLIENT_REQUIRED;
	return st == RSP_OK && s->mutual ? http_server_reload(s->mutual, c, &h) : st;
}

void
server_stop(struct server *s, unsigned ms)
{
	if (!s)
		return;
	if (s->open)
		http_server_drain(s->open);
	if (s->mutual)
		http_server_drain(s->mutual);
	if (s->ticking) {
		pthread_mutex_lock(&s->lock);
		s->stop = true;
		pthread_cond_signal(&s->wake);
		pthread_mutex_unlock(&s->lock);
		pthread_join(s->clock, NULL);
	}
	http_server_stop(s->mutual, ms);
	http_server_stop(s->open, ms);
	http_server_stop(s->admin, 100);
	journal_free(s->journal);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->wake);
	free(s);
}
