// SPDX-License-Identifier: BSD-2-Clause
/* Replies as octets, and a request's headers by name. */
#include <stdio.h>
#include <strings.h>

#include "http/impl.h"

static const struct { unsigned status; const char *text; } phrases[] = {
	{200, "OK"}, {204, "No Content"}, {400, "Bad Request"}, {403, "Forbidden"}, {404, "Not Found"}, {405, "Method Not Allowed"},
	{408, "Request Timeout"}, {413, "Content Too Large"}, {414, "URI Too Long"}, {415, "Unsupported Media Type"},
	{431, "Request Header Fields Too Large"}, {500, "Internal Server Error"}, {503, "Service Unavailable"},
};

static const char *
phrase(unsigned status)
{
	size_t i;

	for (i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].text;
	return "Status";
}

/* In one run of octets, made in one piece: it goes out as one record and one packet when it is small. */
void
reply_write(struct conn *k, unsigned status, const struct http_reply *r, bool close_after)
{
	const struct bytes body = r ? r->body : BYTES_NONE;
	bool head_only = strcmp(k->method, "HEAD") == 0;
	char line[128];
	int n;

	buf_reset(&k->reply);
	if (buf_extend(&k->reply, sizeof(line) + 256 + body.n))
		k->reply.n = 0;
	n = snprintf(line, sizeof(line), "HTTP/1.1 %u %s\r\n", status, phrase(status));
	if (status != 204)
		n += snprintf(line + n, sizeof(line) - (size_t)n, "Content-Length: %zu\r\n", body.n);
	buf_add(&k->reply, bytes_of(line, (size_t)n));
	if (r && r->content_type && body.n) {
		buf_str(&k->reply, "Content-Type: ");
		buf_str(&k->reply, r->content_type);
		buf_str(&k->reply, "\r\n");
	}
	if (status == 503)
		buf_str(&k->reply, "Retry-After: 1\r\n");
	if (r && r->extra)
		buf_str(&k->reply, r->extra);
	if (close_after)
		buf_str(&k->reply, "Connection: close\r\n");
	buf_str(&k->reply, "\r\n");
	if (!head_only && status != 204)
		buf_add(&k->reply, body);
	k->close_after = close_after;
}

bool
header_named(struct bytes line, const char *name)
{
	size_t n = strlen(name);

	return line.n > n && line.p[n] == ':' && strncasecmp((const char *)line.p, name, n) == 0;
}

struct bytes
http_header(const struct http_request *req, const char *name)
{
	struct bytes rest = req->headers;
	size_t n = strlen(name);

	while (rest.n) {
		const uint8_t *end = memchr(rest.p, '\r', rest.n);
		size_t len = end ? (size_t)(end - rest.p) : rest.n;
		struct bytes line = bytes_slice(rest, 0, len);

		rest = bytes_from(rest, len + 2);
		if (!header_named(line, name))
			continue;
		line = bytes_from(line, n + 1);
		while (line.n && (line.p[0] == ' ' || line.p[0] == '\t'))
			line = bytes_from(line, 1);
		while (line.n && (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
			line.n--;
		return line;
	}
	return BYTES_NONE;
}
