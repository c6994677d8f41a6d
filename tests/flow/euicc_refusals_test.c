// SPDX-License-Identifier: BSD-2-Clause
/* Every row of the eUICC's check tables, reached by a server that signs truly and yet is wrong in one thing (SGP.22 5.5, 5.7). */
#include "support/steps.h"

#include "codec/es10.h"
#include "codec/es8p.h"
#include "tlv/mutate.h"

enum signer { DPAUTH, DPPB, DPTLS, OTHER_DPAUTH };

struct liar { struct probe p; struct steps s; struct pki *other; };

static const struct pki_identity *
signer(const struct liar *l, enum signer who)
{
	const struct pki_branch *b = &lab_pki(l->p.lab)->branch[EC_P256];

	return who == DPAUTH ? &b->dpauth : who == DPPB ? &b->dppb : who == DPTLS ? &b->dptls : &l->other->branch[EC_P256].dpauth;
}

static void
open_liar(struct liar *l, struct rsp_ctx *c, const char *seed, struct smdpp_order *order)
{
	const struct lab_options o = {.seed = seed, .clock = TEST_NOW, .only_curve = true};
	const struct pki_make_options other = {.nist = true};

	*l = (struct liar){0};
	probe_open(&l->p, c, &o);
	lab_smdpp(l->p.lab)->limits.downloads = 0;
	assert_status(pki_make_memory(c, &other, &l->other), RSP_OK);
	probe_order(&l->p, c, &(struct order_request){.release = true}, order);
}

static void
close_liar(struct liar *l)
{
	pki_free(l->other);
	probe_close(&l->p);
}

/* ---- AuthenticateServer ---- */

static const struct { const char *path, *value; enum signer who; const char *ci, *verdict; } authentications[] = {
	{"30/81", "00112233445566778899AABBCCDDEEFF", DPAUTH, NULL, "6"},
	{NULL, NULL, DPAUTH, "00112233445566778899AABBCCDDEEFF00112233", "7"},
	{NULL, NULL, DPPB, NULL, "1"},
	{NULL, NULL, DPTLS, NULL, "1"},
	{NULL, NULL, OTHER_DPAUTH, NULL, "1"},
};

static struct bytes
authentication(struct liar *l, size_t row)
{
	struct rsp_ctx *c = &l->p.scratch;
	const struct pki_identity *id = signer(l, authentications[row].who);
	struct authenticate_server_req r;
	struct buf b = BUF_INIT;
	struct bytes out;
	uint8_t sig[64];

	assert_status(es10_read_authenticate_server_req(c, l->s.authenticate_server, &r), RSP_OK);
	if (authentications[row].path)
		assert_status(tlv_mutate_value(c, r.signed1.der, authentications[row].path, unhex(c, authentications[row].value), &r.signed1.der), RSP_OK);
	if (authentications[row].ci)
		r.ci_id = unhex(c, authentications[row].ci);
	assert_status(ec_sign(c, id->key, &r.signed1.der, 1, sig), RSP_OK);
	r.signature = BYTES_OF(sig);
	r.certificate = id->cert->der;
	es10_write_authenticate_server_req(&b, &r);
	assert_status(buf_finish(&b, c, &out), RSP_OK);
	return out;
}

static void
authenticate_server_says_which_thing_is_wrong(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_order order;
	struct liar l;
	size_t i;

	open_liar(&l, c, "auth", &order);
	steps_to_authenticate_server(&l.p, &l.s, order.matching_id);
	for (i = 0; i < sizeof(authentications) / sizeof(authentications[0]); i++) {
		const char *before = probe_card(&l.p, c), *have = steps_verdict(&l.p, authentication(&l, i));

		if (strcmp(have, authentications[i].verdict) != 0)
			fail_msg("row %zu: want %s, have %s", i, authentications[i].verdict, have);
		assert_string_equal(probe_card(&l.p, c), before);
		rsp_ctx_reset(&l.p.scratch);
	}
	l.p.card->c.now += (int64_t)1100 * 86400;              /* the server's certificate lives three years */
	l.p.scratch.now = l.p.card->c.now;
	assert_string_equal(steps_verdict(&l.p, l.s.authenticate_server), "1");
	l.p.scratch.now = 0;                                   /* a card without a clock does not judge dates */
	assert_string_equal(steps_verdict(&l.p, l.s.authenticate_server), "ok");
	lpa_end(&l.p.card->lpa, &l.p.card->c);
	close_liar(&l);
}

/* LoadCRL: what it lists is refused from then on, for as long as the card has it. */
static void
a_revoked_server_is_refused(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	const struct pki_branch *b;
	struct pki_crl *crl = NULL;
	struct buf out = BUF_INIT;
	struct smdpp_order order;
	struct bytes der, command, answer;
	struct tlv list;
	struct liar l;
	size_t mark = tlv_open(&out, 0xBF35);

	open_liar(&l, c, "revoked", &order);
	b = &lab_pki(l.p.lab)->branch[EC_P256];
	assert_status(pki_crl_issue(c, &b->ci, (const struct pki_cert *const[]){b->dpauth.cert}, 1, &crl), RSP_OK);
	assert_status(pki_crl_der(c, crl, &der), RSP_OK);
	pki_crl_free(crl);
	assert_status(tlv_only(der, 0x30, &list), RSP_OK);
	tlv_add(&out, 0xA0, list.value);
	tlv_close(&out, mark);
	assert_status(buf_finish(&out, c, &command), RSP_OK);
	steps_to_authenticate_server(&l.p, &l.s, order.matching_id);
	assert_int_equal(steps_es10(&l.p, command, &answer), 0x9000);
	assert_hex_equal(c, answer, "BF3502A000");
	assert_string_equal(steps_verdict(&l.p, l.s.authenticate_server), "1");
	lpa_end(&l.p.card->lpa, &l.p.card->c);
	assert_status(lab_card_power(l.p.lab, l.p.card), RSP_OK);
	steps_to_authenticate_server(&l.p, &l.s, order.matching_id);
	assert_string_equal(steps_verdict(&l.p, l.s.authenticate_server), "1");
	lpa_end(&l.p.card->lpa, &l.p.card->c);
	close_liar(&l);
}

/* ---- PrepareDownload ---- */

static const struct { const char *path, *value; enum signer who; const char *verdict; } preparations[] = {
	{"30/80", "00112233445566778899AABBCCDDEEFF", DPPB, "5"},
	{NULL, NULL, DPAUTH, "1"},
	{NULL, NULL, DPTLS, "1"},
	{NULL, NULL, OTHER_DPAUTH, "1"},
};

static struct bytes
preparation(struct liar *l, struct bytes signature1, size_t row)
{
	struct rsp_ctx *c = &l->p.scratch;
	const struct pki_identity *id = signer(l, preparations[row].who);
	struct prepare_download_req r;
	struct buf b = BUF_INIT;
	struct bytes out, parts[2];
	uint8_t sig[64];

	assert_status(es10_read_prepare_download_req(c, l->s.prepare_download, &r), RSP_OK);
	if (preparations[row].path)
		assert_status(tlv_mutate_value(c, r.signed2.der, preparations[row].path, unhex(c, preparations[row].value), &r.signed2.der), RSP_OK);
	parts[0] = r.signed2.der;
	parts[1] = signature1;
	assert_status(ec_sign(c, id->key, parts, 2, sig), RSP_OK);
	r.signature = BYTES_OF(sig);
	r.certificate = id->cert->der;
	es10_write_prepare_download_req(&b, &r);
	assert_status(buf_finish(&b, c, &out), RSP_OK);
	return out;
}

/* euiccSignature1 as it passed, for signing after it. */
static void
keep_signature1(struct probe *p, enum es9p_function f, struct bytes *body)
{
	struct bytes *kept = p->arg;
	struct tlv t;

	if (f != ES9P_AUTHENTICATE_CLIENT)
		return;
	assert_status(tlv_at(probe_payload(p, f, *body), "BF38/A0/5F37", &t), RSP_OK);
	*kept = rsp_copy(&p->card->c, t.whole);
	rsp_ctx_reset(&p->scratch);
}

static void
prepare_download_says_which_thing_is_wrong(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_order order;
	struct bytes signature1 = BYTES_NONE;
	struct liar l;
	size_t i;

	open_liar(&l, c, "prepare", &order);
	l.p.on_request = keep_signature1;
	l.p.arg = &signature1;
	steps_to_prepare_download(&l.p, &l.s, order.matching_id);
	for (i = 0; i < sizeof(preparations) / sizeof(preparations[0]); i++) {
		const char *have = steps_verdict(&l.p, preparation(&l, signature1, i));

		if (strcmp(have, preparations[i].verdict) != 0)
			fail_msg("row %zu: want %s, have %s", i, preparations[i].verdict, have);
		rsp_ctx_reset(&l.p.scratch);
	}
	assert_string_equal(steps_verdict(&l.p, l.s.prepare_download), "ok");
	lpa_end(&l.p.card->lpa, &l.p.card->c);
	close_liar(&l);
}

/* ---- packages that are wrong inside ---- */

static void to_released(struct smdpp_order *o) { o->state = ORDER_RELEASED; }
static void other_iccid(struct rsp_ctx *c, struct bytes in, struct bytes *out);
static void no_end(struct rsp_ctx *c, struct bytes in, struct bytes *out);
static void header_twice(struct rsp_ctx *c, struct bytes in, struct bytes *out);
static void no_mf(struct rsp_ctx *c, struct bytes in, struct bytes *out);
static void half_an_element(struct rsp_ctx *c, struct bytes in, struct bytes *out);
static void something_else(struct rsp_ctx *c, struct bytes in, struct bytes *out);
static void two_mebibytes(struct rsp_ctx *c, struct bytes in, struct bytes *out);
static void service_that_is_not_there(struct rsp_ctx *c, struct bytes in, struct bytes *out);

static const struct { void (*spoil)(struct rsp_ctx *c, struct bytes in, struct bytes *out); const char *verdict; } packages[] = {
	{other_iccid, "5/13"}, {no_end, "5/12"}, {header_twice, "5/12"}, {no_mf, "5/12"}, {half_an_element, "5/12"}, {something_else, "5/12"},
	{two_mebibytes, "5/10"}, {service_that_is_not_there, "5/12"},
};

static size_t
first_element(struct bytes in)
{
	struct tlv t;

	assert_status(tlv_next(&in, &t), RSP_OK);
	return t.whole.n;
}

static struct bytes
joined(struct rsp_ctx *c, struct bytes a, struct bytes b)
{
	struct buf out = BUF_INIT;
	struct bytes all;

	buf_add(&out, a);
	buf_add(&out, b);
	assert_status(buf_finish(&out, c, &all), RSP_OK);
	return all;
}

static void
other_iccid(struct rsp_ctx *c, struct bytes in, struct bytes *out)
{
	struct tlv t;
	struct bytes header = bytes_slice(in, 0, first_element(in));

	assert_status(tlv_at(header, "A0/83", &t), RSP_OK);
	assert_status(tlv_mutate_value(c, header, "A0/83", unhex(c, "89001012345678901234"), &header), RSP_OK);
	*out = joined(c, header, bytes_from(in, first_element(in)));
}

static void
no_end(struct rsp_ctx *c, struct bytes in, struct bytes *out)
{
	struct bytes rest = in;
	struct tlv t = {0};

	(void)c;
	while (rest.n)
		assert_status(tlv_next(&rest, &t), RSP_OK);
	*out = bytes_slice(in, 0, in.n - t.whole.n);
}

static void
header_twice(struct rsp_ctx *c, struct bytes in, struct bytes *out)
{
	*out = joined(c, bytes_slice(in, 0, first_element(in)), in);
}

static void
no_mf(struct rsp_ctx *c, struct bytes in, struct bytes *out)
{
	size_t header = first_element(in), mf = first_element(bytes_from(in, header));

	*out = joined(c, bytes_slice(in, 0, header), bytes_from(in, header + mf));
}

static void
half_an_element(struct rsp_ctx *c, struct bytes in, struct bytes *out)
{
	(void)c;
	*out = bytes_slice(in, 0, first_element(in) + 20);
}

static void
something_else(struct rsp_ctx *c, struct bytes in, struct bytes *out)
{
	*out = joined(c, bytes_slice(in, 0, first_element(in)), unhex(c, "04084E4F2050524F46"));
}

/* Only announced: the card does not wait for them. */
static void
two_mebibytes(struct rsp_ctx *c, struct bytes in, struct bytes *out)
{
	*out = joined(c, bytes_slice(in, 0, first_element(in)), unhex(c, "B083200000A005800081010181"));
}

/* javacard instead of the algorithm. */
static void
service_that_is_not_there(struct rsp_ctx *c, struct bytes in, struct bytes *out)
{
	struct bytes header = bytes_slice(in, 0, first_element(in));

	assert_status(tlv_mutate_value(c, header, "A0/A5", unhex(c, "81008B00"), &header), RSP_OK);
	*out = joined(c, header, bytes_from(in, first_element(in)));
}

/* The verdict of the segment that ends the loading. */
static const char *
load(struct liar *l, const char *matching_id)
{
	const char *verdict = "ok";
	size_t i;

	steps_to_load(&l->p, &l->s, matching_id);
	for (i = 0; i < l->s.segments.n && strcmp(verdict, "ok") == 0; i++)
		verdict = steps_verdict(&l->p, l->s.segments.p[i]);
	lpa_end(&l->p.card->lpa, &l->p.card->c);
	return verdict;
}

static void
a_package_that_is_wrong_inside_is_not_installed(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_order order;
	struct euicc_view v;
	struct liar l;
	size_t i;

	open_liar(&l, c, "packages", &order);
	for (i = 0; i < sizeof(packages) / sizeof(packages[0]); i++) {
		struct smdpp_store *s = lab_smdpp(l.p.lab)->store;
		struct smdpp_changes *changes = rsp_alloc(c, sizeof(*changes));
		struct bytes package;
		const char *have;
		bool found;

		probe_order(&l.p, c, &(struct order_request){.release = true}, &order);
		assert_status(order_package(c, lab_smdpp(l.p.lab), &order, &package), RSP_OK);
		assert_status(s->order_by_iccid(s->self, c, order.iccid, &changes->order[0], &found), RSP_OK);
		changes->n_orders = 1;
		changes->order[0].has_ppk = false;
		packages[i].spoil(c, package, &changes->package);
		assert_status(s->commit(s->self, c, changes), RSP_OK);
		have = load(&l, order.matching_id);
		if (strcmp(have, packages[i].verdict) != 0)
			fail_msg("package %zu: want %s, have %s", i, packages[i].verdict, have);
		assert_status(euicc_view(c, lab_card_nvm(l.p.card), &v), RSP_OK);
		assert_int_equal(v.n_profiles, 0);
		assert_int_equal(v.n_notifications, i + 1);
		rsp_ctx_reset(&l.p.scratch);
		rsp_ctx_reset(&l.p.card->c);
	}
	close_liar(&l);
}

static void
the_same_iccid_twice_is_refused_by_the_card(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_order order;
	struct euicc_view v;
	struct liar l;

	open_liar(&l, c, "twice", &order);
	assert_string_equal(load(&l, order.matching_id), "installed");
	probe_change_order(&l.p, order.iccid, to_released);
	assert_string_equal(load(&l, order.matching_id), "2/9");
	assert_status(euicc_view(c, lab_card_nvm(l.p.card), &v), RSP_OK);
	assert_int_equal(v.n_profiles, 1);
	close_liar(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(authenticate_server_says_which_thing_is_wrong),
		cmocka_unit_test(a_revoked_server_is_refused),
		cmocka_unit_test(prepare_download_says_which_thing_is_wrong),
		cmocka_unit_test(a_package_that_is_wrong_inside_is_not_installed),
		cmocka_unit_test(the_same_iccid_twice_is_refused_by_the_card),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
