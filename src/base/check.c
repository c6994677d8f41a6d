// SPDX-License-Identifier: BSD-2-Clause
#include "base/check.h"

#include <stdio.h>

enum rsp_status
rsp_check_all(struct rsp_ctx *c, struct rsp_checks checks, void *call, const struct rsp_check **failed)
{
	enum rsp_status st;
	size_t i;

	*failed = NULL;
	for (i = 0; i < checks.n; i++) {
		st = checks.rows[i].test(c, call);
		if (st == RSP_OK)
			continue;
		if (st == RSP_REFUSED || st == RSP_UNTRUSTED || st == RSP_MALFORMED || st == RSP_STATE)
			*failed = &checks.rows[i];
		if (*failed && !c->error.clause[0])
			snprintf(c->error.clause, sizeof(c->error.clause), "%s", checks.rows[i].clause);
		return st;
	}
	return RSP_OK;
}
