// SPDX-License-Identifier: BSD-2-Clause
/* Concealing a subscription's identifier for its home network (3GPP TS 33.501 Annex C): ECIES with X25519 (profile A) or P-256 (profile B). */
#ifndef CRYPTO_SUCI_H
#define CRYPTO_SUCI_H

#include "base/buf.h"

enum suci_scheme { SUCI_NULL, SUCI_A, SUCI_B };

/*
 * The scheme output appended to out: ephemeral public key (A 32 octets, B 33, compressed), ciphertext, 8 octets of MAC; the plain text itself with the
 * null scheme. network: the home network's public key (A 32 octets; B 33 compressed or 65). ephemeral: the private key of 32 octets to use, for known
 * answers; absent: a fresh one. MALFORMED for a key that is none.
 */
RSP_MUST_USE enum rsp_status suci_conceal(struct rsp_ctx *c, enum suci_scheme scheme, struct bytes network, struct bytes ephemeral, struct bytes plain,
	struct buf *out);

#endif
