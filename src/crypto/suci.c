// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/suci.h"

#include "crypto/impl.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>

/* What both profiles come to: the public key as it is sent, and the shared secret. */
struct agreed { uint8_t sent[33]; size_t sent_n; uint8_t shared[32]; };

static enum rsp_status
agree_x25519(struct rsp_ctx *c, struct bytes network, const uint8_t own[32], struct agreed *a)
{
	OSSL_LIB_CTX *lib = c->crypto->lib;
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key_ex(lib, "X25519", NULL, own, 32);
	EVP_PKEY *peer = network.n == 32 ? EVP_PKEY_new_raw_public_key_ex(lib, "X25519", NULL, network.p, 32) : NULL;
	EVP_PKEY_CTX *x = key ? EVP_PKEY_CTX_new_from_pkey(lib, key, NULL) : NULL;
	size_t n = sizeof(a->shared);
	bool good;

	a->sent_n = 32;
	good = x && peer && EVP_PKEY_get_raw_public_key(key, a->sent, &a->sent_n) > 0 && EVP_PKEY_derive_init(x) > 0 &&
		EVP_PKEY_derive_set_peer(x, peer) > 0 && EVP_PKEY_derive(x, a->shared, &n) > 0 && n == 32;
	EVP_PKEY_CTX_free(x);
	EVP_PKEY_free(peer);
	EVP_PKEY_free(key);
	return good ? RSP_OK : rsp_fail(c, RSP_MALFORMED, "the home network's key is no X25519 key");
}

/* A point of P-256 in another form: 33 octets compressed, 65 not. */
static bool
reform(struct rsp_ctx *c, struct bytes in, point_conversion_form_t form, uint8_t *out, size_t n)
{
	EC_GROUP *g = EC_GROUP_new_by_curve_name_ex(c->crypto->lib, NULL, NID_X9_62_prime256v1);
	EC_POINT *p = g ? EC_POINT_new(g) : NULL;
	bool good = p && (in.n == 33 || in.n == 65) && EC_POINT_oct2point(g, p, in.p, in.n, NULL) && EC_POINT_point2oct(g, p, form, out, n, NULL) == n;

	EC_POINT_free(p);
	EC_GROUP_free(g);
	return good;
}

static enum rsp_status
agree_p256(struct rsp_ctx *c, struct bytes network, struct bytes scalar, struct agreed *a)
{
	struct ec_key *own = NULL;
	uint8_t point[65];
	enum rsp_status st;

	if (!reform(c, network, POINT_CONVERSION_UNCOMPRESSED, point, sizeof(point)))
		return rsp_fail(c, RSP_MALFORMED, "the home network's key is no point of P-256");
	st = scalar.p ? ec_key_from_scalar(c, EC_P256, scalar, &own) : ec_key_generate(c, EC_P256, &own);
	if (st == RSP_OK)
		st = ec_agree(c, own, BYTES_OF(point), a->shared);
	a->sent_n = 33;
	if (st == RSP_OK && !reform(c, ec_key_point(own), POINT_CONVERSION_COMPRESSED, a->sent, 33))
		st = crypto_broken(c, "a point of P-256");
	ec_key_free(own);
	return st;
}

static enum rsp_status
agree(struct rsp_ctx *c, enum suci_scheme scheme, struct bytes network, struct bytes ephemeral, struct agreed *a)
{
	uint8_t own[32];
	enum rsp_status st = RSP_OK;

	if (ephemeral.p && ephemeral.n != 32)
		return rsp_fail(c, RSP_MALFORMED, "an ephemeral key has 32 octets");
	if (scheme == SUCI_B)
		return agree_p256(c, network, ephemeral, a);
	if (ephemeral.p)
		memcpy(own, ephemeral.p, 32);
	else
		st = crypto_random(c, own, sizeof(own));
	if (st == RSP_OK)
		st = agree_x25519(c, network, own, a);
	explicit_bzero(own, sizeof(own));
	return st;
}

static bool
ctr(struct rsp_ctx *c, const uint8_t key[16], const uint8_t counter[16], struct bytes in, uint8_t *out)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(c->crypto->lib, "AES-128-CTR", NULL);
	EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
	int n = 0;
	bool good = cipher && x && EVP_EncryptInit_ex2(x, cipher, key, counter, NULL) && EVP_EncryptUpdate(x, out, &n, in.p, (int)in.n);

	EVP_CIPHER_CTX_free(x);
	EVP_CIPHER_free(cipher);
	return good;
}

/* KDF output: 16 octets of cipher key, 16 of counter block, 32 of MAC key; SharedInfo is the public key as sent. */
enum rsp_status
suci_conceal(struct rsp_ctx *c, enum suci_scheme scheme, struct bytes network, struct bytes ephemeral, struct bytes plain, struct buf *out)
{
	struct agreed a = {.sent_n = 0};
	uint8_t keys[64], mac[32], *cipher = rsp_alloc(c, plain.n);
	struct bytes text = bytes_of(cipher, plain.n);
	enum rsp_status st;

	if (scheme == SUCI_NULL) {
		buf_add(out, plain);
		return RSP_OK;
	}
	if (!cipher)
		return RSP_NOMEM;
	st = agree(c, scheme, network, ephemeral, &a);
	if (st == RSP_OK)
		st = x963_kdf(c, BYTES_OF(a.shared), bytes_of(a.sent, a.sent_n), keys, sizeof(keys));
	if (st == RSP_OK && !ctr(c, keys, keys + 16, plain, cipher))
		st = crypto_broken(c, "AES");
	if (st == RSP_OK)
		st = hmac_sha256(c, bytes_of(keys + 32, 32), &text, 1, mac);
	if (st == RSP_OK) {
		buf_add(out, bytes_of(a.sent, a.sent_n));
		buf_add(out, text);
		buf_add(out, bytes_of(mac, 8));
	}
	explicit_bzero(&a, sizeof(a));
	explicit_bzero(keys, sizeof(keys));
	return st;
}
