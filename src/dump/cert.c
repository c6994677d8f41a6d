// SPDX-License-Identifier: BSD-2-Clause
/* Certificates and revocation lists, DER or PEM. */
#include "dump/impl.h"

#include <stdio.h>

#include "base/base64.h"
#include "base/time.h"
#include "pki/describe.h"
#include "pki/pki.h"

#define PEM_MAX 64   /* blocks of one file */

static void
say_facts(struct dump *d, struct dump_node *n, const struct pki_facts *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (strcmp(f->p[i].name, "role") != 0 && f->p[i].text)
			dump_line(d, n, f->p[i].name, "%.*s", d->o.whole ? (int)strlen(f->p[i].text) : 200, f->p[i].text);
}

/* "DPauth, test SM-DP+ (2.999.10), until 2030-01-01". */
static void
say_summary(struct dump *d, struct dump_node *n, struct bytes der)
{
	const struct pki_cert *cert;
	char until[TIME_TEXT_SIZE];

	if (pki_cert_read_scoped(d->c, der, &cert) != RSP_OK) {
		dump_say(d, n, "X.509 certificate, %zu octets", der.n);
		dump_complain(d, n, 'W', "no certificate of RSP: %s", d->c->error.text);
		return;
	}
	time_text(cert->not_after, until);
	dump_say(d, n, "%s: %s, until %.10s", cert->role == PKI_ROLE_NONE ? "no role of RSP" : pki_role_name(cert->role), cert->subject, until);
	if (d->c->now < cert->not_before || d->c->now > cert->not_after)
		dump_complain(d, n, 'W', "the certificate is %s", d->c->now < cert->not_before ? "not valid yet" : "out of date");
}

bool
dump_certificate(struct dump *d, struct dump_node *parent, const char *name, struct bytes der)
{
	struct pki_facts f;
	bool crl = false;
	struct dump_node *n;

	if (der.n < 64 || der.p[0] != 0x30)
		return false;
	if (pki_describe_cert(d->c, der, &f) != RSP_OK) {
		crl = true;
		if (pki_describe_crl(d->c, der, &f) != RSP_OK)
			return false;
	}
	n = dump_add(d, parent, name);
	n->raw = der;
	if (crl)
		dump_say(d, n, "certificate revocation list, %zu octets", der.n);
	else
		say_summary(d, n, der);
	/* Inside something else a certificate is one line; alone it is the thing itself. */
	if (parent == d->root || parent->base || d->o.whole)
		say_facts(d, n, &f);
	return true;
}

static bool
pem_body(struct dump *d, struct bytes text, struct bytes *out)
{
	struct buf b = BUF_INIT;
	struct bytes packed;
	size_t i;

	for (i = 0; i < text.n; i++)
		if (text.p[i] > ' ')
			buf_u8(&b, text.p[i]);
	return buf_finish(&b, d->c, &packed) == RSP_OK && base64_read(d->c, packed, out) == RSP_OK;
}

static const uint8_t *
find(struct bytes in, const char *what)
{
	return in.n ? memmem(in.p, in.n, what, strlen(what)) : NULL;
}

static void
pem_block(struct dump *d, struct bytes label, struct bytes body)
{
	struct bytes der;

	if (find(label, "PRIVATE KEY"))
		dump_line(d, d->root, "private key", "%.*s, not shown", (int)label.n, (const char *)label.p);
	else if (!pem_body(d, body, &der))
		dump_complain(d, d->root, 'E', "PEM block %.*s: not base64", (int)label.n, (const char *)label.p);
	else if (!dump_certificate(d, d->root, find(label, "CRL") ? "CRL" : "certificate", der))
		dump_der(d, d->root, der, der, NULL);
}

bool
dump_pem(struct dump *d, struct bytes text)
{
	static const char begin[] = "-----BEGIN ", dashes[] = "-----";
	const uint8_t *at, *label_end, *end;
	unsigned n = 0;

	while (n < PEM_MAX && (at = find(text, begin))) {
		struct bytes label = bytes_from(text, (size_t)(at - text.p) + strlen(begin));

		if (!(label_end = find(label, dashes)) || label_end - label.p > 40)
			break;
		text = bytes_from(label, (size_t)(label_end - label.p) + strlen(dashes));
		label.n = (size_t)(label_end - label.p);
		if (!(end = find(text, dashes))) {
			dump_complain(d, d->root, 'E', "PEM block %.*s: want an END line, have none", (int)label.n, (const char *)label.p);
			return true;
		}
		pem_block(d, label, bytes_slice(text, 0, (size_t)(end - text.p)));
		text = bytes_from(text, (size_t)(end - text.p));
		n++;
	}
	return n > 0;
}
