// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the tests of DER messages share. A message is written down as a tree, "BF2B{A0{80=07}}": a tag with members in braces or with its value
 * behind "=", all in hex, blanks anywhere. An echo function reads a message and writes it again from the members it has read.
 */
#ifndef TESTS_UNIT_CODEC_MESSAGE_H
#define TESTS_UNIT_CODEC_MESSAGE_H

#include "support/test.h"

#include "base/hex.h"
#include "tlv/tlv.h"

typedef enum rsp_status (*echo_fn)(struct rsp_ctx *c, struct bytes der, struct buf *b);

struct message { const char *name; echo_fn echo; const char *tree; };

#define X16 "000102030405060708090A0B0C0D0E0F"
#define X32 X16 X16
#define X64 X32 X32
#define TXID "80=" X16
#define SIGNATURE "5F37=" X64
#define OTPK "5F49=04" X64
#define ICCID "5A=98001032547698103214"
#define HOST "736D64702E6578616D706C652E636F6D"
/* Of the right type, and nothing more: the smallest certificate there is. */
#define CERTIFICATE \
	"30{30{A0{02=02} 02=01 30{06=2A8648CE3D040302} 30{} 30{17=3230303130313030303030305A 17=3330303130313030303030305A} 30{}" \
	"30{30{06=2A8648CE3D0201 06=2A8648CE3D030107} 03=0004}} 30{06=2A8648CE3D040302} 03=0030}"

/* An echo function: `write` makes b of v, the struct that was read. A failed read must have left it alone. */
#define ECHO(name, type, read, write) \
	static enum rsp_status \
	name(struct rsp_ctx *c, struct bytes der, struct buf *b) \
	{ \
		type v; \
		uint8_t before[sizeof(v)]; \
		enum rsp_status st; \
\
		memset(before, 0xA5, sizeof(v)); \
		memcpy(&v, before, sizeof(v)); \
		st = read(c, der, &v); \
		if (st != RSP_OK) { \
			assert_memory_equal(&v, before, sizeof(v)); \
			assert_int_equal(c->error.status, st); \
			assert_true(c->error.text[0]); \
			return st; \
		} \
		write; \
		return RSP_OK; \
	}

static inline void
add_tree(struct buf *b, const char **text)
{
	char digits[8] = "";
	size_t n, mark;

	for (n = 0; **text && **text != '{' && **text != '='; ++*text)
		if (**text != ' ')
			digits[n++ & 7] = **text;
	mark = tlv_open(b, (uint32_t)strtoul(digits, NULL, 16));
	if (*(*text)++ == '{') {
		for (;;) {
			*text += strspn(*text, " ");
			if (**text == '}')
				break;
			add_tree(b, text);
		}
		++*text;
	} else {
		/* a value ends where the next tag or the end of the list stands, and a blank stands before a tag */
		for (; hex_digit(**text) >= 0; *text += 2)
			buf_u8(b, (unsigned)(hex_digit((*text)[0]) << 4 | hex_digit((*text)[1])));
	}
	tlv_close(b, mark);
}

static inline struct bytes
tree(struct rsp_ctx *c, const char *text)
{
	struct buf b = BUF_INIT;
	struct bytes out;

	add_tree(&b, &text);
	assert_int_equal(text[strspn(text, " ")], 0);
	assert_status(buf_finish(&b, c, &out), RSP_OK);
	return out;
}

/* From memory of exactly this size, so that reading past the end shows. */
static inline enum rsp_status
echo_exactly(struct rsp_ctx *c, const struct message *m, struct bytes der, struct buf *b)
{
	uint8_t *p = malloc(der.n ? der.n : 1);
	enum rsp_status st;

	assert_non_null(p);
	if (der.n)
		memcpy(p, der.p, der.n);
	st = m->echo(c, bytes_of(p, der.n), b);
	free(p);
	return st;
}

static inline void
assert_verdict(struct rsp_ctx *c, const struct message *m, struct bytes der, enum rsp_status want)
{
	struct buf b = BUF_INIT;
	enum rsp_status st = echo_exactly(c, m, der, &b);

	buf_free(&b);
	if (st != want)
		fail_msg("%s: want %s, have %s: %s", m->name, rsp_status_name(want), rsp_status_name(st), c->error.text);
}

/* What was read is all that was there. */
static inline void
assert_round_trip(struct rsp_ctx *c, const struct message *m)
{
	struct bytes want = tree(c, m->tree);
	struct buf b = BUF_INIT;

	if (echo_exactly(c, m, want, &b) != RSP_OK)
		fail_msg("%s: %s", m->name, c->error.text);
	if (!bytes_equal(buf_bytes(&b), want))
		fail_msg("%s: want %s\nhave %s", m->name, hex_of(c, want), hex_of(c, buf_bytes(&b)));
	buf_free(&b);
}

static inline void
assert_cuts_are_malformed(struct rsp_ctx *c, const struct message *m)
{
	uint8_t whole[2048];
	struct bytes der = tree(c, m->tree);
	size_t n = der.n, i;

	assert_true(n < sizeof(whole));
	memcpy(whole, der.p, n);
	for (i = 0; i < n; i++) {
		assert_verdict(c, m, bytes_of(whole, i), RSP_MALFORMED);
		rsp_ctx_reset(c);
	}
	whole[n] = 0;
	assert_verdict(c, m, bytes_of(whole, n + 1), RSP_MALFORMED);
	rsp_ctx_reset(c);
}

/* A flipped octet gives another value or none; REFUSED is an answer that has become an error. */
static inline void
assert_flips_are_told(struct rsp_ctx *c, const struct message *m)
{
	static const uint8_t masks[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF};
	uint8_t whole[2048];
	struct bytes der = tree(c, m->tree);
	size_t n = der.n, i;

	assert_true(n < sizeof(whole));
	memcpy(whole, der.p, n);
	for (i = 0; i < n * sizeof(masks); i++) {
		size_t at = i / sizeof(masks);
		struct buf b = BUF_INIT;
		enum rsp_status st;

		whole[at] ^= masks[i % sizeof(masks)];
		st = echo_exactly(c, m, bytes_of(whole, n), &b);
		if (st != RSP_OK && st != RSP_MALFORMED && st != RSP_LIMIT && st != RSP_REFUSED)
			fail_msg("%s, octet %zu: %s", m->name, at, rsp_status_name(st));
		buf_free(&b);
		whole[at] ^= masks[i % sizeof(masks)];
		rsp_ctx_reset(c);
	}
}

/* Each of these members, wherever it stands, put in another size or as no text. */
static inline void
assert_sizes_matter(struct rsp_ctx *c, const struct message *m)
{
	static const struct { const char *part, *wrong; } rows[] = {
		{TXID, "80="}, {TXID, TXID "00"}, {SIGNATURE, "5F37=" X32}, {SIGNATURE, SIGNATURE "00"}, {OTPK, "5F49=" X64}, {OTPK, OTPK "00"},
		{ICCID, "5A=98"}, {ICCID, ICCID "00"}, {"84=" X16, "84="}, {"84=" X16, "84=" X16 "00"},
		{"80=" HOST, "80=FF"}, {"81=" HOST, "81=C0AF"}, {"83=" HOST, "83=EDA080"}, {"0C=" HOST, "0C=E282"},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		const char *at;

		for (at = strstr(m->tree, row->part); at; at = strstr(at + 1, row->part)) {
			const char *changed = rsp_sprintf(c, "%.*s%s%s", (int)(at - m->tree), m->tree, row->wrong, at + strlen(row->part));

			if (m->echo(c, tree(c, changed), &(struct buf){NULL, 0, 0, false}) != RSP_MALFORMED)
				fail_msg("%s: taken with %s", m->name, row->wrong);
		}
	}
}

#define EACH_MESSAGE(state, rows, check) \
	do { \
		const struct message *row; \
		FOR_EACH_ROW(rows, row) \
			check(fresh_ctx(state), row); \
	} while (0)
/* The same for rows that a reader must answer with this status. */
#define EACH_VERDICT(state, rows, want) \
	do { \
		const struct message *row; \
		FOR_EACH_ROW(rows, row) { \
			struct rsp_ctx *ctx = fresh_ctx(state); \
			assert_verdict(ctx, row, tree(ctx, row->tree), want); \
		} \
	} while (0)

#endif
