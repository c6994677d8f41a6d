// SPDX-License-Identifier: BSD-2-Clause
/* Inside the reader of scenarios: what parse.c (files, blocks, headers) and parse_step.c (steps) share. */
#ifndef CONFORMANCE_PARSE_H
#define CONFORMANCE_PARSE_H

#include "conformance/script.h"

#define STEPS_MAX 400
#define CASES_MAX 400

struct line { struct place at; struct bytes text; };
struct lines { struct line *p; size_t n; };

struct parser {
	struct rsp_ctx *c;
	const struct script_files *files;
	struct macro *macros;
	struct scenario *cases; size_t n_cases;
	struct scenario common;          /* what stands before the first case holds for all */
	struct scenario *now;            /* the case being read, or &common */
	struct step *steps;              /* of it, STEPS_MAX of room */
	size_t read, octets;             /* lines and octets of words so far, repetitions counted */
	unsigned depth;
};

/* A statement that only a case has: a step, or what belongs to the step before. *known false: it is none of these. */
RSP_MUST_USE enum rsp_status parse_step(struct parser *p, const struct place *at, struct bytes text, const struct words *w, bool *known);
/* "NAME=VALUE" */
RSP_MUST_USE enum rsp_status parse_field(struct parser *p, const struct place *at, const struct word *w, struct given *out);
bool parse_actor(const char *text, enum actor *out);
bool parse_number(const char *text, unsigned least, unsigned most, unsigned *out);
/* The words from the i-th on, with one blank between. */
const char *parse_rest(struct rsp_ctx *c, const struct words *w, size_t i);
/* script_wrong about the i-th word, or the end of the line when there is none. */
enum rsp_status parse_wrong(struct parser *p, const struct place *at, const struct words *w, size_t i, const char *want);

#endif
