// SPDX-License-Identifier: BSD-2-Clause
/* What becomes of a child's profile: events of the issuer and of the card, late, twice and out of order; synchronisation; clones. */
#include "federation/call.h"

#include <stdio.h>

#define FROM(state) (1u << FED_##state)
#define ANYWHERE (FROM(PLANNED) | FROM(PERSONALISED) | FROM(ORDERED) | FROM(RELEASED) | FROM(DOWNLOADED) | FROM(INSTALLED) | FROM(ENABLED) | FROM(DISABLED) | FROM(STALE) | FROM(REVOKED))

/* From where an event leads to which state. An enable notification may come before that of the installation. */
static const struct { uint32_t from; enum fed_profile_state to; } moves[FED_CHILD_EVENTS] = {
	[FED_CHILD_PERSONALISED] = {FROM(PLANNED), FED_PERSONALISED},
	[FED_CHILD_ORDERED] = {FROM(PERSONALISED), FED_ORDERED},
	[FED_CHILD_RELEASED] = {FROM(ORDERED), FED_RELEASED},
	[FED_CHILD_DOWNLOADED] = {FROM(RELEASED), FED_DOWNLOADED},
	[FED_CHILD_INSTALLED] = {FROM(RELEASED) | FROM(DOWNLOADED), FED_INSTALLED},
	[FED_CHILD_ENABLED] = {FROM(DOWNLOADED) | FROM(INSTALLED) | FROM(DISABLED), FED_ENABLED},
	[FED_CHILD_DISABLED] = {FROM(ENABLED) | FROM(STALE), FED_DISABLED},
	[FED_CHILD_DELETED] = {ANYWHERE & ~(FROM(PLANNED) | FROM(PERSONALISED) | FROM(ORDERED)), FED_DELETED},
	[FED_CHILD_ERROR] = {FROM(RELEASED) | FROM(DOWNLOADED), FED_RELEASED},
};

static void stale_if_behind(struct fed_call *k, struct fed_row *p);

static enum rsp_status
personalised(struct fed_call *k, struct fed_row *p)
{
	const struct fed_request *r = k->r;
	enum rsp_status st;

	if (!r->u.child.iccid || !r->u.child.imsi)
		return fed_no(k, FED_E_PARAM, "F01", "iccid and imsi are needed");
	st = registry_take(k, FED_ICCID, bytes_of_str(r->u.child.iccid));
	if (st == RSP_OK)
		st = registry_take(k, FED_IMSI, bytes_of_str(r->u.child.imsi));
	if (st == RSP_OK)
		st = registry_take(k, FED_KEYS, BYTES_OF(r->u.child.key_tag));
	if (st != RSP_OK)
		return st;
	snprintf(p->as.profile.iccid, sizeof(p->as.profile.iccid), "%s", r->u.child.iccid);
	snprintf(p->as.profile.imsi, sizeof(p->as.profile.imsi), "%s", r->u.child.imsi);
	return RSP_OK;
}

/* First time in service: the member is, too. A replacement of the lost primary brings the federation back. */
static enum rsp_status
enabled(struct fed_call *k, struct fed_row *m)
{
	if (m->as.member.state != FED_PROVISIONING || k->f->state == FED_FROZEN || k->f->state == FED_CLOSING || k->f->state == FED_CLOSED)
		return RSP_OK;
	m->as.member.state = FED_MEMBER_ACTIVE;
	m->as.member.lost = false;
	m->as.member.last_contact = k->now;
	row_touch(m);
	outside(k, FED_TO_HSS, "activate", m, 0, NULL);
	if (m->as.member.primary)
		federation_up(k);
	return k->lib->rules.may_renew(k, m) ? lease_renew(k, m) : RSP_OK;
}

static enum rsp_status
deleted(struct fed_call *k, struct fed_row *p, struct fed_row *m)
{
	if (m->as.member.profile != p->key.a)
		return RSP_OK;
	if (m->as.member.primary)
		return k->f->state == FED_ACTIVE ? primary_lost(k) : RSP_OK;
	if (member_serves(m)) {
		member_remove(k, m);
		(void)p;
	}
	m->as.member.state = FED_REMOVED;
	row_touch(m);
	return registry_leave(k, FED_EID, bytes_of_str(m->as.member.eid));
}

static enum rsp_status
failed(struct fed_call *k, struct fed_row *p, struct fed_row *m)
{
	if (++p->as.profile.failures <= k->lib->limits.download_failures)
		return RSP_OK;
	profile_revoke(k, p, m);
	if (!m->as.member.primary && m->as.member.profile == p->key.a)
		member_remove(k, m);
	return RSP_OK;
}

static enum rsp_status
after_move(struct fed_call *k, struct fed_row *p, struct fed_row *m)
{
	switch (k->r->u.child.event) {
	case FED_CHILD_PERSONALISED: return personalised(k, p);
	case FED_CHILD_ENABLED: return enabled(k, m);
	case FED_CHILD_DELETED: return deleted(k, p, m);
	case FED_CHILD_ERROR: return failed(k, p, m);
	case FED_CHILD_DISABLED:
	case FED_CHILD_RELEASED: case FED_CHILD_ORDERED: case FED_CHILD_DOWNLOADED: case FED_CHILD_INSTALLED: case FED_CHILD_EVENTS: break;
	}
	return RSP_OK;
}

enum rsp_status
do_child(struct fed_call *k)
{
	const struct fed_request *r = k->r;
	struct fed_row *p = set_find(k, FED_PROFILE, r->u.child.profile, 0), *m = p ? set_find(k, FED_MEMBER, p->as.profile.member, 0) : NULL;
	enum fed_child_event event = r->u.child.event;
	enum rsp_status st;

	if (!m || (unsigned)event >= FED_CHILD_EVENTS)
		return fed_no(k, FED_E_PARAM, "3.2", "there is no such profile or event");
	if (r->u.child.seq && r->u.child.seq <= p->as.profile.last_seq) {
		k->reply->again = true;
		return RSP_OK;
	}
	if (!(moves[event].from & 1u << p->as.profile.state))
		return fed_no(k, FED_E_STATE, "3.2", "the profile is %s", fed_profile_state_name(p->as.profile.state));
	if (event == FED_CHILD_RELEASED && !p->as.profile.confirmed)
		return fed_no(k, FED_E_CODE_MISSING, "F37", "no profile is Released before its user has typed the code");
	if ((event == FED_CHILD_DOWNLOADED || event == FED_CHILD_INSTALLED) && (!r->u.child.eid || strcmp(r->u.child.eid, p->as.profile.eid) != 0))
		return fed_no(k, FED_E_EID, "I12, SGP.22 3.1.3", "the download is for another EID");
	if (r->u.child.seq)
		p->as.profile.last_seq = r->u.child.seq;
	p->as.profile.state = moves[event].to;
	row_touch(p);
	if ((st = after_move(k, p, m)) == RSP_OK)
		stale_if_behind(k, p);
	return st;
}

/* ---- synchronisation: F05 ---- */

void
sync_all(struct fed_call *k)
{
	size_t i = 0;
	struct fed_row *m;

	k->reply->number = ++k->f->sync_epoch;
	row_touch(k->row_f);
	while ((m = set_next(k, FED_MEMBER, &i)))
		if (m->as.member.state == FED_MEMBER_ACTIVE)
			outside(k, FED_TO_OTA, "sync", m, (int64_t)k->f->sync_epoch, NULL);
}

/* What is enabled and behind the template is STALE: it serves, and is issued again (REPLACE) when it can be. */
static void
stale_if_behind(struct fed_call *k, struct fed_row *p)
{
	if (p->as.profile.state != FED_ENABLED || p->as.profile.template_version >= k->f->template_version)
		return;
	p->as.profile.state = FED_STALE;
	row_touch(p);
	outside(k, FED_TO_ISSUER, "reissue", set_find(k, FED_MEMBER, p->as.profile.member, 0), (int64_t)p->key.a, NULL);
}

enum rsp_status
do_sync(struct fed_call *k)
{
	size_t i = 0;
	struct fed_row *p;

	sync_all(k);
	if (!k->r->u.sync.structural)
		return RSP_OK;
	k->f->template_version++;
	while ((p = set_next(k, FED_PROFILE, &i)))
		stale_if_behind(k, p);
	return RSP_OK;
}

enum rsp_status
check_sync_epoch(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	return k->r->u.ack.epoch <= k->f->sync_epoch ? RSP_OK : fed_no(k, FED_E_STALE, "F05", "this epoch has not been");
}

enum rsp_status
do_ack(struct fed_call *k)
{
	struct fed_row *p = profile_of(k, k->about);

	if (p && k->r->u.ack.epoch > p->as.profile.ack_epoch) {
		p->as.profile.ack_epoch = k->r->u.ack.epoch;
		row_touch(p);
	}
	return RSP_OK;
}

/* ---- clones: two cards with the same keys resynchronise, or are in two countries at once (N22) ---- */

enum rsp_status
do_resync(struct fed_call *k)
{
	struct fed_member *m = &k->about->as.member;

	row_touch(k->about);
	if (++m->suspicion < k->lib->limits.clone_signs || m->state == FED_SUSPENDED)
		return RSP_OK;
	outside(k, FED_TO_NOTICE, "clone", k->about, m->suspicion, NULL);
	if (m->primary)
		return k->f->state == FED_ACTIVE ? primary_lost(k) : RSP_OK;
	member_suspend(k, k->about, false);
	return RSP_OK;
}

/* A replacement: the old profile is done with, its number stays with the federation, the member is the same. */
enum rsp_status
do_replace(struct fed_call *k)
{
	struct fed_row *m = set_find(k, FED_MEMBER, k->consent->as.consent.replaces, 0), *old, *p;
	char msisdn[16];
	enum rsp_status st;

	if (!m || !member_serves(m))
		return fed_no(k, FED_E_STATE, "F79", "the member to replace has gone");
	if (m->as.member.primary && k->f->state == FED_ACTIVE && (st = primary_lost(k)) != RSP_OK)
		return st;
	old = profile_of(k, m);
	snprintf(msisdn, sizeof(msisdn), "%s", old ? old->as.profile.msisdn : "");
	lease_end(k, m);
	follow_free(k, m);
	profile_revoke(k, old, m);
	if (old) {
		old->as.profile.msisdn[0] = '\0';
		row_touch(old);
	}
	if ((st = registry_leave(k, FED_EID, bytes_of_str(m->as.member.eid))) != RSP_OK)
		return st;
	p = profile_plan(k, m, k->consent->as.consent.eid);
	if (m->as.member.primary)
		p->as.profile.master = p->key.a;
	snprintf(p->as.profile.msisdn, sizeof(p->as.profile.msisdn), "%s", msisdn);
	m->as.member.state = FED_PROVISIONING;
	m->as.member.auth_epoch++;
	m->as.member.category = k->consent->as.consent.category;
	snprintf(m->as.member.eid, sizeof(m->as.member.eid), "%s", k->consent->as.consent.eid);
	snprintf(m->as.member.tac, sizeof(m->as.member.tac), "%s", k->r->u.add.tac);
	if (m->as.member.primary)
		k->lib->rules.repoint(k, NULL, m);
	return registry_take(k, FED_EID, bytes_of_str(m->as.member.eid));
}
