// SPDX-License-Identifier: BSD-2-Clause
/* What servers share on the command line: their limits, signals, and looking into one that runs. */
#ifndef TOOLS_SERVING_H
#define TOOLS_SERVING_H

#include "cli.h"
#include "config.h"
#include "service/server.h"

#define SERVING_ITEMS {"workers", "0"}, {"connections", "4096"}, {"queue", "1024"}, {"body-limit", "1048576"}, {"handshake-ms", "10000"}, \
	{"header-ms", "10000"}, {"body-ms", "20000"}, {"reply-ms", "20000"}, {"idle-ms", "75000"}

#define SERVING_OPTIONS {"workers", 0, "N", "threads that answer; 0: 4 a core, with PostgreSQL 16 (0)"}, \
	{"connections", 0, "N", "connections at a time; above: 503 (4096)"}, \
	{"queue", 0, "N", "requests that wait for a worker; above: 503 (1024)"}, \
	{"body-limit", 0, "N", "octets of a request; above: 413 (1048576)"}, \
	{"handshake-ms", 0, "N", "time for the TLS handshake (10000)"}, \
	{"header-ms", 0, "N", "time for a request's header (10000)"}, \
	{"body-ms", 0, "N", "time for a request's body (20000)"}, \
	{"reply-ms", 0, "N", "time for the client to take its reply (20000)"}, \
	{"idle-ms", 0, "N", "a connection waits so long for its next request (75000)"}, \
	{"config", 0, "FILE", "an INI file with any of these; SIGHUP reads it again"}, \
	{"print-config", 0, NULL, "print every setting and where it came from, and end"}, \
	{"admin", 0, "HOST:PORT", "of a running server, for the verbs that look into it"}

/* 0, or the exit code after a sentence. */
int serving_limits(struct cli *cli, const struct config *k, struct server_options *out);
int serving_curve(struct cli *cli, const struct config *k, enum ec_curve *out);
/* connect-to's rules, in the arena; how many. */
size_t serving_rules(struct rsp_ctx *c, const struct config *k, const char **rule, size_t most);

/* A noun's server: what serving_serve calls, in this order. state begins with a struct config, filled from `items` and [section]. */
struct serving {
	const char *section;                     /* the noun's name too */
	const struct config_item *items;
	size_t size;                             /* of the state */
	int (*options)(struct cli *cli, struct rsp_ctx *c, void *state);   /* 0, or the exit code after a sentence */
	RSP_MUST_USE enum rsp_status (*start)(struct rsp_ctx *c, void *state);
	void (*announce)(const void *state);
	void (*reload)(void *state, struct cli *cli, struct rsp_ctx *c);
	void (*stop)(void *state);
};
/* Serve until SIGTERM, or print the configuration; the exit code. */
int serving_serve(struct cli *cli, const struct serving *how);

/* Before any thread: SIGTERM, SIGINT and SIGHUP come to serving_wait alone; memory is kept rather than given back. */
void serving_prepare(void);
/* Until SIGTERM or SIGINT; SIGHUP reloads. */
void serving_wait(struct cli *cli, struct rsp_ctx *c, void (*reload)(void *arg, struct cli *cli, struct rsp_ctx *c), void *arg);

/* Verbs that look into a running server over its --admin-listen (looking.c). */
int look_sessions(struct cli *cli);
int look_calls(struct cli *cli);
int look_events(struct cli *cli);
int look_settings(struct cli *cli);

#endif
