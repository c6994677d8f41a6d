// SPDX-License-Identifier: BSD-2-Clause
/* Profile metadata of an order (SGP.22 2.4a): the same octets in AuthenticateClient and inside the package. */
#include <stdio.h>

#include "base/utf8.h"
#include "smdpp/order.h"

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

static enum rsp_status
keep(struct rsp_ctx *c, struct smdpp_order *o, struct buf *b)
{
	enum rsp_status st = RSP_OK;

	if (b->bad)
		st = rsp_fail(c, RSP_NOMEM, "no memory for metadata");
	else if (b->n > sizeof(o->metadata))
		st = rsp_fail(c, RSP_REFUSED, "profile metadata: %zu octets, at most %zu", b->n, sizeof(o->metadata));
	else
		memcpy(o->metadata, b->p, o->metadata_n = (uint32_t)b->n);
	buf_free(b);
	return st;
}

static void
basics(const struct smdpp_order *o, struct store_metadata *m, uint8_t owner[3])
{
	*m = (struct store_metadata){.iccid = BYTES_OF(o->iccid), .provider = bytes_of_str(o->provider), .name = bytes_of_str(o->name), .icon_type = -1,
		.profile_class = o->profile_class, .has_ppr = o->ppr != 0, .ppr = o->ppr};
	if (plmn(o->owner_mccmnc, owner))
		m->owner_mccmnc = bytes_of(owner, 3);
}

enum rsp_status
metadata_write(struct rsp_ctx *c, const struct smdpp *dp, const struct profile_type *type, struct smdpp_order *o)
{
	struct store_metadata m;
	struct buf b = BUF_INIT;
	uint8_t owner[3];

	basics(o, &m, owner);
	m.icon_type = type->icon_type;
	m.icon = type->icon;
	m.owner_gid1 = type->owner_gid1;
	m.owner_gid2 = type->owner_gid2;
	m.n_notifications = type->n_notifications;
	memcpy(m.notifications, type->notifications, sizeof(m.notifications));
	if (!m.n_notifications)
		notify_everything(&m, dp->host);
	es8p_write_store_metadata(&b, &m);
	return keep(c, o, &b);
}

/* What the eUICC would refuse is not even ordered. */
static enum rsp_status
set_text(struct rsp_ctx *c, char *to, size_t size, const char *what, const char *text)
{
	if (!text)
		return RSP_OK;
	if (strlen(text) >= size || !utf8_valid(bytes_of_str(text)))
		return smdpp_no(c, CODE_FORMAT, "%s: want at most %zu octets of UTF-8", what, size - 1);
	snprintf(to, size, "%s", text);
	return RSP_OK;
}

enum rsp_status
metadata_rename(struct rsp_ctx *c, struct smdpp_order *o, const char *name, const char *provider)
{
	struct store_metadata m;
	struct buf b = BUF_INIT;
	enum rsp_status st = es8p_read_store_metadata(c, rsp_copy(c, bytes_of(o->metadata, o->metadata_n)), &m);

	if (st != RSP_OK)
		return st;
	if ((st = set_text(c, o->name, sizeof(o->name), "profile name", name)) != RSP_OK ||
		(st = set_text(c, o->provider, sizeof(o->provider), "service provider name", provider)) != RSP_OK)
		return st;
	m.name = bytes_of_str(o->name);
	m.provider = bytes_of_str(o->provider);
	es8p_write_store_metadata(&b, &m);
	return keep(c, o, &b);
}

enum rsp_status
order_metadata(struct rsp_ctx *c, const struct smdpp *dp, const struct smdpp_order *o, struct bytes *out)
{
	struct store_metadata m;
	struct buf b = BUF_INIT;
	uint8_t owner[3];

	if (o->metadata_n) {
		*out = bytes_of(o->metadata, o->metadata_n);
		return RSP_OK;
	}
	/* An order from before the metadata were kept. */
	basics(o, &m, owner);
	notify_everything(&m, dp->host);
	es8p_write_store_metadata(&b, &m);
	return buf_finish(&b, c, out);
}
