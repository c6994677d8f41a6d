// SPDX-License-Identifier: BSD-2-Clause
/* Rows as octets, sealed with the store's data key, and the tags they are found by. */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "smdpp/store.h"

struct store_key { uint8_t seal[32], find[32]; };

/* FILE.key beside the store: read, or made (0600) on first use. path NULL: a key of this process alone. */
RSP_MUST_USE enum rsp_status store_key_open(struct rsp_ctx *c, const char *path, struct store_key *out);

/* What a row is found by: HMAC of kind and value, so that identities do not stand in the file. */
RSP_MUST_USE enum rsp_status store_tag(struct rsp_ctx *c, const struct store_key *k, const char *kind, struct bytes value, uint8_t tag[32]);

RSP_MUST_USE enum rsp_status order_seal(struct rsp_ctx *c, const struct store_key *k, const struct smdpp_order *o, struct bytes *out);
/* The revision is not inside: it stands in a column. */
RSP_MUST_USE enum rsp_status order_unseal(struct rsp_ctx *c, const struct store_key *k, struct bytes sealed, struct smdpp_order *out);

#endif
