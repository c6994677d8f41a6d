// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two SM-DP+ processes on one PostgreSQL, behind nginx, which gives each connection to the next of them. Every step of a session comes on a connection of
 * its own; one process may be killed after any step, and the other does the rest.
 *   ESIMLAB_POSTGRES       a database with the schema t14
 *   ESIMLAB_NGINX          the program
 *   ESIMLAB_NGINX_STREAM   its stream module; not set: it has that built in
 */
#include "support/operator.h"
#include "support/process.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <esimlab/lab.h>

#include "base/hex.h"
#include "base/time.h"
#include "codec/ids.h"
#include "store/store.h"

#define HOST "testsmdpplus1.example.com"
#define STEPS 4
#define POINTS (1u << 3 | 1u << 4)
#define PATIENCE_US 60000000u

static const char *const names[STEPS] = {"initiateAuthentication", "authenticateClient", "getBoundProfilePackage", "handleNotification"};

struct world {
	struct rsp_ctx *c;
	struct crypto *crypto;
	struct pki *pki;
	struct lab *lab;
	struct operator operator;
	struct process server[2], nginx;
	unsigned port, es2plus_port;        /* nginx's */
	char pki_dir[100], store[400], key[100];
	struct lab_card *card;
	struct http_port http;
	/* The download of the moment. */
	int kill_after;                     /* step; -1: none */
	int by[STEPS], killed;              /* which server answered; which one was killed */
	unsigned calls;
};

static void
nap(unsigned ms)
{
	const struct timespec t = {0, (long)ms * 1000000L};

	nanosleep(&t, NULL);
}

/* ---- nginx ---- */

static bool
listens(unsigned port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), rc = connect(fd, (struct sockaddr *)&a, sizeof(a));

	close(fd);
	return rc == 0;
}

static void
group(FILE *f, const char *name, unsigned port, unsigned first, unsigned second)
{
	fprintf(f, "upstream %s { server 127.0.0.1:%u max_fails=0; server 127.0.0.1:%u max_fails=0; }\n", name, first, second);
	fprintf(f, "server { listen 127.0.0.1:%u; proxy_pass %s; proxy_connect_timeout 5s; }\n", port, name);
}

static void
start_nginx(struct world *w)
{
	const char *module = getenv("ESIMLAB_NGINX_STREAM"), *dir = scratch_dir(), *config = rsp_sprintf(w->c, "%s/nginx.conf", dir);
	const char *const arguments[] = {getenv("ESIMLAB_NGINX"), "-p", dir, "-c", config, "-e", "stderr", NULL};
	FILE *f = fopen(config, "w");
	unsigned i;

	assert_non_null(f);
	if (module && *module)
		fprintf(f, "load_module %s;\n", module);
	fprintf(f, "daemon off; master_process off; pid %s/nginx.pid; error_log stderr;\nevents { }\nstream {\n", dir);
	group(f, "es9p", w->port, w->server[0].port, w->server[1].port);
	group(f, "es2p", w->es2plus_port, w->server[0].es2plus_port, w->server[1].es2plus_port);
	fprintf(f, "}\n");
	fclose(f);
	process_run(&w->nginx, "nginx", arguments);
	for (i = 0; i < 200 && !listens(w->port); i++)
		nap(50);
	if (i < 200)
		return;
	process_print_log(&w->nginx);
	fail_msg("nginx does not listen");
}

/* ---- which server did it ---- */

static char *
calls_of(struct world *w, struct rsp_ctx *c, const struct process *p)
{
	const struct http_client_options o = {.plain = true, .timeout_ms = 10000};
	struct http_client *client = NULL;
	struct bytes answer = BYTES_NONE;
	unsigned status = 0;

	(void)w;
	assert_status(http_client_new(c, &o, &client), RSP_OK);
	assert_status(http_client_get(client, c, rsp_sprintf(c, "http://127.0.0.1:%u/calls", p->admin_port), &status, &answer), RSP_OK);
	assert_int_equal(status, 200);
	http_client_free(client);
	return rsp_sprintf(c, "%.*s", (int)answer.n, (const char *)answer.p);
}

static unsigned
times(const char *text, const char *needle)
{
	unsigned n = 0;

	for (; (text = strstr(text, needle)); text++)
		n++;
	return n;
}

static unsigned
count(struct world *w, struct rsp_ctx *c, unsigned server, int step)
{
	return w->server[server].pid ? times(calls_of(w, c, &w->server[server]), rsp_sprintf(c, "\"function\":\"%s\"", names[step])) : 0;
}

/* ---- the LPA's way to them ---- */

static enum rsp_status
post_once(struct world *w, struct rsp_ctx *c, const char *host, const char *path, struct bytes body, unsigned *http_status, struct bytes *answer)
{
	const struct pki_cert *ca[1] = {w->pki->branch[EC_P256].ci.cert};
	const char *rules[1] = {rsp_sprintf(c, "%s:127.0.0.1:%u", HOST, w->port)};
	const struct http_client_options o = {.ca = ca, .n_ca = 1, .connect_to = rules, .n_connect_to = 1, .timeout_ms = 20000};
	struct http_client *client = NULL;
	struct http_port port;
	enum rsp_status st;

	assert_status(http_client_new(c, &o, &client), RSP_OK);
	port = http_client_port(client);
	st = port.post(port.self, c, host, path, body, http_status, answer);
	http_client_free(client);
	return st;
}

static int
step_of(const char *path)
{
	int i;

	for (i = 0; i < STEPS; i++)
		if (strstr(path, names[i]))
			return i;
	fail_msg("%s is no step of a download that goes well", path);
	return -1;
}

/* The journal says who answered; and then that one may be killed. */
static enum rsp_status
post(void *self, struct rsp_ctx *c, const char *host, const char *path, struct bytes body, unsigned *http_status, struct bytes *answer)
{
	struct world *w = self;
	int step = step_of(path);
	unsigned before[2] = {count(w, c, 0, step), count(w, c, 1, step)}, tries;
	enum rsp_status st = post_once(w, c, host, path, body, http_status, answer);

	for (tries = 0, w->by[step] = -1; st == RSP_OK && w->by[step] < 0 && tries < 100; tries++) {
		w->by[step] = count(w, c, 0, step) > before[0] ? 0 : count(w, c, 1, step) > before[1] ? 1 : -1;
		if (w->by[step] < 0)
			nap(20);
	}
	if (step == w->kill_after) {
		assert_true(w->by[step] >= 0);
		w->killed = w->by[step];
		process_end(&w->server[w->killed], SIGKILL);
	}
	return st;
}

/* ---- the world ---- */

static void
open_servers(struct world *w)
{
	static const char *const logs[2] = {"server-0", "server-1"};
	unsigned i;

	for (i = 0; i < 2; i++) {
		process_init(&w->server[i], logs[i]);
		process_add(&w->server[i], "--pki", w->pki_dir);
		process_add(&w->server[i], "--store", w->store);
		process_add(&w->server[i], "--store-key", w->key);
		process_add(&w->server[i], "--callback", w->operator.url);
		assert_true(process_start(&w->server[i]));
	}
	w->port = process_free_port();
	w->es2plus_port = process_free_port();
	start_nginx(w);
}

static void
open_world(struct world *w, struct rsp_ctx *c)
{
	const struct pki_make_options make = {.nist = true};
	struct lab_options o = {.host = HOST, .only_curve = true};

	w->c = c;
	assert_status(crypto_new(&w->crypto, BYTES_NONE, "two servers"), RSP_OK);
	c->crypto = w->crypto;
	c->now = time_wall();
	snprintf(w->pki_dir, sizeof(w->pki_dir), "%s/pki", scratch_dir());
	snprintf(w->key, sizeof(w->key), "%s/key", scratch_dir());
	snprintf(w->store, sizeof(w->store), "postgres:%s options=-csearch_path=t14", getenv("ESIMLAB_POSTGRES"));
	assert_status(pki_make(c, w->pki_dir, &make), RSP_OK);
	assert_status(pki_load(c, w->pki_dir, &w->pki), RSP_OK);
	o.pki = w->pki_dir;
	assert_status(lab_new(c, &o, &w->lab), RSP_OK);
	assert_status(lab_card_new(w->lab, &w->card), RSP_OK);
	w->http = (struct http_port){w, post};
	w->card->lpa.http = &w->http;
	operator_start(&w->operator, c);
	open_servers(w);
}

static void
close_world(struct world *w)
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		int status = process_end(&w->server[i], SIGTERM);

		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	process_end(&w->nginx, SIGTERM);
	lab_free(w->lab);
	operator_stop(&w->operator);
	pki_free(w->pki);
	rsp_ctx_reset(w->c);
	crypto_free(w->crypto);
	w->c->crypto = NULL;
}

/* ---- one download ---- */

static void
call(struct world *w, enum es2p_function f, const char *members, struct es2p_response *r)
{
	static const char *const headers[] = {"Content-Type: application/json", NULL};
	struct http_client *client = operator_client(w->c, w->pki, HOST, w->es2plus_port);
	struct bytes body = operator_body(w->c, rsp_sprintf(w->c, "%u", ++w->calls), members), answer;
	unsigned status;

	assert_status(http_client_post(client, w->c, rsp_sprintf(w->c, "https://%s%s", HOST, es2p_path(f)), headers, body, &status, &answer), RSP_OK);
	assert_int_equal(status, 200);
	assert_status(es2p_read_response(w->c, f, answer, r), RSP_OK);
	if (r->failed)
		fail_msg("%s: %s/%s %s", es2p_path(f), r->subject, r->reason, r->message);
	http_client_free(client);
}

/* One server takes the order, the other one its confirmation. */
static char *
order(struct world *w, char **iccid)
{
	struct es2p_response r;

	call(w, ES2P_DOWNLOAD_ORDER, ",\"profileType\":\"default\"", &r);
	*iccid = rsp_sprintf(w->c, "%.*s", (int)r.iccid.n, (const char *)r.iccid.p);
	call(w, ES2P_CONFIRM_ORDER, rsp_sprintf(w->c, ",\"iccid\":\"%s\",\"releaseFlag\":true", *iccid), &r);
	return rsp_sprintf(w->c, "LPA:1$%s$%.*s", HOST, (int)r.matching_id.n, (const char *)r.matching_id.p);
}

/* What the server that is dead now had queued is sent by the other one. */
static void
wait_for_progress(struct world *w, const char *iccid)
{
	uint64_t end = time_monotonic_us() + PATIENCE_US;
	unsigned points;

	while (((points = operator_told(&w->operator, iccid)) & POINTS) != POINTS && time_monotonic_us() < end)
		nap(50);
	assert_int_equal(points & POINTS, POINTS);
	assert_int_equal(atomic_load(&w->operator.bad), 0);
}

/* Killed after this step, -1: nobody. The operator hears nothing until it is over, so that what is queued stays so. */
static char *
download(struct world *w, int kill_after)
{
	struct lpa_download_result result;
	struct rsp_ctx *c = &w->card->c;
	char *iccid, *code = order(w, &iccid), *id;
	int i;

	w->kill_after = kill_after;
	w->killed = -1;
	atomic_store(&w->operator.deaf, true);
	rsp_ctx_reset(c);
	if (lab_download(w->lab, w->card, code, &result) != RSP_OK)
		fail_msg("killed after %s: %s", kill_after < 0 ? "nothing" : names[kill_after], c->error.text);
	id = hex_of(w->c, result.transaction_id);
	atomic_store(&w->operator.deaf, false);
	wait_for_progress(w, iccid);
	for (i = 0; i < STEPS; i++)
		if (kill_after < 0 || i > kill_after)
			assert_int_not_equal(w->by[i], w->killed);
	if (w->killed >= 0)
		assert_true(process_start(&w->server[w->killed]));
	return id;
}

/* ---- the same call at both ---- */

struct twice { struct http_client *client; struct rsp_ctx c; struct bytes body, answer; unsigned status; enum rsp_status st; };

static void *
send_it(void *arg)
{
	static const char *const headers[] = {"Content-Type: application/json", NULL};
	struct twice *t = arg;

	t->st = http_client_post(t->client, &t->c, rsp_sprintf(&t->c, "https://%s%s", HOST, es2p_path(ES2P_DOWNLOAD_ORDER)), headers, t->body, &t->status,
		&t->answer);
	return NULL;
}

/* An operator who is not answered soon asks again, and comes to the other server: one order, and the same answer from both. */
static void
a_call_takes_effect_once(struct world *w)
{
	struct twice t[2] = {{0}, {0}};
	pthread_t thread[2];
	unsigned i, n;

	for (i = 0; i < 2; i++) {
		assert_status(rsp_ctx_init(&t[i].c, w->crypto, 0), RSP_OK);
		t[i].client = operator_client(w->c, w->pki, HOST, w->server[i].es2plus_port);
	}
	for (n = 0; n < 20; n++) {
		for (i = 0; i < 2; i++) {
			rsp_ctx_reset(&t[i].c);
			t[i].body = operator_body(&t[i].c, rsp_sprintf(&t[i].c, "both-%u", n), ",\"profileType\":\"default\"");
			assert_int_equal(pthread_create(&thread[i], NULL, send_it, &t[i]), 0);
		}
		for (i = 0; i < 2; i++)
			pthread_join(thread[i], NULL);
		for (i = 0; i < 2; i++) {
			assert_status(t[i].st, RSP_OK);
			assert_int_equal(t[i].status, 200);
		}
		assert_true(bytes_equal(t[0].answer, t[1].answer));
	}
	for (i = 0; i < 2; i++) {
		http_client_free(t[i].client);
		rsp_ctx_free(&t[i].c);
	}
}

static void
check_installed(struct world *w, size_t want)
{
	const struct store_options so = {.key_file = w->key};
	struct rsp_ctx *c = w->c;
	struct store *store = NULL;
	struct euicc_view view;
	size_t i;

	assert_status(euicc_view(c, lab_card_nvm(w->card), &view), RSP_OK);
	assert_int_equal(view.n_profiles, want);
	assert_int_equal(view.n_notifications, 0);
	assert_status(store_open(c, w->store, &so, &store), RSP_OK);
	for (i = 0; i < view.n_profiles; i++) {
		struct smdpp_order o;
		uint8_t iccid[10];
		bool found = false;

		assert_status(iccid_read(c, view.profile[i].iccid, iccid), RSP_OK);
		assert_status(store->smdpp->order_by_iccid(store->smdpp->self, c, iccid, &o, &found), RSP_OK);
		assert_true(found);
		assert_int_equal(o.state, ORDER_INSTALLED);
		assert_int_equal(o.download_tries, 1);
	}
	store_close(store);
}

static void
steps_alternate_and_a_killed_server_is_replaced(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct world *w = calloc(1, sizeof(*w));
	char *id;
	int i;

	assert_non_null(w);
	if (!getenv("ESIMLAB_POSTGRES") || !getenv("ESIMLAB_NGINX")) {
		free(w);
		print_message("skipped: ESIMLAB_POSTGRES or ESIMLAB_NGINX names none (tests/interop/two_servers_test.sh starts both)\n");
		skip();
		return;
	}
	process_needs_program();
	open_world(w, c);
	id = download(w, -1);
	for (i = 0; i < 2; i++)
		assert_true(times(calls_of(w, c, &w->server[i]), id) > 0);
	for (i = 1; i < STEPS; i++)
		assert_int_not_equal(w->by[i], w->by[i - 1]);
	for (i = 0; i < STEPS; i++)
		download(w, i);
	a_call_takes_effect_once(w);
	check_installed(w, 1 + STEPS);
	close_world(w);
	free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_alternate_and_a_killed_server_is_replaced),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
