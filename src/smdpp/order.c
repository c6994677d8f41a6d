// SPDX-License-Identifier: BSD-2-Clause
#include "smdpp/order.h"

#include <stdio.h>

static const char alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

enum rsp_status
order_make_matching_id(struct rsp_ctx *c, char out[21])
{
	uint8_t random[20];
	enum rsp_status st = crypto_random(c, random, sizeof(random));
	size_t i;

	if (st != RSP_OK)
		return st;
	for (i = 0; i < 20; i++)
		out[i] = alphabet[random[i] & 31];
	out[20] = '\0';
	return RSP_OK;
}

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
personalise(struct rsp_ctx *c, const struct smdpp *dp, struct bytes template_package, const char *iccid, struct bytes *package)
{
	struct profile_values v = {0};
	struct profile_template *t = NULL;
	enum rsp_status st = fresh_values(c, dp, &v);

	if (st == RSP_OK)
		st = profile_template_new(c, template_package, &t);
	if (st != RSP_OK)
		return st;
	if (iccid)
		snprintf(v.iccid, sizeof(v.iccid), "%s", iccid);
	st = profile_personalise(c, t, &v, package);
	profile_template_free(t);
	return st;
}

/* A finished package changes only its ICCID, and only when asked to. */
static enum rsp_status
renumber(struct rsp_ctx *c, const struct smdpp *dp, struct bytes finished, const char *iccid, struct bytes *package)
{
	struct profile_values v = {0}, fresh = {0};
	struct profile_template *t = NULL;
	enum rsp_status st = number_profile(c, dp, &fresh);

	if (st == RSP_OK)
		st = profile_template_new(c, finished, &t);
	if (st != RSP_OK)
		return st;
	snprintf(v.iccid, sizeof(v.iccid), "%s", iccid ? iccid : fresh.iccid);
	st = profile_personalise(c, t, &v, package);
	profile_template_free(t);
	return st;
}

static void
fill_order(struct rsp_ctx *c, const struct smdpp *dp, const char *type, const struct profile *p, struct smdpp_order *o)
{
	*o = (struct smdpp_order){.state = ORDER_ALLOCATED, .created = c->now, .profile_class = CLASS_OPERATIONAL,
		.cc_limit = dp->limits.cc_tries, .download_limit = dp->limits.downloads};
	memcpy(o->iccid, p->iccid, sizeof(o->iccid));
	snprintf(o->profile, sizeof(o->profile), "%s", type);
	snprintf(o->name, sizeof(o->name), "%.63s", p->type.n ? rsp_sprintf(c, "%.*s", (int)p->type.n, (const char *)p->type.p) : type);
	snprintf(o->provider, sizeof(o->provider), "esimlab");
	snprintf(o->owner_mccmnc, sizeof(o->owner_mccmnc), "%.5s", dp->imsi_prefix);
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

enum rsp_status
order_make(struct rsp_ctx *c, struct smdpp *dp, const char *type, const char *iccid, struct smdpp_order *out, struct bytes *package)
{
	const struct profile *p;
	bool is_template = false, fresh = iccid && strcmp(iccid, "new") == 0;
	const char *number = fresh ? NULL : iccid;
	struct bytes base;
	enum rsp_status st;

	if (strlen(type) >= sizeof(out->profile))
		return smdpp_no(c, CODE_TYPE_UNKNOWN, "profile type: %zu characters are too many", strlen(type));
	st = dp->types.load(dp->types.self, c, type, &base, &is_template);
	if (st != RSP_OK)
		return st == RSP_REFUSED ? smdpp_no(c, CODE_TYPE_UNKNOWN, "there is no profile type '%s'", type) : st;
	if (is_template)
		st = personalise(c, dp, base, number, package);
	else if (iccid)
		st = renumber(c, dp, base, number, package);
	else
		*package = base;
	if (st == RSP_OK)
		st = profile_read(c, *package, &p);
	if (st != RSP_OK)
		return st;
	fill_order(c, dp, type, p, out);
	return check_iccid_free(c, dp, p->iccid, &out->revision);
}

enum rsp_status
order_find(struct rsp_ctx *c, struct smdpp *dp, const uint8_t iccid[10], struct smdpp_order *out)
{
	bool found = false;
	char text[ICCID_TEXT];
	enum rsp_status st = dp->store->order_by_iccid(dp->store->self, c, iccid, out, &found);

	if (st != RSP_OK || found)
		return st;
	iccid_text(iccid, text);
	return smdpp_no(c, CODE_ICCID_UNKNOWN, "there is no order of ICCID %s", text);
}

enum rsp_status
order_matching_id_free(struct rsp_ctx *c, struct smdpp *dp, struct bytes id, const struct smdpp_order *own)
{
	struct smdpp_order other;
	bool found = false;
	enum rsp_status st;

	if (!matching_id_valid(id))
		return smdpp_no(c, CODE_FORMAT, "MatchingID: want letters A-Z, digits and '-'");
	if (!id.n)
		return RSP_OK;
	st = dp->store->order_by_matching_id(dp->store->self, c, id, &other, &found);
	if (st != RSP_OK || !found || memcmp(other.iccid, own->iccid, sizeof(own->iccid)) == 0)
		return st;
	return smdpp_no(c, CODE_MATCHING_ID_IN_USE, "MatchingID %.*s is in use", (int)id.n, (const char *)id.p);
}

enum rsp_status
order_confirm(struct rsp_ctx *c, struct smdpp *dp, struct smdpp_order *o, struct bytes matching_id, struct bytes confirmation_code, bool release)
{
	char made[21];
	enum rsp_status st;

	if (!matching_id.p) {
		if ((st = order_make_matching_id(c, made)) != RSP_OK)
			return st;
		matching_id = bytes_of_str(made);
	}
	if ((st = order_matching_id_free(c, dp, matching_id, o)) != RSP_OK)
		return st;
	if (!matching_id.n && !o->has_eid)
		return smdpp_no(c, CODE_EID_MISSING, "an empty MatchingID needs an EID: the eUICC is found by it");
	snprintf(o->matching_id, sizeof(o->matching_id), "%.*s", (int)matching_id.n, (const char *)matching_id.p);
	o->cc_required = confirmation_code.p != NULL;
	if (o->cc_required && (st = sha256(c, &confirmation_code, 1, o->cc_hash)) != RSP_OK)
		return st;
	o->confirmed = true;
	o->state = release ? ORDER_RELEASED : ORDER_CONFIRMED;
	return RSP_OK;
}

enum rsp_status
order_new(struct rsp_ctx *c, struct smdpp *dp, const struct order_request *r, struct smdpp_changes *changes)
{
	struct smdpp_order *o = rsp_alloc(c, sizeof(*o));
	enum rsp_status st;

	*changes = (struct smdpp_changes){0};
	if (!o)
		return RSP_NOMEM;
	st = order_make(c, dp, r->profile, r->iccid, o, &changes->package);
	if (st == RSP_OK && r->eid) {
		o->has_eid = true;
		st = eid_read(c, r->eid, o->eid);
	}
	if (st == RSP_OK)
		st = order_confirm(c, dp, o, r->matching_id ? bytes_of_str(r->matching_id) : BYTES_NONE, r->confirmation_code, r->release);
	if (st != RSP_OK)
		return st;
	if (r->name)
		snprintf(o->name, sizeof(o->name), "%.64s", r->name);
	if (r->provider)
		snprintf(o->provider, sizeof(o->provider), "%.32s", r->provider);
	change_order(changes, o);
	return RSP_OK;
}

enum rsp_status
order_release(struct rsp_ctx *c, struct smdpp *dp, const uint8_t iccid[10], struct smdpp_changes *changes)
{
	struct smdpp_order o;
	enum rsp_status st = order_find(c, dp, iccid, &o);

	*changes = (struct smdpp_changes){0};
	if (st != RSP_OK)
		return st;
	if (o.state != ORDER_CONFIRMED)
		return smdpp_no(c, CODE_ICCID_TRANSITION, "only a Confirmed order can be released, this one is %s", order_state_name(o.state));
	o.state = ORDER_RELEASED;
	change_order(changes, &o);
	return RSP_OK;
}

enum rsp_status
order_cancel(struct rsp_ctx *c, struct smdpp *dp, const uint8_t iccid[10], enum order_state final, struct smdpp_changes *changes)
{
	struct smdpp_order o;
	enum rsp_status st = order_find(c, dp, iccid, &o);

	*changes = (struct smdpp_changes){0};
	if (st != RSP_OK)
		return st;
	if (o.state == ORDER_DOWNLOADED || o.state == ORDER_INSTALLED || o.state == ORDER_AVAILABLE || o.state == ORDER_UNAVAILABLE)
		return smdpp_no(c, CODE_ICCID_IN_USE, "an order in state %s cannot be cancelled", order_state_name(o.state));
	o.state = final;
	o.confirmed = o.has_eid = o.cc_required = o.bound = false;
	o.matching_id[0] = '\0';
	change_order(changes, &o);
	return RSP_OK;
}

enum rsp_status
order_reset(struct rsp_ctx *c, struct smdpp *dp, const uint8_t iccid[10], struct smdpp_changes *changes)
{
	struct smdpp_order o;
	enum rsp_status st = order_find(c, dp, iccid, &o);

	*changes = (struct smdpp_changes){0};
	if (st != RSP_OK)
		return st;
	if (!o.confirmed)
		return smdpp_no(c, CODE_ICCID_TRANSITION, "an order in state %s has never been confirmed", order_state_name(o.state));
	o.state = ORDER_RELEASED;
	o.cc_tries = o.download_tries = 0;
	o.expires = dp->limits.order_seconds ? c->now + dp->limits.order_seconds : 0;
	o.bound = o.has_card_seq = false;
	o.card = CARD_UNKNOWN;
	o.fault[0] = '\0';
	change_order(changes, &o);
	return RSP_OK;
}

char *
order_activation_code(struct rsp_ctx *c, const struct smdpp *dp, const struct smdpp_order *o)
{
	struct activation_code a = {.confirmation_code = o->cc_required};

	snprintf(a.host, sizeof(a.host), "%s", dp->host);
	snprintf(a.matching_id, sizeof(a.matching_id), "%s", o->matching_id);
	return activation_code_text(c, &a);
}
