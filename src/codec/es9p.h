// SPDX-License-Identifier: BSD-2-Clause
/*
 * ES9+ in the JSON binding (SGP.22 6.5): requests and responses as plain structs, both ways. Binary members are the whole DER TLV.
 * Reading a request: MALFORMED when the body is not such JSON, a needed member is missing, not base64, or not hex (HTTP 400).
 * Unknown members are ignored.
 */
#ifndef CODEC_ES9P_H
#define CODEC_ES9P_H

#include "base/buf.h"

enum es9p_function { ES9P_INITIATE_AUTHENTICATION, ES9P_AUTHENTICATE_CLIENT, ES9P_GET_BOUND_PROFILE_PACKAGE, ES9P_HANDLE_NOTIFICATION, ES9P_CANCEL_SESSION, ES9P_FUNCTIONS };
/* "/gsma/rsp2/es9plus/initiateAuthentication" ... */
const char *es9p_path(enum es9p_function f);

/* One struct for all five; each function uses its own members. */
struct es9p_request {
	struct bytes transaction_id;               /* decoded hex; all but the first and HandleNotification */
	struct bytes euicc_challenge;              /* 16 octets, InitiateAuthentication: value without TLV */
	struct bytes euicc_info1;                  /* BF20 TLV */
	struct bytes smdp_address;                 /* text */
	struct bytes payload;                      /* authenticateServerResponse, prepareDownloadResponse, pendingNotification, cancelSessionResponse: DER */
};
RSP_MUST_USE enum rsp_status es9p_read_request(struct rsp_ctx *c, enum es9p_function f, struct bytes body, struct es9p_request *out);
void es9p_write_request(struct buf *b, enum es9p_function f, const struct es9p_request *v);

struct es9p_response {
	bool failed;
	char subject[12], reason[8], subject_identifier[64], message[200];   /* when failed; optional ones "" */
	struct bytes transaction_id;
	struct bytes server_signed1, server_signature1, ci_id, server_certificate;   /* InitiateAuthentication; signature as 5F37 TLV, ci_id as 04 TLV */
	struct bytes profile_metadata, smdp_signed2, smdp_signature2, smdp_certificate;  /* AuthenticateClient */
	struct bytes bound_profile_package;
};
/* MALFORMED: not such JSON, or a member of a successful answer is missing. */
RSP_MUST_USE enum rsp_status es9p_read_response(struct rsp_ctx *c, enum es9p_function f, struct bytes body, struct es9p_response *out);
/* Exactly the members the function names, no others. */
void es9p_write_response(struct buf *b, enum es9p_function f, const struct es9p_response *v);

#endif
