// SPDX-License-Identifier: BSD-2-Clause
#include "support/test.h"

#include "base/buf.h"
#include "codec/json_in.h"

static void
what_json_is_and_is_not(void **state)
{
	static const struct { const char *name, *text; enum rsp_status want; } rows[] = {
		{"object", "{\"a\":1}", RSP_OK},
		{"blanks around", " \t\r\n{ \"a\" : [ 1 , true , null ] }\r\n", RSP_OK},
		{"a number alone", "-0.5e+10", RSP_OK},
		{"a text alone", "\"\"", RSP_OK},
		{"escapes", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"", RSP_OK},
		{"escaped backslash before u0000", "\"\\\\u0000\"", RSP_OK},
		{"same name in different objects", "{\"a\":{\"a\":1}}", RSP_OK},
		{"names that differ in case", "{\"a\":1,\"A\":2}", RSP_OK},
		{"nothing", "", RSP_MALFORMED},
		{"blanks", " \n", RSP_MALFORMED},
		{"text behind", "{\"a\":1}x", RSP_MALFORMED},
		{"a second value", "{\"a\":1}{}", RSP_MALFORMED},
		{"a member twice", "{\"a\":1,\"b\":2,\"a\":1}", RSP_MALFORMED},
		{"a member twice, once escaped", "{\"a\":1,\"\\u0061\":2}", RSP_MALFORMED},
		{"a member twice, inside", "[{\"b\":{\"a\":1,\"a\":1}}]", RSP_MALFORMED},
		{"escaped NUL", "{\"a\":\"b\\u0000c\"}", RSP_MALFORMED},
		{"escaped NUL in a name", "{\"a\\u0000\":1}", RSP_MALFORMED},
		{"escape without digits", "\"\\uZZZZ\"", RSP_MALFORMED},
		{"escape cut short", "\"\\u12\"", RSP_MALFORMED},
		{"escape with a sign", "\"\\u+123\"", RSP_MALFORMED},
		{"unknown escape", "\"\\x41\"", RSP_MALFORMED},
		{"high surrogate alone", "\"\\uD83D\"", RSP_MALFORMED},
		{"high surrogate and a letter", "\"\\uD83Dx\"", RSP_MALFORMED},
		{"high surrogate twice", "\"\\uD83D\\uD83D\"", RSP_MALFORMED},
		{"high surrogate and no low one", "\"\\uD83D\\u0041\"", RSP_MALFORMED},
		{"low surrogate alone", "\"\\uDE00\"", RSP_MALFORMED},
		{"line feed in a text", "\"a\nb\"", RSP_MALFORMED},
		{"control character as blank", "\x01{}", RSP_MALFORMED},
		{"vertical tab as blank", "{\"a\":1\v}", RSP_MALFORMED},
		{"byte order mark", "\xEF\xBB\xBF{}", RSP_MALFORMED},
		{"no-break space", "{}\xC2\xA0", RSP_MALFORMED},
		{"not UTF-8", "\"\xFF\"", RSP_MALFORMED},
		{"UTF-8 in the long form", "\"\xC0\xAF\"", RSP_MALFORMED},
		{"UTF-8 of a surrogate", "\"\xED\xA0\x80\"", RSP_MALFORMED},
		{"UTF-8 cut short", "\"\xE2\x82\"", RSP_MALFORMED},
		{"number with leading zero", "01", RSP_MALFORMED},
		{"number with a sign", "+1", RSP_MALFORMED},
		{"number without fraction", "1.", RSP_MALFORMED},
		{"number without whole", "-.5", RSP_MALFORMED},
		{"number without exponent", "1e", RSP_MALFORMED},
		{"hexadecimal", "0x10", RSP_MALFORMED},
		{"minus alone", "-", RSP_MALFORMED},
		{"not a number", "NaN", RSP_MALFORMED},
		{"comma too many", "{\"a\":1,}", RSP_MALFORMED},
		{"comma too many in a list", "[1,]", RSP_MALFORMED},
		{"no comma", "[1 2]", RSP_MALFORMED},
		{"no colon", "{\"a\" 1}", RSP_MALFORMED},
		{"name without quotes", "{a:1}", RSP_MALFORMED},
		{"apostrophes", "{'a':1}", RSP_MALFORMED},
		{"comment", "{}//", RSP_MALFORMED},
		{"open object", "{\"a\":1", RSP_MALFORMED},
		{"open text", "\"a", RSP_MALFORMED},
		{"backslash at the end", "\"\\", RSP_MALFORMED},
		{"wrong bracket", "[1}", RSP_MALFORMED},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		const struct json *root = NULL;

		if (json_read(c, bytes_of_str(row->text), &root) != row->want)
			fail_msg("%s: want %s: %s", row->name, rsp_status_name(row->want), c->error.text);
		assert_int_equal(root != NULL, row->want == RSP_OK);
	}
}

static void
a_raw_nul_is_refused(void **state)
{
	static const struct { const char *text; size_t n; } rows[] = {{"{}\0", 3}, {"\"a\0b\"", 5}, {"\0", 1}, {"{\"a\":1\0}", 8}}, *row;

	FOR_EACH_ROW(rows, row) {
		const struct json *root;

		assert_status(json_read(fresh_ctx(state), bytes_of(row->text, row->n), &root), RSP_MALFORMED);
	}
}

/* Read from memory of exactly that size. */
static enum rsp_status
read_exactly(struct rsp_ctx *c, const char *text, size_t n)
{
	const struct json *root;
	char *p = malloc(n ? n : 1);
	enum rsp_status st;

	assert_non_null(p);
	memcpy(p, text, n);
	st = json_read(c, bytes_of(p, n), &root);
	free(p);
	return st;
}

static void
a_cut_text_is_malformed(void **state)
{
	static const char text[] = "{\"a\":[1.5e3,\"\\uD83D\\uDE00\xC3\xA9\",{\"b\":null}],\"c\":false}";
	size_t i;

	assert_status(read_exactly(fresh_ctx(state), text, sizeof(text) - 1), RSP_OK);
	for (i = 0; i < sizeof(text) - 1; i++)
		assert_status(read_exactly(fresh_ctx(state), text, i), RSP_MALFORMED);
}

static void
a_flipped_octet_does_no_harm(void **state)
{
	char text[] = "{\"a\":[1.5e3,\"\\uD83D\\uDE00\xC3\xA9\",{\"b\":null}],\"c\":false}";
	size_t n = sizeof(text) - 1, i;

	for (i = 0; i < n * 256; i++) {
		char kept = text[i / 256];
		enum rsp_status st;

		text[i / 256] = (char)(i % 256);
		st = read_exactly(fresh_ctx(state), text, n);
		assert_true(st == RSP_OK || st == RSP_MALFORMED);
		text[i / 256] = kept;
	}
}

static struct bytes
repeated(struct rsp_ctx *c, const char *before, const char *middle, size_t n, const char *after)
{
	struct buf b = BUF_INIT;
	struct bytes out;

	buf_str(&b, before);
	while (n--)
		buf_str(&b, middle);
	buf_str(&b, after);
	assert_status(buf_finish(&b, c, &out), RSP_OK);
	return out;
}

static void
depth_and_number_of_values_are_bounded(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	const struct json *root;

	assert_status(json_read(c, repeated(c, "", "[", 15, "{}]]]]]]]]]]]]]]]"), &root), RSP_OK);
	assert_status(json_read(c, repeated(c, "", "[", 16, "{}]]]]]]]]]]]]]]]]"), &root), RSP_MALFORMED);
	assert_status(json_read(c, repeated(c, "", "[", 100000, ""), &root), RSP_MALFORMED);
	assert_status(json_read(c, repeated(c, "[[]", ",[]", 30, "]"), &root), RSP_OK);
	assert_status(json_read(c, repeated(c, "[0", ",0", 19998, "]"), &root), RSP_OK);
	assert_int_equal(json_count(root), 19999);
	assert_status(json_read(c, repeated(c, "[0", ",0", 19999, "]"), &root), RSP_MALFORMED);
	assert_status(json_read(c, repeated(c, "[0", ",0", 300000, "]"), &root), RSP_MALFORMED);
}

static void
values_are_told_by_type(void **state)
{
	static const char text[] = "{\"t\":\"x\\u00e9\",\"i\":-12,\"b\":true,\"n\":null,\"l\":[1,2],\"o\":{},\"f\":1.5,"
		"\"big\":9007199254740992,\"bigger\":9007199254740994,\"huge\":1e999,\"e\":12e2,\"\":0}";
	struct rsp_ctx *c = fresh_ctx(state);
	const struct json *root;
	struct bytes s;
	int64_t i = 7;
	bool b = false;

	assert_status(json_read(c, bytes_of_str(text), &root), RSP_OK);
	assert_true(json_text_of(json_get(root, "t"), &s) && bytes_equal_str(s, "x\xC3\xA9"));
	assert_true(json_bool_of(json_get(root, "b"), &b) && b);
	assert_true(json_is_object(json_get(root, "o")) && json_is_array(json_get(root, "l")));
	assert_true(json_int_of(json_at(json_get(root, "l"), 1), &i) && i == 2);
	assert_null(json_at(json_get(root, "l"), 2));
	assert_null(json_at(json_get(root, "o"), 0));
	assert_int_equal(json_count(json_get(root, "o")), 0);
	assert_null(json_get(root, "T"));
	assert_null(json_get(json_get(root, "l"), "t"));
	assert_null(json_get(NULL, "t"));
	assert_non_null(json_get(root, ""));
	assert_true(json_int_of(json_get(root, "i"), &i) && i == -12);
	assert_true(json_int_of(json_get(root, "e"), &i) && i == 1200);
	assert_true(json_int_of(json_get(root, "big"), &i) && i == INT64_C(9007199254740992));
	i = 7;
	assert_false(json_int_of(json_get(root, "bigger"), &i) || json_int_of(json_get(root, "huge"), &i) || json_int_of(json_get(root, "f"), &i));
	assert_false(json_int_of(json_get(root, "t"), &i) || json_int_of(NULL, &i) || i != 7);
	assert_false(json_text_of(json_get(root, "n"), &s) || json_text_of(json_get(root, "i"), &s) || json_text_of(NULL, &s));
	assert_false(json_bool_of(json_get(root, "i"), &b) || json_bool_of(json_get(root, "n"), &b) || json_bool_of(NULL, &b));
	assert_false(json_is_object(NULL) || json_is_array(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_json_is_and_is_not),
		cmocka_unit_test(a_raw_nul_is_refused),
		cmocka_unit_test(a_cut_text_is_malformed),
		cmocka_unit_test(a_flipped_octet_does_no_harm),
		cmocka_unit_test(depth_and_number_of_values_are_bounded),
		cmocka_unit_test(values_are_told_by_type),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
