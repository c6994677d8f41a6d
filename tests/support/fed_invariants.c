// SPDX-License-Identifier: BSD-2-Clause
#include "support/fed_invariants.h"

#include <stdio.h>
#include <string.h>

static char why[200];

static const char *
broken(const char *which, uint64_t have, uint64_t want)
{
	snprintf(why, sizeof(why), "%s (%lld, %lld)", which, (long long)have, (long long)want);
	return why;
}

/* One federation's rows, sorted out. */
#define MOST 512
struct sorted {
	const struct fed_row *f, *pool, *roaming, *saga;
	const struct fed_row *members[MOST], *profiles[MOST], *grants[MOST], *leases[MOST], *followers[MOST], *consents[MOST];
	size_t n_members, n_profiles, n_grants, n_leases, n_followers, n_consents;
	int64_t recorded, adjustments, consumed, overrun, charged, reported[MOST];
};

#define PUT(list, r) do { if (s->n_##list < MOST) s->list[s->n_##list++] = (r); } while (0)

static void
sort_row(struct sorted *s, const struct fed_row *r)
{
	switch (r->kind) {
	case FED_MEMBER: PUT(members, r); break;
	case FED_PROFILE: PUT(profiles, r); break;
	case FED_CONSENT: PUT(consents, r); break;
	case FED_FOLLOWER: PUT(followers, r); break;
	case FED_LEASE: if (r->live) PUT(leases, r); break;
	case FED_GRANT:
		if (r->live)
			PUT(grants, r);
		s->charged += r->as.grant.charged;
		break;
	case FED_USAGE: s->recorded += r->as.usage.access == FED_WLAN ? 0 : r->as.usage.bytes; break;
	case FED_ADJUSTMENT: s->adjustments += r->as.adjustment.bytes; break;
	case FED_POOL:
		s->consumed += r->as.pool.consumed;
		s->overrun += r->as.pool.overrun;
		break;
	case FED_SAGA: s->saga = r; break;
	case FED_FEDERATION: case FED_ALERT: case FED_ROAMING: case FED_VISIT: case FED_OUTBOX: case FED_AUDIT: case FED_REPLY: case FED_REGISTRY: case FED_KINDS: break;
	}
}

static void
sort_out(const struct fed_world *w, uint64_t fed, struct sorted *s)
{
	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < w->memory.n; i++)
		if (w->memory.rows[i] && w->memory.rows[i]->key.fed == fed)
			sort_row(s, w->memory.rows[i]);
	for (size_t g = 0; g < s->n_grants; g++)
		for (size_t i = 0; i < w->memory.n; i++) {
			const struct fed_row *r = w->memory.rows[i];

			if (r && r->kind == FED_USAGE && r->key.fed == fed && r->key.a == s->grants[g]->key.a && r->as.usage.access != FED_WLAN)
				s->reported[g] += r->as.usage.bytes;
		}
	s->f = fed_memory_row(&w->memory, FED_FEDERATION, (struct fed_key){fed, 0, 0});
	s->roaming = fed_memory_row(&w->memory, FED_ROAMING, (struct fed_key){fed, 0, 0});
	s->pool = fed_memory_row(&w->memory, FED_POOL, (struct fed_key){fed, s->f->as.federation.cycle, 0});
}

static const struct fed_member *
member_of(const struct sorted *s, uint64_t number)
{
	for (size_t i = 0; i < s->n_members; i++)
		if (s->members[i]->key.a == number)
			return &s->members[i]->as.member;
	return NULL;
}

/* ---- the ledger: I1 to I5, I20 ---- */

static const char *
check_pool(const struct sorted *s)
{
	const struct fed_pool *p = &s->pool->as.pool;
	int64_t held = 0, used = 0;

	if (p->reserved < 0 || p->consumed < 0 || p->overrun < 0 || p->consumed + p->reserved > p->quota + p->topup)
		return broken("I1 consumed + reserved <= quota + topup", (uint64_t)(p->consumed + p->reserved), (uint64_t)(p->quota + p->topup));
	for (size_t i = 0; i < s->n_grants; i++)
		held += s->grants[i]->as.grant.left;
	for (size_t i = 0; i < s->n_leases; i++)
		held += s->leases[i]->as.lease.left;
	for (size_t i = 0; i < s->n_members; i++)
		used += s->members[i]->as.member.cycle == s->f->as.federation.cycle ? s->members[i]->as.member.used : 0;
	if (held != p->reserved)
		return broken("I2 reserved is what is held", (uint64_t)p->reserved, (uint64_t)held);
	if (used != p->consumed)
		return broken("I2 consumed is what members used", (uint64_t)p->consumed, (uint64_t)used);
	if (s->consumed + s->overrun + s->f->as.federation.adjusted != s->recorded + s->charged)
		return broken("I3 the ledger is what was recorded", (uint64_t)(s->consumed + s->overrun + s->f->as.federation.adjusted), (uint64_t)(s->recorded + s->charged));
	if (s->adjustments != s->f->as.federation.adjusted)
		return broken("I3 adjustments add up", (uint64_t)s->adjustments, (uint64_t)s->f->as.federation.adjusted);
	for (size_t i = 0; i < s->n_grants; i++)
		if (s->reported[i] <= s->grants[i]->as.grant.bytes && s->grants[i]->as.grant.left != s->grants[i]->as.grant.bytes - s->reported[i])
			return broken("I2 the rest of a grant is what was not reported", (uint64_t)s->grants[i]->as.grant.left, (uint64_t)s->reported[i]);
	for (size_t i = 0; i + 1 < 4; i++)
		if (p->level[i] > p->level[i + 1])
			return broken("I5 a better prio is not slower", p->level[i], p->level[i + 1]);
	return NULL;
}

static const char *
check_member_held(const struct sorted *s, const struct fed_row *m)
{
	int64_t held = 0;

	if (m->as.member.cycle != s->f->as.federation.cycle)
		return NULL;
	for (size_t i = 0; i < s->n_grants; i++)
		held += s->grants[i]->as.grant.member == m->key.a ? s->grants[i]->as.grant.left : 0;
	for (size_t i = 0; i < s->n_leases; i++)
		held += s->leases[i]->as.lease.member == m->key.a ? s->leases[i]->as.lease.left : 0;
	if (held != m->as.member.held)
		return broken("I2 held of a member is its grants and lease", (uint64_t)m->as.member.held, (uint64_t)held);
	if (m->as.member.held + m->as.member.used - m->as.member.refunded > m->as.member.ceiling)
		return broken("I4 used + held <= cap", (uint64_t)(m->as.member.held + m->as.member.used - m->as.member.refunded), (uint64_t)m->as.member.ceiling);
	return NULL;
}

/* ---- members and leases: I6 to I10 ---- */

static const char *
check_members(const struct sorted *s)
{
	unsigned primaries = 0;
	const char *no = NULL;

	for (size_t i = 0; !no && i < s->n_members; i++) {
		const struct fed_member *m = &s->members[i]->as.member;

		if (m->primary) {
			primaries++;
			if (s->members[i]->key.a != s->f->as.federation.primary)
				return broken("I6 the primary is the federation's", s->members[i]->key.a, s->f->as.federation.primary);
		}
		if (m->state < FED_REMOVING && (m->prio == 0) != m->primary)
			return broken("F32 prio 0 is the primary's", m->prio, m->primary);
		no = check_member_held(s, s->members[i]);
	}
	return no ? no : primaries == 1 ? NULL : broken("I6 exactly one primary", primaries, 1);
}

static const char *
check_leases(const struct sorted *s)
{
	const struct fed_federation *f = &s->f->as.federation;

	for (size_t i = 0; i < s->n_leases; i++) {
		const struct fed_lease *l = &s->leases[i]->as.lease;
		const struct fed_member *m = member_of(s, l->member);

		if (!m || m->state != FED_MEMBER_ACTIVE)
			return broken("I7 only an ACTIVE member has a lease", l->member, m ? m->state : 99);
		if (l->hard - l->nb > 172800 || l->auth_epoch != m->auth_epoch)
			return broken("I8 a lease is at most 48 h and of this epoch", (uint64_t)(l->hard - l->nb), l->auth_epoch);
		if (f->state != FED_ACTIVE && f->state != FED_DRAFT && l->nb > f->lost_at)
			return broken("I9 no lease begins after the loss", (uint64_t)l->nb, (uint64_t)f->lost_at);
		for (size_t j = 0; j < i; j++)
			if (s->leases[j]->as.lease.member == l->member)
				return broken("I8 one lease a member", l->member, 2);
	}
	return f->state == FED_CLOSED && s->n_leases ? broken("I10 no lease after the end", s->n_leases, 0) : NULL;
}

/* ---- profiles: I10 to I14 ---- */

static bool
lives(const struct fed_profile *p)
{
	return p->state != FED_DELETED && p->state != FED_REVOKED;
}

static const char *
check_consent_of(const struct sorted *s, const struct fed_row *p)
{
	unsigned found = 0;

	for (size_t i = 0; i < s->n_profiles; i++)
		if (s->profiles[i]->as.profile.consent_a == p->as.profile.consent_a && s->profiles[i]->as.profile.consent_b == p->as.profile.consent_b)
			found++;
	if (found != 1)
		return broken("I14 a consent serves once", found, 1);
	for (size_t i = 0; i < s->n_consents; i++) {
		const struct fed_consent *c = &s->consents[i]->as.consent;

		if (s->consents[i]->key.a == p->as.profile.consent_a && s->consents[i]->key.b == p->as.profile.consent_b)
			return c->used && c->profile == p->key.a && strcmp(c->eid, p->as.profile.eid) == 0 ? NULL : broken("I14 the consent is the child's", c->profile, p->key.a);
	}
	return broken("I14 a child has a consent", p->key.a, 0);
}

static const char *
check_profile(const struct sorted *s, const struct fed_row *p)
{
	const struct fed_profile *a = &p->as.profile;
	const struct fed_member *primary = member_of(s, s->f->as.federation.primary);

	if (s->f->as.federation.state == FED_CLOSED && lives(a))
		return broken("I10 no child after the end", p->key.a, a->state);
	for (size_t j = 0; j < s->n_profiles; j++) {
		const struct fed_profile *b = &s->profiles[j]->as.profile;

		if (b != a && lives(a) && lives(b) && strcmp(a->eid, b->eid) == 0)
			return broken("I12 one live child a device", p->key.a, s->profiles[j]->key.a);
		if (b != a && *a->msisdn && strcmp(a->msisdn, b->msisdn) == 0)
			return broken("I13 one owner of a number", p->key.a, s->profiles[j]->key.a);
	}
	if (!s->saga && lives(a) && s->f->as.federation.state == FED_ACTIVE && a->master != primary->profile)
		return broken("I13 children point at the master", a->master, primary->profile);
	if (a->state >= FED_RELEASED && lives(a) && !a->confirmed)
		return broken("F37 both sides have agreed", p->key.a, a->state);
	return a->consent_a ? check_consent_of(s, p) : NULL;
}

static const char *
check_profiles(const struct sorted *s)
{
	const char *no = NULL;
	unsigned numbers = 0;

	for (size_t i = 0; !no && i < s->n_profiles; i++) {
		no = check_profile(s, s->profiles[i]);
		numbers += *s->profiles[i]->as.profile.msisdn != 0;
	}
	return no ? no : numbers == 1 ? NULL : broken("I13 the number is somewhere", numbers, 1);
}

/* ---- sharing and following: I16 to I18 ---- */

static const char *
check_following(const struct fed_world *w, const struct sorted *s)
{
	const struct fed_carrier *k = fed_carrier(&w->facts, s->f->as.federation.carrier);
	const struct fed_roaming *r = &s->roaming->as.roaming;

	for (size_t i = 0; i < s->n_members; i++) {
		const struct fed_member *m = &s->members[i]->as.member;

		if (m->forked && !m->primary && *m->mcc && !fed_at_home(&w->facts, k, m->mcc) && !fed_has_right(&w->facts, k, m->mcc, FED_RIGHT_VOICE, w->now))
			return broken("I16 shared number where no agreement is", s->members[i]->key.a, 0);
		if (m->forked && !m->primary && (m->mode != FED_FULL || m->category == FED_HOTSPOT || m->number != FED_NUMBER_SHARED))
			return broken("I17 data-only in the fork set", s->members[i]->key.a, m->mode);
		if (m->forked && m->state != FED_MEMBER_ACTIVE)
			return broken("I7 who is barred is not called", s->members[i]->key.a, m->state);
	}
	for (size_t i = 0; i < s->n_followers; i++) {
		const struct fed_follower *f = &s->followers[i]->as.follower;
		const struct fed_member *m = member_of(s, s->followers[i]->key.a);

		if (f->acked > f->target || f->target > r->epoch)
			return broken("I18 acked <= target <= epoch", f->acked, f->target);
		if (f->state == FED_STEERING && m && strcmp(m->mcc, r->mcc) != 0)
			return broken("I18 steered in the same country only", s->followers[i]->key.a, f->target);
		if (f->state == FED_STEERING && f->deadline != s->followers[i]->due)
			return broken("I21 who is steered has a timer", (uint64_t)f->deadline, (uint64_t)s->followers[i]->due);
	}
	if (*r->plmn && !fed_plmn_allowed(&w->facts, k, r->plmn, w->now))
		return broken("I18 the chosen network is allowed", r->epoch, 0);
	return NULL;
}

/* ---- what has been before: I15, I19, and what is new since ---- */

static const char *
check_new(struct fed_world *w, struct fed_seen *seen, size_t f, const struct sorted *s)
{
	for (size_t i = 0; i < w->memory.n_live; i++) {
		const struct fed_row *r = w->memory.rows[w->memory.live[i]];

		if (r->key.fed != seen->fed[f] || r->key.a <= seen->next[f])
			continue;
		if (r->kind == FED_GRANT && (!member_of(s, r->as.grant.member) || member_of(s, r->as.grant.member)->state != FED_MEMBER_ACTIVE))
			return broken("I7 a grant to one who is not ACTIVE", r->as.grant.member, r->key.a);
		if (r->kind == FED_GRANT && s->f->as.federation.state != FED_ACTIVE && s->f->as.federation.state != FED_PRIMARY_LOST && s->f->as.federation.state != FED_CLOSING)
			return broken("I9 a grant while the federation does not serve", r->key.a, s->f->as.federation.state);
		if (r->kind != FED_OUTBOX || strcmp(r->as.outbox.what, "alert") != 0)
			continue;
		for (size_t j = 0; j < seen->n_alerts; j++)
			if (seen->alerts[j].fed == r->key.fed && seen->alerts[j].alert == (uint64_t)r->as.outbox.number && seen->alerts[j].cycle == s->f->as.federation.cycle)
				return broken("I19 an alert twice in a cycle", (uint64_t)r->as.outbox.number, s->f->as.federation.cycle);
		if (seen->n_alerts < 256) {
			seen->alerts[seen->n_alerts].fed = r->key.fed;
			seen->alerts[seen->n_alerts].alert = (uint64_t)r->as.outbox.number;
			seen->alerts[seen->n_alerts++].cycle = s->f->as.federation.cycle;
		}
	}
	return NULL;
}

static const char *
check_monotone(const struct sorted *s, struct fed_seen *seen, size_t f)
{
	const struct fed_federation *a = &s->f->as.federation;

	if (a->rev < seen->rev[f] || a->sync_epoch < seen->sync[f] || a->audit_seq < seen->audit[f] || s->roaming->as.roaming.epoch < seen->roaming[f] ||
		a->clock < seen->clock[f] || a->next < seen->next[f])
		return broken("I15 counters do not go back", a->rev, seen->rev[f]);
	for (size_t i = 0; i < s->n_members; i++) {
		size_t j = 0;

		while (j < seen->n_members && (seen->members[j].fed != seen->fed[f] || seen->members[j].member != s->members[i]->key.a))
			j++;
		if (j < seen->n_members && s->members[i]->as.member.auth_epoch < seen->members[j].epoch)
			return broken("I15 an epoch does not go back", s->members[i]->as.member.auth_epoch, seen->members[j].epoch);
		if (j == seen->n_members && j < SEEN_MEMBERS)
			seen->n_members++;
		if (j < SEEN_MEMBERS) {
			seen->members[j].fed = seen->fed[f];
			seen->members[j].member = s->members[i]->key.a;
			seen->members[j].epoch = s->members[i]->as.member.auth_epoch;
		}
	}
	seen->rev[f] = a->rev;
	seen->sync[f] = a->sync_epoch;
	seen->audit[f] = a->audit_seq;
	seen->roaming[f] = s->roaming->as.roaming.epoch;
	seen->clock[f] = a->clock;
	return NULL;
}

static const char *
check_saga(const struct sorted *s)
{
	if (!s->saga)
		return NULL;
	if (!member_of(s, s->saga->as.saga.from) || !member_of(s, s->saga->as.saga.to) || !s->saga->due)
		return broken("I21 an orphan saga", s->saga->key.a, 0);
	if (s->saga->as.saga.step >= 3 && s->saga->as.saga.step <= 6 && member_of(s, s->saga->as.saga.from)->state == FED_MEMBER_ACTIVE)
		return broken("I6 the old primary is still usable", s->saga->as.saga.from, s->saga->as.saga.step);
	return s->f->as.federation.state == FED_CLOSED ? broken("I21 a saga after the end", s->saga->key.a, 0) : NULL;
}

static const char *
check_federation(struct fed_world *w, struct fed_seen *seen, size_t f)
{
	static struct sorted s;
	const char *no;

	sort_out(w, seen->fed[f], &s);
	if ((no = check_pool(&s)) || (no = check_members(&s)) || (no = check_leases(&s)) || (no = check_profiles(&s)) || (no = check_following(w, &s)) ||
		(no = check_saga(&s)) || (no = check_new(w, seen, f, &s)) || (no = check_monotone(&s, seen, f)))
		return no;
	seen->next[f] = s.f->as.federation.next;
	return NULL;
}

const char *
fed_broken(struct fed_world *w, struct fed_seen *seen)
{
	const char *no = NULL;

	for (size_t f = 0; !no && f < SEEN_FEDS; f++)
		no = seen->fed[f] ? check_federation(w, seen, f) : NULL;
	return no;
}

const char *
fed_foreign(const struct fed_world *w, uint64_t fed)
{
	for (size_t i = 0; i < w->changes.n; i++) {
		const struct fed_row *r = &w->changes.rows[i]->row;

		if (r->key.fed != fed && !(r->key.fed == 0 && r->kind == FED_REGISTRY))
			return broken("I24 another federation's row", r->key.fed, fed);
	}
	return NULL;
}

/* ---- at the end of a run: I11 over all federations, I23 ---- */

static const char *
check_unique(const struct fed_world *w)
{
	const struct fed_row *p[MOST];
	size_t n = 0;

	for (size_t i = 0; i < w->memory.n && n < MOST; i++) {
		const struct fed_row *r = w->memory.rows[i];

		if (!r || r->kind != FED_PROFILE || !*r->as.profile.iccid)
			continue;
		for (size_t j = 0; j < n; j++)
			if (strcmp(r->as.profile.iccid, p[j]->as.profile.iccid) == 0 || strcmp(r->as.profile.imsi, p[j]->as.profile.imsi) == 0)
				return broken("I11 numbers are unique", r->key.a, p[j]->key.a);
		p[n++] = r;
	}
	return NULL;
}

const char *
fed_broken_at_end(struct fed_world *w, const struct fed_seen *seen)
{
	for (size_t f = 0; f < SEEN_FEDS; f++) {
		rsp_ctx_reset(&w->c);
		if (seen->fed[f] && fed_audit_verify(&w->c, &w->lib, seen->fed[f]) != RSP_OK)
			return broken("I23 the audit verifies", seen->fed[f], 0);
	}
	return check_unique(w);
}
