// SPDX-License-Identifier: BSD-2-Clause
#include "support/targets.h"

#include <unistd.h>

#include "codec/es10.h"
#include "codec/es11.h"
#include "codec/es12.h"
#include "codec/es2p.h"
#include "codec/es9p_der.h"
#include "codec/es8p.h"
#include "codec/ids.h"
#include "conformance/script.h"
#include "dump/dump.h"
#include "pki/pki.h"
#include "service/smdpp_service.h"
#include "service/type_ini.h"
#include "stdio/stdio_card.h"
#include "support/steps.h"
#include "uicc/nvm.h"

/* A server's body: every function, answers put into the store as ever. */
static void
run_es9p(struct probe *bench, struct rsp_ctx *c, struct bytes in)
{
	struct service_request req = {.content_type = bytes_of_str("application/json"), .body = in, .in_process = true};
	struct service_answer a;
	int f;

	for (f = 0; f < ES9P_FUNCTIONS + ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO; f++) {
		req.path = f < ES9P_FUNCTIONS ? es9p_path((enum es9p_function)f) : es2p_path((enum es2p_function)(f - ES9P_FUNCTIONS));
		smdpp_service_call(c, lab_smdpp(bench->lab), &req, &a);
		assert_int_not_equal(a.status, 500);
	}
	req.path = ES9P_DER_PATH;
	req.content_type = bytes_of_str(ES9P_DER_TYPE);
	smdpp_service_call(c, lab_smdpp(bench->lab), &req, &a);
	assert_int_not_equal(a.status, 500);
}

/* The SM-DS's messages, and ES9+'s answers in the other binding. */
static void
read_others(struct rsp_ctx *c, struct bytes in)
{
	struct es11_response r11;
	struct es12_request q12;
	struct es12_response r12;
	struct es9p_response r9;
	int f;

	for (f = 0; f < ES9P_FUNCTIONS; f++) {
		(void)!es11_read_response(c, (enum es9p_function)f, in, &r11);
		(void)!es11_der_read_response(c, (enum es9p_function)f, in, &r11);
		(void)!es9p_der_read_response(c, (enum es9p_function)f, in, &r9);
	}
	for (f = 0; f < ES12_FUNCTIONS; f++)
		(void)!es12_read_request(c, (enum es12_function)f, in, &q12);
	(void)!es12_read_response(c, in, &r12);
}

/* A client's view of what a server answers. */
static void
run_es9p_response(struct probe *bench, struct rsp_ctx *c, struct bytes in)
{
	struct es9p_response r;
	struct es2p_response r2;
	int f;

	(void)bench;
	read_others(c, in);
	for (f = 0; f < ES9P_FUNCTIONS; f++)
		if (es9p_read_response(c, (enum es9p_function)f, in, &r) == RSP_OK && r.profile_metadata.n) {
			struct store_metadata m;
			enum rsp_status st = es8p_read_store_metadata(c, r.profile_metadata, &m);

			(void)st;
		}
	if (es2p_read_response(c, ES2P_DOWNLOAD_ORDER, in, &r2) == RSP_OK)
		assert_true(strlen(r2.message) < sizeof(r2.message));
}

/* An ES10 command at a card. */
static void
run_es10(struct probe *bench, struct rsp_ctx *c, struct bytes in)
{
	struct bytes answer;
	unsigned sw;

	(void)c;
	sw = steps_es10(bench, bytes_slice(in, 0, 4000), &answer);
	assert_true(sw >> 12 == 6 || sw >> 12 == 9);
	rsp_ctx_reset(&bench->scratch);
}

/* A command APDU at a card. */
static void
run_apdu(struct probe *bench, struct rsp_ctx *c, struct bytes in)
{
	struct bytes response;

	assert_status(bench->real_apdu->transmit(bench->real_apdu->self, c, in, &response), RSP_OK);
	assert_true(response.n >= 2);
}

static void
run_profile(struct probe *bench, struct rsp_ctx *c, struct bytes in)
{
	struct lint_findings findings;
	const struct profile *p;

	(void)bench;
	if (profile_read(c, in, &p) == RSP_OK && p->n_elements)
		assert_non_null(p->element);
	if (profile_lint(c, in, &findings) == RSP_OK && findings.n)
		assert_non_null(findings.p[0].text);
}

static void
run_certificate(struct probe *bench, struct rsp_ctx *c, struct bytes in)
{
	const struct pki_cert *cert;
	struct pki_crl *crl = NULL;
	enum rsp_status st = pki_cert_read_scoped(c, in, &cert);

	if (st == RSP_OK)
		assert_status(pki_verify(c, cert, PKI_EUM, lab_pki(bench->lab)->branch[EC_P256].ci.cert), RSP_UNTRUSTED);
	if (pki_crl_read(c, in, &crl) == RSP_OK)
		pki_crl_free(crl);
}

static void
run_text(struct probe *bench, struct rsp_ctx *c, struct bytes in)
{
	struct activation_code code;
	char *text = rsp_sprintf(c, "%.*s", (int)(in.n > 2000 ? 2000 : in.n), (const char *)in.p);
	uint8_t octets[16];

	(void)bench;
	if (activation_code_read(c, text, &code) == RSP_OK)
		assert_true(code.host[0]);
	if (eid_read(c, text, octets) == RSP_OK)
		assert_int_equal(strlen(text), 32);
	if (iccid_read(c, text, octets) == RSP_OK)
		assert_true(strlen(text) >= 18);
	assert_non_null(text);
}

static void
run_description(struct probe *bench, struct rsp_ctx *c, struct bytes in)
{
	struct bytes package;
	const struct profile *p;

	(void)bench;
	if (profile_build(c, rsp_sprintf(c, "%.*s", (int)in.n, (const char *)in.p), &package) == RSP_OK)
		assert_status(profile_read(c, package, &p), RSP_OK);
}

static void
run_type_ini(struct probe *bench, struct rsp_ctx *c, struct bytes in)
{
	struct profile_type type = {.icon_type = -1};
	struct type_ini ini = {.type = &type};

	(void)bench;
	if (type_ini_read(c, "fuzz.ini", in, &ini) == RSP_OK)
		assert_true(type.n_notifications <= NOTIFICATION_CONFIG_MAX && (!type.name || strlen(type.name) <= 64));
	else
		assert_true(strncmp(c->error.text, "fuzz.ini, line ", 15) == 0);
}

/* Explained, with keys that fit nothing. */
static void
run_dump(struct probe *bench, struct rsp_ctx *c, struct bytes in)
{
	static const uint8_t key[16] = {1};
	const struct dump_keys keys = {.s_enc = BYTES_OF(key), .s_mac = BYTES_OF(key), .mcv = BYTES_OF(key)};
	const struct dump_options o = {.whole = true, .keys = &keys};
	struct buf b = BUF_INIT;
	struct dump d;

	(void)bench;
	assert_status(dump_any(c, &o, in, &d), RSP_OK);
	dump_text(&d, &b);
	assert_true(b.n > 0);
	buf_free(&b);
}

/* ---- whole scripts of APDUs, at a card with two profiles, one enabled ---- */

struct scripted { struct lab_card *card; struct buf kept; uint64_t digest; };

static bool
mix(void *arg, struct bytes key, struct bytes value)
{
	uint64_t *h = arg;
	size_t i;

	for (i = 0; i < key.n + value.n; i++)
		*h = (*h ^ (i < key.n ? key.p[i] : value.p[i - key.n])) * 0x100000001B3u;
	return true;
}

static uint64_t
digest_of(struct lab_card *card)
{
	struct nvm *nvm = lab_card_nvm(card);
	uint64_t h = 0xCBF29CE484222325u;

	nvm->each(nvm->self, BYTES_NONE, mix, &h);
	return h;
}

static bool
keep(void *arg, struct bytes key, struct bytes value)
{
	struct buf *b = arg;

	buf_u32(b, (uint32_t)key.n);
	buf_add(b, key);
	buf_u32(b, (uint32_t)value.n);
	buf_add(b, value);
	return true;
}

static struct bytes
counted(struct bytes *rest)
{
	size_t n = (size_t)rest->p[0] << 24 | (size_t)rest->p[1] << 16 | (size_t)rest->p[2] << 8 | rest->p[3];
	struct bytes out = bytes_slice(*rest, 4, n);

	*rest = bytes_from(*rest, 4 + n);
	return out;
}

/* The card as it was made. */
static void
restore(struct probe *bench, struct rsp_ctx *c, struct scripted *s)
{
	struct nvm *nvm = lab_card_nvm(s->card);
	struct buf now = BUF_INIT;
	struct bytes rest, key;

	if (digest_of(s->card) == s->digest) {
		euicc_reset(s->card->euicc);
		return;
	}
	nvm->each(nvm->self, BYTES_NONE, keep, &now);
	for (rest = buf_bytes(&now); rest.n; counted(&rest)) {
		key = counted(&rest);
		assert_status(nvm->del(nvm->self, c, key), RSP_OK);
	}
	for (rest = buf_bytes(&s->kept); rest.n;) {
		key = counted(&rest);
		assert_status(nvm->put(nvm->self, c, key, counted(&rest)), RSP_OK);
	}
	buf_free(&now);
	assert_status(nvm->commit(nvm->self, c), RSP_OK);
	assert_status(lab_card_power(bench->lab, s->card), RSP_OK);
}

static struct scripted *
scripted_card(struct probe *bench, struct rsp_ctx *c)
{
	const struct order_request r = {.profile = "default", .release = true};
	struct profile_choice choice;
	struct smdpp_order order;
	struct scripted *s = bench->arg;
	struct nvm *nvm;
	int i;

	if (s)
		return s;
	bench->arg = s = calloc(1, sizeof(*s));
	assert_non_null(s);
	assert_status(lab_card_new(bench->lab, &s->card), RSP_OK);
	for (i = 0; i < 2; i++) {
		struct lpa_download_result result;

		assert_status(lab_order(bench->lab, c, &r, &order), RSP_OK);
		assert_status(lab_download(bench->lab, s->card, order_activation_code(c, lab_smdpp(bench->lab), &order), &result), RSP_OK);
	}
	choice = (struct profile_choice){.iccid = bytes_of(order.iccid, 10)};
	assert_status(lpa_begin(&s->card->lpa, &s->card->c), RSP_OK);
	assert_status(lpa_enable(&s->card->lpa, &s->card->c, &choice), RSP_OK);
	lpa_end(&s->card->lpa, &s->card->c);
	assert_status(lab_card_power(bench->lab, s->card), RSP_OK);
	nvm = lab_card_nvm(s->card);
	nvm->each(nvm->self, BYTES_NONE, keep, &s->kept);
	assert_false(s->kept.bad);
	s->digest = digest_of(s->card);
	return s;
}

/* Length and APDU, again and again; 00: the card is reset. Every command gets a status word, and one that is refused changes nothing. */
static void
run_script(struct probe *bench, struct rsp_ctx *c, struct bytes in)
{
	struct scripted *s = scripted_card(bench, c);
	struct bytes response;

	restore(bench, c, s);
	in = bytes_slice(in, 0, 6000);
	while (in.n) {
		struct bytes command = bytes_slice(in, 1, in.p[0]);
		uint64_t before = digest_of(s->card);
		unsigned sw;

		in = bytes_from(in, 1 + command.n);
		if (!command.n) {
			euicc_reset(s->card->euicc);
			continue;
		}
		assert_status(s->card->port.transmit(s->card->port.self, c, command, &response), RSP_OK);
		assert_true(response.n >= 2 && response.n <= 258);
		sw = (unsigned)response.p[response.n - 2] << 8 | response.p[response.n - 1];
		assert_true(sw >> 12 == 6 || sw >> 12 == 9);
		assert_int_not_equal(sw, 0x6F00);
		assert_true(sw < 0x6400 || sw >= 0x7000 || digest_of(s->card) == before);
	}
}

/* What is taken is written again and read as the same. */
static void
run_card_ini(struct probe *bench, struct rsp_ctx *c, struct bytes in)
{
	struct euicc_traits t, again;
	struct buf b = BUF_INIT;

	(void)bench;
	euicc_traits_default(&t);
	again = t;
	if (euicc_traits_read(c, in, &t) != RSP_OK) {
		assert_true(strncmp(c->error.text, "line ", 5) == 0);
		return;
	}
	euicc_traits_write(&b, &t, true);
	if (euicc_traits_read(c, buf_bytes(&b), &again) != RSP_OK)
		fail_msg("%s", c->error.text);
	buf_free(&b);
}

/* Lines for a card, whose every answer goes nowhere. */
static void
run_lpac_lines(struct probe *bench, struct rsp_ctx *c, struct bytes in)
{
	struct rsp_ctx own;
	char *out = NULL;
	size_t n;
	FILE *from = in.n ? fmemopen((void *)(uintptr_t)in.p, in.n, "r") : NULL, *to = open_memstream(&out, &n);

	assert_status(rsp_ctx_init(&own, c->crypto, TEST_NOW), RSP_OK);
	if (from)
		assert_status(stdio_serve(&own, from, to, NULL, &bench->card->port), RSP_OK);
	rsp_ctx_free(&own);
	fclose(to);
	free(out);
	if (from)
		fclose(from);
}

/* What an operator may send to its profile; there is none. */
static void
run_update_metadata(struct probe *bench, struct rsp_ctx *c, struct bytes in)
{
	const struct euicc_direct d = {.package = in, .metadata = in};
	struct euicc_installed done;

	assert_int_not_equal(euicc_update_metadata(bench->card->euicc, c, bytes_of("0123456789", 10), in), RSP_OK);
	assert_int_not_equal(euicc_install(bench->card->euicc, c, &d, &done), RSP_OK);
}

static void
run_scenario(struct probe *bench, struct rsp_ctx *c, struct bytes in)
{
	const char *const variables[] = {"CURVE", "NIST", NULL};
	struct scenarios s;
	size_t i;

	(void)bench;
	if (script_read(c, "fuzz.case", in, variables, NULL, &s) != RSP_OK) {
		assert_true(strncmp(c->error.text, "fuzz.case:", 10) == 0);
		return;
	}
	assert_true(s.n > 0);
	for (i = 0; i < s.n; i++)
		assert_true(s.p[i].n_steps > 0 && s.p[i].real != ACTORS && s.p[i].clause && s.p[i].intent);
}

const struct target targets[] = {
	{"es9p", run_es9p}, {"es9p-response", run_es9p_response}, {"es10", run_es10}, {"apdu", run_apdu}, {"profile", run_profile},
	{"certificate", run_certificate}, {"text", run_text}, {"description", run_description},
	{"type-ini", run_type_ini}, {"script", run_script},
	{"card-ini", run_card_ini}, {"lpac-lines", run_lpac_lines}, {"update-metadata", run_update_metadata}, {"dump", run_dump}, {"scenario", run_scenario},
};
const size_t target_count = sizeof(targets) / sizeof(targets[0]);

void
targets_open(struct probe *bench, struct rsp_ctx *c)
{
	const struct lab_options o = {.seed = "targets", .clock = TEST_NOW, .only_curve = true};

	probe_open(bench, c, &o);
	assert_status(lpa_begin(&bench->card->lpa, &bench->card->c), RSP_OK);
}

void
targets_close(struct probe *bench)
{
	struct scripted *s = bench->arg;

	if (s)
		buf_free(&s->kept);
	free(s);
	bench->arg = NULL;
	probe_close(bench);
}

const struct target *
target_named(const char *name)
{
	size_t i;

	for (i = 0; i < target_count; i++)
		if (strcmp(targets[i].name, name) == 0)
			return &targets[i];
	return NULL;
}
