// SPDX-License-Identifier: BSD-2-Clause
/*
 * GET IDENTITY: the card conceals the subscription's identifier (3GPP TS 31.102 7.5, TS 33.501 Annex C). Keys and priorities come from
 * EF.SUCI_Calc_Info of DF.SAIP, which no terminal reads; without a usable entry there the null scheme serves.
 */
#include "crypto/suci.h"

#include "base/hex.h"
#include "uicc/impl.h"

enum { SERVICE_SUCI = 124, SERVICE_SUCI_BY_CARD = 125, SERVICE_NAI = 130, CONTEXT_SUCI = 1, TAG_SUCI = 0xA1, IMSI_SUCI = 0x01 };

static struct bytes
file_of(struct uicc_call *k, uint16_t df, uint16_t fid)
{
	struct fs_path p = {{k->ch->adf, df, fid}, 3};
	struct fs_file f;

	if (!df) {
		p.fid[1] = fid;
		p.depth = 2;
	}
	return fs_find(k->u, k->c, &p, &f) && !is_df(f.info.kind) ? rsp_copy(k->c, fs_read(k->u, k->c, &f)) : BYTES_NONE;
}

static bool
service(struct bytes ust, unsigned n)
{
	return ust.n > (n - 1) / 8 && ust.p[(n - 1) / 8] & 1u << (n - 1) % 8;
}

struct imsi { uint8_t digit[15]; size_t n, mnc_n; };

static bool
read_imsi(struct uicc_call *k, struct imsi *out)
{
	struct bytes ef = file_of(k, 0, 0x6F07), ad = file_of(k, 0, 0x6FAD);
	size_t i;

	*out = (struct imsi){.mnc_n = ad.n >= 4 && (ad.p[3] & 15) == 3 ? 3 : 2};
	if (!ef.n || ef.p[0] < 4 || ef.p[0] > 8 || ef.n < 1u + ef.p[0])
		return false;
	/* The first digit stands behind the parity bits; the last half octet may be a filler. */
	for (i = 3; i < 2u + 2 * ef.p[0] && out->n < 15; i++) {
		uint8_t d = i % 2 ? ef.p[i / 2] >> 4 : ef.p[i / 2] & 15;

		if (d > 9)
			break;
		out->digit[out->n++] = d;
	}
	return out->n > 3 + out->mnc_n;
}

/* Which scheme, and which of the home network's keys. */
struct choice { enum suci_scheme scheme; uint8_t key_id; struct bytes key; };

static bool
find_key(struct bytes list, unsigned index, struct choice *out)
{
	struct tlv t;
	unsigned at = 0;

	while (list.n && tlv_next(&list, &t) == RSP_OK) {
		if (t.tag == 0x80 && t.value.n == 1)
			out->key_id = ++at == index ? t.value.p[0] : out->key_id;
		if (t.tag == 0x81 && at == index) {
			out->key = t.value;
			return true;
		}
	}
	return false;
}

/* A0: pairs of scheme and key's place, the best first; A1: the keys. */
static void
choose(struct bytes info, struct choice *out)
{
	struct tlv order, keys;
	size_t i;

	*out = (struct choice){.scheme = SUCI_NULL};
	if (!tlv_find(info, 0xA0, &order))
		return;
	for (i = 0; i + 1 < order.value.n; i += 2) {
		struct choice c = {.scheme = (enum suci_scheme)order.value.p[i]};

		if (order.value.p[i] == SUCI_NULL)
			return;
		if (order.value.p[i] <= SUCI_B && order.value.p[i + 1] && tlv_find(info, 0xA1, &keys) && find_key(keys.value, order.value.p[i + 1], &c)) {
			*out = c;
			return;
		}
	}
}

/* Digits two an octet, the first in the low half, F fills up. */
static struct bytes
packed(struct rsp_ctx *c, const uint8_t *digit, size_t n)
{
	uint8_t *p = rsp_alloc(c, (n + 1) / 2);
	size_t i;

	if (!p)
		return BYTES_NONE;
	for (i = 0; i < n; i += 2)
		p[i / 2] = (uint8_t)((i + 1 < n ? digit[i + 1] : 15) << 4 | digit[i]);
	return bytes_of(p, (n + 1) / 2);
}

/* 5GS mobile identity of type SUCI from its type octet on (TS 24.501 9.11.3.4). Routing indicator 0 where none is set. */
static void
add_header(struct buf *b, const struct imsi *s, struct bytes routing, const struct choice *how)
{
	const uint8_t *d = s->digit;
	const uint8_t plmn[3] = {(uint8_t)(d[1] << 4 | d[0]), (uint8_t)((s->mnc_n == 3 ? d[5] : 15) << 4 | d[2]), (uint8_t)(d[4] << 4 | d[3])};
	bool set = routing.n >= 2 && routing.p[0] != 0xFF;

	buf_u8(b, IMSI_SUCI);
	buf_add(b, BYTES_OF(plmn));
	buf_add(b, set ? bytes_slice(routing, 0, 2) : bytes_of("\xF0\xFF", 2));
	buf_u8(b, how->scheme);
	buf_u8(b, how->key_id);
}

static enum rsp_status
conceal_imsi(struct uicc_call *k, const struct imsi *s, struct bytes routing, const struct choice *how, struct buf *b)
{
	struct bytes plain = packed(k->c, s->digit + 3 + s->mnc_n, s->n - 3 - s->mnc_n);

	add_header(b, s, routing, how);
	return suci_conceal(k->c, how->scheme, how->key, BYTES_NONE, plain, b);
}

/* ---- identifiers of other types than IMSI ---- */

/* EF.SUPI_NAI has one of them; its type as TS 24.501 numbers it. */
static bool
read_nai(struct bytes ef, unsigned *type, struct bytes *user, struct bytes *realm)
{
	static const uint8_t types[] = {[0x80 - 0x80] = 1, [0x81 - 0x80] = 3, [0x82 - 0x80] = 2};
	const uint8_t *at;
	struct tlv t;

	if (tlv_next(&ef, &t) != RSP_OK || t.tag < 0x80 || t.tag > 0x82 || !t.value.n)
		return false;
	*type = types[t.tag - 0x80];
	at = memchr(t.value.p, '@', t.value.n);
	*user = at ? bytes_of(t.value.p, (size_t)(at - t.value.p)) : t.value;
	*realm = at ? bytes_of(at, t.value.n - user->n) : BYTES_NONE;
	return user->n > 0;
}

/* Digits stand low half first; what is not there is no digit. */
static unsigned
half_octet(struct bytes b, size_t i)
{
	unsigned octet = i / 2 < b.n ? b.p[i / 2] : 0xFF;

	return i % 2 ? octet >> 4 : octet & 15;
}

/* A SUCI in the form of a network access identifier (TS 23.003 28.7.3). */
static enum rsp_status
conceal_nai(struct uicc_call *k, struct bytes ef, struct bytes routing, const struct choice *how, struct buf *b)
{
	struct bytes user, realm, all;
	struct buf out = BUF_INIT;
	size_t i, own = how->scheme == SUCI_A ? 32 : 33;
	unsigned type;
	enum rsp_status st;

	if (!read_nai(ef, &type, &user, &realm))
		return rsp_fail(k->c, RSP_MALFORMED, "EF.SUPI_NAI holds no identifier");
	st = suci_conceal(k->c, how->scheme, how->key, BYTES_NONE, user, &out);
	all = buf_bytes(&out);
	buf_u8(b, type << 4 | IMSI_SUCI);
	buf_printf(b, "type%u.rid", type);
	for (i = 0; half_octet(routing, i) < 10 && i < 4; i++)
		buf_u8(b, '0' + half_octet(routing, i));
	buf_printf(b, "%s.schid%u.", i ? "" : "0", (unsigned)how->scheme);
	if (how->scheme == SUCI_NULL) {
		buf_str(b, "userid");
		buf_add(b, user);
	} else if (st == RSP_OK) {
		buf_printf(b, "hnkey%u.ecckey%s.", how->key_id, hex_of(k->c, bytes_slice(all, 0, own)));
		buf_printf(b, "cip%s.mac%s", hex_of(k->c, bytes_slice(all, own, user.n)), hex_of(k->c, bytes_from(all, own + user.n)));
	}
	buf_add(b, realm);
	buf_free(&out);
	return st;
}

/* ---- the command ---- */

static unsigned
conceal(struct uicc_call *k, const struct imsi *s, bool nai)
{
	struct bytes routing = file_of(k, 0x5FC0, 0x4F0A);
	struct buf b = BUF_INIT;
	struct choice how;
	size_t mark = tlv_open(&b, TAG_SUCI);
	enum rsp_status st;
	unsigned sw;

	choose(file_of(k, 0x5FD0, 0x4F01), &how);
	st = nai ? conceal_nai(k, file_of(k, 0x5FC0, 0x4F09), routing, &how, &b) : conceal_imsi(k, s, routing, &how, &b);
	tlv_close(&b, mark);
	if (st != RSP_OK || b.n > 256) {
		buf_free(&b);
		return st == RSP_OK || st == RSP_MALFORMED ? 0x6985 : 0x6F00;
	}
	if (buf_finish(&b, k->c, &k->data) != RSP_OK)
		return 0x6F00;
	if (k->a->le == k->data.n)
		return 0x9000;
	/* The length is the same each time, the octets are not. */
	sw = 0x6C00 | (unsigned)(k->data.n & 0xFF);
	k->data = BYTES_NONE;
	return sw;
}

unsigned
run_get_identity(struct uicc_call *k)
{
	static const uint8_t usim[] = {0xA0, 0, 0, 0, 0x87, 0x10, 0x02};
	const struct fs_path adf = {{k->ch->adf}, 1};
	struct bytes ust;
	struct imsi s;
	bool nai;

	if (k->a->p1 || k->a->p2 != CONTEXT_SUCI)
		return 0x6A86;
	if (k->a->data.p)
		return 0x6700;
	if (!k->ch->adf || !bytes_starts_with(bytes_of(k->ch->aid, k->ch->aid_n), BYTES_OF(usim)))
		return 0x6985;
	if (!application_pin_satisfied(k->u, k->c, &adf))
		return 0x6982;
	ust = file_of(k, 0, 0x6F38);
	nai = service(ust, SERVICE_NAI);
	if (!service(ust, SERVICE_SUCI) || !service(ust, SERVICE_SUCI_BY_CARD) || (!nai && !read_imsi(k, &s)))
		return 0x6985;
	return conceal(k, &s, nai);
}
