// SPDX-License-Identifier: BSD-2-Clause
/* esimlab bench reader: how long a command takes to the card and back, through whatever lies between. */
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "bench.h"
#include "pcsc/pcsc.h"

#define ROUNDS 1000

static int
by_time(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* STATUS without an answer wanted: nothing for the card to do. */
static enum rsp_status
rounds(struct rsp_ctx *c, struct apdu_port *port, uint64_t took[ROUNDS])
{
	static const uint8_t status[] = {0x80, 0xF2, 0x00, 0x0C, 0x00};
	struct bytes answer;
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < ROUNDS; i++) {
		uint64_t began = time_monotonic_us();

		st = port->transmit(port->self, c, bytes_of(status, 4), &answer);
		took[i] = time_monotonic_us() - began;
		rsp_ctx_reset(c);
	}
	return st;
}

int
bench_reader(struct cli *cli)
{
	static uint64_t took[ROUNDS];
	struct pcsc *reader = NULL;
	struct rsp_ctx c;
	enum rsp_status st;
	double median, slow;
	int rc = cli_open(cli, &c, "bench");

	if (rc)
		return rc;
	st = pcsc_open(&c, cli_get(cli, "reader", getenv("ESIMLAB_READER")), &reader);
	if (st == RSP_OK)
		st = rounds(&c, pcsc_port(reader), took);
	rc = cli_failed(cli, &c, st);
	qsort(took, ROUNDS, sizeof(took[0]), by_time);
	median = (double)took[ROUNDS / 2] / 1000;
	slow = (double)took[ROUNDS * 99 / 100] / 1000;
	if (!rc && cli->json)
		printf("{\"commands\":%d,\"median_ms\":%.3f,\"p99_ms\":%.3f}\n", ROUNDS, median, slow);
	else if (!rc)
		printf("%d commands through the reader: median %.3f ms, one of a hundred takes more than %.3f ms\n", ROUNDS, median, slow);
	pcsc_close(reader);
	cli_close(cli, &c);
	return rc;
}
