// SPDX-License-Identifier: BSD-2-Clause
/* Messages to other parties (operators, SM-DSs): sent until they have been taken, with growing pauses. */
#ifndef SERVICE_OUTBOX_H
#define SERVICE_OUTBOX_H

#include "service/clients.h"
#include "store/outbox.h"

/* The clients of the moment, and their return. */
typedef struct clients *clients_take(void *self, void **held);
typedef void clients_drop(void *self, void *held);

struct outbox_options {
	struct store *store;
	enum table box;                /* TABLE_OUTBOX, TABLE_DS_OUTBOX */
	struct crypto *crypto;
	const char *callback;          /* where messages without an address go; NULL: they wait */
	const char *base;              /* "https://HOST" before those with a path alone */
	int64_t fixed_now;
	void *self;
	clients_take *take;
	clients_drop *drop;
};

struct outbox;
RSP_MUST_USE enum rsp_status outbox_start(struct rsp_ctx *c, const struct outbox_options *o, struct outbox **out);
void outbox_metrics(const struct outbox *b, struct buf *out);
/* Messages that are being sent are sent to their end; the others wait in the store. NULL is fine. */
void outbox_stop(struct outbox *b);

#endif
