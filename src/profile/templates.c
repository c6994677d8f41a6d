// SPDX-License-Identifier: BSD-2-Clause
#include "profile/impl.h"

enum { TR = FILE_TRANSPARENT, LF = FILE_LINEAR, CY = FILE_CYCLIC, BT = FILE_BERTLV, DF = FILE_DF, ADF = FILE_ADF, MF = FILE_MF };

#include "profile/templates.def"

static const struct { const char *oid; size_t oid_n; const struct template_row *rows; size_t n; } templates[] = {
	{"\x67\x81\x0F\x01\x02\x01", 6, FilesAtMF, sizeof(FilesAtMF) / sizeof(FilesAtMF[0])},
	{"\x67\x81\x0F\x01\x02\x02", 6, FilesCD, sizeof(FilesCD) / sizeof(FilesCD[0])},
	{"\x67\x81\x0F\x01\x02\x10", 6, FilesDf5GProSe, sizeof(FilesDf5GProSe) / sizeof(FilesDf5GProSe[0])},
	{"\x67\x81\x0F\x01\x02\x0F", 6, FilesDfSnpn, sizeof(FilesDfSnpn) / sizeof(FilesDfSnpn[0])},
	{"\x67\x81\x0F\x01\x02\x0C", 6, FilesEap, sizeof(FilesEap) / sizeof(FilesEap[0])},
	{"\x67\x81\x0F\x01\x02\x08", 6, FilesIsimMandatory, sizeof(FilesIsimMandatory) / sizeof(FilesIsimMandatory[0])},
	{"\x67\x81\x0F\x01\x02\x09", 6, FilesIsimOptional, sizeof(FilesIsimOptional) / sizeof(FilesIsimOptional[0])},
	{"\x67\x81\x0F\x01\x02\x09\x02", 7, FilesIsimOptionalv2, sizeof(FilesIsimOptionalv2) / sizeof(FilesIsimOptionalv2[0])},
	{"\x67\x81\x0F\x01\x02\x03", 6, FilesTelecom, sizeof(FilesTelecom) / sizeof(FilesTelecom[0])},
	{"\x67\x81\x0F\x01\x02\x03\x02", 7, FilesTelecomV2, sizeof(FilesTelecomV2) / sizeof(FilesTelecomV2[0])},
	{"\x67\x81\x0F\x01\x02\x0D", 6, FilesUsimDf5GS, sizeof(FilesUsimDf5GS) / sizeof(FilesUsimDf5GS[0])},
	{"\x67\x81\x0F\x01\x02\x0D\x02", 7, FilesUsimDf5GSv2, sizeof(FilesUsimDf5GSv2) / sizeof(FilesUsimDf5GSv2[0])},
	{"\x67\x81\x0F\x01\x02\x0D\x03", 7, FilesUsimDf5GSv3, sizeof(FilesUsimDf5GSv3) / sizeof(FilesUsimDf5GSv3[0])},
	{"\x67\x81\x0F\x01\x02\x0D\x04", 7, FilesUsimDf5GSv4, sizeof(FilesUsimDf5GSv4) / sizeof(FilesUsimDf5GSv4[0])},
	{"\x67\x81\x0F\x01\x02\x07", 6, FilesUsimDfGsmAccess, sizeof(FilesUsimDfGsmAccess) / sizeof(FilesUsimDfGsmAccess[0])},
	{"\x67\x81\x0F\x01\x02\x06", 6, FilesUsimDfPhonebook, sizeof(FilesUsimDfPhonebook) / sizeof(FilesUsimDfPhonebook[0])},
	{"\x67\x81\x0F\x01\x02\x0E", 6, FilesUsimDfSaip, sizeof(FilesUsimDfSaip) / sizeof(FilesUsimDfSaip[0])},
	{"\x67\x81\x0F\x01\x02\x04", 6, FilesUsimMandatory, sizeof(FilesUsimMandatory) / sizeof(FilesUsimMandatory[0])},
	{"\x67\x81\x0F\x01\x02\x04\x02", 7, FilesUsimMandatoryV2, sizeof(FilesUsimMandatoryV2) / sizeof(FilesUsimMandatoryV2[0])},
	{"\x67\x81\x0F\x01\x02\x05", 6, FilesUsimOptional, sizeof(FilesUsimOptional) / sizeof(FilesUsimOptional[0])},
	{"\x67\x81\x0F\x01\x02\x05\x02", 7, FilesUsimOptionalV2, sizeof(FilesUsimOptionalV2) / sizeof(FilesUsimOptionalV2[0])},
	{"\x67\x81\x0F\x01\x02\x05\x03", 7, FilesUsimOptionalV3, sizeof(FilesUsimOptionalV3) / sizeof(FilesUsimOptionalV3[0])},
	{"\x67\x81\x0F\x01\x02\x0A", 6, FilesCsimMandatory, sizeof(FilesCsimMandatory) / sizeof(FilesCsimMandatory[0])},
	{"\x67\x81\x0F\x01\x02\x0B", 6, NULL, 0},
};

bool
template_find(struct bytes oid, struct template_rows *out)
{
	size_t i;

	for (i = 0; i < sizeof(templates) / sizeof(templates[0]); i++)
		if (bytes_equal(oid, bytes_of(templates[i].oid, templates[i].oid_n))) {
			out->rows = templates[i].rows;
			out->n = templates[i].n;
			return true;
		}
	return false;
}

const struct template_row *
template_row(struct template_rows t, const char *member)
{
	size_t i;

	for (i = 0; i < t.n; i++)
		if (strcmp(t.rows[i].member, member) == 0)
			return &t.rows[i];
	return NULL;
}

uint16_t
template_fid_of_df(struct template_rows t)
{
	return t.n && (t.rows[0].kind == FILE_DF || t.rows[0].kind == FILE_MF) ? t.rows[0].fid : 0;
}
