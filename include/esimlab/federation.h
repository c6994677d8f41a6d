// SPDX-License-Identifier: BSD-2-Clause
/*
 * Profile federation: one plan, many devices. Each device has a profile of its own; what they share is policy, and the policy is this library.
 *
 * It decides and does nothing else: no protocol, no store, no clock, no thread. A call loads the rows of one federation through a port, looks at a
 * request and at the time, and answers with a reply and a change set; whoever calls commits the change set and only then sends the reply. A refused
 * call has an empty change set. What the outside has to do (order a profile, bar a subscription, steer a device) is a row of the outbox in the same
 * change set: it is sent after the commit, again until it is taken, and known by its number to those who got it twice.
 *
 *   facts.h      categories, carriers, agreements: tables of text, never code
 *   store.h      the rows, the port to what keeps them (SQLite, PostgreSQL, memory)
 *   ports below  the lease key; the outside world, a destination each (issuer, HSS, CHF, steering ...)
 *   rules below  the normative algorithms as a table of functions, a command's checks as rows: a test takes one out and must notice
 *
 * Time is in seconds, data in octets. Whatever time has brought about (a grant that ran out, a cycle that is over, a veto that did not come, the
 * next step of a promotion) happens in the call that comes next, or in FED_OP_TICK when nobody calls: store->due says which federation wants one.
 */
#ifndef ESIMLAB_FEDERATION_H
#define ESIMLAB_FEDERATION_H

#include <esimlab/rsp.h>

#include "base/buf.h"
#include "base/check.h"
#include "federation/facts.h"
#include "federation/store.h"

/* Why not. The name is the error's subject, the number of HTTP its reason; see fed_code_name. */
enum fed_code { FED_OK, FED_E_PARAM, FED_E_OP, FED_E_AUTH, FED_E_FORBID, FED_E_ELIG, FED_E_STATE, FED_E_CONFLICT, FED_E_STALE, FED_E_GONE, FED_E_QUOTA,
	FED_E_RATE, FED_E_DENIED, FED_E_UNKNOWN_USER, FED_E_EID, FED_E_CODE_MISSING, FED_E_CODE_WRONG, FED_E_CODE_USED_UP, FED_CODES };
const char *fed_code_name(enum fed_code code);   /* "E.state" ... */

enum fed_op { FED_OP_CREATE, FED_OP_ACTIVATE, FED_OP_GATES, FED_OP_DISSOLVE, FED_OP_FREEZE, FED_OP_THAW, FED_OP_INVITE, FED_OP_ADD, FED_OP_CONFIRM,
	FED_OP_CHILD, FED_OP_SYNC, FED_OP_ACK, FED_OP_PATCH, FED_OP_REMOVE, FED_OP_RESERVE, FED_OP_REPORT, FED_OP_TOPUP, FED_OP_QUOTA, FED_OP_ALERT,
	FED_OP_LOCATE, FED_OP_SELECT, FED_OP_REACH, FED_OP_RETRY, FED_OP_CONTACT, FED_OP_MARK_LOST, FED_OP_VETO, FED_OP_SUSPEND, FED_OP_RESUME,
	FED_OP_PROMOTE, FED_OP_REPLACE, FED_OP_RESYNC, FED_OP_DELIVERED, FED_OP_TICK, FED_OPS };
const char *fed_op_name(enum fed_op op);

/* Who calls, as the door found out. NETWORK: HSS, CHF, SM-DP+; MEMBER: a device by its token, of this authentication epoch. */
enum fed_actor { FED_BY_NETWORK, FED_BY_MEMBER, FED_BY_ACCOUNT, FED_BY_OPERATOR, FED_ACTORS };
struct fed_caller {
	enum fed_actor actor;
	uint64_t member, auth_epoch;     /* MEMBER */
	const char *account;             /* ACCOUNT, and a member that joins */
	bool step_up;                    /* a factor that is not on the shared number */
};

enum fed_child_event { FED_CHILD_PERSONALISED, FED_CHILD_ORDERED, FED_CHILD_RELEASED, FED_CHILD_DOWNLOADED, FED_CHILD_INSTALLED, FED_CHILD_ENABLED,
	FED_CHILD_DISABLED, FED_CHILD_DELETED, FED_CHILD_ERROR, FED_CHILD_EVENTS };
enum fed_patch { FED_PATCH_NAME, FED_PATCH_PRIO, FED_PATCH_MODE, FED_PATCH_CAP, FED_PATCH_NUMBER, FED_PATCH_OFFLINE, FED_PATCH_FALLBACK, FED_PATCHES };

/* Texts that are not needed may be NULL. */
struct fed_request {
	enum fed_op op;
	struct fed_caller by;
	uint64_t fed;                    /* CREATE gives one */
	uint64_t key;                    /* of the Idempotency-Key; 0: none. The same key gets the same reply and changes nothing. */
	uint64_t if_match;               /* the revision (federation.rev) that must still hold; 0: any */
	uint64_t member;                 /* whom it is about */
	union {
		struct { const char *account, *carrier, *eid, *tac, *sw, *imsi, *iccid, *msisdn, *name; } create;
		struct { bool sharing, allow_others; uint32_t categories; enum fed_fallback fallback; int64_t lease_soft, lease_hard; } gates;
		/* cap in octets, -1: the category's. replaces: the member whose device it takes over, 0: a new member. */
		struct { const char *eid; enum fed_category category; int64_t cap; uint64_t replaces; int64_t seconds; } invite;
		struct { uint8_t nonce[16]; const char *eid, *tac, *sw, *name; } add;   /* also REPLACE; sw: the device's software version */
		struct { const char *code; } confirm;                                /* member's profile */
		/* of a profile; seq: of the card's notification, 0: not from a card. key_tag: digest of its keys. */
		struct { uint64_t profile, seq; enum fed_child_event event; const char *iccid, *imsi, *eid; uint8_t key_tag[16]; } child;
		struct { bool structural; } sync;    /* a new version of the template: profiles have to be issued again */
		struct { uint64_t epoch; } ack;
		struct { enum fed_patch what; int64_t number, until; const char *text; bool confirmed; } patch;
		struct { int64_t ask; } reserve;
		struct { uint32_t source, seq; uint64_t ref; int64_t bytes, event; enum fed_access access; bool last; } report;
		struct { int64_t bytes; } topup;                                     /* also QUOTA */
		struct { uint32_t percent; int64_t bytes; } alert;                   /* member 0: all together */
		struct { const char *plmn; } locate;                                 /* also RESYNC's card: plmn NULL */
		struct { enum fed_selection mode; const char *plmn; } select;
		struct { bool reachable; } reach;
		struct { bool old_primary_proof; } promote;                          /* the door has seen it: EAP-AKA, or Strong Confirmation */
		struct { uint64_t number; } delivered;
	} u;
};

struct fed_reply {
	enum fed_code code;              /* OK, or the code of the refusal; CODE_WRONG is counted, so it comes with RSP_OK */
	uint64_t fed, rev, member;
	uint64_t number;                 /* grant, profile, lease, epoch */
	int64_t bytes, validity;         /* granted; until */
	bool last;                       /* of a grant: finalUnitAction TERMINATE */
	bool again;                      /* a reply that was given before */
	uint8_t nonce[16]; char confirmation_code[9];   /* INVITE: shown on the primary only, and once: not when `again` */
};

struct fed_limits {
	int64_t min_slice, max_slice, soft_slice, overrun_tolerance;   /* octets */
	int64_t validity, grace, late;   /* of a grant, seconds; late: how old a usage record may be */
	int64_t lease_slice;             /* octets reserved with a lease */
	int64_t lease_slices_percent;    /* of the quota, all leases together */
	int64_t floor_percent;           /* of the quota, kept for the primary */
	int64_t follow_auto, follow_manual, wait;        /* seconds */
	int64_t recent, veto, cool, orphan_kept;         /* seconds */
	int64_t consent;                 /* seconds a confirmation code holds */
	uint32_t code_tries, orders_a_day, promotions, download_failures, clone_signs;
	int64_t promotions_in;           /* seconds */
	int64_t travel;                  /* faster than this between two countries is no traveller */
	uint32_t throttle[4];            /* percent at which a prio is slowed down; 100: never before the end */
};

/* Signs a lease: 64 octets, ECDSA P-256 with SHA-256. */
struct fed_signer { void *self; RSP_MUST_USE enum rsp_status (*sign)(void *self, struct rsp_ctx *c, struct bytes tbs, uint8_t sig[64]); };
RSP_MUST_USE enum rsp_status fed_signer_key(void *ec_key, struct rsp_ctx *c, struct bytes tbs, uint8_t sig[64]);   /* one: self is a struct ec_key */

struct fed;
struct fed_call;   /* federation/call.h */

/* The normative algorithms (specification, 3.2), each of which can be put in another's place. */
struct fed_rules {
	int64_t (*room)(const struct fed_call *k, const struct fed_member *m);
	int64_t (*slice)(const struct fed_limits *l, int64_t room, unsigned active);
	int64_t (*cap_left)(const struct fed_call *k, const struct fed_member *m);
	int64_t (*rated)(enum fed_access access, int64_t bytes);
	enum rsp_status (*is_new)(struct fed_call *k, uint64_t ref, uint64_t seq, bool *yes);
	int64_t (*inside)(const struct fed_grant *g, int64_t bytes);
	void (*expire)(struct fed_call *k, struct fed_row *grant);
	void (*charge)(struct fed_call *k, struct fed_row *grant);
	void (*refund)(struct fed_call *k, struct fed_row *grant);
	bool (*in_this_cycle)(const struct fed_pool *p, int64_t event);
	bool (*fires)(const struct fed_alert *a, const struct fed_pool *p, int64_t used, uint64_t cycle);
	enum fed_level (*level)(const struct fed_limits *l, uint32_t prio, int64_t percent);
	bool (*may_renew)(const struct fed_call *k, const struct fed_row *member);
	void (*fence)(struct fed_call *k, struct fed_row *member);
	void (*swap)(struct fed_call *k, struct fed_row *from, struct fed_row *to);
	void (*repoint)(struct fed_call *k, struct fed_row *from, struct fed_row *to);
	bool (*steered)(const struct fed_call *k, const struct fed_row *member);
	const char *(*pick)(const struct fed_call *k, const char *mcc, const char *plmn);
	int64_t (*lease_life)(const struct fed_federation *f);
	bool (*consent_fits)(const struct fed_call *k, const struct fed_consent *s, const struct fed_request *r);
	void (*use_consent)(struct fed_call *k, struct fed_row *consent, uint64_t profile);
	void (*end_lease)(struct fed_call *k, struct fed_row *lease);
};
extern const struct fed_rules fed_rules;

/* One row a command: who may call it, what must hold, what it does. audited: it leaves a row of the audit and moves federation.rev. */
struct fed_command {
	const char *name;
	uint32_t actors;                 /* 1 << enum fed_actor */
	bool audited;
	struct rsp_checks checks;        /* on a struct fed_call; the row's code is an enum fed_code */
	enum rsp_status (*run)(struct fed_call *k);
};

/* A step of a promotion. Before forward_only the promotion can be given up; every step may be run again. */
struct fed_step { const char *name; bool forward_only; enum rsp_status (*run)(struct fed_call *k, struct fed_row *saga); };
struct fed_steps { const struct fed_step *rows; uint32_t n; };

/* What time does to rows of a kind whose due has come. */
struct fed_timer { enum fed_kind kind; enum rsp_status (*run)(struct fed_call *k, struct fed_row *row); };
struct fed_timers { const struct fed_timer *rows; size_t n; };

struct fed {
	struct fed_store *store;         /* borrowed, as facts */
	const struct fed_facts *facts;
	struct fed_signer signer;
	struct fed_limits limits;
	struct fed_rules rules;
	struct fed_command commands[FED_OPS];
	struct fed_steps steps;
	struct fed_timers timers;
};

/* Defaults of the specification and the built-in tables. */
void fed_init(struct fed *lib, struct fed_store *store, const struct fed_facts *facts, struct fed_signer signer);

/*
 * One command. OK: commit changes, then send the reply. REFUSED: reply->code says why, the error has its name, HTTP number and clause; changes are
 * empty, as after every other failure. c->now is the time; c->crypto gives random numbers and digests.
 */
RSP_MUST_USE enum rsp_status fed_handle(struct rsp_ctx *c, const struct fed *lib, const struct fed_request *r, struct fed_changes *changes,
	struct fed_reply *reply);

/* ---- what goes outside ---- */

/* A destination takes an effect, or does not (IO): it is sent again. It may come twice; number in row->key.a is the same then. */
struct fed_port { void *self; RSP_MUST_USE enum rsp_status (*take)(void *self, struct rsp_ctx *c, const struct fed_row *row); };
struct fed_ports { struct fed_port to[FED_DESTS]; };
/* The outbox row to its port; *taken: say FED_OP_DELIVERED with its number. */
RSP_MUST_USE enum rsp_status fed_send(struct rsp_ctx *c, const struct fed_ports *ports, const struct fed_row *outbox, bool *taken);

/* ---- leases for those who are offline ---- */

/* DER of what is signed; in the arena. */
RSP_MUST_USE enum rsp_status fed_lease_tbs(struct rsp_ctx *c, uint64_t fed, uint64_t lease, const struct fed_lease *l, struct bytes *out);
/* SEQUENCE of tbs and signature, what a device keeps. */
RSP_MUST_USE enum rsp_status fed_lease_der(struct rsp_ctx *c, uint64_t fed, uint64_t lease, const struct fed_lease *l, struct bytes *out);
enum fed_lease_verdict { FED_LEASE_GOOD, FED_LEASE_SOFT, FED_LEASE_HARD, FED_LEASE_NOT_YET };
/*
 * With one public key (struct ec_key), a clock and the EID. UNTRUSTED: signature, another EID, or longer than 48 h. latest: the latest time this
 * verifier has seen, which it keeps and which a clock that steps back does not undercut.
 */
RSP_MUST_USE enum rsp_status fed_lease_verify(struct rsp_ctx *c, const void *ec_key, struct bytes der, const char *eid, int64_t *latest,
	enum fed_lease_verdict *out);

/* ---- views ---- */

/* Octets of this cycle that count for its cap, but for what it has used as an earlier member. */
int64_t fed_member_used(const struct fed_member *m);

struct fed_use { uint64_t member; char name[257]; int64_t used, cap; enum fed_access type; };
/* Of the current cycle, heaviest first, then by number. r is the caller's (E.forbid for another's federation). */
RSP_MUST_USE enum rsp_status fed_usage(struct rsp_ctx *c, const struct fed *lib, const struct fed_request *r, struct fed_use **out, size_t *n);
/* JSON of the whole federation without keys, codes and nonces: F88. */
RSP_MUST_USE enum rsp_status fed_export(struct rsp_ctx *c, const struct fed *lib, const struct fed_request *r, struct buf *out);
/* Does the federation survive the loss of its primary? What is missing, "" nothing: F91. */
RSP_MUST_USE enum rsp_status fed_readiness(struct rsp_ctx *c, const struct fed *lib, uint64_t fed, const char **missing);
/* The first of the checks of a grant that this member would fail at this moment, by its name in the table of RESERVE; "" none: F84. */
RSP_MUST_USE enum rsp_status fed_diagnose(struct rsp_ctx *c, const struct fed *lib, uint64_t fed, uint64_t member, const char **failing);
/* Every audit row up to the federation's head: OK, or UNTRUSTED with the first that does not hold. */
RSP_MUST_USE enum rsp_status fed_audit_verify(struct rsp_ctx *c, const struct fed *lib, uint64_t fed);

#endif
