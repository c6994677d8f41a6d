// SPDX-License-Identifier: BSD-2-Clause
/* A place for each hash: what comes later takes it. */
#include "store/recent.h"

#include <pthread.h>
#include <stdlib.h>

#define PLACES 1024
#define LOCKS 16

struct recent { pthread_mutex_t lock[LOCKS]; struct smdpp_order order[PLACES]; };

static size_t
place_of(const uint8_t iccid[10])
{
	uint32_t h = 2166136261u;
	size_t i;

	for (i = 0; i < 10; i++)
		h = (h ^ iccid[i]) * 16777619u;
	return (h ^ h >> 15) % PLACES;
}

struct recent *
recent_new(void)
{
	struct recent *r = calloc(1, sizeof(*r));
	size_t i;

	for (i = 0; r && i < LOCKS; i++)
		pthread_mutex_init(&r->lock[i], NULL);
	return r;
}

void
recent_free(struct recent *r)
{
	size_t i;

	if (!r)
		return;
	for (i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&r->lock[i]);
	explicit_bzero(r, sizeof(*r));
	free(r);
}

bool
recent_get(struct recent *r, const uint8_t iccid[10], struct smdpp_order *out)
{
	size_t at = place_of(iccid);
	bool found;

	pthread_mutex_lock(&r->lock[at % LOCKS]);
	found = r->order[at].revision && memcmp(r->order[at].iccid, iccid, 10) == 0;
	if (found)
		*out = r->order[at];
	pthread_mutex_unlock(&r->lock[at % LOCKS]);
	return found;
}

void
recent_put(struct recent *r, const struct smdpp_order *o, uint64_t revision)
{
	size_t at = place_of(o->iccid);

	pthread_mutex_lock(&r->lock[at % LOCKS]);
	r->order[at] = *o;
	r->order[at].revision = revision;
	pthread_mutex_unlock(&r->lock[at % LOCKS]);
}

void
recent_drop(struct recent *r, const uint8_t iccid[10])
{
	size_t at = place_of(iccid);

	pthread_mutex_lock(&r->lock[at % LOCKS]);
	if (memcmp(r->order[at].iccid, iccid, 10) == 0)
		r->order[at].revision = 0;
	pthread_mutex_unlock(&r->lock[at % LOCKS]);
}
