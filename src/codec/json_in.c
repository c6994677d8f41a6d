// SPDX-License-Identifier: BSD-2-Clause
#include "codec/json_in.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/utf8.h"

#define DEPTH_MAX 16
#define VALUES_MAX 20000

/* Strings may be confirmation codes. */
static void
wipe(cJSON *v)
{
	cJSON *kid;

	if (v->valuestring)
		explicit_bzero(v->valuestring, strlen(v->valuestring));
	cJSON_ArrayForEach(kid, v)
		wipe(kid);
}

static void
free_tree(void *tree)
{
	wipe(tree);
	cJSON_Delete(tree);
}

struct scan { const uint8_t *p, *end; unsigned depth, commas; };

static bool
digits(struct scan *s)
{
	const uint8_t *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > from;
}

static bool
skip(struct scan *s, const char *any)
{
	if (s->p == s->end || !*s->p || !strchr(any, *s->p))
		return false;
	s->p++;
	return true;
}

static bool
number_is_strict(struct scan *s)
{
	(void)skip(s, "-");
	if (skip(s, "0") ? digits(s) : !digits(s))
		return false;
	if (skip(s, ".") && !digits(s))
		return false;
	if (!skip(s, "eE"))
		return true;
	(void)skip(s, "+-");
	return digits(s);
}

/* After a backslash. cJSON takes \u with other characters than hex digits for NUL, and NUL would cut the string short unseen. */
static bool
escape_is_strict(struct scan *s)
{
	unsigned v = 0, i;

	if (s->p == s->end || *s->p++ != 'u')
		return true;
	for (i = 0; i < 4; i++) {
		int d = s->p < s->end ? hex_digit(*s->p++) : -1;

		if (d < 0)
			return false;
		v = v << 4 | (unsigned)d;
	}
	return v != 0;
}

/* After the opening quote. */
static bool
string_is_strict(struct scan *s)
{
	while (s->p < s->end) {
		uint8_t ch = *s->p++;

		if (ch == '"')
			return true;
		if (ch < 0x20 || (ch == '\\' && !escape_is_strict(s)))
			return false;
	}
	return false;
}

static bool
token_is_strict(struct scan *s)
{
	uint8_t ch = *s->p;

	if (ch == '-' || (ch >= '0' && ch <= '9'))
		return number_is_strict(s);
	s->p++;
	if (ch == '"')
		return string_is_strict(s);
	if (ch == '{' || ch == '[')
		return ++s->depth <= DEPTH_MAX;
	if (ch == '}' || ch == ']')
		s->depth -= s->depth > 0;
	if (ch == ',')
		return ++s->commas < VALUES_MAX;
	return ch < 0x80 && (ch >= 0x20 || ch == '\t' || ch == '\r' || ch == '\n');
}

/* What cJSON lets through: control characters as blanks, a byte order mark, numbers C knows and JSON does not, NUL, depth. */
static bool
text_is_strict(struct bytes text)
{
	struct scan s = {.p = text.p, .end = text.p + text.n};

	while (s.p < s.end)
		if (!token_is_strict(&s))
			return false;
	return true;
}

static int
by_name(const void *a, const void *b)
{
	const cJSON *const *x = a, *const *y = b;

	return strcmp((*x)->string, (*y)->string);
}

static enum rsp_status
names_differ(struct rsp_ctx *c, const cJSON *object)
{
	size_t n = (size_t)cJSON_GetArraySize(object), i = 0;
	const cJSON **member = rsp_alloc(c, (n + 1) * sizeof(*member)), *v;

	if (!member)
		return RSP_NOMEM;
	cJSON_ArrayForEach(v, object)
		member[i++] = v;
	qsort(member, n, sizeof(*member), by_name);
	for (i = 1; i < n; i++)
		if (strcmp(member[i - 1]->string, member[i]->string) == 0)
			return rsp_fail(c, RSP_MALFORMED, "not acceptable JSON: member %.60s twice", member[i]->string);
	return RSP_OK;
}

/* Depth is bounded by text_is_strict. */
static enum rsp_status
tree_is_strict(struct rsp_ctx *c, const cJSON *v, unsigned *budget)
{
	const cJSON *kid;
	enum rsp_status st = RSP_OK;

	if ((*budget)-- == 0)
		return rsp_fail(c, RSP_MALFORMED, "not acceptable JSON: more than %d values", VALUES_MAX);
	if (cJSON_IsObject(v))
		st = names_differ(c, v);
	for (kid = v->child; kid && st == RSP_OK; kid = kid->next)
		st = tree_is_strict(c, kid, budget);
	return st;
}

enum rsp_status
json_read(struct rsp_ctx *c, struct bytes text, const struct json **root)
{
	unsigned budget = VALUES_MAX;
	const char *end = NULL;
	cJSON *tree;
	enum rsp_status st;
	size_t i;

	if (!text.n || !utf8_valid(text) || !text_is_strict(text))
		return rsp_fail(c, RSP_MALFORMED, "not JSON: empty, not UTF-8, too deep, too many values, or with characters, escapes or numbers that JSON lacks");
	tree = cJSON_ParseWithLengthOpts((const char *)text.p, text.n, &end, 0);
	if (!tree)
		return rsp_fail(c, RSP_MALFORMED, "not JSON");
	if ((st = rsp_ctx_on_reset(c, free_tree, tree)) != RSP_OK) {
		free_tree(tree);
		return st;
	}
	for (i = (size_t)(end - (const char *)text.p); i < text.n; i++)
		if (!strchr(" \t\r\n", text.p[i]))
			return rsp_fail(c, RSP_MALFORMED, "not JSON: something follows the value at octet %zu", i);
	if ((st = tree_is_strict(c, tree, &budget)) != RSP_OK)
		return st;
	*root = (const struct json *)tree;
	return RSP_OK;
}

static const cJSON *
cj(const struct json *v)
{
	return (const cJSON *)v;
}

const struct json *
json_get(const struct json *object, const char *name)
{
	return cJSON_IsObject(cj(object)) ? (const struct json *)cJSON_GetObjectItemCaseSensitive(cj(object), name) : NULL;
}

bool
json_is_object(const struct json *v)
{
	return cJSON_IsObject(cj(v));
}

bool
json_is_array(const struct json *v)
{
	return cJSON_IsArray(cj(v));
}

size_t
json_count(const struct json *array)
{
	return json_is_array(array) ? (size_t)cJSON_GetArraySize(cj(array)) : 0;
}

const struct json *
json_at(const struct json *array, size_t i)
{
	return json_is_array(array) ? (const struct json *)cJSON_GetArrayItem(cj(array), (int)i) : NULL;
}

const struct json *
json_first(const struct json *v)
{
	return cJSON_IsObject(cj(v)) || cJSON_IsArray(cj(v)) ? (const struct json *)cj(v)->child : NULL;
}

const struct json *
json_next(const struct json *member)
{
	return (const struct json *)cj(member)->next;
}

const char *
json_name(const struct json *member)
{
	return cj(member)->string;
}

bool
json_text_of(const struct json *v, struct bytes *out)
{
	if (!cJSON_IsString(cj(v)))
		return false;
	*out = bytes_of_str(cj(v)->valuestring);
	return true;
}

bool
json_bool_of(const struct json *v, bool *out)
{
	if (!cJSON_IsBool(cj(v)))
		return false;
	*out = cJSON_IsTrue(cj(v));
	return true;
}

bool
json_int_of(const struct json *v, int64_t *out)
{
	double d;

	if (!cJSON_IsNumber(cj(v)))
		return false;
	d = cj(v)->valuedouble;
	if (!(fabs(d) <= 9007199254740992.0) || d != floor(d))
		return false;
	*out = (int64_t)d;
	return true;
}
