// SPDX-License-Identifier: BSD-2-Clause
/*
 * ES9+ and ES11 in the ASN.1 binding (SGP.22 6.6): RemoteProfileProvisioningRequest and Response to the structs of the JSON binding and back.
 * One path for all functions; what is asked for is told by the tag. Members that are a whole TLV are spans of the input and go out verbatim.
 */
#ifndef CODEC_ES9P_DER_H
#define CODEC_ES9P_DER_H

#include "codec/es9p.h"

#define ES9P_DER_PATH "/gsma/rsp2/asn1"
#define ES9P_DER_TYPE "application/x-gsma-rsp-asn1"

/*
 * MALFORMED: not one wrapper around one function of the list; LIMIT as codec_decode. What follows the known members of a function is ignored. *f is set
 * as soon as the first octets name a function, even when the rest cannot be read.
 */
RSP_MUST_USE enum rsp_status es9p_der_read_request(struct rsp_ctx *c, struct bytes body, enum es9p_function *f, struct es9p_request *out);
void es9p_der_write_request(struct buf *b, enum es9p_function f, const struct es9p_request *v);

/*
 * An error number becomes failed with its subject and reason, and its name in message; a number that has no code of its own (undefinedError and
 * unknown ones) leaves both "". HandleNotification has no answer: an empty body.
 */
RSP_MUST_USE enum rsp_status es9p_der_read_response(struct rsp_ctx *c, enum es9p_function f, struct bytes body, struct es9p_response *out);
/* A code without a number of its own goes out as undefinedError. */
void es9p_der_write_response(struct buf *b, enum es9p_function f, const struct es9p_response *v);

/* ---- for es11.c, whose AuthenticateClient has an answer of its own ---- */

/* The number for a code in the response of this tag (0xBF39 ...); 127 when it has none. */
int es9p_der_error(uint32_t response, const char *subject, const char *reason);
/* The reverse, as es9p_der_read_response has it: failed and the texts of *out. */
void es9p_der_set_code(uint32_t response, int error, struct es9p_response *out);

#endif
