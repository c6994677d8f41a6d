// SPDX-License-Identifier: BSD-2-Clause
/* A trace read from its beginning: channels, STORE DATA chains and GET RESPONSE put together, what they carry explained. */
#include "dump/trace.h"

#include <stdio.h>

#include "apdu/apdu.h"
#include "base/hex.h"

#define CHANNELS 20
#define CARDS 8
#define CHAIN_MAX (1u << 20)

/* One card's side of the talk. */
struct talk {
	struct bytes who;
	const char *selected[CHANNELS];
	struct buf chain[CHANNELS];
	struct buf answer;            /* over 61xx */
	struct buf bpp;               /* segments of a Bound Profile Package */
	struct apdu last;
	bool waiting;                 /* for an answer */
	unsigned n_segments;
};

struct tracing { struct dump *d; struct dump_node *list; struct talk talk[CARDS]; size_t n; };

/* The package is explained once it is whole. */
static void
end_bpp(struct tracing *x, struct talk *t)
{
	struct bytes whole = rsp_copy(x->d->c, buf_bytes(&t->bpp));
	struct dump_node *n;

	if (!t->bpp.n)
		return;
	n = dump_line(x->d, x->list, "put together", "%u segments", t->n_segments);
	dump_bpp(x->d, n, whole);
	buf_reset(&t->bpp);
	t->n_segments = 0;
}

static bool
is_segment(const struct talk *t, uint32_t tag)
{
	return tag == 0xBF36 || (t->bpp.n && (tag == 0xA0 || tag == 0xA1 || tag == 0xA2 || tag == 0xA3 || tag == 0x86 || tag == 0x87 || tag == 0x88));
}

/* A whole ES10 command. */
static void
es10_command(struct tracing *x, struct talk *t, struct dump_node *n, struct bytes command)
{
	const struct dump_function *f;
	uint32_t tag = 0;
	size_t size;

	if (!tlv_header_size(command, &tag, &size)) {
		dump_tlv_fault(x->d, n, command, command);
		return;
	}
	if (is_segment(t, tag)) {
		if (tag == 0xBF36)
			end_bpp(x, t);
		buf_add(&t->bpp, t->bpp.n + command.n < CHAIN_MAX ? command : BYTES_NONE);
		dump_line(x->d, n, "LoadBoundProfilePackage", "segment %u: tag %X, %zu octets", ++t->n_segments, tag, command.n);
		return;
	}
	end_bpp(x, t);
	f = dump_function(tag);
	if (f && n->text && t->waiting)
		dump_say(x->d, n, "%s  %s", n->text, f->name);
	n->base = true;
	dump_der(x->d, n, command, command, "Request");
}

static void
es10_response(struct tracing *x, struct talk *t, struct dump_node *n, struct bytes answer)
{
	if (!answer.n)
		return;
	n->base = true;
	dump_der(x->d, n, answer, answer, "Response");
	if (answer.n > 1 && answer.p[0] == 0xBF && answer.p[1] == 0x37)
		end_bpp(x, t);
}

static void
say_select(struct dump *d, struct talk *t, const struct apdu *a, struct buf *b)
{
	const char *name;

	if (a->p1 == 4) {
		name = dump_aid_name(a->data);
		buf_printf(b, " AID %s%s%s", dump_hex(d, a->data), name ? ", " : "", name ? name : "");
		t->selected[a->channel] = name;
	} else if (a->data.n && a->data.n % 2 == 0) {
		name = dump_fid_name((unsigned)a->data.p[a->data.n - 2] << 8 | a->data.p[a->data.n - 1]);
		buf_printf(b, " %s %s%s%s", a->p1 == 8 ? "path" : a->p1 == 9 ? "path from here" : "file", dump_hex(d, a->data), name ? ", " : "", name ? name : "");
	}
}

/* What the parameters say. */
static void
say_parameters(struct dump *d, struct talk *t, const struct apdu *a, struct buf *b)
{
	switch (a->ins) {
	case 0xA4:
		say_select(d, t, a, b);
		break;
	case 0xE2:
		buf_printf(b, ", block %u%s, %zu octets", a->p2, a->p1 & 0x80 ? ", last" : "", a->data.n);
		break;
	case 0x70:
		if (a->p1 == 0x80)
			buf_printf(b, ", close channel %u", a->p2);
		else
			buf_str(b, ", open a channel");
		break;
	case 0xB0:
	case 0xD6:
		if (a->p1 & 0x80)
			buf_printf(b, ", SFI %02X from %u", a->p1 & 0x1F, a->p2);
		else
			buf_printf(b, ", from %u", a->p1 << 8 | a->p2);
		break;
	case 0xB2:
	case 0xDC:
		buf_printf(b, ", record %u", a->p1);
		break;
	case 0x20:
	case 0x24:
	case 0x26:
	case 0x28:
	case 0x2C:
		buf_printf(b, ", reference %02X", a->p2);
		break;
	default:
		break;
	}
}

static bool
holds_code(unsigned ins)
{
	return ins == 0x20 || ins == 0x24 || ins == 0x26 || ins == 0x28 || ins == 0x2C;
}

static void
feed_chain(struct tracing *x, struct talk *t, struct dump_node *n, const struct apdu *a)
{
	struct buf *chain = &t->chain[a->channel];
	struct bytes whole;

	if (a->p2 == 0)
		buf_reset(chain);
	if (chain->n + a->data.n > CHAIN_MAX) {
		dump_complain(x->d, n, 'E', "a chain of more than %u octets", CHAIN_MAX);
		return;
	}
	buf_add(chain, a->data);
	if (!(a->p1 & 0x80))
		return;
	whole = rsp_copy(x->d->c, buf_bytes(chain));
	buf_reset(chain);
	es10_command(x, t, n, whole);
}

static void
command_words(struct dump *d, struct talk *t, const struct apdu *a, struct buf *b)
{
	const char *name = dump_ins_name(a->ins);

	buf_str(b, name ? name : "unknown instruction");
	say_parameters(d, t, a, b);
	if (a->data.n && a->ins != 0xE2 && a->ins != 0xA4)
		buf_printf(b, ", data %s", holds_code(a->ins) && !d->o.secrets ? "not shown" : dump_hex(d, a->data));
	if (a->channel)
		buf_printf(b, ", channel %u%s%s", a->channel, t->selected[a->channel] ? " " : "", t->selected[a->channel] ? t->selected[a->channel] : "");
}

const char *
dump_apdu_words(struct rsp_ctx *c, struct bytes command)
{
	struct dump d = {.c = c};
	struct talk t = {.n_segments = 0};
	struct buf b = BUF_INIT;
	struct bytes out;
	struct apdu a;

	if (apdu_read(command, &a) != RSP_OK)
		return "no command APDU";
	command_words(&d, &t, &a, &b);
	buf_u8(&b, 0);
	return buf_finish(&b, c, &out) == RSP_OK ? (const char *)out.p : "";
}

static void
say_command(struct tracing *x, struct talk *t, struct bytes raw)
{
	struct dump_node *n = dump_add(x->d, x->list, ">");
	struct buf b = BUF_INIT;
	struct apdu a;

	t->waiting = true;
	if (apdu_read(raw, &a) != RSP_OK) {
		t->last = (struct apdu){0};
		dump_say(x->d, n, "%s", dump_hex(x->d, raw));
		dump_complain(x->d, n, 'E', "no command APDU: want CLA INS P1 P2, then Lc and as many octets");
		return;
	}
	command_words(x->d, t, &a, &b);
	dump_say(x->d, n, "%02X%02X%02X%02X  %.*s", a.cla, a.ins, a.p1, a.p2, (int)b.n, b.p ? (const char *)b.p : "");
	buf_free(&b);
	t->last = a;
	t->last.data = BYTES_NONE;
	if (a.ins == 0xE2)
		feed_chain(x, t, n, &a);
}

static void
explain_answer(struct tracing *x, struct talk *t, struct dump_node *n)
{
	struct bytes all = rsp_copy(x->d->c, buf_bytes(&t->answer));
	unsigned ins = t->last.ins;

	buf_reset(&t->answer);
	if (!all.n)
		return;
	if (ins == 0xE2 || (all.n > 2 && all.p[0] == 0xBF)) {
		es10_response(x, t, n, all);
	} else if (ins == 0xA4 || ins == 0xF2 || all.p[0] == 0x6F || all.p[0] == 0x62) {
		n->base = true;
		dump_der(x->d, n, all, all, NULL);
	}
}

static void
say_response(struct tracing *x, struct talk *t, struct bytes raw)
{
	struct dump_node *n = dump_add(x->d, x->list, "<");
	unsigned sw;

	t->waiting = false;
	if (raw.n < 2) {
		dump_say(x->d, n, "%s", dump_hex(x->d, raw));
		dump_complain(x->d, n, 'E', "want at least a status word, have %zu octets", raw.n);
		return;
	}
	sw = (unsigned)raw.p[raw.n - 2] << 8 | raw.p[raw.n - 1];
	raw.n -= 2;
	dump_say(x->d, n, "%04X  %s%s%s", sw, apdu_sw_text(sw), raw.n ? ", " : "", raw.n ? dump_hex(x->d, raw) : "");
	if (t->last.ins == 0x70 && t->last.p1 == 0 && raw.n == 1)
		dump_line(x->d, n, "channel", "%u", raw.p[0]);
	buf_add(&t->answer, t->answer.n + raw.n < CHAIN_MAX ? raw : BYTES_NONE);
	if (sw >> 8 != 0x61)
		explain_answer(x, t, n);
}

/* ---- lines ---- */

static struct talk *
talk_of(struct tracing *x, struct bytes who)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		if (bytes_equal(x->talk[i].who, who))
			return &x->talk[i];
	if (x->n == CARDS)
		return &x->talk[0];
	x->talk[x->n].who = who;
	return &x->talk[x->n++];
}

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
			say_response(x, t, l->octets);
		else
			say_command(x, t, l->octets);
		break;
	case LINE_COMMAND:
		say_command(x, t, l->octets);
		break;
	case LINE_RESPONSE:
		say_response(x, t, l->octets);
		break;
	case LINE_ES10_COMMAND:
		n = named_line(x, l, "card >");
		n->type = NULL;
		if (l->octets.n)
			es10_command(x, t, n, l->octets);
		break;
	case LINE_ES10_RESPONSE:
		es10_response(x, t, named_line(x, l, "card <"), l->octets);
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
	size_t i, k;

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
	for (i = 0; i < x.n; i++) {
		end_bpp(&x, &x.talk[i]);
		for (k = 0; k < CHANNELS; k++)
			buf_free(&x.talk[i].chain[k]);
		buf_free(&x.talk[i].answer);
		buf_free(&x.talk[i].bpp);
	}
	return true;
}
