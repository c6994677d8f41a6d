// SPDX-License-Identifier: BSD-2-Clause
/* From DER to what the roles ask of a certificate. */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "pki/impl.h"

#include "tlv/der_shape.h"

/* Text of a string of the library's, whole or not at all: what is cut at a NUL or at the end could pass for another name. */
static bool
put_text(const ASN1_STRING *s, char *out, size_t size)
{
	unsigned char *text = NULL;
	int n = s ? ASN1_STRING_to_UTF8(&text, s) : -1;
	bool good = n >= 0 && (size_t)n < size && !memchr(text, 0, (size_t)n);

	if (good)
		memcpy(out, text, (size_t)n);
	out[good ? n : 0] = '\0';
	OPENSSL_free(text);
	return good;
}

bool
pki_name_text(const X509_NAME *name, int nid, char *out, size_t size)
{
	int at = X509_NAME_get_index_by_NID(name, nid, -1);

	out[0] = '\0';
	if (at < 0 || X509_NAME_get_index_by_NID(name, nid, at) >= 0)
		return false;
	return put_text(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)), out, size);
}

bool
pki_time(const ASN1_TIME *t, int64_t *out)
{
	struct tm tm;

	if (!t || !ASN1_TIME_to_tm(t, &tm))
		return false;
	*out = (int64_t)timegm(&tm);
	return true;
}

static bool
keep(struct bytes *out, const void *p, size_t n)
{
	uint8_t *copy = malloc(n + 1);

	if (!copy)
		return false;
	if (n)
		memcpy(copy, p, n);
	*out = bytes_of(copy, n);
	return true;
}

/* An absent string is kept as absent. */
static bool
keep_string(struct bytes *out, const ASN1_STRING *s)
{
	return !s || keep(out, ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}

static bool
read_alternative_names(const X509 *x, struct pki_cert *cert)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	bool good = true;
	int i;

	for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);

		if (n->type == GEN_DNS && !cert->dns[0])
			put_text(n->d.dNSName, cert->dns, sizeof(cert->dns));
		if (n->type == GEN_RID && !cert->oid.p)
			good = good && keep(&cert->oid, OBJ_get0_data(n->d.registeredID), OBJ_length(n->d.registeredID));
	}
	GENERAL_NAMES_free(names);
	return good;
}

static bool
read_key_ids(const X509 *x, struct pki_cert *cert)
{
	AUTHORITY_KEYID *aki = X509_get_ext_d2i(x, NID_authority_key_identifier, NULL, NULL);
	ASN1_OCTET_STRING *ski = X509_get_ext_d2i(x, NID_subject_key_identifier, NULL, NULL);
	bool good = keep_string(&cert->ski, ski) && keep_string(&cert->aki, aki ? aki->keyid : NULL);

	ASN1_OCTET_STRING_free(ski);
	AUTHORITY_KEYID_free(aki);
	return good;
}

static void
read_subject(const X509_NAME *name, struct pki_cert *cert)
{
	BIO *line = BIO_new(BIO_s_mem());
	int n = 0;

	pki_name_text(name, NID_organizationName, cert->organization, sizeof(cert->organization));
	pki_name_text(name, NID_serialNumber, cert->serial_number, sizeof(cert->serial_number));
	if (line && X509_NAME_print_ex(line, name, 0, XN_FLAG_ONELINE) > 0)
		n = BIO_read(line, cert->subject, sizeof(cert->subject) - 1);
	cert->subject[n > 0 ? n : 0] = '\0';
	BIO_free(line);
}

static enum pki_role
role_of(X509 *x)
{
	uint32_t flags = X509_get_extension_flags(x);

	if (X509_get_ext_by_NID(x, NID_certificate_policies, -1) < 0 && flags & EXFLAG_CA && flags & EXFLAG_SI)
		return PKI_CI;
	return pki_role_of(x);
}

/* The key by its raw point: the library's key decoder costs more than a verification. */
static enum rsp_status
read_key(struct rsp_ctx *c, const X509 *x, struct pki_cert *cert)
{
	const unsigned char *point;
	const void *parameter = NULL;
	ASN1_OBJECT *kind = NULL;
	X509_ALGOR *alg;
	int n = 0, type = 0, nid;

	if (!X509_PUBKEY_get0_param(&kind, &point, &n, &alg, X509_get_X509_PUBKEY(x)) || OBJ_obj2nid(kind) != NID_X9_62_id_ecPublicKey)
		return rsp_fail(c, RSP_MALFORMED, "certificate: want a key of elliptic curves, have %s", OBJ_nid2sn(OBJ_obj2nid(kind)));
	X509_ALGOR_get0(NULL, &type, &parameter, alg);
	nid = type == V_ASN1_OBJECT ? OBJ_obj2nid(parameter) : NID_undef;
	if (nid != NID_X9_62_prime256v1 && nid != NID_brainpoolP256r1)
		return rsp_fail(c, RSP_MALFORMED, "certificate: want a key on P-256 or brainpoolP256r1, have %s", OBJ_nid2sn(nid));
	cert->curve = nid == NID_brainpoolP256r1 ? EC_BP256 : EC_P256;
	return ec_key_from_point(c, cert->curve, bytes_of(point, (size_t)n), &cert->key);
}

static enum rsp_status
read_fields(struct rsp_ctx *c, struct pki_cert *cert)
{
	X509 *x = cert->x509;
	enum rsp_status st = read_key(c, x, cert);

	if (st != RSP_OK)
		return st;
	if (!pki_time(X509_get0_notBefore(x), &cert->not_before) || !pki_time(X509_get0_notAfter(x), &cert->not_after))
		return rsp_fail(c, RSP_MALFORMED, "certificate: its validity is no pair of times");
	cert->role = role_of(x);
	read_subject(X509_get_subject_name(x), cert);
	if (read_key_ids(x, cert) && keep_string(&cert->serial, X509_get0_serialNumber(x)) && read_alternative_names(x, cert))
		return RSP_OK;
	return rsp_fail(c, RSP_NOMEM, "no memory for a certificate");
}

static enum rsp_status
parse(struct rsp_ctx *c, struct pki_cert *cert)
{
	const unsigned char *p = cert->der.p;
	X509 *x = X509_new_ex(crypto_parsing_libctx(c->crypto), NULL);
	size_t at = 0;

	if (!x)
		return rsp_fail(c, RSP_NOMEM, "no memory for a certificate");
	if (der_shape(cert->der, DER_SHAPE_DEPTH, DER_SHAPE_BUDGET, &at) != RSP_OK) {
		X509_free(x);
		return rsp_fail(c, RSP_MALFORMED, "certificate of %zu octets: no DER at octet %zu", cert->der.n, at);
	}
	if (!d2i_X509(&x, &p, (long)cert->der.n) || p != cert->der.p + cert->der.n) {
		X509_free(x);
		return rsp_fail(c, RSP_MALFORMED, "certificate of %zu octets: DER, but no X.509 certificate", cert->der.n);
	}
	cert->x509 = x;
	return read_fields(c, cert);
}

void
pki_cert_hold(struct pki_cert *cert)
{
	atomic_fetch_add(&cert->owners, 1);
}

void
pki_cert_free(struct pki_cert *cert)
{
	if (!cert || atomic_fetch_sub(&cert->owners, 1) > 1)
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

static enum rsp_status
read_new(struct rsp_ctx *c, struct bytes der, const uint8_t digest[32], struct pki_cert **out)
{
	struct pki_cert *cert = calloc(1, sizeof(*cert));
	enum rsp_status st;

	if (!cert || !keep(&cert->der, der.p, der.n)) {
		free(cert);
		return rsp_fail(c, RSP_NOMEM, "no memory for a certificate");
	}
	cert->shareable = crypto_parsing_libctx(c->crypto) != crypto_libctx(c->crypto);
	memcpy(cert->digest, digest, sizeof(cert->digest));
	pki_cert_hold(cert);
	st = parse(c, cert);
	ERR_clear_error();
	if (st == RSP_OK)
		*out = cert;
	else
		pki_cert_free(cert);
	return st;
}

enum rsp_status
pki_cert_read(struct rsp_ctx *c, struct bytes der, struct pki_cert **out)
{
	struct pki_cert *kept;
	uint8_t digest[32];
	enum rsp_status st = sha256(c, &der, 1, digest);

	if (st != RSP_OK)
		return st;
	if (!crypto_may_skip(c->crypto) || !(kept = pki_kept(digest)))
		return read_new(c, der, digest, out);
	*out = kept;
	return RSP_OK;
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
