// SPDX-License-Identifier: BSD-2-Clause
/* Subscriptions as lines of a file: a header line names the columns. */
#ifndef TOOLS_STOCK_CSV_H
#define TOOLS_STOCK_CSV_H

#include "smdpp/store.h"

/* All lines, in the arena; file is for the sentences. MALFORMED names line and column of the first that is wrong, and never shows a key or a code. */
RSP_MUST_USE enum rsp_status stock_csv_read(struct rsp_ctx *c, const char *file, struct bytes text, const char *type, struct stock_item **items, size_t *n);
/* All columns that are read, in the arena. */
RSP_MUST_USE enum rsp_status stock_csv_write(struct rsp_ctx *c, const struct stock_item *items, size_t n, struct bytes *out);

#endif
