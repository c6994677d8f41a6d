// SPDX-License-Identifier: BSD-2-Clause
/* What stands in a certificate or a CRL, as lines for people. Nothing is judged. */
#ifndef PKI_DESCRIBE_H
#define PKI_DESCRIBE_H

#include <esimlab/rsp.h>

struct pki_fact { const char *name, *text; };   /* in the arena */
struct pki_facts { struct pki_fact *p; size_t n; };

/* Any X.509 certificate, also one that pki_cert_read refuses. MALFORMED: not one DER certificate. */
RSP_MUST_USE enum rsp_status pki_describe_cert(struct rsp_ctx *c, struct bytes der, struct pki_facts *out);
RSP_MUST_USE enum rsp_status pki_describe_crl(struct rsp_ctx *c, struct bytes der, struct pki_facts *out);

#endif
