// SPDX-License-Identifier: BSD-2-Clause
/* An operator's side of ES2+: what it is told by HandleDownloadProgressInfo, and calls of its own. */
#ifndef TESTS_SUPPORT_OPERATOR_H
#define TESTS_SUPPORT_OPERATOR_H

#include "support/test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "codec/es2p.h"
#include "http/client.h"
#include "http/server.h"

/* points: 1 << notificationPointId, each that was reached without a fault; and the message that came last */
struct told { char iccid[24]; unsigned points; int last_point; char last_call[80]; };

struct operator {
	struct http_server *server;
	char url[100];
	pthread_mutex_t lock;
	struct told *told;
	size_t n, cap;
	atomic_bool deaf;                   /* answers 503 to everything */
	atomic_uint heard, bad;             /* bad: not to be read, or two messages under one functionCallIdentifier */
};

void operator_start(struct operator *op, struct rsp_ctx *c);
void operator_stop(struct operator *op);
unsigned operator_told(struct operator *op, const char *iccid);

/* A client of ES2+ with the operator's certificate, towards 127.0.0.1:port. */
struct http_client *operator_client(struct rsp_ctx *c, const struct pki *pki, const char *host, unsigned port);
/* The body of a call: its identifier, and further members, each after a comma. */
struct bytes operator_body(struct rsp_ctx *c, const char *call_id, const char *members);

#endif
