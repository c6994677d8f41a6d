// SPDX-License-Identifier: BSD-2-Clause
/* What the functions of the SM-DS share inside the role: codes, the state of one ES11 call. */
#ifndef SMDS_CALL_H
#define SMDS_CALL_H

#include <esimlab/smds.h>

#include "codec/es10.h"

/* Every answer that is a no: subject, reason (SGP.22 5.2.6). */
#define SMDS_CODES(X) \
	X(SMDS_ADDRESS, "8.9.1", "3.8") \
	X(SMDS_CI_FOR_EUICC, "8.9.2", "3.1") \
	X(SMDS_SVN, "8.9.3", "3.1") \
	X(SMDS_CI_FOR_SERVER, "8.9.4", "3.7") \
	X(SMDS_TRANSACTION, "8.10.1", "3.9") \
	X(SMDS_EUICC_ERROR, "8.1", "4.2") \
	X(SMDS_CI_UNKNOWN, "8.11.1", "3.9") \
	X(SMDS_EUM, "8.1.2", "6.1") \
	X(SMDS_EUM_EXPIRED, "8.1.2", "6.3") \
	X(SMDS_EUICC, "8.1.3", "6.1") \
	X(SMDS_EUICC_EXPIRED, "8.1.3", "6.3") \
	X(SMDS_SIGNATURE, "8.1", "6.1") \
	X(SMDS_EVENT_UNKNOWN, "8.9.5", "3.9") \
	X(SMDS_EVENT_IN_USE, "8.9.5", "3.3") \
	X(SMDS_EVENT_MISSING, "8.9.5", "2.2") \
	X(SMDS_EID_MISSING, "8.1.1", "2.2") \
	X(SMDS_REQUESTER_MISSING, "1.1", "2.2") \
	X(SMDS_CALL_MISSING, "1.6", "2.2") \
	X(SMDS_REQUESTER, "1.1", "1.2") \
	X(SMDS_FORMAT, "1.6", "2.1")

enum smds_code {
#define X(name, subject, reason) name,
	SMDS_CODES(X)
#undef X
	SMDS_CODE_COUNT,
};

/* A status that is a refusal of the peer, not a failure of ours. */
bool smds_is_no(enum rsp_status st);
/* Walk the table; the code of the row that says no goes into c->error beside its sentence. */
RSP_MUST_USE enum rsp_status smds_check(struct rsp_ctx *c, struct rsp_checks table, void *call);
/* The texts of a Failed answer from c->error. */
void smds_tell(const struct rsp_ctx *c, char subject[12], char reason[8], char message[200]);

/* One ES11 call. Rows of the check tables get it as `call` and fill in what later rows need. */
struct es11_call {
	struct smds *ds;
	const struct es9p_request *req;
	struct smds_changes *changes;
	struct es11_response *reply;

	const struct pki_branch *branch;      /* of the session's curve */
	struct smds_session session;
	struct euicc_info1 info1;
	struct authenticate_server_rsp auth;
	const struct pki_cert *eum, *euicc;
	enum rsp_status eum_status, euicc_status;
	uint8_t eid[16];
	struct buf found;                     /* of struct es11_event */
	bool no_room;
};

/* Steps of one function: DER of the payload, then its table, then what a yes does. */
struct es11_steps {
	enum rsp_status (*decode)(struct rsp_ctx *c, struct es11_call *call);
	enum rsp_status (*effect)(struct rsp_ctx *c, struct es11_call *call);
};
extern const struct es11_steps es11_initiate_authentication, es11_authenticate_client;

extern const struct rsp_checks es11_initiate_authentication_checks, es11_authenticate_client_checks, es12_register_event_checks,
	es12_delete_event_checks;

#endif
