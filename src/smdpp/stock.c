// SPDX-License-Identifier: BSD-2-Clause
/* The stock: subscriptions of the operator that profiles are made of. One is in at most one order that is not over. */
#include <stdio.h>
#include <stdlib.h>

#include "smdpp/order.h"

void
stock_values(const struct stock_item *i, struct profile_values *v)
{
	*v = (struct profile_values){.k = BYTES_OF(i->k), .opc = BYTES_OF(i->opc)};
	iccid_text(i->iccid, v->iccid);
	snprintf(v->imsi, sizeof(v->imsi), "%s", i->imsi);
	snprintf(v->msisdn, sizeof(v->msisdn), "%s", i->msisdn);
	snprintf(v->pin1, sizeof(v->pin1), "%s", i->pin1);
	snprintf(v->puk1, sizeof(v->puk1), "%s", i->puk1);
	snprintf(v->adm1, sizeof(v->adm1), "%s", i->adm1);
	if (i->has_ota) {
		v->ota_kic = BYTES_OF(i->kic);
		v->ota_kid = BYTES_OF(i->kid);
		v->ota_kik = BYTES_OF(i->kik);
	}
}

/* ---- out of it ---- */

/* Many callers at once would all want the oldest and all but one would have to begin again: so one of the first few, by chance. */
#define STOCK_SPREAD 32

static enum rsp_status
any_stock(struct rsp_ctx *c, struct smdpp *dp, const char *type, struct stock_item *out, bool *found)
{
	struct smdpp_store *store = dp->store;
	uint8_t chance;
	unsigned skip;
	enum rsp_status st = store->stock_next(store->self, c, type, 0, out, found);

	if (st != RSP_OK || !*found)
		return st;
	if ((st = crypto_random(c, &chance, 1)) != RSP_OK || chance % STOCK_SPREAD == 0)
		return st;
	/* A stock that runs low has fewer to choose from, but more than its oldest. */
	*found = false;
	for (skip = chance % STOCK_SPREAD; st == RSP_OK && !*found && skip; skip /= 2)
		st = store->stock_next(store->self, c, type, skip, out, found);
	return st != RSP_OK || *found ? st : store->stock_next(store->self, c, type, 0, out, found);
}

static enum rsp_status
stock_of_iccid(struct rsp_ctx *c, struct smdpp *dp, const char *iccid, struct stock_item *out, bool *found)
{
	uint8_t wanted[10];
	enum rsp_status st = iccid_read(c, iccid, wanted);

	return st == RSP_OK ? dp->store->stock_by_iccid(dp->store->self, c, wanted, out, found) : st;
}

enum rsp_status
stock_take(struct rsp_ctx *c, struct smdpp *dp, const char *type, const char *iccid, struct smdpp_changes *changes, struct stock_item **out)
{
	struct stock_item *i = rsp_alloc(c, sizeof(*i));
	bool found = false;
	enum rsp_status st;

	*out = NULL;
	if (!i)
		return RSP_NOMEM;
	st = iccid ? stock_of_iccid(c, dp, iccid, i, &found) : any_stock(c, dp, type, i, &found);
	if (st != RSP_OK || !found)
		return st;
	if (strcmp(i->profile, type) != 0)
		return smdpp_no(c, CODE_TYPE_ASSOCIATION, "ICCID %s is in the stock of profile type '%s', not '%s'", iccid, i->profile, type);
	/* Allocated: its order may be over, its profile deleted on the card; that is judged with the order. */
	if (i->state == STOCK_RETIRED)
		return smdpp_no(c, CODE_ICCID_IN_USE, "ICCID %s of the stock is %s", iccid, stock_state_name(STOCK_RETIRED));
	i->state = STOCK_ALLOCATED;
	changes->stock = i;
	changes->n_stock = 1;
	*out = i;
	return RSP_OK;
}

enum rsp_status
stock_moved(struct rsp_ctx *c, struct smdpp *dp, const struct stock_item *taken, enum rsp_status st)
{
	struct rsp_error error = c->error;
	struct stock_item now;
	bool found = false;
	enum rsp_status read = dp->store->stock_by_iccid(dp->store->self, c, taken->iccid, &now, &found);

	if (read != RSP_OK)
		return read;
	if (!found || now.revision != taken->revision)
		return rsp_fail(c, RSP_CONFLICT, "the subscription has gone to another order meanwhile");
	c->error = error;
	return st;
}

enum rsp_status
stock_not_of(struct rsp_ctx *c, struct smdpp *dp, const uint8_t iccid[10])
{
	struct stock_item i;
	bool found = false;
	char text[ICCID_TEXT];
	enum rsp_status st = dp->store->stock_by_iccid(dp->store->self, c, iccid, &i, &found);

	if (st != RSP_OK || !found)
		return st;
	explicit_bzero(i.k, sizeof(i.k));
	explicit_bzero(i.opc, sizeof(i.opc));
	iccid_text(iccid, text);
	return smdpp_no(c, CODE_TYPE_ASSOCIATION, "ICCID %s is in the stock of profile type '%s', which this order is not made from", text, i.profile);
}

enum rsp_status
stock_return(struct rsp_ctx *c, struct smdpp *dp, const struct smdpp_order *o, enum order_state final, struct smdpp_changes *changes)
{
	struct stock_item *i = rsp_alloc(c, sizeof(*i));
	bool found = false;
	enum rsp_status st = i ? RSP_OK : RSP_NOMEM;

	if (st == RSP_OK && o->from_stock)
		st = dp->store->stock_by_iccid(dp->store->self, c, o->iccid, i, &found);
	if (st != RSP_OK || !found)
		return st;
	i->state = final == ORDER_AVAILABLE ? STOCK_AVAILABLE : STOCK_RETIRED;
	changes->stock = i;
	changes->n_stock = 1;
	return RSP_OK;
}

/* ---- into it ---- */

static int
by_iccid(const void *a, const void *b)
{
	const struct stock_item *const *x = a, *const *y = b;

	return memcmp((*x)->iccid, (*y)->iccid, sizeof((*x)->iccid));
}

static enum rsp_status
check_all_differ(struct rsp_ctx *c, const struct stock_item *items, size_t n)
{
	const struct stock_item **sorted = rsp_alloc(c, (n + 1) * sizeof(*sorted));
	char text[ICCID_TEXT];
	size_t i;

	if (!sorted)
		return RSP_NOMEM;
	for (i = 0; i < n; i++)
		sorted[i] = &items[i];
	qsort(sorted, n, sizeof(*sorted), by_iccid);
	for (i = 1; i < n; i++)
		if (by_iccid(&sorted[i - 1], &sorted[i]) == 0) {
			iccid_text(sorted[i]->iccid, text);
			return smdpp_no(c, CODE_ICCID_IN_USE, "ICCID %s is given twice", text);
		}
	return RSP_OK;
}

/* Nobody has it: it is Available if it is there, and no order without it stands under its ICCID. */
static enum rsp_status
check_unused(struct rsp_ctx *c, struct smdpp *dp, struct stock_item *i)
{
	struct smdpp_store *store = dp->store;
	struct stock_item old;
	struct smdpp_order o;
	bool found = false, ordered = false;
	char text[ICCID_TEXT];
	enum rsp_status st = store->stock_by_iccid(store->self, c, i->iccid, &old, &found);

	if (st == RSP_OK)
		st = store->order_by_iccid(store->self, c, i->iccid, &o, &ordered);
	if (st != RSP_OK)
		return st;
	iccid_text(i->iccid, text);
	i->revision = found ? old.revision : 0;
	explicit_bzero(&old.k, sizeof(old.k));
	explicit_bzero(&old.opc, sizeof(old.opc));
	if (found && old.state != STOCK_AVAILABLE)
		return smdpp_no(c, CODE_ICCID_IN_USE, "ICCID %s of the stock is %s", text, stock_state_name((enum stock_state)old.state));
	if (ordered && o.state != ORDER_AVAILABLE)
		return smdpp_no(c, CODE_ICCID_IN_USE, "ICCID %s is in use by an order in state %s", text, order_state_name(o.state));
	return RSP_OK;
}

enum rsp_status
stock_put(struct rsp_ctx *c, struct smdpp *dp, struct stock_item *items, size_t n, struct smdpp_changes *changes)
{
	size_t i;
	enum rsp_status st = check_all_differ(c, items, n);

	*changes = (struct smdpp_changes){0};
	for (i = 0; st == RSP_OK && i < n; i++) {
		items[i].state = STOCK_AVAILABLE;
		st = check_unused(c, dp, &items[i]);
	}
	if (st != RSP_OK)
		return st;
	changes->stock = items;
	changes->n_stock = n;
	return RSP_OK;
}
