// SPDX-License-Identifier: BSD-2-Clause
/* The card's side of lpac's line protocol. */
#include <stdlib.h>

#include "base/hex.h"
#include "base/json_out.h"
#include "codec/json_in.h"
#include "stdio/stdio_card.h"

#define LINE_LIMIT (256u * 1024)

struct serving { struct rsp_ctx *c; struct apdu_port *card; FILE *out, *other; bool connected; struct bytes data; };

static enum rsp_status
say(struct serving *s, int ecode)
{
	struct buf b = BUF_INIT;
	struct json_out j = JSON_OUT(&b);
	bool good;

	json_object(&j, NULL);
	json_string(&j, "type", "apdu");
	json_object(&j, "payload");
	json_int(&j, "ecode", ecode);
	if (s->data.p)
		json_hex(&j, "data", s->data);
	json_object_end(&j);
	json_object_end(&j);
	buf_str(&b, "\n");
	good = !b.bad && fwrite(b.p, 1, b.n, s->out) == b.n && fflush(s->out) == 0;
	buf_free(&b);
	return good ? RSP_OK : rsp_fail(s->c, RSP_IO, "standard output cannot be written");
}

/* Exchange with the card, following 61xx as a terminal would; the status word, 0 when there is none. */
static unsigned
exchange(struct serving *s, struct bytes command, struct bytes *data)
{
	unsigned sw = 0;

	return apdu_exchange(s->card, s->c, command, data, &sw) == RSP_OK ? sw : 0;
}

static void
close_channel(struct serving *s, uint8_t number)
{
	const uint8_t command[] = {0, 0x70, 0x80, number};
	struct bytes none;

	(void)exchange(s, BYTES_OF(command), &none);
}

static int
open_channel(struct serving *s, struct bytes aid)
{
	static const uint8_t command[] = {0, 0x70, 0, 0, 1};
	struct buf b = BUF_INIT;
	struct bytes number, select, fci;
	unsigned sw;

	if (aid.n < 5 || aid.n > 16 || exchange(s, BYTES_OF(command), &number) != 0x9000 || number.n != 1)
		return -1;
	buf_u8(&b, apdu_cla(0, number.p[0]));
	buf_u8(&b, 0xA4);
	buf_u16(&b, 0x0400);
	buf_u8(&b, (unsigned)aid.n);
	buf_add(&b, aid);
	if (buf_finish(&b, s->c, &select) == RSP_OK && ((sw = exchange(s, select, &fci)) == 0x9000 || sw >> 8 == 0x91))
		return number.p[0];
	close_channel(s, number.p[0]);
	return -1;
}

static int
power(struct serving *s, bool on)
{
	s->connected = on;
	return s->card->reset(s->card->self, s->c) == RSP_OK ? 0 : -1;
}

static int
run(struct serving *s, struct bytes func, struct bytes param)
{
	if (bytes_equal_str(func, "connect"))
		return power(s, true);
	if (bytes_equal_str(func, "disconnect"))
		return power(s, false);
	if (!s->connected)
		return -1;
	if (bytes_equal_str(func, "logic_channel_open"))
		return open_channel(s, param);
	if (bytes_equal_str(func, "logic_channel_close")) {
		if (param.n != 1)
			return -1;
		close_channel(s, param.p[0]);
		return 0;
	}
	if (!bytes_equal_str(func, "transmit") || !param.n)
		return -1;
	if (s->card->transmit(s->card->self, s->c, param, &s->data) == RSP_OK)
		return 0;
	s->data = BYTES_NONE;
	return -1;
}

/* A line that is no JSON, or of another type, is not for the card. */
static bool
for_the_card(struct serving *s, struct bytes line, struct bytes *func, struct bytes *param)
{
	const struct json *root, *payload;
	struct bytes type, hex;

	*func = *param = BYTES_NONE;
	if (json_read(s->c, line, &root) != RSP_OK || !json_text_of(json_get(root, "type"), &type) || !bytes_equal_str(type, "apdu"))
		return false;
	payload = json_get(root, "payload");
	if (!json_text_of(json_get(payload, "func"), func))
		*func = BYTES_NONE;
	if (json_text_of(json_get(payload, "param"), &hex) && hex_read(s->c, hex, param) != RSP_OK)
		*func = BYTES_NONE;
	return true;
}

static enum rsp_status
one_line(struct serving *s, struct bytes line)
{
	struct bytes func, param;

	s->data = BYTES_NONE;
	while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
		line.n--;
	if (for_the_card(s, line, &func, &param))
		return say(s, run(s, func, param));
	if (s->other && line.n)
		fprintf(s->other, "%.*s\n", (int)line.n, (const char *)line.p);
	return RSP_OK;
}

enum rsp_status
stdio_serve(struct rsp_ctx *c, FILE *in, FILE *out, FILE *other, struct apdu_port *card)
{
	struct serving s = {.c = c, .card = card, .out = out, .other = other};
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	enum rsp_status st = RSP_OK;

	while (st == RSP_OK && (n = getline(&line, &room, in)) > 0) {
		st = (size_t)n > LINE_LIMIT ? say(&s, -1) : one_line(&s, bytes_of(line, (size_t)n));
		if (st == RSP_OK)
			rsp_ctx_reset(c);
	}
	free(line);
	return st;
}
