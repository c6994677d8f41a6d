// SPDX-License-Identifier: BSD-2-Clause
/* Profile metadata of an order (SGP.22 2.4a): the same octets in AuthenticateClient and inside the package. */
#include "smdpp/call.h"

/* 001 01 -> 00 F1 10: nibble-swapped digits as in 3GPP TS 24.008. */
static bool
plmn(const char *mccmnc, uint8_t out[3])
{
	size_t n = strlen(mccmnc), i;
	uint8_t d[6];

	if (n != 5 && n != 6)
		return false;
	for (i = 0; i < n; i++)
		d[i] = (uint8_t)(mccmnc[i] - '0');
	if (n == 5)
		d[5] = 0xF;
	out[0] = (uint8_t)(d[1] << 4 | d[0]);
	out[1] = (uint8_t)(d[5] << 4 | d[2]);
	out[2] = (uint8_t)(d[4] << 4 | d[3]);
	return true;
}

static void
notify_everything(struct store_metadata *m, const char *host)
{
	m->notifications[0] = (struct notification_config){.events = EVENT_ENABLE | EVENT_DISABLE | EVENT_DELETE, .address = bytes_of_str(host)};
	m->n_notifications = 1;
}

enum rsp_status
order_metadata(struct rsp_ctx *c, const struct smdpp *dp, const struct smdpp_order *o, struct bytes *out)
{
	struct store_metadata m = {
		.iccid = BYTES_OF(o->iccid), .provider = bytes_of_str(o->provider), .name = bytes_of_str(o->name),
		.icon_type = -1, .profile_class = o->profile_class,
	};
	struct buf b = BUF_INIT;
	uint8_t owner[3];

	notify_everything(&m, dp->host);
	if (plmn(o->owner_mccmnc, owner))
		m.owner_mccmnc = BYTES_OF(owner);
	m.has_ppr = o->ppr != 0;
	m.ppr = o->ppr;
	es8p_write_store_metadata(&b, &m);
	return buf_finish(&b, c, out);
}
