// SPDX-License-Identifier: BSD-2-Clause
/*
 * An SM-DP+ is killed at random moments while operators order and cards download, and is started again on the same store; whoever was in the middle
 * tries again as a real one would. In the end nothing that was answered may be missing, and nothing may have happened twice.
 *   ESIMLAB_KILLS     how often (20)
 *   ESIMLAB_SEED      of the moments
 *   ESIMLAB_POSTGRES  a database with the schema t15: the store is in there; otherwise it is an SQLite file
 */
#include "support/operator.h"
#include "support/process.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <esimlab/lab.h>

#include "base/time.h"
#include "codec/ids.h"
#include "store/store.h"

#define HOST "testsmdpplus1.example.com"
#define CLIENTS 4
#define PATIENCE_US 90000000u      /* one thing may take so long, with all its repetitions */
#define ON_CARD 3                  /* profiles a card keeps */
#define POINTS (1u << 3 | 1u << 4)
#ifdef __SANITIZE_ADDRESS__
#define KILLS 6
#else
#define KILLS 20
#endif

/* What a client knows of an order, by answers alone. */
struct made {
	char iccid[24], matching_id[80];
	enum order_state least;
	enum card_state card;
	bool code;                      /* a confirmation code is wanted */
	unsigned authenticated, wrong;  /* answers that came */
};

struct world;

/* One operator with one card and its LPA. */
struct client {
	struct world *world;
	unsigned number, calls, repeated;
	pthread_t thread;
	struct lab_card *card;
	struct rsp_ctx c;
	struct http_client *es2p, *es9p;
	struct http_port real, port;
	struct made *made;
	size_t n, cap, oldest;          /* those from oldest on may be on the card */
	char failure[500];
};

struct world {
	struct rsp_ctx *c;
	struct crypto *crypto;
	struct pki *pki;
	struct lab *lab;
	struct operator operator;
	struct process server;
	char dir[80], pki_dir[100], store[400], key[120];
	atomic_bool ending, failed;
	struct client client[CLIENTS];
};

static void
nap(unsigned ms)
{
	const struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000L};

	nanosleep(&t, NULL);
}

/* The first failure of a client is kept; it ends the test. */
static bool
failed(struct client *k, const char *what, const char *why)
{
	if (!k->failure[0])
		snprintf(k->failure, sizeof(k->failure), "client %u, order %zu (%s): %s: %.300s", k->number, k->n, k->n ? k->made[k->n - 1].iccid : "none", what, why);
	atomic_store(&k->world->failed, true);
	return false;
}

/* ---- the operator ---- */

/* The same call until it is answered: the same functionCallIdentifier, the same body. */
static bool
answered(struct client *k, enum es2p_function f, struct bytes body, struct bytes *answer)
{
	static const char *const headers[] = {"Content-Type: application/json", NULL};
	const char *url = rsp_sprintf(&k->c, "https://%s%s", HOST, es2p_path(f));
	uint64_t end = time_monotonic_us() + PATIENCE_US;
	unsigned status = 0;

	do {
		if (http_client_post(k->es2p, &k->c, url, headers, body, &status, answer) == RSP_OK && status < 500)
			return status == 200 ? true : failed(k, es2p_path(f), rsp_sprintf(&k->c, "HTTP %u", status));
		k->c.error = (struct rsp_error){0};
		nap(40);
	} while (time_monotonic_us() < end);
	return failed(k, es2p_path(f), "was never answered");
}

static bool
call(struct client *k, enum es2p_function f, const char *members, struct es2p_response *r)
{
	struct bytes body = operator_body(&k->c, rsp_sprintf(&k->c, "%u-%u", k->number, ++k->calls), members), first, second;

	if (!answered(k, f, body, &first))
		return false;
	if (es2p_read_response(&k->c, f, first, r) != RSP_OK || r->failed)
		return failed(k, es2p_path(f), rsp_sprintf(&k->c, "%.*s", (int)first.n, (const char *)first.p));
	if (k->calls % 3)
		return true;
	/* As if the answer had not come. */
	k->repeated++;
	if (!answered(k, f, body, &second))
		return false;
	return bytes_equal(first, second) ? true : failed(k, es2p_path(f), "the same call was answered otherwise");
}

static void
keep_text(char *to, size_t size, struct bytes text)
{
	snprintf(to, size, "%.*s", (int)text.n, (const char *)text.p);
}

static struct made *
next_made(struct client *k)
{
	if (k->n == k->cap) {
		k->cap = k->cap ? 2 * k->cap : 32;
		k->made = realloc(k->made, k->cap * sizeof(*k->made));
	}
	k->made[k->n] = (struct made){0};
	return &k->made[k->n++];
}

/* DownloadOrder, ConfirmOrder, and for some ReleaseProfile. */
static bool
order(struct client *k)
{
	struct made *m = next_made(k);
	bool held = k->n % 3 == 0;
	struct es2p_response r;

	m->code = k->n % 4 == 1;
	if (!call(k, ES2P_DOWNLOAD_ORDER, k->n % 2 ? rsp_sprintf(&k->c, ",\"profileType\":\"default\",\"eid\":\"%s\"", k->card->eid) : ",\"profileType\":\"default\"", &r))
		return false;
	keep_text(m->iccid, sizeof(m->iccid), r.iccid);
	m->least = ORDER_ALLOCATED;
	if (!call(k, ES2P_CONFIRM_ORDER, rsp_sprintf(&k->c, ",\"iccid\":\"%s\",\"releaseFlag\":%s%s", m->iccid, held ? "false" : "true",
		m->code ? ",\"confirmationCode\":\"4711\"" : ""), &r))
		return false;
	keep_text(m->matching_id, sizeof(m->matching_id), r.matching_id);
	m->least = held ? ORDER_CONFIRMED : ORDER_RELEASED;
	if (!held || k->n % 2 == 0)
		return true;
	if (!call(k, ES2P_RELEASE_PROFILE, rsp_sprintf(&k->c, ",\"iccid\":\"%s\"", m->iccid), &r))
		return false;
	m->least = ORDER_RELEASED;
	return true;
}

/* ---- the LPA ---- */

static void
count_answer(struct client *k, struct rsp_ctx *c, enum es9p_function f, struct bytes answer)
{
	struct made *m = &k->made[k->n - 1];
	struct es9p_response r;

	if (es9p_read_response(c, f, answer, &r) != RSP_OK)
		return;
	m->authenticated += f == ES9P_AUTHENTICATE_CLIENT && !r.failed;
	m->wrong += f == ES9P_GET_BOUND_PROFILE_PACKAGE && r.failed && strcmp(r.subject, "8.2.7") == 0;
}

/* A package whose answer was lost is asked for again; everything else is the LPA's own business. */
static enum rsp_status
post(void *self, struct rsp_ctx *c, const char *host, const char *path, struct bytes body, unsigned *http_status, struct bytes *answer)
{
	struct client *k = self;
	enum es9p_function f = strcmp(path, es9p_path(ES9P_GET_BOUND_PROFILE_PACKAGE)) == 0 ? ES9P_GET_BOUND_PROFILE_PACKAGE : ES9P_AUTHENTICATE_CLIENT;
	bool counted = strcmp(path, es9p_path(f)) == 0;
	enum rsp_status st;
	unsigned i;

	for (i = 0;; i++) {
		st = k->real.post(k->real.self, c, host, path, body, http_status, answer);
		if (st != RSP_IO || !counted || f != ES9P_GET_BOUND_PROFILE_PACKAGE || i == 20)
			break;
		nap(50);
		c->error = (struct rsp_error){0};
	}
	if (counted && st == RSP_OK && *http_status == 200)
		count_answer(k, c, f, *answer);
	return st;
}

/* Wrong once, then right. */
static enum rsp_status
confirmation_code(void *self, struct rsp_ctx *c, unsigned attempt, struct bytes *code)
{
	(void)self;
	(void)c;
	*code = bytes_of_str(attempt == 1 ? "0815" : "4711");
	return RSP_OK;
}

/* What a kill may do to somebody: nobody is there, or the server that is there now knows nothing of the session. */
static bool
may_happen(const struct client *k, enum rsp_status st)
{
	return st == RSP_IO || (st == RSP_REFUSED && strcmp(k->card->c.error.subject, "8.10.1") == 0);
}

static bool
download(struct client *k)
{
	struct made *m = &k->made[k->n - 1];
	const char *code = rsp_sprintf(&k->c, "LPA:1$%s$%s%s", HOST, m->matching_id, m->code ? "$$1" : "");
	uint64_t end = time_monotonic_us() + PATIENCE_US;
	struct lpa_download_result result;
	enum rsp_status st;

	do {
		rsp_ctx_reset(&k->card->c);
		if ((st = lab_download(k->world->lab, k->card, code, &result)) == RSP_OK) {
			m->least = ORDER_INSTALLED;
			m->card = CARD_DISABLED;
			return true;
		}
		if (!may_happen(k, st))
			return failed(k, "download", k->card->c.error.text);
		nap(40);
	} while (time_monotonic_us() < end);
	return failed(k, "download was never done", k->card->c.error.text);
}

typedef enum rsp_status lpa_act(struct lpa *l, struct rsp_ctx *c, const struct profile_choice *which);

static bool
act(struct client *k, const char *what, lpa_act *how, const char *iccid)
{
	struct lab_card *card = k->card;
	struct profile_choice which = {.refresh = true};
	uint8_t octets[10];
	enum rsp_status st;

	rsp_ctx_reset(&card->c);
	which.iccid = BYTES_OF(octets);
	if ((st = iccid_read(&card->c, iccid, octets)) == RSP_OK && (st = lpa_begin(&card->lpa, &card->c)) == RSP_OK) {
		st = how(&card->lpa, &card->c, &which);
		lpa_end(&card->lpa, &card->c);
	}
	return st == RSP_OK ? true : failed(k, what, card->c.error.text);
}

/* Enabling the new one disables the one before; the oldest goes when there are too many. */
static bool
use(struct client *k)
{
	struct made *m = &k->made[k->n - 1];
	size_t i;

	if (!act(k, "enable", lpa_enable, m->iccid))
		return false;
	for (i = k->oldest; i + 1 < k->n; i++)
		if (k->made[i].card == CARD_ENABLED)
			k->made[i].card = CARD_DISABLED;
	m->card = CARD_ENABLED;
	for (i = 0; k->oldest + ON_CARD < k->n; k->oldest++)
		if (k->made[k->oldest].card == CARD_DISABLED) {
			if (!act(k, "delete", lpa_delete, k->made[k->oldest].iccid))
				return false;
			k->made[k->oldest].card = CARD_DELETED;
		}
	return true;
}

/* Notifications stay on the card until they have been taken. */
static bool
deliver(struct client *k)
{
	struct lab_card *card = k->card;
	uint64_t end = time_monotonic_us() + PATIENCE_US;
	unsigned delivered, left = 1;
	enum rsp_status st;

	do {
		rsp_ctx_reset(&card->c);
		card->c.now = lab_now(k->world->lab);
		if ((st = lpa_begin(&card->lpa, &card->c)) == RSP_OK) {
			st = lpa_notify_all(&card->lpa, &card->c, &delivered, &left);
			lpa_end(&card->lpa, &card->c);
		}
		if (st == RSP_OK && !left)
			return true;
		if (st != RSP_IO)
			return failed(k, "notifications", card->c.error.text);
		nap(40);
	} while (time_monotonic_us() < end);
	return failed(k, "notifications were never taken", card->c.error.text);
}

static void *
client_main(void *arg)
{
	struct client *k = arg;
	bool good = true;

	while (good && !atomic_load(&k->world->ending) && !atomic_load(&k->world->failed)) {
		good = order(k);
		if (good && k->made[k->n - 1].least == ORDER_RELEASED && k->n % 5)
			good = download(k) && use(k) && deliver(k);
		rsp_ctx_reset(&k->c);
	}
	return NULL;
}

/* ---- the world ---- */

static void
start_client(struct world *w, unsigned number)
{
	struct client *k = &w->client[number];
	const struct pki_cert *ca[1] = {w->pki->branch[EC_P256].ci.cert};
	const char *rules[1] = {rsp_sprintf(w->c, "%s:127.0.0.1:%u", HOST, w->server.port)};
	const struct http_client_options o = {.ca = ca, .n_ca = 1, .connect_to = rules, .n_connect_to = 1, .timeout_ms = 10000};

	k->world = w;
	k->number = number;
	assert_status(rsp_ctx_init(&k->c, w->crypto, time_wall()), RSP_OK);
	k->es2p = operator_client(w->c, w->pki, HOST, w->server.es2plus_port);
	assert_status(http_client_new(w->c, &o, &k->es9p), RSP_OK);
	assert_status(lab_card_new(w->lab, &k->card), RSP_OK);
	k->real = http_client_port(k->es9p);
	k->port = (struct http_port){k, post};
	k->card->lpa.http = &k->port;
	k->card->lpa.user.confirmation_code = confirmation_code;
}

static void
open_world(struct world *w, struct rsp_ctx *c)
{
	const char *postgres = getenv("ESIMLAB_POSTGRES");
	const struct pki_make_options make = {.nist = true};
	struct lab_options o = {.host = HOST, .only_curve = true};
	unsigned i;

	w->c = c;
	assert_status(crypto_new(&w->crypto, BYTES_NONE, "kills"), RSP_OK);
	c->crypto = w->crypto;
	c->now = time_wall();
	snprintf(w->dir, sizeof(w->dir), "%s", scratch_dir());
	snprintf(w->pki_dir, sizeof(w->pki_dir), "%s/pki", w->dir);
	snprintf(w->key, sizeof(w->key), "%s/key", w->dir);
	if (postgres)
		snprintf(w->store, sizeof(w->store), "postgres:%s options=-csearch_path=t15", postgres);
	else
		snprintf(w->store, sizeof(w->store), "sqlite:%s/db", w->dir);
	assert_status(pki_make(c, w->pki_dir, &make), RSP_OK);
	assert_status(pki_load(c, w->pki_dir, &w->pki), RSP_OK);
	o.pki = w->pki_dir;
	assert_status(lab_new(c, &o, &w->lab), RSP_OK);
	operator_start(&w->operator, c);
	process_init(&w->server, "server");
	process_add(&w->server, "--pki", w->pki_dir);
	process_add(&w->server, "--store", w->store);
	process_add(&w->server, "--store-key", w->key);
	process_add(&w->server, "--callback", w->operator.url);
	process_add(&w->server, "--download-tries", "1000");
	process_add(&w->server, "--cc-tries", "1000");
	assert_true(process_start(&w->server));
	for (i = 0; i < CLIENTS; i++)
		start_client(w, i);
	for (i = 0; i < CLIENTS; i++)
		assert_int_equal(pthread_create(&w->client[i].thread, NULL, client_main, &w->client[i]), 0);
}

static void
close_world(struct world *w)
{
	unsigned i;

	for (i = 0; i < CLIENTS; i++) {
		http_client_free(w->client[i].es2p);
		http_client_free(w->client[i].es9p);
		rsp_ctx_free(&w->client[i].c);
		free(w->client[i].made);
	}
	lab_free(w->lab);
	operator_stop(&w->operator);
	pki_free(w->pki);
	rsp_ctx_reset(w->c);
	crypto_free(w->crypto);
	w->c->crypto = NULL;
}

static unsigned
number_of(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

/* After four kills one end that is asked for, and comes in good order with whoever is there. */
static void
end_server(struct process *p, bool asked)
{
	int status = process_end(p, asked ? SIGTERM : SIGKILL);

	if (!asked || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
		return;
	process_print_log(p);
	fail_msg("SIGTERM ended it with %#x", (unsigned)status);
}

static void
kill_again_and_again(struct world *w)
{
	unsigned seed = number_of("ESIMLAB_SEED", (unsigned)time(NULL)), i, n = number_of("ESIMLAB_KILLS", KILLS);

	print_message("%u kills, ESIMLAB_SEED=%u\n", n, seed);
	for (i = 0; i < n + n / 4 && !atomic_load(&w->failed); i++) {
		nap(50 + (unsigned)rand_r(&seed) % 900);
		end_server(&w->server, i % 5 == 4);
		nap((unsigned)rand_r(&seed) % 100);
		assert_true(process_start(&w->server));
	}
}

static void
end_clients(struct world *w)
{
	unsigned i;

	atomic_store(&w->ending, true);
	for (i = 0; i < CLIENTS; i++)
		pthread_join(w->client[i].thread, NULL);
	for (i = 0; i < CLIENTS; i++)
		if (w->client[i].failure[0]) {
			process_print_log(&w->server);
			fail_msg("%s", w->client[i].failure);
		}
}

/* ---- what must be there ---- */

/* Every download told the operator of its points 3 and 4; what a killed server had in hand comes again after a while. */
static void
check_progress(struct world *w)
{
	uint64_t end = time_monotonic_us() + PATIENCE_US;
	unsigned i, points;
	size_t n;

	for (i = 0; i < CLIENTS; i++)
		for (n = 0; n < w->client[i].n; n++) {
			const struct made *m = &w->client[i].made[n];

			if (m->least != ORDER_INSTALLED)
				continue;
			while (((points = operator_told(&w->operator, m->iccid)) & POINTS) != POINTS && time_monotonic_us() < end)
				nap(50);
			if ((points & POINTS) == POINTS)
				continue;
			process_print_log(&w->server);
			fail_msg("%s: the operator was told of the points %#x alone, and of %u in all", m->iccid, points, atomic_load(&w->operator.heard));
		}
	assert_int_equal(atomic_load(&w->operator.bad), 0);
}

static void
check_order(const struct made *m, const struct smdpp_order *o)
{
	bool state = m->least == ORDER_INSTALLED ? o->state == ORDER_INSTALLED : o->state == m->least;

	if (!state || o->card != m->card || o->download_tries < m->authenticated || o->cc_tries < m->wrong || strcmp(o->matching_id, m->matching_id) != 0)
		fail_msg("%s (%s): want at least %s, card %s, %u downloads, %u wrong codes; have %s (%s), card %s, %u, %u", m->iccid, m->matching_id,
			order_state_name(m->least), card_state_name(m->card), m->authenticated, m->wrong, order_state_name(o->state), o->fault,
			card_state_name(o->card), o->download_tries, o->cc_tries);
}

struct tally { uint64_t orders, installed; };

static bool
count_order(void *arg, const struct smdpp_order *o)
{
	struct tally *t = arg;

	t->orders++;
	t->installed += o->state == ORDER_INSTALLED;
	return true;
}

/* The card's own view: what it holds is what its client believes, and an order says so too. */
static void
check_card(struct world *w, struct client *k)
{
	struct euicc_view view;
	size_t i, n, held = 0;

	assert_status(euicc_view(&k->card->c, lab_card_nvm(k->card), &view), RSP_OK);
	assert_int_equal(view.n_notifications, 0);
	for (n = 0; n < k->n; n++)
		held += k->made[n].card == CARD_ENABLED || k->made[n].card == CARD_DISABLED;
	assert_int_equal(view.n_profiles, held);
	for (i = 0; i < view.n_profiles; i++) {
		for (n = 0; n < k->n && strcmp(k->made[n].iccid, view.profile[i].iccid) != 0; n++)
			;
		assert_true(n < k->n && k->made[n].least == ORDER_INSTALLED);
	}
	(void)w;
}

static void
check_store(struct world *w)
{
	const struct store_options so = {.key_file = w->key};
	struct rsp_ctx *c = w->c;
	struct store *store = NULL;
	struct tally have = {0}, want = {0};
	unsigned i;
	size_t n;

	assert_status(store_open(c, w->store, &so, &store), RSP_OK);
	for (i = 0; i < CLIENTS; i++)
		for (n = 0; n < w->client[i].n; n++) {
			const struct made *m = &w->client[i].made[n];
			struct smdpp_order o;
			uint8_t iccid[10];
			bool found = false;

			assert_status(iccid_read(c, m->iccid, iccid), RSP_OK);
			assert_status(store->smdpp->order_by_iccid(store->smdpp->self, c, iccid, &o, &found), RSP_OK);
			if (!found)
				fail_msg("%s: the order is lost", m->iccid);
			check_order(m, &o);
			want.orders++;
			want.installed += m->least == ORDER_INSTALLED;
		}
	assert_status(store->smdpp->each_order(store->smdpp->self, c, count_order, &have), RSP_OK);
	store_close(store);
	print_message("%llu orders, %llu downloads\n", (unsigned long long)have.orders, (unsigned long long)have.installed);
	assert_int_equal(have.orders, want.orders);
	assert_int_equal(have.installed, want.installed);
	assert_true(want.installed > 0);
}

static void
nothing_is_lost_and_nothing_happens_twice(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct world *w = calloc(1, sizeof(*w));
	unsigned i;

	process_needs_program();
	assert_non_null(w);
	open_world(w, c);
	kill_again_and_again(w);
	end_clients(w);
	check_progress(w);
	end_server(&w->server, true);
	for (i = 0; i < CLIENTS; i++)
		check_card(w, &w->client[i]);
	check_store(w);
	close_world(w);
	free(w);
}

/* Into the moments in which the files are being made. */
static void
kill_soon_after(struct process *p, const char *file, unsigned us)
{
	const struct timespec t = {0, (long)us * 1000};
	uint64_t end = time_monotonic_us() + PATIENCE_US;

	process_begin(p);
	while (access(file, F_OK) != 0 && time_monotonic_us() < end)
		;
	if (us)
		nanosleep(&t, NULL);
	end_server(p, false);
}

/* Its first start makes a key, a database and the tables in it: whatever of that is there, the next start does the rest. */
static void
a_start_may_be_cut_short(void **state)
{
	const struct pki_make_options make = {.nist = true};
	struct rsp_ctx *c = fresh_ctx(state);
	unsigned seed = number_of("ESIMLAB_SEED", (unsigned)time(NULL)), i, n = number_of("ESIMLAB_KILLS", KILLS);
	char *pki = rsp_sprintf(c, "%s/pki-start", scratch_dir());

	if (getenv("ESIMLAB_POSTGRES")) {
		print_message("the store is there already\n");
		return;
	}
	process_needs_program();
	assert_status(crypto_new(&c->crypto, BYTES_NONE, "start"), RSP_OK);
	c->now = time_wall();
	assert_status(pki_make(c, pki, &make), RSP_OK);
	for (i = 0; i < n; i++) {
		char *file = rsp_sprintf(c, "%s/start-%u", scratch_dir(), i);
		struct process p;

		process_init(&p, "start");
		process_add(&p, "--pki", pki);
		process_add(&p, "--store", rsp_sprintf(c, "sqlite:%s", file));
		if (i % 2)
			kill_soon_after(&p, file, (unsigned)rand_r(&seed) % 12000);
		else
			kill_soon_after(&p, rsp_sprintf(c, "%s.key", file), 0);
		assert_true(process_start(&p));
		end_server(&p, true);
	}
	crypto_free(c->crypto);
	c->crypto = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_start_may_be_cut_short),
		cmocka_unit_test(nothing_is_lost_and_nothing_happens_twice),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
