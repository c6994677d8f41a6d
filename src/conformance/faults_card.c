// SPDX-License-Identifier: BSD-2-Clause
/* Between the card and the LPA. A command that becomes one without effect stands for one that the card does not obey. */
#include "conformance/faults_card.h"

#include "tlv/mutate.h"

static bool
is(const char *tag, const char *wanted)
{
	return strcmp(tag, wanted) == 0;
}

static struct bytes
fixed(struct rsp_ctx *c, const char *octets, size_t n)
{
	return rsp_copy(c, bytes_of(octets, n));
}

static void
without(struct rsp_ctx *c, struct bytes *der, const char *path)
{
	struct bytes out;

	if (tlv_mutate_delete(c, *der, path, &out) == RSP_OK)
		*der = out;
	c->error = (struct rsp_error){0};
}

static void
with_value(struct rsp_ctx *c, struct bytes *der, const char *path, struct bytes value)
{
	struct bytes out;

	if (tlv_mutate_value(c, *der, path, value, &out) == RSP_OK)
		*der = out;
	c->error = (struct rsp_error){0};
}

/* ---- commands ---- */

void
card_whole_list(struct world *w, struct rsp_ctx *c, const char *tag, struct bytes *command)
{
	(void)w;
	if (is(tag, "BF2D"))
		without(c, command, "BF2D/A0");
	if (is(tag, "BF2B"))
		without(c, command, "BF2B/A0");
}

void
card_no_filter(struct world *w, struct rsp_ctx *c, const char *tag, struct bytes *command)
{
	(void)w;
	if (is(tag, "BF28"))
		without(c, command, "BF28/81");
}

void
card_icc_only(struct world *w, struct rsp_ctx *c, const char *tag, struct bytes *command)
{
	static const char nobody[] = "\xA0\x00\x00\x05\x59\x10\x10\xFF\xFF\xFF\xFF\x89\x00\x00\xFF\x00";
	const char *paths[] = {"BF2D/A0/4F", "BF31/A0/4F", "BF32/A0/4F", "BF33/4F"};
	size_t i;

	(void)w;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (strncmp(paths[i], tag, 4) == 0)
			with_value(c, command, paths[i], bytes_of(nobody, 16));
}

/* The profile changes at the next reset only, whatever the flag says. */
void
card_refresh_always(struct world *w, struct rsp_ctx *c, const char *tag, struct bytes *command)
{
	(void)w;
	(void)c;
	if ((is(tag, "BF31") || is(tag, "BF32")) && command->n)
		*command = bytes_of("\xBF\x2E\x00", 3);
}

void
card_keeps_notifications(struct world *w, struct rsp_ctx *c, const char *tag, struct bytes *command)
{
	(void)w;
	if (is(tag, "BF30"))
		with_value(c, command, "BF30/80", bytes_of("\x0F\xFF", 2));
}

void
card_ppk_unknown(struct world *w, struct rsp_ctx *c, const char *tag, struct bytes *command)
{
	(void)w;
	(void)c;
	if (is(tag, "A2"))
		*command = bytes_of("\xA2\x00", 2);
}

void
card_default_dp_forgotten(struct world *w, struct rsp_ctx *c, const char *tag, struct bytes *command)
{
	(void)w;
	if (is(tag, "BF3F"))
		with_value(c, command, "BF3F/80", bytes_of("", 0));
}

void
card_default_dp_stays(struct world *w, struct rsp_ctx *c, const char *tag, struct bytes *command)
{
	struct tlv t;

	(void)w;
	(void)c;
	if (is(tag, "BF3F") && tlv_at(*command, "BF3F/80", &t) == RSP_OK && !t.value.n)
		*command = bytes_of("\xBF\x20\x00", 3);
}

void
card_no_reset_bits(struct world *w, struct rsp_ctx *c, const char *tag, struct bytes *command)
{
	(void)w;
	if (is(tag, "BF34"))
		with_value(c, command, "BF34/82", bytes_of("\x07\x80", 2));
}

void
card_nickname_ascii(struct world *w, struct rsp_ctx *c, const char *tag, struct bytes *command)
{
	struct bytes text;
	struct tlv t;
	size_t i;

	(void)w;
	if (!is(tag, "BF29") || tlv_at(*command, "BF29/90", &t) != RSP_OK || !t.value.n)
		return;
	text = rsp_copy(c, t.value);
	for (i = 0; i < text.n; i++)
		if (text.p[i] & 0x80)
			((uint8_t *)(uintptr_t)text.p)[i] = '?';
	with_value(c, command, "BF29/90", text);
}

/* A key pair that was kept is forgotten at a reset, and a session begins with a challenge: so none is kept between sessions. */
void
card_otpk_proposal_unread(struct world *w, struct rsp_ctx *c, const char *tag, struct bytes *command)
{
	(void)c;
	(void)command;
	if (is(tag, "BF2E") && w->card->euicc)
		euicc_reset(w->card->euicc);
}

void
card_no_code(struct world *w, struct rsp_ctx *c, const char *tag, struct bytes *command)
{
	(void)w;
	if (is(tag, "BF21"))
		without(c, command, "BF21/04");
}

void
card_strict_schema(struct world *w, struct rsp_ctx *c, const char *tag, struct bytes *command)
{
	struct tlv t;

	(void)w;
	(void)c;
	if (is(tag, "BF38") && tlv_at(*command, "BF38/30/86", &t) == RSP_OK)
		*command = bytes_of("\xBF\x38\x00", 3);
}

void
card_one_block(struct world *w, struct rsp_ctx *c, const char *tag, struct bytes *command)
{
	(void)w;
	if (!is(tag, "APDU") || command->n < 4 || command->p[1] != 0xE2 || !command->p[3])
		return;
	*command = rsp_copy(c, *command);
	((uint8_t *)(uintptr_t)command->p)[3] = 0x7F;
}

/* ---- answers ---- */

void
card_empty_list_is_error(struct world *w, struct rsp_ctx *c, const char *tag, unsigned *sw, struct bytes *answer)
{
	struct tlv t;

	(void)w;
	(void)sw;
	if ((is(tag, "BF2B") && tlv_at(*answer, "BF2B/A0", &t) == RSP_OK && !t.value.n))
		*answer = fixed(c, "\xBF\x2B\x03\x81\x01\x01", 6);
	if ((is(tag, "BF28") && tlv_at(*answer, "BF28/A0", &t) == RSP_OK && !t.value.n))
		*answer = fixed(c, "\xBF\x28\x03\x81\x01\x01", 6);
	if ((is(tag, "BF2D") && tlv_at(*answer, "BF2D/A0", &t) == RSP_OK && !t.value.n))
		*answer = fixed(c, "\xBF\x2D\x03\x81\x01\x01", 6);
}

void
card_same_challenge(struct world *w, struct rsp_ctx *c, const char *tag, unsigned *sw, struct bytes *answer)
{
	static const uint8_t one[16] = {1};

	(void)w;
	(void)sw;
	if (is(tag, "BF2E"))
		with_value(c, answer, "BF2E/80", BYTES_OF(one));
}

static void
spoil(struct rsp_ctx *c, struct bytes *answer, const char *path)
{
	struct bytes v;
	struct tlv t;

	if (tlv_at(*answer, path, &t) != RSP_OK || !t.value.n)
		return;
	v = rsp_copy(c, t.value);
	((uint8_t *)(uintptr_t)v.p)[v.n - 1] ^= 1;
	with_value(c, answer, path, v);
}

void
card_signature1_bad(struct world *w, struct rsp_ctx *c, const char *tag, unsigned *sw, struct bytes *answer)
{
	(void)w;
	(void)sw;
	if (is(tag, "BF38"))
		spoil(c, answer, "BF38/A0/5F37");
}

void
card_result_unsigned(struct world *w, struct rsp_ctx *c, const char *tag, unsigned *sw, struct bytes *answer)
{
	(void)w;
	(void)sw;
	(void)tag;
	spoil(c, answer, "BF37/5F37");
}

void
card_short_info2(struct world *w, struct rsp_ctx *c, const char *tag, unsigned *sw, struct bytes *answer)
{
	(void)w;
	(void)sw;
	if (is(tag, "BF22"))
		without(c, answer, "BF22/0C");
}

void
card_other_version(struct world *w, struct rsp_ctx *c, const char *tag, unsigned *sw, struct bytes *answer)
{
	(void)w;
	(void)sw;
	if (is(tag, "BF20"))
		with_value(c, answer, "BF20/82", bytes_of("\x02\x00\x00", 3));
}

void
card_no_signing_list(struct world *w, struct rsp_ctx *c, const char *tag, unsigned *sw, struct bytes *answer)
{
	(void)w;
	(void)sw;
	if (is(tag, "BF20"))
		without(c, answer, "BF20/AA");
}

void
card_no_root_ds(struct world *w, struct rsp_ctx *c, const char *tag, unsigned *sw, struct bytes *answer)
{
	(void)w;
	(void)sw;
	if (is(tag, "BF3C"))
		without(c, answer, "BF3C/81");
}

void
card_errors_as_words(struct world *w, struct rsp_ctx *c, const char *tag, unsigned *sw, struct bytes *answer)
{
	static const char *const paths[] = {"BF29/80", "BF30/80", "BF31/80", "BF32/80", "BF33/80", "BF34/80", "BF38/A1/02", "BF21/A1/02", "BF41/81"};
	struct tlv t;
	size_t i;

	(void)w;
	(void)c;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (strncmp(paths[i], tag, 4) == 0 && tlv_at(*answer, paths[i], &t) == RSP_OK && t.value.n == 1 && t.value.p[0]) {
			*sw = 0x6985;
			*answer = BYTES_NONE;
			return;
		}
}

void
card_malformed_6f00(struct world *w, struct rsp_ctx *c, const char *tag, unsigned *sw, struct bytes *answer)
{
	(void)w;
	(void)c;
	(void)tag;
	(void)answer;
	if (*sw == 0x6A80 || *sw == 0x6A88)
		*sw = 0x6F00;
}

void
card_tells_all(struct world *w, struct rsp_ctx *c, const char *tag, unsigned *sw, struct bytes *answer)
{
	struct bytes out;

	(void)w;
	(void)sw;
	if (is(tag, "BF2D") && tlv_mutate_append(c, *answer, "BF2D/A0/E3", bytes_of("\xB6\x00\x92\x01x", 5), &out) == RSP_OK)
		*answer = out;
	c->error = (struct rsp_error){0};
}

void
card_short_eid(struct world *w, struct rsp_ctx *c, const char *tag, unsigned *sw, struct bytes *answer)
{
	(void)w;
	(void)sw;
	if (is(tag, "BF3E"))
		with_value(c, answer, "BF3E/5A", bytes_of("\x89\x04\x90\x32", 4));
}

void
card_no_rat(struct world *w, struct rsp_ctx *c, const char *tag, unsigned *sw, struct bytes *answer)
{
	(void)w;
	(void)c;
	if (!is(tag, "BF43"))
		return;
	*sw = 0x6A88;
	*answer = BYTES_NONE;
}
