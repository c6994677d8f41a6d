// SPDX-License-Identifier: BSD-2-Clause
/* Rules about packages that decode: a row each. E: a card refuses it; W: probably not meant; I: worth knowing. */
#include <stdarg.h>
#include <stdio.h>

#include "codec/ids.h"
#include "profile/lint.h"

void
lint_found(struct lint *l, unsigned pe, const char *fmt, ...)
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
			lint_found(l, (unsigned)i, "the element has no identification");
		for (k = 1; k < i; k++)
			if (p->element[k].identification >= 0 && p->element[k].identification == p->element[i].identification)
				lint_found(l, (unsigned)i, "identification %d is element %zu's already", p->element[i].identification, k);
	}
}

static void
service_without_element(struct lint *l)
{
	static const struct { unsigned service; enum pe_kind kind; const char *name; } rows[] = {{1, PE_USIM, "usim"}, {2, PE_ISIM, "isim"}, {3, PE_CSIM, "csim"}};
	size_t i;

	for (i = 0; i < 3; i++)
		if (l->p->mandatory_services & 1u << rows[i].service && !has(l->p, rows[i].kind))
			lint_found(l, 0, "service %s is mandatory, and no element uses it", rows[i].name);
}

static void
element_without_service(struct lint *l)
{
	static const struct { unsigned service; enum pe_kind kind; const char *name; } rows[] = {{1, PE_USIM, "usim"}, {2, PE_ISIM, "isim"}, {3, PE_CSIM, "csim"}};
	size_t i;

	for (i = 0; i < 3; i++)
		if (!(l->p->mandatory_services & 1u << rows[i].service) && has(l->p, rows[i].kind))
			lint_found(l, 0, "an element uses %s, which the header does not ask for", rows[i].name);
}

static void
more_than_one(struct lint *l)
{
	static const enum pe_kind once[] = {PE_MF, PE_PUK, PE_CD, PE_TELECOM};
	size_t i, k, n;

	for (i = 0; i < sizeof(once) / sizeof(once[0]); i++)
		for (k = n = 0; k < l->p->n_elements; k++)
			if (l->p->element[k].kind == once[i] && n++)
				lint_found(l, (unsigned)k, "%s comes more than once", pe_kind_name(once[i]));
}

static void
puk_not_after_mf(struct lint *l)
{
	size_t i;

	for (i = 2; i < l->p->n_elements; i++)
		if (l->p->element[i].kind == PE_PUK && l->p->element[i - 1].kind != PE_MF)
			lint_found(l, (unsigned)i, "pukCodes should come right after the MF");
}

static void
sd_after_users(struct lint *l)
{
	bool used = false;
	size_t i;

	for (i = 0; i < l->p->n_elements; i++) {
		used = used || l->p->element[i].kind == PE_RFM || l->p->element[i].kind == PE_APPLICATION;
		if (used && l->p->element[i].kind == PE_SD)
			lint_found(l, (unsigned)i, "a security domain comes after what uses it");
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
			lint_found(l, 0, "PIN %02X names PUK %02X, which is not there", l->p->pin[i].ref, l->p->pin[i].unblock_ref);
	}
}

static void
pin_counters(struct lint *l)
{
	size_t i;

	for (i = 0; i < l->p->n_pins; i++)
		if (!l->p->pin[i].max_tries || !l->p->pin[i].tries_left)
			lint_found(l, 0, "PIN %02X is blocked from the start", l->p->pin[i].ref);
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
			lint_found(l, 0, "PIN %02X is not 4 to 8 digits and then FF", l->p->pin[i].ref);
	}
}

static void
iccid_check_digit(struct lint *l)
{
	char text[ICCID_TEXT];
	size_t n;

	iccid_text(l->p->iccid, text);
	n = strlen(text);
	if (n > 1 && strspn(text, "0123456789") == n && iccid_luhn(text, n - 1) != text[n - 1])
		lint_found(l, 0, "ICCID %s: the check digit is %c", text, iccid_luhn(text, n - 1));
}

static void
opc_zero(struct lint *l)
{
	static const uint8_t zero[16];
	size_t i;

	for (i = 0; i < l->p->n_akas; i++)
		if (l->p->aka[i].algorithm == AKA_MILENAGE && bytes_equal(l->p->aka[i].opc, BYTES_OF(zero)))
			lint_found(l, 0, "OPc is all zero with Milenage");
}

static void
test_algorithm(struct lint *l)
{
	size_t i;

	for (i = 0; i < l->p->n_akas; i++)
		if (l->p->aka[i].algorithm == AKA_TEST)
			lint_found(l, 0, "application %04X authenticates with the test algorithm", l->p->aka[i].adf);
}

static void
delta_zero(struct lint *l)
{
	static const uint8_t zero[6];
	size_t i;

	for (i = 0; i < l->p->n_akas; i++)
		if (l->p->aka[i].sqn_options & 2 && memcmp(l->p->aka[i].sqn_delta, zero, 6) == 0)
			lint_found(l, 0, "sqnDelta is 0 and its check is on: no sequence number would do");
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
			lint_found(l, f->pe, "%s has no akaParameter", f->name);
	}
}

static void
rfm_without_integrity(struct lint *l)
{
	size_t i;

	for (i = 0; i < l->p->n_elements; i++) {
		struct tlv all, msl;

		if (l->p->element[i].kind == PE_RFM && tlv_only(l->p->element[i].der, 0xA7, &all) == RSP_OK && tlv_find(all.value, 0x81, &msl) &&
			msl.value.n == 1 && (msl.value.p[0] & 3) == 0)
			lint_found(l, (unsigned)i, "remote management without integrity (MSL %02X)", msl.value.p[0]);
	}
}

static void
mandated_application(struct lint *l)
{
	size_t i;

	for (i = 0; i < l->p->n_elements; i++)
		if (l->p->element[i].mandated && (l->p->element[i].kind == PE_NON_STANDARD || l->p->element[i].kind == PE_APPLICATION))
			lint_found(l, (unsigned)i, "a mandated %s makes many cards refuse the profile", pe_kind_name(l->p->element[i].kind));
}

static void
not_taken(struct lint *l)
{
	size_t i;

	for (i = 0; i + 1 < l->p->n_elements; i++)
		if (l->p->element[i].status.status)
			lint_found(l, (unsigned)i, "a card goes on without %s: %s", pe_kind_name(l->p->element[i].kind), pe_status_name(l->p->element[i].status.status));
}

static void
template_not_listed(struct lint *l)
{
	struct tlv header, list, t;
	size_t i;

	if (tlv_only(l->p->element[0].der, 0xA0, &header) != RSP_OK || !tlv_find(header.value, 0xA6, &list))
		return;
	for (i = 1; i < l->p->n_elements; i++) {
		struct bytes rest = list.value, der = l->p->element[i].der;
		struct tlv pe, oid;
		bool there = false;

		if (tlv_next(&der, &pe) != RSP_OK || !pe_kind_type(l->p->element[i].kind) || !tlv_find(pe.value, 0x81, &oid))
			continue;
		while (rest.n && tlv_next(&rest, &t) == RSP_OK)
			there = there || bytes_equal(t.value, oid.value);
		if (!there)
			lint_found(l, (unsigned)i, "the template of %s is not in the header's list", pe_kind_name(l->p->element[i].kind));
	}
}

static const struct lint_rule rules[] = {
	{'W', 2, not_taken}, {'W', 6, template_not_listed}, {'I', 71, lint_content_missing}, {'W', 8, lint_service_of_files},
	{'E', 3, identification_missing_or_repeated}, {'E', 7, service_without_element}, {'W', 8, element_without_service}, {'E', 11, more_than_one},
	{'W', 12, puk_not_after_mf}, {'E', 13, sd_after_users}, {'W', 15, naa_without_aka}, {'E', 17, puk_of_pin_missing},
	{'E', 21, lint_pin_status_without_pin}, {'E', 23, lint_df_without_pin_status}, {'W', 24, pin_counters}, {'W', 25, pin_digits}, {'W', 34, lint_sfi_repeated},
	{'W', 38, lint_access_rule_missing}, {'W', 44, lint_iccid_differs}, {'W', 45, iccid_check_digit}, {'E', 46, lint_imsi_wrong}, {'I', 46, lint_access_class},
	{'W', 48, lint_dir_without_application}, {'W', 52, test_algorithm}, {'W', 53, opc_zero}, {'W', 57, delta_zero}, {'W', 60, rfm_without_integrity},
	{'W', 68, mandated_application}, {'W', 74, lint_fplmn_size},
};

static void
free_reader(void *r)
{
	profile_reader_free(r);
}

/* As far as it can be read; where it stops, and why, is a finding like others: 100 and the status of the element. */
static enum rsp_status
read_far(struct lint *l, struct bytes package, struct lint_rule *stopped)
{
	struct profile_reader *r = NULL;
	struct pe_status failed = {0};
	struct tlv t;
	enum rsp_status st = profile_reader_new(&r);

	if (st != RSP_OK || (st = rsp_ctx_on_reset(l->c, free_reader, r)) != RSP_OK)
		return rsp_fail(l->c, RSP_NOMEM, "no memory for a profile");
	l->p = profile_reader_result(r);
	while (st == RSP_OK && package.n && (st = tlv_next(&package, &t)) == RSP_OK)
		st = profile_reader_add(r, l->c, t.whole, &failed);
	if (l->p->n_elements == 0)
		return st == RSP_OK ? rsp_fail(l->c, RSP_MALFORMED, "profile package: there is no element in it") : st;
	if (st == RSP_OK && !profile_reader_ended(r))
		(void)rsp_fail(l->c, RSP_MALFORMED, "the end element is missing");
	if (st == RSP_OK && profile_reader_ended(r))
		return RSP_OK;
	*stopped = (struct lint_rule){'E', 100 + failed.status, NULL};
	l->rule = stopped;
	lint_found(l, (unsigned)l->p->n_elements - 1, "%.150s", l->c->error.text);
	return RSP_OK;
}

enum rsp_status
profile_lint(struct rsp_ctx *c, struct bytes package, struct lint_findings *out)
{
	struct lint l = {.c = c, .out = out, .cap = 1000};
	struct lint_rule stopped;
	size_t i;
	enum rsp_status st;

	out->n = 0;
	out->p = rsp_alloc(c, l.cap * sizeof(*out->p));
	if (!out->p)
		return RSP_NOMEM;
	if ((st = read_far(&l, package, &stopped)) != RSP_OK)
		return st;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		l.rule = &rules[i];
		rules[i].run(&l);
	}
	c->error = (struct rsp_error){.status = RSP_OK};
	return RSP_OK;
}
