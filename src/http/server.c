// SPDX-License-Identifier: BSD-2-Clause
#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "http/impl.h"

/* ---- listening ---- */

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from, int len, void *arg)
{
	(void)l;
	(void)from;
	(void)len;
	conn_accepted(arg, fd);
}

/* No descriptor left, mostly. The socket stays readable: without a pause the loop would do nothing but fail. */
static void
on_accept_error(struct evconnlistener *l, void *arg)
{
	const struct timeval pause = {0, 100 * 1000};
	struct http_server *s = arg;

	log_line(LOG_WARN, "no connection can be accepted: %s", strerror(errno));
	evconnlistener_disable(l);
	evtimer_add(s->retry, &pause);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct http_server *s = arg;

	(void)fd;
	(void)what;
	if (s->listener)
		evconnlistener_enable(s->listener);
}

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
	s->retry = evtimer_new(s->loop[0].base, on_retry, s);
	s->listener = evconnlistener_new_bind(s->loop[0].base, on_accept, s, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC, 511,
		a->ai_addr, (int)a->ai_addrlen);
	freeaddrinfo(a);
	if (!s->listener || !s->retry)
		return rsp_fail(c, RSP_IO, "cannot listen on %s: %s", s->o.listen, strerror(errno));
	evconnlistener_set_error_cb(s->listener, on_accept_error);
	if (getsockname(evconnlistener_get_fd(s->listener), (struct sockaddr *)&bound, &n) == 0)
		s->port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port : ((struct sockaddr_in *)&bound)->sin_port);
	return RSP_OK;
}

/* ---- starting ---- */

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
	OR(queue, 1024);
	OR(handshake_ms, 10000);
	OR(header_ms, 10000);
	OR(body_ms, 20000);
	OR(reply_ms, 20000);
	OR(idle_ms, 75000);
}

/* The soft limit of 1024 that shells give would be reached long before the cap. */
static void
raise_file_limit(unsigned connections)
{
	const rlim_t want = 2 * (rlim_t)connections + 256;
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= want || r.rlim_cur == r.rlim_max)
		return;
	r.rlim_cur = r.rlim_max < want ? r.rlim_max : want;
	setrlimit(RLIMIT_NOFILE, &r);
}

static struct http_server *
new_server(const struct http_server_options *o)
{
	struct http_server *s = calloc(1, sizeof(*s));
	pthread_condattr_t a;

	if (!s)
		return NULL;
	s->o = *o;
	defaults(&s->o);
	s->last = &s->first;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&a);
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	pthread_cond_init(&s->none_left, &a);
	pthread_condattr_destroy(&a);
	return s;
}

enum rsp_status
http_server_start(struct rsp_ctx *c, const struct http_server_options *o, struct http_server **out)
{
	struct http_server *s = new_server(o);
	enum rsp_status st;

	if (!s)
		return rsp_fail(c, RSP_NOMEM, "no memory for a server");
	raise_file_limit(s->o.connections);
	st = loops_make(c, s);
	if (st == RSP_OK && o->identity)
		st = tls_context(c, o, &s->tls);
	if (st == RSP_OK)
		st = start_listening(c, s);
	if (st == RSP_OK)
		st = workers_start(c, s);
	if (st == RSP_OK)
		st = loops_start(c, s);
	if (st != RSP_OK) {
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

/* ---- while it runs ---- */

enum rsp_status
http_server_reload(struct http_server *s, struct rsp_ctx *c, const struct http_server_options *o)
{
	struct http_server_options own = s->o;
	SSL_CTX *made = NULL, *old;
	enum rsp_status st;

	own.identity = o->identity;
	own.client_auth = o->client_auth;
	own.client_ca = o->client_ca;
	own.n_client_ca = o->n_client_ca;
	if (!s->o.identity || !o->identity)
		return rsp_fail(c, RSP_STATE, "a server over TLS stays one, a plain one stays plain");
	if ((st = tls_context(c, &own, &made)) != RSP_OK)
		return st;
	pthread_mutex_lock(&s->lock);
	old = s->tls;
	s->tls = made;
	pthread_mutex_unlock(&s->lock);
	SSL_CTX_free(old);
	return RSP_OK;
}

void
http_server_stats(const struct http_server *s, struct http_stats *out)
{
#define COPY(what) out->what = atomic_load_explicit(&s->count.what, memory_order_relaxed)
	COPY(accepted);
	COPY(requests);
	COPY(refused_503);
	COPY(bad_400);
	COPY(too_large_413);
	COPY(timeouts_408);
	COPY(tls_failures);
	out->connections = atomic_load(&s->n_conns);
	out->queued = atomic_load(&s->queued);
}

/* ---- ending ---- */

void
http_server_drain(struct http_server *s)
{
	unsigned i;

	atomic_store(&s->draining, true);
	for (i = 0; i < s->n_loops; i++)
		loop_ring(&s->loop[i]);
}

static void
wait_until_none_left(struct http_server *s, unsigned ms)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += ms / 1000;
	end.tv_nsec += (long)(ms % 1000) * 1000000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&s->lock);
	while (atomic_load(&s->n_conns) && pthread_cond_timedwait(&s->none_left, &s->lock, &end) == 0)
		;
	pthread_mutex_unlock(&s->lock);
}

void
http_server_stop(struct http_server *s, unsigned ms)
{
	if (!s)
		return;
	http_server_drain(s);
	wait_until_none_left(s, ms);
	workers_end(s);
	loops_end(s);
	SSL_CTX_free(s->tls);
	pthread_cond_destroy(&s->none_left);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
