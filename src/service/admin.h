// SPDX-License-Identifier: BSD-2-Clause
/*
 * The administrator's pages, plain HTTP on loopback: GET /healthz, /metrics, /calls and the role's own (/sessions, /sessions/ID, /settings ...);
 * POST /settings with lines NAME=VALUE.
 */
#ifndef SERVICE_ADMIN_H
#define SERVICE_ADMIN_H

#include <pthread.h>

#include "service/journal.h"

struct server {
	const struct service_part *part;
	struct server_options o;
	struct crypto *crypto;
	struct http_server *open, *mutual, *admin;
	struct journal *journal;
	uint64_t began;
	pthread_t clock;
	bool ticking, stop;
	pthread_mutex_t lock;
	pthread_cond_t wake;
};

void admin_handler(void *arg, struct rsp_ctx *c, const struct http_request *req, struct http_reply *reply);

#endif
