// SPDX-License-Identifier: BSD-2-Clause
#include "support/fed_memory.h"

#include <stdlib.h>
#include <string.h>

static size_t
hash_of(enum fed_kind kind, struct fed_key k)
{
	uint64_t h = ((uint64_t)kind + 1) * 0x9E3779B97F4A7C15u;

	h = (h ^ k.fed) * 0xBF58476D1CE4E5B9u;
	h = (h ^ h >> 29 ^ k.a) * 0x94D049BB133111EBu;
	h = (h ^ h >> 31 ^ k.b) * 0xBF58476D1CE4E5B9u;
	return (size_t)(h ^ h >> 32);
}

static bool
is(const struct fed_row *r, enum fed_kind kind, struct fed_key k)
{
	return r && r->kind == kind && r->key.fed == k.fed && r->key.a == k.a && r->key.b == k.b;
}

static void
put_index(struct fed_memory *m, size_t place)
{
	size_t at = hash_of(m->rows[place]->kind, m->rows[place]->key) & (m->slots - 1);

	while (m->index[at])
		at = (at + 1) & (m->slots - 1);
	m->index[at] = place + 1;
}

/* Places of dropped rows stay until the index is made anew. */
static void
grow(struct fed_memory *m)
{
	if (m->n + 1 < m->cap)
		return;
	m->cap = m->cap ? m->cap * 2 : 256;
	m->rows = realloc(m->rows, m->cap * sizeof(struct fed_row *));
	free(m->index);
	m->slots = m->cap * 4;
	m->index = calloc(m->slots, sizeof(*m->index));
	for (size_t i = 0; i < m->n; i++)
		if (m->rows[i])
			put_index(m, i);
}

/* Place + 1; 0: it is not there. */
static size_t
place_of(const struct fed_memory *m, enum fed_kind kind, struct fed_key k)
{
	for (size_t at = m->slots ? hash_of(kind, k) & (m->slots - 1) : 0; m->slots && m->index[at]; at = (at + 1) & (m->slots - 1))
		if (is(m->rows[m->index[at] - 1], kind, k))
			return m->index[at];
	return 0;
}

struct fed_row *
fed_memory_row(const struct fed_memory *m, enum fed_kind kind, struct fed_key k)
{
	size_t place = place_of(m, kind, k);

	return place ? m->rows[place - 1] : NULL;
}

static void
live_add(struct fed_memory *m, size_t place)
{
	if (m->n_live == m->cap_live) {
		m->cap_live = m->cap_live ? m->cap_live * 2 : 64;
		m->live = realloc(m->live, m->cap_live * sizeof(*m->live));
	}
	m->live[m->n_live++] = place;
}

static void
live_remove(struct fed_memory *m, size_t place)
{
	size_t i = 0;

	while (i < m->n_live && m->live[i] != place)
		i++;
	if (i < m->n_live)
		memmove(&m->live[i], &m->live[i + 1], (--m->n_live - i) * sizeof(*m->live));
}

/* ---- the port ---- */

static enum rsp_status
each_live(void *self, struct rsp_ctx *c, uint64_t fed, bool (*fn)(void *arg, const struct fed_row *r), void *arg)
{
	struct fed_memory *m = self;

	(void)c;
	for (size_t i = 0; i < m->n_live; i++)
		if (m->rows[m->live[i]]->key.fed == fed && !fn(arg, m->rows[m->live[i]]))
			break;
	return RSP_OK;
}

static enum rsp_status
get(void *self, struct rsp_ctx *c, enum fed_kind kind, struct fed_key key, struct fed_row *out, bool *found)
{
	const struct fed_row *r = fed_memory_row(self, kind, key);

	(void)c;
	*found = r != NULL;
	if (r)
		*out = *r;
	return RSP_OK;
}

static enum rsp_status
due(void *self, struct rsp_ctx *c, int64_t now, uint64_t *fed)
{
	struct fed_memory *m = self;
	int64_t first = INT64_MAX;

	(void)c;
	*fed = 0;
	for (size_t i = 0; i < m->n_live; i++) {
		const struct fed_row *r = m->rows[m->live[i]];

		if (r->due && r->due <= now && r->due < first) {
			first = r->due;
			*fed = r->key.fed;
		}
	}
	return RSP_OK;
}

static bool
agrees(const struct fed_memory *m, const struct fed_change *change)
{
	const struct fed_row *r = fed_memory_row(m, change->row.kind, change->row.key);

	return (r ? r->revision : 0) == change->row.revision;
}

static void
apply(struct fed_memory *m, const struct fed_change *change)
{
	size_t place = place_of(m, change->row.kind, change->row.key);
	struct fed_row *r = place ? m->rows[place - 1] : NULL;

	if (r && r->live && (change->drop || !change->row.live))
		live_remove(m, place - 1);
	if (change->drop) {
		m->rows[place - 1] = NULL;
		free(r);
		return;
	}
	if (!r) {
		grow(m);
		r = m->rows[m->n++] = calloc(1, sizeof(*r));
		r->kind = change->row.kind;
		r->key = change->row.key;
		put_index(m, place = m->n - 1);
		place++;
	}
	if (change->row.live && !r->live)
		live_add(m, place - 1);
	*r = change->row;
	r->revision = ++m->revisions;
}

static enum rsp_status
commit(void *self, struct rsp_ctx *c, const struct fed_changes *changes)
{
	struct fed_memory *m = self;
	for (size_t i = 0; i < changes->n; i++)
		if (!agrees(m, changes->rows[i]))
			return rsp_fail(c, RSP_CONFLICT, "a row has changed since it was read");
	for (size_t i = 0; i < changes->n; i++)
		apply(m, changes->rows[i]);
	m->commits += changes->n != 0;
	return RSP_OK;
}

void
fed_memory_open(struct fed_memory *m)
{
	*m = (struct fed_memory){.store = {m, each_live, get, due, commit}};
	m->store.self = m;
}

void
fed_memory_close(struct fed_memory *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->rows[i]);
	free(m->rows);
	free(m->index);
	free(m->live);
	*m = (struct fed_memory){0};
}
