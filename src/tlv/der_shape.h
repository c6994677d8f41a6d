// SPDX-License-Identifier: BSD-2-Clause
#ifndef TLV_DER_SHAPE_H
#define TLV_DER_SHAPE_H

#include <esimlab/rsp.h>

/*
 * The form of DER without its meaning: definite minimal lengths, minimal tags, no tag 00, at most `depth` levels and `budget`
 * TLVs, nothing left over. Run before any decoder sees foreign octets. MALFORMED with the offset of the fault
 * in *bad_offset (may be NULL), LIMIT when too deep or too many.
 */
#define DER_SHAPE_DEPTH 24
#define DER_SHAPE_BUDGET 20000
RSP_MUST_USE enum rsp_status der_shape(struct bytes in, unsigned depth, unsigned budget, size_t *bad_offset);

#endif
