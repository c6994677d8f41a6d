// SPDX-License-Identifier: BSD-2-Clause
/* Security domains, remote file management, applications (package format 8.6, 8.7): checked, listed and kept. */
#include "profile/impl.h"

static struct profile_app *
app_by_aid(const struct profile_reader *r, struct bytes aid, enum pe_kind kind)
{
	size_t i;

	for (i = 0; i < r->p.n_apps; i++)
		if (bytes_equal(r->p.app[i].aid, aid) && (kind == PE_UNKNOWN || r->p.app[i].kind == kind))
			return &r->p.app[i];
	return NULL;
}

static struct profile_app *
operators(const struct profile_reader *r)
{
	size_t i;

	for (i = 0; i < r->p.n_apps; i++)
		if (r->p.app[i].kind == PE_SD)
			return &r->p.app[i];
	return NULL;
}

/* The members that come under one tag, 4F, in their order. */
static enum rsp_status
read_aids(struct profile_reader *r, struct bytes value, struct bytes *aid, size_t least, size_t most, size_t *n)
{
	struct tlv t;

	*n = 0;
	while (value.n && tlv_next(&value, &t) == RSP_OK) {
		if (t.tag != 0x4F)
			continue;
		r->at = t.whole;
		if (t.value.n < 5 || t.value.n > 16)
			return pe_fail(r, PE_FORMAT, "an AID has %zu octets, want 5 to 16", t.value.n);
		if (*n == most)
			return pe_fail(r, PE_FORMAT, "more than %zu AIDs", most);
		aid[(*n)++] = t.value;
	}
	return *n < least ? pe_fail(r, PE_FORMAT, "%zu AIDs, want %zu", *n, least) : RSP_OK;
}

/* What the domain must be before something can belong to it. */
static enum rsp_status
check_domain(struct profile_reader *r, struct bytes aid)
{
	const struct profile_app *sd = aid.p ? app_by_aid(r, aid, PE_SD) : operators(r);

	if (!sd)
		return pe_fail(r, PE_PARAMETER, aid.p ? "it belongs to a security domain that does not exist" : "there is no security domain before it");
	if (sd->life_cycle != 0x0F)
		return pe_fail(r, PE_PARAMETER, "it belongs to a security domain that is not personalised");
	return RSP_OK;
}

/* ApplicationInstance: package, class, instance, and perhaps the domain it goes to. */
static enum rsp_status
read_instance(struct profile_reader *r, struct bytes value, enum pe_kind kind, struct profile_app *out)
{
	struct bytes aid[4] = {{0}}, privileges = BYTES_NONE, life_cycle = BYTES_NONE;
	enum rsp_status st;
	size_t n = 0;

	*out = (struct profile_app){.kind = kind, .pe = r->pe, .life_cycle = 7};
	st = read_aids(r, value, aid, 3, 4, &n);
	(void)pe_octets(r, value, 0x82, 1, 3, &privileges, &st);
	(void)pe_octets(r, value, 0x83, 1, 1, &life_cycle, &st);
	if (st != RSP_OK)
		return st;
	r->at = aid[2];
	if (app_by_aid(r, aid[2], PE_UNKNOWN))
		return pe_fail(r, PE_PARAMETER, "the instance's AID is another's already");
	r->at = privileges;
	if (privileges.n == 2)
		return pe_fail(r, PE_BAD_VALUES, "privileges are 1 or 3 octets");
	if (life_cycle.p)
		out->life_cycle = life_cycle.p[0];
	r->at = life_cycle;
	if (out->life_cycle != 3 && out->life_cycle != 7 && out->life_cycle != 0x0F)
		return pe_fail(r, PE_BAD_VALUES, "life cycle state %02X is not known", out->life_cycle);
	out->aid = rsp_copy(&r->mem, aid[2]);
	out->domain = aid[3].p ? rsp_copy(&r->mem, aid[3]) : BYTES_NONE;
	out->privileges = rsp_copy(&r->mem, privileges);
	return RSP_OK;
}

/* ---- keys of a security domain ---- */

static bool
key_fits(uint8_t type, size_t n)
{
	switch (type) {
	case 0x80: return n == 8 || n == 16 || n == 24;
	case 0x88: return n == 16 || n == 24 || n == 32;
	default: return n > 0;
	}
}

static bool
type_is_known(uint8_t type)
{
	return (type >= 0x80 && type <= 0x82) || type == 0x85 || type == 0x88 || type == 0x90 || type == 0x91 || (type >= 0xA0 && type <= 0xA9) ||
		(type >= 0xB0 && type <= 0xB8) || type == 0xF0;
}

static enum rsp_status
check_components(struct profile_reader *r, struct bytes list)
{
	struct bytes type = BYTES_NONE, data = BYTES_NONE;
	uint8_t seen[32] = {0};
	enum rsp_status st = RSP_OK;
	struct tlv t;

	while (list.n && tlv_next(&list, &t) == RSP_OK) {
		unsigned mac = 8;

		(void)pe_octets(r, t.value, 0x80, 1, 1, &type, &st);
		(void)pe_octets(r, t.value, 0x86, 1, 512, &data, &st);
		(void)pe_number(r, t.value, 0x87, 255, &mac, &st);
		if (st != RSP_OK)
			return st;
		r->at = t.whole;
		if (!type_is_known(type.p[0]))
			return pe_fail(r, PE_FEATURE, "keys of type %02X are not known", type.p[0]);
		if (seen[type.p[0] / 8] & 1u << type.p[0] % 8)
			return pe_fail(r, PE_PARAMETER, "two components of type %02X in one key", type.p[0]);
		seen[type.p[0] / 8] |= (uint8_t)(1u << type.p[0] % 8);
		if (!key_fits(type.p[0], data.n))
			return pe_fail(r, PE_BAD_VALUES, "a key of type %02X has %zu octets", type.p[0], data.n);
		if (type.p[0] == 0x88 && mac != 4 && mac != 8)
			return pe_fail(r, PE_BAD_VALUES, "the MAC of an AES key has 4 or 8 octets, not %u", mac);
	}
	return RSP_OK;
}

struct key_name { uint8_t id, version; };

static enum rsp_status
check_key(struct profile_reader *r, struct bytes key, struct key_name *out)
{
	struct bytes usage, access, id = BYTES_NONE, version = BYTES_NONE, counter;
	enum rsp_status st = RSP_OK;
	struct tlv t;

	(void)pe_octets(r, key, 0x95, 1, 2, &usage, &st);
	(void)pe_octets(r, key, 0x96, 1, 1, &access, &st);
	(void)pe_octets(r, key, 0x82, 1, 1, &id, &st);
	(void)pe_octets(r, key, 0x83, 1, 1, &version, &st);
	(void)pe_octets(r, key, 0x85, 1, 8, &counter, &st);
	if (st != RSP_OK)
		return st;
	r->at = version;
	if (version.p[0] < 1 || version.p[0] > 0x7F || id.p[0] > 0x7F)
		return pe_fail(r, PE_BAD_VALUES, "a key has version 01 to 7F and identifier 00 to 7F");
	*out = (struct key_name){id.p[0], version.p[0]};
	r->at = key;
	if (!tlv_find(key, 0x30, &t) || !t.value.n)
		return pe_fail(r, PE_PARAMETER, "a key without components");
	return check_components(r, t.value);
}

static enum rsp_status
check_keys(struct profile_reader *r, struct bytes list, unsigned *n)
{
	struct key_name seen[128];
	enum rsp_status st;
	struct tlv t;
	unsigned i;

	for (*n = 0; list.n && tlv_next(&list, &t) == RSP_OK; ++*n) {
		if (*n == sizeof(seen) / sizeof(seen[0]))
			return pe_fail(r, PE_NO_MEMORY, "more than %u keys", *n);
		if ((st = check_key(r, t.value, &seen[*n])) != RSP_OK)
			return st;
		for (i = 0; i < *n; i++)
			if (memcmp(&seen[i], &seen[*n], sizeof(seen[i])) == 0)
				return pe_fail(r, PE_PARAMETER, "key %02X of version %02X comes twice", seen[i].id, seen[i].version);
	}
	return RSP_OK;
}

/* ---- the elements ---- */

/* Each entry is a data grouping: identifier of two octets, length, as many octets. */
static enum rsp_status
check_perso_data(struct profile_reader *r, struct bytes list)
{
	struct tlv t;

	while (list.n && tlv_next(&list, &t) == RSP_OK) {
		size_t n = t.value.n, head = n > 2 && t.value.p[2] == 0xFF ? 5 : 3;

		r->at = t.whole;
		if (n < head || n - head != (head == 3 ? t.value.p[2] : (size_t)t.value.p[3] << 8 | t.value.p[4]))
			return pe_fail(r, PE_PARAMETER, "sdPersoData: an entry is no data grouping");
	}
	return RSP_OK;
}

static enum rsp_status
check_extras(struct profile_reader *r, struct bytes value, bool first)
{
	enum rsp_status st = RSP_OK;
	struct tlv t, one;

	if (tlv_find(value, 0xA3, &t) && (st = check_perso_data(r, t.value)) != RSP_OK)
		return st;
	if (tlv_find(value, 0xA4, &t)) {
		r->at = t.whole;
		if (!first)
			return pe_fail(r, PE_PARAMETER, "openPersoData belongs to the operator's security domain only");
		if (t.value.n && tlv_next(&t.value, &one) == RSP_OK)
			return pe_fail(r, PE_FEATURE, "openPersoData is not supported");
	}
	if (!tlv_find(value, 0xA5, &t))
		return RSP_OK;
	r->at = t.whole;
	return first ? pe_fail(r, PE_FEATURE, "CAT_TP is not supported") : pe_fail(r, PE_PARAMETER, "catTpParameters belong to the operator's security domain only");
}

enum rsp_status
pe_sd(struct profile_reader *r, struct bytes value)
{
	struct profile_app app, *slot;
	bool first = !operators(r);
	struct tlv t;
	enum rsp_status st;

	if (!tlv_find(value, 0xA1, &t))
		return pe_fail(r, PE_FORMAT, "a security domain without an instance");
	st = read_instance(r, t.value, PE_SD, &app);
	if (st == RSP_OK && first && app.domain.p)
		return pe_fail(r, PE_PARAMETER, "the operator's security domain belongs to no other");
	if (st == RSP_OK && app.domain.p)
		st = check_domain(r, app.domain);
	if (st == RSP_OK && tlv_find(value, 0xA2, &t))
		st = check_keys(r, t.value, &app.n_keys);
	if (st == RSP_OK)
		st = check_extras(r, value, first);
	if (st != RSP_OK)
		return st;
	if (!(slot = add_app(r)))
		return RSP_REFUSED;
	*slot = app;
	return RSP_OK;
}

static enum rsp_status
add_tar(struct profile_reader *r, struct profile_app *app, struct bytes tar)
{
	size_t i, k;

	r->at = tar;
	if (tar.n != 3)
		return pe_fail(r, PE_FORMAT, "a TAR has %zu octets, want 3", tar.n);
	if (app->n_tars == sizeof(app->tar) / sizeof(app->tar[0]))
		return pe_fail(r, PE_NO_MEMORY, "more than %zu TARs", app->n_tars);
	memcpy(app->tar[app->n_tars++], tar.p, 3);
	for (i = 0; i < r->p.n_apps; i++)
		for (k = 0; k < r->p.app[i].n_tars; k++)
			if (memcmp(r->p.app[i].tar[k], tar.p, 3) == 0)
				return pe_fail(r, PE_PARAMETER, "TAR %02X%02X%02X comes twice", tar.p[0], tar.p[1], tar.p[2]);
	for (k = 0; k + 1 < app->n_tars; k++)
		if (memcmp(app->tar[k], tar.p, 3) == 0)
			return pe_fail(r, PE_PARAMETER, "TAR %02X%02X%02X comes twice", tar.p[0], tar.p[1], tar.p[2]);
	return RSP_OK;
}

/* From the list, or octets 13 to 15 of the instance's AID. */
static enum rsp_status
read_tars(struct profile_reader *r, struct bytes value, struct profile_app *app)
{
	struct bytes rest = value;
	struct tlv t, one;
	enum rsp_status st = RSP_OK;
	bool header = true, listed = false;

	/* header and tarList have one tag, A0 */
	while (st == RSP_OK && rest.n && tlv_next(&rest, &t) == RSP_OK) {
		if (t.tag != 0xA0)
			continue;
		while (!header && st == RSP_OK && t.value.n && tlv_next(&t.value, &one) == RSP_OK) {
			listed = true;
			st = add_tar(r, app, one.value);
		}
		header = false;
	}
	if (st != RSP_OK || listed)
		return st;
	if (app->aid.n < 15)
		return pe_fail(r, PE_PARAMETER, "no TAR: neither a list nor an AID of 15 octets");
	return add_tar(r, app, bytes_slice(app->aid, 12, 3));
}

/* adfRFMAccess { adfAID, domain, administrative domain }. */
static enum rsp_status
read_adf_access(struct profile_reader *r, struct bytes value, struct profile_app *app)
{
	struct bytes aid;
	enum rsp_status st = RSP_OK;
	struct tlv t;
	size_t i;

	if (!tlv_find(value, 0x30, &t) || !pe_octets(r, t.value, 0x80, 5, 16, &aid, &st))
		return st;
	for (i = 0; i < r->p.n_files; i++)
		if (bytes_equal(r->p.file[i].df_name, aid)) {
			app->adf = rsp_copy(&r->mem, aid);
			return RSP_OK;
		}
	return pe_fail(r, PE_PARAMETER, "remote management of an ADF that does not exist");
}

enum rsp_status
pe_rfm(struct profile_reader *r, struct bytes value)
{
	struct profile_app app = {.kind = PE_RFM, .pe = r->pe, .life_cycle = 7}, *slot;
	struct bytes aid[2] = {{0}}, level = BYTES_NONE;
	enum rsp_status st;
	size_t n;

	st = read_aids(r, value, aid, 1, 2, &n);
	if (st == RSP_OK && app_by_aid(r, aid[0], PE_UNKNOWN))
		return pe_fail(r, PE_PARAMETER, "the instance's AID is another's already");
	if (st == RSP_OK)
		st = check_domain(r, aid[1]);
	(void)pe_octets(r, value, 0x81, 1, 1, &level, &st);
	if (st != RSP_OK)
		return st;
	app.security_level = level.p ? level.p[0] : 0;
	app.aid = rsp_copy(&r->mem, aid[0]);
	app.domain = aid[1].p ? rsp_copy(&r->mem, aid[1]) : BYTES_NONE;
	if ((st = read_tars(r, value, &app)) != RSP_OK || (st = read_adf_access(r, value, &app)) != RSP_OK)
		return st;
	if (!(slot = add_app(r)))
		return RSP_REFUSED;
	*slot = app;
	return RSP_OK;
}

static enum rsp_status
read_instances(struct profile_reader *r, struct bytes list)
{
	struct profile_app app, *slot;
	enum rsp_status st;
	struct tlv t;

	while (list.n && tlv_next(&list, &t) == RSP_OK) {
		if ((st = read_instance(r, t.value, PE_APPLICATION, &app)) != RSP_OK)
			return st;
		if (app.domain.p && (st = check_domain(r, app.domain)) != RSP_OK)
			return st;
		if (!(slot = add_app(r)))
			return RSP_REFUSED;
		*slot = app;
	}
	return RSP_OK;
}

/* The element is kept; whether the installation goes on without what it asks for is for its `mandated` to say. */
enum rsp_status
pe_application(struct profile_reader *r, struct bytes value)
{
	struct bytes package[2] = {{0}};
	enum rsp_status st = RSP_OK;
	struct tlv load, list;
	bool loads = tlv_find(value, 0xA1, &load);
	size_t n = 0;

	if (!operators(r))
		return pe_fail(r, PE_PARAMETER, "there is no security domain before it");
	if (loads)
		st = read_aids(r, load.value, package, 1, 2, &n);
	if (st == RSP_OK && n == 2)
		st = check_domain(r, package[1]);
	if (st == RSP_OK && tlv_find(value, 0xA2, &list))
		st = read_instances(r, list.value);
	if (st != RSP_OK)
		return st;
	r->at = BYTES_NONE;
	return loads ? pe_fail(r, PE_RUNTIME, "no application runs on this card") : pe_fail(r, PE_LIBRARY, "the application's package is not on this card");
}
