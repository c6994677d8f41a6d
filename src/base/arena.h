// SPDX-License-Identifier: BSD-2-Clause
/* Memory that is given back all at once, wiped. One arena belongs to one struct rsp_ctx. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
/* Zeroed, aligned for any type; NULL when there is no memory. n == 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t n);
void arena_reset(struct arena *a);   /* wipe and forget all; some memory is kept for what comes next */
void arena_free(struct arena *a);    /* NULL is fine */

#endif
