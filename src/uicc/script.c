// SPDX-License-Identifier: BSD-2-Clause
/*
 * Remote scripts (ETSI TS 102 226 5): commands one after the other (compact), or each in its own data object (expanded). They run on a channel of
 * their own with the rights of the target's access domain instead of PINs; what they verify is forgotten with them.
 */
#include "uicc/ota.h"

enum { GET_RESPONSE = 0xC0, STORE_DATA = 0xE2, SELECT = 0xA4, RETRIEVE_DATA = 0xCB };
enum { EXPANDED = 0xAA, EXPANDED_INDEFINITE = 0xAE, ANSWER = 0xAB, ANSWER_INDEFINITE = 0xAF, C_APDU = 0x22, R_APDU = 0x23, IMMEDIATE = 0x81, ON_ERROR = 0x82,
	CHAINING = 0x83, COUNT = 0x80, BAD_FORMAT = 0x90 };
enum { BAD_TAG = 1, BAD_LENGTH = 2, NO_LENGTH = 3, CHAINING_UNKNOWN = 2 };
#define METADATA_MAX 8192

struct remote {
	struct uicc_call k;
	struct channel channel;
	struct store_data chain;         /* STORE DATA in blocks */
	struct bytes waiting;            /* for GET RESPONSE */
	unsigned count, sw;
	struct bytes data;               /* of the last command */
};

/* ---- rights ---- */

static bool
is_admin(uint8_t ins)
{
	return ins == 0xE0 || ins == 0xE4 || ins == 0xD4 || ins == 0xE6 || ins == 0xE8;
}

/* What the target may do to files where this one lies; of ADFs only the one it is for. */
static struct bytes
domain_of(const struct uicc_call *k, const struct fs_file *f)
{
	const struct ota_target *t = k->remote;
	const struct fs_path top = {{f->path.fid[0]}, 1};
	struct fs_file adf;
	const struct domain *d = &t->uicc;

	if (f->path.depth && fs_own(k->u, k->c, &top, &adf) && adf.info.kind == FILE_ADF) {
		if (!t->adf_aid.p || !bytes_equal(adf.info.df_name, t->adf_aid))
			return BYTES_NONE;
		d = &t->adf;
	}
	return is_admin(k->a->ins) ? d->admin : d->files;
}

enum { FULL = 0x00, BY_CONDITIONS = 0x02 };

bool
remote_enters(const struct uicc_call *k, const struct fs_file *f)
{
	struct bytes d = domain_of(k, f);

	return d.n && (d.p[0] == FULL || (d.p[0] == BY_CONDITIONS && d.n >= 4));
}

/* Three octets of bits behind 02: application PINs 1 to 8, ADM 1 to 8, ADM 9 and 10; the lowest bit first. */
bool
remote_verified(const struct uicc_call *k, const struct fs_file *f, uint8_t ref)
{
	struct bytes d = domain_of(k, f);
	unsigned bit;

	if (!d.n || d.p[0] != BY_CONDITIONS)
		return d.n && d.p[0] == FULL;
	if (ref >= 0x01 && ref <= 0x08)
		bit = ref - 0x01u;
	else if (ref >= 0x0A && ref <= 0x0E)
		bit = 8 + ref - 0x0Au;
	else if (ref >= 0x8A && ref <= 0x8E)
		bit = 13 + ref - 0x8Au;
	else
		return false;
	return d.n >= 4 && d.p[1 + bit / 8] & 1u << bit % 8;
}

/* ---- one command ---- */

static bool
file_command(uint8_t ins)
{
	static const uint8_t known[] = {SELECT, 0xF2, 0xB0, 0xD6, 0xB2, 0xDC, 0xA2, 0x32, RETRIEVE_DATA, 0xDB, 0x20, 0x24, 0x26, 0x28, 0x2C, 0x04, 0x44, 0xE0, 0xE4,
		0xD4, 0xE6, 0xE8};

	return memchr(known, ins, sizeof(known)) != NULL;
}

/* By AID the target's own ADF alone; it is active from the beginning. */
static unsigned
select_own_adf(struct remote *r)
{
	const struct fs_path p = {{r->channel.adf}, 1};
	struct fs_file f;

	if (!r->channel.adf || !bytes_equal(r->k.a->data, r->k.remote->adf_aid) || !fs_find(r->k.u, r->k.c, &p, &f))
		return 0x6A82;
	channel_select(&r->channel, &f);
	if ((r->k.a->p2 & 0x0C) != 0x0C)
		r->k.data = fcp_of(&r->k, &f);
	return 0x9000;
}

/* ES6 is the operator's alone: its security domain hands the request on to the ISD-P. */
static unsigned
store_data(struct remote *r)
{
	const struct uicc_ports *ports = r->k.u->ports;
	struct bytes whole = BYTES_NONE;
	struct tlv t;
	unsigned sw = 0x6A80;

	if (store_data_feed(&r->chain, r->k.a, METADATA_MAX, &whole, &sw) != RSP_OK || !whole.p)
		return sw;
	if (tlv_only(whole, 0xBF2A, &t) != RSP_OK)
		return 0x6A80;
	if (r->k.remote->kind != TARGET_MNO_SD || !ports || !ports->update_metadata)
		return 0x6985;
	return ports->update_metadata(ports->self, r->k.c, whole, &sw) == RSP_OK ? sw : 0x6F00;
}

static unsigned
get_response(struct remote *r, const struct apdu *a)
{
	size_t n = a->le ? a->le : 256;

	if (a->p1 || a->p2)
		return 0x6A86;
	if (!r->waiting.n)
		return 0x6985;
	if (n > r->waiting.n && n != 256)
		return 0x6C00 | (unsigned)(r->waiting.n & 0xFF);
	r->k.data = bytes_slice(r->waiting, 0, n);
	r->waiting = bytes_from(r->waiting, r->k.data.n);
	return 0x9000;
}

static unsigned
dispatch(struct remote *r, const struct apdu *a)
{
	r->k.a = a;
	if (a->ins == GET_RESPONSE)
		return get_response(r, a);
	r->waiting = BYTES_NONE;
	if (r->k.remote->kind != TARGET_RFM)
		return a->ins == STORE_DATA ? store_data(r) : 0x6D00;
	if (!file_command(a->ins))
		return 0x6D00;
	return a->ins == SELECT && a->p1 == 4 ? select_own_adf(r) : run_command(&r->k);
}

/* With Le 00, all there is; data that nobody has asked for wait. False: the script ends here. */
static bool
run_one(struct remote *r, struct apdu a)
{
	r->k.data = BYTES_NONE;
	r->sw = dispatch(r, &a);
	if (r->sw >> 8 == 0x6C && a.le == 256) {
		a.le = r->sw & 0xFF ? r->sw & 0xFF : 256;
		r->sw = dispatch(r, &a);
	}
	r->count++;
	r->data = rsp_copy(r->k.c, r->k.data);
	if (r->data.n && a.data.p && !a.le) {
		r->waiting = r->data;
		r->data = BYTES_NONE;
		r->sw = r->sw == 0x9000 ? 0x6100 | (r->waiting.n > 255 ? 0 : (unsigned)r->waiting.n) : r->sw;
	}
	return r->sw == 0x9000 || r->sw >> 8 == 0x61 || r->sw >> 8 == 0x62 || (r->sw >> 8 == 0x63 && (r->sw & 0xF0) != 0xC0);
}

/* ---- compact ---- */

/* Is P3 the length of data that follow, or of those that are expected? */
static bool
has_data(const uint8_t *header)
{
	switch (header[1]) {
	case 0xB0:
	case 0xB2:
	case 0xF2:
	case GET_RESPONSE:
		return false;
	case RETRIEVE_DATA:
		return (header[3] & 0xC0) == 0x80;
	default:
		return file_command(header[1]) || header[1] == STORE_DATA;
	}
}

static bool
next_compact(struct bytes *rest, struct apdu *out)
{
	size_t p3 = rest->n >= 5 ? rest->p[4] : 0;
	struct bytes one;

	if (rest->n < 5)
		return false;
	one = bytes_slice(*rest, 0, has_data(rest->p) ? 5 + p3 : 5);
	if (one.n < 5 + (has_data(rest->p) ? p3 : 0))
		return false;
	*rest = bytes_from(*rest, one.n);
	/* P3 00 of a command that brings data is none. */
	return apdu_read(has_data(one.p) && !p3 ? bytes_slice(one, 0, 4) : one, out) == RSP_OK;
}

static void
run_compact(struct remote *r, struct bytes script, struct buf *answer)
{
	struct apdu a;

	r->sw = 0x9000;
	while (script.n) {
		if (!next_compact(&script, &a)) {
			r->count++;
			r->sw = 0x6700;
			r->data = BYTES_NONE;
			break;
		}
		if (!run_one(r, a) || r->count == 255)
			break;
	}
	buf_u8(answer, r->count);
	buf_u16(answer, r->sw);
	buf_add(answer, r->data);
}

/* ---- expanded ---- */

/* One command object; what it brought, or which fault of form. False: the script ends here. */
static bool
run_object(struct remote *r, const struct tlv *t, struct buf *answer)
{
	struct buf body = BUF_INIT;
	struct apdu a;
	bool goes_on;

	if (t->tag == IMMEDIATE || t->tag == ON_ERROR)
		return true;
	if (t->tag == CHAINING) {
		tlv_add_uint(answer, CHAINING, CHAINING_UNKNOWN);
		return false;
	}
	if (t->tag != C_APDU || apdu_read(t->value, &a) != RSP_OK) {
		tlv_add_uint(answer, BAD_FORMAT, t->tag != C_APDU ? BAD_TAG : BAD_LENGTH);
		return false;
	}
	goes_on = run_one(r, a);
	buf_add(&body, r->data);
	buf_u16(&body, r->sw);
	tlv_add(answer, R_APDU, buf_bytes(&body));
	buf_free(&body);
	return goes_on;
}

/* Definite: a length and so many octets. Indefinite: 80, then objects up to 00 00. */
static bool
script_body(struct bytes script, struct bytes *out)
{
	struct tlv t;

	if (script.p[0] == EXPANDED) {
		*out = tlv_only(script, EXPANDED, &t) == RSP_OK ? t.value : BYTES_NONE;
		return out->p != NULL;
	}
	*out = bytes_from(script, 2);
	return script.n >= 2 && script.p[1] == 0x80;
}

static void
run_expanded(struct remote *r, struct bytes script, struct buf *answer)
{
	bool definite = script.p[0] == EXPANDED, whole = true;
	struct buf results = BUF_INIT, list = BUF_INIT;
	struct bytes rest;
	struct tlv t;

	if (!script_body(script, &rest)) {
		tlv_add_uint(&results, BAD_FORMAT, script.n < 2 ? NO_LENGTH : BAD_LENGTH);
		rest = BYTES_NONE;
	}
	while (rest.n && (definite || rest.p[0] != 0x00) && (whole = tlv_next(&rest, &t) == RSP_OK) && run_object(r, &t, &results))
		;
	if (!whole)
		tlv_add_uint(&results, BAD_FORMAT, BAD_LENGTH);
	tlv_add(&list, COUNT, bytes_of(&(uint8_t){(uint8_t)r->count}, 1));
	buf_add(&list, buf_bytes(&results));
	if (definite) {
		tlv_add(answer, ANSWER, buf_bytes(&list));
	} else {
		buf_u8(answer, ANSWER_INDEFINITE);
		buf_u8(answer, 0x80);
		buf_add(answer, buf_bytes(&list));
		buf_u16(answer, 0);
	}
	buf_free(&results);
	buf_free(&list);
}

/* ---- the whole ---- */

void
ota_script(struct uicc *u, struct rsp_ctx *c, const struct ota_packet *p, struct buf *answer)
{
	struct remote r = {.k = {.u = u, .c = c, .remote = &p->target}};
	unsigned n = u->n_verified;
	uint8_t kept[sizeof(u->verified)];
	struct fs_file adf;

	memcpy(kept, u->verified, sizeof(kept));
	r.k.ch = &r.channel;
	r.channel.open = true;
	if (fs_adf_named(u, c, p->target.adf_aid, &adf)) {
		r.channel.adf = adf.path.fid[0];
		r.channel.aid_n = (unsigned)p->target.adf_aid.n;
		memcpy(r.channel.aid, p->target.adf_aid.p, r.channel.aid_n);
		channel_select(&r.channel, &adf);
	}
	if (p->data.n && (p->data.p[0] == EXPANDED || p->data.p[0] == EXPANDED_INDEFINITE))
		run_expanded(&r, p->data, answer);
	else
		run_compact(&r, p->data, answer);
	channel_clear(&r.channel);
	store_data_reset(&r.chain);
	memcpy(u->verified, kept, sizeof(kept));
	u->n_verified = n;
}
