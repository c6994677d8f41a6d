// SPDX-License-Identifier: BSD-2-Clause
#include <stddef.h>

#include "codec/es2p.h"
#include "codec/json_members.h"

static const char *const paths[ES2P_FUNCTIONS] = {
	[ES2P_DOWNLOAD_ORDER] = "/gsma/rsp2/es2plus/downloadOrder",
	[ES2P_CONFIRM_ORDER] = "/gsma/rsp2/es2plus/confirmOrder",
	[ES2P_CANCEL_ORDER] = "/gsma/rsp2/es2plus/cancelOrder",
	[ES2P_RELEASE_PROFILE] = "/gsma/rsp2/es2plus/releaseProfile",
	[ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO] = "/gsma/rsp2/es2plus/handleDownloadProgressInfo",
};

/* Which text members each function has. */
static const struct text_member texts[] = {
#define ORDER (1u << ES2P_DOWNLOAD_ORDER)
#define CONFIRM (1u << ES2P_CONFIRM_ORDER)
#define CANCEL (1u << ES2P_CANCEL_ORDER)
#define RELEASE (1u << ES2P_RELEASE_PROFILE)
#define PROGRESS (1u << ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO)
	{"eid", offsetof(struct es2p_request, eid), ORDER | CONFIRM | CANCEL | PROGRESS},
	{"iccid", offsetof(struct es2p_request, iccid), ORDER | CONFIRM | CANCEL | RELEASE | PROGRESS},
	{"profileType", offsetof(struct es2p_request, profile_type), ORDER | PROGRESS},
	{"matchingId", offsetof(struct es2p_request, matching_id), CONFIRM | CANCEL},
	{"confirmationCode", offsetof(struct es2p_request, confirmation_code), CONFIRM},
	{"smdsAddress", offsetof(struct es2p_request, smds_address), CONFIRM},
	{"finalProfileStatusIndicator", offsetof(struct es2p_request, final_status), CANCEL},
	{"timestamp", offsetof(struct es2p_request, timestamp), PROGRESS},
};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

const char *
es2p_path(enum es2p_function f)
{
	return paths[f];
}

static void
read_release_flag(struct json_members *m, struct es2p_request *v)
{
	const struct json *flag = json_get(m->object, "releaseFlag");

	v->has_release_flag = json_bool_of(flag, &v->release_flag);
	if (flag && !v->has_release_flag)
		m->st = rsp_fail(m->c, RSP_MALFORMED, "releaseFlag: want true or false");
}

static void
read_progress(struct json_members *m, struct es2p_request *v)
{
	struct json_members status = {.c = m->c, .object = json_get(m->object, "notificationPointStatus")};
	struct json_members data = {.c = m->c, .object = json_get(status.object, "statusCodeData")};
	int64_t point = 0;

	if (!json_int_of(json_get(m->object, "notificationPointId"), &point) || point < 0 || point > 255) {
		m->st = rsp_fail(m->c, RSP_MALFORMED, "notificationPointId: want a number from 0 to 255");
		return;
	}
	v->point = (int)point;
	v->point_failed = bytes_equal_str(member_need_text(&status, "status"), "Failed");
	v->point_subject = member_text(&data, "subjectCode");
	v->point_reason = member_text(&data, "reasonCode");
	m->st = status.st != RSP_OK ? status.st : data.st;
	if (m->st != RSP_OK)
		return;
	if (json_get(m->object, "resultData"))
		v->result_data = member_base64(m, "resultData");
}

enum rsp_status
es2p_read_request(struct rsp_ctx *c, enum es2p_function f, struct bytes body, struct es2p_request *out)
{
	struct es2p_request v = {0};
	struct json_members m = {.c = c};
	enum rsp_status st = read_caller(&m, body, &v.requester, &v.call_id);

	if (st != RSP_OK)
		return st;
	read_texts(&m, texts, TEXTS, f, &v);
	if (f == ES2P_CONFIRM_ORDER && m.st == RSP_OK)
		read_release_flag(&m, &v);
	if (f == ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO && m.st == RSP_OK)
		read_progress(&m, &v);
	if (m.st == RSP_OK)
		*out = v;
	return m.st;
}

static void
write_progress(struct json_out *j, const struct es2p_request *v)
{
	json_int(j, "notificationPointId", v->point);
	json_object(j, "notificationPointStatus");
	json_string(j, "status", v->point_failed ? "Failed" : "Executed-Success");
	if (v->point_failed) {
		json_object(j, "statusCodeData");
		if (v->point_subject.p)
			json_text(j, "subjectCode", v->point_subject);
		if (v->point_reason.p)
			json_text(j, "reasonCode", v->point_reason);
		json_object_end(j);
	}
	json_object_end(j);
	if (v->result_data.p)
		json_base64(j, "resultData", v->result_data);
}

void
es2p_write_request(struct buf *b, enum es2p_function f, const struct es2p_request *v)
{
	struct json_out j = JSON_OUT(b);

	json_object(&j, NULL);
	write_caller(&j, v->requester, v->call_id);
	write_texts(&j, texts, TEXTS, f, v);
	if (f == ES2P_CONFIRM_ORDER)
		json_bool(&j, "releaseFlag", v->release_flag);
	if (f == ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO)
		write_progress(&j, v);
	json_object_end(&j);
}

enum rsp_status
es2p_read_response(struct rsp_ctx *c, enum es2p_function f, struct bytes body, struct es2p_response *out)
{
	struct es2p_response v = {0};
	struct json_members m = {.c = c};
	struct execution_status s = {.subject = v.subject, .reason = v.reason, .identifier = v.subject_identifier, .message = v.message,
		.subject_size = sizeof(v.subject), .reason_size = sizeof(v.reason), .identifier_size = sizeof(v.subject_identifier),
		.message_size = sizeof(v.message)};
	enum rsp_status st;

	if (f == ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO && !body.n) {
		*out = v;
		return RSP_OK;
	}
	if ((st = json_read(c, body, &m.object)) != RSP_OK)
		return st;
	read_execution_status(&m, &s);
	v.failed = s.failed;
	if (m.st == RSP_OK && !v.failed) {
		v.iccid = f == ES2P_DOWNLOAD_ORDER ? member_need_text(&m, "iccid") : BYTES_NONE;
		v.matching_id = f == ES2P_CONFIRM_ORDER ? member_need_text(&m, "matchingId") : BYTES_NONE;
		v.eid = f == ES2P_CONFIRM_ORDER ? member_text(&m, "eid") : BYTES_NONE;
		v.smdp_address = f == ES2P_CONFIRM_ORDER ? member_text(&m, "smdpAddress") : BYTES_NONE;
	}
	if (m.st == RSP_OK)
		*out = v;
	return m.st;
}

void
es2p_write_response(struct buf *b, enum es2p_function f, const struct es2p_response *v)
{
	struct json_out j = JSON_OUT(b);

	if (f == ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO)
		return;
	json_object(&j, NULL);
	write_execution_status(&j, v->failed, v->subject, v->reason, v->subject_identifier, v->message);
	if (!v->failed && f == ES2P_DOWNLOAD_ORDER)
		json_text(&j, "iccid", v->iccid);
	if (!v->failed && f == ES2P_CONFIRM_ORDER) {
		if (v->eid.p)
			json_text(&j, "eid", v->eid);
		json_text(&j, "matchingId", v->matching_id);
		if (v->smdp_address.p)
			json_text(&j, "smdpAddress", v->smdp_address);
	}
	json_object_end(&j);
}
