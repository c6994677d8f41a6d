// SPDX-License-Identifier: BSD-2-Clause
/*
 * AUTHENTICATE with every algorithm and in every context (3GPP TS 31.102 7.1, TS 31.103 7.1), sequence numbers (TS 33.102 Annex C), and GET IDENTITY
 * (TS 31.102 7.5), on a UICC of its own.
 */
#include "support/bench.h"

#include "base/hex.h"
#include "crypto/crypto.h"
#include "crypto/tuak.h"

#define UST 0x6F38
enum { FILES = 10 };

/* A USIM and an ISIM; services 27 and 38 as the test says (octets 4 and 5 of EF.UST), 124 and 125 in octet 16. */
static void
make_files(struct profile_file f[FILES], const char *ust)
{
	const struct profile_file usim = {BENCH_DF(FILE_ADF, 0x7FD0, R_ALWAYS), .df_name = OCTETS(USIM_AID), .pin_status = OCTETS("\x81\x01\x0A")};
	const struct profile_file isim = {BENCH_DF(FILE_ADF, 0x7FB0, R_ALWAYS), .df_name = OCTETS(ISIM_AID), .pin_status = OCTETS("\x01\x0A")};
	const struct profile_file ef = {.depth = 2, .kind = FILE_TRANSPARENT, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_NEVER};
	const struct profile_file df = {.depth = 2, .kind = FILE_DF, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = R_ALWAYS, .pin_status = OCTETS("\x01")};
	static const struct { uint16_t path[3]; struct bytes content; } efs[] = {
		{{0x7FD0, UST}, BYTES_NONE}, {{0x7FD0, 0x6F07}, OCTETS("\x08\x29\x47\x10\x02\x10\x00\x02\x68")}, {{0x7FD0, 0x6FAD}, OCTETS("\0\0\0\3")},
		{{0x7FD0, 0x5FD0, 0x4F01}, BYTES_NONE}, {{0x7FD0, 0x5FC0, 0x4F09}, OCTETS("\x80\x1A" "verylongusername1@3gpp.com")},
		{{0x7FD0, 0x5FC0, 0x4F0A}, OCTETS("\x76\xF8\xFF\xFF")},
	};
	size_t i;

	f[0] = usim;
	f[1] = isim;
	f[2] = f[3] = df;
	f[2].path[0] = f[3].path[0] = 0x7FD0;
	f[2].path[1] = 0x5FD0;
	f[3].path[1] = 0x5FC0;
	for (i = 0; i < FILES - 4; i++) {
		f[4 + i] = ef;
		memcpy(f[4 + i].path, efs[i].path, sizeof(efs[i].path));
		f[4 + i].depth = efs[i].path[2] ? 3 : 2;
		f[4 + i].content = efs[i].content;
	}
	f[4].content = bytes_of(ust, 17);
	f[7].content = bytes_of("\xFF\xFF", 2);
	for (i = 4; i < FILES; i++)
		f[i].size = f[i].content.n;
}

static const char no_services[17], gsm_services[17] = {[3] = 1 << 2, [4] = 1 << 5}, suci_services[17] = {[15] = 3 << 3}, nai_services[17] = {[15] = 3 << 3, [16] = 1 << 1};

static struct profile_aka
milenage_aka(uint16_t adf, struct bytes key, struct bytes opc)
{
	struct profile_aka a = {.adf = adf, .algorithm = AKA_MILENAGE, .key = key, .opc = opc, .rotation = {64, 0, 32, 64, 96}, .keccak_iterations = 1,
		.sqn_options = 2, .sqn_delta = {0, 0, 0x10}, .sqn_age_limit = {0, 0, 0x10}};
	uint8_t i;

	for (i = 1; i < 5; i++)
		a.xoring[i][15] = (uint8_t)(1u << (i - 1));
	return a;
}

static void
open_bench(struct bench *b, struct rsp_ctx *c, const char *ust, const struct profile_aka *aka, size_t n, struct bytes calc_info)
{
	struct profile_file files[FILES];
	struct profile_aka akas[2];
	struct profile p = {.file = files, .n_files = FILES, .aka = akas, .n_akas = n};

	make_files(files, ust);
	if (n)
		memcpy(akas, aka, n * sizeof(*aka));
	if (calc_info.p) {
		files[7].content = calc_info;
		files[7].size = calc_info.n;
	}
	bench_open(b, c, &p);
}

static unsigned
authenticate(struct bench *b, unsigned context, struct bytes rand, struct bytes autn, struct bytes *data)
{
	struct buf command = BUF_INIT;
	unsigned sw;

	buf_add(&command, unhex(b->c, "008800"));
	buf_u8(&command, context);
	buf_u8(&command, (unsigned)(1 + rand.n + (autn.p ? 1 + autn.n : 0)));
	buf_u8(&command, (unsigned)rand.n);
	buf_add(&command, rand);
	if (autn.p) {
		buf_u8(&command, (unsigned)autn.n);
		buf_add(&command, autn);
	}
	sw = bench_run(b, buf_bytes(&command), data);
	buf_free(&command);
	return sw;
}

static const struct bench_line usim[] = {VERIFY_PIN1, SELECT_USIM}, isim[] = {SELECT_ISIM};

/* ---- Milenage: the sets of TS 35.208 in the 3G context, of TS 55.205 in the GSM context ---- */

static void
milenage_row(struct rsp_ctx *c, char **cell, size_t n, void *arg)
{
	struct profile_aka aka = milenage_aka(0x7FD0, unhex(c, cell[1]), unhex(c, cell[6]));
	struct bytes data, autn;
	struct bench b;

	(void)arg;
	assert_int_equal(n, 14);
	aka.sqn_options = 0;
	open_bench(&b, c, gsm_services, &aka, 1, BYTES_NONE);
	BENCH_PLAY(&b, usim);
	autn = unhex(c, cell[3]);
	{
		uint8_t *a = rsp_alloc(c, 16);
		struct bytes ak = unhex(c, cell[12]);
		size_t i;

		for (i = 0; i < 6; i++)
			a[i] = autn.p[i] ^ ak.p[i];
		memcpy(a + 6, unhex(c, cell[4]).p, 2);
		memcpy(a + 8, unhex(c, cell[7]).p, 8);
		autn = bytes_of(a, 16);
	}
	assert_int_equal(authenticate(&b, 0x81, unhex(c, cell[2]), autn, &data), 0x9000);
	assert_hex_equal(c, bytes_slice(data, 0, 45), rsp_sprintf(c, "db08%s10%s10%s08", cell[9], cell[10], cell[11]));
	assert_int_equal(data.n, 44 + 9);
	/* The same AUTN again is too old. */
	assert_int_equal(authenticate(&b, 0x81, unhex(c, cell[2]), autn, &data), 0x9000);
	assert_int_equal(data.p[0], 0xDC);
	bench_close(&b);
}

static void
gsm_row(struct rsp_ctx *c, char **cell, size_t n, void *arg)
{
	struct profile_aka aka = milenage_aka(0x7FD0, unhex(c, cell[1]), unhex(c, cell[3]));
	struct bytes data;
	struct bench b;

	(void)arg;
	assert_int_equal(n, 7);
	open_bench(&b, c, gsm_services, &aka, 1, BYTES_NONE);
	BENCH_PLAY(&b, usim);
	assert_int_equal(authenticate(&b, 0x80, unhex(c, cell[2]), BYTES_NONE, &data), 0x9000);
	assert_hex_equal(c, data, rsp_sprintf(c, "04%s08%s", cell[4], cell[6]));
	bench_close(&b);
}

static uint64_t
number(struct bytes sqn)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < sqn.n; i++)
		v = v << 8 | sqn.p[i];
	return v;
}

static void
set_seq(struct profile_aka *a, uint64_t sqn)
{
	size_t i;

	for (i = 0; i < 6; i++)
		a->sqn_init[sqn & 31][i] = (uint8_t)(sqn >> 5 >> (40 - 8 * i));
}

/* AUTN as a network makes it; and AUTS of a card that has accepted SQN_MS, and this SQN's SEQ already under its IND. */
static void
aka_row(struct rsp_ctx *c, char **cell, size_t n, void *arg)
{
	struct profile_aka aka = milenage_aka(0x7FD0, unhex(c, cell[1]), unhex(c, cell[2]));
	struct bytes data;
	struct bench b;

	(void)arg;
	assert_int_equal(n, 13);
	aka.sqn_options = 0;
	open_bench(&b, c, gsm_services, &aka, 1, BYTES_NONE);
	BENCH_PLAY(&b, usim);
	assert_int_equal(authenticate(&b, 0x81, unhex(c, cell[3]), unhex(c, cell[6]), &data), 0x9000);
	assert_hex_equal(c, data, rsp_sprintf(c, "db08%s10%s10%s08%s", cell[7], cell[8], cell[9], cell[10]));
	bench_close(&b);
	set_seq(&aka, number(unhex(c, cell[4])));
	set_seq(&aka, number(unhex(c, cell[11])));
	open_bench(&b, c, gsm_services, &aka, 1, BYTES_NONE);
	BENCH_PLAY(&b, usim);
	assert_int_equal(authenticate(&b, 0x81, unhex(c, cell[3]), unhex(c, cell[6]), &data), 0x9000);
	assert_hex_equal(c, data, rsp_sprintf(c, "dc0e%s", cell[12]));
	bench_close(&b);
}

static void
milenage_answers_its_test_sets(void **state)
{
	for_each_kat(fresh_ctx(state), "milenage.tsv", milenage_row, NULL);
	assert_int_equal(for_each_kat(fresh_ctx(state), "milenage-aka.tsv", aka_row, NULL), 20);
	assert_int_equal(for_each_kat(fresh_ctx(state), "milenage-gsm.tsv", gsm_row, NULL), 19);
}

/* ---- TUAK: sets whose lengths fit an AUTN and an answer of 128-bit keys ---- */

static void
tuak_row(struct rsp_ctx *c, char **cell, size_t n, void *arg)
{
	static const struct { const char *bits; uint8_t options; } res[] = {{"32", 0}, {"64", 1}, {"128", 2}}, *row;
	struct bytes key = unhex(c, cell[1]), sqn = unhex(c, cell[3]), amf = unhex(c, cell[4]), data;
	struct profile_aka aka = milenage_aka(0x7FD0, key, unhex(c, cell[11]));
	struct tuak t = {.k_n = key.n, .mac_n = 8, .ck_n = 16, .ik_n = 16, .iterations = (unsigned)atoi(cell[6])};
	struct tuak_out o;
	uint8_t autn[16];
	struct bench b;
	size_t i;

	(void)arg;
	(void)n;
	memcpy(t.k, key.p, key.n);
	memcpy(t.topc, aka.opc.p, 32);
	aka.algorithm = AKA_TUAK;
	aka.keccak_iterations = t.iterations;
	aka.sqn_options = 0;
	FOR_EACH_ROW(res, row) {
		aka.options = row->options;
		t.res_n = (size_t)atoi(row->bits) / 8;
		assert_true(tuak_all(&t, unhex(c, cell[2]).p, sqn.p, amf.p, &o));
		open_bench(&b, c, gsm_services, &aka, 1, BYTES_NONE);
		BENCH_PLAY(&b, usim);
		for (i = 0; i < 6; i++)
			autn[i] = sqn.p[i] ^ o.ak[i];
		memcpy(autn + 6, amf.p, 2);
		memcpy(autn + 8, o.mac_a, 8);
		assert_int_equal(authenticate(&b, 0x81, unhex(c, cell[2]), BYTES_OF(autn), &data), 0x9000);
		assert_int_equal(data.p[0], 0xDB);
		assert_int_equal(data.p[1], t.res_n);
		assert_bytes_equal(bytes_slice(data, 2, t.res_n), bytes_of(o.res, t.res_n));
		assert_bytes_equal(bytes_slice(data, 3 + t.res_n, 16), bytes_of(o.ck, 16));
		assert_bytes_equal(bytes_slice(data, 20 + t.res_n, 16), bytes_of(o.ik, 16));
		if (strcmp(cell[8], row->bits) == 0 && strcmp(cell[9], "128") == 0 && strcmp(cell[10], "128") == 0) {
			assert_hex_equal(c, bytes_slice(data, 2, t.res_n), cell[14]);
			assert_hex_equal(c, bytes_slice(data, 3 + t.res_n, 16), cell[15]);
			(*(unsigned *)arg)++;
		}
		/* Again: AUTS with the number kept, MAC-S with AMF 0000. */
		assert_int_equal(authenticate(&b, 0x81, unhex(c, cell[2]), BYTES_OF(autn), &data), 0x9000);
		assert_int_equal(data.p[0], 0xDC);
		assert_true(tuak_all(&t, unhex(c, cell[2]).p, sqn.p, (const uint8_t *)"\0", &o));
		for (i = 0; i < 6; i++)
			assert_int_equal(data.p[2 + i] ^ o.ak_star[i], sqn.p[i]);
		assert_bytes_equal(bytes_from(data, 8), bytes_of(o.mac_s, 8));
		bench_close(&b);
	}
}

static void
tuak_answers_its_test_sets(void **state)
{
	unsigned published = 0;

	for_each_kat(fresh_ctx(state), "tuak.tsv", tuak_row, &published);
	assert_int_equal(published, 3);
}

/* ---- contexts, conditions, refusals ---- */

#define RAND "23553CBE9637A89D218AE64DAE47BF35"
#define KEY OCTETS("\0\1\2\3\4\5\6\7\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F")

static void
contexts_and_their_conditions(void **state)
{
	static const struct bench_line lines[] = {
		{"0088008122" "10" RAND "10" RAND, 0x6985, ""}, {"0088008111" "10" RAND, 0x6985, ""}, {"00880080", 0x6985, ""},              /* no application */
		SELECT_USIM, {"0088008011" "10" RAND, 0x6982, ""}, VERIFY_PIN1,
		{"0088018011" "10" RAND, 0x6A86, ""}, {"0088000011" "10" RAND, 0x6A86, ""}, {"0088008311" "10" RAND, 0x6A86, ""}, {"0088008611" "10" RAND, 0x6A86, ""},
		{"0088008211" "10" RAND, 0x9864, ""}, {"0088008411" "10" RAND, 0x9864, ""}, {"0088008511" "10" RAND, 0x9864, ""},
		{"0088008111" "10" RAND, 0x6700, ""}, {"0088008010" "0F" "23553CBE9637A89D218AE64DAE47BF", 0x6700, ""}, {"0088008011" "0F" RAND, 0x6A80, ""},
		{"0088008122" "10" RAND "0F" RAND, 0x6A80, ""}, {"00880080", 0x6700, ""}, {"8088008011" "10" RAND, 0x6E00, ""}, {"0089008011" "10" RAND, 0x6D00, ""},
		{"0088008011" "10" RAND, 0x9000, NULL}, {"0088008122" "10" RAND "10" RAND, 0x9862, ""},
		SELECT_ISIM, {"0088008011" "10" RAND, 0x6A86, ""}, {"0088008211" "10" RAND, 0x6A86, ""}, {"0088008111" "10" RAND, 0x6700, ""},
		{"0088008122" "10" RAND "10" RAND, 0x9862, ""},
	};
	static const struct bench_line without[] = {VERIFY_PIN1, SELECT_USIM, {"0088008011" "10" RAND, 0x9864, ""}, {"0088008122" "10" RAND "10" RAND, 0x9862, ""},
		SELECT_ISIM, {"0088008122" "10" RAND "10" RAND, 0x6985, ""}};
	struct rsp_ctx *c = fresh_ctx(state);
	static const struct bytes key = KEY;
	const struct profile_aka akas[] = {milenage_aka(0x7FD0, key, key), milenage_aka(0x7FB0, key, key)};
	struct bench b;

	open_bench(&b, c, gsm_services, akas, 2, BYTES_NONE);
	BENCH_PLAY(&b, lines);
	bench_close(&b);
	c = fresh_ctx(state);
	open_bench(&b, c, no_services, akas, 1, BYTES_NONE);
	BENCH_PLAY(&b, without);
	bench_close(&b);
}

/* The 3GPP test algorithm: XDOUT = K xor RAND, and all from it (TS 34.108 8.1.2). SQN as wanted, AMF 0000 or FFFF. */
static unsigned
test_algorithm(struct bench *b, uint64_t sqn, unsigned amf, struct bytes *data)
{
	uint8_t rand[16] = {9, 8, 7}, x[16], autn[16];
	size_t i;

	for (i = 0; i < 16; i++)
		x[i] = (uint8_t)(rand[i] ^ i);
	for (i = 0; i < 6; i++) {
		uint8_t octet = (uint8_t)(sqn >> (40 - 8 * i));

		autn[i] = octet ^ x[3 + i];
		autn[8 + i] = x[i] ^ octet;
	}
	autn[6] = autn[7] = (uint8_t)amf;
	autn[14] = x[6] ^ autn[6];
	autn[15] = x[7] ^ autn[7];
	return authenticate(b, 0x81, BYTES_OF(rand), BYTES_OF(autn), data);
}

static void
isim_answers_without_kc(void **state)
{
	static const struct bytes key = KEY;
	struct rsp_ctx *c = fresh_ctx(state);
	struct profile_aka aka = milenage_aka(0x7FB0, key, key);
	struct bytes data;
	struct bench b;

	aka.algorithm = AKA_TEST;
	aka.options = 2;
	open_bench(&b, c, gsm_services, &aka, 1, BYTES_NONE);
	BENCH_PLAY(&b, usim);
	BENCH_PLAY(&b, isim);
	assert_int_equal(test_algorithm(&b, 32, 0, &data), 0x9000);
	assert_int_equal(data.n, 1 + 17 + 17 + 17);
	assert_int_equal(test_algorithm(&b, 64, 0xFF, &data), 0x9000);
	assert_int_equal(data.p[0], 0xDC);
	bench_close(&b);
}

/* authCounterMax: three runs, whatever they come to; not given back by a reset. */
static void
a_counter_ends_authentication(void **state)
{
	static const struct bytes key = KEY;
	struct rsp_ctx *c = fresh_ctx(state);
	struct profile_aka aka = milenage_aka(0x7FD0, key, key);
	struct bytes data;
	struct bench b;

	aka.algorithm = AKA_TEST;
	aka.auth_counter_max = 3;
	open_bench(&b, c, gsm_services, &aka, 1, BYTES_NONE);
	BENCH_PLAY(&b, usim);
	assert_int_equal(test_algorithm(&b, 32, 0, &data), 0x9000);
	BENCH_PLAY(&b, ((const struct bench_line[]){{"0088008122" "10" RAND "10" RAND, 0x9862, ""}, {"0088008111" "10" RAND, 0x6700, ""}}));
	uicc_reset(b.u);
	BENCH_PLAY(&b, usim);
	assert_int_equal(test_algorithm(&b, 64, 0, &data), 0x9000);
	assert_int_equal(test_algorithm(&b, 96, 0, &data), 0x6985);
	BENCH_PLAY(&b, ((const struct bench_line[]){{"0088008011" "10" RAND, 0x6985, ""}}));
	bench_close(&b);
}

/* ---- sequence numbers ---- */

/* TUAK, since the test algorithm looks at no SQN. */
static unsigned
with_sqn(struct bench *b, uint64_t seq, unsigned ind, uint64_t *sqn_ms)
{
	struct tuak t = {.k_n = 16, .mac_n = 8, .res_n = 8, .ck_n = 16, .ik_n = 16, .iterations = 1};
	uint8_t rand[16] = {1}, sqn[6], autn[16] = {0};
	uint64_t v = seq << 5 | ind;
	struct tuak_out o;
	struct bytes data;
	unsigned sw;
	size_t i;

	memcpy(t.k, "\0\1\2\3\4\5\6\7\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F", 16);
	for (i = 0; i < 6; i++)
		sqn[i] = (uint8_t)(v >> (40 - 8 * i));
	assert_true(tuak_all(&t, rand, sqn, autn + 6, &o));
	for (i = 0; i < 6; i++)
		autn[i] = sqn[i] ^ o.ak[i];
	memcpy(autn + 8, o.mac_a, 8);
	sw = authenticate(b, 0x81, BYTES_OF(rand), BYTES_OF(autn), &data);
	assert_int_equal(sw, 0x9000);
	*sqn_ms = 0;
	for (i = 0; data.p[0] == 0xDC && i < 6; i++)
		*sqn_ms = *sqn_ms << 8 | (data.p[2 + i] ^ o.ak_star[i]);
	return data.p[0];
}

static void
sequence_numbers_by_index(void **state)
{
	static const uint8_t zero[32];
	static const struct { uint64_t seq; unsigned ind, want; uint64_t sqn_ms; } rows[] = {
		{10, 0, 0xDB, 0}, {10, 0, 0xDC, 10 << 5}, {10, 1, 0xDB, 0}, {9, 2, 0xDB, 0}, {9, 0, 0xDC, 10 << 5 | 1}, {11, 0, 0xDB, 0}, {30, 31, 0xDB, 0},
		{29, 31, 0xDC, 30 << 5 | 31}, {0, 5, 0xDC, 30 << 5 | 31},
		{130, 3, 0xDB, 0}, {231, 4, 0xDC, 130 << 5 | 3},                  /* no further than delta ahead */
		{230, 4, 0xDB, 0}, {179, 6, 0xDC, 230 << 5 | 4}, {180, 6, 0xDB, 0},   /* no older than the age limit */
		{231, 4, 0xDB, 0},
	}, *row;
	static const struct bytes key = KEY;
	struct rsp_ctx *c = fresh_ctx(state);
	struct profile_aka aka = milenage_aka(0x7FD0, key, BYTES_OF(zero));
	uint64_t sqn_ms;
	struct bench b;

	aka.algorithm = AKA_TUAK;
	aka.options = 1;
	aka.sqn_options = 6;
	memcpy(aka.sqn_delta, "\0\0\0\0\0\x64", 6);
	memcpy(aka.sqn_age_limit, "\0\0\0\0\0\x32", 6);
	open_bench(&b, c, no_services, &aka, 1, BYTES_NONE);
	BENCH_PLAY(&b, usim);
	FOR_EACH_ROW(rows, row) {
		unsigned have = with_sqn(&b, row->seq, row->ind, &sqn_ms);

		if (have != row->want || sqn_ms != row->sqn_ms)
			fail_msg("SEQ %u IND %u: have %02X, SQN_MS %u/%u", (unsigned)row->seq, row->ind, have, (unsigned)(sqn_ms >> 5), (unsigned)(sqn_ms & 31));
		uicc_reset(b.u);
		BENCH_PLAY(&b, usim);
	}
	bench_close(&b);
}

/* ---- GET IDENTITY ---- */

#define IDENTITY "8078000100"
#define INFO_A "A002" "0101" "A125" "80011B" "8120" "5A8D38864820197C3394B92613B20B91633CBD897119273BF8E4A6F4EEC0A650"
#define INFO_B "A006" "020101020000" "A14B" "80011B" "8121" "0272DA71976234CE833A6907425867B82E074D44EF907DFB4B3E21C1C2256EBCD1" \
	"80011E" "8120" "5A8D38864820197C3394B92613B20B91633CBD897119273BF8E4A6F4EEC0A650"
/* 274 012, routing indicator 678, scheme, key. */
#define HEAD "01" "722410" "76F8"

static void
identity_is_concealed(void **state)
{
	static const struct { const char *info, *head; size_t n; } rows[] = {
		{INFO_A, "A135" HEAD "011B", 32 + 5 + 8}, {INFO_B, "A136" HEAD "021B", 33 + 5 + 8}, {"A0020000" "FFFF", "A10D" HEAD "0000" "00012080F6", 0},
		{"FFFFFFFF", "A10D" HEAD "0000" "00012080F6", 0}, {"A0020102" INFO_A, "A10D" HEAD "0000" "00012080F6", 0},      /* a key that is not there */
		{"A0020301", "A10D" HEAD "0000" "00012080F6", 0}, {"A0040301" "0000", "A10D" HEAD "0000" "00012080F6", 0},
	}, *row;
	struct bytes first, second;
	const char *command;
	struct bench b;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		size_t head = strlen(row->head) / 2;

		open_bench(&b, c, suci_services, NULL, 0, unhex(c, row->info));
		BENCH_PLAY(&b, usim);
		assert_int_equal(bench_run(&b, unhex(c, IDENTITY), &first), 0x6C00 | (head + row->n));
		assert_int_equal(first.n, 0);
		command = rsp_sprintf(c, "80780001%02X", (unsigned)(head + row->n));
		assert_int_equal(bench_run(&b, unhex(c, command), &first), 0x9000);
		assert_hex_equal(c, bytes_slice(first, 0, head), row->head);
		assert_int_equal(first.n, head + row->n);
		assert_int_equal(bench_run(&b, unhex(c, command), &second), 0x9000);
		assert_int_equal(bytes_equal(first, second), row->n == 0);
		bench_close(&b);
	}
}

/* Of an identifier that is no IMSI (TS 23.003 28.7.3). */
static void
identity_as_an_access_identifier(void **state)
{
	static const struct { const char *info, *head; size_t n; } rows[] = {
		{INFO_A, "type1.rid678.schid1.hnkey27.ecckey", 64 + 4 + 34 + 4 + 16 + 9}, {INFO_B, "type1.rid678.schid2.hnkey27.ecckey", 66 + 4 + 34 + 4 + 16 + 9},
		{"A0020000", "type1.rid678.schid0.useridverylongusername1@3gpp.com", 0},
	}, *row;
	struct bytes data;
	struct bench b;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		size_t n = strlen(row->head) + row->n, whole = 1 + n + (1 + n > 127 ? 3 : 2);

		open_bench(&b, c, nai_services, NULL, 0, unhex(c, row->info));
		BENCH_PLAY(&b, usim);
		assert_int_equal(bench_run(&b, unhex(c, IDENTITY), &data), 0x6C00 | whole);
		assert_int_equal(bench_run(&b, unhex(c, rsp_sprintf(c, "80780001%02X", (unsigned)whole)), &data), 0x9000);
		assert_int_equal(data.p[whole - n - 1], 0x11);
		assert_bytes_equal(bytes_slice(data, whole - n, strlen(row->head)), bytes_of_str(row->head));
		assert_bytes_equal(bytes_from(data, whole - 9), bytes_of_str("@3gpp.com"));
		bench_close(&b);
	}
}

static void
identity_is_refused(void **state)
{
	static const struct bench_line lines[] = {
		{IDENTITY, 0x6985, ""}, SELECT_USIM, {IDENTITY, 0x6982, ""}, VERIFY_PIN1, {"8078010100", 0x6A86, ""}, {"8078000000", 0x6A86, ""},
		{"8078000200", 0x6A86, ""}, {"0078000100", 0x6E00, ""}, {"8078000101AA", 0x6700, ""}, {IDENTITY, 0x6C0F, ""}, SELECT_ISIM, {IDENTITY, 0x6985, ""},
	};
	static const struct bench_line off[] = {VERIFY_PIN1, SELECT_USIM, {IDENTITY, 0x6985, ""}};
	static const struct bench_line bad_key[] = {VERIFY_PIN1, SELECT_USIM, {IDENTITY, 0x6985, ""}};
	struct rsp_ctx *c = fresh_ctx(state);
	struct bench b;

	open_bench(&b, c, suci_services, NULL, 0, BYTES_NONE);
	BENCH_PLAY(&b, lines);
	bench_close(&b);
	open_bench(&b, c = fresh_ctx(state), gsm_services, NULL, 0, BYTES_NONE);
	BENCH_PLAY(&b, off);
	bench_close(&b);
	c = fresh_ctx(state);
	open_bench(&b, c, suci_services, NULL, 0, unhex(c, "A0020201A108" "80011B" "81030272DA"));
	BENCH_PLAY(&b, bad_key);
	bench_close(&b);
}

/* ---- the universal PIN ---- */

static void
the_universal_pin_stands_in(void **state)
{
	static const struct bench_line lines[] = {
		SELECT_USIM, {IDENTITY, 0x6982, ""}, {"0026910208" "30303030FFFFFFFF", 0x6A88, ""}, {"0026900108" "30303030FFFFFFFF", 0x6A86, ""},
		{"0026110108" "30303030FFFFFFFF", 0x6A86, ""}, {"0028910108" "30303030FFFFFFFF", 0x6A86, ""}, {"0026911108" "31313131FFFFFFFF", 0x6A86, ""},
		{"0026910108" "39393939FFFFFFFF", 0x63C2, ""}, {"0026910108" "30303030FFFFFFFF", 0x9000, ""}, {IDENTITY, 0x6982, ""},
		{"0026910108" "30303030FFFFFFFF", 0x6985, ""}, {"0026000108" "30303030FFFFFFFF", 0x6985, ""}, {"0020000108" "30303030FFFFFFFF", 0x6984, ""},
		{"0020001108" "31313131FFFFFFFF", 0x9000, ""}, {IDENTITY, 0x6C0F, ""}, {"0028000108" "30303030FFFFFFFF", 0x9000, ""}, {IDENTITY, 0x6C0F, ""},
		/* the universal PIN off: nothing stands in */
		{"0026001108" "31313131FFFFFFFF", 0x9000, ""}, {"0026910108" "30303030FFFFFFFF", 0x6985, ""}, {"0026000108" "30303030FFFFFFFF", 0x9000, ""},
		{IDENTITY, 0x6C0F, ""},
	};
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes fcp;
	struct bench b;

	open_bench(&b, c, suci_services, NULL, 0, BYTES_NONE);
	BENCH_PLAY(&b, lines);
	bench_close(&b);
	open_bench(&b, c = fresh_ctx(state), suci_services, NULL, 0, BYTES_NONE);
	assert_int_equal(bench_run(&b, unhex(c, "80F2000000"), &fcp) >> 8, 0x6C);
	assert_int_equal(bench_run(&b, unhex(c, "00A40004023F00"), &fcp), 0x9000);
	assert_hex_equal(c, bytes_from(fcp, fcp.n - 17), "C60F" "9001E0" "830101" "950100" "830111" "83010A");
	BENCH_PLAY(&b, ((const struct bench_line[]){{"0026910108" "30303030FFFFFFFF", 0x9000, ""}}));
	assert_int_equal(bench_run(&b, unhex(c, "00A40004023F00"), &fcp), 0x9000);
	assert_hex_equal(c, bytes_from(fcp, fcp.n - 17), "C60F" "900160" "830101" "950108" "830111" "83010A");
	bench_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(milenage_answers_its_test_sets),
		cmocka_unit_test(tuak_answers_its_test_sets),
		cmocka_unit_test(contexts_and_their_conditions),
		cmocka_unit_test(isim_answers_without_kc),
		cmocka_unit_test(a_counter_ends_authentication),
		cmocka_unit_test(sequence_numbers_by_index),
		cmocka_unit_test(identity_is_concealed),
		cmocka_unit_test(identity_as_an_access_identifier),
		cmocka_unit_test(identity_is_refused),
		cmocka_unit_test(the_universal_pin_stands_in),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
