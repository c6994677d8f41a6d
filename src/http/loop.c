// SPDX-License-Identifier: BSD-2-Clause
/* Event loops: each a thread, a base, and a bell that other threads ring when they have posted something. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "http/impl.h"

void
loop_ring(struct loop *l)
{
	const uint64_t one = 1;

	/* The bell is edge-triggered: nobody reads it, and its counter never fills. */
	if (write(l->bell, &one, sizeof(one)) < 0)
		return;
}

/* Only who finds the box empty rings: the loop empties it whole. */
void
loop_post(struct loop *l, struct conn *k)
{
	struct conn *head = atomic_load(&l->posted);

	do
		k->posted_next = head;
	while (!atomic_compare_exchange_weak(&l->posted, &head, k));
	if (head)
		return;
	if (pthread_equal(pthread_self(), l->thread))
		event_active(l->rung, EV_READ, 0);
	else
		loop_ring(l);
}

/* In the order of posting. */
static void
empty_box(struct loop *l)
{
	struct conn *k = atomic_exchange(&l->posted, NULL), *first = NULL, *next;

	for (; k; k = next) {
		next = k->posted_next;
		k->posted_next = first;
		first = k;
	}
	for (k = first; k; k = next) {
		next = k->posted_next;
		conn_posted(k);
	}
}

static void
drain(struct loop *l)
{
	struct http_server *s = l->server;
	struct conn *k, *next;

	l->drained = true;
	if (l == s->loop && s->listener) {
		evconnlistener_free(s->listener);
		s->listener = NULL;
	}
	for (k = l->conns; k; k = next) {
		next = k->next;
		conn_drain(k);
	}
}

static void
on_bell(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;

	(void)fd;
	(void)what;
	empty_box(l);
	if (!l->drained && atomic_load(&l->server->draining))
		drain(l);
	if (atomic_load(&l->server->ending))
		event_base_loopbreak(l->base);
}

static void *
loop_main(void *arg)
{
	event_base_loop(((struct loop *)arg)->base, EVLOOP_NO_EXIT_ON_EMPTY);
	return NULL;
}

/* No lock, since one thread. (A changelist would leave closed sockets in the epoll set as long as a forked child holds them.) */
static struct event_base *
new_base(void)
{
	struct event_config *how = event_config_new();
	struct event_base *base;

	if (!how)
		return NULL;
	event_config_set_flag(how, EVENT_BASE_FLAG_NOLOCK);
	base = event_base_new_with_config(how);
	event_config_free(how);
	return base;
}

enum rsp_status
loops_make(struct rsp_ctx *c, struct http_server *s)
{
	unsigned i;

	s->loop = calloc(s->o.loops, sizeof(*s->loop));
	for (i = 0; s->loop && i < s->o.loops; i++) {
		struct loop *l = &s->loop[i];

		s->n_loops = i + 1;
		l->server = s;
		l->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		l->base = new_base();
		l->rung = l->base && l->bell >= 0 ? event_new(l->base, l->bell, EV_READ | EV_ET | EV_PERSIST, on_bell, l) : NULL;
		if (!l->rung || event_add(l->rung, NULL) != 0)
			return rsp_fail(c, RSP_IO, "no event loop: %s", strerror(errno));
	}
	return s->loop ? RSP_OK : rsp_fail(c, RSP_NOMEM, "no memory for event loops");
}

/* Signals are for the program's own threads; a peer that has gone must not end it with SIGPIPE. */
enum rsp_status
loops_start(struct rsp_ctx *c, struct http_server *s)
{
	sigset_t most, before;
	unsigned i;

	sigemptyset(&most);
	sigaddset(&most, SIGPIPE);
	sigaddset(&most, SIGINT);
	sigaddset(&most, SIGTERM);
	sigaddset(&most, SIGHUP);
	sigaddset(&most, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &most, &before);
	for (i = 0; i < s->n_loops; i++)
		s->loop[i].running = pthread_create(&s->loop[i].thread, NULL, loop_main, &s->loop[i]) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	for (i = 0; i < s->n_loops; i++)
		if (!s->loop[i].running)
			return rsp_fail(c, RSP_NOMEM, "no thread for an event loop");
	return RSP_OK;
}

static void
free_loop(struct loop *l)
{
	if (l->base)
		empty_box(l);
	while (l->conns) {
		l->conns->stage = STAGE_IDLE;
		conn_close(l->conns);
	}
	if (l->rung)
		event_free(l->rung);
	if (l->base) {
		event_base_loop(l->base, EVLOOP_NONBLOCK);   /* bufferevents are freed in the loop's next turn */
		event_base_free(l->base);
	}
	if (l->bell >= 0)
		close(l->bell);
}

void
loops_end(struct http_server *s)
{
	unsigned i;

	atomic_store(&s->ending, true);
	for (i = 0; i < s->n_loops; i++)
		if (s->loop[i].running) {
			loop_ring(&s->loop[i]);
			pthread_join(s->loop[i].thread, NULL);
		}
	if (s->listener)
		evconnlistener_free(s->listener);
	if (s->retry)
		event_free(s->retry);
	for (i = 0; i < s->n_loops; i++)
		free_loop(&s->loop[i]);
	free(s->loop);
}
