// SPDX-License-Identifier: BSD-2-Clause
/* Revocation lists of a CI (SGP.14): reading, checking, issuing. */
#include <openssl/err.h>
#include <stdlib.h>

#include "pki/impl.h"

#include "base/time.h"
#include "tlv/der_shape.h"
#include "tlv/tlv.h"

#define DAY 86400
#define VALID_DAYS 365
#define ABSENT (-1)   /* what the library says of an extension that is not there */

struct pki_crl {
	X509_CRL *x;
};

enum rsp_status
pki_crl_read(struct rsp_ctx *c, struct bytes der, struct pki_crl **out)
{
	struct pki_crl *crl = calloc(1, sizeof(*crl));
	const unsigned char *p = der.p;

	if (!crl)
		return rsp_fail(c, RSP_NOMEM, "no memory for a CRL");
	crl->x = X509_CRL_new_ex(crypto_libctx(c->crypto), NULL);
	/* A list may be long: the budget of one certificate is no measure for it. */
	if (!crl->x || der_shape(der, DER_SHAPE_DEPTH, UINT32_MAX, NULL) != RSP_OK || !d2i_X509_CRL(&crl->x, &p, (long)der.n) ||
		p != der.p + der.n) {
		ERR_clear_error();
		pki_crl_free(crl);
		return rsp_fail(c, RSP_MALFORMED, "CRL of %zu octets: not one DER CRL", der.n);
	}
	*out = crl;
	return RSP_OK;
}

void
pki_crl_free(struct pki_crl *crl)
{
	if (!crl)
		return;
	X509_CRL_free(crl->x);
	free(crl);
}

/* A delta or an indirect list says something else than "these of this CI are revoked". */
static enum rsp_status
check_extensions(struct rsp_ctx *c, const X509_CRL *x)
{
	int i, found = 0;
	ISSUING_DIST_POINT *point = X509_CRL_get_ext_d2i(x, NID_issuing_distribution_point, &found, NULL);
	bool indirect = point && point->indirectCRL > 0, unclear = !point && found != ABSENT;
	char name[80];

	ISSUING_DIST_POINT_free(point);
	if (unclear)
		return rsp_fail(c, RSP_UNTRUSTED, "CRL: issuingDistributionPoint cannot be read or is there twice");
	if (indirect)
		return rsp_fail(c, RSP_UNTRUSTED, "CRL: want one of the CI's own certificates, have an indirect one");
	for (i = 0; i < X509_CRL_get_ext_count(x); i++) {
		X509_EXTENSION *e = X509_CRL_get_ext(x, i);
		const ASN1_OBJECT *o = X509_EXTENSION_get_object(e);

		if (!X509_EXTENSION_get_critical(e) || OBJ_obj2nid(o) == NID_issuing_distribution_point)
			continue;
		OBJ_obj2txt(name, sizeof(name), o, 1);
		return rsp_fail(c, RSP_UNTRUSTED, "CRL: the critical extension %s is not understood", name);
	}
	return RSP_OK;
}

static enum rsp_status
check_signer(struct rsp_ctx *c, const struct pki_crl *crl, const struct pki_cert *ci)
{
	int algorithm = X509_CRL_get_signature_nid(crl->x), found = 0;
	AUTHORITY_KEYID *aki = X509_CRL_get_ext_d2i(crl->x, NID_authority_key_identifier, &found, NULL);
	const ASN1_OCTET_STRING *id = aki ? aki->keyid : NULL;
	bool other = (!aki && found != ABSENT) || (id && !bytes_equal(bytes_of(ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id)), ci->ski));
	uint32_t usage = X509_get_key_usage(ci->x509);

	AUTHORITY_KEYID_free(aki);
	if (usage == UINT32_MAX || !(usage & KU_CRL_SIGN))
		return rsp_fail(c, RSP_UNTRUSTED, "CRL: the CI %.60s: want keyUsage cRLSign, have it not", ci->subject);
	if (X509_NAME_cmp(X509_CRL_get_issuer(crl->x), X509_get_subject_name(ci->x509)) != 0)
		return rsp_fail(c, RSP_UNTRUSTED, "CRL: want the issuer %.60s, have another CI's name", ci->subject);
	if (other)
		return rsp_fail(c, RSP_UNTRUSTED, "CRL: authorityKeyIdentifier: want that of %.60s, have another CI's", ci->subject);
	if (algorithm != NID_ecdsa_with_SHA256)
		return rsp_fail(c, RSP_UNTRUSTED, "CRL: want a signature by ecdsa-with-SHA256, have %s", OBJ_nid2sn(algorithm));
	if (X509_CRL_verify(crl->x, ec_key_pkey(ci->key)) != 1)
		return rsp_fail(c, RSP_UNTRUSTED, "CRL: the signature is not that of the CI %.60s", ci->subject);
	return RSP_OK;
}

static enum rsp_status
check_dates(struct rsp_ctx *c, const struct pki_crl *crl)
{
	char now[TIME_TEXT_SIZE], limit[TIME_TEXT_SIZE];
	int64_t from = 0, until = INT64_MAX;
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl->x);

	if (!pki_time(X509_CRL_get0_lastUpdate(crl->x), &from) || (next && !pki_time(next, &until)))
		return rsp_fail(c, RSP_UNTRUSTED, "CRL: thisUpdate and nextUpdate are no times");
	if (c->now >= from && c->now <= until)
		return RSP_OK;
	time_text(c->now, now);
	time_text(c->now < from ? from : until, limit);
	return rsp_fail(c, RSP_REFUSED, "CRL: %s %s, and it is %s", c->now < from ? "not yet valid: begins" : "expired: its next one was due", limit, now);
}

enum rsp_status
pki_crl_verify(struct rsp_ctx *c, const struct pki_crl *crl, const struct pki_cert *ci)
{
	enum rsp_status st = check_signer(c, crl, ci);

	ERR_clear_error();
	if (st == RSP_OK)
		st = check_extensions(c, crl->x);
	return st == RSP_OK ? check_dates(c, crl) : st;
}

bool
pki_crl_lists(const struct pki_crl *crl, const struct pki_cert *cert)
{
	X509_REVOKED *entry = NULL;

	return X509_NAME_cmp(X509_CRL_get_issuer(crl->x), X509_get_issuer_name(cert->x509)) == 0 &&
		X509_CRL_get0_by_serial(crl->x, &entry, (ASN1_INTEGER *)(uintptr_t)X509_get0_serialNumber(cert->x509)) == 1;
}

enum rsp_status
pki_crl_der(struct rsp_ctx *c, const struct pki_crl *crl, struct bytes *out)
{
	unsigned char *der = NULL;
	int n = i2d_X509_CRL(crl->x, &der);
	struct bytes copy;

	if (n <= 0)
		return rsp_fail(c, RSP_NOMEM, "the cryptographic library cannot write a CRL");
	copy = rsp_copy(c, bytes_of(der, (size_t)n));
	OPENSSL_free(der);
	if (!copy.p)
		return RSP_NOMEM;
	*out = copy;
	return RSP_OK;
}

static bool
set_dates(X509_CRL *x, int64_t now)
{
	ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(now - DAY)), *to = ASN1_TIME_set(NULL, (time_t)(now + VALID_DAYS * (int64_t)DAY));
	bool good = from && to && X509_CRL_set1_lastUpdate(x, from) && X509_CRL_set1_nextUpdate(x, to);

	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	return good;
}

static bool
add_entry(X509_CRL *x, const struct pki_cert *cert, int64_t now)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_TIME *when = ASN1_TIME_set(NULL, (time_t)now);
	bool good = entry && when && X509_REVOKED_set_serialNumber(entry, (ASN1_INTEGER *)(uintptr_t)X509_get0_serialNumber(cert->x509)) &&
		X509_REVOKED_set_revocationDate(entry, when) && X509_CRL_add0_revoked(x, entry);

	if (!good)
		X509_REVOKED_free(entry);
	ASN1_TIME_free(when);
	return good;
}

static bool
add_extensions(X509_CRL *x, const struct pki_cert *ci)
{
	struct buf number = BUF_INIT;
	X509_EXTENSION *e[2];
	bool good;

	tlv_add_uint(&number, 0x02, 1);
	e[0] = pki_extension(NID_crl_number, false, &number);
	e[1] = pki_authority_extension(ci);
	good = e[0] && e[1] && X509_CRL_add_ext(x, e[0], -1) && X509_CRL_add_ext(x, e[1], -1);
	X509_EXTENSION_free(e[0]);
	X509_EXTENSION_free(e[1]);
	return good;
}

static bool
fill(struct rsp_ctx *c, X509_CRL *x, const struct pki_identity *ci, const struct pki_cert *const *revoked, size_t n)
{
	EVP_MD_CTX *signer;
	bool good = X509_CRL_set_version(x, 1) && X509_CRL_set_issuer_name(x, X509_get_subject_name(ci->cert->x509)) && set_dates(x, c->now);
	size_t i;

	for (i = 0; good && i < n; i++)
		good = add_entry(x, revoked[i], c->now);
	signer = good && add_extensions(x, ci->cert) && X509_CRL_sort(x) ? pki_signer(c, ci->key) : NULL;
	good = signer && X509_CRL_sign_ctx(x, signer) > 0;
	EVP_MD_CTX_free(signer);
	return good;
}

enum rsp_status
pki_crl_issue(struct rsp_ctx *c, const struct pki_identity *ci, const struct pki_cert *const *revoked, size_t n, struct pki_crl **out)
{
	struct pki_crl made = {0};
	struct bytes der;
	enum rsp_status st;

	if (!ci->cert || !ci->key)
		return rsp_fail(c, RSP_STATE, "the CI's private key is not here: no CRL can be issued");
	made.x = X509_CRL_new_ex(crypto_libctx(c->crypto), NULL);
	if (made.x && fill(c, made.x, ci, revoked, n))
		st = pki_crl_der(c, &made, &der);
	else
		st = rsp_fail(c, RSP_NOMEM, "the cryptographic library cannot make a CRL");
	X509_CRL_free(made.x);
	ERR_clear_error();
	return st == RSP_OK ? pki_crl_read(c, der, out) : st;
}
