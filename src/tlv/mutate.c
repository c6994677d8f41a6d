// SPDX-License-Identifier: BSD-2-Clause
#include "tlv/mutate.h"

#include <stdio.h>

#include "base/hex.h"

enum change { REPLACE_VALUE, DELETE, REPEAT, APPEND };

struct step { uint32_t tag; unsigned nth; };

/* One step of "BF38/A0#1/30" off the front of *path. */
static bool
next_step(const char **path, struct step *s)
{
	const char *p = *path;
	int d;

	*s = (struct step){0, 0};
	for (; (d = hex_digit(*p)) >= 0; p++)
		s->tag = s->tag << 4 | (uint32_t)d;
	if (p == *path)
		return false;
	if (*p == '#')
		for (p++; *p >= '0' && *p <= '9'; p++)
			s->nth = s->nth * 10 + (unsigned)(*p - '0');
	if (*p != '/' && *p != '\0')
		return false;
	*path = *p ? p + 1 : p;
	return true;
}

static bool
find_nth(struct bytes in, struct step s, struct tlv *out)
{
	struct tlv t;

	while (in.n && tlv_next(&in, &t) == RSP_OK)
		if (t.tag == s.tag && s.nth-- == 0) {
			*out = t;
			return true;
		}
	return false;
}

enum rsp_status
tlv_at(struct bytes in, const char *path, struct tlv *out)
{
	struct tlv t = {0};
	struct step s;

	if (!*path)
		return RSP_MALFORMED;
	while (*path) {
		if (!next_step(&path, &s) || !find_nth(in, s, &t))
			return RSP_MALFORMED;
		in = t.value;
	}
	*out = t;
	return RSP_OK;
}

static void
apply(struct buf *b, const struct tlv *t, enum change change, struct bytes with)
{
	switch (change) {
	case REPLACE_VALUE:
		tlv_add(b, t->tag, with);
		break;
	case DELETE:
		break;
	case REPEAT:
		buf_add(b, t->whole);
		buf_add(b, t->whole);
		break;
	case APPEND:
		tlv_header(b, t->tag, t->value.n + with.n);
		buf_add(b, t->value);
		buf_add(b, with);
		break;
	}
}

/* Copy the siblings in `in`, changing the one the path leads to; depth is the path's own. */
static bool
rebuild(struct buf *b, struct bytes in, const char *path, enum change change, struct bytes with)
{
	struct tlv target, t;
	struct step s;
	size_t mark;

	if (!next_step(&path, &s) || !find_nth(in, s, &target))
		return false;
	while (in.n) {
		if (tlv_next(&in, &t) != RSP_OK)
			return false;
		if (t.whole.p != target.whole.p) {
			buf_add(b, t.whole);
		} else if (!*path) {
			apply(b, &t, change, with);
		} else {
			mark = tlv_open(b, t.tag);
			if (!rebuild(b, t.value, path, change, with))
				return false;
			tlv_close(b, mark);
		}
	}
	return true;
}

static enum rsp_status
mutate(struct rsp_ctx *c, struct bytes in, const char *path, enum change change, struct bytes with, struct bytes *out)
{
	struct buf b = BUF_INIT;

	if (!rebuild(&b, in, path, change, with)) {
		buf_free(&b);
		return rsp_fail(c, RSP_MALFORMED, "there is no TLV at %s", path);
	}
	return buf_finish(&b, c, out);
}

enum rsp_status
tlv_mutate_value(struct rsp_ctx *c, struct bytes in, const char *path, struct bytes value, struct bytes *out)
{
	return mutate(c, in, path, REPLACE_VALUE, value, out);
}

enum rsp_status
tlv_mutate_delete(struct rsp_ctx *c, struct bytes in, const char *path, struct bytes *out)
{
	return mutate(c, in, path, DELETE, BYTES_NONE, out);
}

enum rsp_status
tlv_mutate_repeat(struct rsp_ctx *c, struct bytes in, const char *path, struct bytes *out)
{
	return mutate(c, in, path, REPEAT, BYTES_NONE, out);
}

enum rsp_status
tlv_mutate_append(struct rsp_ctx *c, struct bytes in, const char *path, struct bytes tlv, struct bytes *out)
{
	return mutate(c, in, path, APPEND, tlv, out);
}

/* How many siblings with this tag stand before `until`. */
static unsigned
twins_before(struct bytes siblings, uint32_t tag, const uint8_t *until)
{
	unsigned n = 0;
	struct tlv t;

	while (siblings.n && tlv_next(&siblings, &t) == RSP_OK && t.whole.p < until)
		n += t.tag == tag;
	return n;
}

void
tlv_path_of(struct bytes in, size_t offset, char *out, size_t size)
{
	const uint8_t *target = in.p + offset;
	struct bytes siblings = in;
	struct tlv t;
	unsigned twin;
	size_t used = 0;
	int n;

	if (size)
		out[0] = '\0';
	while (in.n && used < size) {
		if (tlv_next(&in, &t) != RSP_OK)
			return;
		if (target < t.whole.p || target >= t.whole.p + t.whole.n)
			continue;
		twin = twins_before(siblings, t.tag, t.whole.p);
		n = snprintf(out + used, size - used, twin ? "%s%02X#%u" : "%s%02X", used ? "/" : "", (unsigned)t.tag, twin);
		used += n > 0 ? (size_t)n : 0;
		siblings = in = tlv_is_constructed(t.tag) && target >= t.value.p ? t.value : BYTES_NONE;
	}
}
