// SPDX-License-Identifier: BSD-2-Clause
/* Files that no package describes so easily: rules of several groups, life cycles, transfers of objects, long lists (ETSI TS 102 221). */
#include "support/test.h"

#include "base/hex.h"
#include "image/image.h"
#include "uicc/impl.h"

#define RULE 24
enum { R_ALWAYS = 1, R_GROUPS, R_SEVERAL, R_HEADERS, R_EMPTY_OR, R_LAST };

/* One record each of EF.ARR, padded with FF. */
static const char *const rules[] = {
	"80017F" "9000",
	"800101" "840132" "9000" "800102" "9700",
	"800101" "9000" "9700" "800102" "9000" "8402D432" "9000",
	"800101" "9C01FF" "9000" "8C04" "80D4" "8033" "8C02" "8032" "9000",
	"800101" "A000" "800102" "A002" "9000" "840132" "A003" "900090",
};

static const struct profile_file base[] = {
	{.kind = FILE_MF, .name = "MF", .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .descriptor = 0x78},
	{.path = {0x2F06}, .depth = 1, .kind = FILE_LINEAR, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .record_size = RULE,
		.size = RULE * (R_LAST - 1), .descriptor = 0x42},
};

struct bench { struct rsp_ctx *c; struct image *image; struct uicc *u; };
struct line { const char *apdu; unsigned sw; const char *data; };

static struct bytes
rule_file(struct rsp_ctx *c)
{
	uint8_t *p = rsp_alloc(c, RULE * (R_LAST - 1));
	size_t i;

	memset(p, 0xFF, RULE * (R_LAST - 1));
	for (i = 0; i < R_LAST - 1; i++) {
		struct bytes rule = unhex(c, rules[i]);

		memcpy(p + i * RULE, rule.p, rule.n);
	}
	return bytes_of(p, RULE * (R_LAST - 1));
}

/* A card of its own with these files in the MF, beside EF.ARR. */
static enum rsp_status
bench_try(struct bench *b, struct rsp_ctx *c, const struct profile_file *files, size_t n)
{
	struct profile_file all[16];
	const struct profile p = {.file = all, .n_files = n + 2};
	enum rsp_status st;

	*b = (struct bench){.c = c};
	memcpy(all, base, sizeof(base));
	memcpy(all + 2, files, n * sizeof(*files));
	all[1].content = rule_file(c);
	assert_status(image_memory(c, &b->image), RSP_OK);
	st = uicc_install(c, image_nvm(b->image), "p/01/", &p);
	if (st != RSP_OK) {
		image_close(b->image);
		return st;
	}
	assert_status(uicc_open(c, image_nvm(b->image), "p/01/", &b->u), RSP_OK);
	return RSP_OK;
}

static void
bench_open(struct bench *b, struct rsp_ctx *c, const struct profile_file *files, size_t n)
{
	assert_status(bench_try(b, c, files, n), RSP_OK);
}

static void
bench_close(struct bench *b)
{
	uicc_close(b->u);
	image_close(b->image);
}

static unsigned
run(struct bench *b, struct bytes command, struct bytes *data)
{
	struct apdu a;
	unsigned sw = 0;

	assert_status(apdu_read(command, &a), RSP_OK);
	if (a.ins == 0xA4 && a.p1 == 4)
		assert_status(uicc_select_aid(b->u, b->c, &a, data, &sw), RSP_OK);
	else
		assert_status(uicc_command(b->u, b->c, &a, data, &sw), RSP_OK);
	return sw;
}

static void
play(struct bench *b, const struct line *lines, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct line *l = &lines[i];
		struct bytes data = BYTES_NONE;
		unsigned sw = run(b, unhex(b->c, l->apdu), &data);
		const char *have = hex_of(b->c, data);

		if (sw != l->sw || (l->data && strcmp(l->data, have) != 0))
			fail_msg("line %zu, %.60s: want %04X %s, have %04X %s", i, l->apdu, l->sw, l->data ? l->data : "", sw, have);
	}
}

#define PLAY(b, lines) play((b), (lines), sizeof(lines) / sizeof((lines)[0]))
#define OPEN(b, c, files) bench_open((b), (c), (files), sizeof(files) / sizeof((files)[0]))
#define SELECT(fid) {"00A4000C02" fid, 0x9000, ""}
#define OCTETS(text) {(const uint8_t *)(text), sizeof(text) - 1}
#define CYCLIC(fid, rule) {.path = {fid}, .depth = 1, .kind = FILE_CYCLIC, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = (rule), .record_size = 2, \
	.size = 4, .descriptor = 0x46, .content = OCTETS("\0\2\0\1")}

/* Access modes that stand together share the condition that follows; the next group has its own. */
static void
rules_of_several_groups(void **state)
{
	static const struct profile_file files[] = {
		CYCLIC(0x2F10, R_GROUPS), CYCLIC(0x2F11, R_SEVERAL), CYCLIC(0x2F12, R_HEADERS), CYCLIC(0x2F13, R_EMPTY_OR),
	};
	static const struct line lines[] = {
		SELECT("2F10"), {"00B2010402", 0x9000, "0002"}, {"8032000001 05", 0x9000, "000705"}, {"00DC000302 0000", 0x6982, ""},
		SELECT("2F11"), {"00B2010402", 0x6982, ""}, {"00DC000302 0009", 0x9000, ""}, {"8032000001 01", 0x9000, "000A01"},
		SELECT("2F12"), {"00B2010402", 0x9000, "0002"}, {"8032000001 05", 0x9000, "000705"}, {"00DC000302 0000", 0x6982, ""},
		SELECT("2F13"), {"00B2010402", 0x6982, ""}, {"00DC000302 0009", 0x9000, ""}, {"8032000001 05", 0x6982, ""},
	};
	struct bench b;

	OPEN(&b, fresh_ctx(state), files);
	PLAY(&b, lines);
	bench_close(&b);
}

/* ---- life cycle ---- */

#define IN_STATE(fid, state, of_kind, more) {.path = {fid}, .depth = 1, .kind = of_kind, .lcsi = (state), .arr_fid = 0x2F06, .arr_record = R_ALWAYS, \
	.record_size = of_kind == FILE_LINEAR || of_kind == FILE_CYCLIC ? 2 : 0, .size = 4, .max_size = 4, .content = OCTETS("\x80\2\1\2"), .special = (more)}

static void
a_terminated_file_is_closed(void **state)
{
	static const struct profile_file files[] = {
		IN_STATE(0x2F10, 0x0C, FILE_TRANSPARENT, 0x40), IN_STATE(0x2F11, 0x0D, FILE_LINEAR, 0), IN_STATE(0x2F12, 0x0E, FILE_CYCLIC, 0),
		IN_STATE(0x2F13, 0x0F, FILE_BERTLV, 0), IN_STATE(0x2F14, 4, FILE_TRANSPARENT, 0x40), IN_STATE(0x2F15, 6, FILE_TRANSPARENT, 0),
		IN_STATE(0x2F16, 3, FILE_TRANSPARENT, 0), IN_STATE(0x2F17, 7, FILE_TRANSPARENT, 0),
		{.path = {0x2F18}, .depth = 1, .kind = FILE_TRANSPARENT, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .size = 4, .link = {0x2F10},
			.link_depth = 1},
	};
	static const struct line lines[] = {
		{"00A4000C022F10", 0x6285, ""}, {"00B0000004", 0x6985, ""}, {"00D6000001AA", 0x6985, ""}, {"0044000000", 0x6985, ""}, {"0004000000", 0x6985, ""},
		{"00A4000C022F11", 0x6285, ""}, {"00B2010402", 0x6985, ""}, {"00DC010402AABB", 0x6985, ""}, {"00A20104010100", 0x6985, ""},
		{"00A4000C022F12", 0x6285, ""}, {"00B2010402", 0x6985, ""}, {"803200000101", 0x6985, ""}, {"00B0000004", 0x6981, ""},
		{"00A4000C022F13", 0x6285, ""}, {"80CB0080018000", 0x6985, ""}, {"80DB00800180", 0x6985, ""},
		{"00A4000C022F14", 0x6283, ""}, {"00B0000004", 0x9000, "80020102"},
		{"00A4000C022F15", 0x6283, ""}, {"00B0000004", 0x6984, ""}, {"0044000000", 0x9000, ""}, {"00B0000004", 0x9000, "80020102"},
		{"0004000000", 0x9000, ""}, {"0004000000", 0x9000, ""}, {"00A4000C022F15", 0x6283, ""},
		SELECT("2F16"), {"0004000000", 0x6985, ""}, {"0044000000", 0x9000, ""}, {"0004000000", 0x9000, ""}, {"00A4000C022F16", 0x6283, ""},
		{"00A4000C022F18", 0x6285, ""}, {"00B0000004", 0x6985, ""},
		SELECT("2F17"), {"0044000000", 0x9000, ""}, {"0004000000", 0x9000, ""}, {"00A4000C022F17", 0x6283, ""},
	};
	struct bench b;

	OPEN(&b, fresh_ctx(state), files);
	PLAY(&b, lines);
	bench_close(&b);
}

/* ---- SEARCH RECORD ---- */

static void
a_search_begins_where_it_is_told_to(void **state)
{
	static const struct profile_file files[] = {
		{.path = {0x2F10}, .depth = 1, .kind = FILE_LINEAR, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .record_size = 2, .size = 8,
			.sfi = 16, .content = OCTETS("\1\1\1\2\2\1\1\3")},
		{.path = {0x2F11}, .depth = 1, .kind = FILE_CYCLIC, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .record_size = 2, .size = 8,
			.content = OCTETS("\1\1\1\2\2\1\1\3")},
	};
	static const struct line lines[] = {
		SELECT("2F10"), {"00A20006030600 01", 0x9000, "01020304"}, {"00B2000402", 0x9000, "0101"},      /* next of none: the first */
		{"00A20006030600 01", 0x9000, "020304"}, {"00A20006030600 01", 0x9000, "0304"}, {"00A20006030600 01", 0x9000, "04"},
		{"00A20006030600 01", 0x6A83, ""}, {"00B2000402", 0x9000, "0103"},
		{"00A20006030700 01", 0x9000, "030201"}, {"00A20006030400 01", 0x9000, "0304"}, {"00A20006030500 01", 0x9000, "030201"},
		{"00A20006030700 02", 0x9000, "02"}, {"00A20006030700 03", 0x6282, ""}, {"00A20006030700 01", 0x9000, "01"},
		{"00A20006030700 01", 0x6A83, ""}, {"00A20206030400 01", 0x9000, "020304"}, {"00A20506030400 01", 0x6A83, ""},
		SELECT("2F10"), {"00A20006030700 01", 0x9000, "04030201"},                                      /* previous of none: the last */
		{"00A20006030C01 03", 0x9000, "04"}, {"00A20086030600 01", 0x9000, "01020304"}, {"00A20006030300 01", 0x6A80, ""},
		SELECT("2F11"), {"00A20006030700 01", 0x9000, "04030201"}, {"00A20006030600 01", 0x9000, "01020304"}, /* a cyclic file goes round */
		{"00A20006030700 01", 0x9000, "04030201"},
	};
	struct bench b;

	OPEN(&b, fresh_ctx(state), files);
	PLAY(&b, lines);
	bench_close(&b);
}

/* ---- lengths ---- */

#define LIST(p, n) {(p), (n)}
#define AID(n) OCTETS("\xA0\0\0\0\x87\x10\2\xFF\xFF\xFF\xFF\x89\0\0\0" n)
#define ADF(fid, name, pins) {.path = {fid}, .depth = 1, .kind = FILE_ADF, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .descriptor = 0x78, \
	.df_name = name, .pin_status = pins}

/* Forty key references have a bitmap of five octets. */
static void
long_lists_and_names_keep_their_place(void **state)
{
	static const uint8_t refs[255] = {1, 0x81};
	static const struct profile_file files[] = {
		ADF(0x7FD0, AID("\1"), LIST(refs, 40)),
		ADF(0x7FD1, AID("\1more"), LIST(refs, 2)),
	};
	static const struct profile_file too_many[] = {ADF(0x7FD0, AID("\1"), LIST(refs, 255))};
	static const struct line lines[] = {{"00A4040C14A0000000871002FFFFFFFF89000000016D6F7265", 0x6A82, ""}};
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes fcp;
	struct tlv t;
	struct bench b;

	OPEN(&b, c, files);
	assert_int_equal(run(&b, unhex(c, "00A4040405A000000087"), &fcp), 0x9000);
	assert_status(tlv_only(fcp, 0x62, &t), RSP_OK);
	assert_true(tlv_all_well_formed(t.value) && tlv_find(t.value, 0xC6, &t));
	assert_true(tlv_all_well_formed(t.value));
	assert_int_equal(t.value.n, 2 + 5 + 40 * 3);
	assert_hex_equal(c, bytes_slice(t.value, 0, 7), "90050000000000");
	PLAY(&b, lines);
	bench_close(&b);
	assert_status(bench_try(&b, c, too_many, 1), RSP_REFUSED);
}

/* A content shorter than its records say is refused where it ends, not read or written past. */
static void
a_short_content_ends_where_it_ends(void **state)
{
	static const struct profile_file files[] = {
		{.path = {0x2F10}, .depth = 1, .kind = FILE_LINEAR, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .record_size = 4, .size = 800,
			.content = OCTETS("\1\2\3\4\5\6")},
		{.path = {0x2F11}, .depth = 1, .kind = FILE_CYCLIC, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_GROUPS, .record_size = 200, .size = 400,
			.content = OCTETS("\1\2\3\4\5\6")},
	};
	static const struct line lines[] = {
		SELECT("2F10"), {"00DC010404AABBCCDD", 0x9000, ""}, {"00DC020404AABBCCDD", 0x6581, ""}, {"00DCC80404AABBCCDD", 0x6581, ""},
		{"00B2010404", 0x9000, "AABBCCDD"}, SELECT("2F11"), {"803200000101", 0x6581, ""},
	};
	struct bench b;

	OPEN(&b, fresh_ctx(state), files);
	PLAY(&b, lines);
	bench_close(&b);
}

/* ---- two cards at once ---- */

/* What was read of one card stays when another is read, in one thread. */
static void
cards_share_no_memory(void **state)
{
	static const struct profile_file one[] = {{.path = {0x2F10}, .depth = 1, .kind = FILE_TRANSPARENT, .lcsi = 5, .arr_fid = 0x2F06,
		.arr_record = R_ALWAYS, .size = 8, .content = OCTETS("\1\1\1\1\1\1\1\1")}};
	static const struct profile_file two[] = {{.path = {0x2F10}, .depth = 1, .kind = FILE_TRANSPARENT, .lcsi = 5, .arr_fid = 0x2F06,
		.arr_record = R_ALWAYS, .size = 8, .content = OCTETS("\2\2\2\2\2\2\2\2")}};
	static const struct fs_path path = {{0x2F10}, 1};
	struct rsp_ctx *c = fresh_ctx(state);
	struct fs_file f, g;
	struct bytes first, second;
	struct bench a, b;

	OPEN(&a, c, one);
	OPEN(&b, c, two);
	assert_true(fs_find(a.u, c, &path, &f) && fs_find(b.u, c, &path, &g));
	first = fs_read(a.u, c, &f);
	second = fs_read(b.u, c, &g);
	assert_hex_equal(c, first, "0101010101010101");
	assert_hex_equal(c, second, "0202020202020202");
	bench_close(&a);
	bench_close(&b);
}

/* ---- objects in blocks ---- */

#define OBJECTS(fid, number) {.path = {0x7FD0, fid}, .depth = 2, .kind = FILE_BERTLV, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .size = 1024, \
	.sfi = (number), .content = OCTETS("")}
static const struct profile_file object_files[] = {
	ADF(0x7FD0, AID("\1"), LIST(NULL, 0)), OBJECTS(0x4F01, 1), OBJECTS(0x4F02, 2),
	{.path = {0x7FD0, 0x4F03}, .depth = 2, .kind = FILE_TRANSPARENT, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .size = 2, .sfi = 3,
		.content = OCTETS("\1\2")},
	{.path = {0x7FD0, 0x4F04}, .depth = 2, .kind = FILE_BERTLV, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .size = 2, .max_size = 8,
		.content = OCTETS("")},
	{.path = {0x7FD0, 0x4F05}, .depth = 2, .kind = FILE_BERTLV, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .link = {0x7FD0, 0x4F04},
		.link_depth = 2},
};
#define SELECT_ADF {"00A4040C10A0000000871002FFFFFFFF8900000001", 0x9000, ""}
#define BEGIN {"80DB0080048004AABB", 0x63F1, ""}
#define GO_ON "80DB000002CCDD"

/* A transfer belongs to the file it began in: whatever selects a file ends it, whatever does not lets it be (TS 102 221 11.3.0). */
static void
a_transfer_stays_in_its_file(void **state)
{
	static const struct line lines[] = {
		SELECT_ADF, SELECT("4F01"), BEGIN, SELECT("4F02"), {GO_ON, 0x6985, ""}, {"80CB0080015C00", 0x9000, "5C00"},
		SELECT("4F01"), BEGIN, {"80DB000202CCDD", 0x6A86, ""}, {GO_ON, 0x9000, ""},                            /* SFI only in a first block */
		BEGIN, SELECT_ADF, {GO_ON, 0x6986, ""}, SELECT("4F01"), {GO_ON, 0x6985, ""},
		BEGIN, {"00A4000C026FFF", 0x6A82, ""}, {"80F2000C", 0x9000, ""}, {"00B0000001", 0x6981, ""}, {GO_ON, 0x9000, ""},
		BEGIN, {"00B0830002", 0x9000, "0102"}, SELECT("4F01"), {GO_ON, 0x6985, ""},
		BEGIN, {"80CB008001 80 00", 0x9000, "8004AABBCCDD"}, {GO_ON, 0x6985, ""},
		BEGIN, {"80CB008001 81 00", 0x6A88, ""}, {GO_ON, 0x9000, ""},
		{"80DB00820483024142", 0x9000, ""}, {"80CB0080015C00", 0x9000, "5C0183"}, {"80CB008101 5C00", 0x9000, "5C0180"},
		{"80DB0082045C024142", 0x6A80, ""}, {"80DB0080025C00", 0x6A80, ""}, {"80DB0080028082", 0x6A80, ""}, {"80DB0080029F81", 0x6A80, ""},
	};
	struct bench b;

	OPEN(&b, fresh_ctx(state), object_files);
	PLAY(&b, lines);
	bench_close(&b);
}

static void
a_link_has_the_room_of_its_file(void **state)
{
	static const struct line lines[] = {
		SELECT_ADF, SELECT("4F05"), {"80DB0080088006AABBCCDDEEFF", 0x9000, ""}, {"80DB008003810100", 0x6A84, ""},
		SELECT("4F04"), {"80CB0080018000", 0x9000, "8006AABBCCDDEEFF"},
	};
	struct bench b;

	OPEN(&b, fresh_ctx(state), object_files);
	PLAY(&b, lines);
	bench_close(&b);
}

/* 80 first, 00 next, 40 the one before again; C0 is nothing. */
static void
blocks_can_be_sent_again(void **state)
{
	static const struct line setting[] = {
		SELECT_ADF, SELECT("4F01"), {"80DB004002CCDD", 0x6985, ""}, {"80DB00C0048004AABB", 0x6A86, ""},
		BEGIN, {"80DB0040048004EEFF", 0x63F1, ""}, {"80DB00000111", 0x63F1, ""}, {"80DB00400122", 0x63F1, ""}, {"80DB0040033344 55", 0x6A80, ""},
		{"80DB00000133", 0x9000, ""}, {"80DB00400144", 0x6985, ""}, {"80CB0080018000", 0x9000, "8004EEFF2233"},
	};
	static const char *const blocks[] = {"80CB00800181", "80CB0000", "80CB0040", "80CB0040", "80CB0000", "80CB0040", "80CB0000", "80CB0040"};
	static const unsigned from[] = {0, 255, 255, 255, 510, 510, 0, 510};
	static const unsigned sws[] = {0x62F1, 0x62F1, 0x62F1, 0x62F1, 0x9000, 0x9000, 0x6985, 0x9000};
	struct rsp_ctx *c = fresh_ctx(state);
	struct buf object = BUF_INIT, command = BUF_INIT;
	struct bytes data, block;
	struct bench b;
	size_t i;

	OPEN(&b, c, object_files);
	PLAY(&b, setting);
	buf_add(&object, unhex(c, "81820258"));
	for (i = 0; i < 600; i++)
		buf_u8(&object, i & 0xFF);
	for (i = 0; i < object.n; i += block.n) {
		block = bytes_slice(buf_bytes(&object), i, 200);
		buf_reset(&command);
		buf_add(&command, unhex(c, i ? "80DB0000" : "80DB0080"));
		buf_u8(&command, (unsigned)block.n);
		buf_add(&command, block);
		assert_int_equal(run(&b, buf_bytes(&command), &data), i + block.n < object.n ? 0x63F1 : 0x9000);
	}
	for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		assert_int_equal(run(&b, unhex(c, blocks[i]), &data), sws[i]);
		if (sws[i] != 0x6985)
			assert_bytes_equal(data, bytes_slice(buf_bytes(&object), from[i], 255));
	}
	buf_free(&object);
	buf_free(&command);
	bench_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_of_several_groups),
		cmocka_unit_test(a_terminated_file_is_closed),
		cmocka_unit_test(a_search_begins_where_it_is_told_to),
		cmocka_unit_test(long_lists_and_names_keep_their_place),
		cmocka_unit_test(a_short_content_ends_where_it_ends),
		cmocka_unit_test(cards_share_no_memory),
		cmocka_unit_test(a_transfer_stays_in_its_file),
		cmocka_unit_test(a_link_has_the_room_of_its_file),
		cmocka_unit_test(blocks_can_be_sent_again),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
