// SPDX-License-Identifier: BSD-2-Clause
/*
 * Usage records: late, twice, out of order. Each counts once, in the cycle of its event. What is above the grant is real traffic: it is recorded as
 * overrun and never refused. Records of a closed cycle, and what comes for a grant that was charged in full, become adjustments.
 */
#include "federation/call.h"

enum rsp_status
check_report(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;
	const struct fed_request *r = k->r;

	(void)c;
	if (r->u.report.bytes < 0 || r->u.report.bytes > INT64_MAX / 1024)
		return fed_no(k, FED_E_PARAM, "F08", "bytes: have %lld", (long long)r->u.report.bytes);
	if (r->u.report.event > k->now)
		return fed_no(k, FED_E_PARAM, "F83", "the event is in the future");
	return (unsigned)r->u.report.access < FED_ACCESSES ? RSP_OK : fed_no(k, FED_E_PARAM, "F83", "there is no such access");
}

/* ---- the rules ---- */

int64_t
rule_rated(enum fed_access access, int64_t bytes)
{
	return access == FED_WLAN ? 0 : bytes;
}

enum rsp_status
rule_is_new(struct fed_call *k, uint64_t ref, uint64_t seq, bool *yes)
{
	struct fed_row *r;
	enum rsp_status st = set_get(k, FED_USAGE, (struct fed_key){k->reply->fed, ref, seq}, &r);

	*yes = !r;
	return st;
}

int64_t
rule_inside(const struct fed_grant *g, int64_t bytes)
{
	return bytes < g->left ? bytes : g->left;
}

bool
rule_in_this_cycle(const struct fed_pool *p, int64_t event)
{
	return event >= p->from;
}

static struct fed_row *
member_row(struct fed_call *k, uint64_t member)
{
	struct fed_row *m;

	/* A store that fails here fails again at the commit. */
	if (set_get(k, FED_MEMBER, (struct fed_key){k->reply->fed, member, 0}, &m) != RSP_OK || !m)
		return NULL;
	member_cycle(k, m);
	return m;
}

/* The bytes stay reserved: freeing them here would sell them twice when the report comes. */
void
rule_expire(struct fed_call *k, struct fed_row *g)
{
	g->as.grant.state = FED_EXPIRED_HELD;
	g->due = g->as.grant.grace;
	row_touch(g);
	outside(k, FED_TO_CHF, "REAUTHORIZATION", member_row(k, g->as.grant.member), (int64_t)g->key.a, NULL);
}

void
rule_charge(struct fed_call *k, struct fed_row *row)
{
	struct fed_grant *g = &row->as.grant;
	struct fed_row *m = member_row(k, g->member);

	give_back(k, m, g->left);
	k->pool->consumed += g->left;
	if (m)
		m->as.member.used += g->left;
	g->charged = g->left;
	g->left = 0;
	g->state = FED_CHARGED;
	row->live = false;
	row->due = 0;
	row_touch(row);
}

void
rule_refund(struct fed_call *k, struct fed_row *row)
{
	struct fed_grant *g = &row->as.grant;
	struct fed_row *m = member_row(k, g->member);

	if (!g->charged)
		return;
	adjust(k, g->member, row->key.a, k->now, -g->charged);
	if (g->cycle == k->f->cycle && m) {
		m->as.member.refunded += g->charged;
		row_touch(m);
	}
	g->charged = 0;
	row_touch(row);
}

/* ---- counting ---- */

void
count_used(struct fed_call *k, struct fed_row *member, int64_t bytes)
{
	(void)k;
	if (!member)
		return;
	member->as.member.extra += bytes;
	row_touch(member);
}

void
adjust(struct fed_call *k, uint64_t member, uint64_t ref, int64_t event, int64_t bytes)
{
	struct fed_row *a;

	if (!bytes)
		return;
	a = set_add(k, FED_ADJUSTMENT, next_number(k), 0, false);
	a->as.adjustment = (struct fed_adjustment){member, ref, event, bytes};
	k->f->adjusted += bytes;
	row_touch(k->row_f);
}

void
grant_settle(struct fed_call *k, struct fed_row *g, struct fed_row *m)
{
	give_back(k, m, g->as.grant.left);
	g->as.grant.left = 0;
	g->as.grant.state = FED_SETTLED;
	g->live = false;
	g->due = 0;
	row_touch(g);
}

static void
overrun(struct fed_call *k, struct fed_row *m, int64_t bytes)
{
	if (!bytes)
		return;
	k->pool->overrun += bytes;
	row_touch(k->row_pool);
	count_used(k, m, bytes);
	if (bytes > k->lib->limits.overrun_tolerance)
		outside(k, FED_TO_NOTICE, "overrun", m, bytes, NULL);
}

/* inside of what was held moves to consumed, the rest is overrun. */
static void
debit(struct fed_call *k, struct fed_row *m, int64_t inside, int64_t bytes)
{
	give_back(k, m, inside);
	k->pool->consumed += inside;
	if (m)
		m->as.member.used += inside;
	overrun(k, m, bytes - inside);
}

static void
report_grant(struct fed_call *k, struct fed_row *row, struct fed_row *m, int64_t bytes)
{
	struct fed_grant *g = &row->as.grant;
	int64_t inside;

	if (g->state == FED_CHARGED && g->cycle == k->f->cycle) {
		k->lib->rules.refund(k, row);
		adjust(k, g->member, row->key.a, k->r->u.report.event, bytes);
		count_used(k, m, bytes);
		return;
	}
	if (g->state == FED_CHARGED)
		k->lib->rules.refund(k, row);
	inside = g->state == FED_CHARGED ? 0 : k->lib->rules.inside(g, bytes);
	g->left -= inside;
	row_touch(row);
	debit(k, m, inside, bytes);
	if (row->live && (k->r->u.report.last || !g->left))
		grant_settle(k, row, m);
}

static void
report_lease(struct fed_call *k, struct fed_row *row, struct fed_row *m, int64_t bytes)
{
	struct fed_lease *l = &row->as.lease;
	int64_t inside = bytes < l->left ? bytes : l->left;

	l->left -= inside;
	row_touch(row);
	debit(k, m, inside, bytes);
}

/* A grant that was charged is refunded by the first record that comes for it, of whatever cycle that is. */
static void
report_closed(struct fed_call *k, struct fed_row *grant_row, uint64_t member, int64_t bytes)
{
	if (grant_row && grant_row->as.grant.state == FED_CHARGED)
		k->lib->rules.refund(k, grant_row);
	adjust(k, member, k->r->u.report.ref, k->r->u.report.event, bytes);
	if (grant_row && grant_row->live && k->r->u.report.last)
		grant_settle(k, grant_row, member_row(k, member));
}

enum rsp_status
do_report(struct fed_call *k)
{
	const struct fed_request *r = k->r;
	uint64_t ref = r->u.report.ref, seq = (uint64_t)r->u.report.source << 32 | r->u.report.seq, member;
	int64_t bytes = k->lib->rules.rated(r->u.report.access, r->u.report.bytes);
	struct fed_row *g, *l = NULL;
	bool is_new = true;
	enum rsp_status st = set_get(k, FED_GRANT, (struct fed_key){k->reply->fed, ref, 0}, &g);

	if (st == RSP_OK && !g)
		st = set_get(k, FED_LEASE, (struct fed_key){k->reply->fed, ref, 0}, &l);
	if (st == RSP_OK && !g && !l)
		return fed_no(k, FED_E_PARAM, "2.4", "there is no such grant or lease");
	if (st == RSP_OK)
		st = k->lib->rules.is_new(k, ref, seq, &is_new);
	if (st != RSP_OK || !is_new) {
		k->reply->again = true;
		return st;
	}
	member = g ? g->as.grant.member : l->as.lease.member;
	set_add(k, FED_USAGE, ref, seq, false)->as.usage = (struct fed_usage){member, r->u.report.event, k->now, r->u.report.bytes, r->u.report.access};
	if (!k->lib->rules.in_this_cycle(k->pool, r->u.report.event))
		report_closed(k, g, member, bytes);
	else if (g)
		report_grant(k, g, member_row(k, member), bytes);
	else
		report_lease(k, l, member_row(k, member), bytes);
	watch_counters(k);
	return RSP_OK;
}

enum rsp_status
due_grant(struct fed_call *k, struct fed_row *row)
{
	if (row->as.grant.state == FED_HELD)
		k->lib->rules.expire(k, row);
	else
		k->lib->rules.charge(k, row);
	watch_counters(k);
	return RSP_OK;
}
