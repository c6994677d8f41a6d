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
	world_open(&w, "lives");
	for (; lives < most && (most != SIZE_MAX || commands < COMMANDS); lives++, seed++) {
		life_from(seed, &l);
		if (life_run(&w, &l, &commands))
			show_broken(&w, seed, &l);
	}
	print_message("%zu lives, %zu commands, every invariant held\n", lives, commands);
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(no_life_breaks_an_invariant)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
