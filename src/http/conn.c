// SPDX-License-Identifier: BSD-2-Clause
/* One connection, in its own loop: stages with a deadline each, how it begins and how it ends. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/time.h"
#include "http/impl.h"

/* ---- deadlines ---- */

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned
stage_ms(const struct conn *k, enum stage stage)
{
	const struct http_server_options *o = &k->server->o;

	switch (stage) {
	case STAGE_HANDSHAKE:
		return o->handshake_ms;
	case STAGE_IDLE:
		return k->served ? o->idle_ms : least(o->idle_ms, o->header_ms);
	case STAGE_HEADER:
		return o->header_ms;
	case STAGE_BODY:
		return o->body_ms;
	case STAGE_REPLY:
	case STAGE_CLOSING:
		return o->reply_ms;
	case STAGE_LINGER:
		return least(LINGER_MS, o->reply_ms);
	default:
		return 0;
	}
}

static void
set_alarm(struct conn *k, uint64_t now)
{
	uint64_t left = k->due > now ? k->due - now : 0;
	const struct timeval tv = {(time_t)(left / 1000000), (suseconds_t)(left % 1000000)};

	k->alarm_at = k->due;
	evtimer_add(&k->alarm, &tv);
}

/* Deadlines move several times a request, nearly always further away: so the alarm is set only when it would be too late, and asks again when early. */
void
conn_enter(struct conn *k, enum stage stage)
{
	unsigned ms = stage_ms(k, stage);
	uint64_t now = ms ? time_monotonic_us() : 0;

	k->stage = stage;
	k->due = ms ? now + (uint64_t)ms * 1000 : UINT64_MAX;
	if (k->due < k->alarm_at)
		set_alarm(k, now);
}

/* ---- the end ---- */

static void
unlink_conn(struct conn *k)
{
	struct http_server *s = k->server;

	if (k->prev)
		k->prev->next = k->next;
	else
		k->loop->conns = k->next;
	if (k->next)
		k->next->prev = k->prev;
	if (atomic_fetch_sub(&s->n_conns, 1) == 1) {
		pthread_mutex_lock(&s->lock);
		pthread_cond_broadcast(&s->none_left);
		pthread_mutex_unlock(&s->lock);
	}
}

void
conn_forget_request(struct conn *k)
{
	buf_free(&k->head);
	buf_free(&k->body);
	buf_free(&k->reply);
}

/* close_notify, when there is a session to end and a thread that SIGPIPE cannot hurt. */
static void
say_goodbye(struct conn *k)
{
	if (k->ssl && SSL_is_init_finished(k->ssl) && !atomic_load(&k->server->ending))
		SSL_shutdown(k->ssl);
	ERR_clear_error();
}

/* Workers may hold the request: then it is freed when they are done. */
void
conn_close(struct conn *k)
{
	if (k->stage == STAGE_WORK) {
		atomic_store(&k->dead, true);
		bufferevent_disable(k->bev, EV_READ | EV_WRITE);
		return;
	}
	unlink_conn(k);
	if (k->bev) {
		event_del(&k->alarm);
		say_goodbye(k);
		bufferevent_free(k->bev);
	} else {
		evutil_closesocket(k->fd);
	}
	conn_forget_request(k);
	free((void *)(uintptr_t)k->client_cert.p);
	free(k);
}

/* With octets unread a close would be a reset, and the peer might never see why. */
void
conn_end(struct conn *k)
{
	if ((!k->linger && !k->paused) || k->eof) {
		conn_close(k);
		return;
	}
	bufferevent_enable(k->bev, EV_READ);
	say_goodbye(k);
	shutdown(k->fd, SHUT_WR);
	conn_enter(k, STAGE_LINGER);
}

/* A request may be in the socket already: it is answered. */
void
conn_drain(struct conn *k)
{
	char octet;

	if (k->stage == STAGE_IDLE && recv(k->fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) == 1)
		return;
	if (k->stage == STAGE_IDLE || k->stage == STAGE_HANDSHAKE || k->stage == STAGE_LINGER)
		conn_close(k);
}

/* ---- events ---- */

static void
keep_client_certificate(struct conn *k)
{
	X509 *x = k->ssl ? SSL_get1_peer_certificate(k->ssl) : NULL;
	unsigned char *der = NULL;
	int n = x ? i2d_X509(x, &der) : 0;
	uint8_t *copy = n > 0 ? malloc((size_t)n) : NULL;

	if (copy)
		k->client_cert = bytes_of(memcpy(copy, der, (size_t)n), (size_t)n);
	OPENSSL_free(der);
	X509_free(x);
}

static void
on_eof(struct conn *k)
{
	k->eof = true;
	if (k->stage == STAGE_HEADER || k->stage == STAGE_BODY)
		exchange_refuse(k, 400);
	else if (k->stage == STAGE_IDLE || k->stage == STAGE_HANDSHAKE || k->stage == STAGE_LINGER)
		conn_close(k);
}

/* Over TLS an end without close_notify is no end but a break. */
static bool
broken(const struct conn *k, short what)
{
	return what & BEV_EVENT_ERROR || (k->ssl && !(SSL_get_shutdown(k->ssl) & SSL_RECEIVED_SHUTDOWN));
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *k = arg;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED) {
		keep_client_certificate(k);
		conn_enter(k, STAGE_IDLE);
		return;
	}
	if (k->stage == STAGE_HANDSHAKE)
		COUNT(k->server, tls_failures);
	if (broken(k, what))
		conn_close(k);
	else if (what & BEV_EVENT_EOF)
		on_eof(k);
}

/* Too slow: said while something can still be said, otherwise simply over. */
static void
too_slow(struct conn *k)
{
	if (k->stage == STAGE_HEADER || k->stage == STAGE_BODY) {
		exchange_refuse(k, 408);
		return;
	}
	if (k->stage == STAGE_HANDSHAKE)
		COUNT(k->server, tls_failures);
	else if (k->stage == STAGE_REPLY || k->stage == STAGE_CLOSING)
		COUNT(k->server, timeouts_408);
	conn_close(k);
}

static void
on_alarm(evutil_socket_t fd, short what, void *arg)
{
	struct conn *k = arg;
	uint64_t now = time_monotonic_us();

	(void)fd;
	(void)what;
	k->alarm_at = UINT64_MAX;
	if (now >= k->due)
		too_slow(k);
	else if (k->due != UINT64_MAX)
		set_alarm(k, now);
}

/* ---- the beginning ---- */

static struct bufferevent *
make_bufferevent(struct conn *k)
{
	bool failed;

	k->ssl = tls_session(k->server, &failed);
	if (failed)
		return NULL;
	if (!k->ssl)
		return bufferevent_socket_new(k->loop->base, k->fd, BEV_OPT_CLOSE_ON_FREE);
	return bufferevent_openssl_socket_new(k->loop->base, k->fd, k->ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
}

static void
begin(struct conn *k)
{
	k->next = k->loop->conns;
	if (k->next)
		k->next->prev = k;
	k->loop->conns = k;
	if (!atomic_load(&k->server->draining))
		k->bev = make_bufferevent(k);
	if (!k->bev) {
		conn_close(k);
		return;
	}
	evtimer_assign(&k->alarm, k->loop->base, on_alarm, k);
	k->due = k->alarm_at = UINT64_MAX;
	if (k->ssl)
		bufferevent_openssl_set_allow_dirty_shutdown(k->bev, 1);
	bufferevent_setcb(k->bev, exchange_read, exchange_written, on_event, k);
	conn_enter(k, k->ssl ? STAGE_HANDSHAKE : STAGE_IDLE);
	bufferevent_enable(k->bev, EV_READ | EV_WRITE);
}

void
conn_posted(struct conn *k)
{
	if (k->stage == STAGE_NEW)
		begin(k);
	else
		exchange_answered(k);
}

void
conn_accepted(struct http_server *s, evutil_socket_t fd)
{
	unsigned n = atomic_load(&s->n_conns);
	struct conn *k = n < 2 * s->o.connections ? calloc(1, sizeof(*k)) : NULL;
	const int on = 1;

	COUNT(s, accepted);
	if (!k) {
		COUNT(s, refused_503);
		evutil_closesocket(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	k->server = s;
	k->loop = &s->loop[s->next_loop++ % s->n_loops];
	k->fd = fd;
	k->overload = n >= s->o.connections;
	atomic_fetch_add(&s->n_conns, 1);
	loop_post(k->loop, k);
}
