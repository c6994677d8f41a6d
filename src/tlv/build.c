// SPDX-License-Identifier: BSD-2-Clause
#include "tlv/tlv.h"

static void
add_tag(struct buf *b, uint32_t tag)
{
	if (tag > 0xFFFF)
		buf_u8(b, tag >> 16 & 0xFF);
	if (tag > 0xFF)
		buf_u8(b, tag >> 8 & 0xFF);
	buf_u8(b, tag & 0xFF);
}

/* DER length octets into out; how many. */
static size_t
length_octets(size_t n, uint8_t out[9])
{
	size_t count = 0, v;

	if (n < 0x80) {
		out[0] = (uint8_t)n;
		return 1;
	}
	for (v = n; v; v >>= 8)
		count++;
	out[0] = (uint8_t)(0x80 | count);
	for (v = 0; v < count; v++)
		out[1 + v] = (uint8_t)(n >> 8 * (count - 1 - v));
	return count + 1;
}

void
tlv_header(struct buf *b, uint32_t tag, size_t n)
{
	uint8_t octets[9];

	add_tag(b, tag);
	buf_add(b, bytes_of(octets, length_octets(n, octets)));
}

size_t
tlv_open(struct buf *b, uint32_t tag)
{
	add_tag(b, tag);
	return b->n;
}

void
tlv_close(struct buf *b, size_t mark)
{
	uint8_t octets[9];

	if (!b->bad)
		buf_insert(b, mark, bytes_of(octets, length_octets(b->n - mark, octets)));
}

void
tlv_add(struct buf *b, uint32_t tag, struct bytes value)
{
	tlv_header(b, tag, value.n);
	buf_add(b, value);
}

void
tlv_add_uint(struct buf *b, uint32_t tag, uint64_t value)
{
	uint8_t octets[9] = {0};
	size_t i, from = 0;

	for (i = 0; i < 8; i++)
		octets[1 + i] = (uint8_t)(value >> 8 * (7 - i));
	while (from < 8 && octets[from] == 0 && !(octets[from + 1] & 0x80))
		from++;
	tlv_add(b, tag, bytes_of(octets + from, 9 - from));
}

void
tlv_add_str(struct buf *b, uint32_t tag, const char *value)
{
	tlv_add(b, tag, bytes_of_str(value));
}

void
tlv_add_null(struct buf *b, uint32_t tag)
{
	tlv_header(b, tag, 0);
}

void
tlv_add_bits(struct buf *b, uint32_t tag, uint32_t bits)
{
	uint8_t value[5] = {0};
	unsigned i, used = 0;

	for (i = 0; i < 32; i++)
		if (bits & 1u << i) {
			value[1 + i / 8] = (uint8_t)(value[1 + i / 8] | 0x80 >> i % 8);
			used = i + 1;
		}
	value[0] = (uint8_t)((8 - used % 8) % 8);
	tlv_add(b, tag, bytes_of(value, 1 + (used + 7) / 8));
}
