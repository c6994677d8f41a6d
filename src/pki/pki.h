// SPDX-License-Identifier: BSD-2-Clause
/* Certificates of the RSP PKI (SGP.22 4.5, SGP.14, variant O): reading, roles, chains, revocation. */
#ifndef PKI_PKI_H
#define PKI_PKI_H

#include <stdatomic.h>

#include "crypto/crypto.h"

/* By policy OID 2.23.146.1.2.1.x */
enum pki_role { PKI_CI, PKI_EUICC, PKI_EUM, PKI_DPTLS, PKI_DPAUTH, PKI_DPPB, PKI_DSTLS, PKI_DSAUTH, PKI_ROLE_NONE };
const char *pki_role_name(enum pki_role role);

struct pki_cert {
	struct bytes der;            /* own copy */
	enum pki_role role;          /* from the policy, or PKI_CI for a self-signed CA; PKI_ROLE_NONE unknown */
	enum ec_curve curve;
	struct ec_key *key;          /* public */
	struct bytes ski, aki;       /* key identifiers, 20 octets usually; absent when not there */
	int64_t not_before, not_after;
	struct bytes serial;         /* content octets of the serial number */
	char subject[160];           /* one line for people */
	char organization[80];
	char serial_number[40];      /* subject's serialNumber: the EID of a eUICC certificate */
	struct bytes oid;            /* SAN registeredID, DER content octets; absent */
	char dns[128];               /* first SAN dNSName, "" none */
	void *x509;                  /* X509 *, owned */
	uint8_t digest[32];          /* SHA-256 of der */
	bool shareable;               /* hangs on no context of a caller's */
	atomic_uint owners;
};

/*
 * Certificates are owned by the caller until pki_cert_free; shareable between threads, and never changed: a certificate that a CI was found to
 * have signed may be given out again. MALFORMED: not one DER certificate, or not EC on a known curve.
 */
RSP_MUST_USE enum rsp_status pki_cert_read(struct rsp_ctx *c, struct bytes der, struct pki_cert **out);
void pki_cert_free(struct pki_cert *cert);
/* The same certificate, freed when c is reset. */
RSP_MUST_USE enum rsp_status pki_cert_read_scoped(struct rsp_ctx *c, struct bytes der, const struct pki_cert **out);

/*
 * Is `cert` good as `role`, issued by `issuer`, at c->now? Signature, names, AKI = SKI, dates, keyUsage, basicConstraints, policy, and for an eUICC
 * certificate the EUM's nameConstraints (O exactly, serialNumber as a prefix).
 * UNTRUSTED for anything wrong; REFUSED when only the dates are; MALFORMED never. error.text names the fault.
 * PKI_ROLE_NONE is the operator of ES2+: a TLS client under the CI without a policy of RSP.
 * The issuer's own certificate is the caller's to verify; a CI is verified under itself.
 */
RSP_MUST_USE enum rsp_status pki_verify(struct rsp_ctx *c, const struct pki_cert *cert, enum pki_role role, const struct pki_cert *issuer);

struct pki_crl;
RSP_MUST_USE enum rsp_status pki_crl_read(struct rsp_ctx *c, struct bytes der, struct pki_crl **out);
void pki_crl_free(struct pki_crl *crl);
/* Signed by ci and current at c->now (REFUSED when only out of date). */
RSP_MUST_USE enum rsp_status pki_crl_verify(struct rsp_ctx *c, const struct pki_crl *crl, const struct pki_cert *ci);
/* Its DER in the arena. */
RSP_MUST_USE enum rsp_status pki_crl_der(struct rsp_ctx *c, const struct pki_crl *crl, struct bytes *out);
bool pki_crl_lists(const struct pki_crl *crl, const struct pki_cert *cert);

/* A key pair with its certificate. Absent: cert NULL. */
struct pki_identity {
	struct pki_cert *cert;
	struct ec_key *key;    /* NULL when only the certificate is there */
};

/* A CRL of the CI (whose key must be there: STATE) that lists these n certificates, current for a year from c->now. */
RSP_MUST_USE enum rsp_status pki_crl_issue(struct rsp_ctx *c, const struct pki_identity *ci, const struct pki_cert *const *revoked, size_t n,
	struct pki_crl **out);

/* One trust root and everything below it that a folder holds. */
struct pki_branch {
	struct pki_identity ci, eum, euicc, dpauth, dppb, dptls, dsauth, dstls;
	struct pki_identity operator_tls;   /* an operator, the client of ES2+ */
	struct pki_crl *crl;   /* NULL: none in the folder */
};

/* What a --pki folder holds: at most one branch a curve, index by enum ec_curve; .ci.cert NULL: no such branch. */
struct pki {
	struct pki_branch branch[2];
};

/* SGP.26 file names: CERT_CI_ECDSA_NIST.der ... SK_..._NIST.p8 or .pem or .der (also CERT_*.pem); folders as published or flat. IO: no folder or no CI in it. */
RSP_MUST_USE enum rsp_status pki_load(struct rsp_ctx *c, const char *dir, struct pki **out);
void pki_free(struct pki *p);
/* Every certificate, key and CRL under its SGP.26 name; the folder is made; files there already are refused (STATE). */
RSP_MUST_USE enum rsp_status pki_save(struct rsp_ctx *c, const char *dir, const struct pki *p);
/* Branch whose CI has this subject key identifier, or NULL. */
const struct pki_branch *pki_by_ci(const struct pki *p, struct bytes ski);

struct pki_make_options {
	const char *host;        /* DNS names in DPtls, with commas between; NULL: "testsmdpplus1.example.com" */
	const char *smds_host;   /* the same in DStls; NULL: "testrootsmds.example.com" */
	const char *eid;         /* of the eUICC certificate; NULL: one is made */
	bool nist, brainpool;    /* which curves; both false means both */
};
/* Write a whole test PKI, every subject marked as test. The folder is made; files there already are refused (STATE). Dates from c->now. */
RSP_MUST_USE enum rsp_status pki_make(struct rsp_ctx *c, const char *dir, const struct pki_make_options *o);
/* The same in memory. */
RSP_MUST_USE enum rsp_status pki_make_memory(struct rsp_ctx *c, const struct pki_make_options *o, struct pki **out);
/* A eUICC identity under the EUM (whose key must be there), with this 32-digit EID. REFUSED: outside the EUM's constraints. */
RSP_MUST_USE enum rsp_status pki_issue_euicc(struct rsp_ctx *c, const struct pki_identity *eum, const char *eid, struct pki_identity *out);
/* An EID inside the EUM's constraints with right check digits; n makes it unique. */
RSP_MUST_USE enum rsp_status pki_eid_under(struct rsp_ctx *c, const struct pki_cert *eum, uint64_t n, char eid[33]);
void pki_identity_free(struct pki_identity *id);

#endif
