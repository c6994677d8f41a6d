// SPDX-License-Identifier: BSD-2-Clause
/* Federations in memory: the port of federation/store.h for tests. Whoever tests may look at every row, count commits and make them fail. */
#ifndef TESTS_SUPPORT_FED_MEMORY_H
#define TESTS_SUPPORT_FED_MEMORY_H

#include "federation/store.h"

struct fed_memory {
	struct fed_row **rows; size_t n, cap;      /* NULL: dropped */
	size_t *index; size_t slots;               /* by kind and key; 0 empty, otherwise place + 1 */
	size_t *live; size_t n_live, cap_live;     /* places */
	uint64_t revisions, commits;
	struct fed_store store;
};

void fed_memory_open(struct fed_memory *m);
void fed_memory_close(struct fed_memory *m);
struct fed_row *fed_memory_row(const struct fed_memory *m, enum fed_kind kind, struct fed_key key);

#endif
