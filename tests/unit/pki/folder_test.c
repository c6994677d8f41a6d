// SPDX-License-Identifier: BSD-2-Clause
#include "unit/pki/fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

#include <openssl/pem.h>

/* Inside every validity of the published set: its TLS certificates are good for half a year only. */
#define SGP26_NOW 1786000000

static const char *
folder(struct rsp_ctx *c, const char *name)
{
	return rsp_sprintf(c, "%s/%s", scratch_dir(), name);
}

static const char *
new_folder(struct rsp_ctx *c, const char *name)
{
	const char *dir = folder(c, name);

	assert_int_equal(mkdir(dir, 0700), 0);
	return dir;
}

static void
put_file(struct rsp_ctx *c, const char *dir, const char *name, struct bytes data)
{
	FILE *f = fopen(rsp_sprintf(c, "%s/%s", dir, name), "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data.p, 1, data.n, f), data.n);
	assert_int_equal(fclose(f), 0);
}

static struct bytes
pem_of(struct rsp_ctx *c, const char *kind, struct bytes der)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct bytes out;
	char *p;
	long n;

	assert_true(PEM_write_bio(bio, kind, "", der.p, (long)der.n) > 0);
	n = BIO_get_mem_data(bio, &p);
	out = rsp_copy(c, bytes_of(p, (size_t)n));
	BIO_free(bio);
	return out;
}

static struct bytes
joined(struct rsp_ctx *c, const char *before, struct bytes after)
{
	struct buf b = BUF_INIT;
	struct bytes out;

	buf_str(&b, before);
	buf_add(&b, after);
	assert_status(buf_finish(&b, c, &out), RSP_OK);
	return out;
}

static void
assert_same_pki(struct rsp_ctx *c, const struct pki *a, const struct pki *b, bool same)
{
	struct bytes x, y;
	int curve, role;

	for (curve = EC_P256; curve <= EC_BP256; curve++) {
		for (role = PKI_CI; role <= PKI_ROLE_NONE; role++) {
			const struct pki_identity *i = identity_of(&a->branch[curve], (enum pki_role)role), *k = identity_of(&b->branch[curve], (enum pki_role)role);

			assert_int_equal(bytes_equal(i->cert->der, k->cert->der), same);
			assert_int_equal(bytes_equal(ec_key_point(i->key), ec_key_point(k->key)), same);
		}
		assert_status(pki_crl_der(c, a->branch[curve].crl, &x), RSP_OK);
		assert_status(pki_crl_der(c, b->branch[curve].crl, &y), RSP_OK);
		assert_int_equal(bytes_equal(x, y), same);
	}
}

static void
what_is_saved_is_loaded(void **state)
{
	struct fixture *f = fresh(state);
	const char *dir = folder(&f->c, "saved");
	struct pki *back = NULL, *again = NULL;
	struct stat info;

	assert_status(pki_save(&f->c, dir, f->pki), RSP_OK);
	if (pki_load(&f->c, dir, &back) != RSP_OK)
		fail_msg("%s", f->c.error.text);
	assert_same_pki(&f->c, f->pki, back, true);
	assert_ptr_equal(pki_by_ci(back, f->pki->branch[EC_BP256].ci.cert->ski), &back->branch[EC_BP256]);
	assert_null(pki_by_ci(back, f->stranger->branch[EC_P256].ci.cert->ski));
	assert_null(pki_by_ci(back, BYTES_NONE));
	assert_int_equal(stat(rsp_sprintf(&f->c, "%s/SK_EUICC_ECDSA_NIST.p8", dir), &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_equal(stat(rsp_sprintf(&f->c, "%s/README.txt", dir), &info), 0);
	assert_int_equal(stat(rsp_sprintf(&f->c, "%s/CERT_S_SM_OPERATOR_TLS_BRP.der", dir), &info), 0);
	assert_refusal(&f->c, "again", pki_save(&f->c, dir, f->stranger), RSP_STATE, "is there already");
	assert_status(pki_load(&f->c, dir, &again), RSP_OK);
	assert_same_pki(&f->c, back, again, true);
	pki_free(back);
	pki_free(again);
}

static void
one_file_in_the_way_stops_all(void **state)
{
	static const struct pki_make_options nist = {.nist = true};
	struct fixture *f = fresh(state);
	const char *dir = new_folder(&f->c, "in-the-way");

	put_file(&f->c, dir, "CRL_CI_ECDSA_NIST.der", bytes_of_str("mine"));
	assert_refusal(&f->c, "make", pki_make(&f->c, dir, &nist), RSP_STATE, "CRL_CI_ECDSA_NIST.der: is there already; nothing");
	assert_int_not_equal(access(rsp_sprintf(&f->c, "%s/README.txt", dir), F_OK), 0);
	assert_int_not_equal(access(rsp_sprintf(&f->c, "%s/SK_CI_ECDSA_NIST.p8", dir), F_OK), 0);
	assert_bytes_equal(read_whole(&f->c, rsp_sprintf(&f->c, "%s/CRL_CI_ECDSA_NIST.der", dir)), bytes_of_str("mine"));
	assert_status(pki_make(&f->c, folder(&f->c, "not/there"), &nist), RSP_IO);
}

static void
pem_and_subfolders_are_loaded(void **state)
{
	struct fixture *f = fresh(state);
	const struct pki_branch *b = &f->pki->branch[EC_P256];
	const char *dir = new_folder(&f->c, "pem"), *ci = new_folder(&f->c, "pem/CI"), *deep = new_folder(&f->c, "pem/CI/keys");
	struct pki *back = NULL;
	struct bytes key, crl;

	put_file(&f->c, ci, "CERT_CI_ECDSA_NIST.pem", joined(&f->c, "Certificate:\n  Version: 3\n", pem_of(&f->c, "CERTIFICATE", b->ci.cert->der)));
	assert_status(ec_key_write(&f->c, b->ci.key, &key), RSP_OK);
	/* As `openssl ecparam -genkey` writes: the parameters stand before the key. */
	put_file(&f->c, deep, "SK_CI_ECDSA_NIST.pem", joined(&f->c, "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n",
		pem_of(&f->c, "PRIVATE KEY", key)));
	assert_status(pki_crl_der(&f->c, b->crl, &crl), RSP_OK);
	put_file(&f->c, ci, "CRL_CI_ECDSA_NIST.pem", pem_of(&f->c, "X509 CRL", crl));
	put_file(&f->c, dir, "cert_eum_ecdsa_nist.CRT", b->eum.cert->der);
	/* Round in circles, and to what other tests have left. */
	assert_int_equal(symlink("../..", rsp_sprintf(&f->c, "%s/link", dir)), 0);
	if (pki_load(&f->c, dir, &back) != RSP_OK)
		fail_msg("%s", f->c.error.text);
	assert_bytes_equal(back->branch[EC_P256].ci.cert->der, b->ci.cert->der);
	assert_bytes_equal(ec_key_point(back->branch[EC_P256].ci.key), ec_key_point(b->ci.key));
	assert_bytes_equal(back->branch[EC_P256].eum.cert->der, b->eum.cert->der);
	assert_null(back->branch[EC_P256].eum.key);
	assert_non_null(back->branch[EC_P256].crl);
	assert_null(back->branch[EC_P256].euicc.cert);
	assert_null(back->branch[EC_BP256].ci.cert);
	pki_free(back);
	assert_status(pki_load(&f->c, ci, &back), RSP_OK);
	pki_free(back);
}

/* A folder with the CI and one more file; what it is and what loading says. */
static void
a_wrong_file_is_refused_by_name(void **state)
{
	struct fixture *f = fresh(state);
	const struct pki_branch *b = &f->pki->branch[EC_P256], *other = &f->pki->branch[EC_BP256];
	struct bytes crl, key, late;
	struct pki_crl *old = NULL;

	assert_status(pki_crl_der(&f->c, f->stranger->branch[EC_P256].crl, &crl), RSP_OK);
	assert_status(ec_key_write(&f->c, b->dppb.key, &key), RSP_OK);
	f->c.now = TEST_NOW - (int64_t)5 * 365 * 86400;
	assert_status(pki_crl_issue(&f->c, &b->ci, NULL, 0, &old), RSP_OK);
	f->c.now = TEST_NOW;
	assert_status(pki_crl_der(&f->c, old, &late), RSP_OK);
	pki_crl_free(old);
	const struct { const char *name, *file; struct bytes data; enum rsp_status want; const char *text; } rows[] = {
		{"text", "CERT_EUM_ECDSA_NIST.der", bytes_of_str("0 is no DER"), RSP_MALFORMED, "CERT_EUM_ECDSA_NIST.der: certificate of 11 octets"},
		{"empty", "CERT_EUM_ECDSA_NIST.der", bytes_of_str(""), RSP_MALFORMED, "CERT_EUM_ECDSA_NIST.der"},
		{"PEM of a key", "CERT_EUM_ECDSA_NIST.pem", pem_of(&f->c, "PRIVATE KEY", key), RSP_MALFORMED, "CERT_EUM_ECDSA_NIST.pem"},
		{"other curve", "CERT_EUM_ECDSA_NIST.der", other->eum.cert->der, RSP_MALFORMED, "want a key on NIST P-256"},
		{"key of another", "SK_CI_ECDSA_NIST.p8", key, RSP_MALFORMED, "SK_CI_ECDSA_NIST.p8: is not the key"},
		{"no key", "SK_CI_ECDSA_NIST.p8", b->ci.cert->der, RSP_MALFORMED, "SK_CI_ECDSA_NIST.p8: no private"},
		{"CRL of another CI", "CRL_CI_ECDSA_NIST.der", crl, RSP_UNTRUSTED, "CRL_CI_ECDSA_NIST.der: CRL"},
		{"CRL out of date", "CRL_CI_ECDSA_NIST.der", late, RSP_OK, ""},
		{"other name", "CERT_EUM_ECDSA_NIST.der.bak", bytes_of_str("x"), RSP_OK, ""},
		{"hidden", ".CERT_EUM_ECDSA_NIST.der", bytes_of_str("x"), RSP_OK, ""},
	}, *r;

	FOR_EACH_ROW(rows, r) {
		const char *dir = new_folder(&f->c, rsp_sprintf(&f->c, "wrong-%zu", (size_t)(r - rows)));
		struct pki *back = NULL;

		put_file(&f->c, dir, "CERT_CI_ECDSA_NIST.der", b->ci.cert->der);
		put_file(&f->c, dir, r->file, r->data);
		assert_refusal(&f->c, r->name, pki_load(&f->c, dir, &back), r->want, r->text);
		assert_int_equal(back != NULL, r->want == RSP_OK);
		pki_free(back);
	}
}

static void
no_folder_and_no_ci_are_failures_of_the_outside(void **state)
{
	struct fixture *f = fresh(state);
	struct pki *back = NULL;

	assert_refusal(&f->c, "no folder", pki_load(&f->c, folder(&f->c, "nowhere"), &back), RSP_IO, "no such folder");
	assert_refusal(&f->c, "empty", pki_load(&f->c, new_folder(&f->c, "empty"), &back), RSP_IO, "want CERT_CI_ECDSA_NIST or");
	assert_null(back);
}

/* A PKI and the seeded library context its keys live in. */
struct seeded { struct crypto *crypto; struct pki *pki; };

static struct seeded
seeded(const char *seed, int64_t now)
{
	static const struct pki_make_options both;
	struct seeded s = {0};
	struct rsp_ctx c;

	assert_status(crypto_new(&s.crypto, bytes_of_str(seed), "pki"), RSP_OK);
	assert_status(rsp_ctx_init(&c, s.crypto, now), RSP_OK);
	s.pki = made_pki(&c, &both);
	rsp_ctx_free(&c);
	return s;
}

static void
the_same_seed_and_time_give_the_same_octets(void **state)
{
	struct fixture *f = fresh(state);
	struct seeded s[] = {seeded("one", TEST_NOW), seeded("one", TEST_NOW), seeded("two", TEST_NOW), seeded("one", TEST_NOW + 86400)};
	size_t i;

	assert_same_pki(&f->c, s[0].pki, s[1].pki, true);
	assert_same_pki(&f->c, s[0].pki, s[2].pki, false);
	assert_false(bytes_equal(s[0].pki->branch[0].ci.cert->der, s[3].pki->branch[0].ci.cert->der));
	for (i = 0; i < sizeof(s) / sizeof(s[0]); i++) {
		pki_free(s[i].pki);
		crypto_free(s[i].crypto);
	}
}

static void
options_are_followed(void **state)
{
	static const struct pki_make_options o = {.host = "dp.example.org", .smds_host = "ds.example.org,alt.example.org",
		.eid = "89033023426200000000005840712341", .brainpool = true};
	static const struct { const char *host, *eid; } wrong[] = {{"", NULL}, {"two words", NULL}, {NULL, "8903"}, {NULL, "89033023426200000000005840712342"}}, *r;
	struct fixture *f = fresh(state);
	struct pki *p = made_pki(&f->c, &o), *none = NULL;
	const struct pki_branch *b = &p->branch[EC_BP256];

	assert_null(p->branch[EC_P256].ci.cert);
	assert_string_equal(b->dptls.cert->dns, o.host);
	assert_string_equal(b->dstls.cert->dns, "ds.example.org");
	assert_string_equal(b->euicc.cert->serial_number, o.eid);
	assert_status(pki_verify(&f->c, b->euicc.cert, PKI_EUICC, b->eum.cert), RSP_OK);
	pki_free(p);
	FOR_EACH_ROW(wrong, r)
		assert_status(pki_make_memory(&f->c, &(struct pki_make_options){.host = r->host, .eid = r->eid}, &none), RSP_MALFORMED);
	assert_null(none);
}

static void
the_published_set_loads_and_verifies(void **state)
{
	struct fixture *f = fresh(state);
	const char *data = getenv("ESIMLAB_DATA");
	static const enum pki_role there[] = {PKI_CI, PKI_EUM, PKI_EUICC, PKI_DPAUTH, PKI_DPPB, PKI_DPTLS}, *role;
	struct pki_identity issued = {0};
	struct pki *p = NULL;
	char eid[33];
	int curve;

	if (!data || !*data) {
		print_message("skipped: ESIMLAB_DATA is not set, the published SGP.26 set is not here\n");
		skip();
	}
	f->c.now = SGP26_NOW;
	if (pki_load(&f->c, rsp_sprintf(&f->c, "%s/sgp26", data), &p) != RSP_OK)
		fail_msg("%s", f->c.error.text);
	for (curve = EC_P256; curve <= EC_BP256; curve++) {
		const struct pki_branch *b = &p->branch[curve];

		FOR_EACH_ROW(there, role) {
			assert_non_null(identity_of(b, *role)->key);
			assert_refusal(&f->c, pki_role_name(*role), pki_verify(&f->c, identity_of(b, *role)->cert, *role, issuer_of(b, *role)->cert), RSP_OK, "");
		}
		assert_string_equal(b->euicc.cert->serial_number, "89049032123451234512345678901235");
		assert_status(pki_eid_under(&f->c, b->eum.cert, 42, eid), RSP_OK);
		assert_refusal(&f->c, "issuing", pki_issue_euicc(&f->c, &b->eum, eid, &issued), RSP_OK, "");
		pki_identity_free(&issued);
		/* The published EUM of another curve has the same names. */
		assert_refusal(&f->c, "crossed", pki_verify(&f->c, b->euicc.cert, PKI_EUICC, p->branch[1 - curve].eum.cert), RSP_UNTRUSTED, "authorityKeyIdentifier");
	}
	pki_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_saved_is_loaded),
		cmocka_unit_test(one_file_in_the_way_stops_all),
		cmocka_unit_test(pem_and_subfolders_are_loaded),
		cmocka_unit_test(a_wrong_file_is_refused_by_name),
		cmocka_unit_test(no_folder_and_no_ci_are_failures_of_the_outside),
		cmocka_unit_test(the_same_seed_and_time_give_the_same_octets),
		cmocka_unit_test(options_are_followed),
		cmocka_unit_test(the_published_set_loads_and_verifies),
	};

	return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
