// SPDX-License-Identifier: BSD-2-Clause
#include "unit/dump/fixture.h"

struct row { const char *name, *hex, *said; };

static void
each_is_said(void **state, const struct row *rows, size_t n)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct dump d;
	size_t i;

	for (i = 0; i < n; i++)
		assert_said(explained(c, NULL, bytes_of_str(rows[i].hex), &d), rows[i].said);
}

#define EACH(state, rows) each_is_said(state, rows, sizeof(rows) / sizeof((rows)[0]))

static void
types_are_told_apart(void **state)
{
	static const struct row rows[] = {
		{"request without members", "BF2E00", "GetEuiccChallengeRequest"},
		{"its response", "BF2E128010F12EEAE28C845B622D919A1128B0AE02", "GetEuiccChallengeResponse"},
		{"a choice on both sides", "BF3111A00C5A0A980001014294590309F68101FF", "EnableProfileRequest"},
		{"its response", "BF3103800100", "EnableProfileResponse"},
		{"list of notifications", "BF2800", "ListNotificationRequest"},
		{"an empty list", "BF2D02A000", "profileInfoListOk"},
		{"two members with one tag", "30158010FF676B894921C1D7A7C8216778ED48D2010100", "SmdpSigned2"},
		{"of a later version", "BF440101", "LoadRpmPackage"},
		{"unknown", "DF7F0101", "unknown tag"},
		{"functions have names", "BF2E00", "ES10b.GetEUICCChallenge, SGP.22 5.7.7"},
	};

	EACH(state, rows);
}

static void
every_tag_of_the_specification_has_a_type(void **state)
{
	static const uint16_t without[] = {0xBF2A, 0xBF2C};
	struct rsp_ctx *c = fresh_ctx(state);
	struct dump d;
	unsigned tag;

	for (tag = 0xBF20; tag <= 0xBF43; tag++) {
		const uint8_t der[] = {(uint8_t)(tag >> 8), (uint8_t)tag, 0};

		if (tag != without[0] && tag != without[1])
			assert_not_said(explained(c, NULL, BYTES_OF(der), &d), "unknown");
		rsp_ctx_reset(c);
	}
	assert_said(explained(c, NULL, bytes_of_str("BF2A00"), &d), "UpdateMetadata");
	assert_said(explained(c, NULL, bytes_of_str("A20DBF3D0AA008BF3705BF27025A00"), &d), "RemoteProfileProvisioningRequest");
	assert_said(explained(c, NULL, bytes_of_str("E01882030205008411A0000005591010FFFFFFFF890000010000"), &d), "ISDRProprietaryApplicationTemplate");
	assert_said(explained(c, NULL, bytes_of_str("E20FE1084F0101C103AABBCCE303D00101"), &d), "APDU-AR-DO");
}

static void
values_are_in_words(void **state)
{
	static const struct row rows[] = {
		{"EID", "BF3E125A1089049032000000000000000000100073", "EID 89049032000000000000000000100073"},
		{"ICCID", "BF3111A00C5A0A980001014294590309F68101FF", "8900101024499530906"},
		{"error number", "BF3103800104", "4 (wrongProfileReenabling)"},
		{"error number without a name", "BF3103800163", "99 (no such value known)"},
		{"error of PrepareDownload", "BF2117A115801001020304050607080910111213141516020102", "2 (invalidSignature)"},
		{"PLMN in its place", "BF25135A0A98000101429459030900B705800302F100", "201-00"},
		{"named bits", "BF340482020560", "deleteFieldLoadedTestProfiles, resetDefaultSmdpAddress"},
		{"no named bit", "BF340382 0100", "none"},
		{"tag list", "BF2D0C5C0A5A4F9F7090919295B799", "9F70 profileState"},
		{"AID", "BF3114A0124F10A0000005591010FFFFFFFF8900001100", "(ISD-P)"},
		{"version", "BF200582 03020500", "2.5.0"},
	};

	EACH(state, rows);
}

static void
faults_have_a_place(void **state)
{
	static const struct row rows[] = {
		{"cut value", "BF2E1280 10F12EEA", "at octet 3: tag 80 wants 16 octets of content, 3 are left"},
		{"the part before it", "BF2E1280 10F12EEA", "euiccChallenge  F12EEA"},
		{"indefinite", "BF2E8000", "at octet 2: want a definite length of at most 4 octets after 80 (indefinite)"},
		{"tag alone", "BF2E00BF", "at octet 3: want a tag, have a piece of one: BF"},
		{"no length", "BF2E00BF2E", "at octet 5: want a length after tag BF2E, have nothing"},
		{"length cut", "BF2E0030 82FF", "at octet 4: want 2 octets of length, have 1"},
		{"inside", "BF310480050001", "at octet 3: tag 80 wants 5 octets of content, 2 are left"},
		{"long form", "BF2E8100", "the length is written in more octets than DER allows"},
		{"empty INTEGER", "BF31028000", "want at least one octet of an INTEGER"},
		{"left over in a choice", "BF210BA106800101020102810101", "3 octets left over after the one value that PrepareDownloadResponse takes"},
	};
	struct rsp_ctx *c = fresh_ctx(state);
	struct dump d;

	EACH(state, rows);
	explained(c, NULL, bytes_of_str("BF2E1280"), &d);
	assert_true(d.errors > 0);
	explained(c, NULL, BYTES_NONE, &d);
	assert_int_equal(d.errors, 1);
}

static void
a_hashed_confirmation_code_is_not_shown(void **state)
{
	static const struct dump_options open = {.secrets = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes der = unhex(c, "BF213C30158010FF676B894921C1D7A7C8216778ED48D20101FF5F3700 0420AAAAAAAABBBBBBBBAAAAAAAABBBBBBBBAAAAAAAABBBBBBBBAAAAAAAABBBBBBBB");
	struct dump d;

	assert_not_said(explained(c, NULL, der, &d), "AAAABBBB");
	assert_said(explained(c, &open, der, &d), "AAAABBBB");
}

static void
json_holds_every_value(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	static const struct dump_options o;
	struct buf b = BUF_INIT;
	struct json_out j = JSON_OUT(&b);
	struct dump d;

	assert_status(dump_any(c, &o, unhex(c, "BF2E128010F12EEAE28C845B622D919A1128B0AE02"), &d), RSP_OK);
	dump_json(&d, &j);
	buf_u8(&b, 0);
	assert_said((const char *)b.p, "\"name\":\"euiccChallenge\",\"type\":\"Octet16\",\"tag\":\"80\",\"offset\":3,\"length\":16");
	assert_said((const char *)b.p, "\"hex\":\"F12EEAE28C845B622D919A1128B0AE02\"");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_told_apart),
		cmocka_unit_test(every_tag_of_the_specification_has_a_type),
		cmocka_unit_test(values_are_in_words),
		cmocka_unit_test(faults_have_a_place),
		cmocka_unit_test(a_hashed_confirmation_code_is_not_shown),
		cmocka_unit_test(json_holds_every_value),
	};

	return cmocka_run_group_tests(tests, with_seed, without_seed);
}
