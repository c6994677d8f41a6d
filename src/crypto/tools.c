// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is dear to make and can be used again, by one thread at a time: for each curve a key to put peers' points into, and a generator. A thread
 * borrows a set for one operation; there are as many sets as threads were ever at work at once.
 */
#include "crypto/impl.h"

#include <openssl/err.h>
#include <stdlib.h>

struct tools *
tools_borrow(struct crypto *x)
{
	struct tools *t;

	pthread_mutex_lock(&x->tools_lock);
	if ((t = x->tools))
		x->tools = t->next;
	pthread_mutex_unlock(&x->tools_lock);
	return t ? t : calloc(1, sizeof(*t));
}

void
tools_return(struct crypto *x, struct tools *t)
{
	if (!t)
		return;
	pthread_mutex_lock(&x->tools_lock);
	t->next = x->tools;
	x->tools = t;
	pthread_mutex_unlock(&x->tools_lock);
}

void
tools_free(struct crypto *x)
{
	struct tools *t;
	int i;

	while ((t = x->tools)) {
		x->tools = t->next;
		for (i = 0; i < 2; i++) {
			EVP_PKEY_free(t->peer[i]);
			EVP_PKEY_CTX_free(t->generator[i]);
		}
		free(t);
	}
}

EVP_PKEY_CTX *
tools_generator(struct crypto *x, struct tools *t, enum ec_curve curve)
{
	EVP_PKEY_CTX **g = t ? &t->generator[curve] : NULL;

	if (!g || *g)
		return g ? *g : NULL;
	*g = EVP_PKEY_CTX_new_from_pkey(x->lib, x->blank[curve], NULL);
	if (*g && EVP_PKEY_keygen_init(*g) <= 0) {
		EVP_PKEY_CTX_free(*g);
		*g = NULL;
	}
	return *g;
}

enum rsp_status
tools_peer(struct rsp_ctx *c, struct tools *t, enum ec_curve curve, struct bytes point, EVP_PKEY **out)
{
	if (point.n != 65 || point.p[0] != 4)
		return rsp_fail(c, RSP_MALFORMED, "public key: want 65 octets that begin with 04, have %zu", point.n);
	if (!t || (!t->peer[curve] && !(t->peer[curve] = EVP_PKEY_dup(c->crypto->blank[curve]))))
		return crypto_broken(c, "copying key parameters");
	if (EVP_PKEY_set1_encoded_public_key(t->peer[curve], point.p, point.n) <= 0) {
		ERR_clear_error();
		return rsp_fail(c, RSP_MALFORMED, "public key: the point is not on %s", ec_curve_name(curve));
	}
	*out = t->peer[curve];
	return RSP_OK;
}
