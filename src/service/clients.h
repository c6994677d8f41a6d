// SPDX-License-Identifier: BSD-2-Clause
/* HTTPS clients for a process that calls others from many threads: each call has one to itself, and connections stay open for the next. */
#ifndef SERVICE_CLIENTS_H
#define SERVICE_CLIENTS_H

#include "http/client.h"

struct clients;

/* Certificates of o are borrowed and must outlive the clients; connect_to is copied. */
struct clients *clients_new(const struct http_client_options *o);
void clients_free(struct clients *k);
/* POST of JSON; https:// with the options' trust, http:// without any. As http_client_post. */
RSP_MUST_USE enum rsp_status clients_post(struct clients *k, struct rsp_ctx *c, const char *url, struct bytes body, unsigned *status, struct bytes *answer);

#endif
