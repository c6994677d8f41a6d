// SPDX-License-Identifier: BSD-2-Clause
/* Every kind of input cut at every octet, and with each octet changed: something is said, nothing crashes, the tree can be printed. */
#include "unit/dump/damage.h"

static void
packages_and_certificates(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	const struct dump_options plain = {0}, whole = {.whole = true, .secrets = true};
	struct dump_options with_keys = {.whole = true};
	struct things t;

	things_make(c, &t);
	with_keys.keys = &t.ecka;
	damage_with(c, &whole, t.package, 1);
	damage_with(c, &plain, t.bpp, 1);
	damage_with(c, &with_keys, t.bpp, 1);
	damage_with(c, &plain, t.certificate, 1);
	damage_with(c, &plain, t.crl, 1);
}

static void
codes_and_traces(void **state)
{
	static const char *const texts[] = {
		"LPA:1$smdpp.example.com$ABC-123$2.999.10$1", "8.2.6/3.8", "SW 6985",
		"[DEBUG] [APDU] [TX] CLA: 80, INS: E2, P1: 91, P2: 00, Lc: 06, Data: BF 3E 03 5C 01 5A\n[DEBUG] [APDU] [RX] SW1: 90, SW2: 00, Data: BF 3E 00\n",
		"{\"type\":\"apdu\",\"payload\":{\"func\":\"transmit\",\"param\":\"80E2910006BF3E035C015A\"}}\n{\"type\":\"apdu\",\"payload\":{\"ecode\":0,\"data\":\"9000\"}}\n",
		"> 00A4040010A0000005591010FFFFFFFF8900000100\n< 6F1A8410A0000005591010FFFFFFFF8900000100A5049F6501FFE00582030202009000\n",
		"{\"transactionId\":\"00\",\"boundProfilePackage\":\"vzYA\",\"smdpSigned2\":\"MAWAAQEBAQA=\"}",
		"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
	};
	struct rsp_ctx *c = fresh_ctx(state);
	const struct dump_options o = {0};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		damage_with(c, &o, bytes_of_str(texts[i]), 1);
}

/* Lines of the kept transcript, alone: JSON and commands. */
static void
messages(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	const struct dump_options o = {0};
	struct bytes rest = read_whole(c, "vectors/sessions/demo-seed-1.trace");
	unsigned n = 0;

	while (rest.n && n < 16) {
		const uint8_t *end = memchr(rest.p, '\n', rest.n);
		size_t length = end ? (size_t)(end - rest.p) : rest.n;

		damage_with(c, &o, bytes_slice(rest, 0, length), length / 3000 + 1);
		rest = bytes_from(rest, length + 1);
		n++;
	}
	assert_int_equal(n, 16);
}

static void
deep_and_wide_things_end(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	const struct dump_options o = {.whole = true};
	struct buf b = BUF_INIT;
	struct dump d;
	size_t i;

	/* Each level's length is that of all below. */
	for (i = 0; i < 5000; i++) {
		const uint8_t header[5] = {0x30, 0x83, (uint8_t)((4999 - i) * 5 >> 16), (uint8_t)((4999 - i) * 5 >> 8), (uint8_t)((4999 - i) * 5)};

		buf_add(&b, BYTES_OF(header));
	}
	explained(c, &o, buf_bytes(&b), &d);
	buf_reset(&b);
	for (i = 0; i < 300000; i++)
		buf_u16(&b, 0x0500);
	assert_said(explained(c, &o, buf_bytes(&b), &d), "the rest is not shown");
	assert_true(d.full);
	buf_free(&b);
}

static void
gsma_data_do_not_fail(void **state)
{
	static const char *const files[] = {"sgp26/CERT_CI_ECDSA_NIST.der", "sgp26/CERT_EUM_ECDSA_BRP.der", "sgp26/CERT_EUICC_ECDSA_NIST.der",
		"sgp26/CERT_S_SM_DPauth_ECDSA_BRP.der", "sgp26/SK_EUM_ECDSA_NIST.p8", "ts48/ts48-v7-saip23-bertlv-suci.der"};
	static const struct dump_options whole = {.whole = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct dump d;
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		assert_not_said(explained(c, &whole, data_file(c, files[i]), &d), "unknown tag");
		assert_int_equal(d.errors, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packages_and_certificates),
		cmocka_unit_test(codes_and_traces),
		cmocka_unit_test(messages),
		cmocka_unit_test(deep_and_wide_things_end),
		cmocka_unit_test(gsma_data_do_not_fail),
	};

	return cmocka_run_group_tests(tests, with_seed, without_seed);
}
