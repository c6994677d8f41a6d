// SPDX-License-Identifier: BSD-2-Clause
/* Files made, resized, closed and removed over APDUs (ETSI TS 102 222), and what is refused. */
#include "support/bench.h"

#include "base/hex.h"
#include "tlv/tlv.h"

static const struct profile_file files[] = {
	{BENCH_DF(FILE_ADF, 0x7FD0, R_ALWAYS), .df_name = OCTETS(USIM_AID), .pin_status = OCTETS("\x01\x0A")},
	{.path = {0x7FD0, 0x6F07}, .depth = 2, .kind = FILE_TRANSPARENT, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .size = 9,
		.content = OCTETS("\x08\x09\x10\x10\x10\x32\x54\x76\x98"), .sfi = 7},
	{BENCH_DF(FILE_DF, 0x7F10, R_ADM), .pin_status = OCTETS("\x01\x0A")},
	{.path = {0x7F10, 0x6F01}, .depth = 2, .kind = FILE_TRANSPARENT, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .size = 2,
		.content = OCTETS("\1\2")},
	{BENCH_DF(FILE_DF, 0x7F20, R_ALWAYS), .pin_status = OCTETS("\x01\x0A")},
	{.path = {0x7F20, 0x6F02}, .depth = 2, .kind = FILE_TRANSPARENT, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_NEVER, .size = 2,
		.content = OCTETS("\3\4")},
	{.path = {0x7F20, 0x6F03}, .depth = 2, .kind = FILE_TRANSPARENT, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .size = 2,
		.link = {0x7F10, 0x6F01}, .link_depth = 2},
	{BENCH_EF(FILE_LINEAR, 0x2F20, R_RESIZE, "\1\2\3\4"), .record_size = 2},
	{BENCH_EF(FILE_CYCLIC, 0x2F21, R_RESIZE, "\1\2\3\4"), .record_size = 2},
	{BENCH_EF(FILE_TRANSPARENT, 0x2F22, R_RESIZE, "\1\2\3\4")},
	{BENCH_EF(FILE_BERTLV, 0x2F23, R_RESIZE, "\x80\4\1\2\3\4"), .max_size = 16},
	{BENCH_EF(FILE_TRANSPARENT, 0x2F24, R_ALWAYS, "\1\2\3\4")},
};
static const struct profile profile = {.file = (struct profile_file *)(uintptr_t)files, .n_files = sizeof(files) / sizeof(files[0])};

/* A command with these data. */
static unsigned
send(struct bench *b, const char *header, const char *data, bool wrapped, struct bytes *answer)
{
	struct buf command = BUF_INIT, body = BUF_INIT;
	unsigned sw;

	if (wrapped)
		tlv_add(&body, 0x62, unhex(b->c, data));
	else
		buf_add(&body, unhex(b->c, data));
	buf_add(&command, unhex(b->c, header));
	buf_u8(&command, (unsigned)body.n);
	buf_add(&command, buf_bytes(&body));
	sw = bench_run(b, buf_bytes(&command), answer);
	buf_free(&command);
	buf_free(&body);
	return sw;
}

struct fcp_row { const char *fcp; unsigned sw; };

static void
try_all(struct bench *b, const char *header, const struct fcp_row *rows, size_t n)
{
	struct bytes answer;
	size_t i;

	for (i = 0; i < n; i++) {
		const char *before = bench_memory(b);
		unsigned sw = send(b, header, rows[i].fcp, true, &answer);

		if (sw != rows[i].sw)
			fail_msg("%s %s: want %04X, have %04X", header, rows[i].fcp, rows[i].sw, sw);
		if (sw != 0x9000)
			assert_string_equal(bench_memory(b), before);
	}
}
#define TRY_ALL(b, header, rows) try_all((b), (header), (rows), sizeof(rows) / sizeof((rows)[0]))

#define RULED "8B032F0601"

static void
created_files_serve(void **state)
{
	static const struct fcp_row transparent[] = {{"8202412183022F308A0105" RULED "800200048800A503C00140", 0x9000}};
	static const struct bench_line after_transparent[] = {
		{"00B0000004", 0x9000, "FFFFFFFF"}, {"00D6000002AABB", 0x9000, ""}, {"00B0000004", 0x9000, "AABBFFFF"}, {"0004000000", 0x9000, ""},
		{"00B0000004", 0x9000, "AABBFFFF"}, {"00A4000C023F00", 0x9000, ""},
	};
	static const struct fcp_row linear[] = {{"82044221000383022F318A0105" RULED "800200098801 A0 A505C103010203", 0x9000}};
	static const struct bench_line after_linear[] = {
		{"00B2030403", 0x9000, "010203"}, {"00DC020403AABBCC", 0x9000, ""}, {"00A4000C022F30", 0x6283, ""}, {"00B202A403", 0x9000, "AABBCC"},
		{"80320000010100", 0x6981, NULL},
	};
	static const struct fcp_row cyclic[] = {{"82044621000383022F328A0105" RULED "800200068800A504C2020A0B", 0x9000}};
	static const struct bench_line after_cyclic[] = {{"00B2010403", 0x9000, "0A0B0A"}, {"00DC000303010203", 0x9000, ""}, {"00B2020403", 0x9000, "0A0B0A"}};
	static const struct fcp_row objects[] = {{"8202792183022F338A0105" RULED "800200108800A506840101860120", 0x9000}};
	static const struct bench_line after_objects[] = {
		{"80DB0080048002AABB", 0x9000, ""}, {"80CB0080018000", 0x9000, "8002AABB"}, {"80DB0080028121", 0x6A84, ""}, {"00B0000001", 0x6981, ""},
	};
	struct bench b;

	bench_open(&b, fresh_ctx(state), &profile);
	TRY_ALL(&b, "00E00000", transparent);
	BENCH_PLAY(&b, after_transparent);
	TRY_ALL(&b, "00E00000", linear);
	BENCH_PLAY(&b, after_linear);
	TRY_ALL(&b, "00E00000", cyclic);
	BENCH_PLAY(&b, after_cyclic);
	TRY_ALL(&b, "00E00000", objects);
	BENCH_PLAY(&b, after_objects);
	bench_close(&b);
}

static void
created_folders_hold_files(void **state)
{
	static const struct fcp_row df[] = {{"8202782183025F308A0105" RULED "C606900100830101", 0x9000}};
	static const struct fcp_row inside[] = {
		{"8202412183025F308A0105" RULED "800200028800", 0x6A89}, {"8202412183024F01" RULED "800200028800", 0x9000},
	};
	static const struct bench_line lines[] = {
		{"00B0000002", 0x9000, "FFFF"}, {"0004000000", 0x6985, ""}, {"0044000000", 0x9000, ""}, {"0004000000", 0x9000, ""},
		{"00A40804047F205F30", 0x6A82, NULL}, {"00A4080C045F304F01", 0x6283, ""}, {"00A40300", 0x9000, NULL}, {"00A4030C", 0x6A82, ""},
		SELECT("5F30"), {"00E4000002 4F01", 0x9000, ""}, {"00A4000C024F01", 0x6A82, ""}, {"00E4000002 5F30", 0x9000, ""}, {"00A4000C025F30", 0x6A82, ""},
	};
	static const struct fcp_row adf[] = {
		{"8202782183027FD18410A0000000871002FFFFFFFF89000000018A0105" RULED "C603900100", 0x6A8A},
		{"8202782183027FD18407A00000055910118A0105" RULED "C603900100", 0x9000},
	};
	static const struct bench_line of_adf[] = {
		{"00A4040C07A0000005591011", 0x9000, ""}, {"00A4000C023F00", 0x9000, ""}, {"00E4000002 7FD1", 0x6A82, ""}, {"00A4040C07A0000005591011", 0x9000, ""},
		{"00E40000", 0x9000, ""}, {"00A4040C07A0000005591011", 0x6A82, ""}, {"00A4000C027FFF", 0x6A82, ""},
	};
	struct bench b;

	bench_open(&b, fresh_ctx(state), &profile);
	TRY_ALL(&b, "00E00000", df);
	TRY_ALL(&b, "00E00000", inside);
	BENCH_PLAY(&b, lines);
	TRY_ALL(&b, "00E00000", adf);
	BENCH_PLAY(&b, of_adf);
	bench_close(&b);
}

#define GOOD_EF "8202412183022F40" "8A0105" RULED "80020004" "8800"

static void
creation_is_refused(void **state)
{
	static const struct fcp_row rows[] = {
		{"", 0x6A80}, {"8202412183022F408A0105" RULED "8800", 0x6A80},                                                    /* no size */
		{"83022F408A0105" RULED "800200048800", 0x6A80}, {"820241218A0105" RULED "800200048800", 0x6A80},                 /* no descriptor, no FID */
		{"8202412183022F408A0105800200048800", 0x6A80}, {"8202412183022F408A01058B032F0600800200048800", 0x6A80},         /* no rule, record 0 */
		{"8202412283022F408A0105" RULED "800200048800", 0x6A80}, {"8202C12183022F408A0105" RULED "800200048800", 0x6A80}, /* data coding, descriptor */
		{"8202472183022F408A0105" RULED "800200048800", 0x6A80}, {"8202422183022F408A0105" RULED "800200048800", 0x6A80},
		{"82044221000083022F408A0105" RULED "800200048800", 0x6A80}, {"82044221000383022F408A0105" RULED "800200048800", 0x6A80},
		{"82044221000183022F408A0105" RULED "800200FF8800", 0x6A80}, {"82044221010083022F408A0105" RULED "800201008800", 0x6A80},
		{"8202412183022F408A0105" RULED "800200008800", 0x6A80}, {"8202412183022F408A0105" RULED "80030100008800", 0x6A80},
		{"8202412183022F408A0104" RULED "800200048800", 0x6A80}, {"8202412183022F408A010C" RULED "800200048800", 0x6A80}, /* life cycle */
		{"8202412183022F408A0105" RULED "80020004880139", 0x6A80}, {"8202412183022F408A0105" RULED "800200048801F8", 0x6A80},
		{"8202412183022F408A0105" RULED "800200048800A506C10101C20102", 0x6A80}, {"8202412183022F408A0105" RULED "800200048800A502C100", 0x6A80},
		{"8202412183022F408A0105" RULED "800200048800A503860110", 0x6A80}, {"8202792183022F408A0105" RULED "800200048800A503C10101", 0x6A80},
		{"8202412183022F408A0105" RULED "800200048800C603900100", 0x6A80}, {GOOD_EF "9F0101", 0x6A80}, {GOOD_EF "80020004", 0x6A80},
		{"8202412183023F008A0105" RULED "800200048800", 0x6A80}, {"8202412183027FFF8A0105" RULED "800200048800", 0x6A80},
		{"8202412183022F068A0105" RULED "800200048800", 0x6A89}, {"8202412183027F108A0105" RULED "800200048800", 0x6A89},
		{"8202782183025F408A0105" RULED, 0x6A80}, {"8202782183025F408A0105" RULED "C606900100830201", 0x6A80},
		{"8202782183025F408A0105" RULED "80020004C603900100", 0x6A80}, {"8202412183022F408407A00000055910118A0105" RULED "80020004", 0x6A80},
		{"8202782183025F408404A00000058A0105" RULED "C603900100", 0x6A80},
		{GOOD_EF, 0x9000}, {GOOD_EF, 0x6A89},
	};
	static const struct bench_line headers[] = {
		{"00E0010002 6200", 0x6A86, ""}, {"00E0000102 6200", 0x6A86, ""}, {"00E00000", 0x6700, ""}, {"80E0000002 6200", 0x6E00, ""},
		{"00E0000003 620000", 0x6A80, ""}, {"00E0000002 6100", 0x6A80, ""},
	};
	static const struct bench_line closed[] = {{"00A4000C027F20", 0x9000, ""}, {"00040000", 0x9000, ""}};
	static const struct bench_line into_adm[] = {{"00A4000C027F10", 0x9000, ""}};
	static const struct bench_line adm[] = {VERIFY_ADM};
	static const struct fcp_row twice_sfi[] = {
		{"8202412183026F308A0105" RULED "80020004880138", 0x6A80}, {"8202412183026F278A0105" RULED "80020004", 0x9000},
		{"8202412183026F018A0105" RULED "80020004", 0x9000}, {"8202412183026F218A0105" RULED "80020004", 0x9000},
	};
	static const struct fcp_row in_closed[] = {{"8202412183026F408A0105" RULED "800200048800", 0x6985}};
	static const struct fcp_row without_adm[] = {{"8202412183026F408A0105" RULED "800200048800", 0x6982}};
	static const struct fcp_row beside[] = {{"8202412183027F208A0105" RULED "800200048800", 0x6A89}, {"8202412183026F408A0105" RULED "800200048800", 0x9000}};
	static const struct bench_line usim[] = {SELECT_USIM}, sfi[] = {{"00A4000C026F27", 0x9000, ""}, {"00B0810004", 0x9000, "FFFFFFFF"}, {"00B0870009", 0x9000, NULL}};
	struct bench b;

	bench_open(&b, fresh_ctx(state), &profile);
	TRY_ALL(&b, "00E00000", rows);
	BENCH_PLAY(&b, headers);
	BENCH_PLAY(&b, usim);
	TRY_ALL(&b, "00E00000", twice_sfi);
	BENCH_PLAY(&b, sfi);
	bench_close(&b);
	bench_open(&b, fresh_ctx(state), &profile);
	BENCH_PLAY(&b, into_adm);
	TRY_ALL(&b, "00E00000", without_adm);
	BENCH_PLAY(&b, adm);
	TRY_ALL(&b, "00E00000", beside);
	BENCH_PLAY(&b, closed);
	TRY_ALL(&b, "00E00000", in_closed);
	bench_close(&b);
}

static void
files_grow_and_shrink(void **state)
{
	static const struct fcp_row rows[] = {
		{"83022F2080020006A504C1020708", 0x9000}, {"83022F2080020003", 0x6A80}, {"83022F2080020000", 0x6A80}, {"83022F20", 0x6A80}, {"80020006", 0x6A80},
		{"83022F2180020008", 0x6981}, {"83022F4F80020008", 0x6A82}, {"83027F1080020008", 0x6A81}, {"83022F2480020008", 0x6982},
		{"83022F2080020006A506C10107C20108", 0x6A80}, {"83022F208002000688 00", 0x6A80}, {"820242218302 2F2080020006", 0x6A80},
		{"83022F2280020006", 0x9000}, {"83022F23A503860105", 0x6A84}, {"83022F23A503860120", 0x9000}, {"83022F23", 0x6A80},
	};
	static const struct bench_line lines[] = {
		SELECT("2F20"), {"00B2030402", 0x9000, "0708"}, {"00B2020402", 0x9000, "0304"}, SELECT("2F22"), {"00B0000006", 0x9000, "01020304FFFF"},
		SELECT("2F23"), {"80CB0080018000", 0x9000, "800401020304"}, {"80D4000000", 0x6700, ""}, {"80D4020002 6200", 0x6A86, ""}, {"80D4000102 6200", 0x6A86, ""},
		{"00D4000002 6200", 0x6E00, ""},
	};
	static const struct fcp_row shrink[] = {{"83022F2080020002", 0x9000}, {"83022F2280020001", 0x9000}};
	static const struct fcp_row destroy[] = {{"83022F23A503860105", 0x9000}, {"83022F2280020004", 0x6A86}};
	static const struct bench_line after[] = {
		SELECT("2F20"), {"00B2010402", 0x9000, "0102"}, {"00B2020402", 0x6A83, ""}, SELECT("2F22"), {"00B0000001", 0x9000, "01"}, {"00B0000101", 0x6B00, ""},
		SELECT("2F23"), {"80CB0080015C00", 0x9000, "5C00"},
	};
	struct bench b;

	bench_open(&b, fresh_ctx(state), &profile);
	TRY_ALL(&b, "80D40000", rows);
	BENCH_PLAY(&b, lines);
	BENCH_PLAY(&b, ((const struct bench_line[]){{"00A4000C023F00", 0x9000, ""}}));
	TRY_ALL(&b, "80D40000", shrink);
	TRY_ALL(&b, "80D40100", destroy);
	BENCH_PLAY(&b, after);
	bench_close(&b);
}

static void
files_are_deleted_or_not(void **state)
{
	static const struct bench_line lines[] = {
		{"00E4010002 2F24", 0x6A86, ""}, {"00E4000102 2F24", 0x6A86, ""}, {"00E4000001 2F", 0x6700, ""}, {"00E4000003 2F2424", 0x6700, ""},
		{"00E40000022F4F", 0x6A82, ""}, {"80E40000022F24", 0x6E00, ""}, {"00E40000023F00", 0x6A82, ""}, {"00E40000", 0x6985, ""},
		{"00E40000022F24", 0x9000, ""}, {"00A4000C022F24", 0x6A82, ""}, SELECT("2F22"), {"00E40000", 0x9000, ""}, {"00B0000001", 0x6986, ""},
		/* a link leads into DF 7F10; then not any more */
		VERIFY_ADM, {"00E40000027F10", 0x6985, ""}, SELECT("7F10"), {"00E40000026F01", 0x6985, ""}, SELECT("7F20"), {"00E40000026F03", 0x9000, ""},
		SELECT("7F10"), {"00E40000026F01", 0x9000, ""}, {"00E40000", 0x9000, ""}, {"00A4000C027F10", 0x6A82, ""}, SELECT("7F20"),
		{"00E40000026F02", 0x9000, ""},                                                          /* the DF lets its children be deleted */
	};
	static const struct bench_line elsewhere[] = {{"01A4000C027F20", 0x9000, ""}, {"00A4000C023F00", 0x9000, ""}, {"00E40000027F20", 0x6985, ""}};
	static const struct bench_line free_again[] = {{"00E40000027F20", 0x9000, ""}, {"00A4000C027F20", 0x6A82, ""}};
	struct bench b;

	bench_open(&b, fresh_ctx(state), &profile);
	BENCH_PLAY(&b, lines);
	uicc_channel_open(b.u, 1, 0);
	BENCH_PLAY(&b, elsewhere);
	uicc_channel_close(b.u, 1);
	BENCH_PLAY(&b, free_again);
	bench_close(&b);
}

static void
life_cycles_of_files_and_folders(void **state)
{
	static const struct bench_line lines[] = {
		{"0044010000", 0x6A86, ""}, {"0004000100", 0x6A86, ""}, {"00040000022F4F", 0x6A82, ""}, {"0004000001 2F", 0x6A87, ""}, {"00040000", 0x6985, ""},
		{"8004000002 2F24", 0x6E00, ""}, {"0004000002 2F24", 0x9000, ""}, {"00A4000C022F24", 0x6283, ""}, {"00B0000001", 0x6984, ""}, {"00440800022F24", 0x9000, ""},
		{"00B0000001", 0x9000, "01"}, {"00040900022F24", 0x9000, ""}, {"00440900022F24", 0x9000, ""}, {"00040800037F206F", 0x6A87, ""},
		{"00040800047F206F02", 0x6982, ""}, {"00040800047F206FFF", 0x6A82, ""},
		/* a deactivated DF closes what is in it, to itself only what SELECT says */
		{"0004000002 7F20", 0x9000, ""}, {"00A4000C027F20", 0x6283, ""}, SELECT("6F03"), {"00B0000002", 0x6984, ""}, {"00D6000001AA", 0x6984, ""},
		{"00E800 00", 0x6985, ""}, {"00040000", 0x6985, ""}, {"0044080002 7F20", 0x9000, ""}, {"00B0000002", 0x9000, "0102"},
		/* TERMINATE EF */
		{"00E80100", 0x6A86, ""}, {"00E80001", 0x6A86, ""}, {"00E8000002 6F03", 0x6700, ""}, {"80E80000", 0x6E00, ""}, SELECT("6F02"), {"00E80000", 0x6982, ""},
		SELECT("6F03"), {"00E80000", 0x9000, ""}, {"00B0000002", 0x6985, ""}, {"00E80000", 0x6985, ""}, {"00440000", 0x6985, ""}, {"00A4000C026F03", 0x6285, ""},
		/* TERMINATE DF */
		{"00E60100", 0x6A86, ""}, {"00E60001", 0x6A86, ""}, {"00E6000001 00", 0x6700, ""}, {"80E60000", 0x6E00, ""}, {"00E60000", 0x9000, ""},
		{"00E60000", 0x6985, ""}, {"00A4000C027F20", 0x6285, ""}, SELECT("6F02"), {"00B0000002", 0x6985, ""}, {"00440000", 0x6985, ""},
		{"00A4000C023F00", 0x9000, ""}, {"00E80000", 0x6986, ""}, {"00E60000", 0x6985, ""},
		/* TERMINATE CARD USAGE is nobody's right */
		{"00FE0000", 0x6982, ""}, {"00FE0100", 0x6A86, ""}, {"00FE000001 00", 0x6700, ""}, {"80FE0000", 0x6E00, ""},
		SELECT("7F10"), {"00E60000", 0x6982, ""}, VERIFY_ADM, {"00E60000", 0x9000, ""},
	};
	struct bench b;

	bench_open(&b, fresh_ctx(state), &profile);
	BENCH_PLAY(&b, lines);
	uicc_reset(b.u);
	BENCH_PLAY(&b, ((const struct bench_line[]){{"00A4000C027F20", 0x6285, ""}, {"00A4080C022F24", 0x9000, ""}, {"00B0000001", 0x9000, "01"}}));
	bench_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(created_files_serve),
		cmocka_unit_test(created_folders_hold_files),
		cmocka_unit_test(creation_is_refused),
		cmocka_unit_test(files_grow_and_shrink),
		cmocka_unit_test(files_are_deleted_or_not),
		cmocka_unit_test(life_cycles_of_files_and_folders),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
