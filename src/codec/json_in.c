// SPDX-License-Identifier: BSD-2-Clause
#include "codec/json_in.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>

#include "base/utf8.h"

#define DEPTH_MAX 16
#define VALUES_MAX 20000

static void
free_tree(void *tree)
{
	cJSON_Delete(tree);
}

/* cJSON's own nesting limit is far above ours, and NUL characters would cut strings short unseen: looked for in the text. */
static bool
text_is_safe(struct bytes text)
{
	unsigned depth = 0;
	bool quoted = false;
	size_t i;

	for (i = 0; i < text.n; i++) {
		uint8_t ch = text.p[i];

		if (ch == 0)
			return false;
		if (quoted) {
			if (ch < 0x20)
				return false;
			if (ch == '\\') {
				if (text.n - i > 5 && memcmp(text.p + i, "\\u0000", 6) == 0)
					return false;
				i++;
			}
			quoted = ch != '"';
		} else if (ch == '"') {
			quoted = true;
		} else if (ch == '{' || ch == '[') {
			if (++depth > DEPTH_MAX)
				return false;
		} else if (ch == '}' || ch == ']') {
			depth -= depth > 0;
		}
	}
	return true;
}

static int
by_name(const void *a, const void *b)
{
	const cJSON *const *x = a, *const *y = b;

	return strcmp((*x)->string, (*y)->string);
}

static bool
names_differ(struct rsp_ctx *c, const cJSON *object)
{
	size_t n = (size_t)cJSON_GetArraySize(object), i = 0;
	const cJSON **member = rsp_alloc(c, (n + 1) * sizeof(*member)), *v;

	if (!member)
		return false;
	cJSON_ArrayForEach(v, object)
		member[i++] = v;
	qsort(member, n, sizeof(*member), by_name);
	for (i = 1; i < n; i++)
		if (strcmp(member[i - 1]->string, member[i]->string) == 0)
			return false;
	return true;
}

/* Depth is bounded by text_is_safe. */
static bool
tree_is_strict(struct rsp_ctx *c, const cJSON *v, unsigned *budget)
{
	const cJSON *kid;

	if ((*budget)-- == 0 || (cJSON_IsObject(v) && !names_differ(c, v)))
		return false;
	cJSON_ArrayForEach(kid, v)
		if (!tree_is_strict(c, kid, budget))
			return false;
	return true;
}

enum rsp_status
json_read(struct rsp_ctx *c, struct bytes text, const struct json **root)
{
	unsigned budget = VALUES_MAX;
	const char *end = NULL;
	cJSON *tree;
	enum rsp_status st;
	size_t i;

	if (!text.n || !utf8_valid(text) || !text_is_safe(text))
		return rsp_fail(c, RSP_MALFORMED, "not JSON: empty, not UTF-8, too deep, or with control characters");
	tree = cJSON_ParseWithLengthOpts((const char *)text.p, text.n, &end, 0);
	if (!tree)
		return rsp_fail(c, RSP_MALFORMED, "not JSON");
	if ((st = rsp_ctx_on_reset(c, free_tree, tree)) != RSP_OK) {
		cJSON_Delete(tree);
		return st;
	}
	for (i = (size_t)(end - (const char *)text.p); i < text.n; i++)
		if (!strchr(" \t\r\n", text.p[i]))
			return rsp_fail(c, RSP_MALFORMED, "not JSON: something follows the value at octet %zu", i);
	if (!tree_is_strict(c, tree, &budget))
		return rsp_fail(c, RSP_MALFORMED, "not acceptable JSON: a member twice, or too many values");
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
