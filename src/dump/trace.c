// SPDX-License-Identifier: BSD-2-Clause
/* A trace as text: each line is what its form says, and told to the card's talk it belongs to. */
#include "dump/trace.h"

static struct dump_node *
named_line(struct tracing *x, const struct trace_line *l, const char *mark)
{
	return dump_line(x->d, x->list, mark, "%.*s%s%.*s", (int)l->who.n, l->who.n ? (const char *)l->who.p : "", l->who.n ? " " : "", (int)l->what.n,
		l->what.n ? (const char *)l->what.p : "");
}

static void
http(struct tracing *x, const struct trace_line *l, const char *mark)
{
	struct dump_node *n = named_line(x, l, mark);

	if (l->octets.n && !dump_body(x->d, n, l->octets))
		dump_say(x->d, n, "%s, %zu octets that are no JSON", n->text, l->octets.n);
}

/* No word whether sent or received: an answer follows a command and ends with a status word. */
static bool
looks_like_response(const struct talk *t, struct bytes raw)
{
	uint8_t sw1 = raw.n >= 2 ? raw.p[raw.n - 2] : 0;
	struct apdu a;

	if (raw.n < 4 || apdu_read(raw, &a) != RSP_OK)
		return true;
	return t->waiting && (sw1 >> 4 == 6 || sw1 >> 4 == 9);
}

static void
one_line(struct tracing *x, const struct trace_line *l)
{
	struct talk *t = talk_of(x, l->who);
	struct dump_node *n;

	switch (l->kind) {
	case LINE_HEX:
		if (looks_like_response(t, l->octets))
			talk_response(x, t, l->octets);
		else
			talk_command(x, t, l->octets);
		break;
	case LINE_COMMAND:
		talk_command(x, t, l->octets);
		break;
	case LINE_RESPONSE:
		talk_response(x, t, l->octets);
		break;
	case LINE_ES10_COMMAND:
		n = named_line(x, l, "card >");
		n->type = NULL;
		if (l->octets.n)
			talk_es10_command(x, t, n, l->octets);
		break;
	case LINE_ES10_RESPONSE:
		talk_es10_response(x, t, named_line(x, l, "card <"), l->octets);
		break;
	case LINE_HTTP_REQUEST:
		http(x, l, "http >");
		break;
	case LINE_HTTP_RESPONSE:
		http(x, l, "http <");
		break;
	default:
		named_line(x, l, "note");
	}
}

static bool
next_line(struct bytes *rest, struct bytes *line)
{
	const uint8_t *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;

	if (!rest->n)
		return false;
	*line = bytes_slice(*rest, 0, end ? (size_t)(end - rest->p) : rest->n);
	*rest = end ? bytes_from(*rest, line->n + 1) : BYTES_NONE;
	return true;
}

/* Some line is of a trace: one with a mark, or at least two of plain hex. */
static bool
is_trace(struct dump *d, struct bytes text)
{
	unsigned hex = 0, other = 0, seen = 0;
	struct trace_line l;
	struct bytes line;

	while (seen++ < 200 && next_line(&text, &line)) {
		trace_line_read(d->c, line, &l);
		if (l.kind > LINE_HEX && l.kind != LINE_NOTE)
			return true;
		hex += l.kind == LINE_HEX && l.octets.n >= 2;
		other += l.kind == LINE_NONE && line.n > 1;
	}
	return hex >= 2 && other <= hex;
}

bool
dump_trace(struct dump *d, struct bytes text)
{
	struct tracing x = {.d = d};
	struct trace_line l;
	struct bytes line;
	unsigned skipped = 0;

	if (!is_trace(d, text))
		return false;
	x.list = dump_line(d, d->root, "trace", "%s", "");
	while (!d->full && next_line(&text, &line)) {
		trace_line_read(d->c, line, &l);
		if (l.kind != LINE_NONE)
			one_line(&x, &l);
		else
			skipped += line.n > 1;
	}
	if (skipped)
		dump_complain(d, x.list, 'W', "%u lines are no part of a trace that is understood", skipped);
	tracing_end(&x);
	return true;
}
