// SPDX-License-Identifier: BSD-2-Clause
#include "cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_out.h"
#include "base/log.h"
#include "base/time.h"
#include "codec/reasons.h"
#include "crypto/crypto.h"

static const struct cli_option common[] = {
	{"help", 'h', NULL, "this help"},
	{"json", 'j', NULL, "results as JSON lines"},
	{"verbose", 'v', NULL, "more on stderr; may be repeated"},
	{"quiet", 'q', NULL, "nothing on stderr but errors"},
	{"seed", 0, "N", "all randomness follows from N: for tests only"},
	{"clock", 0, "TIME", "the time it is, instead of the machine's: 2026-01-31T12:00:00Z"},
	{NULL, 0, NULL, NULL},
};

int
cli_usage(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "esimlab %s: ", cli->noun->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, " (try: esimlab %s --help)\n", cli->noun->name);
	return EXIT_USAGE;
}

static void
print_options(const struct cli_option *o)
{
	char left[80];

	for (; o->name; o++) {
		snprintf(left, sizeof(left), "--%s%s%s", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
		if (o->letter)
			printf("  -%c, %-26s %s\n", o->letter, left, o->help);
		else
			printf("      %-26s %s\n", left, o->help);
	}
}

static int
print_help(const struct cli_noun *noun)
{
	const struct cli_verb *v;
	char left[96];

	printf("%s\n\n", noun->help);
	for (v = noun->verbs; v->name; v++) {
		snprintf(left, sizeof(left), "esimlab %s%s%s%s%s", noun->name, *v->name ? " " : "", v->name,
			*v->arguments ? " " : "", v->arguments);
		printf("  %-48s %s\n", left, v->help);
	}
	printf("\noptions:\n");
	print_options(noun->options);
	print_options(common);
	printf("\nexit: 0 done, 1 the peer or a rule said no, 2 could not tell, 64 usage\n");
	return 0;
}

static const struct cli_option *
find_long(const struct cli_noun *noun, const char *name, size_t n)
{
	const struct cli_option *tables[] = {noun->options, common}, *o;
	size_t i;

	for (i = 0; i < 2; i++)
		for (o = tables[i]; o->name; o++)
			if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
				return o;
	return NULL;
}

static const struct cli_option *
find_short(const struct cli_noun *noun, char letter)
{
	const struct cli_option *tables[] = {noun->options, common}, *o;
	size_t i;

	for (i = 0; i < 2; i++)
		for (o = tables[i]; o->name; o++)
			if (o->letter && o->letter == letter)
				return o;
	return NULL;
}

/* Take one option that begins at argv[*i]; 0 or EXIT_USAGE. */
static int
take_option(struct cli *cli, int argc, char **argv, int *i)
{
	const char *word = argv[*i], *value = NULL;
	const struct cli_option *o;

	if (word[1] == '-') {
		size_t n = strcspn(word + 2, "=");

		o = find_long(cli->noun, word + 2, n);
		value = word[2 + n] == '=' ? word + 3 + n : NULL;
	} else {
		o = find_short(cli->noun, word[1]);
		value = word[2] ? word + 2 : NULL;
	}
	if (!o)
		return cli_usage(cli, "there is no option %s", word);
	if (!o->argument && value)
		return cli_usage(cli, "--%s takes no value", o->name);
	if (o->argument && !value) {
		bool optional = *o->argument == '[', there = *i + 1 < argc && (!optional || argv[*i + 1][0] != '-');

		if (!there && !optional)
			return cli_usage(cli, "--%s wants %s", o->name, o->argument);
		value = there ? argv[++*i] : "";
	}
	if (cli->n_given == CLI_MAX)
		return cli_usage(cli, "too many options");
	cli->given[cli->n_given].option = o;
	cli->given[cli->n_given++].value = value;
	return 0;
}

static int
take_words(struct cli *cli, int argc, char **argv)
{
	bool options = true;
	int i, rc;

	for (i = 1; i < argc; i++) {
		if (options && strcmp(argv[i], "--") == 0) {
			options = false;
		} else if (options && argv[i][0] == '-' && argv[i][1]) {
			if ((rc = take_option(cli, argc, argv, &i)))
				return rc;
		} else if (cli->n_arguments == CLI_MAX) {
			return cli_usage(cli, "too many arguments");
		} else {
			cli->argument[cli->n_arguments++] = argv[i];
		}
	}
	return 0;
}

/* How many leading words of the arguments spell this verb; -1: they do not. */
static int
verb_words(const struct cli *cli, const char *name)
{
	const char *rest = name;
	unsigned n = 0;

	while (*rest) {
		size_t len = strcspn(rest, " ");

		if (n >= cli->n_arguments || strlen(cli->argument[n]) != len || memcmp(cli->argument[n], rest, len) != 0)
			return -1;
		n++;
		rest += len + (rest[len] == ' ');
	}
	return (int)n;
}

static int
choose_verb(struct cli *cli)
{
	const struct cli_verb *v;
	int n;

	for (v = cli->noun->verbs; v->name; v++) {
		n = verb_words(cli, v->name);
		if (n < 0)
			continue;
		cli->verb = v;
		cli->n_arguments -= (unsigned)n;
		memmove(cli->argument, cli->argument + n, cli->n_arguments * sizeof(cli->argument[0]));
		if (cli->n_arguments < v->least)
			return cli_usage(cli, "%s wants %s", *v->name ? v->name : "it", v->arguments);
		if (cli->n_arguments > v->most)
			return cli_usage(cli, "'%s' is one argument too many", cli->argument[v->most]);
		return 0;
	}
	if (cli->n_arguments == 0)
		return cli_usage(cli, "what shall it do?");
	return cli_usage(cli, "there is no verb '%s'", cli->argument[0]);
}

int
cli_run(const struct cli_noun *noun, int argc, char **argv)
{
	struct cli cli = {.noun = noun};
	unsigned i;
	int rc;

	if ((rc = take_words(&cli, argc, argv)))
		return rc;
	if (cli_has(&cli, "help"))
		return print_help(noun);
	cli.json = cli_has(&cli, "json");
	cli.quiet = cli_has(&cli, "quiet");
	for (i = 0; i < cli.n_given; i++)
		cli.verbose += strcmp(cli.given[i].option->name, "verbose") == 0;
	log_set_level(cli.quiet ? LOG_ERROR : cli.verbose > 1 ? LOG_DEBUG : cli.verbose ? LOG_INFO : LOG_WARN);
	if ((rc = choose_verb(&cli)))
		return rc;
	return cli.verb->run(&cli);
}

const char *
cli_nth(const struct cli *cli, const char *option, unsigned i)
{
	unsigned k;

	for (k = 0; k < cli->n_given; k++)
		if (strcmp(cli->given[k].option->name, option) == 0 && i-- == 0)
			return cli->given[k].value ? cli->given[k].value : "";
	return NULL;
}

bool
cli_has(const struct cli *cli, const char *option)
{
	return cli_nth(cli, option, 0) != NULL;
}

const char *
cli_get(const struct cli *cli, const char *option, const char *otherwise)
{
	const char *last = otherwise, *v;
	unsigned i;

	for (i = 0; (v = cli_nth(cli, option, i)); i++)
		last = v;
	return last;
}

static void
json_failure(const struct cli *cli, const struct rsp_error *e, int code)
{
	struct buf b = BUF_INIT;
	struct json_out j = JSON_OUT(&b);

	json_object(&j, NULL);
	json_string(&j, "type", cli->noun->name);
	json_object(&j, "payload");
	json_int(&j, "code", code);
	json_string(&j, "message", rsp_status_name(e->status));
	json_object(&j, "data");
	json_string(&j, "subject", e->subject);
	json_string(&j, "reason", e->reason);
	json_string(&j, "spec", e->clause);
	json_string(&j, "text", e->text);
	json_object_end(&j);
	json_object_end(&j);
	json_object_end(&j);
	printf("%.*s\n", (int)b.n, (const char *)b.p);
	buf_free(&b);
}

int
cli_failed(const struct cli *cli, const struct rsp_ctx *c, enum rsp_status st)
{
	const struct rsp_error *e = &c->error;
	struct rsp_error bare = {.status = st};

	if (st == RSP_OK)
		return 0;
	if (e->status == RSP_OK)
		e = &bare;
	fprintf(stderr, "esimlab %s: %s", cli->noun->name, e->text[0] ? e->text : rsp_status_name(st));
	if (e->subject[0])
		fprintf(stderr, " (%s/%s%s%s)", e->subject, e->reason, e->clause[0] ? ", " : "", e->clause);
	else if (e->clause[0])
		fprintf(stderr, " (%s)", e->clause);
	fprintf(stderr, "\n");
	if (cli->json)
		json_failure(cli, e, rsp_exit_code(st));
	return rsp_exit_code(st);
}

void
cli_json_result(const struct cli *cli, struct bytes data)
{
	printf("{\"type\":\"%s\",\"payload\":{\"code\":0,\"message\":\"success\",\"data\":%.*s}}\n", cli->noun->name,
		(int)data.n, (const char *)data.p);
}

int
cli_open(struct cli *cli, struct rsp_ctx *c, const char *stream)
{
	const char *seed = cli_get(cli, "seed", NULL), *clock = cli_get(cli, "clock", NULL);
	int64_t now = time_wall();
	enum rsp_status st;

	if (crypto_new(&cli->crypto, seed ? bytes_of_str(seed) : BYTES_NONE, stream) != RSP_OK ||
		rsp_ctx_init(c, cli->crypto, now) != RSP_OK) {
		fprintf(stderr, "esimlab %s: the cryptographic library cannot be started\n", cli->noun->name);
		return 2;
	}
	if (!clock)
		return 0;
	st = time_read(c, clock, &c->now);
	return st == RSP_OK ? 0 : cli_usage(cli, "--clock: %s", c->error.text);
}

void
cli_close(struct cli *cli, struct rsp_ctx *c)
{
	rsp_ctx_free(c);
	crypto_free(cli->crypto);
	cli->crypto = NULL;
}
