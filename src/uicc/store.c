// SPDX-License-Identifier: BSD-2-Clause
/*
 * How a file lies in the card's memory: PREFIX "f" PATH holds what it is, PREFIX "c" PATH its content. Content that is one octet over
 * and over is not stored: the description carries the octet.
 */
#include <stdio.h>
#include <stdlib.h>

#include "uicc/impl.h"

#define FORM 1      /* of the description */

bool
is_df(enum file_kind k)
{
	return k == FILE_MF || k == FILE_DF || k == FILE_ADF;
}

struct bytes
fs_key(struct rsp_ctx *c, const char *prefix, const char *kind, const uint16_t *fid, unsigned depth)
{
	char *s = rsp_alloc(c, strlen(prefix) + strlen(kind) + depth * 4 + 1);
	size_t n;
	unsigned i;

	if (!s)
		return BYTES_NONE;
	n = (size_t)sprintf(s, "%s%s", prefix, kind);
	for (i = 0; i < depth; i++)
		n += (size_t)sprintf(s + n, "%04X", fid[i]);
	return bytes_of(s, n);
}

#define ABSENT 0xFF

static void
add_counted(struct buf *b, struct bytes v)
{
	buf_u8(b, (unsigned)(v.p ? v.n : ABSENT));
	if (v.p)
		buf_add(b, v);
}

/* fill: the octet a body without stored content consists of, -1: it is stored. */
static void
write_meta(struct buf *b, const struct profile_file *f, int fill)
{
	unsigned i;

	buf_u8(b, FORM);
	buf_u8(b, f->kind);
	buf_u8(b, f->descriptor);
	buf_u8(b, f->lcsi);
	buf_u8(b, f->special);
	buf_u8(b, f->sfi);
	buf_u16(b, f->arr_fid);
	buf_u8(b, f->arr_record);
	buf_u16(b, f->record_size);
	buf_u32(b, (uint32_t)f->size);
	buf_u32(b, (uint32_t)f->max_size);
	buf_u16(b, (unsigned)(fill < 0 ? 0x100 : fill));
	buf_u8(b, f->link_depth);
	for (i = 0; i < f->link_depth; i++)
		buf_u16(b, f->link[i]);
	add_counted(b, f->df_name);
	add_counted(b, f->pin_status);
	add_counted(b, bytes_of_str(f->name));
}

struct reading { struct bytes rest; bool bad; };

static unsigned
take(struct reading *r, unsigned octets)
{
	unsigned v = 0;

	if (r->rest.n < octets) {
		r->bad = true;
		return 0;
	}
	while (octets--) {
		v = v << 8 | r->rest.p[0];
		r->rest = bytes_from(r->rest, 1);
	}
	return v;
}

static struct bytes
take_counted(struct rsp_ctx *c, struct reading *r)
{
	unsigned n = take(r, 1);
	struct bytes v;

	if (n == ABSENT)
		return BYTES_NONE;
	v = bytes_slice(r->rest, 0, n);
	r->bad = r->bad || v.n != n;
	r->rest = bytes_from(r->rest, n);
	return rsp_copy(c, v);
}

/* The fill octet travels in info.content: p NULL and n its value + 1. */
bool
fs_read_meta(struct rsp_ctx *c, struct bytes value, struct fs_file *out)
{
	struct reading r = {value, false};
	struct profile_file *f = &out->info;
	struct bytes name;
	unsigned i, fill;

	*f = (struct profile_file){0};
	out->closed = 0;
	if (take(&r, 1) != FORM)
		return false;
	f->kind = (enum file_kind)take(&r, 1);
	f->descriptor = (uint8_t)take(&r, 1);
	f->lcsi = (uint8_t)take(&r, 1);
	f->special = (uint8_t)take(&r, 1);
	f->sfi = (uint8_t)take(&r, 1);
	f->arr_fid = (uint16_t)take(&r, 2);
	f->arr_record = (uint8_t)take(&r, 1);
	f->record_size = take(&r, 2);
	f->size = take(&r, 4);
	f->max_size = take(&r, 4);
	fill = take(&r, 2);
	f->content = bytes_of(NULL, fill < 0x100 ? fill + 1 : 0);
	f->link_depth = take(&r, 1);
	if (f->link_depth > PATH_MAX_DEPTH)
		return false;
	for (i = 0; i < f->link_depth; i++)
		f->link[i] = (uint16_t)take(&r, 2);
	f->df_name = take_counted(c, &r);
	f->pin_status = take_counted(c, &r);
	name = take_counted(c, &r);
	snprintf(f->name, sizeof(f->name), "%.*s", (int)name.n, name.p ? (const char *)name.p : "");
	return !r.bad;
}

static bool
get_meta(struct uicc *u, struct rsp_ctx *c, const struct fs_path *p, struct fs_file *out)
{
	struct bytes value, key = fs_key(c, u->prefix, "f", p->fid, p->depth);

	if (!key.p || !u->nvm->get(u->nvm->self, key, &value) || !fs_read_meta(c, value, out))
		return false;
	out->path = out->body = *p;
	out->info.depth = p->depth;
	memcpy(out->info.path, p->fid, sizeof(out->info.path));
	return true;
}

static bool
is_open(uint8_t lcsi)
{
	return lcsi < LCSI_TERMINATED && lcsi != 4 && lcsi != 6;
}

/* A link shows its target's content, and that it is terminated; a link of a DF shows the target's children. */
bool
fs_find(struct uicc *u, struct rsp_ctx *c, const struct fs_path *path, struct fs_file *out)
{
	struct fs_path at = {.depth = 0};
	struct fs_file target;
	uint8_t closed = 0;
	unsigned i;

	if (!get_meta(u, c, &at, out))
		return false;
	for (i = 0; i < path->depth; i++) {
		if (closed < LCSI_TERMINATED && !is_open(out->info.lcsi))
			closed = out->info.lcsi;
		if (at.depth == PATH_MAX_DEPTH)
			return false;
		at.fid[at.depth++] = path->fid[i];
		if (!get_meta(u, c, &at, out))
			return false;
		if (out->info.link_depth) {
			at.depth = out->info.link_depth;
			memcpy(at.fid, out->info.link, sizeof(at.fid));
			if (!get_meta(u, c, &at, &target))
				return false;
			out->body = target.body;
			out->info.content = target.info.content;
			out->info.size = target.info.size;
			out->info.max_size = target.info.max_size;
			if (target.info.lcsi >= LCSI_TERMINATED)
				out->info.lcsi = target.info.lcsi;
		}
	}
	out->path = *path;
	out->closed = closed;
	return true;
}

bool
fs_child(struct uicc *u, struct rsp_ctx *c, const struct fs_path *df, uint16_t fid, struct fs_file *out)
{
	struct fs_path p = *df;

	if (p.depth == PATH_MAX_DEPTH)
		return false;
	p.fid[p.depth++] = fid;
	return fs_find(u, c, &p, out);
}

struct bytes
fs_read(struct uicc *u, struct rsp_ctx *c, const struct fs_file *f)
{
	struct bytes value, key;
	uint8_t *filled;

	if (f->info.content.n) {
		filled = f->info.size <= NVM_VALUE_MAX ? rsp_alloc(c, f->info.size + 1) : NULL;
		if (!filled)
			return bytes_of("", 0);
		memset(filled, (int)(f->info.content.n - 1), f->info.size);
		return bytes_of(filled, f->info.size);
	}
	key = fs_key(c, u->prefix, "c", f->body.fid, f->body.depth);
	return key.p && u->nvm->get(u->nvm->self, key, &value) ? value : bytes_of("", 0);
}

static int
fill_of(const struct profile_file *f)
{
	size_t i;

	if (is_df(f->kind) || f->link_depth)
		return 0;
	if (f->kind == FILE_BERTLV || f->content.n == 0)
		return -1;
	for (i = 1; i < f->content.n; i++)
		if (f->content.p[i] != f->content.p[0])
			return -1;
	return f->content.p[0];
}

enum rsp_status
fs_put(struct rsp_ctx *c, struct nvm *nvm, const char *prefix, const struct profile_file *f)
{
	struct buf b = BUF_INIT;
	struct bytes meta, key = fs_key(c, prefix, "f", f->path, f->depth), body = fs_key(c, prefix, "c", f->path, f->depth);
	int fill = fill_of(f);
	enum rsp_status st;

	if (f->df_name.n >= ABSENT || f->pin_status.n >= ABSENT)
		return rsp_fail(c, RSP_REFUSED, "a file's name or list of PINs is too long for the card");
	write_meta(&b, f, fill);
	if ((st = buf_finish(&b, c, &meta)) != RSP_OK || (st = nvm->put(nvm->self, c, key, meta)) != RSP_OK)
		return st;
	if (fill >= 0)
		return nvm->del(nvm->self, c, body);
	return nvm->put(nvm->self, c, body, f->content.p ? f->content : bytes_of("", 0));
}

enum rsp_status
fs_write(struct uicc *u, struct rsp_ctx *c, const struct fs_file *f, struct bytes content)
{
	struct fs_file own;
	struct profile_file info;

	if (!get_meta(u, c, &f->body, &own))
		return rsp_fail(c, RSP_STATE, "the file has gone");
	info = own.info;
	info.content = content;
	return fs_put(c, u->nvm, u->prefix, &info);
}

enum rsp_status
fs_put_own(struct uicc *u, struct rsp_ctx *c, const struct profile_file *f)
{
	return fs_put(c, u->nvm, u->prefix, f);
}

bool
fs_own(struct uicc *u, struct rsp_ctx *c, const struct fs_path *path, struct fs_file *out)
{
	return get_meta(u, c, path, out);
}

enum rsp_status
fs_set_lcsi(struct uicc *u, struct rsp_ctx *c, const struct fs_file *f, uint8_t lcsi)
{
	struct fs_file own;
	struct buf b = BUF_INIT;
	struct bytes meta;
	enum rsp_status st;

	/* What lies in a DF that is a link has its place in the real one. */
	if (!get_meta(u, c, &f->path, &own) && !get_meta(u, c, &f->body, &own))
		return rsp_fail(c, RSP_STATE, "the file has gone");
	own.info.lcsi = lcsi;
	write_meta(&b, &own.info, own.info.content.n ? (int)own.info.content.n - 1 : -1);
	if ((st = buf_finish(&b, c, &meta)) != RSP_OK)
		return st;
	return u->nvm->put(u->nvm->self, c, fs_key(c, u->prefix, "f", own.path.fid, own.path.depth), meta);
}
