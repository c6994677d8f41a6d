// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/tdes.h"

#include "base/buf.h"
#include "crypto/impl.h"

enum rsp_status
tdes_cbc(struct rsp_ctx *c, struct bytes key, bool encrypt, struct bytes in, uint8_t *out)
{
	static const uint8_t zero[8];
	EVP_CIPHER_CTX *x;
	EVP_CIPHER *cipher;
	int n = 0, tail = 0;
	bool good;

	if ((key.n != 16 && key.n != 24) || in.n % 8 || in.n > INT32_MAX)
		return rsp_fail(c, RSP_MALFORMED, "3DES: want a key of 16 or 24 octets and whole blocks, have %zu and %zu", key.n, in.n);
	cipher = EVP_CIPHER_fetch(c->crypto->lib, key.n == 16 ? "DES-EDE-CBC" : "DES-EDE3-CBC", NULL);
	x = EVP_CIPHER_CTX_new();
	good = x && cipher && EVP_CipherInit_ex2(x, cipher, key.p, zero, encrypt, NULL) && EVP_CIPHER_CTX_set_padding(x, 0) &&
		EVP_CipherUpdate(x, out, &n, in.p, (int)in.n) && EVP_CipherFinal_ex(x, out + n, &tail);
	EVP_CIPHER_CTX_free(x);
	EVP_CIPHER_free(cipher);
	return good ? RSP_OK : crypto_broken(c, "3DES");
}

enum rsp_status
tdes_mac(struct rsp_ctx *c, struct bytes key, const struct bytes *parts, size_t n, uint8_t out[8])
{
	struct buf b = BUF_INIT;
	enum rsp_status st;
	size_t i;

	for (i = 0; i < n; i++)
		buf_add(&b, parts[i]);
	while (b.n % 8 || b.n == 0)
		buf_u8(&b, 0);
	if (b.bad)
		return rsp_fail(c, RSP_NOMEM, "no memory for a checksum");
	st = tdes_cbc(c, key, true, buf_bytes(&b), b.p);
	if (st == RSP_OK)
		memcpy(out, b.p + b.n - 8, 8);
	buf_free(&b);
	return st;
}

static uint32_t
crc(const struct bytes *parts, size_t n, uint32_t polynomial, uint32_t start)
{
	uint32_t v = start;
	size_t i, k;
	unsigned bit;

	for (i = 0; i < n; i++)
		for (k = 0; k < parts[i].n; k++) {
			v ^= parts[i].p[k];
			for (bit = 0; bit < 8; bit++)
				v = v & 1 ? v >> 1 ^ polynomial : v >> 1;
		}
	return v ^ start;
}

uint16_t
crc16(const struct bytes *parts, size_t n)
{
	return (uint16_t)crc(parts, n, 0x8408, 0xFFFF);
}

uint32_t
crc32_of(const struct bytes *parts, size_t n)
{
	return crc(parts, n, 0xEDB88320u, 0xFFFFFFFFu);
}
