// SPDX-License-Identifier: BSD-2-Clause
/* Files and blocks of scenarios: include, define and use, repeat; the lines that head a case. */
#include "conformance/parse.h"

#define DEPTH_MAX 8
#define LINES_MAX 20000
#define TEXT_MAX (1u << 20)
#define REPEAT_MAX 200
#define OCTETS_MAX (8u << 20)
#define PARAMETERS_MAX 12
#define LIMIT_DEFAULT 30

struct macro { const char *name; const char *parameter[PARAMETERS_MAX]; size_t n_parameters; struct lines body; struct macro *next; };

static enum rsp_status parse_lines(struct parser *p, struct lines l, const struct variables *v);

static enum rsp_status
split(struct parser *p, const char *file, struct bytes text, struct lines *out)
{
	size_t i, n = 1, from = 0;

	for (i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	if (text.n > TEXT_MAX || n > LINES_MAX)
		return rsp_fail(p->c, RSP_MALFORMED, "%.80s: want at most %u lines and 1 MiB", file, (unsigned)LINES_MAX);
	*out = (struct lines){rsp_alloc(p->c, n * sizeof(*out->p)), 0};
	if (!out->p)
		return RSP_NOMEM;
	for (i = 0; i <= text.n; i++)
		if (i == text.n || text.p[i] == '\n') {
			out->p[out->n] = (struct line){{file, (unsigned)out->n + 1, 1}, bytes_slice(text, from, i - from)};
			out->n++;
			from = i + 1;
		}
	return RSP_OK;
}

/* ---- heads of cases ---- */

static enum rsp_status
begin_case(struct parser *p, const struct place *at, const struct words *w)
{
	struct scenario *s;
	size_t i;

	if (w->n != 2)
		return parse_wrong(p, at, w, w->n < 2 ? 1 : 2, "case ID");
	for (i = 0; i < p->n_cases; i++)
		if (strcmp(p->cases[i].id, w->p[1].text) == 0)
			return parse_wrong(p, at, w, 1, "an identifier that no case before has");
	if (p->n_cases == CASES_MAX)
		return parse_wrong(p, at, w, 0, "at most 400 cases in a file");
	s = &p->cases[p->n_cases++];
	*s = p->common;
	s->id = w->p[1].text;
	s->at = *at;
	p->now = s;
	return RSP_OK;
}

/* A case that could not fail is none. Its steps move out of the room they were read into. */
static enum rsp_status
end_case(struct parser *p)
{
	struct scenario *s = p->now;
	bool any = false;
	size_t i;

	if (s == &p->common)
		return RSP_OK;
	for (i = 0; i < s->n_steps; i++)
		any = any || p->steps[i].kind == STEP_EXPECT || p->steps[i].kind == STEP_EXPECT_VALUE;
	if (!s->clause || !s->intent || !any)
		return script_wrong(p->c, &s->at, 1, !s->clause ? "a clause in this case" : !s->intent ? "an intent in this case" : "something to expect in this case",
			s->id);
	s->step = rsp_alloc(p->c, s->n_steps * sizeof(*s->step));
	if (!s->step)
		return RSP_NOMEM;
	memcpy(s->step, p->steps, s->n_steps * sizeof(*s->step));
	return RSP_OK;
}

static enum rsp_status
head_text(struct parser *p, const struct place *at, const struct words *w, const char **out)
{
	if (w->n < 2)
		return parse_wrong(p, at, w, 1, "a text");
	*out = parse_rest(p->c, w, 1);
	return *out ? RSP_OK : RSP_NOMEM;
}

static enum rsp_status
head_actor(struct parser *p, const struct place *at, const struct words *w)
{
	enum actor a;

	if (w->n < 2 || !parse_actor(w->p[1].text, &a))
		return parse_wrong(p, at, w, 1, "smdpp, smds, euicc, lpa or mno");
	if (w->n != 3 || (strcmp(w->p[2].text, "real") != 0 && strcmp(w->p[2].text, "simulated") != 0))
		return parse_wrong(p, at, w, w->n > 3 ? 3 : 2, "real or simulated");
	if (p->now->n_steps)
		return parse_wrong(p, at, w, 0, "actors before the first step");
	if (strcmp(w->p[2].text, "real") == 0) {
		if (p->now->real != ACTORS && p->now->real != a)
			return parse_wrong(p, at, w, 2, "one real actor in a case");
		p->now->real = a;
	}
	p->now->has_actor[a] = true;
	return RSP_OK;
}

static enum rsp_status
head_applies(struct parser *p, const struct place *at, const struct words *w)
{
	size_t i = 2;

	if (w->n < 3 || strcmp(w->p[1].text, "if") != 0)
		return parse_wrong(p, at, w, 1, "if [not] O_NAME");
	for (; i < w->n; i++) {
		struct condition *k = &p->now->condition[p->now->n_conditions];

		if (p->now->n_conditions == CONDITIONS_MAX)
			return parse_wrong(p, at, w, i, "at most 8 conditions");
		*k = (struct condition){.negated = strcmp(w->p[i].text, "not") == 0};
		i += k->negated;
		if (i >= w->n || strncmp(w->p[i].text, "O_", 2) != 0)
			return parse_wrong(p, at, w, i, "an option O_NAME");
		k->name = w->p[i].text;
		p->now->n_conditions++;
		if (i + 1 < w->n && (strcmp(w->p[++i].text, "and") != 0 || i + 1 == w->n))
			return parse_wrong(p, at, w, i, "and, and a further option");
	}
	return RSP_OK;
}

static enum rsp_status
head_setting(struct parser *p, const struct place *at, const struct words *w)
{
	if (w->n != 2 || p->now->n_settings == CONDITIONS_MAX)
		return parse_wrong(p, at, w, w->n < 2 ? 1 : 2, "one NAME=VALUE, eight in a case");
	return parse_field(p, at, &w->p[1], &p->now->setting[p->now->n_settings++]);
}

static enum rsp_status
head_binding(struct parser *p, const struct place *at, const struct words *w)
{
	if (w->n == 2 && strcmp(w->p[1].text, "json") == 0)
		p->now->bindings = BINDING_JSON;
	else if (w->n == 2 && strcmp(w->p[1].text, "asn1") == 0)
		p->now->bindings = BINDING_ASN1;
	else
		return parse_wrong(p, at, w, 1, "json or asn1");
	return RSP_OK;
}

static enum rsp_status
head_flag(struct parser *p, const struct place *at, const struct words *w, bool *flag)
{
	if (w->n > 1)
		return parse_wrong(p, at, w, 1, "the end of the line");
	*flag = true;
	return RSP_OK;
}

static enum rsp_status
parse_head(struct parser *p, const struct place *at, const struct words *w, bool *known)
{
	const char *word = w->p[0].text;
	enum rsp_status st;

	*known = true;
	if (strcmp(word, "case") == 0)
		return (st = end_case(p)) == RSP_OK ? begin_case(p, at, w) : st;
	if (strcmp(word, "clause") == 0)
		return head_text(p, at, w, &p->now->clause);
	if (strcmp(word, "intent") == 0)
		return head_text(p, at, w, &p->now->intent);
	if (strcmp(word, "actor") == 0)
		return head_actor(p, at, w);
	if (strcmp(word, "applies") == 0)
		return head_applies(p, at, w);
	if (strcmp(word, "setting") == 0)
		return head_setting(p, at, w);
	if (strcmp(word, "binding") == 0)
		return head_binding(p, at, w);
	if (strcmp(word, "limit") == 0)
		return w->n == 2 && parse_number(w->p[1].text, 1, 3600, &p->now->limit) ? RSP_OK : parse_wrong(p, at, w, 1, "1 to 3600 seconds");
	if (strcmp(word, "destructive") == 0)
		return head_flag(p, at, w, &p->now->destructive);
	if (strcmp(word, "nominal") == 0)
		return head_flag(p, at, w, &p->now->nominal);
	*known = false;
	return RSP_OK;
}

/* ---- blocks ---- */

static bool
first_word_is(struct bytes line, const char *word)
{
	size_t i = 0, n = strlen(word);

	while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t'))
		i++;
	return line.n - i >= n && memcmp(line.p + i, word, n) == 0 && (line.n - i == n || strchr(" \t#", line.p[i + n]));
}

/* The lines up to the end that belongs to the block opened at l.p[i]; *i is then at that end. */
static enum rsp_status
block(struct parser *p, struct lines l, size_t *i, struct lines *body)
{
	size_t from = *i + 1, k;
	unsigned depth = 1;

	for (k = from; k < l.n; k++) {
		if (first_word_is(l.p[k].text, "define") || first_word_is(l.p[k].text, "repeat"))
			depth++;
		else if (first_word_is(l.p[k].text, "end") && --depth == 0)
			break;
	}
	if (k == l.n)
		return script_wrong(p->c, &l.p[*i].at, 1, "an end of this block", "none");
	*body = (struct lines){l.p + from, k - from};
	*i = k;
	return RSP_OK;
}

static struct macro *
find_macro(const struct parser *p, const char *name)
{
	struct macro *m;

	for (m = p->macros; m; m = m->next)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

static enum rsp_status
define(struct parser *p, const struct place *at, const struct words *w, struct lines l, size_t *i)
{
	struct macro *m = rsp_alloc(p->c, sizeof(*m));

	if (!m)
		return RSP_NOMEM;
	if (w->n < 2 || w->n > 2 + PARAMETERS_MAX)
		return parse_wrong(p, at, w, w->n < 2 ? 1 : 2 + PARAMETERS_MAX, "define NAME and at most 12 parameters");
	if (find_macro(p, w->p[1].text))
		return parse_wrong(p, at, w, 1, "a name that is not defined yet");
	m->name = w->p[1].text;
	while (m->n_parameters < w->n - 2) {
		m->parameter[m->n_parameters] = w->p[m->n_parameters + 2].text;
		m->n_parameters++;
	}
	m->next = p->macros;
	p->macros = m;
	return block(p, l, i, &m->body);
}

/* Each parameter once; what is not given is as in the surroundings, or missing. */
static enum rsp_status
use(struct parser *p, const struct place *at, const struct words *w, const struct variables *v)
{
	const char **pairs = rsp_alloc(p->c, (2 * PARAMETERS_MAX + 1) * sizeof(*pairs));
	const struct variables own = {pairs, v};
	struct macro *m = w->n > 1 ? find_macro(p, w->p[1].text) : NULL;
	size_t i, k;
	enum rsp_status st = RSP_OK;

	if (!pairs)
		return RSP_NOMEM;
	if (!m)
		return parse_wrong(p, at, w, 1, "a name that is defined");
	for (i = 2; i < w->n; i++) {
		struct given f;

		if ((st = parse_field(p, at, &w->p[i], &f)) != RSP_OK)
			return st;
		for (k = 0; k < m->n_parameters && strcmp(m->parameter[k], f.name) != 0; k++)
			;
		if (k == m->n_parameters || i - 2 >= PARAMETERS_MAX)
			return parse_wrong(p, at, w, i, "a parameter of this definition");
		pairs[2 * (i - 2)] = f.name;
		pairs[2 * (i - 2) + 1] = f.value.text;
	}
	return parse_lines(p, m->body, &own);
}

static enum rsp_status
repeat(struct parser *p, const struct place *at, const struct words *w, struct lines l, size_t *i, const struct variables *v)
{
	struct lines body;
	unsigned n, k;
	enum rsp_status st;

	if (w->n != 2 || !parse_number(w->p[1].text, 1, REPEAT_MAX, &n))
		return parse_wrong(p, at, w, w->n > 2 ? 2 : 1, "repeat 1 to 200");
	st = block(p, l, i, &body);
	for (k = 0; st == RSP_OK && k < n; k++)
		st = parse_lines(p, body, v);
	return st;
}

static enum rsp_status
include(struct parser *p, const struct place *at, const struct words *w, const struct variables *v)
{
	struct bytes text;
	struct lines l;
	enum rsp_status st;

	if (w->n != 2 || !*w->p[1].text || strchr(w->p[1].text, '/') || w->p[1].text[0] == '.')
		return parse_wrong(p, at, w, w->n > 2 ? 2 : 1, "the name of a file beside this one");
	if (!p->files)
		return parse_wrong(p, at, w, 0, "a text that includes nothing");
	if ((st = p->files->read(p->files->self, p->c, w->p[1].text, &text)) != RSP_OK)
		return st == RSP_NOMEM ? st : parse_wrong(p, at, w, 1, "a file that can be read");
	st = split(p, w->p[1].text, text, &l);
	return st == RSP_OK ? parse_lines(p, l, v) : st;
}

static enum rsp_status
statement(struct parser *p, struct lines l, size_t *i, const struct words *w, const struct variables *v)
{
	const struct place at = l.p[*i].at;
	const char *word = w->p[0].text;
	bool known;
	enum rsp_status st;

	if (strcmp(word, "define") == 0)
		return define(p, &at, w, l, i);
	if (strcmp(word, "use") == 0)
		return use(p, &at, w, v);
	if (strcmp(word, "repeat") == 0)
		return repeat(p, &at, w, l, i, v);
	if (strcmp(word, "include") == 0)
		return include(p, &at, w, v);
	st = parse_head(p, &at, w, &known);
	if (st == RSP_OK && !known)
		st = parse_step(p, &at, l.p[*i].text, w, &known);
	if (st == RSP_OK && !known)
		return parse_wrong(p, &at, w, 0, "a statement");
	return st;
}

/* What is put in for names may be much longer than the text. */
static enum rsp_status
count_octets(struct parser *p, const struct place *at, const struct words *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		p->octets += strlen(w->p[i].text) + 1;
	return p->octets <= OCTETS_MAX ? RSP_OK : script_wrong(p->c, at, 1, "at most 8 MiB, with all that is put in for names", "more");
}

static enum rsp_status
parse_lines(struct parser *p, struct lines l, const struct variables *v)
{
	struct words *w = rsp_alloc(p->c, sizeof(*w));
	enum rsp_status st = w ? RSP_OK : RSP_NOMEM;
	size_t i;

	if (st == RSP_OK && p->depth == DEPTH_MAX)
		return script_wrong(p->c, l.n ? &l.p[0].at : &p->now->at, 1, "at most 8 blocks and files inside each other", "more");
	p->depth++;
	for (i = 0; st == RSP_OK && i < l.n; i++) {
		if (++p->read > LINES_MAX)
			return script_wrong(p->c, &l.p[i].at, 1, "at most 20000 lines, repetitions counted", "more");
		st = words_read(p->c, &l.p[i].at, l.p[i].text, v, w);
		if (st == RSP_OK)
			st = count_octets(p, &l.p[i].at, w);
		if (st == RSP_OK && w->n)
			st = statement(p, l, &i, w, v);
	}
	p->depth--;
	return st;
}

enum rsp_status
script_read(struct rsp_ctx *c, const char *file, struct bytes text, const char *const *variables, const struct script_files *files, struct scenarios *out)
{
	const struct variables v = {variables, NULL};
	struct parser p = {.c = c, .files = files, .cases = rsp_alloc(c, CASES_MAX * sizeof(*p.cases)), .steps = rsp_alloc(c, STEPS_MAX * sizeof(*p.steps))};
	struct lines l;
	enum rsp_status st;

	p.common = (struct scenario){.at = {file, 1, 1}, .limit = LIMIT_DEFAULT, .bindings = BINDING_JSON | BINDING_ASN1, .real = ACTORS};
	p.now = &p.common;
	if (!p.cases || !p.steps)
		return RSP_NOMEM;
	st = split(&p, file, text, &l);
	if (st == RSP_OK)
		st = parse_lines(&p, l, &v);
	if (st == RSP_OK)
		st = end_case(&p);
	if (st == RSP_OK && !p.n_cases)
		st = rsp_fail(c, RSP_MALFORMED, "%.80s:1:1: want a case, have none", file);
	if (st == RSP_OK)
		*out = (struct scenarios){p.cases, p.n_cases};
	return st;
}
