// SPDX-License-Identifier: BSD-2-Clause
/* Traces of the LPA's exchange as text, one line each: direction, function, octets. What is secret in them is masked. */
#ifndef TOOLS_TRACE_H
#define TOOLS_TRACE_H

#include <esimlab/lpa.h>

struct trace;

/* "-" is standard output. IO when the file cannot be written. */
RSP_MUST_USE enum rsp_status trace_open(struct rsp_ctx *c, const char *path, struct trace **out);
/* The hook of one LPA; who stands at the front of its lines (NULL: nothing). NULL trace: a hook that does nothing. */
struct lpa_trace trace_hook(struct trace *t, const char *who);
/* A line of one's own. */
void trace_note(struct trace *t, const char *who, const char *text);
void trace_close(struct trace *t);

#endif
