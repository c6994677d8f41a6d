// SPDX-License-Identifier: BSD-2-Clause
/* A test PKI in the shape of SGP.26: every subject says TEST. */
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>

#include "pki/impl.h"

#include "codec/ids.h"

#define ORGANIZATION "esimlab TEST"
#define HOST "testsmdpplus1.example.com"
#define SMDS_HOST "testrootsmds.example.com"
#define IIN "89049032"
#define IIN_DIGITS 8
#define DAY 86400

static bool
add_name(X509_NAME *name, const char *field, int type, const char *value)
{
	return X509_NAME_add_entry_by_txt(name, field, type, (const unsigned char *)value, -1, -1, 0);
}

static bool
set_subject(X509 *x, const struct pki_request *r)
{
	X509_NAME *name = X509_get_subject_name(x);

	if (!add_name(name, "C", MBSTRING_ASC, "XX") || !add_name(name, "O", MBSTRING_UTF8, r->organization))
		return false;
	if (r->shape->role == PKI_EUICC && !add_name(name, "serialNumber", V_ASN1_PRINTABLESTRING, r->eid))
		return false;
	return add_name(name, "CN", MBSTRING_UTF8, r->shape->common_name);
}

/* 127 random bits, never 0 and never negative. */
static bool
set_serial(struct rsp_ctx *c, X509 *x)
{
	uint8_t serial[16];
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	BIGNUM *v = NULL;
	bool good = crypto_random(c, serial, sizeof(serial)) == RSP_OK;

	if (good) {
		serial[0] = (uint8_t)((serial[0] & 0x3F) | 0x40);
		v = BN_bin2bn(serial, sizeof(serial), NULL);
	}
	good = n && v && BN_to_ASN1_INTEGER(v, n) && X509_set_serialNumber(x, n);
	BN_free(v);
	ASN1_INTEGER_free(n);
	return good;
}

static bool
set_dates(X509 *x, int64_t now, int days)
{
	return ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(now - DAY)) && ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(now + (int64_t)days * DAY));
}

EVP_MD_CTX *
pki_signer(struct rsp_ctx *c, const struct ec_key *key)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx && EVP_DigestSignInit_ex(ctx, NULL, "SHA2-256", crypto_libctx(c->crypto), NULL, ec_key_pkey(key), NULL) > 0)
		return ctx;
	EVP_MD_CTX_free(ctx);
	return NULL;
}

static bool
fill(struct rsp_ctx *c, X509 *x, const struct pki_request *r, const struct ec_key *key)
{
	EVP_MD_CTX *signer;
	bool good = X509_set_version(x, X509_VERSION_3) && set_serial(c, x) && set_dates(x, c->now, r->shape->days) && set_subject(x, r) &&
		X509_set_issuer_name(x, X509_get_subject_name(r->issuer ? r->issuer->cert->x509 : x)) && X509_set_pubkey(x, ec_key_pkey(key)) &&
		pki_add_extensions(c, x, r, key);

	signer = good ? pki_signer(c, r->issuer ? r->issuer->key : key) : NULL;
	good = signer && X509_sign_ctx(x, signer) > 0;
	EVP_MD_CTX_free(signer);
	return good;
}

static enum rsp_status
certify(struct rsp_ctx *c, const struct pki_request *r, const struct ec_key *key, struct pki_cert **out)
{
	X509 *x = X509_new_ex(crypto_libctx(c->crypto), NULL);
	unsigned char *der = NULL;
	int n = x && fill(c, x, r, key) ? i2d_X509(x, &der) : -1;
	enum rsp_status st;

	X509_free(x);
	ERR_clear_error();
	if (n <= 0)
		return rsp_fail(c, RSP_NOMEM, "the cryptographic library cannot make a %s certificate", pki_role_name(r->shape->role));
	st = pki_cert_read(c, bytes_of(der, (size_t)n), out);
	OPENSSL_free(der);
	return st;
}

enum rsp_status
pki_certify(struct rsp_ctx *c, const struct pki_request *r, struct pki_identity *out)
{
	struct pki_identity made = {0};
	enum rsp_status st = ec_key_generate(c, r->curve, &made.key);

	if (st == RSP_OK)
		st = certify(c, r, made.key, &made.cert);
	if (st == RSP_OK)
		*out = made;
	else
		pki_identity_free(&made);
	return st;
}

static enum rsp_status
make_euicc(struct rsp_ctx *c, const struct pki_make_options *o, struct pki_branch *branch)
{
	char eid[EID_TEXT];
	enum rsp_status st = o->eid ? RSP_OK : pki_eid_under(c, branch->eum.cert, 1, eid);

	return st == RSP_OK ? pki_issue_euicc(c, &branch->eum, o->eid ? o->eid : eid, &branch->euicc) : st;
}

static enum rsp_status
make_branch(struct rsp_ctx *c, enum ec_curve curve, const struct pki_make_options *o, struct pki_branch *branch)
{
	char iin[IIN_DIGITS + 1];
	struct pki_request r = {.curve = curve, .organization = ORGANIZATION, .iin = iin};
	const char *smdp = o->host ? o->host : HOST, *smds = o->smds_host ? o->smds_host : SMDS_HOST;
	enum rsp_status st = RSP_OK;
	size_t i;

	snprintf(iin, sizeof(iin), "%s", o->eid ? o->eid : IIN);
	for (i = 0; st == RSP_OK && i < pki_shape_count; i++) {
		r.shape = &pki_shapes[i];
		r.host = r.shape->role == PKI_DSTLS ? smds : smdp;
		r.issuer = r.shape->role == PKI_CI ? NULL : &branch->ci;
		st = r.shape->role == PKI_EUICC ? make_euicc(c, o, branch) : pki_certify(c, &r, pki_identity_at(branch, r.shape));
	}
	return st == RSP_OK ? pki_crl_issue(c, &branch->ci, NULL, 0, &branch->crl) : st;
}

/* What would make a certificate that no peer can use is refused before anything is made. */
static enum rsp_status
check_options(struct rsp_ctx *c, const struct pki_make_options *o)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.,";
	uint8_t eid[16];
	const char *names[2] = {o->host, o->smds_host};
	size_t i;

	for (i = 0; i < 2; i++)
		if (names[i] && (!*names[i] || strlen(names[i]) > 127 || strspn(names[i], allowed) != strlen(names[i])))
			return rsp_fail(c, RSP_MALFORMED, "host: want DNS names of at most 127 characters, have '%.60s'", names[i]);
	return o->eid ? eid_read(c, o->eid, eid) : RSP_OK;
}

enum rsp_status
pki_make_memory(struct rsp_ctx *c, const struct pki_make_options *o, struct pki **out)
{
	bool both = !o->nist && !o->brainpool;
	struct pki *p;
	enum rsp_status st = check_options(c, o);

	if (st != RSP_OK)
		return st;
	p = calloc(1, sizeof(*p));
	if (!p)
		return rsp_fail(c, RSP_NOMEM, "no memory for a PKI");
	if (o->nist || both)
		st = make_branch(c, EC_P256, o, &p->branch[EC_P256]);
	if (st == RSP_OK && (o->brainpool || both))
		st = make_branch(c, EC_BP256, o, &p->branch[EC_BP256]);
	if (st == RSP_OK)
		*out = p;
	else
		pki_free(p);
	return st;
}
