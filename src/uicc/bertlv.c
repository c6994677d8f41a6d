// SPDX-License-Identifier: BSD-2-Clause
/* Files of BER-TLV objects: RETRIEVE DATA and SET DATA, block by block (ETSI TS 102 221 11.3). */
#include <stdlib.h>

#include "uicc/impl.h"

#define BLOCK 255
enum { NEXT_BLOCK = 0x00, RETRANSMIT = 0x40, FIRST_BLOCK = 0x80 };

static unsigned
target(struct uicc_call *k, unsigned mode, struct fs_file *f)
{
	unsigned sw;

	if (k->a->p1 || (k->a->p2 & 0x20) || (k->a->p2 & 0xC0) == 0xC0)
		return 0x6A86;
	if ((sw = current_ef(k, k->a->p2 & 0x1F, f)) != 0x9000)
		return sw;
	if (f->info.kind != FILE_BERTLV)
		return 0x6981;
	if ((f->info.lcsi == 4 || f->info.lcsi == 6) && !(f->info.special & 0x40))
		return 0x6984;
	return check_access(k, f, mode, 0);
}

static bool
read_tag(struct bytes in, uint32_t *tag)
{
	size_t i;

	*tag = 0;
	for (i = 0; i < in.n; i++)
		*tag = *tag << 8 | in.p[i];
	return in.n >= 1 && in.n <= 3 && *tag != 0;
}

/* Tag 5C asks for the list of tags. */
static struct bytes
object(struct uicc_call *k, struct bytes body, uint32_t tag)
{
	struct buf list = BUF_INIT, whole = BUF_INIT;
	struct bytes out = BYTES_NONE, rest = body;
	struct tlv t;

	if (tag != 0x5C)
		return tlv_find(body, tag, &t) ? t.whole : BYTES_NONE;
	while (rest.n && tlv_next(&rest, &t) == RSP_OK) {
		if (t.tag > 0xFFFF)
			buf_u8(&list, t.tag >> 16);
		if (t.tag > 0xFF)
			buf_u8(&list, t.tag >> 8 & 0xFF);
		buf_u8(&list, t.tag & 0xFF);
	}
	tlv_add(&whole, 0x5C, buf_bytes(&list));
	buf_free(&list);
	return buf_finish(&whole, k->c, &out) == RSP_OK ? out : BYTES_NONE;
}

static unsigned
next_block(struct uicc_call *k)
{
	struct bytes rest = bytes_from(k->ch->get.value, k->ch->get.at);
	size_t n = rest.n < BLOCK ? rest.n : BLOCK;

	k->data = rsp_copy(k->c, bytes_slice(rest, 0, n));
	k->ch->get.at += n;
	if (rest.n > n)
		return 0x62F1;
	k->ch->get.open = false;
	return 0x9000;
}

unsigned
run_retrieve_data(struct uicc_call *k)
{
	struct channel *ch = k->ch;
	unsigned block = k->a->p2 & 0xC0, sw;
	struct fs_file f;
	struct bytes found;
	uint8_t *copy;
	uint32_t tag;

	if ((sw = target(k, ACCESS_READ, &f)) != 0x9000)
		return sw;
	if (block == NEXT_BLOCK)
		return ch->get.open ? next_block(k) : 0x6985;
	if (block == RETRANSMIT) {
		if (!ch->get.open)
			return 0x6985;
		ch->get.at = ch->get.at > BLOCK ? ch->get.at - BLOCK : 0;
		return next_block(k);
	}
	if (!read_tag(k->a->data, &tag))
		return 0x6A80;
	found = object(k, fs_read(k->u, k->c, &f), tag);
	if (!found.p)
		return 0x6A88;
	copy = malloc(found.n + 1);
	if (!copy)
		return 0x6F00;
	memcpy(copy, found.p, found.n);
	free((void *)(uintptr_t)ch->get.value.p);
	ch->get.value = bytes_of(copy, found.n);
	ch->get.at = 0;
	ch->get.open = true;
	if (k->a->p2 & 0x1F)
		channel_select(ch, &f);
	return next_block(k);
}

/* The body without the object of this tag, and with `fresh` at its end when there is one. */
static unsigned
store_object(struct uicc_call *k, const struct fs_file *f, uint32_t tag, struct bytes fresh)
{
	struct buf b = BUF_INIT;
	struct bytes rest = fs_read(k->u, k->c, f), body;
	bool was_there = false;
	struct tlv t;

	while (rest.n && tlv_next(&rest, &t) == RSP_OK) {
		if (t.tag == tag)
			was_there = true;
		else
			buf_add(&b, t.whole);
	}
	buf_add(&b, fresh);
	if ((!fresh.p && !was_there) || (fresh.p && b.n > (f->info.max_size ? f->info.max_size : f->info.size))) {
		buf_free(&b);
		return fresh.p ? 0x6A84 : 0x6A88;
	}
	if (buf_finish(&b, k->c, &body) != RSP_OK || fs_write(k->u, k->c, f, body) != RSP_OK)
		return 0x6581;
	return 0x9000;
}

static unsigned
first_block(struct uicc_call *k, const struct fs_file *f)
{
	struct channel *ch = k->ch;
	uint32_t tag;
	size_t value_size, header = tlv_header_size(k->a->data, &tag, &value_size);

	ch->set.open = false;
	if (!header)
		return read_tag(k->a->data, &tag) ? store_object(k, f, tag, BYTES_NONE) : 0x6A80;
	if (k->a->data.n > header + value_size)
		return 0x6A80;
	if (header + value_size > (f->info.max_size ? f->info.max_size : f->info.size))
		return 0x6A84;
	buf_reset(&ch->set.data);
	buf_add(&ch->set.data, k->a->data);
	ch->set.want = header + value_size;
	ch->set.open = true;
	if (k->a->p2 & 0x1F)
		channel_select(ch, f);
	return 0x9000;
}

unsigned
run_set_data(struct uicc_call *k)
{
	struct channel *ch = k->ch;
	unsigned block = k->a->p2 & 0xC0, sw;
	struct fs_file f;
	struct bytes rest;
	struct tlv t;

	if ((sw = target(k, ACCESS_UPDATE, &f)) != 0x9000)
		return sw;
	if (!k->a->data.n)
		return 0x6700;
	if (block == FIRST_BLOCK) {
		if ((sw = first_block(k, &f)) != 0x9000 || !ch->set.open)
			return sw;
	} else {
		if (block != NEXT_BLOCK || !ch->set.open)
			return 0x6985;
		if (ch->set.data.n + k->a->data.n > ch->set.want)
			return 0x6A80;
		buf_add(&ch->set.data, k->a->data);
	}
	if (ch->set.data.n < ch->set.want)
		return 0x63F1;
	ch->set.open = false;
	rest = buf_bytes(&ch->set.data);
	return tlv_next(&rest, &t) == RSP_OK ? store_object(k, &f, t.tag, t.whole) : 0x6A80;
}
