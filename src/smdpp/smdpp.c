// SPDX-License-Identifier: BSD-2-Clause
#include "smdpp/call.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/time.h"

static const struct { const char *subject, *reason; } codes[SMDPP_CODE_COUNT] = {
#define X(name, subject, reason) [name] = {subject, reason},
	SMDPP_CODES(X)
#undef X
};

static const char *const order_states[ORDER_STATES] = {"Available", "Allocated", "Linked", "Confirmed", "Released", "Downloaded", "Installed",
	"Error", "Unavailable"};
static const char *const card_states[] = {"", "disabled", "enabled", "deleted"};

static const char *const session_states[SESSION_STATES] = {"Initiated", "Authenticated", "Bound"};
static const char *const stock_states[STOCK_STATES] = {"Available", "Allocated", "Retired"};
static const char *const what_names[WHAT_COUNT] = {[WHAT_ORDERED] = "ordered", [WHAT_CONFIRMED] = "confirmed", [WHAT_RELEASED] = "released",
	[WHAT_AUTHENTICATED] = "eUICC authenticated, attempt", [WHAT_CODE_WRONG] = "wrong confirmation code, failure", [WHAT_BOUND] = "bound and downloaded",
	[WHAT_REBOUND] = "bound again", [WHAT_INSTALLED] = "installed", [WHAT_FAILED] = "installation failed, command and reason",
	[WHAT_CANCELLED] = "session cancelled, reason", [WHAT_ENABLED] = "enabled", [WHAT_DISABLED] = "disabled", [WHAT_DELETED] = "deleted",
	[WHAT_RESET] = "reset", [WHAT_GIVEN_BACK] = "given back", [WHAT_GIVEN_UP] = "given up", [WHAT_ATTEMPTS_USED] = "attempts used up",
	[WHAT_LINKED] = "linked to an EID", [WHAT_NOT_ELIGIBLE] = "eUICC not eligible"};

const char *
session_state_name(enum session_state s)
{
	return session_states[s];
}

const char *
stock_state_name(enum stock_state s)
{
	return stock_states[s];
}

const char *
order_what_name(enum order_what what)
{
	return what > 0 && what < WHAT_COUNT ? what_names[what] : "?";
}

void
order_note(struct rsp_ctx *c, struct smdpp_order *o, enum order_what what, uint32_t detail)
{
	if (o->n_history >= HISTORY_MAX) {
		memmove(&o->history[0], &o->history[1], (HISTORY_MAX - 1) * sizeof(o->history[0]));
		o->n_history = HISTORY_MAX - 1;
	}
	o->history[o->n_history++] = (struct order_event){c->now, what, detail};
}

const char *
order_state_name(enum order_state s)
{
	return order_states[s];
}

const char *
card_state_name(enum card_state s)
{
	return card_states[s];
}

void
smdpp_set_code(struct rsp_ctx *c, int code)
{
	snprintf(c->error.subject, sizeof(c->error.subject), "%s", codes[code].subject);
	snprintf(c->error.reason, sizeof(c->error.reason), "%s", codes[code].reason);
}

enum rsp_status
smdpp_no(struct rsp_ctx *c, enum smdpp_code code, const char *fmt, ...)
{
	va_list ap;
	char text[sizeof(c->error.text)];

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)rsp_fail(c, RSP_REFUSED, "%s", text);
	smdpp_set_code(c, (int)code);
	return RSP_REFUSED;
}

void
smdpp_init(struct smdpp *dp, const char *host, const struct pki *pki, struct smdpp_store *store, struct smdpp_types types)
{
	*dp = (struct smdpp){
		.pki = pki, .store = store, .types = types, .ppk = true, .rebinding = true, .progress = true,
		.limits = {.cc_tries = 3, .downloads = 10, .session_seconds = 3600, .call_seconds = 86400},
		.checks = {
			.initiate_authentication = initiate_authentication_checks,
			.authenticate_client = authenticate_client_checks,
			.get_bound_profile_package = get_bpp_checks,
			.cancel_session = cancel_session_checks,
			.notification_pir = notification_pir_checks,
			.notification_other = notification_other_checks,
			.download_order = download_order_checks,
			.confirm_order = confirm_order_checks,
			.release_profile = release_profile_checks,
			.cancel_order = cancel_order_checks,
		},
		.iccid_prefix = "8900101", .imsi_prefix = "00101",
	};
	snprintf(dp->host, sizeof(dp->host), "%s", host);
}

void
change_order(struct smdpp_changes *changes, const struct smdpp_order *o)
{
	size_t i;

	for (i = 0; i < changes->n_orders; i++)
		if (memcmp(changes->order[i].iccid, o->iccid, sizeof(o->iccid)) == 0)
			break;
	if (i == CHANGES_ORDERS)
		return;
	changes->order[i] = *o;
	if (i == changes->n_orders)
		changes->n_orders++;
}

enum rsp_status
progress(struct rsp_ctx *c, const struct smdpp *dp, struct smdpp_changes *changes, const struct smdpp_order *o, enum progress_point point,
	const char *subject, const char *reason, struct bytes result)
{
	struct es2p_request info = {.requester = bytes_of_str(dp->host), .point = (int)point, .result_data = result};
	char id[64], iccid[ICCID_TEXT], eid[EID_TEXT], at[TIME_TEXT_SIZE];
	struct buf b = BUF_INIT;

	if (!dp->progress)
		return RSP_OK;
	iccid_text(o->iccid, iccid);
	time_text(c->now, at);
	/* Each change of an order has a revision of its own: so a message that is sent again can be told from another one. */
	snprintf(id, sizeof(id), "%s-%llu-%d", iccid, (unsigned long long)o->revision, (int)point);
	info.call_id = bytes_of_str(id);
	info.iccid = bytes_of_str(iccid);
	info.timestamp = bytes_of_str(at);
	info.profile_type = bytes_of_str(o->profile);
	if (o->has_eid || o->bound) {
		eid_text(o->has_eid ? o->eid : o->bound_eid, eid);
		info.eid = bytes_of_str(eid);
	}
	if (subject) {
		info.point_failed = true;
		info.point_subject = bytes_of_str(subject);
		info.point_reason = bytes_of_str(reason);
	}
	if (changes->n_outbox == CHANGES_OUTBOX)
		return rsp_fail(c, RSP_NOMEM, "more progress messages than one call may send");
	es2p_write_request(&b, ES2P_HANDLE_DOWNLOAD_PROGRESS_INFO, &info);
	return buf_finish(&b, c, &changes->outbox[changes->n_outbox++].body);
}
