// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the SM-DP+ needs kept: orders with their packages, RSP sessions, an outbox. The role only reads; what it wants changed it returns as a
 * change set, which the service commits. Rows carry a revision: a commit whose row has moved on meanwhile answers CONFLICT and changes nothing.
 */
#ifndef SMDPP_STORE_H
#define SMDPP_STORE_H

#include "base/bytes.h"
#include "crypto/crypto.h"

enum order_state { ORDER_AVAILABLE, ORDER_ALLOCATED, ORDER_LINKED, ORDER_CONFIRMED, ORDER_RELEASED, ORDER_DOWNLOADED, ORDER_INSTALLED,
	ORDER_ERROR, ORDER_UNAVAILABLE, ORDER_STATES };
const char *order_state_name(enum order_state s);

/* What the card has told about an installed profile since. */
enum card_state { CARD_UNKNOWN, CARD_DISABLED, CARD_ENABLED, CARD_DELETED };
const char *card_state_name(enum card_state s);

/* What has happened to an order, for people who look at it later. */
enum order_what { WHAT_ORDERED = 1, WHAT_CONFIRMED, WHAT_RELEASED, WHAT_AUTHENTICATED, WHAT_CODE_WRONG, WHAT_BOUND, WHAT_REBOUND, WHAT_INSTALLED,
	WHAT_FAILED, WHAT_CANCELLED, WHAT_ENABLED, WHAT_DISABLED, WHAT_DELETED, WHAT_RESET, WHAT_GIVEN_BACK, WHAT_GIVEN_UP, WHAT_ATTEMPTS_USED,
	WHAT_LINKED, WHAT_NOT_ELIGIBLE, WHAT_COUNT };
const char *order_what_name(enum order_what what);
/* detail: attempts so far (AUTHENTICATED), failures so far (CODE_WRONG), command * 256 + reason (FAILED), reason (CANCELLED). */
struct order_event { int64_t at; uint32_t what, detail; };
#define HISTORY_MAX 16
#define METADATA_MAX 2560

enum stock_state { STOCK_AVAILABLE, STOCK_ALLOCATED, STOCK_RETIRED, STOCK_STATES };
const char *stock_state_name(enum stock_state s);

/* A profile and its order are one row: SGP.22 3.1.6. Texts are NUL-terminated. */
struct smdpp_order {
	uint64_t revision;               /* 0: not stored yet */
	uint8_t iccid[10];
	enum order_state state;
	char profile[64];                /* profile type: the package it was made from */
	char matching_id[256];           /* "" : default SM-DP+ use case, found by EID */
	bool confirmed;                  /* a matching_id has been settled, even an empty one */
	bool has_eid; uint8_t eid[16];
	bool cc_required; uint8_t cc_hash[32];   /* SHA-256 of the confirmation code */
	uint32_t cc_tries, cc_limit;             /* failures so far; 0: no limit */
	uint32_t download_tries, download_limit;
	int64_t created, expires;                /* expires 0: never */
	char name[65], provider[33];             /* metadata */
	int profile_class;                       /* enum profile_class */
	uint32_t ppr;                            /* bits as in es8p: 1u << 1 ppr1, 1u << 2 ppr2 */
	char owner_mccmnc[7];                    /* "00101"; "" none */
	enum card_state card; uint64_t card_seq; bool has_card_seq;   /* seqNumber of the notification that told */
	/* The last binding: who got a Bound Profile Package, so that its result can be verified later. */
	bool bound; uint8_t bound_transaction[16]; uint32_t bound_transaction_n; uint8_t bound_eid[16], bound_point[65]; uint32_t bound_curve;
	char requester[64];                      /* functionRequesterIdentifier of the operator; "" made on the command line */
	char requester_key[65];                  /* SHA-256 of the operator's certified public key, hex; "" none was shown */
	char fault[200];                         /* why it is in ORDER_ERROR */
	/* What ES8+ carries. */
	uint32_t package_n;                      /* octets of the unprotected package */
	bool has_ppk; uint8_t ppk_mcv[16], ppk_enc[16], ppk_mac[16];   /* the stored package is protected under these */
	uint8_t metadata[METADATA_MAX]; uint32_t metadata_n;           /* StoreMetadata, BF25; 0: made from the members above */
	bool has_otsk; uint8_t otsk[32], bound_otpk[65];               /* one-time keys of the last binding: a retry may use them again */
	/* The SM-DS at which an event with the MatchingID stands for it; "" none. */
	char smds[256];
	bool from_stock;                         /* its numbers and keys are a subscription of the stock */
	struct order_event history[HISTORY_MAX]; uint32_t n_history;   /* oldest first; the oldest fall out */
};

/* A subscription that profiles are made of: numbers and keys of one line of the operator's delivery. */
struct stock_item {
	uint64_t revision;
	uint8_t iccid[10];
	char profile[64];                /* profile type it is for */
	uint32_t state;                  /* enum stock_state */
	char imsi[16], msisdn[16];
	uint8_t k[16], opc[16];
	bool has_ota; uint8_t kic[16], kid[16], kik[16];
	char pin1[9], puk1[9], adm1[17];
};

/* An ES2+ call that took effect: the same functionCallIdentifier gets the same answer and changes nothing. */
struct es2p_done {
	struct bytes requester, call_id;
	uint8_t request[32];             /* SHA-256 of path and body */
	struct bytes answer;             /* JSON */
	int64_t until;                   /* remembered so long */
};

enum session_state { SESSION_INITIATED, SESSION_AUTHENTICATED, SESSION_BOUND, SESSION_STATES };
const char *session_state_name(enum session_state s);

struct smdpp_session {
	uint64_t revision;
	uint8_t transaction_id[16];
	enum session_state state;
	int64_t started, expires;
	enum ec_curve curve;
	uint8_t euicc_challenge[16], server_challenge[16];
	uint8_t svn[3];
	/* from AuthenticateClient on */
	uint8_t iccid[10], eid[16], euicc_point[65];
	uint8_t smdp_signature2[64];
	bool cc_required;
	/* from GetBoundProfilePackage on: the same request again gets the same package */
	uint8_t bound_otpk[65], smdp_sign[64];
};

#define CHANGES_ORDERS 2
#define CHANGES_OUTBOX 3

struct smdpp_changes {
	struct smdpp_order order[CHANGES_ORDERS]; size_t n_orders;
	struct bytes package;            /* of order[0], when it is new; absent: unchanged */
	struct smdpp_session session;    /* put, when has_session */
	bool has_session, end_session;   /* end: the session with session.transaction_id goes */
	struct { const char *url; struct bytes body; } outbox[CHANGES_OUTBOX]; size_t n_outbox;   /* due at once */
	struct stock_item *stock; size_t n_stock;   /* put; in the arena */
	struct es2p_done done; bool has_done;
};

struct smdpp_store {
	void *self;
	RSP_MUST_USE enum rsp_status (*order_by_iccid)(void *self, struct rsp_ctx *c, const uint8_t iccid[10], struct smdpp_order *out, bool *found);
	/*
	 * The same as this process last saw it, without asking the store when it can. Another process may have changed it since: a commit of it is guarded by
	 * its revision, but a refusal, or an answer without a commit, must be decided on what order_by_iccid says. *sure: the store was asked.
	 */
	RSP_MUST_USE enum rsp_status (*order_recent)(void *self, struct rsp_ctx *c, const uint8_t iccid[10], struct smdpp_order *out, bool *found, bool *sure);
	RSP_MUST_USE enum rsp_status (*order_by_matching_id)(void *self, struct rsp_ctx *c, struct bytes id, struct smdpp_order *out, bool *found);
	/* The oldest order with an empty MatchingID that waits for this EID (state Released, or Downloaded for a retry). */
	RSP_MUST_USE enum rsp_status (*order_by_eid)(void *self, struct rsp_ctx *c, const uint8_t eid[16], struct smdpp_order *out, bool *found);
	/* The personalised package, in the arena: 86 segments under the order's PPK, or unprotected when the order has none. */
	RSP_MUST_USE enum rsp_status (*package)(void *self, struct rsp_ctx *c, const struct smdpp_order *o, struct bytes *out);
	RSP_MUST_USE enum rsp_status (*session)(void *self, struct rsp_ctx *c, struct bytes transaction_id, struct smdpp_session *out, bool *found);
	/* As order_recent. */
	RSP_MUST_USE enum rsp_status (*session_recent)(void *self, struct rsp_ctx *c, struct bytes transaction_id, struct smdpp_session *out, bool *found,
		bool *sure);
	/* The skip-th available subscription of a type, oldest first. */
	RSP_MUST_USE enum rsp_status (*stock_next)(void *self, struct rsp_ctx *c, const char *profile, unsigned skip, struct stock_item *out, bool *found);
	RSP_MUST_USE enum rsp_status (*stock_by_iccid)(void *self, struct rsp_ctx *c, const uint8_t iccid[10], struct stock_item *out, bool *found);
	/* What an earlier call with these identifiers was answered. */
	RSP_MUST_USE enum rsp_status (*done)(void *self, struct rsp_ctx *c, struct bytes requester, struct bytes call_id, struct es2p_done *out, bool *found);
	/* All or nothing. CONFLICT: a revision, an ICCID or a MatchingID clashes. */
	RSP_MUST_USE enum rsp_status (*commit)(void *self, struct rsp_ctx *c, const struct smdpp_changes *changes);
	/*
	 * The same without waiting: OK when it is under way; then `done` is called once from another thread, and c and what lies in it must live until it is.
	 * Any other status: at once, and `done` is not called. STATE: commit instead.
	 */
	RSP_MUST_USE enum rsp_status (*commit_then)(void *self, struct rsp_ctx *c, const struct smdpp_changes *changes,
		void (*done)(void *arg, enum rsp_status st), void *arg);
	/* In the order they were made; fn returns false to stop. fn must not call the store. */
	RSP_MUST_USE enum rsp_status (*each_order)(void *self, struct rsp_ctx *c, bool (*fn)(void *arg, const struct smdpp_order *o), void *arg);
	RSP_MUST_USE enum rsp_status (*each_session)(void *self, struct rsp_ctx *c, bool (*fn)(void *arg, const struct smdpp_session *s), void *arg);
	RSP_MUST_USE enum rsp_status (*each_stock)(void *self, struct rsp_ctx *c, bool (*fn)(void *arg, const struct stock_item *i), void *arg);
	/* Forget sessions and remembered calls that ended before c->now; says how many rows went. */
	RSP_MUST_USE enum rsp_status (*expire)(void *self, struct rsp_ctx *c, uint64_t *gone);
	/* How many sessions are kept. */
	RSP_MUST_USE enum rsp_status (*sessions)(void *self, struct rsp_ctx *c, uint64_t *n);
	/* Is it there? */
	RSP_MUST_USE enum rsp_status (*ping)(void *self, struct rsp_ctx *c);
	void (*close)(void *self);
};

#endif
