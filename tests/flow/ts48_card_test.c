// SPDX-License-Identifier: BSD-2-Clause
/* GSMA's test profile (TS.48 v7) as a card: secured packets for each of its applications with its own keys, identity, authentication. Needs ESIMLAB_DATA. */
#include "support/bench.h"
#include "support/packet.h"

#include "base/hex.h"
#include "crypto/crypto.h"

static const char *const packages[] = {"ts48/ts48-v7-saip23-bertlv-suci.der", "ts48/ts48-v7-saip23-nobertlv.der"};

#define KEY OCTETS("\0\1\2\3\4\5\6\7\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F")
#define USIM_TS48 {"00A4040C0CA0000000871002FF49FF0589", 0x9000, ""}

static void
open_ts48(struct bench *b, struct rsp_ctx *c, const char *name)
{
	struct bytes package = data_file(c, name);
	const struct profile *p;

	*b = (struct bench){.c = c};
	assert_status(crypto_new(&c->crypto, bytes_of_str("ts48"), "card"), RSP_OK);
	assert_status(profile_read(c, package, &p), RSP_OK);
	assert_status(image_memory(c, &b->image), RSP_OK);
	assert_status(uicc_install(c, image_nvm(b->image), "p/01/", p), RSP_OK);
	assert_status(uicc_open(c, image_nvm(b->image), "p/01/", &b->u), RSP_OK);
}

static void
every_remote_application_answers(void **state)
{
	static const struct { const char *tar, *script, *answer; } rows[] = {
		{"B00120", "00A4000C022FE2" "00B000000A", "029000" "98001032547698103214"}, {"B00140", "00A4000C026F07" "00B0000009", "029000" "080910101032547698"},
		{"B00140", "00A4000C027FFF" "00A4000C026F07" "00B0000009", "039000" "080910101032547698"}, {"B00141", "00A4000C026F07" "00B0000001", NULL},
		{"B00142", "80F2000C00", "019000"}, {"000000", "80E2910003BF2A00", "016985"}, {"B20100", "80E2910003BF2A00", "016985"}, {"B00120", "00A4000C027FFF", "016A82"},
	}, *row;
	static const struct { unsigned set, low; bool aes; } keys[] = {{1, 5, false}, {2, 2, true}}, *key;
	const char *const *name;
	static const struct bytes value = KEY;
	struct bench b;

	FOR_EACH_ROW(packages, name) {
		open_ts48(&b, fresh_ctx(state), *name);
		FOR_EACH_ROW(keys, key)
			FOR_EACH_ROW(rows, row) {
				const struct packet p = {.spi1 = 0x06, .spi2 = POR | POR_CC | POR_CIPHERED, .kic = key->set << 4 | key->low, .kid = key->set << 4 | key->low,
					.tar = row->tar, .aes = key->aes, .kic_key = value, .kid_key = value, .mac_n = 8, .data = unhex(b.c, row->script)};
				struct packet_answer a;
				struct bytes data;

				assert_int_equal(bench_run(&b, packet_envelope(b.c, packet_make(b.c, &p)), &data), 0x9000);
				a = packet_read(b.c, &p, data, true);
				assert_int_equal(a.status, 0);
				if (row->answer)
					assert_hex_equal(b.c, a.data, row->answer);
				else
					assert_int_equal(a.data.p[1], 0x90);
			}
		bench_close(&b);
	}
}

/* Services 124 and 125 with no key to use: the null scheme. AUTHENTICATE by the test algorithm answers 16 octets. */
static void
identity_and_authentication(void **state)
{
	static const struct bench_line lines[] = {
		USIM_TS48, {"8078000100", 0x6C0F, ""}, {"807800010F", 0x9000, NULL},
		/* K 000102..0F, RAND 0: XDOUT is K; SQN 0x20, AMF 0. */
		{"0088008122" "10" "00000000000000000000000000000000" "10" "030405060728" "0000" "0001020304250607", 0x9000, NULL},
		{"0088008122" "10" "00000000000000000000000000000000" "10" "030405060728" "0000" "0001020304250608", 0x9862, ""},
	};
	const char *const *name;
	struct bytes data;
	struct bench b;

	FOR_EACH_ROW(packages, name) {
		open_ts48(&b, fresh_ctx(state), *name);
		BENCH_PLAY(&b, lines);
		assert_int_equal(bench_run(&b, unhex(b.c, "807800010F"), &data), 0x9000);
		assert_hex_equal(b.c, bytes_slice(data, 0, 6), "A10D01" "00F110");
		assert_hex_equal(b.c, bytes_from(data, 8), "0000" "1032547698");
		assert_int_equal(bench_run(&b, unhex(b.c, lines[3].apdu), &data), 0x9000);
		assert_hex_equal(b.c, bytes_slice(data, 0, 2), "DB10");
		bench_close(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_remote_application_answers),
		cmocka_unit_test(identity_and_authentication),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
