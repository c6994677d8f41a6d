// SPDX-License-Identifier: BSD-2-Clause
/* ES10a, ES10b, ES10c by hand: what each function answers to what is right, wrong, or out of place (SGP.22 5.7). */
#include "support/bare.h"

static const struct store_metadata plain = {.profile_class = -1, .notifications = {{15, {(const uint8_t *)"dp", 2}}}, .n_notifications = 1};

/* want: the answer in hex, a status word, or with * at its end how it begins. */
static const struct { const char *command, *want; } table[] = {
	{"BF2E00", "BF2E128010*"}, {"BF2E0101", "6A80"}, {"BF2000", "BF20*"}, {"BF200100", "6A80"}, {"BF2200", "BF22*"}, {"BF22028000", "6A80"},
	{"BF3E035C015A", "BF3E125A10*"}, {"BF3E035C015B", "6A80"}, {"BF3E00", "6A80"}, {"BF3E045C025A5A", "6A80"},
	{"BF4300", "BF4315A013301180020560A10730058003EEEEEE82020780"}, {"BF430101", "6A80"},
	{"BF3C00", "BF3C1A8118746573747*"}, {"BF3C0100", "6A80"}, {"BF3F0480026470", "BF3F03800100"}, {"BF3C00", "BF3C1E800264708118*"},
	{"BF3F028000", "BF3F03800100"}, {"BF3C00", "BF3C1A8118*"}, {"BF3F048002FFFE", "BF3F0380017F"}, {"BF3F00", "6A80"},
	{"BF2800", "BF2802A000"}, {"BF280481020780", "BF2802A000"}, {"BF28028103", "6A80"}, {"BF2B00", "BF2B02A000"}, {"BF2B05A003800100", "BF2B02A000"},
	{"BF2B06A00481020780", "BF2B02A000"}, {"BF2B03800100", "6A80"}, {"BF3003800100", "BF3003800101"}, {"BF3000", "6A80"},
	{"BF2D00", "BF2D*"}, {"BF2D02A000", "6A80"}, {"BF2D025C00", "BF2D*"}, {"BF2D05A003950102", "BF2D*"}, {"BF2D05A003950100", "BF2D02A000"},
	{"BF2D0CA00A5A0889001000000000F9", "6A80"}, {"BF2D0EA00C5A0A98000100000000000F90", "BF2D02A000"},
	{"BF3100", "6A80"}, {"BF310FA00C5A0A980001000000000000F0", "6A80"}, {"BF3111A00C5A0A98000100000000000F908101FF", "BF3103800101"},
	{"BF310F5A0A980001000000000000F08101FF", "6A80"}, {"BF3211A00C5A0A980001000000000000F0810100", "BF3203800102"},
	{"BF330C5A0A98000100000000000F90", "BF3303800101"}, {"BF330EA00C5A0A980001000000000000F0", "6A80"},
	{"BF3400", "6A80"}, {"BF340482020410", "BF3403800101"},
	{"BF2900", "6A80"}, {"BF290F5A0A98000100000000000F90900141", "BF2903800101"},
	{"BF3500", "6A80"}, {"BF3504A0020500", "BF3503810102"}, {"BF38020500", "6A80"}, {"BF2100", "6A80"}, {"BF4106800101810100", "BF4103810105"}, {"BF4100", "6A80"},
	{"BF3610A0", "6985"}, {"8603010203", "6985"}, {"88020102", "6985"}, {"A00101", "6985"}, {"BF2A00", "6A88"}, {"BF4200", "6A88"}, {"BF4400", "6A88"},
	{"30020500", "6A88"}, {"5A", "6A88"}, {"BF", "6A88"}, {"00", "6A88"},
};

static void
every_function_says_what_it_wants(void **state)
{
	struct bare b;
	size_t i;

	bare_open(&b, fresh_ctx(state), NULL);
	assert_status(bare_install(&b, 0, NULL, NULL), RSP_OK);
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *have = bare_es10(&b, table[i].command);
		size_t n = strlen(table[i].want);

		if (table[i].want[n - 1] == '*' ? strncmp(have, table[i].want, n - 1) : strcmp(have, table[i].want))
			fail_msg("%s: want %s, have %s", table[i].command, table[i].want, have);
	}
	assert_string_equal(bare_states(&b), "000d");
	bare_close(&b);
}

/* SGP.22 5.7.15: which profiles, and which of their data. */
static void
profiles_are_listed_as_asked(void **state)
{
	static const struct { const char *command, *want; } rows[] = {
		{"BF2D055C035A9F70", "BF2D26A024E3105A0A980001000000000000F09F700100E3105A0A980001000000000000F19F700101"},
		{"BF2D0FA003950100 5C089F709092939495B6", "BF2D02A000"},
		{"BF2D0AA0039501025C0392 9F70", "BF2D19A017E30A9F70010092047A65726FE3099F70010192036F6E65"},
		{"BF2D11A00C5A0A980001000000000000F15C0192", "BF2D09A007E30592036F6E65"},
		{"BF2D17A0124F10A0000005591010FFFFFFFF89000010015C0192", "BF2D09A007E30592036F6E65"},
		{"BF2D17A0124F10A0000005591010FFFFFFFF89000010055C0192", "BF2D02A000"},
		{"BF2D045C02BF76", "BF2D06A004E300E300"}, {"BF2D045C025F50", "BF2D06A004E300E300"},
		{"BF2D11A00C5A0A980001000000000000F15C01B6", "BF2D13A011E30FB60D300B800204F0810564702E696F"},
	}, *row;
	const struct store_metadata with = {.profile_class = -1, .notifications = {{15, {(const uint8_t *)"dp.io", 5}}}, .n_notifications = 1};
	struct bare b;

	bare_open(&b, fresh_ctx(state), NULL);
	assert_status(bare_install(&b, 0, NULL, NULL), RSP_OK);
	assert_status(bare_install(&b, 1, &with, NULL), RSP_OK);
	assert_int_equal(bare_switch(&b, 0xBF31, 1, false), 0);
	FOR_EACH_ROW(rows, row)
		if (strcmp(bare_es10(&b, row->command), row->want) != 0)
			fail_msg("%s: want %s, have %s", row->command, row->want, bare_es10(&b, row->command));
	/* the default set names neither notifications nor rules nor owner */
	assert_null(strstr(bare_es10(&b, "BF2D00"), "B60D"));
	bare_close(&b);
}

static const char *
named(struct bare *b, unsigned octets, const char *octet)
{
	struct buf hex = BUF_INIT;
	struct bytes text;
	unsigned i;

	buf_printf(&hex, "BF29%02X5A0A980001000000000000F090%02X", 14 + octets, octets);
	for (i = 0; i < octets; i++)
		buf_str(&hex, octet);
	buf_u8(&hex, 0);
	assert_status(buf_finish(&hex, b->c, &text), RSP_OK);
	return bare_es10(b, (const char *)text.p);
}

static void
a_nickname_has_64_octets_at_most(void **state)
{
	static const char list[] = "BF2D035C0190";
	struct bare b;

	bare_open(&b, fresh_ctx(state), NULL);
	assert_status(bare_install(&b, 0, NULL, NULL), RSP_OK);
	assert_string_equal(named(&b, 64, "41"), "BF2903800100");
	assert_string_equal(named(&b, 65, "42"), "6A80");
	assert_string_equal(named(&b, 3, "FF"), "6A80");                   /* no UTF-8 */
	assert_int_equal(strlen(bare_es10(&b, list)), strlen("BF2D46A044E3429040") + 128);
	bare_power(&b);
	assert_int_equal(strlen(bare_es10(&b, list)), strlen("BF2D46A044E3429040") + 128);
	assert_string_equal(named(&b, 0, ""), "BF2903800100");
	assert_string_equal(bare_es10(&b, list), "BF2D04A002E300");
	bare_close(&b);
}

/* Full: the oldest goes, installation results before the rest; numbers go on. */
static void
notifications_are_so_many_and_no_more(void **state)
{
	struct bare b;
	unsigned i;

	bare_open(&b, fresh_ctx(state), "[limits]\nnotifications = 3\n");
	assert_status(bare_install(&b, 0, &plain, NULL), RSP_OK);
	for (i = 0; i < 3; i++)
		assert_int_equal(bare_switch(&b, i % 2 ? 0xBF32 : 0xBF31, 0, false), 0);
	assert_string_equal(bare_notifications(&b), "0:enable/dp 1:disable/dp 2:enable/dp");
	assert_int_equal(bare_switch(&b, 0xBF32, 0, false), 0);
	assert_string_equal(bare_notifications(&b), "1:disable/dp 2:enable/dp 3:disable/dp");
	bare_power(&b);
	assert_int_equal(bare_switch(&b, 0xBF33, 0, false), 0);
	assert_string_equal(bare_notifications(&b), "2:enable/dp 3:disable/dp 4:delete/dp");
	assert_string_equal(bare_es10(&b, "BF2B05A003800101"), "BF2B02A000");
	assert_int_equal(strncmp(bare_es10(&b, "BF2B05A003800104"), "BF2B8", 5), 0);
	assert_int_equal(strncmp(bare_es10(&b, "BF2B06A00481020410"), "BF2B8", 5), 0);
	assert_string_equal(bare_es10(&b, "BF2B06A00481020780"), "BF2B02A000");
	bare_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_function_says_what_it_wants),
		cmocka_unit_test(profiles_are_listed_as_asked),
		cmocka_unit_test(a_nickname_has_64_octets_at_most),
		cmocka_unit_test(notifications_are_so_many_and_no_more),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
