// SPDX-License-Identifier: BSD-2-Clause
/* The file templates of the package format, all versions of each (object identifiers 2.23.143.1.2.n and 2.23.143.1.2.n.version). */
#include "profile/impl.h"

#include "base/hex.h"

enum { TR = FILE_TRANSPARENT, LF = FILE_LINEAR, CY = FILE_CYCLIC, BT = FILE_BERTLV, DF = FILE_DF, ADF = FILE_ADF, MF = FILE_MF };
enum { HU = ROW_HIGH_UPDATE, RP = ROW_REPEAT, NC = ROW_NEEDS_CONTENT };

#include "profile/templates.def"

#define ROWS(name) name##_rows, sizeof(name##_rows) / sizeof(name##_rows[0])
#define FIRST(n, kind, name) {"\x67\x81\x0F\x01\x02" n, 6, kind, 1, ROWS(name)}
#define LATER(n, version, number, kind, name) {"\x67\x81\x0F\x01\x02" n version, 7, kind, number, ROWS(name)}

static const struct template_rows templates[] = {
	FIRST("\x01", PE_MF, mf), FIRST("\x02", PE_CD, cd), FIRST("\x03", PE_TELECOM, telecom), LATER("\x03", "\x02", 2, PE_TELECOM, telecom),
	FIRST("\x04", PE_USIM, usim), LATER("\x04", "\x02", 2, PE_USIM, usim),
	FIRST("\x05", PE_OPT_USIM, opt_usim), LATER("\x05", "\x02", 2, PE_OPT_USIM, opt_usim), LATER("\x05", "\x03", 3, PE_OPT_USIM, opt_usim),
	FIRST("\x06", PE_PHONEBOOK, phonebook), FIRST("\x07", PE_GSM_ACCESS, gsm_access), FIRST("\x08", PE_ISIM, isim),
	FIRST("\x09", PE_OPT_ISIM, opt_isim), LATER("\x09", "\x02", 2, PE_OPT_ISIM, opt_isim),
	FIRST("\x0A", PE_CSIM, csim), LATER("\x0A", "\x02", 2, PE_CSIM, csim),
	FIRST("\x0B", PE_OPT_CSIM, opt_csim), LATER("\x0B", "\x02", 2, PE_OPT_CSIM, opt_csim), FIRST("\x0C", PE_EAP, eap),
	FIRST("\x0D", PE_DF_5GS, df_5gs), LATER("\x0D", "\x02", 2, PE_DF_5GS, df_5gs), LATER("\x0D", "\x03", 3, PE_DF_5GS, df_5gs),
	LATER("\x0D", "\x04", 4, PE_DF_5GS, df_5gs), FIRST("\x0E", PE_DF_SAIP, df_saip), FIRST("\x0F", PE_DF_SNPN, df_snpn),
	FIRST("\x10", PE_5GPROSE, df_5gprose), FIRST("\x11", PE_IOT, iot), FIRST("\x12", PE_OPT_IOT, opt_iot),
};
#define TEMPLATES (sizeof(templates) / sizeof(templates[0]))

bool
template_nth(size_t i, struct template_rows *out)
{
	if (i >= TEMPLATES)
		return false;
	*out = templates[i];
	return true;
}

bool
template_find(struct bytes oid, struct template_rows *out)
{
	size_t i;

	for (i = 0; i < TEMPLATES; i++)
		if (bytes_equal(oid, bytes_of(templates[i].oid, templates[i].oid_n)))
			return template_nth(i, out);
	return false;
}

bool
template_of(enum pe_kind kind, unsigned version, struct template_rows *out)
{
	bool found = false;
	size_t i;

	for (i = 0; i < TEMPLATES; i++)
		if (templates[i].kind == kind && (version == 0 || version == templates[i].version))
			found = template_nth(i, out);
	return found;
}

bool
template_has(const struct template_rows *t, const struct template_row *row)
{
	return row->from <= t->version && t->version <= row->to;
}

const struct template_row *
template_row(const struct template_rows *t, const char *member)
{
	const struct template_row *found = NULL;
	size_t i;

	for (i = 0; i < t->n; i++)
		if (strcmp(t->rows[i].member, member) == 0 && (!found || template_has(t, &t->rows[i])))
			found = &t->rows[i];
	return found;
}

static size_t
octets_of(const char *hex, size_t n, uint8_t *out, size_t most)
{
	size_t i;

	for (i = 0; 2 * i + 1 < n && i < most; i++)
		out[i] = (uint8_t)(hex_digit((uint8_t)hex[2 * i]) << 4 | hex_digit((uint8_t)hex[2 * i + 1]));
	return i;
}

/* One record, or a whole transparent file: head, its last octet (the tail's first) to the end, the rest of the tail last. */
static void
fill_unit(const struct template_row *row, uint8_t *to, size_t n)
{
	const char *dots = strstr(row->content, "...");
	uint8_t head[64], tail[64];
	size_t heads = octets_of(row->content, dots ? (size_t)(dots - row->content) : strlen(row->content), head, sizeof(head));
	size_t tails = dots ? octets_of(dots + 3, strlen(dots + 3), tail, sizeof(tail)) : 0, i;

	for (i = 0; i < n; i++)
		to[i] = row->flags & ROW_REPEAT ? head[i % heads] : i < heads ? head[i] : 0xFF;
	if (!tails)
		return;
	for (i = heads; i < n; i++)
		to[i] = tail[0];
	for (i = 1; i < tails && tails - i <= n; i++)
		to[n - tails + i] = tail[i];
}

void
template_content(const struct template_row *row, uint8_t *to, size_t size, size_t record_size)
{
	size_t unit = record_size ? record_size : size, at;

	memset(to, 0xFF, size);
	for (at = 0; row && row->content[0] && unit && at + unit <= size; at += unit)
		fill_unit(row, to + at, unit);
}
