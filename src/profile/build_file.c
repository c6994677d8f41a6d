// SPDX-License-Identifier: BSD-2-Clause
/* One file of a description, "size 20, fill FF, content 0102": to a File of a template's element, or to commands of generic file management. */
#include <stdlib.h>

#include "base/hex.h"
#include "profile/build.h"

struct words {
	const char *kind, *descriptor, *fid, *aid, *pins, *size, *record, *records, *access, *sfi, *lcsi, *special, *fill, *repeat, *max, *link;
	bool none, refill;
	struct buf steps;        /* offsets and contents, as they come */
};

static const struct { const char *word; size_t offset; } texts[] = {
#define WORD(name) {#name, offsetof(struct words, name)}
	WORD(kind), WORD(descriptor), WORD(fid), WORD(aid), WORD(pins), WORD(size), WORD(record), WORD(records), WORD(access), WORD(sfi), WORD(lcsi),
	WORD(special), WORD(fill), WORD(repeat), WORD(max), WORD(link),
};

struct file_call { struct builder *b; struct section *s; const char *name; struct words w; bool generic; };

static enum rsp_status
add_step(struct file_call *f, const char *word, const char *value)
{
	struct bytes content = bytes_of_str(value);
	enum rsp_status st = RSP_OK;
	unsigned n;

	if (strcmp(word, "skip") == 0) {
		if ((st = build_number(f->b, f->s, f->name, value, 65535, &n)) == RSP_OK)
			tlv_add_uint(&f->w.steps, f->generic ? 0x02 : 0x82, n);
		return st;
	}
	if (strcmp(word, "content") == 0)
		st = build_hex(f->b, f->s, f->name, value, &content);
	if (st == RSP_OK)
		tlv_add(&f->w.steps, f->generic ? 0x81 : 0x83, content);
	return st;
}

static enum rsp_status
one_word(struct file_call *f, const char *word, const char *value)
{
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].word, word) == 0) {
			memcpy((char *)&f->w + texts[i].offset, &value, sizeof(value));
			return RSP_OK;
		}
	if (strcmp(word, "content") == 0 || strcmp(word, "text") == 0 || strcmp(word, "skip") == 0)
		return add_step(f, word, value);
	if (strcmp(word, "none") == 0)
		f->w.none = true;
	else if (strcmp(word, "refill") == 0)
		f->w.refill = true;
	else
		return build_fail(f->b, f->s, f->name, rsp_sprintf(f->b->c, "there is no '%.20s' of a file", word));
	return RSP_OK;
}

static enum rsp_status
read_words(struct file_call *f, const char *text)
{
	const char *word, *value;
	enum rsp_status st = RSP_OK;

	while (st == RSP_OK && text && build_word(f->b, &text, &word, &value))
		st = one_word(f, word, value);
	return st;
}

static enum rsp_status
octets(struct file_call *f, struct buf *out, uint32_t tag, const char *text)
{
	struct bytes v;
	enum rsp_status st;

	if (!text)
		return RSP_OK;
	st = build_hex(f->b, f->s, f->name, text, &v);
	if (st == RSP_OK)
		tlv_add(out, tag, v);
	return st;
}

static const struct { const char *word; int kind; uint8_t descriptor; } kinds[] = {
	{"mf", FILE_MF, 0x78}, {"df", FILE_DF, 0x78}, {"adf", FILE_ADF, 0x78}, {"transparent", FILE_TRANSPARENT, 0x41}, {"linear", FILE_LINEAR, 0x42},
	{"cyclic", FILE_CYCLIC, 0x46}, {"ber-tlv", FILE_BERTLV, 0x79},
};

/* The descriptor that the words ask for; none when the template's will do. */
static enum rsp_status
put_descriptor(struct file_call *f, struct buf *out, int kind, unsigned record)
{
	uint8_t d[4] = {0, 0x21, (uint8_t)(record >> 8), (uint8_t)record};
	bool records = kind == FILE_LINEAR || kind == FILE_CYCLIC;
	size_t i;

	if (f->w.descriptor)
		return octets(f, out, 0x82, f->w.descriptor);
	if (!f->w.kind && !f->w.record)
		return RSP_OK;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].kind == kind)
			d[0] = kinds[i].descriptor;
	if (records && !record)
		return build_fail(f->b, f->s, f->name, "records need a length: 'record N'");
	tlv_add(out, 0x82, bytes_of(d, records ? 4 : 2));
	return RSP_OK;
}

static void
put_size(struct buf *out, uint32_t tag, unsigned n)
{
	const uint8_t be[4] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
	size_t skip = n > 0xFFFFFF ? 0 : n > 0xFFFF ? 1 : 2;

	tlv_add(out, tag, bytes_of(be + skip, 4 - skip));
}

static enum rsp_status
put_access(struct file_call *f, struct buf *out)
{
	const char *stroke = f->w.access ? strchr(f->w.access, '/') : NULL;
	unsigned record;
	struct bytes fid = BYTES_NONE;
	uint8_t v[3];
	enum rsp_status st;

	if (!f->w.access)
		return RSP_OK;
	st = build_number(f->b, f->s, f->name, stroke ? stroke + 1 : f->w.access, 255, &record);
	if (st == RSP_OK && stroke)
		st = build_hex(f->b, f->s, f->name, rsp_sprintf(f->b->c, "%.*s", (int)(stroke - f->w.access), f->w.access), &fid);
	if (st == RSP_OK && stroke && fid.n != 2)
		return build_fail(f->b, f->s, f->name, "access: want N or FID/N");
	if (st != RSP_OK)
		return st;
	if (stroke)
		memcpy(v, fid.p, 2);
	v[fid.n] = (uint8_t)record;
	tlv_add(out, 0x8B, bytes_of(v, fid.n + 1));
	return RSP_OK;
}

static enum rsp_status
put_sfi(struct file_call *f, struct buf *out)
{
	unsigned n = 0;
	uint8_t v[1];
	enum rsp_status st = RSP_OK;

	if (!f->w.sfi)
		return RSP_OK;
	if (strcmp(f->w.sfi, "none") != 0)
		st = build_number(f->b, f->s, f->name, f->w.sfi, 31, &n);
	v[0] = (uint8_t)(n << 3);
	if (st == RSP_OK)
		tlv_add(out, 0x88, bytes_of(v, n ? 1 : 0));
	return st;
}

static enum rsp_status
put_info(struct file_call *f, struct buf *out)
{
	size_t mark;
	unsigned n;
	enum rsp_status st;

	if (!f->w.special && !f->w.fill && !f->w.repeat && !f->w.max)
		return RSP_OK;
	mark = tlv_open(out, 0xA5);
	if ((st = octets(f, out, 0xC0, f->w.special)) != RSP_OK || (st = octets(f, out, 0xC1, f->w.fill)) != RSP_OK ||
		(st = octets(f, out, 0xC2, f->w.repeat)) != RSP_OK)
		return st;
	if (f->w.max) {
		if ((st = build_number(f->b, f->s, f->name, f->w.max, 0x7FFFFFFF, &n)) != RSP_OK)
			return st;
		put_size(out, 0x86, n);
	}
	tlv_close(out, mark);
	return RSP_OK;
}

struct sizes { int kind; unsigned record, size; };

static enum rsp_status
read_sizes(struct file_call *f, const struct template_row *row, unsigned any_size, struct sizes *out)
{
	unsigned records = 0, i;
	enum rsp_status st = RSP_OK;

	*out = (struct sizes){.kind = row ? row->kind : FILE_TRANSPARENT};
	for (i = 0; f->w.kind && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].word, f->w.kind) == 0)
			out->kind = kinds[i].kind;
	if (row && (row->kind == FILE_LINEAR || row->kind == FILE_CYCLIC))
		out->record = row->size;
	if (f->w.record)
		st = build_number(f->b, f->s, f->name, f->w.record, 65535, &out->record);
	else if (!out->record && any_size && (out->kind == FILE_LINEAR || out->kind == FILE_CYCLIC))
		out->record = any_size;
	if (st == RSP_OK && f->w.records)
		st = build_number(f->b, f->s, f->name, f->w.records, 65535, &records);
	if (st == RSP_OK && f->w.size)
		st = build_number(f->b, f->s, f->name, f->w.size, 0x7FFFFFFF, &out->size);
	if (records)
		out->size = records * out->record;
	return st;
}

static enum rsp_status
put_fcp(struct file_call *f, struct buf *out, const struct sizes *z)
{
	bool df = z->kind == FILE_MF || z->kind == FILE_DF || z->kind == FILE_ADF;
	struct bytes link;
	enum rsp_status st = put_descriptor(f, out, z->kind, z->record);

	if (st == RSP_OK)
		st = octets(f, out, 0x83, f->w.fid);
	if (st == RSP_OK)
		st = octets(f, out, 0x84, f->w.aid);
	if (st == RSP_OK)
		st = octets(f, out, 0x8A, f->w.lcsi);
	if (st == RSP_OK)
		st = put_access(f, out);
	if (st == RSP_OK && (f->w.size || z->size))
		put_size(out, 0x80, z->size);
	if (st == RSP_OK)
		st = octets(f, out, 0xC6, f->w.pins ? f->w.pins : df && !f->w.link ? "" : NULL);
	if (st == RSP_OK)
		st = put_sfi(f, out);
	if (st == RSP_OK)
		st = put_info(f, out);
	if (st == RSP_OK && f->w.link && (st = build_path(f->b, f->s, f->name, f->w.link, &link)) == RSP_OK)
		tlv_add(out, 0xC7, link);
	return st;
}

enum rsp_status
build_file(struct builder *b, struct section *s, const struct template_row *row, uint32_t tag, const char *words, unsigned any_size)
{
	struct file_call f = {.b = b, .s = s, .name = row->member};
	struct buf fcp = BUF_INIT;
	struct sizes z;
	size_t mark = tlv_open(&b->out, tag);
	enum rsp_status st = read_words(&f, words);

	if (st == RSP_OK && f.w.none)
		tlv_add_null(&b->out, 0x80);
	if (st == RSP_OK && !f.w.none && (st = read_sizes(&f, row, any_size, &z)) == RSP_OK) {
		bool records = z.kind == FILE_LINEAR || z.kind == FILE_CYCLIC;

		/* what the template leaves open */
		if (any_size && z.kind > FILE_ADF && !f.w.link && !z.size && !(records ? row->records && row->size : row->size))
			z.size = records ? z.record : any_size;
		if (any_size && records && !row->size && !f.w.record)
			f.w.record = "";
		st = put_fcp(&f, &fcp, &z);
		if (st == RSP_OK && fcp.n)
			tlv_add(&b->out, 0xA1, buf_bytes(&fcp));
		buf_add(&b->out, buf_bytes(&f.w.steps));
	}
	tlv_close(&b->out, mark);
	buf_free(&fcp);
	buf_free(&f.w.steps);
	return st;
}

static enum rsp_status
put_generic(struct file_call *f, const char *path)
{
	struct bytes fids, parent;
	struct sizes z;
	size_t mark;
	enum rsp_status st = build_path(f->b, f->s, f->name, path, &fids);

	if (st != RSP_OK)
		return st;
	parent = f->w.refill || !fids.n ? fids : bytes_slice(fids, 0, fids.n - 2);
	tlv_add(&f->b->out, 0x80, parent);
	if (f->w.refill) {
		buf_add(&f->b->out, buf_bytes(&f->w.steps));
		return RSP_OK;
	}
	if (!f->w.kind && !f->w.descriptor)
		f->w.kind = "transparent";
	if (!f->w.access)
		f->w.access = "2";
	if (!f->w.fid)
		f->w.fid = fids.n ? hex_of(f->b->c, bytes_from(fids, fids.n - 2)) : "3F00";
	if ((st = read_sizes(f, NULL, 0, &z)) != RSP_OK)
		return st;
	mark = tlv_open(&f->b->out, 0x62);
	st = put_fcp(f, &f->b->out, &z);
	tlv_close(&f->b->out, mark);
	buf_add(&f->b->out, buf_bytes(&f->w.steps));
	return st;
}

enum rsp_status
build_generic(struct builder *b, struct section *s, const char *path, const char *words)
{
	struct file_call f = {.b = b, .s = s, .name = path, .generic = true};
	enum rsp_status st = read_words(&f, words);

	if (st == RSP_OK)
		st = put_generic(&f, path);
	buf_free(&f.w.steps);
	return st;
}
