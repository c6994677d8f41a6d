// SPDX-License-Identifier: BSD-2-Clause
/* ES11's own answer, in JSON and in DER. */
#include "unit/codec/message.h"

#include <RemoteProfileProvisioningResponse.h>

#include "codec/asn1.h"
#include "codec/es11.h"
#include "codec/es9p_der.h"

#define DONE "\"header\":{\"functionExecutionStatus\":{\"status\":\"Executed-Success\"}}"
#define FAILED(data) "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\",\"statusCodeData\":{" data "}}}}"
#define EVENT(id) "{\"eventId\":\"" id "\",\"rspServerAddress\":\"smdp.example.com\"}"
#define ENTRY(id) "30{80=" id " 81=" HOST "}"

/* ---- JSON ---- */

static enum rsp_status
echo(struct rsp_ctx *c, enum es9p_function f, struct bytes text, struct buf *b)
{
	struct es11_response v = {.n_events = 77};
	enum rsp_status st = es11_read_response(c, f, text, &v);

	if (st == RSP_OK)
		es11_write_response(b, f, &v);
	else
		assert_int_equal(v.n_events, 77);
	return st;
}

static const struct text { enum es9p_function f; const char *text; } texts[] = {
	{ES9P_INITIATE_AUTHENTICATION, "{" DONE ",\"transactionId\":\"0A0B\",\"serverSigned1\":\"MAA=\",\"serverSignature1\":\"XzcA\","
		"\"euiccCiPKIdToBeUsed\":\"BAA=\",\"serverCertificate\":\"MAEA\"}"},
	{ES9P_INITIATE_AUTHENTICATION, FAILED("\"subjectCode\":\"8.9.1\",\"reasonCode\":\"3.8\"")},
	{ES9P_AUTHENTICATE_CLIENT, "{" DONE ",\"transactionId\":\"0A0B\",\"eventEntries\":[]}"},
	{ES9P_AUTHENTICATE_CLIENT, "{" DONE ",\"transactionId\":\"0A0B\",\"eventEntries\":[" EVENT("E-1") "," EVENT("") "]}"},
	{ES9P_AUTHENTICATE_CLIENT, FAILED("\"subjectCode\":\"8.9.5\",\"reasonCode\":\"3.9\",\"message\":\"no such event\"")},
};

static void
json_is_written_as_it_was_read(void **state)
{
	const struct text *row;

	FOR_EACH_ROW(texts, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct buf b = BUF_INIT;

		if (echo(c, row->f, bytes_of_str(row->text), &b) != RSP_OK)
			fail_msg("%s: %s", row->text, c->error.text);
		buf_u8(&b, 0);
		assert_string_equal((const char *)b.p, row->text);
		buf_free(&b);
	}
}

static void
json_cut_is_malformed_and_flipped_does_no_harm(void **state)
{
	const struct text *row;

	FOR_EACH_ROW(texts, row) {
		size_t n = strlen(row->text), i;
		char *copy = strdup(row->text);

		assert_non_null(copy);
		for (i = 0; i < n; i++) {
			struct buf b = BUF_INIT;

			assert_status(echo(fresh_ctx(state), row->f, bytes_of(copy, i), &b), RSP_MALFORMED);
		}
		for (i = 0; i < n * 9; i++) {
			const char mask = (char)(i % 9 == 8 ? 0xFF : 1 << i % 9);
			struct buf b = BUF_INIT;
			enum rsp_status st;

			copy[i / 9] = (char)(copy[i / 9] ^ mask);
			st = echo(fresh_ctx(state), row->f, bytes_of(copy, n), &b);
			assert_true(st == RSP_OK || st == RSP_MALFORMED);
			copy[i / 9] = (char)(copy[i / 9] ^ mask);
			buf_free(&b);
		}
		free(copy);
	}
}

static void
a_wrong_member_is_named(void **state)
{
	static const struct { const char *text, *says; } rows[] = {
		{"[]", "status is missing"},
		{"{" DONE ",\"eventEntries\":[]}", "transactionId is missing"},
		{"{" DONE ",\"transactionId\":\"0A\"}", "eventEntries: want an array"},
		{"{" DONE ",\"transactionId\":\"0A\",\"eventEntries\":{}}", "eventEntries: want an array"},
		{"{" DONE ",\"transactionId\":\"0A\",\"eventEntries\":[1]}", "eventId is missing"},
		{"{" DONE ",\"transactionId\":\"0A\",\"eventEntries\":[{\"eventId\":1}]}", "eventId: want a string"},
		{"{" DONE ",\"transactionId\":\"0A\",\"eventEntries\":[{\"eventId\":\"1\"}]}", "rspServerAddress is missing"},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct buf b = BUF_INIT;

		if (echo(c, ES9P_AUTHENTICATE_CLIENT, bytes_of_str(row->text), &b) != RSP_MALFORMED)
			fail_msg("%s is taken", row->text);
		if (!strstr(c->error.text, row->says))
			fail_msg("%s: %s", row->text, c->error.text);
	}
}

static void
other_functions_are_not_the_sm_dss(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct es11_response r = {0};
	struct buf b = BUF_INIT;
	int f;

	for (f = ES9P_GET_BOUND_PROFILE_PACKAGE; f < ES9P_FUNCTIONS; f++) {
		assert_status(es11_read_response(c, (enum es9p_function)f, bytes_of_str("{" DONE "}"), &r), RSP_STATE);
		assert_status(es11_der_read_response(c, (enum es9p_function)f, BYTES_NONE, &r), RSP_STATE);
		es11_write_response(&b, (enum es9p_function)f, &r);
		es11_der_write_response(&b, (enum es9p_function)f, &r);
	}
	assert_int_equal(b.n, 0);
}

static void
more_events_than_that_are_too_many(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct es11_event *events = rsp_alloc(c, (ES11_EVENTS_MAX + 1) * sizeof(*events));
	struct es11_response r = {.events = events}, back;
	struct buf json = BUF_INIT, der = BUF_INIT;

	assert_non_null(events);
	for (r.n_events = 0; r.n_events <= ES11_EVENTS_MAX; r.n_events++)
		events[r.n_events] = (struct es11_event){bytes_of_str("E"), bytes_of_str("h")};
	r.common.transaction_id = bytes_of_str("t");
	for (; r.n_events >= ES11_EVENTS_MAX; r.n_events--) {
		const enum rsp_status want = r.n_events > ES11_EVENTS_MAX ? RSP_LIMIT : RSP_OK;

		buf_reset(&json);
		buf_reset(&der);
		es11_write_response(&json, ES9P_AUTHENTICATE_CLIENT, &r);
		es11_der_write_response(&der, ES9P_AUTHENTICATE_CLIENT, &r);
		assert_status(es11_read_response(c, ES9P_AUTHENTICATE_CLIENT, buf_bytes(&json), &back), want);
		assert_status(es11_der_read_response(c, ES9P_AUTHENTICATE_CLIENT, buf_bytes(&der), &back), want);
	}
	assert_int_equal(back.n_events, ES11_EVENTS_MAX);
	buf_free(&json);
	buf_free(&der);
}

/* ---- DER ---- */

static enum rsp_status
der_echo(struct rsp_ctx *c, enum es9p_function f, struct bytes der, struct buf *b)
{
	struct es11_response v = {.n_events = 77};
	enum rsp_status st = es11_der_read_response(c, f, der, &v);

	if (st == RSP_OK)
		es11_der_write_response(b, f, &v);
	else
		assert_int_equal(v.n_events, 77);
	return st;
}

static enum rsp_status
initiated(struct rsp_ctx *c, struct bytes der, struct buf *b)
{
	return der_echo(c, ES9P_INITIATE_AUTHENTICATION, der, b);
}

static enum rsp_status
client(struct rsp_ctx *c, struct bytes der, struct buf *b)
{
	return der_echo(c, ES9P_AUTHENTICATE_CLIENT, der, b);
}

static const struct message messages[] = {
	{"no events", client, "A2{BF40{A0{" TXID " A1{}}}}"},
	{"two events", client, "A2{BF40{A0{" TXID " A1{" ENTRY("452D31") " " ENTRY("") "}}}}"},
	{"a refusal", client, "A2{BF40{81=06}}"},
	{"InitiateAuthentication, no", initiated, "A2{BF39{81=02}}"},
};

static void
der_is_written_as_it_was_read(void **state)
{
	EACH_MESSAGE(state, messages, assert_round_trip);
	EACH_MESSAGE(state, messages, assert_cuts_are_malformed);
	EACH_MESSAGE(state, messages, assert_flips_are_told);
}

static void
tags_are_those_of_the_module(void **state)
{
	size_t i;

	for (i = 0; i < 3; i++) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct bytes der = tree(c, messages[i].tree);
		void *v = NULL;

		assert_status(codec_decode(c, &asn_DEF_RemoteProfileProvisioningResponse, der, &v), RSP_OK);
		assert_int_equal(((RemoteProfileProvisioningResponse_t *)v)->present,
			RemoteProfileProvisioningResponse_PR_authenticateClientResponseEs11);
		assert_true(codec_is_canonical(c, &asn_DEF_RemoteProfileProvisioningResponse, v, der));
	}
}

static void
der_that_is_no_such_answer_is_malformed(void **state)
{
	static const struct message rows[] = {
		{"ES9+'s answer", client, "A2{BF3B{81=06}}"},
		{"neither", client, "A2{BF40{}}"},
		{"both", client, "A2{BF40{A0{" TXID " A1{}} 81=06}}"},
		{"no list", client, "A2{BF40{A0{" TXID "}}}"},
		{"no transactionId", client, "A2{BF40{A0{A1{}}}}"},
		{"no entry", client, "A2{BF40{A0{" TXID " A1{31{}}}}}"},
		{"an entry without an address", client, "A2{BF40{A0{" TXID " A1{30{80=41}}}}}"},
		{"an address in no UTF-8", client, "A2{BF40{A0{" TXID " A1{30{80=41 81=FF}}}}}"},
	}, tolerated[] = {
		{"later members", client, "A2{BF40{A0{" TXID " A1{30{80=41 81=42 82=01}} A2{30{}}}}}"},
	};

	EACH_VERDICT(state, rows, RSP_MALFORMED);
	EACH_VERDICT(state, tolerated, RSP_OK);
}

static void
every_code_has_its_number(void **state)
{
	static const struct { enum es9p_function f; int number; const char *subject, *reason; bool back; } rows[] = {
		{ES9P_INITIATE_AUTHENTICATION, 1, "8.9.1", "3.8", true}, {ES9P_INITIATE_AUTHENTICATION, 2, "8.9.3", "3.1", true},
		{ES9P_INITIATE_AUTHENTICATION, 3, "8.9.2", "3.1", true}, {ES9P_INITIATE_AUTHENTICATION, 3, "8.9.4", "3.7", false},
		{ES9P_AUTHENTICATE_CLIENT, 1, "8.1.2", "6.1", true}, {ES9P_AUTHENTICATE_CLIENT, 2, "8.1.2", "6.3", true},
		{ES9P_AUTHENTICATE_CLIENT, 3, "8.1.3", "6.1", true}, {ES9P_AUTHENTICATE_CLIENT, 4, "8.1.3", "6.3", true},
		{ES9P_AUTHENTICATE_CLIENT, 5, "8.1", "6.1", true}, {ES9P_AUTHENTICATE_CLIENT, 6, "8.9.5", "3.9", true},
		{ES9P_AUTHENTICATE_CLIENT, 7, "8.10.1", "3.9", true}, {ES9P_AUTHENTICATE_CLIENT, 127, "8.11.1", "3.9", false},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct es11_response r = {.common = {.failed = true}};
		struct buf b = BUF_INIT;

		snprintf(r.common.subject, sizeof(r.common.subject), "%s", row->subject);
		snprintf(r.common.reason, sizeof(r.common.reason), "%s", row->reason);
		es11_der_write_response(&b, row->f, &r);
		assert_bytes_equal(buf_bytes(&b), tree(c, rsp_sprintf(c, "A2{BF%d{81=%02X}}", row->f == ES9P_AUTHENTICATE_CLIENT ? 40 : 39,
			(unsigned)row->number)));
		assert_status(es11_der_read_response(c, row->f, buf_bytes(&b), &r), RSP_OK);
		assert_true(r.common.failed);
		assert_int_equal(strcmp(r.common.subject, row->subject) == 0 && strcmp(r.common.reason, row->reason) == 0, row->back);
		buf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_is_written_as_it_was_read),
		cmocka_unit_test(json_cut_is_malformed_and_flipped_does_no_harm),
		cmocka_unit_test(a_wrong_member_is_named),
		cmocka_unit_test(other_functions_are_not_the_sm_dss),
		cmocka_unit_test(more_events_than_that_are_too_many),
		cmocka_unit_test(der_is_written_as_it_was_read),
		cmocka_unit_test(tags_are_those_of_the_module),
		cmocka_unit_test(der_that_is_no_such_answer_is_malformed),
		cmocka_unit_test(every_code_has_its_number),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
