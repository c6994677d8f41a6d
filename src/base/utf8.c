// SPDX-License-Identifier: BSD-2-Clause
#include "base/utf8.h"

/* Length of the sequence of several octets that starts with ch, its payload bits in *v and its least value in *min; 0: none. */
static unsigned
lead(uint8_t ch, uint32_t *v, uint32_t *min)
{
	static const struct { uint8_t mask, mark; uint32_t min; } forms[] = {
		{0xE0, 0xC0, 0x80}, {0xF0, 0xE0, 0x800}, {0xF8, 0xF0, 0x10000},
	};
	unsigned i;

	for (i = 0; i < 3; i++) {
		if ((ch & forms[i].mask) != forms[i].mark)
			continue;
		*v = ch & (uint8_t)~forms[i].mask;
		*min = forms[i].min;
		return i + 2;
	}
	return 0;
}

bool
utf8_valid(struct bytes s)
{
	size_t i = 0;

	while (i < s.n) {
		uint32_t v, min;
		unsigned n, k;

		if (s.p[i] < 0x80) {
			i++;
			continue;
		}
		n = lead(s.p[i], &v, &min);
		if (!n || n > s.n - i)
			return false;
		for (k = 1; k < n; k++) {
			if ((s.p[i + k] & 0xC0) != 0x80)
				return false;
			v = v << 6 | (s.p[i + k] & 0x3F);
		}
		if (v < min || v > 0x10FFFF || (v >= 0xD800 && v <= 0xDFFF))
			return false;
		i += n;
	}
	return true;
}
