// SPDX-License-Identifier: BSD-2-Clause
/* Events at an SM-DS (ES12, SGP.22 5.9): deleting goes through the outbox. */
#include "smdpp/call.h"

enum rsp_status
drop_event(struct rsp_ctx *c, const struct smdpp *dp, struct smdpp_changes *changes, struct smdpp_order *o)
{
	(void)c; (void)dp; (void)changes;
	o->smds[0] = '\0';
	return RSP_OK;
}
