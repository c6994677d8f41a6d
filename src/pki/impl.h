// SPDX-License-Identifier: BSD-2-Clause
/* Shared inside pki/. */
#ifndef PKI_IMPL_H
#define PKI_IMPL_H

#include "pki/pki.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* Policy OIDs 2.23.146.1.2.1.n by role, content octets. */
struct bytes pki_policy_oid(enum pki_role role);
/* EUM nameConstraints against a eUICC subject: O exactly, serialNumber as a prefix (SGP.22 4.5.2.1). UNTRUSTED with a sentence. */
RSP_MUST_USE enum rsp_status pki_check_constraints(struct rsp_ctx *c, const struct pki_cert *eum, const struct pki_cert *euicc);
/* The constraint's serialNumber prefix and organisation, of the first permitted directory name. */
RSP_MUST_USE enum rsp_status pki_constraint_of(struct rsp_ctx *c, const struct pki_cert *eum, char organization[80], char prefix[40]);
void pki_name_field(const X509_NAME *name, int nid, char *out, size_t size);

/* How a certificate of each role is made. */
struct pki_shape {
	enum pki_role role;
	const char *file;          /* "CERT_CI_ECDSA_%s" */
	const char *key_file;      /* "SK_CI_ECDSA_%s" */
	const char *common_name;
	int days;
	bool server_names;         /* SAN dNSName */
	const char *oid;           /* SAN registeredID; NULL none */
	size_t offset;             /* of the struct pki_identity in struct pki_branch */
};
extern const struct pki_shape pki_shapes[];
extern const size_t pki_shape_count;
RSP_MUST_USE enum rsp_status pki_write_identity(struct rsp_ctx *c, const char *dir, const struct pki_shape *s, const struct pki_identity *id);
const char *pki_curve_suffix(enum ec_curve curve);   /* "NIST", "BRP" */

#endif
