// SPDX-License-Identifier: BSD-2-Clause
/* Orders and sessions as this process last read or wrote them. Another process may have changed them since: whoever commits one finds out by its revision. */
#ifndef STORE_RECENT_H
#define STORE_RECENT_H

#include "smdpp/store.h"

struct recent;

struct recent *recent_new(void);
void recent_free(struct recent *r);      /* wiped; NULL is fine */
bool recent_get(struct recent *r, const uint8_t iccid[10], struct smdpp_order *out);
/* As it is in the store now: revision counted up. */
void recent_put(struct recent *r, const struct smdpp_order *o, uint64_t revision);
void recent_drop(struct recent *r, const uint8_t iccid[10]);

bool recent_session(struct recent *r, struct bytes transaction_id, struct smdpp_session *out);
void recent_put_session(struct recent *r, const struct smdpp_session *s, uint64_t revision);
void recent_drop_session(struct recent *r, const uint8_t transaction_id[16]);

#endif
