// SPDX-License-Identifier: BSD-2-Clause
/*
 * Servers that misbehave: the LPA notices, says what was wrong, cancels on card and server with the right reason, and nothing is installed
 * (SGP.22 3.0.1, 3.1.3).
 */
#include "support/probe.h"

#include "codec/es10.h"
#include "tlv/mutate.h"

enum part { SERVER_SIGNED1, TRANSACTION, METADATA, PACKAGE, BODY, STATUS };

struct lie {
	enum es9p_function function;
	enum part part;
	const char *path, *value;
	unsigned http;
	const char *said;            /* in the sentence */
	int cancelled;               /* reason the server is told; -1: it is told nothing */
};

static const struct lie lies[] = {
	{ES9P_INITIATE_AUTHENTICATION, SERVER_SIGNED1, "30/83", "6F74686572", 0, "another address", -1},
	{ES9P_INITIATE_AUTHENTICATION, SERVER_SIGNED1, "30/81", "00112233445566778899AABBCCDDEEFF", 0, "another challenge", -1},
	{ES9P_INITIATE_AUTHENTICATION, SERVER_SIGNED1, "30/80", "00112233445566778899AABBCCDDEEFF", 0, "another transactionId", -1},
	{ES9P_INITIATE_AUTHENTICATION, SERVER_SIGNED1, "30/84", "00112233445566778899AABBCCDDEEFF", 0, "invalidSignature (2)", -1},
	{ES9P_INITIATE_AUTHENTICATION, BODY, NULL, "<html>", 0, "cannot be read", -1},
	{ES9P_INITIATE_AUTHENTICATION, BODY, NULL, "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Executed-Success\"}}}", 0, "cannot be read", -1},
	{ES9P_INITIATE_AUTHENTICATION, STATUS, NULL, NULL, 503, "busy, try again later", -1},
	{ES9P_INITIATE_AUTHENTICATION, STATUS, NULL, NULL, 404, "HTTP 404", -1},
	{ES9P_AUTHENTICATE_CLIENT, TRANSACTION, NULL, "00112233445566778899AABBCCDDEEFF", 0, "another transactionId", CANCEL_UNDEFINED},
	{ES9P_AUTHENTICATE_CLIENT, METADATA, "BF25/92", "4F74686572", 0, "not those the server announced", CANCEL_METADATA_MISMATCH},
	{ES9P_AUTHENTICATE_CLIENT, BODY, NULL, "{}", 0, "cannot be read", CANCEL_UNDEFINED},
	{ES9P_GET_BOUND_PROFILE_PACKAGE, PACKAGE, "BF36/A1", "", 0, "", CANCEL_LOAD_BPP_ERROR},
	{ES9P_GET_BOUND_PROFILE_PACKAGE, BODY, NULL, "[]", 0, "cannot be read", CANCEL_UNDEFINED},
	{ES9P_GET_BOUND_PROFILE_PACKAGE, STATUS, NULL, NULL, 400, "HTTP 400", CANCEL_UNDEFINED},
	/* Nobody's decision: the order stays for another try. */
	{ES9P_GET_BOUND_PROFILE_PACKAGE, STATUS, NULL, NULL, 500, "HTTP 500", CANCEL_POSTPONED},
	{ES9P_AUTHENTICATE_CLIENT, STATUS, NULL, NULL, 503, "busy, try again later", CANCEL_POSTPONED},
	{ES9P_AUTHENTICATE_CLIENT, BODY, NULL, "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\",\"statusCodeData\":"
		"{\"subjectCode\":\"8.10.1\",\"reasonCode\":\"3.9\"}}}}", 0, "the transaction is unknown", CANCEL_POSTPONED},
};

struct liar { const struct lie *lie; int cancelled; bool lied; };

static void
change_parts(struct rsp_ctx *c, const struct lie *x, struct es9p_response *r)
{
	struct bytes *part = x->part == SERVER_SIGNED1 ? &r->server_signed1 : x->part == METADATA ? &r->profile_metadata : &r->bound_profile_package;

	if (x->part == TRANSACTION)
		r->transaction_id = unhex(c, x->value);
	else
		assert_status(tlv_mutate_value(c, *part, x->path, unhex(c, x->value), part), RSP_OK);
}

static void
lie_once(struct probe *p, enum es9p_function f, unsigned *http, struct bytes *answer)
{
	struct liar *l = p->arg;
	struct rsp_ctx *c = &p->card->c;
	struct es9p_response r;
	struct buf b = BUF_INIT;

	if (f != l->lie->function)
		return;
	l->lied = true;
	if (l->lie->part == STATUS) {
		*http = l->lie->http;
	} else if (l->lie->part == BODY) {
		*answer = bytes_of_str(l->lie->value);
	} else {
		assert_status(es9p_read_response(c, f, *answer, &r), RSP_OK);
		assert_false(r.failed);
		change_parts(c, l->lie, &r);
		es9p_write_response(&b, f, &r);
		assert_status(buf_finish(&b, c, answer), RSP_OK);
	}
}

static void
hear_cancel(struct probe *p, enum es9p_function f, struct bytes *body)
{
	struct liar *l = p->arg;
	struct cancel_session_rsp r;

	if (f != ES9P_CANCEL_SESSION)
		return;
	assert_status(es10_read_cancel_session_rsp(&p->scratch, probe_payload(p, f, *body), &r), RSP_OK);
	assert_true(r.ok);
	l->cancelled = r.reason;
}

static void
a_misbehaving_server_is_noticed(void **state)
{
	const struct lab_options o = {.seed = "lpa", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	const struct lie *x;
	struct probe p;

	probe_open(&p, c, &o);
	p.on_answer = lie_once;
	p.on_request = hear_cancel;
	FOR_EACH_ROW(lies, x) {
		struct liar l = {.lie = x, .cancelled = -1};
		struct euicc_view v;

		p.arg = &l;
		assert_int_not_equal(probe_download(&p, probe_order(&p, c, &(struct order_request){.release = true}, NULL), NULL), RSP_OK);
		assert_true(l.lied);
		if (!strstr(p.card->c.error.text, x->said))
			fail_msg("row %zu: want '%s' in '%s'", (size_t)(x - lies), x->said, p.card->c.error.text);
		if (l.cancelled != x->cancelled)
			fail_msg("row %zu: want CancelSession %d, have %d", (size_t)(x - lies), x->cancelled, l.cancelled);
		assert_status(euicc_view(c, lab_card_nvm(p.card), &v), RSP_OK);
		assert_int_equal(v.n_profiles, 0);
		rsp_ctx_reset(&p.card->c);
		rsp_ctx_reset(&p.scratch);
	}
	probe_close(&p);
}

/* ---- the card's own no ---- */

static enum rsp_status
begun(struct probe *p)
{
	rsp_ctx_reset(&p->card->c);
	return lpa_begin(&p->card->lpa, &p->card->c);
}

static void
refused_with(struct probe *p, enum rsp_status st, const char *said)
{
	assert_status(st, RSP_REFUSED);
	if (!strstr(p->card->c.error.text, said))
		fail_msg("want '%s' in '%s'", said, p->card->c.error.text);
}

static void
profile_state_changes_are_checked(void **state)
{
	const struct lab_options o = {.seed = "states", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state), *k;
	const uint8_t nobody[10] = {0x98};
	struct smdpp_order a, b;
	struct profile_choice first, second, none = {.iccid = bytes_of(nobody, 10)};
	struct lpa *l;
	struct probe p;
	char *before;

	probe_open(&p, c, &o);
	l = &p.card->lpa;
	k = &p.card->c;
	assert_status(probe_download(&p, probe_order(&p, c, &(struct order_request){.release = true}, &a), NULL), RSP_OK);
	assert_status(probe_download(&p, probe_order(&p, c, &(struct order_request){.release = true}, &b), NULL), RSP_OK);
	first = (struct profile_choice){.iccid = bytes_of(a.iccid, 10)};
	second = (struct profile_choice){.iccid = bytes_of(b.iccid, 10)};
	before = probe_card(&p, c);
	assert_status(begun(&p), RSP_OK);
	refused_with(&p, lpa_enable(l, k, &none), "iccidOrAidNotFound (1)");
	refused_with(&p, lpa_disable(l, k, &first), "profileNotInEnabledState (2)");
	refused_with(&p, lpa_delete(l, k, &none), "iccidOrAidNotFound (1)");
	refused_with(&p, lpa_nickname(l, k, none.iccid, "x"), "iccidNotFound (1)");
	assert_string_equal(probe_card(&p, c), before);
	assert_status(lpa_enable(l, k, &first), RSP_OK);
	lpa_end(l, k);
	before = probe_card(&p, c);
	assert_status(begun(&p), RSP_OK);
	refused_with(&p, lpa_enable(l, k, &first), "profileNotInDisabledState (2)");
	refused_with(&p, lpa_delete(l, k, &first), "profileNotInDisabledState (2)");
	assert_string_equal(probe_card(&p, c), before);
	assert_status(lpa_enable(l, k, &second), RSP_OK);      /* the first one goes to Disabled by itself */
	lpa_end(l, k);
	assert_status(begun(&p), RSP_OK);
	assert_status(lpa_delete(l, k, &first), RSP_OK);
	refused_with(&p, lpa_delete(l, k, &first), "iccidOrAidNotFound (1)");
	assert_status(lpa_disable(l, k, &second), RSP_OK);
	lpa_end(l, k);
	assert_status(begun(&p), RSP_OK);
	assert_status(lpa_memory_reset(l, k, 1), RSP_OK);
	refused_with(&p, lpa_memory_reset(l, k, 1), "nothingToDelete (1)");
	lpa_end(l, k);
	probe_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_misbehaving_server_is_noticed),
		cmocka_unit_test(profile_state_changes_are_checked),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
