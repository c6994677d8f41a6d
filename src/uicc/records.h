// SPDX-License-Identifier: BSD-2-Clause
/* Small fixed records of the card's memory: PINs, authentication keys, sequence numbers. Octets only, so the layout is the file's. */
#ifndef UICC_RECORDS_H
#define UICC_RECORDS_H

#include "base/bytes.h"

struct pin_record {
	uint8_t value[8];
	uint8_t attributes;
	uint8_t enabled;         /* 0: disabled, 1: enabled, 2: disabled and replaced by the universal PIN */
	uint8_t max, left, unblock_ref;
};

struct aka_record {
	uint8_t algorithm, options, sqn_options;
	uint8_t key[32], opc[32];
	uint8_t rotation[5], xoring[5][16];
	uint8_t sqn_delta[6], sqn_age[6];
	uint32_t auth_max;
	uint8_t key_n, keccak;   /* octets of key that count, iterations; 0 in records of cards made before: 16 and 1 */
	uint8_t spare[2];
};
#define AKA_RECORD_BEFORE offsetof(struct aka_record, key_n)

struct sqn_record {
	uint8_t seq[32][6];      /* SEQ accepted last, by IND */
	uint8_t highest_ind;
	uint8_t done[4];         /* authentications so far, big-endian */
};

struct bytes pin_key(struct rsp_ctx *c, const char *prefix, uint8_t ref, const uint16_t *context, unsigned depth);
struct bytes puk_key(struct rsp_ctx *c, const char *prefix, uint8_t ref);

#endif
