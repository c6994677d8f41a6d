// SPDX-License-Identifier: BSD-2-Clause
/* esimlab smdpp serve. */
#include <esimlab/smdpp.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "service/smdpp_service.h"
#include "store/store.h"

static int
read_options(struct cli *cli, struct smdpp_service_options *o)
{
	const char *curve = cli_get(cli, "curve", "nist");

	if (strcmp(curve, "nist") != 0 && strcmp(curve, "brainpool") != 0)
		return cli_usage(cli, "--curve is nist or brainpool");
	o->curve = strcmp(curve, "nist") == 0 ? EC_P256 : EC_BP256;
	o->listen = cli_get(cli, "listen", "127.0.0.1:8443");
	o->es2plus_listen = cli_get(cli, "es2plus-listen", NULL);
	o->callback = cli_get(cli, "callback", NULL);
	return 0;
}

static int
read_limits(struct cli *cli, struct smdpp *dp)
{
	uint64_t n;

	dp->long_segments = cli_has(cli, "long-segments");
	if (cli_has(cli, "cc-tries")) {
		if (!cli_number(cli_get(cli, "cc-tries", ""), 0, 1000, &n))
			return cli_usage(cli, "--cc-tries: want a number up to 1000");
		dp->limits.cc_tries = (uint32_t)n;
	}
	if (cli_has(cli, "download-tries")) {
		if (!cli_number(cli_get(cli, "download-tries", ""), 0, 100000, &n))
			return cli_usage(cli, "--download-tries: want a number up to 100000");
		dp->limits.downloads = (uint32_t)n;
	}
	if (cli_has(cli, "order-seconds")) {
		if (!cli_number(cli_get(cli, "order-seconds", ""), 0, 1u << 30, &n))
			return cli_usage(cli, "--order-seconds: want a number");
		dp->limits.order_seconds = (int64_t)n;
	}
	return 0;
}

static void
wait_for_end(const sigset_t *signals)
{
	int sig;

	while (sigwait(signals, &sig) == 0 && sig != SIGTERM && sig != SIGINT)
		;
}

static void
announce(const struct smdpp_service *s, const char *host)
{
	printf("SM-DP+ %s listens on port %u\n", host, smdpp_service_port(s));
	if (smdpp_service_es2plus_port(s))
		printf("ES2+ listens on port %u\n", smdpp_service_es2plus_port(s));
	fflush(stdout);
}

static int
run(struct cli *cli, struct rsp_ctx *c, struct smdpp_service_options *o, const sigset_t *signals)
{
	const char *host = cli_get(cli, "host", "testsmdpplus1.example.com");
	struct smdpp_service *s = NULL;
	struct store *store = NULL;
	struct pki *pki = NULL;
	struct smdpp dp;
	int rc = 0;
	enum rsp_status st = pki_load(c, cli_get(cli, "pki", ""), &pki);

	if (st == RSP_OK)
		st = store_open(c, cli_get(cli, "store", "memory:"), NULL, &store);
	if (st == RSP_OK) {
		smdpp_init(&dp, host, pki, store->smdpp, types_folder(cli_get(cli, "profiles", NULL)));
		rc = read_limits(cli, &dp);
		if (!rc)
			st = smdpp_service_start(c, &dp, o, &s);
	}
	if (st == RSP_OK && !rc) {
		announce(s, host);
		wait_for_end(signals);
	}
	if (!rc)
		rc = cli_failed(cli, c, st);
	smdpp_service_stop(s);
	store_close(store);
	pki_free(pki);
	return rc;
}

static int
serve(struct cli *cli)
{
	struct smdpp_service_options o = {0};
	struct rsp_ctx c;
	sigset_t signals;
	int rc = read_options(cli, &o);

	if (rc)
		return rc;
	if (!cli_has(cli, "pki"))
		return cli_usage(cli, "serve wants --pki DIR (esimlab pki make DIR makes one)");
	/* Threads inherit the mask: the signal comes to sigwait alone. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	if ((rc = cli_open(cli, &c, "smdpp")))
		return rc;
	if (cli_has(cli, "clock"))
		o.fixed_now = c.now;
	rc = run(cli, &c, &o, &signals);
	cli_close(cli, &c);
	return rc;
}

static const struct cli_verb verbs[] = {
	{"serve", "", "answer ES9+ (and ES2+ to clients with a certificate) until SIGTERM", serve, 0, 0},
	{NULL, NULL, NULL, NULL, 0, 0},
};

static const struct cli_option options[] = {
	{"listen", 0, "HOST:PORT", "address (127.0.0.1:8443); port 0 chooses one and prints it"},
	{"host", 0, "FQDN", "name of this SM-DP+ (testsmdpplus1.example.com)"},
	{"pki", 0, "DIR", "certificates and keys"},
	{"profiles", 0, "DIR", "packages that can be ordered by file name"},
	{"store", 0, "STORE", "memory: or sqlite:FILE (memory:)"},
	{"curve", 0, "CURVE", "of the TLS certificate: nist or brainpool (nist)"},
	{"es2plus-listen", 0, "HOST:PORT", "a listener of its own for ES2+, client certificate demanded"},
	{"callback", 0, "URL", "where HandleDownloadProgressInfo goes"},
	{"cc-tries", 0, "N", "wrong confirmation codes an order survives (3)"},
	{"download-tries", 0, "N", "download attempts of an order (10)"},
	{"order-seconds", 0, "N", "life of an order; 0 for ever (0)"},
	{"long-segments", 0, NULL, "cut packages into segments of up to 1036 octets, as some servers do, not 1020"},
	{NULL, 0, NULL, NULL},
};

int
smdpp_main(int argc, char **argv)
{
	static const struct cli_noun noun = {"smdpp", "An SM-DP+ for tests.", verbs, options};

	return cli_run(&noun, argc, argv);
}
