// SPDX-License-Identifier: BSD-2-Clause
/*
 * How sessions and orders end over HTTPS (SGP.22 5.6.4, 5.6.5), in both bindings, on both curves: functions out of turn, cancelled sessions, notifications,
 * counters that outlive a restart, and what HTTP itself says.
 */
#include "support/flow.h"

#include <sys/stat.h>

#include "codec/es9p_der.h"
#include "codec/ids.h"
#include "service/smdpp_service.h"
#include "tlv/tlv.h"

/* ---- out of turn ---- */

static void
a_function_out_of_turn_is_an_unknown_transaction(void **state)
{
	const struct world *w;

	FOR_EACH_ROW(worlds, w) {
		struct flow f;
		struct es9p_request client;

		flow_open(&f, fresh_ctx(state), w);
		flow_order(&f, &(struct order_request){0});
		flow_up_to(&f, ES9P_AUTHENTICATE_CLIENT);
		f.e.client.smdp_signature2 = unhex(f.c, "5F370100");
		flow_expect(&f, flow_ask(&f, ES9P_GET_BOUND_PROFILE_PACKAGE, paper_prepare(&f.e, NULL)), "8.10.1/3.9", 95);
		client = paper_authenticate(&f.e, f.order.matching_id);
		flow_expect(&f, flow_ask(&f, ES9P_AUTHENTICATE_CLIENT, client), "ok", 0);
		flow_expect(&f, flow_ask(&f, ES9P_AUTHENTICATE_CLIENT, client), "8.10.1/3.9", 10);
		flow_expect(&f, flow_ask(&f, ES9P_GET_BOUND_PROFILE_PACKAGE, paper_prepare(&f.e, NULL)), "ok", 0);
		flow_expect(&f, flow_ask(&f, ES9P_AUTHENTICATE_CLIENT, client), "8.10.1/3.9", 10);
		flow_expect(&f, flow_ask(&f, ES9P_CANCEL_SESSION, paper_cancel(&f.e, CANCEL_TIMEOUT)), "ok", 0);
		flow_expect(&f, flow_ask(&f, ES9P_GET_BOUND_PROFILE_PACKAGE, paper_prepare(&f.e, NULL)), "8.10.1/3.9", 95);
		flow_expect(&f, flow_ask(&f, ES9P_CANCEL_SESSION, paper_cancel(&f.e, CANCEL_TIMEOUT)), "8.10.1/3.9", 1);
		/* Nobody has shown a certificate yet: the session ends all the same. */
		flow_up_to(&f, ES9P_AUTHENTICATE_CLIENT);
		flow_expect(&f, flow_ask(&f, ES9P_CANCEL_SESSION, paper_cancel(&f.e, CANCEL_TIMEOUT)), "8.1/6.1", 2);
		flow_expect(&f, flow_ask(&f, ES9P_AUTHENTICATE_CLIENT, paper_authenticate(&f.e, f.order.matching_id)), "8.10.1/3.9", 10);
		assert_int_equal(flow_stored(&f).state, ORDER_RELEASED);
		flow_close(&f);
	}
}

/* The same SM-DP+ an hour later: by its clock the session is over. */
static void
an_old_session_is_an_unknown_transaction(void **state)
{
	static const struct { enum es9p_function function; int number; } rows[] = {
		{ES9P_AUTHENTICATE_CLIENT, 10}, {ES9P_GET_BOUND_PROFILE_PACKAGE, 95}, {ES9P_CANCEL_SESSION, 1},
	}, *row;
	const struct world *w;

	FOR_EACH_ROW(worlds, w) {
		const struct smdpp_service_options o = {.listen = "127.0.0.1:0", .curve = w->curve, .fixed_now = TEST_NOW + 3601};
		struct flow f;

		flow_open(&f, fresh_ctx(state), w);
		flow_order(&f, &(struct order_request){0});
		FOR_EACH_ROW(rows, row) {
			struct smdpp_service_options later = o;
			struct smdpp_service *s;
			struct es9p_request r;
			struct wire wire;

			flow_up_to(&f, row->function);
			r = row->function == ES9P_AUTHENTICATE_CLIENT ? paper_authenticate(&f.e, f.order.matching_id) :
				row->function == ES9P_CANCEL_SESSION ? paper_cancel(&f.e, CANCEL_USER_REJECTION) : paper_prepare(&f.e, NULL);
			later.store = lab_store(f.p.lab);
			assert_status(smdpp_service_start(f.c, lab_smdpp(f.p.lab), &later, &s), RSP_OK);
			wire_open(&wire, &f.p, smdpp_service_port(s), w->der);
			flow_expect(&f, paper_ask(&f.e, &wire, row->function, &r), "8.10.1/3.9", row->number);
			assert_int_equal(flow_stored(&f).state, ORDER_RELEASED);
			wire_close(&wire);
			smdpp_service_stop(s, 1000);
		}
		flow_close(&f);
	}
}

/* ---- CancelSession ---- */

static const struct { int reason; enum order_state after; const char *told; } endings[] = {
	{CANCEL_USER_REJECTION, ORDER_ERROR, "3:8.8.5/3.8"}, {CANCEL_POSTPONED, ORDER_RELEASED, ""}, {CANCEL_TIMEOUT, ORDER_RELEASED, ""},
	{CANCEL_PPR_NOT_ALLOWED, ORDER_ERROR, "3:8.2.8/1.2"}, {CANCEL_METADATA_MISMATCH, ORDER_ERROR, "3:8.2.9/3.11"},
	{CANCEL_LOAD_BPP_ERROR, ORDER_ERROR, "3:8.2.10/4.2"}, {CANCEL_UNDEFINED, ORDER_ERROR, "3:8/4.2"}, {16, ORDER_ERROR, "3:8/4.2"},
};

static void
a_cancelled_session_does_to_the_order_what_its_reason_says(void **state)
{
	const struct world *w;
	size_t i;
	int bound;

	FOR_EACH_ROW(worlds, w) {
		struct flow f;

		flow_open(&f, fresh_ctx(state), w);
		for (i = 0; i < 2 * sizeof(endings) / sizeof(endings[0]); i++) {
			bound = i % 2;
			flow_order(&f, &(struct order_request){0});
			flow_up_to(&f, bound ? ES9P_HANDLE_NOTIFICATION : ES9P_CANCEL_SESSION);
			wire_messages(&f.p, f.c);
			flow_expect(&f, flow_ask(&f, ES9P_CANCEL_SESSION, paper_cancel(&f.e, endings[i / 2].reason)), "ok", 0);
			assert_int_equal(flow_stored(&f).state, endings[i / 2].after);
			assert_string_equal(wire_messages(&f.p, f.c), endings[i / 2].told);
			if (endings[i / 2].after == ORDER_RELEASED)
				flow_up_to(&f, ES9P_HANDLE_NOTIFICATION);
		}
		flow_close(&f);
	}
}

static void with_event(struct smdpp_order *o) { snprintf(o->smds, sizeof(o->smds), "127.0.0.1:9"); o->has_eid = true; }

static void
an_order_that_ends_takes_its_event_away(void **state)
{
	struct flow f;

	flow_open(&f, fresh_ctx(state), &worlds[0]);
	flow_order(&f, &(struct order_request){.eid = f.e.eid});
	flow_up_to(&f, ES9P_CANCEL_SESSION);
	probe_change_order(&f.p, f.order.iccid, with_event);
	flow_expect(&f, flow_ask(&f, ES9P_CANCEL_SESSION, paper_cancel(&f.e, CANCEL_POSTPONED)), "ok", 0);
	assert_string_equal(wire_messages(&f.p, f.c), "");
	flow_up_to(&f, ES9P_CANCEL_SESSION);
	flow_expect(&f, flow_ask(&f, ES9P_CANCEL_SESSION, paper_cancel(&f.e, CANCEL_USER_REJECTION)), "ok", 0);
	assert_non_null(strstr(wire_messages(&f.p, f.c), "deleteEvent"));
	assert_string_equal(flow_stored(&f).smds, "");
	flow_close(&f);
}

/* A session that lies about has no say about what another one has bound since. */
static void
only_the_session_that_has_the_package_can_end_the_order(void **state)
{
	const struct world *w;

	FOR_EACH_ROW(worlds, w) {
		struct flow f;
		struct paper other;
		struct es9p_request r;

		flow_open(&f, fresh_ctx(state), w);
		flow_order(&f, &(struct order_request){0});
		paper_open(&other, &f.p, f.c, w->curve, 2);
		paper_up_to(&other, &f.w, ES9P_CANCEL_SESSION, f.order.matching_id, NULL);
		flow_up_to(&f, ES9P_HANDLE_NOTIFICATION);
		r = paper_cancel(&other, CANCEL_USER_REJECTION);
		wire_messages(&f.p, f.c);
		flow_expect(&f, paper_ask(&other, &f.w, ES9P_CANCEL_SESSION, &r), "ok", 0);
		assert_int_equal(flow_stored(&f).state, ORDER_DOWNLOADED);
		assert_string_equal(wire_messages(&f.p, f.c), "");
		flow_expect(&f, flow_ask(&f, ES9P_HANDLE_NOTIFICATION, paper_result(&f.e, f.order.iccid, 0)), "204", 0);
		assert_int_equal(flow_stored(&f).state, ORDER_INSTALLED);
		paper_close(&other);
		flow_close(&f);
	}
}

/* ---- HandleNotification: 204 and nothing else, whatever comes ---- */

static void
unchanged(struct flow *f, struct es9p_request r)
{
	const char *before = wire_store(&f->p, f->c, BYTES_NONE);

	flow_expect(f, flow_ask(f, ES9P_HANDLE_NOTIFICATION, r), "204", 0);
	assert_string_equal(wire_store(&f->p, f->c, BYTES_NONE), before);
	assert_string_equal(wire_messages(&f->p, f->c), "");
}

static struct es9p_request
lying(struct flow *f, const char *path, const char *value, bool event)
{
	f->e.lie = (struct change){path, value, NULL};
	return event ? paper_event(&f->e, f->order.iccid, EVENT_ENABLE, 9) : paper_result(&f->e, f->order.iccid, 0);
}

static struct es9p_request
spoilt(struct flow *f, const char *path, bool event)
{
	const struct change x = {path, "00", NULL};
	struct es9p_request r = lying(f, NULL, NULL, event);

	r.payload = change_made(f->c, r.payload, &x);
	return r;
}

static void
what_is_wrong_changes_nothing(struct flow *f)
{
	static const uint8_t unknown[10] = {0x98, 0x10, 1, 2, 3, 4, 5, 6, 7, 0xF8};
	struct paper own = f->e;

	unchanged(f, lying(f, "BF27/80", "00112233445566778899AABBCCDDEEFF", false));
	unchanged(f, spoilt(f, "BF37/5F37", false));
	unchanged(f, spoilt(f, "BF37/BF27/A2", false));
	unchanged(f, spoilt(f, "30/5F37", true));
	unchanged(f, spoilt(f, "30/30", true));
	unchanged(f, paper_result(&f->e, unknown, 0));
	unchanged(f, paper_event(&f->e, unknown, EVENT_ENABLE, 9));
	unchanged(f, (struct es9p_request){.payload = unhex(f->c, "BF3700")});
	unchanged(f, (struct es9p_request){.payload = unhex(f->c, "BF37820100")});
	unchanged(f, (struct es9p_request){.payload = unhex(f->c, "00")});
	unchanged(f, (struct es9p_request){.payload = unhex(f->c, "")});
	paper_open(&f->e, &f->p, f->c, f->world->curve, 2);             /* another eUICC speaks of this profile */
	f->e.initiated = own.initiated;
	unchanged(f, paper_result(&f->e, f->order.iccid, 0));
	unchanged(f, paper_event(&f->e, f->order.iccid, EVENT_ENABLE, 9));
	paper_close(&f->e);
	f->e = own;
}

/* The same ICCID once more: only when its profile is known to be gone. */
static enum rsp_status
order_again(struct flow *f)
{
	char text[ICCID_TEXT];
	struct smdpp_order made;

	iccid_text(f->order.iccid, text);
	return lab_order(f->p.lab, f->c, &(struct order_request){.profile = "default", .iccid = text, .release = true}, &made);
}

static void
what_is_true_is_taken_once(struct flow *f)
{
	struct es9p_request installed = paper_result(&f->e, f->order.iccid, 0), enabled = paper_event(&f->e, f->order.iccid, EVENT_ENABLE, 5);

	flow_expect(f, flow_ask(f, ES9P_HANDLE_NOTIFICATION, installed), "204", 0);
	assert_int_equal(flow_stored(f).state, ORDER_INSTALLED);
	assert_string_equal(wire_messages(&f->p, f->c), "4");
	unchanged(f, installed);
	flow_expect(f, flow_ask(f, ES9P_HANDLE_NOTIFICATION, enabled), "204", 0);
	assert_int_equal(flow_stored(f).card, CARD_ENABLED);
	wire_messages(&f->p, f->c);
	unchanged(f, enabled);
	unchanged(f, paper_event(&f->e, f->order.iccid, EVENT_DISABLE, 4));
	assert_int_equal(order_again(f), RSP_REFUSED);
	flow_expect(f, flow_ask(f, ES9P_HANDLE_NOTIFICATION, paper_event(&f->e, f->order.iccid, EVENT_DELETE, 6)), "204", 0);
	assert_int_equal(flow_stored(f).card, CARD_DELETED);
	assert_int_equal(order_again(f), RSP_OK);
}

static void
failures_that_pass_and_those_that_do_not(struct flow *f)
{
	static const struct { int reason; enum order_state after; } rows[] = {
		{10, ORDER_RELEASED}, {11, ORDER_RELEASED}, {12, ORDER_ERROR}, {9, ORDER_ERROR}, {127, ORDER_ERROR},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		flow_order(f, &(struct order_request){0});
		flow_up_to(f, ES9P_HANDLE_NOTIFICATION);
		wire_messages(&f->p, f->c);
		flow_expect(f, flow_ask(f, ES9P_HANDLE_NOTIFICATION, paper_result(&f->e, f->order.iccid, row->reason)), "204", 0);
		assert_int_equal(flow_stored(f).state, row->after);
		assert_string_equal(wire_messages(&f->p, f->c), "4:8.2.10/4.2");
	}
}

/* One in another, deeper than any reader goes. */
static struct bytes
deep(struct flow *f, uint32_t tag, unsigned levels)
{
	struct bytes inner = unhex(f->c, "0500");

	while (levels--) {
		struct buf b = BUF_INIT;

		tlv_add(&b, tag, inner);
		assert_status(buf_finish(&b, f->c, &inner), RSP_OK);
	}
	return inner;
}

/* Bodies that no writer makes. */
static void
even_rubbish_is_taken(struct flow *f)
{
	struct bytes answer;
	const struct { const char *path, *type; struct bytes body; } rows[] = {
		{es9p_path(ES9P_HANDLE_NOTIFICATION), "application/json", bytes_of_str("rubbish")},
		{es9p_path(ES9P_HANDLE_NOTIFICATION), "application/json", bytes_of_str("")},
		{es9p_path(ES9P_HANDLE_NOTIFICATION), "application/json", bytes_of_str("{\"pendingNotification\":5}")},
		{ES9P_DER_PATH, ES9P_DER_TYPE, unhex(f->c, "A203BF3D00")},
		{ES9P_DER_PATH, ES9P_DER_TYPE, unhex(f->c, "A205BF3D02A000")},
		{ES9P_DER_PATH, ES9P_DER_TYPE, unhex(f->c, "A207BF3D04A0020500")},
		{ES9P_DER_PATH, ES9P_DER_TYPE, unhex(f->c, "A205BF3D820100")},
	}, *row;

	FOR_EACH_ROW(rows, row) {
		assert_int_equal(wire_raw(&f->w, f->c, row->path, row->type, row->body, &answer), 204);
		assert_int_equal(answer.n, 0);
	}
	if (f->world->der)
		return;                          /* there the whole body is too deep */
	unchanged(f, (struct es9p_request){.payload = deep(f, 0x30, 100)});
	unchanged(f, (struct es9p_request){.payload = deep(f, 0xBF37, 100)});
}

static void
a_notification_is_never_refused(void **state)
{
	const struct world *w;

	FOR_EACH_ROW(worlds, w) {
		struct flow f;

		flow_open(&f, fresh_ctx(state), w);
		flow_order(&f, &(struct order_request){0});
		flow_up_to(&f, ES9P_HANDLE_NOTIFICATION);
		wire_messages(&f.p, f.c);
		what_is_wrong_changes_nothing(&f);
		what_is_true_is_taken_once(&f);
		failures_that_pass_and_those_that_do_not(&f);
		even_rubbish_is_taken(&f);
		flow_order(&f, &(struct order_request){0});
		flow_up_to(&f, ES9P_HANDLE_NOTIFICATION);
		flow_expect(&f, flow_ask(&f, ES9P_HANDLE_NOTIFICATION, paper_event(&f.e, f.order.iccid, EVENT_ENABLE, 5)), "204", 0);
		assert_int_equal(flow_stored(&f).state, ORDER_INSTALLED);    /* the word of the enabling came before the result */
		flow_close(&f);
	}
}

/* ---- counters outlive sessions and the server ---- */

static void
open_again(struct flow *f, struct rsp_ctx *c, const struct world *w, const char *dir)
{
	const struct lab_options o = {.clock = TEST_NOW, .tls = true, .curve = w->curve, .pki = rsp_sprintf(c, "%s/pki", dir),
		.store = rsp_sprintf(c, "sqlite:%s/store.db", dir)};

	flow_open_lab(f, c, w, &o);
}

/* One session with a wrong code; what it is answered. */
static const char *
wrong_code(struct flow *f)
{
	flow_up_to(f, ES9P_GET_BOUND_PROFILE_PACKAGE);
	return flow_ask(f, ES9P_GET_BOUND_PROFILE_PACKAGE, paper_prepare(&f->e, "4712"));
}

static void
count_on(struct flow *f, struct rsp_ctx *c, const struct world *w, const char *dir)
{
	const struct pki_make_options pki = {.host = "smdpp.example.com", .nist = w->curve == EC_P256, .brainpool = w->curve == EC_BP256};
	struct smdpp_order o;

	assert_int_equal(mkdir(dir, 0700), 0);
	assert_status(crypto_new(&c->crypto, BYTES_NONE, "counters"), RSP_OK);
	assert_status(pki_make(c, rsp_sprintf(c, "%s/pki", dir), &pki), RSP_OK);
	crypto_free(c->crypto);
	open_again(f, c, w, dir);
	lab_smdpp(f->p.lab)->limits.downloads = 4;
	flow_order(f, &(struct order_request){.confirmation_code = bytes_of_str("4711")});
	o = f->order;
	flow_expect(f, wrong_code(f), "8.2.7/3.8", 3);
	assert_int_equal(flow_stored(f).cc_tries, 1);
	flow_close(f);

	open_again(f, c, w, dir);
	f->order = o;
	flow_expect(f, wrong_code(f), "8.2.7/3.8", 3);
	assert_int_equal(flow_stored(f).cc_tries, 2);
	assert_int_equal(flow_stored(f).download_tries, 2);
	flow_close(f);
	open_again(f, c, w, dir);
	f->order = o;
}

static void
counters_outlive_a_restart(void **state)
{
	const struct world *w;
	int codes;

	FOR_EACH_ROW(worlds, w)
		for (codes = 0; codes < 2; codes++) {
			struct rsp_ctx *c = fresh_ctx(state);
			struct flow f;

			count_on(&f, c, w, rsp_sprintf(c, "%s/%zu-%d", scratch_dir(), w_i, codes));
			if (codes) {
				flow_expect(&f, wrong_code(&f), "8.2.7/6.4", 4);
			} else {
				flow_up_to(&f, ES9P_GET_BOUND_PROFILE_PACKAGE);
				flow_up_to(&f, ES9P_AUTHENTICATE_CLIENT);
				flow_expect(&f, flow_ask(&f, ES9P_AUTHENTICATE_CLIENT, paper_authenticate(&f.e, f.order.matching_id)), "ok", 0);
				flow_up_to(&f, ES9P_AUTHENTICATE_CLIENT);
				flow_expect(&f, flow_ask(&f, ES9P_AUTHENTICATE_CLIENT, paper_authenticate(&f.e, f.order.matching_id)), "8.8.5/6.4", 127);
			}
			assert_int_equal(flow_stored(&f).state, ORDER_ERROR);
			flow_close(&f);
		}
}

/* ---- HTTP ---- */

#define JSON_TYPE "Content-Type: application/json\r\n"
#define DER_TYPE "Content-Type: " ES9P_DER_TYPE "\r\n"

static void
http_says_what_is_no_function(void **state)
{
	static const struct { const char *line, *type, *body, *status; bool protocol; } rows[] = {
		{"POST /gsma/rsp2/es9plus/nothing", JSON_TYPE, "{}", "404", true},
		{"POST /gsma/rsp2/es9plus/initiateAuthentication/", JSON_TYPE, "{}", "404", true},
		{"POST /gsma/rsp2/asn1", JSON_TYPE, "{}", "404", true},
		{"POST /gsma/rsp2/es9plus/initiateAuthentication", DER_TYPE, "{}", "404", true},
		{"POST /gsma/rsp2/es2plus/handleDownloadProgressInfo", JSON_TYPE, "{}", "404", true},
		{"GET /gsma/rsp2/es9plus/initiateAuthentication", "", "", "405", true},
		{"GET /gsma/rsp2/asn1", "", "", "405", true},
		{"PUT /gsma/rsp2/asn1", DER_TYPE, "", "405", true},
		{"POST /gsma/rsp2/es9plus/initiateAuthentication", "Content-Type: text/xml\r\n", "<a/>", "415", true},
		{"POST /gsma/rsp2/es9plus/initiateAuthentication", "", "{}", "415", true},
		{"POST /gsma/rsp2/es9plus/initiateAuthentication", "Content-Type: application/jsonx\r\n", "{}", "415", true},
		{"POST /gsma/rsp2/es9plus/initiateAuthentication", JSON_TYPE, "not JSON", "400", true},
		{"POST /gsma/rsp2/es9plus/authenticateClient", "Content-Type: application/json; charset=utf-8\r\n", "{}", "400", true},
		{"POST /gsma/rsp2/asn1", DER_TYPE, "not DER", "400", true},
		{"POST /gsma/rsp2/es9plus/cancelSession", JSON_TYPE, "{\"transactionId\":\"00112233\",\"cancelSessionResponse\":\"v0EDgQEF\"}", "200", true},
		{"POST /gsma/rsp2/es9plus/cancelSession", JSON_TYPE, "{\"header\":{\"functionRequesterIdentifier\":\"1\"},\"transactionId\":\"00\","
			"\"cancelSessionResponse\":\"v0EDgQEF\"}", "200", true},
		{"POST /gsma/rsp2/es9plus/handleNotification", JSON_TYPE, "{}", "204", true},
	}, *row;
	const struct world *w;

	FOR_EACH_ROW(worlds, w) {
		struct flow f;

		if (w->der)
			continue;
		flow_open(&f, fresh_ctx(state), w);
		FOR_EACH_ROW(rows, row) {
			char *text = wire_talk(&f.w, f.c, rsp_sprintf(f.c, "%s HTTP/1.1\r\nHost: smdpp.example.com\r\nConnection: close\r\n%sContent-Length: %zu\r\n\r\n%s",
				row->line, row->type, strlen(row->body), row->body));

			if (strncmp(text, "HTTP/1.1 ", 9) != 0 || strncmp(text + 9, row->status, 3) != 0)
				fail_msg("%s %s: want %s, have %.60s", row->line, row->type, row->status, text);
			assert_int_equal(strstr(text, "X-Admin-Protocol: gsma/rsp/v2.") != NULL, row->protocol);
			if (row->status[0] != '2')
				assert_null(strstr(text, "functionExecutionStatus"));
			if (strcmp(row->status, "204") == 0)
				assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
		}
		flow_close(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_function_out_of_turn_is_an_unknown_transaction),
		cmocka_unit_test(an_old_session_is_an_unknown_transaction),
		cmocka_unit_test(a_cancelled_session_does_to_the_order_what_its_reason_says),
		cmocka_unit_test(an_order_that_ends_takes_its_event_away),
		cmocka_unit_test(only_the_session_that_has_the_package_can_end_the_order),
		cmocka_unit_test(a_notification_is_never_refused),
		cmocka_unit_test(counters_outlive_a_restart),
		cmocka_unit_test(http_says_what_is_no_function),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
