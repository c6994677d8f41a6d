// SPDX-License-Identifier: BSD-2-Clause
/* Functions by tag, applications, files, instructions. */
#include "dump/impl.h"

static const struct dump_function functions[] = {
	{0xBF20, "GetEUICCInfo1", "ES10b", "SGP.22 5.7.8"}, {0xBF21, "PrepareDownload", "ES10b", "SGP.22 5.7.5"},
	{0xBF22, "GetEUICCInfo2", "ES10b", "SGP.22 5.7.8"}, {0xBF23, "InitialiseSecureChannel", "ES8+", "SGP.22 5.5.1"},
	{0xBF24, "ConfigureISDP", "ES8+", "SGP.22 5.5.2"}, {0xBF25, "StoreMetadata", "ES8+", "SGP.22 5.5.3"},
	{0xBF26, "ReplaceSessionKeys", "ES8+", "SGP.22 5.5.4"}, {0xBF27, "ProfileInstallationResultData", "", "SGP.22 2.5.6"},
	{0xBF28, "ListNotification", "ES10b", "SGP.22 5.7.9"}, {0xBF29, "SetNickname", "ES10c", "SGP.22 5.7.21"},
	{0xBF2A, "UpdateMetadata", "ES6", "SGP.22 5.4.1"}, {0xBF2B, "RetrieveNotificationsList", "ES10b", "SGP.22 5.7.10"},
	{0xBF2D, "GetProfilesInfo", "ES10c", "SGP.22 5.7.15"}, {0xBF2E, "GetEUICCChallenge", "ES10b", "SGP.22 5.7.7"},
	{0xBF2F, "NotificationMetadata", "", "SGP.22 5.7.9"}, {0xBF30, "NotificationSent", "ES10b", "SGP.22 5.7.11"},
	{0xBF31, "EnableProfile", "ES10c", "SGP.22 5.7.16"}, {0xBF32, "DisableProfile", "ES10c", "SGP.22 5.7.17"},
	{0xBF33, "DeleteProfile", "ES10c", "SGP.22 5.7.18"}, {0xBF34, "eUICCMemoryReset", "ES10c", "SGP.22 5.7.19"},
	{0xBF35, "LoadCRL", "ES10b", "SGP.22 5.7.12"}, {0xBF36, "LoadBoundProfilePackage", "ES10b", "SGP.22 5.7.6"},
	{0xBF37, "ProfileInstallationResult", "", "SGP.22 2.5.6"}, {0xBF38, "AuthenticateServer", "ES10b", "SGP.22 5.7.13"},
	{0xBF39, "InitiateAuthentication", "ES9+", "SGP.22 6.6.2.1"}, {0xBF3A, "GetBoundProfilePackage", "ES9+", "SGP.22 6.6.2.3"},
	{0xBF3B, "AuthenticateClient", "ES9+", "SGP.22 6.6.2.2"}, {0xBF3C, "GetEuiccConfiguredAddresses", "ES10a", "SGP.22 5.7.3"},
	{0xBF3D, "HandleNotification", "ES9+", "SGP.22 6.6.2.4"}, {0xBF3E, "GetEID", "ES10c", "SGP.22 5.7.20"},
	{0xBF3F, "SetDefaultDpAddress", "ES10a", "SGP.22 5.7.4"}, {0xBF40, "AuthenticateClient", "ES11", "SGP.22 6.6.3.2"},
	{0xBF41, "CancelSession", "ES10b", "SGP.22 5.7.14"}, {0xBF42, "LpaeActivation", "", "SGP.22 5.7"},
	{0xBF43, "GetRAT", "ES10b", "SGP.22 5.7.22"}, {0xBF44, "LoadRpmPackage", "ES10b", "SGP.22 v3"},
	{0xBF45, "VerifySmdsResponse", "ES10b", "SGP.22 v3"}, {0xBF46, "CheckEvent", "ES9+", "SGP.22 v3"}, {0xBF4A, "AlertData", "", "SGP.22 v3"},
	{0xBF4B, "VerifyDeviceChange", "ES10b", "SGP.22 v3"}, {0xBF4C, "ConfirmDeviceChange", "ES9+", "SGP.22 v3"},
	{0xBF4D, "PrepareDeviceChange", "ES10b", "SGP.22 v3"},
	{0xBF60, "VerifySmdpResponse", "ES10b", "SGP.22 v3.1"}, {0xBF61, "CheckProgress", "ES9+", "SGP.22 v3.1"},
	{0xBF62, "VerifyProfileRecovery", "ES10b", "SGP.22 v3.1"}, {0xBF63, "DeleteNotificationForDc", "ES10b", "SGP.22 v3.1"},
	{0xBF4E, "TransferEimPackage", "", "SGP.32"}, {0xBF4F, "GetEimPackage", "", "SGP.32"},
	{0xBF50, "ProvideEimPackageResult", "", "SGP.32"}, {0xBF51, "EuiccPackage", "", "SGP.32"},
	{0xBF52, "IpaEuiccData", "", "SGP.32"}, {0xBF53, "EimAcknowledgements", "", "SGP.32"},
	{0xBF54, "ProfileDownloadTrigger", "", "SGP.32"}, {0xBF55, "GetEimConfigurationData", "", "SGP.32"},
	{0xBF56, "GetCerts", "", "SGP.32"}, {0xBF57, "AddInitialEim", "", "SGP.32"},
	{0xBF58, "ProfileRollback", "", "SGP.32"}, {0xBF59, "ConfigureImmediateProfileEnabling", "", "SGP.32"},
	{0xBF5A, "ImmediateEnable", "", "SGP.32"}, {0xBF5B, "EnableEmergencyProfile", "", "SGP.32"},
	{0xBF5C, "DisableEmergencyProfile", "", "SGP.32"}, {0xBF5D, "ExecuteFallbackMechanism", "", "SGP.32"},
	{0xBF5E, "ReturnFromFallback", "", "SGP.32"}, {0xBF5F, "GetConnectivityParameters", "", "SGP.32"},
	{0xBF64, "eUICCMemoryReset (IoT)", "", "SGP.32"}, {0xBF65, "SetDefaultDpAddress (IoT)", "", "SGP.32"},
};

const struct dump_function *
dump_function(uint32_t tag)
{
	size_t i;

	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (functions[i].tag == tag)
			return &functions[i];
	return NULL;
}

static const struct { uint8_t n, aid[16]; const char *name; } aids[] = {
	{16, {0xA0, 0, 0, 5, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0, 0, 1, 0}, "ISD-R"},
	{16, {0xA0, 0, 0, 5, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0, 0, 2, 0}, "ECASD"},
	{14, {0xA0, 0, 0, 5, 0x59, 0x10, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x89, 0, 0}, "ISD-P"},
	{7, {0xA0, 0, 0, 0, 0x87, 0x10, 0x01}, "SIM toolkit of 3GPP"}, {7, {0xA0, 0, 0, 0, 0x87, 0x10, 0x02}, "USIM"},
	{7, {0xA0, 0, 0, 0, 0x87, 0x10, 0x04}, "ISIM"}, {7, {0xA0, 0, 0, 3, 0x43, 0x10, 0x02}, "CSIM"},
	{7, {0xA0, 0, 0, 1, 0x51, 0, 0}, "issuer security domain"}, {5, {0xA0, 0, 0, 0, 0x63}, "PKCS#15"}, {5, {0xA0, 0, 0, 0, 9}, "ETSI"},
};

const char *
dump_aid_name(struct bytes aid)
{
	size_t i;

	for (i = 0; i < sizeof(aids) / sizeof(aids[0]); i++)
		if (bytes_starts_with(aid, bytes_of(aids[i].aid, aids[i].n)))
			return aids[i].name;
	return NULL;
}

static const struct { unsigned fid; const char *name; } fids[] = {
	{0x3F00, "MF"}, {0x2F00, "EF.DIR"}, {0x2FE2, "EF.ICCID"}, {0x2F05, "EF.PL"}, {0x2F06, "EF.ARR"}, {0x2F08, "EF.UMPC"}, {0x7FFF, "current ADF"},
	{0x7F10, "DF.TELECOM"}, {0x7F20, "DF.GSM"}, {0x6F05, "EF.LI"}, {0x6F06, "EF.ARR"}, {0x6F07, "EF.IMSI"}, {0x6F08, "EF.Keys"}, {0x6F09, "EF.KeysPS"},
	{0x6F31, "EF.HPPLMN"}, {0x6F38, "EF.UST"}, {0x6F3A, "EF.ADN"}, {0x6F3B, "EF.FDN"}, {0x6F3C, "EF.SMS"}, {0x6F3E, "EF.GID1"}, {0x6F3F, "EF.GID2"},
	{0x6F40, "EF.MSISDN"}, {0x6F42, "EF.SMSP"}, {0x6F43, "EF.SMSS"}, {0x6F46, "EF.SPN"}, {0x6F56, "EF.EST"}, {0x6F5B, "EF.START-HFN"},
	{0x6F5C, "EF.THRESHOLD"}, {0x6F60, "EF.PLMNwAcT"}, {0x6F61, "EF.OPLMNwAcT"}, {0x6F62, "EF.HPLMNwAcT"}, {0x6F73, "EF.PSLOCI"}, {0x6F78, "EF.ACC"},
	{0x6F7B, "EF.FPLMN"}, {0x6F7E, "EF.LOCI"}, {0x6FAD, "EF.AD"}, {0x6FB7, "EF.ECC"}, {0x6FC4, "EF.NETPAR"}, {0x6FD9, "EF.EHPLMN"},
	{0x6FE3, "EF.EPSLOCI"}, {0x6FE4, "EF.EPSNSC"}, {0x5FC0, "DF.5GS"}, {0x5F3A, "DF.PHONEBOOK"}, {0x5F3B, "DF.GSM-ACCESS"},
};

const char *
dump_fid_name(unsigned fid)
{
	size_t i;

	for (i = 0; i < sizeof(fids) / sizeof(fids[0]); i++)
		if (fids[i].fid == fid)
			return fids[i].name;
	return NULL;
}

static const struct { unsigned ins; const char *name; } instructions[] = {
	{0xA4, "SELECT"}, {0xB0, "READ BINARY"}, {0xD6, "UPDATE BINARY"}, {0xB2, "READ RECORD"}, {0xDC, "UPDATE RECORD"}, {0xA2, "SEARCH RECORD"},
	{0x32, "INCREASE"}, {0x20, "VERIFY PIN"}, {0x24, "CHANGE PIN"}, {0x26, "DISABLE PIN"}, {0x28, "ENABLE PIN"}, {0x2C, "UNBLOCK PIN"},
	{0x04, "DEACTIVATE FILE"}, {0x44, "ACTIVATE FILE"}, {0x88, "AUTHENTICATE"}, {0x84, "GET CHALLENGE"}, {0x70, "MANAGE CHANNEL"},
	{0xC0, "GET RESPONSE"}, {0xF2, "STATUS"}, {0x10, "TERMINAL PROFILE"}, {0xC2, "ENVELOPE"}, {0x12, "FETCH"}, {0x14, "TERMINAL RESPONSE"},
	{0xAA, "TERMINAL CAPABILITY"}, {0xE2, "STORE DATA"}, {0xCA, "GET DATA"}, {0xCB, "RETRIEVE DATA"}, {0xDB, "SET DATA"}, {0x78, "GET IDENTITY"},
	{0x76, "SUSPEND UICC"}, {0x82, "EXTERNAL AUTHENTICATE"}, {0x50, "INITIALIZE UPDATE"}, {0xE6, "INSTALL"}, {0xE8, "LOAD"}, {0xE4, "DELETE"},
	{0xD8, "PUT KEY"},
};

const char *
dump_ins_name(unsigned ins)
{
	size_t i;

	for (i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++)
		if (instructions[i].ins == ins)
			return instructions[i].name;
	return NULL;
}

static const struct { uint32_t tag; const char *name; } tags[] = {
	{0x02, "INTEGER"}, {0x03, "BIT STRING"}, {0x04, "OCTET STRING"}, {0x05, "NULL"}, {0x06, "OBJECT IDENTIFIER"}, {0x0C, "UTF8String"}, {0x13, "text"},
	{0x17, "UTCTime"}, {0x18, "GeneralizedTime"}, {0x30, "SEQUENCE"}, {0x31, "SET"}, {0x4F, "AID"}, {0x50, "label"}, {0x5A, "ICCID or EID"},
	{0x5C, "tag list"}, {0x5F37, "signature"}, {0x5F49, "one-time public key"}, {0x61, "application template"}, {0x62, "FCP template"},
	{0x6F, "FCI template"}, {0xE0, "ISD-R proprietary application template"}, {0xE1, "ISD-R proprietary application template (SGP.32)"},
	{0xE2, "reference and access rule (REF-AR-DO)"}, {0xE3, "ProfileInfo"}, {0xE4, "LPA for enterprises (v3.1)"},
};

/* ETSI TS 102 221 11.1.1.3, GlobalPlatform's FCI and Secure Element Access Control. */
static const struct { uint32_t within, tag; const char *name; } inner[] = {
	{0x62, 0x80, "file size"}, {0x62, 0x81, "total file size"}, {0x62, 0x82, "file descriptor"}, {0x62, 0x83, "file identifier"},
	{0x62, 0x84, "DF name"}, {0x62, 0x88, "SFI"}, {0x62, 0x8A, "life cycle status"}, {0x62, 0x8B, "security attributes (referenced)"},
	{0x62, 0x8C, "security attributes (compact)"}, {0x62, 0xA5, "proprietary information"}, {0x62, 0xC6, "PIN status template"},
	{0x6F, 0x84, "DF name"}, {0x6F, 0xA5, "proprietary information"}, {0xA5, 0x73, "security domain management data"},
	{0xA5, 0x9F65, "longest command data field"}, {0xA5, 0x9F6E, "application production life cycle data"}, {0xA5, 0x80, "UICC characteristics"},
	{0xA5, 0x83, "available memory"}, {0xE2, 0xE1, "REF-DO"}, {0xE2, 0xE3, "AR-DO"}, {0xE1, 0x4F, "AID-REF-DO"},
	{0xE1, 0xC1, "DeviceAppID-REF-DO (hash of a certificate)"}, {0xE1, 0xCA, "PKG-REF-DO (package name)"}, {0xE3, 0xD0, "APDU-AR-DO"},
	{0xE3, 0xD1, "NFC-AR-DO"}, {0xE3, 0xDB, "PERM-AR-DO"},
};

const char *
dump_tag_name(uint32_t within, uint32_t tag)
{
	const struct dump_function *f = dump_function(tag);
	size_t i;

	for (i = 0; i < sizeof(inner) / sizeof(inner[0]); i++)
		if (inner[i].within == within && inner[i].tag == tag)
			return inner[i].name;
	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (tags[i].tag == tag)
			return tags[i].name;
	return f ? f->name : NULL;
}
