// SPDX-License-Identifier: BSD-2-Clause
/* smdpp/store.h over tables: which row says what, what it is found by, sealing. */
#include <stdlib.h>

#include "store/outbox.h"
#include "store/recent.h"
#include "store/smdpp_rows.h"
#include "store/store.h"
#include "store/table.h"

struct smdpp_tables { struct smdpp_store port; struct store *store; struct recent *recent; };

static struct store *
store_of(void *self)
{
	return ((struct smdpp_tables *)self)->store;
}

static struct tables *
tables_of(void *self)
{
	return ((struct smdpp_tables *)self)->store->tables;
}

static const struct store_key *
key_of(void *self)
{
	return &((struct smdpp_tables *)self)->store->key;
}

/* Sessions in the process's own memory need no seal. */
static const struct store_key *
session_key(void *self)
{
	return ((struct smdpp_tables *)self)->store->shared ? key_of(self) : NULL;
}

/* ---- committing ---- */

struct batch { struct row_change *change; size_t n, most; };

/* Room was counted before. tag has 32 octets and lives as long as the batch. */
static struct row *
add(struct batch *b, enum table t, struct bytes key, uint64_t revision)
{
	struct row_change *ch = &b->change[b->n++];

	*ch = (struct row_change){.table = t, .row = {.key = key, .revision = revision}};
	return &ch->row;
}

static enum rsp_status
tag(void *self, struct rsp_ctx *c, const char *kind, struct bytes value, struct bytes *out)
{
	uint8_t *p = rsp_alloc(c, 32);

	*out = bytes_of(p, 32);
	return p ? store_tag(c, key_of(self), kind, value, p) : RSP_NOMEM;
}

/* Found by EID alone: an order with an empty MatchingID that can be downloaded. */
static bool
waits(const struct smdpp_order *o)
{
	return o->confirmed && o->has_eid && !o->matching_id[0] && (o->state == ORDER_RELEASED || o->state == ORDER_DOWNLOADED);
}

static enum rsp_status
add_order(void *self, struct rsp_ctx *c, struct batch *b, const struct smdpp_order *o, struct bytes *iccid_tag)
{
	struct row *r;
	enum rsp_status st = tag(self, c, "iccid", BYTES_OF(o->iccid), iccid_tag);

	if (st != RSP_OK)
		return st;
	r = add(b, TABLE_ORDERS, *iccid_tag, o->revision);
	if (o->matching_id[0])
		st = tag(self, c, "matching", bytes_of_str(o->matching_id), &r->name);
	if (st == RSP_OK && waits(o))
		st = tag(self, c, "eid", BYTES_OF(o->eid), &r->queue);
	return st == RSP_OK ? order_seal(c, key_of(self), o, &r->body) : st;
}

/* A protected package needs no seal of its own: it is encrypted under keys that are sealed in its order. */
static enum rsp_status
add_package(void *self, struct rsp_ctx *c, struct batch *b, const struct smdpp_order *o, struct bytes iccid_tag, struct bytes package)
{
	struct tables *t = tables_of(self);
	struct row *r, old;
	bool found = false;
	enum rsp_status st = o->revision ? t->by_key(t->self, c, TABLE_PACKAGES, iccid_tag, &old, &found) : RSP_OK;

	if (st != RSP_OK)
		return st;
	r = add(b, TABLE_PACKAGES, iccid_tag, found ? old.revision : 0);
	r->body = package;
	return o->has_ppk ? RSP_OK : aes_seal(c, key_of(self)->seal, bytes_of_str("package"), package, &r->body);
}

static enum rsp_status
add_session(void *self, struct rsp_ctx *c, struct batch *b, const struct smdpp_changes *ch)
{
	const struct smdpp_session *s = &ch->session;
	struct row *r = add(b, TABLE_SESSIONS, BYTES_OF(s->transaction_id), s->revision);

	b->change[b->n - 1].drop = ch->end_session;
	r->due = s->expires;
	return ch->end_session ? RSP_OK : session_seal(c, session_key(self), s, &r->body);
}

static enum rsp_status
add_stock(void *self, struct rsp_ctx *c, struct batch *b, const struct stock_item *i)
{
	struct bytes key;
	struct row *r;
	enum rsp_status st = tag(self, c, "stock", BYTES_OF(i->iccid), &key);

	if (st != RSP_OK)
		return st;
	r = add(b, TABLE_STOCK, key, i->revision);
	if (i->state == STOCK_AVAILABLE)
		st = tag(self, c, "type", bytes_of_str(i->profile), &r->queue);
	return st == RSP_OK ? stock_seal(c, key_of(self), i, &r->body) : st;
}

/* The two identifiers, one after the other with a length between. */
static enum rsp_status
call_tag(void *self, struct rsp_ctx *c, struct bytes requester, struct bytes call_id, struct bytes *out)
{
	struct buf b = BUF_INIT;
	struct bytes both;
	enum rsp_status st;

	buf_u32(&b, (uint32_t)requester.n);
	buf_add(&b, requester);
	buf_add(&b, call_id);
	st = buf_finish(&b, c, &both);
	return st == RSP_OK ? tag(self, c, "call", both, out) : st;
}

static enum rsp_status
add_done(void *self, struct rsp_ctx *c, struct batch *b, const struct es2p_done *d)
{
	struct bytes key;
	struct row *r;
	enum rsp_status st = call_tag(self, c, d->requester, d->call_id, &key);

	if (st != RSP_OK)
		return st;
	r = add(b, TABLE_CALLS, key, 0);
	r->due = d->until;
	return done_seal(c, key_of(self), d, &r->body);
}

static enum rsp_status
gather(void *self, struct rsp_ctx *c, const struct smdpp_changes *ch, struct batch *b)
{
	struct bytes iccid_tag;
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < ch->n_orders; i++) {
		st = add_order(self, c, b, &ch->order[i], &iccid_tag);
		if (st == RSP_OK && i == 0 && ch->package.p)
			st = add_package(self, c, b, &ch->order[0], iccid_tag, ch->package);
	}
	for (i = 0; st == RSP_OK && i < ch->n_outbox; i++)
		st = outbox_add(store_of(self), c, TABLE_OUTBOX, ch->outbox[i].url, ch->outbox[i].body, &b->change[b->n++]);
	for (i = 0; st == RSP_OK && i < ch->n_stock; i++)
		st = add_stock(self, c, b, &ch->stock[i]);
	if (st == RSP_OK && ch->has_done)
		st = add_done(self, c, b, &ch->done);
	if (st == RSP_OK && (ch->has_session || (ch->end_session && ch->session.revision)))
		st = add_session(self, c, b, ch);
	return st;
}

/* What was written is what is known from now on; what was not must be read again. */
static void
remember(struct smdpp_tables *p, const struct smdpp_changes *ch, enum rsp_status st)
{
	size_t i;

	for (i = 0; i < ch->n_orders; i++)
		if (st == RSP_OK)
			recent_put(p->recent, &ch->order[i], ch->order[i].revision + 1);
		else
			recent_drop(p->recent, ch->order[i].iccid);
	if (!p->store->shared)
		return;
	if (st == RSP_OK && ch->has_session && !ch->end_session)
		recent_put_session(p->recent, &ch->session, ch->session.revision + 1);
	else if (ch->has_session || ch->end_session)
		recent_drop_session(p->recent, ch->session.transaction_id);
}

static enum rsp_status
make_batch(void *self, struct rsp_ctx *c, const struct smdpp_changes *ch, struct batch *b)
{
	*b = (struct batch){.most = 2 * ch->n_orders + ch->n_outbox + ch->n_stock + 3};
	b->change = rsp_alloc(c, b->most * sizeof(*b->change));
	return b->change ? gather(self, c, ch, b) : RSP_NOMEM;
}

struct under_way { struct smdpp_tables *p; const struct smdpp_changes *changes; void (*done)(void *arg, enum rsp_status st); void *arg; };

static void
committed(void *arg, enum rsp_status st)
{
	struct under_way *u = arg;

	remember(u->p, u->changes, st);
	u->done(u->arg, st);
}

static enum rsp_status
commit_then(void *self, struct rsp_ctx *c, const struct smdpp_changes *ch, void (*done)(void *arg, enum rsp_status st), void *arg)
{
	struct tables *t = tables_of(self);
	struct under_way *u = rsp_alloc(c, sizeof(*u));
	struct batch b;
	enum rsp_status st;

	if (!t->commit_then || (!ch->n_orders && !ch->n_outbox))
		return RSP_STATE;
	if (!u)
		return RSP_NOMEM;
	*u = (struct under_way){self, ch, done, arg};
	st = make_batch(self, c, ch, &b);
	return st == RSP_OK ? t->commit_then(t->self, c, b.change, b.n, committed, u) : st;
}

static enum rsp_status
commit(void *self, struct rsp_ctx *c, const struct smdpp_changes *ch)
{
	struct tables *t = tables_of(self);
	struct batch b;
	enum rsp_status st = make_batch(self, c, ch, &b);

	if (st == RSP_OK && b.n)
		st = t->commit(t->self, c, b.change, b.n);
	remember(self, ch, st);
	return st;
}

/* ---- reading ---- */

static enum rsp_status
open_order(void *self, struct rsp_ctx *c, const struct row *r, struct smdpp_order *out, bool *found)
{
	enum rsp_status st;

	if (!*found)
		return RSP_OK;
	st = order_unseal(c, key_of(self), r->body, out);
	out->revision = r->revision;
	*found = st == RSP_OK;
	return st;
}

static enum rsp_status
order_by_iccid(void *self, struct rsp_ctx *c, const uint8_t iccid[10], struct smdpp_order *out, bool *found)
{
	struct tables *t = tables_of(self);
	uint8_t key[32];
	struct row r;
	enum rsp_status st = store_tag(c, key_of(self), "iccid", bytes_of(iccid, 10), key);

	*found = false;
	if (st == RSP_OK)
		st = t->by_key(t->self, c, TABLE_ORDERS, BYTES_OF(key), &r, found);
	return st == RSP_OK ? open_order(self, c, &r, out, found) : st;
}

static enum rsp_status
order_recent(void *self, struct rsp_ctx *c, const uint8_t iccid[10], struct smdpp_order *out, bool *found, bool *sure)
{
	struct smdpp_tables *p = self;

	*found = recent_get(p->recent, iccid, out);
	*sure = !*found;
	return *found ? RSP_OK : order_by_iccid(self, c, iccid, out, found);
}

static enum rsp_status
order_by_matching_id(void *self, struct rsp_ctx *c, struct bytes id, struct smdpp_order *out, bool *found)
{
	struct tables *t = tables_of(self);
	uint8_t key[32];
	struct row r;
	enum rsp_status st = store_tag(c, key_of(self), "matching", id, key);

	*found = false;
	if (st == RSP_OK)
		st = t->by_name(t->self, c, TABLE_ORDERS, BYTES_OF(key), &r, found);
	return st == RSP_OK ? open_order(self, c, &r, out, found) : st;
}

static enum rsp_status
order_by_eid(void *self, struct rsp_ctx *c, const uint8_t eid[16], struct smdpp_order *out, bool *found)
{
	struct tables *t = tables_of(self);
	uint8_t key[32];
	struct row r;
	enum rsp_status st = store_tag(c, key_of(self), "eid", bytes_of(eid, 16), key);

	*found = false;
	if (st == RSP_OK)
		st = t->in_queue(t->self, c, TABLE_ORDERS, BYTES_OF(key), 0, &r, found);
	return st == RSP_OK ? open_order(self, c, &r, out, found) : st;
}

static enum rsp_status
package(void *self, struct rsp_ctx *c, const struct smdpp_order *o, struct bytes *out)
{
	struct tables *t = tables_of(self);
	uint8_t key[32];
	struct row r;
	bool found = false;
	enum rsp_status st = store_tag(c, key_of(self), "iccid", BYTES_OF(o->iccid), key);

	if (st == RSP_OK)
		st = t->by_key(t->self, c, TABLE_PACKAGES, BYTES_OF(key), &r, &found);
	if (st != RSP_OK)
		return st;
	if (!found)
		return rsp_fail(c, RSP_IO, "the store has no package for this profile");
	*out = r.body;
	if (o->has_ppk || aes_unseal(c, key_of(self)->seal, bytes_of_str("package"), r.body, out) == RSP_OK)
		return RSP_OK;
	return rsp_fail(c, RSP_IO, "the store's packages cannot be opened with its key");
}

static enum rsp_status
session(void *self, struct rsp_ctx *c, struct bytes transaction_id, struct smdpp_session *out, bool *found)
{
	struct tables *t = tables_of(self);
	struct row r;
	enum rsp_status st;

	*found = false;
	if (transaction_id.n != sizeof(out->transaction_id))
		return RSP_OK;
	st = t->by_key(t->self, c, TABLE_SESSIONS, transaction_id, &r, found);
	if (st != RSP_OK || !*found)
		return st;
	st = session_unseal(c, session_key(self), r.body, out);
	out->revision = r.revision;
	*found = st == RSP_OK;
	return st;
}

static enum rsp_status
session_recent(void *self, struct rsp_ctx *c, struct bytes transaction_id, struct smdpp_session *out, bool *found, bool *sure)
{
	struct smdpp_tables *p = self;

	*found = p->store->shared && transaction_id.n == sizeof(out->transaction_id) && recent_session(p->recent, transaction_id, out);
	*sure = !*found;
	return *found ? RSP_OK : session(self, c, transaction_id, out, found);
}

static enum rsp_status
open_stock(void *self, struct rsp_ctx *c, const struct row *r, struct stock_item *out, bool *found)
{
	enum rsp_status st;

	if (!*found)
		return RSP_OK;
	st = stock_unseal(c, key_of(self), r->body, out);
	out->revision = r->revision;
	*found = st == RSP_OK;
	return st;
}

static enum rsp_status
stock_next(void *self, struct rsp_ctx *c, const char *profile, unsigned skip, struct stock_item *out, bool *found)
{
	struct tables *t = tables_of(self);
	uint8_t key[32];
	struct row r;
	enum rsp_status st = store_tag(c, key_of(self), "type", bytes_of_str(profile), key);

	*found = false;
	if (st == RSP_OK)
		st = t->in_queue(t->self, c, TABLE_STOCK, BYTES_OF(key), skip, &r, found);
	return st == RSP_OK ? open_stock(self, c, &r, out, found) : st;
}

static enum rsp_status
stock_by_iccid(void *self, struct rsp_ctx *c, const uint8_t iccid[10], struct stock_item *out, bool *found)
{
	struct tables *t = tables_of(self);
	uint8_t key[32];
	struct row r;
	enum rsp_status st = store_tag(c, key_of(self), "stock", bytes_of(iccid, 10), key);

	*found = false;
	if (st == RSP_OK)
		st = t->by_key(t->self, c, TABLE_STOCK, BYTES_OF(key), &r, found);
	return st == RSP_OK ? open_stock(self, c, &r, out, found) : st;
}

static enum rsp_status
done(void *self, struct rsp_ctx *c, struct bytes requester, struct bytes call_id, struct es2p_done *out, bool *found)
{
	struct tables *t = tables_of(self);
	struct bytes key;
	struct row r;
	enum rsp_status st = call_tag(self, c, requester, call_id, &key);

	*found = false;
	if (st == RSP_OK)
		st = t->by_key(t->self, c, TABLE_CALLS, key, &r, found);
	if (st != RSP_OK || !*found)
		return st;
	*out = (struct es2p_done){.requester = requester, .call_id = call_id, .until = r.due};
	st = done_unseal(c, key_of(self), r.body, out);
	*found = st == RSP_OK;
	return st;
}

/* ---- walking ---- */

/* Rows are opened one by one, in a context of their own so that a long walk does not fill the caller's. */
struct walk {
	void *self;
	struct rsp_ctx own, *caller;
	bool (*order)(void *arg, const struct smdpp_order *o);
	bool (*session)(void *arg, const struct smdpp_session *s);
	bool (*stock)(void *arg, const struct stock_item *i);
	void *arg;
	enum rsp_status st;
};

static bool
walk_one(void *arg, const struct row *r)
{
	struct walk *w = arg;
	union { struct smdpp_order order; struct smdpp_session session; struct stock_item stock; } v;
	bool more = false;

	if (w->order && (w->st = order_unseal(&w->own, key_of(w->self), r->body, &v.order)) == RSP_OK) {
		v.order.revision = r->revision;
		more = w->order(w->arg, &v.order);
	} else if (w->session && (w->st = session_unseal(&w->own, session_key(w->self), r->body, &v.session)) == RSP_OK) {
		v.session.revision = r->revision;
		more = w->session(w->arg, &v.session);
	} else if (w->stock && (w->st = stock_unseal(&w->own, key_of(w->self), r->body, &v.stock)) == RSP_OK) {
		v.stock.revision = r->revision;
		more = w->stock(w->arg, &v.stock);
	}
	if (w->st != RSP_OK)
		w->caller->error = w->own.error;
	rsp_ctx_reset(&w->own);
	return more;
}

static enum rsp_status
walk(struct walk *w, struct rsp_ctx *c, enum table table)
{
	struct tables *t = tables_of(w->self);
	enum rsp_status st = rsp_ctx_init(&w->own, c->crypto, c->now);

	if (st != RSP_OK)
		return st;
	w->caller = c;
	st = t->each(t->self, c, table, BYTES_NONE, walk_one, w);
	rsp_ctx_free(&w->own);
	return st == RSP_OK ? w->st : st;
}

static enum rsp_status
each_order(void *self, struct rsp_ctx *c, bool (*fn)(void *arg, const struct smdpp_order *o), void *arg)
{
	struct walk w = {.self = self, .order = fn, .arg = arg};

	return walk(&w, c, TABLE_ORDERS);
}

static enum rsp_status
each_session(void *self, struct rsp_ctx *c, bool (*fn)(void *arg, const struct smdpp_session *s), void *arg)
{
	struct walk w = {.self = self, .session = fn, .arg = arg};

	return walk(&w, c, TABLE_SESSIONS);
}

static enum rsp_status
each_stock(void *self, struct rsp_ctx *c, bool (*fn)(void *arg, const struct stock_item *i), void *arg)
{
	struct walk w = {.self = self, .stock = fn, .arg = arg};

	return walk(&w, c, TABLE_STOCK);
}

static enum rsp_status
expire(void *self, struct rsp_ctx *c, uint64_t *gone)
{
	struct tables *t = tables_of(self);
	uint64_t calls = 0;
	enum rsp_status st = t->drop_due(t->self, c, TABLE_SESSIONS, c->now, gone);

	if (st == RSP_OK)
		st = t->drop_due(t->self, c, TABLE_CALLS, c->now, &calls);
	*gone += calls;
	return st;
}

static enum rsp_status
sessions(void *self, struct rsp_ctx *c, uint64_t *n)
{
	struct tables *t = tables_of(self);

	return t->count(t->self, c, TABLE_SESSIONS, n);
}

static enum rsp_status
ping(void *self, struct rsp_ctx *c)
{
	struct tables *t = tables_of(self);
	struct row r;
	bool found;

	return t->by_key(t->self, c, TABLE_ORDERS, bytes_of("", 1), &r, &found);
}

static void
close_port(void *self)
{
	recent_free(((struct smdpp_tables *)self)->recent);
	free(self);
}

enum rsp_status
store_smdpp(struct rsp_ctx *c, struct store *s, struct smdpp_store **out)
{
	struct smdpp_tables *p = calloc(1, sizeof(*p));

	if (!p || !(p->recent = recent_new())) {
		free(p);
		return rsp_fail(c, RSP_NOMEM, "no memory for a store");
	}
	p->store = s;
	p->port = (struct smdpp_store){p, order_by_iccid, order_recent, order_by_matching_id, order_by_eid, package, session, session_recent, stock_next,
		stock_by_iccid, done, commit, commit_then, each_order, each_session, each_stock, expire, sessions, ping, close_port};
	*out = &p->port;
	return RSP_OK;
}
