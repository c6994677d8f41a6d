// SPDX-License-Identifier: BSD-2-Clause
/* Many cases: found in a folder, played one after the other, reported as TAP, JUnit and JSON; and against broken targets. */
#ifndef CONFORMANCE_SUITE_H
#define CONFORMANCE_SUITE_H

#include <stdio.h>

#include "conformance/faults.h"
#include "conformance/play.h"

struct suite { struct scenario **p; size_t n; };

/*
 * Every NAME.case under the folder, in order of their names, about this actor; ACTORS: about any. Macros and variables know the curve. In c, which lives as
 * long as the suite. IO: no folder, or no case in it; MALFORMED: "file:line:column: want ...".
 */
RSP_MUST_USE enum rsp_status suite_load(struct rsp_ctx *c, const char *dir, enum actor real, enum ec_curve curve, struct suite *out);

struct suite_options {
	const char *only;              /* play cases whose identifier holds this; NULL: all */
	bool destructive;              /* also those that a foreign target does not survive */
	bool verbose;                  /* the log of every case, not of failed ones only */
	FILE *tap;                     /* NULL: none */
};

struct suite_counts { unsigned verdict[VERDICTS]; unsigned played; };

/* One line of the report: a case in one binding. */
struct report_row { const struct scenario *s; const char *binding; struct result result; };
struct report { struct report_row *p; size_t n, cap; struct suite_counts counts; };
RSP_MUST_USE enum rsp_status suite_run(struct world *w, const struct suite *suite, const struct suite_options *o, struct report *out);
void report_free(struct report *r);
/* 0 all passed or did not apply, 1 one has failed, 2 one is inconclusive, or none was played. */
int report_exit(const struct report *r);
void report_junit(const struct report *r, struct buf *out);
void report_json(const struct report *r, struct buf *out);

/* Which cases a broken target fails. caught: by case, counted up. *by: the first that fails; NULL: none does. */
RSP_MUST_USE enum rsp_status suite_bite(struct world *w, const struct suite *suite, const struct fault *f, bool all, unsigned *caught,
	const struct scenario **by);

#endif
