// SPDX-License-Identifier: BSD-2-Clause
/* Room, versions, what metadata may change, and lists of revoked certificates: SGP.22 4.3, 5.4.1, 5.5.3, 5.7.12. */
#include "support/bare.h"

#include "base/hex.h"
#include "tlv/mutate.h"

#define MEMORY 30000

static enum rsp_status
install(struct bare *b, unsigned n, int *reason)
{
	struct euicc_installed done;
	enum rsp_status st = bare_install(b, n, NULL, &done);

	*reason = done.reason;
	return st;
}

/* What the card says is free is what there is: a profile that needs no more goes in, one that does not fit is refused, and what is deleted comes back. */
static void
free_memory_is_what_is_left(void **state)
{
	struct bare b;
	uint32_t before, one;
	char text[48];
	unsigned n;
	int reason;

	bare_open(&b, fresh_ctx(state), "[limits]\nmemory = 30000\n");
	assert_int_equal(bare_free(&b), MEMORY);
	assert_status(install(&b, 0, &reason), RSP_OK);
	one = MEMORY - bare_free(&b);
	assert_true(one > 2000);
	for (n = 1; (before = bare_free(&b)) >= one; n++)
		assert_status(install(&b, n, &reason), RSP_OK);
	assert_true(n > 2);
	assert_status(install(&b, n, &reason), RSP_REFUSED);
	assert_int_equal(reason, 10);
	assert_int_equal(bare_free(&b), before);
	assert_int_equal(bare_switch(&b, 0xBF33, 0, false), 0);
	assert_int_equal(bare_free(&b), before + one);
	assert_status(install(&b, n, &reason), RSP_OK);
	assert_string_equal(bare_es10(&b, "BF340482020780"), "BF3403800100");
	assert_int_equal(bare_free(&b), MEMORY);
	bare_close(&b);
	/* exactly as much as one needs, and an octet less */
	snprintf(text, sizeof(text), "[limits]\nmemory = %u\n", one);
	bare_open(&b, fresh_ctx(state), text);
	assert_status(install(&b, 0, &reason), RSP_OK);
	assert_int_equal(bare_free(&b), 0);
	assert_status(install(&b, 1, &reason), RSP_REFUSED);
	assert_int_equal(reason, 10);
	bare_close(&b);
	snprintf(text, sizeof(text), "[limits]\nmemory = %u\n", one - 1);
	bare_open(&b, fresh_ctx(state), text);
	assert_status(install(&b, 0, &reason), RSP_REFUSED);
	assert_int_equal(reason, 10);
	assert_string_equal(bare_states(&b), "");
	assert_int_equal(bare_free(&b), one - 1);
	bare_close(&b);
}

static void
so_many_profiles_and_no_more(void **state)
{
	struct bare b;
	int reason;

	bare_open(&b, fresh_ctx(state), "[limits]\nprofiles = 2\n");
	assert_status(install(&b, 0, &reason), RSP_OK);
	assert_status(install(&b, 1, &reason), RSP_OK);
	assert_status(install(&b, 2, &reason), RSP_REFUSED);
	assert_int_equal(reason, 10);
	assert_status(install(&b, 1, &reason), RSP_REFUSED);
	assert_int_equal(reason, 9);
	assert_int_equal(bare_switch(&b, 0xBF33, 0, false), 0);
	assert_status(install(&b, 2, &reason), RSP_OK);
	assert_string_equal(bare_states(&b), "002d 001d");
	bare_close(&b);
}

/* ---- versions ---- */

/* What a version does not have is not there; what it has is. */
static void
a_version_says_what_it_knows(void **state)
{
	static const struct { const char *svn; uint32_t uicc, rsp; bool has_tre; } rows[] = {
		{"2.2.2", 0x2, 0x1F, false}, {"2.3.0", 0x2, 0x1F, true}, {"2.4.0", 0x2, 0x3F, true}, {"2.5.0", 0x40000102, 0x3F, true}, {"2.6.1", 0x40000102, 0x3F, true},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct euicc_info2 v;
		struct euicc_info1 i1;
		struct bytes fci, info;
		struct bare b;
		struct tlv t;

		bare_open(&b, c, rsp_sprintf(c, "[card]\nsvn = %s\n[info]\nuicc-capability = usim, test-algorithm, eaka\nrsp-capability = additional-profile, crl, rpm, "
			"test-profile, device-info-extensibility, service-specific-data\ntre-properties = integrated\ntre-reference = ref\n", row->svn));
		info = unhex(c, bare_es10(&b, "BF2200"));
		assert_status(es10_read_info2(c, info, &v), RSP_OK);
		assert_status(es10_read_info1(c, unhex(c, bare_es10(&b, "BF2000")), &i1), RSP_OK);
		assert_int_equal(v.svn[1], row->svn[2] - '0');
		assert_memory_equal(v.svn, i1.svn, 3);
		assert_int_equal(v.uicc_capability, row->uicc);
		assert_int_equal(v.rsp_capability, row->rsp);
		assert_int_equal(tlv_at(info, "BF22/8D", &t) == RSP_OK, row->has_tre);
		assert_int_equal(tlv_at(info, "BF22/8E", &t) == RSP_OK, row->has_tre);
		assert_int_equal(bare_apdu(&b, "00A4040010A0000005591010FFFFFFFF890000010000", &fci), 0x9000);
		assert_memory_equal(fci.p + fci.n - 3, v.svn, 3);
		bare_close(&b);
	}
}

/* ---- UpdateMetadata ---- */

static void
metadata_change_within_their_rules(void **state)
{
	static const struct { const char *request; enum rsp_status want; const char *list; } rows[] = {
		{"BF2A06910141920142", RSP_OK, "9101419201429902 0560"}, {"BF2A03920143", RSP_OK, "9101419201439902 0560"},
		{"BF2A049902 0780", RSP_MALFORMED, NULL}, {"BF2A0499020560", RSP_OK, "9101419201439902 0560"}, {"BF2A0499020520", RSP_OK, "910141920143 99020520"},
		{"BF2A0499020560", RSP_OK, "910141920143 99020520"}, {"BF2A0499020640", RSP_OK, "910141920143"}, {"BF2A0499020560", RSP_OK, "910141920143"},
		{"BF2A0794", RSP_MALFORMED, NULL}, {"BF2A03940141", RSP_MALFORMED, NULL}, {"BF2A03930100", RSP_MALFORMED, NULL},
		{"BF2A06930101940141", RSP_OK, "910141920143930101940141"}, {"BF2A029400", RSP_OK, "910141920143"}, {"BF2A069301029401 41", RSP_MALFORMED, NULL},
		{"BF2A029100", RSP_OK, "9100920143"}, {"BF2A03920 1FF", RSP_MALFORMED, NULL}, {"BF2500", RSP_MALFORMED, NULL}, {"BF2A00", RSP_OK, "9100920143"},
	}, *row;
	static const uint8_t owner[] = {0x62, 0xF2, 0x10};
	const struct store_metadata m = {.profile_class = -1, .owner_mccmnc = BYTES_OF(owner), .has_ppr = true, .ppr = 2 | 4};
	struct bytes iccid;
	struct bare b;

	bare_open(&b, fresh_ctx(state), NULL);
	assert_status(bare_install(&b, 0, &m, NULL), RSP_OK);
	iccid = unhex(b.c, "980001000000000000F0");
	FOR_EACH_ROW(rows, row) {
		const char *before = bare_es10(&b, "BF2D075C0591929394 99"), *have, *want;

		if (euicc_update_metadata(b.e, b.c, iccid, unhex(b.c, row->request)) != row->want)
			fail_msg("%s: %s", row->request, b.c->error.text);
		have = bare_es10(&b, "BF2D075C059192939499");
		want = row->list ? hex_of(b.c, unhex(b.c, row->list)) : "";
		if (row->list ? strcmp(strstr(have, "E3") + 4, want) : strcmp(have, before))
			fail_msg("%s: want %s, have %s", row->request, want, have);
	}
	assert_status(euicc_update_metadata(b.e, b.c, unhex(b.c, "980001000000000000F9"), unhex(b.c, "BF2A00")), RSP_REFUSED);
	bare_power(&b);
	assert_string_equal(strstr(bare_es10(&b, "BF2D075C059192939499"), "E3") + 4, "9100920143");
	bare_close(&b);
}

/* What a service has put there is kept from 2.4 on, when the card says that it can (SGP.22 5.5.3). */
static void
service_data_are_kept_by_cards_that_say_so(void **state)
{
	static const struct { const char *svn, *rsp; bool kept; } rows[] = {
		{"2.3.0", "service-specific-data", false}, {"2.4.0", "service-specific-data", true}, {"2.6.0", "crl", false},
	}, *row;
	static const char service[] = "BF220B300980032A0304A1020500";

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct bytes iccid;
		const char *list;
		struct bare b;

		bare_open(&b, c, rsp_sprintf(c, "[card]\nsvn = %s\n[info]\nrsp-capability = %s\n", row->svn, row->rsp));
		assert_status(bare_install(&b, 0, NULL, NULL), RSP_OK);
		iccid = unhex(c, "980001000000000000F0");
		assert_status(euicc_update_metadata(b.e, c, iccid, unhex(c, rsp_sprintf(c, "BF2A0E%s", service))), RSP_OK);
		list = bare_es10(&b, "BF2D045C02BF22");
		assert_string_equal(strstr(list, "E3") + 4, row->kept ? service : "");
		assert_status(euicc_update_metadata(b.e, c, iccid, unhex(c, "BF2A03BF2200")), RSP_OK);
		assert_string_equal(strstr(bare_es10(&b, "BF2D045C02BF22"), "E3") + 4, "");
		bare_close(&b);
	}
}

/* ---- LoadCRL ---- */

/* r and s as certificates have them. */
static void
add_signature(struct buf *out, const uint8_t sig[64])
{
	size_t mark = tlv_open(out, 0x03), list, k;

	buf_u8(out, 0);
	list = tlv_open(out, 0x30);
	for (k = 0; k < 64; k += 32) {
		size_t skip = k, n = tlv_open(out, 0x02);

		while (skip < k + 31 && !sig[skip])
			skip++;
		if (sig[skip] & 0x80)
			buf_u8(out, 0);
		buf_add(out, bytes_of(sig + skip, k + 32 - skip));
		tlv_close(out, n);
	}
	tlv_close(out, list);
	tlv_close(out, mark);
}

struct kind { unsigned number, total, part; bool delta; };   /* total 0: whole */

/* crlNumber anew, authorityKeyIdentifier as it is, then what makes it a part or a delta. */
static void
add_extensions(struct bare *b, struct buf *out, struct bytes old, const struct kind *k)
{
	struct tlv t;
	size_t outer = tlv_open(out, 0xA0), list = tlv_open(out, 0x30);

	buf_add(out, unhex(b->c, rsp_sprintf(b->c, "300A0603551D1404030201%02X", k->number)));
	while (old.n && tlv_next(&old, &t) == RSP_OK)
		if (memcmp(t.value.p, "\x06\x03\x55\x1D\x23", 5) == 0)
			buf_add(out, t.whole);
	if (k->total) {
		buf_add(out, unhex(b->c, rsp_sprintf(b->c, "300E06076781120102000204030201%02X", k->total)));
		buf_add(out, unhex(b->c, rsp_sprintf(b->c, "300E06076781120102000304030201%02X", k->part)));
	}
	if (k->delta)
		buf_add(out, unhex(b->c, "300D0603551D1B0101FF0403020101"));
	tlv_close(out, list);
	tlv_close(out, outer);
}

/* A list of the CI with other extensions, signed anew. */
static struct bytes
crl(struct bare *b, const struct pki_identity *ci, unsigned number, unsigned total, unsigned part, bool delta)
{
	const struct kind kind = {number, total, part, delta};
	struct pki_crl *made = NULL;
	struct bytes der, tbs, list;
	struct buf out = BUF_INIT;
	struct tlv whole, algorithm, t, inner;
	uint8_t sig[64];
	size_t mark;

	assert_status(pki_crl_issue(b->c, ci, NULL, 0, &made), RSP_OK);
	assert_status(pki_crl_der(b->c, made, &der), RSP_OK);
	pki_crl_free(made);
	assert_status(tlv_only(der, 0x30, &whole), RSP_OK);
	assert_status(tlv_next(&whole.value, &t), RSP_OK);
	assert_status(tlv_next(&whole.value, &algorithm), RSP_OK);
	mark = tlv_open(&out, 0x30);
	for (list = t.value; list.n && tlv_next(&list, &t) == RSP_OK;)
		if (t.tag != 0xA0)
			buf_add(&out, t.whole);
	assert_status(tlv_only(t.value, 0x30, &inner), RSP_OK);
	add_extensions(b, &out, inner.value, &kind);
	tlv_close(&out, mark);
	assert_status(buf_finish(&out, b->c, &tbs), RSP_OK);
	assert_status(ec_sign(b->c, ci->key, &tbs, 1, sig), RSP_OK);
	mark = tlv_open(&out, 0x30);
	buf_add(&out, tbs);
	buf_add(&out, algorithm.whole);
	add_signature(&out, sig);
	tlv_close(&out, mark);
	assert_status(buf_finish(&out, b->c, &der), RSP_OK);
	return der;
}

static const char *
load(struct bare *b, struct bytes der)
{
	struct buf out = BUF_INIT;
	struct bytes command;
	struct tlv t;
	size_t mark = tlv_open(&out, 0xBF35);

	assert_status(tlv_only(der, 0x30, &t), RSP_OK);
	tlv_add(&out, 0xA0, t.value);
	tlv_close(&out, mark);
	assert_status(buf_finish(&out, b->c, &command), RSP_OK);
	return bare_es10(b, hex_of(b->c, command));
}

#define OK "BF3502A000"
#define ERROR(n) "BF350381010" #n

static void
crls_come_whole_or_in_parts(void **state)
{
	const struct pki_make_options o = {.nist = true};
	const struct pki_identity *ci;
	struct pki *other = NULL;
	struct bytes good;
	struct bare b;
	uint32_t room;

	bare_open(&b, fresh_ctx(state), NULL);
	ci = &b.pki->branch[EC_P256].ci;
	assert_status(pki_make_memory(b.c, &o, &other), RSP_OK);
	assert_string_equal(load(&b, crl(&b, ci, 4, 0, 0, true)), ERROR(6));
	assert_string_equal(load(&b, crl(&b, &other->branch[EC_P256].ci, 9, 0, 0, false)), ERROR(4));
	good = crl(&b, ci, 5, 0, 0, false);
	((uint8_t *)(uintptr_t)good.p)[good.n - 1] ^= 1;
	assert_string_equal(load(&b, good), ERROR(1));
	room = bare_free(&b);
	assert_string_equal(load(&b, crl(&b, ci, 5, 0, 0, false)), OK);
	assert_true(bare_free(&b) < room);
	assert_string_equal(load(&b, crl(&b, ci, 5, 0, 0, false)), OK);
	assert_string_equal(load(&b, crl(&b, ci, 4, 0, 0, false)), ERROR(5));
	assert_string_equal(load(&b, crl(&b, ci, 6, 0, 0, true)), ERROR(2));
	/* three parts, in any order; the whole list stays until all are there */
	assert_string_equal(load(&b, crl(&b, ci, 7, 3, 2, false)), "BF350AA008A006020101020103");
	assert_string_equal(load(&b, crl(&b, ci, 7, 3, 3, false)), "BF3507A005A003020101");
	bare_power(&b);
	assert_string_equal(load(&b, crl(&b, ci, 5, 0, 0, false)), ERROR(5));
	assert_string_equal(load(&b, crl(&b, ci, 7, 3, 1, false)), OK);
	room = bare_free(&b);
	assert_string_equal(load(&b, crl(&b, ci, 8, 2, 1, false)), "BF3507A005A003020102");
	assert_string_equal(load(&b, crl(&b, ci, 9, 2, 1, false)), "BF3507A005A003020102");   /* 8 was never whole, and goes; 7 stays */
	assert_string_equal(load(&b, crl(&b, ci, 8, 2, 2, false)), ERROR(5));
	assert_true(bare_free(&b) > room - 600);
	assert_string_equal(load(&b, crl(&b, ci, 9, 2, 2, false)), OK);
	assert_true(bare_free(&b) > room);
	assert_string_equal(load(&b, crl(&b, ci, 9, 2, 3, false)), ERROR(2));
	assert_string_equal(load(&b, crl(&b, ci, 10, 0, 0, false)), OK);
	pki_free(other);
	bare_close(&b);
	bare_open(&b, fresh_ctx(state), "[info]\nrsp-capability = additional-profile\n");
	assert_string_equal(load(&b, crl(&b, &b.pki->branch[EC_P256].ci, 1, 0, 0, false)), "6A88");
	bare_close(&b);
}

static void
a_crl_that_does_not_fit_is_refused(void **state)
{
	const struct pki_branch *p;
	const struct pki_cert *revoked[60];
	struct pki_crl *made = NULL;
	struct bytes der;
	struct bare b;
	size_t i;

	bare_open(&b, fresh_ctx(state), "[limits]\nmemory = 1024\n");
	p = &b.pki->branch[EC_P256];
	for (i = 0; i < 60; i++)
		revoked[i] = i % 2 ? p->dpauth.cert : p->eum.cert;
	assert_status(pki_crl_issue(b.c, &p->ci, revoked, 60, &made), RSP_OK);
	assert_status(pki_crl_der(b.c, made, &der), RSP_OK);
	pki_crl_free(made);
	assert_string_equal(load(&b, der), ERROR(3));
	assert_int_equal(bare_free(&b), 1024);
	bare_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(free_memory_is_what_is_left),
		cmocka_unit_test(so_many_profiles_and_no_more),
		cmocka_unit_test(a_version_says_what_it_knows),
		cmocka_unit_test(metadata_change_within_their_rules),
		cmocka_unit_test(service_data_are_kept_by_cards_that_say_so),
		cmocka_unit_test(crls_come_whole_or_in_parts),
		cmocka_unit_test(a_crl_that_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
