// SPDX-License-Identifier: BSD-2-Clause
/* Every place where octets of strangers come in, as one function each: for the corpus test and for the fuzzer. None may crash, leak or hang. */
#ifndef TESTS_SUPPORT_TARGETS_H
#define TESTS_SUPPORT_TARGETS_H

#include "support/probe.h"

/* bench: a laboratory with a card whose channel to the ISD-R is open, for targets that want one. */
struct target { const char *name; void (*run)(struct probe *bench, struct rsp_ctx *c, struct bytes in); };
extern const struct target targets[];
extern const size_t target_count;

/* The laboratory they need. */
void targets_open(struct probe *bench, struct rsp_ctx *c);
void targets_close(struct probe *bench);
const struct target *target_named(const char *name);

#endif
