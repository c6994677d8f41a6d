// SPDX-License-Identifier: BSD-2-Clause
/* The terminal's side of a logical channel and of STORE DATA chains. */
#include "apdu/apdu.h"

static const uint8_t terminal_capability[] = {0x80, 0xAA, 0, 0, 0x05, 0xA9, 0x03, 0x83, 0x01, 0x07};
static const uint8_t open_channel[] = {0, 0x70, 0, 0, 1};

static enum rsp_status
select_aid(struct apdu_channel *ch, struct rsp_ctx *c, struct bytes aid, struct bytes *fci)
{
	struct buf b = BUF_INIT;
	struct bytes command;
	unsigned sw = 0;
	enum rsp_status st;

	buf_u8(&b, apdu_cla(0, ch->number));
	buf_u8(&b, 0xA4);
	buf_u8(&b, 0x04);
	buf_u8(&b, 0x00);
	buf_u8(&b, (unsigned)aid.n);
	buf_add(&b, aid);
	if ((st = buf_finish(&b, c, &command)) != RSP_OK || (st = apdu_exchange(ch->port, c, command, fci, &sw)) != RSP_OK)
		return st;
	if (sw == 0x9000 || sw >> 8 == 0x91)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the card does not let the application be selected: %04X, %s", sw, apdu_sw_text(sw));
}

/* A card without TERMINAL CAPABILITY may say so; only what follows counts. */
enum rsp_status
apdu_channel_open(struct apdu_channel *ch, struct apdu_port *port, struct rsp_ctx *c, struct bytes aid, struct bytes *fci)
{
	struct bytes answer;
	unsigned sw = 0;
	enum rsp_status st;

	ch->port = port;
	ch->open = false;
	if ((st = apdu_exchange(port, c, BYTES_OF(terminal_capability), &answer, &sw)) != RSP_OK)
		return st;
	if ((st = apdu_exchange(port, c, BYTES_OF(open_channel), &answer, &sw)) != RSP_OK)
		return st;
	if (sw != 0x9000 || answer.n != 1 || answer.p[0] == 0 || answer.p[0] > 19)
		return rsp_fail(c, RSP_REFUSED, "the card opens no logical channel: %04X, %s", sw, apdu_sw_text(sw));
	ch->number = answer.p[0];
	ch->open = true;
	st = select_aid(ch, c, aid, fci);
	if (st != RSP_OK) {
		struct rsp_error kept = c->error;

		apdu_channel_close(ch, c);
		c->error = kept;
	}
	return st;
}

void
apdu_channel_close(struct apdu_channel *ch, struct rsp_ctx *c)
{
	uint8_t command[5] = {0, 0x70, 0x80, (uint8_t)ch->number, 0};
	struct bytes answer;
	unsigned sw;

	if (!ch->open)
		return;
	ch->open = false;
	if (apdu_exchange(ch->port, c, bytes_of(command, 4), &answer, &sw) != RSP_OK)
		return;
}

static enum rsp_status
send_block(struct apdu_channel *ch, struct rsp_ctx *c, struct bytes block, unsigned number, bool last, struct bytes *answer, unsigned *sw)
{
	struct buf b = BUF_INIT;
	struct bytes command;
	enum rsp_status st;

	buf_u8(&b, apdu_cla(0x80, ch->number));
	buf_u8(&b, 0xE2);
	buf_u8(&b, last ? 0x91 : 0x11);
	buf_u8(&b, number & 0xFF);
	buf_u8(&b, (unsigned)block.n);
	buf_add(&b, block);
	st = buf_finish(&b, c, &command);
	return st == RSP_OK ? apdu_exchange(ch->port, c, command, answer, sw) : st;
}

static enum rsp_status
send_chain(struct apdu_channel *ch, struct rsp_ctx *c, struct bytes command, struct bytes *response, unsigned *sw)
{
	size_t chunk = ch->chunk && ch->chunk < 255 ? ch->chunk : 255;
	unsigned number = 0;
	enum rsp_status st;

	do {
		struct bytes block = bytes_slice(command, 0, chunk);

		command = bytes_from(command, block.n);
		st = send_block(ch, c, block, number++, command.n == 0, response, sw);
		if (st == RSP_OK && *sw != 0x9000 && *sw >> 8 != 0x91)
			st = rsp_fail(c, RSP_REFUSED, "the card refuses the command: %04X, %s", *sw, apdu_sw_text(*sw));
	} while (st == RSP_OK && command.n);
	return st;
}

enum rsp_status
apdu_store_data(struct apdu_channel *ch, struct rsp_ctx *c, struct bytes command, struct bytes *response, unsigned *sw)
{
	enum rsp_status st = RSP_OK;

	*sw = 0;
	if (ch->port->begin && (st = ch->port->begin(ch->port->self, c)) != RSP_OK)
		return st;
	st = send_chain(ch, c, command, response, sw);
	if (ch->port->end)
		ch->port->end(ch->port->self);
	return st;
}
