// SPDX-License-Identifier: BSD-2-Clause
/* Elements that create files by template (package format 8.3). */
#include "profile/impl.h"

#include <asn_application.h>

static const struct path at_mf = {{0}, 0};

struct template_run {
	enum pe_kind kind;
	struct template_rows rows;
	struct path top;         /* the element's own DF or ADF, or the one it adds to */
	bool has_top;
	struct { uint16_t fid; struct path path; } df[8];
	size_t n_df;
};

/* These create all their files, named in the package or not. */
static bool
creates_all(enum pe_kind kind)
{
	return kind == PE_MF || kind == PE_USIM || kind == PE_ISIM || kind == PE_CSIM || kind == PE_IOT;
}

/* These add to an ADF, and what DFs they make lies in it. */
static bool
has_no_top(enum pe_kind kind)
{
	return kind == PE_OPT_USIM || kind == PE_OPT_ISIM || kind == PE_OPT_CSIM || kind == PE_OPT_IOT;
}

/* Where a template's own DF or ADF belongs. */
static const struct path *
base_of(const struct profile_reader *r, enum pe_kind kind)
{
	return kind == PE_CD || kind == PE_TELECOM || creates_all(kind) ? &at_mf : &r->s.naa;
}

/* At most one fileDescriptor, and first; doNotCreate alone, and only where files are created that the package does not name. */
static enum rsp_status
check_steps(struct profile_reader *r, const struct template_run *run, struct bytes list)
{
	struct tlv t;
	size_t i;

	for (i = 0; list.n && tlv_next(&list, &t) == RSP_OK; i++) {
		r->at = t.whole;
		if (t.tag == 0x80 && (i || list.n || !creates_all(run->kind)))
			return pe_fail(r, PE_PARAMETER, "doNotCreate beside other steps, or for a file that is not created by default");
		if (t.tag == 0xA1 && i)
			return pe_fail(r, PE_PARAMETER, "a fileDescriptor after another step");
	}
	return RSP_OK;
}

static enum rsp_status
file_steps(struct profile_reader *r, struct bytes list, const struct template_row *row, const struct path *parent)
{
	struct fcp fcp = {0};
	struct tlv t;
	enum rsp_status st = RSP_OK;

	if (tlv_find(list, 0xA1, &t))
		st = fcp_read(r, t.value, &fcp);
	if (st == RSP_OK)
		st = file_create(r, parent, row, &fcp);
	while (st == RSP_OK && list.n && tlv_next(&list, &t) == RSP_OK) {
		r->at = t.whole;
		if (t.tag == 0x82)
			st = file_skip(r, t.value);
		if (t.tag == 0x83)
			st = file_fill(r, t.value);
	}
	return st == RSP_OK ? file_done(r, &r->p.file[r->p.n_files - 1]) : st;
}

/* PINs that follow belong to the first DF an element made; the MF has the global ones. A minimal IoT profile has both in one element. */
static void
pins_follow(struct profile_reader *r, const struct path *p, enum pe_kind kind)
{
	r->s.pin_context = *p;
	r->s.takes_global = p->depth == 0 || kind == PE_IOT;
	r->s.takes_local = p->depth > 0;
	r->s.has_codes = false;
}

/* A DF that this element made: children may follow, and a pinCodes element may belong to it. */
static void
entered(struct profile_reader *r, struct template_run *run, const struct template_row *row)
{
	const struct profile_file *f = &r->p.file[r->p.n_files - 1];
	struct path p = {.depth = f->depth};

	memcpy(p.fid, f->path, sizeof(p.fid));
	if (!run->has_top || (run->kind == PE_IOT && f->kind == FILE_ADF)) {
		pins_follow(r, &p, run->kind);
		if (!run->has_top)
			run->top = p;
		run->has_top = true;
	}
	if (f->kind == FILE_MF)
		r->s.has_mf = true;
	if (f->kind == FILE_ADF) {
		r->s.naa = p;
		r->s.naa_fid = p.fid[0];
		r->s.naa_kind = run->kind;
		r->s.naa_has = 0;
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
	return row && row->df ? NULL : run->has_top ? &run->top : base_of(r, run->kind);
}

static enum rsp_status
member_file(struct profile_reader *r, struct template_run *run, const struct pe_member *m)
{
	const struct template_row *row = template_row(&run->rows, m->name);
	const struct path *parent = parent_of(r, run, row);
	enum rsp_status st = check_steps(r, run, m->value);
	struct tlv t;

	/* The files of the MF come whatever the package says. */
	if (st == RSP_OK && tlv_find(m->value, 0x80, &t) && run->kind != PE_MF)
		return RSP_OK;
	if (st == RSP_OK && !row)
		return pe_fail(r, PE_PARAMETER, "the template has no member %.40s", m->name[0] ? m->name : "of this number");
	if (st == RSP_OK && !parent)
		return pe_fail(r, PE_PARAMETER, "%.40s comes without the DF it lies in", m->name);
	if (st == RSP_OK)
		st = file_steps(r, m->value, row, parent);
	if (st == RSP_OK && file_is_df(r->p.file[r->p.n_files - 1].kind))
		entered(r, run, row);
	return st;
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

/* Files of the template that the package did not name, and whose size the template knows. */
static enum rsp_status
create_rest(struct profile_reader *r, struct template_run *run, const struct asn_TYPE_descriptor_s *td, struct bytes value)
{
	static const struct fcp nothing;
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < run->rows.n; i++) {
		const struct template_row *row = &run->rows.rows[i];

		if (row->kind <= FILE_ADF || !row->size || !template_has(&run->rows, row) || named(td, value, row->member))
			continue;
		st = file_create(r, parent_of(r, run, row), row, &nothing);
	}
	return st;
}

/* The MF and the ADF of a minimal IoT profile, where the package leaves them to the card. */
static enum rsp_status
create_iot_df(struct profile_reader *r, struct template_run *run, const char *member)
{
	static const uint8_t rid[] = {0xA0, 0, 0, 0, 0x87}, no_pins[1] = {0};
	const struct template_row *row = template_row(&run->rows, member);
	struct fcp fcp = {.pin_status = bytes_of(no_pins, 0)};
	struct buf aid = BUF_INIT;
	enum rsp_status st;

	buf_add(&aid, BYTES_OF(rid));
	buf_add(&aid, r->p.iot_pix);
	if (row->kind == FILE_ADF) {
		if (!r->p.iot_pix.n) {
			buf_free(&aid);
			return pe_fail(r, PE_PARAMETER, "an ADF without dfName, and the header has no iotOptions");
		}
		fcp.df_name = buf_bytes(&aid);
	}
	st = file_create(r, &at_mf, row, &fcp);
	buf_free(&aid);
	if (st == RSP_OK)
		entered(r, run, row);
	return st;
}

static enum rsp_status
create_iot_tops(struct profile_reader *r, struct template_run *run, const struct asn_TYPE_descriptor_s *td, struct bytes value)
{
	enum rsp_status st = RSP_OK;

	if (run->kind != PE_IOT)
		return RSP_OK;
	if (!named(td, value, "mf"))
		st = create_iot_df(r, run, "mf");
	return st == RSP_OK && !named(td, value, "adf-usim") ? create_iot_df(r, run, "adf-usim") : st;
}

static enum rsp_status
find_template(struct profile_reader *r, struct template_run *run, struct bytes value)
{
	struct tlv t;

	if (!tlv_find(value, 0x81, &t))
		return pe_fail(r, PE_FORMAT, "the element names no template");
	r->at = t.whole;
	if (!template_find(t.value, &run->rows))
		return pe_fail(r, PE_TEMPLATE, "the element's file template is not known");
	if (run->rows.kind != run->kind)
		return pe_fail(r, PE_TEMPLATE, "the element's file template is that of %s", pe_kind_name(run->rows.kind));
	return RSP_OK;
}

enum rsp_status
pe_template(struct profile_reader *r, enum pe_kind kind, const struct asn_TYPE_descriptor_s *td, struct bytes value)
{
	struct template_run run = {.kind = kind, .has_top = has_no_top(kind), .top = r->s.naa};
	struct bytes rest = value;
	struct pe_member m;
	enum rsp_status st = find_template(r, &run, value);

	if (st == RSP_OK)
		st = create_iot_tops(r, &run, td, value);
	while (st == RSP_OK && pe_next(td, &rest, &m)) {
		r->at = m.value;
		if (m.tag != 0xA0 && m.tag != 0x81)
			st = member_file(r, &run, &m);
	}
	r->at = BYTES_NONE;
	if (st == RSP_OK && creates_all(kind))
		st = create_rest(r, &run, td, value);
	return st;
}
