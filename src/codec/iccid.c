// SPDX-License-Identifier: BSD-2-Clause
/* ICCID and IMSI: digits with swapped nibbles. */
#include <stdio.h>

#include "base/hex.h"
#include "codec/ids.h"

enum rsp_status
iccid_read(struct rsp_ctx *c, const char *text, uint8_t iccid[10])
{
	size_t n = strspn(text, "0123456789"), rest = strlen(text) - n, i;

	if (n < 18 || n > 20 || rest > 20 - n || strspn(text + n, "Ff") != rest)
		return rsp_fail(c, RSP_MALFORMED, "ICCID: want 18 to 20 digits, have '%.40s'", text);
	for (i = 0; i < 10; i++) {
		unsigned low = 2 * i < n ? (unsigned)(text[2 * i] - '0') : 15;
		unsigned high = 2 * i + 1 < n ? (unsigned)(text[2 * i + 1] - '0') : 15;

		iccid[i] = (uint8_t)(high << 4 | low);
	}
	return RSP_OK;
}

/* How many digits come before the filling; 0: something else is in there. */
static size_t
digits_of(const uint8_t iccid[10])
{
	size_t n = 0, i;

	for (i = 0; i < 20; i++) {
		unsigned d = i % 2 ? iccid[i / 2] >> 4 : iccid[i / 2] & 15;

		if (d <= 9 && n == i)
			n++;
		else if (d != 15)
			return 0;
	}
	return n >= 18 ? n : 0;
}

void
iccid_text(const uint8_t iccid[10], char out[ICCID_TEXT])
{
	size_t n = digits_of(iccid), i;

	for (i = 0; i < (n ? n : 20); i++) {
		bool high = n ? i % 2 : i % 2 == 0;

		out[i] = "0123456789ABCDEF"[high ? iccid[i / 2] >> 4 : iccid[i / 2] & 15];
	}
	out[i] = '\0';
}

char
iccid_luhn(const char *digits, size_t n)
{
	unsigned sum = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned d = (unsigned)(digits[n - 1 - i] - '0');

		if (i % 2 == 0 && (d *= 2) > 9)
			d -= 9;
		sum += d;
	}
	return (char)('0' + (10 - sum % 10) % 10);
}

/* EF.IMSI: length, then odd/even indicator with the first digit, then pairs, F filled. */
enum rsp_status
imsi_read(struct rsp_ctx *c, const char *text, uint8_t ef[9])
{
	size_t n = strlen(text), i;

	if (n < 6 || n > 15 || strspn(text, "0123456789") != n)
		return rsp_fail(c, RSP_MALFORMED, "IMSI: want 6 to 15 digits, have '%.40s'", text);
	memset(ef, 0xFF, 9);
	ef[0] = (uint8_t)(n / 2 + 1);
	ef[1] = (uint8_t)((unsigned)(text[0] - '0') << 4 | (n % 2 ? 9 : 1));
	for (i = 1; i < n; i++) {
		uint8_t *p = &ef[1 + (i + 1) / 2];
		unsigned d = (unsigned)(text[i] - '0');

		*p = (uint8_t)(i % 2 ? 0xF0 | d : (*p & 0x0F) | d << 4);
	}
	return RSP_OK;
}

enum rsp_status
imsi_text(struct rsp_ctx *c, struct bytes ef, char out[16])
{
	char digits[17];
	size_t n, i;

	if (ef.n < 2 || ef.p[0] == 0 || ef.p[0] > 8 || ef.p[0] >= ef.n)
		return rsp_fail(c, RSP_MALFORMED, "EF.IMSI holds no IMSI");
	n = ef.p[0] * 2u - 1 - (ef.p[1] & 8 ? 0 : 1);
	if (n < 6 || n > 15)
		return rsp_fail(c, RSP_MALFORMED, "EF.IMSI: want 6 to 15 digits, have %zu", n);
	for (i = 0; i < n; i++) {
		unsigned d = i % 2 ? ef.p[1 + (i + 1) / 2] & 15u : ef.p[1 + (i + 1) / 2] >> 4;

		if (d > 9)
			return rsp_fail(c, RSP_MALFORMED, "EF.IMSI holds no digit at place %zu", i + 1);
		digits[i] = (char)('0' + d);
	}
	digits[i] = '\0';
	memcpy(out, digits, i + 1);
	return RSP_OK;
}
