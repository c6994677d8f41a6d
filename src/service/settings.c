// SPDX-License-Identifier: BSD-2-Clause
/* What of an SM-DP+ can be set by name, at its start and while it runs. */
#include <stdio.h>
#include <stdlib.h>

#include "service/smdpp_service.h"

enum kind { NUMBER32, SECONDS, FLAG, DIGITS };

static const struct { const char *name; enum kind kind; size_t offset; uint64_t most; } settings[] = {
#define S(name, kind, member, most) {name, kind, offsetof(struct smdpp, member), most}
	S("cc-tries", NUMBER32, limits.cc_tries, 1000), S("download-tries", NUMBER32, limits.downloads, 100000),
	S("order-seconds", SECONDS, limits.order_seconds, 1u << 30), S("session-seconds", SECONDS, limits.session_seconds, 1u << 30),
	S("call-seconds", SECONDS, limits.call_seconds, 1u << 30), S("long-segments", FLAG, long_segments, 0), S("ppk", FLAG, ppk, 0),
	S("rebinding", FLAG, rebinding, 0), S("iccid-prefix", DIGITS, iccid_prefix, sizeof(((struct smdpp *)0)->iccid_prefix) - 1),
	S("imsi-prefix", DIGITS, imsi_prefix, sizeof(((struct smdpp *)0)->imsi_prefix) - 1),
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static bool
read_number(const char *text, uint64_t most, uint64_t *out)
{
	char *end;

	if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 18)
		return false;
	*out = strtoull(text, &end, 10);
	return *out <= most;
}

static bool
read_flag(const char *text, bool *out)
{
	*out = strcmp(text, "yes") == 0 || strcmp(text, "on") == 0 || strcmp(text, "true") == 0 || strcmp(text, "1") == 0 || !*text;
	return *out || strcmp(text, "no") == 0 || strcmp(text, "off") == 0 || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
}

static enum rsp_status
put(struct rsp_ctx *c, size_t i, void *at, const char *value)
{
	uint64_t n = 0;
	uint32_t small;
	int64_t seconds;

	switch (settings[i].kind) {
	case NUMBER32:
	case SECONDS:
		if (!read_number(value, settings[i].most, &n))
			return rsp_fail(c, RSP_MALFORMED, "%s: want a number up to %llu, have '%.40s'", settings[i].name, (unsigned long long)settings[i].most, value);
		small = (uint32_t)n;
		seconds = (int64_t)n;
		memcpy(at, settings[i].kind == NUMBER32 ? (const void *)&small : (const void *)&seconds, settings[i].kind == NUMBER32 ? sizeof(small) : sizeof(seconds));
		return RSP_OK;
	case FLAG:
		return read_flag(value, at) ? RSP_OK : rsp_fail(c, RSP_MALFORMED, "%s: want yes or no, have '%.40s'", settings[i].name, value);
	case DIGITS:
		break;
	}
	if (!*value || strspn(value, "0123456789") != strlen(value) || strlen(value) > settings[i].most)
		return rsp_fail(c, RSP_MALFORMED, "%s: want up to %llu digits, have '%.40s'", settings[i].name, (unsigned long long)settings[i].most, value);
	memcpy(at, value, strlen(value) + 1);
	return RSP_OK;
}

enum rsp_status
smdpp_set(struct rsp_ctx *c, struct smdpp *dp, const char *name, const char *value)
{
	size_t i;

	for (i = 0; i < SETTINGS; i++)
		if (strcmp(settings[i].name, name) == 0)
			return put(c, i, (uint8_t *)dp + settings[i].offset, value);
	return rsp_fail(c, RSP_MALFORMED, "'%.40s' is nothing that can be set", name);
}

void
smdpp_settings_json(const struct smdpp *dp, struct json_out *j)
{
	size_t i;

	for (i = 0; i < SETTINGS; i++) {
		const void *at = (const uint8_t *)dp + settings[i].offset;
		uint32_t small;
		int64_t seconds;

		switch (settings[i].kind) {
		case NUMBER32:
			memcpy(&small, at, sizeof(small));
			json_int(j, settings[i].name, small);
			break;
		case SECONDS:
			memcpy(&seconds, at, sizeof(seconds));
			json_int(j, settings[i].name, seconds);
			break;
		case FLAG:
			json_bool(j, settings[i].name, *(const bool *)at);
			break;
		case DIGITS:
			json_string(j, settings[i].name, at);
			break;
		}
	}
}
