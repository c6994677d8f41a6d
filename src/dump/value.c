// SPDX-License-Identifier: BSD-2-Clause
/* Values for people, by type and by member. */
#include "dump/impl.h"

#include "base/hex.h"
#include "codec/ids.h"

/* Keys and codes: shown only when asked for. */
static const struct { const char *outer, *name; } secrets[] = {
	{"", "hashCc"}, {"ReplaceSessionKeysRequest", "initialMacChainingValue"}, {"ReplaceSessionKeysRequest", "ppkEnc"},
	{"ReplaceSessionKeysRequest", "ppkCmac"}, {"AlgoParameter", "key"}, {"AlgoParameter", "opc"}, {"", "pinValue"}, {"", "pukValue"},
	{"", "keyData"}, {"sdPersoData", ""}, {"PE-CDMAParameter", "authenticationKey"}, {"PE-CDMAParameter", "ssd"},
	{"PE-CDMAParameter", "hrpdAccessAuthenticationData"}, {"PE-CDMAParameter", "simpleIPAuthenticationData"},
	{"PE-CDMAParameter", "mobileIPAuthenticationData"},
};

bool
dump_is_secret(const char *outer, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (strcmp(secrets[i].name, name) == 0 && (!*secrets[i].outer || strcmp(secrets[i].outer, outer) == 0))
			return true;
	return false;
}

static void
say_version(struct dump *d, struct dump_node *n, struct bytes v)
{
	if (v.n == 3)
		dump_say(d, n, "%u.%u.%u", v.p[0], v.p[1], v.p[2]);
	else
		dump_complain(d, n, 'W', "want 3 octets of a version, have %zu: %s", v.n, dump_hex(d, v));
}

static void
say_iccid(struct dump *d, struct dump_node *n, struct bytes v)
{
	char text[ICCID_TEXT];

	if (v.n != 10) {
		dump_complain(d, n, 'W', "want 10 octets of an ICCID, have %zu: %s", v.n, dump_hex(d, v));
		return;
	}
	iccid_text(v.p, text);
	dump_say(d, n, "%s", text);
}

static void
say_eid(struct dump *d, struct dump_node *n, struct bytes v)
{
	if (v.n == 16)
		dump_say(d, n, "EID %s", hex_of(d->c, v));
	else
		say_iccid(d, n, v);
}

static void
say_aid(struct dump *d, struct dump_node *n, struct bytes v)
{
	const char *name = dump_aid_name(v);

	dump_say(d, n, "%s%s%s%s", dump_hex(d, v), name ? " (" : "", name ? name : "", name ? ")" : "");
}

/* MCC and MNC, nibbles swapped; F in the third digit of the MNC; E is a wildcard of RAT entries. */
static void
say_plmn(struct dump *d, struct dump_node *n, struct bytes v)
{
	static const char digit[] = "0123456789ABC?*F";

	if (v.n != 3)
		dump_say(d, n, "%s", dump_hex(d, v));
	else if (v.p[1] >> 4 == 0xF)
		dump_say(d, n, "%c%c%c-%c%c", digit[v.p[0] & 15], digit[v.p[0] >> 4], digit[v.p[1] & 15], digit[v.p[2] & 15], digit[v.p[2] >> 4]);
	else
		dump_say(d, n, "%c%c%c-%c%c%c", digit[v.p[0] & 15], digit[v.p[0] >> 4], digit[v.p[1] & 15], digit[v.p[2] & 15], digit[v.p[2] >> 4],
			digit[v.p[1] >> 4]);
}

static void
say_swapped(struct dump *d, struct dump_node *n, struct bytes v)
{
	char text[41];
	size_t i;

	for (i = 0; i < v.n && i < 20; i++) {
		text[2 * i] = "0123456789ABCDEF"[v.p[i] & 15];
		text[2 * i + 1] = "0123456789ABCDEF"[v.p[i] >> 4];
	}
	text[2 * i] = '\0';
	dump_say(d, n, "%s (octets %s)", text, dump_hex(d, v));
}

static void
say_card_resource(struct dump *d, struct dump_node *n, struct bytes v)
{
	static const struct { uint32_t tag; const char *name; } rows[] = {{0x81, "installed applications"}, {0x82, "free non-volatile memory"},
		{0x83, "free volatile memory"}};
	struct tlv t;
	uint64_t value;
	size_t i;

	while (v.n && tlv_next(&v, &t) == RSP_OK)
		for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			if (rows[i].tag == t.tag && tlv_uint(t.value, &value) == RSP_OK)
				dump_line(d, n, rows[i].name, "%llu%s", (unsigned long long)value, i ? " octets" : "");
			else if (rows[i].tag == t.tag)
				dump_line(d, n, rows[i].name, "%s", dump_hex(d, t.value));
}

static void
say_tag_list(struct dump *d, struct dump_node *n, struct bytes v)
{
	/* Of GetEID, where 5A is the EID, or of GetProfilesInfo. */
	const struct schema *info = schema_named(n->type && strcmp(n->type, "Octet1") == 0 ? "GetEuiccDataResponse" : "ProfileInfo");
	struct buf b = BUF_INIT;
	struct schema_place m;
	size_t at = 0, k;
	long from = 0;

	for (; at < v.n; at += k) {
		uint32_t tag = v.p[at];

		for (k = 1; (v.p[at] & 0x1F) == 0x1F && at + k < v.n && k < 3; k++) {
			tag = tag << 8 | v.p[at + k];
			if (!(v.p[at + k] & 0x80)) {
				k++;
				break;
			}
		}
		buf_printf(&b, "%s%X %s", at ? ", " : "", tag, info && schema_member(info, tag, &from, &m) ? m.name : "?");
	}
	dump_say(d, n, "%.*s", (int)b.n, b.p ? (const char *)b.p : "");
	buf_free(&b);
}

static void
say_der(struct dump *d, struct dump_node *n, struct bytes v)
{
	const struct schema *response = schema_named("EUICCResponse");
	bool profile = v.n && v.p[0] == 0x30;

	n->base = true;
	dump_say(d, n, "%zu octets:", v.n);
	if (profile && response)
		dump_typed(d, n, v, "", response);
	else
		dump_der(d, n, v, v, NULL);
}

static void
say_icon(struct dump *d, struct dump_node *n, struct bytes v)
{
	static const uint8_t png[] = {0x89, 'P', 'N', 'G'}, jpg[] = {0xFF, 0xD8, 0xFF};

	dump_say(d, n, "%zu octets, %s", v.n, bytes_starts_with(v, BYTES_OF(png)) ? "PNG" : bytes_starts_with(v, BYTES_OF(jpg)) ? "JPEG" : "neither PNG nor JPEG");
	if (v.n > 1024)
		dump_complain(d, n, 'W', "an icon has at most 1024 octets");
}

/* By the type's name, or the member's. */
static const struct { const char *type, *member; void (*say)(struct dump *d, struct dump_node *n, struct bytes v); } special[] = {
	{"VersionType", NULL, say_version}, {"Iccid", "iccid", say_iccid}, {NULL, "eidValue", say_eid}, {"OctetTo16", "isdpAid", say_aid},
	{NULL, "aid", say_aid}, {NULL, "mccMnc", say_plmn}, {NULL, "tac", say_swapped}, {NULL, "imei", say_swapped},
	{NULL, "extCardResource", say_card_resource}, {NULL, "tagList", say_tag_list}, {NULL, "simaResponse", say_der}, {NULL, "icon", say_icon},
	{NULL, "dfName", say_aid}, {NULL, "instanceAID", say_aid}, {NULL, "applicationLoadPackageAID", say_aid}, {NULL, "classAID", say_aid},
	{NULL, "mappingSource", say_aid}, {NULL, "loadPackageAID", say_aid}, {NULL, "securityDomainAID", say_aid},
};

static bool
say_special(struct dump *d, struct dump_node *n, const char *type, struct bytes v)
{
	size_t i;

	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if ((special[i].type && strcmp(special[i].type, type) == 0) || (special[i].member && strcmp(special[i].member, n->name) == 0)) {
			special[i].say(d, n, v);
			return true;
		}
	return false;
}

static void
say_integer(struct dump *d, struct dump_node *n, const char *outer, const char *type, struct bytes v)
{
	const char *items = schema_items(outer, n->name, type);
	struct bytes name;
	long long number = v.n && v.p[0] & 0x80 ? -1 : 0;
	size_t i;

	if (!v.n || v.n > 8) {
		if (!v.n)
			dump_complain(d, n, 'E', "want at least one octet of an INTEGER, have none");
		dump_say(d, n, "%s", dump_hex(d, v));
		return;
	}
	for (i = 0; i < v.n; i++)
		number = (long long)((unsigned long long)number << 8 | v.p[i]);
	if (schema_item(items, (long)number, &name))
		dump_say(d, n, "%lld (%.*s)", number, (int)name.n, (const char *)name.p);
	else
		dump_say(d, n, "%lld%s", number, items ? " (no such value known)" : "");
}

static void
say_bits(struct dump *d, struct dump_node *n, const char *outer, const char *type, struct bytes v)
{
	const char *items = schema_items(outer, n->name, type), *comma = "";
	struct buf b = BUF_INIT;
	struct bytes name;
	size_t i, bits;

	if (!v.n || v.p[0] > 7 || (v.n == 1 && v.p[0])) {
		dump_complain(d, n, 'E', "want a BIT STRING, have %s", v.n ? dump_hex(d, v) : "nothing");
		return;
	}
	bits = (v.n - 1) * 8 - v.p[0];
	for (i = 0; items && i < bits && i < 256; i++) {
		if (!(v.p[1 + i / 8] & 0x80 >> i % 8))
			continue;
		if (schema_item(items, (long)i, &name))
			buf_printf(&b, "%s%.*s", comma, (int)name.n, (const char *)name.p);
		else
			buf_printf(&b, "%sbit %zu", comma, i);
		comma = ", ";
	}
	if (items)
		dump_say(d, n, "%.*s", b.n ? (int)b.n : 4, b.n ? (const char *)b.p : "none");
	else
		dump_say(d, n, "%zu bits %s", bits, dump_hex(d, bytes_from(v, 1)));
	buf_free(&b);
}

static void
say_octets(struct dump *d, struct dump_node *n, const char *outer, const char *type, struct bytes v)
{
	if (schema_items(outer, n->name, type) && v.n && v.n <= 2)
		say_integer(d, n, outer, type, v);
	else if (!say_special(d, n, type, v))
		dump_say(d, n, "%s", v.n ? dump_hex(d, v) : "empty");
}

void
dump_value(struct dump *d, struct dump_node *n, const struct schema_place *at, const char *outer, struct bytes v)
{
	const char *type = schema_name(at->type);
	uint64_t one = v.n == 1 ? v.p[0] : 2;

	if (!d->o.secrets && (dump_is_secret(outer, at->name) || dump_is_secret(type, at->name))) {
		dump_say(d, n, "%zu octets, not shown", v.n);
		return;
	}
	n->raw = v;
	switch (schema_kind(at->type)) {
	case SCHEMA_INTEGER:
		say_integer(d, n, outer, type, v);
		break;
	case SCHEMA_BITS:
		say_bits(d, n, outer, type, v);
		break;
	case SCHEMA_TEXT:
		dump_say(d, n, "%s", dump_quoted(d, v));
		break;
	case SCHEMA_OID:
		dump_say(d, n, "%s", oid_text(d->c, v));
		break;
	case SCHEMA_BOOLEAN:
		dump_say(d, n, "%s", v.n != 1 ? "not one octet" : one ? "TRUE" : "FALSE");
		break;
	case SCHEMA_NULL:
		dump_say(d, n, "%s", v.n ? "not empty" : "");
		break;
	default:
		say_octets(d, n, outer, type, v);
	}
}

void
dump_universal(struct dump *d, struct dump_node *n, uint32_t tag, struct bytes v)
{
	switch (tag) {
	case 0x06:
		dump_say(d, n, "%s", oid_text(d->c, v));
		break;
	case 0x0C:
	case 0x13:
	case 0x16:
	case 0x17:
	case 0x18:
		dump_say(d, n, "%s", dump_quoted(d, v));
		break;
	case 0x4F:
		say_aid(d, n, v);
		break;
	case 0x5A:
		say_eid(d, n, v);
		break;
	default:
		dump_say(d, n, "%s", dump_hex(d, v));
	}
}
