// SPDX-License-Identifier: BSD-2-Clause
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
buf_free(struct buf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->cap);
	free(b->p);
	*b = BUF_INIT;
}

void
buf_reset(struct buf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->n);
	b->n = 0;
	b->bad = false;
}

/* realloc would leave the old octets behind unwiped. */
static bool
grow(struct buf *b, size_t want)
{
	size_t cap = b->cap ? b->cap : 64;
	uint8_t *p;

	while (cap < want) {
		if (cap > SIZE_MAX / 2)
			return false;
		cap *= 2;
	}
	p = malloc(cap);
	if (!p)
		return false;
	if (b->p) {
		memcpy(p, b->p, b->n);
		explicit_bzero(b->p, b->cap);
		free(b->p);
	}
	b->p = p;
	b->cap = cap;
	return true;
}

void
buf_reserve(struct buf *b, size_t n)
{
	if (b->bad || n > SIZE_MAX - b->n || ((b->n + n > b->cap || !b->p) && !grow(b, b->n + n)))
		b->bad = true;
}

uint8_t *
buf_extend(struct buf *b, size_t n)
{
	buf_reserve(b, n);
	if (b->bad)
		return NULL;
	b->n += n;
	return b->p + (b->n - n);
}

void
buf_add(struct buf *b, struct bytes s)
{
	uint8_t *p = buf_extend(b, s.n);

	if (p && s.n)
		memcpy(p, s.p, s.n);
}

void
buf_u8(struct buf *b, unsigned v)
{
	uint8_t *p = buf_extend(b, 1);

	if (p)
		*p = (uint8_t)v;
}

void
buf_u16(struct buf *b, unsigned v)
{
	buf_u8(b, v >> 8 & 0xFF);
	buf_u8(b, v & 0xFF);
}

void
buf_u32(struct buf *b, uint32_t v)
{
	buf_u16(b, v >> 16);
	buf_u16(b, v & 0xFFFF);
}

void
buf_u64(struct buf *b, uint64_t v)
{
	buf_u32(b, (uint32_t)(v >> 32));
	buf_u32(b, (uint32_t)v);
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, bytes_of_str(s));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	uint8_t *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !(p = buf_extend(b, (size_t)n + 1)))
		return;
	va_start(ap, fmt);
	vsnprintf((char *)p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->n--;
}

void
buf_insert(struct buf *b, size_t at, struct bytes s)
{
	size_t tail = b->n - at;

	if (!buf_extend(b, s.n) || !s.n)
		return;
	memmove(b->p + at + s.n, b->p + at, tail);
	memcpy(b->p + at, s.p, s.n);
}

void
buf_cut(struct buf *b, size_t n)
{
	if (n >= b->n)
		return;
	explicit_bzero(b->p + n, b->n - n);
	b->n = n;
}

struct bytes
buf_bytes(const struct buf *b)
{
	return bytes_of(b->p, b->n);
}

enum rsp_status
buf_finish(struct buf *b, struct rsp_ctx *c, struct bytes *out)
{
	struct bytes copy;
	bool bad = b->bad;

	copy = b->n ? rsp_copy(c, buf_bytes(b)) : bytes_of("", 0);
	buf_free(b);
	if (bad || !copy.p)
		return rsp_fail(c, RSP_NOMEM, "no memory for a result");
	*out = copy;
	return RSP_OK;
}
