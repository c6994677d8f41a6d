// SPDX-License-Identifier: BSD-2-Clause
/* Looking at a federation without changing it: usage by device, readiness, export. */
#include "federation/call.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json_out.h"

static enum rsp_status
open_view(struct rsp_ctx *c, const struct fed *lib, const struct fed_request *r, struct fed_call *k, struct fed_reply *reply)
{
	enum rsp_status st;

	*k = (struct fed_call){.c = c, .lib = lib, .r = r, .reply = reply, .now = c->now};
	*reply = (struct fed_reply){.fed = r->fed};
	st = set_load(k, r->fed);
	return st != RSP_OK || k->f ? st : fed_no(k, FED_E_FORBID, "N31", "this caller has no right to it");
}

/* The owner sees all, a member itself: *all says which. */
static enum rsp_status
viewer(struct fed_call *k, bool *all)
{
	const struct fed_caller *by = &k->r->by;

	*all = by->actor == FED_BY_OPERATOR || (by->actor == FED_BY_ACCOUNT && by->account && strcmp(by->account, k->f->account) == 0);
	if (*all)
		return RSP_OK;
	k->caller = by->actor == FED_BY_MEMBER ? set_find(k, FED_MEMBER, by->member, 0) : NULL;
	if (!k->caller || k->caller->as.member.auth_epoch != by->auth_epoch || k->caller->as.member.state != FED_MEMBER_ACTIVE)
		return fed_no(k, FED_E_FORBID, "N31", "this caller has no right to it");
	*all = k->caller->as.member.primary;
	return RSP_OK;
}

static int
heaviest(const void *a, const void *b)
{
	const struct fed_use *x = a, *y = b;

	if (x->used != y->used)
		return x->used < y->used ? 1 : -1;
	return x->member < y->member ? -1 : x->member > y->member;
}

enum rsp_status
fed_usage(struct rsp_ctx *c, const struct fed *lib, const struct fed_request *r, struct fed_use **out, size_t *n)
{
	struct fed_call k;
	struct fed_reply reply;
	struct fed_row *m;
	size_t i = 0;
	bool all = false;
	enum rsp_status st = open_view(c, lib, r, &k, &reply);

	if (st == RSP_OK)
		st = viewer(&k, &all);
	if (st != RSP_OK)
		return st;
	if (!(*out = rsp_alloc(c, (k.n + 1) * sizeof(struct fed_use))))
		return RSP_NOMEM;
	for (*n = 0; (m = set_next(&k, FED_MEMBER, &i));) {
		if (!all && m != k.caller)
			continue;
		(*out)[*n] = (struct fed_use){.member = m->key.a, .cap = m->as.member.cap,
			.used = m->as.member.cycle == k.f->cycle ? fed_member_used(&m->as.member) : 0};
		snprintf((*out)[*n].name, sizeof((*out)[*n].name), "%s", m->as.member.name);
		++*n;
	}
	qsort(*out, *n, sizeof(struct fed_use), heaviest);
	return RSP_OK;
}

static void
export_member(struct json_out *j, const struct fed_call *k, const struct fed_row *row)
{
	const struct fed_member *m = &row->as.member;
	const struct fed_row *p = profile_of(k, row);

	json_object(j, NULL);
	json_int(j, "member", (long long)row->key.a);
	json_string(j, "friendly_name", m->name);
	json_string(j, "role", m->primary ? "P" : "S");
	json_string(j, "state", fed_member_state_name(m->state));
	json_int(j, "prio", m->prio);
	json_int(j, "cap_bytes", m->cap);
	json_int(j, "used", fed_member_used(m));
	json_string(j, "profile", p ? fed_profile_state_name(p->as.profile.state) : "");
	json_string(j, "iccid", p ? p->as.profile.iccid : "");
	json_object_end(j);
}

enum rsp_status
fed_export(struct rsp_ctx *c, const struct fed *lib, const struct fed_request *r, struct buf *out)
{
	struct json_out j = JSON_OUT(out);
	struct fed_call k;
	struct fed_reply reply;
	struct fed_row *m;
	size_t i = 0;
	bool all = false;
	enum rsp_status st = open_view(c, lib, r, &k, &reply);

	if (st == RSP_OK)
		st = viewer(&k, &all);
	if (st == RSP_OK && !all)
		st = fed_no(&k, FED_E_FORBID, "4.2", "the whole is for its owner");
	if (st != RSP_OK)
		return st;
	json_object(&j, NULL);
	json_string(&j, "carrier", k.f->carrier);
	json_string(&j, "state", fed_state_name(k.f->state));
	json_int(&j, "quota", k.pool->quota);
	json_int(&j, "topup", k.pool->topup);
	json_int(&j, "consumed", k.pool->consumed);
	json_array(&j, "members");
	while ((m = set_next(&k, FED_MEMBER, &i)))
		export_member(&j, &k, m);
	json_array_end(&j);
	json_object_end(&j);
	return out->bad ? rsp_fail(c, RSP_NOMEM, "export: no memory") : RSP_OK;
}

/* What would be missed if the primary were lost at this moment. */
enum rsp_status
fed_readiness(struct rsp_ctx *c, const struct fed *lib, uint64_t fed, const char **missing)
{
	const struct fed_request r = {.fed = fed};
	struct fed_call k;
	struct fed_reply reply;
	struct fed_row *m;
	size_t i = 0;
	bool promotable = false, leased = true;
	enum rsp_status st = open_view(c, lib, &r, &k, &reply);

	if (st != RSP_OK)
		return st;
	while ((m = set_next(&k, FED_MEMBER, &i)))
		if (m->as.member.state == FED_MEMBER_ACTIVE && !m->as.member.primary) {
			promotable = promotable || rule_of(&k, &m->as.member)->promotable;
			leased = leased && lease_of(&k, m);
		}
	*missing = !promotable ? "no member can be promoted" : !leased ? "a member has no lease" : !k.carrier->remote_promote ? "the carrier does not promote from afar" : "";
	return RSP_OK;
}

enum rsp_status
fed_diagnose(struct rsp_ctx *c, const struct fed *lib, uint64_t fed, uint64_t member, const char **failing)
{
	const struct fed_request r = {.op = FED_OP_RESERVE, .fed = fed, .member = member, .u.reserve.ask = 1};
	const struct rsp_check *no = NULL;
	struct fed_call k;
	struct fed_reply reply;
	enum rsp_status st = open_view(c, lib, &r, &k, &reply);

	if (st != RSP_OK)
		return st;
	k.about = set_find(&k, FED_MEMBER, member, 0);
	st = rsp_check_all(c, lib->commands[FED_OP_RESERVE].checks, &k, &no);
	*failing = no ? no->name : "";
	return no ? RSP_OK : st;
}
