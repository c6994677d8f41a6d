// SPDX-License-Identifier: BSD-2-Clause
/* PrepareDownload (SGP.22 5.7.5). */
#include <PrepareDownloadRequest.h>
#include <PrepareDownloadResponse.h>
#include <SmdpSigned2.h>

#include "codec/cursor.h"
#include "codec/es10.h"

static void
smdp_signed2(struct cursor *k, struct bytes der, struct smdp_signed2 *out)
{
	struct cursor s = cursor_inside(k, "smdpSigned2", der, 0x30);

	out->der = der;
	out->transaction_id = cursor_sized(&s, cursor_need(&s, 0x80, "transactionId"), 1, 16, "transactionId");
	out->cc_required = cursor_need_bool(&s, 0x01, "ccRequiredFlag");
	out->bpp_euicc_otpk = cursor_sized(&s, cursor_maybe(&s, 0x5F49), 65, 65, "bppEuiccOtpk");
	if (k->st == RSP_OK)
		k->st = s.st;
}

enum rsp_status
es10_read_smdp_signed2(struct rsp_ctx *c, struct bytes der, struct smdp_signed2 *out)
{
	struct cursor k = {.c = c, .type = "smdpSigned2"};
	struct smdp_signed2 v = {0};

	if ((k.st = codec_accept(c, &asn_DEF_SmdpSigned2, der)) != RSP_OK)
		return k.st;
	smdp_signed2(&k, der, &v);
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

void
es10_write_smdp_signed2(struct buf *b, const struct smdp_signed2 *v)
{
	const uint8_t flag[1] = {v->cc_required ? 0xFF : 0};
	size_t mark = tlv_open(b, 0x30);

	tlv_add(b, 0x80, v->transaction_id);
	tlv_add(b, 0x01, BYTES_OF(flag));
	if (v->bpp_euicc_otpk.p)
		tlv_add(b, 0x5F49, v->bpp_euicc_otpk);
	tlv_close(b, mark);
}

enum rsp_status
es10_read_prepare_download_req(struct rsp_ctx *c, struct bytes der, struct prepare_download_req *out)
{
	struct prepare_download_req v = {0};
	struct cursor k;
	enum rsp_status st = codec_accept(c, &asn_DEF_PrepareDownloadRequest, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "PrepareDownloadRequest", der, 0xBF21);
	smdp_signed2(&k, cursor_need_whole(&k, 0x30, "smdpSigned2"), &v.signed2);
	v.signature = cursor_sized(&k, cursor_need(&k, 0x5F37, "smdpSignature2"), 64, 64, "smdpSignature2");
	v.hash_cc = cursor_sized(&k, cursor_maybe(&k, 0x04), 32, 32, "hashCc");
	v.certificate = cursor_need_whole(&k, 0x30, "smdpCertificate");
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

void
es10_write_prepare_download_req(struct buf *b, const struct prepare_download_req *v)
{
	size_t mark = tlv_open(b, 0xBF21);

	buf_add(b, v->signed2.der);
	tlv_add(b, 0x5F37, v->signature);
	if (v->hash_cc.p)
		tlv_add(b, 0x04, v->hash_cc);
	buf_add(b, v->certificate);
	tlv_close(b, mark);
}

static void
euicc_signed2(struct cursor *k, struct bytes der, struct euicc_signed2 *out)
{
	struct cursor s = cursor_inside(k, "euiccSigned2", der, 0x30);

	out->der = der;
	out->transaction_id = cursor_sized(&s, cursor_need(&s, 0x80, "transactionId"), 1, 16, "transactionId");
	out->otpk = cursor_sized(&s, cursor_need(&s, 0x5F49, "euiccOtpk"), 65, 65, "euiccOtpk");
	out->hash_cc = cursor_sized(&s, cursor_maybe(&s, 0x04), 32, 32, "hashCc");
	if (k->st == RSP_OK)
		k->st = s.st;
}

enum rsp_status
es10_read_prepare_download_rsp(struct rsp_ctx *c, struct bytes der, struct prepare_download_rsp *out)
{
	struct prepare_download_rsp v = {0};
	struct cursor k, o;
	enum rsp_status st = codec_accept(c, &asn_DEF_PrepareDownloadResponse, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "PrepareDownloadResponse", der, 0xBF21);
	v.ok = cursor_tag(&k) == 0xA0;
	o = cursor_into(&k, "PrepareDownloadResponse", v.ok ? cursor_need(&k, 0xA0, "ok") : cursor_need(&k, 0xA1, "error"));
	if (v.ok) {
		euicc_signed2(&o, cursor_need_whole(&o, 0x30, "euiccSigned2"), &v.signed2);
		v.signature = cursor_sized(&o, cursor_need(&o, 0x5F37, "euiccSignature2"), 64, 64, "euiccSignature2");
	} else {
		v.transaction_id = cursor_sized(&o, cursor_need(&o, 0x80, "transactionId"), 1, 16, "transactionId");
		v.error = cursor_need_int(&o, 0x02, "downloadErrorCode");
	}
	if (o.st == RSP_OK)
		*out = v;
	return o.st;
}

void
es10_write_euicc_signed2(struct buf *b, const struct euicc_signed2 *v)
{
	size_t mark = tlv_open(b, 0x30);

	tlv_add(b, 0x80, v->transaction_id);
	tlv_add(b, 0x5F49, v->otpk);
	if (v->hash_cc.p)
		tlv_add(b, 0x04, v->hash_cc);
	tlv_close(b, mark);
}

void
es10_write_prepare_download_rsp(struct buf *b, const struct prepare_download_rsp *v)
{
	size_t mark = tlv_open(b, 0xBF21), inner = tlv_open(b, v->ok ? 0xA0 : 0xA1);

	if (v->ok) {
		buf_add(b, v->signed2.der);
		tlv_add(b, 0x5F37, v->signature);
	} else {
		tlv_add(b, 0x80, v->transaction_id);
		tlv_add_uint(b, 0x02, (uint64_t)v->error);
	}
	tlv_close(b, inner);
	tlv_close(b, mark);
}
