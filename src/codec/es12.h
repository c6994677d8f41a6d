// SPDX-License-Identifier: BSD-2-Clause
/*
 * ES12 and ES15 in the JSON binding (SGP.22 5.8, 5.10, 6.5): a server registers an event for a eUICC at an SM-DS, and takes it away again. Texts are
 * spans of the decoded JSON strings; absent when the member is not there.
 */
#ifndef CODEC_ES12_H
#define CODEC_ES12_H

#include "base/buf.h"

enum es12_function { ES12_REGISTER_EVENT, ES12_DELETE_EVENT, ES12_FUNCTIONS };
/* "/gsma/rsp2/es12/registerEvent" ... ES15 asks on the same path. */
const char *es12_path(enum es12_function f);
/* The function a path asks for; "es15" in the place of "es12" is taken as well. False: none. */
bool es12_function_of(const char *path, enum es12_function *f);

struct es12_request {
	struct bytes requester, call_id;           /* header: functionRequesterIdentifier, functionCallIdentifier */
	struct bytes eid, event_id;
	struct bytes rsp_server_address;           /* RegisterEvent */
	bool has_forwarding, forwarding;           /* forwardingIndicator, RegisterEvent */
};
/* MALFORMED: no JSON object, or a member of the wrong type (HTTP 400). Unknown members are ignored. */
RSP_MUST_USE enum rsp_status es12_read_request(struct rsp_ctx *c, enum es12_function f, struct bytes body, struct es12_request *out);
void es12_write_request(struct buf *b, enum es12_function f, const struct es12_request *v);

struct es12_response {
	bool failed;
	char subject[12], reason[8], subject_identifier[64], message[200];   /* when failed; optional ones "" */
};
RSP_MUST_USE enum rsp_status es12_read_response(struct rsp_ctx *c, struct bytes body, struct es12_response *out);
void es12_write_response(struct buf *b, const struct es12_response *v);

#endif
