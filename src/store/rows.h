// SPDX-License-Identifier: BSD-2-Clause
/* Structs as octets, the data key they are sealed with, and the tags rows are found by. */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include <stddef.h>

#include "base/buf.h"

enum field_kind { FIELD_OCTETS, FIELD_PART, FIELD_TEXT, FIELD_NUMBER, FIELD_FLAG };

/* A member of a struct and its number in the row. New members get new numbers, and rows from before keep being read. */
struct field { uint8_t tag; enum field_kind kind; size_t offset, size, used; };
#define FIELD(tag, kind, type, member) {tag, FIELD_##kind, offsetof(type, member), sizeof(((type *)0)->member), 0}
/* The first `count` octets of an array; count is a uint32_t. */
#define FIELD_FIRST(tag, type, member, count) {tag, FIELD_PART, offsetof(type, member), sizeof(((type *)0)->member), offsetof(type, count)}

void fields_write(struct buf *b, const struct field *f, size_t n, const void *from);
/* Members that are not in the row stay as they are. False: not such a row. */
bool fields_read(struct bytes in, const struct field *f, size_t n, void *to);

struct store_key { uint8_t seal[32], find[32]; };

/* The key file beside the store: read, or made (0600) on first use. path NULL: a key of this process alone. */
RSP_MUST_USE enum rsp_status store_key_open(struct rsp_ctx *c, const char *path, struct store_key *out);
/* What a row is found by: HMAC of kind and value, so that identities do not stand in the file. */
RSP_MUST_USE enum rsp_status store_tag(struct rsp_ctx *c, const struct store_key *k, const char *kind, struct bytes value, uint8_t tag[32]);

#endif
