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

uint32_t
ppr_of(const struct profile_info *info)
{
	struct tlv t;
	uint32_t bits = 0;

	return info->ppr.p && tlv_only(info->ppr, 0x99, &t) == RSP_OK && tlv_bits(t.value, &bits) == RSP_OK ? bits : 0;
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
	for (n = 1; n < CHANNELS; n++)
		if (e->open[n])
			uicc_channel_open(e->uicc, n, 0);
	return RSP_OK;
}

/* ---- GetProfilesInfo ---- */

static bool
wanted(const struct profile_info_req *req, const struct profile_info *p)
{
	if (req->iccid.p)
		return bytes_equal(req->iccid, p->iccid);
	if (req->isdp_aid.p)
		return bytes_equal(req->isdp_aid, p->isdp_aid);
	return req->profile_class < 0 || req->profile_class == (p->profile_class < 0 ? CLASS_OPERATIONAL : p->profile_class);
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

		if (!wanted(&req, &p))
			continue;
		select_tags(&p, req.tags);
		es10_write_profile_info(&call->reply, &p);
	}
	tlv_close(&call->reply, list);
	tlv_close(&call->reply, mark);
	return RSP_OK;
}

/* ---- Enable, Disable, Delete ---- */

struct change {
	struct euicc *e;
	struct profile_choice choice;
	struct profile_rows rows;
	struct profile_row *target, *enabled;
};

static enum rsp_status
load_change(struct rsp_ctx *c, struct change *ch)
{
	enum rsp_status st = profiles_load(c, ch->e->nvm, &ch->rows);
	size_t i;

	for (i = 0; st == RSP_OK && i < ch->rows.n; i++) {
		struct profile_row *r = &ch->rows.p[i];

		if (ch->choice.iccid.p ? bytes_equal(ch->choice.iccid, r->info.iccid) : bytes_equal(ch->choice.isdp_aid, r->info.isdp_aid))
			ch->target = r;
		if (r->info.state == PROFILE_ENABLED)
			ch->enabled = r;
	}
	return st;
}

static enum rsp_status
check_found(struct rsp_ctx *c, void *arg)
{
	struct change *ch = arg;

	return ch->target ? RSP_OK : rsp_fail(c, RSP_REFUSED, "there is no such profile");
}

static enum rsp_status
check_disabled(struct rsp_ctx *c, void *arg)
{
	struct change *ch = arg;

	return ch->target->info.state == PROFILE_DISABLED ? RSP_OK : rsp_fail(c, RSP_REFUSED, "the profile is not disabled");
}

static enum rsp_status
check_enabled(struct rsp_ctx *c, void *arg)
{
	struct change *ch = arg;

	return ch->target->info.state == PROFILE_ENABLED ? RSP_OK : rsp_fail(c, RSP_REFUSED, "the profile is not enabled");
}

/* PPR1 of the enabled profile: it may not be disabled; a test or provisioning profile may still take its place. */
static enum rsp_status
check_ppr1_of_enabled(struct rsp_ctx *c, void *arg)
{
	struct change *ch = arg;
	int class = ch->target->info.profile_class;

	if (!ch->enabled || !(ppr_of(&ch->enabled->info) & 2) || class == CLASS_TEST || class == CLASS_PROVISIONING)
		return RSP_OK;
	return rsp_fail(c, RSP_REFUSED, "the enabled profile may not be disabled (PPR1)");
}

static enum rsp_status
check_ppr1(struct rsp_ctx *c, void *arg)
{
	struct change *ch = arg;

	return ppr_of(&ch->target->info) & 2 ? rsp_fail(c, RSP_REFUSED, "the profile may not be disabled (PPR1)") : RSP_OK;
}

static enum rsp_status
check_ppr2(struct rsp_ctx *c, void *arg)
{
	struct change *ch = arg;

	return ppr_of(&ch->target->info) & 4 ? rsp_fail(c, RSP_REFUSED, "the profile may not be deleted (PPR2)") : RSP_OK;
}

static enum rsp_status
check_cat(struct rsp_ctx *c, void *arg)
{
	struct change *ch = arg;

	return ch->choice.refresh && ch->e->proactive.n ? rsp_fail(c, RSP_REFUSED, "a proactive command is under way") : RSP_OK;
}

static const struct rsp_check enable_rows[] = {
	{"profile found", "SGP.22 5.7.16", check_found, 1},
	{"profile disabled", "SGP.22 5.7.16", check_disabled, 2},
	{"PPR1 of the enabled profile", "SGP.22 5.7.16", check_ppr1_of_enabled, 3},
	{"no proactive session", "SGP.22 5.7.16", check_cat, 5},
};
const struct rsp_checks euicc_enable_checks = RSP_CHECKS(enable_rows);

static const struct rsp_check disable_rows[] = {
	{"profile found", "SGP.22 5.7.17", check_found, 1},
	{"profile enabled", "SGP.22 5.7.17", check_enabled, 2},
	{"PPR1", "SGP.22 5.7.17", check_ppr1, 3},
	{"no proactive session", "SGP.22 5.7.17", check_cat, 5},
};
const struct rsp_checks euicc_disable_checks = RSP_CHECKS(disable_rows);

static const struct rsp_check delete_rows[] = {
	{"profile found", "SGP.22 5.7.18", check_found, 1},
	{"profile disabled", "SGP.22 5.7.18", check_disabled, 2},
	{"PPR2", "SGP.22 5.7.18", check_ppr2, 3},
};
const struct rsp_checks euicc_delete_checks = RSP_CHECKS(delete_rows);

static enum rsp_status
set_state(struct euicc *e, struct rsp_ctx *c, struct profile_row *row, enum profile_state state, uint32_t event)
{
	enum rsp_status st;

	row->info.state = (int)state;
	st = profile_store(e, c, row);
	return st == RSP_OK ? notify_event(e, c, row, event) : st;
}

/* With the refresh flag the files change at the REFRESH or reset that follows, otherwise now. */
static enum rsp_status
switched(struct rsp_ctx *c, struct change *ch)
{
	if (!ch->choice.refresh)
		return profiles_serve(ch->e, c);
	card_want_refresh(ch->e);
	return RSP_OK;
}

/* Walk a table; its answer when it says no. *go: all rows hold. */
static enum rsp_status
decide(struct rsp_ctx *c, struct es10_call *call, struct rsp_checks checks, struct change *ch, uint32_t tag, bool *go)
{
	const struct rsp_check *failed = NULL;
	enum rsp_status st = load_change(c, ch);

	*go = false;
	if (st != RSP_OK)
		return st;
	st = rsp_check_all(c, checks, ch, &failed);
	if (st != RSP_OK && !failed)
		return st;
	es10_write_result(&call->reply, tag, failed ? failed->code : 0);
	*go = !failed;
	return RSP_OK;
}

enum rsp_status
es10_enable(struct rsp_ctx *c, struct es10_call *call)
{
	struct change ch = {.e = call->e};
	bool go;
	enum rsp_status st = es10_read_enable_req(c, call->command, &ch.choice);

	if (st != RSP_OK || (st = decide(c, call, call->e->checks.enable, &ch, 0xBF31, &go)) != RSP_OK || !go)
		return st;
	if (ch.enabled)
		st = set_state(call->e, c, ch.enabled, PROFILE_DISABLED, EVENT_DISABLE);
	if (st == RSP_OK)
		st = set_state(call->e, c, ch.target, PROFILE_ENABLED, EVENT_ENABLE);
	return st == RSP_OK ? switched(c, &ch) : st;
}

enum rsp_status
es10_disable(struct rsp_ctx *c, struct es10_call *call)
{
	struct change ch = {.e = call->e};
	bool go;
	enum rsp_status st = es10_read_enable_req(c, call->command, &ch.choice);

	if (st != RSP_OK || (st = decide(c, call, call->e->checks.disable, &ch, 0xBF32, &go)) != RSP_OK || !go)
		return st;
	st = set_state(call->e, c, ch.target, PROFILE_DISABLED, EVENT_DISABLE);
	return st == RSP_OK ? switched(c, &ch) : st;
}

static enum rsp_status
remove_profile(struct euicc *e, struct rsp_ctx *c, const struct profile_row *row)
{
	char key[8];
	enum rsp_status st = notify_event(e, c, row, EVENT_DELETE);

	if (st == RSP_OK)
		st = uicc_remove(c, e->nvm, row->prefix);
	snprintf(key, sizeof(key), "px/%02X", row->slot);
	if (st == RSP_OK)
		st = state_del(e, c, key);
	snprintf(key, sizeof(key), "pr/%02X", row->slot);
	return st == RSP_OK ? state_del(e, c, key) : st;
}

enum rsp_status
es10_delete(struct rsp_ctx *c, struct es10_call *call)
{
	struct change ch = {.e = call->e};
	bool go;
	enum rsp_status st = es10_read_delete_req(c, call->command, &ch.choice);

	if (st != RSP_OK || (st = decide(c, call, call->e->checks.delete_profile, &ch, 0xBF33, &go)) != RSP_OK || !go)
		return st;
	return remove_profile(call->e, c, ch.target);
}

/* Bit 0 operational profiles, 1 field-loaded test profiles, 2 the default SM-DP+ address. PPR2 does not hold it up. */
static bool
reset_takes(uint32_t bits, const struct profile_info *p)
{
	int class = p->profile_class < 0 ? CLASS_OPERATIONAL : p->profile_class;

	return (class == CLASS_OPERATIONAL && bits & 1) || (class == CLASS_TEST && bits & 2);
}

enum rsp_status
es10_memory_reset(struct rsp_ctx *c, struct es10_call *call)
{
	struct euicc *e = call->e;
	struct profile_rows rows;
	struct bytes dp;
	uint32_t bits;
	bool any = false, was_enabled = false;
	size_t i;
	enum rsp_status st = es10_read_memory_reset_req(c, call->command, &bits);

	if (st != RSP_OK || (st = profiles_load(c, e->nvm, &rows)) != RSP_OK)
		return st;
	if (e->proactive.n) {
		es10_write_result(&call->reply, 0xBF34, 5);
		return RSP_OK;
	}
	for (i = 0; st == RSP_OK && i < rows.n; i++) {
		if (!reset_takes(bits, &rows.p[i].info))
			continue;
		any = true;
		was_enabled = was_enabled || rows.p[i].info.state == PROFILE_ENABLED;
		st = remove_profile(e, c, &rows.p[i]);
	}
	if (st == RSP_OK && bits & 4 && state_get(e, "dp", &dp)) {
		any = true;
		st = state_del(e, c, "dp");
	}
	if (st != RSP_OK)
		return st;
	es10_write_result(&call->reply, 0xBF34, any ? 0 : 1);
	return was_enabled ? profiles_serve(e, c) : RSP_OK;
}

enum rsp_status
es10_set_nickname(struct rsp_ctx *c, struct es10_call *call)
{
	struct change ch = {.e = call->e};
	struct bytes nickname;
	enum rsp_status st = es10_read_set_nickname_req(c, call->command, &ch.choice.iccid, &nickname);

	if (st != RSP_OK || (st = load_change(c, &ch)) != RSP_OK)
		return st;
	es10_write_result(&call->reply, 0xBF29, ch.target ? 0 : 1);
	if (!ch.target)
		return RSP_OK;
	ch.target->info.nickname = nickname.n ? nickname : BYTES_NONE;
	return profile_store(call->e, c, ch.target);
}
