// SPDX-License-Identifier: BSD-2-Clause
/*
 * The software eUICC: ISD-R, ECASD, ISD-Ps over a UICC (SGP.22, consumer). APDUs in, APDUs out; everything it must remember is in the
 * struct nvm it was given, and is committed before an answer leaves.
 */
#ifndef ESIMLAB_EUICC_H
#define ESIMLAB_EUICC_H

#include <esimlab/rsp.h>

struct nvm;
struct euicc;

/* One trust branch the card is personalised with. DER, copied. */
struct euicc_branch {
	struct bytes ci_cert;        /* absent: no such branch */
	struct bytes eum_cert, euicc_cert;
	struct bytes euicc_scalar;   /* 32 octets */
	struct bytes crl;            /* absent: none */
};

struct euicc_options {
	uint8_t eid[16];
	struct euicc_branch branch[2];   /* by enum ec_curve: P-256, brainpool; order of preference as here */
	uint8_t svn[3];              /* zero: 2.5.0 */
	const char *root_ds;         /* NULL: "testrootsmds.example.com" */
	const char *default_dp;      /* NULL: none */
	uint32_t free_nvm;           /* octets for profiles; 0: 512 kB */
	bool lenient_segments;       /* take segments of up to 1040 octets, as some servers send them; otherwise 1020 (SGP.22 2.6.4) */
};

/* Personalise an empty memory; committed. REFUSED: certificates do not fit together or the EID. */
RSP_MUST_USE enum rsp_status euicc_create(struct rsp_ctx *c, struct nvm *nvm, const struct euicc_options *o);

/* Power on a card. nvm and crypto must outlive it. An installation that power cut short is removed and its result recorded. MALFORMED: not a card. */
RSP_MUST_USE enum rsp_status euicc_open(struct rsp_ctx *c, struct nvm *nvm, struct crypto *crypto, struct euicc **out);
void euicc_close(struct euicc *e);
struct bytes euicc_atr(const struct euicc *e);
/* Cold or warm reset; the ATR is the same. */
void euicc_reset(struct euicc *e);
/*
 * One APDU. Always answers: *response ends with a status word, also for rubbish (6700). c->now is the card's time (0: it has no clock, dates
 * are not checked). Not thread-safe for one card. Status other than OK: the card's memory failed (6581 was answered and nothing changed).
 */
RSP_MUST_USE enum rsp_status euicc_transmit(struct euicc *e, struct rsp_ctx *c, struct bytes command, struct bytes *response);

/* What is on the card, without APDUs. */
struct euicc_profile_view {
	char iccid[21], isdp_aid[33], name[65], provider[33], nickname[65];
	bool enabled;
	int profile_class;
	const char *prefix;          /* of its files in the memory, for uicc_each_file */
};
struct euicc_view {
	char eid[33];
	struct euicc_profile_view *profile; size_t n_profiles;
	size_t n_notifications;
	char default_dp[129], root_ds[129];
	size_t used;
};
RSP_MUST_USE enum rsp_status euicc_view(struct rsp_ctx *c, struct nvm *nvm, struct euicc_view *out);

#endif
