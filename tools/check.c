// SPDX-License-Identifier: BSD-2-Clause
/* esimlab check: conformance cases against our own targets, or somebody else's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "conformance/suite.h"
#include "image/image.h"
#include "pcsc/pcsc.h"

#define SCENARIOS "tests/scenarios"
#define OPTIONS_MAX 64
#define FEATURES_MAX (1u << 20)

struct checking {
	struct cli *cli;
	struct rsp_ctx c;
	struct world_options o;
	struct suite suite;
	struct world *world;
	struct report report;
	const char *option[OPTIONS_MAX], *connect_to[16];
	struct pcsc *reader;
	struct image *image;
	struct euicc *euicc;
	struct apdu_port port;
};

static const char *
scenarios(const struct cli *cli)
{
	const char *given = cli_get(cli, "scenarios", getenv("ESIMLAB_SCENARIOS"));

	if (given)
		return given;
	return access(SCENARIOS, R_OK) == 0 ? SCENARIOS : "/usr/local/share/esimlab/scenarios";
}

/* ---- the target ---- */

/* One O_NAME or NAME=VALUE a line; # begins a comment. */
static enum rsp_status
read_features(struct checking *k)
{
	const char *file = cli_get(k->cli, "features", NULL);
	struct bytes text;
	char *copy, *line, *end;
	enum rsp_status st;

	if (!file)
		return RSP_OK;
	if ((st = cli_read_file(&k->c, file, FEATURES_MAX, &text)) != RSP_OK)
		return st;
	copy = rsp_sprintf(&k->c, "%.*s", (int)text.n, (const char *)text.p);
	while (copy && (line = strsep(&copy, "\n"))) {
		line += strspn(line, " \t");
		line[strcspn(line, "#\r")] = '\0';
		for (end = line + strlen(line); end > line && (end[-1] == ' ' || end[-1] == '\t');)
			*--end = '\0';
		if (!*line)
			continue;
		if (k->o.n_options == OPTIONS_MAX || (strncmp(line, "O_", 2) != 0 && !strchr(line, '=')))
			return rsp_fail(&k->c, RSP_MALFORMED, "%s: want O_NAME or NAME=VALUE, at most 64, have '%.60s'", file, line);
		k->option[k->o.n_options++] = line;
	}
	return RSP_OK;
}

static enum rsp_status
card_transmit(void *self, struct rsp_ctx *c, struct bytes command, struct bytes *response)
{
	return euicc_transmit(((struct checking *)self)->euicc, c, command, response);
}

/* Power off and on: what an installation has left is put in order when the card begins again. */
static enum rsp_status
card_reset(void *self, struct rsp_ctx *c)
{
	struct checking *k = self;

	euicc_close(k->euicc);
	k->euicc = NULL;
	return euicc_open(c, image_nvm(k->image), k->cli->crypto, &k->euicc);
}

static enum rsp_status
open_card(struct checking *k)
{
	const char *file = cli_get(k->cli, "card", NULL), *reader = cli_get(k->cli, "reader", NULL);
	enum rsp_status st = RSP_OK;

	if (reader) {
		st = pcsc_open(&k->c, reader, &k->reader);
		k->o.card = st == RSP_OK ? pcsc_port(k->reader) : NULL;
	} else if (file) {
		st = image_open(&k->c, file, &k->image);
		if (st == RSP_OK)
			st = euicc_open(&k->c, image_nvm(k->image), k->cli->crypto, &k->euicc);
		k->port = (struct apdu_port){.self = k, .transmit = card_transmit, .reset = card_reset};
		k->o.card = &k->port;
	}
	return st;
}

static int
read_options(struct checking *k, enum actor role)
{
	struct cli *cli = k->cli;
	const char *curve = cli_get(cli, "curve", "nist"), *rule;

	k->o = (struct world_options){.role = role, .seed = cli_get(cli, "seed", NULL), .clock = cli_has(cli, "clock") ? k->c.now : 0,
		.pki = cli_get(cli, "pki", NULL), .url = cli_get(cli, "url", NULL), .es2plus = cli_get(cli, "es2plus", NULL),
		.requester = cli_get(cli, "requester", NULL), .profile_type = cli_get(cli, "profile-type", NULL), .connect_to = k->connect_to,
		.option = k->option};
	if (strcmp(curve, "nist") != 0 && strcmp(curve, "brainpool") != 0)
		return cli_usage(cli, "--curve: want nist or brainpool");
	k->o.curve = strcmp(curve, "nist") == 0 ? EC_P256 : EC_BP256;
	while (k->o.n_connect_to < 16 && (rule = cli_nth(cli, "connect-to", (unsigned)k->o.n_connect_to)))
		k->connect_to[k->o.n_connect_to++] = rule;
	if ((k->o.url || cli_has(cli, "card") || cli_has(cli, "reader")) && !k->o.pki)
		return cli_usage(cli, "a target that is not our own wants --pki DIR: the certificates under its CI");
	return 0;
}

static enum rsp_status
open_all(struct checking *k, enum actor role)
{
	const char *name = cli_get(k->cli, "fault", NULL);
	enum rsp_status st = read_features(k);

	if (st == RSP_OK)
		st = suite_load(&k->c, scenarios(k->cli), role, k->o.curve, &k->suite);
	if (st == RSP_OK && role == ACTOR_EUICC)
		st = open_card(k);
	if (st == RSP_OK)
		st = world_open(&k->c, &k->o, &k->world);
	if (st != RSP_OK || !name)
		return st;
	if (!world_is_own(k->world))
		return rsp_fail(&k->c, RSP_STATE, "--fault is for our own targets");
	k->world->fault = fault_named(name);
	if (!k->world->fault || k->world->fault->role != role)
		return rsp_fail(&k->c, RSP_REFUSED, "%s has no fault '%s' (try: esimlab check faults)", actor_name(role), name);
	return RSP_OK;
}

static void
close_all(struct checking *k)
{
	report_free(&k->report);
	world_free(k->world);
	pcsc_close(k->reader);
	euicc_close(k->euicc);
	image_close(k->image);
	cli_close(k->cli, &k->c);
}

/* ---- reports ---- */

static enum rsp_status
write_reports(struct checking *k)
{
	const char *junit = cli_get(k->cli, "junit", NULL);
	struct buf b = BUF_INIT;
	enum rsp_status st = RSP_OK;

	if (junit) {
		report_junit(&k->report, &b);
		st = b.bad ? rsp_fail(&k->c, RSP_NOMEM, "no memory for a report") : cli_write_file(&k->c, junit, 0644, buf_bytes(&b));
		buf_reset(&b);
	}
	if (st == RSP_OK && k->cli->json) {
		report_json(&k->report, &b);
		cli_json_result(k->cli, buf_bytes(&b));
	}
	buf_free(&b);
	return st;
}

static int
check(struct cli *cli, enum actor role)
{
	struct checking k = {.cli = cli};
	struct suite_options o = {.only = cli->n_arguments ? cli->argument[0] : NULL, .destructive = cli_has(cli, "allow-destructive"),
		.verbose = cli->verbose > 0, .tap = cli->json ? NULL : stdout};
	enum rsp_status st;
	int rc = cli_open(cli, &k.c, "check");

	if (rc)
		return rc;
	if ((rc = read_options(&k, role))) {
		cli_close(cli, &k.c);
		return rc;
	}
	st = open_all(&k, role);
	if (st == RSP_OK && (st = suite_run(k.world, &k.suite, &o, &k.report)) == RSP_OK)
		st = write_reports(&k);
	rc = st == RSP_OK ? report_exit(&k.report) : cli_failed(cli, &k.c, st);
	close_all(&k);
	return rc;
}

static int check_smdpp(struct cli *cli) { return check(cli, ACTOR_SMDPP); }
static int check_smds(struct cli *cli) { return check(cli, ACTOR_SMDS); }
static int check_lpa(struct cli *cli) { return check(cli, ACTOR_LPA); }
static int check_euicc(struct cli *cli) { return check(cli, ACTOR_EUICC); }

/* ---- lists ---- */

/* The role that the argument names; ACTORS: all of them. */
static int
role_argument(struct cli *cli, enum actor *role)
{
	int i;

	*role = ACTORS;
	if (!cli->n_arguments)
		return 0;
	for (i = 0; i < ACTORS; i++)
		if (strcmp(actor_name((enum actor)i), cli->argument[0]) == 0)
			*role = (enum actor)i;
	return *role == ACTORS ? cli_usage(cli, "want smdpp, euicc, smds or lpa, have '%s'", cli->argument[0]) : 0;
}

static int
list(struct cli *cli)
{
	struct checking k = {.cli = cli};
	enum actor role;
	size_t i;
	int rc = role_argument(cli, &role);
	enum rsp_status st;

	if (rc || (rc = cli_open(cli, &k.c, "check")))
		return rc;
	st = suite_load(&k.c, scenarios(cli), role, EC_P256, &k.suite);
	for (i = 0; st == RSP_OK && i < k.suite.n; i++)
		printf("%-7s %s%s\n        %s (%s)\n", actor_name(k.suite.p[i]->real), k.suite.p[i]->id, k.suite.p[i]->nominal ? "  nominal" : "",
			k.suite.p[i]->intent, k.suite.p[i]->clause);
	rc = cli_failed(cli, &k.c, st);
	close_all(&k);
	return rc;
}

static int
faults(struct cli *cli)
{
	const struct fault *f;
	struct rsp_ctx c;
	size_t i;
	int rc = cli_open(cli, &c, "check");

	for (i = 0; !rc && (f = fault_at(i)); i++)
		printf("%-32s %-6s %s\n%39s (%s)\n", f->name, actor_name(f->role), fault_how(&c, f), "", f->seen);
	cli_close(cli, &c);
	return rc;
}

/* ---- teeth ---- */

struct teeth { struct checking k; struct world *smds; enum actor role; unsigned *caught; size_t n_faults, n_caught, n_cases; bool whole; uint64_t part, of; };

/* Which part of the faults is tried: all, or each that the seed chooses. */
static bool
chosen(const struct teeth *t, size_t i)
{
	if (t->role != ACTORS && fault_at(i)->role != t->role)
		return false;
	return t->whole || (i * 2654435761u + t->part * 40503u) / 7 % t->of == 0;
}

static enum rsp_status
bite_all(struct teeth *t)
{
	const struct fault *f;
	const struct scenario *by;
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && (f = fault_at(i)); i++) {
		if (!chosen(t, i))
			continue;
		st = suite_bite(f->role == ACTOR_SMDS ? t->smds : t->k.world, &t->k.suite, f, t->whole, t->caught, &by);
		t->n_faults++;
		t->n_caught += by != NULL;
		printf("%s %-32s %s\n", by ? "caught" : "MISSED", f->name, by ? by->id : fault_how(&t->k.c, f));
	}
	return st;
}

/* A case that no fault makes fail must be named nominal. */
static unsigned
toothless(const struct teeth *t)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; t->whole && i < t->k.suite.n; i++)
		if (!t->caught[i] && !t->k.suite.p[i]->nominal) {
			printf("TOOTHLESS %s: %s\n", t->k.suite.p[i]->id, t->k.suite.p[i]->intent);
			n++;
		}
	return n;
}

static int
teeth(struct cli *cli)
{
	struct teeth t = {.k = {.cli = cli}, .whole = !cli_has(cli, "part")};
	unsigned without = 0;
	enum rsp_status st;
	int rc = role_argument(cli, &t.role);

	if (rc || (rc = cli_open(cli, &t.k.c, "check")))
		return rc;
	t.of = 10;
	if (!t.whole && !cli_number(cli_get(cli, "part", ""), 0, UINT32_MAX, &t.part))
		return cli_usage(cli, "--part: want a number, which chooses a tenth");
	if ((rc = read_options(&t.k, ACTOR_SMDPP))) {
		cli_close(cli, &t.k.c);
		return rc;
	}
	st = suite_load(&t.k.c, scenarios(cli), t.role, t.k.o.curve, &t.k.suite);
	if (st == RSP_OK)
		st = world_open(&t.k.c, &t.k.o, &t.k.world);
	t.k.o.role = ACTOR_SMDS;
	if (st == RSP_OK)
		st = world_open(&t.k.c, &t.k.o, &t.smds);
	t.caught = calloc(t.k.suite.n + 1, sizeof(*t.caught));
	if (st == RSP_OK && (st = t.caught ? bite_all(&t) : RSP_NOMEM) == RSP_OK) {
		without = toothless(&t);
		printf("%zu faults, %zu caught, %zu cases\n", t.n_faults, t.n_caught, t.k.suite.n);
	}
	rc = st != RSP_OK ? cli_failed(cli, &t.k.c, st) : t.n_caught < t.n_faults || without ? 1 : 0;
	free(t.caught);
	world_free(t.smds);
	close_all(&t.k);
	return rc;
}

static const struct cli_verb verbs[] = {
	{"smdpp", "[ID]", "cases against an SM-DP+ (--url), or our own", check_smdpp, 0, 1},
	{"euicc", "[ID]", "cases against a eUICC (--card, -r), or our own", check_euicc, 0, 1},
	{"smds", "[ID]", "cases against an SM-DS (--url), or our own", check_smds, 0, 1},
	{"lpa", "[ID]", "cases about our own LPA", check_lpa, 0, 1},
	{"list", "[ROLE]", "the cases, their intent and clause", list, 0, 1},
	{"faults", "", "the ways in which --fault breaks our own targets", faults, 0, 0},
	{"teeth", "[ROLE]", "our own targets, broken in every way, against the cases: each must be caught", teeth, 0, 1},
	{NULL, NULL, NULL, NULL, 0, 0},
};

static const struct cli_option options[] = {
	{"url", 0, "URL", "https://HOST[:PORT] of an SM-DP+ or SM-DS"},
	{"es2plus", 0, "URL", "https://HOST[:PORT] of its ES2+"},
	{"connect-to", 0, "FQDN:HOST:PORT", "where a server of this name is; may be repeated"},
	{"card", 0, "IMAGE", "a eUICC in a file"},
	{"reader", 'r', "READER", "a eUICC in a reader: its number, or part of its name"},
	{"pki", 0, "DIR", "certificates and keys under the target's CI"},
	{"curve", 0, "CURVE", "nist or brainpool (nist)"},
	{"requester", 0, "ID", "functionRequesterIdentifier of ES2+ (2.999.20)"},
	{"profile-type", 0, "NAME", "what is ordered by ES2+ (default)"},
	{"features", 0, "FILE", "what the target can do: O_NAME, and its settings: NAME=VALUE; one a line"},
	{"allow-destructive", 0, NULL, "also cases that change a foreign target for good"},
	{"scenarios", 0, "DIR", "where the cases are (" SCENARIOS ")"},
	{"fault", 0, "NAME", "our own target, broken in this way"},
	{"part", 0, "N", "teeth: only a tenth of the faults, which the number chooses"},
	{"junit", 0, "FILE", "a report for continuous integration"},
	{NULL, 0, NULL, NULL},
};

int
check_main(int argc, char **argv)
{
	static const struct cli_noun noun = {"check", "Conformance cases: pass, fail, inconclusive, not applicable.", verbs, options};

	return cli_run(&noun, argc, argv);
}
