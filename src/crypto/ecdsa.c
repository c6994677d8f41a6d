// SPDX-License-Identifier: BSD-2-Clause
/* ECDSA over SHA-256: raw r || s as SGP.22 has it, DER as the library and certificates have it. */
#include "crypto/impl.h"

#include <openssl/err.h>
#include <stdatomic.h>

#include "tlv/tlv.h"

#define DER_MAX 72   /* two INTEGERs of 33 octets and three headers */

/* A DER INTEGER from 32 octets, big-endian. Its size. */
static size_t
put_integer(const uint8_t v[32], uint8_t *out)
{
	size_t from = 0, pad, n;

	while (from < 31 && v[from] == 0)
		from++;
	pad = v[from] >> 7;
	n = 32 - from;
	out[0] = 0x02;
	out[1] = (uint8_t)(pad + n);
	out[2] = 0;
	memcpy(out + 2 + pad, v + from, n);
	return 2 + pad + n;
}

static struct bytes
der_of(const uint8_t sig[64], uint8_t der[DER_MAX])
{
	size_t n = put_integer(sig, der + 2);

	n += put_integer(sig + 32, der + 2 + n);
	der[0] = 0x30;
	der[1] = (uint8_t)n;
	return bytes_of(der, 2 + n);
}

static bool
take_integer(struct bytes *rest, uint8_t out[32])
{
	struct tlv t;

	if (tlv_next(rest, &t) != RSP_OK || t.tag != 0x02)
		return false;
	if (t.value.n == 33 && t.value.p[0] == 0)
		t.value = bytes_from(t.value, 1);
	if (!t.value.n || t.value.n > 32)
		return false;
	memset(out, 0, 32 - t.value.n);
	memcpy(out + 32 - t.value.n, t.value.p, t.value.n);
	return true;
}

static bool
raw_of(struct bytes der, uint8_t sig[64])
{
	struct tlv t;

	return tlv_only(der, 0x30, &t) == RSP_OK && take_integer(&t.value, sig) && take_integer(&t.value, sig + 32) && !t.value.n;
}

/* Beginning to sign costs looking the algorithm up; a copy of what has begun does not. */
static EVP_PKEY_CTX *
signer(struct crypto *x, const struct ec_key *key)
{
	struct ec_key *k = (struct ec_key *)(uintptr_t)key;
	EVP_PKEY_CTX *made, *none = NULL;

	if (k->signer)
		return EVP_PKEY_CTX_dup(k->signer);
	made = EVP_PKEY_CTX_new_from_pkey(x->lib, k->pkey, NULL);
	if (!made || EVP_PKEY_sign_init(made) <= 0 || !atomic_compare_exchange_strong(&k->signer, &none, made))
		EVP_PKEY_CTX_free(made);
	return k->signer ? EVP_PKEY_CTX_dup(k->signer) : NULL;
}

enum rsp_status
ec_sign(struct rsp_ctx *c, const struct ec_key *k, const struct bytes *parts, size_t n, uint8_t sig[64])
{
	uint8_t hash[32], der[DER_MAX];
	size_t der_n = sizeof(der);
	EVP_PKEY_CTX *s;
	enum rsp_status st;
	bool good;

	if (!k || !k->pair)
		return rsp_fail(c, RSP_STATE, "signing needs a private key");
	if ((st = sha256(c, parts, n, hash)) != RSP_OK)
		return st;
	s = signer(c->crypto, k);
	good = s && EVP_PKEY_sign(s, der, &der_n, hash, 32) > 0 && raw_of(bytes_of(der, der_n), sig);
	EVP_PKEY_CTX_free(s);
	return good ? RSP_OK : crypto_broken(c, "signing");
}

/* 1 good, 0 not, -1 could not tell. */
static int
verify_hash(struct crypto *x, EVP_PKEY *pkey, const uint8_t hash[32], struct bytes der)
{
	EVP_PKEY_CTX *v = EVP_PKEY_CTX_new_from_pkey(x->lib, pkey, NULL);
	int answer = -1;

	if (v && EVP_PKEY_verify_init(v) > 0)
		answer = EVP_PKEY_verify(v, der.p, der.n, hash, 32) == 1;
	EVP_PKEY_CTX_free(v);
	ERR_clear_error();
	return answer;
}

enum rsp_status
ec_verify_der(struct rsp_ctx *c, const struct ec_key *k, const struct bytes *parts, size_t n, struct bytes der)
{
	struct tools *t;
	EVP_PKEY *pkey = k->pkey;
	uint8_t hash[32];
	enum rsp_status st;
	int answer = -1;

	if ((st = sha256(c, parts, n, hash)) != RSP_OK)
		return st;
	t = tools_borrow(c->crypto);
	if (!pkey)
		st = tools_peer(c, t, k->curve, BYTES_OF(k->point), &pkey);
	if (st == RSP_OK)
		answer = verify_hash(c->crypto, pkey, hash, der);
	tools_return(c->crypto, t);
	if (answer < 0)
		return crypto_broken(c, "verifying");
	return answer ? RSP_OK : rsp_fail(c, RSP_UNTRUSTED, "the signature does not verify");
}

enum rsp_status
ec_verify(struct rsp_ctx *c, const struct ec_key *k, const struct bytes *parts, size_t n, struct bytes sig)
{
	uint8_t der[DER_MAX];

	if (sig.n != 64)
		return rsp_fail(c, RSP_UNTRUSTED, "signature: want 64 octets, have %zu", sig.n);
	return ec_verify_der(c, k, parts, n, der_of(sig.p, der));
}
