// SPDX-License-Identifier: BSD-2-Clause
/* One noun a row, one file a noun. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

#define VERSION "0.1.0"

static const struct {
	const char *noun;
	int (*run)(int argc, char **argv);
	const char *help;
} nouns[] = {
	{"demo", demo_main, "provision a family of four virtual devices and show it"},
	{"pki", pki_main, "make, show and import the test certificates"},
	{"profile", profile_main, "build, show, check and personalise profile packages"},
	{"smdpp", smdpp_main, "run an SM-DP+"},
	{"smds", smds_main, "run an SM-DS"},
	{"order", order_main, "order profiles: new, confirm, release, cancel, list, show, code"},
	{"euicc", euicc_main, "make software eUICCs, show them, put them behind a card reader"},
	{"lpa", lpa_main, "drive a eUICC: readers, chip, profiles, downloads, notifications"},
	{"dump", dump_main, "explain DER, packages, certificates, APDU traces, card images, codes"},
	{"check", check_main, "conformance cases against our own targets, or somebody else's"},
	{"bench", bench_main, "what the machine's cryptography costs, and what we cost beside it"},
	{"doctor", doctor_main, "what is missing or wrong on this machine, and what to type"},
};

static int
usage(FILE *to)
{
	size_t i;

	fprintf(to, "esimlab: a laboratory for eSIM remote provisioning (test certificates only)\n\n"
		"  esimlab NOUN [VERB] [ARGUMENTS] [options]     esimlab NOUN --help\n\n");
	for (i = 0; i < sizeof(nouns) / sizeof(nouns[0]); i++)
		fprintf(to, "  %-9s %s\n", nouns[i].noun, nouns[i].help);
	return to == stdout ? 0 : EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2)
		return usage(stderr);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
		return usage(stdout);
	if (strcmp(argv[1], "--version") == 0) {
		printf("esimlab %s\n", VERSION);
		return 0;
	}
	for (i = 0; i < sizeof(nouns) / sizeof(nouns[0]); i++)
		if (strcmp(argv[1], nouns[i].noun) == 0)
			return nouns[i].run(argc - 1, argv + 1);
	fprintf(stderr, "esimlab: there is no noun '%s' (try: esimlab --help)\n", argv[1]);
	return EXIT_USAGE;
}
