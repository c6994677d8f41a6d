// SPDX-License-Identifier: BSD-2-Clause
/* A signature that was found good once is not verified again: what else changes must still be seen. Without a seed, where this is so. */
#include "unit/pki/fixture.h"

#include <pthread.h>

#include "pki/impl.h"

static int
open_unseeded(void **state)
{
	return open_fixture_seeded(state, BYTES_NONE);
}

static size_t
signature_size(const struct pki_cert *cert)
{
	const ASN1_BIT_STRING *signature;

	X509_get0_signature(&signature, NULL, cert->x509);
	return (size_t)ASN1_STRING_length(signature);
}

/* A copy in the arena with the bits of mask flipped in octet i. */
static struct bytes
flipped(struct rsp_ctx *c, struct bytes der, size_t i, uint8_t mask)
{
	struct bytes copy = rsp_copy(c, der);

	assert_non_null(copy.p);
	((uint8_t *)(uintptr_t)copy.p)[i] ^= mask;
	return copy;
}

/* The library's own answer, over a certificate parsed with its key. */
static bool
library_says(struct rsp_ctx *c, struct bytes der, const struct ec_key *key)
{
	X509 *x = X509_new_ex(crypto_libctx(c->crypto), NULL);
	const unsigned char *p = der.p;
	bool good = d2i_X509(&x, &p, (long)der.n) && X509_verify(x, ec_key_pkey(key)) == 1;

	X509_free(x);
	return good;
}

static void
a_flipped_signature_is_refused_after_the_good_one(void **state)
{
	struct fixture *f = fresh(state);
	const struct pki_branch *b = &f->pki->branch[EC_P256];
	struct bytes der = b->eum.cert->der;
	size_t i;

	for (i = der.n - signature_size(b->eum.cert); i < der.n; i++) {
		fresh(state);
		assert_status(pki_verify(&f->c, read_cert(&f->c, der), PKI_EUM, b->ci.cert), RSP_OK);
		assert_refusal(&f->c, "flipped", pki_verify(&f->c, read_cert(&f->c, flipped(&f->c, der, i, 1)), PKI_EUM, b->ci.cert), RSP_UNTRUSTED,
			"signature is not");
		assert_refusal(&f->c, "again", pki_verify(&f->c, read_cert(&f->c, flipped(&f->c, der, i, 1)), PKI_EUM, b->ci.cert), RSP_UNTRUSTED,
			"signature is not");
	}
}

/* The other CI has the same name and key identifier, and another key. */
static void
another_ci_does_not_inherit_the_answer(void **state)
{
	struct fixture *f = fresh(state);
	const struct pki_branch *b = &f->pki->branch[EC_P256], *stranger = &f->stranger->branch[EC_P256];
	X509 *x = X509_dup(b->ci.cert->x509);
	const struct pki_cert *twin;

	assert_true(X509_set_pubkey(x, ec_key_pkey(stranger->ci.key)));
	twin = read_cert(&f->c, signed_again(&f->c, x, stranger->ci.key, "SHA2-256"));
	assert_status(pki_verify(&f->c, twin, PKI_CI, twin), RSP_OK);
	assert_status(pki_verify(&f->c, b->eum.cert, PKI_EUM, b->ci.cert), RSP_OK);
	assert_refusal(&f->c, "twin", pki_verify(&f->c, b->eum.cert, PKI_EUM, twin), RSP_UNTRUSTED, "signature is not");
	assert_status(pki_verify(&f->c, b->eum.cert, PKI_EUM, b->ci.cert), RSP_OK);
}

static void
role_dates_and_revocation_are_judged_every_time(void **state)
{
	struct fixture *f = fresh(state);
	const struct pki_branch *b = &f->pki->branch[EC_P256];
	const struct pki_cert *eum = b->eum.cert;
	struct pki_crl *crl = NULL;

	assert_status(pki_verify(&f->c, eum, PKI_EUM, b->ci.cert), RSP_OK);
	assert_refusal(&f->c, "role", pki_verify(&f->c, eum, PKI_DPAUTH, b->ci.cert), RSP_UNTRUSTED, "policy");
	f->c.now = eum->not_after + 1;
	assert_refusal(&f->c, "expired", pki_verify(&f->c, eum, PKI_EUM, b->ci.cert), RSP_REFUSED, "expired");
	f->c.now = eum->not_before - 1;
	assert_refusal(&f->c, "early", pki_verify(&f->c, eum, PKI_EUM, b->ci.cert), RSP_REFUSED, "not yet valid");
	f->c.now = TEST_NOW;
	assert_status(pki_verify(&f->c, eum, PKI_EUM, b->ci.cert), RSP_OK);
	assert_status(pki_crl_issue(&f->c, &b->ci, &eum, 1, &crl), RSP_OK);
	assert_true(pki_crl_lists(crl, read_cert(&f->c, eum->der)));
	assert_false(pki_crl_lists(crl, b->dpauth.cert));
	pki_crl_free(crl);
}

static void
what_a_ci_signed_is_parsed_once(void **state)
{
	struct fixture *f = fresh(state);
	const struct pki_branch *b = &f->pki->branch[EC_P256];
	struct bytes eum = flipped(&f->c, b->eum.cert->der, 0, 0), bad = flipped(&f->c, eum, eum.n - 1, 1);
	const struct pki_cert *euicc, *again;
	struct pki_cert *mine = NULL, *other = NULL;

	assert_status(pki_verify(&f->c, read_cert(&f->c, eum), PKI_EUM, b->ci.cert), RSP_OK);
	assert_status(pki_cert_read(&f->c, eum, &mine), RSP_OK);
	assert_status(pki_cert_read(&f->c, bad, &other), RSP_OK);
	assert_ptr_equal(mine, read_cert(&f->c, eum));
	assert_ptr_not_equal(mine, other);
	assert_bytes_equal(other->der, bad);
	pki_cert_free(other);
	rsp_ctx_reset(&f->c);
	assert_bytes_equal(mine->der, b->eum.cert->der);
	pki_cert_free(mine);
	/* what an EUM signed comes once */
	euicc = read_cert(&f->c, b->euicc.cert->der);
	assert_status(pki_verify(&f->c, euicc, PKI_EUICC, b->eum.cert), RSP_OK);
	again = read_cert(&f->c, b->euicc.cert->der);
	assert_ptr_not_equal(euicc, again);
}

/* Read and verified in a context of its own, which is gone before the certificate is given out again. */
static void
a_kept_certificate_outlives_the_context_it_was_read_in(void **state)
{
	struct fixture *f = fresh(state);
	const struct pki_branch *b = &f->pki->branch[EC_P256];
	X509 *x = X509_dup(b->eum.cert->x509);
	const struct pki_cert *first, *again;
	struct crypto *other = NULL;
	struct rsp_ctx c;
	struct bytes der;

	assert_true(ASN1_INTEGER_set(X509_get_serialNumber(x), 77));
	der = signed_again(&f->c, x, b->ci.key, "SHA2-256");
	assert_status(crypto_new(&other, BYTES_NONE, "other"), RSP_OK);
	assert_status(rsp_ctx_init(&c, other, TEST_NOW), RSP_OK);
	assert_status(pki_cert_read_scoped(&c, der, &first), RSP_OK);
	assert_status(pki_verify(&c, first, PKI_EUM, b->ci.cert), RSP_OK);
	rsp_ctx_free(&c);
	crypto_free(other);
	again = read_cert(&f->c, der);
	assert_ptr_equal(again, first);
	assert_bytes_equal(again->der, der);
	assert_status(pki_verify(&f->c, again, PKI_EUM, b->ci.cert), RSP_OK);
	assert_status(pki_verify(&f->c, b->euicc.cert, PKI_EUICC, again), RSP_OK);
	assert_true(library_says(&f->c, b->euicc.cert->der, again->key));
}

/* More certificates than are remembered. */
static void
what_was_forgotten_is_verified_again(void **state)
{
	struct fixture *f = fresh(state);
	const struct pki_branch *b = &f->pki->branch[EC_P256];
	struct bytes first = BYTES_NONE, der;
	long i;

	for (i = 0; i < 300; i++) {
		X509 *x = X509_dup(b->eum.cert->x509);

		assert_true(ASN1_INTEGER_set(X509_get_serialNumber(x), 1000 + i));
		der = signed_again(&f->c, x, b->ci.key, "SHA2-256");
		if (!first.p)
			first = der;
		assert_status(pki_verify(&f->c, read_cert(&f->c, der), PKI_EUM, b->ci.cert), RSP_OK);
		assert_status(pki_verify(&f->c, read_cert(&f->c, flipped(&f->c, der, der.n - 1, 1)), PKI_EUM, b->ci.cert), RSP_UNTRUSTED);
		assert_status(pki_verify(&f->c, read_cert(&f->c, der), PKI_EUM, b->ci.cert), RSP_OK);
	}
	assert_status(pki_verify(&f->c, read_cert(&f->c, first), PKI_EUM, b->ci.cert), RSP_OK);
}

static void
the_library_gives_the_same_answer_to_every_flipped_octet(void **state)
{
	static const struct { enum pki_role role; enum ec_curve curve; } rows[] = {
		{PKI_EUM, EC_P256}, {PKI_EUICC, EC_P256}, {PKI_EUM, EC_BP256}, {PKI_EUICC, EC_BP256},
	}, *r;
	struct fixture *f = fresh(state);

	FOR_EACH_ROW(rows, r) {
		const struct pki_branch *b = &f->pki->branch[r->curve];
		struct bytes der = identity_of(b, r->role)->cert->der;
		const struct ec_key *key = issuer_of(b, r->role)->cert->key;
		size_t i;

		assert_true(library_says(&f->c, der, key));
		for (i = 0; i < 2 * der.n; i++) {
			const struct pki_cert *cert;
			struct bytes other;

			rsp_ctx_reset(&f->c);
			other = flipped(&f->c, der, i / 2, i % 2 ? 0x80 : 1);
			if (pki_cert_read_scoped(&f->c, other, &cert) == RSP_OK)
				assert_int_equal(pki_check_signed(&f->c, cert, key, true) == RSP_OK, library_says(&f->c, other, key));
		}
	}
}

struct job { struct fixture *f; long wrong; };

static void *
verify_many(void *arg)
{
	struct job *j = arg;
	const struct pki_branch *b = &j->f->pki->branch[EC_P256];
	struct bytes der = b->eum.cert->der;
	struct rsp_ctx c;
	int i;

	if (rsp_ctx_init(&c, j->f->crypto, TEST_NOW) != RSP_OK)
		return NULL;
	for (i = 0; i < 60; i++) {
		bool bad = i % 3 == 2;
		const struct pki_cert *cert;

		rsp_ctx_reset(&c);
		if (pki_cert_read_scoped(&c, bad ? flipped(&c, der, der.n - 1 - (size_t)i / 3, 1) : der, &cert) != RSP_OK ||
			pki_verify(&c, cert, PKI_EUM, b->ci.cert) != (bad ? RSP_UNTRUSTED : RSP_OK))
			j->wrong++;
	}
	rsp_ctx_free(&c);
	return NULL;
}

static void
several_threads_get_the_same_answers(void **state)
{
	struct job jobs[4];
	pthread_t t[4];
	int i;

	for (i = 0; i < 4; i++) {
		jobs[i] = (struct job){.f = fresh(state)};
		assert_int_equal(pthread_create(&t[i], NULL, verify_many, &jobs[i]), 0);
	}
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		assert_int_equal(jobs[i].wrong, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flipped_signature_is_refused_after_the_good_one),
		cmocka_unit_test(another_ci_does_not_inherit_the_answer),
		cmocka_unit_test(role_dates_and_revocation_are_judged_every_time),
		cmocka_unit_test(what_a_ci_signed_is_parsed_once),
		cmocka_unit_test(a_kept_certificate_outlives_the_context_it_was_read_in),
		cmocka_unit_test(what_was_forgotten_is_verified_again),
		cmocka_unit_test(the_library_gives_the_same_answer_to_every_flipped_octet),
		cmocka_unit_test(several_threads_get_the_same_answers),
	};

	return cmocka_run_group_tests(tests, open_unseeded, close_fixture);
}
