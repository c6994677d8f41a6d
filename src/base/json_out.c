// SPDX-License-Identifier: BSD-2-Clause
#include "base/json_out.h"

#include "base/base64.h"
#include "base/hex.h"

/* Characters that stand for themselves are added in one piece. */
static void
escape(struct buf *b, struct bytes s)
{
	size_t i, from = 0;

	buf_u8(b, '"');
	for (i = 0; i < s.n; i++) {
		uint8_t ch = s.p[i];

		if (ch >= 0x20 && ch != '"' && ch != '\\')
			continue;
		buf_add(b, bytes_slice(s, from, i - from));
		from = i + 1;
		buf_u8(b, '\\');
		if (ch < 0x20)
			buf_printf(b, "u%04x", ch);
		else
			buf_u8(b, ch);
	}
	buf_add(b, bytes_slice(s, from, s.n - from));
	buf_u8(b, '"');
}

static void
begin(struct json_out *j, const char *key)
{
	if (j->comma)
		buf_u8(j->buf, ',');
	if (key) {
		escape(j->buf, bytes_of_str(key));
		buf_u8(j->buf, ':');
	}
	j->comma = true;
}

static void
open(struct json_out *j, const char *key, char ch)
{
	begin(j, key);
	buf_u8(j->buf, (uint8_t)ch);
	j->comma = false;
}

static void
close(struct json_out *j, char ch)
{
	buf_u8(j->buf, (uint8_t)ch);
	j->comma = true;
}

void
json_object(struct json_out *j, const char *key)
{
	open(j, key, '{');
}

void
json_object_end(struct json_out *j)
{
	close(j, '}');
}

void
json_array(struct json_out *j, const char *key)
{
	open(j, key, '[');
}

void
json_array_end(struct json_out *j)
{
	close(j, ']');
}

void
json_string(struct json_out *j, const char *key, const char *value)
{
	json_text(j, key, bytes_of_str(value));
}

void
json_text(struct json_out *j, const char *key, struct bytes value)
{
	begin(j, key);
	escape(j->buf, value);
}

void
json_base64(struct json_out *j, const char *key, struct bytes value)
{
	begin(j, key);
	buf_u8(j->buf, '"');
	base64_append(j->buf, value);
	buf_u8(j->buf, '"');
}

void
json_hex(struct json_out *j, const char *key, struct bytes value)
{
	begin(j, key);
	buf_u8(j->buf, '"');
	hex_append(j->buf, value);
	buf_u8(j->buf, '"');
}

void
json_int(struct json_out *j, const char *key, long long value)
{
	begin(j, key);
	buf_printf(j->buf, "%lld", value);
}

void
json_double(struct json_out *j, const char *key, double value)
{
	begin(j, key);
	buf_printf(j->buf, "%.3f", value);
}

void
json_bool(struct json_out *j, const char *key, bool value)
{
	begin(j, key);
	buf_str(j->buf, value ? "true" : "false");
}

void
json_null(struct json_out *j, const char *key)
{
	begin(j, key);
	buf_str(j->buf, "null");
}
