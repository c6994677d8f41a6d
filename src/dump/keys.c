// SPDX-License-Identifier: BSD-2-Clause
/* The keys of a Bound Profile Package as a file: "NAME = HEX", a line each. */
#include "dump/impl.h"

#include "base/hex.h"

static const struct { const char *name; size_t offset, n; } names[] = {
	{"S-ENC", offsetof(struct dump_keys, s_enc), 16}, {"S-MAC", offsetof(struct dump_keys, s_mac), 16}, {"MCV", offsetof(struct dump_keys, mcv), 16},
	{"otSK.DP", offsetof(struct dump_keys, otsk_dp), 32}, {"otPK.EUICC", offsetof(struct dump_keys, otpk_euicc), 65},
	{"EID", offsetof(struct dump_keys, eid), 16},
};

static enum rsp_status
read_line(struct rsp_ctx *c, struct bytes line, unsigned number, struct dump_keys *out)
{
	const uint8_t *equals = memchr(line.p, '=', line.n);
	struct bytes name, value;
	size_t i;

	if (!equals)
		return rsp_fail(c, RSP_MALFORMED, "keys: line %u: want NAME = HEX", number);
	name = dump_trim(bytes_slice(line, 0, (size_t)(equals - line.p)));
	value = dump_trim(bytes_from(line, (size_t)(equals - line.p) + 1));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct bytes *to = (struct bytes *)(void *)((char *)out + names[i].offset);

		if (!bytes_equal_nocase(name, bytes_of_str(names[i].name)))
			continue;
		if (hex_read(c, value, to) != RSP_OK || to->n != names[i].n)
			return rsp_fail(c, RSP_MALFORMED, "keys: line %u: want %zu octets of %s in hex", number, names[i].n, names[i].name);
		return RSP_OK;
	}
	return rsp_fail(c, RSP_MALFORMED, "keys: line %u: want S-ENC, S-MAC, MCV, otSK.DP, otPK.EUICC or EID", number);
}

enum rsp_status
dump_keys_read(struct rsp_ctx *c, struct bytes text, struct dump_keys *out)
{
	struct dump_keys k = {0};
	unsigned number = 0;

	while (text.n) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		struct bytes line = dump_trim(bytes_slice(text, 0, end ? (size_t)(end - text.p) : text.n));
		enum rsp_status st = RSP_OK;

		text = end ? bytes_from(text, (size_t)(end - text.p) + 1) : BYTES_NONE;
		number++;
		if (line.n && line.p[0] != '#')
			st = read_line(c, line, number, &k);
		if (st != RSP_OK)
			return st;
	}
	if (!(k.s_enc.p && k.s_mac.p && k.mcv.p) && !(k.otsk_dp.p && k.otpk_euicc.p && k.eid.p))
		return rsp_fail(c, RSP_MALFORMED, "keys: want S-ENC, S-MAC and MCV, or otSK.DP, otPK.EUICC and EID");
	*out = k;
	return RSP_OK;
}
