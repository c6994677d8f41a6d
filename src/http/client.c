// SPDX-License-Identifier: BSD-2-Clause
#include "http/client.h"

#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define ANSWER_MAX (8u << 20)

struct http_client {
	CURL *curl;
	struct curl_slist *connect_to;
	X509_STORE *store;
	X509 *cert;
	EVP_PKEY *key;
	int64_t fixed_now;
	bool plain;
	struct curl_slist *headers;        /* of the last request: mostly they are the next one's too */
	struct rsp_ctx *c;                 /* of the request that is going on */
	uint8_t *room; size_t room_n;      /* in c's arena, when the length was announced */
	struct buf answer;                 /* otherwise */
	size_t got;
	char why[CURL_ERROR_SIZE];
};

static void
init_once(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* An announced answer goes straight to where it will be read. */
static void
make_room(struct http_client *k)
{
	curl_off_t n = 0;

	if (curl_easy_getinfo(k->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &n) == CURLE_OK && n > 0 && n <= (curl_off_t)ANSWER_MAX)
		k->room = rsp_alloc(k->c, (size_t)n);
	k->room_n = k->room ? (size_t)n : 0;
}

static size_t
on_data(char *p, size_t size, size_t n, void *arg)
{
	struct http_client *k = arg;

	n *= size;
	if (!k->got)
		make_room(k);
	if (k->got + n > (k->room ? k->room_n : ANSWER_MAX))
		return 0;
	if (k->room)
		memcpy(k->room + k->got, p, n);
	else
		buf_add(&k->answer, bytes_of(p, n));
	k->got += n;
	return k->answer.bad ? 0 : n;
}

/* Each new connection: our roots instead of the machine's, our idea of the time, our certificate. */
static CURLcode
on_tls(CURL *curl, void *ssl_ctx, void *arg)
{
	struct http_client *k = arg;
	SSL_CTX *t = ssl_ctx;

	(void)curl;
	X509_STORE_up_ref(k->store);
	SSL_CTX_set_cert_store(t, k->store);
	if (k->fixed_now)
		X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(t), (time_t)k->fixed_now);
	if (k->cert && (SSL_CTX_use_certificate(t, k->cert) <= 0 || SSL_CTX_use_PrivateKey(t, k->key) <= 0))
		return CURLE_SSL_CERTPROBLEM;
	return CURLE_OK;
}

static bool
load_trust(struct http_client *k, const struct http_client_options *o)
{
	size_t i;

	k->store = X509_STORE_new();
	for (i = 0; k->store && i < o->n_ca; i++) {
		const unsigned char *p = o->ca[i]->der.p;
		X509 *x = d2i_X509(NULL, &p, (long)o->ca[i]->der.n);
		bool good = x && X509_STORE_add_cert(k->store, x);

		X509_free(x);
		if (!good)
			return false;
	}
	return k->store != NULL;
}

static bool
load_identity(struct rsp_ctx *c, struct http_client *k, const struct pki_identity *id)
{
	const unsigned char *p;
	struct bytes der;

	if (!id)
		return true;
	p = id->cert->der.p;
	k->cert = d2i_X509(NULL, &p, (long)id->cert->der.n);
	if (!id->key || ec_key_write(c, id->key, &der) != RSP_OK)
		return false;
	p = der.p;
	k->key = d2i_AutoPrivateKey(NULL, &p, (long)der.n);
	return k->cert && k->key;
}

static void
set_up(struct http_client *k, const struct http_client_options *o)
{
	CURL *x = k->curl;
	char rule[600];
	size_t i;

	for (i = 0; i < o->n_connect_to; i++) {
		const char *to = o->connect_to[i], *colon = strchr(to, ':');

		/* FQDN:HOST:PORT; curl wants FQDN:any port:HOST:PORT. */
		if (colon && snprintf(rule, sizeof(rule), "%.*s::%s", (int)(colon - to), to, colon + 1) < (int)sizeof(rule))
			k->connect_to = curl_slist_append(k->connect_to, rule);
	}
	curl_easy_setopt(x, CURLOPT_CONNECT_TO, k->connect_to);
	curl_easy_setopt(x, CURLOPT_PROTOCOLS_STR, k->plain ? "http" : "https");
	curl_easy_setopt(x, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(x, CURLOPT_SSL_EC_CURVES, "X25519:P-256:brainpoolP256r1");
	curl_easy_setopt(x, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(x, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(x, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(x, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(x, CURLOPT_SSL_CTX_FUNCTION, on_tls);
	curl_easy_setopt(x, CURLOPT_SSL_CTX_DATA, k);
	curl_easy_setopt(x, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(x, CURLOPT_WRITEDATA, k);
	curl_easy_setopt(x, CURLOPT_ERRORBUFFER, k->why);
	curl_easy_setopt(x, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(x, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(x, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(x, CURLOPT_TIMEOUT_MS, (long)(o->timeout_ms ? o->timeout_ms : 30000));
	curl_easy_setopt(x, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)ANSWER_MAX);
	curl_easy_setopt(x, CURLOPT_USERAGENT, o->user_agent ? o->user_agent : "gsma-rsp-lpad");
}

enum rsp_status
http_client_new(struct rsp_ctx *c, const struct http_client_options *o, struct http_client **out)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct http_client *k = calloc(1, sizeof(*k));

	pthread_once(&once, init_once);
	if (!k)
		return rsp_fail(c, RSP_NOMEM, "no memory for an HTTPS client");
	k->fixed_now = o->fixed_now;
	k->plain = o->plain;
	k->curl = curl_easy_init();
	if (!k->curl || !load_trust(k, o) || !load_identity(c, k, o->identity)) {
		http_client_free(k);
		return rsp_fail(c, RSP_NOMEM, "an HTTPS client cannot be made of these certificates");
	}
	set_up(k, o);
	*out = k;
	return RSP_OK;
}

void
http_client_free(struct http_client *k)
{
	if (!k)
		return;
	curl_easy_cleanup(k->curl);
	curl_slist_free_all(k->connect_to);
	curl_slist_free_all(k->headers);
	X509_STORE_free(k->store);
	X509_free(k->cert);
	EVP_PKEY_free(k->key);
	buf_free(&k->answer);
	free(k);
}

static enum rsp_status
failed(struct http_client *k, struct rsp_ctx *c, const char *url, CURLcode rc)
{
	const char *what = k->why[0] ? k->why : curl_easy_strerror(rc);
	long verify = 0;

	curl_easy_getinfo(k->curl, CURLINFO_SSL_VERIFYRESULT, &verify);
	/* libcurl leaves UNSPECIFIED where it looks at the name before the chain */
	if (rc == CURLE_PEER_FAILED_VERIFICATION && verify && verify != X509_V_ERR_UNSPECIFIED)
		return rsp_fail(c, RSP_IO, "%.100s: the server's certificate is not trusted: %s", url, X509_verify_cert_error_string(verify));
	if (rc == CURLE_PEER_FAILED_VERIFICATION)
		return rsp_fail(c, RSP_IO, "%.100s: the server's certificate is for another name", url);
	if (rc == CURLE_OPERATION_TIMEDOUT)
		return rsp_fail(c, RSP_IO, "%.100s: no answer in time", url);
	if (rc == CURLE_COULDNT_RESOLVE_HOST)
		return rsp_fail(c, RSP_IO, "%.100s: the host name cannot be resolved (--connect-to FQDN:HOST:PORT names an address)", url);
	return rsp_fail(c, RSP_IO, "%.100s: %.120s", url, what);
}

/* Without this curl waits a second for a 100 that few servers send. */
static const char no_expect[] = "Expect:";

static bool
same_headers(const struct curl_slist *had, const char *const *headers)
{
	for (; had && headers && *headers; headers++, had = had->next)
		if (strcmp(had->data, *headers) != 0)
			return false;
	return had && !had->next && !(headers && *headers) && strcmp(had->data, no_expect) == 0;
}

static bool
append(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	*list = longer ? longer : *list;
	return longer != NULL;
}

static bool
set_headers(struct http_client *k, const char *const *headers)
{
	bool good = true;

	if (same_headers(k->headers, headers))
		return true;
	curl_easy_setopt(k->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(k->headers);
	k->headers = NULL;
	for (; good && headers && *headers; headers++)
		good = append(&k->headers, *headers);
	good = good && append(&k->headers, no_expect);
	curl_easy_setopt(k->curl, CURLOPT_HTTPHEADER, k->headers);
	return good;
}

static enum rsp_status
take_answer(struct http_client *k, struct rsp_ctx *c, struct bytes *answer)
{
	if (k->room)
		*answer = bytes_of(k->room, k->got);
	else
		*answer = k->got ? rsp_copy(c, buf_bytes(&k->answer)) : bytes_of("", 0);
	buf_free(&k->answer);
	return answer->p ? RSP_OK : rsp_fail(c, RSP_NOMEM, "no memory for an answer");
}

enum rsp_status
http_client_post(struct http_client *k, struct rsp_ctx *c, const char *url, const char *const *headers, struct bytes body, unsigned *status,
	struct bytes *answer)
{
	long code = 0;
	CURLcode rc;

	buf_reset(&k->answer);
	k->c = c;
	k->room = NULL;
	k->got = 0;
	k->why[0] = '\0';
	if (!set_headers(k, headers))
		return rsp_fail(c, RSP_NOMEM, "no memory for headers");
	curl_easy_setopt(k->curl, CURLOPT_URL, url);
	if (body.p) {
		curl_easy_setopt(k->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
		curl_easy_setopt(k->curl, CURLOPT_POSTFIELDS, body.n ? (const char *)body.p : "");
	} else {
		curl_easy_setopt(k->curl, CURLOPT_HTTPGET, 1L);
	}
	rc = curl_easy_perform(k->curl);
	ERR_clear_error();
	if (rc != CURLE_OK)
		return failed(k, c, url, rc);
	curl_easy_getinfo(k->curl, CURLINFO_RESPONSE_CODE, &code);
	*status = (unsigned)code;
	return take_answer(k, c, answer);
}

enum rsp_status
http_client_get(struct http_client *k, struct rsp_ctx *c, const char *url, unsigned *status, struct bytes *answer)
{
	return http_client_post(k, c, url, NULL, BYTES_NONE, status, answer);
}

static enum rsp_status
port_post(void *self, struct rsp_ctx *c, const char *host, const char *path, struct bytes body, unsigned *http_status, struct bytes *answer)
{
	static const char *const headers[] = {"Content-Type: application/json", "X-Admin-Protocol: gsma/rsp/v2.6.0", NULL};
	struct http_client *k = self;
	char *url = rsp_sprintf(c, "%s://%s%s", k->plain ? "http" : "https", host, path);

	return url ? http_client_post(k, c, url, headers, body, http_status, answer) : RSP_NOMEM;
}

struct http_port
http_client_port(struct http_client *k)
{
	return (struct http_port){k, port_post};
}
