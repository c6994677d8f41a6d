// SPDX-License-Identifier: BSD-2-Clause
#include "image/index.h"

#include <stdlib.h>

static void
drop(struct bytes *b)
{
	if (b->p)
		explicit_bzero((void *)(uintptr_t)b->p, b->n);
	free((void *)(uintptr_t)b->p);
	*b = BYTES_NONE;
}

static struct bytes
own(struct bytes b)
{
	uint8_t *p = malloc(b.n + 1);

	if (p && b.n)
		memcpy(p, b.p, b.n);
	return bytes_of(p, b.n);
}

void
index_free(struct index *x)
{
	size_t i;

	index_forget_undo(x);
	for (i = 0; i < x->n; i++) {
		drop(&x->e[i].key);
		drop(&x->e[i].value);
	}
	free(x->e);
	free(x->undo);
	*x = (struct index){0};
}

size_t
index_find(const struct index *x, struct bytes key, bool *found)
{
	size_t low = 0, high = x->n;

	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int r = bytes_compare(x->e[middle].key, key);

		if (r == 0) {
			*found = true;
			return middle;
		}
		if (r < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Room for one more in both lists, so that what follows cannot fail half-way. */
static bool
reserve(struct index *x)
{
	if (x->n == x->cap) {
		size_t cap = x->cap ? x->cap * 2 : 64;
		struct entry *e = realloc(x->e, cap * sizeof(*e));

		if (!e)
			return false;
		x->e = e;
		x->cap = cap;
	}
	if (x->n_undo == x->cap_undo) {
		size_t cap = x->cap_undo ? x->cap_undo * 2 : 64;
		struct undo *u = realloc(x->undo, cap * sizeof(*u));

		if (!u)
			return false;
		x->undo = u;
		x->cap_undo = cap;
	}
	return true;
}

static void
insert(struct index *x, size_t at, struct entry e)
{
	memmove(x->e + at + 1, x->e + at, (x->n - at) * sizeof(e));
	x->e[at] = e;
	x->n++;
	x->used += e.key.n + e.value.n;
}

/* The entry leaves the list; what it owned is the caller's. */
static struct entry
take(struct index *x, size_t at)
{
	struct entry e = x->e[at];

	memmove(x->e + at, x->e + at + 1, (x->n - at - 1) * sizeof(e));
	x->n--;
	x->used -= e.key.n + e.value.n;
	return e;
}

static void
remember(struct index *x, struct bytes key, struct bytes value, bool existed, bool settled)
{
	if (settled) {
		drop(&key);
		drop(&value);
		return;
	}
	x->undo[x->n_undo++] = (struct undo){key, value, existed};
}

bool
index_set(struct index *x, struct bytes key, struct bytes value, bool settled)
{
	struct bytes k, v;
	struct entry old;
	bool found;
	size_t at;

	if (!reserve(x))
		return false;
	at = index_find(x, key, &found);
	if (!value.p) {
		if (found) {
			old = take(x, at);
			remember(x, old.key, old.value, true, settled);
		}
		return true;
	}
	k = own(key);
	v = own(value);
	if (!k.p || !v.p) {
		drop(&k);
		drop(&v);
		return false;
	}
	if (found) {
		x->used = x->used - x->e[at].value.n + v.n;
		remember(x, k, x->e[at].value, true, settled);
		x->e[at].value = v;
		return true;
	}
	insert(x, at, (struct entry){k, v});
	k = settled ? BYTES_NONE : own(key);
	if (!settled && !k.p) {
		old = take(x, at);
		drop(&old.key);
		drop(&old.value);
		return false;
	}
	remember(x, k, BYTES_NONE, false, settled);
	return true;
}

void
index_forget_undo(struct index *x)
{
	while (x->n_undo) {
		struct undo *u = &x->undo[--x->n_undo];

		drop(&u->key);
		drop(&u->value);
	}
}

/* Newest first. Putting back needs no memory: the lists have had room for it before. */
void
index_roll_back(struct index *x)
{
	while (x->n_undo) {
		struct undo u = x->undo[--x->n_undo];
		bool found;
		size_t at = index_find(x, u.key, &found);
		struct entry now = {BYTES_NONE, BYTES_NONE};

		if (found)
			now = take(x, at);
		drop(&now.key);
		drop(&now.value);
		if (u.existed)
			insert(x, at, (struct entry){u.key, u.value});
		else
			drop(&u.key);
	}
}
