// SPDX-License-Identifier: BSD-2-Clause
/* Which type is it? A request and its response have one tag, and a SEQUENCE says nothing: the type that explains most of the content wins. */
#include "dump/impl.h"

#define UNFIT (-60)
#define UNKNOWN 25   /* what a tag that the type does not know costs */
#define MISSING 10   /* a member that must be there */
#define WRONG_FORM (-100000)
#define LEVELS 12

static int fit(const struct schema_place *at, uint32_t tag, struct bytes value, unsigned levels);

static int
fit_wrapped(const struct schema *type, struct bytes value, unsigned levels)
{
	struct schema_place inner;
	struct tlv t;

	bool cut;

	if (!dump_take(&value, &t, &cut) || value.n || !schema_inside(type, t.tag, &inner))
		return UNFIT;
	return 1 + fit(&inner, t.tag, t.value, levels + 1);
}

static int
fit_members(const struct schema *type, struct bytes value, unsigned levels)
{
	unsigned required = schema_required(type), had = 0;
	struct schema_place m;
	long from = 0;
	struct tlv t;
	bool cut, cut_anywhere = false;
	int sum = 0, inner;

	while (value.n) {
		if (!dump_take(&value, &t, &cut))
			return sum - UNKNOWN;
		cut_anywhere |= cut;
		if (!schema_member(type, t.tag, &from, &m)) {
			sum -= UNKNOWN;
			continue;
		}
		had += !m.optional;
		inner = fit(&m, t.tag, t.value, levels + 1);
		/* However odd its content: a member that is known is more than one that is not. */
		sum += 2 + (inner > -UNKNOWN ? inner : -UNKNOWN);
	}
	/* What was cut off may have been there. */
	if (cut_anywhere)
		return sum;
	return had < required && schema_kind(type) == SCHEMA_STRUCTURE ? sum - MISSING * (int)(required - had) : sum;
}

/* Constructed where it must be, and nowhere else. */
static bool
form_is_right(const struct schema_place *at, uint32_t tag)
{
	enum schema_kind kind = schema_kind(at->type);

	return kind == SCHEMA_OTHER || tlv_is_constructed(tag) == (at->wrapped || kind == SCHEMA_STRUCTURE || kind == SCHEMA_LIST || kind == SCHEMA_CHOICE);
}

static int
fit(const struct schema_place *at, uint32_t tag, struct bytes value, unsigned levels)
{
	/* A certificate is judged by those who know it. */
	if (levels > LEVELS || strcmp(schema_name(at->type), "Certificate") == 0)
		return 0;
	if (!form_is_right(at, tag))
		return -UNKNOWN;
	if (at->wrapped)
		return fit_wrapped(at->type, value, levels);
	switch (schema_kind(at->type)) {
	case SCHEMA_STRUCTURE:
	case SCHEMA_LIST:
		return fit_members(at->type, value, levels);
	case SCHEMA_INTEGER:
		return value.n && value.n <= 20 ? 0 : -10;
	case SCHEMA_BOOLEAN:
		return value.n == 1 ? 0 : -10;
	case SCHEMA_NULL:
		return value.n ? -10 : 0;
	case SCHEMA_BITS:
		return value.n && value.p[0] < 8 ? 0 : -10;
	default:
		return 0;
	}
}

int
dump_fit(const struct schema_place *at, uint32_t tag, struct bytes value)
{
	return form_is_right(at, tag) ? fit(at, tag, value, 0) : WRONG_FORM;
}

static bool
is_hinted(const struct schema *type, const char *hint)
{
	return hint && strstr(schema_name(type), hint);
}

/* What a bare SEQUENCE may be, besides a certificate. */
static const char *const sequences[] = {"ServerSigned1", "SmdpSigned2", "EuiccSigned1", "EUICCSigned2", "EuiccCancelSessionSigned",
	"OtherSignedNotification", "EUICCResponse", "CtxParamsForCommonAuthentication", "OperatorId", "ProfilePolicyAuthorisationRule"};

static bool
choose_sequence(const struct tlv *t, struct schema_place *out)
{
	int best = 0;
	size_t i;

	for (i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
		struct schema_place at = {schema_named(sequences[i]), "", false, false};
		int n = at.type ? dump_fit(&at, t->tag, t->value) : UNFIT;

		if (n > best) {
			best = n;
			*out = at;
		}
	}
	return best > 0;
}

bool
dump_choose(const struct tlv *t, const char *hint, struct schema_place *out)
{
	struct schema_place at;
	int best = -1000000;
	size_t i;

	if (t->tag == 0x30)
		return choose_sequence(t, out);
	/* Names that many types use for a member mean nothing more when they stand alone. */
	if (t->tag == 0x4F || t->tag == 0x5A || t->tag == 0x5F37 || t->tag == 0x5F49)
		return false;
	/* A2 around a function of ES9+ is the ASN.1 binding; other context tags are somebody's members. */
	if (t->tag < 0x40 || (t->tag >= 0x80 && t->tag < 0xBF && (t->tag != 0xA2 || !t->value.n || t->value.p[0] != 0xBF)))
		return false;
	for (i = 0; schema_by_tag(t->tag, i, &at); i++) {
		int n = 2 * dump_fit(&at, t->tag, t->value) + is_hinted(at.type, hint);

		if (n > best) {
			best = n;
			*out = at;
		}
	}
	return i > 0;
}
