// SPDX-License-Identifier: BSD-2-Clause
#include "image/index.h"

#include <stdlib.h>

#define UNDO_KEPT 8   /* entries of memory that an idle card keeps for its next transaction */

static size_t
octets(const struct cell *x)
{
	return (size_t)x->key_n + x->value_n;
}

void
index_free(struct index *x)
{
	size_t i;

	index_forget_undo(x);
	for (i = 0; i < x->n; i++)
		cell_drop(x->e[i]);
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
		int r = bytes_compare(cell_key(x->e[middle]), key);

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
		size_t cap = x->cap + x->cap / 8 + 16;
		struct cell **e = realloc(x->e, cap * sizeof(*e));

		if (!e)
			return false;
		x->e = e;
		x->cap = cap;
	}
	if (x->n_undo == x->cap_undo) {
		size_t cap = x->cap_undo ? x->cap_undo * 2 : UNDO_KEPT;
		struct undo *u = realloc(x->undo, cap * sizeof(*u));

		if (!u)
			return false;
		x->undo = u;
		x->cap_undo = cap;
	}
	return true;
}

static void
insert(struct index *x, size_t at, struct cell *e)
{
	memmove(x->e + at + 1, x->e + at, (x->n - at) * sizeof(struct cell *));
	x->e[at] = e;
	x->n++;
	x->used += octets(e);
}

/* The entry leaves the list; what it owned is the caller's. */
static struct cell *
take(struct index *x, size_t at)
{
	struct cell *e = x->e[at];

	memmove(x->e + at, x->e + at + 1, (x->n - at - 1) * sizeof(struct cell *));
	x->n--;
	x->used -= octets(e);
	return e;
}

/* key is the caller's, before is given away. */
static void
remember(struct index *x, struct cell *key, struct cell *before, bool settled)
{
	if (settled)
		cell_drop(before);
	else
		x->undo[x->n_undo++] = (struct undo){cell_again(key), before};
}

bool
index_set(struct index *x, struct bytes key, struct bytes value, bool settled)
{
	struct cell *fresh, *old;
	bool found;
	size_t at;

	if (!reserve(x))
		return false;
	at = index_find(x, key, &found);
	if (!value.p) {
		if (found) {
			old = take(x, at);
			remember(x, old, old, settled);
		}
		return true;
	}
	if (!(fresh = cell_take(key, value)))
		return false;
	old = found ? take(x, at) : NULL;
	insert(x, at, fresh);
	remember(x, fresh, old, settled);
	return true;
}

static struct undo
last(struct index *x)
{
	return x->undo[--x->n_undo];
}

/* An idle card keeps no more memory than its values need. */
static void
trim(struct index *x)
{
	struct cell **e;

	if (x->cap_undo > UNDO_KEPT) {
		free(x->undo);
		x->undo = NULL;
		x->cap_undo = 0;
	}
	if (x->cap > x->n + x->n / 4 + 16 && (e = realloc(x->e, (x->n + 1) * sizeof(*e)))) {
		x->e = e;
		x->cap = x->n + 1;
	}
}

void
index_forget_undo(struct index *x)
{
	while (x->n_undo) {
		struct undo u = last(x);

		cell_drop(u.key);
		cell_drop(u.before);
	}
	trim(x);
}

/* Newest first. Putting back needs no memory: the lists have had room for it before. */
void
index_roll_back(struct index *x)
{
	while (x->n_undo) {
		struct undo u = last(x);
		bool found;
		size_t at = index_find(x, cell_key(u.key), &found);

		if (found)
			cell_drop(take(x, at));
		if (u.before)
			insert(x, at, u.before);
		cell_drop(u.key);
	}
	trim(x);
}
