// SPDX-License-Identifier: BSD-2-Clause
/* A download step by step, for tests that do something else at one of them. Everything is in the card's arena. */
#ifndef TESTS_SUPPORT_STEPS_H
#define TESTS_SUPPORT_STEPS_H

#include "support/probe.h"

#include "bsp/bsp.h"

struct steps {
	struct es9p_response initiated, client, bound;
	struct bytes authenticate_server, prepare_download;   /* BF38 and BF21 as they would be sent to the card */
	struct bpp_segments segments;
	const char *matching_id;
};

/* Each does everything before it. The channel to the ISD-R is opened first, and stays open until lpa_end. */
void steps_to_authenticate_server(struct probe *p, struct steps *s, const char *matching_id);
void steps_to_prepare_download(struct probe *p, struct steps *s, const char *matching_id);
void steps_to_load(struct probe *p, struct steps *s, const char *matching_id);

/* One ES10 command from the scratch context: answer, and the status word that came with it. */
unsigned steps_es10(struct probe *p, struct bytes command, struct bytes *answer);
/* What the card makes of it: the status word "6A80", or the error number of BF38, BF21, or "command/reason" of a BF37; "ok" otherwise. */
const char *steps_verdict(struct probe *p, struct bytes command);

#endif
