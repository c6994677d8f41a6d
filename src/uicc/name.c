// SPDX-License-Identifier: BSD-2-Clause
/* Applications by name: SELECT by AID (ETSI TS 102 221 11.1.1.2), and whether a name or an FID is still free for a new file. */
#include <stdlib.h>

#include "uicc/impl.h"

struct aids { struct uicc_call *k; struct fs_file found[16]; size_t n; };

static bool
collect_adf(void *arg, struct bytes key, struct bytes value)
{
	struct aids *l = arg;
	struct fs_file *f = &l->found[l->n];

	/* "p/01/f" and one FID: a file directly in the MF. */
	if (l->n < 16 && key.n == strlen(l->k->u->prefix) + 5 && fs_read_meta(l->k->c, value, f) && f->info.kind == FILE_ADF &&
		f->info.df_name.n <= AID_MAX) {
		f->path = (struct fs_path){.depth = 1};
		f->path.fid[0] = (uint16_t)strtoul(rsp_sprintf(l->k->c, "%.4s", (const char *)key.p + key.n - 4), NULL, 16);
		f->body = f->path;
		l->n++;
	}
	return true;
}

bool
fs_adf_named(struct uicc *u, struct rsp_ctx *c, struct bytes name, struct fs_file *out)
{
	struct uicc_call k = {.u = u, .c = c};
	struct aids *l = rsp_alloc(c, sizeof(*l));
	size_t i;

	if (!l || !name.n)
		return false;
	l->k = &k;
	u->nvm->each(u->nvm->self, fs_key(c, u->prefix, "f", NULL, 0), collect_adf, l);
	for (i = 0; i < l->n; i++)
		if (bytes_equal(l->found[i].info.df_name, name)) {
			*out = l->found[i];
			return true;
		}
	return false;
}

/* Which of the matching applications: first, last, next or previous of the one selected last. */
static int
occurrence(const struct aids *l, const struct channel *ch, struct bytes wanted, unsigned which)
{
	int first = -1, last = -1, next = -1, previous = -1;
	bool passed = false;
	size_t i;

	for (i = 0; i < l->n; i++) {
		struct bytes name = l->found[i].info.df_name;

		if (!bytes_starts_with(name, wanted))
			continue;
		if (first < 0)
			first = (int)i;
		last = (int)i;
		if (bytes_equal(name, bytes_of(ch->aid, ch->aid_n)))
			passed = true;
		else if (passed && next < 0)
			next = (int)i;
		else if (!passed)
			previous = (int)i;
	}
	if (which >= 2 && !passed)
		return -1;
	return which == 0 ? first : which == 1 ? last : which == 2 ? next : previous;
}

/*
 * Termination: of the application that is active here. The MF is current then; PINs of the ADF's own stay verified only while another channel has the
 * application active.
 */
static bool
end_application(struct uicc *u, struct channel *ch, const struct fs_file *adf)
{
	const struct fs_file mf = {.info = {.kind = FILE_MF}};
	size_t i;

	if (ch->adf != adf->path.fid[0])
		return false;
	channel_select(ch, &mf);
	ch->adf = 0;
	ch->aid_n = 0;
	for (i = 0; i < CHANNELS; i++)
		if (u->channel[i].open && u->channel[i].adf == adf->path.fid[0])
			return true;
	pin_forget_below(u, &adf->path);
	return true;
}

enum rsp_status
uicc_select_aid(struct uicc *u, struct rsp_ctx *c, const struct apdu *a, struct bytes *data, unsigned *sw)
{
	struct channel *ch = &u->channel[a->channel];
	struct uicc_call k = {.u = u, .c = c, .a = a, .ch = ch};
	struct aids *l = rsp_alloc(c, sizeof(*l));
	int at;

	*data = BYTES_NONE;
	*sw = 0x6A86;
	if ((a->p2 & 0x0C) == 0x08)
		return RSP_OK;
	*sw = 0x6A82;
	if (!l)
		return RSP_NOMEM;
	if (!u->prefix[0] || !ch->open)
		return RSP_OK;
	l->k = &k;
	u->nvm->each(u->nvm->self, fs_key(c, u->prefix, "f", NULL, 0), collect_adf, l);
	at = occurrence(l, ch, a->data, a->p2 & 3);
	if (at < 0)
		return RSP_OK;
	if (a->p2 & 0x40) {
		if (!end_application(u, ch, &l->found[at]))
			return RSP_OK;
	} else {
		ch->aid_n = (unsigned)l->found[at].info.df_name.n;
		memcpy(ch->aid, l->found[at].info.df_name.p, ch->aid_n);
		ch->adf = l->found[at].path.fid[0];
		channel_select(ch, &l->found[at]);
	}
	*sw = select_answer(&k, &l->found[at]);
	*data = k.data;
	return RSP_OK;
}

/* ---- free for a new file ---- */

struct names { struct rsp_ctx *c; struct bytes name; bool taken; };

static bool
has_name(void *arg, struct bytes key, struct bytes value)
{
	struct names *n = arg;
	struct fs_file f;

	(void)key;
	n->taken = n->taken || (fs_read_meta(n->c, value, &f) && f.info.df_name.p && bytes_equal(f.info.df_name, n->name));
	return !n->taken;
}

unsigned
place_free(struct uicc_call *k, const struct fs_file *df, uint16_t fid, struct bytes name)
{
	struct names names = {k->c, name, false};
	struct fs_path up = df->body;
	struct fs_file f;

	if (fid == 0x3F00 || fid == 0x7FFF || fid == 0x3FFF || fid == 0xFFFF)
		return 0x6A80;
	if (fs_child(k->u, k->c, &df->body, fid, &f) || (up.depth && up.fid[up.depth - 1] == fid))
		return 0x6A89;
	if (up.depth) {
		up.depth--;
		if ((up.depth && up.fid[up.depth - 1] == fid) || (fs_child(k->u, k->c, &up, fid, &f) && f.info.kind == FILE_DF))
			return 0x6A89;
	}
	if (name.p)
		k->u->nvm->each(k->u->nvm->self, fs_key(k->c, k->u->prefix, "f", NULL, 0), has_name, &names);
	return names.taken ? 0x6A8A : df->body.depth == PATH_MAX_DEPTH ? 0x6A84 : 0x9000;
}
