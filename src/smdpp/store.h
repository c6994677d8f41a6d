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
	char fault[200];                         /* why it is in ORDER_ERROR */
};

enum session_state { SESSION_INITIATED, SESSION_AUTHENTICATED, SESSION_BOUND };

struct smdpp_session {
	uint64_t revision;
	uint8_t transaction_id[16];
	enum session_state state;
	int64_t started;
	enum ec_curve curve;
	uint8_t euicc_challenge[16], server_challenge[16];
	/* from AuthenticateClient on */
	uint8_t iccid[10], eid[16], euicc_point[65];
	uint8_t smdp_signature2[64];
	bool cc_required;
};

struct outbox_message {
	uint64_t id;
	char url[200];                   /* "" : the service's configured callback */
	struct bytes body;               /* JSON */
	int64_t due;
	uint32_t tries;
};

#define CHANGES_ORDERS 2
#define CHANGES_OUTBOX 2

struct smdpp_changes {
	struct smdpp_order order[CHANGES_ORDERS]; size_t n_orders;
	struct bytes package;            /* of order[0], when it is new; absent: unchanged */
	struct smdpp_session session;    /* put, when has_session */
	bool has_session, end_session;   /* end: the session with session.transaction_id goes */
	struct bytes outbox[CHANGES_OUTBOX]; size_t n_outbox;   /* bodies; due at once */
};

struct smdpp_store {
	void *self;
	RSP_MUST_USE enum rsp_status (*order_by_iccid)(void *self, struct rsp_ctx *c, const uint8_t iccid[10], struct smdpp_order *out, bool *found);
	RSP_MUST_USE enum rsp_status (*order_by_matching_id)(void *self, struct rsp_ctx *c, struct bytes id, struct smdpp_order *out, bool *found);
	/* The oldest order with an empty MatchingID that waits for this EID (state Released, or Downloaded for a retry). */
	RSP_MUST_USE enum rsp_status (*order_by_eid)(void *self, struct rsp_ctx *c, const uint8_t eid[16], struct smdpp_order *out, bool *found);
	/* The personalised, unprotected package, in the arena. */
	RSP_MUST_USE enum rsp_status (*package)(void *self, struct rsp_ctx *c, const uint8_t iccid[10], struct bytes *out);
	RSP_MUST_USE enum rsp_status (*session)(void *self, struct rsp_ctx *c, struct bytes transaction_id, struct smdpp_session *out, bool *found);
	/* All or nothing. CONFLICT: a revision, an ICCID or a MatchingID clashes. */
	RSP_MUST_USE enum rsp_status (*commit)(void *self, struct rsp_ctx *c, const struct smdpp_changes *changes);
	/* In the order they were made; fn returns false to stop. */
	RSP_MUST_USE enum rsp_status (*each_order)(void *self, struct rsp_ctx *c, bool (*fn)(void *arg, const struct smdpp_order *o), void *arg);
	/* The oldest message due at c->now, in the arena. */
	RSP_MUST_USE enum rsp_status (*outbox_next)(void *self, struct rsp_ctx *c, struct outbox_message *out, bool *found);
	/* sent: remove it; otherwise try again at `due`. */
	RSP_MUST_USE enum rsp_status (*outbox_settle)(void *self, struct rsp_ctx *c, uint64_t id, bool sent, int64_t due);
	/* Forget sessions started before `before`. */
	RSP_MUST_USE enum rsp_status (*expire_sessions)(void *self, struct rsp_ctx *c, int64_t before);
	void (*close)(void *self);
};

#endif
