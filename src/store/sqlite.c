// SPDX-License-Identifier: BSD-2-Clause
/*
 * Tables in SQLite: one thread writes and commits what has gathered since its last commit; those who wait for a commit share it. Readers have a
 * connection of their own. Volatile tables stay in the process's memory.
 */
#include <pthread.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/table.h"

/* Version n of the schema is reached by step n - 1; a file of a later version is refused. */
static const char *const migrations[] = {
	"CREATE TABLE IF NOT EXISTS orders("
	" number INTEGER PRIMARY KEY, iccid BLOB NOT NULL UNIQUE, matching BLOB UNIQUE, waiting BLOB, revision INTEGER NOT NULL,"
	" body BLOB NOT NULL, package BLOB);"
	"CREATE TABLE IF NOT EXISTS outbox(id INTEGER PRIMARY KEY, url TEXT NOT NULL, body BLOB NOT NULL, due INTEGER NOT NULL, tries INTEGER NOT NULL);",
	/* One shape for every table. */
	"ALTER TABLE orders RENAME TO orders_1; ALTER TABLE outbox RENAME TO outbox_1; DROP INDEX IF EXISTS orders_waiting;"
#define SHAPE(name) \
	"CREATE TABLE " name "(number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, name BLOB UNIQUE, queue BLOB, revision INTEGER NOT NULL," \
	" due INTEGER, body BLOB NOT NULL);" \
	"CREATE INDEX " name "_queue ON " name "(queue, number) WHERE queue IS NOT NULL;" \
	"CREATE INDEX " name "_due ON " name "(due) WHERE due IS NOT NULL;"
	SHAPE("orders") SHAPE("packages") SHAPE("outbox") SHAPE("stock") SHAPE("calls") SHAPE("events") SHAPE("ds_outbox")
	"INSERT INTO orders SELECT number, iccid, matching, waiting, revision, NULL, body FROM orders_1;"
	"INSERT INTO packages SELECT number, iccid, NULL, NULL, 1, NULL, package FROM orders_1 WHERE package IS NOT NULL;"
	"DROP TABLE orders_1; DROP TABLE outbox_1;",
};
#define VERSION ((int)(sizeof(migrations) / sizeof(migrations[0])))

enum change { CHANGE_INSERT, CHANGE_BODY, CHANGE_UPDATE, CHANGE_DROP, CHANGES };

static const char *const change_sql[CHANGES] = {
	"INSERT INTO %s(key, name, queue, due, body, revision) VALUES(?1, ?2, ?3, ?4, ?5, 1)",
	/* Nothing that is indexed has changed, as usual: then no index page is written. */
	"UPDATE %s SET body = ?5, revision = revision + 1 WHERE key = ?1 AND revision = ?6 AND name IS ?2 AND queue IS ?3 AND due IS ?4",
	"UPDATE %s SET name = ?2, queue = ?3, due = ?4, body = ?5, revision = revision + 1 WHERE key = ?1 AND revision = ?6",
	"DELETE FROM %s WHERE key = ?1 AND revision = ?6",
};

enum query { QUERY_KEY, QUERY_NAME, QUERY_QUEUE, QUERY_DUE, QUERIES };

#define COLUMNS "SELECT key, name, queue, number, revision, due, body FROM %s "
static const char *const query_sql[QUERIES] = {
	COLUMNS "WHERE key = ?1", COLUMNS "WHERE name = ?1", COLUMNS "WHERE queue = ?1 ORDER BY number LIMIT 1 OFFSET ?2",
	COLUMNS "WHERE due <= ?2 ORDER BY due, number LIMIT 1",
};

/* One commit that somebody waits for, each at a gate of his own: nobody else is woken. Or nobody waits, and `then` is told. */
struct job {
	struct job *next;
	const struct row_change *change; size_t n;
	enum table drop; int64_t drop_until; uint64_t gone;
	enum rsp_status status;
	sem_t done;
	void (*then)(void *arg, enum rsp_status st); void *arg;
	struct rsp_ctx *c;               /* with `then` */
};

struct lite {
	struct tables port;
	struct tables *memory;           /* volatile tables */
	sqlite3 *writing, *reading;
	sqlite3_stmt *begin, *commit, *rollback, *save, *release, *undo;
	sqlite3_stmt *change[TABLES][CHANGES], *query[TABLES][QUERIES];
	pthread_mutex_t read_lock;
	pthread_t writer;
	bool running, stop;
	pthread_mutex_t lock;
	pthread_cond_t work;
	bool waiting;                    /* the writer has nothing to do */
	struct job *first, **last;
};

/* ---- writing ---- */

static int
step(sqlite3_stmt *q)
{
	int rc = sqlite3_step(q);

	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
	return rc;
}

static void
bind_blob(sqlite3_stmt *q, int at, struct bytes v)
{
	if (v.p)
		sqlite3_bind_blob(q, at, v.n ? (const void *)v.p : "", (int)v.n, SQLITE_STATIC);
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
write_one(struct lite *s, const struct row_change *ch, enum change what)
{
	sqlite3_stmt *q = s->change[ch->table][what];
	enum rsp_status st;

	bind_blob(q, 1, ch->row.key);
	if (what != CHANGE_DROP) {
		bind_blob(q, 2, ch->row.name);
		bind_blob(q, 3, ch->row.queue);
		if (ch->row.due)
			sqlite3_bind_int64(q, 4, ch->row.due);
		bind_blob(q, 5, ch->row.body);
	}
	if (what != CHANGE_INSERT)
		sqlite3_bind_int64(q, 6, (sqlite3_int64)ch->row.revision);
	st = meaning(step(q));
	return st == RSP_OK && sqlite3_changes(s->writing) != 1 ? RSP_CONFLICT : st;
}

static enum rsp_status
write_change(struct lite *s, const struct row_change *ch)
{
	enum rsp_status st;

	if (ch->drop || !ch->row.revision)
		return write_one(s, ch, ch->drop ? CHANGE_DROP : CHANGE_INSERT);
	st = write_one(s, ch, CHANGE_BODY);
	return st == RSP_CONFLICT ? write_one(s, ch, CHANGE_UPDATE) : st;
}

static enum rsp_status
drop_old(struct lite *s, struct job *j)
{
	sqlite3_stmt *q = NULL;
	char sql[200];
	enum rsp_status st;

	snprintf(sql, sizeof(sql), "DELETE FROM %s WHERE number IN (SELECT number FROM %s WHERE due < ?1 LIMIT 4096)", table_name(j->drop), table_name(j->drop));
	if (sqlite3_prepare_v2(s->writing, sql, -1, &q, NULL) != SQLITE_OK)
		return RSP_IO;
	sqlite3_bind_int64(q, 1, j->drop_until);
	st = meaning(sqlite3_step(q));
	sqlite3_finalize(q);
	j->gone = (uint64_t)sqlite3_changes(s->writing);
	return st;
}

static enum rsp_status
write_job(struct lite *s, struct job *j)
{
	enum rsp_status st = RSP_OK;
	size_t i;

	if (j->drop_until)
		return drop_old(s, j);
	for (i = 0; st == RSP_OK && i < j->n; i++)
		if (!table_is_volatile(j->change[i].table))
			st = write_change(s, &j->change[i]);
	return st;
}

/* Everything that waits, each behind a savepoint of its own, then one commit for all. */
static void
write_batch(struct lite *s, struct job *batch)
{
	bool alone = !batch->next;
	struct job *j;
	enum rsp_status all = step(s->begin) == SQLITE_DONE ? RSP_OK : RSP_IO;

	for (j = batch; j; j = j->next) {
		j->status = all;
		if (all != RSP_OK)
			continue;
		if (!alone)
			step(s->save);
		j->status = write_job(s, j);
		if (!alone && j->status != RSP_OK)
			step(s->undo);
		if (!alone)
			step(s->release);
	}
	if (all != RSP_OK)
		return;
	if (alone && batch->status != RSP_OK) {
		step(s->rollback);
	} else if (step(s->commit) != SQLITE_DONE) {
		step(s->rollback);
		for (j = batch; j; j = j->next)
			j->status = RSP_IO;
	}
}

static enum rsp_status
put_volatile(struct lite *s, struct rsp_ctx *c, const struct row_change *changes, size_t n)
{
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < n; i++)
		if (table_is_volatile(changes[i].table))
			st = s->memory->commit(s->memory->self, c, &changes[i], 1);
	return st;
}

/* The job lies in the memory of who is told: it is gone afterwards. */
static void
tell(struct lite *s, struct job *j)
{
	if (j->status == RSP_OK)
		j->status = put_volatile(s, j->c, j->change, j->n);
	j->then(j->arg, j->status);
}

static void *
writer_main(void *arg)
{
	struct lite *s = arg;
	struct job *batch, *j, *next;

	pthread_mutex_lock(&s->lock);
	while (!s->stop || s->first) {
		if (!s->first) {
			s->waiting = true;
			pthread_cond_wait(&s->work, &s->lock);
			s->waiting = false;
			continue;
		}
		batch = s->first;
		s->first = NULL;
		s->last = &s->first;
		pthread_mutex_unlock(&s->lock);
		write_batch(s, batch);
		for (j = batch; j; j = next) {
			next = j->next;
			if (j->then)
				tell(s, j);
			else
				sem_post(&j->done);
		}
		pthread_mutex_lock(&s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static void
enqueue(struct lite *s, struct job *j)
{
	bool wake;

	pthread_mutex_lock(&s->lock);
	*s->last = j;
	s->last = &j->next;
	wake = s->waiting;
	pthread_mutex_unlock(&s->lock);
	if (wake)
		pthread_cond_signal(&s->work);
}

static enum rsp_status
submit(struct lite *s, struct rsp_ctx *c, struct job *j)
{
	sem_init(&j->done, 0, 0);
	enqueue(s, j);
	while (sem_wait(&j->done) != 0)
		;
	sem_destroy(&j->done);
	if (j->status == RSP_CONFLICT)
		return tables_conflict(c);
	return j->status == RSP_OK ? RSP_OK : rsp_fail(c, RSP_IO, "the store cannot be written");
}

/* A volatile row's revision is checked before the durable ones are written, and again when it is put. */
static enum rsp_status
check_volatile(struct lite *s, struct rsp_ctx *c, const struct row_change *ch)
{
	struct row old;
	bool found;
	enum rsp_status st = s->memory->by_key(s->memory->self, c, ch->table, ch->row.key, &old, &found);

	if (st != RSP_OK || (found ? old.revision : 0) == ch->row.revision)
		return st;
	return tables_conflict(c);
}

static enum rsp_status
look_first(struct lite *s, struct rsp_ctx *c, const struct row_change *changes, size_t n, bool *durable)
{
	enum rsp_status st = RSP_OK;
	size_t i;

	*durable = false;
	for (i = 0; st == RSP_OK && i < n; i++)
		if (table_is_volatile(changes[i].table))
			st = n > 1 ? check_volatile(s, c, &changes[i]) : RSP_OK;
		else
			*durable = true;
	return st;
}

static enum rsp_status
commit(void *self, struct rsp_ctx *c, const struct row_change *changes, size_t n)
{
	struct lite *s = self;
	struct job j = {.change = changes, .n = n};
	bool durable;
	enum rsp_status st = look_first(s, c, changes, n, &durable);

	if (st == RSP_OK && durable)
		st = submit(s, c, &j);
	return st == RSP_OK ? put_volatile(s, c, changes, n) : st;
}

static enum rsp_status
commit_then(void *self, struct rsp_ctx *c, const struct row_change *changes, size_t n, void (*done)(void *arg, enum rsp_status st), void *arg)
{
	struct lite *s = self;
	struct job *j;
	bool durable;
	enum rsp_status st = look_first(s, c, changes, n, &durable);

	if (st != RSP_OK)
		return st;
	if (!durable)
		return RSP_STATE;
	j = rsp_alloc(c, sizeof(*j));
	if (!j)
		return RSP_NOMEM;
	*j = (struct job){.change = changes, .n = n, .then = done, .arg = arg, .c = c};
	enqueue(s, j);
	return RSP_OK;
}

/* ---- reading ---- */

static struct bytes
column(sqlite3_stmt *q, int at)
{
	const void *p = sqlite3_column_blob(q, at);

	if (sqlite3_column_type(q, at) == SQLITE_NULL)
		return BYTES_NONE;
	return bytes_of(p ? p : "", (size_t)sqlite3_column_bytes(q, at));
}

static struct row
row_of(sqlite3_stmt *q)
{
	return (struct row){.key = column(q, 0), .name = column(q, 1), .queue = column(q, 2), .number = (uint64_t)sqlite3_column_int64(q, 3),
		.revision = (uint64_t)sqlite3_column_int64(q, 4), .due = sqlite3_column_int64(q, 5), .body = column(q, 6)};
}

static enum rsp_status
find(struct lite *s, struct rsp_ctx *c, enum table t, enum query which, struct bytes key, int64_t number, struct row *out, bool *found)
{
	sqlite3_stmt *q = s->query[t][which];
	enum rsp_status st = RSP_OK;
	struct row r;
	int rc;

	pthread_mutex_lock(&s->read_lock);
	if (which != QUERY_DUE)
		bind_blob(q, 1, key);
	if (which == QUERY_DUE || which == QUERY_QUEUE)
		sqlite3_bind_int64(q, 2, number);
	rc = sqlite3_step(q);
	*found = rc == SQLITE_ROW;
	if (*found) {
		r = row_of(q);
		st = row_copy(c, &r, out);
	} else if (rc != SQLITE_DONE) {
		st = rsp_fail(c, RSP_IO, "the store cannot be read: %s", sqlite3_errmsg(s->reading));
	}
	sqlite3_reset(q);
	sqlite3_clear_bindings(q);
	pthread_mutex_unlock(&s->read_lock);
	return st;
}

static enum rsp_status
by_key(void *self, struct rsp_ctx *c, enum table t, struct bytes key, struct row *out, bool *found)
{
	struct lite *s = self;

	if (table_is_volatile(t))
		return s->memory->by_key(s->memory->self, c, t, key, out, found);
	return find(s, c, t, QUERY_KEY, key, 0, out, found);
}

static enum rsp_status
by_name(void *self, struct rsp_ctx *c, enum table t, struct bytes name, struct row *out, bool *found)
{
	struct lite *s = self;

	if (table_is_volatile(t))
		return s->memory->by_name(s->memory->self, c, t, name, out, found);
	return find(s, c, t, QUERY_NAME, name, 0, out, found);
}

static enum rsp_status
in_queue(void *self, struct rsp_ctx *c, enum table t, struct bytes queue, unsigned skip, struct row *out, bool *found)
{
	struct lite *s = self;

	if (table_is_volatile(t))
		return s->memory->in_queue(s->memory->self, c, t, queue, skip, out, found);
	return find(s, c, t, QUERY_QUEUE, queue, skip, out, found);
}

static enum rsp_status
due(void *self, struct rsp_ctx *c, enum table t, int64_t now, struct row *out, bool *found)
{
	struct lite *s = self;

	if (table_is_volatile(t))
		return s->memory->due(s->memory->self, c, t, now, out, found);
	return find(s, c, t, QUERY_DUE, BYTES_NONE, now, out, found);
}

static enum rsp_status
each(void *self, struct rsp_ctx *c, enum table t, struct bytes queue, bool (*fn)(void *arg, const struct row *r), void *arg)
{
	struct lite *s = self;
	sqlite3_stmt *q = NULL;
	char sql[200];
	struct row r;
	int rc = SQLITE_ERROR;

	if (table_is_volatile(t))
		return s->memory->each(s->memory->self, c, t, queue, fn, arg);
	snprintf(sql, sizeof(sql), COLUMNS "%s ORDER BY number", table_name(t), queue.p ? "WHERE queue = ?1" : "");
	pthread_mutex_lock(&s->read_lock);
	if (sqlite3_prepare_v2(s->reading, sql, -1, &q, NULL) == SQLITE_OK) {
		if (queue.p)
			bind_blob(q, 1, queue);
		while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
			r = row_of(q);
			if (!fn(arg, &r))
				break;
		}
	}
	sqlite3_finalize(q);
	pthread_mutex_unlock(&s->read_lock);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? RSP_OK : rsp_fail(c, RSP_IO, "the store cannot be read: %s", sqlite3_errmsg(s->reading));
}

static enum rsp_status
drop_due(void *self, struct rsp_ctx *c, enum table t, int64_t before, uint64_t *gone)
{
	struct lite *s = self;
	struct job j = {.drop = t, .drop_until = before};
	struct row oldest;
	bool found = false;
	enum rsp_status st;

	*gone = 0;
	if (table_is_volatile(t))
		return s->memory->drop_due(s->memory->self, c, t, before, gone);
	st = due(s, c, t, before - 1, &oldest, &found);
	if (st == RSP_OK && found)
		st = submit(s, c, &j);
	*gone = j.gone;
	return st;
}

static enum rsp_status
count(void *self, struct rsp_ctx *c, enum table t, uint64_t *n)
{
	struct lite *s = self;
	sqlite3_stmt *q = NULL;
	char sql[64];
	bool good;

	if (table_is_volatile(t))
		return s->memory->count(s->memory->self, c, t, n);
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table_name(t));
	pthread_mutex_lock(&s->read_lock);
	good = sqlite3_prepare_v2(s->reading, sql, -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW;
	if (good)
		*n = (uint64_t)sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	pthread_mutex_unlock(&s->read_lock);
	return good ? RSP_OK : rsp_fail(c, RSP_IO, "the store cannot be read");
}

/* ---- opening ---- */

static void
close_lite(void *self)
{
	struct lite *s = self;
	sqlite3_stmt **all[] = {&s->begin, &s->commit, &s->rollback, &s->save, &s->release, &s->undo};
	size_t i, k;

	if (s->running) {
		pthread_mutex_lock(&s->lock);
		s->stop = true;
		pthread_cond_signal(&s->work);
		pthread_mutex_unlock(&s->lock);
		pthread_join(s->writer, NULL);
	}
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		sqlite3_finalize(*all[i]);
	for (i = 0; i < TABLES; i++) {
		for (k = 0; k < CHANGES; k++)
			sqlite3_finalize(s->change[i][k]);
		for (k = 0; k < QUERIES; k++)
			sqlite3_finalize(s->query[i][k]);
	}
	sqlite3_close(s->reading);
	sqlite3_close(s->writing);
	if (s->memory)
		s->memory->close(s->memory->self);
	free(s);
}

static bool
run(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static int
version_of(sqlite3 *db)
{
	sqlite3_stmt *q = NULL;
	int version = -1;

	if (sqlite3_prepare_v2(db, "SELECT version FROM meta", -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
		version = sqlite3_column_int(q, 0);
	sqlite3_finalize(q);
	return version;
}

/* In one transaction, so that a crash leaves the old version or the new one. */
static enum rsp_status
migrate(struct rsp_ctx *c, struct lite *s, const char *path)
{
	char sql[64];
	int version;

	if (!run(s->writing, "BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS meta(version INTEGER NOT NULL);"
		"INSERT INTO meta SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM meta)"))
		return rsp_fail(c, RSP_IO, "%s: cannot be opened as a store: %s", path, sqlite3_errmsg(s->writing));
	version = version_of(s->writing);
	if (version > VERSION || version < 0)
		return rsp_fail(c, RSP_IO, "%s: is a store of version %d, this program knows up to %d", path, version, VERSION);
	for (; version < VERSION; version++)
		if (!run(s->writing, migrations[version]))
			return rsp_fail(c, RSP_IO, "%s: cannot be brought to version %d: %s", path, version + 1, sqlite3_errmsg(s->writing));
	snprintf(sql, sizeof(sql), "UPDATE meta SET version = %d; COMMIT", VERSION);
	return run(s->writing, sql) ? RSP_OK : rsp_fail(c, RSP_IO, "%s: cannot be written: %s", path, sqlite3_errmsg(s->writing));
}

static enum rsp_status
connect_to(struct rsp_ctx *c, struct lite *s, const char *path)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	enum rsp_status st;

	if (sqlite3_open_v2(path, &s->writing, flags, NULL) != SQLITE_OK)
		return rsp_fail(c, RSP_IO, "%s: cannot be opened as a store: %s", path, s->writing ? sqlite3_errmsg(s->writing) : "no memory");
	sqlite3_busy_timeout(s->writing, 10000);
	if (!run(s->writing, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=FAST; PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=4000"))
		return rsp_fail(c, RSP_IO, "%s: cannot be opened as a store: %s", path, sqlite3_errmsg(s->writing));
	if ((st = migrate(c, s, path)) != RSP_OK)
		return st;
	if (sqlite3_open_v2(path, &s->reading, flags, NULL) != SQLITE_OK)
		return rsp_fail(c, RSP_IO, "%s: cannot be read: %s", path, sqlite3_errmsg(s->reading));
	sqlite3_busy_timeout(s->reading, 10000);
	(void)run(s->reading, "PRAGMA cache_size=-16384");
	return RSP_OK;
}

static bool
prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out)
{
	return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) == SQLITE_OK;
}

static bool
prepare_all(struct lite *s)
{
	char sql[400];
	unsigned t, k;

	if (!prepare(s->writing, "BEGIN IMMEDIATE", &s->begin) || !prepare(s->writing, "COMMIT", &s->commit) ||
		!prepare(s->writing, "ROLLBACK", &s->rollback) || !prepare(s->writing, "SAVEPOINT one", &s->save) ||
		!prepare(s->writing, "RELEASE one", &s->release) || !prepare(s->writing, "ROLLBACK TO one", &s->undo))
		return false;
	for (t = 0; t < TABLES; t++) {
		if (table_is_volatile((enum table)t))
			continue;
		for (k = 0; k < CHANGES; k++) {
			snprintf(sql, sizeof(sql), change_sql[k], table_name((enum table)t));
			if (!prepare(s->writing, sql, &s->change[t][k]))
				return false;
		}
		for (k = 0; k < QUERIES; k++) {
			snprintf(sql, sizeof(sql), query_sql[k], table_name((enum table)t));
			if (!prepare(s->reading, sql, &s->query[t][k]))
				return false;
		}
	}
	return true;
}

enum rsp_status
tables_sqlite(struct rsp_ctx *c, const char *path, struct tables **out)
{
	struct lite *s = calloc(1, sizeof(*s));
	enum rsp_status st;

	if (!s)
		return rsp_fail(c, RSP_NOMEM, "no memory for a store");
	s->last = &s->first;
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->read_lock, NULL);
	pthread_cond_init(&s->work, NULL);
	s->port = (struct tables){s, by_key, by_name, in_queue, due, each, commit, commit_then, drop_due, count, close_lite};
	st = tables_memory(c, &s->memory);
	if (st == RSP_OK)
		st = connect_to(c, s, path);
	if (st == RSP_OK && !prepare_all(s))
		st = rsp_fail(c, RSP_IO, "%s: is no store of this program: %s", path, sqlite3_errmsg(s->writing));
	if (st == RSP_OK && pthread_create(&s->writer, NULL, writer_main, s) != 0)
		st = rsp_fail(c, RSP_NOMEM, "no thread for the store");
	if (st == RSP_OK)
		pthread_setname_np(s->writer, "store");
	if (st != RSP_OK) {
		close_lite(s);
		return st;
	}
	s->running = true;
	*out = &s->port;
	return RSP_OK;
}
