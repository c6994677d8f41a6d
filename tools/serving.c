// SPDX-License-Identifier: BSD-2-Clause
#include "serving.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
number(const struct config *k, const char *name, uint64_t most, uint64_t *out)
{
	return cli_number(config_get(k, name), 0, most, out);
}

int
serving_limits(struct cli *cli, const struct config *k, struct server_options *out)
{
	const struct { const char *name; unsigned *at; uint64_t most; } numbers[] = {
		{"workers", &out->workers, 1024}, {"connections", &out->connections, 1000000}, {"queue", &out->queue, 1000000},
		{"handshake-ms", &out->handshake_ms, 3600000}, {"header-ms", &out->header_ms, 3600000}, {"body-ms", &out->body_ms, 3600000},
		{"reply-ms", &out->reply_ms, 3600000}, {"idle-ms", &out->idle_ms, 3600000},
	};
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (!number(k, numbers[i].name, numbers[i].most, &n))
			return cli_usage(cli, "--%s: want a number up to %llu", numbers[i].name, (unsigned long long)numbers[i].most);
		*numbers[i].at = (unsigned)n;
	}
	if (!number(k, "body-limit", 1u << 30, &n))
		return cli_usage(cli, "--body-limit: want a number up to %u", 1u << 30);
	out->body_limit = (size_t)n;
	return 0;
}

int
serving_curve(struct cli *cli, const struct config *k, enum ec_curve *out)
{
	const char *curve = config_get(k, "curve");

	if (strcmp(curve, "nist") != 0 && strcmp(curve, "brainpool") != 0)
		return cli_usage(cli, "--curve is nist or brainpool");
	*out = strcmp(curve, "nist") == 0 ? EC_P256 : EC_BP256;
	return 0;
}

size_t
serving_rules(struct rsp_ctx *c, const struct config *k, const char **rule, size_t most)
{
	const char *at = config_get(k, "connect-to");
	char word[300];
	size_t n = 0;

	while (n < most && config_word(&at, word, sizeof(word)) && (rule[n] = rsp_strdup(c, word)))
		n++;
	return n;
}

/* ---- signals ---- */

static sigset_t
signals(void)
{
	sigset_t s;

	sigemptyset(&s);
	sigaddset(&s, SIGTERM);
	sigaddset(&s, SIGINT);
	sigaddset(&s, SIGHUP);
	return s;
}

void
serving_prepare(void)
{
	sigset_t s = signals();

	/* What a call has freed the next one needs again: no giving back and asking anew. */
	mallopt(M_TRIM_THRESHOLD, 8 << 20);
	mallopt(M_TOP_PAD, 256 << 10);
	mallopt(M_MXFAST, 0);
	pthread_sigmask(SIG_BLOCK, &s, NULL);
	signal(SIGPIPE, SIG_IGN);
}

void
serving_wait(struct cli *cli, struct rsp_ctx *c, void (*reload)(void *arg, struct cli *cli, struct rsp_ctx *c), void *arg)
{
	sigset_t s = signals();
	struct rsp_ctx own;
	int sig;

	while (sigwait(&s, &sig) == 0 && sig != SIGTERM && sig != SIGINT)
		if (rsp_ctx_init(&own, c->crypto, c->now) == RSP_OK) {
			reload(arg, cli, &own);
			rsp_ctx_free(&own);
		}
}

/* ---- the whole ---- */

static int
run(struct cli *cli, const struct serving *how, void *state)
{
	struct rsp_ctx c;
	enum rsp_status st;
	int rc;

	serving_prepare();
	if ((rc = cli_open(cli, &c, how->section)))
		return rc;
	rc = how->options(cli, &c, state);
	if (!rc) {
		st = how->start(&c, state);
		if (st == RSP_OK) {
			how->announce(state);
			serving_wait(cli, &c, how->reload, state);
		}
		rc = cli_failed(cli, &c, st);
	}
	how->stop(state);
	cli_close(cli, &c);
	return rc;
}

int
serving_serve(struct cli *cli, const struct serving *how)
{
	struct config *state = calloc(1, how->size);
	int rc = state ? config_read(cli, how->items, how->section, state) : 2;

	if (!rc && cli_has(cli, "print-config"))
		config_print(state, how->section);
	else if (!rc)
		rc = run(cli, how, state);
	free(state);
	return rc;
}
