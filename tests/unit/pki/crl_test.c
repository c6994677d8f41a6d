// SPDX-License-Identifier: BSD-2-Clause
#include "unit/pki/fixture.h"

#define DAY 86400

static struct pki_crl *
issued(struct rsp_ctx *c, const struct pki_identity *ci, const struct pki_cert *const *revoked, size_t n)
{
	struct pki_crl *crl = NULL;

	if (pki_crl_issue(c, ci, revoked, n, &crl) != RSP_OK)
		fail_msg("%s", c->error.text);
	return crl;
}

static struct bytes
der_of(struct rsp_ctx *c, const struct pki_crl *crl)
{
	struct bytes der;

	assert_status(pki_crl_der(c, crl, &der), RSP_OK);
	return der;
}

static void
a_made_crl_verifies_and_lists_nothing(void **state)
{
	struct fixture *f = fresh(state);
	int curve;

	for (curve = EC_P256; curve <= EC_BP256; curve++) {
		const struct pki_branch *b = &f->pki->branch[curve];

		assert_refusal(&f->c, "CRL", pki_crl_verify(&f->c, b->crl, b->ci.cert), RSP_OK, "");
		assert_false(pki_crl_lists(b->crl, b->dpauth.cert));
	}
}

static void
only_what_was_revoked_is_listed(void **state)
{
	struct fixture *f = fresh(state);
	const struct pki_branch *b = &f->pki->branch[EC_P256];
	const struct pki_cert *const revoked[] = {b->dpauth.cert, b->eum.cert};
	struct pki_crl *crl = issued(&f->c, &b->ci, revoked, 2);

	assert_status(pki_crl_verify(&f->c, crl, b->ci.cert), RSP_OK);
	assert_true(pki_crl_lists(crl, b->dpauth.cert));
	assert_true(pki_crl_lists(crl, b->eum.cert));
	assert_false(pki_crl_lists(crl, b->dppb.cert));
	/* The EUM issued this one: the CI's list says nothing of it. */
	assert_false(pki_crl_lists(crl, b->euicc.cert));
	pki_crl_free(crl);
	assert_refusal(&f->c, "no key", pki_crl_issue(&f->c, &(struct pki_identity){.cert = b->ci.cert}, NULL, 0, &crl), RSP_STATE, "private key");
}

static void
a_crl_of_another_ci_is_refused(void **state)
{
	struct fixture *f = fresh(state);
	const struct pki_branch *b = &f->pki->branch[EC_P256];
	const struct pki_cert *dumb;
	X509 *x = X509_dup(b->ci.cert->x509);

	assert_refusal(&f->c, "same name", pki_crl_verify(&f->c, f->stranger->branch[0].crl, b->ci.cert), RSP_UNTRUSTED, "authorityKeyIdentifier");
	assert_refusal(&f->c, "other curve", pki_crl_verify(&f->c, b->crl, f->pki->branch[EC_BP256].ci.cert), RSP_UNTRUSTED, "authorityKeyIdentifier");
	assert_refusal(&f->c, "an EUM", pki_crl_verify(&f->c, b->crl, b->eum.cert), RSP_UNTRUSTED, "want keyUsage cRLSign");
	assert_refusal(&f->c, "a server", pki_crl_verify(&f->c, b->crl, b->dpauth.cert), RSP_UNTRUSTED, "want keyUsage cRLSign");
	set_extension(x, "keyUsage", "critical,keyCertSign");
	dumb = read_cert(&f->c, signed_again(&f->c, x, b->ci.key, "SHA2-256"));
	assert_refusal(&f->c, "CI without cRLSign", pki_crl_verify(&f->c, b->crl, dumb), RSP_UNTRUSTED, "want keyUsage cRLSign");
}

static void
dates_alone_refuse(void **state)
{
	static const struct { const char *name; int64_t when; enum rsp_status want; const char *text; } rows[] = {
		{"first second", TEST_NOW - DAY, RSP_OK, ""}, {"before it", TEST_NOW - DAY - 1, RSP_REFUSED, "not yet valid"},
		{"last second", TEST_NOW + 365 * (int64_t)DAY, RSP_OK, ""}, {"after it", TEST_NOW + 365 * (int64_t)DAY + 1, RSP_REFUSED, "expired"},
		{"no clock", 0, RSP_REFUSED, "not yet valid"},
	}, *r;
	struct fixture *f = *state;
	const struct pki_branch *b = &f->pki->branch[EC_P256];

	FOR_EACH_ROW(rows, r) {
		fresh(state)->c.now = r->when;
		assert_refusal(&f->c, r->name, pki_crl_verify(&f->c, b->crl, b->ci.cert), r->want, r->text);
	}
	assert_refusal(&f->c, "late and of a stranger", pki_crl_verify(&f->c, f->stranger->branch[0].crl, b->ci.cert), RSP_UNTRUSTED, "");
}

/* Its critical extensions replaced by one, signed again. */
static void
extensions_that_change_the_meaning_are_refused(void **state)
{
	static const struct { const char *name, *extension, *value; enum rsp_status want; const char *text; } rows[] = {
		{"unknown critical", "2.999.77", "critical,DER:0500", RSP_UNTRUSTED, "critical extension 2.999.77"},
		{"unknown, not critical", "2.999.77", "DER:0500", RSP_OK, ""},
		{"delta", "deltaCRL", "critical,DER:020101", RSP_UNTRUSTED, "critical extension 2.5.29.27"},
		{"distribution point that is none", "issuingDistributionPoint", "critical,DER:0500", RSP_UNTRUSTED, "cannot be read"},
		{"second key identifier", "authorityKeyIdentifier", "DER:30028000", RSP_UNTRUSTED, "authorityKeyIdentifier"},
		{"of users only", "issuingDistributionPoint", "critical,DER:30038101FF", RSP_OK, ""},
		{"indirect", "issuingDistributionPoint", "critical,DER:30038401FF", RSP_UNTRUSTED, "indirect"},
	}, *r;
	struct fixture *f = *state;

	FOR_EACH_ROW(rows, r) {
		const struct pki_branch *b = &fresh(state)->pki->branch[EC_P256];
		struct bytes good = der_of(&f->c, b->crl);
		const unsigned char *p = good.p;
		X509_CRL *x = d2i_X509_CRL(NULL, &p, (long)good.n);
		X509V3_CTX v;
		EVP_MD_CTX *m = EVP_MD_CTX_new();
		X509_EXTENSION *e;
		unsigned char *der = NULL;
		struct pki_crl *crl = NULL;
		enum rsp_status st;
		int n;

		X509V3_set_ctx(&v, NULL, NULL, NULL, x, 0);
		X509V3_set_ctx_nodb(&v);
		e = X509V3_EXT_nconf(NULL, &v, r->extension, r->value);
		assert_non_null(e);
		assert_true(X509_CRL_add_ext(x, e, -1));
		X509_EXTENSION_free(e);
		assert_true(EVP_DigestSignInit_ex(m, NULL, "SHA2-256", crypto_libctx(f->crypto), NULL, ec_key_pkey(b->ci.key), NULL) > 0);
		assert_true(X509_CRL_sign_ctx(x, m) > 0);
		n = i2d_X509_CRL(x, &der);
		EVP_MD_CTX_free(m);
		X509_CRL_free(x);
		st = pki_crl_read(&f->c, bytes_of(der, (size_t)n), &crl);
		OPENSSL_free(der);
		if (st == RSP_OK)
			st = pki_crl_verify(&f->c, crl, b->ci.cert);
		pki_crl_free(crl);
		assert_refusal(&f->c, r->name, st, r->want, r->text);
	}
}

static void
every_flipped_octet_is_noticed(void **state)
{
	struct fixture *f = fresh(state);
	const struct pki_branch *b = &f->pki->branch[EC_P256];
	struct bytes good = der_of(&f->c, b->crl);
	uint8_t *p = rsp_alloc(&f->c, good.n);
	size_t i;

	for (i = 0; i < good.n; i++) {
		struct pki_crl *crl = NULL;
		enum rsp_status st;

		memcpy(p, good.p, good.n);
		p[i] ^= 1;
		st = pki_crl_read(&f->c, bytes_of(p, good.n), &crl);
		assert_status(st == RSP_OK ? pki_crl_verify(&f->c, crl, b->ci.cert) : st, st == RSP_OK ? RSP_UNTRUSTED : RSP_MALFORMED);
		pki_crl_free(crl);
	}
}

static void
a_cut_or_lengthened_crl_is_malformed(void **state)
{
	struct fixture *f = fresh(state);
	struct bytes good = der_of(&f->c, f->pki->branch[EC_P256].crl);
	size_t n;

	for (n = 0; n < good.n + 2; n++) {
		struct pki_crl *crl = NULL;
		uint8_t *p = calloc(1, n + 1);

		assert_non_null(p);
		memcpy(p, good.p, n < good.n ? n : good.n);
		assert_status(pki_crl_read(&f->c, bytes_of(p, n), &crl), n == good.n ? RSP_OK : RSP_MALFORMED);
		pki_crl_free(crl);
		free(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_made_crl_verifies_and_lists_nothing),
		cmocka_unit_test(only_what_was_revoked_is_listed),
		cmocka_unit_test(a_crl_of_another_ci_is_refused),
		cmocka_unit_test(dates_alone_refuse),
		cmocka_unit_test(extensions_that_change_the_meaning_are_refused),
		cmocka_unit_test(every_flipped_octet_is_noticed),
		cmocka_unit_test(a_cut_or_lengthened_crl_is_malformed),
	};

	return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
