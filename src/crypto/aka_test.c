// SPDX-License-Identifier: BSD-2-Clause
/* The test algorithm of 3GPP TS 34.108 8.1.2: everything from K xor RAND. */
#include "crypto/aka.h"

void
aka_test_all(const uint8_t k[16], const uint8_t rand[16], const uint8_t sqn[6], const uint8_t amf[2], struct aka_out *out)
{
	uint8_t x[16];
	size_t i;

	for (i = 0; i < 16; i++)
		x[i] = k[i] ^ rand[i];
	memcpy(out->res, x, 16);
	for (i = 0; i < 16; i++) {
		out->ck[i] = x[(i + 1) % 16];
		out->ik[i] = x[(i + 2) % 16];
	}
	for (i = 0; i < 6; i++)
		out->ak[i] = out->ak_star[i] = x[(i + 3) % 16];
	for (i = 0; i < 6; i++)
		out->mac_a[i] = x[i] ^ sqn[i];
	out->mac_a[6] = x[6] ^ amf[0];
	out->mac_a[7] = x[7] ^ amf[1];
	memcpy(out->mac_s, out->mac_a, 8);
}
