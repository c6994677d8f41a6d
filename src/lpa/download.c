// SPDX-License-Identifier: BSD-2-Clause
/*
 * The download (SGP.22 3.1.3) as a table of steps. Each step does one exchange and its checks; a step that fails has a reason to cancel the session
 * with, from the moment the eUICC has answered the server.
 */
#include "lpa/impl.h"

#include <stdio.h>

#include "bsp/bsp.h"
#include "codec/reasons.h"
#include "crypto/crypto.h"
#include "pki/pki.h"

#define CODE_TRIES 5

static enum rsp_status
step_card(struct rsp_ctx *c, struct download *d)
{
	static const uint8_t challenge[] = {0xBF, 0x2E, 0x00}, info1[] = {0xBF, 0x20, 0x00};
	struct bytes answer;
	struct tlv t, value;
	enum rsp_status st = lpa_es10(d->l, c, "GetEUICCInfo1", BYTES_OF(info1), &d->info1);

	if (st == RSP_OK)
		st = lpa_es10(d->l, c, "GetEUICCChallenge", BYTES_OF(challenge), &answer);
	if (st != RSP_OK)
		return st;
	if (tlv_only(answer, 0xBF2E, &t) != RSP_OK || tlv_only(t.value, 0x80, &value) != RSP_OK || value.value.n != 16)
		return rsp_fail(c, RSP_MALFORMED, "GetEUICCChallenge: the answer holds no challenge of 16 octets");
	d->challenge = value.value;
	return RSP_OK;
}

/* serverSigned1 must be of the server that was called, and of this transaction (SGP.22 3.0.1). */
static enum rsp_status
check_server(struct rsp_ctx *c, struct download *d)
{
	const struct pki_cert *cert;
	struct bytes oid;
	enum rsp_status st = es10_read_server_signed1(c, d->initiated.server_signed1, &d->signed1);

	if (st != RSP_OK)
		return st;
	if (!bytes_equal_nocase(d->signed1.server_address, bytes_of_str(d->code->host)))
		return rsp_fail(c, RSP_UNTRUSTED, "the server signs for another address than %s", d->code->host);
	if (!bytes_equal(d->signed1.transaction_id, d->initiated.transaction_id))
		return rsp_fail(c, RSP_UNTRUSTED, "the server signs another transactionId than it sends");
	if (!bytes_equal(d->signed1.euicc_challenge, d->challenge))
		return rsp_fail(c, RSP_UNTRUSTED, "the server signs another challenge than the eUICC's");
	if (!d->code->oid[0])
		return RSP_OK;
	if ((st = pki_cert_read_scoped(c, d->initiated.server_certificate, &cert)) != RSP_OK || (st = oid_read(c, d->code->oid, &oid)) != RSP_OK)
		return st;
	if (!bytes_equal(cert->oid, oid))
		return rsp_fail(c, RSP_UNTRUSTED, "the server's certificate is of another SM-DP+ than the activation code's %s", d->code->oid);
	return RSP_OK;
}

static enum rsp_status
step_initiate(struct rsp_ctx *c, struct download *d)
{
	struct es9p_request req = {.euicc_challenge = d->challenge, .euicc_info1 = d->info1, .smdp_address = bytes_of_str(d->code->host)};
	enum rsp_status st = lpa_es9(d->l, c, d->code->host, ES9P_INITIATE_AUTHENTICATION, &req, &d->initiated);

	d->out->transaction_id = d->initiated.transaction_id;
	return st == RSP_OK ? check_server(c, d) : st;
}

static struct bytes
inside(struct bytes tlv, uint32_t tag)
{
	struct tlv t;

	return tlv_only(tlv, tag, &t) == RSP_OK ? t.value : BYTES_NONE;
}

static enum rsp_status
euicc_says_no(struct rsp_ctx *c, const char *function, int error)
{
	const char *name = es10_error_name(function, error);

	return rsp_fail(c, RSP_REFUSED, "refused by the eUICC in %s: %s (%d)", function, name ? name : "an error without a name", error);
}

/* What a device tells of itself: a type allocation code, LTE and RSP CRL support. */
static const uint8_t tac[4] = {0x35, 0x29, 0x06, 0x11};
static const uint8_t capabilities[] = {0xA1, 0x0F, 0x80, 3, 5, 0, 0, 0x81, 3, 14, 0, 0, 0x85, 3, 14, 0, 0};

static enum rsp_status
step_authenticate_server(struct rsp_ctx *c, struct download *d)
{
	struct authenticate_server_req req = {
		.signed1 = d->signed1, .signature = inside(d->initiated.server_signature1, 0x5F37), .ci_id = inside(d->initiated.ci_id, 0x04),
		.certificate = d->initiated.server_certificate,
		.params = {.matching_id = d->code->matching_id[0] ? bytes_of_str(d->code->matching_id) : BYTES_NONE, .tac = BYTES_OF(tac),
			.device_capabilities = BYTES_OF(capabilities)},
	};
	struct authenticate_server_rsp rsp;
	struct buf b = BUF_INIT;
	enum rsp_status st;

	es10_write_authenticate_server_req(&b, &req);
	st = lpa_es10_buf(d->l, c, "AuthenticateServer", &b, &d->authenticated);
	if (st == RSP_OK)
		st = es10_read_authenticate_server_rsp(c, d->authenticated, &rsp);
	if (st != RSP_OK)
		return st;
	if (!rsp.ok)
		return euicc_says_no(c, "AuthenticateServer", rsp.error);
	d->cancel = CANCEL_UNDEFINED;
	return RSP_OK;
}

static enum rsp_status
step_authenticate_client(struct rsp_ctx *c, struct download *d)
{
	struct es9p_request req = {.transaction_id = d->initiated.transaction_id, .payload = d->authenticated};
	enum rsp_status st = lpa_es9(d->l, c, d->code->host, ES9P_AUTHENTICATE_CLIENT, &req, &d->client);

	if (st != RSP_OK)
		return st;
	if ((st = es8p_read_store_metadata(c, d->client.profile_metadata, &d->metadata)) != RSP_OK ||
		(st = es10_read_smdp_signed2(c, d->client.smdp_signed2, &d->signed2)) != RSP_OK)
		return st;
	memcpy(d->out->iccid, d->metadata.iccid.p, 10);
	if (!bytes_equal(d->client.transaction_id, d->initiated.transaction_id) || !bytes_equal(d->signed2.transaction_id, d->initiated.transaction_id))
		return rsp_fail(c, RSP_UNTRUSTED, "AuthenticateClient: the server answers for another transactionId");
	return RSP_OK;
}

static bool
operator_matches(struct bytes list, struct bytes owner)
{
	struct tlv entry, mcc;
	size_t i;

	while (list.n && tlv_next(&list, &entry) == RSP_OK) {
		bool same = tlv_find(entry.value, 0x80, &mcc) && mcc.value.n == 3 && owner.n == 3;

		for (i = 0; same && i < 6; i++) {
			unsigned shift = i % 2 ? 4 : 0, want = (unsigned)mcc.value.p[i / 2] >> shift & 15u, have = (unsigned)owner.p[i / 2] >> shift & 15u;

			same = want == 0xE || want == have;
		}
		if (same)
			return true;
	}
	return false;
}

/* The first entry of the table that names the rule and the owner decides (SGP.22 2.4.11). *consent: the End User must agree strongly. */
static bool
rule_allowed(const struct rat *rat, uint32_t rule, struct bytes owner, bool *consent)
{
	size_t i;

	for (i = 0; i < rat->n; i++)
		if (rat->p[i].ppr_ids & rule && operator_matches(rat->p[i].operators, owner)) {
			*consent = *consent || rat->p[i].flags & 1;
			return true;
		}
	return false;
}

static enum rsp_status
check_policy(struct rsp_ctx *c, struct download *d, const struct profile_info_list *profiles)
{
	static const uint8_t command[] = {0xBF, 0x43, 0x00};
	struct bytes answer;
	struct rat rat;
	uint32_t rule;
	enum rsp_status st;

	if (!(d->metadata.ppr & 6))
		return RSP_OK;
	st = lpa_es10(d->l, c, "GetRAT", BYTES_OF(command), &answer);
	if (st == RSP_OK)
		st = es10_read_rat(c, answer, &rat);
	if (st != RSP_OK)
		return st;
	d->cancel = CANCEL_PPR_NOT_ALLOWED;
	for (rule = 2; rule <= 4; rule <<= 1)
		if (d->metadata.ppr & rule && !rule_allowed(&rat, rule, d->metadata.owner_mccmnc, &d->ppr_consent))
			return rsp_fail(c, RSP_REFUSED, "the profile's policy rule PPR%u is not allowed on this eUICC", rule / 2);
	if (d->metadata.ppr & 2 && profiles->n)
		return rsp_fail(c, RSP_REFUSED, "the profile may not be disabled (PPR1), and another one is installed");
	d->cancel = CANCEL_UNDEFINED;
	return RSP_OK;
}

/* Before the End User is asked: is it there already, do its rules allow it? */
static enum rsp_status
step_check_card(struct rsp_ctx *c, struct download *d)
{
	struct profile_info_list profiles;
	char text[ICCID_TEXT];
	size_t i;
	enum rsp_status st = lpa_profiles(d->l, c, &profiles);

	if (st != RSP_OK)
		return st;
	iccid_text(d->out->iccid, text);
	for (i = 0; i < profiles.n; i++)
		if (bytes_equal(profiles.p[i].iccid, bytes_of(d->out->iccid, 10)))
			return rsp_fail(c, RSP_REFUSED, "a profile with ICCID %s is installed already", text);
	return check_policy(c, d, &profiles);
}

static enum rsp_status
step_user(struct rsp_ctx *c, struct download *d)
{
	struct lpa_user *u = &d->l->user;

	d->cancel = CANCEL_USER_REJECTION;
	if (u->confirm_download && !u->confirm_download(u->self, &d->metadata, d->ppr_consent))
		return rsp_fail(c, RSP_REFUSED, "the download was rejected by the user");
	if (!d->signed2.cc_required && !d->code->confirmation_code)
		return RSP_OK;
	d->cancel = CANCEL_POSTPONED;
	if (!u->confirmation_code)
		return rsp_fail(c, RSP_REFUSED, "a confirmation code is needed, and nobody is there to give it");
	return u->confirmation_code(u->self, c, ++d->code_tries, &d->confirmation_code);
}

/* hashCc = SHA-256(SHA-256(code) || transactionId). */
static enum rsp_status
hash_code(struct rsp_ctx *c, struct download *d, uint8_t out[32])
{
	uint8_t inner[32];
	struct bytes parts[2] = {BYTES_OF(inner), d->initiated.transaction_id};
	enum rsp_status st = sha256(c, &d->confirmation_code, 1, inner);

	return st == RSP_OK ? sha256(c, parts, 2, out) : st;
}

static enum rsp_status
step_prepare(struct rsp_ctx *c, struct download *d)
{
	struct prepare_download_req req = {.signed2 = d->signed2, .signature = inside(d->client.smdp_signature2, 0x5F37),
		.certificate = d->client.smdp_certificate};
	struct prepare_download_rsp rsp;
	struct buf b = BUF_INIT;
	uint8_t hash[32];
	enum rsp_status st;

	d->cancel = CANCEL_UNDEFINED;
	if (d->signed2.cc_required && d->confirmation_code.p) {
		if ((st = hash_code(c, d, hash)) != RSP_OK)
			return st;
		req.hash_cc = BYTES_OF(hash);
	}
	es10_write_prepare_download_req(&b, &req);
	st = lpa_es10_buf(d->l, c, "PrepareDownload", &b, &d->prepared);
	if (st == RSP_OK)
		st = es10_read_prepare_download_rsp(c, d->prepared, &rsp);
	return st == RSP_OK && !rsp.ok ? euicc_says_no(c, "PrepareDownload", rsp.error) : st;
}

static bool
wrong_code(const struct rsp_ctx *c)
{
	return strcmp(c->error.subject, "8.2.7") == 0 && strcmp(c->error.reason, "3.8") == 0;
}

/* A wrong confirmation code is asked for again, in the same session. */
static enum rsp_status
step_bound(struct rsp_ctx *c, struct download *d)
{
	struct es9p_request req = {.transaction_id = d->initiated.transaction_id};
	struct lpa_user *u = &d->l->user;
	enum rsp_status st;

	for (;;) {
		req.payload = d->prepared;
		st = lpa_es9(d->l, c, d->code->host, ES9P_GET_BOUND_PROFILE_PACKAGE, &req, &d->bound);
		if (st != RSP_REFUSED || !wrong_code(c) || !u->confirmation_code || d->code_tries >= CODE_TRIES)
			return st;
		st = u->confirmation_code(u->self, c, ++d->code_tries, &d->confirmation_code);
		if (st != RSP_OK) {
			d->cancel = CANCEL_POSTPONED;
			return st;
		}
		if ((st = step_prepare(c, d)) != RSP_OK)
			return st;
	}
}

/* The metadata inside the package can be read: 88 segments are not encrypted. They must be those the user saw (SGP.22 3.1.3). */
static enum rsp_status
check_metadata(struct rsp_ctx *c, struct download *d)
{
	struct bpp_parts parts;
	struct buf b = BUF_INIT;
	struct bytes list, inside_package;
	struct tlv t;
	enum rsp_status st = bpp_read(c, d->bound.bound_profile_package, &parts);

	if (st != RSP_OK) {
		d->cancel = CANCEL_LOAD_BPP_ERROR;
		return st;
	}
	for (list = parts.metadata; list.n && tlv_next(&list, &t) == RSP_OK;)
		buf_add(&b, bytes_slice(t.value, 0, t.value.n > 8 ? t.value.n - 8 : 0));
	if ((st = buf_finish(&b, c, &inside_package)) != RSP_OK)
		return st;
	if (bytes_equal(inside_package, d->client.profile_metadata))
		return RSP_OK;
	d->cancel = CANCEL_METADATA_MISMATCH;
	return rsp_fail(c, RSP_UNTRUSTED, "the metadata inside the package are not those the server announced");
}

static enum rsp_status
take_result(struct rsp_ctx *c, struct download *d, struct bytes answer)
{
	enum rsp_status st = es10_read_pir(c, answer, &d->pir);

	if (st != RSP_OK)
		return st;
	d->out->pir = answer;
	d->cancel = -1;
	if (d->pir.ok)
		d->out->isdp_aid = d->pir.aid;
	return RSP_OK;
}

/* Segment by segment; the first result that comes ends the loading, whatever is left (SGP.22 2.5.5). */
static enum rsp_status
step_load(struct rsp_ctx *c, struct download *d)
{
	struct bpp_segments segments;
	struct bytes answer;
	size_t i;
	enum rsp_status st = check_metadata(c, d);

	if (st != RSP_OK)
		return st;
	d->cancel = CANCEL_LOAD_BPP_ERROR;
	if ((st = bpp_segment(c, d->bound.bound_profile_package, &segments)) != RSP_OK)
		return st;
	for (i = 0; i < segments.n; i++) {
		if ((st = lpa_es10(d->l, c, "LoadBoundProfilePackage", segments.p[i], &answer)) != RSP_OK)
			return st;
		lpa_tell(d->l, "installing", (unsigned)(50 + 45 * (i + 1) / segments.n));
		if (answer.n)
			return take_result(c, d, answer);
	}
	return rsp_fail(c, RSP_MALFORMED, "the eUICC took the whole package and gave no result");
}

/* The result goes to the server whether good or bad; should that fail, it stays on the card for later. */
static enum rsp_status
step_notify(struct rsp_ctx *c, struct download *d)
{
	struct rsp_error kept;
	enum rsp_status st = lpa_send_notification(d->l, c, d->out->pir, d->pir.meta.seq, d->pir.meta.address);

	if (st != RSP_OK) {
		kept = c->error;
		if (d->l->trace.line)
			d->l->trace.line(d->l->trace.self, "note", kept.text, BYTES_NONE);
	}
	if (d->pir.ok)
		return RSP_OK;
	return euicc_says_no(c, "LoadBoundProfilePackage", d->pir.reason);
}

static const struct { const char *name; unsigned percent; enum rsp_status (*run)(struct rsp_ctx *c, struct download *d); } steps[] = {
	{"asking the card", 0, step_card},
	{"initiating authentication", 5, step_initiate},
	{"card checks the server", 15, step_authenticate_server},
	{"server checks the card", 25, step_authenticate_client},
	{"checking what is there", 32, step_check_card},
	{"asking the user", 35, step_user},
	{"preparing", 38, step_prepare},
	{"fetching the profile", 42, step_bound},
	{"installing", 50, step_load},
	{"notifying", 97, step_notify},
};

#define STEPS_BEFORE 2   /* the card asked, the server's certificate there */

/* Nobody has decided against the profile when the server cannot be reached, or has lost the session: the order stays for another try. */
static int
reason_of(const struct rsp_ctx *c, enum rsp_status st, int reason)
{
	return reason == CANCEL_UNDEFINED && (st == RSP_IO || strcmp(c->error.subject, "8.10.1") == 0) ? CANCEL_POSTPONED : reason;
}

/* Cancel on the card first, and take the card's signed word to the server. The failure that led here stays the one reported. */
static void
cancel(struct rsp_ctx *c, struct download *d)
{
	const struct cancel_session_req req = {d->initiated.transaction_id, d->cancel};
	struct es9p_request es9 = {.transaction_id = d->initiated.transaction_id};
	struct es9p_response rsp;
	struct rsp_error kept = c->error;
	struct buf b = BUF_INIT;

	es10_write_cancel_session_req(&b, &req);
	if (lpa_es10_buf(d->l, c, "CancelSession", &b, &es9.payload) == RSP_OK &&
		lpa_es9(d->l, c, d->code->host, ES9P_CANCEL_SESSION, &es9, &rsp) != RSP_OK && d->l->trace.line)
		d->l->trace.line(d->l->trace.self, "note", c->error.text, BYTES_NONE);
	c->error = kept;
}

static enum rsp_status
run(struct rsp_ctx *c, struct download *d, size_t from, size_t to)
{
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = from; st == RSP_OK && i < to; i++) {
		lpa_tell(d->l, steps[i].name, steps[i].percent);
		st = steps[i].run(c, d);
	}
	if (st != RSP_OK && d->cancel >= 0) {
		d->cancel = reason_of(c, st, d->cancel);
		cancel(c, d);
	}
	return st;
}

enum rsp_status
download_begin(struct lpa *l, struct rsp_ctx *c, const struct activation_code *code, struct lpa_download_result *out, struct download **d)
{
	struct download *fresh = rsp_alloc(c, sizeof(*fresh));

	*out = (struct lpa_download_result){0};
	*d = fresh;
	if (!fresh)
		return RSP_NOMEM;
	*fresh = (struct download){.l = l, .code = code, .out = out, .cancel = -1};
	return run(c, fresh, 0, STEPS_BEFORE);
}

enum rsp_status
download_authenticate(struct rsp_ctx *c, struct download *d)
{
	return run(c, d, STEPS_BEFORE, STEPS_BEFORE + 1);
}

enum rsp_status
download_finish(struct rsp_ctx *c, struct download *d)
{
	enum rsp_status st = run(c, d, STEPS_BEFORE + 1, sizeof(steps) / sizeof(steps[0]));

	if (st == RSP_OK)
		lpa_tell(d->l, "done", 100);
	return st;
}

enum rsp_status
lpa_download(struct lpa *l, struct rsp_ctx *c, const struct activation_code *code, struct lpa_download_result *out)
{
	struct download *d;
	enum rsp_status st = download_begin(l, c, code, out, &d);

	if (st == RSP_OK)
		st = download_authenticate(c, d);
	return st == RSP_OK ? download_finish(c, d) : st;
}
