// SPDX-License-Identifier: BSD-2-Clause
/* One suite over all stores: memory, SQLite, and PostgreSQL when ESIMLAB_POSTGRES names one ("host=… dbname=…", with schemas t0 to t9). */
#include "support/test.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "store/outbox.h"
#include "store/table.h"

enum kind { MEMORY, SQLITE, POSTGRES, KINDS };
static const char *const kind_names[KINDS] = {"memory", "SQLite", "PostgreSQL"};

struct place { enum kind kind; char where[300], file[200], key[220]; struct store_options o; };

static bool
have(enum kind k)
{
	if (k != POSTGRES || getenv("ESIMLAB_POSTGRES"))
		return true;
	print_message("skipped: PostgreSQL: ESIMLAB_POSTGRES names none (tests/interop/postgres_test.sh starts one)\n");
	return false;
}

/* A store nobody has used: number is the test's own, since PostgreSQL's schemas stay. */
static void
place_new(struct place *p, enum kind k, unsigned number)
{
	*p = (struct place){.kind = k};
	snprintf(p->file, sizeof(p->file), "/tmp/esimlab-store-%d-%u.db", (int)getpid(), number);
	snprintf(p->key, sizeof(p->key), "%s.key", p->file);
	p->o = (struct store_options){.key_file = k == POSTGRES ? p->key : NULL, .connections = 12};
	if (k == MEMORY)
		snprintf(p->where, sizeof(p->where), "memory:");
	else if (k == SQLITE)
		snprintf(p->where, sizeof(p->where), "sqlite:%s", p->file);
	else
		snprintf(p->where, sizeof(p->where), "postgres:%s options=-csearch_path=t%u", getenv("ESIMLAB_POSTGRES"), number);
}

static void
place_remove(const struct place *p)
{
	static const char *const tails[] = {"", "-wal", "-shm", ".key"};
	char path[240];
	size_t i;

	for (i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", p->file, tails[i]);
		unlink(path);
	}
}

static struct store *
open_place(struct rsp_ctx *c, const struct place *p)
{
	struct store *s = NULL;

	if (store_open(c, p->where, &p->o, &s) != RSP_OK)
		fail_msg("%s: %s", kind_names[p->kind], c->error.text);
	return s;
}

#define FOR_EACH_STORE(p, k, number) \
	for (k = MEMORY; k < KINDS; k++) \
		if (have(k) && (place_new(&p, k, number), true))

/* ---- rows ---- */

static struct row_change
change(const char *key, const char *name, const char *queue, uint64_t revision, int64_t due, const char *body)
{
	return (struct row_change){.table = TABLE_STOCK, .row = {.key = bytes_of_str(key), .name = name ? bytes_of_str(name) : BYTES_NONE,
		.queue = queue ? bytes_of_str(queue) : BYTES_NONE, .revision = revision, .due = due, .body = bytes_of_str(body)}};
}

static enum rsp_status
put(struct tables *t, struct rsp_ctx *c, struct row_change ch)
{
	return t->commit(t->self, c, &ch, 1);
}

/* "body@revision" of what a lookup found, "-" for nothing. */
static const char *
seen(struct rsp_ctx *c, enum rsp_status st, const struct row *r, const bool *found)
{
	assert_status(st, RSP_OK);
	return *found ? rsp_sprintf(c, "%.*s@%llu", (int)r->body.n, (const char *)r->body.p, (unsigned long long)r->revision) : "-";
}

static const char *
by_key(struct tables *t, struct rsp_ctx *c, const char *key)
{
	struct row r;
	bool found;

	return seen(c, t->by_key(t->self, c, TABLE_STOCK, bytes_of_str(key), &r, &found), &r, &found);
}

static const char *
by_name(struct tables *t, struct rsp_ctx *c, const char *name)
{
	struct row r;
	bool found;

	return seen(c, t->by_name(t->self, c, TABLE_STOCK, bytes_of_str(name), &r, &found), &r, &found);
}

static const char *
in_queue(struct tables *t, struct rsp_ctx *c, const char *queue, unsigned skip)
{
	struct row r;
	bool found;

	return seen(c, t->in_queue(t->self, c, TABLE_STOCK, bytes_of_str(queue), skip, &r, &found), &r, &found);
}

static const char *
due(struct tables *t, struct rsp_ctx *c, int64_t now)
{
	struct row r;
	bool found;

	return seen(c, t->due(t->self, c, TABLE_STOCK, now, &r, &found), &r, &found);
}

struct list { char text[200]; size_t most; };

static bool
note(void *arg, const struct row *r)
{
	struct list *l = arg;

	snprintf(l->text + strlen(l->text), sizeof(l->text) - strlen(l->text), "%.*s ", (int)r->body.n, (const char *)r->body.p);
	return --l->most > 0;
}

static const char *
listed(struct tables *t, struct rsp_ctx *c, const char *queue, size_t most)
{
	struct list l = {.most = most};

	assert_status(t->each(t->self, c, TABLE_STOCK, queue ? bytes_of_str(queue) : BYTES_NONE, note, &l), RSP_OK);
	return rsp_strdup(c, l.text);
}

static void
rows_are_found_and_guarded(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct place p;
	enum kind k;

	FOR_EACH_STORE(p, k, 0) {
		struct store *s = open_place(c, &p);
		struct tables *t = s->tables;
		struct row_change two[2];

		assert_status(put(t, c, change("a", "A", "q", 0, 30, "one")), RSP_OK);
		assert_status(put(t, c, change("b", "B", "q", 0, 10, "two")), RSP_OK);
		assert_status(put(t, c, change("c", NULL, NULL, 0, 0, "three")), RSP_OK);
		assert_status(put(t, c, change("d", NULL, "other", 0, 20, "")), RSP_OK);
		assert_string_equal(by_key(t, c, "a"), "one@1");
		assert_string_equal(by_key(t, c, "d"), "@1");
		assert_string_equal(by_key(t, c, "z"), "-");
		assert_string_equal(by_name(t, c, "B"), "two@1");
		assert_string_equal(by_name(t, c, "C"), "-");
		assert_string_equal(in_queue(t, c, "q", 0), "one@1");
		assert_string_equal(in_queue(t, c, "q", 1), "two@1");
		assert_string_equal(in_queue(t, c, "q", 2), "-");
		assert_string_equal(due(t, c, 9), "-");
		assert_string_equal(due(t, c, 40), "two@1");
		assert_string_equal(listed(t, c, NULL, 9), "one two three  ");
		assert_string_equal(listed(t, c, "q", 9), "one two ");
		assert_string_equal(listed(t, c, NULL, 2), "one two ");

		/* A row keeps its place in the queue when it changes; names move. */
		assert_status(put(t, c, change("a", "C", "q", 1, 5, "ONE")), RSP_OK);
		assert_string_equal(in_queue(t, c, "q", 0), "ONE@2");
		assert_string_equal(by_name(t, c, "A"), "-");
		assert_string_equal(by_name(t, c, "C"), "ONE@2");
		assert_string_equal(due(t, c, 40), "ONE@2");
		assert_string_equal(listed(t, c, NULL, 9), "ONE two three  ");

		/* Stale, taken, there already, not there: nothing changes. */
		assert_status(put(t, c, change("a", "C", "q", 1, 5, "stale")), RSP_CONFLICT);
		assert_status(put(t, c, change("a", "B", "q", 2, 5, "name taken")), RSP_CONFLICT);
		assert_status(put(t, c, change("a", NULL, NULL, 0, 0, "there already")), RSP_CONFLICT);
		assert_status(put(t, c, change("z", NULL, NULL, 1, 0, "not there")), RSP_CONFLICT);
		two[0] = change("e", NULL, NULL, 0, 0, "five");
		two[1] = change("b", "B", "q", 7, 0, "stale");
		assert_status(t->commit(t->self, c, two, 2), RSP_CONFLICT);
		assert_string_equal(listed(t, c, NULL, 9), "ONE two three  ");
		two[1].row.revision = 1;
		two[1].drop = true;
		assert_status(t->commit(t->self, c, two, 2), RSP_OK);
		assert_string_equal(listed(t, c, NULL, 9), "ONE three  five ");
		assert_string_equal(by_name(t, c, "B"), "-");
		assert_string_equal(in_queue(t, c, "q", 1), "-");
		store_close(s);
		place_remove(&p);
	}
}

static void
old_rows_are_dropped(void **state)
{
	static const enum table tables[] = {TABLE_CALLS, TABLE_SESSIONS};
	struct rsp_ctx *c = fresh_ctx(state);
	struct place p;
	enum kind k;
	size_t i;

	FOR_EACH_STORE(p, k, 1) {
		struct store *s = open_place(c, &p);
		struct tables *t = s->tables;

		for (i = 0; i < 2; i++) {
			uint64_t gone = 9;
			struct row r;
			bool found;
			int n;

			for (n = 0; n < 5; n++) {
				char key[2] = {(char)('a' + n), 0};
				struct row_change ch = change(key, NULL, NULL, 0, n * 10, "x");

				ch.table = tables[i];
				assert_status(put(t, c, ch), RSP_OK);
			}
			assert_status(t->drop_due(t->self, c, tables[i], 30, &gone), RSP_OK);
			assert_int_equal(gone, 2);      /* 10 and 20; 0 is never */
			assert_status(t->by_key(t->self, c, tables[i], bytes_of_str("a"), &r, &found), RSP_OK);
			assert_true(found);
			assert_status(t->by_key(t->self, c, tables[i], bytes_of_str("c"), &r, &found), RSP_OK);
			assert_false(found);
			assert_status(t->drop_due(t->self, c, tables[i], 5, &gone), RSP_OK);
			assert_int_equal(gone, 0);
		}
		store_close(s);
		place_remove(&p);
	}
}

/* ---- without waiting ---- */

struct word { pthread_mutex_t lock; unsigned times; enum rsp_status st; };

static void
told(void *arg, enum rsp_status st)
{
	struct word *w = arg;

	pthread_mutex_lock(&w->lock);
	w->times++;
	w->st = st;
	pthread_mutex_unlock(&w->lock);
}

static enum rsp_status
await(struct word *w)
{
	unsigned i, n = 0;

	for (i = 0; i < 2000 && !n; i++) {
		usleep(1000);
		pthread_mutex_lock(&w->lock);
		n = w->times;
		pthread_mutex_unlock(&w->lock);
	}
	assert_int_equal(n, 1);
	return w->st;
}

/* A durable row with a volatile one: both when the word comes, neither when another was faster. */
static void
a_commit_tells_how_it_ended(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct row_change ch[2], session = change("s", NULL, NULL, 0, 99, "begun");
	struct word w = {.lock = PTHREAD_MUTEX_INITIALIZER};
	struct place p;
	struct row r;
	bool found;
	enum kind k;

	FOR_EACH_STORE(p, k, 9) {
		struct store *s = open_place(c, &p);
		struct tables *t = s->tables;

		if (k != SQLITE) {
			assert_null(t->commit_then);
			store_close(s);
			place_remove(&p);
			continue;
		}
		session.table = TABLE_SESSIONS;
		assert_status(t->commit_then(t->self, c, &session, 1, told, &w), RSP_STATE);   /* nothing to wait for */
		assert_status(t->commit(t->self, c, &session, 1), RSP_OK);
		ch[0] = change("a", NULL, NULL, 0, 0, "one");
		ch[1] = session;
		ch[1].row.revision = 1;
		ch[1].row.body = bytes_of_str("gone on");
		assert_status(t->commit_then(t->self, c, ch, 2, told, &w), RSP_OK);
		assert_status(await(&w), RSP_OK);
		assert_string_equal(by_key(t, c, "a"), "one@1");
		assert_status(t->by_key(t->self, c, TABLE_SESSIONS, bytes_of_str("s"), &r, &found), RSP_OK);
		assert_true(found && r.revision == 2 && bytes_equal_str(r.body, "gone on"));

		w.times = 0;
		ch[1].row.revision = 2;
		assert_status(t->commit_then(t->self, c, ch, 2, told, &w), RSP_OK);            /* "a" is there already */
		assert_status(await(&w), RSP_CONFLICT);
		assert_status(t->by_key(t->self, c, TABLE_SESSIONS, bytes_of_str("s"), &r, &found), RSP_OK);
		assert_true(found && r.revision == 2);

		w.times = 0;
		ch[0].row.revision = 1;
		ch[1].row.revision = 1;                                                        /* stale: at once */
		assert_status(t->commit_then(t->self, c, ch, 2, told, &w), RSP_CONFLICT);
		assert_string_equal(by_key(t, c, "a"), "one@1");
		assert_int_equal(w.times, 0);
		store_close(s);
		place_remove(&p);
	}
}

/* ---- many at once ---- */

#define THREADS 8
#define ROUNDS 60

struct runner { struct store *s; pthread_t thread; struct rsp_ctx c; bool good; };

/* A counter in a row, read and written with its revision: no update may be lost. */
static void *
count_up(void *arg)
{
	struct runner *r = arg;
	struct tables *t = r->s->tables;
	int i = 0;

	r->good = true;
	while (r->good && i < ROUNDS) {
		struct row row;
		bool found = false;
		char text[20];
		struct row_change ch[2];
		enum rsp_status st = t->by_key(t->self, &r->c, TABLE_STOCK, bytes_of_str("counter"), &row, &found);

		snprintf(text, sizeof(text), "%d", found ? atoi(rsp_sprintf(&r->c, "%.*s", (int)row.body.n, (const char *)row.body.p)) + 1 : 1);
		ch[0] = change("counter", NULL, NULL, found ? row.revision : 0, 0, text);
		ch[1] = change(text, NULL, NULL, 0, 0, "reached");
		if (st == RSP_OK)
			st = t->commit(t->self, &r->c, ch, 2);
		i += st == RSP_OK;
		r->good = st == RSP_OK || st == RSP_CONFLICT;
		rsp_ctx_reset(&r->c);
	}
	return NULL;
}

static void
no_update_is_lost(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct runner r[THREADS];
	struct place p;
	enum kind k;
	int i;

	FOR_EACH_STORE(p, k, 2) {
		struct store *s = open_place(c, &p);

		for (i = 0; i < THREADS; i++) {
			r[i].s = s;
			assert_status(rsp_ctx_init(&r[i].c, c->crypto, 0), RSP_OK);
			assert_int_equal(pthread_create(&r[i].thread, NULL, count_up, &r[i]), 0);
		}
		for (i = 0; i < THREADS; i++) {
			pthread_join(r[i].thread, NULL);
			assert_true(r[i].good);
			rsp_ctx_free(&r[i].c);
		}
		assert_string_equal(by_key(s->tables, c, "counter"), rsp_sprintf(c, "%d@%d", THREADS * ROUNDS, THREADS * ROUNDS));
		store_close(s);
		place_remove(&p);
	}
}

/* ---- the SM-DP+'s rows ---- */

static void
fill_order(struct smdpp_order *o, uint8_t seed)
{
	uint8_t *p = (uint8_t *)o->metadata;
	size_t i;

	*o = (struct smdpp_order){.state = ORDER_RELEASED, .confirmed = true, .cc_required = true, .cc_tries = 2, .cc_limit = 3, .download_tries = 4,
		.download_limit = 5, .created = 1700000000, .expires = 1800000000, .profile_class = 2, .ppr = 6, .card = CARD_ENABLED, .card_seq = 1u << 31,
		.has_card_seq = true, .bound = true, .bound_transaction_n = 16, .bound_curve = 1, .package_n = 12345, .has_ppk = true, .metadata_n = 700,
		.has_otsk = true, .from_stock = true, .n_history = 3};
	for (i = 0; i < o->metadata_n; i++)
		p[i] = (uint8_t)(i * seed);
	memset(o->iccid, seed, sizeof(o->iccid));
	memset(o->cc_hash, seed + 1, sizeof(o->cc_hash));
	memset(o->bound_transaction, seed + 2, sizeof(o->bound_transaction));
	memset(o->bound_point, seed + 3, sizeof(o->bound_point));
	memset(o->ppk_enc, seed + 4, sizeof(o->ppk_enc));
	memset(o->otsk, seed + 5, sizeof(o->otsk));
	memset(o->bound_otpk, seed + 6, sizeof(o->bound_otpk));
	snprintf(o->profile, sizeof(o->profile), "type %u", seed);
	snprintf(o->matching_id, sizeof(o->matching_id), "MATCH-%u", seed);
	snprintf(o->name, sizeof(o->name), "name");
	snprintf(o->requester, sizeof(o->requester), "2.999.20");
	snprintf(o->requester_key, sizeof(o->requester_key), "AB12");
	snprintf(o->fault, sizeof(o->fault), "a fault");
	snprintf(o->smds, sizeof(o->smds), "smds.example.com");
	for (i = 0; i < o->n_history; i++)
		o->history[i] = (struct order_event){1700000000 + (int64_t)i, WHAT_ORDERED + (uint32_t)i, 0x01020304u * (uint32_t)i};
}

static void
orders_come_back_as_they_went(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_changes *ch = rsp_alloc(c, sizeof(*ch));
	struct smdpp_order got, want;
	struct bytes package;
	struct place p;
	bool found;
	enum kind k;

	FOR_EACH_STORE(p, k, 3) {
		struct store *s = open_place(c, &p);
		struct smdpp_store *dp = s->smdpp;

		*ch = (struct smdpp_changes){.n_orders = 1, .package = bytes_of_str("the package")};
		fill_order(&ch->order[0], 7);
		assert_status(dp->commit(dp->self, c, ch), RSP_OK);
		want = ch->order[0];
		want.revision = 1;
		assert_status(dp->order_by_iccid(dp->self, c, want.iccid, &got, &found), RSP_OK);
		assert_true(found);
		assert_memory_equal(&got, &want, sizeof(got));
		assert_status(dp->package(dp->self, c, &got, &package), RSP_OK);
		assert_true(bytes_equal_str(package, "the package"));
		assert_status(dp->order_by_matching_id(dp->self, c, bytes_of_str("MATCH-7"), &got, &found), RSP_OK);
		assert_true(found);
		assert_status(dp->order_by_matching_id(dp->self, c, bytes_of_str("match-7"), &got, &found), RSP_OK);
		assert_false(found);

		/* Another order with its MatchingID. */
		fill_order(&ch->order[0], 8);
		snprintf(ch->order[0].matching_id, sizeof(ch->order[0].matching_id), "MATCH-7");
		assert_status(dp->commit(dp->self, c, ch), RSP_CONFLICT);

		/* Without one it waits for its EID; the older goes first, until it is installed. */
		ch->order[0].matching_id[0] = '\0';
		ch->order[0].has_eid = true;
		assert_status(dp->commit(dp->self, c, ch), RSP_OK);
		fill_order(&ch->order[0], 9);
		ch->order[0].matching_id[0] = '\0';
		ch->order[0].has_eid = true;
		assert_status(dp->commit(dp->self, c, ch), RSP_OK);
		assert_status(dp->order_by_eid(dp->self, c, want.eid, &got, &found), RSP_OK);
		assert_true(found && got.iccid[0] == 8);
		got.state = ORDER_INSTALLED;
		*ch = (struct smdpp_changes){.n_orders = 1};
		ch->order[0] = got;
		assert_status(dp->commit(dp->self, c, ch), RSP_OK);
		assert_status(dp->order_by_eid(dp->self, c, want.eid, &got, &found), RSP_OK);
		assert_true(found && got.iccid[0] == 9);
		store_close(s);
		place_remove(&p);
	}
}

static void
the_outbox_gives_each_message_to_one(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_changes *ch = rsp_alloc(c, sizeof(*ch));
	struct outbox_message m, other;
	struct place p;
	bool found;
	enum kind k;

	FOR_EACH_STORE(p, k, 4) {
		struct store *s = open_place(c, &p);
		struct smdpp_store *dp = s->smdpp;

		c->now = 1000;
		*ch = (struct smdpp_changes){.n_outbox = 1};
		ch->outbox[0].url = "https://smds.example.com/path";
		ch->outbox[0].body = bytes_of_str("{}");
		assert_status(dp->commit(dp->self, c, ch), RSP_OK);
		assert_status(outbox_next(s, c, TABLE_OUTBOX, &m, &found), RSP_OK);
		assert_true(found && bytes_equal_str(m.body, "{}") && m.tries == 0);
		assert_string_equal(m.url, "https://smds.example.com/path");
		other = m;
		assert_status(outbox_claim(s, c, TABLE_OUTBOX, &m, 1060), RSP_OK);
		assert_status(outbox_claim(s, c, TABLE_OUTBOX, &other, 1060), RSP_CONFLICT);
		assert_status(outbox_next(s, c, TABLE_OUTBOX, &other, &found), RSP_OK);
		assert_false(found);
		assert_status(outbox_settle(s, c, TABLE_OUTBOX, &m, false, 1005), RSP_OK);
		c->now = 1005;
		assert_status(outbox_next(s, c, TABLE_OUTBOX, &m, &found), RSP_OK);
		assert_true(found && m.tries == 1);
		assert_status(outbox_settle(s, c, TABLE_OUTBOX, &m, true, 0), RSP_OK);
		c->now = 5000;
		assert_status(outbox_next(s, c, TABLE_OUTBOX, &m, &found), RSP_OK);
		assert_false(found);
		store_close(s);
		place_remove(&p);
	}
	c->now = TEST_NOW;
}

static void
stock_calls_and_sessions_are_kept(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_changes *ch = rsp_alloc(c, sizeof(*ch));
	struct stock_item items[3] = {{.iccid = {1}, .profile = "t", .imsi = "001010000000001"}, {.iccid = {2}, .profile = "t"}, {.iccid = {3}, .profile = "u"}}, i;
	struct smdpp_session session;
	struct es2p_done d;
	struct place p;
	uint64_t gone;
	bool found;
	enum kind k;

	FOR_EACH_STORE(p, k, 5) {
		struct store *s = open_place(c, &p);
		struct smdpp_store *dp = s->smdpp;

		*ch = (struct smdpp_changes){.stock = items, .n_stock = 3, .has_session = true, .has_done = true,
			.session = {.transaction_id = {9, 9}, .state = SESSION_AUTHENTICATED, .expires = 2000, .curve = EC_BP256, .svn = {2, 5, 0}},
			.done = {.requester = bytes_of_str("r"), .call_id = bytes_of_str("c"), .answer = bytes_of_str("{\"a\":1}"), .until = 3000, .request = {5}}};
		assert_status(dp->commit(dp->self, c, ch), RSP_OK);
		assert_status(dp->stock_next(dp->self, c, "t", 0, &i, &found), RSP_OK);
		assert_true(found && i.iccid[0] == 1);
		assert_string_equal(i.imsi, "001010000000001");
		i.state = STOCK_ALLOCATED;
		*ch = (struct smdpp_changes){.stock = &i, .n_stock = 1};
		assert_status(dp->commit(dp->self, c, ch), RSP_OK);
		assert_status(dp->commit(dp->self, c, ch), RSP_CONFLICT);
		assert_status(dp->stock_next(dp->self, c, "t", 0, &i, &found), RSP_OK);
		assert_true(found && i.iccid[0] == 2);
		assert_status(dp->stock_next(dp->self, c, "t", 1, &i, &found), RSP_OK);
		assert_false(found);
		assert_status(dp->stock_by_iccid(dp->self, c, items[0].iccid, &i, &found), RSP_OK);
		assert_true(found && i.state == STOCK_ALLOCATED);
		assert_status(dp->done(dp->self, c, bytes_of_str("r"), bytes_of_str("c"), &d, &found), RSP_OK);
		assert_true(found && bytes_equal_str(d.answer, "{\"a\":1}") && d.until == 3000 && d.request[0] == 5);
		assert_status(dp->done(dp->self, c, bytes_of_str("rc"), bytes_of_str(""), &d, &found), RSP_OK);
		assert_false(found);
		assert_status(dp->session(dp->self, c, bytes_of("\t\t\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16), &session, &found), RSP_OK);
		assert_true(found && session.curve == EC_BP256 && session.svn[1] == 5 && session.revision == 1);
		c->now = 2001;
		assert_status(dp->expire(dp->self, c, &gone), RSP_OK);
		assert_int_equal(gone, 1);
		c->now = 3001;
		assert_status(dp->expire(dp->self, c, &gone), RSP_OK);
		assert_int_equal(gone, 1);
		c->now = TEST_NOW;
		store_close(s);
		place_remove(&p);
	}
}

/* ---- files ---- */

/* The process dies right after a commit has been confirmed to it. */
static void
what_was_confirmed_survives_the_process(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct place p;
	enum kind k;

	FOR_EACH_STORE(p, k, 6) {
		struct store *s;
		int status;
		pid_t child;

		if (k == MEMORY)
			continue;
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			struct store *own = open_place(c, &p);

			if (put(own->tables, c, change("kept", NULL, NULL, 0, 0, "yes")) == RSP_OK)
				raise(SIGKILL);
			_exit(1);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		s = open_place(c, &p);
		assert_string_equal(by_key(s->tables, c, "kept"), "yes@1");
		store_close(s);
		place_remove(&p);
	}
}

static void
a_wrong_key_and_a_later_version_are_refused(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct store *s = NULL;
	sqlite3 *db = NULL;
	struct place p;

	place_new(&p, SQLITE, 7);
	store_close(open_place(c, &p));
	assert_int_equal(unlink(p.key), 0);
	assert_status(store_open(c, p.where, NULL, &s), RSP_IO);
	assert_non_null(strstr(c->error.text, "another data key"));
	place_remove(&p);

	store_close(open_place(c, &p));
	assert_int_equal(sqlite3_open(p.file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE meta SET version = 99", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_status(store_open(c, p.where, NULL, &s), RSP_IO);
	assert_non_null(strstr(c->error.text, "version 99"));
	place_remove(&p);

	assert_status(store_open(c, "mysql:x", NULL, &s), RSP_MALFORMED);
	assert_status(store_open(c, "sqlite:/nowhere/at/all.db", NULL, &s), RSP_IO);
	assert_status(store_open(c, "postgres:host=/nowhere connect_timeout=1", &(struct store_options){.key_file = p.key}, &s), RSP_IO);
	place_remove(&p);
}

/* A file as version 1 of the schema laid it out. */
static void
a_store_of_the_first_version_is_brought_up(void **state)
{
	static const char back[] =
		"ALTER TABLE orders RENAME TO new_orders;"
		"CREATE TABLE orders(number INTEGER PRIMARY KEY, iccid BLOB NOT NULL UNIQUE, matching BLOB UNIQUE, waiting BLOB, revision INTEGER NOT NULL,"
		" body BLOB NOT NULL, package BLOB);"
		"INSERT INTO orders SELECT o.number, o.key, o.name, o.queue, o.revision, o.body, p.body FROM new_orders o JOIN packages p ON p.key = o.key;"
		"DROP TABLE new_orders; DROP TABLE packages; DROP TABLE outbox; DROP TABLE stock; DROP TABLE calls; DROP TABLE events; DROP TABLE ds_outbox;"
		"CREATE TABLE outbox(id INTEGER PRIMARY KEY, url TEXT NOT NULL, body BLOB NOT NULL, due INTEGER NOT NULL, tries INTEGER NOT NULL);"
		"UPDATE meta SET version = 1";
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_changes *ch = rsp_alloc(c, sizeof(*ch));
	struct smdpp_order got;
	struct bytes package;
	struct store *s;
	struct place p;
	sqlite3 *db = NULL;
	bool found;

	place_new(&p, SQLITE, 8);
	s = open_place(c, &p);
	*ch = (struct smdpp_changes){.n_orders = 1, .package = bytes_of_str("plain package")};
	fill_order(&ch->order[0], 3);
	ch->order[0].has_ppk = false;
	assert_status(s->smdpp->commit(s->smdpp->self, c, ch), RSP_OK);
	store_close(s);
	assert_int_equal(sqlite3_open(p.file, &db), SQLITE_OK);
	if (sqlite3_exec(db, back, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	sqlite3_close(db);

	s = open_place(c, &p);
	assert_status(s->smdpp->order_by_matching_id(s->smdpp->self, c, bytes_of_str("MATCH-3"), &got, &found), RSP_OK);
	assert_true(found && got.iccid[0] == 3 && got.revision == 1);
	assert_status(s->smdpp->package(s->smdpp->self, c, &got, &package), RSP_OK);
	assert_true(bytes_equal_str(package, "plain package"));
	store_close(s);
	place_remove(&p);
}

static int
make_crypto_ctx(void **state)
{
	struct rsp_ctx *c;

	if (make_ctx(state) != 0)
		return -1;
	c = *state;
	return crypto_new(&c->crypto, BYTES_NONE, "store") == RSP_OK ? 0 : -1;
}

static int
free_crypto_ctx(void **state)
{
	struct rsp_ctx *c = *state;
	struct crypto *x = c->crypto;
	int rc = free_ctx(state);

	crypto_free(x);
	return rc;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_found_and_guarded),
		cmocka_unit_test(old_rows_are_dropped),
		cmocka_unit_test(a_commit_tells_how_it_ended),
		cmocka_unit_test(no_update_is_lost),
		cmocka_unit_test(orders_come_back_as_they_went),
		cmocka_unit_test(the_outbox_gives_each_message_to_one),
		cmocka_unit_test(stock_calls_and_sessions_are_kept),
		cmocka_unit_test(what_was_confirmed_survives_the_process),
		cmocka_unit_test(a_wrong_key_and_a_later_version_are_refused),
		cmocka_unit_test(a_store_of_the_first_version_is_brought_up),
	};

	return cmocka_run_group_tests(tests, make_crypto_ctx, free_crypto_ctx);
}
