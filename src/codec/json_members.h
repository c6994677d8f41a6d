// SPDX-License-Identifier: BSD-2-Clause
/* Members of ES2+, ES9+ and ES12 JSON, read with the sentence that names the one that is wrong. */
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

/* The body of a request whose caller stands in its header (ES2+, ES12), and m->object from it. */
RSP_MUST_USE enum rsp_status read_caller(struct json_members *m, struct bytes body, struct bytes *requester, struct bytes *call_id);
void write_caller(struct json_out *j, struct bytes requester, struct bytes call_id);

/* A text that some functions (bits) have: its name, and where its struct bytes stands in the request v. Absent ones are not written. */
struct text_member { const char *name; size_t offset; unsigned functions; };
void read_texts(struct json_members *m, const struct text_member *t, size_t n, unsigned function, void *v);
void write_texts(struct json_out *j, const struct text_member *t, size_t n, unsigned function, const void *v);

/* header.functionExecutionStatus of an answer: true when it says Executed-*. The four texts are filled when Failed. */
struct execution_status { bool failed; char *subject, *reason, *identifier, *message; size_t subject_size, reason_size, identifier_size, message_size; };
void read_execution_status(struct json_members *m, struct execution_status *s);
void write_execution_status(struct json_out *j, bool failed, const char *subject, const char *reason, const char *identifier, const char *message);

#endif
