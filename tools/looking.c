// SPDX-License-Identifier: BSD-2-Clause
/* Looking into a server that runs, over its administrator's listener: tables for people, what came as it is with --json. */
#include <stdio.h>
#include <string.h>

#include "codec/json_in.h"
#include "http/client.h"
#include "serving.h"

/* GET, or POST when there is a body. The answer is in the arena. */
static enum rsp_status
ask(struct cli *cli, struct rsp_ctx *c, const char *path, const char *body, struct bytes *answer)
{
	const struct http_client_options o = {.plain = true, .timeout_ms = 10000, .user_agent = "esimlab"};
	char *url = rsp_sprintf(c, "http://%s%s", cli_get(cli, "admin", ""), path);
	struct http_client *client = NULL;
	unsigned status = 0;
	enum rsp_status st = url ? http_client_new(c, &o, &client) : RSP_NOMEM;

	if (st == RSP_OK)
		st = body ? http_client_post(client, c, url, NULL, bytes_of_str(body), &status, answer) : http_client_get(client, c, url, &status, answer);
	http_client_free(client);
	if (st != RSP_OK || status == 200)
		return st;
	return rsp_fail(c, RSP_REFUSED, "%.*s", (int)(memchr(answer->p, '\n', answer->n) ? (const uint8_t *)memchr(answer->p, '\n', answer->n) - answer->p :
		(ptrdiff_t)answer->n), (const char *)answer->p);
}

/* The text of a member, whatever its type; "" when there is none. */
static const char *
cell(struct rsp_ctx *c, const struct json *object, const char *name)
{
	const struct json *v = json_get(object, name);
	struct bytes text;
	int64_t n;
	bool yes;

	if (json_text_of(v, &text))
		return rsp_sprintf(c, "%.*s", (int)text.n, (const char *)text.p);
	if (json_int_of(v, &n))
		return rsp_sprintf(c, "%lld", (long long)n);
	if (json_bool_of(v, &yes))
		return yes ? "yes" : "no";
	return "";
}

struct column { const char *name, *title; int width; };

static void
print_rows(struct rsp_ctx *c, const struct json *list, const struct column *columns, const char *none)
{
	const struct column *k;
	size_t i;

	if (!json_count(list)) {
		printf("%s\n", none);
		return;
	}
	for (k = columns; k->name; k++)
		printf("%-*s%s", k[1].name ? k->width : 0, k->title, k[1].name ? " " : "\n");
	for (i = 0; i < json_count(list); i++)
		for (k = columns; k->name; k++)
			printf("%-*s%s", k[1].name ? k->width : 0, cell(c, json_at(list, i), k->name), k[1].name ? " " : "\n");
}

static const struct column session_columns[] = {{"transactionId", "transactionId", 32}, {"state", "state", 13}, {"started", "started", 20},
	{"curve", "curve", 15}, {"iccid", "ICCID", 20}, {"eid", "EID", 32}, {NULL, NULL, 0}};
static const struct column call_columns[] = {{"at", "at", 20}, {"function", "function", 24}, {"transactionId", "transactionId", 32}, {"http", "HTTP", 4},
	{"us", "us", 6}, {"subject", "subject", 7}, {"reason", "reason", 6}, {"text", "why", 40}, {NULL, NULL, 0}};
static const struct column event_columns[] = {{"created", "registered", 20}, {"eid", "EID", 32}, {"eventId", "event", 24},
	{"rspServerAddress", "leads to", 28}, {"owner", "owner", 14}, {NULL, NULL, 0}};
static const char *const settings[] = {"cc-tries", "download-tries", "order-seconds", "session-seconds", "call-seconds", "ppk", "rebinding", "long-segments",
	"iccid-prefix", "imsi-prefix", "root"};

static void
print_page(struct rsp_ctx *c, const char *path, const struct json *page)
{
	const struct json *calls = json_get(page, "calls");
	size_t i;

	if (json_get(page, "sessions"))
		print_rows(c, json_get(page, "sessions"), session_columns, strlen(path) > 10 ? "the session has ended, or is not known" : "no session");
	if (json_get(page, "events"))
		print_rows(c, json_get(page, "events"), event_columns, "no event");
	if (calls) {
		if (json_get(page, "sessions"))
			printf("\n");
		print_rows(c, calls, call_columns, "no call");
	}
	for (i = 0; strcmp(path, "/settings") == 0 && i < sizeof(settings) / sizeof(settings[0]); i++)
		if (json_get(page, settings[i]))
			printf("%-16s %s\n", settings[i], cell(c, page, settings[i]));
}

static int
look(struct cli *cli, const char *path, const char *body)
{
	const struct json *page;
	struct bytes answer;
	struct rsp_ctx c;
	enum rsp_status st;
	int rc;

	if (!cli_has(cli, "admin"))
		return cli_usage(cli, "want --admin HOST:PORT, the running server's --admin-listen");
	if ((rc = cli_open(cli, &c, "admin")))
		return rc;
	st = ask(cli, &c, path, body, &answer);
	if (st == RSP_OK && cli->json)
		printf("%.*s", (int)answer.n, (const char *)answer.p);
	else if (st == RSP_OK && (st = json_read(&c, answer, &page)) == RSP_OK)
		print_page(&c, path, page);
	rc = cli_failed(cli, &c, st);
	cli_close(cli, &c);
	return rc;
}

int
look_sessions(struct cli *cli)
{
	char path[128] = "/sessions";

	if (cli->n_arguments)
		snprintf(path, sizeof(path), "/sessions/%.100s", cli->argument[0]);
	return look(cli, path, NULL);
}

int
look_calls(struct cli *cli)
{
	return look(cli, "/calls", NULL);
}

int
look_events(struct cli *cli)
{
	return look(cli, "/events", NULL);
}

int
look_settings(struct cli *cli)
{
	char lines[4096] = "";
	unsigned i;

	for (i = 0; i < cli->n_arguments; i++)
		snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "%s\n", cli->argument[i]);
	return look(cli, "/settings", cli->n_arguments ? lines : NULL);
}
