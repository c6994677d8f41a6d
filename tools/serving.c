// SPDX-License-Identifier: BSD-2-Clause
#include "serving.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/client.h"

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

/* ---- looking into a running server ---- */

/* What the administrator's listener answers, printed as it is. */
static int
ask(struct cli *cli, const char *method_body, const char *path)
{
	const struct http_client_options o = {.plain = true, .timeout_ms = 10000, .user_agent = "esimlab"};
	const char *admin = cli_get(cli, "admin", NULL);
	struct http_client *client = NULL;
	struct bytes answer;
	unsigned status = 0;
	struct rsp_ctx c;
	enum rsp_status st;
	int rc;

	if (!admin)
		return cli_usage(cli, "want --admin HOST:PORT, the running server's --admin-listen");
	if ((rc = cli_open(cli, &c, "admin")))
		return rc;
	st = http_client_new(&c, &o, &client);
	if (st == RSP_OK && method_body)
		st = http_client_post(client, &c, rsp_sprintf(&c, "http://%s%s", admin, path), NULL, bytes_of_str(method_body), &status, &answer);
	else if (st == RSP_OK)
		st = http_client_get(client, &c, rsp_sprintf(&c, "http://%s%s", admin, path), &status, &answer);
	if (st == RSP_OK && status != 200)
		st = rsp_fail(&c, RSP_REFUSED, "%.*s", (int)strcspn((const char *)rsp_sprintf(&c, "%.*s", (int)answer.n, (const char *)answer.p), "\n"),
			(const char *)answer.p);
	if (st == RSP_OK)
		printf("%.*s", (int)answer.n, (const char *)answer.p);
	rc = cli_failed(cli, &c, st);
	http_client_free(client);
	cli_close(cli, &c);
	return rc;
}

int
serving_sessions(struct cli *cli)
{
	char path[128] = "/sessions";

	if (cli->n_arguments)
		snprintf(path, sizeof(path), "/sessions/%.100s", cli->argument[0]);
	return ask(cli, NULL, path);
}

int
serving_events(struct cli *cli)
{
	return ask(cli, NULL, "/events");
}

int
serving_settings(struct cli *cli)
{
	char lines[4096] = "";
	unsigned i;

	for (i = 0; i < cli->n_arguments; i++)
		snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "%s\n", cli->argument[i]);
	return ask(cli, cli->n_arguments ? lines : NULL, "/settings");
}
