// SPDX-License-Identifier: BSD-2-Clause
/* Which commands there are: who may call them, what must hold, what they do. */
#include "federation/call.h"

/* ---- checks that many share ---- */

enum rsp_status
check_about(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	return k->about ? RSP_OK : fed_no(k, k->r->op == FED_OP_RESERVE ? FED_E_UNKNOWN_USER : FED_E_PARAM, "F02", "there is no such member");
}

enum rsp_status
check_about_secondary(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	if (!k->about || !member_serves(k->about))
		return fed_no(k, FED_E_PARAM, "3.2", "there is no such member");
	return k->about->as.member.primary ? fed_no(k, FED_E_STATE, "F21", "the primary cannot be meant") : RSP_OK;
}

static bool
same_account(const struct fed_call *k)
{
	return k->r->by.account && strcmp(k->r->by.account, k->f->account) == 0;
}

enum rsp_status
check_account(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	return same_account(k) ? RSP_OK : fed_no(k, FED_E_FORBID, "F35", "the federation is another account's");
}

enum rsp_status
check_active(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	return k->f->state == FED_ACTIVE ? RSP_OK : fed_no(k, FED_E_STATE, "3.2", "the federation is %s", fed_state_name(k->f->state));
}

enum rsp_status
check_open(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	if (k->f->state == FED_FROZEN || k->f->state == FED_CLOSING || k->f->state == FED_CLOSED || k->f->state == FED_DRAFT)
		return fed_no(k, FED_E_STATE, "3.2, N35", "the federation is %s", fed_state_name(k->f->state));
	return RSP_OK;
}

enum rsp_status
check_gates(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	return k->f->sharing && k->f->allow_others ? RSP_OK : fed_no(k, FED_E_FORBID, "F24, F27", "sharing is off");
}

/* A right of the account asks for a factor that is not on the shared number: 4.2. */
static bool
by_owner(const struct fed_call *k)
{
	return k->r->by.actor == FED_BY_OPERATOR || (k->r->by.actor == FED_BY_ACCOUNT && same_account(k) && k->r->by.step_up);
}

static enum rsp_status
forbidden(struct fed_call *k)
{
	return fed_no(k, FED_E_FORBID, "4.2", "this caller has no right to it");
}

enum rsp_status
check_primary_or_account(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	return by_owner(k) || (k->caller && k->caller->as.member.primary) ? RSP_OK : forbidden(k);
}

enum rsp_status
check_step_up(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;
	bool proof = k->r->op == FED_OP_PROMOTE && k->r->u.promote.old_primary_proof && k->caller && k->caller->as.member.primary;

	(void)c;
	return by_owner(k) || proof ? RSP_OK : forbidden(k);
}

enum rsp_status
check_suspender(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	return k->about->as.member.primary ? check_step_up(c, call) : check_primary_or_account(c, call);
}

enum rsp_status
check_self(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	return k->caller && k->caller == k->about ? RSP_OK : forbidden(k);
}

/* A member may leave and may name itself; caps, modes and priorities are not its own. */
enum rsp_status
check_self_or_account(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;
	bool small = k->r->op != FED_OP_PATCH || k->r->u.patch.what == FED_PATCH_NAME || k->r->u.patch.what == FED_PATCH_OFFLINE;

	return small && k->caller && k->caller == k->about ? RSP_OK : check_primary_or_account(c, call);
}

enum rsp_status
check_is_primary(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	return k->caller && k->caller->as.member.primary ? RSP_OK : forbidden(k);
}

/* ---- the rows ---- */

#define C(name, clause, test, code) {name, clause, test, code}
static const struct rsp_check gates[] = {C("owner", "4.2", check_primary_or_account, 0), C("open", "3.2", check_open, 0), C("values", "F76", check_gates_values, 0)};
static const struct rsp_check owner[] = {C("owner", "4.2", check_primary_or_account, 0)};
static const struct rsp_check invite[] = {C("owner", "4.2", check_primary_or_account, 0), C("recoverable", "3.2", check_recoverable, 0),
	C("gates", "F24", check_gates, 0), C("category", "F29", check_category, 0), C("replaced", "F79", check_replaced, 0)};
static const struct rsp_check add[] = {C("account", "F35", check_account, 0), C("active", "3.2", check_active, 0), C("gates", "F24", check_gates, 0),
	C("consent", "4.1", check_consent, 0), C("primary", "F15", check_needs_primary, 0), C("departure", "F56", check_before_departure, 0),
	C("name", "F41", check_name, 0), C("eid", "I12", check_eid_free, 0), C("rate", "4.3", check_rate, 0)};
static const struct rsp_check replace[] = {C("account", "F35", check_account, 0), C("recoverable", "3.2", check_recoverable, 0),
	C("saga", "N14", check_no_saga, 0), C("consent", "4.1", check_consent, 0), C("eid", "I12", check_eid_free, 0), C("rate", "4.3", check_rate, 0)};
static const struct rsp_check confirm[] = {C("member", "F37", check_about, 0), C("recoverable", "3.2", check_recoverable, 0)};
static const struct rsp_check sync[] = {C("owner", "4.2", check_primary_or_account, 0), C("active", "3.2", check_active, 0)};
static const struct rsp_check ack[] = {C("self", "N27", check_self, 0), C("epoch", "F05", check_sync_epoch, 0)};
static const struct rsp_check patch[] = {C("member", "1.1", check_about, 0), C("owner", "4.2", check_self_or_account, 0), C("open", "3.2", check_open, 0),
	C("value", "1.1", check_patch, 0)};
static const struct rsp_check removal[] = {C("member", "F21", check_about_secondary, 0), C("owner", "4.2", check_self_or_account, 0)};
static const struct rsp_check reserve[] = {C("member", "F02", check_about, 0), C("ask", "F08", check_ask, 0), C("active", "I7", check_member_active, 0),
	C("enabled", "F40", check_enabled, 0), C("mode", "F73", check_mode, 0), C("right", "F04", check_right, 0), C("serves", "I9", check_federation_serves, 0)};
static const struct rsp_check report[] = {C("values", "F08", check_report, 0)};
static const struct rsp_check topup[] = {C("owner", "4.2", check_primary_or_account, 0), C("open", "3.2", check_open, 0), C("amount", "F75", check_amount, 0)};
static const struct rsp_check quota[] = {C("open", "3.2", check_open, 0), C("amount", "3.2", check_quota, 0)};
static const struct rsp_check alert[] = {C("owner", "4.2", check_primary_or_account, 0), C("value", "F42", check_alert, 0)};
static const struct rsp_check locate[] = {C("member", "F09", check_about, 0), C("active", "I7", check_member_active, 0), C("plmn", "F20", check_plmn, 0)};
static const struct rsp_check choose[] = {C("primary", "F81", check_is_primary, 0), C("active", "3.2", check_active, 0), C("plmn", "F20", check_plmn, 0)};
static const struct rsp_check retry[] = {C("member", "F69", check_about, 0), C("active", "I7", check_member_active, 0)};
static const struct rsp_check contact[] = {C("self", "3.2", check_self, 0)};
static const struct rsp_check mark_lost[] = {C("active", "3.2", check_active, 0)};
static const struct rsp_check veto[] = {C("primary", "4.2", check_is_primary, 0), C("active", "3.2", check_active, 0)};
static const struct rsp_check suspension[] = {C("member", "F77", check_about, 0), C("owner", "4.2", check_suspender, 0), C("open", "3.2", check_open, 0)};
static const struct rsp_check resume[] = {C("member", "F77", check_about, 0), C("owner", "4.2", check_suspender, 0), C("suspended", "3.2", check_suspended, 0)};
static const struct rsp_check promote[] = {C("member", "F78", check_about_secondary, 0), C("owner", "4.2", check_step_up, 0),
	C("recoverable", "N15", check_recoverable, 0), C("active", "I7", check_member_active, 0), C("category", "F78", check_promotable, 0),
	C("carrier", "F78", check_remote, 0), C("one", "N14", check_no_saga, 0), C("rate", "4.3", check_promotions, 0)};
static const struct rsp_check resync[] = {C("member", "N22", check_about, 0), C("active", "I7", check_member_active, 0)};

#define BY(x) (1u << FED_BY_##x)
#define NONE {NULL, 0}
static const struct fed_command commands[FED_OPS] = {
	[FED_OP_CREATE] = {"create", BY(ACCOUNT) | BY(OPERATOR), true, NONE, do_create},
	[FED_OP_ACTIVATE] = {"activate", BY(NETWORK), true, NONE, do_activate},
	[FED_OP_GATES] = {"gates", BY(MEMBER) | BY(ACCOUNT) | BY(OPERATOR), true, RSP_CHECKS(gates), do_gates},
	[FED_OP_DISSOLVE] = {"dissolve", BY(MEMBER) | BY(ACCOUNT) | BY(OPERATOR), true, RSP_CHECKS(owner), do_dissolve},
	[FED_OP_FREEZE] = {"freeze", BY(OPERATOR), true, NONE, do_freeze},
	[FED_OP_THAW] = {"thaw", BY(OPERATOR), true, NONE, do_thaw},
	[FED_OP_INVITE] = {"invite", BY(MEMBER) | BY(ACCOUNT) | BY(OPERATOR), true, RSP_CHECKS(invite), do_invite},
	[FED_OP_ADD] = {"add", BY(ACCOUNT), true, RSP_CHECKS(add), do_add},
	[FED_OP_CONFIRM] = {"confirm", BY(NETWORK) | BY(ACCOUNT), true, RSP_CHECKS(confirm), do_confirm},
	[FED_OP_CHILD] = {"child", BY(NETWORK), true, NONE, do_child},
	[FED_OP_SYNC] = {"sync", BY(MEMBER) | BY(ACCOUNT) | BY(OPERATOR), true, RSP_CHECKS(sync), do_sync},
	[FED_OP_ACK] = {"ack", BY(MEMBER), false, RSP_CHECKS(ack), do_ack},
	[FED_OP_PATCH] = {"patch", BY(MEMBER) | BY(ACCOUNT) | BY(OPERATOR), true, RSP_CHECKS(patch), do_patch},
	[FED_OP_REMOVE] = {"remove", BY(MEMBER) | BY(ACCOUNT) | BY(OPERATOR), true, RSP_CHECKS(removal), do_remove},
	[FED_OP_RESERVE] = {"reserve", BY(NETWORK), false, RSP_CHECKS(reserve), do_reserve},
	[FED_OP_REPORT] = {"report", BY(NETWORK), false, RSP_CHECKS(report), do_report},
	[FED_OP_TOPUP] = {"topup", BY(MEMBER) | BY(ACCOUNT) | BY(OPERATOR), true, RSP_CHECKS(topup), do_topup},
	[FED_OP_QUOTA] = {"quota", BY(OPERATOR), true, RSP_CHECKS(quota), do_quota},
	[FED_OP_ALERT] = {"alert", BY(MEMBER) | BY(ACCOUNT) | BY(OPERATOR), true, RSP_CHECKS(alert), do_alert},
	[FED_OP_LOCATE] = {"locate", BY(NETWORK), false, RSP_CHECKS(locate), do_locate},
	[FED_OP_SELECT] = {"select", BY(MEMBER), true, RSP_CHECKS(choose), do_select},
	[FED_OP_REACH] = {"reach", BY(NETWORK), false, NONE, do_reach},
	[FED_OP_RETRY] = {"retry", BY(NETWORK) | BY(MEMBER), false, RSP_CHECKS(retry), do_retry},
	[FED_OP_CONTACT] = {"contact", BY(MEMBER), false, RSP_CHECKS(contact), do_contact},
	[FED_OP_MARK_LOST] = {"mark-lost", BY(MEMBER), true, RSP_CHECKS(mark_lost), do_mark_lost},
	[FED_OP_VETO] = {"veto", BY(MEMBER), true, RSP_CHECKS(veto), do_veto},
	[FED_OP_SUSPEND] = {"suspend", BY(MEMBER) | BY(ACCOUNT) | BY(OPERATOR), true, RSP_CHECKS(suspension), do_suspend},
	[FED_OP_RESUME] = {"resume", BY(MEMBER) | BY(ACCOUNT) | BY(OPERATOR), true, RSP_CHECKS(resume), do_resume},
	[FED_OP_PROMOTE] = {"promote", BY(MEMBER) | BY(ACCOUNT) | BY(OPERATOR), true, RSP_CHECKS(promote), do_promote},
	[FED_OP_REPLACE] = {"replace", BY(ACCOUNT), true, RSP_CHECKS(replace), do_replace},
	[FED_OP_RESYNC] = {"resync", BY(NETWORK), true, RSP_CHECKS(resync), do_resync},
	[FED_OP_DELIVERED] = {"delivered", BY(NETWORK), false, NONE, do_delivered},
	[FED_OP_TICK] = {"tick", BY(NETWORK), false, NONE, do_tick},
};

static const struct fed_timer timers[] = {
	{FED_POOL, due_pool}, {FED_GRANT, due_grant}, {FED_LEASE, due_lease}, {FED_FOLLOWER, due_follower}, {FED_ROAMING, due_roaming},
	{FED_MEMBER, due_member}, {FED_CONSENT, due_consent}, {FED_SAGA, due_saga}, {FED_FEDERATION, due_federation},
};

const struct fed_rules fed_rules = {
	rule_room, rule_slice, rule_cap_left, rule_rated, rule_is_new, rule_inside, rule_expire, rule_charge, rule_refund, rule_in_this_cycle, rule_fires,
	rule_level, rule_may_renew, rule_fence, rule_swap, rule_repoint, rule_steered, rule_pick, rule_lease_life, rule_consent_fits, rule_use_consent,
	rule_end_lease,
};

static const struct fed_limits limits = {
	.min_slice = 1000000, .max_slice = 100000000, .soft_slice = 10000000, .overrun_tolerance = 10000000, .validity = 3600, .grace = 172800,
	.lease_slice = 50000000, .lease_slices_percent = 10, .floor_percent = 5, .follow_auto = 180, .follow_manual = 300, .wait = 1800, .recent = 300,
	.veto = 600, .cool = 86400, .orphan_kept = 30 * 86400, .consent = 600, .code_tries = 3, .orders_a_day = 5, .promotions = 3, .download_failures = 3,
	.clone_signs = 3, .promotions_in = 30 * 86400, .travel = 600, .throttle = {100, 95, 85, 85},
};

void
fed_init(struct fed *lib, struct fed_store *store, const struct fed_facts *facts, struct fed_signer signer)
{
	*lib = (struct fed){.store = store, .facts = facts, .signer = signer, .limits = limits, .rules = fed_rules, .steps = fed_steps,
		.timers = {timers, sizeof(timers) / sizeof(timers[0])}};
	memcpy(lib->commands, commands, sizeof(commands));
}
