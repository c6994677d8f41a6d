// SPDX-License-Identifier: BSD-2-Clause
/* AUTHENTICATE (3GPP TS 31.102 7.1, TS 31.103 7.1) and sequence numbers (TS 33.102 Annex C). */
#include "crypto/aka.h"

#include "crypto/crypto.h"
#include "crypto/tuak.h"
#include "uicc/impl.h"
#include "uicc/records.h"

struct aka {
	struct aka_record r;
	struct sqn_record s;
	struct bytes sqn_key;
	struct fs_path adf;
	bool isim;
};

static bool
load(struct uicc_call *k, struct aka *a)
{
	struct nvm *nvm = k->u->nvm;
	struct bytes v;

	a->adf = (struct fs_path){{k->ch->adf}, 1};
	a->sqn_key = fs_key(k->c, k->u->prefix, "sqn", &k->ch->adf, 1);
	if (!nvm->get(nvm->self, fs_key(k->c, k->u->prefix, "aka", &k->ch->adf, 1), &v) || (v.n != sizeof(a->r) && v.n != AKA_RECORD_BEFORE))
		return false;
	a->r = (struct aka_record){.key_n = 16, .keccak = 1};
	memcpy(&a->r, v.p, v.n);
	if (!nvm->get(nvm->self, a->sqn_key, &v) || v.n != sizeof(a->s))
		return false;
	memcpy(&a->s, v.p, sizeof(a->s));
	return true;
}

/* AUTN has room for a MAC of 64 bits, the answer for keys of 128: TUAK's other lengths serve nobody here. */
static unsigned
tuak_functions(const struct aka *a, const uint8_t rand[16], const uint8_t sqn[6], const uint8_t amf[2], struct aka_out *out)
{
	static const uint8_t res_sizes[] = {4, 8, 16};
	struct tuak t = {.k_n = a->r.key_n, .mac_n = 8, .ck_n = 16, .ik_n = 16, .iterations = a->r.keccak};
	struct tuak_out o;
	bool good;

	if (a->r.options >= sizeof(res_sizes))
		return 0x9864;
	t.res_n = out->res_n = res_sizes[a->r.options];
	memcpy(t.k, a->r.key, 32);
	memcpy(t.topc, a->r.opc, 32);
	good = tuak_all(&t, rand, sqn, amf, &o);
	memcpy(out->mac_a, o.mac_a, 8);
	memcpy(out->mac_s, o.mac_s, 8);
	memcpy(out->res, o.res, out->res_n);
	memcpy(out->ck, o.ck, 16);
	memcpy(out->ik, o.ik, 16);
	memcpy(out->ak, o.ak, 6);
	memcpy(out->ak_star, o.ak_star, 6);
	explicit_bzero(&t, sizeof(t));
	explicit_bzero(&o, sizeof(o));
	return good ? 0x9000 : 0x9864;
}

static unsigned
functions(struct uicc_call *k, const struct aka *a, const uint8_t rand[16], const uint8_t sqn[6], const uint8_t amf[2], struct aka_out *out)
{
	struct milenage m;

	if (a->r.algorithm == AKA_TEST) {
		out->res_n = a->r.options & 2 ? 16 : 8;
		aka_test_all(a->r.key, rand, sqn, amf, out);
		return 0x9000;
	}
	if (a->r.algorithm == AKA_TUAK)
		return tuak_functions(a, rand, sqn, amf, out);
	if (a->r.algorithm != AKA_MILENAGE)
		return 0x9864;
	memcpy(m.k, a->r.key, 16);
	memcpy(m.opc, a->r.opc, 16);
	memcpy(m.r, a->r.rotation, 5);
	memcpy(m.c, a->r.xoring, sizeof(m.c));
	if (milenage_all(k->c, &m, rand, sqn, amf, out) != RSP_OK)
		return 0x6F00;
	explicit_bzero(&m, sizeof(m));
	return 0x9000;
}

static uint64_t
u48(const uint8_t p[6])
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < 6; i++)
		v = v << 8 | p[i];
	return v;
}

static void
put48(uint8_t p[6], uint64_t v)
{
	size_t i;

	for (i = 0; i < 6; i++)
		p[i] = (uint8_t)(v >> (40 - 8 * i));
}

/* The highest SQN accepted so far: its SEQ, and the IND it had. */
static uint64_t
highest(const struct sqn_record *s, unsigned *ind)
{
	uint64_t most = 0;
	unsigned i;

	*ind = s->highest_ind & 31;
	most = u48(s->seq[*ind]);
	for (i = 0; i < 32; i++)
		if (u48(s->seq[i]) > most || (most && u48(s->seq[i]) == most && i > *ind)) {
			most = u48(s->seq[i]);
			*ind = i;
		}
	return most;
}

/* SEQ must be newer than the last with the same IND; not too far ahead, and, if the profile says so, not too old. */
static bool
fresh(const struct aka *a, uint64_t seq, unsigned ind)
{
	unsigned at;
	uint64_t most = highest(&a->s, &at);

	if (seq <= u48(a->s.seq[ind]))
		return false;
	if (a->r.sqn_options & 2 && seq > most && seq - most > u48(a->r.sqn_delta))
		return false;
	return !(a->r.sqn_options & 4) || most < seq || most - seq <= u48(a->r.sqn_age);
}

static unsigned
resynchronise(struct uicc_call *k, const struct aka *a, const uint8_t rand[16])
{
	static const uint8_t amf[2] = {0, 0};
	struct aka_out o = {0};
	struct buf b = BUF_INIT;
	uint8_t sqn[6], auts[14];
	unsigned ind, sw;
	uint64_t most = highest(&a->s, &ind);
	size_t i;

	put48(sqn, most << 5 | ind);
	sw = functions(k, a, rand, sqn, amf, &o);
	if (sw != 0x9000)
		return sw;
	for (i = 0; i < 6; i++)
		auts[i] = sqn[i] ^ o.ak_star[i];
	memcpy(auts + 6, o.mac_s, 8);
	buf_u8(&b, 0xDC);
	buf_u8(&b, sizeof(auts));
	buf_add(&b, BYTES_OF(auts));
	return buf_finish(&b, k->c, &k->data) == RSP_OK ? 0x9000 : 0x6F00;
}

static bool
service(struct uicc_call *k, const struct aka *a, unsigned n)
{
	struct fs_file f;
	struct bytes ust;

	if (!fs_child(k->u, k->c, &a->adf, 0x6F38, &f))
		return false;
	ust = fs_read(k->u, k->c, &f);
	return ust.n > (n - 1) / 8 && ust.p[(n - 1) / 8] & 1u << (n - 1) % 8;
}

static void
kc_of(const struct aka_out *o, uint8_t kc[8])
{
	size_t i;

	for (i = 0; i < 8; i++)
		kc[i] = o->ck[i] ^ o->ck[i + 8] ^ o->ik[i] ^ o->ik[i + 8];
}

static void
add_counted(struct buf *b, const uint8_t *p, size_t n)
{
	buf_u8(b, (unsigned)n);
	buf_add(b, bytes_of(p, n));
}

/* The number is settled in memory that lasts before the answer leaves. */
static unsigned
accept(struct uicc_call *k, struct aka *a, const struct aka_out *o, uint64_t seq, unsigned ind)
{
	struct nvm *nvm = k->u->nvm;
	struct buf b = BUF_INIT;
	uint8_t kc[8];

	put48(a->s.seq[ind], seq);
	a->s.highest_ind = (uint8_t)ind;
	if (nvm->put(nvm->self, k->c, a->sqn_key, bytes_of(&a->s, sizeof(a->s))) != RSP_OK)
		return 0x6581;
	buf_u8(&b, 0xDB);
	add_counted(&b, o->res, o->res_n);
	add_counted(&b, o->ck, 16);
	add_counted(&b, o->ik, 16);
	if (!a->isim && service(k, a, 27)) {
		kc_of(o, kc);
		add_counted(&b, kc, 8);
	}
	return buf_finish(&b, k->c, &k->data) == RSP_OK ? 0x9000 : 0x6F00;
}

static unsigned
context_3g(struct uicc_call *k, struct aka *a, const uint8_t *rand, const uint8_t *autn)
{
	static const uint8_t zero[6];
	struct aka_out o = {0};
	uint8_t sqn[6];
	unsigned sw = functions(k, a, rand, zero, autn + 6, &o);
	uint64_t v;
	size_t i;

	if (sw != 0x9000)
		return sw;
	for (i = 0; i < 6; i++)
		sqn[i] = autn[i] ^ o.ak[i];
	if ((sw = functions(k, a, rand, sqn, autn + 6, &o)) != 0x9000)
		return sw;
	if (!bytes_equal_secret(BYTES_OF(o.mac_a), bytes_of(autn + 8, 8)))
		return 0x9862;
	v = u48(sqn);
	/* The test algorithm answers AMF FFFF with a failure to synchronise (TS 34.108 8.1.2.2). */
	if (a->r.algorithm == AKA_TEST ? autn[6] == 0xFF && autn[7] == 0xFF : !fresh(a, v >> 5, v & 31))
		return resynchronise(k, a, rand);
	sw = accept(k, a, &o, v >> 5, v & 31);
	explicit_bzero(&o, sizeof(o));
	return sw;
}

static unsigned
context_gsm(struct uicc_call *k, struct aka *a, const uint8_t *rand)
{
	static const uint8_t zero[6];
	struct aka_out o = {0};
	struct buf b = BUF_INIT;
	uint8_t padded[16] = {0}, sres[4], kc[8];
	unsigned sw;
	size_t i;

	if (!service(k, a, 38))
		return 0x9864;
	if ((sw = functions(k, a, rand, zero, zero, &o)) != 0x9000)
		return sw;
	memcpy(padded, o.res, o.res_n);
	for (i = 0; i < 4; i++)
		sres[i] = padded[i] ^ padded[i + 4] ^ padded[i + 8] ^ padded[i + 12];
	kc_of(&o, kc);
	add_counted(&b, sres, 4);
	add_counted(&b, kc, 8);
	return buf_finish(&b, k->c, &k->data) == RSP_OK ? 0x9000 : 0x6F00;
}

/* L RAND, and L AUTN in the 3G context. */
static unsigned
parse(struct uicc_call *k, const uint8_t **rand, const uint8_t **autn)
{
	struct bytes d = k->a->data;
	bool gsm = k->a->p2 == 0x80;

	if (!d.n)
		return 0x6700;
	if (d.p[0] != 16 || d.n != (gsm ? 17u : 34u) || (!gsm && d.p[17] != 16))
		return d.n == (gsm ? 17u : 34u) ? 0x6A80 : 0x6700;
	*rand = d.p + 1;
	*autn = gsm ? NULL : d.p + 18;
	return 0x9000;
}

/*
 * authCounterMax: so many runs of the algorithm and no more, whatever they come to. Counted for good before it runs, like a PIN's tries; a card without
 * a limit counts nothing.
 */
static unsigned
count(struct uicc_call *k, struct aka *a)
{
	struct nvm *nvm = k->u->nvm;
	uint32_t done = (uint32_t)a->s.done[0] << 24 | (uint32_t)a->s.done[1] << 16 | (uint32_t)a->s.done[2] << 8 | a->s.done[3];
	size_t i;

	if (!a->r.auth_max)
		return 0x9000;
	if (done >= a->r.auth_max)
		return 0x6985;
	done++;
	for (i = 0; i < 4; i++)
		a->s.done[i] = (uint8_t)(done >> (24 - 8 * i));
	if (nvm->put(nvm->self, k->c, a->sqn_key, bytes_of(&a->s, sizeof(a->s))) != RSP_OK || nvm->commit(nvm->self, k->c) != RSP_OK)
		return 0x6581;
	return 0x9000;
}

/* Contexts that there are but no service of ours: VGCS, GBA, MBMS (TS 31.102 7.1.1). An ISIM knows IMS AKA only (TS 31.103 7.1). */
static unsigned
context_known(const struct channel *ch, unsigned p2, bool *isim)
{
	static const uint8_t isim_app[] = {0xA0, 0, 0, 0, 0x87, 0x10, 0x04};

	*isim = bytes_starts_with(bytes_of(ch->aid, ch->aid_n), BYTES_OF(isim_app));
	if (p2 == 0x81)
		return 0x9000;
	if (p2 == 0x80)
		return *isim ? 0x6A86 : 0x9000;
	return !*isim && (p2 == 0x82 || p2 == 0x84 || p2 == 0x85) ? 0x9864 : 0x6A86;
}

unsigned
run_authenticate(struct uicc_call *k)
{
	const uint8_t *rand, *autn;
	struct aka a;
	bool isim;
	unsigned sw = context_known(k->ch, k->a->p2, &isim);

	if (k->a->p1 || sw == 0x6A86)
		return 0x6A86;
	if (!k->ch->adf)
		return 0x6985;
	if (sw != 0x9000 || (sw = parse(k, &rand, &autn)) != 0x9000)
		return sw;
	if (!load(k, &a))
		return 0x6985;
	a.isim = isim;
	if (!application_pin_satisfied(k->u, k->c, &a.adf))
		return 0x6982;
	if ((sw = count(k, &a)) == 0x9000)
		sw = k->a->p2 == 0x80 ? context_gsm(k, &a, rand) : context_3g(k, &a, rand, autn);
	explicit_bzero(&a, sizeof(a));
	return sw;
}
