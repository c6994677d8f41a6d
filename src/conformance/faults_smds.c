// SPDX-License-Identifier: BSD-2-Clause
/* How an SM-DS can be wrong. */
#include "conformance/faults.h"
#include "smds/call.h"

#define GONE(name, table, row, seen) {name, ACTOR_SMDS, seen, table, row, ROW_GONE, 0, NULL, NULL, NULL, false, false}
#define CODE(name, table, row, code, seen) {name, ACTOR_SMDS, seen, table, row, ROW_CODE, code, NULL, NULL, NULL, false, false}

#define EASY "easily left out: nothing fails without it as long as peers are right"

const struct fault smds_faults[] = {
	GONE("ds-any-address", "es11_initiate_authentication", "smdpAddress", "servers behind a shared front, which see one name only"),
	GONE("ds-any-version", "es11_initiate_authentication", "svn", EASY),
	CODE("ds-verification-code", "es11_initiate_authentication", "euiccCiPKIdListForVerification", SMDS_CI_FOR_EUICC, "one code for both lists"),
	CODE("ds-lists-mixed-up", "es11_initiate_authentication", "euiccCiPKIdListForSigning", SMDS_CI_FOR_SERVER, "the two lists are mixed up"),
	GONE("ds-ci-is-any-fault", "es11_authenticate_client", "CI known", "one code for every fault of a chain"),
	GONE("ds-eum-unverified", "es11_authenticate_client", "EUM certificate", "only the last link of the chain is verified"),
	GONE("ds-euicc-unverified", "es11_authenticate_client", "eUICC certificate", "the chain ends at the EUM"),
	GONE("ds-signature1-unread", "es11_authenticate_client", "euiccSignature1", EASY),
	GONE("ds-inner-transaction-unread", "es11_authenticate_client", "transactionId inside", "the transactionId is compared in one layer only"),
	GONE("ds-challenge-unread", "es11_authenticate_client", "serverChallenge", EASY),
	CODE("ds-transaction-code", "es11_authenticate_client", "transactionId", SMDS_EVENT_UNKNOWN, "what is not found is not found"),
	GONE("ds-event-unread", "es11_authenticate_client", "EventID", "all events are told, whatever is asked for"),
	GONE("ds-event-twice", "register_event", "EventID free", EASY),
	CODE("ds-event-twice-code", "register_event", "EventID free", SMDS_EVENT_UNKNOWN, "whatever the database says of a key that is there"),
	GONE("ds-no-requester", "register_event", "functionRequesterIdentifier", EASY),
	GONE("ds-no-call", "register_event", "functionCallIdentifier", EASY),
	GONE("ds-deletes-nothing", "delete_event", "EventID known", "nobody minds if it is gone"),
};
const size_t smds_fault_count = sizeof(smds_faults) / sizeof(smds_faults[0]);
