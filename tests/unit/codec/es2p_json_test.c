// SPDX-License-Identifier: BSD-2-Clause
/* ES2+ in JSON. */
#include "support/test.h"

#include "base/hex.h"
#include "codec/es2p.h"

#define ASKED "\"header\":{\"functionRequesterIdentifier\":\"2.999.1\",\"functionCallIdentifier\":\"c-1\"}"
#define DONE "\"header\":{\"functionExecutionStatus\":{\"status\":\"Executed-Success\"}}"
#define EID "\"eid\":\"89049032123451234512345678901235\""
#define ICCID "\"iccid\":\"8988211000000430010\""

struct text { enum es2p_function f; const char *text; };

static const struct text requests[] = {
	{ES2P_DOWNLOAD_ORDER, "{" ASKED "," EID "," ICCID ",\"profileType\":\"default\"}"},
	{ES2P_DOWNLOAD_ORDER, "{" ASKED ",\"profileType\":\"default\"}"},
	{ES2P_DOWNLOAD_ORDER, "{\"header\":{}," ICCID "}"},
	{ES2P_CONFIRM_ORDER, "{" ASKED "," EID "," ICCID ",\"matchingId\":\"TOKEN\",\"confirmationCode\":\"0012\",\"smdsAddress\":\"ds.example.com\",\"releaseFlag\":true}"},
	{ES2P_CONFIRM_ORDER, "{" ASKED "," ICCID ",\"matchingId\":\"\",\"releaseFlag\":false}"},
	{ES2P_CANCEL_ORDER, "{" ASKED "," EID "," ICCID ",\"matchingId\":\"TOKEN\",\"finalProfileStatusIndicator\":\"Unavailable\"}"},
	{ES2P_RELEASE_PROFILE, "{" ASKED "," ICCID "}"},
	{ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO, "{" ASKED "," EID "," ICCID ",\"profileType\":\"default\",\"timestamp\":\"2026-01-31T12:00:00Z\","
		"\"notificationPointId\":4,\"notificationPointStatus\":{\"status\":\"Failed\",\"statusCodeData\":{\"subjectCode\":\"8.2.7\",\"reasonCode\":\"3.8\"}},"
		"\"resultData\":\"vzcA\"}"},
	{ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO, "{" ASKED "," ICCID ",\"profileType\":\"default\",\"timestamp\":\"2026-01-31T12:00:00Z\","
		"\"notificationPointId\":1,\"notificationPointStatus\":{\"status\":\"Executed-Success\"}}"},
};

static const struct text responses[] = {
	{ES2P_DOWNLOAD_ORDER, "{" DONE "," ICCID "}"},
	{ES2P_CONFIRM_ORDER, "{" DONE "," EID ",\"matchingId\":\"TOKEN\",\"smdpAddress\":\"smdp.example.com\"}"},
	{ES2P_CONFIRM_ORDER, "{" DONE ",\"matchingId\":\"\"}"},
	{ES2P_CANCEL_ORDER, "{" DONE "}"},
	{ES2P_RELEASE_PROFILE, "{" DONE "}"},
	{ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO, ""},
	{ES2P_RELEASE_PROFILE, "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\",\"statusCodeData\":{\"subjectCode\":\"8.2.1\","
		"\"reasonCode\":\"3.9\",\"subjectIdentifier\":\"8988211000000430010\",\"message\":\"no such ICCID\"}}}}"},
};

typedef enum rsp_status (*echo_fn)(struct rsp_ctx *c, enum es2p_function f, struct bytes text, struct buf *b);

static enum rsp_status
echo_request(struct rsp_ctx *c, enum es2p_function f, struct bytes text, struct buf *b)
{
	struct es2p_request v = {.eid = bytes_of_str("untouched")};
	enum rsp_status st = es2p_read_request(c, f, text, &v);

	if (st == RSP_OK)
		es2p_write_request(b, f, &v);
	else
		assert_true(bytes_equal_str(v.eid, "untouched"));
	return st;
}

static enum rsp_status
echo_response(struct rsp_ctx *c, enum es2p_function f, struct bytes text, struct buf *b)
{
	struct es2p_response v = {.message = "untouched"};
	enum rsp_status st = es2p_read_response(c, f, text, &v);

	if (st == RSP_OK)
		es2p_write_response(b, f, &v);
	else
		assert_string_equal(v.message, "untouched");
	return st;
}

static enum rsp_status
verdict(struct rsp_ctx *c, echo_fn echo, enum es2p_function f, const char *text, size_t n)
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
round_trips(void **state, echo_fn echo, const struct text *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct buf b = BUF_INIT;

		if (echo(c, rows[i].f, bytes_of_str(rows[i].text), &b) != RSP_OK)
			fail_msg("%s: %s", rows[i].text, c->error.text);
		buf_u8(&b, 0);
		assert_string_equal((const char *)b.p, rows[i].text);
		buf_free(&b);
	}
}

static void
cuts_and_flips(void **state, echo_fn echo, const struct text *row)
{
	size_t n = strlen(row->text), i;
	char *copy = strdup(row->text);

	assert_non_null(copy);
	for (i = 1; i < n; i++)
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

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))

static void
what_is_read_is_written_again(void **state)
{
	round_trips(state, echo_request, requests, N(requests));
	round_trips(state, echo_response, responses, N(responses));
}

static void
cuts_are_malformed_and_flips_do_no_harm(void **state)
{
	size_t i;

	for (i = 0; i < N(requests); i++)
		cuts_and_flips(state, echo_request, &requests[i]);
	for (i = 0; i < N(responses); i++)
		cuts_and_flips(state, echo_response, &responses[i]);
}

static void
a_wrong_member_is_named(void **state)
{
	static const struct { echo_fn echo; enum es2p_function f; const char *text, *says; } rows[] = {
		{echo_request, ES2P_DOWNLOAD_ORDER, "", "JSON"},
		{echo_request, ES2P_DOWNLOAD_ORDER, "[]", "object"},
		{echo_request, ES2P_DOWNLOAD_ORDER, "{\"header\":{\"functionRequesterIdentifier\":1}}", "functionRequesterIdentifier: want a string"},
		{echo_request, ES2P_DOWNLOAD_ORDER, "{\"header\":{\"functionCallIdentifier\":null}}", "functionCallIdentifier: want a string"},
		{echo_request, ES2P_DOWNLOAD_ORDER, "{" ASKED ",\"iccid\":8988211000000430010}", "iccid: want a string"},
		{echo_request, ES2P_DOWNLOAD_ORDER, "{" ASKED ",\"profileType\":[]}", "profileType: want a string"},
		{echo_request, ES2P_CONFIRM_ORDER, "{" ASKED ",\"releaseFlag\":\"true\"}", "releaseFlag: want true or false"},
		{echo_request, ES2P_CONFIRM_ORDER, "{" ASKED ",\"confirmationCode\":1234}", "confirmationCode: want a string"},
		{echo_request, ES2P_CANCEL_ORDER, "{" ASKED ",\"finalProfileStatusIndicator\":true}", "finalProfileStatusIndicator: want a string"},
		{echo_request, ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO, "{" ASKED "}", "notificationPointId"},
		{echo_request, ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO, "{\"notificationPointId\":1.5}", "notificationPointId"},
		{echo_request, ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO, "{\"notificationPointId\":-1}", "notificationPointId"},
		{echo_request, ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO, "{\"notificationPointId\":256}", "notificationPointId"},
		{echo_request, ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO, "{\"notificationPointId\":1}", "status is missing"},
		{echo_request, ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO,
			"{\"notificationPointId\":1,\"notificationPointStatus\":{\"status\":\"Failed\",\"statusCodeData\":{\"reasonCode\":3.8}}}", "reasonCode: want a string"},
		{echo_request, ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO,
			"{\"notificationPointId\":1,\"notificationPointStatus\":{\"status\":\"Failed\"},\"resultData\":\"?\"}", "resultData: base64"},
		{echo_response, ES2P_DOWNLOAD_ORDER, "{" DONE "}", "iccid is missing"},
		{echo_response, ES2P_CONFIRM_ORDER, "{" DONE "}", "matchingId is missing"},
		{echo_response, ES2P_CONFIRM_ORDER, "{" DONE ",\"matchingId\":\"\",\"smdpAddress\":1}", "smdpAddress: want a string"},
		{echo_response, ES2P_RELEASE_PROFILE, "{}", "status is missing"},
		{echo_response, ES2P_RELEASE_PROFILE, "", "JSON"},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);

		if (verdict(c, row->echo, row->f, row->text, strlen(row->text)) != RSP_MALFORMED)
			fail_msg("%s is taken", row->text);
		if (!strstr(c->error.text, row->says))
			fail_msg("%s: %s", row->text, c->error.text);
	}
}

static void
absent_and_empty_are_told_apart(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct es2p_request v;

	assert_status(es2p_read_request(c, ES2P_CONFIRM_ORDER, bytes_of_str("{}"), &v), RSP_OK);
	assert_true(!v.requester.p && !v.call_id.p && !v.iccid.p && !v.matching_id.p && !v.confirmation_code.p && !v.has_release_flag);
	assert_status(es2p_read_request(c, ES2P_CONFIRM_ORDER,
		bytes_of_str("{\"header\":{\"functionRequesterIdentifier\":\"\"},\"matchingId\":\"\",\"releaseFlag\":false,\"profileType\":\"not of this function\"}"), &v), RSP_OK);
	assert_true(v.requester.p && !v.requester.n && v.matching_id.p && !v.matching_id.n);
	assert_true(v.has_release_flag && !v.release_flag && !v.profile_type.p);
}

static void
paths_are_those_of_the_specification(void **state)
{
	(void)state;
	assert_string_equal(es2p_path(ES2P_DOWNLOAD_ORDER), "/gsma/rsp2/es2plus/downloadOrder");
	assert_string_equal(es2p_path(ES2P_CONFIRM_ORDER), "/gsma/rsp2/es2plus/confirmOrder");
	assert_string_equal(es2p_path(ES2P_CANCEL_ORDER), "/gsma/rsp2/es2plus/cancelOrder");
	assert_string_equal(es2p_path(ES2P_RELEASE_PROFILE), "/gsma/rsp2/es2plus/releaseProfile");
	assert_string_equal(es2p_path(ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO), "/gsma/rsp2/es2plus/handleDownloadProgressInfo");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_written_again),
		cmocka_unit_test(cuts_are_malformed_and_flips_do_no_harm),
		cmocka_unit_test(a_wrong_member_is_named),
		cmocka_unit_test(absent_and_empty_are_told_apart),
		cmocka_unit_test(paths_are_those_of_the_specification),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
