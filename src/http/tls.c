// SPDX-License-Identifier: BSD-2-Clause
/* The server's TLS: 1.2 and up, the curves of RSP. Its objects live in the library's own context: what happens on the wire follows no seed. */
#include <openssl/err.h>
#include <openssl/x509.h>

#include "http/impl.h"

static const char groups[] = "X25519:P-256:brainpoolP256r1";

static bool
use_identity(SSL_CTX *t, struct rsp_ctx *c, const struct pki_identity *id)
{
	const unsigned char *p = id->cert->der.p;
	X509 *x = d2i_X509(NULL, &p, (long)id->cert->der.n);
	EVP_PKEY *key = NULL;
	struct bytes der;
	bool good = false;

	if (x && id->key && ec_key_write(c, id->key, &der) == RSP_OK) {
		p = der.p;
		key = d2i_AutoPrivateKey(NULL, &p, (long)der.n);
		good = key && SSL_CTX_use_certificate(t, x) > 0 && SSL_CTX_use_PrivateKey(t, key) > 0 && SSL_CTX_check_private_key(t) > 0;
	}
	EVP_PKEY_free(key);
	X509_free(x);
	return good;
}

static bool
trust(SSL_CTX *t, const struct http_server_options *o)
{
	X509_STORE *store = SSL_CTX_get_cert_store(t);
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(t);
	size_t i;

	for (i = 0; i < o->n_client_ca; i++) {
		const unsigned char *p = o->client_ca[i]->der.p;
		X509 *x = d2i_X509(NULL, &p, (long)o->client_ca[i]->der.n);
		bool good = x && X509_STORE_add_cert(store, x) && SSL_CTX_add_client_CA(t, x);

		X509_free(x);
		if (!good)
			return false;
	}
	if (o->fixed_now)
		X509_VERIFY_PARAM_set_time(param, (time_t)o->fixed_now);
	SSL_CTX_set_verify(t, SSL_VERIFY_PEER | (o->client_auth == HTTP_CLIENT_REQUIRED ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
	return true;
}

enum rsp_status
tls_context(struct rsp_ctx *c, const struct http_server_options *o, SSL_CTX **out)
{
	static const unsigned char session_id[] = "esimlab";
	SSL_CTX *t = SSL_CTX_new(TLS_server_method());
	bool good = t && SSL_CTX_set_min_proto_version(t, TLS1_2_VERSION) && SSL_CTX_set1_groups_list(t, groups) && use_identity(t, c, o->identity) &&
		SSL_CTX_set_session_id_context(t, session_id, sizeof(session_id) - 1) && SSL_CTX_set_num_tickets(t, 1);

	if (good && o->client_auth != HTTP_CLIENT_NONE)
		good = trust(t, o);
	ERR_clear_error();
	if (!good) {
		SSL_CTX_free(t);
		return rsp_fail(c, RSP_IO, "TLS: the server's certificate and key cannot be used");
	}
	SSL_CTX_set_mode(t, SSL_MODE_RELEASE_BUFFERS);
	/* Sessions live in the clients' tickets, with the client's certificate; nothing is kept here for those who never come back. */
	SSL_CTX_set_session_cache_mode(t, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(t, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	*out = t;
	return RSP_OK;
}

SSL *
tls_session(struct http_server *s, bool *failed)
{
	SSL_CTX *t;
	SSL *ssl;

	pthread_mutex_lock(&s->lock);
	t = s->tls;
	if (t)
		SSL_CTX_up_ref(t);
	pthread_mutex_unlock(&s->lock);
	ssl = t ? SSL_new(t) : NULL;
	SSL_CTX_free(t);
	*failed = t && !ssl;
	return ssl;
}
