// SPDX-License-Identifier: BSD-2-Clause
/* Lines of other people's traces, and of ours. */
#ifndef DUMP_TRACE_H
#define DUMP_TRACE_H

#include "dump/impl.h"

enum line_kind {
	LINE_NONE,       /* nothing of ours in it */
	LINE_HEX,        /* octets, and no word whether sent or received */
	LINE_COMMAND, LINE_RESPONSE,      /* APDUs */
	LINE_ES10_COMMAND, LINE_ES10_RESPONSE,   /* our own trace: whole commands, without APDUs around */
	LINE_HTTP_REQUEST, LINE_HTTP_RESPONSE,
	LINE_NOTE,
};

struct trace_line {
	enum line_kind kind;
	struct bytes who;      /* the card, in front of our lines; absent */
	struct bytes what;     /* a function's name, or a note */
	struct bytes octets;   /* of APDUs and commands, in the arena; of HTTP the body's text */
};

/* One line without its end. NONE also for what has a known form and broken octets. */
void trace_line_read(struct rsp_ctx *c, struct bytes line, struct trace_line *out);

#endif
