// SPDX-License-Identifier: BSD-2-Clause
/* The pool by hand: 10 GB of Example-US, numbers that anybody can add up. */
#include "support/test.h"

#include "support/fed_world.h"

#define MB 1000000
#define GB 1000000000
static struct fed_world w;

static int
open_world(void **state)
{
	(void)state;
	fed_world_open(&w, "pool");
	assert_true(fed_world_federation(&w, "Example-US"));
	w.lib.limits.max_slice = 10ll * GB;
	w.lib.limits.lease_slice = 0;
	w.lib.limits.orders_a_day = 50;
	assert_int_equal(fed_world_contact(&w, w.primary), RSP_OK);   /* a lease without a slice: the numbers are round */
	return 0;
}

static int
close_world(void **state)
{
	(void)state;
	fed_world_close(&w);
	return 0;
}

/* Grants until so much was given; every one reported in full. */
static int64_t
use(uint64_t member, int64_t bytes)
{
	static uint32_t seq;
	int64_t used = 0;

	while (used < bytes && fed_world_reserve(&w, member, bytes - used) == RSP_OK) {
		int64_t n = w.reply.bytes;

		assert_int_equal(fed_world_report(&w, w.reply.number, ++seq, n, w.now, true), RSP_OK);
		used += n;
	}
	return used;
}

/* F02 */
static void
phone_and_tablet_draw_from_one_pool(void **state)
{
	uint64_t tablet = fed_world_child(&w, FED_TABLET, "Work iPad");

	(void)state;
	assert_int_equal(use(w.primary, 3ll * GB), 3ll * GB);
	assert_int_equal(use(tablet, 2ll * GB), 2ll * GB);
	assert_int_equal(fed_world_pool(&w)->consumed, 5ll * GB);
	assert_int_equal(fed_world_pool(&w)->quota - fed_world_pool(&w)->consumed - fed_world_pool(&w)->reserved, 5ll * GB);
}

/* slice = max(1 MB, min(10 GB, room / (4 * active))): 10 GB, one member: 2.5 GB; the second time 7.5 / 4. */
static void
slices_shrink_with_the_room(void **state)
{
	(void)state;
	assert_int_equal(fed_world_reserve(&w, w.primary, 9ll * GB), RSP_OK);
	assert_int_equal(w.reply.bytes, 2500ll * MB);
	assert_int_equal(fed_world_reserve(&w, w.primary, 9ll * GB), RSP_OK);
	assert_int_equal(w.reply.bytes, 1875ll * MB);
	assert_int_equal(fed_world_pool(&w)->reserved, 4375ll * MB);
}

/* 2 members, floor 5 % = 0.5 GB: a secondary's room is 9.5 GB, its slice 9.5 / 8 = 1.1875 GB. */
static void
a_secondary_leaves_the_floor(void **state)
{
	uint64_t phone = fed_world_child(&w, FED_FLAGSHIP, "Second");

	(void)state;
	assert_int_equal(fed_world_reserve(&w, phone, 9ll * GB), RSP_OK);
	assert_int_equal(w.reply.bytes, 1187500000);
	while (fed_world_reserve(&w, phone, 9ll * GB) == RSP_OK)
		;
	assert_int_equal(w.reply.code, FED_E_QUOTA);
	assert_true(fed_world_pool(&w)->reserved > 9499ll * MB && fed_world_pool(&w)->reserved <= 9500ll * MB);
	assert_int_equal(fed_world_reserve(&w, w.primary, 100ll * MB), RSP_OK);
	assert_int_equal(w.reply.bytes, 62500000 + (9500ll * MB - (fed_world_pool(&w)->reserved - w.reply.bytes)) / 8);
}

/* F67, F90: a laptop has 50 %, and stops there to the octet; the phone goes on. */
static void
a_cap_holds_to_the_octet(void **state)
{
	uint64_t laptop = fed_world_child(&w, FED_LAPTOP, "Book");
	struct fed_request q;

	(void)state;
	assert_int_equal(laptop, 0);   /* Example-US has no laptops: F60 */
	laptop = fed_world_child(&w, FED_HOTSPOT, "Spot");
	q = by_account(&w, FED_OP_PATCH, laptop);
	q.u.patch.what = FED_PATCH_CAP;
	q.u.patch.number = 123456789;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	assert_int_equal(use(laptop, GB), 123456789);
	assert_int_equal(fed_world_reserve(&w, laptop, 1), RSP_REFUSED);
	assert_int_equal(w.reply.code, FED_E_QUOTA);
	assert_int_equal(use(w.primary, 100 * MB), 100 * MB);
	q.u.patch.number = 1000;   /* below what is used: allowed, the next grant is not */
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	q.u.patch.number = 11ll * GB;
	assert_int_equal(fed_world_call(&w, &q), RSP_REFUSED);
}

/* F32: 85 % slows prio 2 and 3, 95 % prio 1, 100 % ends it for all. */
static void
priorities_slow_down_in_order(void **state)
{
	static const struct { int64_t to; uint32_t level[4]; } rows[] = {
		{8499999999, {0, 0, 0, 0}}, {8500000000, {0, 0, 1, 1}}, {9499999999, {0, 0, 1, 1}}, {9500000000, {0, 1, 1, 1}}, {10000000000, {2, 2, 2, 2}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)use(w.primary, rows[i].to - fed_world_pool(&w)->consumed);
		assert_int_equal(fed_world_pool(&w)->consumed, rows[i].to);
		for (size_t p = 0; p < 4; p++)
			assert_int_equal(fed_world_pool(&w)->level[p], rows[i].level[p]);
	}
}

/* How often somebody outside has been told so. */
static unsigned
told(const char *what)
{
	unsigned n = 0;

	fed_world_deliver(&w);
	for (size_t i = 0; i < w.n_effects; i++)
		n += strcmp(w.effects[i].what.what, what) == 0;
	return n;
}

/* F42, I19 */
static void
an_alert_fires_once_a_cycle(void **state)
{
	struct fed_request q = by_account(&w, FED_OP_ALERT, 0);

	(void)state;
	q.u.alert.percent = 101;
	assert_int_equal(fed_world_call(&w, &q), RSP_REFUSED);
	q.u.alert.percent = 80;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	(void)use(w.primary, 7999999999);
	assert_int_equal(told("alert"), 0);
	(void)use(w.primary, MB);
	(void)use(w.primary, MB);
	q = by_account(&w, FED_OP_TOPUP, 0);   /* below the line, and above it once more */
	q.u.topup.bytes = GB;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	(void)use(w.primary, GB);
	assert_int_equal(told("alert"), 1);
	w.now += 31 * 86400;
	fed_world_settle(&w);
	(void)use(w.primary, 9ll * GB);
	assert_int_equal(told("alert"), 2);
}

/* F75, N20 */
static void
a_top_up_counts_once(void **state)
{
	struct fed_request q = by_account(&w, FED_OP_TOPUP, 0);

	(void)state;
	(void)use(w.primary, 10ll * GB);
	assert_int_equal(fed_world_reserve(&w, w.primary, MB), RSP_REFUSED);
	q.u.topup.bytes = GB;
	q.key = 77;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(fed_world_call(&w, &q), RSP_OK);
		assert_int_equal(w.reply.bytes, GB);
		assert_int_equal(w.reply.again, i > 0);
	}
	assert_int_equal(fed_world_pool(&w)->topup, GB);
	assert_int_equal(fed_world_reserve(&w, w.primary, 250 * MB), RSP_OK);
	assert_int_equal(w.reply.bytes, 250 * MB);
	q.op = FED_OP_RESERVE;   /* the key of another request */
	q.by.actor = FED_BY_NETWORK;
	q.member = w.primary;
	assert_int_equal(fed_world_call(&w, &q), RSP_REFUSED);
	assert_int_equal(w.reply.code, FED_E_CONFLICT);
}

/* Grant 100 MB, 30 reported; at the grace the other 70 are charged; a record of 15 refunds 70 and counts 15: net 45. */
static void
a_charge_is_refunded_by_a_late_record(void **state)
{
	uint64_t ref;

	(void)state;
	assert_int_equal(fed_world_reserve(&w, w.primary, 100 * MB), RSP_OK);
	ref = w.reply.number;
	assert_int_equal(fed_world_report(&w, ref, 1, 30 * MB, w.now, false), RSP_OK);
	w.now += 3599;
	fed_world_settle(&w);
	assert_int_equal(fed_world_row(&w, FED_GRANT, ref)->as.grant.state, FED_HELD);
	w.now += 1;
	fed_world_settle(&w);
	assert_int_equal(fed_world_row(&w, FED_GRANT, ref)->as.grant.state, FED_EXPIRED_HELD);
	assert_int_equal(fed_world_pool(&w)->reserved, 70 * MB);
	w.now += 172800;
	fed_world_settle(&w);
	assert_int_equal(fed_world_row(&w, FED_GRANT, ref)->as.grant.state, FED_CHARGED);
	assert_int_equal(fed_world_pool(&w)->consumed, 100 * MB);
	assert_int_equal(fed_world_pool(&w)->reserved, 0);
	assert_int_equal(fed_world_report(&w, ref, 2, 15 * MB, w.now - 100, true), RSP_OK);
	assert_int_equal(fed_world_fed(&w)->adjusted, -55 * MB);
	assert_int_equal(fed_member_used(fed_world_member(&w, w.primary)), 45 * MB);
	assert_int_equal(fed_world_pool(&w)->consumed, 100 * MB);
}

/* F83, I3: five records, every order of them, some twice: the same ledger. */
static void
the_order_of_records_does_not_matter(void **state)
{
	static const int64_t bytes[5] = {2 * MB, 4 * MB, 1 * MB, 8 * MB, 9 * MB};   /* 24 of a grant of 20 */
	uint64_t ref;

	(void)state;
	for (unsigned p = 0; p < 120; p++) {
		size_t order[5], left[5] = {0, 1, 2, 3, 4}, n = 5, rest = p;
		int64_t before = fed_world_pool(&w)->consumed + fed_world_pool(&w)->overrun;

		for (size_t i = 0; i < 5; i++, n--) {
			order[i] = left[rest % n];
			memmove(&left[rest % n], &left[rest % n + 1], (n - rest % n - 1) * sizeof(left[0]));
			rest /= n;
		}
		assert_int_equal(fed_world_reserve(&w, w.primary, 20 * MB), RSP_OK);
		ref = w.reply.number;
		for (size_t i = 0; i < 5; i++)
			for (int twice = 0; twice < 2; twice++)
				assert_int_equal(fed_world_report(&w, ref, (uint32_t)order[i] + 1, bytes[order[i]], w.now, order[i] == 4), RSP_OK);
		assert_int_equal(fed_world_pool(&w)->consumed + fed_world_pool(&w)->overrun - before, 24 * MB);
		assert_int_equal(fed_world_pool(&w)->reserved, 0);
	}
}

/* F50, F87, I20 */
static void
wlan_counts_nothing(void **state)
{
	struct fed_request q;

	(void)state;
	assert_int_equal(fed_world_reserve(&w, w.primary, 10 * MB), RSP_OK);
	q = by_network(&w, FED_OP_REPORT, 0);
	q.u.report.ref = w.reply.number;
	q.u.report.bytes = 9 * MB;
	q.u.report.event = w.now;
	q.u.report.access = FED_WLAN;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	assert_int_equal(fed_world_pool(&w)->consumed, 0);
	assert_int_equal(fed_world_pool(&w)->reserved, 10 * MB);
}

/* N19, and the split by time at the end of a cycle */
static void
a_closed_cycle_stays_closed(void **state)
{
	struct fed_pool closed;
	uint64_t ref, cycle = fed_world_fed(&w)->cycle;
	int64_t end = fed_world_pool(&w)->to;

	(void)state;
	assert_int_equal(fed_world_reserve(&w, w.primary, 100 * MB), RSP_OK);
	ref = w.reply.number;
	w.now = end + 10;
	fed_world_settle(&w);
	closed = fed_world_row(&w, FED_POOL, cycle)->as.pool;
	assert_int_equal(fed_world_pool(&w)->from, end);
	assert_int_equal(fed_world_pool(&w)->reserved, 0);
	assert_int_equal(fed_world_report(&w, ref, 1, 60 * MB, end - 1, false), RSP_OK);
	assert_int_equal(fed_world_report(&w, ref, 2, 7 * MB, end, true), RSP_OK);
	assert_memory_equal(&fed_world_row(&w, FED_POOL, cycle)->as.pool, &closed, sizeof(closed));
	assert_int_equal(fed_world_fed(&w)->adjusted, 60 * MB);
	assert_int_equal(fed_world_pool(&w)->overrun, 7 * MB);
	assert_int_equal(fed_member_used(fed_world_member(&w, w.primary)), 7 * MB);
}

/* 3.2: quota cuts */
static void
a_quota_is_not_cut_below_what_is_used(void **state)
{
	struct fed_request q = by_operator(&w, FED_OP_QUOTA, 0);

	(void)state;
	(void)use(w.primary, GB);
	q.u.topup.bytes = GB - 1;
	assert_int_equal(fed_world_call(&w, &q), RSP_REFUSED);
	assert_int_equal(w.reply.code, FED_E_STATE);
	q.u.topup.bytes = GB;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	assert_int_equal(fed_world_reserve(&w, w.primary, 1), RSP_REFUSED);
}

/* F22, F72 */
static void
usage_names_the_heaviest(void **state)
{
	uint64_t tablet = fed_world_child(&w, FED_TABLET, "Pad"), watch = fed_world_child(&w, FED_WATCH, "Watch");
	struct fed_request q = by_member(&w, FED_OP_TICK, w.primary, 0);
	struct fed_use *use_of;
	size_t n;

	(void)state;
	(void)use(tablet, 300 * MB);
	(void)use(watch, 20 * MB);
	assert_int_equal(fed_usage(&w.c, &w.lib, &q, &use_of, &n), RSP_OK);
	assert_int_equal(n, 3);
	assert_int_equal(use_of[0].member, tablet);
	assert_int_equal(use_of[0].used, 300 * MB);
	assert_int_equal(use_of[2].member, w.primary);
	q = by_member(&w, FED_OP_TICK, watch, 0);
	assert_int_equal(fed_usage(&w.c, &w.lib, &q, &use_of, &n), RSP_OK);
	assert_int_equal(n, 1);
	assert_int_equal(use_of[0].member, watch);
}

#define T(f) cmocka_unit_test_setup_teardown(f, open_world, close_world)
int
main(void)
{
	const struct CMUnitTest tests[] = {T(phone_and_tablet_draw_from_one_pool), T(slices_shrink_with_the_room), T(a_secondary_leaves_the_floor),
		T(a_cap_holds_to_the_octet), T(priorities_slow_down_in_order), T(an_alert_fires_once_a_cycle), T(a_top_up_counts_once),
		T(a_charge_is_refunded_by_a_late_record), T(the_order_of_records_does_not_matter), T(wlan_counts_nothing), T(a_closed_cycle_stays_closed),
		T(a_quota_is_not_cut_below_what_is_used), T(usage_names_the_heaviest)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
