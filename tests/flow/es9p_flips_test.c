// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every octet of every signed ES9+ message changed, and every cut of it, in the middle of a real download. The table of paths says what the first
 * check is that such a change can fail; nothing may change in the store; and the untouched message must then still be good.
 */
#include "support/probe.h"

#include "base/hex.h"
#include "tlv/mutate.h"

#define ROWS(a) (a), sizeof(a) / sizeof((a)[0])

/* 400: no longer DER of the type. The longest path counts. */
static const struct verdict_row authenticate_client[] = {
	{"BF38", "400"}, {"BF38/A0", "400"},
	{"BF38/A0/30", "400 8.1/6.1"},
	{"BF38/A0/30/80", "400 8.1/6.1"}, {"BF38/A0/30/84", "400 8.1/6.1"},
	{"BF38/A0/5F37", "400 8.1/6.1"},
	{"BF38/A0/30#1", "400 8.1.3/6.1"},
	{"BF38/A0/30#2", "400 8.1.2/6.1 8.11.1/3.9"},
};
static const struct verdict_row get_bpp[] = {
	{"BF21", "400"}, {"BF21/A0", "400"}, {"BF21/A0/30", "400"},
	{"BF21/A0/30/80", "400 8.10.1/3.9"}, {"BF21/A0/30/5F49", "400 8.1/6.1"}, {"BF21/A0/30/04", "400 8.1/6.1"},
	{"BF21/A0/5F37", "400 8.1/6.1"},
};

static const struct verdict_row cancel_session[] = {
	{"BF41", "400"}, {"BF41/A0", "400"}, {"BF41/A0/30", "400"},
	{"BF41/A0/30/80", "400 8.10.1/3.9"}, {"BF41/A0/30/06", "400 8.8/3.10"}, {"BF41/A0/30/81", "400 8.8/3.10"},
	{"BF41/A0/30/82", "400 8.1/6.1"}, {"BF41/A0/5F37", "400 8.1/6.1"},
};
/* HandleNotification never says no; that nothing changes is the refusal. */
static const struct verdict_row notification[] = {{"BF37", "204"}, {"30", "204"}};

struct flips {
	enum es9p_function function;
	const struct verdict_row *rows; size_t n_rows;
	const char *cut;                 /* verdict on a message cut short */
	unsigned flipped;
	size_t next;                     /* cancel_session: one octet a session */
	bool seen;
};

static void
expect(struct probe *p, const struct flips *f, struct bytes body, struct bytes bad, const char *allowed, const char *path)
{
	const char *verdict = probe_ask_payload(p, f->function, body, bad);

	if (!verdict_in(allowed, verdict))
		fail_msg("change at %s: want one of '%s', have %s", path, allowed, verdict);
}

/* The value of these is any octets: the type still holds when one changes, so only a check can refuse it. */
static const char *
without_400(struct bytes good, size_t at, const char *path, const char *allowed)
{
	static const char *const leaves[] = {"BF38/A0/30/80", "BF38/A0/30/84", "BF38/A0/5F37", "BF21/A0/30/80", "BF21/A0/5F37", "BF41/A0/30/80", "BF41/A0/5F37"};
	struct tlv t;
	size_t i;

	for (i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++)
		if (strcmp(path, leaves[i]) == 0 && tlv_at(good, path, &t) == RSP_OK && good.p + at >= t.value.p)
			return allowed + strlen("400 ");
	return allowed;
}

static void
flip_one(struct probe *p, struct flips *f, struct bytes body, struct bytes good, size_t at, uint8_t mask)
{
	uint8_t *bad = rsp_alloc(&p->scratch, good.n);
	char path[128];

	assert_non_null(bad);
	memcpy(bad, good.p, good.n);
	bad[at] ^= mask;
	tlv_path_of(good, at, path, sizeof(path));
	expect(p, f, body, bytes_of(bad, good.n), without_400(good, at, path, verdict_allowed(f->rows, f->n_rows, path)), path);
	f->flipped++;
}

static void
flip_all(struct probe *p, enum es9p_function function, struct bytes *body)
{
	struct flips *f = p->arg;
	struct rsp_ctx *c = &p->card->c;
	struct es9p_request r;
	const char *before;
	size_t i;

	if (function != f->function)
		return;
	f->seen = true;
	assert_status(es9p_read_request(c, function, *body, &r), RSP_OK);
	before = probe_store(p, c, r.transaction_id);
	for (i = 0; i < 3 * r.payload.n; i++) {
		size_t at = i / 3;

		if (i % 3 == 2)
			expect(p, f, *body, bytes_slice(r.payload, 0, at), f->cut, "the end");
		else
			flip_one(p, f, *body, r.payload, at, i % 3 ? 0x80 : 0x01);
		assert_string_equal(probe_store(p, &p->scratch, r.transaction_id), before);
		rsp_ctx_reset(&p->scratch);
	}
}

static void
every_octet_counts(void **state)
{
	static const struct { enum es9p_function function; const struct verdict_row *rows; size_t n; } messages[] = {
		{ES9P_AUTHENTICATE_CLIENT, ROWS(authenticate_client)},
		{ES9P_GET_BOUND_PROFILE_PACKAGE, ROWS(get_bpp)},
	}, *row;
	const struct lab_options o = {.seed = "flips", .clock = TEST_NOW, .only_curve = true};

	FOR_EACH_ROW(messages, row) {
		struct rsp_ctx *c = fresh_ctx(state);
		struct flips f = {.function = row->function, .rows = row->rows, .n_rows = row->n, .cut = "400"};
		struct probe p;

		probe_open(&p, c, &o);
		p.on_request = flip_all;
		p.arg = &f;
		if (probe_download(&p, probe_order(&p, c, &(struct order_request){.release = true}, NULL), NULL) != RSP_OK)
			fail_msg("the good message after all the bad ones: %s", p.card->c.error.text);
		assert_true(f.flipped > 300);
		probe_close(&p);
	}
}

/* A session that is known ends with any CancelSession that parses; so each change needs a session of its own. */
static void
flip_next(struct probe *p, enum es9p_function function, struct bytes *body)
{
	struct flips *f = p->arg;
	struct es9p_request r;
	const char *before;

	if (function != f->function)
		return;
	assert_status(es9p_read_request(&p->card->c, function, *body, &r), RSP_OK);
	before = probe_store(p, &p->card->c, BYTES_NONE);
	expect(p, f, *body, bytes_slice(r.payload, 0, f->next % r.payload.n), "400", "the end");
	if (f->next < r.payload.n)
		flip_one(p, f, *body, r.payload, f->next++, 0x01);
	else
		f->seen = true;
	if (!f->seen)
		assert_string_equal(probe_store(p, &p->scratch, BYTES_NONE), before);
	rsp_ctx_reset(&p->scratch);
}

static bool
reject(void *self, const struct store_metadata *m, bool ppr_consent)
{
	(void)self;
	(void)m;
	(void)ppr_consent;
	return false;
}

static void
a_changed_cancellation_cancels_no_order(void **state)
{
	const struct lab_options o = {.seed = "cancel", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct flips f = {.function = ES9P_CANCEL_SESSION, .rows = cancel_session, .n_rows = sizeof(cancel_session) / sizeof(cancel_session[0])};
	struct probe p;
	struct smdpp_order order;
	bool found;
	char *code;

	probe_open(&p, c, &o);
	lab_smdpp(p.lab)->limits.downloads = 0;
	code = probe_order(&p, c, &(struct order_request){.release = true}, &order);
	p.on_request = flip_next;
	p.arg = &f;
	p.card->lpa.user.confirm_download = reject;
	while (!f.seen) {
		assert_status(probe_download(&p, code, NULL), RSP_REFUSED);
		rsp_ctx_reset(&p.card->c);
	}
	assert_true(f.flipped > 80);
	assert_status(lab_smdpp(p.lab)->store->order_by_iccid(lab_smdpp(p.lab)->store->self, c, order.iccid, &order, &found), RSP_OK);
	assert_int_equal(order.state, ORDER_ERROR);      /* by the last, untouched one */
	probe_close(&p);
}

/* The result of an installation and the word of an enabling: changed ones are taken and believed by nobody, true ones once. */
static void
a_changed_notification_is_not_believed(void **state)
{
	const struct lab_options o = {.seed = "notify", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct flips f = {.function = ES9P_HANDLE_NOTIFICATION, .rows = notification, .n_rows = 2, .cut = "204"};
	struct profile_choice choice;
	struct smdpp_order order;
	struct probe p;
	unsigned delivered, left;
	char *installed, *enabled;

	probe_open(&p, c, &o);
	p.on_request = flip_all;
	p.arg = &f;
	assert_status(probe_download(&p, probe_order(&p, c, &(struct order_request){.release = true}, &order), NULL), RSP_OK);
	assert_true(f.seen);
	f.seen = false;
	installed = probe_store(&p, c, BYTES_NONE);
	choice = (struct profile_choice){.iccid = bytes_of(order.iccid, 10)};
	assert_status(lpa_begin(&p.card->lpa, &p.card->c), RSP_OK);
	assert_status(lpa_enable(&p.card->lpa, &p.card->c, &choice), RSP_OK);
	assert_status(lpa_notify_all(&p.card->lpa, &p.card->c, &delivered, &left), RSP_OK);
	lpa_end(&p.card->lpa, &p.card->c);
	assert_true(f.seen);
	enabled = probe_store(&p, c, BYTES_NONE);
	assert_string_not_equal(installed, enabled);
	probe_close(&p);
}

/* What went well once is refused, or changes nothing, the second time. */
static void
repeat(struct probe *p, enum es9p_function function, struct bytes *body)
{
	static const char *const again[ES9P_FUNCTIONS] = {
		[ES9P_INITIATE_AUTHENTICATION] = "ok", [ES9P_AUTHENTICATE_CLIENT] = "8.10.1/3.9", [ES9P_GET_BOUND_PROFILE_PACKAGE] = "ok",
		[ES9P_HANDLE_NOTIFICATION] = "204", [ES9P_CANCEL_SESSION] = "8.10.1/3.9",
	};
	struct bytes *last = p->arg;
	int f;

	for (f = 0; f < (int)function; f++)
		if (last[f].p) {
			const char *before = probe_store(p, &p->card->c, BYTES_NONE);

			assert_string_equal(probe_ask(p, (enum es9p_function)f, last[f]), again[f]);
			assert_string_equal(probe_store(p, &p->scratch, BYTES_NONE), before);
			rsp_ctx_reset(&p->scratch);
		}
	last[function] = rsp_copy(&p->card->c, *body);
}

static void
a_repeated_message_changes_nothing(void **state)
{
	const struct lab_options o = {.seed = "repeat", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct bytes last[ES9P_FUNCTIONS] = {{0}};
	const char *after;
	struct probe p;
	unsigned i;

	probe_open(&p, c, &o);
	p.on_request = repeat;
	p.arg = last;
	assert_status(probe_download(&p, probe_order(&p, c, &(struct order_request){.release = true}, NULL), NULL), RSP_OK);
	assert_true(p.sent >= 5);
	after = probe_store(&p, c, BYTES_NONE);
	for (i = 0; i < 3; i++)
		assert_string_equal(probe_ask(&p, ES9P_HANDLE_NOTIFICATION, last[ES9P_HANDLE_NOTIFICATION]), "204");
	assert_string_equal(probe_store(&p, c, BYTES_NONE), after);
	probe_close(&p);
}

/* Every function but the next one is out of turn, and the session goes on as if nothing had been asked. */
static void
ask_out_of_turn(struct probe *p, enum es9p_function function, struct bytes *body)
{
	static const uint8_t bf21[] = {0xBF, 0x21, 0x17, 0xA1, 0x15, 0x80, 0x10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 2, 1, 1};
	struct es9p_request r;
	struct buf b = BUF_INIT;
	struct bytes early;
	const char *before;

	if (function != ES9P_AUTHENTICATE_CLIENT)
		return;
	assert_status(es9p_read_request(&p->card->c, function, *body, &r), RSP_OK);
	before = probe_store(p, &p->card->c, r.transaction_id);
	r.payload = BYTES_OF(bf21);
	es9p_write_request(&b, ES9P_GET_BOUND_PROFILE_PACKAGE, &r);
	assert_status(buf_finish(&b, &p->card->c, &early), RSP_OK);
	assert_string_equal(probe_ask(p, ES9P_GET_BOUND_PROFILE_PACKAGE, early), "8.10.1/3.9");
	assert_string_equal(probe_store(p, &p->card->c, r.transaction_id), before);
}

static void
a_message_out_of_turn_changes_nothing(void **state)
{
	const struct lab_options o = {.seed = "turn", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct probe p;

	probe_open(&p, c, &o);
	p.on_request = ask_out_of_turn;
	assert_status(probe_download(&p, probe_order(&p, c, &(struct order_request){.release = true}, NULL), NULL), RSP_OK);
	assert_int_equal(p.sent, 1);
	probe_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_octet_counts),
		cmocka_unit_test(a_changed_cancellation_cancels_no_order),
		cmocka_unit_test(a_changed_notification_is_not_believed),
		cmocka_unit_test(a_repeated_message_changes_nothing),
		cmocka_unit_test(a_message_out_of_turn_changes_nothing),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
