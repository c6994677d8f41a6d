// SPDX-License-Identifier: BSD-2-Clause
/* A PKI in memory, and certificates forged from it: the good one with one thing changed, signed again by its issuer's key. */
#ifndef TESTS_UNIT_PKI_FIXTURE_H
#define TESTS_UNIT_PKI_FIXTURE_H

#include "support/test.h"

#include "pki/pki.h"

#include <openssl/conf.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

struct fixture {
	struct rsp_ctx c;
	struct crypto *crypto;
	struct pki *pki, *stranger;   /* stranger: the same names, other keys */
};

static inline struct pki *
made_pki(struct rsp_ctx *c, const struct pki_make_options *o)
{
	struct pki *p = NULL;

	if (pki_make_memory(c, o, &p) != RSP_OK)
		fail_msg("%s", c->error.text);
	return p;
}

/* seed absent: work may be left out that was done before. */
static inline int
open_fixture_seeded(void **state, struct bytes seed)
{
	static const struct pki_make_options both, nist = {.nist = true};
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f || crypto_new(&f->crypto, seed, "pki") != RSP_OK || rsp_ctx_init(&f->c, f->crypto, TEST_NOW) != RSP_OK)
		return -1;
	f->pki = made_pki(&f->c, &both);
	f->stranger = made_pki(&f->c, &nist);
	*state = f;
	return 0;
}

static inline int
open_fixture(void **state)
{
	return open_fixture_seeded(state, bytes_of_str("unit"));
}

static inline int
close_fixture(void **state)
{
	struct fixture *f = *state;

	pki_free(f->pki);
	pki_free(f->stranger);
	rsp_ctx_free(&f->c);
	crypto_free(f->crypto);
	free(f);
	return 0;
}

static inline struct fixture *
fresh(void **state)
{
	struct fixture *f = *state;

	rsp_ctx_reset(&f->c);
	f->c.now = TEST_NOW;
	return f;
}

/* The identity of a role, and who issued it. */
static inline const struct pki_identity *
identity_of(const struct pki_branch *b, enum pki_role role)
{
	const struct pki_identity *all[] = {
		[PKI_CI] = &b->ci, [PKI_EUICC] = &b->euicc, [PKI_EUM] = &b->eum, [PKI_DPTLS] = &b->dptls, [PKI_DPAUTH] = &b->dpauth,
		[PKI_DPPB] = &b->dppb, [PKI_DSTLS] = &b->dstls, [PKI_DSAUTH] = &b->dsauth, [PKI_ROLE_NONE] = &b->operator_tls,
	};

	return all[role];
}

static inline const struct pki_identity *
issuer_of(const struct pki_branch *b, enum pki_role role)
{
	return role == PKI_EUICC ? &b->eum : &b->ci;
}

/* Sign x again and give its DER, in the arena. Frees x. */
static inline struct bytes
signed_again(struct rsp_ctx *c, X509 *x, const struct ec_key *key, const char *digest)
{
	EVP_MD_CTX *m = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	struct bytes out;
	int n;

	assert_true(EVP_DigestSignInit_ex(m, NULL, digest, crypto_libctx(c->crypto), NULL, ec_key_pkey(key), NULL) > 0);
	assert_true(X509_sign_ctx(x, m) > 0);
	n = i2d_X509(x, &der);
	assert_true(n > 0);
	out = rsp_copy(c, bytes_of(der, (size_t)n));
	OPENSSL_free(der);
	EVP_MD_CTX_free(m);
	X509_free(x);
	return out;
}

/* Take the extension out, and put one with this value (as in openssl.cnf) in; value NULL: only out. */
static inline void
set_extension(X509 *x, const char *name, const char *value)
{
	ASN1_OBJECT *o = OBJ_txt2obj(name, 0);
	int at = X509_get_ext_by_OBJ(x, o, -1);
	X509_EXTENSION *e;
	X509V3_CTX v;
	CONF *none;

	if (at >= 0)
		X509_EXTENSION_free(X509_delete_ext(x, at));
	ASN1_OBJECT_free(o);
	if (!value)
		return;
	none = NCONF_new(NULL);
	X509V3_set_ctx(&v, NULL, x, NULL, NULL, 0);
	X509V3_set_nconf(&v, none);
	e = X509V3_EXT_nconf(none, &v, name, value);
	NCONF_free(none);
	if (!e)
		fail_msg("the library makes no extension %s of '%s'", name, value);
	assert_true(X509_add_ext(x, e, -1));
	X509_EXTENSION_free(e);
}

static inline const struct pki_cert *
read_cert(struct rsp_ctx *c, struct bytes der)
{
	const struct pki_cert *cert = NULL;

	if (pki_cert_read_scoped(c, der, &cert) != RSP_OK)
		fail_msg("%s", c->error.text);
	return cert;
}

static inline void
assert_refusal(struct rsp_ctx *c, const char *name, enum rsp_status have, enum rsp_status want, const char *text)
{
	if (have == want && (have == RSP_OK || strstr(c->error.text, text)))
		return;
	fail_msg("%s: have %s '%s', want %s '%s'", name, rsp_status_name(have), have == RSP_OK ? "" : c->error.text, rsp_status_name(want), text);
}

#endif
