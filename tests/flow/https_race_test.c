// SPDX-License-Identifier: BSD-2-Clause
/* Many eUICCs at one order at the same moment, over HTTPS: what is counted is counted exactly, and what only one may have only one gets (SGP.22 5.6). */
#include "support/flow.h"

#include <pthread.h>

#define RUNNERS 8

struct race;
struct runner { struct race *race; struct rsp_ctx c; struct wire w; struct paper e; struct es9p_request r; const char *verdict; };
struct race { struct flow f; enum es9p_function function; pthread_barrier_t start; struct runner runner[RUNNERS]; };

static void
open_race(struct race *x, struct rsp_ctx *c, const struct world *w)
{
	const struct lab_options o = {.clock = TEST_NOW, .tls = true, .curve = w->curve, .only_curve = true};
	unsigned i;

	*x = (struct race){0};
	flow_open_lab(&x->f, c, w, &o);
	assert_int_equal(pthread_barrier_init(&x->start, NULL, RUNNERS), 0);
	for (i = 0; i < RUNNERS; i++) {
		struct runner *r = &x->runner[i];

		r->race = x;
		assert_status(rsp_ctx_init(&r->c, c->crypto, TEST_NOW), RSP_OK);
		wire_open(&r->w, &x->f.p, lab_port(x->f.p.lab), w->der);
		paper_open(&r->e, &x->f.p, &r->c, w->curve, 10 + i);
	}
}

static void
close_race(struct race *x)
{
	unsigned i;

	for (i = 0; i < RUNNERS; i++) {
		paper_close(&x->runner[i].e);
		wire_close(&x->runner[i].w);
		rsp_ctx_free(&x->runner[i].c);
	}
	pthread_barrier_destroy(&x->start);
	flow_close(&x->f);
}

static void *
run(void *arg)
{
	struct runner *r = arg;

	pthread_barrier_wait(&r->race->start);
	r->verdict = paper_ask(&r->e, &r->w, r->race->function, &r->r);
	return NULL;
}

/* Everybody's request at once; how many were answered so. */
static void
let_them_run(struct race *x, enum es9p_function function)
{
	pthread_t thread[RUNNERS];
	unsigned i;

	x->function = function;
	for (i = 0; i < RUNNERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, run, &x->runner[i]), 0);
	for (i = 0; i < RUNNERS; i++)
		pthread_join(thread[i], NULL);
}

static void
assert_count(const struct race *x, const char *code, int number, unsigned want)
{
	const char *verdict = x->f.world->der && number ? rsp_sprintf(x->f.c, "#%d", number) : code;
	unsigned i, have = 0;

	for (i = 0; i < RUNNERS; i++)
		have += strcmp(x->runner[i].verdict, verdict) == 0;
	if (have != want)
		fail_msg("%s: want %u times %s, have %u; the first was told %s", x->f.world->name, want, verdict, have, x->runner[0].verdict);
}

static unsigned
count_in(const char *text, const char *what)
{
	unsigned n = 0;

	for (text = strstr(text, what); text; text = strstr(text + 1, what))
		n++;
	return n;
}

static void
each_up_to(struct race *x, enum es9p_function function)
{
	unsigned i;

	for (i = 0; i < RUNNERS; i++)
		paper_up_to(&x->runner[i].e, &x->runner[i].w, function, x->f.order.matching_id, NULL);
}

static void
wrong_codes(struct race *x)
{
	unsigned i;

	each_up_to(x, ES9P_GET_BOUND_PROFILE_PACKAGE);
	for (i = 0; i < RUNNERS; i++)
		x->runner[i].r = paper_prepare(&x->runner[i].e, "0000");
	wire_messages(&x->f.p, x->f.c);
	let_them_run(x, ES9P_GET_BOUND_PROFILE_PACKAGE);
}

/* The third of wrong codes is the last, whoever it comes from and however many come beside it. */
static void
wrong_codes_are_counted_one_by_one(void **state)
{
	static const struct order_request order = {.confirmation_code = {(const uint8_t *)"4711", 4}};
	const struct world *w;

	FOR_EACH_ROW(worlds, w) {
		struct race x;
		char *told;

		open_race(&x, fresh_ctx(state), w);
		lab_smdpp(x.f.p.lab)->limits.cc_tries = 0;
		flow_order(&x.f, &order);
		wrong_codes(&x);
		assert_count(&x, "8.2.7/3.8", 3, RUNNERS);
		assert_int_equal(flow_stored(&x.f).cc_tries, RUNNERS);

		lab_smdpp(x.f.p.lab)->limits.cc_tries = 3;
		flow_order(&x.f, &order);
		wrong_codes(&x);
		assert_count(&x, "8.2.7/3.8", 3, 2);
		assert_count(&x, "8.2.7/6.4", 4, 1);
		assert_count(&x, "8.2/1.2", 127, RUNNERS - 3);
		assert_int_equal(flow_stored(&x.f).state, ORDER_ERROR);
		told = wire_messages(&x.f.p, x.f.c);
		assert_int_equal(count_in(told, "2:8.2.7/3.8"), 2);
		assert_int_equal(count_in(told, "2:8.2.7/6.4"), 1);
		close_race(&x);
	}
}

static void
attempts_are_counted_one_by_one(void **state)
{
	const struct world *w;

	FOR_EACH_ROW(worlds, w) {
		struct race x;
		unsigned i;

		open_race(&x, fresh_ctx(state), w);
		lab_smdpp(x.f.p.lab)->limits.downloads = 4;
		flow_order(&x.f, &(struct order_request){0});
		each_up_to(&x, ES9P_AUTHENTICATE_CLIENT);
		for (i = 0; i < RUNNERS; i++)
			x.runner[i].r = paper_authenticate(&x.runner[i].e, x.f.order.matching_id);
		let_them_run(&x, ES9P_AUTHENTICATE_CLIENT);
		assert_count(&x, "ok", 0, 4);
		assert_count(&x, "8.8.5/6.4", 127, w->der ? RUNNERS - 4 : 1);      /* in ASN.1 8.2/1.2 has the same number */
		assert_int_equal(flow_stored(&x.f).download_tries, 4);
		assert_int_equal(flow_stored(&x.f).state, ORDER_ERROR);
		assert_int_equal(count_in(wire_messages(&x.f.p, x.f.c), "1:8.8.5/6.4"), 1);
		close_race(&x);
	}
}

static void
one_of_many_gets_the_package(void **state)
{
	const struct world *w;

	FOR_EACH_ROW(worlds, w) {
		struct race x;
		unsigned i;

		open_race(&x, fresh_ctx(state), w);
		flow_order(&x.f, &(struct order_request){0});
		each_up_to(&x, ES9P_GET_BOUND_PROFILE_PACKAGE);
		for (i = 0; i < RUNNERS; i++)
			x.runner[i].r = paper_prepare(&x.runner[i].e, NULL);
		let_them_run(&x, ES9P_GET_BOUND_PROFILE_PACKAGE);
		assert_count(&x, "ok", 0, 1);
		assert_count(&x, "8.2/1.2", 127, RUNNERS - 1);
		assert_string_equal(wire_messages(&x.f.p, x.f.c), "3");
		close_race(&x);
	}
}

/* The same message from all sides: a session ends once, and its order with it. */
static void
a_session_is_cancelled_once(void **state)
{
	const struct world *w;

	FOR_EACH_ROW(worlds, w) {
		struct race x;
		struct es9p_request cancel;
		unsigned i;

		open_race(&x, fresh_ctx(state), w);
		flow_order(&x.f, &(struct order_request){0});
		flow_up_to(&x.f, ES9P_CANCEL_SESSION);
		cancel = paper_cancel(&x.f.e, CANCEL_USER_REJECTION);
		for (i = 0; i < RUNNERS; i++)
			x.runner[i].r = cancel;
		let_them_run(&x, ES9P_CANCEL_SESSION);
		assert_count(&x, "ok", 0, 1);
		assert_count(&x, "8.10.1/3.9", 1, RUNNERS - 1);
		assert_string_equal(wire_messages(&x.f.p, x.f.c), "3:8.8.5/3.8");
		close_race(&x);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_codes_are_counted_one_by_one),
		cmocka_unit_test(attempts_are_counted_one_by_one),
		cmocka_unit_test(one_of_many_gets_the_package),
		cmocka_unit_test(a_session_is_cancelled_once),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
