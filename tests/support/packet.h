// SPDX-License-Identifier: BSD-2-Clause
/* A remote side: secured packets and the short messages around them, put together here without the card's own code. */
#ifndef TESTS_SUPPORT_PACKET_H
#define TESTS_SUPPORT_PACKET_H

#include "support/test.h"

#include "base/buf.h"

enum { CIPHERED = 0x04, CC = 0x02, RC = 0x01, CNTR_HIGHER = 0x10, CNTR_NEXT = 0x18, CNTR_ONLY = 0x08 };
enum { POR = 0x01, POR_ERROR = 0x02, POR_RC = 0x04, POR_CC = 0x08, POR_CIPHERED = 0x10, POR_BY_SUBMIT = 0x20 };

/* keys: AES when aes, else triple DES. */
struct packet { unsigned spi1, spi2, kic, kid; const char *tar; uint64_t counter; bool aes; struct bytes kic_key, kid_key; size_t mac_n; struct bytes data; };

/* The packet from CPL on. */
struct bytes packet_make(struct rsp_ctx *c, const struct packet *p);
/* SMS-DELIVER of user data behind a header, from +12345678; the ENVELOPE (80C2...) around it. */
struct bytes packet_sms(struct rsp_ctx *c, const char *udh, struct bytes text);
/* One message that carries all of the packet. */
struct bytes packet_envelope(struct rsp_ctx *c, struct bytes packet);

/* A response packet behind 02 71 00, checked and deciphered as p says it must be. Fails the test otherwise. */
struct packet_answer { unsigned status; uint64_t counter; struct bytes data; };
struct packet_answer packet_read(struct rsp_ctx *c, const struct packet *p, struct bytes in, bool secured);

/* securityDomain and rfm elements (PEDefinitions): keys is a concatenation of packet_key_set. */
struct bytes packet_key(struct rsp_ctx *c, unsigned version, unsigned id, bool aes, struct bytes value, unsigned mac_n);
struct bytes packet_sd(struct rsp_ctx *c, unsigned state, struct bytes keys, const char *toolkit);
/* The same with another instance AID (hex). */
struct bytes packet_ssd(struct rsp_ctx *c, const char *aid, struct bytes keys, const char *toolkit);
/* An rfm element that names its security domain. */
struct bytes packet_rfm_of(struct rsp_ctx *c, const char *sd_aid, const char *tars, unsigned level, const char *access);
struct bytes packet_rfm(struct rsp_ctx *c, const char *tars, unsigned level, const char *access, const char *admin, const char *adf_access);

#endif
