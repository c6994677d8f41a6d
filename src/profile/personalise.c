// SPDX-License-Identifier: BSD-2-Clause
/*
 * Personalising by patching: a template is searched once for the places of its values; then each order is a copy with some octets
 * replaced. Nothing is decoded or encoded in a session.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "codec/ids.h"
#include "profile/impl.h"
#include "tlv/mutate.h"

enum place { P_HEADER_ICCID, P_EF_ICCID, P_IMSI, P_K, P_OPC, P_PIN1, P_PUK1, P_ADM1, P_MSISDN, P_ACC, P_KIC, P_KID, P_KIK, PLACES };

struct slot { size_t at, n; };   /* n == 0: not in this template */

struct profile_template {
	uint8_t *package;
	size_t n;
	struct slot slot[PLACES];
};

static void
note(struct profile_template *t, enum place place, struct bytes value, size_t least)
{
	if (value.n >= least && t->slot[place].n == 0)
		t->slot[place] = (struct slot){(size_t)(value.p - t->package), value.n};
}

static struct bytes
value_at(struct bytes pe, const char *path)
{
	struct tlv v;

	return tlv_at(pe, path, &v) == RSP_OK ? v.value : BYTES_NONE;
}

/* {80 reference, 81 value} in a list of PINs or PUKs. */
static struct bytes
code_with(struct bytes list, uint8_t ref)
{
	struct tlv entry, r, v;

	while (list.n && tlv_next(&list, &entry) == RSP_OK)
		if (tlv_find(entry.value, 0x80, &r) && r.value.n && r.value.p[r.value.n - 1] == ref && tlv_find(entry.value, 0x81, &v))
			return v.value;
	return BYTES_NONE;
}

/* The first AES key set: {95, 82 id, 83 version, 30 {30 {80 type, 86 data}}}. */
static void
note_keys(struct profile_template *t, struct bytes list)
{
	struct tlv key, id, v;

	while (list.n && tlv_next(&list, &key) == RSP_OK) {
		struct bytes data = value_at(key.value, "30/30/86"), type = value_at(key.value, "30/30/80");

		if (data.n != 16 || type.n != 1 || type.p[0] != 0x88 || !tlv_find(key.value, 0x82, &id) || id.value.n != 1 ||
			!tlv_find(key.value, 0x83, &v) || v.value.n != 1 || v.value.p[0] > 0x0F)
			continue;
		if (id.value.p[0] >= 1 && id.value.p[0] <= 3)
			note(t, (enum place)(P_KIC + id.value.p[0] - 1), data, 16);
	}
}

/* Where values lie in an element: its tag, the path from there, the least octets they need. */
static const struct { uint32_t tag; enum place place; const char *path; size_t least; } places[] = {
	{0xA0, P_HEADER_ICCID, "A0/83", 10}, {0xB0, P_EF_ICCID, "B0/A4/83", 10}, {0xB3, P_IMSI, "B3/A3/83", 9}, {0xB3, P_ACC, "B3/B2/83", 2},
	{0xB4, P_MSISDN, "B4/A7/83", 14}, {0xA4, P_K, "A4/A1/A1/82", 16}, {0xA4, P_OPC, "A4/A1/A1/83", 16},
	{0xBF20, P_EF_ICCID, "BF20/A4/83", 10}, {0xBF20, P_IMSI, "BF20/A9/83", 9}, {0xBF20, P_ACC, "BF20/B2/83", 2},
};

static void
note_element(struct profile_template *t, const struct tlv *pe)
{
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (places[i].tag == pe->tag)
			note(t, places[i].place, value_at(pe->whole, places[i].path), places[i].least);
	if (pe->tag == 0xA3)
		note(t, P_PUK1, code_with(value_at(pe->whole, "A3/A1"), 1), 8);
	if (pe->tag == 0xA2) {
		note(t, P_PIN1, code_with(value_at(pe->whole, "A2/A1/A0"), 1), 8);
		note(t, P_ADM1, code_with(value_at(pe->whole, "A2/A1/A0"), 10), 8);
	}
	if (pe->tag == 0xA6)
		note_keys(t, value_at(pe->whole, "A6/A2"));
}

enum rsp_status
profile_template_new(struct rsp_ctx *c, struct bytes package, struct profile_template **out)
{
	struct profile_template *t = calloc(1, sizeof(*t));
	struct bytes rest;
	struct tlv pe;

	if (!t || !(t->package = malloc(package.n + 1))) {
		free(t);
		return rsp_fail(c, RSP_NOMEM, "no memory for a profile template");
	}
	memcpy(t->package, package.p, package.n);
	t->n = package.n;
	for (rest = bytes_of(t->package, t->n); rest.n;) {
		if (tlv_next(&rest, &pe) != RSP_OK) {
			profile_template_free(t);
			return rsp_fail(c, RSP_MALFORMED, "profile package: no element at octet %zu", package.n - rest.n);
		}
		note_element(t, &pe);
	}
	*out = t;
	return RSP_OK;
}

void
profile_template_free(struct profile_template *t)
{
	if (!t)
		return;
	explicit_bzero(t->package, t->n);
	free(t->package);
	free(t);
}

static enum rsp_status
put(struct rsp_ctx *c, const struct profile_template *t, uint8_t *package, enum place place, const char *what, struct bytes value)
{
	const struct slot *s = &t->slot[place];

	if (s->n == 0)
		return rsp_fail(c, RSP_REFUSED, "%s: this package has no place for it", what);
	if (value.n > s->n)
		return rsp_fail(c, RSP_REFUSED, "%s: %zu octets do not fit into %zu", what, value.n, s->n);
	memcpy(package + s->at, value.p, value.n);
	return RSP_OK;
}

static enum rsp_status
put_iccid(struct rsp_ctx *c, const struct profile_template *t, uint8_t *package, const char *text)
{
	uint8_t swapped[10], plain[10];
	size_t i;
	enum rsp_status st = iccid_read(c, text, swapped);

	if (st != RSP_OK)
		return st;
	for (i = 0; i < 10; i++)
		plain[i] = (uint8_t)(swapped[i] << 4 | swapped[i] >> 4);
	st = put(c, t, package, P_HEADER_ICCID, "ICCID", BYTES_OF(plain));
	return st == RSP_OK ? put(c, t, package, P_EF_ICCID, "ICCID", BYTES_OF(swapped)) : st;
}

/* The access class is the IMSI's last digit (3GPP TS 22.011): the template has one octet pair for it, or its own default. */
static enum rsp_status
put_imsi(struct rsp_ctx *c, const struct profile_template *t, uint8_t *package, const char *text)
{
	uint8_t ef[9], acc[2];
	unsigned bit;
	enum rsp_status st = imsi_read(c, text, ef);

	if (st == RSP_OK)
		st = put(c, t, package, P_IMSI, "IMSI", BYTES_OF(ef));
	if (st != RSP_OK || t->slot[P_ACC].n != 2)
		return st;
	bit = 1u << (text[strlen(text) - 1] - '0');
	acc[0] = (uint8_t)(bit >> 8);
	acc[1] = (uint8_t)bit;
	return put(c, t, package, P_ACC, "access class", BYTES_OF(acc));
}

static enum rsp_status
put_digits(struct rsp_ctx *c, const struct profile_template *t, uint8_t *package, enum place place, const char *what, const char *digits)
{
	uint8_t value[8];
	size_t n = strlen(digits);

	if (n < 4 || n > 8 || strspn(digits, "0123456789") != n)
		return rsp_fail(c, RSP_REFUSED, "%s: want 4 to 8 digits", what);
	memset(value, 0xFF, sizeof(value));
	memcpy(value, digits, n);
	return put(c, t, package, place, what, BYTES_OF(value));
}

/* The last 14 octets of a dialling number record: length, TON/NPI, 10 octets of digits, two identifiers. */
static enum rsp_status
put_msisdn(struct rsp_ctx *c, const struct profile_template *t, uint8_t *package, const char *text)
{
	uint8_t tail[14];
	const char *digits = text[0] == '+' ? text + 1 : text;
	size_t n = strlen(digits), i;
	const struct slot *s = &t->slot[P_MSISDN];

	if (n < 1 || n > 15 || strspn(digits, "0123456789") != n)
		return rsp_fail(c, RSP_REFUSED, "MSISDN: want 1 to 15 digits");
	if (s->n < 14)
		return rsp_fail(c, RSP_REFUSED, "MSISDN: this package has no place for it");
	memset(tail, 0xFF, sizeof(tail));
	tail[0] = (uint8_t)(1 + (n + 1) / 2);
	tail[1] = 0x91;
	for (i = 0; i < n; i++) {
		unsigned d = (unsigned)(digits[i] - '0');
		uint8_t *p = &tail[2 + i / 2];

		*p = (uint8_t)(i % 2 ? (*p & 0x0F) | d << 4 : 0xF0 | d);
	}
	memcpy(package + s->at + s->n - 14, tail, 14);
	return RSP_OK;
}

static enum rsp_status
put_keys(struct rsp_ctx *c, const struct profile_template *t, uint8_t *package, const struct profile_values *v)
{
	const struct { enum place place; const char *what; struct bytes value; } keys[] = {
		{P_K, "K", v->k}, {P_OPC, "OPc", v->opc}, {P_KIC, "KIc", v->ota_kic}, {P_KID, "KID", v->ota_kid}, {P_KIK, "KIK", v->ota_kik},
	};
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!keys[i].value.p)
			continue;
		if (keys[i].value.n != 16)
			return rsp_fail(c, RSP_REFUSED, "%s: want 16 octets, have %zu", keys[i].what, keys[i].value.n);
		st = put(c, t, package, keys[i].place, keys[i].what, keys[i].value);
	}
	return st;
}

static enum rsp_status
put_adm1(struct rsp_ctx *c, const struct profile_template *t, uint8_t *package, const char *hex)
{
	struct bytes value;
	enum rsp_status st = hex_read(c, bytes_of_str(hex), &value);

	if (st != RSP_OK || value.n != 8)
		return rsp_fail(c, RSP_REFUSED, "ADM1: want 16 hex digits");
	return put(c, t, package, P_ADM1, "ADM1", value);
}

enum rsp_status
profile_personalise(struct rsp_ctx *c, const struct profile_template *t, const struct profile_values *v, struct bytes *out)
{
	struct bytes copy = rsp_copy(c, bytes_of(t->package, t->n));
	uint8_t *p = (uint8_t *)(uintptr_t)copy.p;
	enum rsp_status st = p ? RSP_OK : RSP_NOMEM;

	if (st == RSP_OK && v->iccid[0])
		st = put_iccid(c, t, p, v->iccid);
	if (st == RSP_OK && v->imsi[0])
		st = put_imsi(c, t, p, v->imsi);
	if (st == RSP_OK)
		st = put_keys(c, t, p, v);
	if (st == RSP_OK && v->pin1[0])
		st = put_digits(c, t, p, P_PIN1, "PIN1", v->pin1);
	if (st == RSP_OK && v->puk1[0])
		st = put_digits(c, t, p, P_PUK1, "PUK1", v->puk1);
	if (st == RSP_OK && v->adm1[0])
		st = put_adm1(c, t, p, v->adm1);
	if (st == RSP_OK && v->msisdn[0])
		st = put_msisdn(c, t, p, v->msisdn);
	if (st == RSP_OK)
		*out = copy;
	return st;
}

static void
digits_of(const uint8_t value[8], char *out)
{
	size_t i;

	for (i = 0; i < 8 && value[i] != 0xFF; i++)
		out[i] = (char)value[i];
	out[i] = '\0';
}

enum rsp_status
profile_values_of(struct rsp_ctx *c, const struct profile *p, struct profile_values *out)
{
	struct profile_values v = {0};
	size_t i;

	iccid_text(p->iccid, v.iccid);
	for (i = 0; i < p->n_files; i++)
		if (strcmp(p->file[i].name, "EF.IMSI") == 0 && imsi_text(c, p->file[i].content, v.imsi) == RSP_OK)
			break;
	for (i = 0; i < p->n_akas && !v.k.p; i++)
		if (p->aka[i].key.p) {
			v.k = p->aka[i].key;
			v.opc = p->aka[i].opc;
		}
	for (i = 0; i < p->n_pins; i++) {
		if (p->pin[i].ref == 1)
			digits_of(p->pin[i].value, v.pin1);
		if (p->pin[i].ref == 10)
			snprintf(v.adm1, sizeof(v.adm1), "%s", hex_of(c, BYTES_OF(p->pin[i].value)));
	}
	for (i = 0; i < p->n_puks; i++)
		if (p->puk[i].ref == 1)
			digits_of(p->puk[i].value, v.puk1);
	*out = v;
	return RSP_OK;
}
