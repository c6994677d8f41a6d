// SPDX-License-Identifier: BSD-2-Clause
/* A picture of black and white squares as a PNG file (ISO/IEC 15948), one bit a pixel. */
#ifndef TOOLS_PNG_H
#define TOOLS_PNG_H

#include "base/bytes.h"

/* width * width modules, dark where bit 0 is set; each becomes scale * scale pixels, with a margin of `margin` light modules around. In the arena. */
RSP_MUST_USE enum rsp_status png_of_modules(struct rsp_ctx *c, const uint8_t *modules, unsigned width, unsigned margin, unsigned scale, struct bytes *out);

#endif
