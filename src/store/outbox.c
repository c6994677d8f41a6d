// SPDX-License-Identifier: BSD-2-Clause
#include "store/outbox.h"

#include <stdio.h>

#include "tlv/tlv.h"

struct message_head { char url[400]; uint32_t tries; };
static const struct field fields[] = {FIELD(1, TEXT, struct message_head, url), FIELD(2, NUMBER, struct message_head, tries)};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))
#define BODY_TAG 0x9F7Eu

static enum rsp_status
seal(struct rsp_ctx *c, const struct store *s, const char *url, struct bytes body, uint32_t tries, struct bytes *out)
{
	struct message_head head = {.tries = tries};
	struct buf b = BUF_INIT;
	enum rsp_status st;

	snprintf(head.url, sizeof(head.url), "%s", url ? url : "");
	fields_write(&b, fields, FIELDS, &head);
	tlv_add(&b, BODY_TAG, body);
	st = b.bad ? rsp_fail(c, RSP_NOMEM, "no memory for a message") : aes_seal(c, s->key.seal, bytes_of_str("outbox"), buf_bytes(&b), out);
	buf_free(&b);
	return st;
}

static enum rsp_status
unseal(struct rsp_ctx *c, const struct store *s, struct bytes sealed, struct outbox_message *out)
{
	struct message_head head = {0};
	struct bytes plain;
	struct tlv body;

	if (aes_unseal(c, s->key.seal, bytes_of_str("outbox"), sealed, &plain) != RSP_OK || !fields_read(plain, fields, FIELDS, &head) ||
		!tlv_find(plain, BODY_TAG, &body))
		return rsp_fail(c, RSP_IO, "a message of the store cannot be read");
	memcpy(out->url, head.url, sizeof(out->url));
	out->tries = head.tries;
	out->body = body.value;
	return RSP_OK;
}

enum rsp_status
outbox_add(struct store *s, struct rsp_ctx *c, enum table box, const char *url, struct bytes body, struct row_change *out)
{
	uint8_t *id = rsp_alloc(c, 16);
	enum rsp_status st = id ? crypto_random(c, id, 16) : RSP_NOMEM;

	*out = (struct row_change){.table = box, .row = {.key = bytes_of(id, 16), .due = c->now}};
	return st == RSP_OK ? seal(c, s, url, body, 0, &out->row.body) : st;
}

struct first { struct rsp_ctx *c; struct row row; bool found; enum rsp_status st; };

static bool
take_first(void *arg, const struct row *r)
{
	struct first *f = arg;

	f->st = row_copy(f->c, r, &f->row);
	f->found = f->st == RSP_OK;
	return false;
}

/* The oldest; while it waits, all wait. */
static enum rsp_status
oldest(struct store *s, struct rsp_ctx *c, enum table box, struct row *out, bool *found)
{
	struct first f = {.c = c};
	enum rsp_status st = s->tables->each(s->tables->self, c, box, BYTES_NONE, take_first, &f);

	*out = f.row;
	*found = f.found && f.row.due <= c->now;
	return st == RSP_OK ? f.st : st;
}

enum rsp_status
outbox_next(struct store *s, struct rsp_ctx *c, enum table box, struct outbox_message *out, bool *found)
{
	struct row r;
	enum rsp_status st;

	*out = (struct outbox_message){0};
	*found = false;
	if (box == TABLE_DS_OUTBOX)
		st = oldest(s, c, box, &r, found);
	else
		st = s->tables->due(s->tables->self, c, box, c->now, &r, found);
	if (st != RSP_OK || !*found)
		return st;
	if (r.key.n != sizeof(out->id))
		return rsp_fail(c, RSP_IO, "a message of the store cannot be read");
	memcpy(out->id, r.key.p, sizeof(out->id));
	out->due = r.due;
	out->revision = r.revision;
	return unseal(c, s, r.body, out);
}

enum rsp_status
outbox_claim(struct store *s, struct rsp_ctx *c, enum table box, struct outbox_message *m, int64_t until)
{
	struct row_change ch = {.table = box, .row = {.key = BYTES_OF(m->id), .revision = m->revision, .due = until}};
	enum rsp_status st = seal(c, s, m->url, m->body, m->tries, &ch.row.body);

	if (st == RSP_OK)
		st = s->tables->commit(s->tables->self, c, &ch, 1);
	if (st == RSP_OK)
		m->revision++;
	return st;
}

enum rsp_status
outbox_settle(struct store *s, struct rsp_ctx *c, enum table box, const struct outbox_message *m, bool sent, int64_t due)
{
	struct row_change ch = {.table = box, .drop = sent, .row = {.key = BYTES_OF(m->id), .revision = m->revision, .due = due}};
	enum rsp_status st = sent ? RSP_OK : seal(c, s, m->url, m->body, m->tries + 1, &ch.row.body);

	return st == RSP_OK ? s->tables->commit(s->tables->self, c, &ch, 1) : st;
}
