// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the ASN.1 modules say of a tag, for people: names of types and members, kinds of values, names of numbers and bits. Nothing is decoded
 * here: a reader walks the TLVs itself and asks for each tag what it is.
 */
#ifndef CODEC_SCHEMA_H
#define CODEC_SCHEMA_H

#include <esimlab/rsp.h>

struct schema;   /* a type; static */

enum schema_kind { SCHEMA_STRUCTURE, SCHEMA_LIST, SCHEMA_CHOICE, SCHEMA_INTEGER, SCHEMA_BITS, SCHEMA_OCTETS, SCHEMA_TEXT, SCHEMA_OID, SCHEMA_BOOLEAN,
	SCHEMA_NULL, SCHEMA_OTHER };

/* What one TLV is. */
struct schema_place {
	const struct schema *type;   /* of its content */
	const char *name;            /* the member's; "" for an element of a list */
	bool optional;               /* or with a DEFAULT */
	bool wrapped;                /* EXPLICIT or a CHOICE: the content is one TLV more, see schema_inside */
};

/* By the specification's name: "EUICCInfo2"; NULL when there is none. */
const struct schema *schema_named(const char *name);
/* The i-th type that has this tag as its own outermost one; false: no more. Request and response of a function share one. */
bool schema_by_tag(uint32_t tag, size_t i, struct schema_place *out);
/*
 * A member of a structure, an alternative of a CHOICE, the element of a list, by tag. *from is where to look, 0 at first: members come in order and
 * two may have one tag; it moves on, and what comes late is found all the same. False: the type knows no such tag.
 */
bool schema_member(const struct schema *type, uint32_t tag, long *from, struct schema_place *out);
/* The single TLV inside a wrapped place. */
bool schema_inside(const struct schema *type, uint32_t tag, struct schema_place *out);
/* How many members a structure must have. */
unsigned schema_required(const struct schema *type);
const char *schema_name(const struct schema *type);
enum schema_kind schema_kind(const struct schema *type);

/*
 * Names of a named number or bit: member of `parent` (a type's name) with its own type's name. "name(0) other(1)" or NULL. Static.
 */
const char *schema_items(const char *parent, const char *member, const char *type);
/* The name of number n in such a list; false: none. */
bool schema_item(const char *items, long n, struct bytes *out);

#endif
