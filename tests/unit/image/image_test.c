// SPDX-License-Identifier: BSD-2-Clause
/* The card's image: whatever is cut off its end or changed in it, what comes back is a card as it was at some commit, or a clear refusal. */
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image/image.h"

#define COMMITS 12

static char *
path_of(struct rsp_ctx *c, const char *name)
{
	char *path = rsp_sprintf(c, "%s/%s", scratch_dir(), name);

	assert_non_null(path);
	unlink(path);
	return path;
}

static void
put(struct rsp_ctx *c, struct image *i, const char *key, const char *value)
{
	struct nvm *nvm = image_nvm(i);

	assert_status(nvm->put(nvm->self, c, bytes_of_str(key), bytes_of_str(value)), RSP_OK);
}

static void
commit(struct rsp_ctx *c, struct image *i)
{
	struct nvm *nvm = image_nvm(i);

	assert_status(nvm->commit(nvm->self, c), RSP_OK);
}

static bool
holds(struct image *i, const char *key, const char *value)
{
	struct nvm *nvm = image_nvm(i);
	struct bytes have;

	return nvm->get(nvm->self, bytes_of_str(key), &have) ? value && bytes_equal_str(have, value) : !value;
}

/* Commit n: both keys "a" and "b" say n, "k<n>" is there, "k<n-2>" is gone again. */
static void
write_commit(struct rsp_ctx *c, struct image *i, unsigned n)
{
	struct nvm *nvm = image_nvm(i);
	char text[16], gone[16];

	snprintf(text, sizeof(text), "%u", n);
	put(c, i, "a", text);
	put(c, i, "b", text);
	put(c, i, rsp_sprintf(c, "k%u", n), text);
	snprintf(gone, sizeof(gone), "k%u", n - 2);
	if (n > 2)
		assert_status(nvm->del(nvm->self, c, bytes_of_str(gone)), RSP_OK);
	commit(c, i);
}

/* Which commit is this? Fails when it is a mixture of two. 0: nothing was committed. */
static unsigned
state_of(struct rsp_ctx *c, struct image *i)
{
	struct nvm *nvm = image_nvm(i);
	struct bytes a;
	unsigned n, k;
	char *text;

	if (!nvm->get(nvm->self, bytes_of_str("a"), &a)) {
		assert_true(holds(i, "b", NULL));
		return 0;
	}
	text = rsp_sprintf(c, "%.*s", (int)a.n, (const char *)a.p);
	n = (unsigned)atoi(text);
	assert_true(holds(i, "b", text));
	for (k = 1; k <= COMMITS; k++)
		assert_true(holds(i, rsp_sprintf(c, "k%u", k), k == n || (k + 1 == n) ? rsp_sprintf(c, "%u", k) : NULL));
	return n;
}

static struct bytes
written_image(struct rsp_ctx *c, const char *path)
{
	struct image *i = NULL;
	unsigned n;

	assert_status(image_create(c, path, &i), RSP_OK);
	image_set_sync(i, false);
	for (n = 1; n <= COMMITS; n++)
		write_commit(c, i, n);
	put(c, i, "a", "never committed");
	image_close(i);
	return read_whole(c, path);
}

static void
write_whole(const char *path, struct bytes b)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(b.p, 1, b.n, f), b.n);
	assert_int_equal(fclose(f), 0);
}

static void
a_file_cut_anywhere_is_the_last_whole_commit(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	char *path = path_of(c, "whole"), *cut = path_of(c, "cut");
	struct bytes whole = written_image(c, path);
	unsigned last = 0, commits = 0;
	size_t n;

	for (n = 0; n <= whole.n; n++) {
		struct image *i = NULL;
		unsigned now;

		write_whole(cut, bytes_slice(whole, 0, n));
		if (n < 16) {
			assert_status(image_open(c, cut, &i), RSP_MALFORMED);
			continue;
		}
		assert_status(image_open(c, cut, &i), RSP_OK);
		now = state_of(c, i);
		assert_true(now == last || now == last + 1);
		commits += now != last;
		last = now;
		image_close(i);
	}
	assert_int_equal(commits, COMMITS);
}

/* After a cut the next commit goes where the torn record was, and is found again. */
static void
a_torn_image_goes_on(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	char *path = path_of(c, "torn");
	struct bytes whole = written_image(c, path);
	struct image *i = NULL;

	write_whole(path, bytes_slice(whole, 0, whole.n - 3));
	assert_status(image_open(c, path, &i), RSP_OK);
	assert_int_equal(state_of(c, i), COMMITS - 1);
	write_commit(c, i, COMMITS);
	image_close(i);
	assert_status(image_open(c, path, &i), RSP_OK);
	assert_int_equal(state_of(c, i), COMMITS);
	image_close(i);
}

/* A changed octet is found, or belongs to the record at the end, which then never was. Never a card that was not. */
static void
a_changed_octet_is_found(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	char *path = path_of(c, "flip");
	struct bytes whole = written_image(c, path);
	uint8_t *bad = rsp_alloc(c, whole.n);
	unsigned refused = 0;
	size_t n;

	assert_non_null(bad);
	for (n = 0; n < whole.n; n++) {
		struct image *i = NULL;
		enum rsp_status st;

		memcpy(bad, whole.p, whole.n);
		bad[n] ^= 0x10;
		write_whole(path, bytes_of(bad, whole.n));
		st = image_open(c, path, &i);
		if (st == RSP_OK) {
			assert_int_equal(state_of(c, i), COMMITS - 1);
			image_close(i);
			continue;
		}
		assert_status(st, RSP_MALFORMED);
		assert_true(strlen(c->error.text) > 20);
		refused++;
	}
	assert_true(refused > whole.n / 2);
}

static void
one_opener_at_a_time(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	char *path = path_of(c, "lock");
	struct image *first = NULL, *second = NULL;

	assert_status(image_create(c, path, &first), RSP_OK);
	write_commit(c, first, 1);
	assert_status(image_create(c, path, &second), RSP_STATE);
	assert_status(image_open(c, path, &second), RSP_STATE);
	assert_status(image_open_readonly(c, path, &second), RSP_OK);
	assert_int_equal(state_of(c, second), 1);
	assert_status(image_nvm(second)->put(image_nvm(second)->self, c, bytes_of_str("a"), bytes_of_str("x")), RSP_STATE);
	image_close(second);
	write_commit(c, first, 2);
	image_close(first);
	assert_status(image_open(c, path, &first), RSP_OK);
	assert_int_equal(state_of(c, first), 2);
	image_close(first);
	assert_status(image_open(c, path_of(c, "none"), &first), RSP_IO);
	write_whole(path, bytes_of_str("this is a text, not an image"));
	assert_status(image_open(c, path, &first), RSP_MALFORMED);
}

/* A log that is mostly dead is made small on closing, with the same content. */
static void
a_long_log_is_compacted(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	char *path = path_of(c, "long"), value[1001];
	struct image *i = NULL;
	struct stat st;
	unsigned n;

	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	assert_status(image_create(c, path, &i), RSP_OK);
	image_set_sync(i, false);
	for (n = 0; n < 1000; n++) {
		value[0] = (char)('a' + n % 26);
		put(c, i, "big", value);
		commit(c, i);
	}
	write_commit(c, i, 7);
	image_close(i);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < 64 * 1024);
	assert_status(image_open(c, path, &i), RSP_OK);
	assert_true(holds(i, "big", value));
	assert_true(holds(i, "k7", "7"));
	image_close(i);
}

/* ---- another process between open and lock ---- */

static void (*before_lock)(void);
static struct image *other;
static const char *raced;

/* What the image calls: the place between its open and its lock is the test's. */
int
flock(int fd, int operation)
{
	void (*now)(void) = before_lock;

	before_lock = NULL;
	if (now)
		now();
	return (int)syscall(SYS_flock, fd, operation);
}

/* An open image whose log is long enough to be compacted when it is closed. */
static struct image *
long_image(struct rsp_ctx *c, const char *path)
{
	char value[1001];
	struct image *i = NULL;
	unsigned n;

	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	assert_status(image_create(c, path, &i), RSP_OK);
	image_set_sync(i, false);
	for (n = 0; n < 400; n++) {
		put(c, i, "big", value);
		commit(c, i);
	}
	write_commit(c, i, 1);
	return i;
}

/* The same, not compacted yet. */
static struct bytes
long_log(struct rsp_ctx *c)
{
	char *path = path_of(c, "log");
	struct image *i = long_image(c, path);
	struct bytes log = read_whole(c, path);

	image_close(i);
	return log;
}

static void
other_closes(void)
{
	image_close(other);
	other = NULL;
}

static void
other_closes_and_opens(void)
{
	struct rsp_ctx c;

	other_closes();
	assert_status(rsp_ctx_init(&c, NULL, 0), RSP_OK);
	assert_status(image_open(&c, raced, &other), RSP_OK);
	rsp_ctx_free(&c);
}

/* Whoever opened the old file before it was compacted away has the new one, or is refused; what it commits is not lost. */
static void
an_opener_never_gets_a_file_that_was_replaced(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct image *i = NULL;

	raced = path_of(c, "raced");
	other = long_image(c, raced);
	before_lock = other_closes;
	assert_status(image_open(c, raced, &i), RSP_OK);
	assert_null(other);
	assert_int_equal(state_of(c, i), 1);
	write_commit(c, i, 2);
	image_close(i);
	assert_status(image_open(c, raced, &i), RSP_OK);
	assert_int_equal(state_of(c, i), 2);
	image_close(i);

	other = long_image(c, raced = path_of(c, "raced again"));
	before_lock = other_closes_and_opens;
	i = NULL;
	assert_status(image_open(c, raced, &i), RSP_STATE);
	write_commit(c, other, 2);
	other_closes();
	assert_status(image_open(c, raced, &i), RSP_OK);
	assert_int_equal(state_of(c, i), 2);
	image_close(i);
}

/* In a process of its own: open the new file before its maker has locked it, for a moment. */
static void
other_peeps(void)
{
	int pipes[2];
	char told;

	assert_int_equal(pipe(pipes), 0);
	if (fork() == 0) {
		int fd = open(raced, O_RDWR);

		if (fd < 0 || syscall(SYS_flock, fd, LOCK_EX) != 0 || write(pipes[1], "x", 1) != 1)
			_exit(1);
		usleep(50000);
		_exit(0);
	}
	assert_int_equal(read(pipes[0], &told, 1), 1);
	close(pipes[0]);
	close(pipes[1]);
}

static void
a_new_image_is_its_makers(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	struct image *i = NULL;
	int status;

	raced = path_of(c, "new");
	before_lock = other_peeps;
	assert_status(image_create(c, raced, &i), RSP_OK);
	assert_true(wait(&status) > 0 && status == 0);
	write_commit(c, i, 1);
	image_close(i);
	assert_status(image_open(c, raced, &i), RSP_OK);
	assert_int_equal(state_of(c, i), 1);
	image_close(i);
}

/* Compaction keeps a symbolic link, and leaves alone what somebody else has put under the name. */
static void
compaction_replaces_only_its_own_file(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	char *path = path_of(c, "target"), *name = path_of(c, "name");
	struct image *i;
	struct stat st;

	assert_int_equal(symlink(path, name), 0);
	write_whole(path, long_log(c));
	assert_status(image_open(c, name, &i), RSP_OK);
	image_close(i);
	assert_int_equal(lstat(name, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < 64 * 1024);

	i = long_image(c, path_of(c, "moved"));
	write_whole(path, bytes_of_str("another card"));
	assert_int_equal(rename(path, path_of(c, "moved")), 0);
	image_close(i);
	assert_int_equal(stat(rsp_sprintf(c, "%s/moved", scratch_dir()), &st), 0);
	assert_int_equal(st.st_size, 12);
}

/* In a process of its own: commit after commit, each told only when it is durable. */
static void
commit_for_ever(struct rsp_ctx *c, const char *path, int out)
{
	struct image *i = NULL;
	char line[16];
	unsigned n;

	if (image_create(c, path, &i) != RSP_OK)
		_exit(1);
	for (n = 1;; n++) {
		struct nvm *nvm = image_nvm(i);

		snprintf(line, sizeof(line), "%u", n);
		if (nvm->put(nvm->self, c, bytes_of_str("a"), bytes_of_str(line)) != RSP_OK || nvm->commit(nvm->self, c) != RSP_OK)
			_exit(2);
		dprintf(out, "%u\n", n);
	}
}

/* kill -9 while another process commits as fast as it can: a whole commit is found, and none that was reported is lost. */
static void
a_killed_writer_loses_nothing_it_reported(void **state)
{
	struct rsp_ctx *c = fresh_ctx(state);
	unsigned round;

	for (round = 0; round < 8; round++) {
		char *path = path_of(c, "killed"), line[16];
		struct image *i = NULL;
		unsigned told = 0, n;
		int pipes[2];
		pid_t child;
		FILE *in;

		assert_int_equal(pipe(pipes), 0);
		child = fork();
		if (child == 0)
			commit_for_ever(c, path, pipes[1]);
		close(pipes[1]);
		in = fdopen(pipes[0], "r");
		for (n = 0; n < 5 + 10 * round && fgets(line, sizeof(line), in); n++)
			told = (unsigned)atoi(line);
		kill(child, SIGKILL);
		while (fgets(line, sizeof(line), in))
			told = strchr(line, '\n') ? (unsigned)atoi(line) : told;
		fclose(in);
		assert_int_equal(waitpid(child, NULL, 0), child);
		assert_status(image_open(c, path, &i), RSP_OK);
		assert_true(told >= 5);
		assert_true(holds(i, "a", rsp_sprintf(c, "%u", told)) || holds(i, "a", rsp_sprintf(c, "%u", told + 1)));
		image_close(i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_cut_anywhere_is_the_last_whole_commit),
		cmocka_unit_test(a_torn_image_goes_on),
		cmocka_unit_test(a_changed_octet_is_found),
		cmocka_unit_test(one_opener_at_a_time),
		cmocka_unit_test(a_long_log_is_compacted),
		cmocka_unit_test(an_opener_never_gets_a_file_that_was_replaced),
		cmocka_unit_test(a_new_image_is_its_makers),
		cmocka_unit_test(compaction_replaces_only_its_own_file),
		cmocka_unit_test(a_killed_writer_loses_nothing_it_reported),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
