// SPDX-License-Identifier: BSD-2-Clause
/* esimlab dump: what is this? */
#include "dump/dump.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "image/image.h"

#define KEYS_MAX 4096

/* A file; or when there is none of that name, the words themselves: a code, hex, base64. */
static enum rsp_status
read_input(struct cli *cli, struct rsp_ctx *c, struct bytes *in)
{
	const char *first = cli->argument[0];
	struct stat about;

	if (cli->n_arguments == 2) {
		*in = bytes_of_str(rsp_sprintf(c, "%s %s", first, cli->argument[1]));
		return RSP_OK;
	}
	if (strcmp(first, "-") == 0 || stat(first, &about) == 0)
		return cli_read_file(c, first, DUMP_INPUT, in);
	if (strchr(first, '/') && !strpbrk(first, "$") && strspn(first, "0123456789./") != strlen(first))
		return rsp_fail(c, RSP_IO, "%s: cannot open: %s", first, strerror(errno));
	*in = bytes_of_str(first);
	return RSP_OK;
}

static enum rsp_status
read_keys(struct cli *cli, struct rsp_ctx *c, struct dump_options *o, struct dump_keys *keys)
{
	const char *path = cli_get(cli, "keys", NULL);
	struct bytes text;
	enum rsp_status st;

	if (!path)
		return RSP_OK;
	o->keys = keys;
	st = cli_read_file(c, path, KEYS_MAX, &text);
	return st == RSP_OK ? dump_keys_read(c, text, keys) : st;
}

static enum rsp_status
explain(struct cli *cli, struct rsp_ctx *c, const struct dump_options *o, struct bytes in, struct image **image, struct dump *d)
{
	enum rsp_status st;

	if (!dump_is_image(in))
		return dump_any(c, o, in, d);
	st = image_open_readonly(c, cli->argument[0], image);
	return st == RSP_OK ? dump_card(c, o, image_nvm(*image), d) : st;
}

static void
print(struct cli *cli, const struct dump *d)
{
	struct buf b = BUF_INIT;
	struct json_out j = JSON_OUT(&b);

	if (cli->json) {
		dump_json(d, &j);
		cli_json_result(cli, buf_bytes(&b));
	} else {
		dump_text(d, &b);
		fwrite(b.p, 1, b.n, stdout);
	}
	buf_free(&b);
}

static int
run(struct cli *cli)
{
	struct dump_options o = {.secrets = cli_has(cli, "secrets"), .whole = cli_has(cli, "whole") || cli->verbose > 0};
	struct dump_keys keys = {0};
	struct image *image = NULL;
	struct bytes in;
	struct dump d;
	struct rsp_ctx c;
	enum rsp_status st;
	int rc = cli_open(cli, &c, "dump");

	if (rc)
		return rc;
	st = read_keys(cli, &c, &o, &keys);
	if (st == RSP_OK)
		st = read_input(cli, &c, &in);
	if (st == RSP_OK)
		st = explain(cli, &c, &o, in, &image, &d);
	if (st == RSP_OK)
		print(cli, &d);
	rc = st == RSP_OK ? d.errors > 0 : cli_failed(cli, &c, st);
	image_close(image);
	cli_close(cli, &c);
	return rc;
}

static const struct cli_verb verbs[] = {
	{"", "FILE|-|TEXT", "explain DER, packages, certificates, APDU traces, card images, codes, JSON bodies", run, 1, 2},
	{NULL, NULL, NULL, NULL, 0, 0},
};

static const struct cli_option options[] = {
	{"keys", 'k', "FILE", "keys that open a Bound Profile Package: S-ENC, S-MAC, MCV or otSK.DP, otPK.EUICC, EID, as NAME = HEX"},
	{"secrets", 0, NULL, "show keys, PINs and hashed confirmation codes"},
	{"whole", 'w', NULL, "long values in full, and the members of profile elements (as -v)"},
	{NULL, 0, NULL, NULL},
};

int
dump_main(int argc, char **argv)
{
	static const struct cli_noun noun = {"dump", "Explains what there is to see in eSIM provisioning.", verbs, options};

	return cli_run(&noun, argc, argv);
}
