// SPDX-License-Identifier: BSD-2-Clause
/*
 * Normative checks as tables. A role keeps pointers to its tables in its instance, so a deliberately
 * broken target is the same code with a row taken out, moved or replaced.
 */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#include <esimlab/rsp.h>

struct rsp_check {
	const char *name;     /* "serverAddress" */
	const char *clause;   /* "SGP.22 5.6.1" */
	/*
	 * call is the handler's own struct. RSP_OK: holds. Otherwise the check has failed (REFUSED, UNTRUSTED,
	 * MALFORMED, STATE) and `code` is the answer, or could not be made (LIMIT, IO, NOMEM).
	 */
	enum rsp_status (*test)(struct rsp_ctx *c, void *call);
	int code;             /* the role's own number of the answer */
};

struct rsp_checks {
	const struct rsp_check *rows;
	size_t n;
};

#define RSP_CHECKS(array) ((struct rsp_checks){(array), sizeof(array) / sizeof((array)[0])})

/* Walk the rows. *failed is the row that said no, NULL when all hold or when the check could not be made. */
RSP_MUST_USE enum rsp_status rsp_check_all(struct rsp_ctx *c, struct rsp_checks checks, void *call,
	const struct rsp_check **failed);

#endif
