// SPDX-License-Identifier: BSD-2-Clause
/* securityDomain, rfm and application of a description. */
#include "profile/build.h"

struct member { const char *name; uint32_t tag; bool needed; };

static enum rsp_status
put_members(struct builder *b, struct section *s, const struct member *rows, size_t n)
{
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < n; i++)
		st = build_octets(b, s, rows[i].name, rows[i].tag, rows[i].needed);
	return st;
}

#define PUT(b, s, rows) put_members((b), (s), (rows), sizeof(rows) / sizeof((rows)[0]))

/* Values with blanks between, each under one tag. */
static enum rsp_status
put_list(struct builder *b, struct section *s, const char *name, uint32_t tag, uint32_t each)
{
	const char *text = build_setting(s, name), *rest = text, *end;
	struct bytes v;
	size_t mark;
	enum rsp_status st = RSP_OK;

	if (!text)
		return RSP_OK;
	mark = tlv_open(&b->out, tag);
	for (; st == RSP_OK && *(rest += strspn(rest, " \t\n,")); rest = end) {
		end = rest + strcspn(rest, " \t\n,");
		st = build_hex(b, s, name, rsp_sprintf(b->c, "%.*s", (int)(end - rest), rest), &v);
		if (st == RSP_OK)
			tlv_add(&b->out, each, v);
	}
	tlv_close(&b->out, mark);
	return st;
}

/* ApplicationInstance; what is not said of a security domain is as published test profiles have it. */
static enum rsp_status
put_instance(struct builder *b, struct section *s, uint32_t tag)
{
	static const struct member aids[] = {{"package", 0x4F, true}, {"class", 0x4F, true}, {"instance", 0x4F, true}, {"extradite", 0x4F, false}},
		plain[] = {{"privileges", 0x82, true}, {"life-cycle", 0x83, false}, {"parameters", 0xC9, true}}, toolkit[] = {{"toolkit", 0x80, false},
		{"access-parameters", 0x81, false}, {"admin-parameters", 0x82, false}};
	size_t mark = tlv_open(&b->out, tag), inner;
	enum rsp_status st = PUT(b, s, aids);

	if (st == RSP_OK)
		st = PUT(b, s, plain);
	if (st == RSP_OK && (build_setting(s, "toolkit") || build_setting(s, "access-parameters") || build_setting(s, "admin-parameters"))) {
		inner = tlv_open(&b->out, 0xEA);
		st = PUT(b, s, toolkit);
		tlv_close(&b->out, inner);
	}
	if (st == RSP_OK)
		st = put_list(b, s, "process", 0x30, 0x04);
	tlv_close(&b->out, mark);
	return st;
}

/* ---- keys ---- */

struct key { struct bytes type, value, usage, access, counter; unsigned mac; bool has_mac; };

static enum rsp_status
key_word(struct builder *b, struct section *s, const char *name, const char *word, const char *value, struct key *k)
{
	static const struct { const char *word; uint8_t type; } types[] = {{"des", 0x80}, {"aes", 0x88}, {"psk", 0x85}};
	const struct { const char *word; struct bytes *to; } octets[] = {
		{"type", &k->type}, {"value", &k->value}, {"usage", &k->usage}, {"access", &k->access}, {"counter", &k->counter},
	};
	size_t i;

	for (i = 0; i < 3; i++)
		if (strcmp(types[i].word, word) == 0) {
			k->type = bytes_of(&types[i].type, 1);
			return build_hex(b, s, name, value, &k->value);
		}
	for (i = 0; i < sizeof(octets) / sizeof(octets[0]); i++)
		if (strcmp(octets[i].word, word) == 0)
			return build_hex(b, s, name, value, octets[i].to);
	if (strcmp(word, "mac") != 0)
		return build_fail(b, s, name, "want aes, des, psk, type, value, usage, access, counter or mac");
	k->has_mac = true;
	return build_number(b, s, name, value, 255, &k->mac);
}

static void
put_key(struct buf *out, struct bytes name, const struct key *k)
{
	size_t mark = tlv_open(out, 0x30), list, one;

	tlv_add(out, 0x95, k->usage);
	if (k->access.p)
		tlv_add(out, 0x96, k->access);
	tlv_add(out, 0x82, bytes_slice(name, 1, 1));
	tlv_add(out, 0x83, bytes_slice(name, 0, 1));
	if (k->counter.p)
		tlv_add(out, 0x85, k->counter);
	list = tlv_open(out, 0x30);
	one = tlv_open(out, 0x30);
	tlv_add(out, 0x80, k->type);
	tlv_add(out, 0x86, k->value);
	if (k->has_mac)
		tlv_add_uint(out, 0x87, k->mac);
	tlv_close(out, one);
	tlv_close(out, list);
	tlv_close(out, mark);
}

/* "key 01/02 = aes 00112233...": version, identifier. */
static enum rsp_status
one_key(struct builder *b, struct section *s, const struct setting *set)
{
	static const uint8_t usages[] = {0x18, 0x18, 0x14, 0x48};
	const char *rest = set->value, *word, *value;
	struct key k = {.mac = 8};
	struct bytes name;
	enum rsp_status st = build_path(b, s, set->name, set->name + 4, &name);

	if (st == RSP_OK && name.n != 2)
		st = build_fail(b, s, set->name, "want 'key VERSION/IDENTIFIER' in hex");
	while (st == RSP_OK && build_word(b, &rest, &word, &value))
		st = key_word(b, s, set->name, word, value, &k);
	if (st == RSP_OK && (!k.type.p || !k.value.p))
		st = build_fail(b, s, set->name, "a key needs a value");
	if (st != RSP_OK)
		return st;
	if (!k.usage.p)
		k.usage = bytes_of(&usages[name.p[1] < 4 ? name.p[1] : 0], 1);
	put_key(&b->out, name, &k);
	return RSP_OK;
}

static enum rsp_status
put_keys(struct builder *b, struct section *s)
{
	size_t mark = 0, i, n = 0;
	enum rsp_status st = RSP_OK;

	for (i = 0; st == RSP_OK && i < s->n; i++) {
		if (strncmp(s->set[i].name, "key ", 4) != 0)
			continue;
		s->set[i].used = true;
		if (!n++)
			mark = tlv_open(&b->out, 0xA2);
		st = one_key(b, s, &s->set[i]);
	}
	if (n)
		tlv_close(&b->out, mark);
	return st;
}

static enum rsp_status
put_cat_tp(struct builder *b, struct section *s)
{
	const char *sdu = build_setting(s, "cat-tp-sdu"), *pdu = build_setting(s, "cat-tp-pdu");
	unsigned n = 0, m = 0;
	size_t mark;
	enum rsp_status st;

	if (!sdu && !pdu)
		return RSP_OK;
	if ((st = build_number(b, s, "cat-tp-sdu", sdu ? sdu : "0", 65535, &n)) != RSP_OK ||
		(st = build_number(b, s, "cat-tp-pdu", pdu ? pdu : "0", 65535, &m)) != RSP_OK)
		return st;
	mark = tlv_open(&b->out, 0xA5);
	tlv_add_uint(&b->out, 0x80, n);
	tlv_add_uint(&b->out, 0x81, m);
	tlv_close(&b->out, mark);
	return RSP_OK;
}

enum rsp_status
build_sd(struct builder *b, struct section *s)
{
	static const struct member open[] = {{"restrict", 0xD9, false}, {"contactless", 0x04, false}};
	size_t mark;
	enum rsp_status st = put_instance(b, s, 0xA1);

	if (st == RSP_OK)
		st = put_keys(b, s);
	if (st == RSP_OK)
		st = put_list(b, s, "personal-data", 0xA3, 0x04);
	if (st == RSP_OK && (build_setting(s, "restrict") || build_setting(s, "contactless"))) {
		mark = tlv_open(&b->out, 0xA4);
		st = PUT(b, s, open);
		tlv_close(&b->out, mark);
	}
	return st == RSP_OK ? put_cat_tp(b, s) : st;
}

enum rsp_status
build_rfm(struct builder *b, struct section *s)
{
	static const struct member aids[] = {{"instance", 0x4F, true}, {"domain", 0x4F, false}}, level[] = {{"security-level", 0x81, true}},
		access[] = {{"access", 0x04, true}, {"admin-access", 0x04, true}}, adf[] = {{"adf", 0x80, true}, {"adf-access", 0x81, true},
		{"adf-admin-access", 0x82, true}};
	size_t mark;
	enum rsp_status st = PUT(b, s, aids);

	if (st == RSP_OK)
		st = put_list(b, s, "tar", 0xA0, 0x04);
	if (st == RSP_OK)
		st = PUT(b, s, level);
	if (st == RSP_OK)
		st = PUT(b, s, access);
	if (st == RSP_OK && build_setting(s, "adf")) {
		mark = tlv_open(&b->out, 0x30);
		st = PUT(b, s, adf);
		tlv_close(&b->out, mark);
	}
	return st;
}

enum rsp_status
build_application(struct builder *b, struct section *s)
{
	static const struct member load[] = {{"load-package", 0x4F, true}, {"load-domain", 0x4F, false}, {"code-limit", 0xC6, false},
		{"volatile-limit", 0xC7, false}, {"data-limit", 0xC8, false}, {"hash", 0xC1, false}, {"load-block", 0xC4, true}};
	size_t mark;
	enum rsp_status st = RSP_OK;

	if (build_setting(s, "load-package")) {
		mark = tlv_open(&b->out, 0xA1);
		st = PUT(b, s, load);
		tlv_close(&b->out, mark);
	}
	if (st == RSP_OK && build_setting(s, "instance")) {
		mark = tlv_open(&b->out, 0xA2);
		st = put_instance(b, s, 0x30);
		tlv_close(&b->out, mark);
	}
	return st;
}
