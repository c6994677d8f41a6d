// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/suite.h"

#include <errno.h>
#include <ftw.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FILE_MAX (1u << 20)
#define FILES_MAX 1000

/* ---- files ---- */

static enum rsp_status
read_text(struct rsp_ctx *c, const char *path, struct bytes *out)
{
	FILE *f = fopen(path, "rb");
	struct stat about;
	char *p;
	size_t n;

	if (!f || fstat(fileno(f), &about) != 0) {
		if (f)
			fclose(f);
		return rsp_fail(c, RSP_IO, "%s: cannot open: %s", path, strerror(errno));
	}
	n = about.st_size < FILE_MAX ? (size_t)about.st_size : FILE_MAX + 1;
	p = n <= FILE_MAX ? rsp_alloc(c, n + 1) : NULL;
	n = p ? fread(p, 1, n, f) : n;
	fclose(f);
	if (n > FILE_MAX)
		return rsp_fail(c, RSP_LIMIT, "%s: more than 1 MiB", path);
	*out = bytes_of(p, n);
	return p ? RSP_OK : RSP_NOMEM;
}

/* include NAME: beside the file. */
static enum rsp_status
read_beside(void *self, struct rsp_ctx *c, const char *name, struct bytes *text)
{
	return read_text(c, rsp_sprintf(c, "%s/%s", (const char *)self, name), text);
}

/* nftw has no argument to give on. */
static struct { char *path[FILES_MAX]; size_t n; } found;

static int
take_file(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	size_t n = strlen(path);

	(void)st;
	(void)f;
	if (kind == FTW_F && n > 5 && strcmp(path + n - 5, ".case") == 0 && found.n < FILES_MAX)
		found.path[found.n++] = strdup(path);
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum rsp_status
load_file(struct rsp_ctx *c, const char *path, const char *const *variables, struct scenarios *out)
{
	const struct script_files files = {dirname(rsp_strdup(c, path)), read_beside};
	struct bytes text;
	enum rsp_status st = read_text(c, path, &text);

	return st == RSP_OK ? script_read(c, rsp_strdup(c, path), text, variables, &files, out) : st;
}

static enum rsp_status
add(struct rsp_ctx *c, struct suite *suite, const struct scenarios *s, enum actor real)
{
	struct scenario **more = rsp_alloc(c, (suite->n + s->n + 1) * sizeof(*more));
	size_t i, k;

	if (!more)
		return RSP_NOMEM;
	if (suite->n)
		memcpy(more, suite->p, suite->n * sizeof(*more));
	suite->p = more;
	for (i = 0; i < s->n; i++) {
		if (real != ACTORS && s->p[i].real != real)
			continue;
		for (k = 0; k < suite->n; k++)
			if (strcmp(suite->p[k]->id, s->p[i].id) == 0)
				return rsp_fail(c, RSP_MALFORMED, "%s:%u:1: want an identifier of its own, have '%.60s' once more", s->p[i].at.file, s->p[i].at.line,
					s->p[i].id);
		suite->p[suite->n++] = &s->p[i];
	}
	return RSP_OK;
}

enum rsp_status
suite_load(struct rsp_ctx *c, const char *dir, enum actor real, enum ec_curve curve, struct suite *out)
{
	const char *const variables[] = {"CURVE", curve == EC_P256 ? "NIST" : "BRP", NULL};
	struct scenarios s;
	enum rsp_status st = RSP_OK;
	size_t i;

	*out = (struct suite){0};
	found.n = 0;
	if (nftw(dir, take_file, 16, FTW_PHYS) != 0)
		return rsp_fail(c, RSP_IO, "%s: cannot be read: %s", dir, strerror(errno));
	qsort(found.path, found.n, sizeof(found.path[0]), by_name);
	for (i = 0; i < found.n; i++) {
		if (st == RSP_OK && (st = load_file(c, found.path[i], variables, &s)) == RSP_OK)
			st = add(c, out, &s, real);
		free(found.path[i]);
	}
	return st == RSP_OK && !out->n ? rsp_fail(c, RSP_IO, "%s: no cases for this", dir) : st;
}

/* ---- playing ---- */

static bool
wanted(const struct world *w, const struct suite_options *o, const struct scenario *s)
{
	return (!o->only || strstr(s->id, o->only)) && (o->destructive || !s->destructive || world_is_own(w));
}

static enum rsp_status
add_row(struct rsp_ctx *c, struct report *r, const struct report_row *row)
{
	struct report_row *p;

	if (r->n == r->cap) {
		p = realloc(r->p, (r->cap + 64) * sizeof(*p));
		if (!p)
			return rsp_fail(c, RSP_NOMEM, "no memory for a report");
		r->p = p;
		r->cap += 64;
	}
	r->p[r->n++] = *row;
	r->counts.verdict[row->result.verdict]++;
	r->counts.played++;
	return RSP_OK;
}

static void
tap_log(FILE *f, const char *log)
{
	size_t n;

	for (; log && *log; log += n + (log[n] == '\n')) {
		n = strcspn(log, "\n");
		fprintf(f, "#   %.*s\n", (int)n, log);
	}
}

static void
tap(FILE *f, const struct report_row *row, unsigned n, bool verbose)
{
	const struct result *r = &row->result;
	bool good = r->verdict == VERDICT_PASS || r->verdict == VERDICT_NOT_APPLICABLE;

	fprintf(f, "%s %u - %s%s%s%s", good ? "ok" : "not ok", n, row->s->id, *row->binding ? " [" : "", row->binding, *row->binding ? "]" : "");
	if (r->verdict == VERDICT_NOT_APPLICABLE)
		fprintf(f, " # SKIP not applicable: %s", r->cause);
	fprintf(f, "\n");
	if (good && !verbose)
		return;
	fprintf(f, "# %s: %s (%s)\n", verdict_name(r->verdict), row->s->intent, row->s->clause);
	if (r->step)
		fprintf(f, "# %s:%u: %s\n", r->step->at.file, r->step->at.line, r->step->text + strspn(r->step->text, " \t"));
	if (!good)
		fprintf(f, "# wanted: %s\n# had:    %s\n# cause:  %s\n", r->wanted, r->had, r->cause);
	tap_log(f, r->log);
}

static bool
has_bindings(const struct scenario *s)
{
	return s->real == ACTOR_SMDPP || s->real == ACTOR_SMDS;
}

static enum rsp_status
play_one(struct world *w, const struct scenario *s, bool der, const struct suite_options *o, struct report *out)
{
	struct report_row row = {.s = s, .binding = !has_bindings(s) ? "" : der ? "asn1" : "json"};
	enum rsp_status st;

	play_case(w, s, der, &row.result);
	st = add_row(&w->c, out, &row);
	if (st != RSP_OK)
		result_free(&row.result);
	else if (o->tap)
		tap(o->tap, &row, out->counts.played, o->verbose);
	return st;
}

enum rsp_status
suite_run(struct world *w, const struct suite *suite, const struct suite_options *o, struct report *out)
{
	enum rsp_status st = RSP_OK;
	size_t i;

	*out = (struct report){0};
	if (o->tap)
		fprintf(o->tap, "TAP version 13\n");
	for (i = 0; st == RSP_OK && i < suite->n; i++) {
		const struct scenario *s = suite->p[i];
		bool both = has_bindings(s);

		if (!wanted(w, o, s))
			continue;
		if (s->bindings & BINDING_JSON || !both)
			st = play_one(w, s, false, o, out);
		if (st == RSP_OK && both && s->bindings & BINDING_ASN1)
			st = play_one(w, s, true, o, out);
	}
	if (o->tap)
		fprintf(o->tap, "1..%u\n# %u passed, %u failed, %u inconclusive, %u not applicable\n", out->counts.played, out->counts.verdict[VERDICT_PASS],
			out->counts.verdict[VERDICT_FAIL], out->counts.verdict[VERDICT_INCONCLUSIVE], out->counts.verdict[VERDICT_NOT_APPLICABLE]);
	return st;
}

/* ---- broken targets ---- */

static bool
bites(struct world *w, const struct scenario *s, bool der)
{
	struct result r;

	play_case(w, s, der, &r);
	result_free(&r);
	return r.verdict == VERDICT_FAIL;
}

enum rsp_status
suite_bite(struct world *w, const struct suite *suite, const struct fault *f, bool all, unsigned *caught, const struct scenario **by)
{
	size_t i;

	*by = NULL;
	w->fault = f;
	for (i = 0; i < suite->n && (all || !*by); i++) {
		const struct scenario *s = suite->p[i];

		if (s->real != f->role)
			continue;
		if (bites(w, s, has_bindings(s) && !(s->bindings & BINDING_JSON))) {
			caught[i]++;
			*by = *by ? *by : s;
		}
	}
	w->fault = NULL;
	return RSP_OK;
}
