// SPDX-License-Identifier: BSD-2-Clause
/* A card's outside doors: the virtual reader's messages both ways, terminals that go or come second, lpac's JSON lines. */
#include "support/bare.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/time.h"
#include "stdio/stdio_card.h"
#include "vpcd/vpcd.h"

struct door {
	struct bare b;
	struct rsp_ctx c;                /* of the card's thread */
	pthread_t thread;
	atomic_bool stop;
	atomic_uint port, resets, commands;
	char where[40];
	bool vpcd;
	enum rsp_status st;
};

static enum rsp_status
transmit(void *self, struct rsp_ctx *c, struct bytes command, struct bytes *response)
{
	struct door *d = self;

	atomic_fetch_add(&d->commands, 1);
	return euicc_transmit(d->b.e, c, command, response);
}

static void
power(void *self)
{
	struct door *d = self;

	atomic_fetch_add(&d->resets, 1);
	euicc_reset(d->b.e);
}

static void
listening(void *self, unsigned port)
{
	atomic_store(&((struct door *)self)->port, port);
}

static void *
serve(void *arg)
{
	struct door *d = arg;
	const struct vpcd_card card = {.self = d, .atr = euicc_atr(d->b.e), .transmit = transmit, .reset = power};

	if (d->vpcd)
		d->st = vpcd_serve(&d->c, d->where, &card, 5000, &d->stop, NULL);
	else
		d->st = tcp_serve(&d->c, "127.0.0.1:0", &card, &d->stop, listening);
	return NULL;
}

static void
start(struct door *d)
{
	assert_status(rsp_ctx_init(&d->c, d->b.crypto, TEST_NOW), RSP_OK);
	assert_int_equal(pthread_create(&d->thread, NULL, serve, d), 0);
}

static void
end(struct door *d)
{
	atomic_store(&d->stop, true);
	pthread_join(d->thread, NULL);
	rsp_ctx_free(&d->c);
	bare_close(&d->b);
}

static void
open_tcp(struct door *d, struct rsp_ctx *c)
{
	*d = (struct door){0};
	bare_open(&d->b, c, NULL);
	start(d);
	while (!atomic_load(&d->port))
		usleep(1000);
	snprintf(d->where, sizeof(d->where), "127.0.0.1:%u", atomic_load(&d->port));
}

/* A plain connection of the test's own. */
static int
dial(const struct door *d)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)d->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct timeval limit = {.tv_sec = 5};
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void
say(struct door *d, int fd, const char *hex)
{
	struct bytes b = unhex(d->b.c, hex);

	assert_int_equal(send(fd, b.p, b.n, MSG_NOSIGNAL), b.n);
}

/* "" when the other side has closed. */
static void
hear(struct door *d, int fd, const char *want)
{
	struct bytes w = unhex(d->b.c, want);
	uint8_t have[256];
	size_t at = 0;
	ssize_t n;

	while (at < w.n && (n = recv(fd, have + at, w.n - at, 0)) > 0)
		at += (size_t)n;
	assert_bytes_equal(bytes_of(have, at), w);
	if (!w.n)
		assert_int_equal(recv(fd, have, 1, 0), 0);
}

#define ATR "000F3B9796803FC7828031E073FE211F19"
#define OPEN_CHANNEL "00050070000001"

static void
a_connection_carries_controls_and_commands(void **state)
{
	struct door d;
	int fd;

	open_tcp(&d, fresh_ctx(state));
	fd = dial(&d);
	say(&d, fd, "000104");
	hear(&d, fd, ATR);
	say(&d, fd, OPEN_CHANNEL);
	hear(&d, fd, "0003019000");
	say(&d, fd, "000102" OPEN_CHANNEL);                      /* a reset closes the channels, and is not answered */
	hear(&d, fd, "0003019000");
	say(&d, fd, "000100" "000101" "0000" "000104");           /* off, on, nothing at all */
	hear(&d, fd, ATR);
	say(&d, fd, "0003001122");                                /* half a header of a command is answered */
	hear(&d, fd, "00026700");
	close(fd);
	end(&d);
	assert_status(d.st, RSP_OK);
}

/* A command that has not come whole is not run; the card has no power any more, and the next terminal finds it as new. */
static void
a_terminal_that_goes_leaves_a_card_without_power(void **state)
{
	struct door d;
	unsigned commands, resets, i;
	int fd;

	open_tcp(&d, fresh_ctx(state));
	for (i = 0; i < 4; i++) {
		static const char *const lefts[] = {"0005007000", "00", "", "0005"};

		fd = dial(&d);
		say(&d, fd, OPEN_CHANNEL);
		hear(&d, fd, "0003019000");                       /* channel 1 again: the last one's has gone */
		commands = atomic_load(&d.commands);
		resets = atomic_load(&d.resets);
		if (*lefts[i])
			say(&d, fd, lefts[i]);
		close(fd);
		while (atomic_load(&d.resets) == resets)
			usleep(1000);
		assert_int_equal(atomic_load(&d.commands), commands);
	}
	end(&d);
}

static void
a_second_terminal_is_turned_away(void **state)
{
	struct tcp_card *terminal = NULL;
	struct apdu_port *port;
	struct bytes answer;
	struct door d;
	int first, second;

	open_tcp(&d, fresh_ctx(state));
	first = dial(&d);
	say(&d, first, OPEN_CHANNEL);
	hear(&d, first, "0003019000");
	second = dial(&d);
	hear(&d, second, "");
	close(second);
	say(&d, first, OPEN_CHANNEL);                             /* the first one does not notice */
	hear(&d, first, "0003029000");
	close(first);
	while (atomic_load(&d.resets) == 0)
		usleep(1000);
	assert_status(tcp_card_open(d.b.c, d.where, &terminal), RSP_OK);
	port = tcp_card_port(terminal);
	assert_status(port->transmit(port->self, d.b.c, unhex(d.b.c, "0070000001"), &answer), RSP_OK);
	assert_hex_equal(d.b.c, answer, "019000");
	atomic_store(&d.stop, true);
	pthread_join(d.thread, NULL);
	assert_status(port->transmit(port->self, d.b.c, unhex(d.b.c, "0070000001"), &answer), RSP_IO);
	tcp_card_close(terminal);
	assert_status(tcp_card_open(d.b.c, d.where, &terminal), RSP_IO);
	assert_status(tcp_card_open(d.b.c, "nowhere", &terminal), RSP_MALFORMED);
	rsp_ctx_free(&d.c);
	bare_close(&d.b);
}

/* ---- the virtual reader: the test is its driver ---- */

static int
by_time(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

#define ROUNDS 2000

/* As the driver does it: length and body in two sends. */
static void
a_round_trip_through_the_reader_is_quick(void **state)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof(a);
	static uint64_t took[ROUNDS];
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd;
	const int on = 1;
	struct door d = {.vpcd = true};
	size_t i;

	assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &n), 0);
	bare_open(&d.b, fresh_ctx(state), NULL);
	snprintf(d.where, sizeof(d.where), "127.0.0.1:%u", ntohs(a.sin_port));
	start(&d);
	fd = accept(listener, NULL, NULL);
	assert_true(fd >= 0);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	say(&d, fd, "000104");
	hear(&d, fd, ATR);
	for (i = 0; i < ROUNDS; i++) {
		static const uint8_t head[] = {0, 5}, status[] = {0x80, 0xF2, 0, 0, 0};
		uint8_t answer[256];
		uint64_t began = time_monotonic_us();

		assert_int_equal(send(fd, head, 2, 0), 2);
		assert_int_equal(send(fd, status, 5, 0), 5);
		assert_int_equal(recv(fd, answer, 2, MSG_WAITALL), 2);
		assert_int_equal(recv(fd, answer, answer[1], MSG_WAITALL), answer[1]);
		took[i] = time_monotonic_us() - began;
	}
	qsort(took, ROUNDS, sizeof(took[0]), by_time);
	print_message("round trip through the reader's messages: median %.3f ms, of a hundred the slowest %.3f ms\n", (double)took[ROUNDS / 2] / 1000,
		(double)took[ROUNDS * 99 / 100] / 1000);
	/* 0.2 ms on a quiet machine; delayed acknowledgements would make it 40 */
	assert_true(took[ROUNDS / 2] < 10000);
	close(fd);
	pthread_join(d.thread, NULL);
	assert_status(d.st, RSP_IO);
	close(listener);
	rsp_ctx_free(&d.c);
	bare_close(&d.b);
}

/* ---- lpac's lines ---- */

static enum rsp_status
reset_port(void *self, struct rsp_ctx *c)
{
	(void)c;
	power(self);
	return RSP_OK;
}

#define LINE(func, param) "{\"type\":\"apdu\",\"payload\":{\"func\":\"" func "\",\"param\":" param "}}\n"
#define ISDR "\"A0000005591010FFFFFFFF8900000100\""
#define CODE(n) "{\"type\":\"apdu\",\"payload\":{\"ecode\":" #n "}}\n"
#define DATA(hex) "{\"type\":\"apdu\",\"payload\":{\"ecode\":0,\"data\":\"" hex "\"}}\n"

static void
lpac_lines_are_answered_as_lpac_reads_them(void **state)
{
	static const struct { const char *line, *want; } rows[] = {
		{LINE("transmit", "\"0070000001\""), CODE(-1)},                            /* nobody has connected */
		{LINE("connect", "null"), CODE(0)}, {LINE("logic_channel_open", ISDR), CODE(1)}, {LINE("logic_channel_open", ISDR), CODE(2)},
		{LINE("logic_channel_open", "\"A000000559FF\""), CODE(-1)}, {LINE("logic_channel_open", "null"), CODE(-1)},
		{LINE("transmit", "\"81E2910006BF3E035C015A\""), DATA("6115")}, {LINE("transmit", "\"81E2910003BF2E0000\""), NULL},
		{LINE("transmit", "\"81e291000361\""), DATA("6700")}, {LINE("transmit", "\"8\""), CODE(-1)}, {LINE("transmit", "null"), CODE(-1)},
		{LINE("logic_channel_close", "\"02\""), CODE(0)}, {LINE("logic_channel_open", ISDR), CODE(2)}, {LINE("logic_channel_close", "\"0102\""), CODE(-1)},
		{LINE("dance", "null"), CODE(-1)}, {"{\"type\":\"apdu\"}\n", CODE(-1)}, {"{\"type\":\"lpa\",\"payload\":{\"code\":0}}\n", ""},
		{"rubbish\n", ""}, {"\n", ""}, {LINE("disconnect", "null"), CODE(0)}, {LINE("transmit", "\"0070000001\""), CODE(-1)},
		{LINE("connect", "null"), CODE(0)}, {LINE("logic_channel_open", ISDR), CODE(1)},
	}, *row;
	struct door d = {0};
	struct apdu_port port = {.self = &d, .transmit = transmit, .reset = reset_port};

	bare_open(&d.b, fresh_ctx(state), NULL);
	assert_status(rsp_ctx_init(&d.c, d.b.crypto, TEST_NOW), RSP_OK);
	{
		struct buf all = BUF_INIT;
		char *out = NULL, *other = NULL, *at;
		size_t out_n, other_n;
		FILE *in, *answers = open_memstream(&out, &out_n), *rest = open_memstream(&other, &other_n);

		FOR_EACH_ROW(rows, row)
			buf_str(&all, row->line);
		in = fmemopen(all.p, all.n, "r");
		assert_non_null(in);
		assert_status(stdio_serve(&d.c, in, answers, rest, &port), RSP_OK);
		fclose(in);
		fclose(answers);
		fclose(rest);
		at = out;
		FOR_EACH_ROW(rows, row) {
			size_t n = row->want ? strlen(row->want) : strcspn(at, "\n") + 1;

			if (row->want && strncmp(at, row->want, n) != 0)
				fail_msg("%s: want %s have %.100s", row->line, row->want, at);
			at += n;
		}
		assert_string_equal(at, "");
		assert_string_equal(other, "{\"type\":\"lpa\",\"payload\":{\"code\":0}}\nrubbish\n");
		free(out);
		free(other);
		buf_free(&all);
	}
	rsp_ctx_free(&d.c);
	bare_close(&d.b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_carries_controls_and_commands),
		cmocka_unit_test(a_terminal_that_goes_leaves_a_card_without_power),
		cmocka_unit_test(a_second_terminal_is_turned_away),
		cmocka_unit_test(a_round_trip_through_the_reader_is_quick),
		cmocka_unit_test(lpac_lines_are_answered_as_lpac_reads_them),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
