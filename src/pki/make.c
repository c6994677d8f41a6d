// SPDX-License-Identifier: BSD-2-Clause
/* A test PKI in the shape of SGP.26: every subject says TEST. Extensions are written as DER; the library signs. */
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>

#include "codec/ids.h"
#include "pki/impl.h"
#include "tlv/tlv.h"

#define ORGANIZATION "esimlab TEST"
#define IIN "89049032"
#define DAY 86400
#define CRL_URL "http://ci.test.example.com/CRL-%s.crl"

struct making {
	struct rsp_ctx *c;
	X509 *x;
	const struct pki_shape *shape;
	const struct ec_key *key;
	const struct pki_identity *issuer;    /* NULL: self-signed */
	const char *host, *eid;
};

static bool
add_extension(X509 *x, int nid, bool critical, struct buf *der)
{
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *e = NULL;
	bool good = value && !der->bad && ASN1_OCTET_STRING_set(value, der->p, (int)der->n) &&
		(e = X509_EXTENSION_create_by_NID(NULL, nid, critical, value)) && X509_add_ext(x, e, -1);

	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(value);
	buf_free(der);
	return good;
}

static bool
add_basic_constraints(struct making *m)
{
	static const uint8_t yes[1] = {0xFF};
	struct buf b = BUF_INIT;
	size_t mark = tlv_open(&b, 0x30);

	tlv_add(&b, 0x01, BYTES_OF(yes));
	if (m->shape->role == PKI_EUM)
		tlv_add_uint(&b, 0x02, 0);
	tlv_close(&b, mark);
	return add_extension(m->x, NID_basic_constraints, true, &b);
}

/* keyUsage bits: 0 digitalSignature, 5 keyCertSign, 6 cRLSign. */
static bool
add_key_usage(struct making *m)
{
	struct buf b = BUF_INIT;

	tlv_add_bits(&b, 0x03, m->shape->role == PKI_CI ? 1u << 5 | 1u << 6 : m->shape->role == PKI_EUM ? 1u << 5 : 1u);
	return add_extension(m->x, NID_key_usage, true, &b);
}

static bool
add_policy(struct making *m)
{
	struct buf b = BUF_INIT;
	size_t list = tlv_open(&b, 0x30), info = tlv_open(&b, 0x30);

	tlv_add(&b, 0x06, pki_policy_oid(m->shape->role));
	tlv_close(&b, info);
	tlv_close(&b, list);
	return add_extension(m->x, NID_certificate_policies, m->shape->role != PKI_DPTLS && m->shape->role != PKI_DSTLS, &b);
}

static bool
add_names(struct making *m)
{
	struct buf b = BUF_INIT;
	struct bytes oid;
	size_t list = tlv_open(&b, 0x30);

	if (m->shape->server_names)
		tlv_add_str(&b, 0x82, m->host);
	if (oid_read(m->c, m->shape->oid, &oid) != RSP_OK) {
		buf_free(&b);
		return false;
	}
	tlv_add(&b, 0x88, oid);
	tlv_close(&b, list);
	return add_extension(m->x, NID_subject_alt_name, false, &b);
}

/* serverAuth and clientAuth; an operator is a client only. */
static bool
add_extended_usage(struct making *m)
{
	static const uint8_t server[] = {0x2B, 6, 1, 5, 5, 7, 3, 1}, client[] = {0x2B, 6, 1, 5, 5, 7, 3, 2};
	struct buf b = BUF_INIT;
	size_t list = tlv_open(&b, 0x30);

	if (m->shape->server_names)
		tlv_add(&b, 0x06, BYTES_OF(server));
	tlv_add(&b, 0x06, BYTES_OF(client));
	tlv_close(&b, list);
	return add_extension(m->x, NID_ext_key_usage, true, &b);
}

static void
add_rdn(struct buf *b, const uint8_t attribute[3], uint32_t string_tag, const char *value)
{
	size_t set = tlv_open(b, 0x31), pair = tlv_open(b, 0x30);

	tlv_add(b, 0x06, bytes_of(attribute, 3));
	tlv_add_str(b, string_tag, value);
	tlv_close(b, pair);
	tlv_close(b, set);
}

/* Permitted: O and the beginning of the EIDs. */
static bool
add_name_constraints(struct making *m)
{
	static const uint8_t organization[3] = {0x55, 4, 10}, serial[3] = {0x55, 4, 5};
	struct buf b = BUF_INIT;
	size_t all = tlv_open(&b, 0x30), permitted = tlv_open(&b, 0xA0), subtree = tlv_open(&b, 0x30), name = tlv_open(&b, 0xA4), rdns = tlv_open(&b, 0x30);

	add_rdn(&b, organization, 0x0C, ORGANIZATION);
	add_rdn(&b, serial, 0x13, IIN);
	tlv_close(&b, rdns);
	tlv_close(&b, name);
	tlv_close(&b, subtree);
	tlv_close(&b, permitted);
	tlv_close(&b, all);
	return add_extension(m->x, NID_name_constraints, true, &b);
}

static bool
add_crl_point(struct making *m)
{
	char url[80];
	struct buf b = BUF_INIT;
	size_t list = tlv_open(&b, 0x30), point = tlv_open(&b, 0x30), name = tlv_open(&b, 0xA0), full = tlv_open(&b, 0xA0);

	snprintf(url, sizeof(url), CRL_URL, "B");
	tlv_add_str(&b, 0x86, url);
	tlv_close(&b, full);
	tlv_close(&b, name);
	tlv_close(&b, point);
	tlv_close(&b, list);
	return add_extension(m->x, NID_crl_distribution_points, false, &b);
}

/* SHA-1 of the public key, as RFC 5280 suggests; only an identifier. */
static bool
add_key_ids(struct making *m)
{
	uint8_t id[20];
	unsigned n = sizeof(id);
	struct bytes own = ec_key_point(m->key);
	struct buf b = BUF_INIT;
	size_t mark;

	if (!EVP_Digest(own.p, own.n, id, &n, EVP_sha1(), NULL))
		return false;
	tlv_add(&b, 0x04, BYTES_OF(id));
	if (!add_extension(m->x, NID_subject_key_identifier, false, &b))
		return false;
	if (!m->issuer)
		return true;
	mark = tlv_open(&b, 0x30);
	tlv_add(&b, 0x80, m->issuer->cert->ski);
	tlv_close(&b, mark);
	return add_extension(m->x, NID_authority_key_identifier, false, &b);
}

static bool
add_all(struct making *m)
{
	enum pki_role role = m->shape->role;
	bool ca = role == PKI_CI || role == PKI_EUM, tls = role == PKI_DPTLS || role == PKI_DSTLS || role == PKI_ROLE_NONE;

	return add_key_ids(m) && add_key_usage(m) && (!ca || add_basic_constraints(m)) && (role == PKI_ROLE_NONE || add_policy(m)) &&
		(!m->shape->oid || add_names(m)) && (!tls || add_extended_usage(m)) && (role != PKI_EUM || add_name_constraints(m)) &&
		(role == PKI_EUICC || add_crl_point(m));
}

static bool
name_entry(X509_NAME *name, const char *field, int type, const char *value)
{
	return X509_NAME_add_entry_by_txt(name, field, type, (const unsigned char *)value, -1, -1, 0);
}

static bool
set_subject(struct making *m)
{
	X509_NAME *name = X509_get_subject_name(m->x);
	char organization[80] = ORGANIZATION, prefix[40];

	/* A eUICC is of the organisation that its EUM is allowed to name. */
	if (m->shape->role == PKI_EUICC && pki_constraint_of(m->c, m->issuer->cert, organization, prefix) != RSP_OK)
		return false;
	if (!name_entry(name, "C", MBSTRING_ASC, "XX") || !name_entry(name, "O", MBSTRING_UTF8, organization) ||
		!name_entry(name, "CN", MBSTRING_UTF8, m->shape->common_name))
		return false;
	return m->shape->role != PKI_EUICC || name_entry(name, "serialNumber", V_ASN1_PRINTABLESTRING, m->eid);
}

static bool
set_serial(struct making *m)
{
	uint8_t serial[16];
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	BIGNUM *v = NULL;
	bool good;

	if (crypto_random(m->c, serial, sizeof(serial)) != RSP_OK)
		return ASN1_INTEGER_free(n), false;
	serial[0] = (uint8_t)((serial[0] & 0x3F) | 0x40);
	v = BN_bin2bn(serial, sizeof(serial), NULL);
	good = n && v && BN_to_ASN1_INTEGER(v, n) && X509_set_serialNumber(m->x, n);
	BN_free(v);
	ASN1_INTEGER_free(n);
	return good;
}

static bool
set_dates(struct making *m)
{
	return ASN1_TIME_set(X509_getm_notBefore(m->x), (time_t)(m->c->now - DAY)) &&
		ASN1_TIME_set(X509_getm_notAfter(m->x), (time_t)(m->c->now + (int64_t)m->shape->days * DAY));
}

static bool
sign(struct making *m)
{
	const struct ec_key *signer = m->issuer ? m->issuer->key : m->key;
	const X509_NAME *name = X509_get_subject_name(m->issuer ? m->issuer->cert->x509 : m->x);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx && X509_set_issuer_name(m->x, name) &&
		EVP_DigestSignInit_ex(ctx, NULL, "SHA2-256", crypto_libctx(m->c->crypto), NULL, ec_key_pkey(signer), NULL) > 0 && X509_sign_ctx(m->x, ctx) > 0;

	EVP_MD_CTX_free(ctx);
	return good;
}

static enum rsp_status
certify(struct making *m, struct pki_cert **out)
{
	unsigned char *der = NULL;
	enum rsp_status st = RSP_NOMEM;
	int n = -1;

	m->x = X509_new_ex(crypto_libctx(m->c->crypto), NULL);
	if (m->x && X509_set_version(m->x, 2) && set_serial(m) && set_dates(m) && set_subject(m) && X509_set_pubkey(m->x, ec_key_pkey(m->key)) &&
		add_all(m) && sign(m))
		n = i2d_X509(m->x, &der);
	X509_free(m->x);
	if (n > 0)
		st = pki_cert_read(m->c, bytes_of(der, (size_t)n), out);
	else
		st = rsp_fail(m->c, RSP_NOMEM, "the cryptographic library cannot make a certificate");
	OPENSSL_free(der);
	ERR_clear_error();
	return st;
}

static enum rsp_status
make_identity(struct rsp_ctx *c, const struct pki_shape *shape, enum ec_curve curve, const struct pki_identity *issuer, const char *host,
	const char *eid, struct pki_identity *out)
{
	struct making m = {.c = c, .shape = shape, .issuer = issuer, .host = host, .eid = eid};
	struct pki_identity id = {0};
	enum rsp_status st = ec_key_generate(c, curve, &id.key);

	if (st != RSP_OK)
		return st;
	m.key = id.key;
	st = certify(&m, &id.cert);
	if (st == RSP_OK)
		*out = id;
	else
		pki_identity_free(&id);
	return st;
}

enum rsp_status
pki_eid_under(struct rsp_ctx *c, const struct pki_cert *eum, uint64_t n, char eid[33])
{
	char organization[80], prefix[40];
	uint8_t raw[16] = {0};
	size_t i, len;
	enum rsp_status st = pki_constraint_of(c, eum, organization, prefix);

	if (st != RSP_OK)
		return st;
	len = strlen(prefix);
	if (len > 12 || strspn(prefix, "0123456789") != len)
		return rsp_fail(c, RSP_REFUSED, "the EUM's constraint '%s' is no beginning of an EID", prefix);
	for (i = 29; i >= len && n; i--, n /= 10)
		raw[i / 2] = (uint8_t)(raw[i / 2] | (i % 2 ? n % 10 : (n % 10) << 4));
	for (i = 0; i < len; i++)
		raw[i / 2] = (uint8_t)(raw[i / 2] | (i % 2 ? prefix[i] - '0' : (prefix[i] - '0') << 4));
	eid_set_check(raw);
	eid_text(raw, eid);
	return RSP_OK;
}

enum rsp_status
pki_issue_euicc(struct rsp_ctx *c, const struct pki_identity *eum, const char *eid, struct pki_identity *out)
{
	struct pki_identity made = {0};
	uint8_t raw[16];
	size_t i;
	enum rsp_status st = eid_read(c, eid, raw);

	if (st != RSP_OK)
		return st;
	if (!eum->key)
		return rsp_fail(c, RSP_STATE, "the EUM's private key is not in the PKI folder: no eUICC certificate can be issued");
	for (i = 0; pki_shapes[i].role != PKI_EUICC; i++)
		;
	st = make_identity(c, &pki_shapes[i], eum->cert->curve, eum, NULL, eid, &made);
	if (st == RSP_OK)
		st = pki_verify(c, made.cert, PKI_EUICC, eum->cert);
	if (st != RSP_OK) {
		pki_identity_free(&made);
		return st == RSP_UNTRUSTED ? rsp_fail(c, RSP_REFUSED, "EID %s is outside what this EUM may issue", eid) : st;
	}
	*out = made;
	return RSP_OK;
}

/* An empty CRL of the CI, good for a year. */
static enum rsp_status
make_crl(struct rsp_ctx *c, const struct pki_identity *ci, struct bytes *out)
{
	X509_CRL *x = X509_CRL_new_ex(crypto_libctx(c->crypto), NULL);
	ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(c->now - DAY)), *to = ASN1_TIME_set(NULL, (time_t)(c->now + 365 * (int64_t)DAY));
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	int n = -1;

	if (x && from && to && ctx && X509_CRL_set_version(x, 1) && X509_CRL_set_issuer_name(x, X509_get_subject_name(ci->cert->x509)) &&
		X509_CRL_set1_lastUpdate(x, from) && X509_CRL_set1_nextUpdate(x, to) &&
		EVP_DigestSignInit_ex(ctx, NULL, "SHA2-256", crypto_libctx(c->crypto), NULL, ec_key_pkey(ci->key), NULL) > 0 && X509_CRL_sign_ctx(x, ctx) > 0)
		n = i2d_X509_CRL(x, &der);
	EVP_MD_CTX_free(ctx);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	X509_CRL_free(x);
	if (n <= 0)
		return rsp_fail(c, RSP_NOMEM, "the cryptographic library cannot make a CRL");
	*out = rsp_copy(c, bytes_of(der, (size_t)n));
	OPENSSL_free(der);
	return out->p ? RSP_OK : RSP_NOMEM;
}

static enum rsp_status
make_branch(struct rsp_ctx *c, enum ec_curve curve, const struct pki_make_options *o, struct pki_branch *branch)
{
	const char *host = o->host ? o->host : "testsmdpplus1.example.com";
	char made[33];
	struct bytes crl;
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < pki_shape_count; i++) {
		const struct pki_shape *s = &pki_shapes[i];
		const struct pki_identity *issuer = s->role == PKI_CI ? NULL : s->role == PKI_EUICC ? &branch->eum : &branch->ci;
		const char *eid = o->eid;

		if (s->role == PKI_EUICC && !eid) {
			st = pki_eid_under(c, branch->eum.cert, 1, made);
			eid = made;
		}
		if (st == RSP_OK)
			st = make_identity(c, s, curve, issuer, host, eid, (struct pki_identity *)(void *)((uint8_t *)branch + s->offset));
	}
	if (st == RSP_OK)
		st = make_crl(c, &branch->ci, &crl);
	return st == RSP_OK ? pki_crl_read(c, crl, &branch->crl) : st;
}

enum rsp_status
pki_make_memory(struct rsp_ctx *c, const struct pki_make_options *o, struct pki **out)
{
	struct pki *p = calloc(1, sizeof(*p));
	bool both = !o->nist && !o->brainpool;
	uint8_t eid[16];
	enum rsp_status st = p ? RSP_OK : rsp_fail(c, RSP_NOMEM, "no memory for a PKI");

	if (st == RSP_OK && o->eid)
		st = eid_read(c, o->eid, eid);
	if (st == RSP_OK && (o->nist || both))
		st = make_branch(c, EC_P256, o, &p->branch[EC_P256]);
	if (st == RSP_OK && (o->brainpool || both))
		st = make_branch(c, EC_BP256, o, &p->branch[EC_BP256]);
	if (st == RSP_OK)
		*out = p;
	else
		pki_free(p);
	return st;
}
