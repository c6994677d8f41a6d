// SPDX-License-Identifier: BSD-2-Clause
/* Every version of every template: a package that names all its files has each with the size, access rule and content that the table says. */
#include "support/test.h"

#include <esimlab/profile.h>

#include "base/hex.h"
#include "profile/impl.h"

#define MF "[element mf]\nmf = pins 01\nef-dir = record 40, records 1\nef-arr = record 16, records 14\n[element pinCodes]\npin 01 = digits 0000\n"
#define USIM "[element usim]\nadf-usim = fid 7FD0, aid A0000000871002, pins 01\nef-arr = record 16, records 14\n"
#define ISIM "[element isim]\nadf-isim = fid 7FB0, aid A0000000871004, pins 01\nef-impi = size 8\nef-impu = record 8, records 1\n" \
	"ef-domain = size 8\nef-arr = record 16, records 1\n"
#define CSIM "[element csim]\nall = 8\nadf-csim = fid 7FC0, aid A0000003431002, pins 01\n"
#define IOT "[element iot]\nall = 8\nadf-usim = fid 7FD0, aid A0000000871002, pins 01\nef-imsi = size 9\nef-acc = size 2\n"
#define PIN "[element pinCodes]\npin 01 = digits 0000\n"

/* What a template's element needs before it, and of its own. */
static const struct { enum pe_kind kind; const char *before, *own; } needs[] = {
	{PE_MF, "", "mf = pins 01\n"}, {PE_CD, MF, ""}, {PE_TELECOM, MF, ""}, {PE_USIM, MF, "adf-usim = fid 7FD0, aid A0000000871002, pins 01\n"},
	{PE_OPT_USIM, MF USIM, ""}, {PE_PHONEBOOK, MF USIM, ""}, {PE_GSM_ACCESS, MF USIM, ""},
	{PE_ISIM, MF, "adf-isim = fid 7FB0, aid A0000000871004, pins 01\n"}, {PE_OPT_ISIM, MF ISIM, ""},
	{PE_CSIM, MF, "adf-csim = fid 7FC0, aid A0000003431002, pins 01\n"}, {PE_OPT_CSIM, MF CSIM, ""}, {PE_EAP, MF USIM, "df-eap = fid 5F20\n"},
	{PE_DF_5GS, MF USIM, ""}, {PE_DF_SAIP, MF USIM, ""}, {PE_DF_SNPN, MF USIM, ""}, {PE_5GPROSE, MF USIM, ""},
	{PE_IOT, "", "adf-usim = fid 7FD0, aid A0000000871002, pins 01\n"}, {PE_OPT_IOT, IOT PIN, ""},
};

static const struct profile *
package_of(struct rsp_ctx *c, const struct template_rows *t)
{
	const struct profile *p = NULL;
	struct bytes package;
	const char *text;
	size_t i;

	for (i = 0; needs[i].kind != t->kind; i++)
		assert_true(i + 1 < sizeof(needs) / sizeof(needs[0]));
	text = rsp_sprintf(c, "[profile]\niccid = 8900101000000000001\n%s[element %s of the test]\ntemplate = %u\nall = 8\n%s%s", needs[i].before,
		pe_kind_name(t->kind), t->version, needs[i].own, needs[i].before[0] ? "" : PIN);
	if (profile_build(c, text, &package) != RSP_OK)
		fail_msg("%s %u: %s", pe_kind_name(t->kind), t->version, c->error.text);
	assert_status(profile_read(c, package, &p), RSP_OK);
	return p;
}

/* The last of this name: elements before may have a file of the same name. */
static const struct profile_file *
file_named(const struct profile *p, const struct template_row *row)
{
	size_t i;

	for (i = p->n_files; i--;) {
		const struct profile_file *f = &p->file[i];

		if (strcmp(f->name, row->name) == 0 && (!row->fid || row->kind == FILE_ADF || f->depth == 0 || f->path[f->depth - 1] == row->fid))
			return f;
	}
	return NULL;
}

/* Octet i of a record (or file) of n octets, from the table's text: "AABB...BBCC" is AA, BB up to the last octet, CC. */
static uint8_t
octet(struct rsp_ctx *c, const struct template_row *row, size_t i, size_t n)
{
	const char *dots = strstr(row->content, "...");
	struct bytes head = unhex(c, rsp_sprintf(c, "%.*s", (int)(dots ? dots - row->content : (int)strlen(row->content)), row->content));
	struct bytes tail = dots ? unhex(c, dots + 3) : BYTES_NONE;

	if (row->flags & ROW_REPEAT)
		return head.p[i % head.n];
	if (tail.n > 1 && n - i < tail.n)
		return tail.p[tail.n - (n - i)];
	return i < head.n ? head.p[i] : tail.n ? tail.p[0] : 0xFF;
}

static void
check_file(struct rsp_ctx *c, const struct template_rows *t, const struct template_row *row, const struct profile_file *f)
{
	size_t unit = f->record_size ? f->record_size : f->size, i;

	if ((int)f->kind != row->kind || f->arr_record != row->arr || f->arr_fid != (row->kind == FILE_MF || row->kind == FILE_ADF || f->depth == 1 ? 0x2F06 : 0x6F06))
		fail_msg("%s %u, %s: kind %d, access %04X/%u", pe_kind_name(t->kind), t->version, row->name, (int)f->kind, f->arr_fid, f->arr_record);
	if (row->kind <= FILE_ADF || row->kind == FILE_BERTLV)
		return;
	if (row->size)
		assert_int_equal(unit, row->size);
	if (row->records)
		assert_int_equal(f->size, row->records * unit);
	assert_int_equal(f->sfi, row->sfi);
	assert_int_equal(f->special, row->flags & ROW_HIGH_UPDATE ? 0x80 : 0);
	assert_int_equal(f->content.n, f->size);
	for (i = 0; row->content[0] && i < f->size; i++)
		if (f->content.p[i] != octet(c, row, i % unit, unit))
			fail_msg("%s %u, %s: octet %zu is %02X", pe_kind_name(t->kind), t->version, row->name, i, f->content.p[i]);
}

static void
every_file_of_every_template(void **state)
{
	struct template_rows t;
	size_t i, k, n = 0;

	for (i = 0; template_nth(i, &t); i++) {
		struct rsp_ctx *c = fresh_ctx(state);
		const struct profile *p = package_of(c, &t);

		for (k = 0; k < t.n; k++) {
			const struct profile_file *f = template_has(&t, &t.rows[k]) ? file_named(p, &t.rows[k]) : NULL;

			if (template_has(&t, &t.rows[k]) && !f)
				fail_msg("%s %u: %s is missing", pe_kind_name(t.kind), t.version, t.rows[k].name);
			if (f)
				check_file(c, &t, &t.rows[k], f);
			n++;
		}
	}
	assert_int_equal(i, 28);
	assert_true(n > 500);
}

/* Octets that are known without the table. */
static void
defaults_that_are_well_known(void **state)
{
	static const struct { enum pe_kind kind; unsigned version; const char *name, *content; } rows[] = {
		{PE_GSM_ACCESS, 0, "EF.Kc", "FFFFFFFFFFFFFFFF07"}, {PE_USIM, 1, "EF.LOCI", "FFFFFFFFFFFFFF0000FF01"},
		{PE_USIM, 1, "EF.Keys", "07FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"}, {PE_USIM, 2, "EF.HPPLMN", "0A"},
		{PE_OPT_USIM, 1, "EF.HPLMNwAcT", "FFFFFF0000"}, {PE_OPT_USIM, 3, "EF.ACM", "000000"},
		{PE_OPT_USIM, 2, "EF.OPLMNwAcT", "FFFFFF0000FFFFFF0000FFFFFF0000FFFFFF0000FFFFFF0000FFFFFF0000FFFFFF0000FFFFFF0000"},
		{PE_DF_5GS, 1, "EF.5GS3GPPLOCI", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000001"}, {PE_DF_5GS, 2, "EF.Routing_Indicator", "F0FFFFFF"},
		{PE_EAP, 0, "EF.EAPSTATUS", "00"}, {PE_ISIM, 0, "EF.AD", "000000"},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct template_rows t;
		const struct profile *p;
		size_t i;

		assert_true(template_of(row->kind, row->version, &t));
		p = package_of(c, &t);
		for (i = p->n_files; i-- && strcmp(p->file[i].name, row->name) != 0;)
			;
		assert_true(i < p->n_files);
		assert_hex_equal(c, p->file[i].content, row->content);
	}
}

static void
no_fid_is_twice_in_a_df(void **state)
{
	struct template_rows t;
	size_t i, k, j;

	(void)state;
	for (i = 0; template_nth(i, &t); i++)
		for (k = 0; k < t.n; k++)
			for (j = 0; j < k; j++)
				if (t.rows[k].fid && t.rows[k].fid == t.rows[j].fid && t.rows[k].df == t.rows[j].df && template_has(&t, &t.rows[k]) &&
					template_has(&t, &t.rows[j]))
					fail_msg("%s %u: %s and %s", pe_kind_name(t.kind), t.version, t.rows[j].name, t.rows[k].name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_file_of_every_template),
		cmocka_unit_test(defaults_that_are_well_known),
		cmocka_unit_test(no_fid_is_twice_in_a_df),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
