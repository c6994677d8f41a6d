// SPDX-License-Identifier: BSD-2-Clause
/* ES11 at the SM-DS: every row of its two tables, whole messages damaged, and the events that an eUICC gets. */
#include "unit/smds/fixture.h"

#include "pki/impl.h"
#include "tlv/mutate.h"

static const enum ec_curve curves[] = {EC_P256, EC_BP256};

static struct bytes
flipped(struct rsp_ctx *c, struct bytes in, size_t at, uint8_t mask)
{
	struct bytes out = rsp_copy(c, in);

	assert_true(out.p && at < out.n);
	((uint8_t *)(uintptr_t)out.p)[at] ^= mask;
	return out;
}

static struct bytes
changed(struct rsp_ctx *c, struct bytes in)
{
	return flipped(c, in, in.n - 1, 0x01);
}

/* An event that is simply there. */
static void
put(struct bench *b, const char *owner, const char *id, const char *eid, const char *root_id)
{
	struct smds_changes x = {.event = {.rsp_server_address = "smdp.example.com", .created = TEST_NOW}, .put_event = true};

	snprintf(x.event.owner, sizeof(x.event.owner), "%s", owner);
	snprintf(x.event.event_id, sizeof(x.event.event_id), "%s", id);
	snprintf(x.event.root_event_id, sizeof(x.event.root_event_id), "%s", root_id);
	assert_status(eid_read(&b->c, eid, x.event.eid), RSP_OK);
	assert_status(b->store.commit(b->store.self, &b->c, &x), RSP_OK);
}

/*
 * The row refuses with its code, everything before it holds, and nothing changes: asked in full, as far as the row before it, and as far as
 * the row itself. The code behind the last row asked is one that no row of ES11 has.
 */
static void
assert_row(struct bench *b, struct rsp_checks *slot, enum es9p_function f, const struct es9p_request *r, const char *row, const char *code)
{
	struct rsp_check rows[ROWS];
	const struct rsp_checks table = *slot;
	const char *before = memory_text(&b->c, &b->memory), *said;
	struct es11_response out;
	size_t at = row_named(table, row), i;

	for (i = 0; i < 3; i++) {
		const char *want = i == 1 ? "8.9.5/3.3" : code;

		if (i)
			stop_after(slot, table, at + i - 1, rows, SMDS_EVENT_IN_USE);
		said = bench_es11(b, f, r, &out);
		*slot = table;
		if (strcmp(said, want) != 0)
			fail_msg("%s: want %s, have %s (%s)", row, want, said, b->c.error.text);
		assert_string_equal(memory_text(&b->c, &b->memory), before);
	}
}

/* ---- InitiateAuthentication ---- */

static void
initiation_is_answered_and_remembered(void **state)
{
	const enum ec_curve *curve;

	FOR_EACH_ROW(curves, curve) {
		struct bench *b = bench_fresh(state, NULL);
		const struct pki_branch *p = &b->pki->branch[*curve];
		struct es9p_request r = bench_initiation(b, *curve);
		struct es11_response first, second;
		struct server_signed1 s;
		struct tlv sig, id;

		r.smdp_address = bytes_of_str("SMDS.Example.com");
		assert_string_equal(bench_es11(b, ES9P_INITIATE_AUTHENTICATION, &r, &first), "ok");
		assert_status(es10_read_server_signed1(&b->c, first.common.server_signed1, &s), RSP_OK);
		assert_bytes_equal(s.transaction_id, first.common.transaction_id);
		assert_bytes_equal(s.euicc_challenge, BYTES_OF(bench_challenge));
		assert_true(bytes_equal_str(s.server_address, DS_HOST));
		assert_status(tlv_only(first.common.server_signature1, 0x5F37, &sig), RSP_OK);
		assert_status(ec_verify(&b->c, p->dsauth.cert->key, &first.common.server_signed1, 1, sig.value), RSP_OK);
		assert_status(tlv_only(first.common.ci_id, 0x04, &id), RSP_OK);
		assert_bytes_equal(id.value, p->ci.cert->ski);
		assert_bytes_equal(first.common.server_certificate, p->dsauth.cert->der);
		assert_non_null(memory_session_at(&b->memory, s.transaction_id));
		assert_string_equal(bench_es11(b, ES9P_INITIATE_AUTHENTICATION, &r, &second), "ok");
		assert_false(bytes_equal(first.common.transaction_id, second.common.transaction_id));
		assert_false(bytes_equal(first.common.server_signed1, second.common.server_signed1));
	}
}

static void
every_row_of_initiation_refuses(void **state)
{
	const enum ec_curve *curve;

	FOR_EACH_ROW(curves, curve) {
		struct bench *b = bench_fresh(state, NULL);
		struct rsp_checks *t = &b->ds.checks.initiate_authentication;
		struct bytes ski = b->pki->branch[*curve].ci.cert->ski, strange = b->stranger->branch[*curve].ci.cert->ski;
		struct es9p_request good = bench_initiation(b, *curve), r = good;
		struct pki without = *b->pki;

		r.smdp_address = bytes_of_str("smds.example.org");
		assert_row(b, t, ES9P_INITIATE_AUTHENTICATION, &r, "smdpAddress", "8.9.1/3.8");
		r.smdp_address = bytes_of("", 0);
		assert_row(b, t, ES9P_INITIATE_AUTHENTICATION, &r, "smdpAddress", "8.9.1/3.8");
		r = good;
		r.euicc_info1 = info1_of(&b->c, ski, ski, 1);
		assert_row(b, t, ES9P_INITIATE_AUTHENTICATION, &r, "svn", "8.9.3/3.1");
		r.euicc_info1 = info1_of(&b->c, strange, ski, 2);
		assert_row(b, t, ES9P_INITIATE_AUTHENTICATION, &r, "euiccCiPKIdListForSigning", "8.9.2/3.1");
		r.euicc_info1 = info1_of(&b->c, BYTES_NONE, ski, 2);
		assert_row(b, t, ES9P_INITIATE_AUTHENTICATION, &r, "euiccCiPKIdListForSigning", "8.9.2/3.1");
		r.euicc_info1 = info1_of(&b->c, ski, strange, 2);
		assert_row(b, t, ES9P_INITIATE_AUTHENTICATION, &r, "euiccCiPKIdListForVerification", "8.9.4/3.7");
		r.euicc_info1 = info1_of(&b->c, ski, BYTES_NONE, 2);
		assert_row(b, t, ES9P_INITIATE_AUTHENTICATION, &r, "euiccCiPKIdListForVerification", "8.9.4/3.7");
		without.branch[*curve].dsauth = (struct pki_identity){0};
		b->ds.pki = &without;
		assert_row(b, t, ES9P_INITIATE_AUTHENTICATION, &good, "euiccCiPKIdListForVerification", "8.9.4/3.7");
	}
}

static struct bytes
info1_of_both(struct bench *b, const struct ci_list *signing, const struct ci_list *verification)
{
	struct euicc_info1 v = {.svn = {2, 2, 2}, .signing = *signing, .verification = *verification};
	struct buf buf = BUF_INIT;
	struct bytes out;

	es10_write_info1(&buf, &v);
	assert_status(buf_finish(&buf, &b->c, &out), RSP_OK);
	return out;
}

/* The eUICC's order decides, among what both lists and the server's certificates allow. */
static void
the_ci_is_chosen_in_the_euiccs_order(void **state)
{
	struct bench *b = bench_fresh(state, NULL);
	struct bytes nist = b->pki->branch[EC_P256].ci.cert->ski, brainpool = b->pki->branch[EC_BP256].ci.cert->ski,
		strange = b->stranger->branch[EC_P256].ci.cert->ski;
	const struct { struct ci_list signing, verification; struct bytes want; } rows[] = {
		{{{nist, brainpool}, 2}, {{nist, brainpool}, 2}, nist},
		{{{brainpool, nist}, 2}, {{nist, brainpool}, 2}, brainpool},
		{{{strange, brainpool, nist}, 3}, {{nist, brainpool}, 2}, brainpool},
		{{{brainpool, nist}, 2}, {{strange, nist}, 2}, nist},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct es9p_request r = bench_initiation(b, EC_P256);
		struct es11_response out;
		struct tlv id;

		r.euicc_info1 = info1_of_both(b, &row->signing, &row->verification);
		assert_string_equal(bench_es11(b, ES9P_INITIATE_AUTHENTICATION, &r, &out), "ok");
		assert_status(tlv_only(out.common.ci_id, 0x04, &id), RSP_OK);
		assert_bytes_equal(id.value, row->want);
	}
}

/* ---- AuthenticateClient: one thing wrong for each row ---- */

struct setting { struct bench *b; enum ec_curve curve; struct client k; };

static const struct pki_branch *own(const struct setting *s) { return &s->b->pki->branch[s->curve]; }
static const struct pki_branch *strange(const struct setting *s) { return &s->b->stranger->branch[s->curve]; }

static void another_transaction(struct setting *s) { s->k.req.transaction_id = changed(&s->b->c, s->k.req.transaction_id); }
static void a_short_transaction(struct setting *s) { s->k.req.transaction_id.n--; }
static void too_late(struct setting *s) { s->b->c.now += s->b->ds.session_seconds + 1; }
static void the_euicc_says_no(struct setting *s) { s->k.error = 127; }
static void another_ci(struct setting *s) { s->k.eum_cert = strange(s)->eum.cert->der; }
static void eum_damaged(struct setting *s) { s->k.eum_cert = changed(&s->b->c, s->k.eum_cert); }
static void eum_no_certificate(struct setting *s) { s->k.eum_cert = tree(&s->b->c, CERTIFICATE); }
static void eum_of_another_role(struct setting *s) { s->k.eum_cert = own(s)->dpauth.cert->der; }
static void eum_expired(struct setting *s) { s->b->c.now = s->b->memory.sessions[0].started = own(s)->eum.cert->not_after + 1; }
static void euicc_damaged(struct setting *s) { s->k.euicc_cert = changed(&s->b->c, s->k.euicc_cert); }
static void euicc_no_certificate(struct setting *s) { s->k.euicc_cert = tree(&s->b->c, CERTIFICATE); }
static void euicc_of_another_eum(struct setting *s) { s->k.euicc_cert = strange(s)->euicc.cert->der; }
static void euicc_of_another_role(struct setting *s) { s->k.euicc_cert = own(s)->eum.cert->der; }
static void another_key(struct setting *s) { s->k.key = strange(s)->euicc.key; }
static void another_inner_transaction(struct setting *s) { s->k.s.transaction_id = changed(&s->b->c, s->k.s.transaction_id); }
static void another_challenge(struct setting *s) { s->k.s.server_challenge = changed(&s->b->c, s->k.s.server_challenge); }
static void no_signature(struct setting *s) { s->k.signature = unhex(&s->b->c, X64); }

static void
params(struct setting *s, const char *matching_id)
{
	struct ctx_params1 v = {.matching_id = bytes_of_str(matching_id), .tac = unhex(&s->b->c, "35290611")};
	struct buf buf = BUF_INIT;

	es10_write_ctx_params1(&buf, &v);
	assert_status(buf_finish(&buf, &s->b->c, &s->k.s.params.der), RSP_OK);
}

static void an_unknown_event(struct setting *s) { params(s, "NONE"); }
static void an_event_in_another_case(struct setting *s) { params(s, "e-1"); }
static void half_an_event(struct setting *s) { params(s, "E-"); }

static void
an_event_of_another_eid(struct setting *s)
{
	put(s->b, SERVER_OID, "E-9", "89049032123451234512345678901235", "");
	params(s, "E-9");
}

static void
free_identity(void *arg)
{
	struct pki_identity *id = arg;

	pki_identity_free(id);
	free(id);
}

/* A eUICC certificate of its own, issued at that time; freed with the context. */
static void
issue(struct setting *s, int64_t at, const char *eid)
{
	const struct pki_shape *shape = pki_shape_of(PKI_EUICC);
	struct pki_request r = {.shape = shape, .curve = s->curve, .issuer = &own(s)->eum, .organization = own(s)->euicc.cert->organization, .eid = eid};
	struct pki_identity *id = calloc(1, sizeof(*id));
	struct rsp_ctx *c = &s->b->c;
	int64_t now = c->now;

	assert_non_null(id);
	c->now = at;
	assert_status(pki_certify(c, &r, id), RSP_OK);
	c->now = now;
	assert_status(rsp_ctx_on_reset(c, free_identity, id), RSP_OK);
	s->k.euicc_cert = id->cert->der;
	s->k.key = id->key;
}

static void euicc_of_tomorrow(struct setting *s) { issue(s, TEST_NOW + 10 * 86400, bench_eid(s->b, s->curve)); }

static void
an_eid_with_wrong_check_digits(struct setting *s)
{
	char *eid = rsp_strdup(&s->b->c, bench_eid(s->b, s->curve));

	eid[31] = eid[31] == '9' ? '0' : (char)(eid[31] + 1);
	issue(s, TEST_NOW, eid);
}

static const struct wrong { const char *row; void (*change)(struct setting *s); const char *code; } wrongs[] = {
	{"transactionId", another_transaction, "8.10.1/3.9"},
	{"transactionId", a_short_transaction, "8.10.1/3.9"},
	{"transactionId", too_late, "8.10.1/3.9"},
	{"authenticateResponseError", the_euicc_says_no, "8.1/4.2"},
	{"CI known", another_ci, "8.11.1/3.9"},
	{"EUM certificate", eum_damaged, "8.1.2/6.1"},
	{"EUM certificate", eum_no_certificate, "8.1.2/6.1"},
	{"EUM certificate", eum_of_another_role, "8.1.2/6.1"},
	{"EUM certificate dates", eum_expired, "8.1.2/6.3"},
	{"eUICC certificate", euicc_damaged, "8.1.3/6.1"},
	{"eUICC certificate", euicc_no_certificate, "8.1.3/6.1"},
	{"eUICC certificate", euicc_of_another_eum, "8.1.3/6.1"},
	{"eUICC certificate", euicc_of_another_role, "8.1.3/6.1"},
	{"eUICC certificate dates", euicc_of_tomorrow, "8.1.3/6.3"},
	{"euiccSignature1", another_key, "8.1/6.1"},
	{"euiccSignature1", no_signature, "8.1/6.1"},
	{"transactionId inside", another_inner_transaction, "8.10.1/3.9"},
	{"serverChallenge", another_challenge, "8.1/6.1"},
	{"EID", an_eid_with_wrong_check_digits, "8.1.3/6.1"},
	{"EventID", an_unknown_event, "8.9.5/3.9"},
	{"EventID", an_event_in_another_case, "8.9.5/3.9"},
	{"EventID", half_an_event, "8.9.5/3.9"},
	{"EventID", an_event_of_another_eid, "8.9.5/3.9"},
};

static void
every_row_of_authentication_refuses(void **state)
{
	const enum ec_curve *curve;
	const struct wrong *w;

	FOR_EACH_ROW(curves, curve)
		FOR_EACH_ROW(wrongs, w) {
			struct setting s = {.b = bench_fresh(state, NULL), .curve = *curve};
			struct es9p_request r;

			put(s.b, SERVER_OID, "E-1", bench_eid(s.b, *curve), "");
			s.k = bench_client(s.b, *curve, "E-1");
			w->change(&s);
			r = bench_sign(s.b, &s.k);
			assert_row(s.b, &s.b->ds.checks.authenticate_client, ES9P_AUTHENTICATE_CLIENT, &r, w->row, w->code);
		}
}

static void
every_row_has_its_refusal(void **state)
{
	struct bench *b = bench_fresh(state, NULL);
	const struct rsp_checks table = b->ds.checks.authenticate_client;
	const struct wrong *w;
	size_t i;

	for (i = 0; i < table.n; i++) {
		bool there = false;

		FOR_EACH_ROW(wrongs, w)
			there = there || strcmp(w->row, table.rows[i].name) == 0;
		if (!there)
			fail_msg("nothing here is refused by '%s'", table.rows[i].name);
	}
}

/* By the CI's list; it has nothing to say of eUICC certificates, which the EUM issues. */
static void
a_revoked_eum_is_refused(void **state)
{
	const enum ec_curve *curve;

	FOR_EACH_ROW(curves, curve) {
		struct bench *b = bench_fresh(state, NULL);
		struct pki with = *b->pki;
		struct pki_branch *p = &with.branch[*curve];
		const struct pki_cert *cert = p->eum.cert;
		struct client k = bench_client(b, *curve, NULL);
		struct es9p_request r = bench_sign(b, &k);

		assert_status(pki_crl_issue(&b->c, &p->ci, &cert, 1, &p->crl), RSP_OK);
		b->ds.pki = &with;
		assert_row(b, &b->ds.checks.authenticate_client, ES9P_AUTHENTICATE_CLIENT, &r, "EUM certificate", "8.1.2/6.1");
		pki_crl_free(p->crl);
	}
}

/* ---- which events ---- */

static void
an_euicc_gets_its_own_events(void **state)
{
	static const char stranger[] = "89049032123451234512345678901235";
	static const struct { const char *matching_id; const char *list; } rows[] = {
		{NULL, "E-1 E-2 E-2 E-3 "}, {"", "E-1 E-2 E-2 E-3 "}, {"E-1", "E-1 "}, {"E-2", "E-2 E-2 "}, {"ROOT-3", "E-3 "}, {"E-3", "E-3 "},
	}, *row;
	const enum ec_curve *curve;

	FOR_EACH_ROW(curves, curve) {
		struct bench *b = bench_fresh(state, NULL);
		const char *eid = bench_eid(b, *curve);

		put(b, SERVER_OID, "E-1", eid, "");
		put(b, OTHER_OID, "E-1", stranger, "");
		put(b, SERVER_OID, "E-2", eid, "");
		put(b, OTHER_OID, "E-2", eid, "");
		put(b, OTHER_OID, "E-3", eid, "ROOT-3");
		FOR_EACH_ROW(rows, row) {
			struct client k = bench_client(b, *curve, row->matching_id);
			struct es9p_request r = bench_sign(b, &k);
			struct es11_response out;
			char list[80] = "";
			size_t i;

			assert_string_equal(bench_es11(b, ES9P_AUTHENTICATE_CLIENT, &r, &out), "ok");
			for (i = 0; i < out.n_events; i++) {
				snprintf(list + strlen(list), sizeof(list) - strlen(list), "%.*s ", (int)out.events[i].event_id.n,
					(const char *)out.events[i].event_id.p);
				assert_true(bytes_equal_str(out.events[i].rsp_server_address, "smdp.example.com"));
			}
			assert_string_equal(list, row->list);
			assert_bytes_equal(out.common.transaction_id, k.req.transaction_id);
			/* the session is over, the events stay until their server takes them away */
			assert_null(memory_session_at(&b->memory, k.req.transaction_id));
			assert_string_equal(bench_es11(b, ES9P_AUTHENTICATE_CLIENT, &r, &out), "8.10.1/3.9");
		}
	}
}

static void
no_events_are_a_good_answer(void **state)
{
	const enum ec_curve *curve;

	FOR_EACH_ROW(curves, curve) {
		struct bench *b = bench_fresh(state, NULL);
		struct client k = bench_client(b, *curve, NULL);
		struct es9p_request r = bench_sign(b, &k);
		struct es11_response out;

		b->c.now += b->ds.session_seconds;
		assert_string_equal(bench_es11(b, ES9P_AUTHENTICATE_CLIENT, &r, &out), "ok");
		assert_int_equal(out.n_events, 0);
	}
}

/* A second eUICC under the same EUM. */
static void
another_euicc_does_not_see_them(void **state)
{
	struct setting s = {.b = bench_fresh(state, NULL), .curve = EC_P256};
	struct es11_response out;
	struct es9p_request r;
	char eid[33];

	assert_status(pki_eid_under(&s.b->c, own(&s)->eum.cert, 77, eid), RSP_OK);
	put(s.b, SERVER_OID, "E-1", bench_eid(s.b, EC_P256), "");
	put(s.b, SERVER_OID, "E-77", eid, "");
	s.k = bench_client(s.b, EC_P256, NULL);
	issue(&s, TEST_NOW, eid);
	r = bench_sign(s.b, &s.k);
	assert_string_equal(bench_es11(s.b, ES9P_AUTHENTICATE_CLIENT, &r, &out), "ok");
	assert_int_equal(out.n_events, 1);
	assert_true(bytes_equal_str(out.events[0].event_id, "E-77"));
}

/* ---- damaged messages ---- */

/* Never a yes, and never a change; afterwards the good one is still taken. */
static void
damage(struct bench *b, enum ec_curve curve)
{
	struct client k = bench_client(b, curve, NULL);
	struct es9p_request good = bench_sign(b, &k), r = good;
	struct es11_response out;
	const char *before = rsp_strdup(&b->c, memory_text(&b->c, &b->memory));
	size_t i;

	for (i = 0; i < good.payload.n; i++) {
		const char *said;

		r.payload = bytes_slice(good.payload, 0, i);
		assert_string_equal(bench_es11(b, ES9P_AUTHENTICATE_CLIENT, &r, &out), "malformed");
		r.payload = flipped(&b->c, good.payload, i, (uint8_t)(1 << i % 8));
		said = bench_es11(b, ES9P_AUTHENTICATE_CLIENT, &r, &out);
		if (strcmp(said, "malformed") != 0 && !strchr(said, '/'))
			fail_msg("octet %zu of %zu: %s", i, good.payload.n, said);
	}
	assert_string_equal(memory_text(&b->c, &b->memory), before);
	assert_string_equal(bench_es11(b, ES9P_AUTHENTICATE_CLIENT, &good, &out), "ok");
}

static void
a_damaged_answer_is_never_taken(void **state)
{
	const enum ec_curve *curve;

	FOR_EACH_ROW(curves, curve)
		damage(bench_fresh(state, NULL), *curve);
}

static void
a_damaged_info1_is_malformed_or_judged(void **state)
{
	struct bench *b = bench_fresh(state, NULL);
	struct es9p_request good = bench_initiation(b, EC_P256), r = good;
	struct smds_changes changes;
	struct es11_response out;
	size_t i;

	for (i = 0; i < good.euicc_info1.n; i++) {
		enum rsp_status st;

		r.euicc_info1 = bytes_slice(good.euicc_info1, 0, i);
		assert_string_equal(bench_es11(b, ES9P_INITIATE_AUTHENTICATION, &r, &out), "malformed");
		r.euicc_info1 = flipped(&b->c, good.euicc_info1, i, (uint8_t)(1 << i % 8));
		st = es11_handle(&b->c, &b->ds, ES9P_INITIATE_AUTHENTICATION, &r, &changes, &out);
		assert_true(st == RSP_OK || st == RSP_MALFORMED);
	}
	r = good;
	r.euicc_challenge.n = 15;
	assert_string_equal(bench_es11(b, ES9P_INITIATE_AUTHENTICATION, &r, &out), "malformed");
}

static void
what_is_no_request_of_es11_is_malformed(void **state)
{
	static const struct { enum es9p_function f; const char *body; } rows[] = {
		{ES9P_INITIATE_AUTHENTICATION, ""}, {ES9P_INITIATE_AUTHENTICATION, "{}"}, {ES9P_AUTHENTICATE_CLIENT, "[]"},
		{ES9P_AUTHENTICATE_CLIENT, "{\"transactionId\":\"0A\"}"}, {ES9P_GET_BOUND_PROFILE_PACKAGE, "{}"}, {ES9P_CANCEL_SESSION, "{}"},
		{ES9P_HANDLE_NOTIFICATION, "{\"pendingNotification\":\"vzcA\"}"},
	}, *row;
	struct bench *b = bench_fresh(state, NULL);
	struct smds_changes changes;
	struct es11_response reply;

	FOR_EACH_ROW(rows, row) {
		assert_status(es11_handle_json(&b->c, &b->ds, row->f, bytes_of_str(row->body), &changes, &reply), RSP_MALFORMED);
		assert_no_changes(&changes);
	}
	assert_status(es11_handle(&b->c, &b->ds, ES9P_CANCEL_SESSION, &(struct es9p_request){0}, &changes, &reply), RSP_MALFORMED);
}

/* The store's failure is ours, and no refusal. */
static void
a_failing_store_is_no_refusal(void **state)
{
	struct bench *b = bench_fresh(state, NULL);
	unsigned i;

	put(b, SERVER_OID, "E-1", bench_eid(b, EC_P256), "");
	for (i = 1; i <= 3; i++) {
		struct client k = bench_client(b, EC_P256, NULL);
		struct es9p_request r = bench_sign(b, &k);
		struct es11_response out;

		b->memory.calls = 0;
		b->memory.fail_at = i;
		assert_string_equal(bench_es11(b, ES9P_AUTHENTICATE_CLIENT, &r, &out), i < 3 ? rsp_status_name(RSP_IO) : "ok");
		b->memory.fail_at = 0;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(initiation_is_answered_and_remembered),
		cmocka_unit_test(every_row_of_initiation_refuses),
		cmocka_unit_test(the_ci_is_chosen_in_the_euiccs_order),
		cmocka_unit_test(every_row_of_authentication_refuses),
		cmocka_unit_test(every_row_has_its_refusal),
		cmocka_unit_test(a_revoked_eum_is_refused),
		cmocka_unit_test(an_euicc_gets_its_own_events),
		cmocka_unit_test(no_events_are_a_good_answer),
		cmocka_unit_test(another_euicc_does_not_see_them),
		cmocka_unit_test(a_damaged_answer_is_never_taken),
		cmocka_unit_test(a_damaged_info1_is_malformed_or_judged),
		cmocka_unit_test(what_is_no_request_of_es11_is_malformed),
		cmocka_unit_test(a_failing_store_is_no_refusal),
	};

	return cmocka_run_group_tests(tests, bench_open, bench_close);
}
