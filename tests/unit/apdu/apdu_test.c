// SPDX-License-Identifier: BSD-2-Clause
/* Reading APDUs, STORE DATA chains on both sides, and a terminal's manners with 61xx and 6Cxx. */
#include "support/test.h"

#include "apdu/apdu.h"

static void
cases_of_an_apdu(void **state)
{
	static const struct { const char *hex; enum rsp_status st; size_t n; unsigned le, channel; bool secured; } rows[] = {
		{"", RSP_MALFORMED, 0, 0, 0, false}, {"00A400", RSP_MALFORMED, 0, 0, 0, false}, {"00A40004", RSP_OK, 0, 0, 0, false},
		{"00B0000000", RSP_OK, 0, 256, 0, false}, {"01B000000A", RSP_OK, 0, 10, 1, false}, {"00A40004023F00", RSP_OK, 2, 0, 0, false},
		{"00A40004023F0000", RSP_OK, 2, 256, 0, false}, {"00A40004023F000011", RSP_MALFORMED, 0, 0, 0, false}, {"00A40004023F", RSP_MALFORMED, 0, 0, 0, false},
		{"00A400040000", RSP_MALFORMED, 0, 0, 0, false}, {"00A4000400000A", RSP_MALFORMED, 0, 0, 0, false},
		{"83E29100013F", RSP_OK, 1, 0, 3, false}, {"C0E29100013F", RSP_OK, 1, 0, 4, false}, {"CFE29100013F", RSP_OK, 1, 0, 19, false},
		{"0CA40004", RSP_OK, 0, 0, 0, true}, {"60A40004", RSP_OK, 0, 0, 4, true},
	}, *row;
	struct rsp_ctx *c = fresh_ctx(state);

	FOR_EACH_ROW(rows, row) {
		struct apdu a;

		assert_status(apdu_read(unhex(c, row->hex), &a), row->st);
		if (row->st != RSP_OK)
			continue;
		assert_int_equal(a.data.n, row->n);
		assert_int_equal(a.le, row->le);
		assert_int_equal(a.channel, row->channel);
		assert_int_equal(a.secured, row->secured);
		assert_int_equal(apdu_cla(a.cla & 0x80, a.channel) & 0x4F, a.cla & 0x4F & ~(a.secured && !(a.cla & 0x40) ? 0x0C : 0));
	}
}

struct block { const char *hex; enum rsp_status st; unsigned sw; size_t complete; };

static void
feed(struct rsp_ctx *c, const struct block *blocks, size_t n)
{
	struct store_data s = {.data = BUF_INIT};
	size_t i;

	for (i = 0; i < n; i++) {
		struct apdu a;
		struct bytes complete;
		unsigned sw = 0;

		assert_status(apdu_read(unhex(c, blocks[i].hex), &a), RSP_OK);
		assert_status(store_data_feed(&s, &a, 4, &complete, &sw), blocks[i].st);
		assert_int_equal(sw, blocks[i].sw);
		assert_int_equal(complete.n, blocks[i].complete);
	}
	store_data_reset(&s);
}

static void
a_chain_is_taken_in_order_or_begun_again(void **state)
{
	static const struct block good[] = {{"80E2110001AA", RSP_OK, 0x9000, 0}, {"80E2110101BB", RSP_OK, 0x9000, 0}, {"80E2910201CC", RSP_OK, 0x9000, 3},
		{"80E29100020102", RSP_OK, 0x9000, 2}};
	static const struct block gap[] = {{"80E2110001AA", RSP_OK, 0x9000, 0}, {"80E2910201CC", RSP_STATE, 0x6A86, 0}, {"80E2910101CC", RSP_STATE, 0x6A86, 0},
		{"80E2910001CC", RSP_OK, 0x9000, 1}};
	static const struct block middle[] = {{"80E2910101CC", RSP_STATE, 0x6A86, 0}};
	static const struct block again[] = {{"80E2110001AA", RSP_OK, 0x9000, 0}, {"80E2110001BB", RSP_OK, 0x9000, 0}, {"80E2910101CC", RSP_OK, 0x9000, 2}};
	static const struct block other[] = {{"80E2120001AA", RSP_MALFORMED, 0x6A86, 0}, {"80E2000001AA", RSP_MALFORMED, 0x6A86, 0},
		{"80E29100", RSP_MALFORMED, 0x6700, 0}};
	static const struct block large[] = {{"80E211000301 0203", RSP_OK, 0x9000, 0}, {"80E29101020405", RSP_LIMIT, 0x6A84, 0},
		{"80E2910104 01020304", RSP_STATE, 0x6A86, 0}, {"80E29100040102 0304", RSP_OK, 0x9000, 4}};
	struct rsp_ctx *c = fresh_ctx(state);

	feed(c, good, 4);
	feed(c, gap, 4);
	feed(c, middle, 1);
	feed(c, again, 3);
	feed(c, other, 3);
	feed(c, large, 4);
}

/* ---- a card that plays from a script ---- */

struct turn { const char *want, *answer; };
struct script { const struct turn *turn; size_t n, at; };

static enum rsp_status
play(void *self, struct rsp_ctx *c, struct bytes command, struct bytes *response)
{
	struct script *s = self;

	assert_true(s->at < s->n);
	assert_hex_equal(c, command, s->turn[s->at].want);
	*response = unhex(c, s->turn[s->at++].answer);
	return RSP_OK;
}

static void
a_terminal_fetches_what_waits(void **state)
{
	static const struct turn turns[] = {
		{"00A40004023F00", "6103"}, {"00C0000003", "0102036102"}, {"00C0000002", "04059000"},
		{"00B0000000", "6C02"}, {"00B0000002", "AABB9000"},
		{"00B0000001", "6B00"}, {"80F2000000", ""},
	};
	struct script s = {turns, sizeof(turns) / sizeof(turns[0]), 0};
	struct apdu_port port = {.self = &s, .transmit = play};
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes data;
	unsigned sw;

	assert_status(apdu_exchange(&port, c, unhex(c, "00A40004023F00"), &data, &sw), RSP_OK);
	assert_hex_equal(c, data, "0102030405");
	assert_int_equal(sw, 0x9000);
	assert_status(apdu_exchange(&port, c, unhex(c, "00B0000000"), &data, &sw), RSP_OK);
	assert_hex_equal(c, data, "AABB");
	assert_status(apdu_exchange(&port, c, unhex(c, "00B0000001"), &data, &sw), RSP_OK);
	assert_int_equal(sw, 0x6B00);
	assert_status(apdu_exchange(&port, c, unhex(c, "80F2000000"), &data, &sw), RSP_IO);   /* no status word at all */
	assert_int_equal(s.at, s.n);
}

static void
a_channel_without_the_application_is_closed_again(void **state)
{
	static const struct turn turns[] = {
		{"80AA000005A903830107", "9000"}, {"0070000001", "029000"}, {"02A4040002A001", "6A82"}, {"00708002", "9000"},
	};
	struct script s = {turns, sizeof(turns) / sizeof(turns[0]), 0};
	struct apdu_port port = {.self = &s, .transmit = play};
	struct apdu_channel ch = {0};
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes fci;
	enum rsp_status st;

	st = apdu_channel_open(&ch, &port, c, unhex(c, "A001"), &fci);
	assert_status(st, RSP_REFUSED);
	assert_non_null(strstr(c->error.text, "6A82"));
	assert_int_equal(s.at, s.n);
	assert_false(ch.open);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases_of_an_apdu),
		cmocka_unit_test(a_chain_is_taken_in_order_or_begun_again),
		cmocka_unit_test(a_terminal_fetches_what_waits),
		cmocka_unit_test(a_channel_without_the_application_is_closed_again),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
