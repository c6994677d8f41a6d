// SPDX-License-Identifier: BSD-2-Clause
/* APDUs from their beginning on: channels, STORE DATA chains and GET RESPONSE put together, what they carry explained. */
#include "dump/trace.h"

#include <stdio.h>

#include "apdu/apdu.h"
#include "base/hex.h"

/* The package is explained once it is whole. */
void
talk_end_bpp(struct tracing *x, struct talk *t)
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
void
talk_es10_command(struct tracing *x, struct talk *t, struct dump_node *n, struct bytes command)
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
			talk_end_bpp(x, t);
		buf_add(&t->bpp, t->bpp.n + command.n < CHAIN_MAX ? command : BYTES_NONE);
		dump_line(x->d, n, "LoadBoundProfilePackage", "segment %u: tag %X, %zu octets", ++t->n_segments, tag, command.n);
		return;
	}
	talk_end_bpp(x, t);
	f = dump_function(tag);
	if (f && n->text && t->waiting)
		dump_say(x->d, n, "%s  %s", n->text, f->name);
	n->base = true;
	dump_der(x->d, n, command, command, "Request");
}

void
talk_es10_response(struct tracing *x, struct talk *t, struct dump_node *n, struct bytes answer)
{
	if (!answer.n)
		return;
	n->base = true;
	dump_der(x->d, n, answer, answer, "Response");
	if (answer.n > 1 && answer.p[0] == 0xBF && answer.p[1] == 0x37)
		talk_end_bpp(x, t);
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
	talk_es10_command(x, t, n, whole);
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

void
talk_command(struct tracing *x, struct talk *t, struct bytes raw)
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
	if (a.ins != 0xC0)
		t->ins = a.ins;
	if (a.ins == 0xE2)
		feed_chain(x, t, n, &a);
}

static void
explain_answer(struct tracing *x, struct talk *t, struct dump_node *n)
{
	struct bytes all = rsp_copy(x->d->c, buf_bytes(&t->answer));
	unsigned ins = t->ins;

	buf_reset(&t->answer);
	if (!all.n)
		return;
	if (ins == 0xE2 || (all.n > 2 && all.p[0] == 0xBF)) {
		talk_es10_response(x, t, n, all);
	} else if (ins == 0xA4 || ins == 0xF2 || all.p[0] == 0x6F || all.p[0] == 0x62) {
		n->base = true;
		dump_der(x->d, n, all, all, NULL);
	}
}

/* Octets that are explained below, or hold keys of a network (AUTHENTICATE), are counted only. */
static const char *
answer_words(const struct dump *d, const struct talk *t, struct bytes raw)
{
	const char *words;

	if (!raw.n || (t->ins != 0xE2 && (t->ins != 0x88 || d->o.secrets)))
		return dump_hex(d, raw);
	words = rsp_sprintf(d->c, "%zu octets", raw.n);
	return words ? words : "";
}

void
talk_response(struct tracing *x, struct talk *t, struct bytes raw)
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
	dump_say(x->d, n, "%04X  %s%s%s", sw, apdu_sw_text(sw), raw.n ? ", " : "", answer_words(x->d, t, raw));
	if (t->last.ins == 0x70 && t->last.p1 == 0 && raw.n == 1)
		dump_line(x->d, n, "channel", "%u", raw.p[0]);
	buf_add(&t->answer, t->answer.n + raw.n < CHAIN_MAX ? raw : BYTES_NONE);
	if (sw >> 8 != 0x61)
		explain_answer(x, t, n);
}

struct talk *
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

void
tracing_end(struct tracing *x)
{
	size_t i, k;

	for (i = 0; i < x->n; i++) {
		talk_end_bpp(x, &x->talk[i]);
		for (k = 0; k < CHANNELS; k++)
			buf_free(&x->talk[i].chain[k]);
		buf_free(&x->talk[i].answer);
		buf_free(&x->talk[i].bpp);
	}
}
