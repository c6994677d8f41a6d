// SPDX-License-Identifier: BSD-2-Clause
/* esimlab bench: the machine's cryptographic floor, and what a download costs beside it, in the same run. CPU time of the process, not wall time. */
#include <esimlab/lab.h>

#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "cli.h"

static int
crypto(struct cli *cli)
{
	struct rsp_ctx c;
	int rc = cli_open(cli, &c, "bench"), curve;

	if (rc)
		return rc;
	if (!cli->json)
		printf("%-16s %8s %8s %8s %8s %10s %14s\n", "CPU, us", "sign", "verify", "key pair", "ECDH", "BSP 13 kB", "session floor");
	for (curve = EC_P256; !rc && curve <= EC_BP256; curve++) {
		const char *name = ec_curve_name((enum ec_curve)curve);
		struct bench_floors f;

		if (!bench_floors(cli->crypto, (enum ec_curve)curve, &f))
			rc = 2;
		else if (cli->json)
			printf("{\"curve\":\"%s\",\"sign_us\":%.1f,\"verify_us\":%.1f,\"generate_us\":%.1f,\"agree_us\":%.1f,\"bsp_us\":%.1f,\"floor_us\":%.1f}\n", name,
				f.sign, f.verify, f.generate, f.agree, f.bsp, bench_session_floor(&f));
		else
			printf("%-16s %8.1f %8.1f %8.1f %8.1f %10.1f %14.1f\n", name, f.sign, f.verify, f.generate, f.agree, f.bsp, bench_session_floor(&f));
	}
	if (!rc && !cli->json)
		printf("session floor: 3 signatures, 4 verifications, 1 key pair, 1 ECDH, protection of the package\n");
	cli_close(cli, &c);
	return rc;
}

/* ---- downloads ---- */

/* CPU that passes inside the server's calls is the server's; the rest of a download is the card's and the LPA's. */
struct meter { struct http_port inner; double server_us; };

static enum rsp_status
metered(void *self, struct rsp_ctx *c, const char *host, const char *path, struct bytes body, unsigned *http_status, struct bytes *answer)
{
	struct meter *m = self;
	double began = bench_cpu_us();
	enum rsp_status st = m->inner.post(m->inner.self, c, host, path, body, http_status, answer);

	m->server_us += bench_cpu_us() - began;
	return st;
}

static enum rsp_status
one_download(struct lab *lab, struct rsp_ctx *c, struct meter *m, double *total_us)
{
	const struct order_request r = {.profile = "default", .release = true};
	struct lpa_download_result result;
	struct lab_card *card = NULL;
	struct http_port port = {m, metered};
	struct smdpp_order o;
	char *code;
	double began;
	enum rsp_status st = lab_card_new(lab, &card);

	if (st == RSP_OK)
		st = lab_order(lab, c, &r, &o);
	if (st != RSP_OK)
		return st;
	code = order_activation_code(c, lab_smdpp(lab), &o);
	m->inner = *card->lpa.http;
	card->lpa.http = &port;
	began = bench_cpu_us();
	st = lab_download(lab, card, code, &result);
	*total_us += bench_cpu_us() - began;
	if (st != RSP_OK)
		c->error = card->c.error;
	return st;
}

static int
download_curve(struct cli *cli, struct rsp_ctx *c, enum ec_curve curve, unsigned n)
{
	const struct lab_options o = {.curve = curve, .only_curve = true};
	struct meter m = {0};
	struct lab *lab = NULL;
	struct bench_floors f;
	double total = 0, server, card;
	unsigned i;
	enum rsp_status st = lab_new(c, &o, &lab);

	for (i = 0; st == RSP_OK && i < n; i++)
		st = one_download(lab, c, &m, &total);
	lab_free(lab);
	if (st != RSP_OK)
		return cli_failed(cli, c, st);
	if (!bench_floors(cli->crypto, curve, &f))
		return 2;
	server = m.server_us / n;
	card = (total - m.server_us) / n;
	if (cli->json)
		printf("{\"curve\":\"%s\",\"sessions\":%u,\"server_cpu_us\":%.1f,\"card_cpu_us\":%.1f,\"floor_us\":%.1f,\"server_ratio\":%.2f,\"card_ratio\":%.2f}\n",
			ec_curve_name(curve), n, server, card, bench_session_floor(&f), server / bench_session_floor(&f), card / bench_session_floor(&f));
	else
		printf("%-16s %9u %12.1f %12.1f %12.1f %12.2f %10.2f\n", ec_curve_name(curve), n, server, card, bench_session_floor(&f), server / bench_session_floor(&f),
			card / bench_session_floor(&f));
	return 0;
}

static int
download(struct cli *cli)
{
	struct rsp_ctx c;
	uint64_t n = 100;
	int rc;

	if (cli_has(cli, "sessions") && !cli_number(cli_get(cli, "sessions", ""), 1, 4000, &n))
		return cli_usage(cli, "--sessions: want 1 to 4000");
	if ((rc = cli_open(cli, &c, "bench")))
		return rc;
	if (!cli->json)
		printf("%-16s %9s %12s %12s %12s %12s %10s\n", "CPU, us", "sessions", "server", "card+LPA", "floor", "server/floor", "card/floor");
	rc = download_curve(cli, &c, EC_P256, (unsigned)n);
	if (!rc)
		rc = download_curve(cli, &c, EC_BP256, (unsigned)(n > 20 ? n / 5 : n));
	cli_close(cli, &c);
	return rc;
}

static const struct cli_verb verbs[] = {
	{"crypto", "", "the machine's cryptographic floor", crypto, 0, 0},
	{"smdpp", "", "sessions a second over TLS with a durable store, beside the floor (--store, --curve, --seconds ...)", bench_smdpp, 0, 0},
	{"download", "", "server and card CPU of a download in process, beside the floor", download, 0, 0},
	{"cards", "", "memory of an idle card with one profile, in a process with many (--cards, --package)", bench_cards, 0, 0},
	{"reader", "", "time of a command through a card reader and back (-r)", bench_reader, 0, 0},
	{NULL, NULL, NULL, NULL, 0, 0},
};
static const struct cli_option options[] = {
	{"sessions", 0, "N", "how many downloads (100); smdpp: orders that are made before (as many as the time may take)"},
	{"store", 0, "STORE", "smdpp: sqlite: (a file made for it) or postgres:CONNINFO (sqlite:)"},
	{"instances", 0, "N", "smdpp: servers on one PostgreSQL (1)"},
	{"curve", 0, "CURVE", "smdpp: nist or brainpool (nist)"},
	{"seconds", 0, "N", "smdpp: of full load, and of half load after it (5)"},
	{"workers", 0, "N", "smdpp: the servers' threads that answer; 0: their default (0)"},
	{"cards", 0, "N", "cards: how many (200)"},
	{"reader", 'r', "READER", "reader: number or part of the name"},
	{"package", 0, "FILE", "cards: the profile that each has (the project's own)"},
	{"clients", 0, "N", "smdpp: virtual eUICCs at a time (64)"},
	{NULL, 0, NULL, NULL},
};

int
bench_main(int argc, char **argv)
{
	static const struct cli_noun noun = {"bench", "Speed, as CPU time and as a ratio to what the cryptography alone costs here.", verbs, options};

	return cli_run(&noun, argc, argv);
}
