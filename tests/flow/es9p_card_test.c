// SPDX-License-Identifier: BSD-2-Clause
/*
 * An eUICC that lies well: the lab's EUM certifies a key of the test's, which then signs whatever euiccSigned1 the test likes. So the rows of
 * AuthenticateClient behind the signature are reached one by one.
 */
#include "support/probe.h"

#include "base/hex.h"
#include "codec/es10.h"
#include "pki/pki.h"
#include "tlv/mutate.h"

struct lie {
	const char *path, *value;        /* in euiccSigned1 */
	const char *code;
	uint32_t forbidden;              /* policy rules for euiccInfo2 */
	int64_t age;                     /* of the certificate, in seconds, when it is shown */
	bool noted;                      /* in the order's history, and told to the operator */
	bool other_ci, other_eid;        /* a chain, an EID, that the order is not for */
};

#define EUICC_LIFE ((int64_t)7300 * 86400)

static const struct lie lies[] = {
	{"30/80", "00112233445566778899AABBCCDDEEFF", .code = "8.10.1/3.9"},
	{"30/84", "00112233445566778899AABBCCDDEEFF", .code = "8.1/6.1"},
	{"30/A0/80", "4E4F4E45", .code = "8.2.6/3.8"},
	{"30/A0/80", "", .code = "8.2.6/3.8"},
	{"30/BF22/84", "810100820101830101", .code = "8.1/4.8", .noted = true},
	{"30/A0/A1/80", "3529", .code = "400"},
	{.forbidden = 1u << 1, .code = "8.2.5/4.3", .noted = true},
	{.age = EUICC_LIFE + 86400, .code = "8.1.3/6.3"},
	{.other_ci = true, .code = "8.11.1/3.9"},
	{.other_eid = true, .code = "8.1.1/3.8"},
};

struct liar {
	struct pki *other;               /* a PKI nobody here trusts */
	unsigned told;
};

static void
identity(struct probe *p, struct liar *l, const struct lie *x, struct pki_identity *id, struct bytes *eum)
{
	const struct pki *pki = x->other_ci ? l->other : lab_pki(p->lab);
	const struct pki_identity *issuer = &pki->branch[EC_P256].eum;
	char eid[33];

	if (x->other_eid || x->other_ci)
		assert_status(pki_eid_under(&p->scratch, issuer->cert, 777000, eid), RSP_OK);
	else
		memcpy(eid, p->card->eid, sizeof(eid));
	p->scratch.now -= x->age;
	assert_status(pki_issue_euicc(&p->scratch, issuer, eid, id), RSP_OK);
	p->scratch.now += x->age;
	*eum = issuer->cert->der;
}

static void
put_lie(struct rsp_ctx *c, const struct lie *x, struct euicc_signed1 *s)
{
	struct buf b = BUF_INIT;
	struct bytes info2;
	struct tlv t;

	if (x->path)
		assert_status(tlv_mutate_value(c, s->der, x->path, unhex(c, x->value), &s->der), RSP_OK);
	if (!x->forbidden)
		return;
	s->info2.forbidden_ppr = x->forbidden;
	es10_write_info2(&b, &s->info2);
	assert_status(buf_finish(&b, c, &info2), RSP_OK);
	assert_status(tlv_only(info2, 0xBF22, &t), RSP_OK);
	assert_status(tlv_mutate_value(c, s->der, "30/BF22", t.value, &s->der), RSP_OK);
}

static struct bytes
told(struct probe *p, struct liar *l, const struct lie *x, struct bytes truth)
{
	struct authenticate_server_rsp rsp;
	struct pki_identity id = {0};
	struct buf b = BUF_INIT;
	struct bytes out;
	uint8_t sig[64];

	assert_status(es10_read_authenticate_server_rsp(&p->scratch, truth, &rsp), RSP_OK);
	put_lie(&p->scratch, x, &rsp.signed1);
	identity(p, l, x, &id, &rsp.eum_cert);
	assert_status(ec_sign(&p->scratch, id.key, &rsp.signed1.der, 1, sig), RSP_OK);
	rsp.signature = BYTES_OF(sig);
	rsp.euicc_cert = rsp_copy(&p->scratch, id.cert->der);
	es10_write_authenticate_server_rsp(&b, &rsp);
	assert_status(buf_finish(&b, &p->scratch, &out), RSP_OK);
	pki_identity_free(&id);
	return out;
}

static void
tell_all(struct probe *p, enum es9p_function function, struct bytes *body)
{
	const struct lie *x;
	struct liar *l = p->arg;

	if (function != ES9P_AUTHENTICATE_CLIENT)
		return;
	FOR_EACH_ROW(lies, x) {
		const char *before = probe_store(p, &p->card->c, BYTES_NONE), *verdict;

		verdict = probe_ask_payload(p, function, *body, told(p, l, x, probe_payload(p, function, *body)));
		if (strcmp(verdict, x->code) != 0)
			fail_msg("%s = %s: want %s, have %s", x->path ? x->path : "certificate", x->value ? x->value : "-", x->code, verdict);
		if ((strcmp(probe_store(p, &p->scratch, BYTES_NONE), before) != 0) != x->noted)
			fail_msg("%s: the store has %schanged", x->code, x->noted ? "not " : "");
		rsp_ctx_reset(&p->scratch);
		l->told++;
	}
}

static void with_rule(struct smdpp_order *o) { o->ppr = 1u << 1; }

static void
a_true_signature_under_a_lie_is_refused_by_the_row_it_breaks(void **state)
{
	const struct lab_options o = {.seed = "liar", .clock = TEST_NOW, .only_curve = true};
	const struct pki_make_options other = {.nist = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_order order;
	struct liar l = {0};
	struct probe p;
	char *code;

	probe_open(&p, c, &o);
	assert_status(pki_make_memory(c, &other, &l.other), RSP_OK);
	p.on_request = tell_all;
	p.arg = &l;
	code = probe_order(&p, c, &(struct order_request){.eid = p.card->eid, .release = true}, &order);
	probe_change_order(&p, order.iccid, with_rule);
	assert_status(probe_download(&p, code, NULL), RSP_OK);
	assert_int_equal(l.told, sizeof(lies) / sizeof(lies[0]));
	pki_free(l.other);
	probe_close(&p);
}

/* The server's clock runs on between two steps: first the eUICC's certificate is out of date, or the EUM's, whichever is first. */
static void
wait_long(struct probe *p, enum es9p_function function, struct bytes *body)
{
	(void)body;
	if (function == ES9P_AUTHENTICATE_CLIENT)
		lab_advance(p->lab, *(int64_t *)p->arg);
}

static void
a_chain_out_of_date_is_refused_with_its_own_reason(void **state)
{
	static const struct { int64_t wait, session; const char *code; } rows[] = {
		{3599, 3600, "/"}, {3601, 3600, "8.10.1/3.9"}, {(int64_t)200 * 365 * 86400, INT64_MAX, "8.1.2/6.3"},
	}, *row;
	const struct lab_options o = {.seed = "dates", .clock = TEST_NOW, .only_curve = true};

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct probe p;
		int64_t wait = row->wait;

		probe_open(&p, c, &o);
		lab_smdpp(p.lab)->limits.session_seconds = row->session;
		p.on_request = wait_long;
		p.arg = &wait;
		assert_int_equal(probe_download(&p, probe_order(&p, c, &(struct order_request){.release = true}, NULL), NULL) == RSP_OK, row->code[1] == '\0');
		if (row->code[1])
			assert_string_equal(rsp_sprintf(c, "%s/%s", p.card->c.error.subject, p.card->c.error.reason), row->code);
		probe_close(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_true_signature_under_a_lie_is_refused_by_the_row_it_breaks),
		cmocka_unit_test(a_chain_out_of_date_is_refused_with_its_own_reason),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
