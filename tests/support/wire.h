// SPDX-License-Identifier: BSD-2-Clause
/*
 * ES9+ over real TLS, in the JSON binding or in ASN.1 (SGP.22 6.5, 6.6). A test speaks JSON in either case: what goes over the wire is translated here, and
 * an answer must be exactly what the function names, nothing more.
 */
#ifndef TESTS_SUPPORT_WIRE_H
#define TESTS_SUPPORT_WIRE_H

#include "support/probe.h"

#include "codec/es9p.h"
#include "http/client.h"

struct wire {
	bool der;
	const char *host;
	unsigned at;                     /* the server's port */
	struct http_client *client;
	struct http_port port;           /* for an LPA, or for probe_ask */
	unsigned http;                   /* status of the last answer */
	int error;                       /* number of the last refusal in ASN.1; 0: it was none */
	unsigned calls;
};

/* A client of p's laboratory, which has TLS. port 0: the laboratory's own listener, and the LPA of its card goes over the wire from here on. */
void wire_open(struct wire *w, struct probe *p, unsigned port, bool der);
void wire_close(struct wire *w);
/* "ok", "204", another HTTP status, or "subject/reason"; in ASN.1 a refusal is its number: "#6". out may be NULL. Everything is in c. */
const char *wire_ask(struct wire *w, struct rsp_ctx *c, enum es9p_function f, const struct es9p_request *r, struct es9p_response *out);
/* A body that is not ours to translate: to path, with this Content-Type (NULL: none). The HTTP status. */
unsigned wire_raw(struct wire *w, struct rsp_ctx *c, const char *path, const char *type, struct bytes body, struct bytes *answer);

/* The members of a JSON object are these, each once, in any order; names behind '?' may be missing. Separated by blanks. */
void assert_members(struct bytes json, const char *names);
/* A request octet by octet over TLS, and all that comes back: status line, header, body. It should say "Connection: close". */
char *wire_talk(struct wire *w, struct rsp_ctx *c, const char *request);

/* The four ways a row runs: two bindings on two curves. */
struct world { const char *name; enum ec_curve curve; bool der; };
extern const struct world worlds[4];

/* Everything the server keeps but for its messages, as text; transaction_id absent: how many sessions in its place. */
char *wire_store(struct probe *p, struct rsp_ctx *c, struct bytes transaction_id);
/* Takes the messages for the operator out of the store: "point" or "point:subject/reason" each, with blanks between. Those for an SM-DS as "path". */
char *wire_messages(struct probe *p, struct rsp_ctx *c);

#endif
