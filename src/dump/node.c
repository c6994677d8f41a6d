// SPDX-License-Identifier: BSD-2-Clause
#include "dump/impl.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/hex.h"
#include "base/utf8.h"

struct dump_node *
dump_add(struct dump *d, struct dump_node *parent, const char *name)
{
	struct dump_node *n = d->full ? NULL : rsp_alloc(d->c, sizeof(*n));

	if (!n || ++d->nodes > DUMP_NODES) {
		d->full = true;
		d->sink = (struct dump_node){.name = ""};
		return &d->sink;
	}
	n->name = name;
	if (parent->last)
		parent->last->next = n;
	else
		parent->child = n;
	parent->last = n;
	return n;
}

static const char *
format(struct dump *d, const char *fmt, va_list args)
{
	va_list again;
	char *text;
	int n;

	if (d->full)
		return "";
	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	text = n < 0 ? NULL : rsp_alloc(d->c, (size_t)n + 1);
	if (!text)
		return "";
	vsnprintf(text, (size_t)n + 1, fmt, args);
	return text;
}

void
dump_say(struct dump *d, struct dump_node *n, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	n->text = format(d, fmt, args);
	va_end(args);
}

struct dump_node *
dump_line(struct dump *d, struct dump_node *parent, const char *name, const char *fmt, ...)
{
	struct dump_node *n = dump_add(d, parent, name);
	va_list args;

	va_start(args, fmt);
	n->text = format(d, fmt, args);
	va_end(args);
	return n;
}

void
dump_complain(struct dump *d, struct dump_node *parent, char level, const char *fmt, ...)
{
	struct dump_node *n = dump_add(d, parent, level == 'E' ? "wrong" : "look");
	va_list args;

	va_start(args, fmt);
	n->text = format(d, fmt, args);
	va_end(args);
	n->level = level;
	d->errors += level == 'E';
	d->warnings += level == 'W';
}

const char *
dump_hex(const struct dump *d, struct bytes b)
{
	bool cut = !d->o.whole && b.n > SHOWN_OCTETS;
	char *hex = hex_of(d->c, cut ? bytes_slice(b, 0, SHOWN_OCTETS) : b);
	char *text = cut && hex ? rsp_sprintf(d->c, "%s... (%zu octets)", hex, b.n) : hex;

	return text ? text : "";
}

static bool
printable(struct bytes b)
{
	size_t i;

	for (i = 0; i < b.n; i++)
		if (b.p[i] < 0x20 || b.p[i] == 0x7F)
			return false;
	return utf8_valid(b);
}

const char *
dump_quoted(const struct dump *d, struct bytes b)
{
	char *text = printable(b) ? rsp_sprintf(d->c, "\"%.*s\"", (int)(b.n > 1024 ? 1024 : b.n), b.n ? (const char *)b.p : "") : NULL;

	return text ? text : dump_hex(d, b);
}
