// SPDX-License-Identifier: BSD-2-Clause
/*
 * 3GPP TS 35.231. One input of 1088 bits for all functions, told apart by the octet INSTANCE; every string stands in it with its last octet first,
 * and comes out of it so.
 */
#include "crypto/tuak.h"

#define STATE 200      /* octets */

/* ---- Keccak-f[1600] (FIPS 202 3.2) ---- */

static uint64_t
rotl(uint64_t v, unsigned n)
{
	return n ? v << n | v >> (64 - n) : v;
}

static void
theta(uint64_t a[25])
{
	uint64_t c[5], d;
	unsigned x, y;

	for (x = 0; x < 5; x++)
		c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
	for (x = 0; x < 5; x++) {
		d = c[(x + 4) % 5] ^ rotl(c[(x + 1) % 5], 1);
		for (y = 0; y < 25; y += 5)
			a[x + y] ^= d;
	}
}

/* Both follow the walk (x, y) to (y, 2x + 3y) from (1, 0); the t-th step turns its lane by (t + 1)(t + 2) / 2. */
static void
rho_pi(uint64_t a[25])
{
	uint64_t carried = a[1], next;
	unsigned x = 1, y = 0, t, to;

	for (t = 0; t < 24; t++) {
		to = (2 * x + 3 * y) % 5;
		x = y;
		y = to;
		next = a[x + 5 * y];
		a[x + 5 * y] = rotl(carried, (t + 1) * (t + 2) / 2 % 64);
		carried = next;
	}
}

static void
chi(uint64_t a[25])
{
	uint64_t row[5];
	unsigned x, y;

	for (y = 0; y < 25; y += 5) {
		memcpy(row, a + y, sizeof(row));
		for (x = 0; x < 5; x++)
			a[x + y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
	}
}

/* The round constants are bits of a shift register with x^8 + x^6 + x^5 + x^4 + 1. */
static uint64_t
iota(unsigned *lfsr)
{
	uint64_t rc = 0;
	unsigned j;

	for (j = 0; j < 7; j++) {
		if (*lfsr & 1)
			rc |= (uint64_t)1 << ((1u << j) - 1);
		*lfsr = *lfsr & 0x80 ? (*lfsr << 1 ^ 0x171) : *lfsr << 1;
	}
	return rc;
}

static void
keccak(uint8_t s[STATE])
{
	uint64_t a[25] = {0};
	unsigned i, lfsr = 1;

	for (i = 0; i < STATE; i++)
		a[i / 8] |= (uint64_t)s[i] << 8 * (i % 8);
	for (i = 0; i < 24; i++) {
		theta(a);
		rho_pi(a);
		chi(a);
		a[0] ^= iota(&lfsr);
	}
	for (i = 0; i < STATE; i++)
		s[i] = (uint8_t)(a[i / 8] >> 8 * (i % 8));
	explicit_bzero(a, sizeof(a));
}

/* ---- the functions ---- */

enum { F1 = 0x00, F1_STAR = 0x80, F2345 = 0x40, F5_STAR = 0xC0, WIDE_CK = 0x04, WIDE_IK = 0x02, WIDE_K = 0x01 };
enum { AT_TOP = 0, AT_INSTANCE = 32, AT_NAME = 33, AT_RAND = 40, AT_AMF = 56, AT_SQN = 58, AT_KEY = 64, AT_PADDING = 96, PADDING_END = 135 };
enum { AT_RES = 0, AT_CK = 32, AT_IK = 64, AT_AK = 96 };

static void
reversed(uint8_t *out, const uint8_t *in, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = in[n - 1 - i];
}

struct inputs { const uint8_t *top, *rand, *sqn, *amf; };

static void
run(const struct tuak *t, unsigned instance, const struct inputs *in, uint8_t s[STATE])
{
	unsigned i;

	memset(s, 0, STATE);
	reversed(s + AT_TOP, in->top, 32);
	s[AT_INSTANCE] = (uint8_t)(instance | (t->k_n == 32 ? WIDE_K : 0));
	reversed(s + AT_NAME, (const uint8_t *)"TUAK1.0", 7);
	if (in->rand)
		reversed(s + AT_RAND, in->rand, 16);
	if (in->amf)
		reversed(s + AT_AMF, in->amf, 2);
	if (in->sqn)
		reversed(s + AT_SQN, in->sqn, 6);
	reversed(s + AT_KEY, t->k, t->k_n);
	s[AT_PADDING] = 0x1F;
	s[PADDING_END] = 0x80;
	for (i = 0; i < t->iterations; i++)
		keccak(s);
}

/* 8, 16 and 32 octets are 1, 2 and 4 in bits 6 to 4 of INSTANCE; 4 octets 0. */
static unsigned
length_bits(size_t n)
{
	return n == 4 ? 0 : (unsigned)n;
}

static bool
lengths_right(const struct tuak *t)
{
	return (t->k_n == 16 || t->k_n == 32) && (t->mac_n == 8 || t->mac_n == 16 || t->mac_n == 32) &&
		(t->res_n == 4 || t->res_n == 8 || t->res_n == 16 || t->res_n == 32) && (t->ck_n == 16 || t->ck_n == 32) &&
		(t->ik_n == 16 || t->ik_n == 32) && t->iterations >= 1 && t->iterations <= 255;
}

bool
tuak_topc(struct tuak *t, const uint8_t top[32])
{
	const struct inputs in = {.top = top};
	uint8_t s[STATE];

	if (!lengths_right(t))
		return false;
	run(t, 0, &in, s);
	reversed(t->topc, s, 32);
	explicit_bzero(s, sizeof(s));
	return true;
}

bool
tuak_all(const struct tuak *t, const uint8_t rand[16], const uint8_t sqn[6], const uint8_t amf[2], struct tuak_out *out)
{
	const struct inputs signing = {t->topc, rand, sqn, amf}, deriving = {t->topc, rand, NULL, NULL};
	uint8_t s[STATE];

	if (!lengths_right(t))
		return false;
	run(t, F1 | length_bits(t->mac_n), &signing, s);
	reversed(out->mac_a, s, t->mac_n);
	run(t, F1_STAR | length_bits(t->mac_n), &signing, s);
	reversed(out->mac_s, s, t->mac_n);
	run(t, F2345 | length_bits(t->res_n) | (t->ck_n == 32 ? WIDE_CK : 0) | (t->ik_n == 32 ? WIDE_IK : 0), &deriving, s);
	reversed(out->res, s + AT_RES, t->res_n);
	reversed(out->ck, s + AT_CK, t->ck_n);
	reversed(out->ik, s + AT_IK, t->ik_n);
	reversed(out->ak, s + AT_AK, 6);
	run(t, F5_STAR, &deriving, s);
	reversed(out->ak_star, s + AT_AK, 6);
	explicit_bzero(s, sizeof(s));
	return true;
}
