// SPDX-License-Identifier: BSD-2-Clause
/*
 * Random lives of federations. A life is a list of steps that follows from a seed; what a step means depends on what is there, so any part of a life
 * is a life again, and one that breaks something is shrunk by leaving steps out. Beside the library runs an oracle that knows how many octets each
 * device has truly used.
 */
#ifndef TESTS_SUPPORT_FED_MODEL_H
#define TESTS_SUPPORT_FED_MODEL_H

#include "support/fed_invariants.h"

/* When the machine stops: before the commit, after it and before the reply, after an effect and before it is marked; two workers at one row. */
enum crash { CRASH_NONE, CRASH_BEFORE, CRASH_REPLY, CRASH_EFFECT, CRASH_RACE, CRASHES };
struct step { uint8_t what, who, whom, crash; uint32_t x, wait; };

#define LIFE_MOST 160
struct life { struct step steps[LIFE_MOST]; size_t n; };

/* Where lives have been: commands that took effect and were refused, and 1 << state of what was committed. */
struct life_cover { size_t done[FED_OPS], refused[FED_OPS]; uint32_t federation, member, profile, grant, follower, step; };
extern struct life_cover life_cover;

void life_from(uint64_t seed, struct life *out);
/* NULL: nothing broke. Otherwise what; *commands counts calls. */
const char *life_run(struct fed_world *w, const struct life *l, size_t *commands);
/* The shortest that was found to break something still. */
void life_shrink(struct fed_world *w, struct life *l);
/* The same life without machines that stop: crash NONE in every step that has one of the first kinds. */
void life_calm(struct life *l);
void life_print(const struct life *l);

#endif
