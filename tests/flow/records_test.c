// SPDX-License-Identifier: BSD-2-Clause
/* Files of every kind, from a description to APDUs: records, cyclic files, SEARCH, BER-TLV objects (ETSI TS 102 221 11.1, 11.3). */
#include "support/card.h"


static const char extra[] =
	"[file 7FD0/6FA1]\nkind = linear\nrecord = 4\nsize = 16\naccess = 5\nsfi = 20\ncontent = 0102030411223344AABBCCDD11220000\n"
	"[file 7FD0/6FA2]\nkind = cyclic\nrecord = 3\nsize = 9\naccess = 5\ncontent = 000005000004000003\n"
	"[file 7FD0/6FA3]\nkind = ber-tlv\nsize = 600\naccess = 5\n"
	"[file 7FD0/6FA4]\nkind = transparent\nsize = 300\naccess = 5\nsfi = 21\n";

#define SELECT_USIM {"00A4040C10A0000000871002FF49FFFF8900000100", 0x9000, ""}
#define SELECT(fid) {"00A4000C02" fid, 0x9000, ""}

static void
write_package(struct rsp_ctx *c, const char *folder, const char *name)
{
	const char *description = rsp_sprintf(c, "%s\n%s", profile_builtin_description(), extra);
	struct bytes package;
	FILE *f;

	if (profile_build(c, description, &package) != RSP_OK)
		fail_msg("%s", c->error.text);
	f = fopen(rsp_sprintf(c, "%s/%s.der", folder, name), "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(package.p, 1, package.n, f), package.n);
	assert_int_equal(fclose(f), 0);
}

static void
open_card(struct probe *p, struct rsp_ctx *c)
{
	const struct lab_options o = {.seed = "records", .clock = TEST_NOW, .only_curve = true, .profiles = scratch_dir()};

	write_package(c, scratch_dir(), "records");
	card_open(p, c, &o, "records", NULL);
}

static void
records_of_a_linear_file(void **state)
{
	static const struct line lines[] = {
		SELECT_USIM, SELECT("6FA1"),
		{"00B2010404", 0x9000, "01020304"}, {"00B2040400", 0x6C04, ""}, {"00B2050404", 0x6A83, ""},
		{"00B2000204", 0x9000, "01020304"}, {"00B2000204", 0x9000, "11223344"}, {"00B2000304", 0x9000, "01020304"}, {"00B2000304", 0x6A83, ""},
		{"00B201A404", 0x9000, "01020304"}, {"00B2010104", 0x6A86, ""},
		{"00DC020404FFEEDDCC", 0x9000, ""}, {"00B2020404", 0x9000, "FFEEDDCC"}, {"00DC020403FFEEDD", 0x6700, ""}, {"00DC050404FFEEDDCC", 0x6A83, ""},
		{"00A20104021122", 0x6101, ""}, {"00A2010402112200", 0x9000, "04"}, {"00A201040233AA00", 0x6282, ""}, {"00A20404021122", 0x6101, ""},
		{"00A20405010100", 0x9000, "01"}, {"00A201060404001122 00", 0x9000, "04"}, {"00A2010400", 0x6700, ""}, {"00A2010405010203040500", 0x6A80, ""},
		{"8032000001AA", 0x6981, ""}, {"00B0000001", 0x6981, ""},
	};
	struct rsp_ctx *c = fresh_ctx(state);
	struct probe p;

	open_card(&p, c);
	PLAY(&p, lines);
	probe_close(&p);
}

static void
a_cyclic_file_turns(void **state)
{
	static const struct line lines[] = {
		SELECT_USIM, SELECT("6FA2"), {"00B2010403", 0x9000, "000005"}, {"8032000003000001", 0x6982, ""},      /* no rule lets anybody INCREASE */
		{"00B2020403", 0x9000, "000004"}, {"00B2030403", 0x9000, "000003"},
		{"00DC000303AABBCC", 0x9000, ""}, {"00B2010403", 0x9000, "AABBCC"}, {"00DC010403112233", 0x6A86, ""},
	};
	static const struct line after[] = {SELECT_USIM, SELECT("6FA2"), {"00B2010403", 0x9000, "AABBCC"}, {"00B2020403", 0x9000, "000005"}};
	struct rsp_ctx *c = fresh_ctx(state);
	struct probe p;

	open_card(&p, c);
	PLAY(&p, lines);
	assert_status(lab_card_power(p.lab, p.card), RSP_OK);
	PLAY(&p, after);
	probe_close(&p);
}

static void
objects_of_a_ber_tlv_file(void **state)
{
	static const struct line lines[] = {
		SELECT_USIM, SELECT("6FA3"), {"80CB0080015C00", 0x9000, "5C00"}, {"80CB0080018000", 0x6A88, ""},
		{"80DB0080048002AABB", 0x9000, ""}, {"80CB0080018000", 0x9000, "8002AABB"}, {"80DB0080038101CC", 0x9000, ""}, {"80CB0080015C00", 0x9000, "5C028081"},
		{"80DB0080048004AABB", 0x63F1, ""}, {"80CB0080018000", 0x9000, "8002AABB"}, {"80DB000002CCDD", 0x6985, ""},
		{"80DB0080048004AABB", 0x63F1, ""}, {"80DB000002CCDD", 0x9000, ""}, {"80CB0080018000", 0x9000, "8004AABBCCDD"},
		{"80DB000001CC", 0x6985, ""}, {"80DB008003820300", 0x63F1, ""}, {"80DB008001 81", 0x9000, ""}, {"80CB0080018100", 0x6A88, ""},
		{"80DB000002CCDD", 0x6985, ""}, {"80DB008004 83820400", 0x6A84, ""}, {"80CB0080018000", 0x9000, "8004AABBCCDD"}, {"80CB000000", 0x6985, NULL},
		{"00B0000001", 0x6981, ""}, {"80CB008000", 0x6A80, NULL},
	};
	struct rsp_ctx *c = fresh_ctx(state);
	struct probe p;

	open_card(&p, c);
	PLAY(&p, lines);
	probe_close(&p);
}

static void
a_long_binary_file(void **state)
{
	static const struct line lines[] = {
		SELECT_USIM, SELECT("6FA4"), {"00D601280401020304", 0x9000, ""}, {"00B0012804", 0x9000, "01020304"}, {"00D601290401020304", 0x6700, ""},
		{"00B0012900", 0x6C03, ""}, {"00B0012C01", 0x6B00, ""}, {"00D6950002AABB", 0x9000, ""}, {"00B0950002", 0x9000, "AABB"},
		{"0004000000", 0x6982, NULL},
	};
	struct rsp_ctx *c = fresh_ctx(state);
	struct probe p;

	open_card(&p, c);
	PLAY(&p, lines);
	probe_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_of_a_linear_file),
		cmocka_unit_test(a_cyclic_file_turns),
		cmocka_unit_test(objects_of_a_ber_tlv_file),
		cmocka_unit_test(a_long_binary_file),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
