// SPDX-License-Identifier: BSD-2-Clause
/* What the steps of a life mean. Each picks whom it is about from what is there, so a step means something in every life. */
#include "support/test.h"

#include "support/fed_run.h"

static void
step_reserve(struct run *r, const struct step *s)
{
	static const int64_t most[] = {5000000, 50000000, 400000000, 100000};
	const struct fed_row *m = run_nth(r, FED_MEMBER, s->who);
	struct fed_request q = by_network(r->w, FED_OP_RESERVE, m ? m->key.a : 1);

	q.u.reserve.ask = s->x % most[s->whom % 4];
	if (run_call(r, &q, s->crash) == RSP_OK && !r->w->reply.again) {
		size_t at = r->n_grants < GRANTS ? r->n_grants++ : s->whom % GRANTS;

		r->grants[at].fed = r->w->fed;
		r->grants[at].number = r->w->reply.number;
		r->grants[at].member = q.member;
		r->grants[at].bytes = r->w->reply.bytes;
	}
}

/* A device makes a record; it is reported now, later, or never. */
static void
step_use(struct run *r, const struct step *s)
{
	size_t g = r->n_grants ? s->who % r->n_grants : 0;
	struct sent *d = &r->sent[r->n_sent];

	if (!r->n_grants || r->n_sent == 512)
		return;
	*d = (struct sent){.source = 1, .seq = ++r->seq, .fed = r->grants[g].fed, .ref = r->grants[g].number, .member = r->grants[g].member,
		.event = r->w->now, .last = s->whom % 3 == 0, .access = s->whom % 11 == 0 ? FED_WLAN : FED_CELLULAR};
	d->bytes = s->whom % 7 == 0 ? r->grants[g].bytes + s->x % 30000000 : r->grants[g].bytes ? s->x % r->grants[g].bytes : 0;
	r->n_sent++;
}

static void
step_report(struct run *r, const struct step *s)
{
	size_t i = r->n_sent ? (s->whom % 4 ? r->n_sent - 1 - s->who % (r->n_sent < 4 ? r->n_sent : 4) : s->x % r->n_sent) : 0;
	const struct sent *d = &r->sent[i];
	struct fed_request q;
	uint64_t fed = r->w->fed;

	if (!r->n_sent)
		return;
	r->w->fed = d->fed;
	q = by_network(r->w, FED_OP_REPORT, 0);
	q.u.report.source = d->source;
	q.u.report.seq = d->seq;
	q.u.report.ref = d->ref;
	q.u.report.bytes = d->bytes;
	q.u.report.event = d->event;
	q.u.report.access = d->access;
	q.u.report.last = d->last;
	if (run_call(r, &q, s->crash) == RSP_OK)
		run_delivered(r, i);
	else
		run_fail(r, "a record that is good was refused");
	r->w->fed = fed;
}

static void
step_contact(struct run *r, const struct step *s)
{
	const struct fed_row *m = run_nth(r, FED_MEMBER, s->who);
	struct fed_request q = by_member(r->w, FED_OP_CONTACT, m ? m->key.a : 0, m ? m->key.a : 0);

	if (s->whom % 16 == 0)
		q.by.auth_epoch -= q.by.auth_epoch > 1;
	(void)run_call(r, &q, s->crash);
}

static void
step_locate(struct run *r, const struct step *s)
{
	static const char *const plmns[] = {"44010", "44020", "44099", "26201", "20810", "20820", "310410"};
	const struct fed_row *m = run_nth(r, FED_MEMBER, s->who);
	struct fed_request q = by_network(r->w, FED_OP_LOCATE, m ? m->key.a : 1);

	q.u.locate.plmn = plmns[s->whom % 7];
	(void)run_call(r, &q, s->crash);
}

static void
step_select(struct run *r, const struct step *s)
{
	struct fed_request q = by_member(r->w, FED_OP_SELECT, fed_world_fed(r->w)->primary, 0);

	q.u.select.mode = s->who % 2 ? FED_MANUAL : FED_AUTO;
	q.u.select.plmn = s->whom % 3 == 0 ? "44020" : s->whom % 3 == 1 ? "20820" : "44099";
	(void)run_call(r, &q, s->crash);
}

static void
step_follow(struct run *r, const struct step *s)
{
	const struct fed_row *m = run_nth(r, FED_MEMBER, s->who);
	struct fed_request q = by_network(r->w, s->whom % 2 ? FED_OP_REACH : FED_OP_RETRY, m ? m->key.a : 1);

	if (s->whom % 2)
		q.u.reach.reachable = s->x % 2;
	(void)run_call(r, &q, s->crash);
}

static void
step_topup(struct run *r, const struct step *s)
{
	struct fed_request q = s->who % 2 ? by_account(r->w, FED_OP_TOPUP, 0) : by_operator(r->w, FED_OP_QUOTA, 0);

	q.u.topup.bytes = s->who % 2 ? s->x % 10000000 : 10000000 + s->x % 100000000;
	(void)run_call(r, &q, s->crash);
}

static void
step_alert(struct run *r, const struct step *s)
{
	const struct fed_row *m = run_nth(r, FED_MEMBER, s->who);
	struct fed_request q = by_account(r->w, FED_OP_ALERT, s->whom % 2 && m ? m->key.a : 0);

	q.u.alert.percent = s->x % 100 + 1;
	(void)run_call(r, &q, s->crash);
}

static void
step_patch(struct run *r, const struct step *s)
{
	const struct fed_row *m = run_nth(r, FED_MEMBER, s->who);
	struct fed_request q = s->x % 5 ? by_account(r->w, FED_OP_PATCH, m ? m->key.a : 1) : by_member(r->w, FED_OP_PATCH, m ? m->key.a : 1, m ? m->key.a : 1);

	q.u.patch.what = s->whom % 3 ? (enum fed_patch)(s->whom % FED_PATCHES) : FED_PATCH_MODE;
	q.u.patch.number = q.u.patch.what == FED_PATCH_CAP ? s->x % 50000000 : s->x / 8 % 4;
	q.u.patch.until = r->w->now + 400000;
	q.u.patch.text = s->x % 2 ? "Anna's phone" : "Work";
	(void)run_call(r, &q, s->crash);
}

/* A whole joining; where it stops depends on x. */
static void
step_join(struct run *r, const struct step *s)
{
	const struct fed_row *old = run_nth(r, FED_MEMBER, s->who);
	struct fed_request q = by_account(r->w, FED_OP_INVITE, 0);
	enum fed_category category = (enum fed_category)(s->whom % FED_CATEGORIES);
	bool replace = s->x % 7 == 0 && old;

	if (s->x % 5 && old && !replace)   /* a device that has been here before, or is */
		snprintf(r->eid, sizeof(r->eid), "%s", old->as.member.eid);
	else
		fed_world_eid(r->w, ++r->w->numbers, r->eid);
	q.u.invite.eid = r->eid;
	q.u.invite.category = replace ? FED_FLAGSHIP : category;
	q.u.invite.cap = -1;
	q.u.invite.replaces = replace ? old->key.a : 0;
	if (run_call(r, &q, s->crash) != RSP_OK)
		return;
	memcpy(r->nonce, r->w->reply.nonce, 16);
	memcpy(r->code, r->w->reply.confirmation_code, 9);
	q = by_account(r->w, replace ? FED_OP_REPLACE : FED_OP_ADD, 0);
	memcpy(q.u.add.nonce, r->nonce, 16);
	if (s->x % 13 == 0)
		fed_world_eid(r->w, 99999, r->eid);
	q.u.add.eid = r->eid;
	q.u.add.tac = fed_world_tac(replace ? FED_FLAGSHIP : category);
	q.u.add.sw = "99";
	q.u.add.name = rsp_sprintf(&r->w->keep, "d%u", (unsigned)++r->w->numbers);
	if (run_call(r, &q, s->crash) != RSP_OK || s->x % 17 == 0)
		return;
	if (s->x % 3 == 0) {   /* the consent once more, with another name */
		struct fed_request twice = q;

		twice.u.add.name = "again";
		(void)run_call(r, &twice, CRASH_NONE);
	}
	q = by_network(r->w, FED_OP_CONFIRM, r->w->reply.member);
	q.u.confirm.code = s->x % 11 == 0 ? "wrong" : r->code;
	if (q.member)
		(void)run_call(r, &q, CRASH_NONE);
}

static void
step_child(struct run *r, const struct step *s)
{
	const struct fed_row *p = NULL;
	struct fed_request q = by_network(r->w, FED_OP_CHILD, 0);

	for (unsigned i = 0; i < 6; i++) {   /* rather one that is under way */
		p = run_nth(r, FED_PROFILE, s->who + i);
		if (p && p->as.profile.state < FED_ENABLED)
			break;
	}
	if (!p)
		return;
	q.u.child.profile = p->key.a;
	q.u.child.event = s->whom % 4 == 0 ? (enum fed_child_event)(s->x % FED_CHILD_EVENTS) : p->as.profile.state < FED_ENABLED ? (enum fed_child_event)p->as.profile.state :
		p->as.profile.state == FED_DISABLED ? FED_CHILD_ENABLED : p->as.profile.state == FED_REVOKED ? FED_CHILD_DELETED : FED_CHILD_DISABLED;
	if (p->as.profile.state == FED_ENABLED && s->x % 5)
		return;
	q.u.child.iccid = rsp_sprintf(&r->w->keep, "89%u", (unsigned)++r->w->numbers - (s->x % 19 == 0));
	q.u.child.imsi = rsp_sprintf(&r->w->keep, "99%u", (unsigned)r->w->numbers);
	memcpy(q.u.child.key_tag, &r->w->numbers, 8);
	q.u.child.eid = s->x % 23 == 0 ? "89000000000000000000000000000000" : rsp_strdup(&r->w->keep, p->as.profile.eid);
	(void)run_call(r, &q, s->crash);
}

static void
step_loss(struct run *r, const struct step *s)
{
	static const enum fed_op ops[] = {FED_OP_MARK_LOST, FED_OP_VETO, FED_OP_SUSPEND, FED_OP_RESUME, FED_OP_RESUME, FED_OP_PROMOTE, FED_OP_PROMOTE, FED_OP_REMOVE};
	const struct fed_row *m = run_nth(r, FED_MEMBER, s->who);
	enum fed_op op = ops[s->whom % 8];
	struct fed_request q;

	if (fed_world_fed(r->w)->veto_until && s->x % 2)
		op = FED_OP_VETO;
	if (op == FED_OP_RESUME)   /* somebody who is suspended, when there is one */
		for (unsigned i = 0; i < 8 && m && m->as.member.state != FED_SUSPENDED; i++)
			m = run_nth(r, FED_MEMBER, s->who + i);
	if (op == FED_OP_MARK_LOST || op == FED_OP_VETO)
		q = by_member(r->w, op, op == FED_OP_VETO ? fed_world_fed(r->w)->primary : m ? m->key.a : 0, 0);
	else
		q = s->x % 4 ? by_account(r->w, op, m ? m->key.a : 1) : by_operator(r->w, op, m ? m->key.a : 1);
	(void)run_call(r, &q, s->crash);
}

/* How a suspension looks from the others: their epochs and leases are as before, or better (I8). */
static void
step_suspend(struct run *r, const struct step *s)
{
	const struct fed_row *m = run_nth(r, FED_MEMBER, s->who);
	struct fed_request q = by_account(r->w, FED_OP_SUSPEND, m ? m->key.a : 1);
	uint64_t member[32], epoch[32];
	int64_t hard[32];
	size_t n = 0;
	uint64_t own = m ? m->as.member.auth_epoch : 0;

	if (!fed_world_settle(r->w))
		run_fail(r, "I21 something is due for ever");
	for (size_t i = 0; i < r->w->memory.n_live && n < 32; i++) {
		const struct fed_row *o = r->w->memory.rows[r->w->memory.live[i]];

		if (o->kind != FED_MEMBER || o->key.fed != r->w->fed || o->key.a == q.member)
			continue;
		member[n] = o->key.a;
		epoch[n] = o->as.member.auth_epoch;
		hard[n++] = fed_world_lease(r->w, o->key.a) ? fed_world_lease(r->w, o->key.a)->as.lease.hard : 0;
	}
	if (run_call(r, &q, CRASH_NONE) != RSP_OK)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct fed_row *l = fed_world_lease(r->w, member[i]);

		if (fed_world_member(r->w, member[i])->auth_epoch != epoch[i] || (hard[i] && (!l || l->as.lease.hard < hard[i])))
			run_fail(r, "I8 a suspension touched another member's lease");
	}
	if (fed_world_member(r->w, q.member)->auth_epoch <= own || fed_world_lease(r->w, q.member))
		run_fail(r, "I8 who is suspended kept a lease");
	q = by_member(r->w, FED_OP_CONTACT, q.member, q.member);
	q.by.auth_epoch--;
	if (run_call(r, &q, CRASH_NONE) == RSP_OK)
		run_fail(r, "I7 a suspended member's token still holds");
}

static void
step_rare(struct run *r, const struct step *s)
{
	const struct fed_row *m = run_nth(r, FED_MEMBER, s->who);
	uint64_t who = m ? m->key.a : 1;
	struct fed_request q;

	switch (s->whom % 16) {
	case 0: q = by_operator(r->w, s->x % 2 ? FED_OP_FREEZE : FED_OP_THAW, 0); break;
	case 1: case 2: case 3: case 4: q = by_member(r->w, FED_OP_ACK, who, who); q.u.ack.epoch = s->x % 4; break;
	case 5: q = s->x % 4 ? by_operator(r->w, FED_OP_SYNC, 0) : by_account(r->w, FED_OP_DISSOLVE, 0); break;
	case 6: case 7: q = by_operator(r->w, FED_OP_SYNC, 0); q.u.sync.structural = s->x % 3 == 0; break;
	default: q = by_network(r->w, FED_OP_RESYNC, who); break;
	}
	if (fed_world_fed(r->w)->state == FED_FROZEN)
		q = by_operator(r->w, FED_OP_THAW, 0);
	(void)run_call(r, &q, s->crash);
}

/* Effects are sent at least once: a crash after one and before its mark sends it again, under the same number. */
static void
step_deliver(struct run *r, const struct step *s)
{
	const struct fed_row *o = run_nth(r, FED_OUTBOX, s->who);
	bool taken;

	if (s->crash == CRASH_EFFECT && o && fed_send(&r->w->c, &r->w->ports, o, &taken) != RSP_OK)
		run_fail(r, "an effect could not be sent");
	fed_world_deliver(r->w);
	r->commands++;
}

const struct step_kind step_kinds[] = {
	{36, step_reserve}, {40, step_use}, {48, step_report}, {24, step_contact}, {24, step_locate}, {4, step_select}, {8, step_follow}, {4, step_topup},
	{4, step_alert}, {10, step_patch}, {10, step_join}, {18, step_child}, {12, step_loss}, {4, step_suspend}, {4, step_rare}, {6, step_deliver}, {0, NULL},
};
