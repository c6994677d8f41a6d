// SPDX-License-Identifier: BSD-2-Clause
/*
 * Tables in memory. Rows hang in chains: by key, by name, in their queue (by number), by due time, and all of a table by number. Lists are kept
 * in order from their end, where almost everything is added. One lock; thread-safe.
 */
#include <pthread.h>
#include <stdlib.h>

#include "store/table.h"

enum list { LIST_ALL, LIST_QUEUE, LIST_DUE, LISTS };

struct node {
	struct node *next_key, *next_name;
	struct node *next[LISTS], *prev[LISTS];
	struct chain *queue;
	struct row row;               /* spans into data */
	uint8_t data[];
};

struct chain { struct chain *next; struct node *first, *last; uint8_t id[ROW_KEY_MAX]; size_t id_n; };

struct hash { void **bucket; size_t n, used; };

struct mtable { struct hash keys, names, queues; struct chain all, due; uint64_t number; };

struct memory {
	struct tables port;
	pthread_mutex_t lock;
	struct mtable table[TABLES];
};

/* Keys are hashes or random, but for a few octets of test data: mix them all. */
static size_t
spread(struct bytes key)
{
	uint64_t h = 1469598103934665603u;
	size_t i;

	for (i = 0; i < key.n; i++)
		h = (h ^ key.p[i]) * 1099511628211u;
	return (size_t)(h ^ h >> 29);
}

/* ---- hashes: chained, doubled when full ---- */

static struct node **
key_place(struct mtable *t, struct bytes key)
{
	struct node **at = (struct node **)(void *)&t->keys.bucket[spread(key) & (t->keys.n - 1)];

	while (*at && !bytes_equal((*at)->row.key, key))
		at = &(*at)->next_key;
	return at;
}

static struct node **
name_place(struct mtable *t, struct bytes name)
{
	struct node **at = (struct node **)(void *)&t->names.bucket[spread(name) & (t->names.n - 1)];

	while (*at && !bytes_equal((*at)->row.name, name))
		at = &(*at)->next_name;
	return at;
}

static struct chain **
queue_place(struct mtable *t, struct bytes queue)
{
	struct chain **at = (struct chain **)(void *)&t->queues.bucket[spread(queue) & (t->queues.n - 1)];

	while (*at && !bytes_equal(bytes_of((*at)->id, (*at)->id_n), queue))
		at = &(*at)->next;
	return at;
}

/* Twice as many buckets; a table that cannot grow stays slower, not wrong. */
static bool
grow(struct hash *h)
{
	void **bucket = calloc(h->n * 2, sizeof(*bucket));

	if (!bucket)
		return false;
	free(h->bucket);
	h->bucket = bucket;
	h->n *= 2;
	return true;
}

static void
grow_keys(struct mtable *t)
{
	struct node *n;

	if (t->keys.used < t->keys.n || !grow(&t->keys))
		return;
	for (n = t->all.first; n; n = n->next[LIST_ALL]) {
		struct node **at = (struct node **)(void *)&t->keys.bucket[spread(n->row.key) & (t->keys.n - 1)];

		n->next_key = *at;
		*at = n;
	}
}

static void
grow_names(struct mtable *t)
{
	struct node *n;

	if (t->names.used < t->names.n || !grow(&t->names))
		return;
	for (n = t->all.first; n; n = n->next[LIST_ALL])
		if (n->row.name.p) {
			struct node **at = (struct node **)(void *)&t->names.bucket[spread(n->row.name) & (t->names.n - 1)];

			n->next_name = *at;
			*at = n;
		}
}

/* ---- lists ---- */

static bool
before(const struct node *a, const struct node *b, enum list l)
{
	return l == LIST_DUE && a->row.due != b->row.due ? a->row.due < b->row.due : a->row.number < b->row.number;
}

static void
list_add(struct chain *c, struct node *n, enum list l)
{
	struct node *after = c->last;

	if (c->first && before(n, c->first, l))
		after = NULL;
	while (after && before(n, after, l))
		after = after->prev[l];
	n->prev[l] = after;
	n->next[l] = after ? after->next[l] : c->first;
	*(n->next[l] ? &n->next[l]->prev[l] : &c->last) = n;
	*(after ? &after->next[l] : &c->first) = n;
}

static void
list_drop(struct chain *c, struct node *n, enum list l)
{
	*(n->prev[l] ? &n->prev[l]->next[l] : &c->first) = n->next[l];
	*(n->next[l] ? &n->next[l]->prev[l] : &c->last) = n->prev[l];
}

static void
list_replace(struct chain *c, struct node *old, struct node *n, enum list l)
{
	n->prev[l] = old->prev[l];
	n->next[l] = old->next[l];
	*(n->prev[l] ? &n->prev[l]->next[l] : &c->first) = n;
	*(n->next[l] ? &n->next[l]->prev[l] : &c->last) = n;
}

/* ---- rows ---- */

static struct node *
node_new(const struct row *r)
{
	const struct bytes from[4] = {r->key, r->name, r->queue, r->body};
	struct node *n = calloc(1, sizeof(*n) + r->key.n + r->name.n + r->queue.n + r->body.n + 1);
	struct bytes *to[4];
	uint8_t *p;
	size_t i;

	if (!n)
		return NULL;
	n->row = *r;
	to[0] = &n->row.key;
	to[1] = &n->row.name;
	to[2] = &n->row.queue;
	to[3] = &n->row.body;
	for (p = n->data, i = 0; i < 4; p += from[i].n, i++) {
		if (from[i].n)
			memcpy(p, from[i].p, from[i].n);
		*to[i] = from[i].p ? bytes_of(p, from[i].n) : BYTES_NONE;
	}
	return n;
}

static void
leave_queue(struct mtable *t, struct node *n)
{
	struct chain **at, *gone;

	list_drop(n->queue, n, LIST_QUEUE);
	if (n->queue->first)
		return;
	at = queue_place(t, n->row.queue);
	gone = *at;
	*at = gone->next;
	free(gone);
}

/* Out of everything but the list of all. */
static void
leave(struct mtable *t, struct node *n)
{
	*key_place(t, n->row.key) = n->next_key;
	if (n->row.name.p) {
		*name_place(t, n->row.name) = n->next_name;
		t->names.used--;
	}
	if (n->queue)
		leave_queue(t, n);
	if (n->row.due)
		list_drop(&t->due, n, LIST_DUE);
}

/* The chain was made before, so that nothing can fail here. */
static void
enter(struct mtable *t, struct node *n, struct chain *queue)
{
	struct chain **place;

	*key_place(t, n->row.key) = n;
	if (n->row.name.p) {
		*name_place(t, n->row.name) = n;
		t->names.used++;
	}
	if (n->row.queue.p) {
		place = queue_place(t, n->row.queue);
		if (!*place) {
			*place = queue;
			queue = NULL;
		}
		n->queue = *place;
		list_add(n->queue, n, LIST_QUEUE);
	}
	free(queue);
	if (n->row.due)
		list_add(&t->due, n, LIST_DUE);
}

static void
forget(struct node *n)
{
	explicit_bzero(n, sizeof(*n) + n->row.key.n + n->row.name.n + n->row.queue.n + n->row.body.n);
	free(n);
}

static void
unhook(struct mtable *t, struct node *n)
{
	leave(t, n);
	list_drop(&t->all, n, LIST_ALL);
	t->keys.used--;
	forget(n);
}

/* A new row at the end of all, or the successor of an old one in its place. */
static void
hook(struct mtable *t, struct node *old, struct node *n, struct chain *queue)
{
	if (!old) {
		n->row.number = ++t->number;
		list_add(&t->all, n, LIST_ALL);
		t->keys.used++;
		enter(t, n, queue);
		grow_keys(t);
		grow_names(t);
		return;
	}
	n->row.number = old->row.number;
	list_replace(&t->all, old, n, LIST_ALL);
	leave(t, old);
	enter(t, n, queue);
	forget(old);
	grow_names(t);
}

/* ---- the port ---- */

static enum rsp_status
answer(struct memory *m, struct rsp_ctx *c, const struct node *n, struct row *out, bool *found)
{
	enum rsp_status st = n ? row_copy(c, &n->row, out) : RSP_OK;

	*found = n && st == RSP_OK;
	pthread_mutex_unlock(&m->lock);
	return st;
}

static enum rsp_status
by_key(void *self, struct rsp_ctx *c, enum table t, struct bytes key, struct row *out, bool *found)
{
	struct memory *m = self;

	pthread_mutex_lock(&m->lock);
	return answer(m, c, *key_place(&m->table[t], key), out, found);
}

static enum rsp_status
by_name(void *self, struct rsp_ctx *c, enum table t, struct bytes name, struct row *out, bool *found)
{
	struct memory *m = self;

	pthread_mutex_lock(&m->lock);
	return answer(m, c, *name_place(&m->table[t], name), out, found);
}

static enum rsp_status
in_queue(void *self, struct rsp_ctx *c, enum table t, struct bytes queue, unsigned skip, struct row *out, bool *found)
{
	struct memory *m = self;
	struct chain *q;
	struct node *n;

	pthread_mutex_lock(&m->lock);
	q = *queue_place(&m->table[t], queue);
	for (n = q ? q->first : NULL; n && skip; skip--)
		n = n->next[LIST_QUEUE];
	return answer(m, c, n, out, found);
}

static enum rsp_status
due(void *self, struct rsp_ctx *c, enum table t, int64_t now, struct row *out, bool *found)
{
	struct memory *m = self;
	struct node *n;

	pthread_mutex_lock(&m->lock);
	n = m->table[t].due.first;
	return answer(m, c, n && n->row.due <= now ? n : NULL, out, found);
}

static enum rsp_status
each(void *self, struct rsp_ctx *c, enum table t, struct bytes queue, bool (*fn)(void *arg, const struct row *r), void *arg)
{
	struct memory *m = self;
	struct chain *q;
	enum list l = queue.p ? LIST_QUEUE : LIST_ALL;
	struct node *n;

	(void)c;
	pthread_mutex_lock(&m->lock);
	q = queue.p ? *queue_place(&m->table[t], queue) : &m->table[t].all;
	for (n = q ? q->first : NULL; n && fn(arg, &n->row);)
		n = n->next[l];
	pthread_mutex_unlock(&m->lock);
	return RSP_OK;
}

static bool
fits(struct memory *m, const struct row_change *ch)
{
	struct mtable *t = &m->table[ch->table];
	struct node *old = *key_place(t, ch->row.key), *other;

	if ((old ? old->row.revision : 0) != ch->row.revision)
		return false;
	if (ch->drop || !ch->row.name.p)
		return true;
	other = *name_place(t, ch->row.name);
	return !other || other == old;
}

struct fresh { struct node *node; struct chain *queue; };

static bool
prepare(const struct row_change *ch, size_t n, struct fresh *fresh)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (ch[i].drop)
			continue;
		fresh[i].node = node_new(&ch[i].row);
		fresh[i].queue = ch[i].row.queue.p ? calloc(1, sizeof(struct chain)) : NULL;
		if (!fresh[i].node || (ch[i].row.queue.p && !fresh[i].queue) || ch[i].row.queue.n > ROW_KEY_MAX)
			return false;
		if (fresh[i].queue) {
			memcpy(fresh[i].queue->id, ch[i].row.queue.p, ch[i].row.queue.n);
			fresh[i].queue->id_n = ch[i].row.queue.n;
		}
	}
	return true;
}

static void
apply(struct memory *m, const struct row_change *ch, struct fresh *f)
{
	struct mtable *t = &m->table[ch->table];
	struct node *old = *key_place(t, ch->row.key);

	if (ch->drop) {
		if (old)
			unhook(t, old);
		return;
	}
	f->node->row.revision = ch->row.revision + 1;
	hook(t, old, f->node, f->queue);
	*f = (struct fresh){0};
}

static enum rsp_status
commit(void *self, struct rsp_ctx *c, const struct row_change *changes, size_t n)
{
	struct memory *m = self;
	struct fresh *fresh = rsp_alloc(c, (n + 1) * sizeof(*fresh));
	enum rsp_status st = fresh && prepare(changes, n, fresh) ? RSP_OK : RSP_NOMEM;
	size_t i;

	pthread_mutex_lock(&m->lock);
	for (i = 0; st == RSP_OK && i < n; i++)
		if (!fits(m, &changes[i]))
			st = RSP_CONFLICT;
	for (i = 0; st == RSP_OK && i < n; i++)
		apply(m, &changes[i], &fresh[i]);
	pthread_mutex_unlock(&m->lock);
	for (i = 0; fresh && i < n; i++) {
		free(fresh[i].node);
		free(fresh[i].queue);
	}
	return st == RSP_CONFLICT ? tables_conflict(c) : st == RSP_NOMEM ? rsp_fail(c, st, "no memory for rows") : st;
}

static enum rsp_status
drop_due(void *self, struct rsp_ctx *c, enum table t, int64_t until, uint64_t *gone)
{
	struct memory *m = self;
	struct node *n;

	(void)c;
	pthread_mutex_lock(&m->lock);
	for (*gone = 0; (n = m->table[t].due.first) && n->row.due < until && *gone < 4096; ++*gone)
		unhook(&m->table[t], n);
	pthread_mutex_unlock(&m->lock);
	return RSP_OK;
}

static enum rsp_status
count(void *self, struct rsp_ctx *c, enum table t, uint64_t *n)
{
	struct memory *m = self;

	(void)c;
	pthread_mutex_lock(&m->lock);
	*n = m->table[t].keys.used;
	pthread_mutex_unlock(&m->lock);
	return RSP_OK;
}

static void
close_memory(void *self)
{
	struct memory *m = self;
	size_t i;

	for (i = 0; i < TABLES; i++) {
		while (m->table[i].keys.bucket && m->table[i].all.first)
			unhook(&m->table[i], m->table[i].all.first);
		free(m->table[i].keys.bucket);
		free(m->table[i].names.bucket);
		free(m->table[i].queues.bucket);
	}
	pthread_mutex_destroy(&m->lock);
	free(m);
}

enum rsp_status
tables_memory(struct rsp_ctx *c, struct tables **out)
{
	struct memory *m = calloc(1, sizeof(*m));
	bool good = m != NULL;
	size_t i;

	for (i = 0; good && i < TABLES; i++) {
		struct hash *h[3] = {&m->table[i].keys, &m->table[i].names, &m->table[i].queues};
		size_t k;

		for (k = 0; k < 3; k++) {
			h[k]->n = 1024;
			h[k]->bucket = calloc(h[k]->n, sizeof(void *));
			good = good && h[k]->bucket;
		}
	}
	if (m) {
		pthread_mutex_init(&m->lock, NULL);
		m->port = (struct tables){m, by_key, by_name, in_queue, due, each, commit, NULL, drop_due, count, close_memory};
	}
	if (!good) {
		if (m)
			close_memory(m);
		return rsp_fail(c, RSP_NOMEM, "no memory for tables");
	}
	*out = &m->port;
	return RSP_OK;
}
