// SPDX-License-Identifier: BSD-2-Clause
/* Profile packages: our own description to DER and back, values put into it, cuts and flips, what lint says of spoilt ones, TS.48. */
#include "support/test.h"

#include <stdio.h>

#include <esimlab/profile.h>

#include "base/hex.h"
#include "tlv/tlv.h"

static struct bytes
own(struct rsp_ctx *c)
{
	struct bytes package;

	if (profile_build(c, profile_builtin_description(), &package) != RSP_OK)
		fail_msg("%s", c->error.text);
	return package;
}

static void
our_own_profile_holds_what_its_description_says(void **state)
{
	static const struct { uint16_t path[3]; unsigned depth; const char *content; } files[] = {
		{{0x2FE2}, 1, "980001010000000000F1"}, {{0x7FD0, 0x6F07}, 2, "080910100000000010"}, {{0x7FD0, 0x6FAD}, 2, "00000002"},
	};
	struct rsp_ctx *c = fresh_ctx(state);
	const struct profile *p;
	struct profile_values v = {0};
	struct lint_findings findings;
	struct bytes package = own(c);
	size_t i;

	assert_status(profile_read(c, package, &p), RSP_OK);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const struct profile_file *f = profile_find(p, files[i].path, files[i].depth);

		assert_non_null(f);
		assert_hex_equal(c, f->content, files[i].content);
	}
	assert_null(profile_find(p, (const uint16_t[]){0x7FD0, 0x0001}, 2));
	assert_status(profile_values_of(c, p, &v), RSP_OK);
	assert_string_equal(v.imsi, "001010000000001");
	assert_hex_equal(c, v.k, "00112233445566778899AABBCCDDEEFF");
	assert_hex_equal(c, v.opc, "000102030405060708090A0B0C0D0E0F");
	assert_string_equal(v.puk1, "12345678");
	assert_status(profile_lint(c, package, &findings), RSP_OK);
	for (i = 0; i < findings.n; i++)
		if (findings.p[i].level == 'E')
			fail_msg("our own profile: %s", findings.p[i].text);
}

static void
values_go_into_a_template_and_come_out_again(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct profile_template *t = NULL;
	struct profile_values v = {.iccid = "8900101123456789012", .imsi = "001019876543210", .puk1 = "87654321", .msisdn = "99900012345"}, out = {0}, bad;
	struct bytes package = own(c), mine;
	const struct profile *p;

	v.k = unhex(c, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	v.opc = unhex(c, "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB");
	assert_status(profile_template_new(c, package, &t), RSP_OK);
	assert_status(profile_personalise(c, t, &v, &mine), RSP_OK);
	assert_int_equal(mine.n, package.n);
	assert_status(profile_read(c, mine, &p), RSP_OK);
	assert_hex_equal(c, bytes_of(p->iccid, 10), "980001113254769810F2");
	assert_status(profile_values_of(c, p, &out), RSP_OK);
	assert_string_equal(out.imsi, v.imsi);
	assert_string_equal(out.puk1, v.puk1);
	assert_bytes_equal(out.k, v.k);
	assert_bytes_equal(out.opc, v.opc);
	bad = v;
	bad.k = bytes_slice(v.k, 0, 15);
	assert_int_not_equal(profile_personalise(c, t, &bad, &mine), RSP_OK);
	bad = v;
	strcpy(bad.iccid, "89A");
	assert_int_not_equal(profile_personalise(c, t, &bad, &mine), RSP_OK);
	bad = v;
	strcpy(bad.imsi, "00101x");
	assert_int_not_equal(profile_personalise(c, t, &bad, &mine), RSP_OK);
	profile_template_free(t);
}

static const char iot[] =
	"[profile]\niccid = 8900101000000000001\nversion = 3.3\niot-pix = 1002FF49FFFF8900000100\n"
	"[element iot]\nef-iccid = content 980001010000000000F1\nef-imsi = content 080910100000000010\nef-acc = content 0002\n"
	"[element pukCodes]\npuk 01 = digits 12345678\n[element pinCodes]\npin 01 = digits 0000, puk 01\n"
	"[element akaParameter]\nk = 00112233445566778899AABBCCDDEEFF\nopc = 000102030405060708090A0B0C0D0E0F\n"
	"[element opt-iot]\nall = 8\n";

static struct bytes
example(struct rsp_ctx *c)
{
	char text[16384];
	FILE *f = fopen("tools/share/profile-elements.ini", "rb");
	struct bytes package;
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	assert_int_equal(fclose(f), 0);
	text[n] = '\0';
	if (profile_build(c, text, &package) != RSP_OK)
		fail_msg("%s", c->error.text);
	return package;
}

/* What every package has a place for comes out of each as it went in. */
static void
goes_in_and_comes_out(struct rsp_ctx *c, const char *name, struct bytes package)
{
	struct profile_values v = {.iccid = "8900101123456789012", .imsi = "001019876543210", .pin1 = "2468", .puk1 = "87654321"}, out = {0};
	struct profile_template *t = NULL;
	const struct profile *p;
	struct bytes mine;

	v.k = unhex(c, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	v.opc = unhex(c, "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB");
	assert_status(profile_template_new(c, package, &t), RSP_OK);
	if (profile_personalise(c, t, &v, &mine) != RSP_OK || profile_read(c, mine, &p) != RSP_OK)
		fail_msg("%s: %s", name, c->error.text);
	profile_template_free(t);
	assert_int_equal(mine.n, package.n);
	assert_status(profile_values_of(c, p, &out), RSP_OK);
	assert_string_equal(out.iccid, v.iccid);
	assert_string_equal(out.imsi, v.imsi);
	assert_string_equal(out.pin1, v.pin1);
	assert_string_equal(out.puk1, v.puk1);
	assert_bytes_equal(out.k, v.k);
	assert_bytes_equal(out.opc, v.opc);
}

static void
every_package_can_be_personalised(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes package;

	goes_in_and_comes_out(c, "our own", own(c));
	goes_in_and_comes_out(c, "every element", example(c));
	if (profile_build(c, iot, &package) != RSP_OK)
		fail_msg("%s", c->error.text);
	goes_in_and_comes_out(c, "IoT", package);
}

/* A minimal IoT profile: the card adds the MF, the ADF with the AID of the header, and files with their defaults. */
static void
an_iot_profile_leaves_much_to_the_card(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	const struct profile_file *adf, *loci;
	const struct profile *p;
	struct bytes package;

	if (profile_build(c, iot, &package) != RSP_OK)
		fail_msg("%s", c->error.text);
	assert_status(profile_read(c, package, &p), RSP_OK);
	assert_non_null(profile_find(p, (const uint16_t[]){0}, 0));
	adf = profile_find(p, (const uint16_t[]){0x7FF0}, 1);
	assert_non_null(adf);
	assert_hex_equal(c, adf->df_name, "A0000000871002FF49FFFF8900000100");
	loci = profile_find(p, (const uint16_t[]){0x7FF0, 0x6F7E}, 2);
	assert_non_null(loci);
	assert_hex_equal(c, loci->content, "FFFFFFFFFFFFFF0000FF01");
	assert_non_null(profile_find(p, (const uint16_t[]){0x7FF0, 0x5FC0, 0x4F01}, 3));
	assert_non_null(profile_find(p, (const uint16_t[]){0x7FF0, 0x5FD0, 0x4F01}, 3));
}

/* Only the whole package is one. */
static void
a_package_cut_short_is_refused(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state), scratch;
	struct bytes package = own(c);
	const struct profile *p;
	size_t i;

	assert_status(rsp_ctx_init(&scratch, NULL, TEST_NOW), RSP_OK);
	for (i = 0; i < package.n; i++) {
		enum rsp_status st = profile_read(&scratch, bytes_slice(package, 0, i), &p);

		if (st != RSP_MALFORMED && st != RSP_REFUSED)
			fail_msg("cut at %zu: %s", i, rsp_status_name(st));
		assert_true(strlen(scratch.error.text) > 8);
		rsp_ctx_reset(&scratch);
	}
	rsp_ctx_free(&scratch);
}

static void
flip_each(struct rsp_ctx *scratch, struct bytes package)
{
	size_t i;

	for (i = 0; i < package.n; i++) {
		uint8_t *bad = rsp_alloc(scratch, package.n);
		const struct profile *p;
		enum rsp_status st;

		assert_non_null(bad);
		memcpy(bad, package.p, package.n);
		bad[i] = (uint8_t)(bad[i] ^ 1u << i % 8);
		st = profile_read(scratch, bytes_of(bad, package.n), &p);
		assert_true(st == RSP_OK || st == RSP_MALFORMED || st == RSP_REFUSED);
		rsp_ctx_reset(scratch);
	}
}

static void
an_octet_that_is_changed_makes_no_trouble(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state), scratch;
	struct bytes package = example(c);

	assert_status(rsp_ctx_init(&scratch, NULL, TEST_NOW), RSP_OK);
	flip_each(&scratch, own(c));
	flip_each(&scratch, package);
	rsp_ctx_free(&scratch);
}

static void
a_description_with_a_mistake_names_the_line(void **state)
{
	static const struct { const char *text, *said; } rows[] = {
		{"[profile]\niccid = 12x\n", ""}, {"[nonsense]\na = b\n", "no such setting"}, {"[usim]\nk = 00\n", "32 hex digits"},
		{"[profile]\niccid 89\n", "2"}, {"[file XYZ]\nkind = linear\n", "FIDs"}, {"[file 7FD0/6FA1]\nkind = round\n", "linear"},
		{"[file 7FD0/6FA1]\ncolour = red\n", "there is no such setting of a file"}, {"[usim]\nimsi = 00101\n", ""},
	}, *row;
	struct rsp_ctx *c = fresh_ctx(state);

	FOR_EACH_ROW(rows, row) {
		struct bytes out = BYTES_NONE;

		if (profile_build(c, rsp_sprintf(c, "%s%s", row->text[1] == 'f' ? profile_builtin_description() : "", row->text), &out) == RSP_OK)
			fail_msg("taken: %s", row->text);
		if (!strstr(c->error.text, row->said) || strlen(c->error.text) < 10)
			fail_msg("'%s': want '%s' in '%s'", row->text, row->said, c->error.text);
	}
}

static void
an_element_with_a_mistake_is_named(void **state)
{
	static const struct { const char *text, *said; } rows[] = {
		{"[element nonsense]\na = b\n", "line 29: there is no element of this kind"},
		{"[element telecom]\ndf-telecom = colour red\n", "element telecom: df-telecom: there is no 'colour' of a file"},
		{"[element telecom x]\nef-nonsense = size 4\n", "element telecom x: ef-nonsense: there is no such setting"},
		{"[element telecom]\ntemplate = 9\n", "template: there is no such version"},
		{"[element telecom]\ntemplate = x\n", "want a number from 0 to 9, not 'x'"},
		{"[element telecom]\nef-rma = size -4\n", "want a number"},
		{"[element telecom]\nef-rma = content 0\n", "want hex digits"},
		{"[element telecom]\nef-rma = access 6F/2\n", "access: want N or FID/N"},
		{"[element telecom]\nef-rma = link 7F\n", "want FIDs like"},
		{"[element cdmaParameter]\nssd = 00\n", "key: is needed"},
		{"[element pinCodes]\npin 1 = digits 0000\n", "want hex digits"},
		{"[element pinCodes]\npin 81 = digits 012345678\n", "want digits, hex"},
		{"[element pinCodes]\npin 81 = digits 0000, tries 3\n", "LEFT/MOST"},
		{"[element akaParameter]\nk = 00\n", "opc: is needed"},
		{"[element akaParameter]\nk = 00\nopc = 00\nsqn-init = 00\n", "values of 6 octets"},
		{"[element securityDomain]\npackage = 00\n", "class: is needed"},
		{"[element nonStandard]\ncontent = 00\n", "issuer: is needed"},
		{"[element nonStandard]\nissuer = x\ncontent = 00\n", "object identifier"},
		{"[element genericFileManagement]\n7FD = size 4\n", "want FIDs like"},
		{"[element genericFileManagement]\n7FD0/6F77 = kind linear, size 4\n", "records need a length"},
		{"[element end]\na = b\n", "comes by itself"}, {"[element header]\na = b\n", "comes by itself"},
		{"[element telecom]\nidentification = 32768\n", "from 0 to 32767"}, {"[raw]\nx = y\n", "der: is needed"},
		{"[profile]\nservices = nothing\n", "there is no service 'nothing'"}, {"[profile]\nversion = 2\n", "two numbers like 2.3"},
		{"[profile]\ntemplates = 1.2.x\n", "object identifier"}, {"[profile]\nlibraries = A0\n", "want AID/VERSION"},
		{"[profile]\niot-pix = 1\n", "want hex digits"},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct bytes out = BYTES_NONE;

		if (profile_build_unchecked(c, rsp_sprintf(c, "%s%s", profile_builtin_description(), row->text), &out) != RSP_MALFORMED)
			fail_msg("taken: %s", row->text);
		if (!strstr(c->error.text, row->said))
			fail_msg("'%s': want '%s' in '%s'", row->text, row->said, c->error.text);
	}
}

static bool
finds(struct rsp_ctx *c, const char *from, const char *to, unsigned rule)
{
	const char *text = profile_builtin_description(), *at = strstr(text, from);
	struct lint_findings findings;
	struct bytes package;
	size_t i;

	assert_non_null(at);
	text = rsp_sprintf(c, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	if (profile_build(c, text, &package) != RSP_OK)
		fail_msg("%s: %s", to, c->error.text);
	assert_status(profile_lint(c, package, &findings), RSP_OK);
	for (i = 0; i < findings.n; i++)
		if (findings.p[i].number == rule)
			return true;
	return false;
}

static void
lint_finds_what_was_spoilt(void **state)
{
	static const struct { const char *from, *to; unsigned rule; } rows[] = {
		{"opc = 000102030405060708090A0B0C0D0E0F", "opc = 00000000000000000000000000000000", 53},
		{"algorithm = milenage", "algorithm = test", 52},
		{"pin1 = 0000", "pin1 = 00A0", 25},
	}, *row;
	struct rsp_ctx *c = fresh_ctx(state);

	FOR_EACH_ROW(rows, row) {
		if (!finds(c, row->from, row->to, row->rule))
			fail_msg("rule %u does not see '%s'", row->rule, row->to);
		if (finds(c, row->from, row->from, row->rule))
			fail_msg("rule %u sees something without '%s'", row->rule, row->to);
	}
}

/* A package that a card refuses is linted as far as it goes; what a card goes on without is said. */
static void
lint_says_where_a_card_stops(void **state)
{
	static const struct { const char *more; char level; unsigned number, pe; } rows[] = {
		{"[element opt-isim]\nef-sms =\n", 'E', 106, 8}, {"[profile]\nservices = javacard\n", 'E', 110, 0}, {"[raw]\nder = AA00\n", 'E', 105, 8},
		{"[element df-5gs]\nall = 8\ndf-df-5gs = pins 02\n", 'E', 111, 11},
		{"[element nonStandard]\nmandated = no\nissuer = 2.999.1\ncontent = 00\n", 'W', 2, 8},
		{"[profile]\ntemplates = 2.23.143.1.2.1 2.23.143.1.2.4\n", 'W', 6, 5},
		{"[file 7FD0/6FA1]\nkind = ber-tlv\nsize = 8\n", 'W', 8, 0},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct lint_findings findings;
		struct bytes package;
		size_t i;

		assert_status(profile_build_unchecked(c, rsp_sprintf(c, "%s%s", profile_builtin_description(), row->more), &package), RSP_OK);
		assert_status(profile_lint(c, package, &findings), RSP_OK);
		for (i = 0; i < findings.n; i++)
			if (findings.p[i].level == row->level && findings.p[i].number == row->number && findings.p[i].pe == row->pe)
				break;
		if (i == findings.n)
			fail_msg("%s: no %c%u of element %u; the first is %s", row->more, row->level, row->number, row->pe, findings.n ? findings.p[0].text : "none");
	}
}

static void
the_published_test_profiles(void **state)
{
	static const struct { const char *name; size_t files; } rows[] = {{"ts48/ts48-v7-saip23-bertlv-suci.der", 259}, {"ts48/ts48-v7-saip23-nobertlv.der", 255}}, *row;
	struct rsp_ctx *c = fresh_ctx(state);

	FOR_EACH_ROW(rows, row) {
		struct bytes package = data_file(c, row->name);
		const struct profile *p;
		size_t i;

		assert_status(profile_read(c, package, &p), RSP_OK);
		assert_int_equal(p->n_elements, 30);
		assert_int_equal(p->n_files, row->files);
		assert_int_equal(p->element[29].kind, PE_END);
		assert_hex_equal(c, bytes_of(p->iccid, 10), "98001032547698103214");
		for (i = 0; i < p->n_elements; i++)
			assert_int_equal(p->element[i].status.status, 0);
		goes_in_and_comes_out(c, row->name, package);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_profile_holds_what_its_description_says),
		cmocka_unit_test(values_go_into_a_template_and_come_out_again),
		cmocka_unit_test(every_package_can_be_personalised),
		cmocka_unit_test(an_iot_profile_leaves_much_to_the_card),
		cmocka_unit_test(a_package_cut_short_is_refused),
		cmocka_unit_test(an_octet_that_is_changed_makes_no_trouble),
		cmocka_unit_test(a_description_with_a_mistake_names_the_line),
		cmocka_unit_test(an_element_with_a_mistake_is_named),
		cmocka_unit_test(lint_finds_what_was_spoilt),
		cmocka_unit_test(lint_says_where_a_card_stops),
		cmocka_unit_test(the_published_test_profiles),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
