// SPDX-License-Identifier: BSD-2-Clause
/*
 * The UICC that an enabled profile is: file system, access rules, PINs, AKA (ETSI TS 102 221, 3GPP TS 31.102). One struct uicc serves one
 * profile's files, stored in the card's memory under a prefix; without a profile it serves a bare MF.
 * All lasting state goes through struct nvm; the caller commits after each APDU (uicc commits by itself only a PIN try before comparing).
 */
#ifndef UICC_UICC_H
#define UICC_UICC_H

#include <esimlab/profile.h>

#include "apdu/apdu.h"
#include "uicc/nvm.h"

/* Write a profile's files, PINs, keys under prefix ("p/01/"); uncommitted. Not durable until the caller commits. */
RSP_MUST_USE enum rsp_status uicc_install(struct rsp_ctx *c, struct nvm *nvm, const char *prefix, const struct profile *p);
/* Remove everything under prefix; uncommitted. */
RSP_MUST_USE enum rsp_status uicc_remove(struct rsp_ctx *c, struct nvm *nvm, const char *prefix);

struct uicc;
/* prefix NULL: no profile is enabled. */
RSP_MUST_USE enum rsp_status uicc_open(struct rsp_ctx *c, struct nvm *nvm, const char *prefix, struct uicc **out);
void uicc_close(struct uicc *u);
void uicc_reset(struct uicc *u);    /* power or warm reset: channels but 0 closed, MF current, nothing verified */

/*
 * One command on the channel it names (which must be open). Everything but MANAGE CHANNEL, GET RESPONSE, SELECT by AID (P1=04),
 * STORE DATA, TERMINAL CAPABILITY and the toolkit but ENVELOPE, which the card above does. *data without status word, in the arena.
 * The T=0 mapping (61xx, 6Cxx) is the card's too: here Le only says how much is wanted, and *data may be all there is;
 * the card answers 6Cxx when a.le differs (see uicc_exact).
 */
RSP_MUST_USE enum rsp_status uicc_command(struct uicc *u, struct rsp_ctx *c, const struct apdu *a, struct bytes *data, unsigned *sw);
/* SELECT by AID: full or partial (right-truncated), p2 as received (return, occurrence, session). *sw 6A82: not an application of this profile. */
RSP_MUST_USE enum rsp_status uicc_select_aid(struct uicc *u, struct rsp_ctx *c, const struct apdu *a, struct bytes *data, unsigned *sw);
/* A channel opens with the MF current (from channel 0) or with the selection of `from`. */
void uicc_channel_open(struct uicc *u, unsigned channel, unsigned from);
void uicc_channel_close(struct uicc *u, unsigned channel);

/*
 * What the UICC asks of the card around it. update_metadata: an ES6 UpdateMetadataRequest (BF2A, whole) that came in a secured packet for the profile's
 * security domain, authentic and not replayed; *sw is what the remote side is answered. Nothing set: 6985.
 */
struct uicc_ports {
	void *self;
	RSP_MUST_USE enum rsp_status (*update_metadata)(void *self, struct rsp_ctx *c, struct bytes request, unsigned *sw);
};
void uicc_set_ports(struct uicc *u, const struct uicc_ports *ports);   /* borrowed; NULL: none */

/* A proactive command that the UICC wants fetched (a short message to send), moved into *out. False: none. */
bool uicc_take_proactive(struct uicc *u, struct buf *out);

/* Every file with its content as it is now, for showing and comparing: called parents first. */
struct uicc_file {
	const uint16_t *path; unsigned depth;
	struct profile_file info;        /* content: as stored now */
};
RSP_MUST_USE enum rsp_status uicc_each_file(struct rsp_ctx *c, struct nvm *nvm, const char *prefix,
	enum rsp_status (*fn)(void *arg, const struct uicc_file *f), void *arg);

#endif
