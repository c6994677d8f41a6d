// SPDX-License-Identifier: BSD-2-Clause
#include "support/paper.h"

#include "crypto/crypto.h"
#include "tlv/mutate.h"

static const uint8_t tac[4] = {0x35, 0x29, 0x06, 0x11};
static const uint8_t capabilities[] = {0xA1, 0x0F, 0x80, 3, 5, 0, 0, 0x81, 3, 14, 0, 0, 0x85, 3, 14, 0, 0};

static struct bytes
done(struct rsp_ctx *c, struct buf *b)
{
	struct bytes out;

	assert_status(buf_finish(b, c, &out), RSP_OK);
	return out;
}

struct bytes
change_made(struct rsp_ctx *c, struct bytes der, const struct change *x)
{
	if (!x->path)
		return der;
	if (x->append)
		assert_status(tlv_mutate_append(c, der, x->path, unhex(c, x->append), &der), RSP_OK);
	else if (x->value)
		assert_status(tlv_mutate_value(c, der, x->path, unhex(c, x->value), &der), RSP_OK);
	else
		assert_status(tlv_mutate_delete(c, der, x->path, &der), RSP_OK);
	return der;
}

/* What is signed, with the lie that was asked for, which is told once. */
static struct bytes
signed_part(struct paper *e, struct buf *b)
{
	struct bytes der = change_made(e->c, done(e->c, b), &e->lie);

	e->lie = (struct change){0};
	return der;
}

static void
sign(struct paper *e, const struct bytes *parts, size_t n, uint8_t sig[64])
{
	assert_status(ec_sign(e->c, e->id.key, parts, n, sig), RSP_OK);
}

void
paper_open(struct paper *e, struct probe *p, struct rsp_ctx *c, enum ec_curve curve, unsigned n)
{
	struct euicc_info1 info1;
	struct buf b = BUF_INIT;

	*e = (struct paper){.p = p, .c = c, .branch = &lab_pki(p->lab)->branch[curve]};
	assert_status(pki_eid_under(c, e->branch->eum.cert, 500000 + n, e->eid), RSP_OK);
	assert_status(pki_issue_euicc(c, &e->branch->eum, e->eid, &e->id), RSP_OK);
	e->eum = e->branch->eum.cert->der;
	p->card->c.now = lab_now(p->lab);
	assert_status(lpa_begin(&p->card->lpa, &p->card->c), RSP_OK);
	assert_status(lpa_info2(&p->card->lpa, &p->card->c, &e->info2), RSP_OK);
	lpa_end(&p->card->lpa, &p->card->c);
	assert_status(es10_read_info2(c, rsp_copy(c, e->info2.der), &e->info2), RSP_OK);
	info1 = (struct euicc_info1){.verification = e->info2.verification, .signing = e->info2.signing};
	memcpy(info1.svn, e->info2.svn, sizeof(info1.svn));
	es10_write_info1(&b, &info1);
	e->info1 = done(c, &b);
}

void
paper_drop_otsk(struct paper *e)
{
	ec_key_free(e->otsk);
	e->otsk = NULL;
}

void
paper_close(struct paper *e)
{
	paper_drop_otsk(e);
	pki_identity_free(&e->id);
}

struct es9p_request
paper_initiate(struct paper *e)
{
	assert_status(crypto_random(e->c, e->challenge, sizeof(e->challenge)), RSP_OK);
	return (struct es9p_request){.euicc_challenge = rsp_copy(e->c, BYTES_OF(e->challenge)), .euicc_info1 = e->info1,
		.smdp_address = bytes_of_str(lab_smdpp(e->p->lab)->host)};
}

struct es9p_request
paper_authenticate(struct paper *e, const char *matching_id)
{
	struct authenticate_server_rsp rsp = {.ok = true, .euicc_cert = e->id.cert->der, .eum_cert = e->eum};
	struct ctx_params1 *params = &rsp.signed1.params;
	struct server_signed1 s1;
	struct buf b = BUF_INIT;
	uint8_t sig[64];

	assert_status(es10_read_server_signed1(e->c, e->initiated.server_signed1, &s1), RSP_OK);
	*params = (struct ctx_params1){.matching_id = matching_id ? bytes_of_str(matching_id) : BYTES_NONE, .tac = BYTES_OF(tac),
		.device_capabilities = BYTES_OF(capabilities)};
	es10_write_ctx_params1(&b, params);
	params->der = done(e->c, &b);
	rsp.signed1.transaction_id = s1.transaction_id;
	rsp.signed1.server_address = s1.server_address;
	rsp.signed1.server_challenge = s1.server_challenge;
	rsp.signed1.info2.der = e->info2.der;
	es10_write_euicc_signed1(&b, &rsp.signed1);
	rsp.signed1.der = signed_part(e, &b);
	sign(e, &rsp.signed1.der, 1, sig);
	rsp.signature = BYTES_OF(sig);
	es10_write_authenticate_server_rsp(&b, &rsp);
	return (struct es9p_request){.transaction_id = e->initiated.transaction_id, .payload = done(e->c, &b)};
}

static struct bytes
hash_code(struct paper *e, const char *code)
{
	const struct bytes text = bytes_of_str(code);
	uint8_t inner[32], outer[32];
	const struct bytes parts[2] = {BYTES_OF(inner), e->initiated.transaction_id};

	assert_status(sha256(e->c, &text, 1, inner), RSP_OK);
	assert_status(sha256(e->c, parts, 2, outer), RSP_OK);
	return rsp_copy(e->c, BYTES_OF(outer));
}

struct es9p_request
paper_prepare(struct paper *e, const char *code)
{
	struct prepare_download_rsp rsp = {.ok = true, .signed2 = {.transaction_id = e->initiated.transaction_id}};
	struct bytes parts[2] = {BYTES_NONE, e->client.smdp_signature2};
	struct buf b = BUF_INIT;
	uint8_t sig[64];

	if (!e->otsk)
		assert_status(ec_key_generate(e->c, e->branch->ci.cert->curve, &e->otsk), RSP_OK);
	rsp.signed2.otpk = ec_key_point(e->otsk);
	if (code)
		rsp.signed2.hash_cc = hash_code(e, code);
	es10_write_euicc_signed2(&b, &rsp.signed2);
	parts[0] = rsp.signed2.der = signed_part(e, &b);
	sign(e, parts, 2, sig);
	rsp.signature = BYTES_OF(sig);
	es10_write_prepare_download_rsp(&b, &rsp);
	return (struct es9p_request){.transaction_id = e->initiated.transaction_id, .payload = done(e->c, &b)};
}

struct es9p_request
paper_cancel(struct paper *e, int reason)
{
	struct cancel_session_rsp rsp = {.ok = true, .transaction_id = e->initiated.transaction_id, .smdp_oid = e->branch->dpauth.cert->oid, .reason = reason};
	struct buf b = BUF_INIT;
	uint8_t sig[64];

	es10_write_cancel_session_signed(&b, &rsp);
	rsp.signed_der = signed_part(e, &b);
	sign(e, &rsp.signed_der, 1, sig);
	rsp.signature = BYTES_OF(sig);
	es10_write_cancel_session_rsp(&b, &rsp);
	return (struct es9p_request){.transaction_id = e->initiated.transaction_id, .payload = done(e->c, &b)};
}

struct es9p_request
paper_result(struct paper *e, const uint8_t iccid[10], int reason)
{
	static const uint8_t aid[16] = {0xA0, 0, 0, 5, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0, 0, 0x10, 0}, response[] = {0x30, 0};
	struct pir pir = {.transaction_id = e->initiated.transaction_id, .smdp_oid = e->branch->dpauth.cert->oid, .ok = reason == 0,
		.meta = {.seq = 1, .event = EVENT_INSTALL, .address = bytes_of_str(lab_smdpp(e->p->lab)->host), .iccid = bytes_of(iccid, 10)},
		.aid = BYTES_OF(aid), .sima_response = BYTES_OF(response), .command = 5, .reason = reason};
	struct buf b = BUF_INIT;
	struct bytes data;
	uint8_t sig[64];

	es10_write_pir_data(&b, &pir);
	data = signed_part(e, &b);
	sign(e, &data, 1, sig);
	es10_write_pir(&b, data, BYTES_OF(sig));
	return (struct es9p_request){.payload = done(e->c, &b)};
}

struct es9p_request
paper_event(struct paper *e, const uint8_t iccid[10], uint32_t event, uint64_t seq)
{
	struct other_notification n = {.meta = {.seq = seq, .event = event, .address = bytes_of_str(lab_smdpp(e->p->lab)->host), .iccid = bytes_of(iccid, 10)},
		.euicc_cert = e->id.cert->der, .eum_cert = e->eum};
	struct buf b = BUF_INIT;
	uint8_t sig[64];

	es10_write_notification_metadata(&b, &n.meta);
	n.meta.der = signed_part(e, &b);
	sign(e, &n.meta.der, 1, sig);
	n.signature = BYTES_OF(sig);
	es10_write_other_notification(&b, &n);
	return (struct es9p_request){.payload = done(e->c, &b)};
}

const char *
paper_ask(struct paper *e, struct wire *w, enum es9p_function f, const struct es9p_request *r)
{
	struct es9p_response *const kept[ES9P_FUNCTIONS] = {[ES9P_INITIATE_AUTHENTICATION] = &e->initiated, [ES9P_AUTHENTICATE_CLIENT] = &e->client,
		[ES9P_GET_BOUND_PROFILE_PACKAGE] = &e->bound};

	return wire_ask(w, e->c, f, r, kept[f]);
}

void
paper_up_to(struct paper *e, struct wire *w, enum es9p_function f, const char *matching_id, const char *code)
{
	struct es9p_request r;

	if (f == ES9P_INITIATE_AUTHENTICATION)
		return;
	r = paper_initiate(e);
	assert_string_equal(paper_ask(e, w, ES9P_INITIATE_AUTHENTICATION, &r), "ok");
	if (f == ES9P_AUTHENTICATE_CLIENT)
		return;
	r = paper_authenticate(e, matching_id);
	assert_string_equal(paper_ask(e, w, ES9P_AUTHENTICATE_CLIENT, &r), "ok");
	if (f == ES9P_GET_BOUND_PROFILE_PACKAGE || f == ES9P_CANCEL_SESSION)
		return;
	r = paper_prepare(e, code);
	assert_string_equal(paper_ask(e, w, ES9P_GET_BOUND_PROFILE_PACKAGE, &r), "ok");
}
