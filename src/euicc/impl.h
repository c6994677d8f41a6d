// SPDX-License-Identifier: BSD-2-Clause
/* Inside euicc/: the card's state, what lasts and what does not. */
#ifndef EUICC_IMPL_H
#define EUICC_IMPL_H

#include <esimlab/profile.h>

#include "apdu/apdu.h"
#include "bsp/bsp.h"
#include "codec/es10.h"
#include "codec/es8p.h"
#include "codec/ids.h"
#include "euicc/checks.h"
#include "pki/pki.h"
#include "uicc/uicc.h"

#define COMMAND_MAX 65536u
#define CHANNELS 20

enum app { APP_UICC, APP_ISDR, APP_ECASD };

#define ISDR_AID {0xA0, 0, 0, 5, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0, 0, 1, 0}

struct crls;

/* A trust branch; ski_n 0: the card has none on this curve. The rest is there from branch_open to branches_drop. */
struct branch {
	uint8_t ski[32], ski_n;          /* of the CI */
	struct pki_identity euicc, eum;
	struct pki_cert *ci;
	struct crls *crl;                /* NULL: none */
};

/* An RSP session: from the challenge on, forgotten at reset. */
struct session {
	bool challenged, authenticated, prepared;
	uint8_t challenge[16];
	uint8_t transaction_id[16]; size_t transaction_n;
	int branch;
	struct pki_cert *dpauth, *dppb;
	char server_address[256];
	uint8_t signature1[64];          /* own, that smdpSignature2 covers */
	struct ec_key *otsk;
};

/*
 * The one-time key pair of a download that has not led to a profile: the same SM-DP+ may bind to it again (SGP.22 5.7.5). Forgotten at reset, when a later
 * session leaves another one, and when a profile has been installed with it.
 */
struct kept_pair { struct ec_key *key; int branch; uint8_t oid[64]; size_t oid_n; };

enum load_stage { LOAD_NONE, LOAD_CONFIGURE, LOAD_METADATA_LIST, LOAD_METADATA, LOAD_ELEMENTS_LIST, LOAD_ELEMENTS };

/* A Bound Profile Package being loaded. */
struct load {
	enum load_stage stage;
	struct bsp_keys keys;
	size_t left;                     /* octets of the open list still to come */
	struct buf metadata;             /* BF25 as it grows */
	struct buf elements;             /* plain octets not yet taken as elements */
	struct profile_reader *reader;
	struct bytes dp_proprietary;     /* B8, malloc'd */
	uint8_t slot;
};

struct euicc {
	struct nvm *nvm;
	struct crypto *crypto;
	struct uicc *uicc;               /* NULL until a command is for it */
	struct uicc_ports ports;
	uint8_t eid[16];
	const struct euicc_traits *traits;
	struct euicc_traits *own_traits; /* what the former points to, when it is not the usual */
	bool test_mode;                  /* of the device */
	struct branch branch[2];
	struct euicc_checks checks;
	enum app app[CHANNELS];
	bool open[CHANNELS];
	struct store_data chain[CHANNELS];
	struct { struct buf data; size_t at; unsigned sw; unsigned channel; bool waiting; } response;
	struct buf proactive;            /* a command that waits for FETCH */
	bool fetched, switch_pending;
	struct session session;
	struct kept_pair kept;
	struct load load;
};

/* One ES10 command. */
struct es10_call {
	struct euicc *e;
	struct bytes command;
	struct buf reply;                /* the answer; freed by the caller */
	unsigned sw;                     /* 9000 unless the command is not for us at all */
	/* What follows once the change lasts: the files of another profile are served, the terminal is told. */
	bool serve, refresh;
};

/* ---- memory (state.c) ---- */
bool state_get(struct euicc *e, const char *key, struct bytes *value);
RSP_MUST_USE enum rsp_status state_put(struct euicc *e, struct rsp_ctx *c, const char *key, struct bytes value);
RSP_MUST_USE enum rsp_status state_del(struct euicc *e, struct rsp_ctx *c, const char *key);
RSP_MUST_USE enum rsp_status traits_load(struct rsp_ctx *c, struct euicc *e);
size_t state_used_memory(struct euicc *e);
uint32_t state_free_memory(struct euicc *e);

/* ---- certificates (branch.c, crl.c) ---- */
/* Which branches there are. */
RSP_MUST_USE enum rsp_status branches_find(struct rsp_ctx *c, struct euicc *e);
RSP_MUST_USE enum rsp_status branches_put(struct rsp_ctx *c, struct nvm *nvm, const struct euicc_options *o);
/* Certificates, key and CRLs of a branch, read when they are not. */
RSP_MUST_USE enum rsp_status branch_open(struct rsp_ctx *c, struct euicc *e, int i);
/* This branch, or the card's first when it is none of the card's; opened. */
RSP_MUST_USE enum rsp_status branch_for(struct rsp_ctx *c, struct euicc *e, int wanted, struct branch **out);
void branches_drop(struct euicc *e);
RSP_MUST_USE enum rsp_status crl_put(struct rsp_ctx *c, struct nvm *nvm, int branch, struct bytes der);
RSP_MUST_USE enum rsp_status crls_load(struct rsp_ctx *c, struct euicc *e, int branch, struct crls **out);
void crls_free(struct crls *l);
bool crls_list(const struct crls *l, const struct pki_cert *cert);

/* ---- profiles (profiles.c) ---- */
struct profile_row {
	uint8_t slot;
	struct profile_info info;        /* spans in the arena */
	char prefix[8];                  /* "p/01/" */
};
struct profile_rows { struct profile_row *p; size_t n; };
RSP_MUST_USE enum rsp_status profiles_load(struct rsp_ctx *c, struct nvm *nvm, struct profile_rows *out);
RSP_MUST_USE enum rsp_status profile_store(struct euicc *e, struct rsp_ctx *c, const struct profile_row *row);
/* Serve the files of the enabled profile from here on; ready: if none are served yet. */
RSP_MUST_USE enum rsp_status profiles_ready(struct euicc *e, struct rsp_ctx *c);
RSP_MUST_USE enum rsp_status profiles_serve(struct euicc *e, struct rsp_ctx *c);
uint32_t ppr_of(const struct profile_info *info);
int class_of(const struct profile_info *info);   /* absent: operational */
bool profile_shown(const struct euicc *e, const struct profile_info *info);
/* By ICCID when there is one, else by ISD-P AID; NULL: no such profile. */
struct profile_row *profile_find_row(struct profile_rows *rows, struct bytes isdp_aid, struct bytes iccid);

/* ---- notifications (notify.c) ---- */
RSP_MUST_USE enum rsp_status notify_next_seq(struct euicc *e, struct rsp_ctx *c, uint64_t *seq);
RSP_MUST_USE enum rsp_status notify_store(struct euicc *e, struct rsp_ctx *c, uint64_t seq, struct bytes notification);
/* One OtherSignedNotification for each address the profile wants told of this event. */
RSP_MUST_USE enum rsp_status notify_event(struct euicc *e, struct rsp_ctx *c, const struct profile_row *row, uint32_t event);

/* ---- sessions (session.c, load.c) ---- */
void session_end(struct euicc *e);
/* The session's one-time key pair has served, and is not to be kept. */
void session_use_up(struct euicc *e);
void kept_pair_forget(struct euicc *e);
void load_end(struct euicc *e);
/* A load that a power cut ended: its result is recorded, nothing of it stays. */
RSP_MUST_USE enum rsp_status load_recover(struct euicc *e, struct rsp_ctx *c);

/* ---- ES10 functions: each fills call->reply; a status is returned only when memory or library failed ---- */
typedef enum rsp_status es10_function(struct rsp_ctx *c, struct es10_call *call);
es10_function es10_configured_addresses, es10_set_default_dp;
es10_function es10_get_challenge, es10_get_info1, es10_get_info2, es10_authenticate_server, es10_prepare_download, es10_cancel_session;
es10_function es10_load_bpp, es10_list_notification, es10_retrieve_notifications, es10_notification_sent, es10_load_crl, es10_get_rat;
es10_function es10_profiles_info, es10_enable, es10_disable, es10_delete, es10_memory_reset, es10_get_eid, es10_set_nickname;

extern const struct rsp_checks euicc_authenticate_checks, euicc_prepare_checks, euicc_cancel_checks, euicc_channel_checks, euicc_metadata_checks,
	euicc_enable_checks, euicc_disable_checks, euicc_delete_checks;

/* The card keeps what a service has put into the metadata (svn 2.4 on, and when its capabilities say so). */
bool keeps_service_data(const struct euicc *e);
/* EUICCInfo2 as it is now, appended. */
void euicc_info2_write(struct euicc *e, struct buf *out);

extern const uint8_t isdr_aid[16], ecasd_aid[16];
void isdp_aid(uint8_t slot, uint8_t aid[16]);
/* Queue REFRESH: a profile has been enabled or disabled. */
void card_want_refresh(struct euicc *e);

#endif
