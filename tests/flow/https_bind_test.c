// SPDX-License-Identifier: BSD-2-Clause
/*
 * The way to a package over HTTPS (SGP.22 5.6.1 to 5.6.3), in both bindings, on both curves: what the server signs, which CI it takes, how it binds, binds again,
 * or does not.
 */
#include "support/flow.h"

#include "bsp/bsp.h"
#include "tlv/mutate.h"

/* ---- downloads of a whole LPA ---- */

static void
a_card_installs_in_every_way(void **state)
{
	const struct world *w;
	int ppk;

	FOR_EACH_ROW(worlds, w)
		for (ppk = 0; ppk < 2; ppk++) {
			struct flow f;
			char *code;

			flow_open(&f, fresh_ctx(state), w);
			lab_smdpp(f.p.lab)->ppk = ppk;
			code = probe_order(&f.p, f.c, &(struct order_request){.release = true}, &f.order);
			if (probe_download(&f.p, code, NULL) != RSP_OK)
				fail_msg("%s: %s", w->name, f.p.card->c.error.text);
			assert_int_equal(flow_stored(&f).state, ORDER_INSTALLED);
			assert_false(flow_stored(&f).has_otsk);
			assert_int_equal(flow_stored(&f).has_ppk, ppk);
			assert_int_equal(f.w.calls, 4);
			flow_close(&f);
		}
}

/* The package gets lost on its way; and then the next one is for the key that the first was for. */
static void
lose_package(struct probe *p, enum es9p_function f, unsigned *http, struct bytes *answer)
{
	if (f != ES9P_GET_BOUND_PROFILE_PACKAGE || p->sent++)
		return;
	*http = 503;
	*answer = bytes_of_str("");
}

static void
a_package_that_got_lost_is_fetched_again(void **state)
{
	const struct world *w;

	FOR_EACH_ROW(worlds, w) {
		struct flow f;
		struct smdpp_order lost;
		char *code;

		flow_open(&f, fresh_ctx(state), w);
		code = probe_order(&f.p, f.c, &(struct order_request){.release = true}, &f.order);
		f.p.on_answer = lose_package;
		assert_status(probe_download(&f.p, code, NULL), RSP_IO);
		rsp_ctx_reset(&f.p.card->c);
		lost = flow_stored(&f);
		assert_int_equal(lost.state, ORDER_RELEASED);
		if (probe_download(&f.p, code, NULL) != RSP_OK)
			fail_msg("%s: %s", w->name, f.p.card->c.error.text);
		assert_memory_equal(flow_stored(&f).bound_otpk, lost.bound_otpk, sizeof(lost.bound_otpk));
		assert_int_equal(flow_stored(&f).state, ORDER_INSTALLED);
		flow_close(&f);
	}
}

/* A session is its transactionId: each function over a connection of its own, in the other binding than the one before. */
static void
a_session_hangs_on_no_connection_and_no_binding(void **state)
{
	const struct world *w;

	FOR_EACH_ROW(worlds, w) {
		struct flow f;
		int step;

		flow_open(&f, fresh_ctx(state), w);
		flow_order(&f, &(struct order_request){0});
		for (step = 0; step < 4; step++) {
			const struct es9p_request r = step == 0 ? paper_initiate(&f.e) : step == 1 ? paper_authenticate(&f.e, f.order.matching_id) :
				step == 2 ? paper_prepare(&f.e, NULL) : paper_result(&f.e, f.order.iccid, 0);

			flow_expect(&f, flow_ask(&f, (enum es9p_function)step, r), step == 3 ? "204" : "ok", 0);
			wire_close(&f.w);
			wire_open(&f.w, &f.p, 0, w->der ^ (step % 2 == 0));
		}
		assert_int_equal(flow_stored(&f).state, ORDER_INSTALLED);
		flow_close(&f);
	}
}

/* ---- bound again ---- */

static struct bpp_parts
parts(const struct flow *f, struct bytes package)
{
	struct bpp_parts out;

	assert_status(bpp_read(f->c, package, &out), RSP_OK);
	return out;
}

static struct bytes
offered(const struct flow *f)
{
	struct smdp_signed2 s;

	assert_status(es10_read_smdp_signed2(f->c, f->e.client.smdp_signed2, &s), RSP_OK);
	return s.bpp_euicc_otpk;
}

/* The package of this session again: octet for octet, and nothing moves. */
static void
ask_again(struct flow *f)
{
	const struct bytes first = f->e.bound.bound_profile_package;
	const char *before = wire_store(&f->p, f->c, f->e.initiated.transaction_id);

	flow_expect(f, flow_ask(f, ES9P_GET_BOUND_PROFILE_PACKAGE, paper_prepare(&f->e, NULL)), "ok", 0);
	assert_bytes_equal(f->e.bound.bound_profile_package, first);
	assert_string_equal(wire_store(&f->p, f->c, f->e.initiated.transaction_id), before);
}

static void
retry(struct flow *f, bool ppk)
{
	const struct bpp_parts first = parts(f, f->e.bound.bound_profile_package);
	struct bpp_parts next;

	flow_up_to(f, ES9P_GET_BOUND_PROFILE_PACKAGE);                       /* a new session of the same eUICC */
	assert_bytes_equal(offered(f), ec_key_point(f->e.otsk));
	flow_expect(f, flow_ask(f, ES9P_GET_BOUND_PROFILE_PACKAGE, paper_prepare(&f->e, NULL)), "ok", 0);
	next = parts(f, f->e.bound.bound_profile_package);
	assert_false(bytes_equal(next.secure_channel, first.secure_channel));
	assert_bytes_equal(next.configure, first.configure);
	assert_bytes_equal(next.metadata, first.metadata);
	assert_bytes_equal(next.replace_keys, first.replace_keys);
	assert_bytes_equal(next.elements, first.elements);
	assert_int_equal(next.replace_keys.p != NULL, ppk);
}

static void
bind_to_another_key(struct flow *f, bool ppk)
{
	const struct bpp_parts first = parts(f, f->e.bound.bound_profile_package);
	struct bpp_parts next;

	flow_up_to(f, ES9P_GET_BOUND_PROFILE_PACKAGE);
	paper_drop_otsk(&f->e);
	flow_expect(f, flow_ask(f, ES9P_GET_BOUND_PROFILE_PACKAGE, paper_prepare(&f->e, NULL)), "ok", 0);
	next = parts(f, f->e.bound.bound_profile_package);
	assert_false(bytes_equal(next.secure_channel, first.secure_channel));
	assert_false(bytes_equal(next.configure, first.configure));
	assert_false(bytes_equal(next.metadata, first.metadata));
	if (ppk)
		assert_false(bytes_equal(next.replace_keys, first.replace_keys));
	assert_int_equal(bytes_equal(next.elements, first.elements), ppk);
}

/* Without rebinding only the key it is bound to gets it, in this session and in later ones. */
static void
refuse_another_key(struct flow *f)
{
	struct ec_key *own = f->e.otsk;
	unsigned i;

	lab_smdpp(f->p.lab)->rebinding = false;
	for (i = 0; i < 2; i++) {
		const char *before = wire_store(&f->p, f->c, f->e.initiated.transaction_id);

		f->e.otsk = NULL;
		flow_expect(f, flow_ask(f, ES9P_GET_BOUND_PROFILE_PACKAGE, paper_prepare(&f->e, NULL)), "8.2/3.7", 5);
		assert_string_equal(wire_store(&f->p, f->c, f->e.initiated.transaction_id), before);
		paper_drop_otsk(&f->e);
		f->e.otsk = own;
		flow_expect(f, flow_ask(f, ES9P_GET_BOUND_PROFILE_PACKAGE, paper_prepare(&f->e, NULL)), "ok", 0);
		if (i == 0)
			flow_up_to(f, ES9P_GET_BOUND_PROFILE_PACKAGE);
	}
	lab_smdpp(f->p.lab)->rebinding = true;
}

static void
a_package_is_bound_again_as_little_as_possible(void **state)
{
	const struct world *w;
	int ppk;

	FOR_EACH_ROW(worlds, w)
		for (ppk = 0; ppk < 2; ppk++) {
			struct flow f;

			flow_open(&f, fresh_ctx(state), w);
			lab_smdpp(f.p.lab)->ppk = ppk;
			lab_smdpp(f.p.lab)->limits.downloads = 0;
			flow_order(&f, &(struct order_request){0});
			flow_up_to(&f, ES9P_GET_BOUND_PROFILE_PACKAGE);
			assert_null(offered(&f).p);
			flow_expect(&f, flow_ask(&f, ES9P_GET_BOUND_PROFILE_PACKAGE, paper_prepare(&f.e, NULL)), "ok", 0);
			ask_again(&f);
			retry(&f, ppk);
			ask_again(&f);
			bind_to_another_key(&f, ppk);
			refuse_another_key(&f);
			flow_close(&f);
		}
}

/* After a failure that may pass, another eUICC may have the profile; it is not told the first one's key. */
static void
another_euicc_is_offered_no_key(void **state)
{
	const struct world *w;

	FOR_EACH_ROW(worlds, w) {
		struct flow f;
		struct paper first;

		flow_open(&f, fresh_ctx(state), w);
		flow_order(&f, &(struct order_request){0});
		flow_up_to(&f, ES9P_HANDLE_NOTIFICATION);
		flow_expect(&f, flow_ask(&f, ES9P_HANDLE_NOTIFICATION, paper_result(&f.e, f.order.iccid, 11)), "204", 0);
		first = f.e;
		paper_open(&f.e, &f.p, f.c, w->curve, 2);
		flow_up_to(&f, ES9P_GET_BOUND_PROFILE_PACKAGE);
		assert_null(offered(&f).p);
		paper_close(&f.e);
		f.e = first;
		flow_up_to(&f, ES9P_GET_BOUND_PROFILE_PACKAGE);
		assert_bytes_equal(offered(&f), ec_key_point(f.e.otsk));
		flow_close(&f);
	}
}

/* ---- what the server signs ---- */

static void
assert_tags(struct bytes sequence, const uint32_t *tags)
{
	struct bytes rest = sequence;
	struct tlv t;

	for (; *tags; tags++) {
		assert_status(tlv_next(&rest, &t), RSP_OK);
		assert_int_equal(t.tag, *tags);
	}
	assert_int_equal(rest.n, 0);
}

static struct bytes
value_at(struct bytes der, const char *path)
{
	struct tlv t;

	assert_status(tlv_at(der, path, &t), RSP_OK);
	return t.value;
}

/* By the certificate that came along, which must be the SM-DP+'s of this role under the eUICC's CI. */
static void
assert_signed(struct flow *f, struct bytes certificate, enum pki_role role, const struct bytes *parts, size_t n, struct bytes signature)
{
	const struct pki_branch *b = f->e.branch;
	const struct pki_cert *cert;

	assert_status(pki_cert_read_scoped(f->c, certificate, &cert), RSP_OK);
	assert_status(pki_verify(f->c, cert, role, b->ci.cert), RSP_OK);
	assert_bytes_equal(cert->oid, b->dptls.cert->oid);
	assert_status(ec_verify(f->c, cert->key, parts, n, signature), RSP_OK);
}

static void
check_first_answer(struct flow *f)
{
	const struct bytes s1 = f->e.initiated.server_signed1;

	assert_tags(value_at(s1, "30"), (const uint32_t[]){0x80, 0x81, 0x83, 0x84, 0});
	assert_bytes_equal(value_at(s1, "30/80"), f->e.initiated.transaction_id);
	assert_bytes_equal(value_at(s1, "30/81"), BYTES_OF(f->e.challenge));
	assert_true(bytes_equal_str(value_at(s1, "30/83"), "smdpp.example.com"));
	assert_int_equal(value_at(s1, "30/84").n, 16);
	assert_signed(f, f->e.initiated.server_certificate, PKI_DPAUTH, &s1, 1, value_at(f->e.initiated.server_signature1, "5F37"));
}

static void
check_second_answer(struct flow *f, struct bytes bf38, bool code)
{
	const uint32_t tags[] = {0x80, 0x01, 0};
	struct tlv signature1;
	struct bytes parts2[2] = {f->e.client.smdp_signed2};

	assert_status(tlv_at(bf38, "BF38/A0/5F37", &signature1), RSP_OK);
	parts2[1] = signature1.whole;
	assert_tags(value_at(parts2[0], "30"), tags);
	assert_bytes_equal(value_at(parts2[0], "30/80"), f->e.initiated.transaction_id);
	assert_int_equal(value_at(parts2[0], "30/01").p[0], code ? 0xFF : 0);
	assert_signed(f, f->e.client.smdp_certificate, PKI_DPPB, parts2, 2, value_at(f->e.client.smdp_signature2, "5F37"));
}

/* BF23: the parts behind its header, and the eUICC's key last; its first key is the server's. */
static void
check_package(struct flow *f)
{
	const struct bpp_parts p = parts(f, f->e.bound.bound_profile_package);
	static const char *const paths[] = {"BF23/82", "BF23/80", "BF23/A6", "BF23/5F49"};
	struct bytes signed_parts[5];
	struct buf b = BUF_INIT;
	struct tlv t;
	size_t i;

	assert_tags(value_at(p.secure_channel, "BF23"), (const uint32_t[]){0x82, 0x80, 0xA6, 0x5F49, 0x5F37, 0});
	for (i = 0; i < 4; i++) {
		assert_status(tlv_at(p.secure_channel, paths[i], &t), RSP_OK);
		signed_parts[i] = t.whole;
	}
	tlv_add(&b, 0x5F49, ec_key_point(f->e.otsk));
	assert_status(buf_finish(&b, f->c, &signed_parts[4]), RSP_OK);
	assert_signed(f, f->e.client.smdp_certificate, PKI_DPPB, signed_parts, 5, value_at(p.secure_channel, "BF23/5F37"));
}

static void
the_server_signs_what_it_should_and_all_of_it_is_fresh(void **state)
{
	const struct world *w;
	int code;

	FOR_EACH_ROW(worlds, w) {
		struct flow f;

		flow_open(&f, fresh_ctx(state), w);
		for (code = 0; code < 2; code++) {
			struct es9p_response earlier = f.e.initiated;
			struct es9p_request r;

			flow_order(&f, &(struct order_request){.confirmation_code = code ? bytes_of_str("4711") : BYTES_NONE});
			flow_up_to(&f, ES9P_AUTHENTICATE_CLIENT);
			check_first_answer(&f);
			assert_false(bytes_equal(earlier.transaction_id, f.e.initiated.transaction_id));
			if (code)
				assert_false(bytes_equal(value_at(earlier.server_signed1, "30/84"), value_at(f.e.initiated.server_signed1, "30/84")));
			r = paper_authenticate(&f.e, f.order.matching_id);
			flow_expect(&f, flow_ask(&f, ES9P_AUTHENTICATE_CLIENT, r), "ok", 0);
			check_second_answer(&f, r.payload, code);
			flow_expect(&f, flow_ask(&f, ES9P_GET_BOUND_PROFILE_PACKAGE, paper_prepare(&f.e, code ? "4711" : NULL)), "ok", 0);
			check_package(&f);
			paper_drop_otsk(&f.e);
		}
		flow_close(&f);
	}
}

/* ---- which CI ---- */

static const char *
initiate_with(struct flow *f, const char *signing, const char *verification, enum ec_curve want)
{
	const struct pki *pki = lab_pki(f->p.lab);
	struct es9p_request r = paper_initiate(&f->e);
	struct euicc_info1 info1;
	struct buf b = BUF_INIT;
	const char *s, *verdict;
	struct tlv t;

	assert_status(es10_read_info1(f->c, f->e.info1, &info1), RSP_OK);
	info1.signing.n = info1.verification.n = 0;
	for (s = signing; *s; s++)
		info1.signing.id[info1.signing.n++] = pki->branch[*s == 'B' ? EC_BP256 : EC_P256].ci.cert->ski;
	for (s = verification; *s; s++)
		info1.verification.id[info1.verification.n++] = pki->branch[*s == 'B' ? EC_BP256 : EC_P256].ci.cert->ski;
	es10_write_info1(&b, &info1);
	assert_status(buf_finish(&b, f->c, &r.euicc_info1), RSP_OK);
	verdict = flow_ask(f, ES9P_INITIATE_AUTHENTICATION, r);
	if (strcmp(verdict, "ok") == 0) {
		assert_status(tlv_only(f->e.initiated.ci_id, 0x04, &t), RSP_OK);
		assert_bytes_equal(t.value, pki->branch[want].ci.cert->ski);
		assert_bytes_equal(f->e.initiated.server_certificate, pki->branch[want].dpauth.cert->der);
	}
	return verdict;
}

/* The eUICC's list for signing is in its order of preference; the one for verification has a say, too. */
static void
the_euicc_prefers_a_ci(void **state)
{
	const struct world *w;

	FOR_EACH_ROW(worlds, w) {
		const struct lab_options o = {.seed = "two", .clock = TEST_NOW, .tls = true, .curve = w->curve};
		struct flow f;

		flow_open_lab(&f, fresh_ctx(state), w, &o);
		flow_expect(&f, initiate_with(&f, "NB", "NB", EC_P256), "ok", 0);
		flow_expect(&f, initiate_with(&f, "BN", "NB", EC_BP256), "ok", 0);
		flow_expect(&f, initiate_with(&f, "B", "BN", EC_BP256), "ok", 0);
		flow_expect(&f, initiate_with(&f, "NB", "B", EC_BP256), "ok", 0);
		flow_expect(&f, initiate_with(&f, "N", "B", EC_P256), "8.8.4/3.7", 3);
		flow_expect(&f, initiate_with(&f, "", "NB", EC_P256), "8.8.2/3.1", 3);
		flow_close(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_card_installs_in_every_way),
		cmocka_unit_test(a_package_that_got_lost_is_fetched_again),
		cmocka_unit_test(a_session_hangs_on_no_connection_and_no_binding),
		cmocka_unit_test(a_package_is_bound_again_as_little_as_possible),
		cmocka_unit_test(another_euicc_is_offered_no_key),
		cmocka_unit_test(the_server_signs_what_it_should_and_all_of_it_is_fresh),
		cmocka_unit_test(the_euicc_prefers_a_ci),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
