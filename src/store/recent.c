// SPDX-License-Identifier: BSD-2-Clause
/* A place for each hash: what comes later takes it. */
#include "store/recent.h"

#include <pthread.h>
#include <stdlib.h>

#define PLACES 1024
#define LOCKS 16

struct recent { pthread_mutex_t lock[LOCKS]; struct smdpp_order order[PLACES]; struct smdpp_session session[PLACES]; };

static size_t
place_of(const uint8_t *id, size_t n)
{
	uint32_t h = 2166136261u;
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ id[i]) * 16777619u;
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
	size_t at = place_of(iccid, 10);
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
	size_t at = place_of(o->iccid, 10);

	pthread_mutex_lock(&r->lock[at % LOCKS]);
	r->order[at] = *o;
	r->order[at].revision = revision;
	pthread_mutex_unlock(&r->lock[at % LOCKS]);
}

void
recent_drop(struct recent *r, const uint8_t iccid[10])
{
	size_t at = place_of(iccid, 10);

	pthread_mutex_lock(&r->lock[at % LOCKS]);
	if (memcmp(r->order[at].iccid, iccid, 10) == 0)
		r->order[at].revision = 0;
	pthread_mutex_unlock(&r->lock[at % LOCKS]);
}

bool
recent_session(struct recent *r, struct bytes transaction_id, struct smdpp_session *out)
{
	size_t at = place_of(transaction_id.p, transaction_id.n);
	bool found;

	pthread_mutex_lock(&r->lock[at % LOCKS]);
	found = r->session[at].revision && bytes_equal(BYTES_OF(r->session[at].transaction_id), transaction_id);
	if (found)
		*out = r->session[at];
	pthread_mutex_unlock(&r->lock[at % LOCKS]);
	return found;
}

void
recent_put_session(struct recent *r, const struct smdpp_session *s, uint64_t revision)
{
	size_t at = place_of(s->transaction_id, sizeof(s->transaction_id));

	pthread_mutex_lock(&r->lock[at % LOCKS]);
	r->session[at] = *s;
	r->session[at].revision = revision;
	pthread_mutex_unlock(&r->lock[at % LOCKS]);
}

void
recent_drop_session(struct recent *r, const uint8_t transaction_id[16])
{
	size_t at = place_of(transaction_id, 16);

	pthread_mutex_lock(&r->lock[at % LOCKS]);
	if (memcmp(r->session[at].transaction_id, transaction_id, 16) == 0)
		r->session[at].revision = 0;
	pthread_mutex_unlock(&r->lock[at % LOCKS]);
}
