// SPDX-License-Identifier: BSD-2-Clause
/* Triple DES of secured packets (ETSI TS 102 225 5.1.2, 5.1.3): outer CBC from a zero vector, and the checksum that is its last block; CRCs. */
#ifndef CRYPTO_TDES_H
#define CRYPTO_TDES_H

#include "base/bytes.h"

/* Key of 16 or 24 octets; whole blocks of 8; in and out may be the same memory. MALFORMED for other sizes. */
RSP_MUST_USE enum rsp_status tdes_cbc(struct rsp_ctx *c, struct bytes key, bool encrypt, struct bytes in, uint8_t *out);
/* The last block over the parts joined and filled up with zeros. */
RSP_MUST_USE enum rsp_status tdes_mac(struct rsp_ctx *c, struct bytes key, const struct bytes *parts, size_t n, uint8_t out[8]);

/* TS 102 225 5.1.3.1: CRC-16 (ISO/IEC 13239, X.25) and CRC-32 (IEEE 802.3) over the parts joined. */
uint16_t crc16(const struct bytes *parts, size_t n);
uint32_t crc32_of(const struct bytes *parts, size_t n);

#endif
