// SPDX-License-Identifier: BSD-2-Clause
/*
 * The pool that runs the handler. A request goes straight to the idle worker that finished last; when none is idle it waits in the queue. A reply that waits for
 * something does not hold its worker.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/time.h"
#include "http/impl.h"

/* ---- contexts ---- */

static struct context *
context_take(struct http_server *s)
{
	struct context *x;

	pthread_mutex_lock(&s->lock);
	x = s->contexts;
	if (x)
		s->contexts = x->next;
	pthread_mutex_unlock(&s->lock);
	if (x) {
		rsp_ctx_reset(&x->c);
		return x;
	}
	x = calloc(1, sizeof(*x));
	if (x && rsp_ctx_init(&x->c, s->o.crypto, 0) != RSP_OK) {
		free(x);
		x = NULL;
	}
	return x;
}

/* Wiped by whoever takes it next, or at the end. */
static void
context_return(struct http_server *s, struct context *x)
{
	pthread_mutex_lock(&s->lock);
	x->next = s->contexts;
	s->contexts = x;
	pthread_mutex_unlock(&s->lock);
}

/* ---- replies that wait ---- */

static void
plain_reply(struct conn *k, unsigned status)
{
	buf_free(&k->reply);
	reply_write(k, status, NULL, true);
}

/* Both have come: the handler with the reply, and the word whether it may leave. */
static void
decide(struct conn *k)
{
	struct http_server *s = k->server;

	context_return(s, k->context);
	k->context = NULL;
	if (!k->later_good) {
		k->again = true;
		if (!workers_take(s, k)) {
			plain_reply(k, 503);
			loop_post(k->loop, k);
		}
	} else {
		loop_post(k->loop, k);
	}
	atomic_fetch_sub(&s->waiting, 1);
}

void
http_later_done(struct http_later *later, bool good)
{
	struct conn *k = (struct conn *)(void *)later;

	k->later_good = good;
	if (atomic_fetch_sub(&k->later, 1) == 1)
		decide(k);
}

void
request_serve(struct conn *k)
{
	struct http_server *s = k->server;
	struct http_request req = {.method = k->method, .path = k->path, .headers = buf_bytes(&k->head), .body = buf_bytes(&k->body),
		.client_cert = k->client_cert, .later = k->again ? NULL : (struct http_later *)(void *)k};
	struct http_reply reply = {.status = 500};
	struct context *x;

	if (atomic_load_explicit(&k->dead, memory_order_relaxed)) {
		loop_post(k->loop, k);
		return;
	}
	x = context_take(s);
	k->again = false;
	k->context = x;
	atomic_store(&k->later, 2);
	atomic_fetch_add(&s->waiting, 1);
	if (x) {
		x->c.now = s->o.fixed_now ? s->o.fixed_now : time_wall();
		s->o.handler(s->o.arg, &x->c, &req, &reply);
	}
	reply_write(k, reply.status, &reply, !http_should_keep_alive(&k->parser) || atomic_load(&s->draining));
	if (k->reply.bad)
		plain_reply(k, 500);
	if (reply.later) {
		if (atomic_fetch_sub(&k->later, 1) == 1)
			decide(k);
		return;
	}
	if (x)
		context_return(s, x);
	k->context = NULL;
	atomic_fetch_sub(&s->waiting, 1);
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
	struct conn *k;

	while ((k = wait_for_job(w)))
		request_serve(k);
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
	struct context *x;
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
	while (atomic_load(&s->waiting))
		usleep(500);
	while ((x = s->contexts)) {
		s->contexts = x->next;
		rsp_ctx_free(&x->c);
		free(x);
	}
}
