// SPDX-License-Identifier: BSD-2-Clause
/*
 * A lease as octets, for those who verify it offline. All that they need is a public key, a clock and the EID.
 *   Lease ::= SEQUENCE { tbs SEQUENCE { version INTEGER (1), federation, lease, member, profile, authEpoch, notBefore, soft, hard, slice INTEGER,
 *                        eidHash OCTET STRING -- SHA-256 of the EID's 32 digits }, signature OCTET STRING -- r || s }
 */
#include <esimlab/federation.h>

#include "crypto/crypto.h"
#include "tlv/tlv.h"

#define SEQUENCE 0x30
#define INTEGER 0x02
#define OCTETS 0x04
#define VERSION 1
#define LONGEST 172800
enum { AT_VERSION, AT_FED, AT_LEASE, AT_MEMBER, AT_PROFILE, AT_EPOCH, AT_NB, AT_SOFT, AT_HARD, AT_SLICE, NUMBERS };

enum rsp_status
fed_signer_key(void *ec_key, struct rsp_ctx *c, struct bytes tbs, uint8_t sig[64])
{
	return ec_sign(c, ec_key, &tbs, 1, sig);
}

static void
write_tbs(struct buf *b, uint64_t fed, uint64_t lease, const struct fed_lease *l)
{
	const uint64_t v[NUMBERS] = {VERSION, fed, lease, l->member, l->profile, l->auth_epoch, (uint64_t)l->nb, (uint64_t)l->soft, (uint64_t)l->hard,
		(uint64_t)l->slice};
	size_t mark = tlv_open(b, SEQUENCE);

	for (size_t i = 0; i < NUMBERS; i++)
		tlv_add_uint(b, INTEGER, v[i]);
	tlv_add(b, OCTETS, BYTES_OF(l->eid_hash));
	tlv_close(b, mark);
}

enum rsp_status
fed_lease_tbs(struct rsp_ctx *c, uint64_t fed, uint64_t lease, const struct fed_lease *l, struct bytes *out)
{
	struct buf b = BUF_INIT;

	write_tbs(&b, fed, lease, l);
	return buf_finish(&b, c, out);
}

enum rsp_status
fed_lease_der(struct rsp_ctx *c, uint64_t fed, uint64_t lease, const struct fed_lease *l, struct bytes *out)
{
	struct buf b = BUF_INIT;
	size_t mark = tlv_open(&b, SEQUENCE);

	write_tbs(&b, fed, lease, l);
	tlv_add(&b, OCTETS, BYTES_OF(l->sig));
	tlv_close(&b, mark);
	return buf_finish(&b, c, out);
}

/* ---- reading ---- */

static bool
next_of(struct bytes *rest, uint32_t tag, struct tlv *out)
{
	return tlv_next(rest, out) == RSP_OK && out->tag == tag;
}

struct read_lease { struct bytes tbs, sig, eid_hash; uint64_t v[NUMBERS]; };

static bool
read_tbs(struct bytes in, struct read_lease *out)
{
	struct tlv t;

	for (size_t i = 0; i < NUMBERS; i++)
		if (!next_of(&in, INTEGER, &t) || tlv_uint(t.value, &out->v[i]) != RSP_OK)
			return false;
	if (!next_of(&in, OCTETS, &t) || t.value.n != 32 || in.n)
		return false;
	out->eid_hash = t.value;
	return out->v[AT_VERSION] == VERSION;
}

static bool
read_lease(struct bytes der, struct read_lease *out)
{
	struct tlv all, tbs, sig;

	if (!next_of(&der, SEQUENCE, &all) || der.n || !next_of(&all.value, SEQUENCE, &tbs) || !next_of(&all.value, OCTETS, &sig) || all.value.n)
		return false;
	out->tbs = tbs.whole;
	out->sig = sig.value;
	return read_tbs(tbs.value, out);
}

static enum fed_lease_verdict
verdict(const struct read_lease *l, int64_t now)
{
	if (now < (int64_t)l->v[AT_NB])
		return FED_LEASE_NOT_YET;
	if (now >= (int64_t)l->v[AT_HARD])
		return FED_LEASE_HARD;
	return now >= (int64_t)l->v[AT_SOFT] ? FED_LEASE_SOFT : FED_LEASE_GOOD;
}

enum rsp_status
fed_lease_verify(struct rsp_ctx *c, const void *ec_key, struct bytes der, const char *eid, int64_t *latest, enum fed_lease_verdict *out)
{
	struct read_lease l;
	struct bytes part = bytes_of_str(eid);
	uint8_t hash[32];
	enum rsp_status st;

	if (!read_lease(der, &l))
		return rsp_fail(c, RSP_MALFORMED, "this is no lease");
	if ((st = ec_verify(c, ec_key, &l.tbs, 1, l.sig)) != RSP_OK || (st = sha256(c, &part, 1, hash)) != RSP_OK)
		return st;
	if (!bytes_equal(l.eid_hash, BYTES_OF(hash)))
		return rsp_fail(c, RSP_UNTRUSTED, "the lease is another device's");
	if (l.v[AT_HARD] < l.v[AT_NB] || l.v[AT_HARD] - l.v[AT_NB] > LONGEST || l.v[AT_SOFT] > l.v[AT_HARD])
		return rsp_fail(c, RSP_UNTRUSTED, "no lease is longer than 48 h");
	*latest = c->now > *latest ? c->now : *latest;
	*out = verdict(&l, *latest);
	return RSP_OK;
}
