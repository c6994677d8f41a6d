// SPDX-License-Identifier: BSD-2-Clause
/* SELECT and STATUS (ETSI TS 102 221 8.4, 11.1.1, 11.1.2) and what they answer. */
#include <stdlib.h>

#include "uicc/impl.h"

/* Without a profile the card has an MF and nothing else. */
static void
bare_mf(struct fs_file *out)
{
	*out = (struct fs_file){.info = {.kind = FILE_MF, .descriptor = 0x78, .lcsi = 5, .arr_fid = 0x2F06, .arr_record = 1}};
}

static bool
find(struct uicc_call *k, const struct fs_path *p, struct fs_file *out)
{
	if (k->u->prefix[0])
		return fs_find(k->u, k->c, p, out);
	if (p->depth)
		return false;
	bare_mf(out);
	return true;
}

static void
add_proprietary(struct buf *b, const struct profile_file *f)
{
	static const uint8_t characteristics[] = {0x80, 1, 0x71}, memory[] = {0x83, 4, 0, 2, 0, 0}, commands[] = {0x87, 1, 1};
	size_t mark = tlv_open(b, 0xA5);

	if (f->kind == FILE_BERTLV) {
		const uint8_t details[] = {0x84, 1, 1}, most[2] = {(uint8_t)(f->max_size >> 8), (uint8_t)f->max_size};

		buf_add(b, BYTES_OF(details));
		if (f->max_size)
			tlv_add(b, 0x86, BYTES_OF(most));
	} else {
		buf_add(b, BYTES_OF(characteristics));
		buf_add(b, BYTES_OF(memory));
		buf_add(b, BYTES_OF(commands));
	}
	tlv_close(b, mark);
}

/* PS_DO: a bit for each key reference, set while that PIN is enabled. */
static void
add_pin_status(struct buf *b, struct uicc_call *k, const struct fs_file *f)
{
	size_t mark = tlv_open(b, 0xC6), i;
	uint8_t bits[32] = {0};
	struct bytes refs = bytes_slice(f->info.pin_status, 0, 8 * sizeof(bits));

	for (i = 0; i < refs.n; i++)
		if (pin_enabled(k->u, k->c, refs.p[i], &f->body))
			bits[i / 8] = (uint8_t)(bits[i / 8] | 0x80 >> i % 8);
	tlv_add(b, 0x90, bytes_of(bits, refs.n ? (refs.n + 7) / 8 : 1));
	for (i = 0; i < refs.n; i++) {
		if (refs.p[i] == PIN_UNIVERSAL)
			tlv_add(b, 0x95, bytes_of(pin_universal_used(k->u, k->c, refs, &f->body) ? "\x08" : "\0", 1));
		tlv_add(b, 0x83, bytes_slice(refs, i, 1));
	}
	tlv_close(b, mark);
}

static void
add_descriptor(struct buf *b, const struct profile_file *f)
{
	uint8_t d[5] = {f->descriptor, 0x21, (uint8_t)(f->record_size >> 8), (uint8_t)f->record_size,
		(uint8_t)(f->record_size ? f->size / f->record_size : 0)};

	tlv_add(b, 0x82, bytes_of(d, f->kind == FILE_LINEAR || f->kind == FILE_CYCLIC ? 5 : 2));
}

struct bytes
fcp_of(struct uicc_call *k, const struct fs_file *f)
{
	const struct profile_file *i = &f->info;
	uint16_t fid = f->path.depth ? f->path.fid[f->path.depth - 1] : 0x3F00;
	const uint8_t id[2] = {(uint8_t)(fid >> 8), (uint8_t)fid}, arr[3] = {(uint8_t)(i->arr_fid >> 8), (uint8_t)i->arr_fid, i->arr_record};
	const uint8_t sfi[1] = {(uint8_t)(i->sfi << 3)};
	struct buf b = BUF_INIT;
	struct bytes out = BYTES_NONE;
	size_t mark = tlv_open(&b, 0x62), used = i->kind == FILE_BERTLV ? fs_read(k->u, k->c, f).n : i->size;
	const uint8_t size[2] = {(uint8_t)(used >> 8), (uint8_t)used};

	add_descriptor(&b, i);
	if (i->kind != FILE_ADF)
		tlv_add(&b, 0x83, BYTES_OF(id));
	if (i->df_name.p)
		tlv_add(&b, 0x84, i->df_name);
	if (is_df(i->kind) || i->kind == FILE_BERTLV)
		add_proprietary(&b, i);
	tlv_add(&b, 0x8A, bytes_of(&i->lcsi, 1));
	tlv_add(&b, 0x8B, BYTES_OF(arr));
	if (is_df(i->kind)) {
		add_pin_status(&b, k, f);
	} else {
		tlv_add(&b, 0x80, BYTES_OF(size));
		tlv_add(&b, 0x88, bytes_of(sfi, i->sfi ? 1 : 0));
	}
	tlv_close(&b, mark);
	return buf_finish(&b, k->c, &out) == RSP_OK ? out : BYTES_NONE;
}

void
channel_select(struct channel *ch, const struct fs_file *f)
{
	transfer_end(ch);
	ch->has_ef = !is_df(f->info.kind);
	ch->record = 0;
	if (ch->has_ef) {
		ch->ef = f->path;
		ch->df = f->path;
		ch->df.depth--;
	} else {
		ch->df = f->path;
	}
}

/* Where an FID may lead from here: itself, a child, the parent, the parent's DFs, the MF, the ADF of the active application. */
static bool
by_fid(struct uicc_call *k, uint16_t fid, struct fs_file *out)
{
	struct fs_path p = k->ch->df;

	if (fid == 0x3F00)
		return find(k, &(struct fs_path){.depth = 0}, out);
	if (fid == 0x7FFF)
		return k->ch->adf && find(k, &(struct fs_path){{k->ch->adf}, 1}, out);
	if (p.depth && p.fid[p.depth - 1] == fid && find(k, &p, out) && out->info.kind != FILE_ADF)
		return true;
	if (fs_child(k->u, k->c, &p, fid, out) && out->info.kind != FILE_ADF)
		return true;
	if (!p.depth)
		return false;
	p.depth--;
	if (p.depth && p.fid[p.depth - 1] == fid && find(k, &p, out) && out->info.kind != FILE_ADF)
		return true;
	return fs_child(k->u, k->c, &p, fid, out) && out->info.kind == FILE_DF;
}

bool
file_by_path(struct uicc_call *k, struct bytes octets, bool from_mf, struct fs_file *out)
{
	struct fs_path p = from_mf ? (struct fs_path){.depth = 0} : k->ch->df;
	size_t i;

	for (i = 0; i + 1 < octets.n; i += 2) {
		uint16_t fid = (uint16_t)(octets.p[i] << 8 | octets.p[i + 1]);

		if (p.depth == PATH_MAX_DEPTH)
			return false;
		if (fid == 0x7FFF && i == 0 && from_mf) {
			if (!k->ch->adf)
				return false;
			fid = k->ch->adf;
		} else if (p.depth == 0 && fs_child(k->u, k->c, &p, fid, out) && out->info.kind == FILE_ADF) {
			return false;
		}
		p.fid[p.depth++] = fid;
	}
	return octets.n && find(k, &p, out);
}

static bool
parent(struct uicc_call *k, struct fs_file *out)
{
	struct fs_path p = k->ch->df;

	if (!p.depth || p.fid[0] == 0 || (p.depth == 1 && p.fid[0] == k->ch->adf))
		return false;
	p.depth--;
	return find(k, &p, out);
}

unsigned
select_answer(struct uicc_call *k, const struct fs_file *f)
{
	if ((k->a->p2 & 0x0C) != 0x0C)
		k->data = fcp_of(k, f);
	if (f->info.lcsi == 4 || f->info.lcsi == 6)
		return 0x6283;
	return f->info.lcsi >= LCSI_TERMINATED ? 0x6285 : 0x9000;
}

unsigned
run_select(struct uicc_call *k)
{
	const struct apdu *a = k->a;
	struct fs_file f;
	bool found = false;

	if (a->p1 == 4 || a->p1 == 2 || a->p1 > 9 || (a->p1 > 4 && a->p1 < 8) || a->p2 & 0xF0 || a->p2 & 0x03 || (a->p2 & 0x0C) == 0x08)
		return 0x6A86;
	if (a->p1 == 3 ? a->data.n != 0 : a->p1 < 3 ? a->data.n != 2 && a->data.n != 0 : a->data.n == 0 || a->data.n % 2)
		return a->data.n ? 0x6A87 : 0x6700;
	if (a->p1 == 0 && a->data.n == 0)
		found = find(k, &(struct fs_path){.depth = 0}, &f);
	else if (a->p1 == 0)
		found = by_fid(k, (uint16_t)(a->data.p[0] << 8 | a->data.p[1]), &f);
	else if (a->p1 == 1)
		found = a->data.n == 2 && fs_child(k->u, k->c, &k->ch->df, (uint16_t)(a->data.p[0] << 8 | a->data.p[1]), &f) && f.info.kind == FILE_DF;
	else if (a->p1 == 3)
		found = parent(k, &f);
	else
		found = file_by_path(k, a->data, a->p1 == 8, &f);
	if (!found)
		return 0x6A82;
	channel_select(k->ch, &f);
	return select_answer(k, &f);
}

unsigned
run_status(struct uicc_call *k)
{
	const struct apdu *a = k->a;
	struct fs_file f;
	struct buf b = BUF_INIT;
	unsigned have;

	if (a->p1 > 2 || (a->p2 != 0 && a->p2 != 1 && a->p2 != 0x0C))
		return 0x6A86;
	if (a->data.p)
		return 0x6700;
	if (a->p2 == 0x0C)
		return 0x9000;
	if (a->p2 == 1) {
		if (!k->ch->aid_n)
			return 0x6A88;
		tlv_add(&b, 0x84, bytes_of(k->ch->aid, k->ch->aid_n));
		if (buf_finish(&b, k->c, &k->data) != RSP_OK)
			return 0x6F00;
	} else {
		if (!find(k, &k->ch->df, &f))
			return 0x6A82;
		k->data = fcp_of(k, &f);
	}
	if (a->le && a->le != 256 && a->le < k->data.n) {
		k->data = bytes_slice(k->data, 0, a->le);
		return 0x9000;
	}
	if (a->le == k->data.n)
		return 0x9000;
	have = (unsigned)k->data.n & 0xFF;
	k->data = BYTES_NONE;
	return 0x6C00 | have;
}

struct sfi_search { struct uicc_call *k; unsigned sfi; struct fs_path found; bool hit; };

static bool
match_sfi(void *arg, struct bytes key, struct bytes value)
{
	struct sfi_search *s = arg;
	struct fs_file f;

	if (key.n != strlen(s->k->u->prefix) + 1 + 4 * ((size_t)s->k->ch->df.depth + 1) || !fs_read_meta(s->k->c, value, &f) || is_df(f.info.kind) ||
		f.info.sfi != s->sfi)
		return true;
	s->found = s->k->ch->df;
	s->found.fid[s->found.depth++] = (uint16_t)strtoul(rsp_sprintf(s->k->c, "%.4s", (const char *)key.p + key.n - 4), NULL, 16);
	s->hit = true;
	return false;
}

unsigned
current_ef(struct uicc_call *k, unsigned sfi, struct fs_file *out)
{
	struct sfi_search s = {.k = k, .sfi = sfi};

	if (!sfi) {
		if (!k->ch->has_ef)
			return 0x6986;
		return fs_find(k->u, k->c, &k->ch->ef, out) ? 0x9000 : 0x6A82;
	}
	if (sfi > 30)
		return 0x6A86;
	if (k->ch->df.depth == PATH_MAX_DEPTH)
		return 0x6A82;
	k->u->nvm->each(k->u->nvm->self, fs_key(k->c, k->u->prefix, "f", k->ch->df.fid, k->ch->df.depth), match_sfi, &s);
	return s.hit && fs_find(k->u, k->c, &s.found, out) ? 0x9000 : 0x6A82;
}
