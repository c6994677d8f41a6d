// SPDX-License-Identifier: BSD-2-Clause
#include "store/sessions.h"

#include <pthread.h>
#include <stdlib.h>

#define BUCKETS 4096

struct node { struct node *next; struct smdpp_session s; };

struct sessions { pthread_mutex_t lock; struct node *bucket[BUCKETS]; };

/* transactionIds are random: their first octets are as good as a hash. */
static struct node **
place(struct sessions *s, const uint8_t id[16])
{
	struct node **at = &s->bucket[(id[0] << 8 | id[1]) % BUCKETS];

	while (*at && memcmp((*at)->s.transaction_id, id, 16) != 0)
		at = &(*at)->next;
	return at;
}

struct sessions *
sessions_new(void)
{
	struct sessions *s = calloc(1, sizeof(*s));

	if (s)
		pthread_mutex_init(&s->lock, NULL);
	return s;
}

static void
drop(struct node **at)
{
	struct node *n = *at;

	*at = n->next;
	explicit_bzero(n, sizeof(*n));
	free(n);
}

void
sessions_free(struct sessions *s)
{
	size_t i;

	if (!s)
		return;
	for (i = 0; i < BUCKETS; i++)
		while (s->bucket[i])
			drop(&s->bucket[i]);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

bool
sessions_get(struct sessions *s, struct bytes transaction_id, struct smdpp_session *out)
{
	struct node *n = NULL;

	if (transaction_id.n != 16)
		return false;
	pthread_mutex_lock(&s->lock);
	n = *place(s, transaction_id.p);
	if (n)
		*out = n->s;
	pthread_mutex_unlock(&s->lock);
	return n != NULL;
}

static bool
fits(struct sessions *s, const struct smdpp_changes *ch)
{
	struct node *n;

	if (!ch->has_session)
		return true;
	n = *place(s, ch->session.transaction_id);
	return (n ? n->s.revision : 0) == ch->session.revision;
}

enum rsp_status
sessions_check(struct sessions *s, const struct smdpp_changes *ch)
{
	bool good;

	pthread_mutex_lock(&s->lock);
	good = fits(s, ch);
	pthread_mutex_unlock(&s->lock);
	return good ? RSP_OK : RSP_CONFLICT;
}

enum rsp_status
sessions_apply(struct sessions *s, const struct smdpp_changes *ch)
{
	enum rsp_status st = RSP_OK;
	struct node **at;

	pthread_mutex_lock(&s->lock);
	at = place(s, ch->session.transaction_id);
	if (!fits(s, ch)) {
		st = RSP_CONFLICT;
	} else if (ch->end_session && *at) {
		drop(at);
	} else if (ch->has_session) {
		if (!*at && !(*at = calloc(1, sizeof(**at))))
			st = RSP_NOMEM;
		else {
			(*at)->s = ch->session;
			(*at)->s.revision++;
		}
	}
	pthread_mutex_unlock(&s->lock);
	return st;
}

void
sessions_expire(struct sessions *s, int64_t before)
{
	struct node **at;
	size_t i;

	pthread_mutex_lock(&s->lock);
	for (i = 0; i < BUCKETS; i++)
		for (at = &s->bucket[i]; *at;)
			if ((*at)->s.started < before)
				drop(at);
			else
				at = &(*at)->next;
	pthread_mutex_unlock(&s->lock);
}
