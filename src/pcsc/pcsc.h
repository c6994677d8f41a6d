// SPDX-License-Identifier: BSD-2-Clause
/* Cards in readers, by PC/SC. */
#ifndef PCSC_PCSC_H
#define PCSC_PCSC_H

#include "apdu/apdu.h"

struct pcsc_reader { char name[128]; bool card; bool in_use; struct bytes atr; };
struct pcsc_readers { struct pcsc_reader *p; size_t n; };

/* IO when the daemon cannot be reached; an empty list is fine. In the arena. */
RSP_MUST_USE enum rsp_status pcsc_list(struct rsp_ctx *c, struct pcsc_readers *out);

struct pcsc;
/*
 * By number ("0"), by a part of the name, or NULL for the only reader that has a card: of several the first is never taken silently.
 * REFUSED: none or several fit; IO: no card, or the reader fails. The port lives as long as the connection.
 */
RSP_MUST_USE enum rsp_status pcsc_open(struct rsp_ctx *c, const char *reader, struct pcsc **out);
struct apdu_port *pcsc_port(struct pcsc *p);
const char *pcsc_name(const struct pcsc *p);
void pcsc_close(struct pcsc *p);

#endif
