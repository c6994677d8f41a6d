// SPDX-License-Identifier: BSD-2-Clause
/* File names as in SGP.26, and what a certificate of each role looks like. */
#include <stddef.h>

#include "pki/impl.h"

#define SMDPP_OID "2.999.10"
#define SMDS_OID "2.999.15"
#define AT(m) offsetof(struct pki_branch, m)

const struct pki_shape pki_shapes[] = {
	{PKI_CI, "CERT_CI_ECDSA_%s", "SK_CI_ECDSA_%s", "esimlab TEST CI", 7300, false, "2.999.1", AT(ci)},
	{PKI_EUM, "CERT_EUM_ECDSA_%s", "SK_EUM_ECDSA_%s", "esimlab TEST EUM", 7300, false, "2.999.5", AT(eum)},
	{PKI_EUICC, "CERT_EUICC_ECDSA_%s", "SK_EUICC_ECDSA_%s", "esimlab TEST eUICC", 7300, false, NULL, AT(euicc)},
	{PKI_DPAUTH, "CERT_S_SM_DPauth_ECDSA_%s", "SK_S_SM_DPauth_ECDSA_%s", "esimlab TEST SM-DP+", 1095, false, SMDPP_OID, AT(dpauth)},
	{PKI_DPPB, "CERT_S_SM_DPpb_ECDSA_%s", "SK_S_SM_DPpb_ECDSA_%s", "esimlab TEST SM-DP+", 1095, false, SMDPP_OID, AT(dppb)},
	{PKI_DPTLS, "CERT_S_SM_DP_TLS_%s", "SK_S_SM_DP_TLS_%s", "esimlab TEST SM-DP+", 1095, true, SMDPP_OID, AT(dptls)},
	{PKI_DSAUTH, "CERT_S_SM_DSauth_ECDSA_%s", "SK_S_SM_DSauth_ECDSA_%s", "esimlab TEST SM-DS", 1095, false, SMDS_OID, AT(dsauth)},
	{PKI_DSTLS, "CERT_S_SM_DS_TLS_%s", "SK_S_SM_DS_TLS_%s", "esimlab TEST SM-DS", 1095, true, SMDS_OID, AT(dstls)},
	{PKI_ROLE_NONE, "CERT_OPERATOR_TLS_%s", "SK_OPERATOR_TLS_%s", "esimlab TEST operator", 1095, false, "2.999.20", AT(operator_tls)},
};
const size_t pki_shape_count = sizeof(pki_shapes) / sizeof(pki_shapes[0]);

const char *
pki_curve_suffix(enum ec_curve curve)
{
	return curve == EC_BP256 ? "BRP" : "NIST";
}
