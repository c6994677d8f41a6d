// SPDX-License-Identifier: BSD-2-Clause
/* esimlab smds: an SM-DS that tells cards where something waits for them. */
#include <stdio.h>

#include "base/log.h"
#include "cli.h"
#include "config.h"
#include "service/smds_service.h"
#include "serving.h"
#include "store/smds_rows.h"

static const struct config_item items[] = {
	{"listen", "127.0.0.1:8444"}, {"es12-listen", NULL}, {"admin-listen", NULL}, {"host", "testrootsmds.example.com"}, {"root", NULL}, {"pki", NULL},
	{"store", "memory:"}, {"store-key", NULL}, {"curve", "nist"}, {"connect-to", NULL}, {"session-seconds", "3600"}, SERVING_ITEMS, {NULL, NULL},
};
#define RULES 16

struct serving_smds {
	struct config config;
	struct smds_service_options o;
	struct smds ds;
	struct store *store;
	struct smds_store *rows;
	struct pki *pki;
	struct smds_service *service;
	const char *rule[RULES];
	int64_t session_seconds;
};

static int
read_options(struct cli *cli, struct rsp_ctx *c, void *state)
{
	struct serving_smds *s = state;
	struct smds_service_options *o = &s->o;
	uint64_t n;
	int rc = serving_limits(cli, &s->config, &o->limits);

	if (rc || (rc = serving_curve(cli, &s->config, &o->curve)))
		return rc;
	if (!config_get(&s->config, "pki"))
		return cli_usage(cli, "serve wants --pki DIR (esimlab pki make DIR makes one)");
	if (!cli_number(config_get(&s->config, "session-seconds"), 1, 86400, &n))
		return cli_usage(cli, "--session-seconds: want a number up to 86400");
	s->session_seconds = (int64_t)n;
	o->fixed_now = cli_has(cli, "clock") ? c->now : 0;
	o->listen = config_get(&s->config, "listen");
	o->es12_listen = config_get(&s->config, "es12-listen");
	o->admin_listen = config_get(&s->config, "admin-listen");
	o->n_connect_to = serving_rules(c, &s->config, s->rule, RULES);
	o->connect_to = s->rule;
	return 0;
}

static void
announce(const void *state)
{
	const struct serving_smds *s = state;

	printf("SM-DS %s listens on port %u\n", s->ds.host, smds_service_port(s->service));
	if (smds_service_es12_port(s->service))
		printf("ES12 listens on port %u\n", smds_service_es12_port(s->service));
	if (smds_service_admin_port(s->service))
		printf("administration listens on port %u\n", smds_service_admin_port(s->service));
	fflush(stdout);
}

static void
reload(void *arg, struct cli *cli, struct rsp_ctx *c)
{
	struct serving_smds *s = arg;
	struct pki *pki = NULL;
	enum rsp_status st = pki_load(c, config_get(&s->config, "pki"), &pki);

	(void)cli;
	if (st == RSP_OK)
		st = smds_service_reload(s->service, c, pki);
	if (st == RSP_OK)
		log_line(LOG_WARN, "reloaded: certificates");
	else
		log_line(LOG_ERROR, "not reloaded, all stays as it was: %s", c->error.text);
}

static enum rsp_status
start(struct rsp_ctx *c, void *state)
{
	struct serving_smds *s = state;
	const struct config *k = &s->config;
	const struct store_options so = {.key_file = config_get(k, "store-key"), .connections = s->o.limits.workers};
	enum rsp_status st = pki_load(c, config_get(k, "pki"), &s->pki);

	if (st == RSP_OK)
		st = store_open(c, config_get(k, "store"), &so, &s->store);
	if (st == RSP_OK)
		st = store_smds(c, s->store, &s->rows);
	if (st != RSP_OK)
		return st;
	smds_init(&s->ds, config_get(k, "host"), config_get(k, "root"), s->pki, s->rows);
	s->ds.session_seconds = s->session_seconds;
	s->o.store = s->store;
	return smds_service_start(c, &s->ds, &s->o, &s->service);
}

static void
stop(void *state)
{
	struct serving_smds *s = state;

	smds_service_stop(s->service, 10000);
	store_smds_free(s->rows);
	store_close(s->store);
	pki_free(s->pki);
}

static int
serve(struct cli *cli)
{
	static const struct serving how = {"smds", items, sizeof(struct serving_smds), read_options, start, announce, reload, stop};

	return serving_serve(cli, &how);
}

static const struct cli_verb verbs[] = {
	{"serve", "", "answer ES11 (and ES12, ES15 to servers with a certificate) until SIGTERM", serve, 0, 0},
	{"calls", "", "what a running server was asked last, and what it answered (--admin)", look_calls, 0, 0},
	{"events", "", "events at a running SM-DS (--admin)", look_events, 0, 0},
	{NULL, NULL, NULL, NULL, 0, 0},
};

static const struct cli_option options[] = {
	{"listen", 0, "HOST:PORT", "address (127.0.0.1:8444); port 0 chooses one and prints it"},
	{"es12-listen", 0, "HOST:PORT", "a listener of its own for ES12 and ES15, client certificate demanded"},
	{"admin-listen", 0, "HOST:PORT", "plain HTTP on loopback: /healthz /metrics /calls /events"},
	{"host", 0, "FQDN", "name of this SM-DS (testrootsmds.example.com)"},
	{"root", 0, "FQDN", "this is an alternative SM-DS: tell that root of every event"},
	{"pki", 0, "DIR", "certificates and keys"},
	{"store", 0, "STORE", "memory:, sqlite:FILE or postgres:CONNINFO (memory:)"},
	{"store-key", 0, "FILE", "the store's data key; made when it is not there"},
	{"curve", 0, "CURVE", "of the TLS certificate: nist or brainpool (nist)"},
	{"connect-to", 0, "FQDN:HOST:PORT", "where the root of this name is; may be repeated"},
	{"session-seconds", 0, "N", "life of an RSP session (3600)"},
	SERVING_OPTIONS,
	{NULL, 0, NULL, NULL},
};

int
smds_main(int argc, char **argv)
{
	static const struct cli_noun noun = {"smds", "An SM-DS for tests.", verbs, options};

	return cli_run(&noun, argc, argv);
}
