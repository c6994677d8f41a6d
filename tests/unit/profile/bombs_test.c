// SPDX-License-Identifier: BSD-2-Clause
/* Packages that are small and ask for much: refused by the right status, in bounded time and memory. */
#include "support/test.h"

#include <sys/resource.h>
#include <time.h>

#include <esimlab/profile.h>

#include "tlv/tlv.h"

#define BASE "[profile]\niccid = 8900101000000000001\n[element mf]\nmf = pins\nef-dir = record 40, records 1\nef-arr = record 16, records 14\n"
#define NOT_ENOUGH_MEMORY 4
#define INVALID_FORMAT 5
#define INVALID_PARAMETER 6

/* Header and MF, without the end. */
static void
start(struct rsp_ctx *c, struct buf *b)
{
	struct bytes package;

	assert_status(profile_build_unchecked(c, BASE, &package), RSP_OK);
	buf_add(b, bytes_slice(package, 0, package.n - 9));
}

static size_t
open_element(struct buf *b, uint32_t tag, unsigned id)
{
	size_t mark = tlv_open(b, tag), header = tlv_open(b, 0xA0);

	tlv_add_null(b, 0x80);
	tlv_add_uint(b, 0x81, id);
	tlv_close(b, header);
	return mark;
}

/* createFCP of a generic file; size 0: a DF. */
static void
put_file(struct buf *b, unsigned fid, unsigned kind, unsigned size)
{
	const uint8_t descriptor[2] = {(uint8_t)kind, 0x21}, id[2] = {(uint8_t)(fid >> 8), (uint8_t)fid}, be[2] = {(uint8_t)(size >> 8), (uint8_t)size}, rule[1] = {10};
	size_t mark = tlv_open(b, 0x62);

	tlv_add(b, 0x82, BYTES_OF(descriptor));
	tlv_add(b, 0x83, BYTES_OF(id));
	tlv_add(b, 0x8B, BYTES_OF(rule));
	if (size)
		tlv_add(b, 0x80, BYTES_OF(be));
	if (kind == 0x78)
		tlv_add_null(b, 0xC6);
	tlv_close(b, mark);
}

/* So many files of such a size, a hundred an element. */
static void
many_files(struct buf *b, unsigned n, unsigned size)
{
	unsigned i, k, id = 100;

	for (i = 0; i < n; i += 100) {
		size_t mark = open_element(b, 0xA1, id++), list = tlv_open(b, 0xA1), one = tlv_open(b, 0x30);

		for (k = i; k < i + 100 && k < n; k++)
			put_file(b, 0x4000 + k, 0x41, size);
		tlv_close(b, one);
		tlv_close(b, list);
		tlv_close(b, mark);
	}
}

static void
four_thousand_files(struct buf *b)
{
	many_files(b, 4000, 1);
}

static void
forty_files_of_64_kib(struct buf *b)
{
	many_files(b, 40, 65535);
}

static void
a_tree_of_thirty_levels(struct buf *b)
{
	size_t mark = open_element(b, 0xA1, 100), list = tlv_open(b, 0xA1), one = tlv_open(b, 0x30);
	unsigned i;

	for (i = 0; i < 30; i++)
		put_file(b, 0x5F01 + i, 0x78, 0);
	tlv_close(b, one);
	tlv_close(b, list);
	tlv_close(b, mark);
}

static void
a_thousand_and_more_elements(struct buf *b)
{
	unsigned i;

	for (i = 0; i < 2000; i++) {
		const uint8_t nobody[4] = {0xAB, 2, 0x82, 0};

		buf_add(b, BYTES_OF(nobody));
	}
}

/* One BER-TLV file that grows octet by octet. */
static void
fills_of_one_octet(struct buf *b)
{
	size_t mark = open_element(b, 0xA1, 100), list = tlv_open(b, 0xA1), one = tlv_open(b, 0x30);
	const uint8_t octet[1] = {0x80};
	unsigned i;

	put_file(b, 0x4001, 0x79, 100);
	for (i = 0; i < 19000; i++)
		tlv_add(b, 0x81, BYTES_OF(octet));
	tlv_close(b, one);
	tlv_close(b, list);
	tlv_close(b, mark);
}

static void
more_fills_than_an_element_may_have(struct buf *b)
{
	size_t mark = open_element(b, 0xA1, 100), list = tlv_open(b, 0xA1), one = tlv_open(b, 0x30);
	unsigned i;

	put_file(b, 0x4001, 0x41, 100);
	for (i = 0; i < 100000; i++)
		tlv_add_null(b, 0x81);
	tlv_close(b, one);
	tlv_close(b, list);
	tlv_close(b, mark);
}

static void
offsets_that_add_up(struct buf *b)
{
	size_t mark = open_element(b, 0xA1, 100), list = tlv_open(b, 0xA1), one = tlv_open(b, 0x30);
	const uint8_t octet[1] = {0};
	unsigned i;

	put_file(b, 0x4001, 0x41, 100);
	for (i = 0; i < 1000; i++)
		tlv_add_uint(b, 0x02, 65535);
	tlv_add(b, 0x81, BYTES_OF(octet));
	tlv_close(b, one);
	tlv_close(b, list);
	tlv_close(b, mark);
}

static void
one_mebibyte_of_content(struct buf *b)
{
	size_t mark = open_element(b, 0xA1, 100), list = tlv_open(b, 0xA1), one = tlv_open(b, 0x30);

	put_file(b, 0x4001, 0x41, 100);
	tlv_header(b, 0x81, 1 << 20);
	memset(buf_extend(b, 1 << 20), 0, 1 << 20);
	tlv_close(b, one);
	tlv_close(b, list);
	tlv_close(b, mark);
}

static void
two_mebibytes_of_elements(struct buf *b)
{
	unsigned i;

	for (i = 0; i < 40; i++) {
		size_t mark = tlv_open(b, 0xAB);

		tlv_header(b, 0x82, 50000);
		memset(buf_extend(b, 50000), 0, 50000);
		tlv_close(b, mark);
	}
}

static void
values_forty_deep(struct buf *b)
{
	size_t mark[40], i;

	for (i = 0; i < 40; i++)
		mark[i] = tlv_open(b, i ? 0x30 : 0xAB);
	while (i--)
		tlv_close(b, mark[i]);
}

static void
six_hundred_codes(struct buf *b)
{
	size_t mark = open_element(b, 0xA3, 100), list = tlv_open(b, 0xA1), i, one;
	static const uint8_t value[8] = {0};

	for (i = 0; i < 600; i++) {
		one = tlv_open(b, 0x30);
		tlv_add_uint(b, 0x80, 1 + i % 8);
		tlv_add(b, 0x81, BYTES_OF(value));
		tlv_close(b, one);
	}
	tlv_close(b, list);
	tlv_close(b, mark);
}

static enum rsp_status
feed(struct rsp_ctx *c, struct bytes package, struct pe_status *failed)
{
	struct profile_reader *r = NULL;
	enum rsp_status st = RSP_OK;
	struct tlv t;

	assert_status(profile_reader_new(&r), RSP_OK);
	while (st == RSP_OK && package.n) {
		assert_status(tlv_next(&package, &t), RSP_OK);
		st = profile_reader_add(r, c, t.whole, failed);
	}
	profile_reader_free(r);
	return st;
}

static void
bombs_are_refused_at_little_cost(void **state)
{
	static const struct { const char *name; void (*make)(struct buf *b); unsigned status; } rows[] = {
		{"4,000 files", four_thousand_files, NOT_ENOUGH_MEMORY},
		{"files of 2.5 MiB", forty_files_of_64_kib, NOT_ENOUGH_MEMORY},
		{"a tree of 30 levels", a_tree_of_thirty_levels, INVALID_PARAMETER},
		{"2,000 elements", a_thousand_and_more_elements, NOT_ENOUGH_MEMORY},
		{"19,000 fills of an octet", fills_of_one_octet, INVALID_PARAMETER},
		{"100,000 fills", more_fills_than_an_element_may_have, NOT_ENOUGH_MEMORY},
		{"offsets of 64 MiB", offsets_that_add_up, INVALID_PARAMETER},
		{"1 MiB of content", one_mebibyte_of_content, NOT_ENOUGH_MEMORY},
		{"2 MiB of elements", two_mebibytes_of_elements, NOT_ENOUGH_MEMORY},
		{"values 40 deep", values_forty_deep, NOT_ENOUGH_MEMORY},
		{"600 codes", six_hundred_codes, INVALID_PARAMETER},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct buf b = BUF_INIT;
		struct pe_status failed = {0};
		struct rusage before, after;
		clock_t from;
		enum rsp_status st;

		start(c, &b);
		row->make(&b);
		assert_false(b.bad);
		assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
		from = clock();
		st = feed(c, buf_bytes(&b), &failed);
		assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
		if (st == RSP_OK || failed.status != row->status)
			fail_msg("%s: %s, status %u, want %u: %s", row->name, rsp_status_name(st), failed.status, row->status, c->error.text);
		if (clock() - from > 2 * CLOCKS_PER_SEC || after.ru_maxrss - before.ru_maxrss > 32 * 1024)
			fail_msg("%s: %ld ms, %ld KiB", row->name, (long)((clock() - from) * 1000 / CLOCKS_PER_SEC), after.ru_maxrss - before.ru_maxrss);
		buf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bombs_are_refused_at_little_cost),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
