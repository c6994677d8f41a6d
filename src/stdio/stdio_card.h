// SPDX-License-Identifier: BSD-2-Clause
/*
 * lpac's "stdio" line protocol, both sides: one JSON object a line.
 *   to the card:   {"type":"apdu","payload":{"func":"connect|disconnect|logic_channel_open|logic_channel_close|transmit","param":null|"HEX"}}
 *   from the card: {"type":"apdu","payload":{"ecode":N,"data":"HEX"}}
 * param is the AID to open, the channel's octet to close, or the command; ecode is the channel's number for open, else 0; negative for a failure.
 */
#ifndef STDIO_STDIO_CARD_H
#define STDIO_STDIO_CARD_H

#include <stdio.h>

#include "apdu/apdu.h"

/*
 * The card's side, until the end of `in`. Lines of another type are the terminal's own talk and go to `other` (NULL: nowhere). card->reset is power off and on.
 * IO: `out` cannot be written.
 */
RSP_MUST_USE enum rsp_status stdio_serve(struct rsp_ctx *c, FILE *in, FILE *out, FILE *other, struct apdu_port *card);

/* The terminal's side: a shell command whose standard input and output speak so. IO: it does not connect. */
struct stdio_card;
RSP_MUST_USE enum rsp_status stdio_card_open(struct rsp_ctx *c, const char *command, struct stdio_card **out);
struct apdu_port *stdio_card_port(struct stdio_card *t);
void stdio_card_close(struct stdio_card *t);

#endif
