// SPDX-License-Identifier: BSD-2-Clause
/*
 * Tables in PostgreSQL through libpq. A caller has a connection of a small pool to itself; a commit is one pipeline, which PostgreSQL runs as one
 * transaction, so it costs one round trip. Volatile tables are UNLOGGED.
 */
#include <endian.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/table.h"

/* Version n of the schema is reached by step n - 1. */
static const char *const migrations[] = {
#define SHAPE(kind, name) \
	"CREATE " kind "TABLE " name "(number BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE, key BYTEA PRIMARY KEY, name BYTEA UNIQUE, queue BYTEA," \
	" revision BIGINT NOT NULL, due BIGINT, body BYTEA NOT NULL);" \
	"CREATE INDEX ON " name "(queue, number) WHERE queue IS NOT NULL; CREATE INDEX ON " name "(due) WHERE due IS NOT NULL;"
	SHAPE("", "orders") SHAPE("", "packages") SHAPE("", "outbox") SHAPE("", "stock") SHAPE("", "calls") SHAPE("UNLOGGED ", "sessions"),
	/* The SM-DS. */
	SHAPE("", "events") SHAPE("UNLOGGED ", "ds_sessions") SHAPE("", "ds_outbox"),
};
#define VERSION ((int)(sizeof(migrations) / sizeof(migrations[0])))

enum statement { INSERT, UPDATE, DROP, BY_KEY, BY_NAME, IN_QUEUE, DUE, DROP_DUE, STATEMENTS };

#define COLUMNS "SELECT key, name, queue, number, revision, due, body FROM %1$s "
/* A change that finds no row of its revision divides by zero, which ends the pipeline's transaction. */
static const char *const sql[STATEMENTS] = {
	[INSERT] = "INSERT INTO %1$s(key, name, queue, due, body, revision) VALUES($1, $2, $3, $4, $5, 1)",
	[UPDATE] = "WITH u AS (UPDATE %1$s SET name = $2, queue = $3, due = $4, body = $5, revision = revision + 1 WHERE key = $1 AND revision = $6"
		" RETURNING 1) SELECT 1 / (SELECT count(*) FROM u)",
	[DROP] = "WITH u AS (DELETE FROM %1$s WHERE key = $1 AND revision = $2 RETURNING 1) SELECT 1 / (SELECT count(*) FROM u)",
	[BY_KEY] = COLUMNS "WHERE key = $1",
	[BY_NAME] = COLUMNS "WHERE name = $1",
	[IN_QUEUE] = COLUMNS "WHERE queue = $1 ORDER BY number LIMIT 1 OFFSET $2",
	[DUE] = COLUMNS "WHERE due <= $1 ORDER BY due, number LIMIT 1",
	[DROP_DUE] = "DELETE FROM %1$s WHERE number IN (SELECT number FROM %1$s WHERE due < $1 LIMIT 4096)",
};
static const unsigned char parameter_type[STATEMENTS][6] = {
	[INSERT] = {0, 0, 0, 1, 0}, [UPDATE] = {0, 0, 0, 1, 0, 1}, [DROP] = {0, 1}, [IN_QUEUE] = {0, 1}, [DUE] = {1}, [DROP_DUE] = {1},
};
static const unsigned char n_parameters[STATEMENTS] = {[INSERT] = 5, [UPDATE] = 6, [DROP] = 2, [BY_KEY] = 1, [BY_NAME] = 1, [IN_QUEUE] = 2, [DUE] = 1,
	[DROP_DUE] = 1};

struct link { struct link *next; PGconn *conn; bool prepared[TABLES][STATEMENTS]; };

struct server {
	struct tables port;
	char *conninfo;
	pthread_mutex_t lock;
	pthread_cond_t freed;
	struct link *idle;
	unsigned made, most;
};

/* Values of one statement, as libpq wants them: binary, numbers in network order. */
struct values { const char *at[6]; int size[6]; uint64_t number[6]; };

static void
put_bytes(struct values *v, int i, struct bytes b)
{
	v->at[i] = b.p ? (const char *)(b.n ? b.p : (const uint8_t *)"") : NULL;
	v->size[i] = (int)b.n;
}

static void
put_number(struct values *v, int i, int64_t n)
{
	v->number[i] = htobe64((uint64_t)n);
	v->at[i] = (const char *)&v->number[i];
	v->size[i] = 8;
}

/* ---- the pool ---- */

static void
link_free(struct link *k)
{
	PQfinish(k->conn);
	free(k);
}

static struct link *
link_new(const struct server *s)
{
	struct link *k = calloc(1, sizeof(*k));

	if (k)
		k->conn = PQconnectdb(s->conninfo);
	return k;
}

/* NULL only without memory; the connection in it may be a broken one, which its first use says. */
static struct link *
take(struct server *s)
{
	struct link *k;

	pthread_mutex_lock(&s->lock);
	while (!s->idle && s->made >= s->most)
		pthread_cond_wait(&s->freed, &s->lock);
	k = s->idle;
	if (k)
		s->idle = k->next;
	else
		s->made++;
	pthread_mutex_unlock(&s->lock);
	if (!k)
		k = link_new(s);
	if (k && PQstatus(k->conn) != CONNECTION_OK) {
		PQreset(k->conn);
		memset(k->prepared, 0, sizeof(k->prepared));
	}
	return k;
}

static void
give_back(struct server *s, struct link *k)
{
	pthread_mutex_lock(&s->lock);
	if (k) {
		k->next = s->idle;
		s->idle = k;
	} else {
		s->made--;
	}
	pthread_cond_signal(&s->freed);
	pthread_mutex_unlock(&s->lock);
}

static enum rsp_status
broken(struct rsp_ctx *c, const struct link *k)
{
	const char *why = k ? PQerrorMessage(k->conn) : "no memory";

	return rsp_fail(c, RSP_IO, "PostgreSQL: %.*s", (int)strcspn(why, "\n"), why);
}

/* ---- statements ---- */

static void
name_of(enum table t, enum statement what, char out[16])
{
	snprintf(out, 16, "s%u_%u", (unsigned)t, (unsigned)what);
}

static bool
prepare(struct link *k, enum table t, enum statement what)
{
	char text[600], name[16];
	Oid oids[6];
	PGresult *r;
	int i;

	if (k->prepared[t][what])
		return true;
	for (i = 0; i < n_parameters[what]; i++)
		oids[i] = parameter_type[what][i] ? 20 : 17;   /* int8, bytea */
	snprintf(text, sizeof(text), sql[what], table_name(t));
	name_of(t, what, name);
	r = PQprepare(k->conn, name, text, n_parameters[what], oids);
	k->prepared[t][what] = PQresultStatus(r) == PGRES_COMMAND_OK;
	PQclear(r);
	return k->prepared[t][what];
}

static const int binary[6] = {1, 1, 1, 1, 1, 1};

static PGresult *
execute(struct link *k, enum table t, enum statement what, const struct values *v)
{
	char name[16];

	name_of(t, what, name);
	return prepare(k, t, what) ? PQexecPrepared(k->conn, name, n_parameters[what], v->at, v->size, binary, 1) : NULL;
}

static struct bytes
cell(const PGresult *r, int row, int column)
{
	if (PQgetisnull(r, row, column))
		return BYTES_NONE;
	return bytes_of(PQgetvalue(r, row, column), (size_t)PQgetlength(r, row, column));
}

static int64_t
number(const PGresult *r, int row, int column)
{
	struct bytes b = cell(r, row, column);
	uint64_t n = 0;

	if (b.n == sizeof(n))
		memcpy(&n, b.p, sizeof(n));
	return (int64_t)be64toh(n);
}

static struct row
row_at(const PGresult *r, int i)
{
	return (struct row){.key = cell(r, i, 0), .name = cell(r, i, 1), .queue = cell(r, i, 2), .number = (uint64_t)number(r, i, 3),
		.revision = (uint64_t)number(r, i, 4), .due = number(r, i, 5), .body = cell(r, i, 6)};
}

/* A read is repeated once on a new connection: the old one may have ended while it was idle. */
static enum rsp_status
find(struct server *s, struct rsp_ctx *c, enum table t, enum statement what, const struct values *v, struct row *out, bool *found)
{
	struct link *k = take(s);
	PGresult *r = k ? execute(k, t, what, v) : NULL;
	enum rsp_status st = RSP_OK;
	struct row row;

	*found = false;
	if (k && PQresultStatus(r) != PGRES_TUPLES_OK && PQstatus(k->conn) != CONNECTION_OK) {
		PQclear(r);
		PQreset(k->conn);
		memset(k->prepared, 0, sizeof(k->prepared));
		r = execute(k, t, what, v);
	}
	if (PQresultStatus(r) != PGRES_TUPLES_OK) {
		st = broken(c, k);
	} else if (PQntuples(r)) {
		row = row_at(r, 0);
		st = row_copy(c, &row, out);
		*found = st == RSP_OK;
	}
	PQclear(r);
	give_back(s, k);
	return st;
}

static enum rsp_status
by_key(void *self, struct rsp_ctx *c, enum table t, struct bytes key, struct row *out, bool *found)
{
	struct values v;

	put_bytes(&v, 0, key);
	return find(self, c, t, BY_KEY, &v, out, found);
}

static enum rsp_status
by_name(void *self, struct rsp_ctx *c, enum table t, struct bytes name, struct row *out, bool *found)
{
	struct values v;

	put_bytes(&v, 0, name);
	return find(self, c, t, BY_NAME, &v, out, found);
}

static enum rsp_status
in_queue(void *self, struct rsp_ctx *c, enum table t, struct bytes queue, unsigned skip, struct row *out, bool *found)
{
	struct values v;

	put_bytes(&v, 0, queue);
	put_number(&v, 1, skip);
	return find(self, c, t, IN_QUEUE, &v, out, found);
}

static enum rsp_status
due(void *self, struct rsp_ctx *c, enum table t, int64_t now, struct row *out, bool *found)
{
	struct values v;

	put_number(&v, 0, now);
	return find(self, c, t, DUE, &v, out, found);
}

/* ---- walking ---- */

static enum rsp_status
walk(struct link *k, struct rsp_ctx *c, bool (*fn)(void *arg, const struct row *r), void *arg)
{
	enum rsp_status st = RSP_OK;
	bool more = true;
	struct row row;
	PGresult *r;

	while ((r = PQgetResult(k->conn))) {
		if (PQresultStatus(r) == PGRES_SINGLE_TUPLE && more) {
			row = row_at(r, 0);
			more = fn(arg, &row);
		} else if (PQresultStatus(r) != PGRES_SINGLE_TUPLE && PQresultStatus(r) != PGRES_TUPLES_OK) {
			st = broken(c, k);
		}
		PQclear(r);
	}
	return st;
}

static enum rsp_status
each(void *self, struct rsp_ctx *c, enum table t, struct bytes queue, bool (*fn)(void *arg, const struct row *r), void *arg)
{
	struct link *k = take(self);
	struct values v;
	char text[200];
	enum rsp_status st;

	put_bytes(&v, 0, queue);
	snprintf(text, sizeof(text), COLUMNS "%2$s ORDER BY number", table_name(t), queue.p ? "WHERE queue = $1::bytea" : "");
	if (k && PQsendQueryParams(k->conn, text, queue.p ? 1 : 0, NULL, v.at, v.size, binary, 1) && PQsetSingleRowMode(k->conn))
		st = walk(k, c, fn, arg);
	else
		st = broken(c, k);
	give_back(self, k);
	return st;
}

/* ---- committing ---- */

static enum statement
statement_of(const struct row_change *ch)
{
	return ch->drop ? DROP : ch->row.revision ? UPDATE : INSERT;
}

static bool
send_change(struct link *k, const struct row_change *ch)
{
	enum statement what = statement_of(ch);
	struct values v;
	char name[16];

	put_bytes(&v, 0, ch->row.key);
	if (what == DROP) {
		put_number(&v, 1, (int64_t)ch->row.revision);
	} else {
		put_bytes(&v, 1, ch->row.name);
		put_bytes(&v, 2, ch->row.queue);
		put_number(&v, 3, ch->row.due);
		if (!ch->row.due)
			put_bytes(&v, 3, BYTES_NONE);
		put_bytes(&v, 4, ch->row.body);
		put_number(&v, 5, (int64_t)ch->row.revision);
	}
	name_of(ch->table, what, name);
	return PQsendQueryPrepared(k->conn, name, n_parameters[what], v.at, v.size, binary, 1);
}

/* Unique violation, no row of this revision, serialization, deadlock. */
static bool
is_conflict(const PGresult *r)
{
	static const char *const states[] = {"23505", "22012", "40001", "40P01"};
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	size_t i;

	for (i = 0; state && i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(state, states[i]) == 0)
			return true;
	return false;
}

/* All answers up to the pipeline's end; a failure of one is the failure of all. */
static enum rsp_status
collect(struct link *k, struct rsp_ctx *c)
{
	enum rsp_status st = RSP_OK;
	bool ended = false;
	PGresult *r;

	while (!ended && PQstatus(k->conn) == CONNECTION_OK) {
		r = PQgetResult(k->conn);
		switch (r ? PQresultStatus(r) : PGRES_EMPTY_QUERY) {
		case PGRES_PIPELINE_SYNC:
			ended = true;
			break;
		case PGRES_FATAL_ERROR:
			st = is_conflict(r) ? tables_conflict(c) : broken(c, k);
			break;
		default:
			break;
		}
		PQclear(r);
	}
	return ended ? st : broken(c, k);
}

static enum rsp_status
run_pipeline(struct link *k, struct rsp_ctx *c, const struct row_change *changes, size_t n)
{
	enum rsp_status st = RSP_OK;
	bool good = true;
	size_t i;

	for (i = 0; i < n; i++)
		if (!prepare(k, changes[i].table, statement_of(&changes[i])))
			return broken(c, k);
	if (!PQenterPipelineMode(k->conn))
		return broken(c, k);
	for (i = 0; good && i < n; i++)
		good = send_change(k, &changes[i]);
	if (!PQpipelineSync(k->conn) || !good)
		st = broken(c, k);
	else
		st = collect(k, c);
	/* What is left in a pipeline that went wrong must not meet the next caller. */
	if (!PQexitPipelineMode(k->conn)) {
		PQreset(k->conn);
		memset(k->prepared, 0, sizeof(k->prepared));
	}
	return st;
}

static enum rsp_status
commit(void *self, struct rsp_ctx *c, const struct row_change *changes, size_t n)
{
	struct link *k = take(self);
	enum rsp_status st = k ? run_pipeline(k, c, changes, n) : broken(c, k);

	give_back(self, k);
	return st;
}

static enum rsp_status
drop_due(void *self, struct rsp_ctx *c, enum table t, int64_t before, uint64_t *gone)
{
	struct link *k = take(self);
	struct values v;
	PGresult *r;
	enum rsp_status st = RSP_OK;

	put_number(&v, 0, before);
	r = k ? execute(k, t, DROP_DUE, &v) : NULL;
	*gone = 0;
	if (PQresultStatus(r) == PGRES_COMMAND_OK)
		*gone = strtoull(PQcmdTuples(r), NULL, 10);
	else
		st = broken(c, k);
	PQclear(r);
	give_back(self, k);
	return st;
}

static enum rsp_status
count(void *self, struct rsp_ctx *c, enum table t, uint64_t *n)
{
	struct link *k = take(self);
	enum rsp_status st = RSP_OK;
	char text[64];
	PGresult *r;

	snprintf(text, sizeof(text), "SELECT count(*) FROM %s", table_name(t));
	r = k ? PQexec(k->conn, text) : NULL;
	if (PQresultStatus(r) == PGRES_TUPLES_OK)
		*n = strtoull(PQgetvalue(r, 0, 0), NULL, 10);
	else
		st = broken(c, k);
	PQclear(r);
	give_back(self, k);
	return st;
}

/* ---- opening ---- */

static void
close_server(void *self)
{
	struct server *s = self;

	while (s->idle) {
		struct link *k = s->idle;

		s->idle = k->next;
		link_free(k);
	}
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->freed);
	free(s->conninfo);
	free(s);
}

static bool
run(PGconn *conn, const char *text)
{
	PGresult *r = PQexec(conn, text);
	bool good = PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK;

	PQclear(r);
	return good;
}

static int
version_of(PGconn *conn)
{
	PGresult *r = PQexec(conn, "SELECT version FROM esimlab_meta");
	int version = PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) ? atoi(PQgetvalue(r, 0, 0)) : -1;

	PQclear(r);
	return version;
}

/* In one transaction under a lock that other processes wait for. */
static enum rsp_status
migrate(struct rsp_ctx *c, struct link *k)
{
	char text[64];
	int version;

	if (!run(k->conn, "SET client_min_messages = warning; BEGIN; SELECT pg_advisory_xact_lock(1163086157);"
		"CREATE TABLE IF NOT EXISTS esimlab_meta(version INT NOT NULL);"
		"INSERT INTO esimlab_meta SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM esimlab_meta)"))
		return broken(c, k);
	version = version_of(k->conn);
	if (version > VERSION || version < 0)
		return rsp_fail(c, RSP_IO, "PostgreSQL: the store is of version %d, this program knows up to %d", version, VERSION);
	for (; version < VERSION; version++)
		if (!run(k->conn, migrations[version]))
			return broken(c, k);
	snprintf(text, sizeof(text), "UPDATE esimlab_meta SET version = %d; COMMIT", VERSION);
	return run(k->conn, text) ? RSP_OK : broken(c, k);
}

enum rsp_status
tables_postgres(struct rsp_ctx *c, const char *conninfo, unsigned connections, struct tables **out)
{
	struct server *s = calloc(1, sizeof(*s));
	struct link *k;
	enum rsp_status st;

	if (!s || !(s->conninfo = strdup(conninfo))) {
		free(s);
		return rsp_fail(c, RSP_NOMEM, "no memory for a store");
	}
	s->most = connections ? connections : 32;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->freed, NULL);
	s->port = (struct tables){s, by_key, by_name, in_queue, due, each, commit, NULL, drop_due, count, close_server};
	k = take(s);
	st = k && PQstatus(k->conn) == CONNECTION_OK ? migrate(c, k) : broken(c, k);
	if (st != RSP_OK && k) {
		link_free(k);
		k = NULL;
	}
	give_back(s, k);
	if (st != RSP_OK) {
		close_server(s);
		return st;
	}
	*out = &s->port;
	return RSP_OK;
}
