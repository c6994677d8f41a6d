// SPDX-License-Identifier: BSD-2-Clause
/* Short texts: activation codes, subject and reason codes, status words. */
#include "dump/impl.h"

#include <stdio.h>

#include "apdu/apdu.h"
#include "base/hex.h"
#include "codec/ids.h"
#include "codec/reasons.h"

#define TEXT_MAX 1024

bool
dump_code(struct dump *d, struct dump_node *parent, struct bytes text)
{
	static const char qr[] = "QR-Code:";
	struct activation_code a;
	struct dump_node *n;

	if (bytes_starts_with(text, bytes_of_str(qr)))
		text = bytes_from(text, strlen(qr));
	if (!bytes_starts_with(text, bytes_of_str("LPA:")) && !bytes_starts_with(text, bytes_of_str("1$")))
		return false;
	n = dump_line(d, parent, "activation code", "%s (SGP.22 4.1)", dump_quoted(d, text));
	if (text.n >= TEXT_MAX || memchr(text.p, 0, text.n) ||
		activation_code_read(d->c, rsp_sprintf(d->c, "%.*s", (int)text.n, (const char *)text.p), &a) != RSP_OK) {
		dump_complain(d, n, 'E', "%s", text.n >= TEXT_MAX ? "too long" : d->c->error.text);
		return true;
	}
	dump_line(d, n, "SM-DP+ address", "%s", a.host);
	dump_line(d, n, "MatchingID", "%s", a.matching_id[0] ? a.matching_id : "none: the SM-DP+ looks for an order by EID");
	dump_line(d, n, "SM-DP+ OID", "%s", a.oid[0] ? a.oid : "none: any certificate of the CI");
	dump_line(d, n, "confirmation code", "%s", a.confirmation_code ? "will be asked for" : "none");
	return true;
}

static bool
is_number(const char *s)
{
	bool digit = false;

	for (; *s; s++) {
		if (*s >= '0' && *s <= '9')
			digit = true;
		else if (*s != '.' || !digit || s[1] == '.' || !s[1])
			return false;
	}
	return digit;
}

static bool
say_pair(struct dump *d, const char *text)
{
	char subject[16] = "", reason[16] = "";
	const char *name, *sentence;
	struct dump_node *n;
	int end = 0;

	if (sscanf(text, "%15[0-9.] / %15[0-9.]%n", subject, reason, &end) != 2 && sscanf(text, "%15[0-9.]/%15[0-9.]%n", subject, reason, &end) != 2)
		return false;
	if (!end || text[end] || !is_number(subject) || !is_number(reason))
		return false;
	sentence = reason_sentence(subject, reason);
	n = dump_line(d, d->root, "status code", "%s/%s%s%s (SGP.22 5.2.6)", subject, reason, sentence ? ": " : "", sentence ? sentence : "");
	name = subject_name(subject);
	dump_line(d, n, "subject", "%s  %s", subject, name ? name : "not in the table");
	name = reason_name(reason);
	dump_line(d, n, "reason", "%s  %s", reason, name ? name : "not in the table");
	if (!subject_name(subject) || !name)
		dump_complain(d, n, 'W', "SGP.22 5.2.6 does not know this code");
	return true;
}

static bool
say_status_word(struct dump *d, const char *text)
{
	unsigned sw;
	int end = 0;

	if ((sscanf(text, "SW %4x%n", &sw, &end) != 1 && sscanf(text, "SW=%4x%n", &sw, &end) != 1 && sscanf(text, "sw %4x%n", &sw, &end) != 1 &&
		sscanf(text, "SW: %4x%n", &sw, &end) != 1) || text[end])
		return false;
	dump_line(d, d->root, "status word", "%04X  %s", sw, apdu_sw_text(sw));
	return true;
}

bool
dump_words(struct dump *d, struct bytes text)
{
	char *s;

	if (text.n >= TEXT_MAX || memchr(text.p, '\n', text.n) || memchr(text.p, 0, text.n))
		return dump_code(d, d->root, text);
	s = rsp_sprintf(d->c, "%.*s", (int)text.n, (const char *)text.p);
	return s && (say_pair(d, s) || say_status_word(d, s) || dump_code(d, d->root, text));
}
