// SPDX-License-Identifier: BSD-2-Clause
/*
 * esimlab bench smdpp: a server in a process of its own, virtual eUICCs with LPAs in this one, keep-alive TLS between them, orders in a durable store.
 * First as fast as it goes, then at half that rate, where each session's time counts from the moment it was due.
 */
#include <esimlab/lab.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "bench.h"
#include "service/smdpp_service.h"
#include "store/store.h"

#define HOST "testsmdpplus1.example.com"
#define INSTANCES 4
#define RENEW_EVERY 16          /* downloads after which a card leaves the factory again */
#define MAKERS 8
#define CLIENTS 512
#define WARM_UP_US 1000000u

struct instance { pid_t pid; unsigned port; clockid_t clock; char address[32]; };

struct load {
	struct cli *cli;
	char dir[64], store[512], pki[96], key[96];
	enum ec_curve curve;
	struct instance instance[INSTANCES];
	struct lab *lab[INSTANCES];
	unsigned n_instances, n_clients, n_orders;
	uint64_t seconds;
	_Atomic unsigned next, made, failed;
	uint64_t end_us;                /* of the phase */
	uint64_t start_us;
	double step_us;                 /* not 0: the i-th session of the phase is due at start_us + i * step_us */
	unsigned first;                 /* order of the phase */
	uint32_t *took_us;              /* by order */
	pthread_mutex_t lock;
	char why[240];
};

struct client { struct load *load; struct lab *lab; struct lab_card *card; pthread_t thread; unsigned downloads; };

struct result { double sessions_per_s, server_cpu_us, floor_us, p50_ms, p99_ms, half_per_s; long rss_kb, rss_before_kb; unsigned sessions, failed; };

/* ---- servers ---- */

static bool
read_port(int fd, unsigned *port)
{
	FILE *f = fdopen(fd, "r");
	char line[256];
	bool good = f && fgets(line, sizeof(line), f) && sscanf(line, "SM-DP+ %*s listens on port %u", port) == 1;

	if (f)
		fclose(f);
	return good;
}

static bool
start_server(const struct load *l, struct instance *s)
{
	const char *curve = l->curve == EC_P256 ? "nist" : "brainpool";
	int out[2];

	if (pipe(out) != 0 || (s->pid = fork()) < 0)
		return false;
	if (s->pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		close(out[0]);
		close(out[1]);
		execl("/proc/self/exe", "esimlab", "smdpp", "serve", "--listen", "127.0.0.1:0", "--host", HOST, "--pki", l->pki, "--store", l->store, "--store-key",
			l->key, "--curve", curve, "--workers", cli_get(l->cli, "workers", "0"), (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	if (!read_port(out[0], &s->port) || clock_getcpuclockid(s->pid, &s->clock) != 0)
		return false;
	snprintf(s->address, sizeof(s->address), "127.0.0.1:%u", s->port);
	return true;
}

static void
stop_servers(struct load *l)
{
	unsigned i;

	for (i = 0; i < l->n_instances; i++)
		if (l->instance[i].pid > 0) {
			kill(l->instance[i].pid, SIGTERM);
			waitpid(l->instance[i].pid, NULL, 0);
		}
}

static double
servers_cpu_us(const struct load *l)
{
	struct timespec t;
	double sum = 0;
	unsigned i;

	for (i = 0; i < l->n_instances; i++)
		if (clock_gettime(l->instance[i].clock, &t) == 0)
			sum += (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
	return sum;
}

static long
servers_rss_kb(const struct load *l)
{
	char path[64], line[128];
	long sum = 0, kb;
	unsigned i;
	FILE *f;

	for (i = 0; i < l->n_instances; i++) {
		snprintf(path, sizeof(path), "/proc/%d/status", (int)l->instance[i].pid);
		f = fopen(path, "r");
		while (f && fgets(line, sizeof(line), f))
			if (sscanf(line, "VmRSS: %ld", &kb) == 1)
				sum += kb;
		if (f)
			fclose(f);
	}
	return sum;
}

/* ---- orders, made straight in the servers' store ---- */

struct maker { struct load *load; struct smdpp *dp; struct rsp_ctx c; pthread_t thread; unsigned from, to; enum rsp_status st; };

static enum rsp_status
make_order(struct rsp_ctx *c, struct smdpp *dp, void *arg, struct smdpp_changes *changes)
{
	struct order_request r = {.profile = "default", .release = true, .matching_id = rsp_sprintf(c, "BENCH-%u", *(unsigned *)arg)};

	return order_new(c, dp, &r, changes);
}

static void *
make_orders(void *arg)
{
	struct maker *m = arg;
	unsigned i;

	for (i = m->from; m->st == RSP_OK && i < m->to; i++) {
		m->st = smdpp_unit(&m->c, m->dp, make_order, &i);
		if (m->st == RSP_OK)
			rsp_ctx_reset(&m->c);
	}
	return NULL;
}

static enum rsp_status
fill_store(struct load *l, struct rsp_ctx *c)
{
	const struct store_options o = {.key_file = l->key};
	struct maker m[MAKERS];
	struct pki none = {0};
	struct store *store = NULL;
	struct smdpp dp;
	unsigned i, n = 0;
	enum rsp_status st = store_open(c, l->store, &o, &store);

	if (st != RSP_OK)
		return st;
	smdpp_init(&dp, HOST, &none, store->smdpp, types_folder(NULL));
	for (i = 0; st == RSP_OK && i < MAKERS; i++) {
		m[i] = (struct maker){.load = l, .dp = &dp, .from = l->n_orders * i / MAKERS, .to = l->n_orders * (i + 1) / MAKERS};
		st = rsp_ctx_init(&m[i].c, c->crypto, time_wall());
		if (st == RSP_OK && pthread_create(&m[i].thread, NULL, make_orders, &m[i]) == 0)
			n++;
	}
	for (i = 0; i < n; i++) {
		pthread_join(m[i].thread, NULL);
		if (m[i].st != RSP_OK && st == RSP_OK) {
			st = m[i].st;
			c->error = m[i].c.error;
		}
		rsp_ctx_free(&m[i].c);
	}
	store_close(store);
	return st;
}

/* ---- clients ---- */

static void
sleep_until(uint64_t at_us)
{
	uint64_t now = time_monotonic_us();
	struct timespec t;

	if (at_us <= now)
		return;
	t = (struct timespec){(time_t)((at_us - now) / 1000000), (long)((at_us - now) % 1000000) * 1000};
	nanosleep(&t, NULL);
}

static bool
one_session(struct client *k, unsigned order, uint64_t due_us)
{
	struct load *l = k->load;
	struct lpa_download_result result;
	char code[120];
	enum rsp_status st;

	snprintf(code, sizeof(code), "LPA:1$%s$BENCH-%u", HOST, order);
	st = lab_download(k->lab, k->card, code, &result);
	l->took_us[order] = (uint32_t)(time_monotonic_us() - due_us);
	if (st != RSP_OK) {
		pthread_mutex_lock(&l->lock);
		snprintf(l->why, sizeof(l->why), "%s", k->card->c.error.text);
		pthread_mutex_unlock(&l->lock);
		atomic_fetch_add(&l->failed, 1);
	} else {
		atomic_fetch_add(&l->made, 1);
	}
	rsp_ctx_reset(&k->card->c);
	if (++k->downloads % RENEW_EVERY == 0)
		st = lab_card_renew(k->lab, k->card);
	return st == RSP_OK;
}

static void *
client_main(void *arg)
{
	struct client *k = arg;
	struct load *l = k->load;
	unsigned order;
	uint64_t due;

	while (time_monotonic_us() < l->end_us && (order = atomic_fetch_add(&l->next, 1)) < l->n_orders) {
		due = time_monotonic_us();
		if (l->step_us > 0) {
			due = l->start_us + (uint64_t)((double)(order - l->first) * l->step_us);
			sleep_until(due);
		}
		if (!one_session(k, order, due))
			break;
	}
	return NULL;
}

/* How many sessions were made in how many microseconds. */
static unsigned
phase(struct load *l, struct client *k, uint64_t us, double step_us, uint64_t *took)
{
	unsigned i, n = 0;

	l->first = atomic_load(&l->next) < l->n_orders ? atomic_load(&l->next) : l->n_orders;
	atomic_store(&l->next, l->first);
	atomic_store(&l->made, 0);
	l->start_us = time_monotonic_us();
	l->end_us = l->start_us + us;
	l->step_us = step_us;
	for (i = 0; i < l->n_clients && pthread_create(&k[i].thread, NULL, client_main, &k[i]) == 0; i++)
		n++;
	for (i = 0; i < n; i++)
		pthread_join(k[i].thread, NULL);
	*took = time_monotonic_us() - l->start_us;
	return atomic_load(&l->made);
}

static int
by_size(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void
percentiles(struct load *l, struct result *r)
{
	unsigned last = atomic_load(&l->next) < l->n_orders ? atomic_load(&l->next) : l->n_orders, n = last - l->first;
	uint32_t *t = l->took_us + l->first;

	if (!n)
		return;
	qsort(t, n, sizeof(*t), by_size);
	r->p50_ms = t[n / 2] / 1000.0;
	r->p99_ms = t[n - 1 - n / 100] / 1000.0;
}

static void
measure(struct load *l, struct client *k, struct result *r)
{
	uint64_t took;
	double before;

	(void)phase(l, k, WARM_UP_US, 0, &took);
	r->rss_before_kb = servers_rss_kb(l);
	before = servers_cpu_us(l);
	r->sessions = phase(l, k, l->seconds * 1000000, 0, &took);
	if (r->sessions) {
		r->server_cpu_us = (servers_cpu_us(l) - before) / r->sessions;
		r->sessions_per_s = r->sessions * 1e6 / (double)took;
		r->half_per_s = r->sessions_per_s / 2;
		(void)phase(l, k, l->seconds * 500000, 1e6 / r->half_per_s, &took);
		percentiles(l, r);
	}
	r->rss_kb = servers_rss_kb(l);
	r->failed = atomic_load(&l->failed);
}

/* ---- the whole ---- */

static enum rsp_status
open_labs(struct load *l, struct rsp_ctx *c, struct client *k)
{
	enum rsp_status st = RSP_OK;
	unsigned i;

	for (i = 0; st == RSP_OK && i < l->n_instances; i++) {
		const struct lab_options o = {.host = HOST, .pki = l->pki, .remote = l->instance[i].address, .curve = l->curve, .only_curve = true};

		st = lab_new(c, &o, &l->lab[i]);
	}
	for (i = 0; st == RSP_OK && i < l->n_clients; i++) {
		k[i].load = l;
		k[i].lab = l->lab[i % l->n_instances];
		st = lab_card_new(k[i].lab, &k[i].card);
	}
	return st;
}

static enum rsp_status
prepare(struct load *l, struct rsp_ctx *c)
{
	const struct pki_make_options o = {.host = HOST, .nist = l->curve == EC_P256, .brainpool = l->curve == EC_BP256};
	enum rsp_status st = pki_make(c, l->pki, &o);
	unsigned i;

	for (i = 0; st == RSP_OK && i < l->n_instances; i++)
		if (!start_server(l, &l->instance[i]))
			st = rsp_fail(c, RSP_IO, "the server to be measured does not start");
	return st == RSP_OK ? fill_store(l, c) : st;
}

static void
print(const struct load *l, const struct result *r)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	double target = 0.3 * (double)cores * 1e6 / (2 * r->floor_us);

	if (l->cli->json) {
		printf("{\"curve\":\"%s\",\"store\":\"%.*s\",\"instances\":%u,\"clients\":%u,\"sessions\":%u,\"failed\":%u,\"sessions_per_s\":%.1f,\"target_per_s\":%.1f,"
			"\"server_cpu_us\":%.1f,\"floor_us\":%.1f,\"ratio\":%.2f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"rss_kb\":%ld}\n", ec_curve_name(l->curve),
			(int)strcspn(l->store, ":"), l->store, l->n_instances, l->n_clients, r->sessions, r->failed, r->sessions_per_s, target, r->server_cpu_us, r->floor_us,
			r->server_cpu_us / r->floor_us, r->p50_ms, r->p99_ms, r->rss_kb);
		return;
	}
	printf("%-16s %-9s %9s %11s %9s %12s %9s %6s %8s %8s %9s\n", "curve", "store", "sessions", "sessions/s", "target/s", "server, us", "floor, us", "ratio",
		"p50, ms", "p99, ms", "RSS, kB");
	printf("%-16s %.*s%-*s %9u %11.1f %9.1f %12.1f %9.1f %6.2f %8.2f %8.2f %9ld\n", ec_curve_name(l->curve), (int)strcspn(l->store, ":"), l->store,
		9 - (int)strcspn(l->store, ":"), "", r->sessions, r->sessions_per_s, target, r->server_cpu_us, r->floor_us, r->server_cpu_us / r->floor_us, r->p50_ms,
		r->p99_ms, r->rss_kb);
	printf("%u virtual eUICCs on %ld cores beside %u server%s; p50 and p99 of whole sessions at %.0f a second; memory after warming up %ld kB\n", l->n_clients, cores,
		l->n_instances, l->n_instances > 1 ? "s" : "", r->half_per_s, r->rss_before_kb);
	if (r->failed)
		printf("%u sessions FAILED, the last: %s\n", r->failed, l->why);
}

static int
read_options(struct cli *cli, struct load *l)
{
	const char *curve = cli_get(cli, "curve", "nist"), *store = cli_get(cli, "store", "sqlite:");
	uint64_t clients = 64, instances = 1, orders = 0;

	l->seconds = 5;
	if (strcmp(curve, "nist") != 0 && strcmp(curve, "brainpool") != 0)
		return cli_usage(cli, "--curve is nist or brainpool");
	l->curve = strcmp(curve, "nist") == 0 ? EC_P256 : EC_BP256;
	if (!cli_number(cli_get(cli, "seconds", "5"), 1, 3600, &l->seconds) || !cli_number(cli_get(cli, "clients", "64"), 1, CLIENTS, &clients) ||
		!cli_number(cli_get(cli, "instances", "1"), 1, INSTANCES, &instances) || !cli_number(cli_get(cli, "sessions", "0"), 0, 10000000, &orders))
		return cli_usage(cli, "--seconds, --clients up to %d, --instances up to %d, --sessions: want numbers", CLIENTS, INSTANCES);
	if (strncmp(store, "postgres:", 9) != 0 && strcmp(store, "sqlite:") != 0)
		return cli_usage(cli, "--store: want sqlite: or postgres:CONNINFO");
	if (instances > 1 && store[0] == 's')
		return cli_usage(cli, "--instances: several servers want a PostgreSQL");
	l->n_clients = (unsigned)clients;
	l->n_instances = (unsigned)instances;
	l->n_orders = (unsigned)orders;
	snprintf(l->store, sizeof(l->store), "%s%s%s", store, store[0] == 's' ? l->dir : "", store[0] == 's' ? "/store.db" : "");
	return 0;
}

static void
remove_dir(const char *dir)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-rf", dir, (char *)NULL);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static int
run(struct cli *cli, struct load *l, struct rsp_ctx *c)
{
	struct client *k = calloc(l->n_clients, sizeof(*k));
	struct bench_floors floors = {0};
	struct result r = {0};
	enum rsp_status st = RSP_NOMEM;
	unsigned i;

	if (bench_floors(cli->crypto, l->curve, &floors) && k) {
		r.floor_us = bench_session_floor(&floors);
		/* Enough for all phases at twice the speed that is hoped for. */
		if (!l->n_orders)
			l->n_orders = (unsigned)((double)(2 * l->seconds + 2) * 0.7 * (double)sysconf(_SC_NPROCESSORS_ONLN) * 1e6 / (2 * r.floor_us));
		l->took_us = calloc(l->n_orders + 1, sizeof(*l->took_us));
		st = l->took_us ? prepare(l, c) : RSP_NOMEM;
	}
	if (st == RSP_OK)
		st = open_labs(l, c, k);
	if (st == RSP_OK) {
		measure(l, k, &r);
		print(l, &r);
	}
	for (i = 0; i < l->n_instances; i++)
		lab_free(l->lab[i]);
	stop_servers(l);
	free(k);
	free(l->took_us);
	return st != RSP_OK ? cli_failed(cli, c, st) : r.failed ? 1 : 0;
}

int
bench_smdpp(struct cli *cli)
{
	const char *tmp = getenv("TMPDIR");
	struct load *l = calloc(1, sizeof(*l));
	struct rsp_ctx c;
	int rc;

	if (!l)
		return 2;
	l->cli = cli;
	pthread_mutex_init(&l->lock, NULL);
	snprintf(l->dir, sizeof(l->dir), "%.30s/esimlab-bench-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(l->dir)) {
		free(l);
		return cli_usage(cli, "no folder for temporary files");
	}
	snprintf(l->pki, sizeof(l->pki), "%s/pki", l->dir);
	snprintf(l->key, sizeof(l->key), "%s/key", l->dir);
	signal(SIGPIPE, SIG_IGN);
	rc = read_options(cli, l);
	if (!rc && !(rc = cli_open(cli, &c, "bench"))) {
		rc = run(cli, l, &c);
		cli_close(cli, &c);
	}
	remove_dir(l->dir);
	pthread_mutex_destroy(&l->lock);
	free(l);
	return rc;
}
