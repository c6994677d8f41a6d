// SPDX-License-Identifier: BSD-2-Clause
#include "codec/schema.h"

#include <asn_application.h>
#include <constr_CHOICE.h>
#include <string.h>

#define UNTAGGED ((ber_tlv_tag_t)-1)
#define DEPTH 8   /* of choices in choices */

extern asn_TYPE_descriptor_t *asn_pdu_collection[];

static const asn_TYPE_descriptor_t *
descriptor(const struct schema *type)
{
	return (const asn_TYPE_descriptor_t *)type;
}

static const struct schema *
schema_of(const asn_TYPE_descriptor_t *td)
{
	return (const struct schema *)td;
}

/* 0xBF2E to asn1c's form: the number above two bits of class. */
static ber_tlv_tag_t
asn_tag(uint32_t tag)
{
	uint32_t first = tag > 0xFFFF ? tag >> 16 : tag > 0xFF ? tag >> 8 : tag;
	uint32_t number = tag > 0xFFFF ? (tag >> 1 & 0x3F80) | (tag & 0x7F) : tag > 0xFF ? tag & 0x7F : tag & 0x1F;

	return (ber_tlv_tag_t)(number << 2 | first >> 6);
}

static bool
is_choice(const asn_TYPE_descriptor_t *td)
{
	return td->free_struct == CHOICE_free;
}

const char *
schema_name(const struct schema *type)
{
	return descriptor(type)->name;
}

static bool
is_list(const asn_TYPE_descriptor_t *td)
{
	return td->elements_count == 1 && td->elements[0].memb_offset == 0 && td->elements[0].name[0] == '\0';
}

enum schema_kind
schema_kind(const struct schema *type)
{
	static const struct { unsigned number; enum schema_kind kind; } kinds[] = {{1, SCHEMA_BOOLEAN}, {2, SCHEMA_INTEGER}, {3, SCHEMA_BITS},
		{4, SCHEMA_OCTETS}, {5, SCHEMA_NULL}, {6, SCHEMA_OID}, {10, SCHEMA_INTEGER}, {12, SCHEMA_TEXT}, {18, SCHEMA_TEXT}, {19, SCHEMA_TEXT},
		{22, SCHEMA_TEXT}, {23, SCHEMA_TEXT}, {24, SCHEMA_TEXT}, {26, SCHEMA_TEXT}};
	const asn_TYPE_descriptor_t *td = descriptor(type);
	ber_tlv_tag_t own = UNTAGGED;
	size_t i;

	if (is_choice(td))
		return SCHEMA_CHOICE;
	if (is_list(td))
		return SCHEMA_LIST;
	/* The first universal one: behind UTF8String's stands that of OCTET STRING. */
	for (i = 0; i < (size_t)td->all_tags_count && own == UNTAGGED; i++)
		if ((td->all_tags[i] & 3) == 0)
			own = td->all_tags[i];
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (own == (ber_tlv_tag_t)(kinds[i].number << 2))
			return kinds[i].kind;
	return own == 16 << 2 || own == 17 << 2 ? SCHEMA_STRUCTURE : SCHEMA_OTHER;
}

/* A type found under its own tag: what is left to be read inside. */
static void
place_of(const asn_TYPE_descriptor_t *td, const char *name, struct schema_place *out)
{
	*out = (struct schema_place){schema_of(td), name, false, is_choice(td) || td->tags_count > 1};
}

static bool find_member(const asn_TYPE_descriptor_t *td, ber_tlv_tag_t tag, long from, unsigned depth, struct schema_place *out, long *at);

/* The type's own tag, or for a CHOICE without one an alternative's. */
static bool
find_type(const asn_TYPE_descriptor_t *td, ber_tlv_tag_t tag, const char *name, unsigned depth, struct schema_place *out)
{
	long at;

	if (td->tags_count > 0 && td->tags[0] == tag) {
		place_of(td, name, out);
		return true;
	}
	return is_choice(td) && td->tags_count == 0 && depth < DEPTH && find_member(td, tag, 0, depth + 1, out, &at);
}

static bool
find_member(const asn_TYPE_descriptor_t *td, ber_tlv_tag_t tag, long from, unsigned depth, struct schema_place *out, long *at)
{
	long i;

	for (i = from; i < (long)td->elements_count; i++) {
		const asn_TYPE_member_t *m = &td->elements[i];

		if (m->tag == UNTAGGED) {
			if (find_type(m->type, tag, m->name, depth, out)) {
				out->optional = m->optional > 0;
				*at = i;
				return true;
			}
		} else if (m->tag == tag) {
			*out = (struct schema_place){schema_of(m->type), m->name, m->optional > 0, m->tag_mode > 0 || (m->tag_mode == 0 && is_choice(m->type))};
			*at = i;
			return true;
		}
	}
	return false;
}

bool
schema_member(const struct schema *type, uint32_t tag, long *from, struct schema_place *out)
{
	const asn_TYPE_descriptor_t *td = descriptor(type);
	long at = 0;

	if (!find_member(td, asn_tag(tag), *from, 0, out, &at) && !find_member(td, asn_tag(tag), 0, 0, out, &at))
		return false;
	*from = is_list(td) ? 0 : at + 1;
	return true;
}

bool
schema_inside(const struct schema *type, uint32_t tag, struct schema_place *out)
{
	const asn_TYPE_descriptor_t *td = descriptor(type);
	long at;

	if (is_choice(td))
		return find_member(td, asn_tag(tag), 0, 0, out, &at);
	*out = (struct schema_place){type, "", false, false};
	return td->tags_count > 0 && td->tags[td->tags_count - 1] == asn_tag(tag);
}

unsigned
schema_required(const struct schema *type)
{
	const asn_TYPE_descriptor_t *td = descriptor(type);
	unsigned n = 0;
	long i;

	if (schema_kind(type) != SCHEMA_STRUCTURE)
		return 0;
	for (i = 0; i < (long)td->elements_count; i++)
		n += td->elements[i].optional == 0;
	return n;
}

const struct schema *
schema_named(const char *name)
{
	asn_TYPE_descriptor_t **td;

	for (td = asn_pdu_collection; *td; td++)
		if (strcmp((*td)->name, name) == 0)
			return schema_of(*td);
	return NULL;
}

bool
schema_by_tag(uint32_t tag, size_t i, struct schema_place *out)
{
	asn_TYPE_descriptor_t **td;

	for (td = asn_pdu_collection; *td; td++)
		if ((*td)->tags_count > 0 && (*td)->tags[0] == asn_tag(tag) && i-- == 0) {
			place_of(*td, "", out);
			return true;
		}
	return false;
}
