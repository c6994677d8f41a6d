// SPDX-License-Identifier: BSD-2-Clause
#include "image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/file.h"
#include "image/index.h"

/*
 * The file: a header of 16 octets, then records {u32 length, u32 its complement, payload, u32 CRC-32 of the payload}.
 * The payload: u64 number of the commit, then changes {u8 key length, key, u32 value length or FFFFFFFF for a deletion, value}.
 */
static const char magic[] = "ESIMLAB CARD 1\n";
#define HEADER sizeof(magic)
#define PREFIX 8
#define SUFFIX 4
#define DELETED 0xFFFFFFFFu
#define COMPACT_FROM (256u * 1024)

struct image {
	struct index index;
	struct nvm nvm;
	char *path;          /* NULL: in memory */
	int fd;
	bool sync, readonly;
	uint64_t commits;
	off_t end;           /* of the last whole record */
};

/* ---- the port ---- */

static bool
nvm_get(void *self, struct bytes key, struct bytes *value)
{
	struct image *i = self;
	bool found;
	size_t at = index_find(&i->index, key, &found);

	if (found)
		*value = cell_value(i->index.e[at]);
	return found;
}

static enum rsp_status
nvm_put(void *self, struct rsp_ctx *c, struct bytes key, struct bytes value)
{
	struct image *i = self;

	if (i->readonly)
		return rsp_fail(c, RSP_STATE, "the card's image is open for reading only");
	if (key.n == 0 || key.n > NVM_KEY_MAX || value.n > NVM_VALUE_MAX)
		return rsp_fail(c, RSP_LIMIT, "card memory: a key of %zu and a value of %zu octets are too large", key.n, value.n);
	if (!value.p)
		value = bytes_of("", 0);
	return index_set(&i->index, key, value, false) ? RSP_OK : rsp_fail(c, RSP_NOMEM, "no memory for the card");
}

static enum rsp_status
nvm_del(void *self, struct rsp_ctx *c, struct bytes key)
{
	struct image *i = self;

	if (i->readonly)
		return rsp_fail(c, RSP_STATE, "the card's image is open for reading only");
	return index_set(&i->index, key, BYTES_NONE, false) ? RSP_OK : rsp_fail(c, RSP_NOMEM, "no memory for the card");
}

static void
nvm_each(void *self, struct bytes prefix, bool (*fn)(void *arg, struct bytes key, struct bytes value), void *arg)
{
	struct image *i = self;
	bool found;
	size_t at = index_find(&i->index, prefix, &found);

	for (; at < i->index.n && bytes_starts_with(cell_key(i->index.e[at]), prefix); at++)
		if (!fn(arg, cell_key(i->index.e[at]), cell_value(i->index.e[at])))
			return;
}

static size_t
nvm_used(void *self)
{
	return ((struct image *)self)->index.used;
}

/* ---- records ---- */

static void
add_change(struct buf *b, struct bytes key, struct bytes value)
{
	buf_u8(b, (unsigned)key.n);
	buf_add(b, key);
	buf_u32(b, value.p ? (uint32_t)value.n : DELETED);
	buf_add(b, value);
}

static void
seal_record(struct buf *b, size_t from)
{
	uint32_t n = (uint32_t)(b->n - from - PREFIX);
	uint8_t *p = b->p + from;
	unsigned i;

	if (b->bad)
		return;
	for (i = 0; i < 4; i++) {
		p[i] = (uint8_t)(n >> (24 - 8 * i));
		p[4 + i] = (uint8_t)~p[i];
	}
	buf_u32(b, (uint32_t)crc32(0, p + PREFIX, n));
}

/* The open transaction as one record; a key changed twice is written once, as it is now. */
static void
write_record(struct image *i, struct buf *b)
{
	size_t from = b->n, k;

	buf_u64(b, 0);
	buf_u64(b, i->commits + 1);
	for (k = 0; k < i->index.n_undo; k++) {
		bool found;
		struct bytes key = cell_key(i->index.undo[k].key);
		size_t at = index_find(&i->index, key, &found);

		add_change(b, key, found ? cell_value(i->index.e[at]) : BYTES_NONE);
	}
	seal_record(b, from);
}

static enum rsp_status
append_record(struct image *i, struct rsp_ctx *c)
{
	struct buf b = BUF_INIT;
	bool good;

	write_record(i, &b);
	good = !b.bad && file_write_all(i->fd, buf_bytes(&b)) && (!i->sync || fdatasync(i->fd) == 0);
	if (good) {
		i->end += (off_t)b.n;
	} else {
		(void)rsp_fail(c, RSP_IO, "%s: cannot write: %s", i->path, strerror(errno));
		if (ftruncate(i->fd, i->end) == 0)
			lseek(i->fd, i->end, SEEK_SET);
	}
	buf_free(&b);
	return good ? RSP_OK : RSP_IO;
}

static void
nvm_abort(void *self)
{
	index_roll_back(&((struct image *)self)->index);
}

static enum rsp_status
nvm_commit(void *self, struct rsp_ctx *c)
{
	struct image *i = self;
	enum rsp_status st = RSP_OK;

	if (i->index.n_undo == 0)
		return RSP_OK;
	if (i->path)
		st = append_record(i, c);
	if (st != RSP_OK) {
		index_roll_back(&i->index);
		return st;
	}
	i->commits++;
	index_forget_undo(&i->index);
	return RSP_OK;
}

/* ---- opening ---- */

static struct image *
image_new(const char *path)
{
	struct image *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->fd = -1;
	i->sync = true;
	i->path = path ? strdup(path) : NULL;
	i->nvm = (struct nvm){i, nvm_get, nvm_put, nvm_del, nvm_each, nvm_commit, nvm_abort, nvm_used};
	return i;
}

static void
image_drop(struct image *i)
{
	if (!i)
		return;
	index_free(&i->index);
	if (i->fd >= 0)
		close(i->fd);
	free(i->path);
	free(i);
}

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool
apply_changes(struct image *i, struct bytes p)
{
	while (p.n) {
		size_t key_n = p.p[0], value_n;
		struct bytes key = bytes_slice(p, 1, key_n), value = BYTES_NONE;
		uint32_t n;

		if (p.n < 1 + key_n + 4)
			return false;
		n = be32(p.p + 1 + key_n);
		value_n = n == DELETED ? 0 : n;
		if (p.n - 5 - key_n < value_n)
			return false;
		if (n != DELETED)
			value = bytes_of(p.p + 5 + key_n, value_n);
		if (!index_set(&i->index, key, value, true))
			return false;
		p = bytes_from(p, 5 + key_n + value_n);
	}
	return true;
}

static bool
all_zero(struct bytes b)
{
	size_t i;

	for (i = 0; i < b.n; i++)
		if (b.p[i])
			return false;
	return true;
}

/*
 * One record off the front: 1 taken, 0 an unfinished end (dropped), -1 damage. A crash leaves a short last record or zeros; anything else
 * that does not fit was changed afterwards.
 */
static int
take_record(struct image *i, struct bytes *rest)
{
	uint32_t n;
	struct bytes payload;

	if (rest->n < PREFIX || all_zero(*rest))
		return 0;
	n = be32(rest->p);
	if (n != ~be32(rest->p + 4) || n < 8)
		return -1;
	if (rest->n - PREFIX < (size_t)n + SUFFIX)
		return 0;
	payload = bytes_slice(*rest, PREFIX, n);
	if ((uint32_t)crc32(0, payload.p, n) != be32(rest->p + PREFIX + n))
		return rest->n == PREFIX + (size_t)n + SUFFIX ? 0 : -1;
	if (!apply_changes(i, bytes_from(payload, 8)))
		return -1;
	i->commits++;
	*rest = bytes_from(*rest, PREFIX + (size_t)n + SUFFIX);
	return 1;
}

static enum rsp_status
read_log(struct rsp_ctx *c, struct image *i)
{
	struct stat info;
	struct bytes rest, whole;
	uint8_t *p;
	int r;

	if (fstat(i->fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > 1 << 30)
		return rsp_fail(c, RSP_MALFORMED, "%s: is not a card image", i->path);
	p = malloc((size_t)info.st_size + 1);
	if (!p)
		return rsp_fail(c, RSP_NOMEM, "%s: no memory to read it", i->path);
	whole = bytes_of(p, (size_t)info.st_size);
	if (pread(i->fd, p, whole.n, 0) != (ssize_t)whole.n || whole.n < HEADER || memcmp(p, magic, HEADER) != 0) {
		free(p);
		return rsp_fail(c, RSP_MALFORMED, "%s: is not a card image (want '%.12s' first)", i->path, magic);
	}
	rest = bytes_from(whole, HEADER);
	while ((r = take_record(i, &rest)) > 0)
		;
	i->end = (off_t)(whole.n - rest.n);
	explicit_bzero(p, whole.n);
	free(p);
	if (r < 0)
		return rsp_fail(c, RSP_MALFORMED, "%s: damaged at octet %lld, before its last commit", i->path, (long long)i->end);
	if (!i->readonly && (ftruncate(i->fd, i->end) != 0 || lseek(i->fd, i->end, SEEK_SET) != i->end))
		return rsp_fail(c, RSP_IO, "%s: cannot write: %s", i->path, strerror(errno));
	return RSP_OK;
}

/* Does the path still lead to the file that is open? Compaction puts another in its place. */
static bool
still_there(const struct image *i)
{
	struct stat ours, named;

	return fstat(i->fd, &ours) == 0 && stat(i->path, &named) == 0 && ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

/*
 * The lock is on a file, not on a name: a file that was replaced between open and lock is let go, and the new one is tried. A new file is
 * its maker's: whoever locks it sooner finds it empty and lets it go.
 */
static enum rsp_status
open_locked(struct rsp_ctx *c, struct image *i, int flags)
{
	for (;;) {
		i->fd = open(i->path, flags | O_CLOEXEC, 0600);
		if (i->fd < 0)
			return rsp_fail(c, errno == EEXIST ? RSP_STATE : RSP_IO, "%s: cannot %s: %s", i->path, flags & O_CREAT ? "make" : "open",
				strerror(errno));
		if (i->readonly)
			return RSP_OK;
		if (flock(i->fd, flags & O_CREAT ? LOCK_EX : LOCK_EX | LOCK_NB) != 0)
			return rsp_fail(c, RSP_STATE, "%s: another process has this card", i->path);
		if (still_there(i))
			return RSP_OK;
		close(i->fd);
	}
}

/* A new or renamed file is only there after a crash when its folder says so; not every file system can be asked. */
static void
sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		(void)fsync(fd);
		close(fd);
	}
	free(folder);
}

static enum rsp_status
image_start(struct rsp_ctx *c, const char *path, int flags, struct image **out)
{
	struct image *i = image_new(path);
	enum rsp_status st;

	if (!i || (path && !i->path)) {
		image_drop(i);
		return rsp_fail(c, RSP_NOMEM, "no memory for a card");
	}
	i->readonly = flags == O_RDONLY;
	st = path ? open_locked(c, i, flags) : RSP_OK;
	if (st == RSP_OK && flags & O_CREAT) {
		i->end = HEADER;
		if (!file_write_all(i->fd, bytes_of(magic, HEADER)) || fsync(i->fd) != 0)
			st = rsp_fail(c, RSP_IO, "%s: cannot write: %s", path, strerror(errno));
		sync_folder(path);
	} else if (st == RSP_OK && path) {
		st = read_log(c, i);
	}
	if (st == RSP_OK)
		*out = i;
	else
		image_drop(i);
	return st;
}

enum rsp_status
image_create(struct rsp_ctx *c, const char *path, struct image **out)
{
	return image_start(c, path, O_RDWR | O_CREAT | O_EXCL, out);
}

enum rsp_status
image_open(struct rsp_ctx *c, const char *path, struct image **out)
{
	return image_start(c, path, O_RDWR, out);
}

enum rsp_status
image_open_readonly(struct rsp_ctx *c, const char *path, struct image **out)
{
	return image_start(c, path, O_RDONLY, out);
}

enum rsp_status
image_memory(struct rsp_ctx *c, struct image **out)
{
	return image_start(c, NULL, O_RDWR, out);
}

void
image_set_sync(struct image *i, bool on)
{
	i->sync = on;
}

struct nvm *
image_nvm(struct image *i)
{
	return &i->nvm;
}

static void
write_compacted(struct image *i, struct buf *b)
{
	size_t k;

	buf_add(b, bytes_of(magic, HEADER));
	buf_u64(b, 0);
	buf_u64(b, i->commits);
	for (k = 0; k < i->index.n; k++)
		add_change(b, cell_key(i->index.e[k]), cell_value(i->index.e[k]));
	seal_record(b, HEADER);
}

/* A whole file on the disk under this name, or none. */
static bool
write_file(const char *path, struct bytes content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool good = fd >= 0 && file_write_all(fd, content) && fsync(fd) == 0;

	if (fd >= 0 && close(fd) != 0)
		good = false;
	if (fd >= 0 && !good)
		unlink(path);
	return good;
}

/* All live values as the only record of a new file that takes the old one's place, behind a symbolic link too. */
static void
compact(struct image *i)
{
	char *target = still_there(i) ? realpath(i->path, NULL) : NULL, path[4096];
	struct buf b = BUF_INIT;

	if (target && snprintf(path, sizeof(path), "%s.new", target) < (int)sizeof(path)) {
		write_compacted(i, &b);
		if (b.bad || !write_file(path, buf_bytes(&b)))
			;
		else if (rename(path, target) == 0)
			sync_folder(target);
		else
			unlink(path);
	}
	buf_free(&b);
	free(target);
}

void
image_close(struct image *i)
{
	if (!i)
		return;
	index_roll_back(&i->index);
	if (i->path && !i->readonly && (size_t)i->end > COMPACT_FROM && (size_t)i->end / 3 > i->index.used)
		compact(i);
	image_drop(i);
}
