// SPDX-License-Identifier: BSD-2-Clause
/*
 * Broken targets, to see whether the cases have teeth: our own role with a row of its check tables taken out, moved or answered otherwise, with a setting
 * that another implementation has for good, or with something between it and us. No line of a role knows of them.
 */
#ifndef CONFORMANCE_FAULTS_H
#define CONFORMANCE_FAULTS_H

#include "conformance/world.h"

enum row_fault { ROW_NONE, ROW_GONE, ROW_LAST, ROW_CODE };

struct fault {
	const char *name;
	enum actor role;
	const char *seen;              /* who did this, or why it is easily done */
	/* A row of a table: "authenticate_client", "EID". */
	const char *table, *row;
	enum row_fault what;
	int code;                      /* of ROW_CODE */
	/* A setting of the SM-DP+. */
	void (*set)(struct smdpp *dp);
	/* Between the target and us: a request on its way there, an answer on its way here. part: the path, or the tag of the ES10 command. */
	void (*request)(struct world *w, struct rsp_ctx *c, const char *part, struct bytes *body);
	void (*answer)(struct world *w, struct rsp_ctx *c, const char *part, unsigned *status, struct bytes *answer);
	bool user_never_asked, user_asked_once;   /* of an LPA: it says yes by itself; it takes one confirmation code */
};

const struct fault *fault_named(const char *name);
/* The i-th of all; NULL behind the last. */
const struct fault *fault_at(size_t i);
/* What it does, in words; in c. */
const char *fault_how(struct rsp_ctx *c, const struct fault *f);
extern const struct fault smdpp_faults[], euicc_faults[], smds_faults[], lpa_faults[];
extern const size_t smdpp_fault_count, euicc_fault_count, smds_fault_count, lpa_fault_count;

/* The world's target becomes the broken one, for a case. REFUSED: its table or row is not there. */
RSP_MUST_USE enum rsp_status fault_to_smdpp(struct world *w, struct rsp_ctx *c, struct smdpp *dp);
RSP_MUST_USE enum rsp_status fault_to_smds(struct world *w, struct rsp_ctx *c, struct smds *ds);
RSP_MUST_USE enum rsp_status fault_to_euicc(struct world *w, struct rsp_ctx *c, struct euicc *e);
#endif
