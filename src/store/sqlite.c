// SPDX-License-Identifier: BSD-2-Clause
/*
 * SQLite: one thread writes and commits what has gathered since its last commit; those who wait for a commit share it. Readers have a connection of
 * their own.
 */
#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/rows.h"
#include "store/sessions.h"
#include "store/store.h"

static const char schema[] =
	"CREATE TABLE IF NOT EXISTS meta(version INTEGER NOT NULL);"
	"INSERT INTO meta SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM meta);"
	"CREATE TABLE IF NOT EXISTS orders("
	" number INTEGER PRIMARY KEY, iccid BLOB NOT NULL UNIQUE, matching BLOB UNIQUE, waiting BLOB, revision INTEGER NOT NULL,"
	" body BLOB NOT NULL, package BLOB);"
	"CREATE INDEX IF NOT EXISTS orders_waiting ON orders(waiting, number) WHERE waiting IS NOT NULL;"
	"CREATE TABLE IF NOT EXISTS outbox(id INTEGER PRIMARY KEY, url TEXT NOT NULL, body BLOB NOT NULL, due INTEGER NOT NULL, tries INTEGER NOT NULL);";

enum statement { BEGIN, COMMIT, ROLLBACK, SAVE, RELEASE, UNDO, INSERT, UPDATE, PACKAGE, QUEUE, SENT, LATER, STATEMENTS };

static const char *const sql[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE", [COMMIT] = "COMMIT", [ROLLBACK] = "ROLLBACK", [SAVE] = "SAVEPOINT one", [RELEASE] = "RELEASE one",
	[UNDO] = "ROLLBACK TO one",
	[INSERT] = "INSERT INTO orders(iccid, matching, waiting, revision, body) VALUES(?1, ?2, ?3, 1, ?4)",
	[UPDATE] = "UPDATE orders SET matching = ?2, waiting = ?3, revision = revision + 1, body = ?4 WHERE iccid = ?1 AND revision = ?5",
	[PACKAGE] = "UPDATE orders SET package = ?2 WHERE iccid = ?1",
	[QUEUE] = "INSERT INTO outbox(url, body, due, tries) VALUES('', ?1, ?2, 0)",
	[SENT] = "DELETE FROM outbox WHERE id = ?1",
	[LATER] = "UPDATE outbox SET due = ?2, tries = tries + 1 WHERE id = ?1",
};

/* One commit that somebody waits for, prepared by the waiting thread: the writer only binds and steps. */
struct job {
	struct job *next;
	struct { uint8_t iccid[32], matching[32], waiting[32]; bool has_matching, has_waiting; uint64_t revision; struct bytes body; } order[CHANGES_ORDERS];
	size_t n_orders;
	struct bytes package;
	struct bytes outbox[CHANGES_OUTBOX];
	size_t n_outbox;
	int64_t now;
	bool settle, sent; uint64_t settle_id; int64_t due;
	enum rsp_status status;
	bool done;
};

struct store {
	struct smdpp_store port;
	sqlite3 *writing, *reading;      /* the same one in memory */
	sqlite3_stmt *stmt[STATEMENTS];
	pthread_mutex_t read_lock;
	struct store_key key;
	struct sessions *sessions;
	pthread_t writer;
	bool running, stop, in_memory;
	pthread_mutex_t lock;
	pthread_cond_t work, finished;
	struct job *first, **last;
};

/* ---- writing ---- */

static int
step(struct store *s, enum statement which)
{
	int rc = sqlite3_step(s->stmt[which]);

	sqlite3_reset(s->stmt[which]);
	sqlite3_clear_bindings(s->stmt[which]);
	return rc;
}

static void
bind_blob(sqlite3_stmt *q, int at, struct bytes v)
{
	if (v.p)
		sqlite3_bind_blob(q, at, v.p, (int)v.n, SQLITE_STATIC);
	else
		sqlite3_bind_null(q, at);
}

static enum rsp_status
meaning(int rc)
{
	if (rc == SQLITE_DONE)
		return RSP_OK;
	return (rc & 0xFF) == SQLITE_CONSTRAINT ? RSP_CONFLICT : RSP_IO;
}

static enum rsp_status
write_order(struct store *s, const struct job *j, size_t i)
{
	enum statement which = j->order[i].revision ? UPDATE : INSERT;
	sqlite3_stmt *q = s->stmt[which];
	enum rsp_status st;

	bind_blob(q, 1, BYTES_OF(j->order[i].iccid));
	bind_blob(q, 2, j->order[i].has_matching ? BYTES_OF(j->order[i].matching) : BYTES_NONE);
	bind_blob(q, 3, j->order[i].has_waiting ? BYTES_OF(j->order[i].waiting) : BYTES_NONE);
	bind_blob(q, 4, j->order[i].body);
	if (which == UPDATE)
		sqlite3_bind_int64(q, 5, (sqlite3_int64)j->order[i].revision);
	st = meaning(step(s, which));
	return st == RSP_OK && sqlite3_changes(s->writing) != 1 ? RSP_CONFLICT : st;
}

static enum rsp_status
write_job(struct store *s, const struct job *j)
{
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < j->n_orders; i++)
		st = write_order(s, j, i);
	if (st == RSP_OK && j->package.p) {
		bind_blob(s->stmt[PACKAGE], 1, BYTES_OF(j->order[0].iccid));
		bind_blob(s->stmt[PACKAGE], 2, j->package);
		st = meaning(step(s, PACKAGE));
	}
	for (i = 0; st == RSP_OK && i < j->n_outbox; i++) {
		bind_blob(s->stmt[QUEUE], 1, j->outbox[i]);
		sqlite3_bind_int64(s->stmt[QUEUE], 2, j->now);
		st = meaning(step(s, QUEUE));
	}
	if (st == RSP_OK && j->settle) {
		enum statement which = j->sent ? SENT : LATER;

		sqlite3_bind_int64(s->stmt[which], 1, (sqlite3_int64)j->settle_id);
		if (!j->sent)
			sqlite3_bind_int64(s->stmt[LATER], 2, j->due);
		st = meaning(step(s, which));
	}
	return st;
}

/* Everything that waits, each behind a savepoint of its own, then one commit for all. */
static void
write_batch(struct store *s, struct job *batch)
{
	struct job *j;
	enum rsp_status all = step(s, BEGIN) == SQLITE_DONE ? RSP_OK : RSP_IO;

	for (j = batch; j; j = j->next) {
		j->status = all;
		if (all != RSP_OK)
			continue;
		step(s, SAVE);
		j->status = write_job(s, j);
		if (j->status != RSP_OK)
			step(s, UNDO);
		step(s, RELEASE);
	}
	if (all == RSP_OK && step(s, COMMIT) != SQLITE_DONE) {
		step(s, ROLLBACK);
		for (j = batch; j; j = j->next)
			j->status = RSP_IO;
	}
}

static void *
writer_main(void *arg)
{
	struct store *s = arg;
	struct job *batch, *j, *next;

	pthread_mutex_lock(&s->lock);
	while (!s->stop || s->first) {
		if (!s->first) {
			pthread_cond_wait(&s->work, &s->lock);
			continue;
		}
		batch = s->first;
		s->first = NULL;
		s->last = &s->first;
		pthread_mutex_unlock(&s->lock);
		if (s->in_memory)
			pthread_mutex_lock(&s->read_lock);
		write_batch(s, batch);
		if (s->in_memory)
			pthread_mutex_unlock(&s->read_lock);
		pthread_mutex_lock(&s->lock);
		for (j = batch; j; j = next) {
			next = j->next;
			j->done = true;
		}
		pthread_cond_broadcast(&s->finished);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static enum rsp_status
submit(struct store *s, struct rsp_ctx *c, struct job *j)
{
	j->next = NULL;
	j->done = false;
	pthread_mutex_lock(&s->lock);
	*s->last = j;
	s->last = &j->next;
	pthread_cond_signal(&s->work);
	while (!j->done)
		pthread_cond_wait(&s->finished, &s->lock);
	pthread_mutex_unlock(&s->lock);
	if (j->status == RSP_CONFLICT)
		return rsp_fail(c, RSP_CONFLICT, "the order has changed meanwhile, or its ICCID or MatchingID is taken");
	return j->status == RSP_OK ? RSP_OK : rsp_fail(c, RSP_IO, "the store cannot be written");
}

/* Found by EID alone: an order with an empty MatchingID that can be downloaded. */
static bool
waits(const struct smdpp_order *o)
{
	return o->confirmed && o->has_eid && !o->matching_id[0] && (o->state == ORDER_RELEASED || o->state == ORDER_DOWNLOADED);
}

static enum rsp_status
prepare_order(struct store *s, struct rsp_ctx *c, const struct smdpp_order *o, struct job *j, size_t i)
{
	enum rsp_status st = store_tag(c, &s->key, "iccid", BYTES_OF(o->iccid), j->order[i].iccid);

	j->order[i].revision = o->revision;
	j->order[i].has_matching = o->matching_id[0] != '\0';
	if (st == RSP_OK && j->order[i].has_matching)
		st = store_tag(c, &s->key, "matching", bytes_of_str(o->matching_id), j->order[i].matching);
	j->order[i].has_waiting = waits(o);
	if (st == RSP_OK && j->order[i].has_waiting)
		st = store_tag(c, &s->key, "eid", BYTES_OF(o->eid), j->order[i].waiting);
	return st == RSP_OK ? order_seal(c, &s->key, o, &j->order[i].body) : st;
}

static enum rsp_status
store_commit(void *self, struct rsp_ctx *c, const struct smdpp_changes *ch)
{
	struct store *s = self;
	struct job j = {.n_orders = ch->n_orders, .n_outbox = ch->n_outbox, .now = c->now};
	enum rsp_status st = sessions_check(s->sessions, ch);
	size_t i;

	for (i = 0; st == RSP_OK && i < ch->n_orders; i++)
		st = prepare_order(s, c, &ch->order[i], &j, i);
	if (st == RSP_OK && ch->package.p)
		st = aes_seal(c, s->key.seal, bytes_of_str("package"), ch->package, &j.package);
	for (i = 0; st == RSP_OK && i < ch->n_outbox; i++)
		st = aes_seal(c, s->key.seal, bytes_of_str("outbox"), ch->outbox[i], &j.outbox[i]);
	if (st == RSP_OK && (j.n_orders || j.n_outbox))
		st = submit(s, c, &j);
	return st == RSP_OK ? sessions_apply(s->sessions, ch) : st;
}

/* ---- reading ---- */

/* Columns body and revision of the one row a query finds. */
static enum rsp_status
read_order(struct store *s, struct rsp_ctx *c, const char *query, struct bytes key, struct smdpp_order *out, bool *found)
{
	sqlite3_stmt *q = NULL;
	struct bytes body = BYTES_NONE;
	uint64_t revision = 0;
	enum rsp_status st = RSP_OK;
	int rc;

	*found = false;
	pthread_mutex_lock(&s->read_lock);
	rc = sqlite3_prepare_v2(s->reading, query, -1, &q, NULL);
	if (rc == SQLITE_OK) {
		bind_blob(q, 1, key);
		rc = sqlite3_step(q);
	}
	if (rc == SQLITE_ROW) {
		body = rsp_copy(c, bytes_of(sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0)));
		revision = (uint64_t)sqlite3_column_int64(q, 1);
	} else if (rc != SQLITE_DONE) {
		st = rsp_fail(c, RSP_IO, "the store cannot be read: %s", sqlite3_errmsg(s->reading));
	}
	sqlite3_finalize(q);
	pthread_mutex_unlock(&s->read_lock);
	if (st != RSP_OK || !body.p)
		return st;
	st = order_unseal(c, &s->key, body, out);
	out->revision = revision;
	*found = st == RSP_OK;
	return st;
}

static enum rsp_status
by_tag(void *self, struct rsp_ctx *c, const char *kind, const char *query, struct bytes value, struct smdpp_order *out, bool *found)
{
	struct store *s = self;
	uint8_t tag[32];
	enum rsp_status st = store_tag(c, &s->key, kind, value, tag);

	return st == RSP_OK ? read_order(s, c, query, BYTES_OF(tag), out, found) : st;
}

static enum rsp_status
by_iccid(void *self, struct rsp_ctx *c, const uint8_t iccid[10], struct smdpp_order *out, bool *found)
{
	return by_tag(self, c, "iccid", "SELECT body, revision FROM orders WHERE iccid = ?1", bytes_of(iccid, 10), out, found);
}

static enum rsp_status
by_matching_id(void *self, struct rsp_ctx *c, struct bytes id, struct smdpp_order *out, bool *found)
{
	return by_tag(self, c, "matching", "SELECT body, revision FROM orders WHERE matching = ?1", id, out, found);
}

static enum rsp_status
by_eid(void *self, struct rsp_ctx *c, const uint8_t eid[16], struct smdpp_order *out, bool *found)
{
	return by_tag(self, c, "eid", "SELECT body, revision FROM orders WHERE waiting = ?1 ORDER BY number LIMIT 1", bytes_of(eid, 16), out, found);
}

static enum rsp_status
get_package(void *self, struct rsp_ctx *c, const uint8_t iccid[10], struct bytes *out)
{
	struct store *s = self;
	sqlite3_stmt *q = NULL;
	struct bytes sealed = BYTES_NONE;
	uint8_t tag[32];
	enum rsp_status st = store_tag(c, &s->key, "iccid", bytes_of(iccid, 10), tag);

	if (st != RSP_OK)
		return st;
	pthread_mutex_lock(&s->read_lock);
	if (sqlite3_prepare_v2(s->reading, "SELECT package FROM orders WHERE iccid = ?1", -1, &q, NULL) == SQLITE_OK) {
		bind_blob(q, 1, BYTES_OF(tag));
		if (sqlite3_step(q) == SQLITE_ROW && sqlite3_column_type(q, 0) == SQLITE_BLOB)
			sealed = rsp_copy(c, bytes_of(sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0)));
	}
	sqlite3_finalize(q);
	pthread_mutex_unlock(&s->read_lock);
	if (!sealed.p)
		return rsp_fail(c, RSP_IO, "the store has no package for this profile");
	return aes_unseal(c, s->key.seal, bytes_of_str("package"), sealed, out) == RSP_OK ? RSP_OK
		: rsp_fail(c, RSP_IO, "the store's packages cannot be opened with its key");
}

static enum rsp_status
each_order(void *self, struct rsp_ctx *c, bool (*fn)(void *arg, const struct smdpp_order *o), void *arg)
{
	struct store *s = self;
	sqlite3_stmt *q = NULL;
	enum rsp_status st = RSP_OK;
	bool more = true;

	pthread_mutex_lock(&s->read_lock);
	if (sqlite3_prepare_v2(s->reading, "SELECT body, revision FROM orders ORDER BY number", -1, &q, NULL) != SQLITE_OK)
		st = rsp_fail(c, RSP_IO, "the store cannot be read: %s", sqlite3_errmsg(s->reading));
	while (st == RSP_OK && more && sqlite3_step(q) == SQLITE_ROW) {
		struct smdpp_order o;

		st = order_unseal(c, &s->key, bytes_of(sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0)), &o);
		o.revision = (uint64_t)sqlite3_column_int64(q, 1);
		if (st == RSP_OK)
			more = fn(arg, &o);
	}
	sqlite3_finalize(q);
	pthread_mutex_unlock(&s->read_lock);
	return st;
}

static enum rsp_status
get_session(void *self, struct rsp_ctx *c, struct bytes transaction_id, struct smdpp_session *out, bool *found)
{
	(void)c;
	*found = sessions_get(((struct store *)self)->sessions, transaction_id, out);
	return RSP_OK;
}

static enum rsp_status
expire_sessions(void *self, struct rsp_ctx *c, int64_t before)
{
	(void)c;
	sessions_expire(((struct store *)self)->sessions, before);
	return RSP_OK;
}

static enum rsp_status
outbox_next(void *self, struct rsp_ctx *c, struct outbox_message *out, bool *found)
{
	struct store *s = self;
	sqlite3_stmt *q = NULL;
	struct bytes sealed = BYTES_NONE;

	*found = false;
	*out = (struct outbox_message){0};
	pthread_mutex_lock(&s->read_lock);
	if (sqlite3_prepare_v2(s->reading, "SELECT id, body, due, tries FROM outbox WHERE due <= ?1 ORDER BY due, id LIMIT 1", -1, &q, NULL) == SQLITE_OK) {
		sqlite3_bind_int64(q, 1, c->now);
		if (sqlite3_step(q) == SQLITE_ROW) {
			out->id = (uint64_t)sqlite3_column_int64(q, 0);
			sealed = rsp_copy(c, bytes_of(sqlite3_column_blob(q, 1), (size_t)sqlite3_column_bytes(q, 1)));
			out->due = sqlite3_column_int64(q, 2);
			out->tries = (uint32_t)sqlite3_column_int64(q, 3);
		}
	}
	sqlite3_finalize(q);
	pthread_mutex_unlock(&s->read_lock);
	if (!sealed.p)
		return RSP_OK;
	*found = true;
	return aes_unseal(c, s->key.seal, bytes_of_str("outbox"), sealed, &out->body);
}

static enum rsp_status
outbox_settle(void *self, struct rsp_ctx *c, uint64_t id, bool sent, int64_t due)
{
	struct job j = {.settle = true, .settle_id = id, .sent = sent, .due = due, .now = c->now};

	return submit(self, c, &j);
}

/* ---- opening ---- */

static void
close_store(void *self)
{
	struct store *s = self;
	size_t i;

	if (s->running) {
		pthread_mutex_lock(&s->lock);
		s->stop = true;
		pthread_cond_signal(&s->work);
		pthread_mutex_unlock(&s->lock);
		pthread_join(s->writer, NULL);
	}
	for (i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(s->stmt[i]);
	if (s->reading != s->writing)
		sqlite3_close(s->reading);
	sqlite3_close(s->writing);
	sessions_free(s->sessions);
	explicit_bzero(&s->key, sizeof(s->key));
	free(s);
}

static bool
connect_to(struct store *s, const char *path)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;

	if (sqlite3_open_v2(path, &s->writing, flags, NULL) != SQLITE_OK)
		return false;
	sqlite3_busy_timeout(s->writing, 10000);
	if (sqlite3_exec(s->writing, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON", NULL, NULL, NULL) != SQLITE_OK ||
		sqlite3_exec(s->writing, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK ||
		sqlite3_exec(s->writing, schema, NULL, NULL, NULL) != SQLITE_OK || sqlite3_exec(s->writing, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		return false;
	if (s->in_memory) {
		s->reading = s->writing;
		return true;
	}
	if (sqlite3_open_v2(path, &s->reading, flags, NULL) != SQLITE_OK)
		return false;
	sqlite3_busy_timeout(s->reading, 10000);
	return true;
}

static bool
prepare_all(struct store *s)
{
	size_t i;

	for (i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(s->writing, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &s->stmt[i], NULL) != SQLITE_OK)
			return false;
	return true;
}

static enum rsp_status
open_sqlite(struct rsp_ctx *c, const char *path, struct smdpp_store **out)
{
	struct store *s = calloc(1, sizeof(*s));
	enum rsp_status st;

	if (!s)
		return rsp_fail(c, RSP_NOMEM, "no memory for a store");
	s->in_memory = !path;
	s->last = &s->first;
	s->sessions = sessions_new();
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->read_lock, NULL);
	pthread_cond_init(&s->work, NULL);
	pthread_cond_init(&s->finished, NULL);
	s->port = (struct smdpp_store){s, by_iccid, by_matching_id, by_eid, get_package, get_session, store_commit, each_order, outbox_next,
		outbox_settle, expire_sessions, close_store};
	st = store_key_open(c, path ? rsp_sprintf(c, "%s.key", path) : NULL, &s->key);
	if (st == RSP_OK && (!s->sessions || !connect_to(s, path ? path : ":memory:") || !prepare_all(s)))
		st = rsp_fail(c, RSP_IO, "%s: cannot be opened as a store: %s", path ? path : "memory", s->writing ? sqlite3_errmsg(s->writing) : "?");
	if (st == RSP_OK && pthread_create(&s->writer, NULL, writer_main, s) != 0)
		st = rsp_fail(c, RSP_NOMEM, "no thread for the store");
	if (st != RSP_OK) {
		close_store(s);
		return st;
	}
	s->running = true;
	*out = &s->port;
	return RSP_OK;
}

enum rsp_status
store_open(struct rsp_ctx *c, const char *where, struct smdpp_store **out)
{
	if (strcmp(where, "memory:") == 0)
		return open_sqlite(c, NULL, out);
	if (strncmp(where, "sqlite:", 7) == 0 && where[7])
		return open_sqlite(c, where + 7, out);
	return rsp_fail(c, RSP_MALFORMED, "store: want memory: or sqlite:FILE, have '%.80s'", where);
}

void
store_close(struct smdpp_store *s)
{
	if (s)
		s->close(s->self);
}
