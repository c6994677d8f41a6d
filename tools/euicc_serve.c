// SPDX-License-Identifier: BSD-2-Clause
/* esimlab euicc serve: each card behind a door of its own, in a thread of its own. */
#include <esimlab/euicc.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "euicc.h"
#include "image/image.h"
#include "stdio/stdio_card.h"
#include "vpcd/vpcd.h"

struct door {
	struct cli *cli;
	const char *file, *kind;
	char where[300];
	struct image *image;
	struct euicc *e;
	struct rsp_ctx c;
	pthread_t thread;
	enum rsp_status st;
};

static atomic_bool stop;

static void
on_signal(int sig)
{
	(void)sig;
	atomic_store(&stop, true);
}

static enum rsp_status
transmit(void *self, struct rsp_ctx *c, struct bytes command, struct bytes *response)
{
	struct door *d = self;

	if (!cli_has(d->cli, "clock"))
		c->now = time_wall();
	return euicc_transmit(d->e, c, command, response);
}

static void
power(void *self)
{
	euicc_reset(((struct door *)self)->e);
}

static enum rsp_status
power_port(void *self, struct rsp_ctx *c)
{
	(void)c;
	power(self);
	return RSP_OK;
}

static void
connected(void *self)
{
	struct door *d = self;

	printf("the reader has the card%s%s\n", d->cli->n_arguments > 1 ? " " : "", d->cli->n_arguments > 1 ? d->file : "");
	fflush(stdout);
}

static void
listening(void *self, unsigned port)
{
	struct door *d = self;

	printf("%s listens on port %u\n", d->file, port);
	fflush(stdout);
}

static void *
run(void *arg)
{
	struct door *d = arg;
	struct apdu_port port = {.self = d, .transmit = transmit, .reset = power_port};
	const struct vpcd_card card = {.self = d, .atr = euicc_atr(d->e), .transmit = transmit, .reset = power};

	if (strcmp(d->kind, "vpcd") == 0)
		d->st = vpcd_serve(&d->c, d->where, &card, 5000, &stop, connected);
	else if (strcmp(d->kind, "tcp") == 0)
		d->st = tcp_serve(&d->c, d->where, &card, &stop, listening);
	else
		d->st = stdio_serve(&d->c, stdin, stdout, stderr, &port);
	/* a door that cannot be opened leaves none of them open; a reader that goes takes its own card alone */
	if (d->st != RSP_OK && strcmp(d->kind, "vpcd") != 0)
		atomic_store(&stop, true);
	return NULL;
}

/* The i-th address that was given, or the ports after the last one. Port 0 stays what it is. */
static bool
place(struct door *d, unsigned i)
{
	unsigned given = 0;
	const char *where, *colon;
	uint64_t port;

	while (cli_nth(d->cli, d->kind, given))
		given++;
	if (!given)
		return true;
	where = cli_nth(d->cli, d->kind, i < given ? i : given - 1);
	colon = strrchr(where, ':');
	if (!colon || colon == where || !cli_number(colon + 1, 0, 65535, &port) || strlen(where) > 255)
		return false;
	if (i >= given && port)
		port += i - given + 1;
	snprintf(d->where, sizeof(d->where), "%.*s:%u", (int)(colon - where), where, (unsigned)port);
	return port <= 65535;
}

static enum rsp_status
open_door(struct door *d)
{
	enum rsp_status st = rsp_ctx_init(&d->c, d->cli->crypto, 0);

	if (st == RSP_OK)
		st = image_open(&d->c, d->file, &d->image);
	return st == RSP_OK ? euicc_open(&d->c, image_nvm(d->image), d->cli->crypto, &d->e) : st;
}

static void
shut(struct door *d)
{
	euicc_close(d->e);
	image_close(d->image);
	rsp_ctx_free(&d->c);
}

/* All are open before the first is served; the first that failed is what is said. */
static int
serve_all(struct cli *cli, struct door *doors, unsigned n, int64_t now)
{
	unsigned i, started = 0;
	int rc = 0;

	for (i = 0; !rc && i < n; i++) {
		rc = cli_failed(cli, &doors[i].c, open_door(&doors[i]));
		doors[i].c.now = now;
	}
	for (; !rc && started < n; started++)
		if (pthread_create(&doors[started].thread, NULL, run, &doors[started]) != 0) {
			atomic_store(&stop, true);
			rc = 2;
		}
	for (i = 0; i < started; i++)
		pthread_join(doors[i].thread, NULL);
	for (i = 0; i < started; i++)
		if (doors[i].st != RSP_OK && !rc)
			rc = cli_failed(cli, &doors[i].c, doors[i].st);
	for (i = 0; i < n; i++)
		shut(&doors[i]);
	return rc;
}

static void
hear_signals(void)
{
	struct sigaction end = {.sa_handler = on_signal};   /* without SA_RESTART: a read ends */

	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int
euicc_serve(struct cli *cli)
{
	static const char *const kinds[] = {"vpcd", "tcp", "stdio"};
	struct door *doors;
	struct rsp_ctx c;
	const char *kind = NULL;
	unsigned i, kinds_given = 0, n = cli->n_arguments;
	int rc;

	for (i = 0; i < 3; i++)
		if (cli_has(cli, kinds[i])) {
			kind = kinds[i];
			kinds_given++;
		}
	if (kinds_given != 1)
		return cli_usage(cli, "serve wants one of --vpcd HOST:PORT, --tcp HOST:PORT and --stdio");
	if (strcmp(kind, "stdio") == 0 && n > 1)
		return cli_usage(cli, "--stdio is for one card");
	if (!(doors = calloc(n, sizeof(*doors))))
		return 2;
	for (i = 0; i < n; i++) {
		doors[i].cli = cli;
		doors[i].file = cli->argument[i];
		doors[i].kind = kind;
		if (strcmp(kind, "stdio") != 0 && !place(&doors[i], i)) {
			free(doors);
			return cli_usage(cli, "--%s: want HOST:PORT for each card", kind);
		}
	}
	if ((rc = cli_open(cli, &c, "euicc")) == 0) {
		hear_signals();
		rc = serve_all(cli, doors, n, c.now);
		cli_close(cli, &c);
	}
	free(doors);
	return rc;
}
