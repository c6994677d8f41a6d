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
#include "codec/es9p.h"
#include "pki/pki.h"
#include "smdpp/store.h"

/*
 * Profile types on offer. load: the package of a type in the arena; REFUSED when there is none of this name. is_template: every order gets
 * values of its own; otherwise the package is one finished profile, taken as it is.
 */
struct smdpp_types {
	void *self;
	RSP_MUST_USE enum rsp_status (*load)(void *self, struct rsp_ctx *c, const char *name, struct bytes *package, bool *is_template);
};

struct smdpp_limits {
	uint32_t cc_tries;           /* wrong confirmation codes before an order is in error; default 3 */
	uint32_t downloads;          /* download attempts; default 10 */
	int64_t order_seconds;       /* life of an order; 0: for ever */
	int64_t session_seconds;     /* life of an RSP session; default 3600 */
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
	bool ppk;                    /* protect profiles with a PPK rather than session keys; default true */
	char iccid_prefix[12];       /* of ICCIDs made here; default "8900101" */
	char imsi_prefix[8];         /* default "00101" */
};

/* Defaults and the built-in checks. host, pki, store and types are the caller's. */
void smdpp_init(struct smdpp *dp, const char *host, const struct pki *pki, struct smdpp_store *store, struct smdpp_types types);

/*
 * One ES9+ function with its JSON body. OK: reply is to be sent (it may be a Failed one) after committing changes.
 * MALFORMED: HTTP 400. HandleNotification always answers OK and has no reply body. Others: HTTP 5xx.
 */
RSP_MUST_USE enum rsp_status es9p_handle(struct rsp_ctx *c, struct smdpp *dp, enum es9p_function f, struct bytes body,
	struct smdpp_changes *changes, struct es9p_response *reply);
/* One ES2+ function. requester_cert: DER of the client's certificate, absent in process. */
RSP_MUST_USE enum rsp_status es2p_handle(struct rsp_ctx *c, struct smdpp *dp, enum es2p_function f, struct bytes body,
	struct smdpp_changes *changes, struct es2p_response *reply);

/* ---- orders without ES2+: what `esimlab order` does ---- */

struct order_request {
	const char *profile;         /* type */
	const char *eid;             /* NULL: anybody */
	const char *matching_id;     /* NULL: one is made; "": default SM-DP+ use case (needs eid) */
	struct bytes confirmation_code;  /* absent: none */
	const char *iccid;           /* NULL: the package's own for a finished package, a new one for a template; "new": a new one */
	const char *name, *provider; /* metadata; NULL: defaults */
	bool release;                /* to Released; otherwise Confirmed */
};
/* DownloadOrder and ConfirmOrder in one. REFUSED carries ES2+ codes. The new order is changes->order[0]. */
RSP_MUST_USE enum rsp_status order_new(struct rsp_ctx *c, struct smdpp *dp, const struct order_request *r, struct smdpp_changes *changes);
RSP_MUST_USE enum rsp_status order_release(struct rsp_ctx *c, struct smdpp *dp, const uint8_t iccid[10], struct smdpp_changes *changes);
/* final: ORDER_AVAILABLE or ORDER_UNAVAILABLE. */
RSP_MUST_USE enum rsp_status order_cancel(struct rsp_ctx *c, struct smdpp *dp, const uint8_t iccid[10], enum order_state final, struct smdpp_changes *changes);
/* Attempts and confirmation failures to nothing, expiry renewed, state back to Released. */
RSP_MUST_USE enum rsp_status order_reset(struct rsp_ctx *c, struct smdpp *dp, const uint8_t iccid[10], struct smdpp_changes *changes);
/* The activation code of an order, in the arena. */
char *order_activation_code(struct rsp_ctx *c, const struct smdpp *dp, const struct smdpp_order *o);

#endif
