// SPDX-License-Identifier: BSD-2-Clause
#include "codec/cursor.h"

void
cursor_bad(struct cursor *k, const char *member, const char *what)
{
	if (k->st == RSP_OK)
		k->st = rsp_fail(k->c, RSP_MALFORMED, "%s: %s %s", k->type, member, what);
	k->rest = BYTES_NONE;
}

struct cursor
cursor_open(struct rsp_ctx *c, const char *type, struct bytes der, uint32_t tag)
{
	struct cursor k = {.c = c, .type = type, .st = RSP_OK};
	struct tlv t;

	if (tlv_only(der, tag, &t) != RSP_OK)
		cursor_bad(&k, "the whole", "is not one TLV of the right tag");
	else
		k.rest = t.value;
	return k;
}

struct cursor
cursor_into(const struct cursor *parent, const char *type, struct bytes value)
{
	return (struct cursor){.c = parent->c, .type = type, .rest = value, .st = parent->st};
}

uint32_t
cursor_tag(const struct cursor *k)
{
	struct bytes rest = k->rest;
	struct tlv t;

	return rest.n && tlv_next(&rest, &t) == RSP_OK ? t.tag : 0;
}

static bool
take(struct cursor *k, uint32_t tag, struct tlv *out)
{
	return k->st == RSP_OK && cursor_tag(k) == tag && tlv_next(&k->rest, out) == RSP_OK;
}

struct bytes
cursor_maybe(struct cursor *k, uint32_t tag)
{
	struct tlv t;

	return take(k, tag, &t) ? t.value : BYTES_NONE;
}

struct bytes
cursor_maybe_whole(struct cursor *k, uint32_t tag)
{
	struct tlv t;

	return take(k, tag, &t) ? t.whole : BYTES_NONE;
}

struct bytes
cursor_need(struct cursor *k, uint32_t tag, const char *member)
{
	struct bytes v = cursor_maybe(k, tag);

	if (!v.p)
		cursor_bad(k, member, "is missing");
	return v;
}

struct bytes
cursor_need_whole(struct cursor *k, uint32_t tag, const char *member)
{
	struct bytes v = cursor_maybe_whole(k, tag);

	if (!v.p)
		cursor_bad(k, member, "is missing");
	return v;
}

struct bytes
cursor_sized(struct cursor *k, struct bytes v, size_t least, size_t most, const char *member)
{
	if (v.p && (v.n < least || v.n > most))
		cursor_bad(k, member, "has the wrong size");
	return v;
}

int
cursor_need_int(struct cursor *k, uint32_t tag, const char *member)
{
	struct bytes v = cursor_need(k, tag, member);
	uint64_t n = 0;

	if (k->st == RSP_OK && (tlv_uint(v, &n) != RSP_OK || n > 0x7FFFFFFF))
		cursor_bad(k, member, "is not a number in range");
	return (int)n;
}
