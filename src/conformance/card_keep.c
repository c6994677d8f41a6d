// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/card_keep.h"

#include <stdio.h>

#include "lpa/impl.h"

static enum rsp_status
look(struct lpa *l, struct rsp_ctx *c, struct card_keep *out)
{
	struct profile_info_list profiles;
	struct notification_list notifications;
	struct configured_addresses a;
	size_t i;
	enum rsp_status st = lpa_profiles(l, c, &profiles);

	if (st == RSP_OK && (st = lpa_notifications(l, c, &notifications)) == RSP_OK)
		st = lpa_addresses(l, c, &a);
	if (st != RSP_OK)
		return st;
	if (profiles.n > KEEP_PROFILES || notifications.n > KEEP_NOTIFICATIONS)
		return rsp_fail(c, RSP_LIMIT, "the card has more on it than can be remembered: it could not be left as it was found");
	*out = (struct card_keep){.enabled = -1, .n_profiles = profiles.n, .n_seqs = notifications.n};
	for (i = 0; i < profiles.n; i++) {
		if (profiles.p[i].iccid.n == 10)
			memcpy(out->iccid[i], profiles.p[i].iccid.p, 10);
		if (profiles.p[i].state == PROFILE_ENABLED)
			out->enabled = (int)i;
	}
	for (i = 0; i < notifications.n; i++)
		out->seq[i] = notifications.p[i].seq;
	snprintf(out->default_dp, sizeof(out->default_dp), "%.*s", (int)a.default_dp.n, a.default_dp.p ? (const char *)a.default_dp.p : "");
	return RSP_OK;
}

static bool
was_there(const struct card_keep *k, const uint8_t iccid[10])
{
	size_t i;

	for (i = 0; i < k->n_profiles; i++)
		if (memcmp(k->iccid[i], iccid, 10) == 0)
			return true;
	return false;
}

static enum rsp_status
restore_profiles(struct lpa *l, struct rsp_ctx *c, const struct card_keep *k, const struct card_keep *now)
{
	struct profile_choice choice = {0};
	enum rsp_status st = RSP_OK;
	size_t i;

	if (now->enabled >= 0 && (k->enabled < 0 || memcmp(now->iccid[now->enabled], k->iccid[k->enabled], 10) != 0)) {
		choice.iccid = BYTES_OF(now->iccid[now->enabled]);
		st = lpa_disable(l, c, &choice);
	}
	for (i = 0; st == RSP_OK && i < now->n_profiles; i++)
		if (!was_there(k, now->iccid[i])) {
			choice.iccid = BYTES_OF(now->iccid[i]);
			st = lpa_delete(l, c, &choice);
		}
	if (st == RSP_OK && k->enabled >= 0 && (now->enabled < 0 || memcmp(now->iccid[now->enabled], k->iccid[k->enabled], 10) != 0)) {
		choice.iccid = BYTES_OF(k->iccid[k->enabled]);
		st = lpa_enable(l, c, &choice);
	}
	return st;
}

static enum rsp_status
restore_notifications(struct lpa *l, struct rsp_ctx *c, const struct card_keep *k)
{
	struct notification_list now;
	struct bytes answer;
	struct buf b = BUF_INIT;
	size_t i, n;
	enum rsp_status st = lpa_notifications(l, c, &now);

	for (i = 0; st == RSP_OK && i < now.n; i++) {
		for (n = 0; n < k->n_seqs && k->seq[n] != now.p[i].seq; n++)
			;
		if (n < k->n_seqs)
			continue;
		es10_write_notification_sent_req(&b, now.p[i].seq);
		st = lpa_es10_buf(l, c, "NotificationSent", &b, &answer);
	}
	return st;
}

static enum rsp_status
restore(struct lpa *l, struct rsp_ctx *c, const struct card_keep *k)
{
	struct card_keep *now = rsp_alloc(c, sizeof(*now));
	enum rsp_status st = now ? look(l, c, now) : RSP_NOMEM;

	if (st == RSP_OK)
		st = restore_profiles(l, c, k, now);
	if (st == RSP_OK && strcmp(now->default_dp, k->default_dp) != 0)
		st = lpa_set_default_dp(l, c, k->default_dp);
	return st == RSP_OK ? restore_notifications(l, c, k) : st;
}

enum rsp_status
card_keep_look(struct rsp_ctx *c, struct apdu_port *card, struct card_keep *out)
{
	struct lpa l = {.card = card};
	enum rsp_status st = lpa_begin(&l, c);

	if (st == RSP_OK)
		st = look(&l, c, out);
	lpa_end(&l, c);
	return st;
}

enum rsp_status
card_keep_restore(struct rsp_ctx *c, struct apdu_port *card, const struct card_keep *k)
{
	struct lpa l = {.card = card};
	enum rsp_status st = lpa_begin(&l, c);

	if (st == RSP_OK)
		st = restore(&l, c, k);
	lpa_end(&l, c);
	return st;
}
