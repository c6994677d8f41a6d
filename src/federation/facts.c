// SPDX-License-Identifier: BSD-2-Clause
/* The reader of the tables. A column is a row here: its name, what it is, where it goes. */
#include "federation/facts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"

enum cell { CELL_TEXT, CELL_FLAG, CELL_NUMBER, CELL_BYTES, CELL_DATE, CELL_MCCS, CELL_CATEGORY, CELL_MODE };
struct column { const char *name; enum cell kind; size_t offset, size; };
#define COLUMN(name, kind, type, member) {name, CELL_##kind, offsetof(type, member), sizeof(((type *)0)->member)}

/* The category stands in front of its rule while it is read. */
struct category_line { enum fed_category category; struct fed_category_rule rule; };

static const struct column category_columns[] = {
	COLUMN("category", CATEGORY, struct category_line, category), COLUMN("primary", FLAG, struct category_line, rule.primary),
	COLUMN("secondary", FLAG, struct category_line, rule.secondary), COLUMN("promotable", FLAG, struct category_line, rule.promotable),
	COLUMN("first_visit", FLAG, struct category_line, rule.first_visit), COLUMN("needs_primary", FLAG, struct category_line, rule.needs_primary),
	COLUMN("data_only", FLAG, struct category_line, rule.data_only), COLUMN("metered", FLAG, struct category_line, rule.metered),
	COLUMN("number", MODE, struct category_line, rule.number), COLUMN("prio", NUMBER, struct category_line, rule.prio),
	COLUMN("cap", NUMBER, struct category_line, rule.cap_percent), COLUMN("flag", TEXT, struct category_line, rule.flag),
};
static const struct column carrier_columns[] = {
	COLUMN("carrier", TEXT, struct fed_carrier, name), COLUMN("host", TEXT, struct fed_carrier, host), COLUMN("home", MCCS, struct fed_carrier, home),
	COLUMN("region", MCCS, struct fed_carrier, region), COLUMN("federation", FLAG, struct fed_carrier, federation),
	COLUMN("midrange", FLAG, struct fed_carrier, midrange), COLUMN("tablet", FLAG, struct fed_carrier, tablet),
	COLUMN("laptop", FLAG, struct fed_carrier, laptop), COLUMN("remote_promote", FLAG, struct fed_carrier, remote_promote),
	COLUMN("before_departure", FLAG, struct fed_carrier, before_departure), COLUMN("numbers", FLAG, struct fed_carrier, numbers),
	COLUMN("quota", BYTES, struct fed_carrier, quota), COLUMN("cycle", BYTES, struct fed_carrier, cycle),
};
static const struct column agreement_columns[] = {
	COLUMN("carrier", TEXT, struct fed_agreement, carrier), COLUMN("country", TEXT, struct fed_agreement, country),
	COLUMN("plmn", TEXT, struct fed_agreement, plmn), COLUMN("data", FLAG, struct fed_agreement, data),
	COLUMN("voice", FLAG, struct fed_agreement, voice), COLUMN("sms", FLAG, struct fed_agreement, sms),
	COLUMN("cost", NUMBER, struct fed_agreement, cost), COLUMN("rank", NUMBER, struct fed_agreement, rank),
	COLUMN("from", DATE, struct fed_agreement, from), COLUMN("to", DATE, struct fed_agreement, to),
};
static const struct column model_columns[] = {
	COLUMN("tac", TEXT, struct fed_model, tac), COLUMN("model", TEXT, struct fed_model, model),
	COLUMN("min_sw", TEXT, struct fed_model, min_sw), COLUMN("category", CATEGORY, struct fed_model, category),
};

struct table_shape { const char *name; const struct column *columns; size_t n, size; };
#define SHAPE(name, columns, type) {name, columns, sizeof(columns) / sizeof((columns)[0]), sizeof(type)}
static const struct table_shape shapes[] = {
	SHAPE("categories", category_columns, struct category_line), SHAPE("carriers", carrier_columns, struct fed_carrier),
	SHAPE("agreements", agreement_columns, struct fed_agreement), SHAPE("models", model_columns, struct fed_model),
};

static const char *const category_words[FED_CATEGORIES] = {"flagship", "midrange", "tablet", "watch", "laptop", "hotspot"};
static const char *const number_words[FED_NUMBERS] = {"None", "SharedNumber", "DiffNumber", "FamilyNumber"};

static bool
word_of(const char *const *words, int n, const char *text, void *out)
{
	for (int i = 0; i < n; i++)
		if (strcmp(words[i], text) == 0) {
			memcpy(out, &i, sizeof(i));
			return true;
		}
	return false;
}

static bool
read_number(const char *text, int64_t *out)
{
	char *end;

	*out = strtoll(text, &end, 10);
	return end != text && !*end && *out >= 0;
}

/* "310,311": the digits in threes, and after the array how many. */
static bool
read_mccs(const char *text, void *out)
{
	char (*mccs)[4] = out;
	uint32_t n = 0;

	for (; *text && n < FED_MCCS; n++) {
		if (strspn(text, "0123456789") != 3)
			return false;
		memcpy(mccs[n], text, 3);
		text += 3;
		text += *text == ',';
	}
	memcpy((char *)out + FED_MCCS * 4, &n, sizeof(n));
	return !*text;
}

static bool
read_flag(const char *text, void *out)
{
	bool yes = strcmp(text, "yes") == 0;

	memcpy(out, &yes, sizeof(yes));
	return yes || strcmp(text, "no") == 0;
}

static bool
read_u32(const char *text, void *out)
{
	int64_t v;
	bool good = read_number(text, &v) && v <= UINT32_MAX;
	uint32_t u = good ? (uint32_t)v : 0;

	memcpy(out, &u, sizeof(u));
	return good;
}

static bool
read_cell(struct rsp_ctx *c, const struct column *k, const char *text, void *line)
{
	char *at = (char *)line + k->offset;

	if (strcmp(text, "-") == 0)
		return k->kind == CELL_TEXT || k->kind == CELL_DATE || k->kind == CELL_MCCS;
	switch (k->kind) {
	case CELL_TEXT: return (size_t)snprintf(at, k->size, "%s", text) < k->size;
	case CELL_FLAG: return read_flag(text, at);
	case CELL_NUMBER: return read_u32(text, at);
	case CELL_BYTES: return read_number(text, (int64_t *)(void *)at);
	case CELL_DATE: return time_read(c, text, (int64_t *)(void *)at) == RSP_OK;
	case CELL_MCCS: return read_mccs(text, at);
	case CELL_CATEGORY: return word_of(category_words, FED_CATEGORIES, text, at);
	case CELL_MODE: return word_of(number_words, FED_NUMBERS, text, at);
	}
	return false;
}

static const struct column *
column_named(const struct table_shape *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->columns[i].name, name) == 0)
			return &t->columns[i];
	return NULL;
}

/* Cut a line at its tabs; the cells point into it. */
static size_t
cut(char *line, char *cells[], size_t max)
{
	size_t n = 0;

	for (char *next = line; next && n < max; n++)
		cells[n] = strsep(&next, "\t");
	return n;
}

struct reading { const struct table_shape *shape; const struct column *order[24]; size_t n_order, n, number; char *rows; };

static enum rsp_status
read_head(struct rsp_ctx *c, struct reading *r, char *line)
{
	char *cells[24];

	r->n_order = cut(line, cells, 24);
	for (size_t i = 0; i < r->n_order; i++)
		if (!(r->order[i] = column_named(r->shape, cells[i])))
			return rsp_fail(c, RSP_MALFORMED, "%s: no column is called '%s'", r->shape->name, cells[i]);
	return r->n_order == r->shape->n ? RSP_OK : rsp_fail(c, RSP_MALFORMED, "%s: want %zu columns, have %zu", r->shape->name, r->shape->n, r->n_order);
}

static enum rsp_status
read_line(struct rsp_ctx *c, struct reading *r, char *line)
{
	char *cells[25], *row = r->rows + r->n * r->shape->size;
	size_t n = cut(line, cells, 25);

	if (n != r->n_order)
		return rsp_fail(c, RSP_MALFORMED, "%s, line %zu: want %zu cells, have %zu", r->shape->name, r->number, r->n_order, n);
	for (size_t i = 0; i < n; i++)
		if (!read_cell(c, r->order[i], cells[i], row))
			return rsp_fail(c, RSP_MALFORMED, "%s, line %zu: %s cannot be '%s'", r->shape->name, r->number, r->order[i]->name, cells[i]);
	r->n++;
	return RSP_OK;
}

static enum rsp_status
read_table(struct rsp_ctx *c, const struct table_shape *shape, struct bytes text, struct reading *r)
{
	char *copy = rsp_alloc(c, text.n + 1), *next = copy, *line;
	size_t lines = 1;
	enum rsp_status st = RSP_OK;

	*r = (struct reading){.shape = shape};
	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	r->rows = rsp_alloc(c, lines * shape->size);
	if (!copy || !r->rows)
		return RSP_NOMEM;
	if (text.n)
		memcpy(copy, text.p, text.n);
	while (st == RSP_OK && (line = strsep(&next, "\n"))) {
		r->number++;
		if (!*line || *line == '#')
			continue;
		st = r->n_order ? read_line(c, r, line) : read_head(c, r, line);
	}
	return st == RSP_OK && !r->n_order ? rsp_fail(c, RSP_MALFORMED, "%s: there is nothing in it", shape->name) : st;
}

static int
by_plmn(const void *a, const void *b)
{
	const struct fed_agreement *x = a, *y = b;
	int d = strcmp(x->carrier, y->carrier);

	return d ? d : strcmp(x->plmn, y->plmn);
}

/* Every host is a carrier, and none hosts itself by way of others. */
static enum rsp_status
check_hosts(struct rsp_ctx *c, const struct fed_facts *f)
{
	for (size_t i = 0; i < f->n_carriers; i++) {
		const struct fed_carrier *k = &f->carriers[i];
		size_t steps = 0;

		while (k && *k->host && steps++ <= f->n_carriers)
			k = fed_carrier(f, k->host);
		if (!k || *k->host)
			return rsp_fail(c, RSP_MALFORMED, "carriers: %s: its host is not there, or is itself", f->carriers[i].name);
	}
	return RSP_OK;
}

static enum rsp_status
check_categories(struct rsp_ctx *c, const struct reading *r, struct fed_facts *out)
{
	const struct category_line *lines = (const void *)r->rows;
	unsigned seen = 0;

	for (size_t i = 0; i < r->n; i++) {
		out->categories[lines[i].category] = lines[i].rule;
		seen |= 1u << lines[i].category;
		if (lines[i].rule.cap_percent > 100 || lines[i].rule.prio > 3)
			return rsp_fail(c, RSP_MALFORMED, "categories: %s: cap above 100 or prio above 3", category_words[lines[i].category]);
	}
	return seen == (1u << FED_CATEGORIES) - 1 ? RSP_OK : rsp_fail(c, RSP_MALFORMED, "categories: not all of them are there");
}

enum rsp_status
fed_facts_read(struct rsp_ctx *c, struct bytes categories, struct bytes carriers, struct bytes agreements, struct bytes models, struct fed_facts *out)
{
	struct bytes texts[4] = {categories, carriers, agreements, models};
	struct reading r[4];
	enum rsp_status st = RSP_OK;

	*out = (struct fed_facts){0};
	for (size_t i = 0; st == RSP_OK && i < 4; i++)
		st = read_table(c, &shapes[i], texts[i], &r[i]);
	if (st != RSP_OK)
		return st;
	out->carriers = (void *)r[1].rows;
	out->n_carriers = r[1].n;
	out->agreements = (void *)r[2].rows;
	out->n_agreements = r[2].n;
	out->models = (void *)r[3].rows;
	out->n_models = r[3].n;
	for (size_t i = 0; i < out->n_agreements; i++)
		memcpy(out->agreements[i].mcc, out->agreements[i].plmn, 3);
	qsort(out->agreements, out->n_agreements, sizeof(*out->agreements), by_plmn);
	st = check_categories(c, &r[0], out);
	return st == RSP_OK ? check_hosts(c, out) : st;
}
