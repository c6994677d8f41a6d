// SPDX-License-Identifier: BSD-2-Clause
#include <stddef.h>

#include "codec/cursor.h"
#include "codec/es9p_der.h"

#define WRAPPER 0xA2

/*
 * ID: value of 1 to 16 octets. CHALLENGE: value of 16. TEXT: value in UTF-8. WHOLE: the TLV itself. ANY: the one TLV inside an explicit tag.
 * CANCEL: a CancelSessionResponse, see cancel.
 */
enum form { ID, CHALLENGE, TEXT, WHOLE, ANY, CANCEL };

struct part { const char *name; uint32_t tag; enum form form; size_t offset; };

#define REQ(m) offsetof(struct es9p_request, m)
#define RSP(m) offsetof(struct es9p_response, m)
#define PARTS 6

static const struct {
	uint32_t tag;                      /* of the request, and of the response */
	const char *type;
	struct part request[PARTS], response[PARTS];
} functions[ES9P_FUNCTIONS] = {
	[ES9P_INITIATE_AUTHENTICATION] = {0xBF39, "InitiateAuthentication",
		{{"euiccChallenge", 0x81, CHALLENGE, REQ(euicc_challenge)}, {"smdpAddress", 0x83, TEXT, REQ(smdp_address)},
			{"euiccInfo1", 0xBF20, WHOLE, REQ(euicc_info1)}},
		{{"transactionId", 0x80, ID, RSP(transaction_id)}, {"serverSigned1", 0x30, WHOLE, RSP(server_signed1)},
			{"serverSignature1", 0x5F37, WHOLE, RSP(server_signature1)}, {"euiccCiPKIdToBeUsed", 0x04, WHOLE, RSP(ci_id)},
			{"serverCertificate", 0x30, WHOLE, RSP(server_certificate)}}},
	[ES9P_AUTHENTICATE_CLIENT] = {0xBF3B, "AuthenticateClient",
		{{"transactionId", 0x80, ID, REQ(transaction_id)}, {"authenticateServerResponse", 0xBF38, WHOLE, REQ(payload)}},
		{{"transactionId", 0x80, ID, RSP(transaction_id)}, {"profileMetaData", 0xBF25, WHOLE, RSP(profile_metadata)},
			{"smdpSigned2", 0x30, WHOLE, RSP(smdp_signed2)}, {"smdpSignature2", 0x5F37, WHOLE, RSP(smdp_signature2)},
			{"smdpCertificate", 0x30, WHOLE, RSP(smdp_certificate)}}},
	[ES9P_GET_BOUND_PROFILE_PACKAGE] = {0xBF3A, "GetBoundProfilePackage",
		{{"transactionId", 0x80, ID, REQ(transaction_id)}, {"prepareDownloadResponse", 0xBF21, WHOLE, REQ(payload)}},
		{{"transactionId", 0x80, ID, RSP(transaction_id)}, {"boundProfilePackage", 0xBF36, WHOLE, RSP(bound_profile_package)}}},
	/* an untagged CHOICE in an automatically tagged SEQUENCE: a layer of its own around BF37 or 30 */
	[ES9P_HANDLE_NOTIFICATION] = {0xBF3D, "HandleNotification", {{"pendingNotification", 0xA0, ANY, REQ(payload)}}, {{0}}},
	[ES9P_CANCEL_SESSION] = {0xBF41, "CancelSession",
		{{"transactionId", 0x80, ID, REQ(transaction_id)}, {"cancelSessionResponse", 0xA1, CANCEL, REQ(payload)}}, {{0}}},
};

static struct bytes
any(struct cursor *k, const struct part *p)
{
	struct cursor inside = cursor_into(k, k->type, cursor_need(k, p->tag, p->name));
	struct bytes v = cursor_need_whole(&inside, cursor_tag(&inside), p->name);

	cursor_end(&inside);
	if (k->st == RSP_OK)
		k->st = inside.st;
	return v;
}

/*
 * The automatic tag A1 takes the place of BF41, since only an untagged CHOICE gets a layer (X.680 31.2.7); some peers leave BF41 inside all the
 * same. The member is the BF41 TLV either way; the signed part in it is the octets that came.
 */
static struct bytes
cancel(struct cursor *k, const struct part *p)
{
	struct bytes choice = cursor_need(k, p->tag, p->name), v;
	struct cursor inside = cursor_into(k, k->type, choice);
	struct buf b = BUF_INIT;
	uint32_t tag = cursor_tag(&inside);

	v = cursor_need_whole(&inside, tag, p->name);
	cursor_end(&inside);
	if (k->st == RSP_OK)
		k->st = inside.st;
	if (k->st != RSP_OK || tag == 0xBF41)
		return v;
	tlv_add(&b, 0xBF41, choice);
	k->st = buf_finish(&b, k->c, &v);
	return v;
}

static struct bytes
read_part(struct cursor *k, const struct part *p)
{
	switch (p->form) {
	case ID:
		return cursor_sized(k, cursor_need(k, p->tag, p->name), 1, 16, p->name);
	case CHALLENGE:
		return cursor_sized(k, cursor_need(k, p->tag, p->name), 16, 16, p->name);
	case TEXT:
		return cursor_text(k, cursor_need(k, p->tag, p->name), p->name);
	case WHOLE:
		return cursor_need_whole(k, p->tag, p->name);
	case CANCEL:
		return cancel(k, p);
	case ANY:
		break;
	}
	return any(k, p);
}

static void
read_parts(struct cursor *k, const struct part *p, void *out)
{
	const struct part *end = p + PARTS;

	for (; p < end && p->name; p++)
		*(struct bytes *)(void *)((uint8_t *)out + p->offset) = read_part(k, p);
}

static void
write_parts(struct buf *b, const struct part *p, const void *in)
{
	const struct part *end = p + PARTS;
	struct tlv choice;

	for (; p < end && p->name; p++) {
		struct bytes v = *(const struct bytes *)(const void *)((const uint8_t *)in + p->offset);

		if (p->form == WHOLE)
			buf_add(b, v);
		else if (p->form == CANCEL && tlv_only(v, 0xBF41, &choice) == RSP_OK)
			tlv_add(b, p->tag, choice.value);
		else
			tlv_add(b, p->tag, v);
	}
}

/* Over what the wrapper holds: one function, which *tag names. */
static enum rsp_status
unwrap(struct rsp_ctx *c, const char *type, struct bytes body, uint32_t *tag, struct bytes *inside)
{
	enum rsp_status st = cursor_shape(c, type, body);
	struct cursor k;

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, type, body, WRAPPER);
	*tag = cursor_tag(&k);
	*inside = cursor_need(&k, *tag, "the function");
	cursor_end(&k);
	return k.st;
}

/* What the first octets ask for, whatever follows: a notification that cannot be read is answered like any other. */
static void
name_function(struct bytes body, enum es9p_function *f)
{
	uint32_t tag = 0;
	size_t total, header = tlv_header_size(body, &tag, &total);
	unsigned i;

	if (!header || tag != WRAPPER || !tlv_header_size(bytes_from(body, header), &tag, &total))
		return;
	for (i = 0; i < ES9P_FUNCTIONS; i++)
		if (functions[i].tag == tag)
			*f = (enum es9p_function)i;
}

enum rsp_status
es9p_der_read_request(struct rsp_ctx *c, struct bytes body, enum es9p_function *f, struct es9p_request *out)
{
	struct es9p_request v = {0};
	struct bytes inside = BYTES_NONE;
	struct cursor k;
	uint32_t tag = 0;
	unsigned i;
	enum rsp_status st = unwrap(c, "RemoteProfileProvisioningRequest", body, &tag, &inside);

	name_function(body, f);
	if (st != RSP_OK)
		return st;
	for (i = 0; i < ES9P_FUNCTIONS; i++)
		if (functions[i].tag == tag)
			break;
	if (i == ES9P_FUNCTIONS)
		return rsp_fail(c, RSP_MALFORMED, "RemoteProfileProvisioningRequest: %X is no function of ES9+", (unsigned)tag);
	k = (struct cursor){.c = c, .type = functions[i].type, .rest = inside};
	read_parts(&k, functions[i].request, &v);
	if (k.st != RSP_OK)
		return k.st;
	*f = (enum es9p_function)i;
	*out = v;
	return RSP_OK;
}

void
es9p_der_write_request(struct buf *b, enum es9p_function f, const struct es9p_request *v)
{
	size_t wrapper = tlv_open(b, WRAPPER), function = tlv_open(b, functions[f].tag);

	write_parts(b, functions[f].request, v);
	tlv_close(b, function);
	tlv_close(b, wrapper);
}

enum rsp_status
es9p_der_read_response(struct rsp_ctx *c, enum es9p_function f, struct bytes body, struct es9p_response *out)
{
	struct es9p_response v = {0};
	struct bytes inside = BYTES_NONE;
	struct cursor k, ok;
	uint32_t tag = 0;
	enum rsp_status st = RSP_OK;

	if (f == ES9P_HANDLE_NOTIFICATION) {
		if (body.n)
			return rsp_fail(c, RSP_MALFORMED, "HandleNotification has no answer, here are %zu octets", body.n);
		*out = v;
		return RSP_OK;
	}
	if ((st = unwrap(c, "RemoteProfileProvisioningResponse", body, &tag, &inside)) != RSP_OK)
		return st;
	if (tag != functions[f].tag)
		return rsp_fail(c, RSP_MALFORMED, "RemoteProfileProvisioningResponse: want %s, have %X", functions[f].type, (unsigned)tag);
	k = (struct cursor){.c = c, .type = functions[f].type, .rest = inside};
	if (cursor_tag(&k) == 0xA0) {
		ok = cursor_into(&k, k.type, cursor_need(&k, 0xA0, "the answer"));
		read_parts(&ok, functions[f].response, &v);
		k.st = ok.st;
	} else {
		es9p_der_set_code(tag, cursor_need_int(&k, 0x81, "the error"), &v);
	}
	cursor_end(&k);
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

void
es9p_der_write_response(struct buf *b, enum es9p_function f, const struct es9p_response *v)
{
	size_t wrapper, function, ok;

	if (f == ES9P_HANDLE_NOTIFICATION)
		return;
	wrapper = tlv_open(b, WRAPPER);
	function = tlv_open(b, functions[f].tag);
	if (v->failed) {
		tlv_add_uint(b, 0x81, (uint64_t)es9p_der_error(functions[f].tag, v->subject, v->reason));
	} else {
		ok = tlv_open(b, 0xA0);
		write_parts(b, functions[f].response, v);
		tlv_close(b, ok);
	}
	tlv_close(b, function);
	tlv_close(b, wrapper);
}
