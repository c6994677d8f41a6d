// SPDX-License-Identifier: BSD-2-Clause
/* Metadata, profile elements, and the result of an installation (SGP.22 5.5.3, 5.5.5, 2.5.6). */
#include <stdio.h>

#include "euicc/load.h"

/* ---- StoreMetadata ---- */

struct metadata_call { struct load_call *l; struct profile_rows rows; };

static enum rsp_status
check_iccid(struct rsp_ctx *c, void *arg)
{
	struct metadata_call *m = arg;
	size_t i;

	for (i = 0; i < m->rows.n; i++)
		if (bytes_equal(m->rows.p[i].info.iccid, m->l->metadata.iccid))
			return rsp_fail(c, RSP_REFUSED, "a profile with this ICCID is installed already");
	return RSP_OK;
}

static enum rsp_status
check_sizes(struct rsp_ctx *c, void *arg)
{
	const struct store_metadata *v = &((struct metadata_call *)arg)->l->metadata;

	if (v->provider.n > 32 || v->name.n > 64 || v->icon.n > 1024 || (v->icon_type >= 0) != (v->icon.p != NULL))
		return rsp_fail(c, RSP_REFUSED, "a name or icon is too long, or an icon without its type");
	return v->has_ppr && v->ppr && !v->owner_mccmnc.p ? rsp_fail(c, RSP_REFUSED, "policy rules need a profile owner") : RSP_OK;
}

static enum rsp_status
check_class(struct rsp_ctx *c, void *arg)
{
	const struct store_metadata *v = &((struct metadata_call *)arg)->l->metadata;

	return v->profile_class > CLASS_OPERATIONAL ? rsp_fail(c, RSP_REFUSED, "profileClass %d is not known", v->profile_class) : RSP_OK;
}

/* PPR1 only for the first operational profile; the card's own table allows both rules to anybody. */
static enum rsp_status
check_policy(struct rsp_ctx *c, void *arg)
{
	struct metadata_call *m = arg;
	size_t i;

	if (!(m->l->metadata.ppr & 2))
		return RSP_OK;
	for (i = 0; i < m->rows.n; i++)
		if (m->rows.p[i].info.profile_class < 0 || m->rows.p[i].info.profile_class == CLASS_OPERATIONAL)
			return rsp_fail(c, RSP_REFUSED, "PPR1 beside another operational profile");
	return RSP_OK;
}

static const struct rsp_check metadata_rows[] = {
	{"ICCID", "SGP.22 5.5.3", check_iccid, 9},
	{"sizes", "SGP.22 5.5.3", check_sizes, 1},
	{"profileClass", "SGP.22 5.5.3", check_class, 6},
	{"policy rules", "SGP.22 5.5.3", check_policy, 15},
};
const struct rsp_checks euicc_metadata_checks = RSP_CHECKS(metadata_rows);

enum rsp_status
metadata_check(struct rsp_ctx *c, struct load_call *l)
{
	struct metadata_call m = {.l = l};
	const struct rsp_check *failed = NULL;
	enum rsp_status st = es8p_read_store_metadata(c, buf_bytes(&l->e->load.metadata), &l->metadata);

	if (st == RSP_MALFORMED)
		l->reason = 1;
	if (st != RSP_OK || (st = profiles_load(c, l->e->nvm, &m.rows)) != RSP_OK)
		return st;
	st = rsp_check_all(c, l->e->checks.store_metadata, &m, &failed);
	if (failed)
		l->reason = failed->code;
	return st;
}

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
	char key[8];
	unsigned i;

	for (i = 0; i < 64; i++) {
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
	};
	snprintf(row->prefix, sizeof(row->prefix), "p/%02X/", row->slot);
	snprintf(key, sizeof(key), "px/%02X", row->slot);
	st = uicc_install(c, e->nvm, row->prefix, p);
	if (st == RSP_OK)
		st = profile_store(e, c, row);
	return st == RSP_OK ? state_put(e, c, key, BYTES_OF(branch)) : st;
}

static enum rsp_status
finish(struct rsp_ctx *c, struct load_call *l, const struct profile *p)
{
	struct euicc *e = l->e;
	struct pir pir = {.ok = true};
	struct profile_row row = {0};
	uint8_t aid[16];
	struct bytes der;
	enum rsp_status st;

	if (!free_slot(e, &row.slot)) {
		l->reason = 10;
		return rsp_fail(c, RSP_REFUSED, "the card has no room for another profile");
	}
	isdp_aid(row.slot, aid);
	st = es8p_read_store_metadata(c, buf_bytes(&e->load.metadata), &l->metadata);
	if (st == RSP_OK)
		st = put_profile(c, l, p, &row, aid);
	if (st != RSP_OK)
		return st;
	if (state_used_memory(e) > e->traits->memory) {
		l->reason = 10;
		return rsp_fail(c, RSP_REFUSED, "the profile does not fit into the card's memory");
	}
	pir_of_session(e, &pir);
	pir.meta.iccid = l->metadata.iccid;
	pir.aid = BYTES_OF(aid);
	if ((st = profile_response(c, p, NULL, &pir.sima_response)) != RSP_OK ||
		(st = store_result(c, e, e->session.branch, &pir, &der)) != RSP_OK ||
		(st = notify_event(e, c, &row, EVENT_INSTALL)) != RSP_OK || (st = state_del(e, c, "load")) != RSP_OK)
		return st;
	buf_add(&l->call->reply, der);
	session_use_up(e);
	session_end(e);
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
