// SPDX-License-Identifier: BSD-2-Clause
/*
 * BER-TLV by cursor: zero-copy reading of anything that is signed, MACed, segmented or stored on a
 * card, and building with nested lengths. Tags of 1 to 3 octets are one number as on the wire: 0xBF38.
 */
#ifndef TLV_TLV_H
#define TLV_TLV_H

#include "base/buf.h"

struct tlv {
	uint32_t tag;
	struct bytes value;
	struct bytes whole;   /* tag, length and value as received */
};

/*
 * Take the first TLV off *rest. Definite lengths only, at most 3 tag and 5 length octets; non-minimal lengths are
 * taken (der_shape refuses them). *rest and *out are untouched on failure. OK or MALFORMED (also for an empty rest).
 */
RSP_MUST_USE enum rsp_status tlv_next(struct bytes *rest, struct tlv *out);
/* Exactly one TLV with this tag and nothing after it. */
RSP_MUST_USE enum rsp_status tlv_only(struct bytes in, uint32_t tag, struct tlv *out);
/* First TLV with this tag among the siblings in `in`. False: none, or the siblings before it are malformed. */
bool tlv_find(struct bytes in, uint32_t tag, struct tlv *out);
/* Every sibling parses and nothing is left over. */
bool tlv_all_well_formed(struct bytes in);
bool tlv_is_constructed(uint32_t tag);
/* DER INTEGER content of at most 8 octets, not negative. MALFORMED otherwise. */
RSP_MUST_USE enum rsp_status tlv_uint(struct bytes value, uint64_t *out);
/* Length of tag + length octets of the TLV that starts `in`, 0 when not even these are there (for segmenting). */
size_t tlv_header_size(struct bytes in, uint32_t *tag, size_t *value_size);

/* Building: open, append content, close; close patches the length. Marks nest. */
size_t tlv_open(struct buf *b, uint32_t tag);
void tlv_close(struct buf *b, size_t mark);
void tlv_add(struct buf *b, uint32_t tag, struct bytes value);
void tlv_add_uint(struct buf *b, uint32_t tag, uint64_t value);   /* minimal DER INTEGER content */
void tlv_add_str(struct buf *b, uint32_t tag, const char *value);
void tlv_add_null(struct buf *b, uint32_t tag);
/* A BIT STRING that is a named-bit list: bit i of bits is named bit i; trailing zero bits are dropped (DER). */
void tlv_add_bits(struct buf *b, uint32_t tag, uint32_t bits);
/* The reverse: named bits 0..31 of a BIT STRING's content; trailing zeros and further bits are tolerated. */
RSP_MUST_USE enum rsp_status tlv_bits(struct bytes value, uint32_t *bits);
/* Only tag and length, for a value of n octets that follows elsewhere. */
void tlv_header(struct buf *b, uint32_t tag, size_t n);

#endif
