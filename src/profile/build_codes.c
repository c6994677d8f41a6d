// SPDX-License-Identifier: BSD-2-Clause
/* pinCodes, pukCodes and akaParameter of a description. */
#include <stdio.h>

#include "profile/build.h"

struct code { unsigned ref, puk, attributes, max, left; bool has_puk, has_attributes, has_tries; struct bytes value; };

static enum rsp_status
read_tries(struct builder *b, struct section *s, const char *name, const char *value, struct code *out)
{
	char rest;

	out->has_tries = true;
	if (sscanf(value, "%2u/%2u%c", &out->left, &out->max, &rest) != 2 || out->left > 15 || out->max > 15)
		return build_fail(b, s, name, "tries: want LEFT/MOST, each up to 15");
	return RSP_OK;
}

static enum rsp_status
code_word(struct builder *b, struct section *s, const char *name, const char *word, const char *value, struct code *out)
{
	struct bytes ref;
	uint8_t *p;

	if (strcmp(word, "hex") == 0)
		return build_hex(b, s, name, value, &out->value);
	if (strcmp(word, "tries") == 0)
		return read_tries(b, s, name, value, out);
	if (strcmp(word, "attributes") == 0) {
		out->has_attributes = true;
		return build_number(b, s, name, value, 255, &out->attributes);
	}
	if (strcmp(word, "puk") == 0) {
		enum rsp_status st = build_hex(b, s, name, value, &ref);

		if (st != RSP_OK || ref.n != 1)
			return st == RSP_OK ? build_fail(b, s, name, "puk: want a reference like 01") : st;
		out->has_puk = true;
		out->puk = ref.p[0];
		return RSP_OK;
	}
	if (strcmp(word, "digits") != 0 || strlen(value) > 8)
		return build_fail(b, s, name, "want digits, hex, puk, attributes or tries");
	if (!(p = rsp_alloc(b->c, 8)))
		return RSP_NOMEM;
	memset(p, 0xFF, 8);
	memcpy(p, value, strlen(value));
	out->value = bytes_of(p, 8);
	return RSP_OK;
}

static void
put_code(struct buf *out, const struct code *code, bool pin)
{
	size_t mark = tlv_open(out, 0x30);

	tlv_add_uint(out, 0x80, code->ref);
	tlv_add(out, 0x81, code->value);
	if (pin && code->has_puk)
		tlv_add_uint(out, 0x82, code->puk);
	if (pin && code->has_attributes)
		tlv_add_uint(out, 0x83, code->attributes);
	if (code->has_tries)
		tlv_add_uint(out, pin ? 0x84 : 0x82, code->max << 4 | code->left);
	tlv_close(out, mark);
}

/* "pin 01 = digits 0000, puk 01". */
static enum rsp_status
one_code(struct builder *b, struct section *s, const struct setting *set, bool pin)
{
	const char *rest = set->value, *word, *value;
	struct code code = {0};
	struct bytes ref;
	enum rsp_status st = build_hex(b, s, set->name, set->name + 4, &ref);

	if (st == RSP_OK && ref.n != 1)
		st = build_fail(b, s, set->name, "want a reference like 01");
	while (st == RSP_OK && build_word(b, &rest, &word, &value))
		st = code_word(b, s, set->name, word, value, &code);
	if (st != RSP_OK)
		return st;
	code.ref = ref.p[0];
	put_code(&b->out, &code, pin);
	return RSP_OK;
}

enum rsp_status
build_codes(struct builder *b, struct section *s)
{
	bool pin = s->kind == PE_PIN;
	const char *share = pin ? build_setting(s, "share") : NULL;
	size_t mark = tlv_open(&b->out, 0xA1), list, i;
	struct bytes path;
	enum rsp_status st = RSP_OK;

	if (share && (st = build_path(b, s, "share", share, &path)) == RSP_OK)
		tlv_add(&b->out, 0x81, path);
	list = pin && !share ? tlv_open(&b->out, 0xA0) : 0;
	for (i = 0; st == RSP_OK && i < s->n; i++) {
		if (s->set[i].used || strncmp(s->set[i].name, pin ? "pin " : "puk ", 4) != 0)
			continue;
		s->set[i].used = true;
		st = one_code(b, s, &s->set[i], pin);
	}
	if (pin && !share)
		tlv_close(&b->out, list);
	tlv_close(&b->out, mark);
	return st;
}

/* ---- authentication ---- */

static enum rsp_status
put_algorithm(struct builder *b, struct section *s)
{
	static const struct { const char *word; unsigned id; } names[] = {{"milenage", 1}, {"tuak", 2}, {"test", 3}};
	const char *name = build_setting(s, "algorithm"), *options = build_setting(s, "options"), *keccak = build_setting(s, "keccak");
	struct bytes octet;
	unsigned id = 0, n;
	enum rsp_status st;
	size_t i;

	for (i = 0; i < 3; i++)
		if (strcmp(name ? name : "milenage", names[i].word) == 0)
			id = names[i].id;
	if (!id && (st = build_number(b, s, "algorithm", name, 255, &id)) != RSP_OK)
		return st;
	tlv_add_uint(&b->out, 0x80, id);
	if ((st = build_hex(b, s, "options", options ? options : "00", &octet)) != RSP_OK)
		return st;
	tlv_add(&b->out, 0x81, octet);
	if ((st = build_octets(b, s, "k", 0x82, true)) != RSP_OK)
		return st;
	if (id == 3 && !build_setting(s, "opc"))
		tlv_add(&b->out, 0x83, bytes_of("", 0));
	else if ((st = build_octets(b, s, "opc", 0x83, true)) != RSP_OK)
		return st;
	if ((st = build_octets(b, s, "rotation", 0x84, false)) != RSP_OK || (st = build_octets(b, s, "constants", 0x85, false)) != RSP_OK ||
		(st = build_octets(b, s, "counter-max", 0x86, false)) != RSP_OK)
		return st;
	if (keccak && (st = build_number(b, s, "keccak", keccak, 255, &n)) == RSP_OK)
		tlv_add_uint(&b->out, 0x87, n);
	return st;
}

static enum rsp_status
put_mapping(struct builder *b, struct section *s)
{
	const char *options = build_setting(s, "map-options");
	struct bytes octet;
	enum rsp_status st = build_hex(b, s, "map-options", options ? options : "06", &octet);

	if (st != RSP_OK)
		return st;
	tlv_add(&b->out, 0x80, octet);
	return build_octets(b, s, "map-from", 0x81, true);
}

/* sqn-init: one value for all 32, or 32 one after the other. */
static enum rsp_status
put_sqn(struct builder *b, struct section *s)
{
	const char *text = build_setting(s, "sqn-init");
	struct bytes init;
	size_t mark, i;
	enum rsp_status st = build_octets(b, s, "sqn-options", 0x82, false);

	if (st == RSP_OK)
		st = build_octets(b, s, "sqn-delta", 0x83, false);
	if (st == RSP_OK)
		st = build_octets(b, s, "sqn-age", 0x84, false);
	if (st != RSP_OK || !text || (st = build_hex(b, s, "sqn-init", text, &init)) != RSP_OK)
		return st;
	if (init.n == 0 || init.n % 6)
		return build_fail(b, s, "sqn-init", "want values of 6 octets");
	mark = tlv_open(&b->out, 0xA5);
	for (i = 0; i < (init.n == 6 ? 32 : init.n / 6); i++)
		tlv_add(&b->out, 0x04, bytes_slice(init, init.n == 6 ? 0 : 6 * i, 6));
	tlv_close(&b->out, mark);
	return RSP_OK;
}

enum rsp_status
build_aka(struct builder *b, struct section *s)
{
	bool maps = build_setting(s, "map-from") != NULL;
	size_t mark = tlv_open(&b->out, 0xA1), choice = tlv_open(&b->out, maps ? 0xA0 : 0xA1);
	enum rsp_status st = maps ? put_mapping(b, s) : put_algorithm(b, s);

	tlv_close(&b->out, choice);
	tlv_close(&b->out, mark);
	return st == RSP_OK ? put_sqn(b, s) : st;
}
