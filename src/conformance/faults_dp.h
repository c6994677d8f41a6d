// SPDX-License-Identifier: BSD-2-Clause
/* The faults of an SM-DP+ that are not rows of its tables (faults_dp.c). */
#ifndef CONFORMANCE_FAULTS_DP_H
#define CONFORMANCE_FAULTS_DP_H

#include "conformance/faults.h"

typedef void dp_setting(struct smdpp *dp);
dp_setting dp_tells_nobody, dp_tells_success_only, dp_tells_wrong_code, dp_long_segments, dp_no_ppk, dp_ppk_always, dp_codes_unlimited, dp_sessions_never_end,
	dp_codes_forgotten, dp_installed_forgotten;

typedef void dp_request(struct world *w, struct rsp_ctx *c, const char *path, struct bytes *body);
dp_request dp_clock_stands, dp_case_matters, dp_id_must_be_there, dp_strict_schema, dp_two_point_two_only, dp_es2_releases_always, dp_es2_own_ids,
	dp_es2_never_again;

typedef void dp_answer(struct world *w, struct rsp_ctx *c, const char *path, unsigned *http, struct bytes *answer);
dp_answer dp_notification_200, dp_refuses_with_http, dp_expired_4_1, dp_cancel_talks, dp_signature1_bad, dp_signature2_bad, dp_one_certificate,
	dp_other_metadata, dp_spoilt_segment, dp_same_transaction, dp_malformed_500, dp_any_path, dp_any_type, dp_es2_same_iccid;

#endif
