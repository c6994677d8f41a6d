// SPDX-License-Identifier: BSD-2-Clause
/* CREATE FILE and RESIZE FILE (ETSI TS 102 222 6.3, 6.10): what their file control parameters say. */
#include "uicc/impl.h"

#define SIZE_MAX_EF 0xFFFFu
#define RECORDS_MAX 254
#define PINS_MAX 32

/* The parameters; absent spans were not given. */
struct fcp { struct bytes descriptor, fid, name, lcsi, arr, size, sfi, pins, proprietary; };

/* Every tag that may come; one that may not, or comes twice, is wrong data. */
static bool
read_fcp(struct bytes data, struct fcp *out)
{
	struct tlv whole, t;
	struct { uint32_t tag; struct bytes *to; } tags[] = {
		{0x82, &out->descriptor}, {0x83, &out->fid}, {0x84, &out->name}, {0x8A, &out->lcsi}, {0x8B, &out->arr}, {0x80, &out->size}, {0x81, NULL},
		{0x88, &out->sfi}, {0xC6, &out->pins}, {0xA5, &out->proprietary},
	};
	size_t i;

	if (tlv_only(data, 0x62, &whole) != RSP_OK || !tlv_all_well_formed(whole.value))
		return false;
	while (whole.value.n && tlv_next(&whole.value, &t) == RSP_OK) {
		for (i = 0; i < sizeof(tags) / sizeof(tags[0]) && tags[i].tag != t.tag; i++)
			;
		if (i == sizeof(tags) / sizeof(tags[0]) || (tags[i].to && tags[i].to->p))
			return false;
		if (tags[i].to)
			*tags[i].to = t.value;
	}
	return !out->proprietary.p || tlv_all_well_formed(out->proprietary);
}

static bool
number(struct bytes v, size_t *out)
{
	size_t i;

	*out = 0;
	for (i = 0; i < v.n && i < 4; i++)
		*out = *out << 8 | v.p[i];
	return v.n >= 1 && v.n <= 4;
}

/* ---- what kind of file ---- */

static bool
read_kind(const struct fcp *p, struct profile_file *f)
{
	static const struct { uint8_t low; enum file_kind kind; size_t n; } kinds[] = {
		{0x38, FILE_DF, 2}, {0x01, FILE_TRANSPARENT, 2}, {0x02, FILE_LINEAR, 4}, {0x06, FILE_CYCLIC, 4}, {0x39, FILE_BERTLV, 2},
	};
	size_t i;

	if (p->descriptor.n < 2 || p->descriptor.p[1] != 0x21 || p->descriptor.p[0] & 0x80)
		return false;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if ((p->descriptor.p[0] & 0x3F) == kinds[i].low && p->descriptor.n == kinds[i].n)
			break;
	if (i == sizeof(kinds) / sizeof(kinds[0]))
		return false;
	f->kind = p->name.p ? FILE_ADF : kinds[i].kind;
	f->descriptor = p->descriptor.p[0];
	if (kinds[i].n == 4)
		f->record_size = (unsigned)p->descriptor.p[2] << 8 | p->descriptor.p[3];
	return !p->name.p || (kinds[i].kind == FILE_DF && p->name.n >= 5 && p->name.n <= AID_MAX);
}

/* Created or initialised means: ACTIVATE FILE comes later. */
static bool
read_state(const struct fcp *p, struct profile_file *f)
{
	f->lcsi = 3;
	if (!p->lcsi.p)
		return true;
	if (p->lcsi.n != 1 || (p->lcsi.p[0] != 1 && p->lcsi.p[0] != 3 && p->lcsi.p[0] != 5))
		return false;
	f->lcsi = p->lcsi.p[0] == 5 ? 5 : 3;
	return true;
}

static bool
read_rule(const struct fcp *p, struct profile_file *f)
{
	if (p->arr.n != 3 || !p->arr.p[2])
		return false;
	f->arr_fid = (uint16_t)(p->arr.p[0] << 8 | p->arr.p[1]);
	f->arr_record = p->arr.p[2];
	return true;
}

/* ---- of a DF: the key references of its PIN status template ---- */

static bool
read_pins(struct uicc_call *k, const struct fcp *p, struct profile_file *f)
{
	uint8_t *refs = rsp_alloc(k->c, PINS_MAX);
	struct bytes list = p->pins;
	struct tlv t;
	size_t n = 0;

	if (!refs || !p->pins.p || p->size.p || p->sfi.p || !tlv_all_well_formed(list))
		return false;
	while (list.n && tlv_next(&list, &t) == RSP_OK) {
		if (t.tag != 0x83)
			continue;
		if (t.value.n != 1 || n == PINS_MAX)
			return false;
		refs[n++] = t.value.p[0];
	}
	f->pin_status = bytes_of(refs, n);
	return true;
}

/* ---- of an EF: size, SFI, first content ---- */

struct pattern { struct bytes octets; bool repeats; };

/* C1 fills, its last octet going on; C2 repeats. One of them, and not for objects. */
static bool
read_pattern(const struct fcp *p, enum file_kind kind, struct pattern *out)
{
	struct tlv t;

	*out = (struct pattern){{(const uint8_t *)"\xFF", 1}, false};
	if (tlv_find(p->proprietary, 0xC1, &t))
		out->octets = t.value;
	if (tlv_find(p->proprietary, 0xC2, &t)) {
		if (tlv_find(p->proprietary, 0xC1, &(struct tlv){0}))
			return false;
		*out = (struct pattern){t.value, true};
	} else if (!tlv_find(p->proprietary, 0xC1, &t)) {
		return true;
	}
	return out->octets.n && kind != FILE_BERTLV;
}

/* Octet `at` of a unit: of a record, or of the whole body. */
static uint8_t
pattern_at(const struct pattern *p, size_t at)
{
	return p->octets.p[p->repeats ? at % p->octets.n : at < p->octets.n ? at : p->octets.n - 1];
}

static struct bytes
first_content(struct uicc_call *k, const struct profile_file *f, const struct pattern *p, struct bytes kept)
{
	uint8_t *body = rsp_alloc(k->c, f->size);
	size_t unit = f->record_size ? f->record_size : f->size, i;

	if (!body)
		return BYTES_NONE;
	for (i = 0; i < f->size; i++)
		body[i] = i < kept.n ? kept.p[i] : pattern_at(p, i % unit);
	return bytes_of(body, f->size);
}

static bool
read_proprietary(const struct fcp *p, struct profile_file *f)
{
	struct tlv t;

	if (tlv_find(p->proprietary, 0xC0, &t)) {
		if (t.value.n != 1)
			return false;
		f->special = t.value.p[0];
	}
	if (tlv_find(p->proprietary, 0x86, &t) && (f->kind != FILE_BERTLV || !number(t.value, &f->max_size)))
		return false;
	return f->max_size <= SIZE_MAX_EF;
}

static bool
size_fits(const struct profile_file *f)
{
	if (!f->size || f->size > SIZE_MAX_EF)
		return false;
	if (f->kind != FILE_LINEAR && f->kind != FILE_CYCLIC)
		return true;
	return f->record_size && f->record_size <= 255 && f->size % f->record_size == 0 && f->size / f->record_size <= RECORDS_MAX;
}

struct sfi_use { size_t key_n; unsigned sfi; struct rsp_ctx *c; bool used; };

static bool
uses_sfi(void *arg, struct bytes key, struct bytes value)
{
	struct sfi_use *s = arg;
	struct fs_file f;

	s->used = s->used || (key.n == s->key_n && fs_read_meta(s->c, value, &f) && !is_df(f.info.kind) && f.info.sfi == s->sfi);
	return !s->used;
}

static bool
sfi_used(struct uicc_call *k, const struct fs_path *df, unsigned sfi)
{
	struct bytes prefix = fs_key(k->c, k->u->prefix, "f", df->fid, df->depth);
	struct sfi_use s = {prefix.n + 4, sfi, k->c, false};

	k->u->nvm->each(k->u->nvm->self, prefix, uses_sfi, &s);
	return s.used;
}

/* Given, none, or by default the FID's low bits where they are free. */
static bool
read_sfi(struct uicc_call *k, const struct fcp *p, const struct fs_path *df, struct profile_file *f)
{
	unsigned sfi = p->fid.p[1] & 0x1Fu;

	if (p->sfi.p) {
		if (p->sfi.n > 1 || (p->sfi.n && (p->sfi.p[0] & 7 || p->sfi.p[0] == 0xF8 || !p->sfi.p[0])))
			return false;
		sfi = p->sfi.n ? p->sfi.p[0] >> 3 : 0;
		f->sfi = (uint8_t)sfi;
		return !sfi || !sfi_used(k, df, sfi);
	}
	if (sfi != 31 && sfi && !sfi_used(k, df, sfi))
		f->sfi = (uint8_t)sfi;
	return true;
}

static bool
read_ef(struct uicc_call *k, const struct fcp *p, const struct fs_path *df, struct profile_file *f)
{
	struct pattern pattern;

	if (p->pins.p || !number(p->size, &f->size) || !read_proprietary(p, f) || !size_fits(f) || !read_sfi(k, p, df, f) ||
		!read_pattern(p, f->kind, &pattern))
		return false;
	f->content = f->kind == FILE_BERTLV ? bytes_of("", 0) : first_content(k, f, &pattern, BYTES_NONE);
	return f->content.p != NULL;
}

/* ---- the whole ---- */

static unsigned
describe(struct uicc_call *k, const struct fcp *p, const struct fs_file *df, struct profile_file *f)
{
	unsigned sw;

	if (p->fid.n != 2 || !read_state(p, f) || !read_rule(p, f) || (f->kind == FILE_ADF && df->body.depth))
		return 0x6A80;
	memcpy(f->path, df->body.fid, sizeof(f->path));
	if ((sw = place_free(k, df, (uint16_t)(p->fid.p[0] << 8 | p->fid.p[1]), p->name)) != 0x9000)
		return sw;
	f->depth = df->body.depth + 1;
	f->path[f->depth - 1] = (uint16_t)(p->fid.p[0] << 8 | p->fid.p[1]);
	f->df_name = p->name;
	return (is_df(f->kind) ? read_pins(k, p, f) : read_ef(k, p, &df->body, f)) ? 0x9000 : 0x6A80;
}

unsigned
run_create(struct uicc_call *k)
{
	struct profile_file f = {.kind = FILE_MF};
	struct fcp p = {.size = BYTES_NONE};
	struct fs_file df, made;
	unsigned sw;

	if (k->a->p1 || k->a->p2)
		return 0x6A86;
	if (!k->a->data.n)
		return 0x6700;
	if (!read_fcp(k->a->data, &p) || !read_kind(&p, &f))
		return 0x6A80;
	if (!fs_find(k->u, k->c, &k->ch->df, &df))
		return 0x6A82;
	if (df.info.lcsi >= LCSI_TERMINATED || df.info.lcsi == 4 || df.info.lcsi == 6 || df.closed)
		return 0x6985;
	if ((sw = check_access(k, &df, is_df(f.kind) ? ACCESS_CREATE_DF : ACCESS_CREATE_EF, 0)) != 0x9000 ||
		(sw = describe(k, &p, &df, &f)) != 0x9000)
		return sw;
	if (fs_put_own(k->u, k->c, &f) != RSP_OK || !fs_child(k->u, k->c, &k->ch->df, f.path[f.depth - 1], &made))
		return 0x6581;
	channel_select(k->ch, &made);
	return 0x9000;
}

/* ---- RESIZE FILE ---- */

/* Objects: room for them; mode 1 gives up what does not fit any more. */
static unsigned
resize_objects(struct uicc_call *k, const struct fcp *p, struct profile_file *f, struct bytes old)
{
	size_t room = f->max_size ? f->max_size : f->size;
	struct tlv t;

	if (p->size.p && !number(p->size, &f->size))
		return 0x6A80;
	if (tlv_find(p->proprietary, 0x86, &t) ? !number(t.value, &room) : p->size.p == NULL)
		return 0x6A80;
	room = tlv_find(p->proprietary, 0x86, &t) ? room : f->size;
	if (!room || room > SIZE_MAX_EF || !f->size || f->size > SIZE_MAX_EF)
		return 0x6A80;
	if (old.n > room && k->a->p1 == 0)
		return 0x6A84;
	f->max_size = room;
	f->content = old.n > room ? bytes_of("", 0) : rsp_copy(k->c, old);
	return 0x9000;
}

static unsigned
resized(struct uicc_call *k, const struct fcp *p, struct profile_file *f, struct bytes old)
{
	struct pattern pattern;

	if (f->kind == FILE_BERTLV)
		return resize_objects(k, p, f, old);
	if (f->kind != FILE_TRANSPARENT && f->kind != FILE_LINEAR)
		return 0x6981;
	if (k->a->p1)
		return 0x6A86;
	if (!number(p->size, &f->size) || !size_fits(f) || !read_pattern(p, f->kind, &pattern) || tlv_find(p->proprietary, 0x86, &(struct tlv){0}))
		return 0x6A80;
	f->content = first_content(k, f, &pattern, bytes_slice(old, 0, f->size));
	return f->content.p ? 0x9000 : 0x6581;
}

unsigned
run_resize(struct uicc_call *k)
{
	struct fcp p = {.size = BYTES_NONE};
	struct fs_file f, own;
	unsigned sw;

	if (k->a->p1 > 1 || k->a->p2)
		return 0x6A86;
	if (!k->a->data.n)
		return 0x6700;
	if (!read_fcp(k->a->data, &p) || p.fid.n != 2 || p.descriptor.p || p.arr.p || p.pins.p || p.lcsi.p || p.name.p || p.sfi.p)
		return 0x6A80;
	if (!fs_child(k->u, k->c, &k->ch->df, (uint16_t)(p.fid.p[0] << 8 | p.fid.p[1]), &f))
		return 0x6A82;
	if (is_df(f.info.kind))
		return 0x6A81;
	if ((sw = check_content_access(k, &f, 0, 0xD4)) != 0x9000)
		return sw;
	if (!fs_own(k->u, k->c, &f.body, &own))
		return 0x6581;
	if ((sw = resized(k, &p, &own.info, fs_read(k->u, k->c, &f))) != 0x9000)
		return sw;
	if (fs_put_own(k->u, k->c, &own.info) != RSP_OK || !fs_find(k->u, k->c, &f.path, &f))
		return 0x6581;
	channel_select(k->ch, &f);
	return 0x9000;
}
