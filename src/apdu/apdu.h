// SPDX-License-Identifier: BSD-2-Clause
/* Command and response APDUs (ISO 7816-4, ETSI TS 102 221), the port to a card, and STORE DATA chains (SGP.22 5.7.2). */
#ifndef APDU_APDU_H
#define APDU_APDU_H

#include "base/buf.h"

struct apdu {
	uint8_t cla, ins, p1, p2;
	struct bytes data;     /* absent when there is none */
	unsigned le;           /* 0: none; 256 for 00 */
	unsigned channel;      /* 0..19 from the class octet */
	bool secured;          /* secure messaging bits set */
};

/* Short APDUs of all four cases; MALFORMED when lengths disagree, shorter than 4 octets, or extended. A 4-octet command and P3=00 are case 1 or 2. */
RSP_MUST_USE enum rsp_status apdu_read(struct bytes raw, struct apdu *out);
/* Class octet for a channel: interindustry (base 00) or proprietary (base 80). */
uint8_t apdu_cla(uint8_t base, unsigned channel);

/* What a program needs of a card: in process, PC/SC, stdio. Answers include the status word. */
struct apdu_port {
	void *self;
	RSP_MUST_USE enum rsp_status (*transmit)(void *self, struct rsp_ctx *c, struct bytes command, struct bytes *response);
	/* Hold and let go of the card around one chain; NULL: nothing to do. */
	RSP_MUST_USE enum rsp_status (*begin)(void *self, struct rsp_ctx *c);
	void (*end)(void *self);
	/* Power-cycle, so that a REFRESH takes effect. */
	RSP_MUST_USE enum rsp_status (*reset)(void *self, struct rsp_ctx *c);
};

/* transmit, then 61xx by GET RESPONSE and 6Cxx by asking again: *data without, *sw with the last status word. */
RSP_MUST_USE enum rsp_status apdu_exchange(struct apdu_port *port, struct rsp_ctx *c, struct bytes command, struct bytes *data, unsigned *sw);

/* A channel of one's own with an application selected; the terminal's side. */
struct apdu_channel {
	struct apdu_port *port;
	unsigned number;
	size_t chunk;      /* most octets of data in one STORE DATA, 1..255; 0 means 255 */
	bool open;
};
/* TERMINAL CAPABILITY with eUICC support, MANAGE CHANNEL open, SELECT aid. *fci: what SELECT answered. */
RSP_MUST_USE enum rsp_status apdu_channel_open(struct apdu_channel *ch, struct apdu_port *port, struct rsp_ctx *c, struct bytes aid, struct bytes *fci);
void apdu_channel_close(struct apdu_channel *ch, struct rsp_ctx *c);
/*
 * One ES10 command as a STORE DATA chain. *response is the joined data of the last block; *sw its status word (9000, 91xx on success).
 * REFUSED with a sentence when the card answers an error status word (also returned in *sw).
 */
RSP_MUST_USE enum rsp_status apdu_store_data(struct apdu_channel *ch, struct rsp_ctx *c, struct bytes command, struct bytes *response, unsigned *sw);

/* The card's side: blocks of a chain put together. */
struct store_data {
	struct buf data;
	unsigned next;      /* block number that must come next */
	bool open;
};
/* Feed one STORE DATA. OK and *complete absent: more to come; OK and *complete present: the whole command, valid until the next call. MALFORMED/STATE with *sw set otherwise. */
RSP_MUST_USE enum rsp_status store_data_feed(struct store_data *s, const struct apdu *a, size_t limit, struct bytes *complete, unsigned *sw);
void store_data_reset(struct store_data *s);

/* Words for a status word: "9000" -> "ok", "6A82" -> "file or application not found". Static. */
const char *apdu_sw_text(unsigned sw);

#endif
