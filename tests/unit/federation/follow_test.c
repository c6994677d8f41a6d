// SPDX-License-Identifier: BSD-2-Clause
/* Following the primary, what is shared where, and who may join: rules over the carriers' tables. */
#include "support/test.h"

#include "support/fed_world.h"

static struct fed_world w;
static uint64_t phone, watch, laptop, hotspot;

static int
open_world(void **state)
{
	(void)state;
	fed_world_open(&w, "follow");
	assert_true(fed_world_federation(&w, "Example-EU"));
	assert_true((phone = fed_world_child(&w, FED_FLAGSHIP, "Second")));
	assert_true((watch = fed_world_child(&w, FED_WATCH, "Watch")));
	assert_true((laptop = fed_world_child(&w, FED_LAPTOP, "Book")));
	assert_true((hotspot = fed_world_child(&w, FED_HOTSPOT, "Spot")));
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

static enum fed_follow
state_of(uint64_t member)
{
	return fed_world_follower(&w, member)->as.follower.state;
}

static void
go(int64_t seconds)
{
	w.now += seconds;
	assert_true(fed_world_settle(&w));
}

/* The last that was steered, for this device: "" nothing. */
static const char *
steered_to(uint64_t member)
{
	const char *plmn = "";

	fed_world_deliver(&w);
	for (size_t i = 0; i < w.n_effects; i++)
		if (w.effects[i].what.dest == FED_TO_STEER && w.effects[i].what.member == member)
			plmn = w.effects[i].what.text;
	return plmn;
}

/* F33, F09: the dear 44020 for the watch, the primary on the cheap 44010; 180 s. */
static void
the_watch_follows_to_the_cheap_network(void **state)
{
	(void)state;
	assert_int_equal(fed_world_locate(&w, watch, "44020"), RSP_OK);
	assert_int_equal(fed_world_locate(&w, w.primary, "44010"), RSP_OK);
	assert_int_equal(state_of(watch), FED_STEERING);
	assert_int_equal(fed_world_follower(&w, watch)->as.follower.deadline, w.now + 180);
	assert_string_equal(steered_to(watch), "44010");
	go(100);
	assert_int_equal(fed_world_locate(&w, watch, "44010"), RSP_OK);
	assert_int_equal(state_of(watch), FED_FOLLOWED);
	assert_int_equal(fed_world_follower(&w, watch)->as.follower.acked, fed_world_row(&w, FED_ROAMING, 0)->as.roaming.epoch);
	go(1000);
	assert_int_equal(state_of(watch), FED_FOLLOWED);
}

/* The primary itself is led to the cheapest; the one without data is passed over though it costs least. */
static void
the_choice_is_by_cost_among_what_is_allowed(void **state)
{
	(void)state;
	assert_int_equal(fed_world_locate(&w, w.primary, "44020"), RSP_OK);
	assert_string_equal(fed_world_row(&w, FED_ROAMING, 0)->as.roaming.plmn, "44010");
	assert_string_equal(steered_to(w.primary), "44010");
}

/* F68, F69 */
static void
a_missed_deadline_is_told_and_tried_again(void **state)
{
	struct fed_request q;
	uint64_t epoch;

	(void)state;
	assert_int_equal(fed_world_locate(&w, w.primary, "44010"), RSP_OK);
	assert_int_equal(fed_world_locate(&w, watch, "44020"), RSP_OK);
	epoch = fed_world_follower(&w, watch)->as.follower.target;
	go(179);
	assert_int_equal(state_of(watch), FED_STEERING);
	go(1);
	assert_int_equal(state_of(watch), FED_MISSED);
	go(10);
	q = by_network(&w, FED_OP_RETRY, watch);
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	assert_int_equal(state_of(watch), FED_STEERING);
	assert_int_equal(fed_world_follower(&w, watch)->as.follower.target, epoch);
	assert_int_equal(fed_world_locate(&w, watch, "44010"), RSP_OK);
	assert_int_equal(state_of(watch), FED_FOLLOWED);
}

/* F81, N27 */
static void
by_hand_it_is_five_minutes(void **state)
{
	struct fed_request q = by_member(&w, FED_OP_SELECT, w.primary, 0);

	(void)state;
	assert_int_equal(fed_world_locate(&w, w.primary, "44010"), RSP_OK);
	assert_int_equal(fed_world_locate(&w, watch, "44010"), RSP_OK);
	q.u.select.mode = FED_MANUAL;
	q.u.select.plmn = "44099";   /* no agreement */
	assert_int_equal(fed_world_call(&w, &q), RSP_REFUSED);
	assert_int_equal(w.reply.code, FED_E_STATE);
	q.u.select.plmn = "20810";   /* another country */
	assert_int_equal(fed_world_call(&w, &q), RSP_REFUSED);
	q.u.select.plmn = "44020";
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	assert_int_equal(fed_world_follower(&w, watch)->as.follower.deadline, w.now + 300);
	assert_string_equal(steered_to(watch), "44020");
	q = by_member(&w, FED_OP_SELECT, watch, 0);
	q.u.select.mode = FED_AUTO;
	assert_int_equal(fed_world_call(&w, &q), RSP_REFUSED);
	assert_int_equal(w.reply.code, FED_E_FORBID);
}

static void
who_is_elsewhere_is_not_steered(void **state)
{
	(void)state;
	assert_int_equal(fed_world_locate(&w, watch, "26201"), RSP_OK);
	assert_int_equal(fed_world_locate(&w, w.primary, "44010"), RSP_OK);
	assert_int_equal(state_of(watch), FED_DETACHED_POLICY);
	assert_string_equal(steered_to(watch), "");
}

/* F70 */
static void
a_laptops_first_visit_is_by_hand(void **state)
{
	(void)state;
	assert_int_equal(fed_world_locate(&w, w.primary, "44010"), RSP_OK);
	assert_int_equal(fed_world_locate(&w, laptop, "44020"), RSP_OK);
	assert_int_equal(state_of(laptop), FED_MANUAL_PENDING);
	go(1000);
	assert_int_equal(fed_world_locate(&w, laptop, "44010"), RSP_OK);
	assert_int_equal(state_of(laptop), FED_FOLLOWED);
	go(1000);
	assert_int_equal(fed_world_locate(&w, laptop, "26201"), RSP_OK);
	go(1000);
	assert_int_equal(fed_world_locate(&w, laptop, "44020"), RSP_OK);
	assert_int_equal(state_of(laptop), FED_STEERING);
}

/* F34: the same outage; the laptop goes its own way, the watch waits, and then is for emergencies only. */
static void
without_the_primary_alone_or_waiting(void **state)
{
	struct fed_request q = by_account(&w, FED_OP_PATCH, watch);

	(void)state;
	q.u.patch.what = FED_PATCH_FALLBACK;
	q.u.patch.number = FED_WAIT;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	assert_int_equal(fed_world_locate(&w, w.primary, "44010"), RSP_OK);
	assert_int_equal(fed_world_locate(&w, watch, "44010"), RSP_OK);
	assert_int_equal(fed_world_locate(&w, phone, "44010"), RSP_OK);
	q = by_network(&w, FED_OP_REACH, 0);
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	assert_int_equal(state_of(phone), FED_IDLE);
	assert_int_equal(state_of(watch), FED_HOLDING);
	go(1799);
	assert_int_equal(state_of(watch), FED_HOLDING);
	go(1);
	assert_int_equal(state_of(watch), FED_IDLE);
	assert_true(fed_world_follower(&w, watch)->as.follower.emergency);
	q.u.reach.reachable = true;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	assert_int_equal(state_of(watch), FED_FOLLOWED);
}

/* F45, F46, F57, I16, I17: DE and FR share, JP has data alone; DATA_ONLY and a hotspot are never called. */
static void
sharing_follows_the_agreements(void **state)
{
	struct fed_request q = by_account(&w, FED_OP_PATCH, watch);

	(void)state;
	assert_true(fed_world_member(&w, watch)->forked);
	assert_false(fed_world_member(&w, hotspot)->forked);
	assert_int_equal(fed_world_locate(&w, watch, "20810"), RSP_OK);
	assert_true(fed_world_member(&w, watch)->forked);
	go(86400);
	assert_int_equal(fed_world_locate(&w, watch, "44010"), RSP_OK);
	assert_false(fed_world_member(&w, watch)->forked);
	assert_int_equal(fed_world_reserve(&w, watch, 1000), RSP_OK);
	go(86400 - 4000);
	assert_int_equal(fed_world_locate(&w, watch, "26201"), RSP_OK);
	assert_true(fed_world_member(&w, watch)->forked);
	q.u.patch.what = FED_PATCH_MODE;
	q.u.patch.number = FED_DATA_ONLY;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	assert_false(fed_world_member(&w, watch)->forked);
	assert_int_equal(fed_world_reserve(&w, watch, 1000), RSP_OK);
	q.u.patch.number = FED_WIFI_ONLY;   /* F73: until then, and no longer */
	q.u.patch.until = w.now + 500;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	assert_int_equal(fed_world_reserve(&w, watch, 1000), RSP_REFUSED);
	go(500);
	assert_int_equal(fed_world_reserve(&w, watch, 1000), RSP_OK);
	assert_true(fed_world_member(&w, watch)->forked);
}

/* An agreement that ends takes the calls with it, at the next thing that happens. */
static void
an_agreement_ends(void **state)
{
	(void)state;
	assert_int_equal(fed_world_locate(&w, watch, "23410"), RSP_OK);
	assert_true(fed_world_member(&w, watch)->forked);
	for (size_t i = 0; i < w.facts.n_agreements; i++)
		if (strcmp(w.facts.agreements[i].mcc, "234") == 0)
			w.facts.agreements[i].to = w.now + 100;
	go(99);
	assert_int_equal(fed_world_contact(&w, phone), RSP_OK);
	assert_true(fed_world_member(&w, watch)->forked);
	go(1);
	assert_int_equal(fed_world_contact(&w, phone), RSP_OK);
	assert_false(fed_world_member(&w, watch)->forked);
	assert_int_equal(fed_world_reserve(&w, watch, 1000), RSP_REFUSED);
}

/* F04: no row, no data. */
static void
an_unknown_country_has_no_data(void **state)
{
	(void)state;
	assert_int_equal(fed_world_locate(&w, watch, "99901"), RSP_OK);
	assert_int_equal(fed_world_reserve(&w, watch, 1000), RSP_REFUSED);
	assert_int_equal(w.reply.code, FED_E_DENIED);
}

/* ---- who may join: F24, F27, F14, F29, F56, F58 ---- */

static bool
invitable(enum fed_category category)
{
	struct fed_request q = by_member(&w, FED_OP_INVITE, w.primary, 0);
	char eid[33];

	fed_world_eid(&w, 900, eid);
	q.u.invite.eid = eid;
	q.u.invite.category = category;
	q.u.invite.cap = -1;
	return fed_world_call(&w, &q) == RSP_OK;
}

static void
both_gates_are_needed(void **state)
{
	(void)state;
	for (unsigned row = 0; row < 4; row++) {
		struct fed_request q = by_member(&w, FED_OP_GATES, w.primary, 0);

		q.u.gates.sharing = row & 1;
		q.u.gates.allow_others = row >> 1;
		q.u.gates.categories = 1u << FED_WATCH;
		assert_int_equal(fed_world_call(&w, &q), RSP_OK);
		assert_int_equal(invitable(FED_WATCH), row == 3);
		if (row != 3)
			assert_int_equal(w.reply.code, FED_E_FORBID);
	}
	assert_false(invitable(FED_LAPTOP));   /* its bit is not set; the laptop that is in stays */
	assert_int_equal(w.reply.code, FED_E_ELIG);
	assert_int_equal(fed_world_member(&w, laptop)->state, FED_MEMBER_ACTIVE);
}

static void
carriers_differ(void **state)
{
	(void)state;
	assert_false(invitable(FED_TABLET));
	assert_true(invitable(FED_LAPTOP));
	assert_true(fed_world_federation(&w, "Example-US"));
	assert_true(invitable(FED_TABLET));
	assert_false(invitable(FED_MIDRANGE));
	assert_int_equal(fed_world_locate(&w, w.primary, "44010"), RSP_OK);   /* F56: not from abroad */
	assert_int_equal(fed_world_child(&w, FED_WATCH, "Watch"), 0);
	assert_int_equal(w.reply.code, FED_E_STATE);
	assert_true(fed_world_federation(&w, "Example-Travel"));
	watch = fed_world_child(&w, FED_WATCH, "Watch");
	assert_int_equal(fed_world_member(&w, watch)->number, FED_NUMBER_NONE);
	assert_int_equal(fed_world_federation(&w, "Example-Watch"), 0);       /* F19 */
	assert_int_equal(w.reply.code, FED_E_ELIG);
	assert_int_equal(fed_world_federation(&w, "Nobody"), 0);
}

/* ---- the tables ---- */

#define CARRIERS "carrier|host|home|region|federation|midrange|tablet|laptop|remote_promote|before_departure|numbers|quota|cycle\n"

static void
facts_are_read_strictly(void **state)
{
	struct rsp_ctx *c = &w.keep;
	struct bytes good[4];
	static const char *const names[4] = {"categories", "carriers", "agreements", "models"};
	static const struct { int table; const char *text; } bad[] = {   /* '|' stands for a tab */
		{0, ""}, {0, "category\n"}, {1, "carrier|host\n"}, {3, "tac|model|min_sw|category\n1|x\n"}, {3, "tac|model|min_sw|category\n1|x|-|fridge\n"},
		{3, "tac|model|min_sw|category\n1234567890|x|-|watch\n"}, {3, "tac|model|min_sw|colour\n"},
		{1, CARRIERS "A|B|-|-|yes|no|no|no|no|no|no|1|1\nB|A|-|-|yes|no|no|no|no|no|no|1|1\n"},   /* F59: a circle */
		{1, CARRIERS "A|-|26x|-|yes|no|no|no|no|no|no|1|1\n"}, {1, CARRIERS "A|-|262|-|maybe|no|no|no|no|no|no|1|1\n"},
		{1, CARRIERS "A|-|262|-|yes|no|no|no|no|no|no|-1|1\n"},
	};

	(void)state;
	for (int i = 0; i < 4; i++)
		good[i] = read_whole(c, rsp_sprintf(c, "tools/share/federation/%s.tsv", names[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bytes t[4] = {good[0], good[1], good[2], good[3]};
		struct fed_facts f;
		char *text = rsp_strdup(c, bad[i].text);

		for (char *at = text; (at = strchr(at, '|'));)
			*at = '\t';
		t[bad[i].table] = bytes_of_str(text);
		if (fed_facts_read(c, t[0], t[1], t[2], t[3], &f) != RSP_MALFORMED)
			fail_msg("taken: %s", bad[i].text);
		c->error = (struct rsp_error){0};
	}
}

/* F23, F59: 195 countries; a carrier without rows has its host's. */
static void
agreements_of_the_world(void **state)
{
	const struct fed_carrier *us = fed_carrier(&w.facts, "Example-US"), *hosted = fed_carrier(&w.facts, "Example-Watch");
	unsigned countries = 0, shared = 0;
	char mcc[12];

	(void)state;
	for (int i = 200; i < 800; i++) {
		snprintf(mcc, sizeof(mcc), "%d", i);
		countries += fed_has_right(&w.facts, us, mcc, FED_RIGHT_DATA, w.now);
		shared += fed_has_right(&w.facts, us, mcc, FED_RIGHT_VOICE, w.now) && !fed_at_home(&w.facts, us, mcc);
		assert_int_equal(fed_has_right(&w.facts, hosted, mcc, FED_RIGHT_VOICE, w.now), fed_has_right(&w.facts, us, mcc, FED_RIGHT_VOICE, w.now));
	}
	assert_true(countries >= 190);
	assert_int_equal(shared, 40);
	assert_false(fed_has_right(&w.facts, us, "000", FED_RIGHT_DATA, w.now));
	assert_false(fed_plmn_allowed(&w.facts, us, "44099", w.now));
}

/* F30 */
static void
software_is_new_enough_or_not(void **state)
{
	static const struct { const char *min, *sw; bool good; } rows[] = {
		{"18.2", "18.2", true}, {"18.2", "18.1", false}, {"18.2", "18.10", true}, {"18.2", "18", false}, {"18.2", "17.9", false}, {"18.2", "19", true},
		{"15", "15", true}, {"15", "15.0.1", true}, {"15", "14.9", false}, {"15", "", false}, {"15", NULL, false}, {"15", "beta", false},
		{"", NULL, true}, {"", "1", true}, {"18.0", "18", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fed_model m = {.category = FED_FLAGSHIP};

		snprintf(m.min_sw, sizeof(m.min_sw), "%s", rows[i].min);
		if (fed_sw_allowed(&m, rows[i].sw) != rows[i].good)
			fail_msg("%s for %s", rows[i].sw ? rows[i].sw : "none", rows[i].min);
	}
}

/* F84: each fault is named, in the order of the table. */
static void
diagnosis_names_the_first_fault(void **state)
{
	const char *failing = "";
	struct fed_request q = by_account(&w, FED_OP_PATCH, watch);

	(void)state;
	assert_int_equal(fed_diagnose(&w.c, &w.lib, w.fed, watch, &failing), RSP_OK);
	assert_string_equal(failing, "");
	assert_int_equal(fed_world_locate(&w, watch, "99901"), RSP_OK);
	assert_int_equal(fed_diagnose(&w.c, &w.lib, w.fed, watch, &failing), RSP_OK);
	assert_string_equal(failing, "right");
	q.u.patch.what = FED_PATCH_MODE;
	q.u.patch.number = FED_WIFI_ONLY;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	assert_int_equal(fed_diagnose(&w.c, &w.lib, w.fed, watch, &failing), RSP_OK);
	assert_string_equal(failing, "mode");
	q = by_account(&w, FED_OP_SUSPEND, watch);
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	assert_int_equal(fed_diagnose(&w.c, &w.lib, w.fed, watch, &failing), RSP_OK);
	assert_string_equal(failing, "active");
	assert_int_equal(fed_diagnose(&w.c, &w.lib, w.fed, 777, &failing), RSP_OK);
	assert_string_equal(failing, "member");
}

/* F05 */
static void
an_epoch_that_has_not_been_is_not_acked(void **state)
{
	struct fed_request q = by_account(&w, FED_OP_SYNC, 0);

	(void)state;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	q = by_member(&w, FED_OP_ACK, watch, watch);
	q.u.ack.epoch = 2;
	assert_int_equal(fed_world_call(&w, &q), RSP_REFUSED);
	assert_int_equal(w.reply.code, FED_E_STALE);
	q.u.ack.epoch = 1;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	assert_int_equal(fed_world_profile(&w, watch)->ack_epoch, 1);
	q = by_account(&w, FED_OP_SYNC, 0);   /* a new template: what is enabled serves, and is to be issued again */
	q.u.sync.structural = true;
	assert_int_equal(fed_world_call(&w, &q), RSP_OK);
	assert_int_equal(fed_world_profile(&w, watch)->state, FED_STALE);
	assert_int_equal(fed_world_reserve(&w, watch, 1000), RSP_OK);
	q = by_member(&w, FED_OP_ACK, phone, watch);   /* of another member: N27 */
	q.u.ack.epoch = 1;
	assert_int_equal(fed_world_call(&w, &q), RSP_REFUSED);
}

/* An effect may be sent twice; its number says that it is the same. */
static void
an_effect_keeps_its_number(void **state)
{
	bool taken, seen = false;

	(void)state;
	assert_int_equal(fed_world_locate(&w, w.primary, "44020"), RSP_OK);
	for (size_t i = 0; i < w.memory.n_live; i++)
		if (w.memory.rows[w.memory.live[i]]->kind == FED_OUTBOX)
			assert_int_equal(fed_send(&w.c, &w.ports, w.memory.rows[w.memory.live[i]], &taken), RSP_OK);
	fed_world_deliver(&w);
	for (size_t i = 0; i < w.n_effects; i++)
		seen = seen || w.effects[i].times == 2;
	assert_true(seen);
}

/* F88: without keys and codes. */
static void
export_is_json_without_secrets(void **state)
{
	struct fed_request q = by_account(&w, FED_OP_TICK, 0);
	struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(fed_export(&w.c, &w.lib, &q, &b), RSP_OK);
	buf_u8(&b, 0);
	assert_non_null(strstr((char *)b.p, "\"friendly_name\":\"Watch\""));
	assert_null(strstr((char *)b.p, fed_world_profile(&w, watch)->imsi));
	buf_free(&b);
	q = by_member(&w, FED_OP_TICK, watch, 0);
	assert_int_equal(fed_export(&w.c, &w.lib, &q, &b), RSP_REFUSED);
	buf_free(&b);
}

#define T(f) cmocka_unit_test_setup_teardown(f, open_world, close_world)
int
main(void)
{
	const struct CMUnitTest tests[] = {T(the_watch_follows_to_the_cheap_network), T(the_choice_is_by_cost_among_what_is_allowed),
		T(a_missed_deadline_is_told_and_tried_again), T(by_hand_it_is_five_minutes), T(who_is_elsewhere_is_not_steered), T(a_laptops_first_visit_is_by_hand),
		T(without_the_primary_alone_or_waiting), T(sharing_follows_the_agreements), T(an_unknown_country_has_no_data), T(an_agreement_ends), T(both_gates_are_needed),
		T(carriers_differ), T(facts_are_read_strictly), T(agreements_of_the_world), T(software_is_new_enough_or_not),
		T(diagnosis_names_the_first_fault), T(an_epoch_that_has_not_been_is_not_acked),
		T(an_effect_keeps_its_number), T(export_is_json_without_secrets)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
