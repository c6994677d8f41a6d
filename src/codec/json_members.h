// SPDX-License-Identifier: BSD-2-Clause
/* Members of ES2+ and ES9+ JSON, read with the sentence that names the one that is wrong. */
#ifndef CODEC_JSON_MEMBERS_H
#define CODEC_JSON_MEMBERS_H

#include "base/json_out.h"
#include "codec/json_in.h"

struct json_members {
	struct rsp_ctx *c;
	const struct json *object;
	enum rsp_status st;      /* of the first member that was wrong */
};

/* Absent when not there; MALFORMED when there and no string. */
struct bytes member_text(struct json_members *m, const char *name);
/* MALFORMED when missing, no string, or not base64 / hex. */
struct bytes member_base64(struct json_members *m, const char *name);
struct bytes member_hex(struct json_members *m, const char *name);
struct bytes member_need_text(struct json_members *m, const char *name);

/* header.functionExecutionStatus of an answer: true when it says Executed-*. The four texts are filled when Failed. */
struct execution_status { bool failed; char *subject, *reason, *identifier, *message; size_t subject_size, reason_size, identifier_size, message_size; };
void read_execution_status(struct json_members *m, struct execution_status *s);
void write_execution_status(struct json_out *j, bool failed, const char *subject, const char *reason, const char *identifier, const char *message);

#endif
