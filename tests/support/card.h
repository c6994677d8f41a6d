// SPDX-License-Identifier: BSD-2-Clause
/* A card with an enabled profile, and scripts of APDUs for it. */
#ifndef TESTS_SUPPORT_CARD_H
#define TESTS_SUPPORT_CARD_H

#include "support/probe.h"

/* data NULL: any. */
struct line { const char *apdu; unsigned sw; const char *data; };

/* A laboratory with a card: the profile of this type downloaded, enabled, the card powered again. *package: what was ordered, in c; may be NULL. */
void card_open(struct probe *p, struct rsp_ctx *c, const struct lab_options *o, const char *profile, struct bytes *package);
/* One command as it goes to the card, without the terminal's own GET RESPONSE; the status word. */
unsigned card_transmit(struct probe *p, struct bytes command, struct bytes *data);
/* Every line must be answered as it says. */
void card_play(struct probe *p, const struct line *lines, size_t n);

#define PLAY(p, lines) card_play((p), (lines), sizeof(lines) / sizeof((lines)[0]))

#endif
