// SPDX-License-Identifier: BSD-2-Clause
/* ES12 and ES15 outwards: a server tells an SM-DS of an event. */
#ifndef SERVICE_ES12_CLIENT_H
#define SERVICE_ES12_CLIENT_H

#include "service/clients.h"

/* Is this URL a function of ES12, so that its answer has to be read? */
bool es12_client_is(const char *url);
/* Has the message taken effect? Deleting what is not there any more has. */
bool es12_client_settled(struct rsp_ctx *c, const char *url, struct bytes answer);

/* RegisterEvent's body in the arena; absent without memory. address: of the server that registers. */
struct bytes es12_client_body(struct rsp_ctx *c, const char *requester, const char *address, const char *eid, const char *event_id, struct bytes *out);
/* What an answer to it means. */
RSP_MUST_USE enum rsp_status es12_client_registered(struct rsp_ctx *c, const char *smds, unsigned http_status, struct bytes answer);

/*
 * RegisterEvent at https://SMDS, answered. What this very server has registered before is well registered. REFUSED: the SM-DS says no, with its code
 * in the sentence; IO: it cannot be reached.
 */
RSP_MUST_USE enum rsp_status es12_client_register(struct clients *k, struct rsp_ctx *c, const char *smds, const char *requester, const char *address,
	const char *eid, const char *event_id);

#endif
