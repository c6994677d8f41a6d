// SPDX-License-Identifier: BSD-2-Clause
/* The server on a raw socket: framing it must refuse, and how it answers what is slow, large or half. */
#include "support/peer.h"

#include <sys/socket.h>
#include <unistd.h>

static const struct http_server_options limits = {.body_limit = 1000, .header_ms = 400, .body_ms = 400, .idle_ms = 600, .reply_ms = 2000, .workers = 4,
	.loops = 1};

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
		"GET / HTTP/1.1\r\n" HOST "X: a\nY: b\r\n\r\n",
		"GET / HTTP/1.1\r\n" HOST "X: a\rY: b\r\n\r\n",
		"GET / HTTP/1.1\r\n" HOST "X: a\r\r\n\r\n",
		"GET / HTTP/1.1\r\n" HOST "X: a\x7F\r\n\r\n",
		"\r\nGET / HTTP/1.1\r\n" HOST "\r\n",
		"\x16\x03\x01\x02\x01\xfc\x03\x03\r\n\r\n",
	}, *const *row;
	struct rsp_ctx *c = fresh_ctx(state);
	struct served s;
	bool closed;

	serve(&s, &limits, false);
	FOR_EACH_ROW(bad, row) {
		const char *answer = ask(c, &s, *row, 1500, &closed);

		if (strncmp(answer, "HTTP/1.1 400", 12) != 0 || !closed)
			fail_msg("'%.60s...': want 400 and the end, have '%.40s' %s", *row, answer, closed ? "and the end" : "and no end");
	}
	assert_int_equal(s.handled, 0);
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

	serve(&s, &limits, false);
	FOR_EACH_ROW(good, row) {
		const char *answer = ask(c, &s, row->request, 1500, &closed), *body = strstr(answer, "\r\n\r\n");

		if (strncmp(answer, row->status, strlen(row->status)) != 0 || !body || strcmp(body + 4, row->body) != 0 || !closed)
			fail_msg("'%.60s...': have '%s'", row->request, answer);
	}
	assert_int_equal(s.handled, sizeof(good) / sizeof(good[0]));
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

	serve(&s, &limits, false);
	answer = ask(c, &s, "POST /slow HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n1POST /b HTTP/1.1\r\n" HOST
		"Content-Length: 1\r\nConnection: close\r\n\r\n2", 1500, &closed);
	first = strstr(answer, "POST /slow 1");
	second = strstr(answer, "POST /b 2");
	assert_non_null(first);
	assert_non_null(second);
	assert_true(first < second);
	assert_true(closed);
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

	serve(&s, &limits, false);
	FOR_EACH_ROW(halves, row) {
		const char *answer = ask(c, &s, *row, 2500, &closed);

		assert_true(closed);
		assert_memory_equal(answer, "HTTP/1.1 408", 12);
	}
	FOR_EACH_ROW(halves, row) {                      /* and those who hang up in the middle */
		fd = dial(&s);
		assert_true(send(fd, *row, strlen(*row), MSG_NOSIGNAL) > 0);
		close(fd);
	}
	assert_string_equal(ask(c, &s, "", 2500, &closed), "");
	assert_true(closed);                             /* idle too long */
	assert_int_equal(s.handled, 0);
	assert_non_null(strstr(ask(c, &s, "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 1500, &closed), "GET / "));
	unserve(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(framing_that_two_could_read_differently_is_refused),
		cmocka_unit_test(good_requests_are_answered),
		cmocka_unit_test(two_requests_in_one_write_get_two_answers_in_order),
		cmocka_unit_test(slow_and_half_requests_end),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
