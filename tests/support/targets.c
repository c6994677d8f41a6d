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
#include "pki/pki.h"
#include "service/smdpp_service.h"
#include "service/type_ini.h"
#include "support/steps.h"

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

const struct target targets[] = {
	{"es9p", run_es9p}, {"es9p-response", run_es9p_response}, {"es10", run_es10}, {"apdu", run_apdu}, {"profile", run_profile},
	{"certificate", run_certificate}, {"text", run_text}, {"description", run_description},
	{"type-ini", run_type_ini},
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
