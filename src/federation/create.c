// SPDX-License-Identifier: BSD-2-Clause
/* The federation as a whole: making, gates, freezing, dissolving. */
#include "federation/call.h"

#include <stdio.h>

#include "codec/ids.h"
#include "crypto/crypto.h"

static enum rsp_status
check_founder(struct fed_call *k, const struct fed_model **model)
{
	const struct fed_request *r = k->r;
	uint8_t eid[16];

	k->carrier = fed_carrier(k->lib->facts, r->u.create.carrier ? r->u.create.carrier : "");
	*model = fed_model(k->lib->facts, r->u.create.tac ? r->u.create.tac : "");
	if (!k->carrier || !k->carrier->federation)
		return fed_no(k, FED_E_ELIG, "F19", "the carrier does not say that it supports federation");
	if (!*model || !k->lib->facts->categories[(*model)->category].primary)
		return fed_no(k, FED_E_ELIG, "F12, F13", "this model cannot be a primary");
	if (!fed_sw_allowed(*model, r->u.create.sw))
		return fed_no(k, FED_E_ELIG, "F30", "software: want %s or later", (*model)->min_sw);
	if (!r->u.create.eid || eid_read(k->c, r->u.create.eid, eid) != RSP_OK)
		return fed_no(k, FED_E_PARAM, "F01", "eid: want 32 digits whose value mod 97 is 1");
	if (!r->u.create.account || !*r->u.create.account || !r->u.create.imsi || !r->u.create.iccid || !name_valid(r->u.create.name))
		return fed_no(k, FED_E_PARAM, "1.1", "account, imsi, iccid and name are needed");
	return RSP_OK;
}

static enum rsp_status
take_numbers(struct fed_call *k)
{
	const struct fed_request *r = k->r;
	enum rsp_status st = registry_take(k, FED_EID, bytes_of_str(r->u.create.eid));

	if (st == RSP_OK)
		st = registry_take(k, FED_ICCID, bytes_of_str(r->u.create.iccid));
	if (st == RSP_OK)
		st = registry_take(k, FED_IMSI, bytes_of_str(r->u.create.imsi));
	if (st == RSP_OK && r->u.create.msisdn)
		st = registry_take(k, FED_MSISDN, bytes_of_str(r->u.create.msisdn));
	return st;
}

static struct fed_row *
add_primary(struct fed_call *k, const struct fed_model *model)
{
	struct fed_row *m = set_add(k, FED_MEMBER, next_number(k), 0, true), *p = set_add(k, FED_PROFILE, next_number(k), 0, true);
	const struct fed_request *r = k->r;

	m->as.member = (struct fed_member){.category = model->category, .state = FED_APPROVED, .primary = true, .cap = -1, .ceiling = INT64_MAX, .profile = p->key.a,
		.number = k->carrier->numbers ? FED_NUMBER_SHARED : FED_NUMBER_NONE, .auth_epoch = 1, .fallback = -1, .cycle = k->f->cycle};
	snprintf(m->as.member.eid, sizeof(m->as.member.eid), "%s", r->u.create.eid);
	snprintf(m->as.member.tac, sizeof(m->as.member.tac), "%s", model->tac);
	snprintf(m->as.member.name, sizeof(m->as.member.name), "%s", r->u.create.name);
	p->as.profile = (struct fed_profile){.member = m->key.a, .master = p->key.a, .state = FED_ENABLED, .confirmed = true, .template_version = 1};
	snprintf(p->as.profile.eid, sizeof(p->as.profile.eid), "%s", r->u.create.eid);
	snprintf(p->as.profile.iccid, sizeof(p->as.profile.iccid), "%s", r->u.create.iccid);
	snprintf(p->as.profile.imsi, sizeof(p->as.profile.imsi), "%s", r->u.create.imsi);
	snprintf(p->as.profile.msisdn, sizeof(p->as.profile.msisdn), "%s", r->u.create.msisdn ? r->u.create.msisdn : "");
	return m;
}

enum rsp_status
do_create(struct fed_call *k)
{
	const struct fed_model *model;
	struct fed_row *m;
	uint8_t id[8];
	enum rsp_status st = check_founder(k, &model);

	if (st == RSP_OK)
		st = crypto_random(k->c, id, sizeof(id));
	if (st != RSP_OK)
		return st;
	memcpy(&k->reply->fed, id, 8);
	k->reply->fed |= 1;
	k->row_f = set_add(k, FED_FEDERATION, 0, 0, true);
	k->f = &k->row_f->as.federation;
	*k->f = (struct fed_federation){.state = FED_DRAFT, .lease_soft = 86400, .lease_hard = 172800, .created = k->now, .clock = k->now, .next_quota = -1,
		.template_version = 1, .categories = (1u << FED_CATEGORIES) - 1};
	snprintf(k->f->account, sizeof(k->f->account), "%s", k->r->u.create.account);
	snprintf(k->f->carrier, sizeof(k->f->carrier), "%s", k->carrier->name);
	k->row_roaming = set_add(k, FED_ROAMING, 0, 0, true);
	if ((st = take_numbers(k)) != RSP_OK || (st = pool_open(k)) != RSP_OK)
		return st;
	m = add_primary(k, model);
	k->f->primary = k->reply->member = m->key.a;
	k->reply->number = m->as.member.profile;
	return RSP_OK;
}

/* The primary has shown by EAP-AKA that it is the master's subscriber. */
enum rsp_status
do_activate(struct fed_call *k)
{
	struct fed_row *m = primary_row(k);

	if (k->f->state != FED_DRAFT)
		return fed_no(k, FED_E_STATE, "3.2", "want DRAFT, have %s", fed_state_name(k->f->state));
	m->as.member.state = FED_MEMBER_ACTIVE;
	m->as.member.last_contact = k->now;
	row_touch(m);
	federation_up(k);
	return lease_renew(k, m);
}

enum rsp_status
check_gates_values(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;
	int64_t soft = k->r->u.gates.lease_soft, hard = k->r->u.gates.lease_hard;

	(void)c;
	if ((soft || hard) && (soft < 86400 || hard > 172800 || soft > hard))
		return fed_no(k, FED_E_PARAM, "F76", "lease: want 24 h <= soft <= hard <= 48 h");
	if (k->r->u.gates.fallback != FED_INDEPENDENT && k->r->u.gates.fallback != FED_WAIT)
		return fed_no(k, FED_E_PARAM, "F34", "fallback: want independent or wait");
	return k->r->u.gates.categories >> FED_CATEGORIES ? fed_no(k, FED_E_PARAM, "F29", "there is no such category") : RSP_OK;
}

/* Clearing a category evicts nobody. */
enum rsp_status
do_gates(struct fed_call *k)
{
	struct fed_federation *f = k->f;

	f->sharing = k->r->u.gates.sharing;
	f->allow_others = k->r->u.gates.allow_others;
	f->categories = k->r->u.gates.categories;
	f->fallback = k->r->u.gates.fallback;
	if (k->r->u.gates.lease_soft) {
		f->lease_soft = k->r->u.gates.lease_soft;
		f->lease_hard = k->r->u.gates.lease_hard;
	}
	row_touch(k->row_f);
	return RSP_OK;
}

/* ---- freezing: fraud ---- */

enum rsp_status
do_freeze(struct fed_call *k)
{
	size_t i = 0;
	struct fed_row *m;

	if (k->f->state == FED_FROZEN || k->f->state == FED_CLOSED)
		return fed_no(k, FED_E_STATE, "3.2", "it is %s", fed_state_name(k->f->state));
	k->f->before_freeze = k->f->state;
	k->f->state = FED_FROZEN;
	row_touch(k->row_f);
	while ((m = set_next(k, FED_MEMBER, &i)))
		if (member_serves(m)) {
			m->as.member.auth_epoch++;
			row_touch(m);
			lease_end(k, m);
			outside(k, FED_TO_HSS, "bar", m, 0, NULL);
			outside(k, FED_TO_TOKENS, "kill", m, (int64_t)m->as.member.auth_epoch, NULL);
		}
	return RSP_OK;
}

enum rsp_status
do_thaw(struct fed_call *k)
{
	size_t i = 0;
	struct fed_row *m;

	if (k->f->state != FED_FROZEN)
		return fed_no(k, FED_E_STATE, "3.2", "want FROZEN, have %s", fed_state_name(k->f->state));
	k->f->state = k->f->before_freeze;
	row_touch(k->row_f);
	while ((m = set_next(k, FED_MEMBER, &i)))
		if (m->as.member.state == FED_MEMBER_ACTIVE)
			outside(k, FED_TO_HSS, "unbar", m, 0, NULL);
	return RSP_OK;
}

/* ---- the end ---- */

/* A promotion that is under way ends with it. */
void
begin_closing(struct fed_call *k)
{
	size_t i = 0;
	struct fed_row *r;

	k->f->state = FED_CLOSING;
	k->f->lost_at = k->f->lost_at ? k->f->lost_at : k->now;
	row_touch(k->row_f);
	while ((r = set_next(k, FED_SAGA, &i)))
		row_drop(r);
	for (i = 0; (r = set_next(k, FED_MEMBER, &i));)
		if (member_serves(r))
			outside(k, FED_TO_RPM, "delete", r, (int64_t)r->as.member.profile, NULL);
	close_when_done(k);
}

enum rsp_status
do_dissolve(struct fed_call *k)
{
	if (k->f->state == FED_CLOSING || k->f->state == FED_CLOSED || k->f->state == FED_FROZEN)
		return fed_no(k, FED_E_STATE, "F88", "it is %s", fed_state_name(k->f->state));
	begin_closing(k);
	return RSP_OK;
}

/* Whoever has a lease keeps it until it ends, at most 48 h. */
void
close_when_done(struct fed_call *k)
{
	size_t i = 0, left = 0;
	struct fed_row *m;

	while ((m = set_next(k, FED_MEMBER, &i)))
		if (member_serves(m)) {
			if (lease_of(k, m) && m->as.member.state == FED_MEMBER_ACTIVE)
				left++;
			else
				member_remove(k, m);
		}
	if (left)
		return;
	k->f->state = FED_CLOSED;
	k->f->closed_at = k->now;
	row_touch(k->row_f);
}
