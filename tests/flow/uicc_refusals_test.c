// SPDX-License-Identifier: BSD-2-Clause
/* What each command of the UICC refuses: header, lengths, rights, state, one after the other (ETSI TS 102 221 10.2, 11.1). The memory stays as it was. */
#include "support/bench.h"

static const struct profile_file files[] = {
	{BENCH_DF(FILE_ADF, 0x7FD0, R_ALWAYS), .df_name = OCTETS(USIM_AID), .pin_status = OCTETS("\x01\x81\x82\x0A")},
	{BENCH_EF(FILE_TRANSPARENT, 0x2F20, R_PIN1, "\1\2\3\4"), .sfi = 1}, {BENCH_EF(FILE_LINEAR, 0x2F21, R_PIN1, "\1\2\3\4"), .record_size = 2, .sfi = 2},
	{BENCH_EF(FILE_CYCLIC, 0x2F22, R_ALWAYS, "\0\xFE\0\1"), .record_size = 2, .sfi = 3}, {BENCH_EF(FILE_BERTLV, 0x2F23, R_PIN1, "\x80\1\1"), .max_size = 16, .sfi = 4},
	{BENCH_EF(FILE_LINEAR, 0x2F16, R_NEVER, "\x80\x01\x7F\x90\0\x84\x01\x32\xA4\6\x83\1\1\x95\1\x08"), .record_size = 16},
};
/* The cyclic file's rule lies in an EF of its own: INCREASE for PIN 1. */
static struct profile
make_profile(struct profile_file all[6], struct profile_pin *pins, size_t n)
{
	memcpy(all, files, sizeof(files));
	all[3].arr_fid = 0x2F16;
	all[3].arr_record = 1;
	return (struct profile){.file = all, .n_files = 6, .pin = pins, .n_pins = n};
}

static void
play(void **state, const struct bench_line *lines, size_t n)
{
	struct profile_pin pins[] = {
		{.context = {0x7FD0}, .context_depth = 1, .ref = 0x81, .value = "8888\xFF\xFF\xFF\xFF", .unblock_ref = 1, .attributes = 7, .max_tries = 2, .tries_left = 2},
		{.context = {0x7FD0}, .context_depth = 1, .ref = 0x82, .value = "8888\xFF\xFF\xFF\xFF", .attributes = 1, .max_tries = 3, .tries_left = 3},
	};
	struct profile_file all[6];
	const struct profile p = make_profile(all, pins, 2);
	struct bench b;

	bench_open(&b, fresh_ctx(state), &p);
	bench_play(&b, lines, n);
	bench_close(&b);
}
#define PLAY_ALL(state, lines) play((state), (lines), sizeof(lines) / sizeof((lines)[0]))

#define OLD "38383838FFFFFFFF"
#define NEW "37373737FFFFFFFF"
#define BAD "39393939FFFFFFFF"
#define PUK "3132333435363738"

static void
pins(void **state)
{
	static const struct bench_line lines[] = {
		{"0020018108" OLD, 0x6A86, ""}, {"8020008108" OLD, 0x6E00, ""}, {"0020008108" OLD, 0x6A88, ""},                     /* local: no ADF, no PIN */
		SELECT_USIM, {"0020008300", 0x6A88, ""}, {"0020000000", 0x6A88, ""}, {"00200081", 0x63C2, ""}, {"0020008107" "38383838FFFFFF", 0x6700, ""},
		{"0020008109" OLD "FF", 0x6700, ""}, {"00200081", 0x63C2, ""}, {"0020008108" OLD, 0x9000, ""},
		/* CHANGE */
		{"0024018110" OLD NEW, 0x6A86, ""}, {"0024008108" OLD, 0x6700, ""}, {"00240081", 0x6700, ""}, {"8024008110" OLD NEW, 0x6E00, ""}, {"0024008310" OLD NEW, 0x6A88, ""},
		{"0024008210" OLD NEW, 0x6985, ""}, {"0024008110" BAD NEW, 0x63C1, ""}, {"0024008110" OLD NEW, 0x9000, ""}, {"0020008108" OLD, 0x63C1, ""},
		{"0020008108" NEW, 0x9000, ""},
		/* DISABLE, ENABLE */
		{"0026018108" NEW, 0x6A86, ""}, {"0026008107" "37373737FFFFFF", 0x6700, ""}, {"00260081", 0x6700, ""}, {"8026008108" NEW, 0x6E00, ""}, {"0026008308" NEW, 0x6A88, ""},
		{"0026008208" OLD, 0x6985, ""}, {"0028008108" NEW, 0x6985, ""}, {"0026008108" BAD, 0x63C1, ""}, {"0026008108" NEW, 0x9000, ""},
		{"0026008108" NEW, 0x6985, ""}, {"0020008108" NEW, 0x6984, ""}, {"0024008110" NEW OLD, 0x6984, ""}, {"0028018108" NEW, 0x6A86, ""},
		{"00280081", 0x6700, ""}, {"8028008108" NEW, 0x6E00, ""}, {"0028008108" BAD, 0x63C1, ""}, {"0028008108" NEW, 0x9000, ""},
		/* blocked: nothing but the PUK helps */
		{"0020008108" BAD, 0x63C1, ""}, {"0020008108" BAD, 0x63C0, ""}, {"0020008108" NEW, 0x6983, ""}, {"0024008110" NEW OLD, 0x6983, ""},
		{"0026008108" NEW, 0x6983, ""}, {"0028008108" NEW, 0x6983, ""}, {"00200081", 0x63C0, ""},
		/* UNBLOCK */
		{"002C018110" PUK OLD, 0x6A86, ""}, {"002C008108" PUK, 0x6700, ""}, {"802C008110" PUK OLD, 0x6E00, ""}, {"002C008210" PUK OLD, 0x6A88, ""},
		{"002C008310" PUK OLD, 0x6A88, ""}, {"002C0081", 0x63CA, ""}, {"002C008110" BAD OLD, 0x63C9, ""}, {"002C008110" PUK OLD, 0x9000, ""}, {"002C0081", 0x63CA, ""},
		{"0020008108" OLD, 0x9000, ""},
	};

	PLAY_ALL(state, lines);
}

static void
a_puk_is_used_up_for_good(void **state)
{
	struct bench_line lines[14] = {SELECT_USIM};
	size_t i;

	for (i = 1; i <= 10; i++)
		lines[i] = (struct bench_line){"002C008110" BAD OLD, 0x63C0u | (unsigned)(10 - i), ""};
	lines[11] = (struct bench_line){"002C008110" PUK OLD, 0x6983, ""};
	lines[12] = (struct bench_line){"002C0081", 0x63C0, ""};
	lines[13] = (struct bench_line){"0020008108" OLD, 0x9000, ""};
	play(state, lines, 14);
}

static void
binaries(void **state)
{
	static const struct bench_line lines[] = {
		{"00B0000001", 0x6986, ""}, {"00D6000001AA", 0x6986, ""}, {"80B0000001", 0x6E00, ""}, {"80D6000001AA", 0x6E00, ""}, {"00B0800001", 0x6A86, ""},
		{"00B0A10001", 0x6A86, ""}, {"00D6A10001AA", 0x6A86, ""}, {"00B09E0001", 0x6A82, ""}, {"00B0810001", 0x6982, ""}, {"00D6810001AA", 0x6982, ""},
		{"00B0000001", 0x6986, ""},                                                            /* refused, it has selected nothing */
		{"00B0820001", 0x6981, ""}, {"00D6820001AA", 0x6981, ""}, VERIFY_PIN1, {"00B0810001", 0x9000, "01"}, {"00B0000401", 0x6B00, ""}, {"00B07FFF01", 0x6B00, ""},
		{"00B0000000", 0x6C04, ""}, {"00B0000304", 0x6C01, ""}, {"00B00000", 0x6C04, ""}, {"00B0000001AA", 0x6700, ""}, {"00D60000", 0x6700, ""}, {"00D6000401AA", 0x6B00, ""},
		{"00D6000302AAAA", 0x6700, ""}, {"00D6000005AAAAAAAAAA", 0x6700, ""}, {"00B0000004", 0x9000, "01020304"},
	};

	PLAY_ALL(state, lines);
}

static void
records(void **state)
{
	static const struct bench_line lines[] = {
		{"00B2010402", 0x6986, ""}, {"00DC010402AAAA", 0x6986, ""}, {"00A20104010100", 0x6986, ""}, {"80B2010402", 0x6E00, ""}, {"80DC010402AAAA", 0x6E00, ""},
		{"80A20104010100", 0x6E00, ""}, {"00B2010002", 0x6A86, ""}, {"00B2010702", 0x6A86, ""}, {"00B201FC02", 0x6A86, ""}, {"00DC010502AAAA", 0x6A86, ""},
		{"00A20107010100", 0x6A86, ""}, {"00B201F402", 0x6A82, ""}, {"00B2011402", 0x6982, ""}, {"00DC011402AAAA", 0x6982, ""}, {"00A20114010100", 0x6982, ""},
		{"00B2010C02", 0x6981, ""}, VERIFY_PIN1, {"00B2011402", 0x9000, "0102"}, {"00B2030402", 0x6A83, ""}, {"00B2010400", 0x6C02, ""}, {"00B2010401", 0x6C02, ""},
		{"00B20104", 0x6C02, ""}, {"00B201040100", 0x6700, ""}, {"00DC030402AAAA", 0x6A83, ""}, {"00DC010401AA", 0x6700, ""}, {"00DC010403AAAAAA", 0x6700, ""},
		{"00DC0104", 0x6700, ""}, {"00A20104", 0x6700, ""}, {"00A2010403010203" "00", 0x6A80, ""}, {"00A20304010100", 0x6A83, ""}, {"00A20104010900", 0x6282, ""},
	};

	PLAY_ALL(state, lines);
}

static void
increases(void **state)
{
	static const struct bench_line lines[] = {
		{"803200000101", 0x6986, ""}, {"003200000101", 0x6E00, ""}, {"803201000101", 0x6A86, ""}, {"803200010101", 0x6A86, ""}, {"80329F000101", 0x6A86, ""},
		{"80320000", 0x6700, ""}, {"80329E000101", 0x6A82, ""}, {"803282000101", 0x6981, ""}, {"803281000101", 0x6981, ""}, {"803283000101", 0x6982, ""},
		{"803200000101", 0x6986, ""}, VERIFY_PIN1, {"803283000101", 0x9000, "00FF01"}, {"80320000020100", 0x9000, "01FF0100"}, {"8032000002FE01", 0x9850, ""},
		{"803200000301FFFF", 0x9850, ""}, {"80320000030000 01", 0x9000, "0200000001"}, {"00B2010402", 0x9000, "0200"}, {"00B2020402", 0x9000, "01FF"},
	};

	PLAY_ALL(state, lines);
}

static void
objects(void **state)
{
	static const struct bench_line lines[] = {
		{"80CB0080018000", 0x6986, ""}, {"80DB008003800101", 0x6986, ""}, {"00CB0080018000", 0x6E00, ""}, {"00DB008003800101", 0x6E00, ""}, {"80CB0180018000", 0x6A86, ""},
		{"80CB00C0018000", 0x6A86, ""}, {"80CB00A0018000", 0x6A86, ""}, {"80DB01800180", 0x6A86, ""}, {"80CB009E018000", 0x6A82, ""}, {"80CB0081018000", 0x6981, ""},
		{"80CB0084018000", 0x6982, ""}, {"80DB00840180", 0x6982, ""}, VERIFY_PIN1, {"80CB0084018000", 0x9000, "800101"}, {"80CB0080", 0x6A80, ""}, {"80DB0080", 0x6700, ""},
		{"80CB0080018100", 0x6A88, ""}, {"80DB00800181", 0x6A88, ""}, {"80DB0080028111", 0x6A84, ""}, {"80DB008003800001", 0x6A80, ""},
		{"80CB0080018000", 0x9000, "800101"}, {"80CB004001", 0x62F1, "80"},
	};

	PLAY_ALL(state, lines);
}

static void
selections_and_the_rest(void **state)
{
	static const struct bench_line lines[] = {
		{"00A4020402" "2F20", 0x6A86, ""}, {"00A4050402" "2F20", 0x6A86, ""}, {"00A40A0402" "2F20", 0x6A86, ""}, {"00A4000802" "2F20", 0x6A86, ""}, {"00A4001402" "2F20", 0x6A86, ""},
		{"00A4000502" "2F20", 0x6A86, ""}, {"80A4000402" "2F20", 0x6E00, ""}, {"00A4000403" "2F2000", 0x6A87, ""}, {"00A4030402" "2F20", 0x6A87, ""}, {"00A40804", 0x6700, ""},
		{"00A4080C03" "2F2000", 0x6A87, ""}, {"00A4010C02" "2F20", 0x6A82, ""}, {"00A4080C02" "2F4F", 0x6A82, ""}, {"00A4080C04" "2F202F21", 0x6A82, ""}, {"00A4000C02" "7FFF", 0x6A82, ""},
		{"00A4044C10A0000000871002FFFFFFFF8900000001", 0x6A82, ""}, SELECT_USIM, {"00A4000C02" "7FFF", 0x9000, ""},
		{"00A4044C10A0000000871002FFFFFFFF8900000001", 0x9000, ""}, {"00A4000C02" "7FFF", 0x6A82, ""}, {"00A4044C10A0000000871002FFFFFFFF8900000001", 0x6A82, ""},
		{"00A4040807A0000000871002", 0x6A86, ""}, {"00A4040207A0000000871002", 0x6A82, ""}, {"00A4040C07A0000000871002", 0x9000, ""}, {"00A4040E07A0000000871002", 0x6A82, ""},
		/* STATUS */
		{"00F2000000", 0x6E00, ""}, {"80F2030000", 0x6A86, ""}, {"80F2000200", 0x6A86, ""}, {"80F20000", 0x6C3F, ""}, {"80F2000001AA", 0x6700, ""}, {"80F2000C", 0x9000, ""},
		{"80F2000112", 0x9000, "8410A0000000871002FFFFFFFF8900000001"}, {"80F2000100", 0x6C12, ""}, {"00A4000C02" "3F00", 0x9000, ""},
		/* GET CHALLENGE */
		{"0084010008", 0x6A86, ""}, {"0084000108", 0x6A86, ""}, {"0084000001AA", 0x6700, ""}, {"8084000008", 0x6E00, ""}, {"0084000008", 0x9000, NULL},
		/* unknown here */
		{"00FF0000", 0x6D00, ""}, {"80760000", 0x6D00, ""}, {"807A0000", 0x6D00, ""}, {"00CA005A00", 0x6D00, ""}, {"80E2910003BF3E00", 0x6D00, ""}, {"0089008100", 0x6D00, ""},
	};

	PLAY_ALL(state, lines);
}

/* PINs of an application's own end with it, when no other channel has it. */
static void
an_application_takes_its_pins_along(void **state)
{
	struct profile_pin local[] = {{.context = {0x7FD0}, .context_depth = 1, .ref = 0x81, .value = "8888\xFF\xFF\xFF\xFF", .attributes = 7, .max_tries = 3, .tries_left = 3}};
	static const char end[] = "00A4044C10A0000000871002FFFFFFFF8900000001";
	static const struct bench_line verify[] = {SELECT_USIM, {"0020008108" OLD, 0x9000, ""}, {"00B0000001", 0x6986, ""}, SELECT("6F01"), {"00B0000001", 0x9000, "01"}};
	static const struct bench_line ended[] = {{end, 0x9000, ""}, SELECT_USIM, SELECT("6F01"), {"00B0000001", 0x6982, ""}};
	static const struct bench_line kept[] = {{end, 0x9000, ""}, SELECT_USIM, SELECT("6F01"), {"00B0000001", 0x9000, "01"}};
	static const struct bench_line beside[] = {{"01A4040C10A0000000871002FFFFFFFF8900000001", 0x9000, ""}};
	struct profile_file all[8];
	struct profile p = make_profile(all, local, 1);
	struct bench b;

	all[6] = (struct profile_file){.path = {0x7FD0, 0x6F06}, .depth = 2, .kind = FILE_LINEAR, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .record_size = 13, .size = 13,
		.content = OCTETS("\x80\x01\x7F\xA4\6\x83\1\x81\x95\1\x08\xFF\xFF")};
	all[7] = (struct profile_file){.path = {0x7FD0, 0x6F01}, .depth = 2, .kind = FILE_TRANSPARENT, .lcsi = 5, .arr_fid = 0x6F06, .arr_record = 1, .size = 1,
		.content = OCTETS("\1")};
	p.n_files = 8;
	bench_open(&b, fresh_ctx(state), &p);
	BENCH_PLAY(&b, verify);
	BENCH_PLAY(&b, ended);
	BENCH_PLAY(&b, verify);
	uicc_channel_open(b.u, 1, 0);
	BENCH_PLAY(&b, beside);
	BENCH_PLAY(&b, kept);
	bench_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pins),
		cmocka_unit_test(a_puk_is_used_up_for_good),
		cmocka_unit_test(binaries),
		cmocka_unit_test(records),
		cmocka_unit_test(increases),
		cmocka_unit_test(objects),
		cmocka_unit_test(selections_and_the_rest),
		cmocka_unit_test(an_application_takes_its_pins_along),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
