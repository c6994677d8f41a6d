// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>

#include "base/hex.h"
#include "codec/ids.h"

static void
add_arc(struct buf *b, uint64_t v)
{
	uint8_t octets[10];
	size_t n = sizeof(octets);

	octets[--n] = (uint8_t)(v & 0x7F);
	while (v >>= 7)
		octets[--n] = (uint8_t)(0x80 | (v & 0x7F));
	buf_add(b, bytes_of(octets + n, sizeof(octets) - n));
}

enum rsp_status
oid_read(struct rsp_ctx *c, const char *text, struct bytes *out)
{
	struct buf b = BUF_INIT;
	const char *p = text;
	uint64_t first = 0;
	unsigned i;
	char *end;

	for (i = 0; *p >= '0' && *p <= '9'; i++) {
		uint64_t v = strtoull(p, &end, 10);

		if (end - p > 18 || (i == 0 && v > 2) || (i == 1 && first < 2 && v > 39))
			break;
		if (i == 0)
			first = v;
		else
			add_arc(&b, i == 1 ? first * 40 + v : v);
		p = end + (*end == '.' && end[1]);
		if (*end != '.')
			break;
	}
	if (*p || !b.n) {
		buf_free(&b);
		return rsp_fail(c, RSP_MALFORMED, "object identifier: want 2.999.10, have '%.60s'", text);
	}
	return buf_finish(&b, c, out);
}

/* Octets of the longest arc; 0: not an identifier. */
static size_t
longest_arc(struct bytes oid)
{
	size_t i, length = 0, longest = 0;

	for (i = 0; i < oid.n; i++) {
		if (length == 0 && oid.p[i] == 0x80)
			return 0;
		if (++length > longest)
			longest = length;
		if (!(oid.p[i] & 0x80))
			length = 0;
	}
	return length == 0 ? longest : 0;
}

bool
oid_valid(struct bytes oid)
{
	return longest_arc(oid) > 0;
}

char *
oid_text(struct rsp_ctx *c, struct bytes oid)
{
	struct buf b = BUF_INIT;
	struct bytes out;
	uint64_t v = 0;
	bool first = true;
	size_t i;

	/* an arc that is too large must not come out as another identifier's text */
	if (!oid_valid(oid) || longest_arc(oid) > 9)
		return hex_of(c, oid);
	for (i = 0; i < oid.n; i++) {
		v = v << 7 | (oid.p[i] & 0x7F);
		if (oid.p[i] & 0x80)
			continue;
		if (first) {
			uint64_t top = v < 80 ? v / 40 : 2;

			buf_printf(&b, "%llu.%llu", (unsigned long long)top, (unsigned long long)(v - top * 40));
		} else {
			buf_printf(&b, ".%llu", (unsigned long long)v);
		}
		first = false;
		v = 0;
	}
	buf_u8(&b, 0);
	return buf_finish(&b, c, &out) == RSP_OK ? (char *)(uintptr_t)out.p : NULL;
}
