// SPDX-License-Identifier: BSD-2-Clause
#include "service/outbox.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/time.h"
#include "service/es12_client.h"

#define SENDERS 4
#define RETRY_FIRST 5
#define RETRY_MOST 3600
#define CLAIM 15   /* seconds: longer than a client waits; then another process may have it, should this one be dead */

struct outbox {
	struct outbox_options o;
	pthread_t sender[SENDERS];
	unsigned n_senders;
	bool stop;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	_Atomic uint64_t sent, failed;
};

/* 5 s, 10 s, 20 s ... an hour. */
static int64_t
pause_after(uint32_t tries)
{
	int64_t wait = RETRY_FIRST;

	while (tries-- && wait < RETRY_MOST)
		wait *= 2;
	return wait < RETRY_MOST ? wait : RETRY_MOST;
}

static bool
send_message(struct outbox *b, struct rsp_ctx *c, const struct outbox_message *m)
{
	const char *url = m->url[0] == '/' ? rsp_sprintf(c, "%s%s", b->o.base, m->url) : m->url[0] ? m->url : b->o.callback;
	struct clients *k;
	struct bytes answer;
	unsigned status = 0;
	void *held;
	bool sent;

	k = b->o.take(b->o.self, &held);
	sent = clients_post(k, c, url, m->body, &status, &answer) == RSP_OK && status >= 200 && status < 300;
	if (sent && es12_client_is(url))
		sent = es12_client_settled(c, url, answer);
	b->o.drop(b->o.self, held);
	if (sent)
		atomic_fetch_add(&b->sent, 1);
	else
		atomic_fetch_add(&b->failed, 1);
	if (!sent)
		log_line(LOG_WARN, "a message was not taken (try %u): %s", m->tries + 1, c->error.text[0] ? c->error.text : rsp_sprintf(c, "%s: HTTP %u", url, status));
	return sent;
}

/* One message that is due, if this sender gets it. False: there is none, or the store is not there. */
static bool
deliver_one(struct outbox *b, struct rsp_ctx *c)
{
	struct store *store = b->o.store;
	enum table box = b->o.box;
	struct outbox_message m;
	bool found = false, sent;
	enum rsp_status st;

	c->now = b->o.fixed_now ? b->o.fixed_now : time_wall();
	if (outbox_next(store, c, box, &m, &found) != RSP_OK || !found)
		return false;
	if (!m.url[0] && !b->o.callback)
		return outbox_settle(store, c, box, &m, false, c->now + RETRY_MOST) == RSP_OK;
	st = outbox_claim(store, c, box, &m, c->now + CLAIM);
	if (st != RSP_OK)
		return st == RSP_CONFLICT;
	sent = send_message(b, c, &m);
	st = outbox_settle(store, c, box, &m, sent, c->now + pause_after(m.tries));
	return st == RSP_OK || st == RSP_CONFLICT;
}

static void *
sender_main(void *arg)
{
	struct outbox *b = arg;
	struct timespec until;
	struct rsp_ctx c;
	bool more;

	if (rsp_ctx_init(&c, b->o.crypto, 0) != RSP_OK)
		return NULL;
	pthread_mutex_lock(&b->lock);
	while (!b->stop) {
		pthread_mutex_unlock(&b->lock);
		more = deliver_one(b, &c);
		rsp_ctx_reset(&c);
		pthread_mutex_lock(&b->lock);
		if (more || b->stop)
			continue;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += 1;
		pthread_cond_timedwait(&b->wake, &b->lock, &until);
	}
	pthread_mutex_unlock(&b->lock);
	rsp_ctx_free(&c);
	return NULL;
}

enum rsp_status
outbox_start(struct rsp_ctx *c, const struct outbox_options *o, struct outbox **out)
{
	struct outbox *b = calloc(1, sizeof(*b));

	if (!b)
		return rsp_fail(c, RSP_NOMEM, "no memory for an outbox");
	b->o = *o;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->wake, NULL);
	for (; b->n_senders < (o->box == TABLE_DS_OUTBOX ? 1 : SENDERS); b->n_senders++)
		if (pthread_create(&b->sender[b->n_senders], NULL, sender_main, b) != 0) {
			outbox_stop(b);
			return rsp_fail(c, RSP_NOMEM, "no thread for an outbox");
		}
	*out = b;
	return RSP_OK;
}

void
outbox_metrics(const struct outbox *b, struct buf *out)
{
	buf_printf(out, "# HELP esimlab_messages_total Messages to operators and SM-DSs.\n# TYPE esimlab_messages_total counter\n"
		"esimlab_messages_total{result=\"sent\"} %llu\nesimlab_messages_total{result=\"failed\"} %llu\n",
		(unsigned long long)atomic_load(&b->sent), (unsigned long long)atomic_load(&b->failed));
}

void
outbox_stop(struct outbox *b)
{
	unsigned i;

	if (!b)
		return;
	pthread_mutex_lock(&b->lock);
	b->stop = true;
	pthread_cond_broadcast(&b->wake);
	pthread_mutex_unlock(&b->lock);
	for (i = 0; i < b->n_senders; i++)
		pthread_join(b->sender[i], NULL);
	pthread_mutex_destroy(&b->lock);
	pthread_cond_destroy(&b->wake);
	free(b);
}
