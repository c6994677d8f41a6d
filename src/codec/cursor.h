// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reading the members of one message in order, once its type has been checked by the front door. A member that is not there or has the
 * wrong size marks the cursor bad with a sentence; later reads give absent spans; the reader asks once at the end.
 */
#ifndef CODEC_CURSOR_H
#define CODEC_CURSOR_H

#include "codec/asn1.h"
#include "tlv/tlv.h"

struct cursor {
	struct rsp_ctx *c;
	const char *type;
	struct bytes rest;
	enum rsp_status st;
};

/*
 * For the types whose members codec_accept would refuse though the specification wants them tolerated: size and form of DER alone.
 * LIMIT or MALFORMED as codec_decode.
 */
RSP_MUST_USE enum rsp_status cursor_shape(struct rsp_ctx *c, const char *type, struct bytes der);
/* Over the value of the one TLV in der, which must have this tag. */
struct cursor cursor_open(struct rsp_ctx *c, const char *type, struct bytes der, uint32_t tag);
/* The same for a member of parent; already bad, and silent, when parent is. */
struct cursor cursor_inside(const struct cursor *parent, const char *type, struct bytes der, uint32_t tag);
/* Over the value of a member. */
struct cursor cursor_into(const struct cursor *parent, const char *type, struct bytes value);
/* The next member's value; MALFORMED when its tag is another. */
struct bytes cursor_need(struct cursor *k, uint32_t tag, const char *member);
/* The same with its tag and length. */
struct bytes cursor_need_whole(struct cursor *k, uint32_t tag, const char *member);
/* Absent when the next member has another tag. */
struct bytes cursor_maybe(struct cursor *k, uint32_t tag);
struct bytes cursor_maybe_whole(struct cursor *k, uint32_t tag);
/* Between least and most octets, or bad; absent spans pass. */
struct bytes cursor_sized(struct cursor *k, struct bytes v, size_t least, size_t most, const char *member);
/* UTF-8, or bad; absent spans pass. */
struct bytes cursor_text(struct cursor *k, struct bytes v, const char *member);
/* An object identifier's content as oid_valid demands, or bad; absent spans pass. */
struct bytes cursor_oid(struct cursor *k, struct bytes v, const char *member);
/* DER INTEGER from 0 to 2^31 - 1. */
int cursor_need_int(struct cursor *k, uint32_t tag, const char *member);
/* -1 when the next member has another tag. */
int cursor_maybe_int(struct cursor *k, uint32_t tag, const char *member);
/* DER INTEGER from 0 to 2^64 - 1. */
uint64_t cursor_need_number(struct cursor *k, uint32_t tag, const char *member);
/* DER BOOLEAN: 00 or FF. */
bool cursor_need_bool(struct cursor *k, uint32_t tag, const char *member);
/* Named bits 0 to 31; 0 for an absent span. */
uint32_t cursor_bits(struct cursor *k, struct bytes v, const char *member);
/* A CHOICE has one member: what is left is bad. */
void cursor_end(struct cursor *k);
/* First tag of what is left; 0 at the end. */
uint32_t cursor_tag(const struct cursor *k);
void cursor_bad(struct cursor *k, const char *member, const char *what);

#endif
