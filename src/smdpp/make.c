// SPDX-License-Identifier: BSD-2-Clause
/* Making an order: numbers and keys from the stock or new ones, the package personalised and protected once, the metadata written once. */
#include <stdio.h>

#include "bsp/bsp.h"
#include "smdpp/order.h"
#include "tlv/tlv.h"

static enum rsp_status
random_digits(struct rsp_ctx *c, char *out, size_t n)
{
	uint8_t byte;
	size_t i = 0;

	while (i < n) {
		enum rsp_status st = crypto_random(c, &byte, 1);

		if (st != RSP_OK)
			return st;
		if (byte < 250)
			out[i++] = (char)('0' + byte % 10);
	}
	out[n] = '\0';
	return RSP_OK;
}

/* ICCID and IMSI share their serial digits, so that one that is unique makes the other so. */
static enum rsp_status
number_profile(struct rsp_ctx *c, const struct smdpp *dp, struct profile_values *v)
{
	char serial[11], digits[ICCID_TEXT];
	enum rsp_status st = random_digits(c, serial, 10);

	if (st != RSP_OK)
		return st;
	snprintf(digits, sizeof(digits), "%.7s0%s", dp->iccid_prefix, serial);
	snprintf(v->iccid, sizeof(v->iccid), "%.18s%c", digits, iccid_luhn(digits, strlen(digits)));
	snprintf(v->imsi, sizeof(v->imsi), "%.5s%s", dp->imsi_prefix, serial);
	return RSP_OK;
}

static enum rsp_status
random_key(struct rsp_ctx *c, struct bytes *out)
{
	uint8_t *p = rsp_alloc(c, 16);

	*out = bytes_of(p, 16);
	return p ? crypto_random(c, p, 16) : RSP_NOMEM;
}

/* Everything of its own: numbers, keys, codes. Never a copy of another profile's key. */
static enum rsp_status
fresh_values(struct rsp_ctx *c, const struct smdpp *dp, struct profile_values *v)
{
	struct bytes *keys[] = {&v->k, &v->opc, &v->ota_kic, &v->ota_kid, &v->ota_kik};
	enum rsp_status st = number_profile(c, dp, v);
	size_t i;

	for (i = 0; st == RSP_OK && i < sizeof(keys) / sizeof(keys[0]); i++)
		st = random_key(c, keys[i]);
	if (st == RSP_OK)
		st = random_digits(c, v->puk1, 8);
	return st;
}

static enum rsp_status
patch(struct rsp_ctx *c, struct bytes package, const struct profile_values *v, struct bytes *out)
{
	struct profile_template *t = NULL;
	enum rsp_status st = profile_template_new(c, package, &t);

	if (st == RSP_OK)
		st = profile_personalise(c, t, v, out);
	profile_template_free(t);
	return st;
}

/* ---- the package ---- */

static enum rsp_status
personalise(struct rsp_ctx *c, struct smdpp *dp, const struct profile_type *type, const char *iccid, const struct stock_item *stock, struct bytes *package)
{
	struct profile_values v = {0};
	enum rsp_status st = RSP_OK;

	if (stock)
		stock_values(stock, &v);
	else
		st = fresh_values(c, dp, &v);
	if (st != RSP_OK)
		return st;
	if (iccid && !stock)
		snprintf(v.iccid, sizeof(v.iccid), "%s", iccid);
	return patch(c, type->package, &v, package);
}

/* A finished package changes only its ICCID, and only when asked to. */
static enum rsp_status
renumber(struct rsp_ctx *c, const struct smdpp *dp, struct bytes finished, const char *iccid, struct bytes *package)
{
	struct profile_values v = {0}, fresh = {0};
	enum rsp_status st = number_profile(c, dp, &fresh);

	if (st != RSP_OK)
		return st;
	snprintf(v.iccid, sizeof(v.iccid), "%s", iccid ? iccid : fresh.iccid);
	return patch(c, finished, &v, package);
}

/* Once and for all bindings: the segments are the same whoever gets them, only the keys travel under session keys (SGP.22 2.5.3). */
static enum rsp_status
protect(struct rsp_ctx *c, const struct smdpp *dp, struct smdpp_order *o, struct bytes plain, struct bytes *out)
{
	struct bsp_keys keys = {.limit = dp->long_segments ? BSP_SEGMENT_LENIENT : 0};
	struct buf b = BUF_INIT;
	enum rsp_status st;

	o->package_n = (uint32_t)plain.n;
	o->has_ppk = dp->ppk;
	*out = plain;
	if (!dp->ppk)
		return RSP_OK;
	if ((st = crypto_random(c, o->ppk_mcv, 16)) != RSP_OK || (st = crypto_random(c, o->ppk_enc, 16)) != RSP_OK ||
		(st = crypto_random(c, o->ppk_mac, 16)) != RSP_OK)
		return st;
	bsp_replace(&keys, o->ppk_mcv, o->ppk_enc, o->ppk_mac);
	st = bsp_protect(c, &keys, 0x86, plain, &b);
	explicit_bzero(&keys, sizeof(keys));
	if (st == RSP_OK)
		return buf_finish(&b, c, out);
	buf_free(&b);
	return st;
}

enum rsp_status
order_package(struct rsp_ctx *c, struct smdpp *dp, const struct smdpp_order *o, struct bytes *out)
{
	struct bsp_keys keys = {.limit = BSP_SEGMENT_LENIENT};
	struct buf b = BUF_INIT;
	struct bytes stored, plain;
	struct tlv segment;
	enum rsp_status st = dp->store->package(dp->store->self, c, o, &stored);

	*out = stored;
	if (st != RSP_OK || !o->has_ppk)
		return st;
	bsp_replace(&keys, o->ppk_mcv, o->ppk_enc, o->ppk_mac);
	while (st == RSP_OK && stored.n) {
		st = tlv_next(&stored, &segment);
		if (st == RSP_OK)
			st = bsp_open(c, &keys, 0x86, segment.whole, &plain);
		if (st == RSP_OK)
			buf_add(&b, plain);
	}
	explicit_bzero(&keys, sizeof(keys));
	if (st == RSP_OK)
		return buf_finish(&b, c, out);
	buf_free(&b);
	return rsp_fail(c, RSP_IO, "the stored package cannot be opened with its order's keys");
}

/* ---- the order ---- */

/* Cut between two characters of UTF-8. */
static void
copy_text(char *to, size_t size, const char *text)
{
	size_t n = strlen(text);

	if (n >= size)
		for (n = size - 1; n && ((uint8_t)text[n] & 0xC0) == 0x80; n--)
			;
	snprintf(to, size, "%.*s", (int)n, text);
}

static void
fill_order(struct rsp_ctx *c, const struct smdpp *dp, const char *name, const struct profile_type *type, const struct profile *p, struct smdpp_order *o)
{
	const char *title = type->name ? type->name : p->type.n ? rsp_sprintf(c, "%.*s", (int)p->type.n, (const char *)p->type.p) : name;

	*o = (struct smdpp_order){.state = ORDER_ALLOCATED, .created = c->now, .profile_class = type->profile_class, .ppr = type->ppr,
		.cc_limit = dp->limits.cc_tries, .download_limit = dp->limits.downloads};
	memcpy(o->iccid, p->iccid, sizeof(o->iccid));
	snprintf(o->profile, sizeof(o->profile), "%s", name);
	copy_text(o->name, sizeof(o->name), title ? title : name);
	copy_text(o->provider, sizeof(o->provider), type->provider ? type->provider : "esimlab");
	snprintf(o->owner_mccmnc, sizeof(o->owner_mccmnc), "%.6s", type->owner_mccmnc ? type->owner_mccmnc : dp->imsi_prefix);
	o->expires = dp->limits.order_seconds ? c->now + dp->limits.order_seconds : 0;
}

/* An order that was given back (Available) or given up (Unavailable, or deleted on the card) may be replaced; its row keeps its revision. */
static enum rsp_status
check_iccid_free(struct rsp_ctx *c, struct smdpp *dp, const uint8_t iccid[10], uint64_t *revision)
{
	struct smdpp_store *store = dp->store;
	struct smdpp_order old;
	bool found = false;
	char text[ICCID_TEXT];
	enum rsp_status st = store->order_by_iccid(store->self, c, iccid, &old, &found);

	if (st != RSP_OK)
		return st;
	*revision = found ? old.revision : 0;
	if (!found || old.state == ORDER_AVAILABLE || (old.state == ORDER_INSTALLED && old.card == CARD_DELETED))
		return RSP_OK;
	iccid_text(iccid, text);
	return smdpp_no(c, CODE_ICCID_IN_USE, "ICCID %s is in use by an order in state %s", text, order_state_name(old.state));
}

static enum rsp_status
load_type(struct rsp_ctx *c, struct smdpp *dp, const char *name, struct profile_type *type)
{
	enum rsp_status st;

	*type = (struct profile_type){.icon_type = -1, .profile_class = CLASS_OPERATIONAL};
	if (strlen(name) >= sizeof(((struct smdpp_order *)0)->profile))
		return smdpp_no(c, CODE_TYPE_UNKNOWN, "profile type: %zu characters are too many", strlen(name));
	st = dp->types.load(dp->types.self, c, name, type);
	return st == RSP_REFUSED ? smdpp_no(c, CODE_TYPE_UNKNOWN, "there is no profile type '%s'", name) : st;
}

static bool
is_among(const char *list, struct bytes word)
{
	size_t n;

	for (list += strspn(list, " ,\t"); *list; list += strspn(list, " ,\t")) {
		n = strcspn(list, " ,\t");
		if (bytes_equal(bytes_of(list, n), word))
			return true;
		list += n;
	}
	return false;
}

enum rsp_status
order_may_have(struct rsp_ctx *c, struct smdpp *dp, const char *name, struct bytes requester)
{
	struct profile_type *type = rsp_alloc(c, sizeof(*type));
	enum rsp_status st = type ? load_type(c, dp, name, type) : RSP_NOMEM;

	if (st != RSP_OK || !type->requesters || is_among(type->requesters, requester))
		return st;
	return smdpp_no(c, CODE_TYPE_NOT_ALLOWED, "profile type '%s' is not for this function requester", name);
}

/* The values of the order's package: of the stock, made, or those of a finished package. */
static enum rsp_status
make_package(struct rsp_ctx *c, struct smdpp *dp, const char *name, const struct profile_type *type, const char *iccid, struct smdpp_changes *changes,
	struct bytes *out)
{
	bool fresh = iccid && strcmp(iccid, "new") == 0;
	const char *number = fresh ? NULL : iccid;
	struct stock_item *stock = NULL;
	enum rsp_status st = RSP_OK;

	if (type->is_template && !fresh)
		st = stock_take(c, dp, name, number, changes, &stock);
	if (st == RSP_OK && !stock && type->stock_only)
		st = smdpp_no(c, CODE_STOCK_EMPTY, "the stock of profile type '%s' has nothing available", name);
	if (st != RSP_OK)
		return st;
	if (type->is_template)
		return personalise(c, dp, type, number, stock, out);
	if (iccid)
		return renumber(c, dp, type->package, number, out);
	*out = type->package;
	return RSP_OK;
}

/* The package and what it is in: REFUSED with 8.2.1/3.3 when its number is taken. */
static enum rsp_status
number_package(struct rsp_ctx *c, struct smdpp *dp, const char *name, const struct profile_type *type, const char *iccid, struct smdpp_changes *changes,
	struct bytes *plain, const struct profile **p, uint64_t *revision)
{
	enum rsp_status st = make_package(c, dp, name, type, iccid, changes, plain);

	if (st == RSP_OK)
		st = profile_read(c, *plain, p);
	if (st == RSP_OK && !changes->n_stock)
		st = stock_not_of(c, dp, (*p)->iccid);
	return st == RSP_OK ? check_iccid_free(c, dp, (*p)->iccid, revision) : st;
}

#define CHANCES 8

enum rsp_status
order_make(struct rsp_ctx *c, struct smdpp *dp, const char *name, const char *iccid, struct smdpp_order *out, struct smdpp_changes *changes)
{
	struct profile_type *type = rsp_alloc(c, sizeof(*type));
	bool by_chance = !iccid || strcmp(iccid, "new") == 0;
	const struct profile *p;
	struct bytes plain;
	uint64_t revision = 0;
	unsigned i = 0;
	enum rsp_status st = type ? load_type(c, dp, name, type) : RSP_NOMEM;

	/* A number that was made and is taken already is bad luck, not a refusal. */
	if (st != RSP_OK)
		return st;
	do {
		st = number_package(c, dp, name, type, iccid, changes, &plain, &p, &revision);
	} while (st == RSP_REFUSED && by_chance && type->is_template && !changes->n_stock && strcmp(c->error.subject, "8.2.1") == 0 && ++i < CHANCES);
	if (st == RSP_REFUSED && changes->n_stock && !iccid)
		st = stock_moved(c, dp, changes->stock, st);
	if (st != RSP_OK)
		return st;
	fill_order(c, dp, name, type, p, out);
	out->revision = revision;
	out->from_stock = changes->n_stock != 0;
	order_note(c, out, WHAT_ORDERED, 0);
	st = protect(c, dp, out, plain, &changes->package);
	return st == RSP_OK ? metadata_write(c, dp, type, out) : st;
}
