// SPDX-License-Identifier: BSD-2-Clause
/* The steps of a case. */
#include "conformance/parse.h"

#include <stdlib.h>

#include "base/hex.h"

static const char *const actors[ACTORS] = {"smdpp", "smds", "euicc", "lpa", "mno"};

const char *
actor_name(enum actor a)
{
	return actors[a];
}

bool
parse_actor(const char *text, enum actor *out)
{
	int i;

	for (i = 0; i < ACTORS; i++)
		if (strcmp(text, actors[i]) == 0) {
			*out = (enum actor)i;
			return true;
		}
	return false;
}

bool
parse_number(const char *text, unsigned least, unsigned most, unsigned *out)
{
	char *end;
	unsigned long n;

	if (*text < '0' || *text > '9' || strlen(text) > 10)
		return false;
	n = strtoul(text, &end, 10);
	if (*end || n < least || n > most)
		return false;
	*out = (unsigned)n;
	return true;
}

const char *
parse_rest(struct rsp_ctx *c, const struct words *w, size_t i)
{
	const char *text = i < w->n ? w->p[i].text : "";

	for (i++; text && i < w->n; i++)
		text = rsp_sprintf(c, "%s %s", text, w->p[i].text);
	return text;
}

bool
word_in(const char *list, const char *word, size_t n)
{
	const char *at = list;

	while (at && *at) {
		size_t len = strcspn(at, " ");

		if (len == n && memcmp(at, word, n) == 0)
			return true;
		at += len + (at[len] == ' ');
	}
	return false;
}

enum rsp_status
parse_wrong(struct parser *p, const struct place *at, const struct words *w, size_t i, const char *want)
{
	unsigned end = w->n ? w->p[w->n - 1].column + (unsigned)strlen(w->p[w->n - 1].text) : 1;

	return i < w->n ? script_wrong(p->c, at, w->p[i].column, want, w->p[i].text) : script_wrong(p->c, at, end, want, NULL);
}

static bool
is(const struct words *w, size_t i, const char *text)
{
	return i < w->n && !w->p[i].quoted && strcmp(w->p[i].text, text) == 0;
}

enum rsp_status
parse_field(struct parser *p, const struct place *at, const struct word *w, struct given *out)
{
	const char *sign = strchr(w->text, '=');

	if (!sign || sign == w->text)
		return script_wrong(p->c, at, w->column, "NAME=VALUE", w->text);
	*out = (struct given){.name = rsp_sprintf(p->c, "%.*s", (int)(sign - w->text), w->text), .value = *w};
	out->value.text = sign + 1;
	out->value.column += (unsigned)(sign - w->text) + 1;
	return out->name ? RSP_OK : RSP_NOMEM;
}

/* ---- send, with, mutate, drop ---- */

static struct step *
new_step(struct parser *p, enum step_kind kind, const struct place *at, struct bytes text)
{
	struct step *s = &p->steps[p->now->n_steps];

	if (p->now->n_steps == STEPS_MAX)
		return NULL;
	*s = (struct step){.kind = kind, .at = *at, .text = rsp_sprintf(p->c, "%.*s", (int)(text.n > 200 ? 200 : text.n), (const char *)text.p)};
	p->now->n_steps++;
	return s;
}

static enum rsp_status
fields(struct parser *p, const struct place *at, const struct words *w, size_t i, struct step *s)
{
	enum rsp_status st = RSP_OK;

	for (; st == RSP_OK && i < w->n; i++) {
		struct given *f = &s->field[s->n_fields];

		if (s->n_fields == FIELDS_MAX)
			return parse_wrong(p, at, w, i, "at most 16 fields");
		if ((st = parse_field(p, at, &w->p[i], f)) != RSP_OK)
			return st;
		if (!word_in(s->function->fields, f->name, strlen(f->name)))
			return parse_wrong(p, at, w, i, rsp_sprintf(p->c, "a field of %s (%s)", s->function->name, s->function->fields));
		s->n_fields++;
	}
	return st;
}

static enum rsp_status
send(struct parser *p, const struct place *at, struct bytes text, const struct words *w, enum actor actor)
{
	const struct function *f;
	struct step *s;

	if (w->n < 3 || w->p[2].quoted)
		return parse_wrong(p, at, w, 2, "the name of a function");
	f = function_named(actor, p->now->real, w->p[2].text);
	if (!f)
		return parse_wrong(p, at, w, 2, rsp_sprintf(p->c, "a function that %s sends in a case about %s", actors[actor], actors[p->now->real]));
	if (!(s = new_step(p, STEP_SEND, at, text)))
		return parse_wrong(p, at, w, 0, "at most 400 steps in a case");
	s->function = f;
	return fields(p, at, w, 3 + is(w, 3, "with"), s);
}

static enum rsp_status
change_value(struct parser *p, const struct place *at, const struct words *w, struct change *m, size_t *i)
{
	struct bytes octets;

	if (m->op != CHANGE_SET && m->op != CHANGE_APPEND)
		return RSP_OK;
	if (*i >= w->n || (w->p[*i].text[0] != '$' && hex_read(p->c, bytes_of_str(w->p[*i].text), &octets) != RSP_OK)) {
		p->c->error = (struct rsp_error){0};
		return parse_wrong(p, at, w, *i, "octets in hex or $NAME");
	}
	m->value = w->p[(*i)++].text;
	return RSP_OK;
}

/* mutate PATH op [VALUE] before|after sign */
static enum rsp_status
mutate(struct parser *p, const struct place *at, const struct words *w, struct step *s)
{
	static const struct { const char *name; enum change_op op; } ops[] = {
		{"set", CHANGE_SET}, {"delete", CHANGE_DELETE}, {"repeat", CHANGE_REPEAT}, {"append", CHANGE_APPEND}, {"flip", CHANGE_FLIP},
	};
	struct change *m = &s->change[s->n_changes];
	size_t i, k = 3;
	enum rsp_status st;

	if (s->n_changes == CHANGES_MAX)
		return parse_wrong(p, at, w, 0, "at most 8 changes in a step");
	if (w->n < 2 || !word_in(s->function->paths, w->p[1].text, strcspn(w->p[1].text, "/#")))
		return parse_wrong(p, at, w, 1, rsp_sprintf(p->c, "a path that begins with one of: %s", *s->function->paths ? s->function->paths : "nothing, here"));
	m->path = w->p[1].text;
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]) && !is(w, 2, ops[i].name); i++)
		;
	if (i == sizeof(ops) / sizeof(ops[0]))
		return parse_wrong(p, at, w, 2, "set, delete, repeat, append or flip");
	m->op = ops[i].op;
	if ((st = change_value(p, at, w, m, &k)) != RSP_OK)
		return st;
	if (!is(w, k, "before") && !is(w, k, "after"))
		return parse_wrong(p, at, w, k, "before sign or after sign");
	m->after_sign = is(w, k, "after");
	if (!is(w, k + 1, "sign") || w->n > k + 2)
		return parse_wrong(p, at, w, is(w, k + 1, "sign") ? k + 2 : k + 1, "sign, and the end of the line");
	s->n_changes++;
	return RSP_OK;
}

/* A line that belongs to the `send` before it. */
static enum rsp_status
belongs(struct parser *p, const struct place *at, const struct words *w)
{
	struct step *s = p->now->n_steps ? &p->steps[p->now->n_steps - 1] : NULL;

	if (!s || s->kind != STEP_SEND)
		return parse_wrong(p, at, w, 0, "a send before it");
	if (is(w, 0, "with"))
		return w->n > 1 ? fields(p, at, w, 1, s) : parse_wrong(p, at, w, 1, "NAME=VALUE");
	if (is(w, 0, "mutate"))
		return mutate(p, at, w, s);
	if (w->n > 1)
		return parse_wrong(p, at, w, 1, "the end of the line");
	s->drop = true;
	return RSP_OK;
}

/* ---- expect, keep ---- */

static bool
is_code(const char *t)
{
	const char *slash = strchr(t, '/');

	return slash && strspn(t, "0123456789.") == (size_t)(slash - t) && slash > t && slash[1] && !slash[1 + strspn(slash + 1, "0123456789.")];
}

/* success, installed, refused, 8.8.1/3.8, "error 6", "sw 6985", "pir 2/9", "HTTP 400" */
static bool
is_verdict(const struct words *w)
{
	unsigned n;

	if (w->n == 2)
		return is(w, 1, "success") || is(w, 1, "installed") || is(w, 1, "refused") || is_code(w->p[1].text);
	if (w->n != 3)
		return false;
	if (is(w, 1, "error") || is(w, 1, "HTTP"))
		return parse_number(w->p[2].text, 0, 999, &n);
	if (is(w, 1, "sw"))
		return strlen(w->p[2].text) == 4 && strspn(w->p[2].text, "0123456789ABCDEF") == 4;
	return is(w, 1, "pir") && is_code(w->p[2].text);
}

static enum rsp_status
expect_value(struct parser *p, const struct place *at, struct bytes text, const struct words *w)
{
	struct step *s = new_step(p, STEP_EXPECT_VALUE, at, text);
	size_t last = 4;

	if (!s)
		return parse_wrong(p, at, w, 0, "at most 400 steps in a case");
	s->path = w->p[1].text;
	s->op = is(w, 2, "present") ? VALUE_PRESENT : is(w, 2, "absent") ? VALUE_ABSENT : is(w, 2, "length") ? VALUE_LENGTH : is(w, 3, "not") ? VALUE_IS_NOT :
		VALUE_IS;
	if (s->op == VALUE_PRESENT || s->op == VALUE_ABSENT)
		last = 3;
	else if (s->op == VALUE_IS_NOT)
		last = 5;
	if (s->op == VALUE_LENGTH && (w->n < 4 || !parse_number(w->p[3].text, 0, 1000000, &s->number)))
		return parse_wrong(p, at, w, 3, "a number of octets");
	if (w->n != last)
		return parse_wrong(p, at, w, w->n < last ? w->n : last, w->n < last ? "a value" : "the end of the line");
	if (s->op == VALUE_IS || s->op == VALUE_IS_NOT) {
		struct bytes octets;

		s->value = w->p[last - 1];
		if (!s->value.quoted && s->value.text[0] != '$' && hex_read(p->c, bytes_of_str(s->value.text), &octets) != RSP_OK) {
			p->c->error = (struct rsp_error){0};
			return parse_wrong(p, at, w, last - 1, "octets in hex, \"text\" or $NAME");
		}
	}
	return RSP_OK;
}

static enum rsp_status
expect(struct parser *p, const struct place *at, struct bytes text, const struct words *w)
{
	struct step *s;

	if (w->n > 2 && (is(w, 2, "is") || is(w, 2, "length") || is(w, 2, "present") || is(w, 2, "absent")))
		return expect_value(p, at, text, w);
	if (!is_verdict(w))
		return parse_wrong(p, at, w, 1, "success, installed, refused, S.S/R.R, error N, sw XXXX, pir C/R, HTTP N, or PATH is|length|present|absent");
	if (!(s = new_step(p, STEP_EXPECT, at, text)))
		return parse_wrong(p, at, w, 0, "at most 400 steps in a case");
	s->want = parse_rest(p->c, w, 1);
	return s->want ? RSP_OK : RSP_NOMEM;
}

static enum rsp_status
keep(struct parser *p, const struct place *at, struct bytes text, const struct words *w)
{
	struct step *s;

	if (w->n != 3)
		return parse_wrong(p, at, w, w->n < 3 ? w->n : 3, "keep NAME PATH");
	if (!(s = new_step(p, STEP_KEEP, at, text)))
		return parse_wrong(p, at, w, 0, "at most 400 steps in a case");
	s->name = w->p[1].text;
	s->path = w->p[2].text;
	return RSP_OK;
}

static enum rsp_status
actor_does(struct parser *p, const struct place *at, struct bytes text, const struct words *w, enum actor actor)
{
	if (!p->now->has_actor[actor])
		return parse_wrong(p, at, w, 0, "an actor that the case has named");
	if (is(w, 1, "send"))
		return send(p, at, text, w, actor);
	if (!is(w, 1, "power") || actor != ACTOR_EUICC)
		return parse_wrong(p, at, w, 1, actor == ACTOR_EUICC ? "send or power off" : "send");
	if (!is(w, 2, "off") || w->n != 3)
		return parse_wrong(p, at, w, is(w, 2, "off") ? 3 : 2, "power off");
	return new_step(p, STEP_POWER, at, text) ? RSP_OK : parse_wrong(p, at, w, 0, "at most 400 steps in a case");
}

static enum rsp_status
delay(struct parser *p, const struct place *at, struct bytes text, const struct words *w)
{
	struct step *s;
	unsigned n;

	if (w->n != 2 || !parse_number(w->p[1].text, 1, 4000000000u, &n))
		return parse_wrong(p, at, w, w->n > 2 ? 2 : 1, "a number of seconds");
	if (!(s = new_step(p, STEP_DELAY, at, text)))
		return parse_wrong(p, at, w, 0, "at most 400 steps in a case");
	s->number = n;
	return RSP_OK;
}

enum rsp_status
parse_step(struct parser *p, const struct place *at, struct bytes text, const struct words *w, bool *known)
{
	bool in_case = p->now != &p->common;
	enum actor actor;

	*known = is(w, 0, "with") || is(w, 0, "mutate") || is(w, 0, "drop") || is(w, 0, "expect") || is(w, 0, "keep") || is(w, 0, "delay") ||
		parse_actor(w->p[0].text, &actor);
	if (!*known)
		return RSP_OK;
	if (!in_case || p->now->real == ACTORS)
		return parse_wrong(p, at, w, 0, in_case ? "the line of a real actor before the steps" : "a case before the steps");
	if (is(w, 0, "with") || is(w, 0, "mutate") || is(w, 0, "drop"))
		return belongs(p, at, w);
	if (is(w, 0, "expect"))
		return expect(p, at, text, w);
	if (is(w, 0, "keep"))
		return keep(p, at, text, w);
	if (is(w, 0, "delay"))
		return delay(p, at, text, w);
	return parse_actor(w->p[0].text, &actor) ? actor_does(p, at, text, w, actor) : RSP_OK;
}
