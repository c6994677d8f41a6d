// SPDX-License-Identifier: BSD-2-Clause
/* eUICC identities under an EUM whose key is at hand. */
#include "pki/impl.h"

#include "codec/ids.h"

#define NUMBER_END 30    /* the two check digits follow */
#define PREFIX_MAX 20    /* leaves digits enough to tell cards apart */

static void
put_digit(uint8_t raw[16], size_t at, unsigned digit)
{
	raw[at / 2] = (uint8_t)(raw[at / 2] | (at % 2 ? digit : digit << 4));
}

enum rsp_status
pki_eid_under(struct rsp_ctx *c, const struct pki_cert *eum, uint64_t n, char eid[33])
{
	char organization[80], prefix[40];
	uint8_t raw[16] = {0};
	size_t i, len;
	enum rsp_status st = pki_constraint_of(c, eum, NULL, organization, prefix);

	if (st != RSP_OK)
		return st;
	len = strlen(prefix);
	if (len > PREFIX_MAX || strspn(prefix, "0123456789") != len)
		return rsp_fail(c, RSP_REFUSED, "the EUM's constraint: want at most %d digits that begin an EID, have '%s'", PREFIX_MAX, prefix);
	for (i = 0; i < len; i++)
		put_digit(raw, i, (unsigned)(prefix[i] - '0'));
	for (i = NUMBER_END; i > len && n; n /= 10)
		put_digit(raw, --i, (unsigned)(n % 10));
	if (n)
		return rsp_fail(c, RSP_LIMIT, "no EID is left under '%s' for a number so large", prefix);
	eid_set_check(raw);
	eid_text(raw, eid);
	return RSP_OK;
}

enum rsp_status
pki_issue_euicc(struct rsp_ctx *c, const struct pki_identity *eum, const char *eid, struct pki_identity *out)
{
	char organization[80], prefix[40];
	struct pki_request r = {.shape = pki_shape_of(PKI_EUICC), .issuer = eum, .organization = organization, .eid = eid};
	struct pki_identity made = {0};
	uint8_t raw[16];
	enum rsp_status st = eid_read(c, eid, raw);

	if (st != RSP_OK)
		return st;
	if (!eum->cert || !eum->key)
		return rsp_fail(c, RSP_STATE, "the EUM's private key is not in the PKI folder: no eUICC certificate can be issued");
	r.curve = eum->cert->curve;
	if ((st = pki_constraint_of(c, eum->cert, eid, organization, prefix)) != RSP_OK || (st = pki_certify(c, &r, &made)) != RSP_OK)
		return st;
	st = pki_verify(c, made.cert, PKI_EUICC, eum->cert);
	if (st == RSP_OK)
		*out = made;
	else
		pki_identity_free(&made);
	return st == RSP_UNTRUSTED ? RSP_REFUSED : st;
}
