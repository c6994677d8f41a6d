// SPDX-License-Identifier: BSD-2-Clause
/* What is on a card, from its memory, for showing. */
#include <stdio.h>

#include "base/hex.h"
#include "euicc/impl.h"

static bool
count(void *arg, struct bytes key, struct bytes value)
{
	(void)key;
	(void)value;
	++*(size_t *)arg;
	return true;
}

static void
text(char *to, size_t size, struct bytes v)
{
	snprintf(to, size, "%.*s", (int)v.n, v.p ? (const char *)v.p : "");
}

static void
view_profile(struct rsp_ctx *c, const struct profile_row *row, struct euicc_profile_view *v)
{
	const struct profile_info *p = &row->info;

	if (p->iccid.n == 10)
		iccid_text(p->iccid.p, v->iccid);
	snprintf(v->isdp_aid, sizeof(v->isdp_aid), "%s", hex_of(c, p->isdp_aid));
	text(v->name, sizeof(v->name), p->name);
	text(v->provider, sizeof(v->provider), p->provider);
	text(v->nickname, sizeof(v->nickname), p->nickname);
	v->enabled = p->state == PROFILE_ENABLED;
	v->profile_class = p->profile_class < 0 ? CLASS_OPERATIONAL : p->profile_class;
	v->prefix = rsp_strdup(c, row->prefix);
}

enum rsp_status
euicc_view(struct rsp_ctx *c, struct nvm *nvm, struct euicc_view *out)
{
	struct euicc_view v = {0};
	struct profile_rows rows;
	struct bytes value;
	size_t i;
	enum rsp_status st;

	if (!nvm->get(nvm->self, bytes_of_str("eid"), &value) || value.n != 16)
		return rsp_fail(c, RSP_MALFORMED, "the image holds no personalised eUICC");
	eid_text(value.p, v.eid);
	if (nvm->get(nvm->self, bytes_of_str("dp"), &value))
		text(v.default_dp, sizeof(v.default_dp), value);
	if (nvm->get(nvm->self, bytes_of_str("root"), &value))
		text(v.root_ds, sizeof(v.root_ds), value);
	nvm->each(nvm->self, bytes_of_str("n/"), count, &v.n_notifications);
	v.used = nvm->used(nvm->self);
	if ((st = profiles_load(c, nvm, &rows)) != RSP_OK)
		return st;
	v.profile = rsp_alloc(c, (rows.n + 1) * sizeof(*v.profile));
	if (!v.profile)
		return RSP_NOMEM;
	for (i = 0; i < rows.n; i++)
		view_profile(c, &rows.p[i], &v.profile[v.n_profiles++]);
	*out = v;
	return RSP_OK;
}
