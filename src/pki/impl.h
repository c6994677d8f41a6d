// SPDX-License-Identifier: BSD-2-Clause
/* Shared inside pki/. */
#ifndef PKI_IMPL_H
#define PKI_IMPL_H

#include "base/buf.h"
#include "pki/pki.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* Policy OID 2.23.146.1.2.1.n of a role, content octets; absent for PKI_ROLE_NONE. */
struct bytes pki_policy_oid(enum pki_role role);
/* The role the policies give; PKI_ROLE_NONE when they give none, or more than one. */
enum pki_role pki_role_of(const X509 *x);

/*
 * The attribute's text as UTF-8. False, and out is "": not there, there twice, with a NUL inside, or longer than out;
 * a name that could be read in two ways counts as no name.
 */
bool pki_name_text(const X509_NAME *name, int nid, char *out, size_t size);
/* Seconds since 1970; false when it is no time. */
bool pki_time(const ASN1_TIME *t, int64_t *out);

/* nameConstraints there, critical, and of the form we can judge. UNTRUSTED with a sentence. */
RSP_MUST_USE enum rsp_status pki_check_constraining(struct rsp_ctx *c, const struct pki_cert *eum);
/* EUM nameConstraints against a eUICC subject: O exactly, serialNumber as a prefix (SGP.22 4.5.2.1). UNTRUSTED with a sentence. */
RSP_MUST_USE enum rsp_status pki_check_constraints(struct rsp_ctx *c, const struct pki_cert *eum, const struct pki_cert *euicc);
/* Organisation and EID prefix of the first permitted name; with an EID, of the first that fits it. REFUSED: none. */
RSP_MUST_USE enum rsp_status pki_constraint_of(struct rsp_ctx *c, const struct pki_cert *eum, const char *eid, char organization[80],
	char prefix[40]);

/* One owner more, of what pki_cert_free takes one away. */
void pki_cert_hold(struct pki_cert *cert);
/*
 * Signed by this key, over the octets as they came? UNTRUSTED: no. lasting: a "yes" is remembered and the certificate kept, for those that come
 * again and again; in the process, any thread, bounded.
 */
RSP_MUST_USE enum rsp_status pki_check_signed(struct rsp_ctx *c, const struct pki_cert *cert, const struct ec_key *key, bool lasting);
/* A kept certificate by the digest of its DER, one owner more; NULL: none. */
struct pki_cert *pki_kept(const uint8_t digest[32]);

/* What a certificate of each role looks like, and its name in a folder. */
struct pki_shape {
	enum pki_role role;
	const char *file;          /* "CERT_CI_ECDSA_", the curve's suffix follows */
	const char *key_file;      /* "SK_CI_ECDSA_" */
	const char *common_name;
	int days;
	bool server_names;         /* SAN dNSName */
	const char *oid;           /* SAN registeredID; NULL none */
	const char *crls;          /* a letter for each distribution point; "" none */
	size_t offset;             /* of the struct pki_identity in struct pki_branch */
};
extern const struct pki_shape pki_shapes[];
extern const size_t pki_shape_count;
const struct pki_shape *pki_shape_of(enum pki_role role);
struct pki_identity *pki_identity_at(struct pki_branch *b, const struct pki_shape *s);
const char *pki_curve_suffix(enum ec_curve curve);   /* "NIST", "BRP" */
#define PKI_CRL_FILE "CRL_CI_ECDSA_"

/* One certificate to be made, with a new key. */
struct pki_request {
	const struct pki_shape *shape;
	enum ec_curve curve;
	const struct pki_identity *issuer;   /* NULL: self-signed */
	const char *organization;
	const char *host;                    /* where the shape has server names */
	const char *eid;                     /* eUICC */
	const char *iin;                     /* EUM: what its EIDs begin with */
};
RSP_MUST_USE enum rsp_status pki_certify(struct rsp_ctx *c, const struct pki_request *r, struct pki_identity *out);
/* The extensions of the shape, onto x. */
bool pki_add_extensions(struct rsp_ctx *c, X509 *x, const struct pki_request *r, const struct ec_key *key);
/* An extension from its DER; frees der. NULL: no memory. */
X509_EXTENSION *pki_extension(int nid, bool critical, struct buf *der);
/* AuthorityKeyIdentifier with the issuer's key identifier. */
X509_EXTENSION *pki_authority_extension(const struct pki_cert *issuer);
/* ECDSA with SHA-256 in the context's own library context, ready for X509_sign_ctx and the like; NULL on failure. */
EVP_MD_CTX *pki_signer(struct rsp_ctx *c, const struct ec_key *key);

#endif
