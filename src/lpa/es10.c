// SPDX-License-Identifier: BSD-2-Clause
/* The card's side of the LPA: one exchange, and the simple functions of ES10a, b, c. */
#include "lpa/impl.h"

#include "codec/reasons.h"

static const uint8_t standard_isdr[16] = {0xA0, 0, 0, 5, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0, 0, 1, 0};

enum rsp_status
lpa_begin(struct lpa *l, struct rsp_ctx *c)
{
	struct bytes aid = l->options.isdr_aid.p ? l->options.isdr_aid : BYTES_OF(standard_isdr), fci;

	l->channel = (struct apdu_channel){.chunk = l->options.chunk};
	return apdu_channel_open(&l->channel, l->card, c, aid, &fci);
}

void
lpa_end(struct lpa *l, struct rsp_ctx *c)
{
	struct rsp_error kept = c->error;

	apdu_channel_close(&l->channel, c);
	c->error = kept;
}

enum rsp_status
lpa_es10(struct lpa *l, struct rsp_ctx *c, const char *what, struct bytes command, struct bytes *answer)
{
	unsigned sw;
	enum rsp_status st;

	if (l->trace.line)
		l->trace.line(l->trace.self, "card>", what, command);
	st = apdu_store_data(&l->channel, c, command, answer, &sw);
	if (st == RSP_OK && l->trace.line)
		l->trace.line(l->trace.self, "card<", what, *answer);
	if (st == RSP_REFUSED) {
		struct rsp_error e = c->error;

		return rsp_fail(c, RSP_REFUSED, "%s: %.180s", what, e.text);
	}
	return st;
}

enum rsp_status
lpa_es10_buf(struct lpa *l, struct rsp_ctx *c, const char *what, struct buf *command, struct bytes *answer)
{
	struct bytes der;
	enum rsp_status st = buf_finish(command, c, &der);

	return st == RSP_OK ? lpa_es10(l, c, what, der, answer) : st;
}

enum rsp_status
lpa_result(struct rsp_ctx *c, const char *function, struct bytes answer, uint32_t tag)
{
	const char *name;
	int result = 0;
	enum rsp_status st = es10_read_result(c, answer, tag, &result);

	if (st != RSP_OK || result == 0)
		return st;
	name = es10_error_name(function, result);
	return rsp_fail(c, RSP_REFUSED, "refused by the eUICC in %s: %s (%d)", function, name ? name : "an error without a name", result);
}

enum rsp_status
lpa_eid(struct lpa *l, struct rsp_ctx *c, uint8_t eid[16])
{
	static const uint8_t command[] = {0xBF, 0x3E, 0x03, 0x5C, 0x01, 0x5A};
	struct bytes answer;
	struct tlv t, value;
	enum rsp_status st = lpa_es10(l, c, "GetEID", BYTES_OF(command), &answer);

	if (st != RSP_OK)
		return st;
	if (tlv_only(answer, 0xBF3E, &t) != RSP_OK || tlv_only(t.value, 0x5A, &value) != RSP_OK || value.value.n != 16)
		return rsp_fail(c, RSP_MALFORMED, "GetEID: the answer holds no EID");
	memcpy(eid, value.value.p, 16);
	return RSP_OK;
}

enum rsp_status
lpa_info2(struct lpa *l, struct rsp_ctx *c, struct euicc_info2 *out)
{
	static const uint8_t command[] = {0xBF, 0x22, 0x00};
	struct bytes answer;
	enum rsp_status st = lpa_es10(l, c, "GetEUICCInfo2", BYTES_OF(command), &answer);

	return st == RSP_OK ? es10_read_info2(c, answer, out) : st;
}

enum rsp_status
lpa_addresses(struct lpa *l, struct rsp_ctx *c, struct configured_addresses *out)
{
	static const uint8_t command[] = {0xBF, 0x3C, 0x00};
	struct bytes answer;
	enum rsp_status st = lpa_es10(l, c, "GetEuiccConfiguredAddresses", BYTES_OF(command), &answer);

	return st == RSP_OK ? es10_read_configured_addresses(c, answer, out) : st;
}

enum rsp_status
lpa_set_default_dp(struct lpa *l, struct rsp_ctx *c, const char *fqdn)
{
	struct buf b = BUF_INIT;
	struct bytes answer;
	size_t mark = tlv_open(&b, 0xBF3F);
	enum rsp_status st;

	tlv_add_str(&b, 0x80, fqdn);
	tlv_close(&b, mark);
	st = lpa_es10_buf(l, c, "SetDefaultDpAddress", &b, &answer);
	return st == RSP_OK ? lpa_result(c, "SetDefaultDpAddress", answer, 0xBF3F) : st;
}

enum rsp_status
lpa_profiles(struct lpa *l, struct rsp_ctx *c, struct profile_info_list *out)
{
	static const uint8_t tags[] = {0x5A, 0x4F, 0x9F, 0x70, 0x90, 0x91, 0x92, 0x95, 0xB7, 0x99};
	const struct profile_info_req req = {.profile_class = -1, .tags = BYTES_OF(tags)};
	struct buf b = BUF_INIT;
	struct bytes answer;
	int error;
	enum rsp_status st;

	es10_write_profile_info_req(&b, &req);
	st = lpa_es10_buf(l, c, "GetProfilesInfo", &b, &answer);
	if (st == RSP_OK)
		st = es10_read_profile_info_rsp(c, answer, out, &error);
	return st == RSP_OK && error >= 0 ? rsp_fail(c, RSP_REFUSED, "GetProfilesInfo: the eUICC answers error %d", error) : st;
}

/* A profile that has been switched shows only after a reset; the session of this LPA goes on afterwards. */
static enum rsp_status
after_switch(struct lpa *l, struct rsp_ctx *c, bool refresh)
{
	if (!refresh || !l->card->reset)
		return RSP_OK;
	l->channel.open = false;
	return l->card->reset(l->card->self, c) == RSP_OK ? lpa_begin(l, c) : rsp_fail(c, RSP_IO, "the card could not be reset after the change");
}

enum rsp_status
lpa_enable(struct lpa *l, struct rsp_ctx *c, const struct profile_choice *which)
{
	struct buf b = BUF_INIT;
	struct bytes answer;
	enum rsp_status st;

	es10_write_enable_req(&b, 0xBF31, which);
	st = lpa_es10_buf(l, c, "EnableProfile", &b, &answer);
	if (st == RSP_OK)
		st = lpa_result(c, "EnableProfile", answer, 0xBF31);
	return st == RSP_OK ? after_switch(l, c, which->refresh) : st;
}

enum rsp_status
lpa_disable(struct lpa *l, struct rsp_ctx *c, const struct profile_choice *which)
{
	struct buf b = BUF_INIT;
	struct bytes answer;
	enum rsp_status st;

	es10_write_enable_req(&b, 0xBF32, which);
	st = lpa_es10_buf(l, c, "DisableProfile", &b, &answer);
	if (st == RSP_OK)
		st = lpa_result(c, "DisableProfile", answer, 0xBF32);
	return st == RSP_OK ? after_switch(l, c, which->refresh) : st;
}

enum rsp_status
lpa_delete(struct lpa *l, struct rsp_ctx *c, const struct profile_choice *which)
{
	struct buf b = BUF_INIT;
	struct bytes answer;
	enum rsp_status st;

	es10_write_delete_req(&b, which);
	st = lpa_es10_buf(l, c, "DeleteProfile", &b, &answer);
	return st == RSP_OK ? lpa_result(c, "DeleteProfile", answer, 0xBF33) : st;
}

enum rsp_status
lpa_nickname(struct lpa *l, struct rsp_ctx *c, struct bytes iccid, const char *nickname)
{
	struct buf b = BUF_INIT;
	struct bytes answer;
	enum rsp_status st;

	es10_write_set_nickname_req(&b, iccid, bytes_of_str(nickname));
	st = lpa_es10_buf(l, c, "SetNickname", &b, &answer);
	return st == RSP_OK ? lpa_result(c, "SetNickname", answer, 0xBF29) : st;
}

enum rsp_status
lpa_memory_reset(struct lpa *l, struct rsp_ctx *c, uint32_t bits)
{
	struct buf b = BUF_INIT;
	struct bytes answer;
	size_t mark = tlv_open(&b, 0xBF34);
	enum rsp_status st;

	tlv_add_bits(&b, 0x82, bits);
	tlv_close(&b, mark);
	st = lpa_es10_buf(l, c, "MemoryReset", &b, &answer);
	if (st == RSP_OK)
		st = lpa_result(c, "MemoryReset", answer, 0xBF34);
	/* the enabled profile may have been among them */
	return st == RSP_OK ? after_switch(l, c, bits & 3) : st;
}
