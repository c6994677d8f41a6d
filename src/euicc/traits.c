// SPDX-License-Identifier: BSD-2-Clause
/* The description of a kind of card: a table of settings, read from INI text and written as such. The image keeps what is not usual, as text. */
#include "euicc/impl.h"

#include <ctype.h>
#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "euicc/traits.h"

enum kind { VERSION, VERSION_OR_NONE, NUMBER, NAMES, CURVES, FLAG, TEXT, ADDRESS, AID, ATR, RULE };

static const char *const uicc_names[] = {"contactless", "usim", "isim", "csim", "milenage", "cave", "tuak128", "tuak256", "test-algorithm", "rfu2", "gba-usim",
	"gba-isim", "mbms-usim", "eap-client", "javacard", "multos", "multiple-usim", "multiple-isim", "multiple-csim", "ber-tlv", "df-link", "cat-tp",
	"get-identity", "profile-a", "profile-b", "suci-calculator", "dns-resolution", "scp11ac", "scp11c", "s16mode", "eaka", "iot-minimal", NULL};
static const char *const rsp_names[] = {"additional-profile", "crl", "rpm", "test-profile", "device-info-extensibility", "service-specific-data", NULL};
static const char *const tre_names[] = {"discrete", "integrated", "remote-memory", NULL};
static const char *const ppr_names[] = {"update-control", "ppr1", "ppr2", NULL};
static const char *const curve_names[] = {"nist", "brainpool", NULL};

#define AT(member) offsetof(struct euicc_traits, member)
#define AND_COUNT(member) AT(member), AT(n_##member)

static const struct trait {
	const char *section, *name;
	enum kind kind;
	size_t at, count;
	uint32_t least, most;
	const char *const *names;
} traits[] = {
	{"card", "svn", VERSION, AT(svn), 0, 0x020202, 0x0206FF, NULL},
	{"card", "atr", ATR, AT(atr), AT(atr_n), 4, 33, NULL},
	{"card", "isdr-aid", AID, AT(isdr_aid), AT(isdr_aid_n), 5, 16, NULL},
	{"card", "root-ds", ADDRESS, AT(root_ds), 0, 1, 128, NULL},
	{"card", "default-dp", ADDRESS, AT(default_dp), 0, 0, 128, NULL},
	{"card", "test-mode", FLAG, AT(test_mode), 0, 0, 0, NULL},
	{"card", "lenient-segments", FLAG, AT(lenient_segments), 0, 0, 0, NULL},
	{"limits", "memory", NUMBER, AT(memory), 0, 1024, 64u << 20, NULL},
	{"limits", "profiles", NUMBER, AT(profiles), 0, 1, 64, NULL},
	{"limits", "notifications", NUMBER, AT(notifications), 0, 1, 10000, NULL},
	{"info", "profile-version", VERSION, AT(profile_version), 0, 0, 0xFFFFFF, NULL},
	{"info", "firmware", VERSION, AT(firmware), 0, 0, 0xFFFFFF, NULL},
	{"info", "ts102241", VERSION_OR_NONE, AT(ts102241), 0, 0, 0xFFFFFF, NULL},
	{"info", "globalplatform", VERSION_OR_NONE, AT(globalplatform), 0, 0, 0xFFFFFF, NULL},
	{"info", "pp-version", VERSION, AT(pp_version), 0, 0, 0xFFFFFF, NULL},
	{"info", "uicc-capability", NAMES, AT(uicc_capability), 0, 0, 0, uicc_names},
	{"info", "rsp-capability", NAMES, AT(rsp_capability), 0, 0, 0, rsp_names},
	{"info", "tre-properties", NAMES, AT(tre_properties), 0, 0, 0, tre_names},
	{"info", "tre-reference", TEXT, AT(tre_reference), 0, 0, 64, NULL},
	{"info", "forbidden-rules", NAMES, AT(forbidden_ppr), 0, 0, 0, ppr_names},
	{"info", "category", NUMBER, AT(category), 0, 0, 3, NULL},
	{"info", "installed-applications", NUMBER, AT(installed_applications), 0, 0, 255, NULL},
	{"info", "free-ram", NUMBER, AT(free_ram), 0, 0, UINT32_MAX, NULL},
	{"info", "sas", TEXT, AT(sas), 0, 0, 64, NULL},
	{"info", "ci-verification", CURVES, AND_COUNT(verification), 1, 2, curve_names},
	{"info", "ci-signing", CURVES, AND_COUNT(signing), 1, 2, curve_names},
	{"rat", "rule", RULE, 0, 0, 0, 0, NULL},
};
#define TRAITS (sizeof(traits) / sizeof(traits[0]))

/* T=0 first, T=15 with "eUICC functions" (TB3 82), twenty channels; the last octet is the check. */
#define USUAL_ATR {0x3B, 0x97, 0x96, 0x80, 0x3F, 0xC7, 0x82, 0x80, 0x31, 0xE0, 0x73, 0xFE, 0x21, 0x1F, 0x19}

const struct euicc_traits usual_traits = {
	.svn = {2, 5, 0}, .atr = USUAL_ATR, .atr_n = 15, .isdr_aid = ISDR_AID, .isdr_aid_n = 16, .memory = 512 * 1024, .profiles = 64, .notifications = 256,
	.test_mode = true, .root_ds = "testrootsmds.example.com", .profile_version = {2, 3, 1}, .firmware = {0, 1, 0}, .ts102241 = {17, 0, 0},
	.globalplatform = {2, 3, 1}, .pp_version = {1, 0, 0},
	.uicc_capability = 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 8 | 1u << 16 | 1u << 17 | 1u << 18 | 1u << 19 | 1u << 20,
	.rsp_capability = RSP_CAP_ADDITIONAL_PROFILE | RSP_CAP_CRL | RSP_CAP_TEST_PROFILE | RSP_CAP_DEVICE_INFO_EXT, .category = 2, .free_ram = 16384,
	.sas = "esimlab-TEST", .verification = {EC_P256, EC_BP256}, .n_verification = 2, .signing = {EC_P256, EC_BP256}, .n_signing = 2,
	.rule = {{.rules = 2 | 4, .mccmnc = {0xEE, 0xEE, 0xEE}, .consent = true}}, .n_rules = 1,
};

void
euicc_traits_default(struct euicc_traits *t)
{
	*t = usual_traits;
}

/* ---- reading ---- */

struct reading { struct rsp_ctx *c; struct euicc_traits *t; bool ruled; const char *wanted; };

static bool
no(struct reading *r, const struct trait *x, const char *wanted)
{
	if (!r->wanted)
		r->wanted = rsp_sprintf(r->c, "%s: want %s", x->name, wanted);
	return false;
}

static bool
read_number(const char *text, uint32_t least, uint32_t most, uint32_t *out)
{
	char *end;
	unsigned long long v = strtoull(text, &end, 10);

	*out = (uint32_t)v;
	return isdigit((unsigned char)*text) && !*end && v >= least && v <= most;
}

static bool
set_version(struct reading *r, const struct trait *x, uint8_t *to, const char *text)
{
	unsigned a, b, d, n;
	uint32_t whole;
	char more;

	if (x->kind == VERSION_OR_NONE && strcmp(text, "none") == 0) {
		memset(to, 0, 3);
		return true;
	}
	n = (unsigned)sscanf(text, "%3u.%3u.%3u%c", &a, &b, &d, &more);
	whole = a << 16 | b << 8 | d;
	if (n != 3 || a > 255 || b > 255 || d > 255 || whole < x->least || whole > x->most)
		return no(r, x, x->least ? "2.2.2 to 2.6.x" : x->kind == VERSION ? "three numbers, as 2.3.1" : "three numbers, as 2.3.1, or none");
	to[0] = (uint8_t)a;
	to[1] = (uint8_t)b;
	to[2] = (uint8_t)d;
	return true;
}

static bool
set_names(struct reading *r, const struct trait *x, void *to, const char *text)
{
	uint8_t *list = to, n = 0;
	uint32_t bits = 0;
	char word[40];
	int i;

	if (strcmp(text, "none") == 0)
		text = "";
	while (*trait_word(&text, word, sizeof(word))) {
		for (i = 0; x->names[i] && strcmp(x->names[i], word) != 0; i++)
			;
		if (!x->names[i] || bits & 1u << i)
			return no(r, x, rsp_sprintf(r->c, "names of a list once each, and '%s' is none or is there twice", word));
		bits |= 1u << i;
		if (x->kind == CURVES)
			list[n++] = (uint8_t)i;
	}
	if (x->kind == NAMES)
		*(uint32_t *)to = bits;
	else
		*((uint8_t *)r->t + x->count) = n;
	return x->kind == NAMES || n || no(r, x, "nist, brainpool or both");
}

static bool
set_octets(struct reading *r, const struct trait *x, uint8_t *to, const char *text)
{
	const char *wanted = x->kind == AID ? "5 to 16 octets in hex" : "an ATR in hex: 3B or 3F first, its check octet last";
	struct bytes v;
	uint8_t check = 0;
	size_t i;

	if (hex_read(r->c, bytes_of_str(text), &v) != RSP_OK || v.n < x->least || v.n > x->most)
		return no(r, x, wanted);
	for (i = 1; i < v.n; i++)
		check ^= v.p[i];
	if (x->kind == ATR && ((v.p[0] != 0x3B && v.p[0] != 0x3F) || check))
		return no(r, x, wanted);
	memcpy(to, v.p, v.n);
	*((uint8_t *)r->t + x->count) = (uint8_t)v.n;
	return true;
}

static bool
set_text(struct reading *r, const struct trait *x, char *to, const char *text)
{
	size_t n = strcmp(text, "none") == 0 && x->kind == ADDRESS ? 0 : strlen(text), i;

	if (n < x->least || n > x->most)
		return no(r, x, rsp_sprintf(r->c, "%u to %u characters", x->least, x->most));
	for (i = 0; i < n; i++)
		if (!isprint((unsigned char)text[i]) || (x->kind == ADDRESS && text[i] == ' '))
			return no(r, x, x->kind == ADDRESS ? "a domain name" : "printable characters");
	memcpy(to, text, n);
	to[n] = '\0';
	return true;
}

static bool
set_rule(struct reading *r, const struct trait *x, const char *text)
{
	struct euicc_traits *t = r->t;

	if (!r->ruled)
		t->n_rules = 0;
	r->ruled = true;
	if (strcmp(text, "none") == 0)
		return true;
	if (t->n_rules == EUICC_RULES_MAX)
		return no(r, x, "at most 16 of them");
	if (!rule_read(r->c, text, &t->rule[t->n_rules]))
		return no(r, x, "RULES OPERATOR [consent], as 'ppr1,ppr2 26201/A1/ consent' or 'ppr2 any'; or none");
	t->n_rules++;
	return true;
}

static bool
set(struct reading *r, const struct trait *x, const char *text)
{
	void *to = (uint8_t *)r->t + x->at;

	switch (x->kind) {
	case VERSION:
	case VERSION_OR_NONE:
		return set_version(r, x, to, text);
	case NUMBER:
		return read_number(text, x->least, x->most, to) || no(r, x, rsp_sprintf(r->c, "a number from %u to %u", x->least, x->most));
	case NAMES:
	case CURVES:
		return set_names(r, x, to, text);
	case FLAG:
		*(bool *)to = strcmp(text, "yes") == 0;
		return *(bool *)to || strcmp(text, "no") == 0 || no(r, x, "yes or no");
	case AID:
	case ATR:
		return set_octets(r, x, to, text);
	case RULE:
		return set_rule(r, x, text);
	default:
		return set_text(r, x, to, text);
	}
}

static int
setting(void *arg, const char *section, const char *name, const char *value)
{
	struct reading *r = arg;
	size_t i;

	for (i = 0; i < TRAITS; i++)
		if (strcmp(traits[i].section, section) == 0 && strcmp(traits[i].name, name) == 0)
			return set(r, &traits[i], value);
	if (!r->wanted)
		r->wanted = rsp_sprintf(r->c, "there is no setting '%.40s' in [%.40s]", name, section);
	return 0;
}

enum rsp_status
euicc_traits_read(struct rsp_ctx *c, struct bytes text, struct euicc_traits *t)
{
	struct euicc_traits made = *t;
	struct reading r = {.c = c, .t = &made};
	char *copy = text.n && memchr(text.p, 0, text.n) ? NULL : rsp_sprintf(c, "%.*s", (int)text.n, (const char *)text.p);
	int line;

	if (!copy)
		return rsp_fail(c, RSP_MALFORMED, "line 1: want INI text");
	line = ini_parse_string(copy, setting, &r);
	if (line)
		return rsp_fail(c, line < 0 ? RSP_NOMEM : RSP_MALFORMED, "line %d: %s", line, r.wanted ? r.wanted : "want [SECTION] or NAME = VALUE");
	*t = made;
	return RSP_OK;
}

/* ---- writing ---- */

static void
write_names(struct buf *b, const struct trait *x, const struct euicc_traits *t)
{
	const uint8_t *at = (const uint8_t *)t + x->at;
	uint32_t bits = 0;
	const char *comma = "";
	size_t i;

	if (x->kind == CURVES) {
		for (i = 0; i < ((const uint8_t *)t)[x->count]; i++)
			buf_printf(b, "%s%s", i ? ", " : "", x->names[at[i]]);
		return;
	}
	memcpy(&bits, at, sizeof(bits));
	for (i = 0; x->names[i]; i++)
		if (bits & 1u << i) {
			buf_printf(b, "%s%s", comma, x->names[i]);
			comma = ", ";
		}
	if (!bits)
		buf_str(b, "none");
}

static void
write_value(struct buf *b, const struct trait *x, const struct euicc_traits *t)
{
	const uint8_t *at = (const uint8_t *)t + x->at;
	uint32_t n;

	switch (x->kind) {
	case VERSION:
	case VERSION_OR_NONE:
		if (x->kind == VERSION || at[0] || at[1] || at[2])
			buf_printf(b, "%u.%u.%u", at[0], at[1], at[2]);
		else
			buf_str(b, "none");
		break;
	case NUMBER:
		memcpy(&n, at, sizeof(n));
		buf_printf(b, "%u", n);
		break;
	case NAMES:
	case CURVES:
		write_names(b, x, t);
		break;
	case FLAG:
		buf_str(b, at[0] ? "yes" : "no");
		break;
	case AID:
	case ATR:
		hex_append(b, bytes_of(at, ((const uint8_t *)t)[x->count]));
		break;
	default:
		buf_str(b, at[0] || x->kind == TEXT ? (const char *)at : "none");
	}
}

static void
write_rules(struct buf *b, const struct euicc_traits *t)
{
	size_t i;

	for (i = 0; i < t->n_rules; i++)
		rule_write(b, &t->rule[i]);
	if (!t->n_rules)
		buf_str(b, "rule = none\n");
}

/* The words of one setting, for comparing and for writing. */
static void
write_one(struct buf *b, const struct trait *x, const struct euicc_traits *t)
{
	if (x->kind == RULE) {
		write_rules(b, t);
		return;
	}
	buf_printf(b, "%s = ", x->name);
	write_value(b, x, t);
	buf_str(b, "\n");
}

void
euicc_traits_write(struct buf *b, const struct euicc_traits *t, bool all)
{
	const char *section = "";
	size_t i;

	for (i = 0; i < TRAITS; i++) {
		const struct trait *x = &traits[i];
		struct buf have = BUF_INIT, other = BUF_INIT;

		write_one(&have, x, t);
		write_one(&other, x, &usual_traits);
		if (all || !bytes_equal(buf_bytes(&have), buf_bytes(&other))) {
			if (strcmp(section, x->section) != 0)
				buf_printf(b, "%s[%s]\n", *section && all ? "\n" : "", x->section);
			section = x->section;
			buf_add(b, buf_bytes(&have));
		}
		buf_free(&have);
		buf_free(&other);
	}
}
