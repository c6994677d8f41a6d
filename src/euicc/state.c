// SPDX-License-Identifier: BSD-2-Clause
/*
 * What lasts, by key: "eid", "svn", "branch0", "branch1", "crl0", "crl1", "root", "dp", "free", "lenient" (set when the card is made), "seq" (next notification
 * number), "n/NNNNNNNN" (pending notifications), "pr/NN" (profiles), "p/NN/..." (their files), "load" (an installation that goes on).
 */
#include "euicc/impl.h"

#include <stdio.h>

#include "tlv/tlv.h"

const uint8_t isdr_aid[16] = {0xA0, 0, 0, 5, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0, 0, 1, 0};
const uint8_t ecasd_aid[16] = {0xA0, 0, 0, 5, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0, 0, 2, 0};

void
isdp_aid(uint8_t slot, uint8_t aid[16])
{
	memcpy(aid, isdr_aid, 16);
	aid[14] = 0x10;
	aid[15] = slot;
}

bool
state_get(struct euicc *e, const char *key, struct bytes *value)
{
	return e->nvm->get(e->nvm->self, bytes_of_str(key), value);
}

enum rsp_status
state_put(struct euicc *e, struct rsp_ctx *c, const char *key, struct bytes value)
{
	return e->nvm->put(e->nvm->self, c, bytes_of_str(key), value);
}

enum rsp_status
state_del(struct euicc *e, struct rsp_ctx *c, const char *key)
{
	return e->nvm->del(e->nvm->self, c, bytes_of_str(key));
}

uint32_t
state_free_memory(struct euicc *e)
{
	struct bytes v;
	size_t total = 512 * 1024, used = e->nvm->used(e->nvm->self);

	if (state_get(e, "free", &v) && v.n == 4)
		total = (size_t)v.p[0] << 24 | (size_t)v.p[1] << 16 | (size_t)v.p[2] << 8 | v.p[3];
	return used < total ? (uint32_t)(total - used) : 0;
}

/* branchN: {80 CI certificate, 81 EUM certificate, 82 eUICC certificate, 83 scalar}. */
static enum rsp_status
write_branch(struct rsp_ctx *c, struct nvm *nvm, int i, const struct euicc_branch *b)
{
	char key[24];
	struct buf out = BUF_INIT;
	struct bytes value;
	enum rsp_status st;

	if (!b->ci_cert.p)
		return RSP_OK;
	tlv_add(&out, 0x80, b->ci_cert);
	tlv_add(&out, 0x81, b->eum_cert);
	tlv_add(&out, 0x82, b->euicc_cert);
	tlv_add(&out, 0x83, b->euicc_scalar);
	if ((st = buf_finish(&out, c, &value)) != RSP_OK)
		return st;
	snprintf(key, sizeof(key), "branch%d", i);
	st = nvm->put(nvm->self, c, bytes_of_str(key), value);
	if (st != RSP_OK || !b->crl.p)
		return st;
	snprintf(key, sizeof(key), "crl%d", i);
	return nvm->put(nvm->self, c, bytes_of_str(key), b->crl);
}

static enum rsp_status
read_branch(struct rsp_ctx *c, struct bytes value, enum ec_curve curve, struct branch *b)
{
	struct tlv ci, eum, euicc, scalar;
	enum rsp_status st;

	if (!tlv_find(value, 0x80, &ci) || !tlv_find(value, 0x81, &eum) || !tlv_find(value, 0x82, &euicc) || !tlv_find(value, 0x83, &scalar))
		return rsp_fail(c, RSP_MALFORMED, "the card's certificates cannot be read");
	if ((st = pki_cert_read(c, ci.value, &b->ci)) != RSP_OK || (st = pki_cert_read(c, eum.value, &b->eum.cert)) != RSP_OK ||
		(st = pki_cert_read(c, euicc.value, &b->euicc.cert)) != RSP_OK)
		return st;
	return ec_key_from_scalar(c, curve, scalar.value, &b->euicc.key);
}

enum rsp_status
load_branches(struct rsp_ctx *c, struct euicc *e)
{
	static const char *const keys[] = {"branch0", "branch1"}, *const crls[] = {"crl0", "crl1"};
	enum rsp_status st = RSP_OK;
	struct bytes v;
	int i;

	for (i = 0; st == RSP_OK && i < 2; i++) {
		if (!state_get(e, keys[i], &v))
			continue;
		st = read_branch(c, v, (enum ec_curve)i, &e->branch[i]);
		if (st == RSP_OK && state_get(e, crls[i], &v))
			st = pki_crl_read(c, v, &e->branch[i].crl);
	}
	return st;
}

void
free_branches(struct euicc *e)
{
	int i;

	for (i = 0; i < 2; i++) {
		pki_identity_free(&e->branch[i].euicc);
		pki_identity_free(&e->branch[i].eum);
		pki_cert_free(e->branch[i].ci);
		pki_crl_free(e->branch[i].crl);
	}
}

/* A card whose own chain does not hold would be refused by every server: better said when it is made. */
static enum rsp_status
check_branch(struct rsp_ctx *c, const struct euicc_options *o, int i)
{
	const struct euicc_branch *b = &o->branch[i];
	struct branch read = {0};
	struct buf value = BUF_INIT;
	char eid[33];
	enum rsp_status st;

	if (!b->ci_cert.p)
		return RSP_OK;
	tlv_add(&value, 0x80, b->ci_cert);
	tlv_add(&value, 0x81, b->eum_cert);
	tlv_add(&value, 0x82, b->euicc_cert);
	tlv_add(&value, 0x83, b->euicc_scalar);
	st = value.bad ? RSP_NOMEM : read_branch(c, buf_bytes(&value), (enum ec_curve)i, &read);
	buf_free(&value);
	if (st == RSP_OK)
		st = pki_verify(c, read.eum.cert, PKI_EUM, read.ci);
	if (st == RSP_OK)
		st = pki_verify(c, read.euicc.cert, PKI_EUICC, read.eum.cert);
	if (st == RSP_OK && !bytes_equal(ec_key_point(read.euicc.key), ec_key_point(read.euicc.cert->key)))
		st = rsp_fail(c, RSP_REFUSED, "the private key is not the eUICC certificate's");
	eid_text(o->eid, eid);
	if (st == RSP_OK && strcmp(eid, read.euicc.cert->serial_number) != 0)
		st = rsp_fail(c, RSP_REFUSED, "EID %s is not the certificate's, which is %s", eid, read.euicc.cert->serial_number);
	pki_cert_free(read.ci);
	pki_identity_free(&read.eum);
	pki_identity_free(&read.euicc);
	return st == RSP_UNTRUSTED ? RSP_REFUSED : st;
}

static enum rsp_status
put_text(struct rsp_ctx *c, struct nvm *nvm, const char *key, const char *text)
{
	return text ? nvm->put(nvm->self, c, bytes_of_str(key), bytes_of_str(text)) : RSP_OK;
}

enum rsp_status
euicc_create(struct rsp_ctx *c, struct nvm *nvm, const struct euicc_options *o)
{
	static const uint8_t svn25[3] = {2, 5, 0};
	const uint8_t *svn = o->svn[0] ? o->svn : svn25;
	uint32_t room = o->free_nvm ? o->free_nvm : 512 * 1024;
	const uint8_t be[4] = {(uint8_t)(room >> 24), (uint8_t)(room >> 16), (uint8_t)(room >> 8), (uint8_t)room};
	enum rsp_status st = RSP_OK;
	int i;

	if (!o->branch[0].ci_cert.p && !o->branch[1].ci_cert.p)
		return rsp_fail(c, RSP_REFUSED, "a eUICC needs the certificates of at least one CI");
	for (i = 0; st == RSP_OK && i < 2; i++)
		st = check_branch(c, o, i);
	for (i = 0; st == RSP_OK && i < 2; i++)
		st = write_branch(c, nvm, i, &o->branch[i]);
	if (st == RSP_OK)
		st = nvm->put(nvm->self, c, bytes_of_str("eid"), bytes_of(o->eid, 16));
	if (st == RSP_OK)
		st = nvm->put(nvm->self, c, bytes_of_str("svn"), bytes_of(svn, 3));
	if (st == RSP_OK)
		st = nvm->put(nvm->self, c, bytes_of_str("free"), BYTES_OF(be));
	if (st == RSP_OK)
		st = put_text(c, nvm, "root", o->root_ds ? o->root_ds : "testrootsmds.example.com");
	if (st == RSP_OK && o->lenient_segments)
		st = put_text(c, nvm, "lenient", "");
	if (st == RSP_OK)
		st = put_text(c, nvm, "dp", o->default_dp);
	if (st == RSP_OK)
		return nvm->commit(nvm->self, c);
	nvm->abort(nvm->self);
	return st;
}
