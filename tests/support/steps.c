// SPDX-License-Identifier: BSD-2-Clause
#include "support/steps.h"

#include "codec/es10.h"
#include "lpa/impl.h"

static const uint8_t tac[4] = {0x35, 0x29, 0x06, 0x11};

static struct bytes
unwrap(struct bytes in, uint32_t tag)
{
	struct tlv t;

	assert_status(tlv_only(in, tag, &t), RSP_OK);
	return t.value;
}

static struct bytes
card(struct probe *p, struct bytes command)
{
	struct bytes answer;
	struct rsp_ctx *c = &p->card->c;

	assert_status(lpa_es10(&p->card->lpa, c, "step", command, &answer), RSP_OK);
	return rsp_copy(c, answer);
}

static void
server(struct probe *p, enum es9p_function f, const struct es9p_request *r, struct es9p_response *out)
{
	if (lpa_es9(&p->card->lpa, &p->card->c, lab_smdpp(p->lab)->host, f, r, out) != RSP_OK)
		fail_msg("%s", p->card->c.error.text);
}

void
steps_to_authenticate_server(struct probe *p, struct steps *s, const char *matching_id)
{
	static const uint8_t challenge[] = {0xBF, 0x2E, 0x00}, info1[] = {0xBF, 0x20, 0x00};
	struct rsp_ctx *c = &p->card->c;
	struct es9p_request r = {.smdp_address = bytes_of_str(lab_smdpp(p->lab)->host)};
	struct authenticate_server_req req = {.params = {.matching_id = bytes_of_str(matching_id), .tac = BYTES_OF(tac)}};
	struct buf b = BUF_INIT;

	*s = (struct steps){.matching_id = matching_id};
	c->now = lab_now(p->lab);
	assert_status(lpa_begin(&p->card->lpa, c), RSP_OK);
	r.euicc_info1 = card(p, BYTES_OF(info1));
	r.euicc_challenge = unwrap(unwrap(card(p, BYTES_OF(challenge)), 0xBF2E), 0x80);
	server(p, ES9P_INITIATE_AUTHENTICATION, &r, &s->initiated);
	assert_status(es10_read_server_signed1(c, s->initiated.server_signed1, &req.signed1), RSP_OK);
	req.signature = unwrap(s->initiated.server_signature1, 0x5F37);
	req.ci_id = unwrap(s->initiated.ci_id, 0x04);
	req.certificate = s->initiated.server_certificate;
	es10_write_authenticate_server_req(&b, &req);
	assert_status(buf_finish(&b, c, &s->authenticate_server), RSP_OK);
}

void
steps_to_prepare_download(struct probe *p, struct steps *s, const char *matching_id)
{
	struct rsp_ctx *c = &p->card->c;
	struct es9p_request r = {0};
	struct prepare_download_req req = {0};
	struct buf b = BUF_INIT;

	steps_to_authenticate_server(p, s, matching_id);
	r.transaction_id = s->initiated.transaction_id;
	r.payload = card(p, s->authenticate_server);
	server(p, ES9P_AUTHENTICATE_CLIENT, &r, &s->client);
	assert_status(es10_read_smdp_signed2(c, s->client.smdp_signed2, &req.signed2), RSP_OK);
	req.signature = unwrap(s->client.smdp_signature2, 0x5F37);
	req.certificate = s->client.smdp_certificate;
	es10_write_prepare_download_req(&b, &req);
	assert_status(buf_finish(&b, c, &s->prepare_download), RSP_OK);
}

void
steps_to_load(struct probe *p, struct steps *s, const char *matching_id)
{
	struct es9p_request r = {0};

	steps_to_prepare_download(p, s, matching_id);
	r.transaction_id = s->initiated.transaction_id;
	r.payload = card(p, s->prepare_download);
	server(p, ES9P_GET_BOUND_PROFILE_PACKAGE, &r, &s->bound);
	assert_status(bpp_segment(&p->card->c, s->bound.bound_profile_package, &s->segments), RSP_OK);
}

unsigned
steps_es10(struct probe *p, struct bytes command, struct bytes *answer)
{
	unsigned sw = 0;
	enum rsp_status st = apdu_store_data(&p->card->lpa.channel, &p->scratch, command, answer, &sw);

	p->sent++;
	assert_true(st == RSP_OK || st == RSP_REFUSED);
	if (st != RSP_OK)
		*answer = BYTES_NONE;
	return sw;
}

const char *
steps_verdict(struct probe *p, struct bytes command)
{
	struct rsp_ctx *c = &p->scratch;
	struct authenticate_server_rsp auth;
	struct prepare_download_rsp prepared;
	struct pir pir;
	struct bytes answer;
	unsigned sw = steps_es10(p, command, &answer);

	if (sw != 0x9000)
		return rsp_sprintf(c, "%04X", sw);
	if (es10_read_authenticate_server_rsp(c, answer, &auth) == RSP_OK)
		return auth.ok ? "ok" : rsp_sprintf(c, "%d", auth.error);
	if (es10_read_prepare_download_rsp(c, answer, &prepared) == RSP_OK)
		return prepared.ok ? "ok" : rsp_sprintf(c, "%d", prepared.error);
	if (es10_read_pir(c, answer, &pir) == RSP_OK)
		return pir.ok ? "installed" : rsp_sprintf(c, "%d/%d", pir.command, pir.reason);
	assert_int_equal(answer.n, 0);
	return "ok";
}
