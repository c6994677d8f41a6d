// SPDX-License-Identifier: BSD-2-Clause
/* One connection, in its own loop: stages with a deadline each, one request at a time. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "http/impl.h"

static void
arm(struct conn *k, enum stage stage)
{
	const struct http_server_options *o = &k->server->o;
	const unsigned ms[] = {[STAGE_HANDSHAKE] = o->handshake_ms, [STAGE_IDLE] = o->idle_ms, [STAGE_HEADER] = o->header_ms, [STAGE_BODY] = o->body_ms,
		[STAGE_WORK] = 0, [STAGE_REPLY] = o->reply_ms, [STAGE_CLOSING] = o->reply_ms};
	struct timeval tv = {ms[stage] / 1000, (suseconds_t)(ms[stage] % 1000) * 1000};

	k->stage = stage;
	if (ms[stage])
		evtimer_add(k->deadline, &tv);
	else
		evtimer_del(k->deadline);
}

static void
unlink_conn(struct conn *k)
{
	struct http_server *s = k->server;

	pthread_mutex_lock(&s->lock);
	if (k->prev)
		k->prev->next = k->next;
	else
		s->conns = k->next;
	if (k->next)
		k->next->prev = k->prev;
	s->n_conns--;
	pthread_cond_broadcast(&s->idle);
	pthread_mutex_unlock(&s->lock);
}

/* A worker may hold the request: then it is freed when the worker is done. */
void
conn_close(struct conn *k)
{
	if (k->stage == STAGE_WORK) {
		k->dead = true;
		bufferevent_disable(k->bev, EV_READ | EV_WRITE);
		return;
	}
	unlink_conn(k);
	if (k->deadline)
		event_free(k->deadline);
	bufferevent_free(k->bev);
	buf_free(&k->head);
	buf_free(&k->body);
	buf_free(&k->reply);
	free((void *)(uintptr_t)k->client_cert.p);
	free(k);
}

static void
send_reply(struct conn *k)
{
	arm(k, k->close_after ? STAGE_CLOSING : STAGE_REPLY);
	bufferevent_write(k->bev, k->reply.p, k->reply.n);
}

static void
refuse(struct conn *k, unsigned status)
{
	bufferevent_disable(k->bev, EV_READ);
	reply_write(k, status, NULL, true);
	send_reply(k);
}

static void
to_workers(struct conn *k)
{
	struct http_server *s = k->server;
	bool full;

	bufferevent_disable(k->bev, EV_READ);
	pthread_mutex_lock(&s->lock);
	full = s->queued >= s->o.connections || s->stopping;
	if (!full) {
		arm(k, STAGE_WORK);
		k->queue_next = NULL;
		*s->last = k;
		s->last = &k->queue_next;
		s->queued++;
		pthread_cond_signal(&s->work);
	}
	pthread_mutex_unlock(&s->lock);
	if (full)
		refuse(k, 503);
}

static void
take_input(struct conn *k)
{
	struct evbuffer *in = bufferevent_get_input(k->bev);
	enum stage before;
	enum frame f;

	if (k->stage == STAGE_IDLE && evbuffer_get_length(in)) {
		frame_reset(k);
		arm(k, STAGE_HEADER);
	}
	if (k->stage != STAGE_HEADER && k->stage != STAGE_BODY)
		return;
	before = k->stage;
	f = frame_feed(k, in);
	if (f == FRAME_BAD)
		refuse(k, 400);
	else if (f == FRAME_TOO_LARGE)
		refuse(k, 413);
	else if (f == FRAME_READY && k->overload)
		refuse(k, 503);
	else if (f == FRAME_READY)
		to_workers(k);
	else if (before != k->stage)
		arm(k, STAGE_BODY);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	take_input(arg);
}

/* The reply is out: the next request, or the end. */
static void
on_written(struct bufferevent *bev, void *arg)
{
	struct conn *k = arg;

	if (evbuffer_get_length(bufferevent_get_output(bev)))
		return;
	if (k->stage == STAGE_CLOSING) {
		conn_close(k);
		return;
	}
	if (k->stage != STAGE_REPLY)
		return;
	arm(k, STAGE_IDLE);
	if (atomic_load(&k->server->draining)) {
		conn_close(k);
		return;
	}
	bufferevent_enable(k->bev, EV_READ);
	take_input(k);
}

static void
keep_client_certificate(struct conn *k)
{
	SSL *ssl = bufferevent_openssl_get_ssl(k->bev);
	X509 *x = ssl ? SSL_get1_peer_certificate(ssl) : NULL;
	unsigned char *der = NULL;
	int n = x ? i2d_X509(x, &der) : 0;
	uint8_t *copy = n > 0 ? malloc((size_t)n) : NULL;

	if (copy)
		k->client_cert = bytes_of(memcpy(copy, der, (size_t)n), (size_t)n);
	OPENSSL_free(der);
	X509_free(x);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *k = arg;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED) {
		keep_client_certificate(k);
		arm(k, STAGE_IDLE);
		return;
	}
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT))
		conn_close(k);
}

/* Too slow: said while something can still be said, otherwise simply over. */
static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct conn *k = arg;

	(void)fd;
	(void)what;
	if (k->stage == STAGE_HEADER || k->stage == STAGE_BODY)
		refuse(k, 408);
	else
		conn_close(k);
}

void
conn_answered(struct conn *k)
{
	k->stage = STAGE_REPLY;
	if (k->dead) {
		conn_close(k);
		return;
	}
	send_reply(k);
}

struct handover { struct http_server *server; struct loop *loop; evutil_socket_t fd; bool overload; };

static struct bufferevent *
make_bufferevent(struct http_server *s, struct loop *loop, evutil_socket_t fd)
{
	SSL *ssl;

	if (!s->tls)
		return bufferevent_socket_new(loop->base, fd, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_THREADSAFE);
	ssl = SSL_new(s->tls);
	return ssl ? bufferevent_openssl_socket_new(loop->base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_THREADSAFE) : NULL;
}

static void
begin(evutil_socket_t unused, short what, void *arg)
{
	struct handover h = *(struct handover *)arg;
	struct conn *k = calloc(1, sizeof(*k));

	(void)unused;
	(void)what;
	free(arg);
	if (k)
		k->bev = make_bufferevent(h.server, h.loop, h.fd);
	if (!k || !k->bev) {
		free(k);
		evutil_closesocket(h.fd);
		return;
	}
	k->server = h.server;
	k->loop = h.loop;
	k->overload = h.overload;
	k->deadline = evtimer_new(h.loop->base, on_deadline, k);
	frame_reset(k);
	pthread_mutex_lock(&h.server->lock);
	k->next = h.server->conns;
	if (k->next)
		k->next->prev = k;
	h.server->conns = k;
	h.server->n_conns++;
	pthread_mutex_unlock(&h.server->lock);
	bufferevent_openssl_set_allow_dirty_shutdown(k->bev, 1);
	bufferevent_setcb(k->bev, on_read, on_written, on_event, k);
	arm(k, h.server->tls ? STAGE_HANDSHAKE : STAGE_IDLE);
	bufferevent_enable(k->bev, EV_READ | EV_WRITE);
}

void
conn_accepted(struct http_server *s, evutil_socket_t fd)
{
	struct handover *h = malloc(sizeof(*h));
	struct loop *loop = &s->loop[s->next_loop++ % s->n_loops];
	const struct timeval now = {0, 0};
	const int on = 1;
	unsigned n;

	pthread_mutex_lock(&s->lock);
	n = s->n_conns;
	pthread_mutex_unlock(&s->lock);
	if (!h || n >= 2 * s->o.connections) {
		free(h);
		evutil_closesocket(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	*h = (struct handover){s, loop, fd, n >= s->o.connections};
	if (event_base_once(loop->base, -1, EV_TIMEOUT, begin, h, &now) != 0) {
		free(h);
		evutil_closesocket(fd);
	}
}
