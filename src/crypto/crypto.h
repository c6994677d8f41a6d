// SPDX-License-Identifier: BSD-2-Clause
/*
 * The cryptography of SGP.22 over OpenSSL 3: ECDSA and ECKA on P-256 and brainpoolP256r1, X9.63 KDF, AES, CMAC,
 * SHA-256. One struct crypto is one library context with its algorithms fetched once and its own random
 * stream: from the system, or from a seed (then every key, nonce and challenge follows from the seed).
 * A struct crypto may be used by several threads; with a seed the order of calls decides the values.
 */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include "base/bytes.h"

struct crypto;

/* seed absent: the system's randomness. stream names the role, so that two roles of one seed differ. */
RSP_MUST_USE enum rsp_status crypto_new(struct crypto **out, struct bytes seed, const char *stream);
void crypto_free(struct crypto *x);
/* The OSSL_LIB_CTX, as void * so that only those who need it include OpenSSL. */
void *crypto_libctx(struct crypto *x);
/*
 * The context to parse certificates in: one with digests only, where the library does not search for decoders of their keys. With a seed it is
 * x's own, for decoding a key on brainpool draws random numbers, and all that follows from the seed hangs on every draw before it.
 */
void *crypto_parsing_libctx(struct crypto *x);
/* May work be left out that was done before, by whomever? With a seed not: a verification on brainpool draws, too. */
bool crypto_may_skip(const struct crypto *x);

/* All below use c->crypto. Sizes are fixed: hash 32, signature 64 (raw r || s, BSI TR-03111), point 65 (04 || X || Y), scalar 32. */
RSP_MUST_USE enum rsp_status crypto_random(struct rsp_ctx *c, uint8_t *p, size_t n);

enum ec_curve { EC_P256, EC_BP256 };
const char *ec_curve_name(enum ec_curve curve);   /* "NIST P-256", "brainpoolP256r1" */

struct ec_key;   /* a public key, or a key pair; free with ec_key_free; safe to share between threads */

RSP_MUST_USE enum rsp_status ec_key_generate(struct rsp_ctx *c, enum ec_curve curve, struct ec_key **out);
/* Scalar of 32 octets in 1..n-1; the point is computed. */
RSP_MUST_USE enum rsp_status ec_key_from_scalar(struct rsp_ctx *c, enum ec_curve curve, struct bytes scalar, struct ec_key **out);
/* Exactly 65 octets, 04 first, on the curve; MALFORMED otherwise. */
RSP_MUST_USE enum rsp_status ec_key_from_point(struct rsp_ctx *c, enum ec_curve curve, struct bytes point, struct ec_key **out);
/* PKCS#8 DER, SEC1 DER, or PEM of either. */
RSP_MUST_USE enum rsp_status ec_key_read(struct rsp_ctx *c, struct bytes file, struct ec_key **out);
/* PKCS#8 DER in the arena. */
RSP_MUST_USE enum rsp_status ec_key_write(struct rsp_ctx *c, const struct ec_key *k, struct bytes *out);
void ec_key_free(struct ec_key *k);
enum ec_curve ec_key_curve(const struct ec_key *k);
struct bytes ec_key_point(const struct ec_key *k);    /* 65 octets, borrowed */
bool ec_key_is_pair(const struct ec_key *k);
/* Private scalar, 32 octets into out; STATE for a public key. */
RSP_MUST_USE enum rsp_status ec_key_scalar(struct rsp_ctx *c, const struct ec_key *k, uint8_t out[32]);
void *ec_key_pkey(const struct ec_key *k);            /* its EVP_PKEY, borrowed */

/* ECDSA with SHA-256 over the parts joined. */
RSP_MUST_USE enum rsp_status ec_sign(struct rsp_ctx *c, const struct ec_key *k, const struct bytes *parts, size_t n, uint8_t sig[64]);
/* UNTRUSTED when wrong or not 64 octets; NOMEM when it could not be checked. */
RSP_MUST_USE enum rsp_status ec_verify(struct rsp_ctx *c, const struct ec_key *k, const struct bytes *parts, size_t n, struct bytes sig);
/* The same for a signature as certificates have it: SEQUENCE of two INTEGERs, strictly DER. */
RSP_MUST_USE enum rsp_status ec_verify_der(struct rsp_ctx *c, const struct ec_key *k, const struct bytes *parts, size_t n, struct bytes der);
/* x-coordinate of own scalar times peer point. MALFORMED for a bad point. */
RSP_MUST_USE enum rsp_status ec_agree(struct rsp_ctx *c, const struct ec_key *own, struct bytes peer_point, uint8_t shared[32]);

RSP_MUST_USE enum rsp_status sha256(struct rsp_ctx *c, const struct bytes *parts, size_t n, uint8_t out[32]);
RSP_MUST_USE enum rsp_status hmac_sha256(struct rsp_ctx *c, struct bytes key, const struct bytes *parts, size_t n, uint8_t out[32]);
RSP_MUST_USE enum rsp_status x963_kdf(struct rsp_ctx *c, struct bytes shared, struct bytes info, uint8_t *out, size_t n);

/* AES-128/192/256 by key length; in and out of equal size, may be the same memory; whole blocks. */
RSP_MUST_USE enum rsp_status aes_cbc_encrypt(struct rsp_ctx *c, struct bytes key, const uint8_t iv[16], struct bytes in, uint8_t *out);
RSP_MUST_USE enum rsp_status aes_cbc_decrypt(struct rsp_ctx *c, struct bytes key, const uint8_t iv[16], struct bytes in, uint8_t *out);
RSP_MUST_USE enum rsp_status aes_ecb_block(struct rsp_ctx *c, struct bytes key, const uint8_t in[16], uint8_t out[16]);
RSP_MUST_USE enum rsp_status aes_cmac(struct rsp_ctx *c, struct bytes key, const struct bytes *parts, size_t n, uint8_t out[16]);
/* CMACs under one key, its schedule made once. Owned by one thread; close wipes it. */
struct cmac;
RSP_MUST_USE enum rsp_status cmac_open(struct rsp_ctx *c, struct bytes key, struct cmac **out);
RSP_MUST_USE enum rsp_status cmac_next(struct rsp_ctx *c, struct cmac *m, const struct bytes *parts, size_t n, uint8_t out[16]);
void cmac_close(struct cmac *m);

/*
 * Sealing for stored rows: AES-256-GCM, output = 12 octets nonce || ciphertext || 16 octets tag, in the arena.
 * `about` is authenticated but not stored. unseal: UNTRUSTED when changed.
 */
RSP_MUST_USE enum rsp_status aes_seal(struct rsp_ctx *c, const uint8_t key[32], struct bytes about, struct bytes in, struct bytes *out);
RSP_MUST_USE enum rsp_status aes_unseal(struct rsp_ctx *c, const uint8_t key[32], struct bytes about, struct bytes in, struct bytes *out);

#endif
