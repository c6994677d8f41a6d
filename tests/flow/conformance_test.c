// SPDX-License-Identifier: BSD-2-Clause
/* The conformance cases against our own targets, in process, so that the sanitizers see them too; and each broken target can be made. */
#include "support/test.h"

#include "conformance/suite.h"

static void
open_world(struct rsp_ctx *c, enum actor role, enum ec_curve curve, struct world **w, struct suite *suite)
{
	const struct world_options o = {.role = role, .curve = curve, .seed = "conformance", .clock = TEST_NOW};

	if (suite_load(c, "tests/scenarios", role, curve, suite) != RSP_OK || world_open(c, &o, w) != RSP_OK)
		fail_msg("%s", c->error.text);
}

static void
passes(struct rsp_ctx *c, enum actor role, enum ec_curve curve)
{
	const struct suite_options o = {.destructive = true};
	struct report report;
	struct suite suite;
	struct world *w;
	size_t i;

	open_world(c, role, curve, &w, &suite);
	assert_status(suite_run(w, &suite, &o, &report), RSP_OK);
	for (i = 0; i < report.n; i++)
		if (report.p[i].result.verdict != VERDICT_PASS)
			fail_msg("%s %s: want %s, have %s: %s", report.p[i].s->id, report.p[i].binding, report.p[i].result.wanted, report.p[i].result.had,
				report.p[i].result.cause);
	assert_true(report.counts.played >= suite.n);
	assert_int_equal(report_exit(&report), 0);
	report_free(&report);
	world_free(w);
}

static void
our_own_targets_pass(void **state)
{
	static const enum actor roles[] = {ACTOR_SMDPP, ACTOR_EUICC, ACTOR_SMDS, ACTOR_LPA};
	size_t i;

	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		passes(fresh_ctx(state), roles[i], EC_P256);
	passes(fresh_ctx(state), ACTOR_SMDS, EC_BP256);
}

/* A fault that names a row which is no longer there would never be caught again. */
static void
every_broken_target_can_be_made(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct scenario none = {.real = ACTORS};
	struct suite suite;
	struct world *w;
	size_t i;

	open_world(c, ACTOR_SMDS, EC_P256, &w, &suite);
	for (i = 0; fault_at(i); i++) {
		struct rsp_ctx own;

		assert_status(rsp_ctx_init(&own, w->crypto, TEST_NOW), RSP_OK);
		w->fault = fault_at(i);
		none.real = w->fault->role;
		if (world_prepare(w, &own, &none) != RSP_OK)
			fail_msg("%s: %s", w->fault->name, own.error.text);
		assert_ptr_equal(fault_named(w->fault->name), w->fault);
		assert_true(*fault_how(&own, w->fault) && *w->fault->seen);
		assert_status(world_restore(w), RSP_OK);
		assert_status(lab_card_renew(w->lab, w->card), RSP_OK);
		rsp_ctx_free(&own);
	}
	assert_true(i > 100);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_targets_pass),
		cmocka_unit_test(every_broken_target_can_be_made),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
