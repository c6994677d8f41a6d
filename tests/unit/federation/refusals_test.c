// SPDX-License-Identifier: BSD-2-Clause
/* The negative tests that the policy itself can fail: each is refused with its code, and nothing has changed. Named as in part 4.5 of the specification. */
#include "support/test.h"

#include "support/fed_invariants.h"

#define MB 1000000
static struct fed_world w;
static uint64_t phone, watch;

static int
open_world(void **state)
{
	(void)state;
	fed_world_open(&w, "refusals");
	assert_true(fed_world_federation(&w, "Example-EU"));
	assert_true((phone = fed_world_child(&w, FED_FLAGSHIP, "Second")));
	assert_true((watch = fed_world_child(&w, FED_WATCH, "Watch")));
	w.lib.limits.orders_a_day = 50;
	return 0;
}

static int
close_world(void **state)
{
	(void)state;
	fed_world_close(&w);
	return 0;
}

static void
refused(struct fed_request q, enum fed_code code)
{
	uint64_t commits = w.memory.commits;

	assert_int_equal(fed_world_call(&w, &q), RSP_REFUSED);
	if (w.reply.code != code)
		fail_msg("%s: want %s, have %s: %s", fed_op_name(q.op), fed_code_name(code), fed_code_name(w.reply.code), w.c.error.text);
	assert_int_equal(w.memory.commits, commits);
	assert_true(w.c.error.clause[0]);
}

/* A consent for a hotspot: the request to join with it, and its code. */
static struct fed_request
agreed(uint64_t number, char eid[33], char code[9])
{
	struct fed_request q = by_member(&w, FED_OP_INVITE, w.primary, 0);

	fed_world_eid(&w, number, eid);
	q.u.invite.eid = eid;
	q.u.invite.category = FED_HOTSPOT;
	q.u.invite.cap = -1;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	memcpy(code, w.reply.confirmation_code, 9);
	q = by_account(&w, FED_OP_ADD, 0);
	memcpy(q.u.add.nonce, w.reply.nonce, 16);
	q.u.add.eid = eid;
	q.u.add.tac = fed_world_tac(FED_HOTSPOT);
	q.u.add.sw = "1";
	q.u.add.name = "Spot";
	return q;
}

static struct fed_request
event_of(uint64_t profile, enum fed_child_event event, const char *eid)
{
	struct fed_request q = by_network(&w, FED_OP_CHILD, 0);

	q.u.child.profile = profile;
	q.u.child.event = event;
	q.u.child.eid = eid;
	q.u.child.iccid = "89001018888888888888";
	q.u.child.imsi = "001018888888888";
	q.u.child.key_tag[0] = 0xCC;
	return q;
}

/* Two workers that have both read the rows: the changes of each; who commits second clashes. */
static unsigned
race(const struct fed_request *q, unsigned n)
{
	struct { struct rsp_ctx c; struct fed_changes changes; enum rsp_status st; } *workers = calloc(n, sizeof(*workers));
	struct fed_reply reply;
	unsigned won = 0;

	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(rsp_ctx_init(&workers[i].c, w.crypto, w.now), RSP_OK);
		workers[i].st = fed_handle(&workers[i].c, &w.lib, q, &workers[i].changes, &reply);
	}
	for (unsigned i = 0; i < n; i++) {
		if (workers[i].st == RSP_OK && workers[i].changes.n && w.memory.store.commit(w.memory.store.self, &workers[i].c, &workers[i].changes) == RSP_OK)
			won++;
		rsp_ctx_free(&workers[i].c);
	}
	free(workers);
	return won;
}

static void
n00_two_orders_for_one_device(void **state)
{
	char eid[33], code[9];
	struct fed_request q = agreed(700, eid, code);

	(void)state;
	assert_int_equal(race(&q, 2), 1);
	refused(q, FED_E_GONE);
}

static void
n02_a_secondary_does_not_promote_itself(void **state)
{
	struct fed_request q = by_member(&w, FED_OP_PROMOTE, phone, phone);

	(void)state;
	refused(q, FED_E_FORBID);
	q.u.promote.old_primary_proof = true;
	refused(q, FED_E_FORBID);
	q = by_account(&w, FED_OP_PROMOTE, phone);
	q.by.step_up = false;
	refused(q, FED_E_FORBID);
	refused(by_account(&w, FED_OP_PROMOTE, watch), FED_E_ELIG);
	q = by_member(&w, FED_OP_PATCH, watch, watch);   /* nor raises its cap */
	q.u.patch.what = FED_PATCH_CAP;
	q.u.patch.number = -1;
	refused(q, FED_E_FORBID);
	q = by_member(&w, FED_OP_INVITE, watch, 0);      /* nor invites */
	refused(q, FED_E_FORBID);
}

static void
n04_a_removed_child_is_nobody(void **state)
{
	struct fed_request q = by_account(&w, FED_OP_REMOVE, watch), old = by_member(&w, FED_OP_CONTACT, watch, watch);
	bool barred = false;

	(void)state;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	assert_int_equal(fed_world_profile(&w, watch)->state, FED_REVOKED);
	fed_world_deliver(&w);
	for (size_t i = 0; i < w.n_effects; i++)
		barred = barred || (w.effects[i].what.dest == FED_TO_HSS && w.effects[i].what.member == watch && strcmp(w.effects[i].what.what, "bar") == 0);
	assert_true(barred);
	q = by_network(&w, FED_OP_RESERVE, watch);
	q.u.reserve.ask = 1;
	refused(q, FED_E_DENIED);
	refused(old, FED_E_FORBID);
	refused(event_of(fed_world_member(&w, watch)->profile, FED_CHILD_ENABLED, NULL), FED_E_STATE);
	q = event_of(fed_world_member(&w, watch)->profile, FED_CHILD_DELETED, NULL);
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	q = by_network(&w, FED_OP_RESERVE, watch);
	q.u.reserve.ask = 1;
	refused(q, FED_E_UNKNOWN_USER);
}

static uint64_t
released(char eid[33], char code[9])
{
	struct fed_request q = agreed(701, eid, code);
	uint64_t profile, member;

	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	profile = w.reply.number;
	member = w.reply.member;
	for (int e = FED_CHILD_PERSONALISED; e <= FED_CHILD_ORDERED; e++) {
		q = event_of(profile, (enum fed_child_event)e, eid);
		assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	}
	refused(event_of(profile, FED_CHILD_RELEASED, eid), FED_E_CODE_MISSING);
	q = by_network(&w, FED_OP_CONFIRM, member);
	q.u.confirm.code = code;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	q = event_of(profile, FED_CHILD_RELEASED, eid);
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	return profile;
}

static void
n05_n23_a_code_on_another_eid(void **state)
{
	char eid[33], code[9];
	uint64_t profile = released(eid, code);
	const char *other = "89049032123451234512345678901235";

	(void)state;
	refused(event_of(profile, FED_CHILD_DOWNLOADED, other), FED_E_EID);
	assert_string_equal(w.c.error.subject, "8.1.1");
	assert_string_equal(w.c.error.reason, "3.8");
	refused(event_of(profile, FED_CHILD_DOWNLOADED, NULL), FED_E_EID);
	refused(event_of(profile, FED_CHILD_INSTALLED, other), FED_E_EID);
}

static void
n06_the_confirmation_code(void **state)
{
	char eid[33], code[9];
	struct fed_request q = agreed(702, eid, code);
	uint64_t member;

	(void)state;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	member = w.reply.member;
	q = by_network(&w, FED_OP_CONFIRM, member);
	refused(q, FED_E_CODE_MISSING);
	q.u.confirm.code = "wrong";
	for (int i = 0; i < 2; i++) {
		assert_int_equal(fed_world_call(&w, &q), RSP_OK);   /* counted */
		assert_int_equal(w.reply.code, FED_E_CODE_WRONG);
	}
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	assert_int_equal(w.reply.code, FED_E_CODE_USED_UP);
	assert_int_equal(fed_world_profile(&w, member)->state, FED_REVOKED);
	q.u.confirm.code = code;                                /* the right one, too late */
	refused(q, FED_E_PARAM);
}

static void
n07_consent(void **state)
{
	char eid[33], other[33], code[9];
	struct fed_request q = agreed(703, eid, code), r;

	(void)state;
	r = q;
	r.u.add.nonce[3] ^= 1;                  /* none */
	refused(r, FED_E_FORBID);
	r = q;
	fed_world_eid(&w, 704, other);
	r.u.add.eid = other;                    /* for another device */
	refused(r, FED_E_EID);
	r = q;
	r.u.add.tac = fed_world_tac(FED_LAPTOP);    /* for another category */
	refused(r, FED_E_EID);
	r = q;
	r.by.account = "bert";                  /* F35: a stranger's account */
	refused(r, FED_E_FORBID);
	r = q;
	r.op = FED_OP_REPLACE;                  /* for something else */
	refused(r, FED_E_FORBID);
	r = q;
	r.u.add.name = "Watch";                 /* F41 */
	refused(r, FED_E_CONFLICT);
	r.u.add.name = "a\nb";
	refused(r, FED_E_PARAM);
	w.now += 600;                           /* expired */
	refused(q, FED_E_GONE);
	w.now -= 600;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	refused(q, FED_E_GONE);                 /* used */
}

/* The same request again gets the same consent, and its code no second time. */
static void
a_code_is_shown_once(void **state)
{
	struct fed_request q = by_member(&w, FED_OP_INVITE, w.primary, 0);
	uint8_t nonce[16];
	char eid[33];

	(void)state;
	fed_world_eid(&w, 706, eid);
	q.u.invite.eid = eid;
	q.u.invite.category = FED_HOTSPOT;
	q.u.invite.cap = -1;
	q.key = 5;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	assert_int_equal(strlen(w.reply.confirmation_code), 8);
	memcpy(nonce, w.reply.nonce, 16);
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	assert_true(w.reply.again);
	assert_memory_equal(w.reply.nonce, nonce, 16);
	assert_string_equal(w.reply.confirmation_code, "");
	q.if_match = w.reply.rev + 1;   /* 1.1: another revision */
	q.key = 6;
	refused(q, FED_E_STALE);
	q.op = FED_OPS;
	q.if_match = 0;
	assert_int_equal(fed_world_call(&w, &q), RSP_REFUSED);
	assert_int_equal(w.reply.code, FED_E_OP);
}

static void
n14_a_hundred_promotions_at_once(void **state)
{
	struct fed_request q = by_operator(&w, FED_OP_PROMOTE, phone);

	(void)state;
	assert_int_equal(race(&q, 100), 1);
	refused(q, FED_E_CONFLICT);
	assert_true(fed_world_settle(&w));
	assert_int_equal(fed_world_fed(&w)->primary, phone);
}

static void
n15_promotion_of_what_closes(void **state)
{
	struct fed_request q = by_account(&w, FED_OP_DISSOLVE, 0);

	(void)state;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	refused(by_operator(&w, FED_OP_PROMOTE, phone), FED_E_STATE);
}

static void
n17_sixty_four_for_the_last_megabyte(void **state)
{
	struct fed_request q = by_operator(&w, FED_OP_QUOTA, 0);
	unsigned granted = 0;

	(void)state;
	w.lib.limits.floor_percent = 0;
	q.u.topup.bytes = 1600 * MB;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	while (fed_world_reserve(&w, w.primary, 100 * MB) == RSP_OK)
		assert_int_equal(fed_world_report(&w, w.reply.number, 1, w.reply.bytes, w.now, true), RSP_OK);
	q = by_account(&w, FED_OP_TOPUP, 0);
	q.u.topup.bytes = MB;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	for (unsigned i = 0; i < 64; i++) {
		q = by_network(&w, FED_OP_RESERVE, i % 2 ? w.primary : watch);
		q.u.reserve.ask = MB;
		q.key = 9000 + i % 32;   /* every second one is a retransmission */
		granted += race(&q, 8);
		assert_true(fed_world_pool(&w)->consumed + fed_world_pool(&w)->reserved <= fed_world_pool(&w)->quota + fed_world_pool(&w)->topup);
	}
	assert_int_equal(granted, 1);
}

static void
n18_more_than_was_granted(void **state)
{
	uint64_t ref;
	struct fed_request q;

	(void)state;
	assert_int_equal(fed_world_reserve(&w, watch, 10 * MB), RSP_OK);
	ref = w.reply.number;
	q = by_network(&w, FED_OP_REPORT, 0);
	q.u.report.ref = ref;
	q.u.report.event = w.now;
	q.u.report.bytes = -1;
	refused(q, FED_E_PARAM);
	q.u.report.bytes = INT64_MAX;
	refused(q, FED_E_PARAM);
	q.u.report.bytes = 1;
	q.u.report.event = w.now + 1;
	refused(q, FED_E_PARAM);
	q.u.report.event = w.now;
	q.u.report.ref = 424242;
	refused(q, FED_E_PARAM);
	assert_int_equal(fed_world_report(&w, ref, 7, 30 * MB, w.now, false), RSP_OK);   /* a gap before it: recorded */
	assert_int_equal(fed_world_pool(&w)->consumed, 10 * MB);
	assert_int_equal(fed_world_pool(&w)->overrun, 20 * MB);
	assert_int_equal(fed_world_report(&w, ref, 7, 30 * MB, w.now, false), RSP_OK);
	assert_true(w.reply.again);
	assert_int_equal(fed_world_pool(&w)->overrun, 20 * MB);
	q = by_network(&w, FED_OP_RESERVE, watch);
	q.u.reserve.ask = -5;
	refused(q, FED_E_PARAM);
}

static void
n21_a_cap_is_the_devices(void **state)
{
	char eid[33], code[9];
	struct fed_request q = agreed(705, eid, code);
	uint64_t first, second;

	(void)state;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	first = w.reply.member;
	fed_world_member(&w, first)->used = 60 * MB;   /* as if it had */
	fed_world_pool(&w)->consumed += 60 * MB;
	q = by_account(&w, FED_OP_REMOVE, first);
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	q = agreed(705, eid, code);
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	second = w.reply.member;
	assert_int_not_equal(second, first);
	assert_int_equal(fed_world_member(&w, second)->carried, 60 * MB);
	assert_int_equal(w.lib.rules.cap_left(NULL, fed_world_member(&w, second)), 10000000000 - 60 * MB);
}

static void
n22_two_cards_with_one_key(void **state)
{
	(void)state;
	assert_int_equal(fed_world_locate(&w, watch, "26201"), RSP_OK);
	w.now += 60;
	assert_int_equal(fed_world_locate(&w, watch, "44010"), RSP_OK);   /* Germany to Japan in a minute */
	w.now += 60;
	assert_int_equal(fed_world_locate(&w, watch, "26201"), RSP_OK);
	assert_int_equal(fed_world_member(&w, watch)->state, FED_MEMBER_ACTIVE);
	{
		struct fed_request q = by_network(&w, FED_OP_RESYNC, watch);

		assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	}
	assert_int_equal(fed_world_member(&w, watch)->state, FED_SUSPENDED);
	assert_null(fed_world_lease(&w, watch));
}

static void
n31_a_guessed_federation_is_anothers(void **state)
{
	uint64_t own = w.fed;
	struct fed_request q = by_account(&w, FED_OP_GATES, 0);
	struct fed_use *use;
	size_t n;

	(void)state;
	q.by.account = "bert";
	refused(q, FED_E_FORBID);
	q.fed = own + 2;
	refused(q, FED_E_FORBID);
	q.by.account = "bert";
	q.fed = own;
	assert_int_equal(fed_usage(&w.c, &w.lib, &q, &use, &n), RSP_REFUSED);
	q.fed = own + 2;
	assert_int_equal(fed_usage(&w.c, &w.lib, &q, &use, &n), RSP_REFUSED);
	assert_true(fed_world_federation(&w, "Example-EU"));    /* a primary's token is of its own federation only */
	q = by_member(&w, FED_OP_CONTACT, w.primary, w.primary);
	q.fed = own;
	q.by.member = q.member = 9999;
	refused(q, FED_E_FORBID);
}

static void
n34_an_audit_row_that_was_edited(void **state)
{
	struct fed_row *r = fed_world_row(&w, FED_AUDIT, 3);

	(void)state;
	assert_int_equal(fed_audit_verify(&w.c, &w.lib, w.fed), RSP_OK);
	r->as.audit.about++;
	assert_int_equal(fed_audit_verify(&w.c, &w.lib, w.fed), RSP_UNTRUSTED);
	r->as.audit.about--;
	assert_int_equal(fed_audit_verify(&w.c, &w.lib, w.fed), RSP_OK);
	fed_world_fed(&w)->audit_seq--;   /* the last one cut off */
	assert_int_equal(fed_audit_verify(&w.c, &w.lib, w.fed), RSP_UNTRUSTED);
	fed_world_fed(&w)->audit_seq += 2;   /* one that is not there */
	assert_int_equal(fed_audit_verify(&w.c, &w.lib, w.fed), RSP_UNTRUSTED);
}

static void
n35_what_is_frozen_issues_nothing(void **state)
{
	struct fed_request old = by_member(&w, FED_OP_CONTACT, phone, phone), q = by_operator(&w, FED_OP_FREEZE, 0);

	(void)state;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	refused(old, FED_E_FORBID);
	refused(by_member(&w, FED_OP_CONTACT, phone, phone), FED_E_FORBID);
	q = by_account(&w, FED_OP_INVITE, 0);
	refused(q, FED_E_STATE);
	q = by_network(&w, FED_OP_RESERVE, phone);
	q.u.reserve.ask = 1;
	refused(q, FED_E_DENIED);
	refused(by_account(&w, FED_OP_FREEZE, 0), FED_E_FORBID);
	q = by_operator(&w, FED_OP_THAW, 0);
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	refused(old, FED_E_FORBID);
	assert_int_equal(fed_world_contact(&w, phone), RSP_OK);
}

#define T(f) cmocka_unit_test_setup_teardown(f, open_world, close_world)
int
main(void)
{
	const struct CMUnitTest tests[] = {T(n00_two_orders_for_one_device), T(n02_a_secondary_does_not_promote_itself), T(n04_a_removed_child_is_nobody),
		T(n05_n23_a_code_on_another_eid), T(n06_the_confirmation_code), T(n07_consent), T(a_code_is_shown_once), T(n14_a_hundred_promotions_at_once),
		T(n15_promotion_of_what_closes), T(n17_sixty_four_for_the_last_megabyte), T(n18_more_than_was_granted), T(n21_a_cap_is_the_devices),
		T(n22_two_cards_with_one_key), T(n31_a_guessed_federation_is_anothers), T(n34_an_audit_row_that_was_edited),
		T(n35_what_is_frozen_issues_nothing)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
