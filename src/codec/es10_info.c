// SPDX-License-Identifier: BSD-2-Clause
/* EUICCInfo1 and EUICCInfo2 (SGP.22 4.3, 5.7.8). */
#include <EUICCInfo1.h>
#include <EUICCInfo2.h>

#include "codec/cursor.h"
#include "codec/es10.h"

static void
read_ci_list(struct cursor *k, struct bytes list, struct ci_list *out)
{
	struct tlv t;

	out->n = 0;
	while (list.n && tlv_next(&list, &t) == RSP_OK)
		if (out->n < CI_LIST_MAX)
			out->id[out->n++] = cursor_sized(k, t.value, 1, 64, "a CI key identifier");
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

static void
read_bits(struct cursor *k, struct bytes v, uint32_t *out, const char *member)
{
	if (v.p && tlv_bits(v, out) != RSP_OK)
		cursor_bad(k, member, "is not a BIT STRING");
}

/* Members by tag: two untagged ones stand in the middle, and later versions add more (SGP.22 4.3). */
enum rsp_status
es10_read_info2(struct rsp_ctx *c, struct bytes der, struct euicc_info2 *out)
{
	struct euicc_info2 v = {.der = der};
	struct bytes m;
	struct cursor k;
	enum rsp_status st = codec_accept(c, &asn_DEF_EUICCInfo2, der);

	if (st != RSP_OK)
		return st;
	k = cursor_open(c, "EUICCInfo2", der, 0xBF22);
	read_version(&k, cursor_need(&k, 0x81, "profileVersion"), v.profile_version, "profileVersion");
	read_version(&k, cursor_need(&k, 0x82, "svn"), v.svn, "svn");
	read_version(&k, cursor_need(&k, 0x83, "euiccFirmwareVer"), v.firmware, "euiccFirmwareVer");
	read_resources(cursor_need(&k, 0x84, "extCardResource"), &v);
	read_bits(&k, cursor_need(&k, 0x85, "uiccCapability"), &v.uicc_capability, "uiccCapability");
	m = cursor_maybe(&k, 0x86);
	v.has_ts102241 = m.p != NULL;
	read_version(&k, m, v.ts102241, "ts102241Version");
	m = cursor_maybe(&k, 0x87);
	v.has_globalplatform = m.p != NULL;
	read_version(&k, m, v.globalplatform, "globalplatformVersion");
	read_bits(&k, cursor_need(&k, 0x88, "rspCapability"), &v.rsp_capability, "rspCapability");
	read_ci_list(&k, cursor_need(&k, 0xA9, "euiccCiPKIdListForVerification"), &v.verification);
	read_ci_list(&k, cursor_need(&k, 0xAA, "euiccCiPKIdListForSigning"), &v.signing);
	v.has_category = cursor_tag(&k) == 0x8B;
	if (v.has_category)
		v.category = (unsigned)cursor_need_int(&k, 0x8B, "euiccCategory");
	read_bits(&k, cursor_maybe(&k, 0x99), &v.forbidden_ppr, "forbiddenProfilePolicyRules");
	read_version(&k, cursor_need(&k, 0x04, "ppVersion"), v.pp_version, "ppVersion");
	v.sas_accreditation = cursor_sized(&k, cursor_need(&k, 0x0C, "sasAcreditationNumber"), 0, 64, "sasAcreditationNumber");
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
	tlv_close(b, mark);
}
