// SPDX-License-Identifier: BSD-2-Clause
/* The working set of a call: rows as they were read, which of them changed, and the change set that follows. */
#include "federation/call.h"

static bool
same_key(const struct fed_row *r, enum fed_kind kind, struct fed_key key)
{
	return r->kind == kind && r->key.fed == key.fed && r->key.a == key.a && r->key.b == key.b;
}

static enum rsp_status
no_memory(struct fed_call *k)
{
	if (k->st == RSP_OK)
		k->st = rsp_fail(k->c, RSP_NOMEM, "no memory for the rows of a federation");
	return k->st;
}

static struct fed_held *
hold(struct fed_call *k)
{
	struct fed_held *h = rsp_alloc(k->c, sizeof(*h));

	if (k->n == k->cap) {
		size_t cap = k->cap ? k->cap * 2 : 64;
		struct fed_held **more = rsp_alloc(k->c, cap * sizeof(struct fed_held *));

		if (!more)
			return NULL;
		if (k->n)
			memcpy(more, k->held, k->n * sizeof(struct fed_held *));
		k->held = more;
		k->cap = cap;
	}
	if (h)
		k->held[k->n++] = h;
	return h;
}

static bool
take(void *arg, const struct fed_row *r)
{
	struct fed_call *k = arg;
	struct fed_held *h = hold(k);

	if (!h) {
		no_memory(k);
		return false;
	}
	h->row = *r;
	return true;
}

enum rsp_status
set_load(struct fed_call *k, uint64_t fed)
{
	enum rsp_status st = k->lib->store->each_live(k->lib->store->self, k->c, fed, take, k);

	if (st != RSP_OK || k->st != RSP_OK)
		return st != RSP_OK ? st : k->st;
	if (!(k->row_f = set_find(k, FED_FEDERATION, 0, 0)))
		return RSP_OK;
	k->f = &k->row_f->as.federation;
	k->row_pool = set_find(k, FED_POOL, k->f->cycle, 0);
	k->pool = k->row_pool ? &k->row_pool->as.pool : NULL;
	k->row_roaming = set_find(k, FED_ROAMING, 0, 0);
	k->carrier = fed_carrier(k->lib->facts, k->f->carrier);
	return k->carrier && k->row_roaming ? RSP_OK : rsp_fail(k->c, RSP_IO, "federation: its carrier '%s' is not among the facts", k->f->carrier);
}

struct fed_row *
set_add(struct fed_call *k, enum fed_kind kind, uint64_t a, uint64_t b, bool live)
{
	static _Thread_local struct fed_held scratch;
	struct fed_held *h = hold(k);

	if (!h) {
		no_memory(k);
		scratch = (struct fed_held){0};
		return &scratch.row;
	}
	h->dirty = true;
	h->row.kind = kind;
	h->row.key = (struct fed_key){k->reply->fed, a, b};
	h->row.live = live;
	return &h->row;
}

enum rsp_status
set_get(struct fed_call *k, enum fed_kind kind, struct fed_key key, struct fed_row **out)
{
	struct fed_row found;
	struct fed_held *h;
	bool is = false;
	enum rsp_status st;

	*out = NULL;
	for (size_t i = 0; i < k->n; i++)
		if (same_key(&k->held[i]->row, kind, key)) {
			*out = k->held[i]->drop ? NULL : &k->held[i]->row;
			return RSP_OK;
		}
	st = k->lib->store->get(k->lib->store->self, k->c, kind, key, &found, &is);
	if (st != RSP_OK || !is)
		return st;
	if (!(h = hold(k)))
		return no_memory(k);
	h->row = found;
	*out = &h->row;
	return RSP_OK;
}

struct fed_row *
set_find(const struct fed_call *k, enum fed_kind kind, uint64_t a, uint64_t b)
{
	for (size_t i = 0; i < k->n; i++) {
		struct fed_held *h = k->held[i];

		if (h->row.kind == kind && h->row.key.a == a && h->row.key.b == b && h->row.key.fed == k->reply->fed && !h->drop)
			return &h->row;
	}
	return NULL;
}

struct fed_row *
set_next(const struct fed_call *k, enum fed_kind kind, size_t *i)
{
	while (*i < k->n) {
		struct fed_held *h = k->held[(*i)++];

		if (h->row.kind == kind && !h->drop && h->row.live)
			return &h->row;
	}
	return NULL;
}

void
row_touch(struct fed_row *r)
{
	((struct fed_held *)(void *)r)->dirty = true;
}

void
row_drop(struct fed_row *r)
{
	((struct fed_held *)(void *)r)->drop = true;
}

uint64_t
next_number(struct fed_call *k)
{
	row_touch(k->row_f);
	return ++k->f->next;
}

/* A row that was made and dropped within the call has never been. */
enum rsp_status
set_changes(struct fed_call *k, struct fed_changes *out)
{
	struct fed_change **rows = rsp_alloc(k->c, (k->n + 1) * sizeof(struct fed_change *));
	size_t n = 0;

	if (!rows || k->st != RSP_OK)
		return no_memory(k);
	for (size_t i = 0; i < k->n; i++) {
		struct fed_held *h = k->held[i];

		if (!(h->drop ? h->row.revision != 0 : h->dirty))
			continue;
		if (!(rows[n] = rsp_alloc(k->c, sizeof(struct fed_change))))
			return no_memory(k);
		*rows[n++] = (struct fed_change){h->drop, h->row};
	}
	*out = (struct fed_changes){rows, n};
	return RSP_OK;
}
