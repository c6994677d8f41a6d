// SPDX-License-Identifier: BSD-2-Clause
/* ES2+ (SGP.22 5.3): the life of an order and every refusal on the way, the same over mutual TLS, and progress told back to the operator. */
#include "support/probe.h"

#include <pthread.h>
#include <time.h>

#include "base/hex.h"
#include "codec/es2p.h"
#include "codec/ids.h"
#include "http/client.h"
#include "http/server.h"
#include "service/smdpp_service.h"

#define OPERATOR "\"header\":{\"functionRequesterIdentifier\":\"2.999.20\",\"functionCallIdentifier\":\"T-1\"}"
#define STRANGER "\"header\":{\"functionRequesterIdentifier\":\"2.999.21\",\"functionCallIdentifier\":\"T-1\"}"
#define EID_A "89049032000000000000000000100073"
#define EID_B "89049032000000000000000000100170"

enum { ORDER = ES2P_DOWNLOAD_ORDER, CONFIRM = ES2P_CONFIRM_ORDER, CANCEL = ES2P_CANCEL_ORDER, RELEASE = ES2P_RELEASE_PROFILE };

/* %s is the ICCID that the last successful DownloadOrder gave; T-1 becomes an identifier of the line's own. */
static const struct { int function; const char *body, *verdict; } life[] = {
	{ORDER, "{}", "1.1/2.2"}, {ORDER, "[]", "400"}, {ORDER, "not JSON", "400"}, {ORDER, "{\"header\":{}}", "1.1/2.2"},
	{ORDER, "{\"header\":{\"functionRequesterIdentifier\":\"2.999.20\"},\"profileType\":\"default\"}", "1.6/2.2"},
	{ORDER, "{" OPERATOR "}", "8.2.1/2.2"},
	{ORDER, "{" OPERATOR ",\"profileType\":\"no such type\"}", "8.2.5/3.9"},
	{ORDER, "{" OPERATOR ",\"profileType\":\"default\",\"eid\":\"123\"}", "1.6/2.1"},
	{CONFIRM, "{" OPERATOR ",\"iccid\":\"89001010000000000011\",\"releaseFlag\":true}", "8.2.1/3.9"},
	{ORDER, "{" OPERATOR ",\"profileType\":\"default\"}", "ok"},
	{RELEASE, "{" OPERATOR ",\"iccid\":\"%s\"}", "8.2.1/3.5"},
	{CONFIRM, "{" OPERATOR ",\"releaseFlag\":true}", "8.2.1/2.2"},
	{CONFIRM, "{" STRANGER ",\"iccid\":\"%s\",\"releaseFlag\":true}", "8.2.1/1.2"},
	{CONFIRM, "{" OPERATOR ",\"iccid\":\"%s\",\"releaseFlag\":\"yes\"}", "400"},
	{CONFIRM, "{" OPERATOR ",\"iccid\":\"%s\",\"matchingId\":\"a b\",\"releaseFlag\":false}", "1.6/2.1"},
	{CONFIRM, "{" OPERATOR ",\"iccid\":\"%s\",\"matchingId\":\"\",\"releaseFlag\":false}", "8.1.1/2.2"},
	{CONFIRM, "{" OPERATOR ",\"iccid\":\"%s\",\"matchingId\":\"ONE\",\"releaseFlag\":false}", "ok"},
	{CONFIRM, "{" OPERATOR ",\"iccid\":\"%s\",\"matchingId\":\"ONE\",\"releaseFlag\":true}", "8.2.1/3.3"},
	{RELEASE, "{" STRANGER ",\"iccid\":\"%s\"}", "8.2.1/1.2"},
	{RELEASE, "{" OPERATOR ",\"iccid\":\"%s\"}", "ok"},
	{CANCEL, "{" OPERATOR ",\"iccid\":\"%s\",\"matchingId\":\"TWO\",\"finalProfileStatusIndicator\":\"Available\"}", "8.2.6/3.10"},
	{CANCEL, "{" OPERATOR ",\"iccid\":\"%s\",\"matchingId\":\"ONE\",\"finalProfileStatusIndicator\":\"Gone\"}", "1.6/2.1"},
	{CANCEL, "{" OPERATOR ",\"iccid\":\"%s\",\"matchingId\":\"ONE\",\"finalProfileStatusIndicator\":\"Unavailable\"}", "ok"},
	{RELEASE, "{" OPERATOR ",\"iccid\":\"%s\"}", "8.2.1/3.5"},
	{ORDER, "{" OPERATOR ",\"profileType\":\"default\",\"eid\":\"" EID_A "\"}", "ok"},
	{CONFIRM, "{" OPERATOR ",\"iccid\":\"%s\",\"eid\":\"" EID_B "\",\"releaseFlag\":true}", "8.1.1/3.10"},
	{CONFIRM, "{" OPERATOR ",\"iccid\":\"%s\",\"eid\":\"" EID_A "\",\"matchingId\":\"TWO\",\"releaseFlag\":true,\"unknownMember\":[1]}", "ok"},
	{CANCEL, "{" OPERATOR ",\"iccid\":\"%s\",\"finalProfileStatusIndicator\":\"Available\"}", "8.1.1/2.2"},
	{CANCEL, "{" OPERATOR ",\"iccid\":\"%s\",\"eid\":\"" EID_A "\",\"matchingId\":\"TWO\",\"finalProfileStatusIndicator\":\"Available\"}", "ok"},
	{ORDER, "{" OPERATOR ",\"profileType\":\"default\"}", "ok"},
	{CONFIRM, "{" OPERATOR ",\"iccid\":\"%s\",\"matchingId\":\"THREE\",\"releaseFlag\":true}", "ok"},
	{ORDER, "{" OPERATOR ",\"profileType\":\"default\"}", "ok"},
	{CONFIRM, "{" OPERATOR ",\"iccid\":\"%s\",\"matchingId\":\"THREE\",\"releaseFlag\":true}", "8.2.6/3.3"},
};

static const char *
verdict(struct probe *p, int function, const char *body, struct es2p_response *r)
{
	const struct service_request req = {.path = es2p_path((enum es2p_function)function), .content_type = bytes_of_str("application/json"),
		.body = bytes_of_str(body), .in_process = true};
	struct service_answer a;

	smdpp_service_call(&p->scratch, lab_smdpp(p->lab), &req, &a);
	if (a.status != 200)
		return rsp_sprintf(&p->scratch, "%u", a.status);
	assert_status(es2p_read_response(&p->scratch, (enum es2p_function)function, a.body, r), RSP_OK);
	return r->failed ? rsp_sprintf(&p->scratch, "%s/%s", r->subject, r->reason) : "ok";
}

static void
number_call(char *body, size_t i, const char **out)
{
	char *at = strstr(body, "T-1");

	*out = body;
	if (at)
		at[2] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh"[i];
}

/* The same call again: the same answer, and nothing has changed; another call under its identifier: refused. */
static void
repeat(struct probe *p, struct rsp_ctx *c, int function, const char *body, const char *iccid)
{
	char *before = probe_store(p, c, BYTES_NONE), *other = rsp_sprintf(c, "%.*s ", (int)strlen(body), body);
	struct es2p_response r;

	assert_string_equal(verdict(p, function, body, &r), "ok");
	if (function == ORDER)
		assert_false(bytes_equal_str(r.iccid, iccid));
	assert_string_equal(verdict(p, function, other, &r), "1.6/3.3");
	assert_string_equal(probe_store(p, c, BYTES_NONE), before);
}

static void
an_order_lives_by_the_rules(void **state)
{
	const struct lab_options o = {.seed = "es2", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	char iccid[24] = "";
	struct probe p;
	size_t i;

	probe_open(&p, c, &o);
	for (i = 0; i < sizeof(life) / sizeof(life[0]); i++) {
		struct es2p_response r;
		const char *hole = strstr(life[i].body, "%s"), *body = life[i].body, *have, *before = probe_store(&p, c, BYTES_NONE);

		if (hole)
			body = rsp_sprintf(&p.scratch, "%.*s%s%s", (int)(hole - life[i].body), life[i].body, iccid, hole + 2);
		number_call(rsp_strdup(c, body), i, &body);
		have = verdict(&p, life[i].function, body, &r);
		if (strcmp(have, "ok") == 0)
			repeat(&p, c, life[i].function, body, iccid);
		if (strcmp(have, life[i].verdict) != 0)
			fail_msg("line %zu, %s: want %s, have %s", i, body, life[i].verdict, have);
		if (strcmp(have, "ok") == 0 && life[i].function == ORDER)
			snprintf(iccid, sizeof(iccid), "%.*s", (int)r.iccid.n, (const char *)r.iccid.p);
		if (strcmp(have, "ok") != 0)
			assert_string_equal(probe_store(&p, c, BYTES_NONE), before);
		else
			assert_string_not_equal(probe_store(&p, c, BYTES_NONE), before);
		rsp_ctx_reset(&p.scratch);
	}
	probe_close(&p);
}

/* ---- over TLS, and back to the operator ---- */

struct operator { pthread_mutex_t lock; unsigned points[8], refusals; bool bad; };

static void
take_progress(void *arg, struct rsp_ctx *c, const struct http_request *req, struct http_reply *reply)
{
	struct operator *op = arg;
	struct es2p_request r;

	pthread_mutex_lock(&op->lock);
	if (op->refusals) {
		op->refusals--;
		*reply = (struct http_reply){.status = 503};
	} else if (es2p_read_request(c, ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO, req->body, &r) == RSP_OK && r.point > 0 && r.point < 8) {
		op->points[r.point]++;
		*reply = (struct http_reply){.status = 204};
	} else {
		op->bad = true;
		*reply = (struct http_reply){.status = 400};
	}
	pthread_mutex_unlock(&op->lock);
}

static unsigned
wait_for(struct operator *op, int point)
{
	const struct timespec nap = {0, 50 * 1000000L};
	unsigned i, n = 0;

	for (i = 0; i < 100 && !n; i++) {
		nanosleep(&nap, NULL);
		pthread_mutex_lock(&op->lock);
		n = op->points[point];
		pthread_mutex_unlock(&op->lock);
	}
	return n;
}

static void
progress_reaches_the_operator(void **state)
{
	const struct lab_options o = {.seed = "progress", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct operator op = {.lock = PTHREAD_MUTEX_INITIALIZER};
	struct http_server_options listen = {.listen = "127.0.0.1:0", .handler = take_progress, .arg = &op};
	struct smdpp_service_options service = {.listen = "127.0.0.1:0", .fixed_now = TEST_NOW};
	struct http_server *server = NULL;
	struct smdpp_service *s = NULL;
	struct probe p;

	probe_open(&p, c, &o);
	listen.crypto = p.card->c.crypto;
	assert_status(http_server_start(c, &listen, &server), RSP_OK);
	service.callback = rsp_sprintf(c, "http://127.0.0.1:%u/gsma/rsp2/es2plus/handleDownloadProgressInfo", http_server_port(server));
	assert_status(probe_download(&p, probe_order(&p, c, &(struct order_request){.release = true}, NULL), NULL), RSP_OK);
	service.store = lab_store(p.lab);
	if (smdpp_service_start(c, lab_smdpp(p.lab), &service, &s) != RSP_OK)
		fail_msg("%s", c->error.text);
	assert_int_equal(wait_for(&op, 4), 1);       /* installed; and what came before it */
	assert_int_equal(wait_for(&op, 3), 1);
	assert_false(op.bad);
	smdpp_service_stop(s, 1000);
	http_server_stop(server, 1000);
	probe_close(&p);
}

static void
es2plus_demands_a_client_certificate(void **state)
{
	static const char *const headers[] = {"Content-Type: application/json", NULL};
	const struct lab_options o = {.seed = "mutual", .clock = TEST_NOW, .only_curve = true};
	struct rsp_ctx *c = fresh_ctx(state);
	struct smdpp_service_options service = {.listen = "127.0.0.1:0", .es2plus_listen = "127.0.0.1:0", .fixed_now = TEST_NOW};
	struct smdpp_service *s = NULL;
	struct probe p;
	unsigned with, own, status;

	probe_open(&p, c, &o);
	service.store = lab_store(p.lab);
	if (smdpp_service_start(c, lab_smdpp(p.lab), &service, &s) != RSP_OK)
		fail_msg("%s", c->error.text);
	for (own = 0; own < 2; own++)
		for (with = 0; with < 2; with++) {
			const struct pki_branch *b = &lab_pki(p.lab)->branch[EC_P256];
			const struct pki_cert *ca[1] = {b->ci.cert};
			const char *rules[1] = {rsp_sprintf(c, "%s:127.0.0.1:%u", lab_smdpp(p.lab)->host, own ? smdpp_service_es2plus_port(s) : smdpp_service_port(s))};
			struct http_client_options k = {.ca = ca, .n_ca = 1, .fixed_now = TEST_NOW, .connect_to = rules, .n_connect_to = 1,
				.identity = with ? &b->operator_tls : NULL};
			struct http_client *client = NULL;
			struct bytes answer;
			enum rsp_status st;

			assert_status(http_client_new(c, &k, &client), RSP_OK);
			st = http_client_post(client, c, rsp_sprintf(c, "https://%s%s", lab_smdpp(p.lab)->host, es2p_path(ES2P_DOWNLOAD_ORDER)), headers,
				bytes_of_str("{" OPERATOR ",\"profileType\":\"default\"}"), &status, &answer);
			if (own && !with) {
				assert_status(st, RSP_IO);           /* the handshake fails */
			} else {
				assert_status(st, RSP_OK);
				assert_int_equal(status, with ? 200 : 403);
			}
			http_client_free(client);
		}
	smdpp_service_stop(s, 1000);
	probe_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_lives_by_the_rules),
		cmocka_unit_test(progress_reaches_the_operator),
		cmocka_unit_test(es2plus_demands_a_client_certificate),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
