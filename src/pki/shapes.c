// SPDX-License-Identifier: BSD-2-Clause
/* File names as in SGP.26, and what a certificate of each role looks like. */
#include <stddef.h>

#include "pki/impl.h"

#define SMDPP_OID "2.999.10"
#define SMDS_OID "2.999.15"
#define AT(m) offsetof(struct pki_branch, m)

const struct pki_shape pki_shapes[] = {
	{PKI_CI, "CERT_CI_ECDSA_", "SK_CI_ECDSA_", "esimlab TEST CI", 7300, false, "2.999.1", "AB", AT(ci)},
	{PKI_EUM, "CERT_EUM_ECDSA_", "SK_EUM_ECDSA_", "esimlab TEST EUM", 7300, false, "2.999.5", "B", AT(eum)},
	{PKI_EUICC, "CERT_EUICC_ECDSA_", "SK_EUICC_ECDSA_", "esimlab TEST eUICC", 7300, false, NULL, "", AT(euicc)},
	{PKI_DPAUTH, "CERT_S_SM_DPauth_ECDSA_", "SK_S_SM_DPauth_ECDSA_", "esimlab TEST SM-DP+", 1095, false, SMDPP_OID, "AB", AT(dpauth)},
	{PKI_DPPB, "CERT_S_SM_DPpb_ECDSA_", "SK_S_SM_DPpb_ECDSA_", "esimlab TEST SM-DP+", 1095, false, SMDPP_OID, "AB", AT(dppb)},
	{PKI_DPTLS, "CERT_S_SM_DP_TLS_", "SK_S_SM_DP_TLS_", "esimlab TEST SM-DP+ TLS", 1095, true, SMDPP_OID, "AB", AT(dptls)},
	{PKI_DSAUTH, "CERT_S_SM_DSauth_ECDSA_", "SK_S_SM_DSauth_ECDSA_", "esimlab TEST SM-DS", 1095, false, SMDS_OID, "AB", AT(dsauth)},
	{PKI_DSTLS, "CERT_S_SM_DS_TLS_", "SK_S_SM_DS_TLS_", "esimlab TEST SM-DS TLS", 1095, true, SMDS_OID, "AB", AT(dstls)},
	{PKI_ROLE_NONE, "CERT_S_SM_OPERATOR_TLS_", "SK_S_SM_OPERATOR_TLS_", "esimlab TEST operator", 1095, false, "2.999.20", "AB",
		AT(operator_tls)},
};
const size_t pki_shape_count = sizeof(pki_shapes) / sizeof(pki_shapes[0]);

const struct pki_shape *
pki_shape_of(enum pki_role role)
{
	size_t i = 0;

	while (pki_shapes[i].role != role)
		i++;
	return &pki_shapes[i];
}

struct pki_identity *
pki_identity_at(struct pki_branch *b, const struct pki_shape *s)
{
	return (struct pki_identity *)(void *)((uint8_t *)b + s->offset);
}

const char *
pki_curve_suffix(enum ec_curve curve)
{
	return curve == EC_BP256 ? "BRP" : "NIST";
}
