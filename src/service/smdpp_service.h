// SPDX-License-Identifier: BSD-2-Clause
/* An SM-DP+ as a process part: role, store, listeners, outbox. */
#ifndef SERVICE_SMDPP_SERVICE_H
#define SERVICE_SMDPP_SERVICE_H

#include <esimlab/smdpp.h>

#include "service/server.h"
#include "store/store.h"

/* A functionRequesterIdentifier and the only key that may speak for it. */
struct service_requester { const char *id; char key[65]; };

struct smdpp_service_options {
	struct store *store;           /* dp's; its outbox is emptied */
	const char *listen;            /* ES9+ and, with a client certificate, ES2+ */
	const char *es2plus_listen;    /* a listener of its own for ES2+ with mutual TLS demanded; NULL: none */
	const char *admin_listen;      /* NULL: none */
	enum ec_curve curve;           /* of the TLS certificate */
	const char *callback;          /* URL for HandleDownloadProgressInfo; NULL: messages wait in the outbox */
	const char *const *connect_to; size_t n_connect_to;   /* for calls to the operator and the SM-DS */
	int64_t fixed_now;             /* 0: the machine's clock */
	uint64_t sessions;             /* RSP sessions at a time; above: 503; 0: 100,000 */
	struct server_options limits;  /* workers, connections, queue, body_limit, times; the rest is not looked at */
};

struct smdpp_service;
/* dp (with its store and PKI) and c's crypto must outlive the service. */
RSP_MUST_USE enum rsp_status smdpp_service_start(struct rsp_ctx *c, struct smdpp *dp, const struct smdpp_service_options *o, struct smdpp_service **out);
unsigned smdpp_service_port(const struct smdpp_service *s);
unsigned smdpp_service_es2plus_port(const struct smdpp_service *s);   /* 0: no listener of its own */
unsigned smdpp_service_admin_port(const struct smdpp_service *s);
/*
 * Other limits, certificates and requesters from the next call on; calls at work keep what they began with. dp is copied, pki (NULL: as it is) becomes
 * the service's own in any case. On failure all stays.
 */
RSP_MUST_USE enum rsp_status smdpp_service_reload(struct smdpp_service *s, struct rsp_ctx *c, const struct smdpp *dp, struct pki *pki,
	const struct service_requester *requesters, size_t n_requesters);
/* The end: no new connections, calls at work finish within ms. */
void smdpp_service_stop(struct smdpp_service *s, unsigned ms);

/* One request without HTTP: what a route does. */
void smdpp_service_call(struct rsp_ctx *c, struct smdpp *dp, const struct service_request *req, struct service_answer *a);

/*
 * One unit of work on orders: call, commit, and again from the start when a row changed meanwhile.
 */
typedef enum rsp_status smdpp_work(struct rsp_ctx *c, struct smdpp *dp, void *arg, struct smdpp_changes *changes);
RSP_MUST_USE enum rsp_status smdpp_unit(struct rsp_ctx *c, struct smdpp *dp, smdpp_work *work, void *arg);

/* Limits and switches of an SM-DP+ by name: "cc-tries", "rebinding" ... MALFORMED with what was wanted. */
RSP_MUST_USE enum rsp_status smdpp_set(struct rsp_ctx *c, struct smdpp *dp, const char *name, const char *value);
/* All of them, for looking at. */
void smdpp_settings_json(const struct smdpp *dp, struct json_out *j);

/*
 * Types from a folder: NAME is NAME.template.der or NAME.der in it, with NAME.ini beside it if there is something to say; "default" is the project's
 * own template unless the folder has one. dir NULL: only "default". A NAME.ini or an icon that is wrong answers IO.
 */
struct smdpp_types types_folder(const char *dir);
/* IO with a sentence: the folder cannot be read, or the first type with a NAME.ini, in the order of their names, cannot be ordered. */
RSP_MUST_USE enum rsp_status types_folder_check(struct rsp_ctx *c, const char *dir);

#endif
