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

/* The event stands before the order can be downloaded (SGP.22 5.3.2): the answer waits for the SM-DS. */
static enum rsp_status
register_event(struct rsp_ctx *c, struct smdpp *dp, struct smdpp_order *o)
{
	char eid[EID_TEXT];
	enum rsp_status st;

	order_note(c, o, WHAT_RELEASED, 0);
	if (!o->smds[0])
		return RSP_OK;
	if (!dp->smds)
		return smdpp_no(c, CODE_SMDS_UNREACHABLE, "no SM-DS can be reached from here");
	eid_text(o->eid, eid);
	st = dp->smds->register_event(dp->smds->self, c, o->smds, eid, o->matching_id);
	if (st == RSP_OK || st == RSP_NOMEM)
		return st;
	return smdpp_no(c, st == RSP_IO ? CODE_SMDS_UNREACHABLE : CODE_SMDS_REFUSED, "%s", rsp_strdup(c, c->error.text));
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
	if (matching_id.n >= sizeof(o->matching_id))
		return smdpp_no(c, CODE_FORMAT, "MatchingID: %zu characters are too many", matching_id.n);
	snprintf(o->matching_id, sizeof(o->matching_id), "%.*s", (int)matching_id.n, (const char *)matching_id.p);
	o->cc_required = confirmation_code.p != NULL;
	if (o->cc_required && (st = sha256(c, &confirmation_code, 1, o->cc_hash)) != RSP_OK)
		return st;
	o->confirmed = true;
	o->state = release ? ORDER_RELEASED : ORDER_CONFIRMED;
	order_note(c, o, WHAT_CONFIRMED, 0);
	return release ? register_event(c, dp, o) : RSP_OK;
}

/* ---- orders that are not as they should be ---- */

static enum rsp_status
play_trick(struct rsp_ctx *c, struct smdpp_order *o, enum order_trick trick)
{
	switch (trick) {
	case TRICK_EXPIRED:
		o->expires = c->now - 1;
		break;
	case TRICK_USED_UP:
		o->download_limit = o->download_limit ? o->download_limit : 1;
		o->download_tries = o->download_limit;
		break;
	case TRICK_CODE_USED_UP:
		if (!o->cc_required)
			return rsp_fail(c, RSP_REFUSED, "an order whose confirmation code is used up needs one");
		o->cc_limit = o->cc_limit ? o->cc_limit : 1;
		o->cc_tries = o->cc_limit;
		break;
	case TRICK_ALLOCATED:
	case TRICK_LINKED:
	case TRICK_NONE:
		break;
	}
	return RSP_OK;
}

/* Once, and to one. */
static enum rsp_status
link_eid(struct rsp_ctx *c, struct smdpp_order *o, const char *eid)
{
	uint8_t wanted[16];
	enum rsp_status st = eid ? eid_read(c, eid, wanted) : RSP_OK;

	if (st != RSP_OK || !eid)
		return st;
	if (o->has_eid)
		return memcmp(o->eid, wanted, sizeof(wanted)) == 0 ? RSP_OK : smdpp_no(c, CODE_EID_ASSOCIATION, "the order is bound to another EID");
	memcpy(o->eid, wanted, sizeof(wanted));
	o->has_eid = true;
	o->state = ORDER_LINKED;
	order_note(c, o, WHAT_LINKED, 0);
	return RSP_OK;
}

static enum rsp_status
settle(struct rsp_ctx *c, struct smdpp *dp, const struct order_request *r, struct smdpp_order *o)
{
	enum rsp_status st;

	if (r->trick == TRICK_ALLOCATED || r->trick == TRICK_LINKED)
		return r->trick == TRICK_LINKED && !o->has_eid ? rsp_fail(c, RSP_REFUSED, "a Linked order needs an EID") : RSP_OK;
	if (r->smds) {
		if (!o->has_eid)
			return smdpp_no(c, CODE_EID_MISSING, "an SM-DS needs an EID: the eUICC is found by it");
		if (strlen(r->smds) >= sizeof(o->smds))
			return smdpp_no(c, CODE_FORMAT, "SM-DS address: %zu characters are too many", strlen(r->smds));
		snprintf(o->smds, sizeof(o->smds), "%s", r->smds);
	}
	st = order_confirm(c, dp, o, r->matching_id ? bytes_of_str(r->matching_id) : BYTES_NONE, r->confirmation_code, r->release);
	return st == RSP_OK ? play_trick(c, o, r->trick) : st;
}

enum rsp_status
order_new(struct rsp_ctx *c, struct smdpp *dp, const struct order_request *r, struct smdpp_changes *changes)
{
	struct smdpp_order *o = rsp_alloc(c, sizeof(*o));
	enum rsp_status st;

	*changes = (struct smdpp_changes){0};
	if (!o)
		return RSP_NOMEM;
	st = order_make(c, dp, r->profile, r->iccid, o, changes);
	if (st == RSP_OK)
		st = link_eid(c, o, r->eid);
	if (st == RSP_OK && (r->name || r->provider))
		st = metadata_rename(c, o, r->name, r->provider);
	if (st == RSP_OK)
		st = settle(c, dp, r, o);
	if (st != RSP_OK)
		return st;
	change_order(changes, o);
	return RSP_OK;
}

enum rsp_status
order_confirm_held(struct rsp_ctx *c, struct smdpp *dp, const uint8_t iccid[10], const struct order_request *r, struct smdpp_changes *changes)
{
	struct smdpp_order o;
	enum rsp_status st = order_find(c, dp, iccid, &o);

	*changes = (struct smdpp_changes){0};
	if (st != RSP_OK)
		return st;
	if (o.state != ORDER_ALLOCATED && o.state != ORDER_LINKED)
		return smdpp_no(c, CODE_ICCID_IN_USE, "an order in state %s cannot be confirmed", order_state_name(o.state));
	st = link_eid(c, &o, r->eid);
	if (st == RSP_OK)
		st = settle(c, dp, r, &o);
	if (st == RSP_OK)
		change_order(changes, &o);
	return st;
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
	st = register_event(c, dp, &o);
	if (st == RSP_OK)
		change_order(changes, &o);
	return st;
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
	if ((st = drop_event(c, dp, changes, &o)) != RSP_OK || (st = stock_return(c, dp, &o, final, changes)) != RSP_OK)
		return st;
	o.state = final;
	order_note(c, &o, final == ORDER_AVAILABLE ? WHAT_GIVEN_BACK : WHAT_GIVEN_UP, 0);
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
	o.has_otsk = false;
	o.fault[0] = '\0';
	order_note(c, &o, WHAT_RESET, 0);
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
