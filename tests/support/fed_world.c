// SPDX-License-Identifier: BSD-2-Clause
#include "support/test.h"

#include "support/fed_world.h"

#include "codec/ids.h"
#include "crypto/crypto.h"

static enum rsp_status
sign_nothing(void *self, struct rsp_ctx *c, struct bytes tbs, uint8_t sig[64])
{
	(void)self;
	(void)c;
	(void)tbs;
	memset(sig, 0x5A, 64);
	return RSP_OK;
}

static enum rsp_status
record(void *self, struct rsp_ctx *c, const struct fed_row *row)
{
	struct fed_world *w = self;

	(void)c;
	for (size_t i = 0; i < w->n_effects; i++)
		if (w->effects[i].fed == row->key.fed && w->effects[i].number == row->key.a) {
			w->effects[i].times++;
			return RSP_OK;
		}
	if (w->n_effects < WORLD_EFFECTS)
		w->effects[w->n_effects++] = (struct fed_world_effect){row->key.fed, row->key.a, row->as.outbox, 1};
	return RSP_OK;
}

static struct bytes
share(struct fed_world *w, const char *name)
{
	return read_whole(&w->keep, rsp_sprintf(&w->keep, "tools/share/federation/%s.tsv", name));
}

void
fed_world_open(struct fed_world *w, const char *seed)
{
	memset(w, 0, sizeof(*w));
	assert_int_equal(crypto_new(&w->crypto, bytes_of_str(seed), "federation"), RSP_OK);
	assert_int_equal(rsp_ctx_init(&w->keep, w->crypto, TEST_NOW), RSP_OK);
	assert_int_equal(rsp_ctx_init(&w->c, w->crypto, TEST_NOW), RSP_OK);
	assert_int_equal(fed_facts_read(&w->keep, share(w, "categories"), share(w, "carriers"), share(w, "agreements"), share(w, "models"), &w->facts), RSP_OK);
	fed_memory_open(&w->memory);
	fed_init(&w->lib, &w->memory.store, &w->facts, (struct fed_signer){NULL, sign_nothing});
	for (size_t i = 0; i < FED_DESTS; i++)
		w->ports.to[i] = (struct fed_port){w, record};
	w->now = TEST_NOW;
}

void
fed_world_empty(struct fed_world *w)
{
	fed_memory_close(&w->memory);
	fed_memory_open(&w->memory);
	w->n_effects = 0;
	w->numbers = 0;
	w->now = TEST_NOW;
}

void
fed_world_close(struct fed_world *w)
{
	fed_memory_close(&w->memory);
	rsp_ctx_free(&w->c);
	rsp_ctx_free(&w->keep);
	crypto_free(w->crypto);
}

/* ---- calls ---- */

enum rsp_status
fed_world_plan(struct fed_world *w, const struct fed_request *r)
{
	enum rsp_status st;

	rsp_ctx_reset(&w->c);
	w->c.now = w->now;
	st = fed_handle(&w->c, &w->lib, r, &w->changes, &w->reply);
	if (st != RSP_OK && w->changes.n)
		fail_msg("a call that was refused wants %zu rows changed", w->changes.n);
	return st;
}

enum rsp_status
fed_world_commit(struct fed_world *w)
{
	return w->memory.store.commit(w->memory.store.self, &w->c, &w->changes);
}

enum rsp_status
fed_world_call(struct fed_world *w, const struct fed_request *r)
{
	enum rsp_status st = fed_world_plan(w, r);

	return st == RSP_OK ? fed_world_commit(w) : st;
}

bool
fed_world_settle(struct fed_world *w)
{
	uint64_t fed;

	for (int i = 0; i < 200; i++) {
		struct fed_request r = {.op = FED_OP_TICK};

		if (w->memory.store.due(w->memory.store.self, &w->c, w->now, &fed) != RSP_OK || !fed)
			return true;
		r.fed = fed;
		assert_int_equal(fed_world_call(w, &r), RSP_OK);
	}
	return false;
}

void
fed_world_deliver(struct fed_world *w)
{
	for (size_t i = 0; i < w->memory.n_live;) {
		struct fed_row row = *w->memory.rows[w->memory.live[i]];
		struct fed_request r = {.op = FED_OP_DELIVERED, .fed = row.key.fed, .u.delivered.number = row.key.a};
		bool taken;

		if (row.kind != FED_OUTBOX) {
			i++;
			continue;
		}
		assert_int_equal(fed_send(&w->c, &w->ports, &row, &taken), RSP_OK);
		assert_int_equal(fed_world_call(w, &r), RSP_OK);
	}
}

/* ---- rows ---- */

struct fed_row *
fed_world_row(struct fed_world *w, enum fed_kind kind, uint64_t a)
{
	return fed_memory_row(&w->memory, kind, (struct fed_key){w->fed, a, 0});
}

struct fed_federation *
fed_world_fed(struct fed_world *w)
{
	return &fed_world_row(w, FED_FEDERATION, 0)->as.federation;
}

struct fed_member *
fed_world_member(struct fed_world *w, uint64_t member)
{
	return &fed_world_row(w, FED_MEMBER, member)->as.member;
}

struct fed_profile *
fed_world_profile(struct fed_world *w, uint64_t member)
{
	return &fed_world_row(w, FED_PROFILE, fed_world_member(w, member)->profile)->as.profile;
}

struct fed_pool *
fed_world_pool(struct fed_world *w)
{
	return &fed_world_row(w, FED_POOL, fed_world_fed(w)->cycle)->as.pool;
}

struct fed_row *
fed_world_lease(struct fed_world *w, uint64_t member)
{
	for (size_t i = 0; i < w->memory.n_live; i++) {
		struct fed_row *r = w->memory.rows[w->memory.live[i]];

		if (r->kind == FED_LEASE && r->key.fed == w->fed && r->as.lease.member == member)
			return r;
	}
	return NULL;
}

struct fed_row *
fed_world_follower(struct fed_world *w, uint64_t member)
{
	return fed_world_row(w, FED_FOLLOWER, member);
}

/* ---- requests ---- */

struct fed_request
by_network(const struct fed_world *w, enum fed_op op, uint64_t member)
{
	return (struct fed_request){.op = op, .by = {.actor = FED_BY_NETWORK}, .fed = w->fed, .member = member};
}

struct fed_request
by_member(struct fed_world *w, enum fed_op op, uint64_t caller, uint64_t member)
{
	const struct fed_row *m = fed_world_row(w, FED_MEMBER, caller);

	return (struct fed_request){.op = op, .by = {.actor = FED_BY_MEMBER, .member = caller, .auth_epoch = m ? m->as.member.auth_epoch : 0}, .fed = w->fed,
		.member = member};
}

struct fed_request
by_account(const struct fed_world *w, enum fed_op op, uint64_t member)
{
	return (struct fed_request){.op = op, .by = {.actor = FED_BY_ACCOUNT, .account = "anna", .step_up = true}, .fed = w->fed, .member = member};
}

struct fed_request
by_operator(const struct fed_world *w, enum fed_op op, uint64_t member)
{
	return (struct fed_request){.op = op, .by = {.actor = FED_BY_OPERATOR}, .fed = w->fed, .member = member};
}

enum rsp_status
fed_world_reserve(struct fed_world *w, uint64_t member, int64_t ask)
{
	struct fed_request r = by_network(w, FED_OP_RESERVE, member);

	r.u.reserve.ask = ask;
	return fed_world_call(w, &r);
}

enum rsp_status
fed_world_report(struct fed_world *w, uint64_t ref, uint32_t seq, int64_t bytes, int64_t event, bool last)
{
	struct fed_request r = by_network(w, FED_OP_REPORT, 0);

	r.u.report.source = 1;
	r.u.report.seq = seq;
	r.u.report.ref = ref;
	r.u.report.bytes = bytes;
	r.u.report.event = event;
	r.u.report.last = last;
	return fed_world_call(w, &r);
}

enum rsp_status
fed_world_locate(struct fed_world *w, uint64_t member, const char *plmn)
{
	struct fed_request r = by_network(w, FED_OP_LOCATE, member);

	r.u.locate.plmn = plmn;
	return fed_world_call(w, &r);
}

enum rsp_status
fed_world_contact(struct fed_world *w, uint64_t member)
{
	struct fed_request r = by_member(w, FED_OP_CONTACT, member, member);

	return fed_world_call(w, &r);
}

/* ---- making ---- */

void
fed_world_eid(struct fed_world *w, uint64_t number, char out[33])
{
	uint8_t eid[16] = {0x89, 0x04, 0x90, 0x32};

	(void)w;
	for (size_t i = 0; i < 8; i++, number /= 100)
		eid[14 - i] = (uint8_t)(number / 10 % 10 << 4 | number % 10);
	eid_set_check(eid);
	eid_text(eid, out);
}

const char *
fed_world_tac(enum fed_category category)
{
	static const char *const tacs[FED_CATEGORIES] = {"35000001", "35000003", "35000004", "35000005", "35000006", "35000007"};

	return tacs[category];
}

uint64_t
fed_world_federation(struct fed_world *w, const char *carrier)
{
	char eid[33], imsi[16], iccid[21], msisdn[16];
	struct fed_request r = {.op = FED_OP_CREATE, .by = {.actor = FED_BY_ACCOUNT, .account = "anna"}};

	fed_world_eid(w, ++w->numbers, eid);
	snprintf(imsi, sizeof(imsi), "00101%010u", (unsigned)w->numbers);
	snprintf(iccid, sizeof(iccid), "8900101%011u", (unsigned)w->numbers);
	snprintf(msisdn, sizeof(msisdn), "999%09u", (unsigned)w->numbers);
	r.u.create.account = "anna";
	r.u.create.carrier = carrier;
	r.u.create.eid = eid;
	r.u.create.tac = fed_world_tac(FED_FLAGSHIP);
	r.u.create.sw = "99";
	r.u.create.imsi = imsi;
	r.u.create.iccid = iccid;
	r.u.create.msisdn = msisdn;
	r.u.create.name = "Anna's phone";
	if (fed_world_call(w, &r) != RSP_OK)
		return 0;
	w->fed = w->reply.fed;
	w->primary = w->reply.member;
	r = by_network(w, FED_OP_ACTIVATE, 0);
	assert_int_equal(fed_world_call(w, &r), RSP_OK);
	r = by_member(w, FED_OP_GATES, w->primary, 0);
	r.u.gates.sharing = r.u.gates.allow_others = true;
	r.u.gates.categories = (1u << FED_CATEGORIES) - 1;
	assert_int_equal(fed_world_call(w, &r), RSP_OK);
	return w->fed;
}

static enum rsp_status
child_event(struct fed_world *w, uint64_t profile, enum fed_child_event event, const char *eid)
{
	struct fed_request r = by_network(w, FED_OP_CHILD, 0);
	char imsi[16], iccid[21];

	snprintf(imsi, sizeof(imsi), "00101%010u", (unsigned)w->numbers);
	snprintf(iccid, sizeof(iccid), "8900101%011u", (unsigned)w->numbers);
	memcpy(r.u.child.key_tag, &w->numbers, sizeof(w->numbers));
	r.u.child.profile = profile;
	r.u.child.event = event;
	r.u.child.eid = eid;
	r.u.child.imsi = imsi;
	r.u.child.iccid = iccid;
	return fed_world_call(w, &r);
}

uint64_t
fed_world_child(struct fed_world *w, enum fed_category category, const char *name)
{
	struct fed_request r = by_member(w, FED_OP_INVITE, w->primary, 0);
	char eid[33], code[9];
	uint64_t member, profile;

	fed_world_eid(w, ++w->numbers, eid);
	r.u.invite.eid = eid;
	r.u.invite.category = category;
	r.u.invite.cap = -1;
	if (fed_world_call(w, &r) != RSP_OK)
		return 0;
	memcpy(code, w->reply.confirmation_code, sizeof(code));
	r = by_account(w, FED_OP_ADD, 0);
	memcpy(r.u.add.nonce, w->reply.nonce, 16);
	r.u.add.eid = eid;
	r.u.add.tac = fed_world_tac(category);
	r.u.add.sw = "99";
	r.u.add.name = name;
	if (fed_world_call(w, &r) != RSP_OK)
		return 0;
	member = w->reply.member;
	profile = w->reply.number;
	r = by_network(w, FED_OP_CONFIRM, member);
	r.u.confirm.code = code;
	assert_int_equal(fed_world_call(w, &r), RSP_OK);
	for (int e = FED_CHILD_PERSONALISED; e <= FED_CHILD_ENABLED; e++)
		assert_int_equal(child_event(w, profile, (enum fed_child_event)e, eid), RSP_OK);
	return member;
}
