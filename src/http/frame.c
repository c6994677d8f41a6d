// SPDX-License-Identifier: BSD-2-Clause
/*
 * Framing. http-parser reads; before it sees anything the header block is checked for what it lets through: a bare LF, a folded line, a blank before
 * the colon, a missing or second Host, another version, a NUL.
 */
#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include "http/impl.h"

static bool
is_token(int ch)
{
	return isalnum(ch) || (ch && strchr("!#$%&'*+-.^_`|~", ch));
}

/* One line of the block, without its CRLF. */
static bool
line_ok(struct bytes line, bool first)
{
	size_t i = 0;

	if (!line.n || line.p[0] == ' ' || line.p[0] == '\t')
		return false;
	if (!first) {
		while (i < line.n && is_token(line.p[i]))
			i++;
		if (i == 0 || i == line.n || line.p[i] != ':')
			return false;
	}
	for (; i < line.n; i++)
		if (line.p[i] < 0x20 && line.p[i] != '\t')
			return false;
	return true;
}

static bool
named(struct bytes line, const char *name)
{
	size_t n = strlen(name);

	return line.n > n && strncasecmp((const char *)line.p, name, n) == 0 && line.p[n] == ':';
}

static bool
ends_with(struct bytes line, const char *end)
{
	size_t n = strlen(end);

	return line.n > n && bytes_equal_str(bytes_from(line, line.n - n), end);
}

/* HTTP/1.1, with exactly one Host; or HTTP/1.0, which may do without. */
static bool
version_ok(struct bytes request_line, unsigned hosts)
{
	return ends_with(request_line, " HTTP/1.1") ? hosts == 1 : ends_with(request_line, " HTTP/1.0") && hosts <= 1;
}

/* The block ends with an empty line; each line ends with CRLF, and neither octet stands alone. */
static bool
block_ok(struct bytes block)
{
	unsigned hosts = 0, lengths = 0, codings = 0;
	size_t from = 0, i;
	struct bytes request_line = BYTES_NONE, line;
	bool first = true;

	for (i = 0; i < block.n; i++) {
		if (block.p[i] == '\n')
			return false;
		if (block.p[i] != '\r')
			continue;
		if (i + 1 == block.n || block.p[i + 1] != '\n')
			return false;
		line = bytes_slice(block, from, i - from);
		from = i + 2;
		i++;
		if (!line.n)
			return !first && version_ok(request_line, hosts) && lengths <= 1 && codings <= 1 && !(lengths && codings) && from == block.n;
		if (!line_ok(line, first))
			return false;
		if (first)
			request_line = line;
		hosts += named(line, "Host");
		lengths += named(line, "Content-Length");
		codings += named(line, "Transfer-Encoding");
		first = false;
	}
	return false;
}

static int
on_url(http_parser *p, const char *at, size_t n)
{
	struct conn *k = p->data;
	size_t used = strlen(k->path);

	if (used + n >= sizeof(k->path)) {
		k->bad = true;
		return 1;
	}
	memcpy(k->path + used, at, n);
	k->path[used + n] = '\0';
	return 0;
}

static int
on_headers(http_parser *p)
{
	struct conn *k = p->data;

	if (p->content_length != ULLONG_MAX && p->content_length > k->server->o.body_limit) {
		k->too_large = true;
		return 1;
	}
	snprintf(k->method, sizeof(k->method), "%s", http_method_str((enum http_method)p->method));
	k->path[strcspn(k->path, "?")] = '\0';
	return 0;
}

static int
on_body(http_parser *p, const char *at, size_t n)
{
	struct conn *k = p->data;

	if (k->body.n + n > k->server->o.body_limit) {
		k->too_large = true;
		return 1;
	}
	buf_add(&k->body, bytes_of(at, n));
	return k->body.bad;
}

static int
on_complete(http_parser *p)
{
	struct conn *k = p->data;

	k->complete = true;
	http_parser_pause(p, 1);
	return 0;
}

static const http_parser_settings settings = {.on_url = on_url, .on_headers_complete = on_headers, .on_body = on_body, .on_message_complete = on_complete};

void
frame_reset(struct conn *k)
{
	buf_reset(&k->head);
	buf_reset(&k->body);
	k->path[0] = k->method[0] = '\0';
	k->complete = k->bad = k->too_large = false;
	http_parser_init(&k->parser, HTTP_REQUEST);
	k->parser.data = k;
}

static enum frame
run(struct conn *k, const void *p, size_t n, size_t *used)
{
	*used = http_parser_execute(&k->parser, &settings, p, n);
	if (k->too_large)
		return FRAME_TOO_LARGE;
	if (k->complete)
		return FRAME_READY;
	return *used != n || k->bad ? FRAME_BAD : FRAME_MORE;
}

/* Header octets are kept until the block is whole; then it is checked and parsed at once. */
static enum frame
feed_head(struct conn *k, struct evbuffer *in)
{
	struct evbuffer_ptr end = evbuffer_search(in, "\r\n\r\n", 4, NULL);
	size_t have = evbuffer_get_length(in), n, used;
	uint8_t *p;

	if (end.pos < 0) {
		struct evbuffer_ptr bare = evbuffer_search(in, "\n\n", 2, NULL);

		return have > HEADER_MAX || bare.pos >= 0 ? FRAME_BAD : FRAME_MORE;
	}
	n = (size_t)end.pos + 4;
	if (n > HEADER_MAX || !(p = buf_extend(&k->head, n)) || evbuffer_remove(in, p, n) != (int)n)
		return FRAME_BAD;
	if (!block_ok(buf_bytes(&k->head)))
		return FRAME_BAD;
	return run(k, k->head.p, n, &used);
}

enum frame
frame_feed(struct conn *k, struct evbuffer *in)
{
	enum frame f = FRAME_MORE;
	size_t n, used;
	unsigned char *p;

	if (k->stage == STAGE_HEADER) {
		f = feed_head(k, in);
		if (f != FRAME_MORE || !k->head.n)
			return f;
		k->stage = STAGE_BODY;
	}
	while (f == FRAME_MORE && (n = evbuffer_get_contiguous_space(in)) > 0) {
		p = evbuffer_pullup(in, (ev_ssize_t)n);
		f = run(k, p, n, &used);
		evbuffer_drain(in, used);
	}
	return f;
}

static const struct { unsigned status; const char *text; } phrases[] = {
	{200, "OK"}, {204, "No Content"}, {400, "Bad Request"}, {403, "Forbidden"}, {404, "Not Found"}, {405, "Method Not Allowed"},
	{408, "Request Timeout"}, {413, "Content Too Large"}, {415, "Unsupported Media Type"}, {500, "Internal Server Error"},
	{503, "Service Unavailable"},
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

void
reply_write(struct conn *k, unsigned status, const struct http_reply *r, bool close_after)
{
	buf_reset(&k->reply);
	buf_printf(&k->reply, "HTTP/1.1 %u %s\r\n", status, phrase(status));
	if (r && r->content_type && r->body.n)
		buf_printf(&k->reply, "Content-Type: %s\r\n", r->content_type);
	if (r && r->extra)
		buf_str(&k->reply, r->extra);
	if (status != 204)
		buf_printf(&k->reply, "Content-Length: %zu\r\n", r ? r->body.n : 0);
	if (close_after)
		buf_str(&k->reply, "Connection: close\r\n");
	buf_str(&k->reply, "\r\n");
	if (r)
		buf_add(&k->reply, r->body);
	k->close_after = close_after;
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
		if (!named(line, name))
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
