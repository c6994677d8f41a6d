// SPDX-License-Identifier: BSD-2-Clause
/* Replies that wait for something: they leave when that is there, the worker does other things meanwhile, and a failure runs the handler again. */
#include "support/peer.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/time.h"
#include "crypto/crypto.h"

#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define HELD 64

struct desk {
	pthread_mutex_t lock;
	struct http_later *held[HELD];
	unsigned n_held, calls, again;
	const char *kept[HELD];          /* in the context, which must be there when the word comes */
};

static void
handler(void *arg, struct rsp_ctx *c, const struct http_request *req, struct http_reply *reply)
{
	struct desk *d = arg;
	char *text = rsp_sprintf(c, "answer to %s", req->path);

	pthread_mutex_lock(&d->lock);
	d->calls++;
	*reply = (struct http_reply){.status = 200, .content_type = "text/plain", .body = bytes_of_str(text)};
	if (!req->later) {
		d->again++;
	} else if (strncmp(req->path, "/wait", 5) == 0 && d->n_held < HELD) {
		reply->later = true;
		d->kept[d->n_held] = text;
		d->held[d->n_held++] = req->later;
	} else if (strcmp(req->path, "/at-once") == 0) {
		reply->later = true;
		http_later_done(req->later, true);       /* before the handler has returned */
	}
	pthread_mutex_unlock(&d->lock);
}

static unsigned
held(struct desk *d)
{
	unsigned n;

	pthread_mutex_lock(&d->lock);
	n = d->n_held;
	pthread_mutex_unlock(&d->lock);
	return n;
}

struct world { struct desk desk; struct served s; struct crypto *crypto; };

static void
begin(struct world *w, struct rsp_ctx *c, unsigned workers)
{
	struct http_server_options o = {.listen = "127.0.0.1:0", .handler = handler, .arg = &w->desk, .workers = workers, .loops = 1};

	*w = (struct world){.desk = {.lock = PTHREAD_MUTEX_INITIALIZER}};
	assert_status(crypto_new(&w->crypto, BYTES_NONE, "later"), RSP_OK);
	o.crypto = w->crypto;
	assert_status(http_server_start(c, &o, &w->s.server), RSP_OK);
	signal(SIGPIPE, SIG_IGN);
}

static void
end(struct world *w)
{
	http_server_stop(w->s.server, 1000);
	crypto_free(w->crypto);
}

static void
a_reply_leaves_when_it_may(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct peer first, second;
	struct world w;
	bool closed;

	begin(&w, c, 1);
	first = peer_open(&w.s);
	second = peer_open(&w.s);
	peer_say(&first, GET("/wait"));
	AWAIT(held(&w.desk) == 1);
	/* The only worker is free for others. */
	peer_say(&second, GET("/other"));
	assert_non_null(strstr(peer_hear(c, &second, 1000, &closed), "answer to /other"));
	peer_say(&second, GET("/at-once"));
	assert_non_null(strstr(peer_hear(c, &second, 1000, &closed), "answer to /at-once"));
	assert_string_equal(peer_hear(c, &first, 100, &closed), "");
	assert_string_equal(w.desk.kept[0], "answer to /wait");
	http_later_done(w.desk.held[0], true);
	assert_non_null(strstr(peer_hear(c, &first, 1000, &closed), "answer to /wait"));
	assert_false(closed);
	assert_int_equal(w.desk.again, 0);
	peer_close(&first);
	peer_close(&second);
	end(&w);
}

static void
a_failure_runs_the_handler_again(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct world w;
	struct peer p;
	bool closed;

	begin(&w, c, 2);
	p = peer_open(&w.s);
	peer_say(&p, GET("/wait"));
	AWAIT(held(&w.desk) == 1);
	http_later_done(w.desk.held[0], false);
	assert_non_null(strstr(peer_hear(c, &p, 1000, &closed), "answer to /wait"));
	assert_int_equal(w.desk.again, 1);
	assert_int_equal(w.desk.calls, 2);
	/* The connection's next request may wait again. */
	peer_say(&p, GET("/wait-2"));
	AWAIT(held(&w.desk) == 2);
	http_later_done(w.desk.held[1], true);
	assert_non_null(strstr(peer_hear(c, &p, 1000, &closed), "answer to /wait-2"));
	assert_int_equal(w.desk.again, 1);
	peer_close(&p);
	end(&w);
}

static void *
release_all(void *arg)
{
	struct desk *d = arg;
	unsigned i;

	usleep(100000);
	for (i = 0; i < d->n_held; i++)
		http_later_done(d->held[i], i % 2 == 0);
	return NULL;
}

/* Peers that go away, a server that stops: the word still comes, and nothing is lost or used after its end. */
static void
stopping_waits_for_the_word(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct peer p[8];
	struct world w;
	pthread_t thread;
	uint64_t from;
	int i;

	begin(&w, c, 2);
	for (i = 0; i < 8; i++) {
		p[i] = peer_open(&w.s);
		peer_say(&p[i], GET("/wait"));
	}
	AWAIT(held(&w.desk) == 8);
	for (i = 0; i < 4; i++)
		peer_close(&p[i]);
	assert_int_equal(pthread_create(&thread, NULL, release_all, &w.desk), 0);
	from = time_monotonic_us();
	http_server_stop(w.s.server, 0);
	assert_true(time_monotonic_us() - from >= 50000);
	pthread_join(thread, NULL);
	for (i = 4; i < 8; i++)
		peer_close(&p[i]);
	crypto_free(w.crypto);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reply_leaves_when_it_may),
		cmocka_unit_test(a_failure_runs_the_handler_again),
		cmocka_unit_test(stopping_waits_for_the_word),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
