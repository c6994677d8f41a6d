// SPDX-License-Identifier: BSD-2-Clause
/* Inside http/. */
#ifndef HTTP_IMPL_H
#define HTTP_IMPL_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <http_parser.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "http/server.h"

#define HEADER_MAX 16384

struct loop { struct event_base *base; pthread_t thread; bool running; struct event *keep; };

enum stage { STAGE_HANDSHAKE, STAGE_IDLE, STAGE_HEADER, STAGE_BODY, STAGE_WORK, STAGE_REPLY, STAGE_CLOSING };

struct conn {
	struct http_server *server;
	struct loop *loop;
	struct bufferevent *bev;
	struct event *deadline;
	enum stage stage;
	struct conn *prev, *next;          /* all connections of the server, under its lock */
	bool dead;                         /* the peer has gone while a worker has the request */
	bool close_after;
	bool overload;
	http_parser parser;
	bool complete, bad, too_large;
	struct buf head, body;             /* raw header block; decoded body */
	size_t path_at, path_n;
	char method[16], path[512];
	struct bytes client_cert;          /* malloc'd */
	struct conn *queue_next;           /* in the workers' queue */
	struct buf reply;                  /* made by the worker */
};

struct http_server {
	struct http_server_options o;
	SSL_CTX *tls;
	struct evconnlistener *listener;
	unsigned port;
	struct loop *loop; unsigned n_loops, next_loop;
	pthread_t *worker; unsigned n_workers;
	pthread_mutex_t lock;              /* the queue and the list of connections */
	pthread_cond_t work, idle;
	struct conn *first, **last;        /* queue of complete requests */
	unsigned queued, n_conns;
	struct conn *conns;
	bool stopping;
	atomic_bool draining;
};

/* tls.c */
RSP_MUST_USE enum rsp_status tls_context(struct rsp_ctx *c, const struct http_server_options *o, SSL_CTX **out);
/* conn.c */
void conn_accepted(struct http_server *s, evutil_socket_t fd);
void conn_answered(struct conn *k);    /* in the connection's loop: the worker is done */
void conn_close(struct conn *k);
/* frame.c: strict framing of one request out of what has arrived */
enum frame { FRAME_MORE, FRAME_READY, FRAME_BAD, FRAME_TOO_LARGE };
enum frame frame_feed(struct conn *k, struct evbuffer *in);
void frame_reset(struct conn *k);
void reply_write(struct conn *k, unsigned status, const struct http_reply *r, bool close_after);

#endif
