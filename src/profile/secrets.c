// SPDX-License-Identifier: BSD-2-Clause
/* PINs, PUKs and authentication parameters (package format 8.4, 8.5). */
#include "profile/impl.h"

#include <stdlib.h>

static bool
octets(struct bytes in, uint32_t tag, uint8_t *out, size_t n)
{
	struct tlv t;

	if (!tlv_find(in, tag, &t) || t.value.n != n)
		return false;
	memcpy(out, t.value.p, n);
	return true;
}

static unsigned
small(struct bytes in, uint32_t tag, unsigned otherwise)
{
	struct tlv t;
	uint64_t v;

	return tlv_find(in, tag, &t) && tlv_uint(t.value, &v) == RSP_OK && v < 65536 ? (unsigned)v : otherwise;
}

/* High nibble: tries at most; low nibble: tries left. */
static void
counters(unsigned v, uint8_t *max, uint8_t *left)
{
	*max = (uint8_t)(v >> 4 & 15);
	*left = (uint8_t)(v & 15);
	if (*left > *max)
		*left = *max;
}

static bool
is_local(unsigned ref)
{
	return ref >= 0x81 && ref <= 0x88;
}

static enum rsp_status
read_pin(struct profile_reader *r, struct bytes config)
{
	struct profile_pin pin = {0}, *slot;
	size_t i;

	pin.ref = (uint8_t)small(config, 0x80, 0);
	if (!pin.ref || !octets(config, 0x81, pin.value, 8))
		return pe_fail(r, PE_FORMAT, "a PIN without a reference or of other than 8 octets");
	pin.unblock_ref = (uint8_t)small(config, 0x82, 0);
	pin.attributes = (uint8_t)small(config, 0x83, 7);
	counters(small(config, 0x84, 0x33), &pin.max_tries, &pin.tries_left);
	if (is_local(pin.ref)) {
		pin.context_depth = r->pin_context.depth;
		memcpy(pin.context, r->pin_context.fid, sizeof(pin.context));
	}
	for (i = 0; i < r->p.n_pins; i++)
		if (r->p.pin[i].ref == pin.ref && r->p.pin[i].context_depth == pin.context_depth &&
			memcmp(r->p.pin[i].context, pin.context, pin.context_depth * sizeof(pin.context[0])) == 0)
			return pe_fail(r, PE_PARAMETER, "PIN %02X comes twice in one context", pin.ref);
	slot = add_pin(r);
	if (!slot)
		return rsp_fail(r->c, RSP_NOMEM, "no memory for a profile");
	*slot = pin;
	return RSP_OK;
}

/* The PINs of another DF, shown here too. */
static enum rsp_status
share_pins(struct profile_reader *r, struct bytes file_path)
{
	struct path p;
	size_t n = r->p.n_pins, i;

	if (!path_read(file_path, &p))
		return pe_fail(r, PE_PARAMETER, "the path of shared PINs is no path");
	for (i = 0; i < n; i++) {
		struct profile_pin pin = r->p.pin[i], *slot;

		if (pin.context_depth != p.depth || memcmp(pin.context, p.fid, p.depth * sizeof(p.fid[0])) != 0)
			continue;
		pin.context_depth = r->pin_context.depth;
		memcpy(pin.context, r->pin_context.fid, sizeof(pin.context));
		slot = add_pin(r);
		if (!slot)
			return rsp_fail(r->c, RSP_NOMEM, "no memory for a profile");
		*slot = pin;
	}
	return RSP_OK;
}

enum rsp_status
pe_pin(struct profile_reader *r, struct bytes value)
{
	struct tlv codes, t;
	struct bytes list;
	enum rsp_status st = RSP_OK;

	if (!tlv_find(value, 0xA1, &codes))
		return pe_fail(r, PE_FORMAT, "pinCodes without codes");
	if (tlv_find(codes.value, 0x81, &t))
		return share_pins(r, t.value);
	if (!tlv_find(codes.value, 0xA0, &t))
		return pe_fail(r, PE_FORMAT, "pinCodes without codes");
	for (list = t.value; st == RSP_OK && list.n && tlv_next(&list, &t) == RSP_OK;)
		st = read_pin(r, t.value);
	return st;
}

enum rsp_status
pe_puk(struct profile_reader *r, struct bytes value)
{
	struct tlv codes, t;
	struct bytes list;

	if (!tlv_find(value, 0xA1, &codes))
		return pe_fail(r, PE_FORMAT, "pukCodes without codes");
	for (list = codes.value; list.n && tlv_next(&list, &t) == RSP_OK;) {
		struct profile_puk *puk = add_puk(r);

		if (!puk)
			return rsp_fail(r->c, RSP_NOMEM, "no memory for a profile");
		puk->ref = (uint8_t)small(t.value, 0x80, 0);
		counters(small(t.value, 0x82, 0xAA), &puk->max_tries, &puk->tries_left);
		if (!puk->ref || !octets(t.value, 0x81, puk->value, 8))
			return pe_fail(r, PE_FORMAT, "a PUK without a reference or of other than 8 octets");
	}
	return RSP_OK;
}

static void
aka_defaults(struct profile_aka *a)
{
	static const uint8_t rotation[5] = {0x40, 0, 0x20, 0x40, 0x60}, delta[6] = {0, 0, 0x10, 0, 0, 0};
	size_t i;

	memcpy(a->rotation, rotation, 5);
	for (i = 1; i < 5; i++)
		a->xoring[i][15] = (uint8_t)(1u << (i - 1));
	a->keccak_iterations = 1;
	a->sqn_options = 2;
	memcpy(a->sqn_delta, delta, 6);
	memcpy(a->sqn_age_limit, delta, 6);
}

static enum rsp_status
check_key_sizes(struct profile_reader *r, const struct profile_aka *a)
{
	bool tuak = a->algorithm == AKA_TUAK;

	if (a->algorithm != AKA_MILENAGE && a->algorithm != AKA_TEST && !tuak)
		return pe_fail(r, PE_PARAMETER, "authentication algorithm %d is not known", (int)a->algorithm);
	if (a->key.n != 16 && !(tuak && a->key.n == 32))
		return pe_fail(r, PE_BAD_VALUES, "K has %zu octets", a->key.n);
	if (a->algorithm == AKA_MILENAGE && a->opc.n != 16)
		return pe_fail(r, PE_BAD_VALUES, "OPc has %zu octets, want 16", a->opc.n);
	return RSP_OK;
}

static enum rsp_status
read_algorithm(struct profile_reader *r, struct bytes v, struct profile_aka *a)
{
	struct tlv t;
	uint8_t constants[80], counter[3], options[1];
	size_t i;

	a->algorithm = (enum aka_algorithm)small(v, 0x80, 0);
	if (octets(v, 0x81, options, 1))
		a->options = options[0];
	if (tlv_find(v, 0x82, &t))
		a->key = rsp_copy(&r->mem, t.value);
	if (tlv_find(v, 0x83, &t))
		a->opc = rsp_copy(&r->mem, t.value);
	(void)octets(v, 0x84, a->rotation, 5);
	if (octets(v, 0x85, constants, 80))
		for (i = 0; i < 5; i++)
			memcpy(a->xoring[i], constants + 16 * i, 16);
	if (octets(v, 0x86, counter, 3))
		a->auth_counter_max = (uint32_t)counter[0] << 16 | (uint32_t)counter[1] << 8 | counter[2];
	a->keccak_iterations = small(v, 0x87, 1);
	return check_key_sizes(r, a);
}

static enum rsp_status
read_sqn(struct profile_reader *r, struct bytes value, struct profile_aka *a)
{
	struct tlv t, one;
	uint8_t options[1];
	size_t i;

	if (octets(value, 0x82, options, 1))
		a->sqn_options = options[0];
	(void)octets(value, 0x83, a->sqn_delta, 6);
	(void)octets(value, 0x84, a->sqn_age_limit, 6);
	if (!tlv_find(value, 0xA5, &t))
		return RSP_OK;
	for (i = 0; i < 32; i++) {
		if (tlv_next(&t.value, &one) != RSP_OK || one.value.n != 6)
			return pe_fail(r, PE_BAD_VALUES, "sqnInit: want 32 values of 6 octets");
		memcpy(a->sqn_init[i], one.value.p, 6);
	}
	return t.value.n ? pe_fail(r, PE_BAD_VALUES, "sqnInit: want 32 values of 6 octets") : RSP_OK;
}

enum rsp_status
pe_aka(struct profile_reader *r, struct bytes value)
{
	struct profile_aka *a;
	struct tlv choice, t;
	enum rsp_status st;

	if (!r->naa_fid)
		return pe_fail(r, PE_PARAMETER, "akaParameter before any NAA");
	if (!tlv_find(value, 0xA1, &choice) || !(a = add_aka(r)))
		return pe_fail(r, PE_FORMAT, "akaParameter without an algorithm");
	aka_defaults(a);
	a->adf = r->naa_fid;
	if (tlv_find(choice.value, 0xA0, &t)) {
		struct tlv m;

		if (!tlv_find(t.value, 0x81, &m))
			return pe_fail(r, PE_FORMAT, "a mapping without a source");
		a->mapping_source = rsp_copy(&r->mem, m.value);
		(void)octets(t.value, 0x80, &a->mapping_options, 1);
		return read_sqn(r, value, a);
	}
	if (!tlv_find(choice.value, 0xA1, &t))
		return pe_fail(r, PE_FORMAT, "akaParameter without an algorithm");
	st = read_algorithm(r, t.value, a);
	return st == RSP_OK ? read_sqn(r, value, a) : st;
}
