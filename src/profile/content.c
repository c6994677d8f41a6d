// SPDX-License-Identifier: BSD-2-Clause
/* An Fcp's members, and the octets of a file: defaults, patterns, fills (package format 8.3). */
#include "profile/impl.h"

#define CONTENT_END 65535u

size_t
octets_number(struct bytes b)
{
	size_t n = 0, i;

	for (i = 0; i < b.n; i++)
		n = n << 8 | b.p[i];
	return n;
}

void
path_join(struct path *out, const struct path *parent, uint16_t fid)
{
	*out = *parent;
	if (out->depth < PATH_MAX_DEPTH)
		out->fid[out->depth++] = fid;
}

bool
path_same(const struct path *a, const uint16_t *fid, unsigned depth)
{
	return a->depth == depth && memcmp(a->fid, fid, depth * sizeof(fid[0])) == 0;
}

bool
path_read(struct bytes octets, struct path *out)
{
	size_t i;

	*out = (struct path){{0}, 0};
	if (octets.n % 2 || octets.n > 8 || octets.n / 2 > PATH_MAX_DEPTH)
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

static const struct { uint32_t tag; size_t offset, from, to; } members[] = {
#define MEMBER(tag, name, from, to) {tag, offsetof(struct fcp, name), from, to}
	MEMBER(0x82, descriptor, 2, 4), MEMBER(0x83, fid, 2, 2), MEMBER(0x84, df_name, 5, 16), MEMBER(0x8A, lcsi, 1, 1), MEMBER(0x8B, arr, 1, 3),
	MEMBER(0x80, size, 1, 4), MEMBER(0xC6, pin_status, 0, 32), MEMBER(0x88, sfi, 0, 1), MEMBER(0xC7, link, 0, 8),
}, info_members[] = {
	MEMBER(0xC0, special, 1, 1), MEMBER(0xC1, fill, 1, 200), MEMBER(0xC2, repeat, 1, 200), MEMBER(0x86, max_size, 1, 4),
};
#define N_MEMBERS (sizeof(members) / sizeof(members[0]))
#define N_INFO (sizeof(info_members) / sizeof(info_members[0]))

enum rsp_status
fcp_read(struct profile_reader *r, struct bytes value, struct fcp *out)
{
	struct fcp f = {0};
	enum rsp_status st = RSP_OK;
	struct tlv info;
	size_t i;

	for (i = 0; i < N_MEMBERS; i++)
		(void)pe_octets(r, value, members[i].tag, members[i].from, members[i].to, (struct bytes *)(void *)((uint8_t *)&f + members[i].offset), &st);
	f.has_info = tlv_find(value, 0xA5, &info);
	for (i = 0; f.has_info && i < N_INFO; i++)
		(void)pe_octets(r, info.value, info_members[i].tag, info_members[i].from, info_members[i].to,
			(struct bytes *)(void *)((uint8_t *)&f + info_members[i].offset), &st);
	if (st != RSP_OK)
		return st;
	r->at = f.descriptor.n == 3 ? f.descriptor : f.arr;
	if (f.descriptor.n == 3 || f.arr.n == 2)
		return pe_fail(r, PE_FORMAT, "a member of an Fcp has the wrong size");
	*out = f;
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

/* All content together has a limit: a few octets of package can ask for 64 KiB. */
static uint8_t *
take_memory(struct profile_reader *r, size_t n)
{
	uint8_t *p = NULL;

	if (r->s.memory + n <= MAX_CONTENT)
		p = rsp_alloc(&r->mem, n ? n : 1);
	if (p)
		r->s.memory += n;
	else
		(void)pe_fail(r, PE_NO_MEMORY, "the files of the package are more than %d octets", MAX_CONTENT);
	return p;
}

enum rsp_status
file_default(struct profile_reader *r, const struct template_row *row, const struct fcp *f, struct profile_file *out)
{
	uint8_t *p;

	out->special = (uint8_t)(row && row->flags & ROW_HIGH_UPDATE ? 0x80 : 0);
	if (f->has_info)
		out->special = f->special.n ? f->special.p[0] : 0;
	if (file_is_df(out->kind) || out->kind == FILE_BERTLV)
		return RSP_OK;
	p = take_memory(r, out->size);
	if (!p)
		return RSP_REFUSED;
	template_content(row, p, out->size, out->record_size);
	if (f->fill.n)
		pattern(out, p, f->fill, false);
	if (f->repeat.n)
		pattern(out, p, f->repeat, true);
	out->content = bytes_of(p, out->size);
	return RSP_OK;
}

enum rsp_status
file_skip(struct profile_reader *r, struct bytes octets)
{
	if (!r->s.file_at)
		return pe_fail(r, PE_PARAMETER, "an offset before any file");
	if (r->p.file[r->s.file_at - 1].kind == FILE_BERTLV)
		return pe_fail(r, PE_PARAMETER, "an offset in a BER-TLV file");
	if (octets.n > 3 || octets_number(octets) > CONTENT_END)
		return pe_fail(r, PE_FORMAT, "an offset is from 0 to %u", CONTENT_END);
	r->s.fill_at += octets_number(octets);
	return RSP_OK;
}

/* BER-TLV files, and files whose template gives no size, grow with their content: room doubles, so that many small fills cost little. */
static enum rsp_status
grow_content(struct profile_reader *r, struct profile_file *f, size_t n)
{
	uint8_t *p = (uint8_t *)(uintptr_t)f->content.p;

	if (r->room_of != r->s.file_at || n > r->room) {
		size_t room = n < 64 ? 64 : 2 * n;

		if (!(p = take_memory(r, room)))
			return RSP_REFUSED;
		memset(p, 0xFF, room);
		if (f->content.n)
			memcpy(p, f->content.p, f->content.n);
		r->room_of = r->s.file_at;
		r->room = room;
	}
	f->content = bytes_of(p, n);
	if (f->kind != FILE_BERTLV)
		f->size = n;
	return RSP_OK;
}

static bool
grows(const struct profile_reader *r, const struct profile_file *f)
{
	return f->kind == FILE_BERTLV || f->size == 0 || r->room_of == r->s.file_at;
}

enum rsp_status
file_fill(struct profile_reader *r, struct bytes content)
{
	struct profile_file *f;
	size_t end = r->s.fill_at + content.n;
	enum rsp_status st;

	if (!r->s.file_at)
		return pe_fail(r, PE_PARAMETER, "content before any file");
	f = &r->p.file[r->s.file_at - 1];
	if (f->link_depth)
		return pe_fail(r, PE_PARAMETER, "file %04X is a link: its content is its target's", f->path[f->depth - 1]);
	if (end > CONTENT_END || (f->max_size && end > f->max_size))
		return pe_fail(r, PE_PARAMETER, "file %04X: content ends at octet %zu", f->path[f->depth - 1], end);
	if (end > f->content.n && grows(r, f) && (st = grow_content(r, f, end)) != RSP_OK)
		return st;
	if (end > f->content.n)
		return pe_fail(r, PE_PARAMETER, "file %04X: content ends at octet %zu of %zu", f->path[f->depth - 1], end, f->content.n);
	if (content.n)
		memcpy((uint8_t *)(uintptr_t)f->content.p + r->s.fill_at, content.p, content.n);
	r->s.fill_at = end;
	return RSP_OK;
}

enum rsp_status
file_done(struct profile_reader *r, const struct profile_file *f)
{
	unsigned fid = f->depth ? f->path[f->depth - 1] : 0x3F00;

	if (file_is_df(f->kind) || f->link_depth)
		return RSP_OK;
	if (f->kind == FILE_BERTLV)
		return tlv_all_well_formed(f->content) ? RSP_OK : pe_fail(r, PE_PARAMETER, "file %04X: its content is not TLVs", fid);
	if (!f->size)
		return pe_fail(r, PE_PARAMETER, "file %04X: neither the template nor the package gives its size", fid);
	if (f->record_size && (f->size % f->record_size || f->size / f->record_size > 254))
		return pe_fail(r, PE_PARAMETER, "file %04X: %zu octets are not up to 254 records of %u", fid, f->size, f->record_size);
	return RSP_OK;
}
