// SPDX-License-Identifier: BSD-2-Clause
/* Delivering notifications (SGP.22 3.5): in order of their number for each address; what was delivered is removed from the card. */
#include "lpa/impl.h"

#include <stdio.h>

enum rsp_status
lpa_notifications(struct lpa *l, struct rsp_ctx *c, struct notification_list *out)
{
	struct buf b = BUF_INIT;
	struct bytes answer;
	enum rsp_status st;

	es10_write_list_notification_req(&b, 0);
	st = lpa_es10_buf(l, c, "ListNotification", &b, &answer);
	return st == RSP_OK ? es10_read_list_notification_rsp(c, answer, out) : st;
}

enum rsp_status
lpa_send_notification(struct lpa *l, struct rsp_ctx *c, struct bytes notification, uint64_t seq, struct bytes address)
{
	struct es9p_request req = {.payload = notification};
	struct es9p_response rsp;
	struct buf b = BUF_INIT;
	struct bytes answer;
	char host[256];
	enum rsp_status st;

	snprintf(host, sizeof(host), "%.*s", (int)(address.n > 255 ? 255 : address.n), (const char *)address.p);
	if ((st = lpa_es9(l, c, host, ES9P_HANDLE_NOTIFICATION, &req, &rsp)) != RSP_OK)
		return st;
	es10_write_notification_sent_req(&b, seq);
	st = lpa_es10_buf(l, c, "NotificationSent", &b, &answer);
	return st == RSP_OK ? lpa_result(c, "NotificationSent", answer, 0xBF30) : st;
}

static enum rsp_status
retrieve(struct lpa *l, struct rsp_ctx *c, uint64_t seq, struct bytes *out)
{
	const struct retrieve_notifications_req req = {.by_seq = true, .seq = seq};
	struct buf b = BUF_INIT;
	struct bytes answer;
	struct bytes_list list;
	enum rsp_status st;

	es10_write_retrieve_notifications_req(&b, &req);
	st = lpa_es10_buf(l, c, "RetrieveNotificationsList", &b, &answer);
	if (st == RSP_OK)
		st = es10_read_retrieve_notifications_rsp(c, answer, &list);
	if (st != RSP_OK)
		return st;
	if (list.n == 0)
		return rsp_fail(c, RSP_STATE, "notification %llu has gone from the card", (unsigned long long)seq);
	*out = list.p[0];
	return RSP_OK;
}

static void
sort_by_seq(struct notification_list *list)
{
	size_t i, k;

	for (i = 1; i < list->n; i++)
		for (k = i; k && list->p[k].seq < list->p[k - 1].seq; k--) {
			struct notification_metadata t = list->p[k];

			list->p[k] = list->p[k - 1];
			list->p[k - 1] = t;
		}
}

static bool
address_failed(const struct notification_list *failed, struct bytes address)
{
	size_t i;

	for (i = 0; i < failed->n; i++)
		if (bytes_equal_nocase(failed->p[i].address, address))
			return true;
	return false;
}

enum rsp_status
lpa_notify_all(struct lpa *l, struct rsp_ctx *c, unsigned *delivered, unsigned *left)
{
	struct notification_list list, failed = {0};
	struct rsp_error first = {.status = RSP_OK};
	size_t i;
	enum rsp_status st = lpa_notifications(l, c, &list), worst = RSP_OK;

	*delivered = *left = 0;
	if (st != RSP_OK)
		return st;
	sort_by_seq(&list);
	failed.p = rsp_alloc(c, (list.n + 1) * sizeof(*failed.p));
	if (!failed.p)
		return RSP_NOMEM;
	for (i = 0; i < list.n; i++) {
		struct bytes notification;

		if (address_failed(&failed, list.p[i].address)) {
			++*left;
			continue;
		}
		st = retrieve(l, c, list.p[i].seq, &notification);
		if (st == RSP_OK)
			st = lpa_send_notification(l, c, notification, list.p[i].seq, list.p[i].address);
		if (st == RSP_OK) {
			++*delivered;
			continue;
		}
		++*left;
		failed.p[failed.n++] = list.p[i];
		if (worst == RSP_OK) {
			worst = st;
			first = c->error;
		}
	}
	if (worst != RSP_OK)
		c->error = first;
	return worst;
}
