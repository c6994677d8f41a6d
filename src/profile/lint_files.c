// SPDX-License-Identifier: BSD-2-Clause
/* Rules about files: access rules, SFIs, PINs shown, contents that belong together. */
#include "codec/ids.h"
#include "profile/lint.h"

void
lint_pin_status_without_pin(struct lint *l)
{
	size_t i, k, r;

	for (i = 0; i < l->p->n_files; i++)
		for (r = 0; r < l->p->file[i].pin_status.n; r++) {
			for (k = 0; k < l->p->n_pins && l->p->pin[k].ref != l->p->file[i].pin_status.p[r]; k++)
				;
			if (k == l->p->n_pins)
				lint_found(l, l->p->file[i].pe, "DF %04X shows PIN %02X, which is not there", l->p->file[i].depth ? l->p->file[i].path[l->p->file[i].depth - 1] : 0x3F00,
					l->p->file[i].pin_status.p[r]);
		}
}

void
lint_df_without_pin_status(struct lint *l)
{
	size_t i;

	for (i = 0; i < l->p->n_files; i++)
		if (l->p->file[i].kind <= FILE_ADF && !l->p->file[i].pin_status.p)
			lint_found(l, l->p->file[i].pe, "DF %04X has no pinStatusTemplateDO", l->p->file[i].depth ? l->p->file[i].path[l->p->file[i].depth - 1] : 0x3F00);
}

static bool
same_df(const struct profile_file *a, const struct profile_file *b)
{
	return a->depth == b->depth && a->depth && memcmp(a->path, b->path, (a->depth - 1) * sizeof(a->path[0])) == 0;
}

void
lint_sfi_repeated(struct lint *l)
{
	size_t i, k;

	for (i = 0; i < l->p->n_files; i++)
		for (k = 0; k < i; k++)
			if (l->p->file[i].sfi && l->p->file[i].sfi == l->p->file[k].sfi && same_df(&l->p->file[i], &l->p->file[k]))
				lint_found(l, l->p->file[i].pe, "EF %04X has the SFI %02X of EF %04X", l->p->file[i].path[l->p->file[i].depth - 1], l->p->file[i].sfi,
					l->p->file[k].path[l->p->file[k].depth - 1]);
}

static const struct profile_file *
rules_of(const struct profile *p, const struct profile_file *f)
{
	uint16_t path[PATH_MAX_DEPTH + 1];
	unsigned depth = f->kind == FILE_MF || f->kind == FILE_ADF ? 0 : f->depth ? f->depth - 1 : 0;
	const struct profile_file *arr;

	memcpy(path, f->path, sizeof(f->path));
	for (;; depth--) {
		path[depth] = f->arr_fid;
		arr = profile_find(p, path, depth + 1);
		if (arr || depth == 0)
			return arr;
		memcpy(path, f->path, sizeof(f->path));
	}
}

void
lint_access_rule_missing(struct lint *l)
{
	size_t i;

	for (i = 0; i < l->p->n_files; i++) {
		const struct profile_file *f = &l->p->file[i], *arr = rules_of(l->p, f);
		unsigned fid = f->depth ? f->path[f->depth - 1] : 0x3F00;

		if (!arr || arr->kind != FILE_LINEAR)
			lint_found(l, f->pe, "file %04X: EF.ARR %04X is not there", fid, f->arr_fid);
		else if (!f->arr_record || (size_t)f->arr_record * arr->record_size > arr->size)
			lint_found(l, f->pe, "file %04X: EF.ARR %04X has no record %u", fid, f->arr_fid, f->arr_record);
	}
}

static const struct profile_file *
by_name(const struct profile *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->n_files; i++)
		if (strcmp(p->file[i].name, name) == 0)
			return &p->file[i];
	return NULL;
}

void
lint_iccid_differs(struct lint *l)
{
	const struct profile_file *f = by_name(l->p, "EF.ICCID");

	if (f && !bytes_equal(f->content, bytes_of(l->p->iccid, 10)))
		lint_found(l, f->pe, "EF.ICCID is not the header's ICCID");
}

void
lint_imsi_wrong(struct lint *l)
{
	const struct profile_file *f = by_name(l->p, "EF.IMSI");
	char text[16];

	if (f && imsi_text(l->c, f->content, text) != RSP_OK)
		lint_found(l, f->pe, "EF.IMSI: %s", l->c->error.text);
}

void
lint_access_class(struct lint *l)
{
	const struct profile_file *imsi = by_name(l->p, "EF.IMSI"), *acc = by_name(l->p, "EF.ACC");
	char text[16];
	unsigned want;

	if (!imsi || !acc || acc->content.n != 2 || imsi_text(l->c, imsi->content, text) != RSP_OK || !text[0])
		return;
	want = 1u << (text[strlen(text) - 1] - '0');
	if ((unsigned)(acc->content.p[0] << 8 | acc->content.p[1]) != want)
		lint_found(l, acc->pe, "EF.ACC is not the class of the IMSI's last digit");
}

void
lint_dir_without_application(struct lint *l)
{
	const struct profile_file *dir = by_name(l->p, "EF.DIR");
	size_t i, at;

	for (i = 0; dir && i < l->p->n_files; i++) {
		struct bytes aid = l->p->file[i].df_name;
		bool there = false;

		if (l->p->file[i].kind != FILE_ADF)
			continue;
		for (at = 0; at + aid.n <= dir->content.n; at++)
			there = there || memcmp(dir->content.p + at, aid.p, aid.n) == 0;
		if (!there)
			lint_found(l, l->p->file[i].pe, "EF.DIR does not list the application of ADF %04X", l->p->file[i].path[0]);
	}
}

void
lint_fplmn_size(struct lint *l)
{
	const struct profile_file *f = by_name(l->p, "EF.FPLMN");

	if (f && f->size % 3)
		lint_found(l, f->pe, "EF.FPLMN has %zu octets, no multiple of 3", f->size);
}

void
lint_content_missing(struct lint *l)
{
	struct template_rows t;
	const struct template_row *row;
	unsigned last = 0;
	size_t i, k;

	for (i = 0; i < l->p->n_files; i++) {
		const struct profile_file *f = &l->p->file[i];

		for (k = 0; k < f->content.n && f->content.p[k] == 0xFF; k++)
			;
		if (k < f->content.n || !f->content.n || !template_of(l->p->element[f->pe].kind, 0, &t))
			continue;
		for (row = t.rows; row < t.rows + t.n; row++)
			if (row->flags & ROW_NEEDS_CONTENT && strcmp(row->name, f->name) == 0 && template_has(&t, row) && f->pe != last) {
				lint_found(l, f->pe, "%s and perhaps more of %s should have content of their own", f->name, pe_kind_name(l->p->element[f->pe].kind));
				last = f->pe;
			}
	}
}

void
lint_service_of_files(struct lint *l)
{
	size_t i;
	bool link = false, tlv = false;

	for (i = 0; i < l->p->n_files; i++) {
		tlv = tlv || l->p->file[i].kind == FILE_BERTLV;
		link = link || (l->p->file[i].kind == FILE_DF && l->p->file[i].link_depth);
	}
	if (tlv && !(l->p->mandatory_services & 1u << 18))
		lint_found(l, 0, "there are BER-TLV files, and the header does not ask for ber-tlv");
	if (link && !(l->p->mandatory_services & 1u << 19))
		lint_found(l, 0, "a DF is a link, and the header does not ask for dfLink");
	if (l->p->mandatory_services & 1u << 21 && !(l->p->mandatory_services & (1u << 22 | 1u << 23)))
		lint_found(l, 0, "get-identity goes with profile-a-x25519 or profile-b-p256");
}
