// SPDX-License-Identifier: BSD-2-Clause
/* The server on a raw socket: framing it must refuse, and how it answers what is slow, large or half. */
#include "support/test.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "http/server.h"

static unsigned handled;
static pthread_mutex_t handled_lock = PTHREAD_MUTEX_INITIALIZER;

/* Says what it got: METHOD PATH BODY. "/slow" takes 300 ms. */
static void
echo(void *arg, struct rsp_ctx *c, const struct http_request *req, struct http_reply *reply)
{
	const struct timespec nap = {0, 300 * 1000000L};
	char *text;

	(void)arg;
	pthread_mutex_lock(&handled_lock);
	handled++;
	pthread_mutex_unlock(&handled_lock);
	if (strcmp(req->path, "/slow") == 0)
		nanosleep(&nap, NULL);
	text = rsp_sprintf(c, "%s %s %.*s", req->method, req->path, (int)req->body.n, (const char *)req->body.p);
	*reply = (struct http_reply){.status = 200, .content_type = "text/plain", .body = bytes_of_str(text)};
}

struct served { struct crypto *crypto; struct rsp_ctx c; struct http_server *server; };

static void
serve(struct served *s)
{
	const struct http_server_options o = {.listen = "127.0.0.1:0", .handler = echo, .crypto = NULL, .body_limit = 1000, .header_ms = 400, .body_ms = 400,
		.idle_ms = 600, .reply_ms = 2000, .workers = 4, .loops = 1};
	struct http_server_options own = o;

	assert_status(crypto_new(&s->crypto, BYTES_NONE, "http"), RSP_OK);
	assert_status(rsp_ctx_init(&s->c, s->crypto, TEST_NOW), RSP_OK);
	own.crypto = s->crypto;
	if (http_server_start(&s->c, &own, &s->server) != RSP_OK)
		fail_msg("%s", s->c.error.text);
	handled = 0;
}

static void
unserve(struct served *s)
{
	http_server_stop(s->server, 1000);
	rsp_ctx_free(&s->c);
	crypto_free(s->crypto);
}

static int
dial(const struct served *s)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http_server_port(s->server)), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)(void *)&a, sizeof(a)), 0);
	return fd;
}

/* Everything that comes until the other side closes, or nothing has come for ms. *closed says which. */
static char *
hear(struct rsp_ctx *c, int fd, int ms, bool *closed)
{
	char *text = rsp_alloc(c, 8192);
	size_t n = 0;
	ssize_t k;

	*closed = false;
	while (n < 8191) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (poll(&p, 1, ms) <= 0)
			break;
		k = read(fd, text + n, 8191 - n);
		if (k <= 0) {
			*closed = true;
			break;
		}
		n += (size_t)k;
	}
	text[n] = '\0';
	return text;
}

static char *
say(struct rsp_ctx *c, const struct served *s, struct bytes request, int ms, bool *closed)
{
	int fd = dial(s);
	char *text;

	assert_int_equal(send(fd, request.p, request.n, MSG_NOSIGNAL), request.n);
	text = hear(c, fd, ms, closed);
	close(fd);
	return text;
}

#define HOST "Host: a\r\n"

static void
framing_that_two_could_read_differently_is_refused(void **state)
{
	static const char *const bad[] = {
		"POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
		"POST / HTTP/1.1\r\n" HOST "Content-Length: +3\r\n\r\nabc",
		"POST / HTTP/1.1\r\n" HOST "Content-Length: 3a\r\n\r\nabc",
		"POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n",
		"POST / HTTP/1.1\r\n" HOST "Content-Length : 3\r\n\r\nabc",
		"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
		"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"POST / HTTP/1.1\r\n" HOST "X: a\r\n folded\r\nContent-Length: 3\r\n\r\nabc",
		"POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 3\r\n\r\nabc",
		"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
		"POST / HTTP/3.7\r\n" HOST "Content-Length: 3\r\n\r\nabc",
		"POST  HTTP/1.1\r\n" HOST "\r\n",
		"\x16\x03\x01\x02\x01\xfc\x03\x03\r\n\r\n",
	}, *const *row;
	struct rsp_ctx *c = fresh_ctx(state);
	struct served s;
	bool closed;

	serve(&s);
	FOR_EACH_ROW(bad, row) {
		const char *answer = say(c, &s, bytes_of_str(*row), 1500, &closed);

		if (strncmp(answer, "HTTP/1.1 400", 12) != 0 || !closed)
			fail_msg("'%.60s...': want 400 and the end, have '%.40s' %s", *row, answer, closed ? "and the end" : "and no end");
	}
	assert_int_equal(handled, 0);
	unserve(&s);
}

static void
good_requests_are_answered(void **state)
{
	static const struct { const char *request, *status, *body; } good[] = {
		{"POST /x HTTP/1.1\r\n" HOST "Content-Length: 3\r\nConnection: close\r\n\r\nabc", "HTTP/1.1 200", "POST /x abc"},
		{"POST /x?y=1 HTTP/1.1\r\nhOsT: a\r\ncontent-LENGTH: 3\r\nConnection: close\r\n\r\nabc", "HTTP/1.1 200", "POST /x abc"},
		{"POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\na\r\n2;ext=1\r\nbc\r\n0\r\n\r\n", "HTTP/1.1 200", "POST /x abc"},
		{"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "HTTP/1.1 200", "GET / "},
		{"POST /x HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 200", "POST /x abc"},
	}, *row;
	struct rsp_ctx *c = fresh_ctx(state);
	struct served s;
	bool closed;

	serve(&s);
	FOR_EACH_ROW(good, row) {
		const char *answer = say(c, &s, bytes_of_str(row->request), 1500, &closed), *body = strstr(answer, "\r\n\r\n");

		if (strncmp(answer, row->status, strlen(row->status)) != 0 || !body || strcmp(body + 4, row->body) != 0 || !closed)
			fail_msg("'%.60s...': have '%s'", row->request, answer);
	}
	assert_int_equal(handled, sizeof(good) / sizeof(good[0]));
	unserve(&s);
}

static void
two_requests_in_one_write_get_two_answers_in_order(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	const char *first, *second;
	struct served s;
	bool closed;
	char *answer;

	serve(&s);
	answer = say(c, &s, bytes_of_str("POST /slow HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n1POST /b HTTP/1.1\r\n" HOST
		"Content-Length: 1\r\nConnection: close\r\n\r\n2"), 1500, &closed);
	first = strstr(answer, "POST /slow 1");
	second = strstr(answer, "POST /b 2");
	assert_non_null(first);
	assert_non_null(second);
	assert_true(first < second);
	assert_true(closed);
	unserve(&s);
}

static void
large_bodies_and_headers_are_refused_before_they_are_read(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct buf b = BUF_INIT;
	struct served s;
	bool closed;
	char *answer;
	size_t i;

	serve(&s);
	answer = say(c, &s, bytes_of_str("POST / HTTP/1.1\r\n" HOST "Content-Length: 1001\r\n\r\n"), 1500, &closed);
	assert_memory_equal(answer, "HTTP/1.1 413", 12);
	answer = say(c, &s, bytes_of_str("POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\n"), 1500, &closed);
	assert_true(strncmp(answer, "HTTP/1.1 413", 12) == 0 || strncmp(answer, "HTTP/1.1 400", 12) == 0);
	buf_str(&b, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n");
	for (i = 0; i < 101; i++)
		buf_str(&b, "A\r\n0123456789\r\n");
	buf_str(&b, "0\r\n\r\n");
	answer = say(c, &s, buf_bytes(&b), 1500, &closed);
	assert_memory_equal(answer, "HTTP/1.1 413", 12);
	buf_reset(&b);
	buf_str(&b, "POST / HTTP/1.1\r\n" HOST);
	for (i = 0; i < 4000; i++)
		buf_str(&b, "X-Header: 0123456789012345678901234567890123456789\r\n");
	answer = say(c, &s, buf_bytes(&b), 1500, &closed);
	assert_true(closed);
	assert_null(strstr(answer, "HTTP/1.1 200"));
	buf_free(&b);
	assert_int_equal(handled, 0);
	unserve(&s);
}

static void
slow_and_half_requests_end(void **state)
{
	static const char *const halves[] = {"POST / HT", "POST / HTTP/1.1\r\nHost: a\r\n", "POST / HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\nabc"},
		*const *row;
	struct rsp_ctx *c = fresh_ctx(state);
	struct served s;
	bool closed;
	int fd;

	serve(&s);
	FOR_EACH_ROW(halves, row) {
		const char *answer = say(c, &s, bytes_of_str(*row), 2500, &closed);

		assert_true(closed);
		assert_memory_equal(answer, "HTTP/1.1 408", 12);
	}
	FOR_EACH_ROW(halves, row) {                      /* and those who hang up in the middle */
		fd = dial(&s);
		assert_true(send(fd, *row, strlen(*row), MSG_NOSIGNAL) > 0);
		close(fd);
	}
	assert_string_equal(say(c, &s, BYTES_NONE, 2500, &closed), "");
	assert_true(closed);                             /* idle too long */
	assert_int_equal(handled, 0);
	assert_non_null(strstr(say(c, &s, bytes_of_str("GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"), 1500, &closed), "GET / "));
	unserve(&s);
}

static void
stopping_lets_the_one_at_work_finish(void **state)
{
	const struct timespec nap = {0, 100 * 1000000L};
	struct rsp_ctx *c = fresh_ctx(state);
	struct served s;
	bool closed;
	char *answer;
	int fd;

	serve(&s);
	fd = dial(&s);
	answer = "POST /slow HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nz";
	assert_int_equal(send(fd, answer, strlen(answer), MSG_NOSIGNAL), strlen(answer));
	nanosleep(&nap, NULL);
	unserve(&s);
	answer = hear(c, fd, 1500, &closed);
	assert_non_null(strstr(answer, "POST /slow z"));
	assert_true(closed);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(framing_that_two_could_read_differently_is_refused),
		cmocka_unit_test(good_requests_are_answered),
		cmocka_unit_test(two_requests_in_one_write_get_two_answers_in_order),
		cmocka_unit_test(large_bodies_and_headers_are_refused_before_they_are_read),
		cmocka_unit_test(slow_and_half_requests_end),
		cmocka_unit_test(stopping_lets_the_one_at_work_finish),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
