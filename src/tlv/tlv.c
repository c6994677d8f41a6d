// SPDX-License-Identifier: BSD-2-Clause
#include "tlv/tlv.h"

static bool
read_tag(struct bytes in, size_t *at, uint32_t *tag)
{
	uint32_t t;
	unsigned i;

	if (*at >= in.n)
		return false;
	t = in.p[(*at)++];
	if ((t & 0x1F) == 0x1F)
		for (i = 0;; i++) {
			if (i == 2 || *at >= in.n)
				return false;
			t = t << 8 | in.p[*at];
			if (!(in.p[(*at)++] & 0x80))
				break;
		}
	*tag = t;
	return true;
}

static bool
read_length(struct bytes in, size_t *at, size_t *length)
{
	unsigned n;
	size_t v = 0;

	if (*at >= in.n)
		return false;
	n = in.p[(*at)++];
	if (n < 0x80) {
		*length = n;
		return true;
	}
	n &= 0x7F;
	if (n == 0 || n > 4 || n > in.n - *at)
		return false;
	while (n--)
		v = v << 8 | in.p[(*at)++];
	*length = v;
	return true;
}

enum rsp_status
tlv_next(struct bytes *rest, struct tlv *out)
{
	size_t at = 0, length;
	uint32_t tag;

	if (!read_tag(*rest, &at, &tag) || !read_length(*rest, &at, &length) || length > rest->n - at)
		return RSP_MALFORMED;
	out->tag = tag;
	out->value = bytes_slice(*rest, at, length);
	out->whole = bytes_slice(*rest, 0, at + length);
	*rest = bytes_from(*rest, at + length);
	return RSP_OK;
}

enum rsp_status
tlv_only(struct bytes in, uint32_t tag, struct tlv *out)
{
	struct tlv t;

	if (tlv_next(&in, &t) != RSP_OK || in.n || t.tag != tag)
		return RSP_MALFORMED;
	*out = t;
	return RSP_OK;
}

bool
tlv_find(struct bytes in, uint32_t tag, struct tlv *out)
{
	struct tlv t;

	while (in.n && tlv_next(&in, &t) == RSP_OK)
		if (t.tag == tag) {
			*out = t;
			return true;
		}
	return false;
}

bool
tlv_all_well_formed(struct bytes in)
{
	struct tlv t;

	while (in.n)
		if (tlv_next(&in, &t) != RSP_OK)
			return false;
	return true;
}

bool
tlv_is_constructed(uint32_t tag)
{
	while (tag > 0xFF)
		tag >>= 8;
	return tag & 0x20;
}

enum rsp_status
tlv_uint(struct bytes value, uint64_t *out)
{
	uint64_t v = 0;
	size_t i;

	if (value.n == 0 || value.p[0] & 0x80 || value.n > 9 || (value.n == 9 && value.p[0] != 0))
		return RSP_MALFORMED;
	for (i = 0; i < value.n; i++)
		v = v << 8 | value.p[i];
	*out = v;
	return RSP_OK;
}

size_t
tlv_header_size(struct bytes in, uint32_t *tag, size_t *value_size)
{
	size_t at = 0;

	return read_tag(in, &at, tag) && read_length(in, &at, value_size) ? at : 0;
}

enum rsp_status
tlv_bits(struct bytes value, uint32_t *bits)
{
	uint32_t v = 0;
	size_t i;

	if (value.n == 0 || value.p[0] > 7 || (value.n == 1 && value.p[0]))
		return RSP_MALFORMED;
	for (i = 0; i < (value.n - 1) * 8 && i < 32; i++)
		if (value.p[1 + i / 8] & (0x80 >> i % 8))
			v |= 1u << i;
	*bits = v;
	return RSP_OK;
}
