// SPDX-License-Identifier: BSD-2-Clause
/*
 * A growing run of octets. A failed append marks the buffer bad and all later ones do nothing, so a
 * writer appends without checks and asks once at the end. Wiped when freed.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/bytes.h"

struct buf {
	uint8_t *p;
	size_t n, cap;
	bool bad;
};

#define BUF_INIT ((struct buf){NULL, 0, 0, false})

void buf_free(struct buf *b);
void buf_reset(struct buf *b);                 /* empty, memory kept, old content wiped */
/* Memory for n more octets, not counted in: appending these then moves nothing. */
void buf_reserve(struct buf *b, size_t n);
/* Room for n more octets at the end, counted in; NULL when bad. */
uint8_t *buf_extend(struct buf *b, size_t n);
void buf_add(struct buf *b, struct bytes s);
void buf_u8(struct buf *b, unsigned v);
void buf_u16(struct buf *b, unsigned v);       /* big-endian */
void buf_u32(struct buf *b, uint32_t v);
void buf_u64(struct buf *b, uint64_t v);
void buf_str(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) RSP_PRINTF(2, 3);
void buf_insert(struct buf *b, size_t at, struct bytes s);
void buf_cut(struct buf *b, size_t n);         /* shorten to n octets */
struct bytes buf_bytes(const struct buf *b);   /* a view, valid until the next change */
/* Move the content into the arena of c and free the buffer. NOMEM if the buffer went bad. */
RSP_MUST_USE enum rsp_status buf_finish(struct buf *b, struct rsp_ctx *c, struct bytes *out);

#endif
