// SPDX-License-Identifier: BSD-2-Clause
/* HTTPS as a client, by libcurl. Trust comes from the given CIs alone, never from the machine's own store. One thread at a time. */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include <esimlab/lpa.h>

#include "pki/pki.h"

struct http_client_options {
	const struct pki_cert *const *ca; size_t n_ca;
	int64_t fixed_now;                    /* certificates are judged at this time; 0: now */
	const struct pki_identity *identity;  /* for mutual TLS; NULL: none */
	const char *const *connect_to; size_t n_connect_to;   /* "FQDN:HOST:PORT": the name stays the FQDN's */
	const char *user_agent;
	unsigned timeout_ms;                  /* 0: 30 s */
	bool plain;                           /* http:// (loopback only) */
};

struct http_client;
RSP_MUST_USE enum rsp_status http_client_new(struct rsp_ctx *c, const struct http_client_options *o, struct http_client **out);
void http_client_free(struct http_client *k);
/*
 * POST to https://HOST/PATH. OK whenever an answer came, whatever its status. IO: the sentence says what failed: name, connection, certificate,
 * time. headers: NULL-terminated lines.
 */
RSP_MUST_USE enum rsp_status http_client_post(struct http_client *k, struct rsp_ctx *c, const char *url, const char *const *headers, struct bytes body,
	unsigned *status, struct bytes *answer);
RSP_MUST_USE enum rsp_status http_client_get(struct http_client *k, struct rsp_ctx *c, const char *url, unsigned *status, struct bytes *answer);
/* The LPA's port over this client: JSON and the headers of ES9+ (SGP.22 6.2). Valid as long as the client. */
struct http_port http_client_port(struct http_client *k);

#endif
