// SPDX-License-Identifier: BSD-2-Clause
/* LoadCRL (SGP.22 5.7.12): lists of revoked certificates, whole or in parts. A newer list takes the older one's place when all its parts are there. */
#include <stdio.h>
#include <stdlib.h>

#include "euicc/impl.h"
#include "tlv/tlv.h"

enum { INVALID_SIGNATURE = 1, INVALID_FORMAT = 2, NO_MEMORY = 3, NO_KEY = 4, FRESHER_LOADED = 5, BASE_MISSING = 6 };

#define PARTS_MAX 64

struct crls { struct pki_crl *p[PARTS_MAX]; size_t n; };

/* What the card needs of a list beside its entries. */
struct facts {
	uint64_t number, total, part;
	bool delta;
	struct bytes aki;
};

static const uint8_t oid_number[] = {0x55, 0x1D, 0x14}, oid_delta[] = {0x55, 0x1D, 0x1B}, oid_aki[] = {0x55, 0x1D, 0x23},
	oid_total[] = {0x67, 0x81, 0x12, 0x01, 0x02, 0x00, 0x02}, oid_part[] = {0x67, 0x81, 0x12, 0x01, 0x02, 0x00, 0x03};

/* ---- what a list says ---- */

static bool
read_integer(struct bytes value, uint64_t *out)
{
	struct tlv t;

	return tlv_only(value, 0x02, &t) == RSP_OK && tlv_uint(t.value, out) == RSP_OK;
}

static bool
read_extension(struct bytes extension, struct facts *f)
{
	struct tlv oid, value, all, id;

	if (!tlv_find(extension, 0x06, &oid) || !tlv_find(extension, 0x04, &value))
		return false;
	if (bytes_equal(oid.value, BYTES_OF(oid_number)))
		return read_integer(value.value, &f->number);
	if (bytes_equal(oid.value, BYTES_OF(oid_total)))
		return read_integer(value.value, &f->total) && f->total >= 1 && f->total <= PARTS_MAX;
	if (bytes_equal(oid.value, BYTES_OF(oid_part)))
		return read_integer(value.value, &f->part);
	if (bytes_equal(oid.value, BYTES_OF(oid_delta)))
		f->delta = true;
	if (bytes_equal(oid.value, BYTES_OF(oid_aki)) && tlv_only(value.value, 0x30, &all) == RSP_OK && tlv_find(all.value, 0x80, &id))
		f->aki = id.value;
	return true;
}

static bool
read_facts(struct bytes der, struct facts *f)
{
	struct tlv whole, tbs, outer, list, extension;

	*f = (struct facts){.total = 1, .part = 1};
	if (tlv_only(der, 0x30, &whole) != RSP_OK || !tlv_find(whole.value, 0x30, &tbs))
		return false;
	if (!tlv_find(tbs.value, 0xA0, &outer))
		return true;
	if (tlv_only(outer.value, 0x30, &list) != RSP_OK)
		return false;
	while (list.value.n)
		if (tlv_next(&list.value, &extension) != RSP_OK || !read_extension(extension.value, f))
			return false;
	return f->part >= 1 && f->part <= f->total;
}

/* ---- the memory: crlB/NUMBER/PART ---- */

struct walk { struct rsp_ctx *c; struct bytes key[PARTS_MAX * 2]; size_t n; };

static bool
collect(void *arg, struct bytes key, struct bytes value)
{
	struct walk *w = arg;

	(void)value;
	if (w->n < sizeof(w->key) / sizeof(w->key[0]))
		w->key[w->n++] = rsp_copy(w->c, key);
	return true;
}

static void
parts(struct rsp_ctx *c, struct nvm *nvm, const char *prefix, struct walk *w)
{
	*w = (struct walk){.c = c};
	nvm->each(nvm->self, bytes_of_str(prefix), collect, w);
}

static char *
key_of(struct rsp_ctx *c, int branch, const struct facts *f)
{
	return rsp_sprintf(c, "crl%d/%016llX/%02X", branch, (unsigned long long)f->number, (unsigned)f->part);
}

enum rsp_status
crl_put(struct rsp_ctx *c, struct nvm *nvm, int branch, struct bytes der)
{
	struct facts f;
	char *key;

	if (!read_facts(der, &f))
		return rsp_fail(c, RSP_MALFORMED, "the CRL cannot be read");
	key = key_of(c, branch, &f);
	return key ? nvm->put(nvm->self, c, bytes_of_str(key), der) : RSP_NOMEM;
}

void
crls_free(struct crls *l)
{
	size_t i;

	for (i = 0; l && i < l->n; i++)
		pki_crl_free(l->p[i]);
	free(l);
}

enum rsp_status
crls_load(struct rsp_ctx *c, struct euicc *e, int branch, struct crls **out)
{
	struct walk *w = rsp_alloc(c, sizeof(*w));
	struct crls *l;
	struct bytes der;
	enum rsp_status st = RSP_OK;
	size_t i;

	if (!w)
		return RSP_NOMEM;
	parts(c, e->nvm, branch ? "crl1/" : "crl0/", w);
	if (!w->n)
		return RSP_OK;
	if (!(l = calloc(1, sizeof(*l))))
		return rsp_fail(c, RSP_NOMEM, "no memory for a CRL");
	for (i = 0; st == RSP_OK && i < w->n && l->n < PARTS_MAX; i++)
		if (e->nvm->get(e->nvm->self, w->key[i], &der) && (st = pki_crl_read(c, der, &l->p[l->n])) == RSP_OK)
			l->n++;
	*out = l;
	return st;
}

bool
crls_list(const struct crls *l, const struct pki_cert *cert)
{
	size_t i;

	for (i = 0; l && i < l->n; i++)
		if (pki_crl_lists(l->p[i], cert))
			return true;
	return false;
}

/* ---- LoadCRL ---- */

struct loading { struct es10_call *call; struct bytes der; struct facts f; int branch; char *set; struct walk *have; };

/* The CRL as a certificate list again: its members are inside A0, whose tag replaced 30. */
static enum rsp_status
certificate_list(struct rsp_ctx *c, struct bytes command, struct bytes *out)
{
	struct buf b = BUF_INIT;
	struct tlv t, list;

	if (tlv_only(command, 0xBF35, &t) != RSP_OK || tlv_only(t.value, 0xA0, &list) != RSP_OK)
		return rsp_fail(c, RSP_MALFORMED, "LoadCRL: want a CRL");
	tlv_add(&b, 0x30, list.value);
	return buf_finish(&b, c, out);
}

/* Whose list it says it is. -1: nobody's the card knows. */
static int
branch_of(struct euicc *e, const struct facts *f)
{
	int i;

	for (i = 0; i < 2; i++)
		if (e->branch[i].ski_n && bytes_equal(f->aki, bytes_of(e->branch[i].ski, e->branch[i].ski_n)))
			return i;
	return -1;
}

/* Error of LoadCRLResponse, or 0. */
static enum rsp_status
check(struct rsp_ctx *c, struct loading *l, int *error)
{
	struct euicc *e = l->call->e;
	struct pki_crl *crl = NULL;
	enum rsp_status st;

	*error = INVALID_FORMAT;
	if (pki_crl_read(c, l->der, &crl) != RSP_OK)
		return c->error.status == RSP_NOMEM ? RSP_NOMEM : RSP_OK;
	if (!read_facts(l->der, &l->f)) {
		pki_crl_free(crl);
		return RSP_OK;
	}
	l->branch = branch_of(e, &l->f);
	*error = NO_KEY;
	st = l->branch < 0 ? RSP_OK : branch_open(c, e, l->branch);
	if (st == RSP_OK && l->branch >= 0) {
		st = pki_crl_verify(c, crl, e->branch[l->branch].ci);
		*error = l->f.delta ? (e->branch[l->branch].crl ? INVALID_FORMAT : BASE_MISSING) : st == RSP_UNTRUSTED ? INVALID_SIGNATURE : 0;
		st = st == RSP_NOMEM ? st : RSP_OK;
	}
	pki_crl_free(crl);
	return st;
}

/* Keys of one branch sort by number: a later one than ours is fresher. */
static bool
fresher_loaded(const struct loading *l)
{
	size_t i, n = strlen(l->set);

	for (i = 0; i < l->have->n; i++)
		if (bytes_compare(bytes_slice(l->have->key[i], 0, n), bytes_of_str(l->set)) > 0)
			return true;
	return false;
}

#define SET 22   /* octets of crlB/NUMBER/ */

/* Are all parts of the list there that this one belongs to? */
static bool
is_whole(const struct loading *l, struct bytes key)
{
	struct nvm *nvm = l->call->e->nvm;
	struct facts f = {0};
	struct bytes der;
	size_t i, n = 0;

	if (!nvm->get(nvm->self, key, &der) || !read_facts(der, &f))
		return false;
	for (i = 0; i < l->have->n; i++)
		n += bytes_starts_with(l->have->key[i], bytes_slice(key, 0, SET));
	return n == f.total;
}

/* Older lists go when the new one is whole; before that, only those that never were. */
static enum rsp_status
retire_older(struct rsp_ctx *c, struct loading *l, bool complete)
{
	struct nvm *nvm = l->call->e->nvm;
	bool goes[PARTS_MAX * 2];
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; i < l->have->n; i++)
		goes[i] = !bytes_starts_with(l->have->key[i], bytes_of_str(l->set)) && (complete || !is_whole(l, l->have->key[i]));
	for (i = 0; st == RSP_OK && i < l->have->n; i++)
		if (goes[i])
			st = nvm->del(nvm->self, c, l->have->key[i]);
	return st;
}

static void
answer(struct rsp_ctx *c, struct loading *l, bool *complete)
{
	struct buf missing = BUF_INIT, *out = &l->call->reply;
	size_t mark = tlv_open(out, 0xBF35), ok = tlv_open(out, 0xA0);
	struct facts f = l->f;
	struct bytes v;

	for (f.part = 1; f.part <= f.total; f.part++)
		if (!state_get(l->call->e, key_of(c, l->branch, &f), &v))
			tlv_add_uint(&missing, 0x02, f.part);
	*complete = missing.n == 0;
	if (missing.n)
		tlv_add(out, 0xA0, buf_bytes(&missing));
	buf_free(&missing);
	tlv_close(out, ok);
	tlv_close(out, mark);
}

static enum rsp_status
take(struct rsp_ctx *c, struct loading *l, int *error)
{
	struct euicc *e = l->call->e;
	bool complete = false;
	enum rsp_status st;

	l->set = rsp_sprintf(c, "crl%d/%016llX/", l->branch, (unsigned long long)l->f.number);
	l->have = rsp_alloc(c, sizeof(*l->have));
	if (!l->set || !l->have)
		return RSP_NOMEM;
	parts(c, e->nvm, l->branch ? "crl1/" : "crl0/", l->have);
	if (fresher_loaded(l)) {
		*error = FRESHER_LOADED;
		return RSP_OK;
	}
	if ((st = crl_put(c, e->nvm, l->branch, l->der)) != RSP_OK)
		return st;
	answer(c, l, &complete);
	st = retire_older(c, l, complete);
	if (st == RSP_OK && state_used_memory(e) > e->traits->memory) {
		e->nvm->abort(e->nvm->self);
		buf_reset(&l->call->reply);
		*error = NO_MEMORY;
	}
	branches_drop(e);
	return st;
}

enum rsp_status
es10_load_crl(struct rsp_ctx *c, struct es10_call *call)
{
	struct loading l = {.call = call};
	int error = 0;
	size_t mark;
	enum rsp_status st = certificate_list(c, call->command, &l.der);

	if (!(call->e->traits->rsp_capability & RSP_CAP_CRL)) {
		call->sw = 0x6A88;
		return RSP_OK;
	}
	if (st == RSP_OK)
		st = check(c, &l, &error);
	if (st == RSP_OK && !error)
		st = take(c, &l, &error);
	if (st != RSP_OK || !error)
		return st;
	mark = tlv_open(&call->reply, 0xBF35);
	tlv_add_uint(&call->reply, 0x81, (uint64_t)error);
	tlv_close(&call->reply, mark);
	return RSP_OK;
}
