// SPDX-License-Identifier: BSD-2-Clause
/*
 * The LPA: flows of SGP.22 as step tables over two ports, one to the card and one to the servers.
 */
#ifndef ESIMLAB_LPA_H
#define ESIMLAB_LPA_H

#include <esimlab/rsp.h>

#include "apdu/apdu.h"
#include "codec/es10.h"
#include "codec/es8p.h"
#include "codec/ids.h"

/* POST of JSON to https://HOST/PATH. OK whenever the server answered; IO with a sentence otherwise (name, TLS, time-out). */
struct http_port {
	void *self;
	RSP_MUST_USE enum rsp_status (*post)(void *self, struct rsp_ctx *c, const char *host, const char *path, struct bytes body,
		unsigned *http_status, struct bytes *answer);
};

/* What the End User is asked and told. Any function may be NULL: then yes, and no confirmation code. */
struct lpa_user {
	void *self;
	/* Metadata as the server sent it. ppr_consent: a policy rule needs strong consent. False: endUserRejection. */
	bool (*confirm_download)(void *self, const struct store_metadata *m, bool ppr_consent);
	/* attempt counts from 1; REFUSED: the user gave up (CancelSession postponed). */
	RSP_MUST_USE enum rsp_status (*confirmation_code)(void *self, struct rsp_ctx *c, unsigned attempt, struct bytes *code);
	void (*progress)(void *self, const char *step, unsigned percent);
};

/* Each line of the exchange for --trace: kind is "apdu>" "apdu<" "http>" "http<" "note"; secrets are masked already. */
struct lpa_trace { void *self; void (*line)(void *self, const char *kind, const char *what, struct bytes raw); };

struct lpa_options {
	struct bytes isdr_aid;         /* absent: the standard one */
	size_t chunk;                  /* STORE DATA size; 0: 255 */
	const char *user_agent;        /* NULL: gsma-rsp-lpad */
};

struct lpa {
	struct apdu_port *card;
	struct http_port *http;
	struct lpa_user user;
	struct lpa_trace trace;
	struct lpa_options options;
	struct apdu_channel channel;   /* open between lpa_begin and lpa_end */
};

/* Select the ISD-R on a channel of its own, and let go of it. */
RSP_MUST_USE enum rsp_status lpa_begin(struct lpa *l, struct rsp_ctx *c);
void lpa_end(struct lpa *l, struct rsp_ctx *c);

struct lpa_download_result {
	uint8_t iccid[10];
	struct bytes isdp_aid;         /* when installed */
	struct bytes pir;              /* BF37, also after a failure */
	unsigned apdus;                /* exchanged */
	struct bytes transaction_id;
};
/*
 * The whole download (SGP.22 3.1.3) between lpa_begin and lpa_end: challenge, ES9+ x3, checks of an LPA, user, load, notification sent and removed.
 * On any failure after authentication the session is cancelled on card and server with the right reason.
 */
RSP_MUST_USE enum rsp_status lpa_download(struct lpa *l, struct rsp_ctx *c, const struct activation_code *code, struct lpa_download_result *out);

/* One thing that waited for the card: where, and how it ended. status OK: installed. */
struct lpa_found { const char *server, *event_id; enum rsp_status status; const struct rsp_error *error; const struct lpa_download_result *result; };
struct lpa_discovery {
	unsigned events, downloaded, failed;   /* downloads that were tried; those that went well; failures, of servers too */
	void (*found)(void *self, const struct lpa_found *f);   /* may be NULL */
	void *self;
};
/*
 * What is waiting (SGP.22 3.6.2): the card's default SM-DP+ is asked without a MatchingID, its root SM-DS for events, each event is followed to its server
 * and downloaded, over further SM-DSs where it leads there. smds: another root than the card's; NULL: the card's. A server that cannot be asked or a
 * download that fails does not stop the others; the first such failure is the status.
 */
RSP_MUST_USE enum rsp_status lpa_discover(struct lpa *l, struct rsp_ctx *c, const char *smds, struct lpa_discovery *d);

/* ES10c and ES10b calls. Error numbers of the card become REFUSED with a sentence naming them. */
RSP_MUST_USE enum rsp_status lpa_eid(struct lpa *l, struct rsp_ctx *c, uint8_t eid[16]);
RSP_MUST_USE enum rsp_status lpa_info2(struct lpa *l, struct rsp_ctx *c, struct euicc_info2 *out);
RSP_MUST_USE enum rsp_status lpa_addresses(struct lpa *l, struct rsp_ctx *c, struct configured_addresses *out);
RSP_MUST_USE enum rsp_status lpa_set_default_dp(struct lpa *l, struct rsp_ctx *c, const char *fqdn);
RSP_MUST_USE enum rsp_status lpa_profiles(struct lpa *l, struct rsp_ctx *c, struct profile_info_list *out);
/* By ICCID or ISD-P AID; refresh asks the card for a REFRESH; the card is reset afterwards when it wants one. */
RSP_MUST_USE enum rsp_status lpa_enable(struct lpa *l, struct rsp_ctx *c, const struct profile_choice *which);
RSP_MUST_USE enum rsp_status lpa_disable(struct lpa *l, struct rsp_ctx *c, const struct profile_choice *which);
RSP_MUST_USE enum rsp_status lpa_delete(struct lpa *l, struct rsp_ctx *c, const struct profile_choice *which);
RSP_MUST_USE enum rsp_status lpa_nickname(struct lpa *l, struct rsp_ctx *c, struct bytes iccid, const char *nickname);
RSP_MUST_USE enum rsp_status lpa_memory_reset(struct lpa *l, struct rsp_ctx *c, uint32_t bits);
RSP_MUST_USE enum rsp_status lpa_notifications(struct lpa *l, struct rsp_ctx *c, struct notification_list *out);
/* Deliver every pending notification in order of its number per address; *delivered counts them. The first failure per address stops that address only. */
RSP_MUST_USE enum rsp_status lpa_notify_all(struct lpa *l, struct rsp_ctx *c, unsigned *delivered, unsigned *left);

#endif
