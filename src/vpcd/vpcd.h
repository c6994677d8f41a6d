// SPDX-License-Identifier: BSD-2-Clause
/* A card behind vsmartcard's virtual reader: the daemon's driver listens, the card connects. */
#ifndef VPCD_VPCD_H
#define VPCD_VPCD_H

#include "base/bytes.h"

#include <stdatomic.h>

struct vpcd_card {
	void *self;
	struct bytes atr;
	/* Always answers. c is reset between commands. */
	RSP_MUST_USE enum rsp_status (*transmit)(void *self, struct rsp_ctx *c, struct bytes command, struct bytes *response);
	void (*reset)(void *self);       /* power off, power on, reset */
};

/*
 * Connect to "HOST:PORT" and serve until *stop is set (OK) or the reader goes away (IO). Asks again for up to wait_ms while nobody
 * listens there yet. connected (may be NULL) is called once the reader has the card.
 */
RSP_MUST_USE enum rsp_status vpcd_serve(struct rsp_ctx *c, const char *where, const struct vpcd_card *card, unsigned wait_ms, atomic_bool *stop,
	void (*connected)(void *self));

#endif
