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

/* See tools.c. */
struct tools {
	struct tools *next;
	EVP_PKEY *peer[2];
	EVP_PKEY_CTX *generator[2];
};

struct crypto {
	OSSL_LIB_CTX *lib;
	OSSL_PROVIDER *fallback, *seeded;
	struct stream stream;
	EVP_MD *sha256;
	EVP_MAC_CTX *cmac[3];                /* to copy from: the cipher is chosen, the key is of zeros */
	EVP_KDF *x963;
	EVP_CIPHER *cbc[3], *ecb[3], *gcm;   /* 128, 192, 256 */
	pthread_mutex_t tools_lock;
	struct tools *tools;                 /* those that nobody has borrowed */
	EVP_PKEY *blank[2];                  /* a key on each curve to copy its parameters from */
};

struct ec_key {
	_Atomic(EVP_PKEY *) pkey;            /* of a public key NULL until somebody asks */
	_Atomic(EVP_PKEY_CTX *) signer;      /* made at the first signature, to copy from */
	struct crypto *home;                 /* whose draws count; NULL without a seed: a public key outlives the context it was made in */
	enum ec_curve curve;
	bool pair;
	uint8_t point[65];
};

/* A provider whose only algorithm is the seeded generator; loads it into x->lib and makes it the random source. */
bool seeded_random_install(struct crypto *x);
void stream_read(struct stream *s, uint8_t *out, size_t n);

/* NULL, which the others take, when there is no memory. */
struct tools *tools_borrow(struct crypto *x);
void tools_return(struct crypto *x, struct tools *t);
void tools_free(struct crypto *x);
EVP_PKEY_CTX *tools_generator(struct crypto *x, struct tools *t, enum ec_curve curve);   /* NULL: failed */
/*
 * The peer's point as a key, until t is returned or asked for another. The library takes infinity and compressed points, SGP.22 does not:
 * exactly 65 octets, 04 first; what the library takes of those is on the curve, in the one form there is. MALFORMED otherwise.
 */
RSP_MUST_USE enum rsp_status tools_peer(struct rsp_ctx *c, struct tools *t, enum ec_curve curve, struct bytes point, EVP_PKEY **out);
const char *ec_group_name(enum ec_curve curve);
/* NOMEM with a sentence: the library failed for a reason of its own. */
enum rsp_status crypto_broken(struct rsp_ctx *c, const char *what);

#endif
