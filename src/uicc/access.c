// SPDX-License-Identifier: BSD-2-Clause
/*
 * Access rules (ETSI TS 102 221 9.2): a record of EF.ARR, read when it is needed. A rule is access modes, each followed by its condition.
 * A record that cannot be found or read means never.
 */
#include "uicc/impl.h"

/* An EF's rule file is looked for in its own DF and upwards, a DF's in its parent, an ADF's and the MF's in the MF. */
static bool
find_rules(struct uicc_call *k, const struct fs_file *f, struct fs_file *arr)
{
	struct fs_path at = f->path;

	if (f->info.kind == FILE_MF || f->info.kind == FILE_ADF)
		at.depth = 0;
	else if (at.depth)
		at.depth--;
	for (;;) {
		if (fs_child(k->u, k->c, &at, f->info.arr_fid, arr) && arr->info.kind == FILE_LINEAR && !arr->info.link_depth)
			return true;
		if (at.depth == 0)
			return false;
		at.depth--;
	}
}

static bool condition(struct uicc_call *k, const struct fs_file *f, const struct tlv *sc, unsigned depth);

/* A0: one of them, AF: all of them. Empty is never. */
static bool
several(struct uicc_call *k, const struct fs_file *f, struct bytes list, bool all, unsigned depth)
{
	bool any = false;
	struct tlv t;

	if (!list.n || depth > 4 || !tlv_all_well_formed(list))
		return false;
	while (list.n && tlv_next(&list, &t) == RSP_OK) {
		bool holds = condition(k, f, &t, depth + 1);

		if (all && !holds)
			return false;
		any = any || holds;
	}
	return any;
}

static bool
verified(struct uicc_call *k, const struct fs_file *f, uint8_t ref)
{
	return k->remote ? remote_verified(k, f, ref) : pin_satisfied(k->u, k->c, ref, &f->path);
}

static bool
condition(struct uicc_call *k, const struct fs_file *f, const struct tlv *sc, unsigned depth)
{
	struct tlv ref, usage;

	switch (sc->tag) {
	case 0x90:
		return true;
	case 0xA4:
		return tlv_find(sc->value, 0x83, &ref) && ref.value.n == 1 && tlv_find(sc->value, 0x95, &usage) && usage.value.n == 1 &&
			usage.value.p[0] & 8 && verified(k, f, ref.value.p[0]);
	case 0xA0:
		return several(k, f, sc->value, false, depth);
	case 0xAF:
		return several(k, f, sc->value, true, depth);
	default:
		return false;
	}
}

/*
 * Tags 81 to 8F list command headers: bits 4 to 1 of the tag say which of CLA, INS, P1, P2 each entry has (ISO 7816-4). The channel is no
 * part of the class.
 */
static bool
lists_command(const struct tlv *am, const struct apdu *a)
{
	const uint8_t header[4] = {a->cla & (a->cla & 0x40 ? 0x80 : 0xFC), a->ins, a->p1, a->p2};
	uint8_t entry[4];
	size_t n = 0, i;

	for (i = 0; i < 4; i++)
		if (am->tag & 8u >> i)
			entry[n++] = header[i];
	for (i = 0; i + n <= am->value.n; i += n)
		if (memcmp(am->value.p + i, entry, n) == 0)
			return true;
	return false;
}

/* Does this access mode object speak of the operation? 9C, the proprietary one, speaks of none that is known here. */
static bool
covers(const struct tlv *am, const struct apdu *a, unsigned mode, unsigned ins)
{
	if (am->tag == 0x80)
		return !ins && am->value.n == 1 && am->value.p[0] & mode;
	return ins && am->tag != 0x9C && lists_command(am, a);
}

/*
 * Groups of access modes, one or more, each group followed by its condition; where several conditions stand side by side, all must hold.
 * The first group that speaks of the operation decides.
 */
static bool
allowed(struct uicc_call *k, const struct fs_file *f, struct bytes rule, unsigned mode, unsigned ins)
{
	bool speaks = false, conditions = false, holds = true;
	struct tlv t;

	while (rule.n && rule.p[0] != 0xFF && rule.p[0] != 0x00) {
		if (tlv_next(&rule, &t) != RSP_OK)
			return false;
		if ((t.tag >= 0x80 && t.tag <= 0x8F) || t.tag == 0x9C) {
			if (conditions && speaks)
				break;
			speaks = covers(&t, k->a, mode, ins) || (speaks && !conditions);
			conditions = false;
		} else {
			conditions = true;
			holds = holds && (!speaks || condition(k, f, &t, 0));
		}
	}
	return speaks && conditions && holds;
}

unsigned
check_access(struct uicc_call *k, const struct fs_file *f, unsigned mode, unsigned ins)
{
	struct fs_file arr;
	struct bytes rule;

	if (k->remote && !remote_enters(k, f))
		return 0x6982;
	if (!f->info.arr_record || !find_rules(k, f, &arr))
		return 0x6982;
	rule = rsp_copy(k->c, bytes_slice(fs_read(k->u, k->c, &arr), (size_t)(f->info.arr_record - 1) * arr.info.record_size, arr.info.record_size));
	return allowed(k, f, rule, mode, ins) ? 0x9000 : 0x6982;
}

unsigned
check_ancestors(const struct fs_file *f)
{
	return f->closed >= LCSI_TERMINATED ? 0x6985 : f->closed ? 0x6984 : 0x9000;
}

unsigned
check_content_access(struct uicc_call *k, const struct fs_file *f, unsigned mode, unsigned ins)
{
	if (f->info.lcsi >= LCSI_TERMINATED)
		return 0x6985;
	if (f->closed)
		return check_ancestors(f);
	if ((f->info.lcsi == 4 || f->info.lcsi == 6) && !(f->info.special & 0x40))
		return 0x6984;
	return check_access(k, f, mode, ins);
}
