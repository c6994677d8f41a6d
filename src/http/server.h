// SPDX-License-Identifier: BSD-2-Clause
/*
 * An HTTP/1.1 server over TLS: event loops do TLS and framing and never wait, a pool of workers runs the handler, replies go back to the connection's own
 * loop. Strict about framing; one absolute deadline a stage; honest 503 when there is too much.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/buf.h"
#include "pki/pki.h"

struct http_request {
	const char *method, *path;         /* path without query */
	struct bytes headers;              /* the raw block, for http_header */
	struct bytes body;
	struct bytes client_cert;          /* DER, absent without mutual TLS; verified, now or when the session that is resumed began */
	struct http_later *later;          /* for a reply that waits for something; NULL: it may not */
};

struct http_reply {
	unsigned status;
	const char *content_type;          /* NULL: none */
	const char *extra;                 /* further header lines, each with CRLF; NULL: none */
	struct bytes body;                 /* in the arena of c */
	bool later;                        /* complete, but it leaves only when http_later_done says so; c lives until then */
};

/*
 * What a reply waited for is there (from any thread, once, even before the handler has returned): it leaves; or it failed, and the handler runs again
 * with req->later NULL.
 */
void http_later_done(struct http_later *later, bool good);

/* Runs in a worker; c is reset after each request, when its reply has left the handler for good. */
typedef void http_handler(void *arg, struct rsp_ctx *c, const struct http_request *req, struct http_reply *reply);

enum http_client_auth { HTTP_CLIENT_NONE, HTTP_CLIENT_OPTIONAL, HTTP_CLIENT_REQUIRED };

struct http_server_options {
	const char *listen;                /* "HOST:PORT", "[::1]:0"; port 0: one is chosen */
	const struct pki_identity *identity;   /* NULL: plain HTTP */
	enum http_client_auth client_auth;
	const struct pki_cert *const *client_ca; size_t n_client_ca;
	http_handler *handler; void *arg;
	bool (*quick)(void *arg, const char *path);   /* the handler does not wait for anything with this path: no worker is needed. NULL: it may */
	struct crypto *crypto;             /* for the workers' contexts */
	int64_t fixed_now;                 /* the workers' clock; 0: the machine's */
	unsigned workers, loops;           /* 0: 16 a core, one a core */
	size_t body_limit;                 /* 0: 1 MiB; above: 413, before the body is read when its length is announced */
	/*
	 * 0: 4096. As many again are let in to be told 503 as soon as their header is there; beyond that the door is shut. The process's soft limit of
	 * open files is raised towards what this needs.
	 */
	unsigned connections;
	unsigned queue;                    /* requests that wait for a worker; 0: 1024; above: 503, and the connection stays */
	/*
	 * Each stage ends this long after it began, whatever arrives meanwhile. 0: 10 s, 10 s, 20 s, 20 s, 75 s. A connection that has not yet asked
	 * anything is idle for header_ms at most.
	 */
	unsigned handshake_ms, header_ms, body_ms, reply_ms, idle_ms;
};

struct http_server;
/* IO with a sentence when it cannot listen. */
RSP_MUST_USE enum rsp_status http_server_start(struct rsp_ctx *c, const struct http_server_options *o, struct http_server **out);
unsigned http_server_port(const struct http_server *s);

/*
 * Another certificate, other clients' CAs: identity, client_auth and client_ca of o hold for connections from now on; older ones keep what they began
 * with, and their tickets no longer resume. Nothing of o is needed afterwards. From any thread.
 * STATE: plain HTTP, or no identity. IO: certificate and key cannot be used. Then all stays as it was.
 */
RSP_MUST_USE enum rsp_status http_server_reload(struct http_server *s, struct rsp_ctx *c, const struct http_server_options *o);

struct http_stats {
	uint64_t accepted, requests;       /* connections; requests that were given to the workers */
	uint64_t refused_503;              /* too many connections or requests, told or not */
	uint64_t bad_400, too_large_413;   /* the latter with 414 and 431 */
	uint64_t timeouts_408;             /* header or body too slow, or the reply not taken in time */
	uint64_t tls_failures;             /* handshakes that failed or took too long */
	unsigned connections, queued;      /* of the moment */
};
/* From any thread. */
void http_server_stats(const struct http_server *s, struct http_stats *out);

/*
 * The beginning of the end: the port is closed, idle connections too, requests at work are answered with "Connection: close". Does not wait; safe in a
 * signal handler. http_server_stop follows.
 */
void http_server_drain(struct http_server *s);
/* Drains; requests at work have ms to finish; then everything ends and is freed. */
void http_server_stop(struct http_server *s, unsigned ms);
/* The value of a header, without blanks around it; absent when there is none. Names do not care for case. */
struct bytes http_header(const struct http_request *req, const char *name);

#endif
