// SPDX-License-Identifier: BSD-2-Clause
/* One call: the working set of a federation, what changed in it, and what the parts of the library do for each other. */
#ifndef FEDERATION_CALL_H
#define FEDERATION_CALL_H

#include <esimlab/federation.h>

struct fed_held { struct fed_row row; bool dirty, drop; };   /* row first: a row's address is its holder's */

struct fed_call {
	struct rsp_ctx *c;
	const struct fed *lib;
	const struct fed_request *r;
	struct fed_reply *reply;
	int64_t now;                 /* never before what the federation has seen */
	struct fed_held **held; size_t n, cap;
	enum rsp_status st;          /* the first thing that went wrong while rows were added */
	struct fed_row *row_f, *row_pool, *row_roaming;
	struct fed_federation *f; struct fed_pool *pool;
	const struct fed_carrier *carrier;
	struct fed_row *about;       /* the member the request is about; NULL none */
	struct fed_row *caller;      /* the member that calls */
	struct fed_row *consent;     /* found by a check for its handler */
};

/* ---- rows.c ---- */
RSP_MUST_USE enum rsp_status set_load(struct fed_call *k, uint64_t fed);
RSP_MUST_USE enum rsp_status set_changes(struct fed_call *k, struct fed_changes *out);
/* A new row with this key; a scratch row when there is no memory (k->st says so in the end). */
struct fed_row *set_add(struct fed_call *k, enum fed_kind kind, uint64_t a, uint64_t b, bool live);
/* A row that is not live is read from the store; NULL in *out: there is none. */
RSP_MUST_USE enum rsp_status set_get(struct fed_call *k, enum fed_kind kind, struct fed_key key, struct fed_row **out);
struct fed_row *set_find(const struct fed_call *k, enum fed_kind kind, uint64_t a, uint64_t b);
void row_touch(struct fed_row *r);
void row_drop(struct fed_row *r);
uint64_t next_number(struct fed_call *k);
/* Walk: `struct fed_row *r = NULL; while ((r = set_next(k, KIND, &i)))`, i from 0. Dropped rows are left out. */
struct fed_row *set_next(const struct fed_call *k, enum fed_kind kind, size_t *i);

/* ---- codes.c ---- */
enum rsp_status fed_no(struct fed_call *k, enum fed_code code, const char *clause, const char *fmt, ...) RSP_PRINTF(4, 5);

/* ---- outside.c ---- */
void outside(struct fed_call *k, enum fed_dest dest, const char *what, const struct fed_row *member, int64_t number, const char *text);

/* ---- audit.c ---- */
RSP_MUST_USE enum rsp_status audit_add(struct fed_call *k);

/* ---- registry.c: numbers and devices belong to one federation, and numbers are never given again ---- */
enum fed_registered { FED_ICCID = 1, FED_IMSI, FED_KEYS, FED_MSISDN, FED_EID };
RSP_MUST_USE enum rsp_status registry_take(struct fed_call *k, enum fed_registered what, struct bytes value);
RSP_MUST_USE enum rsp_status registry_leave(struct fed_call *k, enum fed_registered what, struct bytes value);

/* ---- member.c, profile.c ---- */
struct fed_row *profile_of(const struct fed_call *k, const struct fed_row *member);
struct fed_row *primary_row(const struct fed_call *k);
const struct fed_category_rule *rule_of(const struct fed_call *k, const struct fed_member *m);
bool profile_lives(const struct fed_profile *p);
bool member_serves(const struct fed_row *m);          /* not removed, nor about to be */
int64_t default_cap(const struct fed_call *k, enum fed_category category);
bool name_valid(const char *name);
bool name_taken(const struct fed_call *k, const char *name, uint64_t but);
void sync_all(struct fed_call *k);   /* a new epoch for every active child */
void member_remove(struct fed_call *k, struct fed_row *m);
/* May it use the network at this moment (I9)? */
bool child_usable(const struct fed_call *k, const struct fed_row *member);
/* Shared calls and messages reach it here (I16, I17). */
bool in_fork_set(const struct fed_call *k, const struct fed_member *m);
void profile_revoke(struct fed_call *k, struct fed_row *profile, const struct fed_row *member);
struct fed_row *profile_plan(struct fed_call *k, struct fed_row *member, const char *eid);

/* ---- pool.c, usage.c, cycle.c ---- */
unsigned active_members(const struct fed_call *k);
int64_t pool_percent(const struct fed_pool *p);
void member_cycle(const struct fed_call *k, struct fed_row *member);   /* its counters are of this cycle */
void give_back(struct fed_call *k, struct fed_row *member, int64_t bytes);
/* What is left of it goes back, and it ends. */
void grant_settle(struct fed_call *k, struct fed_row *grant, struct fed_row *member);
void count_used(struct fed_call *k, struct fed_row *member, int64_t bytes);
void watch_counters(struct fed_call *k);
void adjust(struct fed_call *k, uint64_t member, uint64_t ref, int64_t event, int64_t bytes);
RSP_MUST_USE enum rsp_status pool_open(struct fed_call *k);

/* ---- lease.c ---- */
struct fed_row *lease_of(const struct fed_call *k, const struct fed_row *member);
RSP_MUST_USE enum rsp_status lease_renew(struct fed_call *k, struct fed_row *member);
void lease_end(struct fed_call *k, struct fed_row *member);
int64_t slices(const struct fed_call *k, const struct fed_row *but);

/* ---- loss.c ---- */
RSP_MUST_USE enum rsp_status primary_lost(struct fed_call *k);
void member_suspend(struct fed_call *k, struct fed_row *member, bool lost);
void federation_up(struct fed_call *k);
void plan_due(struct fed_call *k);           /* federation.due from veto, orphan and closing */
void begin_closing(struct fed_call *k);
void close_when_done(struct fed_call *k);

/* ---- follow.c ---- */
struct fed_row *follower_of(const struct fed_call *k, const struct fed_row *member);
void follow_primary(struct fed_call *k, struct fed_row *primary);
void follow_free(struct fed_call *k, struct fed_row *member);

/* ---- handlers and their checks; the tables are in commands.c ---- */
#define HANDLER(name) enum rsp_status name(struct fed_call *k)
HANDLER(do_create); HANDLER(do_activate); HANDLER(do_gates); HANDLER(do_dissolve); HANDLER(do_freeze); HANDLER(do_thaw);
HANDLER(do_invite); HANDLER(do_add); HANDLER(do_confirm); HANDLER(do_child); HANDLER(do_sync); HANDLER(do_ack); HANDLER(do_patch);
HANDLER(do_remove); HANDLER(do_reserve); HANDLER(do_report); HANDLER(do_topup); HANDLER(do_quota); HANDLER(do_alert); HANDLER(do_locate);
HANDLER(do_select); HANDLER(do_reach); HANDLER(do_retry); HANDLER(do_contact); HANDLER(do_mark_lost); HANDLER(do_veto);
HANDLER(do_suspend); HANDLER(do_resume); HANDLER(do_promote); HANDLER(do_replace); HANDLER(do_resync); HANDLER(do_delivered); HANDLER(do_tick);

#define CHECK(name) enum rsp_status name(struct rsp_ctx *c, void *call)
CHECK(check_about); CHECK(check_about_secondary); CHECK(check_account); CHECK(check_active); CHECK(check_open); CHECK(check_gates);
CHECK(check_primary_or_account); CHECK(check_step_up); CHECK(check_self); CHECK(check_self_or_account);
CHECK(check_member_active); CHECK(check_mode); CHECK(check_right); CHECK(check_federation_serves); CHECK(check_enabled); CHECK(check_ask);
CHECK(check_report); CHECK(check_amount); CHECK(check_quota); CHECK(check_invited); CHECK(check_consent); CHECK(check_category); CHECK(check_before_departure);
CHECK(check_needs_primary); CHECK(check_name); CHECK(check_eid_free); CHECK(check_rate); CHECK(check_promotable); CHECK(check_no_saga);
CHECK(check_promotions); CHECK(check_remote); CHECK(check_patch); CHECK(check_plmn); CHECK(check_alert);
CHECK(check_is_primary); CHECK(check_suspender); CHECK(check_suspended); CHECK(check_recoverable); CHECK(check_gates_values); CHECK(check_replaced); CHECK(check_sync_epoch);

/* the rules */
int64_t rule_room(const struct fed_call *k, const struct fed_member *m);
int64_t rule_slice(const struct fed_limits *l, int64_t room, unsigned active);
int64_t rule_cap_left(const struct fed_call *k, const struct fed_member *m);
int64_t rule_rated(enum fed_access access, int64_t bytes);
enum rsp_status rule_is_new(struct fed_call *k, uint64_t ref, uint64_t seq, bool *yes);
int64_t rule_inside(const struct fed_grant *g, int64_t bytes);
void rule_expire(struct fed_call *k, struct fed_row *grant);
void rule_charge(struct fed_call *k, struct fed_row *grant);
void rule_refund(struct fed_call *k, struct fed_row *grant);
bool rule_in_this_cycle(const struct fed_pool *p, int64_t event);
bool rule_fires(const struct fed_alert *a, const struct fed_pool *p, int64_t used, uint64_t cycle);
enum fed_level rule_level(const struct fed_limits *l, uint32_t prio, int64_t percent);
bool rule_may_renew(const struct fed_call *k, const struct fed_row *member);
void rule_fence(struct fed_call *k, struct fed_row *member);
void rule_swap(struct fed_call *k, struct fed_row *from, struct fed_row *to);
void rule_repoint(struct fed_call *k, struct fed_row *from, struct fed_row *to);
bool rule_steered(const struct fed_call *k, const struct fed_row *member);
const char *rule_pick(const struct fed_call *k, const char *mcc, const char *plmn);
int64_t rule_lease_life(const struct fed_federation *f);
bool rule_consent_fits(const struct fed_call *k, const struct fed_consent *s, const struct fed_request *r);
void rule_use_consent(struct fed_call *k, struct fed_row *consent, uint64_t profile);
void rule_end_lease(struct fed_call *k, struct fed_row *lease);

/* ---- timers, steps ---- */
extern const struct fed_steps fed_steps;
enum rsp_status due_federation(struct fed_call *k, struct fed_row *row);
enum rsp_status due_member(struct fed_call *k, struct fed_row *row);
enum rsp_status due_pool(struct fed_call *k, struct fed_row *row);
enum rsp_status due_grant(struct fed_call *k, struct fed_row *row);
enum rsp_status due_lease(struct fed_call *k, struct fed_row *row);
enum rsp_status due_follower(struct fed_call *k, struct fed_row *row);
enum rsp_status due_roaming(struct fed_call *k, struct fed_row *row);
enum rsp_status due_consent(struct fed_call *k, struct fed_row *row);
enum rsp_status due_saga(struct fed_call *k, struct fed_row *row);

#endif
