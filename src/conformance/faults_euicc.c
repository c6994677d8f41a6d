// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/faults.h"

const struct fault euicc_faults[] = {
	{"card-any-challenge", ACTOR_EUICC, "an easy omission", "authenticate_server", "euiccChallenge", ROW_GONE, 0, NULL, NULL, NULL},
};
const size_t euicc_fault_count = sizeof(euicc_faults) / sizeof(euicc_faults[0]);
