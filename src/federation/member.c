// SPDX-License-Identifier: BSD-2-Clause
/* Members: what they are, settings of each, and leaving. */
#include "federation/call.h"

#include <stdio.h>

#include "base/utf8.h"

struct fed_row *
profile_of(const struct fed_call *k, const struct fed_row *member)
{
	return set_find(k, FED_PROFILE, member->as.member.profile, 0);
}

struct fed_row *
primary_row(const struct fed_call *k)
{
	return set_find(k, FED_MEMBER, k->f->primary, 0);
}

const struct fed_category_rule *
rule_of(const struct fed_call *k, const struct fed_member *m)
{
	return &k->lib->facts->categories[m->category];
}

bool
profile_lives(const struct fed_profile *p)
{
	return p->state != FED_DELETED && p->state != FED_REVOKED;
}

bool
member_serves(const struct fed_row *m)
{
	return m->as.member.state < FED_REMOVING;
}

int64_t
default_cap(const struct fed_call *k, enum fed_category category)
{
	return k->pool->quota / 100 * k->lib->facts->categories[category].cap_percent;
}

bool
child_usable(const struct fed_call *k, const struct fed_row *member)
{
	const struct fed_row *p = profile_of(k, member), *l = lease_of(k, member);

	if (member->as.member.state != FED_MEMBER_ACTIVE || !p || (p->as.profile.state != FED_ENABLED && p->as.profile.state != FED_STALE))
		return false;
	if (k->f->state == FED_ACTIVE)
		return true;
	return (k->f->state == FED_PRIMARY_LOST || k->f->state == FED_CLOSING) && l && k->now < l->as.lease.hard;
}

bool
in_fork_set(const struct fed_call *k, const struct fed_member *m)
{
	if (m->primary)
		return m->state == FED_MEMBER_ACTIVE;
	if (m->state != FED_MEMBER_ACTIVE || m->mode != FED_FULL || m->number != FED_NUMBER_SHARED || rule_of(k, m)->data_only)
		return false;
	return !*m->mcc || fed_has_right(k->lib->facts, k->carrier, m->mcc, FED_RIGHT_VOICE, k->now);
}

/* ---- names ---- */

/* 1 to 64 characters of UTF-8, no control characters: F41. */
bool
name_valid(const char *name)
{
	size_t n = name ? strlen(name) : 0, characters = 0;

	if (!n || n > 256 || !utf8_valid(bytes_of_str(name)))
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned char ch = (unsigned char)name[i];

		if (ch < 0x20 || ch == 0x7F || (ch == 0xC2 && (unsigned char)name[i + 1] < 0xA0))
			return false;
		characters += (ch & 0xC0) != 0x80;
	}
	return characters <= 64;
}

bool
name_taken(const struct fed_call *k, const char *name, uint64_t but)
{
	size_t i = 0;
	struct fed_row *m;

	while ((m = set_next(k, FED_MEMBER, &i)))
		if (m->key.a != but && m->as.member.state != FED_REMOVED && strcmp(m->as.member.name, name) == 0)
			return true;
	return false;
}

/* ---- settings ---- */

static bool
prio_free(const struct fed_call *k, int64_t prio, uint64_t but)
{
	size_t i = 0;
	struct fed_row *m;

	while (prio == 0 && (m = set_next(k, FED_MEMBER, &i)))
		if (m->key.a != but && member_serves(m) && m->as.member.prio == 0)
			return false;
	return true;
}

/* The primary is prio 0 and nobody else is: F32. */
static enum rsp_status
check_prio(struct fed_call *k, int64_t prio)
{
	if (prio < 0 || prio > 3)
		return fed_no(k, FED_E_PARAM, "F32", "prio: want 0 to 3, have %lld", (long long)prio);
	if (!prio_free(k, prio, k->about->key.a) || (prio == 0) != k->about->as.member.primary)
		return fed_no(k, FED_E_CONFLICT, "F32", "prio 0 is the primary's");
	return RSP_OK;
}

static enum rsp_status
check_number(struct fed_call *k, int64_t number)
{
	const struct fed_member *m = &k->about->as.member;

	if (number < 0 || number >= FED_NUMBERS)
		return fed_no(k, FED_E_PARAM, "F03", "there is no such number mode");
	if (number == FED_NUMBER_FAMILY || (number == FED_NUMBER_SHARED && (rule_of(k, m)->data_only || !k->carrier->numbers)))
		return fed_no(k, FED_E_ELIG, "F03, F58", "this number mode is not for this device or carrier");
	return RSP_OK;
}

static enum rsp_status
check_new_name(struct fed_call *k, const char *name)
{
	if (!name_valid(name))
		return fed_no(k, FED_E_PARAM, "F41", "a name is 1 to 64 characters without control characters");
	return name_taken(k, name, k->about->key.a) ? fed_no(k, FED_E_CONFLICT, "F41", "another member has this name") : RSP_OK;
}

static enum rsp_status
check_range(struct fed_call *k, int64_t v, int64_t below, const char *clause)
{
	return v >= 0 && v < below ? RSP_OK : fed_no(k, FED_E_PARAM, clause, "there is no such value: %lld", (long long)v);
}

enum rsp_status
check_patch(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;
	int64_t v = k->r->u.patch.number;

	(void)c;
	switch (k->r->u.patch.what) {
	case FED_PATCH_NAME: return check_new_name(k, k->r->u.patch.text);
	case FED_PATCH_PRIO: return check_prio(k, v);
	case FED_PATCH_MODE:
		if (v == FED_WIFI_ONLY && k->about->as.member.primary && !k->r->u.patch.confirmed)
			return fed_no(k, FED_E_STATE, "F73", "the primary to WIFI_ONLY has to be confirmed");
		return check_range(k, v, FED_MODES, "F54");
	case FED_PATCH_CAP: return v >= -1 && v <= k->pool->quota ? RSP_OK : fed_no(k, FED_E_PARAM, "F90", "cap: want up to the quota");
	case FED_PATCH_NUMBER: return check_number(k, v);
	case FED_PATCH_OFFLINE: return check_range(k, v, 2, "F43");
	case FED_PATCH_FALLBACK: return v == -1 ? RSP_OK : check_range(k, v, 2, "F34");
	case FED_PATCHES: break;
	}
	return fed_no(k, FED_E_PARAM, "1.1", "there is no such setting");
}

static void
patch_mode(struct fed_call *k, struct fed_member *m)
{
	m->mode = (enum fed_mode)k->r->u.patch.number;
	m->mode_until = m->mode == FED_FULL ? 0 : k->r->u.patch.until;
	k->about->due = m->mode_until;
	if (m->mode == FED_WIFI_ONLY)
		outside(k, FED_TO_CHF, "REAUTHORIZATION", k->about, 0, NULL);
}

static void
patch_cap(struct fed_call *k, struct fed_member *m)
{
	member_cycle(k, k->about);
	m->cap = k->r->u.patch.number;
	if (m->cap < 0 || m->cap > m->ceiling)
		m->ceiling = m->cap < 0 ? INT64_MAX : m->cap;
}

enum rsp_status
do_patch(struct fed_call *k)
{
	struct fed_member *m = &k->about->as.member;
	int64_t v = k->r->u.patch.number;

	row_touch(k->about);
	switch (k->r->u.patch.what) {
	case FED_PATCH_NAME: snprintf(m->name, sizeof(m->name), "%s", k->r->u.patch.text); break;
	case FED_PATCH_PRIO: m->prio = (uint32_t)v; break;
	case FED_PATCH_MODE: patch_mode(k, m); break;
	case FED_PATCH_CAP: patch_cap(k, m); break;
	case FED_PATCH_NUMBER: m->number = (enum fed_number)v; break;
	case FED_PATCH_OFFLINE: m->offline = (enum fed_offline)v; break;
	case FED_PATCH_FALLBACK: m->fallback = (int)v; break;
	case FED_PATCHES: break;
	}
	return RSP_OK;
}

/* A mode that was for a while. */
enum rsp_status
due_member(struct fed_call *k, struct fed_row *row)
{
	row->as.member.mode = FED_FULL;
	row->as.member.mode_until = 0;
	row->due = 0;
	(void)k;
	row_touch(row);
	return RSP_OK;
}

/* ---- leaving ---- */

void
profile_revoke(struct fed_call *k, struct fed_row *profile, const struct fed_row *member)
{
	if (!profile || !profile_lives(&profile->as.profile))
		return;
	profile->as.profile.state = FED_REVOKED;
	row_touch(profile);
	outside(k, FED_TO_HSS, "bar", member, (int64_t)profile->key.a, profile->as.profile.imsi);
	outside(k, FED_TO_RPM, "delete", member, (int64_t)profile->key.a, profile->as.profile.iccid);
}

/* The network comes first: it is barred now, the card hears of it when it can. */
void
member_remove(struct fed_call *k, struct fed_row *m)
{
	bool installed = profile_of(k, m) && profile_of(k, m)->as.profile.state >= FED_DOWNLOADED && profile_lives(&profile_of(k, m)->as.profile);

	m->as.member.state = installed ? FED_REMOVING : FED_REMOVED;
	m->as.member.auth_epoch++;
	m->due = 0;
	row_touch(m);
	lease_end(k, m);
	follow_free(k, m);
	profile_revoke(k, profile_of(k, m), m);
	outside(k, FED_TO_CHF, "ABORT_CHARGING", m, 0, NULL);
	outside(k, FED_TO_TOKENS, "kill", m, (int64_t)m->as.member.auth_epoch, NULL);
}

enum rsp_status
do_remove(struct fed_call *k)
{
	member_remove(k, k->about);
	return registry_leave(k, FED_EID, bytes_of_str(k->about->as.member.eid));
}
