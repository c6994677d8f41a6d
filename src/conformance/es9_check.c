// SPDX-License-Identifier: BSD-2-Clause
/* An SM-DP+'s answer as a eUICC and its LPA look at it: what is signed, by whom, about what; and the package, opened. */
#include "bsp/bsp.h"
#include "codec/ids.h"
#include "conformance/play.h"
#include "tlv/tlv.h"

static bool
tlv_value(struct bytes in, uint32_t tag, struct bytes *out)
{
	struct tlv t;

	if (tlv_only(in, tag, &t) != RSP_OK)
		return false;
	*out = t.value;
	return true;
}

/* Signed by this certificate, which is good in this role under the session's CI. */
static const char *
signed_by(struct play *p, struct bytes der, enum pki_role role, const struct bytes *parts, size_t n, struct bytes signature, struct bytes *oid)
{
	const struct pki_cert *cert;
	struct bytes sig;

	if (pki_cert_read_scoped(&p->c, der, &cert) != RSP_OK || pki_verify(&p->c, cert, role, p->e.branch->ci.cert) != RSP_OK)
		return role == PKI_DPPB ? "smdpCertificate" : "serverCertificate";
	if (!tlv_value(signature, 0x5F37, &sig) || ec_verify(&p->c, cert->key, parts, n, sig) != RSP_OK)
		return role == PKI_DPPB ? "smdpSignature2" : "serverSignature1";
	*oid = cert->oid;
	return NULL;
}

const char *
check_initiated(struct play *p, const struct es9p_response *r)
{
	struct server_signed1 s;
	struct bytes ci, oid;

	if (es10_read_server_signed1(&p->c, r->server_signed1, &s) != RSP_OK)
		return "serverSigned1";
	if (!bytes_equal(s.transaction_id, r->transaction_id) || !s.transaction_id.n || s.transaction_id.n > 16)
		return "transactionId";
	if (!bytes_equal(s.euicc_challenge, BYTES_OF(p->e.challenge)))
		return "euiccChallenge";
	if (!bytes_equal_nocase(s.server_address, bytes_of_str(p->w->host)))
		return "serverAddress";
	if (s.server_challenge.n != 16)
		return "serverChallenge";
	if (!tlv_value(r->ci_id, 0x04, &ci) || !bytes_equal(ci, p->e.branch->ci.cert->ski))
		return "euiccCiPKIdToBeUsed";
	return signed_by(p, r->server_certificate, p->s->real == ACTOR_SMDS ? PKI_DSAUTH : PKI_DPAUTH, &r->server_signed1, 1, r->server_signature1, &oid);
}

const char *
check_client(struct play *p, const struct es9p_response *r)
{
	const struct bytes parts[2] = {r->smdp_signed2, p->e.signature1};
	const struct pki_cert *dpauth;
	struct store_metadata m;
	struct smdp_signed2 s;
	struct bytes oid = BYTES_NONE;
	const char *wrong;

	if (es10_read_smdp_signed2(&p->c, r->smdp_signed2, &s) != RSP_OK)
		return "smdpSigned2";
	if (!bytes_equal(s.transaction_id, p->e.initiated.transaction_id) || !bytes_equal(r->transaction_id, s.transaction_id))
		return "transactionId";
	if (es8p_read_store_metadata(&p->c, r->profile_metadata, &m) != RSP_OK)
		return "profileMetadata";
	wrong = signed_by(p, r->smdp_certificate, PKI_DPPB, parts, 2, r->smdp_signature2, &oid);
	if (wrong)
		return wrong;
	if (pki_cert_read_scoped(&p->c, p->e.initiated.server_certificate, &dpauth) != RSP_OK || !bytes_equal(dpauth->oid, oid))
		return "smdpCertificate: not the SM-DP+ of serverCertificate";
	return NULL;
}

/* ---- the package ---- */

static const char *
check_channel(struct play *p, struct bytes bf23, struct secure_channel *sc)
{
	const struct pki_cert *dppb;
	struct buf b = BUF_INIT;
	struct bytes tbs;

	if (es8p_read_secure_channel(&p->c, bf23, sc) != RSP_OK)
		return "InitialiseSecureChannel";
	if (sc->operation != 1)
		return "remoteOpId";
	if (!bytes_equal(sc->transaction_id, p->e.initiated.transaction_id))
		return "transactionId of InitialiseSecureChannel";
	if (sc->key_type != 0x88 || sc->key_length != 16)
		return "controlRefTemplate";
	es8p_write_secure_channel_tbs(&b, sc, ec_key_point(p->e.otsk));
	if (buf_finish(&b, &p->c, &tbs) != RSP_OK || pki_cert_read_scoped(&p->c, p->e.client.smdp_certificate, &dppb) != RSP_OK ||
		ec_verify(&p->c, dppb->key, &tbs, 1, sc->signature) != RSP_OK)
		return "smdpSign";
	return NULL;
}

static const char *
open_list(struct play *p, struct bsp_keys *k, unsigned tag, struct bytes list, const char *what, struct bytes *plain)
{
	struct buf b = BUF_INIT;
	struct bytes part;
	struct tlv t;

	while (list.n) {
		if (tlv_next(&list, &t) != RSP_OK || bsp_open(&p->c, k, tag, t.whole, &part) != RSP_OK) {
			buf_free(&b);
			return what;
		}
		buf_add(&b, part);
	}
	if (buf_finish(&b, &p->c, plain) != RSP_OK)
		return "memory";
	play_member(p, what, *plain);
	return NULL;
}

static const char *
open_package(struct play *p, const struct bpp_parts *v, struct bsp_keys *k)
{
	struct replace_keys r;
	struct bytes plain;
	const char *wrong = open_list(p, k, 0x87, v->configure, "configureIsdp", &plain);

	if (!wrong)
		wrong = open_list(p, k, 0x88, v->metadata, "metadata", &plain);
	if (!wrong && !bytes_equal(plain, p->e.client.profile_metadata))
		return "metadata: others than were announced";
	if (!wrong && v->replace_keys.p) {
		wrong = open_list(p, k, 0x87, v->replace_keys, "replaceSessionKeys", &plain);
		if (!wrong && es8p_read_replace_keys(&p->c, plain, &r) != RSP_OK)
			wrong = "replaceSessionKeys";
		if (!wrong)
			bsp_replace(k, r.mcv.p, r.enc.p, r.mac.p);
	}
	return wrong ? wrong : open_list(p, k, 0x86, v->elements, "elements", &plain);
}

const char *
check_bound(struct play *p, const struct es9p_response *r)
{
	struct secure_channel sc;
	struct bpp_parts v;
	struct bsp_keys k;
	uint8_t shared[32], eid[16];
	const char *wrong;

	if (!bytes_equal(r->transaction_id, p->e.initiated.transaction_id))
		return "transactionId";
	if (bpp_read(&p->c, r->bound_profile_package, &v) != RSP_OK)
		return "boundProfilePackage";
	if ((wrong = check_channel(p, v.secure_channel, &sc)))
		return wrong;
	play_member(p, "otPK", sc.otpk);
	play_member(p, "segments", v.elements);
	if (ec_agree(&p->c, p->e.otsk, sc.otpk, shared) != RSP_OK || eid_read(&p->c, p->e.eid, eid) != RSP_OK ||
		bsp_derive(&p->c, shared, sc.host_id, BYTES_OF(eid), &k) != RSP_OK)
		return "otPK of the SM-DP+";
	return open_package(p, &v, &k);
}
