// SPDX-License-Identifier: BSD-2-Clause
/* PINs and PUKs (package format 8.5). */
#include "profile/impl.h"

/* High nibble: tries at most; low nibble: tries left. */
static enum rsp_status
counters(struct profile_reader *r, unsigned v, uint8_t *max, uint8_t *left)
{
	*max = (uint8_t)(v >> 4 & 15);
	*left = (uint8_t)(v & 15);
	if (!*max || *left > *max)
		return pe_fail(r, PE_PARAMETER, "%u tries of %u: want at least one, and no more left than there are", *left, *max);
	return RSP_OK;
}

bool
pin_is_local(unsigned ref)
{
	return ref >= 0x81 && ref <= 0x88;
}

static bool
puk_reference(unsigned ref)
{
	return (ref >= 1 && ref <= 8) || pin_is_local(ref);
}

bool
pin_reference(unsigned ref)
{
	return puk_reference(ref) || (ref >= 0x0A && ref <= 0x0E) || (ref >= 0x8A && ref <= 0x8E);
}

static bool
in_context(const struct profile_pin *pin, const struct profile_reader *r)
{
	return pin_is_local(pin->ref) && path_same(&r->s.pin_context, pin->context, pin->context_depth);
}

static enum rsp_status
check_reference(struct profile_reader *r, const struct profile_pin *pin)
{
	bool local = pin_is_local(pin->ref);
	size_t i;

	if (!pin_reference(pin->ref))
		return pe_fail(r, PE_BAD_VALUES, "%02X is no key reference of a PIN", pin->ref);
	if (local ? !r->s.takes_local : !r->s.takes_global)
		return pe_fail(r, PE_PARAMETER, "PIN %02X: global PINs belong to the MF, local ones to a DF", pin->ref);
	if (pin->unblock_ref && !puk_reference(pin->unblock_ref))
		return pe_fail(r, PE_BAD_VALUES, "%02X is no key reference of a PUK", pin->unblock_ref);
	for (i = 0; i < r->p.n_pins; i++)
		if (r->p.pin[i].ref == pin->ref && (!local || in_context(&r->p.pin[i], r)))
			return pe_fail(r, PE_PARAMETER, "PIN %02X comes twice in one context", pin->ref);
	return RSP_OK;
}

static void
put_context(struct profile_pin *pin, const struct profile_reader *r)
{
	pin->context_depth = r->s.pin_context.depth;
	memcpy(pin->context, r->s.pin_context.fid, sizeof(pin->context));
	pin->pe = r->pe;
}

static enum rsp_status
read_pin(struct profile_reader *r, struct bytes config)
{
	struct profile_pin pin = {.pe = r->pe}, *slot;
	unsigned ref = 0, unblock = 0, attributes = 7, tries = 0x33;
	struct bytes value = BYTES_NONE;
	enum rsp_status st = RSP_OK;

	(void)pe_number(r, config, 0x80, 255, &ref, &st);
	(void)pe_octets(r, config, 0x81, 8, 8, &value, &st);
	(void)pe_number(r, config, 0x82, 255, &unblock, &st);
	(void)pe_number(r, config, 0x83, 255, &attributes, &st);
	(void)pe_number(r, config, 0x84, 255, &tries, &st);
	r->at = config;
	if (st == RSP_OK)
		st = counters(r, tries, &pin.max_tries, &pin.tries_left);
	pin.ref = (uint8_t)ref;
	pin.unblock_ref = (uint8_t)unblock;
	pin.attributes = (uint8_t)attributes;
	if (st == RSP_OK)
		st = check_reference(r, &pin);
	if (st != RSP_OK)
		return st;
	memcpy(pin.value, value.p, 8);
	if (pin_is_local(ref))
		put_context(&pin, r);
	slot = add_pin(r);
	if (slot)
		*slot = pin;
	explicit_bzero(pin.value, sizeof(pin.value));
	return slot ? RSP_OK : RSP_REFUSED;
}

/* The PINs of another DF, shown here too. */
static enum rsp_status
share_pins(struct profile_reader *r, struct bytes file_path)
{
	size_t n = r->p.n_pins, i, shared = 0;
	struct path p;

	if (!path_read(file_path, &p) || !file_find(r, &p))
		return pe_fail(r, PE_PARAMETER, "the path of shared PINs leads nowhere");
	if (!r->s.takes_local || path_same(&r->s.pin_context, p.fid, p.depth))
		return pe_fail(r, PE_PARAMETER, "a DF shares the PINs of another DF only");
	for (i = 0; i < n; i++) {
		struct profile_pin *slot;

		if (!path_same(&p, r->p.pin[i].context, r->p.pin[i].context_depth) || !pin_is_local(r->p.pin[i].ref))
			continue;
		if (!(slot = add_pin(r)))
			return RSP_REFUSED;
		*slot = r->p.pin[i];
		put_context(slot, r);
		shared++;
	}
	return shared ? RSP_OK : pe_fail(r, PE_PARAMETER, "the DF whose PINs are to be shared has none");
}

enum rsp_status
pe_pin(struct profile_reader *r, struct bytes value)
{
	struct tlv codes, t;
	struct bytes list;
	enum rsp_status st = RSP_OK;

	if (!tlv_find(value, 0xA1, &codes))
		return pe_fail(r, PE_FORMAT, "pinCodes without codes");
	r->at = codes.whole;
	if (r->s.has_codes)
		return pe_fail(r, PE_PARAMETER, "a second pinCodes for one DF");
	r->s.has_codes = true;
	if (tlv_find(codes.value, 0x81, &t))
		return share_pins(r, t.value);
	if (!tlv_find(codes.value, 0xA0, &t))
		return pe_fail(r, PE_FORMAT, "pinCodes without codes");
	if (!t.value.n)
		return pe_fail(r, PE_PARAMETER, "pinCodes without a code");
	for (list = t.value; st == RSP_OK && list.n && tlv_next(&list, &t) == RSP_OK;)
		st = read_pin(r, t.value);
	return st;
}

static enum rsp_status
read_puk(struct profile_reader *r, struct bytes config)
{
	unsigned ref = 0, tries = 0xAA;
	struct bytes value = BYTES_NONE;
	struct profile_puk *puk;
	enum rsp_status st = RSP_OK;
	size_t i;

	(void)pe_number(r, config, 0x80, 255, &ref, &st);
	(void)pe_octets(r, config, 0x81, 8, 8, &value, &st);
	(void)pe_number(r, config, 0x82, 255, &tries, &st);
	if (st != RSP_OK)
		return st;
	r->at = config;
	if (!puk_reference(ref))
		return pe_fail(r, PE_BAD_VALUES, "%02X is no key reference of a PUK", ref);
	for (i = 0; i < r->p.n_puks; i++)
		if (r->p.puk[i].ref == ref)
			return pe_fail(r, PE_PARAMETER, "PUK %02X comes twice", ref);
	if (!(puk = add_puk(r)))
		return RSP_REFUSED;
	puk->ref = (uint8_t)ref;
	memcpy(puk->value, value.p, 8);
	return counters(r, tries, &puk->max_tries, &puk->tries_left);
}

enum rsp_status
pe_puk(struct profile_reader *r, struct bytes value)
{
	struct tlv codes, t;
	struct bytes list;
	enum rsp_status st = RSP_OK;

	if (!tlv_find(value, 0xA1, &codes))
		return pe_fail(r, PE_FORMAT, "pukCodes without codes");
	r->at = codes.whole;
	if (!codes.value.n)
		return pe_fail(r, PE_PARAMETER, "pukCodes without a code");
	for (list = codes.value; st == RSP_OK && list.n && tlv_next(&list, &t) == RSP_OK;)
		st = read_puk(r, t.value);
	return st;
}
