// SPDX-License-Identifier: BSD-2-Clause
#include "codec/ids.h"

static unsigned
mod97(const uint8_t eid[16])
{
	unsigned r = 0;
	size_t i;

	for (i = 0; i < 16; i++)
		r = ((r * 10 + (eid[i] >> 4)) * 10 + (eid[i] & 15)) % 97;
	return r;
}

enum rsp_status
eid_read(struct rsp_ctx *c, const char *text, uint8_t eid[16])
{
	uint8_t v[16];
	size_t i;

	if (strlen(text) != 32 || strspn(text, "0123456789") != 32)
		return rsp_fail(c, RSP_MALFORMED, "EID: want 32 digits, have '%.40s'", text);
	for (i = 0; i < 16; i++)
		v[i] = (uint8_t)((text[2 * i] - '0') << 4 | (text[2 * i + 1] - '0'));
	if (mod97(v) != 1)
		return rsp_fail(c, RSP_MALFORMED, "EID %s: the check digits are wrong", text);
	memcpy(eid, v, 16);
	return RSP_OK;
}

void
eid_text(const uint8_t eid[16], char out[EID_TEXT])
{
	size_t i;

	for (i = 0; i < 32; i++)
		out[i] = "0123456789ABCDEF"[i % 2 ? eid[i / 2] & 15 : eid[i / 2] >> 4];
	out[32] = '\0';
}

void
eid_set_check(uint8_t eid[16])
{
	unsigned check;

	eid[15] = 0;
	check = 98 - mod97(eid);
	eid[15] = (uint8_t)(check / 10 << 4 | check % 10);
}
