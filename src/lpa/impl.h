// SPDX-License-Identifier: BSD-2-Clause
/* Inside lpa/. */
#ifndef LPA_IMPL_H
#define LPA_IMPL_H

#include <esimlab/lpa.h>

#include "codec/es11.h"
#include "tlv/tlv.h"

/* A session with a server, from the card's challenge to the profile's installation. */
struct download {
	struct lpa *l;
	const struct activation_code *code;
	struct lpa_download_result *out;
	struct bytes challenge, info1;
	struct es9p_response initiated, client, bound;
	struct server_signed1 signed1;
	struct bytes authenticated;        /* BF38 of the eUICC */
	struct store_metadata metadata;
	struct smdp_signed2 signed2;
	struct bytes prepared;             /* BF21 of the eUICC */
	struct bytes confirmation_code;
	unsigned code_tries;
	bool ppr_consent;
	int cancel;                        /* reason for CancelSession should this step fail; -1: none yet */
	struct pir pir;
};

/* Challenge and InitiateAuthentication: who answers is known after it, by the certificate. */
RSP_MUST_USE enum rsp_status download_begin(struct lpa *l, struct rsp_ctx *c, const struct activation_code *code, struct lpa_download_result *out,
	struct download **d);
/* The card authenticates the server. */
RSP_MUST_USE enum rsp_status download_authenticate(struct rsp_ctx *c, struct download *d);
/* All the rest. */
RSP_MUST_USE enum rsp_status download_finish(struct rsp_ctx *c, struct download *d);

/* One ES10 command: answer data when the status word is good. what names it in the trace and in sentences. */
RSP_MUST_USE enum rsp_status lpa_es10(struct lpa *l, struct rsp_ctx *c, const char *what, struct bytes command, struct bytes *answer);
/* The same from a buffer, which is freed. */
RSP_MUST_USE enum rsp_status lpa_es10_buf(struct lpa *l, struct rsp_ctx *c, const char *what, struct buf *command, struct bytes *answer);
/* A `TAG {80 result}` answer that must be 0; otherwise REFUSED with the error's name. */
RSP_MUST_USE enum rsp_status lpa_result(struct rsp_ctx *c, const char *function, struct bytes answer, uint32_t tag);
/* One ES9+ function. A Failed answer is REFUSED with its subject and reason. */
RSP_MUST_USE enum rsp_status lpa_es9(struct lpa *l, struct rsp_ctx *c, const char *host, enum es9p_function f, const struct es9p_request *req,
	struct es9p_response *rsp);
/* AuthenticateClient at an SM-DS. */
RSP_MUST_USE enum rsp_status lpa_es11(struct lpa *l, struct rsp_ctx *c, const char *host, const struct es9p_request *req, struct es11_response *rsp);
void lpa_tell(struct lpa *l, const char *step, unsigned percent);
RSP_MUST_USE enum rsp_status lpa_send_notification(struct lpa *l, struct rsp_ctx *c, struct bytes notification, uint64_t seq, struct bytes address);

#endif
