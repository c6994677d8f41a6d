// SPDX-License-Identifier: BSD-2-Clause
/* ES9+.HandleNotification (SGP.22 5.6.4), and bodies that are no message at all. */
#include <stdio.h>

#include "codec/ids.h"
#include "conformance/es9_sim.h"

static enum rsp_status
meta_of(struct play *p, const struct step *s, struct notification_metadata *m)
{
	static const struct { const char *name; uint32_t event; } events[] = {
		{"install", EVENT_INSTALL}, {"enable", EVENT_ENABLE}, {"disable", EVENT_DISABLE}, {"delete", EVENT_DELETE},
	};
	uint8_t *iccid = rsp_alloc(&p->c, 10);
	struct bytes text;
	size_t i;
	enum rsp_status st = play_number(p, s, "seq", 1, &m->seq);

	m->address = bytes_of_str(p->w->host);
	m->event = EVENT_INSTALL;
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (play_says(s, "event", events[i].name))
			m->event = events[i].event;
	if (st != RSP_OK || (st = play_field(p, s, "iccid", &text)) != RSP_OK || !text.p)
		return st;
	m->iccid = bytes_of(iccid, 10);
	if (!iccid)
		return RSP_NOMEM;
	return iccid_read(&p->c, rsp_sprintf(&p->c, "%.*s", (int)text.n, (const char *)text.p), iccid);
}

static enum rsp_status
write_result(struct play *p, const struct step *s, struct pir *v, struct buf *b)
{
	static const uint8_t aid[16] = {0xA0, 0, 0, 5, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0, 0, 0x10, 0}, response[] = {0x30, 0};
	struct bytes data;
	uint8_t sig[64];
	uint64_t reason;
	enum rsp_status st = play_number(p, s, "result", 0, &reason);

	v->transaction_id = p->e.initiated.transaction_id;
	v->smdp_oid = p->e.branch->dpauth.cert->oid;
	v->ok = reason == 0;
	v->aid = BYTES_OF(aid);
	v->sima_response = BYTES_OF(response);
	v->command = 5;
	v->reason = (int)reason;
	if (st != RSP_OK)
		return st;
	es10_write_pir_data(b, v);
	if ((st = sim_finish_signed(p, s, b, BYTES_NONE, &data, sig)) == RSP_OK)
		es10_write_pir(b, data, BYTES_OF(sig));
	return st;
}

enum rsp_status
send_notification(struct play *p, const struct step *s)
{
	struct other_notification n = {0};
	struct es9p_request q = {0};
	struct pir pir = {0};
	struct pki_identity own = p->e.id;
	struct buf b = BUF_INIT;
	uint8_t sig[64];
	enum rsp_status st = meta_of(p, s, &n.meta);

	pir.meta = n.meta;
	if (st == RSP_OK)
		st = sim_as_another(p, s, &own, &n.euicc_cert);
	n.eum_cert = p->e.eum;
	if (st == RSP_OK && play_has(s, "result")) {
		st = write_result(p, s, &pir, &b);
	} else if (st == RSP_OK) {
		es10_write_notification_metadata(&b, &n.meta);
		st = sim_finish_signed(p, s, &b, BYTES_NONE, &n.meta.der, sig);
		n.signature = BYTES_OF(sig);
		if (st == RSP_OK)
			es10_write_other_notification(&b, &n);
	}
	sim_as_before(p, own);
	if (st == RSP_OK)
		st = sim_finish_payload(p, s, &b, &q);
	return st == RSP_OK ? sim_ask(p, ES9P_HANDLE_NOTIFICATION, &q, NULL) : st;
}

/* A body as it stands, to a path: what is no message of the protocol. */
enum rsp_status
send_raw(struct play *p, const struct step *s)
{
	struct bytes path, type, body, answer;
	unsigned http = 0;
	enum rsp_status st;

	if ((st = play_field(p, s, "path", &path)) != RSP_OK || (st = play_field(p, s, "type", &type)) != RSP_OK || (st = play_field(p, s, "body", &body)) != RSP_OK)
		return st;
	st = world_post(p->w, &p->c, rsp_sprintf(&p->c, "%.*s", (int)path.n, (const char *)path.p),
		type.p ? rsp_sprintf(&p->c, "%.*s", (int)type.n, (const char *)type.p) : "application/json", body.p ? body : bytes_of("", 0), &http, &answer);
	if (st != RSP_OK)
		return st;
	p->function = ES9P_FUNCTIONS;
	play_member(p, "", answer);
	play_verdict(p, "HTTP %u", http);
	return RSP_OK;
}
