// SPDX-License-Identifier: BSD-2-Clause
#include "base/arena.h"
#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>

struct rsp_cleanup {
	struct rsp_cleanup *next;
	void (*fn)(void *);
	void *arg;
};

enum rsp_status
rsp_ctx_init(struct rsp_ctx *c, struct crypto *crypto, int64_t now)
{
	struct arena *a = arena_new();

	if (!a)
		return RSP_NOMEM;
	*c = (struct rsp_ctx){.arena = a, .crypto = crypto, .now = now};
	return RSP_OK;
}

void
rsp_ctx_reset(struct rsp_ctx *c)
{
	struct rsp_cleanup *k;

	for (k = c->cleanups; k; k = k->next)
		k->fn(k->arg);
	c->cleanups = NULL;
	arena_reset(c->arena);
	c->error = (struct rsp_error){.status = RSP_OK};
}

void
rsp_ctx_free(struct rsp_ctx *c)
{
	if (!c->arena)
		return;
	rsp_ctx_reset(c);
	arena_free(c->arena);
	c->arena = NULL;
}

enum rsp_status
rsp_ctx_on_reset(struct rsp_ctx *c, void (*fn)(void *), void *arg)
{
	struct rsp_cleanup *k = rsp_alloc(c, sizeof(*k));

	if (!k)
		return RSP_NOMEM;
	*k = (struct rsp_cleanup){.next = c->cleanups, .fn = fn, .arg = arg};
	c->cleanups = k;
	return RSP_OK;
}

void *
rsp_alloc(struct rsp_ctx *c, size_t n)
{
	void *p = arena_alloc(c->arena, n);

	if (!p)
		(void)rsp_fail(c, RSP_NOMEM, "no memory for %zu octets", n);
	return p;
}

struct bytes
rsp_copy(struct rsp_ctx *c, struct bytes b)
{
	uint8_t *p;

	if (!b.p)
		return BYTES_NONE;
	p = rsp_alloc(c, b.n);
	if (!p)
		return BYTES_NONE;
	if (b.n)
		memcpy(p, b.p, b.n);
	return bytes_of(p, b.n);
}

char *
rsp_strdup(struct rsp_ctx *c, const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = rsp_alloc(c, n);

	return p ? memcpy(p, s, n) : NULL;
}

char *
rsp_sprintf(struct rsp_ctx *c, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = n < 0 ? NULL : rsp_alloc(c, (size_t)n + 1);
	if (!p)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}
