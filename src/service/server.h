// SPDX-License-Identifier: BSD-2-Clause
/*
 * A process that serves a role over HTTPS: listeners for everybody, for clients with a certificate and for the administrator; a journal of recent
 * calls; counters; a clock that ticks once a second. What is served comes in as a struct service_part.
 */
#ifndef SERVICE_SERVER_H
#define SERVICE_SERVER_H

#include "base/json_out.h"
#include "http/server.h"
#include "pki/pki.h"

struct service_request {
	const char *path;
	struct bytes content_type, body;
	struct bytes client_cert;            /* absent: none was shown */
	bool in_process;                     /* no certificate is needed */
	bool full;                           /* no RSP session may begin: 503 */
	struct http_later *later;            /* the answer may wait for its commit; NULL: it is committed when the call returns */
};

struct service_answer {
	unsigned status;                     /* HTTP */
	const char *content_type;            /* NULL: none */
	struct bytes body;
	/* For the journal and the counters. */
	const char *function;                /* static; NULL: no function of the role */
	bool failed;                         /* a functional refusal, whose code is in the context's error */
	struct bytes transaction_id;
	bool later;                          /* it waits for its commit, of which http_later_done is told */
};

struct service_part {
	void *self;
	const char *name;                    /* "SM-DP+" */
	/* One request; c->error says why it failed. Runs in many threads. */
	void (*call)(void *self, struct rsp_ctx *c, const struct service_request *req, struct service_answer *a);
	/* Does a call with this path never wait, but for a commit that answers later? NULL: any may. */
	bool (*quick)(void *self, const char *path);
	/* Once a second, in a thread of its own. */
	void (*tick)(void *self, struct rsp_ctx *c);
	/* Is what it needs there? */
	RSP_MUST_USE enum rsp_status (*ping)(void *self, struct rsp_ctx *c);
	/* Lines of its own for /metrics. */
	void (*metrics)(void *self, struct buf *b);
	/* Administrator's pages of its own: JSON into the object that is open. False: there is no such page. */
	bool (*page)(void *self, struct rsp_ctx *c, const char *path, struct json_out *j);
	/* One setting at run time; the sentence in c->error when it cannot be. */
	RSP_MUST_USE enum rsp_status (*set)(void *self, struct rsp_ctx *c, const char *name, const char *value);
};

struct server_options {
	const char *listen;                  /* HTTPS; a client certificate is asked for, not demanded */
	const char *mutual_listen;           /* HTTPS, a client certificate is demanded; NULL: none */
	const char *admin_listen;            /* plain HTTP for the administrator, loopback only; NULL: none */
	const struct pki_identity *identity;
	const struct pki_cert *const *client_ca; size_t n_client_ca;
	int64_t fixed_now;                   /* 0: the machine's clock */
	unsigned workers, connections, queue;   /* 0: defaults of http/server.h */
	size_t body_limit;
	unsigned handshake_ms, header_ms, body_ms, reply_ms, idle_ms;
};

struct server;
/* crypto is c's; it and part must outlive the server. MALFORMED: the administrator's listener is no loopback address. */
RSP_MUST_USE enum rsp_status server_start(struct rsp_ctx *c, const struct service_part *part, const struct server_options *o, struct server **out);
unsigned server_port(const struct server *s);
unsigned server_mutual_port(const struct server *s);    /* 0: none */
unsigned server_admin_port(const struct server *s);
/* Other certificates for connections from now on. */
RSP_MUST_USE enum rsp_status server_reload(struct server *s, struct rsp_ctx *c, const struct server_options *o);
/* No new connections; what is at work ends within ms; then all is freed. NULL is fine. */
void server_stop(struct server *s, unsigned ms);

#endif
