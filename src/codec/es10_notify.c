// SPDX-License-Identifier: BSD-2-Clause
/* Notifications (SGP.22 3.5, 5.7.9 to 5.7.11). */
#include <ListNotificationRequest.h>
#include <ListNotificationResponse.h>
#include <NotificationMetadata.h>
#include <NotificationSentRequest.h>
#include <OtherSignedNotification.h>
#include <ProfileInstallationResult.h>
#include <RetrieveNotificationsListRequest.h>
#include <RetrieveNotificationsListResponse.h>

#include "codec/cursor.h"
#include "codec/es10.h"

static void
metadata(struct cursor *k, struct bytes der, struct notification_metadata *out)
{
	struct cursor m = cursor_inside(k, "NotificationMetadata", der, 0xBF2F);

	out->der = der;
	out->seq = cursor_need_number(&m, 0x80, "seqNumber");
	out->event = cursor_bits(&m, cursor_need(&m, 0x81, "profileManagementOperation"), "profileManagementOperation");
	out->address = cursor_text(&m, cursor_need(&m, 0x0C, "notificationAddress"), "notificationAddress");
	out->iccid = cursor_sized(&m, cursor_maybe(&m, 0x5A), 10, 10, "iccid");
	if (k->st == RSP_OK)
		k->st = m.st;
}

enum rsp_status
es10_read_notification_metadata(struct rsp_ctx *c, struct bytes der, struct notification_metadata *out)
{
	struct cursor k = {.c = c, .type = "NotificationMetadata"};
	struct notification_metadata v = {0};

	if ((k.st = codec_accept(c, &asn_DEF_NotificationMetadata, der)) != RSP_OK)
		return k.st;
	metadata(&k, der, &v);
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

void
es10_write_notification_metadata(struct buf *b, const struct notification_metadata *v)
{
	size_t mark = tlv_open(b, 0xBF2F);

	tlv_add_uint(b, 0x80, v->seq);
	tlv_add_bits(b, 0x81, v->event);
	tlv_add(b, 0x0C, v->address);
	if (v->iccid.p)
		tlv_add(b, 0x5A, v->iccid);
	tlv_close(b, mark);
}

static void
final_result(struct cursor *k, struct bytes value, struct pir *out)
{
	struct cursor r = cursor_into(k, "finalResult", value), o;

	out->ok = cursor_tag(&r) == 0xA0;
	o = cursor_into(&r, "finalResult", out->ok ? cursor_need(&r, 0xA0, "successResult") : cursor_need(&r, 0xA1, "errorResult"));
	if (out->ok) {
		out->aid = cursor_sized(&o, cursor_need(&o, 0x4F, "aid"), 5, 16, "aid");
		out->sima_response = cursor_need(&o, 0x04, "simaResponse");
	} else {
		out->command = cursor_need_int(&o, 0x80, "bppCommandId");
		out->reason = cursor_need_int(&o, 0x81, "errorReason");
		out->sima_response = cursor_maybe(&o, 0x82);
	}
	if (k->st == RSP_OK)
		k->st = o.st != RSP_OK ? o.st : r.st;
}

enum rsp_status
es10_read_pir(struct rsp_ctx *c, struct bytes der, struct pir *out)
{
	struct pir v = {.der = der};
	struct cursor k, d;
	enum rsp_status st = codec_accept(c, &asn_DEF_ProfileInstallationResult, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "ProfileInstallationResult", der, 0xBF37);
	v.data = cursor_need_whole(&k, 0xBF27, "profileInstallationResultData");
	v.signature = cursor_sized(&k, cursor_need(&k, 0x5F37, "euiccSignPIR"), 64, 64, "euiccSignPIR");
	if (k.st != RSP_OK)
		return k.st;
	d = cursor_open(c, "ProfileInstallationResultData", v.data, 0xBF27);
	v.transaction_id = cursor_sized(&d, cursor_need(&d, 0x80, "transactionId"), 1, 16, "transactionId");
	metadata(&d, cursor_need_whole(&d, 0xBF2F, "notificationMetadata"), &v.meta);
	v.smdp_oid = cursor_oid(&d, cursor_need(&d, 0x06, "smdpOid"), "smdpOid");
	final_result(&d, cursor_need(&d, 0xA2, "finalResult"), &v);
	if (d.st == RSP_OK)
		*out = v;
	return d.st;
}

void
es10_write_pir_data(struct buf *b, const struct pir *v)
{
	size_t mark = tlv_open(b, 0xBF27), final, result;

	tlv_add(b, 0x80, v->transaction_id);
	if (v->meta.der.p)
		buf_add(b, v->meta.der);
	else
		es10_write_notification_metadata(b, &v->meta);
	tlv_add(b, 0x06, v->smdp_oid);
	final = tlv_open(b, 0xA2);
	result = tlv_open(b, v->ok ? 0xA0 : 0xA1);
	if (v->ok) {
		tlv_add(b, 0x4F, v->aid);
		tlv_add(b, 0x04, v->sima_response);
	} else {
		tlv_add_uint(b, 0x80, (uint64_t)v->command);
		tlv_add_uint(b, 0x81, (uint64_t)v->reason);
		if (v->sima_response.p)
			tlv_add(b, 0x82, v->sima_response);
	}
	tlv_close(b, result);
	tlv_close(b, final);
	tlv_close(b, mark);
}

void
es10_write_pir(struct buf *b, struct bytes data, struct bytes signature)
{
	size_t mark = tlv_open(b, 0xBF37);

	buf_add(b, data);
	tlv_add(b, 0x5F37, signature);
	tlv_close(b, mark);
}

enum rsp_status
es10_read_other_notification(struct rsp_ctx *c, struct bytes der, struct other_notification *out)
{
	struct other_notification v = {.der = der};
	struct cursor k;
	enum rsp_status st = codec_accept(c, &asn_DEF_OtherSignedNotification, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "OtherSignedNotification", der, 0x30);
	metadata(&k, cursor_need_whole(&k, 0xBF2F, "tbsOtherNotification"), &v.meta);
	v.signature = cursor_sized(&k, cursor_need(&k, 0x5F37, "euiccNotificationSignature"), 64, 64, "euiccNotificationSignature");
	v.euicc_cert = cursor_need_whole(&k, 0x30, "euiccCertificate");
	v.eum_cert = cursor_need_whole(&k, 0x30, "eumCertificate");
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

void
es10_write_other_notification(struct buf *b, const struct other_notification *v)
{
	size_t mark = tlv_open(b, 0x30);

	buf_add(b, v->meta.der);
	tlv_add(b, 0x5F37, v->signature);
	buf_add(b, v->euicc_cert);
	buf_add(b, v->eum_cert);
	tlv_close(b, mark);
}

enum rsp_status
es10_read_pending_notification(struct rsp_ctx *c, struct bytes der, struct pending_notification *out)
{
	struct pending_notification v = {0};
	enum rsp_status st;

	v.is_pir = der.n > 1 && der.p[0] == 0xBF && der.p[1] == 0x37;
	st = v.is_pir ? es10_read_pir(c, der, &v.pir) : es10_read_other_notification(c, der, &v.other);
	if (st == RSP_OK)
		*out = v;
	return st;
}

enum rsp_status
es10_read_list_notification_req(struct rsp_ctx *c, struct bytes der, uint32_t *events)
{
	struct cursor k;
	uint32_t bits;
	enum rsp_status st = codec_accept(c, &asn_DEF_ListNotificationRequest, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "ListNotificationRequest", der, 0xBF28);
	bits = cursor_bits(&k, cursor_maybe(&k, 0x81), "profileManagementOperation");
	if (k.st == RSP_OK)
		*events = bits;
	return k.st;
}

void
es10_write_list_notification_req(struct buf *b, uint32_t events)
{
	size_t mark = tlv_open(b, 0xBF28);

	if (events)
		tlv_add_bits(b, 0x81, events);
	tlv_close(b, mark);
}

static size_t
count(struct bytes in)
{
	struct tlv t;
	size_t n = 0;

	while (in.n && tlv_next(&in, &t) == RSP_OK)
		n++;
	return n;
}

/* The list inside A0, or a refusal that names the error inside 81. */
static struct bytes
list_or_error(struct cursor *k)
{
	struct bytes v = cursor_maybe(k, 0xA0);
	int error;

	if (v.p)
		return v;
	error = cursor_need_int(k, 0x81, "error");
	if (k->st == RSP_OK)
		k->st = rsp_fail(k->c, RSP_REFUSED, "%s: the eUICC answered error %d", k->type, error);
	return v;
}

enum rsp_status
es10_read_list_notification_rsp(struct rsp_ctx *c, struct bytes der, struct notification_list *out)
{
	struct notification_list v = {0};
	struct bytes list;
	struct cursor k;
	struct tlv t;
	enum rsp_status st = codec_accept(c, &asn_DEF_ListNotificationResponse, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "ListNotificationResponse", der, 0xBF28);
	list = list_or_error(&k);
	if (k.st != RSP_OK)
		return k.st;
	v.p = rsp_alloc(c, (count(list) + 1) * sizeof(*v.p));
	if (!v.p)
		return RSP_NOMEM;
	while (k.st == RSP_OK && list.n && tlv_next(&list, &t) == RSP_OK)
		metadata(&k, t.whole, &v.p[v.n++]);
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

enum rsp_status
es10_read_retrieve_notifications_req(struct rsp_ctx *c, struct bytes der, struct retrieve_notifications_req *out)
{
	struct retrieve_notifications_req v = {0};
	struct cursor k, s;
	struct bytes criterion;
	enum rsp_status st = codec_accept(c, &asn_DEF_RetrieveNotificationsListRequest, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "RetrieveNotificationsListRequest", der, 0xBF2B);
	criterion = cursor_maybe(&k, 0xA0);
	s = cursor_into(&k, "searchCriteria", criterion);
	v.by_seq = cursor_tag(&s) == 0x80;
	v.by_event = criterion.p && !v.by_seq;
	/* an alternative that is not known passes the generated decoder, and must not come to mean the whole list */
	if (v.by_seq)
		v.seq = cursor_need_number(&s, 0x80, "seqNumber");
	if (v.by_event)
		v.events = cursor_bits(&s, cursor_need(&s, 0x81, "profileManagementOperation"), "profileManagementOperation");
	if (s.st == RSP_OK)
		*out = v;
	return s.st;
}

void
es10_write_retrieve_notifications_req(struct buf *b, const struct retrieve_notifications_req *v)
{
	size_t mark = tlv_open(b, 0xBF2B), criterion;

	if (v->by_seq || v->by_event) {
		criterion = tlv_open(b, 0xA0);
		if (v->by_seq)
			tlv_add_uint(b, 0x80, v->seq);
		else
			tlv_add_bits(b, 0x81, v->events);
		tlv_close(b, criterion);
	}
	tlv_close(b, mark);
}

enum rsp_status
es10_read_retrieve_notifications_rsp(struct rsp_ctx *c, struct bytes der, struct bytes_list *out)
{
	struct bytes_list v = {0};
	struct bytes list;
	struct cursor k;
	struct tlv t;
	enum rsp_status st = codec_accept(c, &asn_DEF_RetrieveNotificationsListResponse, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "RetrieveNotificationsListResponse", der, 0xBF2B);
	list = list_or_error(&k);
	if (k.st != RSP_OK)
		return k.st;
	v.p = rsp_alloc(c, (count(list) + 1) * sizeof(*v.p));
	if (!v.p)
		return RSP_NOMEM;
	while (list.n && tlv_next(&list, &t) == RSP_OK)
		if (t.tag == 0xBF37 || t.tag == 0x30)
			v.p[v.n++] = t.whole;
	*out = v;
	return RSP_OK;
}

enum rsp_status
es10_read_notification_sent_req(struct rsp_ctx *c, struct bytes der, uint64_t *seq)
{
	struct cursor k;
	uint64_t v;
	enum rsp_status st = codec_accept(c, &asn_DEF_NotificationSentRequest, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "NotificationSentRequest", der, 0xBF30);
	v = cursor_need_number(&k, 0x80, "seqNumber");
	if (k.st == RSP_OK)
		*seq = v;
	return k.st;
}

void
es10_write_notification_sent_req(struct buf *b, uint64_t seq)
{
	size_t mark = tlv_open(b, 0xBF30);

	tlv_add_uint(b, 0x80, seq);
	tlv_close(b, mark);
}
