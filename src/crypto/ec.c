// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/impl.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <stdatomic.h>
#include <stdlib.h>

static const struct { const char *group, *name; int nid; } curves[] = {
	[EC_P256] = {"prime256v1", "NIST P-256", NID_X9_62_prime256v1},
	[EC_BP256] = {"brainpoolP256r1", "brainpoolP256r1", NID_brainpoolP256r1},
};

const char *
ec_group_name(enum ec_curve curve)
{
	return curves[curve].group;
}

const char *
ec_curve_name(enum ec_curve curve)
{
	return curves[curve].name;
}

void
ec_key_free(struct ec_key *k)
{
	if (!k)
		return;
	EVP_PKEY_CTX_free(k->signer);
	EVP_PKEY_free(k->pkey);
	free(k);
}

enum ec_curve
ec_key_curve(const struct ec_key *k)
{
	return k->curve;
}

struct bytes
ec_key_point(const struct ec_key *k)
{
	return BYTES_OF(k->point);
}

bool
ec_key_is_pair(const struct ec_key *k)
{
	return k->pair;
}

static EVP_PKEY *
public_key(OSSL_LIB_CTX *lib, const struct ec_key *k)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)ec_group_name(k->curve), 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)k->point, sizeof(k->point)),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *x = EVP_PKEY_CTX_new_from_name(lib, "EC", NULL);
	EVP_PKEY *pkey = NULL;

	if (x && EVP_PKEY_fromdata_init(x) > 0)
		EVP_PKEY_fromdata(x, &pkey, EVP_PKEY_PUBLIC_KEY, params);
	EVP_PKEY_CTX_free(x);
	return pkey;
}

/* Two threads may ask at once: one's key stays. */
void *
ec_key_pkey(const struct ec_key *key)
{
	struct ec_key *k = (struct ec_key *)(uintptr_t)key;
	EVP_PKEY *made, *none = NULL;

	if (k->pkey)
		return k->pkey;
	made = public_key(k->home ? k->home->lib : NULL, k);
	if (!atomic_compare_exchange_strong(&k->pkey, &none, made))
		EVP_PKEY_free(made);
	return k->pkey;
}

/* Takes pkey over, also on failure. The point is asked of the library only when nobody knows it: that costs an inversion. */
static enum rsp_status
wrap(struct rsp_ctx *c, EVP_PKEY *pkey, enum ec_curve curve, bool pair, const uint8_t *point, struct ec_key **out)
{
	struct ec_key *k = calloc(1, sizeof(*k));
	size_t n = sizeof(k->point);
	bool good = k != NULL;

	if (good && point)
		memcpy(k->point, point, n);
	else
		good = good && EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, k->point, sizeof(k->point), &n) && n == 65;
	if (!good) {
		free(k);
		EVP_PKEY_free(pkey);
		return crypto_broken(c, "reading a public key");
	}
	k->pkey = pkey;
	k->home = crypto_may_skip(c->crypto) ? NULL : c->crypto;
	k->curve = curve;
	k->pair = pair;
	*out = k;
	return RSP_OK;
}

enum rsp_status
ec_key_generate(struct rsp_ctx *c, enum ec_curve curve, struct ec_key **out)
{
	struct tools *t = tools_borrow(c->crypto);
	EVP_PKEY_CTX *k = tools_generator(c->crypto, t, curve);
	EVP_PKEY *pkey = NULL;

	if (k)
		EVP_PKEY_generate(k, &pkey);
	tools_return(c->crypto, t);
	return pkey ? wrap(c, pkey, curve, true, NULL, out) : crypto_broken(c, "key generation");
}

enum rsp_status
ec_key_from_point(struct rsp_ctx *c, enum ec_curve curve, struct bytes point, struct ec_key **out)
{
	struct tools *t = tools_borrow(c->crypto);
	EVP_PKEY *pkey;
	enum rsp_status st = tools_peer(c, t, curve, point, &pkey);

	tools_return(c->crypto, t);
	return st == RSP_OK ? wrap(c, NULL, curve, false, point.p, out) : st;
}

static bool
public_of(const BIGNUM *d, const EC_GROUP *group, uint8_t point[65])
{
	EC_POINT *p = EC_POINT_new(group);
	bool good = p && EC_POINT_mul(group, p, d, NULL, NULL, NULL) && EC_POINT_point2oct(group, p, POINT_CONVERSION_UNCOMPRESSED, point, 65, NULL) == 65;

	EC_POINT_free(p);
	return good;
}

static EVP_PKEY *
pair_from(struct crypto *x, enum ec_curve curve, const BIGNUM *d, const uint8_t point[65])
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY_CTX *k = EVP_PKEY_CTX_new_from_name(x->lib, "EC", NULL);
	EVP_PKEY *pkey = NULL;

	if (b && k && OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, ec_group_name(curve), 0) &&
		OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, 65) && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, d) &&
		(params = OSSL_PARAM_BLD_to_param(b)) && EVP_PKEY_fromdata_init(k) > 0)
		EVP_PKEY_fromdata(k, &pkey, EVP_PKEY_KEYPAIR, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	EVP_PKEY_CTX_free(k);
	return pkey;
}

enum rsp_status
ec_key_from_scalar(struct rsp_ctx *c, enum ec_curve curve, struct bytes scalar, struct ec_key **out)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name_ex(c->crypto->lib, NULL, curves[curve].nid);
	BIGNUM *d = scalar.n == 32 ? BN_secure_new() : NULL;
	EVP_PKEY *pkey = NULL;
	uint8_t point[65];
	bool inside = d && group && BN_bin2bn(scalar.p, 32, d) && !BN_is_zero(d) && BN_cmp(d, EC_GROUP_get0_order(group)) < 0;

	if (inside && public_of(d, group, point))
		pkey = pair_from(c->crypto, curve, d, point);
	BN_clear_free(d);
	EC_GROUP_free(group);
	if (!inside)
		return rsp_fail(c, RSP_MALFORMED, "private key: want 32 octets in 1..n-1");
	return pkey ? wrap(c, pkey, curve, true, point, out) : crypto_broken(c, "making a key pair");
}

enum rsp_status
ec_key_scalar(struct rsp_ctx *c, const struct ec_key *k, uint8_t out[32])
{
	BIGNUM *d = NULL;
	bool good;

	if (!k->pair)
		return rsp_fail(c, RSP_STATE, "the key is a public one");
	good = EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_PRIV_KEY, &d) && BN_bn2binpad(d, out, 32) == 32;
	BN_clear_free(d);
	return good ? RSP_OK : crypto_broken(c, "reading a private key");
}

/* tools_peer has put the peer on the curve, and the cofactor is 1: no second validation. */
enum rsp_status
ec_agree(struct rsp_ctx *c, const struct ec_key *own, struct bytes peer_point, uint8_t shared[32])
{
	struct tools *t = tools_borrow(c->crypto);
	EVP_PKEY *peer;
	EVP_PKEY_CTX *d;
	size_t n = 32;
	enum rsp_status st = tools_peer(c, t, own->curve, peer_point, &peer);
	bool good = false;

	if (st == RSP_OK) {
		d = EVP_PKEY_CTX_new_from_pkey(c->crypto->lib, own->pkey, NULL);
		good = d && EVP_PKEY_derive_init(d) > 0 && EVP_PKEY_derive_set_peer_ex(d, peer, 0) > 0 && EVP_PKEY_derive(d, shared, &n) > 0 && n == 32;
		EVP_PKEY_CTX_free(d);
	}
	tools_return(c->crypto, t);
	return st != RSP_OK || good ? st : crypto_broken(c, "key agreement");
}
