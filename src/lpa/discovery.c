// SPDX-License-Identifier: BSD-2-Clause
/* What is waiting for this card? The default SM-DP+, then the root SM-DS and what it knows of (SGP.22 3.6.2). */
#include <stdio.h>

#include "lpa/impl.h"
#include "pki/pki.h"

#define DEPTH_MOST 4        /* SM-DSs that lead to each other */
#define EVENTS_MOST 100

struct discovery {
	struct lpa *l;
	struct lpa_discovery *d;
	enum rsp_status first;          /* failure */
	struct rsp_error error;
	unsigned entries;               /* of event lists */
};

static void
keep_failure(struct rsp_ctx *c, struct discovery *y, enum rsp_status st)
{
	if (y->first == RSP_OK) {
		y->first = st;
		y->error = c->error;
	}
	y->d->failed++;
}

static void
tell(struct rsp_ctx *c, struct discovery *y, const struct activation_code *at, enum rsp_status st, const struct lpa_download_result *result)
{
	const struct lpa_found f = {at->host, at->matching_id, st, &c->error, result};

	y->d->events += result != NULL;
	if (st == RSP_OK)
		y->d->downloaded++;
	else
		keep_failure(c, y, st);
	if (y->d->found)
		y->d->found(y->d->self, &f);
}

static enum rsp_status
is_smds(struct rsp_ctx *c, const struct download *d, bool *out)
{
	const struct pki_cert *cert;
	enum rsp_status st = pki_cert_read_scoped(c, d->initiated.server_certificate, &cert);

	*out = st == RSP_OK && cert->role == PKI_DSAUTH;
	return st;
}

static void follow(struct rsp_ctx *c, struct discovery *y, const struct activation_code *at, unsigned depth);

/* The events of an SM-DS, one by one; they stay there until their server deletes them. */
static enum rsp_status
follow_events(struct rsp_ctx *c, struct discovery *y, struct download *d, unsigned depth)
{
	struct es9p_request req = {.transaction_id = d->initiated.transaction_id};
	struct es11_response *r = rsp_alloc(c, sizeof(*r));
	size_t i;
	enum rsp_status st = r ? download_authenticate(c, d) : RSP_NOMEM;

	req.payload = d->authenticated;
	if (st == RSP_OK)
		st = lpa_es11(y->l, c, d->code->host, &req, r);
	for (i = 0; st == RSP_OK && i < r->n_events; i++) {
		struct activation_code next = {0};

		if (y->entries++ >= EVENTS_MOST)
			return rsp_fail(c, RSP_LIMIT, "more than %d events are waiting", EVENTS_MOST);
		snprintf(next.host, sizeof(next.host), "%.*s", (int)r->events[i].rsp_server_address.n, (const char *)r->events[i].rsp_server_address.p);
		snprintf(next.matching_id, sizeof(next.matching_id), "%.*s", (int)r->events[i].event_id.n, (const char *)r->events[i].event_id.p);
		follow(c, y, &next, depth + 1);
	}
	return st;
}

/* Whoever answers there: an SM-DS has more events, an SM-DP+ the profile. */
static void
follow(struct rsp_ctx *c, struct discovery *y, const struct activation_code *at, unsigned depth)
{
	struct lpa_download_result result = {0};
	struct download *d = NULL;
	bool smds = false;
	enum rsp_status st;

	if (depth > DEPTH_MOST) {
		(void)rsp_fail(c, RSP_LIMIT, "SM-DSs lead from one to the next more than %d times", DEPTH_MOST);
		tell(c, y, at, RSP_LIMIT, NULL);
		return;
	}
	st = download_begin(y->l, c, at, &result, &d);
	if (st == RSP_OK)
		st = is_smds(c, d, &smds);
	if (st == RSP_OK && smds) {
		st = follow_events(c, y, d, depth);
		if (st != RSP_OK)
			tell(c, y, at, st, NULL);
		return;
	}
	if (st == RSP_OK)
		st = download_authenticate(c, d);
	if (st == RSP_OK)
		st = download_finish(c, d);
	tell(c, y, at, st, &result);
}

/* Nothing there for this card is no failure. */
static void
ask_default(struct rsp_ctx *c, struct discovery *y, const char *host)
{
	struct activation_code at = {0};
	struct lpa_download_result result;
	enum rsp_status st;

	snprintf(at.host, sizeof(at.host), "%s", host);
	st = lpa_download(y->l, c, &at, &result);
	if (st == RSP_REFUSED && strcmp(c->error.subject, "8.2.6") == 0 && strcmp(c->error.reason, "3.8") == 0)
		return;
	tell(c, y, &at, st, &result);
}

enum rsp_status
lpa_discover(struct lpa *l, struct rsp_ctx *c, const char *smds, struct lpa_discovery *d)
{
	struct discovery y = {.l = l, .d = d};
	struct activation_code root = {0};
	struct configured_addresses a;
	enum rsp_status st = lpa_addresses(l, c, &a);

	if (st != RSP_OK)
		return st;
	if (a.default_dp.n)
		ask_default(c, &y, rsp_sprintf(c, "%.*s", (int)a.default_dp.n, (const char *)a.default_dp.p));
	snprintf(root.host, sizeof(root.host), "%s", smds ? smds : "");
	if (!smds)
		snprintf(root.host, sizeof(root.host), "%.*s", (int)a.root_ds.n, (const char *)a.root_ds.p);
	if (root.host[0])
		follow(c, &y, &root, 1);
	if (y.first != RSP_OK)
		c->error = y.error;
	return y.first;
}
