// SPDX-License-Identifier: BSD-2-Clause
/* The forms: ours ("phone card> GetEID BF3E..."), lpac's debug lines and JSON lines, arrows and words of others, plain hex. */
#include "dump/trace.h"

#include "base/hex.h"
#include "codec/json_in.h"

static struct bytes
word(struct bytes *rest)
{
	struct bytes w;
	size_t n = 0;

	while (rest->n && (rest->p[0] == ' ' || rest->p[0] == '\t'))
		*rest = bytes_from(*rest, 1);
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	w = bytes_slice(*rest, 0, n);
	*rest = bytes_from(*rest, n);
	return w;
}

/* Hex with blanks, colons and 0x between the octets. */
static bool
loose_hex(struct rsp_ctx *c, struct bytes text, struct bytes *out)
{
	struct buf b = BUF_INIT;
	bool good = true;
	size_t i;

	for (i = 0; i < text.n && good; i++) {
		uint8_t ch = text.p[i];

		if (ch == '0' && i + 1 < text.n && (text.p[i + 1] == 'x' || text.p[i + 1] == 'X'))
			i++;
		else if (hex_digit(ch) >= 0)
			buf_u8(&b, ch);
		else
			good = ch == ' ' || ch == ':' || ch == ',' || ch == '\t' || ch == '"';
	}
	good = good && b.n && hex_read(c, buf_bytes(&b), out) == RSP_OK;
	buf_free(&b);
	return good;
}

static const struct { const char *mark; enum line_kind kind; } own[] = {
	{"card>", LINE_ES10_COMMAND}, {"card<", LINE_ES10_RESPONSE}, {"http>", LINE_HTTP_REQUEST}, {"http<", LINE_HTTP_RESPONSE},
	{"apdu>", LINE_COMMAND}, {"apdu<", LINE_RESPONSE}, {"note", LINE_NOTE},
};

static bool
read_own(struct rsp_ctx *c, struct bytes line, struct trace_line *out)
{
	struct bytes rest = line, who = BYTES_NONE, mark = word(&rest);
	unsigned round;
	size_t i;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
			if (bytes_equal_str(mark, own[i].mark))
				goto found;
		who = mark;
		mark = word(&rest);
	}
	return false;
found:
	*out = (struct trace_line){.kind = own[i].kind, .who = who};
	if (own[i].kind == LINE_NOTE) {
		out->what = bytes_from(rest, rest.n > 0);
		return true;
	}
	out->what = word(&rest);
	out->octets = bytes_from(rest, rest.n > 0);
	if (own[i].kind == LINE_HTTP_REQUEST || own[i].kind == LINE_HTTP_RESPONSE || !out->octets.n)
		return true;
	return loose_hex(c, out->octets, &out->octets);
}

static const uint8_t *
find(struct bytes in, const char *what)
{
	return in.n ? memmem(in.p, in.n, what, strlen(what)) : NULL;
}

/* "CLA: 80, INS: E2, P1: 91, P2: 00, Lc: 03, Data: BF 2E 00": the digits after each name, in order; Lc only when there are data. */
static bool
read_fields(struct rsp_ctx *c, struct bytes line, struct trace_line *out)
{
	static const char *const command[] = {"CLA:", "INS:", "P1:", "P2:", "Lc:", "Data:", "Le:"}, *const response[] = {"Data:", "SW1:", "SW2:"};
	bool sent = find(line, command[0]) != NULL;
	const char *const *names = sent ? command : response;
	size_t n = sent ? 7 : 3, i, k;
	struct buf b = BUF_INIT;

	if (!sent && !find(line, "SW1:"))
		return false;
	for (i = 0; i < n; i++) {
		const uint8_t *at = find(line, names[i]);
		struct bytes rest = at ? bytes_from(line, (size_t)(at - line.p) + strlen(names[i])) : BYTES_NONE;

		for (k = 0; k < rest.n && (hex_digit(rest.p[k]) >= 0 || strchr(" ,x\t", rest.p[k])); k++)
			if (rest.p[k] == ',' && i != 5)
				break;
		for (; k > 0 && rest.p[k - 1] != ' ' && k < rest.n && rest.p[k] == ':'; k--)
			;
		for (size_t j = 0; j < k; j++)
			if (hex_digit(rest.p[j]) >= 0)
				buf_u8(&b, rest.p[j]);
	}
	*out = (struct trace_line){.kind = sent ? LINE_COMMAND : LINE_RESPONSE};
	i = hex_read(c, buf_bytes(&b), &out->octets) == RSP_OK;
	buf_free(&b);
	return i;
}

/* lpac's stdio backend: {"type":"apdu","payload":{"func":"transmit","param":"80E2.."}} and {"type":"apdu","payload":{"ecode":0,"data":".."}}. */
static bool
read_json(struct rsp_ctx *c, struct bytes line, struct trace_line *out)
{
	const struct json *root, *payload, *hex;
	struct bytes type, func = BYTES_NONE, text;

	if (!line.n || line.p[0] != '{' || json_read(c, line, &root) != RSP_OK || !json_text_of(json_get(root, "type"), &type) ||
		!bytes_equal_str(type, "apdu"))
		return false;
	payload = json_get(root, "payload");
	hex = json_get(payload, "data");
	*out = (struct trace_line){.kind = LINE_RESPONSE};
	if (json_text_of(json_get(payload, "func"), &func)) {
		out->kind = bytes_equal_str(func, "transmit") ? LINE_COMMAND : LINE_NOTE;
		hex = json_get(payload, "param");
	}
	out->what = func;
	if (json_text_of(hex, &text) && out->kind == LINE_NOTE)
		out->what = bytes_of_str(rsp_sprintf(c, "%.*s %.*s", (int)func.n, (const char *)func.p, (int)text.n, (const char *)text.p));
	else if (hex && json_text_of(hex, &text) && !loose_hex(c, text, &out->octets))
		return false;
	if (out->kind != LINE_NOTE && !out->octets.n)
		out->kind = LINE_NOTE, out->what = func.p ? func : bytes_of_str("answer without data");
	return true;
}

static const struct { const char *mark; enum line_kind kind; } arrows[] = {
	{"[TX]", LINE_COMMAND}, {"[RX]", LINE_RESPONSE}, {"TX:", LINE_COMMAND}, {"RX:", LINE_RESPONSE}, {"C-APDU", LINE_COMMAND}, {"R-APDU", LINE_RESPONSE},
	{"-->", LINE_COMMAND}, {"<--", LINE_RESPONSE}, {"->", LINE_COMMAND}, {"<-", LINE_RESPONSE}, {"=>", LINE_COMMAND}, {"<=", LINE_RESPONSE},
	{">>", LINE_COMMAND}, {"<<", LINE_RESPONSE}, {"Command:", LINE_COMMAND}, {"Response:", LINE_RESPONSE}, {">", LINE_COMMAND}, {"<", LINE_RESPONSE},
};

static bool
read_arrow(struct rsp_ctx *c, struct bytes line, struct trace_line *out)
{
	size_t i;

	for (i = 0; i < sizeof(arrows) / sizeof(arrows[0]); i++) {
		const uint8_t *at = find(line, arrows[i].mark);

		if (!at)
			continue;
		*out = (struct trace_line){.kind = arrows[i].kind};
		return loose_hex(c, bytes_from(line, (size_t)(at - line.p) + strlen(arrows[i].mark)), &out->octets);
	}
	return false;
}

void
trace_line_read(struct rsp_ctx *c, struct bytes line, struct trace_line *out)
{
	while (line.n && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' '))
		line.n--;
	if (!line.n || read_own(c, line, out) || read_json(c, line, out) || read_fields(c, line, out) || read_arrow(c, line, out)) {
		if (!line.n)
			*out = (struct trace_line){LINE_NONE, BYTES_NONE, BYTES_NONE, BYTES_NONE};
		return;
	}
	*out = (struct trace_line){.kind = LINE_HEX};
	if (!loose_hex(c, line, &out->octets))
		out->kind = LINE_NONE;
}
