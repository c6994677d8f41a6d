// SPDX-License-Identifier: BSD-2-Clause
/* One step of a path: is this certificate good in its role under that issuer? (SGP.22 4.5.2, SGP.14 variant O) */
#include <openssl/err.h>

#include "pki/impl.h"

#include "base/time.h"

static enum rsp_status
no(struct rsp_ctx *c, const struct pki_cert *cert, const char *what)
{
	return rsp_fail(c, RSP_UNTRUSTED, "%s certificate %.60s: %s", pki_role_name(cert->role), cert->subject, what);
}

static bool
understood(int nid)
{
	static const int known[] = {NID_basic_constraints, NID_key_usage, NID_certificate_policies, NID_name_constraints, NID_ext_key_usage,
		NID_subject_alt_name, NID_subject_key_identifier, NID_authority_key_identifier, NID_crl_distribution_points};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i] == nid)
			return true;
	return false;
}

static enum rsp_status
check_extensions(struct rsp_ctx *c, const struct pki_cert *cert)
{
	const X509 *x = cert->x509;
	int i;

	for (i = 0; i < X509_get_ext_count(x); i++) {
		X509_EXTENSION *e = X509_get_ext(x, i);

		if (X509_EXTENSION_get_critical(e) && !understood(OBJ_obj2nid(X509_EXTENSION_get_object(e))))
			return no(c, cert, "has a critical extension that is not understood");
	}
	return RSP_OK;
}

/* keyUsage exactly as the role wants it: the flags OpenSSL found, or UINT32_MAX when the extension is missing. */
static enum rsp_status
check_usage(struct rsp_ctx *c, const struct pki_cert *cert)
{
	uint32_t usage = X509_get_key_usage(cert->x509), want = KU_DIGITAL_SIGNATURE;

	if (cert->role == PKI_EUM)
		want = KU_KEY_CERT_SIGN;
	if (cert->role == PKI_CI)
		want = KU_KEY_CERT_SIGN | KU_CRL_SIGN;
	if (cert->role == PKI_DPTLS || cert->role == PKI_DSTLS)
		return usage != UINT32_MAX && usage & KU_DIGITAL_SIGNATURE ? RSP_OK : no(c, cert, "keyUsage is not digitalSignature");
	return usage == want ? RSP_OK : no(c, cert, "keyUsage is not the role's");
}

static enum rsp_status
check_basic(struct rsp_ctx *c, const struct pki_cert *cert)
{
	uint32_t flags = X509_get_extension_flags(cert->x509);
	bool ca = flags & EXFLAG_CA;

	if (flags & EXFLAG_INVALID)
		return no(c, cert, "has an extension that cannot be read");
	if (cert->role != PKI_CI && cert->role != PKI_EUM)
		return ca ? no(c, cert, "is a CA, which its role is not") : RSP_OK;
	if (!ca)
		return no(c, cert, "is no CA");
	if (cert->role == PKI_EUM && X509_get_pathlen(cert->x509) != 0)
		return no(c, cert, "pathLenConstraint is not 0");
	return RSP_OK;
}

static enum rsp_status
check_issuer(struct rsp_ctx *c, const struct pki_cert *cert, const struct pki_cert *issuer)
{
	enum pki_role want = cert->role == PKI_EUICC ? PKI_EUM : PKI_CI;

	if (issuer->role != want && issuer != cert)
		return no(c, cert, want == PKI_CI ? "was not issued by a CI" : "was not issued by an EUM");
	if (X509_NAME_cmp(X509_get_issuer_name(cert->x509), X509_get_subject_name(issuer->x509)) != 0)
		return no(c, cert, "names another issuer");
	if (cert->role != PKI_CI && !cert->aki.p)
		return no(c, cert, "has no authority key identifier");
	if (cert->aki.p && !bytes_equal(cert->aki, issuer->ski))
		return no(c, cert, "the authority key identifier is not the issuer's");
	return RSP_OK;
}

static enum rsp_status
check_signature(struct rsp_ctx *c, const struct pki_cert *cert, const struct pki_cert *issuer)
{
	int good = X509_verify(cert->x509, ec_key_pkey(issuer->key));

	ERR_clear_error();
	return good == 1 ? RSP_OK : no(c, cert, "the issuer's signature does not verify");
}

static enum rsp_status
check_dates(struct rsp_ctx *c, const struct pki_cert *cert)
{
	char from[TIME_TEXT_SIZE], to[TIME_TEXT_SIZE];

	/* A card without a clock passes 0. */
	if (c->now == 0 || (c->now >= cert->not_before && c->now <= cert->not_after))
		return RSP_OK;
	time_text(cert->not_before, from);
	time_text(cert->not_after, to);
	return rsp_fail(c, RSP_REFUSED, "%s certificate %.60s: valid from %s to %s", pki_role_name(cert->role), cert->subject, from, to);
}

enum rsp_status
pki_verify(struct rsp_ctx *c, const struct pki_cert *cert, enum pki_role role, const struct pki_cert *issuer)
{
	enum rsp_status st;

	if (cert->role != role)
		return rsp_fail(c, RSP_UNTRUSTED, "certificate %.60s: want the policy of role %s, have %s", cert->subject, pki_role_name(role),
			pki_role_name(cert->role));
	if ((st = check_extensions(c, cert)) != RSP_OK || (st = check_basic(c, cert)) != RSP_OK || (st = check_usage(c, cert)) != RSP_OK ||
		(st = check_issuer(c, cert, issuer)) != RSP_OK)
		return st;
	if (role == PKI_EUICC && (st = pki_check_constraints(c, issuer, cert)) != RSP_OK)
		return st;
	if ((st = check_signature(c, cert, issuer)) != RSP_OK)
		return st;
	return check_dates(c, cert);
}
