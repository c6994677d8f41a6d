// SPDX-License-Identifier: BSD-2-Clause
/* RSP sessions in the process's memory, found by transactionId. Lost in a crash, which the protocol allows. Thread-safe. */
#ifndef STORE_SESSIONS_H
#define STORE_SESSIONS_H

#include "smdpp/store.h"

struct sessions;

struct sessions *sessions_new(void);
void sessions_free(struct sessions *s);
bool sessions_get(struct sessions *s, struct bytes transaction_id, struct smdpp_session *out);
/* Would this change fit what is there? CONFLICT when the revision has moved on. Nothing is changed. */
RSP_MUST_USE enum rsp_status sessions_check(struct sessions *s, const struct smdpp_changes *changes);
RSP_MUST_USE enum rsp_status sessions_apply(struct sessions *s, const struct smdpp_changes *changes);
void sessions_expire(struct sessions *s, int64_t before);

#endif
