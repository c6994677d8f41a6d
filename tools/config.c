// SPDX-License-Identifier: BSD-2-Clause
#include "config.h"

#include <ini.h>
#include <stdio.h>
#include <string.h>

struct reading { struct config *k; const char *section; };

static int
find(const struct config *k, const char *name)
{
	int i;

	for (i = 0; k->items[i].name; i++)
		if (strcmp(k->items[i].name, name) == 0)
			return i;
	return -1;
}

static bool
put(struct config *k, int i, const char *value, const char *source, bool add)
{
	size_t n = add ? strlen(k->value[i]) : 0;

	if (n + strlen(value) + 2 > sizeof(k->value[i])) {
		snprintf(k->wrong, sizeof(k->wrong), "%s: the value is too long", k->items[i].name);
		return false;
	}
	snprintf(k->value[i] + n, sizeof(k->value[i]) - n, "%s%s", n ? " " : "", value);
	k->source[i] = source;
	return true;
}

/* A name that comes twice adds to the first, as on the command line. */
static int
setting(void *arg, const char *section, const char *name, const char *value)
{
	struct reading *r = arg;
	struct config *k = r->k;
	int i;

	if (strcmp(section, r->section) != 0)
		return 1;
	i = find(k, name);
	if (i < 0) {
		snprintf(k->wrong, sizeof(k->wrong), "there is no setting '%.60s' in [%s]", name, section);
		return 0;
	}
	return put(k, i, value, k->file, k->source[i] == k->file);
}

static int
read_file(struct cli *cli, struct config *k, const char *section)
{
	struct reading r = {k, section};
	int line;

	snprintf(k->file, sizeof(k->file), "%s", cli_get(cli, "config", ""));
	if (!k->file[0])
		return 0;
	line = ini_parse(k->file, setting, &r);
	if (line < 0)
		return cli_usage(cli, "--config: %s cannot be read", k->file);
	if (line > 0)
		return cli_usage(cli, "%s:%d: %s", k->file, line, k->wrong[0] ? k->wrong : "want [SECTION] or NAME = VALUE");
	return 0;
}

static int
read_options(struct cli *cli, struct config *k)
{
	const char *v;
	unsigned n;
	int i;

	for (i = 0; k->items[i].name; i++)
		for (n = 0; (v = cli_nth(cli, k->items[i].name, n)); n++)
			if (!put(k, i, *v ? v : "yes", "command line", n > 0))
				return cli_usage(cli, "--%s", k->wrong);
	return 0;
}

int
config_read(struct cli *cli, const struct config_item *items, const char *section, struct config *out)
{
	int i, rc;

	*out = (struct config){.items = items};
	for (i = 0; items[i].name; i++)
		if (items[i].otherwise)
			(void)put(out, i, items[i].otherwise, "default", false);
	if ((rc = read_file(cli, out, section)))
		return rc;
	return read_options(cli, out);
}

const char *
config_get(const struct config *k, const char *name)
{
	int i = find(k, name);

	return i >= 0 && k->source[i] ? k->value[i] : NULL;
}

void
config_print(const struct config *k, const char *section)
{
	int i;

	printf("[%s]\n", section);
	for (i = 0; k->items[i].name; i++)
		if (k->source[i])
			printf("%-16s = %-40s ; %s\n", k->items[i].name, k->value[i], k->source[i]);
		else
			printf("; %-14s is not set\n", k->items[i].name);
}

const char *
config_word(const char **at, char *word, size_t size)
{
	size_t n;

	if (!*at)
		return NULL;
	*at += strspn(*at, " ,\t");
	n = strcspn(*at, " ,\t");
	if (!n)
		return NULL;
	snprintf(word, size, "%.*s", (int)n, *at);
	*at += n;
	return word;
}
