// SPDX-License-Identifier: BSD-2-Clause
/* Requests and replies of one connection, one after the other. */
#include <openssl/err.h>
#include <sys/socket.h>

#include "http/impl.h"

/* ---- replies ---- */

static void take_input(struct conn *k);

/* What was sent stays in k->reply until all is out. */
static void
send_rest(struct conn *k, size_t from)
{
	evbuffer_add_reference(bufferevent_get_output(k->bev), k->reply.p + from, k->reply.n - from, NULL, NULL);
}

/* Most replies fit into the socket: then this is all, and the loop need not ask whether it may write. */
static size_t
send_now(struct conn *k)
{
	size_t done = 0;
	ssize_t n;

	while (done < k->reply.n && !evbuffer_get_length(bufferevent_get_output(k->bev))) {
		const uint8_t *p = k->reply.p + done;
		size_t left = k->reply.n - done;

		n = k->ssl ? SSL_write(k->ssl, p, (int)(left < INT32_MAX ? left : INT32_MAX)) : send(k->fd, p, left, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	ERR_clear_error();
	return done;
}

void
exchange_refuse(struct conn *k, unsigned status)
{
	struct http_server *s = k->server;

	if (status == 503)
		COUNT(s, refused_503);
	else if (status == 408)
		COUNT(s, timeouts_408);
	else if (status == 400 || status == 501)
		COUNT(s, bad_400);
	else
		COUNT(s, too_large_413);
	k->linger = true;
	reply_write(k, status, NULL, true);
	conn_enter(k, STAGE_CLOSING);
	send_rest(k, 0);
}

/* The request was read whole: the connection can stay. */
static void
refuse_for_now(struct conn *k)
{
	COUNT(k->server, refused_503);
	reply_write(k, 503, NULL, !http_should_keep_alive(&k->parser) || atomic_load(&k->server->draining));
	conn_enter(k, k->close_after ? STAGE_CLOSING : STAGE_REPLY);
	send_rest(k, 0);
}

/* The reply is out: the next request, or the end. */
static void
replied(struct conn *k)
{
	if (k->stage == STAGE_CLOSING) {
		conn_end(k);
		return;
	}
	k->served = true;
	conn_forget_request(k);
	conn_enter(k, STAGE_IDLE);
	if (k->paused)
		bufferevent_enable(k->bev, EV_READ);
	k->paused = false;
	take_input(k);
	if (k->stage == STAGE_IDLE && (k->eof || atomic_load(&k->server->draining)))
		conn_close(k);
	else if ((k->stage == STAGE_HEADER || k->stage == STAGE_BODY) && k->eof)
		exchange_refuse(k, 400);
}

void
exchange_answered(struct conn *k)
{
	size_t sent;

	conn_enter(k, k->close_after ? STAGE_CLOSING : STAGE_REPLY);
	if (atomic_load(&k->dead)) {
		conn_close(k);
		return;
	}
	sent = send_now(k);
	if (sent == k->reply.n)
		replied(k);
	else
		send_rest(k, sent);
}

/* ---- requests ---- */

static void
to_workers(struct conn *k)
{
	const struct http_server_options *o = &k->server->o;

	conn_enter(k, STAGE_WORK);
	if (o->quick && o->quick(o->arg, k->path)) {
		COUNT(k->server, requests);
		request_serve(k);
	} else if (workers_take(k->server, k)) {
		COUNT(k->server, requests);
	} else {
		refuse_for_now(k);
	}
}

static void
body_begins(struct conn *k)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	const struct http_request req = {.headers = buf_bytes(&k->head)};

	conn_enter(k, STAGE_BODY);
	if (!k->body.n && bytes_equal_str(http_header(&req, "Expect"), "100-continue"))
		bufferevent_write(k->bev, go_on, sizeof(go_on) - 1);
}

static void
take_input(struct conn *k)
{
	struct evbuffer *in = bufferevent_get_input(k->bev);
	enum stage before;
	enum frame f;

	if (k->stage == STAGE_IDLE && evbuffer_get_length(in)) {
		frame_reset(k);
		conn_enter(k, STAGE_HEADER);
	}
	if (k->stage != STAGE_HEADER && k->stage != STAGE_BODY)
		return;
	before = k->stage;
	f = frame_feed(k, in);
	if (f == FRAME_REFUSED)
		exchange_refuse(k, k->refusal);
	else if (k->overload && k->stage == STAGE_BODY)
		exchange_refuse(k, 503);
	else if (f == FRAME_READY)
		to_workers(k);
	else if (before != k->stage)
		body_begins(k);
}

void
exchange_read(struct bufferevent *bev, void *arg)
{
	struct conn *k = arg;
	struct evbuffer *in = bufferevent_get_input(bev);

	if (k->stage == STAGE_WORK || k->stage == STAGE_REPLY || (k->stage == STAGE_CLOSING && !k->linger)) {
		bufferevent_disable(bev, EV_READ);       /* one request at a time: the next waits in the socket */
		k->paused = true;
	} else if (k->stage == STAGE_CLOSING || k->stage == STAGE_LINGER) {
		evbuffer_drain(in, evbuffer_get_length(in));
	} else {
		take_input(k);
	}
}

void
exchange_written(struct bufferevent *bev, void *arg)
{
	struct conn *k = arg;

	if (!evbuffer_get_length(bufferevent_get_output(bev)) && (k->stage == STAGE_REPLY || k->stage == STAGE_CLOSING))
		replied(k);
}
