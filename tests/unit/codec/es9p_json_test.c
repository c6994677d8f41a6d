// SPDX-License-Identifier: BSD-2-Clause
/* ES9+ in JSON, and the words for its codes. */
#include "support/test.h"

#include "base/hex.h"
#include "codec/es9p.h"
#include "codec/reasons.h"

#define HEADER "\"header\":{\"functionExecutionStatus\":{\"status\":\"Executed-Success\"}}"
#define FAILED(data) "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\",\"statusCodeData\":{" data "}}}}"

/* The very text that goes out; what is read gives it again. */
static const struct { enum es9p_function f; const char *text; } requests[] = {
	{ES9P_INITIATE_AUTHENTICATION, "{\"euiccChallenge\":\"AAECAwQFBgcICQoLDA0ODw==\",\"euiccInfo1\":\"vyAA\",\"smdpAddress\":\"smdp.example.com\"}"},
	{ES9P_AUTHENTICATE_CLIENT, "{\"transactionId\":\"0A0B\",\"authenticateServerResponse\":\"vzgA\"}"},
	{ES9P_GET_BOUND_PROFILE_PACKAGE, "{\"transactionId\":\"0A0B\",\"prepareDownloadResponse\":\"vyEA\"}"},
	{ES9P_HANDLE_NOTIFICATION, "{\"pendingNotification\":\"vzcA\"}"},
	{ES9P_CANCEL_SESSION, "{\"transactionId\":\"0A0B\",\"cancelSessionResponse\":\"v0EA\"}"},
}, responses[] = {
	{ES9P_INITIATE_AUTHENTICATION, "{" HEADER ",\"transactionId\":\"0A0B\",\"serverSigned1\":\"MAA=\",\"serverSignature1\":\"XzcA\","
		"\"euiccCiPKIdToBeUsed\":\"BAA=\",\"serverCertificate\":\"MAEA\"}"},
	{ES9P_AUTHENTICATE_CLIENT, "{" HEADER ",\"transactionId\":\"0A0B\",\"profileMetadata\":\"vyUA\",\"smdpSigned2\":\"MAA=\","
		"\"smdpSignature2\":\"XzcA\",\"smdpCertificate\":\"MAEA\"}"},
	{ES9P_GET_BOUND_PROFILE_PACKAGE, "{" HEADER ",\"transactionId\":\"0A0B\",\"boundProfilePackage\":\"vzYA\"}"},
	{ES9P_HANDLE_NOTIFICATION, ""},
	{ES9P_CANCEL_SESSION, "{" HEADER "}"},
	{ES9P_AUTHENTICATE_CLIENT, FAILED("\"subjectCode\":\"8.2.6\",\"reasonCode\":\"3.8\"")},
	{ES9P_CANCEL_SESSION, FAILED("\"subjectCode\":\"8.10.1\",\"reasonCode\":\"3.9\",\"subjectIdentifier\":\"a \\\"b\\\"\",\"message\":\"\xC3\xA9\"")},
};

/* From memory of exactly that size; what is read goes out again into b. */
static enum rsp_status
echo_request(struct rsp_ctx *c, enum es9p_function f, struct bytes text, struct buf *b)
{
	struct es9p_request v = {.smdp_address = bytes_of_str("untouched")};
	enum rsp_status st = es9p_read_request(c, f, text, &v);

	if (st == RSP_OK)
		es9p_write_request(b, f, &v);
	else
		assert_true(bytes_equal_str(v.smdp_address, "untouched"));
	return st;
}

static enum rsp_status
echo_response(struct rsp_ctx *c, enum es9p_function f, struct bytes text, struct buf *b)
{
	struct es9p_response v = {.message = "untouched"};
	enum rsp_status st = es9p_read_response(c, f, text, &v);

	if (st == RSP_OK)
		es9p_write_response(b, f, &v);
	else
		assert_string_equal(v.message, "untouched");
	return st;
}

typedef enum rsp_status (*echo_fn)(struct rsp_ctx *c, enum es9p_function f, struct bytes text, struct buf *b);

static enum rsp_status
verdict(struct rsp_ctx *c, echo_fn echo, enum es9p_function f, const char *text, size_t n)
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
round_trip(struct rsp_ctx *c, echo_fn echo, enum es9p_function f, const char *text)
{
	struct buf b = BUF_INIT;

	if (echo(c, f, bytes_of_str(text), &b) != RSP_OK)
		fail_msg("%s: %s", text, c->error.text);
	buf_u8(&b, 0);
	assert_string_equal((const char *)b.p, text);
	buf_free(&b);
}

/* No cut of it is that text, and no flip harms; a space behind a cut does not heal it. */
static void
cut_and_flip(void **state, echo_fn echo, enum es9p_function f, const char *text)
{
	size_t n = strlen(text), i;
	char *copy = strdup(text);

	assert_non_null(copy);
	for (i = 0; i < n; i++)
		if (i > 0 || f != ES9P_HANDLE_NOTIFICATION)
			assert_status(verdict(fresh_ctx(state), echo, f, text, i), RSP_MALFORMED);
	for (i = 0; i < n * 9; i++) {
		const char mask = (char)(i % 9 == 8 ? 0xFF : 1 << i % 9);
		enum rsp_status st;

		copy[i / 9] = (char)(copy[i / 9] ^ mask);
		st = verdict(fresh_ctx(state), echo, f, copy, n);
		assert_true(st == RSP_OK || st == RSP_MALFORMED);
		copy[i / 9] = (char)(copy[i / 9] ^ mask);
	}
	free(copy);
}

static void
what_is_read_is_written_again(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		round_trip(fresh_ctx(state), echo_request, requests[i].f, requests[i].text);
	for (i = 0; i < sizeof(responses) / sizeof(responses[0]); i++)
		round_trip(fresh_ctx(state), echo_response, responses[i].f, responses[i].text);
}

static void
cuts_are_malformed_and_flips_do_no_harm(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		cut_and_flip(state, echo_request, requests[i].f, requests[i].text);
	for (i = 0; i < sizeof(responses) / sizeof(responses[0]); i++)
		cut_and_flip(state, echo_response, responses[i].f, responses[i].text);
}

static void
a_wrong_member_is_named(void **state)
{
	static const struct { echo_fn echo; enum es9p_function f; const char *text, *says; } rows[] = {
		{echo_request, ES9P_CANCEL_SESSION, "[]", "object"},
		{echo_request, ES9P_CANCEL_SESSION, "\"transactionId\"", "object"},
		{echo_request, ES9P_CANCEL_SESSION, "{}", "transactionId is missing"},
		{echo_request, ES9P_CANCEL_SESSION, "{\"transactionId\":\"0A\"}", "cancelSessionResponse is missing"},
		{echo_request, ES9P_CANCEL_SESSION, "{\"transactionid\":\"0A\",\"cancelSessionResponse\":\"\"}", "transactionId is missing"},
		{echo_request, ES9P_CANCEL_SESSION, "{\"transactionId\":10,\"cancelSessionResponse\":\"\"}", "transactionId: want a string"},
		{echo_request, ES9P_CANCEL_SESSION, "{\"transactionId\":null,\"cancelSessionResponse\":\"\"}", "transactionId: want a string"},
		{echo_request, ES9P_CANCEL_SESSION, "{\"transactionId\":\"0A0\",\"cancelSessionResponse\":\"\"}", "transactionId: hex"},
		{echo_request, ES9P_CANCEL_SESSION, "{\"transactionId\":\"0G\",\"cancelSessionResponse\":\"\"}", "transactionId: hex"},
		{echo_request, ES9P_CANCEL_SESSION, "{\"transactionId\":\"0x0A\",\"cancelSessionResponse\":\"\"}", "transactionId: hex"},
		{echo_request, ES9P_CANCEL_SESSION, "{\"transactionId\":\"0A\",\"cancelSessionResponse\":\"v0E\"}", "cancelSessionResponse: base64"},
		{echo_request, ES9P_CANCEL_SESSION, "{\"transactionId\":\"0A\",\"cancelSessionResponse\":\"v0E=\\n\"}", "cancelSessionResponse: base64"},
		{echo_request, ES9P_CANCEL_SESSION, "{\"transactionId\":\"0A\",\"cancelSessionResponse\":\"v0_-\"}", "cancelSessionResponse: base64"},
		{echo_request, ES9P_CANCEL_SESSION, "{\"transactionId\":\"0A\",\"cancelSessionResponse\":\"v0F=\"}", "cancelSessionResponse: base64"},
		{echo_request, ES9P_CANCEL_SESSION, "{\"transactionId\":\"0A\",\"cancelSessionResponse\":[\"v0E=\"]}", "cancelSessionResponse: want a string"},
		{echo_request, ES9P_INITIATE_AUTHENTICATION, "{\"euiccChallenge\":\"\",\"euiccInfo1\":\"\"}", "smdpAddress is missing"},
		{echo_request, ES9P_HANDLE_NOTIFICATION, "{\"pendingNotification\":{}}", "pendingNotification: want a string"},
		{echo_request, ES9P_HANDLE_NOTIFICATION, "", "JSON"},
		{echo_response, ES9P_CANCEL_SESSION, "{}", "status is missing"},
		{echo_response, ES9P_CANCEL_SESSION, "[]", "status is missing"},
		{echo_response, ES9P_CANCEL_SESSION, "{\"header\":\"Executed-Success\"}", "status is missing"},
		{echo_response, ES9P_CANCEL_SESSION, "{\"header\":{\"functionExecutionStatus\":{\"status\":1}}}", "status: want a string"},
		{echo_response, ES9P_CANCEL_SESSION, FAILED("\"subjectCode\":8.2,\"reasonCode\":\"3.8\""), "subjectCode: want a string"},
		{echo_response, ES9P_GET_BOUND_PROFILE_PACKAGE, "{" HEADER ",\"transactionId\":\"0A\"}", "boundProfilePackage is missing"},
		{echo_response, ES9P_GET_BOUND_PROFILE_PACKAGE, "{" HEADER ",\"boundProfilePackage\":\"\"}", "transactionId is missing"},
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
other_forms_are_tolerated(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct es9p_request q;
	struct es9p_response r;

	assert_status(es9p_read_request(c, ES9P_CANCEL_SESSION, bytes_of_str("{\"header\":{\"functionRequesterIdentifier\":7},\"new\":[],"
		"\"transactionId\":\"aBcDeF\",\"cancelSessionResponse\":\"v0EA\"}"), &q), RSP_OK);
	assert_hex_equal(c, q.transaction_id, "ABCDEF");
	assert_hex_equal(c, q.payload, "BF4100");
	assert_null(q.euicc_challenge.p);
	/* what is inside is not looked at */
	assert_status(es9p_read_request(c, ES9P_HANDLE_NOTIFICATION, bytes_of_str("{\"pendingNotification\":\"AAAA\"}"), &q), RSP_OK);
	assert_hex_equal(c, q.payload, "000000");
	assert_status(es9p_read_response(c, ES9P_CANCEL_SESSION,
		bytes_of_str("{\"header\":{\"functionExecutionStatus\":{\"status\":\"Executed-WithWarning\"}}}"), &r), RSP_OK);
	assert_false(r.failed);
	assert_status(es9p_read_response(c, ES9P_CANCEL_SESSION, bytes_of_str("{\"header\":{\"functionExecutionStatus\":{\"status\":\"Expired\"}}}"), &r), RSP_OK);
	assert_true(r.failed && !r.subject[0] && !r.reason[0]);
	assert_status(es9p_read_response(c, ES9P_AUTHENTICATE_CLIENT, bytes_of_str(FAILED("\"subjectCode\":\"8.1.1\",\"reasonCode\":\"3.8\"")), &r), RSP_OK);
	assert_true(r.failed);
	assert_string_equal(r.subject, "8.1.1");
	assert_string_equal(r.reason, "3.8");
}

/* Longer than there is room for: cut between two characters, so that it can go out again. */
static void
a_long_message_is_cut_between_characters(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct es9p_response r;
	struct buf b = BUF_INIT;
	size_t i;

	buf_str(&b, "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\",\"statusCodeData\":{\"subjectCode\":\"123456789012345\",\"message\":\"");
	for (i = 0; i < 150; i++)
		buf_str(&b, "\xC3\xA9");
	buf_str(&b, "\"}}}}");
	assert_status(es9p_read_response(c, ES9P_CANCEL_SESSION, buf_bytes(&b), &r), RSP_OK);
	assert_int_equal(strlen(r.message), 198);
	assert_int_equal((uint8_t)r.message[197], 0xA9);
	assert_string_equal(r.subject, "12345678901");
	buf_reset(&b);
	es9p_write_response(&b, ES9P_CANCEL_SESSION, &r);
	assert_status(es9p_read_response(c, ES9P_CANCEL_SESSION, buf_bytes(&b), &r), RSP_OK);
	buf_free(&b);
}

static void
paths_are_those_of_the_specification(void **state)
{
	(void)state;
	assert_string_equal(es9p_path(ES9P_INITIATE_AUTHENTICATION), "/gsma/rsp2/es9plus/initiateAuthentication");
	assert_string_equal(es9p_path(ES9P_AUTHENTICATE_CLIENT), "/gsma/rsp2/es9plus/authenticateClient");
	assert_string_equal(es9p_path(ES9P_GET_BOUND_PROFILE_PACKAGE), "/gsma/rsp2/es9plus/getBoundProfilePackage");
	assert_string_equal(es9p_path(ES9P_HANDLE_NOTIFICATION), "/gsma/rsp2/es9plus/handleNotification");
	assert_string_equal(es9p_path(ES9P_CANCEL_SESSION), "/gsma/rsp2/es9plus/cancelSession");
}

static void
codes_have_words(void **state)
{
	(void)state;
	assert_string_equal(subject_name("8.2.6"), "Matching ID");
	assert_string_equal(subject_name("8.10.1"), "TransactionId");
	assert_string_equal(reason_name("4.10"), "Time to Live Expired");
	assert_non_null(reason_sentence("8.2.7", "6.4"));
	assert_non_null(reason_sentence("8.8", "3.10"));
	assert_string_equal(es10_error_name("AuthenticateServer", 2), "invalidSignature");
	assert_string_equal(es10_error_name("LoadBoundProfilePackage", 12), "peProcessingError");
	assert_string_equal(es10_error_name("DisableProfile", 127), "undefinedError");
	/* not in the table of 5.2.6, though a widely used server sends it */
	assert_null(subject_name("8.1.4"));
	assert_null(subject_name(""));
	assert_null(reason_name("4.1"));
	assert_null(reason_sentence("8.2.6", "6.1"));
	assert_null(es10_error_name("DisableProfile", 4));
	assert_null(es10_error_name("AuthenticateServer", 99));
	assert_null(es10_error_name("nothing", 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_written_again),
		cmocka_unit_test(cuts_are_malformed_and_flips_do_no_harm),
		cmocka_unit_test(a_wrong_member_is_named),
		cmocka_unit_test(other_forms_are_tolerated),
		cmocka_unit_test(a_long_message_is_cut_between_characters),
		cmocka_unit_test(paths_are_those_of_the_specification),
		cmocka_unit_test(codes_have_words),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
