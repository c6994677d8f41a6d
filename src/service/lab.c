// SPDX-License-Identifier: BSD-2-Clause
#include <esimlab/lab.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/time.h"
#include "http/client.h"
#include "image/image.h"
#include "service/es12_client.h"
#include "service/smdpp_service.h"
#include "service/smds_service.h"
#include "store/smds_rows.h"
#include "store/store.h"

#define CARDS_MAX 4096

struct card {
	struct lab_card card;        /* first: the outside sees this */
	struct lab *lab;
	struct image *image;
	struct euicc_options options;   /* as it was personalised; octets of its own in the next two */
	uint8_t scalar[2][32], *cert[2];
	struct crypto *crypto, *own_crypto;
	struct http_client *client;
	struct http_port http;
};

struct lab {
	struct lab_options o;
	char host[256];
	struct rsp_ctx c;            /* of the SM-DP+ in process, under its lock */
	pthread_mutex_t lock;
	struct crypto *crypto;
	struct pki *pki;
	struct store *store;
	struct smdpp dp;
	struct smdpp_service *service;
	struct smds_store *ds_store;
	struct smds ds;
	struct smds_service *ds_service;
	struct smds_port ds_port;    /* ES12 without a network */
	struct card *cards[CARDS_MAX];
	unsigned n_cards;
	int64_t advanced;
};

struct smdpp *
lab_smdpp(struct lab *lab)
{
	return &lab->dp;
}

struct store *
lab_store(const struct lab *lab)
{
	return lab->store;
}

const struct pki *
lab_pki(const struct lab *lab)
{
	return lab->pki;
}

unsigned
lab_port(const struct lab *lab)
{
	return lab->service ? smdpp_service_port(lab->service) : 0;
}

unsigned
lab_smds_port(const struct lab *lab)
{
	return lab->ds_service ? smds_service_port(lab->ds_service) : 0;
}

int64_t
lab_now(const struct lab *lab)
{
	return (lab->o.clock ? lab->o.clock : time_wall()) + lab->advanced;
}

void
lab_advance(struct lab *lab, int64_t seconds)
{
	lab->advanced += seconds;
}

static enum rsp_status
open_pki(struct rsp_ctx *c, struct lab *lab)
{
	struct pki_make_options o = {.host = lab->host, .smds_host = lab->o.smds};

	if (lab->o.pki)
		return pki_load(c, lab->o.pki, &lab->pki);
	if (lab->o.only_curve) {
		o.nist = lab->o.curve == EC_P256;
		o.brainpool = lab->o.curve == EC_BP256;
	}
	return pki_make_memory(c, &o, &lab->pki);
}

struct smds *
lab_smds(struct lab *lab)
{
	return &lab->ds;
}

/* ES12 within the process: the SM-DS is called as its route would, by the OID of the SM-DP+. */
static enum rsp_status
register_in_process(void *self, struct rsp_ctx *c, const char *smds, const char *eid, const char *event_id)
{
	struct lab *lab = self;
	const struct pki_branch *b = &lab->pki->branch[lab->pki->branch[EC_P256].dptls.cert ? EC_P256 : EC_BP256];
	struct service_request req = {.path = es12_path(ES12_REGISTER_EVENT), .content_type = bytes_of_str("application/json"), .in_process = true};
	struct service_answer a;

	if (strcasecmp(smds, lab->ds.host) != 0)
		return rsp_fail(c, RSP_IO, "https://%.100s: the laboratory has no such SM-DS", smds);
	if (!es12_client_body(c, lab->host, lab->host, eid, event_id, &req.body).p)
		return RSP_NOMEM;
	smds_service_call(c, &lab->ds, &req, oid_text(c, b->dptls.cert->oid), &a);
	return es12_client_registered(c, smds, a.status, a.body);
}

static enum rsp_status
open_smds(struct rsp_ctx *c, struct lab *lab)
{
	const struct smds_service_options o = {.store = lab->store, .listen = "127.0.0.1:0", .curve = lab->o.curve, .fixed_now = lab->o.clock};
	enum rsp_status st;

	if (!lab->o.smds)
		return RSP_OK;
	if ((st = store_smds(c, lab->store, &lab->ds_store)) != RSP_OK)
		return st;
	smds_init(&lab->ds, lab->o.smds, NULL, lab->pki, lab->ds_store);
	return lab->o.tls ? smds_service_start(c, &lab->ds, &o, &lab->ds_service) : RSP_OK;
}

static enum rsp_status
open_server(struct rsp_ctx *c, struct lab *lab)
{
	const char *rule = lab->ds_service ? rsp_sprintf(c, "%s:127.0.0.1:%u", lab->o.smds, smds_service_port(lab->ds_service)) : NULL;
	const struct smdpp_service_options o = {.store = lab->store, .listen = "127.0.0.1:0", .curve = lab->o.curve, .fixed_now = lab->o.clock,
		.connect_to = &rule, .n_connect_to = rule != NULL};

	smdpp_init(&lab->dp, lab->host, lab->pki, lab->store->smdpp, types_folder(lab->o.profiles));
	lab->ds_port = (struct smds_port){lab, register_in_process};
	if (lab->o.smds && !lab->o.tls)
		lab->dp.smds = &lab->ds_port;
	return lab->o.tls ? smdpp_service_start(c, &lab->dp, &o, &lab->service) : RSP_OK;
}

enum rsp_status
lab_new(struct rsp_ctx *c, const struct lab_options *o, struct lab **out)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	enum rsp_status st;

	if (!lab)
		return rsp_fail(c, RSP_NOMEM, "no memory for a laboratory");
	lab->o = *o;
	snprintf(lab->host, sizeof(lab->host), "%s", o->host ? o->host : "smdpp.example.com");
	pthread_mutex_init(&lab->lock, NULL);
	st = crypto_new(&lab->crypto, o->seed ? bytes_of_str(o->seed) : BYTES_NONE, "smdpp");
	if (st == RSP_OK)
		st = rsp_ctx_init(&lab->c, lab->crypto, lab_now(lab));
	if (st == RSP_OK)
		st = open_pki(&lab->c, lab);
	if (st == RSP_OK && !o->remote)
		st = store_open(&lab->c, lab->o.store ? lab->o.store : "memory:", NULL, &lab->store);
	if (st == RSP_OK && !o->remote)
		st = open_smds(&lab->c, lab);
	if (st == RSP_OK && !o->remote)
		st = open_server(&lab->c, lab);
	if (st != RSP_OK) {
		if (lab->c.arena)
			c->error = lab->c.error;
		lab_free(lab);
		return st;
	}
	rsp_ctx_reset(&lab->c);
	*out = lab;
	return RSP_OK;
}

static void
free_card(struct card *k)
{
	euicc_close(k->card.euicc);
	image_close(k->image);
	http_client_free(k->client);
	rsp_ctx_free(&k->card.c);
	crypto_free(k->own_crypto);
	explicit_bzero(k->scalar, sizeof(k->scalar));
	free(k->cert[0]);
	free(k->cert[1]);
	free(k);
}

void
lab_free(struct lab *lab)
{
	unsigned i;

	if (!lab)
		return;
	for (i = 0; i < lab->n_cards; i++)
		free_card(lab->cards[i]);
	smdpp_service_stop(lab->service, 3000);
	smds_service_stop(lab->ds_service, 3000);
	store_smds_free(lab->ds_store);
	store_close(lab->store);
	pki_free(lab->pki);
	rsp_ctx_free(&lab->c);
	crypto_free(lab->crypto);
	pthread_mutex_destroy(&lab->lock);
	free(lab);
}

/* ---- ports of a card ---- */

static enum rsp_status
transmit(void *self, struct rsp_ctx *c, struct bytes command, struct bytes *response)
{
	struct card *k = self;

	k->card.apdus++;
	return euicc_transmit(k->card.euicc, c, command, response);
}

static enum rsp_status
reset(void *self, struct rsp_ctx *c)
{
	struct card *k = self;

	(void)c;
	euicc_reset(k->card.euicc);
	return RSP_OK;
}

/* ES9+ without a network. The server's memory is reset before each call, so the answer moves into the caller's. */
static enum rsp_status
post_in_process(void *self, struct rsp_ctx *c, const char *host, const char *path, struct bytes body, unsigned *http_status, struct bytes *answer)
{
	struct card *k = self;
	struct lab *lab = k->lab;
	const struct service_request req = {.path = path, .content_type = bytes_of_str("application/json"), .body = body};
	struct service_answer a;

	bool smds = lab->o.smds && strcasecmp(host, lab->o.smds) == 0;

	if (!smds && strcasecmp(host, lab->host) != 0)
		return rsp_fail(c, RSP_IO, "https://%.100s: the laboratory has no such server", host);
	pthread_mutex_lock(&lab->lock);
	lab->c.now = lab_now(lab);
	if (smds)
		smds_service_call(&lab->c, &lab->ds, &req, NULL, &a);
	else
		smdpp_service_call(&lab->c, &lab->dp, &req, &a);
	*http_status = a.status;
	*answer = rsp_copy(c, a.body);
	rsp_ctx_reset(&lab->c);
	pthread_mutex_unlock(&lab->lock);
	return answer->p ? RSP_OK : rsp_fail(c, RSP_NOMEM, "the SM-DP+ in process has failed");
}

static enum rsp_status
open_http(struct lab *lab, struct card *k)
{
	const struct pki_cert *ca[2];
	const char *rules[2];
	struct http_client_options o = {.ca = ca, .fixed_now = lab->o.clock, .connect_to = rules, .n_connect_to = lab->ds_service ? 2 : 1};
	int i;
	enum rsp_status st;

	if (!lab->service && !lab->o.remote) {
		k->http = (struct http_port){k, post_in_process};
		return RSP_OK;
	}
	for (i = 0; i < 2; i++)
		if (lab->pki->branch[i].ci.cert)
			ca[o.n_ca++] = lab->pki->branch[i].ci.cert;
	rules[0] = lab->o.remote ? rsp_sprintf(&k->card.c, "%s:%s", lab->host, lab->o.remote) :
		rsp_sprintf(&k->card.c, "%s:127.0.0.1:%u", lab->host, lab_port(lab));
	rules[1] = lab->ds_service ? rsp_sprintf(&k->card.c, "%s:127.0.0.1:%u", lab->o.smds, smds_service_port(lab->ds_service)) : "";
	st = rules[0] && rules[1] ? http_client_new(&k->card.c, &o, &k->client) : RSP_NOMEM;
	if (st == RSP_OK)
		k->http = http_client_port(k->client);
	return st;
}

/* ---- cards ---- */

static enum rsp_status
issue(struct lab *lab, struct card *k, enum ec_curve curve, struct euicc_branch *out)
{
	const struct pki_branch *b = &lab->pki->branch[curve];
	struct rsp_ctx *c = &k->card.c;
	struct pki_identity id = {0};
	uint8_t scalar[32];
	enum rsp_status st;

	if (!b->ci.cert || !b->eum.cert)
		return RSP_OK;
	if (b->eum.key)
		st = pki_issue_euicc(c, &b->eum, k->card.eid, &id);
	else
		return rsp_fail(c, RSP_STATE, "the PKI has no EUM key: no card can be made");
	if (st == RSP_OK)
		st = ec_key_scalar(c, id.key, scalar);
	if (st == RSP_OK) {
		out->ci_cert = b->ci.cert->der;
		out->eum_cert = b->eum.cert->der;
		out->euicc_cert = rsp_copy(c, id.cert->der);
		out->euicc_scalar = rsp_copy(c, BYTES_OF(scalar));
	}
	explicit_bzero(scalar, sizeof(scalar));
	pki_identity_free(&id);
	return st;
}

/* What issue() put into the context's memory, kept with the card. */
static enum rsp_status
keep_branch(struct card *k, int curve, struct euicc_branch *b)
{
	if (!b->euicc_cert.p)
		return RSP_OK;
	k->cert[curve] = malloc(b->euicc_cert.n);
	if (!k->cert[curve])
		return RSP_NOMEM;
	memcpy(k->cert[curve], b->euicc_cert.p, b->euicc_cert.n);
	memcpy(k->scalar[curve], b->euicc_scalar.p, sizeof(k->scalar[curve]));
	b->euicc_cert.p = k->cert[curve];
	b->euicc_scalar.p = k->scalar[curve];
	return RSP_OK;
}

static enum rsp_status
manufacture(struct card *k)
{
	struct rsp_ctx *c = &k->card.c;
	enum rsp_status st = image_memory(c, &k->image);

	if (st == RSP_OK)
		st = euicc_create(c, image_nvm(k->image), &k->options);
	return st == RSP_OK ? euicc_open(c, image_nvm(k->image), k->crypto, &k->card.euicc) : st;
}

enum rsp_status
lab_card_renew(struct lab *lab, struct lab_card *card)
{
	struct card *k = (struct card *)(void *)card;

	euicc_close(card->euicc);
	card->euicc = NULL;
	image_close(k->image);
	k->image = NULL;
	card->c.now = lab_now(lab);
	return manufacture(k);
}

static enum rsp_status
personalise(struct lab *lab, struct card *k)
{
	struct euicc_options *o = &k->options;
	struct rsp_ctx *c = &k->card.c;
	const struct pki_cert *eum = lab->pki->branch[0].eum.cert ? lab->pki->branch[0].eum.cert : lab->pki->branch[1].eum.cert;
	enum rsp_status st;
	int curve;

	if (!eum)
		return rsp_fail(c, RSP_STATE, "the PKI has no EUM");
	*o = (struct euicc_options){.default_dp = lab->o.smds ? NULL : lab->host, .root_ds = lab->o.smds, .lenient_segments = lab->o.lenient_segments};
	st = pki_eid_under(c, eum, 1000 + lab->n_cards, k->card.eid);
	if (st == RSP_OK)
		st = eid_read(c, k->card.eid, o->eid);
	for (curve = EC_P256; st == RSP_OK && curve <= EC_BP256; curve++)
		if (!lab->o.only_curve || curve == (int)lab->o.curve) {
			st = issue(lab, k, (enum ec_curve)curve, &o->branch[curve]);
			if (st == RSP_OK)
				st = keep_branch(k, curve, &o->branch[curve]);
		}
	return st == RSP_OK ? manufacture(k) : st;
}

enum rsp_status
lab_card_new(struct lab *lab, struct lab_card **out)
{
	struct card *k = calloc(1, sizeof(*k));
	char stream[24];
	enum rsp_status st = RSP_OK;

	if (!k || lab->n_cards == CARDS_MAX) {
		free(k);
		return RSP_NOMEM;
	}
	k->lab = lab;
	snprintf(stream, sizeof(stream), "card %u", lab->n_cards);
	/* A stream each when all follows from a seed; otherwise one for all, since a process can have only some hundreds. */
	if (lab->o.seed)
		st = crypto_new(&k->own_crypto, bytes_of_str(lab->o.seed), stream);
	k->crypto = lab->o.seed ? k->own_crypto : lab->crypto;
	if (st == RSP_OK)
		st = rsp_ctx_init(&k->card.c, k->crypto, lab_now(lab));
	if (st == RSP_OK)
		st = personalise(lab, k);
	if (st == RSP_OK)
		st = open_http(lab, k);
	if (st != RSP_OK) {
		if (k->card.c.arena)
			fprintf(stderr, "%s\n", k->card.c.error.text);
		free_card(k);
		return st;
	}
	k->card.port = (struct apdu_port){.self = k, .transmit = transmit, .reset = reset};
	k->card.lpa = (struct lpa){.card = &k->card.port, .http = &k->http};
	rsp_ctx_reset(&k->card.c);
	lab->cards[lab->n_cards++] = k;
	*out = &k->card;
	return RSP_OK;
}

struct nvm *
lab_card_nvm(struct lab_card *card)
{
	return image_nvm(((struct card *)(void *)card)->image);
}

enum rsp_status
lab_card_power(struct lab *lab, struct lab_card *card)
{
	struct card *k = (struct card *)(void *)card;

	euicc_close(card->euicc);
	card->euicc = NULL;
	card->c.now = lab_now(lab);
	return euicc_open(&card->c, image_nvm(k->image), k->crypto, &card->euicc);
}

/* ---- jobs ---- */

struct order_work { const struct order_request *r; struct smdpp_order made; };

static enum rsp_status
make_order(struct rsp_ctx *c, struct smdpp *dp, void *arg, struct smdpp_changes *changes)
{
	struct order_work *w = arg;
	enum rsp_status st = order_new(c, dp, w->r, changes);

	if (st == RSP_OK)
		w->made = changes->order[0];
	return st;
}

enum rsp_status
lab_order(struct lab *lab, struct rsp_ctx *c, const struct order_request *r, struct smdpp_order *out)
{
	struct order_work w = {.r = r};
	enum rsp_status st;

	pthread_mutex_lock(&lab->lock);
	lab->c.now = lab_now(lab);
	st = smdpp_unit(&lab->c, &lab->dp, make_order, &w);
	if (st == RSP_OK)
		*out = w.made;
	else
		c->error = lab->c.error;
	rsp_ctx_reset(&lab->c);
	pthread_mutex_unlock(&lab->lock);
	return st;
}

enum rsp_status
lab_download(struct lab *lab, struct lab_card *card, const char *activation_code, struct lpa_download_result *out)
{
	struct rsp_ctx *c = &card->c;
	struct activation_code code;
	enum rsp_status st;

	c->now = lab_now(lab);
	if ((st = activation_code_read(c, activation_code, &code)) != RSP_OK || (st = lpa_begin(&card->lpa, c)) != RSP_OK)
		return st;
	st = lpa_download(&card->lpa, c, &code, out);
	lpa_end(&card->lpa, c);
	return st;
}
