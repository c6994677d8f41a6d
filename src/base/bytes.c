// SPDX-License-Identifier: BSD-2-Clause
#include "base/bytes.h"

#include <strings.h>

struct bytes
bytes_slice(struct bytes b, size_t from, size_t n)
{
	if (from > b.n)
		from = b.n;
	if (n > b.n - from)
		n = b.n - from;
	return bytes_of(b.p ? b.p + from : NULL, n);
}

struct bytes
bytes_from(struct bytes b, size_t from)
{
	return bytes_slice(b, from, b.n);
}

bool
bytes_equal(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
bytes_equal_secret(struct bytes a, struct bytes b)
{
	volatile uint8_t differ = 0;
	size_t i;

	if (a.n != b.n)
		return false;
	for (i = 0; i < a.n; i++)
		differ = (uint8_t)(differ | (a.p[i] ^ b.p[i]));
	return differ == 0;
}

int
bytes_compare(struct bytes a, struct bytes b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int r = n ? memcmp(a.p, b.p, n) : 0;

	return r ? r : (a.n > b.n) - (a.n < b.n);
}

bool
bytes_starts_with(struct bytes b, struct bytes prefix)
{
	return b.n >= prefix.n && bytes_equal(bytes_slice(b, 0, prefix.n), prefix);
}

bool
bytes_equal_str(struct bytes b, const char *s)
{
	return bytes_equal(b, bytes_of_str(s));
}

bool
bytes_equal_nocase(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || strncasecmp((const char *)a.p, (const char *)b.p, a.n) == 0);
}
