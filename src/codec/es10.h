// SPDX-License-Identifier: BSD-2-Clause
/*
 * The messages of ES10a, ES10b and ES10c (SGP.22 5.7): DER to plain structs and back.
 *
 * Reading: the octets pass the strict front door for their type first; spans in the result point into the input.
 * `der` members are the whole TLV as received: what was signed is verified over these.
 * Writing: appended to a buffer; a member that is already a TLV goes in verbatim.
 * Unless said otherwise a read function answers MALFORMED for anything that is not one DER value of the type.
 */
#ifndef CODEC_ES10_H
#define CODEC_ES10_H

#include "base/buf.h"

#define CI_LIST_MAX 8

/* ---- EUICCInfo1, EUICCInfo2 (BF20, BF22) ---- */

struct ci_list { struct bytes id[CI_LIST_MAX]; size_t n; };   /* subject key identifiers in order; further ones are ignored */

struct euicc_info1 {
	struct bytes der;
	uint8_t svn[3];
	struct ci_list verification, signing;
};
RSP_MUST_USE enum rsp_status es10_read_info1(struct rsp_ctx *c, struct bytes der, struct euicc_info1 *out);
void es10_write_info1(struct buf *b, const struct euicc_info1 *v);

enum { RSP_CAP_ADDITIONAL_PROFILE = 1, RSP_CAP_CRL = 2, RSP_CAP_RPM = 4, RSP_CAP_TEST_PROFILE = 8, RSP_CAP_DEVICE_INFO_EXT = 16, RSP_CAP_SERVICE_DATA = 32 };

struct euicc_info2 {
	struct bytes der;
	uint8_t profile_version[3], svn[3], firmware[3];
	uint32_t installed_applications, free_nvm, free_ram;   /* extCardResource 81 82 83 */
	uint32_t uicc_capability;      /* named bits 0..31 */
	uint8_t ts102241[3], globalplatform[3];
	bool has_ts102241, has_globalplatform;
	uint32_t rsp_capability;       /* RSP_CAP_* */
	struct ci_list verification, signing;
	bool has_category; unsigned category;
	uint32_t forbidden_ppr;        /* pprIds bits: 1 = ppr1, 2 = ppr2 as masks 1u<<bit */
	uint8_t pp_version[3];
	struct bytes sas_accreditation;   /* text */
	uint32_t tre_properties;       /* named bits; written when not 0, as the next; not read */
	struct bytes tre_reference;    /* text */
};
RSP_MUST_USE enum rsp_status es10_read_info2(struct rsp_ctx *c, struct bytes der, struct euicc_info2 *out);
void es10_write_info2(struct buf *b, const struct euicc_info2 *v);

/* ---- AuthenticateServer (BF38) ---- */

struct server_signed1 {
	struct bytes der;              /* whole 30 TLV */
	struct bytes transaction_id, euicc_challenge, server_address, server_challenge;
};
RSP_MUST_USE enum rsp_status es10_read_server_signed1(struct rsp_ctx *c, struct bytes der, struct server_signed1 *out);
void es10_write_server_signed1(struct buf *b, const struct server_signed1 *v);

struct ctx_params1 {               /* ctxParamsForCommonAuthentication, A0 */
	struct bytes der;              /* whole A0 TLV */
	struct bytes matching_id;      /* absent or text */
	struct bytes tac, imei;        /* imei absent when not given */
	struct bytes device_capabilities; /* whole A1 TLV inside deviceInfo */
};
void es10_write_ctx_params1(struct buf *b, const struct ctx_params1 *v);

struct authenticate_server_req {
	struct server_signed1 signed1;
	struct bytes signature;        /* the 64 octets inside 5F37 */
	struct bytes ci_id;            /* euiccCiPKIdToBeUsed: 20 octets */
	struct bytes certificate;      /* whole certificate TLV */
	struct ctx_params1 params;
};
RSP_MUST_USE enum rsp_status es10_read_authenticate_server_req(struct rsp_ctx *c, struct bytes der, struct authenticate_server_req *out);
/* signed1.der, certificate verbatim; params.der verbatim when present, else built. */
void es10_write_authenticate_server_req(struct buf *b, const struct authenticate_server_req *v);

struct euicc_signed1 {
	struct bytes der;
	struct bytes transaction_id, server_address, server_challenge;
	struct euicc_info2 info2;      /* info2.der: whole BF22 */
	struct ctx_params1 params;
};
struct authenticate_server_rsp {
	bool ok;
	struct euicc_signed1 signed1;             /* ok */
	struct bytes signature, euicc_cert, eum_cert;
	struct bytes transaction_id; int error;   /* not ok */
};
RSP_MUST_USE enum rsp_status es10_read_authenticate_server_rsp(struct rsp_ctx *c, struct bytes der, struct authenticate_server_rsp *out);
/* euicc_signed1 from its members (info2.der and params.der verbatim). */
void es10_write_euicc_signed1(struct buf *b, const struct euicc_signed1 *v);
/* ok: signed1.der, signature, both certificates; otherwise transaction_id and error. */
void es10_write_authenticate_server_rsp(struct buf *b, const struct authenticate_server_rsp *v);

/* ---- PrepareDownload (BF21) ---- */

struct smdp_signed2 {
	struct bytes der;
	struct bytes transaction_id;
	bool cc_required;
	struct bytes bpp_euicc_otpk;   /* absent or 65 octets */
};
RSP_MUST_USE enum rsp_status es10_read_smdp_signed2(struct rsp_ctx *c, struct bytes der, struct smdp_signed2 *out);
void es10_write_smdp_signed2(struct buf *b, const struct smdp_signed2 *v);

struct prepare_download_req {
	struct smdp_signed2 signed2;
	struct bytes signature;        /* 64 octets */
	struct bytes hash_cc;          /* absent or 32 octets */
	struct bytes certificate;
};
RSP_MUST_USE enum rsp_status es10_read_prepare_download_req(struct rsp_ctx *c, struct bytes der, struct prepare_download_req *out);
void es10_write_prepare_download_req(struct buf *b, const struct prepare_download_req *v);

struct euicc_signed2 { struct bytes der; struct bytes transaction_id, otpk, hash_cc; };
struct prepare_download_rsp {
	bool ok;
	struct euicc_signed2 signed2;
	struct bytes signature;
	struct bytes transaction_id; int error;
};
RSP_MUST_USE enum rsp_status es10_read_prepare_download_rsp(struct rsp_ctx *c, struct bytes der, struct prepare_download_rsp *out);
void es10_write_euicc_signed2(struct buf *b, const struct euicc_signed2 *v);
void es10_write_prepare_download_rsp(struct buf *b, const struct prepare_download_rsp *v);

/* ---- CancelSession (BF41) ---- */

enum cancel_reason { CANCEL_USER_REJECTION = 0, CANCEL_POSTPONED = 1, CANCEL_TIMEOUT = 2, CANCEL_PPR_NOT_ALLOWED = 3, CANCEL_METADATA_MISMATCH = 4,
	CANCEL_LOAD_BPP_ERROR = 5, CANCEL_UNDEFINED = 127 };
struct cancel_session_req { struct bytes transaction_id; int reason; };
RSP_MUST_USE enum rsp_status es10_read_cancel_session_req(struct rsp_ctx *c, struct bytes der, struct cancel_session_req *out);
void es10_write_cancel_session_req(struct buf *b, const struct cancel_session_req *v);

struct cancel_session_rsp {
	bool ok;
	struct bytes signed_der;       /* whole 30 TLV: euiccCancelSessionSigned */
	struct bytes transaction_id, smdp_oid;  /* OID content octets */
	int reason;
	struct bytes signature;
	int error;
};
RSP_MUST_USE enum rsp_status es10_read_cancel_session_rsp(struct rsp_ctx *c, struct bytes der, struct cancel_session_rsp *out);
/* The signed part from transaction_id, smdp_oid, reason. */
void es10_write_cancel_session_signed(struct buf *b, const struct cancel_session_rsp *v);
void es10_write_cancel_session_rsp(struct buf *b, const struct cancel_session_rsp *v);

/* ---- Notifications ---- */

enum { EVENT_INSTALL = 1, EVENT_ENABLE = 2, EVENT_DISABLE = 4, EVENT_DELETE = 8 };   /* masks: 1u << named bit */

struct notification_metadata {     /* BF2F */
	struct bytes der;
	uint64_t seq;
	uint32_t event;                /* EVENT_*, exactly one when written */
	struct bytes address;          /* text */
	struct bytes iccid;            /* 10 octets, absent when not given */
};
RSP_MUST_USE enum rsp_status es10_read_notification_metadata(struct rsp_ctx *c, struct bytes der, struct notification_metadata *out);
void es10_write_notification_metadata(struct buf *b, const struct notification_metadata *v);

struct pir {                       /* ProfileInstallationResult, BF37 */
	struct bytes der;
	struct bytes data;             /* whole BF27: the signed octets */
	struct bytes transaction_id;
	struct notification_metadata meta;
	struct bytes smdp_oid;
	bool ok;
	struct bytes aid;              /* ok: ISD-P AID */
	struct bytes sima_response;    /* EUICCResponse octets; absent when not given */
	int command, reason;           /* not ok: bppCommandId, errorReason */
	struct bytes signature;
};
RSP_MUST_USE enum rsp_status es10_read_pir(struct rsp_ctx *c, struct bytes der, struct pir *out);
void es10_write_pir_data(struct buf *b, const struct pir *v);      /* BF27 from the members; meta.der verbatim when present */
void es10_write_pir(struct buf *b, struct bytes data, struct bytes signature);

struct other_notification {        /* OtherSignedNotification, 30 */
	struct bytes der;
	struct notification_metadata meta;   /* meta.der: the signed octets */
	struct bytes signature, euicc_cert, eum_cert;
};
RSP_MUST_USE enum rsp_status es10_read_other_notification(struct rsp_ctx *c, struct bytes der, struct other_notification *out);
void es10_write_other_notification(struct buf *b, const struct other_notification *v);

/* PendingNotification: BF37 or 30. */
struct pending_notification { bool is_pir; struct pir pir; struct other_notification other; };
RSP_MUST_USE enum rsp_status es10_read_pending_notification(struct rsp_ctx *c, struct bytes der, struct pending_notification *out);

/* ListNotification BF28: events 0 means all. Response entries are whole BF2F TLVs in `list`; REFUSED: an error came in their place. */
RSP_MUST_USE enum rsp_status es10_read_list_notification_req(struct rsp_ctx *c, struct bytes der, uint32_t *events);
void es10_write_list_notification_req(struct buf *b, uint32_t events);
struct notification_list { struct notification_metadata *p; size_t n; };
RSP_MUST_USE enum rsp_status es10_read_list_notification_rsp(struct rsp_ctx *c, struct bytes der, struct notification_list *out);

/* RetrieveNotificationsList BF2B: by seq, by event, or all. */
struct retrieve_notifications_req { bool by_seq, by_event; uint64_t seq; uint32_t events; };
RSP_MUST_USE enum rsp_status es10_read_retrieve_notifications_req(struct rsp_ctx *c, struct bytes der, struct retrieve_notifications_req *out);
void es10_write_retrieve_notifications_req(struct buf *b, const struct retrieve_notifications_req *v);
struct bytes_list { struct bytes *p; size_t n; };
/* Spans of the BF37 and 30 TLVs, not looked into. REFUSED: an error came in their place. */
RSP_MUST_USE enum rsp_status es10_read_retrieve_notifications_rsp(struct rsp_ctx *c, struct bytes der, struct bytes_list *out);

/* NotificationSent BF30. */
RSP_MUST_USE enum rsp_status es10_read_notification_sent_req(struct rsp_ctx *c, struct bytes der, uint64_t *seq);
void es10_write_notification_sent_req(struct buf *b, uint64_t seq);

/* ---- ES10c ---- */

enum profile_state { PROFILE_DISABLED = 0, PROFILE_ENABLED = 1 };
enum profile_class { CLASS_TEST = 0, CLASS_PROVISIONING = 1, CLASS_OPERATIONAL = 2 };

struct profile_info {              /* E3; what is absent was not given */
	struct bytes iccid, isdp_aid;  /* 5A, 4F */
	int state;                     /* 9F70, -1 absent */
	struct bytes nickname, provider, name;   /* 90 91 92, text */
	int icon_type;                 /* 93, -1 absent */
	struct bytes icon;             /* 94 */
	int profile_class;             /* 95, -1 absent */
	struct bytes notification_config, owner, dp_proprietary, ppr, service_data;  /* whole B6, B7, B8, 99, BF22 TLVs */
};
void es10_write_profile_info(struct buf *b, const struct profile_info *v);
struct profile_info_list { struct profile_info *p; size_t n; };
struct profile_info_req {
	struct bytes isdp_aid, iccid;  /* criterion, at most one present */
	int profile_class;             /* -1 none */
	struct bytes tags;             /* content of 5C; absent: default set */
};
RSP_MUST_USE enum rsp_status es10_read_profile_info_req(struct rsp_ctx *c, struct bytes der, struct profile_info_req *out);
void es10_write_profile_info_req(struct buf *b, const struct profile_info_req *v);
/* *error: -1 when a list came. */
RSP_MUST_USE enum rsp_status es10_read_profile_info_rsp(struct rsp_ctx *c, struct bytes der, struct profile_info_list *out, int *error);

/* Enable BF31, Disable BF32 {A0 id, 81 refresh}; Delete BF33 {id}. By one of the two. */
struct profile_choice { struct bytes isdp_aid, iccid; bool refresh; };
RSP_MUST_USE enum rsp_status es10_read_enable_req(struct rsp_ctx *c, struct bytes der, struct profile_choice *out);    /* BF31 or BF32 */
void es10_write_enable_req(struct buf *b, uint32_t tag, const struct profile_choice *v);
RSP_MUST_USE enum rsp_status es10_read_delete_req(struct rsp_ctx *c, struct bytes der, struct profile_choice *out);
void es10_write_delete_req(struct buf *b, const struct profile_choice *v);
RSP_MUST_USE enum rsp_status es10_read_set_nickname_req(struct rsp_ctx *c, struct bytes der, struct bytes *iccid, struct bytes *nickname);
void es10_write_set_nickname_req(struct buf *b, struct bytes iccid, struct bytes nickname);
RSP_MUST_USE enum rsp_status es10_read_memory_reset_req(struct rsp_ctx *c, struct bytes der, uint32_t *bits);
/* The many answers that are `TAG { 80 result }`: Enable, Disable, Delete, SetNickname, MemoryReset, SetDefaultDpAddress, NotificationSent. */
RSP_MUST_USE enum rsp_status es10_read_result(struct rsp_ctx *c, struct bytes der, uint32_t tag, int *result);
void es10_write_result(struct buf *b, uint32_t tag, int result);

struct configured_addresses { struct bytes default_dp, root_ds; };   /* BF3C, text; default_dp absent when not set */
RSP_MUST_USE enum rsp_status es10_read_configured_addresses(struct rsp_ctx *c, struct bytes der, struct configured_addresses *out);
void es10_write_configured_addresses(struct buf *b, const struct configured_addresses *v);

/* Rules authorisation table, BF43: entries in order. */
struct rat_entry { uint32_t ppr_ids; struct bytes operators; /* content of A1: 30 {80 mccMnc, 81 gid1, 82 gid2} */ uint32_t flags; };
struct rat { struct rat_entry *p; size_t n; };
RSP_MUST_USE enum rsp_status es10_read_rat(struct rsp_ctx *c, struct bytes der, struct rat *out);
void es10_write_rat(struct buf *b, const struct rat *v);

#endif
