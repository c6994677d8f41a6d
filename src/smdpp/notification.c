// SPDX-License-Identifier: BSD-2-Clause
/*
 * ES9+.HandleNotification (SGP.22 5.6.4): never answered with an error, believed only when it verifies, and taking effect once however often
 * it comes.
 */
#include "smdpp/call.h"

#include <stdio.h>

static enum rsp_status
decode(struct rsp_ctx *c, struct es9p_call *call)
{
	struct pending_notification *n = &call->notification;
	enum rsp_status st = es10_read_pending_notification(c, call->req.payload, n);

	if (st != RSP_OK || n->is_pir)
		return st;
	return read_certificates(c, call, n->other.euicc_cert, n->other.eum_cert);
}

static enum rsp_status
order_told_of(struct rsp_ctx *c, struct es9p_call *call, const struct notification_metadata *meta)
{
	enum rsp_status st;

	if (meta->iccid.n != 10)
		return rsp_fail(c, RSP_REFUSED, "the notification names no ICCID");
	st = load_order(c, call, meta->iccid.p);
	if (st != RSP_OK)
		return st;
	if (!call->has_order || !call->order.bound)
		return rsp_fail(c, RSP_REFUSED, "no profile of this ICCID was ever bound here");
	call->branch = &call->dp->pki->branch[call->order.bound_curve];
	return RSP_OK;
}

/* A result from before the metadata names no ICCID: then its session, as long as that is remembered, knows it. */
static enum rsp_status
check_pir_order(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	struct pir *pir = &call->notification.pir;
	struct smdpp_store *store = call->dp->store;
	bool found = false;
	enum rsp_status st;

	if (!pir->meta.iccid.p) {
		if ((st = store->session(store->self, c, pir->transaction_id, &call->session, &found)) != RSP_OK)
			return st;
		if (found)
			pir->meta.iccid = BYTES_OF(call->session.iccid);
	}
	return order_told_of(c, call, &pir->meta);
}

static enum rsp_status
check_pir_transaction(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	const struct smdpp_order *o = &call->order;

	if (bytes_equal(call->notification.pir.transaction_id, bytes_of(o->bound_transaction, o->bound_transaction_n)))
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the result belongs to another binding of this profile");
}

static enum rsp_status
check_pir_signature(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	const struct pir *pir = &call->notification.pir;
	struct ec_key *key = NULL;
	enum rsp_status st;

	st = ec_key_from_point(c, (enum ec_curve)call->order.bound_curve, BYTES_OF(call->order.bound_point), &key);
	if (st == RSP_OK)
		st = ec_verify(c, key, &pir->data, 1, pir->signature);
	ec_key_free(key);
	return st == RSP_UNTRUSTED ? rsp_fail(c, st, "euiccSignPIR does not verify") : st;
}

static enum rsp_status
check_other_order(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;

	return order_told_of(c, call, &call->notification.other.meta);
}

static enum rsp_status
check_other_eid(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	uint8_t eid[16];

	if (eid_read(c, call->euicc->serial_number, eid) == RSP_OK && memcmp(eid, call->order.bound_eid, 16) == 0)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the notification comes from another eUICC than the one the profile went to");
}

static enum rsp_status
check_other_signature(struct rsp_ctx *c, void *arg)
{
	struct es9p_call *call = arg;
	const struct other_notification *n = &call->notification.other;
	enum rsp_status st = ec_verify(c, call->euicc->key, &n->meta.der, 1, n->signature);

	return st == RSP_UNTRUSTED ? rsp_fail(c, st, "euiccNotificationSignature does not verify") : st;
}

static const struct rsp_check pir_rows[] = {
	{"ICCID", "SGP.22 5.6.4", check_pir_order, CODE_ICCID_UNKNOWN},
	{"transactionId", "SGP.22 5.6.4", check_pir_transaction, CODE_TRANSACTION},
	{"euiccSignPIR", "SGP.22 5.6.4", check_pir_signature, CODE_SIGNATURE},
};
const struct rsp_checks notification_pir_checks = RSP_CHECKS(pir_rows);

static const struct rsp_check other_rows[] = {
	{"ICCID", "SGP.22 5.6.4", check_other_order, CODE_ICCID_UNKNOWN},
	{"EUM certificate", "SGP.22 5.6.4", check_eum, CODE_EUM},
	{"eUICC certificate", "SGP.22 5.6.4", check_euicc, CODE_EUICC},
	{"EID", "SGP.22 5.6.4", check_other_eid, CODE_EID},
	{"euiccNotificationSignature", "SGP.22 5.6.4", check_other_signature, CODE_SIGNATURE},
};
const struct rsp_checks notification_other_checks = RSP_CHECKS(other_rows);

/* insufficientMemory and installation failed by interruption can be tried again (SGP.22 3.1.3). */
static bool
may_try_again(int reason)
{
	return reason == 10 || reason == 11;
}

/* The result ends the session: nothing can follow in it. */
static enum rsp_status
end_session(struct rsp_ctx *c, struct es9p_call *call)
{
	struct smdpp_store *store = call->dp->store;
	bool found = false, sure;
	enum rsp_status st;

	if (call->fresh)
		st = store->session(store->self, c, call->notification.pir.transaction_id, &call->session, &found);
	else
		st = store->session_recent(store->self, c, call->notification.pir.transaction_id, &call->session, &found, &sure);
	if (st == RSP_OK && found) {
		call->changes->session = call->session;
		call->changes->end_session = true;
	}
	return st;
}

static enum rsp_status
take_pir(struct rsp_ctx *c, struct es9p_call *call)
{
	const struct pir *pir = &call->notification.pir;
	struct smdpp_order *o = &call->order;
	enum rsp_status st;

	if (o->state != ORDER_DOWNLOADED)
		return RSP_OK;
	if ((st = end_session(c, call)) != RSP_OK)
		return st;
	if (pir->ok) {
		o->state = ORDER_INSTALLED;
		o->card = CARD_DISABLED;
		o->has_otsk = false;
		order_note(c, o, WHAT_INSTALLED, 0);
		if ((st = drop_event(c, call->dp, call->changes, o)) != RSP_OK)
			return st;
		change_order(call->changes, o);
		return progress(c, call->dp, call->changes, o, POINT_INSTALLATION, NULL, NULL, pir->der);
	}
	o->state = may_try_again(pir->reason) ? ORDER_RELEASED : ORDER_ERROR;
	order_note(c, o, WHAT_FAILED, (uint32_t)(pir->command * 256 + pir->reason));
	if (o->state == ORDER_ERROR && (st = drop_event(c, call->dp, call->changes, o)) != RSP_OK)
		return st;
	snprintf(o->fault, sizeof(o->fault), "the eUICC could not install it: command %d, reason %d", pir->command, pir->reason);
	change_order(call->changes, o);
	return progress(c, call->dp, call->changes, o, POINT_INSTALLATION, "8.2.10", "4.2", pir->der);
}

/* An enable may come without or before the result of the installation: then the profile is installed. */
static enum rsp_status
take_other(struct rsp_ctx *c, struct es9p_call *call)
{
	static const struct { uint32_t event; enum card_state state; enum order_what what; } tells[] = {
		{EVENT_INSTALL, CARD_DISABLED, WHAT_INSTALLED}, {EVENT_ENABLE, CARD_ENABLED, WHAT_ENABLED},
		{EVENT_DISABLE, CARD_DISABLED, WHAT_DISABLED}, {EVENT_DELETE, CARD_DELETED, WHAT_DELETED},
	};
	const struct notification_metadata *meta = &call->notification.other.meta;
	struct smdpp_order *o = &call->order;
	size_t i;

	if (o->has_card_seq && meta->seq <= o->card_seq)
		return RSP_OK;
	for (i = 0; i < sizeof(tells) / sizeof(tells[0]); i++)
		if (meta->event == tells[i].event) {
			o->card = tells[i].state;
			order_note(c, o, tells[i].what, (uint32_t)meta->seq);
		}
	if (o->state == ORDER_DOWNLOADED) {
		o->state = ORDER_INSTALLED;
		o->has_otsk = false;
		if (drop_event(c, call->dp, call->changes, o) != RSP_OK)
			return RSP_NOMEM;
	}
	o->card_seq = meta->seq;
	o->has_card_seq = true;
	change_order(call->changes, o);
	return RSP_OK;
}

static enum rsp_status
effect(struct rsp_ctx *c, struct es9p_call *call)
{
	return call->notification.is_pir ? take_pir(c, call) : take_other(c, call);
}

const struct es9p_steps es9p_handle_notification = {decode, effect};
