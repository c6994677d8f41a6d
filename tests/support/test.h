// SPDX-License-Identifier: BSD-2-Clause
/* What the CMocka tests share. Include this first; it brings CMocka with it. */
#ifndef TESTS_SUPPORT_TEST_H
#define TESTS_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/bytes.h"

#define TEST_NOW 1780000000   /* a moment in 2026 */

/* Group set-up and tear-down: *state is a struct rsp_ctx, reset before each use by fresh_ctx. */
int make_ctx(void **state);
int free_ctx(void **state);
struct rsp_ctx *fresh_ctx(void **state);

/* Hex in a test's own table: bad digits fail the test. Spaces are skipped. */
struct bytes unhex(struct rsp_ctx *c, const char *hex);
/* A whole file into the arena; the test fails when it cannot be read. */
struct bytes read_whole(struct rsp_ctx *c, const char *path);
/* ESIMLAB_DATA/NAME, or the test is skipped aloud when ESIMLAB_DATA is not set. */
struct bytes data_file(struct rsp_ctx *c, const char *name);
/* A folder of its own under the build's temporary folder, removed at exit. */
const char *scratch_dir(void);

void assert_bytes_equal(struct bytes have, struct bytes want);
void assert_hex_equal(struct rsp_ctx *c, struct bytes have, const char *want);
#define assert_status(have, want) assert_status_at((have), (want), __FILE__, __LINE__)
void assert_status_at(enum rsp_status have, enum rsp_status want, const char *file, int line);

/*
 * Rows of a vectors/kat/NAME file: tab separated, first line the column names, '#' lines are comments. Calls fn for every
 * row with the cells by column order. Returns how many rows; fails the test when the file is missing or has none.
 */
size_t for_each_kat(struct rsp_ctx *c, const char *name, void (*fn)(struct rsp_ctx *c, char **cells, size_t n, void *arg), void *arg);

#define FOR_EACH_ROW(rows, row) \
	for (size_t row##_i = 0; row##_i < sizeof(rows) / sizeof((rows)[0]) && \
		((row) = &(rows)[row##_i], true); row##_i++)

#endif
