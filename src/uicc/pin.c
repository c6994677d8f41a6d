// SPDX-License-Identifier: BSD-2-Clause
/* VERIFY, CHANGE, DISABLE, ENABLE, UNBLOCK (ETSI TS 102 221 9.5, 11.1.9 to 11.1.13). A try is counted, for good, before it is compared. */
#include <stdio.h>

#include "uicc/impl.h"
#include "uicc/records.h"

struct pin { struct pin_record r; struct bytes key; struct fs_path context; };

struct bytes
pin_key(struct rsp_ctx *c, const char *prefix, uint8_t ref, const uint16_t *context, unsigned depth)
{
	char kind[8];

	snprintf(kind, sizeof(kind), "pin%02X", ref);
	return fs_key(c, prefix, kind, context, depth);
}

struct bytes
puk_key(struct rsp_ctx *c, const char *prefix, uint8_t ref)
{
	char kind[8];

	snprintf(kind, sizeof(kind), "puk%02X", ref);
	return fs_key(c, prefix, kind, NULL, 0);
}

static bool
load(struct uicc *u, struct bytes key, struct pin_record *out)
{
	struct bytes value;

	if (!key.p || !u->nvm->get(u->nvm->self, key, &value) || value.n != sizeof(*out))
		return false;
	memcpy(out, value.p, sizeof(*out));
	return true;
}

/* Local references (81..88) belong to the nearest DF upwards that defines them. */
static bool
find_pin(struct uicc *u, struct rsp_ctx *c, uint8_t ref, const struct fs_path *df, struct pin *out)
{
	out->context = *df;
	if (!(ref >= 0x81 && ref <= 0x88))
		out->context.depth = 0;
	for (;;) {
		out->key = pin_key(c, u->prefix, ref, out->context.fid, out->context.depth);
		if (load(u, out->key, &out->r))
			return true;
		if (out->context.depth == 0)
			return false;
		out->context.depth--;
	}
}

static bool
same_context(const struct fs_path *a, const struct fs_path *b)
{
	return a->depth == b->depth && memcmp(a->fid, b->fid, a->depth * sizeof(a->fid[0])) == 0;
}

static bool
is_verified(const struct uicc *u, uint8_t ref, const struct fs_path *context)
{
	unsigned i;

	for (i = 0; i < u->n_verified; i++)
		if (u->verified[i].ref == ref && same_context(&u->verified[i].context, context))
			return true;
	return false;
}

static void
set_verified(struct uicc *u, uint8_t ref, const struct fs_path *context, bool on)
{
	unsigned i;

	for (i = 0; i < u->n_verified; i++)
		if (u->verified[i].ref == ref && same_context(&u->verified[i].context, context)) {
			if (!on)
				u->verified[i] = u->verified[--u->n_verified];
			return;
		}
	if (on && u->n_verified < VERIFIED_MAX) {
		u->verified[u->n_verified].ref = ref;
		u->verified[u->n_verified++].context = *context;
	}
}

void
pin_forget_all(struct uicc *u)
{
	u->n_verified = 0;
}

bool
pin_enabled(struct uicc *u, struct rsp_ctx *c, uint8_t ref, const struct fs_path *df)
{
	struct pin p;

	return u->prefix[0] && find_pin(u, c, ref, df, &p) && p.r.enabled;
}

bool
pin_satisfied(struct uicc *u, struct rsp_ctx *c, uint8_t ref, const struct fs_path *df)
{
	struct pin p;

	if (!find_pin(u, c, ref, df, &p))
		return false;
	return !p.r.enabled || is_verified(u, ref, &p.context);
}

static bool
save(struct uicc_call *k, const struct pin *p)
{
	return k->u->nvm->put(k->u->nvm->self, k->c, p->key, bytes_of(&p->r, sizeof(p->r))) == RSP_OK;
}

/* One try: counted and committed, then compared, then given back. 9000, 63Cx, 6983. */
static unsigned
try_value(struct uicc_call *k, struct pin *p, struct bytes value)
{
	if (p->r.left == 0)
		return 0x6983;
	p->r.left--;
	if (!save(k, p) || k->u->nvm->commit(k->u->nvm->self, k->c) != RSP_OK)
		return 0x6581;
	if (!bytes_equal_secret(value, bytes_of(p->r.value, 8)))
		return 0x63C0 | p->r.left;
	p->r.left = p->r.max;
	return save(k, p) ? 0x9000 : 0x6581;
}

static unsigned
verify(struct uicc_call *k, struct pin *p)
{
	unsigned sw;

	if (!k->a->data.p)
		return 0x63C0 | p->r.left;
	if (k->a->data.n != 8)
		return 0x6700;
	if (!p->r.enabled)
		return 0x6984;
	sw = try_value(k, p, k->a->data);
	set_verified(k->u, k->a->p2, &p->context, sw == 0x9000);
	return sw;
}

static unsigned
change(struct uicc_call *k, struct pin *p)
{
	unsigned sw;

	if (k->a->data.n != 16)
		return 0x6700;
	if (!p->r.enabled)
		return 0x6984;
	if (!(p->r.attributes & 2))
		return 0x6985;
	sw = try_value(k, p, bytes_slice(k->a->data, 0, 8));
	set_verified(k->u, k->a->p2, &p->context, sw == 0x9000);
	if (sw != 0x9000)
		return sw;
	memcpy(p->r.value, k->a->data.p + 8, 8);
	return save(k, p) ? 0x9000 : 0x6581;
}

/* DISABLE (26) and ENABLE (28). */
static unsigned
set_enabled(struct uicc_call *k, struct pin *p, bool on)
{
	unsigned sw;

	if (k->a->data.n != 8)
		return 0x6700;
	if (p->r.left == 0)
		return 0x6983;
	if (p->r.enabled == on || (!on && !(p->r.attributes & 4)))
		return 0x6985;
	sw = try_value(k, p, k->a->data);
	if (sw != 0x9000)
		return sw;
	p->r.enabled = on;
	set_verified(k->u, k->a->p2, &p->context, on);
	return save(k, p) ? 0x9000 : 0x6581;
}

/* The PUK's own counter; success sets, enables and verifies the PIN. */
static unsigned
unblock(struct uicc_call *k, struct pin *p)
{
	struct pin puk = {.key = puk_key(k->c, k->u->prefix, p->r.unblock_ref)};
	unsigned sw;

	if (!p->r.unblock_ref || !load(k->u, puk.key, &puk.r))
		return 0x6A88;
	if (!k->a->data.p)
		return 0x63C0 | puk.r.left;
	if (k->a->data.n != 16)
		return 0x6700;
	sw = try_value(k, &puk, bytes_slice(k->a->data, 0, 8));
	if (sw != 0x9000)
		return sw;
	memcpy(p->r.value, k->a->data.p + 8, 8);
	p->r.left = p->r.max;
	p->r.enabled = 1;
	set_verified(k->u, k->a->p2, &p->context, true);
	return save(k, p) ? 0x9000 : 0x6581;
}

unsigned
run_pin(struct uicc_call *k)
{
	struct pin p;

	if (k->a->p1)
		return 0x6A86;
	if (!find_pin(k->u, k->c, k->a->p2, &k->ch->df, &p))
		return 0x6A88;
	switch (k->a->ins) {
	case 0x20:
		return verify(k, &p);
	case 0x24:
		return change(k, &p);
	case 0x26:
		return set_enabled(k, &p, false);
	case 0x28:
		return set_enabled(k, &p, true);
	default:
		return unblock(k, &p);
	}
}
