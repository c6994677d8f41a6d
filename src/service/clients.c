// SPDX-License-Identifier: BSD-2-Clause
#include "service/clients.h"

#include <pthread.h>
#include <stdlib.h>

#define RULES 32

struct idle { struct idle *next; struct http_client *client; bool plain; };

struct clients {
	struct http_client_options o;
	const struct pki_cert *ca[4];
	char *rules[RULES];
	pthread_mutex_t lock;
	struct idle *idle;
};

struct clients *
clients_new(const struct http_client_options *o)
{
	struct clients *k = calloc(1, sizeof(*k));
	size_t i;

	if (!k)
		return NULL;
	k->o = *o;
	k->o.n_ca = o->n_ca < 4 ? o->n_ca : 4;
	for (i = 0; i < k->o.n_ca; i++)
		k->ca[i] = o->ca[i];
	k->o.ca = k->ca;
	k->o.n_connect_to = o->n_connect_to < RULES ? o->n_connect_to : RULES;
	for (i = 0; i < k->o.n_connect_to; i++)
		k->rules[i] = strdup(o->connect_to[i]);
	k->o.connect_to = (const char *const *)k->rules;
	pthread_mutex_init(&k->lock, NULL);
	return k;
}

void
clients_free(struct clients *k)
{
	struct idle *at;
	size_t i;

	if (!k)
		return;
	while ((at = k->idle)) {
		k->idle = at->next;
		http_client_free(at->client);
		free(at);
	}
	for (i = 0; i < RULES; i++)
		free(k->rules[i]);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

static struct idle *
take(struct clients *k, bool plain)
{
	struct idle **at, *found;

	pthread_mutex_lock(&k->lock);
	for (at = &k->idle; *at && (*at)->plain != plain; at = &(*at)->next)
		;
	found = *at;
	if (found)
		*at = found->next;
	pthread_mutex_unlock(&k->lock);
	return found;
}

static enum rsp_status
make(struct clients *k, struct rsp_ctx *c, bool plain, struct idle **out)
{
	struct http_client_options o = k->o;
	struct idle *i = calloc(1, sizeof(*i));
	enum rsp_status st;

	if (!i)
		return RSP_NOMEM;
	i->plain = o.plain = plain;
	st = http_client_new(c, &o, &i->client);
	if (st == RSP_OK)
		*out = i;
	else
		free(i);
	return st;
}

enum rsp_status
clients_post(struct clients *k, struct rsp_ctx *c, const char *url, struct bytes body, unsigned *status, struct bytes *answer)
{
	static const char *const headers[] = {"Content-Type: application/json", "X-Admin-Protocol: gsma/rsp/v2.6.0", NULL};
	bool plain = strncmp(url, "http:", 5) == 0;
	struct idle *i = take(k, plain);
	enum rsp_status st = i ? RSP_OK : make(k, c, plain, &i);

	if (st != RSP_OK)
		return st;
	st = http_client_post(i->client, c, url, headers, body, status, answer);
	pthread_mutex_lock(&k->lock);
	i->next = k->idle;
	k->idle = i;
	pthread_mutex_unlock(&k->lock);
	return st;
}
