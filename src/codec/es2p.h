// SPDX-License-Identifier: BSD-2-Clause
/* ES2+ in the JSON binding (SGP.22 5.3, 6.5). Texts are spans of the decoded JSON strings; absent when the member is not there. */
#ifndef CODEC_ES2P_H
#define CODEC_ES2P_H

#include "base/buf.h"

enum es2p_function { ES2P_DOWNLOAD_ORDER, ES2P_CONFIRM_ORDER, ES2P_CANCEL_ORDER, ES2P_RELEASE_PROFILE, ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO, ES2P_FUNCTIONS };
const char *es2p_path(enum es2p_function f);

struct es2p_request {
	struct bytes requester, call_id;           /* header: functionRequesterIdentifier, functionCallIdentifier */
	struct bytes eid, iccid, profile_type;
	struct bytes matching_id, confirmation_code, smds_address;
	bool has_release_flag, release_flag;
	struct bytes final_status;                 /* "Available", "Unavailable" */
	/* HandleDownloadProgressInfo */
	struct bytes timestamp;
	int point;                                 /* notificationPointId */
	bool point_failed; struct bytes point_subject, point_reason;
	struct bytes result_data;                  /* DER */
};
RSP_MUST_USE enum rsp_status es2p_read_request(struct rsp_ctx *c, enum es2p_function f, struct bytes body, struct es2p_request *out);
void es2p_write_request(struct buf *b, enum es2p_function f, const struct es2p_request *v);

struct es2p_response {
	bool failed;
	char subject[12], reason[8], subject_identifier[64], message[200];
	struct bytes iccid, eid, matching_id, smdp_address;
};
RSP_MUST_USE enum rsp_status es2p_read_response(struct rsp_ctx *c, enum es2p_function f, struct bytes body, struct es2p_response *out);
void es2p_write_response(struct buf *b, enum es2p_function f, const struct es2p_response *v);

#endif
