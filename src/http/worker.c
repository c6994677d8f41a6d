// SPDX-License-Identifier: BSD-2-Clause
/* The pool that runs the handler. A request goes straight to the idle worker that finished last; when none is idle it waits in the queue. */
#include <errno.h>
#include <stdlib.h>

#include "base/time.h"
#include "http/impl.h"

static void
serve(struct http_server *s, struct rsp_ctx *c, struct conn *k)
{
	const struct http_request req = {k->method, k->path, buf_bytes(&k->head), buf_bytes(&k->body), k->client_cert};
	struct http_reply reply = {.status = 500};

	if (!atomic_load_explicit(&k->dead, memory_order_relaxed)) {
		c->now = s->o.fixed_now ? s->o.fixed_now : time_wall();
		s->o.handler(s->o.arg, c, &req, &reply);
		reply_write(k, reply.status, &reply, !http_should_keep_alive(&k->parser) || atomic_load(&s->draining));
		if (k->reply.bad) {
			buf_free(&k->reply);
			reply_write(k, 500, NULL, true);
		}
		rsp_ctx_reset(c);
	}
	loop_post(k->loop, k);
}

/* Under the lock. */
static struct conn *
next_job(struct http_server *s)
{
	struct conn *k = s->first;

	if (k) {
		s->first = k->queue_next;
		if (!s->first)
			s->last = &s->first;
		atomic_fetch_sub(&s->queued, 1);
	}
	return k;
}

/* NULL: the end. */
static struct conn *
wait_for_job(struct worker *w)
{
	struct http_server *s = w->server;
	struct conn *k = NULL;
	bool stopping;

	pthread_mutex_lock(&s->lock);
	stopping = s->stopping;
	if (!stopping && !(k = next_job(s))) {
		w->job = NULL;
		w->idle_next = s->idle;
		s->idle = w;
	}
	pthread_mutex_unlock(&s->lock);
	if (stopping || k)
		return k;
	while (sem_wait(&w->go) != 0 && errno == EINTR)
		;
	return w->job;
}

static void *
worker_main(void *arg)
{
	struct worker *w = arg;
	struct rsp_ctx c;
	struct conn *k;

	if (rsp_ctx_init(&c, w->server->o.crypto, 0) != RSP_OK)
		return NULL;
	while ((k = wait_for_job(w)))
		serve(w->server, &c, k);
	rsp_ctx_free(&c);
	return NULL;
}

bool
workers_take(struct http_server *s, struct conn *k)
{
	struct worker *w;
	bool room;

	pthread_mutex_lock(&s->lock);
	w = s->stopping ? NULL : s->idle;
	room = w || (!s->stopping && atomic_load(&s->queued) < s->o.queue);
	if (w) {
		s->idle = w->idle_next;
		w->job = k;
	} else if (room) {
		k->queue_next = NULL;
		*s->last = k;
		s->last = &k->queue_next;
		atomic_fetch_add(&s->queued, 1);
	}
	pthread_mutex_unlock(&s->lock);
	if (w)
		sem_post(&w->go);
	return room;
}

enum rsp_status
workers_start(struct rsp_ctx *c, struct http_server *s)
{
	s->worker = calloc(s->o.workers, sizeof(*s->worker));
	if (!s->worker)
		return rsp_fail(c, RSP_NOMEM, "no memory for workers");
	for (; s->n_workers < s->o.workers; s->n_workers++) {
		struct worker *w = &s->worker[s->n_workers];

		w->server = s;
		sem_init(&w->go, 0, 0);
		if (pthread_create(&w->thread, NULL, worker_main, w) != 0)
			return rsp_fail(c, RSP_NOMEM, "no thread for a worker");
		pthread_setname_np(w->thread, "worker");
	}
	return RSP_OK;
}

/* Those at work finish it; what still waits in the queue is never begun. */
void
workers_end(struct http_server *s)
{
	struct worker *w;
	unsigned i;

	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	while ((w = s->idle)) {
		s->idle = w->idle_next;
		sem_post(&w->go);
	}
	pthread_mutex_unlock(&s->lock);
	for (i = 0; i < s->n_workers; i++) {
		pthread_join(s->worker[i].thread, NULL);
		sem_destroy(&s->worker[i].go);
	}
	free(s->worker);
}
