// SPDX-License-Identifier: BSD-2-Clause
/* One file out of a template's row and the package's Fcp: what is not given keeps the template's value, column by column. */
#include "profile/impl.h"

#include <stdio.h>

#define SIZE_MAX_EF 65535u
#define SHAREABLE 0x40u

bool
file_is_df(enum file_kind k)
{
	return k == FILE_MF || k == FILE_DF || k == FILE_ADF;
}

static bool
has_records(const struct profile_file *f)
{
	return f->kind == FILE_LINEAR || f->kind == FILE_CYCLIC;
}

static const char *
name_of(const struct template_row *row)
{
	return row ? row->name : "without a template";
}

static int
kind_of(struct bytes descriptor)
{
	switch (descriptor.p[0] & ~SHAREABLE) {
	case 0x38: return FILE_DF;
	case 0x39: return FILE_BERTLV;
	case 0x01:
	case 0x09: return FILE_TRANSPARENT;
	case 0x02:
	case 0x0A: return FILE_LINEAR;
	case 0x06:
	case 0x0E: return FILE_CYCLIC;
	default: return -1;
	}
}

static const uint8_t descriptors[] = {
	[FILE_MF] = 0x78, [FILE_DF] = 0x78, [FILE_ADF] = 0x78, [FILE_TRANSPARENT] = 0x41, [FILE_LINEAR] = 0x42, [FILE_CYCLIC] = 0x46, [FILE_BERTLV] = 0x79,
};

/* The structure that the package gives; a template's may not be changed. */
static enum rsp_status
given_kind(struct profile_reader *r, const struct template_row *row, const struct fcp *f, struct profile_file *out, int *kind)
{
	int given = kind_of(f->descriptor), want = row ? row->kind : -1;
	bool records = given == FILE_LINEAR || given == FILE_CYCLIC;

	if (given == FILE_DF && f->fid.p && octets_number(f->fid) == 0x3F00)
		given = FILE_MF;
	if (given == FILE_DF && (want == FILE_ADF || (f->df_name.p && want < 0)))
		given = FILE_ADF;
	if (given == FILE_DF && want == FILE_MF)
		given = FILE_MF;
	r->at = f->descriptor;
	if (given < 0 || (want >= 0 && given != want))
		return pe_fail(r, PE_PARAMETER, "file %.20s: structure %02X is not the template's", name_of(row), f->descriptor.p[0]);
	if (f->descriptor.p[1] != 0x21 || (f->descriptor.n == 4 && !records))
		return pe_fail(r, PE_PARAMETER, "file %.20s: a descriptor is the structure, 21 and for records their length", name_of(row));
	if (f->descriptor.n == 4)
		out->record_size = (unsigned)octets_number(bytes_from(f->descriptor, 2));
	out->descriptor = f->descriptor.p[0];
	*kind = given;
	return RSP_OK;
}

static enum rsp_status
settle_kind(struct profile_reader *r, const struct template_row *row, const struct fcp *f, struct profile_file *out)
{
	int kind = row ? row->kind : -1;
	enum rsp_status st;

	if (row && (row->kind == FILE_LINEAR || row->kind == FILE_CYCLIC))
		out->record_size = row->size;
	if (f->descriptor.p && (st = given_kind(r, row, f, out, &kind)) != RSP_OK)
		return st;
	if (kind < 0)
		return pe_fail(r, PE_PARAMETER, "a file without a structure");
	out->kind = (enum file_kind)kind;
	if (!out->descriptor)
		out->descriptor = descriptors[kind];
	return RSP_OK;
}

/* What only a DF, only an ADF or only an EF may have. */
static enum rsp_status
check_members(struct profile_reader *r, const struct template_row *row, const struct fcp *f, const struct profile_file *out)
{
	bool df = file_is_df(out->kind);

	r->at = f->df_name.p ? f->df_name : f->size.p ? f->size : f->pin_status;
	if (f->df_name.p && out->kind != FILE_ADF)
		return pe_fail(r, PE_PARAMETER, "file %.20s: only an ADF has a dfName", name_of(row));
	if (out->kind == FILE_ADF && !f->df_name.p)
		return pe_fail(r, PE_PARAMETER, "an ADF needs a dfName of 5 to 16 octets");
	if (df && (f->size.p || f->sfi.p || f->fill.p || f->repeat.p))
		return pe_fail(r, PE_PARAMETER, "file %.20s: a DF has no size, SFI or pattern", name_of(row));
	if (!df && f->pin_status.p)
		return pe_fail(r, PE_PARAMETER, "file %.20s: an EF has no pinStatusTemplateDO", name_of(row));
	if (df && !f->pin_status.p && !f->link.n)
		return pe_fail(r, PE_PARAMETER, "file %.20s: a DF needs a pinStatusTemplateDO", name_of(row));
	if (f->fill.p && f->repeat.p)
		return pe_fail(r, PE_PARAMETER, "file %.20s: fill pattern and repeat pattern", name_of(row));
	if (out->kind == FILE_BERTLV && (f->fill.p || f->repeat.p))
		return pe_fail(r, PE_PARAMETER, "file %.20s: a BER-TLV file has no pattern", name_of(row));
	if (out->kind != FILE_BERTLV && f->max_size.p)
		return pe_fail(r, PE_PARAMETER, "file %.20s: only a BER-TLV file has a maximum size", name_of(row));
	return RSP_OK;
}

static bool
reserved(unsigned fid)
{
	return fid == 0 || fid == 0x3F00 || fid == 0x3FFF || fid == 0x7FFF || fid == 0xFFFF;
}

static enum rsp_status
settle_place(struct profile_reader *r, const struct path *parent, const struct template_row *row, const struct fcp *f, struct profile_file *out)
{
	static const struct path mf = {{0}, 0};
	uint16_t fid = f->fid.p ? (uint16_t)octets_number(f->fid) : row ? row->fid : 0;
	struct path p;

	r->at = f->fid;
	if (out->kind == FILE_MF)
		return !f->fid.p || fid == 0x3F00 ? RSP_OK : pe_fail(r, PE_PARAMETER, "the MF is 3F00");
	if (!fid && !f->fid.p)
		return pe_fail(r, PE_PARAMETER, "file %.20s has no FID", name_of(row));
	if (reserved(fid))
		return pe_fail(r, PE_PARAMETER, "file %.20s: the FID %04X is reserved", name_of(row), fid);
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
static enum rsp_status
settle_access(struct profile_reader *r, const struct template_row *row, const struct fcp *f, struct profile_file *out)
{
	bool top = out->kind == FILE_MF || out->kind == FILE_ADF || out->depth == 1;

	out->arr_fid = top ? 0x2F06 : 0x6F06;
	out->arr_record = (uint8_t)(row ? row->arr : 0);
	if (f->arr.n == 1)
		out->arr_record = f->arr.p[0];
	if (f->arr.n == 3) {
		out->arr_fid = (uint16_t)octets_number(bytes_slice(f->arr, 0, 2));
		out->arr_record = f->arr.p[2];
	}
	r->at = f->arr;
	return out->arr_record && out->arr_record != 0xFF ? RSP_OK : pe_fail(r, PE_PARAMETER, "an access rule is record 1 to 254");
}

static bool
sfi_is_taken(const struct profile_reader *r, const struct profile_file *f)
{
	size_t i;

	for (i = 0; i < r->p.n_files; i++)
		if (r->p.file[i].sfi == f->sfi && r->p.file[i].depth == f->depth &&
			memcmp(r->p.file[i].path, f->path, (f->depth - 1) * sizeof(f->path[0])) == 0)
			return true;
	return false;
}

/* SFI: given as SFI << 3, none when empty; a generic file without one has the low five bits of its FID. */
static enum rsp_status
settle_sfi(struct profile_reader *r, const struct template_row *row, const struct fcp *f, struct profile_file *out)
{
	unsigned low;

	if (file_is_df(out->kind))
		return RSP_OK;
	r->at = f->sfi;
	if (f->sfi.n == 1) {
		out->sfi = f->sfi.p[0] >> 3;
		if (f->sfi.p[0] & 7 || out->sfi < 1 || out->sfi > 30)
			return pe_fail(r, PE_PARAMETER, "shortEFID %02X: want 1 to 30 in the high five bits", f->sfi.p[0]);
		return sfi_is_taken(r, out) ? pe_fail(r, PE_PARAMETER, "SFI %02X is another file's already", out->sfi) : RSP_OK;
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
	if (file_is_df(out->kind))
		return RSP_OK;
	if (row && has_records(out))
		out->size = (size_t)row->records * out->record_size;
	else if (row)
		out->size = row->size;
	if (f->size.p)
		out->size = octets_number(f->size);
	out->max_size = octets_number(f->max_size);
	r->at = f->size;
	if (out->size > SIZE_MAX_EF)
		return pe_fail(r, PE_NO_MEMORY, "file %04X: %zu octets are too many", out->path[out->depth - 1], out->size);
	if (out->max_size && out->max_size < out->size)
		return pe_fail(r, PE_PARAMETER, "file %04X: the maximum size is below the size", out->path[out->depth - 1]);
	if (!row && !f->size.p)
		return pe_fail(r, PE_PARAMETER, "file %04X: a generic file needs a size", out->path[out->depth - 1]);
	if (has_records(out) && (out->record_size == 0 || out->record_size > 255 || out->size % out->record_size || out->size / out->record_size > 254))
		return pe_fail(r, PE_PARAMETER, "file %04X: %zu octets are not up to 254 records of %u", out->path[out->depth - 1], out->size, out->record_size);
	return RSP_OK;
}

/* A link has the structure, size and content of its target, and its own place and access rule. */
static enum rsp_status
settle_link(struct profile_reader *r, const struct fcp *f, struct profile_file *out)
{
	const struct profile_file *target;
	struct path p;

	r->at = f->link;
	if (!path_read(f->link, &p))
		return pe_fail(r, PE_PARAMETER, "a link's path is no path");
	target = file_find(r, &p);
	if (!target || p.depth == 0)
		return pe_fail(r, PE_PARAMETER, "a link leads to a file that does not exist yet");
	if (target->link_depth || out->kind == FILE_ADF || target->kind == FILE_ADF)
		return pe_fail(r, PE_PARAMETER, "a link leads to a link or is about an ADF");
	if (out->kind != target->kind || (f->descriptor.n == 4 && out->record_size != target->record_size) || f->size.p)
		return pe_fail(r, PE_PARAMETER, "a link has its target's structure and size");
	memcpy(out->link, p.fid, sizeof(out->link));
	out->link_depth = p.depth;
	out->descriptor = target->descriptor;
	out->record_size = target->record_size;
	out->size = target->size;
	out->max_size = target->max_size;
	out->special = target->special;
	out->content = target->content;
	out->pin_status = target->pin_status;
	return RSP_OK;
}

/* Key references one after the other, as they are: no tags. */
static enum rsp_status
check_pin_status(struct profile_reader *r, struct bytes refs)
{
	size_t i, k;

	r->at = refs;
	for (i = 0; i < refs.n; i++) {
		for (k = 0; k < i && refs.p[k] != refs.p[i]; k++)
			;
		if (!pin_reference(refs.p[i]) || k < i)
			return pe_fail(r, PE_PARAMETER, "pinStatusTemplateDO: %02X is no key reference, or there twice", refs.p[i]);
	}
	return RSP_OK;
}

static bool
name_is_taken(const struct profile_reader *r, struct bytes df_name)
{
	size_t i;

	for (i = 0; i < r->p.n_files; i++)
		if (r->p.file[i].df_name.p && bytes_equal(r->p.file[i].df_name, df_name))
			return true;
	return false;
}

static enum rsp_status
settle_names(struct profile_reader *r, const struct template_row *row, const struct fcp *f, struct profile_file *out)
{
	snprintf(out->name, sizeof(out->name), "%s", row ? row->name : "");
	out->lcsi = f->lcsi.n ? f->lcsi.p[0] : 5;
	out->pe = r->pe;
	r->at = f->lcsi;
	if (out->lcsi == 0 || out->lcsi == 2 || (out->lcsi > 7 && (out->lcsi & 0xFC) != 0x0C))
		return pe_fail(r, PE_BAD_VALUES, "life cycle status %02X is not known", out->lcsi);
	r->at = f->df_name;
	if (f->df_name.p && name_is_taken(r, f->df_name))
		return pe_fail(r, PE_PARAMETER, "the dfName is another ADF's already");
	if (f->df_name.p)
		out->df_name = rsp_copy(&r->mem, f->df_name);
	if (f->pin_status.p)
		out->pin_status = rsp_copy(&r->mem, f->pin_status);
	return check_pin_status(r, f->pin_status);
}

static enum rsp_status
settle(struct profile_reader *r, const struct path *parent, const struct template_row *row, const struct fcp *fcp, struct profile_file *f)
{
	enum rsp_status st = settle_kind(r, row, fcp, f);

	if (st == RSP_OK)
		st = check_members(r, row, fcp, f);
	if (st == RSP_OK)
		st = settle_place(r, parent, row, fcp, f);
	if (st == RSP_OK && fcp->link.n)
		st = settle_link(r, fcp, f);
	if (st == RSP_OK)
		st = settle_names(r, row, fcp, f);
	if (st == RSP_OK)
		st = settle_sfi(r, row, fcp, f);
	if (st == RSP_OK)
		st = settle_access(r, row, fcp, f);
	if (st == RSP_OK && !f->link_depth)
		st = settle_size(r, row, fcp, f);
	return st == RSP_OK && !f->link_depth ? file_default(r, row, fcp, f) : st;
}

enum rsp_status
file_create(struct profile_reader *r, const struct path *parent, const struct template_row *row, const struct fcp *fcp)
{
	struct profile_file f = {0}, *slot;
	struct bytes at = r->at;
	enum rsp_status st = settle(r, parent, row, fcp, &f);

	if (st != RSP_OK)
		return st;
	r->at = at;
	slot = add_file(r);
	if (!slot)
		return RSP_REFUSED;
	*slot = f;
	r->s.file_at = file_is_df(f.kind) ? 0 : r->p.n_files;
	r->s.fill_at = 0;
	return RSP_OK;
}
