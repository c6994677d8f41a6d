// SPDX-License-Identifier: BSD-2-Clause
/* The report for machines. */
#include "conformance/suite.h"

#include <stdlib.h>

#include "base/json_out.h"

void
report_free(struct report *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		result_free(&r->p[i].result);
	free(r->p);
	*r = (struct report){0};
}

int
report_exit(const struct report *r)
{
	const unsigned *v = r->counts.verdict;

	return v[VERDICT_FAIL] ? 1 : v[VERDICT_INCONCLUSIVE] || v[VERDICT_PASS] == 0 ? 2 : 0;
}

static void
xml_text(struct buf *b, const char *text)
{
	for (; text && *text; text++)
		switch (*text) {
		case '&':
			buf_str(b, "&amp;");
			break;
		case '<':
			buf_str(b, "&lt;");
			break;
		case '>':
			buf_str(b, "&gt;");
			break;
		case '"':
			buf_str(b, "&quot;");
			break;
		default:
			buf_u8(b, (unsigned char)*text < 0x20 && *text != '\n' && *text != '\t' ? '?' : (unsigned char)*text);
		}
}

static void
xml_attribute(struct buf *b, const char *name, const char *text)
{
	buf_printf(b, " %s=\"", name);
	xml_text(b, text);
	buf_str(b, "\"");
}

static void
junit_case(struct buf *b, const struct report_row *row)
{
	const struct result *r = &row->result;

	buf_str(b, "  <testcase");
	xml_attribute(b, "classname", actor_name(row->s->real));
	xml_attribute(b, "name", row->s->id);
	if (*row->binding)
		xml_attribute(b, "binding", row->binding);
	buf_printf(b, " time=\"%u.%03u\">\n", r->ms / 1000, r->ms % 1000);
	if (r->verdict == VERDICT_NOT_APPLICABLE) {
		buf_str(b, "    <skipped");
		xml_attribute(b, "message", r->cause);
		buf_str(b, "/>\n");
	} else if (r->verdict != VERDICT_PASS) {
		buf_str(b, r->verdict == VERDICT_FAIL ? "    <failure" : "    <error");
		xml_attribute(b, "message", r->cause);
		buf_str(b, ">wanted: ");
		xml_text(b, r->wanted);
		buf_str(b, "\nhad: ");
		xml_text(b, r->had);
		buf_str(b, "\n");
		xml_text(b, r->log);
		buf_str(b, r->verdict == VERDICT_FAIL ? "</failure>\n" : "</error>\n");
	}
	buf_str(b, "  </testcase>\n");
}

void
report_junit(const struct report *r, struct buf *out)
{
	const unsigned *v = r->counts.verdict;
	size_t i;

	buf_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	buf_printf(out, "<testsuite name=\"esimlab\" tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\">\n", r->counts.played, v[VERDICT_FAIL],
		v[VERDICT_INCONCLUSIVE], v[VERDICT_NOT_APPLICABLE]);
	for (i = 0; i < r->n; i++)
		junit_case(out, &r->p[i]);
	buf_str(out, "</testsuite>\n");
}

static void
json_row(struct json_out *j, const struct report_row *row)
{
	const struct result *r = &row->result;

	json_object(j, NULL);
	json_string(j, "id", row->s->id);
	if (*row->binding)
		json_string(j, "binding", row->binding);
	json_string(j, "clause", row->s->clause);
	json_string(j, "intent", row->s->intent);
	json_string(j, "verdict", verdict_name(r->verdict));
	json_int(j, "ms", r->ms);
	if (r->verdict != VERDICT_PASS) {
		json_string(j, "wanted", r->wanted);
		json_string(j, "had", r->had);
		json_string(j, "cause", r->cause);
	}
	if (r->step) {
		json_string(j, "file", r->step->at.file);
		json_int(j, "line", r->step->at.line);
		json_string(j, "log", r->log ? r->log : "");
	}
	json_object_end(j);
}

void
report_json(const struct report *r, struct buf *out)
{
	struct json_out j = JSON_OUT(out);
	size_t i;

	json_object(&j, NULL);
	for (i = 0; i < VERDICTS; i++)
		json_int(&j, i == VERDICT_NOT_APPLICABLE ? "notApplicable" : verdict_name((enum verdict)i), r->counts.verdict[i]);
	json_array(&j, "cases");
	for (i = 0; i < r->n; i++)
		json_row(&j, &r->p[i]);
	json_array_end(&j);
	json_object_end(&j);
}
