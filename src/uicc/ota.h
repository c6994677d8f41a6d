// SPDX-License-Identifier: BSD-2-Clause
/*
 * Remote management over short messages, inside uicc/: secured packets (ETSI TS 102 225, 3GPP TS 31.115), whom they are for and with which keys
 * (the profile's securityDomain and rfm elements), and their scripts (TS 102 226).
 */
#ifndef UICC_OTA_H
#define UICC_OTA_H

#include "uicc/impl.h"

/* Response status codes (TS 102 225 5.2). */
enum ota_status { OTA_OK = 0x00, OTA_CC_FAILED = 0x01, OTA_CNTR_LOW = 0x02, OTA_CNTR_HIGH = 0x03, OTA_CNTR_BLOCKED = 0x04, OTA_CIPHERING = 0x05,
	OTA_UNIDENTIFIED = 0x06, OTA_MEMORY = 0x07, OTA_TAR_UNKNOWN = 0x09, OTA_LEVEL = 0x0A, OTA_BY_SUBMIT = 0x0B };

enum { KEY_KIC = 1, KEY_KID = 2, COUNTER_SIZE = 5 };

/* What the access domain of a remote application grants (TS 102 226 8.2.1.3.2.4). */
struct domain { struct bytes files, admin; };

/* The application that a TAR names. */
struct ota_target {
	enum { TARGET_MNO_SD, TARGET_SD, TARGET_RFM } kind;   /* the profile's first security domain is the operator's */
	uint8_t level;                   /* minimum security level, as SPI1 */
	unsigned sd;                     /* number of the element that holds the keys */
	struct bytes sd_der;
	struct domain uicc, adf;         /* RFM: of the file system, of one ADF */
	struct bytes adf_aid;            /* absent: none */
};

struct ota_key { struct bytes value; bool aes; size_t mac_n; struct bytes counter; };

/* False: nobody has this TAR. */
bool ota_target(struct uicc *u, struct rsp_ctx *c, const uint8_t tar[3], struct ota_target *out);
/* A key of the target's SCP80 key sets, versions 01 to 0F. */
bool ota_key(const struct ota_target *t, unsigned version, unsigned id, struct ota_key *out);
/* The counter of a key set: what was accepted last. */
void ota_counter(struct uicc *u, struct rsp_ctx *c, const struct ota_target *t, unsigned version, uint8_t out[COUNTER_SIZE]);
/* Kept for good, at once. */
RSP_MUST_USE enum rsp_status ota_counter_keep(struct uicc *u, struct rsp_ctx *c, const struct ota_target *t, unsigned version,
	const uint8_t value[COUNTER_SIZE]);

/* A command packet, from CPL on, as it came and as it was understood. */
struct ota_packet {
	uint8_t spi[2], kic, kid, tar[3], counter[COUNTER_SIZE];
	struct ota_target target;
	struct ota_key cipher, mac;      /* those that the header names; absent where they were not looked for or not found */
	struct bytes data;               /* without padding */
	bool authentic;                  /* its checksum was right: what it asks of the response is done */
};

/* False: no packet at all. *status: what comes of its security; the counter has been kept when it is OTA_OK. */
bool ota_open(struct uicc *u, struct rsp_ctx *c, struct bytes packet, struct ota_packet *out, enum ota_status *status);
/* The response packet, behind the user data header 02 71 00. Data that do not fit into `most` octets altogether are cut off. */
RSP_MUST_USE enum rsp_status ota_response(struct rsp_ctx *c, const struct ota_packet *p, enum ota_status status, struct bytes data, size_t most,
	struct buf *out);

/* Run the packet's script; *answer: what the response carries. */
void ota_script(struct uicc *u, struct rsp_ctx *c, const struct ota_packet *p, struct buf *answer);

#endif
