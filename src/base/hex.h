// SPDX-License-Identifier: BSD-2-Clause
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include "base/buf.h"

/* Upper-case hex of b, NUL-terminated, in the arena; "" for an absent span. NULL: no memory. */
char *hex_of(struct rsp_ctx *c, struct bytes b);
void hex_append(struct buf *out, struct bytes b);
/* Digits of either case, an even number of them, nothing else. MALFORMED otherwise. */
RSP_MUST_USE enum rsp_status hex_read(struct rsp_ctx *c, struct bytes text, struct bytes *out);
/* Value of one hex digit, or -1. */
int hex_digit(int ch);

#endif
