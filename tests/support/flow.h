// SPDX-License-Identifier: BSD-2-Clause
/* A laboratory with TLS, the wire to it in one of the bindings, a eUICC on paper and its order: what tests of whole ES9+ sessions begin with. */
#ifndef TESTS_SUPPORT_FLOW_H
#define TESTS_SUPPORT_FLOW_H

#include "support/paper.h"

struct flow { const struct world *world; struct probe p; struct wire w; struct paper e; struct rsp_ctx *c; struct smdpp_order order; };

/* On one curve; or as o says. */
void flow_open(struct flow *f, struct rsp_ctx *c, const struct world *world);
void flow_open_lab(struct flow *f, struct rsp_ctx *c, const struct world *world, const struct lab_options *o);
void flow_close(struct flow *f);

/* A Released order: f->order, and what the server has made of it since. */
void flow_order(struct flow *f, const struct order_request *r);
struct smdpp_order flow_stored(struct flow *f);

/* As paper_ask and paper_up_to, without a confirmation code. */
const char *flow_ask(struct flow *f, enum es9p_function function, struct es9p_request r);
void flow_up_to(struct flow *f, enum es9p_function function);
/* A verdict: the code, in ASN.1 its number; number 0: the same in both. */
void flow_expect(const struct flow *f, const char *have, const char *code, int number);

#endif
