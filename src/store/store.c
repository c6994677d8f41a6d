// SPDX-License-Identifier: BSD-2-Clause
#include "store/store.h"

#include <stdlib.h>

#include "store/table.h"

/* The first row that is ever made: a wrong key does not find it, although rows are there. */
static enum rsp_status
check_key(struct rsp_ctx *c, struct store *s)
{
	struct tables *t = s->tables;
	struct row_change mark = {.table = TABLE_CALLS};
	struct bytes name = bytes_of_str("data key");
	uint8_t tag[32];
	struct row r;
	bool found = false;
	enum rsp_status st = store_tag(c, &s->key, "check", bytes_of_str("data key"), tag);

	if (st == RSP_OK)
		st = t->by_key(t->self, c, TABLE_CALLS, name, &r, &found);
	if (st != RSP_OK)
		return st;
	if (found)
		return bytes_equal(r.body, BYTES_OF(tag)) ? RSP_OK : rsp_fail(c, RSP_IO, "the store was made with another data key than the one in the key file");
	mark.row = (struct row){.key = name, .body = BYTES_OF(tag)};
	st = t->commit(t->self, c, &mark, 1);
	/* Another process has just made it. */
	return st == RSP_CONFLICT ? check_key(c, s) : st;
}

static const char *
home_key(struct rsp_ctx *c)
{
	const char *home = getenv("HOME");

	return rsp_sprintf(c, "%s/.esimlab-store.key", home ? home : ".");
}

static enum rsp_status
open_tables(struct rsp_ctx *c, const char *where, const struct store_options *o, struct store *s, const char **key_file)
{
	const char *given = o ? o->key_file : NULL;

	if (strcmp(where, "memory:") == 0)
		return tables_memory(c, &s->tables);
	if (strncmp(where, "sqlite:", 7) == 0 && where[7]) {
		*key_file = given ? given : rsp_sprintf(c, "%s.key", where + 7);
		return *key_file ? tables_sqlite(c, where + 7, &s->tables) : RSP_NOMEM;
	}
	if (strncmp(where, "postgres:", 9) == 0) {
		*key_file = given ? given : home_key(c);
		s->shared = true;
		return *key_file ? tables_postgres(c, where + 9, o ? o->connections : 0, &s->tables) : RSP_NOMEM;
	}
	return rsp_fail(c, RSP_MALFORMED, "store: want memory:, sqlite:FILE or postgres:CONNINFO, have '%.80s'", where);
}

enum rsp_status
store_open(struct rsp_ctx *c, const char *where, const struct store_options *o, struct store **out)
{
	struct store *s = calloc(1, sizeof(*s));
	const char *key_file = NULL;
	enum rsp_status st;

	if (!s)
		return rsp_fail(c, RSP_NOMEM, "no memory for a store");
	st = open_tables(c, where, o, s, &key_file);
	if (st == RSP_OK)
		st = store_key_open(c, key_file, &s->key);
	if (st == RSP_OK)
		st = check_key(c, s);
	if (st == RSP_OK)
		st = store_smdpp(c, s, &s->smdpp);
	if (st != RSP_OK) {
		store_close(s);
		return st;
	}
	*out = s;
	return RSP_OK;
}

void
store_close(struct store *s)
{
	if (!s)
		return;
	if (s->smdpp)
		s->smdpp->close(s->smdpp->self);
	if (s->tables)
		s->tables->close(s->tables->self);
	explicit_bzero(&s->key, sizeof(s->key));
	free(s);
}
