// SPDX-License-Identifier: BSD-2-Clause
/* Which profile serves: Enable, Disable, Delete, eUICCMemoryReset (SGP.22 5.7.16 to 5.7.19). */
#include <stdio.h>

#include "euicc/impl.h"

struct change {
	struct euicc *e;
	struct profile_choice choice;
	struct profile_rows rows;
	struct profile_row *target, *enabled;
	struct profile_row *was;         /* operational, a test profile has taken its place */
};

static enum rsp_status
load_change(struct rsp_ctx *c, struct change *ch)
{
	struct bytes was;
	enum rsp_status st = profiles_load(c, ch->e->nvm, &ch->rows);
	size_t i;

	if (st != RSP_OK)
		return st;
	ch->target = profile_find_row(&ch->rows, ch->choice.isdp_aid, ch->choice.iccid);
	if (state_get(ch->e, "was", &was))
		ch->was = profile_find_row(&ch->rows, BYTES_NONE, was);
	for (i = 0; i < ch->rows.n; i++)
		if (ch->rows.p[i].info.state == PROFILE_ENABLED)
			ch->enabled = &ch->rows.p[i];
	return RSP_OK;
}

static enum rsp_status
check_found(struct rsp_ctx *c, void *arg)
{
	struct change *ch = arg;

	return ch->target ? RSP_OK : rsp_fail(c, RSP_REFUSED, "there is no such profile");
}

static enum rsp_status
check_disabled(struct rsp_ctx *c, void *arg)
{
	struct change *ch = arg;

	return ch->target->info.state == PROFILE_DISABLED ? RSP_OK : rsp_fail(c, RSP_REFUSED, "the profile is not disabled");
}

static enum rsp_status
check_enabled(struct rsp_ctx *c, void *arg)
{
	struct change *ch = arg;

	return ch->target->info.state == PROFILE_ENABLED ? RSP_OK : rsp_fail(c, RSP_REFUSED, "the profile is not enabled");
}

/* PPR1 of the enabled profile: it may not be disabled; a test or provisioning profile may still take its place. */
static enum rsp_status
check_ppr1_of_enabled(struct rsp_ctx *c, void *arg)
{
	struct change *ch = arg;

	if (!ch->enabled || !(ppr_of(&ch->enabled->info) & 2) || class_of(&ch->target->info) != CLASS_OPERATIONAL)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the enabled profile may not be disabled (PPR1)");
}

/*
 * After a test profile only the operational profile comes back that was enabled before it; when the test profile has been disabled and nothing is enabled,
 * only if PPR1 holds that profile.
 */
static enum rsp_status
check_reenabling(struct rsp_ctx *c, void *arg)
{
	struct change *ch = arg;
	bool testing = ch->enabled && class_of(&ch->enabled->info) == CLASS_TEST;

	if (!ch->was || ch->target == ch->was || class_of(&ch->target->info) != CLASS_OPERATIONAL || (!testing && !(ppr_of(&ch->was->info) & 2)))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "another profile was enabled before the test profile");
}

/* A test profile is for a device in test mode. */
static enum rsp_status
check_test_mode(struct rsp_ctx *c, void *arg)
{
	struct change *ch = arg;

	return profile_shown(ch->e, &ch->target->info) ? RSP_OK : rsp_fail(c, RSP_REFUSED, "the device is not in test mode");
}

static enum rsp_status
check_ppr1(struct rsp_ctx *c, void *arg)
{
	struct change *ch = arg;

	return ppr_of(&ch->target->info) & 2 ? rsp_fail(c, RSP_REFUSED, "the profile may not be disabled (PPR1)") : RSP_OK;
}

static enum rsp_status
check_ppr2(struct rsp_ctx *c, void *arg)
{
	struct change *ch = arg;

	return ppr_of(&ch->target->info) & 4 ? rsp_fail(c, RSP_REFUSED, "the profile may not be deleted (PPR2)") : RSP_OK;
}

static enum rsp_status
check_cat(struct rsp_ctx *c, void *arg)
{
	struct change *ch = arg;

	return ch->e->proactive.n ? rsp_fail(c, RSP_REFUSED, "a proactive command is under way") : RSP_OK;
}

static const struct rsp_check enable_rows[] = {
	{"profile found", "SGP.22 5.7.16", check_found, 1},
	{"device test mode", "SGP.22 5.7.16", check_test_mode, 1},
	{"profile disabled", "SGP.22 5.7.16", check_disabled, 2},
	{"PPR1 of the enabled profile", "SGP.22 5.7.16", check_ppr1_of_enabled, 3},
	{"profile before the test profile", "SGP.22 5.7.16", check_reenabling, 4},
	{"no proactive session", "SGP.22 5.7.16", check_cat, 5},
};
const struct rsp_checks euicc_enable_checks = RSP_CHECKS(enable_rows);

static const struct rsp_check disable_rows[] = {
	{"profile found", "SGP.22 5.7.17", check_found, 1},
	{"profile enabled", "SGP.22 5.7.17", check_enabled, 2},
	{"PPR1", "SGP.22 5.7.17", check_ppr1, 3},
	{"no proactive session", "SGP.22 5.7.17", check_cat, 5},
};
const struct rsp_checks euicc_disable_checks = RSP_CHECKS(disable_rows);

static const struct rsp_check delete_rows[] = {
	{"profile found", "SGP.22 5.7.18", check_found, 1},
	{"profile disabled", "SGP.22 5.7.18", check_disabled, 2},
	{"PPR2", "SGP.22 5.7.18", check_ppr2, 3},
};
const struct rsp_checks euicc_delete_checks = RSP_CHECKS(delete_rows);

static enum rsp_status
set_state(struct euicc *e, struct rsp_ctx *c, struct profile_row *row, enum profile_state state, uint32_t event)
{
	enum rsp_status st;

	row->info.state = (int)state;
	st = profile_store(e, c, row);
	return st == RSP_OK ? notify_event(e, c, row, event) : st;
}

/* With the refresh flag the files change at the REFRESH or reset that follows, otherwise now. */
static void
switched(struct es10_call *call, const struct change *ch)
{
	call->refresh = ch->choice.refresh;
	call->serve = !ch->choice.refresh && call->e->uicc;
}

/* Walk a table; its answer when it says no. *go: all rows hold. */
static enum rsp_status
decide(struct rsp_ctx *c, struct es10_call *call, struct rsp_checks checks, struct change *ch, uint32_t tag, bool *go)
{
	const struct rsp_check *failed = NULL;
	enum rsp_status st = load_change(c, ch);

	*go = false;
	if (st != RSP_OK)
		return st;
	st = rsp_check_all(c, checks, ch, &failed);
	if (st != RSP_OK && !failed)
		return st;
	es10_write_result(&call->reply, tag, failed ? failed->code : 0);
	*go = !failed;
	/* until the REFRESH the files of before are served, also when nobody has asked for them yet */
	return *go && ch->choice.refresh ? profiles_ready(call->e, c) : RSP_OK;
}

/* Which operational profile is to come back after a test profile. */
static enum rsp_status
remember(struct rsp_ctx *c, struct change *ch)
{
	int class = class_of(&ch->target->info);

	if (class == CLASS_TEST && ch->enabled && class_of(&ch->enabled->info) == CLASS_OPERATIONAL)
		return state_put(ch->e, c, "was", ch->enabled->info.iccid);
	return class == CLASS_OPERATIONAL ? state_del(ch->e, c, "was") : RSP_OK;
}

enum rsp_status
es10_enable(struct rsp_ctx *c, struct es10_call *call)
{
	struct change ch = {.e = call->e};
	bool go;
	enum rsp_status st = es10_read_enable_req(c, call->command, &ch.choice);

	if (st != RSP_OK || (st = decide(c, call, call->e->checks.enable, &ch, 0xBF31, &go)) != RSP_OK || !go)
		return st;
	st = remember(c, &ch);
	if (st == RSP_OK && ch.enabled)
		st = set_state(call->e, c, ch.enabled, PROFILE_DISABLED, EVENT_DISABLE);
	if (st == RSP_OK)
		st = set_state(call->e, c, ch.target, PROFILE_ENABLED, EVENT_ENABLE);
	switched(call, &ch);
	return st;
}

enum rsp_status
es10_disable(struct rsp_ctx *c, struct es10_call *call)
{
	struct change ch = {.e = call->e};
	bool go;
	enum rsp_status st = es10_read_enable_req(c, call->command, &ch.choice);

	if (st != RSP_OK || (st = decide(c, call, call->e->checks.disable, &ch, 0xBF32, &go)) != RSP_OK || !go)
		return st;
	switched(call, &ch);
	return set_state(call->e, c, ch.target, PROFILE_DISABLED, EVENT_DISABLE);
}

static enum rsp_status
remove_profile(struct euicc *e, struct rsp_ctx *c, const struct profile_row *row)
{
	struct bytes was;
	char key[8];
	enum rsp_status st = notify_event(e, c, row, EVENT_DELETE);

	if (st == RSP_OK && state_get(e, "was", &was) && bytes_equal(was, row->info.iccid))
		st = state_del(e, c, "was");

	if (st == RSP_OK)
		st = uicc_remove(c, e->nvm, row->prefix);
	snprintf(key, sizeof(key), "px/%02X", row->slot);
	if (st == RSP_OK)
		st = state_del(e, c, key);
	snprintf(key, sizeof(key), "pr/%02X", row->slot);
	return st == RSP_OK ? state_del(e, c, key) : st;
}

enum rsp_status
es10_delete(struct rsp_ctx *c, struct es10_call *call)
{
	struct change ch = {.e = call->e};
	bool go;
	enum rsp_status st = es10_read_delete_req(c, call->command, &ch.choice);

	if (st != RSP_OK || (st = decide(c, call, call->e->checks.delete_profile, &ch, 0xBF33, &go)) != RSP_OK || !go)
		return st;
	return remove_profile(call->e, c, ch.target);
}

/* Bit 0 operational profiles, 1 field-loaded test profiles, 2 the default SM-DP+ address. PPR2 does not hold it up. */
static bool
reset_takes(uint32_t bits, const struct profile_info *p)
{
	int class = class_of(p);

	return (class == CLASS_OPERATIONAL && bits & 1) || (class == CLASS_TEST && bits & 2);
}

/* Those that are asked for. *was_enabled: the enabled one was among them. */
static enum rsp_status
remove_all(struct euicc *e, struct rsp_ctx *c, uint32_t bits, bool *any, bool *was_enabled)
{
	struct profile_rows rows;
	size_t i;
	enum rsp_status st = profiles_load(c, e->nvm, &rows);

	for (i = 0; st == RSP_OK && i < rows.n; i++) {
		if (!reset_takes(bits, &rows.p[i].info))
			continue;
		*any = true;
		*was_enabled = *was_enabled || rows.p[i].info.state == PROFILE_ENABLED;
		st = remove_profile(e, c, &rows.p[i]);
	}
	return st;
}

/* With the enabled profile its files go at once, and the terminal hears of it. */
static enum rsp_status
reset_memory(struct rsp_ctx *c, struct es10_call *call, uint32_t bits, int *result)
{
	struct euicc *e = call->e;
	struct bytes dp;
	bool any = false;
	enum rsp_status st = remove_all(e, c, bits, &any, &call->serve);

	call->refresh = call->serve;
	call->serve = call->serve && e->uicc;
	if (st == RSP_OK && bits & 4 && state_get(e, "dp", &dp)) {
		any = true;
		st = state_del(e, c, "dp");
	}
	*result = any ? 0 : 1;
	return st;
}

enum rsp_status
es10_memory_reset(struct rsp_ctx *c, struct es10_call *call)
{
	uint32_t bits;
	int result = 5;
	enum rsp_status st = es10_read_memory_reset_req(c, call->command, &bits);

	if (st == RSP_OK && !call->e->proactive.n)
		st = reset_memory(c, call, bits, &result);
	if (st == RSP_OK)
		es10_write_result(&call->reply, 0xBF34, result);
	return st;
}
