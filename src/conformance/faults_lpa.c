// SPDX-License-Identifier: BSD-2-Clause
/* How an LPA can be wrong. */
#include "conformance/faults.h"

const struct fault lpa_faults[1];
const size_t lpa_fault_count;
