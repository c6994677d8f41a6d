// SPDX-License-Identifier: BSD-2-Clause
/* esimlab smdpp: serve, and looking into a server that runs. */
#include <esimlab/smdpp.h>

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/log.h"
#include "cli.h"
#include "config.h"
#include "service/smdpp_service.h"
#include "serving.h"
#include "store/store.h"

static const struct config_item items[] = {
	{"listen", "127.0.0.1:8443"}, {"es2plus-listen", NULL}, {"admin-listen", NULL}, {"host", "testsmdpplus1.example.com"}, {"pki", NULL}, {"profiles", NULL},
	{"store", "memory:"}, {"store-key", NULL}, {"curve", "nist"}, {"callback", NULL}, {"connect-to", NULL}, {"requester", NULL}, {"cc-tries", "3"},
	{"download-tries", "10"}, {"order-seconds", "0"}, {"session-seconds", "3600"}, {"call-seconds", "86400"}, {"ppk", "yes"}, {"rebinding", "yes"},
	{"long-segments", "no"}, {"iccid-prefix", "8900101"}, {"imsi-prefix", "00101"}, {"sessions", "100000"}, SERVING_ITEMS, {NULL, NULL},
};
/* What the role itself is set by; the same names change it while it runs. */
static const char *const live[] = {"cc-tries", "download-tries", "order-seconds", "session-seconds", "call-seconds", "ppk", "rebinding", "long-segments",
	"iccid-prefix", "imsi-prefix"};

#define REQUESTERS 64
#define RULES 16

struct serving_smdpp {
	struct config config;
	struct smdpp_service_options o;
	struct smdpp dp;
	struct store *store;
	struct pki *pki;
	struct smdpp_service *service;
	const char *rule[RULES];
	struct service_requester requester[REQUESTERS];
	size_t n_requesters;
};

/* ID=CERTIFICATE: the key of the file is the only one that may speak for ID. */
static enum rsp_status
read_requester(struct rsp_ctx *c, const char *word, struct service_requester *out)
{
	const char *eq = strchr(word, '=');
	struct pki_cert *cert = NULL;
	struct bytes file, point;
	uint8_t digest[32];
	enum rsp_status st;

	if (!eq)
		return rsp_fail(c, RSP_MALFORMED, "requester: want ID=CERTIFICATE, have '%s'", word);
	st = cli_read_file(c, eq + 1, 65536, &file);
	if (st == RSP_OK)
		st = pki_cert_read(c, file, &cert);
	if (st != RSP_OK)
		return rsp_fail(c, RSP_MALFORMED, "requester: %s: no certificate", eq + 1);
	point = ec_key_point(cert->key);
	st = sha256(c, &point, 1, digest);
	pki_cert_free(cert);
	out->id = rsp_sprintf(c, "%.*s", (int)(eq - word), word);
	snprintf(out->key, sizeof(out->key), "%s", hex_of(c, BYTES_OF(digest)));
	return st == RSP_OK && !out->id ? RSP_NOMEM : st;
}

static enum rsp_status
read_requesters(struct rsp_ctx *c, struct serving_smdpp *s)
{
	const char *at = config_get(&s->config, "requester");
	char word[400];
	enum rsp_status st = RSP_OK;

	for (s->n_requesters = 0; st == RSP_OK && config_word(&at, word, sizeof(word)); s->n_requesters++)
		st = s->n_requesters < REQUESTERS ? read_requester(c, word, &s->requester[s->n_requesters]) : rsp_fail(c, RSP_LIMIT, "more than %d requesters", REQUESTERS);
	return st;
}

/* The settings of the configuration into dp. */
static enum rsp_status
read_settings(struct rsp_ctx *c, const struct config *k, struct smdpp *dp)
{
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < sizeof(live) / sizeof(live[0]); i++)
		st = smdpp_set(c, dp, live[i], config_get(k, live[i]));
	dp->progress = config_get(k, "callback") != NULL;
	return st;
}

static int
read_options(struct cli *cli, struct rsp_ctx *c, void *state)
{
	struct serving_smdpp *s = state;
	struct smdpp_service_options *o = &s->o;
	uint64_t n;
	int rc = serving_limits(cli, &s->config, &o->limits);

	if (rc || (rc = serving_curve(cli, &s->config, &o->curve)))
		return rc;
	if (!config_get(&s->config, "pki"))
		return cli_usage(cli, "serve wants --pki DIR (esimlab pki make DIR makes one)");
	if (!cli_number(config_get(&s->config, "sessions"), 1, 10000000, &n))
		return cli_usage(cli, "sessions: want a number");
	o->sessions = n;
	o->fixed_now = cli_has(cli, "clock") ? c->now : 0;
	o->listen = config_get(&s->config, "listen");
	o->es2plus_listen = config_get(&s->config, "es2plus-listen");
	o->admin_listen = config_get(&s->config, "admin-listen");
	o->callback = config_get(&s->config, "callback");
	o->n_connect_to = serving_rules(c, &s->config, s->rule, RULES);
	o->connect_to = s->rule;
	return 0;
}

static void
announce(const void *state)
{
	const struct serving_smdpp *s = state;

	printf("SM-DP+ %s listens on port %u\n", s->dp.host, smdpp_service_port(s->service));
	if (smdpp_service_es2plus_port(s->service))
		printf("ES2+ listens on port %u\n", smdpp_service_es2plus_port(s->service));
	if (smdpp_service_admin_port(s->service))
		printf("administration listens on port %u\n", smdpp_service_admin_port(s->service));
	fflush(stdout);
}

/* SIGHUP: the file, the certificates and the settings again; what a listener or the store is begun with needs a new start. */
static void
reload(void *arg, struct cli *cli, struct rsp_ctx *c)
{
	struct serving_smdpp *s = arg;
	struct config *fresh = rsp_alloc(c, sizeof(*fresh));
	struct smdpp dp = s->dp;
	struct pki *pki = NULL;
	enum rsp_status st = fresh && config_read(cli, items, "smdpp", fresh) == 0 ? RSP_OK : rsp_fail(c, RSP_MALFORMED, "the configuration cannot be read");

	if (st == RSP_OK) {
		s->config = *fresh;
		st = read_settings(c, &s->config, &dp);
	}
	if (st == RSP_OK)
		st = types_folder_check(c, config_get(&s->config, "profiles"));
	if (st == RSP_OK)
		st = read_requesters(c, s);
	if (st == RSP_OK)
		st = pki_load(c, config_get(&s->config, "pki"), &pki);
	if (st == RSP_OK)
		st = smdpp_service_reload(s->service, c, &dp, pki, s->requester, s->n_requesters);
	if (st == RSP_OK)
		log_line(LOG_WARN, "reloaded: settings and certificates");
	else
		log_line(LOG_ERROR, "not reloaded, all stays as it was: %s", c->error.text);
}

static enum rsp_status
start(struct rsp_ctx *c, void *state)
{
	struct serving_smdpp *s = state;
	const struct config *k = &s->config;
	const struct store_options so = {.key_file = config_get(k, "store-key"), .connections = s->o.limits.workers};
	enum rsp_status st = pki_load(c, config_get(k, "pki"), &s->pki);

	if (st == RSP_OK)
		st = types_folder_check(c, config_get(k, "profiles"));
	if (st == RSP_OK)
		st = store_open(c, config_get(k, "store"), &so, &s->store);
	if (st != RSP_OK)
		return st;
	s->o.store = s->store;
	smdpp_init(&s->dp, config_get(k, "host"), s->pki, s->store->smdpp, types_folder(config_get(k, "profiles")));
	if ((st = read_settings(c, k, &s->dp)) != RSP_OK || (st = read_requesters(c, s)) != RSP_OK)
		return st;
	st = smdpp_service_start(c, &s->dp, &s->o, &s->service);
	if (st == RSP_OK && s->n_requesters)
		st = smdpp_service_reload(s->service, c, &s->dp, NULL, s->requester, s->n_requesters);
	return st;
}

static void
stop(void *state)
{
	struct serving_smdpp *s = state;

	smdpp_service_stop(s->service, 10000);
	store_close(s->store);
	pki_free(s->pki);
}

static int
serve(struct cli *cli)
{
	static const struct serving how = {"smdpp", items, sizeof(struct serving_smdpp), read_options, start, announce, reload, stop};

	return serving_serve(cli, &how);
}

static const struct cli_verb verbs[] = {
	{"serve", "", "answer ES9+ (and ES2+ to clients with a certificate) until SIGTERM", serve, 0, 0},
	{"sessions", "[ID]", "RSP sessions of a running server, or one with its steps (--admin)", look_sessions, 0, 1},
	{"calls", "", "what a running server was asked last, and what it answered (--admin)", look_calls, 0, 0},
	{"settings", "[NAME=VALUE]...", "settings of a running server, or changes to them (--admin)", look_settings, 0, CLI_MAX},
	{NULL, NULL, NULL, NULL, 0, 0},
};

static const struct cli_option options[] = {
	{"listen", 0, "HOST:PORT", "address (127.0.0.1:8443); port 0 chooses one and prints it"},
	{"es2plus-listen", 0, "HOST:PORT", "a listener of its own for ES2+, client certificate demanded"},
	{"admin-listen", 0, "HOST:PORT", "plain HTTP on loopback: /healthz /metrics /calls /sessions /settings"},
	{"host", 0, "FQDN", "name of this SM-DP+ (testsmdpplus1.example.com)"},
	{"pki", 0, "DIR", "certificates and keys"},
	{"profiles", 0, "DIR", "packages that can be ordered by file name"},
	{"store", 0, "STORE", "memory:, sqlite:FILE or postgres:CONNINFO (memory:)"},
	{"store-key", 0, "FILE", "the store's data key; made when it is not there"},
	{"curve", 0, "CURVE", "of the TLS certificate: nist or brainpool (nist)"},
	{"callback", 0, "URL", "where HandleDownloadProgressInfo goes"},
	{"connect-to", 0, "FQDN:HOST:PORT", "where an operator or SM-DS of this name is; may be repeated"},
	{"requester", 0, "ID=CERT", "only this certificate's key speaks for a function requester; may be repeated"},
	{"cc-tries", 0, "N", "wrong confirmation codes an order survives (3)"},
	{"download-tries", 0, "N", "download attempts of an order (10)"},
	{"order-seconds", 0, "N", "life of an order; 0 for ever (0)"},
	{"session-seconds", 0, "N", "life of an RSP session (3600)"},
	{"call-seconds", 0, "N", "how long a functionCallIdentifier is remembered (86400)"},
	{"ppk", 0, "YES|NO", "protect a profile once rather than in each session (yes)"},
	{"rebinding", 0, "YES|NO", "bind a package again to another one-time key of its eUICC (yes)"},
	{"long-segments", 0, "YES|NO", "segments of up to 1036 octets, as some servers make them, not 1020 (no)"},
	{"iccid-prefix", 0, "DIGITS", "of ICCIDs made here (8900101)"},
	{"imsi-prefix", 0, "DIGITS", "of IMSIs made here (00101)"},
	{"sessions", 0, "N", "RSP sessions at a time; above: 503 (100000)"},
	SERVING_OPTIONS,
	{NULL, 0, NULL, NULL},
};

int
smdpp_main(int argc, char **argv)
{
	static const struct cli_noun noun = {"smdpp", "An SM-DP+ for tests.", verbs, options};

	return cli_run(&noun, argc, argv);
}
