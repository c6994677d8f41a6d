// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/impl.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdlib.h>

static EVP_MAC_CTX *
blank_cmac(struct crypto *x, const char *cipher, size_t key_n)
{
	static const uint8_t zeros[32];
	OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, (char *)(uintptr_t)cipher, 0), OSSL_PARAM_construct_end()};
	EVP_MAC *alg = EVP_MAC_fetch(x->lib, "CMAC", NULL);
	EVP_MAC_CTX *m = alg ? EVP_MAC_CTX_new(alg) : NULL;

	EVP_MAC_free(alg);
	if (m && EVP_MAC_init(m, zeros, key_n, params))
		return m;
	EVP_MAC_CTX_free(m);
	return NULL;
}

static bool
fetch_ciphers(struct crypto *x)
{
	static const char *const cbc[] = {"AES-128-CBC", "AES-192-CBC", "AES-256-CBC"};
	static const char *const ecb[] = {"AES-128-ECB", "AES-192-ECB", "AES-256-ECB"};
	size_t i;

	for (i = 0; i < 3; i++) {
		x->cbc[i] = EVP_CIPHER_fetch(x->lib, cbc[i], NULL);
		x->ecb[i] = EVP_CIPHER_fetch(x->lib, ecb[i], NULL);
		x->cmac[i] = blank_cmac(x, cbc[i], 16 + 8 * i);
		if (!x->cbc[i] || !x->ecb[i] || !x->cmac[i])
			return false;
	}
	x->gcm = EVP_CIPHER_fetch(x->lib, "AES-256-GCM", NULL);
	return x->gcm != NULL;
}

static EVP_PKEY *
blank_key(struct crypto *x, enum ec_curve curve)
{
	EVP_PKEY_CTX *k = EVP_PKEY_CTX_new_from_name(x->lib, "EC", NULL);
	EVP_PKEY *out = NULL;

	if (k && EVP_PKEY_paramgen_init(k) > 0 && EVP_PKEY_CTX_set_group_name(k, ec_group_name(curve)) > 0)
		EVP_PKEY_paramgen(k, &out);
	EVP_PKEY_CTX_free(k);
	return out;
}

static bool
fetch(struct crypto *x)
{
	x->sha256 = EVP_MD_fetch(x->lib, "SHA2-256", NULL);
	x->x963 = EVP_KDF_fetch(x->lib, "X963KDF", NULL);
	x->blank[EC_P256] = blank_key(x, EC_P256);
	x->blank[EC_BP256] = blank_key(x, EC_BP256);
	return x->sha256 && x->x963 && x->blank[0] && x->blank[1] && fetch_ciphers(x);
}

/* The stream's key: SHA-256 over the seed, a separator and the stream's name. */
static bool
seed_stream(struct stream *s, struct bytes seed, const char *name)
{
	EVP_MD_CTX *m = EVP_MD_CTX_new();
	bool good;

	good = m && EVP_DigestInit_ex(m, EVP_sha256(), NULL) && EVP_DigestUpdate(m, seed.p, seed.n) && EVP_DigestUpdate(m, "|", 1) &&
		EVP_DigestUpdate(m, name, strlen(name)) && EVP_DigestFinal_ex(m, s->key, NULL);
	EVP_MD_CTX_free(m);
	return good;
}

enum rsp_status
crypto_new(struct crypto **out, struct bytes seed, const char *stream)
{
	struct crypto *x = calloc(1, sizeof(*x));

	if (!x)
		return RSP_NOMEM;
	pthread_mutex_init(&x->stream.lock, NULL);
	pthread_mutex_init(&x->tools_lock, NULL);
	x->lib = OSSL_LIB_CTX_new();
	if (!x->lib || !(x->fallback = OSSL_PROVIDER_load(x->lib, "default")))
		goto broken;
	if (seed.p && (!seed_stream(&x->stream, seed, stream) || !seeded_random_install(x)))
		goto broken;
	if (!fetch(x))
		goto broken;
	*out = x;
	return RSP_OK;
broken:
	crypto_free(x);
	return RSP_NOMEM;
}

void
crypto_free(struct crypto *x)
{
	size_t i;

	if (!x)
		return;
	tools_free(x);
	for (i = 0; i < 3; i++) {
		EVP_CIPHER_free(x->cbc[i]);
		EVP_CIPHER_free(x->ecb[i]);
		EVP_MAC_CTX_free(x->cmac[i]);
	}
	EVP_CIPHER_free(x->gcm);
	EVP_MD_free(x->sha256);
	EVP_KDF_free(x->x963);
	EVP_PKEY_free(x->blank[0]);
	EVP_PKEY_free(x->blank[1]);
	if (x->seeded)
		OSSL_PROVIDER_unload(x->seeded);
	if (x->fallback)
		OSSL_PROVIDER_unload(x->fallback);
	OSSL_LIB_CTX_free(x->lib);
	pthread_mutex_destroy(&x->stream.lock);
	pthread_mutex_destroy(&x->tools_lock);
	explicit_bzero(x, sizeof(*x));
	free(x);
}

void *
crypto_libctx(struct crypto *x)
{
	return x->lib;
}

enum rsp_status
crypto_random(struct rsp_ctx *c, uint8_t *p, size_t n)
{
	struct crypto *x = c->crypto;

	if (x->seeded) {
		stream_read(&x->stream, p, n);
		return RSP_OK;
	}
	return RAND_priv_bytes_ex(x->lib, p, n, 256) > 0 ? RSP_OK : crypto_broken(c, "random");
}

enum rsp_status
crypto_broken(struct rsp_ctx *c, const char *what)
{
	char reason[120] = "no reason given";
	unsigned long e = ERR_peek_last_error();

	if (e)
		ERR_error_string_n(e, reason, sizeof(reason));
	ERR_clear_error();
	return rsp_fail(c, RSP_NOMEM, "cryptographic library: %s failed: %s", what, reason);
}
