// SPDX-License-Identifier: BSD-2-Clause
#include "codec/asn1.h"

#include <pthread.h>

#include "tlv/der_shape.h"

extern asn_TYPE_descriptor_t *asn_pdu_collection[];

#define SEEN_MAX 4096
struct seen { asn_TYPE_descriptor_t *td[SEEN_MAX]; size_t n; };

/* Generated code fills in its tables when a type is first used; doing that once, alone, makes it safe for threads. */
static void
warm(struct seen *seen, asn_TYPE_descriptor_t *td)
{
	size_t i;

	for (i = 0; i < seen->n; i++)
		if (seen->td[i] == td)
			return;
	if (seen->n == SEEN_MAX)
		return;
	seen->td[seen->n++] = td;
	td->free_struct(td, NULL, 1);
	for (i = 0; i < (size_t)td->elements_count; i++)
		if (td->elements[i].type)
			warm(seen, td->elements[i].type);
}

static void
warm_all(void)
{
	static struct seen seen;
	asn_TYPE_descriptor_t **td;

	for (td = asn_pdu_collection; *td; td++)
		warm(&seen, *td);
}

struct tree { asn_TYPE_descriptor_t *td; void *value; };

static void
free_tree(void *arg)
{
	struct tree *t = arg;

	if (t->value)
		t->td->free_struct(t->td, t->value, 0);
}

static enum rsp_status
shape(struct rsp_ctx *c, asn_TYPE_descriptor_t *td, struct bytes in)
{
	size_t at = 0;
	enum rsp_status st;

	if (in.n > CODEC_MAX)
		return rsp_fail(c, RSP_LIMIT, "%s: at most %u octets are taken, these are %zu", td->name, CODEC_MAX, in.n);
	st = der_shape(in, DER_SHAPE_DEPTH, DER_SHAPE_BUDGET, &at);
	if (st == RSP_OK)
		return st;
	return rsp_fail(c, st, "%s: %s at octet %zu", td->name, st == RSP_LIMIT ? "too deep or too many values" : "not DER", at);
}

enum rsp_status
codec_decode(struct rsp_ctx *c, asn_TYPE_descriptor_t *td, struct bytes in, void **out)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct tree *t = rsp_alloc(c, sizeof(*t));
	asn_dec_rval_t r;
	enum rsp_status st;

	if (!t)
		return RSP_NOMEM;
	if ((st = shape(c, td, in)) != RSP_OK)
		return st;
	pthread_once(&once, warm_all);
	t->td = td;
	if ((st = rsp_ctx_on_reset(c, free_tree, t)) != RSP_OK)
		return st;
	r = ber_decode(NULL, td, &t->value, in.p, in.n);
	if (r.code != RC_OK || r.consumed != in.n)
		return rsp_fail(c, RSP_MALFORMED, "%s: not a value of this type, from octet %zu of %zu", td->name, r.consumed, in.n);
	*out = t->value;
	return RSP_OK;
}

enum rsp_status
codec_accept(struct rsp_ctx *c, asn_TYPE_descriptor_t *td, struct bytes in)
{
	void *value;

	return codec_decode(c, td, in, &value);
}

static int
append(const void *p, size_t n, void *arg)
{
	struct buf *b = arg;

	buf_add(b, bytes_of(p, n));
	return b->bad ? -1 : 0;
}

enum rsp_status
codec_encode(struct rsp_ctx *c, asn_TYPE_descriptor_t *td, const void *value, struct buf *out)
{
	asn_enc_rval_t r = der_encode(td, (void *)(uintptr_t)value, append, out);

	if (r.encoded < 0)
		return rsp_fail(c, RSP_MALFORMED, "%s: member %s cannot be encoded", td->name, r.failed_type ? r.failed_type->name : "?");
	return RSP_OK;
}

bool
codec_is_canonical(struct rsp_ctx *c, asn_TYPE_descriptor_t *td, const void *value, struct bytes in)
{
	struct buf b = BUF_INIT;
	bool same = codec_encode(c, td, value, &b) == RSP_OK && !b.bad && bytes_equal(buf_bytes(&b), in);

	buf_free(&b);
	return same;
}
