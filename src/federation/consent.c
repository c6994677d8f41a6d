// SPDX-License-Identifier: BSD-2-Clause
/*
 * Consent has two sides and serves once. The primary agrees to one EID of one category (INVITE) and is shown a confirmation code; the device joins
 * with the nonce (ADD, REPLACE); its user types the code (CONFIRM). No profile is Released without both.
 */
#include "federation/call.h"

#include <stdio.h>

#include "codec/ids.h"
#include "crypto/crypto.h"

/* What was agreed to, as octets: EID, category, cap, whom it replaces, until when. */
static enum rsp_status
subject_hash(struct rsp_ctx *c, const struct fed_consent *s, uint8_t hash[32])
{
	int64_t numbers[4] = {s->category, s->cap, (int64_t)s->replaces, s->expires};
	struct bytes parts[2] = {bytes_of(s->eid, 32), bytes_of(numbers, sizeof(numbers))};

	return sha256(c, parts, 2, hash);
}

static enum rsp_status
code_hash(struct rsp_ctx *c, const struct fed_row *consent, const char *code, uint8_t hash[32])
{
	struct bytes parts[2] = {bytes_of(&consent->key, sizeof(consent->key)), bytes_of_str(code)};

	return sha256(c, parts, 2, hash);
}

enum rsp_status
check_category(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;
	enum fed_category category = k->r->u.invite.category;
	const struct fed_category_rule *rule;

	(void)c;
	if ((unsigned)category >= FED_CATEGORIES || !k->r->u.invite.eid || k->r->u.invite.cap < -1 || k->r->u.invite.cap > k->pool->quota)
		return fed_no(k, FED_E_PARAM, "F29, F90", "category, eid or cap is none");
	rule = &k->lib->facts->categories[category];
	if (!rule->secondary || !(k->f->categories & 1u << category) || !fed_carrier_allows(k->carrier, rule))
		return fed_no(k, FED_E_ELIG, "F14, F29, F60", "this category may not join here");
	return RSP_OK;
}

enum rsp_status
check_replaced(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;
	const struct fed_row *m = set_find(k, FED_MEMBER, k->r->u.invite.replaces, 0);

	(void)c;
	if (!k->r->u.invite.replaces)
		return k->f->state == FED_ACTIVE ? RSP_OK : fed_no(k, FED_E_STATE, "3.2", "nobody joins while it is %s", fed_state_name(k->f->state));
	if (!m || !member_serves(m))
		return fed_no(k, FED_E_PARAM, "F79", "there is no such member to replace");
	if (m->as.member.primary && !k->lib->facts->categories[k->r->u.invite.category].primary)
		return fed_no(k, FED_E_ELIG, "F13", "this category cannot be a primary");
	return RSP_OK;
}

static enum rsp_status
fill_consent(struct fed_call *k, struct fed_row *row)
{
	struct fed_consent *s = &row->as.consent;
	const struct fed_request *r = k->r;
	uint8_t dice[4], eid[16];
	enum rsp_status st;

	if (eid_read(k->c, r->u.invite.eid, eid) != RSP_OK)
		return fed_no(k, FED_E_PARAM, "F01", "eid: want 32 digits whose value mod 97 is 1");
	*s = (struct fed_consent){.kind = r->u.invite.replaces ? FED_CONSENT_REPLACE : FED_CONSENT_ADD, .category = r->u.invite.category, .cap = r->u.invite.cap,
		.replaces = r->u.invite.replaces, .by = r->by.member, .expires = k->now + k->lib->limits.consent};
	snprintf(s->eid, sizeof(s->eid), "%s", r->u.invite.eid);
	if ((st = subject_hash(k->c, s, s->subject)) != RSP_OK || (st = crypto_random(k->c, dice, sizeof(dice))) != RSP_OK)
		return st;
	snprintf(k->reply->confirmation_code, sizeof(k->reply->confirmation_code), "%08u",
		((unsigned)dice[0] << 24 | (unsigned)dice[1] << 16 | (unsigned)dice[2] << 8 | dice[3]) % 100000000u);
	row->due = s->expires;
	return code_hash(k->c, row, k->reply->confirmation_code, s->code_hash);
}

enum rsp_status
do_invite(struct fed_call *k)
{
	uint64_t nonce[2];
	enum rsp_status st = crypto_random(k->c, k->reply->nonce, sizeof(k->reply->nonce));

	if (st != RSP_OK)
		return st;
	memcpy(nonce, k->reply->nonce, sizeof(nonce));
	return fill_consent(k, set_add(k, FED_CONSENT, nonce[0], nonce[1], true));
}

/* ---- joining ---- */

bool
rule_consent_fits(const struct fed_call *k, const struct fed_consent *s, const struct fed_request *r)
{
	const struct fed_model *model = r->u.add.tac ? fed_model(k->lib->facts, r->u.add.tac) : NULL;

	return r->u.add.eid && strcmp(s->eid, r->u.add.eid) == 0 && model && model->category == s->category;
}

static bool
sw_allowed(const struct fed_call *k)
{
	const struct fed_model *m = k->r->u.add.tac ? fed_model(k->lib->facts, k->r->u.add.tac) : NULL;

	return m && fed_sw_allowed(m, k->r->u.add.sw);
}

enum rsp_status
check_consent(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;
	enum fed_consent_kind want = k->r->op == FED_OP_ADD ? FED_CONSENT_ADD : FED_CONSENT_REPLACE;
	uint64_t nonce[2];
	uint8_t subject[32];
	enum rsp_status st;

	memcpy(nonce, k->r->u.add.nonce, sizeof(nonce));
	k->consent = set_find(k, FED_CONSENT, nonce[0], nonce[1]);
	if (!k->consent)
		return fed_no(k, FED_E_FORBID, "4.1", "there is no such consent");
	if (k->consent->as.consent.used || k->consent->as.consent.burnt || k->now >= k->consent->as.consent.expires)
		return fed_no(k, FED_E_GONE, "F39", "this consent has served, or has expired");
	if (!k->lib->rules.consent_fits(k, &k->consent->as.consent, k->r))
		return fed_no(k, FED_E_EID, "4.1", "the consent is for another device");
	if ((st = subject_hash(c, &k->consent->as.consent, subject)) != RSP_OK)
		return st;
	if (!sw_allowed(k))
		return fed_no(k, FED_E_ELIG, "F30", "the device's software is too old");
	return memcmp(subject, k->consent->as.consent.subject, 32) == 0 && k->consent->as.consent.kind == want ? RSP_OK :
		fed_no(k, FED_E_FORBID, "I14", "the consent is for something else");
}

/* A watch needs a primary to be with, when it joins; later it keeps its lease: F15. */
enum rsp_status
check_needs_primary(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;
	const struct fed_row *p = primary_row(k);

	(void)c;
	if (k->lib->facts->categories[k->consent->as.consent.category].needs_primary && (!p || p->as.member.state != FED_MEMBER_ACTIVE))
		return fed_no(k, FED_E_ELIG, "F15", "there is no compatible primary");
	return RSP_OK;
}

enum rsp_status
check_before_departure(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;
	const struct fed_row *p = primary_row(k);

	(void)c;
	if (k->carrier->before_departure && p && *p->as.member.mcc && !fed_at_home(k->lib->facts, k->carrier, p->as.member.mcc))
		return fed_no(k, FED_E_STATE, "F56", "this carrier wants devices added before departure");
	return RSP_OK;
}

enum rsp_status
check_name(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	if (!name_valid(k->r->u.add.name))
		return fed_no(k, FED_E_PARAM, "F41", "a name is 1 to 64 characters without control characters");
	return name_taken(k, k->r->u.add.name, k->consent->as.consent.replaces) ? fed_no(k, FED_E_CONFLICT, "F41", "another member has this name") : RSP_OK;
}

/* One live child a device: I12. */
enum rsp_status
check_eid_free(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;
	size_t i = 0;
	const struct fed_row *m;

	(void)c;
	while ((m = set_next(k, FED_MEMBER, &i)))
		if (strcmp(m->as.member.eid, k->r->u.add.eid) == 0 && member_serves(m))
			return fed_no(k, FED_E_CONFLICT, "F10, I12", "this device is a member");
	return RSP_OK;
}

enum rsp_status
check_rate(struct rsp_ctx *c, void *call)
{
	struct fed_call *k = call;

	(void)c;
	if (k->f->orders_day == k->now / 86400 && k->f->orders >= k->lib->limits.orders_a_day)
		return fed_no(k, FED_E_RATE, "4.3", "%u orders a day", k->lib->limits.orders_a_day);
	return RSP_OK;
}

static void
count_order(struct fed_call *k)
{
	if (k->f->orders_day != k->now / 86400) {
		k->f->orders_day = k->now / 86400;
		k->f->orders = 0;
	}
	k->f->orders++;
	row_touch(k->row_f);
}

void
rule_use_consent(struct fed_call *k, struct fed_row *consent, uint64_t profile)
{
	consent->as.consent.used = k->now;
	consent->as.consent.profile = profile;
	row_touch(consent);
}

struct fed_row *
profile_plan(struct fed_call *k, struct fed_row *member, const char *eid)
{
	struct fed_row *p = set_add(k, FED_PROFILE, next_number(k), 0, true), *primary = primary_row(k);

	p->as.profile = (struct fed_profile){.member = member->key.a, .master = primary ? primary->as.member.profile : p->key.a,
		.template_version = k->f->template_version, .ack_epoch = k->f->sync_epoch, .consent_a = k->consent->key.a, .consent_b = k->consent->key.b};
	snprintf(p->as.profile.eid, sizeof(p->as.profile.eid), "%s", eid);
	member->as.member.profile = p->key.a;
	row_touch(member);
	k->lib->rules.use_consent(k, k->consent, p->key.a);
	count_order(k);
	outside(k, FED_TO_ISSUER, "order", member, (int64_t)p->key.a, NULL);
	k->reply->member = member->key.a;
	k->reply->number = p->key.a;
	return p;
}

/* What the same device has used as an earlier member still counts: N21. The earlier membership ends here if its card has not said so yet. */
static int64_t
carried_use(struct fed_call *k, const char *eid)
{
	size_t i = 0;
	int64_t sum = 0;
	struct fed_row *m;

	while ((m = set_next(k, FED_MEMBER, &i))) {
		if (strcmp(m->as.member.eid, eid) != 0)
			continue;
		member_cycle(k, m);
		sum += fed_member_used(&m->as.member) + m->as.member.held;
		if (m->as.member.state == FED_REMOVING) {
			m->as.member.state = FED_REMOVED;
			row_touch(m);
		}
	}
	return sum;
}

enum rsp_status
do_add(struct fed_call *k)
{
	const struct fed_consent *s = &k->consent->as.consent;
	const struct fed_category_rule *rule = &k->lib->facts->categories[s->category];
	int64_t cap = s->cap >= 0 ? s->cap : default_cap(k, s->category), carried = carried_use(k, s->eid);
	struct fed_row *m = set_add(k, FED_MEMBER, next_number(k), 0, true);

	m->as.member = (struct fed_member){.category = s->category, .state = FED_PROVISIONING, .prio = rule->prio, .cap = cap, .ceiling = cap, .carried = carried,
		.number = k->carrier->numbers ? rule->number : FED_NUMBER_NONE, .auth_epoch = 1, .fallback = -1, .cycle = k->f->cycle};
	snprintf(m->as.member.eid, sizeof(m->as.member.eid), "%s", s->eid);
	snprintf(m->as.member.tac, sizeof(m->as.member.tac), "%s", k->r->u.add.tac);
	snprintf(m->as.member.name, sizeof(m->as.member.name), "%s", k->r->u.add.name);
	profile_plan(k, m, s->eid);
	return registry_take(k, FED_EID, bytes_of_str(s->eid));
}

/* ---- the other side ---- */

static void
give_up(struct fed_call *k, struct fed_row *consent)
{
	struct fed_row *p = set_find(k, FED_PROFILE, consent->as.consent.profile, 0);
	struct fed_row *m = p ? set_find(k, FED_MEMBER, p->as.profile.member, 0) : NULL;

	consent->live = false;
	consent->due = 0;
	row_touch(consent);
	if (!m || p->as.profile.confirmed || !profile_lives(&p->as.profile))
		return;
	if (m->as.member.primary)
		profile_revoke(k, p, m);
	else
		member_remove(k, m);
}

enum rsp_status
due_consent(struct fed_call *k, struct fed_row *row)
{
	give_up(k, row);
	return RSP_OK;
}

/* A wrong code is counted, so its answer is not a refusal that changes nothing; the last try takes the order with it. */
static enum rsp_status
wrong_code(struct fed_call *k, struct fed_row *consent)
{
	k->reply->code = FED_E_CODE_WRONG;
	row_touch(consent);
	if (++consent->as.consent.tries >= k->lib->limits.code_tries) {
		consent->as.consent.burnt = true;
		k->reply->code = FED_E_CODE_USED_UP;
		give_up(k, consent);
	}
	return RSP_OK;
}

enum rsp_status
do_confirm(struct fed_call *k)
{
	struct fed_row *p = profile_of(k, k->about), *consent = p ? set_find(k, FED_CONSENT, p->as.profile.consent_a, p->as.profile.consent_b) : NULL;
	uint8_t hash[32];
	enum rsp_status st;

	if (!consent || p->as.profile.confirmed || consent->as.consent.burnt)
		return fed_no(k, consent && consent->as.consent.burnt ? FED_E_CODE_USED_UP : FED_E_STATE, "F37", "there is nothing to confirm");
	if (!k->r->u.confirm.code || !*k->r->u.confirm.code)
		return fed_no(k, FED_E_CODE_MISSING, "SGP.22 5.6.2", "the confirmation code is missing");
	if ((st = code_hash(k->c, consent, k->r->u.confirm.code, hash)) != RSP_OK)
		return st;
	if (!bytes_equal_secret(BYTES_OF(hash), BYTES_OF(consent->as.consent.code_hash)))
		return wrong_code(k, consent);
	p->as.profile.confirmed = true;
	row_touch(p);
	consent->live = false;
	consent->due = 0;
	row_touch(consent);
	return RSP_OK;
}
