// SPDX-License-Identifier: BSD-2-Clause
#include <stddef.h>

#include "codec/es9p.h"
#include "codec/json_members.h"
#include "tlv/tlv.h"

enum form { HEX, BASE64, TEXT };

struct member { const char *name; enum form form; size_t offset; };

#define REQ(m) offsetof(struct es9p_request, m)
#define RSP(m) offsetof(struct es9p_response, m)
#define MEMBERS 6

static const struct {
	const char *path;
	struct member request[MEMBERS], response[MEMBERS];
} functions[ES9P_FUNCTIONS] = {
	[ES9P_INITIATE_AUTHENTICATION] = {"/gsma/rsp2/es9plus/initiateAuthentication",
		{{"euiccChallenge", BASE64, REQ(euicc_challenge)}, {"euiccInfo1", BASE64, REQ(euicc_info1)}, {"smdpAddress", TEXT, REQ(smdp_address)}},
		{{"transactionId", HEX, RSP(transaction_id)}, {"serverSigned1", BASE64, RSP(server_signed1)},
			{"serverSignature1", BASE64, RSP(server_signature1)}, {"euiccCiPKIdToBeUsed", BASE64, RSP(ci_id)},
			{"serverCertificate", BASE64, RSP(server_certificate)}}},
	[ES9P_AUTHENTICATE_CLIENT] = {"/gsma/rsp2/es9plus/authenticateClient",
		{{"transactionId", HEX, REQ(transaction_id)}, {"authenticateServerResponse", BASE64, REQ(payload)}},
		{{"transactionId", HEX, RSP(transaction_id)}, {"profileMetadata", BASE64, RSP(profile_metadata)},
			{"smdpSigned2", BASE64, RSP(smdp_signed2)}, {"smdpSignature2", BASE64, RSP(smdp_signature2)},
			{"smdpCertificate", BASE64, RSP(smdp_certificate)}}},
	[ES9P_GET_BOUND_PROFILE_PACKAGE] = {"/gsma/rsp2/es9plus/getBoundProfilePackage",
		{{"transactionId", HEX, REQ(transaction_id)}, {"prepareDownloadResponse", BASE64, REQ(payload)}},
		{{"transactionId", HEX, RSP(transaction_id)}, {"boundProfilePackage", BASE64, RSP(bound_profile_package)}}},
	[ES9P_HANDLE_NOTIFICATION] = {"/gsma/rsp2/es9plus/handleNotification", {{"pendingNotification", BASE64, REQ(payload)}}, {{0}}},
	[ES9P_CANCEL_SESSION] = {"/gsma/rsp2/es9plus/cancelSession",
		{{"transactionId", HEX, REQ(transaction_id)}, {"cancelSessionResponse", BASE64, REQ(payload)}}, {{0}}},
};

const char *
es9p_path(enum es9p_function f)
{
	return functions[f].path;
}

static struct bytes *
at(void *base, size_t offset)
{
	return (struct bytes *)(void *)((uint8_t *)base + offset);
}

static void
read_members(struct json_members *m, const struct member *row, void *out)
{
	const struct member *end = row + MEMBERS;

	for (; row < end && row->name; row++)
		*at(out, row->offset) = row->form == HEX ? member_hex(m, row->name) : row->form == BASE64 ? member_base64(m, row->name)
			: member_need_text(m, row->name);
}

static void
write_members(struct json_out *j, const struct member *row, const void *in)
{
	const struct member *end = row + MEMBERS;

	for (; row < end && row->name; row++) {
		struct bytes v = *(const struct bytes *)(const void *)((const uint8_t *)in + row->offset);

		if (row->form == HEX)
			json_hex(j, row->name, v);
		else if (row->form == BASE64)
			json_base64(j, row->name, v);
		else
			json_text(j, row->name, v);
	}
}

enum rsp_status
es9p_read_request(struct rsp_ctx *c, enum es9p_function f, struct bytes body, struct es9p_request *out)
{
	struct es9p_request v = {0};
	struct json_members m = {.c = c};
	enum rsp_status st = json_read(c, body, &m.object);

	if (st != RSP_OK)
		return st;
	if (!json_is_object(m.object))
		return rsp_fail(c, RSP_MALFORMED, "the body is no JSON object");
	read_members(&m, functions[f].request, &v);
	if (m.st == RSP_OK)
		*out = v;
	return m.st;
}

void
es9p_write_request(struct buf *b, enum es9p_function f, const struct es9p_request *v)
{
	struct json_out j = JSON_OUT(b);

	json_object(&j, NULL);
	write_members(&j, functions[f].request, v);
	json_object_end(&j);
}

enum rsp_status
es9p_read_response(struct rsp_ctx *c, enum es9p_function f, struct bytes body, struct es9p_response *out)
{
	struct es9p_response v = {0};
	struct json_members m = {.c = c};
	struct execution_status s = {.subject = v.subject, .reason = v.reason, .identifier = v.subject_identifier, .message = v.message,
		.subject_size = sizeof(v.subject), .reason_size = sizeof(v.reason), .identifier_size = sizeof(v.subject_identifier),
		.message_size = sizeof(v.message)};
	enum rsp_status st;

	if (f == ES9P_HANDLE_NOTIFICATION && !body.n) {
		*out = v;
		return RSP_OK;
	}
	if ((st = json_read(c, body, &m.object)) != RSP_OK)
		return st;
	read_execution_status(&m, &s);
	v.failed = s.failed;
	if (m.st == RSP_OK && !v.failed)
		read_members(&m, functions[f].response, &v);
	if (m.st == RSP_OK)
		*out = v;
	return m.st;
}

void
es9p_write_response(struct buf *b, enum es9p_function f, const struct es9p_response *v)
{
	struct json_out j = JSON_OUT(b);

	if (f == ES9P_HANDLE_NOTIFICATION)
		return;
	json_object(&j, NULL);
	write_execution_status(&j, v->failed, v->subject, v->reason, v->subject_identifier, v->message);
	if (!v->failed)
		write_members(&j, functions[f].response, v);
	json_object_end(&j);
}
