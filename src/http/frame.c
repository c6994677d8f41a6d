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
		if ((line.p[i] < 0x20 && line.p[i] != '\t') || line.p[i] == 0x7F)
			return false;
	return true;
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

/* The block ends with an empty line; each line ends with CRLF, and neither octet stands alone (in a line, line_ok sees to that). */
static bool
block_ok(struct bytes block)
{
	unsigned hosts = 0, lengths = 0, codings = 0;
	struct bytes request_line = BYTES_NONE, line;
	const uint8_t *cr;
	bool first = true;

	while (block.n && (cr = memchr(block.p, '\r', block.n))) {
		line = bytes_slice(block, 0, (size_t)(cr - block.p));
		block = bytes_from(block, line.n);
		if (block.n < 2 || block.p[1] != '\n')
			return false;
		block = bytes_from(block, 2);
		if (!line.n)
			return !first && version_ok(request_line, hosts) && lengths <= 1 && codings <= 1 && !(lengths && codings) && !block.n;
		if (!line_ok(line, first))
			return false;
		if (first)
			request_line = line;
		hosts += header_named(line, "Host");
		lengths += header_named(line, "Content-Length");
		codings += header_named(line, "Transfer-Encoding");
		first = false;
	}
	return false;
}

static int
refused(struct conn *k, unsigned status)
{
	k->refusal = status;
	return -1;
}

static int
on_url(http_parser *p, const char *at, size_t n)
{
	struct conn *k = p->data;
	size_t used = strlen(k->path);

	if (used + n >= sizeof(k->path))
		return refused(k, 414);
	memcpy(k->path + used, at, n);
	k->path[used + n] = '\0';
	return 0;
}

static int
on_headers(http_parser *p)
{
	struct conn *k = p->data;

	if (p->content_length != ULLONG_MAX && p->content_length > k->server->o.body_limit)
		return refused(k, 413);
	snprintf(k->method, sizeof(k->method), "%s", http_method_str((enum http_method)p->method));
	k->path[strcspn(k->path, "?")] = '\0';
	return 0;
}

static int
on_body(http_parser *p, const char *at, size_t n)
{
	struct conn *k = p->data;

	if (k->body.n + n > k->server->o.body_limit)
		return refused(k, 413);
	buf_add(&k->body, bytes_of(at, n));
	return k->body.bad ? refused(k, 503) : 0;
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
	k->complete = false;
	k->refusal = k->matched = 0;
	http_parser_init(&k->parser, HTTP_REQUEST);
	k->parser.data = k;
}

static enum frame
run(struct conn *k, const void *p, size_t n, size_t *used)
{
	*used = http_parser_execute(&k->parser, &settings, p, n);
	if (!k->refusal && k->complete)
		return FRAME_READY;
	if (!k->refusal && *used == n)
		return FRAME_MORE;
	k->refusal = k->refusal ? k->refusal : 400;
	return FRAME_REFUSED;
}

/* How many of these octets belong to the header. Each is looked at once, however they arrive. */
static size_t
head_part(struct conn *k, const uint8_t *p, size_t n)
{
	size_t i;

	if (!k->head.n && !is_token(p[0]))
		k->refusal = 400;
	for (i = 0; i < n && k->matched < 4 && !k->refusal; i++) {
		if (p[i] == (k->matched & 1 ? '\n' : '\r'))
			k->matched++;
		else if (p[i] == '\n')
			k->refusal = 400;
		else
			k->matched = p[i] == '\r';
	}
	if (k->head.n + i > HEADER_MAX)
		k->refusal = 431;
	return i;
}

/* Header octets are kept until the block is whole; then it is checked and parsed at once. */
static enum frame
feed_head(struct conn *k, struct evbuffer *in)
{
	size_t n, used;
	uint8_t *p;

	while (k->matched < 4 && (n = evbuffer_get_contiguous_space(in)) > 0) {
		p = evbuffer_pullup(in, (ev_ssize_t)n);
		used = head_part(k, p, n);
		if (k->refusal)
			return FRAME_REFUSED;
		buf_add(&k->head, bytes_of(p, used));
		evbuffer_drain(in, used);
	}
	if (k->matched < 4)
		return FRAME_MORE;
	k->stage = STAGE_BODY;
	if (k->head.bad || !block_ok(buf_bytes(&k->head))) {
		k->refusal = k->head.bad ? 503 : 400;
		return FRAME_REFUSED;
	}
	return run(k, k->head.p, k->head.n, &used);
}

enum frame
frame_feed(struct conn *k, struct evbuffer *in)
{
	enum frame f = k->stage == STAGE_HEADER ? feed_head(k, in) : FRAME_MORE;
	size_t n, used;

	while (f == FRAME_MORE && k->stage == STAGE_BODY && (n = evbuffer_get_contiguous_space(in)) > 0) {
		f = run(k, evbuffer_pullup(in, (ev_ssize_t)n), n, &used);
		evbuffer_drain(in, used);
	}
	return f;
}
