// SPDX-License-Identifier: BSD-2-Clause
/*
 * The language of conformance cases (tools/man/esimlab-scenario.7): text to a list of cases, each a list of steps. Nothing is played here. Whatever a text
 * says it only costs memory in proportion: lines, depth and steps are bounded.
 */
#ifndef CONFORMANCE_SCRIPT_H
#define CONFORMANCE_SCRIPT_H

#include "base/bytes.h"

enum actor { ACTOR_SMDPP, ACTOR_SMDS, ACTOR_EUICC, ACTOR_LPA, ACTOR_MNO, ACTORS };
const char *actor_name(enum actor a);

enum binding { BINDING_JSON = 1, BINDING_ASN1 = 2 };

struct place { const char *file; unsigned line, column; };

/* One word of a line; substitutions are made. */
struct word { const char *text; unsigned column; bool quoted; };

enum change_op { CHANGE_SET, CHANGE_DELETE, CHANGE_REPEAT, CHANGE_APPEND, CHANGE_FLIP };
/* "mutate PATH op VALUE before|after sign" */
struct change { const char *path; enum change_op op; const char *value; bool after_sign; };

struct given { const char *name; struct word value; };

enum step_kind { STEP_SEND, STEP_EXPECT, STEP_EXPECT_VALUE, STEP_KEEP, STEP_POWER, STEP_DELAY };
enum value_op { VALUE_IS, VALUE_IS_NOT, VALUE_LENGTH, VALUE_PRESENT, VALUE_ABSENT };

#define FIELDS_MAX 16
#define CHANGES_MAX 8

struct function;

struct step {
	enum step_kind kind;
	struct place at;
	const char *text;              /* the statement, for the log */
	const struct function *function;
	struct given field[FIELDS_MAX]; size_t n_fields;
	struct change change[CHANGES_MAX]; size_t n_changes;
	bool drop;                     /* the answer gets lost on its way */
	const char *want;              /* STEP_EXPECT: "success", "8.8.1/3.8", "error 6" */
	const char *path, *name;       /* STEP_EXPECT_VALUE, STEP_KEEP; of what is kept */
	enum value_op op;
	struct word value;
	unsigned number;               /* length, seconds */
};

struct condition { const char *name; bool negated; };
#define CONDITIONS_MAX 8

struct scenario {
	const char *id, *clause, *intent;
	struct place at;
	bool has_actor[ACTORS];
	enum actor real;
	struct condition condition[CONDITIONS_MAX]; size_t n_conditions;
	struct given setting[CONDITIONS_MAX]; size_t n_settings;
	unsigned limit;                /* seconds */
	unsigned bindings;             /* enum binding, or of both */
	bool destructive, nominal;
	struct step *step; size_t n_steps;
};

struct scenarios { struct scenario *p; size_t n; };

/* Where `include NAME` gets its text. */
struct script_files {
	void *self;
	RSP_MUST_USE enum rsp_status (*read)(void *self, struct rsp_ctx *c, const char *name, struct bytes *text);
};

/*
 * All cases of one text. variables: pairs of name and value that end with NULL, for ${name}. The cases are in c and need the text no longer.
 * MALFORMED: "file:line:column: want ..., have ...". files NULL: nothing can be included.
 */
RSP_MUST_USE enum rsp_status script_read(struct rsp_ctx *c, const char *file, struct bytes text, const char *const *variables,
	const struct script_files *files, struct scenarios *out);

/* What an actor can be made to send, and which fields it then knows (functions.c). */
struct play;
struct function {
	const char *name;
	enum actor actor, target;      /* who sends it, in cases about whom */
	const char *fields;            /* separated by blanks */
	const char *paths;             /* what `mutate` may begin with, separated by blanks */
	RSP_MUST_USE enum rsp_status (*send)(struct play *p, const struct step *s);
	int number;                    /* the protocol's own, for send */
};
/* NULL: this actor has no such function towards that one. */
const struct function *function_named(enum actor actor, enum actor target, const char *name);
/* The i-th of all; NULL behind the last. */
const struct function *function_at(size_t i);
/* Is the word one of those in the list? */
bool word_in(const char *list, const char *word, size_t n);

/* ---- inside the reader ---- */

#define WORDS_MAX 40
struct words { struct word p[WORDS_MAX]; size_t n; };
struct variables { const char *const *pairs; const struct variables *outer; };
/* One line to words: blanks between, "quoted", # and what follows is no word, ${name} is put in. */
RSP_MUST_USE enum rsp_status words_read(struct rsp_ctx *c, const struct place *at, struct bytes line, const struct variables *v, struct words *out);
enum rsp_status script_wrong(struct rsp_ctx *c, const struct place *at, unsigned column, const char *want, const char *have);

#endif
