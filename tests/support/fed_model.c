// SPDX-License-Identifier: BSD-2-Clause
#include "support/test.h"

#include "support/fed_run.h"

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

void
run_fail(struct run *r, const char *what)
{
	if (!r->no)
		r->no = what;
}

const struct fed_row *
run_nth(const struct run *r, enum fed_kind kind, unsigned n)
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

void
run_plan(struct run *r, const struct fed_request *q, enum rsp_status *st)
{
	const char *foreign;

	r->commands++;
	*st = fed_handle((rsp_ctx_reset(&r->w->c), r->w->c.now = r->w->now, &r->w->c), &r->w->lib, q, &r->w->changes, &r->w->reply);
	(*st == RSP_OK ? life_cover.done : life_cover.refused)[q->op]++;
	if (*st != RSP_OK && r->w->changes.n)
		run_fail(r, "I22 a refused call changes nothing");
	if (*st != RSP_OK && *st != RSP_REFUSED)
		run_fail(r, r->w->c.error.text);
	if (*st == RSP_OK && (foreign = fed_foreign(r->w, q->fed)))
		run_fail(r, foreign);
}

struct life_cover life_cover;

static void
cover(const struct fed_row *row)
{
	switch (row->kind) {
	case FED_FEDERATION: life_cover.federation |= 1u << row->as.federation.state; break;
	case FED_MEMBER: life_cover.member |= 1u << row->as.member.state; break;
	case FED_PROFILE: life_cover.profile |= 1u << row->as.profile.state; break;
	case FED_GRANT: life_cover.grant |= 1u << row->as.grant.state; break;
	case FED_FOLLOWER: life_cover.follower |= 1u << row->as.follower.state; break;
	case FED_SAGA: life_cover.step |= 1u << row->as.saga.step; break;
	case FED_POOL: case FED_USAGE: case FED_ADJUSTMENT: case FED_ALERT: case FED_ROAMING: case FED_VISIT: case FED_LEASE: case FED_CONSENT:
	case FED_OUTBOX: case FED_AUDIT: case FED_REPLY: case FED_REGISTRY: case FED_KINDS: break;
	}
}

void
run_commit(struct run *r)
{
	for (size_t i = 0; i < r->w->changes.n; i++)
		cover(&r->w->changes.rows[i]->row);
	if (fed_world_commit(r->w) != RSP_OK)
		run_fail(r, "a commit of one worker alone clashes");
}

/* A floor that others may not reserve: I5. Looked at where the grant is made. */
static void
check_grant(struct run *r, const struct fed_request *q)
{
	const struct fed_pool *p = fed_world_pool(r->w);
	const struct fed_row *m = fed_world_row(r->w, FED_MEMBER, q->member);

	if (m && !m->as.member.primary && p->consumed + p->reserved > p->quota + p->topup - p->floor_primary)
		run_fail(r, "I5 the primary's floor was reserved by another");
	if (m && m->as.member.state != FED_MEMBER_ACTIVE)
		run_fail(r, "I7 a grant to one who is not ACTIVE");
	if (m && m->as.member.cap >= 0 && fed_member_used(&m->as.member) + m->as.member.held + m->as.member.carried > m->as.member.cap)
		run_fail(r, "I4 a grant above the cap");
	if (m && m->as.member.mode == FED_WIFI_ONLY)
		run_fail(r, "F73 a grant to one who is to use WiFi only");
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
		run_plan(r, q, &st);
		if (st == RSP_OK)
			run_commit(r);
		if (st == RSP_OK && r->w->changes.n && changes.n && r->w->memory.store.commit(r->w->memory.store.self, &other, &changes) == RSP_OK)
			run_fail(r, "two workers that changed the same federation both committed");
	}
	rsp_ctx_free(&other);
}

enum rsp_status
run_call(struct run *r, struct fed_request *q, uint8_t crash)
{
	struct fed_reply first;
	enum rsp_status st;

	q->key = ++r->keys;
	if (crash == CRASH_BEFORE)
		run_plan(r, q, &st);
	if (crash == CRASH_RACE) {
		race(r, q);
		q->key++;
		r->keys++;
	}
	run_plan(r, q, &st);
	if (st != RSP_OK)
		return st;
	run_commit(r);
	first = r->w->reply;
	if (q->op == FED_OP_RESERVE)
		check_grant(r, q);
	if (crash == CRASH_REPLY && q->op != FED_OP_CREATE) {
		size_t n = r->w->changes.n;

		if (!r->no)
			r->no = fed_broken(r->w, &r->seen);
		run_plan(r, q, &st);
		if (n && first.rev && (st != RSP_OK || r->w->reply.number != first.number || r->w->reply.bytes != first.bytes) && q->op != FED_OP_TICK &&
			!(st == RSP_REFUSED && q->by.actor == FED_BY_MEMBER))
			run_fail(r, rsp_sprintf(&r->w->keep, "I21 the same key got another reply to %s: %s %llu %llu %lld %lld", fed_op_name(q->op), r->w->c.error.text, (unsigned long long)first.number, (unsigned long long)r->w->reply.number, (long long)first.bytes, (long long)r->w->reply.bytes));
		if (st == RSP_OK)
			run_commit(r);
		r->w->reply = first;
	}
	return RSP_OK;
}

/* ---- the oracle ---- */

void
run_delivered(struct run *r, size_t i)
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
			run_fail(r, "I3, I20 the ledger is not what the devices have used");
	}
}

/* Of one device: in this cycle. */
static void
check_device_truth(struct run *r, const struct fed_row *m)
{
	const struct fed_pool *p = fed_world_pool(r->w);
	int64_t truth = 0, charged = 0;

	for (size_t i = 0; i < r->n_sent; i++)
		if (r->counted[i] && r->sent[i].fed == r->w->fed && r->sent[i].member == m->key.a && r->sent[i].event >= p->from && r->sent[i].access != FED_WLAN)
			truth += r->sent[i].bytes;
	for (size_t i = 0; i < r->w->memory.n; i++) {
		const struct fed_row *g = r->w->memory.rows[i];

		if (g && g->kind == FED_GRANT && g->key.fed == r->w->fed && g->as.grant.member == m->key.a && g->as.grant.cycle == fed_world_fed(r->w)->cycle)
			charged += g->as.grant.charged;
	}
	if (m->as.member.cycle == fed_world_fed(r->w)->cycle && fed_member_used(&m->as.member) != truth + charged)
		run_fail(r, "I3 the ledger is not what this device has used");
}

/* ---- a run ---- */

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
			run_fail(r, "the store does not say what is due");
		tick = (struct fed_request){.op = FED_OP_TICK, .fed = fed};
		if (fed) {
			run_plan(r, &tick, &st);
			if (st != RSP_OK)
				run_fail(r, "a tick was refused");
			else
				run_commit(r);
		}
	}
	for (size_t i = 0; step_kinds[i].weight; i++) {
		if (at < step_kinds[i].weight) {
			step_kinds[i].run(r, s);
			break;
		}
		at -= step_kinds[i].weight;
	}
	if (!r->no)
		r->no = fed_broken(r->w, &r->seen);
	if (!r->no && (m = run_nth(r, FED_MEMBER, s->who)) && s->x % 4 == 0)
		check_device_truth(r, m);
	if (!r->no && s->x % 4 == 1)
		check_truth(r);
}

static void
begin(struct run *r, size_t f, const char *carrier)
{
	struct fed_request q;

	r->feds[f] = r->seen.fed[f] = fed_world_federation(r->w, carrier);
	q = by_operator(r->w, FED_OP_QUOTA, 0);
	q.u.topup.bytes = 60000000;
	(void)fed_world_call(r->w, &q);
	(void)fed_world_child(r->w, FED_FLAGSHIP, "second");
	(void)fed_world_child(r->w, FED_WATCH, "watch");
	(void)fed_world_child(r->w, f ? FED_TABLET : FED_HOTSPOT, "third");
	if (f == 0)
		(void)fed_world_child(r->w, FED_LAPTOP, "laptop");
	r->commands += 35;
}

const char *
life_run(struct fed_world *w, const struct life *l, size_t *commands)
{
	struct run r = {.w = w, .keys = 1000};

	rsp_ctx_reset(&w->c);
	fed_world_empty(w);
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
life_calm(struct life *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->steps[i].crash == CRASH_BEFORE || l->steps[i].crash == CRASH_EFFECT)
			l->steps[i].crash = CRASH_NONE;
}

void
life_print(const struct life *l)
{
	for (size_t i = 0; i < l->n; i++)
		print_message("  {%u, %u, %u, %u, %u, %u},\n", l->steps[i].what, l->steps[i].who, l->steps[i].whom, l->steps[i].crash, l->steps[i].x, l->steps[i].wait);
}
