// SPDX-License-Identifier: BSD-2-Clause
/* Generic file management: files without a template, links, and more content for files that are there (package format 8.3.5). */
#include "profile/impl.h"

/* The last file that fills went to is complete when another comes. */
static enum rsp_status
leave(struct profile_reader *r)
{
	size_t at = r->s.file_at;

	r->s.file_at = 0;
	r->s.fill_at = 0;
	return at ? file_done(r, &r->p.file[at - 1]) : RSP_OK;
}

static enum rsp_status
select_path(struct profile_reader *r, struct bytes octets)
{
	const struct profile_file *f;
	struct path p;
	enum rsp_status st = leave(r);

	if (st != RSP_OK)
		return st;
	if (!path_read(octets, &p))
		return pe_fail(r, PE_PARAMETER, "a file path is no path");
	f = p.depth || r->s.has_mf ? file_find(r, &p) : NULL;
	if (!f && p.depth)
		return pe_fail(r, PE_PARAMETER, "a file path leads to a file that does not exist");
	r->s.df = p;
	if (!f || file_is_df(f->kind))
		return RSP_OK;
	r->s.file_at = (size_t)(f - r->p.file) + 1;
	r->s.df.depth--;
	return RSP_OK;
}

/* The context of PINs and of authentication: the first DF of this element, the last ADF. */
static void
enter(struct profile_reader *r, const struct profile_file *f, bool *first_df)
{
	struct path p = {.depth = f->depth};

	memcpy(p.fid, f->path, sizeof(p.fid));
	r->s.df = p;
	if (*first_df) {
		r->s.pin_context = p;
		r->s.takes_global = p.depth == 0;
		r->s.takes_local = p.depth > 0;
		r->s.has_codes = false;
	}
	*first_df = false;
	if (f->kind == FILE_MF)
		r->s.has_mf = true;
	if (f->kind != FILE_ADF)
		return;
	r->s.naa = p;
	r->s.naa_fid = p.fid[0];
	r->s.naa_kind = PE_GFM;
	r->s.naa_has = 0;
}

static enum rsp_status
create(struct profile_reader *r, struct bytes value, bool *first_df)
{
	const struct profile_file *f;
	struct fcp fcp;
	enum rsp_status st = leave(r);
	bool mf;

	if (st == RSP_OK)
		st = fcp_read(r, value, &fcp);
	if (st != RSP_OK)
		return st;
	r->at = value;
	if (!fcp.descriptor.p || !fcp.fid.p || !fcp.arr.p)
		return pe_fail(r, PE_PARAMETER, "a generic file needs a descriptor, a FID and an access rule");
	mf = octets_number(fcp.fid) == 0x3F00;
	if (mf == r->s.has_mf)
		return pe_fail(r, PE_PARAMETER, mf ? "the MF exists already" : "a file before the MF");
	st = file_create(r, &r->s.df, NULL, &fcp);
	if (st != RSP_OK)
		return st;
	f = &r->p.file[r->p.n_files - 1];
	if (file_is_df(f->kind))
		enter(r, f, first_df);
	return RSP_OK;
}

static enum rsp_status
command(struct profile_reader *r, const struct tlv *t, bool *first_df)
{
	switch (t->tag) {
	case 0x80:
		return select_path(r, t->value);
	case 0x62:
		return create(r, t->value, first_df);
	case 0x02:
		return file_skip(r, t->value);
	case 0x81:
		return file_fill(r, t->value);
	default:
		return pe_fail(r, PE_FORMAT, "a command of tag %02X is not known", (unsigned)t->tag);
	}
}

enum rsp_status
pe_gfm(struct profile_reader *r, struct bytes value)
{
	struct bytes commands, rest;
	bool first_df = true;
	enum rsp_status st = RSP_OK;
	struct tlv list, t;

	if (!tlv_find(value, 0xA1, &list))
		return pe_fail(r, PE_FORMAT, "generic file management without commands");
	r->s.df = (struct path){{0}, 0};
	r->s.file_at = 0;
	for (commands = list.value; st == RSP_OK && commands.n && tlv_next(&commands, &list) == RSP_OK;)
		for (rest = list.value; st == RSP_OK && rest.n && tlv_next(&rest, &t) == RSP_OK;) {
			r->at = t.whole;
			st = command(r, &t, &first_df);
		}
	return st == RSP_OK ? leave(r) : st;
}
