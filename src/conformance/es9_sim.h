// SPDX-License-Identifier: BSD-2-Clause
/* Inside the simulated eUICC and LPA towards a server. */
#ifndef CONFORMANCE_ES9_SIM_H
#define CONFORMANCE_ES9_SIM_H

#include "conformance/play.h"

/* Ask; then the verdict and the members of the answer are there. out: a good answer; may be NULL. */
RSP_MUST_USE enum rsp_status sim_ask(struct play *p, enum es9p_function f, const struct es9p_request *q, struct es9p_response *out);
/* A yes is looked at as a eUICC would; check says what is wrong with it, or NULL. */
RSP_MUST_USE enum rsp_status sim_ask_and_check(struct play *p, enum es9p_function f, const struct es9p_request *q, struct es9p_response *out,
	const char *(*check)(struct play *p, const struct es9p_response *r));
/* What is in b, with the changes before signing, signed together with second (absent: alone). b is freed. */
RSP_MUST_USE enum rsp_status sim_finish_signed(struct play *p, const struct step *s, struct buf *b, struct bytes second, struct bytes *der, uint8_t sig[64]);
/* What is in b as the payload, with the changes after signing, and the transactionId beside it. */
RSP_MUST_USE enum rsp_status sim_finish_payload(struct play *p, const struct step *s, struct buf *b, struct es9p_request *q);
/* certificate=...: whose certificate and key speak; own: what was there before, for sim_as_before. */
RSP_MUST_USE enum rsp_status sim_as_another(struct play *p, const struct step *s, struct pki_identity *own, struct bytes *cert);
void sim_as_before(struct play *p, struct pki_identity own);

#endif
