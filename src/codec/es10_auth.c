// SPDX-License-Identifier: BSD-2-Clause
/* AuthenticateServer and CancelSession (SGP.22 5.7.13, 5.7.14). */
#include <AuthenticateServerRequest.h>
#include <CancelSessionRequest.h>
#include <CancelSessionResponse.h>
#include <Certificate.h>
#include <CtxParams1.h>
#include <ServerSigned1.h>

#include "codec/cursor.h"
#include "codec/es10.h"

static void
server_signed1(struct cursor *k, struct bytes der, struct server_signed1 *out)
{
	struct cursor s = cursor_inside(k, "serverSigned1", der, 0x30);

	out->der = der;
	out->transaction_id = cursor_sized(&s, cursor_need(&s, 0x80, "transactionId"), 1, 16, "transactionId");
	out->euicc_challenge = cursor_sized(&s, cursor_need(&s, 0x81, "euiccChallenge"), 16, 16, "euiccChallenge");
	out->server_address = cursor_text(&s, cursor_need(&s, 0x83, "serverAddress"), "serverAddress");
	out->server_challenge = cursor_sized(&s, cursor_need(&s, 0x84, "serverChallenge"), 16, 16, "serverChallenge");
	if (k->st == RSP_OK)
		k->st = s.st;
}

enum rsp_status
es10_read_server_signed1(struct rsp_ctx *c, struct bytes der, struct server_signed1 *out)
{
	struct cursor k = {.c = c, .type = "serverSigned1"};
	struct server_signed1 v = {0};

	if ((k.st = codec_accept(c, &asn_DEF_ServerSigned1, der)) != RSP_OK)
		return k.st;
	server_signed1(&k, der, &v);
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

void
es10_write_server_signed1(struct buf *b, const struct server_signed1 *v)
{
	size_t mark = tlv_open(b, 0x30);

	tlv_add(b, 0x80, v->transaction_id);
	tlv_add(b, 0x81, v->euicc_challenge);
	tlv_add(b, 0x83, v->server_address);
	tlv_add(b, 0x84, v->server_challenge);
	tlv_close(b, mark);
}

static void
ctx_params1(struct cursor *k, struct bytes der, struct ctx_params1 *out)
{
	struct cursor p = cursor_inside(k, "ctxParams1", der, 0xA0), d;

	out->der = der;
	out->matching_id = cursor_text(&p, cursor_maybe(&p, 0x80), "matchingId");
	d = cursor_into(&p, "deviceInfo", cursor_need(&p, 0xA1, "deviceInfo"));
	out->tac = cursor_sized(&d, cursor_need(&d, 0x80, "tac"), 4, 4, "tac");
	out->device_capabilities = cursor_need_whole(&d, 0xA1, "deviceCapabilities");
	out->imei = cursor_sized(&d, cursor_maybe(&d, 0x82), 8, 8, "imei");
	if (k->st == RSP_OK)
		k->st = d.st;
}

void
es10_write_ctx_params1(struct buf *b, const struct ctx_params1 *v)
{
	size_t mark = tlv_open(b, 0xA0), device;

	if (v->matching_id.p)
		tlv_add(b, 0x80, v->matching_id);
	device = tlv_open(b, 0xA1);
	tlv_add(b, 0x80, v->tac);
	if (v->device_capabilities.p)
		buf_add(b, v->device_capabilities);
	else
		tlv_add(b, 0xA1, BYTES_NONE);
	if (v->imei.p)
		tlv_add(b, 0x82, v->imei);
	tlv_close(b, device);
	tlv_close(b, mark);
}

enum rsp_status
es10_read_authenticate_server_req(struct rsp_ctx *c, struct bytes der, struct authenticate_server_req *out)
{
	struct authenticate_server_req v = {0};
	struct cursor k;
	enum rsp_status st = codec_accept(c, &asn_DEF_AuthenticateServerRequest, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "AuthenticateServerRequest", der, 0xBF38);
	server_signed1(&k, cursor_need_whole(&k, 0x30, "serverSigned1"), &v.signed1);
	v.signature = cursor_sized(&k, cursor_need(&k, 0x5F37, "serverSignature1"), 64, 64, "serverSignature1");
	v.ci_id = cursor_need(&k, 0x04, "euiccCiPKIdToBeUsed");
	v.certificate = cursor_need_whole(&k, 0x30, "serverCertificate");
	ctx_params1(&k, cursor_need_whole(&k, 0xA0, "ctxParams1"), &v.params);
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

void
es10_write_authenticate_server_req(struct buf *b, const struct authenticate_server_req *v)
{
	size_t mark = tlv_open(b, 0xBF38);

	buf_add(b, v->signed1.der);
	tlv_add(b, 0x5F37, v->signature);
	tlv_add(b, 0x04, v->ci_id);
	buf_add(b, v->certificate);
	if (v->params.der.p)
		buf_add(b, v->params.der);
	else
		es10_write_ctx_params1(b, &v->params);
	tlv_close(b, mark);
}

static void
euicc_signed1(struct cursor *k, struct bytes der, struct euicc_signed1 *out)
{
	struct cursor s = cursor_inside(k, "euiccSigned1", der, 0x30);
	struct bytes info2, params;

	out->der = der;
	out->transaction_id = cursor_sized(&s, cursor_need(&s, 0x80, "transactionId"), 1, 16, "transactionId");
	out->server_address = cursor_text(&s, cursor_need(&s, 0x83, "serverAddress"), "serverAddress");
	out->server_challenge = cursor_sized(&s, cursor_need(&s, 0x84, "serverChallenge"), 16, 16, "serverChallenge");
	info2 = cursor_need_whole(&s, 0xBF22, "euiccInfo2");
	params = cursor_need_whole(&s, 0xA0, "ctxParams1");
	if (s.st == RSP_OK)
		s.st = codec_accept(k->c, &asn_DEF_CtxParams1, params);
	ctx_params1(&s, params, &out->params);
	if (s.st == RSP_OK)
		s.st = es10_read_info2(k->c, info2, &out->info2);
	if (k->st == RSP_OK)
		k->st = s.st;
}

/* {transactionId, code} of the many error answers. */
static void
error_part(struct cursor *k, struct bytes *transaction_id, int *error)
{
	struct cursor e = cursor_into(k, "error", cursor_need(k, 0xA1, "error"));

	*transaction_id = cursor_sized(&e, cursor_need(&e, 0x80, "transactionId"), 1, 16, "transactionId");
	*error = cursor_need_int(&e, 0x02, "error code");
	if (k->st == RSP_OK)
		k->st = e.st;
}

static struct bytes
certificate(struct cursor *k, const char *member)
{
	struct bytes v = cursor_need_whole(k, 0x30, member);

	if (k->st == RSP_OK)
		k->st = codec_accept(k->c, &asn_DEF_Certificate, v);
	return v;
}

static void
ok_part(struct cursor *k, struct authenticate_server_rsp *out)
{
	struct cursor o = cursor_into(k, "authenticateResponseOk", cursor_need(k, 0xA0, "authenticateResponseOk"));

	euicc_signed1(&o, cursor_need_whole(&o, 0x30, "euiccSigned1"), &out->signed1);
	out->signature = cursor_sized(&o, cursor_need(&o, 0x5F37, "euiccSignature1"), 64, 64, "euiccSignature1");
	out->euicc_cert = certificate(&o, "euiccCertificate");
	out->eum_cert = certificate(&o, "eumCertificate");
	if (k->st == RSP_OK)
		k->st = o.st;
}

/* Not by the generated decoder as a whole: EUICCInfo2 inside may have members it does not know (see es10_read_info2). */
enum rsp_status
es10_read_authenticate_server_rsp(struct rsp_ctx *c, struct bytes der, struct authenticate_server_rsp *out)
{
	struct authenticate_server_rsp v = {0};
	struct cursor k;
	enum rsp_status st = cursor_shape(c, "AuthenticateServerResponse", der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "AuthenticateServerResponse", der, 0xBF38);
	v.ok = cursor_tag(&k) == 0xA0;
	if (v.ok)
		ok_part(&k, &v);
	else
		error_part(&k, &v.transaction_id, &v.error);
	cursor_end(&k);
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

void
es10_write_euicc_signed1(struct buf *b, const struct euicc_signed1 *v)
{
	size_t mark = tlv_open(b, 0x30);

	tlv_add(b, 0x80, v->transaction_id);
	tlv_add(b, 0x83, v->server_address);
	tlv_add(b, 0x84, v->server_challenge);
	buf_add(b, v->info2.der);
	buf_add(b, v->params.der);
	tlv_close(b, mark);
}

static void
write_error(struct buf *b, struct bytes transaction_id, int error)
{
	size_t mark = tlv_open(b, 0xA1);

	tlv_add(b, 0x80, transaction_id);
	tlv_add_uint(b, 0x02, (uint64_t)error);
	tlv_close(b, mark);
}

void
es10_write_authenticate_server_rsp(struct buf *b, const struct authenticate_server_rsp *v)
{
	size_t mark = tlv_open(b, 0xBF38), ok;

	if (v->ok) {
		ok = tlv_open(b, 0xA0);
		buf_add(b, v->signed1.der);
		tlv_add(b, 0x5F37, v->signature);
		buf_add(b, v->euicc_cert);
		buf_add(b, v->eum_cert);
		tlv_close(b, ok);
	} else {
		write_error(b, v->transaction_id, v->error);
	}
	tlv_close(b, mark);
}

enum rsp_status
es10_read_cancel_session_req(struct rsp_ctx *c, struct bytes der, struct cancel_session_req *out)
{
	struct cancel_session_req v;
	struct cursor k;
	enum rsp_status st = codec_accept(c, &asn_DEF_CancelSessionRequest, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "CancelSessionRequest", der, 0xBF41);
	v.transaction_id = cursor_sized(&k, cursor_need(&k, 0x80, "transactionId"), 1, 16, "transactionId");
	v.reason = cursor_need_int(&k, 0x81, "reason");
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

void
es10_write_cancel_session_req(struct buf *b, const struct cancel_session_req *v)
{
	size_t mark = tlv_open(b, 0xBF41);

	tlv_add(b, 0x80, v->transaction_id);
	tlv_add_uint(b, 0x81, (uint64_t)v->reason);
	tlv_close(b, mark);
}

static void
cancel_signed(struct cursor *k, struct bytes der, struct cancel_session_rsp *out)
{
	struct cursor s = cursor_inside(k, "euiccCancelSessionSigned", der, 0x30);

	out->signed_der = der;
	out->transaction_id = cursor_sized(&s, cursor_need(&s, 0x80, "transactionId"), 1, 16, "transactionId");
	out->smdp_oid = cursor_oid(&s, cursor_need(&s, 0x81, "smdpOid"), "smdpOid");
	out->reason = cursor_need_int(&s, 0x82, "reason");
	if (k->st == RSP_OK)
		k->st = s.st;
}

enum rsp_status
es10_read_cancel_session_rsp(struct rsp_ctx *c, struct bytes der, struct cancel_session_rsp *out)
{
	struct cancel_session_rsp v = {0};
	struct cursor k, o;
	enum rsp_status st = codec_accept(c, &asn_DEF_CancelSessionResponse, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "CancelSessionResponse", der, 0xBF41);
	v.ok = cursor_tag(&k) == 0xA0;
	if (v.ok) {
		o = cursor_into(&k, "cancelSessionResponseOk", cursor_need(&k, 0xA0, "ok"));
		cancel_signed(&o, cursor_need_whole(&o, 0x30, "euiccCancelSessionSigned"), &v);
		v.signature = cursor_sized(&o, cursor_need(&o, 0x5F37, "euiccCancelSessionSignature"), 64, 64, "euiccCancelSessionSignature");
		k.st = k.st == RSP_OK ? o.st : k.st;
	} else {
		v.error = cursor_need_int(&k, 0x81, "cancelSessionResponseError");
	}
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

void
es10_write_cancel_session_signed(struct buf *b, const struct cancel_session_rsp *v)
{
	size_t mark = tlv_open(b, 0x30);

	tlv_add(b, 0x80, v->transaction_id);
	tlv_add(b, 0x81, v->smdp_oid);
	tlv_add_uint(b, 0x82, (uint64_t)v->reason);
	tlv_close(b, mark);
}

void
es10_write_cancel_session_rsp(struct buf *b, const struct cancel_session_rsp *v)
{
	size_t mark = tlv_open(b, 0xBF41), ok;

	if (v->ok) {
		ok = tlv_open(b, 0xA0);
		buf_add(b, v->signed_der);
		tlv_add(b, 0x5F37, v->signature);
		tlv_close(b, ok);
	} else {
		tlv_add_uint(b, 0x81, (uint64_t)v->error);
	}
	tlv_close(b, mark);
}
