// SPDX-License-Identifier: BSD-2-Clause
/*
 * What lasts, by key: "eid", "branchB", "ciB", "eumB" (certificates by curve), "root", "dp", "traits" (set when the card is made), "crlB/NUMBER/PART" (lists of revoked certificates),
 * "seq" (next notification number), "n/NNNNNNNN" (pending notifications), "pr/NN" (profiles), "px/NN" (whose CI they came under), "p/NN/..." (their files),
 * "was" (the operational profile that a test profile took the place of), "load" (an installation that goes on).
 */
#include "euicc/impl.h"

#include <stdio.h>
#include <stdlib.h>

#include "euicc/traits.h"

const uint8_t isdr_aid[16] = ISDR_AID;
const uint8_t ecasd_aid[16] = {0xA0, 0, 0, 5, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0, 0, 2, 0};

void
isdp_aid(uint8_t slot, uint8_t aid[16])
{
	memcpy(aid, isdr_aid, 16);
	aid[14] = 0x10;
	aid[15] = slot;
}

bool
state_get(struct euicc *e, const char *key, struct bytes *value)
{
	return e->nvm->get(e->nvm->self, bytes_of_str(key), value);
}

enum rsp_status
state_put(struct euicc *e, struct rsp_ctx *c, const char *key, struct bytes value)
{
	return e->nvm->put(e->nvm->self, c, bytes_of_str(key), value);
}

enum rsp_status
state_del(struct euicc *e, struct rsp_ctx *c, const char *key)
{
	return e->nvm->del(e->nvm->self, c, bytes_of_str(key));
}

static bool
add_size(void *arg, struct bytes key, struct bytes value)
{
	*(size_t *)arg += key.n + value.n;
	return true;
}

/* Profiles with their files, and CRLs. The card's own certificates and pending notifications have places of their own. */
size_t
state_used_memory(struct euicc *e)
{
	size_t used = 0;

	e->nvm->each(e->nvm->self, bytes_of_str("p"), add_size, &used);
	e->nvm->each(e->nvm->self, bytes_of_str("crl"), add_size, &used);
	return used;
}

uint32_t
state_free_memory(struct euicc *e)
{
	size_t used = state_used_memory(e);

	return used < e->traits->memory ? (uint32_t)(e->traits->memory - used) : 0;
}

static enum rsp_status
read_traits(struct rsp_ctx *c, struct nvm *nvm, struct euicc_traits *t)
{
	struct bytes text;

	*t = usual_traits;
	return nvm->get(nvm->self, bytes_of_str("traits"), &text) ? euicc_traits_read(c, text, t) : RSP_OK;
}

static void
address_of(struct nvm *nvm, const char *key, char *to, size_t size)
{
	struct bytes v = BYTES_NONE;

	(void)nvm->get(nvm->self, bytes_of_str(key), &v);
	snprintf(to, size, "%.*s", (int)v.n, v.p ? (const char *)v.p : "");
}

enum rsp_status
euicc_traits_of(struct rsp_ctx *c, struct nvm *nvm, struct euicc_traits *out)
{
	enum rsp_status st = read_traits(c, nvm, out);

	address_of(nvm, "root", out->root_ds, sizeof(out->root_ds));
	address_of(nvm, "dp", out->default_dp, sizeof(out->default_dp));
	return st;
}

/* A usual card shares what is usual with all others. */
enum rsp_status
traits_load(struct rsp_ctx *c, struct euicc *e)
{
	struct bytes text;

	e->traits = &usual_traits;
	if (!state_get(e, "traits", &text))
		return RSP_OK;
	if (!(e->own_traits = malloc(sizeof(*e->own_traits))))
		return rsp_fail(c, RSP_NOMEM, "no memory for a eUICC");
	e->traits = e->own_traits;
	return read_traits(c, e->nvm, e->own_traits);
}

static enum rsp_status
put_text(struct rsp_ctx *c, struct nvm *nvm, const char *key, const char *text)
{
	return text && *text ? nvm->put(nvm->self, c, bytes_of_str(key), bytes_of_str(text)) : RSP_OK;
}

static enum rsp_status
put_traits(struct rsp_ctx *c, struct nvm *nvm, const struct euicc_options *o)
{
	struct euicc_traits t = o->traits ? *o->traits : usual_traits;
	const char *root = o->root_ds ? o->root_ds : t.root_ds, *dp = o->default_dp ? o->default_dp : t.default_dp;
	struct buf b = BUF_INIT;
	enum rsp_status st = put_text(c, nvm, "root", root);

	if (st == RSP_OK)
		st = put_text(c, nvm, "dp", dp);
	t.lenient_segments = t.lenient_segments || o->lenient_segments;
	memcpy(t.root_ds, usual_traits.root_ds, sizeof(t.root_ds));
	t.default_dp[0] = '\0';
	euicc_traits_write(&b, &t, false);
	if (st == RSP_OK && (b.n || b.bad))
		st = b.bad ? RSP_NOMEM : nvm->put(nvm->self, c, bytes_of_str("traits"), buf_bytes(&b));
	buf_free(&b);
	return st;
}

enum rsp_status
euicc_create(struct rsp_ctx *c, struct nvm *nvm, const struct euicc_options *o)
{
	enum rsp_status st = branches_put(c, nvm, o);

	if (st == RSP_OK)
		st = nvm->put(nvm->self, c, bytes_of_str("eid"), bytes_of(o->eid, 16));
	if (st == RSP_OK)
		st = put_traits(c, nvm, o);
	if (st == RSP_OK)
		return nvm->commit(nvm->self, c);
	nvm->abort(nvm->self);
	return st;
}
