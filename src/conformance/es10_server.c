// SPDX-License-Identifier: BSD-2-Clause
/* An SM-DP+ towards a eUICC: AuthenticateServer, PrepareDownload, CancelSession, with what it would sign, true or false (SGP.22 5.7.5, 5.7.13, 5.7.14). */
#include "conformance/es10_sim.h"

#include <stdio.h>

#include "crypto/crypto.h"
#include "tlv/tlv.h"

static const uint8_t tac[4] = {0x35, 0x29, 0x06, 0x11};

enum rsp_status
sim_server_open(struct play *p)
{
	p->d.branch = p->w->branch;
	if (!p->d.branch->dpauth.key || !p->d.branch->dppb.key)
		return rsp_fail(&p->c, RSP_STATE, "the PKI has no keys of an SM-DP+ on this curve");
	return RSP_OK;
}

void
sim_server_close(struct play *p)
{
	ec_key_free(p->d.otsk);
	if (p->channel.open)
		apdu_channel_close(&p->channel, &p->c);
}

const struct pki_identity *
sim_signer(struct play *p, const struct step *s, const struct pki_identity *right)
{
	const struct pki_branch *b = p->d.branch, *other = &p->w->other->branch[b->ci.cert->curve];
	const struct { const char *name; const struct pki_identity *id; } signers[] = {
		{"dpauth", &b->dpauth}, {"dppb", &b->dppb}, {"dptls", &b->dptls}, {"dsauth", &b->dsauth}, {"eum", &b->eum}, {"stranger", &other->dpauth},
		{"stranger-dppb", &other->dppb},
	};
	size_t i;

	for (i = 0; i < sizeof(signers) / sizeof(signers[0]); i++)
		if (play_says(s, "signer", signers[i].name))
			return signers[i].id;
	return right;
}

/* certificate=...: another than the one of the key that signs. */
static struct bytes
shown_certificate(struct play *p, const struct step *s, const struct pki_identity *signer)
{
	const struct pki_branch *b = p->d.branch;

	if (play_says(s, "certificate", "dpauth"))
		return b->dpauth.cert->der;
	if (play_says(s, "certificate", "dppb"))
		return b->dppb.cert->der;
	return signer->cert ? signer->cert->der : b->dpauth.cert->der;
}

static enum rsp_status
either(struct play *p, const struct step *s, const char *field, struct bytes otherwise, struct bytes *out)
{
	enum rsp_status st = play_hex(p, s, field, out);

	if (st == RSP_OK && !out->p)
		*out = otherwise;
	return st;
}

static enum rsp_status
fresh(struct play *p, struct bytes *out)
{
	uint8_t raw[16];
	enum rsp_status st = crypto_random(&p->c, raw, sizeof(raw));

	*out = rsp_copy(&p->c, BYTES_OF(raw));
	return st;
}

/* A TLV as it stands with its changes, signed together with what follows it. */
static enum rsp_status
sign(struct play *p, const struct step *s, struct buf *b, const struct ec_key *key, struct bytes second, struct bytes *der, uint8_t sig[64])
{
	struct bytes parts[2] = {BYTES_NONE, second};
	enum rsp_status st = buf_finish(b, &p->c, der);

	if (st == RSP_OK)
		st = play_mutate(p, s, false, der);
	parts[0] = *der;
	return st == RSP_OK ? ec_sign(&p->c, key, parts, second.p ? 2 : 1, sig) : st;
}

/* ---- AuthenticateServer ---- */

static enum rsp_status
write_server_signed1(struct play *p, const struct step *s, struct buf *b)
{
	struct server_signed1 v = {.server_address = bytes_of_str(p->w->host)};
	struct bytes address;
	enum rsp_status st = fresh(p, &p->d.server_challenge);

	if (st == RSP_OK && (st = fresh(p, &p->d.transaction_id)) == RSP_OK)
		st = either(p, s, "transactionId", p->d.transaction_id, &v.transaction_id);
	if (st == RSP_OK)
		st = either(p, s, "euiccChallenge", p->d.euicc_challenge.p ? p->d.euicc_challenge : BYTES_OF(tac), &v.euicc_challenge);
	if (st == RSP_OK && (st = play_field(p, s, "address", &address)) == RSP_OK && address.p)
		v.server_address = address;
	p->d.transaction_id = v.transaction_id;
	v.server_challenge = p->d.server_challenge;
	if (v.euicc_challenge.n != 16)
		v.euicc_challenge = p->d.server_challenge;      /* there is none: a session that was never begun */
	es10_write_server_signed1(b, &v);
	return st;
}

/* As an SM-DP+ looks at the answer: certificate, signature, and that it is about this session. */
static enum rsp_status
check_authenticated(struct play *p, struct bytes answer)
{
	struct authenticate_server_rsp r;
	const struct pki_cert *euicc, *eum;
	struct buf b = BUF_INIT;
	const char *wrong = NULL;
	enum rsp_status st = es10_read_authenticate_server_rsp(&p->c, answer, &r);

	if (st == RSP_NOMEM)
		return st;
	if (st != RSP_OK || !r.ok)
		wrong = "answer";
	else if (pki_cert_read_scoped(&p->c, r.eum_cert, &eum) != RSP_OK || pki_verify(&p->c, eum, PKI_EUM, p->d.branch->ci.cert) != RSP_OK)
		wrong = "EUM certificate";
	else if (pki_cert_read_scoped(&p->c, r.euicc_cert, &euicc) != RSP_OK || pki_verify(&p->c, euicc, PKI_EUICC, eum) != RSP_OK)
		wrong = "eUICC certificate";
	else if (ec_verify(&p->c, euicc->key, &r.signed1.der, 1, r.signature) != RSP_OK)
		wrong = "euiccSignature1";
	else if (!bytes_equal(r.signed1.server_challenge, p->d.server_challenge))
		wrong = "serverChallenge";
	else if (!bytes_equal(r.signed1.transaction_id, p->d.transaction_id))
		wrong = "transactionId";
	if (wrong) {
		play_verdict(p, "untrusted %s", wrong);
		p->c.error = (struct rsp_error){0};
		return RSP_OK;
	}
	tlv_add(&b, 0x5F37, r.signature);
	p->d.euicc_point = rsp_copy(&p->c, ec_key_point(euicc->key));
	play_member(p, "EID", bytes_of_str(rsp_strdup(&p->c, euicc->serial_number)));
	return buf_finish(&b, &p->c, &p->d.signature1);
}

enum rsp_status
send_authenticate_server(struct play *p, const struct step *s)
{
	const struct pki_identity *signer = sim_signer(p, s, &p->d.branch->dpauth);
	struct authenticate_server_req r = {.params = {.tac = BYTES_OF(tac)}};
	struct bytes answer, id;
	struct buf b = BUF_INIT;
	uint8_t sig[64];
	enum rsp_status st = write_server_signed1(p, s, &b);

	if (st == RSP_OK)
		st = sign(p, s, &b, signer->key, BYTES_NONE, &r.signed1.der, sig);
	if (st == RSP_OK)
		st = either(p, s, "ciPKId", p->d.branch->ci.cert->ski, &r.ci_id);
	if (st == RSP_OK && (st = play_field(p, s, "matchingId", &id)) == RSP_OK)
		r.params.matching_id = id;
	if (st != RSP_OK)
		return st;
	r.signature = BYTES_OF(sig);
	r.certificate = shown_certificate(p, s, signer);
	es10_write_authenticate_server_req(&b, &r);
	st = sim_command(p, s, &b, &answer);
	return st == RSP_OK && strcmp(p->verdict, "success") == 0 ? check_authenticated(p, answer) : st;
}

/* ---- PrepareDownload ---- */

static enum rsp_status
check_prepared(struct play *p, struct bytes answer, struct bytes hash_cc, bool cc_required)
{
	struct prepare_download_rsp r;
	struct bytes parts[2];
	struct ec_key *key = NULL;
	const char *wrong = NULL;
	enum rsp_status st = es10_read_prepare_download_rsp(&p->c, answer, &r);

	if (st != RSP_OK || !r.ok) {
		play_verdict(p, "untrusted answer");
		return RSP_OK;
	}
	parts[0] = r.signed2.der;
	parts[1] = p->d.smdp_signature2;
	if ((st = ec_key_from_point(&p->c, p->d.branch->ci.cert->curve, p->d.euicc_point, &key)) != RSP_OK)
		return st;
	if (ec_verify(&p->c, key, parts, 2, r.signature) != RSP_OK)
		wrong = "euiccSignature2";
	else if (!bytes_equal(r.signed2.transaction_id, p->d.transaction_id))
		wrong = "transactionId";
	else if (cc_required && !bytes_equal(r.signed2.hash_cc, hash_cc))
		wrong = "hashCc";
	ec_key_free(key);
	p->c.error = (struct rsp_error){0};
	p->d.otpk = rsp_copy(&p->c, r.signed2.otpk);
	play_member(p, "euiccOtpk", p->d.otpk);
	if (wrong)
		play_verdict(p, "untrusted %s", wrong);
	return RSP_OK;
}

enum rsp_status
send_prepare_download(struct play *p, const struct step *s)
{
	const struct pki_identity *signer = sim_signer(p, s, &p->d.branch->dppb);
	struct smdp_signed2 v = {.cc_required = play_says(s, "ccRequired", "true") || (play_has(s, "code") && !play_says(s, "ccRequired", "false"))};
	struct prepare_download_req r = {0};
	struct bytes answer, signature1 = p->d.signature1.p ? p->d.signature1 : bytes_of(tac, 0);
	struct buf b = BUF_INIT;
	uint8_t sig[64];
	enum rsp_status st = either(p, s, "transactionId", p->d.transaction_id.p ? p->d.transaction_id : BYTES_OF(tac), &v.transaction_id);

	if (st == RSP_OK)
		st = play_hex(p, s, "bppEuiccOtpk", &v.bpp_euicc_otpk);
	if (st == RSP_OK && (st = play_hash_code(p, s, p->d.transaction_id, &r.hash_cc)) == RSP_OK) {
		es10_write_smdp_signed2(&b, &v);
		st = sign(p, s, &b, signer->key, signature1, &r.signed2.der, sig);
	}
	if (st != RSP_OK)
		return st;
	r.signature = BYTES_OF(sig);
	r.certificate = shown_certificate(p, s, signer);
	tlv_add(&b, 0x5F37, BYTES_OF(sig));
	if ((st = buf_finish(&b, &p->c, &p->d.smdp_signature2)) != RSP_OK)
		return st;
	es10_write_prepare_download_req(&b, &r);
	st = sim_command(p, s, &b, &answer);
	return st == RSP_OK && strcmp(p->verdict, "success") == 0 ? check_prepared(p, answer, r.hash_cc, v.cc_required) : st;
}

/* ---- CancelSession ---- */

static enum rsp_status
check_cancelled(struct play *p, struct bytes answer, int reason)
{
	struct cancel_session_rsp r;
	struct ec_key *key = NULL;
	const char *wrong = NULL;
	enum rsp_status st = es10_read_cancel_session_rsp(&p->c, answer, &r);

	if (st != RSP_OK || !r.ok)
		wrong = "answer";
	else if (!bytes_equal(r.transaction_id, p->d.transaction_id) || r.reason != reason)
		wrong = "transactionId or reason";
	else if (!bytes_equal(r.smdp_oid, p->d.branch->dpauth.cert->oid))
		wrong = "smdpOid";
	else if (ec_key_from_point(&p->c, p->d.branch->ci.cert->curve, p->d.euicc_point, &key) != RSP_OK ||
		ec_verify(&p->c, key, &r.signed_der, 1, r.signature) != RSP_OK)
		wrong = "euiccCancelSessionSignature";
	ec_key_free(key);
	p->c.error = (struct rsp_error){0};
	if (wrong)
		play_verdict(p, "untrusted %s", wrong);
	return RSP_OK;
}

enum rsp_status
send_es10_cancel(struct play *p, const struct step *s)
{
	struct cancel_session_req r = {0};
	struct buf b = BUF_INIT;
	struct bytes answer;
	uint64_t reason;
	enum rsp_status st = play_number(p, s, "reason", CANCEL_USER_REJECTION, &reason);

	if (st == RSP_OK)
		st = either(p, s, "transactionId", p->d.transaction_id.p ? p->d.transaction_id : BYTES_OF(tac), &r.transaction_id);
	if (st != RSP_OK)
		return st;
	r.reason = (int)reason;
	es10_write_cancel_session_req(&b, &r);
	st = sim_command(p, s, &b, &answer);
	return st == RSP_OK && strcmp(p->verdict, "success") == 0 ? check_cancelled(p, answer, (int)reason) : st;
}
