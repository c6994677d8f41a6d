// SPDX-License-Identifier: BSD-2-Clause
/* Roles and the policy OIDs that give them (SGP.14, variant O). */
#include "pki/impl.h"

#define POLICY_SIZE 7
#define POLICY(n) {0x67, 0x81, 0x12, 0x01, 0x02, 0x01, (n)}   /* 2.23.146.1.2.1.n */

static const struct { const char *name; uint8_t policy[POLICY_SIZE]; } roles[] = {
	[PKI_CI] = {"CI", POLICY(0)}, [PKI_EUICC] = {"eUICC", POLICY(1)}, [PKI_EUM] = {"EUM", POLICY(2)}, [PKI_DPTLS] = {"DPtls", POLICY(3)},
	[PKI_DPAUTH] = {"DPauth", POLICY(4)}, [PKI_DPPB] = {"DPpb", POLICY(5)}, [PKI_DSTLS] = {"DStls", POLICY(6)},
	[PKI_DSAUTH] = {"DSauth", POLICY(7)}, [PKI_ROLE_NONE] = {"other", {0}},
};

const char *
pki_role_name(enum pki_role role)
{
	return roles[role].name;
}

struct bytes
pki_policy_oid(enum pki_role role)
{
	return role == PKI_ROLE_NONE ? BYTES_NONE : BYTES_OF(roles[role].policy);
}

static enum pki_role
role_by_policy(const ASN1_OBJECT *o)
{
	struct bytes oid = bytes_of(OBJ_get0_data(o), OBJ_length(o));
	int r = PKI_CI;

	while (r < PKI_ROLE_NONE && !bytes_equal(oid, pki_policy_oid((enum pki_role)r)))
		r++;
	return (enum pki_role)r;
}

enum pki_role
pki_role_of(const X509 *x)
{
	CERTIFICATEPOLICIES *list = X509_get_ext_d2i(x, NID_certificate_policies, NULL, NULL);
	enum pki_role role = PKI_ROLE_NONE, other;
	bool one = true;
	int i;

	for (i = 0; i < sk_POLICYINFO_num(list); i++) {
		other = role_by_policy(sk_POLICYINFO_value(list, i)->policyid);
		if (other == PKI_ROLE_NONE)
			continue;
		one = one && (role == PKI_ROLE_NONE || role == other);
		role = other;
	}
	CERTIFICATEPOLICIES_free(list);
	return one ? role : PKI_ROLE_NONE;
}
