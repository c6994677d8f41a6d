// SPDX-License-Identifier: BSD-2-Clause
#include "support/test.h"

#include <pthread.h>

#include "base/hex.h"
#include "crypto/aka.h"
#include "crypto/crypto.h"

static int
with_crypto(void **state)
{
	struct rsp_ctx *c;

	if (make_ctx(state) != 0)
		return -1;
	c = *state;
	return crypto_new(&c->crypto, BYTES_NONE, "test") == RSP_OK ? 0 : -1;
}

static int
without_crypto(void **state)
{
	struct crypto *x = ((struct rsp_ctx *)*state)->crypto;

	free_ctx(state);
	crypto_free(x);
	return 0;
}

static void
cmac_row(struct rsp_ctx *c, char **cell, size_t n, void *arg)
{
	const struct bytes message = unhex(c, cell[2]);
	uint8_t mac[16];

	(void)arg;
	assert_int_equal(n, 4);
	assert_status(aes_cmac(c, unhex(c, cell[1]), &message, 1, mac), RSP_OK);
	assert_hex_equal(c, BYTES_OF(mac), cell[3]);
}

static void
kdf_row(struct rsp_ctx *c, char **cell, size_t n, void *arg)
{
	const struct bytes want = unhex(c, cell[3]);
	uint8_t out[256];

	(void)arg;
	assert_int_equal(n, 4);
	assert_true(want.n <= sizeof(out));
	assert_status(x963_kdf(c, unhex(c, cell[1]), unhex(c, cell[2]), out, want.n), RSP_OK);
	assert_bytes_equal(bytes_of(out, want.n), want);
}

static enum ec_curve
curve_of(const char *name)
{
	return strstr(name, "rainpool") ? EC_BP256 : EC_P256;
}

static struct bytes
point(struct rsp_ctx *c, const char *x, const char *y)
{
	return unhex(c, rsp_sprintf(c, "04%s%s", x, y));
}

static void
ecdh_row(struct rsp_ctx *c, char **cell, size_t n, void *arg)
{
	struct ec_key *own = NULL;
	uint8_t shared[32];

	(void)arg;
	assert_true(n >= 9);
	if (!cell[2][0])
		return;
	assert_status(ec_key_from_scalar(c, curve_of(cell[1]), unhex(c, cell[2]), &own), RSP_OK);
	assert_bytes_equal(ec_key_point(own), point(c, cell[3], cell[4]));
	assert_status(ec_agree(c, own, point(c, cell[6], cell[7]), shared), RSP_OK);
	assert_hex_equal(c, BYTES_OF(shared), cell[8]);
	ec_key_free(own);
}

static void
ecdsa_row(struct rsp_ctx *c, char **cell, size_t n, void *arg)
{
	const struct bytes message = unhex(c, cell[5]), sig = unhex(c, rsp_sprintf(c, "%s%s", cell[7], cell[8]));
	struct bytes spoiled = rsp_copy(c, sig);
	struct ec_key *k = NULL;
	size_t i;

	(void)arg;
	assert_int_equal(n, 9);
	assert_status(ec_key_from_point(c, curve_of(cell[1]), point(c, cell[3], cell[4]), &k), RSP_OK);
	assert_status(ec_verify(c, k, &message, 1, sig), RSP_OK);
	for (i = 0; i < 64; i++) {
		((uint8_t *)(uintptr_t)spoiled.p)[i] ^= 1;
		assert_status(ec_verify(c, k, &message, 1, spoiled), RSP_UNTRUSTED);
		((uint8_t *)(uintptr_t)spoiled.p)[i] ^= 1;
	}
	assert_status(ec_verify(c, k, &message, 1, bytes_slice(sig, 0, 63)), RSP_UNTRUSTED);
	ec_key_free(k);
}

static void
milenage_row(struct rsp_ctx *c, char **cell, size_t n, void *arg)
{
	struct milenage m;
	struct aka_out o;
	uint8_t opc[16];

	(void)arg;
	assert_int_equal(n, 14);
	milenage_defaults(&m);
	memcpy(m.k, unhex(c, cell[1]).p, 16);
	assert_status(milenage_opc(c, m.k, unhex(c, cell[5]).p, opc), RSP_OK);
	assert_hex_equal(c, BYTES_OF(opc), cell[6]);
	memcpy(m.opc, opc, 16);
	assert_status(milenage_all(c, &m, unhex(c, cell[2]).p, unhex(c, cell[3]).p, unhex(c, cell[4]).p, &o), RSP_OK);
	assert_hex_equal(c, BYTES_OF(o.mac_a), cell[7]);
	assert_hex_equal(c, BYTES_OF(o.mac_s), cell[8]);
	assert_hex_equal(c, bytes_of(o.res, o.res_n), cell[9]);
	assert_hex_equal(c, BYTES_OF(o.ck), cell[10]);
	assert_hex_equal(c, BYTES_OF(o.ik), cell[11]);
	assert_hex_equal(c, BYTES_OF(o.ak), cell[12]);
	assert_hex_equal(c, BYTES_OF(o.ak_star), cell[13]);
}

static void
xor_row(struct rsp_ctx *c, char **cell, size_t n, void *arg)
{
	struct aka_out o = {0};

	(void)arg;
	assert_true(n >= 11);
	aka_test_all(unhex(c, cell[0]).p, unhex(c, cell[1]).p, unhex(c, cell[2]).p, unhex(c, cell[3]).p, &o);
	assert_hex_equal(c, BYTES_OF(o.mac_a), cell[6]);
	assert_hex_equal(c, bytes_of(o.res, (size_t)atoi(cell[4]) / 8), cell[7]);
	assert_hex_equal(c, BYTES_OF(o.ck), cell[8]);
	assert_hex_equal(c, BYTES_OF(o.ik), cell[9]);
	assert_hex_equal(c, BYTES_OF(o.ak), cell[10]);
}

static void
code_row(struct rsp_ctx *c, char **cell, size_t n, void *arg)
{
	const struct bytes code = bytes_of_str(cell[0]);
	uint8_t inner[32], outer[32];
	struct bytes parts[2] = {BYTES_OF(inner), unhex(c, cell[1])};

	(void)arg;
	assert_int_equal(n, 4);
	assert_status(sha256(c, &code, 1, inner), RSP_OK);
	assert_hex_equal(c, BYTES_OF(inner), cell[2]);
	assert_status(sha256(c, parts, 2, outer), RSP_OK);
	assert_hex_equal(c, BYTES_OF(outer), cell[3]);
}

static void
published_answers_are_met(void **state)
{
	static const struct { const char *file; void (*row)(struct rsp_ctx *, char **, size_t, void *); } rows[] = {
		{"aes-cmac.tsv", cmac_row}, {"x963-kdf.tsv", kdf_row}, {"ecdh.tsv", ecdh_row}, {"ecdsa.tsv", ecdsa_row}, {"milenage.tsv", milenage_row},
		{"xor-3g.tsv", xor_row}, {"confirmation-code.tsv", code_row},
	}, *row;

	FOR_EACH_ROW(rows, row)
		for_each_kat(fresh_ctx(state), row->file, row->row, NULL);
}

static void
points_that_are_none_are_refused(void **state)
{
	/* The field's prime and P-256's generator. */
	static const char p[] = "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF";
	static const char gx[] = "6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296";
	static const char gy[] = "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5";
	/* The same two points written with a coordinate the prime too large. */
	static const char small_x[] = "0000000000000000000000000000000000000000000000000000000000000005", small_y[] = "459243B9AA581806FE913BCE99817ADE11CA503C64D9A3C533415C083248FBCC", large_x[] = "FFFFFFFF00000001000000000000000000000001000000000000000000000004";
	static const char bp_x[] = "8BD2AEB9CB7E57CB2C4B482FFC81B7AFB9DE27E1E3BD23C23A4453BD9ACE3262", bp_y[] = "547EF835C3DAC4FD97F8461A14611DC9C27745132DED8E545C1D54C72F046997", bp_large_y[] = "FE7A501165C96EB9D65E50AAB1E4AB3C30B33B370313AE7C7C309CE44E72BD0E";
	struct rsp_ctx *c = fresh_ctx(state);
	const char *rows[] = {
		"", "00", "04", rsp_sprintf(c, "03%s", gx), rsp_sprintf(c, "06%s%s", gx, gy), rsp_sprintf(c, "04%s%s", gx, gx), rsp_sprintf(c, "04%s%s", p, gy),
		rsp_sprintf(c, "04%s%s00", gx, gy), rsp_sprintf(c, "04%s%s", gy, gx), rsp_sprintf(c, "04%s%s", large_x, small_y),
	};
	const char *good[] = {rsp_sprintf(c, "04%s%s", gx, gy), rsp_sprintf(c, "04%s%s", small_x, small_y)};
	struct ec_key *k = NULL, *own = NULL, *other = NULL;
	uint8_t shared[32];
	size_t i;

	assert_status(ec_key_generate(c, EC_P256, &own), RSP_OK);
	for (i = 0; i < 2; i++) {
		assert_status(ec_key_from_point(c, EC_P256, unhex(c, good[i]), &k), RSP_OK);
		assert_hex_equal(c, ec_key_point(k), good[i]);
		ec_key_free(k);
		assert_status(ec_agree(c, own, unhex(c, good[i]), shared), RSP_OK);
	}
	k = NULL;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_status(ec_key_from_point(c, EC_P256, unhex(c, rows[i]), &k), RSP_MALFORMED);
		assert_status(ec_agree(c, own, unhex(c, rows[i]), shared), RSP_MALFORMED);
	}
	assert_status(ec_key_from_point(c, EC_BP256, unhex(c, good[0]), &k), RSP_MALFORMED);
	assert_status(ec_key_from_point(c, EC_BP256, unhex(c, rsp_sprintf(c, "04%s%s", bp_x, bp_large_y)), &k), RSP_MALFORMED);
	assert_null(k);
	assert_status(ec_key_from_point(c, EC_BP256, unhex(c, rsp_sprintf(c, "04%s%s", bp_x, bp_y)), &other), RSP_OK);
	assert_status(ec_agree(c, own, ec_key_point(other), shared), RSP_MALFORMED);
	ec_key_free(own);
	ec_key_free(other);
}

/* RFC 4231 1, 2 and 6, then a key of exactly one block and none at all; the data in two parts. */
static void
hmac_meets_its_answers_at_every_key_length(void **state)
{
	static const struct { size_t key_n; uint8_t fill; const char *key, *data, *want; } rows[] = {
		{20, 0x0B, NULL, "Hi There", "B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7"},
		{4, 0, "Jefe", "what do ya want for nothing?", "5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843"},
		{131, 0xAA, NULL, "Test Using Larger Than Block-Size Key - Hash Key First", "60E431591EE0B67F0D8A26AACBF5B77F8E0BC6213728C5140546040F0EE37F54"},
		{64, 0x42, NULL, "Hi There", "C50B139C6AB02566553EDBBA14699ACA823D96E680D95738E22694EA9F928F2E"},
		{0, 0, NULL, "Hi There", "E48411262715C8370CD5E7BF8E82BEF53BD53712D007F3429351843B77C7BB9B"},
	}, *row;
	struct rsp_ctx *c = fresh_ctx(state);
	uint8_t key[131], out[32];

	FOR_EACH_ROW(rows, row) {
		struct bytes data = bytes_of_str(row->data), parts[] = {bytes_slice(data, 0, 3), bytes_from(data, 3)};

		memset(key, row->fill, sizeof(key));
		assert_status(hmac_sha256(c, row->key ? bytes_of_str(row->key) : bytes_of(key, row->key_n), parts, 2, out), RSP_OK);
		assert_hex_equal(c, BYTES_OF(out), row->want);
	}
}

static void
scalars_outside_the_group_are_refused(void **state)
{
	static const char *const rows[] = {"", "01", "0000000000000000000000000000000000000000000000000000000000000000",
		"FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"};
	struct rsp_ctx *c = fresh_ctx(state);
	struct ec_key *k = NULL;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_status(ec_key_from_scalar(c, EC_P256, unhex(c, rows[i]), &k), RSP_MALFORMED);
}

static void
a_key_survives_its_file(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes file;
	int curve;

	for (curve = EC_P256; curve <= EC_BP256; curve++) {
		struct ec_key *a = NULL, *b = NULL;

		assert_status(ec_key_generate(c, (enum ec_curve)curve, &a), RSP_OK);
		assert_status(ec_key_write(c, a, &file), RSP_OK);
		assert_status(ec_key_read(c, file, &b), RSP_OK);
		assert_int_equal(ec_key_curve(b), curve);
		assert_bytes_equal(ec_key_point(b), ec_key_point(a));
		assert_status(ec_key_read(c, bytes_slice(file, 0, file.n - 1), &b), RSP_MALFORMED);
		ec_key_free(a);
		ec_key_free(b);
	}
	{
		struct ec_key *k = NULL;

		assert_status(ec_key_read(c, bytes_of_str("not a key"), &k), RSP_MALFORMED);
		assert_null(k);
	}
}

static void
sealed_data_open_only_unchanged(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	const uint8_t key[32] = {1}, other[32] = {2};
	const struct bytes text = bytes_of_str("the quick brown fox");
	struct bytes sealed, back;
	size_t i;

	assert_status(aes_seal(c, key, bytes_of_str("row"), text, &sealed), RSP_OK);
	assert_status(aes_unseal(c, key, bytes_of_str("row"), sealed, &back), RSP_OK);
	assert_bytes_equal(back, text);
	assert_status(aes_unseal(c, other, bytes_of_str("row"), sealed, &back), RSP_UNTRUSTED);
	assert_status(aes_unseal(c, key, bytes_of_str("wor"), sealed, &back), RSP_UNTRUSTED);
	for (i = 0; i < sealed.n; i++) {
		((uint8_t *)(uintptr_t)sealed.p)[i] ^= 0x80;
		assert_status(aes_unseal(c, key, bytes_of_str("row"), sealed, &back), RSP_UNTRUSTED);
		((uint8_t *)(uintptr_t)sealed.p)[i] ^= 0x80;
		assert_status(aes_unseal(c, key, bytes_of_str("row"), bytes_slice(sealed, 0, i), &back), RSP_UNTRUSTED);
	}
}

/* Keys, nonces and random octets of a seeded context. */
static void
take_sample(const char *seed, const char *stream, uint8_t out[161])
{
	const struct bytes message = bytes_of_str("message");
	struct crypto *x = NULL;
	struct ec_key *k = NULL;
	struct rsp_ctx c;

	assert_status(crypto_new(&x, bytes_of_str(seed), stream), RSP_OK);
	assert_status(rsp_ctx_init(&c, x, 0), RSP_OK);
	assert_status(ec_key_generate(&c, EC_P256, &k), RSP_OK);
	memcpy(out, ec_key_point(k).p, 65);
	assert_status(ec_sign(&c, k, &message, 1, out + 65), RSP_OK);
	assert_status(crypto_random(&c, out + 129, 32), RSP_OK);
	ec_key_free(k);
	rsp_ctx_free(&c);
	crypto_free(x);
}

static void
a_seed_decides_everything_and_streams_differ(void **state)
{
	uint8_t a[161], b[161], other_stream[161], other_seed[161];

	(void)state;
	take_sample("1", "card", a);
	take_sample("1", "card", b);
	take_sample("1", "server", other_stream);
	take_sample("2", "card", other_seed);
	assert_memory_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, other_stream, 65);
	assert_memory_not_equal(a, other_seed, 65);
	assert_memory_not_equal(a + 65, other_stream + 65, 64);
}

static void *
sign_and_verify(void *arg)
{
	const struct bytes message = bytes_of_str("threads");
	struct ec_key *k = NULL;
	struct rsp_ctx c;
	uint8_t sig[64];
	long bad = 0;
	int i;

	if (rsp_ctx_init(&c, arg, 0) != RSP_OK || ec_key_generate(&c, EC_P256, &k) != RSP_OK)
		return (void *)1;
	for (i = 0; i < 50; i++)
		bad += ec_sign(&c, k, &message, 1, sig) != RSP_OK || ec_verify(&c, k, &message, 1, BYTES_OF(sig)) != RSP_OK;
	ec_key_free(k);
	rsp_ctx_free(&c);
	return (void *)bad;
}

static void
one_context_serves_several_threads(void **state)
{
	struct crypto *seeded = NULL, *x[2] = {((struct rsp_ctx *)*state)->crypto, NULL};
	pthread_t t[4];
	void *bad;
	int i, k;

	assert_status(crypto_new(&seeded, bytes_of_str("7"), "threads"), RSP_OK);
	x[1] = seeded;
	for (k = 0; k < 2; k++) {
		for (i = 0; i < 4; i++)
			assert_int_equal(pthread_create(&t[i], NULL, sign_and_verify, x[k]), 0);
		for (i = 0; i < 4; i++) {
			pthread_join(t[i], &bad);
			assert_null(bad);
		}
	}
	crypto_free(seeded);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_answers_are_met),
		cmocka_unit_test(points_that_are_none_are_refused),
		cmocka_unit_test(hmac_meets_its_answers_at_every_key_length),
		cmocka_unit_test(scalars_outside_the_group_are_refused),
		cmocka_unit_test(a_key_survives_its_file),
		cmocka_unit_test(sealed_data_open_only_unchanged),
		cmocka_unit_test(a_seed_decides_everything_and_streams_differ),
		cmocka_unit_test(one_context_serves_several_threads),
	};

	return cmocka_run_group_tests(tests, with_crypto, without_crypto);
}
