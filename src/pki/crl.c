// SPDX-License-Identifier: BSD-2-Clause
#include <openssl/err.h>
#include <stdlib.h>

#include "pki/impl.h"

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
	if (!crl->x || !d2i_X509_CRL(&crl->x, &p, (long)der.n) || p != der.p + der.n) {
		ERR_clear_error();
		pki_crl_free(crl);
		return rsp_fail(c, RSP_MALFORMED, "not one DER CRL");
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

static int64_t
seconds(const ASN1_TIME *t)
{
	struct tm tm;

	return t && ASN1_TIME_to_tm(t, &tm) ? (int64_t)timegm(&tm) : 0;
}

enum rsp_status
pki_crl_verify(struct rsp_ctx *c, const struct pki_crl *crl, const struct pki_cert *ci)
{
	int64_t until = seconds(X509_CRL_get0_nextUpdate(crl->x));
	bool good = X509_NAME_cmp(X509_CRL_get_issuer(crl->x), X509_get_subject_name(ci->x509)) == 0 &&
		X509_CRL_verify(crl->x, ec_key_pkey(ci->key)) == 1;

	ERR_clear_error();
	if (!good)
		return rsp_fail(c, RSP_UNTRUSTED, "the CRL was not signed by this CI");
	if (c->now && (c->now < seconds(X509_CRL_get0_lastUpdate(crl->x)) || (until && c->now > until)))
		return rsp_fail(c, RSP_REFUSED, "the CRL is out of date");
	return RSP_OK;
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

	if (n <= 0)
		return rsp_fail(c, RSP_NOMEM, "the cryptographic library cannot write a CRL");
	*out = rsp_copy(c, bytes_of(der, (size_t)n));
	OPENSSL_free(der);
	return out->p ? RSP_OK : RSP_NOMEM;
}
