// SPDX-License-Identifier: BSD-2-Clause
/* What the card says of itself: ES10a, EUICCInfo, EID, rules authorisation table (SGP.22 5.7.3, 5.7.4, 5.7.8, 5.7.20, 5.7.22). */
#include "euicc/impl.h"
#include "euicc/traits.h"
#include "tlv/tlv.h"

static bool
is_empty(struct bytes command, uint32_t tag)
{
	struct tlv t;

	return tlv_only(command, tag, &t) == RSP_OK && t.value.n == 0;
}

static enum rsp_status
malformed(struct rsp_ctx *c, const char *function)
{
	return rsp_fail(c, RSP_MALFORMED, "%s: want an empty request", function);
}

enum rsp_status
es10_configured_addresses(struct rsp_ctx *c, struct es10_call *call)
{
	struct configured_addresses a = {0};

	if (!is_empty(call->command, 0xBF3C))
		return malformed(c, "GetEuiccConfiguredAddresses");
	(void)state_get(call->e, "dp", &a.default_dp);
	if (!state_get(call->e, "root", &a.root_ds))
		a.root_ds = bytes_of("", 0);
	es10_write_configured_addresses(&call->reply, &a);
	return RSP_OK;
}

enum rsp_status
es10_set_default_dp(struct rsp_ctx *c, struct es10_call *call)
{
	struct tlv t, address;
	size_t i;

	if (tlv_only(call->command, 0xBF3F, &t) != RSP_OK || tlv_only(t.value, 0x80, &address) != RSP_OK || address.value.n > 128)
		return rsp_fail(c, RSP_MALFORMED, "SetDefaultDpAddress: want one address of at most 128 octets");
	for (i = 0; i < address.value.n; i++)
		if (address.value.p[i] < 0x21 || address.value.p[i] > 0x7E) {
			es10_write_result(&call->reply, 0xBF3F, 127);
			return RSP_OK;
		}
	es10_write_result(&call->reply, 0xBF3F, 0);
	return address.value.n ? state_put(call->e, c, "dp", address.value) : state_del(call->e, c, "dp");
}

/* The identifiers of the card's CIs in the order of the description. */
static void
ci_list(const struct euicc *e, const uint8_t *curves, size_t n, struct ci_list *l)
{
	size_t i;

	l->n = 0;
	for (i = 0; i < n; i++)
		if (e->branch[curves[i]].ski_n)
			l->id[l->n++] = bytes_of(e->branch[curves[i]].ski, e->branch[curves[i]].ski_n);
}

static void
ci_lists(const struct euicc *e, struct ci_list *verification, struct ci_list *signing)
{
	ci_list(e, e->traits->verification, e->traits->n_verification, verification);
	ci_list(e, e->traits->signing, e->traits->n_signing, signing);
}

enum rsp_status
es10_get_info1(struct rsp_ctx *c, struct es10_call *call)
{
	struct euicc_info1 v = {0};

	if (!is_empty(call->command, 0xBF20))
		return malformed(c, "GetEUICCInfo1");
	memcpy(v.svn, call->e->traits->svn, 3);
	ci_lists(call->e, &v.verification, &v.signing);
	es10_write_info1(&call->reply, &v);
	return RSP_OK;
}

static bool
is_set(const uint8_t version[3])
{
	return version[0] || version[1] || version[2];
}

static bool
keeps(const struct euicc_traits *t)
{
	return t->svn[1] >= 4 && t->rsp_capability & RSP_CAP_SERVICE_DATA;
}

bool
keeps_service_data(const struct euicc *e)
{
	return keeps(e->traits);
}

/* Named bits came with versions: what a version does not know it does not say (SGP.22 4.3, 4.4 of each). */
static void
write_capabilities(struct euicc_info2 *v, const struct euicc_traits *t)
{
	unsigned minor = t->svn[1];

	v->uicc_capability = t->uicc_capability;
	v->rsp_capability = t->rsp_capability;
	if (minor < 5)
		v->uicc_capability &= ~(1u << 8 | 0xFC000000u);
	if (!keeps(t))
		v->rsp_capability &= ~(uint32_t)RSP_CAP_SERVICE_DATA;
	if (minor >= 3) {
		v->tre_properties = t->tre_properties;
		v->tre_reference = *t->tre_reference ? bytes_of_str(t->tre_reference) : BYTES_NONE;
	}
}

void
euicc_info2_write(struct euicc *e, struct buf *out)
{
	const struct euicc_traits *t = e->traits;
	struct euicc_info2 v = {
		.installed_applications = t->installed_applications, .free_nvm = state_free_memory(e), .free_ram = t->free_ram,
		.has_ts102241 = is_set(t->ts102241), .has_globalplatform = is_set(t->globalplatform),
		.has_category = true, .category = t->category, .forbidden_ppr = t->forbidden_ppr, .sas_accreditation = bytes_of_str(t->sas),
	};

	memcpy(v.svn, t->svn, 3);
	memcpy(v.profile_version, t->profile_version, 3);
	memcpy(v.firmware, t->firmware, 3);
	memcpy(v.ts102241, t->ts102241, 3);
	memcpy(v.globalplatform, t->globalplatform, 3);
	memcpy(v.pp_version, t->pp_version, 3);
	write_capabilities(&v, t);
	ci_lists(e, &v.verification, &v.signing);
	es10_write_info2(out, &v);
}

enum rsp_status
es10_get_info2(struct rsp_ctx *c, struct es10_call *call)
{
	if (!is_empty(call->command, 0xBF22))
		return malformed(c, "GetEUICCInfo2");
	euicc_info2_write(call->e, &call->reply);
	return RSP_OK;
}

enum rsp_status
es10_get_eid(struct rsp_ctx *c, struct es10_call *call)
{
	struct tlv t, list;
	size_t mark;

	if (tlv_only(call->command, 0xBF3E, &t) != RSP_OK || tlv_only(t.value, 0x5C, &list) != RSP_OK || list.value.n != 1 || list.value.p[0] != 0x5A)
		return rsp_fail(c, RSP_MALFORMED, "GetEuiccData: want tag list 5A");
	mark = tlv_open(&call->reply, 0xBF3E);
	tlv_add(&call->reply, 0x5A, BYTES_OF(call->e->eid));
	tlv_close(&call->reply, mark);
	return RSP_OK;
}

/* Set when the card is made; survives everything. */
enum rsp_status
es10_get_rat(struct rsp_ctx *c, struct es10_call *call)
{
	if (!is_empty(call->command, 0xBF43))
		return malformed(c, "GetRAT");
	return rules_answer(c, call->e->traits, &call->reply);
}
