// SPDX-License-Identifier: BSD-2-Clause
/* Which profile serves, and who may change that: SGP.22 5.7.16 to 5.7.19, 2.9 and 3.2. */
#include "support/bare.h"

#include "tlv/mutate.h"

enum { ENABLE = 0xBF31, DISABLE = 0xBF32, DELETE = 0xBF33 };

static const uint8_t owner[] = {0x62, 0xF2, 0x10};   /* 262 01 */
static const struct store_metadata plain = {.profile_class = -1, .notifications = {{15, {(const uint8_t *)"dp", 2}}}, .n_notifications = 1};
static const struct store_metadata test = {.profile_class = CLASS_TEST}, provisioning = {.profile_class = CLASS_PROVISIONING};
static const struct store_metadata ppr1 = {.profile_class = -1, .owner_mccmnc = BYTES_OF(owner), .has_ppr = true, .ppr = 2};
static const struct store_metadata ppr2 = {.profile_class = -1, .owner_mccmnc = BYTES_OF(owner), .has_ppr = true, .ppr = 4};

static void
install(struct bare *b, unsigned n, const struct store_metadata *m)
{
	if (bare_install(b, n, m, NULL) != RSP_OK)
		fail_msg("profile %u: %s", n, b->c->error.text);
}

/* A step: what is asked of which profile, and the result's number; then how the profiles are. */
struct step { uint32_t tag; unsigned n; bool refresh; int result; const char *states; };

static void
play(struct bare *b, const struct step *steps, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		int have = bare_switch(b, steps[i].tag, steps[i].n, steps[i].refresh);

		if (have != steps[i].result)
			fail_msg("step %zu: want %d, have %d", i, steps[i].result, have);
		assert_string_equal(bare_states(b), steps[i].states);
	}
}
#define STEPS(b, steps) play((b), (steps), sizeof(steps) / sizeof((steps)[0]))

static void
several_profiles_and_one_serves(void **state)
{
	static const struct step steps[] = {
		{ENABLE, 9, false, 1, "000d 001d 002d"}, {DISABLE, 0, false, 2, "000d 001d 002d"}, {ENABLE, 0, false, 0, "000E 001d 002d"},
		{ENABLE, 0, false, 2, "000E 001d 002d"}, {DELETE, 0, false, 2, "000E 001d 002d"}, {ENABLE, 2, false, 0, "000d 001d 002E"},
		{DELETE, 0, false, 0, "001d 002E"}, {DELETE, 0, false, 1, "001d 002E"}, {DISABLE, 2, false, 0, "001d 002d"},
		{DISABLE, 2, false, 2, "001d 002d"}, {DISABLE, 9, false, 1, "001d 002d"},
	};
	struct bare b;
	unsigned n;

	bare_open(&b, fresh_ctx(state), NULL);
	for (n = 0; n < 3; n++)
		install(&b, n, &plain);
	STEPS(&b, steps);
	/* the implicit disabling of 0 is told before the enabling of 2; numbers begin at 0 */
	assert_string_equal(bare_notifications(&b), "0:enable/dp 1:disable/dp 2:enable/dp 3:delete/dp 4:disable/dp");
	bare_power(&b);
	assert_string_equal(bare_states(&b), "001d 002d");
	assert_string_equal(bare_es10(&b, "BF3003800102"), "BF3003800100");
	assert_string_equal(bare_es10(&b, "BF3003800102"), "BF3003800101");
	assert_string_equal(bare_es10(&b, "BF3003800100"), "BF3003800100");
	assert_string_equal(bare_notifications(&b), "1:disable/dp 3:delete/dp 4:disable/dp");
	bare_close(&b);
}

static void
ppr1_holds_the_enabled_profile(void **state)
{
	static const struct step steps[] = {
		{ENABLE, 0, false, 0, "000E 001d 002d 003d"}, {DISABLE, 0, false, 3, "000E 001d 002d 003d"}, {ENABLE, 1, false, 3, "000E 001d 002d 003d"},
		{ENABLE, 2, false, 0, "000d 001d 002E 003d"}, {ENABLE, 1, false, 4, "000d 001d 002E 003d"}, {DISABLE, 2, false, 0, "000d 001d 002d 003d"},
		{ENABLE, 1, false, 4, "000d 001d 002d 003d"}, {ENABLE, 0, false, 0, "000E 001d 002d 003d"}, {ENABLE, 3, false, 0, "000d 001d 002d 003E"},
		{DISABLE, 3, false, 0, "000d 001d 002d 003d"}, {DELETE, 0, false, 0, "001d 002d 003d"}, {ENABLE, 1, false, 0, "001E 002d 003d"},
	};
	struct bare b;

	bare_open(&b, fresh_ctx(state), NULL);
	install(&b, 0, &ppr1);
	install(&b, 1, NULL);
	install(&b, 2, &test);
	install(&b, 3, &provisioning);
	STEPS(&b, steps);
	bare_close(&b);
}

static void
after_a_test_profile_the_one_before_comes_back(void **state)
{
	static const struct step steps[] = {
		{ENABLE, 2, false, 0, "000d 001d 002E 003d"}, {ENABLE, 1, false, 0, "000d 001E 002d 003d"},   /* none was enabled before: any may be */
		{ENABLE, 2, false, 0, "000d 001d 002E 003d"}, {ENABLE, 0, false, 4, "000d 001d 002E 003d"}, {ENABLE, 3, false, 0, "000d 001d 002d 003E"},
		{ENABLE, 0, false, 4, "000d 001d 002d 003E"}, {ENABLE, 1, false, 0, "000d 001E 002d 003d"}, {ENABLE, 0, false, 0, "000E 001d 002d 003d"},
		{ENABLE, 2, false, 0, "000d 001d 002E 003d"}, {DISABLE, 2, false, 0, "000d 001d 002d 003d"}, {ENABLE, 1, false, 0, "000d 001E 002d 003d"},
	};
	struct bare b;

	bare_open(&b, fresh_ctx(state), NULL);
	install(&b, 0, NULL);
	install(&b, 1, NULL);
	install(&b, 2, &test);
	install(&b, 3, &test);
	STEPS(&b, steps);
	bare_close(&b);
}

static void
a_test_profile_is_for_a_device_in_test_mode(void **state)
{
	struct bare b;

	bare_open(&b, fresh_ctx(state), "[card]\ntest-mode = no\n");
	install(&b, 0, &test);
	assert_string_equal(bare_es10(&b, "BF2D045C029F70"), "BF2D02A000");
	assert_int_equal(bare_switch(&b, ENABLE, 0, false), 1);
	euicc_set_test_mode(b.e, true);
	assert_string_equal(bare_es10(&b, "BF2D045C029F70"), "BF2D08A006E3049F700100");
	assert_int_equal(bare_switch(&b, ENABLE, 0, false), 0);
	euicc_set_test_mode(b.e, false);
	assert_int_equal(bare_switch(&b, DISABLE, 0, false), 0);
	assert_int_equal(bare_switch(&b, DELETE, 0, false), 0);
	bare_close(&b);
}

static void
ppr2_holds_off_deletion_but_not_a_memory_reset(void **state)
{
	static const struct step steps[] = {{DELETE, 0, false, 3, "000d"}};
	struct bare b;

	bare_open(&b, fresh_ctx(state), NULL);
	install(&b, 0, &ppr2);
	STEPS(&b, steps);
	assert_string_equal(bare_es10(&b, "BF340482020780"), "BF3403800100");
	assert_string_equal(bare_states(&b), "");
	bare_close(&b);
}

/* What profile owner may bring which rule: by the card's table, and PPR1 only before any other operational profile. */
static void
rules_are_for_whom_the_table_names(void **state)
{
	static const struct { const char *traits; uint32_t ppr; bool owner, beside; int reason; } rows[] = {
		{NULL, 2, true, false, 0}, {NULL, 2 | 4, true, false, 0}, {NULL, 2, true, true, 15}, {NULL, 4, true, true, 0}, {NULL, 4, false, false, 1},
		{"[rat]\nrule = none\n", 4, true, false, 15}, {"[rat]\nrule = ppr1 any\n", 4, true, false, 15}, {"[rat]\nrule = ppr1 any\n", 2, true, false, 0},
		{"[rat]\nrule = ppr2 26201\n", 4, true, false, 0}, {"[rat]\nrule = ppr2 26202\nrule = ppr1 26201\n", 4, true, false, 15},
		{"[rat]\nrule = ppr2 26202\nrule = ppr2 262**\n", 4, true, false, 0}, {"[info]\nforbidden-rules = ppr2\n", 4, true, false, 15},
		{"[info]\nforbidden-rules = ppr2\n", 2, true, false, 0},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		const struct store_metadata m = {.profile_class = -1, .owner_mccmnc = row->owner ? BYTES_OF(owner) : BYTES_NONE, .has_ppr = true, .ppr = row->ppr};
		struct euicc_installed done;
		struct bare b;

		bare_open(&b, fresh_ctx(state), row->traits);
		if (row->beside)
			install(&b, 1, NULL);
		if ((bare_install(&b, 0, &m, &done) == RSP_OK) != !row->reason || done.reason != row->reason)
			fail_msg("row %zu: want %d, have %d", (size_t)(row - rows), row->reason, done.reason);
		bare_close(&b);
	}
}

static void
a_memory_reset_takes_what_it_is_told(void **state)
{
	static const struct { const char *bits, *result, *left; bool dp; } rows[] = {
		{"0780", "00", "001d 002d", true}, {"0640", "00", "000d 002d", true}, {"06C0", "00", "002d", true}, {"0520", "00", "000d 001d 002d", false},
		{"05E0", "00", "002d", false}, {"0410", "01", "000d 001d 002d", true}, {"0700", "01", "000d 001d 002d", true},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct bare b;

		bare_open(&b, fresh_ctx(state), "[card]\ndefault-dp = dp.example.com\n");
		install(&b, 0, &plain);
		install(&b, 1, &test);
		install(&b, 2, &provisioning);
		assert_string_equal(bare_es10(&b, rsp_sprintf(b.c, "BF34048202%s", row->bits)), rsp_sprintf(b.c, "BF34038001%s", row->result));
		assert_string_equal(bare_states(&b), row->left);
		assert_string_equal(bare_notifications(&b), row->left[2] == '0' ? "" : "0:delete/dp");
		assert_int_equal(strstr(bare_es10(&b, "BF3C00"), "BF3C2A800E64702E") != NULL, row->dp);
		bare_close(&b);
	}
}

/* The enabled profile has gone: the terminal is told, and what it has open is busy until then. */
static void
a_reset_of_the_enabled_profile_is_told_by_refresh(void **state)
{
	struct bytes data;
	struct bare b;

	bare_open(&b, fresh_ctx(state), NULL);
	install(&b, 0, NULL);
	install(&b, 1, &test);
	assert_int_equal(bare_switch(&b, ENABLE, 0, false), 0);
	assert_int_equal(bare_apdu(&b, "00A40004023F00", NULL) >> 8, 0x61);
	assert_string_equal(bare_es10(&b, "BF340482020780"), "BF3403800100");
	assert_int_equal(bare_apdu(&b, "80F200000B", NULL), 0x910B);
	assert_int_equal(bare_switch(&b, ENABLE, 1, false), 5);
	assert_int_equal(bare_switch(&b, ENABLE, 1, true), 5);
	assert_string_equal(bare_es10(&b, "BF340482020640"), "BF3403800105");
	assert_int_equal(bare_apdu(&b, "801200000B", &data), 0x9000);
	assert_hex_equal(b.c, data, "D009810301010482028182");
	assert_int_equal(bare_switch(&b, ENABLE, 1, false), 5);
	assert_int_equal(bare_apdu(&b, "801400000C810301010402028281030100", NULL), 0x9000);
	assert_int_equal(bare_switch(&b, ENABLE, 1, false), 0);
	bare_close(&b);
}

/* With the flag the answer comes first, then REFRESH; the files change when the terminal has answered that. */
static void
with_the_refresh_flag_files_change_afterwards(void **state)
{
	static const char select_iccid[] = "00A4000C022FE2", read[] = "00B000000A";
	struct bytes data;
	struct bare b;

	bare_open(&b, fresh_ctx(state), NULL);
	install(&b, 0, NULL);
	install(&b, 1, NULL);
	assert_int_equal(bare_switch(&b, ENABLE, 0, false), 0);
	assert_int_equal(bare_switch(&b, ENABLE, 1, true), 0);
	assert_string_equal(bare_states(&b), "000d 001E");
	assert_int_equal(bare_apdu(&b, select_iccid, NULL), 0x910B);
	assert_int_equal(bare_apdu(&b, read, &data), 0x910B);
	assert_hex_equal(b.c, data, "980001000000000000F0");
	assert_int_equal(bare_switch(&b, ENABLE, 0, true), 5);
	assert_int_equal(bare_switch(&b, DISABLE, 1, false), 5);
	assert_int_equal(bare_apdu(&b, "80140000 0C 810301010402028281030100", NULL), 0x6985);   /* nothing was fetched */
	assert_int_equal(bare_apdu(&b, "801200000A", NULL), 0x6C0B);
	assert_int_equal(bare_apdu(&b, "801200000B", NULL), 0x9000);
	assert_int_equal(bare_apdu(&b, "801200000B", NULL), 0x9000);
	assert_int_equal(bare_apdu(&b, "80140000 0C 810301010402028281030100", NULL), 0x9000);
	assert_int_equal(bare_apdu(&b, select_iccid, NULL), 0x9000);
	assert_int_equal(bare_apdu(&b, read, &data), 0x9000);
	assert_hex_equal(b.c, data, "980001000000000000F1");
	assert_int_equal(bare_switch(&b, ENABLE, 0, true), 0);
	euicc_reset(b.e);                                          /* a terminal may as well power the card anew */
	assert_int_equal(bare_apdu(&b, select_iccid, NULL), 0x9000);
	assert_int_equal(bare_apdu(&b, read, &data), 0x9000);
	assert_hex_equal(b.c, data, "980001000000000000F0");
	bare_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_profiles_and_one_serves),
		cmocka_unit_test(ppr1_holds_the_enabled_profile),
		cmocka_unit_test(after_a_test_profile_the_one_before_comes_back),
		cmocka_unit_test(a_test_profile_is_for_a_device_in_test_mode),
		cmocka_unit_test(ppr2_holds_off_deletion_but_not_a_memory_reset),
		cmocka_unit_test(rules_are_for_whom_the_table_names),
		cmocka_unit_test(a_memory_reset_takes_what_it_is_told),
		cmocka_unit_test(a_reset_of_the_enabled_profile_is_told_by_refresh),
		cmocka_unit_test(with_the_refresh_flag_files_change_afterwards),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
