// SPDX-License-Identifier: BSD-2-Clause
/* Inside http/. */
#ifndef HTTP_IMPL_H
#define HTTP_IMPL_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/listener.h>
#include <http_parser.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "http/server.h"

#define HEADER_MAX 16384
#define LINGER_MS 1000

struct conn;

/*
 * A loop's own thread alone touches its base, its connections and all that hangs on them, so libevent needs no locks. Whoever has something for a
 * loop, a new connection or a request answered, posts it and rings.
 */
struct loop {
	struct http_server *server;
	struct event_base *base;
	pthread_t thread;
	bool running, drained;
	int bell;                          /* eventfd */
	struct event *rung;
	_Atomic(struct conn *) posted;     /* newest first */
	struct conn *conns;
};

/* LINGER: all is said; what the peer still sends is thrown away for a moment, so that it can read our last word. */
enum stage { STAGE_NEW, STAGE_HANDSHAKE, STAGE_IDLE, STAGE_HEADER, STAGE_BODY, STAGE_WORK, STAGE_REPLY, STAGE_CLOSING, STAGE_LINGER };

struct conn {
	struct http_server *server;
	struct loop *loop;
	evutil_socket_t fd;
	struct bufferevent *bev;
	SSL *ssl;                          /* the bufferevent's; NULL: plain */
	enum stage stage;
	uint64_t due, alarm_at;            /* the stage ends by itself at due; the alarm goes off at alarm_at, perhaps too early */
	struct event alarm;
	struct conn *prev, *next;          /* of its loop */
	struct conn *posted_next;
	atomic_bool dead;                  /* the peer has gone while the workers have the request */
	bool eof, paused, overload, served;
	bool close_after, linger;
	http_parser parser;
	bool complete;
	unsigned refusal;                  /* the status that framing ends with */
	unsigned matched;                  /* octets of CR LF CR LF seen */
	struct buf head, body;             /* raw header block; decoded body */
	char method[16], path[512];
	struct bytes client_cert;          /* malloc'd */
	struct conn *queue_next;           /* in the workers' queue */
	struct buf reply;                  /* made by the worker */
	struct context *context;           /* held until a reply that waits may leave */
	atomic_int later;                  /* who is still to come: the handler, and what it waits for */
	bool later_good, again;
};

/* A context for one request at a time, of a pool: the last one given back is taken first. */
struct context { struct context *next; struct rsp_ctx c; };

struct worker {
	struct http_server *server;
	pthread_t thread;
	sem_t go;
	struct conn *job;                  /* NULL when told to go: the end */
	struct worker *idle_next;
};

struct counters { atomic_uint_fast64_t accepted, requests, refused_503, bad_400, too_large_413, timeouts_408, tls_failures; };
#define COUNT(server, what) atomic_fetch_add_explicit(&(server)->count.what, 1, memory_order_relaxed)

struct http_server {
	struct http_server_options o;
	pthread_mutex_t lock;              /* tls, the queue, the idle workers */
	SSL_CTX *tls;
	struct evconnlistener *listener;   /* loop 0's, as retry is */
	struct event *retry;
	unsigned port;
	struct loop *loop; unsigned n_loops, next_loop;
	struct worker *worker; unsigned n_workers;
	struct worker *idle;               /* the last to finish first: its memory is warm */
	struct conn *first, **last;        /* queue of complete requests */
	atomic_uint queued, n_conns;
	struct context *contexts;
	atomic_uint waiting;               /* replies that wait */
	bool stopping;
	pthread_cond_t none_left;          /* no connection */
	atomic_bool draining, ending;
	struct counters count;
};

/* tls.c */
RSP_MUST_USE enum rsp_status tls_context(struct rsp_ctx *c, const struct http_server_options *o, SSL_CTX **out);
/* A new session under the context of the moment; NULL: plain, or no memory (*failed). */
SSL *tls_session(struct http_server *s, bool *failed);
/* loop.c */
RSP_MUST_USE enum rsp_status loops_make(struct rsp_ctx *c, struct http_server *s);
RSP_MUST_USE enum rsp_status loops_start(struct rsp_ctx *c, struct http_server *s);
void loop_post(struct loop *l, struct conn *k);
void loop_ring(struct loop *l);
void loops_end(struct http_server *s);  /* joined, connections closed, all freed */
/* worker.c */
RSP_MUST_USE enum rsp_status workers_start(struct rsp_ctx *c, struct http_server *s);
bool workers_take(struct http_server *s, struct conn *k);   /* false: the queue is full */
void workers_end(struct http_server *s);
void request_serve(struct conn *k);          /* the handler, in this thread */
/* conn.c */
void conn_accepted(struct http_server *s, evutil_socket_t fd);
void conn_posted(struct conn *k);      /* in its loop: it is new, or the worker is done */
void conn_drain(struct conn *k);       /* closed unless a request is there */
void conn_enter(struct conn *k, enum stage stage);
void conn_forget_request(struct conn *k);
void conn_end(struct conn *k);         /* all is said */
void conn_close(struct conn *k);
/* exchange.c */
void exchange_read(struct bufferevent *bev, void *conn);
void exchange_written(struct bufferevent *bev, void *conn);
void exchange_answered(struct conn *k);
void exchange_refuse(struct conn *k, unsigned status);   /* a request that was not read whole */
/* frame.c: strict framing of one request out of what has arrived */
enum frame { FRAME_MORE, FRAME_READY, FRAME_REFUSED };
enum frame frame_feed(struct conn *k, struct evbuffer *in);
void frame_reset(struct conn *k);
/* reply.c */
void reply_write(struct conn *k, unsigned status, const struct http_reply *r, bool close_after);
bool header_named(struct bytes line, const char *name);

#endif
