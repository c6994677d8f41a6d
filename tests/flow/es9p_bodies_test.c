// SPDX-License-Identifier: BSD-2-Clause
/* ES9+ bodies that are no requests: HTTP 400 and nothing changed; and what must be taken although it looks odd. */
#include "support/probe.h"

#include <ctype.h>

#include "service/smdpp_service.h"

static const char *
ask(struct probe *p, const char *path, struct bytes body)
{
	const struct service_request req = {.path = path, .content_type = bytes_of_str("application/json"), .body = body};
	struct service_answer a;

	p->sent++;
	smdpp_service_call(&p->scratch, lab_smdpp(p->lab), &req, &a);
	return rsp_sprintf(&p->scratch, "%u", a.status);
}

static void
cut_and_spoil(struct probe *p, enum es9p_function f, struct bytes *body)
{
	const char *bad = f == ES9P_HANDLE_NOTIFICATION ? "204" : "400", *before = probe_store(p, &p->card->c, BYTES_NONE);
	size_t i;

	for (i = 0; i < body->n; i++) {
		assert_string_equal(ask(p, es9p_path(f), bytes_slice(*body, 0, i)), bad);
		rsp_ctx_reset(&p->scratch);
	}
	for (i = 0; i + 1 < body->n; i += 7) {               /* octets that JSON does not know */
		uint8_t *copy = rsp_alloc(&p->scratch, body->n);

		assert_non_null(copy);
		memcpy(copy, body->p, body->n);
		copy[i] = 0x01;
		assert_string_equal(ask(p, es9p_path(f), bytes_of(copy, body->n)), bad);
		copy[i] = 0xFF;
		assert_string_equal(ask(p, es9p_path(f), bytes_of(copy, body->n)), bad);
		rsp_ctx_reset(&p->scratch);
	}
	assert_string_equal(probe_store(p, &p->scratch, BYTES_NONE), before);
}

static void
a_body_cut_short_or_spoilt_is_no_request(void **state)
{
	const struct lab_options o = {.seed = "bodies", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct probe p;

	probe_open(&p, c, &o);
	p.on_request = cut_and_spoil;
	assert_status(probe_download(&p, probe_order(&p, c, &(struct order_request){.release = true}, NULL), NULL), RSP_OK);
	assert_true(p.sent > 3000);
	probe_close(&p);
}

static void
what_is_not_json_of_the_function_is_400(void **state)
{
	static const char *const bodies[] = {
		"", " ", "null", "[]", "1", "\"x\"", "{}", "{\"transactionId\":1}", "{\"transactionId\":\"XY\"}", "{\"transactionId\":\"0\"}",
		"{\"euiccChallenge\":\"AA==\",\"euiccInfo1\":\"vyAA\",\"smdpAddress\":\"a\"}", "{\"euiccChallenge\":\"!\"}",
		"{\"transactionId\":\"00\",\"transactionId\":\"00\"}", "{\"a\":\"\\u0000\"}", "{\"a\":1}{\"a\":1}", "<xml/>",
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
	}, *const *row;
	const struct lab_options o = {.seed = "no json", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct probe p;
	int f;

	probe_open(&p, c, &o);
	for (f = 0; f < ES9P_FUNCTIONS; f++)
		FOR_EACH_ROW(bodies, row) {
			const char *have = ask(&p, es9p_path((enum es9p_function)f), bytes_of_str(*row));

			if (strcmp(have, f == ES9P_HANDLE_NOTIFICATION ? "204" : "400") != 0)
				fail_msg("%s with '%s': have %s", es9p_path((enum es9p_function)f), *row, have);
			rsp_ctx_reset(&p.scratch);
		}
	assert_string_equal(ask(&p, "/gsma/rsp2/es9plus/unknown", bytes_of_str("{}")), "404");
	assert_string_equal(ask(&p, "/gsma/rsp2/es2plus/downloadOrder", bytes_of_str("{}")), "403");
	probe_close(&p);
}

/* Hex in lower case, a member nobody knows, blanks, a name in other case: the download goes on with these. */
static void
make_odd(struct probe *p, enum es9p_function f, struct bytes *body)
{
	static const char marker[] = "\"transactionId\":\"";
	char *text = rsp_sprintf(&p->card->c, " {\"x-unknown\":{\"deep\":[1,2,{\"z\":null}]} , %.*s\n", (int)body->n - 1, (const char *)body->p + 1), *id;

	(void)f;
	for (id = strstr(text, marker); id && id[sizeof(marker) - 1] != '"'; id++)
		id[sizeof(marker) - 1] = (char)tolower((unsigned char)id[sizeof(marker) - 1]);
	if ((id = strstr(text, "smdpp.example.com")))
		memcpy(id, "SMDPP.Example.Com", 17);
	*body = bytes_of_str(text);
	p->sent++;
}

static void
odd_but_right_requests_are_taken(void **state)
{
	const struct lab_options o = {.seed = "odd", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct probe p;

	probe_open(&p, c, &o);
	p.on_request = make_odd;
	if (probe_download(&p, probe_order(&p, c, &(struct order_request){.release = true}, NULL), NULL) != RSP_OK)
		fail_msg("%s", p.card->c.error.text);
	assert_int_equal(p.sent, 4);
	probe_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_cut_short_or_spoilt_is_no_request),
		cmocka_unit_test(what_is_not_json_of_the_function_is_400),
		cmocka_unit_test(odd_but_right_requests_are_taken),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
