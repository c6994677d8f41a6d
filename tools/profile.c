// SPDX-License-Identifier: BSD-2-Clause
/* esimlab profile: build, show, lint, personalise. */
#include <esimlab/profile.h>

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "cli.h"
#include "profile.h"

static int
build(struct cli *cli)
{
	const char *out = cli_get(cli, "output", NULL), *text = profile_builtin_description();
	struct bytes file, package;
	struct rsp_ctx c;
	enum rsp_status st = RSP_OK;
	int rc;

	if (cli_has(cli, "description")) {
		printf("%s", text);
		return 0;
	}
	if (!out)
		return cli_usage(cli, "build wants -o FILE");
	if ((rc = cli_open(cli, &c, "profile")))
		return rc;
	if (cli->n_arguments) {
		st = cli_read_file(&c, cli->argument[0], PROFILE_PACKAGE_MAX, &file);
		if (st == RSP_OK)
			text = rsp_sprintf(&c, "%.*s", (int)file.n, (const char *)file.p);
	}
	if (st == RSP_OK)
		st = profile_build(&c, text, &package);
	if (st == RSP_OK)
		st = cli_write_file(&c, out, 0600, package);
	if (st == RSP_OK && strcmp(out, "-") != 0)
		printf("%s: %zu octets\n", out, package.n);
	rc = cli_failed(cli, &c, st);
	cli_close(cli, &c);
	return rc;
}

static int
lint(struct cli *cli)
{
	struct lint_findings found = {0};
	struct bytes file;
	struct rsp_ctx c;
	unsigned errors = 0;
	size_t i;
	enum rsp_status st;
	int rc = cli_open(cli, &c, "profile");

	if (rc)
		return rc;
	st = cli_read_file(&c, cli->argument[0], PROFILE_PACKAGE_MAX, &file);
	if (st == RSP_OK)
		st = profile_lint(&c, file, &found);
	for (i = 0; st == RSP_OK && i < found.n; i++) {
		printf("%c%02u element %u: %s\n", found.p[i].level, found.p[i].number, found.p[i].pe, found.p[i].text);
		errors += found.p[i].level == 'E';
	}
	if (st == RSP_OK)
		printf("%zu findings, %u errors\n", found.n, errors);
	rc = st == RSP_OK ? errors > 0 : cli_failed(cli, &c, st);
	cli_close(cli, &c);
	return rc;
}

/* A key as 32 hex digits in a file, never on the command line. */
static enum rsp_status
key_file(struct cli *cli, struct rsp_ctx *c, const char *option, struct bytes *out)
{
	const char *path = cli_get(cli, option, NULL);
	struct bytes text;
	enum rsp_status st;

	if (!path)
		return RSP_OK;
	if ((st = cli_read_file(c, path, 256, &text)) != RSP_OK)
		return st;
	while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r' || text.p[text.n - 1] == ' '))
		text.n--;
	return hex_read(c, text, out);
}

static enum rsp_status
read_values(struct cli *cli, struct rsp_ctx *c, struct profile_values *v)
{
	enum rsp_status st;

	snprintf(v->iccid, sizeof(v->iccid), "%s", cli_get(cli, "iccid", ""));
	snprintf(v->imsi, sizeof(v->imsi), "%s", cli_get(cli, "imsi", ""));
	snprintf(v->msisdn, sizeof(v->msisdn), "%s", cli_get(cli, "msisdn", ""));
	snprintf(v->pin1, sizeof(v->pin1), "%s", cli_get(cli, "pin1", ""));
	st = key_file(cli, c, "k-file", &v->k);
	return st == RSP_OK ? key_file(cli, c, "opc-file", &v->opc) : st;
}

static int
personalise(struct cli *cli)
{
	const char *out = cli_get(cli, "output", NULL);
	struct profile_template *t = NULL;
	struct profile_values v = {0};
	struct bytes file, package;
	struct rsp_ctx c;
	enum rsp_status st;
	int rc;

	if (!out)
		return cli_usage(cli, "personalise wants -o FILE");
	if ((rc = cli_open(cli, &c, "profile")))
		return rc;
	st = read_values(cli, &c, &v);
	if (st == RSP_OK)
		st = cli_read_file(&c, cli->argument[0], PROFILE_PACKAGE_MAX, &file);
	if (st == RSP_OK)
		st = profile_template_new(&c, file, &t);
	if (st == RSP_OK)
		st = profile_personalise(&c, t, &v, &package);
	if (st == RSP_OK)
		st = cli_write_file(&c, out, 0600, package);
	if (st == RSP_OK && strcmp(out, "-") != 0)
		printf("%s: %zu octets\n", out, package.n);
	rc = cli_failed(cli, &c, st);
	profile_template_free(t);
	cli_close(cli, &c);
	return rc;
}

static const struct cli_verb verbs[] = {
	{"build", "[DESCRIPTION]", "a package from a description (without one: the project's own profile)", build, 0, 1},
	{"show", "FILE", "elements, files, applications, codes of a package", profile_show, 1, 1},
	{"lint", "FILE", "what is wrong or odd in a package", lint, 1, 1},
	{"personalise", "FILE", "put numbers and keys into a package", personalise, 1, 1},
	{NULL, NULL, NULL, NULL, 0, 0},
};

static const struct cli_option options[] = {
	{"output", 'o', "FILE", "where the package goes (- is standard output)"},
	{"description", 0, NULL, "build: print the built-in description instead"},
	{"secrets", 0, NULL, "show: PINs and keys too"},
	{"iccid", 0, "DIGITS", "personalise: ICCID"},
	{"imsi", 0, "DIGITS", "personalise: IMSI"},
	{"msisdn", 0, "DIGITS", "personalise: telephone number"},
	{"pin1", 0, "DIGITS", "personalise: PIN"},
	{"k-file", 0, "FILE", "personalise: K as 32 hex digits"},
	{"opc-file", 0, "FILE", "personalise: OPc as 32 hex digits"},
	{NULL, 0, NULL, NULL},
};

int
profile_main(int argc, char **argv)
{
	static const struct cli_noun noun = {"profile", "Profile packages of the interoperable format.", verbs, options};

	return cli_run(&noun, argc, argv);
}
