// SPDX-License-Identifier: BSD-2-Clause
/*
 * The SM-DP+ role: ES9+ and ES2+ (SGP.22 5.3, 5.6) and the life of an order. Bytes in, bytes out. A call reads from the store and answers with a
 * reply and a change set; whoever calls commits the change set and only then sends the reply. A refused call has an empty change set, but for
 * the counters the specification wants counted.
 */
#ifndef ESIMLAB_SMDPP_H
#define ESIMLAB_SMDPP_H

#include <esimlab/profile.h>
#include <esimlab/rsp.h>

#include "base/check.h"
#include "codec/es2p.h"
#include "codec/es8p.h"
#include "codec/es9p.h"
#include "pki/pki.h"
#include "smdpp/store.h"

/* A profile type on offer: a package, and what its metadata and policy say. Texts NULL: defaults. */
struct profile_type {
	struct bytes package;
	bool is_template;            /* every order gets values of its own; otherwise the package is one finished profile, taken as it is */
	bool stock_only;             /* values come from the stock alone; otherwise they are made when the stock has none */
	const char *requesters;      /* who may order it over ES2+: identifiers with blanks between; NULL: any may */
	const char *name, *provider;
	int icon_type;               /* 0 JPEG, 1 PNG, -1 none */
	struct bytes icon;
	int profile_class;           /* enum profile_class */
	uint32_t ppr;                /* 1u << 1 ppr1, 1u << 2 ppr2 */
	const char *owner_mccmnc;    /* "00101" */
	struct bytes owner_gid1, owner_gid2;
	struct notification_config notifications[NOTIFICATION_CONFIG_MAX]; size_t n_notifications;   /* none: all events to this SM-DP+ */
};

/* load: a type in the arena, *out set to its defaults before; REFUSED when there is none of this name. */
struct smdpp_types {
	void *self;
	RSP_MUST_USE enum rsp_status (*load)(void *self, struct rsp_ctx *c, const char *name, struct profile_type *out);
};

/* The SM-DS, as the SM-DP+ sees it (ES12). REFUSED: it says no; IO: it cannot be reached. */
struct smds_port {
	void *self;
	RSP_MUST_USE enum rsp_status (*register_event)(void *self, struct rsp_ctx *c, const char *smds, const char *eid, const char *event_id);
};

struct smdpp_limits {
	uint32_t cc_tries;           /* wrong confirmation codes before an order is in error; default 3 */
	uint32_t downloads;          /* download attempts; default 10 */
	int64_t order_seconds;       /* life of an order; 0: for ever */
	int64_t session_seconds;     /* life of an RSP session; default 3600 */
	int64_t call_seconds;        /* a functionCallIdentifier is remembered so long; default 86400 */
};

/* Which checks each function makes, in order. */
struct smdpp_checks {
	struct rsp_checks initiate_authentication, authenticate_client, get_bound_profile_package, cancel_session, notification_pir, notification_other;
	struct rsp_checks download_order, confirm_order, release_profile, cancel_order;
};

struct smdpp {
	char host[256];              /* FQDN of ES9+, as in serverAddress */
	const struct pki *pki;       /* borrowed */
	struct smdpp_store *store;
	struct smdpp_types types;
	struct smdpp_limits limits;
	struct smdpp_checks checks;
	bool long_segments;          /* cut the package into segments of up to 1036 octets, as some servers do; default false: 1020 */
	bool ppk;                    /* new orders: protect the profile once, with a PPK, rather than in each session; default true */
	bool rebinding;              /* a package may be bound again to another one-time key of its eUICC; default true */
	bool progress;               /* tell the operator (HandleDownloadProgressInfo); default true */
	struct smds_port *smds;      /* NULL: no SM-DS can be reached */
	/* May this certified key speak for this functionRequesterIdentifier? NULL: any may. */
	bool (*may_request)(void *self, struct bytes requester, const char *key); void *requesters;
	char iccid_prefix[12];       /* of ICCIDs made here; default "8900101" */
	char imsi_prefix[8];         /* default "00101" */
};

/* Defaults and the built-in checks. host, pki, store and types are the caller's. */
void smdpp_init(struct smdpp *dp, const char *host, const struct pki *pki, struct smdpp_store *store, struct smdpp_types types);

/*
 * One ES9+ function. OK: reply is to be sent (it may be a Failed one) after committing changes. MALFORMED: HTTP 400. HandleNotification always
 * answers OK and has no reply body. Others: HTTP 5xx. The request is as either binding read it.
 */
RSP_MUST_USE enum rsp_status es9p_handle(struct rsp_ctx *c, struct smdpp *dp, enum es9p_function f, const struct es9p_request *req,
	struct smdpp_changes *changes, struct es9p_response *reply);

/* One ES2+ function, JSON in and out. requester_key: SHA-256 in hex of the public key of the client's certificate; NULL in process. */
RSP_MUST_USE enum rsp_status es2p_handle(struct rsp_ctx *c, struct smdpp *dp, enum es2p_function f, struct bytes body, const char *requester_key,
	struct smdpp_changes *changes, struct bytes *answer);

/* ---- orders without ES2+: what `esimlab order` does ---- */

enum order_trick { TRICK_NONE, TRICK_ALLOCATED, TRICK_LINKED, TRICK_EXPIRED, TRICK_USED_UP, TRICK_CODE_USED_UP };

struct order_request {
	const char *profile;         /* type */
	const char *eid;             /* NULL: anybody */
	const char *matching_id;     /* NULL: one is made; "": default SM-DP+ use case (needs eid) */
	struct bytes confirmation_code;  /* absent: none */
	const char *iccid;           /* NULL: the package's own for a finished package, a new one for a template; "new": a new one */
	const char *name, *provider; /* metadata; NULL: defaults */
	bool release;                /* to Released; otherwise Confirmed */
	enum order_trick trick;      /* an order that is not as it should be, to test LPAs against */
	const char *smds;            /* register an event there (needs eid); NULL: none */
};
/* DownloadOrder and ConfirmOrder in one. REFUSED carries ES2+ codes. The new order is changes->order[0]. */
RSP_MUST_USE enum rsp_status order_new(struct rsp_ctx *c, struct smdpp *dp, const struct order_request *r, struct smdpp_changes *changes);
RSP_MUST_USE enum rsp_status order_release(struct rsp_ctx *c, struct smdpp *dp, const uint8_t iccid[10], struct smdpp_changes *changes);
/* final: ORDER_AVAILABLE or ORDER_UNAVAILABLE. */
RSP_MUST_USE enum rsp_status order_cancel(struct rsp_ctx *c, struct smdpp *dp, const uint8_t iccid[10], enum order_state final, struct smdpp_changes *changes);
/* DownloadOrder's half: REFUSED unless Allocated or Linked. matching_id and confirmation_code as in struct order_request. */
RSP_MUST_USE enum rsp_status order_confirm_held(struct rsp_ctx *c, struct smdpp *dp, const uint8_t iccid[10], const struct order_request *r,
	struct smdpp_changes *changes);
/* Attempts and confirmation failures to nothing, expiry renewed, state back to Released. */
RSP_MUST_USE enum rsp_status order_reset(struct rsp_ctx *c, struct smdpp *dp, const uint8_t iccid[10], struct smdpp_changes *changes);
/* The personalised package of an order without its protection, in the arena. */
RSP_MUST_USE enum rsp_status order_package(struct rsp_ctx *c, struct smdpp *dp, const struct smdpp_order *o, struct bytes *out);
/* Subscriptions into the stock; one that is there already is replaced only while nobody has it (8.2.1/3.3 otherwise). */
RSP_MUST_USE enum rsp_status stock_put(struct rsp_ctx *c, struct smdpp *dp, struct stock_item *items, size_t n, struct smdpp_changes *changes);
/* The activation code of an order, in the arena. */
char *order_activation_code(struct rsp_ctx *c, const struct smdpp *dp, const struct smdpp_order *o);

#endif
