// SPDX-License-Identifier: BSD-2-Clause
/* Draining and stopping; another certificate while it runs; sessions that are resumed. */
#include "support/peer.h"

#include <pthread.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/time.h"

#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"

static void *
stop(void *arg)
{
	http_server_stop(((struct served *)arg)->server, 3000);
	return NULL;
}

/* One idle, one at work, one that waits, one in the middle of its header: who has begun is answered, and told that it is the last time. */
static void
draining_finishes_what_was_begun(void **state)
{
	enum { IDLE, WORK, QUEUED, HALF, ALL };
	static const char *const says[ALL] = {GET("/x"), GET("/wait"), GET("/y"), "GET /z HTTP/1.1\r\n"};
	const struct http_server_options o = {.workers = 1, .loops = 2};
	struct rsp_ctx *c = fresh_ctx(state);
	struct peer in[ALL];
	struct served s;
	pthread_t thread;
	bool closed;
	char *text;
	int i, tls;

	for (tls = 0; tls < 2; tls++) {
		serve(&s, &o, tls);
		for (i = 0; i < ALL; i++) {
			in[i] = peer_open(&s);
			peer_say(&in[i], says[i]);
			AWAIT(i == IDLE ? s.handled == 1 : i == WORK ? s.waiting == 1 : i == QUEUED ? served_stats(&s).queued == 1 : true);
		}
		nap_ms(50);
		text = peer_hear(c, &in[IDLE], 100, &closed);
		assert_null(strstr(text, "Connection: close"));
		assert_false(closed);
		http_server_drain(s.server);
		text = peer_hear(c, &in[IDLE], 2000, &closed);
		assert_true(closed && !*text);
		AWAIT(served_stats(&s).connections == 3);
		http_server_drain(s.server);                 /* again does no harm */
		assert_int_equal(pthread_create(&thread, NULL, stop, &s), 0);
		peer_say(&in[HALF], HOST "\r\n");
		nap_ms(50);
		atomic_store(&s.gate, true);
		for (i = WORK; i < ALL; i++) {
			text = peer_hear(c, &in[i], 2000, &closed);
			if (strncmp(text, "HTTP/1.1 200", 12) != 0 || !strstr(text, "Connection: close\r\n") || !closed)
				fail_msg("peer %d, TLS %d: heard '%.40s' %d", i, tls, text, closed);
		}
		pthread_join(thread, NULL);
		s.server = NULL;
		for (i = 0; i < ALL; i++)
			peer_close(&in[i]);
		unserve(&s);
	}
}

static void
a_port_is_shut_as_soon_as_draining_begins(void **state)
{
	const struct http_server_options o = {.workers = 1, .loops = 1};
	struct sockaddr_in a;
	struct served s;
	struct peer p;
	socklen_t n = sizeof(a);
	uint64_t from;
	int fd;

	(void)state;
	serve(&s, &o, false);
	p = peer_open(&s);
	peer_say(&p, GET("/wait"));
	AWAIT(s.waiting == 1);
	assert_int_equal(getpeername(p.fd, (struct sockaddr *)(void *)&a, &n), 0);
	http_server_drain(s.server);
	nap_ms(100);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)(void *)&a, n), -1);
	close(fd);
	from = time_monotonic_us();
	atomic_store(&s.gate, true);
	http_server_stop(s.server, 10000);
	assert_true(time_monotonic_us() - from < 2000000);   /* it waits for the request, not for the time */
	s.server = NULL;
	peer_close(&p);
	unserve(&s);
}

/* A handler that takes longer than it may: its peer is cut off, nothing is left behind. */
static void
stopping_does_not_wait_longer_than_told(void **state)
{
	const struct http_server_options o = {.workers = 1, .loops = 1};
	struct rsp_ctx *c = fresh_ctx(state);
	struct peer working, waiting, half;
	struct served s;
	bool closed;

	serve(&s, &o, true);
	working = peer_open(&s);
	waiting = peer_open(&s);
	half = peer_open(&s);
	peer_say(&working, GET("/slow"));
	AWAIT(s.handled == 1);
	peer_say(&waiting, GET("/x"));
	AWAIT(served_stats(&s).queued == 1);
	peer_say(&half, "GET");
	nap_ms(20);
	http_server_stop(s.server, 50);
	s.server = NULL;
	assert_string_equal(peer_hear(c, &waiting, 1000, &closed), "");
	assert_true(closed);
	assert_int_equal(s.handled, 1);
	peer_close(&working);
	peer_close(&waiting);
	peer_close(&half);
	unserve(&s);
}

/* ---- another certificate ---- */

static struct bytes
certificate_of(struct rsp_ctx *c, const struct peer *p)
{
	X509 *x = SSL_get1_peer_certificate(p->ssl);
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der);
	struct bytes copy = rsp_copy(c, bytes_of(der, (size_t)n));

	OPENSSL_free(der);
	X509_free(x);
	return copy;
}

static void
new_connections_get_the_new_certificate(void **state)
{
	const struct http_server_options o = {.workers = 2, .loops = 2};
	struct rsp_ctx *c = fresh_ctx(state);
	struct pki_identity odd = {0};
	struct http_server_options next;
	struct peer before, after;
	struct pki_branch *b;
	struct served s;
	bool closed;

	serve(&s, &o, true);
	b = &s.pki->branch[0];
	before = peer_open(&s);
	next = (struct http_server_options){.identity = &b->dstls};
	assert_status(http_server_reload(s.server, c, &next), RSP_OK);
	after = peer_open(&s);
	assert_bytes_equal(certificate_of(c, &before), b->dptls.cert->der);
	assert_bytes_equal(certificate_of(c, &after), b->dstls.cert->der);
	odd = (struct pki_identity){b->dptls.cert, b->dstls.key};      /* a key that is not the certificate's */
	next.identity = &odd;
	assert_status(http_server_reload(s.server, c, &next), RSP_IO);
	next.identity = NULL;
	assert_status(http_server_reload(s.server, c, &next), RSP_STATE);
	peer_say(&before, GET("/old"));
	assert_non_null(strstr(peer_hear(c, &before, 200, &closed), "GET /old"));
	peer_close(&after);
	after = peer_open(&s);
	assert_bytes_equal(certificate_of(c, &after), b->dstls.cert->der);
	peer_close(&before);
	peer_close(&after);
	unserve(&s);
	serve(&s, &o, false);
	assert_status(http_server_reload(s.server, c, &next), RSP_STATE);
	unserve(&s);
}

struct reloader { struct served *s; atomic_bool end; unsigned times; };

static void *
reload_on_and_on(void *arg)
{
	struct reloader *r = arg;
	struct pki_branch *b = &r->s->pki->branch[0];
	struct rsp_ctx c;

	if (rsp_ctx_init(&c, r->s->crypto, TEST_NOW) != RSP_OK)
		return NULL;
	while (!atomic_load(&r->end)) {
		struct http_server_options next = {.identity = r->times % 2 ? &b->dptls : &b->dstls};

		if (http_server_reload(r->s->server, &c, &next) == RSP_OK)
			r->times++;
		rsp_ctx_reset(&c);
		nap_ms(1);
	}
	rsp_ctx_free(&c);
	return NULL;
}

static void
reloading_disturbs_nobody(void **state)
{
	const struct http_server_options o = {.workers = 2, .loops = 2};
	struct rsp_ctx *c = fresh_ctx(state);
	struct reloader r = {0};
	struct served s;
	pthread_t thread;
	bool closed;
	int i;

	serve(&s, &o, true);
	r.s = &s;
	assert_int_equal(pthread_create(&thread, NULL, reload_on_and_on, &r), 0);
	for (i = 0; i < 100; i++)
		assert_non_null(strstr(ask(c, &s, "GET /x HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 2000, &closed), "GET /x"));
	atomic_store(&r.end, true);
	pthread_join(thread, NULL);
	assert_true(r.times > 1);
	assert_int_equal(served_stats(&s).tls_failures, 0);
	unserve(&s);
}

/* ---- sessions ---- */

static unsigned tickets;
static SSL_SESSION *last_session;

static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	tickets++;
	SSL_SESSION_free(last_session);
	last_session = session;
	return 1;
}

static void
present(struct rsp_ctx *c, SSL_CTX *t, const struct pki_identity *id)
{
	const unsigned char *p = id->cert->der.p;
	X509 *x = d2i_X509(NULL, &p, (long)id->cert->der.n);
	struct bytes der;
	EVP_PKEY *key;

	assert_status(ec_key_write(c, id->key, &der), RSP_OK);
	p = der.p;
	key = d2i_AutoPrivateKey(NULL, &p, (long)der.n);
	assert_true(SSL_CTX_use_certificate(t, x) > 0 && SSL_CTX_use_PrivateKey(t, key) > 0);
	X509_free(x);
	EVP_PKEY_free(key);
}

/* What the handler says it sees, on a connection that resumes the last session. */
static const char *
who(struct rsp_ctx *c, struct served *s, bool *resumed)
{
	struct peer p = {dial(s), SSL_new(s->tls)};
	bool closed;
	char *text;

	SSL_set_fd(p.ssl, p.fd);
	if (last_session)
		SSL_set_session(p.ssl, last_session);
	if (SSL_connect(p.ssl) != 1)
		fail_msg("no handshake");
	*resumed = SSL_session_reused(p.ssl);
	peer_say(&p, "GET /who HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
	text = peer_hear(c, &p, 2000, &closed);
	SSL_shutdown(p.ssl);                             /* or the session would not be resumed */
	peer_close(&p);
	return strstr(text, "who ");
}

static void
a_resumed_session_keeps_the_clients_certificate(void **state)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	const struct http_server_options o = {.workers = 2, .loops = 2};
	struct rsp_ctx *c = fresh_ctx(state);
	struct http_server_options mutual;
	const struct pki_cert *ca;
	const char *want;
	struct served s;
	bool resumed;
	int i;

	for (i = 0; i < 2; i++) {
		serve(&s, &o, true);
		ca = s.pki->branch[0].ci.cert;
		mutual = (struct http_server_options){.identity = &s.pki->branch[0].dptls, .client_auth = HTTP_CLIENT_REQUIRED, .client_ca = &ca, .n_client_ca = 1};
		assert_status(http_server_reload(s.server, c, &mutual), RSP_OK);
		SSL_CTX_set_max_proto_version(s.tls, versions[i]);
		SSL_CTX_set_session_cache_mode(s.tls, SSL_SESS_CACHE_CLIENT);
		SSL_CTX_sess_set_new_cb(s.tls, on_session);
		present(c, s.tls, &s.pki->branch[0].operator_tls);
		want = rsp_sprintf(c, "who %zu", s.pki->branch[0].operator_tls.cert->der.n);
		tickets = 0;
		assert_string_equal(who(c, &s, &resumed), want);
		assert_false(resumed);
		assert_int_equal(tickets, 1);
		assert_string_equal(who(c, &s, &resumed), want);
		assert_true(resumed);
		assert_status(http_server_reload(s.server, c, &mutual), RSP_OK);     /* perhaps this CA is no longer trusted: so from the start */
		assert_string_equal(who(c, &s, &resumed), want);
		assert_false(resumed);
		SSL_SESSION_free(last_session);
		last_session = NULL;
		unserve(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draining_finishes_what_was_begun),
		cmocka_unit_test(a_port_is_shut_as_soon_as_draining_begins),
		cmocka_unit_test(stopping_does_not_wait_longer_than_told),
		cmocka_unit_test(new_connections_get_the_new_certificate),
		cmocka_unit_test(reloading_disturbs_nobody),
		cmocka_unit_test(a_resumed_session_keeps_the_clients_certificate),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
