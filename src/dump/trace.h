// SPDX-License-Identifier: BSD-2-Clause
/* Traces: lines of other people's and of ours, and the talk with a card that they are about. */
#ifndef DUMP_TRACE_H
#define DUMP_TRACE_H

#include "apdu/apdu.h"
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

/* ---- the talk (talk.c) ---- */

#define CHANNELS 20
#define CARDS 8
#define CHAIN_MAX (1u << 20)

/* One card's side of the talk. */
struct talk {
	struct bytes who;
	const char *selected[CHANNELS];
	struct buf chain[CHANNELS];
	struct buf answer;            /* over 61xx */
	struct buf bpp;               /* segments of a Bound Profile Package */
	struct apdu last;
	unsigned ins;                 /* what the answer is to, GET RESPONSE or not */
	bool waiting;                 /* for an answer */
	unsigned n_segments;
};

struct tracing { struct dump *d; struct dump_node *list; struct talk talk[CARDS]; size_t n; };

/* Whose talk it is; who may be absent. */
struct talk *talk_of(struct tracing *x, struct bytes who);
void talk_command(struct tracing *x, struct talk *t, struct bytes raw);
void talk_response(struct tracing *x, struct talk *t, struct bytes raw);
/* A whole ES10 command or answer, below line n. */
void talk_es10_command(struct tracing *x, struct talk *t, struct dump_node *n, struct bytes command);
void talk_es10_response(struct tracing *x, struct talk *t, struct dump_node *n, struct bytes answer);
/* No more segments come: the package is explained. */
void talk_end_bpp(struct tracing *x, struct talk *t);
void tracing_end(struct tracing *x);

#endif
