// SPDX-License-Identifier: BSD-2-Clause
/* ES10 by tag. What a command changes becomes durable before its answer leaves, or not at all. */
#include "euicc/impl.h"
#include "tlv/tlv.h"

static const struct { uint32_t tag; es10_function *run; } functions[] = {
	{0xBF20, es10_get_info1}, {0xBF21, es10_prepare_download}, {0xBF22, es10_get_info2}, {0xBF28, es10_list_notification},
	{0xBF29, es10_set_nickname}, {0xBF2B, es10_retrieve_notifications}, {0xBF2D, es10_profiles_info}, {0xBF2E, es10_get_challenge},
	{0xBF30, es10_notification_sent}, {0xBF31, es10_enable}, {0xBF32, es10_disable}, {0xBF33, es10_delete}, {0xBF34, es10_memory_reset},
	{0xBF35, es10_load_crl}, {0xBF38, es10_authenticate_server}, {0xBF3C, es10_configured_addresses}, {0xBF3E, es10_get_eid},
	{0xBF3F, es10_set_default_dp}, {0xBF41, es10_cancel_session}, {0xBF43, es10_get_rat},
	{0xBF36, es10_load_bpp}, {0xA0, es10_load_bpp}, {0xA1, es10_load_bpp}, {0xA2, es10_load_bpp}, {0xA3, es10_load_bpp},
	{0x86, es10_load_bpp}, {0x88, es10_load_bpp},
};

static es10_function *
find(uint32_t tag)
{
	size_t i;

	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (functions[i].tag == tag)
			return functions[i].run;
	return NULL;
}

static unsigned
status_word(enum rsp_status st)
{
	if (st == RSP_OK)
		return 0x9000;
	return st == RSP_MALFORMED || st == RSP_LIMIT ? 0x6A80 : st == RSP_IO || st == RSP_NOMEM ? 0x6581 : 0x6985;
}

/* The change lasts: now what follows from it. */
static enum rsp_status
finish(struct rsp_ctx *c, struct es10_call *call, struct bytes *data)
{
	enum rsp_status st = call->serve ? profiles_serve(call->e, c) : RSP_OK;

	if (call->refresh)
		card_want_refresh(call->e);
	return st == RSP_OK ? buf_finish(&call->reply, c, data) : st;
}

enum rsp_status
euicc_es10(struct euicc *e, struct rsp_ctx *c, struct bytes command, struct bytes *data, unsigned *sw)
{
	struct es10_call call = {.e = e, .command = command, .sw = 0x9000};
	size_t n;
	uint32_t tag = 0;
	es10_function *run = tlv_header_size(command, &tag, &n) ? find(tag) : NULL;
	enum rsp_status st;

	*data = BYTES_NONE;
	*sw = 0x6A88;
	if (!run)
		return RSP_OK;
	st = run(c, &call);
	if (st == RSP_OK && call.sw == 0x9000)
		st = e->nvm->commit(e->nvm->self, c);
	if (st == RSP_OK && call.sw == 0x9000)
		st = finish(c, &call, data);
	else
		e->nvm->abort(e->nvm->self);
	buf_free(&call.reply);
	*sw = st == RSP_OK ? call.sw : status_word(st);
	return st == RSP_IO || st == RSP_NOMEM ? st : RSP_OK;
}
