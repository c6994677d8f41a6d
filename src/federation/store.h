// SPDX-License-Identifier: BSD-2-Clause
/*
 * What federations need kept. Everything is a row; a row belongs to one federation (key.fed), and those that rules look at again and again are
 * "live": together they are the working set of their federation, which a call loads whole. Usage records, replies, closed cycles and the audit are
 * not live and are found by key. The role only reads; what it wants changed it returns as a change set, which is committed whole or not at all.
 *
 * On store/table.h: kind is the table, key the row's key (24 octets), the federation its queue while it is live, due its due.
 */
#ifndef FEDERATION_STORE_H
#define FEDERATION_STORE_H

#include <esimlab/rsp.h>

enum fed_kind { FED_FEDERATION, FED_MEMBER, FED_PROFILE, FED_POOL, FED_GRANT, FED_USAGE, FED_ADJUSTMENT, FED_ALERT, FED_ROAMING, FED_FOLLOWER, FED_VISIT,
	FED_LEASE, FED_CONSENT, FED_SAGA, FED_OUTBOX, FED_AUDIT, FED_REPLY, FED_REGISTRY, FED_KINDS };
const char *fed_kind_name(enum fed_kind k);

enum fed_state { FED_DRAFT, FED_ACTIVE, FED_PRIMARY_LOST, FED_ORPHANED, FED_FROZEN, FED_CLOSING, FED_CLOSED, FED_STATES };
enum fed_fallback { FED_INDEPENDENT, FED_WAIT };
const char *fed_state_name(enum fed_state s);

struct fed_federation {
	char account[64], carrier[32], plan[32];
	enum fed_state state, before_freeze;
	uint64_t rev, sync_epoch, next, audit_seq;   /* next: the last number given to a row of this federation */
	uint8_t audit_hash[32];
	uint64_t primary, cycle;         /* member; pool */
	bool sharing, allow_others;      /* both gates: F24 and F27 */
	uint32_t categories;             /* 1 << enum fed_category that may join */
	enum fed_fallback fallback;
	int64_t lease_soft, lease_hard;  /* seconds */
	int64_t created, clock, lost_at, orphaned_at, closed_at;   /* clock: the latest time that was seen; a clock that steps back does not */
	int64_t veto_until; uint64_t veto_by;
	int64_t promoted[3]; int64_t orders_day; uint32_t orders;
	uint32_t template_version;
	int64_t adjusted, next_quota;    /* sum of adjustment rows; -1: as the cycle before */
	bool overage;                    /* always false: F75 */
};

enum fed_category { FED_FLAGSHIP, FED_MIDRANGE, FED_TABLET, FED_WATCH, FED_LAPTOP, FED_HOTSPOT, FED_CATEGORIES };
enum fed_member_state { FED_INVITED, FED_APPROVED, FED_PROVISIONING, FED_MEMBER_ACTIVE, FED_SUSPENDED, FED_REMOVING, FED_REMOVED, FED_MEMBER_STATES };
enum fed_mode { FED_FULL, FED_DATA_ONLY, FED_WIFI_ONLY, FED_MODES };
enum fed_number { FED_NUMBER_NONE, FED_NUMBER_SHARED, FED_NUMBER_DIFF, FED_NUMBER_FAMILY, FED_NUMBERS };
enum fed_offline { FED_CACHE, FED_MINIMISE };
const char *fed_member_state_name(enum fed_member_state s);

struct fed_member {
	char eid[33], name[257], tac[9];
	enum fed_category category;
	enum fed_member_state state;
	bool primary, lost, forked;                  /* forked: shared calls and messages go to it */
	enum fed_mode mode; int64_t mode_until;      /* 0: until changed */
	enum fed_number number; enum fed_offline offline;
	uint32_t prio; int64_t cap;                  /* octets of one cycle; -1: none */
	/* Of this cycle: used inside grants; extra: overrun and corrections; refunded: of what was charged and not used; held: granted or leased and not yet used; carried: what the same device
	 * has used under an earlier membership; ceiling: the highest cap it has had. */
	int64_t used, extra, refunded, held, carried, ceiling; uint64_t cycle;
	uint64_t auth_epoch, profile;
	int64_t last_contact;
	char mcc[4], plmn[7]; int64_t located_at;
	int fallback;                                /* enum fed_fallback, -1: the federation's */
	uint32_t suspicion;                          /* signs of a clone */
};

enum fed_profile_state { FED_PLANNED, FED_PERSONALISED, FED_ORDERED, FED_RELEASED, FED_DOWNLOADED, FED_INSTALLED, FED_ENABLED, FED_DISABLED, FED_STALE,
	FED_DELETED, FED_REVOKED, FED_PROFILE_STATES };
const char *fed_profile_state_name(enum fed_profile_state s);

struct fed_profile {
	uint64_t member, master;                     /* master: profile; its own number for the master itself */
	uint64_t consent_a, consent_b;               /* the nonce it was agreed to with; 0: it was a master from the beginning */
	char iccid[21], imsi[16], msisdn[16];        /* msisdn: only while it is the number's owner */
	char eid[33];                                /* whose download it is */
	enum fed_profile_state state;
	uint32_t template_version, failures;
	uint64_t ack_epoch, last_seq;                /* last_seq: of the card's notifications */
	bool confirmed;                              /* the second side's consent: the confirmation code */
};

struct fed_pool {                                    /* key.a: cycle */
	int64_t quota, topup, reserved, consumed, overrun, floor_primary;
	int64_t from, to;
	uint32_t level[4];                           /* enum fed_level last announced, by prio */
};
enum fed_level { FED_NORMAL, FED_THROTTLED, FED_BLOCKED };

enum fed_grant_state { FED_HELD, FED_EXPIRED_HELD, FED_SETTLED, FED_CHARGED };
struct fed_grant { uint64_t member, profile, cycle; int64_t bytes, left, charged, validity, grace; enum fed_grant_state state; };

enum fed_access { FED_CELLULAR, FED_TETHERED, FED_WLAN, FED_ACCESSES };
/* key.a: grant or lease; key.b: source << 32 | local sequence number. */
struct fed_usage { uint64_t member; int64_t event, ingest, bytes; enum fed_access access; };
struct fed_adjustment { uint64_t member, grant; int64_t event, bytes; };   /* of a closed cycle, or the refund of a charged grant */
struct fed_alert { uint64_t member; uint32_t percent; int64_t bytes; uint64_t fired; };   /* member 0: all; fired: the cycle it last fired in */

enum fed_selection { FED_AUTO, FED_MANUAL };
struct fed_roaming { uint64_t epoch, set_by; char mcc[4], plmn[7]; enum fed_selection mode; int64_t at, unreachable; };   /* unreachable: since; 0 is not */
enum fed_follow { FED_IDLE, FED_STEERING, FED_FOLLOWED, FED_MISSED, FED_MANUAL_PENDING, FED_DETACHED_POLICY, FED_HOLDING, FED_FOLLOWS };
const char *fed_follow_name(enum fed_follow f);
struct fed_follower { uint64_t target, acked; int64_t deadline, started; enum fed_follow state; bool emergency; };   /* key.a: member */

enum fed_lease_state { FED_LEASED, FED_LEASE_ENDED };
struct fed_lease { uint64_t member, profile, auth_epoch; int64_t nb, soft, hard, slice, left; enum fed_lease_state state; uint8_t eid_hash[32], sig[64]; };

enum fed_consent_kind { FED_CONSENT_ADD, FED_CONSENT_REPLACE };
struct fed_consent {                                 /* key.a, key.b: the nonce */
	enum fed_consent_kind kind;
	char eid[33]; enum fed_category category; int64_t cap;
	uint64_t replaces, by;                       /* member */
	uint8_t subject[32], code_hash[32];          /* subject: SHA-256 of what was agreed to */
	int64_t expires, used; uint64_t profile;     /* used: when; by this profile */
	uint32_t tries; bool burnt;
};

struct fed_saga { uint32_t step; uint64_t from, to; int64_t begun, next; };
enum fed_dest { FED_TO_ISSUER, FED_TO_HSS, FED_TO_CHF, FED_TO_TOKENS, FED_TO_STEER, FED_TO_OTA, FED_TO_RPM, FED_TO_PCF, FED_TO_NOTICE, FED_DESTS };
const char *fed_dest_name(enum fed_dest d);
/* key.a: a number that is never used again, so that a receiver knows what it has seen. */
struct fed_outbox { enum fed_dest dest; uint64_t member, profile; int64_t number; char what[24], text[24]; };
struct fed_audit { uint8_t before[32], hash[32]; int64_t at; uint32_t op, actor; uint64_t by, about; int64_t number; };   /* key.a: seq */
struct fed_kept_reply { uint32_t op; uint64_t member, number; int64_t bytes, validity; bool last; uint8_t nonce[16]; };
struct fed_registry { uint32_t what; uint64_t fed; bool gone; };   /* key.fed 0; key.a, key.b: of the value's SHA-256 */

struct fed_key { uint64_t fed, a, b; };
struct fed_row {
	enum fed_kind kind;
	struct fed_key key;
	uint64_t revision;               /* as read: what a change expects; 0: the row must not be there yet */
	bool live;
	int64_t due;                     /* when the federation needs to be looked at because of this row; 0: never */
	union {
		struct fed_federation federation; struct fed_member member; struct fed_profile profile; struct fed_pool pool; struct fed_grant grant;
		struct fed_usage usage; struct fed_adjustment adjustment; struct fed_alert alert; struct fed_roaming roaming; struct fed_follower follower;
		struct fed_lease lease; struct fed_consent consent; struct fed_saga saga; struct fed_outbox outbox; struct fed_audit audit;
		struct fed_kept_reply reply; struct fed_registry registry;
	} as;
};

struct fed_change { bool drop; struct fed_row row; };
struct fed_changes { struct fed_change **rows; size_t n; };   /* in the arena */

struct fed_store {
	void *self;
	/* The working set, in the order of making. The row lives during fn only; false stops. */
	RSP_MUST_USE enum rsp_status (*each_live)(void *self, struct rsp_ctx *c, uint64_t fed, bool (*fn)(void *arg, const struct fed_row *r), void *arg);
	RSP_MUST_USE enum rsp_status (*get)(void *self, struct rsp_ctx *c, enum fed_kind kind, struct fed_key key, struct fed_row *out, bool *found);
	/* The federation whose live row is due longest, not after now; 0: none. */
	RSP_MUST_USE enum rsp_status (*due)(void *self, struct rsp_ctx *c, int64_t now, uint64_t *fed);
	/* All or nothing, durable when it returns. CONFLICT: a revision has moved on. */
	RSP_MUST_USE enum rsp_status (*commit)(void *self, struct rsp_ctx *c, const struct fed_changes *changes);
};

#endif
