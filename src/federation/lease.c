// SPDX-License-Identifier: BSD-2-Clause
/*
 * Leases: how long a device may go on when nobody can be asked. One a member at a time, renewed by every authenticated contact while the federation
 * is ACTIVE and by nothing else: otherwise a watch that is online would renew for ever after the phone is stolen.
 */
#include "federation/call.h"

#include "crypto/crypto.h"

struct fed_row *
lease_of(const struct fed_call *k, const struct fed_row *member)
{
	size_t i = 0;
	struct fed_row *l;

	while ((l = set_next(k, FED_LEASE, &i)))
		if (l->as.lease.member == member->key.a)
			return l;
	return NULL;
}

int64_t
slices(const struct fed_call *k, const struct fed_row *but)
{
	size_t i = 0;
	int64_t sum = 0;
	const struct fed_row *l;

	while ((l = set_next(k, FED_LEASE, &i)))
		if (l != but)
			sum += l->as.lease.left;
	return sum;
}

void
rule_end_lease(struct fed_call *k, struct fed_row *l)
{
	give_back(k, set_find(k, FED_MEMBER, l->as.lease.member, 0), l->as.lease.left);
	l->as.lease.left = 0;
	l->as.lease.state = FED_LEASE_ENDED;
	l->live = false;
	l->due = 0;
	row_touch(l);
}

void
lease_end(struct fed_call *k, struct fed_row *member)
{
	struct fed_row *l = lease_of(k, member);

	if (!l)
		return;
	member_cycle(k, member);
	k->lib->rules.end_lease(k, l);
}

bool
rule_may_renew(const struct fed_call *k, const struct fed_row *member)
{
	return member->as.member.state == FED_MEMBER_ACTIVE && k->f->state == FED_ACTIVE;
}

int64_t
rule_lease_life(const struct fed_federation *f)
{
	return f->lease_hard;
}

/* What the lease may hold: of the pool, of the cap, and of the part of the quota that all leases have together. */
static int64_t
slice_of(const struct fed_call *k, const struct fed_row *m)
{
	int64_t budget = k->pool->quota / 100 * k->lib->limits.lease_slices_percent - slices(k, NULL);
	int64_t parts[3] = {k->lib->rules.room(k, &m->as.member), k->lib->rules.cap_left(k, &m->as.member), budget}, n = k->lib->limits.lease_slice;

	for (size_t i = 0; i < 3; i++)
		n = n < parts[i] ? n : parts[i];
	return n > 0 ? n : 0;
}

static enum rsp_status
sign(struct fed_call *k, struct fed_row *row)
{
	struct fed_lease *l = &row->as.lease;
	const struct fed_member *m = &set_find(k, FED_MEMBER, l->member, 0)->as.member;
	struct bytes part = bytes_of_str(m->eid), tbs;
	enum rsp_status st = sha256(k->c, &part, 1, l->eid_hash);

	if (st == RSP_OK)
		st = fed_lease_tbs(k->c, row->key.fed, row->key.a, l, &tbs);
	return st == RSP_OK ? k->lib->signer.sign(k->lib->signer.self, k->c, tbs, l->sig) : st;
}

enum rsp_status
lease_renew(struct fed_call *k, struct fed_row *m)
{
	struct fed_row *l;
	int64_t slice;

	lease_end(k, m);
	member_cycle(k, m);
	slice = slice_of(k, m);
	l = set_add(k, FED_LEASE, next_number(k), 0, true);
	l->as.lease = (struct fed_lease){.member = m->key.a, .profile = m->as.member.profile, .auth_epoch = m->as.member.auth_epoch, .nb = k->now,
		.soft = k->now + k->f->lease_soft, .hard = k->now + k->lib->rules.lease_life(k->f), .slice = slice, .left = slice};
	l->due = l->as.lease.hard;
	give_back(k, m, -slice);
	return sign(k, l);
}

enum rsp_status
due_lease(struct fed_call *k, struct fed_row *row)
{
	struct fed_row *m = set_find(k, FED_MEMBER, row->as.lease.member, 0);

	if (m)
		member_cycle(k, m);
	k->lib->rules.end_lease(k, row);
	return RSP_OK;
}

/* Otherwise the contact only tells how things stand. */
enum rsp_status
do_contact(struct fed_call *k)
{
	const struct fed_row *l;
	enum rsp_status st;

	if (k->about->as.member.state == FED_MEMBER_ACTIVE) {
		k->about->as.member.last_contact = k->now;
		row_touch(k->about);
	}
	if (!k->lib->rules.may_renew(k, k->about))
		return RSP_OK;
	if ((st = lease_renew(k, k->about)) != RSP_OK)
		return st;
	l = lease_of(k, k->about);
	k->reply->number = l->key.a;
	k->reply->bytes = l->as.lease.slice;
	k->reply->validity = l->as.lease.hard;
	return RSP_OK;
}
