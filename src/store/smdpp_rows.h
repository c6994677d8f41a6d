// SPDX-License-Identifier: BSD-2-Clause
/* The SM-DP+'s rows as octets. Sealed ones carry no revision: that stands beside them. */
#ifndef STORE_SMDPP_ROWS_H
#define STORE_SMDPP_ROWS_H

#include "smdpp/store.h"
#include "store/rows.h"

RSP_MUST_USE enum rsp_status order_seal(struct rsp_ctx *c, const struct store_key *k, const struct smdpp_order *o, struct bytes *out);
RSP_MUST_USE enum rsp_status order_unseal(struct rsp_ctx *c, const struct store_key *k, struct bytes sealed, struct smdpp_order *out);
RSP_MUST_USE enum rsp_status stock_seal(struct rsp_ctx *c, const struct store_key *k, const struct stock_item *i, struct bytes *out);
RSP_MUST_USE enum rsp_status stock_unseal(struct rsp_ctx *c, const struct store_key *k, struct bytes sealed, struct stock_item *out);
/* Sessions are sealed only when they leave the process. k NULL: as they are. */
RSP_MUST_USE enum rsp_status session_seal(struct rsp_ctx *c, const struct store_key *k, const struct smdpp_session *s, struct bytes *out);
RSP_MUST_USE enum rsp_status session_unseal(struct rsp_ctx *c, const struct store_key *k, struct bytes sealed, struct smdpp_session *out);
RSP_MUST_USE enum rsp_status done_seal(struct rsp_ctx *c, const struct store_key *k, const struct es2p_done *d, struct bytes *out);
RSP_MUST_USE enum rsp_status done_unseal(struct rsp_ctx *c, const struct store_key *k, struct bytes sealed, struct es2p_done *out);

#endif
