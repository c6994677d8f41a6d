// SPDX-License-Identifier: BSD-2-Clause
/*
 * A library context that knows digests and nothing else, one for the process. The library decodes the key of every certificate it parses, and
 * looking for who could do that costs five times the rest of the parsing; here it finds nobody at once and leaves the key as octets.
 */
#include "crypto/impl.h"

#include <openssl/core_dispatch.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static OSSL_PROVIDER *whole;   /* whose digests these are */
static OSSL_LIB_CTX *digests;

static const OSSL_ALGORITHM *
query(void *provctx, int operation, int *no_cache)
{
	(void)provctx;
	*no_cache = 0;
	return operation == OSSL_OP_DIGEST ? OSSL_PROVIDER_query_operation(whole, operation, no_cache) : NULL;
}

static const OSSL_DISPATCH functions[] = {{OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query}, {0, NULL}};

static int
provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **provctx)
{
	(void)handle;
	(void)in;
	*out = functions;
	*provctx = OSSL_PROVIDER_get0_provider_ctx(whole);
	return 1;
}

static void
make(void)
{
	OSSL_LIB_CTX *full = OSSL_LIB_CTX_new(), *few = OSSL_LIB_CTX_new();

	if (full && few && (whole = OSSL_PROVIDER_load(full, "default")) && OSSL_PROVIDER_add_builtin(few, "esimlab-digests", provider_init) &&
		OSSL_PROVIDER_load(few, "esimlab-digests")) {
		digests = few;
		return;
	}
	OSSL_LIB_CTX_free(few);
	OSSL_LIB_CTX_free(full);
}

void *
crypto_parsing_libctx(struct crypto *x)
{
	if (!crypto_may_skip(x))
		return x->lib;
	pthread_once(&once, make);
	return digests ? digests : x->lib;
}

bool
crypto_may_skip(const struct crypto *x)
{
	return !x->seeded;
}
