// SPDX-License-Identifier: BSD-2-Clause
/* The live values of an image in memory, ordered by key, with an undo list for the open transaction. */
#ifndef IMAGE_INDEX_H
#define IMAGE_INDEX_H

#include "image/cell.h"

/* One change: a cell with the key, and what was there before; NULL: nothing. */
struct undo { struct cell *key, *before; };

struct index {
	struct cell **e; size_t n, cap;
	struct undo *undo; size_t n_undo, cap_undo;
	size_t used;          /* octets of keys and values */
};

void index_free(struct index *x);
/* Place of key, or where it belongs (*found false). */
size_t index_find(const struct index *x, struct bytes key, bool *found);
/* Put or, with value absent, delete; remembered for undoing unless `settled`. False: no memory, nothing changed. */
bool index_set(struct index *x, struct bytes key, struct bytes value, bool settled);
void index_forget_undo(struct index *x);
void index_roll_back(struct index *x);

#endif
