// SPDX-License-Identifier: BSD-2-Clause
#include "store/table.h"

static const char *const names[TABLES] = {"orders", "packages", "sessions", "outbox", "stock", "calls", "events", "ds_sessions", "ds_outbox"};

const char *
table_name(enum table t)
{
	return names[t];
}

bool
table_is_volatile(enum table t)
{
	return t == TABLE_SESSIONS || t == TABLE_DS_SESSIONS;
}

static bool
copy(struct rsp_ctx *c, struct bytes in, struct bytes *out)
{
	*out = in.p ? rsp_copy(c, in) : BYTES_NONE;
	return !in.p || out->p;
}

enum rsp_status
row_copy(struct rsp_ctx *c, const struct row *in, struct row *out)
{
	*out = *in;
	if (copy(c, in->key, &out->key) && copy(c, in->name, &out->name) && copy(c, in->queue, &out->queue) && copy(c, in->body, &out->body))
		return RSP_OK;
	return RSP_NOMEM;
}

enum rsp_status
tables_conflict(struct rsp_ctx *c)
{
	return rsp_fail(c, RSP_CONFLICT, "a row has changed meanwhile, or its ICCID or MatchingID is taken");
}
