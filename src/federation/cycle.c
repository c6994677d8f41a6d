// SPDX-License-Identifier: BSD-2-Clause
/* Cycles, top-ups, the quota; alerts and policy counters, which speak when a line is crossed and then are silent. */
#include "federation/call.h"

static int64_t
floor_of(const struct fed_call *k, int64_t quota)
{
	return quota / 100 * k->lib->limits.floor_percent;
}

enum rsp_status
pool_open(struct fed_call *k)
{
	int64_t quota = k->f->next_quota >= 0 ? k->f->next_quota : k->pool ? k->pool->quota : k->carrier->quota;
	int64_t from = k->pool ? k->pool->from + (k->now - k->pool->from) / k->carrier->cycle * k->carrier->cycle : k->now;
	struct fed_row *p = set_add(k, FED_POOL, ++k->f->cycle, 0, true);

	p->as.pool = (struct fed_pool){.quota = quota, .floor_primary = floor_of(k, quota), .from = from, .to = from + k->carrier->cycle,
		.reserved = slices(k, NULL)};
	p->due = p->as.pool.to;
	k->f->next_quota = -1;
	row_touch(k->row_f);
	k->row_pool = p;
	k->pool = &p->as.pool;
	return RSP_OK;
}

/* Grants do not cross: what was held goes, what comes late for it is told by its time. */
static void
close_grants(struct fed_call *k)
{
	size_t i = 0;
	struct fed_row *g;

	while ((g = set_next(k, FED_GRANT, &i))) {
		struct fed_row *m = set_find(k, FED_MEMBER, g->as.grant.member, 0);

		grant_settle(k, g, m);
		outside(k, FED_TO_CHF, "REAUTHORIZATION", m, (int64_t)g->key.a, NULL);
	}
}

enum rsp_status
due_pool(struct fed_call *k, struct fed_row *row)
{
	size_t i = 0;
	struct fed_row *m;
	enum rsp_status st;

	row->due = 0;
	row_touch(row);
	if (k->f->state == FED_CLOSED)
		return RSP_OK;
	close_grants(k);
	k->pool->reserved = 0;   /* the leases' slices go over */
	row->live = false;
	if ((st = pool_open(k)) != RSP_OK)
		return st;
	while ((m = set_next(k, FED_MEMBER, &i))) {
		member_cycle(k, m);
		if (m->as.member.state == FED_REMOVED)
			m->live = false;
	}
	watch_counters(k);
	return RSP_OK;
}

/* ---- quota ---- */

enum rsp_status
check_amount(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;
	int64_t n = k->r->u.topup.bytes;

	(void)c;
	return n > 0 && n < INT64_MAX / 1024 - k->pool->topup ? RSP_OK : fed_no(k, FED_E_PARAM, "F75", "want more than 0 octets");
}

enum rsp_status
do_topup(struct fed_call *k)
{
	k->pool->topup += k->r->u.topup.bytes;
	k->reply->bytes = k->pool->topup;
	row_touch(k->row_pool);
	watch_counters(k);
	return RSP_OK;
}

enum rsp_status
check_quota(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;
	int64_t n = k->r->u.topup.bytes;

	(void)c;
	if (n <= 0 || n > INT64_MAX / 1024)
		return fed_no(k, FED_E_PARAM, "2.4", "want more than 0 octets");
	if (n + k->pool->topup < k->pool->consumed + k->pool->reserved || n / 100 * k->lib->limits.lease_slices_percent < slices(k, NULL))
		return fed_no(k, FED_E_STATE, "3.2", "more than this is consumed or reserved: not before the next cycle");
	return RSP_OK;
}

enum rsp_status
do_quota(struct fed_call *k)
{
	k->pool->quota = k->r->u.topup.bytes;
	k->pool->floor_primary = floor_of(k, k->pool->quota);
	row_touch(k->row_pool);
	watch_counters(k);
	return RSP_OK;
}

/* ---- alerts ---- */

enum rsp_status
check_alert(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	if (k->r->u.alert.percent > 100 || k->r->u.alert.bytes < 0 || (k->r->u.alert.percent == 0) == (k->r->u.alert.bytes == 0))
		return fed_no(k, FED_E_PARAM, "F42", "percent: 1 to 100, or bytes: above 0");
	return !k->r->member || k->about ? RSP_OK : fed_no(k, FED_E_PARAM, "F42", "there is no such member");
}

enum rsp_status
do_alert(struct fed_call *k)
{
	struct fed_row *a = set_add(k, FED_ALERT, next_number(k), 0, true);

	a->as.alert = (struct fed_alert){.member = k->r->member, .percent = k->r->u.alert.percent, .bytes = k->r->u.alert.bytes};
	k->reply->number = a->key.a;
	watch_counters(k);
	return RSP_OK;
}

/* used: of the member, whose cap is then the whole of *p; -1: of all. */
bool
rule_fires(const struct fed_alert *a, const struct fed_pool *p, int64_t used, uint64_t cycle)
{
	int64_t all = p->quota + p->topup, have = used >= 0 ? used : p->consumed;

	if (a->fired == cycle)
		return false;
	return a->percent ? have * 100 >= (int64_t)a->percent * all : have >= a->bytes;
}

static void
watch_alerts(struct fed_call *k)
{
	size_t i = 0;
	struct fed_row *a;

	while ((a = set_next(k, FED_ALERT, &i))) {
		struct fed_row *m = a->as.alert.member ? set_find(k, FED_MEMBER, a->as.alert.member, 0) : NULL;
		int64_t own = m && m->as.member.cycle == k->f->cycle ? fed_member_used(&m->as.member) : 0;
		int64_t used = !a->as.alert.member ? -1 : own > 0 ? own : 0;
		struct fed_pool whole = *k->pool;

		if (m && m->as.member.cap >= 0) {
			whole.quota = m->as.member.cap;
			whole.topup = 0;
		}
		if (!k->lib->rules.fires(&a->as.alert, &whole, used, k->f->cycle))
			continue;
		a->as.alert.fired = k->f->cycle;
		row_touch(a);
		outside(k, FED_TO_NOTICE, "alert", m, (int64_t)a->key.a, NULL);
	}
}

void
watch_counters(struct fed_call *k)
{
	static const char *const words[] = {"normal", "throttle", "blocked"};

	watch_alerts(k);
	for (uint32_t prio = 0; prio < 4; prio++) {
		uint32_t level = k->lib->rules.level(&k->lib->limits, prio, pool_percent(k->pool));

		if (level == k->pool->level[prio])
			continue;
		k->pool->level[prio] = level;
		row_touch(k->row_pool);
		outside(k, FED_TO_PCF, words[level], NULL, (int64_t)prio, NULL);
	}
}
