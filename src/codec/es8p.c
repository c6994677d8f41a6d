// SPDX-License-Identifier: BSD-2-Clause
#include "codec/es8p.h"

#include <ConfigureISDPRequest.h>
#include <InitialiseSecureChannelRequest.h>
#include <ReplaceSessionKeysRequest.h>
#include <StoreMetadataRequest.h>

#include "codec/cursor.h"

static void
read_crt(struct cursor *k, struct bytes value, struct secure_channel *out)
{
	struct cursor crt = cursor_into(k, "controlRefTemplate", value);
	struct bytes type = cursor_sized(&crt, cursor_need(&crt, 0x80, "keyType"), 1, 1, "keyType");
	struct bytes len = cursor_sized(&crt, cursor_need(&crt, 0x81, "keyLen"), 1, 1, "keyLen");

	out->host_id = cursor_sized(&crt, cursor_need(&crt, 0x84, "hostId"), 1, 16, "hostId");
	if (crt.st == RSP_OK) {
		out->key_type = type.p[0];
		out->key_length = len.p[0];
	}
	if (k->st == RSP_OK)
		k->st = crt.st;
}

enum rsp_status
es8p_read_secure_channel(struct rsp_ctx *c, struct bytes der, struct secure_channel *out)
{
	struct secure_channel v = {0};
	struct tlv crt;
	struct cursor k;
	enum rsp_status st = codec_accept(c, &asn_DEF_InitialiseSecureChannelRequest, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "InitialiseSecureChannelRequest", der, 0xBF23);
	v.operation = cursor_need_int(&k, 0x82, "remoteOpId");
	v.transaction_id = cursor_sized(&k, cursor_need(&k, 0x80, "transactionId"), 1, 16, "transactionId");
	v.crt = cursor_need_whole(&k, 0xA6, "controlRefTemplate");
	if (k.st == RSP_OK && tlv_only(v.crt, 0xA6, &crt) == RSP_OK)
		read_crt(&k, crt.value, &v);
	v.otpk = cursor_sized(&k, cursor_need(&k, 0x5F49, "smdpOtpk"), 65, 65, "smdpOtpk");
	v.signature = cursor_sized(&k, cursor_need(&k, 0x5F37, "smdpSign"), 64, 64, "smdpSign");
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

void
es8p_write_crt(struct buf *b, const struct secure_channel *v)
{
	const uint8_t type[1] = {(uint8_t)v->key_type}, length[1] = {(uint8_t)v->key_length};
	size_t mark = tlv_open(b, 0xA6);

	tlv_add(b, 0x80, BYTES_OF(type));
	tlv_add(b, 0x81, BYTES_OF(length));
	tlv_add(b, 0x84, v->host_id);
	tlv_close(b, mark);
}

static void
write_up_to_otpk(struct buf *b, const struct secure_channel *v)
{
	tlv_add_uint(b, 0x82, (uint64_t)v->operation);
	tlv_add(b, 0x80, v->transaction_id);
	buf_add(b, v->crt);
	tlv_add(b, 0x5F49, v->otpk);
}

void
es8p_write_secure_channel_tbs(struct buf *b, const struct secure_channel *v, struct bytes euicc_otpk)
{
	write_up_to_otpk(b, v);
	tlv_add(b, 0x5F49, euicc_otpk);
}

void
es8p_write_secure_channel(struct buf *b, const struct secure_channel *v)
{
	size_t mark = tlv_open(b, 0xBF23);

	write_up_to_otpk(b, v);
	tlv_add(b, 0x5F37, v->signature);
	tlv_close(b, mark);
}

enum rsp_status
es8p_read_configure_isdp(struct rsp_ctx *c, struct bytes der, struct bytes *dp_proprietary)
{
	struct cursor k;
	struct bytes v;
	enum rsp_status st = codec_accept(c, &asn_DEF_ConfigureISDPRequest, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "ConfigureISDPRequest", der, 0xBF24);
	v = cursor_maybe_whole(&k, 0xB8);
	if (k.st == RSP_OK)
		*dp_proprietary = v;
	return k.st;
}

void
es8p_write_configure_isdp(struct buf *b, struct bytes dp_proprietary)
{
	tlv_add(b, 0xBF24, dp_proprietary);
}

static void
read_notifications(struct cursor *k, struct bytes list, struct store_metadata *v)
{
	struct tlv t;

	while (k->st == RSP_OK && list.n && tlv_next(&list, &t) == RSP_OK) {
		struct cursor e = cursor_into(k, "notificationConfigurationInfo", t.value);
		struct notification_config *n = &v->notifications[v->n_notifications];

		if (v->n_notifications == NOTIFICATION_CONFIG_MAX) {
			cursor_bad(k, "notificationConfigurationInfo", "has more entries than are taken");
			return;
		}
		n->events = cursor_bits(&e, cursor_need(&e, 0x80, "profileManagementOperation"), "profileManagementOperation");
		n->address = cursor_text(&e, cursor_need(&e, 0x81, "notificationAddress"), "notificationAddress");
		v->n_notifications++;
		k->st = e.st;
	}
}

static void
read_owner(struct cursor *k, struct bytes whole, struct store_metadata *v)
{
	struct cursor o;

	v->owner = whole;
	if (!whole.p)
		return;
	o = cursor_inside(k, "profileOwner", whole, 0xB7);
	v->owner_mccmnc = cursor_sized(&o, cursor_need(&o, 0x80, "mccMnc"), 3, 3, "mccMnc");
	v->owner_gid1 = cursor_maybe(&o, 0x81);
	v->owner_gid2 = cursor_maybe(&o, 0x82);
	if (k->st == RSP_OK)
		k->st = o.st;
}

enum rsp_status
es8p_read_store_metadata(struct rsp_ctx *c, struct bytes der, struct store_metadata *out)
{
	struct store_metadata v = {.der = der};
	struct bytes ppr;
	struct cursor k;
	enum rsp_status st = codec_accept(c, &asn_DEF_StoreMetadataRequest, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "StoreMetadataRequest", der, 0xBF25);
	v.iccid = cursor_sized(&k, cursor_need(&k, 0x5A, "iccid"), 10, 10, "iccid");
	v.provider = cursor_text(&k, cursor_need(&k, 0x91, "serviceProviderName"), "serviceProviderName");
	v.name = cursor_text(&k, cursor_need(&k, 0x92, "profileName"), "profileName");
	v.icon_type = cursor_maybe_int(&k, 0x93, "iconType");
	v.icon = cursor_maybe(&k, 0x94);
	v.profile_class = cursor_maybe_int(&k, 0x95, "profileClass");
	read_notifications(&k, cursor_maybe(&k, 0xB6), &v);
	read_owner(&k, cursor_maybe_whole(&k, 0xB7), &v);
	ppr = cursor_maybe(&k, 0x99);
	v.has_ppr = ppr.p != NULL;
	v.ppr = cursor_bits(&k, ppr, "profilePolicyRules");
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

static void
write_notifications(struct buf *b, const struct store_metadata *v)
{
	size_t mark = tlv_open(b, 0xB6), i;

	for (i = 0; i < v->n_notifications; i++) {
		size_t entry = tlv_open(b, 0x30);

		tlv_add_bits(b, 0x80, v->notifications[i].events);
		tlv_add(b, 0x81, v->notifications[i].address);
		tlv_close(b, entry);
	}
	tlv_close(b, mark);
}

static void
write_owner(struct buf *b, const struct store_metadata *v)
{
	size_t mark = tlv_open(b, 0xB7);

	tlv_add(b, 0x80, v->owner_mccmnc);
	if (v->owner_gid1.p)
		tlv_add(b, 0x81, v->owner_gid1);
	if (v->owner_gid2.p)
		tlv_add(b, 0x82, v->owner_gid2);
	tlv_close(b, mark);
}

void
es8p_write_store_metadata(struct buf *b, const struct store_metadata *v)
{
	size_t mark = tlv_open(b, 0xBF25);

	tlv_add(b, 0x5A, v->iccid);
	tlv_add(b, 0x91, v->provider);
	tlv_add(b, 0x92, v->name);
	if (v->icon_type >= 0)
		tlv_add_uint(b, 0x93, (uint64_t)v->icon_type);
	if (v->icon.p)
		tlv_add(b, 0x94, v->icon);
	/* DER leaves the default out: operational. */
	if (v->profile_class >= 0 && v->profile_class != CLASS_OPERATIONAL)
		tlv_add_uint(b, 0x95, (uint64_t)v->profile_class);
	if (v->n_notifications)
		write_notifications(b, v);
	if (v->owner_mccmnc.p)
		write_owner(b, v);
	if (v->has_ppr)
		tlv_add_bits(b, 0x99, v->ppr);
	tlv_close(b, mark);
}

enum rsp_status
es8p_read_replace_keys(struct rsp_ctx *c, struct bytes der, struct replace_keys *out)
{
	struct replace_keys v;
	struct cursor k;
	enum rsp_status st = codec_accept(c, &asn_DEF_ReplaceSessionKeysRequest, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "ReplaceSessionKeysRequest", der, 0xBF26);
	v.mcv = cursor_need(&k, 0x80, "initialMacChainingValue");
	v.enc = cursor_need(&k, 0x81, "ppkEnc");
	v.mac = cursor_need(&k, 0x82, "ppkCmac");
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

void
es8p_write_replace_keys(struct buf *b, const struct replace_keys *v)
{
	size_t mark = tlv_open(b, 0xBF26);

	tlv_add(b, 0x80, v->mcv);
	tlv_add(b, 0x81, v->enc);
	tlv_add(b, 0x82, v->mac);
	tlv_close(b, mark);
}
