// SPDX-License-Identifier: BSD-2-Clause
/* The pool: one ledger of whole octets. What is granted is reserved until it is reported, charged, or the cycle ends. */
#include "federation/call.h"

unsigned
active_members(const struct fed_call *k)
{
	size_t i = 0;
	unsigned n = 0;
	const struct fed_row *m;

	while ((m = set_next(k, FED_MEMBER, &i)))
		n += m->as.member.state == FED_MEMBER_ACTIVE;
	return n;
}

int64_t
pool_percent(const struct fed_pool *p)
{
	int64_t all = p->quota + p->topup;

	return all ? p->consumed * 100 / all : 100;
}

void
member_cycle(const struct fed_call *k, struct fed_row *row)
{
	struct fed_member *m = &row->as.member;

	if (m->cycle == k->f->cycle)
		return;
	m->cycle = k->f->cycle;
	m->used = m->extra = m->refunded = m->carried = 0;
	m->held = lease_of(k, row) ? lease_of(k, row)->as.lease.left : 0;
	m->ceiling = m->cap < 0 ? INT64_MAX : m->cap > m->held ? m->cap : m->held;
	row_touch(row);
}

int64_t
fed_member_used(const struct fed_member *m)
{
	return m->used + m->extra - m->refunded;
}

void
give_back(struct fed_call *k, struct fed_row *member, int64_t bytes)
{
	k->pool->reserved -= bytes;
	row_touch(k->row_pool);
	if (!member)
		return;
	member->as.member.held -= bytes;
	row_touch(member);
}

/* ---- the rules ---- */

int64_t
rule_room(const struct fed_call *k, const struct fed_member *m)
{
	const struct fed_pool *p = k->pool;

	return p->quota + p->topup - p->consumed - p->reserved - (m->primary ? 0 : p->floor_primary);
}

/* Small near the end, so that none takes the last of it alone. */
int64_t
rule_slice(const struct fed_limits *l, int64_t room, unsigned active)
{
	int64_t n = room / (4 * (int64_t)(active ? active : 1));

	n = n < l->max_slice ? n : l->max_slice;
	return n > l->min_slice ? n : l->min_slice;
}

int64_t
rule_cap_left(const struct fed_call *k, const struct fed_member *m)
{
	int64_t left;

	(void)k;
	if (m->cap < 0)
		return INT64_MAX;
	left = m->cap - fed_member_used(m) - m->held - m->carried;
	return left > 0 ? left : 0;
}

enum fed_level
rule_level(const struct fed_limits *l, uint32_t prio, int64_t percent)
{
	if (percent >= 100)
		return FED_BLOCKED;
	return percent >= l->throttle[prio] ? FED_THROTTLED : FED_NORMAL;
}

/* ---- checks of a grant ---- */

enum rsp_status
check_ask(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	return k->r->u.reserve.ask > 0 ? RSP_OK : fed_no(k, FED_E_PARAM, "F08", "want more than 0 octets, have %lld", (long long)k->r->u.reserve.ask);
}

enum rsp_status
check_member_active(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	return k->about->as.member.state == FED_MEMBER_ACTIVE ? RSP_OK :
		fed_no(k, FED_E_DENIED, "F06, I7", "the member is %s", fed_member_state_name(k->about->as.member.state));
}

enum rsp_status
check_mode(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	return k->about->as.member.mode != FED_WIFI_ONLY ? RSP_OK : fed_no(k, FED_E_DENIED, "F73", "the member is to use WiFi only");
}

enum rsp_status
check_enabled(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;
	const struct fed_row *p = profile_of(k, k->about);

	(void)c;
	return p && (p->as.profile.state == FED_ENABLED || p->as.profile.state == FED_STALE) ? RSP_OK : fed_no(k, FED_E_DENIED, "F40", "its profile is not enabled");
}

enum rsp_status
check_right(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;
	const struct fed_member *m = &k->about->as.member;

	(void)c;
	return !*m->mcc || fed_has_right(k->lib->facts, k->carrier, m->mcc, FED_RIGHT_DATA, k->now) ? RSP_OK :
		fed_no(k, FED_E_DENIED, "F04", "no agreement for data in MCC %s", m->mcc);
}

/* Active; or the primary is lost and the lease has not ended: F76. */
enum rsp_status
check_federation_serves(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;
	const struct fed_row *l = lease_of(k, k->about);

	(void)c;
	if (k->f->state == FED_ACTIVE || ((k->f->state == FED_PRIMARY_LOST || k->f->state == FED_CLOSING) && l && k->now < l->as.lease.hard))
		return RSP_OK;
	return fed_no(k, FED_E_DENIED, "F76, I9", "the federation is %s and there is no lease", fed_state_name(k->f->state));
}

/* ---- reserve ---- */

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* After the soft end of the lease a little at a time. */
static int64_t
bounded_ask(const struct fed_call *k)
{
	const struct fed_row *l = lease_of(k, k->about);
	bool soft = k->f->state != FED_ACTIVE && l && k->now >= l->as.lease.soft;

	return soft ? least(k->r->u.reserve.ask, k->lib->limits.soft_slice) : k->r->u.reserve.ask;
}

static void
grant(struct fed_call *k, int64_t n)
{
	struct fed_row *g = set_add(k, FED_GRANT, next_number(k), 0, true);
	const struct fed_limits *l = &k->lib->limits;

	g->as.grant = (struct fed_grant){.member = k->about->key.a, .profile = k->about->as.member.profile, .cycle = k->f->cycle, .bytes = n, .left = n,
		.validity = least(k->now + l->validity, k->pool->to), .grace = k->now + l->validity + l->grace};
	g->due = g->as.grant.validity;
	k->pool->reserved += n;
	row_touch(k->row_pool);
	k->about->as.member.held += n;
	row_touch(k->about);
	k->reply->number = g->key.a;
	k->reply->bytes = n;
	k->reply->validity = g->as.grant.validity;
}

/*
 * A rest of the pool below min_slice is not cut up further, unless less was asked for. A rest of a cap is granted to the last octet (F67).
 */
enum rsp_status
do_reserve(struct fed_call *k)
{
	const struct fed_rules *rules = &k->lib->rules;
	const struct fed_limits *l = &k->lib->limits;
	struct fed_member *m = &k->about->as.member;
	int64_t room, cap, ask = bounded_ask(k), n;

	member_cycle(k, k->about);
	room = rules->room(k, m);
	cap = rules->cap_left(k, m);
	n = least(least(ask, rules->slice(l, room, active_members(k))), least(room, cap));
	if (n <= 0 || n < least(l->min_slice, least(ask, cap)))
		return fed_no(k, FED_E_QUOTA, "F67, F75", "pool has %lld octets for it, its cap %lld", (long long)(room > 0 ? room : 0), (long long)cap);
	grant(k, n);
	k->reply->last = room - n < l->min_slice || cap == n;
	return RSP_OK;
}
