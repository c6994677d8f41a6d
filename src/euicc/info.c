// SPDX-License-Identifier: BSD-2-Clause
/* What the card says of itself: ES10a, EUICCInfo, EID, rules authorisation table, CRL (SGP.22 5.7.3, 5.7.4, 5.7.8, 5.7.12, 5.7.20, 5.7.22). */
#include <stdio.h>

#include "euicc/impl.h"
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

static void
ci_lists(const struct euicc *e, struct ci_list *l)
{
	int i;

	l->n = 0;
	for (i = 0; i < 2; i++)
		if (e->branch[i].ci)
			l->id[l->n++] = e->branch[i].ci->ski;
}

enum rsp_status
es10_get_info1(struct rsp_ctx *c, struct es10_call *call)
{
	struct euicc_info1 v = {0};

	if (!is_empty(call->command, 0xBF20))
		return malformed(c, "GetEUICCInfo1");
	memcpy(v.svn, call->e->svn, 3);
	ci_lists(call->e, &v.verification);
	ci_lists(call->e, &v.signing);
	es10_write_info1(&call->reply, &v);
	return RSP_OK;
}

/* Named bits of UICCCapability that hold here: usim isim csim Milenage, test algorithm, several USIMs and ISIMs, BER-TLV, links, get-identity. */
#define UICC_CAPABILITY (1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 8 | 1u << 16 | 1u << 17 | 1u << 18 | 1u << 19 | 1u << 20)

void
euicc_info2_write(struct euicc *e, struct buf *out)
{
	struct euicc_info2 v = {
		.profile_version = {2, 3, 1}, .firmware = {0, 1, 0}, .installed_applications = 0, .free_ram = 16384,
		.uicc_capability = UICC_CAPABILITY, .ts102241 = {17, 0, 0}, .has_ts102241 = true, .globalplatform = {2, 3, 1}, .has_globalplatform = true,
		.rsp_capability = RSP_CAP_ADDITIONAL_PROFILE | RSP_CAP_CRL | RSP_CAP_TEST_PROFILE | RSP_CAP_DEVICE_INFO_EXT,
		.has_category = true, .category = 2, .pp_version = {1, 0, 0}, .sas_accreditation = bytes_of_str("esimlab-TEST"),
	};

	memcpy(v.svn, e->svn, 3);
	v.free_nvm = state_free_memory(e);
	ci_lists(e, &v.verification);
	ci_lists(e, &v.signing);
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

/* PPR1 and PPR2 for any operator, with the End User's consent. Set when the card is made; survives everything. */
enum rsp_status
es10_get_rat(struct rsp_ctx *c, struct es10_call *call)
{
	static const uint8_t any_operator[] = {0x30, 5, 0x80, 3, 0xEE, 0xEE, 0xEE};
	struct rat_entry entry = {.ppr_ids = 2 | 4, .operators = BYTES_OF(any_operator), .flags = 1};
	struct rat rat = {&entry, 1};

	if (!is_empty(call->command, 0xBF43))
		return malformed(c, "GetRAT");
	es10_write_rat(&call->reply, &rat);
	return RSP_OK;
}

static void
crl_error(struct es10_call *call, int error)
{
	size_t mark = tlv_open(&call->reply, 0xBF35);

	tlv_add_uint(&call->reply, 0x81, (uint64_t)error);
	tlv_close(&call->reply, mark);
}

/* The CRL as a certificate list again: its members are inside A0, whose tag replaced 30. */
static struct bytes
certificate_list(struct rsp_ctx *c, struct bytes a0)
{
	struct buf b = BUF_INIT;
	struct bytes out = BYTES_NONE;

	tlv_add(&b, 0x30, a0);
	return buf_finish(&b, c, &out) == RSP_OK ? out : BYTES_NONE;
}

enum rsp_status
es10_load_crl(struct rsp_ctx *c, struct es10_call *call)
{
	struct euicc *e = call->e;
	struct pki_crl *crl = NULL;
	struct tlv t, list;
	struct bytes der;
	char key[8];
	size_t mark, ok;
	int i;

	if (tlv_only(call->command, 0xBF35, &t) != RSP_OK || tlv_only(t.value, 0xA0, &list) != RSP_OK)
		return rsp_fail(c, RSP_MALFORMED, "LoadCRL: want a CRL");
	der = certificate_list(c, list.value);
	if (pki_crl_read(c, der, &crl) != RSP_OK) {
		crl_error(call, 2);
		return RSP_OK;
	}
	for (i = 0; i < 2; i++)
		if (e->branch[i].ci && pki_crl_verify(c, crl, e->branch[i].ci) != RSP_UNTRUSTED)
			break;
	if (i == 2) {
		pki_crl_free(crl);
		crl_error(call, 1);
		return RSP_OK;
	}
	pki_crl_free(e->branch[i].crl);
	e->branch[i].crl = crl;
	snprintf(key, sizeof(key), "crl%d", i);
	mark = tlv_open(&call->reply, 0xBF35);
	ok = tlv_open(&call->reply, 0xA0);
	tlv_close(&call->reply, ok);
	tlv_close(&call->reply, mark);
	return state_put(e, c, key, der);
}
