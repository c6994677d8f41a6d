// SPDX-License-Identifier: BSD-2-Clause
/* DELETE FILE, and the life cycle of files: ACTIVATE, DEACTIVATE, TERMINATE (ETSI TS 102 222 6.4 to 6.9, TS 102 221 11.1.14, 11.1.15). */
#include "uicc/impl.h"

#include "base/hex.h"

static bool
is_below(const struct fs_path *p, const struct fs_path *top)
{
	return p->depth >= top->depth && memcmp(p->fid, top->fid, top->depth * sizeof(top->fid[0])) == 0;
}

/* Named by an FID or by a path as P1 says; without data the current EF, or the current DF when there is none. */
static unsigned
meant(struct uicc_call *k, struct fs_file *out)
{
	const struct apdu *a = k->a;
	uint16_t fid;

	if (!a->data.n)
		return fs_find(k->u, k->c, k->ch->has_ef ? &k->ch->ef : &k->ch->df, out) ? 0x9000 : 0x6A82;
	if (a->p1)
		return a->data.n % 2 ? 0x6A87 : file_by_path(k, a->data, a->p1 == 8, out) ? 0x9000 : 0x6A82;
	if (a->data.n != 2)
		return 0x6A87;
	fid = (uint16_t)(a->data.p[0] << 8 | a->data.p[1]);
	if (fs_child(k->u, k->c, &k->ch->df, fid, out) && out->info.kind != FILE_ADF)
		return 0x9000;
	if (k->ch->df.depth && k->ch->df.fid[k->ch->df.depth - 1] == fid && fs_find(k->u, k->c, &k->ch->df, out))
		return 0x9000;
	return 0x6A82;
}

/* To activated (5) or deactivated (4); 7 and 6 say the same. What was never activated can only be activated, what is terminated neither. */
static unsigned
set_state(struct uicc_call *k, unsigned mode, uint8_t to)
{
	struct fs_file f;
	unsigned sw;

	if (k->a->p2 || (k->a->p1 != 0 && k->a->p1 != 8 && k->a->p1 != 9))
		return 0x6A86;
	if ((sw = meant(k, &f)) != 0x9000)
		return sw;
	if (f.info.lcsi >= LCSI_TERMINATED || f.closed || (to == 4 && (f.info.lcsi == 1 || f.info.lcsi == 3 || f.info.kind == FILE_MF)))
		return 0x6985;
	if ((sw = check_access(k, &f, mode, 0)) != 0x9000)
		return sw;
	if ((f.info.lcsi & 0xFD) == to)
		return 0x9000;
	return fs_set_lcsi(k->u, k->c, &f, to) == RSP_OK ? 0x9000 : 0x6581;
}

unsigned
run_activate(struct uicc_call *k)
{
	return set_state(k, ACCESS_ACTIVATE, 5);
}

unsigned
run_deactivate(struct uicc_call *k)
{
	return set_state(k, ACCESS_DEACTIVATE, 4);
}

/* For good. */
static unsigned
terminate(struct uicc_call *k, const struct fs_file *f)
{
	unsigned sw;

	if (f->info.lcsi >= LCSI_TERMINATED || f->closed || f->info.kind == FILE_MF)
		return 0x6985;
	if ((sw = check_access(k, f, ACCESS_TERMINATE, 0)) != 0x9000)
		return sw;
	return fs_set_lcsi(k->u, k->c, f, LCSI_TERMINATED) == RSP_OK ? 0x9000 : 0x6581;
}

unsigned
run_terminate_ef(struct uicc_call *k)
{
	struct fs_file f;
	unsigned sw;

	if (k->a->p1 || k->a->p2)
		return 0x6A86;
	if (k->a->data.p)
		return 0x6700;
	return (sw = current_ef(k, 0, &f)) == 0x9000 ? terminate(k, &f) : sw;
}

unsigned
run_terminate_df(struct uicc_call *k)
{
	struct fs_file f;

	if (k->a->p1 || k->a->p2)
		return 0x6A86;
	if (k->a->data.p)
		return 0x6700;
	return fs_find(k->u, k->c, &k->ch->df, &f) ? terminate(k, &f) : 0x6A82;
}

/* A laboratory's card is not put to death by a command: nobody has the right. */
unsigned
run_terminate_card(struct uicc_call *k)
{
	if (k->a->p1 || k->a->p2)
		return 0x6A86;
	return k->a->data.p ? 0x6700 : 0x6982;
}

/* ---- DELETE FILE ---- */

struct keys { struct uicc_call *k; const struct fs_path *top; struct bytes *p; size_t n, cap; bool linked, full; };

/* The path that a key ends with, behind `skip` octets. */
static bool
path_of_key(struct bytes key, size_t skip, struct fs_path *out)
{
	struct bytes hex = bytes_from(key, skip);
	size_t i;

	if (key.n < skip || hex.n % 4 || hex.n / 4 > PATH_MAX_DEPTH)
		return false;
	*out = (struct fs_path){.depth = (unsigned)(hex.n / 4)};
	for (i = 0; i < hex.n; i++) {
		if (hex_digit(hex.p[i]) < 0)
			return false;
		out->fid[i / 4] = (uint16_t)(out->fid[i / 4] << 4 | hex_digit(hex.p[i]));
	}
	return true;
}

static void
keep(struct keys *l, struct bytes key)
{
	if (l->n == l->cap) {
		struct bytes *more = rsp_alloc(l->k->c, (l->cap ? 2 * l->cap : 64) * sizeof(*more));

		l->full = l->full || !more;
		if (!more)
			return;
		if (l->n)
			memcpy(more, l->p, l->n * sizeof(*more));
		l->p = more;
		l->cap = l->cap ? 2 * l->cap : 64;
	}
	l->p[l->n++] = rsp_copy(l->k->c, key);
}

/* Everything that is stored for a file below top; and whether a file elsewhere is a link into it. */
static bool
look(void *arg, struct bytes key, struct bytes value)
{
	static const struct { const char *kind; size_t skip; } kinds[] = {{"f", 1}, {"c", 1}, {"pin", 5}, {"aka", 3}, {"sqn", 3}};
	struct keys *l = arg;
	struct bytes rest = bytes_from(key, strlen(l->k->u->prefix));
	struct fs_path at, link = {.depth = 0};
	struct fs_file f;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (bytes_starts_with(rest, bytes_of_str(kinds[i].kind)) && path_of_key(rest, kinds[i].skip, &at))
			break;
	if (i == sizeof(kinds) / sizeof(kinds[0]))
		return true;
	if (is_below(&at, l->top)) {
		keep(l, key);
	} else if (i == 0 && fs_read_meta(l->k->c, value, &f) && f.info.link_depth) {
		link.depth = f.info.link_depth;
		memcpy(link.fid, f.info.link, sizeof(link.fid));
		l->linked = l->linked || is_below(&link, l->top);
	}
	return true;
}

/* Somebody else stands in it, or has its application active. */
static bool
in_use(const struct uicc_call *k, const struct fs_file *f)
{
	const struct channel *ch = k->u->channel;
	size_t i;

	for (i = 0; i < CHANNELS; i++)
		if (ch[i].open && &ch[i] != k->ch && (is_below(&ch[i].df, &f->path) || (ch[i].has_ef && is_below(&ch[i].ef, &f->path)) ||
			(f->info.kind == FILE_ADF && ch[i].adf == f->path.fid[0])))
			return true;
	return false;
}

static unsigned
may_delete(struct uicc_call *k, const struct fs_file *f)
{
	struct fs_path up = f->path;
	struct fs_file parent;

	if (check_access(k, f, ACCESS_DELETE, 0) == 0x9000)
		return 0x9000;
	up.depth--;
	return fs_find(k->u, k->c, &up, &parent) ? check_access(k, &parent, ACCESS_DELETE_CHILD, 0) : 0x6982;
}

/* The channel that stood in the file stands in its parent. */
static void
step_out(struct channel *ch, const struct fs_file *f)
{
	if (f->info.kind == FILE_ADF && ch->adf == f->path.fid[0]) {
		ch->adf = 0;
		ch->aid_n = 0;
	}
	if (is_df(f->info.kind) && is_below(&ch->df, &f->path)) {
		ch->df = f->path;
		ch->df.depth--;
		ch->has_ef = false;
	}
	if (ch->has_ef && is_below(&ch->ef, &f->path))
		ch->has_ef = false;
	if (!ch->has_ef)
		ch->record = 0;
	transfer_end(ch);
}

unsigned
run_delete(struct uicc_call *k)
{
	struct nvm *nvm = k->u->nvm;
	struct keys l = {.k = k};
	struct fs_file f, own;
	unsigned sw;
	size_t i;

	if (k->a->p1 || k->a->p2)
		return 0x6A86;
	if (k->a->data.p && k->a->data.n != 2)
		return 0x6700;
	if ((sw = meant(k, &f)) != 0x9000)
		return sw;
	if (f.info.kind == FILE_MF || f.closed || !fs_own(k->u, k->c, &f.path, &own))
		return 0x6985;
	if ((sw = may_delete(k, &f)) != 0x9000)
		return sw;
	l.top = &f.path;
	nvm->each(nvm->self, bytes_of_str(k->u->prefix), look, &l);
	if (l.full)
		return 0x6581;
	if (l.linked || in_use(k, &f))
		return 0x6985;
	for (i = 0; i < l.n; i++)
		if (nvm->del(nvm->self, k->c, l.p[i]) != RSP_OK)
			return 0x6581;
	pin_forget_below(k->u, &f.path);
	step_out(k->ch, &f);
	return 0x9000;
}
