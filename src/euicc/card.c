// SPDX-License-Identifier: BSD-2-Clause
/*
 * The card as a reader sees it: logical channels, selection of applications, the T=0 way of answering (ETSI TS 102 221 7.3), and which
 * application a command is for.
 */
#include <stdio.h>
#include <stdlib.h>

#include "euicc/impl.h"
#include "tlv/tlv.h"

struct card_call { struct euicc *e; struct rsp_ctx *c; struct apdu a; struct bytes data; };

struct bytes
euicc_atr(const struct euicc *e)
{
	return bytes_of(e->traits->atr, e->traits->atr_n);
}

struct euicc_checks *
euicc_checks(struct euicc *e)
{
	return &e->checks;
}

void
euicc_set_test_mode(struct euicc *e, bool on)
{
	e->test_mode = on;
}

static void
drop_response(struct euicc *e)
{
	buf_free(&e->response.data);
	e->response.at = 0;
	e->response.waiting = false;
}

enum rsp_status
euicc_open(struct rsp_ctx *c, struct nvm *nvm, struct crypto *crypto, struct euicc **out)
{
	struct euicc *e = calloc(1, sizeof(*e));
	struct bytes eid;
	enum rsp_status st;

	if (!e)
		return rsp_fail(c, RSP_NOMEM, "no memory for a eUICC");
	e->nvm = nvm;
	e->crypto = crypto;
	e->checks = (struct euicc_checks){euicc_authenticate_checks, euicc_prepare_checks, euicc_cancel_checks, euicc_channel_checks,
		euicc_metadata_checks, euicc_enable_checks, euicc_disable_checks, euicc_delete_checks};
	if (!state_get(e, "eid", &eid) || eid.n != 16) {
		free(e);
		return rsp_fail(c, RSP_MALFORMED, "the image holds no personalised eUICC");
	}
	memcpy(e->eid, eid.p, 16);
	st = traits_load(c, e);
	e->test_mode = e->traits->test_mode;
	if (st == RSP_OK)
		st = branches_find(c, e);
	if (st == RSP_OK)
		st = load_recover(e, c);
	if (st != RSP_OK) {
		euicc_close(e);
		return st;
	}
	e->open[0] = true;
	*out = e;
	return RSP_OK;
}

static void
forget(struct euicc *e)
{
	unsigned i;

	session_end(e);
	kept_pair_forget(e);
	branches_drop(e);
	uicc_close(e->uicc);
	e->uicc = NULL;
	e->switch_pending = false;
	drop_response(e);
	buf_free(&e->proactive);
	e->fetched = false;
	for (i = 0; i < CHANNELS; i++) {
		store_data_reset(&e->chain[i]);
		e->open[i] = i == 0;
		e->app[i] = APP_UICC;
	}
}

void
euicc_close(struct euicc *e)
{
	if (!e)
		return;
	forget(e);
	free(e->own_traits);
	free(e);
}

void
euicc_reset(struct euicc *e)
{
	struct rsp_ctx c;
	enum rsp_status st;

	forget(e);
	if (rsp_ctx_init(&c, e->crypto, 0) != RSP_OK)
		return;
	st = load_recover(e, &c);        /* on failure its note stays, for the next start */
	(void)st;
	rsp_ctx_free(&c);
}

/* ---- REFRESH (ETSI TS 102 223 6.4.7): UICC reset ---- */

void
card_want_refresh(struct euicc *e)
{
	static const uint8_t refresh[] = {0xD0, 0x09, 0x81, 0x03, 0x01, 0x01, 0x04, 0x82, 0x02, 0x81, 0x82};

	buf_reset(&e->proactive);
	buf_add(&e->proactive, BYTES_OF(refresh));
	e->switch_pending = true;
}

static unsigned
fetch(struct card_call *k)
{
	struct euicc *e = k->e;

	if (k->a.p1 || k->a.p2)
		return 0x6A86;
	if (k->a.data.p)
		return 0x6700;
	if (!e->proactive.n)
		return 0x6985;
	if (k->a.le != e->proactive.n)
		return 0x6C00 | (unsigned)(e->proactive.n & 0xFF);
	e->fetched = true;
	k->data = rsp_copy(k->c, buf_bytes(&e->proactive));
	return 0x9000;
}

/* A comparison TLV of the toolkit: the high bit of its tag says nothing. */
static bool
toolkit_find(struct bytes list, uint8_t tag, struct tlv *out)
{
	while (list.n && tlv_next(&list, out) == RSP_OK)
		if (out->tag < 0x100 && (out->tag & 0x7F) == tag)
			return true;
	return false;
}

/* Done (0x, 1x): what waited for it happens. Try again (2x): the command is announced once more. Never (3x): it has gone, a reset does the rest. */
static unsigned
terminal_response(struct card_call *k)
{
	struct euicc *e = k->e;
	struct tlv details, result;

	if (k->a.p1 || k->a.p2)
		return 0x6A86;
	if (!k->a.data.n)
		return 0x6700;
	if (!e->fetched)
		return 0x6985;
	if (!tlv_all_well_formed(k->a.data) || !toolkit_find(k->a.data, 0x01, &details) || details.value.n != 3 ||
		!toolkit_find(k->a.data, 0x03, &result) || !result.value.n)
		return 0x6A80;
	e->fetched = false;
	if (result.value.p[0] >> 4 == 2)
		return 0x9000;
	buf_free(&e->proactive);
	if (result.value.p[0] >> 4 < 2 && e->switch_pending && profiles_serve(e, k->c) == RSP_OK)
		e->switch_pending = false;
	return 0x9000;
}

/* Templates and lists that the terminal tells of itself; nothing here depends on them. */
static unsigned
terminal_capability(struct card_call *k)
{
	struct tlv t;

	if (k->a.p1 || k->a.p2)
		return 0x6A86;
	if (!k->a.data.n)
		return 0x6700;
	return tlv_only(k->a.data, 0xA9, &t) == RSP_OK && tlv_all_well_formed(t.value) ? 0x9000 : 0x6A80;
}

static unsigned
terminal_profile(struct card_call *k)
{
	if (k->a.p1 || k->a.p2)
		return 0x6A86;
	return k->a.data.n ? 0x9000 : 0x6700;
}

/* ---- channels ---- */

/* Nobody has a channel and no session goes on: the library's objects may go until they are needed again. */
static void
rest(struct euicc *e)
{
	unsigned i;

	for (i = 1; i < CHANNELS; i++)
		if (e->open[i])
			return;
	if (!e->session.authenticated)
		branches_drop(e);
}

static unsigned
manage_channel(struct card_call *k)
{
	struct euicc *e = k->e;
	unsigned n = k->a.p2;
	uint8_t *number;

	if (k->a.p1 == 0x80) {
		if (n == 0 || n >= CHANNELS)
			return 0x6A86;
		if (!e->open[n])
			return 0x6881;
		e->open[n] = false;
		store_data_reset(&e->chain[n]);
		if (e->uicc)
			uicc_channel_close(e->uicc, n);
		rest(e);
		return 0x9000;
	}
	if (k->a.p1 || n >= CHANNELS)
		return 0x6A86;
	if (n && e->open[n])
		return 0x6985;
	for (number = NULL; !n;) {
		for (n = 1; n < CHANNELS && e->open[n]; n++)
			;
		if (n == CHANNELS)
			return 0x6A81;
		if (!(number = rsp_alloc(k->c, 1)))
			return 0x6F00;
		*number = (uint8_t)n;
		k->data = bytes_of(number, 1);
	}
	e->open[n] = true;
	e->app[n] = k->a.channel ? e->app[k->a.channel] : APP_UICC;
	store_data_reset(&e->chain[n]);
	if (e->uicc)
		uicc_channel_open(e->uicc, n, k->a.channel);
	return 0x9000;
}

/* ---- selection ---- */

static unsigned
fci(struct card_call *k, struct bytes aid, bool isdr)
{
	static const uint8_t longest[] = {0x9F, 0x65, 0x01, 0xFF};
	struct buf b = BUF_INIT;
	size_t mark = tlv_open(&b, 0x6F), e0;

	tlv_add(&b, 0x84, aid);
	tlv_add(&b, 0xA5, BYTES_OF(longest));
	if (isdr) {
		e0 = tlv_open(&b, 0xE0);
		tlv_add(&b, 0x82, BYTES_OF(k->e->traits->svn));
		tlv_close(&b, e0);
	}
	tlv_close(&b, mark);
	return buf_finish(&b, k->c, &k->data) == RSP_OK ? 0x9000 : 0x6F00;
}

static unsigned
select_by_name(struct card_call *k)
{
	struct euicc *e = k->e;
	const struct bytes own = bytes_of(e->traits->isdr_aid, e->traits->isdr_aid_n);
	unsigned sw = 0x6A82;

	if (k->a.p2 & 0xB0)
		return 0x6A86;
	if (!k->a.data.n)
		return 0x6A82;
	if (k->a.data.n > 16)
		return 0x6A80;
	if (bytes_equal(k->a.data, own) || bytes_equal(k->a.data, BYTES_OF(ecasd_aid))) {
		bool isdr = bytes_equal(k->a.data, own);

		e->app[k->a.channel] = isdr ? APP_ISDR : APP_ECASD;
		store_data_reset(&e->chain[k->a.channel]);
		return fci(k, isdr ? own : BYTES_OF(ecasd_aid), isdr);
	}
	if (profiles_ready(e, k->c) != RSP_OK || uicc_select_aid(e->uicc, k->c, &k->a, &k->data, &sw) != RSP_OK)
		return 0x6F00;
	if (sw == 0x9000 || sw >> 8 == 0x62)
		e->app[k->a.channel] = APP_UICC;
	return sw;
}

/* ---- applications ---- */

static unsigned
isdr(struct card_call *k, enum rsp_status *st)
{
	struct bytes whole = BYTES_NONE;
	unsigned sw = 0x6D00;

	if (k->a.ins != 0xE2)
		return 0x6D00;
	if (!(k->a.cla & 0x80))
		return 0x6E00;
	if (store_data_feed(&k->e->chain[k->a.channel], &k->a, COMMAND_MAX, &whole, &sw) != RSP_OK || !whole.p)
		return sw;
	*st = euicc_es10(k->e, k->c, whole, &k->data, &sw);
	buf_reset(&k->e->chain[k->a.channel].data);
	return sw;
}

/* ECASD: GET DATA 5A is the EID. */
static unsigned
ecasd(struct card_call *k)
{
	struct buf b = BUF_INIT;

	if (k->a.ins != 0xCA)
		return 0x6D00;
	if (k->a.p1 || k->a.p2 != 0x5A)
		return 0x6A88;
	tlv_add(&b, 0x5A, BYTES_OF(k->e->eid));
	return buf_finish(&b, k->c, &k->data) == RSP_OK ? 0x9000 : 0x6F00;
}

/* One command of the UICC, all of it or nothing. */
static unsigned
to_uicc(struct card_call *k, enum rsp_status *st)
{
	struct euicc *e = k->e;
	unsigned sw = 0x6F00;

	if ((*st = profiles_ready(e, k->c)) != RSP_OK)
		return 0x6F00;
	*st = uicc_command(e->uicc, k->c, &k->a, &k->data, &sw);
	if (*st == RSP_OK)
		*st = e->nvm->commit(e->nvm->self, k->c);
	else
		e->nvm->abort(e->nvm->self);
	return *st == RSP_OK ? sw : 0x6581;
}

/* Of the card, whichever application is selected (TS 102 221 11.2). */
static bool
toolkit(struct card_call *k, unsigned *sw, enum rsp_status *st)
{
	if (k->a.ins != 0x10 && k->a.ins != 0x12 && k->a.ins != 0x14 && k->a.ins != 0xC2)
		return false;
	if (k->a.cla != 0x80)
		*sw = k->a.cla & 0x80 ? 0x6881 : 0x6E00;
	else if (k->a.ins == 0xC2)
		*sw = to_uicc(k, st);
	else
		*sw = k->a.ins == 0x10 ? terminal_profile(k) : k->a.ins == 0x12 ? fetch(k) : terminal_response(k);
	return true;
}

static unsigned
to_application(struct card_call *k, enum rsp_status *st)
{
	struct euicc *e = k->e;
	unsigned sw;
	bool select = k->a.ins == 0xA4 && !(k->a.cla & 0x80);

	if (select && k->a.p1 == 4)
		return select_by_name(k);
	if (!select && e->app[k->a.channel] == APP_ISDR)
		return isdr(k, st);
	if (!select && e->app[k->a.channel] == APP_ECASD)
		return ecasd(k);
	sw = to_uicc(k, st);
	if (select && (sw == 0x9000 || sw >> 8 == 0x62))
		e->app[k->a.channel] = APP_UICC;
	return sw;
}

/* 1X (chaining), 9X, AX (GSM), BX and FF are nobody's. */
static bool
class_known(uint8_t cla)
{
	return cla != 0xFF && (cla & 0x70) != 0x10 && (cla & 0xF0) != 0xA0 && (cla & 0xF0) != 0xB0;
}

static unsigned
dispatch(struct card_call *k, enum rsp_status *st)
{
	unsigned sw;

	if (!class_known(k->a.cla))
		return 0x6E00;
	if (k->a.secured)
		return 0x6882;
	if (k->a.channel >= CHANNELS || !k->e->open[k->a.channel])
		return 0x6881;
	if (k->a.ins == 0x70 && !(k->a.cla & 0x80))
		return manage_channel(k);
	if (k->a.ins == 0xAA && k->a.cla & 0x80)
		return terminal_capability(k);
	if (toolkit(k, &sw, st))
		return sw;
	return to_application(k, st);
}

/* ---- answering ---- */

/* A success says that a proactive command waits. */
static unsigned
announce(const struct euicc *e, unsigned sw)
{
	return sw == 0x9000 && e->proactive.n && !e->fetched ? 0x9100 | (unsigned)(e->proactive.n & 0xFF) : sw;
}

static void
put_response(struct buf *out, struct bytes data, unsigned sw)
{
	buf_add(out, data);
	buf_u16(out, sw);
}

/* Up to what was asked for; the rest waits for GET RESPONSE. */
static void
answer(struct card_call *k, unsigned sw, struct buf *out)
{
	struct euicc *e = k->e;
	bool good = sw == 0x9000 || sw >> 8 == 0x62 || sw >> 8 == 0x63;

	if (!k->data.n || !good) {
		put_response(out, BYTES_NONE, announce(e, sw));
		return;
	}
	if (!k->a.data.p || (k->a.le && k->data.n <= k->a.le)) {
		put_response(out, k->data, announce(e, sw));
		return;
	}
	buf_add(&e->response.data, k->data);
	e->response.sw = sw;
	e->response.channel = k->a.channel;
	e->response.waiting = true;
	put_response(out, BYTES_NONE, 0x6100 | (k->data.n > 255 ? 0 : (unsigned)k->data.n));
}

static void
get_response(struct card_call *k, struct buf *out)
{
	struct euicc *e = k->e;
	size_t left = e->response.data.n - e->response.at, n;

	if (k->a.p1 || k->a.p2 || k->a.data.p || !e->response.waiting || e->response.channel != k->a.channel) {
		drop_response(e);
		put_response(out, BYTES_NONE, k->a.p1 || k->a.p2 ? 0x6A86 : 0x6985);
		return;
	}
	n = k->a.le ? k->a.le : 256;
	if (n > left) {
		put_response(out, BYTES_NONE, 0x6C00 | (left > 255 ? 0 : (unsigned)left));
		return;
	}
	buf_add(out, bytes_slice(buf_bytes(&e->response.data), e->response.at, n));
	e->response.at += n;
	left -= n;
	if (left) {
		buf_u16(out, 0x6100 | (left > 255 ? 0 : (unsigned)left));
		return;
	}
	buf_u16(out, announce(e, e->response.sw));
	drop_response(e);
}

enum rsp_status
euicc_transmit(struct euicc *e, struct rsp_ctx *c, struct bytes command, struct bytes *response)
{
	struct card_call k = {.e = e, .c = c};
	struct buf out = BUF_INIT;
	enum rsp_status st = RSP_OK, done;
	unsigned sw;

	if (apdu_read(command, &k.a) != RSP_OK) {
		put_response(&out, BYTES_NONE, 0x6700);
	} else if (k.a.ins == 0xC0 && class_known(k.a.cla) && !k.a.secured) {
		get_response(&k, &out);
	} else {
		drop_response(e);
		sw = dispatch(&k, &st);
		if (e->uicc && !e->proactive.n)
			(void)uicc_take_proactive(e->uicc, &e->proactive);
		answer(&k, sw, &out);
	}
	done = buf_finish(&out, c, response);
	return done == RSP_OK ? st : done;
}
