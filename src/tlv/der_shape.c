// SPDX-License-Identifier: BSD-2-Clause
#include "tlv/der_shape.h"

#include "tlv/tlv.h"

/* Minimal forms of the header that starts `in` and has `size` octets. */
static bool
header_is_minimal(const uint8_t *p, size_t size, size_t value_size)
{
	size_t tag_size = 1, length_size;

	if ((p[0] & 0x1F) == 0x1F) {
		while (p[tag_size] & 0x80)
			tag_size++;
		tag_size++;
		if (p[1] == 0x80 || (tag_size == 2 && p[1] < 0x1F))
			return false;
	}
	length_size = size - tag_size;
	if (length_size == 1)
		return true;
	return length_size == 2 ? value_size >= 0x80 : value_size >> 8 * (length_size - 2) != 0;
}

/*
 * Levels as a stack of ends: no recursion, so depth costs nothing but a slot.
 */
enum rsp_status
der_shape(struct bytes in, unsigned depth, unsigned budget, size_t *bad_offset)
{
	size_t end[64], at = 0, size, value_size, dummy;
	unsigned level = 0;
	uint32_t tag;

	bad_offset = bad_offset ? bad_offset : &dummy;
	if (depth > 64)
		depth = 64;
	end[0] = in.n;
	if (in.n == 0) {
		*bad_offset = 0;
		return RSP_MALFORMED;
	}
	while (at < in.n) {
		*bad_offset = at;
		size = tlv_header_size(bytes_slice(in, at, end[level] - at), &tag, &value_size);
		if (!size || tag == 0 || value_size > end[level] - at - size || !header_is_minimal(in.p + at, size, value_size))
			return RSP_MALFORMED;
		if (budget-- == 0)
			return RSP_LIMIT;
		at += size;
		if (!tlv_is_constructed(tag)) {
			at += value_size;
		} else if (value_size) {
			if (++level == depth)
				return RSP_LIMIT;
			end[level] = at + value_size;
		}
		while (level && at == end[level])
			level--;
		if (level == 0 && at < in.n) {
			*bad_offset = at;
			return RSP_MALFORMED;
		}
	}
	return RSP_OK;
}
