// SPDX-License-Identifier: BSD-2-Clause
#include "service/held.h"

#include <stddef.h>

void
holder_init(struct holder *k, struct held *first)
{
	pthread_mutex_init(&k->lock, NULL);
	k->now = first;
	if (first)
		first->users = 1;
}

struct held *
held_take(struct holder *k)
{
	struct held *h;

	pthread_mutex_lock(&k->lock);
	h = k->now;
	h->users++;
	pthread_mutex_unlock(&k->lock);
	return h;
}

void
held_drop(struct holder *k, struct held *h)
{
	bool last;

	pthread_mutex_lock(&k->lock);
	last = --h->users == 0;
	pthread_mutex_unlock(&k->lock);
	if (last)
		h->free(h);
}

void
held_swap(struct holder *k, struct held *next)
{
	struct held *old;

	pthread_mutex_lock(&k->lock);
	next->users = 1;
	old = k->now;
	k->now = next;
	pthread_mutex_unlock(&k->lock);
	held_drop(k, old);
}

void
holder_end(struct holder *k)
{
	if (k->now)
		held_drop(k, k->now);
	k->now = NULL;
	pthread_mutex_destroy(&k->lock);
}
