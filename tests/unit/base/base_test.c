// SPDX-License-Identifier: BSD-2-Clause
#include "support/test.h"

#include "base/base64.h"
#include "base/check.h"
#include "base/hex.h"
#include "base/json_out.h"
#include "base/time.h"
#include "base/utf8.h"

static void
hex_reads_both_cases_and_refuses_the_rest(void **state)
{
	static const struct { const char *text; enum rsp_status want; } rows[] = {
		{"", RSP_OK}, {"00ffAb", RSP_OK}, {"0", RSP_MALFORMED}, {"0g", RSP_MALFORMED}, {"0 ", RSP_MALFORMED},
	}, *row;
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes out;

	FOR_EACH_ROW(rows, row)
		assert_status(hex_read(c, bytes_of_str(row->text), &out), row->want);
	assert_status(hex_read(c, bytes_of_str("00ffAb"), &out), RSP_OK);
	assert_string_equal(hex_of(c, out), "00FFAB");
}

static void
base64_is_strict_and_round_trips(void **state)
{
	static const struct { const char *text; enum rsp_status want; } rows[] = {
		{"", RSP_OK}, {"Zg==", RSP_OK}, {"Zm8=", RSP_OK}, {"Zm9v", RSP_OK},
		{"Zh==", RSP_MALFORMED}, {"Zm9=", RSP_MALFORMED}, {"Zg=", RSP_MALFORMED}, {"Z===", RSP_MALFORMED},
		{"Zg==Zg==", RSP_MALFORMED}, {"Zm9v\n", RSP_MALFORMED}, {"Zm-v", RSP_MALFORMED}, {"====", RSP_MALFORMED},
	}, *row;
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes out, back;
	uint8_t raw[64];
	size_t n;

	FOR_EACH_ROW(rows, row)
		assert_status(base64_read(c, bytes_of_str(row->text), &out), row->want);
	for (n = 0; n < sizeof(raw); n++)
		raw[n] = (uint8_t)(n * 37 + 1);
	for (n = 0; n < sizeof(raw); n++) {
		struct buf b = BUF_INIT;

		base64_append(&b, bytes_of(raw, n));
		assert_status(buf_finish(&b, c, &out), RSP_OK);
		assert_status(base64_read(c, out, &back), RSP_OK);
		assert_bytes_equal(back, bytes_of(raw, n));
	}
}

static void
base64_has_the_one_alphabet(void **state)
{
	static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct rsp_ctx *c = fresh_ctx(state);
	struct buf b = BUF_INIT;
	struct bytes out;
	int ch;

	assert_status(base64_read(c, bytes_of_str(all), &out), RSP_OK);
	assert_hex_equal(c, out, "00108310518720928B30D38F41149351559761969B71D79F8218A39259A7A29AABB2DBAFC31CB3D35DB7E39EBBF3DFBF");
	base64_append(&b, out);
	assert_true(bytes_equal_str(buf_bytes(&b), all));
	buf_free(&b);
	for (ch = 0; ch < 256; ch++) {
		const uint8_t text[] = {'A', (uint8_t)ch, 'A', 'A'};

		assert_status(base64_read(c, BYTES_OF(text), &out), ch && strchr(all, ch) ? RSP_OK : RSP_MALFORMED);
	}
}

static void
json_puts_commas_and_escapes(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct buf b = BUF_INIT;
	struct json_out j = JSON_OUT(&b);
	struct bytes out;

	json_object(&j, NULL);
	json_string(&j, "a", "q\"\\\n");
	json_array(&j, "l");
	json_int(&j, NULL, -1);
	json_bool(&j, NULL, true);
	json_array_end(&j);
	json_base64(&j, "b", bytes_of("f", 1));
	json_object_end(&j);
	assert_status(buf_finish(&b, c, &out), RSP_OK);
	assert_true(bytes_equal_str(out, "{\"a\":\"q\\\"\\\\\\u000a\",\"l\":[-1,true],\"b\":\"Zg==\"}"));
}

static void
utf8_refuses_long_forms_and_surrogates(void **state)
{
	static const struct { const char *hex; bool want; } rows[] = {
		{"", true}, {"41", true}, {"C3A4", true}, {"E282AC", true}, {"F09F9880", true}, {"F48FBFBF", true},
		{"C081", false}, {"E08080", false}, {"EDA080", false}, {"F4908080", false}, {"C3", false}, {"80", false}, {"FF", false},
	}, *row;
	struct rsp_ctx *c = fresh_ctx(state);

	FOR_EACH_ROW(rows, row)
		assert_int_equal(utf8_valid(unhex(c, row->hex)), row->want);
}

static void
time_reads_what_it_writes(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	char text[TIME_TEXT_SIZE];
	int64_t t = 0;

	time_text(TEST_NOW, text);
	assert_status(time_read(c, text, &t), RSP_OK);
	assert_true(t == TEST_NOW);
	assert_status(time_read(c, "1780000000", &t), RSP_OK);
	assert_true(t == TEST_NOW);
	assert_status(time_read(c, "soon", &t), RSP_MALFORMED);
	assert_status(time_read(c, "", &t), RSP_MALFORMED);
}

static void
arena_survives_many_sizes_and_resets(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	size_t n, round;

	for (round = 0; round < 3; round++) {
		for (n = 0; n < 20000; n += 617) {
			uint8_t *p = rsp_alloc(c, n);

			assert_non_null(p);
			assert_true(n == 0 || (p[0] == 0 && p[n - 1] == 0));
			memset(p, 0xA5, n);
		}
		rsp_ctx_reset(c);
	}
}

static enum rsp_status
say_no(struct rsp_ctx *c, void *call)
{
	++*(int *)call;
	return rsp_fail(c, RSP_REFUSED, "no");
}

static enum rsp_status
say_yes(struct rsp_ctx *c, void *call)
{
	(void)c;
	++*(int *)call;
	return RSP_OK;
}

static void
checks_stop_at_the_first_no(void **state)
{
	static const struct rsp_check rows[] = {
		{"one", "SGP.22 1", say_yes, 1}, {"two", "SGP.22 2", say_no, 2}, {"three", "SGP.22 3", say_yes, 3},
	};
	struct rsp_ctx *c = fresh_ctx(state);
	const struct rsp_check *failed;
	int walked = 0;

	assert_status(rsp_check_all(c, RSP_CHECKS(rows), &walked, &failed), RSP_REFUSED);
	assert_int_equal(walked, 2);
	assert_int_equal(failed->code, 2);
	assert_string_equal(c->error.clause, "SGP.22 2");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hex_reads_both_cases_and_refuses_the_rest),
		cmocka_unit_test(base64_is_strict_and_round_trips),
		cmocka_unit_test(base64_has_the_one_alphabet),
		cmocka_unit_test(json_puts_commas_and_escapes),
		cmocka_unit_test(utf8_refuses_long_forms_and_surrogates),
		cmocka_unit_test(time_reads_what_it_writes),
		cmocka_unit_test(arena_survives_many_sizes_and_resets),
		cmocka_unit_test(checks_stop_at_the_first_no),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
