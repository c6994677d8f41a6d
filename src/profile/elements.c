// SPDX-License-Identifier: BSD-2-Clause
/* Elements that create files: by template, and by generic file management. */
#include "profile/impl.h"

#include <asn_application.h>

static const struct path at_mf = {{0}, 0};

/* Where a template's own DF or ADF belongs. */
static const struct path *
base_of(const struct profile_reader *r, enum pe_kind kind)
{
	switch (kind) {
	case PE_MF:
	case PE_CD:
	case PE_TELECOM:
	case PE_USIM:
	case PE_ISIM:
	case PE_CSIM:
	case PE_IOT:
		return &at_mf;
	default:
		return &r->naa;
	}
}

/* These create all their files, named in the package or not. */
static bool
creates_all(enum pe_kind kind)
{
	return kind == PE_MF || kind == PE_USIM || kind == PE_ISIM || kind == PE_CSIM;
}

struct template_run {
	enum pe_kind kind;
	struct template_rows rows;
	struct path top;         /* the element's own DF or ADF, or the one it adds to */
	bool has_top;
	struct { uint16_t fid; struct path path; } df[8];
	size_t n_df;
};

static enum rsp_status
file_steps(struct profile_reader *r, struct bytes list, const struct template_row *row, const struct path *parent, bool *created)
{
	struct fcp fcp = {0};
	struct bytes rest = list;
	struct tlv t;
	enum rsp_status st = RSP_OK;

	*created = false;
	if (tlv_find(list, 0x80, &t))
		return RSP_OK;
	if (tlv_find(list, 0xA1, &t))
		st = fcp_read(r, t.value, &fcp);
	if (st == RSP_OK)
		st = file_create(r, parent, row, &fcp);
	while (st == RSP_OK && rest.n && tlv_next(&rest, &t) == RSP_OK) {
		if (t.tag == 0x82)
			st = file_skip(r, t.value);
		if (t.tag == 0x83)
			st = file_fill(r, t.value);
	}
	*created = st == RSP_OK;
	return st;
}

/* A DF that this element made: children may follow, and a pinCodes element may belong to it. */
static void
entered(struct profile_reader *r, struct template_run *run, const struct template_row *row)
{
	const struct profile_file *f = &r->p.file[r->p.n_files - 1];
	struct path p = {.depth = f->depth};

	memcpy(p.fid, f->path, sizeof(p.fid));
	if (!run->has_top) {
		run->top = p;
		run->has_top = true;
		r->pin_context = p;
		r->pin_context_is_mf = run->kind == PE_MF;
	}
	if (f->kind == FILE_ADF) {
		r->naa = p;
		r->naa_fid = p.fid[0];
	}
	if (row && run->n_df < 8) {
		run->df[run->n_df].fid = row->fid;
		run->df[run->n_df++].path = p;
	}
}

static const struct path *
parent_of(const struct profile_reader *r, const struct template_run *run, const struct template_row *row)
{
	size_t i;

	for (i = 0; row && row->df && i < run->n_df; i++)
		if (run->df[i].fid == row->df)
			return &run->df[i].path;
	return run->has_top ? &run->top : base_of(r, run->kind);
}

static enum rsp_status
member_file(struct profile_reader *r, struct template_run *run, const struct pe_member *m)
{
	const struct template_row *row = template_row(run->rows, m->name);
	const struct path *parent = parent_of(r, run, row);
	bool created, is_df;
	enum rsp_status st = file_steps(r, m->value, row, parent, &created);

	if (st != RSP_OK || !created)
		return st;
	is_df = r->p.file[r->p.n_files - 1].kind <= FILE_ADF;
	if (is_df)
		entered(r, run, row);
	return RSP_OK;
}

static bool
named(const struct asn_TYPE_descriptor_s *td, struct bytes rest, const char *member)
{
	struct pe_member m;

	while (pe_next(td, &rest, &m))
		if (strcmp(m.name, member) == 0)
			return true;
	return false;
}

/* Files of the template that the package did not name. */
static enum rsp_status
create_rest(struct profile_reader *r, struct template_run *run, const struct asn_TYPE_descriptor_s *td, struct bytes value)
{
	static const struct fcp nothing;
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < run->rows.n; i++) {
		const struct template_row *row = &run->rows.rows[i];

		if (row->kind <= FILE_ADF || named(td, value, row->member))
			continue;
		st = file_create(r, parent_of(r, run, row), row, &nothing);
	}
	return st;
}

enum rsp_status
pe_template(struct profile_reader *r, enum pe_kind kind, const struct asn_TYPE_descriptor_s *td, struct bytes value)
{
	struct template_run run = {.kind = kind};
	struct bytes rest = value;
	struct pe_member m;
	enum rsp_status st = RSP_OK;

	if ((kind == PE_MF) == r->has_mf)
		return pe_fail(r, PE_PARAMETER, kind == PE_MF ? "the MF exists already" : "the MF must come first");
	if (base_of(r, kind) == &r->naa && r->naa.depth == 0)
		return pe_fail(r, PE_PARAMETER, "no ADF comes before this element");
	r->has_mf = true;
	while (st == RSP_OK && pe_next(td, &rest, &m)) {
		if (m.tag == 0xA0)
			continue;
		if (m.tag == 0x81 && !template_find(m.value, &run.rows))
			return pe_fail(r, PE_TEMPLATE, "the element's file template is not known");
		if (m.tag != 0x81)
			st = member_file(r, &run, &m);
	}
	if (st == RSP_OK && creates_all(kind))
		st = create_rest(r, &run, td, value);
	return st;
}

/* ---- generic file management ---- */

static enum rsp_status
gfm_path(struct profile_reader *r, struct bytes octets)
{
	const struct profile_file *f;
	struct path p;

	if (!path_read(octets, &p))
		return pe_fail(r, PE_PARAMETER, "a file path is no path");
	if (p.depth == 0) {
		r->df = at_mf;
		r->file_at = 0;
		return RSP_OK;
	}
	f = file_find(r, &p);
	if (!f)
		return pe_fail(r, PE_PARAMETER, "a file path leads to a file that does not exist");
	r->fill_at = 0;
	if (f->kind <= FILE_ADF) {
		r->df = p;
		r->file_at = 0;
		return RSP_OK;
	}
	r->file_at = (size_t)(f - r->p.file) + 1;
	r->df = p;
	r->df.depth--;
	return RSP_OK;
}

static enum rsp_status
gfm_create(struct profile_reader *r, struct bytes value, bool *first_df)
{
	struct template_run run = {.kind = PE_GFM, .has_top = !*first_df};
	const struct profile_file *f;
	struct fcp fcp;
	enum rsp_status st = fcp_read(r, value, &fcp);

	if (st != RSP_OK)
		return st;
	if (!fcp.descriptor.p || !fcp.fid.p || !fcp.arr.p)
		return pe_fail(r, PE_PARAMETER, "a generic file needs a descriptor, a FID and an access rule");
	st = file_create(r, &r->df, NULL, &fcp);
	if (st != RSP_OK)
		return st;
	f = &r->p.file[r->p.n_files - 1];
	if (f->kind > FILE_ADF)
		return RSP_OK;
	r->df.depth = f->depth;
	memcpy(r->df.fid, f->path, sizeof(r->df.fid));
	entered(r, &run, NULL);
	*first_df = false;
	return RSP_OK;
}

enum rsp_status
pe_gfm(struct profile_reader *r, struct bytes value)
{
	struct tlv list, t;
	bool first_df = true;
	enum rsp_status st = RSP_OK;
	struct bytes commands;

	if (!tlv_find(value, 0xA1, &list))
		return pe_fail(r, PE_FORMAT, "generic file management without commands");
	r->df = at_mf;
	r->file_at = 0;
	for (commands = list.value; st == RSP_OK && commands.n && tlv_next(&commands, &list) == RSP_OK;) {
		struct bytes rest = list.value;

		while (st == RSP_OK && rest.n && tlv_next(&rest, &t) == RSP_OK) {
			if (t.tag == 0x80)
				st = gfm_path(r, t.value);
			else if (t.tag == 0x62)
				st = gfm_create(r, t.value, &first_df);
			else if (t.tag == 0x02)
				st = file_skip(r, t.value);
			else if (t.tag == 0x81)
				st = file_fill(r, t.value);
		}
	}
	return st;
}
