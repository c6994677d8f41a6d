// SPDX-License-Identifier: BSD-2-Clause
/* Inside vpcd/: the virtual reader's framing, for either side that connects. */
#ifndef VPCD_FRAME_H
#define VPCD_FRAME_H

#include "vpcd/vpcd.h"

enum { POWER_OFF = 0, POWER_ON = 1, RESET = 2, GIVE_ATR = 4 };

/* listener: where others are turned away meanwhile, or -1. stop NULL: never. */
struct frame_link { int fd, listener; atomic_bool *stop; };

/* -1: nobody is there. */
int frame_connect(const char *host, const char *port);
/* Exactly n octets; false: the other side has gone, or stop. */
bool frame_receive(const struct frame_link *l, uint8_t *p, size_t n);
bool frame_deliver(int fd, struct bytes message);
/* Until the other side goes or stop; then the card is reset. */
void frame_serve(const struct frame_link *l, struct rsp_ctx *c, const struct vpcd_card *card);
/* False with a sentence when it is not HOST:PORT. */
bool frame_address(struct rsp_ctx *c, const char *where, char host[256], const char **port);

#endif
