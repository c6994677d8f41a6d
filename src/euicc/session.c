// SPDX-License-Identifier: BSD-2-Clause
/* The RSP session: challenge, AuthenticateServer, PrepareDownload, CancelSession (SGP.22 5.7.5, 5.7.7, 5.7.13, 5.7.14). One at a time. */
#include <stdio.h>

#include "euicc/impl.h"

#include "tlv/tlv.h"

void
kept_pair_forget(struct euicc *e)
{
	ec_key_free(e->kept.key);
	e->kept = (struct kept_pair){0};
}

void
session_use_up(struct euicc *e)
{
	ec_key_free(e->session.otsk);
	e->session.otsk = NULL;
}

/* Bound to the server by its object identifier, and to the curve. */
static void
keep_pair(struct euicc *e)
{
	struct session *s = &e->session;
	struct kept_pair *k = &e->kept;

	if (!s->otsk || s->dpauth->oid.n > sizeof(k->oid))
		return;
	kept_pair_forget(e);
	*k = (struct kept_pair){.key = s->otsk, .branch = s->branch, .oid_n = s->dpauth->oid.n};
	memcpy(k->oid, s->dpauth->oid.p, k->oid_n);
	s->otsk = NULL;
}

void
session_end(struct euicc *e)
{
	struct session *s = &e->session;

	keep_pair(e);
	pki_cert_free(s->dpauth);
	pki_cert_free(s->dppb);
	ec_key_free(s->otsk);
	explicit_bzero(s, sizeof(*s));
	load_end(e);
}

enum rsp_status
es10_get_challenge(struct rsp_ctx *c, struct es10_call *call)
{
	struct session *s = &call->e->session;
	struct tlv t;
	size_t mark;
	enum rsp_status st;

	if (tlv_only(call->command, 0xBF2E, &t) != RSP_OK || t.value.n)
		return rsp_fail(c, RSP_MALFORMED, "GetEUICCChallenge: want an empty request");
	/* an installation that went on is over, as by a power cut, and its server will hear so */
	if ((st = load_recover(call->e, c)) != RSP_OK)
		return st;
	session_end(call->e);
	if ((st = crypto_random(c, s->challenge, 16)) != RSP_OK)
		return st;
	s->challenged = true;
	mark = tlv_open(&call->reply, 0xBF2E);
	tlv_add(&call->reply, 0x80, BYTES_OF(s->challenge));
	tlv_close(&call->reply, mark);
	return RSP_OK;
}

/* ---- AuthenticateServer ---- */

struct authenticate {
	struct euicc *e;
	struct authenticate_server_req req;
	struct pki_cert *cert;
	int branch;
};

static enum rsp_status
check_challenged(struct rsp_ctx *c, void *arg)
{
	struct authenticate *a = arg;

	return a->e->session.challenged ? RSP_OK : rsp_fail(c, RSP_REFUSED, "no challenge is open");
}

/* A CI that this card both verifies and signs under. */
static bool
known(const struct euicc *e, int branch)
{
	const struct euicc_traits *t = e->traits;

	return e->branch[branch].ski_n && memchr(t->verification, branch, t->n_verification) && memchr(t->signing, branch, t->n_signing);
}

static enum rsp_status
check_ci(struct rsp_ctx *c, void *arg)
{
	struct authenticate *a = arg;

	for (a->branch = 0; a->branch < 2; a->branch++)
		if (known(a->e, a->branch) && bytes_equal(bytes_of(a->e->branch[a->branch].ski, a->e->branch[a->branch].ski_n), a->req.ci_id))
			return branch_open(c, a->e, a->branch);
	return rsp_fail(c, RSP_REFUSED, "the CI is not one of this eUICC's");
}

/* Dates are judged last, and only by a card that knows the time. */
static enum rsp_status
verify(struct rsp_ctx *c, const struct pki_cert *cert, enum pki_role role, const struct pki_cert *issuer)
{
	enum rsp_status st = pki_verify(c, cert, role, issuer);

	return st == RSP_REFUSED && c->now == 0 ? RSP_OK : st;
}

static enum rsp_status
check_server_certificate(struct rsp_ctx *c, void *arg)
{
	struct authenticate *a = arg;
	const struct branch *b = &a->e->branch[a->branch];
	enum rsp_status st = pki_cert_read(c, a->req.certificate, &a->cert);

	if (st != RSP_OK)
		return st;
	st = verify(c, a->cert, a->cert->role == PKI_DSAUTH ? PKI_DSAUTH : PKI_DPAUTH, b->ci);
	if (st == RSP_OK && crls_list(b->crl, a->cert))
		return rsp_fail(c, RSP_UNTRUSTED, "the server's certificate is revoked");
	return st;
}

static enum rsp_status
check_curve(struct rsp_ctx *c, void *arg)
{
	struct authenticate *a = arg;

	return a->cert->curve == (enum ec_curve)a->branch ? RSP_OK : rsp_fail(c, RSP_REFUSED, "the server's key is on another curve than its CI's");
}

static enum rsp_status
check_server_signature(struct rsp_ctx *c, void *arg)
{
	struct authenticate *a = arg;

	return ec_verify(c, a->cert->key, &a->req.signed1.der, 1, a->req.signature);
}

static enum rsp_status
check_euicc_challenge(struct rsp_ctx *c, void *arg)
{
	struct authenticate *a = arg;

	if (bytes_equal_secret(a->req.signed1.euicc_challenge, BYTES_OF(a->e->session.challenge)))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "euiccChallenge is not the one that is open");
}

static enum rsp_status
check_oid(struct rsp_ctx *c, void *arg)
{
	struct authenticate *a = arg;

	return a->cert->oid.n ? RSP_OK : rsp_fail(c, RSP_REFUSED, "the server's certificate names no object identifier");
}

static const struct rsp_check authenticate_rows[] = {
	{"open challenge", "SGP.22 5.7.13", check_challenged, 4},
	{"CI", "SGP.22 5.7.13", check_ci, 7},
	{"server certificate", "SGP.22 5.7.13", check_server_certificate, 1},
	{"curve", "SGP.22 5.7.13", check_curve, 3},
	{"serverSignature1", "SGP.22 5.7.13", check_server_signature, 2},
	{"euiccChallenge", "SGP.22 5.7.13", check_euicc_challenge, 6},
	{"object identifier", "SGP.22 5.7.13", check_oid, 5},
};
const struct rsp_checks euicc_authenticate_checks = RSP_CHECKS(authenticate_rows);

/* What the session keeps of a server that has proved itself. */
static void
open_session(struct authenticate *a)
{
	struct session *s = &a->e->session;
	const struct server_signed1 *s1 = &a->req.signed1;

	s->authenticated = true;
	s->transaction_n = s1->transaction_id.n;
	memcpy(s->transaction_id, s1->transaction_id.p, s->transaction_n);
	s->branch = a->branch;
	s->dpauth = a->cert;
	a->cert = NULL;
	snprintf(s->server_address, sizeof(s->server_address), "%.*s", (int)(s1->server_address.n > 255 ? 255 : s1->server_address.n),
		(const char *)s1->server_address.p);
}

static enum rsp_status
answer_authenticated(struct rsp_ctx *c, struct es10_call *call, struct authenticate *a)
{
	const struct branch *b = &a->e->branch[a->branch];
	struct authenticate_server_rsp r = {.ok = true, .euicc_cert = b->euicc.cert->der, .eum_cert = b->eum.cert->der};
	struct buf out = BUF_INIT;
	enum rsp_status st;

	r.signed1.transaction_id = a->req.signed1.transaction_id;
	r.signed1.server_address = a->req.signed1.server_address;
	r.signed1.server_challenge = a->req.signed1.server_challenge;
	r.signed1.params = a->req.params;
	euicc_info2_write(a->e, &out);
	if ((st = buf_finish(&out, c, &r.signed1.info2.der)) != RSP_OK)
		return st;
	es10_write_euicc_signed1(&out, &r.signed1);
	if ((st = buf_finish(&out, c, &r.signed1.der)) != RSP_OK ||
		(st = ec_sign(c, b->euicc.key, &r.signed1.der, 1, a->e->session.signature1)) != RSP_OK)
		return st;
	r.signature = BYTES_OF(a->e->session.signature1);
	es10_write_authenticate_server_rsp(&call->reply, &r);
	return RSP_OK;
}

enum rsp_status
es10_authenticate_server(struct rsp_ctx *c, struct es10_call *call)
{
	struct authenticate *a = rsp_alloc(c, sizeof(*a));
	const struct rsp_check *failed = NULL;
	enum rsp_status st;

	if (!a)
		return RSP_NOMEM;
	a->e = call->e;
	if ((st = es10_read_authenticate_server_req(c, call->command, &a->req)) != RSP_OK)
		return st;
	st = rsp_check_all(c, call->e->checks.authenticate_server, a, &failed);
	if (failed) {
		struct authenticate_server_rsp no = {.transaction_id = a->req.signed1.transaction_id, .error = failed->code};

		es10_write_authenticate_server_rsp(&call->reply, &no);
		st = RSP_OK;
	} else if (st == RSP_OK) {
		struct session *s = &call->e->session;

		s->challenged = false;
		open_session(a);
		st = answer_authenticated(c, call, a);
	}
	pki_cert_free(a->cert);
	return st;
}

/* ---- PrepareDownload ---- */

struct prepare {
	struct euicc *e;
	struct prepare_download_req req;
	struct pki_cert *cert;
};

static enum rsp_status
check_authenticated(struct rsp_ctx *c, void *arg)
{
	struct prepare *p = arg;
	const struct session *s = &p->e->session;

	return s->authenticated && p->e->load.stage == LOAD_NONE ? RSP_OK : rsp_fail(c, RSP_REFUSED, "no server is authenticated");
}

/* Role DPpb, the same CI and the same object identifier as the certificate the server authenticated with. */
static enum rsp_status
check_dppb(struct rsp_ctx *c, void *arg)
{
	struct prepare *p = arg;
	const struct session *s = &p->e->session;
	const struct branch *b = &p->e->branch[s->branch];
	enum rsp_status st = branch_open(c, p->e, s->branch);

	if (st != RSP_OK || (st = pki_cert_read(c, p->req.certificate, &p->cert)) != RSP_OK || (st = verify(c, p->cert, PKI_DPPB, b->ci)) != RSP_OK)
		return st;
	if (s->dpauth->role != PKI_DPAUTH || !bytes_equal(p->cert->oid, s->dpauth->oid))
		return rsp_fail(c, RSP_UNTRUSTED, "CERT.DPpb belongs to another SM-DP+ than CERT.DPauth");
	return crls_list(b->crl, p->cert) ? rsp_fail(c, RSP_UNTRUSTED, "CERT.DPpb is revoked") : RSP_OK;
}

static enum rsp_status
check_smdp_signature2(struct rsp_ctx *c, void *arg)
{
	struct prepare *p = arg;
	struct bytes parts[2] = {p->req.signed2.der};
	struct buf b = BUF_INIT;
	enum rsp_status st;

	tlv_add(&b, 0x5F37, BYTES_OF(p->e->session.signature1));
	if ((st = buf_finish(&b, c, &parts[1])) != RSP_OK)
		return st;
	return ec_verify(c, p->cert->key, parts, 2, p->req.signature);
}

static enum rsp_status
check_transaction(struct rsp_ctx *c, void *arg)
{
	struct prepare *p = arg;
	const struct session *s = &p->e->session;

	if (bytes_equal(p->req.signed2.transaction_id, bytes_of(s->transaction_id, s->transaction_n)))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the transactionId is not the session's");
}

static const struct rsp_check prepare_rows[] = {
	{"authenticated session", "SGP.22 5.7.5", check_authenticated, 4},
	{"CERT.DPpb", "SGP.22 5.7.5", check_dppb, 1},
	{"smdpSignature2", "SGP.22 5.7.5", check_smdp_signature2, 2},
	{"transactionId", "SGP.22 5.7.5", check_transaction, 5},
};
const struct rsp_checks euicc_prepare_checks = RSP_CHECKS(prepare_rows);

/*
 * Repeated in one session, after a wrong confirmation code, the key pair stays. A server that has bound to one that was kept for it may have it again: then
 * the package needs no binding anew.
 */
static enum rsp_status
one_time_key(struct rsp_ctx *c, struct euicc *e, struct bytes bpp_euicc_otpk)
{
	struct session *s = &e->session;
	struct kept_pair *k = &e->kept;

	if (s->otsk)
		return RSP_OK;
	if (!k->key || k->branch != s->branch || !bytes_equal(bytes_of(k->oid, k->oid_n), s->dpauth->oid) ||
		!bytes_equal(bpp_euicc_otpk, ec_key_point(k->key)))
		return ec_key_generate(c, (enum ec_curve)s->branch, &s->otsk);
	s->otsk = k->key;
	k->key = NULL;
	return RSP_OK;
}

static enum rsp_status
answer_prepared(struct rsp_ctx *c, struct es10_call *call, struct prepare *p)
{
	struct session *s = &p->e->session;
	struct prepare_download_rsp r = {.ok = true};
	struct buf out = BUF_INIT;
	struct bytes parts[2];
	uint8_t sig[64];
	enum rsp_status st = one_time_key(c, p->e, p->req.signed2.bpp_euicc_otpk);

	if (st != RSP_OK)
		return st;
	r.signed2.transaction_id = p->req.signed2.transaction_id;
	r.signed2.otpk = ec_key_point(s->otsk);
	if (p->req.signed2.cc_required)
		r.signed2.hash_cc = p->req.hash_cc;
	es10_write_euicc_signed2(&out, &r.signed2);
	if ((st = buf_finish(&out, c, &r.signed2.der)) != RSP_OK)
		return st;
	tlv_add(&out, 0x5F37, p->req.signature);
	if ((st = buf_finish(&out, c, &parts[1])) != RSP_OK)
		return st;
	parts[0] = r.signed2.der;
	if ((st = ec_sign(c, p->e->branch[s->branch].euicc.key, parts, 2, sig)) != RSP_OK)
		return st;
	r.signature = BYTES_OF(sig);
	es10_write_prepare_download_rsp(&call->reply, &r);
	s->prepared = true;
	pki_cert_free(s->dppb);
	s->dppb = p->cert;
	p->cert = NULL;
	return call->reply.bad ? RSP_NOMEM : RSP_OK;
}

enum rsp_status
es10_prepare_download(struct rsp_ctx *c, struct es10_call *call)
{
	struct prepare *p = rsp_alloc(c, sizeof(*p));
	const struct rsp_check *failed = NULL;
	enum rsp_status st;

	if (!p)
		return RSP_NOMEM;
	p->e = call->e;
	if ((st = es10_read_prepare_download_req(c, call->command, &p->req)) != RSP_OK)
		return st;
	st = rsp_check_all(c, call->e->checks.prepare_download, p, &failed);
	if (failed) {
		struct prepare_download_rsp no = {.transaction_id = p->req.signed2.transaction_id, .error = failed->code};

		es10_write_prepare_download_rsp(&call->reply, &no);
		st = RSP_OK;
	} else if (st == RSP_OK) {
		st = answer_prepared(c, call, p);
	}
	pki_cert_free(p->cert);
	return st;
}

/* ---- CancelSession ---- */

struct cancel { struct euicc *e; struct cancel_session_req req; };

static enum rsp_status
check_cancel_transaction(struct rsp_ctx *c, void *arg)
{
	struct cancel *x = arg;
	const struct session *s = &x->e->session;

	if (s->authenticated && bytes_equal(x->req.transaction_id, bytes_of(s->transaction_id, s->transaction_n)))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "no session has this transactionId");
}

static const struct rsp_check cancel_rows[] = {
	{"transactionId", "SGP.22 5.7.14", check_cancel_transaction, 5},
};
const struct rsp_checks euicc_cancel_checks = RSP_CHECKS(cancel_rows);

enum rsp_status
es10_cancel_session(struct rsp_ctx *c, struct es10_call *call)
{
	struct cancel x = {.e = call->e};
	struct session *s = &call->e->session;
	struct cancel_session_rsp r = {0};
	const struct rsp_check *failed = NULL;
	struct buf out = BUF_INIT;
	uint8_t sig[64];
	enum rsp_status st = es10_read_cancel_session_req(c, call->command, &x.req);

	if (st != RSP_OK)
		return st;
	st = rsp_check_all(c, call->e->checks.cancel_session, &x, &failed);
	if (st != RSP_OK && !failed)
		return st;
	r.error = failed ? failed->code : 0;
	if (!failed) {
		r.ok = true;
		r.transaction_id = x.req.transaction_id;
		r.smdp_oid = s->dpauth->oid;
		r.reason = x.req.reason;
		es10_write_cancel_session_signed(&out, &r);
		if ((st = branch_open(c, call->e, s->branch)) != RSP_OK || (st = buf_finish(&out, c, &r.signed_der)) != RSP_OK ||
			(st = ec_sign(c, call->e->branch[s->branch].euicc.key, &r.signed_der, 1, sig)) != RSP_OK)
			return st;
		r.signature = BYTES_OF(sig);
	}
	es10_write_cancel_session_rsp(&call->reply, &r);
	if (!r.ok)
		return RSP_OK;
	session_end(call->e);
	return state_del(call->e, c, "load");            /* the server hears of it by what was just signed */
}
