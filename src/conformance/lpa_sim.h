// SPDX-License-Identifier: BSD-2-Clause
#ifndef CONFORMANCE_LPA_SIM_H
#define CONFORMANCE_LPA_SIM_H

#include "conformance/play.h"

send_function send_answer, send_activation_code;

#endif
