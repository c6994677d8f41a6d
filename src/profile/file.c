// SPDX-License-Identifier: BSD-2-Clause
/* One file out of a template's row and the package's File: what is not given keeps the template's value, column by column. */
#include "profile/impl.h"

#include <stdio.h>

#include "base/hex.h"

#define SIZE_MAX_EF 65535u

void
path_join(struct path *out, const struct path *parent, uint16_t fid)
{
	*out = *parent;
	if (out->depth < PATH_MAX_DEPTH)
		out->fid[out->depth++] = fid;
}

bool
path_read(struct bytes octets, struct path *out)
{
	size_t i;

	if (octets.n % 2 || octets.n / 2 > PATH_MAX_DEPTH)
		return false;
	out->depth = (unsigned)(octets.n / 2);
	for (i = 0; i < out->depth; i++)
		out->fid[i] = (uint16_t)(octets.p[2 * i] << 8 | octets.p[2 * i + 1]);
	return true;
}

struct profile_file *
file_find(struct profile_reader *r, const struct path *path)
{
	return (struct profile_file *)(uintptr_t)profile_find(&r->p, path->fid, path->depth);
}

static void
read_info(struct bytes value, struct fcp *f)
{
	struct tlv t;

	f->has_info = true;
	while (value.n && tlv_next(&value, &t) == RSP_OK) {
		if (t.tag == 0xC0)
			f->special = t.value;
		if (t.tag == 0xC1)
			f->fill = t.value;
		if (t.tag == 0xC2)
			f->repeat = t.value;
		if (t.tag == 0x86)
			f->max_size = t.value;
	}
}

enum rsp_status
fcp_read(struct profile_reader *r, struct bytes value, struct fcp *out)
{
	struct fcp f = {0};
	struct tlv t;

	while (value.n) {
		if (tlv_next(&value, &t) != RSP_OK)
			return pe_fail(r, PE_FORMAT, "an Fcp does not parse");
		switch (t.tag) {
		case 0x82: f.descriptor = t.value; break;
		case 0x83: f.fid = t.value; break;
		case 0x84: f.df_name = t.value; break;
		case 0x8A: f.lcsi = t.value; break;
		case 0x8B: f.arr = t.value; break;
		case 0x80: f.size = t.value; break;
		case 0xC6: f.pin_status = t.value; break;
		case 0x88: f.sfi = t.value; break;
		case 0xA5: read_info(t.value, &f); break;
		case 0xC7: f.link = t.value; break;
		default: break;
		}
	}
	if ((f.descriptor.p && f.descriptor.n != 2 && f.descriptor.n != 4) || (f.fid.p && f.fid.n != 2) || (f.arr.p && f.arr.n != 1 && f.arr.n != 3) ||
		(f.sfi.p && f.sfi.n > 1) || (f.size.p && (f.size.n == 0 || f.size.n > 4)) || (f.lcsi.p && f.lcsi.n != 1) || (f.special.p && f.special.n != 1))
		return pe_fail(r, PE_FORMAT, "a member of an Fcp has the wrong size");
	*out = f;
	return RSP_OK;
}

static size_t
number(struct bytes b)
{
	size_t n = 0, i;

	for (i = 0; i < b.n; i++)
		n = n << 8 | b.p[i];
	return n;
}

static int
kind_of(struct bytes descriptor)
{
	switch (descriptor.p[0] & 0x3F) {
	case 0x38: return FILE_DF;
	case 0x39: return FILE_BERTLV;
	default: break;
	}
	switch (descriptor.p[0] & 0x07) {
	case 1: return FILE_TRANSPARENT;
	case 2: return FILE_LINEAR;
	case 6: return FILE_CYCLIC;
	default: return -1;
	}
}

static const uint8_t descriptors[] = {
	[FILE_MF] = 0x78, [FILE_DF] = 0x78, [FILE_ADF] = 0x78, [FILE_TRANSPARENT] = 0x41, [FILE_LINEAR] = 0x42, [FILE_CYCLIC] = 0x46, [FILE_BERTLV] = 0x79,
};

static bool
is_df(enum file_kind k)
{
	return k == FILE_MF || k == FILE_DF || k == FILE_ADF;
}

/* Structure and record length; a template's structure may not be changed. */
static enum rsp_status
settle_kind(struct profile_reader *r, const struct template_row *row, const struct fcp *f, struct profile_file *out)
{
	int kind = row ? row->kind : -1;

	if (row && (row->kind == FILE_LINEAR || row->kind == FILE_CYCLIC))
		out->record_size = row->size;
	if (f->descriptor.p) {
		int given = kind_of(f->descriptor);

		if (given == FILE_DF && (f->df_name.p || kind == FILE_ADF))
			given = FILE_ADF;
		if (given == FILE_DF && kind == FILE_MF)
			given = FILE_MF;
		if (given < 0 || (kind >= 0 && given != kind))
			return pe_fail(r, PE_PARAMETER, "file %.20s: structure %02X is not the template's", row ? row->name : "", f->descriptor.p[0]);
		kind = given;
		if (f->descriptor.n == 4)
			out->record_size = (unsigned)number(bytes_from(f->descriptor, 2));
		out->descriptor = f->descriptor.p[0];
	}
	if (kind < 0)
		return pe_fail(r, PE_PARAMETER, "a file without a structure");
	out->kind = (enum file_kind)kind;
	if (!out->descriptor)
		out->descriptor = descriptors[kind];
	return RSP_OK;
}

static enum rsp_status
settle_place(struct profile_reader *r, const struct path *parent, const struct template_row *row, const struct fcp *f, struct profile_file *out)
{
	static const struct path mf = {{0}, 0};
	uint16_t fid = f->fid.p ? (uint16_t)number(f->fid) : row ? row->fid : 0;
	struct path p;

	if (out->kind == FILE_MF)
		return RSP_OK;
	if (!fid)
		return pe_fail(r, PE_PARAMETER, "file %.20s has no FID", row ? row->name : "");
	if (out->kind == FILE_ADF)
		parent = &mf;
	if (parent->depth + 1 > PATH_MAX_DEPTH)
		return pe_fail(r, PE_PARAMETER, "file %04X lies too deep", fid);
	path_join(&p, parent, fid);
	if (file_find(r, &p))
		return pe_fail(r, PE_PARAMETER, "file %04X exists already in its DF", fid);
	memcpy(out->path, p.fid, sizeof(out->path));
	out->depth = p.depth;
	return RSP_OK;
}

/* One octet names a record of EF.ARR: 2F06 for the MF, ADFs and files directly in the MF, 6F06 elsewhere. */
static void
settle_access(const struct template_row *row, const struct fcp *f, struct profile_file *out)
{
	bool top = out->kind == FILE_MF || out->kind == FILE_ADF || out->depth == 1;

	out->arr_fid = top ? 0x2F06 : 0x6F06;
	out->arr_record = (uint8_t)(row ? row->arr : 0);
	if (f->arr.n == 1)
		out->arr_record = f->arr.p[0];
	if (f->arr.n == 3) {
		out->arr_fid = (uint16_t)number(bytes_slice(f->arr, 0, 2));
		out->arr_record = f->arr.p[2];
	}
}

/* SFI: given as SFI << 3, none when empty; a generic file without one has the low five bits of its FID. */
static enum rsp_status
settle_sfi(struct profile_reader *r, const struct template_row *row, const struct fcp *f, struct profile_file *out)
{
	unsigned low;

	if (is_df(out->kind))
		return RSP_OK;
	if (f->sfi.n == 1) {
		if (f->sfi.p[0] & 7)
			return pe_fail(r, PE_PARAMETER, "shortEFID %02X: the low three bits must be 0", f->sfi.p[0]);
		out->sfi = f->sfi.p[0] >> 3;
		return RSP_OK;
	}
	if (f->sfi.p)
		return RSP_OK;
	low = out->path[out->depth - 1] & 0x1Fu;
	out->sfi = (uint8_t)(row ? row->sfi : low >= 1 && low <= 30 ? low : 0);
	return RSP_OK;
}

static enum rsp_status
settle_size(struct profile_reader *r, const struct template_row *row, const struct fcp *f, struct profile_file *out)
{
	if (is_df(out->kind))
		return RSP_OK;
	if (row && (out->kind == FILE_LINEAR || out->kind == FILE_CYCLIC))
		out->size = (size_t)row->records * out->record_size;
	else if (row)
		out->size = row->size;
	if (f->size.p)
		out->size = number(f->size);
	out->max_size = number(f->max_size);
	if (out->size > SIZE_MAX_EF)
		return pe_fail(r, PE_NO_MEMORY, "file %04X: %zu octets are too many", out->path[out->depth - 1], out->size);
	if ((out->kind == FILE_LINEAR || out->kind == FILE_CYCLIC) &&
		(out->record_size == 0 || out->record_size > 255 || out->size % out->record_size || out->size / out->record_size > 254))
		return pe_fail(r, PE_PARAMETER, "file %04X: %zu octets are not up to 254 records of %u", out->path[out->depth - 1], out->size, out->record_size);
	return RSP_OK;
}

/* A pattern over each record, or over the whole of a transparent file. fill: the last octet goes on; repeat: the whole pattern does. */
static void
pattern(const struct profile_file *f, uint8_t *to, struct bytes p, bool repeat)
{
	size_t unit = f->record_size ? f->record_size : f->size, i;

	for (i = 0; i < f->size && p.n; i++) {
		size_t at = i % unit;

		to[i] = repeat ? p.p[at % p.n] : p.p[at < p.n ? at : p.n - 1];
	}
}

/* "00FF...FF": 00, then FF to the end. Without dots the octets as they are, then FF. */
static void
template_content(struct profile_reader *r, const struct profile_file *f, uint8_t *to, const char *content)
{
	const char *dots = strstr(content, "...");
	struct bytes octets;

	memset(to, 0xFF, f->size);
	if (!*content || hex_read(r->c, bytes_of(content, dots ? (size_t)(dots - content) : strlen(content)), &octets) != RSP_OK)
		return;
	if (dots)
		pattern(f, to, octets, false);
	else
		memcpy(to, octets.p, octets.n < f->size ? octets.n : f->size);
}

static enum rsp_status
settle_content(struct profile_reader *r, const struct template_row *row, const struct fcp *f, struct profile_file *out)
{
	uint8_t *p;

	out->special = (uint8_t)(row && row->high_update ? 0x80 : 0);
	if (f->has_info)
		out->special = f->special.n ? f->special.p[0] : 0;
	if (is_df(out->kind) || out->kind == FILE_BERTLV)
		return RSP_OK;
	p = rsp_alloc(&r->mem, out->size);
	if (!p)
		return rsp_fail(r->c, RSP_NOMEM, "no memory for a file");
	template_content(r, out, p, row ? row->content : "");
	if (f->fill.n)
		pattern(out, p, f->fill, false);
	if (f->repeat.n)
		pattern(out, p, f->repeat, true);
	out->content = bytes_of(p, out->size);
	return RSP_OK;
}

/* A link has the structure, size and content of its target, and its own place and access rule. */
static enum rsp_status
settle_link(struct profile_reader *r, const struct fcp *f, struct profile_file *out)
{
	const struct profile_file *target;
	struct path p;

	if (!path_read(f->link, &p))
		return pe_fail(r, PE_PARAMETER, "a link's path is no path");
	target = file_find(r, &p);
	if (!target)
		return pe_fail(r, PE_PARAMETER, "a link leads to a file that does not exist yet");
	memcpy(out->link, p.fid, sizeof(out->link));
	out->link_depth = p.depth;
	out->kind = target->kind;
	out->descriptor = target->descriptor;
	out->record_size = target->record_size;
	out->size = target->size;
	out->special = target->special;
	out->content = target->content;
	out->pin_status = target->pin_status;
	return RSP_OK;
}

static enum rsp_status
settle_names(struct profile_reader *r, const struct template_row *row, const struct fcp *f, struct profile_file *out)
{
	snprintf(out->name, sizeof(out->name), "%s", row ? row->name : "");
	out->lcsi = f->lcsi.n ? f->lcsi.p[0] : 5;
	out->pe = r->pe;
	if (out->kind == FILE_ADF && (f->df_name.n < 5 || f->df_name.n > 16))
		return pe_fail(r, PE_PARAMETER, "an ADF needs a dfName of 5 to 16 octets");
	if (f->df_name.p)
		out->df_name = rsp_copy(&r->mem, f->df_name);
	if (f->pin_status.p)
		out->pin_status = rsp_copy(&r->mem, f->pin_status);
	return RSP_OK;
}

enum rsp_status
file_create(struct profile_reader *r, const struct path *parent, const struct template_row *row, const struct fcp *fcp)
{
	struct profile_file f = {0}, *slot;
	enum rsp_status st = settle_kind(r, row, fcp, &f);

	if (st == RSP_OK)
		st = settle_place(r, parent, row, fcp, &f);
	if (st == RSP_OK && fcp->link.n)
		st = settle_link(r, fcp, &f);
	if (st == RSP_OK)
		st = settle_names(r, row, fcp, &f);
	if (st == RSP_OK)
		st = settle_sfi(r, row, fcp, &f);
	if (st == RSP_OK && !f.link_depth && (st = settle_size(r, row, fcp, &f)) == RSP_OK)
		st = settle_content(r, row, fcp, &f);
	if (st != RSP_OK)
		return st;
	settle_access(row, fcp, &f);
	slot = add_file(r);
	if (!slot)
		return rsp_fail(r->c, RSP_NOMEM, "no memory for a profile");
	*slot = f;
	r->file_at = is_df(f.kind) ? 0 : r->p.n_files;
	r->fill_at = 0;
	return RSP_OK;
}

enum rsp_status
file_skip(struct profile_reader *r, struct bytes octets)
{
	if (!r->file_at)
		return pe_fail(r, PE_PARAMETER, "an offset before any file");
	r->fill_at += number(octets);
	return RSP_OK;
}

/* BER-TLV files, and files whose template gives no size, grow with their content. */
static enum rsp_status
grow_content(struct profile_reader *r, struct profile_file *f, size_t n)
{
	uint8_t *p = rsp_alloc(&r->mem, n);

	if (!p)
		return rsp_fail(r->c, RSP_NOMEM, "no memory for a file");
	memset(p, 0xFF, n);
	if (f->content.n)
		memcpy(p, f->content.p, f->content.n);
	f->content = bytes_of(p, n);
	if (f->kind != FILE_BERTLV)
		f->size = n;
	return RSP_OK;
}

enum rsp_status
file_fill(struct profile_reader *r, struct bytes content)
{
	struct profile_file *f;
	size_t end = r->fill_at + content.n;
	enum rsp_status st;

	if (!r->file_at)
		return pe_fail(r, PE_PARAMETER, "content before any file");
	f = &r->p.file[r->file_at - 1];
	if (end > SIZE_MAX_EF)
		return pe_fail(r, PE_PARAMETER, "file %04X: content ends at octet %zu", f->path[f->depth - 1], end);
	if (f->kind == FILE_BERTLV ? end > f->content.n : f->size == 0 && end > 0) {
		if ((st = grow_content(r, f, end)) != RSP_OK)
			return st;
	}
	if (end > f->content.n)
		return pe_fail(r, PE_PARAMETER, "file %04X: content ends at octet %zu of %zu", f->path[f->depth - 1], end, f->content.n);
	if (content.n)
		memcpy((uint8_t *)(uintptr_t)f->content.p + r->fill_at, content.p, content.n);
	r->fill_at = end;
	return RSP_OK;
}
