// SPDX-License-Identifier: BSD-2-Clause
/*
 * Stores behind smdpp/store.h. "sqlite:FILE" (its data key lies in FILE.key, 0600; several processes may use one file) or "memory:".
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "smdpp/store.h"

/* MALFORMED: no such kind of store. IO: it cannot be opened. */
RSP_MUST_USE enum rsp_status store_open(struct rsp_ctx *c, const char *where, struct smdpp_store **out);
/* NULL is fine. */
void store_close(struct smdpp_store *s);

#endif
