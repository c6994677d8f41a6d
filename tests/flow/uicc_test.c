// SPDX-License-Identifier: BSD-2-Clause
/* The card under the profile (ETSI TS 102 221, 3GPP TS 31.102): what a terminal sees of it, by status word. */
#include "support/card.h"

#include "apdu/apdu.h"
#include "base/hex.h"
#include "crypto/aka.h"

/* A card with the project's own profile; the order's package in c. */
static void
open_card(struct probe *p, struct rsp_ctx *c, const char *seed, struct bytes *package)
{
	const struct lab_options o = {.seed = seed, .clock = TEST_NOW, .only_curve = true};

	card_open(p, c, &o, NULL, package);
}

#define USIM "00A4040410A0000000871002FF49FFFF8900000100"
#define PIN_0000 "30303030FFFFFFFF"
#define PIN_1111 "31313131FFFFFFFF"
#define PUK_WRONG "3939393939393939"

static void
selecting_and_reading(void **state)
{
	static const struct line lines[] = {
		{"00A4000C023F00", 0x9000, ""}, {"00A4000C022FE2", 0x9000, ""}, {"00B000000B", 0x6C0A, ""}, {"00B0000A01", 0x6B00, ""},
		{"00B0000001", 0x9000, "98"}, {"00B0000101", 0x9000, NULL}, {"00B0880001", 0x9000, "FF"}, {"00B09E0001", 0x6981, ""},
		{"00B2010400", 0x6981, ""}, {"00D6000001AA", 0x6982, ""}, {"00A4000C026FFF", 0x6A82, ""}, {"00A4000C022F", 0x6700, ""},
		{"00A4000C012F", 0x6A87, ""},
		{"00A4000C022F00", 0x9000, ""}, {"00B2000400", 0x6A83, ""}, {"00B2FF0400", 0x6A83, ""},
		{USIM "00", 0x9000, NULL}, {USIM, 0x613C, ""}, {"00C000003C", 0x9000, NULL}, {"00C000003C", 0x6985, ""}, {"00A4000C026F07", 0x9000, ""}, {"00B0000009", 0x9000, NULL},
		{"00A4090C047FFF6F07", 0x6A82, ""}, {"00A4080C047FFF6F07", 0x9000, ""}, {"00A40404 05 A000000999", 0x6A82, ""},
		{"00A4060C023F00", 0x6A86, ""}, {"FFFFFFFF", 0x6E00, ""}, {"00FF0000", 0x6D00, ""},
	};
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes package;
	struct probe p;

	open_card(&p, c, "select", &package);
	PLAY(&p, lines);
	probe_close(&p);
}

/* Every channel has GET RESPONSE in its own class, and none in another's; a refused SELECT leaves the application selected. */
static void
channels_answer_and_keep_their_application(void **state)
{
	static const struct line lines[] = {
		{"00700009", 0x9000, ""}, {"00700002", 0x9000, ""},
		{"45A40404023F00", 0x6A82, ""}, {"45A40004022FE2", 0x6118, ""}, {"45C0000018", 0x9000, NULL}, {"45A40004022FE2", 0x6118, ""}, {"00C0000018", 0x6985, ""},
		{"45A40004022FE2", 0x6118, ""}, {"65C0000018", 0x6882, ""}, {"45A40004022FE2", 0x6118, ""}, {"A0C0000018", 0x6E00, ""},
		{"02A4040010A0000005591010FFFFFFFF8900000100", 0x6121, ""}, {"02A4000C026FFF", 0x6A82, ""}, {"82E2910006BF3E035C015A", 0x6115, ""},
		{"02A4000C023F00", 0x9000, ""}, {"82E2910006BF3E035C015A", 0x6D00, ""},
	};
	struct rsp_ctx *c = fresh_ctx(state);
	struct probe p;

	open_card(&p, c, "channels", NULL);
	PLAY(&p, lines);
	probe_close(&p);
}

static void
pins_are_counted_and_unblocked(void **state)
{
	static const struct line lines[] = {
		{"0028000108" PIN_1111, 0x63C2, ""}, {"0028000108" PIN_0000, 0x9000, ""}, {"00200001", 0x63C3, ""},
		{"0020000108" PIN_1111, 0x63C2, ""}, {"00200001", 0x63C2, ""}, {"0020000108" PIN_0000, 0x9000, ""}, {"00200001", 0x63C3, ""},
		{"0024000110" PIN_1111 PIN_0000, 0x63C2, ""}, {"0024000110" PIN_0000 PIN_1111, 0x9000, ""}, {"0020000108" PIN_1111, 0x9000, ""},
		{"0020000104" "31313131", 0x6700, ""}, {"0020007F", 0x6A88, ""}, {"0020010108" PIN_1111, 0x6A86, ""},
		{"0020000108" PIN_0000, 0x63C2, ""}, {"0020000108" PIN_0000, 0x63C1, ""}, {"0020000108" PIN_0000, 0x63C0, ""},
		{"0020000108" PIN_1111, 0x6983, ""}, {"0024000110" PIN_1111 PIN_0000, 0x6983, ""}, {"00200001", 0x63C0, ""},
		{"002C000110" PUK_WRONG PIN_0000, 0x63C9, ""}, {"002C0001", 0x63C9, ""},
	};
	static const struct line unblocked[] = {
		{"0020000108" PIN_0000, 0x9000, ""}, {"002C0001", 0x63CA, ""}, {"0026000108" PIN_0000, 0x9000, ""},
	};
	struct rsp_ctx *c = fresh_ctx(state);
	const struct profile *profile;
	struct profile_values v = {0};
	struct bytes package;
	struct line unblock = {NULL, 0x9000, ""};
	struct probe p;

	open_card(&p, c, "pins", &package);
	assert_status(profile_read(c, package, &profile), RSP_OK);
	assert_status(profile_values_of(c, profile, &v), RSP_OK);
	PLAY(&p, lines);
	unblock.apdu = rsp_sprintf(c, "002C000110%s%s", hex_of(c, bytes_of_str(v.puk1)), PIN_0000);
	card_play(&p, &unblock, 1);
	PLAY(&p, unblocked);
	probe_close(&p);
}

static void
a_tried_pin_stays_tried_without_power(void **state)
{
	static const struct line before[] = {{"0028000108" PIN_0000, 0x9000, ""}, {"0020000108" PIN_1111, 0x63C2, ""}, {"0020000108" PIN_1111, 0x63C1, ""}};
	static const struct line after[] = {{"00200001", 0x63C1, ""}, {"0020000108" PIN_1111, 0x63C0, ""}, {"0020000108" PIN_0000, 0x6983, ""}};
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes package;
	struct probe p;

	open_card(&p, c, "tried", &package);
	PLAY(&p, before);
	assert_status(lab_card_power(p.lab, p.card), RSP_OK);
	PLAY(&p, after);
	probe_close(&p);
}

/* ---- AUTHENTICATE ---- */

struct network { struct milenage m; uint8_t rand[16]; };

static unsigned
authenticate(struct probe *p, struct network *n, uint8_t seq, uint8_t spoil, struct bytes *data, struct aka_out *out)
{
	uint8_t sqn[6] = {0, 0, 0, 0, seq, 0x20}, amf[2] = {0x80, 0}, command[5 + 34] = {0x00, 0x88, 0x00, 0x81, 34};
	unsigned i;

	n->rand[0]++;
	assert_status(milenage_all(&p->scratch, &n->m, n->rand, sqn, amf, out), RSP_OK);
	command[5] = 16;
	memcpy(command + 6, n->rand, 16);
	command[22] = 16;
	for (i = 0; i < 6; i++)
		command[23 + i] = sqn[i] ^ out->ak[i];
	memcpy(command + 29, amf, 2);
	memcpy(command + 31, out->mac_a, 8);
	command[38] ^= spoil;
	return apdu_exchange(p->real_apdu, &p->scratch, BYTES_OF(command), data, &i) == RSP_OK ? i : 0;
}

static void
authenticate_answers_as_the_keys_demand(void **state)
{
	static const struct line select[] = {{"00A4040C10A0000000871002FF49FFFF8900000100", 0x9000, ""}};
	struct rsp_ctx *c = fresh_ctx(state);
	const struct profile *profile;
	struct profile_values v = {0};
	struct network n = {.rand = {1}};
	struct aka_out out;
	struct bytes package, data;
	struct probe p;

	open_card(&p, c, "aka", &package);
	assert_status(profile_read(c, package, &profile), RSP_OK);
	assert_status(profile_values_of(c, profile, &v), RSP_OK);
	milenage_defaults(&n.m);
	memcpy(n.m.k, v.k.p, 16);
	memcpy(n.m.opc, v.opc.p, 16);
	PLAY(&p, select);
	assert_int_equal(authenticate(&p, &n, 1, 0, &data, &out), 0x9000);
	assert_int_equal(data.p[0], 0xDB);
	assert_int_equal(data.p[1], 8);
	assert_memory_equal(data.p + 2, out.res, 8);
	assert_memory_equal(data.p + 11, out.ck, 16);
	assert_memory_equal(data.p + 28, out.ik, 16);
	assert_int_equal(authenticate(&p, &n, 2, 1, &data, &out), 0x9862);
	assert_int_equal(authenticate(&p, &n, 2, 0, &data, &out), 0x9000);
	assert_int_equal(data.p[0], 0xDB);
	assert_int_equal(authenticate(&p, &n, 2, 0, &data, &out), 0x9000);   /* the same SQN again: AUTS */
	assert_int_equal(data.p[0], 0xDC);
	assert_int_equal(data.p[1], 14);
	assert_int_equal(data.n, 16);
	{
		uint8_t sqn_ms[6], amf[2] = {0, 0};
		unsigned i;

		for (i = 0; i < 6; i++)
			sqn_ms[i] = data.p[2 + i] ^ out.ak_star[i];
		assert_int_equal(sqn_ms[4], 2);
		assert_status(milenage_all(&p.scratch, &n.m, n.rand, sqn_ms, amf, &out), RSP_OK);
		assert_memory_equal(data.p + 8, out.mac_s, 8);
	}
	assert_status(lab_card_power(p.lab, p.card), RSP_OK);
	PLAY(&p, select);
	assert_int_equal(authenticate(&p, &n, 2, 0, &data, &out), 0x9000);   /* remembered without power */
	assert_int_equal(data.p[0], 0xDC);
	assert_int_equal(authenticate(&p, &n, 3, 0, &data, &out), 0x9000);
	assert_int_equal(data.p[0], 0xDB);
	probe_close(&p);
}

/* ---- rubbish ---- */

/* Every command above, cut at every octet and with every octet changed, gets a status word, and the card lives. */
static void
rubbish_gets_a_status_word(void **state)
{
	static const char *const commands[] = {
		USIM "00", "00A4080C047FFF6F07", "00B000000A", "00B2010400", "00DC010404AABBCCDD", "00D6000002AAAA", "0020000108" PIN_0000,
		"0024000110" PIN_0000 PIN_1111, "002C000110" PUK_WRONG PIN_0000, "00A20104020102", "80F2000C00", "00700000 01", "80AA000005A903830107", "8010000003AABBCC",
		"80E2910003BF3E00", "00C0000010", "00440102 02 6F07", "008800812210000102030405060708090A0B0C0D0E0F10000102030405060708090A0B0C0D0E0F",
	}, *const *row;
	static const struct line alive[] = {{"00A4000C023F00", 0x9000, ""}, {"00A4000C022FE2", 0x9000, ""}, {"00B0000001", 0x9000, "98"}};
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes package, data;
	struct probe p;

	open_card(&p, c, "rubbish", &package);
	FOR_EACH_ROW(commands, row) {
		struct bytes good = unhex(c, *row);
		uint8_t bad[64];
		size_t i;
		unsigned bit;

		for (i = 0; i < good.n; i++) {
			card_transmit(&p, bytes_slice(good, 0, i), &data);
			for (bit = 0; bit < 8; bit++) {
				memcpy(bad, good.p, good.n);
				bad[i] ^= (uint8_t)(1u << bit);
				card_transmit(&p, bytes_of(bad, good.n), &data);
			}
			rsp_ctx_reset(&p.scratch);
		}
	}
	assert_status(lab_card_power(p.lab, p.card), RSP_OK);
	PLAY(&p, alive);
	probe_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(selecting_and_reading),
		cmocka_unit_test(channels_answer_and_keep_their_application),
		cmocka_unit_test(pins_are_counted_and_unblocked),
		cmocka_unit_test(a_tried_pin_stays_tried_without_power),
		cmocka_unit_test(authenticate_answers_as_the_keys_demand),
		cmocka_unit_test(rubbish_gets_a_status_word),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
