// SPDX-License-Identifier: BSD-2-Clause
/* Making and moving orders: shared by ES2+ and by `esimlab order`. Refusals carry ES2+ codes. */
#ifndef SMDPP_ORDER_H
#define SMDPP_ORDER_H

#include "smdpp/call.h"

/*
 * A new order for a type. iccid: text, "new", or NULL as in struct order_request. The package, personalised, and the subscription it took from the
 * stock are put into changes; the order is the caller's to put there.
 */
/* 8.2.5/1.2 unless this function requester may order this type. */
RSP_MUST_USE enum rsp_status order_may_have(struct rsp_ctx *c, struct smdpp *dp, const char *type, struct bytes requester);
RSP_MUST_USE enum rsp_status order_make(struct rsp_ctx *c, struct smdpp *dp, const char *type, const char *iccid, struct smdpp_order *out,
	struct smdpp_changes *changes);
/* StoreMetadata of a type into the order. */
RSP_MUST_USE enum rsp_status metadata_write(struct rsp_ctx *c, const struct smdpp *dp, const struct profile_type *type, struct smdpp_order *o);
/* Other names than the type's; NULL: as they are. */
RSP_MUST_USE enum rsp_status metadata_rename(struct rsp_ctx *c, struct smdpp_order *o, const char *name, const char *provider);
/* A MatchingID nobody can guess: 20 characters of 32. */
RSP_MUST_USE enum rsp_status order_make_matching_id(struct rsp_ctx *c, char out[21]);
RSP_MUST_USE enum rsp_status order_find(struct rsp_ctx *c, struct smdpp *dp, const uint8_t iccid[10], struct smdpp_order *out);
/* Refused with 8.2.6/3.3 when another order has this MatchingID. */
RSP_MUST_USE enum rsp_status order_matching_id_free(struct rsp_ctx *c, struct smdpp *dp, struct bytes id, const struct smdpp_order *own);
/* Confirm: MatchingID, confirmation code; to Released or Confirmed. */
RSP_MUST_USE enum rsp_status order_confirm(struct rsp_ctx *c, struct smdpp *dp, struct smdpp_order *o, struct bytes matching_id,
	struct bytes confirmation_code, bool release);

/*
 * A subscription of the stock that can be had for this type (and ICCID, text or NULL), put into changes as Allocated; *out NULL: there is none. An
 * ICCID of another type's stock is refused with 8.2.5/3.8.
 */
RSP_MUST_USE enum rsp_status stock_take(struct rsp_ctx *c, struct smdpp *dp, const char *type, const char *iccid, struct smdpp_changes *changes,
	struct stock_item **out);
/* The order of a subscription that nobody asked for by number is in the way: CONFLICT when somebody else has just got it, otherwise st. */
RSP_MUST_USE enum rsp_status stock_moved(struct rsp_ctx *c, struct smdpp *dp, const struct stock_item *taken, enum rsp_status st);
void stock_values(const struct stock_item *i, struct profile_values *v);
/* An order that is not made from the stock may not have an ICCID of it (8.2.5/3.8). */
RSP_MUST_USE enum rsp_status stock_not_of(struct rsp_ctx *c, struct smdpp *dp, const uint8_t iccid[10]);
/* The subscription follows its cancelled order: to be had again, or never. */
RSP_MUST_USE enum rsp_status stock_return(struct rsp_ctx *c, struct smdpp *dp, const struct smdpp_order *o, enum order_state final, struct smdpp_changes *changes);

#endif
