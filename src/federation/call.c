// SPDX-License-Identifier: BSD-2-Clause
/* One call from the beginning to its change set. */
#include "federation/call.h"

#include <stdio.h>

enum rsp_status
do_tick(struct fed_call *k)
{
	(void)k;
	return RSP_OK;
}

/* ---- what time has brought about ---- */

/* Each row at most once: what it leaves due is for the next call. */
static enum rsp_status
run_timer(struct fed_call *k, const struct fed_timer *t)
{
	enum rsp_status st = RSP_OK;
	size_t n = k->n;

	for (size_t i = 0; st == RSP_OK && i < n; i++) {
		struct fed_held *h = k->held[i];

		if (h->row.kind == t->kind && h->row.live && !h->drop && h->row.due && h->row.due <= k->now)
			st = t->run(k, &h->row);
	}
	return st;
}

static enum rsp_status
settle_due(struct fed_call *k)
{
	enum rsp_status st = RSP_OK;

	for (size_t i = 0; st == RSP_OK && i < k->lib->timers.n; i++)
		st = run_timer(k, &k->lib->timers.rows[i]);
	return st;
}

/* ---- who calls ---- */

static enum rsp_status
check_caller(struct fed_call *k, const struct fed_command *command)
{
	const struct fed_caller *by = &k->r->by;

	if ((unsigned)by->actor >= FED_ACTORS || !(command->actors & 1u << by->actor))
		return fed_no(k, FED_E_FORBID, "4.2", "%s is not for this caller", command->name);
	if (by->actor != FED_BY_MEMBER || !k->f)
		return RSP_OK;
	k->caller = set_find(k, FED_MEMBER, by->member, 0);
	if (!k->caller || k->caller->as.member.state != FED_MEMBER_ACTIVE || k->caller->as.member.auth_epoch != by->auth_epoch || k->f->state == FED_FROZEN)
		return fed_no(k, FED_E_FORBID, "I7, N03", "this caller's token holds no more");
	return RSP_OK;
}

/* ---- a key that has been used ---- */

static enum rsp_status
kept_reply(struct fed_call *k, bool *found)
{
	struct fed_row *r;
	const struct fed_kept_reply *kept;
	enum rsp_status st = set_get(k, FED_REPLY, (struct fed_key){k->reply->fed, k->r->key, 0}, &r);

	*found = st == RSP_OK && r;
	if (!*found)
		return st;
	kept = &r->as.reply;
	if (kept->op != (uint32_t)k->r->op)
		return fed_no(k, FED_E_CONFLICT, "1.1", "this Idempotency-Key was another request's");
	k->reply->member = kept->member;
	k->reply->number = kept->number;
	k->reply->bytes = kept->bytes;
	k->reply->validity = kept->validity;
	k->reply->last = kept->last;
	memcpy(k->reply->nonce, kept->nonce, sizeof(kept->nonce));
	k->reply->again = true;
	return RSP_OK;
}

/* But for a confirmation code, which is shown once and kept nowhere: who did not see it asks for another consent. */
static void
keep_reply(struct fed_call *k)
{
	struct fed_kept_reply *kept = &set_add(k, FED_REPLY, k->r->key, 0, false)->as.reply;

	*kept = (struct fed_kept_reply){(uint32_t)k->r->op, k->reply->member, k->reply->number, k->reply->bytes, k->reply->validity, k->reply->last, {0}};
	memcpy(kept->nonce, k->reply->nonce, sizeof(kept->nonce));
}

/* ---- the call ---- */

static bool
changed(const struct fed_call *k)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->held[i]->drop ? k->held[i]->row.revision != 0 : k->held[i]->dirty)
			return true;
	return false;
}

static enum rsp_status
load(struct fed_call *k)
{
	enum rsp_status st;

	k->reply->fed = k->r->fed;
	if (k->r->op == FED_OP_CREATE)
		return RSP_OK;
	if ((st = set_load(k, k->r->fed)) != RSP_OK)
		return st;
	if (!k->f)   /* the same words as for another's: who guesses learns nothing */
		return fed_no(k, FED_E_FORBID, "N31", "this caller has no right to it");
	if (k->f->clock > k->now)
		k->now = k->f->clock;
	if ((st = settle_due(k)) == RSP_OK)
		*k->reply = (struct fed_reply){.fed = k->r->fed};   /* what time did is nobody's answer */
	return st;
}

static enum rsp_status
command_run(struct fed_call *k, const struct fed_command *command)
{
	const struct rsp_check *no;
	enum rsp_status st;

	k->about = k->f && k->r->member ? set_find(k, FED_MEMBER, k->r->member, 0) : NULL;
	if (k->about && k->about->as.member.state == FED_REMOVED)
		k->about = NULL;
	if (k->r->if_match && k->f && k->f->rev != k->r->if_match)
		return fed_no(k, FED_E_STALE, "1.1", "the federation has changed meanwhile");
	if ((st = rsp_check_all(k->c, command->checks, k, &no)) != RSP_OK)
		return st;
	if ((st = command->run(k)) != RSP_OK)
		return st;
	return command->audited && changed(k) ? audit_add(k) : RSP_OK;
}

/* Whoever is reached by shared calls is told to the HSS when it changes, whatever changed it: an agreement may have ended, too. */
static void
fork_set(struct fed_call *k)
{
	for (size_t i = 0, n = k->n; i < n; i++) {
		struct fed_row *m = &k->held[i]->row;
		bool in;

		if (m->kind != FED_MEMBER || k->held[i]->drop || (in = in_fork_set(k, &m->as.member)) == m->as.member.forked)
			continue;
		m->as.member.forked = in;
		row_touch(m);
		outside(k, FED_TO_HSS, in ? "fork" : "unfork", m, 0, NULL);
	}
}

/* After the command: when the federation has to be looked at again, the latest time it has seen, the reply under its key. */
static enum rsp_status
finish(struct fed_call *k, struct fed_changes *out)
{
	if (k->f && changed(k)) {
		fork_set(k);
		plan_due(k);
		k->f->clock = k->now;
		row_touch(k->row_f);
		if (k->r->key && !k->reply->again)
			keep_reply(k);
	}
	k->reply->rev = k->f ? k->f->rev : 0;
	return set_changes(k, out);
}

enum rsp_status
fed_handle(struct rsp_ctx *c, const struct fed *lib, const struct fed_request *r, struct fed_changes *changes, struct fed_reply *reply)
{
	struct fed_call k = {.c = c, .lib = lib, .r = r, .reply = reply, .now = c->now};
	const struct fed_command *command;
	bool again = false;
	enum rsp_status st;

	*changes = (struct fed_changes){NULL, 0};
	*reply = (struct fed_reply){0};
	if ((unsigned)r->op >= FED_OPS || !lib->commands[r->op].run)
		return fed_no(&k, FED_E_OP, "1.1", "there is no such command");
	command = &lib->commands[r->op];
	st = load(&k);
	if (st == RSP_OK)
		st = check_caller(&k, command);
	if (st == RSP_OK && r->key && k.f)
		st = kept_reply(&k, &again);
	if (st == RSP_OK && !again)
		st = command_run(&k, command);
	return st == RSP_OK ? finish(&k, changes) : st;
}
