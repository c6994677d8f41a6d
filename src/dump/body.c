// SPDX-License-Identifier: BSD-2-Clause
/* JSON bodies of ES9+, ES2+, ES11, ES12: members as they stand, what is base64 of DER opened. */
#include "dump/impl.h"

#include "base/base64.h"
#include "codec/json_in.h"
#include "codec/reasons.h"

/* A bare SEQUENCE has no tag of its own: the member's name says its type. */
static const struct { const char *member, *type; } sequences[] = {
	{"serverSigned1", "ServerSigned1"}, {"smdpSigned2", "SmdpSigned2"}, {"pendingNotification", "PendingNotification"},
	{"cancelSessionResponse", "CancelSessionResponse"}, {"deviceInfo", "DeviceInfo"},
};

/* Is it one whole TLV, or a run of them? Words that happen to be base64 are not. */
static bool
is_der(struct bytes v)
{
	struct tlv t;

	return v.n >= 4 && tlv_next(&v, &t) == RSP_OK && (!v.n || tlv_all_well_formed(v));
}

static bool
open_member(struct dump *d, struct dump_node *n, struct bytes text)
{
	struct bytes der;
	size_t i;

	if (text.n < 8 || base64_read(d->c, text, &der) != RSP_OK || !is_der(der))
		return false;
	dump_say(d, n, "%zu octets:", der.n);
	n->base = true;
	for (i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++)
		if (strcmp(sequences[i].member, n->name) == 0 && der.p[0] == 0x30) {
			const struct schema *type = schema_named(sequences[i].type);

			if (type && schema_kind(type) != SCHEMA_CHOICE) {
				dump_typed(d, n, der, "", type);
				return true;
			}
		}
	dump_octets(d, n, der, NULL);
	return true;
}

static void
say_value(struct dump *d, struct dump_node *n, const struct json *v)
{
	struct bytes text;
	int64_t number;
	bool truth;

	if (json_text_of(v, &text)) {
		if (!d->o.secrets && strcmp(n->name, "confirmationCode") == 0)
			dump_say(d, n, "%zu characters, not shown", text.n);
		else if (!open_member(d, n, text) && !dump_code(d, n, text))
			dump_say(d, n, "%s", dump_quoted(d, text));
	} else if (json_bool_of(v, &truth)) {
		dump_say(d, n, "%s", truth ? "true" : "false");
	} else if (json_int_of(v, &number)) {
		dump_say(d, n, "%lld", (long long)number);
	} else {
		dump_say(d, n, "%s", "null, or a number with a fraction");
	}
}

/* subjectCode and reasonCode in words. */
static void
say_codes(struct dump *d, struct dump_node *n, const struct json *object)
{
	struct bytes subject, reason;
	const char *sentence, *s, *r;

	if (!json_text_of(json_get(object, "subjectCode"), &subject) || !json_text_of(json_get(object, "reasonCode"), &reason))
		return;
	s = (const char *)subject.p;
	r = (const char *)reason.p;
	sentence = reason_sentence(s, r);
	dump_line(d, n, "which means", "%s%s%s, %s", sentence ? sentence : "", sentence ? ": " : "", subject_name(s) ? subject_name(s) : "unknown subject",
		reason_name(r) ? reason_name(r) : "unknown reason");
}

static void
say_json(struct dump *d, struct dump_node *n, const struct json *v)
{
	const struct json *kid;
	size_t i = 0;

	if (!json_is_object(v) && !json_is_array(v)) {
		say_value(d, n, v);
		return;
	}
	for (kid = json_first(v); kid && !d->full; kid = json_next(kid)) {
		const char *name = json_name(kid);

		say_json(d, dump_add(d, n, rsp_strdup(d->c, name ? name : rsp_sprintf(d->c, "[%zu]", i++))), kid);
	}
	say_codes(d, n, v);
}

static const struct { const char *member, *name; } kinds[] = {
	{"euiccChallenge", "InitiateAuthentication request (ES9+ or ES11, SGP.22 6.5.2)"}, {"serverSigned1", "InitiateAuthentication response (ES9+ or ES11)"},
	{"authenticateServerResponse", "AuthenticateClient request (ES9+ or ES11)"}, {"smdpSigned2", "AuthenticateClient response (ES9+)"},
	{"eventEntries", "AuthenticateClient response (ES11)"}, {"prepareDownloadResponse", "GetBoundProfilePackage request (ES9+)"},
	{"boundProfilePackage", "GetBoundProfilePackage response (ES9+)"}, {"pendingNotification", "HandleNotification request (ES9+)"},
	{"cancelSessionResponse", "CancelSession request (ES9+)"}, {"notificationPointId", "HandleDownloadProgressInfo request (ES2+)"},
	{"finalProfileStatusIndicator", "CancelOrder request (ES2+)"}, {"releaseFlag", "ConfirmOrder request (ES2+)"},
	{"profileType", "DownloadOrder request (ES2+)"}, {"forwardingIndicator", "RegisterEvent request (ES12 or ES15)"},
	{"eventId", "DeleteEvent request (ES12 or ES15)"},
};

bool
dump_body(struct dump *d, struct dump_node *parent, struct bytes text)
{
	const char *kind = "JSON";
	const struct json *root;
	size_t i;

	if (json_read(d->c, text, &root) != RSP_OK)
		return false;
	for (i = sizeof(kinds) / sizeof(kinds[0]); i-- > 0;)
		if (json_get(root, kinds[i].member))
			kind = kinds[i].name;
	say_json(d, dump_line(d, parent, "body", "%s", kind), root);
	return true;
}
