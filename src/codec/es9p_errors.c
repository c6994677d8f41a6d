// SPDX-License-Identifier: BSD-2-Clause
/* Error numbers of the ASN.1 binding (RSPDefinitions) and the codes of the JSON binding (SGP.22 5.2.6) that say the same. */
#include <stdio.h>
#include <string.h>

#include "codec/es9p_der.h"

#define UNDEFINED_ERROR 127

/* Where two codes share a number, the first row is what the number is read as. */
static const struct row { uint32_t response; int error; const char *subject, *reason, *name; } rows[] = {
	{0xBF39, 1, "8.8.1", "3.8", "invalidDpAddress"},
	{0xBF39, 1, "8.9.1", "3.8", "invalidDpAddress"},
	{0xBF39, 2, "8.8.3", "3.1", "euiccVersionNotSupportedByDp"},
	{0xBF39, 2, "8.9.3", "3.1", "euiccVersionNotSupportedByDp"},
	{0xBF39, 3, "8.8.2", "3.1", "ciPKNotSupported"},
	{0xBF39, 3, "8.8.4", "3.7", "ciPKNotSupported"},
	{0xBF39, 3, "8.9.2", "3.1", "ciPKNotSupported"},
	{0xBF39, 3, "8.9.4", "3.7", "ciPKNotSupported"},
	{0xBF3B, 1, "8.1.2", "6.1", "eumCertificateInvalid"},
	{0xBF3B, 2, "8.1.2", "6.3", "eumCertificateExpired"},
	{0xBF3B, 3, "8.1.3", "6.1", "euiccCertificateInvalid"},
	{0xBF3B, 4, "8.1.3", "6.3", "euiccCertificateExpired"},
	{0xBF3B, 5, "8.1", "6.1", "euiccSignatureInvalid"},
	{0xBF3B, 6, "8.2.6", "3.8", "matchingIdRefused"},
	{0xBF3B, 7, "8.1.1", "3.8", "eidMismatch"},
	{0xBF3B, 8, "8.2.5", "4.3", "noEligibleProfile"},
	{0xBF3B, 9, "8.11.1", "3.9", "ciPKUnknown"},
	{0xBF3B, 10, "8.10.1", "3.9", "invalidTransactionId"},
	{0xBF3B, 11, "8.1", "4.8", "insufficientMemory"},
	{0xBF3B, 18, "8.8.5", "4.10", "downloadOrderExpired"},
	{0xBF3A, 1, "8.1", "6.1", "euiccSignatureInvalid"},
	{0xBF3A, 2, "8.2.7", "2.2", "confirmationCodeMissing"},
	{0xBF3A, 3, "8.2.7", "3.8", "confirmationCodeRefused"},
	{0xBF3A, 4, "8.2.7", "6.4", "confirmationCodeRetriesExceeded"},
	{0xBF3A, 5, "8.2", "3.7", "bppRebindingRefused"},
	{0xBF3A, 6, "8.8.5", "4.10", "downloadOrderExpired"},
	{0xBF3A, 95, "8.10.1", "3.9", "invalidTransactionId"},
	{0xBF41, 1, "8.10.1", "3.9", "invalidTransactionId"},
	{0xBF41, 2, "8.1", "6.1", "euiccSignatureInvalid"},
	{0xBF40, 1, "8.1.2", "6.1", "eumCertificateInvalid"},
	{0xBF40, 2, "8.1.2", "6.3", "eumCertificateExpired"},
	{0xBF40, 3, "8.1.3", "6.1", "euiccCertificateInvalid"},
	{0xBF40, 4, "8.1.3", "6.3", "euiccCertificateExpired"},
	{0xBF40, 5, "8.1", "6.1", "euiccSignatureInvalid"},
	{0xBF40, 6, "8.9.5", "3.9", "eventIdUnknown"},
	{0xBF40, 7, "8.10.1", "3.9", "invalidTransactionId"},
};
static const struct row *const rows_end = rows + sizeof(rows) / sizeof(rows[0]);

int
es9p_der_error(uint32_t response, const char *subject, const char *reason)
{
	const struct row *r;

	for (r = rows; r < rows_end; r++)
		if (r->response == response && strcmp(r->subject, subject) == 0 && strcmp(r->reason, reason) == 0)
			return r->error;
	return UNDEFINED_ERROR;
}

void
es9p_der_set_code(uint32_t response, int error, struct es9p_response *out)
{
	const struct row *r;

	for (r = rows; r < rows_end; r++)
		if (r->response == response && r->error == error)
			break;
	*out = (struct es9p_response){.failed = true};
	if (r < rows_end) {
		snprintf(out->subject, sizeof(out->subject), "%s", r->subject);
		snprintf(out->reason, sizeof(out->reason), "%s", r->reason);
	}
	snprintf(out->message, sizeof(out->message), "%s(%d)", r < rows_end ? r->name : error == UNDEFINED_ERROR ? "undefinedError" : "error", error);
}
