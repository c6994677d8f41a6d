// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/hex.h"
#include "base/time.h"
#include "codec/ids.h"
#include "conformance/faults.h"
#include "http/client.h"
#include "service/smdpp_service.h"
#include "service/smds_service.h"

#define FOREIGN_DELAY_MAX 60

bool
world_is_own(const struct world *w)
{
	return !w->o.url && !w->o.card;
}

int64_t
world_now(const struct world *w)
{
	return lab_now(w->lab);
}

bool
world_has(const struct world *w, const char *option)
{
	static const char *const own[] = {"O_ES2PLUS", "O_CLOCK", "O_OWN", "O_REBINDING", "O_RETRY_OTPK", "O_ES2PLUS_RETRY"};
	size_t i;

	if (strcmp(option, w->o.curve == EC_P256 ? "O_NIST" : "O_BRP") == 0 || (w->o.es2plus && strcmp(option, "O_ES2PLUS") == 0))
		return true;
	if (strcmp(option, "O_CARD_EMPTY") == 0 && (!w->o.card || w->card_empty))
		return true;
	for (i = 0; world_is_own(w) && i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(option, own[i]) == 0)
			return true;
	for (i = 0; i < w->o.n_options; i++)
		if (strcmp(option, w->o.option[i]) == 0)
			return true;
	return false;
}

/* ---- opening ---- */

/* "https://host[:port]" */
static enum rsp_status
host_of(struct rsp_ctx *c, const char *url, const char **host)
{
	const char *from = url + strlen("https://");

	if (strncmp(url, "https://", strlen("https://")) != 0 || !*from || strchr(from, '/'))
		return rsp_fail(c, RSP_MALFORMED, "want https://HOST[:PORT], have '%.100s'", url);
	*host = rsp_sprintf(c, "%.*s", (int)strcspn(from, ":"), from);
	return *host ? RSP_OK : RSP_NOMEM;
}

static enum rsp_status
open_client(struct world *w, bool as_operator, struct http_client **out)
{
	const struct pki_cert *ca[2];
	struct http_client_options o = {.ca = ca, .connect_to = w->o.connect_to, .n_connect_to = w->o.n_connect_to, .fixed_now = w->o.clock,
		.identity = !as_operator ? NULL : w->o.role == ACTOR_SMDS ? &w->branch->dptls : &w->branch->operator_tls, .timeout_ms = 20000};
	int i;

	for (i = 0; i < 2; i++)
		if (lab_pki(w->lab)->branch[i].ci.cert)
			ca[o.n_ca++] = lab_pki(w->lab)->branch[i].ci.cert;
	return http_client_new(&w->c, &o, out);
}

/* What a eUICC of this PKI says of itself, for those that are simulated. */
static enum rsp_status
read_infos(struct world *w)
{
	struct euicc_info1 info1 = {0};
	struct rsp_ctx *c = &w->card->c;
	struct buf b = BUF_INIT;
	enum rsp_status st = lpa_begin(&w->card->lpa, c);

	if (st == RSP_OK)
		st = lpa_info2(&w->card->lpa, c, &w->info2);
	if (st == RSP_OK)
		st = es10_read_info2(&w->c, rsp_copy(&w->c, w->info2.der), &w->info2);
	lpa_end(&w->card->lpa, c);
	if (st != RSP_OK) {
		w->c.error = c->error;
		return st;
	}
	info1.verification = w->info2.verification;
	info1.signing = w->info2.signing;
	memcpy(info1.svn, w->info2.svn, sizeof(info1.svn));
	es10_write_info1(&b, &info1);
	return buf_finish(&b, &w->c, &w->info1);
}

static enum rsp_status
open_all(struct world *w)
{
	const struct world_options *o = &w->o;
	const struct pki_make_options other = {.nist = o->curve == EC_P256, .brainpool = o->curve == EC_BP256};
	struct lab_options lab = {.seed = o->seed, .clock = o->clock, .pki = o->pki, .curve = o->curve, .only_curve = true};
	const bool smds = o->role == ACTOR_SMDS;
	enum rsp_status st = o->url ? host_of(&w->c, o->url, smds ? &lab.smds : &lab.host) : RSP_OK;

	if (smds && !o->url)
		lab.smds = "smds.example.com";

	if (st != RSP_OK || (st = lab_new(&w->c, &lab, &w->lab)) != RSP_OK)
		return st;
	w->c.now = lab_now(w->lab);
	w->host = smds ? lab_smds(w->lab)->host : lab_smdpp(w->lab)->host;
	w->branch = &lab_pki(w->lab)->branch[o->curve];
	if (!w->branch->ci.cert || !w->branch->eum.key)
		return rsp_fail(&w->c, RSP_STATE, "the PKI has no EUM key on this curve: no eUICC can be simulated");
	st = lab_card_new(w->lab, &w->card);
	if (st == RSP_OK)
		st = read_infos(w);
	if (st == RSP_OK)
		st = pki_make_memory(&w->c, &other, &w->other);
	if (st == RSP_OK && o->url)
		st = open_client(w, false, &w->client);
	if (st == RSP_OK && (o->es2plus || (smds && o->url)))
		st = open_client(w, true, &w->operator_client);
	w->port = o->card ? o->card : &w->card->port;
	if (st == RSP_OK && o->card && (st = card_keep_look(&w->c, w->port, &w->keep)) == RSP_OK)
		w->card_empty = !w->keep.n_profiles && !w->keep.n_seqs;
	w->dp_before = *lab_smdpp(w->lab);
	w->ds_before = *lab_smds(w->lab);
	return st;
}

enum rsp_status
world_open(struct rsp_ctx *c, const struct world_options *o, struct world **out)
{
	struct world *w = calloc(1, sizeof(*w));
	enum rsp_status st;

	if (!w)
		return rsp_fail(c, RSP_NOMEM, "no memory for a world");
	w->o = *o;
	st = crypto_new(&w->crypto, o->seed ? bytes_of_str(o->seed) : BYTES_NONE, "conformance");
	if (st == RSP_OK)
		st = rsp_ctx_init(&w->c, w->crypto, o->clock ? o->clock : time_wall());
	if (st == RSP_OK)
		st = open_all(w);
	if (st == RSP_OK) {
		*out = w;
		return RSP_OK;
	}
	if (w->c.arena)
		c->error = w->c.error;
	world_free(w);
	return st;
}

void
world_free(struct world *w)
{
	if (!w)
		return;
	http_client_free(w->client);
	http_client_free(w->operator_client);
	pki_free(w->other);
	lab_free(w->lab);
	if (w->c.arena)
		rsp_ctx_free(&w->c);
	crypto_free(w->crypto);
	free(w);
}

/* ---- a case ---- */

static enum rsp_status
apply_settings(struct world *w, struct rsp_ctx *c, const struct scenario *s)
{
	enum rsp_status st = RSP_OK;
	size_t i;

	for (i = 0; st == RSP_OK && i < s->n_settings; i++) {
		const char *name = s->setting[i].name, *value = s->setting[i].value.text;

		if (world_is_own(w))
			st = smdpp_set(c, lab_smdpp(w->lab), name, value);
		else if (!world_has(w, rsp_sprintf(c, "%s=%s", name, value)))
			return rsp_fail(c, RSP_REFUSED, "the target is not said to have %s=%s", name, value);
	}
	return st == RSP_OK ? st : RSP_STATE;                 /* not that it does not apply: the case itself is wrong */
}

enum rsp_status
world_prepare(struct world *w, struct rsp_ctx *c, const struct scenario *s)
{
	enum rsp_status st = apply_settings(w, c, s);

	w->fault_count = 0;
	if (st == RSP_OK && (s->real == ACTOR_EUICC || s->real == ACTOR_LPA) && !w->o.card)
		st = lab_card_renew(w->lab, w->card);
	if (st == RSP_OK && s->real == ACTOR_EUICC && w->o.card) {
		st = card_keep_look(c, w->port, &w->keep);
		w->keeping = st == RSP_OK;
		st = st == RSP_REFUSED ? RSP_STATE : st;        /* a card that refuses is no reason not to apply */
	}
	if (st != RSP_OK || !w->fault || w->fault->role != s->real)
		return st;
	if (s->real == ACTOR_SMDPP)
		return fault_to_smdpp(w, c, lab_smdpp(w->lab));
	if (s->real == ACTOR_SMDS)
		return fault_to_smds(w, c, lab_smds(w->lab));
	if (s->real == ACTOR_LPA)
		return RSP_OK;
	return fault_to_euicc(w, c, w->card->euicc);
}

enum rsp_status
world_restore(struct world *w)
{
	enum rsp_status st = RSP_OK;

	*lab_smdpp(w->lab) = w->dp_before;
	*lab_smds(w->lab) = w->ds_before;
	lab_advance(w->lab, -w->advanced);
	w->advanced = 0;
	w->c.error = (struct rsp_error){0};
	if (w->keeping)
		st = card_keep_restore(&w->c, w->port, &w->keep);
	w->keeping = false;
	rsp_ctx_reset(&w->card->c);
	return st;
}

/* ---- the target ---- */

static enum rsp_status
over_https(struct http_client *k, struct rsp_ctx *c, const char *url, const char *path, const char *type, struct bytes body, unsigned *http,
	struct bytes *answer)
{
	const char *headers[] = {"X-Admin-Protocol: gsma/rsp/v2.5.0", rsp_sprintf(c, "Content-Type: %s", type), NULL};

	return http_client_post(k, c, rsp_sprintf(c, "%s%s", url, path), headers, body, http, answer);
}

static void
in_process(struct world *w, struct rsp_ctx *c, const char *path, const char *type, struct bytes body, bool as_operator, unsigned *http, struct bytes *answer)
{
	const struct service_request req = {.path = path, .content_type = bytes_of_str(type), .body = body, .in_process = as_operator};
	struct service_answer a;

	if (w->o.role == ACTOR_SMDS)
		smds_service_call(c, lab_smds(w->lab), &req, NULL, &a);
	else
		smdpp_service_call(c, lab_smdpp(w->lab), &req, &a);
	c->error = (struct rsp_error){0};
	*http = a.status;
	*answer = a.body;
}

enum rsp_status
world_post(struct world *w, struct rsp_ctx *c, const char *path, const char *type, struct bytes body, unsigned *http, struct bytes *answer)
{
	if (w->client)
		return over_https(w->client, c, w->o.url, path, type, body, http, answer);
	if (w->fault && w->fault->request)
		w->fault->request(w, c, path, &body);
	in_process(w, c, path, type, body, false, http, answer);
	if (w->fault && w->fault->answer)
		w->fault->answer(w, c, path, http, answer);
	return RSP_OK;
}

enum rsp_status
world_post_operator(struct world *w, struct rsp_ctx *c, const char *path, struct bytes body, unsigned *http, struct bytes *answer)
{
	if (w->operator_client)
		return over_https(w->operator_client, c, w->o.es2plus, path, "application/json", body, http, answer);
	if (w->client)
		return rsp_fail(c, RSP_STATE, "the SM-DP+ has no ES2+ that could be asked (--es2plus)");
	if (w->fault && w->fault->request)
		w->fault->request(w, c, path, &body);
	in_process(w, c, path, "application/json", body, true, http, answer);
	if (w->fault && w->fault->answer)
		w->fault->answer(w, c, path, http, answer);
	return RSP_OK;
}

enum rsp_status
world_post_server(struct world *w, struct rsp_ctx *c, const char *path, struct bytes body, const char *oid, unsigned *http, struct bytes *answer)
{
	const struct service_request req = {.path = path, .content_type = bytes_of_str("application/json"), .body = body, .in_process = true};
	struct service_answer a;

	if (w->operator_client)
		return oid ? rsp_fail(c, RSP_STATE, "there is no certificate for %s", oid) :
			over_https(w->operator_client, c, w->o.url, path, "application/json", body, http, answer);
	smds_service_call(c, lab_smds(w->lab), &req, oid ? oid : oid_text(c, w->branch->dptls.cert->oid), &a);
	c->error = (struct rsp_error){0};
	*http = a.status;
	*answer = a.body;
	return RSP_OK;
}

enum rsp_status
world_es10(struct world *w, struct rsp_ctx *c, struct apdu_channel *channel, struct bytes command, struct bytes *answer, unsigned *sw)
{
	const struct fault *f = w->fault;
	const char *tag = rsp_sprintf(c, "%.*s", command.n > 1 && (command.p[0] & 0x1F) == 0x1F ? 4 : 2, hex_of(c, bytes_slice(command, 0, 2)));
	enum rsp_status st;

	*sw = 0;
	*answer = BYTES_NONE;
	if (f && f->request)
		f->request(w, c, tag, &command);
	st = apdu_store_data(channel, c, command, answer, sw);
	if (st == RSP_REFUSED && *sw) {
		c->error = (struct rsp_error){0};
		*answer = BYTES_NONE;
		st = RSP_OK;
	}
	if (st == RSP_OK && f && f->answer)
		f->answer(w, c, tag, sw, answer);
	return st;
}

enum rsp_status
world_power(struct world *w, struct rsp_ctx *c)
{
	enum rsp_status st;

	if (w->o.card)
		return w->port->reset ? w->port->reset(w->port->self, c) : rsp_fail(c, RSP_STATE, "this reader cannot power the card off");
	st = lab_card_power(w->lab, w->card);
	return st == RSP_OK && w->fault ? fault_to_euicc(w, c, w->card->euicc) : st;
}

enum rsp_status
world_delay(struct world *w, struct rsp_ctx *c, unsigned seconds)
{
	const struct timespec t = {(time_t)seconds, 0};

	if (world_is_own(w)) {
		lab_advance(w->lab, (int64_t)seconds);
		w->advanced += seconds;
		return RSP_OK;
	}
	if (seconds > FOREIGN_DELAY_MAX)
		return rsp_fail(c, RSP_LIMIT, "a delay of %u s would take as long with a target that is not ours", seconds);
	nanosleep(&t, NULL);
	return RSP_OK;
}
