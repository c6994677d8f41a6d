// SPDX-License-Identifier: BSD-2-Clause
/* What the functions of the SM-DP+ share inside the role: codes, the state of one call, progress information. */
#ifndef SMDPP_CALL_H
#define SMDPP_CALL_H

#include <esimlab/smdpp.h>

#include "codec/es10.h"
#include "codec/es8p.h"
#include "codec/ids.h"

/* Every answer that is a no: subject, reason (SGP.22 5.2.6). */
#define SMDPP_CODES(X) \
	X(CODE_ADDRESS, "8.8.1", "3.8") \
	X(CODE_SVN, "8.8.3", "3.1") \
	X(CODE_CI_FOR_EUICC, "8.8.2", "3.1") \
	X(CODE_CI_FOR_SERVER, "8.8.4", "3.7") \
	X(CODE_TRANSACTION, "8.10.1", "3.9") \
	X(CODE_EUICC_ERROR, "8.1", "4.2") \
	X(CODE_CI_UNKNOWN, "8.11.1", "3.9") \
	X(CODE_EUM, "8.1.2", "6.1") \
	X(CODE_EUM_EXPIRED, "8.1.2", "6.3") \
	X(CODE_EUICC, "8.1.3", "6.1") \
	X(CODE_EUICC_EXPIRED, "8.1.3", "6.3") \
	X(CODE_SIGNATURE, "8.1", "6.1") \
	X(CODE_MATCHING_ID, "8.2.6", "3.8") \
	X(CODE_EID, "8.1.1", "3.8") \
	X(CODE_PROFILE_STATE, "8.2", "1.2") \
	X(CODE_ORDER_EXPIRED, "8.8.5", "4.10") \
	X(CODE_DOWNLOADS, "8.8.5", "6.4") \
	X(CODE_ELIGIBILITY, "8.2.5", "4.3") \
	X(CODE_MEMORY, "8.1", "4.8") \
	X(CODE_DOWNLOAD_ERROR, "8.2.10", "4.2") \
	X(CODE_CC_MISSING, "8.2.7", "2.2") \
	X(CODE_CC_REFUSED, "8.2.7", "3.8") \
	X(CODE_CC_EXHAUSTED, "8.2.7", "6.4") \
	X(CODE_REBINDING, "8.2", "3.7") \
	X(CODE_SMDP_OID, "8.8", "3.10") \
	X(CODE_REQUESTER_MISSING, "1.1", "2.2") \
	X(CODE_CALL_MISSING, "1.6", "2.2") \
	X(CODE_REQUESTER, "1.1", "1.2") \
	X(CODE_FORMAT, "1.6", "2.1") \
	X(CODE_ICCID_MISSING, "8.2.1", "2.2") \
	X(CODE_ICCID_IN_USE, "8.2.1", "3.3") \
	X(CODE_ICCID_UNKNOWN, "8.2.1", "3.9") \
	X(CODE_ICCID_NOT_ALLOWED, "8.2.1", "1.2") \
	X(CODE_ICCID_TRANSITION, "8.2.1", "3.5") \
	X(CODE_TYPE_UNKNOWN, "8.2.5", "3.9") \
	X(CODE_TYPE_ASSOCIATION, "8.2.5", "3.8") \
	X(CODE_EID_ASSOCIATION, "8.1.1", "3.10") \
	X(CODE_EID_MISSING, "8.1.1", "2.2") \
	X(CODE_MATCHING_ID_IN_USE, "8.2.6", "3.3") \
	X(CODE_MATCHING_ID_ASSOCIATION, "8.2.6", "3.10") \
	X(CODE_SMDS_UNREACHABLE, "8.9", "5.1") \
	X(CODE_SMDS_REFUSED, "8.9", "4.2") \
	X(CODE_STOCK_EMPTY, "8.2.5", "3.7") \
	X(CODE_TYPE_NOT_ALLOWED, "8.2.5", "1.2") \
	X(CODE_CALL_IN_USE, "1.6", "3.3")

enum smdpp_code {
#define X(name, subject, reason) name,
	SMDPP_CODES(X)
#undef X
	SMDPP_CODE_COUNT,
};

/* Put the code of a failed row into c->error beside its sentence. */
void smdpp_set_code(struct rsp_ctx *c, int code);
/* rsp_fail with a code: for refusals outside a table. */
enum rsp_status smdpp_no(struct rsp_ctx *c, enum smdpp_code code, const char *fmt, ...) RSP_PRINTF(3, 4);

/* One ES9+ call. Rows of the check tables get it as `call` and fill in what later rows need. */
struct es9p_call {
	struct smdpp *dp;
	enum es9p_function function;
	struct es9p_request req;
	struct smdpp_changes *changes;
	struct es9p_response *reply;

	struct smdpp_session session;
	struct smdpp_order order;
	bool has_order;
	const struct pki_branch *branch;      /* of the session's curve */
	struct euicc_info1 info1;
	struct authenticate_server_rsp auth;
	const struct pki_cert *eum, *euicc;
	enum rsp_status eum_status, euicc_status;
	struct prepare_download_rsp prepare;
	struct ec_key *otpk;
	struct cancel_session_rsp cancel;
	struct pending_notification notification;
	bool fresh;                           /* orders and sessions come from the store itself */
	bool unsure;                          /* one was taken as last seen here */
	bool counted;                         /* the refusal has an effect that must be stored: changes stay */
};

/* Steps of one function: DER of the payload, then its table, then what a yes does. */
struct es9p_steps {
	enum rsp_status (*decode)(struct rsp_ctx *c, struct es9p_call *call);
	enum rsp_status (*effect)(struct rsp_ctx *c, struct es9p_call *call);
};
extern const struct es9p_steps es9p_initiate_authentication, es9p_authenticate_client, es9p_get_bound_profile_package,
	es9p_cancel_session, es9p_handle_notification;

extern const struct rsp_checks initiate_authentication_checks, authenticate_client_checks, get_bpp_checks, cancel_session_checks,
	notification_pir_checks, notification_other_checks;
extern const struct rsp_checks download_order_checks, confirm_order_checks, release_profile_checks, cancel_order_checks;

/* The order of an ICCID: as last seen here, unless the call is fresh. */
RSP_MUST_USE enum rsp_status load_order(struct rsp_ctx *c, struct es9p_call *call, const uint8_t iccid[10]);

/* Rows that several tables use. */
enum rsp_status check_session_known(struct rsp_ctx *c, void *call);
enum rsp_status check_eum(struct rsp_ctx *c, void *call);
enum rsp_status check_eum_dates(struct rsp_ctx *c, void *call);
enum rsp_status check_euicc(struct rsp_ctx *c, void *call);
enum rsp_status check_euicc_dates(struct rsp_ctx *c, void *call);
/* Read both certificates into the call; a certificate that does not parse is an untrusted one. */
enum rsp_status read_certificates(struct rsp_ctx *c, struct es9p_call *call, struct bytes euicc, struct bytes eum);

/* profileMetadata of an order: a BF25 TLV in the arena. */
RSP_MUST_USE enum rsp_status order_metadata(struct rsp_ctx *c, const struct smdpp *dp, const struct smdpp_order *o, struct bytes *out);
/* An order changes: appended to the change set (or replacing the same order there). */
void change_order(struct smdpp_changes *changes, const struct smdpp_order *o);

/* One more line of the order's history. */
void order_note(struct rsp_ctx *c, struct smdpp_order *o, enum order_what what, uint32_t detail);
/* The order needs its event at the SM-DS no longer: DeleteEvent goes with the change set, and the order forgets it (SGP.22 5.9.3). */
RSP_MUST_USE enum rsp_status drop_event(struct rsp_ctx *c, const struct smdpp *dp, struct smdpp_changes *changes, struct smdpp_order *o);

/* HandleDownloadProgressInfo for the operator, queued with the change set (SGP.22 5.3.5). */
enum progress_point { POINT_ELIGIBILITY = 1, POINT_CONFIRMATION = 2, POINT_DOWNLOAD = 3, POINT_INSTALLATION = 4 };
RSP_MUST_USE enum rsp_status progress(struct rsp_ctx *c, const struct smdpp *dp, struct smdpp_changes *changes, const struct smdpp_order *o, enum progress_point point,
	const char *subject, const char *reason, struct bytes result);

#endif
