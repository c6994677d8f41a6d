// SPDX-License-Identifier: BSD-2-Clause
/* The card's trust branches. An idle card holds the octets of its certificates and keys alone; the library's objects are made when one is needed. */
#include <stdio.h>
#include <stdlib.h>

#include "euicc/impl.h"
#include "tlv/tlv.h"

/* What is the card's own, {82 certificate, 83 scalar, 84 the CI's subject key identifier}, apart from what it shares with others. */
static const char *const keys[] = {"branch0", "branch1"}, *const ci_keys[] = {"ci0", "ci1"}, *const eum_keys[] = {"eum0", "eum1"};

static enum rsp_status
read_branch(struct rsp_ctx *c, const struct euicc_branch *from, enum ec_curve curve, struct branch *b)
{
	enum rsp_status st;

	if ((st = pki_cert_read(c, from->ci_cert, &b->ci)) != RSP_OK || (st = pki_cert_read(c, from->eum_cert, &b->eum.cert)) != RSP_OK ||
		(st = pki_cert_read(c, from->euicc_cert, &b->euicc.cert)) != RSP_OK)
		return st;
	return ec_key_from_scalar(c, curve, from->euicc_scalar, &b->euicc.key);
}

static void
drop(struct branch *b)
{
	pki_identity_free(&b->euicc);
	pki_identity_free(&b->eum);
	pki_cert_free(b->ci);
	crls_free(b->crl);
	b->euicc = b->eum = (struct pki_identity){0};
	b->ci = NULL;
	b->crl = NULL;
}

void
branches_drop(struct euicc *e)
{
	drop(&e->branch[0]);
	drop(&e->branch[1]);
}

enum rsp_status
branches_find(struct rsp_ctx *c, struct euicc *e)
{
	struct bytes v;
	struct tlv ski;
	int i;

	for (i = 0; i < 2; i++) {
		struct branch *b = &e->branch[i];

		if (!state_get(e, keys[i], &v))
			continue;
		if (!tlv_find(v, 0x84, &ski) || ski.value.n == 0 || ski.value.n > sizeof(b->ski))
			return rsp_fail(c, RSP_MALFORMED, "the card's certificates cannot be read");
		b->ski_n = (uint8_t)ski.value.n;
		memcpy(b->ski, ski.value.p, ski.value.n);
	}
	return RSP_OK;
}

enum rsp_status
branch_open(struct rsp_ctx *c, struct euicc *e, int i)
{
	struct branch *b = &e->branch[i];
	struct euicc_branch from = {0};
	struct tlv own, scalar;
	struct bytes v;
	enum rsp_status st;

	if (b->ci)
		return RSP_OK;
	if (!b->ski_n || !state_get(e, keys[i], &v))
		return rsp_fail(c, RSP_STATE, "the card has no certificates of this CI");
	if (!tlv_find(v, 0x82, &own) || !tlv_find(v, 0x83, &scalar) || !state_get(e, ci_keys[i], &from.ci_cert) || !state_get(e, eum_keys[i], &from.eum_cert))
		return rsp_fail(c, RSP_MALFORMED, "the card's certificates cannot be read");
	from.euicc_cert = own.value;
	from.euicc_scalar = scalar.value;
	st = read_branch(c, &from, (enum ec_curve)i, b);
	if (st == RSP_OK)
		st = crls_load(c, e, i, &b->crl);
	if (st != RSP_OK)
		drop(b);
	return st;
}

enum rsp_status
branch_for(struct rsp_ctx *c, struct euicc *e, int wanted, struct branch **out)
{
	int i = wanted >= 0 && wanted < 2 && e->branch[wanted].ski_n ? wanted : e->branch[0].ski_n ? 0 : 1;
	enum rsp_status st = branch_open(c, e, i);

	*out = &e->branch[i];
	return st;
}

/* ---- making a card ---- */

static enum rsp_status
write_branch(struct rsp_ctx *c, struct nvm *nvm, const struct euicc_branch *b, int i, struct bytes ski)
{
	struct buf out = BUF_INIT;
	enum rsp_status st;

	tlv_add(&out, 0x82, b->euicc_cert);
	tlv_add(&out, 0x83, b->euicc_scalar);
	tlv_add(&out, 0x84, ski);
	st = out.bad ? rsp_fail(c, RSP_NOMEM, "no memory for a eUICC") : nvm->put(nvm->self, c, bytes_of_str(keys[i]), buf_bytes(&out));
	buf_free(&out);
	if (st == RSP_OK)
		st = nvm->put(nvm->self, c, bytes_of_str(ci_keys[i]), b->ci_cert);
	return st == RSP_OK ? nvm->put(nvm->self, c, bytes_of_str(eum_keys[i]), b->eum_cert) : st;
}

/* A card whose own chain does not hold would be refused by every server: better said when it is made. */
static enum rsp_status
check_chain(struct rsp_ctx *c, const struct branch *b, const uint8_t eid[16])
{
	char text[33];
	enum rsp_status st = pki_verify(c, b->eum.cert, PKI_EUM, b->ci);

	if (st == RSP_OK)
		st = pki_verify(c, b->euicc.cert, PKI_EUICC, b->eum.cert);
	if (st == RSP_OK && !bytes_equal(ec_key_point(b->euicc.key), ec_key_point(b->euicc.cert->key)))
		st = rsp_fail(c, RSP_REFUSED, "the private key is not the eUICC certificate's");
	eid_text(eid, text);
	if (st == RSP_OK && strcmp(text, b->euicc.cert->serial_number) != 0)
		st = rsp_fail(c, RSP_REFUSED, "EID %s is not the certificate's, which is %s", text, b->euicc.cert->serial_number);
	if (st == RSP_OK && (b->ci->ski.n == 0 || b->ci->ski.n > sizeof(b->ski)))
		st = rsp_fail(c, RSP_REFUSED, "the CI's certificate has no subject key identifier");
	return st == RSP_UNTRUSTED ? RSP_REFUSED : st;
}

static enum rsp_status
put_branch(struct rsp_ctx *c, struct nvm *nvm, const struct euicc_options *o, int i)
{
	const struct euicc_branch *b = &o->branch[i];
	struct branch read = {0};
	enum rsp_status st;

	if (!b->ci_cert.p)
		return RSP_OK;
	st = read_branch(c, b, (enum ec_curve)i, &read);
	if (st == RSP_OK)
		st = check_chain(c, &read, o->eid);
	if (st == RSP_OK)
		st = write_branch(c, nvm, b, i, read.ci->ski);
	if (st == RSP_OK && b->crl.p)
		st = crl_put(c, nvm, i, b->crl);
	drop(&read);
	return st;
}

enum rsp_status
branches_put(struct rsp_ctx *c, struct nvm *nvm, const struct euicc_options *o)
{
	enum rsp_status st;

	if (!o->branch[0].ci_cert.p && !o->branch[1].ci_cert.p)
		return rsp_fail(c, RSP_REFUSED, "a eUICC needs the certificates of at least one CI");
	st = put_branch(c, nvm, o, 0);
	return st == RSP_OK ? put_branch(c, nvm, o, 1) : st;
}
