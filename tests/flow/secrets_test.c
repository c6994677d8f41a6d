// SPDX-License-Identifier: BSD-2-Clause
/*
 * What goes wrong is told aloud; what is secret is not: no key and no confirmation code, as text, in hex or in base64, in a line of the log, an error sentence or
 * a page of the administrator's, whatever goes well or wrong in a download.
 */
#include "support/wire.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/log.h"
#include "bsp/bsp.h"
#include "codec/es2p.h"
#include "codec/ids.h"
#include "service/smdpp_service.h"
#include "tlv/tlv.h"

#define CODE "7351920468"
#define WRONG "8642097531"
#define ICCID "89001019999999999998"

static const uint8_t k[16] = {0x9A, 0x31, 0x7C, 0xE4, 0x05, 0xB8, 0x6D, 0xF2, 0x13, 0x8E, 0x57, 0xA9, 0x40, 0xCB, 0x26, 0xD1};
static const uint8_t opc[16] = {0xE7, 0x02, 0x5D, 0x98, 0xB3, 0x6F, 0x14, 0xCA, 0x81, 0x3B, 0xF6, 0x29, 0xD5, 0x7E, 0x40, 0x9C};

struct spoken {
	struct probe p;
	struct rsp_ctx *c;
	struct wire w;
	struct smdpp_service *s;
	struct buf said;                 /* everything that anybody could read */
	struct smdpp_order bound;        /* as it was while it had its one-time key */
	struct bytes hash_cc[4]; size_t n_hash_cc;
	int stderr_was;
	const char *log;
};

/* ---- listening ---- */

static void
listen_to(struct spoken *t)
{
	int fd;

	t->log = rsp_sprintf(t->c, "%s/log", scratch_dir());
	fd = open(t->log, O_CREAT | O_TRUNC | O_RDWR, 0600);
	fflush(stderr);
	t->stderr_was = dup(2);
	assert_true(fd >= 0 && t->stderr_was >= 0 && dup2(fd, 2) == 2);
	close(fd);
	log_set_level(LOG_DEBUG);
}

static void
listen_no_more(struct spoken *t)
{
	fflush(stderr);
	log_set_level(LOG_WARN);
	assert_int_equal(dup2(t->stderr_was, 2), 2);
	close(t->stderr_was);
	buf_add(&t->said, read_whole(t->c, t->log));
}

static void
hear_error(struct spoken *t, const struct rsp_ctx *c)
{
	buf_printf(&t->said, "%s\n", c->error.text);
}

/* Sentences of the server that came with a refusal. */
static void
hear_answer(struct probe *p, enum es9p_function f, unsigned *http, struct bytes *answer)
{
	struct spoken *t = p->arg;
	struct smdpp_store *s = lab_smdpp(p->lab)->store;
	struct smdpp_order o;
	bool found = false;

	(void)http;
	if (memmem(answer->p, answer->n, "Failed", 6))
		buf_add(&t->said, *answer);
	if (f != ES9P_GET_BOUND_PROFILE_PACKAGE)
		return;
	assert_status(s->order_by_iccid(s->self, t->c, t->bound.iccid, &o, &found), RSP_OK);
	if (found && o.has_otsk)
		t->bound = o;
}

static void
note_request(struct probe *p, enum es9p_function f, struct bytes *body)
{
	struct spoken *t = p->arg;
	struct prepare_download_rsp r;

	if (f != ES9P_GET_BOUND_PROFILE_PACKAGE)
		return;
	assert_status(es10_read_prepare_download_rsp(t->c, probe_payload(p, f, *body), &r), RSP_OK);
	assert_true(t->n_hash_cc < 4 && r.signed2.hash_cc.p);
	t->hash_cc[t->n_hash_cc++] = rsp_copy(t->c, r.signed2.hash_cc);
}

static void
hear_administrator(struct spoken *t)
{
	static const char *const pages[] = {"/calls", "/sessions", "/settings", "/metrics", "/healthz"}, *const *page;
	const struct http_client_options o = {.plain = true};
	struct http_client *client;
	struct bytes answer;
	unsigned status;

	assert_status(http_client_new(t->c, &o, &client), RSP_OK);
	FOR_EACH_ROW(pages, page) {
		assert_status(http_client_get(client, t->c, rsp_sprintf(t->c, "http://127.0.0.1:%u%s", smdpp_service_admin_port(t->s), *page), &status, &answer), RSP_OK);
		assert_int_equal(status, 200);
		buf_add(&t->said, answer);
	}
	http_client_free(client);
}

/* ---- what happens ---- */

static void
stock_up(struct spoken *t)
{
	struct stock_item *i = rsp_alloc(t->c, sizeof(*i));
	struct smdpp_changes *changes = rsp_alloc(t->c, sizeof(*changes));
	struct smdpp_store *s = lab_smdpp(t->p.lab)->store;

	*i = (struct stock_item){.profile = "default", .imsi = "001019999999999"};
	memcpy(i->k, k, sizeof(k));
	memcpy(i->opc, opc, sizeof(opc));
	assert_status(iccid_read(t->c, ICCID, i->iccid), RSP_OK);
	assert_status(stock_put(t->c, lab_smdpp(t->p.lab), i, 1, changes), RSP_OK);
	assert_status(s->commit(s->self, t->c, changes), RSP_OK);
}

#define OPERATOR "\"header\":{\"functionRequesterIdentifier\":\"2.999.20\",\"functionCallIdentifier\":\"%s\"}"
#define CONFIRM "{" OPERATOR ",\"iccid\":\"" ICCID "\",\"confirmationCode\":\"" CODE "\",\"matchingId\":"

/* The operator's half, wrong in several ways before it is right: the confirmation code is in each. */
static void
order(struct spoken *t)
{
	static const struct { enum es2p_function f; const char *body; unsigned status; const char *verdict; } rows[] = {
		{ES2P_DOWNLOAD_ORDER, "{" OPERATOR ",\"profileType\":\"default\",\"iccid\":\"" ICCID "\"}", 200, "ok"},
		{ES2P_CONFIRM_ORDER, CONFIRM "\"a b\",\"releaseFlag\":true}", 200, "Failed"},
		{ES2P_CONFIRM_ORDER, CONFIRM "\"\",\"releaseFlag\":true}", 200, "Failed"},
		{ES2P_CONFIRM_ORDER, CONFIRM "\"ONE\",\"releaseFlag\":\"" CODE "\"}", 400, ""},
		{ES2P_CONFIRM_ORDER, CONFIRM "\"ONE\" \"releaseFlag\":true}", 400, ""},
		{ES2P_CONFIRM_ORDER, CONFIRM "\"ONE\",\"confirmationCode\":\"" CODE "\"}", 400, ""},
		{ES2P_CONFIRM_ORDER, CONFIRM "\"ONE\",\"releaseFlag\":true}", 200, "ok"},
		{ES2P_CONFIRM_ORDER, CONFIRM "\"ONE\",\"releaseFlag\":true}", 200, "Failed"},
	}, *row;
	const struct pki_branch *b = &lab_pki(t->p.lab)->branch[EC_P256];
	const struct pki_cert *const ca[1] = {b->ci.cert};
	const char *const rule[1] = {rsp_sprintf(t->c, "smdpp.example.com:127.0.0.1:%u", smdpp_service_port(t->s))};
	const struct http_client_options o = {.ca = ca, .n_ca = 1, .fixed_now = TEST_NOW, .connect_to = rule, .n_connect_to = 1, .identity = &b->operator_tls};
	static const char *const headers[] = {"Content-Type: application/json", NULL};
	struct http_client *client;
	struct bytes answer;
	unsigned status;

	assert_status(http_client_new(t->c, &o, &client), RSP_OK);
	FOR_EACH_ROW(rows, row) {
		const char *hole = strstr(row->body, "%s");
		char *body = rsp_sprintf(t->c, "%.*s%zu%s", (int)(hole - row->body), row->body, row_i, hole + 2);

		assert_status(http_client_post(client, t->c, rsp_sprintf(t->c, "https://smdpp.example.com%s", es2p_path(row->f)), headers, bytes_of_str(body),
			&status, &answer), RSP_OK);
		assert_int_equal(status, row->status);
		if (strcmp(row->verdict, "Failed") == 0)
			assert_non_null(memmem(answer.p, answer.n, "Failed", 6));
		buf_add(&t->said, answer);
	}
	http_client_free(client);
}

static enum rsp_status
codes(void *self, struct rsp_ctx *c, unsigned attempt, struct bytes *code)
{
	(void)self;
	(void)c;
	*code = bytes_of_str(attempt % 2 ? WRONG : CODE);
	return RSP_OK;
}

static void
spoil(struct probe *p, struct bytes *command)
{
	struct spoken *t = p->arg;
	uint8_t *copy;

	if (!t->bound.has_otsk || command->n < 200 || command->p[1] != 0xE2)
		return;
	copy = (uint8_t *)(uintptr_t)rsp_copy(&p->card->c, *command).p;
	copy[command->n - 1] ^= 1;
	*command = bytes_of(copy, command->n);
}

/* A download whose package is spoilt on its way into the card, then one that goes well; each begins with a wrong code. */
static void
download(struct spoken *t)
{
	int i;

	t->p.arg = t;
	t->p.on_request = note_request;
	t->p.on_answer = hear_answer;
	t->p.card->lpa.user.confirmation_code = codes;
	for (i = 0; i < 2; i++) {
		struct smdpp_changes *changes = rsp_alloc(t->c, sizeof(*changes));

		t->p.on_apdu = i ? NULL : spoil;
		assert_int_equal(probe_download(&t->p, "LPA:1$smdpp.example.com$ONE$$1", NULL) == RSP_OK, i);
		hear_error(t, &t->p.card->c);
		assert_status(order_reset(t->c, lab_smdpp(t->p.lab), t->bound.iccid, changes), RSP_OK);
		assert_status(lab_smdpp(t->p.lab)->store->commit(lab_smdpp(t->p.lab)->store->self, t->c, changes), RSP_OK);
		rsp_ctx_reset(&t->p.card->c);
	}
	assert_int_equal(t->n_hash_cc, 4);
}

/* ---- looking ---- */

static void
absent_text(const struct spoken *t, const char *what, const char *text)
{
	if (memmem(t->said.p, t->said.n, text, strlen(text)))
		fail_msg("%s has been told: %s", what, text);
}

/* Hex in either case; base64 at whichever of its three places in a longer value. */
static void
absent(const struct spoken *t, const char *what, struct bytes secret)
{
	char *hex = hex_of(t->c, secret), *at;
	size_t skip;

	absent_text(t, what, hex);
	for (at = hex; *at; at++)
		*at = (char)(*at >= 'A' && *at <= 'F' ? *at + 32 : *at);
	absent_text(t, what, hex);
	for (skip = 0; skip < 3; skip++) {
		struct bytes part = bytes_slice(secret, skip, (secret.n - skip) / 3 * 3);
		struct buf b = BUF_INIT;

		base64_append(&b, part);
		buf_u8(&b, 0);
		assert_false(b.bad);
		absent_text(t, what, (const char *)b.p);
		buf_free(&b);
	}
	if (memmem(t->said.p, t->said.n, secret.p, secret.n))
		fail_msg("%s has been told as it is", what);
}

static void
absent_scalar(const struct spoken *t, const char *what, const struct ec_key *key)
{
	uint8_t scalar[32];

	assert_status(ec_key_scalar(t->c, key, scalar), RSP_OK);
	absent(t, what, BYTES_OF(scalar));
}

static void
absent_session_keys(const struct spoken *t)
{
	const struct smdpp_order *o = &t->bound;
	struct ec_key *otsk;
	struct bsp_keys keys;
	uint8_t shared[32];

	assert_status(ec_key_from_scalar(t->c, EC_P256, BYTES_OF(o->otsk), &otsk), RSP_OK);
	assert_status(ec_agree(t->c, otsk, BYTES_OF(o->bound_otpk), shared), RSP_OK);
	assert_status(bsp_derive(t->c, shared, bytes_of_str("esimlab"), BYTES_OF(o->bound_eid), &keys), RSP_OK);
	absent(t, "ShS", BYTES_OF(shared));
	absent(t, "S-ENC", BYTES_OF(keys.s_enc));
	absent(t, "S-MAC", BYTES_OF(keys.s_mac));
	ec_key_free(otsk);
}

static void
nothing_secret_was_said(struct spoken *t)
{
	const struct pki_branch *b = &lab_pki(t->p.lab)->branch[EC_P256];
	const struct smdpp_order *o = &t->bound;
	size_t i;

	assert_true(o->has_otsk && o->has_ppk && o->cc_required);
	absent_text(t, "the confirmation code", CODE);
	absent_text(t, "a wrong confirmation code", WRONG);
	absent(t, "the confirmation code", bytes_of_str(CODE));
	absent(t, "SHA-256 of the code", BYTES_OF(o->cc_hash));
	for (i = 0; i < t->n_hash_cc; i++)
		absent(t, "hashCc", t->hash_cc[i]);
	absent(t, "K", BYTES_OF(k));
	absent(t, "OPc", BYTES_OF(opc));
	absent(t, "PPK-ENC", BYTES_OF(o->ppk_enc));
	absent(t, "PPK-MAC", BYTES_OF(o->ppk_mac));
	absent(t, "otSK.DP", BYTES_OF(o->otsk));
	absent_session_keys(t);
	absent_scalar(t, "SK.DPauth", b->dpauth.key);
	absent_scalar(t, "SK.DPpb", b->dppb.key);
	absent_scalar(t, "SK.DPtls", b->dptls.key);
}

static void
no_secret_is_ever_told(void **state)
{
	const struct lab_options o = {.seed = "secrets", .clock = TEST_NOW, .only_curve = true};
	struct smdpp_service_options service = {.listen = "127.0.0.1:0", .admin_listen = "127.0.0.1:0", .fixed_now = TEST_NOW};
	struct spoken t = {.c = fresh_ctx(state), .said = BUF_INIT};

	probe_open(&t.p, t.c, &o);
	service.store = lab_store(t.p.lab);
	assert_status(iccid_read(t.c, ICCID, t.bound.iccid), RSP_OK);
	listen_to(&t);
	stock_up(&t);
	assert_status(smdpp_service_start(t.c, lab_smdpp(t.p.lab), &service, &t.s), RSP_OK);
	wire_open(&t.w, &t.p, smdpp_service_port(t.s), false);
	t.p.real_http = &t.w.port;
	order(&t);
	download(&t);
	hear_administrator(&t);
	wire_close(&t.w);
	smdpp_service_stop(t.s, 1000);
	listen_no_more(&t);
	/* The log was there, and spoke of what went wrong. */
	assert_non_null(memmem(t.said.p, t.said.n, "esimlab: info: ", 15));
	assert_non_null(memmem(t.said.p, t.said.n, "the confirmation code is wrong", 30));
	nothing_secret_was_said(&t);
	buf_free(&t.said);
	probe_close(&t.p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_secret_is_ever_told),
	};

	return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
