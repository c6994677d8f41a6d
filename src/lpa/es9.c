// SPDX-License-Identifier: BSD-2-Clause
/* The server's side of the LPA. */
#include "lpa/impl.h"

#include <stdio.h>

#include "codec/reasons.h"

static const char *const names[ES9P_FUNCTIONS] = {
	[ES9P_INITIATE_AUTHENTICATION] = "InitiateAuthentication", [ES9P_AUTHENTICATE_CLIENT] = "AuthenticateClient",
	[ES9P_GET_BOUND_PROFILE_PACKAGE] = "GetBoundProfilePackage", [ES9P_HANDLE_NOTIFICATION] = "HandleNotification",
	[ES9P_CANCEL_SESSION] = "CancelSession",
};
static const char *const clauses[ES9P_FUNCTIONS] = {
	[ES9P_INITIATE_AUTHENTICATION] = "SGP.22 5.6.1", [ES9P_AUTHENTICATE_CLIENT] = "SGP.22 5.6.3",
	[ES9P_GET_BOUND_PROFILE_PACKAGE] = "SGP.22 5.6.2", [ES9P_HANDLE_NOTIFICATION] = "SGP.22 5.6.4", [ES9P_CANCEL_SESSION] = "SGP.22 5.6.5",
};

void
lpa_tell(struct lpa *l, const char *step, unsigned percent)
{
	if (l->user.progress)
		l->user.progress(l->user.self, step, percent);
}

static enum rsp_status
refused(struct rsp_ctx *c, enum es9p_function f, const struct es9p_response *r, const char *who)
{
	const char *sentence = reason_sentence(r->subject, r->reason), *subject = subject_name(r->subject), *reason = reason_name(r->reason);
	char text[120];

	if (sentence)
		snprintf(text, sizeof(text), "%s", sentence);
	else
		snprintf(text, sizeof(text), "%s: %s", subject ? subject : "unknown subject", reason ? reason : "unknown reason");
	return rsp_refuse(c, RSP_REFUSED, r->subject, r->reason, clauses[f], "refused by the %s in %s: %s", who, names[f], text);
}

/* The exchange alone: *answer is what came with a good HTTP status. */
static enum rsp_status
exchange(struct lpa *l, struct rsp_ctx *c, const char *host, enum es9p_function f, const struct es9p_request *req, struct bytes *answer)
{
	struct buf b = BUF_INIT;
	struct bytes body;
	unsigned http = 0;
	enum rsp_status st;

	es9p_write_request(&b, f, req);
	if ((st = buf_finish(&b, c, &body)) != RSP_OK)
		return st;
	if (l->trace.line)
		l->trace.line(l->trace.self, "http>", names[f], body);
	if ((st = l->http->post(l->http->self, c, host, es9p_path(f), body, &http, answer)) != RSP_OK)
		return st;
	if (l->trace.line)
		l->trace.line(l->trace.self, "http<", names[f], *answer);
	if (http >= 200 && http <= 299)
		return RSP_OK;
	return rsp_fail(c, http >= 500 ? RSP_IO : RSP_REFUSED, "%s: the server %s answers HTTP %u%s", names[f], host, http,
		http == 503 ? ": busy, try again later" : "");
}

static enum rsp_status
unreadable(struct rsp_ctx *c, enum es9p_function f, const char *host)
{
	struct rsp_error e = c->error;

	return rsp_fail(c, RSP_MALFORMED, "%s: the answer of %s cannot be read: %.120s", names[f], host, e.text);
}

enum rsp_status
lpa_es9(struct lpa *l, struct rsp_ctx *c, const char *host, enum es9p_function f, const struct es9p_request *req, struct es9p_response *rsp)
{
	struct bytes answer;
	enum rsp_status st = exchange(l, c, host, f, req, &answer);

	if (st != RSP_OK || f == ES9P_HANDLE_NOTIFICATION)
		return st;
	if (es9p_read_response(c, f, answer, rsp) != RSP_OK)
		return unreadable(c, f, host);
	return rsp->failed ? refused(c, f, rsp, "SM-DP+") : RSP_OK;
}

enum rsp_status
lpa_es11(struct lpa *l, struct rsp_ctx *c, const char *host, const struct es9p_request *req, struct es11_response *rsp)
{
	struct bytes answer;
	enum rsp_status st = exchange(l, c, host, ES9P_AUTHENTICATE_CLIENT, req, &answer);

	if (st != RSP_OK)
		return st;
	if (es11_read_response(c, ES9P_AUTHENTICATE_CLIENT, answer, rsp) != RSP_OK)
		return unreadable(c, ES9P_AUTHENTICATE_CLIENT, host);
	return rsp->common.failed ? refused(c, ES9P_AUTHENTICATE_CLIENT, &rsp->common, "SM-DS") : RSP_OK;
}
