// SPDX-License-Identifier: BSD-2-Clause
/* The second algorithm set of 3GPP for f1..f5*: TUAK (TS 35.231), on the permutation Keccak-f[1600]. */
#ifndef CRYPTO_TUAK_H
#define CRYPTO_TUAK_H

#include "base/bytes.h"

/* All lengths in octets: K 16 or 32; MAC 8, 16 or 32; RES 4, 8, 16 or 32; CK and IK 16 or 32. */
struct tuak {
	uint8_t k[32], topc[32];
	size_t k_n, mac_n, res_n, ck_n, ik_n;
	unsigned iterations;          /* of the permutation, 1 to 255 */
};

struct tuak_out {
	uint8_t mac_a[32], mac_s[32], res[32], ck[32], ik[32], ak[6], ak_star[6];   /* as many octets as struct tuak says */
};

/* False: a length or the number of iterations is none of those above. topc of t is what is computed from TOP. */
bool tuak_topc(struct tuak *t, const uint8_t top[32]);
/* Everything for one RAND, SQN, AMF; f1* uses the amf given. */
bool tuak_all(const struct tuak *t, const uint8_t rand[16], const uint8_t sqn[6], const uint8_t amf[2], struct tuak_out *out);

#endif
