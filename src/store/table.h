// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a backend of the stores does: tables of rows that are found by key, by a second unique name, or first in a queue. A row's meaning is its
 * owner's business (smdpp_rows.c, smds_rows.c); a backend keeps octets, guards revisions and uniqueness, and makes a commit whole and durable.
 */
#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include "base/bytes.h"

enum table { TABLE_ORDERS, TABLE_PACKAGES, TABLE_SESSIONS, TABLE_OUTBOX, TABLE_STOCK, TABLE_CALLS, TABLE_EVENTS, TABLE_DS_SESSIONS, TABLE_DS_OUTBOX, TABLES };
/* "orders" ... */
const char *table_name(enum table t);
/* May be lost in a crash: RSP sessions. */
bool table_is_volatile(enum table t);

#define ROW_KEY_MAX 32

struct row {
	struct bytes key;        /* unique; at most ROW_KEY_MAX octets, as the next two */
	struct bytes name;       /* unique among those that have one; absent: none */
	struct bytes queue;      /* many rows may wait in one; absent: in none */
	uint64_t number;         /* in the order of making; given by the backend */
	uint64_t revision;       /* as read: what a change expects; 0: the row must not be there yet */
	int64_t due;             /* 0: never */
	struct bytes body;
};

struct row_change { enum table table; bool drop; struct row row; };

struct tables {
	void *self;
	/* Found rows are in the arena of c. */
	RSP_MUST_USE enum rsp_status (*by_key)(void *self, struct rsp_ctx *c, enum table t, struct bytes key, struct row *out, bool *found);
	RSP_MUST_USE enum rsp_status (*by_name)(void *self, struct rsp_ctx *c, enum table t, struct bytes name, struct row *out, bool *found);
	/* The oldest of a queue, after `skip` others. */
	RSP_MUST_USE enum rsp_status (*in_queue)(void *self, struct rsp_ctx *c, enum table t, struct bytes queue, unsigned skip, struct row *out, bool *found);
	/* The one due longest, not after `now`. */
	RSP_MUST_USE enum rsp_status (*due)(void *self, struct rsp_ctx *c, enum table t, int64_t now, struct row *out, bool *found);
	/* All rows in the order of making; those of one queue when it is given. The row lives during fn only; false stops. */
	RSP_MUST_USE enum rsp_status (*each)(void *self, struct rsp_ctx *c, enum table t, struct bytes queue, bool (*fn)(void *arg, const struct row *r), void *arg);
	/* All or nothing; durable when it returns, but for volatile tables. CONFLICT: a revision, a key or a name clashes. */
	RSP_MUST_USE enum rsp_status (*commit)(void *self, struct rsp_ctx *c, const struct row_change *changes, size_t n);
	/*
	 * The same without waiting: OK when the commit is under way; then `done` is called once from another thread, and changes and c must live until it is.
	 * Any other status: at once, and `done` is not called. STATE: it does not take long enough to be worth it, commit instead. NULL: this backend waits.
	 */
	RSP_MUST_USE enum rsp_status (*commit_then)(void *self, struct rsp_ctx *c, const struct row_change *changes, size_t n,
		void (*done)(void *arg, enum rsp_status st), void *arg);
	/* Drop rows with 0 < due < before, at most a few thousand at a time. */
	RSP_MUST_USE enum rsp_status (*drop_due)(void *self, struct rsp_ctx *c, enum table t, int64_t before, uint64_t *gone);
	RSP_MUST_USE enum rsp_status (*count)(void *self, struct rsp_ctx *c, enum table t, uint64_t *n);
	void (*close)(void *self);
};

RSP_MUST_USE enum rsp_status tables_memory(struct rsp_ctx *c, struct tables **out);
RSP_MUST_USE enum rsp_status tables_sqlite(struct rsp_ctx *c, const char *path, struct tables **out);
/* A connection a caller at a time, at most `connections` (0: 32); conninfo as libpq takes it. */
RSP_MUST_USE enum rsp_status tables_postgres(struct rsp_ctx *c, const char *conninfo, unsigned connections, struct tables **out);

/* For backends: the row's copy in the arena; NOMEM. */
RSP_MUST_USE enum rsp_status row_copy(struct rsp_ctx *c, const struct row *in, struct row *out);
RSP_MUST_USE enum rsp_status tables_conflict(struct rsp_ctx *c);

#endif
