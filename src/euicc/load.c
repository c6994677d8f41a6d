// SPDX-License-Identifier: BSD-2-Clause
/*
 * LoadBoundProfilePackage (SGP.22 5.7.6, 5.5): segment by segment into a profile that exists only when everything was right. Until then nothing of it is
 * in the card's memory but a note that an installation goes on.
 */
#include <stdio.h>
#include <stdlib.h>

#include "euicc/load.h"

static enum rsp_status
fail(struct rsp_ctx *c, struct load_call *l, int reason, const char *why)
{
	l->reason = reason;
	return rsp_fail(c, RSP_REFUSED, "%s", why);
}

void
load_end(struct euicc *e)
{
	struct load *l = &e->load;

	buf_free(&l->metadata);
	buf_free(&l->elements);
	profile_reader_free(l->reader);
	free((void *)(uintptr_t)l->dp_proprietary.p);
	explicit_bzero(l, sizeof(*l));
}

/* ---- BF23 ---- */

static enum rsp_status
check_operation(struct rsp_ctx *c, void *arg)
{
	struct load_call *l = arg;

	return l->channel.operation == 1 ? RSP_OK : rsp_fail(c, RSP_REFUSED, "remoteOpId is not installBoundProfilePackage");
}

static enum rsp_status
check_transaction(struct rsp_ctx *c, void *arg)
{
	struct load_call *l = arg;
	const struct session *s = &l->e->session;

	if (bytes_equal(l->channel.transaction_id, bytes_of(s->transaction_id, s->transaction_n)))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the transactionId is not the session's");
}

static enum rsp_status
check_crt(struct rsp_ctx *c, void *arg)
{
	struct load_call *l = arg;

	return l->channel.key_type == 0x88 && l->channel.key_length == 16 ? RSP_OK : rsp_fail(c, RSP_REFUSED, "want key type 88 and length 16");
}

static enum rsp_status
check_smdp_sign(struct rsp_ctx *c, void *arg)
{
	struct load_call *l = arg;
	const struct session *s = &l->e->session;
	struct buf b = BUF_INIT;
	struct bytes tbs;
	enum rsp_status st;

	es8p_write_secure_channel_tbs(&b, &l->channel, ec_key_point(s->otsk));
	st = buf_finish(&b, c, &tbs);
	return st == RSP_OK ? ec_verify(c, s->dppb->key, &tbs, 1, l->channel.signature) : st;
}

static const struct rsp_check channel_rows[] = {
	{"remoteOpId", "SGP.22 5.5.1", check_operation, 5},
	{"transactionId", "SGP.22 5.5.1", check_transaction, 3},
	{"controlRefTemplate", "SGP.22 5.5.1", check_crt, 4},
	{"smdpSign", "SGP.22 5.5.1", check_smdp_sign, 2},
};
const struct rsp_checks euicc_channel_checks = RSP_CHECKS(channel_rows);

/* {80 transactionId, 81 SM-DP+ OID, 82 address, 83 branch, 5A ICCID once it is known}: enough for a result after a power cut. */
static enum rsp_status
note_installation(struct rsp_ctx *c, struct euicc *e, struct bytes iccid)
{
	const struct session *s = &e->session;
	struct buf b = BUF_INIT;
	struct bytes note;
	enum rsp_status st;

	tlv_add(&b, 0x80, bytes_of(s->transaction_id, s->transaction_n));
	tlv_add(&b, 0x81, s->dpauth->oid);
	tlv_add_str(&b, 0x82, s->server_address);
	tlv_add_uint(&b, 0x83, (uint64_t)s->branch);
	if (iccid.p)
		tlv_add(&b, 0x5A, iccid);
	st = buf_finish(&b, c, &note);
	return st == RSP_OK ? state_put(e, c, "load", note) : st;
}

static enum rsp_status
agree(struct rsp_ctx *c, struct load_call *l)
{
	uint8_t shared[32];
	enum rsp_status st = ec_agree(c, l->e->session.otsk, l->channel.otpk, shared);

	if (st == RSP_OK)
		st = bsp_derive(c, shared, l->channel.host_id, BYTES_OF(l->e->eid), &l->e->load.keys);
	explicit_bzero(shared, sizeof(shared));
	if (st == RSP_OK && l->e->traits->lenient_segments)
		l->e->load.keys.limit = BSP_SEGMENT_LENIENT;
	return st == RSP_MALFORMED ? fail(c, l, 1, "the SM-DP+'s one-time key is no point of the curve") : st;
}

/* BF36 with its length, and in it so far BF23 alone. */
static enum rsp_status
take_channel(struct rsp_ctx *c, struct load_call *l, struct bytes segment)
{
	const struct rsp_check *failed = NULL;
	size_t total, header;
	uint32_t tag;
	struct bytes bf23;
	enum rsp_status st;

	header = tlv_header_size(segment, &tag, &total);
	bf23 = bytes_from(segment, header);
	if (!header || total <= bf23.n)
		return fail(c, l, 1, "BF36 has the wrong length");
	st = es8p_read_secure_channel(c, bf23, &l->channel);
	if (st == RSP_MALFORMED)
		return fail(c, l, 1, "BF23 does not parse");
	if (st != RSP_OK)
		return st;
	st = rsp_check_all(c, l->e->checks.initialise_secure_channel, l, &failed);
	if (failed)
		l->reason = failed->code;
	if (st != RSP_OK || (st = agree(c, l)) != RSP_OK)
		return st;
	l->e->load.stage = LOAD_CONFIGURE;
	return note_installation(c, l->e, BYTES_NONE);
}

/* ---- segments ---- */

static enum rsp_status
open_segment(struct rsp_ctx *c, struct load_call *l, unsigned tag, struct bytes segment, struct bytes *plain)
{
	enum rsp_status st = bsp_open(c, &l->e->load.keys, tag, segment, plain);

	if (st == RSP_MALFORMED)
		l->reason = 7;
	if (st == RSP_UNTRUSTED)
		l->reason = 8;
	return st;
}

/* A whole list of 87 segments; their plain text joined. */
static enum rsp_status
open_list(struct rsp_ctx *c, struct load_call *l, uint32_t tag, struct bytes segment, struct bytes *plain)
{
	struct buf b = BUF_INIT;
	struct bytes list, part;
	struct tlv all, one;
	enum rsp_status st = RSP_OK;

	if (tlv_only(segment, tag, &all) != RSP_OK || !all.value.n)
		return fail(c, l, 7, "the list of segments does not parse");
	for (list = all.value; st == RSP_OK && list.n;) {
		if (tlv_next(&list, &one) != RSP_OK)
			st = fail(c, l, 7, "the list of segments does not parse");
		else if ((st = open_segment(c, l, 0x87, one.whole, &part)) == RSP_OK)
			buf_add(&b, part);
	}
	if (st == RSP_OK)
		return buf_finish(&b, c, plain);
	buf_free(&b);
	return st;
}

/* ConfigureISDP: dpProprietaryData of at most 128 octets whose OID is the session's. */
static enum rsp_status
take_configure(struct rsp_ctx *c, struct load_call *l, struct bytes segment)
{
	struct load *load = &l->e->load;
	struct bytes plain, data = BYTES_NONE;
	struct tlv b8, oid;
	uint8_t *copy;
	enum rsp_status st = open_list(c, l, 0xA0, segment, &plain);

	if (st != RSP_OK)
		return st;
	st = es8p_read_configure_isdp(c, plain, &data);
	if (st == RSP_MALFORMED || data.n > 128)
		return fail(c, l, 1, "ConfigureISDP does not parse, or its data are too long");
	if (st != RSP_OK)
		return st;
	if (data.p && (tlv_only(data, 0xB8, &b8) != RSP_OK || !tlv_find(b8.value, 0x80, &oid) || !bytes_equal(oid.value, l->e->session.dpauth->oid)))
		return fail(c, l, 1, "dpProprietaryData belongs to another SM-DP+");
	if (data.p && (copy = malloc(data.n)))
		load->dp_proprietary = bytes_of(memcpy(copy, data.p, data.n), data.n);
	load->stage = LOAD_METADATA_LIST;
	return RSP_OK;
}

/* A list's tag and length alone: how much follows. */
static enum rsp_status
take_list_header(struct rsp_ctx *c, struct load_call *l, uint32_t tag, struct bytes segment, enum load_stage next)
{
	struct load *load = &l->e->load;
	uint32_t have;
	size_t n, header = tlv_header_size(segment, &have, &n);

	if (!header || have != tag || header != segment.n || n == 0)
		return fail(c, l, 7, "want a list's tag and length");
	load->left = n;
	load->stage = next;
	return RSP_OK;
}

static enum rsp_status
count_down(struct rsp_ctx *c, struct load_call *l, struct bytes segment)
{
	if (segment.n > l->e->load.left)
		return fail(c, l, 7, "a segment is longer than what its list has left");
	l->e->load.left -= segment.n;
	return RSP_OK;
}

static enum rsp_status
take_metadata(struct rsp_ctx *c, struct load_call *l, struct bytes segment)
{
	struct load *load = &l->e->load;
	struct bytes plain;
	enum rsp_status st = open_segment(c, l, 0x88, segment, &plain);

	if (st != RSP_OK || (st = count_down(c, l, segment)) != RSP_OK)
		return st;
	buf_add(&load->metadata, plain);
	if (load->left)
		return RSP_OK;
	load->stage = LOAD_ELEMENTS_LIST;
	st = metadata_check(c, l);
	return st == RSP_OK ? note_installation(c, l->e, l->metadata.iccid) : st;
}

static enum rsp_status
take_keys(struct rsp_ctx *c, struct load_call *l, struct bytes segment)
{
	struct replace_keys k;
	struct bytes plain;
	enum rsp_status st = open_list(c, l, 0xA2, segment, &plain);

	if (st != RSP_OK)
		return st;
	st = es8p_read_replace_keys(c, plain, &k);
	if (st == RSP_MALFORMED || (st == RSP_OK && (k.mcv.n != 16 || k.enc.n != 16 || k.mac.n != 16)))
		return fail(c, l, 1, "ReplaceSessionKeys: want three values of 16 octets");
	if (st == RSP_OK)
		bsp_replace(&l->e->load.keys, k.mcv.p, k.enc.p, k.mac.p);
	return st;
}

static enum rsp_status
take_elements(struct rsp_ctx *c, struct load_call *l, struct bytes segment)
{
	struct load *load = &l->e->load;
	struct bytes plain;
	enum rsp_status st = open_segment(c, l, 0x86, segment, &plain);

	if (st != RSP_OK || (st = count_down(c, l, segment)) != RSP_OK)
		return st;
	buf_add(&load->elements, plain);
	return elements_take(c, l);
}

/* Which segment may come at which stage, and what the result calls it. */
static const struct { uint32_t tag; enum load_stage stage; int command; } expected[] = {
	{0xBF36, LOAD_NONE, 0}, {0xA0, LOAD_CONFIGURE, 1}, {0xA1, LOAD_METADATA_LIST, 2}, {0x88, LOAD_METADATA, 2},
	{0xA2, LOAD_ELEMENTS_LIST, 4}, {0xA3, LOAD_ELEMENTS_LIST, 5}, {0x86, LOAD_ELEMENTS, 5},
};

static const int command_of_stage[] = {
	[LOAD_NONE] = 0, [LOAD_CONFIGURE] = 1, [LOAD_METADATA_LIST] = 2, [LOAD_METADATA] = 2, [LOAD_ELEMENTS_LIST] = 5, [LOAD_ELEMENTS] = 5,
};

static enum rsp_status
take(struct rsp_ctx *c, struct load_call *l, uint32_t tag, struct bytes segment)
{
	size_t i;

	l->command = command_of_stage[l->e->load.stage];
	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		if (expected[i].tag == tag && expected[i].stage == l->e->load.stage)
			break;
	if (i == sizeof(expected) / sizeof(expected[0]))
		return fail(c, l, 7, "a segment that is not next");
	l->command = expected[i].command;
	switch (tag) {
	case 0xBF36:
		return take_channel(c, l, segment);
	case 0xA0:
		return take_configure(c, l, segment);
	case 0xA1:
		return take_list_header(c, l, 0xA1, segment, LOAD_METADATA);
	case 0x88:
		return take_metadata(c, l, segment);
	case 0xA2:
		return take_keys(c, l, segment);
	case 0xA3:
		return take_list_header(c, l, 0xA3, segment, LOAD_ELEMENTS);
	default:
		return take_elements(c, l, segment);
	}
}

static bool
is_segment_tag(uint32_t tag)
{
	size_t i;

	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		if (expected[i].tag == tag)
			return true;
	return false;
}

enum rsp_status
es10_load_bpp(struct rsp_ctx *c, struct es10_call *call)
{
	struct load_call l = {.e = call->e, .call = call, .reason = 127};
	size_t n, header;
	uint32_t tag = 0;
	enum rsp_status st;

	header = tlv_header_size(call->command, &tag, &n);
	if (!call->e->session.prepared || !header || !is_segment_tag(tag) || (call->e->load.stage == LOAD_NONE && tag != 0xBF36)) {
		call->sw = 0x6985;
		return RSP_OK;
	}
	st = take(c, &l, tag, call->command);
	if (st == RSP_OK)
		return RSP_OK;
	if (st == RSP_NOMEM || st == RSP_IO)
		return st;
	return load_failed(c, &l);
}
