// SPDX-License-Identifier: BSD-2-Clause
/* Inside euicc/: words of a description, and the rules authorisation table. */
#ifndef EUICC_TRAITS_H
#define EUICC_TRAITS_H

#include <esimlab/euicc.h>

#include "base/buf.h"
#include "codec/es8p.h"

extern const struct euicc_traits usual_traits;

/* The next word of a list that commas and blanks separate; "" at its end. */
const char *trait_word(const char **list, char *out, size_t size);
/* "ppr1,ppr2 26201/GID1/GID2 consent": OPERATOR is MCC and MNC, '*' for any digit, or "any". */
bool rule_read(struct rsp_ctx *c, const char *text, struct euicc_rule *out);
void rule_write(struct buf *b, const struct euicc_rule *r);
/* The first line that is for this owner and rule (mask) decides: may it be? */
bool rules_allow(const struct euicc_traits *t, const struct store_metadata *m, uint32_t rule);
/* GetRAT's answer. */
RSP_MUST_USE enum rsp_status rules_answer(struct rsp_ctx *c, const struct euicc_traits *t, struct buf *out);

#endif
