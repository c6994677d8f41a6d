// SPDX-License-Identifier: BSD-2-Clause
/* Authentication functions f1..f5* of 3GPP: Milenage (TS 35.206) and the test algorithm (TS 34.108 8.1.2). */
#ifndef CRYPTO_AKA_H
#define CRYPTO_AKA_H

#include "base/bytes.h"

struct milenage {
	uint8_t k[16], opc[16];
	uint8_t r[5];        /* rotations in bits; defaults 64 0 32 64 96 */
	uint8_t c[5][16];    /* constants; defaults c1 = 0, c2..c5 = 1, 2, 4, 8 in the last octet */
};

struct aka_out {
	uint8_t mac_a[8], mac_s[8];   /* f1, f1* */
	uint8_t res[16];              /* f2; Milenage fills 8 */
	size_t res_n;
	uint8_t ck[16], ik[16], ak[6], ak_star[6];
};

void milenage_defaults(struct milenage *m);
/* OPc = OP xor E_K(OP). */
RSP_MUST_USE enum rsp_status milenage_opc(struct rsp_ctx *c, const uint8_t k[16], const uint8_t op[16], uint8_t opc[16]);
/* Everything for one RAND, SQN, AMF. f1* uses the amf given (0000 for AUTS). Uses c->crypto. */
RSP_MUST_USE enum rsp_status milenage_all(struct rsp_ctx *c, const struct milenage *m, const uint8_t rand[16], const uint8_t sqn[6],
	const uint8_t amf[2], struct aka_out *out);
/* The 3GPP test algorithm; res_n of out is set by the caller: 4 to 16. */
void aka_test_all(const uint8_t k[16], const uint8_t rand[16], const uint8_t sqn[6], const uint8_t amf[2], struct aka_out *out);

#endif
