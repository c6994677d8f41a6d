// SPDX-License-Identifier: BSD-2-Clause
/* VERIFY, CHANGE, DISABLE, ENABLE, UNBLOCK (ETSI TS 102 221 9.5, 11.1.9 to 11.1.13). A try is counted, for good, before it is compared. */
#include <stdio.h>

#include "uicc/impl.h"
#include "uicc/records.h"

enum { PIN_OFF, PIN_ON, PIN_REPLACED };

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

void
pin_forget_below(struct uicc *u, const struct fs_path *top)
{
	unsigned i = 0;

	while (i < u->n_verified) {
		const struct fs_path *at = &u->verified[i].context;

		if (at->depth >= top->depth && memcmp(at->fid, top->fid, top->depth * sizeof(top->fid[0])) == 0)
			u->verified[i] = u->verified[--u->n_verified];
		else
			i++;
	}
}

bool
pin_enabled(struct uicc *u, struct rsp_ctx *c, uint8_t ref, const struct fs_path *df)
{
	struct pin p;

	return u->prefix[0] && find_pin(u, c, ref, df, &p) && p.r.enabled == PIN_ON;
}

bool
pin_satisfied(struct uicc *u, struct rsp_ctx *c, uint8_t ref, const struct fs_path *df)
{
	struct pin p;

	if (!find_pin(u, c, ref, df, &p))
		return false;
	if (p.r.enabled == PIN_REPLACED)
		return ref != PIN_UNIVERSAL && pin_satisfied(u, c, PIN_UNIVERSAL, df);
	return !p.r.enabled || is_verified(u, ref, &p.context);
}

bool
pin_universal_used(struct uicc *u, struct rsp_ctx *c, struct bytes refs, const struct fs_path *df)
{
	struct pin p;
	size_t i;

	for (i = 0; i < refs.n; i++)
		if (find_pin(u, c, refs.p[i], df, &p) && p.r.enabled == PIN_REPLACED)
			return true;
	return false;
}

bool
application_pin_satisfied(struct uicc *u, struct rsp_ctx *c, const struct fs_path *adf)
{
	struct fs_file f;
	struct pin p;
	uint8_t ref = 1;
	size_t i;

	if (fs_find(u, c, adf, &f))
		for (i = f.info.pin_status.n; i-- > 0;)
			if (f.info.pin_status.p[i] >= 1 && f.info.pin_status.p[i] <= 8)
				ref = f.info.pin_status.p[i];
	return !find_pin(u, c, ref, adf, &p) || pin_satisfied(u, c, ref, adf);
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
	if (p->r.enabled != PIN_ON)
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
	if (p->r.enabled != PIN_ON)
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

/*
 * DISABLE may say that the universal PIN stands in from now on, which must be there and enabled; of those only an application PIN can be replaced
 * (TS 102 221 11.1.11).
 */
static unsigned
state_after(struct uicc_call *k, const struct pin *p, bool on, uint8_t *state)
{
	bool replace = k->a->p1;

	*state = on ? PIN_ON : replace ? PIN_REPLACED : PIN_OFF;
	if (replace && (k->a->p2 < 1 || k->a->p2 > 8))
		return 0x6A86;
	if (replace && !pin_enabled(k->u, k->c, PIN_UNIVERSAL, &k->ch->df))
		return 0x6985;
	if (!on && !(p->r.attributes & 4))
		return 0x6985;
	return p->r.enabled == *state || (!on && p->r.enabled != PIN_ON) ? 0x6985 : 0x9000;
}

/* DISABLE (26) and ENABLE (28). */
static unsigned
set_enabled(struct uicc_call *k, struct pin *p, bool on)
{
	uint8_t state;
	unsigned sw;

	if (k->a->data.n != 8)
		return 0x6700;
	if (p->r.left == 0)
		return 0x6983;
	if ((sw = state_after(k, p, on, &state)) != 0x9000)
		return sw;
	sw = try_value(k, p, k->a->data);
	if (sw != 0x9000)
		return sw;
	p->r.enabled = state;
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

	if (k->a->p1 && (k->a->ins != 0x26 || k->a->p1 != (0x80 | PIN_UNIVERSAL)))
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
