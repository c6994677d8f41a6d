// SPDX-License-Identifier: BSD-2-Clause
#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_append(struct buf *out, struct bytes b)
{
	uint8_t *p = buf_extend(out, (b.n + 2) / 3 * 4);
	size_t i;

	if (!p)
		return;
	for (i = 0; i < b.n; i += 3) {
		size_t left = b.n - i;
		unsigned v = (unsigned)b.p[i] << 16;

		if (left > 1)
			v |= (unsigned)b.p[i + 1] << 8;
		if (left > 2)
			v |= b.p[i + 2];
		*p++ = (uint8_t)alphabet[v >> 18];
		*p++ = (uint8_t)alphabet[v >> 12 & 63];
		*p++ = left > 1 ? (uint8_t)alphabet[v >> 6 & 63] : '=';
		*p++ = left > 2 ? (uint8_t)alphabet[v & 63] : '=';
	}
}

static int
sextet(int ch)
{
	if (ch >= 'A' && ch <= 'Z')
		return ch - 'A';
	if (ch >= 'a' && ch <= 'z')
		return ch - 'a' + 26;
	if (ch >= '0' && ch <= '9')
		return ch - '0' + 52;
	return ch == '+' ? 62 : ch == '/' ? 63 : -1;
}

/* Four characters, the last `pad` of them '='. Returns the 24 bits or -1. */
static long
quad(const uint8_t *s, unsigned pad)
{
	unsigned long v = 0;
	unsigned i;

	for (i = 0; i < 4; i++) {
		int d = i < 4 - pad ? sextet(s[i]) : 0;

		if (d < 0)
			return -1;
		v = v << 6 | (unsigned)d;
	}
	if ((pad == 1 && (v & 0xFF)) || (pad == 2 && (v & 0xFFFF)))
		return -1;
	return (long)v;
}

enum rsp_status
base64_read(struct rsp_ctx *c, struct bytes text, struct bytes *out)
{
	unsigned pad = 0;
	uint8_t *p, *w;
	size_t i;

	if (text.n % 4)
		return rsp_fail(c, RSP_MALFORMED, "base64: want a multiple of 4 characters, have %zu", text.n);
	while (pad < 2 && text.n && text.p[text.n - 1 - pad] == '=')
		pad++;
	w = p = rsp_alloc(c, text.n / 4 * 3);
	if (!p)
		return RSP_NOMEM;
	for (i = 0; i < text.n; i += 4) {
		long v = quad(text.p + i, i + 4 == text.n ? pad : 0);

		if (v < 0)
			return rsp_fail(c, RSP_MALFORMED, "base64: not base64 near character %zu", i + 1);
		*w++ = (uint8_t)(v >> 16 & 0xFF);
		*w++ = (uint8_t)(v >> 8 & 0xFF);
		*w++ = (uint8_t)(v & 0xFF);
	}
	*out = bytes_of(p, text.n / 4 * 3 - pad);
	return RSP_OK;
}
