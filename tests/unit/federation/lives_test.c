// SPDX-License-Identifier: BSD-2-Clause
/* Random lives, 200,000 commands with crashes and races: every invariant after every commit. ESIMLAB_LIVES: how many instead; ESIMLAB_SEED: one. */
#include "support/test.h"

#include "support/fed_model.h"

#define COMMANDS 200000

static void
show_broken(struct fed_world *w, uint64_t seed, struct life *l)
{
	size_t commands = 0;
	const char *no;

	life_shrink(w, l);
	no = life_run(w, l, &commands);
	print_message("seed %llu breaks, in %zu steps: %s\n", (unsigned long long)seed, l->n, no ? no : "(not again)");
	life_print(l);
	fail_msg("%s", no ? no : "a life broke something");
}

static void
no_life_breaks_an_invariant(void **state)
{
	static struct fed_world w;
	static struct life l;
	size_t commands = 0, lives = 0, most = getenv("ESIMLAB_LIVES") ? strtoul(getenv("ESIMLAB_LIVES"), NULL, 10) : SIZE_MAX;
	uint64_t seed = getenv("ESIMLAB_SEED") ? strtoull(getenv("ESIMLAB_SEED"), NULL, 10) : 1;

	(void)state;
	fed_world_open(&w, "lives");
	for (; lives < most && (most != SIZE_MAX || commands < COMMANDS); lives++, seed++) {
		life_from(seed, &l);
		if (life_run(&w, &l, &commands))
			show_broken(&w, seed, &l);
	}
	print_message("%zu lives, %zu commands, every invariant held\n", lives, commands);
	fed_world_close(&w);
}

/* ---- the lives have been everywhere ---- */

static void
all_but(const char *what, uint32_t have, uint32_t all, uint32_t but)
{
	if ((have | but) != all)
		fail_msg("%s: no life came to %#x", what, all & ~(have | but));
}

/* DRAFT and APPROVED are before a life begins; INVITED is for the doors that come later. */
static void
lives_have_been_everywhere(void **state)
{
	(void)state;
	for (int op = FED_OP_GATES + 1; op < FED_OPS; op++) {
		print_message("%-10s %7zu done %7zu refused\n", fed_op_name((enum fed_op)op), life_cover.done[op], life_cover.refused[op]);
		assert_true(life_cover.done[op] > 0 || op == FED_OP_DELIVERED);   /* by fed_world_deliver */
	}
	all_but("federation", life_cover.federation, (1u << FED_STATES) - 1, 1u << FED_DRAFT);
	all_but("member", life_cover.member, (1u << FED_MEMBER_STATES) - 1, 1u << FED_INVITED | 1u << FED_APPROVED);
	all_but("profile", life_cover.profile, (1u << FED_PROFILE_STATES) - 1, 0);
	all_but("grant", life_cover.grant, 0xF, 0);
	all_but("follower", life_cover.follower, (1u << FED_FOLLOWS) - 1, 0);
	all_but("promotion", life_cover.step, (1u << 9) - 1, 1u << 8);   /* the last step drops its row */
}

/* ---- I21: a machine that stops leaves no trace outside ---- */

struct trace { unsigned fed; uint64_t number; struct fed_outbox what; };

static int
by_number(const void *a, const void *b)
{
	const struct trace *x = a, *y = b;

	return x->fed != y->fed ? (x->fed < y->fed ? -1 : 1) : x->number < y->number ? -1 : x->number > y->number;
}

static size_t
effects_of(struct fed_world *w, const struct life *l, struct trace *out)
{
	size_t commands = 0, n = 0;

	assert_null(life_run(w, l, &commands));
	fed_world_deliver(w);
	assert_true(w->n_effects < WORLD_EFFECTS);
	for (; n < w->n_effects; n++) {
		const struct fed_row *f = fed_memory_row(&w->memory, FED_FEDERATION, (struct fed_key){w->effects[n].fed, 0, 0});

		out[n] = (struct trace){strcmp(f->as.federation.carrier, "Example-EU") != 0, w->effects[n].number, w->effects[n].what};
	}
	qsort(out, n, sizeof(*out), by_number);
	return n;
}

static void
a_stop_leaves_no_trace_outside(void **state)
{
	static struct fed_world w;
	static struct life l;
	static struct trace with[WORLD_EFFECTS], without[WORLD_EFFECTS];
	size_t effects = 0;

	(void)state;
	fed_world_open(&w, "traces");
	for (uint64_t seed = 1; seed <= 100; seed++) {
		size_t n, m;

		life_from(seed, &l);
		n = effects_of(&w, &l, with);
		life_calm(&l);
		m = effects_of(&w, &l, without);
		assert_int_equal(n, m);
		for (size_t i = 0; i < n; i++)
			if (with[i].number != without[i].number || with[i].what.dest != without[i].what.dest || with[i].what.member != without[i].what.member ||
				with[i].what.number != without[i].what.number || strcmp(with[i].what.what, without[i].what.what) != 0)
				fail_msg("seed %llu, effect %zu: %s with a stop, %s without", (unsigned long long)seed, i, with[i].what.what, without[i].what.what);
		effects += n;
	}
	print_message("%zu effects, the same with stops and without\n", effects);
	fed_world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(no_life_breaks_an_invariant), cmocka_unit_test(lives_have_been_everywhere),
		cmocka_unit_test(a_stop_leaves_no_trace_outside)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
