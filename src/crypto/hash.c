// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/impl.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#define BLOCK 64   /* of SHA-256 */

enum rsp_status
sha256(struct rsp_ctx *c, const struct bytes *parts, size_t n, uint8_t out[32])
{
	EVP_MD_CTX *m = EVP_MD_CTX_new();
	bool good = m && EVP_DigestInit_ex2(m, c->crypto->sha256, NULL);
	size_t i;

	for (i = 0; good && i < n; i++)
		good = EVP_DigestUpdate(m, parts[i].p, parts[i].n);
	good = good && EVP_DigestFinal_ex(m, out, NULL);
	EVP_MD_CTX_free(m);
	return good ? RSP_OK : crypto_broken(c, "SHA-256");
}

/* key absent: the one that m has. */
static bool
mac(EVP_MAC_CTX *m, struct bytes key, const struct bytes *parts, size_t n, uint8_t *out, size_t out_n)
{
	bool good = m && EVP_MAC_init(m, key.p, key.n, NULL);
	size_t i, written = 0;

	for (i = 0; good && i < n; i++)
		good = EVP_MAC_update(m, parts[i].p, parts[i].n);
	return good && EVP_MAC_final(m, out, &written, out_n) && written == out_n;
}

/* SHA-256 over the key xor `pad` and the parts. */
static bool
keyed(EVP_MD_CTX *m, const EVP_MD *alg, const uint8_t key[BLOCK], uint8_t pad, const struct bytes *parts, size_t n, uint8_t out[32])
{
	uint8_t block[BLOCK];
	bool good;
	size_t i;

	for (i = 0; i < BLOCK; i++)
		block[i] = key[i] ^ pad;
	good = EVP_DigestInit_ex2(m, alg, NULL) && EVP_DigestUpdate(m, block, BLOCK);
	for (i = 0; good && i < n; i++)
		good = EVP_DigestUpdate(m, parts[i].p, parts[i].n);
	explicit_bzero(block, sizeof(block));
	return good && EVP_DigestFinal_ex(m, out, NULL);
}

/* RFC 2104. By hand, since the library makes three contexts for it, which cost more than the hashing of something short. */
enum rsp_status
hmac_sha256(struct rsp_ctx *c, struct bytes key, const struct bytes *parts, size_t n, uint8_t out[32])
{
	uint8_t block[BLOCK] = {0}, inner[32];
	struct bytes hash = BYTES_OF(inner);
	EVP_MD_CTX *m;
	enum rsp_status st;
	bool good;

	if (key.n > BLOCK && (st = sha256(c, &key, 1, block)) != RSP_OK)
		return st;
	if (key.n && key.n <= BLOCK)
		memcpy(block, key.p, key.n);
	m = EVP_MD_CTX_new();
	good = m && keyed(m, c->crypto->sha256, block, 0x36, parts, n, inner) && keyed(m, c->crypto->sha256, block, 0x5C, &hash, 1, out);
	EVP_MD_CTX_free(m);
	explicit_bzero(block, sizeof(block));
	explicit_bzero(inner, sizeof(inner));
	return good ? RSP_OK : crypto_broken(c, "HMAC");
}

enum rsp_status
cmac_open(struct rsp_ctx *c, struct bytes key, struct cmac **out)
{
	EVP_MAC_CTX *m;

	if (key.n != 16 && key.n != 24 && key.n != 32)
		return rsp_fail(c, RSP_MALFORMED, "AES key: want 16, 24 or 32 octets, have %zu", key.n);
	m = EVP_MAC_CTX_dup(c->crypto->cmac[key.n / 8 - 2]);
	if (!m || !EVP_MAC_init(m, key.p, key.n, NULL)) {
		EVP_MAC_CTX_free(m);
		return crypto_broken(c, "CMAC");
	}
	*out = (struct cmac *)m;
	return RSP_OK;
}

enum rsp_status
cmac_next(struct rsp_ctx *c, struct cmac *m, const struct bytes *parts, size_t n, uint8_t out[16])
{
	return mac((EVP_MAC_CTX *)m, BYTES_NONE, parts, n, out, 16) ? RSP_OK : crypto_broken(c, "CMAC");
}

void
cmac_close(struct cmac *m)
{
	EVP_MAC_CTX_free((EVP_MAC_CTX *)m);
}

enum rsp_status
aes_cmac(struct rsp_ctx *c, struct bytes key, const struct bytes *parts, size_t n, uint8_t out[16])
{
	struct cmac *m;
	enum rsp_status st = cmac_open(c, key, &m);

	if (st != RSP_OK)
		return st;
	st = cmac_next(c, m, parts, n, out);
	cmac_close(m);
	return st;
}

enum rsp_status
x963_kdf(struct rsp_ctx *c, struct bytes shared, struct bytes info, uint8_t *out, size_t n)
{
	EVP_KDF_CTX *k = EVP_KDF_CTX_new(c->crypto->x963);
	char digest[] = "SHA2-256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, (void *)(uintptr_t)shared.p, shared.n),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)info.p, info.n),
		OSSL_PARAM_construct_end(),
	};
	bool good;

	if (!info.n)
		params[2] = OSSL_PARAM_construct_end();
	good = k && EVP_KDF_derive(k, out, n, params) > 0;
	EVP_KDF_CTX_free(k);
	return good ? RSP_OK : crypto_broken(c, "X9.63 KDF");
}
