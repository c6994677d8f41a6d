// SPDX-License-Identifier: BSD-2-Clause
/* Every code of ES2+ (SGP.22 5.3) over mutual TLS, on both curves; who may speak for whom; and progress to an operator that knows who calls. */
#include "support/wire.h"

#include <pthread.h>

#include "base/hex.h"
#include "codec/es2p.h"
#include "codec/ids.h"
#include "http/server.h"
#include "service/smdpp_service.h"
#include "support/peer.h"

enum { ORDER = ES2P_DOWNLOAD_ORDER, CONFIRM = ES2P_CONFIRM_ORDER, CANCEL = ES2P_CANCEL_ORDER, RELEASE = ES2P_RELEASE_PROFILE };
enum who { A, B, NOBODY };               /* the operator, another one, no certificate */

#define EID_A "89049032000000000000000000100073"
#define EID_B "89049032000000000000000000100170"
#define OF_STOCK "89001019999999999998"

struct es2p {
	struct probe p;
	struct rsp_ctx *c;
	struct http_client *client[3];
	char key[2][65];
	struct smds_port smds;
	enum rsp_status smds_says; unsigned registered;
	char iccid[24];                      /* of the last DownloadOrder */
	uint8_t packed[10];
	unsigned calls;
};

struct row {
	enum who who;
	int function;
	const char *members, *verdict;       /* members: behind the header; %s is the ICCID */
	void (*arrange)(struct es2p *t);
	const char *requester, *body;        /* other than the one who calls; a whole body in place of all this */
};

/* ---- what is arranged ---- */

static void smds_is_away(struct es2p *t) { t->smds_says = RSP_IO; }
static void smds_says_no(struct es2p *t) { t->smds_says = RSP_REFUSED; }
static void smds_says_yes(struct es2p *t) { t->smds_says = RSP_OK; }
static void to_downloaded(struct smdpp_order *o) { o->state = ORDER_DOWNLOADED; }
static void to_installed(struct smdpp_order *o) { o->state = ORDER_INSTALLED; }
static void downloaded(struct es2p *t) { probe_change_order(&t->p, t->packed, to_downloaded); }
static void installed(struct es2p *t) { probe_change_order(&t->p, t->packed, to_installed); }

static void
stock_up(struct es2p *t)
{
	struct stock_item *i = rsp_alloc(t->c, sizeof(*i));
	struct smdpp_changes *changes = rsp_alloc(t->c, sizeof(*changes));
	struct smdpp_store *s = lab_smdpp(t->p.lab)->store;

	*i = (struct stock_item){.profile = "stocked", .imsi = "001019999999999", .k = {1}, .opc = {2}};
	assert_status(iccid_read(t->c, OF_STOCK, i->iccid), RSP_OK);
	assert_status(stock_put(t->c, lab_smdpp(t->p.lab), i, 1, changes), RSP_OK);
	assert_status(s->commit(s->self, t->c, changes), RSP_OK);
}

static enum rsp_status
register_event(void *self, struct rsp_ctx *c, const char *smds, const char *eid, const char *event_id)
{
	struct es2p *t = self;

	if (t->smds_says != RSP_OK)
		return rsp_fail(c, t->smds_says, "%s does not take %s for %s", smds, event_id, eid);
	t->registered++;
	return RSP_OK;
}

/* ---- the rows, one after the other ---- */

#define FREE "\"profileType\":\"default\""
#define THIS "\"iccid\":\"%s\""
#define NO_SUCH "\"iccid\":\"89001010000000000011\""

static const struct row rows[] = {
	{A, ORDER, .body = "{}", .verdict = "1.1/2.2"},
	{A, ORDER, .body = "{\"header\":{}}", .verdict = "1.1/2.2"},
	{A, ORDER, .body = "{\"header\":{\"functionRequesterIdentifier\":\"2.999.20\"}," FREE "}", .verdict = "1.6/2.2"},
	{A, ORDER, .body = "[]", .verdict = "400"},
	{A, ORDER, .body = "rubbish", .verdict = "400"},
	{NOBODY, ORDER, FREE, .verdict = "403"}, {NOBODY, CONFIRM, NO_SUCH, .verdict = "403"},
	{NOBODY, CANCEL, NO_SUCH, .verdict = "403"}, {NOBODY, RELEASE, NO_SUCH, .verdict = "403"},
	{A, ORDER, FREE, "1.1/1.2", .requester = "2.999.21"}, {B, ORDER, FREE, "1.1/1.2", .requester = "2.999.20"},
	{A, CONFIRM, NO_SUCH, "1.1/1.2", .requester = "2.999.77"}, {A, CANCEL, NO_SUCH, "1.1/1.2", .requester = "2.999.77"},
	{A, RELEASE, NO_SUCH, "1.1/1.2", .requester = "2.999.77"},
	{A, ORDER, "\"unknown\":1", .verdict = "8.2.1/2.2"},
	{A, ORDER, "\"profileType\":\"no such type\"", .verdict = "8.2.5/3.9"},
	{A, ORDER, "\"profileType\":\"stocked\"", .verdict = "8.2.5/3.7"},
	{A, ORDER, "\"profileType\":\"for A\"", .verdict = "ok"}, {B, ORDER, "\"profileType\":\"for A\"", .verdict = "8.2.5/1.2"},
	{A, ORDER, NO_SUCH, .verdict = "8.2.1/3.9"},
	{A, ORDER, FREE ",\"eid\":\"123\"", .verdict = "1.6/2.1"},
	{A, ORDER, "\"iccid\":\"not digits\"", .verdict = "1.6/2.1"},
	{A, ORDER, FREE ",\"iccid\":\"" OF_STOCK "\"", .verdict = "8.2.5/3.8", .arrange = stock_up},
	{A, ORDER, "\"profileType\":\"stocked\"", .verdict = "ok"},
	{A, ORDER, "\"profileType\":\"stocked\"", .verdict = "8.2.5/3.7"},
	{A, ORDER, FREE, .verdict = "ok"},
	{A, ORDER, FREE "," THIS, .verdict = "8.2.1/3.3"}, {A, ORDER, THIS, .verdict = "8.2.1/3.3"}, {B, ORDER, THIS, .verdict = "8.2.1/1.2"},
	{A, RELEASE, THIS, .verdict = "8.2.1/3.5"}, {A, RELEASE, NO_SUCH, .verdict = "8.2.1/3.9"},
	{B, RELEASE, THIS, .verdict = "8.2.1/1.2"}, {A, RELEASE, "\"x\":1", .verdict = "8.2.1/2.2"},
	{A, CONFIRM, NO_SUCH ",\"releaseFlag\":true", .verdict = "8.2.1/3.9"}, {B, CONFIRM, THIS ",\"releaseFlag\":true", .verdict = "8.2.1/1.2"},
	{A, CONFIRM, THIS ",\"matchingId\":\"\",\"releaseFlag\":true", .verdict = "8.1.1/2.2"},
	{A, CONFIRM, THIS ",\"smdsAddress\":\"ds.example.com\",\"releaseFlag\":true", .verdict = "8.1.1/2.2"},
	{A, CONFIRM, THIS ",\"matchingId\":\"a b\",\"releaseFlag\":true", .verdict = "1.6/2.1"},
	{A, CONFIRM, THIS ",\"releaseFlag\":\"yes\"", .verdict = "400"},
	{A, CONFIRM, THIS ",\"matchingId\":\"ONE\",\"releaseFlag\":false", .verdict = "ok"},
	{A, CONFIRM, THIS ",\"matchingId\":\"ONE\",\"releaseFlag\":false", .verdict = "8.2.1/3.3"},
	{A, CANCEL, NO_SUCH ",\"finalProfileStatusIndicator\":\"Available\"", .verdict = "8.2.1/3.9"},
	{B, CANCEL, THIS ",\"finalProfileStatusIndicator\":\"Available\"", .verdict = "8.2.1/1.2"},
	{A, CANCEL, THIS ",\"matchingId\":\"TWO\",\"finalProfileStatusIndicator\":\"Available\"", .verdict = "8.2.6/3.10"},
	{A, CANCEL, THIS ",\"matchingId\":\"ONE\",\"finalProfileStatusIndicator\":\"Gone\"", .verdict = "1.6/2.1"},
	{A, RELEASE, THIS, .verdict = "ok"}, {A, RELEASE, THIS, .verdict = "8.2.1/3.5"},
	{A, ORDER, FREE ",\"eid\":\"" EID_A "\"", .verdict = "ok"},
	{A, CONFIRM, THIS ",\"eid\":\"" EID_B "\",\"releaseFlag\":true", .verdict = "8.1.1/3.10"},
	{A, CONFIRM, THIS ",\"matchingId\":\"ONE\",\"releaseFlag\":true", .verdict = "8.2.6/3.3"},
	{A, CONFIRM, THIS ",\"matchingId\":\"TWO\",\"smdsAddress\":\"ds.example.com\",\"releaseFlag\":true", .verdict = "8.9/5.1", .arrange = smds_is_away},
	{A, CONFIRM, THIS ",\"matchingId\":\"TWO\",\"smdsAddress\":\"ds.example.com\",\"releaseFlag\":true", .verdict = "8.9/4.2", .arrange = smds_says_no},
	{A, CONFIRM, THIS ",\"matchingId\":\"TWO\",\"smdsAddress\":\"ds.example.com\",\"releaseFlag\":false", .verdict = "ok"},
	{A, RELEASE, THIS, .verdict = "8.9/5.1", .arrange = smds_is_away},
	{A, RELEASE, THIS, .verdict = "8.9/4.2", .arrange = smds_says_no}, {A, RELEASE, THIS, .verdict = "ok", .arrange = smds_says_yes},
	{A, CANCEL, THIS ",\"finalProfileStatusIndicator\":\"Available\"", .verdict = "8.1.1/2.2"},
	{A, CANCEL, THIS ",\"eid\":\"" EID_B "\",\"finalProfileStatusIndicator\":\"Available\"", .verdict = "8.1.1/3.10"},
	{A, CANCEL, THIS ",\"eid\":\"" EID_A "\",\"matchingId\":\"TWO\",\"finalProfileStatusIndicator\":\"Available\"", .verdict = "ok"},
	{B, ORDER, THIS, .verdict = "8.2.1/1.2"}, {B, ORDER, FREE "," THIS, .verdict = "8.2.1/1.2"},
	{A, ORDER, "\"profileType\":\"stocked\"," THIS, .verdict = "8.2.5/3.8"},
	{A, ORDER, THIS, .verdict = "ok"},
	{A, CONFIRM, THIS ",\"eid\":\"" EID_A "\",\"matchingId\":\"\",\"releaseFlag\":true,\"later\":[1]", .verdict = "ok"},
	{A, CANCEL, THIS ",\"eid\":\"" EID_A "\",\"finalProfileStatusIndicator\":\"Available\"", .verdict = "8.2.1/3.3", .arrange = downloaded},
	{A, CANCEL, THIS ",\"eid\":\"" EID_A "\",\"finalProfileStatusIndicator\":\"Unavailable\"", .verdict = "8.2.1/3.3", .arrange = installed},
	{A, ORDER, THIS, .verdict = "8.2.1/3.3"},
};

/* ---- one row ---- */

static const char *
post(struct es2p *t, enum who who, int function, const char *body, struct es2p_response *r)
{
	static const char *const headers[] = {"Content-Type: application/json", NULL};
	static const char *const members[] = {[ORDER] = "header iccid", [CONFIRM] = "header ?eid matchingId ?smdpAddress", [CANCEL] = "header", [RELEASE] = "header"};
	const char *url = rsp_sprintf(t->c, "https://%s%s", lab_smdpp(t->p.lab)->host, es2p_path((enum es2p_function)function));
	struct bytes answer;
	unsigned status = 0;

	if (http_client_post(t->client[who], t->c, url, headers, bytes_of_str(body), &status, &answer) != RSP_OK)
		fail_msg("%s", t->c->error.text);
	if (status != 200) {
		assert_int_equal(answer.n, 0);
		return rsp_sprintf(t->c, "%u", status);
	}
	assert_status(es2p_read_response(t->c, (enum es2p_function)function, answer, r), RSP_OK);
	assert_members(answer, r->failed ? "header" : members[function]);
	return r->failed ? rsp_sprintf(t->c, "%s/%s", r->subject, r->reason) : "ok";
}

static const char *
body_of(struct es2p *t, const struct row *row)
{
	const char *members = row->members, *hole;

	if (row->body)
		return row->body;
	if ((hole = strstr(members, "%s")))
		members = rsp_sprintf(t->c, "%.*s%s%s", (int)(hole - members), members, t->iccid, hole + 2);
	return rsp_sprintf(t->c, "{\"header\":{\"functionRequesterIdentifier\":\"%s\",\"functionCallIdentifier\":\"call-%u\"},%s}",
		row->requester ? row->requester : row->who == B ? "2.999.21" : "2.999.20", ++t->calls, members);
}

/* The same call again is the same call; another one under its identifier is none. */
static void
repeat(struct es2p *t, const struct row *row, const char *body)
{
	const char *before = wire_store(&t->p, t->c, BYTES_NONE);
	struct es2p_response r;

	assert_string_equal(post(t, row->who, row->function, body, &r), "ok");
	if (row->function == ORDER)
		assert_true(bytes_equal_str(r.iccid, t->iccid));
	assert_string_equal(post(t, row->who, row->function, rsp_sprintf(t->c, "%s ", body), &r), "1.6/3.3");
	assert_string_equal(wire_store(&t->p, t->c, BYTES_NONE), before);
}

static void
play(struct es2p *t, const struct row *row)
{
	const char *body, *before, *have;
	struct es2p_response r = {0};
	bool ok = strcmp(row->verdict, "ok") == 0;

	if (row->arrange)
		row->arrange(t);
	body = body_of(t, row);
	before = wire_store(&t->p, t->c, BYTES_NONE);
	have = post(t, row->who, row->function, body, &r);
	if (strcmp(have, row->verdict) != 0)
		fail_msg("%s %s: want %s, have %s %s", es2p_path((enum es2p_function)row->function), body, row->verdict, have, r.message);
	assert_int_equal(strcmp(wire_store(&t->p, t->c, BYTES_NONE), before) != 0, ok);
	if (ok && row->function == ORDER) {
		snprintf(t->iccid, sizeof(t->iccid), "%.*s", (int)r.iccid.n, (const char *)r.iccid.p);
		assert_status(iccid_read(t->c, t->iccid, t->packed), RSP_OK);
	}
	if (ok)
		repeat(t, row, body);
}

/* ---- the laboratory ---- */

static bool
may_request(void *self, struct bytes requester, const char *key)
{
	const struct es2p *t = self;

	return (bytes_equal_str(requester, "2.999.20") && strcmp(key, t->key[A]) == 0) || (bytes_equal_str(requester, "2.999.21") && strcmp(key, t->key[B]) == 0);
}

/* "stocked" is "default", to be had from the stock alone; "for A" is for the first operator. */
static struct smdpp_types usual;
static enum rsp_status
load_type(void *self, struct rsp_ctx *c, const char *name, struct profile_type *out)
{
	bool stocked = strcmp(name, "stocked") == 0, for_a = strcmp(name, "for A") == 0;
	enum rsp_status st = usual.load(self, c, stocked || for_a ? "default" : name, out);

	if (for_a)
		out->requesters = "2.999.1 2.999.20";
	out->stock_only = out->stock_only || stocked;
	return st;
}

static void
open_client(struct es2p *t, enum who who, const struct pki_identity *id, const struct pki_cert *ci)
{
	const struct pki_cert *const ca[1] = {ci};
	const char *const rule[1] = {rsp_sprintf(t->c, "%s:127.0.0.1:%u", lab_smdpp(t->p.lab)->host, lab_port(t->p.lab))};
	const struct http_client_options o = {.ca = ca, .n_ca = 1, .fixed_now = TEST_NOW, .connect_to = rule, .n_connect_to = 1, .identity = id};
	struct bytes point;
	uint8_t digest[32];

	assert_status(http_client_new(t->c, &o, &t->client[who]), RSP_OK);
	if (!id)
		return;
	point = ec_key_point(id->key);
	assert_status(sha256(t->c, &point, 1, digest), RSP_OK);
	snprintf(t->key[who], sizeof(t->key[who]), "%s", hex_of(t->c, BYTES_OF(digest)));
}

static void
open_es2p(struct es2p *t, struct rsp_ctx *c, enum ec_curve curve)
{
	const struct lab_options o = {.seed = "es2p", .clock = TEST_NOW, .tls = true, .curve = curve, .only_curve = true};
	const struct pki_branch *b;
	struct smdpp *dp;

	*t = (struct es2p){.c = c};
	probe_open(&t->p, c, &o);
	b = &lab_pki(t->p.lab)->branch[curve];
	open_client(t, A, &b->operator_tls, b->ci.cert);
	open_client(t, B, &b->dptls, b->ci.cert);
	open_client(t, NOBODY, NULL, b->ci.cert);
	dp = lab_smdpp(t->p.lab);
	t->smds = (struct smds_port){t, register_event};
	dp->smds = &t->smds;
	dp->may_request = may_request;
	dp->requesters = t;
	usual = dp->types;
	dp->types.load = load_type;
}

static void
close_es2p(struct es2p *t)
{
	size_t i;

	for (i = 0; i < 3; i++)
		http_client_free(t->client[i]);
	probe_close(&t->p);
}

static void
every_row_of_es2plus_refuses_with_its_code(void **state)
{
	static const struct row impostor[] = {
		{A, ORDER, FREE, .verdict = "ok"}, {B, CONFIRM, THIS ",\"releaseFlag\":true", "8.2.1/1.2", .requester = "2.999.20"},
		{B, CANCEL, THIS ",\"finalProfileStatusIndicator\":\"Available\"", "8.2.1/1.2", .requester = "2.999.20"},
	};
	enum ec_curve curve;
	const struct row *row;

	for (curve = EC_P256; curve <= EC_BP256; curve++) {
		struct es2p t;

		open_es2p(&t, fresh_ctx(state), curve);
		FOR_EACH_ROW(rows, row)
			play(&t, row);
		assert_int_equal(t.registered, 1);
		/* Where any certificate may speak for anybody, an order still knows the one it was made with. */
		lab_smdpp(t.p.lab)->may_request = NULL;
		FOR_EACH_ROW(impostor, row)
			play(&t, row);
		close_es2p(&t);
	}
}

/* ---- progress ---- */

struct operator { pthread_mutex_t lock; struct rsp_ctx kept; char *ids[16]; unsigned n, strangers; char *said; };

static void
take_progress(void *arg, struct rsp_ctx *c, const struct http_request *req, struct http_reply *reply)
{
	struct operator *op = arg;
	struct es2p_request r;
	unsigned i;

	pthread_mutex_lock(&op->lock);
	*reply = (struct http_reply){.status = 204};
	if (!req->client_cert.p || es2p_read_request(c, ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO, req->body, &r) != RSP_OK ||
		!bytes_equal_str(r.requester, "smdpp.example.com") || !r.call_id.n || !r.iccid.n || !r.profile_type.n || !r.timestamp.n)
		op->strangers++;
	for (i = 0; i < op->n && op->strangers == 0; i++)
		if (bytes_equal_str(r.call_id, op->ids[i]))
			op->strangers++;
	if (op->strangers == 0 && op->n < 16)
		op->ids[op->n++] = rsp_sprintf(&op->kept, "%.*s", (int)r.call_id.n, (const char *)r.call_id.p);
	pthread_mutex_unlock(&op->lock);
}

static unsigned
heard(struct operator *op)
{
	unsigned n;

	pthread_mutex_lock(&op->lock);
	n = op->n + op->strangers;
	pthread_mutex_unlock(&op->lock);
	return n;
}

static enum rsp_status
codes(void *self, struct rsp_ctx *c, unsigned attempt, struct bytes *code)
{
	(void)self;
	(void)c;
	*code = bytes_of_str(attempt < 3 ? "0000" : "4711");
	return RSP_OK;
}

/* Over mutual TLS, each message under an identifier of its own: two wrong codes, a package, a result. */
static void
progress_is_told_over_mutual_tls(void **state)
{
	enum ec_curve curve;

	for (curve = EC_P256; curve <= EC_BP256; curve++) {
		const struct lab_options o = {.seed = "progress", .clock = TEST_NOW, .curve = curve, .only_curve = true};
		const struct order_request order = {.release = true, .confirmation_code = bytes_of_str("4711")};
		struct smdpp_service_options service = {.listen = "127.0.0.1:0", .curve = curve, .fixed_now = TEST_NOW,
			.callback = "https://smdpp.example.com/gsma/rsp2/es2plus/handleDownloadProgressInfo"};
		struct operator op = {.lock = PTHREAD_MUTEX_INITIALIZER};
		struct http_server_options listen = {.listen = "127.0.0.1:0", .handler = take_progress, .arg = &op, .client_auth = HTTP_CLIENT_REQUIRED,
			.fixed_now = TEST_NOW};
		struct rsp_ctx *c = fresh_ctx(state);
		const struct pki_cert *ca[1];
		const char *rule[1];
		struct http_server *server = NULL;
		struct smdpp_service *s = NULL;
		struct probe p;

		probe_open(&p, c, &o);
		assert_status(rsp_ctx_init(&op.kept, c->crypto, TEST_NOW), RSP_OK);
		ca[0] = lab_pki(p.lab)->branch[curve].ci.cert;
		listen.identity = &lab_pki(p.lab)->branch[curve].dptls;
		listen.client_ca = ca;
		listen.n_client_ca = 1;
		listen.crypto = c->crypto;
		assert_status(http_server_start(c, &listen, &server), RSP_OK);
		rule[0] = rsp_sprintf(c, "smdpp.example.com:127.0.0.1:%u", http_server_port(server));
		service.connect_to = rule;
		service.n_connect_to = 1;
		service.store = lab_store(p.lab);
		p.card->lpa.user.confirmation_code = codes;
		assert_status(probe_download(&p, probe_order(&p, c, &order, NULL), NULL), RSP_OK);
		assert_status(smdpp_service_start(c, lab_smdpp(p.lab), &service, &s), RSP_OK);
		AWAIT(heard(&op) >= 4);
		assert_int_equal(op.strangers, 0);
		assert_int_equal(op.n, 4);
		smdpp_service_stop(s, 1000);
		http_server_stop(server, 1000);
		rsp_ctx_free(&op.kept);
		probe_close(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_of_es2plus_refuses_with_its_code),
		cmocka_unit_test(progress_is_told_over_mutual_tls),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
