// SPDX-License-Identifier: BSD-2-Clause
/* The Bound Profile Package around the segments: reading, cutting for the card, building. */
#include "bsp/bsp.h"
#include "tlv/tlv.h"

static bool
all_tagged(struct bytes list, uint32_t tag)
{
	struct tlv t;

	if (!list.n)
		return false;
	while (list.n)
		if (tlv_next(&list, &t) != RSP_OK || t.tag != tag)
			return false;
	return true;
}

/* The next member if it has this tag; its value must be a list of segments. */
static bool
take_list(struct bytes *rest, uint32_t tag, uint32_t segment, struct bytes *out)
{
	struct bytes at = *rest;
	struct tlv t;

	if (tlv_next(&at, &t) != RSP_OK || t.tag != tag || !all_tagged(t.value, segment))
		return false;
	*rest = at;
	*out = t.value;
	return true;
}

enum rsp_status
bpp_read(struct rsp_ctx *c, struct bytes bpp, struct bpp_parts *out)
{
	struct bpp_parts v = {0};
	struct tlv t, first;

	if (tlv_only(bpp, 0xBF36, &t) != RSP_OK)
		return rsp_fail(c, RSP_MALFORMED, "BoundProfilePackage: want one TLV BF36");
	if (tlv_next(&t.value, &first) != RSP_OK || first.tag != 0xBF23)
		return rsp_fail(c, RSP_MALFORMED, "BoundProfilePackage: want BF23 first");
	v.secure_channel = first.whole;
	if (!take_list(&t.value, 0xA0, 0x87, &v.configure))
		return rsp_fail(c, RSP_MALFORMED, "BoundProfilePackage: want A0 with 87 after BF23");
	if (!take_list(&t.value, 0xA1, 0x88, &v.metadata))
		return rsp_fail(c, RSP_MALFORMED, "BoundProfilePackage: want A1 with 88 after A0");
	if (t.value.n && t.value.p[0] == 0xA2 && !take_list(&t.value, 0xA2, 0x87, &v.replace_keys))
		return rsp_fail(c, RSP_MALFORMED, "BoundProfilePackage: A2 is not a list of 87");
	if (!take_list(&t.value, 0xA3, 0x86, &v.elements) || t.value.n)
		return rsp_fail(c, RSP_MALFORMED, "BoundProfilePackage: want A3 with 86 last");
	*out = v;
	return RSP_OK;
}

static size_t
count(struct bytes list)
{
	struct tlv t;
	size_t n = 0;

	while (list.n && tlv_next(&list, &t) == RSP_OK)
		n++;
	return n;
}

/* The header of the list and each of its segments. The header stands just before the value. */
static void
cut_list(struct bpp_segments *s, struct bytes value, const uint8_t *from)
{
	struct tlv t;

	s->p[s->n++] = bytes_of(from, (size_t)(value.p - from));
	while (value.n && tlv_next(&value, &t) == RSP_OK)
		s->p[s->n++] = t.whole;
}

enum rsp_status
bpp_segment(struct rsp_ctx *c, struct bytes bpp, struct bpp_segments *out)
{
	struct bpp_parts v;
	struct bpp_segments s = {0};
	const uint8_t *at;
	enum rsp_status st = bpp_read(c, bpp, &v);

	if (st != RSP_OK)
		return st;
	s.p = rsp_alloc(c, (count(v.metadata) + count(v.elements) + 5) * sizeof(*s.p));
	if (!s.p)
		return RSP_NOMEM;
	at = v.secure_channel.p + v.secure_channel.n;
	s.p[s.n++] = bytes_of(bpp.p, (size_t)(at - bpp.p));
	s.p[s.n++] = bytes_of(at, (size_t)(v.configure.p + v.configure.n - at));
	at = v.configure.p + v.configure.n;
	cut_list(&s, v.metadata, at);
	at = v.metadata.p + v.metadata.n;
	if (v.replace_keys.p) {
		s.p[s.n++] = bytes_of(at, (size_t)(v.replace_keys.p + v.replace_keys.n - at));
		at = v.replace_keys.p + v.replace_keys.n;
	}
	cut_list(&s, v.elements, at);
	*out = s;
	return RSP_OK;
}

static enum rsp_status
protected_list(struct rsp_ctx *c, struct bsp_keys *k, uint32_t list, unsigned tag, struct bytes plain, struct buf *out)
{
	size_t mark = tlv_open(out, list);
	enum rsp_status st = bsp_protect(c, k, tag, plain, out);

	tlv_close(out, mark);
	return st;
}

/* ReplaceSessionKeys still travels under the session keys; what follows does not. */
static enum rsp_status
switch_keys(struct rsp_ctx *c, struct bsp_keys *k, const struct bpp_input *in, struct buf *out)
{
	struct buf plain = BUF_INIT;
	size_t mark = tlv_open(&plain, 0xBF26);
	enum rsp_status st;

	tlv_add(&plain, 0x80, BYTES_OF(in->ppk_mcv));
	tlv_add(&plain, 0x81, BYTES_OF(in->ppk_enc));
	tlv_add(&plain, 0x82, BYTES_OF(in->ppk_mac));
	tlv_close(&plain, mark);
	st = plain.bad ? rsp_fail(c, RSP_NOMEM, "no memory for session keys") : protected_list(c, k, 0xA2, 0x87, buf_bytes(&plain), out);
	buf_free(&plain);
	bsp_replace(k, in->ppk_mcv, in->ppk_enc, in->ppk_mac);
	return st;
}

enum rsp_status
bpp_build(struct rsp_ctx *c, struct bsp_keys *k, const struct bpp_input *in, struct buf *out)
{
	size_t mark = tlv_open(out, 0xBF36);
	enum rsp_status st;

	buf_add(out, in->secure_channel);
	st = protected_list(c, k, 0xA0, 0x87, in->configure, out);
	if (st == RSP_OK)
		st = protected_list(c, k, 0xA1, 0x88, in->metadata, out);
	if (st == RSP_OK && in->use_ppk)
		st = switch_keys(c, k, in, out);
	if (st != RSP_OK)
		return st;
	if (in->protected_elements.p)
		tlv_add(out, 0xA3, in->protected_elements);
	else
		st = protected_list(c, k, 0xA3, 0x86, in->profile, out);
	tlv_close(out, mark);
	return st == RSP_OK && out->bad ? rsp_fail(c, RSP_NOMEM, "no memory for a package") : st;
}
