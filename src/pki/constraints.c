// SPDX-License-Identifier: BSD-2-Clause
/*
 * Name constraints of an EUM. The serialNumber in them is the beginning of its eUICCs' EIDs, so plain X.509 matching, which wants
 * equality, would refuse every good eUICC: matched here.
 */
#include "pki/impl.h"

static bool
permitted(const GENERAL_NAME *base, const struct pki_cert *euicc)
{
	char organization[80], prefix[40];

	if (base->type != GEN_DIRNAME)
		return false;
	pki_name_field(base->d.directoryName, NID_organizationName, organization, sizeof(organization));
	pki_name_field(base->d.directoryName, NID_serialNumber, prefix, sizeof(prefix));
	return prefix[0] && strcmp(organization, euicc->organization) == 0 && strncmp(euicc->serial_number, prefix, strlen(prefix)) == 0;
}

enum rsp_status
pki_check_constraints(struct rsp_ctx *c, const struct pki_cert *eum, const struct pki_cert *euicc)
{
	NAME_CONSTRAINTS *nc = X509_get_ext_d2i(eum->x509, NID_name_constraints, NULL, NULL);
	bool inside = false;
	int i;

	for (i = 0; nc && i < sk_GENERAL_SUBTREE_num(nc->permittedSubtrees); i++)
		inside = inside || permitted(sk_GENERAL_SUBTREE_value(nc->permittedSubtrees, i)->base, euicc);
	if (!nc)
		return rsp_fail(c, RSP_UNTRUSTED, "EUM certificate %.60s: has no nameConstraints", eum->subject);
	NAME_CONSTRAINTS_free(nc);
	if (inside)
		return RSP_OK;
	return rsp_fail(c, RSP_UNTRUSTED, "eUICC certificate %.60s: organisation or EID are outside the EUM's nameConstraints", euicc->subject);
}

enum rsp_status
pki_constraint_of(struct rsp_ctx *c, const struct pki_cert *eum, char organization[80], char prefix[40])
{
	NAME_CONSTRAINTS *nc = X509_get_ext_d2i(eum->x509, NID_name_constraints, NULL, NULL);
	const GENERAL_NAME *base = nc && sk_GENERAL_SUBTREE_num(nc->permittedSubtrees) > 0 ? sk_GENERAL_SUBTREE_value(nc->permittedSubtrees, 0)->base : NULL;
	bool found = base && base->type == GEN_DIRNAME;

	if (found) {
		pki_name_field(base->d.directoryName, NID_organizationName, organization, 80);
		pki_name_field(base->d.directoryName, NID_serialNumber, prefix, 40);
	}
	NAME_CONSTRAINTS_free(nc);
	return found ? RSP_OK : rsp_fail(c, RSP_REFUSED, "the EUM certificate permits no directory name");
}
