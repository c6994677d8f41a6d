// SPDX-License-Identifier: BSD-2-Clause
/* A Bound Profile Package: its parts and segments, how an LPA cuts it, and with keys what is inside. */
#include "dump/impl.h"

#include "bsp/bsp.h"
#include "codec/es8p.h"
#include "crypto/crypto.h"

#define MAC_OCTETS 8
#define CHUNK 255   /* most octets of one STORE DATA */

struct opening {
	bool can, broken;
	struct bsp_keys keys;
	unsigned number;      /* of the segment, over the whole package */
};

/* The name of the list, and its segments. */
static const struct part { uint32_t tag, segment; const char *name, *protection; } parts[] = {
	{0xA0, 0x87, "firstSequenceOf87: ConfigureISDP", "encrypted and MACed"}, {0xA1, 0x88, "sequenceOf88: StoreMetadata", "MACed"},
	{0xA2, 0x87, "secondSequenceOf87: ReplaceSessionKeys", "encrypted and MACed"}, {0xA3, 0x86, "sequenceOf86: profile elements", "encrypted and MACed"},
};

static size_t
offset_in(struct bytes base, const uint8_t *p)
{
	return (size_t)(p - base.p);
}

static void
list_line(struct dump_node *n, struct bytes base, const struct tlv *t)
{
	n->tlv = true;
	n->tag = t->tag;
	n->length = t->value.n;
	n->offset = offset_in(base, t->whole.p);
}

static void
open_one(struct dump *d, struct dump_node *n, struct opening *o, const struct tlv *t, struct buf *plain)
{
	struct bytes out;
	enum rsp_status st;

	o->number++;
	if (!o->can || o->broken)
		return;
	st = bsp_open(d->c, &o->keys, t->tag, t->whole, &out);
	if (st == RSP_OK) {
		dump_say(d, n, "%s, MAC right, %zu octets inside", n->text ? n->text : "", out.n);
		buf_add(plain, out);
		return;
	}
	o->broken = true;
	dump_complain(d, n, 'E', "segment %u cannot be opened: %s", o->number, st == RSP_UNTRUSTED ? "its MAC is wrong, or the keys are" : d->c->error.text);
}

/* Segments of one list; what they carry, as far as it can be had, into plain. */
static void
segments(struct dump *d, struct dump_node *list, struct bytes base, const struct part *part, struct bytes value, struct opening *o, struct buf *plain)
{
	struct tlv t;

	while (value.n && !d->full) {
		struct dump_node *n;

		if (tlv_next(&value, &t) != RSP_OK) {
			dump_tlv_fault(d, list, base, value);
			return;
		}
		n = dump_line(d, list, "segment", "%zu of at most %d octets", t.whole.n, BSP_SEGMENT_MAX);
		list_line(n, base, &t);
		if (t.tag != part->segment)
			dump_complain(d, n, 'E', "want segments %X here, have %X", part->segment, t.tag);
		if (t.whole.n > BSP_SEGMENT_MAX)
			dump_complain(d, n, 'W', "a segment of %zu octets: at most %d are allowed (SGP.22 2.6.4); a strict eUICC stops here with scp03tStructureError",
				t.whole.n, BSP_SEGMENT_MAX);
		if (t.value.n < MAC_OCTETS)
			dump_complain(d, n, 'E', "want at least the %d octets of a MAC, have %zu", MAC_OCTETS, t.value.n);
		else if (!o->can && part->segment == 0x88)
			buf_add(plain, bytes_slice(t.value, 0, t.value.n - MAC_OCTETS));
		open_one(d, n, o, &t, plain);
	}
}

static enum rsp_status
derive(struct dump *d, struct bytes secure_channel, struct opening *o)
{
	const struct dump_keys *k = d->o.keys;
	struct secure_channel v;
	struct ec_key *own = NULL;
	uint8_t shared[32];
	int curve;
	enum rsp_status st = es8p_read_secure_channel(d->c, secure_channel, &v);

	if (st != RSP_OK)
		return st;
	/* The scalar does not say its curve: the one whose point is in the package. */
	for (curve = 0; curve < 2; curve++) {
		if (ec_key_from_scalar(d->c, (enum ec_curve)curve, k->otsk_dp, &own) == RSP_OK && bytes_equal(ec_key_point(own), v.otpk))
			break;
		ec_key_free(own);
		own = NULL;
	}
	if (!own)
		return rsp_fail(d->c, RSP_REFUSED, "otSK.DP is not the key whose point the package carries");
	st = ec_agree(d->c, own, k->otpk_euicc, shared);
	ec_key_free(own);
	if (st == RSP_OK)
		st = bsp_derive(d->c, shared, v.host_id, k->eid, &o->keys);
	explicit_bzero(shared, sizeof(shared));
	return st;
}

static void
take_keys(struct dump *d, struct dump_node *n, struct bytes secure_channel, struct opening *o)
{
	const struct dump_keys *k = d->o.keys;
	enum rsp_status st = RSP_OK;

	if (!k)
		return;
	if (k->otsk_dp.p && k->otpk_euicc.p && k->eid.p)
		st = derive(d, secure_channel, o);
	else
		bsp_replace(&o->keys, k->mcv.p, k->s_enc.p, k->s_mac.p);
	o->can = st == RSP_OK;
	/* What is too long for a strict eUICC is shown all the same. */
	o->keys.limit = 1u << 20;
	if (st != RSP_OK)
		dump_complain(d, n, 'E', "the keys do not fit: %s", d->c->error.text);
}

static void
say_plain(struct dump *d, struct dump_node *parent, const struct part *part, struct bytes plain, struct opening *o)
{
	struct dump_node *n;
	struct replace_keys keys;

	if (!plain.n)
		return;
	n = dump_line(d, parent, "inside", "%zu octets", plain.n);
	n->base = true;
	if (part->tag == 0xA3) {
		dump_package(d, n, plain);
		return;
	}
	dump_der(d, n, plain, plain, "Request");
	if (part->tag == 0xA2 && o->can && !o->broken) {
		if (es8p_read_replace_keys(d->c, plain, &keys) == RSP_OK && keys.mcv.n == 16 && keys.enc.n == 16 && keys.mac.n == 16)
			bsp_replace(&o->keys, keys.mcv.p, keys.enc.p, keys.mac.p);
		else
			o->broken = true;
	}
}

static void
say_part(struct dump *d, struct dump_node *parent, struct bytes base, const struct tlv *t, struct opening *o)
{
	const struct part *part = NULL;
	struct buf b = BUF_INIT;
	struct bytes plain = BYTES_NONE;
	struct dump_node *list;
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].tag == t->tag)
			part = &parts[i];
	list = dump_line(d, parent, part ? part->name : "unknown part", "%s", part ? part->protection : "");
	list_line(list, base, t);
	if (!part) {
		dump_complain(d, list, 'E', "want BF23, A0, A1, A2, A3 in a Bound Profile Package, have %X", t->tag);
		return;
	}
	segments(d, list, base, part, t->value, o, &b);
	if (buf_finish(&b, d->c, &plain) == RSP_OK)
		say_plain(d, list, part, plain, o);
}

static void
say_segmentation(struct dump *d, struct dump_node *parent, struct bytes bpp)
{
	struct bpp_segments s;
	struct dump_node *n;
	size_t i, blocks = 0;

	if (bpp_segment(d->c, bpp, &s) != RSP_OK) {
		dump_complain(d, parent, 'E', "no LPA can cut it: %s", d->c->error.text);
		return;
	}
	for (i = 0; i < s.n; i++)
		blocks += (s.p[i].n + CHUNK - 1) / CHUNK;
	n = dump_line(d, parent, "LPA segmentation (SGP.22 2.5.5)", "%zu STORE DATA chains, %zu blocks of at most %d octets", s.n, blocks, CHUNK);
	for (i = 0; d->o.whole && i < s.n; i++)
		dump_line(d, n, "chain", "%zu: %zu octets, begins %s", i + 1, s.p[i].n, dump_hex(d, bytes_slice(s.p[i], 0, 8)));
}

void
dump_bpp(struct dump *d, struct dump_node *parent, struct bytes bpp)
{
	struct dump_node *n = dump_line(d, parent, "BoundProfilePackage", "%zu octets (ES10b.LoadBoundProfilePackage, SGP.22 2.5.4)", bpp.n);
	struct opening o = {0};
	struct bytes rest = bpp;
	struct tlv t;

	n->base = true;
	if (tlv_next(&rest, &t) != RSP_OK) {
		/* Cut short: what there is of it. */
		uint32_t tag;
		size_t size, header = tlv_header_size(bpp, &tag, &size);

		t = (struct tlv){0xBF36, bytes_from(bpp, header), bpp};
		dump_tlv_fault(d, n, bpp, bpp);
	}
	rest = t.value;
	while (rest.n && !d->full) {
		if (tlv_next(&rest, &t) != RSP_OK) {
			dump_tlv_fault(d, n, bpp, rest);
			return;
		}
		if (t.tag == 0xBF23) {
			const struct schema *type = schema_named("InitialiseSecureChannelRequest");
			struct schema_place at = {type, "initialiseSecureChannelRequest", false, false};

			if (type)
				dump_place(d, n, bpp, &t, &at, "BoundProfilePackage");
			take_keys(d, n, t.whole, &o);
		} else {
			say_part(d, n, bpp, &t, &o);
		}
	}
	say_segmentation(d, n, bpp);
	if (!d->o.keys)
		dump_line(d, n, "encrypted parts", "%s", "not opened: no --keys");
}
