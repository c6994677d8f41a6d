// SPDX-License-Identifier: BSD-2-Clause
/* The description of a kind of card: what is read is written again, and what is wrong is named with its line. */
#include "support/test.h"

#include <esimlab/euicc.h>

#include "base/buf.h"
#include "euicc/traits.h"

static char *
written(struct rsp_ctx *c, const struct euicc_traits *t, bool all)
{
	struct buf b = BUF_INIT;
	struct bytes text;

	euicc_traits_write(&b, t, all);
	buf_u8(&b, 0);
	assert_status(buf_finish(&b, c, &text), RSP_OK);
	return (char *)(uintptr_t)text.p;
}

static void
what_is_written_is_read_again(void **state)
{
	static const char other[] =
		"[card]\nsvn = 2.2.2\natr = 3B9F96801FC78031E073FE211BB7\nisdr-aid = A0000005591010FFFFFFFF8900000300\nroot-ds = ds.example.com\n"
		"default-dp = dp.example.com\ntest-mode = no\nlenient-segments = yes\n"
		"[limits]\nmemory = 65536\nprofiles = 3\nnotifications = 9\n"
		"[info]\nprofile-version = 2.1.0\nfirmware = 9.8.7\nts102241 = none\nglobalplatform = none\npp-version = 2.0.0\n"
		"uicc-capability = usim, milenage\nrsp-capability = none\ntre-properties = discrete\ntre-reference = x y\nforbidden-rules = ppr1\n"
		"category = 1\ninstalled-applications = 7\nfree-ram = 8\nsas = A-1\nci-verification = brainpool, nist\nci-signing = brainpool\n"
		"[rat]\nrule = ppr1,ppr2 26201/A1/B2B3 consent\nrule = ppr2 310***\nrule = ppr1 any\n";
	struct rsp_ctx *c = fresh_ctx(state);
	struct euicc_traits a, b;
	char *text;

	euicc_traits_default(&a);
	assert_string_equal(written(c, &a, false), "");
	b = a;
	assert_status(euicc_traits_read(c, bytes_of_str(written(c, &a, true)), &b), RSP_OK);
	assert_string_equal(written(c, &b, false), "");
	if (euicc_traits_read(c, bytes_of_str(other), &b) != RSP_OK)
		fail_msg("%s", c->error.text);
	text = written(c, &b, false);
	assert_string_equal(text, other);
	assert_status(euicc_traits_read(c, bytes_of_str(text), &a), RSP_OK);
	assert_string_equal(written(c, &a, true), written(c, &b, true));
}

static void
a_wrong_line_is_named(void **state)
{
	static const struct { const char *text, *said; } rows[] = {
		{"[card]\nsvn = 2.1.0\n", "line 2: svn: want 2.2.2 to 2.6.x"}, {"[card]\n\nsvn = 3.0.0\n", "line 3: svn: want"},
		{"[card]\nsvn = 2.5\n", "line 2: svn: want"}, {"[info]\nfirmware = 1.2.256\n", "line 2: firmware: want three numbers"},
		{"[info]\nfirmware = none\n", "line 2: firmware: want"}, {"[card]\natr = 3B00FF\n", "line 2: atr: want"},
		{"[card]\natr = 3B9796803FC7828031E073FE211F18\n", "its check octet last"}, {"[card]\nisdr-aid = A000\n", "5 to 16 octets"},
		{"[card]\nroot-ds =\n", "line 2: root-ds: want 1 to 128"}, {"[card]\nroot-ds = a b\n", "a domain name"},
		{"[card]\ntest-mode = maybe\n", "line 2: test-mode: want yes or no"}, {"[limits]\nmemory = 5\n", "a number from 1024 to"},
		{"[limits]\nprofiles = 65\n", "1 to 64"}, {"[limits]\nprofiles = -1\n", "1 to 64"}, {"[limits]\nprofiles = 1x\n", "1 to 64"},
		{"[info]\nuicc-capability = usim, modem\n", "'modem'"}, {"[info]\nuicc-capability = usim, usim\n", "'usim'"},
		{"[info]\nci-signing = none\n", "nist, brainpool or both"}, {"[info]\ncategory = 4\n", "0 to 3"}, {"[rat]\nrule = ppr3 any\n", "line 2: rule: want"},
		{"[rat]\nrule = ppr1\n", "line 2: rule"}, {"[rat]\nrule = ppr1 2620\n", "line 2: rule"}, {"[rat]\nrule = ppr1 any maybe\n", "line 2: rule"},
		{"[rat]\nrule = ppr1 26201/A\n", "line 2: rule"}, {"[rat]\nrule = ppr1 26201/A1/A2/A3\n", "line 2: rule"},
		{"[card]\ncolour = red\n", "line 2: there is no setting 'colour' in [card]"}, {"svn = 2.5.0\n", "line 1: there is no setting 'svn' in []"},
		{"[card\n", "line 1: want [SECTION]"}, {"[card]\nsvn\n", "line 2: want [SECTION]"},
	}, *row;
	struct rsp_ctx *c = fresh_ctx(state);

	FOR_EACH_ROW(rows, row) {
		struct euicc_traits t;

		euicc_traits_default(&t);
		assert_status(euicc_traits_read(c, bytes_of_str(row->text), &t), RSP_MALFORMED);
		if (!strstr(c->error.text, row->said))
			fail_msg("%s: want '%s' in '%s'", row->text, row->said, c->error.text);
		assert_string_equal(written(c, &t, false), "");
		rsp_ctx_reset(c);
	}
}

/* The first line that is for the owner and the rule decides. */
static void
the_table_says_who_may_have_which_rule(void **state)
{
	static const struct { const char *rule, *owner, *gid1; bool ppr1, ppr2; } rows[] = {
		{"ppr1,ppr2 any", "62F210", NULL, true, true}, {"ppr1 any", "62F210", NULL, true, false}, {"ppr2 26201", "62F210", NULL, false, true},
		{"ppr2 26202", "62F210", NULL, false, false}, {"ppr2 262**", "62F210", NULL, false, true}, {"ppr2 310***", "62F210", NULL, false, false},
		{"ppr1 26201/A1", "62F210", "A1", true, false}, {"ppr1 26201/A1", "62F210", NULL, false, false}, {"ppr1 26201/A1", "62F210", "A1B2", false, false},
		{"ppr1 26201", "62F210", "A1", true, false}, {"none", "62F210", NULL, false, false}, {"ppr1 310410", "130014", NULL, true, false},
	}, *row;
	struct rsp_ctx *c = fresh_ctx(state);

	FOR_EACH_ROW(rows, row) {
		struct store_metadata m = {.owner_mccmnc = unhex(c, row->owner), .owner_gid1 = row->gid1 ? unhex(c, row->gid1) : BYTES_NONE};
		struct euicc_traits t;

		euicc_traits_default(&t);
		assert_status(euicc_traits_read(c, bytes_of_str(rsp_sprintf(c, "[rat]\nrule = %s\n", row->rule)), &t), RSP_OK);
		if (rules_allow(&t, &m, 2) != row->ppr1 || rules_allow(&t, &m, 4) != row->ppr2)
			fail_msg("%s for %s", row->rule, row->owner);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(a_wrong_line_is_named),
		cmocka_unit_test(the_table_says_who_may_have_which_rule),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
