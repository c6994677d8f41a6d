// SPDX-License-Identifier: BSD-2-Clause
/*
 * One step of a path: is this certificate good in its role under that issuer? (SGP.22 4.5.2, SGP.14 variant O.) The library parses,
 * compares and verifies; what it would decide by its own path rules, which name constraints of an EUM break, is decided here.
 */
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>

#include "pki/impl.h"

#include "base/time.h"

struct step {
	const struct pki_cert *cert, *issuer;
	enum pki_role role;
	const struct rule *rule;
};

/* What a role wants. The operator of ES2+ has no policy of its own. */
static const struct rule {
	enum pki_role issuer;
	uint32_t usage;
	bool ca, tls_server, tls_client;
} rules[] = {
	[PKI_CI] = {PKI_CI, KU_KEY_CERT_SIGN | KU_CRL_SIGN, true, false, false},
	[PKI_EUM] = {PKI_CI, KU_KEY_CERT_SIGN, true, false, false},
	[PKI_EUICC] = {PKI_EUM, KU_DIGITAL_SIGNATURE, false, false, false},
	[PKI_DPAUTH] = {PKI_CI, KU_DIGITAL_SIGNATURE, false, false, false},
	[PKI_DPPB] = {PKI_CI, KU_DIGITAL_SIGNATURE, false, false, false},
	[PKI_DPTLS] = {PKI_CI, KU_DIGITAL_SIGNATURE, false, true, true},
	[PKI_DSAUTH] = {PKI_CI, KU_DIGITAL_SIGNATURE, false, false, false},
	[PKI_DSTLS] = {PKI_CI, KU_DIGITAL_SIGNATURE, false, true, true},
	[PKI_ROLE_NONE] = {PKI_CI, KU_DIGITAL_SIGNATURE, false, false, true},
};

static enum rsp_status no(struct rsp_ctx *c, const struct step *s, const char *fmt, ...) RSP_PRINTF(3, 4);

static enum rsp_status
no(struct rsp_ctx *c, const struct step *s, const char *fmt, ...)
{
	char what[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return rsp_fail(c, RSP_UNTRUSTED, "%s certificate %.60s: %s", pki_role_name(s->role), s->cert->subject, what);
}

static enum rsp_status
check_role(struct rsp_ctx *c, const struct step *s)
{
	if (s->cert->role == s->role)
		return RSP_OK;
	return no(c, s, "want the policy of role %s, have that of %s", pki_role_name(s->role), pki_role_name(s->cert->role));
}

static enum rsp_status
check_form(struct rsp_ctx *c, const struct step *s)
{
	const X509 *x = s->cert->x509;
	int algorithm = X509_get_signature_nid(x);

	if (X509_get_version(x) != X509_VERSION_3)
		return no(c, s, "want version 3, have %ld", X509_get_version(x) + 1);
	if (X509_get_extension_flags(s->cert->x509) & EXFLAG_INVALID)
		return no(c, s, "an extension cannot be read or is there twice");
	if (X509_get_extension_flags(s->cert->x509) & EXFLAG_PROXY)
		return no(c, s, "want no proxy certificate");
	if (algorithm != NID_ecdsa_with_SHA256)
		return no(c, s, "want a signature by ecdsa-with-SHA256, have %s", OBJ_nid2sn(algorithm));
	return RSP_OK;
}

/* Only what is acted on here counts as understood; the library's own list is longer. */
static bool
understood(const struct step *s, int nid)
{
	static const int known[] = {NID_basic_constraints, NID_key_usage, NID_certificate_policies, NID_ext_key_usage, NID_subject_alt_name,
		NID_subject_key_identifier, NID_authority_key_identifier, NID_crl_distribution_points};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i] == nid)
			return true;
	return nid == NID_name_constraints && s->role == PKI_EUM;
}

static enum rsp_status
check_critical(struct rsp_ctx *c, const struct step *s)
{
	const X509 *x = s->cert->x509;
	char name[80];
	int i;

	for (i = 0; i < X509_get_ext_count(x); i++) {
		X509_EXTENSION *e = X509_get_ext(x, i);
		const ASN1_OBJECT *o = X509_EXTENSION_get_object(e);

		if (!X509_EXTENSION_get_critical(e) || understood(s, OBJ_obj2nid(o)))
			continue;
		OBJ_obj2txt(name, sizeof(name), o, 1);
		return no(c, s, "the critical extension %s is not understood", name);
	}
	return RSP_OK;
}

static enum rsp_status
check_basic(struct rsp_ctx *c, const struct step *s)
{
	bool ca = X509_get_extension_flags(s->cert->x509) & EXFLAG_CA;
	long length = X509_get_pathlen(s->cert->x509);

	if (ca != s->rule->ca)
		return no(c, s, "basicConstraints: want %s, have %s", s->rule->ca ? "a CA" : "no CA", ca ? "a CA" : "none");
	if (s->role == PKI_EUM && length != 0)
		return no(c, s, "basicConstraints: want pathLenConstraint 0, have %s", length < 0 ? "none" : "a longer path");
	return RSP_OK;
}

static const char *
usage_text(uint32_t usage, char *out, size_t size)
{
	static const struct { uint32_t bit; const char *name; } names[] = {
		{KU_DIGITAL_SIGNATURE, "digitalSignature"}, {KU_NON_REPUDIATION, "nonRepudiation"}, {KU_KEY_ENCIPHERMENT, "keyEncipherment"},
		{KU_DATA_ENCIPHERMENT, "dataEncipherment"}, {KU_KEY_AGREEMENT, "keyAgreement"}, {KU_KEY_CERT_SIGN, "keyCertSign"},
		{KU_CRL_SIGN, "cRLSign"}, {KU_ENCIPHER_ONLY, "encipherOnly"}, {KU_DECIPHER_ONLY, "decipherOnly"},
	};
	size_t i, n = 0;

	snprintf(out, size, "none");
	for (i = 0; usage != UINT32_MAX && i < sizeof(names) / sizeof(names[0]); i++)
		if (usage & names[i].bit && n < size)
			n += (size_t)snprintf(out + n, size - n, "%s%s", n ? "+" : "", names[i].name);
	return out;
}

static enum rsp_status
check_usage(struct rsp_ctx *c, const struct step *s)
{
	uint32_t usage = X509_get_key_usage(s->cert->x509);
	char want[40], have[64];

	if (usage == s->rule->usage)
		return RSP_OK;
	return no(c, s, "keyUsage: want %s, have %s", usage_text(s->rule->usage, want, sizeof(want)), usage_text(usage, have, sizeof(have)));
}

static enum rsp_status
check_extended_usage(struct rsp_ctx *c, const struct step *s)
{
	bool there = X509_get_extension_flags(s->cert->x509) & EXFLAG_XKUSAGE;
	uint32_t usage = there ? X509_get_extended_key_usage(s->cert->x509) : 0;

	if (s->rule->tls_server && !(usage & XKU_SSL_SERVER))
		return no(c, s, "extendedKeyUsage: want serverAuth, have %s", there ? "others" : "none");
	if (s->rule->tls_client && !(usage & XKU_SSL_CLIENT))
		return no(c, s, "extendedKeyUsage: want clientAuth, have %s", there ? "others" : "none");
	return RSP_OK;
}

/* May the issuer issue this at all? */
static enum rsp_status
check_issuer(struct rsp_ctx *c, const struct step *s)
{
	X509 *issuer = s->issuer->x509;
	long length = X509_get_pathlen(issuer);

	if (s->issuer->role != s->rule->issuer)
		return no(c, s, "want an issuer of role %s, have %s", pki_role_name(s->rule->issuer), pki_role_name(s->issuer->role));
	if (s->role == PKI_CI && !bytes_equal(s->cert->der, s->issuer->der))
		return no(c, s, "want a CI that issued itself, have one under another");
	if (!(X509_get_extension_flags(issuer) & EXFLAG_CA))
		return no(c, s, "the issuer's basicConstraints: want a CA, have none");
	if (X509_get_key_usage(issuer) == UINT32_MAX || !(X509_get_key_usage(issuer) & KU_KEY_CERT_SIGN))
		return no(c, s, "the issuer's keyUsage: want keyCertSign, have it not");
	if (s->rule->ca && s->role != PKI_CI && length == 0)
		return no(c, s, "the issuer's pathLenConstraint: want room for a CA, have 0");
	return RSP_OK;
}

static enum rsp_status
check_names(struct rsp_ctx *c, const struct step *s)
{
	AUTHORITY_KEYID *aki;
	int code;

	if (X509_NAME_cmp(X509_get_issuer_name(s->cert->x509), X509_get_subject_name(s->issuer->x509)) != 0)
		return no(c, s, "issuer name: want %.60s, have another", s->issuer->subject);
	if (s->role != PKI_CI && !s->cert->aki.n)
		return no(c, s, "authorityKeyIdentifier: want the issuer's key identifier, have none");
	if (s->cert->aki.p && !bytes_equal(s->cert->aki, s->issuer->ski))
		return no(c, s, "authorityKeyIdentifier: want the issuer's subjectKeyIdentifier, have another");
	aki = X509_get_ext_d2i(s->cert->x509, NID_authority_key_identifier, NULL, NULL);
	code = X509_check_akid(s->issuer->x509, aki);
	AUTHORITY_KEYID_free(aki);
	return code == X509_V_OK ? RSP_OK : no(c, s, "issuer: %s", X509_verify_cert_error_string(code));
}

static enum rsp_status
check_constraints(struct rsp_ctx *c, const struct step *s)
{
	if (s->role == PKI_EUM)
		return pki_check_constraining(c, s->cert);
	return s->role == PKI_EUICC ? pki_check_constraints(c, s->issuer, s->cert) : RSP_OK;
}

static enum rsp_status
check_signature(struct rsp_ctx *c, const struct step *s)
{
	enum rsp_status st = pki_check_signed(c, s->cert, s->issuer->key, s->rule->issuer == PKI_CI);

	return st == RSP_UNTRUSTED ? no(c, s, "the signature is not the issuer's (%.60s)", s->issuer->subject) : st;
}

/* Last, so that only a certificate with nothing else against it is called out of date. */
static enum rsp_status
check_dates(struct rsp_ctx *c, const struct step *s)
{
	char now[TIME_TEXT_SIZE], limit[TIME_TEXT_SIZE];
	bool early = c->now < s->cert->not_before;

	if (!early && c->now <= s->cert->not_after)
		return RSP_OK;
	time_text(c->now, now);
	time_text(early ? s->cert->not_before : s->cert->not_after, limit);
	return rsp_fail(c, RSP_REFUSED, "%s certificate %.60s: %s %s, and it is %s", pki_role_name(s->role), s->cert->subject,
		early ? "not yet valid: begins" : "expired: ended", limit, now);
}

enum rsp_status
pki_verify(struct rsp_ctx *c, const struct pki_cert *cert, enum pki_role role, const struct pki_cert *issuer)
{
	static enum rsp_status (*const checks[])(struct rsp_ctx *, const struct step *) = {
		check_role, check_form, check_critical, check_basic, check_usage, check_extended_usage, check_issuer, check_names,
		check_constraints, check_signature, check_dates,
	};
	const struct step s = {cert, issuer, role, &rules[role]};
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < sizeof(checks) / sizeof(checks[0]); i++)
		st = checks[i](c, &s);
	ERR_clear_error();
	return st;
}
