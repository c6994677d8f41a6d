// SPDX-License-Identifier: BSD-2-Clause
/* Notifications (SGP.22 3.5): one number for all, from 0; kept until the LPA says they were sent. */
#include <stdio.h>
#include <stdlib.h>

#include "euicc/impl.h"
#include "tlv/tlv.h"

enum rsp_status
notify_next_seq(struct euicc *e, struct rsp_ctx *c, uint64_t *seq)
{
	struct bytes v;
	uint8_t be[8] = {0};
	uint64_t n = 0;
	size_t i;

	if (state_get(e, "seq", &v))
		for (i = 0; i < v.n; i++)
			n = n << 8 | v.p[i];
	*seq = n++;
	for (i = 0; i < 8; i++)
		be[i] = (uint8_t)(n >> (56 - 8 * i));
	return state_put(e, c, "seq", BYTES_OF(be));
}

static void
key_of(uint64_t seq, char key[20])
{
	snprintf(key, 20, "n/%08llX", (unsigned long long)(seq & 0xFFFFFFFF));
}

struct oldest { struct rsp_ctx *c; struct bytes first, first_pir; size_t n; };

static bool
look(void *arg, struct bytes key, struct bytes value)
{
	struct oldest *o = arg;

	if (!o->first.p)
		o->first = rsp_copy(o->c, key);
	if (!o->first_pir.p && value.n && value.p[0] == 0xBF)
		o->first_pir = rsp_copy(o->c, key);
	o->n++;
	return true;
}

/* When there is no more room the oldest result of an installation goes, or without one the oldest notification (SGP.22 3.5). */
static enum rsp_status
make_room(struct euicc *e, struct rsp_ctx *c)
{
	struct oldest o = {.c = c};
	struct bytes goes;

	e->nvm->each(e->nvm->self, bytes_of_str("n/"), look, &o);
	if (o.n < e->traits->notifications)
		return RSP_OK;
	goes = o.first_pir.p ? o.first_pir : o.first;
	return e->nvm->del(e->nvm->self, c, goes);
}

enum rsp_status
notify_store(struct euicc *e, struct rsp_ctx *c, uint64_t seq, struct bytes notification)
{
	char key[20];
	enum rsp_status st = make_room(e, c);

	key_of(seq, key);
	return st == RSP_OK ? state_put(e, c, key, notification) : st;
}

static enum rsp_status
sign_event(struct euicc *e, struct rsp_ctx *c, const struct branch *b, const struct notification_metadata *m)
{
	struct other_notification n = {.meta = *m, .euicc_cert = b->euicc.cert->der, .eum_cert = b->eum.cert->der};
	struct buf out = BUF_INIT;
	struct bytes der;
	uint8_t sig[64];
	enum rsp_status st;

	es10_write_notification_metadata(&out, m);
	if ((st = buf_finish(&out, c, &n.meta.der)) != RSP_OK || (st = ec_sign(c, b->euicc.key, &n.meta.der, 1, sig)) != RSP_OK)
		return st;
	n.signature = BYTES_OF(sig);
	es10_write_other_notification(&out, &n);
	st = buf_finish(&out, c, &der);
	return st == RSP_OK ? notify_store(e, c, m->seq, der) : st;
}

/* The branch the profile was downloaded under signs for it. */
static enum rsp_status
branch_of(struct euicc *e, struct rsp_ctx *c, uint8_t slot, struct branch **out)
{
	char key[12];
	struct bytes v;

	snprintf(key, sizeof(key), "px/%02X", slot);
	return branch_for(c, e, state_get(e, key, &v) && v.n == 1 ? v.p[0] : 0, out);
}

enum rsp_status
notify_event(struct euicc *e, struct rsp_ctx *c, const struct profile_row *row, uint32_t event)
{
	struct bytes list;
	struct branch *b;
	struct tlv all, entry, events, address;
	enum rsp_status st = RSP_OK;
	uint32_t bits;

	if (!row->info.notification_config.p || tlv_only(row->info.notification_config, 0xB6, &all) != RSP_OK)
		return RSP_OK;
	for (list = all.value; st == RSP_OK && list.n && tlv_next(&list, &entry) == RSP_OK;) {
		struct notification_metadata m = {.event = event, .iccid = row->info.iccid};

		if (!tlv_find(entry.value, 0x80, &events) || tlv_bits(events.value, &bits) != RSP_OK || !(bits & event) ||
			!tlv_find(entry.value, 0x81, &address))
			continue;
		m.address = address.value;
		if ((st = branch_of(e, c, row->slot, &b)) == RSP_OK && (st = notify_next_seq(e, c, &m.seq)) == RSP_OK)
			st = sign_event(e, c, b, &m);
	}
	return st;
}

/* ---- ES10b ---- */

struct walk { struct es10_call *call; struct rsp_ctx *c; bool whole, by_seq; uint64_t seq; uint32_t events; };

static bool
one(void *arg, struct bytes key, struct bytes value)
{
	struct walk *w = arg;
	struct pending_notification n;
	const struct notification_metadata *m;

	(void)key;
	if (es10_read_pending_notification(w->c, value, &n) != RSP_OK)
		return true;
	m = n.is_pir ? &n.pir.meta : &n.other.meta;
	if ((w->by_seq && m->seq != w->seq) || (w->events && !(m->event & w->events)))
		return true;
	buf_add(&w->call->reply, w->whole ? value : m->der);
	return true;
}

static void
list_into(struct walk *w, uint32_t tag)
{
	struct euicc *e = w->call->e;
	size_t mark = tlv_open(&w->call->reply, tag), list = tlv_open(&w->call->reply, 0xA0);

	e->nvm->each(e->nvm->self, bytes_of_str("n/"), one, w);
	tlv_close(&w->call->reply, list);
	tlv_close(&w->call->reply, mark);
}

enum rsp_status
es10_list_notification(struct rsp_ctx *c, struct es10_call *call)
{
	struct walk w = {.call = call, .c = c};
	enum rsp_status st = es10_read_list_notification_req(c, call->command, &w.events);

	if (st == RSP_OK)
		list_into(&w, 0xBF28);
	return st;
}

enum rsp_status
es10_retrieve_notifications(struct rsp_ctx *c, struct es10_call *call)
{
	struct retrieve_notifications_req req;
	struct walk w = {.call = call, .c = c, .whole = true};
	enum rsp_status st = es10_read_retrieve_notifications_req(c, call->command, &req);

	if (st != RSP_OK)
		return st;
	w.by_seq = req.by_seq;
	w.seq = req.seq;
	w.events = req.by_event ? req.events : 0;
	list_into(&w, 0xBF2B);
	return RSP_OK;
}

enum rsp_status
es10_notification_sent(struct rsp_ctx *c, struct es10_call *call)
{
	uint64_t seq;
	char key[20];
	struct bytes v;
	enum rsp_status st = es10_read_notification_sent_req(c, call->command, &seq);

	if (st != RSP_OK)
		return st;
	key_of(seq, key);
	if (seq > 0xFFFFFFFF || !state_get(call->e, key, &v)) {
		es10_write_result(&call->reply, 0xBF30, 1);
		return RSP_OK;
	}
	es10_write_result(&call->reply, 0xBF30, 0);
	return state_del(call->e, c, key);
}
