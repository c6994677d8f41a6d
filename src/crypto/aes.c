// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/impl.h"

static enum rsp_status
run(struct rsp_ctx *c, EVP_CIPHER *const table[3], struct bytes key, const uint8_t *iv, int encrypt, struct bytes in, uint8_t *out)
{
	EVP_CIPHER_CTX *x;
	int n = 0, tail = 0;
	bool good;

	if ((key.n != 16 && key.n != 24 && key.n != 32) || in.n % 16 || in.n > INT32_MAX)
		return rsp_fail(c, RSP_MALFORMED, "AES: want a key of 16, 24 or 32 octets and whole blocks, have %zu and %zu", key.n, in.n);
	x = EVP_CIPHER_CTX_new();
	good = x && EVP_CipherInit_ex2(x, table[key.n / 8 - 2], key.p, iv, encrypt, NULL) && EVP_CIPHER_CTX_set_padding(x, 0) &&
		EVP_CipherUpdate(x, out, &n, in.p, (int)in.n) && EVP_CipherFinal_ex(x, out + n, &tail);
	EVP_CIPHER_CTX_free(x);
	return good ? RSP_OK : crypto_broken(c, "AES");
}

enum rsp_status
aes_cbc_encrypt(struct rsp_ctx *c, struct bytes key, const uint8_t iv[16], struct bytes in, uint8_t *out)
{
	return run(c, c->crypto->cbc, key, iv, 1, in, out);
}

enum rsp_status
aes_cbc_decrypt(struct rsp_ctx *c, struct bytes key, const uint8_t iv[16], struct bytes in, uint8_t *out)
{
	return run(c, c->crypto->cbc, key, iv, 0, in, out);
}

enum rsp_status
aes_ecb_block(struct rsp_ctx *c, struct bytes key, const uint8_t in[16], uint8_t out[16])
{
	return run(c, c->crypto->ecb, key, NULL, 1, bytes_of(in, 16), out);
}

#define NONCE 12
#define TAG 16

enum rsp_status
aes_seal(struct rsp_ctx *c, const uint8_t key[32], struct bytes about, struct bytes in, struct bytes *out)
{
	uint8_t *p = rsp_alloc(c, NONCE + in.n + TAG);
	EVP_CIPHER_CTX *x;
	enum rsp_status st;
	int n = 0;
	bool good;

	if (!p)
		return RSP_NOMEM;
	if ((st = crypto_random(c, p, NONCE)) != RSP_OK)
		return st;
	x = EVP_CIPHER_CTX_new();
	good = x && EVP_EncryptInit_ex2(x, c->crypto->gcm, key, p, NULL) && EVP_EncryptUpdate(x, NULL, &n, about.p, (int)about.n) &&
		EVP_EncryptUpdate(x, p + NONCE, &n, in.p, (int)in.n) && EVP_EncryptFinal_ex(x, p + NONCE + in.n, &n) &&
		EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_GET_TAG, TAG, p + NONCE + in.n) > 0;
	EVP_CIPHER_CTX_free(x);
	if (!good)
		return crypto_broken(c, "sealing");
	*out = bytes_of(p, NONCE + in.n + TAG);
	return RSP_OK;
}

enum rsp_status
aes_unseal(struct rsp_ctx *c, const uint8_t key[32], struct bytes about, struct bytes in, struct bytes *out)
{
	size_t text_n = in.n - NONCE - TAG;
	uint8_t tag[TAG], *p;
	EVP_CIPHER_CTX *x;
	int n = 0;
	bool good;

	if (in.n < NONCE + TAG)
		return rsp_fail(c, RSP_UNTRUSTED, "sealed data of %zu octets are too short", in.n);
	if (!(p = rsp_alloc(c, text_n)))
		return RSP_NOMEM;
	memcpy(tag, in.p + NONCE + text_n, TAG);
	x = EVP_CIPHER_CTX_new();
	good = x && EVP_DecryptInit_ex2(x, c->crypto->gcm, key, in.p, NULL) && EVP_DecryptUpdate(x, NULL, &n, about.p, (int)about.n) &&
		EVP_DecryptUpdate(x, p, &n, in.p + NONCE, (int)text_n) && EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_AEAD_SET_TAG, TAG, tag) > 0 &&
		EVP_DecryptFinal_ex(x, p + text_n, &n) > 0;
	EVP_CIPHER_CTX_free(x);
	if (!good)
		return rsp_fail(c, RSP_UNTRUSTED, "sealed data were changed, or another key sealed them");
	*out = bytes_of(p, text_n);
	return RSP_OK;
}
