// SPDX-License-Identifier: BSD-2-Clause
#include "codec/json_members.h"

#include "base/base64.h"
#include "base/hex.h"

struct bytes
member_text(struct json_members *m, const char *name)
{
	const struct json *v = json_get(m->object, name);
	struct bytes out = BYTES_NONE;

	if (v && !json_text_of(v, &out) && m->st == RSP_OK)
		m->st = rsp_fail(m->c, RSP_MALFORMED, "%s: want a string", name);
	return out;
}

struct bytes
member_need_text(struct json_members *m, const char *name)
{
	struct bytes v = member_text(m, name);

	if (!v.p && m->st == RSP_OK)
		m->st = rsp_fail(m->c, RSP_MALFORMED, "%s is missing", name);
	return v;
}

/* The first part of text that fits into size with a NUL, whole characters only. */
static void
put(char *to, size_t size, struct bytes text)
{
	size_t n = text.n < size ? text.n : size - 1;

	while (n < text.n && n && (text.p[n] & 0xC0) == 0x80)
		n--;
	if (n)
		memcpy(to, text.p, n);
	to[n] = '\0';
}

static struct bytes
decoded(struct json_members *m, const char *name, enum rsp_status (*read)(struct rsp_ctx *, struct bytes, struct bytes *))
{
	struct bytes text = member_need_text(m, name), out = BYTES_NONE;
	enum rsp_status st;

	if (m->st != RSP_OK)
		return BYTES_NONE;
	st = read(m->c, text, &out);
	if (st != RSP_OK) {
		char why[120];

		put(why, sizeof(why), bytes_of_str(m->c->error.text));
		m->st = rsp_fail(m->c, st, "%s: %s", name, why);
	}
	return out;
}

struct bytes
member_base64(struct json_members *m, const char *name)
{
	return decoded(m, name, base64_read);
}

struct bytes
member_hex(struct json_members *m, const char *name)
{
	return decoded(m, name, hex_read);
}

void
read_execution_status(struct json_members *m, struct execution_status *s)
{
	struct json_members status = {.c = m->c, .object = json_get(json_get(m->object, "header"), "functionExecutionStatus")};
	struct json_members data = {.c = m->c, .object = json_get(status.object, "statusCodeData")};
	struct bytes word = member_need_text(&status, "status");

	if (status.st != RSP_OK) {
		m->st = status.st;
		return;
	}
	s->failed = !bytes_equal_str(word, "Executed-Success") && !bytes_equal_str(word, "Executed-WithWarning");
	if (!s->failed)
		return;
	put(s->subject, s->subject_size, member_text(&data, "subjectCode"));
	put(s->reason, s->reason_size, member_text(&data, "reasonCode"));
	put(s->identifier, s->identifier_size, member_text(&data, "subjectIdentifier"));
	put(s->message, s->message_size, member_text(&data, "message"));
	if (m->st == RSP_OK)
		m->st = data.st;
}

void
write_execution_status(struct json_out *j, bool failed, const char *subject, const char *reason, const char *identifier, const char *message)
{
	json_object(j, "header");
	json_object(j, "functionExecutionStatus");
	json_string(j, "status", failed ? "Failed" : "Executed-Success");
	if (failed) {
		json_object(j, "statusCodeData");
		json_string(j, "subjectCode", subject);
		json_string(j, "reasonCode", reason);
		if (*identifier)
			json_string(j, "subjectIdentifier", identifier);
		if (*message)
			json_string(j, "message", message);
		json_object_end(j);
	}
	json_object_end(j);
	json_object_end(j);
}

enum rsp_status
read_caller(struct json_members *m, struct bytes body, struct bytes *requester, struct bytes *call_id)
{
	struct json_members header = {.c = m->c};
	enum rsp_status st = json_read(m->c, body, &m->object);

	if (st != RSP_OK)
		return st;
	if (!json_is_object(m->object))
		return rsp_fail(m->c, RSP_MALFORMED, "the body is no JSON object");
	header.object = json_get(m->object, "header");
	*requester = member_text(&header, "functionRequesterIdentifier");
	*call_id = member_text(&header, "functionCallIdentifier");
	return header.st;
}

void
write_caller(struct json_out *j, struct bytes requester, struct bytes call_id)
{
	json_object(j, "header");
	if (requester.p)
		json_text(j, "functionRequesterIdentifier", requester);
	if (call_id.p)
		json_text(j, "functionCallIdentifier", call_id);
	json_object_end(j);
}

void
read_texts(struct json_members *m, const struct text_member *t, size_t n, unsigned function, void *v)
{
	const struct text_member *end = t + n;

	for (; t < end; t++)
		if (t->functions & 1u << function)
			*(struct bytes *)(void *)((uint8_t *)v + t->offset) = member_text(m, t->name);
}

void
write_texts(struct json_out *j, const struct text_member *t, size_t n, unsigned function, const void *v)
{
	const struct text_member *end = t + n;

	for (; t < end; t++) {
		struct bytes text = *(const struct bytes *)(const void *)((const uint8_t *)v + t->offset);

		if (t->functions & 1u << function && text.p)
			json_text(j, t->name, text);
	}
}
