// SPDX-License-Identifier: BSD-2-Clause
/* TLV by TLV, with the type's names beside it. What does not parse is said with its place, after everything that came before it. */
#include "dump/impl.h"

static size_t
offset_in(struct bytes base, const uint8_t *p)
{
	return p && base.p && p >= base.p && p <= base.p + base.n ? (size_t)(p - base.p) : 0;
}

static size_t
tag_octets(struct bytes in)
{
	size_t n = 1;

	if ((in.p[0] & 0x1F) != 0x1F)
		return 1;
	while (n < in.n && in.p[n] & 0x80)
		n++;
	return n + 1;
}

void
dump_tlv_fault(struct dump *d, struct dump_node *parent, struct bytes base, struct bytes rest)
{
	size_t at = offset_in(base, rest.p), tag = rest.n ? tag_octets(rest) : 0, k, wanted = 0, i;

	if (!rest.n || tag > rest.n) {
		dump_complain(d, parent, 'E', "at octet %zu: want a tag, have %s%s", at, rest.n ? "a piece of one: " : "nothing", rest.n ? dump_hex(d, rest) : "");
		return;
	}
	if (tag > 3) {
		dump_complain(d, parent, 'E', "at octet %zu: want a tag of 1 to 3 octets, have %zu", at, tag);
		return;
	}
	if (tag == rest.n) {
		dump_complain(d, parent, 'E', "at octet %zu: want a length after tag %s, have nothing", at + tag, dump_hex(d, rest));
		return;
	}
	k = rest.p[tag];
	if (k == 0x80 || k > 0x84) {
		dump_complain(d, parent, 'E', "at octet %zu: want a definite length of at most 4 octets after %02zX%s", at + tag, k, k == 0x80 ? " (indefinite)" : "");
		return;
	}
	k = k > 0x80 ? k - 0x80 : 0;
	if (tag + 1 + k > rest.n) {
		dump_complain(d, parent, 'E', "at octet %zu: want %zu octets of length, have %zu", at + tag, k, rest.n - tag - 1);
		return;
	}
	for (i = 0; i < k; i++)
		wanted = wanted << 8 | rest.p[tag + 1 + i];
	if (!k)
		wanted = rest.p[tag];
	dump_complain(d, parent, 'E', "at octet %zu: tag %s wants %zu octets of content, %zu are left", at, dump_hex(d, bytes_slice(rest, 0, tag)), wanted,
		rest.n - tag - 1 - k);
}

bool
dump_take(struct bytes *rest, struct tlv *out, bool *cut)
{
	size_t n, header;

	*cut = false;
	if (tlv_next(rest, out) == RSP_OK)
		return true;
	header = tlv_header_size(*rest, &out->tag, &n);
	if (!header || n <= rest->n - header)
		return false;
	*cut = true;
	out->value = bytes_from(*rest, header);
	out->whole = *rest;
	*rest = bytes_from(*rest, rest->n);
	return true;
}

/* Is the length written in more octets than it needs? DER forbids that. */
static bool
length_is_long(const struct tlv *t)
{
	uint32_t number;
	size_t n = 0, header = tlv_header_size(t->whole, &number, &n), tag = tag_octets(t->whole);

	return header > tag + (n < 0x80 ? 1u : n < 0x100 ? 2u : n < 0x10000 ? 3u : n < 0x1000000 ? 4u : 5u);
}

static void
place_line(struct dump_node *n, struct bytes base, const struct tlv *t)
{
	if (!n)
		return;
	n->tlv = true;
	n->tag = t->tag;
	n->length = t->value.n;
	n->offset = offset_in(base, t->whole.p);
}

static struct dump_node *
tlv_line(struct dump *d, struct dump_node *parent, struct bytes base, const struct tlv *t, const char *name)
{
	struct dump_node *n = dump_add(d, parent, name);

	place_line(n, base, t);
	if (length_is_long(t))
		dump_complain(d, n, 'W', "the length is written in more octets than DER allows");
	return n;
}

/* PKCS#8 { version 0, algorithm, OCTET STRING } or SEC1 { version 1, OCTET STRING }. */
static bool
is_private_key(const struct tlv *t)
{
	struct bytes rest = t->value;
	struct tlv version, next;

	if (t->tag != 0x30 || tlv_next(&rest, &version) != RSP_OK || version.tag != 0x02 || version.value.n != 1 || tlv_next(&rest, &next) != RSP_OK)
		return false;
	if (version.value.p[0] == 1 && next.tag == 0x04)
		return true;
	return version.value.p[0] <= 1 && next.tag == 0x30 && tlv_next(&rest, &next) == RSP_OK && next.tag == 0x04;
}

/* A TLV of no known type, inside one of tag `within`. Tags that are RSP's own are known wherever they stand. */
static void
unknown(struct dump *d, struct dump_node *parent, struct bytes base, uint32_t within, const struct tlv *t)
{
	const char *known = dump_tag_name(within, t->tag);
	struct bytes rest = t->value;
	struct schema_place at;
	struct dump_node *n;
	struct tlv kid;

	if (within && within != 0xE2 && (t->tag >= 0xBF20 || (t->tag >= 0xE0 && t->tag <= 0xFF)) && d->depth < DUMP_DEPTH && dump_choose(t, NULL, &at)) {
		dump_place(d, parent, base, t, &at, "");
		return;
	}
	n = tlv_line(d, parent, base, t, known ? known : "unknown tag");

	if (!d->o.secrets && is_private_key(t)) {
		dump_say(d, n, "a private key, not shown");
		return;
	}
	if (!tlv_is_constructed(t->tag) || d->depth > DUMP_DEPTH || !tlv_all_well_formed(t->value)) {
		n->raw = t->value;
		dump_universal(d, n, t->tag, t->value);
		return;
	}
	d->depth++;
	while (rest.n && !d->full && tlv_next(&rest, &kid) == RSP_OK)
		unknown(d, n, base, t->tag, &kid);
	d->depth--;
}

/* A value that is cut short is shown, not read. */
static void
cut_value(struct dump *d, struct dump_node *parent, struct bytes base, const struct tlv *t, const char *name, const char *outer)
{
	struct dump_node *n = dump_add(d, parent, name);

	place_line(n, base, t);
	if (!d->o.secrets && dump_is_secret(outer, name))
		return;
	n->raw = t->value;
	dump_say(d, n, "%s", dump_hex(d, t->value));
}

/* One member; after what there is of a cut one, that it is cut: once, by the innermost. */
static void
member(struct dump *d, struct dump_node *parent, struct bytes base, const struct tlv *t, bool cut, const struct schema_place *at, const char *outer)
{
	const char *known = dump_tag_name(0, t->tag);
	unsigned before = d->errors;

	if (cut && !tlv_is_constructed(t->tag))
		cut_value(d, parent, base, t, at ? at->name : known ? known : "unknown tag", outer);
	else if (at)
		dump_place(d, parent, base, t, at, outer);
	else
		unknown(d, parent, base, 0, t);
	if (cut && d->errors == before)
		dump_tlv_fault(d, parent, base, t->whole);
}

static void
members(struct dump *d, struct dump_node *parent, struct bytes base, const struct schema *type, struct bytes value)
{
	struct schema_place m;
	struct bytes rest = value;
	long from = 0;
	struct tlv t;
	bool cut;

	while (rest.n && !d->full) {
		if (!dump_take(&rest, &t, &cut)) {
			dump_tlv_fault(d, parent, base, rest);
			return;
		}
		member(d, parent, base, &t, cut, schema_member(type, t.tag, &from, &m) ? &m : NULL, schema_name(type));
	}
}

/* The one TLV inside an EXPLICIT tag or a CHOICE; a CHOICE's alternative hangs below it. */
static void
wrapped(struct dump *d, struct dump_node *n, struct bytes base, const struct schema *type, struct bytes value)
{
	struct schema_place inner;
	struct tlv t;
	bool cut;

	if (!dump_take(&value, &t, &cut)) {
		dump_tlv_fault(d, n, base, value);
		return;
	}
	member(d, n, base, &t, cut, schema_inside(type, t.tag, &inner) ? &inner : NULL, schema_name(type));
	if (value.n)
		dump_complain(d, n, 'E', "%zu octets left over after the one value that %s takes: %s", value.n, schema_name(type), dump_hex(d, value));
}

static bool
primitive_kind(enum schema_kind kind)
{
	return kind != SCHEMA_STRUCTURE && kind != SCHEMA_LIST && kind != SCHEMA_CHOICE && kind != SCHEMA_OTHER;
}

static bool
is_named(const struct schema *type, const char *name)
{
	return strcmp(schema_name(type), name) == 0;
}

void
dump_place(struct dump *d, struct dump_node *parent, struct bytes base, const struct tlv *t, const struct schema_place *at, const char *outer)
{
	enum schema_kind kind = schema_kind(at->type);
	const char *type = schema_name(at->type);
	struct dump_node *n;

	if (is_named(at->type, "Certificate") && dump_certificate(d, parent, *at->name ? at->name : "certificate", t->whole)) {
		place_line(parent->last, base, t);
		return;
	}
	n = tlv_line(d, parent, base, t, at->name);
	n->type = strcmp(type, at->name) == 0 ? NULL : type;
	if (d->depth > DUMP_DEPTH) {
		dump_complain(d, n, 'E', "more than %d levels", DUMP_DEPTH);
		return;
	}
	d->depth++;
	if (at->wrapped)
		wrapped(d, n, base, at->type, t->value);
	else if (kind == SCHEMA_OTHER || (primitive_kind(kind) && tlv_is_constructed(t->tag)))
		members(d, n, base, at->type, t->value);
	else if (primitive_kind(kind))
		dump_value(d, n, at, outer, t->value);
	else
		members(d, n, base, at->type, t->value);
	d->depth--;
}

/* A TLV that stands alone: its type is to be found. */
static void
alone(struct dump *d, struct dump_node *parent, struct bytes base, const struct tlv *t, const char *hint)
{
	const struct dump_function *f = dump_function(t->tag);
	struct schema_place at;
	struct dump_node *n;

	if (t->tag == 0xBF36) {
		dump_bpp(d, parent, t->whole);
		return;
	}
	if (t->tag == 0x30 && dump_certificate(d, parent, "certificate", t->whole))
		return;
	if (!dump_choose(t, hint, &at)) {
		unknown(d, parent, base, 0, t);
		return;
	}
	dump_place(d, parent, base, t, &at, "");
	n = parent->last;
	if (n && f && !n->text)
		dump_say(d, n, "(%s%s%s, %s)", f->interface, *f->interface ? "." : "", f->name, f->clause);
}

void
dump_der(struct dump *d, struct dump_node *parent, struct bytes base, struct bytes in, const char *hint)
{
	struct bytes rest = in;
	struct tlv t;
	bool cut;

	while (rest.n && !d->full) {
		unsigned before = d->errors;

		if (!dump_take(&rest, &t, &cut)) {
			dump_tlv_fault(d, parent, base, rest);
			return;
		}
		if (cut && !tlv_is_constructed(t.tag))
			cut_value(d, parent, base, &t, dump_tag_name(0, t.tag) ? dump_tag_name(0, t.tag) : "unknown tag", "");
		else
			alone(d, parent, base, &t, hint);
		if (cut && d->errors == before)
			dump_tlv_fault(d, parent, base, t.whole);
	}
}

void
dump_typed(struct dump *d, struct dump_node *parent, struct bytes der, const char *name, const struct schema *type)
{
	struct schema_place at = {type, name, false, schema_kind(type) == SCHEMA_CHOICE};
	struct bytes rest = der;
	struct tlv t;

	bool cut;

	if (!dump_take(&rest, &t, &cut)) {
		dump_tlv_fault(d, parent, der, der);
		return;
	}
	member(d, parent, der, &t, cut, &at, "");
	if (rest.n)
		dump_complain(d, parent, 'E', "%zu octets left over", rest.n);
}
