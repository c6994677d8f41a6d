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

/* One line of the rules authorisation table (SGP.22 2.9.2): an operator that may have these policy rules. */
struct euicc_rule {
	uint32_t rules;              /* masks 1u << 1: PPR1, 1u << 2: PPR2 */
	uint8_t mccmnc[3];           /* as in profileOwner; a nibble E stands for any digit */
	uint8_t gid[2][32], gid_n[2];   /* nothing: any */
	bool consent;                /* the End User has to agree */
};
#define EUICC_RULES_MAX 16

/* What a kind of card is, apart from its identity: the description of `esimlab euicc create --describe`. */
struct euicc_traits {
	uint8_t svn[3];              /* 2.2.2 to 2.6.x: what the card says and does not say follows from it */
	uint8_t atr[33], atr_n;
	uint8_t isdr_aid[16], isdr_aid_n;
	uint32_t memory;             /* octets for profiles and CRLs */
	uint32_t profiles, notifications;   /* how many it can hold */
	bool lenient_segments;       /* take segments of up to 1040 octets, as some servers send them; otherwise 1020 (SGP.22 2.6.4) */
	bool test_mode;              /* the device's: test profiles are shown and may be enabled */
	char root_ds[129], default_dp[129];   /* "": none */
	/* EUICCInfo2 */
	uint8_t profile_version[3], firmware[3], ts102241[3], globalplatform[3], pp_version[3];   /* the third and fourth 0.0.0: absent */
	uint32_t uicc_capability, rsp_capability, tre_properties, forbidden_ppr;   /* named bits */
	uint32_t category, installed_applications, free_ram;
	char sas[65], tre_reference[65];
	uint8_t verification[2], n_verification, signing[2], n_signing;   /* enum ec_curve of its CIs in order; those it has no certificate of are passed over */
	struct euicc_rule rule[EUICC_RULES_MAX]; size_t n_rules;
};

/* The usual card: svn 2.5.0, 512 kB, both policy rules for any operator with consent. */
void euicc_traits_default(struct euicc_traits *t);
/* Read a description, INI text, over what *t holds. MALFORMED: "line N: NAME: want ...". */
RSP_MUST_USE enum rsp_status euicc_traits_read(struct rsp_ctx *c, struct bytes text, struct euicc_traits *t);
struct buf;
/* The same back as text, all of it or only what is not usual. */
void euicc_traits_write(struct buf *b, const struct euicc_traits *t, bool all);

struct euicc_options {
	uint8_t eid[16];
	struct euicc_branch branch[2];   /* by enum ec_curve: P-256, brainpool */
	const struct euicc_traits *traits;   /* NULL: the usual */
	const char *root_ds;         /* NULL: that of the traits */
	const char *default_dp;      /* likewise */
	bool lenient_segments;       /* or of the traits */
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

/* One ES10 command without APDUs: whole TLV in, data and status word out, effects committed. */
RSP_MUST_USE enum rsp_status euicc_es10(struct euicc *e, struct rsp_ctx *c, struct bytes command, struct bytes *data, unsigned *sw);

/* A package as it is, without an SM-DP+. Its metadata as BF25, or absent: made of name, provider (NULL: "Installed directly", "esimlab") and class. */
struct euicc_direct { struct bytes package, metadata; const char *name, *provider; int profile_class; };
struct euicc_installed {
	uint8_t iccid[10], isdp_aid[16];
	int command, reason;         /* of a failure: bppCommandId and errorReason as a ProfileInstallationResult would have them; reason 0 otherwise */
};
/*
 * Install it with the checks that a download goes through, and nobody is told. REFUSED, MALFORMED: not installed, out->reason and the sentence say why.
 * Committed.
 */
RSP_MUST_USE enum rsp_status euicc_install(struct euicc *e, struct rsp_ctx *c, const struct euicc_direct *d, struct euicc_installed *out);

/* The device is in test mode, or no longer (at power on: as described). */
void euicc_set_test_mode(struct euicc *e, bool on);
/*
 * ES6.UpdateMetadata (SGP.22 5.4.1) as the ISD-P gets it from its operator: BF2A. Rules can only be taken away. REFUSED: no such profile; MALFORMED: the
 * request. Committed.
 */
RSP_MUST_USE enum rsp_status euicc_update_metadata(struct euicc *e, struct rsp_ctx *c, struct bytes iccid, struct bytes request);

/* What is on the card, without APDUs. */
RSP_MUST_USE enum rsp_status euicc_traits_of(struct rsp_ctx *c, struct nvm *nvm, struct euicc_traits *out);   /* addresses as they are now */
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
