// SPDX-License-Identifier: BSD-2-Clause
/*
 * Following the primary: where it registers decides the network for those in the same country. A choice is an epoch; a follower has a deadline for
 * it, and what is steered is a row of the outbox. A device in another country is never steered.
 */
#include "federation/call.h"

#include <stdio.h>

enum rsp_status
check_plmn(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;
	const char *plmn = k->r->op == FED_OP_SELECT ? k->r->u.select.plmn : k->r->u.locate.plmn;
	size_t n = plmn ? strlen(plmn) : 0;

	(void)c;
	if (k->r->op == FED_OP_SELECT && k->r->u.select.mode == FED_AUTO)
		return RSP_OK;
	return (n == 5 || n == 6) && strspn(plmn, "0123456789") == n ? RSP_OK : fed_no(k, FED_E_PARAM, "F20", "plmn: want 5 or 6 digits");
}

struct fed_row *
follower_of(const struct fed_call *k, const struct fed_row *member)
{
	return set_find(k, FED_FOLLOWER, member->key.a, 0);
}

void
follow_free(struct fed_call *k, struct fed_row *member)
{
	struct fed_row *f = follower_of(k, member);

	if (!f)
		return;
	f->as.follower.state = FED_IDLE;
	f->as.follower.deadline = 0;
	f->due = 0;
	row_touch(f);
}

bool
rule_steered(const struct fed_call *k, const struct fed_row *m)
{
	return !m->as.member.primary && m->as.member.state == FED_MEMBER_ACTIVE && *k->row_roaming->as.roaming.plmn &&
		strcmp(m->as.member.mcc, k->row_roaming->as.roaming.mcc) == 0;
}

/* The cheapest that is allowed; at home, and where no row says more, the one that it has found itself. */
const char *
rule_pick(const struct fed_call *k, const char *mcc, const char *plmn)
{
	const struct fed_agreement *best = fed_best_plmn(k->lib->facts, k->carrier, mcc, k->now);

	if (best)
		return best->plmn;
	return fed_plmn_allowed(k->lib->facts, k->carrier, plmn, k->now) ? plmn : NULL;
}

static struct fed_row *
follower_made(struct fed_call *k, const struct fed_row *m)
{
	struct fed_row *f = follower_of(k, m);

	return f ? f : set_add(k, FED_FOLLOWER, m->key.a, 0, true);
}

static void
steer(struct fed_call *k, struct fed_row *m, bool again)
{
	const struct fed_roaming *r = &k->row_roaming->as.roaming;
	struct fed_row *row = follower_made(k, m);
	struct fed_follower *f = &row->as.follower;

	if (!again && f->state == FED_STEERING && f->target == r->epoch)
		return;
	f->target = r->epoch;
	f->state = FED_STEERING;
	f->emergency = false;
	f->started = k->now;
	f->deadline = row->due = k->now + (r->mode == FED_MANUAL ? k->lib->limits.follow_manual : k->lib->limits.follow_auto);
	row_touch(row);
	outside(k, FED_TO_STEER, "plmn", m, (int64_t)r->epoch, r->plmn);
}

/* In a state that waits for nothing. */
static void
stand(struct fed_row *follower, enum fed_follow state)
{
	follower->as.follower.state = state;
	follower->as.follower.deadline = follower->due = 0;
	row_touch(follower);
}

static void
steer_all(struct fed_call *k)
{
	size_t i = 0;
	struct fed_row *m;

	while ((m = set_next(k, FED_MEMBER, &i))) {
		bool there = strcmp(m->as.member.plmn, k->row_roaming->as.roaming.plmn) == 0;

		if (!k->lib->rules.steered(k, m)) {
			if (follower_of(k, m))
				stand(follower_of(k, m), FED_DETACHED_POLICY);
		} else if (there) {
			stand(follower_made(k, m), FED_FOLLOWED);
			follower_of(k, m)->as.follower.target = follower_of(k, m)->as.follower.acked = k->row_roaming->as.roaming.epoch;
		} else {
			steer(k, m, false);
		}
	}
}

static void
new_epoch(struct fed_call *k, const char *plmn, enum fed_selection mode)
{
	struct fed_roaming *r = &k->row_roaming->as.roaming;
	char copy[7];

	snprintf(copy, sizeof(copy), "%s", plmn);
	snprintf(r->plmn, sizeof(r->plmn), "%s", copy);
	snprintf(r->mcc, sizeof(r->mcc), "%.3s", copy);
	r->epoch++;
	r->mode = mode;
	r->at = k->now;
	r->set_by = k->f->primary;
	row_touch(k->row_roaming);
	k->reply->number = r->epoch;
	steer_all(k);
}

/* ---- location ---- */

/* Where the primary is, is what the others go by; when no network there is allowed, the choice stays what it was. */
void
follow_primary(struct fed_call *k, struct fed_row *primary)
{
	struct fed_roaming *r = &k->row_roaming->as.roaming;
	const struct fed_member *m = &primary->as.member;
	bool same_country = strcmp(r->mcc, m->mcc) == 0;
	const char *pick;

	if (!*m->plmn)
		return;
	pick = r->mode == FED_MANUAL && same_country ? r->plmn : k->lib->rules.pick(k, m->mcc, m->plmn);
	if (!pick) {
		outside(k, FED_TO_NOTICE, "no-agreement", primary, 0, m->plmn);
		return;
	}
	if (strcmp(pick, m->plmn) != 0)
		outside(k, FED_TO_STEER, "plmn", primary, (int64_t)r->epoch + 1, pick);
	if (same_country && strcmp(r->plmn, pick) == 0)
		return;
	new_epoch(k, pick, same_country ? r->mode : FED_AUTO);
}

/* A first visit of some devices is the user's to choose: F70. */
static enum rsp_status
first_visit(struct fed_call *k, const char *mcc, bool *yes)
{
	struct fed_row *v;
	struct fed_key key = {k->reply->fed, k->about->key.a, (uint64_t)(mcc[0] - '0') * 100 + (uint64_t)(mcc[1] - '0') * 10 + (uint64_t)(mcc[2] - '0')};
	enum rsp_status st;

	*yes = false;
	if (!rule_of(k, &k->about->as.member)->first_visit || fed_at_home(k->lib->facts, k->carrier, mcc))
		return RSP_OK;
	st = set_get(k, FED_VISIT, key, &v);
	if (st != RSP_OK || v)
		return st;
	*yes = true;
	set_add(k, FED_VISIT, key.a, key.b, false);
	return RSP_OK;
}

static enum rsp_status
secondary_at(struct fed_call *k, const char *mcc, const char *plmn)
{
	const struct fed_roaming *r = &k->row_roaming->as.roaming;
	struct fed_row *row = follower_made(k, k->about);
	struct fed_follower *f = &row->as.follower;
	bool pending;
	enum rsp_status st = first_visit(k, mcc, &pending);

	if (st != RSP_OK)
		return st;
	row_touch(row);
	if (strcmp(mcc, r->mcc) != 0 || strcmp(plmn, r->plmn) == 0) {
		bool there = strcmp(plmn, r->plmn) == 0;

		f->state = there ? FED_FOLLOWED : FED_DETACHED_POLICY;
		if (there)
			f->target = f->acked = r->epoch;
		f->deadline = row->due = 0;
		return RSP_OK;
	}
	if (pending) {
		f->state = FED_MANUAL_PENDING;
		f->target = r->epoch;
		f->deadline = row->due = 0;
	} else if (f->state != FED_MANUAL_PENDING && k->lib->rules.steered(k, k->about) && !r->unreachable)
		steer(k, k->about, false);
	return RSP_OK;
}

enum rsp_status
do_locate(struct fed_call *k)
{
	struct fed_member *m = &k->about->as.member;
	const char *plmn = k->r->u.locate.plmn;
	char mcc[4];
	bool far;
	enum rsp_status st;

	snprintf(mcc, sizeof(mcc), "%.3s", plmn);
	far = *m->mcc && strcmp(m->mcc, mcc) != 0 && k->now - m->located_at < k->lib->limits.travel;
	snprintf(m->mcc, sizeof(m->mcc), "%s", mcc);
	snprintf(m->plmn, sizeof(m->plmn), "%s", plmn);
	m->located_at = k->now;
	row_touch(k->about);
	if (m->primary)
		follow_primary(k, k->about);
	else if ((st = secondary_at(k, mcc, plmn)) != RSP_OK)
		return st;
	return far ? do_resync(k) : RSP_OK;
}

/* ---- by hand ---- */

enum rsp_status
do_select(struct fed_call *k)
{
	const struct fed_roaming *r = &k->row_roaming->as.roaming;
	const char *plmn = k->r->u.select.plmn;

	if (!*r->plmn)
		return fed_no(k, FED_E_STATE, "F81", "the primary has not been seen anywhere");
	if (k->r->u.select.mode == FED_AUTO)
		plmn = k->lib->rules.pick(k, r->mcc, r->plmn);
	if (!plmn || strncmp(plmn, r->mcc, 3) != 0 || !fed_plmn_allowed(k->lib->facts, k->carrier, plmn, k->now))
		return fed_no(k, FED_E_STATE, "F81, F33", "this network is not there, or not allowed");
	new_epoch(k, plmn, k->r->u.select.mode);
	outside(k, FED_TO_STEER, "plmn", primary_row(k), (int64_t)r->epoch, r->plmn);
	return RSP_OK;
}

/* Off and on again: the same epoch from the beginning (F69). */
enum rsp_status
do_retry(struct fed_call *k)
{
	if (!k->lib->rules.steered(k, k->about))
		return fed_no(k, FED_E_STATE, "F69", "the device has nobody to follow");
	steer(k, k->about, true);
	return RSP_OK;
}

/* ---- without the primary: F34 ---- */

static void
primary_gone(struct fed_call *k, struct fed_row *m)
{
	struct fed_row *row = follower_made(k, m);
	bool wait = m->as.member.fallback >= 0 ? m->as.member.fallback == FED_WAIT : k->f->fallback == FED_WAIT;

	row->as.follower.state = wait ? FED_HOLDING : FED_IDLE;
	row->as.follower.deadline = row->due = 0;
	row_touch(row);
	if (!wait)
		outside(k, FED_TO_STEER, "free", m, 0, NULL);
}

enum rsp_status
do_reach(struct fed_call *k)
{
	struct fed_roaming *r = &k->row_roaming->as.roaming;
	size_t i = 0;
	struct fed_row *m;

	if (k->r->u.reach.reachable == !r->unreachable)
		return RSP_OK;
	r->unreachable = k->r->u.reach.reachable ? 0 : k->now;
	k->row_roaming->due = r->unreachable ? k->now + k->lib->limits.wait : 0;
	row_touch(k->row_roaming);
	if (r->unreachable)
		while ((m = set_next(k, FED_MEMBER, &i))) {
			if (k->lib->rules.steered(k, m))
				primary_gone(k, m);
		}
	else
		steer_all(k);
	return RSP_OK;
}

/* It has waited long enough: on its own, for emergencies only. */
enum rsp_status
due_roaming(struct fed_call *k, struct fed_row *row)
{
	size_t i = 0;
	struct fed_row *f;

	row->due = 0;
	row_touch(row);
	while ((f = set_next(k, FED_FOLLOWER, &i))) {
		if (f->as.follower.state != FED_HOLDING)
			continue;
		f->as.follower.state = FED_IDLE;
		f->as.follower.emergency = true;
		row_touch(f);
		outside(k, FED_TO_STEER, "emergency", set_find(k, FED_MEMBER, f->key.a, 0), 0, NULL);
	}
	return RSP_OK;
}

enum rsp_status
due_follower(struct fed_call *k, struct fed_row *row)
{
	row->due = 0;
	row_touch(row);
	if (row->as.follower.state != FED_STEERING)
		return RSP_OK;
	row->as.follower.state = FED_MISSED;
	outside(k, FED_TO_NOTICE, "follow-missed", set_find(k, FED_MEMBER, row->key.a, 0), (int64_t)row->as.follower.target, NULL);
	return RSP_OK;
}
