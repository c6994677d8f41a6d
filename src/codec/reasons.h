// SPDX-License-Identifier: BSD-2-Clause
/* Names of SGP.22 subject codes (5.2.6.1) and reason codes (5.2.6.2), and sentences for the pairs ES9+ uses. */
#ifndef CODEC_REASONS_H
#define CODEC_REASONS_H

/* "8.2.6" -> "Matching ID"; NULL when unknown. Static. */
const char *subject_name(const char *subject);
const char *reason_name(const char *reason);
/* "8.2.6", "3.8" -> "the MatchingID is refused"; NULL when the pair has no sentence of its own. */
const char *reason_sentence(const char *subject, const char *reason);
/* ASN.1 error numbers of ES10 answers in words: function "AuthenticateServer", 2 -> "invalidSignature"; "error 99" never: NULL when unknown. */
const char *es10_error_name(const char *function, int error);

#endif
