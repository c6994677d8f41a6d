// SPDX-License-Identifier: BSD-2-Clause
/*
 * Promotion: another device becomes the primary. A saga of steps, one a commit, each of which may be run again; which one is next is a row. Until the
 * roles are swapped it can be given up, from then on it only goes forward.
 */
#include "federation/call.h"

static struct fed_row *
old_of(const struct fed_call *k, const struct fed_row *saga)
{
	return set_find(k, FED_MEMBER, saga->as.saga.from, 0);
}

static struct fed_row *
new_of(const struct fed_call *k, const struct fed_row *saga)
{
	return set_find(k, FED_MEMBER, saga->as.saga.to, 0);
}

/* Given up: the federation stays as it is, which after the fence is PRIMARY_LOST. */
static enum rsp_status
give_up(struct fed_call *k, struct fed_row *saga)
{
	outside(k, FED_TO_NOTICE, "promotion-off", new_of(k, saga), 0, NULL);
	row_drop(saga);
	return RSP_OK;
}

static bool
candidate_holds(const struct fed_call *k, const struct fed_row *saga)
{
	const struct fed_row *to = new_of(k, saga), *p = to ? profile_of(k, to) : NULL;

	return to && to->as.member.state == FED_MEMBER_ACTIVE && p && profile_lives(&p->as.profile) && k->f->primary == saga->as.saga.from &&
		(k->f->state == FED_ACTIVE || k->f->state == FED_PRIMARY_LOST || k->f->state == FED_ORPHANED);
}

static enum rsp_status
step_authorise(struct fed_call *k, struct fed_row *saga)
{
	outside(k, FED_TO_NOTICE, "promotion", new_of(k, saga), 0, NULL);
	return RSP_OK;
}

static enum rsp_status
step_fence(struct fed_call *k, struct fed_row *saga)
{
	(void)saga;
	return k->f->state == FED_ACTIVE ? primary_lost(k) : RSP_OK;
}

/* Demoted first, then promoted, in one commit: at no moment are there two. */
void
rule_swap(struct fed_call *k, struct fed_row *from, struct fed_row *to)
{
	from->as.member.primary = false;
	from->as.member.prio = 1;
	to->as.member.primary = true;
	to->as.member.prio = 0;
	to->as.member.mode = FED_FULL;
	to->as.member.mode_until = 0;
	to->due = 0;
	k->f->primary = to->key.a;
	row_touch(from);
	row_touch(to);
	row_touch(k->row_f);
}

static enum rsp_status
step_swap(struct fed_call *k, struct fed_row *saga)
{
	struct fed_row *from = old_of(k, saga), *to = new_of(k, saga);

	if (k->f->primary == to->key.a)
		return RSP_OK;
	member_cycle(k, to);
	to->as.member.cap = -1;
	to->as.member.ceiling = INT64_MAX;
	k->lib->rules.swap(k, from, to);
	k->f->promoted[2] = k->f->promoted[1];
	k->f->promoted[1] = k->f->promoted[0];
	k->f->promoted[0] = k->now;
	return RSP_OK;
}

static enum rsp_status
step_number(struct fed_call *k, struct fed_row *saga)
{
	struct fed_row *from = profile_of(k, old_of(k, saga)), *to = profile_of(k, new_of(k, saga));

	if (from && to && *from->as.profile.msisdn) {
		memcpy(to->as.profile.msisdn, from->as.profile.msisdn, sizeof(to->as.profile.msisdn));
		from->as.profile.msisdn[0] = '\0';
		row_touch(from);
		row_touch(to);
		outside(k, FED_TO_HSS, "move-default", new_of(k, saga), 0, to->as.profile.msisdn);
	}
	return RSP_OK;
}

void
rule_repoint(struct fed_call *k, struct fed_row *from, struct fed_row *to)
{
	size_t i = 0;
	struct fed_row *p;

	(void)from;
	while ((p = set_next(k, FED_PROFILE, &i)))
		if (profile_lives(&p->as.profile) && p->as.profile.master != to->as.member.profile) {
			p->as.profile.master = to->as.member.profile;
			row_touch(p);
		}
}

static enum rsp_status
step_repoint(struct fed_call *k, struct fed_row *saga)
{
	k->lib->rules.repoint(k, old_of(k, saga), new_of(k, saga));
	return RSP_OK;
}

static enum rsp_status
step_steer(struct fed_call *k, struct fed_row *saga)
{
	struct fed_row *to = new_of(k, saga);

	follow_free(k, to);
	follow_primary(k, to);
	sync_all(k);
	return RSP_OK;
}

/* The federation is back only here, so the leases are the first of the new time. */
static enum rsp_status
step_leases(struct fed_call *k, struct fed_row *saga)
{
	size_t i = 0;
	struct fed_row *m;
	enum rsp_status st = RSP_OK;

	(void)saga;
	federation_up(k);
	while (st == RSP_OK && (m = set_next(k, FED_MEMBER, &i)))
		if (k->lib->rules.may_renew(k, m))
			st = lease_renew(k, m);
	return st;
}

static enum rsp_status
step_done(struct fed_call *k, struct fed_row *saga)
{
	outside(k, FED_TO_NOTICE, "promoted", new_of(k, saga), 0, NULL);
	row_drop(saga);
	return RSP_OK;
}

static const struct fed_step steps[] = {
	{"authorise", false, step_authorise}, {"fence", false, step_fence}, {"swap", true, step_swap}, {"number", true, step_number},
	{"repoint", true, step_repoint}, {"steer", true, step_steer}, {"leases", true, step_leases}, {"done", true, step_done},
};
const struct fed_steps fed_steps = {steps, sizeof(steps) / sizeof(steps[0])};

enum rsp_status
due_saga(struct fed_call *k, struct fed_row *saga)
{
	struct fed_saga *s = &saga->as.saga;
	const struct fed_step *step = &k->lib->steps.rows[s->step];
	bool begun = s->step && k->lib->steps.rows[s->step - 1].forward_only;

	if (k->f->state == FED_FROZEN) {
		saga->due = k->now + 3600;
		row_touch(saga);
		return RSP_OK;
	}
	if (!begun && !candidate_holds(k, saga))
		return give_up(k, saga);
	s->step++;
	saga->due = s->next = k->now;
	row_touch(saga);
	return step->run(k, saga);
}

/* ---- asked for ---- */

enum rsp_status
check_promotable(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	return rule_of(k, &k->about->as.member)->promotable && rule_of(k, &k->about->as.member)->primary ? RSP_OK :
		fed_no(k, FED_E_ELIG, "F78", "this category cannot be a primary");
}

enum rsp_status
check_remote(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	return k->carrier->remote_promote || k->r->u.promote.old_primary_proof ? RSP_OK : fed_no(k, FED_E_FORBID, "F78", "the carrier does not allow it from afar");
}

enum rsp_status
check_no_saga(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;
	size_t i = 0;

	(void)c;
	return !set_next(k, FED_SAGA, &i) ? RSP_OK : fed_no(k, FED_E_CONFLICT, "N14", "a promotion is under way");
}

enum rsp_status
check_promotions(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;
	uint32_t n = 0;

	(void)c;
	for (size_t i = 0; i < 3; i++)
		n += k->f->promoted[i] && k->now - k->f->promoted[i] < k->lib->limits.promotions_in;
	return n < k->lib->limits.promotions ? RSP_OK : fed_no(k, FED_E_RATE, "4.3", "%u promotions in 30 days", n);
}

enum rsp_status
check_recoverable(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	return k->f->state == FED_ACTIVE || k->f->state == FED_PRIMARY_LOST || k->f->state == FED_ORPHANED ? RSP_OK :
		fed_no(k, FED_E_STATE, "N15", "the federation is %s", fed_state_name(k->f->state));
}

/* Without a word from the old primary it takes a day, unless the operator asks. */
enum rsp_status
do_promote(struct fed_call *k)
{
	bool at_once = k->r->by.actor == FED_BY_OPERATOR || k->r->u.promote.old_primary_proof;
	struct fed_row *s = set_add(k, FED_SAGA, next_number(k), 0, true);

	s->as.saga = (struct fed_saga){.from = k->f->primary, .to = k->about->key.a, .begun = k->now, .next = k->now + (at_once ? 0 : k->lib->limits.cool)};
	s->due = s->as.saga.next;
	k->reply->number = s->key.a;
	outside(k, FED_TO_NOTICE, "promotion-asked", k->about, s->due, NULL);
	return RSP_OK;
}
