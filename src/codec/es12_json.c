// SPDX-License-Identifier: BSD-2-Clause
#include <stddef.h>

#include "codec/es12.h"
#include "codec/json_members.h"

#define REGISTER (1u << ES12_REGISTER_EVENT)
#define DELETE (1u << ES12_DELETE_EVENT)

static const char *const paths[ES12_FUNCTIONS] = {
	[ES12_REGISTER_EVENT] = "/gsma/rsp2/es12/registerEvent",
	[ES12_DELETE_EVENT] = "/gsma/rsp2/es12/deleteEvent",
};
static const char *const es15_paths[ES12_FUNCTIONS] = {
	[ES12_REGISTER_EVENT] = "/gsma/rsp2/es15/registerEvent",
	[ES12_DELETE_EVENT] = "/gsma/rsp2/es15/deleteEvent",
};

static const struct text_member texts[] = {
	{"eid", offsetof(struct es12_request, eid), REGISTER | DELETE},
	{"rspServerAddress", offsetof(struct es12_request, rsp_server_address), REGISTER},
	{"eventId", offsetof(struct es12_request, event_id), REGISTER | DELETE},
};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

const char *
es12_path(enum es12_function f)
{
	return paths[f];
}

bool
es12_function_of(const char *path, enum es12_function *f)
{
	unsigned i;

	for (i = 0; i < ES12_FUNCTIONS; i++)
		if (strcmp(path, paths[i]) == 0 || strcmp(path, es15_paths[i]) == 0) {
			*f = (enum es12_function)i;
			return true;
		}
	return false;
}

enum rsp_status
es12_read_request(struct rsp_ctx *c, enum es12_function f, struct bytes body, struct es12_request *out)
{
	struct es12_request v = {0};
	struct json_members m = {.c = c};
	const struct json *flag;
	enum rsp_status st = read_caller(&m, body, &v.requester, &v.call_id);

	if (st != RSP_OK)
		return st;
	read_texts(&m, texts, TEXTS, f, &v);
	if (m.st != RSP_OK)
		return m.st;
	flag = f == ES12_REGISTER_EVENT ? json_get(m.object, "forwardingIndicator") : NULL;
	v.has_forwarding = json_bool_of(flag, &v.forwarding);
	if (flag && !v.has_forwarding)
		return rsp_fail(c, RSP_MALFORMED, "forwardingIndicator: want true or false");
	*out = v;
	return RSP_OK;
}

void
es12_write_request(struct buf *b, enum es12_function f, const struct es12_request *v)
{
	struct json_out j = JSON_OUT(b);

	json_object(&j, NULL);
	write_caller(&j, v->requester, v->call_id);
	write_texts(&j, texts, TEXTS, f, v);
	if (f == ES12_REGISTER_EVENT && v->has_forwarding)
		json_bool(&j, "forwardingIndicator", v->forwarding);
	json_object_end(&j);
}

enum rsp_status
es12_read_response(struct rsp_ctx *c, struct bytes body, struct es12_response *out)
{
	struct es12_response v = {0};
	struct json_members m = {.c = c};
	struct execution_status s = {.subject = v.subject, .reason = v.reason, .identifier = v.subject_identifier, .message = v.message,
		.subject_size = sizeof(v.subject), .reason_size = sizeof(v.reason), .identifier_size = sizeof(v.subject_identifier),
		.message_size = sizeof(v.message)};
	enum rsp_status st = json_read(c, body, &m.object);

	if (st != RSP_OK)
		return st;
	read_execution_status(&m, &s);
	v.failed = s.failed;
	if (m.st == RSP_OK)
		*out = v;
	return m.st;
}

void
es12_write_response(struct buf *b, const struct es12_response *v)
{
	struct json_out j = JSON_OUT(b);

	json_object(&j, NULL);
	write_execution_status(&j, v->failed, v->subject, v->reason, v->subject_identifier, v->message);
	json_object_end(&j);
}
