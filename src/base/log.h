// SPDX-License-Identifier: BSD-2-Clause
/* Lines for the operator on stderr. Not for results and never for secrets. Thread-safe. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <esimlab/rsp.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level level);   /* default LOG_WARN; once, at start */
void log_line(enum log_level level, const char *fmt, ...) RSP_PRINTF(2, 3);

#endif
