// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/faults.h"

const struct fault smdpp_faults[] = {
	{"dp-any-address", ACTOR_SMDPP, "servers behind a shared front", "initiate_authentication", "smdpAddress", ROW_GONE, 0, NULL, NULL, NULL},
};
const size_t smdpp_fault_count = sizeof(smdpp_faults) / sizeof(smdpp_faults[0]);
