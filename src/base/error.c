// SPDX-License-Identifier: BSD-2-Clause
#include <esimlab/rsp.h>

#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *name;
	int exit_code;
} statuses[] = {
	[RSP_OK] = {"done", 0},
	[RSP_REFUSED] = {"refused", 1},
	[RSP_UNTRUSTED] = {"untrusted", 1},
	[RSP_MALFORMED] = {"malformed", 1},
	[RSP_STATE] = {"wrong state", 1},
	[RSP_LIMIT] = {"over a limit", 2},
	[RSP_IO] = {"I/O failed", 2},
	[RSP_NOMEM] = {"out of memory", 2},
	[RSP_CONFLICT] = {"changed meanwhile", 2},
};

int
rsp_exit_code(enum rsp_status st)
{
	return statuses[st].exit_code;
}

const char *
rsp_status_name(enum rsp_status st)
{
	return statuses[st].name;
}

static void
record(struct rsp_ctx *c, enum rsp_status st, const char *fmt, va_list ap)
{
	c->error = (struct rsp_error){.status = st};
	vsnprintf(c->error.text, sizeof(c->error.text), fmt, ap);
}

enum rsp_status
rsp_fail(struct rsp_ctx *c, enum rsp_status st, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(c, st, fmt, ap);
	va_end(ap);
	return st;
}

enum rsp_status
rsp_refuse(struct rsp_ctx *c, enum rsp_status st, const char *subject, const char *reason,
	const char *clause, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(c, st, fmt, ap);
	va_end(ap);
	snprintf(c->error.subject, sizeof(c->error.subject), "%s", subject);
	snprintf(c->error.reason, sizeof(c->error.reason), "%s", reason);
	snprintf(c->error.clause, sizeof(c->error.clause), "%s", clause);
	return st;
}
