// SPDX-License-Identifier: BSD-2-Clause
/* What the files of `esimlab order` share: the store they work on, and how an order is shown. */
#ifndef TOOLS_ORDER_H
#define TOOLS_ORDER_H

#include <esimlab/smdpp.h>

#include "base/json_out.h"
#include "cli.h"
#include "store/store.h"

struct job {
	struct cli *cli;
	struct rsp_ctx c;
	struct pki pki;              /* empty: orders need no certificate */
	struct pki *loaded;          /* of --pki: an SM-DS wants one */
	struct clients *clients;
	struct smds_port smds;
	struct store *open;
	struct smdpp_store *store;
	struct smdpp dp;
	uint8_t iccid[10];
};

/* The store of --store and an SM-DP+ on it; exit code on failure, 0 when it is open. */
int job_open(struct cli *cli, struct job *j);
int job_close(struct job *j, int rc);
/* With --pki an SM-DS can be reached from here. */
RSP_MUST_USE enum rsp_status job_reach_smds(struct job *j);
void job_leave_smds(struct job *j);
/* A number of an option in [0, most]; *given false when it is not there. Exit code. */
int job_number(struct cli *cli, const char *option, uint64_t least, uint64_t most, uint64_t *out, bool *given);

/* One order on stdout, with --json as the result; --qr and --png where there is a code. */
RSP_MUST_USE enum rsp_status order_report(struct job *j, const struct smdpp_order *o);

/* Verbs. */
int order_list(struct cli *cli);
int order_show(struct cli *cli);
int order_code(struct cli *cli);
int stock_add(struct cli *cli);
int stock_list(struct cli *cli);

#endif
