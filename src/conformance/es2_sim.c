// SPDX-License-Identifier: BSD-2-Clause
/* An operator towards an SM-DP+: ES2+ (SGP.22 5.3). */
#include "conformance/play.h"

#include <stdio.h>

static enum rsp_status
header(struct play *p, const struct step *s, struct es2p_request *q)
{
	enum rsp_status st = play_field(p, s, "requester", &q->requester);

	if (st == RSP_OK && !q->requester.p)
		q->requester = bytes_of_str(p->w->o.requester ? p->w->o.requester : "2.999.20");
	if (st == RSP_OK && (st = play_field(p, s, "callId", &q->call_id)) == RSP_OK && !q->call_id.p)
		q->call_id = bytes_of_str(rsp_sprintf(&p->c, "CASE-%s-%u", p->e.eid[0] ? p->e.eid + 20 : "0", p->w->calls++));
	if (play_says(s, "requester", "none"))
		q->requester = BYTES_NONE;
	if (play_says(s, "callId", "none"))
		q->call_id = BYTES_NONE;
	return st;
}

static enum rsp_status
texts(struct play *p, const struct step *s, struct es2p_request *q)
{
	const struct { const char *name; struct bytes *to; } fields[] = {
		{"iccid", &q->iccid}, {"eid", &q->eid}, {"profileType", &q->profile_type}, {"matchingId", &q->matching_id},
		{"confirmationCode", &q->confirmation_code}, {"smdsAddress", &q->smds_address}, {"finalProfileStatusIndicator", &q->final_status},
	};
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < sizeof(fields) / sizeof(fields[0]); i++)
		st = play_field(p, s, fields[i].name, fields[i].to);
	if (bytes_equal_str(q->profile_type, "default"))
		q->profile_type = bytes_of_str(p->w->o.profile_type ? p->w->o.profile_type : "default");
	q->has_release_flag = play_has(s, "releaseFlag");
	q->release_flag = play_says(s, "releaseFlag", "true");
	return st;
}

static enum rsp_status
take_answer(struct play *p, enum es2p_function f, unsigned http, struct bytes answer)
{
	struct es2p_response *r = rsp_alloc(&p->c, sizeof(*r));

	if (!r)
		return RSP_NOMEM;
	play_member(p, "", answer);
	p->function = ES9P_FUNCTIONS;
	if (http != 200) {
		play_verdict(p, "HTTP %u", http);
	} else if (es2p_read_response(&p->c, f, answer, r) != RSP_OK) {
		play_verdict(p, "untrusted answer: %.60s", p->c.error.text);
		p->c.error = (struct rsp_error){0};
	} else if (r->failed) {
		snprintf(p->said, sizeof(p->said), "%s", r->message);
		play_verdict(p, "%s/%s", r->subject, r->reason);
	} else {
		play_member(p, "iccid", r->iccid);
		play_member(p, "eid", r->eid);
		play_member(p, "matchingId", r->matching_id);
		play_member(p, "smdpAddress", r->smdp_address);
		play_verdict(p, "success");
	}
	return RSP_OK;
}

enum rsp_status
send_es2p(struct play *p, const struct step *s)
{
	enum es2p_function f = (enum es2p_function)s->function->number;
	struct es2p_request q = {0};
	struct buf b = BUF_INIT;
	struct bytes body, answer;
	unsigned http = 0;
	enum rsp_status st = header(p, s, &q);

	if (st == RSP_OK)
		st = texts(p, s, &q);
	if (st != RSP_OK)
		return st;
	es2p_write_request(&b, f, &q);
	if ((st = buf_finish(&b, &p->c, &body)) == RSP_OK)
		st = world_post_operator(p->w, &p->c, es2p_path(f), body, &http, &answer);
	return st == RSP_OK ? take_answer(p, f, http, answer) : st;
}
