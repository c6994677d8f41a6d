// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who has which TAR and which keys: read from the elements that the profile brought, when a packet comes. A security domain answers to the TARs of its
 * toolkit parameters, or, the first one, to 000000; a remote file manager to its tarList or octets 13 to 15 of its AID.
 */
#include "uicc/ota.h"

#include <stdio.h>
#include <stdlib.h>

enum { PE_TAG_SD = 0xA6, PE_TAG_RFM = 0xA7, SD_PERSONALISED = 0x0F, SCP80_LAST = 0x0F, TYPE_DES = 0x80, TYPE_AES = 0x88 };
/* Of a security domain whose parameters say nothing: a checksum, and a counter that goes up. */
#define LEVEL_DEFAULT 0x12

/* ---- a security domain's element ---- */

struct sd { struct bytes aid, keys, tars; uint8_t level; bool personalised; };

/* A length octet and so many. */
static struct bytes
counted(struct bytes *rest)
{
	size_t n = rest->n ? rest->p[0] : 0;
	struct bytes out = bytes_slice(*rest, 1, n);

	*rest = bytes_from(*rest, 1 + n);
	return out;
}

/* Priority, timers, length of text, menu entries of two octets, channels, then level (01 and SPI1), TARs (TS 102 226 8.2.1.3.2.2). */
static void
read_toolkit(struct bytes field, struct sd *out)
{
	size_t entries = field.n > 3 ? field.p[3] : 0;
	struct bytes rest = bytes_from(field, 4 + 2 * entries + 1), level;

	level = counted(&rest);
	if (level.n == 2 && level.p[0] == 1)
		out->level = level.p[1];
	out->tars = counted(&rest);
}

static bool
read_sd(struct bytes der, struct sd *out)
{
	struct tlv whole, instance, t, field;
	struct bytes rest;
	unsigned aids = 0;

	*out = (struct sd){.level = LEVEL_DEFAULT};
	if (tlv_only(der, PE_TAG_SD, &whole) != RSP_OK || !tlv_find(whole.value, 0xA1, &instance))
		return false;
	for (rest = instance.value; rest.n && tlv_next(&rest, &t) == RSP_OK;) {
		if (t.tag == 0x4F && ++aids == 3)
			out->aid = t.value;
		if (t.tag == 0x83 && t.value.n == 1)
			out->personalised = t.value.p[0] == SD_PERSONALISED;
		if (t.tag == 0xEA && tlv_find(t.value, 0x80, &field))
			read_toolkit(field.value, out);
	}
	if (tlv_find(whole.value, 0xA2, &t))
		out->keys = t.value;
	return out->aid.p != NULL;
}

/* ---- a remote file manager's element ---- */

struct rfm { struct bytes aid, sd_aid, tars; uint8_t level; struct domain uicc, adf; struct bytes adf_aid; };

static void
read_adf_access(struct bytes list, struct rfm *out)
{
	struct bytes *const places[] = {&out->adf_aid, &out->adf.files, &out->adf.admin};
	struct tlv t;
	size_t i;

	for (i = 0; i < 3 && tlv_next(&list, &t) == RSP_OK; i++)
		*places[i] = t.value;
}

/* Two identifiers in a row: its own, then its security domain's; two octet strings: access domain, then the one for administration. */
static bool
read_rfm(struct bytes der, struct rfm *out)
{
	struct tlv whole, t;
	struct bytes rest;
	unsigned lists = 0, strings = 0;

	*out = (struct rfm){.level = LEVEL_DEFAULT};
	if (tlv_only(der, PE_TAG_RFM, &whole) != RSP_OK)
		return false;
	for (rest = whole.value; rest.n && tlv_next(&rest, &t) == RSP_OK;) {
		if (t.tag == 0x4F)
			*(out->aid.p ? &out->sd_aid : &out->aid) = t.value;
		if (t.tag == 0xA0 && ++lists == 2)
			out->tars = t.value;
		if (t.tag == 0x81 && t.value.n == 1)
			out->level = t.value.p[0];
		if (t.tag == 0x04)
			*(++strings == 1 ? &out->uicc.files : &out->uicc.admin) = t.value;
		if (t.tag == 0x30)
			read_adf_access(t.value, out);
	}
	return out->aid.p != NULL;
}

static bool
rfm_has(const struct rfm *r, const uint8_t tar[3])
{
	struct bytes rest = r->tars;
	struct tlv t;

	if (!r->tars.p)
		return r->aid.n >= 15 && memcmp(r->aid.p + 12, tar, 3) == 0;
	while (rest.n && tlv_next(&rest, &t) == RSP_OK)
		if (t.value.n == 3 && memcmp(t.value.p, tar, 3) == 0)
			return true;
	return false;
}

/* ---- all of them ---- */

#define ELEMENTS_MAX 64
struct elements { struct uicc *u; struct rsp_ctx *c; struct bytes der[ELEMENTS_MAX]; unsigned number[ELEMENTS_MAX]; size_t n; };

static bool
collect(void *arg, struct bytes key, struct bytes value)
{
	struct elements *l = arg;

	if (l->n == ELEMENTS_MAX)
		return false;
	l->number[l->n] = (unsigned)strtoul(rsp_sprintf(l->c, "%.4s", (const char *)key.p + key.n - 4), NULL, 10);
	l->der[l->n++] = rsp_copy(l->c, value);
	return true;
}

/* The domain with this AID, or the first when the AID is absent; only one that is personalised has keys to use. */
static bool
find_sd(const struct elements *l, struct bytes aid, struct ota_target *out)
{
	struct sd sd;
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (!read_sd(l->der[i], &sd) || (aid.p && !bytes_equal(aid, sd.aid)))
			continue;
		out->sd = l->number[i];
		out->sd_der = l->der[i];
		return sd.personalised;
	}
	return false;
}

static bool
sd_has(const struct sd *sd, bool first, const uint8_t tar[3])
{
	static const uint8_t ram[3];
	size_t i;

	if (!sd->tars.n)
		return first && memcmp(tar, ram, 3) == 0;
	for (i = 0; i + 3 <= sd->tars.n; i += 3)
		if (memcmp(sd->tars.p + i, tar, 3) == 0)
			return true;
	return false;
}

static bool
rfm_target(const struct elements *l, const struct rfm *r, struct ota_target *out)
{
	*out = (struct ota_target){.kind = TARGET_RFM, .level = r->level, .uicc = r->uicc, .adf = r->adf, .adf_aid = r->adf_aid};
	return find_sd(l, r->sd_aid, out);
}

bool
ota_target(struct uicc *u, struct rsp_ctx *c, const uint8_t tar[3], struct ota_target *out)
{
	struct elements *l = rsp_alloc(c, sizeof(*l));
	bool first = true;
	struct rfm rfm;
	struct sd sd;
	size_t i;

	if (!l)
		return false;
	l->u = u;
	l->c = c;
	u->nvm->each(u->nvm->self, fs_key(c, u->prefix, "e", NULL, 0), collect, l);
	for (i = 0; i < l->n; i++) {
		if (read_rfm(l->der[i], &rfm) && rfm_has(&rfm, tar))
			return rfm_target(l, &rfm, out);
		if (!read_sd(l->der[i], &sd))
			continue;
		if (sd_has(&sd, first, tar)) {
			*out = (struct ota_target){.kind = first ? TARGET_MNO_SD : TARGET_SD, .level = sd.level};
			return find_sd(l, sd.aid, out);
		}
		first = false;
	}
	return false;
}

/* ---- keys and counters ---- */

/* Sizes that serve: AES 16, 24, 32; triple DES 16, 24. */
static bool
read_component(struct bytes object, struct ota_key *out)
{
	struct tlv list, one, type, data, mac, counter;

	*out = (struct ota_key){.mac_n = 8};
	if (!tlv_find(object, 0x30, &list) || !tlv_find(list.value, 0x30, &one) || !tlv_find(one.value, 0x80, &type) || !tlv_find(one.value, 0x86, &data) ||
		type.value.n != 1)
		return false;
	out->value = data.value;
	out->aes = type.value.p[0] == TYPE_AES;
	if (out->aes && tlv_find(one.value, 0x87, &mac) && mac.value.n == 1)
		out->mac_n = mac.value.p[0];
	if (tlv_find(object, 0x85, &counter))
		out->counter = counter.value;
	if (out->mac_n != 4 && out->mac_n != 8)
		return false;
	return (out->aes && (data.value.n == 16 || data.value.n == 24 || data.value.n == 32)) ||
		(type.value.p[0] == TYPE_DES && (data.value.n == 16 || data.value.n == 24));
}

bool
ota_key(const struct ota_target *t, unsigned version, unsigned id, struct ota_key *out)
{
	struct tlv object, tag;
	struct bytes rest;
	struct sd sd;

	if (version < 1 || version > SCP80_LAST || !read_sd(t->sd_der, &sd))
		return false;
	for (rest = sd.keys; rest.n && tlv_next(&rest, &object) == RSP_OK;)
		if (tlv_find(object.value, 0x82, &tag) && tag.value.n == 1 && tag.value.p[0] == id && tlv_find(object.value, 0x83, &tag) &&
			tag.value.n == 1 && tag.value.p[0] == version)
			return read_component(object.value, out);
	return false;
}

static struct bytes
counter_key(struct uicc *u, struct rsp_ctx *c, const struct ota_target *t, unsigned version)
{
	return bytes_of_str(rsp_sprintf(c, "%sota%04u%02X", u->prefix, t->sd, version));
}

void
ota_counter(struct uicc *u, struct rsp_ctx *c, const struct ota_target *t, unsigned version, uint8_t out[COUNTER_SIZE])
{
	struct ota_key key;
	struct bytes v;

	memset(out, 0, COUNTER_SIZE);
	if (u->nvm->get(u->nvm->self, counter_key(u, c, t, version), &v) && v.n == COUNTER_SIZE)
		memcpy(out, v.p, COUNTER_SIZE);
	else if (ota_key(t, version, KEY_KID, &key) && key.counter.n == COUNTER_SIZE)
		memcpy(out, key.counter.p, COUNTER_SIZE);
}

enum rsp_status
ota_counter_keep(struct uicc *u, struct rsp_ctx *c, const struct ota_target *t, unsigned version, const uint8_t value[COUNTER_SIZE])
{
	enum rsp_status st = u->nvm->put(u->nvm->self, c, counter_key(u, c, t, version), bytes_of(value, COUNTER_SIZE));

	return st == RSP_OK ? u->nvm->commit(u->nvm->self, c) : st;
}
