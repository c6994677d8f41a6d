// SPDX-License-Identifier: BSD-2-Clause
#ifndef TOOLS_EUICC_H
#define TOOLS_EUICC_H

#include "cli.h"

/* Cards behind doors, until SIGTERM, SIGINT, or everybody has gone. */
int euicc_serve(struct cli *cli);

#endif
