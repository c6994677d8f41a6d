// SPDX-License-Identifier: BSD-2-Clause
/* Profile packages (SAIP): elements, identification, files, codes. */
#include "dump/impl.h"

#include <esimlab/profile.h>
#include <stdio.h>

#include "base/hex.h"
#include "codec/ids.h"

/*
 * The alternatives of ProfileElement by tag, the first a header: one that can be read, or at least other elements after it, so that a damaged package is
 * still known as one and keeps its secrets. The lists of a Bound Profile Package have the same tags, and segments in them.
 */
bool
dump_is_package(struct bytes in)
{
	const struct schema *element = schema_named("ProfileElement");
	struct schema_place at, next;
	struct tlv t;
	bool cut;

	if (!dump_take(&in, &t, &cut) || t.tag != 0xA0 || !element || !schema_inside(element, 0xA0, &at) || (t.value.n && t.value.p[0] == 0x87))
		return false;
	if (dump_fit(&at, t.tag, t.value) >= 6)
		return true;
	return dump_take(&in, &t, &cut) && tlv_is_constructed(t.tag) && schema_inside(element, t.tag, &next);
}

static void
say_file(struct dump *d, struct dump_node *parent, const struct profile_file *f)
{
	static const char *const kinds[] = {"MF", "DF", "ADF", "transparent", "linear", "cyclic", "BER-TLV"};
	char path[PATH_MAX_DEPTH * 5 + 1] = "3F00", sfi[16] = "", record[32] = "";
	const char *fid = f->depth ? dump_fid_name(f->path[f->depth - 1]) : "";
	unsigned i;
	int n = 0;

	for (i = 0; i < f->depth; i++)
		n += snprintf(path + n, sizeof(path) - (size_t)n, "%s%04X", i ? "/" : "", f->path[i]);
	if (f->sfi)
		snprintf(sfi, sizeof(sfi), ", SFI %02X", f->sfi);
	if (f->record_size)
		snprintf(record, sizeof(record), " in records of %u", f->record_size);
	if (f->kind <= FILE_ADF)
		dump_line(d, parent, rsp_strdup(d->c, path), "%s %s%s%s", kinds[f->kind], f->name, f->df_name.p ? " AID " : "",
			f->df_name.p ? hex_of(d->c, f->df_name) : "");
	else
		dump_line(d, parent, rsp_strdup(d->c, path), "%s %s, %zu octets%s%s, ARR %04X/%u%s%s%s", f->name[0] ? f->name : fid ? fid : "EF", kinds[f->kind], f->size,
			record, sfi, f->arr_fid, f->arr_record, f->link_depth ? ", a link" : "", f->content.n && d->o.whole ? ": " : "",
			d->o.whole ? hex_of(d->c, f->content) : "");
}

static void
say_codes(struct dump *d, struct dump_node *parent, const struct profile *p)
{
	static const char *const algorithms[] = {"?", "Milenage", "TUAK", "test algorithm"};
	size_t i;

	for (i = 0; i < p->n_pins; i++)
		dump_line(d, parent, "PIN", "%02X%s%s, %u of %u tries left%s", p->pin[i].ref, d->o.secrets ? " " : "",
			d->o.secrets ? hex_of(d->c, bytes_of(p->pin[i].value, 8)) : "", p->pin[i].tries_left, p->pin[i].max_tries, p->pin[i].attributes & 1 ? "" : ", disabled");
	for (i = 0; i < p->n_puks; i++)
		dump_line(d, parent, "PUK", "%02X%s%s, %u of %u tries left", p->puk[i].ref, d->o.secrets ? " " : "",
			d->o.secrets ? hex_of(d->c, bytes_of(p->puk[i].value, 8)) : "", p->puk[i].tries_left, p->puk[i].max_tries);
	for (i = 0; i < p->n_akas; i++)
		dump_line(d, parent, "AKA", "of ADF %04X: %s%s%s%s%s", p->aka[i].adf, p->aka[i].mapping_source.p ? "as another application" : algorithms[p->aka[i].algorithm & 3],
			d->o.secrets && p->aka[i].key.p ? " K " : "", d->o.secrets && p->aka[i].key.p ? hex_of(d->c, p->aka[i].key) : "",
			d->o.secrets && p->aka[i].opc.p ? " OPc " : "", d->o.secrets && p->aka[i].opc.p ? hex_of(d->c, p->aka[i].opc) : "");
}

static const char *
services(struct dump *d, uint32_t bits)
{
	const struct schema *list = schema_named("ServicesList");
	struct buf b = BUF_INIT;
	struct schema_place at;
	struct bytes text;
	long from = 0;
	uint32_t i;

	for (i = 0; i < 32; i++)
		if (bits >> i & 1)
			buf_printf(&b, "%s%s", b.n ? ", " : "", list && schema_member(list, i < 31 ? 0x80 | i : 0x9F00 | i, &from, &at) ? at.name : "?");
	buf_u8(&b, 0);
	return buf_finish(&b, d->c, &text) == RSP_OK ? (const char *)text.p : "";
}

static void
say_profile(struct dump *d, struct dump_node *n, const struct profile *p)
{
	char iccid[ICCID_TEXT];
	struct dump_node *files;
	size_t i;

	iccid_text(p->iccid, iccid);
	dump_line(d, n, "version", "%u.%u", p->major, p->minor);
	dump_line(d, n, "profileType", "%s", dump_quoted(d, p->type));
	dump_line(d, n, "iccid", "%s", iccid);
	dump_line(d, n, "mandatory services", "%s", services(d, p->mandatory_services));
	files = dump_line(d, n, "files", "%zu", p->n_files);
	for (i = 0; i < p->n_files && !d->full; i++)
		say_file(d, files, &p->file[i]);
	say_codes(d, dump_line(d, n, "codes and keys", "%s", d->o.secrets ? "" : "(--secrets shows them)"), p);
}

/* PEHeader: A0 { 80 mandated, 81 identification }. The package's own header has none. */
static void
say_header(struct dump *d, struct dump_node *n, const struct tlv *t)
{
	struct bytes rest = t->value;
	struct tlv header, id, mandated;
	uint64_t number;

	if (t->tag == 0xA0 || tlv_next(&rest, &header) != RSP_OK || header.tag != 0xA0 || !tlv_find(header.value, 0x81, &id) ||
		tlv_uint(id.value, &number) != RSP_OK)
		return;
	dump_say(d, n, "identification %llu%s", (unsigned long long)number, tlv_find(header.value, 0x80, &mandated) ? ", mandated" : "");
}

static void
say_element(struct dump *d, struct dump_node *parent, struct bytes package, const struct tlv *t, unsigned number)
{
	const struct schema *type = schema_named("ProfileElement");
	struct schema_place at;
	struct dump_node *n;

	if (!type || !schema_inside(type, t->tag, &at)) {
		dump_complain(d, parent, 'W', "element %u: tag %X is no profile element", number, t->tag);
		return;
	}
	if (d->o.whole) {
		dump_place(d, parent, package, t, &at, "ProfileElement");
		return;
	}
	n = dump_add(d, parent, at.name);
	n->tlv = true;
	n->tag = t->tag;
	n->offset = (size_t)(t->whole.p - package.p);
	n->length = t->value.n;
	say_header(d, n, t);
}

static void
fault(struct dump *d, struct dump_node *n, unsigned number, const struct pe_status *failed)
{
	const char *items = schema_items("PEStatus", "status", "");
	struct bytes name;

	if (!schema_item(items, (long)failed->status, &name))
		name = bytes_of_str("?");
	dump_complain(d, n, 'E', "a card would stop at element %u with status %u (%.*s): %s", number, failed->status, (int)name.n, (const char *)name.p,
		d->c->error.text);
}

void
dump_package(struct dump *d, struct dump_node *parent, struct bytes package)
{
	struct dump_node *n = dump_line(d, parent, "profile package", "%zu octets", package.n), *list = dump_line(d, n, "elements", "%s", "");
	struct profile_reader *r = NULL;
	struct pe_status failed = {0};
	struct bytes rest = package;
	bool stopped = profile_reader_new(&r) != RSP_OK;
	unsigned number = 0;
	struct tlv t;

	list->base = true;
	while (rest.n && !d->full) {
		if (tlv_next(&rest, &t) != RSP_OK) {
			dump_tlv_fault(d, list, package, rest);
			break;
		}
		say_element(d, list, package, &t, number);
		if (!stopped && profile_reader_add(r, d->c, t.whole, &failed) != RSP_OK) {
			fault(d, n, number, &failed);
			stopped = true;
		}
		number++;
	}
	dump_say(d, list, "%u", number);
	if (r && !stopped && !profile_reader_ended(r))
		dump_complain(d, n, 'E', "want an end element last, have none");
	if (r)
		say_profile(d, n, profile_reader_result(r));
	profile_reader_free(r);
}
