// SPDX-License-Identifier: BSD-2-Clause
/* ES12 at the SM-DS: every row of its two tables, whose event is whose, and what goes on to the root over ES15. */
#include "unit/smds/fixture.h"

#define HEADER "\"header\":{\"functionRequesterIdentifier\":\"2.999.10\",\"functionCallIdentifier\":\"c-1\"},"
#define EID "89049032123451234512345678901235"
#define OTHER_EID "89049032000000000000000000000066"
#define REGISTER(id, forwarding) \
	"{" HEADER "\"eid\":\"" EID "\",\"rspServerAddress\":\"smdp.example.com\",\"eventId\":\"" id "\",\"forwardingIndicator\":" forwarding "}"
#define DELETE(eid, id) "{" HEADER "\"eid\":\"" eid "\",\"eventId\":\"" id "\"}"

/* "ok", a status's name, or "subject/reason"; changes are committed and given back. */
static const char *
ask(struct bench *b, enum es12_function f, const char *caller, const char *body, struct smds_changes *x)
{
	struct rsp_ctx *c = &b->c;
	struct es12_response reply, read;
	struct buf said = BUF_INIT;
	struct bytes answer;
	enum rsp_status st;

	memset(&c->error, 0, sizeof(c->error));
	st = es12_handle(c, &b->ds, f, bytes_of_str(body), caller, x, &reply);
	if (st != RSP_OK || reply.failed)
		assert_no_changes(x);
	if (st != RSP_OK)
		return rsp_status_name(st);
	assert_status(b->store.commit(b->store.self, c, x), RSP_OK);
	es12_write_response(&said, &reply);
	assert_status(buf_finish(&said, c, &answer), RSP_OK);
	assert_status(es12_read_response(c, answer, &read), RSP_OK);
	return verdict(c, st, read.failed, read.subject, read.reason);
}

#define TEN "xxxxxxxxxx"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define OF_255 HUNDRED HUNDRED TEN TEN TEN TEN TEN "xxxxx"

static const struct wrong { enum es12_function f; const char *row, *body, *caller, *code; } wrongs[] = {
	{ES12_REGISTER_EVENT, "functionRequesterIdentifier", "{}", SERVER_OID, "1.1/2.2"},
	{ES12_REGISTER_EVENT, "functionRequesterIdentifier", "{\"header\":{\"functionRequesterIdentifier\":\"\"}}", SERVER_OID, "1.1/2.2"},
	{ES12_REGISTER_EVENT, "functionCallIdentifier", "{\"header\":{\"functionRequesterIdentifier\":\"a\"}}", SERVER_OID, "1.6/2.2"},
	{ES12_REGISTER_EVENT, "caller", REGISTER("E-2", "false"), NULL, "1.1/1.2"},
	{ES12_REGISTER_EVENT, "caller", REGISTER("E-2", "false"), "", "1.1/1.2"},
	{ES12_REGISTER_EVENT, "caller", REGISTER("E-2", "false"), "2.999." TEN TEN TEN TEN TEN TEN, "1.1/1.2"},
	{ES12_REGISTER_EVENT, "eid given", "{" HEADER "\"eventId\":\"E-2\"}", SERVER_OID, "8.1.1/2.2"},
	{ES12_REGISTER_EVENT, "eventId given", "{" HEADER "\"eid\":\"" EID "\"}", SERVER_OID, "8.9.5/2.2"},
	{ES12_REGISTER_EVENT, "eventId given", REGISTER("", "false"), SERVER_OID, "8.9.5/2.2"},
	{ES12_REGISTER_EVENT, "rspServerAddress given", DELETE(EID, "E-2"), SERVER_OID, "8.9.5/2.2"},
	{ES12_REGISTER_EVENT, "forwardingIndicator given",
		"{" HEADER "\"eid\":\"" EID "\",\"rspServerAddress\":\"h\",\"eventId\":\"E-2\"}", SERVER_OID, "8.9.5/2.2"},
	{ES12_REGISTER_EVENT, "format",
		"{" HEADER "\"eid\":\"8904\",\"rspServerAddress\":\"h\",\"eventId\":\"E-2\",\"forwardingIndicator\":true}", SERVER_OID, "1.6/2.1"},
	{ES12_REGISTER_EVENT, "format",
		"{" HEADER "\"eid\":\"89049032123451234512345678901234\",\"rspServerAddress\":\"h\",\"eventId\":\"E-2\",\"forwardingIndicator\":true}",
		SERVER_OID, "1.6/2.1"},
	{ES12_REGISTER_EVENT, "format", REGISTER(OF_255 "x", "true"), SERVER_OID, "1.6/2.1"},
	{ES12_REGISTER_EVENT, "format",
		"{" HEADER "\"eid\":\"" EID "\",\"rspServerAddress\":\"" OF_255 "x\",\"eventId\":\"E-2\",\"forwardingIndicator\":true}", SERVER_OID, "1.6/2.1"},
	{ES12_REGISTER_EVENT, "EventID free", REGISTER("E-1", "false"), SERVER_OID, "8.9.5/3.3"},
	{ES12_REGISTER_EVENT, "EventID free", REGISTER("E-1", "true"), SERVER_OID, "8.9.5/3.3"},
	{ES12_DELETE_EVENT, "functionRequesterIdentifier", "{}", SERVER_OID, "1.1/2.2"},
	{ES12_DELETE_EVENT, "functionCallIdentifier", "{\"header\":{\"functionRequesterIdentifier\":\"a\"}}", SERVER_OID, "1.6/2.2"},
	{ES12_DELETE_EVENT, "caller", DELETE(EID, "E-1"), NULL, "1.1/1.2"},
	{ES12_DELETE_EVENT, "eid given", "{" HEADER "\"eventId\":\"E-1\"}", SERVER_OID, "8.1.1/2.2"},
	{ES12_DELETE_EVENT, "eventId given", "{" HEADER "\"eid\":\"" EID "\"}", SERVER_OID, "8.9.5/2.2"},
	{ES12_DELETE_EVENT, "format", DELETE("1", "E-1"), SERVER_OID, "1.6/2.1"},
	{ES12_DELETE_EVENT, "format", DELETE(EID, OF_255 "x"), SERVER_OID, "1.6/2.1"},
	{ES12_DELETE_EVENT, "EventID known", DELETE(EID, "E-2"), SERVER_OID, "8.9.5/3.9"},
	{ES12_DELETE_EVENT, "EventID known", DELETE(EID, "e-1"), SERVER_OID, "8.9.5/3.9"},
	{ES12_DELETE_EVENT, "EventID known", DELETE(EID, "E-1"), OTHER_OID, "8.9.5/3.9"},
	{ES12_DELETE_EVENT, "EventID known", DELETE(OTHER_EID, "E-1"), SERVER_OID, "8.9.5/3.9"},
};

/* In full, as far as the row before, as far as the row itself: see assert_row of ES11. No row of ES12 has the code of SMDS_SVN. */
static void
assert_row(struct bench *b, const struct wrong *w)
{
	struct rsp_checks *slot = w->f == ES12_REGISTER_EVENT ? &b->ds.checks.register_event : &b->ds.checks.delete_event;
	const struct rsp_checks table = *slot;
	const char *before = memory_text(&b->c, &b->memory), *said;
	struct rsp_check rows[ROWS];
	struct smds_changes x;
	size_t at = row_named(table, w->row), i;

	for (i = 0; i < 3; i++) {
		const char *want = i == 1 ? "8.9.3/3.1" : w->code;

		if (i)
			stop_after(slot, table, at + i - 1, rows, SMDS_SVN);
		said = ask(b, w->f, w->caller, w->body, &x);
		*slot = table;
		if (strcmp(said, want) != 0)
			fail_msg("%s, %.200s: want %s, have %s (%s)", w->row, w->body, want, said, b->c.error.text);
		assert_string_equal(memory_text(&b->c, &b->memory), before);
	}
}

static void
every_row_refuses(void **state)
{
	const struct wrong *w;

	FOR_EACH_ROW(wrongs, w) {
		struct bench *b = bench_fresh(state, "root.example.com");
		struct smds_changes x;

		assert_string_equal(ask(b, ES12_REGISTER_EVENT, SERVER_OID, REGISTER("E-1", "false"), &x), "ok");
		assert_row(b, w);
		/* what was refused was refused for that reason alone */
		assert_string_equal(ask(b, ES12_REGISTER_EVENT, SERVER_OID, REGISTER("E-2", "false"), &x), "ok");
		assert_string_equal(ask(b, ES12_DELETE_EVENT, SERVER_OID, DELETE(EID, "E-1"), &x), "ok");
	}
}

static void
every_row_has_its_refusal(void **state)
{
	struct bench *b = bench_fresh(state, NULL);
	const struct rsp_checks tables[ES12_FUNCTIONS] = {b->ds.checks.register_event, b->ds.checks.delete_event};
	const struct wrong *w;
	size_t f, i;

	for (f = 0; f < ES12_FUNCTIONS; f++)
		for (i = 0; i < tables[f].n; i++) {
			bool there = false;

			FOR_EACH_ROW(wrongs, w)
				there = there || (w->f == f && strcmp(w->row, tables[f].rows[i].name) == 0);
			if (!there)
				fail_msg("nothing here is refused by '%s'", tables[f].rows[i].name);
		}
}

static void
an_event_is_kept_as_it_came_until_it_is_deleted(void **state)
{
	struct bench *b = bench_fresh(state, NULL);
	struct smds_changes x;
	struct smds_event *e;

	assert_string_equal(ask(b, ES12_REGISTER_EVENT, SERVER_OID, REGISTER("E-1", "false"), &x), "ok");
	assert_string_equal(ask(b, ES12_REGISTER_EVENT, SERVER_OID, REGISTER(OF_255, "true"), &x), "ok");
	assert_false(x.has_message);
	e = memory_event_at(&b->memory, SERVER_OID, bytes_of_str("E-1"));
	assert_non_null(e);
	assert_string_equal(e->rsp_server_address, "smdp.example.com");
	assert_hex_equal(&b->c, BYTES_OF(e->eid), EID);
	assert_true(!e->forwarding && !e->root_event_id[0] && e->created == TEST_NOW);
	e = memory_event_at(&b->memory, SERVER_OID, bytes_of_str(OF_255));
	assert_true(e && e->forwarding && !e->root_event_id[0]);
	assert_string_equal(ask(b, ES12_DELETE_EVENT, SERVER_OID, DELETE(EID, "E-1"), &x), "ok");
	assert_null(memory_event_at(&b->memory, SERVER_OID, bytes_of_str("E-1")));
	assert_string_equal(ask(b, ES12_DELETE_EVENT, SERVER_OID, DELETE(EID, "E-1"), &x), "8.9.5/3.9");
	/* its EventID is free again */
	assert_string_equal(ask(b, ES12_REGISTER_EVENT, SERVER_OID, REGISTER("E-1", "false"), &x), "ok");
}

/* The certificate says who owns an event, not the header. */
static void
two_servers_may_choose_the_same_event_id(void **state)
{
	struct bench *b = bench_fresh(state, NULL);
	struct smds_changes x;

	assert_string_equal(ask(b, ES12_REGISTER_EVENT, SERVER_OID, REGISTER("E-1", "false"), &x), "ok");
	assert_string_equal(ask(b, ES12_REGISTER_EVENT, OTHER_OID, REGISTER("E-1", "false"), &x), "ok");
	assert_string_equal(ask(b, ES12_DELETE_EVENT, OTHER_OID, DELETE(EID, "E-1"), &x), "ok");
	assert_non_null(memory_event_at(&b->memory, SERVER_OID, bytes_of_str("E-1")));
	assert_null(memory_event_at(&b->memory, OTHER_OID, bytes_of_str("E-1")));
}

static void
two_at_once_conflict(void **state)
{
	struct bench *b = bench_fresh(state, NULL);
	struct smds_changes first, second;
	struct es12_response reply;

	assert_status(es12_handle(&b->c, &b->ds, ES12_REGISTER_EVENT, bytes_of_str(REGISTER("E-1", "false")), SERVER_OID, &first, &reply), RSP_OK);
	assert_status(es12_handle(&b->c, &b->ds, ES12_REGISTER_EVENT, bytes_of_str(REGISTER("E-1", "false")), SERVER_OID, &second, &reply), RSP_OK);
	assert_status(b->store.commit(b->store.self, &b->c, &first), RSP_OK);
	assert_status(b->store.commit(b->store.self, &b->c, &second), RSP_CONFLICT);
	/* run again, as the service does */
	assert_string_equal(ask(b, ES12_REGISTER_EVENT, SERVER_OID, REGISTER("E-1", "false"), &second), "8.9.5/3.3");
}

static void
damaged_requests_do_no_harm(void **state)
{
	static const struct { enum es12_function f; const char *body; } rows[] = {
		{ES12_REGISTER_EVENT, REGISTER("E-2", "true")}, {ES12_DELETE_EVENT, DELETE(EID, "E-1")},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		size_t n = strlen(row->body), i;

		for (i = 0; i < n * 9; i++) {
			struct bench *b = bench_fresh(state, "root.example.com");
			char *body = rsp_strdup(&b->c, row->body);
			struct smds_changes x;
			struct es12_response reply;
			enum rsp_status st;

			assert_string_equal(ask(b, ES12_REGISTER_EVENT, SERVER_OID, REGISTER("E-1", "false"), &x), "ok");
			assert_status(es12_handle(&b->c, &b->ds, row->f, bytes_of(body, i / 9), SERVER_OID, &x, &reply), RSP_MALFORMED);
			body[i / 9] = (char)(body[i / 9] ^ (i % 9 == 8 ? 0xFF : 1 << i % 9));
			st = es12_handle(&b->c, &b->ds, row->f, bytes_of(body, n), SERVER_OID, &x, &reply);
			assert_true(st == RSP_OK || st == RSP_MALFORMED);
			if (st != RSP_OK || reply.failed)
				assert_no_changes(&x);
		}
	}
}

static void
a_failing_store_is_no_refusal(void **state)
{
	struct bench *b = bench_fresh(state, NULL);
	struct smds_changes x;

	b->memory.fail_at = 1;
	assert_string_equal(ask(b, ES12_REGISTER_EVENT, SERVER_OID, REGISTER("E-1", "false"), &x), rsp_status_name(RSP_IO));
	b->memory.calls = 0;
	assert_string_equal(ask(b, ES12_DELETE_EVENT, SERVER_OID, DELETE(EID, "E-1"), &x), rsp_status_name(RSP_IO));
}

/* ---- ES15 ---- */

static void
the_root_is_told_of_events_that_ask_for_it(void **state)
{
	struct bench *b = bench_fresh(state, "root.example.com");
	struct rsp_ctx *c = &b->c;
	struct smds_changes first, second, gone;
	struct es12_request q;
	enum es12_function f;

	assert_string_equal(ask(b, ES12_REGISTER_EVENT, SERVER_OID, REGISTER("E-0", "false"), &first), "ok");
	assert_false(first.has_message);
	assert_string_equal(ask(b, ES12_REGISTER_EVENT, SERVER_OID, REGISTER("E-1", "true"), &first), "ok");
	assert_true(first.has_message && first.event.forwarding);
	assert_true(es12_function_of(first.outbox.path, &f) && f == ES12_REGISTER_EVENT);
	assert_status(es12_read_request(c, f, first.outbox.body, &q), RSP_OK);
	assert_true(q.has_forwarding && !q.forwarding);
	assert_true(bytes_equal_str(q.eid, EID) && bytes_equal_str(q.rsp_server_address, DS_HOST));
	assert_true(bytes_equal_str(q.event_id, first.event.root_event_id) && matching_id_valid(q.event_id) && q.event_id.n == 32);
	assert_true(bytes_equal_str(q.requester, oid_text(c, b->pki->branch[EC_P256].dsauth.cert->oid)) && q.call_id.n);
	assert_string_equal(ask(b, ES12_REGISTER_EVENT, SERVER_OID, REGISTER("E-2", "true"), &second), "ok");
	assert_string_not_equal(first.event.root_event_id, second.event.root_event_id);

	assert_string_equal(ask(b, ES12_DELETE_EVENT, SERVER_OID, DELETE(EID, "E-0"), &gone), "ok");
	assert_false(gone.has_message);
	assert_string_equal(ask(b, ES12_DELETE_EVENT, SERVER_OID, DELETE(EID, "E-1"), &gone), "ok");
	assert_true(gone.has_message && es12_function_of(gone.outbox.path, &f) && f == ES12_DELETE_EVENT);
	assert_status(es12_read_request(c, f, gone.outbox.body, &q), RSP_OK);
	assert_true(bytes_equal_str(q.eid, EID) && bytes_equal_str(q.event_id, first.event.root_event_id) && q.requester.n && q.call_id.n);
}

/* One message of an alternative SM-DS, delivered to a root. */
static const char *
deliver(struct bench *b, struct smds *root, const struct smds_changes *from)
{
	struct smds_changes x;
	struct es12_response reply;
	enum es12_function f;
	enum rsp_status st;

	assert_true(from->has_message && es12_function_of(from->outbox.path, &f));
	st = es12_handle(&b->c, root, f, from->outbox.body, "2.999.15", &x, &reply);
	if (st == RSP_OK)
		assert_status(root->store->commit(root->store->self, &b->c, &x), RSP_OK);
	assert_false(x.has_message);
	return verdict(&b->c, st, reply.failed, reply.subject, reply.reason);
}

static void
a_root_follows_its_alternative(void **state)
{
	struct bench *b = bench_fresh(state, "root.example.com");
	struct smds_store root_store;
	struct smds_changes x;
	struct memory kept;
	struct smds root;
	struct smds_event *e;

	memory_open(&kept, &root_store);
	smds_init(&root, "root.example.com", NULL, b->pki, &root_store);
	assert_string_equal(ask(b, ES12_REGISTER_EVENT, SERVER_OID, REGISTER("E-1", "true"), &x), "ok");
	assert_string_equal(deliver(b, &root, &x), "ok");
	e = memory_event_at(&kept, "2.999.15", bytes_of_str(x.event.root_event_id));
	assert_non_null(e);
	assert_string_equal(e->rsp_server_address, DS_HOST);
	assert_false(e->forwarding);
	/* delivered once more, because an answer was lost */
	assert_string_equal(deliver(b, &root, &x), "8.9.5/3.3");
	assert_string_equal(ask(b, ES12_DELETE_EVENT, SERVER_OID, DELETE(EID, "E-1"), &x), "ok");
	assert_string_equal(deliver(b, &root, &x), "ok");
	assert_string_equal(memory_text(&b->c, &kept), "");
	assert_string_equal(memory_text(&b->c, &b->memory), "");
	assert_string_equal(deliver(b, &root, &x), "8.9.5/3.9");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_refuses),
		cmocka_unit_test(every_row_has_its_refusal),
		cmocka_unit_test(an_event_is_kept_as_it_came_until_it_is_deleted),
		cmocka_unit_test(two_servers_may_choose_the_same_event_id),
		cmocka_unit_test(two_at_once_conflict),
		cmocka_unit_test(damaged_requests_do_no_harm),
		cmocka_unit_test(a_failing_store_is_no_refusal),
		cmocka_unit_test(the_root_is_told_of_events_that_ask_for_it),
		cmocka_unit_test(a_root_follows_its_alternative),
	};

	return cmocka_run_group_tests(tests, bench_open, bench_close);
}
