// SPDX-License-Identifier: BSD-2-Clause
/* Too large and too many: refused early and honestly, and counted. */
#include "support/peer.h"

#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"

static char *
repeated(struct rsp_ctx *c, const char *before, const char *what, unsigned times, const char *after)
{
	struct buf b = BUF_INIT;
	struct bytes text;

	buf_str(&b, before);
	while (times--)
		buf_str(&b, what);
	buf_str(&b, after);
	buf_u8(&b, 0);
	assert_status(buf_finish(&b, c, &text), RSP_OK);
	return (char *)(uintptr_t)text.p;
}

static void
must_answer(struct rsp_ctx *c, const struct served *s, const char *request, const char *want)
{
	bool closed;
	const char *answer = ask(c, s, request, 2000, &closed);

	if (strncmp(answer, want, strlen(want)) != 0 || !closed)
		fail_msg("'%.50s': want '%s' and the end, have '%.40s' %d", request, want, answer, closed);
}

/* The peer goes on sending what nobody wants, and can still read why: no reset. */
static void
what_is_too_large_is_refused_before_it_is_read(void **state)
{
	const struct http_server_options o = {.body_limit = 1000, .workers = 2, .loops = 1};
	struct rsp_ctx *c = fresh_ctx(state);
	struct http_stats stats;
	struct served s;
	int tls;

	for (tls = 0; tls < 2; tls++) {
		serve(&s, &o, tls);
		must_answer(c, &s, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1001\r\n\r\n", "HTTP/1.1 413");
		must_answer(c, &s, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n", "HTTP/1.1 413");
		must_answer(c, &s, repeated(c, "POST / HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\n", "0123456789", 10000, ""), "HTTP/1.1 413");
		must_answer(c, &s, repeated(c, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", "A\r\n0123456789\r\n", 101, "0\r\n\r\n"), "HTTP/1.1 413");
		must_answer(c, &s, repeated(c, "POST / HTTP/1.1\r\n" HOST, "X: 012345678901234567890123456789\r\n", 4000, "\r\n"), "HTTP/1.1 431");
		must_answer(c, &s, repeated(c, "POST /", "0123456789", 2000, " HTTP/1.1\r\n"), "HTTP/1.1 431");
		must_answer(c, &s, repeated(c, "GET /", "0123456789", 60, " HTTP/1.1\r\n" HOST "\r\n"), "HTTP/1.1 414");
		must_answer(c, &s, "POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\n", "HTTP/1.1 400");
		must_answer(c, &s, "\n", "HTTP/1.1 400");
		must_answer(c, &s, "GET / HTTP/1.1\n", "HTTP/1.1 400");
		stats = served_stats(&s);
		assert_int_equal(stats.too_large_413, 7);
		assert_int_equal(stats.bad_400, 3);
		assert_int_equal(stats.accepted, 10);
		assert_int_equal(stats.requests, 0);
		assert_int_equal(s.handled, 0);
		unserve(&s);
	}
}

static void
a_body_is_asked_for_when_the_peer_waits_for_that(void **state)
{
	const struct http_server_options o = {.workers = 2, .loops = 1};
	struct rsp_ctx *c = fresh_ctx(state);
	struct served s;
	struct peer p;
	bool closed;
	char *text;

	serve(&s, &o, true);
	p = peer_open(&s);
	peer_say(&p, "POST /x HTTP/1.1\r\n" HOST "Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
	text = peer_hear(c, &p, 200, &closed);
	assert_string_equal(text, "HTTP/1.1 100 Continue\r\n\r\n");
	peer_say(&p, "ab");
	text = peer_hear(c, &p, 2000, &closed);
	assert_non_null(strstr(text, "POST /x ab"));
	peer_close(&p);
	text = ask(c, &s, "HEAD /x HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 2000, &closed);
	assert_non_null(strstr(text, "Content-Length: 8\r\n"));
	assert_null(strstr(text, "HEAD /x"));
	unserve(&s);
}

static void
connections_above_the_cap_hear_503(void **state)
{
	const struct http_server_options o = {.connections = 2, .workers = 2, .loops = 2};
	const char *get = "GET / HTTP/1.1\r\n" HOST "\r\n";
	struct rsp_ctx *c = fresh_ctx(state);
	struct peer in[4];
	struct served s;
	bool closed;
	char *text;
	int tls, i;

	for (tls = 0; tls < 2; tls++) {
		serve(&s, &o, tls);
		for (i = 0; i < 4; i++)
			in[i] = peer_open(&s);
		AWAIT(served_stats(&s).connections == 4);
		i = dial(&s);                              /* the fifth: the door is shut */
		assert_int_equal(read(i, &closed, 1), 0);
		close(i);
		for (i = 0; i < 4; i++) {
			peer_say(&in[i], i == 3 ? "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n" : get);
			text = peer_hear(c, &in[i], i < 2 ? 150 : 2000, &closed);
			assert_memory_equal(text, i < 2 ? "HTTP/1.1 200" : "HTTP/1.1 503", 12);
			assert_int_equal(closed, i >= 2);
			assert_true(i < 2 || strstr(text, "Retry-After: 1\r\n"));
			peer_close(&in[i]);
		}
		assert_int_equal(served_stats(&s).refused_503, 3);
		AWAIT(served_stats(&s).connections == 0);
		text = ask(c, &s, "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 2000, &closed);
		assert_memory_equal(text, "HTTP/1.1 200", 12);
		unserve(&s);
	}
}

/* One at work, two waiting, the fourth is told to come back; its connection stays. */
static void
requests_above_the_queue_hear_503(void **state)
{
	const struct http_server_options o = {.queue = 2, .workers = 1, .loops = 1};
	const char *wait = "GET /wait HTTP/1.1\r\n" HOST "\r\n";
	struct rsp_ctx *c = fresh_ctx(state);
	struct peer in[4];
	struct served s;
	bool closed;
	char *text;
	int i;

	serve(&s, &o, true);
	for (i = 0; i < 4; i++) {
		in[i] = peer_open(&s);
		peer_say(&in[i], wait);
		AWAIT(i == 0 ? s.waiting == 1 : i < 3 ? served_stats(&s).queued == (unsigned)i : served_stats(&s).refused_503 == 1);
	}
	text = peer_hear(c, &in[3], 150, &closed);
	assert_memory_equal(text, "HTTP/1.1 503", 12);
	assert_non_null(strstr(text, "Retry-After: 1\r\n"));
	assert_false(closed);
	peer_close(&in[2]);                              /* goes while it waits: never begun */
	nap_ms(50);
	atomic_store(&s.gate, true);
	AWAIT(served_stats(&s).queued == 0);
	peer_say(&in[3], wait);
	for (i = 0; i < 4; i++)
		if (i != 2) {
			text = peer_hear(c, &in[i], i == 3 ? 2000 : 1000, &closed);
			assert_memory_equal(text, "HTTP/1.1 200", 12);
			peer_close(&in[i]);
		}
	AWAIT(served_stats(&s).connections == 0);
	assert_int_equal(served_stats(&s).queued, 0);
	assert_int_equal(s.waiting, 3);
	unserve(&s);
}

static double
cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* The last descriptor goes to the peer, none is left for the server: it waits without turning, and takes the connection when it can. */
static void
no_descriptor_left_is_waited_out(void **state)
{
	const struct http_server_options o = {.workers = 2, .loops = 1};
	struct rsp_ctx *c = fresh_ctx(state);
	struct rlimit before, none;
	struct served s;
	struct peer p;
	double cpu;
	bool closed;
	int next;

	serve(&s, &o, false);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	next = dup(0);
	assert_true(next >= 0);
	close(next);
	none = (struct rlimit){(rlim_t)next + 1, before.rlim_max};
	log_set_level(LOG_ERROR);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	p = peer_open(&s);
	peer_say(&p, "GET /x HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
	cpu = cpu_seconds();
	nap_ms(350);
	cpu = cpu_seconds() - cpu;
	assert_int_equal(served_stats(&s).accepted, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	log_set_level(LOG_WARN);
	assert_non_null(strstr(peer_hear(c, &p, 2000, &closed), "GET /x"));
	assert_true(cpu < 0.1);
	peer_close(&p);
	unserve(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_too_large_is_refused_before_it_is_read),
		cmocka_unit_test(a_body_is_asked_for_when_the_peer_waits_for_that),
		cmocka_unit_test(connections_above_the_cap_hear_503),
		cmocka_unit_test(requests_above_the_queue_hear_503),
		cmocka_unit_test(no_descriptor_left_is_waited_out),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
