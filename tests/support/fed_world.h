// SPDX-License-Identifier: BSD-2-Clause
/* A federation to play with: the facts of tools/share, a store in memory, a clock, ports that write down what they were given. */
#ifndef TESTS_SUPPORT_FED_WORLD_H
#define TESTS_SUPPORT_FED_WORLD_H

#include <esimlab/federation.h>

#include "support/fed_memory.h"

#define WORLD_EFFECTS 4096
struct fed_world_effect { uint64_t fed, number; struct fed_outbox what; unsigned times; };

struct fed_world {
	struct rsp_ctx c;                /* of calls; reset before each */
	struct rsp_ctx keep;             /* of facts */
	struct crypto *crypto;
	struct fed_memory memory;
	struct fed_facts facts;
	struct fed lib;
	int64_t now;
	uint64_t fed, primary, numbers;  /* of the federation made last; numbers: given to devices so far */
	struct fed_changes changes;      /* of the last call */
	struct fed_reply reply;
	struct fed_world_effect effects[WORLD_EFFECTS]; size_t n_effects;
	struct fed_ports ports;
};

/* Example-EU's facts and a signer that needs no key; NULL facts_from: tools/share/federation. */
void fed_world_open(struct fed_world *w, const char *seed);
void fed_world_close(struct fed_world *w);
/* Everything but facts and library as in the beginning. */
void fed_world_empty(struct fed_world *w);

/* A call and its commit; what was refused must not change anything. The status and w->reply are the call's. */
enum rsp_status fed_world_call(struct fed_world *w, const struct fed_request *r);
/* The call without its commit: w->changes. */
enum rsp_status fed_world_plan(struct fed_world *w, const struct fed_request *r);
enum rsp_status fed_world_commit(struct fed_world *w);
/* Commands until nothing is due; false: it does not end. */
bool fed_world_settle(struct fed_world *w);
/* Outbox to the ports, each once and acknowledged. */
void fed_world_deliver(struct fed_world *w);

/* A federation with both gates on: its number; the primary is w->primary. */
uint64_t fed_world_federation(struct fed_world *w, const char *carrier);
/* A child that is ENABLED: the member's number, 0: refused. */
uint64_t fed_world_child(struct fed_world *w, enum fed_category category, const char *name);
/* The next EID that holds, model of a category. */
void fed_world_eid(struct fed_world *w, uint64_t number, char out[33]);
const char *fed_world_tac(enum fed_category category);

struct fed_row *fed_world_row(struct fed_world *w, enum fed_kind kind, uint64_t a);
struct fed_federation *fed_world_fed(struct fed_world *w);
struct fed_member *fed_world_member(struct fed_world *w, uint64_t member);
struct fed_profile *fed_world_profile(struct fed_world *w, uint64_t member);
struct fed_pool *fed_world_pool(struct fed_world *w);
struct fed_row *fed_world_lease(struct fed_world *w, uint64_t member);
struct fed_row *fed_world_follower(struct fed_world *w, uint64_t member);

/* Requests as whoever may make them. */
struct fed_request by_network(const struct fed_world *w, enum fed_op op, uint64_t member);
struct fed_request by_member(struct fed_world *w, enum fed_op op, uint64_t caller, uint64_t member);
struct fed_request by_account(const struct fed_world *w, enum fed_op op, uint64_t member);
struct fed_request by_operator(const struct fed_world *w, enum fed_op op, uint64_t member);
enum rsp_status fed_world_reserve(struct fed_world *w, uint64_t member, int64_t ask);
enum rsp_status fed_world_report(struct fed_world *w, uint64_t ref, uint32_t seq, int64_t bytes, int64_t event, bool last);
enum rsp_status fed_world_locate(struct fed_world *w, uint64_t member, const char *plmn);
enum rsp_status fed_world_contact(struct fed_world *w, uint64_t member);

#endif
