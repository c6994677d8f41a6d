// SPDX-License-Identifier: BSD-2-Clause
#include "unit/dump/damage.h"

#include "trace/pcapng.h"

/* The same talk in every form that is understood: SELECT of ISD-R, GetEID as one block, its answer by GET RESPONSE. */
static const char *const forms[] = {
	"[DEBUG] [APDU] [TX] CLA: 00, INS: A4, P1: 04, P2: 00, Lc: 10, Data: A0 00 00 05 59 10 10 FF FF FF FF 89 00 00 01 00\n"
	"[DEBUG] [APDU] [RX] SW1: 90, SW2: 00, Data:\n"
	"[DEBUG] [APDU] [TX] CLA: 80, INS: E2, P1: 91, P2: 00, Lc: 06, Data: BF 3E 03 5C 01 5A\n"
	"[DEBUG] [APDU] [RX] SW1: 61, SW2: 15, Data:\n"
	"[DEBUG] [APDU] [TX] CLA: 00, INS: C0, P1: 00, P2: 00, Lc: 15\n"
	"[DEBUG] [APDU] [RX] SW1: 90, SW2: 00, Data: BF 3E 12 5A 10 89 04 90 32 00 00 00 00 00 00 00 00 00 10 00 73\n",
	"{\"type\":\"apdu\",\"payload\":{\"func\":\"transmit\",\"param\":\"00A4040010A0000005591010FFFFFFFF8900000100\"}}\n"
	"{\"type\":\"apdu\",\"payload\":{\"ecode\":0,\"data\":\"9000\"}}\n"
	"{\"type\":\"apdu\",\"payload\":{\"func\":\"transmit\",\"param\":\"80E2910006BF3E035C015A\"}}\n"
	"{\"type\":\"apdu\",\"payload\":{\"ecode\":0,\"data\":\"6115\"}}\n"
	"{\"type\":\"apdu\",\"payload\":{\"func\":\"transmit\",\"param\":\"00C0000015\"}}\n"
	"{\"type\":\"apdu\",\"payload\":{\"ecode\":0,\"data\":\"BF3E125A10890490320000000000000000001000739000\"}}\n",
	"-> 00 A4 04 00 10 A0 00 00 05 59 10 10 FF FF FF FF 89 00 00 01 00\n<- 90 00\n-> 80E2910006BF3E035C015A\n<- 6115\n-> 00C0000015\n"
	"<- BF3E125A10890490320000000000000000001000739000\n",
	"00A4040010A0000005591010FFFFFFFF8900000100\n9000\n80E2910006BF3E035C015A\n6115\n00C0000015\nBF3E125A10890490320000000000000000001000739000\n",
	"apdu> - 00A4040010A0000005591010FFFFFFFF8900000100\napdu< - 9000\napdu> - 80E2910006BF3E035C015A\napdu< - 6115\napdu> - 00C0000015\n"
	"apdu< - BF3E125A10890490320000000000000000001000739000\n",
};

static void
every_form_says_the_same(void **state)
{
	static const char *const said[] = {"SELECT AID A0000005591010FFFFFFFF8900000100, ISD-R", "STORE DATA, block 0, last, 6 octets", "GetEID", "more data wait",
		"GET RESPONSE", "EID 89049032000000000000000000100073"};
	struct rsp_ctx *c = fresh_ctx(state);
	struct dump d;
	size_t i, k;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const char *text = explained(c, NULL, bytes_of_str(forms[i]), &d);

		for (k = 0; k < sizeof(said) / sizeof(said[0]); k++)
			assert_said(text, said[k]);
		assert_int_equal(d.errors, 0);
	}
}

static void
chains_are_put_together(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct dump d;
	const char *text = explained(c, NULL, bytes_of_str("> 81E2110003BF3E03\n< 9000\n> 81E29101035C015A\n< 6A88\n"), &d);

	assert_said(text, "block 0, 3 octets, channel 1");
	assert_said(text, "block 1, last, 3 octets");
	assert_said(text, "GetEuiccDataRequest");
	assert_said(text, "referenced data not found");
}

static void
a_pin_is_not_shown(void **state)
{
	static const struct dump_options open = {.secrets = true};
	const struct bytes in = bytes_of_str("> 002000010831323334FFFFFFFF\n< 63C2\n");
	struct rsp_ctx *c = fresh_ctx(state);
	struct dump d;

	assert_not_said(explained(c, NULL, in, &d), "31323334");
	assert_said(explained(c, &open, in, &d), "31323334");
	assert_said(explained(c, NULL, in, &d), "wrong PIN");
}

static void
our_own_transcript_has_no_fault(void **state)
{
	static const char *const said[] = {"AuthenticateServerResponse", "phone LoadBoundProfilePackage", "put together  8 segments",
		"14 blocks of at most 255 octets", "StoreMetadataRequest", "ProfileInstallationResult", "EnableProfileResponse", "OtherSignedNotification"};
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes trace = read_whole(c, "vectors/sessions/demo-seed-1.trace");
	struct dump d;
	const char *text = explained(c, NULL, trace, &d);
	size_t i;

	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		assert_said(text, said[i]);
	assert_not_said(text, "unknown tag");
	assert_int_equal(d.errors, 0);
}

static void
captures_are_read_back(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	char *path = rsp_sprintf(c, "%s/x.pcapng", scratch_dir());
	struct pcapng *p = NULL;
	struct bytes in;
	struct dump d;
	const char *text;

	assert_status(pcapng_open(c, path, &p), RSP_OK);
	pcapng_apdu(p, 1, unhex(c, "00A4040010A0000005591010FFFFFFFF8900000100"), unhex(c, "9000"), "phone: hello");
	pcapng_apdu(p, 2, unhex(c, "80E2910006BF3E035C015A"), unhex(c, "6115"), NULL);
	pcapng_apdu(p, 3, unhex(c, "00C0000015"), unhex(c, "BF3E125A10890490320000000000000000001000739000"), NULL);
	assert_status(pcapng_close(c, p), RSP_OK);
	in = read_whole(c, path);
	text = explained(c, NULL, in, &d);
	assert_int_equal(d.errors, 0);
	assert_said(text, "note  \"phone: hello\"");
	assert_said(text, "ISD-R");
	assert_said(text, "EID 89049032000000000000000000100073");
	damage(c, in, 1);
	assert_status(pcapng_open(c, rsp_sprintf(c, "%s/no/x", scratch_dir()), &p), RSP_IO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_says_the_same),
		cmocka_unit_test(chains_are_put_together),
		cmocka_unit_test(a_pin_is_not_shown),
		cmocka_unit_test(captures_are_read_back),
		cmocka_unit_test(our_own_transcript_has_no_fault),
	};

	return cmocka_run_group_tests(tests, with_seed, without_seed);
}
