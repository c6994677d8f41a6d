// SPDX-License-Identifier: BSD-2-Clause
/*
 * A whole laboratory in one process: a test PKI, an SM-DP+ with its store, virtual cards, an LPA for each. The demo, the benches, the
 * conformance runner and the flow tests all use this one.
 */
#ifndef ESIMLAB_LAB_H
#define ESIMLAB_LAB_H

#include <esimlab/euicc.h>
#include <esimlab/lpa.h>
#include <esimlab/smdpp.h>
#include <esimlab/smds.h>

struct lab_options {
	const char *seed;            /* NULL: random; otherwise everything follows from it */
	int64_t clock;               /* 0: the machine's time */
	const char *host;            /* FQDN of the SM-DP+; NULL: "smdpp.example.com" */
	const char *store;           /* NULL: "memory:" */
	const char *pki;             /* a folder; NULL: one is made in memory */
	const char *profiles;        /* a folder of packages; NULL: only "default" */
	const char *smds;            /* FQDN of a root SM-DS that is the cards' only address; NULL: none, and the SM-DP+ is their default */
	bool tls;                    /* the LPAs call the SM-DP+ over loopback TLS; otherwise in process */
	const char *remote;          /* "ADDRESS:PORT" of an SM-DP+ elsewhere that has the same PKI; then there is none in the laboratory */
	enum ec_curve curve;         /* of its TLS certificate */
	bool only_curve;             /* cards and server know this curve alone */
	bool lenient_segments;       /* of the cards, see struct euicc_options */
};

struct lab;
struct store;

/* A virtual card with its LPA. */
struct lab_card {
	char eid[33];
	struct euicc *euicc;
	struct apdu_port port;
	struct lpa lpa;
	unsigned apdus;              /* that have passed */
	struct rsp_ctx c;            /* the card's and LPA's own; reset it between jobs */
};

RSP_MUST_USE enum rsp_status lab_new(struct rsp_ctx *c, const struct lab_options *o, struct lab **out);
void lab_free(struct lab *lab);

struct smdpp *lab_smdpp(struct lab *lab);
struct smds *lab_smds(struct lab *lab);       /* with options.smds */
const struct pki *lab_pki(const struct lab *lab);
struct store *lab_store(const struct lab *lab);
unsigned lab_port(const struct lab *lab);     /* of the TLS listener, 0 without */
unsigned lab_smds_port(const struct lab *lab);
int64_t lab_now(const struct lab *lab);
/* The clock moves on, when it is not the machine's. */
void lab_advance(struct lab *lab, int64_t seconds);

/* A card with an EID and certificates of its own, in memory. Freed with the lab. */
RSP_MUST_USE enum rsp_status lab_card_new(struct lab *lab, struct lab_card **out);
/* Its memory, for looking into and for powering the card again. */
struct nvm *lab_card_nvm(struct lab_card *card);
/* The same eUICC as it left the factory: no profile, no notification. */
RSP_MUST_USE enum rsp_status lab_card_renew(struct lab *lab, struct lab_card *card);
/* Power off and on. */
RSP_MUST_USE enum rsp_status lab_card_power(struct lab *lab, struct lab_card *card);

/* An order through the service, as `esimlab order new` makes it. */
RSP_MUST_USE enum rsp_status lab_order(struct lab *lab, struct rsp_ctx *c, const struct order_request *r, struct smdpp_order *out);
/* Download with the card's own LPA between lpa_begin and lpa_end. */
RSP_MUST_USE enum rsp_status lab_download(struct lab *lab, struct lab_card *card, const char *activation_code, struct lpa_download_result *out);

#endif
