// SPDX-License-Identifier: BSD-2-Clause
#include "codec/reasons.h"

#include <stddef.h>
#include <string.h>

struct name { const char *code, *text; };

static const struct name subjects[] = {
	{"1", "Generic"}, {"1.1", "Function Requester"}, {"1.2", "Function Provider"}, {"1.3", "Protocol"}, {"1.3.1", "Protocol Format"},
	{"1.3.2", "Protocol Version"}, {"1.6", "Function"}, {"8", "eUICC Remote Provisioning"}, {"8.1", "eUICC"}, {"8.1.1", "EID"},
	{"8.1.2", "EUM Certificate"}, {"8.1.3", "eUICC Certificate"}, {"8.2", "Profile"}, {"8.2.1", "Profile ICCID"}, {"8.2.5", "Profile Type"},
	{"8.2.6", "Matching ID"}, {"8.2.7", "Confirmation Code"}, {"8.2.8", "Profile Policy Rule"}, {"8.2.9", "Profile Metadata"},
	{"8.2.10", "Bound Profile Package"}, {"8.2.11", "Managing SM-DP+"}, {"8.2.12", "Profile Owner"},
	{"8.2.13", "Enterprise"}, {"8.2.14", "LPA Proxy"}, {"8.8", "SM-DP+"}, {"8.8.1", "SM-DP+ Address"},
	{"8.8.2", "SM-DP+ security configuration"}, {"8.8.3", "Specification Version Number"}, {"8.8.4", "SM-DP+ Certificate"},
	{"8.8.5", "Download order"}, {"8.8.6", "RPM order"}, {"8.9", "SM-DS"}, {"8.9.1", "SM-DS Address"}, {"8.9.2", "SM-DS security configuration"},
	{"8.9.3", "SM-DS Specification Version Number"}, {"8.9.4", "SM-DS Certificate"}, {"8.9.5", "Event Record"}, {"8.9.6", "ECID"}, {"8.9.7", "Push Service"},
	{"8.10", "RSP Operation"}, {"8.10.1", "TransactionId"}, {"8.10.2", "RPM script"}, {"8.10.3", "Device change"}, {"8.10.4", "Event checking"},
	{"8.10.5", "Device change session"}, {"8.10.6", "Push registration"}, {"8.11", "eSIM CA"}, {"8.11.1", "eSIM CA public key"}, {"8.12", "LPA"},
};

static const struct name reasons[] = {
	{"1", "Access Error"}, {"1.1", "Unknown (identification or authentication)"}, {"1.2", "Not Allowed (authorisation)"}, {"2", "Format Error"},
	{"2.1", "Invalid"}, {"2.2", "Mandatory Element Missing"}, {"2.3", "Conditional Element Missing"}, {"3", "Conditions of Use Not Satisfied"},
	{"3.1", "Unsupported"}, {"3.3", "Already in Use"}, {"3.5", "Invalid Transition"}, {"3.7", "Unavailable"}, {"3.8", "Refused"}, {"3.9", "Unknown"},
	{"3.10", "Invalid Association"}, {"3.11", "Value has Changed"}, {"3.12", "Invalid Match"}, {"4", "Processing Error"}, {"4.2", "Execution Error"},
	{"4.3", "Stopped on Warning"}, {"4.8", "Insufficient Memory"}, {"4.10", "Time to Live Expired"}, {"5", "Transport Error"},
	{"5.1", "Inaccessible"}, {"6", "Security Error"}, {"6.1", "Verification Failed"}, {"6.3", "Expired"}, {"6.4", "Maximum Number of Attempts Exceeded"},
};

static const struct { const char *subject, *reason, *text; } sentences[] = {
	{"8.8.1", "3.8", "the SM-DP+ does not know this address as its own"},
	{"8.8.2", "3.1", "no CI of the eUICC is known to the SM-DP+"},
	{"8.8.3", "3.1", "the eUICC's specification version is not supported"},
	{"8.8.4", "3.7", "the SM-DP+ has no certificate that this eUICC can verify"},
	{"8.10.1", "3.9", "the transaction is unknown: the session is over, or never was"},
	{"8.11.1", "3.9", "the CI of the eUICC's certificates is unknown"},
	{"8.1.2", "6.1", "the EUM certificate does not verify"},
	{"8.1.2", "6.3", "the EUM certificate has expired"},
	{"8.1.3", "6.1", "the eUICC certificate does not verify"},
	{"8.1.3", "6.3", "the eUICC certificate has expired"},
	{"8.1", "6.1", "a signature of the eUICC does not verify"},
	{"8.1", "4.8", "the profile does not fit into the eUICC's memory"},
	{"8.2.6", "3.8", "the MatchingID is refused"},
	{"8.1.1", "3.8", "the profile is meant for another eUICC"},
	{"8.2", "1.2", "the profile has not been released"},
	{"8.2", "3.7", "the profile cannot be bound again"},
	{"8.8.5", "4.10", "the download order has expired"},
	{"8.8.5", "6.4", "the download was tried too often"},
	{"8.2.5", "4.3", "no profile on offer fits this eUICC"},
	{"8.2.7", "2.2", "a confirmation code is needed"},
	{"8.2.7", "3.8", "the confirmation code is wrong"},
	{"8.2.7", "6.4", "the confirmation code was wrong too often"},
	{"8.2.10", "4.2", "the eUICC could not take the package"},
	{"8.8", "3.10", "the eUICC names another SM-DP+ than this one"},
};

static const char *
look_up(const struct name *names, size_t n, const char *code)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(names[i].code, code) == 0)
			return names[i].text;
	return NULL;
}

const char *
subject_name(const char *subject)
{
	return look_up(subjects, sizeof(subjects) / sizeof(subjects[0]), subject);
}

const char *
reason_name(const char *reason)
{
	return look_up(reasons, sizeof(reasons) / sizeof(reasons[0]), reason);
}

const char *
reason_sentence(const char *subject, const char *reason)
{
	size_t i;

	for (i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
		if (strcmp(sentences[i].subject, subject) == 0 && strcmp(sentences[i].reason, reason) == 0)
			return sentences[i].text;
	return NULL;
}

static const struct { const char *function; int error; const char *text; } es10_errors[] = {
	{"AuthenticateServer", 1, "invalidCertificate"}, {"AuthenticateServer", 2, "invalidSignature"}, {"AuthenticateServer", 3, "unsupportedCurve"},
	{"AuthenticateServer", 4, "noSessionContext"}, {"AuthenticateServer", 5, "invalidOid"}, {"AuthenticateServer", 6, "euiccChallengeMismatch"},
	{"AuthenticateServer", 7, "ciPKUnknown"}, {"AuthenticateServer", 8, "transactionIdError"}, {"AuthenticateServer", 9, "missingCrl"},
	{"AuthenticateServer", 10, "invalidCrlSignature"}, {"AuthenticateServer", 11, "revokedCert"},
	{"AuthenticateServer", 12, "invalidCertOrCrlTime"}, {"AuthenticateServer", 13, "invalidCertOrCrlConfiguration"},
	{"AuthenticateServer", 14, "invalidIccid"}, {"PrepareDownload", 1, "invalidCertificate"}, {"PrepareDownload", 2, "invalidSignature"},
	{"PrepareDownload", 3, "unsupportedCurve"}, {"PrepareDownload", 4, "noSessionContext"}, {"PrepareDownload", 5, "invalidTransactionId"},
	{"CancelSession", 5, "invalidTransactionId"}, {"LoadBoundProfilePackage", 1, "incorrectInputValues"},
	{"LoadBoundProfilePackage", 2, "invalidSignature"}, {"LoadBoundProfilePackage", 3, "invalidTransactionId"},
	{"LoadBoundProfilePackage", 4, "unsupportedCrtValues"}, {"LoadBoundProfilePackage", 5, "unsupportedRemoteOperationType"},
	{"LoadBoundProfilePackage", 6, "unsupportedProfileClass"}, {"LoadBoundProfilePackage", 7, "scp03tStructureError"},
	{"LoadBoundProfilePackage", 8, "scp03tSecurityError"}, {"LoadBoundProfilePackage", 9, "iccidAlreadyExistsOnEuicc"},
	{"LoadBoundProfilePackage", 10, "insufficientMemoryForProfile"}, {"LoadBoundProfilePackage", 11, "interruption"},
	{"LoadBoundProfilePackage", 12, "peProcessingError"}, {"LoadBoundProfilePackage", 13, "dataMismatch"},
	{"LoadBoundProfilePackage", 14, "testProfileInvalidNaaKey"}, {"LoadBoundProfilePackage", 15, "pprNotAllowed"},
	{"LoadBoundProfilePackage", 127, "installFailedDueToUnknownError"}, {"LoadCRL", 1, "invalidSignature"}, {"LoadCRL", 2, "invalidCRLFormat"},
	{"LoadCRL", 3, "notEnoughMemorySpace"}, {"LoadCRL", 4, "verificationKeyNotFound"}, {"LoadCRL", 5, "fresherCrlAlreadyLoaded"},
	{"LoadCRL", 6, "baseCrlMissing"}, {"GetProfilesInfo", 1, "incorrectInputValues"},
	{"EnableProfile", 1, "iccidOrAidNotFound"}, {"EnableProfile", 2, "profileNotInDisabledState"}, {"EnableProfile", 3, "disallowedByPolicy"},
	{"EnableProfile", 4, "wrongProfileReenabling"}, {"EnableProfile", 5, "catBusy"}, {"DisableProfile", 1, "iccidOrAidNotFound"},
	{"DisableProfile", 2, "profileNotInEnabledState"}, {"DisableProfile", 3, "disallowedByPolicy"}, {"DisableProfile", 5, "catBusy"},
	{"DeleteProfile", 1, "iccidOrAidNotFound"}, {"DeleteProfile", 2, "profileNotInDisabledState"}, {"DeleteProfile", 3, "disallowedByPolicy"},
	{"SetNickname", 1, "iccidNotFound"}, {"MemoryReset", 1, "nothingToDelete"}, {"MemoryReset", 5, "catBusy"}, {"NotificationSent", 1, "nothingToDelete"},
};

const char *
es10_error_name(const char *function, int error)
{
	size_t i;

	for (i = 0; i < sizeof(es10_errors) / sizeof(es10_errors[0]); i++)
		if (es10_errors[i].error == error && strcmp(es10_errors[i].function, function) == 0)
			return es10_errors[i].text;
	return error == 127 ? "undefinedError" : NULL;
}
