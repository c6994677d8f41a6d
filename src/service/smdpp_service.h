// SPDX-License-Identifier: BSD-2-Clause
/* An SM-DP+ as a process part: role, store, listeners, outbox. */
#ifndef SERVICE_SMDPP_SERVICE_H
#define SERVICE_SMDPP_SERVICE_H

#include <esimlab/smdpp.h>

struct smdpp_service_options {
	const char *listen;            /* ES9+ and, with a client certificate, ES2+ */
	const char *es2plus_listen;    /* a listener of its own for ES2+ with mutual TLS demanded; NULL: none */
	enum ec_curve curve;           /* of the TLS certificate */
	const char *callback;          /* URL for HandleDownloadProgressInfo; NULL: messages wait in the outbox */
	int64_t fixed_now;             /* 0: the machine's clock */
	unsigned workers;              /* 0: default */
};

struct smdpp_service;
/* dp (with its store and PKI) and crypto must outlive the service. */
RSP_MUST_USE enum rsp_status smdpp_service_start(struct rsp_ctx *c, struct smdpp *dp, const struct smdpp_service_options *o, struct smdpp_service **out);
unsigned smdpp_service_port(const struct smdpp_service *s);
unsigned smdpp_service_es2plus_port(const struct smdpp_service *s);   /* 0: no listener of its own */
void smdpp_service_stop(struct smdpp_service *s);

/* One request without HTTP: what a route does. status as for HTTP; body in the arena. */
RSP_MUST_USE enum rsp_status smdpp_service_call(struct rsp_ctx *c, struct smdpp *dp, const char *path, struct bytes body, struct bytes client_cert,
	bool es2plus_allowed, unsigned *status, struct bytes *answer);

/*
 * One unit of work on orders: call, commit, and again from the start when a row changed meanwhile.
 */
typedef enum rsp_status smdpp_work(struct rsp_ctx *c, struct smdpp *dp, void *arg, struct smdpp_changes *changes);
RSP_MUST_USE enum rsp_status smdpp_unit(struct rsp_ctx *c, struct smdpp *dp, smdpp_work *work, void *arg);

/* Types from a folder: NAME is NAME.der in it; "default" is the project's own template, NAME.template.der another. dir NULL: only "default". */
struct smdpp_types types_folder(const char *dir);

#endif
