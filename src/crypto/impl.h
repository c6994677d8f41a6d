// SPDX-License-Identifier: BSD-2-Clause
/* What the files of crypto/ share: the algorithms fetched once. */
#ifndef CRYPTO_IMPL_H
#define CRYPTO_IMPL_H

#include "crypto/crypto.h"

#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/provider.h>
#include <pthread.h>

/* The seeded generator's state; one a library context. */
struct stream {
	pthread_mutex_t lock;
	uint8_t key[32];
	uint64_t counter;
};

struct crypto {
	OSSL_LIB_CTX *lib;
	OSSL_PROVIDER *fallback, *seeded;
	struct stream stream;
	EVP_MD *sha256;
	EVP_MAC_CTX *hmac, *cmac[3];         /* to copy from: digest and cipher are chosen, the key is of zeros */
	EVP_KDF *x963;
	EVP_CIPHER *cbc[3], *ecb[3], *gcm;   /* 128, 192, 256 */
	struct shelf *shelf;
	EVP_PKEY *blank[2];                  /* a key on each curve to copy its parameters from */
};

struct ec_key {
	EVP_PKEY *pkey;
	enum ec_curve curve;
	bool pair;
	uint8_t point[65];
};

/* A provider whose only algorithm is the seeded generator; loads it into x->lib and makes it the random source. */
bool seeded_random_install(struct crypto *x);
void stream_read(struct stream *s, uint8_t *out, size_t n);

bool shelf_new(struct crypto *x);
void shelf_free(struct crypto *x);
const char *ec_group_name(enum ec_curve curve);
/* NOMEM with a sentence: the library failed for a reason of its own. */
enum rsp_status crypto_broken(struct rsp_ctx *c, const char *what);

#endif
