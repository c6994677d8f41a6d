// SPDX-License-Identifier: BSD-2-Clause
/* RFC 4648 base64 with padding, no line breaks; reading is strict (canonical padding bits too). */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

void base64_append(struct buf *out, struct bytes b);
RSP_MUST_USE enum rsp_status base64_read(struct rsp_ctx *c, struct bytes text, struct bytes *out);

#endif
