// SPDX-License-Identifier: BSD-2-Clause
/* What a card computes for a network: TUAK (TS 35.233), SUCI (TS 33.501 C.4), checksums of secured packets (TS 102 225 5.1.3). */
#include "support/test.h"

#include "base/hex.h"
#include "crypto/crypto.h"
#include "crypto/suci.h"
#include "crypto/tdes.h"
#include "crypto/tuak.h"

static size_t
octets(const char *bits)
{
	return (size_t)atoi(bits) / 8;
}

static void
tuak_row(struct rsp_ctx *c, char **cell, size_t n, void *arg)
{
	struct bytes k = unhex(c, cell[1]);
	struct tuak t = {.k_n = k.n, .mac_n = octets(cell[7]), .res_n = octets(cell[8]), .ck_n = octets(cell[9]), .ik_n = octets(cell[10]),
		.iterations = (unsigned)atoi(cell[6])};
	struct tuak_out o;

	(void)arg;
	assert_int_equal(n, 19);
	memcpy(t.k, k.p, k.n);
	assert_true(tuak_topc(&t, unhex(c, cell[5]).p));
	assert_hex_equal(c, BYTES_OF(t.topc), cell[11]);
	assert_true(tuak_all(&t, unhex(c, cell[2]).p, unhex(c, cell[3]).p, unhex(c, cell[4]).p, &o));
	assert_hex_equal(c, bytes_of(o.mac_a, t.mac_n), cell[12]);
	assert_hex_equal(c, bytes_of(o.mac_s, t.mac_n), cell[13]);
	assert_hex_equal(c, bytes_of(o.res, t.res_n), cell[14]);
	assert_hex_equal(c, bytes_of(o.ck, t.ck_n), cell[15]);
	assert_hex_equal(c, bytes_of(o.ik, t.ik_n), cell[16]);
	assert_hex_equal(c, BYTES_OF(o.ak), cell[17]);
	assert_hex_equal(c, BYTES_OF(o.ak_star), cell[18]);
}

static void
tuak_meets_its_test_sets(void **state)
{
	assert_int_equal(for_each_kat(fresh_ctx(state), "tuak.tsv", tuak_row, NULL), 6);
}

static void
tuak_takes_no_other_lengths(void **state)
{
	static const struct tuak good = {.k_n = 16, .mac_n = 8, .res_n = 8, .ck_n = 16, .ik_n = 16, .iterations = 1};
	static const struct { size_t k_n, mac_n, res_n, ck_n, ik_n; unsigned iterations; } rows[] = {
		{24, 8, 8, 16, 16, 1}, {16, 4, 8, 16, 16, 1}, {16, 8, 12, 16, 16, 1}, {16, 8, 8, 8, 16, 1}, {16, 8, 8, 16, 24, 1}, {16, 8, 8, 16, 16, 0},
		{16, 8, 8, 16, 16, 256}, {0, 0, 0, 0, 0, 0},
	}, *row;
	static const uint8_t zero[32];
	struct tuak_out o;
	struct tuak t = good;

	fresh_ctx(state);
	assert_true(tuak_all(&t, zero, zero, zero, &o));
	FOR_EACH_ROW(rows, row) {
		t = (struct tuak){.k_n = row->k_n, .mac_n = row->mac_n, .res_n = row->res_n, .ck_n = row->ck_n, .ik_n = row->ik_n,
			.iterations = row->iterations};
		assert_false(tuak_all(&t, zero, zero, zero, &o));
		assert_false(tuak_topc(&t, zero));
	}
}

static void
suci_row(struct rsp_ctx *c, char **cell, size_t n, void *arg)
{
	enum suci_scheme scheme = cell[1][0] == 'A' ? SUCI_A : SUCI_B;
	struct bytes network = unhex(c, cell[4]), own = unhex(c, cell[5]), plain = unhex(c, cell[11]), spoiled;
	struct buf out = BUF_INIT;

	(void)arg;
	assert_true(n >= 15);
	assert_status(suci_conceal(c, scheme, network, own, plain, &out), RSP_OK);
	assert_hex_equal(c, buf_bytes(&out), cell[14]);
	buf_reset(&out);
	assert_status(suci_conceal(c, SUCI_NULL, BYTES_NONE, BYTES_NONE, plain, &out), RSP_OK);
	assert_bytes_equal(buf_bytes(&out), plain);
	buf_reset(&out);
	/* A fresh key each time. */
	assert_status(suci_conceal(c, scheme, network, BYTES_NONE, plain, &out), RSP_OK);
	assert_int_equal(out.n, network.n + plain.n + 8);
	assert_memory_not_equal(out.p, unhex(c, cell[14]).p, out.n);
	assert_status(suci_conceal(c, scheme, bytes_slice(network, 1, network.n - 1), own, plain, &out), RSP_MALFORMED);
	assert_status(suci_conceal(c, scheme, network, bytes_slice(own, 1, 31), plain, &out), RSP_MALFORMED);
	spoiled = rsp_copy(c, network);
	((uint8_t *)(uintptr_t)spoiled.p)[0] = 9;
	if (scheme == SUCI_B)
		assert_status(suci_conceal(c, scheme, spoiled, own, plain, &out), RSP_MALFORMED);
	buf_free(&out);
}

static void
suci_meets_its_answers(void **state)
{
	assert_int_equal(for_each_kat(fresh_ctx(state), "suci.tsv", suci_row, NULL), 4);
}

static void
crc_row(struct rsp_ctx *c, char **cell, size_t n, void *arg)
{
	struct bytes data = unhex(c, cell[2]), parts[] = {bytes_slice(data, 0, 2), bytes_from(data, 2)};

	(void)arg;
	assert_int_equal(n, 4);
	if (strcmp(cell[1], "crc16") == 0)
		assert_int_equal(crc16(parts, 2), strtoul(cell[3], NULL, 16));
	else
		assert_int_equal(crc32_of(parts, 2), strtoul(cell[3], NULL, 16));
}

static void
checksums_meet_their_answers(void **state)
{
	assert_int_equal(for_each_kat(fresh_ctx(state), "ota-crc.tsv", crc_row, NULL), 6);
}

/* NIST SP 800-67 Appendix B, with three keys, as ECB's first block; the checksum of more than one block chains. */
static void
triple_des_chains(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes key = unhex(c, "0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123"), text = bytes_of_str("The qufc"), whole, parts[2];
	uint8_t out[16], back[16];

	assert_status(tdes_cbc(c, key, true, text, out), RSP_OK);
	assert_hex_equal(c, bytes_of(out, 8), "A826FD8CE53B855F");
	whole = bytes_of_str("The qufck brown ");
	assert_status(tdes_cbc(c, key, true, whole, out), RSP_OK);
	assert_status(tdes_cbc(c, key, false, BYTES_OF(out), back), RSP_OK);
	assert_bytes_equal(BYTES_OF(back), whole);
	parts[0] = bytes_slice(whole, 0, 3);
	parts[1] = bytes_from(whole, 3);
	assert_status(tdes_mac(c, key, parts, 2, back), RSP_OK);
	assert_bytes_equal(bytes_of(back, 8), bytes_of(out + 8, 8));
	assert_status(tdes_cbc(c, bytes_slice(key, 0, 8), true, text, out), RSP_MALFORMED);
	assert_status(tdes_cbc(c, key, true, bytes_slice(text, 0, 7), out), RSP_MALFORMED);
}

static int
open_group(void **state)
{
	struct crypto *x = NULL;

	if (make_ctx(state) != 0 || crypto_new(&x, BYTES_NONE, "test") != RSP_OK)
		return 1;
	((struct rsp_ctx *)*state)->crypto = x;
	return 0;
}

static int
close_group(void **state)
{
	struct crypto *x = ((struct rsp_ctx *)*state)->crypto;
	int bad = free_ctx(state);

	crypto_free(x);
	return bad;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tuak_meets_its_test_sets),
		cmocka_unit_test(tuak_takes_no_other_lengths),
		cmocka_unit_test(suci_meets_its_answers),
		cmocka_unit_test(checksums_meet_their_answers),
		cmocka_unit_test(triple_des_chains),
	};

	return cmocka_run_group_tests(tests, open_group, close_group);
}
