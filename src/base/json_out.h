// SPDX-License-Identifier: BSD-2-Clause
/*
 * JSON written straight into a buffer. Commas and colons are put in by the writer; nesting is the
 * caller's duty (each open has its close). Strings must be UTF-8; control characters are escaped.
 */
#ifndef BASE_JSON_OUT_H
#define BASE_JSON_OUT_H

#include "base/buf.h"

struct json_out {
	struct buf *buf;
	bool comma;   /* the next value needs one in front */
};

#define JSON_OUT(b) ((struct json_out){(b), false})

/* key is NULL for the outermost value and inside arrays. */
void json_object(struct json_out *j, const char *key);
void json_object_end(struct json_out *j);
void json_array(struct json_out *j, const char *key);
void json_array_end(struct json_out *j);
void json_string(struct json_out *j, const char *key, const char *value);
void json_text(struct json_out *j, const char *key, struct bytes value);
void json_base64(struct json_out *j, const char *key, struct bytes value);
void json_hex(struct json_out *j, const char *key, struct bytes value);
void json_int(struct json_out *j, const char *key, long long value);
void json_double(struct json_out *j, const char *key, double value);
void json_bool(struct json_out *j, const char *key, bool value);
void json_null(struct json_out *j, const char *key);

#endif
