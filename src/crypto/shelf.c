// SPDX-License-Identifier: BSD-2-Clause
/* Things that come again, kept with the context they were made in. */
#include "crypto/impl.h"

#include <stdlib.h>

#define PLACES 32

struct shelf {
	pthread_mutex_t lock;
	uint64_t uses;
	struct place { uint8_t id[32]; void *thing; uint64_t used; } places[PLACES];   /* from the front on; thing NULL: empty */
	void (*drop)(void *thing);
};

bool
shelf_new(struct crypto *x)
{
	x->shelf = calloc(1, sizeof(*x->shelf));
	return x->shelf && pthread_mutex_init(&x->shelf->lock, NULL) == 0;
}

void
shelf_free(struct crypto *x)
{
	size_t i;

	if (!x->shelf)
		return;
	for (i = 0; i < PLACES; i++)
		if (x->shelf->places[i].thing)
			x->shelf->drop(x->shelf->places[i].thing);
	pthread_mutex_destroy(&x->shelf->lock);
	free(x->shelf);
	x->shelf = NULL;
}

static struct place *
find(struct shelf *s, const uint8_t id[32])
{
	size_t i;

	for (i = 0; i < PLACES; i++)
		if (s->places[i].thing && memcmp(s->places[i].id, id, 32) == 0)
			return &s->places[i];
	return NULL;
}

static struct place *
oldest(struct shelf *s)
{
	struct place *p = s->places;
	size_t i;

	for (i = 1; i < PLACES; i++)
		if (s->places[i].used < p->used)
			p = &s->places[i];
	return p;
}

void *
crypto_shelf_take(struct crypto *x, const uint8_t id[32], void (*hold)(void *thing))
{
	struct shelf *s = x->shelf;
	struct place *p;
	void *thing = NULL;

	pthread_mutex_lock(&s->lock);
	if ((p = find(s, id))) {
		p->used = ++s->uses;
		thing = p->thing;
		hold(thing);
	}
	pthread_mutex_unlock(&s->lock);
	return thing;
}

void
crypto_shelf_put(struct crypto *x, const uint8_t id[32], void *thing, void (*hold)(void *thing), void (*drop)(void *thing))
{
	struct shelf *s = x->shelf;
	struct place *p;
	void *gone = NULL;

	pthread_mutex_lock(&s->lock);
	if (!find(s, id)) {
		p = oldest(s);
		gone = p->thing;
		hold(thing);
		*p = (struct place){.thing = thing, .used = ++s->uses};
		memcpy(p->id, id, 32);
		s->drop = drop;
	}
	pthread_mutex_unlock(&s->lock);
	if (gone)
		drop(gone);
}
