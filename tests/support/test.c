// SPDX-License-Identifier: BSD-2-Clause
#include "support/test.h"

#include "base/hex.h"

#include <ftw.h>
#include <unistd.h>

int
make_ctx(void **state)
{
	struct rsp_ctx *c = calloc(1, sizeof(*c));

	if (!c || rsp_ctx_init(c, NULL, TEST_NOW) != RSP_OK)
		return -1;
	*state = c;
	return 0;
}

int
free_ctx(void **state)
{
	rsp_ctx_free(*state);
	free(*state);
	return 0;
}

struct rsp_ctx *
fresh_ctx(void **state)
{
	struct rsp_ctx *c = *state;

	rsp_ctx_reset(c);
	return c;
}

struct bytes
unhex(struct rsp_ctx *c, const char *hex)
{
	char *packed = rsp_alloc(c, strlen(hex) + 1);
	struct bytes out;
	size_t n = 0;

	assert_non_null(packed);
	for (; *hex; hex++)
		if (*hex != ' ')
			packed[n++] = *hex;
	assert_int_equal(hex_read(c, bytes_of(packed, n), &out), RSP_OK);
	return out;
}

struct bytes
read_whole(struct rsp_ctx *c, const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *p;
	long n;

	if (!f)
		fail_msg("cannot read %s", path);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	n = ftell(f);
	assert_true(n >= 0);
	rewind(f);
	p = rsp_alloc(c, (size_t)n + 1);
	assert_non_null(p);
	assert_int_equal(fread(p, 1, (size_t)n, f), n);
	fclose(f);
	return bytes_of(p, (size_t)n);
}

struct bytes
data_file(struct rsp_ctx *c, const char *name)
{
	const char *dir = getenv("ESIMLAB_DATA");

	if (!dir || !*dir) {
		print_message("skipped: ESIMLAB_DATA is not set, %s is not here\n", name);
		skip();
		return BYTES_NONE;
	}
	return read_whole(c, rsp_sprintf(c, "%s/%s", dir, name));
}

static char scratch[64];

static int
remove_entry(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void
remove_scratch(void)
{
	nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *
scratch_dir(void)
{
	if (!scratch[0]) {
		snprintf(scratch, sizeof(scratch), "/tmp/esimlab-test-XXXXXX");
		assert_non_null(mkdtemp(scratch));
		atexit(remove_scratch);
	}
	return scratch;
}

void
assert_bytes_equal(struct bytes have, struct bytes want)
{
	assert_int_equal(have.n, want.n);
	if (want.n)
		assert_memory_equal(have.p, want.p, want.n);
}

void
assert_hex_equal(struct rsp_ctx *c, struct bytes have, const char *want)
{
	assert_string_equal(hex_of(c, have), hex_of(c, unhex(c, want)));
}

void
assert_status_at(enum rsp_status have, enum rsp_status want, const char *file, int line)
{
	if (have == want)
		return;
	print_error("status: have '%s', want '%s'\n", rsp_status_name(have), rsp_status_name(want));
	_fail(file, line);
}

static size_t
split(char *line, char **cells, size_t max)
{
	size_t n = 0;

	line[strcspn(line, "\r\n")] = '\0';
	while (line && n < max)
		cells[n++] = strsep(&line, "\t");
	return n;
}

size_t
for_each_kat(struct rsp_ctx *c, const char *name,
	void (*fn)(struct rsp_ctx *c, char **cells, size_t n, void *arg), void *arg)
{
	char path[256], *cells[32], *line = NULL;
	size_t cap = 0, rows = 0;
	bool head = true;
	FILE *f;

	snprintf(path, sizeof(path), "vectors/kat/%s", name);
	f = fopen(path, "r");
	if (!f)
		fail_msg("cannot read %s (run tests from the top folder)", path);
	while (getline(&line, &cap, f) > 0) {
		if (line[0] == '#')
			continue;
		if (!head) {
			fn(c, cells, split(line, cells, 32), arg);
			rows++;
		}
		head = false;
	}
	free(line);
	fclose(f);
	assert_true(rows > 0);
	return rows;
}
