// SPDX-License-Identifier: BSD-2-Clause
/* ES9+.InitiateAuthentication (SGP.22 5.6.1). */
#include "smdpp/call.h"

#include "tlv/tlv.h"

static enum rsp_status
decode(struct rsp_ctx *c, struct es9p_call *call)
{
	if (call->req.euicc_challenge.n != 16)
		return rsp_fail(c, RSP_MALFORMED, "euiccChallenge: want 16 octets, have %zu", call->req.euicc_challenge.n);
	return es10_read_info1(c, call->req.euicc_info1, &call->info1);
}

/* Host names do not care for case, nor for a final dot; a port is no part of the name. */
static enum rsp_status
check_address(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;

	if (bytes_equal_nocase(call->req.smdp_address, bytes_of_str(call->dp->host)))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "smdpAddress: want %s, have %.*s", call->dp->host, (int)(call->req.smdp_address.n > 80 ? 80 : call->req.smdp_address.n),
		(const char *)call->req.smdp_address.p);
}

static enum rsp_status
check_svn(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	const uint8_t *svn = call->info1.svn;

	if (svn[0] == 2 || svn[0] == 3)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "SVN: want 2.x or 3.x, have %u.%u.%u", svn[0], svn[1], svn[2]);
}

/* The signing list is about the eUICC's own certificate, in the eUICC's order of preference. */
static enum rsp_status
check_ci_for_euicc(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	size_t i;

	for (i = 0; i < call->info1.signing.n; i++) {
		call->branch = pki_by_ci(call->dp->pki, call->info1.signing.id[i]);
		if (call->branch)
			return RSP_OK;
	}
	return rsp_fail(c, RSP_REFUSED, "no CI that the eUICC signs under is known here");
}

static bool
lists(const struct ci_list *list, struct bytes ski)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (bytes_equal(list->id[i], ski))
			return true;
	return false;
}

/* The verification list is about the server's certificate: its CI must be one of these. */
static enum rsp_status
check_ci_for_server(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	const struct pki_branch *own;
	size_t i;

	if (lists(&call->info1.verification, call->branch->ci.cert->ski) && call->branch->dpauth.key && call->branch->dppb.key)
		return RSP_OK;
	for (i = 0; i < call->info1.signing.n; i++) {
		own = pki_by_ci(call->dp->pki, call->info1.signing.id[i]);
		if (own && lists(&call->info1.verification, own->ci.cert->ski) && own->dpauth.key && own->dppb.key) {
			call->branch = own;
			return RSP_OK;
		}
	}
	return rsp_fail(c, RSP_REFUSED, "no certificate here chains to a CI that the eUICC verifies with");
}

static const struct rsp_check rows[] = {
	{"smdpAddress", "SGP.22 5.6.1", check_address, CODE_ADDRESS},
	{"svn", "SGP.22 5.6.1", check_svn, CODE_SVN},
	{"euiccCiPKIdListForSigning", "SGP.22 5.6.1", check_ci_for_euicc, CODE_CI_FOR_EUICC},
	{"euiccCiPKIdListForVerification", "SGP.22 5.6.1", check_ci_for_server, CODE_CI_FOR_SERVER},
};
const struct rsp_checks initiate_authentication_checks = RSP_CHECKS(rows);

static struct bytes
signature_tlv(struct rsp_ctx *c, const uint8_t sig[64])
{
	struct buf b = BUF_INIT;
	struct bytes out = BYTES_NONE;

	tlv_add(&b, 0x5F37, bytes_of(sig, 64));
	return buf_finish(&b, c, &out) == RSP_OK ? out : BYTES_NONE;
}

/* serverSigned1, its signature, the CI's identifier and the certificate into the reply. */
static enum rsp_status
answer(struct rsp_ctx *c, struct es9p_call *call)
{
	struct es9p_response *r = call->reply;
	struct server_signed1 s = {
		.transaction_id = bytes_of(call->session.transaction_id, 16), .euicc_challenge = call->req.euicc_challenge,
		.server_address = bytes_of_str(call->dp->host), .server_challenge = bytes_of(call->session.server_challenge, 16),
	};
	struct buf b = BUF_INIT, id = BUF_INIT;
	uint8_t sig[64];
	enum rsp_status st;

	es10_write_server_signed1(&b, &s);
	if ((st = buf_finish(&b, c, &r->server_signed1)) != RSP_OK)
		return st;
	if ((st = ec_sign(c, call->branch->dpauth.key, &r->server_signed1, 1, sig)) != RSP_OK)
		return st;
	r->server_signature1 = signature_tlv(c, sig);
	tlv_add(&id, 0x04, call->branch->ci.cert->ski);
	if ((st = buf_finish(&id, c, &r->ci_id)) != RSP_OK)
		return st;
	r->server_certificate = call->branch->dpauth.cert->der;
	r->transaction_id = rsp_copy(c, s.transaction_id);
	return r->transaction_id.p && r->server_signature1.p ? RSP_OK : RSP_NOMEM;
}

static int64_t
end_of_life(const struct rsp_ctx *c, const struct smdpp *dp)
{
	int64_t life = dp->limits.session_seconds;

	return life > INT64_MAX - c->now ? INT64_MAX : c->now + life;
}

static enum rsp_status
effect(struct rsp_ctx *c, struct es9p_call *call)
{
	struct smdpp_session *s = &call->session;
	enum rsp_status st;

	*s = (struct smdpp_session){.state = SESSION_INITIATED, .started = c->now, .expires = end_of_life(c, call->dp), .curve = call->branch->ci.cert->curve};
	memcpy(s->euicc_challenge, call->req.euicc_challenge.p, 16);
	memcpy(s->svn, call->info1.svn, sizeof(s->svn));
	if ((st = crypto_random(c, s->transaction_id, 16)) != RSP_OK || (st = crypto_random(c, s->server_challenge, 16)) != RSP_OK)
		return st;
	if ((st = answer(c, call)) != RSP_OK)
		return st;
	call->changes->session = *s;
	call->changes->has_session = true;
	return RSP_OK;
}

const struct es9p_steps es9p_initiate_authentication = {decode, effect};
