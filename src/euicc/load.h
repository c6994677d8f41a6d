// SPDX-License-Identifier: BSD-2-Clause
/* Loading a package: what load.c (segments) and install.c (metadata, elements, result) share. */
#ifndef EUICC_LOAD_H
#define EUICC_LOAD_H

#include "euicc/impl.h"
#include "tlv/tlv.h"

struct load_call {
	struct euicc *e;
	struct es10_call *call;
	struct secure_channel channel;
	struct store_metadata metadata;
	int command, reason;             /* bppCommandId, errorReason of a failure */
	struct bytes response;           /* EUICCResponse of a failed element; absent otherwise */
	struct euicc_installed *direct;  /* no session and no SM-DP+: the result goes there; NULL otherwise */
};

/* The metadata are complete: may this profile be here? */
RSP_MUST_USE enum rsp_status metadata_check(struct rsp_ctx *c, struct load_call *l);
/* Take every element that is complete; install when the list has ended. */
RSP_MUST_USE enum rsp_status elements_take(struct rsp_ctx *c, struct load_call *l);
/* Nothing stays but the signed result, which is stored, committed and answered. */
RSP_MUST_USE enum rsp_status load_failed(struct rsp_ctx *c, struct load_call *l);

#endif
