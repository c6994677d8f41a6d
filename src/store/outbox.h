// SPDX-License-Identifier: BSD-2-Clause
/*
 * Messages to other parties that went into the store with what caused them, until they have been taken. A box is TABLE_OUTBOX (each message by itself) or
 * TABLE_DS_OUTBOX (strictly one after the other: a later one waits for the earlier).
 */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include "store/store.h"
#include "store/table.h"

struct outbox_message {
	uint8_t id[16];
	char url[400];                   /* "" or a path: the service knows the rest */
	struct bytes body;               /* JSON */
	int64_t due;
	uint32_t tries;
	uint64_t revision;
};

/* The change that puts a message into a box, due at once. */
RSP_MUST_USE enum rsp_status outbox_add(struct store *s, struct rsp_ctx *c, enum table box, const char *url, struct bytes body, struct row_change *out);
/* The message to be sent next at c->now, in the arena. */
RSP_MUST_USE enum rsp_status outbox_next(struct store *s, struct rsp_ctx *c, enum table box, struct outbox_message *out, bool *found);
/* Nobody else gets it until then. CONFLICT: another process has it. */
RSP_MUST_USE enum rsp_status outbox_claim(struct store *s, struct rsp_ctx *c, enum table box, struct outbox_message *m, int64_t until);
/* sent: it goes; otherwise try again at `due`. CONFLICT: another process has settled it. */
RSP_MUST_USE enum rsp_status outbox_settle(struct store *s, struct rsp_ctx *c, enum table box, const struct outbox_message *m, bool sent, int64_t due);

#endif
