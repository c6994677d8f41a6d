// SPDX-License-Identifier: BSD-2-Clause
/* A line of a scenario to words. */
#include "conformance/script.h"

#include "base/buf.h"
#include "base/utf8.h"

#define WORD_MAX 4096

enum rsp_status
script_wrong(struct rsp_ctx *c, const struct place *at, unsigned column, const char *want, const char *have)
{
	if (!have)
		return rsp_fail(c, RSP_MALFORMED, "%.80s:%u:%u: want %.120s, have the end of the line", at->file, at->line, column, want);
	return rsp_fail(c, RSP_MALFORMED, "%.80s:%u:%u: want %.120s, have '%.40s'", at->file, at->line, column, want, have);
}

static bool
is_name(int ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_';
}

static const char *
lookup(const struct variables *v, struct bytes name)
{
	size_t i;

	for (; v; v = v->outer)
		for (i = 0; v->pairs && v->pairs[i]; i += 2)
			if (bytes_equal_str(name, v->pairs[i]))
				return v->pairs[i + 1];
	return NULL;
}

struct reader { struct rsp_ctx *c; const struct place *at; struct bytes line; size_t i; const struct variables *v; };

static int
peek(const struct reader *r, size_t ahead)
{
	return r->i + ahead < r->line.n ? r->line.p[r->i + ahead] : -1;
}

/* "${name}" */
static enum rsp_status
substitute(struct reader *r, struct buf *b)
{
	size_t from = r->i + 2, to = from;
	const char *value;

	while (to < r->line.n && is_name(r->line.p[to]))
		to++;
	if (to == from || to >= r->line.n || r->line.p[to] != '}')
		return script_wrong(r->c, r->at, (unsigned)r->i + 1, "${NAME}", "${");
	value = lookup(r->v, bytes_of(r->line.p + from, to - from));
	if (!value)
		return script_wrong(r->c, r->at, (unsigned)r->i + 1, "the name of a parameter or variable that is set",
			rsp_sprintf(r->c, "%.*s", (int)(to - from), (const char *)r->line.p + from));
	buf_str(b, value);
	r->i = to + 1;
	return RSP_OK;
}

static enum rsp_status
take_word(struct reader *r, struct buf *b, bool quoted)
{
	enum rsp_status st = RSP_OK;
	int ch;

	while (st == RSP_OK && (ch = peek(r, 0)) >= 0 && b->n < WORD_MAX) {
		if (quoted ? ch == '"' : ch == ' ' || ch == '\t' || ch == '"')
			break;
		if (quoted && ch == '\\' && (peek(r, 1) == '"' || peek(r, 1) == '\\')) {
			buf_u8(b, (unsigned)peek(r, 1));
			r->i += 2;
		} else if (ch == '$' && peek(r, 1) == '{') {
			st = substitute(r, b);
		} else {
			buf_u8(b, (unsigned)ch);
			r->i++;
		}
	}
	return st;
}

/* A word, and what is quoted at its end belongs to it: name="some text". */
static enum rsp_status
next_word(struct reader *r, struct word *w)
{
	struct buf b = BUF_INIT;
	struct bytes text;
	enum rsp_status st;

	*w = (struct word){.column = (unsigned)r->i + 1};
	st = take_word(r, &b, false);
	if (st == RSP_OK && peek(r, 0) == '"') {
		w->quoted = true;
		r->i++;
		st = take_word(r, &b, true);
		if (st == RSP_OK && peek(r, 0) != '"')
			st = script_wrong(r->c, r->at, (unsigned)r->i + 1, "a closing \"", NULL);
		r->i++;
	}
	if (st == RSP_OK && b.n >= WORD_MAX)
		st = script_wrong(r->c, r->at, w->column, "at most 4096 octets in a word", "more");
	buf_u8(&b, 0);
	if (st == RSP_OK && (st = buf_finish(&b, r->c, &text)) == RSP_OK)
		w->text = (const char *)text.p;
	buf_free(&b);
	return st;
}

static enum rsp_status
check_text(struct rsp_ctx *c, const struct place *at, struct bytes line)
{
	size_t i;

	for (i = 0; i < line.n; i++)
		if ((line.p[i] < 0x20 && line.p[i] != '\t') || line.p[i] == 0x7F)
			return script_wrong(c, at, (unsigned)i + 1, "text", "a control character");
	return utf8_valid(line) ? RSP_OK : script_wrong(c, at, 1, "UTF-8", "other octets");
}

enum rsp_status
words_read(struct rsp_ctx *c, const struct place *at, struct bytes line, const struct variables *v, struct words *out)
{
	struct reader r = {c, at, line, 0, v};
	enum rsp_status st = check_text(c, at, line);

	out->n = 0;
	while (st == RSP_OK) {
		while (peek(&r, 0) == ' ' || peek(&r, 0) == '\t')
			r.i++;
		if (peek(&r, 0) < 0 || peek(&r, 0) == '#')
			break;
		if (out->n == WORDS_MAX)
			return script_wrong(c, at, (unsigned)r.i + 1, "at most 40 words in a line", "more");
		st = next_word(&r, &out->p[out->n]);
		out->n += st == RSP_OK;
	}
	return st;
}
