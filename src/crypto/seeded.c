// SPDX-License-Identifier: BSD-2-Clause
/*
 * A random source that is a function of a seed: SHA-256 of key and counter, block by block. It is a provider of its own with this one
 * algorithm, so that key generation and ECDSA nonces of the library follow the seed as well.
 */
#include "crypto/impl.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdlib.h>

/* The provider's functions get no pointer of ours when they are made: the context that is being built stands here. */
static pthread_mutex_t building_lock = PTHREAD_MUTEX_INITIALIZER;
static struct stream *building;

void
stream_read(struct stream *s, uint8_t *out, size_t n)
{
	uint8_t block[40], hash[32];
	size_t take, i;

	pthread_mutex_lock(&s->lock);
	while (n) {
		memcpy(block, s->key, 32);
		for (i = 0; i < 8; i++)
			block[32 + i] = (uint8_t)(s->counter >> 8 * i);
		s->counter++;
		SHA256(block, sizeof(block), hash);
		take = n < sizeof(hash) ? n : sizeof(hash);
		memcpy(out, hash, take);
		out += take;
		n -= take;
	}
	pthread_mutex_unlock(&s->lock);
	explicit_bzero(block, sizeof(block));
	explicit_bzero(hash, sizeof(hash));
}

static void *
rand_new(void *provctx, void *parent, const OSSL_DISPATCH *calls)
{
	(void)parent;
	(void)calls;
	return provctx;
}

static void
rand_free(void *vctx)
{
	(void)vctx;
}

static int
rand_instantiate(void *vctx, unsigned int strength, int resistance, const unsigned char *pstr, size_t pstr_len, const OSSL_PARAM params[])
{
	(void)vctx;
	(void)strength;
	(void)resistance;
	(void)pstr;
	(void)pstr_len;
	(void)params;
	return 1;
}

static int
rand_uninstantiate(void *vctx)
{
	(void)vctx;
	return 1;
}

static int
rand_generate(void *vctx, unsigned char *out, size_t n, unsigned int strength, int resistance, const unsigned char *adin, size_t adin_len)
{
	(void)strength;
	(void)resistance;
	(void)adin;
	(void)adin_len;
	stream_read(vctx, out, n);
	return 1;
}

static int
rand_reseed(void *vctx, int resistance, const unsigned char *ent, size_t ent_len, const unsigned char *adin, size_t adin_len)
{
	(void)vctx;
	(void)resistance;
	(void)ent;
	(void)ent_len;
	(void)adin;
	(void)adin_len;
	return 1;
}

static int
rand_enable_locking(void *vctx)
{
	(void)vctx;
	return 1;
}

static int
rand_lock(void *vctx)
{
	(void)vctx;
	return 1;
}

static void
rand_unlock(void *vctx)
{
	(void)vctx;
}

static const OSSL_PARAM *
rand_gettable(void *vctx, void *provctx)
{
	static const OSSL_PARAM known[] = {
		OSSL_PARAM_int(OSSL_RAND_PARAM_STATE, NULL), OSSL_PARAM_uint(OSSL_RAND_PARAM_STRENGTH, NULL),
		OSSL_PARAM_size_t(OSSL_RAND_PARAM_MAX_REQUEST, NULL), OSSL_PARAM_END,
	};

	(void)vctx;
	(void)provctx;
	return known;
}

static int
rand_get_params(void *vctx, OSSL_PARAM params[])
{
	OSSL_PARAM *p;

	(void)vctx;
	if ((p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STATE)) && !OSSL_PARAM_set_int(p, EVP_RAND_STATE_READY))
		return 0;
	if ((p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STRENGTH)) && !OSSL_PARAM_set_uint(p, 256))
		return 0;
	if ((p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_MAX_REQUEST)) && !OSSL_PARAM_set_size_t(p, 1 << 20))
		return 0;
	return 1;
}

#define ROW(id, fn) {id, (void (*)(void))(fn)}
static const OSSL_DISPATCH rand_functions[] = {
	ROW(OSSL_FUNC_RAND_NEWCTX, rand_new), ROW(OSSL_FUNC_RAND_FREECTX, rand_free),
	ROW(OSSL_FUNC_RAND_INSTANTIATE, rand_instantiate), ROW(OSSL_FUNC_RAND_UNINSTANTIATE, rand_uninstantiate),
	ROW(OSSL_FUNC_RAND_GENERATE, rand_generate), ROW(OSSL_FUNC_RAND_RESEED, rand_reseed),
	ROW(OSSL_FUNC_RAND_ENABLE_LOCKING, rand_enable_locking), ROW(OSSL_FUNC_RAND_LOCK, rand_lock), ROW(OSSL_FUNC_RAND_UNLOCK, rand_unlock),
	ROW(OSSL_FUNC_RAND_GETTABLE_CTX_PARAMS, rand_gettable), ROW(OSSL_FUNC_RAND_GET_CTX_PARAMS, rand_get_params),
	{0, NULL},
};
static const OSSL_ALGORITHM rand_algorithms[] = {{"ESIMLAB-SEEDED", "provider=esimlab-seeded", rand_functions, NULL}, {NULL, NULL, NULL, NULL}};

static const OSSL_ALGORITHM *
query(void *provctx, int operation, int *no_cache)
{
	(void)provctx;
	*no_cache = 0;
	return operation == OSSL_OP_RAND ? rand_algorithms : NULL;
}

static const OSSL_DISPATCH provider_functions[] = {ROW(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query), {0, NULL}};

static int
provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **provctx)
{
	(void)handle;
	(void)in;
	*out = provider_functions;
	*provctx = building;
	return 1;
}

bool
seeded_random_install(struct crypto *x)
{
	pthread_mutex_lock(&building_lock);
	building = &x->stream;
	if (OSSL_PROVIDER_add_builtin(x->lib, "esimlab-seeded", provider_init))
		x->seeded = OSSL_PROVIDER_load(x->lib, "esimlab-seeded");
	building = NULL;
	pthread_mutex_unlock(&building_lock);
	return x->seeded && RAND_set_DRBG_type(x->lib, "ESIMLAB-SEEDED", "provider=esimlab-seeded", NULL, NULL);
}
