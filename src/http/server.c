// SPDX-License-Identifier: BSD-2-Clause
#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/thread.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "http/impl.h"

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from, int len, void *arg)
{
	(void)l;
	(void)from;
	(void)len;
	conn_accepted(arg, fd);
}

static void *
loop_main(void *arg)
{
	event_base_loop(((struct loop *)arg)->base, EVLOOP_NO_EXIT_ON_EMPTY);
	return NULL;
}

/* ---- workers ---- */

static void
answered(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	conn_answered(arg);
}

static void
serve(struct http_server *s, struct rsp_ctx *c, struct conn *k)
{
	const struct http_request req = {k->method, k->path, buf_bytes(&k->head), buf_bytes(&k->body), k->client_cert};
	const struct timeval now = {0, 0};
	struct http_reply reply = {.status = 500};

	c->now = s->o.fixed_now ? s->o.fixed_now : time_wall();
	s->o.handler(s->o.arg, c, &req, &reply);
	reply_write(k, reply.status, &reply, !http_should_keep_alive(&k->parser) || atomic_load(&s->draining));
	if (k->reply.bad) {
		buf_free(&k->reply);
		reply_write(k, 500, NULL, true);
	}
	rsp_ctx_reset(c);
	event_base_once(k->loop->base, -1, EV_TIMEOUT, answered, k, &now);
}

static void *
worker_main(void *arg)
{
	struct http_server *s = arg;
	struct rsp_ctx c;
	struct conn *k;

	if (rsp_ctx_init(&c, s->o.crypto, 0) != RSP_OK)
		return NULL;
	pthread_mutex_lock(&s->lock);
	while (!s->stopping) {
		k = s->first;
		if (!k) {
			pthread_cond_wait(&s->work, &s->lock);
			continue;
		}
		s->first = k->queue_next;
		if (!s->first)
			s->last = &s->first;
		s->queued--;
		pthread_mutex_unlock(&s->lock);
		serve(s, &c, k);
		pthread_mutex_lock(&s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	rsp_ctx_free(&c);
	return NULL;
}

/* ---- starting ---- */

static enum rsp_status
resolve(struct rsp_ctx *c, const char *listen, struct addrinfo **out)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	const char *colon = strrchr(listen, ':');
	char *host = colon ? rsp_sprintf(c, "%.*s", (int)(colon - listen), listen) : NULL;

	if (!host || !*host || !colon[1])
		return rsp_fail(c, RSP_MALFORMED, "listen: want HOST:PORT, have '%s'", listen);
	if (*host == '[' && host[strlen(host) - 1] == ']') {
		host[strlen(host) - 1] = '\0';
		host++;
	}
	if (getaddrinfo(host, colon + 1, &hints, out) != 0)
		return rsp_fail(c, RSP_IO, "listen: '%s' is no address of this machine", listen);
	return RSP_OK;
}

static enum rsp_status
start_listening(struct rsp_ctx *c, struct http_server *s)
{
	struct addrinfo *a = NULL;
	struct sockaddr_storage bound;
	socklen_t n = sizeof(bound);
	enum rsp_status st = resolve(c, s->o.listen, &a);

	if (st != RSP_OK)
		return st;
	s->listener = evconnlistener_new_bind(s->loop[0].base, on_accept, s, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC |
		LEV_OPT_THREADSAFE, 511, a->ai_addr, (int)a->ai_addrlen);
	freeaddrinfo(a);
	if (!s->listener)
		return rsp_fail(c, RSP_IO, "cannot listen on %s: %s", s->o.listen, strerror(errno));
	if (getsockname(evconnlistener_get_fd(s->listener), (struct sockaddr *)&bound, &n) == 0)
		s->port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port : ((struct sockaddr_in *)&bound)->sin_port);
	return RSP_OK;
}

static void
defaults(struct http_server_options *o)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned n = cores > 0 ? (unsigned)cores : 1;

#define OR(member, value) o->member = o->member ? o->member : (value)
	OR(loops, n);
	OR(workers, 16 * n);
	OR(body_limit, 1 << 20);
	OR(connections, 4096);
	OR(handshake_ms, 10000);
	OR(header_ms, 10000);
	OR(body_ms, 20000);
	OR(reply_ms, 20000);
	OR(idle_ms, 75000);
}

static void
free_server(struct http_server *s)
{
	unsigned i;

	if (s->listener)
		evconnlistener_free(s->listener);
	for (i = 0; s->loop && i < s->n_loops; i++)
		if (s->loop[i].base)
			event_base_free(s->loop[i].base);
	SSL_CTX_free(s->tls);
	free(s->loop);
	free(s->worker);
	free(s);
}

static enum rsp_status
start_threads(struct rsp_ctx *c, struct http_server *s)
{
	unsigned i;

	for (i = 0; i < s->o.workers; i++, s->n_workers++)
		if (pthread_create(&s->worker[i], NULL, worker_main, s) != 0)
			return rsp_fail(c, RSP_NOMEM, "no thread for a worker");
	for (i = 0; i < s->n_loops; i++) {
		if (pthread_create(&s->loop[i].thread, NULL, loop_main, &s->loop[i]) != 0)
			return rsp_fail(c, RSP_NOMEM, "no thread for an event loop");
		s->loop[i].running = true;
	}
	return RSP_OK;
}

enum rsp_status
http_server_start(struct rsp_ctx *c, const struct http_server_options *o, struct http_server **out)
{
	struct http_server *s = calloc(1, sizeof(*s));
	enum rsp_status st = RSP_OK;
	unsigned i;

	if (!s)
		return rsp_fail(c, RSP_NOMEM, "no memory for a server");
	evthread_use_pthreads();
	s->o = *o;
	defaults(&s->o);
	s->last = &s->first;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->work, NULL);
	pthread_cond_init(&s->idle, NULL);
	s->n_loops = s->o.loops;
	s->loop = calloc(s->n_loops, sizeof(*s->loop));
	s->worker = calloc(s->o.workers, sizeof(*s->worker));
	for (i = 0; s->loop && i < s->n_loops; i++)
		s->loop[i].base = event_base_new();
	if (!s->loop || !s->worker || !s->loop[s->n_loops - 1].base)
		st = rsp_fail(c, RSP_NOMEM, "no memory for a server");
	if (st == RSP_OK && o->identity)
		st = tls_context(c, o, &s->tls);
	if (st == RSP_OK)
		st = start_listening(c, s);
	if (st != RSP_OK) {
		free_server(s);
		return st;
	}
	if ((st = start_threads(c, s)) != RSP_OK) {
		http_server_stop(s, 0);
		return st;
	}
	*out = s;
	return RSP_OK;
}

unsigned
http_server_port(const struct http_server *s)
{
	return s->port;
}

/* ---- ending ---- */

static bool
all_idle(const struct http_server *s)
{
	const struct conn *k;

	for (k = s->conns; k; k = k->next)
		if (k->stage != STAGE_IDLE && k->stage != STAGE_HANDSHAKE)
			return false;
	return true;
}

static void
wait_until_idle(struct http_server *s, unsigned ms)
{
	uint64_t end = time_monotonic_us() + (uint64_t)ms * 1000;
	bool idle = false;

	while (!idle && time_monotonic_us() < end) {
		pthread_mutex_lock(&s->lock);
		idle = all_idle(s) && !s->queued;
		pthread_mutex_unlock(&s->lock);
		if (!idle)
			usleep(2000);
	}
}

/* What was posted to a loop that has ended: replies first, then what closing left to be freed. */
static void
turn_loops(struct http_server *s)
{
	unsigned i;

	for (i = 0; i < s->n_loops; i++)
		event_base_loop(s->loop[i].base, EVLOOP_NONBLOCK);
}

void
http_server_stop(struct http_server *s, unsigned ms)
{
	unsigned i;

	if (!s)
		return;
	atomic_store(&s->draining, true);
	if (s->listener)
		evconnlistener_disable(s->listener);
	wait_until_idle(s, ms);
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_cond_broadcast(&s->work);
	pthread_mutex_unlock(&s->lock);
	for (i = 0; i < s->n_workers; i++)
		pthread_join(s->worker[i], NULL);
	for (i = 0; i < s->n_loops; i++)
		if (s->loop[i].running) {
			event_base_loopbreak(s->loop[i].base);
			pthread_join(s->loop[i].thread, NULL);
		}
	turn_loops(s);
	while (s->conns) {
		s->conns->stage = STAGE_IDLE;
		conn_close(s->conns);
	}
	turn_loops(s);
	free_server(s);
}
