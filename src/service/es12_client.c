// SPDX-License-Identifier: BSD-2-Clause
#include "service/es12_client.h"

#include "base/hex.h"
#include "codec/es12.h"
#include "crypto/crypto.h"

bool
es12_client_is(const char *url)
{
	const char *path = strncmp(url, "https://", 8) == 0 ? strchr(url + 8, '/') : NULL;
	enum es12_function f;

	return path && es12_function_of(path, &f);
}

static bool
says(const struct es12_response *r, const char *subject, const char *reason)
{
	return strcmp(r->subject, subject) == 0 && strcmp(r->reason, reason) == 0;
}

bool
es12_client_settled(struct rsp_ctx *c, const char *url, struct bytes answer)
{
	struct es12_response r;
	const char *path = strchr(url + 8, '/');

	if (es12_read_response(c, answer, &r) != RSP_OK)
		return false;
	if (!r.failed)
		return true;
	(void)rsp_fail(c, RSP_REFUSED, "%s: %s/%s %s", url, r.subject, r.reason, r.message);
	return says(&r, "8.9.5", strcmp(path, es12_path(ES12_DELETE_EVENT)) == 0 ? "3.9" : "3.3");
}

struct bytes
es12_client_body(struct rsp_ctx *c, const char *requester, const char *address, const char *eid, const char *event_id, struct bytes *out)
{
	struct es12_request q = {.requester = bytes_of_str(requester), .eid = bytes_of_str(eid), .event_id = bytes_of_str(event_id),
		.rsp_server_address = bytes_of_str(address), .has_forwarding = true, .forwarding = true};
	struct buf b = BUF_INIT;
	uint8_t random[8];

	*out = BYTES_NONE;
	if (crypto_random(c, random, sizeof(random)) != RSP_OK)
		return *out;
	q.call_id = bytes_of_str(hex_of(c, BYTES_OF(random)));
	es12_write_request(&b, ES12_REGISTER_EVENT, &q);
	if (buf_finish(&b, c, out) != RSP_OK)
		*out = BYTES_NONE;
	return *out;
}

enum rsp_status
es12_client_registered(struct rsp_ctx *c, const char *smds, unsigned http_status, struct bytes answer)
{
	struct es12_response r;

	if (http_status != 200 || es12_read_response(c, answer, &r) != RSP_OK)
		return rsp_fail(c, RSP_IO, "the SM-DS %s answers HTTP %u without an answer of ES12", smds, http_status);
	if (r.failed && !says(&r, "8.9.5", "3.3"))
		return rsp_fail(c, RSP_REFUSED, "the SM-DS %s refuses the event: %s/%s %s", smds, r.subject, r.reason, r.message);
	return RSP_OK;
}

enum rsp_status
es12_client_register(struct clients *k, struct rsp_ctx *c, const char *smds, const char *requester, const char *address, const char *eid, const char *event_id)
{
	char *url = rsp_sprintf(c, "https://%s%s", smds, es12_path(ES12_REGISTER_EVENT));
	struct bytes body, answer;
	unsigned status = 0;
	enum rsp_status st;

	if (!url || !es12_client_body(c, requester, address, eid, event_id, &body).p)
		return RSP_NOMEM;
	st = clients_post(k, c, url, body, &status, &answer);
	return st == RSP_OK ? es12_client_registered(c, smds, status, answer) : st;
}
