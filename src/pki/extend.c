// SPDX-License-Identifier: BSD-2-Clause
/* The extensions of a test certificate, written as DER (SGP.22 4.5.2.1, variant O). */
#include <stdio.h>

#include "pki/impl.h"

#include "codec/ids.h"
#include "tlv/tlv.h"

#define CRL_URL "http://ci.test.example.com/CRL-%c.crl"

struct extending {
	struct rsp_ctx *c;
	const struct pki_request *r;
	const struct ec_key *key;
};

X509_EXTENSION *
pki_extension(int nid, bool critical, struct buf *der)
{
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *e = NULL;

	if (value && !der->bad && ASN1_OCTET_STRING_set(value, der->p, (int)der->n))
		e = X509_EXTENSION_create_by_NID(NULL, nid, critical, value);
	ASN1_OCTET_STRING_free(value);
	buf_free(der);
	return e;
}

X509_EXTENSION *
pki_authority_extension(const struct pki_cert *issuer)
{
	struct buf b = BUF_INIT;
	size_t mark = tlv_open(&b, 0x30);

	tlv_add(&b, 0x80, issuer->ski);
	tlv_close(&b, mark);
	return pki_extension(NID_authority_key_identifier, false, &b);
}

static X509_EXTENSION *
authority(const struct extending *m)
{
	return pki_authority_extension(m->r->issuer->cert);
}

/* SHA-1 of the public key, as RFC 5280 suggests; only an identifier. */
static X509_EXTENSION *
own_key_id(const struct extending *m)
{
	uint8_t id[20];
	size_t n = sizeof(id);
	struct bytes point = ec_key_point(m->key);
	struct buf b = BUF_INIT;

	if (!EVP_Q_digest(crypto_libctx(m->c->crypto), "SHA1", NULL, point.p, point.n, id, &n))
		return NULL;
	tlv_add(&b, 0x04, BYTES_OF(id));
	return pki_extension(NID_subject_key_identifier, false, &b);
}

static X509_EXTENSION *
basic_constraints(const struct extending *m)
{
	static const uint8_t yes[1] = {0xFF};
	struct buf b = BUF_INIT;
	size_t mark = tlv_open(&b, 0x30);

	tlv_add(&b, 0x01, BYTES_OF(yes));
	if (m->r->shape->role == PKI_EUM)
		tlv_add_uint(&b, 0x02, 0);
	tlv_close(&b, mark);
	return pki_extension(NID_basic_constraints, true, &b);
}

static X509_EXTENSION *
key_usage(const struct extending *m)
{
	enum { DIGITAL_SIGNATURE = 1 << 0, KEY_CERT_SIGN = 1 << 5, CRL_SIGN = 1 << 6 };
	enum pki_role role = m->r->shape->role;
	struct buf b = BUF_INIT;

	tlv_add_bits(&b, 0x03, role == PKI_CI ? KEY_CERT_SIGN | CRL_SIGN : role == PKI_EUM ? KEY_CERT_SIGN : DIGITAL_SIGNATURE);
	return pki_extension(NID_key_usage, true, &b);
}

static X509_EXTENSION *
policy(const struct extending *m)
{
	enum pki_role role = m->r->shape->role;
	struct buf b = BUF_INIT;
	size_t list = tlv_open(&b, 0x30), info = tlv_open(&b, 0x30);

	tlv_add(&b, 0x06, pki_policy_oid(role));
	tlv_close(&b, info);
	tlv_close(&b, list);
	return pki_extension(NID_certificate_policies, role != PKI_DPTLS && role != PKI_DSTLS, &b);
}

/* One dNSName for each of "a.example,b.example". */
static void
add_names(struct buf *b, const char *hosts)
{
	size_t n;

	for (; *hosts; hosts += n + (hosts[n] == ',')) {
		n = strcspn(hosts, ",");
		if (n)
			tlv_add(b, 0x82, bytes_of(hosts, n));
	}
}

static X509_EXTENSION *
alternative_names(const struct extending *m)
{
	struct buf b = BUF_INIT;
	struct bytes oid;
	size_t list;

	if (oid_read(m->c, m->r->shape->oid, &oid) != RSP_OK)
		return NULL;
	list = tlv_open(&b, 0x30);
	if (m->r->shape->server_names)
		add_names(&b, m->r->host);
	tlv_add(&b, 0x88, oid);
	tlv_close(&b, list);
	return pki_extension(NID_subject_alt_name, false, &b);
}

/* serverAuth and clientAuth; an operator is a client only. */
static X509_EXTENSION *
extended_usage(const struct extending *m)
{
	static const uint8_t server[] = {0x2B, 6, 1, 5, 5, 7, 3, 1}, client[] = {0x2B, 6, 1, 5, 5, 7, 3, 2};
	struct buf b = BUF_INIT;
	size_t list = tlv_open(&b, 0x30);

	if (m->r->shape->server_names)
		tlv_add(&b, 0x06, BYTES_OF(server));
	tlv_add(&b, 0x06, BYTES_OF(client));
	tlv_close(&b, list);
	return pki_extension(NID_ext_key_usage, true, &b);
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
static X509_EXTENSION *
name_constraints(const struct extending *m)
{
	static const uint8_t organization[3] = {0x55, 4, 10}, serial[3] = {0x55, 4, 5};
	static const uint32_t around[] = {0x30, 0xA0, 0x30, 0xA4, 0x30};
	const size_t n = sizeof(around) / sizeof(around[0]);
	struct buf b = BUF_INIT;
	size_t marks[5], i;

	for (i = 0; i < n; i++)
		marks[i] = tlv_open(&b, around[i]);
	add_rdn(&b, organization, 0x0C, m->r->organization);
	add_rdn(&b, serial, 0x13, m->r->iin);
	for (i = n; i > 0; i--)
		tlv_close(&b, marks[i - 1]);
	return pki_extension(NID_name_constraints, true, &b);
}

static X509_EXTENSION *
crl_points(const struct extending *m)
{
	struct buf b = BUF_INIT;
	size_t list = tlv_open(&b, 0x30), point, name, full;
	const char *letter;
	char url[80];

	for (letter = m->r->shape->crls; *letter; letter++) {
		snprintf(url, sizeof(url), CRL_URL, *letter);
		point = tlv_open(&b, 0x30);
		name = tlv_open(&b, 0xA0);
		full = tlv_open(&b, 0xA0);
		tlv_add_str(&b, 0x86, url);
		tlv_close(&b, full);
		tlv_close(&b, name);
		tlv_close(&b, point);
	}
	tlv_close(&b, list);
	return pki_extension(NID_crl_distribution_points, false, &b);
}

static bool
add(X509 *x, X509_EXTENSION *e)
{
	bool good = e && X509_add_ext(x, e, -1);

	X509_EXTENSION_free(e);
	return good;
}

bool
pki_add_extensions(struct rsp_ctx *c, X509 *x, const struct pki_request *r, const struct ec_key *key)
{
	const struct extending m = {c, r, key};
	enum pki_role role = r->shape->role;
	bool ca = role == PKI_CI || role == PKI_EUM, tls = role == PKI_DPTLS || role == PKI_DSTLS || role == PKI_ROLE_NONE;
	const struct { bool wanted; X509_EXTENSION *(*make)(const struct extending *m); } rows[] = {
		{r->issuer != NULL, authority}, {true, own_key_id}, {ca, basic_constraints}, {true, key_usage}, {role != PKI_ROLE_NONE, policy},
		{tls, extended_usage}, {r->shape->oid != NULL, alternative_names}, {role == PKI_EUM, name_constraints},
		{*r->shape->crls, crl_points},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].wanted && !add(x, rows[i].make(&m)))
			return false;
	return true;
}
