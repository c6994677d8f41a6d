// SPDX-License-Identifier: BSD-2-Clause
/* The profiles on the card: rows in memory, what ES10c asks and changes (SGP.22 5.7.15 to 5.7.22). */
#include <stdio.h>

#include "base/hex.h"
#include "euicc/impl.h"
#include "tlv/tlv.h"

struct rows { struct rsp_ctx *c; struct buf list; uint8_t slot[64]; size_t n; };

static bool
row_of(void *arg, struct bytes key, struct bytes value)
{
	struct rows *r = arg;

	if (r->n == sizeof(r->slot) || key.n != 5)
		return true;
	r->slot[r->n++] = (uint8_t)(hex_digit(key.p[3]) << 4 | hex_digit(key.p[4]));
	buf_add(&r->list, value);
	return true;
}

enum rsp_status
profiles_load(struct rsp_ctx *c, struct nvm *nvm, struct profile_rows *out)
{
	struct rows r = {.c = c};
	struct profile_info_list list;
	struct buf whole = BUF_INIT;
	struct bytes der;
	size_t mark = tlv_open(&whole, 0xBF2D), i;
	int error;
	enum rsp_status st;

	nvm->each(nvm->self, bytes_of_str("pr/"), row_of, &r);
	tlv_add(&whole, 0xA0, buf_bytes(&r.list));
	buf_free(&r.list);
	tlv_close(&whole, mark);
	if ((st = buf_finish(&whole, c, &der)) != RSP_OK || (st = es10_read_profile_info_rsp(c, der, &list, &error)) != RSP_OK)
		return st;
	out->p = rsp_alloc(c, (list.n + 1) * sizeof(*out->p));
	out->n = list.n;
	if (!out->p || list.n != r.n)
		return rsp_fail(c, RSP_NOMEM, "the card's profiles cannot be read");
	for (i = 0; i < list.n; i++) {
		out->p[i].slot = r.slot[i];
		out->p[i].info = list.p[i];
		snprintf(out->p[i].prefix, sizeof(out->p[i].prefix), "p/%02X/", r.slot[i]);
	}
	return RSP_OK;
}

enum rsp_status
profile_store(struct euicc *e, struct rsp_ctx *c, const struct profile_row *row)
{
	char key[8];
	struct buf b = BUF_INIT;
	struct bytes der;
	enum rsp_status st;

	es10_write_profile_info(&b, &row->info);
	if ((st = buf_finish(&b, c, &der)) != RSP_OK)
		return st;
	snprintf(key, sizeof(key), "pr/%02X", row->slot);
	return state_put(e, c, key, der);
}

int
class_of(const struct profile_info *info)
{
	return info->profile_class < 0 ? CLASS_OPERATIONAL : info->profile_class;
}

uint32_t
ppr_of(const struct profile_info *info)
{
	struct tlv t;
	uint32_t bits = 0;

	return info->ppr.p && tlv_only(info->ppr, 0x99, &t) == RSP_OK && tlv_bits(t.value, &bits) == RSP_OK ? bits : 0;
}

enum rsp_status
profiles_ready(struct euicc *e, struct rsp_ctx *c)
{
	return e->uicc ? RSP_OK : profiles_serve(e, c);
}

/*
 * ES6: a request that came in a secured packet for the security domain of the profile that is enabled, and so is for that profile. What the remote side
 * is answered says whether the request or the card was at fault.
 */
static enum rsp_status
update_served(void *self, struct rsp_ctx *c, struct bytes request, unsigned *sw)
{
	struct euicc *e = self;
	struct profile_rows rows;
	enum rsp_status st = profiles_load(c, e->nvm, &rows);
	size_t i;

	*sw = 0x6985;
	for (i = 0; st == RSP_OK && i < rows.n; i++)
		if (rows.p[i].info.state == PROFILE_ENABLED) {
			st = euicc_update_metadata(e, c, rows.p[i].info.iccid, request);
			*sw = st == RSP_OK ? 0x9000 : st == RSP_MALFORMED ? 0x6A80 : 0x6985;
			break;
		}
	return st == RSP_MALFORMED || st == RSP_REFUSED ? RSP_OK : st;
}

enum rsp_status
profiles_serve(struct euicc *e, struct rsp_ctx *c)
{
	struct profile_rows rows;
	const char *prefix = NULL;
	struct uicc *fresh;
	size_t i;
	unsigned n;
	enum rsp_status st = profiles_load(c, e->nvm, &rows);

	if (st != RSP_OK)
		return st;
	for (i = 0; i < rows.n; i++)
		if (rows.p[i].info.state == PROFILE_ENABLED)
			prefix = rows.p[i].prefix;
	if ((st = uicc_open(c, e->nvm, prefix, &fresh)) != RSP_OK)
		return st;
	uicc_close(e->uicc);
	e->uicc = fresh;
	e->ports = (struct uicc_ports){e, update_served};
	uicc_set_ports(fresh, &e->ports);
	for (n = 1; n < CHANNELS; n++)
		if (e->open[n])
			uicc_channel_open(e->uicc, n, 0);
	return RSP_OK;
}

/* ---- GetProfilesInfo ---- */

/* A test profile is there for a device in test mode, or when it is enabled. */
bool
profile_shown(const struct euicc *e, const struct profile_info *info)
{
	return class_of(info) != CLASS_TEST || e->test_mode || info->state == PROFILE_ENABLED;
}

static bool
wanted(const struct profile_info_req *req, const struct profile_info *p)
{
	if (req->iccid.p)
		return bytes_equal(req->iccid, p->iccid);
	if (req->isdp_aid.p)
		return bytes_equal(req->isdp_aid, p->isdp_aid);
	return req->profile_class < 0 || req->profile_class == class_of(p);
}

static bool
listed(struct bytes tags, uint32_t tag)
{
	size_t i = 0;

	while (i < tags.n) {
		uint32_t t = tags.p[i++];

		if ((t & 0x1F) == 0x1F && i < tags.n)
			t = t << 8 | tags.p[i++];
		if (t == tag)
			return true;
	}
	return false;
}

/* Without a tag list the default set; with one only what it names; unknown tags are passed over. */
static void
select_tags(struct profile_info *p, struct bytes tags)
{
	static const uint8_t defaults[] = {0x5A, 0x4F, 0x9F, 0x70, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95};
	struct bytes t = tags.p ? tags : BYTES_OF(defaults);

	if (!listed(t, 0x5A)) p->iccid = BYTES_NONE;
	if (!listed(t, 0x4F)) p->isdp_aid = BYTES_NONE;
	if (!listed(t, 0x9F70)) p->state = -1;
	if (!listed(t, 0x90)) p->nickname = BYTES_NONE;
	if (!listed(t, 0x91)) p->provider = BYTES_NONE;
	if (!listed(t, 0x92)) p->name = BYTES_NONE;
	if (!listed(t, 0x93)) p->icon_type = -1;
	if (!listed(t, 0x94)) p->icon = BYTES_NONE;
	if (!listed(t, 0x95)) p->profile_class = -1;
	if (!listed(t, 0xB6)) p->notification_config = BYTES_NONE;
	if (!listed(t, 0xB7)) p->owner = BYTES_NONE;
	if (!listed(t, 0xB8)) p->dp_proprietary = BYTES_NONE;
	if (!listed(t, 0x99)) p->ppr = BYTES_NONE;
	if (!listed(t, 0xBF22)) p->service_data = BYTES_NONE;
}

enum rsp_status
es10_profiles_info(struct rsp_ctx *c, struct es10_call *call)
{
	struct profile_info_req req;
	struct profile_rows rows;
	size_t mark, list, i;
	enum rsp_status st = es10_read_profile_info_req(c, call->command, &req);

	if (st != RSP_OK || (st = profiles_load(c, call->e->nvm, &rows)) != RSP_OK)
		return st;
	mark = tlv_open(&call->reply, 0xBF2D);
	list = tlv_open(&call->reply, 0xA0);
	for (i = 0; i < rows.n; i++) {
		struct profile_info p = rows.p[i].info;

		if (!wanted(&req, &p) || !profile_shown(call->e, &p))
			continue;
		select_tags(&p, req.tags);
		es10_write_profile_info(&call->reply, &p);
	}
	tlv_close(&call->reply, list);
	tlv_close(&call->reply, mark);
	return RSP_OK;
}

struct profile_row *
profile_find_row(struct profile_rows *rows, struct bytes isdp_aid, struct bytes iccid)
{
	size_t i;

	for (i = 0; i < rows->n; i++)
		if (iccid.p ? bytes_equal(iccid, rows->p[i].info.iccid) : bytes_equal(isdp_aid, rows->p[i].info.isdp_aid))
			return &rows->p[i];
	return NULL;
}

/* SGP.22 5.7.21: 64 octets of UTF-8 at most (the codec sees to it); none takes the name away. */
enum rsp_status
es10_set_nickname(struct rsp_ctx *c, struct es10_call *call)
{
	struct profile_rows rows;
	struct profile_row *target;
	struct bytes iccid, nickname;
	enum rsp_status st = es10_read_set_nickname_req(c, call->command, &iccid, &nickname);

	if (st != RSP_OK || (st = profiles_load(c, call->e->nvm, &rows)) != RSP_OK)
		return st;
	target = profile_find_row(&rows, BYTES_NONE, iccid);
	es10_write_result(&call->reply, 0xBF29, target ? 0 : 1);
	if (!target)
		return RSP_OK;
	target->info.nickname = nickname.n ? nickname : BYTES_NONE;
	return profile_store(call->e, c, target);
}
