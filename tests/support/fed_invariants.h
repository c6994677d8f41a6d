// SPDX-License-Identifier: BSD-2-Clause
/* I1 to I24 of the federation specification as checks over every row of a store. */
#ifndef TESTS_SUPPORT_FED_INVARIANTS_H
#define TESTS_SUPPORT_FED_INVARIANTS_H

#include "support/fed_world.h"

/* What was seen before: what must not go back, and what must not happen twice. */
#define SEEN_FEDS 4
#define SEEN_MEMBERS 64
struct fed_seen {
	uint64_t fed[SEEN_FEDS], rev[SEEN_FEDS], sync[SEEN_FEDS], audit[SEEN_FEDS], roaming[SEEN_FEDS], next[SEEN_FEDS]; int64_t clock[SEEN_FEDS];
	struct { uint64_t fed, member, epoch; } members[SEEN_MEMBERS]; size_t n_members;
	struct { uint64_t fed, alert, cycle; } alerts[256]; size_t n_alerts;
};

/* NULL: all hold. Otherwise which one does not and where; static. Call it after every commit. */
const char *fed_broken(struct fed_world *w, struct fed_seen *seen);
/* I11, I23, which cost more. */
const char *fed_broken_at_end(struct fed_world *w, const struct fed_seen *seen);
/* I22, I24: what a call of this federation wants to change. */
const char *fed_foreign(const struct fed_world *w, uint64_t fed);

#endif
