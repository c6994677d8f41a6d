// SPDX-License-Identifier: BSD-2-Clause
#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void
put_triple(uint8_t *w, const uint8_t *b)
{
	w[0] = (uint8_t)alphabet[b[0] >> 2];
	w[1] = (uint8_t)alphabet[(b[0] << 4 | b[1] >> 4) & 63];
	w[2] = (uint8_t)alphabet[(b[1] << 2 | b[2] >> 6) & 63];
	w[3] = (uint8_t)alphabet[b[2] & 63];
}

void
base64_append(struct buf *out, struct bytes b)
{
	uint8_t *w = buf_extend(out, (b.n + 2) / 3 * 4), last[3] = {0};
	size_t i;

	if (!w)
		return;
	for (i = 0; i + 3 <= b.n; i += 3, w += 4)
		put_triple(w, b.p + i);
	if (i == b.n)
		return;
	memcpy(last, b.p + i, b.n - i);
	put_triple(w, last);
	w[3] = '=';
	if (b.n - i == 1)
		w[2] = '=';
}

/* Value and one; 0: not in the alphabet. */
static const uint8_t sextets[256] = {
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, ['+'] = 63, ['/'] = 64,
};

/* Four characters to three octets. */
static bool
take_quad(const uint8_t *s, uint8_t *w)
{
	unsigned a = sextets[s[0]], b = sextets[s[1]], d = sextets[s[2]], e = sextets[s[3]], v = (a - 1) << 18 | (b - 1) << 12 | (d - 1) << 6 | (e - 1);

	w[0] = (uint8_t)(v >> 16 & 0xFF);
	w[1] = (uint8_t)(v >> 8 & 0xFF);
	w[2] = (uint8_t)(v & 0xFF);
	return a && b && d && e;
}

/* The last four, of which `pad` are '='; the bits that carry nothing must be zeros. */
static bool
take_last(const uint8_t *s, unsigned pad, uint8_t *w)
{
	uint8_t full[4];

	memcpy(full, s, sizeof(full));
	memset(full + 4 - pad, 'A', pad);
	return take_quad(full, w) && (pad < 1 || !w[2]) && (pad < 2 || !w[1]);
}

enum rsp_status
base64_read(struct rsp_ctx *c, struct bytes text, struct bytes *out)
{
	unsigned pad = 0;
	size_t i;
	uint8_t *p;

	if (text.n % 4)
		return rsp_fail(c, RSP_MALFORMED, "base64: want a multiple of 4 characters, have %zu", text.n);
	while (pad < 2 && text.n && text.p[text.n - 1 - pad] == '=')
		pad++;
	if (!(p = rsp_alloc(c, text.n / 4 * 3)))
		return RSP_NOMEM;
	for (i = 0; i < text.n; i += 4) {
		uint8_t *w = p + i / 4 * 3;

		if (i + 4 == text.n ? take_last(text.p + i, pad, w) : take_quad(text.p + i, w))
			continue;
		return rsp_fail(c, RSP_MALFORMED, "base64: not base64 near character %zu", i + 1);
	}
	*out = bytes_of(p, text.n / 4 * 3 - pad);
	return RSP_OK;
}
