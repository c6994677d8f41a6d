// SPDX-License-Identifier: BSD-2-Clause
/*
 * What cases are played in: the target, the certificates that simulated actors show, the clock, the options that the target is said to have. Without an
 * address of somebody else's target it is our own, in process.
 */
#ifndef CONFORMANCE_WORLD_H
#define CONFORMANCE_WORLD_H

#include <esimlab/lab.h>

#include "conformance/card_keep.h"
#include "conformance/script.h"

struct fault;
struct http_client;

struct world_options {
	enum actor role;               /* what is tested */
	enum ec_curve curve;
	const char *seed;              /* NULL: random */
	int64_t clock;                 /* 0: the machine's; of our own targets */
	const char *pki;               /* a folder; NULL: one is made */
	const char *url, *es2plus;     /* of an SM-DP+ or SM-DS; "https://host[:port]"; NULL: our own */
	const char *const *connect_to; size_t n_connect_to;
	const char *requester;         /* functionRequesterIdentifier; NULL: "2.999.20" */
	struct apdu_port *card;        /* a eUICC; NULL: our own */
	const char *const *option; size_t n_options;   /* "O_NAME", or "NAME=VALUE" for a setting that the target has */
	const char *profile_type;      /* what is ordered; NULL: "default" */
};

struct world {
	struct world_options o;
	struct rsp_ctx c;              /* lives as long as the world */
	struct crypto *crypto;
	struct lab *lab;               /* the target when it is ours, and what simulated actors are made of */
	struct lab_card *card;
	struct apdu_port *port;        /* to the card under test */
	const struct pki_branch *branch;
	struct pki *other;             /* a PKI that nobody trusts */
	struct http_client *client, *operator_client;
	const char *host;
	struct euicc_info2 info2; struct bytes info1;   /* of a simulated eUICC */
	unsigned eids, calls;
	const struct fault *fault;
	unsigned fault_count;          /* for a fault that is not always there */
	struct bytes honest; unsigned honest_status;   /* what an SM-DP+ would have answered that does not lie */
	int64_t advanced;              /* how far a case has moved the clock */
	struct smdpp dp_before;        /* settings as they were */
	struct smds ds_before;
	struct card_keep keep;         /* a foreign card as it was before a case */
	bool keeping, card_empty;
};

RSP_MUST_USE enum rsp_status world_open(struct rsp_ctx *c, const struct world_options *o, struct world **out);
void world_free(struct world *w);
bool world_is_own(const struct world *w);
int64_t world_now(const struct world *w);
bool world_has(const struct world *w, const char *option);

/* Before and after each case: settings, a fresh card of our own, faults. REFUSED: a setting that this target cannot have. */
RSP_MUST_USE enum rsp_status world_prepare(struct world *w, struct rsp_ctx *c, const struct scenario *s);
/* Not OK: a foreign card could not be left as it was found; why is in w->c.error. */
RSP_MUST_USE enum rsp_status world_restore(struct world *w);

/* ES9+ and ES2+ to the target. IO: it could not be asked. */
RSP_MUST_USE enum rsp_status world_post(struct world *w, struct rsp_ctx *c, const char *path, const char *type, struct bytes body, unsigned *http,
	struct bytes *answer);
RSP_MUST_USE enum rsp_status world_post_operator(struct world *w, struct rsp_ctx *c, const char *path, struct bytes body, unsigned *http,
	struct bytes *answer);
/* ES12, by a server whose certificate has this OID ("2.999.10"); NULL: the PKI's own SM-DP+. STATE: with another no foreign SM-DS can be asked. */
RSP_MUST_USE enum rsp_status world_post_server(struct world *w, struct rsp_ctx *c, const char *path, struct bytes body, const char *oid, unsigned *http,
	struct bytes *answer);
/* One ES10 command on an open channel. IO: the card cannot be asked. *sw: its status word, also of a refusal; then there is no answer. */
RSP_MUST_USE enum rsp_status world_es10(struct world *w, struct rsp_ctx *c, struct apdu_channel *channel, struct bytes command, struct bytes *answer,
	unsigned *sw);
/* Power off and on. STATE: the reader cannot. */
RSP_MUST_USE enum rsp_status world_power(struct world *w, struct rsp_ctx *c);
/* Time passes. LIMIT: for a target that is not ours, more than a minute. */
RSP_MUST_USE enum rsp_status world_delay(struct world *w, struct rsp_ctx *c, unsigned seconds);

#endif
