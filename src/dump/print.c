// SPDX-License-Identifier: BSD-2-Clause
/* The tree as indented text with columns for offset, tag and length, or as JSON. */
#include "dump/impl.h"

#include <stdio.h>

static bool
has_tlv(const struct dump_node *n)
{
	for (n = n->child; n; n = n->next)
		if (n->tlv || has_tlv(n))
			return true;
	return false;
}

static void
print_line(const struct dump_node *n, bool columns, unsigned indent, struct buf *out)
{
	char tag[9];
	unsigned i;

	snprintf(tag, sizeof(tag), "%0*X", n->tag > 0xFFFF ? 6 : n->tag > 0xFF ? 4 : 2, n->tag);
	if (columns && n->tlv)
		buf_printf(out, "%6zu %-6s %6zu  ", n->offset, tag, n->length);
	else if (columns)
		buf_printf(out, "%22s", "");
	for (i = 0; i < indent; i++)
		buf_str(out, "  ");
	if (n->level)
		buf_printf(out, "%s ", n->level == 'E' ? "!!" : "!");
	else
		buf_str(out, n->name);
	if (!n->level && n->type && *n->type)
		buf_printf(out, "%s%s", *n->name ? " : " : "", n->type);
	if (n->text && *n->text)
		buf_printf(out, "%s%s", n->level ? "" : *n->name || (n->type && *n->type) ? "  " : "", n->text);
	buf_u8(out, '\n');
}

static void
print_below(const struct dump_node *n, bool columns, unsigned indent, struct buf *out)
{
	for (n = n->child; n; n = n->next) {
		print_line(n, columns, indent, out);
		print_below(n, columns, indent + 1, out);
	}
}

void
dump_text(const struct dump *d, struct buf *out)
{
	print_below(d->root, has_tlv(d->root), 0, out);
	if (d->full)
		buf_printf(out, "!! more than %u lines: the rest is not shown\n", DUMP_NODES);
}

static void
json_node(const struct dump_node *n, struct json_out *j)
{
	const struct dump_node *kid;
	char tag[9];

	json_object(j, NULL);
	json_string(j, "name", n->name);
	if (n->type && *n->type)
		json_string(j, "type", n->type);
	if (n->level)
		json_string(j, "level", n->level == 'E' ? "error" : "warning");
	if (n->tlv) {
		snprintf(tag, sizeof(tag), "%0*X", n->tag > 0xFFFF ? 6 : n->tag > 0xFF ? 4 : 2, n->tag);
		json_string(j, "tag", tag);
		json_int(j, "offset", (long long)n->offset);
		json_int(j, "length", (long long)n->length);
	}
	if (n->text)
		json_string(j, "text", n->text);
	if (n->raw.p)
		json_hex(j, "hex", n->raw);
	if (n->child) {
		json_array(j, "members");
		for (kid = n->child; kid; kid = kid->next)
			json_node(kid, j);
		json_array_end(j);
	}
	json_object_end(j);
}

void
dump_json(const struct dump *d, struct json_out *out)
{
	const struct dump_node *n;

	json_object(out, NULL);
	json_array(out, "things");
	for (n = d->root->child; n; n = n->next)
		json_node(n, out);
	json_array_end(out);
	json_int(out, "errors", d->errors);
	json_int(out, "warnings", d->warnings);
	json_bool(out, "complete", !d->full);
	json_object_end(out);
}
