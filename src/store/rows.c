// SPDX-License-Identifier: BSD-2-Clause
#include "store/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "tlv/tlv.h"

enum kind { OCTETS, TEXT, NUMBER, FLAG, TIME };

/* A number says nothing about its column's place: new members get new numbers, old rows keep being read. */
static const struct { uint8_t tag; enum kind kind; size_t offset, size; } fields[] = {
#define F(tag, kind, member) {tag, kind, offsetof(struct smdpp_order, member), sizeof(((struct smdpp_order *)0)->member)}
	F(1, OCTETS, iccid), F(2, NUMBER, state), F(3, TEXT, profile), F(4, TEXT, matching_id), F(5, FLAG, confirmed), F(6, FLAG, has_eid),
	F(7, OCTETS, eid), F(8, FLAG, cc_required), F(9, OCTETS, cc_hash), F(10, NUMBER, cc_tries), F(11, NUMBER, cc_limit),
	F(12, NUMBER, download_tries), F(13, NUMBER, download_limit), F(14, TIME, created), F(15, TIME, expires), F(16, TEXT, name),
	F(17, TEXT, provider), F(18, NUMBER, profile_class), F(19, NUMBER, ppr), F(20, TEXT, owner_mccmnc), F(21, NUMBER, card),
	F(22, TIME, card_seq), F(23, FLAG, has_card_seq), F(24, FLAG, bound), F(25, OCTETS, bound_transaction), F(26, NUMBER, bound_transaction_n),
	F(27, OCTETS, bound_eid), F(28, OCTETS, bound_point), F(29, NUMBER, bound_curve), F(30, TEXT, requester), F(31, TEXT, fault),
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/* One-octet private tags 81..9E would run out at 30: two octets, 9F01 and up. */
#define FIELD_TAG(t) (0x9F00u | (t))

static uint64_t
number_at(const uint8_t *p, size_t size)
{
	uint32_t small;
	uint64_t large;

	if (size == sizeof(small)) {
		memcpy(&small, p, size);
		return small;
	}
	memcpy(&large, p, sizeof(large));
	return large;
}

static void
write_order(struct buf *b, const struct smdpp_order *o)
{
	size_t i;

	for (i = 0; i < FIELDS; i++) {
		const uint8_t *p = (const uint8_t *)o + fields[i].offset;

		if (fields[i].kind == OCTETS)
			tlv_add(b, FIELD_TAG(fields[i].tag), bytes_of(p, fields[i].size));
		else if (fields[i].kind == TEXT)
			tlv_add_str(b, FIELD_TAG(fields[i].tag), (const char *)p);
		else if (fields[i].kind == FLAG)
			tlv_add_uint(b, FIELD_TAG(fields[i].tag), *(const bool *)(const void *)p);
		else
			tlv_add_uint(b, FIELD_TAG(fields[i].tag), number_at(p, fields[i].size));
	}
}

static bool
read_field(struct smdpp_order *o, size_t i, struct bytes v)
{
	uint8_t *p = (uint8_t *)o + fields[i].offset;
	uint64_t n = 0;
	uint32_t small;

	if (fields[i].kind == OCTETS) {
		if (v.n != fields[i].size)
			return false;
		memcpy(p, v.p, v.n);
		return true;
	}
	if (fields[i].kind == TEXT) {
		if (v.n >= fields[i].size)
			return false;
		memcpy(p, v.p, v.n);
		p[v.n] = '\0';
		return true;
	}
	if (tlv_uint(v, &n) != RSP_OK)
		return false;
	if (fields[i].kind == FLAG) {
		*(bool *)(void *)p = n != 0;
	} else if (fields[i].size == sizeof(small)) {
		small = (uint32_t)n;
		memcpy(p, &small, sizeof(small));
	} else {
		memcpy(p, &n, sizeof(n));
	}
	return true;
}

static bool
read_order(struct bytes in, struct smdpp_order *o)
{
	struct tlv t;
	size_t i;

	while (in.n) {
		if (tlv_next(&in, &t) != RSP_OK)
			return false;
		for (i = 0; i < FIELDS; i++)
			if (FIELD_TAG(fields[i].tag) == t.tag && !read_field(o, i, t.value))
				return false;
	}
	return o->state < ORDER_STATES;
}

enum rsp_status
order_seal(struct rsp_ctx *c, const struct store_key *k, const struct smdpp_order *o, struct bytes *out)
{
	struct buf b = BUF_INIT;
	enum rsp_status st;

	write_order(&b, o);
	st = b.bad ? rsp_fail(c, RSP_NOMEM, "no memory for an order") : aes_seal(c, k->seal, bytes_of_str("order"), buf_bytes(&b), out);
	buf_free(&b);
	return st;
}

enum rsp_status
order_unseal(struct rsp_ctx *c, const struct store_key *k, struct bytes sealed, struct smdpp_order *out)
{
	struct bytes plain;
	enum rsp_status st = aes_unseal(c, k->seal, bytes_of_str("order"), sealed, &plain);

	if (st != RSP_OK)
		return rsp_fail(c, RSP_IO, "the store's rows cannot be opened with its key");
	*out = (struct smdpp_order){0};
	return read_order(plain, out) ? RSP_OK : rsp_fail(c, RSP_IO, "a row of the store cannot be read");
}

enum rsp_status
store_tag(struct rsp_ctx *c, const struct store_key *k, const char *kind, struct bytes value, uint8_t tag[32])
{
	const struct bytes parts[3] = {bytes_of_str(kind), bytes_of("|", 1), value};

	return hmac_sha256(c, BYTES_OF(k->find), parts, 3, tag);
}

static enum rsp_status
make_key(struct rsp_ctx *c, const char *path, struct store_key *k)
{
	uint8_t both[64];
	enum rsp_status st = crypto_random(c, both, sizeof(both));
	int fd;

	if (st != RSP_OK)
		return st;
	memcpy(k->seal, both, 32);
	memcpy(k->find, both + 32, 32);
	if (!path)
		return RSP_OK;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return rsp_fail(c, errno == EEXIST ? RSP_CONFLICT : RSP_IO, "%s: cannot write: %s", path, strerror(errno));
	if (write(fd, both, sizeof(both)) != sizeof(both) || fsync(fd) != 0)
		st = rsp_fail(c, RSP_IO, "%s: cannot write: %s", path, strerror(errno));
	close(fd);
	explicit_bzero(both, sizeof(both));
	return st;
}

enum rsp_status
store_key_open(struct rsp_ctx *c, const char *path, struct store_key *out)
{
	uint8_t both[64];
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1, tries;
	ssize_t n = -1;

	if (fd < 0) {
		enum rsp_status st = make_key(c, path, out);

		/* Another process may be making it at this moment. */
		for (tries = 0; st == RSP_CONFLICT && tries < 50; tries++) {
			usleep(2000);
			st = store_key_open(c, path, out) == RSP_OK ? RSP_OK : RSP_CONFLICT;
		}
		return st;
	}
	n = read(fd, both, sizeof(both));
	close(fd);
	if (n != (ssize_t)sizeof(both))
		return rsp_fail(c, RSP_IO, "%s: is not a store's key", path);
	memcpy(out->seal, both, 32);
	memcpy(out->find, both + 32, 32);
	explicit_bzero(both, sizeof(both));
	return RSP_OK;
}
