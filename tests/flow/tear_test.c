// SPDX-License-Identifier: BSD-2-Clause
/*
 * Power is cut at every write to the card's memory and behind it, and after every APDU: what is there afterwards is the card before the command or after it, and
 * a download that was cut says so (SGP.22 3.1.3, 5.7.6).
 */
#include "support/bare.h"
#include "support/steps.h"
#include "support/tear.h"

static const struct store_metadata told = {.profile_class = -1, .notifications = {{15, {(const uint8_t *)"dp", 2}}, {15, {(const uint8_t *)"op", 2}}},
	.n_notifications = 2};

#define PIN_0000 "30303030FFFFFFFF"
#define PIN_1111 "31313131FFFFFFFF"

/* One command and what has to be there before it: ES10 in hex, or APDUs with blanks between. */
static const struct { const char *name, *es10, *apdus; } jobs[] = {
	{"enable", "BF3111A00C5A0A980001000000000000F1810100", NULL},
	{"enable with refresh", "BF3111A00C5A0A980001000000000000F18101FF", NULL},
	{"disable", "BF3211A00C5A0A980001000000000000F0810100", NULL},
	{"delete", "BF330C5A0A980001000000000000F1", NULL},
	{"memory reset", "BF3404820205E0", NULL},
	{"nickname", "BF29115A0A980001000000000000F090036E6577", NULL},
	{"notification sent", "BF3003800100", NULL},
	{"default SM-DP+", "BF3F0480026470", NULL},
	{"PIN changed", NULL, "0024000110" PIN_0000 PIN_1111},
	{"PIN wrong", NULL, "0020000108" PIN_1111},
	{"PIN disabled", NULL, "0026000108" PIN_0000},
};
#define JOBS (sizeof(jobs) / sizeof(jobs[0]))

static enum rsp_status
run(struct bare *b, size_t job)
{
	struct bytes answer;
	const char *p;
	char one[200];
	unsigned sw;
	enum rsp_status st = RSP_OK;

	if (jobs[job].es10)
		return euicc_es10(b->e, b->c, unhex(b->c, jobs[job].es10), &answer, &sw);
	for (p = jobs[job].apdus; st == RSP_OK && *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		snprintf(one, sizeof(one), "%.*s", (int)n, p);
		st = euicc_transmit(b->e, b->c, unhex(b->c, one), &answer);
		p += n;
	}
	return st;
}

/* A try at the PIN is counted before the comparison, so that pulling the card gives none for nothing; the PIN is the old one or the new one, or off. */
static bool
pin_is_whole(struct bare *b, const char *name)
{
	return strncmp(name, "PIN", 3) == 0 && (bare_apdu(b, "0020000108" PIN_0000, NULL) == 0x9000 || bare_apdu(b, "0020000108" PIN_1111, NULL) == 0x9000 ||
		bare_apdu(b, "00200001", NULL) == 0x6984);
}

/* The same card again, as it was before the job. */
static void
begin_again(struct bare *b, struct tear *t)
{
	tear_mend(t);
	b->c->error = (struct rsp_error){0};
	tear_restore(t, b->c);
	bare_power(b);
}

static void
cut_everywhere(struct bare *b, struct tear *t, size_t job)
{
	char *before = tear_digest(t, b->c), *after, *between;
	unsigned writes, at, changed = 0;
	int behind;

	tear_arm(t, 0, false);
	if (run(b, job) != RSP_OK)
		fail_msg("%s: %s", jobs[job].name, b->c->error.text);
	writes = t->writes;
	after = tear_digest(t, b->c);
	for (at = 1; at <= writes; at++)
		for (behind = 0; behind < 2; behind++) {
			begin_again(b, t);
			assert_string_equal(tear_digest(t, b->c), before);
			tear_arm(t, at, behind);
			assert_status(run(b, job), RSP_IO);
			tear_mend(t);
			b->c->error = (struct rsp_error){0};
			bare_power(b);
			between = tear_digest(t, b->c);
			if (strcmp(between, before) != 0 && strcmp(between, after) != 0 && !pin_is_whole(b, jobs[job].name))
				fail_msg("%s, write %u of %u%s: neither the old card nor the new one", jobs[job].name, at, writes, behind ? ", behind it" : "");
			changed += strcmp(between, before) != 0;
		}
	if (strcmp(before, after) != 0)
		assert_true(writes && changed);
	begin_again(b, t);
}

static void
power_is_cut_at_every_write_of_a_command(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct tear t;
	struct bare b;
	size_t job;

	bare_open(&b, c, NULL);
	assert_status(bare_install(&b, 0, &told, NULL), RSP_OK);
	assert_status(bare_install(&b, 1, &told, NULL), RSP_OK);
	assert_int_equal(bare_switch(&b, 0xBF31, 0, false), 0);
	tear_open(&t, image_nvm(b.image));
	tear_keep(&t);
	for (job = 0; job < JOBS; job++)
		cut_everywhere(&b, &t, job);
	tear_close(&t);
	bare_close(&b);
}

/* ---- a download ---- */

struct cut { struct tear t; struct probe p; struct smdpp_order order; unsigned apdus, last; };

/* After the last APDU the card does not hear any more. */
static enum rsp_status
transmit(void *self, struct rsp_ctx *c, struct bytes command, struct bytes *response)
{
	struct cut *k = self;

	if (k->t.dead || (k->last && k->apdus >= k->last)) {
		k->t.dead = true;
		return rsp_fail(c, RSP_IO, "the card has no power");
	}
	k->apdus++;
	return k->p.real_apdu->transmit(k->p.real_apdu->self, c, command, response);
}

/* Load until something fails; how many writes, and APDUs, there were. */
static void
load(struct cut *k, struct steps *s, unsigned at, bool behind, unsigned last)
{
	struct bytes answer;
	unsigned sw;
	size_t i;
	enum rsp_status st = RSP_OK;

	tear_arm(&k->t, at, behind);
	k->apdus = 0;
	k->last = last;
	for (i = 0; st == RSP_OK && i < s->segments.n; i++)
		st = apdu_store_data(&k->p.card->lpa.channel, &k->p.scratch, s->segments.p[i], &answer, &sw);
	k->last = 0;
	k->p.card->lpa.channel.open = false;
}

/* Nothing, or the whole profile; and a result that says which. */
static bool
check_state(struct cut *k)
{
	struct retrieve_notifications_req all = {0};
	struct bytes_list list;
	struct buf b = BUF_INIT;
	struct bytes command, answer;
	struct euicc_view v;
	struct pir pir;
	size_t i;

	assert_status(euicc_view(&k->p.scratch, lab_card_nvm(k->p.card), &v), RSP_OK);
	assert_true(v.n_profiles <= 1);
	assert_status(lpa_begin(&k->p.card->lpa, &k->p.card->c), RSP_OK);
	es10_write_retrieve_notifications_req(&b, &all);
	assert_status(buf_finish(&b, &k->p.scratch, &command), RSP_OK);
	assert_int_equal(steps_es10(&k->p, command, &answer), 0x9000);
	assert_status(es10_read_retrieve_notifications_rsp(&k->p.scratch, answer, &list), RSP_OK);
	for (i = 0; i < list.n; i++)
		if (list.p[i].p[0] == 0xBF) {
			assert_status(es10_read_pir(&k->p.scratch, list.p[i], &pir), RSP_OK);
			assert_int_equal(pir.ok, v.n_profiles);
			if (!pir.ok)
				assert_int_equal(pir.reason, 11);
		}
	assert_true(v.n_profiles == 0 || list.n);
	return v.n_profiles == 1;
}

/* Everything is delivered; a profile that is there goes again, and a new order comes. */
static void
clean_up(struct cut *k, bool installed)
{
	struct lpa *l = &k->p.card->lpa;
	const struct profile_choice which = {.iccid = BYTES_OF(k->order.iccid)};
	unsigned delivered, left;

	if (installed)
		assert_status(lpa_delete(l, &k->p.card->c, &which), RSP_OK);
	assert_status(lpa_notify_all(l, &k->p.card->c, &delivered, &left), RSP_OK);
	lpa_end(l, &k->p.card->c);
	rsp_ctx_reset(&k->p.card->c);
	rsp_ctx_reset(&k->p.scratch);
	if (installed)
		probe_order(&k->p, k->p.test, &(struct order_request){.release = true}, &k->order);
}

/* One download that is cut; true: the profile is there nevertheless. */
static bool
cut_once(struct cut *k, unsigned at, bool behind, unsigned last)
{
	struct steps s;
	bool installed;

	steps_to_load(&k->p, &s, k->order.matching_id);
	load(k, &s, at, behind, last);
	tear_mend(&k->t);
	if (lab_card_power(k->p.lab, k->p.card) != RSP_OK)
		fail_msg("write %u, APDU %u: %s", at, last, k->p.card->c.error.text);
	installed = check_state(k);
	clean_up(k, installed);
	return installed;
}

static void
power_is_cut_all_through_a_download(void **state)
{
	const struct lab_options o = {.seed = "tear", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	unsigned writes, apdus, at, installed = 0;
	struct cut k = {0};

	probe_open(&k.p, c, &o);
	k.p.apdu.self = &k;
	k.p.apdu.transmit = transmit;
	lab_smdpp(k.p.lab)->limits.downloads = 0;
	probe_order(&k.p, c, &(struct order_request){.release = true}, &k.order);
	tear_open(&k.t, lab_card_nvm(k.p.card));
	assert_true(cut_once(&k, 0, false, 0));
	/* how many there are, from a download that goes through */
	{
		struct steps s;

		steps_to_load(&k.p, &s, k.order.matching_id);
		load(&k, &s, 0, false, 0);
		writes = k.t.writes;
		apdus = k.apdus;
		assert_status(lab_card_power(k.p.lab, k.p.card), RSP_OK);
		assert_true(check_state(&k));
		clean_up(&k, true);
	}
	assert_true(writes > 50 && apdus > 8);
	for (at = 1; at <= apdus; at++)
		installed += cut_once(&k, 0, false, at);
	assert_true(installed >= 1);
	for (at = 1; at <= writes; at++) {
		(void)cut_once(&k, at, false, 0);
		installed += cut_once(&k, at, true, 0);
	}
	assert_true(installed >= 2);
	tear_close(&k.t);
	probe_close(&k.p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(power_is_cut_at_every_write_of_a_command),
		cmocka_unit_test(power_is_cut_all_through_a_download),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
