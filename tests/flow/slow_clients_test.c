// SPDX-License-Identifier: BSD-2-Clause
/* A crowd that does nothing, and one that says two octets a second, do not slow down who is quick. */
#include "support/peer.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"

#define IDLE 1000
#define SLOW 100
#define ROUNDS 11
#define REQUESTS 300            /* a round */
#define ALLOWANCE_US 2000       /* what a machine with other things to do may add */

static const char request[] = "POST /quick HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nabcd";

/* ---- the crowd: another process, so that what the server's takes can be measured ---- */

struct crowd { pid_t pid; int port_to, ready_from; };

static void
crowd_main(int port_from, int ready_to)
{
	static struct peer p[IDLE + SLOW];
	struct pollfd parent = {.fd = port_from, .events = POLLIN};
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	unsigned port, i;

	if (read(port_from, &port, sizeof(port)) != sizeof(port))
		_exit(2);
	for (i = 0; i < IDLE + SLOW; i++) {
		p[i] = peer_dial(port, tls);
		if (i < SLOW)
			peer_say(&p[i], i % 2 ? "POST /" : "POST / HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\n");
	}
	if (write(ready_to, "r", 1) != 1)
		_exit(2);
	/* Each in its turn, so twice a second. Half of them are in their header, the others in their body. */
	for (i = 0; poll(&parent, 1, 500 / SLOW) == 0; i = (i + 1) % SLOW)
		if (peer_write(&p[i], i % 2 ? "x" : "a", 1) < 0)
			_exit(3);
	_exit(0);
}

static void
crowd_start(struct crowd *crowd)
{
	int port[2], ready[2];

	assert_int_equal(pipe(port), 0);
	assert_int_equal(pipe(ready), 0);
	crowd->pid = fork();
	assert_true(crowd->pid >= 0);
	if (crowd->pid == 0) {
		close(port[1]);
		close(ready[0]);
		crowd_main(port[0], ready[1]);
	}
	close(port[0]);
	close(ready[1]);
	crowd->port_to = port[1];
	crowd->ready_from = ready[0];
}

static void
crowd_gathers(struct crowd *crowd, const struct served *s)
{
	unsigned port = http_server_port(s->server);
	char ready;

	assert_int_equal(write(crowd->port_to, &port, sizeof(port)), sizeof(port));
	assert_int_equal(read(crowd->ready_from, &ready, 1), 1);
	AWAIT(served_stats(s).connections == IDLE + SLOW);
}

static void
crowd_goes(struct crowd *crowd)
{
	int status = -1;

	close(crowd->port_to);
	close(crowd->ready_from);
	assert_int_equal(waitpid(crowd->pid, &status, 0), crowd->pid);
	assert_int_equal(status, 0);
}

/* ---- who is quick ---- */

static uint64_t
round_trip(struct peer *p)
{
	uint64_t from = time_monotonic_us();
	char text[512];
	size_t n = 0;
	int k;

	peer_say(p, request);
	for (text[0] = '\0'; !strstr(text, "POST /quick abcd"); text[n] = '\0') {
		struct pollfd ready = {.fd = p->fd, .events = POLLIN};

		k = peer_read(p, text + n, sizeof(text) - 1 - n);
		assert_true(k >= 0 && (k > 0 || poll(&ready, 1, 5000) == 1));
		n += (size_t)k;
	}
	return time_monotonic_us() - from;
}

static int
by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t
p99(uint64_t us[REQUESTS])
{
	qsort(us, REQUESTS, sizeof(us[0]), by_size);
	return us[REQUESTS * 99 / 100];
}

/* Turn and turn about: what else the machine does happens to both. */
static void
one_round(struct peer *at_quiet, struct peer *at_busy, uint64_t *alone, uint64_t *crowded)
{
	uint64_t quiet[REQUESTS], busy[REQUESTS];
	size_t i;

	for (i = 0; i < REQUESTS; i++) {
		quiet[i] = round_trip(at_quiet);
		busy[i] = round_trip(at_busy);
	}
	*alone = p99(quiet);
	*crowded = p99(busy);
}

static long
resident_kb(void)
{
	long size = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld %ld", &size, &resident), 2);
	fclose(f);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void
need_descriptors(void)
{
	const rlim_t want = 2 * (IDLE + SLOW) + 200;
	struct rlimit r;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &r), 0);
	if (r.rlim_max < want) {
		printf("skipped: %lu open files are allowed, %lu are wanted\n", (unsigned long)r.rlim_max, (unsigned long)want);
		skip();
	}
	r.rlim_cur = r.rlim_cur < want ? want : r.rlim_cur;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &r), 0);
}

static void
a_crowd_does_not_slow_down_who_is_quick(void **state)
{
	const struct http_server_options o = {.handshake_ms = 60000, .header_ms = 60000, .body_ms = 60000, .workers = 4, .loops = 1};
	uint64_t alone[ROUNDS], crowded[ROUNDS];
	struct served quiet, busy;
	struct peer at_quiet, at_busy;
	struct crowd crowd;
	long before;
	size_t i;

	(void)state;
	need_descriptors();
	crowd_start(&crowd);
	serve(&quiet, &o, true);
	serve(&busy, &o, true);
	at_quiet = peer_open(&quiet);
	round_trip(&at_quiet);
	before = resident_kb();
	crowd_gathers(&crowd, &busy);
	printf("memory of an idle connection over TLS: %.1f kB\n", (double)(resident_kb() - before) / (IDLE + SLOW));
	at_busy = peer_open(&busy);
	for (i = 0; i < ROUNDS; i++)
		one_round(&at_quiet, &at_busy, &alone[i], &crowded[i]);
	assert_int_equal(served_stats(&busy).connections, IDLE + SLOW + 1);
	assert_int_equal(served_stats(&busy).tls_failures + served_stats(&busy).timeouts_408 + served_stats(&busy).refused_503, 0);
	qsort(alone, ROUNDS, sizeof(alone[0]), by_size);
	qsort(crowded, ROUNDS, sizeof(crowded[0]), by_size);
	printf("99 of 100 requests within, in microseconds: alone %lu, in the crowd %lu\n", (unsigned long)alone[ROUNDS / 2], (unsigned long)crowded[ROUNDS / 2]);
	assert_true(crowded[ROUNDS / 2] <= 2 * alone[ROUNDS / 2] + ALLOWANCE_US);
	crowd_goes(&crowd);
	AWAIT(served_stats(&busy).connections == 1);
	peer_close(&at_quiet);
	peer_close(&at_busy);
	unserve(&quiet);
	unserve(&busy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crowd_does_not_slow_down_who_is_quick),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
