// SPDX-License-Identifier: BSD-2-Clause
/* A profile's metadata: may it be here (StoreMetadata, SGP.22 5.5.3), and what may change afterwards (UpdateMetadata, 5.4.1). */
#include "base/utf8.h"
#include "euicc/load.h"
#include "euicc/traits.h"

struct metadata_call { struct load_call *l; struct profile_rows rows; };

static enum rsp_status
check_iccid(struct rsp_ctx *c, void *arg)
{
	struct metadata_call *m = arg;
	size_t i;

	for (i = 0; i < m->rows.n; i++)
		if (bytes_equal(m->rows.p[i].info.iccid, m->l->metadata.iccid))
			return rsp_fail(c, RSP_REFUSED, "a profile with this ICCID is installed already");
	return RSP_OK;
}

static enum rsp_status
check_sizes(struct rsp_ctx *c, void *arg)
{
	const struct store_metadata *v = &((struct metadata_call *)arg)->l->metadata;

	if (v->provider.n > 32 || v->name.n > 64 || v->icon.n > 1024 || (v->icon_type >= 0) != (v->icon.p != NULL))
		return rsp_fail(c, RSP_REFUSED, "a name or icon is too long, or an icon without its type");
	return RSP_OK;
}

/* SGP.22 5.5.3: a profile owner without wildcards when there are policy rules. */
static enum rsp_status
check_owner(struct rsp_ctx *c, void *arg)
{
	const struct store_metadata *v = &((struct metadata_call *)arg)->l->metadata;
	size_t i;

	if (!(v->ppr & (2 | 4)))
		return RSP_OK;
	if (!v->owner_mccmnc.p)
		return rsp_fail(c, RSP_REFUSED, "policy rules need a profile owner");
	for (i = 0; i < 3; i++)
		if (v->owner_mccmnc.p[i] >> 4 == 0xE || (v->owner_mccmnc.p[i] & 15) == 0xE)
			return rsp_fail(c, RSP_REFUSED, "a profile owner's MCC and MNC have no wildcards");
	return RSP_OK;
}

static enum rsp_status
check_class(struct rsp_ctx *c, void *arg)
{
	const struct metadata_call *m = arg;
	int class = m->l->metadata.profile_class;

	if (class > CLASS_OPERATIONAL)
		return rsp_fail(c, RSP_REFUSED, "profileClass %d is not known", class);
	if (class == CLASS_TEST && !(m->l->e->traits->rsp_capability & RSP_CAP_TEST_PROFILE))
		return rsp_fail(c, RSP_REFUSED, "the card takes no test profiles");
	return RSP_OK;
}

/* Each rule must be one the card knows and the table gives to this owner; PPR1 only for the first operational profile (SGP.22 2.9.2.4). */
static enum rsp_status
check_policy(struct rsp_ctx *c, void *arg)
{
	struct metadata_call *m = arg;
	const struct euicc_traits *t = m->l->e->traits;
	uint32_t ppr = m->l->metadata.ppr;
	size_t i;
	unsigned bit;

	for (bit = 1; bit <= 2; bit++) {
		if (!(ppr & 1u << bit))
			continue;
		if (t->forbidden_ppr & 1u << bit)
			return rsp_fail(c, RSP_REFUSED, "PPR%u is forbidden on this card", bit);
		if (!rules_allow(t, &m->l->metadata, 1u << bit))
			return rsp_fail(c, RSP_REFUSED, "PPR%u is not for this profile owner", bit);
	}
	for (i = 0; ppr & 2 && i < m->rows.n; i++)
		if (class_of(&m->rows.p[i].info) == CLASS_OPERATIONAL)
			return rsp_fail(c, RSP_REFUSED, "PPR1 beside another operational profile");
	return RSP_OK;
}

/* So many profiles and no more; what they hold is counted when they are there. */
static enum rsp_status
check_room(struct rsp_ctx *c, void *arg)
{
	struct metadata_call *m = arg;

	if (m->rows.n < m->l->e->traits->profiles && state_free_memory(m->l->e) > 0)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the card has no room for another profile");
}

static const struct rsp_check metadata_rows[] = {
	{"ICCID", "SGP.22 5.5.3", check_iccid, 9},
	{"sizes", "SGP.22 5.5.3", check_sizes, 1},
	{"profile owner", "SGP.22 5.5.3", check_owner, 1},
	{"profileClass", "SGP.22 5.5.3", check_class, 6},
	{"policy rules", "SGP.22 5.5.3", check_policy, 15},
	{"room", "SGP.22 5.5.3", check_room, 10},
};
const struct rsp_checks euicc_metadata_checks = RSP_CHECKS(metadata_rows);

enum rsp_status
metadata_check(struct rsp_ctx *c, struct load_call *l)
{
	struct metadata_call m = {.l = l};
	const struct rsp_check *failed = NULL;
	enum rsp_status st = es8p_read_store_metadata(c, buf_bytes(&l->e->load.metadata), &l->metadata);

	if (st == RSP_MALFORMED)
		l->reason = 1;
	if (st != RSP_OK || (st = profiles_load(c, l->e->nvm, &m.rows)) != RSP_OK)
		return st;
	st = rsp_check_all(c, l->e->checks.store_metadata, &m, &failed);
	if (failed)
		l->reason = failed->code;
	return st;
}

/* ---- UpdateMetadata ---- */

/* Absent stays as it is; present and empty is taken away. */
static struct bytes
updated(struct bytes value, uint32_t tag, size_t most, struct bytes now, bool *bad)
{
	struct tlv t;

	if (!tlv_find(value, tag, &t))
		return now;
	*bad = *bad || t.value.n > most;
	return t.value;
}

static enum rsp_status
update_icon(struct rsp_ctx *c, struct bytes value, struct profile_info *p)
{
	struct tlv type, icon;
	uint64_t n;
	bool has_type = tlv_find(value, 0x93, &type), has_icon = tlv_find(value, 0x94, &icon);

	if (!has_icon && !has_type)
		return RSP_OK;
	if (!has_icon || icon.value.n > 1024 || (icon.value.n > 0) != has_type)
		return rsp_fail(c, RSP_MALFORMED, "UpdateMetadata: want an icon of at most 1024 octets with its type, or an empty one without");
	if (has_type && (tlv_uint(type.value, &n) != RSP_OK || n > 1))
		return rsp_fail(c, RSP_MALFORMED, "UpdateMetadata: want an iconType that is known");
	p->icon = icon.value.n ? icon.value : BYTES_NONE;
	p->icon_type = has_type ? (int)n : -1;
	return RSP_OK;
}

/* Rules can only be taken away: what stays is in the old ones and in the command (SGP.22 5.4.1). */
static enum rsp_status
update_rules(struct rsp_ctx *c, struct bytes value, struct profile_info *p)
{
	uint32_t old = ppr_of(p), wanted;
	struct buf b = BUF_INIT;
	struct tlv t;

	if (!tlv_find(value, 0x99, &t))
		return RSP_OK;
	if (tlv_bits(t.value, &wanted) != RSP_OK || wanted & 1)
		return rsp_fail(c, RSP_MALFORMED, "UpdateMetadata: want rules without pprUpdateControl");
	if (!(old & wanted)) {
		p->ppr = BYTES_NONE;
		return RSP_OK;
	}
	tlv_add_bits(&b, 0x99, old & wanted);
	return buf_finish(&b, c, &p->ppr);
}

static enum rsp_status
update(struct rsp_ctx *c, const struct euicc *e, struct bytes request, struct profile_info *p)
{
	struct tlv all, service;
	bool bad = false;
	enum rsp_status st;

	if (tlv_only(request, 0xBF2A, &all) != RSP_OK || !tlv_all_well_formed(all.value))
		return rsp_fail(c, RSP_MALFORMED, "UpdateMetadata: want BF2A");
	p->provider = updated(all.value, 0x91, 32, p->provider, &bad);
	p->name = updated(all.value, 0x92, 64, p->name, &bad);
	if (bad || !utf8_valid(p->provider) || !utf8_valid(p->name))
		return rsp_fail(c, RSP_MALFORMED, "UpdateMetadata: want names of at most 32 and 64 octets of UTF-8");
	if (keeps_service_data(e) && tlv_find(all.value, 0xBF22, &service))
		p->service_data = service.value.n ? service.whole : BYTES_NONE;
	st = update_icon(c, all.value, p);
	return st == RSP_OK ? update_rules(c, all.value, p) : st;
}

enum rsp_status
euicc_update_metadata(struct euicc *e, struct rsp_ctx *c, struct bytes iccid, struct bytes request)
{
	struct profile_rows rows;
	struct profile_row *row;
	enum rsp_status st = profiles_load(c, e->nvm, &rows);

	if (st != RSP_OK)
		return st;
	if (!(row = profile_find_row(&rows, BYTES_NONE, iccid)))
		return rsp_fail(c, RSP_REFUSED, "UpdateMetadata: there is no such profile");
	st = update(c, e, request, &row->info);
	if (st == RSP_OK)
		st = profile_store(e, c, row);
	/* what the card cannot read again it must not keep */
	if (st == RSP_OK && (st = profiles_load(c, e->nvm, &rows)) == RSP_MALFORMED)
		st = rsp_fail(c, RSP_MALFORMED, "UpdateMetadata: a member is not what its type demands");
	if (st == RSP_OK)
		return e->nvm->commit(e->nvm->self, c);
	e->nvm->abort(e->nvm->self);
	return st;
}
