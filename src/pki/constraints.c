// SPDX-License-Identifier: BSD-2-Clause
/*
 * Name constraints of an EUM. The serialNumber in them is the beginning of its eUICCs' EIDs, so plain X.509 matching, which wants
 * equality, would refuse every good eUICC: matched here. What has another form permits nothing.
 */
#include "pki/impl.h"

#define EID_DIGITS 32

struct permission { char organization[80], prefix[40]; };

static bool
read_permission(const GENERAL_SUBTREE *t, struct permission *out)
{
	const X509_NAME *name = t->base->type == GEN_DIRNAME ? t->base->d.directoryName : NULL;

	return name && !t->minimum && !t->maximum && X509_NAME_entry_count(name) == 2 &&
		pki_name_text(name, NID_organizationName, out->organization, sizeof(out->organization)) && out->organization[0] &&
		pki_name_text(name, NID_serialNumber, out->prefix, sizeof(out->prefix)) && out->prefix[0];
}

static bool
fits(const struct permission *p, const char *organization, const char *eid)
{
	return (!organization || strcmp(p->organization, organization) == 0) && (!eid || strncmp(eid, p->prefix, strlen(p->prefix)) == 0);
}

/* First permission for both; *any is the first of all, organization "" when there is none. */
static bool
find_permission(const struct pki_cert *eum, const char *organization, const char *eid, struct permission *found, struct permission *any)
{
	NAME_CONSTRAINTS *nc = X509_get_ext_d2i(eum->x509, NID_name_constraints, NULL, NULL);
	int i, n = nc && !nc->excludedSubtrees ? sk_GENERAL_SUBTREE_num(nc->permittedSubtrees) : 0;
	bool good = false;

	any->organization[0] = '\0';
	for (i = 0; !good && i < n; i++) {
		if (!read_permission(sk_GENERAL_SUBTREE_value(nc->permittedSubtrees, i), found))
			continue;
		if (!any->organization[0])
			*any = *found;
		good = fits(found, organization, eid);
	}
	NAME_CONSTRAINTS_free(nc);
	return good;
}

enum rsp_status
pki_check_constraining(struct rsp_ctx *c, const struct pki_cert *eum)
{
	int at = X509_get_ext_by_NID(eum->x509, NID_name_constraints, -1);
	struct permission found, any;

	if (at < 0 || !X509_EXTENSION_get_critical(X509_get_ext(eum->x509, at)))
		return rsp_fail(c, RSP_UNTRUSTED, "EUM certificate %.60s: nameConstraints: want them critical, have %s", eum->subject,
			at < 0 ? "none" : "them not critical");
	if (!find_permission(eum, NULL, NULL, &found, &any))
		return rsp_fail(c, RSP_UNTRUSTED, "EUM certificate %.60s: nameConstraints: want a permitted name of organization and serialNumber "
			"and nothing excluded", eum->subject);
	return RSP_OK;
}

/* SGP.22 4.5.2.1: organization equal to the EUM's constraint, serialNumber an EID that begins with it. */
enum rsp_status
pki_check_constraints(struct rsp_ctx *c, const struct pki_cert *eum, const struct pki_cert *euicc)
{
	struct permission found, any;
	const char *eid = euicc->serial_number;

	if (strlen(eid) != EID_DIGITS || strspn(eid, "0123456789") != EID_DIGITS)
		return rsp_fail(c, RSP_UNTRUSTED, "eUICC certificate %.60s: want an EID of 32 digits as serialNumber, have '%s'", euicc->subject, eid);
	if (find_permission(eum, euicc->organization, eid, &found, &any))
		return RSP_OK;
	if (!any.organization[0])
		return rsp_fail(c, RSP_UNTRUSTED, "EUM certificate %.60s: its nameConstraints permit no eUICC", eum->subject);
	if (find_permission(eum, NULL, eid, &found, &any))
		return rsp_fail(c, RSP_UNTRUSTED, "eUICC certificate: the EUM's nameConstraints want the organization '%.60s', have '%.60s'",
			found.organization, euicc->organization);
	return rsp_fail(c, RSP_UNTRUSTED, "eUICC certificate: the EUM's nameConstraints want an EID that begins with '%s', have %s", any.prefix, eid);
}

enum rsp_status
pki_constraint_of(struct rsp_ctx *c, const struct pki_cert *eum, const char *eid, char organization[80], char prefix[40])
{
	struct permission found, any;

	if (!find_permission(eum, NULL, eid, &found, &any)) {
		if (eid && any.organization[0])
			return rsp_fail(c, RSP_REFUSED, "EID %s: this EUM may issue only what begins with '%s'", eid, any.prefix);
		return rsp_fail(c, RSP_REFUSED, "EUM certificate %.60s: its nameConstraints permit no eUICC", eum->subject);
	}
	memcpy(organization, found.organization, sizeof(found.organization));
	memcpy(prefix, found.prefix, sizeof(found.prefix));
	return RSP_OK;
}
