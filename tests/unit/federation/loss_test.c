// SPDX-License-Identifier: BSD-2-Clause
/* The primary is lost: leases, the veto, suspension, promotion step by step, replacement, the end. */
#include "support/test.h"

#include "crypto/crypto.h"
#include "support/fed_invariants.h"

static struct fed_world w;
static uint64_t phone, watch;

static void
fill_world(void)
{
	assert_true(fed_world_federation(&w, "Example-EU"));
	assert_true((phone = fed_world_child(&w, FED_FLAGSHIP, "Second")));
	assert_true((watch = fed_world_child(&w, FED_WATCH, "Watch")));
}

static int
open_world(void **state)
{
	(void)state;
	fed_world_open(&w, "loss");
	fill_world();
	return 0;
}

static int
close_world(void **state)
{
	(void)state;
	fed_world_close(&w);
	return 0;
}

static enum rsp_status
simple(struct fed_request q)
{
	return fed_world_call(&w, &q);
}

static void
lose_primary(void)
{
	assert_int_equal(simple(by_account(&w, FED_OP_SUSPEND, w.primary)), RSP_OK);
	assert_int_equal(fed_world_fed(&w)->state, FED_PRIMARY_LOST);
}

static void
go_to(int64_t t)
{
	w.now = t;
	assert_true(fed_world_settle(&w));
}

/* F76: works at 23:59 h, a little at 24:01, not at 48:01. */
static void
a_watch_goes_on_for_two_days(void **state)
{
	int64_t t0 = w.now;

	(void)state;
	lose_primary();
	assert_int_equal(fed_world_reserve(&w, w.primary, 1000), RSP_REFUSED);
	assert_int_equal(w.reply.code, FED_E_DENIED);
	go_to(t0 + 23 * 3600 + 59 * 60);
	assert_int_equal(fed_world_reserve(&w, watch, 50000000), RSP_OK);
	assert_int_equal(w.reply.bytes, 50000000);
	go_to(t0 + 24 * 3600 + 60);
	assert_int_equal(fed_world_reserve(&w, watch, 50000000), RSP_OK);
	assert_int_equal(w.reply.bytes, w.lib.limits.soft_slice);
	go_to(t0 + 48 * 3600 - 1);
	assert_int_equal(fed_world_reserve(&w, watch, 1000), RSP_OK);
	go_to(t0 + 48 * 3600 + 60);
	assert_int_equal(fed_world_reserve(&w, watch, 1000), RSP_REFUSED);
	assert_int_equal(fed_world_fed(&w)->state, FED_ORPHANED);
}

/* I9, N30: an online watch does not renew; who was seen in the last five minutes gets one last lease. */
static void
no_lease_begins_after_the_loss(void **state)
{
	int64_t seen, hard;

	(void)state;
	go_to(w.now + 1000);
	assert_int_equal(fed_world_contact(&w, watch), RSP_OK);
	seen = w.now;
	go_to(w.now + 299);
	lose_primary();
	hard = fed_world_lease(&w, watch)->as.lease.hard;
	assert_int_equal(hard, seen + 299 + 172800);
	assert_int_equal(fed_world_lease(&w, phone)->as.lease.hard, TEST_NOW + 172800);
	for (int i = 0; i < 50; i++) {
		go_to(w.now + 3000);
		assert_int_equal(fed_world_contact(&w, watch), RSP_OK);
		assert_int_equal(w.reply.number, 0);
		assert_int_equal(fed_world_lease(&w, watch)->as.lease.hard, hard);
	}
}

/* N30: a clock that steps back on the server gives nobody more time. */
static void
a_clock_that_steps_back_gives_no_time(void **state)
{
	int64_t t0 = w.now;

	(void)state;
	lose_primary();
	go_to(t0 + 172900);
	w.now = t0;
	assert_int_equal(fed_world_reserve(&w, watch, 1000), RSP_REFUSED);
	assert_int_equal(w.reply.code, FED_E_DENIED);
}

/* 4.2: a secondary may say that the primary is lost, and then has to wait. */
static void
the_primary_may_veto(void **state)
{
	int64_t t0 = w.now;

	(void)state;
	assert_int_equal(simple(by_member(&w, FED_OP_SUSPEND, watch, w.primary)), RSP_REFUSED);
	assert_int_equal(w.reply.code, FED_E_FORBID);
	assert_int_equal(simple(by_member(&w, FED_OP_MARK_LOST, watch, 0)), RSP_OK);
	assert_int_equal(simple(by_member(&w, FED_OP_VETO, watch, 0)), RSP_REFUSED);
	go_to(t0 + 599);
	assert_int_equal(simple(by_member(&w, FED_OP_VETO, w.primary, 0)), RSP_OK);
	go_to(t0 + 601);
	assert_int_equal(fed_world_fed(&w)->state, FED_ACTIVE);
	assert_int_equal(simple(by_member(&w, FED_OP_MARK_LOST, watch, 0)), RSP_OK);
	go_to(t0 + 601 + 600);
	assert_int_equal(fed_world_fed(&w)->state, FED_PRIMARY_LOST);
	assert_true(fed_world_member(&w, w.primary)->lost);
}

/* F77, I7, I8, N03: whoever is suspended has nothing that still holds; the others are as before. */
static void
suspension_cuts_one_and_no_other(void **state)
{
	struct fed_request old = by_member(&w, FED_OP_CONTACT, watch, watch);
	struct fed_row before = *fed_world_lease(&w, phone);

	(void)state;
	assert_int_equal(simple(by_member(&w, FED_OP_SUSPEND, w.primary, watch)), RSP_OK);
	assert_null(fed_world_lease(&w, watch));
	assert_memory_equal(fed_world_lease(&w, phone), &before, sizeof(before));
	assert_int_equal(simple(old), RSP_REFUSED);
	assert_int_equal(w.reply.code, FED_E_FORBID);
	assert_int_equal(simple(by_member(&w, FED_OP_RESUME, w.primary, watch)), RSP_OK);
	assert_int_equal(simple(old), RSP_REFUSED);   /* the token of before, again */
	assert_int_equal(fed_world_contact(&w, watch), RSP_OK);
}

static void
check_promoted(void)
{
	struct fed_seen seen = {.fed = {w.fed}};
	const char *no = fed_broken(&w, &seen);

	if (no)
		fail_msg("%s", no);
	assert_int_equal(fed_world_fed(&w)->state, FED_ACTIVE);
	assert_int_equal(fed_world_fed(&w)->primary, phone);
	assert_true(fed_world_member(&w, phone)->primary);
	assert_false(fed_world_member(&w, w.primary)->primary);
	assert_string_equal(fed_world_profile(&w, phone)->msisdn, "999000000001");
	assert_int_equal(fed_world_profile(&w, watch)->master, fed_world_member(&w, phone)->profile);
	assert_non_null(fed_world_lease(&w, watch));
}

/* F78, I6, I13, N16: at every step the machine may stop, before the commit or after it. */
static void
promotion_survives_a_stop_at_every_step(void **state)
{
	struct fed_request tick = {.op = FED_OP_TICK};
	struct fed_seen seen = {0};
	uint64_t fed;

	(void)state;
	for (unsigned stops = 0; stops < 512; stops++) {
		struct fed_request q;

		fed_world_empty(&w);
		fill_world();
		seen = (struct fed_seen){.fed = {w.fed}};
		q = by_operator(&w, FED_OP_PROMOTE, phone);
		assert_int_equal(fed_world_call(&w, &q), RSP_OK);
		for (unsigned step = 0; step < 20; step++) {
			assert_int_equal(w.memory.store.due(w.memory.store.self, &w.c, w.now, &fed), RSP_OK);
			if (!fed)
				break;
			tick.fed = fed;
			assert_int_equal(fed_world_plan(&w, &tick), RSP_OK);
			if (step < 9 && stops >> step & 1)   /* stopped before the commit: begun again */
				assert_int_equal(fed_world_plan(&w, &tick), RSP_OK);
			assert_int_equal(fed_world_commit(&w), RSP_OK);
			assert_null(fed_broken(&w, &seen));
			(void)fed_world_reserve(&w, watch, 1000);
		}
		check_promoted();
	}
}

/* T_cool: a day, unless the operator asks or the old primary agrees. */
static void
promotion_without_a_word_from_the_primary_waits(void **state)
{
	struct fed_request q = by_account(&w, FED_OP_PROMOTE, phone);

	(void)state;
	lose_primary();
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	go_to(w.now + 86399);
	assert_int_equal(fed_world_fed(&w)->primary, w.primary);
	go_to(w.now + 1);
	check_promoted();
	assert_int_equal(fed_world_reserve(&w, watch, 1000), RSP_OK);
}

/* F79: a new phone, the old ICCID is done with, number and pool stay. */
static void
a_new_phone_gets_number_and_pool(void **state)
{
	struct fed_request q;
	char eid[33], code[9], old[21];
	uint64_t profile;

	(void)state;
	lose_primary();
	snprintf(old, sizeof(old), "%s", fed_world_profile(&w, w.primary)->iccid);
	profile = fed_world_member(&w, w.primary)->profile;
	fed_world_eid(&w, 500, eid);
	q = by_account(&w, FED_OP_INVITE, 0);
	q.u.invite.eid = eid;
	q.u.invite.category = FED_FLAGSHIP;
	q.u.invite.cap = -1;
	q.u.invite.replaces = w.primary;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	memcpy(code, w.reply.confirmation_code, 9);
	q = by_account(&w, FED_OP_REPLACE, 0);
	memcpy(q.u.add.nonce, w.reply.nonce, 16);
	q.u.add.eid = eid;
	q.u.add.tac = "35000002";
	q.u.add.sw = "15";
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	assert_int_equal(fed_world_row(&w, FED_PROFILE, profile)->as.profile.state, FED_REVOKED);
	q = by_network(&w, FED_OP_CONFIRM, w.primary);
	q.u.confirm.code = code;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	q = by_network(&w, FED_OP_CHILD, 0);
	q.u.child.profile = fed_world_member(&w, w.primary)->profile;
	q.u.child.eid = eid;
	q.u.child.imsi = "001019999999999";
	q.u.child.iccid = old;
	assert_int_equal(fed_world_call(&w, &q), RSP_REFUSED);   /* the old ICCID again */
	assert_int_equal(w.reply.code, FED_E_CONFLICT);
	q.u.child.iccid = "89001019999999999999";
	q.u.child.key_tag[0] = 0xEE;
	for (int e = FED_CHILD_PERSONALISED; e <= FED_CHILD_ENABLED; e++) {
		q.u.child.event = (enum fed_child_event)e;
		assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	}
	assert_int_equal(fed_world_fed(&w)->state, FED_ACTIVE);
	assert_string_equal(fed_world_profile(&w, w.primary)->msisdn, "999000000001");
	assert_int_equal(fed_world_profile(&w, watch)->master, fed_world_member(&w, w.primary)->profile);
	assert_int_equal(fed_world_reserve(&w, w.primary, 1000), RSP_OK);
}

/* F88, I10: nobody is cut off before the lease ends, nobody is left after it. */
static void
dissolving_ends_within_two_days(void **state)
{
	(void)state;
	assert_int_equal(simple(by_account(&w, FED_OP_DISSOLVE, 0)), RSP_OK);
	assert_int_equal(fed_world_fed(&w)->state, FED_CLOSING);
	assert_int_equal(fed_world_reserve(&w, watch, 1000), RSP_OK);
	go_to(w.now + 172801);
	assert_int_equal(fed_world_fed(&w)->state, FED_CLOSED);
	assert_int_equal(fed_world_profile(&w, watch)->state, FED_REVOKED);
	assert_int_equal(fed_world_reserve(&w, watch, 1000), RSP_REFUSED);
}

/* F91 */
static void
readiness_names_what_is_missing(void **state)
{
	const char *missing;

	(void)state;
	assert_int_equal(fed_readiness(&w.c, &w.lib, w.fed, &missing), RSP_OK);
	assert_string_equal(missing, "");
	assert_int_equal(simple(by_account(&w, FED_OP_REMOVE, phone)), RSP_OK);
	assert_int_equal(fed_readiness(&w.c, &w.lib, w.fed, &missing), RSP_OK);
	assert_string_equal(missing, "no member can be promoted");
}

/* ---- the lease as octets ---- */

/* N30: every bit of it counts; another's, a longer one and an earlier clock do not help. */
static void
a_lease_is_verified_with_one_key(void **state)
{
	struct ec_key *key, *public_key;
	struct rsp_ctx *c = &w.keep;
	struct bytes der;
	uint8_t *copy;
	int64_t latest = 0;
	enum fed_lease_verdict verdict;
	struct fed_row *lease;
	const char *eid = fed_world_member(&w, watch)->eid;

	(void)state;
	assert_int_equal(ec_key_generate(c, EC_P256, &key), RSP_OK);
	assert_int_equal(ec_key_from_point(c, EC_P256, ec_key_point(key), &public_key), RSP_OK);
	w.lib.signer = (struct fed_signer){key, fed_signer_key};
	assert_int_equal(fed_world_contact(&w, watch), RSP_OK);
	lease = fed_world_lease(&w, watch);
	assert_int_equal(fed_lease_der(c, w.fed, lease->key.a, &lease->as.lease, &der), RSP_OK);
	c->now = w.now;
	assert_int_equal(fed_lease_verify(c, public_key, der, eid, &latest, &verdict), RSP_OK);
	assert_int_equal(verdict, FED_LEASE_GOOD);
	assert_int_equal(fed_lease_verify(c, public_key, der, fed_world_member(&w, phone)->eid, &latest, &verdict), RSP_UNTRUSTED);
	c->now = w.now + 86400;
	assert_int_equal(fed_lease_verify(c, public_key, der, eid, &latest, &verdict), RSP_OK);
	assert_int_equal(verdict, FED_LEASE_SOFT);
	c->now = w.now + 172800;
	assert_int_equal(fed_lease_verify(c, public_key, der, eid, &latest, &verdict), RSP_OK);
	assert_int_equal(verdict, FED_LEASE_HARD);
	c->now = w.now;   /* the device's clock goes back */
	assert_int_equal(fed_lease_verify(c, public_key, der, eid, &latest, &verdict), RSP_OK);
	assert_int_equal(verdict, FED_LEASE_HARD);
	copy = rsp_alloc(c, der.n);
	for (size_t i = 0; i < der.n; i++) {
		memcpy(copy, der.p, der.n);
		copy[i] ^= 1;
		assert_int_not_equal(fed_lease_verify(c, public_key, bytes_of(copy, der.n), eid, &latest, &verdict), RSP_OK);
		assert_int_not_equal(fed_lease_verify(c, public_key, bytes_of(der.p, i), eid, &latest, &verdict), RSP_OK);
	}
	lease->as.lease.hard = lease->as.lease.nb + 172801;   /* signed, and still too long */
	assert_int_equal(fed_lease_tbs(c, w.fed, lease->key.a, &lease->as.lease, &der), RSP_OK);
	assert_int_equal(fed_signer_key(key, c, der, lease->as.lease.sig), RSP_OK);
	assert_int_equal(fed_lease_der(c, w.fed, lease->key.a, &lease->as.lease, &der), RSP_OK);
	assert_int_equal(fed_lease_verify(c, public_key, der, eid, &latest, &verdict), RSP_UNTRUSTED);
	ec_key_free(key);
	ec_key_free(public_key);
}

/* All leases together hold at most a tenth of the quota: 20 GB here, 50 MB each; with 0.9 GB each the third gets the rest. */
static void
leases_hold_a_tenth_of_the_quota(void **state)
{
	(void)state;
	assert_int_equal(fed_world_lease(&w, watch)->as.lease.slice, 50000000);
	w.lib.limits.lease_slice = 900000000;
	assert_int_equal(fed_world_contact(&w, w.primary), RSP_OK);
	assert_int_equal(fed_world_contact(&w, phone), RSP_OK);
	assert_int_equal(fed_world_contact(&w, watch), RSP_OK);
	assert_int_equal(fed_world_lease(&w, w.primary)->as.lease.slice, 900000000);
	assert_int_equal(fed_world_lease(&w, phone)->as.lease.slice, 900000000);
	assert_int_equal(fed_world_lease(&w, watch)->as.lease.slice, 200000000);
	assert_int_equal(fed_world_pool(&w)->reserved, 2000000000);
}

#define T(f) cmocka_unit_test_setup_teardown(f, open_world, close_world)
int
main(void)
{
	const struct CMUnitTest tests[] = {T(a_watch_goes_on_for_two_days), T(no_lease_begins_after_the_loss), T(a_clock_that_steps_back_gives_no_time),
		T(the_primary_may_veto), T(suspension_cuts_one_and_no_other), T(promotion_survives_a_stop_at_every_step),
		T(promotion_without_a_word_from_the_primary_waits), T(a_new_phone_gets_number_and_pool), T(dissolving_ends_within_two_days),
		T(readiness_names_what_is_missing), T(a_lease_is_verified_with_one_key), T(leases_hold_a_tenth_of_the_quota)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
