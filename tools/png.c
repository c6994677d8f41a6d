// SPDX-License-Identifier: BSD-2-Clause
#include "png.h"

#include <zlib.h>

#include "base/buf.h"

static void
put_chunk(struct buf *b, const char *type, struct bytes data)
{
	size_t from = b->n + 4;

	buf_u32(b, (uint32_t)data.n);
	buf_str(b, type);
	buf_add(b, data);
	if (!b->bad)
		buf_u32(b, (uint32_t)crc32(0, b->p + from, (uInt)(b->n - from)));
}

static void
put_header(struct buf *b, unsigned side)
{
	struct buf head = BUF_INIT;

	buf_u32(&head, side);
	buf_u32(&head, side);
	buf_u8(&head, 1);            /* one bit a pixel, of grey */
	buf_u32(&head, 0);           /* colour type, compression, filter, interlace */
	put_chunk(b, "IHDR", buf_bytes(&head));
	b->bad |= head.bad;
	buf_free(&head);
}

/* A row of pixels after its filter octet; a set bit is light. */
static void
put_row(struct buf *b, const uint8_t *modules, unsigned width, unsigned margin, unsigned scale)
{
	unsigned side = (width + 2 * margin) * scale, x;
	uint8_t *row;

	buf_u8(b, 0);
	if (!(row = buf_extend(b, (side + 7) / 8)))
		return;
	memset(row, 0xFF, (side + 7) / 8);
	for (x = 0; modules && x < width * scale; x++)
		if (modules[x / scale] & 1)
			row[(margin * scale + x) / 8] &= (uint8_t)~(0x80u >> (margin * scale + x) % 8);
}

static void
put_pixels(struct buf *b, struct bytes pixels)
{
	uLongf n = compressBound((uLong)pixels.n);
	struct buf packed = BUF_INIT;
	uint8_t *to = buf_extend(&packed, n);

	if (to && compress2(to, &n, pixels.p, (uLong)pixels.n, Z_BEST_COMPRESSION) == Z_OK)
		put_chunk(b, "IDAT", bytes_of(to, n));
	else
		b->bad = true;
	buf_free(&packed);
}

enum rsp_status
png_of_modules(struct rsp_ctx *c, const uint8_t *modules, unsigned width, unsigned margin, unsigned scale, struct bytes *out)
{
	static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
	unsigned side = (width + 2 * margin) * scale, y;
	struct buf b = BUF_INIT, pixels = BUF_INIT;

	for (y = 0; y < side; y++) {
		unsigned row = y / scale;
		bool inside = row >= margin && row < margin + width;

		put_row(&pixels, inside ? modules + (size_t)(row - margin) * width : NULL, width, margin, scale);
	}
	buf_add(&b, BYTES_OF(signature));
	put_header(&b, side);
	put_pixels(&b, buf_bytes(&pixels));
	put_chunk(&b, "IEND", BYTES_NONE);
	b.bad |= pixels.bad;
	buf_free(&pixels);
	return buf_finish(&b, c, out);
}
