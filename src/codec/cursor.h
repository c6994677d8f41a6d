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

/* Over the value of the one TLV in der, which must have this tag. */
struct cursor cursor_open(struct rsp_ctx *c, const char *type, struct bytes der, uint32_t tag);
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
int cursor_need_int(struct cursor *k, uint32_t tag, const char *member);
/* First tag of what is left; 0 at the end. */
uint32_t cursor_tag(const struct cursor *k);
void cursor_bad(struct cursor *k, const char *member, const char *what);

#endif
