// SPDX-License-Identifier: BSD-2-Clause
/* The primary is lost, found, or gone for good; members are suspended and come back. */
#include "federation/call.h"

/* Its tokens, cookies and leases end with its epoch; nobody else's do. */
void
rule_fence(struct fed_call *k, struct fed_row *m)
{
	(void)k;
	m->as.member.auth_epoch++;
	row_touch(m);
}

void
member_suspend(struct fed_call *k, struct fed_row *m, bool lost)
{
	m->as.member.state = FED_SUSPENDED;
	m->as.member.lost = lost;
	row_touch(m);
	k->lib->rules.fence(k, m);
	lease_end(k, m);
	follow_free(k, m);
	outside(k, FED_TO_HSS, "bar", m, 0, NULL);
	outside(k, FED_TO_CHF, "ABORT_CHARGING", m, 0, NULL);
	outside(k, FED_TO_TOKENS, "kill", m, (int64_t)m->as.member.auth_epoch, NULL);
	outside(k, FED_TO_RPM, "disable", m, (int64_t)m->as.member.profile, NULL);
}

/* Who was seen a moment ago gets a whole lease, for the last time. */
static enum rsp_status
last_renewals(struct fed_call *k)
{
	size_t i = 0;
	struct fed_row *m;
	enum rsp_status st = RSP_OK;

	while (st == RSP_OK && (m = set_next(k, FED_MEMBER, &i)))
		if (!m->as.member.primary && m->as.member.last_contact && k->now - m->as.member.last_contact < k->lib->limits.recent && k->lib->rules.may_renew(k, m))
			st = lease_renew(k, m);
	return st;
}

enum rsp_status
primary_lost(struct fed_call *k)
{
	struct fed_row *p = primary_row(k);
	enum rsp_status st = last_renewals(k);

	k->f->state = FED_PRIMARY_LOST;
	k->f->lost_at = k->now;
	k->f->veto_until = 0;
	k->f->veto_by = 0;
	row_touch(k->row_f);
	member_suspend(k, p, true);
	outside(k, FED_TO_NOTICE, "primary-lost", p, 0, NULL);
	return st;
}

/* A primary that is there again is not promoted over: only a promotion that has swapped the roles goes on. */
void
federation_up(struct fed_call *k)
{
	size_t i = 0;
	struct fed_row *saga;

	while ((saga = set_next(k, FED_SAGA, &i)))
		if (saga->as.saga.from == k->f->primary) {
			outside(k, FED_TO_NOTICE, "promotion-off", NULL, 0, NULL);
			row_drop(saga);
		}
	k->f->state = FED_ACTIVE;
	k->f->lost_at = k->f->orphaned_at = k->f->veto_until = 0;
	row_touch(k->row_f);
	outside(k, FED_TO_NOTICE, "active", primary_row(k), 0, NULL);
}

/* ---- asked for ---- */

/* A secondary may only say so; the primary has time to say that it is not true (4.2). */
enum rsp_status
do_mark_lost(struct fed_call *k)
{
	if (k->f->veto_until)
		return fed_no(k, FED_E_STATE, "4.2", "this has been said already");
	k->f->veto_until = k->now + k->lib->limits.veto;
	k->f->veto_by = k->r->by.member;
	row_touch(k->row_f);
	outside(k, FED_TO_NOTICE, "veto?", primary_row(k), k->f->veto_until, NULL);
	return RSP_OK;
}

enum rsp_status
do_veto(struct fed_call *k)
{
	if (!k->f->veto_until)
		return fed_no(k, FED_E_STATE, "4.2", "nobody has said that the primary is lost");
	k->f->veto_until = 0;
	row_touch(k->row_f);
	outside(k, FED_TO_NOTICE, "vetoed", set_find(k, FED_MEMBER, k->f->veto_by, 0), 0, NULL);
	return RSP_OK;
}

enum rsp_status
do_suspend(struct fed_call *k)
{
	if (k->about->as.member.state != FED_MEMBER_ACTIVE)
		return fed_no(k, FED_E_STATE, "3.2", "the member is %s", fed_member_state_name(k->about->as.member.state));
	if (k->about->as.member.primary)
		return k->f->state == FED_ACTIVE ? primary_lost(k) : fed_no(k, FED_E_STATE, "3.2", "the federation is %s", fed_state_name(k->f->state));
	member_suspend(k, k->about, false);
	return RSP_OK;
}

enum rsp_status
check_suspended(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	if (k->about->as.member.state != FED_SUSPENDED)
		return fed_no(k, FED_E_STATE, "3.2", "the member is %s", fed_member_state_name(k->about->as.member.state));
	if (k->f->state == FED_ACTIVE || (k->about->as.member.primary && (k->f->state == FED_PRIMARY_LOST || k->f->state == FED_ORPHANED)))
		return RSP_OK;
	return fed_no(k, FED_E_STATE, "3.2", "the federation is %s", fed_state_name(k->f->state));
}

enum rsp_status
do_resume(struct fed_call *k)
{
	struct fed_member *m = &k->about->as.member;

	m->state = FED_MEMBER_ACTIVE;
	m->lost = false;
	m->suspicion = 0;
	row_touch(k->about);
	outside(k, FED_TO_HSS, "unbar", k->about, 0, NULL);
	outside(k, FED_TO_RPM, "enable", k->about, (int64_t)m->profile, NULL);
	if (m->primary)
		federation_up(k);
	return RSP_OK;
}

/* ---- by time ---- */

static void
orphaned(struct fed_call *k)
{
	size_t i = 0;
	struct fed_row *m;

	k->f->state = FED_ORPHANED;
	k->f->orphaned_at = k->now;
	row_touch(k->row_f);
	while ((m = set_next(k, FED_MEMBER, &i)))
		if (m->as.member.state == FED_MEMBER_ACTIVE)
			outside(k, FED_TO_HSS, "bar", m, 0, NULL);
}

/* The last lease of a member that still is one. */
static int64_t
last_hard(const struct fed_call *k)
{
	size_t i = 0;
	int64_t last = 0;
	const struct fed_row *l;

	while ((l = set_next(k, FED_LEASE, &i)))
		if (l->as.lease.hard > last)
			last = l->as.lease.hard;
	return last;
}

void
plan_due(struct fed_call *k)
{
	int64_t due = 0, last = last_hard(k);

	if (k->f->state == FED_ACTIVE)
		due = k->f->veto_until;
	else if (k->f->state == FED_PRIMARY_LOST || k->f->state == FED_CLOSING)
		due = last ? last : k->now;
	else if (k->f->state == FED_ORPHANED)
		due = k->f->orphaned_at + k->lib->limits.orphan_kept;
	if (due == k->row_f->due)
		return;
	k->row_f->due = due;
	row_touch(k->row_f);
}

enum rsp_status
due_federation(struct fed_call *k, struct fed_row *row)
{
	(void)row;
	switch (k->f->state) {
	case FED_ACTIVE: return k->f->veto_until && k->f->veto_until <= k->now ? primary_lost(k) : RSP_OK;
	case FED_PRIMARY_LOST:
		if (!last_hard(k))
			orphaned(k);
		return RSP_OK;
	case FED_ORPHANED:
		if (k->now >= k->f->orphaned_at + k->lib->limits.orphan_kept)
			begin_closing(k);
		return RSP_OK;
	case FED_CLOSING: close_when_done(k); return RSP_OK;
	case FED_DRAFT: case FED_FROZEN: case FED_CLOSED: case FED_STATES: break;
	}
	return RSP_OK;
}
