// SPDX-License-Identifier: BSD-2-Clause
/* The allocator of generated ASN.1 code: what it gives back is wiped first, since profiles carry keys. */
#ifndef CODEC_ASN1_ALLOC_H
#define CODEC_ASN1_ALLOC_H

#include <stddef.h>

void *rsp_asn1_malloc(size_t n);
void *rsp_asn1_calloc(size_t count, size_t n);
void *rsp_asn1_realloc(void *p, size_t n);
void rsp_asn1_free(void *p);

#endif
