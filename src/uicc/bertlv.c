// SPDX-License-Identifier: BSD-2-Clause
/*
 * Files of BER-TLV objects: RETRIEVE DATA and SET DATA, block by block (ETSI TS 102 221 11.3). A transfer goes on through other commands
 * until one selects a file or begins with another object.
 */
#include "uicc/impl.h"

#define BLOCK 255
#define TAG_LIST 0x5C
enum { NEXT_BLOCK = 0x00, RETRANSMIT = 0x40, FIRST_BLOCK = 0x80 };

/* TS 102 221 11.3.0: only the first block may name a file; those after it are for the current one. */
static unsigned
target(struct uicc_call *k, unsigned mode, struct fs_file *f)
{
	unsigned block = k->a->p2 & 0xC0, sfi = k->a->p2 & 0x1F, sw;

	if (k->a->p1 || (k->a->p2 & 0x20) || block == 0xC0 || (block != FIRST_BLOCK && sfi))
		return 0x6A86;
	if ((sw = current_ef(k, sfi, f)) != 0x9000)
		return sw;
	if (f->info.kind != FILE_BERTLV)
		return 0x6981;
	return check_content_access(k, f, mode, 0);
}

void
transfer_end(struct channel *ch)
{
	buf_reset(&ch->transfer.data);
	ch->transfer.kind = NO_TRANSFER;
}

/* The object becomes the current one of the channel, its file the current EF. */
static void
transfer_begin(struct uicc_call *k, const struct fs_file *f)
{
	if (k->a->p2 & 0x1F)
		channel_select(k->ch, f);
	transfer_end(k->ch);
}

/* One whole tag and nothing after it. */
static bool
read_tag(struct bytes in, uint32_t *tag)
{
	size_t n = 1, i;

	if (in.n > 1 && (in.p[0] & 0x1F) == 0x1F)
		n = in.p[1] & 0x80 ? 3 : 2;
	*tag = 0;
	for (i = 0; i < in.n && i < n; i++)
		*tag = *tag << 8 | in.p[i];
	return in.n == n && *tag != 0 && (n > 1 || (in.p[0] & 0x1F) != 0x1F) && (n < 3 || !(in.p[2] & 0x80));
}

/* An object as stored, or the list of tags. */
static struct bytes
object(struct uicc_call *k, struct bytes body, uint32_t tag)
{
	struct buf list = BUF_INIT, whole = BUF_INIT;
	struct bytes out = BYTES_NONE, rest = body;
	struct tlv t;

	if (tag != TAG_LIST)
		return tlv_find(body, tag, &t) ? t.whole : BYTES_NONE;
	while (rest.n && tlv_next(&rest, &t) == RSP_OK) {
		if (t.tag > 0xFFFF)
			buf_u8(&list, t.tag >> 16);
		if (t.tag > 0xFF)
			buf_u8(&list, t.tag >> 8 & 0xFF);
		buf_u8(&list, t.tag & 0xFF);
	}
	tlv_add(&whole, TAG_LIST, buf_bytes(&list));
	buf_free(&list);
	return buf_finish(&whole, k->c, &out) == RSP_OK ? out : BYTES_NONE;
}

/*
 * As many octets as are asked for from here, 255 where that is open, or the rest. The transfer stays open after the last block, which may be asked for
 * again.
 */
static unsigned
send_block(struct uicc_call *k, size_t from)
{
	struct bytes rest = bytes_from(buf_bytes(&k->ch->transfer.data), from);
	bool short_block = !k->a->data.p && k->a->le && k->a->le < BLOCK;

	k->data = rsp_copy(k->c, bytes_slice(rest, 0, short_block ? k->a->le : BLOCK));
	k->ch->transfer.last = from;
	k->ch->transfer.at = from + k->data.n;
	return rest.n > k->data.n ? 0x62F1 : 0x9000;
}

static unsigned
retrieve_first(struct uicc_call *k, const struct fs_file *f)
{
	struct bytes found;
	uint32_t tag;

	if (!read_tag(k->a->data, &tag))
		return 0x6A80;
	found = object(k, fs_read(k->u, k->c, f), tag);
	if (!found.p)
		return 0x6A88;
	transfer_begin(k, f);
	buf_add(&k->ch->transfer.data, found);
	if (k->ch->transfer.data.bad)
		return 0x6F00;
	k->ch->transfer.kind = RETRIEVING;
	return send_block(k, 0);
}

unsigned
run_retrieve_data(struct uicc_call *k)
{
	const struct channel *ch = k->ch;
	struct fs_file f;
	unsigned block = k->a->p2 & 0xC0, sw;

	if ((sw = target(k, ACCESS_READ, &f)) != 0x9000)
		return sw;
	if (block == FIRST_BLOCK)
		return retrieve_first(k, &f);
	if (ch->transfer.kind != RETRIEVING || (block == NEXT_BLOCK && ch->transfer.at == ch->transfer.data.n))
		return 0x6985;
	return send_block(k, block == NEXT_BLOCK ? ch->transfer.at : ch->transfer.last);
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

/* Tag, length and a part of the value; the tag alone deletes. */
static unsigned
set_first(struct uicc_call *k, const struct fs_file *f)
{
	struct channel *ch = k->ch;
	uint32_t tag;
	size_t value_size = 0, header = tlv_header_size(k->a->data, &tag, &value_size);
	unsigned sw;

	if (!header && !read_tag(k->a->data, &tag))
		return 0x6A80;
	if (tag == TAG_LIST || (header && k->a->data.n > header + value_size))
		return 0x6A80;
	if (!header) {
		if ((sw = store_object(k, f, tag, BYTES_NONE)) == 0x9000)
			transfer_begin(k, f);
		return sw;
	}
	if (header + value_size > (f->info.max_size ? f->info.max_size : f->info.size))
		return 0x6A84;
	transfer_begin(k, f);
	ch->transfer.kind = SETTING;
	ch->transfer.want = header + value_size;
	ch->transfer.last = 0;
	return 0x9000;
}

/* Retransmission: these data instead of the block before. */
static unsigned
set_more(struct uicc_call *k, const struct fs_file *f, bool again)
{
	struct channel *ch = k->ch;
	size_t from = again ? ch->transfer.last : ch->transfer.data.n;

	if (ch->transfer.kind != SETTING)
		return 0x6985;
	if (!from)
		return set_first(k, f);
	if (from + k->a->data.n > ch->transfer.want)
		return 0x6A80;
	buf_cut(&ch->transfer.data, from);
	ch->transfer.last = from;
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
	sw = block == FIRST_BLOCK ? set_first(k, &f) : set_more(k, &f, block == RETRANSMIT);
	if (sw != 0x9000 || ch->transfer.kind != SETTING)
		return sw;
	buf_add(&ch->transfer.data, k->a->data);
	if (ch->transfer.data.n < ch->transfer.want && !ch->transfer.data.bad)
		return 0x63F1;
	rest = buf_bytes(&ch->transfer.data);
	sw = tlv_next(&rest, &t) == RSP_OK ? store_object(k, &f, t.tag, t.whole) : 0x6A80;
	transfer_end(ch);
	return sw;
}
