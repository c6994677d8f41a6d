// SPDX-License-Identifier: BSD-2-Clause
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

static const char *const names[] = {"error", "warning", "info", "debug"};
static _Atomic int threshold = LOG_WARN;

void
log_set_level(enum log_level level)
{
	atomic_store(&threshold, (int)level);
}

/* One write a line, so that lines of several threads stay whole. */
void
log_line(enum log_level level, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	if ((int)level > atomic_load(&threshold))
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	fprintf(stderr, "esimlab: %s: %s\n", names[level], line);
}
