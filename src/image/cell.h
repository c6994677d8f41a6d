// SPDX-License-Identifier: BSD-2-Clause
/*
 * A key with its value, never changed. Equal ones are there once in the process, whichever cards hold them: cards of one kind with one profile differ in a
 * few files only. Wiped when the last owner lets go. Thread-safe.
 */
#ifndef IMAGE_CELL_H
#define IMAGE_CELL_H

#include "base/bytes.h"

struct cell {
	struct cell *next;           /* of the same slot */
	uint32_t hash, owners, value_n;
	uint8_t key_n;               /* at most 255 */
	uint8_t octets[];            /* the key, then the value */
};

static inline struct bytes
cell_key(const struct cell *x)
{
	return bytes_of(x->octets, x->key_n);
}

/* Present, also when it is empty. */
static inline struct bytes
cell_value(const struct cell *x)
{
	return bytes_of(x->octets + x->key_n, x->value_n);
}

/* NULL: no memory. */
struct cell *cell_take(struct bytes key, struct bytes value);
struct cell *cell_again(struct cell *x);
void cell_drop(struct cell *x);      /* NULL is fine */

#endif
