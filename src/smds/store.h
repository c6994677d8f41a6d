// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the SM-DS needs kept: events, RSP sessions, an outbox. The role only reads; what it wants changed it returns as a change set, which the
 * service commits. Rows carry a revision: a commit whose row has moved on meanwhile answers CONFLICT and changes nothing.
 */
#ifndef SMDS_STORE_H
#define SMDS_STORE_H

#include "base/bytes.h"
#include "crypto/crypto.h"

/* An event record (SGP.22 3.6). Texts are NUL-terminated; owner and event_id together are the key. */
struct smds_event {
	uint64_t revision;               /* 0: not stored yet */
	char owner[64];                  /* the server that registered it: the OID of its TLS certificate, "2.999.10" */
	char event_id[256];
	uint8_t eid[16];
	char rsp_server_address[256];
	bool forwarding;                 /* forwardingIndicator, as it came */
	char root_event_id[33];          /* of the event that was registered at the root on its account; "" none */
	int64_t created;
};

struct smds_session {
	uint64_t revision;
	uint8_t transaction_id[16];
	int64_t started;
	enum ec_curve curve;
	uint8_t euicc_challenge[16], server_challenge[16];
};

/* ES15: a POST to the root SM-DS. */
struct smds_message {
	const char *path;                /* static */
	struct bytes body;               /* JSON */
};

struct smds_changes {
	struct smds_event event;         /* put or deleted, by its key */
	bool put_event, delete_event;
	struct smds_session session;     /* put or ended, by its transaction_id */
	bool put_session, end_session;
	struct smds_message outbox;      /* due at once, after those before it */
	bool has_message;
};

struct smds_store {
	void *self;
	/* The event with this key. */
	RSP_MUST_USE enum rsp_status (*event)(void *self, struct rsp_ctx *c, const char *owner, struct bytes event_id, struct smds_event *out, bool *found);
	/* The events of a eUICC in the order they were registered; fn returns false to stop. */
	RSP_MUST_USE enum rsp_status (*events_of_eid)(void *self, struct rsp_ctx *c, const uint8_t eid[16],
		bool (*fn)(void *arg, const struct smds_event *e), void *arg);
	RSP_MUST_USE enum rsp_status (*session)(void *self, struct rsp_ctx *c, struct bytes transaction_id, struct smds_session *out, bool *found);
	/* All or nothing. CONFLICT: a revision or an event's key clashes. */
	RSP_MUST_USE enum rsp_status (*commit)(void *self, struct rsp_ctx *c, const struct smds_changes *changes);
};

#endif
