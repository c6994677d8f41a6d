// SPDX-License-Identifier: BSD-2-Clause
#include "image/cell.h"

#include <pthread.h>
#include <stdlib.h>
#include <zlib.h>

/* One table for the process; it grows with what is in it and goes with the last of it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct cell **slots;
static size_t n_slots, n_cells;      /* n_slots: 0 or a power of two */

static uint32_t
hash_of(struct bytes key, struct bytes value)
{
	uLong h = crc32(0, key.p, (uInt)key.n);

	return (uint32_t)crc32(h, value.p, (uInt)value.n);
}

static bool
same(const struct cell *x, uint32_t hash, struct bytes key, struct bytes value)
{
	return x->hash == hash && bytes_equal(cell_key(x), key) && bytes_equal(cell_value(x), value);
}

/* When there is no memory for more slots the chains grow longer instead. */
static void
grow(void)
{
	size_t more = n_slots ? n_slots * 2 : 256, i;
	struct cell **fresh;

	if (n_cells < n_slots || !(fresh = calloc(more, sizeof(*fresh))))
		return;
	for (i = 0; i < n_slots; i++)
		while (slots[i]) {
			struct cell *x = slots[i];

			slots[i] = x->next;
			x->next = fresh[x->hash & (more - 1)];
			fresh[x->hash & (more - 1)] = x;
		}
	free(slots);
	slots = fresh;
	n_slots = more;
}

static struct cell *
make(uint32_t hash, struct bytes key, struct bytes value)
{
	struct cell *x = malloc(sizeof(*x) + key.n + value.n);

	if (!x)
		return NULL;
	*x = (struct cell){.hash = hash, .owners = 1, .value_n = (uint32_t)value.n, .key_n = (uint8_t)key.n};
	if (key.n)
		memcpy(x->octets, key.p, key.n);
	if (value.n)
		memcpy(x->octets + key.n, value.p, value.n);
	return x;
}

struct cell *
cell_take(struct bytes key, struct bytes value)
{
	uint32_t hash = hash_of(key, value);
	struct cell *x = NULL, **slot;

	pthread_mutex_lock(&lock);
	grow();
	if (n_slots) {
		slot = &slots[hash & (n_slots - 1)];
		for (x = *slot; x && !same(x, hash, key, value); x = x->next)
			;
		if (x) {
			x->owners++;
		} else if ((x = make(hash, key, value))) {
			x->next = *slot;
			*slot = x;
			n_cells++;
		}
	}
	pthread_mutex_unlock(&lock);
	return x;
}

struct cell *
cell_again(struct cell *x)
{
	pthread_mutex_lock(&lock);
	x->owners++;
	pthread_mutex_unlock(&lock);
	return x;
}

static void
destroy(struct cell *x)
{
	struct cell **at = &slots[x->hash & (n_slots - 1)];

	while (*at != x)
		at = &(*at)->next;
	*at = x->next;
	explicit_bzero(x, sizeof(*x) + x->key_n + x->value_n);
	free(x);
	if (--n_cells == 0) {
		free(slots);
		slots = NULL;
		n_slots = 0;
	}
}

void
cell_drop(struct cell *x)
{
	if (!x)
		return;
	pthread_mutex_lock(&lock);
	if (--x->owners == 0)
		destroy(x);
	pthread_mutex_unlock(&lock);
}
