// SPDX-License-Identifier: BSD-2-Clause
#include "support/test.h"

#include "bsp/bsp.h"
#include "crypto/crypto.h"
#include "tlv/tlv.h"

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

struct kat { char session[8]; struct bsp_keys out, in; };

static void
segment_row(struct rsp_ctx *c, char **cell, size_t n, void *arg)
{
	struct kat *k = arg;
	unsigned tag = (unsigned)strtoul(cell[4], NULL, 16);
	struct bytes want = unhex(c, cell[6]), plain = unhex(c, cell[5]), back;
	struct buf b = BUF_INIT;

	assert_int_equal(n, 7);
	if (strcmp(k->session, cell[0]) != 0) {
		snprintf(k->session, sizeof(k->session), "%s", cell[0]);
		assert_status(bsp_derive(c, unhex(c, cell[1]).p, unhex(c, cell[2]), unhex(c, cell[3]), &k->out), RSP_OK);
		k->in = k->out;
	}
	assert_status(bsp_protect(c, &k->out, tag, plain, &b), RSP_OK);
	assert_bytes_equal(buf_bytes(&b), want);
	buf_free(&b);
	assert_status(bsp_open(c, &k->in, tag, want, &back), RSP_OK);
	assert_bytes_equal(back, plain);
	assert_memory_equal(k->in.mcv, k->out.mcv, 16);
	assert_int_equal(k->in.counter, k->out.counter);
}

static void
segments_are_those_of_another_implementation(void **state)
{
	struct kat k = {.session = ""};

	for_each_kat(fresh_ctx(state), "bsp.tsv", segment_row, &k);
}

static struct bsp_keys
keys(void)
{
	static const uint8_t mcv[16] = {1}, enc[16] = {2}, mac[16] = {3};
	struct bsp_keys k = {.limit = BSP_SEGMENT_MAX};

	bsp_replace(&k, mcv, enc, mac);
	return k;
}

static struct bytes
protect(struct rsp_ctx *c, unsigned tag, size_t n)
{
	struct bsp_keys k = keys();
	struct buf b = BUF_INIT;
	uint8_t *plain = rsp_alloc(c, n);
	struct bytes out;

	memset(plain, 0x5A, n);
	assert_status(bsp_protect(c, &k, tag, bytes_of(plain, n), &b), RSP_OK);
	assert_status(buf_finish(&b, c, &out), RSP_OK);
	return out;
}

static void
a_changed_segment_is_refused_and_keys_stay(void **state)
{
	static const unsigned tags[] = {0x86, 0x87, 0x88};
	struct rsp_ctx *c = fresh_ctx(state);
	const struct bsp_keys before = keys();
	struct bytes plain = bytes_of("untouched", 9);
	size_t t, i;

	for (t = 0; t < 3; t++) {
		struct bytes segment = protect(c, tags[t], 40);
		uint8_t *p = (uint8_t *)(uintptr_t)segment.p;

		for (i = 0; i < segment.n; i++) {
			struct bsp_keys k = before;
			enum rsp_status st;

			p[i] ^= 0x01;
			st = bsp_open(c, &k, tags[t], segment, &plain);
			assert_true(st == RSP_UNTRUSTED || (i < 2 && st == RSP_MALFORMED));
			assert_memory_equal(&k, &before, sizeof(k));
			p[i] ^= 0x01;
			st = bsp_open(c, &k, tags[t], bytes_slice(segment, 0, i), &plain);
			assert_status(st, RSP_MALFORMED);
			assert_memory_equal(&k, &before, sizeof(k));
		}
		assert_bytes_equal(plain, bytes_of("untouched", 9));
	}
}

static void
full_segments_have_1020_octets_and_no_more(void **state)
{
	static const struct { unsigned tag; size_t plain, segments, first; } rows[] = {
		{0x86, 1007, 1, 1020}, {0x86, 1008, 2, 1020}, {0x86, 0, 1, 26}, {0x88, 1008, 1, 1020}, {0x88, 1009, 2, 1020}, {0x87, 2014, 2, 1020},
	}, *row;
	struct rsp_ctx *c = fresh_ctx(state);

	FOR_EACH_ROW(rows, row) {
		struct bytes rest = protect(c, row->tag, row->plain);
		struct tlv t;
		size_t n = 0, first = 0;

		for (; rest.n; n++) {
			assert_status(tlv_next(&rest, &t), RSP_OK);
			assert_true(t.whole.n <= BSP_SEGMENT_MAX);
			if (!n)
				first = t.whole.n;
		}
		assert_int_equal(n, row->segments);
		assert_int_equal(first, row->first);
	}
}

/* Some servers cut at 1008 octets of plain text, which makes segments of 1036. */
static void
long_segments_open_only_when_asked_for(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct bsp_keys k = keys(), lenient = keys();
	uint8_t plain[1008] = {0}, body[1024], mac[16];
	struct bytes parts[3], segment, out;
	struct buf b = BUF_INIT;
	uint8_t counter[16] = {0}, iv[16];

	counter[15] = 1;
	memset(body, 0, sizeof(body));
	memcpy(body, plain, sizeof(plain));
	body[1008] = 0x80;
	assert_status(aes_ecb_block(c, BYTES_OF(k.s_enc), counter, iv), RSP_OK);
	assert_status(aes_cbc_encrypt(c, BYTES_OF(k.s_enc), iv, BYTES_OF(body), body), RSP_OK);
	tlv_header(&b, 0x86, sizeof(body) + 8);
	parts[0] = BYTES_OF(k.mcv);
	parts[1] = rsp_copy(c, buf_bytes(&b));
	parts[2] = BYTES_OF(body);
	assert_status(aes_cmac(c, BYTES_OF(k.s_mac), parts, 3, mac), RSP_OK);
	buf_add(&b, BYTES_OF(body));
	buf_add(&b, bytes_of(mac, 8));
	assert_status(buf_finish(&b, c, &segment), RSP_OK);
	assert_int_equal(segment.n, 1036);
	assert_status(bsp_open(c, &k, 0x86, segment, &out), RSP_MALFORMED);
	lenient.limit = BSP_SEGMENT_LENIENT;
	assert_status(bsp_open(c, &lenient, 0x86, segment, &out), RSP_OK);
	assert_int_equal(out.n, 1008);
}

static struct bytes
package(struct rsp_ctx *c, bool ppk)
{
	static const uint8_t bf23[] = {0xBF, 0x23, 0x03, 0x82, 0x01, 0x01}, bf24[] = {0xBF, 0x24, 0x00};
	uint8_t *profile = rsp_alloc(c, 2500), metadata[1200] = {0xBF, 0x25};
	struct bsp_keys k = keys();
	struct bpp_input in = {.secure_channel = BYTES_OF(bf23), .configure = BYTES_OF(bf24), .metadata = BYTES_OF(metadata), .use_ppk = ppk,
		.profile = bytes_of(profile, 2500)};
	struct buf b = BUF_INIT;
	struct bytes out;

	assert_status(bpp_build(c, &k, &in, &b), RSP_OK);
	assert_status(buf_finish(&b, c, &out), RSP_OK);
	return out;
}

static void
a_package_is_cut_as_the_card_wants_it(void **state)
{
	static const struct { bool ppk; unsigned tags[12]; size_t n; } rows[] = {
		{false, {0xBF36, 0xA0, 0xA1, 0x88, 0x88, 0xA3, 0x86, 0x86, 0x86}, 9},
		{true, {0xBF36, 0xA0, 0xA1, 0x88, 0x88, 0xA2, 0xA3, 0x86, 0x86, 0x86}, 10},
	}, *row;
	struct rsp_ctx *c = fresh_ctx(state);
	struct bpp_segments s;
	size_t i, total;

	FOR_EACH_ROW(rows, row) {
		struct bytes bpp = package(c, row->ppk);

		assert_status(bpp_segment(c, bpp, &s), RSP_OK);
		assert_int_equal(s.n, row->n);
		for (i = total = 0; i < s.n; i++) {
			size_t n;
			uint32_t tag = 0;

			assert_true(tlv_header_size(s.p[i], &tag, &n) > 0);
			assert_int_equal(tag, row->tags[i]);
			assert_ptr_equal(s.p[i].p, bpp.p + total);
			total += s.p[i].n;
		}
		assert_int_equal(total, bpp.n);
	}
}

static void
a_package_in_another_order_is_refused(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes bpp = package(c, true), wrong;
	struct bpp_parts parts;
	struct tlv all, t;
	struct bytes member[5];
	size_t i, k, n = 0;

	assert_status(bpp_read(c, bpp, &parts), RSP_OK);
	assert_status(tlv_only(bpp, 0xBF36, &all), RSP_OK);
	while (all.value.n && tlv_next(&all.value, &t) == RSP_OK)
		member[n++] = t.whole;
	assert_int_equal(n, 5);
	for (i = 0; i < 5; i++)
		for (k = 0; k < 5; k++) {
			struct buf b = BUF_INIT;
			size_t mark, m;

			if (i == k)
				continue;
			mark = tlv_open(&b, 0xBF36);
			for (m = 0; m < 5; m++)
				buf_add(&b, member[m == i ? k : m == k ? i : m]);
			tlv_close(&b, mark);
			assert_status(buf_finish(&b, c, &wrong), RSP_OK);
			assert_status(bpp_read(c, wrong, &parts), RSP_MALFORMED);
		}
	for (i = 0; i < bpp.n; i++)
		assert_status(bpp_read(c, bytes_slice(bpp, 0, i), &parts), RSP_MALFORMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_are_those_of_another_implementation),
		cmocka_unit_test(a_changed_segment_is_refused_and_keys_stay),
		cmocka_unit_test(full_segments_have_1020_octets_and_no_more),
		cmocka_unit_test(long_segments_open_only_when_asked_for),
		cmocka_unit_test(a_package_is_cut_as_the_card_wants_it),
		cmocka_unit_test(a_package_in_another_order_is_refused),
	};

	return cmocka_run_group_tests(tests, with_crypto, without_crypto);
}
