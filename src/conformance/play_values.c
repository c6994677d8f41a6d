// SPDX-License-Identifier: BSD-2-Clause
/* Fields, changes, answers, what is kept. */
#include "conformance/play.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/hex.h"
#include "crypto/crypto.h"
#include "tlv/mutate.h"

void
play_note(struct play *p, const char *actor, const char *arrow, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_printf(&p->log, "%-6s %s %s\n", actor, arrow, text);
}

void
play_verdict(struct play *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->verdict, sizeof(p->verdict), fmt, ap);
	va_end(ap);
}

void
play_member(struct play *p, const char *name, struct bytes value)
{
	if (p->n_members < MEMBERS_MAX && value.p)
		p->member[p->n_members++] = (struct member){name, value};
}

static bool
find(const struct member *list, size_t n, const char *name, size_t len, struct bytes *out)
{
	while (n-- > 0)
		if (strlen(list[n].name) == len && memcmp(list[n].name, name, len) == 0) {
			*out = list[n].value;
			return true;
		}
	return false;
}

bool
play_value(const struct play *p, const char *path, struct bytes *out)
{
	size_t head = strcspn(path, "/");
	struct bytes in;
	struct tlv t;

	if (*path == '$' ? find(p->kept, p->n_kept, path + 1, head - 1, &in) : find(p->member, p->n_members, path, head, &in)) {
		*out = in;
		if (!path[head])
			return true;
		path += head + 1;
	} else if (!find(p->member, p->n_members, "", 0, &in)) {
		return false;
	}
	if (tlv_at(in, path, &t) != RSP_OK)
		return false;
	*out = t.value;
	return true;
}

static const struct given *
field_of(const struct step *s, const char *name)
{
	size_t i;

	for (i = s->n_fields; i-- > 0;)
		if (strcmp(s->field[i].name, name) == 0)
			return &s->field[i];
	return NULL;
}

bool
play_has(const struct step *s, const char *name)
{
	return field_of(s, name) != NULL;
}

bool
play_says(const struct step *s, const char *name, const char *text)
{
	const struct given *f = field_of(s, name);

	return f && strcmp(f->value.text, text) == 0;
}

static enum rsp_status
variable(struct play *p, const char *name, struct bytes *out)
{
	if (play_value(p, name, out))
		return RSP_OK;
	return rsp_fail(&p->c, RSP_REFUSED, "nothing is kept under %s", name);
}

enum rsp_status
play_field(struct play *p, const struct step *s, const char *name, struct bytes *out)
{
	const struct given *f = field_of(s, name);

	*out = BYTES_NONE;
	if (!f)
		return RSP_OK;
	if (f->value.text[0] == '$' && !f->value.quoted)
		return variable(p, f->value.text, out);
	*out = bytes_of_str(f->value.text);
	return RSP_OK;
}

enum rsp_status
play_hash_code(struct play *p, const struct step *s, struct bytes transaction_id, struct bytes *out)
{
	uint8_t inner[32], outer[32];
	const struct bytes parts[2] = {BYTES_OF(inner), transaction_id};
	struct bytes code;
	enum rsp_status st = play_field(p, s, "code", &code);

	*out = BYTES_NONE;
	if (st != RSP_OK || !code.p)
		return st;
	if ((st = sha256(&p->c, &code, 1, inner)) == RSP_OK)
		st = sha256(&p->c, parts, 2, outer);
	*out = rsp_copy(&p->c, BYTES_OF(outer));
	return st;
}

enum rsp_status
play_octets(struct play *p, const char *text, struct bytes *out)
{
	return *text == '$' ? variable(p, text, out) : hex_read(&p->c, bytes_of_str(text), out);
}

enum rsp_status
play_hex(struct play *p, const struct step *s, const char *name, struct bytes *out)
{
	const struct given *f = field_of(s, name);

	*out = BYTES_NONE;
	return f ? play_octets(p, f->value.text, out) : RSP_OK;
}

enum rsp_status
play_number(struct play *p, const struct step *s, const char *name, uint64_t otherwise, uint64_t *out)
{
	struct bytes text;
	size_t i;
	enum rsp_status st = play_field(p, s, name, &text);

	*out = otherwise;
	if (st != RSP_OK || !text.p)
		return st;
	for (*out = i = 0; i < text.n && i < 18 && text.p[i] >= '0' && text.p[i] <= '9'; i++)
		*out = *out * 10 + (uint64_t)(text.p[i] - '0');
	return i == text.n && i ? RSP_OK : rsp_fail(&p->c, RSP_REFUSED, "%s: want a number, have '%.*s'", name, (int)(text.n > 40 ? 40 : text.n), (const char *)text.p);
}

/* ---- changes ---- */

static enum rsp_status
flip(struct rsp_ctx *c, struct bytes der, const char *path, struct bytes *out)
{
	struct tlv t;
	struct bytes value;
	enum rsp_status st = tlv_at(der, path, &t);

	if (st != RSP_OK || !t.value.n)
		return rsp_fail(c, RSP_REFUSED, "there is no octet to change at %s", path);
	value = rsp_copy(c, t.value);
	if (!value.p)
		return RSP_NOMEM;
	((uint8_t *)(uintptr_t)value.p)[value.n - 1] ^= 1;
	return tlv_mutate_value(c, der, path, value, out);
}

static enum rsp_status
change(struct play *p, const struct change *m, const char *path, struct bytes *der)
{
	struct rsp_ctx *c = &p->c;
	struct bytes value = BYTES_NONE;
	enum rsp_status st = m->value ? play_octets(p, m->value, &value) : RSP_OK;

	if (st != RSP_OK)
		return st;
	switch (m->op) {
	case CHANGE_SET:
		return tlv_mutate_value(c, *der, path, value, der);
	case CHANGE_DELETE:
		return tlv_mutate_delete(c, *der, path, der);
	case CHANGE_REPEAT:
		return tlv_mutate_repeat(c, *der, path, der);
	case CHANGE_APPEND:
		return tlv_mutate_append(c, *der, path, value, der);
	case CHANGE_FLIP:
		return flip(c, *der, path, der);
	}
	return RSP_OK;
}

static bool
begins(const char *path, const char *head)
{
	size_t n = strlen(head);

	return strncmp(path, head, n) == 0 && (path[n] == '/' || path[n] == '#' || !path[n]);
}

enum rsp_status
play_mutate_as(struct play *p, const struct step *s, bool after_sign, const char *name, struct bytes *der)
{
	size_t i, n = strlen(name);
	struct bytes rest = *der;
	struct tlv t;
	enum rsp_status st = tlv_next(&rest, &t);

	for (i = 0; st == RSP_OK && i < s->n_changes; i++) {
		const struct change *m = &s->change[i];

		if (m->after_sign != after_sign || !begins(m->path, name))
			continue;
		st = change(p, m, rsp_sprintf(&p->c, "%02X%s", (unsigned)t.tag, m->path + n), der);
		p->changed++;
	}
	return st == RSP_MALFORMED ? RSP_REFUSED : st;
}

enum rsp_status
play_mutate(struct play *p, const struct step *s, bool after_sign, struct bytes *der)
{
	char root[12];
	struct bytes rest = *der;
	struct tlv t;

	if (!s->n_changes)
		return RSP_OK;
	if (tlv_next(&rest, &t) != RSP_OK)
		return rsp_fail(&p->c, RSP_REFUSED, "what is to be changed is no TLV");
	snprintf(root, sizeof(root), "%02X", (unsigned)t.tag);
	return play_mutate_as(p, s, after_sign, root, der);
}
