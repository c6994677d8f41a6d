// SPDX-License-Identifier: BSD-2-Clause
/* The client: one connection for many requests, headers that change, answers of every kind of framing. */
#include "support/peer.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/client.h"

static void
must_hear(struct http_client *k, struct rsp_ctx *c, const char *url, const char *const *headers, const char *body, const char *want)
{
	struct bytes answer = BYTES_NONE;
	unsigned status = 0;

	if (http_client_post(k, c, url, headers, bytes_of_str(body), &status, &answer) != RSP_OK)
		fail_msg("%s", c->error.text);
	assert_int_equal(status, 200);
	if (!bytes_equal_str(answer, want))
		fail_msg("%s: want '%s', have '%.*s'", url, want, (int)answer.n, (const char *)answer.p);
}

static void
one_connection_serves_many_requests(void **state)
{
	static const char *const none[] = {NULL}, *const a[] = {"X-Test: a", NULL}, *const b[] = {"X-Test: b", "X-More: 1", NULL}, *const two[] = {"X-More: 1", NULL};
	static const struct { const char *const *headers; const char *want; } rows[] = {
		{a, "a"}, {a, "a"}, {b, "b"}, {two, ""}, {none, ""}, {NULL, ""}, {b, "b"}, {a, "a"},
	}, *row;
	const struct http_server_options o = {.workers = 2, .loops = 1};
	struct rsp_ctx *c = fresh_ctx(state);
	struct http_client_options client = {.n_ca = 1, .n_connect_to = 1, .fixed_now = TEST_NOW};
	const struct pki_cert *ca;
	const char *rule, *url;
	struct http_client *k;
	struct served s;
	int i;

	serve(&s, &o, true);
	ca = s.pki->branch[0].ci.cert;
	client.ca = &ca;
	rule = rsp_sprintf(c, "%s:127.0.0.1:%u", s.pki->branch[0].dptls.cert->dns, http_server_port(s.server));
	client.connect_to = &rule;
	client.identity = &s.pki->branch[0].operator_tls;
	assert_status(http_client_new(c, &client, &k), RSP_OK);
	url = rsp_sprintf(c, "https://%s", s.pki->branch[0].dptls.cert->dns);
	FOR_EACH_ROW(rows, row)
		must_hear(k, c, rsp_sprintf(c, "%s/header", url), row->headers, "x", row->want);
	for (i = 0; i < 20; i++)
		must_hear(k, c, rsp_sprintf(c, "%s/x", url), a, "body", "POST /x body");
	must_hear(k, c, rsp_sprintf(c, "%s/x", url), a, "", "POST /x ");
	assert_int_equal(served_stats(&s).accepted, 1);
	http_client_free(k);
	unserve(&s);
}

/* ---- a server that answers with whatever it is told ---- */

struct teller { int listener; unsigned port; const char *says; pthread_t thread; };

static void *
tell(void *arg)
{
	struct teller *t = arg;
	int fd = accept(t->listener, NULL, NULL);
	char request[4096];

	if (fd < 0 || read(fd, request, sizeof(request)) <= 0 || write(fd, t->says, strlen(t->says)) < 0)
		return NULL;
	close(fd);
	return NULL;
}

static void
start_telling(struct teller *t, const char *says)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof(a);

	t->says = says;
	t->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(t->listener, (struct sockaddr *)(void *)&a, n), 0);
	assert_int_equal(listen(t->listener, 1), 0);
	assert_int_equal(getsockname(t->listener, (struct sockaddr *)(void *)&a, &n), 0);
	t->port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&t->thread, NULL, tell, t), 0);
}

static void
answers_of_every_framing_are_read(void **state)
{
	static const struct { const char *says; enum rsp_status want; const char *answer; } rows[] = {
		{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", RSP_OK, "abc"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", RSP_OK, ""},
		{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", RSP_OK, "abc"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", RSP_OK, "abc"},
		{"HTTP/1.1 200 OK\r\n\r\nabc", RSP_OK, "abc"},
		{"HTTP/1.1 204 No Content\r\n\r\n", RSP_OK, ""},
		{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc", RSP_IO, ""},
		{"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\nabc", RSP_IO, ""},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", RSP_IO, ""},
		{"no HTTP", RSP_IO, ""},
	}, *row;
	const struct http_client_options o = {.plain = true, .timeout_ms = 5000};
	struct rsp_ctx *c = fresh_ctx(state);
	struct http_client *k;
	struct teller t;

	assert_status(http_client_new(c, &o, &k), RSP_OK);
	FOR_EACH_ROW(rows, row) {
		struct bytes answer = BYTES_NONE;
		enum rsp_status st;
		unsigned status;

		start_telling(&t, row->says);
		st = http_client_post(k, c, rsp_sprintf(c, "http://127.0.0.1:%u/", t.port), NULL, bytes_of_str("x"), &status, &answer);
		if (st != row->want || (st == RSP_OK && !bytes_equal_str(answer, row->answer)))
			fail_msg("'%.60s': %d, '%.*s'", row->says, st, (int)answer.n, (const char *)answer.p);
		pthread_join(t.thread, NULL);
		close(t.listener);
	}
	http_client_free(k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_connection_serves_many_requests),
		cmocka_unit_test(answers_of_every_framing_are_read),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
