// SPDX-License-Identifier: BSD-2-Clause
/* The header: everything a card must have is checked before anything is created (package format 8.2). */
#include "profile/impl.h"

#include <ProfileHeader.h>
#include <ServicesList.h>

/* What the card of this project can do, by number of the named service: all file services; USIM, ISIM and CSIM as files; Milenage and the
 * test algorithm; BER-TLV, links. Announcing get-identity and its profiles belongs to the files' side here. */
#define SUPPORTED ( \
	1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 13 | 1u << 14 | 1u << 15 | 1u << 17 | 1u << 18 | 1u << 19 | 1u << 21 | 1u << 22 | 1u << 23)

static const char *
service_name(unsigned i)
{
	return i < (unsigned)asn_DEF_ServicesList.elements_count ? asn_DEF_ServicesList.elements[i].name : "unknown";
}

static enum rsp_status
check_services(struct profile_reader *r, struct bytes list)
{
	struct tlv t;

	while (list.n && tlv_next(&list, &t) == RSP_OK) {
		unsigned i = t.tag & 0x1F;

		if (t.tag > 0xFF || i > 31 || !(SUPPORTED & 1u << i))
			return pe_fail(r, PE_FEATURE, "the package needs service %s, which this card has not", service_name(t.tag > 0xFF ? 99 : i));
		r->p.mandatory_services |= 1u << i;
	}
	return RSP_OK;
}

static enum rsp_status
check_templates(struct profile_reader *r, struct bytes list)
{
	struct template_rows rows;
	struct tlv t;

	while (list.n && tlv_next(&list, &t) == RSP_OK)
		if (!template_find(t.value, &rows))
			return pe_fail(r, PE_TEMPLATE, "the package needs a file template that is not known");
	return RSP_OK;
}

static void
swap_iccid(struct bytes given, uint8_t out[10])
{
	size_t i;

	for (i = 0; i < 10; i++)
		out[i] = (uint8_t)(given.p[i] << 4 | given.p[i] >> 4);
}

enum rsp_status
pe_header(struct profile_reader *r, struct bytes value)
{
	struct pe_member m;
	struct tlv t;
	enum rsp_status st = RSP_OK;

	while (st == RSP_OK && pe_next(&asn_DEF_ProfileHeader, &value, &m)) {
		if (m.tag == 0x80)
			r->p.major = m.value.n == 1 ? m.value.p[0] : 0;
		if (m.tag == 0x81)
			r->p.minor = m.value.n == 1 ? m.value.p[0] : 0;
		if (m.tag == 0x82)
			r->p.type = rsp_copy(&r->mem, m.value);
		if (m.tag == 0x83 && m.value.n != 10)
			return pe_fail(r, PE_FORMAT, "the header's ICCID has %zu octets, want 10", m.value.n);
		if (m.tag == 0x83)
			swap_iccid(m.value, r->p.iccid);
		if (m.tag == 0xA5)
			st = check_services(r, m.value);
		if (m.tag == 0xA6)
			st = check_templates(r, m.value);
		if (m.tag == 0xA8 && tlv_find(m.value, 0x30, &t))
			return pe_fail(r, PE_LIBRARY, "the package needs an application library that this card has not");
		if (m.tag == 0xA9)
			return pe_fail(r, PE_FEATURE, "minimal IoT profiles are not supported");
	}
	if (st == RSP_OK && r->p.major != 2 && r->p.major != 3)
		return pe_fail(r, PE_VERSION, "profile version %u.%u: want 2.x or 3.x", r->p.major, r->p.minor);
	return st;
}
