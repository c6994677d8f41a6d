// SPDX-License-Identifier: BSD-2-Clause
/*
 * A eUICC on paper: keys and certificates under the laboratory's EUM, and the messages of ES9+ that it would sign, true or false. So a test reaches every
 * check of the server that lies behind a signature. The messages are in c.
 */
#ifndef TESTS_SUPPORT_PAPER_H
#define TESTS_SUPPORT_PAPER_H

#include "support/wire.h"

#include "codec/es10.h"

/* One change of a TLV: at path the value (hex), or what is appended there as a whole TLV, or, value NULL, what is there is taken out. path NULL: none. */
struct change { const char *path, *value, *append; };
struct bytes change_made(struct rsp_ctx *c, struct bytes der, const struct change *x);

struct paper {
	struct probe *p;
	struct rsp_ctx *c;
	const struct pki_branch *branch;     /* of the laboratory's PKI */
	char eid[33];
	struct pki_identity id;
	struct bytes eum;                    /* certificate, DER */
	struct euicc_info2 info2;
	struct bytes info1;
	struct ec_key *otsk;                 /* made by the first paper_prepare */
	uint8_t challenge[16];
	struct change lie;                   /* in what is signed next, before it is signed */
	struct es9p_response initiated, client, bound;   /* the server's answers, put here by paper_ask */
};

/* n: which one; each has an EID of its own, none that of a card of the laboratory. */
void paper_open(struct paper *e, struct probe *p, struct rsp_ctx *c, enum ec_curve curve, unsigned n);
void paper_close(struct paper *e);
/* Another key pair for the next PrepareDownload. */
void paper_drop_otsk(struct paper *e);

struct es9p_request paper_initiate(struct paper *e);
/* matching_id NULL: absent. */
struct es9p_request paper_authenticate(struct paper *e, const char *matching_id);
/* code NULL: no hashCc. */
struct es9p_request paper_prepare(struct paper *e, const char *code);
struct es9p_request paper_cancel(struct paper *e, int reason);
/* The result of an installation; reason 0: it went well. */
struct es9p_request paper_result(struct paper *e, const uint8_t iccid[10], int reason);
struct es9p_request paper_event(struct paper *e, const uint8_t iccid[10], uint32_t event, uint64_t seq);

/* wire_ask, keeping a good answer. */
const char *paper_ask(struct paper *e, struct wire *w, enum es9p_function f, const struct es9p_request *r);
/* Up to the function, which is not asked: each step must be a yes. */
void paper_up_to(struct paper *e, struct wire *w, enum es9p_function f, const char *matching_id, const char *code);

#endif
