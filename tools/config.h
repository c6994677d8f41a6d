// SPDX-License-Identifier: BSD-2-Clause
/*
 * Options of a server that may also stand in an INI file: the command line goes before the file, the file before the default. Every value knows where it
 * came from.
 */
#ifndef TOOLS_CONFIG_H
#define TOOLS_CONFIG_H

#include "cli.h"

struct config_item {
	const char *name;        /* as an option, and as a key of the file */
	const char *otherwise;   /* default; NULL: none */
};

#define CONFIG_MAX 48

struct config {
	const struct config_item *items;   /* ended by a row with name NULL */
	char value[CONFIG_MAX][600];
	const char *source[CONFIG_MAX];    /* NULL: not set */
	char file[300];
	char wrong[200];
};

/*
 * Read section [SECTION] of --config's file and the command line. An option that is given several times is one value with blanks between. 0, or the
 * exit code after a sentence.
 */
int config_read(struct cli *cli, const struct config_item *items, const char *section, struct config *out);
/* NULL: not set. */
const char *config_get(const struct config *k, const char *name);
/* As an INI file, with the source behind each value. */
void config_print(const struct config *k, const char *section);
/* The next word of a value with several; NULL: no more. *at begins as the value. */
const char *config_word(const char **at, char *word, size_t size);

#endif
