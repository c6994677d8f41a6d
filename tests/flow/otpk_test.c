// SPDX-License-Identifier: BSD-2-Clause
/*
 * The eUICC's one-time key pair of a download that came to nothing (SGP.22 5.7.5): the server that bound to it may have it again, nobody else may, and not after
 * it has served.
 */
#include "support/steps.h"

#include "codec/es10.h"
#include "pki/impl.h"
#include "tlv/mutate.h"

struct server { const struct pki_identity *ci, *auth, *pb; };

static struct server
own_server(const struct probe *p, enum ec_curve curve)
{
	const struct pki_branch *b = &lab_pki(p->lab)->branch[curve];

	return (struct server){&b->ci, &b->dpauth, &b->dppb};
}

/* ---- a server of the test's own, at the card's ES10b ---- */

static struct bytes
command(struct probe *p, struct buf *b)
{
	struct bytes der, answer;

	assert_status(buf_finish(b, &p->scratch, &der), RSP_OK);
	assert_int_equal(steps_es10(p, der, &answer), 0x9000);
	return answer;
}

static const uint8_t transaction[16] = {1, 2, 3}, server_challenge[16] = {4, 5, 6};

static struct bytes
authenticated(struct probe *p, const struct server *s)
{
	struct authenticate_server_req r = {.signed1 = {.transaction_id = BYTES_OF(transaction), .server_challenge = BYTES_OF(server_challenge),
		.server_address = bytes_of_str("smdpp.example.com")}, .ci_id = s->ci->cert->ski, .certificate = s->auth->cert->der};
	struct authenticate_server_rsp rsp;
	struct buf b = BUF_INIT;
	struct bytes answer;
	struct tlv t;
	uint8_t sig[64], tac[4] = {0x35, 0x29, 0x06, 0x11};

	buf_add(&b, unhex(&p->scratch, "BF2E00"));
	answer = command(p, &b);
	assert_status(tlv_at(answer, "BF2E/80", &t), RSP_OK);
	r.signed1.euicc_challenge = t.value;
	es10_write_server_signed1(&b, &r.signed1);
	assert_status(buf_finish(&b, &p->scratch, &r.signed1.der), RSP_OK);
	assert_status(ec_sign(&p->scratch, s->auth->key, &r.signed1.der, 1, sig), RSP_OK);
	r.signature = BYTES_OF(sig);
	r.params.tac = BYTES_OF(tac);
	es10_write_authenticate_server_req(&b, &r);
	assert_status(es10_read_authenticate_server_rsp(&p->scratch, command(p, &b), &rsp), RSP_OK);
	assert_true(rsp.ok);
	return rsp.signature;
}

/* A session up to PrepareDownload that offers this key; the one that the card takes. */
static struct bytes
prepared(struct probe *p, struct rsp_ctx *c, const struct server *s, struct bytes offered)
{
	struct prepare_download_req r = {.signed2 = {.transaction_id = BYTES_OF(transaction), .bpp_euicc_otpk = offered}, .certificate = s->pb->cert->der};
	struct prepare_download_rsp rsp;
	struct buf b = BUF_INIT;
	struct bytes parts[2];
	uint8_t sig[64];

	tlv_add(&b, 0x5F37, authenticated(p, s));
	assert_status(buf_finish(&b, &p->scratch, &parts[1]), RSP_OK);
	es10_write_smdp_signed2(&b, &r.signed2);
	assert_status(buf_finish(&b, &p->scratch, &r.signed2.der), RSP_OK);
	parts[0] = r.signed2.der;
	assert_status(ec_sign(&p->scratch, s->pb->key, parts, 2, sig), RSP_OK);
	r.signature = BYTES_OF(sig);
	es10_write_prepare_download_req(&b, &r);
	assert_status(es10_read_prepare_download_rsp(&p->scratch, command(p, &b), &rsp), RSP_OK);
	assert_true(rsp.ok);
	offered = rsp_copy(c, rsp.signed2.otpk);
	rsp_ctx_reset(&p->scratch);
	return offered;
}

static void
open_card(struct probe *p, struct rsp_ctx *c, const char *seed)
{
	const struct lab_options o = {.seed = seed, .clock = TEST_NOW};

	probe_open(p, c, &o);
	p->card->c.now = TEST_NOW;
	assert_status(lpa_begin(&p->card->lpa, &p->card->c), RSP_OK);
}

static void
close_card(struct probe *p)
{
	lpa_end(&p->card->lpa, &p->card->c);
	probe_close(p);
}

#define SAME(a, b) assert_true(bytes_equal((a), (b)))
#define OTHER(a, b) assert_false(bytes_equal((a), (b)))

static void
a_kept_key_is_taken_again_when_it_is_asked_for(void **state)
{
	enum ec_curve curve;

	for (curve = EC_P256; curve <= EC_BP256; curve++) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct probe p;
		struct server s;
		struct bytes first, second;

		open_card(&p, c, "kept");
		s = own_server(&p, curve);
		first = prepared(&p, c, &s, BYTES_NONE);
		SAME(prepared(&p, c, &s, first), first);
		SAME(prepared(&p, c, &s, first), first);
		second = prepared(&p, c, &s, BYTES_NONE);
		OTHER(second, first);
		OTHER(prepared(&p, c, &s, first), first);        /* another has taken its place */
		OTHER(prepared(&p, c, &s, second), second);
		close_card(&p);
	}
}

static void
a_session_that_was_cancelled_leaves_its_key(void **state)
{
	const struct cancel_session_req cancel = {BYTES_OF(transaction), CANCEL_POSTPONED};
	struct rsp_ctx *c = fresh_ctx(state);
	struct buf b = BUF_INIT;
	struct bytes first;
	struct server s;
	struct probe p;

	open_card(&p, c, "cancelled");
	s = own_server(&p, EC_P256);
	first = prepared(&p, c, &s, BYTES_NONE);
	es10_write_cancel_session_req(&b, &cancel);
	command(&p, &b);
	SAME(prepared(&p, c, &s, first), first);
	close_card(&p);
}

static void
a_kept_key_is_not_for_another_server_or_curve(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct pki_shape shapes[2] = {*pki_shape_of(PKI_DPAUTH), *pki_shape_of(PKI_DPPB)};
	struct pki_identity made[2];
	struct server own, other, brainpool;
	struct bytes first;
	struct probe p;
	int i;

	open_card(&p, c, "servers");
	own = other = own_server(&p, EC_P256);
	brainpool = own_server(&p, EC_BP256);
	for (i = 0; i < 2; i++) {
		const struct pki_request r = {.shape = &shapes[i], .curve = EC_P256, .issuer = own.ci, .organization = "esimlab TEST"};

		shapes[i].oid = "2.999.11";
		assert_status(pki_certify(c, &r, &made[i]), RSP_OK);
	}
	other.auth = &made[0];
	other.pb = &made[1];
	first = prepared(&p, c, &own, BYTES_NONE);
	OTHER(prepared(&p, c, &other, first), first);
	first = prepared(&p, c, &own, BYTES_NONE);
	OTHER(prepared(&p, c, &brainpool, first), first);
	for (i = 0; i < 2; i++)
		pki_identity_free(&made[i]);
	close_card(&p);
}

static void
power_off_takes_the_key(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes first;
	struct server s;
	struct probe p;

	open_card(&p, c, "power");
	s = own_server(&p, EC_P256);
	first = prepared(&p, c, &s, BYTES_NONE);
	assert_status(p.card->port.reset(p.card->port.self, &p.card->c), RSP_OK);
	assert_status(lpa_begin(&p.card->lpa, &p.card->c), RSP_OK);
	OTHER(prepared(&p, c, &s, first), first);
	close_card(&p);
}

/* ---- with the SM-DP+ ---- */

static struct bytes
bound_to(struct probe *p, struct rsp_ctx *c, const struct smdpp_order *order)
{
	struct smdpp_store *s = lab_smdpp(p->lab)->store;
	struct smdpp_order o;
	bool found = false;

	assert_status(s->order_by_iccid(s->self, c, order->iccid, &o, &found), RSP_OK);
	return rsp_copy(c, BYTES_OF(o.bound_otpk));
}

static const char *
load(struct probe *p, const struct steps *s, size_t spoilt)
{
	const char *verdict = "ok";
	size_t i;

	for (i = 0; i < s->segments.n && strcmp(verdict, "ok") == 0; i++) {
		uint8_t *copy = (uint8_t *)(uintptr_t)rsp_copy(&p->card->c, s->segments.p[i]).p;

		if (i == spoilt)
			copy[s->segments.p[i].n - 1] ^= 1;
		verdict = rsp_strdup(&p->card->c, steps_verdict(p, bytes_of(copy, s->segments.p[i].n)));
		rsp_ctx_reset(&p->scratch);
	}
	return verdict;
}

/* A package that got lost; one that was spoilt on the way; then the same once more, and all of it but BF23 is as it was. */
static void
an_installation_that_failed_is_tried_again_with_the_same_key(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	const struct lab_options o = {.seed = "again", .clock = TEST_NOW, .only_curve = true};
	struct bpp_parts first, last;
	struct smdpp_order order;
	struct bytes otpk;
	struct server server;
	struct steps s;
	struct probe p;

	probe_open(&p, c, &o);
	probe_order(&p, c, &(struct order_request){.release = true}, &order);
	steps_to_load(&p, &s, order.matching_id);
	assert_status(bpp_read(c, rsp_copy(c, s.bound.bound_profile_package), &first), RSP_OK);
	otpk = bound_to(&p, c, &order);
	lpa_end(&p.card->lpa, &p.card->c);

	steps_to_load(&p, &s, order.matching_id);
	SAME(bound_to(&p, c, &order), otpk);
	assert_string_equal(load(&p, &s, s.segments.n - 1), "5/8");
	lpa_end(&p.card->lpa, &p.card->c);

	steps_to_load(&p, &s, order.matching_id);
	SAME(bound_to(&p, c, &order), otpk);
	assert_status(bpp_read(c, s.bound.bound_profile_package, &last), RSP_OK);
	OTHER(last.secure_channel, first.secure_channel);
	SAME(last.configure, first.configure);
	SAME(last.metadata, first.metadata);
	SAME(last.replace_keys, first.replace_keys);
	SAME(last.elements, first.elements);
	assert_string_equal(load(&p, &s, s.segments.n), "installed");
	server = own_server(&p, EC_P256);
	OTHER(prepared(&p, c, &server, otpk), otpk);             /* it has served */
	lpa_end(&p.card->lpa, &p.card->c);
	probe_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kept_key_is_taken_again_when_it_is_asked_for),
		cmocka_unit_test(a_session_that_was_cancelled_leaves_its_key),
		cmocka_unit_test(a_kept_key_is_not_for_another_server_or_curve),
		cmocka_unit_test(power_off_takes_the_key),
		cmocka_unit_test(an_installation_that_failed_is_tried_again_with_the_same_key),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
