// SPDX-License-Identifier: BSD-2-Clause
/*
 * A eUICC and its LPA towards an SM-DP+ (SGP.22 5.6): keys and certificates under the laboratory's EUM, and what they would sign, true or false, so that a
 * case reaches every check that lies behind a signature.
 */
#include "conformance/es9_sim.h"

#include "crypto/crypto.h"
#include "tlv/tlv.h"

#define YEARS(n) ((int64_t)(n) * 365 * 86400)

static const uint8_t tac[4] = {0x35, 0x29, 0x06, 0x11};
static const uint8_t capabilities[] = {0xA1, 0x0F, 0x80, 3, 5, 0, 0, 0x81, 3, 14, 0, 0, 0x85, 3, 14, 0, 0};

enum rsp_status
sim_euicc_open(struct play *p)
{
	struct sim_euicc *e = &p->e;
	struct rsp_ctx *c = &p->c;
	enum rsp_status st;

	e->branch = p->w->branch;
	e->eum = e->branch->eum.cert->der;
	st = pki_eid_under(c, e->branch->eum.cert, 500000 + p->w->eids++, e->eid);
	if (st == RSP_OK)
		st = pki_issue_euicc(c, &e->branch->eum, e->eid, &e->id);
	if (st == RSP_OK)
		p->kept[p->n_kept++] = (struct member){"EID", bytes_of_str(e->eid)};
	return st == RSP_REFUSED ? rsp_fail(c, RSP_STATE, "no eUICC certificate can be issued") : st;
}

void
sim_euicc_close(struct play *p)
{
	ec_key_free(p->e.otsk);
	pki_identity_free(&p->e.id);
}

/* ---- InitiateAuthentication ---- */

enum rsp_status
send_initiate(struct play *p, const struct step *s)
{
	struct es9p_request q = {.smdp_address = bytes_of_str(p->w->host), .euicc_info1 = p->w->info1};
	struct bytes given;
	enum rsp_status st = crypto_random(&p->c, p->e.challenge, sizeof(p->e.challenge));

	q.euicc_challenge = rsp_copy(&p->c, BYTES_OF(p->e.challenge));
	if (st == RSP_OK && (st = play_field(p, s, "smdpAddress", &given)) == RSP_OK && given.p)
		q.smdp_address = given;
	if (st == RSP_OK && (st = play_hex(p, s, "euiccChallenge", &given)) == RSP_OK && given.p)
		q.euicc_challenge = given;
	if (st == RSP_OK)
		st = play_mutate(p, s, false, &q.euicc_info1);
	if (st == RSP_OK)
		st = play_mutate(p, s, true, &q.euicc_info1);
	if (st != RSP_OK)
		return st;
	if (q.euicc_challenge.n == 16)
		memcpy(p->e.challenge, q.euicc_challenge.p, 16);
	return sim_ask_and_check(p, ES9P_INITIATE_AUTHENTICATION, &q, &p->e.initiated, check_initiated);
}

/* ---- what is signed ---- */

enum rsp_status
sim_finish_signed(struct play *p, const struct step *s, struct buf *b, struct bytes second, struct bytes *der, uint8_t sig[64])
{
	struct bytes parts[2] = {BYTES_NONE, second};
	enum rsp_status st = buf_finish(b, &p->c, der);

	if (st == RSP_OK)
		st = play_mutate(p, s, false, der);
	parts[0] = *der;
	return st == RSP_OK ? ec_sign(&p->c, p->e.id.key, parts, second.p ? 2 : 1, sig) : st;
}

enum rsp_status
sim_finish_payload(struct play *p, const struct step *s, struct buf *b, struct es9p_request *q)
{
	struct bytes given;
	enum rsp_status st = buf_finish(b, &p->c, &q->payload);

	if (st == RSP_OK)
		st = play_mutate(p, s, true, &q->payload);
	if (st == RSP_OK && (st = play_hex(p, s, "transactionId", &given)) == RSP_OK && given.p)
		q->transaction_id = given;
	return st;
}

/* "error=N": what a eUICC says that did not agree. */
static enum rsp_status
write_error(struct play *p, const struct step *s, uint32_t tag, struct buf *b)
{
	uint64_t n;
	size_t mark = tlv_open(b, tag), inner;
	enum rsp_status st = play_number(p, s, "error", 127, &n);

	if (tag == 0xBF41) {
		tlv_add_uint(b, 0x81, n);
	} else {
		inner = tlv_open(b, 0xA1);
		tlv_add(b, 0x80, p->e.initiated.transaction_id);
		tlv_add_uint(b, 0x02, n);
		tlv_close(b, inner);
	}
	tlv_close(b, mark);
	return st;
}

/* ---- AuthenticateClient ---- */

/* With a key pair of its own? */
static bool
speaks_itself(const struct step *s)
{
	return play_says(s, "certificate", "stranger") || play_says(s, "certificate", "expired") || play_says(s, "certificate", "other-key") ||
		play_says(s, "certificate", "other-euicc");
}

/* certificate=...: whose certificate and key speak. */
enum rsp_status
sim_as_another(struct play *p, const struct step *s, struct pki_identity *own, struct bytes *cert)
{
	const struct pki_identity *eum = &p->e.branch->eum;
	struct rsp_ctx *c = &p->c;
	struct pki_identity made = {0};
	char eid[33];
	enum rsp_status st = RSP_OK;

	*own = p->e.id;
	*cert = p->e.id.cert->der;
	p->e.eum = eum->cert->der;
	memcpy(eid, p->e.eid, sizeof(eid));
	if (play_says(s, "certificate", "stranger")) {
		eum = &p->w->other->branch[eum->cert->curve].eum;
		p->e.eum = eum->cert->der;
		st = pki_eid_under(c, eum->cert, 1, eid);
	} else if (play_says(s, "certificate", "server-as-eum")) {
		p->e.eum = p->e.branch->dpauth.cert->der;
	} else if (play_says(s, "certificate", "server-as-euicc")) {
		*cert = p->e.branch->dpauth.cert->der;
	} else if (play_says(s, "certificate", "eum-as-euicc")) {
		*cert = eum->cert->der;
	} else if (play_says(s, "certificate", "other-euicc")) {
		st = pki_eid_under(c, eum->cert, 400000 + p->w->eids++, eid);
	}
	if (st != RSP_OK || !speaks_itself(s))
		return st;
	c->now -= play_says(s, "certificate", "expired") ? YEARS(20) + 86400 * 10 : 0;
	st = pki_issue_euicc(c, eum, eid, &made);
	c->now = world_now(p->w);
	if (st != RSP_OK)
		return st;
	p->e.id = made;
	*cert = play_says(s, "certificate", "other-key") ? own->cert->der : rsp_copy(c, made.cert->der);
	return cert->p ? RSP_OK : RSP_NOMEM;
}

void
sim_as_before(struct play *p, struct pki_identity own)
{
	if (p->e.id.key != own.key)
		pki_identity_free(&p->e.id);
	p->e.id = own;
}

static enum rsp_status
write_signed1(struct play *p, const struct step *s, struct buf *b, struct euicc_signed1 *v)
{
	struct ctx_params1 *params = &v->params;
	struct server_signed1 s1;
	struct bytes id;
	enum rsp_status st = es10_read_server_signed1(&p->c, p->e.initiated.server_signed1, &s1);

	if (st != RSP_OK)
		return rsp_fail(&p->c, RSP_STATE, "no session has been begun");
	*params = (struct ctx_params1){.tac = BYTES_OF(tac), .device_capabilities = BYTES_OF(capabilities)};
	if ((st = play_field(p, s, "matchingId", &id)) != RSP_OK)
		return st;
	params->matching_id = id;
	es10_write_ctx_params1(b, params);
	if ((st = buf_finish(b, &p->c, &params->der)) != RSP_OK)
		return st;
	v->transaction_id = s1.transaction_id;
	v->server_address = s1.server_address;
	v->server_challenge = s1.server_challenge;
	v->info2.der = p->w->info2.der;
	es10_write_euicc_signed1(b, v);
	return RSP_OK;
}

enum rsp_status
send_authenticate(struct play *p, const struct step *s)
{
	struct authenticate_server_rsp *v = rsp_alloc(&p->c, sizeof(*v));
	struct es9p_request q = {.transaction_id = p->e.initiated.transaction_id};
	struct pki_identity own = p->e.id;
	struct buf b = BUF_INIT, tlv = BUF_INIT;
	uint8_t sig[64];
	enum rsp_status st;

	if (!v)
		return RSP_NOMEM;
	if (play_has(s, "error")) {
		st = write_error(p, s, 0xBF38, &b);
	} else {
		v->ok = true;
		st = sim_as_another(p, s, &own, &v->euicc_cert);
		if (st == RSP_OK && (st = write_signed1(p, s, &b, &v->signed1)) == RSP_OK)
			st = sim_finish_signed(p, s, &b, BYTES_NONE, &v->signed1.der, sig);
		sim_as_before(p, own);
		v->eum_cert = p->e.eum;
		v->signature = BYTES_OF(sig);
		tlv_add(&tlv, 0x5F37, BYTES_OF(sig));
		if (st == RSP_OK && (st = buf_finish(&tlv, &p->c, &p->e.signature1)) == RSP_OK)
			es10_write_authenticate_server_rsp(&b, v);
	}
	if (st == RSP_OK)
		st = sim_finish_payload(p, s, &b, &q);
	if (st == RSP_OK && p->s->real == ACTOR_SMDS)
		return sim_ask(p, ES9P_AUTHENTICATE_CLIENT, &q, NULL);
	return st == RSP_OK ? sim_ask_and_check(p, ES9P_AUTHENTICATE_CLIENT, &q, &p->e.client, check_client) : st;
}

/* ---- GetBoundProfilePackage ---- */

static enum rsp_status
own_key(struct play *p, const struct step *s)
{
	if (play_says(s, "otpk", "new")) {
		ec_key_free(p->e.otsk);
		p->e.otsk = NULL;
	}
	return p->e.otsk ? RSP_OK : ec_key_generate(&p->c, p->e.branch->ci.cert->curve, &p->e.otsk);
}

enum rsp_status
send_prepare(struct play *p, const struct step *s)
{
	struct prepare_download_rsp v = {.ok = true, .signed2 = {.transaction_id = p->e.initiated.transaction_id}};
	struct es9p_request q = {.transaction_id = p->e.initiated.transaction_id};
	struct buf b = BUF_INIT;
	uint8_t sig[64];
	enum rsp_status st = own_key(p, s);

	if (st == RSP_OK && play_has(s, "error")) {
		st = write_error(p, s, 0xBF21, &b);
	} else if (st == RSP_OK) {
		v.signed2.otpk = ec_key_point(p->e.otsk);
		if ((st = play_hash_code(p, s, p->e.initiated.transaction_id, &v.signed2.hash_cc)) != RSP_OK)
			return st;
		es10_write_euicc_signed2(&b, &v.signed2);
		st = sim_finish_signed(p, s, &b, p->e.client.smdp_signature2, &v.signed2.der, sig);
		v.signature = BYTES_OF(sig);
		if (st == RSP_OK)
			es10_write_prepare_download_rsp(&b, &v);
	}
	if (st == RSP_OK)
		st = sim_finish_payload(p, s, &b, &q);
	return st == RSP_OK ? sim_ask_and_check(p, ES9P_GET_BOUND_PROFILE_PACKAGE, &q, &p->e.bound, check_bound) : st;
}

/* ---- CancelSession ---- */

enum rsp_status
send_cancel(struct play *p, const struct step *s)
{
	struct cancel_session_rsp v = {.ok = true, .transaction_id = p->e.initiated.transaction_id, .smdp_oid = p->e.branch->dpauth.cert->oid};
	struct es9p_request q = {.transaction_id = p->e.initiated.transaction_id};
	struct buf b = BUF_INIT;
	uint8_t sig[64];
	uint64_t reason;
	enum rsp_status st = play_number(p, s, "reason", CANCEL_USER_REJECTION, &reason);

	v.reason = (int)reason;
	if (st == RSP_OK && play_has(s, "error")) {
		st = write_error(p, s, 0xBF41, &b);
	} else if (st == RSP_OK) {
		es10_write_cancel_session_signed(&b, &v);
		st = sim_finish_signed(p, s, &b, BYTES_NONE, &v.signed_der, sig);
		v.signature = BYTES_OF(sig);
		if (st == RSP_OK)
			es10_write_cancel_session_rsp(&b, &v);
	}
	if (st == RSP_OK)
		st = sim_finish_payload(p, s, &b, &q);
	return st == RSP_OK ? sim_ask(p, ES9P_CANCEL_SESSION, &q, NULL) : st;
}
