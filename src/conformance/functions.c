// SPDX-License-Identifier: BSD-2-Clause
/* Who can be made to send what, with which fields. */
#include "codec/es12.h"
#include "conformance/lpa_sim.h"

#define ES2 "iccid eid profileType matchingId confirmationCode smdsAddress releaseFlag finalProfileStatusIndicator requester callId"

static const struct function functions[] = {
	/* a eUICC and its LPA to an SM-DP+ */
	{"InitiateAuthentication", ACTOR_LPA, ACTOR_SMDPP, "smdpAddress euiccChallenge", "BF20", send_initiate, 0},
	{"AuthenticateClient", ACTOR_LPA, ACTOR_SMDPP, "transactionId matchingId certificate error", "30 BF38", send_authenticate, 0},
	{"GetBoundProfilePackage", ACTOR_LPA, ACTOR_SMDPP, "transactionId code otpk error", "30 BF21", send_prepare, 0},
	{"CancelSession", ACTOR_LPA, ACTOR_SMDPP, "transactionId reason error", "30 BF41", send_cancel, 0},
	{"HandleNotification", ACTOR_LPA, ACTOR_SMDPP, "event seq iccid result certificate", "BF27 BF2F BF37 30", send_notification, 0},
	{"Body", ACTOR_LPA, ACTOR_SMDPP, "path type body", "", send_raw, 0},
	/* an operator to an SM-DP+ */
	{"DownloadOrder", ACTOR_MNO, ACTOR_SMDPP, ES2, "", send_es2p, ES2P_DOWNLOAD_ORDER},
	{"ConfirmOrder", ACTOR_MNO, ACTOR_SMDPP, ES2, "", send_es2p, ES2P_CONFIRM_ORDER},
	{"CancelOrder", ACTOR_MNO, ACTOR_SMDPP, ES2, "", send_es2p, ES2P_CANCEL_ORDER},
	{"ReleaseProfile", ACTOR_MNO, ACTOR_SMDPP, ES2, "", send_es2p, ES2P_RELEASE_PROFILE},
	{"HandleDownloadProgressInfo", ACTOR_MNO, ACTOR_SMDPP, "iccid", "", send_told, 0},
	/* a eUICC and its LPA, and an SM-DP+, to an SM-DS */
	{"InitiateAuthentication", ACTOR_LPA, ACTOR_SMDS, "smdpAddress euiccChallenge", "BF20", send_initiate, 0},
	{"AuthenticateClient", ACTOR_LPA, ACTOR_SMDS, "transactionId matchingId certificate error", "30 BF38", send_authenticate, 0},
	{"RegisterEvent", ACTOR_SMDPP, ACTOR_SMDS, "eid eventId address forwarding requester callId caller", "", send_es12, ES12_REGISTER_EVENT},
	{"DeleteEvent", ACTOR_SMDPP, ACTOR_SMDS, "eid eventId requester callId caller", "", send_es12, ES12_DELETE_EVENT},
	/* an LPA to a eUICC */
	{"GetEUICCChallenge", ACTOR_LPA, ACTOR_EUICC, "", "BF2E", send_es10_plain, 0xBF2E},
	{"GetEUICCInfo1", ACTOR_LPA, ACTOR_EUICC, "", "BF20", send_es10_plain, 0xBF20},
	{"GetEUICCInfo2", ACTOR_LPA, ACTOR_EUICC, "", "BF22", send_es10_plain, 0xBF22},
	{"GetEID", ACTOR_LPA, ACTOR_EUICC, "", "BF3E", send_es10_plain, 0xBF3E},
	{"GetRAT", ACTOR_LPA, ACTOR_EUICC, "", "BF43", send_es10_plain, 0xBF43},
	{"GetEuiccConfiguredAddresses", ACTOR_LPA, ACTOR_EUICC, "", "BF3C", send_es10_plain, 0xBF3C},
	{"SetDefaultDpAddress", ACTOR_LPA, ACTOR_EUICC, "address", "BF3F", send_es10_plain, 0xBF3F},
	{"ListNotification", ACTOR_LPA, ACTOR_EUICC, "event", "BF28", send_es10_plain, 0xBF28},
	{"RetrieveNotificationsList", ACTOR_LPA, ACTOR_EUICC, "event seq", "BF2B", send_es10_plain, 0xBF2B},
	{"RemoveNotificationFromList", ACTOR_LPA, ACTOR_EUICC, "seq", "BF30", send_es10_plain, 0xBF30},
	{"eUICCMemoryReset", ACTOR_LPA, ACTOR_EUICC, "bits", "BF34", send_es10_plain, 0xBF34},
	{"GetProfilesInfo", ACTOR_LPA, ACTOR_EUICC, "iccid isdpAid class tags", "BF2D", send_es10_profile, 0xBF2D},
	{"EnableProfile", ACTOR_LPA, ACTOR_EUICC, "iccid isdpAid refresh", "BF31", send_es10_profile, 0xBF31},
	{"DisableProfile", ACTOR_LPA, ACTOR_EUICC, "iccid isdpAid refresh", "BF32", send_es10_profile, 0xBF32},
	{"DeleteProfile", ACTOR_LPA, ACTOR_EUICC, "iccid isdpAid", "BF33", send_es10_profile, 0xBF33},
	{"SetNickname", ACTOR_LPA, ACTOR_EUICC, "iccid nickname", "BF29", send_es10_profile, 0xBF29},
	{"Command", ACTOR_LPA, ACTOR_EUICC, "data", "", send_es10_raw, 0},
	{"APDU", ACTOR_LPA, ACTOR_EUICC, "data", "", send_apdu, 0},
	/* an SM-DP+, through its LPA, to a eUICC */
	{"AuthenticateServer", ACTOR_SMDPP, ACTOR_EUICC, "signer certificate euiccChallenge transactionId ciPKId matchingId address", "30 BF38",
		send_authenticate_server, 0},
	{"PrepareDownload", ACTOR_SMDPP, ACTOR_EUICC, "signer certificate transactionId code ccRequired bppEuiccOtpk", "30 BF21", send_prepare_download, 0},
	{"CancelSession", ACTOR_LPA, ACTOR_EUICC, "transactionId reason", "BF41", send_es10_cancel, 0},
	{"LoadBoundProfilePackage", ACTOR_SMDPP, ACTOR_EUICC, "profile type signer keys ppk only",
		"BF23 BF24 BF25 BF26 PE BF36", send_bpp, 0},
	/* an SM-DP+ to an LPA: what its next answer is; and the activation code that the user gets */
	{"InitiateAuthentication", ACTOR_SMDPP, ACTOR_LPA, "transactionId http body code", "30", send_answer, ES9P_INITIATE_AUTHENTICATION},
	{"AuthenticateClient", ACTOR_SMDPP, ACTOR_LPA, "transactionId http body code", "30 BF25", send_answer, ES9P_AUTHENTICATE_CLIENT},
	{"GetBoundProfilePackage", ACTOR_SMDPP, ACTOR_LPA, "transactionId http body code", "BF36", send_answer, ES9P_GET_BOUND_PROFILE_PACKAGE},
	{"HandleNotification", ACTOR_SMDPP, ACTOR_LPA, "http body", "", send_answer, ES9P_HANDLE_NOTIFICATION},
	{"CancelSession", ACTOR_SMDPP, ACTOR_LPA, "http body code", "", send_answer, ES9P_CANCEL_SESSION},
	{"ActivationCode", ACTOR_MNO, ACTOR_LPA, "orderCode type oid consent", "", send_activation_code, 0},
};

const struct function *
function_at(size_t i)
{
	return i < sizeof(functions) / sizeof(functions[0]) ? &functions[i] : NULL;
}

const struct function *
function_named(enum actor actor, enum actor target, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (functions[i].actor == actor && functions[i].target == target && strcmp(functions[i].name, name) == 0)
			return &functions[i];
	return NULL;
}
