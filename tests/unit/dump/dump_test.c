// SPDX-License-Identifier: BSD-2-Clause
#include "unit/dump/fixture.h"

static struct bytes
text(const char *s)
{
	return bytes_of_str(s);
}

static void
a_package_opens_with_either_form_of_keys(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct dump_options o = {0};
	struct things t;
	struct dump d;

	things_make(c, &t);
	assert_said(explained(c, NULL, t.bpp, &d), "not opened: no --keys");
	assert_said(explained(c, NULL, t.bpp, &d), "profileName : UTF8String  \"dump\"");
	assert_int_equal(d.errors, 0);
	o.keys = &t.session;
	assert_said(explained(c, &o, t.bpp, &d), "esimlab test profile");
	assert_int_equal(d.errors, 0);
	o.keys = &t.ecka;
	assert_said(explained(c, &o, t.bpp, &d), "EF.IMSI transparent, 9 octets");
	assert_int_equal(d.errors, 0);
	assert_not_said(explained(c, &o, t.bpp, &d), "02000000000000000000000000000000");
}

static void
wrong_keys_are_said(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct dump_options o = {0};
	struct things t;
	struct dump d;

	things_make(c, &t);
	o.keys = &t.session;
	t.session.s_mac = unhex(c, "00000000000000000000000000000000");
	assert_said(explained(c, &o, t.bpp, &d), "segment 1 cannot be opened: its MAC is wrong, or the keys are");
	assert_true(d.errors > 0);
	o.keys = &t.ecka;
	t.ecka.otsk_dp = unhex(c, "0000000000000000000000000000000000000000000000000000000000000001");
	assert_said(explained(c, &o, t.bpp, &d), "otSK.DP is not the key whose point the package carries");
}

static void
long_segments_are_warned_of(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct dump_options o = {0};
	struct things t;
	struct dump d;

	things_make(c, &t);
	o.keys = &t.session;
	assert_said(explained(c, &o, t.long_bpp, &d), "at most 1020 are allowed");
	assert_true(d.warnings > 0);
	assert_int_equal(d.errors, 0);
	assert_not_said(explained(c, &o, t.bpp, &d), "at most 1020 are allowed");
}

static void
a_profile_keeps_its_secrets(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	const struct dump_options whole = {.whole = true}, open = {.whole = true, .secrets = true};
	const struct profile *p;
	struct things t;
	struct dump d;
	const char *k;

	things_make(c, &t);
	assert_status(profile_read(c, t.package, &p), RSP_OK);
	k = rsp_sprintf(c, "%02X%02X%02X%02X%02X%02X", p->aka[0].key.p[0], p->aka[0].key.p[1], p->aka[0].key.p[2], p->aka[0].key.p[3], p->aka[0].key.p[4],
		p->aka[0].key.p[5]);
	assert_said(explained(c, NULL, t.package, &d), "7FD0/6F07  EF.IMSI");
	assert_not_said(explained(c, &whole, t.package, &d), k);
	assert_said(explained(c, &open, t.package, &d), k);
	assert_int_equal(d.errors, 0);
	assert_said(explained(c, NULL, bytes_slice(t.package, 0, t.package.n - 9), &d), "want an end element last, have none");
}

static void
certificates_say_their_role(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct things t;
	struct dump d;

	things_make(c, &t);
	assert_said(explained(c, NULL, t.certificate, &d), "certificate  EUM: ");
	assert_said(explained(c, NULL, t.certificate, &d), "serialNumber = 89049032");
	assert_int_equal(d.warnings, 0);
	assert_said(explained(c, NULL, t.crl, &d), "certificate revocation list");
	assert_said(explained(c, NULL, text("-----BEGIN EC PRIVATE " "KEY-----\nAAAA\n-----END EC PRIVATE " "KEY-----\n"), &d), "not shown");
	assert_said(explained(c, NULL, text("-----BEGIN CERTIFICATE-----\nAAAA\n"), &d), "want an END line");
}

static void
codes_are_explained(void **state)
{
	static const struct { const char *in, *said; } rows[] = {
		{"8.2.6/3.8", "the MatchingID is refused"}, {"8.2.6 / 3.8\n", "Matching ID"}, {"1.6/2.1", "subject  1.6  Function"},
		{"9.9/1", "does not know this code"}, {"SW 6985", "conditions of use not satisfied"}, {"SW=63C2", "wrong PIN"},
		{"LPA:1$smdp.example$TOKEN$2.999.1$1", "will be asked for"}, {"QR-Code:LPA:1$smdp.example$T", "SM-DP+ address  smdp.example"},
		{"LPA:1$smdp.example$", "looks for an order by EID"}, {"LPA:1$$", "is no host name"}, {"hello, world", "neither hex, base64"},
		{"{\"header\":{\"functionExecutionStatus\":{\"statusCodeData\":{\"subjectCode\":\"8.2.7\",\"reasonCode\":\"3.8\"}}}}", "the confirmation code is wrong"},
		{"{\"confirmationCode\":\"4711\",\"iccid\":\"8900\"}", "4 characters, not shown"}, {"{\"a\":", "not JSON"},
		{"vy4A", "neither"}, {"vy4SgBDxLurijIRbYi2RmhEosK4C", "GetEuiccChallengeResponse"},
	}, *row;
	struct rsp_ctx *c = fresh_ctx(state);
	struct dump d;

	FOR_EACH_ROW(rows, row)
		assert_said(explained(c, NULL, text(row->in), &d), row->said);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_package_opens_with_either_form_of_keys),
		cmocka_unit_test(wrong_keys_are_said),
		cmocka_unit_test(long_segments_are_warned_of),
		cmocka_unit_test(a_profile_keeps_its_secrets),
		cmocka_unit_test(certificates_say_their_role),
		cmocka_unit_test(codes_are_explained),
	};

	return cmocka_run_group_tests(tests, with_seed, without_seed);
}
