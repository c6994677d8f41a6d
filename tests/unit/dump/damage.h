// SPDX-License-Identifier: BSD-2-Clause
/* An input cut at every octet, and with each octet changed. */
#ifndef TESTS_UNIT_DUMP_DAMAGE_H
#define TESTS_UNIT_DUMP_DAMAGE_H

#include "unit/dump/fixture.h"

/* A context of its own, so that nothing of one run stays for the next. */
static inline void
one(struct rsp_ctx *own, const struct dump_options *o, struct bytes in)
{
	struct buf b = BUF_INIT;
	struct json_out j = JSON_OUT(&b);
	struct dump d;

	assert_status(dump_any(own, o, in, &d), RSP_OK);
	assert_non_null(d.root->child);
	dump_text(&d, &b);
	assert_true(b.n > 0);
	dump_json(&d, &j);
	assert_false(b.bad);
	buf_free(&b);
	rsp_ctx_reset(own);
}

static inline void
damage_with(struct rsp_ctx *c, const struct dump_options *o, struct bytes in, size_t step)
{
	struct rsp_ctx own;
	uint8_t *copy = malloc(in.n + 1);
	size_t i;

	assert_non_null(copy);
	assert_status(rsp_ctx_init(&own, c->crypto, TEST_NOW), RSP_OK);
	for (i = 0; i < in.n; i += step) {
		/* Exactly as large as what is read, so that a sanitizer sees one octet too many. */
		uint8_t *cut = malloc(i + 1);

		memcpy(cut, in.p, i);
		one(&own, o, bytes_of(cut, i));
		free(cut);
		memcpy(copy, in.p, in.n);
		copy[i] ^= (uint8_t)(i % 3 == 0 ? 0xFF : i % 3 == 1 ? 0x01 : 0x80);
		one(&own, o, bytes_of(copy, in.n));
	}
	free(copy);
	rsp_ctx_free(&own);
}

static inline void
damage(struct rsp_ctx *c, struct bytes in, size_t step)
{
	static const struct dump_options o;

	damage_with(c, &o, in, step);
}

#endif
