// SPDX-License-Identifier: BSD-2-Clause
/*
 * What every part of esimlab shares: a span of octets, a status, a context for one call.
 *
 * A role (SM-DP+, eUICC, LPA ...) is bytes in, bytes out. Each call gets a struct rsp_ctx that
 * holds the memory the answer lives in, the time the call happens at, the cryptography it uses
 * and, after a refusal, the reason for it.
 */
#ifndef ESIMLAB_RSP_H
#define ESIMLAB_RSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RSP_MUST_USE __attribute__((warn_unused_result))
#define RSP_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* A span somebody else owns. Absent is p == NULL; present and empty is p != NULL, n == 0. */
struct bytes {
	const uint8_t *p;
	size_t n;
};

/*
 * How a call ended. "No" and "could not tell" are different answers.
 *   REFUSED    a rule or the peer says no; the error names subject and reason (SGP.22 5.2.6)
 *   UNTRUSTED  a signature, a certificate or a MAC is wrong
 *   MALFORMED  the input is not what the type demands
 *   STATE      right input at the wrong time
 *   LIMIT      more than we are willing to handle
 *   IO         the outside world failed: disk, network, reader
 *   NOMEM      out of memory, or a library failed for a reason of its own
 *   CONFLICT   a row changed since it was read: reload and run the call again (service only)
 */
enum rsp_status {
	RSP_OK = 0,
	RSP_REFUSED,
	RSP_UNTRUSTED,
	RSP_MALFORMED,
	RSP_STATE,
	RSP_LIMIT,
	RSP_IO,
	RSP_NOMEM,
	RSP_CONFLICT,
};

/* Program exit for a status: 0 done, 1 no, 2 could not tell. */
int rsp_exit_code(enum rsp_status st);
/* The status's word: "refused", "malformed" ... Static. */
const char *rsp_status_name(enum rsp_status st);

/* Why a call did not end with RSP_OK. subject and reason are "" when the peer's protocol has no code. */
struct rsp_error {
	enum rsp_status status;
	char subject[12];  /* "8.2.6" */
	char reason[8];    /* "3.8" */
	char clause[40];   /* "SGP.22 5.6.3" */
	char text[240];    /* one sentence: what, where, wanted, had */
};

struct arena;
struct crypto;

/*
 * One call. Made by rsp_ctx_init, emptied (and wiped) by rsp_ctx_reset, both cheap; not shared between
 * threads. What a call returns lives in the arena until the reset.
 */
struct rsp_ctx {
	struct arena *arena;
	struct crypto *crypto;     /* borrowed; NULL where a call needs no cryptography */
	int64_t now;               /* seconds since 1970, UTC; the only clock a role knows */
	struct rsp_error error;
	struct rsp_cleanup *cleanups;
};

RSP_MUST_USE enum rsp_status rsp_ctx_init(struct rsp_ctx *c, struct crypto *crypto, int64_t now);
void rsp_ctx_reset(struct rsp_ctx *c);   /* wipes the arena, runs cleanups, clears the error */
void rsp_ctx_free(struct rsp_ctx *c);

/* Run fn(arg) at the next reset, last registered first. */
RSP_MUST_USE enum rsp_status rsp_ctx_on_reset(struct rsp_ctx *c, void (*fn)(void *), void *arg);

/* Zeroed memory from the arena; NULL when there is none (the error is set). */
void *rsp_alloc(struct rsp_ctx *c, size_t n);
/* A copy in the arena. {NULL, 0} when there is no memory, or for an absent span. */
struct bytes rsp_copy(struct rsp_ctx *c, struct bytes b);
char *rsp_strdup(struct rsp_ctx *c, const char *s);
char *rsp_sprintf(struct rsp_ctx *c, const char *fmt, ...) RSP_PRINTF(2, 3);

/* Record a failure and return its status. The sentence says what, where, wanted, had. */
enum rsp_status rsp_fail(struct rsp_ctx *c, enum rsp_status st, const char *fmt, ...) RSP_PRINTF(3, 4);

/* Record a refusal with an SGP.22 subject and reason code and the clause that demands it. */
enum rsp_status rsp_refuse(struct rsp_ctx *c, enum rsp_status st, const char *subject, const char *reason,
	const char *clause, const char *fmt, ...) RSP_PRINTF(6, 7);

#endif
