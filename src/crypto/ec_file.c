// SPDX-License-Identifier: BSD-2-Clause
/* Private keys in files: PKCS#8 and SEC1, DER and PEM. */
#include "crypto/impl.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

static EVP_PKEY *
parse(struct crypto *x, struct bytes file)
{
	OSSL_DECODER_CTX *d;
	EVP_PKEY *pkey = NULL;
	const unsigned char *p = file.p;
	size_t n = file.n;

	d = OSSL_DECODER_CTX_new_for_pkey(&pkey, NULL, NULL, "EC", OSSL_KEYMGMT_SELECT_KEYPAIR, x->lib, NULL);
	if (d)
		OSSL_DECODER_from_data(d, &p, &n);
	OSSL_DECODER_CTX_free(d);
	ERR_clear_error();
	return pkey;
}

/* Through its scalar, so that the key is exactly one of ours whatever the file says besides. */
enum rsp_status
ec_key_read(struct rsp_ctx *c, struct bytes file, struct ec_key **out)
{
	EVP_PKEY *pkey = parse(c->crypto, file);
	BIGNUM *d = NULL;
	char group[40] = "";
	uint8_t scalar[32];
	enum rsp_status st;
	int curve;

	if (!pkey || !EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &d) || BN_bn2binpad(d, scalar, 32) != 32) {
		EVP_PKEY_free(pkey);
		BN_clear_free(d);
		ERR_clear_error();
		return rsp_fail(c, RSP_MALFORMED, "no private EC key of 256 bits in PKCS#8 or SEC1, DER or PEM");
	}
	EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), NULL);
	EVP_PKEY_free(pkey);
	BN_clear_free(d);
	for (curve = EC_P256; curve <= EC_BP256; curve++)
		if (strcmp(group, ec_group_name((enum ec_curve)curve)) == 0)
			break;
	st = curve > EC_BP256 ? rsp_fail(c, RSP_MALFORMED, "the key is on curve '%s', not P-256 or brainpoolP256r1", group)
		: ec_key_from_scalar(c, (enum ec_curve)curve, BYTES_OF(scalar), out);
	explicit_bzero(scalar, sizeof(scalar));
	return st;
}

enum rsp_status
ec_key_write(struct rsp_ctx *c, const struct ec_key *k, struct bytes *out)
{
	PKCS8_PRIV_KEY_INFO *info = k->pair ? EVP_PKEY2PKCS8(k->pkey) : NULL;
	unsigned char *der = NULL;
	int n = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;

	PKCS8_PRIV_KEY_INFO_free(info);
	if (n <= 0)
		return crypto_broken(c, "writing a private key");
	*out = rsp_copy(c, bytes_of(der, (size_t)n));
	OPENSSL_clear_free(der, (size_t)n);
	return out->p ? RSP_OK : RSP_NOMEM;
}
