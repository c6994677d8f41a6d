// SPDX-License-Identifier: BSD-2-Clause
/*
 * A card behind vsmartcard's virtual reader: the daemon's driver listens, the card connects. The same messages over a connection of one's own: two octets of
 * length (big-endian), then as many. To the card one octet is a control (00 power off, 01 power on, 02 reset: no answer; 04: the ATR), more are a
 * command, which is answered with data and status word.
 */
#ifndef VPCD_VPCD_H
#define VPCD_VPCD_H

#include "apdu/apdu.h"

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

/*
 * The same messages with the card listening on "HOST:PORT" (port 0: a free one), for terminals that connect. One at a time: another's connection is closed at
 * once. A terminal that goes leaves the card without power, and the next one may come. Until *stop is set (OK); IO: cannot listen.
 */
RSP_MUST_USE enum rsp_status tcp_serve(struct rsp_ctx *c, const char *where, const struct vpcd_card *card, atomic_bool *stop,
	void (*listening)(void *self, unsigned port));

/* The terminal's side. IO: nobody listens there. */
struct tcp_card;
RSP_MUST_USE enum rsp_status tcp_card_open(struct rsp_ctx *c, const char *where, struct tcp_card **out);
struct apdu_port *tcp_card_port(struct tcp_card *t);
void tcp_card_close(struct tcp_card *t);

#endif
