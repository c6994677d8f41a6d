// SPDX-License-Identifier: BSD-2-Clause
/* Inside the simulated LPA and server towards a eUICC. */
#ifndef CONFORMANCE_ES10_SIM_H
#define CONFORMANCE_ES10_SIM_H

#include "conformance/play.h"

/* One ES10 command; then verdict and answer are the play's. */
RSP_MUST_USE enum rsp_status sim_es10(struct play *p, struct bytes command, struct bytes *answer);
RSP_MUST_USE enum rsp_status sim_command(struct play *p, const struct step *s, struct buf *b, struct bytes *answer);
/* The field iccid: digits, or ten octets; absent when it is not given. */
RSP_MUST_USE enum rsp_status sim_iccid(struct play *p, const struct step *s, struct bytes *out);
/* signer=...: whose certificate and key speak; otherwise the right one. */
const struct pki_identity *sim_signer(struct play *p, const struct step *s, const struct pki_identity *right);

#endif
