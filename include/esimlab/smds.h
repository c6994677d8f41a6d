// SPDX-License-Identifier: BSD-2-Clause
/*
 * The SM-DS role: ES11 towards the LPA, ES12 towards SM-DP+s and alternative SM-DSs, ES15 towards a root (SGP.22 3.6, 5.8 to 5.10). Bytes in, bytes
 * out. A call reads from the store and answers with a reply and a change set; whoever calls commits the change set and only then sends the reply.
 * A refused call has an empty change set.
 */
#ifndef ESIMLAB_SMDS_H
#define ESIMLAB_SMDS_H

#include <esimlab/rsp.h>

#include "base/check.h"
#include "codec/es11.h"
#include "codec/es12.h"
#include "pki/pki.h"
#include "smds/store.h"

/* Which checks each function makes, in order. */
struct smds_checks {
	struct rsp_checks initiate_authentication, authenticate_client, register_event, delete_event;
};

struct smds {
	char host[256];              /* FQDN of ES11, as in serverAddress */
	char root[256];              /* FQDN of the root SM-DS; "": this one is a root */
	const struct pki *pki;       /* borrowed; DSauth of every curve that is to be served */
	struct smds_store *store;
	int64_t session_seconds;     /* life of an RSP session; default 3600 */
	struct smds_checks checks;
};

/* Defaults and the built-in checks. root: NULL for none. The others are the caller's. */
void smds_init(struct smds *ds, const char *host, const char *root, const struct pki *pki, struct smds_store *store);

/*
 * One ES11 function, InitiateAuthentication or AuthenticateClient; the request comes from either binding. OK: reply is to be sent (it may be a
 * Failed one) after committing changes. MALFORMED: HTTP 400. Others: HTTP 5xx.
 */
RSP_MUST_USE enum rsp_status es11_handle(struct rsp_ctx *c, struct smds *ds, enum es9p_function f, const struct es9p_request *req,
	struct smds_changes *changes, struct es11_response *reply);
/* The same from JSON. */
RSP_MUST_USE enum rsp_status es11_handle_json(struct rsp_ctx *c, struct smds *ds, enum es9p_function f, struct bytes body,
	struct smds_changes *changes, struct es11_response *reply);

/*
 * One ES12 function with its JSON body; ES15 at a root is the same. caller: the OID in the client's TLS certificate as text, "2.999.10" (SAN
 * registeredID); NULL when it has none, which is refused. changes->outbox is for ds->root.
 */
RSP_MUST_USE enum rsp_status es12_handle(struct rsp_ctx *c, struct smds *ds, enum es12_function f, struct bytes body, const char *caller,
	struct smds_changes *changes, struct es12_response *reply);

#endif
