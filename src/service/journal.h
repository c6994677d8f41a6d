// SPDX-License-Identifier: BSD-2-Clause
/* The last calls a process has answered, and counters of all. Thread-safe. No secret comes in here: sentences, codes, identifiers of transactions. */
#ifndef SERVICE_JOURNAL_H
#define SERVICE_JOURNAL_H

#include "base/json_out.h"
#include "service/server.h"

struct journal;

struct journal *journal_new(void);
void journal_free(struct journal *j);
void journal_note(struct journal *j, const struct rsp_ctx *c, const struct service_answer *a, uint64_t took_us);
/* An array named key: newest last; those of one transaction when its id is given. */
void journal_json(struct journal *j, struct json_out *out, const char *key, struct bytes transaction_id);
/* Prometheus text. */
void journal_metrics(struct journal *j, struct buf *b);

#endif
