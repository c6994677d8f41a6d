// SPDX-License-Identifier: BSD-2-Clause
#include "codec/cursor.h"

#include "base/utf8.h"
#include "codec/ids.h"
#include "tlv/der_shape.h"

void
cursor_bad(struct cursor *k, const char *member, const char *what)
{
	if (k->st == RSP_OK)
		k->st = rsp_fail(k->c, RSP_MALFORMED, "%s: %s %s", k->type, member, what);
	k->rest = BYTES_NONE;
}

enum rsp_status
cursor_shape(struct rsp_ctx *c, const char *type, struct bytes der)
{
	size_t at = 0;
	enum rsp_status st;

	if (der.n > CODEC_MAX)
		return rsp_fail(c, RSP_LIMIT, "%s: at most %u octets are taken, these are %zu", type, CODEC_MAX, der.n);
	st = der_shape(der, DER_SHAPE_DEPTH, DER_SHAPE_BUDGET, &at);
	if (st == RSP_OK)
		return st;
	return rsp_fail(c, st, "%s: %s at octet %zu", type, st == RSP_LIMIT ? "too deep or too many values" : "not DER", at);
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
cursor_inside(const struct cursor *parent, const char *type, struct bytes der, uint32_t tag)
{
	if (parent->st != RSP_OK)
		return cursor_into(parent, type, BYTES_NONE);
	return cursor_open(parent->c, type, der, tag);
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

struct bytes
cursor_text(struct cursor *k, struct bytes v, const char *member)
{
	if (v.p && !utf8_valid(v))
		cursor_bad(k, member, "is not UTF-8");
	return v;
}

struct bytes
cursor_oid(struct cursor *k, struct bytes v, const char *member)
{
	if (v.p && !oid_valid(v))
		cursor_bad(k, member, "is no object identifier");
	return v;
}

uint64_t
cursor_need_number(struct cursor *k, uint32_t tag, const char *member)
{
	struct bytes v = cursor_need(k, tag, member);
	uint64_t n = 0;

	if (k->st != RSP_OK)
		return 0;
	/* tlv_uint takes longer forms than DER has */
	if (tlv_uint(v, &n) != RSP_OK || (v.n > 1 && v.p[0] == 0 && !(v.p[1] & 0x80)))
		cursor_bad(k, member, "is not a number in range");
	return n;
}

int
cursor_need_int(struct cursor *k, uint32_t tag, const char *member)
{
	uint64_t n = cursor_need_number(k, tag, member);

	if (n > 0x7FFFFFFF)
		cursor_bad(k, member, "is not a number in range");
	return (int)(n & 0x7FFFFFFF);
}

int
cursor_maybe_int(struct cursor *k, uint32_t tag, const char *member)
{
	return cursor_tag(k) == tag ? cursor_need_int(k, tag, member) : -1;
}

bool
cursor_need_bool(struct cursor *k, uint32_t tag, const char *member)
{
	struct bytes v = cursor_need(k, tag, member);

	if (k->st != RSP_OK)
		return false;
	if (v.n != 1 || (v.p[0] != 0 && v.p[0] != 0xFF))
		cursor_bad(k, member, "is no BOOLEAN");
	return k->st == RSP_OK && v.p[0];
}

uint32_t
cursor_bits(struct cursor *k, struct bytes v, const char *member)
{
	uint32_t bits = 0;

	if (v.p && tlv_bits(v, &bits) != RSP_OK)
		cursor_bad(k, member, "is not a BIT STRING");
	return bits;
}

void
cursor_end(struct cursor *k)
{
	if (k->rest.n)
		cursor_bad(k, "the choice", "has more than one member");
}
