// SPDX-License-Identifier: BSD-2-Clause
/*
 * Around an LPA: the SM-DP+ answers as a step before has said it shall, truly signed or not; the user has an activation code, and an idea of what to say
 * when asked. The eUICC is a good one.
 */
#include "conformance/lpa_sim.h"

#include <stdio.h>

#include "codec/ids.h"
#include "conformance/faults.h"
#include "crypto/crypto.h"
#include "tlv/mutate.h"

/* ---- the SM-DP+'s answers ---- */

/* smdpp send FUNCTION: what its next answer is. */
enum rsp_status
send_answer(struct play *p, const struct step *s)
{
	p->l.answer[s->function->number] = s;
	p->changed = s->n_changes;
	play_verdict(p, "success");
	return RSP_OK;
}

static enum rsp_status
sign_again(struct play *p, const struct ec_key *key, struct bytes first, struct bytes second, struct bytes *signature)
{
	const struct bytes parts[2] = {first, second};
	struct buf b = BUF_INIT;
	uint8_t sig[64];
	enum rsp_status st = ec_sign(&p->c, key, parts, second.p ? 2 : 1, sig);

	tlv_add(&b, 0x5F37, BYTES_OF(sig));
	if (st == RSP_OK)
		return buf_finish(&b, &p->c, signature);
	buf_free(&b);
	return st;
}

/* Is what has been signed changed before it is? Otherwise the signature stays, which the server remembers. */
static bool
signs_anew(const struct step *s)
{
	size_t i;

	for (i = 0; i < s->n_changes; i++)
		if (!s->change[i].after_sign && strncmp(s->change[i].path, "30", 2) == 0)
			return true;
	return false;
}

static enum rsp_status
change_answer(struct play *p, const struct step *s, enum es9p_function f, struct es9p_response *r)
{
	struct bytes *const part[] = {&r->server_signed1, &r->profile_metadata, &r->smdp_signed2, &r->bound_profile_package};
	const struct pki_branch *b = p->w->branch;
	struct bytes given;
	enum rsp_status st = play_hex(p, s, "transactionId", &given);
	size_t i;

	if (given.p)
		r->transaction_id = given;
	for (i = 0; st == RSP_OK && i < 4; i++)
		if (part[i]->n)
			st = play_mutate(p, s, false, part[i]);
	if (st == RSP_OK && f == ES9P_INITIATE_AUTHENTICATION && signs_anew(s))
		st = sign_again(p, b->dpauth.key, r->server_signed1, BYTES_NONE, &r->server_signature1);
	if (st == RSP_OK && f == ES9P_AUTHENTICATE_CLIENT && signs_anew(s))
		st = sign_again(p, b->dppb.key, r->smdp_signed2, p->l.signature1, &r->smdp_signature2);
	for (i = 0; st == RSP_OK && i < 4; i++)
		if (part[i]->n)
			st = play_mutate(p, s, true, part[i]);
	return st;
}

/* An answer that is another from the start: a status of HTTP, a text, a code. */
static bool
other_answer(struct play *p, const struct step *s, unsigned *http, struct bytes *answer)
{
	struct bytes text = BYTES_NONE, code = BYTES_NONE;
	uint64_t status;
	const char *slash;

	if (play_number(p, s, "http", *http, &status) != RSP_OK || play_field(p, s, "body", &text) != RSP_OK || play_field(p, s, "code", &code) != RSP_OK)
		return false;
	*http = (unsigned)status;
	if (text.p)
		*answer = text;
	slash = code.p ? strchr((const char *)code.p, '/') : NULL;
	if (slash)
		*answer = bytes_of_str(rsp_sprintf(&p->c, "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\",\"statusCodeData\":"
			"{\"subjectCode\":\"%.*s\",\"reasonCode\":\"%s\"}}}}", (int)(slash - (const char *)code.p), (const char *)code.p, slash + 1));
	return text.p || slash || play_has(s, "http");
}

static enum rsp_status
answer_as_told(struct play *p, enum es9p_function f, unsigned *http, struct bytes *answer)
{
	const struct step *s = p->l.answer[f];
	struct es9p_response r;
	struct buf b = BUF_INIT;
	enum rsp_status st;

	if (!s)
		return RSP_OK;
	p->l.answer[f] = NULL;
	if (other_answer(p, s, http, answer))
		return RSP_OK;
	if (*http != 200 || es9p_read_response(&p->c, f, *answer, &r) != RSP_OK || r.failed)
		return rsp_fail(&p->c, RSP_REFUSED, "the SM-DP+ has given no answer that could be changed");
	p->changed = 0;
	if ((st = change_answer(p, s, f, &r)) != RSP_OK)
		return st;
	if (p->changed != s->n_changes)
		return rsp_fail(&p->c, RSP_REFUSED, "%s's answer has nothing to change there", s->function->name);
	es9p_write_response(&b, f, &r);
	return buf_finish(&b, &p->c, answer);
}

/* ---- what the LPA says ---- */

static void
note_request(struct play *p, enum es9p_function f, struct bytes body)
{
	struct cancel_session_rsp cancel;
	struct es9p_request q;
	struct tlv t;

	if (es9p_read_request(&p->c, f, body, &q) != RSP_OK)
		return;
	if (f == ES9P_AUTHENTICATE_CLIENT && tlv_at(q.payload, "BF38/A0/5F37", &t) == RSP_OK)
		p->l.signature1 = rsp_copy(&p->c, t.whole);
	if (f == ES9P_CANCEL_SESSION && es10_read_cancel_session_rsp(&p->c, q.payload, &cancel) == RSP_OK && cancel.ok)
		p->l.cancelled = cancel.reason;
	p->l.asked[f]++;
	p->c.error = (struct rsp_error){0};
}

static enum rsp_status
post(void *self, struct rsp_ctx *c, const char *host, const char *path, struct bytes body, unsigned *http, struct bytes *answer)
{
	struct play *p = self;
	const struct fault *fault = p->w->fault;
	struct bytes honest;
	unsigned status;
	int f = 0;
	enum rsp_status st;

	while (f < ES9P_FUNCTIONS && strcmp(path, es9p_path((enum es9p_function)f)) != 0)
		f++;
	if (fault && fault->request)
		fault->request(p->w, c, path, &body);
	if (f == ES9P_FUNCTIONS || !body.p)
		return rsp_fail(c, RSP_IO, "nobody answers at %s", path);
	note_request(p, (enum es9p_function)f, body);
	play_note(p, "lpa", ">", "%s", path);
	st = p->l.http->post(p->l.http->self, c, host, path, body, http, answer);
	honest = *answer;
	status = *http;
	if (st == RSP_OK && (st = answer_as_told(p, (enum es9p_function)f, http, answer)) != RSP_OK)
		return p->l.broken = st;
	if (fault && fault->answer) {
		p->w->honest = honest;
		p->w->honest_status = status;
		fault->answer(p->w, c, path, http, answer);
	}
	return st;
}

/* ---- the user ---- */

static bool
confirm(void *self, const struct store_metadata *m, bool ppr_consent)
{
	struct play *p = self;

	(void)m;
	(void)ppr_consent;
	play_note(p, "user", "-", "%s", p->l.refuses ? "no" : "yes");
	return !p->l.refuses || (p->w->fault && p->w->fault->user_never_asked);
}

/* The codes in the order in which they are typed, with commas between; then the user gives up. */
static enum rsp_status
type_code(void *self, struct rsp_ctx *c, unsigned attempt, struct bytes *code)
{
	struct play *p = self;
	struct bytes rest = p->l.typed;
	size_t n;

	for (unsigned i = attempt; i > 1 && rest.n; i--) {
		for (n = 0; n < rest.n && rest.p[n] != ','; n++)
			;
		rest = bytes_from(rest, n + 1);
	}
	for (n = 0; n < rest.n && rest.p[n] != ','; n++)
		;
	if (!n || (attempt > 1 && p->w->fault && p->w->fault->user_asked_once))
		return rsp_fail(c, RSP_REFUSED, "the user gives up");
	*code = bytes_slice(rest, 0, n);
	return RSP_OK;
}

/* ---- the activation code ---- */

static enum rsp_status
make_order(struct play *p, const struct step *s, const char **code)
{
	struct order_request r = {.profile = "default", .release = true};
	struct smdpp_order *o = rsp_alloc(&p->c, sizeof(*o));
	struct activation_code a;
	struct bytes oid;
	enum rsp_status st = o ? play_field(p, s, "orderCode", &r.confirmation_code) : RSP_NOMEM;

	if (st == RSP_OK && (st = play_field(p, s, "type", &p->l.typed)) == RSP_OK)
		st = play_field(p, s, "oid", &oid);
	if (st == RSP_OK)
		st = lab_order(p->w->lab, &p->c, &r, o);
	if (st != RSP_OK)
		return st;
	*code = order_activation_code(&p->c, lab_smdpp(p->w->lab), o);
	if ((st = activation_code_read(&p->c, *code, &a)) == RSP_OK && oid.p) {
		snprintf(a.oid, sizeof(a.oid), "%.*s", (int)oid.n, (const char *)oid.p);
		*code = activation_code_text(&p->c, &a);
	}
	return *code ? st : RSP_NOMEM;
}

static void
number(struct play *p, const char *name, size_t n)
{
	play_member(p, name, bytes_of_str(rsp_sprintf(&p->c, "%zu", n)));
}

/* What is to be seen afterwards, on the card and of what the LPA has said. */
static enum rsp_status
look(struct play *p)
{
	struct euicc_view v;
	enum rsp_status st = euicc_view(&p->c, lab_card_nvm(p->w->card), &v);

	if (st != RSP_OK)
		return st;
	number(p, "profiles", v.n_profiles);
	number(p, "pending", v.n_notifications);
	number(p, "cancels", p->l.asked[ES9P_CANCEL_SESSION]);
	number(p, "notified", p->l.asked[ES9P_HANDLE_NOTIFICATION]);
	number(p, "packages", p->l.asked[ES9P_GET_BOUND_PROFILE_PACKAGE]);
	if (p->l.cancelled >= 0)
		number(p, "cancelReason", (size_t)p->l.cancelled);
	return RSP_OK;
}

/* mno send ActivationCode: the user has it, and the LPA downloads. */
enum rsp_status
send_activation_code(struct play *p, const struct step *s)
{
	struct lab_card *card = p->w->card;
	struct lpa_download_result result;
	const char *code = NULL;
	enum rsp_status st = make_order(p, s, &code), done;

	if (st != RSP_OK)
		return st;
	p->l.refuses = play_says(s, "consent", "no");
	memset(p->l.asked, 0, sizeof(p->l.asked));
	p->l.cancelled = -1;
	p->l.http = card->lpa.http;
	p->l.port = (struct http_port){p, post};
	card->lpa.http = &p->l.port;
	card->lpa.user = (struct lpa_user){.self = p, .confirm_download = confirm, .confirmation_code = type_code};
	done = lab_download(p->w->lab, card, code, &result);
	card->lpa.http = p->l.http;
	card->lpa.user = (struct lpa_user){0};
	if (p->l.broken != RSP_OK)
		return p->l.broken;
	p->c.error = (struct rsp_error){0};
	p->function = ES9P_FUNCTIONS;
	p->changed = 0;
	if (done == RSP_OK)
		play_verdict(p, "installed");
	else if (card->c.error.subject[0])
		play_verdict(p, "%s/%s", card->c.error.subject, card->c.error.reason);
	else
		play_verdict(p, "refused");
	snprintf(p->said, sizeof(p->said), "%.*s", (int)sizeof(p->said) - 1, done == RSP_OK ? "" : card->c.error.text);
	return look(p);
}
