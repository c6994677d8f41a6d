// SPDX-License-Identifier: BSD-2-Clause
/* What an SM-DP+ of ours has told the operator: ES2+.HandleDownloadProgressInfo (SGP.22 5.3.5), read from its outbox. */
#include "conformance/play.h"

#include "store/outbox.h"

static enum rsp_status
write_message(struct play *p, const struct outbox_message *m, struct bytes iccid, struct buf *told)
{
	struct es2p_request r;
	enum rsp_status st = es2p_read_request(&p->c, ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO, m->body, &r);

	if (st == RSP_NOMEM || (st == RSP_OK && iccid.p && !bytes_equal(r.iccid, iccid)))
		return st;
	if (st != RSP_OK || !r.requester.n || !r.call_id.n || !r.timestamp.n) {
		play_verdict(p, "untrusted HandleDownloadProgressInfo");
		p->c.error = (struct rsp_error){0};
		return RSP_OK;
	}
	buf_printf(told, "%s%d", told->n ? " " : "", r.point);
	if (r.point_failed)
		buf_printf(told, ":%.*s/%.*s", (int)r.point_subject.n, (const char *)r.point_subject.p, (int)r.point_reason.n, (const char *)r.point_reason.p);
	return RSP_OK;
}

/* Points in the order in which they were told, "3 4" or "1:8.8.5/6.4"; the outbox is empty then. */
enum rsp_status
send_told(struct play *p, const struct step *s)
{
	struct store *store = lab_store(p->w->lab);
	struct buf told = BUF_INIT;
	struct outbox_message m;
	struct bytes iccid, text;
	bool found = true;
	enum rsp_status st = world_is_own(p->w) ? play_field(p, s, "iccid", &iccid) : rsp_fail(&p->c, RSP_STATE, "a foreign SM-DP+ tells its own operator");

	play_verdict(p, "success");
	while (st == RSP_OK && (st = outbox_next(store, &p->c, TABLE_OUTBOX, &m, &found)) == RSP_OK && found) {
		st = !m.url[0] ? write_message(p, &m, iccid, &told) : RSP_OK;
		if (st == RSP_OK)
			st = outbox_settle(store, &p->c, TABLE_OUTBOX, &m, true, 0);
	}
	if (st == RSP_OK && (st = buf_finish(&told, &p->c, &text)) == RSP_OK)
		play_member(p, "points", text.p ? text : bytes_of("", 0));
	buf_free(&told);
	p->function = ES9P_FUNCTIONS;
	return st;
}
