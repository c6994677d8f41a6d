// SPDX-License-Identifier: BSD-2-Clause
/* The unit of work: a role's answer leaves only after its changes are durable; a conflict runs the call again. */
#include "base/hex.h"
#include "service/smdpp_service.h"

#define TRIES 8

enum rsp_status
smdpp_unit(struct rsp_ctx *c, struct smdpp *dp, smdpp_work *work, void *arg)
{
	struct smdpp_changes *changes = rsp_alloc(c, sizeof(*changes));
	enum rsp_status st = changes ? RSP_CONFLICT : RSP_NOMEM;
	unsigned i;

	for (i = 0; st == RSP_CONFLICT && i < TRIES; i++) {
		*changes = (struct smdpp_changes){0};
		st = work(c, dp, arg, changes);
		if (st == RSP_OK)
			st = dp->store->commit(dp->store->self, c, changes);
	}
	return st;
}

struct es9p_work { enum es9p_function f; struct es9p_request req; struct es9p_response reply; };

static enum rsp_status
run_es9p(struct rsp_ctx *c, struct smdpp *dp, void *arg, struct smdpp_changes *changes)
{
	struct es9p_work *w = arg;

	return es9p_handle(c, dp, w->f, &w->req, changes, &w->reply);
}

struct es2p_work { enum es2p_function f; struct bytes body; const char *requester_key; struct bytes answer; };

static enum rsp_status
run_es2p(struct rsp_ctx *c, struct smdpp *dp, void *arg, struct smdpp_changes *changes)
{
	struct es2p_work *w = arg;

	return es2p_handle(c, dp, w->f, w->body, w->requester_key, changes, &w->answer);
}

static unsigned
http_status(enum rsp_status st)
{
	switch (st) {
	case RSP_OK:
		return 200;
	case RSP_MALFORMED:
		return 400;
	case RSP_LIMIT:
		return 413;
	case RSP_CONFLICT:
		return 503;
	default:
		return 500;
	}
}

static enum rsp_status
call_es9p(struct rsp_ctx *c, struct smdpp *dp, enum es9p_function f, struct bytes body, unsigned *status, struct bytes *answer)
{
	struct es9p_work w = {.f = f};
	struct buf b = BUF_INIT;
	enum rsp_status st = es9p_read_request(c, f, body, &w.req);

	if (st == RSP_OK)
		st = smdpp_unit(c, dp, run_es9p, &w);
	*status = http_status(st);
	*answer = bytes_of("", 0);
	if (f == ES9P_HANDLE_NOTIFICATION && (st == RSP_OK || st == RSP_MALFORMED)) {
		*status = 204;
		return RSP_OK;
	}
	if (st != RSP_OK)
		return RSP_OK;
	es9p_write_response(&b, f, &w.reply);
	return buf_finish(&b, c, answer);
}

/* What a client is known by: the hash of its public key, which stays when its certificate is renewed. */
static enum rsp_status
key_of_client(struct rsp_ctx *c, struct bytes client_cert, const char **out)
{
	const struct pki_cert *cert;
	struct bytes point;
	uint8_t digest[32];
	enum rsp_status st = pki_cert_read_scoped(c, client_cert, &cert);

	if (st != RSP_OK)
		return st;
	point = ec_key_point(cert->key);
	st = sha256(c, &point, 1, digest);
	*out = st == RSP_OK ? hex_of(c, BYTES_OF(digest)) : NULL;
	return st == RSP_OK && !*out ? RSP_NOMEM : st;
}

static enum rsp_status
call_es2p(struct rsp_ctx *c, struct smdpp *dp, enum es2p_function f, struct bytes body, struct bytes client_cert, unsigned *status, struct bytes *answer)
{
	struct es2p_work w = {.f = f, .body = body};
	enum rsp_status st = client_cert.p ? key_of_client(c, client_cert, &w.requester_key) : RSP_OK;

	if (st == RSP_OK)
		st = smdpp_unit(c, dp, run_es2p, &w);
	*status = http_status(st);
	*answer = st == RSP_OK ? w.answer : bytes_of("", 0);
	return RSP_OK;
}

enum rsp_status
smdpp_service_call(struct rsp_ctx *c, struct smdpp *dp, const char *path, struct bytes body, struct bytes client_cert, bool es2plus_allowed,
	unsigned *status, struct bytes *answer)
{
	int f;

	*answer = bytes_of("", 0);
	for (f = 0; f < ES9P_FUNCTIONS; f++)
		if (strcmp(path, es9p_path((enum es9p_function)f)) == 0)
			return call_es9p(c, dp, (enum es9p_function)f, body, status, answer);
	for (f = 0; f < ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO; f++)
		if (strcmp(path, es2p_path((enum es2p_function)f)) == 0) {
			if (es2plus_allowed || client_cert.p)
				return call_es2p(c, dp, (enum es2p_function)f, body, client_cert, status, answer);
			*status = 403;
			return RSP_OK;
		}
	*status = 404;
	return RSP_OK;
}
