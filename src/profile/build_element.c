// SPDX-License-Identifier: BSD-2-Clause
/* [element KIND LABEL] sections of a description, a function a family; what their settings are made of. */
#include <ctype.h>
#include <stdlib.h>

#include <asn_application.h>

#include "base/hex.h"
#include "codec/ids.h"
#include "profile/build.h"

enum rsp_status
build_fail(struct builder *b, const struct section *s, const char *name, const char *what)
{
	return rsp_fail(b->c, RSP_MALFORMED, "profile description: %.60s: %.60s%s%s", s ? s->title : "[profile]", name ? name : "", name ? ": " : "", what);
}

const char *
build_setting(struct section *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->set[i].name, name) == 0) {
			s->set[i].used = true;
			return s->set[i].value;
		}
	return NULL;
}

enum rsp_status
build_hex(struct builder *b, const struct section *s, const char *name, const char *text, struct bytes *out)
{
	char *packed = text ? rsp_alloc(b->c, strlen(text) + 1) : NULL;
	size_t n = 0;

	*out = BYTES_NONE;
	if (!text)
		return RSP_OK;
	if (!packed)
		return RSP_NOMEM;
	for (; *text; text++)
		if (!isspace((unsigned char)*text))
			packed[n++] = *text;
	if (hex_read(b->c, bytes_of(packed, n), out) != RSP_OK)
		return build_fail(b, s, name, "want hex digits, two an octet");
	if (!out->p)
		*out = bytes_of(packed, 0);
	return RSP_OK;
}

enum rsp_status
build_number(struct builder *b, const struct section *s, const char *name, const char *text, unsigned most, unsigned *out)
{
	char *end;
	unsigned long v = strtoul(text, &end, strncmp(text, "0x", 2) == 0 ? 16 : 10);

	if (!isdigit((unsigned char)text[0]) || *end || v > most)
		return build_fail(b, s, name, rsp_sprintf(b->c, "want a number from 0 to %u, not '%.20s'", most, text));
	*out = (unsigned)v;
	return RSP_OK;
}

enum rsp_status
build_path(struct builder *b, const struct section *s, const char *name, const char *text, struct bytes *out)
{
	char packed[64];
	size_t n = 0;

	for (; *text && n < sizeof(packed) - 1; text++)
		if (*text != '/')
			packed[n++] = *text;
	if (*text || n % 4 || hex_read(b->c, bytes_of(packed, n), out) != RSP_OK)
		return build_fail(b, s, name, "want FIDs like 7FD0/6F7E");
	if (n == 4 && memcmp(packed, "3F00", 4) == 0)
		*out = bytes_of(out->p, 0);
	return RSP_OK;
}

static const char *
trimmed(struct builder *b, const char *from, size_t n)
{
	while (n && isspace((unsigned char)*from))
		from++, n--;
	while (n && isspace((unsigned char)from[n - 1]))
		n--;
	return rsp_sprintf(b->c, "%.*s", (int)n, from);
}

bool
build_word(struct builder *b, const char **rest, const char **word, const char **value)
{
	const char *p = *rest;
	size_t n, w;

	while (*p && (*p == ',' || isspace((unsigned char)*p)))
		p++;
	if (!*p)
		return false;
	n = strcspn(p, ",");
	w = strcspn(p, ", \t\n");
	*word = trimmed(b, p, w);
	*value = trimmed(b, p + w, n - w);
	*rest = p + n;
	return *word && *value;
}

enum rsp_status
build_octets(struct builder *b, struct section *s, const char *name, uint32_t tag, bool needed)
{
	const char *text = build_setting(s, name);
	struct bytes v;
	enum rsp_status st = build_hex(b, s, name, text, &v);

	if (st == RSP_OK && !text && needed)
		return build_fail(b, s, name, "is needed");
	if (st == RSP_OK && text)
		tlv_add(&b->out, tag, v);
	return st;
}

enum rsp_status
build_oid(struct builder *b, const struct section *s, const char *name, const char *text, struct bytes *out)
{
	return oid_read(b->c, text, out) == RSP_OK ? RSP_OK : build_fail(b, s, name, "want an object identifier like 2.23.143.1.2.4");
}

enum rsp_status
build_template(struct builder *b, struct section *s, struct template_rows *out)
{
	const char *text = build_setting(s, "template");
	unsigned version = 0;
	enum rsp_status st = text ? build_number(b, s, "template", text, 9, &version) : RSP_OK;

	if (st == RSP_OK && !template_of(s->kind, version, out))
		return build_fail(b, s, "template", "there is no such version");
	return st;
}

size_t
build_open(struct builder *b, uint32_t tag, unsigned identification, bool mandated)
{
	size_t mark = tlv_open(&b->out, tag), header = tlv_open(&b->out, 0xA0);

	if (mandated)
		tlv_add_null(&b->out, 0x80);
	tlv_add_uint(&b->out, 0x81, identification ? identification : ++b->id);
	tlv_close(&b->out, header);
	return mark;
}

/* ---- elements of files ---- */

static uint32_t
member_tag(unsigned number)
{
	return number < 31 ? 0xA0 | number : 0xBF00 | number;
}

static enum rsp_status
member(struct builder *b, struct section *s, const struct template_rows *t, const asn_TYPE_member_t *m, bool all, unsigned any_size)
{
	const char *words = build_setting(s, m->name);
	const struct template_row *row = template_row(t, m->name);

	if (!row && words)
		return build_fail(b, s, m->name, "the template has no such file");
	if (!row || (!words && m->optional && !(all && template_has(t, row))))
		return RSP_OK;
	return build_file(b, s, row, member_tag((unsigned)m->tag >> 2), words, words ? 0 : any_size);
}

static enum rsp_status
template_element(struct builder *b, struct section *s)
{
	const asn_TYPE_descriptor_t *td = pe_kind_type(s->kind);
	const char *all = build_setting(s, "all");
	struct template_rows t;
	unsigned any_size = 0;
	enum rsp_status st = build_template(b, s, &t);
	int i;

	if (st == RSP_OK && all)
		st = build_number(b, s, "all", all, 200, &any_size);
	if (st == RSP_OK)
		tlv_add(&b->out, 0x81, bytes_of(t.oid, t.oid_n));
	for (i = 2; st == RSP_OK && i < td->elements_count; i++)
		st = member(b, s, &t, &td->elements[i], all != NULL, any_size);
	return st;
}

/* Every setting that is not the element's own is a file: "7FD0/6F7E = kind linear, ...". */
static enum rsp_status
generic_files(struct builder *b, struct section *s)
{
	size_t list = tlv_open(&b->out, 0xA1), commands = tlv_open(&b->out, 0x30), i;
	enum rsp_status st = RSP_OK;

	for (i = 0; st == RSP_OK && i < s->n; i++) {
		if (s->set[i].used)
			continue;
		s->set[i].used = true;
		st = build_generic(b, s, s->set[i].name, s->set[i].value);
	}
	tlv_close(&b->out, commands);
	tlv_close(&b->out, list);
	return st;
}

static enum rsp_status
cdma(struct builder *b, struct section *s)
{
	static const struct { const char *name; uint32_t tag; } rows[] = {{"key", 0x81}, {"ssd", 0x82}, {"hrpd", 0x83}, {"simple-ip", 0x84}, {"mobile-ip", 0x85}};
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < sizeof(rows) / sizeof(rows[0]); i++)
		st = build_octets(b, s, rows[i].name, rows[i].tag, i == 0);
	return st;
}

static enum rsp_status
non_standard(struct builder *b, struct section *s)
{
	const char *issuer = build_setting(s, "issuer");
	struct bytes oid;
	enum rsp_status st = issuer ? build_oid(b, s, "issuer", issuer, &oid) : build_fail(b, s, "issuer", "is needed");

	if (st != RSP_OK)
		return st;
	tlv_add(&b->out, 0x81, oid);
	return build_octets(b, s, "content", 0x82, true);
}

static enum rsp_status
body(struct builder *b, struct section *s)
{
	switch (s->kind) {
	case PE_GFM:
		return generic_files(b, s);
	case PE_PIN:
	case PE_PUK:
		return build_codes(b, s);
	case PE_AKA:
		return build_aka(b, s);
	case PE_CDMA:
		return cdma(b, s);
	case PE_SD:
		return build_sd(b, s);
	case PE_RFM:
		return build_rfm(b, s);
	case PE_APPLICATION:
		return build_application(b, s);
	case PE_NON_STANDARD:
		return non_standard(b, s);
	case PE_HEADER:
	case PE_END:
		return build_fail(b, s, NULL, "comes by itself: the header from [profile], the end last");
	default:
		return template_element(b, s);
	}
}

enum rsp_status
build_section(struct builder *b, struct section *s)
{
	const char *number = build_setting(s, "identification"), *mandated = build_setting(s, "mandated");
	unsigned id = 0;
	struct bytes der;
	size_t mark, i;
	enum rsp_status st = number ? build_number(b, s, "identification", number, 32767, &id) : RSP_OK;

	if (s->raw) {
		const char *text = build_setting(s, "der");

		st = text ? build_hex(b, s, "der", text, &der) : build_fail(b, s, "der", "is needed");
		if (st == RSP_OK)
			buf_add(&b->out, der);
	} else if (st == RSP_OK) {
		mark = build_open(b, pe_kind_tag(s->kind), id, !mandated || strcmp(mandated, "no") != 0);
		st = body(b, s);
		tlv_close(&b->out, mark);
	}
	for (i = 0; st == RSP_OK && i < s->n; i++)
		if (!s->set[i].used)
			st = build_fail(b, s, s->set[i].name, "there is no such setting");
	return st;
}
