// SPDX-License-Identifier: BSD-2-Clause
/* Rules about packages that decode: a row each. E: a card refuses it; W: probably not meant; I: worth knowing. */
#include <stdarg.h>
#include <stdio.h>

#include "codec/ids.h"
#include "profile/impl.h"

struct lint { struct rsp_ctx *c; const struct profile *p; struct lint_findings *out; const struct rule *rule; size_t cap; };

struct rule { char level; unsigned number; void (*run)(struct lint *l); };

static void found(struct lint *l, unsigned pe, const char *fmt, ...) RSP_PRINTF(3, 4);

static void
found(struct lint *l, unsigned pe, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	if (l->out->n == l->cap)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	l->out->p[l->out->n++] = (struct lint_finding){l->rule->level, l->rule->number, pe, rsp_strdup(l->c, text)};
}

static bool
has(const struct profile *p, enum pe_kind kind)
{
	size_t i;

	for (i = 0; i < p->n_elements; i++)
		if (p->element[i].kind == kind)
			return true;
	return false;
}

static void
identification_missing_or_repeated(struct lint *l)
{
	const struct profile *p = l->p;
	size_t i, k;

	for (i = 1; i < p->n_elements; i++) {
		if (p->element[i].identification < 0)
			found(l, (unsigned)i, "the element has no identification");
		for (k = 1; k < i; k++)
			if (p->element[k].identification >= 0 && p->element[k].identification == p->element[i].identification)
				found(l, (unsigned)i, "identification %d is element %zu's already", p->element[i].identification, k);
	}
}

static void
service_without_element(struct lint *l)
{
	static const struct { unsigned service; enum pe_kind kind; const char *name; } rows[] = {{1, PE_USIM, "usim"}, {2, PE_ISIM, "isim"}, {3, PE_CSIM, "csim"}};
	size_t i;

	for (i = 0; i < 3; i++)
		if (l->p->mandatory_services & 1u << rows[i].service && !has(l->p, rows[i].kind))
			found(l, 0, "service %s is mandatory, and no element uses it", rows[i].name);
}

static void
element_without_service(struct lint *l)
{
	static const struct { unsigned service; enum pe_kind kind; const char *name; } rows[] = {{1, PE_USIM, "usim"}, {2, PE_ISIM, "isim"}, {3, PE_CSIM, "csim"}};
	size_t i;

	for (i = 0; i < 3; i++)
		if (!(l->p->mandatory_services & 1u << rows[i].service) && has(l->p, rows[i].kind))
			found(l, 0, "an element uses %s, which the header does not ask for", rows[i].name);
}

static void
more_than_one(struct lint *l)
{
	static const enum pe_kind once[] = {PE_MF, PE_PUK, PE_CD, PE_TELECOM};
	size_t i, k, n;

	for (i = 0; i < sizeof(once) / sizeof(once[0]); i++)
		for (k = n = 0; k < l->p->n_elements; k++)
			if (l->p->element[k].kind == once[i] && n++)
				found(l, (unsigned)k, "%s comes more than once", pe_kind_name(once[i]));
}

static void
puk_not_after_mf(struct lint *l)
{
	size_t i;

	for (i = 2; i < l->p->n_elements; i++)
		if (l->p->element[i].kind == PE_PUK && l->p->element[i - 1].kind != PE_MF)
			found(l, (unsigned)i, "pukCodes should come right after the MF");
}

static void
sd_after_users(struct lint *l)
{
	bool used = false;
	size_t i;

	for (i = 0; i < l->p->n_elements; i++) {
		used = used || l->p->element[i].kind == PE_RFM || l->p->element[i].kind == PE_APPLICATION;
		if (used && l->p->element[i].kind == PE_SD)
			found(l, (unsigned)i, "a security domain comes after what uses it");
	}
}

static void
puk_of_pin_missing(struct lint *l)
{
	size_t i, k;

	for (i = 0; i < l->p->n_pins; i++) {
		for (k = 0; k < l->p->n_puks && l->p->puk[k].ref != l->p->pin[i].unblock_ref; k++)
			;
		if (l->p->pin[i].unblock_ref && k == l->p->n_puks)
			found(l, 0, "PIN %02X names PUK %02X, which is not there", l->p->pin[i].ref, l->p->pin[i].unblock_ref);
	}
}

static void
pin_status_without_pin(struct lint *l)
{
	size_t i, k, r;

	for (i = 0; i < l->p->n_files; i++)
		for (r = 0; r < l->p->file[i].pin_status.n; r++) {
			for (k = 0; k < l->p->n_pins && l->p->pin[k].ref != l->p->file[i].pin_status.p[r]; k++)
				;
			if (k == l->p->n_pins)
				found(l, l->p->file[i].pe, "DF %04X shows PIN %02X, which is not there", l->p->file[i].depth ? l->p->file[i].path[l->p->file[i].depth - 1] : 0x3F00,
					l->p->file[i].pin_status.p[r]);
		}
}

static void
df_without_pin_status(struct lint *l)
{
	size_t i;

	for (i = 0; i < l->p->n_files; i++)
		if (l->p->file[i].kind <= FILE_ADF && !l->p->file[i].pin_status.p)
			found(l, l->p->file[i].pe, "DF %04X has no pinStatusTemplateDO", l->p->file[i].depth ? l->p->file[i].path[l->p->file[i].depth - 1] : 0x3F00);
}

static void
pin_counters(struct lint *l)
{
	size_t i;

	for (i = 0; i < l->p->n_pins; i++)
		if (!l->p->pin[i].max_tries || !l->p->pin[i].tries_left)
			found(l, 0, "PIN %02X is blocked from the start", l->p->pin[i].ref);
}

static void
pin_digits(struct lint *l)
{
	size_t i, k, n;

	for (i = 0; i < l->p->n_pins; i++) {
		const uint8_t *v = l->p->pin[i].value;

		if (l->p->pin[i].ref >= 0x0A && l->p->pin[i].ref <= 0x0E)
			continue;
		for (n = 0; n < 8 && v[n] >= '0' && v[n] <= '9'; n++)
			;
		for (k = n; k < 8 && v[k] == 0xFF; k++)
			;
		if (n < 4 || k < 8)
			found(l, 0, "PIN %02X is not 4 to 8 digits and then FF", l->p->pin[i].ref);
	}
}

static bool
same_df(const struct profile_file *a, const struct profile_file *b)
{
	return a->depth == b->depth && a->depth && memcmp(a->path, b->path, (a->depth - 1) * sizeof(a->path[0])) == 0;
}

static void
sfi_repeated(struct lint *l)
{
	size_t i, k;

	for (i = 0; i < l->p->n_files; i++)
		for (k = 0; k < i; k++)
			if (l->p->file[i].sfi && l->p->file[i].sfi == l->p->file[k].sfi && same_df(&l->p->file[i], &l->p->file[k]))
				found(l, l->p->file[i].pe, "EF %04X has the SFI %02X of EF %04X", l->p->file[i].path[l->p->file[i].depth - 1], l->p->file[i].sfi,
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

static void
access_rule_missing(struct lint *l)
{
	size_t i;

	for (i = 0; i < l->p->n_files; i++) {
		const struct profile_file *f = &l->p->file[i], *arr = rules_of(l->p, f);
		unsigned fid = f->depth ? f->path[f->depth - 1] : 0x3F00;

		if (!arr || arr->kind != FILE_LINEAR)
			found(l, f->pe, "file %04X: EF.ARR %04X is not there", fid, f->arr_fid);
		else if (!f->arr_record || (size_t)f->arr_record * arr->record_size > arr->size)
			found(l, f->pe, "file %04X: EF.ARR %04X has no record %u", fid, f->arr_fid, f->arr_record);
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

static void
iccid_differs(struct lint *l)
{
	const struct profile_file *f = by_name(l->p, "EF.ICCID");

	if (f && !bytes_equal(f->content, bytes_of(l->p->iccid, 10)))
		found(l, f->pe, "EF.ICCID is not the header's ICCID");
}

static void
iccid_check_digit(struct lint *l)
{
	char text[ICCID_TEXT];
	size_t n;

	iccid_text(l->p->iccid, text);
	n = strlen(text);
	if (n > 1 && strspn(text, "0123456789") == n && iccid_luhn(text, n - 1) != text[n - 1])
		found(l, 0, "ICCID %s: the check digit is %c", text, iccid_luhn(text, n - 1));
}

static void
imsi_wrong(struct lint *l)
{
	const struct profile_file *f = by_name(l->p, "EF.IMSI");
	char text[16];

	if (f && imsi_text(l->c, f->content, text) != RSP_OK)
		found(l, f->pe, "EF.IMSI: %s", l->c->error.text);
}

static void
access_class(struct lint *l)
{
	const struct profile_file *imsi = by_name(l->p, "EF.IMSI"), *acc = by_name(l->p, "EF.ACC");
	char text[16];
	unsigned want;

	if (!imsi || !acc || acc->content.n != 2 || imsi_text(l->c, imsi->content, text) != RSP_OK || !text[0])
		return;
	want = 1u << (text[strlen(text) - 1] - '0');
	if ((unsigned)(acc->content.p[0] << 8 | acc->content.p[1]) != want)
		found(l, acc->pe, "EF.ACC is not the class of the IMSI's last digit");
}

static void
dir_without_application(struct lint *l)
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
			found(l, l->p->file[i].pe, "EF.DIR does not list the application of ADF %04X", l->p->file[i].path[0]);
	}
}

static void
opc_zero(struct lint *l)
{
	static const uint8_t zero[16];
	size_t i;

	for (i = 0; i < l->p->n_akas; i++)
		if (l->p->aka[i].algorithm == AKA_MILENAGE && bytes_equal(l->p->aka[i].opc, BYTES_OF(zero)))
			found(l, 0, "OPc is all zero with Milenage");
}

static void
test_algorithm(struct lint *l)
{
	size_t i;

	for (i = 0; i < l->p->n_akas; i++)
		if (l->p->aka[i].algorithm == AKA_TEST)
			found(l, 0, "application %04X authenticates with the test algorithm", l->p->aka[i].adf);
}

static void
delta_zero(struct lint *l)
{
	static const uint8_t zero[6];
	size_t i;

	for (i = 0; i < l->p->n_akas; i++)
		if (l->p->aka[i].sqn_options & 2 && memcmp(l->p->aka[i].sqn_delta, zero, 6) == 0)
			found(l, 0, "sqnDelta is 0 and its check is on: no sequence number would do");
}

static void
naa_without_aka(struct lint *l)
{
	size_t i, k;

	for (i = 0; i < l->p->n_files; i++) {
		const struct profile_file *f = &l->p->file[i];

		if (f->kind != FILE_ADF || (strcmp(f->name, "ADF.USIM") != 0 && strcmp(f->name, "ADF.ISIM") != 0))
			continue;
		for (k = 0; k < l->p->n_akas && l->p->aka[k].adf != f->path[0]; k++)
			;
		if (k == l->p->n_akas)
			found(l, f->pe, "%s has no akaParameter", f->name);
	}
}

static void
fplmn_size(struct lint *l)
{
	const struct profile_file *f = by_name(l->p, "EF.FPLMN");

	if (f && f->size % 3)
		found(l, f->pe, "EF.FPLMN has %zu octets, no multiple of 3", f->size);
}

static void
rfm_without_integrity(struct lint *l)
{
	size_t i;

	for (i = 0; i < l->p->n_elements; i++) {
		struct tlv all, msl;

		if (l->p->element[i].kind == PE_RFM && tlv_only(l->p->element[i].der, 0xA7, &all) == RSP_OK && tlv_find(all.value, 0x81, &msl) &&
			msl.value.n == 1 && (msl.value.p[0] & 3) == 0)
			found(l, (unsigned)i, "remote management without integrity (MSL %02X)", msl.value.p[0]);
	}
}

static void
mandated_application(struct lint *l)
{
	size_t i;

	for (i = 0; i < l->p->n_elements; i++)
		if (l->p->element[i].mandated && (l->p->element[i].kind == PE_NON_STANDARD || l->p->element[i].kind == PE_APPLICATION))
			found(l, (unsigned)i, "a mandated %s makes many cards refuse the profile", pe_kind_name(l->p->element[i].kind));
}

static const struct rule rules[] = {
	{'E', 3, identification_missing_or_repeated}, {'E', 7, service_without_element}, {'W', 8, element_without_service}, {'E', 11, more_than_one},
	{'W', 12, puk_not_after_mf}, {'E', 13, sd_after_users}, {'W', 15, naa_without_aka}, {'E', 17, puk_of_pin_missing},
	{'E', 21, pin_status_without_pin}, {'E', 23, df_without_pin_status}, {'W', 24, pin_counters}, {'W', 25, pin_digits}, {'W', 34, sfi_repeated},
	{'W', 38, access_rule_missing}, {'W', 44, iccid_differs}, {'W', 45, iccid_check_digit}, {'E', 46, imsi_wrong}, {'I', 46, access_class},
	{'W', 48, dir_without_application}, {'W', 52, test_algorithm}, {'W', 53, opc_zero}, {'W', 57, delta_zero}, {'W', 60, rfm_without_integrity},
	{'W', 68, mandated_application}, {'W', 74, fplmn_size},
};

enum rsp_status
profile_lint(struct rsp_ctx *c, struct bytes package, struct lint_findings *out)
{
	struct lint l = {.c = c, .out = out, .cap = 1000};
	size_t i;
	enum rsp_status st = profile_read(c, package, &l.p);

	if (st != RSP_OK)
		return st;
	out->n = 0;
	out->p = rsp_alloc(c, l.cap * sizeof(*out->p));
	if (!out->p)
		return RSP_NOMEM;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		l.rule = &rules[i];
		rules[i].run(&l);
	}
	c->error = (struct rsp_error){.status = RSP_OK};
	return RSP_OK;
}
