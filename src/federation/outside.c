// SPDX-License-Identifier: BSD-2-Clause
/* What goes outside, and what is written down for good: the outbox, the audit chain, the registry of numbers. */
#include "federation/call.h"

#include <stdio.h>

#include "crypto/crypto.h"

void
outside(struct fed_call *k, enum fed_dest dest, const char *what, const struct fed_row *member, int64_t number, const char *text)
{
	struct fed_row *r = set_add(k, FED_OUTBOX, next_number(k), 0, true);
	struct fed_outbox *o = &r->as.outbox;

	o->dest = dest;
	o->member = member ? member->key.a : 0;
	o->profile = member ? member->as.member.profile : 0;
	o->number = number;
	snprintf(o->what, sizeof(o->what), "%s", what);
	snprintf(o->text, sizeof(o->text), "%s", text ? text : "");
}

enum rsp_status
fed_send(struct rsp_ctx *c, const struct fed_ports *ports, const struct fed_row *row, bool *taken)
{
	const struct fed_port *p = &ports->to[row->as.outbox.dest];
	enum rsp_status st = p->take ? p->take(p->self, c, row) : RSP_IO;

	*taken = st == RSP_OK;
	return st == RSP_IO ? RSP_OK : st;
}

enum rsp_status
do_delivered(struct fed_call *k)
{
	struct fed_row *o = set_find(k, FED_OUTBOX, k->r->u.delivered.number, 0);

	if (o)
		row_drop(o);
	return RSP_OK;
}

/* ---- audit ---- */

static void
audit_text(const struct fed_row *r, struct buf *b)
{
	const struct fed_audit *a = &r->as.audit;

	buf_add(b, BYTES_OF(a->before));
	buf_u64(b, r->key.fed);
	buf_u64(b, r->key.a);
	buf_u64(b, (uint64_t)a->at);
	buf_u32(b, a->op);
	buf_u32(b, a->actor);
	buf_u64(b, a->by);
	buf_u64(b, a->about);
	buf_u64(b, (uint64_t)a->number);
}

static enum rsp_status
audit_hash(struct rsp_ctx *c, const struct fed_row *r, uint8_t hash[32])
{
	struct buf b = BUF_INIT;
	struct bytes part;
	enum rsp_status st;

	audit_text(r, &b);
	part = buf_bytes(&b);
	st = b.bad ? RSP_NOMEM : sha256(c, &part, 1, hash);
	buf_free(&b);
	return st;
}

enum rsp_status
audit_add(struct fed_call *k)
{
	struct fed_row *r = set_add(k, FED_AUDIT, k->f->audit_seq + 1, 0, false);
	struct fed_audit *a = &r->as.audit;
	enum rsp_status st;

	*a = (struct fed_audit){.at = k->now, .op = k->r->op, .actor = k->r->by.actor, .by = k->r->by.member,
		.about = k->r->member ? k->r->member : k->reply->member, .number = (int64_t)k->reply->number};
	memcpy(a->before, k->f->audit_hash, 32);
	if ((st = audit_hash(k->c, r, a->hash)) != RSP_OK)
		return st;
	memcpy(k->f->audit_hash, a->hash, 32);
	k->f->audit_seq++;
	k->f->rev++;
	row_touch(k->row_f);
	return RSP_OK;
}

static enum rsp_status
audit_row(struct rsp_ctx *c, const struct fed *lib, struct fed_key key, uint8_t before[32])
{
	struct fed_row r;
	bool found = false;
	uint8_t hash[32];
	enum rsp_status st = lib->store->get(lib->store->self, c, FED_AUDIT, key, &r, &found);

	if (st == RSP_OK && found)
		st = audit_hash(c, &r, hash);
	if (st != RSP_OK)
		return st;
	if (!found || memcmp(r.as.audit.before, before, 32) != 0 || memcmp(r.as.audit.hash, hash, 32) != 0)
		return rsp_fail(c, RSP_UNTRUSTED, "audit: row %llu is not the one that was written", (unsigned long long)key.a);
	memcpy(before, hash, 32);
	return RSP_OK;
}

enum rsp_status
fed_audit_verify(struct rsp_ctx *c, const struct fed *lib, uint64_t fed)
{
	struct fed_row f;
	bool found = false;
	uint8_t hash[32] = {0};
	enum rsp_status st = lib->store->get(lib->store->self, c, FED_FEDERATION, (struct fed_key){fed, 0, 0}, &f, &found);

	for (uint64_t seq = 1; st == RSP_OK && found && seq <= f.as.federation.audit_seq; seq++)
		st = audit_row(c, lib, (struct fed_key){fed, seq, 0}, hash);
	if (st == RSP_OK && found && memcmp(hash, f.as.federation.audit_hash, 32) != 0)
		return rsp_fail(c, RSP_UNTRUSTED, "audit: the last row is not the federation's head");
	return st;
}

/* ---- registry ---- */

static enum rsp_status
registry_key(struct fed_call *k, enum fed_registered what, struct bytes value, struct fed_key *key)
{
	uint8_t kind = (uint8_t)what, hash[32];
	struct bytes parts[2] = {bytes_of(&kind, 1), value};
	enum rsp_status st = sha256(k->c, parts, 2, hash);

	if (st != RSP_OK)
		return st;
	*key = (struct fed_key){0};
	memcpy(&key->a, hash, 8);
	memcpy(&key->b, hash + 8, 8);
	return RSP_OK;
}

/* A device may come back after it has left; a number may not. A federation's own is no conflict for a device. */
enum rsp_status
registry_take(struct fed_call *k, enum fed_registered what, struct bytes value)
{
	struct fed_key key;
	struct fed_row *r;
	enum rsp_status st = registry_key(k, what, value, &key);

	if (st == RSP_OK)
		st = set_get(k, FED_REGISTRY, key, &r);
	if (st != RSP_OK)
		return st;
	if (r && !(what == FED_EID && (r->as.registry.gone || r->as.registry.fed == k->reply->fed)))
		return fed_no(k, FED_E_CONFLICT, "F01, I11", "this number or device is taken, and numbers are not given twice");
	if (!r) {
		r = set_add(k, FED_REGISTRY, key.a, key.b, false);
		r->key.fed = 0;
	}
	r->as.registry = (struct fed_registry){(uint32_t)what, k->reply->fed, false};
	row_touch(r);
	return RSP_OK;
}

enum rsp_status
registry_leave(struct fed_call *k, enum fed_registered what, struct bytes value)
{
	struct fed_key key;
	struct fed_row *r;
	enum rsp_status st = registry_key(k, what, value, &key);

	if (st == RSP_OK)
		st = set_get(k, FED_REGISTRY, key, &r);
	if (st == RSP_OK && r && r->as.registry.fed == k->reply->fed) {
		r->as.registry.gone = true;
		row_touch(r);
	}
	return st;
}
