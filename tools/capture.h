// SPDX-License-Identifier: BSD-2-Clause
/* APDUs of one or several cards on their way into a pcapng file. */
#ifndef TOOLS_CAPTURE_H
#define TOOLS_CAPTURE_H

#include "apdu/apdu.h"

struct capture_file;
struct capture;        /* one card's */

/* fixed: times are counted from c->now, a microsecond a packet, so that two runs are equal. */
RSP_MUST_USE enum rsp_status capture_open(struct rsp_ctx *c, const char *path, bool fixed, struct capture_file **out);
void capture_close(struct capture_file *f);      /* NULL is fine; says on stderr when not all was written */

/* NULL: no memory. */
struct capture *capture_new(struct capture_file *f, const char *who);
void capture_free(struct capture *k);            /* NULL is fine; what waits is written */
/* A card in front of this one that takes notes; lives as long as k. */
struct apdu_port *capture_port(struct capture *k, struct apdu_port *card);
/* The LPA's trace: APDUs between "card>" and "card<" belong to function `what`. */
void capture_line(struct capture *k, const char *kind, const char *what);

#endif
