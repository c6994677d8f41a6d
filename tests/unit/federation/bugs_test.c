// SPDX-License-Identifier: BSD-2-Clause
/*
 * Would the tests notice? Each bug is a rule, a check or a step put in another's place; every one must break an invariant or the oracle within some
 * lives. The table that is printed says what caught it and in how many steps.
 */
#include "support/test.h"

#include "federation/call.h"
#include "support/fed_model.h"

#define LIVES 300

/* ---- rules that are wrong ---- */

static int64_t
room_without_reserved(const struct fed_call *k, const struct fed_member *m)
{
	const struct fed_pool *p = k->pool;

	return p->quota + p->topup - p->consumed - (m->primary ? 0 : p->floor_primary);
}

static int64_t
room_without_floor(const struct fed_call *k, const struct fed_member *m)
{
	(void)m;
	return k->pool->quota + k->pool->topup - k->pool->consumed - k->pool->reserved;
}

static int64_t
cap_without_held(const struct fed_call *k, const struct fed_member *m)
{
	int64_t left = m->cap - fed_member_used(m) - m->carried;

	(void)k;
	return m->cap < 0 ? INT64_MAX : left > 0 ? left : 0;
}

static int64_t
cap_for_nobody(const struct fed_call *k, const struct fed_member *m)
{
	(void)k;
	(void)m;
	return INT64_MAX;
}

static int64_t
wlan_rated(enum fed_access access, int64_t bytes)
{
	(void)access;
	return bytes;
}

static enum rsp_status (*right_commit)(void *self, struct rsp_ctx *c, const struct fed_changes *changes);

/* A record that is there is written over, as a store without its key would. */
static enum rsp_status
commit_over(void *self, struct rsp_ctx *c, const struct fed_changes *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		struct fed_row *r = &changes->rows[i]->row;
		const struct fed_row *there = r->kind == FED_USAGE ? fed_memory_row(self, r->kind, r->key) : NULL;

		if (there)
			r->revision = there->revision;
	}
	return right_commit(self, c, changes);
}

static enum rsp_status
always_new(struct fed_call *k, uint64_t ref, uint64_t seq, bool *yes)
{
	(void)ref;
	(void)seq;
	if (k->lib->store->commit != commit_over) {
		right_commit = k->lib->store->commit;
		k->lib->store->commit = commit_over;
	}
	*yes = true;
	return RSP_OK;
}

static int64_t
inside_all(const struct fed_grant *g, int64_t bytes)
{
	(void)g;
	return bytes;
}

static int64_t
inside_half(const struct fed_grant *g, int64_t bytes)
{
	return (bytes < g->left ? bytes : g->left) / 2;
}

/* "A grant that has run out is free again": the specification's own seeded bug. */
static void
expire_frees(struct fed_call *k, struct fed_row *g)
{
	k->pool->reserved -= g->as.grant.left;
	row_touch(k->row_pool);
	g->as.grant.state = FED_EXPIRED_HELD;
	g->due = g->as.grant.grace;
	row_touch(g);
}

static void
charge_nothing(struct fed_call *k, struct fed_row *g)
{
	(void)k;
	g->as.grant.charged = g->as.grant.left;
	g->as.grant.left = 0;
	g->as.grant.state = FED_CHARGED;
	g->live = false;
	g->due = 0;
	row_touch(g);
}

static void
refund_nothing(struct fed_call *k, struct fed_row *g)
{
	(void)k;
	g->as.grant.charged = 0;
	row_touch(g);
}

static void
refund_again(struct fed_call *k, struct fed_row *g)
{
	int64_t charged = g->as.grant.charged;

	rule_refund(k, g);
	g->as.grant.charged = charged;
}

static bool
any_cycle(const struct fed_pool *p, int64_t event)
{
	(void)p;
	(void)event;
	return true;
}

static bool
fires_again(const struct fed_alert *a, const struct fed_pool *p, int64_t used, uint64_t cycle)
{
	(void)cycle;
	return rule_fires(a, p, used, a->fired + 1);
}

static enum fed_level
level_upside_down(const struct fed_limits *l, uint32_t prio, int64_t percent)
{
	return rule_level(l, 3 - prio, percent);
}

/* "A watch that is online renews for ever." */
static bool
renews_after_loss(const struct fed_call *k, const struct fed_row *m)
{
	(void)k;
	return m->as.member.state == FED_MEMBER_ACTIVE;
}

/* "One epoch for all": a suspension ends everybody's lease. */
static void
fences_all(struct fed_call *k, struct fed_row *m)
{
	size_t i = 0;
	struct fed_row *o;

	(void)m;
	while ((o = set_next(k, FED_MEMBER, &i))) {
		o->as.member.auth_epoch++;
		row_touch(o);
	}
}

static void
fences_nobody(struct fed_call *k, struct fed_row *m)
{
	(void)k;
	(void)m;
}

/* Promoted first, and the old one forgotten. */
static void
swaps_half(struct fed_call *k, struct fed_row *from, struct fed_row *to)
{
	(void)from;
	to->as.member.primary = true;
	to->as.member.prio = 0;
	k->f->primary = to->key.a;
	row_touch(to);
	row_touch(k->row_f);
}

static void
points_nowhere(struct fed_call *k, struct fed_row *from, struct fed_row *to)
{
	(void)k;
	(void)from;
	(void)to;
}

static bool
steers_all(const struct fed_call *k, const struct fed_row *m)
{
	return !m->as.member.primary && m->as.member.state == FED_MEMBER_ACTIVE && *k->row_roaming->as.roaming.plmn;
}

static const char *
picks_own(const struct fed_call *k, const char *mcc, const char *plmn)
{
	(void)k;
	(void)mcc;
	return plmn;
}

static int64_t
lives_long(const struct fed_federation *f)
{
	return f->lease_hard * 2;
}

static bool
fits_all(const struct fed_call *k, const struct fed_consent *s, const struct fed_request *r)
{
	(void)k;
	(void)s;
	(void)r;
	return true;
}

/* The consent is not marked, so it serves again. */
static void
serves_again(struct fed_call *k, struct fed_row *consent, uint64_t profile)
{
	(void)k;
	consent->as.consent.profile = profile;
	row_touch(consent);
}

static void
keeps_slice(struct fed_call *k, struct fed_row *l)
{
	(void)k;
	l->as.lease.state = FED_LEASE_ENDED;
	l->live = false;
	l->due = 0;
	row_touch(l);
}

#define RULE_BUG(member, function) static void put_##function(struct fed *lib) { lib->rules.member = function; }
RULE_BUG(room, room_without_reserved)
RULE_BUG(room, room_without_floor)
RULE_BUG(cap_left, cap_without_held)
RULE_BUG(cap_left, cap_for_nobody)
RULE_BUG(rated, wlan_rated)
RULE_BUG(is_new, always_new)
RULE_BUG(inside, inside_all)
RULE_BUG(inside, inside_half)
RULE_BUG(expire, expire_frees)
RULE_BUG(charge, charge_nothing)
RULE_BUG(refund, refund_nothing)
RULE_BUG(refund, refund_again)
RULE_BUG(in_this_cycle, any_cycle)
RULE_BUG(fires, fires_again)
RULE_BUG(level, level_upside_down)
RULE_BUG(may_renew, renews_after_loss)
RULE_BUG(fence, fences_all)
RULE_BUG(fence, fences_nobody)
RULE_BUG(swap, swaps_half)
RULE_BUG(repoint, points_nowhere)
RULE_BUG(steered, steers_all)
RULE_BUG(pick, picks_own)
RULE_BUG(lease_life, lives_long)
RULE_BUG(consent_fits, fits_all)
RULE_BUG(use_consent, serves_again)
RULE_BUG(end_lease, keeps_slice)

/* ---- checks and steps that are missing ---- */

static struct rsp_check less[16];

static void
without_check(struct fed *lib, enum fed_op op, const char *name)
{
	struct rsp_checks *all = &lib->commands[op].checks;
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->rows[i].name, name) != 0)
			less[n++] = all->rows[i];
	assert_int_equal(n, all->n - 1);
	*all = (struct rsp_checks){less, n};
}

static struct fed_step fewer[16];

static void
without_step(struct fed *lib, const char *name)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < lib->steps.n; i++)
		if (strcmp(lib->steps.rows[i].name, name) != 0)
			fewer[n++] = lib->steps.rows[i];
	assert_int_equal(n, lib->steps.n - 1);
	lib->steps = (struct fed_steps){fewer, n};
}

static struct fed_timer timers[16];

static void
without_timer(struct fed *lib, enum fed_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < lib->timers.n; i++)
		if (lib->timers.rows[i].kind != kind)
			timers[n++] = lib->timers.rows[i];
	lib->timers = (struct fed_timers){timers, n};
}

static void no_active(struct fed *lib) { without_check(lib, FED_OP_RESERVE, "active"); }
static void no_mode(struct fed *lib) { without_check(lib, FED_OP_RESERVE, "mode"); }
static void no_serves(struct fed *lib) { without_check(lib, FED_OP_RESERVE, "serves"); }
static void no_eid(struct fed *lib) { without_check(lib, FED_OP_ADD, "eid"); }
static void no_quota(struct fed *lib) { without_check(lib, FED_OP_QUOTA, "amount"); }
static void no_fence_step(struct fed *lib) { without_step(lib, "fence"); }
static void no_number_step(struct fed *lib) { without_step(lib, "repoint"); }
static void no_follow_timer(struct fed *lib) { without_timer(lib, FED_LEASE); }
static void no_patch_value(struct fed *lib) { without_check(lib, FED_OP_PATCH, "value"); }

#define BUG(text, function) {text, function}
static const struct { const char *name; void (*put)(struct fed *lib); } bugs[] = {
	BUG("room forgets what is reserved", put_room_without_reserved), BUG("the primary's floor is for all", put_room_without_floor),
	BUG("a cap forgets what is held", put_cap_without_held), BUG("no caps", put_cap_for_nobody), BUG("WLAN counts", put_wlan_rated),
	BUG("a record counts each time it comes", put_always_new), BUG("all of a record is inside the grant", put_inside_all),
	BUG("half of a record is inside the grant", put_inside_half), BUG("a grant that ran out is free again", put_expire_frees),
	BUG("a charge is not consumed", put_charge_nothing), BUG("no refund", put_refund_nothing), BUG("a refund with each late record", put_refund_again),
	BUG("a closed cycle's record opens it again", put_any_cycle), BUG("an alert fires at each record", put_fires_again),
	BUG("a better prio is slower", put_level_upside_down), BUG("leases are renewed after the loss", put_renews_after_loss),
	BUG("one epoch for all", put_fences_all), BUG("suspension leaves the epoch", put_fences_nobody), BUG("the old primary stays one", put_swaps_half),
	BUG("children keep the old master", put_points_nowhere), BUG("who is in another country is steered", put_steers_all),
	BUG("any network will do", put_picks_own), BUG("leases of 96 h", put_lives_long), BUG("a consent fits any device", put_fits_all),
	BUG("a consent serves again", put_serves_again), BUG("a lease that ended keeps its slice", put_keeps_slice),
	BUG("a grant to one who is suspended", no_active), BUG("a grant to one who is to use WiFi", no_mode), BUG("a grant without a lease", no_serves),
	BUG("two members of one device", no_eid), BUG("a quota below what is used", no_quota), BUG("promotion without a fence", no_fence_step),
	BUG("promotion leaves the children", no_number_step), BUG("leases do not end", no_follow_timer), BUG("settings are not looked at", no_patch_value),
};
#define BUGS (sizeof(bugs) / sizeof(bugs[0]))

static void
every_bug_is_caught(void **state)
{
	static struct fed_world w;
	static struct life l;
	const struct fed right = {0};
	struct fed lib = right;
	size_t alive = 0;

	(void)state;
	fed_world_open(&w, "bugs");
	lib = w.lib;
	for (size_t b = 0; b < BUGS; b++) {
		size_t commands = 0;
		uint64_t seed = 0;
		const char *no = NULL;

		w.lib = lib;
		w.lib.store = &w.memory.store;
		bugs[b].put(&w.lib);
		while (!no && ++seed <= LIVES) {
			life_from(seed, &l);
			no = life_run(&w, &l, &commands);
		}
		if (no)
			life_shrink(&w, &l);
		print_message("%-9s %-42s life %3u  %3zu steps  %s\n", no ? "killed" : "SURVIVED", bugs[b].name, (unsigned)seed, no ? l.n : 0, no ? life_run(&w, &l, &commands) : "");
		alive += !no;
	}
	fed_world_close(&w);
	print_message("%zu bugs, %zu killed\n", BUGS, BUGS - alive);
	assert_int_equal(alive, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_bug_is_caught)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
