// SPDX-License-Identifier: BSD-2-Clause
/* What is it? The forms that say so themselves first, then text that stands for octets, then octets. */
#include "dump/impl.h"

#include "apdu/apdu.h"
#include "base/base64.h"
#include "base/hex.h"
#include "base/utf8.h"

static bool
is_text(struct bytes in)
{
	size_t i;

	for (i = 0; i < in.n; i++)
		if ((in.p[i] < 0x20 && in.p[i] != '\n' && in.p[i] != '\r' && in.p[i] != '\t') || in.p[i] == 0x7F)
			return false;
	return in.n && utf8_valid(in);
}

struct bytes
dump_trim(struct bytes s)
{
	while (s.n && s.p[0] <= ' ')
		s = bytes_from(s, 1);
	while (s.n && s.p[s.n - 1] <= ' ')
		s.n--;
	return s;
}

static bool
without_blanks(struct dump *d, struct bytes text, struct bytes *out)
{
	struct buf b = BUF_INIT;
	size_t i;

	for (i = 0; i < text.n; i++)
		if (text.p[i] > ' ')
			buf_u8(&b, text.p[i]);
	return buf_finish(&b, d->c, out) == RSP_OK;
}

void
dump_octets(struct dump *d, struct dump_node *parent, struct bytes in, const char *hint)
{
	if (dump_is_package(in))
		dump_package(d, parent, in);
	else
		dump_der(d, parent, in, in, hint);
}

/* One line of hex: TLVs when they are, else an APDU. */
static bool
say_hex(struct dump *d, struct bytes packed)
{
	struct bytes octets;
	struct apdu a;

	if (hex_read(d->c, packed, &octets) != RSP_OK || octets.n < 2)
		return false;
	if (!tlv_all_well_formed(octets) && apdu_read(octets, &a) == RSP_OK && dump_ins_name(a.ins) &&
		dump_trace(d, bytes_of_str(rsp_sprintf(d->c, "> %s", hex_of(d->c, octets)))))
		return true;
	d->root->base = true;
	dump_octets(d, d->root, octets, NULL);
	return true;
}

static bool
say_base64(struct dump *d, struct bytes packed)
{
	struct bytes octets;

	if (packed.n < 8 || base64_read(d->c, packed, &octets) != RSP_OK)
		return false;
	d->root->base = true;
	dump_octets(d, d->root, octets, NULL);
	return true;
}

static bool
say_text(struct dump *d, struct bytes in)
{
	struct bytes text = dump_trim(in), packed;

	if (!text.n)
		return false;
	if (dump_pem(d, text) || dump_words(d, text))
		return true;
	if (dump_trace(d, in))
		return true;
	if (text.p[0] == '{' || text.p[0] == '[') {
		if (!dump_body(d, d->root, text))
			dump_complain(d, d->root, 'E', "%s", d->c->error.text);
		return true;
	}
	return without_blanks(d, text, &packed) && (say_hex(d, packed) || say_base64(d, packed));
}

enum rsp_status
dump_any(struct rsp_ctx *c, const struct dump_options *o, struct bytes in, struct dump *d)
{
	*d = (struct dump){.c = c, .o = *o, .root = rsp_alloc(c, sizeof(*d->root))};
	if (!d->root)
		return RSP_NOMEM;
	d->root->name = "";
	d->root->base = true;
	if (!in.n)
		dump_complain(d, d->root, 'E', "want something to explain, have nothing");
	else if (in.n > DUMP_INPUT)
		dump_complain(d, d->root, 'E', "at most %u octets are explained, these are %zu", DUMP_INPUT, in.n);
	else if (!dump_capture(d, in) && (!is_text(in) || !say_text(d, in))) {
		if (is_text(in))
			dump_complain(d, d->root, 'E', "neither hex, base64, JSON, PEM, a trace nor a code");
		else
			dump_octets(d, d->root, in, NULL);
	}
	if (!d->root->child)
		dump_complain(d, d->root, 'E', "nothing is in it");
	return RSP_OK;
}
