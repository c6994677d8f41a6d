// SPDX-License-Identifier: BSD-2-Clause
/*
 * The one way foreign octets reach generated ASN.1 code. Only codec/ and profile/ include this and generated headers.
 */
#ifndef CODEC_ASN1_H
#define CODEC_ASN1_H

#include "base/buf.h"

#include <asn_application.h>

#define CODEC_MAX (1u << 20)   /* octets of one message */

/*
 * Exactly one DER value of type td. The tree in *out belongs to c and goes (wiped) with its reset.
 * LIMIT: more than CODEC_MAX octets, too deep, too many TLVs. MALFORMED otherwise, with the offset in the sentence.
 * Not checked: SIZE and range constraints (the generated checks are unreliable), unknown trailing members.
 */
RSP_MUST_USE enum rsp_status codec_decode(struct rsp_ctx *c, asn_TYPE_descriptor_t *td, struct bytes in, void **out);
/* The same for its verdict alone. */
RSP_MUST_USE enum rsp_status codec_accept(struct rsp_ctx *c, asn_TYPE_descriptor_t *td, struct bytes in);
RSP_MUST_USE enum rsp_status codec_encode(struct rsp_ctx *c, asn_TYPE_descriptor_t *td, const void *value, struct buf *out);
/* Does a decoded value encode to the very octets it came from? False: it is not DER, or has members td does not know. */
bool codec_is_canonical(struct rsp_ctx *c, asn_TYPE_descriptor_t *td, const void *value, struct bytes in);

#endif
