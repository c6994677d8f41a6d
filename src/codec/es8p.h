// SPDX-License-Identifier: BSD-2-Clause
/* The messages of ES8+ that travel inside a Bound Profile Package (SGP.22 5.5), and EUICCResponse of the package format. */
#ifndef CODEC_ES8P_H
#define CODEC_ES8P_H

#include "codec/es10.h"

/* InitialiseSecureChannel, BF23. */
struct secure_channel {
	int operation;                 /* 82: 1 = installBoundProfilePackage */
	struct bytes transaction_id;
	struct bytes crt;              /* whole A6 TLV */
	int key_type, key_length;      /* 88, 16 */
	struct bytes host_id;
	struct bytes otpk;             /* of the SM-DP+, 65 octets */
	struct bytes signature;
};
RSP_MUST_USE enum rsp_status es8p_read_secure_channel(struct rsp_ctx *c, struct bytes der, struct secure_channel *out);
void es8p_write_crt(struct buf *b, const struct secure_channel *v);     /* A6 from key_type, key_length, host_id */
/* What smdpSign signs: 82, 80, A6, 5F49 otpk, 5F49 euicc_otpk, no header (SGP.22 5.5.1). */
void es8p_write_secure_channel_tbs(struct buf *b, const struct secure_channel *v, struct bytes euicc_otpk);
void es8p_write_secure_channel(struct buf *b, const struct secure_channel *v);

/* ConfigureISDP, BF24. */
RSP_MUST_USE enum rsp_status es8p_read_configure_isdp(struct rsp_ctx *c, struct bytes der, struct bytes *dp_proprietary /* B8 TLV or absent */);
void es8p_write_configure_isdp(struct buf *b, struct bytes dp_proprietary);

/* StoreMetadata, BF25; also profileMetadata of AuthenticateClient. */
struct notification_config { uint32_t events; struct bytes address; };
#define NOTIFICATION_CONFIG_MAX 16
struct store_metadata {
	struct bytes der;
	struct bytes iccid;            /* 10 octets */
	struct bytes provider, name;   /* text; 32 and 64 octets at most are checked by the eUICC, not here */
	int icon_type;                 /* -1 absent */
	struct bytes icon;
	int profile_class;             /* -1 absent: operational */
	struct notification_config notifications[NOTIFICATION_CONFIG_MAX];
	size_t n_notifications;
	struct bytes owner;            /* whole B7 TLV {80 mccMnc, 81 gid1, 82 gid2} */
	struct bytes owner_mccmnc, owner_gid1, owner_gid2;
	bool has_ppr; uint32_t ppr;    /* 99: bits 1 = ppr1, 2 = ppr2 as masks 1u << bit */
};
RSP_MUST_USE enum rsp_status es8p_read_store_metadata(struct rsp_ctx *c, struct bytes der, struct store_metadata *out);
void es8p_write_store_metadata(struct buf *b, const struct store_metadata *v);

/* ReplaceSessionKeys, BF26. */
struct replace_keys { struct bytes mcv, enc, mac; };
RSP_MUST_USE enum rsp_status es8p_read_replace_keys(struct rsp_ctx *c, struct bytes der, struct replace_keys *out);
void es8p_write_replace_keys(struct buf *b, const struct replace_keys *v);

#endif
