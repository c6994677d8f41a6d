// SPDX-License-Identifier: BSD-2-Clause
#include "support/operator.h"

static struct told *
entry(struct operator *op, struct bytes iccid)
{
	char text[24];
	size_t i;

	snprintf(text, sizeof(text), "%.*s", (int)iccid.n, (const char *)iccid.p);
	for (i = 0; i < op->n && strcmp(op->told[i].iccid, text) != 0; i++)
		;
	if (i == op->cap) {
		op->cap = op->cap ? 2 * op->cap : 64;
		op->told = realloc(op->told, op->cap * sizeof(*op->told));
	}
	if (i == op->n) {
		op->told[op->n] = (struct told){0};
		memcpy(op->told[op->n++].iccid, text, sizeof(text));
	}
	return &op->told[i];
}

static void
note(struct operator *op, const struct es2p_request *r)
{
	struct told *t = entry(op, r->iccid);

	if (r->point != t->last_point && bytes_equal_str(r->call_id, t->last_call))
		atomic_fetch_add(&op->bad, 1);
	t->last_point = r->point;
	snprintf(t->last_call, sizeof(t->last_call), "%.*s", (int)r->call_id.n, (const char *)r->call_id.p);
	if (!r->point_failed)
		t->points |= 1u << r->point;
}

static void
hear(void *arg, struct rsp_ctx *c, const struct http_request *req, struct http_reply *reply)
{
	struct operator *op = arg;
	struct es2p_request r;

	if (atomic_load(&op->deaf)) {
		*reply = (struct http_reply){.status = 503};
		return;
	}
	if (es2p_read_request(c, ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO, req->body, &r) != RSP_OK || r.point < 1 || r.point > 7) {
		atomic_fetch_add(&op->bad, 1);
		*reply = (struct http_reply){.status = 400};
		return;
	}
	pthread_mutex_lock(&op->lock);
	note(op, &r);
	pthread_mutex_unlock(&op->lock);
	atomic_fetch_add(&op->heard, 1);
	*reply = (struct http_reply){.status = 204};
}

void
operator_start(struct operator *op, struct rsp_ctx *c)
{
	const struct http_server_options o = {.listen = "127.0.0.1:0", .handler = hear, .arg = op, .crypto = c->crypto, .workers = 4};

	*op = (struct operator){.lock = PTHREAD_MUTEX_INITIALIZER};
	assert_status(http_server_start(c, &o, &op->server), RSP_OK);
	snprintf(op->url, sizeof(op->url), "http://127.0.0.1:%u%s", http_server_port(op->server), es2p_path(ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO));
}

void
operator_stop(struct operator *op)
{
	http_server_stop(op->server, 1000);
	free(op->told);
}

unsigned
operator_told(struct operator *op, const char *iccid)
{
	unsigned points = 0;
	size_t i;

	pthread_mutex_lock(&op->lock);
	for (i = 0; i < op->n; i++)
		if (strcmp(op->told[i].iccid, iccid) == 0)
			points = op->told[i].points;
	pthread_mutex_unlock(&op->lock);
	return points;
}

struct http_client *
operator_client(struct rsp_ctx *c, const struct pki *pki, const char *host, unsigned port)
{
	const struct pki_branch *b = &pki->branch[EC_P256];
	const struct pki_cert *ca[1] = {b->ci.cert};
	const char *rules[1] = {rsp_sprintf(c, "%s:127.0.0.1:%u", host, port)};
	const struct http_client_options o = {.ca = ca, .n_ca = 1, .connect_to = rules, .n_connect_to = 1, .identity = &b->operator_tls, .timeout_ms = 10000};
	struct http_client *client = NULL;

	assert_status(http_client_new(c, &o, &client), RSP_OK);
	return client;
}

struct bytes
operator_body(struct rsp_ctx *c, const char *call_id, const char *members)
{
	return bytes_of_str(rsp_sprintf(c, "{\"header\":{\"functionRequesterIdentifier\":\"2.999.20\",\"functionCallIdentifier\":\"%s\"}%s}", call_id, members));
}
