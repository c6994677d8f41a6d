// SPDX-License-Identifier: BSD-2-Clause
/* A card that is not ours is left as it was found: what is on it before a case, and the way back to that. */
#ifndef CONFORMANCE_CARD_KEEP_H
#define CONFORMANCE_CARD_KEEP_H

#include <esimlab/lpa.h>

#define KEEP_PROFILES 32
#define KEEP_NOTIFICATIONS 256

struct card_keep {
	uint8_t iccid[KEEP_PROFILES][10]; size_t n_profiles;
	int enabled;                         /* index; -1 none */
	char default_dp[129];
	uint64_t seq[KEEP_NOTIFICATIONS]; size_t n_seqs;
};

RSP_MUST_USE enum rsp_status card_keep_look(struct rsp_ctx *c, struct apdu_port *card, struct card_keep *out);
/* Profiles that were not there go, the one that was enabled is enabled, the default SM-DP+ is put back, new notifications are removed. */
RSP_MUST_USE enum rsp_status card_keep_restore(struct rsp_ctx *c, struct apdu_port *card, const struct card_keep *k);

#endif
