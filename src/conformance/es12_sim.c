// SPDX-License-Identifier: BSD-2-Clause
/* Towards an SM-DS: the events an LPA gets (ES11, SGP.22 5.8), and those that a server registers (ES12, 5.9). */
#include "conformance/play.h"

#include <stdio.h>

#include "codec/es11.h"
#include "codec/es12.h"

static void
events(struct play *p, const struct es11_response *r)
{
	size_t i;

	play_member(p, "events", bytes_of_str(rsp_sprintf(&p->c, "%zu", r->n_events)));
	for (i = 0; i < r->n_events && i < 4; i++) {
		play_member(p, i ? rsp_sprintf(&p->c, "eventId#%zu", i) : "eventId", r->events[i].event_id);
		play_member(p, i ? rsp_sprintf(&p->c, "rspServerAddress#%zu", i) : "rspServerAddress", r->events[i].rsp_server_address);
	}
}

enum rsp_status
sim_es11_read(struct play *p, enum es9p_function f, struct bytes answer, struct es9p_response *r)
{
	struct es11_response *v = rsp_alloc(&p->c, sizeof(*v));
	enum rsp_status st = !v ? RSP_NOMEM : p->der ? es11_der_read_response(&p->c, f, answer, v) : es11_read_response(&p->c, f, answer, v);

	if (st != RSP_OK)
		return st;
	*r = v->common;
	if (!r->failed && f == ES9P_AUTHENTICATE_CLIENT)
		events(p, v);
	return RSP_OK;
}

static enum rsp_status
read_fields(struct play *p, const struct step *s, struct es12_request *q)
{
	const struct { const char *name; struct bytes *to; } fields[] = {
		{"requester", &q->requester}, {"callId", &q->call_id}, {"eid", &q->eid}, {"eventId", &q->event_id}, {"address", &q->rsp_server_address},
	};
	enum rsp_status st = RSP_OK;
	size_t i;

	q->requester = bytes_of_str("2.999.10");
	q->call_id = bytes_of_str(rsp_sprintf(&p->c, "CASE-%u", p->w->calls++));
	q->eid = bytes_of_str(p->e.eid);
	q->rsp_server_address = bytes_of_str("smdpp.example.com");
	for (i = 0; st == RSP_OK && i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (play_says(s, fields[i].name, "none"))
			*fields[i].to = BYTES_NONE;
		else if (play_has(s, fields[i].name))
			st = play_field(p, s, fields[i].name, fields[i].to);
	}
	q->has_forwarding = !play_says(s, "forwarding", "none");
	q->forwarding = play_says(s, "forwarding", "true");
	return st;
}

enum rsp_status
send_es12(struct play *p, const struct step *s)
{
	enum es12_function f = (enum es12_function)s->function->number;
	struct es12_request q = {0};
	struct es12_response *r = rsp_alloc(&p->c, sizeof(*r));
	struct buf b = BUF_INIT;
	struct bytes body, answer, oid;
	unsigned http = 0;
	enum rsp_status st = r ? read_fields(p, s, &q) : RSP_NOMEM;

	if (st == RSP_OK)
		st = play_field(p, s, "caller", &oid);
	if (st != RSP_OK)
		return st;
	es12_write_request(&b, f, &q);
	if ((st = buf_finish(&b, &p->c, &body)) == RSP_OK)
		st = world_post_server(p->w, &p->c, es12_path(f), body, oid.p ? rsp_sprintf(&p->c, "%.*s", (int)oid.n, (const char *)oid.p) : NULL, &http, &answer);
	if (st != RSP_OK)
		return st;
	p->function = ES9P_FUNCTIONS;
	play_member(p, "", answer);
	if (http != 200)
		play_verdict(p, "HTTP %u", http);
	else if (es12_read_response(&p->c, answer, r) != RSP_OK)
		play_verdict(p, "untrusted answer");
	else if (r->failed)
		play_verdict(p, "%s/%s", r->subject, r->reason);
	else
		play_verdict(p, "success");
	snprintf(p->said, sizeof(p->said), "%s", r->message);
	p->c.error = (struct rsp_error){0};
	return RSP_OK;
}
