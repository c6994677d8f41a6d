// SPDX-License-Identifier: BSD-2-Clause
/* esimlab doctor: what is missing on this machine, and what to type. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "crypto/crypto.h"
#include "pcsc/pcsc.h"

struct finding { const char *what; bool good; const char *advice; };

static bool
on_path(const char *program)
{
	char path[4096], *dir, *rest = path;

	snprintf(path, sizeof(path), "%s:/usr/sbin:/sbin", getenv("PATH") ? getenv("PATH") : "");
	while ((dir = strsep(&rest, ":"))) {
		char file[4400];

		snprintf(file, sizeof(file), "%s/%s", dir, program);
		if (*dir && access(file, X_OK) == 0)
			return true;
	}
	return false;
}

static void
say(const struct finding *f, unsigned *bad)
{
	printf("%-3s %-44s %s\n", f->good ? "ok" : "--", f->what, f->good ? "" : f->advice);
	*bad += !f->good;
}

static bool
curve_works(struct rsp_ctx *c, enum ec_curve curve)
{
	struct ec_key *k = NULL;
	bool good = ec_key_generate(c, curve, &k) == RSP_OK;

	ec_key_free(k);
	return good;
}

static int
run(struct cli *cli)
{
	struct pcsc_readers readers = {0};
	struct rsp_ctx c;
	unsigned bad = 0;
	size_t i;
	int rc = cli_open(cli, &c, "doctor");

	if (rc)
		return rc;
	{
		const struct finding found[] = {
			{"cryptography on P-256", curve_works(&c, EC_P256), "OpenSSL 3 is broken here"},
			{"cryptography on brainpoolP256r1", curve_works(&c, EC_BP256), "this OpenSSL was built without brainpool curves"},
			{"PC/SC daemon is installed", on_path("pcscd"), "apt-get install pcscd"},
			{"PC/SC daemon answers", pcsc_list(&c, &readers) == RSP_OK, "start it: pcscd --foreground (or your service manager)"},
			{"virtual reader driver", access("/etc/reader.conf.d/vpcd", R_OK) == 0, "apt-get install vsmartcard-vpcd"},
			{"opensc-tool", on_path("opensc-tool"), "apt-get install opensc"},
			{"PostgreSQL server programs", access("/usr/lib/postgresql", X_OK) == 0, "apt-get install postgresql (only for some tests)"},
		};

		for (i = 0; i < sizeof(found) / sizeof(found[0]); i++)
			say(&found[i], &bad);
	}
	for (i = 0; i < readers.n; i++)
		printf("    reader %zu: %s%s\n", i, readers.p[i].name, readers.p[i].card ? ", with a card" : "");
	cli_close(cli, &c);
	return bad ? 1 : 0;
}

static const struct cli_verb verbs[] = {
	{"", "", "look at this machine", run, 0, 0},
	{NULL, NULL, NULL, NULL, 0, 0},
};
static const struct cli_option options[] = {{NULL, 0, NULL, NULL}};

int
doctor_main(int argc, char **argv)
{
	static const struct cli_noun noun = {"doctor", "What is missing or wrong on this machine, and what to type.", verbs, options};

	return cli_run(&noun, argc, argv);
}
