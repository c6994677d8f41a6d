// SPDX-License-Identifier: BSD-2-Clause
/* A profile into the card's memory, out of it, and shown from it. */
#include <stdio.h>

#include "base/hex.h"
#include "uicc/impl.h"
#include "uicc/records.h"

static enum rsp_status
put_pin(struct rsp_ctx *c, struct nvm *nvm, const char *prefix, const struct profile_pin *p)
{
	struct pin_record r = {.attributes = p->attributes, .enabled = p->attributes & 1, .max = p->max_tries, .left = p->tries_left,
		.unblock_ref = p->unblock_ref};

	memcpy(r.value, p->value, 8);
	return nvm->put(nvm->self, c, pin_key(c, prefix, p->ref, p->context, p->context_depth), bytes_of(&r, sizeof(r)));
}

static enum rsp_status
put_puk(struct rsp_ctx *c, struct nvm *nvm, const char *prefix, const struct profile_puk *p)
{
	struct pin_record r = {.max = p->max_tries, .left = p->tries_left};

	memcpy(r.value, p->value, 8);
	return nvm->put(nvm->self, c, puk_key(c, prefix, p->ref), bytes_of(&r, sizeof(r)));
}

/* An NAA whose parameters are another's takes them over when it is installed. */
static const struct profile_aka *
source_of(const struct profile *p, const struct profile_aka *a)
{
	size_t i, k;

	if (!a->mapping_source.p)
		return a;
	for (i = 0; i < p->n_files; i++)
		if (p->file[i].kind == FILE_ADF && bytes_equal(p->file[i].df_name, a->mapping_source))
			for (k = 0; k < p->n_akas; k++)
				if (p->aka[k].adf == p->file[i].path[0] && p->aka[k].key.p)
					return &p->aka[k];
	return NULL;
}

static enum rsp_status
put_aka(struct rsp_ctx *c, struct nvm *nvm, const char *prefix, const struct profile *p, const struct profile_aka *a)
{
	const struct profile_aka *from = source_of(p, a);
	struct aka_record r = {0};
	struct sqn_record s = {0};
	enum rsp_status st;

	if (!from)
		return rsp_fail(c, RSP_REFUSED, "akaParameter maps to an application that has none");
	r.algorithm = (uint8_t)from->algorithm;
	r.options = from->options;
	memcpy(r.key, from->key.p, from->key.n < sizeof(r.key) ? from->key.n : sizeof(r.key));
	memcpy(r.opc, from->opc.p ? from->opc.p : r.opc, from->opc.n < sizeof(r.opc) ? from->opc.n : sizeof(r.opc));
	memcpy(r.rotation, from->rotation, sizeof(r.rotation));
	memcpy(r.xoring, from->xoring, sizeof(r.xoring));
	r.auth_max = from->auth_counter_max;
	r.key_n = (uint8_t)from->key.n;
	r.keccak = (uint8_t)from->keccak_iterations;
	r.sqn_options = a->sqn_options;
	memcpy(r.sqn_delta, a->sqn_delta, 6);
	memcpy(r.sqn_age, a->sqn_age_limit, 6);
	memcpy(s.seq, a->sqn_init, sizeof(s.seq));
	st = nvm->put(nvm->self, c, fs_key(c, prefix, "aka", &a->adf, 1), bytes_of(&r, sizeof(r)));
	explicit_bzero(&r, sizeof(r));
	return st == RSP_OK ? nvm->put(nvm->self, c, fs_key(c, prefix, "sqn", &a->adf, 1), bytes_of(&s, sizeof(s))) : st;
}

enum rsp_status
uicc_install(struct rsp_ctx *c, struct nvm *nvm, const char *prefix, const struct profile *p)
{
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < p->n_files; i++)
		st = fs_put(c, nvm, prefix, &p->file[i]);
	for (i = 0; st == RSP_OK && i < p->n_pins; i++)
		st = put_pin(c, nvm, prefix, &p->pin[i]);
	for (i = 0; st == RSP_OK && i < p->n_puks; i++)
		st = put_puk(c, nvm, prefix, &p->puk[i]);
	for (i = 0; st == RSP_OK && i < p->n_akas; i++)
		st = put_aka(c, nvm, prefix, p, &p->aka[i]);
	/* Security domains and remote management are read when a packet comes; applications and what CDMA asks for are only kept. */
	for (i = 0; st == RSP_OK && i < p->n_elements; i++) {
		char key[64];

		if (p->element[i].kind != PE_SD && p->element[i].kind != PE_RFM && p->element[i].kind != PE_CDMA &&
			p->element[i].kind != PE_APPLICATION)
			continue;
		snprintf(key, sizeof(key), "%.20se%04zu", prefix, i);
		st = nvm->put(nvm->self, c, bytes_of_str(key), p->element[i].der);
	}
	return st;
}

struct keys { struct rsp_ctx *c; struct bytes *p; size_t n, cap; };

static bool
collect(void *arg, struct bytes key, struct bytes value)
{
	struct keys *k = arg;

	(void)value;
	if (k->n == k->cap) {
		struct bytes *more = rsp_alloc(k->c, (k->cap ? k->cap * 2 : 128) * sizeof(*more));

		if (!more)
			return false;
		if (k->n)
			memcpy(more, k->p, k->n * sizeof(*more));
		k->p = more;
		k->cap = k->cap ? k->cap * 2 : 128;
	}
	k->p[k->n] = rsp_copy(k->c, key);
	return k->p[k->n++].p != NULL;
}

enum rsp_status
uicc_remove(struct rsp_ctx *c, struct nvm *nvm, const char *prefix)
{
	struct keys k = {.c = c};
	enum rsp_status st = RSP_OK;
	size_t i;

	nvm->each(nvm->self, bytes_of_str(prefix), collect, &k);
	for (i = 0; st == RSP_OK && i < k.n; i++)
		st = nvm->del(nvm->self, c, k.p[i]);
	return st;
}

static bool
path_of_key(struct bytes hex, struct fs_path *out)
{
	size_t i;

	if (hex.n % 4 || hex.n / 4 > PATH_MAX_DEPTH)
		return false;
	*out = (struct fs_path){.depth = (unsigned)(hex.n / 4)};
	for (i = 0; i < hex.n; i++)
		out->fid[i / 4] = (uint16_t)(out->fid[i / 4] << 4 | hex_digit(hex.p[i]));
	return true;
}

enum rsp_status
uicc_each_file(struct rsp_ctx *c, struct nvm *nvm, const char *prefix, enum rsp_status (*fn)(void *arg, const struct uicc_file *f), void *arg)
{
	struct keys k = {.c = c};
	struct uicc u = {.nvm = nvm};
	struct fs_file f;
	struct fs_path p;
	enum rsp_status st = RSP_OK;
	size_t i, skip;

	snprintf(u.prefix, sizeof(u.prefix), "%.14s", prefix);
	skip = strlen(u.prefix) + 1;
	nvm->each(nvm->self, fs_key(c, u.prefix, "f", NULL, 0), collect, &k);
	for (i = 0; st == RSP_OK && i < k.n; i++) {
		struct uicc_file shown;

		if (!path_of_key(bytes_from(k.p[i], skip), &p) || !fs_find(&u, c, &p, &f))
			continue;
		f.info.content = is_df(f.info.kind) ? BYTES_NONE : rsp_copy(c, fs_read(&u, c, &f));
		shown = (struct uicc_file){.path = f.path.fid, .depth = f.path.depth, .info = f.info};
		st = fn(arg, &shown);
	}
	return st;
}
