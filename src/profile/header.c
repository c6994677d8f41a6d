// SPDX-License-Identifier: BSD-2-Clause
/* The header: everything a card must have is checked before anything is created (package format 8.2). */
#include "profile/impl.h"

#include <ProfileHeader.h>
#include <ServicesList.h>

/* What the card of this project can do, by number of the named service: all file services; USIM, ISIM and CSIM as files; Milenage and the
 * test algorithm; BER-TLV, links. Announcing get-identity and its profiles belongs to the files' side here. */
#define SUPPORTED ( \
	1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 13 | 1u << 14 | 1u << 15 | 1u << 17 | 1u << 18 | 1u << 19 | 1u << 21 | 1u << 22 | 1u << 23)

const char *
profile_service_name(unsigned i)
{
	return i < (unsigned)asn_DEF_ServicesList.elements_count ? asn_DEF_ServicesList.elements[i].name : NULL;
}

const char *
pe_status_name(unsigned status)
{
	static const char *const names[] = {"ok", "pe-not-supported", "memory-failure", "bad-values", "not-enough-memory", "invalid-request-format",
		"invalid-parameter", "runtime-not-supported", "lib-not-supported", "template-not-supported", "feature-not-supported", "pin-code-missing"};

	return status < sizeof(names) / sizeof(names[0]) ? names[status] : status == PE_VERSION ? "unsupported-profile-version" : "status";
}

static enum rsp_status
check_services(struct profile_reader *r, struct bytes list)
{
	struct tlv t;

	while (list.n && tlv_next(&list, &t) == RSP_OK) {
		unsigned i = t.tag > 0xFF ? 99 : t.tag & 0x1F;
		const char *name = profile_service_name(i);

		r->at = t.whole;
		if (i > 31 || !(SUPPORTED & 1u << i))
			return pe_fail(r, PE_FEATURE, "the package needs service %s, which this card has not", name ? name : "of a number without a name");
		r->p.mandatory_services |= 1u << i;
	}
	return RSP_OK;
}

static enum rsp_status
check_templates(struct profile_reader *r, struct bytes list)
{
	struct template_rows rows;
	struct tlv t;

	while (list.n && tlv_next(&list, &t) == RSP_OK) {
		r->at = t.whole;
		if (!template_find(t.value, &rows))
			return pe_fail(r, PE_TEMPLATE, "the package needs a file template that is not known");
	}
	return RSP_OK;
}

/* { aid, version(2) }: libraries of applications, of which this card has none. */
static enum rsp_status
check_libraries(struct profile_reader *r, struct bytes list)
{
	struct bytes aid, version;
	enum rsp_status st = RSP_OK;
	struct tlv t;

	while (list.n && tlv_next(&list, &t) == RSP_OK) {
		(void)pe_octets(r, t.value, 0x80, 5, 16, &aid, &st);
		(void)pe_octets(r, t.value, 0x81, 2, 2, &version, &st);
		if (st != RSP_OK)
			return st;
		r->at = t.whole;
		return pe_fail(r, PE_LIBRARY, "the package needs an application library that this card has not");
	}
	return RSP_OK;
}

/* Ten octets in reading order, F after the last digit. */
static enum rsp_status
read_iccid(struct profile_reader *r, struct bytes given)
{
	size_t i, digits = 0;

	for (i = 0; i < 20; i++) {
		unsigned nibble = (unsigned)given.p[i / 2] >> (i % 2 ? 0 : 4) & 15;

		if (nibble < 10 && digits == i)
			digits++;
		else if (nibble != 15)
			return pe_fail(r, PE_BAD_VALUES, "the header's ICCID is not digits and then F");
	}
	if (digits < 18)
		return pe_fail(r, PE_BAD_VALUES, "the header's ICCID has %zu digits, want 18 to 20", digits);
	for (i = 0; i < 10; i++)
		r->p.iccid[i] = (uint8_t)(given.p[i] << 4 | given.p[i] >> 4);
	return RSP_OK;
}

/* minimal IoT profile: the USIM's AID is its RID and this. */
static enum rsp_status
read_iot(struct profile_reader *r, struct bytes options)
{
	struct bytes pix = BYTES_NONE;
	enum rsp_status st = RSP_OK;

	if (pe_octets(r, options, 0x80, 7, 11, &pix, &st))
		r->p.iot_pix = rsp_copy(&r->mem, pix);
	return st;
}

static enum rsp_status
read_texts(struct profile_reader *r, struct bytes value)
{
	struct bytes type, iccid;
	enum rsp_status st = RSP_OK;

	if (pe_octets(r, value, 0x82, 1, 100, &type, &st))
		r->p.type = rsp_copy(&r->mem, type);
	return pe_octets(r, value, 0x83, 10, 10, &iccid, &st) ? read_iccid(r, iccid) : st;
}

enum rsp_status
pe_header(struct profile_reader *r, struct bytes value)
{
	static const struct { uint32_t tag; enum rsp_status (*check)(struct profile_reader *r, struct bytes value); } lists[] = {
		{0xA5, check_services}, {0xA6, check_templates}, {0xA8, check_libraries}, {0xA9, read_iot},
	};
	enum rsp_status st = RSP_OK;
	struct tlv t;
	size_t i;

	(void)pe_number(r, value, 0x80, 255, &r->p.major, &st);
	if (st == RSP_OK && r->p.major != 2 && r->p.major != 3)
		return pe_fail(r, PE_VERSION, "profile version %u: want 2.x or 3.x", r->p.major);
	(void)pe_number(r, value, 0x81, 255, &r->p.minor, &st);
	for (i = 0; st == RSP_OK && i < sizeof(lists) / sizeof(lists[0]); i++)
		if (tlv_find(value, lists[i].tag, &t))
			st = lists[i].check(r, t.value);
	return st == RSP_OK ? read_texts(r, value) : st;
}
