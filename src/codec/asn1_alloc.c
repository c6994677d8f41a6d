// SPDX-License-Identifier: BSD-2-Clause
#include "codec/asn1_alloc.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The size stands in front of the block, so that the whole of it can be wiped. */
struct block {
	size_t n;
	alignas(max_align_t) uint8_t data[];
};

static struct block *
block_of(void *p)
{
	return (struct block *)(void *)((uint8_t *)p - offsetof(struct block, data));
}

void *
rsp_asn1_malloc(size_t n)
{
	struct block *b = n < SIZE_MAX / 2 ? malloc(sizeof(*b) + n) : NULL;

	if (!b)
		return NULL;
	b->n = n;
	return b->data;
}

void *
rsp_asn1_calloc(size_t count, size_t n)
{
	void *p = n && count > SIZE_MAX / 2 / n ? NULL : rsp_asn1_malloc(count * n);

	return p ? memset(p, 0, count * n) : NULL;
}

void *
rsp_asn1_realloc(void *p, size_t n)
{
	void *fresh = rsp_asn1_malloc(n);

	if (fresh && p) {
		memcpy(fresh, p, block_of(p)->n < n ? block_of(p)->n : n);
		rsp_asn1_free(p);
	}
	return fresh;
}

void
rsp_asn1_free(void *p)
{
	if (!p)
		return;
	explicit_bzero(p, block_of(p)->n);
	free(block_of(p));
}
