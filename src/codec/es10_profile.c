// SPDX-License-Identifier: BSD-2-Clause
/* ES10c and ES10a (SGP.22 5.7.3, 5.7.4, 5.7.15 to 5.7.22). */
#include <DeleteProfileRequest.h>
#include <DisableProfileRequest.h>
#include <EnableProfileRequest.h>
#include <EuiccConfiguredAddressesResponse.h>
#include <EuiccMemoryResetRequest.h>
#include <GetRatResponse.h>
#include <ProfileInfoListRequest.h>
#include <ProfileInfoListResponse.h>
#include <SetNicknameRequest.h>

#include "codec/cursor.h"
#include "codec/es10.h"

static void
add_text(struct buf *b, uint32_t tag, struct bytes v)
{
	if (v.p)
		tlv_add(b, tag, v);
}

static void
add_number(struct buf *b, uint32_t tag, int v)
{
	if (v >= 0)
		tlv_add_uint(b, tag, (uint64_t)v);
}

void
es10_write_profile_info(struct buf *b, const struct profile_info *v)
{
	size_t mark = tlv_open(b, 0xE3);

	add_text(b, 0x5A, v->iccid);
	add_text(b, 0x4F, v->isdp_aid);
	add_number(b, 0x9F70, v->state);
	add_text(b, 0x90, v->nickname);
	add_text(b, 0x91, v->provider);
	add_text(b, 0x92, v->name);
	add_number(b, 0x93, v->icon_type);
	add_text(b, 0x94, v->icon);
	add_number(b, 0x95, v->profile_class);
	buf_add(b, v->notification_config);
	buf_add(b, v->owner);
	buf_add(b, v->dp_proprietary);
	buf_add(b, v->ppr);
	buf_add(b, v->service_data);
	tlv_close(b, mark);
}

static void
read_profile_info(struct cursor *list, struct bytes der, struct profile_info *v)
{
	struct cursor k = cursor_inside(list, "ProfileInfo", der, 0xE3);

	v->iccid = cursor_sized(&k, cursor_maybe(&k, 0x5A), 10, 10, "iccid");
	v->isdp_aid = cursor_sized(&k, cursor_maybe(&k, 0x4F), 1, 16, "isdpAid");
	v->state = cursor_maybe_int(&k, 0x9F70, "profileState");
	v->nickname = cursor_text(&k, cursor_maybe(&k, 0x90), "profileNickname");
	v->provider = cursor_text(&k, cursor_maybe(&k, 0x91), "serviceProviderName");
	v->name = cursor_text(&k, cursor_maybe(&k, 0x92), "profileName");
	v->icon_type = cursor_maybe_int(&k, 0x93, "iconType");
	v->icon = cursor_sized(&k, cursor_maybe(&k, 0x94), 0, 1024, "icon");
	v->profile_class = cursor_maybe_int(&k, 0x95, "profileClass");
	v->notification_config = cursor_maybe_whole(&k, 0xB6);
	v->owner = cursor_maybe_whole(&k, 0xB7);
	v->dp_proprietary = cursor_maybe_whole(&k, 0xB8);
	v->ppr = cursor_maybe_whole(&k, 0x99);
	v->service_data = cursor_maybe_whole(&k, 0xBF22);
	if (list->st == RSP_OK)
		list->st = k.st;
}

static void
criterion(struct cursor *s, struct bytes *aid, struct bytes *iccid)
{
	*aid = cursor_sized(s, cursor_maybe(s, 0x4F), 1, 16, "isdpAid");
	*iccid = cursor_sized(s, cursor_maybe(s, 0x5A), 10, 10, "iccid");
}

/* An alternative that is not known passes the generated decoder. */
static void
one_of(struct cursor *s, struct bytes *aid, struct bytes *iccid)
{
	criterion(s, aid, iccid);
	if (!aid->p && !iccid->p)
		cursor_bad(s, "profileIdentifier", "is neither ISD-P AID nor ICCID");
}

static void
write_one_of(struct buf *b, struct bytes aid, struct bytes iccid)
{
	tlv_add(b, aid.p ? 0x4F : 0x5A, aid.p ? aid : iccid);
}

enum rsp_status
es10_read_profile_info_req(struct rsp_ctx *c, struct bytes der, struct profile_info_req *out)
{
	struct profile_info_req v = {.profile_class = -1};
	struct bytes search;
	struct cursor k, s;
	enum rsp_status st = codec_accept(c, &asn_DEF_ProfileInfoListRequest, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "ProfileInfoListRequest", der, 0xBF2D);
	search = cursor_maybe(&k, 0xA0);
	s = cursor_into(&k, "searchCriteria", search);
	criterion(&s, &v.isdp_aid, &v.iccid);
	v.profile_class = cursor_maybe_int(&s, 0x95, "profileClass");
	/* one that is not known must not come to mean every profile */
	if (search.p && !v.isdp_aid.p && !v.iccid.p && v.profile_class < 0)
		cursor_bad(&s, "the criterion", "is not known");
	v.tags = cursor_maybe(&k, 0x5C);
	if (s.st == RSP_OK)
		*out = v;
	return s.st;
}

void
es10_write_profile_info_req(struct buf *b, const struct profile_info_req *v)
{
	size_t mark = tlv_open(b, 0xBF2D), search;

	if (v->isdp_aid.p || v->iccid.p || v->profile_class >= 0) {
		search = tlv_open(b, 0xA0);
		if (v->isdp_aid.p || v->iccid.p)
			write_one_of(b, v->isdp_aid, v->iccid);
		else
			add_number(b, 0x95, v->profile_class);
		tlv_close(b, search);
	}
	add_text(b, 0x5C, v->tags);
	tlv_close(b, mark);
}

enum rsp_status
es10_read_profile_info_rsp(struct rsp_ctx *c, struct bytes der, struct profile_info_list *out, int *error)
{
	struct profile_info_list v = {0};
	struct bytes list, rest;
	struct cursor k;
	struct tlv t;
	size_t n = 1;
	int code;
	enum rsp_status st = codec_accept(c, &asn_DEF_ProfileInfoListResponse, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "ProfileInfoListResponse", der, 0xBF2D);
	code = cursor_maybe_int(&k, 0x81, "profileInfoListError");
	list = code < 0 ? cursor_need(&k, 0xA0, "profileInfoListOk") : BYTES_NONE;
	for (rest = list; rest.n && tlv_next(&rest, &t) == RSP_OK;)
		n++;
	if (!(v.p = rsp_alloc(c, n * sizeof(*v.p))))
		return RSP_NOMEM;
	while (k.st == RSP_OK && list.n && tlv_next(&list, &t) == RSP_OK)
		read_profile_info(&k, t.whole, &v.p[v.n++]);
	if (k.st == RSP_OK) {
		*out = v;
		*error = code;
	}
	return k.st;
}

enum rsp_status
es10_read_enable_req(struct rsp_ctx *c, struct bytes der, struct profile_choice *out)
{
	bool disable = der.n > 1 && der.p[1] == 0x32;
	struct profile_choice v = {0};
	struct cursor k, s;
	enum rsp_status st = codec_accept(c, disable ? &asn_DEF_DisableProfileRequest : &asn_DEF_EnableProfileRequest, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, disable ? "DisableProfileRequest" : "EnableProfileRequest", der, disable ? 0xBF32 : 0xBF31);
	s = cursor_into(&k, "profileIdentifier", cursor_need(&k, 0xA0, "profileIdentifier"));
	one_of(&s, &v.isdp_aid, &v.iccid);
	v.refresh = cursor_need_bool(&k, 0x81, "refreshFlag");
	if (k.st == RSP_OK)
		k.st = s.st;
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

void
es10_write_enable_req(struct buf *b, uint32_t tag, const struct profile_choice *v)
{
	const uint8_t flag[1] = {v->refresh ? 0xFF : 0};
	size_t mark = tlv_open(b, tag), id = tlv_open(b, 0xA0);

	write_one_of(b, v->isdp_aid, v->iccid);
	tlv_close(b, id);
	tlv_add(b, 0x81, BYTES_OF(flag));
	tlv_close(b, mark);
}

enum rsp_status
es10_read_delete_req(struct rsp_ctx *c, struct bytes der, struct profile_choice *out)
{
	struct profile_choice v = {0};
	struct cursor k;
	enum rsp_status st = codec_accept(c, &asn_DEF_DeleteProfileRequest, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "DeleteProfileRequest", der, 0xBF33);
	one_of(&k, &v.isdp_aid, &v.iccid);
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

void
es10_write_delete_req(struct buf *b, const struct profile_choice *v)
{
	size_t mark = tlv_open(b, 0xBF33);

	write_one_of(b, v->isdp_aid, v->iccid);
	tlv_close(b, mark);
}

enum rsp_status
es10_read_set_nickname_req(struct rsp_ctx *c, struct bytes der, struct bytes *iccid, struct bytes *nickname)
{
	struct bytes i, n;
	struct cursor k;
	enum rsp_status st = codec_accept(c, &asn_DEF_SetNicknameRequest, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "SetNicknameRequest", der, 0xBF29);
	i = cursor_sized(&k, cursor_need(&k, 0x5A, "iccid"), 10, 10, "iccid");
	n = cursor_text(&k, cursor_need(&k, 0x90, "profileNickname"), "profileNickname");
	cursor_sized(&k, n, 0, 64, "profileNickname");
	if (k.st == RSP_OK) {
		*iccid = i;
		*nickname = n;
	}
	return k.st;
}

void
es10_write_set_nickname_req(struct buf *b, struct bytes iccid, struct bytes nickname)
{
	size_t mark = tlv_open(b, 0xBF29);

	tlv_add(b, 0x5A, iccid);
	tlv_add(b, 0x90, nickname);
	tlv_close(b, mark);
}

enum rsp_status
es10_read_memory_reset_req(struct rsp_ctx *c, struct bytes der, uint32_t *bits)
{
	struct cursor k;
	uint32_t v;
	enum rsp_status st = codec_accept(c, &asn_DEF_EuiccMemoryResetRequest, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "EuiccMemoryResetRequest", der, 0xBF34);
	v = cursor_bits(&k, cursor_need(&k, 0x82, "resetOptions"), "resetOptions");
	if (k.st == RSP_OK)
		*bits = v;
	return k.st;
}

enum rsp_status
es10_read_result(struct rsp_ctx *c, struct bytes der, uint32_t tag, int *result)
{
	struct cursor k;
	int v;
	enum rsp_status st = cursor_shape(c, "result", der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "result", der, tag);
	v = cursor_need_int(&k, 0x80, "result");
	if (k.st == RSP_OK)
		*result = v;
	return k.st;
}

void
es10_write_result(struct buf *b, uint32_t tag, int result)
{
	size_t mark = tlv_open(b, tag);

	tlv_add_uint(b, 0x80, (uint64_t)result);
	tlv_close(b, mark);
}

enum rsp_status
es10_read_configured_addresses(struct rsp_ctx *c, struct bytes der, struct configured_addresses *out)
{
	struct configured_addresses v;
	struct cursor k;
	enum rsp_status st = codec_accept(c, &asn_DEF_EuiccConfiguredAddressesResponse, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "EuiccConfiguredAddressesResponse", der, 0xBF3C);
	v.default_dp = cursor_text(&k, cursor_maybe(&k, 0x80), "defaultDpAddress");
	v.root_ds = cursor_text(&k, cursor_need(&k, 0x81, "rootDsAddress"), "rootDsAddress");
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

void
es10_write_configured_addresses(struct buf *b, const struct configured_addresses *v)
{
	size_t mark = tlv_open(b, 0xBF3C);

	add_text(b, 0x80, v->default_dp);
	tlv_add(b, 0x81, v->root_ds);
	tlv_close(b, mark);
}

static void
read_rat_entry(struct cursor *list, struct bytes der, struct rat_entry *v)
{
	struct cursor k = cursor_inside(list, "ProfilePolicyAuthorisationRule", der, 0x30);

	v->ppr_ids = cursor_bits(&k, cursor_need(&k, 0x80, "pprIds"), "pprIds");
	v->operators = cursor_need(&k, 0xA1, "allowedOperators");
	v->flags = cursor_bits(&k, cursor_need(&k, 0x82, "pprFlags"), "pprFlags");
	if (list->st == RSP_OK)
		list->st = k.st;
}

enum rsp_status
es10_read_rat(struct rsp_ctx *c, struct bytes der, struct rat *out)
{
	struct rat v = {0};
	struct bytes list, rest;
	struct cursor k;
	struct tlv t;
	size_t n = 1;
	enum rsp_status st = codec_accept(c, &asn_DEF_GetRatResponse, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "GetRatResponse", der, 0xBF43);
	list = cursor_need(&k, 0xA0, "rat");
	for (rest = list; rest.n && tlv_next(&rest, &t) == RSP_OK;)
		n++;
	if (!(v.p = rsp_alloc(c, n * sizeof(*v.p))))
		return RSP_NOMEM;
	while (k.st == RSP_OK && list.n && tlv_next(&list, &t) == RSP_OK)
		read_rat_entry(&k, t.whole, &v.p[v.n++]);
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

void
es10_write_rat(struct buf *b, const struct rat *v)
{
	size_t mark = tlv_open(b, 0xBF43), list = tlv_open(b, 0xA0), i;

	for (i = 0; i < v->n; i++) {
		size_t entry = tlv_open(b, 0x30);

		tlv_add_bits(b, 0x80, v->p[i].ppr_ids);
		tlv_add(b, 0xA1, v->p[i].operators);
		tlv_add_bits(b, 0x82, v->p[i].flags);
		tlv_close(b, entry);
	}
	tlv_close(b, list);
	tlv_close(b, mark);
}
