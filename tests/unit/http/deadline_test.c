// SPDX-License-Identifier: BSD-2-Clause
/* Peers that are slow in every stage: each ends when its stage's time is over, whatever it sends meanwhile. */
#include "support/peer.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/time.h"

#define LIMIT_MS 400
#define TICK_MS 20
#define LATEST_MS 2500          /* on a machine that has other things to do */

#define POST "POST /x HTTP/1.1\r\n" HOST

/* What it says at once, what it then goes on saying two octets a tick, and how the server's words begin and end. */
struct slow { const char *name, *at_once, *then, *hears, *hears_last; bool hello; };

static const struct slow rows[] = {
	{"says nothing", "", "", "", "", false},
	{"a header, slowly", "POST /", "x", "HTTP/1.1 408", "", false},
	{"headers, slowly", POST, "X: y\r\n", "HTTP/1.1 408", "", false},
	{"a body, slowly", POST "Content-Length: 1000\r\n\r\n", "ab", "HTTP/1.1 408", "", false},
	{"chunks, slowly", POST "Transfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n", "HTTP/1.1 408", "", false},
	{"half a request after a whole one", POST "Content-Length: 1\r\n\r\naPOST", "x", "HTTP/1.1 200", "HTTP/1.1 408", false},
	{"nothing after a whole one", POST "Content-Length: 1\r\n\r\na", "", "HTTP/1.1 200", "POST /x a", false},
	{"octets of a ClientHello, slowly", "", NULL, "", "", true},
	{"no ClientHello at all", "", "", "", "", true},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

struct going { struct peer p; size_t at, heard; char text[1024]; uint64_t from, ended; };

static struct bytes
client_hello(struct rsp_ctx *c, const struct served *s)
{
	SSL *ssl = SSL_new(s->tls);
	BIO *out = BIO_new(BIO_s_mem());
	char *p;
	long n;
	struct bytes hello;

	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), out);
	SSL_connect(ssl);
	n = BIO_get_mem_data(out, &p);
	hello = rsp_copy(c, bytes_of(p, (size_t)n));
	SSL_free(ssl);
	return hello;
}

static void
start(const struct served *s, const struct slow *row, struct going *g)
{
	*g = (struct going){.p = {-1, NULL}};
	if (row->hello && !s->tls)
		return;
	g->from = time_monotonic_us();
	g->p = row->hello ? (struct peer){dial(s), NULL} : peer_open(s);
	peer_say(&g->p, row->at_once);
}

static void
tick(const struct slow *row, struct going *g, struct bytes hello)
{
	struct bytes then = row->then ? bytes_of_str(row->then) : hello;
	char octets[2];
	int n, i;

	for (i = 0; i < 2 && then.n; i++)
		octets[i] = (char)then.p[g->at++ % then.n];
	if (then.n && (row->then || g->at < then.n))
		peer_write(&g->p, octets, 2);
	if (row->hello) {
		n = (int)recv(g->p.fd, octets, 1, MSG_DONTWAIT);
		g->ended = n == 0 || (n < 0 && errno != EAGAIN) ? time_monotonic_us() : 0;
		return;
	}
	while ((n = peer_read(&g->p, g->text + g->heard, sizeof(g->text) - 1 - g->heard)) > 0)
		g->heard += (size_t)n;
	if (n < 0)
		g->ended = time_monotonic_us();
}

static void
judge(const struct slow *row, const struct going *g, bool tls)
{
	double ms = (double)(g->ended - g->from) / 1000;
	bool good = g->ended && ms >= LIMIT_MS - 50 && ms <= LATEST_MS && strncmp(g->text, row->hears, strlen(row->hears)) == 0 &&
		(*row->hears || !g->heard) && strstr(g->text, row->hears_last);

	if (!good)
		fail_msg("%s, %s: ended after %.0f ms, heard '%.40s'", row->name, tls ? "TLS" : "plain", g->ended ? ms : -1, g->text);
}

static void
every_stage_ends_in_time(struct rsp_ctx *c, bool tls)
{
	const struct http_server_options o = {.handshake_ms = LIMIT_MS, .header_ms = LIMIT_MS, .body_ms = LIMIT_MS, .idle_ms = LIMIT_MS, .reply_ms = LIMIT_MS,
		.workers = 2, .loops = 2};
	static struct going going[ROWS];
	struct bytes hello = BYTES_NONE;
	struct served s;
	size_t i, open = ROWS;
	uint64_t end;

	serve(&s, &o, tls);
	if (tls)
		hello = client_hello(c, &s);
	for (i = 0; i < ROWS; i++)
		start(&s, &rows[i], &going[i]);
	for (end = time_monotonic_us() + LATEST_MS * 1000; open && time_monotonic_us() < end; nap_ms(TICK_MS))
		for (i = 0, open = 0; i < ROWS; i++)
			if (going[i].p.fd >= 0 && !going[i].ended) {
				tick(&rows[i], &going[i], hello);
				open++;
			}
	for (i = 0; i < ROWS; i++)
		if (going[i].p.fd >= 0) {
			judge(&rows[i], &going[i], tls);
			peer_close(&going[i].p);
		}
	assert_int_equal(served_stats(&s).timeouts_408, 5);
	assert_int_equal(served_stats(&s).tls_failures, tls ? 2 : 0);
	AWAIT(served_stats(&s).connections == 0);
	assert_int_equal(s.handled, 2);
	unserve(&s);
}

static void
slow_peers_in_the_clear_end_in_time(void **state)
{
	every_stage_ends_in_time(fresh_ctx(state), false);
}

static void
slow_peers_over_tls_end_in_time(void **state)
{
	every_stage_ends_in_time(fresh_ctx(state), true);
}

/* 8 MiB are more than sockets hold: the server is still writing when its time is over. */
static void
a_reply_read_slowly_ends_in_time(void **state)
{
	const struct http_server_options o = {.reply_ms = LIMIT_MS, .workers = 2, .loops = 1};
	struct served s;
	struct peer p;
	uint64_t from;
	char two[2];
	int tls;

	(void)state;
	for (tls = 0; tls < 2; tls++) {
		serve(&s, &o, tls);
		p = peer_open(&s);
		peer_say(&p, "GET /big HTTP/1.1\r\n" HOST "\r\n");
		AWAIT(s.handled == 1);
		from = time_monotonic_us();
		while (served_stats(&s).connections && time_monotonic_us() < from + LATEST_MS * 1000) {
			peer_read(&p, two, 2);
			nap_ms(TICK_MS);
		}
		assert_true(time_monotonic_us() - from >= (LIMIT_MS - 50) * 1000);
		assert_int_equal(served_stats(&s).connections, 0);
		assert_int_equal(served_stats(&s).timeouts_408, 1);
		peer_close(&p);
		unserve(&s);
	}
}

/* Whoever has said all it wants to say still gets its answer. */
static void
half_closed_connections_are_answered(void **state)
{
	static const struct { const char *request, *answer; } halves[] = {
		{"POST /slow HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\na", "HTTP/1.1 200"},
		{"POST /x HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\na", "HTTP/1.1 200"},
		{"POST /x HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\na", "HTTP/1.1 400"},
		{"POST /x HTT", "HTTP/1.1 400"},
		{"", ""},
	}, *row;
	const struct http_server_options o = {.workers = 2, .loops = 1};
	struct rsp_ctx *c = fresh_ctx(state);
	struct served s;
	struct peer p;
	bool closed;
	char *text;
	int tls;

	for (tls = 0; tls < 2; tls++) {
		serve(&s, &o, tls);
		FOR_EACH_ROW(halves, row) {
			p = peer_open(&s);
			peer_say(&p, row->request);
			if (p.ssl)
				SSL_shutdown(p.ssl);
			shutdown(p.fd, SHUT_WR);
			text = peer_hear(c, &p, 2000, &closed);
			if (strncmp(text, row->answer, strlen(row->answer)) != 0 || !closed)
				fail_msg("'%.30s' half closed, %s: heard '%.30s' %d", row->request, tls ? "TLS" : "plain", text, closed);
			peer_close(&p);
		}
		unserve(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slow_peers_in_the_clear_end_in_time),
		cmocka_unit_test(slow_peers_over_tls_end_in_time),
		cmocka_unit_test(a_reply_read_slowly_ends_in_time),
		cmocka_unit_test(half_closed_connections_are_answered),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
