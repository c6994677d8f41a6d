// SPDX-License-Identifier: BSD-2-Clause
/* 3GPP TS 35.206: OUTi = E[rot(TEMP xor OPc, ri) xor ci] xor OPc, with TEMP = E[RAND xor OPc]. */
#include "crypto/aka.h"

#include "crypto/crypto.h"

void
milenage_defaults(struct milenage *m)
{
	static const uint8_t rotations[5] = {64, 0, 32, 64, 96}, last[5] = {0, 1, 2, 4, 8};
	size_t i;

	memset(m->c, 0, sizeof(m->c));
	for (i = 0; i < 5; i++) {
		m->r[i] = rotations[i];
		m->c[i][15] = last[i];
	}
}

static void
xor16(const uint8_t a[16], const uint8_t b[16], uint8_t out[16])
{
	size_t i;

	for (i = 0; i < 16; i++)
		out[i] = a[i] ^ b[i];
}

/* Left by r bits, any r from 0 to 127. */
static void
rotate(const uint8_t in[16], unsigned r, uint8_t out[16])
{
	unsigned byte = r / 8 % 16, bit = r % 8, i;

	for (i = 0; i < 16; i++) {
		unsigned pair = (unsigned)in[(i + byte) % 16] << 8 | in[(i + byte + 1) % 16];

		out[i] = (uint8_t)(pair << bit >> 8);
	}
}

enum rsp_status
milenage_opc(struct rsp_ctx *c, const uint8_t k[16], const uint8_t op[16], uint8_t opc[16])
{
	uint8_t out[16];
	enum rsp_status st = aes_ecb_block(c, bytes_of(k, 16), op, out);

	if (st == RSP_OK)
		xor16(out, op, opc);
	return st;
}

/* E[rot(base xor OPc, r) xor c xor add] xor OPc. */
static enum rsp_status
output(struct rsp_ctx *c, const struct milenage *m, unsigned i, const uint8_t base[16], const uint8_t add[16], uint8_t out[16])
{
	uint8_t x[16], y[16];
	enum rsp_status st;

	xor16(base, m->opc, x);
	rotate(x, m->r[i], y);
	xor16(y, m->c[i], x);
	if (add)
		xor16(x, add, x);
	st = aes_ecb_block(c, BYTES_OF(m->k), x, y);
	xor16(y, m->opc, out);
	explicit_bzero(x, sizeof(x));
	explicit_bzero(y, sizeof(y));
	return st;
}

enum rsp_status
milenage_all(struct rsp_ctx *c, const struct milenage *m, const uint8_t rand[16], const uint8_t sqn[6], const uint8_t amf[2], struct aka_out *out)
{
	uint8_t temp[16], in1[16], o[5][16];
	enum rsp_status st;
	size_t i;

	for (i = 0; i < 16; i += 8) {
		memcpy(in1 + i, sqn, 6);
		memcpy(in1 + i + 6, amf, 2);
	}
	xor16(rand, m->opc, temp);
	st = aes_ecb_block(c, BYTES_OF(m->k), temp, temp);
	/* f1 rotates IN1, the others TEMP; TEMP goes into f1 unrotated. */
	if (st == RSP_OK)
		st = output(c, m, 0, in1, temp, o[0]);
	for (i = 1; st == RSP_OK && i < 5; i++)
		st = output(c, m, (unsigned)i, temp, NULL, o[i]);
	if (st != RSP_OK)
		return st;
	memcpy(out->mac_a, o[0], 8);
	memcpy(out->mac_s, o[0] + 8, 8);
	memcpy(out->res, o[1] + 8, 8);
	out->res_n = 8;
	memcpy(out->ak, o[1], 6);
	memcpy(out->ck, o[2], 16);
	memcpy(out->ik, o[3], 16);
	memcpy(out->ak_star, o[4], 6);
	explicit_bzero(o, sizeof(o));
	explicit_bzero(temp, sizeof(temp));
	return RSP_OK;
}
