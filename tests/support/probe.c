// SPDX-License-Identifier: BSD-2-Clause
#include "support/probe.h"

#include "apdu/apdu.h"
#include "base/hex.h"
#include "crypto/crypto.h"
#include "store/outbox.h"
#include "uicc/nvm.h"

static enum rsp_status
post(void *self, struct rsp_ctx *c, const char *host, const char *path, struct bytes body, unsigned *http_status, struct bytes *answer)
{
	struct probe *p = self;
	enum rsp_status st;
	int f;

	for (f = 0; f < ES9P_FUNCTIONS; f++)
		if (strcmp(path, es9p_path((enum es9p_function)f)) == 0)
			break;
	assert_int_not_equal(f, ES9P_FUNCTIONS);
	if (p->on_request)
		p->on_request(p, (enum es9p_function)f, &body);
	st = p->real_http->post(p->real_http->self, c, host, path, body, http_status, answer);
	if (st == RSP_OK && p->on_answer)
		p->on_answer(p, (enum es9p_function)f, http_status, answer);
	return st;
}

static enum rsp_status
transmit(void *self, struct rsp_ctx *c, struct bytes command, struct bytes *response)
{
	struct probe *p = self;

	if (p->on_apdu)
		p->on_apdu(p, &command);
	return p->real_apdu->transmit(p->real_apdu->self, c, command, response);
}

static enum rsp_status
reset(void *self, struct rsp_ctx *c)
{
	struct probe *p = self;

	return p->real_apdu->reset(p->real_apdu->self, c);
}

void
probe_open(struct probe *p, struct rsp_ctx *c, const struct lab_options *o)
{
	*p = (struct probe){0};
	assert_status(lab_new(c, o, &p->lab), RSP_OK);
	assert_status(lab_card_new(p->lab, &p->card), RSP_OK);
	assert_status(rsp_ctx_init(&p->scratch, p->card->c.crypto, lab_now(p->lab)), RSP_OK);
	p->test = c;
	c->crypto = p->card->c.crypto;
	p->real_http = p->card->lpa.http;
	p->real_apdu = p->card->lpa.card;
	p->http = (struct http_port){p, post};
	p->apdu = (struct apdu_port){.self = p, .transmit = transmit, .reset = reset};
	p->card->lpa.http = &p->http;
	p->card->lpa.card = &p->apdu;
}

void
probe_close(struct probe *p)
{
	rsp_ctx_free(&p->scratch);
	p->test->crypto = NULL;
	lab_free(p->lab);
}

char *
probe_order(struct probe *p, struct rsp_ctx *c, const struct order_request *r, struct smdpp_order *out)
{
	struct order_request request = *r;
	struct smdpp_order own;

	if (!request.profile)
		request.profile = "default";
	if (lab_order(p->lab, c, &request, out ? out : &own) != RSP_OK)
		fail_msg("%s", c->error.text);
	return order_activation_code(c, lab_smdpp(p->lab), out ? out : &own);
}

enum rsp_status
probe_download(struct probe *p, const char *code, struct lpa_download_result *out)
{
	struct lpa_download_result own;

	return lab_download(p->lab, p->card, code, out ? out : &own);
}

const char *
probe_ask(struct probe *p, enum es9p_function f, struct bytes body)
{
	struct es9p_response r;
	struct bytes answer;
	unsigned http = 0;

	p->sent++;
	assert_status(p->real_http->post(p->real_http->self, &p->scratch, lab_smdpp(p->lab)->host, es9p_path(f), body, &http, &answer), RSP_OK);
	if (http != 200)
		return rsp_sprintf(&p->scratch, "%u", http);
	assert_status(es9p_read_response(&p->scratch, f, answer, &r), RSP_OK);
	return r.failed ? rsp_sprintf(&p->scratch, "%s/%s", r.subject, r.reason) : "ok";
}

const char *
probe_ask_payload(struct probe *p, enum es9p_function f, struct bytes body, struct bytes payload)
{
	struct es9p_request r;
	struct buf b = BUF_INIT;
	struct bytes changed;

	assert_status(es9p_read_request(&p->scratch, f, body, &r), RSP_OK);
	r.payload = payload;
	es9p_write_request(&b, f, &r);
	assert_status(buf_finish(&b, &p->scratch, &changed), RSP_OK);
	return probe_ask(p, f, changed);
}

struct bytes
probe_payload(struct probe *p, enum es9p_function f, struct bytes body)
{
	struct es9p_request r;

	assert_status(es9p_read_request(&p->scratch, f, body, &r), RSP_OK);
	return r.payload;
}

static bool
write_order(void *arg, const struct smdpp_order *o)
{
	buf_printf(arg, "%02X%02X%02X order %d revision %llu tries %u/%u card %d seq %llu\n", o->iccid[7], o->iccid[8], o->iccid[9], (int)o->state,
		(unsigned long long)o->revision, o->download_tries, o->cc_tries, (int)o->card, (unsigned long long)o->card_seq);
	return true;
}

char *
probe_store(struct probe *p, struct rsp_ctx *c, struct bytes transaction_id)
{
	struct smdpp_store *s = lab_smdpp(p->lab)->store;
	struct smdpp_session session;
	struct outbox_message m;
	struct buf b = BUF_INIT;
	struct bytes text;
	bool found = false;

	assert_status(s->each_order(s->self, c, write_order, &b), RSP_OK);
	if (transaction_id.p) {
		assert_status(s->session(s->self, c, transaction_id, &session, &found), RSP_OK);
		buf_printf(&b, "session %d %d %llu\n", found, found ? (int)session.state : -1, found ? (unsigned long long)session.revision : 0);
	}
	assert_status(outbox_next(lab_store(p->lab), c, TABLE_OUTBOX, &m, &found), RSP_OK);
	buf_printf(&b, "outbox %d %s", found, found ? hex_of(c, BYTES_OF(m.id)) : "");
	buf_u8(&b, 0);
	assert_status(buf_finish(&b, c, &text), RSP_OK);
	return rsp_strdup(c, (const char *)text.p);
}

static bool
add_pair(void *arg, struct bytes key, struct bytes value)
{
	struct buf *b = arg;

	buf_u32(b, (uint32_t)key.n);
	buf_add(b, key);
	buf_u32(b, (uint32_t)value.n);
	buf_add(b, value);
	return true;
}

char *
probe_card(struct probe *p, struct rsp_ctx *c)
{
	struct nvm *nvm = lab_card_nvm(p->card);
	struct buf b = BUF_INIT;
	uint8_t digest[32];
	struct bytes all;

	nvm->each(nvm->self, BYTES_NONE, add_pair, &b);
	all = buf_bytes(&b);
	assert_false(b.bad);
	assert_status(sha256(c, &all, 1, digest), RSP_OK);
	buf_free(&b);
	return hex_of(c, BYTES_OF(digest));
}

void
probe_change_order(struct probe *p, const uint8_t iccid[10], void (*change)(struct smdpp_order *o))
{
	struct smdpp_store *s = lab_smdpp(p->lab)->store;
	struct smdpp_changes *changes = rsp_alloc(&p->scratch, sizeof(*changes));
	bool found = false;

	assert_non_null(changes);
	assert_status(s->order_by_iccid(s->self, &p->scratch, iccid, &changes->order[0], &found), RSP_OK);
	assert_true(found);
	change(&changes->order[0]);
	changes->order[0].metadata_n = 0;
	changes->n_orders = 1;
	assert_status(s->commit(s->self, &p->scratch, changes), RSP_OK);
	rsp_ctx_reset(&p->scratch);
}

const char *
verdict_allowed(const struct verdict_row *rows, size_t n, const char *path)
{
	const char *best = NULL;
	size_t i, len, longest = 0;

	for (i = 0; i < n; i++) {
		len = strlen(rows[i].path);
		if (len >= longest && strncmp(path, rows[i].path, len) == 0 && (path[len] == '\0' || path[len] == '/')) {
			best = rows[i].allowed;
			longest = len;
		}
	}
	if (!best)
		fail_msg("the table says nothing of %s", path);
	return best;
}

bool
verdict_in(const char *allowed, const char *verdict)
{
	size_t n = strlen(verdict);
	const char *at;

	for (at = strstr(allowed, verdict); at; at = strstr(at + 1, verdict))
		if ((at == allowed || at[-1] == ' ') && (at[n] == '\0' || at[n] == ' '))
			return true;
	return false;
}
