// SPDX-License-Identifier: BSD-2-Clause
/*
 * Traces of the LPA's exchange. As text, one line each: direction, function, octets. As a capture for Wireshark when the file's name ends in .pcapng:
 * the APDUs alone, the function of ES10 as a comment of each. What is secret in them is masked.
 */
#ifndef TOOLS_TRACE_H
#define TOOLS_TRACE_H

#include <esimlab/lpa.h>

struct trace;

/* fixed: times in a capture are counted from c->now, not measured. "-" is standard output. IO when the file cannot be written. */
RSP_MUST_USE enum rsp_status trace_open(struct rsp_ctx *c, const char *path, bool fixed, struct trace **out);
/* The hook of one LPA; who stands at the front of its lines (NULL: nothing). NULL trace: a hook that does nothing. */
struct lpa_trace trace_hook(struct trace *t, const char *who);
/* The card as the LPA whose hook this is shall see it: `card` itself, or behind something that takes notes for a capture. */
struct apdu_port *trace_card(const struct lpa_trace *hook, struct apdu_port *card);
/* A line of one's own. */
void trace_note(struct trace *t, const char *who, const char *text);
void trace_close(struct trace *t);

#endif
