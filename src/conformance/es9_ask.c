// SPDX-License-Identifier: BSD-2-Clause
/* One function of ES9+ or ES11, asked in either binding: the answer to a verdict and its members. */
#include <stdio.h>

#include "codec/es9p_der.h"
#include "codec/json_in.h"
#include "conformance/es9_sim.h"
#include "tlv/tlv.h"

static void
members_of(struct play *p, const struct es9p_response *r)
{
	play_member(p, "transactionId", r->transaction_id);
	play_member(p, "serverSigned1", r->server_signed1);
	play_member(p, "serverSignature1", r->server_signature1);
	play_member(p, "euiccCiPKIdToBeUsed", r->ci_id);
	play_member(p, "serverCertificate", r->server_certificate);
	play_member(p, "profileMetadata", r->profile_metadata);
	play_member(p, "smdpSigned2", r->smdp_signed2);
	play_member(p, "smdpSignature2", r->smdp_signature2);
	play_member(p, "smdpCertificate", r->smdp_certificate);
	play_member(p, "boundProfilePackage", r->bound_profile_package);
}

/* A member that this function's answer must not have is seen in the JSON itself. */
static void
foreign_members(struct play *p, struct bytes answer)
{
	static const char *const names[] = {"transactionId", "serverSigned1", "profileMetadata", "boundProfilePackage"};
	const struct json *root;
	struct bytes v;
	size_t i;

	if (p->der || json_read(&p->c, answer, &root) != RSP_OK)
		return;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (json_text_of(json_get(root, names[i]), &v) && !play_value(p, names[i], &(struct bytes){0}))
			play_member(p, names[i], v);
}

static enum rsp_status
read_answer(struct play *p, enum es9p_function f, struct bytes answer, struct es9p_response *r)
{
	const uint32_t tags[ES9P_FUNCTIONS] = {0xBF39, p->s->real == ACTOR_SMDS ? 0xBF40 : 0xBF3B, 0xBF3A, 0xBF3D, 0xBF41};
	struct tlv wrapper, function, error;
	uint64_t n = 0;
	enum rsp_status st;

	if (p->s->real == ACTOR_SMDS)
		st = sim_es11_read(p, f, answer, r);
	else
		st = p->der ? es9p_der_read_response(&p->c, f, answer, r) : es9p_read_response(&p->c, f, answer, r);
	if (p->der && st == RSP_OK && tlv_only(answer, 0xA2, &wrapper) == RSP_OK && tlv_only(wrapper.value, tags[f], &function) == RSP_OK &&
		tlv_only(function.value, 0x81, &error) == RSP_OK && tlv_uint(error.value, &n) == RSP_OK)
		p->number = (int)n;
	return st;
}

/* Ask; then the verdict and the members of the answer are there. */
enum rsp_status
sim_ask(struct play *p, enum es9p_function f, const struct es9p_request *q, struct es9p_response *out)
{
	struct es9p_response *r = rsp_alloc(&p->c, sizeof(*r));
	struct buf b = BUF_INIT;
	struct bytes body, answer;
	unsigned http = 0;
	enum rsp_status st;

	if (!r)
		return RSP_NOMEM;
	if (p->der)
		es9p_der_write_request(&b, f, q);
	else
		es9p_write_request(&b, f, q);
	if ((st = buf_finish(&b, &p->c, &body)) != RSP_OK)
		return st;
	st = world_post(p->w, &p->c, p->der ? ES9P_DER_PATH : es9p_path(f), p->der ? ES9P_DER_TYPE : "application/json;charset=UTF-8", body, &http, &answer);
	if (st != RSP_OK)
		return st;
	p->function = p->s->real == ACTOR_SMDS && f == ES9P_AUTHENTICATE_CLIENT ? ES11_AUTHENTICATE_CLIENT : f;
	play_member(p, "", answer);
	if (http != 200) {
		play_verdict(p, "HTTP %u", http);
		return RSP_OK;
	}
	if (read_answer(p, f, answer, r) != RSP_OK) {
		play_verdict(p, "untrusted answer: %.60s", p->c.error.text);
		p->c.error = (struct rsp_error){0};
		return RSP_OK;
	}
	if (r->failed) {
		snprintf(p->said, sizeof(p->said), "%s", r->message);
		if (p->number)
			play_verdict(p, "number %d", p->number);
		else
			play_verdict(p, "%s/%s", r->subject, r->reason);
		return RSP_OK;
	}
	members_of(p, r);
	foreign_members(p, answer);
	play_verdict(p, "success");
	if (out)
		*out = *r;
	return RSP_OK;
}

/* A yes is looked at as a eUICC would. */
enum rsp_status
sim_ask_and_check(struct play *p, enum es9p_function f, const struct es9p_request *q, struct es9p_response *out,
	const char *(*check)(struct play *p, const struct es9p_response *r))
{
	struct es9p_response r = {0};
	const char *wrong;
	enum rsp_status st = sim_ask(p, f, q, &r);

	if (st != RSP_OK || strcmp(p->verdict, "success") != 0)
		return st;
	wrong = check(p, &r);
	if (wrong)
		play_verdict(p, "untrusted %s", wrong);
	p->c.error = (struct rsp_error){0};
	*out = r;
	return RSP_OK;
}
