// SPDX-License-Identifier: BSD-2-Clause
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 8192
#define KEPT 131072      /* octets in blocks that stay for the next call */

struct block {
	struct block *next;
	size_t used, size;
	alignas(max_align_t) uint8_t data[];
};

struct arena {
	struct block *head;   /* newest first; the last one is the first block */
	struct block *spare;  /* empty ones from calls before */
};

static struct block *
block_new(size_t size, struct block *next)
{
	struct block *b = malloc(sizeof(*b) + size);

	if (!b)
		return NULL;
	b->next = next;
	b->used = 0;
	b->size = size;
	return b;
}

struct arena *
arena_new(void)
{
	struct arena *a = malloc(sizeof(*a));

	if (!a)
		return NULL;
	a->spare = NULL;
	a->head = block_new(BLOCK_SIZE, NULL);
	if (!a->head) {
		free(a);
		return NULL;
	}
	return a;
}

/* A spare block that is large enough, or a new one. */
static struct block *
block_for(struct arena *a, size_t need)
{
	struct block **at, *b;

	for (at = &a->spare; (b = *at); at = &b->next)
		if (b->size >= need) {
			*at = b->next;
			b->next = a->head;
			return b;
		}
	return block_new(need > BLOCK_SIZE ? need : BLOCK_SIZE, a->head);
}

void *
arena_alloc(struct arena *a, size_t n)
{
	const size_t align = alignof(max_align_t);
	size_t need;
	struct block *b = a->head;
	void *p;

	if (n > SIZE_MAX / 2)
		return NULL;
	need = n ? (n + align - 1) / align * align : align;
	if (b->size - b->used < need) {
		b = block_for(a, need);
		if (!b)
			return NULL;
		a->head = b;
	}
	p = b->data + b->used;
	b->used += need;
	return memset(p, 0, need);
}

void
arena_reset(struct arena *a)
{
	struct block *b, *first;
	size_t kept = 0;

	for (b = a->spare; b; b = b->next)
		kept += b->size;
	while ((b = a->head)->next) {
		a->head = b->next;
		explicit_bzero(b->data, b->used);
		b->used = 0;
		if (kept + b->size > KEPT) {
			free(b);
			continue;
		}
		kept += b->size;
		b->next = a->spare;
		a->spare = b;
	}
	first = a->head;
	explicit_bzero(first->data, first->used);
	first->used = 0;
}

void
arena_free(struct arena *a)
{
	struct block *b;

	if (!a)
		return;
	arena_reset(a);
	while ((b = a->spare)) {
		a->spare = b->next;
		free(b);
	}
	free(a->head);
	free(a);
}
