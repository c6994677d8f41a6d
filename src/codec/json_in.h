// SPDX-License-Identifier: BSD-2-Clause
/* cJSON made strict: valid UTF-8, no NUL (escaped ones too), nothing after the value, no member twice, bounded depth and size. */
#ifndef CODEC_JSON_IN_H
#define CODEC_JSON_IN_H

#include "base/bytes.h"

struct json;   /* a value of the tree; the tree is freed with the ctx */

/* MALFORMED otherwise. Depth 16, 20,000 values. No byte order mark, no control characters, numbers as RFC 8259 writes them. */
RSP_MUST_USE enum rsp_status json_read(struct rsp_ctx *c, struct bytes text, const struct json **root);
/* NULL: not an object or no such member (names are compared exactly). */
const struct json *json_get(const struct json *object, const char *name);
bool json_is_object(const struct json *v);
bool json_is_array(const struct json *v);
size_t json_count(const struct json *array);
const struct json *json_at(const struct json *array, size_t i);
/* The members of an object or an array in order: json_name is NULL for an array's. NULL: none, or no more. */
const struct json *json_first(const struct json *v);
const struct json *json_next(const struct json *member);
const char *json_name(const struct json *member);
/* False: not of that type. Text is without NUL inside. */
bool json_text_of(const struct json *v, struct bytes *out);
bool json_bool_of(const struct json *v, bool *out);
bool json_int_of(const struct json *v, int64_t *out);   /* whole numbers of at most 2^53 */

#endif
