// SPDX-License-Identifier: BSD-2-Clause
/* Named numbers and bits of RSPDefinitions and PEDefinitions: the generated tables do not keep them. v3 error numbers stand behind those of v2. */
#include "codec/schema.h"

#include <stdlib.h>
#include <string.h>

static const struct { const char *path, *items; } all[] = {
	{"RemoteOpId", "installBoundProfilePackage(1)"},
	{"EUICCInfo2.euiccCategory", "other(0) basicEuicc(1) mediumEuicc(2) contactlessEuicc(3)"},
	{"EUICCInfo2.treProperties", "isDiscrete(0) isIntegrated(1) usesRemoteMemory(2)"},
	{"RspCapability",
		"additionalProfile(0) crlSupport(1) rpmSupport(2) testProfileSupport(3) deviceInfoExtensibilitySupport(4) "
		"serviceSpecificDataSupport(5)"},
	{"CertificateInfo", "reserved(0) certSigningX509(1) rfu2(2) rfu3(3) reserved2(4) certVerificationX509(5)"},
	{"PprIds", "pprUpdateControl(0) ppr1(1) ppr2(2)"},
	{"ProfileInfoListError", "incorrectInputValues(1) undefinedError(127)"},
	{"NotificationEvent", "notificationInstall(0) notificationEnable(1) notificationDisable(2) notificationDelete(3)"},
	{"IconType", "jpg(0) png(1)"},
	{"ProfileState", "disabled(0) enabled(1)"},
	{"ProfileClass", "test(0) provisioning(1) operational(2)"},
	{"DownloadErrorCode",
		"invalidCertificate(1) invalidSignature(2) unsupportedCurve(3) noSessionContext(4) invalidTransactionId(5) "
		"undefinedError(127)"},
	{"AuthenticateErrorCode",
		"invalidCertificate(1) invalidSignature(2) unsupportedCurve(3) noSessionContext(4) invalidOid(5) "
		"euiccChallengeMismatch(6) ciPKUnknown(7) undefinedError(127) transactionIdError(8) missingCrl(9) "
		"invalidCrlSignature(10) revokedCert(11) invalidCertOrCrlTime(12) invalidCertOrCrlConfiguration(13) "
		"invalidIccid(14)"},
	{"CancelSessionReason",
		"endUserRejection(0) postponed(1) timeout(2) pprNotAllowed(3) metadataMismatch(4) loadBppExecutionError(5) "
		"undefinedReason(127)"},
	{"CancelSessionResponse.cancelSessionResponseError", "invalidTransactionId(5) undefinedError(127)"},
	{"BppCommandId",
		"initialiseSecureChannel(0) configureISDP(1) storeMetadata(2) storeMetadata2(3) replaceSessionKeys(4) "
		"loadProfileElements(5)"},
	{"ErrorReason",
		"incorrectInputValues(1) invalidSignature(2) invalidTransactionId(3) unsupportedCrtValues(4) "
		"unsupportedRemoteOperationType(5) unsupportedProfileClass(6) scp03tStructureError(7) scp03tSecurityError(8) "
		"installFailedDueToIccidAlreadyExistsOnEuicc(9) installFailedDueToInsufficientMemoryForProfile(10) "
		"installFailedDueToInterruption(11) installFailedDueToPEProcessingError(12) installFailedDueToDataMismatch(13) "
		"testProfileInstallFailedDueToInvalidNaaKey(14) pprNotAllowed(15) installFailedDueToUnknownError(127)"},
	{"ListNotificationResponse.listNotificationsResultError", "undefinedError(127)"},
	{"SetNicknameResponse.setNicknameResult", "ok(0) iccidNotFound(1) undefinedError(127)"},
	{"RetrieveNotificationsListResponse.notificationsListResultError", "undefinedError(127)"},
	{"NotificationSentResponse.deleteNotificationStatus", "ok(0) nothingToDelete(1) undefinedError(127)"},
	{"EnableProfileResponse.enableResult",
		"ok(0) iccidOrAidNotFound(1) profileNotInDisabledState(2) disallowedByPolicy(3) wrongProfileReenabling(4) "
		"catBusy(5) undefinedError(127)"},
	{"DisableProfileResponse.disableResult",
		"ok(0) iccidOrAidNotFound(1) profileNotInEnabledState(2) disallowedByPolicy(3) catBusy(5) undefinedError(127)"},
	{"DeleteProfileResponse.deleteResult",
		"ok(0) iccidOrAidNotFound(1) profileNotInDisabledState(2) disallowedByPolicy(3) undefinedError(127)"},
	{"EuiccMemoryResetRequest.resetOptions",
		"deleteOperationalProfiles(0) deleteFieldLoadedTestProfiles(1) resetDefaultSmdpAddress(2)"},
	{"EuiccMemoryResetResponse.resetResult", "ok(0) nothingToDelete(1) catBusy(5) undefinedError(127)"},
	{"ProfilePolicyAuthorisationRule.pprFlags", "consentRequired(0)"},
	{"LoadCRLResponseError",
		"invalidSignature(1) invalidCRLFormat(2) notEnoughMemorySpace(3) verificationKeyNotFound(4) "
		"fresherCrlAlreadyLoaded(5) baseCrlMissing(6) undefinedError(127)"},
	{"InitiateAuthenticationResponse.initiateAuthenticationError",
		"invalidDpAddress(1) euiccVersionNotSupportedByDp(2) ciPKNotSupported(3)"},
	{"AuthenticateClientResponseEs9.authenticateClientError",
		"eumCertificateInvalid(1) eumCertificateExpired(2) euiccCertificateInvalid(3) euiccCertificateExpired(4) "
		"euiccSignatureInvalid(5) matchingIdRefused(6) eidMismatch(7) noEligibleProfile(8) ciPKUnknown(9) "
		"invalidTransactionId(10) insufficientMemory(11) undefinedError(127) ciPKMismatch(12) "
		"euiccRspCapabilityHasChanged(13) lpaRspCapabilityHasChanged(14) deviceChangeNotSupported(15) "
		"deviceChangeNotAllowed(16) iccidUnknown(17) downloadOrderExpired(18) invalidInput(124) missingInput(125) "
		"functionProviderBusy(126)"},
	{"GetBoundProfilePackageResponse.getBoundProfilePackageError",
		"euiccSignatureInvalid(1) confirmationCodeMissing(2) confirmationCodeRefused(3) "
		"confirmationCodeRetriesExceeded(4) bppRebindingRefused(5) downloadOrderExpired(6) invalidTransactionId(95) "
		"undefinedError(127)"},
	{"CancelSessionResponseEs9.cancelSessionError", "invalidTransactionId(1) euiccSignatureInvalid(2) undefinedError(127)"},
	{"ISDRProprietaryApplicationTemplate.lpaeSupport", "lpaeUsingCat(0) lpaeUsingScws(1)"},
	{"LpaeActivationRequest.lpaeOption", "activateCatBasedLpae(0) activateScwsBasedLpae(1)"},
	{"LpaeActivationResponse.lpaeActivationResult", "ok(0) notSupported(1)"},
	{"SetDefaultDpAddressResponse.setDefaultDpAddressResult", "ok(0) undefinedError(127)"},
	{"AuthenticateClientResponseEs11.authenticateClientError",
		"eumCertificateInvalid(1) eumCertificateExpired(2) euiccCertificateInvalid(3) euiccCertificateExpired(4) "
		"euiccSignatureInvalid(5) eventIdUnknown(6) invalidTransactionId(7) undefinedError(127)"},
	{"UICCCapability",
		"contactlessSupport(0) usimSupport(1) isimSupport(2) csimSupport(3) akaMilenage(4) akaCave(5) akaTuak128(6) "
		"akaTuak256(7) usimTestAlgorithm(8) rfu2(9) gbaAuthenUsim(10) gbaAuthenISim(11) mbmsAuthenUsim(12) "
		"eapClient(13) javacard(14) multos(15) multipleUsimSupport(16) multipleIsimSupport(17) multipleCsimSupport(18) "
		"berTlvFileSupport(19) dfLinkSupport(20) catTp(21) getIdentity(22) profile-a-x25519(23) profile-b-p256(24) "
		"suciCalculatorApi(25) dns-resolution(26) scp11ac(27) scp11c-authorization-mechanism(28) s16mode(29) eaka(30) "
		"iotminimal(31)"},
	{"AlgoParameter.algorithmID", "milenage(1) tuak(2) usim-test-algorithm(3)"},
	{"PINKeyReferenceValue",
		"pinAppl1(1) pinAppl2(2) pinAppl3(3) pinAppl4(4) pinAppl5(5) pinAppl6(6) pinAppl7(7) pinAppl8(8) adm1(10) "
		"adm2(11) adm3(12) adm4(13) adm5(14) secondPINAppl1(129) secondPINAppl2(130) secondPINAppl3(131) "
		"secondPINAppl4(132) secondPINAppl5(133) secondPINAppl6(134) secondPINAppl7(135) secondPINAppl8(136) adm6(138) "
		"adm7(139) adm8(140) adm9(141) adm10(142)"},
	{"PUKKeyReferenceValue",
		"pukAppl1(1) pukAppl2(2) pukAppl3(3) pukAppl4(4) pukAppl5(5) pukAppl6(6) pukAppl7(7) pukAppl8(8) "
		"secondPUKAppl1(129) secondPUKAppl2(130) secondPUKAppl3(131) secondPUKAppl4(132) secondPUKAppl5(133) "
		"secondPUKAppl6(134) secondPUKAppl7(135) secondPUKAppl8(136)"},
	{"PEStatus.status",
		"ok(0) pe-not-supported(1) memory-failure(2) bad-values(3) not-enough-memory(4) invalid-request-format(5) "
		"invalid-parameter(6) runtime-not-supported(7) lib-not-supported(8) template-not-supported(9) "
		"feature-not-supported(10) pin-code-missing(11) unsupported-profile-version(31)"},
};

/* Is `path` the end of a written path, from a dot on? */
static bool
ends_with(const char *whole, const char *parent, const char *member)
{
	size_t n = strlen(whole), p = strlen(parent), m = strlen(member);

	if (!p || !m || n < p + 1 + m)
		return false;
	whole += n - (p + 1 + m);
	return memcmp(whole, parent, p) == 0 && whole[p] == '.' && strcmp(whole + p + 1, member) == 0 && (n == p + 1 + m || whole[-1] == '.');
}

const char *
schema_items(const char *parent, const char *member, const char *type)
{
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i].path, type) == 0 || ends_with(all[i].path, parent, member))
			return all[i].items;
	return NULL;
}

bool
schema_item(const char *items, long n, struct bytes *out)
{
	const char *open;

	for (; items && (open = strchr(items, '(')); items = strchr(open, ')') + 1) {
		while (*items == ' ')
			items++;
		if (strtol(open + 1, NULL, 10) == n) {
			*out = (struct bytes){(const uint8_t *)items, (size_t)(open - items)};
			return true;
		}
	}
	return false;
}
