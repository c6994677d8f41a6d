// SPDX-License-Identifier: BSD-2-Clause
/* Events at an SM-DS (ES12, SGP.22 5.9) that are not needed any more: deleting goes through the outbox. */
#include "base/hex.h"
#include "codec/es12.h"
#include "smdpp/call.h"

enum rsp_status
drop_event(struct rsp_ctx *c, const struct smdpp *dp, struct smdpp_changes *changes, struct smdpp_order *o)
{
	struct es12_request r = {.requester = bytes_of_str(dp->host), .event_id = bytes_of_str(o->matching_id)};
	char eid[EID_TEXT];
	struct buf b = BUF_INIT;
	uint8_t random[8];
	enum rsp_status st;

	if (!o->smds[0])
		return RSP_OK;
	if (changes->n_outbox == CHANGES_OUTBOX)
		return rsp_fail(c, RSP_NOMEM, "more messages than one call may send");
	if ((st = crypto_random(c, random, sizeof(random))) != RSP_OK)
		return st;
	eid_text(o->eid, eid);
	r.eid = bytes_of_str(eid);
	r.call_id = bytes_of_str(hex_of(c, BYTES_OF(random)));
	es12_write_request(&b, ES12_DELETE_EVENT, &r);
	changes->outbox[changes->n_outbox].url = rsp_sprintf(c, "https://%s%s", o->smds, es12_path(ES12_DELETE_EVENT));
	o->smds[0] = '\0';
	return buf_finish(&b, c, &changes->outbox[changes->n_outbox++].body);
}
