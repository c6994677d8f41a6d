// SPDX-License-Identifier: BSD-2-Clause
/* Profile elements, and the result of an installation (SGP.22 5.5.5, 2.5.6). */
#include <stdio.h>

#include "euicc/load.h"

/* ---- the result ---- */

static enum rsp_status
store_result(struct rsp_ctx *c, struct euicc *e, int branch, struct pir *pir, struct bytes *der)
{
	struct buf out = BUF_INIT;
	struct branch *b;
	uint8_t sig[64];
	struct bytes data;
	enum rsp_status st = branch_for(c, e, branch, &b);

	if (st != RSP_OK || (st = notify_next_seq(e, c, &pir->meta.seq)) != RSP_OK)
		return st;
	pir->meta.event = EVENT_INSTALL;
	es10_write_pir_data(&out, pir);
	if ((st = buf_finish(&out, c, &data)) != RSP_OK || (st = ec_sign(c, b->euicc.key, &data, 1, sig)) != RSP_OK)
		return st;
	es10_write_pir(&out, data, BYTES_OF(sig));
	if ((st = buf_finish(&out, c, der)) != RSP_OK)
		return st;
	return notify_store(e, c, pir->meta.seq, *der);
}

static void
pir_of_session(const struct euicc *e, struct pir *pir)
{
	const struct session *s = &e->session;

	pir->transaction_id = bytes_of(s->transaction_id, s->transaction_n);
	pir->meta.address = bytes_of_str(s->server_address);
	pir->smdp_oid = s->dpauth->oid;
}

enum rsp_status
load_failed(struct rsp_ctx *c, struct load_call *l)
{
	struct euicc *e = l->e;
	struct pir pir = {.command = l->command, .reason = l->reason, .sima_response = l->response};
	struct store_metadata m;
	struct bytes der;
	enum rsp_status st;

	e->nvm->abort(e->nvm->self);
	pir_of_session(e, &pir);
	if (e->load.metadata.n && es8p_read_store_metadata(c, buf_bytes(&e->load.metadata), &m) == RSP_OK)
		pir.meta.iccid = m.iccid;
	st = store_result(c, e, e->session.branch, &pir, &der);
	if (st == RSP_OK)
		st = state_del(e, c, "load");
	if (st != RSP_OK)
		return st;
	buf_add(&l->call->reply, der);
	session_end(e);
	return RSP_OK;
}

enum rsp_status
load_recover(struct euicc *e, struct rsp_ctx *c)
{
	struct pir pir = {.command = 5, .reason = 11};
	struct tlv txid, oid, address, branch, iccid;
	struct bytes note, der;
	uint64_t n = 0;
	enum rsp_status st;

	if (!state_get(e, "load", &note))
		return RSP_OK;
	note = rsp_copy(c, note);
	if (!tlv_find(note, 0x80, &txid) || !tlv_find(note, 0x81, &oid) || !tlv_find(note, 0x82, &address) || !tlv_find(note, 0x83, &branch) ||
		tlv_uint(branch.value, &n) != RSP_OK || n > 1)
		return rsp_fail(c, RSP_MALFORMED, "the card's note of an installation cannot be read");
	pir.transaction_id = txid.value;
	pir.smdp_oid = oid.value;
	pir.meta.address = address.value;
	if (tlv_find(note, 0x5A, &iccid))
		pir.meta.iccid = iccid.value;
	st = store_result(c, e, (int)n, &pir, &der);
	if (st == RSP_OK)
		st = state_del(e, c, "load");
	return st == RSP_OK ? e->nvm->commit(e->nvm->self, c) : st;
}

/* ---- elements ---- */

static bool
free_slot(struct euicc *e, uint8_t *slot)
{
	struct bytes v;
	char key[16];
	unsigned i;

	for (i = 0; i < e->traits->profiles; i++) {
		snprintf(key, sizeof(key), "pr/%02X", i);
		if (!state_get(e, key, &v)) {
			*slot = (uint8_t)i;
			return true;
		}
	}
	return false;
}

static struct bytes
member(struct bytes metadata, uint32_t tag)
{
	struct tlv all, t;

	return tlv_only(metadata, 0xBF25, &all) == RSP_OK && tlv_find(all.value, tag, &t) ? t.whole : BYTES_NONE;
}

/* Everything in one commit: files, row, notifications; then it is a profile. */
static enum rsp_status
put_profile(struct rsp_ctx *c, struct load_call *l, const struct profile *p, struct profile_row *row, const uint8_t aid[16])
{
	struct euicc *e = l->e;
	const struct store_metadata *m = &l->metadata;
	const uint8_t branch[1] = {(uint8_t)e->session.branch};
	char key[8];
	enum rsp_status st;

	row->info = (struct profile_info){
		.iccid = m->iccid, .isdp_aid = bytes_of(aid, 16), .state = PROFILE_DISABLED, .provider = m->provider, .name = m->name,
		.icon_type = m->icon_type, .icon = m->icon, .profile_class = m->profile_class < 0 ? CLASS_OPERATIONAL : m->profile_class,
		.notification_config = member(m->der, 0xB6), .owner = m->owner, .dp_proprietary = e->load.dp_proprietary, .ppr = member(m->der, 0x99),
		.service_data = keeps_service_data(e) ? member(m->der, 0xBF22) : BYTES_NONE,
	};
	snprintf(row->prefix, sizeof(row->prefix), "p/%02X/", row->slot);
	snprintf(key, sizeof(key), "px/%02X", row->slot);
	st = uicc_install(c, e->nvm, row->prefix, p);
	if (st == RSP_OK)
		st = profile_store(e, c, row);
	return st == RSP_OK ? state_put(e, c, key, BYTES_OF(branch)) : st;
}

/*
 * The keys of a test profile are nobody's secret: the test algorithm, or a key of which all but the last 16 bits are zero (SGP.22 2.4.5.4). An application
 * that takes over another's has none of its own.
 */
static enum rsp_status
check_test_keys(struct rsp_ctx *c, struct load_call *l, const struct profile *p)
{
	size_t i, k;

	for (i = 0; l->metadata.profile_class == CLASS_TEST && i < p->n_akas; i++)
		for (k = 0; p->aka[i].algorithm != AKA_TEST && k + 2 < p->aka[i].key.n; k++)
			if (p->aka[i].key.p[k]) {
				l->reason = 14;
				return rsp_fail(c, RSP_REFUSED, "the key of a test profile's network access application is no test key");
			}
	return RSP_OK;
}

/* The signed result, and what else is told to servers. */
static enum rsp_status
tell(struct rsp_ctx *c, struct load_call *l, const struct profile *p, const struct profile_row *row)
{
	struct euicc *e = l->e;
	struct pir pir = {.ok = true};
	struct bytes der;
	enum rsp_status st;

	pir_of_session(e, &pir);
	pir.meta.iccid = l->metadata.iccid;
	pir.aid = row->info.isdp_aid;
	if ((st = profile_response(c, p, NULL, &pir.sima_response)) != RSP_OK ||
		(st = store_result(c, e, e->session.branch, &pir, &der)) != RSP_OK ||
		(st = notify_event(e, c, row, EVENT_INSTALL)) != RSP_OK || (st = state_del(e, c, "load")) != RSP_OK)
		return st;
	buf_add(&l->call->reply, der);
	session_use_up(e);
	session_end(e);
	return RSP_OK;
}

static enum rsp_status
finish(struct rsp_ctx *c, struct load_call *l, const struct profile *p)
{
	struct euicc *e = l->e;
	struct profile_row row = {0};
	uint8_t aid[16];
	enum rsp_status st;

	if (!free_slot(e, &row.slot)) {
		l->reason = 10;
		return rsp_fail(c, RSP_REFUSED, "the card has no room for another profile");
	}
	isdp_aid(row.slot, aid);
	st = es8p_read_store_metadata(c, buf_bytes(&e->load.metadata), &l->metadata);
	if (st == RSP_OK)
		st = check_test_keys(c, l, p);
	if (st == RSP_OK)
		st = put_profile(c, l, p, &row, aid);
	if (st != RSP_OK)
		return st;
	if (state_used_memory(e) > e->traits->memory) {
		l->reason = 10;
		return rsp_fail(c, RSP_REFUSED, "the profile does not fit into the card's memory");
	}
	if (!l->direct)
		return tell(c, l, p, &row);
	memcpy(l->direct->isdp_aid, aid, sizeof(aid));
	return RSP_OK;
}

static enum rsp_status
element_failed(struct rsp_ctx *c, struct load_call *l, const struct pe_status *failed)
{
	struct rsp_error why = c->error;
	enum rsp_status st = profile_response(c, profile_reader_result(l->e->load.reader), failed, &l->response);

	if (st != RSP_OK)
		return st;
	c->error = why;
	l->reason = failed->status == 4 ? 10 : 12;
	return RSP_REFUSED;
}

/* The package's header must be of the ICCID that the metadata announced (SGP.22 5.5.5). */
static enum rsp_status
check_header(struct rsp_ctx *c, struct load_call *l)
{
	const struct profile *p = profile_reader_result(l->e->load.reader);
	struct tlv all, iccid;

	if (p->n_elements != 1 || tlv_only(buf_bytes(&l->e->load.metadata), 0xBF25, &all) != RSP_OK || !tlv_find(all.value, 0x5A, &iccid))
		return RSP_OK;
	if (bytes_equal(iccid.value, bytes_of(p->iccid, 10)))
		return RSP_OK;
	l->reason = 13;
	return rsp_fail(c, RSP_REFUSED, "the package's ICCID is not the one in the metadata");
}

static enum rsp_status
take_one(struct rsp_ctx *c, struct load_call *l, struct bytes pe)
{
	struct pe_status failed;
	enum rsp_status st = profile_reader_add(l->e->load.reader, c, pe, &failed);

	if (st == RSP_NOMEM)
		return st;
	if (st != RSP_OK)
		return element_failed(c, l, &failed);
	return check_header(c, l);
}

/* An element that is too long to be taken is refused when it begins, not kept until it has come. */
static enum rsp_status
check_announced(struct rsp_ctx *c, struct load_call *l, struct bytes rest)
{
	static const struct pe_status too_long = {4, -1, -1, -1};
	uint32_t tag;
	size_t n;

	if (!tlv_header_size(rest, &tag, &n) || n <= PROFILE_PACKAGE_MAX)
		return RSP_OK;
	(void)rsp_fail(c, RSP_REFUSED, "a profile element of %zu octets does not fit into this card", n);
	return element_failed(c, l, &too_long);
}

enum rsp_status
elements_take(struct rsp_ctx *c, struct load_call *l)
{
	struct load *load = &l->e->load;
	struct bytes rest = buf_bytes(&load->elements);
	struct tlv pe;
	enum rsp_status st = RSP_OK;
	size_t left;

	if (!load->reader && (st = profile_reader_new(&load->reader)) != RSP_OK)
		return rsp_fail(c, st, "no memory for a profile");
	while (st == RSP_OK && rest.n && tlv_next(&rest, &pe) == RSP_OK)
		st = take_one(c, l, pe.whole);
	if (st == RSP_OK)
		st = check_announced(c, l, rest);
	if (st != RSP_OK)
		return st;
	left = rest.n;
	memmove(load->elements.p, load->elements.p + (load->elements.n - left), left);
	buf_cut(&load->elements, left);
	if (load->left)
		return RSP_OK;
	if (left || !profile_reader_ended(load->reader)) {
		l->reason = 12;
		return rsp_fail(c, RSP_REFUSED, "the package ends before its end element");
	}
	return finish(c, l, profile_reader_result(load->reader));
}
