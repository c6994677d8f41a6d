// SPDX-License-Identifier: BSD-2-Clause
/*
 * BSP (SGP.22 2.6.4, SCP03t): protecting and opening the segments of a Bound Profile Package.
 * A segment is one TLV 86, 87 (encrypted and MACed) or 88 (MACed only); the block counter moves on every one.
 */
#ifndef BSP_BSP_H
#define BSP_BSP_H

#include "base/buf.h"

#define BSP_SEGMENT_MAX 1020      /* tag, length and MAC included */
#define BSP_SEGMENT_LENIENT 1040  /* what some servers send */
#define BSP_ENC_PAYLOAD 1007      /* most octets of plain text in one 86 or 87 */
#define BSP_MAC_PAYLOAD 1008      /* most in one 88 */

struct bsp_keys {
	uint8_t s_enc[16], s_mac[16];
	uint8_t mcv[16];       /* MAC chaining value */
	uint32_t counter;      /* of the next segment; starts at 1 */
	size_t limit;          /* largest segment read and made: BSP_SEGMENT_MAX unless set */
};

/* X9.63 from the ECKA secret; host_id is the 84 of the CRT, eid 16 octets. */
RSP_MUST_USE enum rsp_status bsp_derive(struct rsp_ctx *c, const uint8_t shared[32], struct bytes host_id, struct bytes eid, struct bsp_keys *out);
/* ReplaceSessionKeys: PPK from here on, counter back to 1. */
void bsp_replace(struct bsp_keys *k, const uint8_t mcv[16], const uint8_t enc[16], const uint8_t mac[16]);
/* Append the segments that carry plain: as many TLVs of tag (0x86, 0x87, 0x88) as it takes. */
RSP_MUST_USE enum rsp_status bsp_protect(struct rsp_ctx *c, struct bsp_keys *k, unsigned tag, struct bytes plain, struct buf *out);
/*
 * Open one segment (a whole TLV). *plain is in the arena.
 * MALFORMED: not one TLV of this tag, too long, no room for a MAC, padding wrong. UNTRUSTED: MAC wrong. Keys move on only when OK.
 */
RSP_MUST_USE enum rsp_status bsp_open(struct rsp_ctx *c, struct bsp_keys *k, unsigned tag, struct bytes segment, struct bytes *plain);

/* --- the package around the segments --- */

struct bpp_parts {             /* spans of one BF36 */
	struct bytes secure_channel;   /* BF23, whole */
	struct bytes configure;        /* value of A0: 87 TLVs */
	struct bytes metadata;         /* value of A1: 88 TLVs */
	struct bytes replace_keys;     /* value of A2, absent when session keys are used */
	struct bytes elements;         /* value of A3: 86 TLVs */
};
/* BF36 with BF23, A0, A1, A2?, A3 in this order, each once, each list well-formed and not empty. MALFORMED otherwise. */
RSP_MUST_USE enum rsp_status bpp_read(struct rsp_ctx *c, struct bytes bpp, struct bpp_parts *out);

/* SGP.22 2.5.5: how an LPA cuts a BPP. Each segment is one STORE DATA chain. Spans into bpp except the first, which is in the arena or a span. */
struct bpp_segments { struct bytes *p; size_t n; };
RSP_MUST_USE enum rsp_status bpp_segment(struct rsp_ctx *c, struct bytes bpp, struct bpp_segments *out);

struct bpp_input {
	struct bytes secure_channel;   /* BF23 TLV, signed */
	struct bytes configure;        /* plain BF24 TLV */
	struct bytes metadata;         /* plain BF25 TLV */
	bool use_ppk;
	uint8_t ppk_mcv[16], ppk_enc[16], ppk_mac[16];   /* with use_ppk */
	struct bytes profile;          /* unprotected package; ignored when protected_elements is there */
	struct bytes protected_elements; /* 86 TLVs made before under these PPK; absent normally */
};
/* The whole BF36 under session keys k. Appends to out. */
RSP_MUST_USE enum rsp_status bpp_build(struct rsp_ctx *c, struct bsp_keys *k, const struct bpp_input *in, struct buf *out);

#endif
