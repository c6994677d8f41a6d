// SPDX-License-Identifier: BSD-2-Clause
/* ES2+ (SGP.22 5.3): an operator orders, confirms, releases and cancels. */
#include <stdio.h>

#include "smdpp/order.h"

struct es2p_call {
	struct smdpp *dp;
	struct es2p_request req;
	const char *requester_key;
	uint8_t digest[32];            /* of path and body */
	struct smdpp_changes *changes;
	struct es2p_response *reply;
	struct smdpp_order order;
	uint8_t iccid[10], eid[16];
	struct bytes earlier;          /* what the same call was answered before */
};

static char *
text_of(struct rsp_ctx *c, struct bytes b)
{
	return rsp_sprintf(c, "%.*s", (int)b.n, (const char *)b.p);
}

/* ---- rows ---- */

static enum rsp_status
check_requester(struct rsp_ctx *c, void *arg)
{
	const struct es2p_call *call = arg;

	return call->req.requester.n ? RSP_OK : rsp_fail(c, RSP_REFUSED, "functionRequesterIdentifier is missing");
}

static enum rsp_status
check_call_id(struct rsp_ctx *c, void *arg)
{
	const struct es2p_call *call = arg;

	return call->req.call_id.n ? RSP_OK : rsp_fail(c, RSP_REFUSED, "functionCallIdentifier is missing");
}

/* The certificate speaks for this requester. */
static enum rsp_status
check_certificate(struct rsp_ctx *c, void *arg)
{
	const struct es2p_call *call = arg;
	const struct smdpp *dp = call->dp;

	if (!call->requester_key || !dp->may_request || dp->may_request(dp->requesters, call->req.requester, call->requester_key))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "this certificate does not speak for function requester %.*s", (int)(call->req.requester.n > 60 ? 60 : call->req.requester.n),
		(const char *)call->req.requester.p);
}

/* SGP.22 5.3: a call that is repeated with its identifier is the same call; another one under the same identifier is a mistake. */
static enum rsp_status
check_repeated(struct rsp_ctx *c, void *arg)
{
	struct es2p_call *call = arg;
	struct smdpp_store *store = call->dp->store;
	struct es2p_done d;
	bool found = false;
	enum rsp_status st = store->done(store->self, c, call->req.requester, call->req.call_id, &d, &found);

	if (st != RSP_OK || !found || d.until <= c->now)
		return st;
	if (memcmp(d.request, call->digest, sizeof(d.request)) != 0)
		return rsp_fail(c, RSP_REFUSED, "functionCallIdentifier: an earlier call had it, and was another one");
	/* Nothing else is to be asked or done: the walk ends here. */
	call->earlier = d.answer;
	return RSP_STATE;
}

static enum rsp_status
check_texts(struct rsp_ctx *c, void *arg)
{
	struct es2p_call *call = arg;
	const struct es2p_request *r = &call->req;
	enum rsp_status st = RSP_OK;

	if (r->iccid.p && r->iccid.n)
		st = iccid_read(c, text_of(c, r->iccid), call->iccid);
	if (st == RSP_OK && r->eid.p)
		st = eid_read(c, text_of(c, r->eid), call->eid);
	if (st == RSP_OK && r->requester.n >= sizeof(call->order.requester))
		st = rsp_fail(c, RSP_REFUSED, "functionRequesterIdentifier: %zu characters are too many", r->requester.n);
	return st == RSP_MALFORMED ? RSP_REFUSED : st;
}

static enum rsp_status
check_iccid_or_type(struct rsp_ctx *c, void *arg)
{
	const struct es2p_call *call = arg;

	if (call->req.iccid.n || call->req.profile_type.n)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "want an ICCID or a profile type, have neither");
}

static enum rsp_status
check_iccid_given(struct rsp_ctx *c, void *arg)
{
	const struct es2p_call *call = arg;

	return call->req.iccid.n ? RSP_OK : rsp_fail(c, RSP_REFUSED, "the ICCID is missing");
}

static enum rsp_status
check_known(struct rsp_ctx *c, void *arg)
{
	struct es2p_call *call = arg;

	return order_find(c, call->dp, call->iccid, &call->order);
}

static bool
owns(const struct es2p_call *call, const struct smdpp_order *o)
{
	return (!o->requester[0] || bytes_equal_str(call->req.requester, o->requester)) &&
		(!call->requester_key || !o->requester_key[0] || strcmp(call->requester_key, o->requester_key) == 0);
}

/* An order belongs to the operator that made it. */
static enum rsp_status
check_owner(struct rsp_ctx *c, void *arg)
{
	const struct es2p_call *call = arg;

	return owns(call, &call->order) ? RSP_OK : rsp_fail(c, RSP_REFUSED, "the order belongs to another function requester");
}

/* So does a profile that it has given back, or whose card has deleted it. */
static enum rsp_status
check_iccid_owner(struct rsp_ctx *c, void *arg)
{
	const struct es2p_call *call = arg;
	struct smdpp_store *store = call->dp->store;
	struct smdpp_order old;
	bool found = false;
	enum rsp_status st = call->req.iccid.n ? store->order_by_iccid(store->self, c, call->iccid, &old, &found) : RSP_OK;

	if (st != RSP_OK || !found || owns(call, &old))
		return st;
	return rsp_fail(c, RSP_REFUSED, "the profile belongs to another function requester");
}

/* A profile that was given back is of the type it was made for. */
static enum rsp_status
check_iccid_type(struct rsp_ctx *c, void *arg)
{
	const struct es2p_call *call = arg;
	struct smdpp_store *store = call->dp->store;
	struct smdpp_order old;
	bool found = false, both = call->req.iccid.n && call->req.profile_type.n;
	enum rsp_status st = both ? store->order_by_iccid(store->self, c, call->iccid, &old, &found) : RSP_OK;

	if (st != RSP_OK || !found || old.state != ORDER_AVAILABLE || bytes_equal_str(call->req.profile_type, old.profile))
		return st;
	return rsp_fail(c, RSP_REFUSED, "the profile of this ICCID is of type '%s'", old.profile);
}

static enum rsp_status
check_same_eid(struct rsp_ctx *c, void *arg)
{
	const struct es2p_call *call = arg;

	if (!call->req.eid.p || !call->order.has_eid || memcmp(call->eid, call->order.eid, 16) == 0)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the order is bound to another EID");
}

static enum rsp_status
check_confirmable(struct rsp_ctx *c, void *arg)
{
	const struct es2p_call *call = arg;
	enum order_state s = call->order.state;

	if (s == ORDER_ALLOCATED || s == ORDER_LINKED)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "an order in state %s cannot be confirmed", order_state_name(s));
}

static enum rsp_status
check_eid_where_needed(struct rsp_ctx *c, void *arg)
{
	const struct es2p_call *call = arg;
	bool needed = call->req.smds_address.n || (call->req.matching_id.p && !call->req.matching_id.n);

	if (!needed || call->req.eid.p || call->order.has_eid)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "an empty MatchingID or an SM-DS needs an EID");
}

static enum rsp_status
check_matching_id_free(struct rsp_ctx *c, void *arg)
{
	struct es2p_call *call = arg;

	return call->req.matching_id.p ? order_matching_id_free(c, call->dp, call->req.matching_id, &call->order) : RSP_OK;
}

static enum rsp_status
check_smds(struct rsp_ctx *c, void *arg)
{
	const struct es2p_call *call = arg;

	if (call->req.smds_address.n && !call->dp->smds)
		return rsp_fail(c, RSP_REFUSED, "no SM-DS can be reached from here");
	return RSP_OK;
}

static enum rsp_status
check_confirmed(struct rsp_ctx *c, void *arg)
{
	const struct es2p_call *call = arg;

	if (call->order.state == ORDER_CONFIRMED)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "only a Confirmed order can be released, this one is %s", order_state_name(call->order.state));
}

static enum rsp_status
check_eid_repeated(struct rsp_ctx *c, void *arg)
{
	const struct es2p_call *call = arg;

	if (!call->order.has_eid || call->req.eid.p)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the order is bound to an EID, which is missing");
}

static enum rsp_status
check_matching_id_same(struct rsp_ctx *c, void *arg)
{
	const struct es2p_call *call = arg;

	if (!call->req.matching_id.p || bytes_equal_str(call->req.matching_id, call->order.matching_id))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the MatchingID is not this order's");
}

static enum rsp_status
check_final_status(struct rsp_ctx *c, void *arg)
{
	const struct es2p_call *call = arg;

	if (bytes_equal_str(call->req.final_status, "Available") || bytes_equal_str(call->req.final_status, "Unavailable"))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "finalProfileStatusIndicator: want Available or Unavailable");
}

#define HEADER_ROWS(clause) \
	{"functionRequesterIdentifier", clause, check_requester, CODE_REQUESTER_MISSING}, \
	{"functionCallIdentifier", clause, check_call_id, CODE_CALL_MISSING}, \
	{"requester's certificate", clause, check_certificate, CODE_REQUESTER}, \
	{"repeated call", clause, check_repeated, CODE_CALL_IN_USE}, \
	{"format", clause, check_texts, CODE_FORMAT}

#define ORDER_ROWS(clause) \
	HEADER_ROWS(clause), \
	{"iccid given", clause, check_iccid_given, CODE_ICCID_MISSING}, \
	{"iccid known", clause, check_known, CODE_ICCID_UNKNOWN}, \
	{"owner", clause, check_owner, CODE_ICCID_NOT_ALLOWED}

static const struct rsp_check download_rows[] = {
	HEADER_ROWS("SGP.22 5.3.1"),
	{"iccid or profileType", "SGP.22 5.3.1", check_iccid_or_type, CODE_ICCID_MISSING},
	{"owner", "SGP.22 5.3.1", check_iccid_owner, CODE_ICCID_NOT_ALLOWED},
	{"profileType of the iccid", "SGP.22 5.3.1", check_iccid_type, CODE_TYPE_ASSOCIATION},
};
const struct rsp_checks download_order_checks = RSP_CHECKS(download_rows);

static const struct rsp_check confirm_rows[] = {
	ORDER_ROWS("SGP.22 5.3.2"),
	{"EID", "SGP.22 5.3.2", check_same_eid, CODE_EID_ASSOCIATION},
	{"state", "SGP.22 5.3.2", check_confirmable, CODE_ICCID_IN_USE},
	{"EID where needed", "SGP.22 5.3.2", check_eid_where_needed, CODE_EID_MISSING},
	{"matchingId", "SGP.22 5.3.2", check_matching_id_free, CODE_MATCHING_ID_IN_USE},
	{"SM-DS", "SGP.22 5.3.2", check_smds, CODE_SMDS_UNREACHABLE},
};
const struct rsp_checks confirm_order_checks = RSP_CHECKS(confirm_rows);

static const struct rsp_check release_rows[] = {
	ORDER_ROWS("SGP.22 5.3.4"),
	{"state", "SGP.22 5.3.4", check_confirmed, CODE_ICCID_TRANSITION},
};
const struct rsp_checks release_profile_checks = RSP_CHECKS(release_rows);

static const struct rsp_check cancel_rows[] = {
	ORDER_ROWS("SGP.22 5.3.3"),
	{"EID given", "SGP.22 5.3.3", check_eid_repeated, CODE_EID_MISSING},
	{"EID", "SGP.22 5.3.3", check_same_eid, CODE_EID_ASSOCIATION},
	{"matchingId", "SGP.22 5.3.3", check_matching_id_same, CODE_MATCHING_ID_ASSOCIATION},
	{"finalProfileStatusIndicator", "SGP.22 5.3.3", check_final_status, CODE_FORMAT},
};
const struct rsp_checks cancel_order_checks = RSP_CHECKS(cancel_rows);

/* ---- effects ---- */

static enum rsp_status
iccid_answer(struct rsp_ctx *c, struct es2p_call *call)
{
	char text[ICCID_TEXT];

	iccid_text(call->order.iccid, text);
	call->reply->iccid = rsp_copy(c, bytes_of_str(text));
	return call->reply->iccid.p ? RSP_OK : RSP_NOMEM;
}

/* An ICCID alone must be of the stock or of a profile that was given back; its type is then known. */
static enum rsp_status
type_of_iccid(struct rsp_ctx *c, struct es2p_call *call, const char **type)
{
	struct smdpp_store *store = call->dp->store;
	struct stock_item item;
	struct smdpp_order old;
	bool found = false;
	enum rsp_status st = store->stock_by_iccid(store->self, c, call->iccid, &item, &found);

	if (st == RSP_OK && found) {
		*type = rsp_strdup(c, item.profile);
		explicit_bzero(&item, sizeof(item));
		return *type ? RSP_OK : RSP_NOMEM;
	}
	if (st == RSP_OK)
		st = order_find(c, call->dp, call->iccid, &old);
	if (st != RSP_OK)
		return st;
	if (old.state != ORDER_AVAILABLE)
		return smdpp_no(c, CODE_ICCID_IN_USE, "the profile is in state %s, not Available", order_state_name(old.state));
	*type = rsp_strdup(c, old.profile);
	return *type ? RSP_OK : RSP_NOMEM;
}

static enum rsp_status
download_effect(struct rsp_ctx *c, struct es2p_call *call)
{
	const struct es2p_request *r = &call->req;
	const char *iccid = r->iccid.n ? text_of(c, r->iccid) : NULL, *type = r->profile_type.n ? text_of(c, r->profile_type) : NULL;
	struct smdpp_order *o = &call->order;
	enum rsp_status st = RSP_OK;

	if (!type)
		st = type_of_iccid(c, call, &type);
	if (st == RSP_OK)
		st = order_may_have(c, call->dp, type, r->requester);
	if (st == RSP_OK)
		st = order_make(c, call->dp, type, iccid, o, call->changes);
	if (st != RSP_OK)
		return st;
	if (r->eid.p) {
		o->has_eid = true;
		memcpy(o->eid, call->eid, sizeof(o->eid));
		o->state = ORDER_LINKED;
		order_note(c, o, WHAT_LINKED, 0);
	}
	snprintf(o->requester, sizeof(o->requester), "%.*s", (int)r->requester.n, (const char *)r->requester.p);
	snprintf(o->requester_key, sizeof(o->requester_key), "%s", call->requester_key ? call->requester_key : "");
	change_order(call->changes, o);
	return iccid_answer(c, call);
}

static enum rsp_status
confirm_effect(struct rsp_ctx *c, struct es2p_call *call)
{
	const struct es2p_request *r = &call->req;
	struct smdpp_order *o = &call->order;
	char eid[EID_TEXT];
	enum rsp_status st;

	if (r->eid.p && !o->has_eid) {
		o->has_eid = true;
		memcpy(o->eid, call->eid, sizeof(o->eid));
		order_note(c, o, WHAT_LINKED, 0);
	}
	if (r->smds_address.n >= sizeof(o->smds))
		return smdpp_no(c, CODE_FORMAT, "smdsAddress: %zu characters are too many", r->smds_address.n);
	snprintf(o->smds, sizeof(o->smds), "%.*s", (int)r->smds_address.n, (const char *)r->smds_address.p);
	st = order_confirm(c, call->dp, o, r->matching_id, r->confirmation_code.n ? r->confirmation_code : BYTES_NONE, r->release_flag);
	if (st != RSP_OK)
		return st;
	change_order(call->changes, o);
	call->reply->matching_id = rsp_copy(c, bytes_of_str(o->matching_id));
	call->reply->smdp_address = bytes_of_str(call->dp->host);
	if (o->has_eid) {
		eid_text(o->eid, eid);
		call->reply->eid = rsp_copy(c, bytes_of_str(eid));
	}
	return RSP_OK;
}

static enum rsp_status
release_effect(struct rsp_ctx *c, struct es2p_call *call)
{
	return order_release(c, call->dp, call->iccid, call->changes);
}

static enum rsp_status
cancel_effect(struct rsp_ctx *c, struct es2p_call *call)
{
	enum order_state final = bytes_equal_str(call->req.final_status, "Available") ? ORDER_AVAILABLE : ORDER_UNAVAILABLE;

	return order_cancel(c, call->dp, call->iccid, final, call->changes);
}

static enum rsp_status
run(struct rsp_ctx *c, struct es2p_call *call, enum es2p_function f)
{
	static enum rsp_status (*const effects[])(struct rsp_ctx *, struct es2p_call *) = {
		[ES2P_DOWNLOAD_ORDER] = download_effect, [ES2P_CONFIRM_ORDER] = confirm_effect,
		[ES2P_CANCEL_ORDER] = cancel_effect, [ES2P_RELEASE_PROFILE] = release_effect,
	};
	const struct smdpp_checks *t = &call->dp->checks;
	const struct rsp_checks tables[] = {
		[ES2P_DOWNLOAD_ORDER] = t->download_order, [ES2P_CONFIRM_ORDER] = t->confirm_order,
		[ES2P_CANCEL_ORDER] = t->cancel_order, [ES2P_RELEASE_PROFILE] = t->release_profile,
	};
	const struct rsp_check *failed = NULL;
	enum rsp_status st = rsp_check_all(c, tables[f], call, &failed);

	if (st == RSP_STATE && call->earlier.p)
		return RSP_OK;
	if (st == RSP_OK)
		return effects[f](c, call);
	if (failed && !c->error.subject[0])
		smdpp_set_code(c, failed->code);
	return st;
}

static bool
is_no(enum rsp_status st)
{
	return st == RSP_REFUSED || st == RSP_UNTRUSTED || st == RSP_STATE || st == RSP_MALFORMED;
}

static enum rsp_status
write_answer(struct rsp_ctx *c, enum es2p_function f, const struct es2p_response *reply, struct bytes *answer)
{
	struct buf b = BUF_INIT;

	es2p_write_response(&b, f, reply);
	return buf_finish(&b, c, answer);
}

/* The call took effect: remembered with what it was answered, in the same commit. */
static enum rsp_status
finish(struct rsp_ctx *c, struct es2p_call *call, enum es2p_function f, struct bytes *answer)
{
	struct es2p_done *d = &call->changes->done;
	enum rsp_status st = write_answer(c, f, call->reply, answer);

	if (st != RSP_OK)
		return st;
	*d = (struct es2p_done){.requester = call->req.requester, .call_id = call->req.call_id, .answer = *answer,
		.until = c->now + call->dp->limits.call_seconds};
	memcpy(d->request, call->digest, sizeof(d->request));
	call->changes->has_done = true;
	return RSP_OK;
}

static enum rsp_status
refuse(struct rsp_ctx *c, struct es2p_call *call, enum es2p_function f, struct bytes *answer)
{
	struct es2p_response *r = call->reply;

	*call->changes = (struct smdpp_changes){0};
	*r = (struct es2p_response){.failed = true};
	snprintf(r->subject, sizeof(r->subject), "%s", c->error.subject);
	snprintf(r->reason, sizeof(r->reason), "%s", c->error.reason);
	snprintf(r->message, sizeof(r->message), "%.*s", (int)sizeof(r->message) - 1, c->error.text);
	return write_answer(c, f, r, answer);
}

enum rsp_status
es2p_handle(struct rsp_ctx *c, struct smdpp *dp, enum es2p_function f, struct bytes body, const char *requester_key, struct smdpp_changes *changes,
	struct bytes *answer)
{
	struct es2p_call *call = rsp_alloc(c, sizeof(*call));
	const struct bytes parts[2] = {bytes_of_str(es2p_path(f)), body};
	enum rsp_status st;

	*changes = (struct smdpp_changes){0};
	if (!call || !(call->reply = rsp_alloc(c, sizeof(*call->reply))))
		return RSP_NOMEM;
	call->dp = dp;
	call->changes = changes;
	call->requester_key = requester_key;
	if (f >= ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO)
		return rsp_fail(c, RSP_MALFORMED, "HandleDownloadProgressInfo is a function of the operator");
	if ((st = sha256(c, parts, 2, call->digest)) != RSP_OK || (st = es2p_read_request(c, f, body, &call->req)) != RSP_OK)
		return st;
	st = run(c, call, f);
	if (is_no(st))
		return refuse(c, call, f, answer);
	if (st == RSP_OK && call->earlier.p) {
		*answer = call->earlier;
		return RSP_OK;
	}
	return st == RSP_OK ? finish(c, call, f, answer) : st;
}
