// SPDX-License-Identifier: BSD-2-Clause
#include "pki/describe.h"

#include <openssl/bio.h>
#include <openssl/err.h>

#include "base/hex.h"
#include "base/time.h"
#include "pki/impl.h"
#include "tlv/der_shape.h"

#define FACTS 64
#define REVOKED_SHOWN 32

static void
add(struct rsp_ctx *c, struct pki_facts *f, const char *name, const char *text)
{
	if (f->n < FACTS && name && text)
		f->p[f->n++] = (struct pki_fact){rsp_strdup(c, name), text};
	if (f->n && !f->p[f->n - 1].name)
		f->n--;
}

/* What was written, its lines joined by "; ", blanks cut. */
static char *
one_line(struct rsp_ctx *c, BIO *bio)
{
	char *p = NULL, *out;
	long n = BIO_get_mem_data(bio, &p), i, at = 0;

	if (n < 0 || !(out = rsp_alloc(c, 2 * (size_t)n + 1)))
		return NULL;
	for (i = 0; i < n; i++) {
		if (p[i] != '\n' && p[i] != '\r') {
			if (p[i] != ' ' || (at && out[at - 1] != ' '))
				out[at++] = (unsigned char)p[i] < 0x20 ? '?' : p[i];
			continue;
		}
		while (at && out[at - 1] == ' ')
			at--;
		if (at && out[at - 1] != ';' && out[at - 1] != ':')
			out[at++] = ';';
		if (at)
			out[at++] = ' ';
	}
	while (at && (out[at - 1] == ' ' || out[at - 1] == ';'))
		at--;
	out[at] = '\0';
	return out;
}

static void
add_name(struct rsp_ctx *c, struct pki_facts *f, const char *label, const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE) >= 0)
		add(c, f, label, one_line(c, bio));
	BIO_free(bio);
}

static const char *
time_of(struct rsp_ctx *c, const ASN1_TIME *t)
{
	char text[TIME_TEXT_SIZE];
	int64_t v;

	if (!pki_time(t, &v))
		return "no time that can be read";
	time_text(v, text);
	return rsp_strdup(c, text);
}

static void
add_serial(struct rsp_ctx *c, struct pki_facts *f, const char *label, const ASN1_INTEGER *serial)
{
	add(c, f, label, hex_of(c, bytes_of(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial))));
}

static void
add_extension(struct rsp_ctx *c, struct pki_facts *f, X509_EXTENSION *e)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char name[96];
	const char *text = NULL;
	int nid = OBJ_obj2nid(X509_EXTENSION_get_object(e));

	if (nid == NID_undef)
		OBJ_obj2txt(name, sizeof(name), X509_EXTENSION_get_object(e), 1);
	else
		snprintf(name, sizeof(name), "%s", OBJ_nid2sn(nid));
	if (bio && X509V3_EXT_print(bio, e, X509V3_EXT_DUMP_UNKNOWN, 0) > 0)
		text = one_line(c, bio);
	if (!text)
		text = "cannot be read";
	add(c, f, name, X509_EXTENSION_get_critical(e) ? rsp_sprintf(c, "%s (critical)", text) : text);
	BIO_free(bio);
}

static void
add_key(struct rsp_ctx *c, struct pki_facts *f, const X509 *x)
{
	const void *parameter = NULL;
	ASN1_OBJECT *kind = NULL;
	const unsigned char *point = NULL;
	X509_ALGOR *alg = NULL;
	int n = 0, type = 0;

	if (!X509_PUBKEY_get0_param(&kind, &point, &n, &alg, X509_get_X509_PUBKEY(x)))
		return;
	X509_ALGOR_get0(NULL, &type, &parameter, alg);
	add(c, f, "key", rsp_sprintf(c, "%s %s, %s", OBJ_nid2sn(OBJ_obj2nid(kind)), type == V_ASN1_OBJECT ? OBJ_nid2sn(OBJ_obj2nid(parameter)) : "",
		hex_of(c, bytes_of(point, n > 0 ? (size_t)n : 0))));
}

static enum rsp_status
begin(struct rsp_ctx *c, struct bytes der, struct pki_facts *f)
{
	if (der_shape(der, DER_SHAPE_DEPTH, UINT32_MAX, NULL) != RSP_OK)
		return rsp_fail(c, RSP_MALFORMED, "not DER");
	*f = (struct pki_facts){rsp_alloc(c, FACTS * sizeof(*f->p)), 0};
	return f->p ? RSP_OK : RSP_NOMEM;
}

enum rsp_status
pki_describe_cert(struct rsp_ctx *c, struct bytes der, struct pki_facts *out)
{
	const unsigned char *p = der.p;
	struct pki_facts f;
	enum rsp_status st = begin(c, der, &f);
	X509 *x = st == RSP_OK ? d2i_X509(NULL, &p, (long)der.n) : NULL;
	int i;

	if (st != RSP_OK)
		return st;
	if (!x || p != der.p + der.n) {
		X509_free(x);
		ERR_clear_error();
		return rsp_fail(c, RSP_MALFORMED, "not one certificate");
	}
	add(c, &f, "role", pki_role_name(pki_role_of(x)));
	add_name(c, &f, "subject", X509_get_subject_name(x));
	add_name(c, &f, "issuer", X509_get_issuer_name(x));
	add_serial(c, &f, "serial number", X509_get0_serialNumber(x));
	add(c, &f, "valid", rsp_sprintf(c, "%s to %s", time_of(c, X509_get0_notBefore(x)), time_of(c, X509_get0_notAfter(x))));
	add_key(c, &f, x);
	add(c, &f, "signature", OBJ_nid2sn(X509_get_signature_nid(x)));
	for (i = 0; i < X509_get_ext_count(x); i++)
		add_extension(c, &f, X509_get_ext(x, i));
	X509_free(x);
	ERR_clear_error();
	*out = f;
	return RSP_OK;
}

static void
add_revoked(struct rsp_ctx *c, struct pki_facts *f, X509_CRL *x)
{
	const STACK_OF(X509_REVOKED) *all = X509_CRL_get_REVOKED(x);
	int i, n = sk_X509_REVOKED_num(all);

	add(c, f, "revoked certificates", rsp_sprintf(c, "%d", n > 0 ? n : 0));
	for (i = 0; i < n && i < REVOKED_SHOWN; i++) {
		const X509_REVOKED *r = sk_X509_REVOKED_value(all, i);
		const ASN1_INTEGER *serial = X509_REVOKED_get0_serialNumber(r);

		add(c, f, "revoked", rsp_sprintf(c, "%s since %s", hex_of(c, bytes_of(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial))),
			time_of(c, X509_REVOKED_get0_revocationDate(r))));
	}
}

enum rsp_status
pki_describe_crl(struct rsp_ctx *c, struct bytes der, struct pki_facts *out)
{
	const unsigned char *p = der.p;
	struct pki_facts f;
	enum rsp_status st = begin(c, der, &f);
	X509_CRL *x = st == RSP_OK ? d2i_X509_CRL(NULL, &p, (long)der.n) : NULL;
	int i;

	if (st != RSP_OK)
		return st;
	if (!x || p != der.p + der.n) {
		X509_CRL_free(x);
		ERR_clear_error();
		return rsp_fail(c, RSP_MALFORMED, "not one CRL");
	}
	add_name(c, &f, "issuer", X509_CRL_get_issuer(x));
	add(c, &f, "valid", rsp_sprintf(c, "%s to %s", time_of(c, X509_CRL_get0_lastUpdate(x)),
		X509_CRL_get0_nextUpdate(x) ? time_of(c, X509_CRL_get0_nextUpdate(x)) : "-"));
	add(c, &f, "signature", OBJ_nid2sn(X509_CRL_get_signature_nid(x)));
	for (i = 0; i < X509_CRL_get_ext_count(x); i++)
		add_extension(c, &f, X509_CRL_get_ext(x, i));
	add_revoked(c, &f, x);
	X509_CRL_free(x);
	ERR_clear_error();
	*out = f;
	return RSP_OK;
}
