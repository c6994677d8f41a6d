// SPDX-License-Identifier: BSD-2-Clause
#include "base/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void
time_text(int64_t t, char out[TIME_TEXT_SIZE])
{
	time_t tt = (time_t)t;
	struct tm tm;

	if (!gmtime_r(&tt, &tm) || strftime(out, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(out, TIME_TEXT_SIZE, "?");
}

enum rsp_status
time_read(struct rsp_ctx *c, const char *text, int64_t *out)
{
	static const char *const forms[] = {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"};
	size_t i;
	char *end;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = {0};
		const char *rest = strptime(text, forms[i], &tm);

		if (rest && !*rest) {
			*out = (int64_t)timegm(&tm);
			return RSP_OK;
		}
	}
	if (*text && strspn(text, "0123456789") == strlen(text) && strlen(text) < 12) {
		*out = strtoll(text, &end, 10);
		return RSP_OK;
	}
	return rsp_fail(c, RSP_MALFORMED, "time: want 2026-01-31T12:00:00Z or seconds, have '%s'", text);
}

int64_t
time_wall(void)
{
	return (int64_t)time(NULL);
}

uint64_t
time_monotonic_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}
