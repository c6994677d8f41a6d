// SPDX-License-Identifier: BSD-2-Clause
/*
 * An SM-DS over a store in memory, and eUICCs made by hand: their answers to AuthenticateServer are built and signed here, so that a test can change
 * what it likes before the signature.
 */
#ifndef TESTS_UNIT_SMDS_FIXTURE_H
#define TESTS_UNIT_SMDS_FIXTURE_H

#include "unit/codec/message.h"

#include "codec/ids.h"
#include "smds/call.h"

#define SERVER_OID "2.999.10"
#define OTHER_OID "2.999.11"
#define DS_HOST "smds.example.com"
#define ROWS 32

/* ---- a store ---- */

struct memory {
	struct smds_event events[ROWS];      /* free: event_id "" */
	struct smds_session sessions[ROWS];  /* free: revision 0 */
	uint64_t revision;
	unsigned calls, fail_at;             /* the fail_at-th call from here on answers IO; 0: none does */
};

static inline bool
memory_fails(struct memory *m)
{
	return m->fail_at && ++m->calls == m->fail_at;
}

static inline struct smds_event *
memory_event_at(struct memory *m, const char *owner, struct bytes id)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (m->events[i].event_id[0] && strcmp(m->events[i].owner, owner) == 0 && bytes_equal_str(id, m->events[i].event_id))
			return &m->events[i];
	return NULL;
}

static inline enum rsp_status
memory_event(void *self, struct rsp_ctx *c, const char *owner, struct bytes id, struct smds_event *out, bool *found)
{
	struct smds_event *e = memory_event_at(self, owner, id);

	if (memory_fails(self))
		return rsp_fail(c, RSP_IO, "the disk is full");
	if ((*found = e != NULL))
		*out = *e;
	return RSP_OK;
}

static inline enum rsp_status
memory_events_of_eid(void *self, struct rsp_ctx *c, const uint8_t eid[16], bool (*fn)(void *arg, const struct smds_event *e), void *arg)
{
	struct memory *m = self;
	size_t i;

	if (memory_fails(m))
		return rsp_fail(c, RSP_IO, "the disk is full");
	for (i = 0; i < ROWS; i++)
		if (m->events[i].event_id[0] && memcmp(m->events[i].eid, eid, 16) == 0 && !fn(arg, &m->events[i]))
			break;
	return RSP_OK;
}

static inline struct smds_session *
memory_session_at(struct memory *m, struct bytes id)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (m->sessions[i].revision && bytes_equal(id, BYTES_OF(m->sessions[i].transaction_id)))
			return &m->sessions[i];
	return NULL;
}

static inline enum rsp_status
memory_session(void *self, struct rsp_ctx *c, struct bytes id, struct smds_session *out, bool *found)
{
	struct smds_session *s = memory_session_at(self, id);

	if (memory_fails(self))
		return rsp_fail(c, RSP_IO, "the disk is full");
	if ((*found = s != NULL))
		*out = *s;
	return RSP_OK;
}

static inline bool
memory_clashes(struct memory *m, const struct smds_changes *x)
{
	const struct smds_event *e = memory_event_at(m, x->event.owner, bytes_of_str(x->event.event_id));
	const struct smds_session *s = memory_session_at(m, BYTES_OF(x->session.transaction_id));

	if ((x->put_event || x->delete_event) && x->event.revision != (e ? e->revision : 0))
		return true;
	return (x->put_session || x->end_session) && x->session.revision != (s ? s->revision : 0);
}

static inline enum rsp_status
memory_commit(void *self, struct rsp_ctx *c, const struct smds_changes *x)
{
	struct memory *m = self;
	struct smds_event *e = memory_event_at(m, x->event.owner, bytes_of_str(x->event.event_id));
	struct smds_session *s = memory_session_at(m, BYTES_OF(x->session.transaction_id));

	if (memory_clashes(m, x))
		return rsp_fail(c, RSP_CONFLICT, "a row has moved on");
	for (e = e || !x->put_event ? e : m->events; x->put_event && !x->event.revision && e->event_id[0]; e++)
		assert_true(e < m->events + ROWS - 1);
	for (s = s || !x->put_session ? s : m->sessions; x->put_session && !x->session.revision && s->revision; s++)
		assert_true(s < m->sessions + ROWS - 1);
	if (x->put_event) {
		*e = x->event;
		e->revision = ++m->revision;
	}
	if (x->delete_event)
		*e = (struct smds_event){0};
	if (x->put_session) {
		*s = x->session;
		s->revision = ++m->revision;
	}
	if (x->end_session)
		*s = (struct smds_session){0};
	return RSP_OK;
}

/* Everything that is kept, for comparing before and after. */
static inline char *
memory_text(struct rsp_ctx *c, const struct memory *m)
{
	struct buf b = BUF_INIT;
	struct bytes text;
	size_t i;

	for (i = 0; i < ROWS; i++) {
		const struct smds_event *e = &m->events[i];

		if (e->event_id[0])
			buf_printf(&b, "%s/%s %s %s %d '%s' %llu\n", e->owner, e->event_id, hex_of(c, BYTES_OF(e->eid)), e->rsp_server_address,
				e->forwarding, e->root_event_id, (unsigned long long)e->revision);
	}
	for (i = 0; i < ROWS; i++)
		if (m->sessions[i].revision)
			buf_printf(&b, "session %s %llu\n", hex_of(c, BYTES_OF(m->sessions[i].transaction_id)), (unsigned long long)m->sessions[i].revision);
	buf_u8(&b, 0);
	assert_status(buf_finish(&b, c, &text), RSP_OK);
	return rsp_strdup(c, (const char *)text.p);
}

/* ---- an SM-DS ---- */

struct bench {
	struct rsp_ctx c;
	struct crypto *crypto;
	struct pki *pki, *stranger;      /* stranger: the same names, other keys */
	struct memory memory;
	struct smds_store store;
	struct smds ds;
};

static inline int
bench_open(void **state)
{
	static const struct pki_make_options both;
	struct bench *b = calloc(1, sizeof(*b));

	if (!b || crypto_new(&b->crypto, bytes_of_str("unit"), "smds") != RSP_OK || rsp_ctx_init(&b->c, b->crypto, TEST_NOW) != RSP_OK)
		return -1;
	if (pki_make_memory(&b->c, &both, &b->pki) != RSP_OK || pki_make_memory(&b->c, &both, &b->stranger) != RSP_OK)
		return -1;
	*state = b;
	return 0;
}

static inline int
bench_close(void **state)
{
	struct bench *b = *state;

	pki_free(b->pki);
	pki_free(b->stranger);
	rsp_ctx_free(&b->c);
	crypto_free(b->crypto);
	free(b);
	return 0;
}

static inline void
memory_open(struct memory *m, struct smds_store *store)
{
	memset(m, 0, sizeof(*m));
	*store = (struct smds_store){.self = m, .event = memory_event, .events_of_eid = memory_events_of_eid, .session = memory_session,
		.commit = memory_commit};
}

/* An empty store, and the SM-DS as it is made. root NULL: none above it. */
static inline struct bench *
bench_fresh(void **state, const char *root)
{
	struct bench *b = *state;

	rsp_ctx_reset(&b->c);
	b->c.now = TEST_NOW;
	memory_open(&b->memory, &b->store);
	smds_init(&b->ds, DS_HOST, root, b->pki, &b->store);
	return b;
}

static inline const char *
verdict(struct rsp_ctx *c, enum rsp_status st, bool failed, const char *subject, const char *reason)
{
	if (st != RSP_OK)
		return rsp_status_name(st);
	return failed ? rsp_sprintf(c, "%s/%s", subject, reason) : "ok";
}

static inline void
assert_no_changes(const struct smds_changes *x)
{
	assert_false(x->put_event || x->delete_event || x->put_session || x->end_session || x->has_message);
}

/* ES11 through JSON, both ways; changes are committed. "ok", a status's name, or "subject/reason". */
static inline const char *
bench_es11(struct bench *b, enum es9p_function f, const struct es9p_request *r, struct es11_response *out)
{
	struct rsp_ctx *c = &b->c;
	struct smds_changes changes;
	struct es11_response reply;
	struct buf asked = BUF_INIT, said = BUF_INIT;
	struct bytes body, answer;
	enum rsp_status st;

	memset(&c->error, 0, sizeof(c->error));
	es9p_write_request(&asked, f, r);
	assert_status(buf_finish(&asked, c, &body), RSP_OK);
	st = es11_handle_json(c, &b->ds, f, body, &changes, &reply);
	if (st != RSP_OK || reply.common.failed)
		assert_no_changes(&changes);
	if (st != RSP_OK)
		return rsp_status_name(st);
	assert_status(b->store.commit(b->store.self, c, &changes), RSP_OK);
	es11_write_response(&said, f, &reply);
	assert_status(buf_finish(&said, c, &answer), RSP_OK);
	assert_status(es11_read_response(c, f, answer, out), RSP_OK);
	return verdict(c, st, out->common.failed, out->common.subject, out->common.reason);
}

/* ---- eUICCs ---- */

static inline struct bytes
info1_of(struct rsp_ctx *c, struct bytes signing, struct bytes verification, uint8_t major)
{
	struct euicc_info1 v = {.svn = {major, 2, 2}, .signing = {{signing}, signing.p ? 1 : 0}, .verification = {{verification}, verification.p ? 1 : 0}};
	struct buf b = BUF_INIT;
	struct bytes out;

	es10_write_info1(&b, &v);
	assert_status(buf_finish(&b, c, &out), RSP_OK);
	return out;
}

static const uint8_t bench_challenge[16] = {0xC0, 0xC1, 0xC2, 0xC3, 0xC4};

/* What an eUICC of this curve asks to begin with. */
static inline struct es9p_request
bench_initiation(struct bench *b, enum ec_curve curve)
{
	struct bytes ski = b->pki->branch[curve].ci.cert->ski;

	return (struct es9p_request){.euicc_challenge = BYTES_OF(bench_challenge), .smdp_address = bytes_of_str(DS_HOST),
		.euicc_info1 = info1_of(&b->c, ski, ski, 2)};
}

/* An answer to AuthenticateServer that is still to be written. */
struct client {
	struct es9p_request req;             /* transaction_id */
	struct euicc_signed1 s;
	const struct ec_key *key;
	struct bytes euicc_cert, eum_cert, signature;   /* signature absent: it is made */
	int error;                           /* not 0: the eUICC says no */
};

/* InitiateAuthentication, and the good answer of the eUICC that the PKI holds. matching_id NULL: none. */
static inline struct client
bench_client(struct bench *b, enum ec_curve curve, const char *matching_id)
{
	struct rsp_ctx *c = &b->c;
	const struct pki_branch *p = &b->pki->branch[curve];
	struct es9p_request first = bench_initiation(b, curve);
	struct client k = {.key = p->euicc.key, .euicc_cert = p->euicc.cert->der, .eum_cert = p->eum.cert->der};
	struct es11_response initiated;
	struct server_signed1 signed1;
	struct ctx_params1 params = {.matching_id = matching_id ? bytes_of_str(matching_id) : BYTES_NONE, .tac = unhex(c, "35290611")};
	struct buf buf = BUF_INIT;

	assert_string_equal(bench_es11(b, ES9P_INITIATE_AUTHENTICATION, &first, &initiated), "ok");
	assert_status(es10_read_server_signed1(c, initiated.common.server_signed1, &signed1), RSP_OK);
	es10_write_ctx_params1(&buf, &params);
	assert_status(buf_finish(&buf, c, &k.s.params.der), RSP_OK);
	k.s.info2.der = tree(c, "BF22{81=020301 82=020202 83=010203 84=8101018204000800008304000010FF 85=0780 88=00 A9{} AA{} 04=000001 0C=}");
	k.s.transaction_id = signed1.transaction_id;
	k.s.server_address = signed1.server_address;
	k.s.server_challenge = signed1.server_challenge;
	k.req.transaction_id = initiated.common.transaction_id;
	return k;
}

/* The request with the answer in it, signed. */
static inline struct es9p_request
bench_sign(struct bench *b, const struct client *k)
{
	struct authenticate_server_rsp rsp = {.ok = !k->error, .euicc_cert = k->euicc_cert, .eum_cert = k->eum_cert, .signature = k->signature,
		.transaction_id = k->s.transaction_id, .error = k->error};
	struct es9p_request r = k->req;
	struct buf signed1 = BUF_INIT, all = BUF_INIT;
	uint8_t sig[64];

	es10_write_euicc_signed1(&signed1, &k->s);
	assert_status(buf_finish(&signed1, &b->c, &rsp.signed1.der), RSP_OK);
	if (!rsp.signature.p) {
		assert_status(ec_sign(&b->c, k->key, &rsp.signed1.der, 1, sig), RSP_OK);
		rsp.signature = BYTES_OF(sig);
	}
	es10_write_authenticate_server_rsp(&all, &rsp);
	assert_status(buf_finish(&all, &b->c, &r.payload), RSP_OK);
	return r;
}

/* The EID of the eUICC that the PKI holds. */
static inline const char *
bench_eid(const struct bench *b, enum ec_curve curve)
{
	return b->pki->branch[curve].euicc.cert->serial_number;
}

/* ---- rows ---- */

static inline enum rsp_status
always_no(struct rsp_ctx *c, void *call)
{
	(void)call;
	return rsp_fail(c, RSP_REFUSED, "as far as this, and no farther");
}

/*
 * Put the first n rows of the table into *slot, and behind them one that refuses with `code`: an answer with that code says that all before it
 * held. rows: room for n + 1.
 */
static inline void
stop_after(struct rsp_checks *slot, struct rsp_checks table, size_t n, struct rsp_check *rows, int code)
{
	memcpy(rows, table.rows, n * sizeof(*rows));
	rows[n] = (struct rsp_check){"stop", "none", always_no, code};
	*slot = (struct rsp_checks){rows, n + 1};
}

static inline size_t
row_named(struct rsp_checks table, const char *name)
{
	size_t i;

	for (i = 0; i < table.n; i++)
		if (strcmp(table.rows[i].name, name) == 0)
			return i;
	fail_msg("the table has no row '%s'", name);
	return 0;
}

#endif
