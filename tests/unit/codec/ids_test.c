// SPDX-License-Identifier: BSD-2-Clause
/* EID, ICCID, IMSI, object identifiers, activation codes. */
#include "support/test.h"

#include "base/hex.h"
#include "codec/ids.h"

static void
eid_check_digits_decide(void **state)
{
	static const struct { const char *text; enum rsp_status want; } rows[] = {
		{"89049032123451234512345678901235", RSP_OK},
		{"89882119900000000000000000000005", RSP_OK},
		{"89000000000000000000000000000002", RSP_OK},
		{"89049032123451234512345678901234", RSP_MALFORMED},
		{"89049032123451234512345678901236", RSP_MALFORMED},
		{"89049032123451234512345678901253", RSP_MALFORMED},
		{"89049032123451234512354678901235", RSP_MALFORMED},
		{"8904903212345123451234567890123", RSP_MALFORMED},
		{"890490321234512345123456789012350", RSP_MALFORMED},
		{"8904903212345123451234567890123F", RSP_MALFORMED},
		{" 8904903212345123451234567890123", RSP_MALFORMED},
		{"00000000000000000000000000000000", RSP_MALFORMED},
		{"", RSP_MALFORMED},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		uint8_t eid[16] = {0xEE}, wrong = 0xEE;
		char text[EID_TEXT];

		if (eid_read(c, row->text, eid) != row->want)
			fail_msg("EID '%s'", row->text);
		if (row->want == RSP_OK) {
			eid_text(eid, text);
			assert_string_equal(text, row->text);
			eid[15] = 0;
			eid_set_check(eid);
			eid_text(eid, text);
			assert_string_equal(text, row->text);
		} else {
			assert_int_equal(eid[0], wrong);
		}
	}
}

static void
an_eid_is_not_swapped(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	uint8_t eid[16];

	assert_status(eid_read(c, "89049032123451234512345678901235", eid), RSP_OK);
	assert_hex_equal(c, BYTES_OF(eid), "89049032123451234512345678901235");
}

static void
iccids_are_swapped_and_filled(void **state)
{
	static const struct { const char *text, *hex, *back; } rows[] = {
		{"8988211000000430010", "988812010000400310F0", "8988211000000430010"},
		{"89000123456789012341", "98001032547698103214", "89000123456789012341"},
		{"898821100000043001", "988812010000400310FF", "898821100000043001"},
		{"8988211000000530082F", "988812010000500380F2", "8988211000000530082"},
		{"898821100000043001ff", "988812010000400310FF", "898821100000043001"},
		{"89882110000004300", NULL, NULL},
		{"890001234567890123412", NULL, NULL},
		{"89000123456789012341F", NULL, NULL},
		{"8900012345678901234A", NULL, NULL},
		{"8988211000000430010FF", NULL, NULL},
		{"", NULL, NULL},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		uint8_t iccid[10];
		char text[ICCID_TEXT];

		assert_status(iccid_read(c, row->text, iccid), row->hex ? RSP_OK : RSP_MALFORMED);
		if (!row->hex)
			continue;
		assert_hex_equal(c, BYTES_OF(iccid), row->hex);
		iccid_text(iccid, text);
		assert_string_equal(text, row->back);
	}
}

static void
octets_that_are_no_iccid_are_shown_as_hex(void **state)
{
	static const char *const rows[] = {"FFFFFFFFFFFFFFFFFFFF", "9800103254769810320A", "9800103254769810F214", "00A00000000000000000"};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[ICCID_TEXT];

		iccid_text(unhex(fresh_ctx(state), rows[i]).p, text);
		assert_string_equal(text, rows[i]);
	}
}

static void
luhn_digits_are_known(void **state)
{
	static const char *const rows[] = {"8988211000000530082", "89882110000005300811", "8988211000000430010", "8949440000001155314", "89000123456789012341"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i]) - 1;

		assert_int_equal(iccid_luhn(rows[i], n), rows[i][n]);
	}
}

static void
imsis_are_as_in_ef_imsi(void **state)
{
	static const struct { const char *text, *ef; } rows[] = {
		{"228062800000208", "082982608200002080"}, {"001010000123456", "080910100000214365"}, {"0010100001234", "0709101000002143FF"},
		{"22806280000028", "0821826082000020F8"}, {"001010000123", "07011010000021F3FF"}, {"262011106487504", "082926101160845740"},
		{"001010", "04011010F0FFFFFFFF"}, {"00101", NULL}, {"0010100001234567", NULL}, {"00101000012345A", NULL}, {"", NULL},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		uint8_t ef[9];
		char text[16];

		assert_status(imsi_read(c, row->text, ef), row->ef ? RSP_OK : RSP_MALFORMED);
		if (!row->ef)
			continue;
		assert_hex_equal(c, BYTES_OF(ef), row->ef);
		assert_status(imsi_text(c, BYTES_OF(ef), text), RSP_OK);
		assert_string_equal(text, row->text);
	}
}

static void
an_ef_without_imsi_is_malformed(void **state)
{
	static const char *const rows[] = {
		"", "08", "FFFFFFFFFFFFFFFFFF", "000910100000214365", "090910100000214365", "08091010000021436A", "0809101000002143", "0109FFFFFFFFFFFFFF", "03011010FFFFFFFFFF",
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rsp_ctx *c = fresh_ctx(state);
		char text[16] = "untouched";

		if (imsi_text(c, unhex(c, rows[i]), text) != RSP_MALFORMED)
			fail_msg("%s gives '%s'", rows[i], text);
		assert_string_equal(text, "untouched");
	}
}

static void
object_identifiers_go_both_ways(void **state)
{
	static const struct { const char *text, *hex; } rows[] = {
		{"2.999.10", "88370A"}, {"1.3.6.1.4.1.31746", "2B0601040181F802"}, {"2.23.146.1.2.1.4", "67811201020104"}, {"0.0", "00"}, {"1.39", "4F"},
		{"2.40", "78"}, {"2.47", "7F"}, {"2.48", "8100"}, {"2.999.999999999999999999", "88378DF0ADD6BABB8FFF7F"},
		{"", NULL}, {"2", NULL}, {"3.1", NULL}, {"1.40", NULL}, {"2.", NULL}, {"2..1", NULL}, {".2.1", NULL}, {"2.1.", NULL}, {"2.1.x", NULL}, {"2.-1", NULL},
		{"2.1 ", NULL}, {"2.9999999999999999999", NULL},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct bytes oid = bytes_of_str("untouched");

		if (!row->hex) {
			assert_status(oid_read(c, row->text, &oid), RSP_MALFORMED);
			assert_true(bytes_equal_str(oid, "untouched"));
			continue;
		}
		assert_status(oid_read(c, row->text, &oid), RSP_OK);
		assert_hex_equal(c, oid, row->hex);
		assert_true(oid_valid(oid));
		assert_string_equal(oid_text(c, oid), row->text);
	}
}

/* An arc that does not fit must not come out as the text of another identifier. */
static void
octets_that_are_no_identifier_are_shown_as_hex(void **state)
{
	static const struct { const char *hex; bool valid; } rows[] = {
		{"", false}, {"88", false}, {"8837", true}, {"80883703", false}, {"2B8001", false}, {"2B81", false},
		{"2B8280808080808080808001", true},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct bytes oid = unhex(c, row->hex);

		assert_int_equal(oid_valid(oid), row->valid);
		if (!row->valid || oid.n > 9)
			assert_string_equal(oid_text(c, oid), row->hex);
	}
}

static void
activation_codes_of_every_form_are_read(void **state)
{
	static const struct { const char *text; struct activation_code want; const char *again; } rows[] = {
		{"LPA:1$smdp.example.com$TOKEN-1", {"smdp.example.com", "TOKEN-1", "", false}, NULL},
		{"1$smdp.example.com$TOKEN-1", {"smdp.example.com", "TOKEN-1", "", false}, "LPA:1$smdp.example.com$TOKEN-1"},
		{"LPA:1$SMDP.example.com$", {"SMDP.example.com", "", "", false}, NULL},
		{"LPA:1$a.b$T$2.999.10", {"a.b", "T", "2.999.10", false}, NULL},
		{"LPA:1$a.b$T$2.999.10$1", {"a.b", "T", "2.999.10", true}, NULL},
		{"LPA:1$a.b$T$$1", {"a.b", "T", "", true}, NULL},
		{"LPA:1$a.b$$$1", {"a.b", "", "", true}, NULL},
		{"LPA:1$a.b$T$", {"a.b", "T", "", false}, "LPA:1$a.b$T"},
		{"LPA:1$a.b$T$$", {"a.b", "T", "", false}, "LPA:1$a.b$T"},
		{"LPA:1$a.b$T$2.999.10$", {"a.b", "T", "2.999.10", false}, "LPA:1$a.b$T$2.999.10"},
		{"LPA:1$a.b$T$2.999.10$1$new$field", {"a.b", "T", "2.999.10", true}, "LPA:1$a.b$T$2.999.10$1"},
		{"LPA:1$a.b$T$$1$", {"a.b", "T", "", true}, "LPA:1$a.b$T$$1"},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct activation_code a;

		if (activation_code_read(c, row->text, &a) != RSP_OK)
			fail_msg("%s: %s", row->text, c->error.text);
		assert_string_equal(a.host, row->want.host);
		assert_string_equal(a.matching_id, row->want.matching_id);
		assert_string_equal(a.oid, row->want.oid);
		assert_int_equal(a.confirmation_code, row->want.confirmation_code);
		assert_string_equal(activation_code_text(c, &a), row->again ? row->again : row->text);
	}
}

static void
other_activation_codes_are_refused_with_the_field(void **state)
{
	static const struct { const char *text, *says; } rows[] = {
		{"", "format"}, {"LPA:", "format"}, {"LPA:2$a.b$T", "format"}, {"LPA:1", "fields"}, {"lpa:1$a.b$T", "format"}, {"LPA:1$a.b", "fields"},
		{"LPA:LPA:1$a.b$T", "format"}, {"LPA:$a.b$T", "format"}, {"LPA:11$a.b$T", "format"}, {"LPA:1$$T", "address"}, {"LPA:1$a b$T", "address"},
		{"LPA:1$a/b$T", "address"}, {"LPA:1$a.b:8443$T", "address"}, {"LPA:1$.b$T", "address"}, {"LPA:1$a.b$token", "MatchingID"},
		{"LPA:1$a.b$T_1", "MatchingID"}, {"LPA:1$a.b$T 1", "MatchingID"}, {"LPA:1$a.b$T$x", "identifier"}, {"LPA:1$a.b$T$2.999.$1", "identifier"},
		{"LPA:1$a.b$T$2.999$0", "flag"}, {"LPA:1$a.b$T$$11", "flag"}, {"LPA:1$a.b$T$$yes", "flag"}, {" LPA:1$a.b$T", "format"},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct activation_code a = {.host = "untouched"};

		if (activation_code_read(c, row->text, &a) != RSP_MALFORMED)
			fail_msg("'%s' is taken", row->text);
		if (!strstr(c->error.text, row->says))
			fail_msg("'%s': %s", row->text, c->error.text);
		assert_string_equal(a.host, "untouched");
	}
}

static void
an_activation_code_has_255_characters_at_most(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct activation_code a;
	char text[300] = "LPA:1$a.b$";

	memset(text + 10, 'A', 249);
	assert_status(activation_code_read(c, text, &a), RSP_OK);
	assert_int_equal(strlen(a.matching_id), 249);
	assert_status(activation_code_read(c, text + 4, &a), RSP_OK);
	text[259] = 'A';
	assert_status(activation_code_read(c, text, &a), RSP_MALFORMED);
	assert_status(activation_code_read(c, text + 4, &a), RSP_MALFORMED);
	assert_non_null(strstr(c->error.text, "255"));
}

static void
matching_ids_have_capitals_digits_and_hyphens(void **state)
{
	char longest[257];

	(void)state;
	memset(longest, 'Z', sizeof(longest));
	assert_true(matching_id_valid(bytes_of_str("")));
	assert_true(matching_id_valid(bytes_of_str("AZ09-")));
	assert_true(matching_id_valid(bytes_of(longest, 255)));
	assert_false(matching_id_valid(bytes_of(longest, 256)));
	assert_false(matching_id_valid(bytes_of_str("a")));
	assert_false(matching_id_valid(bytes_of_str("A$")));
	assert_false(matching_id_valid(bytes_of("A\0B", 3)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eid_check_digits_decide),
		cmocka_unit_test(an_eid_is_not_swapped),
		cmocka_unit_test(iccids_are_swapped_and_filled),
		cmocka_unit_test(octets_that_are_no_iccid_are_shown_as_hex),
		cmocka_unit_test(luhn_digits_are_known),
		cmocka_unit_test(imsis_are_as_in_ef_imsi),
		cmocka_unit_test(an_ef_without_imsi_is_malformed),
		cmocka_unit_test(object_identifiers_go_both_ways),
		cmocka_unit_test(octets_that_are_no_identifier_are_shown_as_hex),
		cmocka_unit_test(activation_codes_of_every_form_are_read),
		cmocka_unit_test(other_activation_codes_are_refused_with_the_field),
		cmocka_unit_test(an_activation_code_has_255_characters_at_most),
		cmocka_unit_test(matching_ids_have_capitals_digits_and_hyphens),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
