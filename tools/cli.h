// SPDX-License-Identifier: BSD-2-Clause
/*
 * The command line's manners, once: `esimlab NOUN [VERB] [ARGUMENTS] [options]`, options anywhere after the noun, long for all and short for the
 * usual ones. A noun is a table of verbs and a table of options; parsing, --help and the man page's synopsis come from the same tables.
 * Exit: 0 done, 1 the peer or a rule said no, 2 could not tell, 64 usage.
 */
#ifndef TOOLS_CLI_H
#define TOOLS_CLI_H

#include <esimlab/rsp.h>

#include "base/bytes.h"

#define EXIT_USAGE 64

struct cli_option {
	const char *name;      /* "listen", without dashes */
	char letter;           /* 'r', or 0 */
	const char *argument;  /* "HOST:PORT"; NULL for a flag; "[FILE]": the word that follows, unless it is an option, or "" */
	const char *help;
};

struct cli;

struct cli_verb {
	const char *name;      /* "serve", "profile list"; "" for a noun without verbs */
	const char *arguments; /* "DIR", "[FILE]", "" */
	const char *help;
	int (*run)(struct cli *cli);
	unsigned least, most;  /* how many arguments it takes */
};

struct cli_noun {
	const char *name;
	const char *help;
	const struct cli_verb *verbs;      /* ended by a row with name NULL */
	const struct cli_option *options;  /* ended by a row with name NULL; every noun also has --help --json --verbose --quiet --seed --clock */
};

#define CLI_MAX 64

struct cli {
	const struct cli_noun *noun;
	const struct cli_verb *verb;
	const char *argument[CLI_MAX];
	unsigned n_arguments;
	struct { const struct cli_option *option; const char *value; } given[CLI_MAX];
	unsigned n_given;
	bool json, quiet;
	unsigned verbose;
	struct crypto *crypto;             /* made by cli_open */
};

/* Parse and run; the program's exit code. */
int cli_run(const struct cli_noun *noun, int argc, char **argv);

bool cli_has(const struct cli *cli, const char *option);
/* The last value given, or otherwise. */
const char *cli_get(const struct cli *cli, const char *option, const char *otherwise);
/* The i-th value of an option that may be repeated, or NULL. */
const char *cli_nth(const struct cli *cli, const char *option, unsigned i);

/* One clear sentence on stderr and EXIT_USAGE. */
int cli_usage(const struct cli *cli, const char *fmt, ...) RSP_PRINTF(2, 3);
/* The failure in c->error for people on stderr (and as the JSON envelope on stdout with --json); its exit code. RSP_OK gives 0 silently. */
int cli_failed(const struct cli *cli, const struct rsp_ctx *c, enum rsp_status st);
/* The last line of a --json run: {"type":NOUN,"payload":{"code":0,"message":"success","data":...}}; data is JSON text. */
void cli_json_result(const struct cli *cli, struct bytes data);

/* A context at --clock (or now) with cryptography from --seed (or the system); stream names the role. Exit code on failure, 0 when made. */
int cli_open(struct cli *cli, struct rsp_ctx *c, const char *stream);
void cli_close(struct cli *cli, struct rsp_ctx *c);

/* A whole file ("-" is standard input) into the arena, at most limit octets. */
RSP_MUST_USE enum rsp_status cli_read_file(struct rsp_ctx *c, const char *path, size_t limit, struct bytes *out);
/* To a temporary name beside it, then renamed; mode e.g. 0600. "-" is standard output. */
RSP_MUST_USE enum rsp_status cli_write_file(struct rsp_ctx *c, const char *path, unsigned mode, struct bytes data);
/* A decimal number in [least, most]; false when it is none. */
bool cli_number(const char *text, uint64_t least, uint64_t most, uint64_t *out);
/* Asked on the terminal without echo; text without the line end, in the arena. IO when there is no terminal. */
RSP_MUST_USE enum rsp_status cli_ask_secret(struct rsp_ctx *c, const char *prompt, struct bytes *out);

int demo_main(int argc, char **argv);
int pki_main(int argc, char **argv);
int profile_main(int argc, char **argv);
int smdpp_main(int argc, char **argv);
int smds_main(int argc, char **argv);
int order_main(int argc, char **argv);
int euicc_main(int argc, char **argv);
int lpa_main(int argc, char **argv);
int dump_main(int argc, char **argv);
int check_main(int argc, char **argv);
int bench_main(int argc, char **argv);
int doctor_main(int argc, char **argv);

#endif
