// SPDX-License-Identifier: BSD-2-Clause
/* Commands of the UICC by table; the priority of errors is class, channel, instruction, then the command's own (ETSI TS 102 221 10.2). */
#include "crypto/crypto.h"
#include "uicc/impl.h"

#include <stdio.h>
#include <stdlib.h>

enum form { FORM_0X, FORM_8X, FORM_80 };

static const struct { uint8_t ins; enum form form; unsigned (*run)(struct uicc_call *k); } commands[] = {
	{0xA4, FORM_0X, run_select}, {0xF2, FORM_8X, run_status},
	{0xB0, FORM_0X, run_read_binary}, {0xD6, FORM_0X, run_update_binary},
	{0xB2, FORM_0X, run_read_record}, {0xDC, FORM_0X, run_update_record}, {0xA2, FORM_0X, run_search_record},
	{0x32, FORM_8X, run_increase}, {0xCB, FORM_8X, run_retrieve_data}, {0xDB, FORM_8X, run_set_data},
	{0x20, FORM_0X, run_pin}, {0x24, FORM_0X, run_pin}, {0x26, FORM_0X, run_pin}, {0x28, FORM_0X, run_pin}, {0x2C, FORM_0X, run_pin},
	{0x44, FORM_0X, run_activate}, {0x04, FORM_0X, run_deactivate},
	{0xE0, FORM_0X, run_create}, {0xE4, FORM_0X, run_delete}, {0xD4, FORM_8X, run_resize},
	{0xE6, FORM_0X, run_terminate_df}, {0xE8, FORM_0X, run_terminate_ef}, {0xFE, FORM_0X, run_terminate_card},
	{0xC2, FORM_80, run_envelope}, {0x78, FORM_8X, run_get_identity}, {0x88, FORM_0X, run_authenticate}, {0x84, FORM_0X, run_challenge},
};

enum rsp_status
uicc_open(struct rsp_ctx *c, struct nvm *nvm, const char *prefix, struct uicc **out)
{
	struct uicc *u = calloc(1, sizeof(*u));

	if (!u)
		return rsp_fail(c, RSP_NOMEM, "no memory for a UICC");
	u->nvm = nvm;
	snprintf(u->prefix, sizeof(u->prefix), "%.14s", prefix ? prefix : "");
	uicc_reset(u);
	*out = u;
	return RSP_OK;
}

void
channel_clear(struct channel *ch)
{
	buf_free(&ch->transfer.data);
	*ch = (struct channel){0};
}

void
uicc_close(struct uicc *u)
{
	unsigned i;

	if (!u)
		return;
	for (i = 0; i < CHANNELS; i++)
		channel_clear(&u->channel[i]);
	sms_forget(u);
	buf_free(&u->proactive);
	free(u);
}

void
uicc_reset(struct uicc *u)
{
	unsigned i;

	for (i = 0; i < CHANNELS; i++)
		channel_clear(&u->channel[i]);
	u->channel[0].open = true;
	pin_forget_all(u);
	sms_forget(u);
	buf_free(&u->proactive);
}

void
uicc_set_ports(struct uicc *u, const struct uicc_ports *ports)
{
	u->ports = ports;
}

bool
uicc_take_proactive(struct uicc *u, struct buf *out)
{
	bool any = u->proactive.n > 0;

	buf_add(out, buf_bytes(&u->proactive));
	buf_free(&u->proactive);
	return any;
}

void
uicc_channel_open(struct uicc *u, unsigned channel, unsigned from)
{
	struct channel *ch = &u->channel[channel], *source = &u->channel[from];

	channel_clear(ch);
	ch->open = true;
	if (from == 0)
		return;
	ch->df = source->df;
	ch->ef = source->ef;
	ch->has_ef = source->has_ef;
	ch->adf = source->adf;
	ch->aid_n = source->aid_n;
	memcpy(ch->aid, source->aid, sizeof(ch->aid));
}

void
uicc_channel_close(struct uicc *u, unsigned channel)
{
	channel_clear(&u->channel[channel]);
}

static bool
class_ok(const struct uicc_call *k, enum form form)
{
	if (k->remote)
		return true;
	return form == FORM_80 ? k->a->cla == 0x80 : (k->a->cla >> 7) == (form == FORM_8X);
}

/* Without a profile there is an MF, random numbers, and nobody behind ENVELOPE. */
static bool
serves_without_profile(uint8_t ins)
{
	return ins == 0xA4 || ins == 0xF2 || ins == 0x84 || ins == 0xC2;
}

unsigned
run_command(struct uicc_call *k)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]) && commands[i].ins != k->a->ins; i++)
		;
	if (i == sizeof(commands) / sizeof(commands[0]))
		return 0x6D00;
	if (!class_ok(k, commands[i].form))
		return 0x6E00;
	if (!k->u->prefix[0] && !serves_without_profile(k->a->ins))
		return 0x6D00;
	return commands[i].run(k);
}

enum rsp_status
uicc_command(struct uicc *u, struct rsp_ctx *c, const struct apdu *a, struct bytes *data, unsigned *sw)
{
	struct uicc_call k = {.u = u, .c = c, .a = a, .ch = &u->channel[a->channel]};

	*sw = k.ch->open ? run_command(&k) : 0x6881;
	*data = k.data;
	return c->error.status == RSP_NOMEM || c->error.status == RSP_IO ? c->error.status : RSP_OK;
}

unsigned
run_challenge(struct uicc_call *k)
{
	uint8_t *p = rsp_alloc(k->c, 256);
	size_t n = k->a->le ? k->a->le : 8;

	if (k->a->p1 || k->a->p2)
		return 0x6A86;
	if (k->a->data.p)
		return 0x6700;
	if (!p || crypto_random(k->c, p, n) != RSP_OK)
		return 0x6F00;
	k->data = bytes_of(p, n);
	return 0x9000;
}
