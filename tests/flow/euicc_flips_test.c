// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every octet and every cut of what a server sends to the eUICC: AuthenticateServer, PrepareDownload, the segments of the package. The table of
 * paths says what the card may answer; its memory must not change; nothing may be installed but the whole, untouched package.
 */
#include "support/steps.h"

#include "tlv/mutate.h"

/* 6A80: no DER of the type; 6A88: no function has this tag. ctxParams1 is the device's own word, not signed by the server: any is taken. */
static const struct verdict_row authenticate_server[] = {
	{"BF38", "6A80 6A88"}, {"BF38/30", "6A80 2"}, {"BF38/30/81", "2"}, {"BF38/30/84", "2"},
	{"BF38/5F37", "2"}, {"BF38/04", "7"}, {"BF38/30#1", "6A80 1"},
};
static const struct verdict_row prepare_download[] = {
	{"BF21", "6A80 6A88"}, {"BF21/30", "6A80 2"}, {"BF21/30/80", "2"}, {"BF21/5F37", "2"}, {"BF21/30#1", "6A80 1"},
};

static struct verdict_row const *
row_set(struct bytes command, size_t *n)
{
	bool first = command.p[1] == 0x38;

	*n = first ? sizeof(authenticate_server) / sizeof(authenticate_server[0]) : sizeof(prepare_download) / sizeof(prepare_download[0]);
	return first ? authenticate_server : prepare_download;
}

/* A tag or length of one of the exact rows may break the type instead. */
static const char *
allowed_at(struct bytes command, size_t at, char *path, size_t size)
{
	size_t n;
	const struct verdict_row *rows = row_set(command, &n);
	struct tlv t;

	tlv_path_of(command, at, path, size);
	if (tlv_at(command, path, &t) == RSP_OK && command.p + at < t.value.p && !strchr(verdict_allowed(rows, n, path), ' '))
		return "6A80";
	return verdict_allowed(rows, n, path);
}

static void
flip_command(struct probe *p, struct bytes command, size_t end)
{
	const char *before = probe_card(p, &p->card->c), *verdict, *allowed;
	uint8_t *bad = rsp_alloc(&p->card->c, command.n);
	char path[96];
	size_t i;

	assert_non_null(bad);
	for (i = 0; i < 2 * end; i++) {
		memcpy(bad, command.p, command.n);
		bad[i / 2] ^= i % 2 ? 0x80 : 0x01;
		allowed = allowed_at(command, i / 2, path, sizeof(path));
		verdict = steps_verdict(p, bytes_of(bad, command.n));
		if (!verdict_in(allowed, verdict))
			fail_msg("change at %s (octet %zu): want one of '%s', have %s", path, i / 2, allowed, verdict);
		assert_string_equal(probe_card(p, &p->scratch), before);
		rsp_ctx_reset(&p->scratch);
	}
	for (i = 0; i < command.n; i++) {
		verdict = steps_verdict(p, bytes_slice(command, 0, i));
		if (!verdict_in(i ? "6A80 6A88" : "6700", verdict))
			fail_msg("cut at octet %zu: want 6A80, have %s", i, verdict);
		rsp_ctx_reset(&p->scratch);
	}
	assert_string_equal(probe_card(p, &p->scratch), before);
}

static void
authenticate_server_is_taken_whole_or_not(void **state)
{
	const struct lab_options o = {.seed = "card flips", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_order order;
	struct steps s;
	struct probe p;
	struct tlv params;

	probe_open(&p, c, &o);
	probe_order(&p, c, &(struct order_request){.release = true}, &order);
	steps_to_authenticate_server(&p, &s, order.matching_id);
	assert_status(tlv_at(s.authenticate_server, "BF38/A0", &params), RSP_OK);
	flip_command(&p, s.authenticate_server, (size_t)(params.whole.p - s.authenticate_server.p));
	assert_string_equal(steps_verdict(&p, s.authenticate_server), "ok");
	assert_string_equal(steps_verdict(&p, s.authenticate_server), "4");   /* its challenge is used up */
	lpa_end(&p.card->lpa, &p.card->c);
	probe_close(&p);
}

static void
prepare_download_is_taken_whole_or_not(void **state)
{
	const struct lab_options o = {.seed = "card flips", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_order order;
	struct steps s;
	struct probe p;

	probe_open(&p, c, &o);
	probe_order(&p, c, &(struct order_request){.release = true}, &order);
	steps_to_prepare_download(&p, &s, order.matching_id);
	flip_command(&p, s.prepare_download, s.prepare_download.n);
	assert_string_equal(steps_verdict(&p, s.prepare_download), "ok");
	lpa_end(&p.card->lpa, &p.card->c);
	assert_status(lpa_begin(&p.card->lpa, &p.card->c), RSP_OK);
	lpa_end(&p.card->lpa, &p.card->c);
	assert_status(lab_card_power(p.lab, p.card), RSP_OK);
	assert_status(lpa_begin(&p.card->lpa, &p.card->c), RSP_OK);
	assert_string_equal(steps_verdict(&p, s.prepare_download), "4");      /* sessions do not outlive power */
	lpa_end(&p.card->lpa, &p.card->c);
	probe_close(&p);
}

/* ---- the package ---- */

/* The result's bppCommandId/errorReason (SGP.22 5.5, 5.7.6), by the segment's first tag; outer tags and lengths may lead elsewhere. */
static const struct { uint8_t tag; const char *allowed; } results[] = {
	{0xBF, "0/1 0/2 0/3 0/4 0/5"}, {0xA0, "1/7 1/8"}, {0xA1, "2/7"}, {0x88, "2/7 2/8"}, {0xA2, "4/7 4/8"}, {0xA3, "5/7"}, {0x86, "5/7 5/8"},
};

static const char *
result_of(uint8_t tag)
{
	size_t i;

	for (i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		if (results[i].tag == tag)
			return results[i].allowed;
	fail_msg("no row for a segment %02X", tag);
	return NULL;
}

/* Long segments: the ends and the middle stand for all that the MAC covers. */
static bool
worth_a_download(const struct bpp_segments *s, size_t segment, size_t at)
{
	size_t n = s->p[segment].n;

	return s->p[segment].p[0] != 0x86 || at < 6 || at == n / 2 || at + 9 >= n;
}

static void to_released(struct smdpp_order *o) { o->state = ORDER_RELEASED; }

static void
nothing_installed(struct probe *p, size_t notifications)
{
	struct euicc_view v;

	assert_status(euicc_view(&p->scratch, lab_card_nvm(p->card), &v), RSP_OK);
	assert_int_equal(v.n_profiles, 0);
	assert_int_equal(v.n_notifications, notifications);
}

/* A list announced longer or shorter than it is comes out at its end, at the latest. */
static const char *
load_rest(struct probe *p, const struct steps *s, size_t from)
{
	const char *verdict = "ok";
	size_t i;

	for (i = from; i < s->segments.n && strcmp(verdict, "ok") == 0; i++)
		verdict = steps_verdict(p, s->segments.p[i]);
	return verdict;
}

/* Nothing more comes: a new challenge ends the installation, and its result is told. */
static void
give_up(struct probe *p)
{
	struct bytes answer;

	assert_int_equal(steps_es10(p, unhex(&p->scratch, "BF2E00"), &answer), 0x9000);
	nothing_installed(p, 1);
}

/* Load with one octet changed. The length of the whole BF36 is the one thing that nothing depends on. */
static void
load_changed(struct probe *p, const struct steps *s, size_t segment, size_t at)
{
	struct bytes good = s->segments.p[segment];
	uint8_t *bad = rsp_alloc(&p->scratch, good.n);
	const char *verdict, *allowed = result_of(good.p[0]);
	bool list_length = good.n < 6 && at > 0, outer = at < 2;

	assert_non_null(bad);
	memcpy(bad, good.p, good.n);
	bad[at] ^= 0x01;
	assert_string_equal(load_rest(p, &(struct steps){.segments = {s->segments.p, segment}}, 0), "ok");
	verdict = steps_verdict(p, bytes_of(bad, good.n));
	if (good.p[0] == 0xBF && at >= 2 && at < 5 && strcmp(verdict, "ok") == 0) {
		give_up(p);
		return;
	}
	if (list_length && strcmp(verdict, "ok") == 0) {
		verdict = load_rest(p, s, segment + 1);
		allowed = "ok 2/7 5/7";
	}
	if (!verdict_in(allowed, verdict) && !(outer && verdict_in("6A88 6A80 6985 2/7 4/7 5/7", verdict)))
		fail_msg("segment %zu (%02X), octet %zu: want one of '%s', have %s", segment, good.p[0], at, allowed, verdict);
	if (!strchr(verdict, '/') && (segment > 0 || strcmp(verdict, "ok") == 0))
		give_up(p);
	else
		nothing_installed(p, strchr(verdict, '/') ? 1 : 0);
	if (strchr(verdict, '/'))
		assert_string_equal(steps_verdict(p, s->segments.p[segment]), "6985");   /* the session is over */
}

static void
a_package_with_one_octet_changed_is_not_installed(void **state)
{
	const struct lab_options o = {.seed = "bpp flips", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_order order;
	struct steps s;
	struct probe p;
	size_t segment = 0, at = 0, n = 1, tried = 0;
	unsigned delivered, left;

	probe_open(&p, c, &o);
	lab_smdpp(p.lab)->limits.downloads = 0;
	probe_order(&p, c, &(struct order_request){.release = true}, &order);
	while (segment < n) {
		probe_change_order(&p, order.iccid, to_released);
		steps_to_load(&p, &s, order.matching_id);
		n = s.segments.n;
		load_changed(&p, &s, segment, at);
		tried++;
		assert_status(lpa_notify_all(&p.card->lpa, &p.card->c, &delivered, &left), RSP_OK);
		lpa_end(&p.card->lpa, &p.card->c);
		do {
			if (++at >= s.segments.p[segment].n) {
				segment++;
				at = 0;
			}
		} while (segment < n && !worth_a_download(&s.segments, segment, at));
		rsp_ctx_reset(&p.card->c);
		rsp_ctx_reset(&p.scratch);
	}
	assert_true(tried > 300);
	probe_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(authenticate_server_is_taken_whole_or_not),
		cmocka_unit_test(prepare_download_is_taken_whole_or_not),
		cmocka_unit_test(a_package_with_one_octet_changed_is_not_installed),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
