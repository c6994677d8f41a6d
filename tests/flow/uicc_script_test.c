// SPDX-License-Identifier: BSD-2-Clause
/* Remote scripts, compact and expanded, and the rights they run with (ETSI TS 102 226); ES6 UpdateMetadata on its way to the ISD-P (SGP.22 5.4.1). */
#include "support/bench.h"
#include "support/packet.h"

#include "base/hex.h"

#define BELOW(fid, rule, text) {.path = {0x7FD0, fid}, .depth = 2, .kind = FILE_TRANSPARENT, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = (rule), \
	.size = sizeof(text) - 1, .content = OCTETS(text)}
static const uint8_t zeros[200];
static const struct profile_file files[] = {
	{BENCH_EF(FILE_TRANSPARENT, 0x2F24, R_ADM, "\1\2\3\4")}, {BENCH_EF(FILE_TRANSPARENT, 0x2F25, R_NEVER, "\5\6")},
	{BENCH_EF(FILE_TRANSPARENT, 0x2F26, R_PIN1, "\7\x08")}, {BENCH_EF(FILE_LINEAR, 0x2F27, R_ALWAYS, "\1\2\3\4\5\6"), .record_size = 2},
	{BENCH_EF(FILE_CYCLIC, 0x2F28, R_ALWAYS, "\1\2\3\4"), .record_size = 2}, {BENCH_EF(FILE_BERTLV, 0x2F29, R_ALWAYS, "\x80\1\1"), .max_size = 300},
	{.path = {0x2F2A}, .depth = 1, .kind = FILE_TRANSPARENT, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .size = 200, .content = {zeros, 200}},
	{BENCH_DF(FILE_ADF, 0x7FD0, R_ALWAYS), .df_name = OCTETS(USIM_AID), .pin_status = OCTETS("\x01\x0A")}, BELOW(0x6F07, R_PIN1, "\x11\x12"),
	{BENCH_DF(FILE_ADF, 0x7FB0, R_ALWAYS), .df_name = OCTETS(ISIM_AID), .pin_status = OCTETS("\x01\x0A")},
	{.path = {0x7FB0, 0x6F02}, .depth = 2, .kind = FILE_TRANSPARENT, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .size = 2, .content = OCTETS("\x13\x14")},
};
enum { N_FILES = sizeof(files) / sizeof(files[0]) };

#define KEY OCTETS("\x20\1\2\3\4\5\6\7\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F")
#define USIM_HEX "A0000000871002FFFFFFFF8900000001"

/* B00010: all of the file system; B00011: as ADM1, nothing for administration; B00012: the USIM alone; B00013: nothing; B00014: PIN 1 and administration. */
static void
open_bench(struct bench *b, struct rsp_ctx *c)
{
	static const struct bytes key = KEY;
	struct buf keys = BUF_INIT;
	struct profile_element elements[6] = {
		{.kind = PE_SD},
		{.kind = PE_RFM, .der = packet_rfm(c, "B00010", 0x12, "00", "00", NULL)},
		{.kind = PE_RFM, .der = packet_rfm(c, "B00011", 0x12, "02000100", "FF", NULL)},
		{.kind = PE_RFM, .der = packet_rfm(c, "B00012", 0x12, "FF", "FF", "8010" USIM_HEX "810100" "820100")},
		{.kind = PE_RFM, .der = packet_rfm(c, "B00013", 0x12, "FF", "FF", NULL)},
		{.kind = PE_RFM, .der = packet_rfm(c, "", 0x12, "02010000", "02010000", NULL)},
	};
	const struct profile p = {.file = (struct profile_file *)(uintptr_t)files, .n_files = N_FILES, .element = elements, .n_elements = 6};

	buf_add(&keys, packet_key(c, 2, 1, true, key, 8));
	buf_add(&keys, packet_key(c, 2, 2, true, key, 8));
	elements[0].der = packet_sd(c, 0x0F, buf_bytes(&keys), "0100000000" "020102" "06B20100000000" "00");
	bench_open(b, c, &p);
	buf_free(&keys);
}

static uint64_t counter;

static unsigned
run_packet(struct bench *b, const char *tar, struct bytes script, struct packet_answer *answer)
{
	static const struct bytes key = KEY;
	const struct packet p = {.spi1 = 0x16, .spi2 = POR | POR_CC | POR_CIPHERED, .kic = 0x22, .kid = 0x22, .tar = tar, .counter = ++counter, .aes = true,
		.kic_key = key, .kid_key = key, .mac_n = 8, .data = script};
	struct bytes data;

	assert_int_equal(bench_run(b, packet_envelope(b->c, packet_make(b->c, &p)), &data), 0x9000);
	*answer = packet_read(b->c, &p, data, true);
	return answer->status;
}

struct row { const char *tar, *script, *answer; };

static void
run_rows(struct bench *b, const struct row *rows, size_t n)
{
	struct packet_answer a;
	size_t i;

	for (i = 0; i < n; i++) {
		assert_int_equal(run_packet(b, rows[i].tar, unhex(b->c, rows[i].script), &a), 0);
		if (strcmp(hex_of(b->c, a.data), hex_of(b->c, unhex(b->c, rows[i].answer))) != 0)
			fail_msg("row %zu, %s: want %s, have %s", i, rows[i].script, rows[i].answer, hex_of(b->c, a.data));
	}
}
#define RUN(b, rows) run_rows((b), (rows), sizeof(rows) / sizeof((rows)[0]))
#define S(fid) "00A4000C02" fid

static void
compact_scripts(void **state)
{
	static const struct row rows[] = {
		{"B00010", "", "009000"}, {"B00010", S("2F24") "00B0000004", "02900001020304"}, {"B00010", S("2F24") "00B0000000", "02900001020304"},
		{"B00010", S("2F24") "00B0000008", "026C04"}, {"B00010", S("2F24") "00D6000002AABB" "00B0000004", "039000AABB0304"},
		{"B00010", S("2F4F") "00B0000004", "016A82"}, {"B00010", S("2F24") "00B0040001" "00D6000001FF", "026B00"}, {"B00010", "00B00000", "016700"},
		{"B00010", S("2F24") "00D6000005FF", "026700"}, {"B00010", "00A40004022F24", "016118"},
		{"B00010", "00A40004022F24" "00C0000003", "029000621682"}, {"B00010", "00A40004022F24" "00C0000020", "026C18"}, {"B00010", "00C0000003", "016985"},
		{"B00010", "00A40004022F24" "00C0010003", "026A86"}, {"B00010", "00A40004022F24" S("2F24") "00C0000003", "036985"},
		{"B00010", S("2F27") "00B2020402", "0290000304"}, {"B00010", S("2F27") "00DC010402AAAA" "00B2000202", "039000AAAA"},
		{"B00010", S("2F27") "00A201040105" "00C0000001", "03900003"}, {"B00010", S("2F27") "00A2010401EE" "00B2030402", "0390000506"},   /* 6282 is no end */
		{"B00010", S("2F28") "803200000101", "026982"}, {"B00010", S("2F28") "00DC0003020909" "00B2010402", "0390000909"},
		{"B00010", S("2F29") "80CB00800180" "00C0000003", "039000800101"}, {"B00010", S("2F29") "80DB00800481020A0B" "80CB00800181" "00C0000004", "04900081020A0B"},
		{"B00010", "80F2000C00", "019000"}, {"B00010", "A0A4000C022F24" "A0B0000002", "029000AABB"}, {"B00010", S("2F25") "00B0000001", "026982"},
		{"B00010", "008800000000", "016D00"}, {"B00010", "0070000001", "016D00"}, {"B00010", "80C2000002D600", "016D00"}, {"B00010", "0084000008", "016D00"},
		{"B00010", "80780001" "00", "016D00"},
		{"B00010", "00A4040C10" USIM_HEX, "016A82"}, {"B00010", "00A4000C027FFF", "016A82"}, {"B00010", "0020000108" "39393939FFFFFFFF" "00B0000001", "0163C2"},
	};
	struct bench b;

	counter = 0;
	open_bench(&b, fresh_ctx(state));
	RUN(&b, rows);
	bench_close(&b);
}

/* A long answer is cut to what one message takes. */
static void
an_answer_fits_one_message(void **state)
{
	struct packet_answer a;
	struct buf script = BUF_INIT;
	struct bench b;
	size_t i;

	counter = 0;
	open_bench(&b, fresh_ctx(state));
	buf_add(&script, unhex(b.c, S("2F29") "80DB00803E8178"));
	for (i = 0; i < 60; i++)
		buf_u8(&script, (unsigned)i);
	assert_int_equal(run_packet(&b, "B00010", buf_bytes(&script), &a), 0);
	assert_hex_equal(b.c, a.data, "0263F1");
	assert_int_equal(run_packet(&b, "B00010", unhex(b.c, S("2F29") "80CB00800181" "00C000007A"), &a), 0);
	assert_hex_equal(b.c, a.data, "026A88");                    /* the transfer ended with its script */
	BENCH_PLAY(&b, ((const struct bench_line[]){SELECT("2F2A"), {"00D6000002AABB", 0x9000, ""}}));
	assert_int_equal(run_packet(&b, "B00010", unhex(b.c, S("2F2A") "00B00000C8"), &a), 0);
	assert_int_equal(a.data.n, 97);
	assert_hex_equal(b.c, bytes_slice(a.data, 0, 5), "029000" "AABB");
	bench_close(&b);
	buf_free(&script);
}

static void
expanded_scripts(void **state)
{
	static const struct row rows[] = {
		{"B00010", "AA00", "AB03800100"}, {"B00010", "AA10" "2207" S("2F24") "2205" "00B0000004", "AB0F" "800102" "23029000" "2306" "010203049000"},
		{"B00010", "AE80" "2207" S("2F24") "2205" "00B0000002" "0000", "AF80" "800102" "23029000" "2304" "01029000" "0000"},
		{"B00010", "AA09" "2207" S("2F4F"), "AB07" "800101" "23026A82"}, {"B00010", "AA10" "2207" S("2F4F") "2205" "00B0000004", "AB07" "800101" "23026A82"},
		{"B00010", "AA0C" "810100" "2207" S("2F24"), "AB07" "800101" "23029000"},
		{"B00010", "AA03" "850100", "AB06" "800100" "900101"}, {"B00010", "AA04" "220200B0", "AB06" "800100" "900102"}, {"B00010", "AA05" "2207", "AB06" "800100" "900102"},
		{"B00010", "AA02" "2207", "AB06" "800100" "900102"}, {"B00010", "AA", "AB06" "800100" "900103"}, {"B00010", "AA0A" "830111" "2205" "00B0000001", "AB06" "800100" "830102"},
		{"B00010", "AE" "00", "AF80" "800100" "900102" "0000"}, {"B00010", "AE80", "AF80" "800100" "0000"},
	};
	struct packet_answer a;
	struct bench b;

	counter = 0;
	open_bench(&b, fresh_ctx(state));
	RUN(&b, rows);
	assert_int_equal(run_packet(&b, "B00010", unhex(b.c, "AA0A" "2208" "00A40004022F2400"), &a), 0);
	assert_hex_equal(b.c, bytes_slice(a.data, 0, 9), "AB1F" "800101" "231A" "6216");
	assert_hex_equal(b.c, bytes_from(a.data, a.data.n - 2), "9000");
	bench_close(&b);
}

/* ---- rights ---- */

static void
rights_are_the_access_domain_s(void **state)
{
	static const struct row rows[] = {
		{"B00011", S("2F24") "00B0000001", "02900001"}, {"B00011", S("2F26") "00B0000001", "026982"}, {"B00011", S("2F25") "00B0000001", "026982"},
		{"B00011", S("2F27") "00B2010402", "0290000102"}, {"B00011", "00E40000022F24", "016982"},
		{"B00013", S("2F27") "00B2010402", "026982"}, {"B00013", S("2F24") "00D6000001FF", "026982"},
		{"B00012", "00B0000001", "016986"}, {"B00012", S("6F07") "00B0000002", "0290001112"}, {"B00012", "00A4000C027FFF" S("6F07") "00D600000122", "039000"},
		{"B00012", "00A4040C10" USIM_HEX S("6F07") "00B0000001", "03900022"}, {"B00012", "00A4040C10A0000000871004FFFFFFFF8900000001", "016A82"},
		{"B00012", "00A4080C042F24", "016700"}, {"B00012", "00A4080C022F24" "00B0000001", "026982"},
		{"B00010", "00A4080C047FD06F07" , "016A82"},
		{"B00020", S("2F26") "00B0000001", "02900007"}, {"B00020", S("2F24") "00B0000001", "026982"},
		{"B00020", "00E40000022F26", "019000"}, {"B00020", S("2F26"), "016A82"},
		{"B00010", "00E000001862168202412183022F408A01058B032F0601800200048800" "00B0000004", "029000FFFFFFFF"},
		{"B00011", "00E000001862168202412183022F418A01058B032F0601800200048800", "016982"}, {"B00010", "00E40000022F40" S("2F40"), "026A82"},
	};
	struct bench b;

	counter = 0;
	open_bench(&b, fresh_ctx(state));
	RUN(&b, rows);
	bench_close(&b);
}

/* A script has no PINs of the terminal's, and the terminal none of a script's; nor do their selections meet. */
static void
a_script_is_alone(void **state)
{
	static const struct bench_line selected[] = {SELECT("2F24"), {"00B0000001", 0x6982, ""}}, still[] = {{"00B0000001", 0x6982, ""}, VERIFY_ADM, {"00B0000001", 0x9000, "01"}};
	static const struct row verifies[] = {{"B00010", "0020000A08" "3232323232323232" S("2F27"), "029000"}};
	static const struct row by_pin[] = {{"B00011", S("2F26") "00B0000001", "026982"}, {"B00020", S("2F24") "00B0000001", "026982"}};
	struct bench b;

	counter = 0;
	open_bench(&b, fresh_ctx(state));
	BENCH_PLAY(&b, selected);
	RUN(&b, verifies);
	BENCH_PLAY(&b, still);
	RUN(&b, by_pin);
	BENCH_PLAY(&b, ((const struct bench_line[]){{"00B0000001", 0x9000, "01"}}));
	bench_close(&b);
}

/* ---- ES6 ---- */

struct recorder { struct bytes request; unsigned calls, sw; enum rsp_status st; };

static enum rsp_status
record(void *self, struct rsp_ctx *c, struct bytes request, unsigned *sw)
{
	struct recorder *r = self;

	r->calls++;
	r->request = rsp_copy(c, request);
	*sw = r->sw;
	return r->st;
}

#define UPDATE "BF2A0A" "9103" "414243" "9203" "444546"

static void
metadata_go_to_the_port(void **state)
{
	static const struct row before[] = {{"B20100", "80E291000D" UPDATE, "016985"}};
	static const struct row rows[] = {
		{"B20100", "80E291000D" UPDATE, "019000"}, {"000000", "80E2110004BF2A0A91" "80E2910109" "03" "414243" "9203444546", "029000"},
		{"B20100", "80E2110004BF2A0A91" "80E2910209" "03" "414243" "9203444546", "026A86"}, {"B20100", "80E2910003BF2500", "016A80"},
		{"B20100", "80E291000D" "BF2A0B" "9103" "414243" "9203" "444546", "016A80"}, {"B20100", "80E2010003BF2A00", "016A86"}, {"B20100", "80E2910000", "016700"},
		{"B20100", "80CA006600", "016D00"}, {"B20100", S("2F24"), "016D00"}, {"B20100", "80E6020000", "016D00"},
		{"B00010", "80E291000D" UPDATE, "016D00"},
	};
	static const struct row refused[] = {{"B20100", "80E291000D" UPDATE, "016985"}};
	struct recorder r = {.sw = 0x9000};
	const struct uicc_ports ports = {&r, record};
	struct packet_answer a;
	struct bench b;

	counter = 0;
	open_bench(&b, fresh_ctx(state));
	RUN(&b, before);
	uicc_set_ports(b.u, &ports);
	{
		/* The toolkit parameters name these two TARs, and no third. */
		struct row named[2] = {rows[0], rows[1]};

		run_rows(&b, named, 2);
		assert_int_equal(r.calls, 2);
		assert_hex_equal(b.c, r.request, UPDATE);
	}
	run_rows(&b, rows + 2, sizeof(rows) / sizeof(rows[0]) - 2);
	assert_int_equal(r.calls, 2);
	r.sw = 0x6985;
	RUN(&b, refused);
	r.st = RSP_IO;
	assert_int_equal(run_packet(&b, "B20100", unhex(b.c, "80E291000D" UPDATE), &a), 0);
	assert_hex_equal(b.c, a.data, "016F00");
	assert_int_equal(r.calls, 4);
	counter -= 2;
	assert_int_equal(run_packet(&b, "B20100", unhex(b.c, "80E291000D" UPDATE), &a), 0x02);     /* replayed: nobody hears of it */
	assert_int_equal(r.calls, 4);
	bench_close(&b);
}

/* Further security domains have their TARs and keys, and their own counters, but no say in the metadata. */
static void
other_domains_are_others(void **state)
{
	static const struct bytes key = KEY, other = OCTETS("\x30\1\2\3\4\5\6\7\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F");
	static const struct { const char *tar; bool with_other; unsigned status; const char *script, *answer; } rows[] = {
		{"000000", false, 0, "80E291000D" UPDATE, "019000"}, {"112233", true, 0, "80E291000D" UPDATE, "016985"}, {"112233", false, 1, "80E291000D" UPDATE, ""},
		{"B00030", true, 0, S("2F27") "00B2010402", "0290000102"}, {"B00030", false, 1, S("2F27"), ""}, {"B00031", false, 9, S("2F27"), ""},
		{"B00031", true, 9, S("2F27"), ""},
	}, *row;
	struct rsp_ctx *c = fresh_ctx(state);
	struct profile_element elements[4] = {{.kind = PE_SD}, {.kind = PE_SD}, {.kind = PE_RFM, .der = packet_rfm_of(c, "A000000151000001", "B00030", 0x12, "00")},
		{.kind = PE_RFM, .der = packet_rfm_of(c, "A000000151000002", "B00031", 0x12, "00")}};
	const struct profile p = {.file = (struct profile_file *)(uintptr_t)files, .n_files = N_FILES, .element = elements, .n_elements = 4};
	struct recorder r = {.sw = 0x9000};
	const struct uicc_ports ports = {&r, record};
	struct bench b;

	elements[0].der = packet_sd(c, 0x0F, packet_key(c, 2, 2, true, key, 8), NULL);
	elements[1].der = packet_ssd(c, "A000000151000001", packet_key(c, 2, 2, true, other, 8), "0100000000" "020112" "03112233" "00");
	bench_open(&b, c, &p);
	uicc_set_ports(b.u, &ports);
	FOR_EACH_ROW(rows, row) {
		const struct packet q = {.spi1 = 0x12, .spi2 = POR | POR_CC, .kic = 0x22, .kid = 0x22, .tar = row->tar, .counter = 1 + row_i, .aes = true,
			.kid_key = row->with_other ? other : key, .mac_n = 8, .data = unhex(c, row->script)};
		struct packet_answer a;
		struct bytes data;

		assert_int_equal(bench_run(&b, packet_envelope(c, packet_make(c, &q)), &data), 0x9000);
		a = packet_read(c, &q, data, row->status == 0);
		assert_int_equal(a.status, row->status);
		assert_hex_equal(c, a.data, row->answer);
	}
	assert_int_equal(r.calls, 1);
	bench_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compact_scripts),
		cmocka_unit_test(an_answer_fits_one_message),
		cmocka_unit_test(expanded_scripts),
		cmocka_unit_test(rights_are_the_access_domain_s),
		cmocka_unit_test(a_script_is_alone),
		cmocka_unit_test(metadata_go_to_the_port),
		cmocka_unit_test(other_domains_are_others),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
