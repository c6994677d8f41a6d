// SPDX-License-Identifier: BSD-2-Clause
/* ES11.InitiateAuthentication (SGP.22 5.8.1). */
#include "smds/call.h"

#include "tlv/tlv.h"

static enum rsp_status
decode(struct rsp_ctx *c, struct es11_call *call)
{
	if (call->req->euicc_challenge.n != 16)
		return rsp_fail(c, RSP_MALFORMED, "euiccChallenge: want 16 octets, have %zu", call->req->euicc_challenge.n);
	return es10_read_info1(c, call->req->euicc_info1, &call->info1);
}

/* The member keeps the name it has in ES9+. */
static enum rsp_status
check_address(struct rsp_ctx *c, void *arg)
{
	const struct es11_call *call = arg;
	struct bytes address = call->req->smdp_address;

	if (bytes_equal_nocase(address, bytes_of_str(call->ds->host)))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "smdpAddress: want %s, have %.*s", call->ds->host, (int)(address.n > 80 ? 80 : address.n), (const char *)address.p);
}

static enum rsp_status
check_svn(struct rsp_ctx *c, void *arg)
{
	const struct es11_call *call = arg;
	const uint8_t *svn = call->info1.svn;

	if (svn[0] == 2 || svn[0] == 3)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "SVN: want 2.x or 3.x, have %u.%u.%u", svn[0], svn[1], svn[2]);
}

/* The next branch here, from *i on, of a CI that the eUICC signs under; in the eUICC's order of preference. */
static const struct pki_branch *
next_branch(const struct es11_call *call, size_t *i)
{
	const struct ci_list *list = &call->info1.signing;
	const struct pki_branch *b = NULL;

	while (!b && *i < list->n)
		b = pki_by_ci(call->ds->pki, list->id[(*i)++]);
	return b;
}

static enum rsp_status
check_ci_for_euicc(struct rsp_ctx *c, void *arg)
{
	const struct es11_call *call = arg;
	size_t i = 0;

	return next_branch(call, &i) ? RSP_OK : rsp_fail(c, RSP_REFUSED, "no CI that the eUICC signs under is known here");
}

static bool
can_serve(const struct es11_call *call, const struct pki_branch *b)
{
	const struct ci_list *list = &call->info1.verification;
	size_t i;

	if (!b->dsauth.cert || !b->dsauth.key)
		return false;
	for (i = 0; i < list->n; i++)
		if (bytes_equal(list->id[i], b->ci.cert->ski))
			return true;
	return false;
}

/* The verification list is about the server's certificate. */
static enum rsp_status
check_ci_for_server(struct rsp_ctx *c, void *arg)
{
	struct es11_call *call = arg;
	const struct pki_branch *b;
	size_t i = 0;

	while ((b = next_branch(call, &i)) != NULL)
		if (can_serve(call, b)) {
			call->branch = b;
			return RSP_OK;
		}
	return rsp_fail(c, RSP_REFUSED, "no certificate here chains to a CI that the eUICC verifies with");
}

static const struct rsp_check rows[] = {
	{"smdpAddress", "SGP.22 5.8.1", check_address, SMDS_ADDRESS},
	{"svn", "SGP.22 5.8.1", check_svn, SMDS_SVN},
	{"euiccCiPKIdListForSigning", "SGP.22 5.8.1", check_ci_for_euicc, SMDS_CI_FOR_EUICC},
	{"euiccCiPKIdListForVerification", "SGP.22 5.8.1", check_ci_for_server, SMDS_CI_FOR_SERVER},
};
const struct rsp_checks es11_initiate_authentication_checks = RSP_CHECKS(rows);

/* One TLV in the arena. */
static enum rsp_status
wrap(struct rsp_ctx *c, uint32_t tag, struct bytes value, struct bytes *out)
{
	struct buf b = BUF_INIT;

	tlv_add(&b, tag, value);
	return buf_finish(&b, c, out);
}

/* serverSigned1, and its signature by SK.DSauth. */
static enum rsp_status
sign(struct rsp_ctx *c, const struct es11_call *call, struct es9p_response *r)
{
	const struct smds_session *s = &call->session;
	const struct server_signed1 signed1 = {
		.transaction_id = BYTES_OF(s->transaction_id), .euicc_challenge = BYTES_OF(s->euicc_challenge),
		.server_address = bytes_of_str(call->ds->host), .server_challenge = BYTES_OF(s->server_challenge),
	};
	struct buf b = BUF_INIT;
	uint8_t sig[64];
	enum rsp_status st;

	es10_write_server_signed1(&b, &signed1);
	if ((st = buf_finish(&b, c, &r->server_signed1)) != RSP_OK)
		return st;
	if ((st = ec_sign(c, call->branch->dsauth.key, &r->server_signed1, 1, sig)) != RSP_OK)
		return st;
	return wrap(c, 0x5F37, BYTES_OF(sig), &r->server_signature1);
}

static enum rsp_status
effect(struct rsp_ctx *c, struct es11_call *call)
{
	struct smds_session *s = &call->session;
	struct es9p_response *r = &call->reply->common;
	enum rsp_status st;

	s->started = c->now;
	s->curve = call->branch->ci.cert->curve;
	memcpy(s->euicc_challenge, call->req->euicc_challenge.p, sizeof(s->euicc_challenge));
	if ((st = crypto_random(c, s->transaction_id, 16)) != RSP_OK || (st = crypto_random(c, s->server_challenge, 16)) != RSP_OK)
		return st;
	if ((st = sign(c, call, r)) != RSP_OK || (st = wrap(c, 0x04, call->branch->ci.cert->ski, &r->ci_id)) != RSP_OK)
		return st;
	r->transaction_id = rsp_copy(c, BYTES_OF(s->transaction_id));
	r->server_certificate = call->branch->dsauth.cert->der;
	call->changes->session = *s;
	call->changes->put_session = true;
	return r->transaction_id.p ? RSP_OK : RSP_NOMEM;
}

const struct es11_steps es11_initiate_authentication = {decode, effect};
