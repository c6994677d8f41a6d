// SPDX-License-Identifier: BSD-2-Clause
/* Structure-keeping changes to a TLV tree, for negative tests and for misbehaving on purpose. Lengths are put right. */
#ifndef TLV_MUTATE_H
#define TLV_MUTATE_H

#include "tlv/tlv.h"

/*
 * path: tags from the outside in, "BF38/30/80" or "BF38/A0/30/5F37"; "#n" after a tag picks the n-th of equal siblings from 0.
 * The result is in the arena. MALFORMED: input does not parse or the path leads nowhere.
 */
RSP_MUST_USE enum rsp_status tlv_mutate_value(struct rsp_ctx *c, struct bytes in, const char *path, struct bytes value, struct bytes *out);
RSP_MUST_USE enum rsp_status tlv_mutate_delete(struct rsp_ctx *c, struct bytes in, const char *path, struct bytes *out);
RSP_MUST_USE enum rsp_status tlv_mutate_repeat(struct rsp_ctx *c, struct bytes in, const char *path, struct bytes *out);
RSP_MUST_USE enum rsp_status tlv_mutate_append(struct rsp_ctx *c, struct bytes in, const char *path, struct bytes tlv, struct bytes *out);
/* The TLV at path. */
RSP_MUST_USE enum rsp_status tlv_at(struct bytes in, const char *path, struct tlv *out);
/* Path of the innermost TLV that covers octet `offset`, like "BF38/A0/30#1/80" ("#n" only behind an equal sibling), into out (NUL-terminated, cut to size). */
void tlv_path_of(struct bytes in, size_t offset, char *out, size_t size);

#endif
