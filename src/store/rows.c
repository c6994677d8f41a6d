// SPDX-License-Identifier: BSD-2-Clause
#include "store/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "crypto/crypto.h"
#include "tlv/tlv.h"

/* Two octets each: 9F01 and up. One octet would run out at 30. */
#define FIELD_TAG(t) (0x9F00u | (t))

void
fields_write(struct buf *b, const struct field *f, size_t n, const void *from)
{
	const uint8_t *base = from, *p;
	uint32_t small, used;
	uint64_t large;
	size_t i;

	for (i = 0; i < n; i++) {
		p = base + f[i].offset;
		if (f[i].kind == FIELD_OCTETS) {
			tlv_add(b, FIELD_TAG(f[i].tag), bytes_of(p, f[i].size));
		} else if (f[i].kind == FIELD_PART) {
			memcpy(&used, base + f[i].used, sizeof(used));
			tlv_add(b, FIELD_TAG(f[i].tag), bytes_of(p, used <= f[i].size ? used : 0));
		} else if (f[i].kind == FIELD_TEXT) {
			tlv_add_str(b, FIELD_TAG(f[i].tag), (const char *)p);
		} else if (f[i].kind == FIELD_FLAG) {
			tlv_add_uint(b, FIELD_TAG(f[i].tag), *p != 0);
		} else if (f[i].size == sizeof(small)) {
			memcpy(&small, p, sizeof(small));
			tlv_add_uint(b, FIELD_TAG(f[i].tag), small);
		} else {
			memcpy(&large, p, sizeof(large));
			tlv_add_uint(b, FIELD_TAG(f[i].tag), large);
		}
	}
}

static bool
read_number(const struct field *f, struct bytes v, uint8_t *p)
{
	uint64_t n = 0;
	uint32_t small;

	if (tlv_uint(v, &n) != RSP_OK)
		return false;
	small = (uint32_t)n;
	if (f->kind == FIELD_FLAG)
		*p = n != 0;
	else if (f->size == sizeof(small))
		memcpy(p, &small, sizeof(small));
	else
		memcpy(p, &n, sizeof(n));
	return true;
}

static bool
read_field(const struct field *f, struct bytes v, uint8_t *base)
{
	uint8_t *p = base + f->offset;
	uint32_t used = (uint32_t)v.n;

	switch (f->kind) {
	case FIELD_OCTETS:
		if (v.n != f->size)
			return false;
		break;
	case FIELD_PART:
		if (v.n > f->size)
			return false;
		memcpy(base + f->used, &used, sizeof(used));
		break;
	case FIELD_TEXT:
		if (v.n >= f->size)
			return false;
		p[v.n] = '\0';
		break;
	case FIELD_NUMBER:
	case FIELD_FLAG:
		return read_number(f, v, p);
	}
	if (v.n)
		memcpy(p, v.p, v.n);
	return true;
}

/* Tags rise, so that the next field is usually the next in the table. */
bool
fields_read(struct bytes in, const struct field *f, size_t n, void *to)
{
	struct tlv t;
	size_t i, k = 0;

	while (in.n) {
		if (tlv_next(&in, &t) != RSP_OK)
			return false;
		for (i = 0; i < n; i++, k = (k + 1) % n)
			if (FIELD_TAG(f[k].tag) == t.tag)
				break;
		if (i < n && !read_field(&f[k], t.value, to))
			return false;
	}
	return true;
}

enum rsp_status
store_tag(struct rsp_ctx *c, const struct store_key *k, const char *kind, struct bytes value, uint8_t tag[32])
{
	const struct bytes parts[3] = {bytes_of_str(kind), bytes_of("|", 1), value};

	return hmac_sha256(c, BYTES_OF(k->find), parts, 3, tag);
}

/* A name is as durable as its folder. */
static void
sync_folder(struct rsp_ctx *c, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *folder = slash ? rsp_sprintf(c, "%.*s", (int)(slash - path + 1), path) : ".";
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

/* Under its name it is whole, or not there: a process may be killed meanwhile, and another one may be making it. */
static enum rsp_status
write_key(struct rsp_ctx *c, const char *path, struct bytes key)
{
	char *unfinished = rsp_sprintf(c, "%s.XXXXXX", path);
	int fd = unfinished ? mkostemp(unfinished, O_CLOEXEC) : -1, why;
	bool good = fd >= 0 && file_write_all(fd, key) && fsync(fd) == 0 && link(unfinished, path) == 0;

	why = errno;
	if (fd >= 0) {
		close(fd);
		unlink(unfinished);
	}
	if (!good)
		return rsp_fail(c, why == EEXIST ? RSP_CONFLICT : RSP_IO, "%s: cannot write: %s", path, strerror(why));
	sync_folder(c, path);
	return RSP_OK;
}

static enum rsp_status
make_key(struct rsp_ctx *c, const char *path, struct store_key *k)
{
	uint8_t both[64];
	enum rsp_status st = crypto_random(c, both, sizeof(both));

	if (st != RSP_OK)
		return st;
	memcpy(k->seal, both, 32);
	memcpy(k->find, both + 32, 32);
	if (path)
		st = write_key(c, path, BYTES_OF(both));
	explicit_bzero(both, sizeof(both));
	return st;
}

static enum rsp_status
read_key(struct rsp_ctx *c, const char *path, struct store_key *out, bool *found)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t both[64];
	ssize_t n;

	*found = fd >= 0;
	if (fd < 0)
		return errno == ENOENT ? RSP_OK : rsp_fail(c, RSP_IO, "%s: cannot read: %s", path, strerror(errno));
	n = read(fd, both, sizeof(both));
	close(fd);
	if (n != (ssize_t)sizeof(both))
		return rsp_fail(c, RSP_IO, "%s: is not a store's key", path);
	memcpy(out->seal, both, 32);
	memcpy(out->find, both + 32, 32);
	explicit_bzero(both, sizeof(both));
	return RSP_OK;
}

enum rsp_status
store_key_open(struct rsp_ctx *c, const char *path, struct store_key *out)
{
	bool found = false;
	enum rsp_status st = path ? read_key(c, path, out, &found) : RSP_OK;

	if (st != RSP_OK || found)
		return st;
	st = make_key(c, path, out);
	if (st != RSP_CONFLICT)
		return st;
	/* Another process has just made it. */
	st = read_key(c, path, out, &found);
	return st == RSP_OK && !found ? rsp_fail(c, RSP_IO, "%s: is a name without a file", path) : st;
}
