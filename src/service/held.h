// SPDX-License-Identifier: BSD-2-Clause
/* A thing that calls use while another takes its place: who has taken it keeps it until he gives it back; the last one frees it. */
#ifndef SERVICE_HELD_H
#define SERVICE_HELD_H

#include <pthread.h>
#include <stdbool.h>

struct held { unsigned users; void (*free)(struct held *h); };
struct holder { pthread_mutex_t lock; struct held *now; };

/* first may be NULL. */
void holder_init(struct holder *k, struct held *first);
struct held *held_take(struct holder *k);
void held_drop(struct holder *k, struct held *h);
/* next takes the place of what was there. */
void held_swap(struct holder *k, struct held *next);
/* The end; nobody else may be there. */
void holder_end(struct holder *k);

#endif
