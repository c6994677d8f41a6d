// SPDX-License-Identifier: BSD-2-Clause
/*
 * ES11 (SGP.22 5.8) in both bindings: what an LPA asks an SM-DS. The requests, the paths and the answer to InitiateAuthentication are those of ES9+
 * (codec/es9p.h, codec/es9p_der.h); AuthenticateClient answers with the events that wait for the eUICC.
 */
#ifndef CODEC_ES11_H
#define CODEC_ES11_H

#include "codec/es9p.h"

#define ES11_EVENTS_MAX 1000   /* entries of an answer that is read */

struct es11_event { struct bytes event_id, rsp_server_address; };   /* text */

struct es11_response {
	struct es9p_response common;       /* failed and its texts, transaction_id; InitiateAuthentication's members */
	const struct es11_event *events;   /* AuthenticateClient */
	size_t n_events;
};

/* Functions other than these two are ES9+ alone: STATE from the readers, nothing from the writers. */
bool es11_has(enum es9p_function f);
/* MALFORMED as es9p_read_response; LIMIT: more than ES11_EVENTS_MAX events. The list is in c. */
RSP_MUST_USE enum rsp_status es11_read_response(struct rsp_ctx *c, enum es9p_function f, struct bytes body, struct es11_response *out);
void es11_write_response(struct buf *b, enum es9p_function f, const struct es11_response *v);

/* The ASN.1 binding: AuthenticateClientResponseEs11, BF40. Numbers are read as the SM-DS's codes: 8.9.1/3.8 rather than 8.8.1/3.8. */
RSP_MUST_USE enum rsp_status es11_der_read_response(struct rsp_ctx *c, enum es9p_function f, struct bytes body, struct es11_response *out);
void es11_der_write_response(struct buf *b, enum es9p_function f, const struct es11_response *v);

#endif
