// SPDX-License-Identifier: BSD-2-Clause
/* Identifiers: EID (SGP.29), ICCID (ITU-T E.118), object identifiers, activation codes (SGP.22 4.1). */
#ifndef CODEC_IDS_H
#define CODEC_IDS_H

#include "base/buf.h"

#define EID_TEXT 33     /* 32 digits and NUL */
#define ICCID_TEXT 21   /* up to 20 digits and NUL */

/* 32 digits whose value mod 97 is 1. MALFORMED otherwise, with what is wrong. */
RSP_MUST_USE enum rsp_status eid_read(struct rsp_ctx *c, const char *text, uint8_t eid[16]);
void eid_text(const uint8_t eid[16], char out[EID_TEXT]);
/* Put the two check digits at the end of 30 digits given in eid[0..14]. */
void eid_set_check(uint8_t eid[16]);

/* 18 to 20 digits, a trailing F (or f) tolerated; iccid = 10 octets as in 5A and EF.ICCID: nibbles swapped, F filled. */
RSP_MUST_USE enum rsp_status iccid_read(struct rsp_ctx *c, const char *text, uint8_t iccid[10]);
/* Digits without filling; an octet string that is no ICCID gives its hex. */
void iccid_text(const uint8_t iccid[10], char out[ICCID_TEXT]);
/* Luhn check digit for n digits. */
char iccid_luhn(const char *digits, size_t n);

/* IMSI of 6 to 15 digits to EF.IMSI's 9 octets and back (3GPP TS 31.102 4.2.2). */
RSP_MUST_USE enum rsp_status imsi_read(struct rsp_ctx *c, const char *text, uint8_t ef[9]);
RSP_MUST_USE enum rsp_status imsi_text(struct rsp_ctx *c, struct bytes ef, char out[16]);

/* "2.999.10" to DER content octets and back; octets that are no identifier, or have an arc above 2^63, give their hex. */
RSP_MUST_USE enum rsp_status oid_read(struct rsp_ctx *c, const char *text, struct bytes *out);
char *oid_text(struct rsp_ctx *c, struct bytes oid);
/* DER content octets: at least one arc, each of them minimal and complete. */
bool oid_valid(struct bytes oid);

struct activation_code {
	char host[256];          /* SM-DP+ FQDN */
	char matching_id[256];   /* "" none */
	char oid[128];           /* "" none */
	bool confirmation_code;  /* required */
};
/* With or without "LPA:". MALFORMED names the field. */
RSP_MUST_USE enum rsp_status activation_code_read(struct rsp_ctx *c, const char *text, struct activation_code *out);
/* "LPA:1$host$id[$oid][$1]" in the arena. */
char *activation_code_text(struct rsp_ctx *c, const struct activation_code *a);
/* A MatchingID as SGP.22 allows: upper-case letters, digits, '-', at most 255. */
bool matching_id_valid(struct bytes id);

#endif
