// SPDX-License-Identifier: BSD-2-Clause
/* What routes of every role share. */
#ifndef SERVICE_ROUTE_H
#define SERVICE_ROUTE_H

#include "service/server.h"

/* The HTTP answer to how a call ended. */
unsigned route_status(enum rsp_status st);
/* The media type of a header, whatever its parameters. */
bool route_is_type(struct bytes header, const char *type);
/* The last part of a static path: "authenticateClient". */
const char *route_name(const char *path);

#endif
