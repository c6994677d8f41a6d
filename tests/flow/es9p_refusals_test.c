// SPDX-License-Identifier: BSD-2-Clause
/* Every row of the SM-DP+'s check tables for ES9+, reached by one download each that has one thing wrong; and bodies that are no requests. */
#include "support/probe.h"

#include "base/hex.h"
#include "tlv/mutate.h"

/* ---- requests with one thing wrong ---- */

struct change { enum es9p_function function; const char *path, *value; const char *code; };

static const struct change changes[] = {
	{ES9P_INITIATE_AUTHENTICATION, "smdpAddress", "other.example.com", "8.8.1/3.8"},
	{ES9P_INITIATE_AUTHENTICATION, "BF20/82", "010500", "8.8.3/3.1"},
	{ES9P_INITIATE_AUTHENTICATION, "BF20/AA/04", "0102030405060708090A0B0C0D0E0F1011121314", "8.8.2/3.1"},
	{ES9P_INITIATE_AUTHENTICATION, "BF20/A9/04", "0102030405060708090A0B0C0D0E0F1011121314", "8.8.4/3.7"},
	{ES9P_INITIATE_AUTHENTICATION, "BF20/82", "0205", "400"},
	{ES9P_AUTHENTICATE_CLIENT, "transactionId", "00112233445566778899AABBCCDDEEFF", "8.10.1/3.9"},
	{ES9P_AUTHENTICATE_CLIENT, "payload", "BF3817A1158010%s02017F", "8.1/4.2"},
	{ES9P_AUTHENTICATE_CLIENT, "payload", "BF3800", "400"},
	{ES9P_GET_BOUND_PROFILE_PACKAGE, "transactionId", "00112233445566778899AABBCCDDEEFF", "8.10.1/3.9"},
	{ES9P_GET_BOUND_PROFILE_PACKAGE, "payload", "BF2117A1158010%s020101", "8.2.10/4.2"},
	{ES9P_GET_BOUND_PROFILE_PACKAGE, "payload", "BF2100", "400"},
	{ES9P_CANCEL_SESSION, "transactionId", "00112233445566778899AABBCCDDEEFF", "8.10.1/3.9"},
	{ES9P_CANCEL_SESSION, "payload", "BF4100", "400"},
};

/* %s in a payload stands for the transactionId. */
static struct bytes
payload_of(struct rsp_ctx *c, const char *hex, struct bytes transaction_id)
{
	const char *hole = strchr(hex, '%');

	if (!hole)
		return unhex(c, hex);
	return unhex(c, rsp_sprintf(c, "%.*s%s%s", (int)(hole - hex), hex, hex_of(c, transaction_id), hole + 2));
}

static struct bytes
changed(struct rsp_ctx *c, const struct change *x, struct bytes body)
{
	struct es9p_request r;
	struct buf b = BUF_INIT;
	struct bytes out;

	assert_status(es9p_read_request(c, x->function, body, &r), RSP_OK);
	if (strcmp(x->path, "smdpAddress") == 0)
		r.smdp_address = bytes_of_str(x->value);
	else if (strcmp(x->path, "transactionId") == 0)
		r.transaction_id = unhex(c, x->value);
	else if (strcmp(x->path, "payload") == 0)
		r.payload = payload_of(c, x->value, r.transaction_id);
	else
		assert_status(tlv_mutate_value(c, r.euicc_info1, x->path, unhex(c, x->value), &r.euicc_info1), RSP_OK);
	es9p_write_request(&b, x->function, &r);
	assert_status(buf_finish(&b, c, &out), RSP_OK);
	return out;
}

static void
ask_changed(struct probe *p, enum es9p_function function, struct bytes *body)
{
	const struct change *x;
	unsigned *asked = p->arg;

	FOR_EACH_ROW(changes, x) {
		const char *before, *verdict;

		/* an eUICC's own error ends the session: those are the business of another test */
		if (x->function != function || strchr(x->value, '%'))
			continue;
		before = probe_store(p, &p->card->c, BYTES_NONE);
		verdict = probe_ask(p, function, changed(&p->scratch, x, *body));
		if (strcmp(verdict, x->code) != 0)
			fail_msg("%s = %s: want %s, have %s", x->path, x->value, x->code, verdict);
		assert_string_equal(probe_store(p, &p->scratch, BYTES_NONE), before);
		rsp_ctx_reset(&p->scratch);
		++*asked;
	}
}

static bool
reject(void *self, const struct store_metadata *m, bool ppr_consent)
{
	(void)self;
	(void)m;
	(void)ppr_consent;
	return false;
}

static void
a_wrong_request_is_refused_and_the_right_one_still_taken(void **state)
{
	const struct lab_options o = {.seed = "wrong", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct probe p;
	unsigned asked = 0;

	probe_open(&p, c, &o);
	p.on_request = ask_changed;
	p.arg = &asked;
	p.card->lpa.user.confirm_download = reject;
	assert_status(probe_download(&p, probe_order(&p, c, &(struct order_request){.release = true}, NULL), NULL), RSP_REFUSED);
	rsp_ctx_reset(&p.card->c);
	p.card->lpa.user.confirm_download = NULL;
	assert_status(probe_download(&p, probe_order(&p, c, &(struct order_request){.release = true}, NULL), NULL), RSP_OK);
	assert_int_equal(asked, 5 + 5 + 2 + 2 + 2 + 2);
	probe_close(&p);
}

/* ---- the eUICC's own errors ---- */

static void
put_error(struct probe *p, enum es9p_function function, struct bytes *body)
{
	const struct change *x = p->arg;

	if (x->function == function)
		*body = changed(&p->card->c, x, *body);
}

static void
an_error_of_the_euicc_is_answered_as_such(void **state)
{
	const struct lab_options o = {.seed = "error", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	const struct change *x;
	struct probe p;
	unsigned n = 0;

	probe_open(&p, c, &o);
	p.on_request = put_error;
	FOR_EACH_ROW(changes, x) {
		char *code;

		if (!strchr(x->value, '%'))
			continue;
		p.arg = (void *)(uintptr_t)x;
		code = probe_order(&p, c, &(struct order_request){.release = true}, NULL);
		assert_status(probe_download(&p, code, NULL), RSP_REFUSED);
		assert_string_equal(rsp_sprintf(c, "%s/%s", p.card->c.error.subject, p.card->c.error.reason), x->code);
		rsp_ctx_reset(&p.card->c);
		n++;
	}
	assert_int_equal(n, 2);
	probe_close(&p);
}

/* ---- orders with one thing wrong ---- */

static void to_confirmed(struct smdpp_order *o) { o->state = ORDER_CONFIRMED; }
static void to_installed(struct smdpp_order *o) { o->state = ORDER_INSTALLED; }
static void to_error(struct smdpp_order *o) { o->state = ORDER_ERROR; }
static void to_unavailable(struct smdpp_order *o) { o->state = ORDER_UNAVAILABLE; }
static void to_expired(struct smdpp_order *o) { o->expires = TEST_NOW; }
static void to_last_second(struct smdpp_order *o) { o->expires = TEST_NOW + 1; }
static void to_used_up(struct smdpp_order *o) { o->download_tries = o->download_limit; }
static void to_last_try(struct smdpp_order *o) { o->download_tries = o->download_limit - 1; }
static void to_other_eid(struct smdpp_order *o) { o->has_eid = true; memset(o->eid, 0x89, 16); }
static void to_other_id(struct smdpp_order *o) { snprintf(o->matching_id, sizeof(o->matching_id), "ANOTHER"); }

static void
an_order_that_is_not_ready_is_refused(void **state)
{
	static const struct { void (*change)(struct smdpp_order *o); const char *code; enum order_state after; } rows[] = {
		{to_confirmed, "8.2/1.2", ORDER_CONFIRMED}, {to_installed, "8.2/1.2", ORDER_INSTALLED}, {to_error, "8.2/1.2", ORDER_ERROR},
		{to_unavailable, "8.2/1.2", ORDER_UNAVAILABLE}, {to_expired, "8.8.5/4.10", ORDER_RELEASED}, {to_used_up, "8.8.5/6.4", ORDER_ERROR},
		{to_other_eid, "8.1.1/3.8", ORDER_RELEASED}, {to_other_id, "8.2.6/3.8", ORDER_RELEASED},
		{to_last_second, "/", ORDER_INSTALLED}, {to_last_try, "/", ORDER_INSTALLED},
	}, *row;
	const struct lab_options o = {.seed = "orders", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct probe p;

	probe_open(&p, c, &o);
	FOR_EACH_ROW(rows, row) {
		struct smdpp_store *s = lab_smdpp(p.lab)->store;
		struct smdpp_order order;
		char *code = probe_order(&p, c, &(struct order_request){.release = true}, &order);
		bool found;
		enum rsp_status st;

		probe_change_order(&p, order.iccid, row->change);
		st = probe_download(&p, code, NULL);
		assert_string_equal(rsp_sprintf(c, "%s/%s", p.card->c.error.subject, p.card->c.error.reason), row->code);
		assert_int_equal(st, row->code[1] ? RSP_REFUSED : RSP_OK);
		assert_status(s->order_by_iccid(s->self, c, order.iccid, &order, &found), RSP_OK);
		assert_int_equal(order.state, row->after);
		rsp_ctx_reset(&p.card->c);
	}
	probe_close(&p);
}

/* ---- confirmation codes ---- */

struct codes { const char *const *answers; };

static enum rsp_status
give_code(void *self, struct rsp_ctx *c, unsigned attempt, struct bytes *code)
{
	const struct codes *codes = self;
	const char *answer = codes->answers[attempt - 1];

	if (!answer)
		return rsp_fail(c, RSP_REFUSED, "the user gave up");
	*code = bytes_of_str(answer);
	return RSP_OK;
}

static void
confirmation_codes_are_counted(void **state)
{
	static const char *const right[] = {"4711", NULL}, *const late[] = {"1", "2", "4711", NULL}, *const wrong[] = {"1", "2", "3", NULL},
		*const give_up[] = {"1", NULL};
	static const struct { const char *const *answers; const char *code; enum order_state after; unsigned tries; } rows[] = {
		{right, "/", ORDER_INSTALLED, 0}, {late, "/", ORDER_INSTALLED, 2}, {wrong, "8.2.7/6.4", ORDER_ERROR, 3}, {give_up, "/", ORDER_RELEASED, 1},
	}, *row;
	const struct lab_options o = {.seed = "codes", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct probe p;

	probe_open(&p, c, &o);
	p.card->lpa.user.confirmation_code = give_code;
	FOR_EACH_ROW(rows, row) {
		const struct order_request r = {.release = true, .confirmation_code = bytes_of_str("4711")};
		struct smdpp_store *s = lab_smdpp(p.lab)->store;
		struct codes codes = {row->answers};
		struct smdpp_order order;
		char *code = probe_order(&p, c, &r, &order);
		bool found;

		p.card->lpa.user.self = &codes;
		assert_int_equal(probe_download(&p, code, NULL) == RSP_OK, row->after == ORDER_INSTALLED);
		if (row->after != ORDER_INSTALLED)
			assert_string_equal(rsp_sprintf(c, "%s/%s", p.card->c.error.subject, p.card->c.error.reason), row->code);
		assert_status(s->order_by_iccid(s->self, c, order.iccid, &order, &found), RSP_OK);
		assert_int_equal(order.state, row->after);
		assert_int_equal(order.cc_tries, row->tries);
		rsp_ctx_reset(&p.card->c);
	}
	probe_close(&p);
}

/* ---- revocation ---- */

/* Without a seed, so that the EUM's signature is not verified again: its CRL must be asked all the same. */
static void
what_is_revoked_after_a_download_gets_no_other(void **state)
{
	const struct lab_options o = {.clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct pki_branch *b;
	struct probe p;
	size_t i;

	probe_open(&p, c, &o);
	b = (struct pki_branch *)(uintptr_t)&lab_pki(p.lab)->branch[EC_P256];
	assert_status(probe_download(&p, probe_order(&p, c, &(struct order_request){.release = true}, NULL), NULL), RSP_OK);
	for (i = 0; i < 2; i++) {
		const struct pki_cert *revoked = i ? b->ci.cert : b->eum.cert;
		struct pki_crl *old = b->crl;
		enum rsp_status st;

		assert_status(pki_crl_issue(c, &b->ci, &revoked, 1, &b->crl), RSP_OK);
		st = probe_download(&p, probe_order(&p, c, &(struct order_request){.release = true}, NULL), NULL);
		assert_int_equal(st, i ? RSP_OK : RSP_REFUSED);
		assert_string_equal(rsp_sprintf(c, "%s/%s", p.card->c.error.subject, p.card->c.error.reason), i ? "/" : "8.1.2/6.1");
		rsp_ctx_reset(&p.card->c);
		pki_crl_free(b->crl);
		b->crl = old;
	}
	probe_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrong_request_is_refused_and_the_right_one_still_taken),
		cmocka_unit_test(an_error_of_the_euicc_is_answered_as_such),
		cmocka_unit_test(an_order_that_is_not_ready_is_refused),
		cmocka_unit_test(confirmation_codes_are_counted),
		cmocka_unit_test(what_is_revoked_after_a_download_gets_no_other),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
