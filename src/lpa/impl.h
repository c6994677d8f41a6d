// SPDX-License-Identifier: BSD-2-Clause
/* Inside lpa/. */
#ifndef LPA_IMPL_H
#define LPA_IMPL_H

#include <esimlab/lpa.h>

#include "codec/es9p.h"
#include "tlv/tlv.h"

/* One ES10 command: answer data when the status word is good. what names it in the trace and in sentences. */
RSP_MUST_USE enum rsp_status lpa_es10(struct lpa *l, struct rsp_ctx *c, const char *what, struct bytes command, struct bytes *answer);
/* The same from a buffer, which is freed. */
RSP_MUST_USE enum rsp_status lpa_es10_buf(struct lpa *l, struct rsp_ctx *c, const char *what, struct buf *command, struct bytes *answer);
/* A `TAG {80 result}` answer that must be 0; otherwise REFUSED with the error's name. */
RSP_MUST_USE enum rsp_status lpa_result(struct rsp_ctx *c, const char *function, struct bytes answer, uint32_t tag);
/* One ES9+ function. A Failed answer is REFUSED with its subject and reason. */
RSP_MUST_USE enum rsp_status lpa_es9(struct lpa *l, struct rsp_ctx *c, const char *host, enum es9p_function f, const struct es9p_request *req,
	struct es9p_response *rsp);
void lpa_tell(struct lpa *l, const char *step, unsigned percent);
RSP_MUST_USE enum rsp_status lpa_send_notification(struct lpa *l, struct rsp_ctx *c, struct bytes notification, uint64_t seq, struct bytes address);

#endif
