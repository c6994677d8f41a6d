// SPDX-License-Identifier: BSD-2-Clause
/* An SM-DS as a process part: role, store, listeners, messages to its root. */
#ifndef SERVICE_SMDS_SERVICE_H
#define SERVICE_SMDS_SERVICE_H

#include <esimlab/smds.h>

#include "service/server.h"
#include "store/store.h"

struct smds_service_options {
	struct store *store;           /* ds's */
	const char *listen;            /* ES11 and, with a client certificate, ES12 and ES15 */
	const char *es12_listen;       /* a listener of its own for ES12 with mutual TLS demanded; NULL: none */
	const char *admin_listen;      /* NULL: none */
	enum ec_curve curve;           /* of the TLS certificate */
	const char *const *connect_to; size_t n_connect_to;   /* for calls to the root */
	int64_t fixed_now;             /* 0: the machine's clock */
	struct server_options limits;  /* workers, connections, queue, body_limit, times; the rest is not looked at */
};

struct smds_service;
/* ds (with its store and PKI) and c's crypto must outlive the service. */
RSP_MUST_USE enum rsp_status smds_service_start(struct rsp_ctx *c, struct smds *ds, const struct smds_service_options *o, struct smds_service **out);
unsigned smds_service_port(const struct smds_service *s);
unsigned smds_service_es12_port(const struct smds_service *s);    /* 0: no listener of its own */
unsigned smds_service_admin_port(const struct smds_service *s);
/* Other certificates from the next call on; pki becomes the service's own in any case. On failure all stays. */
RSP_MUST_USE enum rsp_status smds_service_reload(struct smds_service *s, struct rsp_ctx *c, struct pki *pki);
void smds_service_stop(struct smds_service *s, unsigned ms);

/* One request without HTTP. caller: OID of an in-process caller of ES12, NULL to take it from the client's certificate. */
void smds_service_call(struct rsp_ctx *c, struct smds *ds, const struct service_request *req, const char *caller, struct service_answer *a);

#endif
