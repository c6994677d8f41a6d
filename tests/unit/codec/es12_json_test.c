// SPDX-License-Identifier: BSD-2-Clause
/* ES12 in JSON. */
#include "support/test.h"

#include "codec/es12.h"

#define ASKED "\"header\":{\"functionRequesterIdentifier\":\"2.999.10\",\"functionCallIdentifier\":\"c-1\"}"
#define EID "\"eid\":\"89049032123451234512345678901235\""
#define PLACE "\"rspServerAddress\":\"smdp.example.com\""

struct text { enum es12_function f; const char *text; };

static const struct text requests[] = {
	{ES12_REGISTER_EVENT, "{" ASKED "," EID "," PLACE ",\"eventId\":\"E-1\",\"forwardingIndicator\":true}"},
	{ES12_REGISTER_EVENT, "{" ASKED "," EID "," PLACE ",\"eventId\":\"\",\"forwardingIndicator\":false}"},
	{ES12_REGISTER_EVENT, "{\"header\":{}}"},
	{ES12_DELETE_EVENT, "{" ASKED "," EID ",\"eventId\":\"E-1\"}"},
};

static const struct text responses[] = {
	{ES12_REGISTER_EVENT, "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Executed-Success\"}}}"},
	{ES12_REGISTER_EVENT, "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\",\"statusCodeData\":{\"subjectCode\":\"8.9.5\","
		"\"reasonCode\":\"3.3\",\"subjectIdentifier\":\"E-1\",\"message\":\"registered already\"}}}}"},
};

typedef enum rsp_status (*echo_fn)(struct rsp_ctx *c, enum es12_function f, struct bytes text, struct buf *b);

static enum rsp_status
echo_request(struct rsp_ctx *c, enum es12_function f, struct bytes text, struct buf *b)
{
	struct es12_request v = {.eid = bytes_of_str("untouched")};
	enum rsp_status st = es12_read_request(c, f, text, &v);

	if (st == RSP_OK)
		es12_write_request(b, f, &v);
	else
		assert_true(bytes_equal_str(v.eid, "untouched"));
	return st;
}

static enum rsp_status
echo_response(struct rsp_ctx *c, enum es12_function f, struct bytes text, struct buf *b)
{
	struct es12_response v = {.message = "untouched"};
	enum rsp_status st = es12_read_response(c, text, &v);

	(void)f;
	if (st == RSP_OK)
		es12_write_response(b, &v);
	else
		assert_string_equal(v.message, "untouched");
	return st;
}

static enum rsp_status
verdict(struct rsp_ctx *c, echo_fn echo, enum es12_function f, const char *text, size_t n)
{
	struct buf b = BUF_INIT;
	char *p = malloc(n ? n : 1);
	enum rsp_status st;

	assert_non_null(p);
	memcpy(p, text, n);
	st = echo(c, f, bytes_of(p, n), &b);
	free(p);
	buf_free(&b);
	return st;
}

static void
round_trip(struct rsp_ctx *c, echo_fn echo, const struct text *row)
{
	struct buf b = BUF_INIT;

	if (echo(c, row->f, bytes_of_str(row->text), &b) != RSP_OK)
		fail_msg("%s: %s", row->text, c->error.text);
	buf_u8(&b, 0);
	assert_string_equal((const char *)b.p, row->text);
	buf_free(&b);
}

static void
cuts_and_flips(void **state, echo_fn echo, const struct text *row)
{
	size_t n = strlen(row->text), i;
	char *copy = strdup(row->text);

	assert_non_null(copy);
	for (i = 0; i < n; i++)
		assert_status(verdict(fresh_ctx(state), echo, row->f, row->text, i), RSP_MALFORMED);
	for (i = 0; i < n * 9; i++) {
		const char mask = (char)(i % 9 == 8 ? 0xFF : 1 << i % 9);
		enum rsp_status st;

		copy[i / 9] = (char)(copy[i / 9] ^ mask);
		st = verdict(fresh_ctx(state), echo, row->f, copy, n);
		assert_true(st == RSP_OK || st == RSP_MALFORMED);
		copy[i / 9] = (char)(copy[i / 9] ^ mask);
	}
	free(copy);
}

static void
what_is_read_is_written_again(void **state)
{
	const struct text *row;

	FOR_EACH_ROW(requests, row)
		round_trip(fresh_ctx(state), echo_request, row);
	FOR_EACH_ROW(responses, row)
		round_trip(fresh_ctx(state), echo_response, row);
}

static void
cuts_are_malformed_and_flips_do_no_harm(void **state)
{
	const struct text *row;

	FOR_EACH_ROW(requests, row)
		cuts_and_flips(state, echo_request, row);
	FOR_EACH_ROW(responses, row)
		cuts_and_flips(state, echo_response, row);
}

static void
a_wrong_member_is_named(void **state)
{
	static const struct { echo_fn echo; enum es12_function f; const char *text, *says; } rows[] = {
		{echo_request, ES12_REGISTER_EVENT, "", "JSON"},
		{echo_request, ES12_REGISTER_EVENT, "[]", "object"},
		{echo_request, ES12_DELETE_EVENT, "\"eid\"", "object"},
		{echo_request, ES12_DELETE_EVENT, "{\"header\":{\"functionRequesterIdentifier\":1}}", "functionRequesterIdentifier: want a string"},
		{echo_request, ES12_DELETE_EVENT, "{\"header\":{\"functionCallIdentifier\":null}}", "functionCallIdentifier: want a string"},
		{echo_request, ES12_DELETE_EVENT, "{\"eid\":89}", "eid: want a string"},
		{echo_request, ES12_DELETE_EVENT, "{\"eventId\":[]}", "eventId: want a string"},
		{echo_request, ES12_REGISTER_EVENT, "{\"rspServerAddress\":false}", "rspServerAddress: want a string"},
		{echo_request, ES12_REGISTER_EVENT, "{\"forwardingIndicator\":\"true\"}", "forwardingIndicator"},
		{echo_request, ES12_REGISTER_EVENT, "{\"forwardingIndicator\":1}", "forwardingIndicator"},
		{echo_request, ES12_REGISTER_EVENT, "{\"forwardingIndicator\":null}", "forwardingIndicator"},
		{echo_response, ES12_REGISTER_EVENT, "{}", "status is missing"},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);

		if (verdict(c, row->echo, row->f, row->text, strlen(row->text)) != RSP_MALFORMED)
			fail_msg("%s is taken", row->text);
		if (!strstr(c->error.text, row->says))
			fail_msg("%s: %s", row->text, c->error.text);
	}
}

/* What is missing is the role's business; members of the other function and unknown ones are nobody's. */
static void
missing_and_foreign_members_are_let_through(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct es12_request q;

	assert_status(es12_read_request(c, ES12_REGISTER_EVENT, bytes_of_str("{\"new\":{}}"), &q), RSP_OK);
	assert_true(!q.requester.p && !q.call_id.p && !q.eid.p && !q.event_id.p && !q.rsp_server_address.p && !q.has_forwarding);
	assert_status(es12_read_request(c, ES12_DELETE_EVENT, bytes_of_str("{\"rspServerAddress\":1,\"forwardingIndicator\":2}"), &q), RSP_OK);
	assert_true(!q.rsp_server_address.p && !q.has_forwarding);
}

static void
paths_are_those_of_the_specification(void **state)
{
	enum es12_function f = ES12_FUNCTIONS;

	(void)state;
	assert_string_equal(es12_path(ES12_REGISTER_EVENT), "/gsma/rsp2/es12/registerEvent");
	assert_string_equal(es12_path(ES12_DELETE_EVENT), "/gsma/rsp2/es12/deleteEvent");
	assert_true(es12_function_of("/gsma/rsp2/es12/deleteEvent", &f) && f == ES12_DELETE_EVENT);
	assert_true(es12_function_of("/gsma/rsp2/es15/registerEvent", &f) && f == ES12_REGISTER_EVENT);
	assert_false(es12_function_of("/gsma/rsp2/es12/registerEvents", &f));
	assert_false(es12_function_of("/gsma/rsp2/es9plus/registerEvent", &f));
	assert_false(es12_function_of("", &f));
	assert_int_equal(f, ES12_REGISTER_EVENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_written_again),
		cmocka_unit_test(cuts_are_malformed_and_flips_do_no_harm),
		cmocka_unit_test(a_wrong_member_is_named),
		cmocka_unit_test(missing_and_foreign_members_are_let_through),
		cmocka_unit_test(paths_are_those_of_the_specification),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
