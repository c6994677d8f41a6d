// SPDX-License-Identifier: BSD-2-Clause
#include "support/flow.h"

void
flow_open_lab(struct flow *f, struct rsp_ctx *c, const struct world *world, const struct lab_options *o)
{
	*f = (struct flow){.world = world, .c = c};
	probe_open(&f->p, c, o);
	wire_open(&f->w, &f->p, 0, world->der);
	paper_open(&f->e, &f->p, c, world->curve, 1);
}

void
flow_open(struct flow *f, struct rsp_ctx *c, const struct world *world)
{
	const struct lab_options o = {.seed = "flows", .clock = TEST_NOW, .tls = true, .curve = world->curve, .only_curve = true};

	flow_open_lab(f, c, world, &o);
}

void
flow_close(struct flow *f)
{
	paper_close(&f->e);
	wire_close(&f->w);
	probe_close(&f->p);
}

void
flow_order(struct flow *f, const struct order_request *r)
{
	struct order_request o = *r;

	o.release = true;
	probe_order(&f->p, f->c, &o, &f->order);
}

struct smdpp_order
flow_stored(struct flow *f)
{
	struct smdpp_store *s = lab_smdpp(f->p.lab)->store;
	struct smdpp_order o;
	bool found = false;

	assert_status(s->order_by_iccid(s->self, f->c, f->order.iccid, &o, &found), RSP_OK);
	assert_true(found);
	return o;
}

void
flow_expect(const struct flow *f, const char *have, const char *code, int number)
{
	const char *want = f->world->der && number ? rsp_sprintf(f->c, "#%d", number) : code;

	if (strcmp(have, want) != 0)
		fail_msg("%s: want %s, have %s", f->world->name, want, have);
}

const char *
flow_ask(struct flow *f, enum es9p_function function, struct es9p_request r)
{
	return paper_ask(&f->e, &f->w, function, &r);
}

void
flow_up_to(struct flow *f, enum es9p_function function)
{
	paper_up_to(&f->e, &f->w, function, f->order.matching_id, NULL);
}
