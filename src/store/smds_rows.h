// SPDX-License-Identifier: BSD-2-Clause
/* The SM-DS's port over a store, and what its service asks besides. */
#ifndef STORE_SMDS_ROWS_H
#define STORE_SMDS_ROWS_H

#include "smds/store.h"
#include "store/store.h"

/* Freed by store_smds_free, before the store is closed. */
RSP_MUST_USE enum rsp_status store_smds(struct rsp_ctx *c, struct store *s, struct smds_store **out);
void store_smds_free(struct smds_store *p);

/* All events in the order they were registered; fn must not call the store. */
RSP_MUST_USE enum rsp_status smds_each_event(struct store *s, struct rsp_ctx *c, bool (*fn)(void *arg, const struct smds_event *e), void *arg);
/* Forget sessions that began so many seconds before c->now. */
RSP_MUST_USE enum rsp_status smds_expire(struct store *s, struct rsp_ctx *c, int64_t session_seconds, uint64_t *gone);
RSP_MUST_USE enum rsp_status smds_sessions(struct store *s, struct rsp_ctx *c, uint64_t *n);

#endif
