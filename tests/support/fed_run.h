// SPDX-License-Identifier: BSD-2-Clause
/* One run of a life: what fed_model.c (runs, crashes, the oracle) and fed_steps.c (what a step means) share. */
#ifndef TESTS_SUPPORT_FED_RUN_H
#define TESTS_SUPPORT_FED_RUN_H

#include "support/fed_model.h"

#define GRANTS 64
struct sent { uint32_t source, seq; uint64_t fed, ref, member; int64_t bytes, event; enum fed_access access; bool last; };
struct run {
	struct fed_world *w;
	struct fed_seen seen;
	uint64_t feds[2];
	size_t commands;
	const char *no;
	struct { uint64_t fed, number, member; int64_t bytes; } grants[GRANTS]; size_t n_grants;
	struct sent sent[512]; size_t n_sent; uint32_t seq;      /* records that devices have made */
	struct { uint64_t fed, member; int64_t bytes; } truth[64]; size_t n_truth;   /* what was delivered of them, each once */
	bool counted[512];
	uint64_t keys;
	char eid[33]; uint8_t nonce[16]; char code[9];
};


void run_fail(struct run *r, const char *what);   /* the first one stays */
/* The n-th live row of a kind, in a circle; NULL: there is none. */
const struct fed_row *run_nth(const struct run *r, enum fed_kind kind, unsigned n);
void run_plan(struct run *r, const struct fed_request *q, enum rsp_status *st);
void run_commit(struct run *r);
/* A call with the crash that was asked for. */
enum rsp_status run_call(struct run *r, struct fed_request *q, uint8_t crash);
/* The oracle: this record has arrived. */
void run_delivered(struct run *r, size_t sent);
/* What a step means; weight: of 256. */
struct step_kind { unsigned weight; void (*run)(struct run *r, const struct step *s); };
extern const struct step_kind step_kinds[];

#endif
