// SPDX-License-Identifier: BSD-2-Clause
/* EUICCInfo1 and EUICCInfo2 (SGP.22 4.3, 5.7.8). */
#include <EUICCInfo1.h>

#include "codec/cursor.h"
#include "codec/es10.h"

static void
read_ci_list(struct cursor *k, struct bytes list, struct ci_list *out)
{
	struct tlv t;

	out->n = 0;
	while (k->st == RSP_OK && list.n && tlv_next(&list, &t) == RSP_OK) {
		if (t.tag != 0x04)
			cursor_bad(k, "a CI key identifier", "is no OCTET STRING");
		cursor_sized(k, t.value, 1, 64, "a CI key identifier");
		if (out->n < CI_LIST_MAX)
			out->id[out->n++] = t.value;
	}
}

static void
write_ci_list(struct buf *b, uint32_t tag, const struct ci_list *l)
{
	size_t mark = tlv_open(b, tag), i;

	for (i = 0; i < l->n; i++)
		tlv_add(b, 0x04, l->id[i]);
	tlv_close(b, mark);
}

static void
read_version(struct cursor *k, struct bytes v, uint8_t out[3], const char *member)
{
	cursor_sized(k, v, 3, 3, member);
	if (k->st == RSP_OK && v.p)
		memcpy(out, v.p, 3);
}

enum rsp_status
es10_read_info1(struct rsp_ctx *c, struct bytes der, struct euicc_info1 *out)
{
	struct euicc_info1 v = {.der = der};
	struct cursor k;
	enum rsp_status st = codec_accept(c, &asn_DEF_EUICCInfo1, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "EUICCInfo1", der, 0xBF20);
	read_version(&k, cursor_need(&k, 0x82, "svn"), v.svn, "svn");
	read_ci_list(&k, cursor_need(&k, 0xA9, "euiccCiPKIdListForVerification"), &v.verification);
	read_ci_list(&k, cursor_need(&k, 0xAA, "euiccCiPKIdListForSigning"), &v.signing);
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

void
es10_write_info1(struct buf *b, const struct euicc_info1 *v)
{
	size_t mark = tlv_open(b, 0xBF20);

	tlv_add(b, 0x82, BYTES_OF(v->svn));
	write_ci_list(b, 0xA9, &v->verification);
	write_ci_list(b, 0xAA, &v->signing);
	tlv_close(b, mark);
}

static uint32_t
number(struct bytes v)
{
	uint32_t n = 0;
	size_t i;

	if (v.n > 4)
		return UINT32_MAX;
	for (i = 0; i < v.n; i++)
		n = n << 8 | v.p[i];
	return n;
}

static void
read_resources(struct bytes v, struct euicc_info2 *out)
{
	struct tlv t;

	if (tlv_find(v, 0x81, &t))
		out->installed_applications = number(t.value);
	if (tlv_find(v, 0x82, &t))
		out->free_nvm = number(t.value);
	if (tlv_find(v, 0x83, &t))
		out->free_ram = number(t.value);
}

enum member {
	PROFILE_VERSION, SVN, FIRMWARE, RESOURCES, UICC_CAPABILITY, TS102241, GLOBALPLATFORM, RSP_CAPABILITY, VERIFICATION, SIGNING,
	CATEGORY, FORBIDDEN_PPR, PP_VERSION, SAS, MEMBERS
};

static const struct { uint32_t tag; bool optional; const char *name; } members[MEMBERS] = {
	[PROFILE_VERSION] = {0x81, false, "profileVersion"},
	[SVN] = {0x82, false, "svn"},
	[FIRMWARE] = {0x83, false, "euiccFirmwareVer"},
	[RESOURCES] = {0x84, false, "extCardResource"},
	[UICC_CAPABILITY] = {0x85, false, "uiccCapability"},
	[TS102241] = {0x86, true, "ts102241Version"},
	[GLOBALPLATFORM] = {0x87, true, "globalplatformVersion"},
	[RSP_CAPABILITY] = {0x88, false, "rspCapability"},
	[VERIFICATION] = {0xA9, false, "euiccCiPKIdListForVerification"},
	[SIGNING] = {0xAA, false, "euiccCiPKIdListForSigning"},
	[CATEGORY] = {0x8B, true, "euiccCategory"},
	[FORBIDDEN_PPR] = {0x99, true, "forbiddenProfilePolicyRules"},
	[PP_VERSION] = {0x04, false, "ppVersion"},
	[SAS] = {0x0C, false, "sasAcreditationNumber"},
};

/* Unknown members are left out, wherever they stand. */
static void
collect(struct cursor *k, struct tlv found[MEMBERS])
{
	struct tlv t;
	size_t i;

	while (k->st == RSP_OK && k->rest.n && tlv_next(&k->rest, &t) == RSP_OK)
		for (i = 0; i < MEMBERS; i++) {
			if (members[i].tag != t.tag)
				continue;
			if (found[i].whole.p)
				cursor_bad(k, members[i].name, "is there twice");
			found[i] = t;
		}
	for (i = 0; i < MEMBERS; i++)
		if (!members[i].optional && !found[i].whole.p)
			cursor_bad(k, members[i].name, "is missing");
}

static void
read_versions(struct cursor *k, const struct tlv *m, struct euicc_info2 *v)
{
	uint8_t *const versions[MEMBERS] = {
		[PROFILE_VERSION] = v->profile_version, [SVN] = v->svn, [FIRMWARE] = v->firmware, [TS102241] = v->ts102241,
		[GLOBALPLATFORM] = v->globalplatform, [PP_VERSION] = v->pp_version,
	};
	size_t i;

	for (i = 0; i < MEMBERS; i++)
		if (versions[i])
			read_version(k, m[i].value, versions[i], members[i].name);
	v->has_ts102241 = m[TS102241].value.p != NULL;
	v->has_globalplatform = m[GLOBALPLATFORM].value.p != NULL;
}

/*
 * By tag and by hand: the generated decoder refuses an unknown member that is not the last one, and members of later versions have to be
 * tolerated wherever they stand (SGP.22 4.3).
 */
enum rsp_status
es10_read_info2(struct rsp_ctx *c, struct bytes der, struct euicc_info2 *out)
{
	struct euicc_info2 v = {.der = der};
	struct tlv m[MEMBERS] = {{0}};
	struct cursor k, category;
	enum rsp_status st = cursor_shape(c, "EUICCInfo2", der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "EUICCInfo2", der, 0xBF22);
	collect(&k, m);
	read_versions(&k, m, &v);
	read_resources(m[RESOURCES].value, &v);
	v.uicc_capability = cursor_bits(&k, m[UICC_CAPABILITY].value, "uiccCapability");
	v.rsp_capability = cursor_bits(&k, m[RSP_CAPABILITY].value, "rspCapability");
	v.forbidden_ppr = cursor_bits(&k, m[FORBIDDEN_PPR].value, "forbiddenProfilePolicyRules");
	read_ci_list(&k, m[VERIFICATION].value, &v.verification);
	read_ci_list(&k, m[SIGNING].value, &v.signing);
	v.sas_accreditation = cursor_text(&k, m[SAS].value, "sasAcreditationNumber");
	cursor_sized(&k, v.sas_accreditation, 0, 64, "sasAcreditationNumber");
	v.has_category = m[CATEGORY].whole.p != NULL;
	if (v.has_category) {
		category = cursor_into(&k, "EUICCInfo2", m[CATEGORY].whole);
		v.category = (unsigned)cursor_need_int(&category, 0x8B, "euiccCategory");
		k.st = category.st;
	}
	if (k.st == RSP_OK)
		*out = v;
	return k.st;
}

static void
write_resources(struct buf *b, const struct euicc_info2 *v)
{
	const uint32_t numbers[] = {v->installed_applications, v->free_nvm, v->free_ram};
	size_t mark = tlv_open(b, 0x84), i;

	for (i = 0; i < 3; i++) {
		uint8_t be[4] = {(uint8_t)(numbers[i] >> 24), (uint8_t)(numbers[i] >> 16), (uint8_t)(numbers[i] >> 8), (uint8_t)numbers[i]};

		tlv_add(b, 0x81 + (uint32_t)i, i ? BYTES_OF(be) : bytes_of(be + 3, 1));
	}
	tlv_close(b, mark);
}

void
es10_write_info2(struct buf *b, const struct euicc_info2 *v)
{
	size_t mark = tlv_open(b, 0xBF22);

	tlv_add(b, 0x81, BYTES_OF(v->profile_version));
	tlv_add(b, 0x82, BYTES_OF(v->svn));
	tlv_add(b, 0x83, BYTES_OF(v->firmware));
	write_resources(b, v);
	tlv_add_bits(b, 0x85, v->uicc_capability);
	if (v->has_ts102241)
		tlv_add(b, 0x86, BYTES_OF(v->ts102241));
	if (v->has_globalplatform)
		tlv_add(b, 0x87, BYTES_OF(v->globalplatform));
	tlv_add_bits(b, 0x88, v->rsp_capability);
	write_ci_list(b, 0xA9, &v->verification);
	write_ci_list(b, 0xAA, &v->signing);
	if (v->has_category)
		tlv_add_uint(b, 0x8B, v->category);
	if (v->forbidden_ppr)
		tlv_add_bits(b, 0x99, v->forbidden_ppr);
	tlv_add(b, 0x04, BYTES_OF(v->pp_version));
	tlv_add(b, 0x0C, v->sas_accreditation);
	if (v->tre_properties)
		tlv_add_bits(b, 0x8D, v->tre_properties);
	if (v->tre_reference.p)
		tlv_add(b, 0x8E, v->tre_reference);
	tlv_close(b, mark);
}
