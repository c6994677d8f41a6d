// SPDX-License-Identifier: BSD-2-Clause
#include "unit/pki/fixture.h"

#define YEAR ((int64_t)365 * 86400)

static void
every_role_verifies_under_its_issuer(void **state)
{
	struct fixture *f = fresh(state);
	int curve, role;

	for (curve = EC_P256; curve <= EC_BP256; curve++)
		for (role = PKI_CI; role <= PKI_ROLE_NONE; role++) {
			const struct pki_branch *b = &f->pki->branch[curve];
			const struct pki_cert *cert = identity_of(b, (enum pki_role)role)->cert;

			assert_int_equal(cert->role, role);
			assert_int_equal(cert->curve, curve);
			assert_refusal(&f->c, cert->subject, pki_verify(&f->c, cert, (enum pki_role)role, issuer_of(b, (enum pki_role)role)->cert), RSP_OK, "");
		}
}

static void
no_role_verifies_as_another(void **state)
{
	struct fixture *f = fresh(state);
	const struct pki_branch *b = &f->pki->branch[EC_P256];
	int have, want;

	for (have = PKI_CI; have <= PKI_ROLE_NONE; have++)
		for (want = PKI_CI; want <= PKI_ROLE_NONE; want++)
			if (have != want)
				assert_refusal(&f->c, pki_role_name((enum pki_role)want),
					pki_verify(&f->c, identity_of(b, (enum pki_role)have)->cert, (enum pki_role)want, issuer_of(b, (enum pki_role)want)->cert),
					RSP_UNTRUSTED, "policy");
}

static void
what_a_certificate_says_is_read(void **state)
{
	struct fixture *f = fresh(state);
	const struct pki_branch *b = &f->pki->branch[EC_P256];
	static const uint8_t oid[] = {0x88, 0x37, 0x0A};

	assert_string_equal(b->euicc.cert->organization, "esimlab TEST");
	assert_int_equal(strlen(b->euicc.cert->serial_number), 32);
	assert_non_null(strstr(b->euicc.cert->subject, "CN = esimlab TEST eUICC"));
	assert_string_equal(b->dptls.cert->dns, "testsmdpplus1.example.com");
	assert_bytes_equal(b->dptls.cert->oid, BYTES_OF(oid));
	assert_bytes_equal(b->dpauth.cert->oid, BYTES_OF(oid));
	assert_bytes_equal(b->dppb.cert->oid, BYTES_OF(oid));
	assert_null(b->euicc.cert->oid.p);
	assert_null(b->ci.cert->aki.p);
	assert_bytes_equal(b->dpauth.cert->aki, b->ci.cert->ski);
	assert_int_equal(b->dpauth.cert->not_before, TEST_NOW - 86400);
	assert_int_equal(b->ci.cert->not_after, TEST_NOW + 7300 * (int64_t)86400);
}

/* One extension of the good certificate left out or replaced, signed again by the right issuer. */
static void
one_wrong_extension_is_refused_by_name(void **state)
{
	static const struct { const char *name; enum pki_role role; const char *extension, *value, *text; } rows[] = {
		{"no policy", PKI_DPAUTH, "certificatePolicies", NULL, "policy"},
		{"policy of another role", PKI_DPAUTH, "certificatePolicies", "critical,2.23.146.1.2.1.5", "have that of DPpb"},
		{"policies of two roles", PKI_DPAUTH, "certificatePolicies", "critical,2.23.146.1.2.1.4,2.23.146.1.2.1.5", "have that of other"},
		{"policy of version 3", PKI_DPAUTH, "certificatePolicies", "critical,2.23.146.1.2.1.0.0.1.1", "policy"},
		{"unknown critical", PKI_DPAUTH, "2.999.77", "critical,DER:0500", "critical extension 2.999.77"},
		{"critical and only the library knows it", PKI_DPAUTH, "policyConstraints", "critical,requireExplicitPolicy:0", "critical extension"},
		{"name constraints of no EUM", PKI_DPAUTH, "nameConstraints", "critical,permitted;DNS:example.com", "critical extension"},
		{"DPauth that is a CA", PKI_DPAUTH, "basicConstraints", "critical,CA:TRUE", "want no CA"},
		{"no key usage", PKI_DPAUTH, "keyUsage", NULL, "keyUsage: want digitalSignature, have none"},
		{"key agreement", PKI_DPAUTH, "keyUsage", "critical,keyAgreement", "have keyAgreement"},
		{"one usage too many", PKI_DPPB, "keyUsage", "critical,digitalSignature,keyAgreement", "have digitalSignature+keyAgreement"},
		{"eUICC that signs certificates", PKI_EUICC, "keyUsage", "critical,keyCertSign", "have keyCertSign"},
		{"no AKI", PKI_DPAUTH, "authorityKeyIdentifier", NULL, "authorityKeyIdentifier: want the issuer's key identifier"},
		{"AKI of another", PKI_DPAUTH, "authorityKeyIdentifier", "DER:30068004AABBCCDD", "authorityKeyIdentifier: want the issuer's subjectKeyIdentifier"},
		{"empty AKI", PKI_DPAUTH, "authorityKeyIdentifier", "DER:30028000", "authorityKeyIdentifier"},
		{"AKI that cannot be read", PKI_DPAUTH, "authorityKeyIdentifier", "DER:3003800401", "extension cannot be read"},
		{"EUM without keyCertSign", PKI_EUM, "keyUsage", "critical,digitalSignature", "want keyCertSign, have digitalSignature"},
		{"EUM that is no CA", PKI_EUM, "basicConstraints", "critical,CA:FALSE", "want a CA"},
		{"EUM without basicConstraints", PKI_EUM, "basicConstraints", NULL, "want a CA"},
		{"EUM of a longer path", PKI_EUM, "basicConstraints", "critical,CA:TRUE,pathlen:1", "pathLenConstraint 0, have a longer"},
		{"EUM of any path", PKI_EUM, "basicConstraints", "critical,CA:TRUE", "pathLenConstraint 0, have none"},
		{"EUM without constraints", PKI_EUM, "nameConstraints", NULL, "nameConstraints: want them critical, have none"},
		{"EUM constrains DNS only", PKI_EUM, "nameConstraints", "critical,permitted;DNS:example.com", "organization and serialNumber"},
		{"no extended usage", PKI_DPTLS, "extendedKeyUsage", NULL, "want serverAuth, have none"},
		{"server not among the usages", PKI_DPTLS, "extendedKeyUsage", "critical,clientAuth", "want serverAuth"},
		{"client not among the usages", PKI_DSTLS, "extendedKeyUsage", "critical,serverAuth", "want clientAuth"},
		{"operator that is no client", PKI_ROLE_NONE, "extendedKeyUsage", "critical,serverAuth", "want clientAuth"},
	}, *r;
	struct fixture *f = *state;

	FOR_EACH_ROW(rows, r) {
		const struct pki_branch *b = &fresh(state)->pki->branch[EC_P256];
		X509 *x = X509_dup(identity_of(b, r->role)->cert->x509);
		const struct pki_cert *forged;

		set_extension(x, r->extension, r->value);
		forged = read_cert(&f->c, signed_again(&f->c, x, issuer_of(b, r->role)->key, "SHA2-256"));
		assert_refusal(&f->c, r->name, pki_verify(&f->c, forged, r->role, issuer_of(b, r->role)->cert), RSP_UNTRUSTED, r->text);
	}
}

/* The good certificate under an issuer that may not issue it. The issuer is the good one's, with one extension changed. */
static void
an_issuer_that_may_not_issue_is_refused_by_name(void **state)
{
	static const struct { const char *name; enum pki_role role; const char *extension, *value, *text; } rows[] = {
		{"no keyCertSign", PKI_DPAUTH, "keyUsage", "critical,cRLSign", "issuer's keyUsage: want keyCertSign"},
		{"no key usage", PKI_DPAUTH, "keyUsage", NULL, "issuer's keyUsage: want keyCertSign"},
		{"EUM without keyCertSign", PKI_EUICC, "keyUsage", "critical,digitalSignature", "issuer's keyUsage: want keyCertSign"},
		{"no CA", PKI_DPAUTH, "basicConstraints", "critical,CA:FALSE", "want a CA"},
		{"no room for an EUM", PKI_EUM, "basicConstraints", "critical,CA:TRUE,pathlen:0", "issuer's pathLenConstraint"},
		{"not a CI", PKI_DPAUTH, "certificatePolicies", "critical,2.23.146.1.2.1.2", "want an issuer of role CI, have EUM"},
		{"other key identifier", PKI_DPAUTH, "subjectKeyIdentifier", "AABBCCDD", "subjectKeyIdentifier, have another"},
		{"no key identifier", PKI_DPAUTH, "subjectKeyIdentifier", NULL, "subjectKeyIdentifier, have another"},
	}, *r;
	struct fixture *f = *state;

	FOR_EACH_ROW(rows, r) {
		const struct pki_branch *b = &fresh(state)->pki->branch[EC_P256];
		X509 *x = X509_dup(issuer_of(b, r->role)->cert->x509);
		const struct pki_cert *forged;

		set_extension(x, r->extension, r->value);
		forged = read_cert(&f->c, signed_again(&f->c, x, b->ci.key, "SHA2-256"));
		assert_refusal(&f->c, r->name, pki_verify(&f->c, identity_of(b, r->role)->cert, r->role, forged), RSP_UNTRUSTED, r->text);
	}
}

static void
a_wrong_issuer_is_refused(void **state)
{
	struct fixture *f = fresh(state);
	const struct pki_branch *b = &f->pki->branch[EC_P256], *other = &f->pki->branch[EC_BP256], *stranger = &f->stranger->branch[EC_P256];
	const struct pki_cert *twin;
	X509 *x;

	assert_refusal(&f->c, "same name", pki_verify(&f->c, b->dpauth.cert, PKI_DPAUTH, stranger->ci.cert), RSP_UNTRUSTED, "authorityKeyIdentifier");
	assert_refusal(&f->c, "other curve", pki_verify(&f->c, b->dpauth.cert, PKI_DPAUTH, other->ci.cert), RSP_UNTRUSTED, "authorityKeyIdentifier");
	assert_refusal(&f->c, "an EUM", pki_verify(&f->c, b->dpauth.cert, PKI_DPAUTH, b->eum.cert), RSP_UNTRUSTED, "issuer of role CI, have EUM");
	assert_refusal(&f->c, "a CI", pki_verify(&f->c, b->euicc.cert, PKI_EUICC, b->ci.cert), RSP_UNTRUSTED, "issuer of role EUM, have CI");
	assert_refusal(&f->c, "CI under CI", pki_verify(&f->c, b->ci.cert, PKI_CI, stranger->ci.cert), RSP_UNTRUSTED, "issued itself");
	x = X509_dup(b->dpauth.cert->x509);
	twin = read_cert(&f->c, signed_again(&f->c, x, stranger->ci.key, "SHA2-256"));
	assert_refusal(&f->c, "right names, wrong key", pki_verify(&f->c, twin, PKI_DPAUTH, b->ci.cert), RSP_UNTRUSTED, "signature");
	x = X509_dup(b->dpauth.cert->x509);
	assert_true(X509_NAME_add_entry_by_txt(X509_get_issuer_name(x), "OU", MBSTRING_ASC, (const unsigned char *)"x", -1, -1, 0));
	twin = read_cert(&f->c, signed_again(&f->c, x, b->ci.key, "SHA2-256"));
	assert_refusal(&f->c, "other issuer name", pki_verify(&f->c, twin, PKI_DPAUTH, b->ci.cert), RSP_UNTRUSTED, "issuer name");
	x = X509_dup(b->dpauth.cert->x509);
	twin = read_cert(&f->c, signed_again(&f->c, x, b->ci.key, "SHA2-384"));
	assert_refusal(&f->c, "other hash", pki_verify(&f->c, twin, PKI_DPAUTH, b->ci.cert), RSP_UNTRUSTED, "ecdsa-with-SHA384");
}

static void
dates_alone_refuse_and_nothing_else_does(void **state)
{
	static const struct { const char *name; enum pki_role role; int64_t when; enum rsp_status want; const char *text; } rows[] = {
		{"first second", PKI_DPAUTH, TEST_NOW - 86400, RSP_OK, ""}, {"a second before it", PKI_DPAUTH, TEST_NOW - 86401, RSP_REFUSED, "not yet valid"},
		{"last second", PKI_DPAUTH, TEST_NOW + 3 * YEAR, RSP_OK, ""}, {"a second after it", PKI_DPAUTH, TEST_NOW + 3 * YEAR + 1, RSP_REFUSED, "expired"},
		{"no clock", PKI_DPAUTH, 0, RSP_REFUSED, "not yet valid"}, {"eUICC later", PKI_EUICC, TEST_NOW + 21 * YEAR, RSP_REFUSED, "expired"},
		{"CI later", PKI_CI, TEST_NOW + 21 * YEAR, RSP_REFUSED, "expired"},
	}, *r;
	struct fixture *f = *state;
	const struct pki_branch *b = &f->pki->branch[EC_P256];

	FOR_EACH_ROW(rows, r) {
		fresh(state)->c.now = r->when;
		assert_refusal(&f->c, r->name, pki_verify(&f->c, identity_of(b, r->role)->cert, r->role, issuer_of(b, r->role)->cert), r->want, r->text);
	}
	fresh(state)->c.now = TEST_NOW + 21 * YEAR;
	assert_refusal(&f->c, "expired and of a stranger", pki_verify(&f->c, b->dpauth.cert, PKI_DPAUTH, f->stranger->branch[0].ci.cert),
		RSP_UNTRUSTED, "authorityKeyIdentifier");
}

/* A subject's attribute set again, as octets. */
static void
set_attribute(X509 *x, int nid, const char *value, int n, bool keep)
{
	X509_NAME *name = X509_get_subject_name(x);
	int at = X509_NAME_get_index_by_NID(name, nid, -1);

	if (at >= 0 && !keep)
		X509_NAME_ENTRY_free(X509_NAME_delete_entry(name, at));
	if (value)
		assert_true(X509_NAME_add_entry_by_NID(name, nid, V_ASN1_UTF8STRING, (const unsigned char *)value, n, -1, 0));
}

static void
a_euicc_outside_its_eum_is_refused_by_name(void **state)
{
	static const struct { const char *name; int nid; const char *value; int n; bool keep; const char *text; } rows[] = {
		{"other organization", NID_organizationName, "esimlab", 7, false, "want the organization 'esimlab TEST', have 'esimlab'"},
		{"longer organization", NID_organizationName, "esimlab TEST 2", 14, false, "want the organization"},
		{"other case", NID_organizationName, "ESIMLAB TEST", 12, false, "want the organization"},
		{"NUL in it", NID_organizationName, "esimlab TEST\0 2", 15, false, "want the organization"},
		{"no organization", NID_organizationName, NULL, 0, false, "want the organization"},
		{"two organizations", NID_organizationName, "other", 5, true, "want the organization"},
		{"other IIN", NID_serialNumber, "89049033000000000000000000000134", 32, false, "want an EID that begins with '89049032'"},
		{"prefix not at the beginning", NID_serialNumber, "00089049032000000000000000000000", 32, false, "want an EID that begins"},
		{"short EID", NID_serialNumber, "8904903200000000000000000000013", 31, false, "want an EID of 32 digits"},
		{"long EID", NID_serialNumber, "890490320000000000000000000001340", 33, false, "want an EID of 32 digits"},
		{"letters", NID_serialNumber, "8904903200000000000000000000013A", 32, false, "want an EID of 32 digits"},
		{"no EID", NID_serialNumber, NULL, 0, false, "want an EID of 32 digits"},
		{"two EIDs", NID_serialNumber, "89049032000000000000000000000000", 32, true, "want an EID of 32 digits"},
	}, *r;
	struct fixture *f = *state;

	FOR_EACH_ROW(rows, r) {
		const struct pki_branch *b = &fresh(state)->pki->branch[EC_P256];
		X509 *x = X509_dup(b->euicc.cert->x509);
		const struct pki_cert *forged;

		set_attribute(x, r->nid, r->value, r->n, r->keep);
		forged = read_cert(&f->c, signed_again(&f->c, x, b->eum.key, "SHA2-256"));
		assert_refusal(&f->c, r->name, pki_verify(&f->c, forged, PKI_EUICC, b->eum.cert), RSP_UNTRUSTED, r->text);
	}
}

/* permittedSubtrees (A0) called excludedSubtrees (A1). */
static void
an_eum_that_excludes_is_refused(void **state)
{
	struct fixture *f = fresh(state);
	const struct pki_branch *b = &f->pki->branch[EC_P256];
	X509 *x = X509_dup(b->eum.cert->x509);
	X509_EXTENSION *e = X509_get_ext(x, X509_get_ext_by_NID(x, NID_name_constraints, -1));
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_dup(X509_EXTENSION_get_data(e));
	const struct pki_cert *forged;
	uint8_t *p = (uint8_t *)(uintptr_t)ASN1_STRING_get0_data(value);

	assert_int_equal(p[2], 0xA0);
	p[2] = 0xA1;
	assert_true(X509_EXTENSION_set_data(e, value));
	ASN1_OCTET_STRING_free(value);
	forged = read_cert(&f->c, signed_again(&f->c, x, b->ci.key, "SHA2-256"));
	assert_refusal(&f->c, "EUM", pki_verify(&f->c, forged, PKI_EUM, b->ci.cert), RSP_UNTRUSTED, "nothing excluded");
	assert_refusal(&f->c, "its eUICC", pki_verify(&f->c, b->euicc.cert, PKI_EUICC, forged), RSP_UNTRUSTED, "permit no eUICC");
}

static void
every_flipped_octet_is_noticed(void **state)
{
	struct fixture *f = fresh(state);
	const struct pki_branch *b = &f->pki->branch[EC_P256];
	struct bytes good = b->euicc.cert->der;
	const ASN1_BIT_STRING *signature;
	uint8_t *p = malloc(good.n);
	size_t i, signature_at;

	X509_get0_signature(&signature, NULL, b->euicc.cert->x509);
	signature_at = good.n - (size_t)ASN1_STRING_length(signature);
	assert_non_null(p);
	for (i = 0; i < good.n; i++) {
		struct pki_cert *cert = NULL;
		enum rsp_status st;

		rsp_ctx_reset(&f->c);
		memcpy(p, good.p, good.n);
		p[i] ^= 1;
		st = pki_cert_read(&f->c, bytes_of(p, good.n), &cert);
		if (i >= signature_at)
			assert_status(st, RSP_OK);
		if (st == RSP_OK)
			assert_status(pki_verify(&f->c, cert, PKI_EUICC, b->eum.cert), RSP_UNTRUSTED);
		else
			assert_status(st, RSP_MALFORMED);
		if (i >= signature_at)
			assert_non_null(strstr(f->c.error.text, "signature"));
		pki_cert_free(cert);
	}
	free(p);
}

static void
a_cut_or_lengthened_certificate_is_malformed(void **state)
{
	struct fixture *f = fresh(state);
	struct bytes good = f->pki->branch[EC_P256].euicc.cert->der;
	uint8_t *p;
	size_t n;

	for (n = 0; n < good.n + 2; n++) {
		struct pki_cert *cert = NULL;

		if (n == good.n)
			continue;
		rsp_ctx_reset(&f->c);
		p = calloc(1, n + 1);   /* exactly this long, for the sanitizers */
		assert_non_null(p);
		memcpy(p, good.p, n < good.n ? n : good.n);
		assert_status(pki_cert_read(&f->c, bytes_of(p, n), &cert), RSP_MALFORMED);
		assert_null(cert);
		free(p);
	}
	assert_status(pki_cert_read(&f->c, BYTES_NONE, &(struct pki_cert *){NULL}), RSP_MALFORMED);
}

static void
keys_of_other_kinds_are_malformed(void **state)
{
	static const struct { const char *name, *type; const void *argument; const char *text; } rows[] = {
		{"P-384", "EC", "P-384", "have secp384r1"}, {"P-192", "EC", "P-192", "have prime192v1"},
		{"brainpoolP384r1", "EC", "brainpoolP384r1", "have brainpoolP384r1"}, {"Ed25519", "ED25519", NULL, "have ED25519"},
	}, *r;
	struct fixture *f = *state;

	FOR_EACH_ROW(rows, r) {
		const struct pki_branch *b = &fresh(state)->pki->branch[EC_P256];
		X509 *x = X509_dup(b->dpauth.cert->x509);
		EVP_PKEY *key = r->argument ? EVP_PKEY_Q_keygen(NULL, NULL, r->type, r->argument) : EVP_PKEY_Q_keygen(NULL, NULL, r->type);
		struct pki_cert *cert = NULL;

		assert_non_null(key);
		assert_true(X509_set_pubkey(x, key));
		EVP_PKEY_free(key);
		assert_refusal(&f->c, r->name, pki_cert_read(&f->c, signed_again(&f->c, x, b->ci.key, "SHA2-256"), &cert), RSP_MALFORMED, r->text);
		assert_null(cert);
	}
}

static void
a_self_signed_ca_without_policy_is_a_ci(void **state)
{
	struct fixture *f = fresh(state);
	const struct pki_branch *b = &f->pki->branch[EC_P256];
	X509 *x = X509_dup(b->ci.cert->x509);
	const struct pki_cert *ci;

	set_extension(x, "certificatePolicies", NULL);
	ci = read_cert(&f->c, signed_again(&f->c, x, b->ci.key, "SHA2-256"));
	assert_int_equal(ci->role, PKI_CI);
	assert_status(pki_verify(&f->c, ci, PKI_CI, ci), RSP_OK);
	assert_status(pki_verify(&f->c, b->dpauth.cert, PKI_DPAUTH, ci), RSP_OK);
}

static void
identities_are_issued_inside_the_constraints_only(void **state)
{
	struct fixture *f = fresh(state);
	const struct pki_branch *b = &f->pki->branch[EC_BP256];
	struct pki_identity id = {0}, blind = {.cert = b->eum.cert};
	char eid[33], next[33];

	assert_status(pki_eid_under(&f->c, b->eum.cert, 7, eid), RSP_OK);
	assert_status(pki_eid_under(&f->c, b->eum.cert, 8, next), RSP_OK);
	assert_memory_equal(eid, "89049032", 8);
	assert_string_not_equal(eid, next);
	assert_status(pki_issue_euicc(&f->c, &b->eum, eid, &id), RSP_OK);
	assert_string_equal(id.cert->serial_number, eid);
	assert_status(pki_verify(&f->c, id.cert, PKI_EUICC, b->eum.cert), RSP_OK);
	assert_bytes_equal(ec_key_point(id.key), ec_key_point(id.cert->key));
	pki_identity_free(&id);
	assert_refusal(&f->c, "no key", pki_issue_euicc(&f->c, &blind, eid, &id), RSP_STATE, "private key");
	eid[31] = eid[31] == '0' ? '1' : '0';
	assert_refusal(&f->c, "check digits", pki_issue_euicc(&f->c, &b->eum, eid, &id), RSP_MALFORMED, "check digits");
	assert_refusal(&f->c, "foreign EID", pki_issue_euicc(&f->c, &b->eum, "89033023426200000000005840712341", &id), RSP_REFUSED, "begins with '89049032'");
	assert_null(id.cert);
}

/* Without a seed certificates are parsed in another library context: every test is run both ways. */
static int
open_unseeded(void **state)
{
	return open_fixture_seeded(state, BYTES_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_role_verifies_under_its_issuer),
		cmocka_unit_test(no_role_verifies_as_another),
		cmocka_unit_test(what_a_certificate_says_is_read),
		cmocka_unit_test(one_wrong_extension_is_refused_by_name),
		cmocka_unit_test(an_issuer_that_may_not_issue_is_refused_by_name),
		cmocka_unit_test(a_wrong_issuer_is_refused),
		cmocka_unit_test(dates_alone_refuse_and_nothing_else_does),
		cmocka_unit_test(a_euicc_outside_its_eum_is_refused_by_name),
		cmocka_unit_test(an_eum_that_excludes_is_refused),
		cmocka_unit_test(every_flipped_octet_is_noticed),
		cmocka_unit_test(a_cut_or_lengthened_certificate_is_malformed),
		cmocka_unit_test(keys_of_other_kinds_are_malformed),
		cmocka_unit_test(a_self_signed_ca_without_policy_is_a_ci),
		cmocka_unit_test(identities_are_issued_inside_the_constraints_only),
	};

	return cmocka_run_group_tests(tests, open_fixture, close_fixture) + cmocka_run_group_tests(tests, open_unseeded, close_fixture);
}
