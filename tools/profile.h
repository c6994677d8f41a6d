// SPDX-License-Identifier: BSD-2-Clause
/* The parts of `esimlab profile`. */
#ifndef TOOLS_PROFILE_H
#define TOOLS_PROFILE_H

#include "cli.h"

int profile_show(struct cli *cli);

#endif
