// SPDX-License-Identifier: BSD-2-Clause
#include "support/tear.h"

#include "base/buf.h"
#include "base/hex.h"
#include "crypto/crypto.h"

/* Before the write: false when power has gone. */
static bool
alive(struct tear *t)
{
	if (!t->dead && ++t->writes == t->at && !t->behind)
		t->dead = true;
	return !t->dead;
}

static enum rsp_status
done(struct tear *t, struct rsp_ctx *c, enum rsp_status st)
{
	if (t->behind && t->writes == t->at)
		t->dead = true;
	return t->dead ? rsp_fail(c, RSP_IO, "power has gone") : st;
}

static enum rsp_status
put(void *self, struct rsp_ctx *c, struct bytes key, struct bytes value)
{
	struct tear *t = self;

	return done(t, c, alive(t) ? t->real.put(t->real.self, c, key, value) : RSP_IO);
}

static enum rsp_status
del(void *self, struct rsp_ctx *c, struct bytes key)
{
	struct tear *t = self;

	return done(t, c, alive(t) ? t->real.del(t->real.self, c, key) : RSP_IO);
}

static enum rsp_status
commit(void *self, struct rsp_ctx *c)
{
	struct tear *t = self;

	return done(t, c, alive(t) ? t->real.commit(t->real.self, c) : RSP_IO);
}

static bool get(void *self, struct bytes key, struct bytes *value) { struct tear *t = self; return t->real.get(t->real.self, key, value); }
static void roll_back(void *self) { struct tear *t = self; t->real.abort(t->real.self); }
static size_t used(void *self) { struct tear *t = self; return t->real.used(t->real.self); }

static void
each(void *self, struct bytes prefix, bool (*fn)(void *arg, struct bytes key, struct bytes value), void *arg)
{
	struct tear *t = self;

	t->real.each(t->real.self, prefix, fn, arg);
}

void
tear_open(struct tear *t, struct nvm *nvm)
{
	*t = (struct tear){.real = *nvm, .nvm = nvm};
	*nvm = (struct nvm){t, get, put, del, each, commit, roll_back, used};
}

static void
forget(struct tear *t)
{
	while (t->n)
		free((void *)(uintptr_t)t->pairs[--t->n].p);
	free(t->pairs);
	t->pairs = NULL;
}

void
tear_close(struct tear *t)
{
	forget(t);
	*t->nvm = t->real;
}

void
tear_arm(struct tear *t, unsigned at, bool behind)
{
	t->writes = 0;
	t->at = at;
	t->behind = behind;
}

void
tear_mend(struct tear *t)
{
	t->real.abort(t->real.self);
	t->dead = false;
	t->at = 0;
}

static bool
keep_pair(void *arg, struct bytes key, struct bytes value)
{
	struct tear *t = arg;
	const struct bytes both[2] = {key, value};
	int i;

	t->pairs = realloc(t->pairs, (t->n + 2) * sizeof(*t->pairs));
	assert_non_null(t->pairs);
	for (i = 0; i < 2; i++) {
		uint8_t *copy = malloc(both[i].n + 1);

		assert_non_null(copy);
		if (both[i].n)
			memcpy(copy, both[i].p, both[i].n);
		t->pairs[t->n++] = bytes_of(copy, both[i].n);
	}
	return true;
}

void
tear_keep(struct tear *t)
{
	forget(t);
	t->real.each(t->real.self, BYTES_NONE, keep_pair, t);
}

void
tear_restore(struct tear *t, struct rsp_ctx *c)
{
	struct tear now = {.real = t->real, .nvm = t->nvm};
	size_t i;

	tear_keep(&now);
	for (i = 0; i < now.n; i += 2)
		assert_status(t->real.del(t->real.self, c, now.pairs[i]), RSP_OK);
	for (i = 0; i < t->n; i += 2)
		assert_status(t->real.put(t->real.self, c, t->pairs[i], t->pairs[i + 1]), RSP_OK);
	assert_status(t->real.commit(t->real.self, c), RSP_OK);
	forget(&now);
}

static bool
add_pair(void *arg, struct bytes key, struct bytes value)
{
	struct buf *b = arg;

	buf_u32(b, (uint32_t)key.n);
	buf_add(b, key);
	if (key.n > 2 && key.p[0] == 'n' && key.p[1] == '/')
		return true;
	buf_u32(b, (uint32_t)value.n);
	buf_add(b, value);
	return true;
}

char *
tear_digest(struct tear *t, struct rsp_ctx *c)
{
	struct buf b = BUF_INIT;
	uint8_t digest[32];
	struct bytes all;

	t->real.each(t->real.self, BYTES_NONE, add_pair, &b);
	assert_false(b.bad);
	all = buf_bytes(&b);
	assert_status(sha256(c, &all, 1, digest), RSP_OK);
	buf_free(&b);
	return hex_of(c, BYTES_OF(digest));
}
