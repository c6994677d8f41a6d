// SPDX-License-Identifier: BSD-2-Clause
/* A card's memory whose power goes away: at any write, or behind it, everything fails until tear_mend; what was not committed is lost. */
#ifndef TESTS_SUPPORT_TEAR_H
#define TESTS_SUPPORT_TEAR_H

#include "support/test.h"

#include "uicc/nvm.h"

struct tear {
	struct nvm real;             /* as it was */
	struct nvm *nvm;             /* where the card finds it */
	unsigned writes;             /* puts, deletions and commits so far */
	unsigned at;                 /* the write at which power goes; 0: never */
	bool behind;                 /* after it has been done, not before */
	bool dead;
	struct bytes *pairs; size_t n;   /* tear_keep: keys and values, malloc'd */
};

/* Get between a card and its memory, and out again. */
void tear_open(struct tear *t, struct nvm *nvm);
void tear_close(struct tear *t);
/* From now: power goes at this write. */
void tear_arm(struct tear *t, unsigned at, bool behind);
/* Power is back: what was not committed has gone. */
void tear_mend(struct tear *t);
/* Remember the whole memory; put it back. */
void tear_keep(struct tear *t);
void tear_restore(struct tear *t, struct rsp_ctx *c);
/* All that is kept, as a digest in hex; of pending notifications the keys alone, since signatures differ. */
char *tear_digest(struct tear *t, struct rsp_ctx *c);

#endif
