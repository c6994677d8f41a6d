// SPDX-License-Identifier: BSD-2-Clause
/* smds/store.h over tables. */
#include <stdlib.h>

#include "smds/store.h"
#include "store/outbox.h"
#include "store/smds_rows.h"

#define EVENT(tag, kind, member) FIELD(tag, kind, struct smds_event, member)
static const struct field event_fields[] = {
	EVENT(1, TEXT, owner), EVENT(2, TEXT, event_id), EVENT(3, OCTETS, eid), EVENT(4, TEXT, rsp_server_address), EVENT(5, FLAG, forwarding),
	EVENT(6, TEXT, root_event_id), EVENT(7, NUMBER, created),
};
#define SESSION(tag, kind, member) FIELD(tag, kind, struct smds_session, member)
static const struct field session_fields[] = {
	SESSION(1, OCTETS, transaction_id), SESSION(2, NUMBER, started), SESSION(3, NUMBER, curve), SESSION(4, OCTETS, euicc_challenge),
	SESSION(5, OCTETS, server_challenge),
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Rows are dropped so long after a session's beginning; the role may end it earlier. */
#define SESSION_KEPT 86400

struct smds_tables { struct smds_store port; struct store *store; };

static struct store *
store_of(void *self)
{
	return ((struct smds_tables *)self)->store;
}

static enum rsp_status
write_row(struct rsp_ctx *c, const struct store *s, const struct field *f, size_t n, const void *from, bool sealed, struct bytes *out)
{
	struct buf b = BUF_INIT;
	enum rsp_status st;

	fields_write(&b, f, n, from);
	if (!sealed)
		return buf_finish(&b, c, out);
	st = b.bad ? rsp_fail(c, RSP_NOMEM, "no memory for a row") : aes_seal(c, s->key.seal, bytes_of_str("smds"), buf_bytes(&b), out);
	buf_free(&b);
	return st;
}

static enum rsp_status
read_row(struct rsp_ctx *c, const struct store *s, const struct field *f, size_t n, struct bytes body, bool sealed, void *to)
{
	struct bytes plain = body;

	if ((!sealed || aes_unseal(c, s->key.seal, bytes_of_str("smds"), body, &plain) == RSP_OK) && fields_read(plain, f, n, to))
		return RSP_OK;
	return rsp_fail(c, RSP_IO, "a row of the SM-DS's store cannot be read");
}

/* An event's key: its owner and its identifier, with a length between. */
static enum rsp_status
event_tag(struct rsp_ctx *c, const struct store *s, const char *owner, struct bytes event_id, struct bytes *out)
{
	struct buf b = BUF_INIT;
	struct bytes both;
	uint8_t *p = rsp_alloc(c, 32);
	enum rsp_status st;

	buf_u32(&b, (uint32_t)strlen(owner));
	buf_str(&b, owner);
	buf_add(&b, event_id);
	st = buf_finish(&b, c, &both);
	*out = bytes_of(p, 32);
	return st == RSP_OK && p ? store_tag(c, &s->key, "event", both, p) : RSP_NOMEM;
}

static enum rsp_status
event(void *self, struct rsp_ctx *c, const char *owner, struct bytes event_id, struct smds_event *out, bool *found)
{
	struct store *s = store_of(self);
	struct bytes key;
	struct row r;
	enum rsp_status st = event_tag(c, s, owner, event_id, &key);

	*found = false;
	if (st == RSP_OK)
		st = s->tables->by_key(s->tables->self, c, TABLE_EVENTS, key, &r, found);
	if (st != RSP_OK || !*found)
		return st;
	*out = (struct smds_event){0};
	st = read_row(c, s, event_fields, COUNT(event_fields), r.body, true, out);
	out->revision = r.revision;
	*found = st == RSP_OK;
	return st;
}

struct walk { struct store *store; struct rsp_ctx own, *caller; bool (*fn)(void *arg, const struct smds_event *e); void *arg; enum rsp_status st; };

static bool
walk_one(void *arg, const struct row *r)
{
	struct walk *w = arg;
	struct smds_event e = {0};
	bool more = false;

	w->st = read_row(&w->own, w->store, event_fields, COUNT(event_fields), r->body, true, &e);
	e.revision = r->revision;
	if (w->st == RSP_OK)
		more = w->fn(w->arg, &e);
	else
		w->caller->error = w->own.error;
	rsp_ctx_reset(&w->own);
	return more;
}

static enum rsp_status
walk(struct walk *w, struct rsp_ctx *c, struct bytes queue)
{
	struct tables *t = w->store->tables;
	enum rsp_status st = rsp_ctx_init(&w->own, c->crypto, c->now);

	if (st != RSP_OK)
		return st;
	w->caller = c;
	st = t->each(t->self, c, TABLE_EVENTS, queue, walk_one, w);
	rsp_ctx_free(&w->own);
	return st == RSP_OK ? w->st : st;
}

static enum rsp_status
events_of_eid(void *self, struct rsp_ctx *c, const uint8_t eid[16], bool (*fn)(void *arg, const struct smds_event *e), void *arg)
{
	struct walk w = {.store = store_of(self), .fn = fn, .arg = arg};
	uint8_t tag[32];
	enum rsp_status st = store_tag(c, &w.store->key, "eid", bytes_of(eid, 16), tag);

	return st == RSP_OK ? walk(&w, c, BYTES_OF(tag)) : st;
}

enum rsp_status
smds_each_event(struct store *s, struct rsp_ctx *c, bool (*fn)(void *arg, const struct smds_event *e), void *arg)
{
	struct walk w = {.store = s, .fn = fn, .arg = arg};

	return walk(&w, c, BYTES_NONE);
}

static enum rsp_status
session(void *self, struct rsp_ctx *c, struct bytes transaction_id, struct smds_session *out, bool *found)
{
	struct store *s = store_of(self);
	struct row r;
	enum rsp_status st;

	*found = false;
	if (transaction_id.n != sizeof(out->transaction_id))
		return RSP_OK;
	st = s->tables->by_key(s->tables->self, c, TABLE_DS_SESSIONS, transaction_id, &r, found);
	if (st != RSP_OK || !*found)
		return st;
	*out = (struct smds_session){0};
	st = read_row(c, s, session_fields, COUNT(session_fields), r.body, s->shared, out);
	if (st == RSP_OK && out->curve > EC_BP256)
		st = rsp_fail(c, RSP_IO, "a row of the SM-DS's store cannot be read");
	out->revision = r.revision;
	*found = st == RSP_OK;
	return st;
}

static enum rsp_status
event_change(struct rsp_ctx *c, struct store *s, const struct smds_changes *ch, struct row_change *out)
{
	const struct smds_event *e = &ch->event;
	uint8_t *tag = rsp_alloc(c, 32);
	enum rsp_status st;

	*out = (struct row_change){.table = TABLE_EVENTS, .drop = ch->delete_event, .row = {.revision = e->revision, .queue = bytes_of(tag, 32)}};
	st = tag ? event_tag(c, s, e->owner, bytes_of_str(e->event_id), &out->row.key) : RSP_NOMEM;
	if (st == RSP_OK)
		st = store_tag(c, &s->key, "eid", BYTES_OF(e->eid), tag);
	return st == RSP_OK && !out->drop ? write_row(c, s, event_fields, COUNT(event_fields), e, true, &out->row.body) : st;
}

static enum rsp_status
commit(void *self, struct rsp_ctx *c, const struct smds_changes *ch)
{
	struct store *s = store_of(self);
	struct row_change change[3];
	size_t n = 0;
	enum rsp_status st = RSP_OK;

	if (ch->put_event || ch->delete_event)
		st = event_change(c, s, ch, &change[n++]);
	if (st == RSP_OK && ch->has_message)
		st = outbox_add(s, c, TABLE_DS_OUTBOX, ch->outbox.path, ch->outbox.body, &change[n++]);
	if (st == RSP_OK && (ch->put_session || (ch->end_session && ch->session.revision))) {
		const struct smds_session *k = &ch->session;

		change[n] = (struct row_change){.table = TABLE_DS_SESSIONS, .drop = ch->end_session, .row = {.key = BYTES_OF(k->transaction_id),
			.revision = k->revision, .due = k->started + SESSION_KEPT}};
		if (!ch->end_session)
			st = write_row(c, s, session_fields, COUNT(session_fields), k, s->shared, &change[n].row.body);
		n++;
	}
	return st == RSP_OK && n ? s->tables->commit(s->tables->self, c, change, n) : st;
}

enum rsp_status
smds_expire(struct store *s, struct rsp_ctx *c, int64_t session_seconds, uint64_t *gone)
{
	return s->tables->drop_due(s->tables->self, c, TABLE_DS_SESSIONS, c->now + SESSION_KEPT - session_seconds, gone);
}

enum rsp_status
smds_sessions(struct store *s, struct rsp_ctx *c, uint64_t *n)
{
	return s->tables->count(s->tables->self, c, TABLE_DS_SESSIONS, n);
}

enum rsp_status
store_smds(struct rsp_ctx *c, struct store *s, struct smds_store **out)
{
	struct smds_tables *p = calloc(1, sizeof(*p));

	if (!p)
		return rsp_fail(c, RSP_NOMEM, "no memory for a store");
	p->store = s;
	p->port = (struct smds_store){p, event, events_of_eid, session, commit};
	*out = &p->port;
	return RSP_OK;
}

void
store_smds_free(struct smds_store *p)
{
	free(p ? p->self : NULL);
}
