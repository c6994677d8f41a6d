// SPDX-License-Identifier: BSD-2-Clause
#include "apdu/apdu.h"

/* Channel and secure messaging from the class octet (ETSI TS 102 221 10.1.1). */
static void
read_class(uint8_t cla, struct apdu *a)
{
	if (cla & 0x40) {
		a->channel = 4 + (cla & 0x0Fu);
		a->secured = cla & 0x20;
	} else {
		a->channel = cla & 0x03;
		a->secured = cla & 0x0C;
	}
}

enum rsp_status
apdu_read(struct bytes raw, struct apdu *out)
{
	struct apdu a = {0};

	if (raw.n < 4)
		return RSP_MALFORMED;
	a.cla = raw.p[0];
	a.ins = raw.p[1];
	a.p1 = raw.p[2];
	a.p2 = raw.p[3];
	read_class(a.cla, &a);
	if (raw.n == 5)
		a.le = raw.p[4] ? raw.p[4] : 256;
	if (raw.n > 5) {
		size_t lc = raw.p[4];

		if (lc == 0 || (raw.n != 5 + lc && raw.n != 6 + lc))
			return RSP_MALFORMED;
		a.data = bytes_slice(raw, 5, lc);
		if (raw.n == 6 + lc)
			a.le = raw.p[5 + lc] ? raw.p[5 + lc] : 256;
	}
	*out = a;
	return RSP_OK;
}

uint8_t
apdu_cla(uint8_t base, unsigned channel)
{
	return (uint8_t)(channel < 4 ? base | channel : base | 0x40 | (channel - 4));
}

static enum rsp_status
transmit(struct apdu_port *port, struct rsp_ctx *c, struct bytes command, struct bytes *response, unsigned *sw)
{
	enum rsp_status st = port->transmit(port->self, c, command, response);

	if (st != RSP_OK)
		return st;
	if (response->n < 2)
		return rsp_fail(c, RSP_IO, "the card answered %zu octets, which is no answer", response->n);
	response->n -= 2;
	*sw = (unsigned)response->p[response->n] << 8 | response->p[response->n + 1];
	return RSP_OK;
}

/* 6Cxx: the same command again with the length the card names. */
static enum rsp_status
again(struct apdu_port *port, struct rsp_ctx *c, struct bytes command, unsigned le, struct bytes *response, unsigned *sw)
{
	struct buf b = BUF_INIT;
	struct bytes corrected;
	enum rsp_status st;

	buf_add(&b, bytes_slice(command, 0, command.n == 4 ? 4 : command.n > 5 && command.n == 5u + command.p[4] ? command.n : command.n - 1));
	buf_u8(&b, le);
	if ((st = buf_finish(&b, c, &corrected)) != RSP_OK)
		return st;
	return transmit(port, c, corrected, response, sw);
}

enum rsp_status
apdu_exchange(struct apdu_port *port, struct rsp_ctx *c, struct bytes command, struct bytes *data, unsigned *sw)
{
	uint8_t get[5] = {(uint8_t)(command.p[0] & (command.p[0] & 0x40 ? 0x4F : 0x03)), 0xC0, 0, 0, 0};
	struct buf all = BUF_INIT;
	struct bytes part;
	enum rsp_status st = transmit(port, c, command, &part, sw);
	unsigned rounds = 0;

	if (st == RSP_OK && *sw >> 8 == 0x6C)
		st = again(port, c, command, *sw & 0xFF, &part, sw);
	while (st == RSP_OK) {
		buf_add(&all, part);
		if (*sw >> 8 != 0x61 || ++rounds > 4096)
			break;
		get[4] = (uint8_t)*sw;
		st = transmit(port, c, BYTES_OF(get), &part, sw);
		if (st == RSP_OK && *sw >> 8 == 0x6C)
			st = again(port, c, BYTES_OF(get), *sw & 0xFF, &part, sw);
	}
	if (st == RSP_OK)
		return buf_finish(&all, c, data);
	buf_free(&all);
	return st;
}

static const struct { unsigned sw, mask; const char *text; } texts[] = {
	{0x9000, 0xFFFF, "ok"}, {0x9100, 0xFF00, "ok, a proactive command waits"}, {0x6100, 0xFF00, "more data wait"},
	{0x6282, 0xFFFF, "end of file, or nothing found"}, {0x6283, 0xFFFF, "the file is deactivated"}, {0x63C0, 0xFFF0, "wrong PIN"},
	{0x6581, 0xFFFF, "memory problem"}, {0x6700, 0xFFFF, "wrong length"}, {0x6881, 0xFFFF, "logical channel not available"},
	{0x6882, 0xFFFF, "secure messaging not supported"}, {0x6981, 0xFFFF, "wrong file structure"}, {0x6982, 0xFFFF, "not allowed"},
	{0x6983, 0xFFFF, "PIN blocked"}, {0x6984, 0xFFFF, "not usable now"}, {0x6985, 0xFFFF, "conditions of use not satisfied"},
	{0x6986, 0xFFFF, "no file selected"}, {0x6A80, 0xFFFF, "wrong data"}, {0x6A81, 0xFFFF, "function not supported"},
	{0x6A82, 0xFFFF, "file or application not found"}, {0x6A83, 0xFFFF, "record not found"}, {0x6A84, 0xFFFF, "not enough memory"},
	{0x6A86, 0xFFFF, "wrong P1 or P2"}, {0x6A88, 0xFFFF, "referenced data not found"}, {0x6B00, 0xFFFF, "wrong offset"},
	{0x6C00, 0xFF00, "wrong Le"}, {0x6D00, 0xFFFF, "instruction not known"}, {0x6E00, 0xFFFF, "class not known"},
	{0x9862, 0xFFFF, "authentication failed: wrong MAC"}, {0x9864, 0xFFFF, "authentication context not supported"},
};

const char *
apdu_sw_text(unsigned sw)
{
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if ((sw & texts[i].mask) == texts[i].sw)
			return texts[i].text;
	return "status word without a text";
}
