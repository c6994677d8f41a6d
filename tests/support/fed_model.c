// SPDX-License-Identifier: BSD-2-Clause
#include "support/test.h"

#include "support/fed_model.h"

/* ---- lives ---- */

static uint64_t
dice(uint64_t *s)
{
	uint64_t z = *s += 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

/* Mostly seconds and minutes, sometimes hours, days, more than a cycle. */
static uint32_t
wait_of(uint64_t d)
{
	static const uint32_t most[] = {1, 1, 1, 30, 30, 200, 200, 700, 4000, 4000, 40000, 90000, 100000, 180000, 300000, 1500000};

	return (uint32_t)((d >> 8) % most[d % 16]);
}

void
life_from(uint64_t seed, struct life *l)
{
	uint64_t s = seed * 77 + 1;

	l->n = LIFE_MOST;
	for (size_t i = 0; i < l->n; i++) {
		uint64_t d = dice(&s);

		l->steps[i] = (struct step){(uint8_t)d, (uint8_t)(d >> 8), (uint8_t)(d >> 16), (uint8_t)((d >> 24) % 12), (uint32_t)dice(&s), wait_of(dice(&s))};
	}
}

/* ---- a run ---- */

#define GRANTS 64
struct sent { uint32_t source, seq; uint64_t fed, ref, member; int64_t bytes, event; enum fed_access access; bool last; };
struct run {
	struct fed_world *w;
	struct fed_seen seen;
	uint64_t feds[2];
	size_t commands;
	const char *no;
	struct { uint64_t fed, number, member; int64_t bytes; } grants[GRANTS]; size_t n_grants;
	struct sent sent[512]; size_t n_sent; uint32_t seq;      /* records that devices have made */
	struct { uint64_t fed, member; int64_t bytes; } truth[64]; size_t n_truth;   /* what was delivered of them, each once */
	bool counted[512];
	uint64_t keys;
	char eid[33]; uint8_t nonce[16]; char code[9];
};

static void
fail_run(struct run *r, const char *what)
{
	if (!r->no)
		r->no = what;
}

static const struct fed_row *
nth(const struct run *r, enum fed_kind kind, unsigned n)
{
	const struct fed_memory *m = &r->w->memory;
	unsigned count = 0;

	for (int round = 0; round < 2; round++) {
		unsigned at = 0;

		for (size_t i = 0; i < m->n_live; i++)
			if (m->rows[m->live[i]]->kind == kind && m->rows[m->live[i]]->key.fed == r->w->fed && (round == 0 || at++ == n % count)) {
				if (round == 1)
					return m->rows[m->live[i]];
				count++;
			}
		if (!count)
			return NULL;
	}
	return NULL;
}

/* ---- calls with crashes ---- */

static void
plan(struct run *r, const struct fed_request *q, enum rsp_status *st)
{
	const char *foreign;

	r->commands++;
	*st = fed_handle((rsp_ctx_reset(&r->w->c), r->w->c.now = r->w->now, &r->w->c), &r->w->lib, q, &r->w->changes, &r->w->reply);
	if (*st != RSP_OK && r->w->changes.n)
		fail_run(r, "I22 a refused call changes nothing");
	if (*st != RSP_OK && *st != RSP_REFUSED)
		fail_run(r, r->w->c.error.text);
	if (*st == RSP_OK && (foreign = fed_foreign(r->w, q->fed)))
		fail_run(r, foreign);
}

static void
commit(struct run *r)
{
	if (world_commit(r->w) != RSP_OK)
		fail_run(r, "a commit of one worker alone clashes");
}

/* A floor that others may not reserve: I5. Looked at where the grant is made. */
static void
check_grant(struct run *r, const struct fed_request *q)
{
	const struct fed_pool *p = world_pool(r->w);
	const struct fed_row *m = world_row(r->w, FED_MEMBER, q->member);

	if (m && !m->as.member.primary && p->consumed + p->reserved > p->quota + p->topup - p->floor_primary)
		fail_run(r, "I5 the primary's floor was reserved by another");
	if (m && m->as.member.state != FED_MEMBER_ACTIVE)
		fail_run(r, "I7 a grant to one who is not ACTIVE");
	if (m && m->as.member.cap >= 0 && fed_member_used(&m->as.member) + m->as.member.held + m->as.member.carried > m->as.member.cap)
		fail_run(r, "I4 a grant above the cap");
	if (m && m->as.member.mode == FED_WIFI_ONLY)
		fail_run(r, "F73 a grant to one who is to use WiFi only");
}

/* The same request of two workers that have read the same rows: one of them has to begin again. */
static void
race(struct run *r, const struct fed_request *q)
{
	struct rsp_ctx other;
	struct fed_changes changes;
	struct fed_reply reply;
	enum rsp_status st;
	struct fed *lib = &r->w->lib;

	assert_int_equal(rsp_ctx_init(&other, r->w->crypto, r->w->now), RSP_OK);
	if (fed_handle(&other, lib, q, &changes, &reply) == RSP_OK) {
		plan(r, q, &st);
		if (st == RSP_OK)
			commit(r);
		if (st == RSP_OK && r->w->changes.n && changes.n && r->w->memory.store.commit(r->w->memory.store.self, &other, &changes) == RSP_OK)
			fail_run(r, "two workers that changed the same federation both committed");
	}
	rsp_ctx_free(&other);
}

static enum rsp_status
call(struct run *r, struct fed_request *q, uint8_t crash)
{
	struct fed_reply first;
	enum rsp_status st;

	q->key = ++r->keys;
	if (crash == CRASH_BEFORE)
		plan(r, q, &st);
	if (crash == CRASH_RACE) {
		race(r, q);
		q->key++;
		r->keys++;
	}
	plan(r, q, &st);
	if (st != RSP_OK)
		return st;
	commit(r);
	first = r->w->reply;
	if (q->op == FED_OP_RESERVE)
		check_grant(r, q);
	if (crash == CRASH_REPLY && q->op != FED_OP_CREATE) {
		size_t n = r->w->changes.n;

		if (!r->no)
			r->no = fed_broken(r->w, &r->seen);
		plan(r, q, &st);
		if (n && first.rev && (st != RSP_OK || r->w->reply.number != first.number || r->w->reply.bytes != first.bytes) && q->op != FED_OP_TICK &&
			!(st == RSP_REFUSED && q->by.actor == FED_BY_MEMBER))
			fail_run(r, rsp_sprintf(&r->w->keep, "I21 the same key got another reply to %s: %s %llu %llu %lld %lld", fed_op_name(q->op), r->w->c.error.text, (unsigned long long)first.number, (unsigned long long)r->w->reply.number, (long long)first.bytes, (long long)r->w->reply.bytes));
		if (st == RSP_OK)
			commit(r);
		r->w->reply = first;
	}
	return RSP_OK;
}

/* ---- the oracle ---- */

static void
deliver_record(struct run *r, size_t i)
{
	const struct sent *s = &r->sent[i];
	size_t j = 0;

	if (r->counted[i])
		return;
	r->counted[i] = true;
	if (s->access == FED_WLAN)
		return;
	while (j < r->n_truth && (r->truth[j].fed != s->fed || r->truth[j].member != s->member))
		j++;
	if (j == r->n_truth && j < 64) {
		r->truth[r->n_truth].fed = s->fed;
		r->truth[r->n_truth++].member = s->member;
	}
	if (j < 64)
		r->truth[j].bytes += s->bytes;
}

/* What the ledger has counted for one federation, less what is charged and not refunded, is what its devices have sent. */
static void
check_truth(struct run *r)
{
	const struct fed_memory *m = &r->w->memory;

	for (size_t f = 0; f < 2 && r->feds[f]; f++) {
		int64_t ledger = 0, truth = 0;

		for (size_t i = 0; i < m->n; i++) {
			const struct fed_row *row = m->rows[i];

			if (!row || row->key.fed != r->feds[f])
				continue;
			if (row->kind == FED_POOL)
				ledger += row->as.pool.consumed + row->as.pool.overrun;
			if (row->kind == FED_ADJUSTMENT)
				ledger += row->as.adjustment.bytes;
			if (row->kind == FED_GRANT)
				ledger -= row->as.grant.charged;
		}
		for (size_t j = 0; j < r->n_truth; j++)
			truth += r->truth[j].fed == r->feds[f] ? r->truth[j].bytes : 0;
		if (ledger != truth)
			fail_run(r, "I3, I20 the ledger is not what the devices have used");
	}
}

/* Of one device: in this cycle. */
static void
check_device_truth(struct run *r, const struct fed_row *m)
{
	const struct fed_pool *p = world_pool(r->w);
	int64_t truth = 0, charged = 0;

	for (size_t i = 0; i < r->n_sent; i++)
		if (r->counted[i] && r->sent[i].fed == r->w->fed && r->sent[i].member == m->key.a && r->sent[i].event >= p->from && r->sent[i].access != FED_WLAN)
			truth += r->sent[i].bytes;
	for (size_t i = 0; i < r->w->memory.n; i++) {
		const struct fed_row *g = r->w->memory.rows[i];

		if (g && g->kind == FED_GRANT && g->key.fed == r->w->fed && g->as.grant.member == m->key.a && g->as.grant.cycle == world_fed(r->w)->cycle)
			charged += g->as.grant.charged;
	}
	if (m->as.member.cycle == world_fed(r->w)->cycle && fed_member_used(&m->as.member) != truth + charged)
		fail_run(r, "I3 the ledger is not what this device has used");
}

/* ---- the steps ---- */

static void
step_reserve(struct run *r, const struct step *s)
{
	static const int64_t most[] = {5000000, 50000000, 400000000, 100000};
	const struct fed_row *m = nth(r, FED_MEMBER, s->who);
	struct fed_request q = by_network(r->w, FED_OP_RESERVE, m ? m->key.a : 1);

	q.u.reserve.ask = s->x % most[s->whom % 4];
	if (call(r, &q, s->crash) == RSP_OK && !r->w->reply.again) {
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
	if (call(r, &q, s->crash) == RSP_OK)
		deliver_record(r, i);
	else
		fail_run(r, "a record that is good was refused");
	r->w->fed = fed;
}

static void
step_contact(struct run *r, const struct step *s)
{
	const struct fed_row *m = nth(r, FED_MEMBER, s->who);
	struct fed_request q = by_member(r->w, FED_OP_CONTACT, m ? m->key.a : 0, m ? m->key.a : 0);

	if (s->whom % 16 == 0)
		q.by.auth_epoch -= q.by.auth_epoch > 1;
	(void)call(r, &q, s->crash);
}

static void
step_locate(struct run *r, const struct step *s)
{
	static const char *const plmns[] = {"44010", "44020", "44099", "26201", "20810", "20820", "310410"};
	const struct fed_row *m = nth(r, FED_MEMBER, s->who);
	struct fed_request q = by_network(r->w, FED_OP_LOCATE, m ? m->key.a : 1);

	q.u.locate.plmn = plmns[s->whom % 7];
	(void)call(r, &q, s->crash);
}

static void
step_select(struct run *r, const struct step *s)
{
	struct fed_request q = by_member(r->w, FED_OP_SELECT, world_fed(r->w)->primary, 0);

	q.u.select.mode = s->who % 2 ? FED_MANUAL : FED_AUTO;
	q.u.select.plmn = s->whom % 3 == 0 ? "44020" : s->whom % 3 == 1 ? "20820" : "44099";
	(void)call(r, &q, s->crash);
}

static void
step_follow(struct run *r, const struct step *s)
{
	const struct fed_row *m = nth(r, FED_MEMBER, s->who);
	struct fed_request q = by_network(r->w, s->whom % 2 ? FED_OP_REACH : FED_OP_RETRY, m ? m->key.a : 1);

	if (s->whom % 2)
		q.u.reach.reachable = s->x % 2;
	(void)call(r, &q, s->crash);
}

static void
step_topup(struct run *r, const struct step *s)
{
	struct fed_request q = s->who % 2 ? by_account(r->w, FED_OP_TOPUP, 0) : by_operator(r->w, FED_OP_QUOTA, 0);

	q.u.topup.bytes = s->who % 2 ? s->x % 10000000 : 10000000 + s->x % 100000000;
	(void)call(r, &q, s->crash);
}

static void
step_alert(struct run *r, const struct step *s)
{
	const struct fed_row *m = nth(r, FED_MEMBER, s->who);
	struct fed_request q = by_account(r->w, FED_OP_ALERT, s->whom % 2 && m ? m->key.a : 0);

	q.u.alert.percent = s->x % 100 + 1;
	(void)call(r, &q, s->crash);
}

static void
step_patch(struct run *r, const struct step *s)
{
	const struct fed_row *m = nth(r, FED_MEMBER, s->who);
	struct fed_request q = s->x % 5 ? by_account(r->w, FED_OP_PATCH, m ? m->key.a : 1) : by_member(r->w, FED_OP_PATCH, m ? m->key.a : 1, m ? m->key.a : 1);

	q.u.patch.what = s->whom % 3 ? (enum fed_patch)(s->whom % FED_PATCHES) : FED_PATCH_MODE;
	q.u.patch.number = q.u.patch.what == FED_PATCH_CAP ? s->x % 50000000 : s->x / 8 % 4;
	q.u.patch.until = r->w->now + 400000;
	q.u.patch.text = s->x % 2 ? "Anna's phone" : "Work";
	(void)call(r, &q, s->crash);
}

/* A whole joining; where it stops depends on x. */
static void
step_join(struct run *r, const struct step *s)
{
	const struct fed_row *old = nth(r, FED_MEMBER, s->who);
	struct fed_request q = by_account(r->w, FED_OP_INVITE, 0);
	enum fed_category category = (enum fed_category)(s->whom % FED_CATEGORIES);
	bool replace = s->x % 7 == 0 && old;

	if (s->x % 5 && old && !replace)   /* a device that has been here before, or is */
		snprintf(r->eid, sizeof(r->eid), "%s", old->as.member.eid);
	else
		world_eid(r->w, ++r->w->numbers, r->eid);
	q.u.invite.eid = r->eid;
	q.u.invite.category = replace ? FED_FLAGSHIP : category;
	q.u.invite.cap = -1;
	q.u.invite.replaces = replace ? old->key.a : 0;
	if (call(r, &q, s->crash) != RSP_OK)
		return;
	memcpy(r->nonce, r->w->reply.nonce, 16);
	memcpy(r->code, r->w->reply.confirmation_code, 9);
	q = by_account(r->w, replace ? FED_OP_REPLACE : FED_OP_ADD, 0);
	memcpy(q.u.add.nonce, r->nonce, 16);
	if (s->x % 13 == 0)
		world_eid(r->w, 99999, r->eid);
	q.u.add.eid = r->eid;
	q.u.add.tac = world_tac(replace ? FED_FLAGSHIP : category);
	q.u.add.name = rsp_sprintf(&r->w->keep, "d%u", (unsigned)++r->w->numbers);
	if (call(r, &q, s->crash) != RSP_OK || s->x % 17 == 0)
		return;
	if (s->x % 3 == 0) {   /* the consent once more, with another name */
		struct fed_request twice = q;

		twice.u.add.name = "again";
		(void)call(r, &twice, CRASH_NONE);
	}
	q = by_network(r->w, FED_OP_CONFIRM, r->w->reply.member);
	q.u.confirm.code = s->x % 11 == 0 ? "wrong" : r->code;
	if (q.member)
		(void)call(r, &q, CRASH_NONE);
}

static void
step_child(struct run *r, const struct step *s)
{
	const struct fed_row *p = NULL;
	struct fed_request q = by_network(r->w, FED_OP_CHILD, 0);

	for (unsigned i = 0; i < 6; i++) {   /* rather one that is under way */
		p = nth(r, FED_PROFILE, s->who + i);
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
	(void)call(r, &q, s->crash);
}

static void
step_loss(struct run *r, const struct step *s)
{
	static const enum fed_op ops[] = {FED_OP_MARK_LOST, FED_OP_VETO, FED_OP_SUSPEND, FED_OP_RESUME, FED_OP_RESUME, FED_OP_PROMOTE, FED_OP_PROMOTE, FED_OP_REMOVE};
	const struct fed_row *m = nth(r, FED_MEMBER, s->who);
	enum fed_op op = ops[s->whom % 8];
	struct fed_request q;

	if (op == FED_OP_RESUME)   /* somebody who is suspended, when there is one */
		for (unsigned i = 0; i < 8 && m && m->as.member.state != FED_SUSPENDED; i++)
			m = nth(r, FED_MEMBER, s->who + i);
	if (op == FED_OP_MARK_LOST || op == FED_OP_VETO)
		q = by_member(r->w, op, op == FED_OP_VETO ? world_fed(r->w)->primary : m ? m->key.a : 0, 0);
	else
		q = s->x % 4 ? by_account(r->w, op, m ? m->key.a : 1) : by_operator(r->w, op, m ? m->key.a : 1);
	(void)call(r, &q, s->crash);
}

/* How a suspension looks from the others: their epochs and leases are as before, or better (I8). */
static void
step_suspend(struct run *r, const struct step *s)
{
	const struct fed_row *m = nth(r, FED_MEMBER, s->who);
	struct fed_request q = by_account(r->w, FED_OP_SUSPEND, m ? m->key.a : 1);
	uint64_t member[32], epoch[32];
	int64_t hard[32];
	size_t n = 0;
	uint64_t own = m ? m->as.member.auth_epoch : 0;

	if (!world_settle(r->w))
		fail_run(r, "I21 something is due for ever");
	for (size_t i = 0; i < r->w->memory.n_live && n < 32; i++) {
		const struct fed_row *o = r->w->memory.rows[r->w->memory.live[i]];

		if (o->kind != FED_MEMBER || o->key.fed != r->w->fed || o->key.a == q.member)
			continue;
		member[n] = o->key.a;
		epoch[n] = o->as.member.auth_epoch;
		hard[n++] = world_lease(r->w, o->key.a) ? world_lease(r->w, o->key.a)->as.lease.hard : 0;
	}
	if (call(r, &q, CRASH_NONE) != RSP_OK)
		return;
	for (size_t i = 0; i < n; i++) {
		const struct fed_row *l = world_lease(r->w, member[i]);

		if (world_member(r->w, member[i])->auth_epoch != epoch[i] || (hard[i] && (!l || l->as.lease.hard < hard[i])))
			fail_run(r, "I8 a suspension touched another member's lease");
	}
	if (world_member(r->w, q.member)->auth_epoch <= own || world_lease(r->w, q.member))
		fail_run(r, "I8 who is suspended kept a lease");
	q = by_member(r->w, FED_OP_CONTACT, q.member, q.member);
	q.by.auth_epoch--;
	if (call(r, &q, CRASH_NONE) == RSP_OK)
		fail_run(r, "I7 a suspended member's token still holds");
}

static void
step_rare(struct run *r, const struct step *s)
{
	struct fed_request q;

	switch (s->whom % 16) {
	case 0: q = by_operator(r->w, FED_OP_FREEZE, 0); break;
	case 1: case 2: case 3: case 4: q = by_operator(r->w, FED_OP_THAW, 0); break;
	case 5: q = s->x % 4 ? by_operator(r->w, FED_OP_SYNC, 0) : by_account(r->w, FED_OP_DISSOLVE, 0); break;
	case 6: case 7: q = by_operator(r->w, FED_OP_SYNC, 0); break;
	default: q = by_network(r->w, FED_OP_RESYNC, nth(r, FED_MEMBER, s->who) ? nth(r, FED_MEMBER, s->who)->key.a : 1); break;
	}
	(void)call(r, &q, s->crash);
}

/* Effects are sent at least once: a crash after one and before its mark sends it again, under the same number. */
static void
step_deliver(struct run *r, const struct step *s)
{
	const struct fed_row *o = nth(r, FED_OUTBOX, s->who);
	bool taken;

	if (s->crash == CRASH_EFFECT && o && fed_send(&r->w->c, &r->w->ports, o, &taken) != RSP_OK)
		fail_run(r, "an effect could not be sent");
	world_deliver(r->w);
	r->commands++;
}

static const struct { unsigned weight; void (*run)(struct run *r, const struct step *s); } table[] = {
	{36, step_reserve}, {40, step_use}, {48, step_report}, {24, step_contact}, {24, step_locate}, {4, step_select}, {8, step_follow}, {4, step_topup},
	{4, step_alert}, {10, step_patch}, {10, step_join}, {18, step_child}, {12, step_loss}, {4, step_suspend}, {4, step_rare}, {6, step_deliver},
};

static void
step_run(struct run *r, const struct step *s)
{
	unsigned at = s->what;
	const struct fed_row *m;
	struct fed_request tick;
	uint64_t fed = 0;
	enum rsp_status st;

	r->w->now += s->wait;
	r->w->fed = r->feds[s->x >> 31];
	if (s->wait > 1000 || s->who % 4 == 0) {   /* the timer worker, one federation at a time */
		if (r->w->memory.store.due(r->w->memory.store.self, &r->w->c, r->w->now, &fed) != RSP_OK)
			fail_run(r, "the store does not say what is due");
		tick = (struct fed_request){.op = FED_OP_TICK, .fed = fed};
		if (fed) {
			plan(r, &tick, &st);
			if (st != RSP_OK)
				fail_run(r, "a tick was refused");
			else
				commit(r);
		}
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (at < table[i].weight) {
			table[i].run(r, s);
			break;
		}
		at -= table[i].weight;
	}
	if (!r->no)
		r->no = fed_broken(r->w, &r->seen);
	if (!r->no && (m = nth(r, FED_MEMBER, s->who)) && s->x % 4 == 0)
		check_device_truth(r, m);
	if (!r->no && s->x % 4 == 1)
		check_truth(r);
}

static void
begin(struct run *r, size_t f, const char *carrier)
{
	struct fed_request q;

	r->feds[f] = r->seen.fed[f] = world_federation(r->w, carrier);
	q = by_operator(r->w, FED_OP_QUOTA, 0);
	q.u.topup.bytes = 60000000;
	(void)world_call(r->w, &q);
	(void)world_child(r->w, FED_FLAGSHIP, "second");
	(void)world_child(r->w, FED_WATCH, "watch");
	(void)world_child(r->w, f ? FED_TABLET : FED_HOTSPOT, "third");
	if (f == 0)
		(void)world_child(r->w, FED_LAPTOP, "laptop");
	r->commands += 35;
}

const char *
life_run(struct fed_world *w, const struct life *l, size_t *commands)
{
	struct run r = {.w = w, .keys = 1000};

	rsp_ctx_reset(&w->c);
	world_empty(w);
	w->lib.limits.orders_a_day = 8;
	w->lib.limits.lease_slice = 1000000;
	w->lib.limits.min_slice = 4000000;
	w->lib.limits.floor_percent = 20;
	begin(&r, 0, "Example-EU");
	begin(&r, 1, "Example-US");
	for (size_t i = 0; !r.no && i < l->n; i++)
		step_run(&r, &l->steps[i]);
	if (!r.no)
		check_truth(&r);
	if (!r.no)
		r.no = fed_broken_at_end(w, &r.seen);
	*commands += r.commands;
	return r.no;
}

/* ---- shrinking ---- */

static bool
still(struct fed_world *w, const struct life *l)
{
	size_t commands = 0;

	return life_run(w, l, &commands) != NULL;
}

void
life_shrink(struct fed_world *w, struct life *l)
{
	for (size_t chunk = l->n / 2; chunk; chunk /= 2)
		for (size_t at = 0; at + chunk <= l->n;) {
			struct life less = {.n = l->n - chunk};

			memcpy(less.steps, l->steps, at * sizeof(struct step));
			memcpy(less.steps + at, l->steps + at + chunk, (less.n - at) * sizeof(struct step));
			if (still(w, &less))
				*l = less;
			else
				at += chunk;
		}
	for (size_t i = 0; i < l->n; i++) {
		struct life less = *l;

		less.steps[i].wait = 0;
		less.steps[i].crash = CRASH_NONE;
		if (still(w, &less))
			*l = less;
	}
}

void
life_print(const struct life *l)
{
	for (size_t i = 0; i < l->n; i++)
		print_message("  {%u, %u, %u, %u, %u, %u},\n", l->steps[i].what, l->steps[i].who, l->steps[i].whom, l->steps[i].crash, l->steps[i].x, l->steps[i].wait);
}
