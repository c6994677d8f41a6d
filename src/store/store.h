// SPDX-License-Identifier: BSD-2-Clause
/*
 * Stores behind the roles' store.h: "memory:", "sqlite:FILE" (its data key lies in FILE.key, 0600; several processes may use one file), or
 * "postgres:CONNINFO" (its data key lies in the file that is named, and every process must have the same).
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "smdpp/store.h"
#include "store/rows.h"

struct store {
	struct tables *tables;
	struct store_key key;
	bool shared;                     /* volatile rows leave the process too */
	struct smdpp_store *smdpp;
};

struct store_options {
	const char *key_file;            /* NULL: beside an SQLite file; $HOME/.esimlab-store.key for PostgreSQL */
	unsigned connections;            /* to PostgreSQL; 0: 32 */
};

/* MALFORMED: no such kind of store. IO: it cannot be opened, or the key is not its own. o may be NULL. */
RSP_MUST_USE enum rsp_status store_open(struct rsp_ctx *c, const char *where, const struct store_options *o, struct store **out);
/* NULL is fine. */
void store_close(struct store *s);

/* The SM-DP+'s port over a store; freed by its close. */
RSP_MUST_USE enum rsp_status store_smdpp(struct rsp_ctx *c, struct store *s, struct smdpp_store **out);

#endif
