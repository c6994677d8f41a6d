// SPDX-License-Identifier: BSD-2-Clause
/* ES9+ in the ASN.1 binding: what goes out is what the compiled types take, and what is read is what went out. */
#include "unit/codec/message.h"

#include <RemoteProfileProvisioningRequest.h>
#include <RemoteProfileProvisioningResponse.h>

#include "codec/asn1.h"
#include "codec/es9p_der.h"

#define SKI "04=0102030405060708090A0B0C0D0E0F1011121314"
#define INFO1 "BF20{82=020202 A9{" SKI "} AA{" SKI "}}"
#define SIGNED1 "30{" TXID " 81=" X16 " 83=" HOST " 84=" X16 "}"
#define METADATA "BF25{" ICCID " 91=41 92=42}"
#define BPP \
	"BF36{BF23{82=01 " TXID " A6{80=88 81=10 84=0102} " OTPK " " SIGNATURE "} A0{87=" X16 "} A1{88=" X16 "} A3{86=" X16 " 86=" X16 "}}"
#define META "BF2F{80=07 81=0780 0C=" HOST " " ICCID "}"
#define OTHER "30{" META " " SIGNATURE " " CERTIFICATE " " CERTIFICATE "}"

/* The request says itself which function it is. */
static enum rsp_status
request(struct rsp_ctx *c, struct bytes der, struct buf *b)
{
	struct es9p_request v = {.smdp_address = bytes_of_str("untouched")};
	enum es9p_function f = ES9P_FUNCTIONS;
	enum rsp_status st = es9p_der_read_request(c, der, &f, &v);

	if (st == RSP_OK) {
		es9p_der_write_request(b, f, &v);
		return st;
	}
	assert_true(bytes_equal_str(v.smdp_address, "untouched"));
	assert_true(c->error.status == st && c->error.text[0]);
	return st;
}

static enum rsp_status
response(struct rsp_ctx *c, enum es9p_function f, struct bytes der, struct buf *b)
{
	struct es9p_response v = {.message = "untouched"};
	enum rsp_status st = es9p_der_read_response(c, f, der, &v);

	if (st == RSP_OK) {
		es9p_der_write_response(b, f, &v);
		return st;
	}
	assert_string_equal(v.message, "untouched");
	assert_true(c->error.status == st && c->error.text[0]);
	return st;
}

#define RESPONSE(name, f) static enum rsp_status name(struct rsp_ctx *c, struct bytes der, struct buf *b) { return response(c, f, der, b); }
RESPONSE(initiated, ES9P_INITIATE_AUTHENTICATION)
RESPONSE(client, ES9P_AUTHENTICATE_CLIENT)
RESPONSE(bound, ES9P_GET_BOUND_PROFILE_PACKAGE)
RESPONSE(notified, ES9P_HANDLE_NOTIFICATION)
RESPONSE(cancelled, ES9P_CANCEL_SESSION)

static const struct message requests[] = {
	{"InitiateAuthentication", request, "A2{BF39{81=" X16 " 83=" HOST " " INFO1 "}}"},
	{"AuthenticateClient", request, "A2{BF3B{" TXID " BF38{A1{" TXID " 02=04}}}}"},
	{"GetBoundProfilePackage", request, "A2{BF3A{" TXID " BF21{A1{" TXID " 02=05}}}}"},
	{"HandleNotification", request, "A2{BF3D{A0{" OTHER "}}}"},
	{"CancelSession", request, "A2{BF41{" TXID " A1{A0{30{" TXID " 81=8837 82=00} " SIGNATURE "}}}}"},
	{"CancelSession of a short transaction", request, "A2{BF41{80=01 A1{81=7F}}}"},
};

static const struct message responses[] = {
	{"InitiateAuthentication", initiated, "A2{BF39{A0{" TXID " " SIGNED1 " " SIGNATURE " " SKI " " CERTIFICATE "}}}"},
	{"InitiateAuthentication, no", initiated, "A2{BF39{81=01}}"},
	{"AuthenticateClient", client, "A2{BF3B{A0{" TXID " " METADATA " 30{" TXID " 01=00} " SIGNATURE " " CERTIFICATE "}}}"},
	{"AuthenticateClient, no", client, "A2{BF3B{81=12}}"},
	{"GetBoundProfilePackage", bound, "A2{BF3A{A0{" TXID " " BPP "}}}"},
	{"GetBoundProfilePackage, no", bound, "A2{BF3A{81=5F}}"},
	{"CancelSession", cancelled, "A2{BF41{A0{}}}"},
	{"CancelSession, no", cancelled, "A2{BF41{81=01}}"},
};

static void
what_is_read_is_written_again(void **state)
{
	EACH_MESSAGE(state, requests, assert_round_trip);
	EACH_MESSAGE(state, responses, assert_round_trip);
}

static void
cuts_are_malformed(void **state)
{
	EACH_MESSAGE(state, requests, assert_cuts_are_malformed);
	EACH_MESSAGE(state, responses, assert_cuts_are_malformed);
}

/* Another reading or none; a reading of the same octets would be an octet that nobody looks at. */
static void
assert_flips_change(struct rsp_ctx *c, const struct message *m)
{
	struct bytes der = tree(c, m->tree);
	size_t n = der.n, i;
	uint8_t *whole = malloc(n);

	assert_non_null(whole);
	memcpy(whole, der.p, n);
	for (i = 0; i < n * 9; i++) {
		const uint8_t mask = (uint8_t)(i % 9 == 8 ? 0xFF : 1 << i % 9);
		struct buf b = BUF_INIT;
		enum rsp_status st;

		rsp_ctx_reset(c);
		whole[i / 9] ^= mask;
		st = echo_exactly(c, m, bytes_of(whole, n), &b);
		assert_true(st == RSP_OK || st == RSP_MALFORMED);
		whole[i / 9] ^= mask;
		if (st == RSP_OK && bytes_equal(buf_bytes(&b), bytes_of(whole, n)))
			fail_msg("%s: octet %zu may be anything", m->name, i / 9);
		buf_free(&b);
	}
	free(whole);
}

static void
flips_give_another_reading_or_none(void **state)
{
	EACH_MESSAGE(state, requests, assert_flips_change);
	EACH_MESSAGE(state, responses, assert_flips_change);
}

/* The compiled module takes each of them as that alternative and encodes the same octets again. */
static void
tags_are_those_of_the_module(void **state)
{
	static const RemoteProfileProvisioningRequest_PR asked[] = {
		RemoteProfileProvisioningRequest_PR_initiateAuthenticationRequest, RemoteProfileProvisioningRequest_PR_authenticateClientRequest,
		RemoteProfileProvisioningRequest_PR_getBoundProfilePackageRequest, RemoteProfileProvisioningRequest_PR_handleNotification,
		RemoteProfileProvisioningRequest_PR_cancelSessionRequestEs9, RemoteProfileProvisioningRequest_PR_cancelSessionRequestEs9,
	};
	static const RemoteProfileProvisioningResponse_PR answered[] = {
		RemoteProfileProvisioningResponse_PR_initiateAuthenticationResponse, RemoteProfileProvisioningResponse_PR_authenticateClientResponseEs9,
		RemoteProfileProvisioningResponse_PR_getBoundProfilePackageResponse, RemoteProfileProvisioningResponse_PR_cancelSessionResponseEs9,
	};
	size_t i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct bytes der = tree(c, requests[i].tree);
		void *v = NULL;

		assert_status(codec_decode(c, &asn_DEF_RemoteProfileProvisioningRequest, der, &v), RSP_OK);
		assert_int_equal(((RemoteProfileProvisioningRequest_t *)v)->present, asked[i]);
		if (!codec_is_canonical(c, &asn_DEF_RemoteProfileProvisioningRequest, v, der))
			fail_msg("%s: not the octets the module writes", requests[i].name);
	}
	for (i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct bytes der = tree(c, responses[i].tree);
		void *v = NULL;

		assert_status(codec_decode(c, &asn_DEF_RemoteProfileProvisioningResponse, der, &v), RSP_OK);
		assert_int_equal(((RemoteProfileProvisioningResponse_t *)v)->present, answered[i / 2]);
		if (!codec_is_canonical(c, &asn_DEF_RemoteProfileProvisioningResponse, v, der))
			fail_msg("%s: not the octets the module writes", responses[i].name);
	}
}

/* Both bindings say the same with the same struct. */
static void
members_are_those_of_the_json_binding(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct es9p_request der, json;
	enum es9p_function f;
	size_t i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct buf b = BUF_INIT, again = BUF_INIT;

		assert_status(es9p_der_read_request(c, tree(c, requests[i].tree), &f, &der), RSP_OK);
		es9p_write_request(&b, f, &der);
		assert_status(es9p_read_request(c, f, buf_bytes(&b), &json), RSP_OK);
		es9p_der_write_request(&again, f, &json);
		assert_bytes_equal(buf_bytes(&again), tree(c, requests[i].tree));
		buf_free(&b);
		buf_free(&again);
	}
	assert_status(es9p_der_read_request(c, tree(c, requests[3].tree), &f, &der), RSP_OK);
	assert_bytes_equal(der.payload, tree(c, OTHER));
	assert_status(es9p_der_read_request(c, tree(c, requests[5].tree), &f, &der), RSP_OK);
	assert_hex_equal(c, der.payload, "BF410381017F");
	assert_hex_equal(c, der.transaction_id, "01");
}

static void
what_is_no_such_message_is_malformed(void **state)
{
	static const struct message rows[] = {
		{"another wrapper", request, "A3{BF41{" TXID " A1{BF41{81=7F}}}}"},
		{"no wrapper", request, "BF41{" TXID " A1{BF41{81=7F}}}"},
		{"nothing inside", request, "A2{}"},
		{"two functions", request, "A2{BF41{" TXID " A1{BF41{81=7F}}} BF41{" TXID " A1{BF41{81=7F}}}}"},
		{"no function", request, "A2{BF40{" TXID "}}"},
		{"an empty function", request, "A2{BF3B{}}"},
		{"no tag of its own", request, "A2{BF41{" TXID " BF41{81=7F}}}"},
		{"an empty layer", request, "A2{BF41{" TXID " A1{}}}"},
		{"two in a layer", request, "A2{BF41{" TXID " A1{BF41{81=7F} BF41{81=7F}}}}"},
		{"two alternatives", request, "A2{BF41{" TXID " A1{81=7F 81=7F}}}"},
		{"no layer around a notification", request, "A2{BF3D{" OTHER "}}"},
		{"a challenge of 15", request, "A2{BF39{81=000102030405060708090A0B0C0D0E 83=" HOST " " INFO1 "}}"},
		{"an address in no UTF-8", request, "A2{BF39{81=" X16 " 83=C0AF " INFO1 "}}"},
		{"members in another order", request, "A2{BF39{83=" HOST " 81=" X16 " " INFO1 "}}"},
		{"an empty transactionId", request, "A2{BF3A{80= BF21{A1{" TXID " 02=05}}}}"},
		{"a transactionId of 17", request, "A2{BF3A{" TXID "00 BF21{A1{" TXID " 02=05}}}}"},
		{"another function's answer", initiated, "A2{BF3B{81=01}}"},
		{"neither yes nor no", client, "A2{BF3B{82=01}}"},
		{"yes and no", client, "A2{BF3B{81=01 A0{}}}"},
		{"a yes without members", client, "A2{BF3B{A0{}}}"},
		{"a number below 0", client, "A2{BF3B{81=FF}}"},
		{"a number without octets", client, "A2{BF3B{81=}}"},
		{"an answer to a notification", notified, "A2{BF3D{}}"},
	};

	EACH_VERDICT(state, rows, RSP_MALFORMED);
}

static void
later_members_are_tolerated(void **state)
{
	static const struct message rows[] = {
		{"useMatchingIdForAcr", request, "A2{BF3B{" TXID " BF38{A1{" TXID " 02=04}} 82=}}"},
		{"lpaRspCapability", request, "A2{BF39{81=" X16 " 83=" HOST " " INFO1 " 85=0780}}"},
		{"otherCertsInChain", initiated, "A2{BF39{A0{" TXID " " SIGNED1 " " SIGNATURE " " SKI " " CERTIFICATE " A1{30{}}}}}"},
		{"a member of CancelSessionOk", cancelled, "A2{BF41{A0{80=00}}}"},
		{"another kind of notification", request, "A2{BF3D{A0{BF44{}}}}"},
	};
	struct es9p_response r;

	EACH_VERDICT(state, rows, RSP_OK);
	assert_status(es9p_der_read_response(fresh_ctx(state), ES9P_HANDLE_NOTIFICATION, BYTES_NONE, &r), RSP_OK);
	assert_false(r.failed);
}

/* A tag of its own around BF41, or in its place: the same request. */
static void
both_forms_of_a_cancelled_session_are_read(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct es9p_request within, instead;
	enum es9p_function f;

	assert_status(es9p_der_read_request(c, tree(c, "A2{BF41{" TXID " A1{BF41{81=05}}}}"), &f, &within), RSP_OK);
	assert_int_equal(f, ES9P_CANCEL_SESSION);
	assert_status(es9p_der_read_request(c, tree(c, "A2{BF41{" TXID " A1{81=05}}}"), &f, &instead), RSP_OK);
	assert_bytes_equal(within.payload, instead.payload);
	assert_hex_equal(c, instead.payload, "BF4103810105");
}

struct code { enum es9p_function f; int number; const char *subject, *reason, *name; };

static void
assert_written(struct rsp_ctx *c, const struct code *row)
{
	static const unsigned tags[ES9P_FUNCTIONS] = {0xBF39, 0xBF3B, 0xBF3A, 0, 0xBF41};
	struct es9p_response r = {.failed = true};
	struct buf b = BUF_INIT;

	snprintf(r.subject, sizeof(r.subject), "%s", row->subject);
	snprintf(r.reason, sizeof(r.reason), "%s", row->reason);
	es9p_der_write_response(&b, row->f, &r);
	assert_bytes_equal(buf_bytes(&b), tree(c, rsp_sprintf(c, "A2{%X{81=%02X}}", tags[row->f], (unsigned)row->number)));
	assert_status(es9p_der_read_response(c, row->f, buf_bytes(&b), &r), RSP_OK);
	assert_true(r.failed);
	if (row->name) {
		assert_string_equal(r.subject, row->subject);
		assert_string_equal(r.reason, row->reason);
		assert_string_equal(r.message, rsp_sprintf(c, "%s(%d)", row->name, row->number));
	}
	buf_free(&b);
}

/* Both ways; without a name, the number is read as another code that shares it. */
static void
every_code_has_its_number(void **state)
{
	static const struct code rows[] = {
		{ES9P_INITIATE_AUTHENTICATION, 1, "8.8.1", "3.8", "invalidDpAddress"},
		{ES9P_INITIATE_AUTHENTICATION, 2, "8.8.3", "3.1", "euiccVersionNotSupportedByDp"},
		{ES9P_INITIATE_AUTHENTICATION, 3, "8.8.2", "3.1", "ciPKNotSupported"},
		{ES9P_INITIATE_AUTHENTICATION, 3, "8.8.4", "3.7", NULL}, {ES9P_INITIATE_AUTHENTICATION, 1, "8.9.1", "3.8", NULL},
		{ES9P_INITIATE_AUTHENTICATION, 2, "8.9.3", "3.1", NULL}, {ES9P_INITIATE_AUTHENTICATION, 3, "8.9.2", "3.1", NULL},
		{ES9P_INITIATE_AUTHENTICATION, 3, "8.9.4", "3.7", NULL}, {ES9P_INITIATE_AUTHENTICATION, 127, "8.10.1", "3.9", NULL},
		{ES9P_AUTHENTICATE_CLIENT, 1, "8.1.2", "6.1", "eumCertificateInvalid"}, {ES9P_AUTHENTICATE_CLIENT, 2, "8.1.2", "6.3", "eumCertificateExpired"},
		{ES9P_AUTHENTICATE_CLIENT, 3, "8.1.3", "6.1", "euiccCertificateInvalid"}, {ES9P_AUTHENTICATE_CLIENT, 4, "8.1.3", "6.3", "euiccCertificateExpired"},
		{ES9P_AUTHENTICATE_CLIENT, 5, "8.1", "6.1", "euiccSignatureInvalid"}, {ES9P_AUTHENTICATE_CLIENT, 6, "8.2.6", "3.8", "matchingIdRefused"},
		{ES9P_AUTHENTICATE_CLIENT, 7, "8.1.1", "3.8", "eidMismatch"}, {ES9P_AUTHENTICATE_CLIENT, 8, "8.2.5", "4.3", "noEligibleProfile"},
		{ES9P_AUTHENTICATE_CLIENT, 9, "8.11.1", "3.9", "ciPKUnknown"}, {ES9P_AUTHENTICATE_CLIENT, 10, "8.10.1", "3.9", "invalidTransactionId"},
		{ES9P_AUTHENTICATE_CLIENT, 11, "8.1", "4.8", "insufficientMemory"}, {ES9P_AUTHENTICATE_CLIENT, 18, "8.8.5", "4.10", "downloadOrderExpired"},
		{ES9P_AUTHENTICATE_CLIENT, 127, "8.8.5", "6.4", NULL}, {ES9P_AUTHENTICATE_CLIENT, 127, "8.2", "1.2", NULL},
		{ES9P_GET_BOUND_PROFILE_PACKAGE, 1, "8.1", "6.1", "euiccSignatureInvalid"},
		{ES9P_GET_BOUND_PROFILE_PACKAGE, 2, "8.2.7", "2.2", "confirmationCodeMissing"},
		{ES9P_GET_BOUND_PROFILE_PACKAGE, 3, "8.2.7", "3.8", "confirmationCodeRefused"},
		{ES9P_GET_BOUND_PROFILE_PACKAGE, 4, "8.2.7", "6.4", "confirmationCodeRetriesExceeded"},
		{ES9P_GET_BOUND_PROFILE_PACKAGE, 5, "8.2", "3.7", "bppRebindingRefused"},
		{ES9P_GET_BOUND_PROFILE_PACKAGE, 6, "8.8.5", "4.10", "downloadOrderExpired"},
		{ES9P_GET_BOUND_PROFILE_PACKAGE, 95, "8.10.1", "3.9", "invalidTransactionId"}, {ES9P_GET_BOUND_PROFILE_PACKAGE, 127, "8.2.10", "4.2", NULL},
		{ES9P_CANCEL_SESSION, 1, "8.10.1", "3.9", "invalidTransactionId"}, {ES9P_CANCEL_SESSION, 2, "8.1", "6.1", "euiccSignatureInvalid"},
		{ES9P_CANCEL_SESSION, 127, "8.8", "3.10", NULL}, {ES9P_CANCEL_SESSION, 127, "", "", NULL},
	}, *row;
	static const unsigned char unknown[] = {0xA2, 0x06, 0xBF, 0x3B, 0x03, 0x81, 0x01, 0x0C};
	struct es9p_response r;

	FOR_EACH_ROW(rows, row)
		assert_written(fresh_ctx(state), row);
	assert_status(es9p_der_read_response(fresh_ctx(state), ES9P_AUTHENTICATE_CLIENT, BYTES_OF(unknown), &r), RSP_OK);
	assert_true(r.failed && !r.subject[0] && !r.reason[0]);
	assert_string_equal(r.message, "error(12)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_written_again),
		cmocka_unit_test(cuts_are_malformed),
		cmocka_unit_test(flips_give_another_reading_or_none),
		cmocka_unit_test(tags_are_those_of_the_module),
		cmocka_unit_test(members_are_those_of_the_json_binding),
		cmocka_unit_test(what_is_no_such_message_is_malformed),
		cmocka_unit_test(later_members_are_tolerated),
		cmocka_unit_test(both_forms_of_a_cancelled_session_are_read),
		cmocka_unit_test(every_code_has_its_number),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
