// SPDX-License-Identifier: BSD-2-Clause
/* Power is cut between any two segments: nothing half installed, a signed result that says so, and the next try goes through (SGP.22 3.1.3). */
#include "support/steps.h"

#include "codec/es10.h"

static size_t
notifications(struct probe *p, size_t profiles)
{
	struct euicc_view v;

	assert_status(euicc_view(&p->scratch, lab_card_nvm(p->card), &v), RSP_OK);
	assert_int_equal(v.n_profiles, profiles);
	return v.n_notifications;
}

static enum order_state
order_state(struct probe *p, const uint8_t iccid[10])
{
	struct smdpp_store *s = lab_smdpp(p->lab)->store;
	struct smdpp_order o;
	bool found;

	assert_status(s->order_by_iccid(s->self, &p->scratch, iccid, &o, &found), RSP_OK);
	assert_true(found);
	return o.state;
}

static size_t
cut_after(struct probe *p, const struct smdpp_order *order, size_t taken)
{
	struct steps s;
	unsigned delivered, left;
	size_t i, n;

	steps_to_load(p, &s, order->matching_id);
	n = s.segments.n;
	for (i = 0; i < taken && i + 1 < n; i++)
		assert_string_equal(steps_verdict(p, s.segments.p[i]), "ok");
	assert_status(lab_card_power(p->lab, p->card), RSP_OK);
	p->card->lpa.channel.open = false;
	assert_int_equal(notifications(p, 0), taken ? 1 : 0);
	assert_status(lpa_begin(&p->card->lpa, &p->card->c), RSP_OK);
	assert_string_equal(steps_verdict(p, s.segments.p[taken]), "6985");
	assert_status(lpa_notify_all(&p->card->lpa, &p->card->c, &delivered, &left), RSP_OK);
	assert_int_equal(delivered, taken ? 1 : 0);
	lpa_end(&p->card->lpa, &p->card->c);
	assert_int_equal(order_state(p, order->iccid), taken ? ORDER_RELEASED : ORDER_DOWNLOADED);
	return n;
}

static void
power_cut_between_any_two_segments(void **state)
{
	const struct lab_options o = {.seed = "power", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_order order;
	struct probe p;
	size_t taken, n = 1;
	char *code;

	probe_open(&p, c, &o);
	lab_smdpp(p.lab)->limits.downloads = 0;
	code = probe_order(&p, c, &(struct order_request){.release = true}, &order);
	for (taken = 0; taken < n; taken++) {
		n = cut_after(&p, &order, taken) - 1;
		rsp_ctx_reset(&p.card->c);
		rsp_ctx_reset(&p.scratch);
	}
	assert_true(n > 4);
	if (probe_download(&p, code, NULL) != RSP_OK)
		fail_msg("after all the cuts: %s", p.card->c.error.text);
	assert_int_equal(order_state(&p, order.iccid), ORDER_INSTALLED);
	assert_int_equal(notifications(&p, 1), 0);
	probe_close(&p);
}

/* What was answered is there after power returns: profile, its state, and every notification not yet delivered. */
static void
what_was_answered_outlives_power(void **state)
{
	const struct lab_options o = {.seed = "power 2", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct profile_choice choice;
	struct smdpp_order order;
	struct euicc_view v;
	struct probe p;
	char *code, *before;

	probe_open(&p, c, &o);
	code = probe_order(&p, c, &(struct order_request){.release = true}, &order);
	assert_status(probe_download(&p, code, NULL), RSP_OK);
	choice = (struct profile_choice){.iccid = bytes_of(order.iccid, 10)};
	assert_status(lpa_begin(&p.card->lpa, &p.card->c), RSP_OK);
	assert_status(lpa_nickname(&p.card->lpa, &p.card->c, choice.iccid, "power"), RSP_OK);
	assert_status(lpa_enable(&p.card->lpa, &p.card->c, &choice), RSP_OK);
	before = probe_card(&p, c);
	assert_status(lab_card_power(p.lab, p.card), RSP_OK);
	p.card->lpa.channel.open = false;
	assert_string_equal(probe_card(&p, c), before);
	assert_status(euicc_view(c, lab_card_nvm(p.card), &v), RSP_OK);
	assert_int_equal(v.n_profiles, 1);
	assert_true(v.profile[0].enabled);
	assert_string_equal(v.profile[0].nickname, "power");
	assert_int_equal(v.n_notifications, 1);
	/* a second, identical download is refused before anything is fetched */
	assert_status(probe_download(&p, code, NULL), RSP_REFUSED);
	assert_int_equal(notifications(&p, 1), 1);
	probe_close(&p);
}

/* The package of one session is worth nothing in another. */
static void
a_package_replayed_is_refused(void **state)
{
	const struct lab_options o = {.seed = "replay", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_order order;
	struct steps first, second;
	struct probe p;
	size_t i;

	probe_open(&p, c, &o);
	probe_order(&p, c, &(struct order_request){.release = true}, &order);
	steps_to_load(&p, &first, order.matching_id);
	lpa_end(&p.card->lpa, &p.card->c);
	steps_to_load(&p, &second, order.matching_id);
	assert_string_equal(steps_verdict(&p, first.segments.p[0]), "0/3");      /* another session's transactionId */
	for (i = 0; i < second.segments.n; i++)
		assert_string_equal(steps_verdict(&p, second.segments.p[i]), "6985");
	lpa_end(&p.card->lpa, &p.card->c);
	assert_int_equal(notifications(&p, 0), 1);
	probe_close(&p);
}

/* An installation that the LPA gives up: by a new challenge it is told as interrupted, by CancelSession with what that signs and no more. */
static void
an_installation_that_is_given_up_is_told_once(void **state)
{
	const struct lab_options o = {.seed = "given up", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct cancel_session_req cancel = {.reason = CANCEL_LOAD_BPP_ERROR};
	struct smdpp_order order;
	struct buf b = BUF_INIT;
	struct bytes command, answer;
	struct steps s;
	struct probe p;
	int by_cancel;

	probe_open(&p, c, &o);
	probe_order(&p, c, &(struct order_request){.release = true}, &order);
	for (by_cancel = 0; by_cancel < 2; by_cancel++) {
		steps_to_load(&p, &s, order.matching_id);
		assert_string_equal(steps_verdict(&p, s.segments.p[0]), "ok");
		cancel.transaction_id = s.initiated.transaction_id;
		if (by_cancel)
			es10_write_cancel_session_req(&b, &cancel);
		else
			buf_add(&b, unhex(c, "BF2E00"));
		assert_status(buf_finish(&b, c, &command), RSP_OK);
		assert_int_equal(steps_es10(&p, command, &answer), 0x9000);
		assert_int_equal(notifications(&p, 0), 1);
		lpa_end(&p.card->lpa, &p.card->c);
		assert_status(lab_card_power(p.lab, p.card), RSP_OK);
		assert_int_equal(notifications(&p, 0), 1);
	}
	probe_close(&p);
}

/* Servers that cut too long: a card of the specification refuses, a lenient one installs. */
static void
long_segments_are_for_lenient_cards(void **state)
{
	static const struct { bool lenient, ppk; } rows[] = {{false, true}, {false, false}, {true, true}, {true, false}}, *row;

	FOR_EACH_ROW(rows, row) {
		const struct lab_options o = {.seed = "long", .clock = TEST_NOW, .only_curve = true, .lenient_segments = row->lenient};
		struct rsp_ctx *c = fresh_ctx(state);
		struct smdpp_order order;
		const char *verdict = "ok";
		struct steps s;
		struct probe p;
		size_t i, longest = 0;

		probe_open(&p, c, &o);
		lab_smdpp(p.lab)->long_segments = true;
		lab_smdpp(p.lab)->ppk = row->ppk;
		probe_order(&p, c, &(struct order_request){.release = true}, &order);
		steps_to_load(&p, &s, order.matching_id);
		for (i = 0; i < s.segments.n && strcmp(verdict, "ok") == 0; i++) {
			longest = s.segments.p[i].n > longest ? s.segments.p[i].n : longest;
			verdict = steps_verdict(&p, s.segments.p[i]);
		}
		assert_int_equal(longest, 1036);
		assert_string_equal(verdict, row->lenient ? "installed" : "5/7");
		assert_int_equal(notifications(&p, row->lenient), 1);
		lpa_end(&p.card->lpa, &p.card->c);
		probe_close(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(power_cut_between_any_two_segments),
		cmocka_unit_test(what_was_answered_outlives_power),
		cmocka_unit_test(an_installation_that_is_given_up_is_told_once),
		cmocka_unit_test(a_package_replayed_is_refused),
		cmocka_unit_test(long_segments_are_for_lenient_cards),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
