// SPDX-License-Identifier: BSD-2-Clause
/* From DER to what the roles ask of a certificate. */
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>

#include "pki/impl.h"

static const struct { const char *name; uint8_t last; } roles[] = {
	[PKI_CI] = {"CI", 0}, [PKI_EUICC] = {"eUICC", 1}, [PKI_EUM] = {"EUM", 2}, [PKI_DPTLS] = {"DPtls", 3}, [PKI_DPAUTH] = {"DPauth", 4},
	[PKI_DPPB] = {"DPpb", 5}, [PKI_DSTLS] = {"DStls", 6}, [PKI_DSAUTH] = {"DSauth", 7}, [PKI_ROLE_NONE] = {"other", 0xFF},
};

const char *
pki_role_name(enum pki_role role)
{
	return roles[role].name;
}

struct bytes
pki_policy_oid(enum pki_role role)
{
	static const uint8_t oids[8][7] = {
		{0x67, 0x81, 0x12, 0x01, 0x02, 0x01, 0}, {0x67, 0x81, 0x12, 0x01, 0x02, 0x01, 1}, {0x67, 0x81, 0x12, 0x01, 0x02, 0x01, 2},
		{0x67, 0x81, 0x12, 0x01, 0x02, 0x01, 3}, {0x67, 0x81, 0x12, 0x01, 0x02, 0x01, 4}, {0x67, 0x81, 0x12, 0x01, 0x02, 0x01, 5},
		{0x67, 0x81, 0x12, 0x01, 0x02, 0x01, 6}, {0x67, 0x81, 0x12, 0x01, 0x02, 0x01, 7},
	};

	return role == PKI_ROLE_NONE ? BYTES_NONE : bytes_of(oids[roles[role].last], 7);
}

void
pki_name_field(const X509_NAME *name, int nid, char *out, size_t size)
{
	int at = X509_NAME_get_index_by_NID(name, nid, -1);
	const ASN1_STRING *s = at >= 0 ? X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)) : NULL;

	snprintf(out, size, "%.*s", s ? ASN1_STRING_length(s) : 0, s ? (const char *)ASN1_STRING_get0_data(s) : "");
}

static enum pki_role
role_of(const X509 *x)
{
	CERTIFICATEPOLICIES *list = X509_get_ext_d2i(x, NID_certificate_policies, NULL, NULL);
	enum pki_role role = PKI_ROLE_NONE;
	int i, r;

	for (i = 0; i < sk_POLICYINFO_num(list); i++) {
		const ASN1_OBJECT *o = sk_POLICYINFO_value(list, i)->policyid;
		struct bytes oid = bytes_of(OBJ_get0_data(o), OBJ_length(o));

		for (r = PKI_CI; r < PKI_ROLE_NONE; r++)
			if (bytes_equal(oid, pki_policy_oid((enum pki_role)r)))
				role = (enum pki_role)r;
	}
	CERTIFICATEPOLICIES_free(list);
	return role;
}

static struct bytes
keep(const ASN1_OCTET_STRING *s)
{
	int n = s ? ASN1_STRING_length(s) : 0;
	uint8_t *p = s ? malloc((size_t)n + 1) : NULL;

	if (!p)
		return BYTES_NONE;
	memcpy(p, ASN1_STRING_get0_data(s), (size_t)n);
	return bytes_of(p, (size_t)n);
}

static void
read_alternative_names(const X509 *x, struct pki_cert *cert)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	int i;

	for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);

		if (n->type == GEN_DNS && !cert->dns[0])
			snprintf(cert->dns, sizeof(cert->dns), "%.*s", ASN1_STRING_length(n->d.dNSName), (const char *)ASN1_STRING_get0_data(n->d.dNSName));
		if (n->type == GEN_RID && !cert->oid.p) {
			size_t len = OBJ_length(n->d.registeredID);
			uint8_t *p = malloc(len + 1);

			if (p)
				cert->oid = bytes_of(memcpy(p, OBJ_get0_data(n->d.registeredID), len), len);
		}
	}
	GENERAL_NAMES_free(names);
}

static int64_t
seconds(const ASN1_TIME *t)
{
	struct tm tm;

	return t && ASN1_TIME_to_tm(t, &tm) ? (int64_t)timegm(&tm) : 0;
}

static void
read_fields(const X509 *x, struct pki_cert *cert)
{
	const X509_NAME *subject = X509_get_subject_name(x);
	AUTHORITY_KEYID *aki = X509_get_ext_d2i(x, NID_authority_key_identifier, NULL, NULL);
	ASN1_OCTET_STRING *ski = X509_get_ext_d2i(x, NID_subject_key_identifier, NULL, NULL);

	cert->role = role_of(x);
	cert->ski = keep(ski);
	cert->aki = keep(aki ? aki->keyid : NULL);
	ASN1_OCTET_STRING_free(ski);
	AUTHORITY_KEYID_free(aki);
	cert->serial = keep(X509_get0_serialNumber(x));
	cert->not_before = seconds(X509_get0_notBefore(x));
	cert->not_after = seconds(X509_get0_notAfter(x));
	pki_name_field(subject, NID_organizationName, cert->organization, sizeof(cert->organization));
	pki_name_field(subject, NID_serialNumber, cert->serial_number, sizeof(cert->serial_number));
	X509_NAME_oneline(subject, cert->subject, sizeof(cert->subject));
	read_alternative_names(x, cert);
}

/* The key by its raw point: the library's key decoder costs more than a verification. */
static enum rsp_status
read_key(struct rsp_ctx *c, const X509 *x, struct pki_cert *cert)
{
	const unsigned char *point;
	const void *parameter = NULL;
	X509_ALGOR *alg;
	int n = 0, type = 0, nid;

	if (!X509_PUBKEY_get0_param(NULL, &point, &n, &alg, X509_get_X509_PUBKEY(x)))
		return rsp_fail(c, RSP_MALFORMED, "certificate: no public key");
	X509_ALGOR_get0(NULL, &type, &parameter, alg);
	nid = type == V_ASN1_OBJECT ? OBJ_obj2nid(parameter) : NID_undef;
	if (nid != NID_X9_62_prime256v1 && nid != NID_brainpoolP256r1)
		return rsp_fail(c, RSP_MALFORMED, "certificate: want a key on P-256 or brainpoolP256r1, have %s", OBJ_nid2sn(nid));
	cert->curve = nid == NID_brainpoolP256r1 ? EC_BP256 : EC_P256;
	return ec_key_from_point(c, cert->curve, bytes_of(point, (size_t)n), &cert->key);
}

enum rsp_status
pki_cert_read(struct rsp_ctx *c, struct bytes der, struct pki_cert **out)
{
	struct pki_cert *cert = calloc(1, sizeof(*cert));
	const unsigned char *p = der.p;
	uint8_t *copy = malloc(der.n + 1);
	X509 *x = X509_new_ex(crypto_libctx(c->crypto), NULL);
	enum rsp_status st = RSP_NOMEM;

	if (!cert || !copy || !x) {
		free(copy);
		free(cert);
		X509_free(x);
		return rsp_fail(c, RSP_NOMEM, "no memory for a certificate");
	}
	memcpy(copy, der.p ? der.p : (const uint8_t *)"", der.n);
	cert->der = bytes_of(copy, der.n);
	if (!d2i_X509(&x, &p, (long)der.n) || p != der.p + der.n) {
		ERR_clear_error();
		X509_free(x);
		pki_cert_free(cert);
		return rsp_fail(c, RSP_MALFORMED, "not one DER certificate");
	}
	cert->x509 = x;
	st = read_key(c, x, cert);
	if (st != RSP_OK) {
		pki_cert_free(cert);
		return st;
	}
	read_fields(x, cert);
	*out = cert;
	return RSP_OK;
}

void
pki_cert_free(struct pki_cert *cert)
{
	if (!cert)
		return;
	ec_key_free(cert->key);
	X509_free(cert->x509);
	free((void *)(uintptr_t)cert->der.p);
	free((void *)(uintptr_t)cert->ski.p);
	free((void *)(uintptr_t)cert->aki.p);
	free((void *)(uintptr_t)cert->serial.p);
	free((void *)(uintptr_t)cert->oid.p);
	free(cert);
}

static void
free_cert(void *cert)
{
	pki_cert_free(cert);
}

enum rsp_status
pki_cert_read_scoped(struct rsp_ctx *c, struct bytes der, const struct pki_cert **out)
{
	struct pki_cert *cert = NULL;
	enum rsp_status st = pki_cert_read(c, der, &cert);

	if (st != RSP_OK)
		return st;
	st = rsp_ctx_on_reset(c, free_cert, cert);
	if (st != RSP_OK) {
		pki_cert_free(cert);
		return st;
	}
	*out = cert;
	return RSP_OK;
}

void
pki_identity_free(struct pki_identity *id)
{
	pki_cert_free(id->cert);
	ec_key_free(id->key);
	*id = (struct pki_identity){0};
}
