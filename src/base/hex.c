// SPDX-License-Identifier: BSD-2-Clause
#include "base/hex.h"

static const char digits[] = "0123456789ABCDEF";

int
hex_digit(int ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	if (ch >= 'A' && ch <= 'F')
		return ch - 'A' + 10;
	if (ch >= 'a' && ch <= 'f')
		return ch - 'a' + 10;
	return -1;
}

static void
write_digits(char *to, struct bytes b)
{
	size_t i;

	for (i = 0; i < b.n; i++) {
		*to++ = digits[b.p[i] >> 4];
		*to++ = digits[b.p[i] & 15];
	}
}

char *
hex_of(struct rsp_ctx *c, struct bytes b)
{
	char *s = rsp_alloc(c, b.n * 2 + 1);

	if (s)
		write_digits(s, b);
	return s;
}

void
hex_append(struct buf *out, struct bytes b)
{
	uint8_t *p = buf_extend(out, b.n * 2);

	if (p)
		write_digits((char *)p, b);
}

enum rsp_status
hex_read(struct rsp_ctx *c, struct bytes text, struct bytes *out)
{
	uint8_t *p;
	size_t i;

	if (text.n % 2)
		return rsp_fail(c, RSP_MALFORMED, "hex: want an even number of digits, have %zu", text.n);
	p = rsp_alloc(c, text.n / 2);
	if (!p)
		return RSP_NOMEM;
	for (i = 0; i < text.n; i++) {
		int d = hex_digit(text.p[i]);

		if (d < 0)
			return rsp_fail(c, RSP_MALFORMED, "hex: character %zu is no hex digit", i + 1);
		p[i / 2] = (uint8_t)(p[i / 2] << 4 | d);
	}
	*out = bytes_of(p, text.n / 2);
	return RSP_OK;
}
